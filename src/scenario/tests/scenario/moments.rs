//! Moving through a run: seeking is replaying, a step back is the step forward undone, and bookmarks are no part of it.

use netsplit_scenario::session::{Session, Stride};
use netsplit_scenario::{Scenario, link, text};
use netsplit_sim::ids::EventId;
use netsplit_sim::machine::Progress;
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::time::{Span, Time};

use crate::generate::playable;

const LENGTH: Span = Span::from_s(3);

fn open(scenario: Scenario) -> Session {
    Session::new(scenario).expect("valid")
}

#[test]
fn seeking_equals_replaying_at_a_thousand_random_times_of_every_protocol() {
    for entry in netsplit_protocols::ALL {
        let scenario = playable(11, (entry.about)().id);
        let mut random = stream(11, Purpose::Faults, 1, 2);
        let mut times: Vec<Time> = (0..1_000).map(|_| Time(random.below(LENGTH.0))).collect();
        let mut replayed = Vec::new();
        let mut plain = open(scenario.clone());
        let mut sorted = times.clone();
        sorted.sort_unstable();
        for at in &sorted {
            assert_eq!(plain.advance(*at, u64::MAX), Progress::Reached);
            replayed.push((*at, plain.hash()));
        }
        let mut session = open(scenario);
        // As they were drawn: back and forth.
        for at in times.drain(..) {
            assert_eq!(session.seek(at, u64::MAX), Progress::Reached);
            let place = replayed.partition_point(|(known, _)| *known < at);
            assert_eq!((session.now(), session.hash()), replayed[place], "{}", (entry.about)().id);
        }
    }
}

/// Every moment of a run: how long the record is there, the time, and the hash.
fn moments(session: &mut Session, most: usize) -> Vec<(usize, Time, u64)> {
    let mut moments = Vec::new();
    while moments.len() < most && session.step() {
        moments.push((session.machine().trace().len(), session.now(), session.hash()));
    }
    moments
}

fn here(session: &Session) -> (usize, Time, u64) {
    (session.machine().trace().len(), session.now(), session.hash())
}

#[test]
fn a_step_back_is_the_step_forward_undone() {
    for entry in netsplit_protocols::ALL {
        let mut session = open(playable(3, (entry.about)().id));
        let moments = moments(&mut session, 700);
        let start = open(playable(3, (entry.about)().id));
        for moment in moments.iter().rev().skip(1).chain([&here(&start)]) {
            assert!(session.step_back(Stride::Event));
            assert_eq!(here(&session), *moment, "{}", (entry.about)().id);
        }
        assert!(!session.step_back(Stride::Event), "before the first there is only the start");
        assert_eq!(here(&session), here(&start));
        assert!(session.horizon() >= moments[moments.len() - 1].1, "the future stays on the time bar");
    }
}

#[test]
fn every_event_can_be_gone_to() {
    let mut session = open(playable(4, "raft"));
    let moments = moments(&mut session, 2_000);
    let mut random = stream(4, Purpose::Faults, 3, 4);
    let length = session.machine().trace().len();
    let mut other = open(playable(4, "raft"));
    other.advance(session.now(), u64::MAX);
    for _ in 0..200 {
        let event = random.below(length as u64) as u32;
        if other.machine().trace().len() <= event as usize {
            assert!(!other.seek_event(EventId(event)), "the record does not reach so far");
            other.seek(session.now(), u64::MAX);
        }
        assert!(other.seek_event(EventId(event)));
        let place = moments.partition_point(|(length, ..)| *length <= event as usize);
        assert_eq!(here(&other), moments[place], "event {event}");
    }
}

#[test]
fn longer_strides_stop_where_they_say() {
    for stride in [Stride::Message, Stride::Operation] {
        let mut session = open(playable(9, "quorum"));
        let mut stops = Vec::new();
        for _ in 0..60 {
            assert!(session.step_by(stride));
            stops.push(here(&session));
        }
        for pair in stops.windows(2) {
            let new = &session.machine().trace()[pair[0].0..pair[1].0];
            assert!(new.iter().any(|event| stride.ends_with(event.kind)), "{stride:?}");
        }
        for stop in stops.iter().rev().skip(1) {
            assert!(session.step_back(stride));
            assert_eq!(here(&session), *stop, "{stride:?}");
        }
    }
}

#[test]
fn bookmarks_travel_and_change_nothing() {
    let scenario = playable(2, "quorum");
    let mut session = open(scenario.clone());
    session.advance(Time(400_000_000), u64::MAX);
    let before = session.hash();
    session.bookmark(Time(300_000_000), "  the write is stuck ").expect("short");
    session.bookmark(Time(100_000_000), "the first read").expect("short");
    assert_eq!(session.hash(), before);
    let captions: Vec<_> = session.scenario().bookmarks.iter().map(|one| one.caption.as_str()).collect();
    assert_eq!(captions, ["the first read", "the write is stuck"]);
    let opened = link::decode(&session.link().expect("short")).expect("a link of our own");
    assert_eq!(&opened.scenario, session.scenario());
    let read = text::parse(&text::write(session.scenario())).expect("a text of our own");
    assert_eq!(&read, session.scenario());
    session.bookmark(Time(100_000_000), "").expect("away with it");
    assert_eq!(session.scenario().bookmarks.len(), 1);
    assert!(session.undo() && session.undo() && session.undo() && !session.undo());
    assert_eq!((session.scenario(), session.hash()), (&scenario, before));
    let long = "x".repeat(281);
    assert!(session.bookmark(Time(1), &long).is_err());
    assert_eq!(session.scenario(), &scenario);
}

#[test]
fn what_is_laid_aside_is_taken_up_with_all_that_can_be_undone() {
    let mut session = open(playable(6, "raft"));
    session.advance(Time(500_000_000), u64::MAX);
    session.act(netsplit_sim::action::Action::HealAll).expect("always possible");
    session.advance(Time(900_000_000), u64::MAX);
    let kept = session.keep();
    let mut again = Session::take_up(&kept).expect("it was in force");
    while again.resume(300) == Progress::OutOfBudget {}
    assert_eq!((again.now(), again.hash()), (session.now(), session.hash()));
    assert!(again.undo() && session.undo());
    while again.resume(300) == Progress::OutOfBudget {}
    while session.resume(300) == Progress::OutOfBudget {}
    assert_eq!(again.hash(), session.hash());
}
