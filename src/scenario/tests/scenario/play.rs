//! Sessions: whatever a person does, the run is the one that its scenario says.

use netsplit_scenario::model::{Node, StepAction};
use netsplit_scenario::session::Stride;
use netsplit_scenario::{Scenario, Session};
use netsplit_sim::action::{Action, Lie};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{ClientId, EventId, Key, MessageId, NodeId, Value};
use netsplit_sim::machine::Progress;
use netsplit_sim::setup::{LinkQuality, Pace, Position};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;
use proptest::prelude::*;

use crate::generate::playable;

fn ms(ms: u64) -> Time {
    Time(ms * 1_000_000)
}

fn open(scenario: Scenario) -> Session {
    Session::new(scenario).expect("valid")
}

/// The hash of a run that nobody touched.
fn plain(scenario: &Scenario, at: Time) -> u64 {
    let mut session = open(scenario.clone());
    assert_eq!(session.advance(at, u64::MAX), Progress::Reached);
    session.hash()
}

fn finish(session: &mut Session) {
    while session.resume(7) == Progress::OutOfBudget {}
}

/// The session is where a run of its scenario from the start would be, in everything that can be seen.
fn assert_true_to_its_scenario(session: &mut Session) {
    let now = session.goal();
    assert_eq!(session.seek(now, u64::MAX), Progress::Reached);
    let mut fresh = open(session.scenario().clone());
    fresh.advance(now, u64::MAX);
    assert_eq!(session.now(), now);
    assert_eq!(session.hash(), fresh.hash());
    assert_eq!(session.machine().trace(), fresh.machine().trace());
    assert_eq!(session.machine().history(), fresh.machine().history());
    assert_eq!(session.metrics().list(), fresh.metrics().list());
    assert_eq!(session.metrics().points(), fresh.metrics().points());
    assert_eq!(session.metrics().writes(), fresh.metrics().writes());
    assert_eq!(session.parameters(NodeId(1)), fresh.parameters(NodeId(1)));
    let link = netsplit_scenario::link::decode(&session.link().expect("short")).expect("valid");
    assert_eq!(link.hash, Some(fresh.hash()));
}

/// Something that a person may do.
#[derive(Clone, Debug)]
enum Doing {
    Seek(u64),
    Advance(u64),
    Step,
    StepBack(usize),
    SeekEvent(u32),
    Bookmark(u64),
    Act(Action),
    Drag(u64, Action),
    Undo,
    Redo,
    Fork,
    Edit(u64),
    EditGrouped(u64, u32),
    Look,
}

fn action() -> impl Strategy<Value = Action> {
    let node = || (0u16..3).prop_map(NodeId);
    let client = || (0u16..2).prop_map(ClientId);
    let quality = (0.0..0.5).prop_map(|loss| LinkQuality { loss, ..LinkQuality::default() });
    prop_oneof![
        (node(), node())
            .prop_filter("two ends", |(a, b)| a != b)
            .prop_map(|(a, b)| Action::Cut(a.into(), b.into())),
        Just(Action::HealAll),
        node().prop_map(Action::Crash),
        node().prop_map(Action::CrashUnsynced),
        node().prop_map(Action::Wipe),
        node().prop_map(Action::Restart),
        (node(), 1u32..20).prop_map(|(n, times)| Action::Slow(n, times)),
        (node(), -5_000_000i64..5_000_000, -90_000i32..90_000)
            .prop_map(|(n, ahead_ns, drift_ppm)| Action::SetClock(n, ahead_ns, drift_ppm)),
        (node(), proptest::option::of(proptest::sample::select(Lie::ALL.to_vec())))
            .prop_map(|(n, lie)| Action::Lie(n, lie)),
        (0u32..400).prop_map(|m| Action::DropMessage(MessageId(m))),
        (0u32..400).prop_map(|m| Action::DuplicateMessage(MessageId(m))),
        (0u32..400).prop_map(|m| Action::HoldMessage(MessageId(m))),
        (0u32..400).prop_map(|m| Action::ReleaseMessage(MessageId(m))),
        client().prop_map(|c| Action::Operate(c, Call::Add { key: Key(1), amount: -3 })),
        client().prop_map(|c| Action::Operate(c, Call::Insert { key: Key(0), value: Value(0) })),
        client().prop_map(|c| Action::Operate(c, Call::Remove { key: Key(0), value: Value(2_000_000) })),
        node().prop_map(Action::Pause),
        node().prop_map(Action::Resume),
        node().prop_map(|node| Action::Partition(vec![vec![node.into(), ClientId(0).into()]])),
        (node(), -900..900).prop_map(|(n, x_km)| Action::Move(n.into(), Position { x_km, y_km: 7 })),
        client().prop_map(|c| Action::Operate(c, Call::Write { key: Key(0), value: Value(0) })),
        client().prop_map(|c| Action::SetPace(c, Pace::Closed { think: Span::from_ms(9) })),
        (node(), quality).prop_map(|(n, quality)| Action::SetLink(n.into(), ClientId(1).into(), quality)),
    ]
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        3 => (0u64..1_500_000_000).prop_map(Doing::Seek),
        3 => (0u64..300_000_000).prop_map(Doing::Advance),
        2 => Just(Doing::Step),
        2 => (0usize..3).prop_map(Doing::StepBack),
        1 => (0u32..3_000).prop_map(Doing::SeekEvent),
        1 => (0u64..2_000_000_000).prop_map(Doing::Bookmark),
        5 => action().prop_map(Doing::Act),
        2 => (0u64..2, action()).prop_map(|(group, action)| Doing::Drag(group, action)),
        4 => Just(Doing::Undo),
        3 => Just(Doing::Redo),
        1 => Just(Doing::Fork),
        1 => (0u64..50).prop_map(Doing::Edit),
        1 => (0u64..2, 1u32..9).prop_map(|(group, keys)| Doing::EditGrouped(group, keys)),
        1 => Just(Doing::Look),
    ]
}

fn perform(session: &mut Session, doing: Doing) {
    match doing {
        Doing::Seek(at) => while session.seek(Time(at), 500) == Progress::OutOfBudget {},
        // Not finished on purpose: whatever comes next has to cope.
        Doing::Advance(by) => drop(session.advance(Time(session.now().0 + by), 300)),
        Doing::Step => drop(session.step()),
        Doing::StepBack(stride) => drop(session.step_back(Stride::ALL[stride])),
        Doing::SeekEvent(event) => drop(session.seek_event(EventId(event))),
        Doing::Bookmark(at) => session.bookmark(Time(at), "look here").expect("a short caption"),
        Doing::Act(action) => session.act(action).expect("a valid action"),
        Doing::Drag(group, action) => session.act_grouped(group, action).expect("a valid action"),
        Doing::Undo => assert_eq!(session.can_undo(), session.undo()),
        Doing::Redo => assert_eq!(session.can_redo(), session.redo()),
        Doing::Fork => session.fork(),
        Doing::Edit(seed) => {
            let scenario = Scenario { seed, ..session.scenario().clone() };
            session.edit(scenario).expect("a valid scenario");
        }
        Doing::EditGrouped(group, keys) => {
            let keys = keys.max(2);
            let scenario = Scenario { keys, ..session.scenario().clone() };
            session.edit_grouped(group, scenario).expect("a valid scenario");
        }
        Doing::Look => {
            session.metrics();
            session.verdicts();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_done_the_run_is_the_one_of_its_scenario(
        seed in 0u64..1_000,
        quorum in any::<bool>(),
        doings in proptest::collection::vec(doing(), 1..25),
    ) {
        let mut session = open(playable(seed, if quorum { "quorum" } else { "primary-backup" }));
        for doing in doings {
            perform(&mut session, doing);
        }
        assert_true_to_its_scenario(&mut session);
        // And everything can be taken back to where it began, and made again.
        let (after, now) = (session.scenario().clone(), session.now());
        let mut count = 0;
        while session.undo() {
            count += 1;
        }
        finish(&mut session);
        prop_assert_eq!(session.scenario().clone(), playable(seed, if quorum { "quorum" } else { "primary-backup" }));
        prop_assert_eq!(session.hash(), plain(session.scenario(), now));
        for _ in 0..count {
            prop_assert!(session.redo());
        }
        prop_assert_eq!(session.scenario(), &after);
        assert_true_to_its_scenario(&mut session);
    }

    #[test]
    fn seeking_is_replaying(seed in 0u64..100, times in proptest::collection::vec(0u64..2_000_000_000, 1..8)) {
        let scenario = playable(seed, "quorum");
        let mut session = open(scenario.clone());
        for at in times {
            prop_assert_eq!(session.seek(Time(at), u64::MAX), Progress::Reached);
            prop_assert_eq!(session.hash(), plain(&scenario, Time(at)));
        }
    }
}

#[test]
fn one_event_at_a_time_is_the_same_run() {
    for protocol in ["primary-backup", "quorum"] {
        let scenario = playable(5, protocol);
        let mut session = open(scenario.clone());
        let mut rounds = 0;
        while session.advance(ms(1_200), 1) == Progress::OutOfBudget {
            rounds += 1;
        }
        assert!(rounds > 500, "{rounds}");
        assert_eq!(session.hash(), plain(&scenario, ms(1_200)));
        let mut stepped = open(scenario.clone());
        while stepped.now() < ms(1_200) {
            assert!(stepped.step());
        }
        let (mut other, now) = (open(scenario), stepped.now());
        stepped.seek(now, u64::MAX);
        other.seek(now, u64::MAX);
        assert_eq!(stepped.hash(), other.hash());
    }
}

#[test]
fn a_step_is_one_event_of_the_record_or_one_action() {
    let mut session = open(playable(5, "quorum"));
    for _ in 0..2_000 {
        let before = session.machine().trace().len();
        let at = session.now();
        assert!(session.step());
        assert!(session.machine().trace().len() > before && session.now() >= at);
    }
}

#[test]
fn what_is_undone_was_never_done() {
    let scenario = playable(9, "primary-backup");
    let mut session = open(scenario.clone());
    session.advance(ms(400), u64::MAX);
    session.act(Action::Crash(NodeId(0))).expect("valid");
    session.advance(ms(800), u64::MAX);
    assert_ne!(session.hash(), plain(&scenario, ms(800)));
    let crashed = session.hash();
    assert!(session.can_undo() && !session.can_redo());
    assert!(session.undo());
    assert!(session.is_replaying());
    assert_eq!(session.goal(), ms(800));
    finish(&mut session);
    assert_eq!((session.now(), session.hash()), (ms(800), plain(&scenario, ms(800))));
    assert_eq!(session.scenario(), &scenario);
    assert!(!session.undo(), "the scenario's own script is not taken back");
    assert!(session.redo());
    finish(&mut session);
    assert_eq!(session.hash(), crashed);
    assert_true_to_its_scenario(&mut session);
}

#[test]
fn a_drag_is_taken_back_as_one() {
    let mut session = open(playable(9, "quorum"));
    session.advance(ms(100), u64::MAX);
    session.act(Action::HealAll).expect("valid");
    for x_km in 0..20 {
        session.act_grouped(7, Action::Move(NodeId(1).into(), Position { x_km, y_km: 0 })).expect("valid");
        session.advance(Time(session.now().0 + 16_000_000), u64::MAX);
    }
    session.act_grouped(8, Action::Move(NodeId(1).into(), Position { x_km: 99, y_km: 0 })).expect("valid");
    let steps = session.scenario().script.len();
    session.undo();
    assert_eq!(session.scenario().script.len(), steps - 1);
    session.undo();
    assert_eq!(session.scenario().script.len(), steps - 21);
    session.undo();
    assert_eq!(session.scenario().script.len(), steps - 22);
    assert!(!session.can_undo());
    session.redo();
    session.redo();
    assert_eq!(session.scenario().script.len(), steps - 1);
    assert_true_to_its_scenario(&mut session);
}

#[test]
fn a_gesture_in_the_past_leaves_what_the_script_does_later() {
    let mut session = open(playable(2, "quorum"));
    session.seek(ms(2_000), u64::MAX);
    session.seek(ms(400), u64::MAX);
    assert_eq!(session.horizon(), ms(2_000));
    session.act(Action::Pause(NodeId(1))).expect("valid");
    let script = &session.scenario().script;
    assert_eq!(script.len(), 6);
    assert_eq!(script[1].action, StepAction::Pause { node: "n2".to_owned() });
    session.advance(ms(1_000), u64::MAX);
    let acted = |session: &Session| {
        let acted = session.machine().trace().iter();
        acted.filter(|event| matches!(event.kind, EventKind::Acted { .. })).count()
    };
    assert_eq!(acted(&session), 6);
    assert_eq!(session.step_of(1), Some(1));
    session.seek(ms(600), u64::MAX);
    session.fork();
    assert_eq!((session.scenario().script.len(), session.horizon()), (3, ms(600)));
    session.advance(ms(1_000), u64::MAX);
    assert_eq!(acted(&session), 3);
    assert_true_to_its_scenario(&mut session);
    session.undo();
    finish(&mut session);
    assert_eq!((acted(&session), session.now()), (6, ms(1_000)));
    assert_true_to_its_scenario(&mut session);
}

#[test]
fn several_gestures_at_one_instant_keep_their_order() {
    let mut session = open(Scenario::default());
    session.advance(ms(250), u64::MAX);
    let (a, b) = (NodeId(0).into(), NodeId(1).into());
    for _ in 0..3 {
        session.act(Action::Cut(a, b)).expect("valid");
        session.act(Action::Heal(a, b)).expect("valid");
    }
    let first = &session.scenario().script[0].action;
    assert!(matches!(first, StepAction::Cut { .. }) && session.scenario().script.len() == 6);
    assert_true_to_its_scenario(&mut session);
}

#[test]
fn an_edit_replays_to_the_present_and_can_be_taken_back() {
    let mut session = open(playable(2, "quorum"));
    session.advance(ms(650), u64::MAX);
    let before = session.hash();
    for n in 4..8 {
        let mut scenario = session.scenario().clone();
        scenario.nodes.push(Node::new(format!("n{n}"), Position { x_km: n, y_km: 0 }));
        session.edit_grouped(1, scenario).expect("valid");
    }
    finish(&mut session);
    assert_eq!((session.now(), session.scenario().nodes.len()), (ms(650), 7));
    assert!(session.find("n7").is_some());
    assert_true_to_its_scenario(&mut session);
    session.undo();
    finish(&mut session);
    assert_eq!((session.hash(), session.scenario().nodes.len()), (before, 3));

    let mut wrong = session.scenario().clone();
    wrong.nodes.remove(2);
    let problems = session.edit(wrong).expect_err("the script speaks of n3");
    assert_eq!(
        problems[0].to_string(),
        "script[2].node: expected the name of a node, n1 or n2, and found \"n3\""
    );
    assert_eq!((session.hash(), session.scenario().nodes.len()), (before, 3));
}

#[test]
fn what_can_not_be_done_changes_nothing() {
    let mut session = open(Scenario::default());
    session.advance(ms(10), u64::MAX);
    let before = session.hash();
    let bad = [
        Action::Crash(NodeId(9)),
        Action::Cut(NodeId(1).into(), NodeId(1).into()),
        Action::Operate(ClientId(0), Call::Read { key: Key(77) }),
        Action::Operate(ClientId(0), Call::Write { key: Key(0), value: Value(3) }),
        Action::SetNetwork(LinkQuality { loss: f64::NAN, ..LinkQuality::default() }),
        Action::SetPace(ClientId(0), Pace::Open { per_second: -1.0 }),
        Action::Configure(None, vec![]),
        Action::Configure(None, vec![9, 0, 50_000_000]),
        Action::Move(NodeId(0).into(), Position { x_km: i32::MAX, y_km: 0 }),
    ];
    for action in bad {
        let problem = session.act(action.clone()).expect_err("not valid");
        assert!(!problem.message.is_empty(), "{action:?}");
    }
    assert_eq!(session.hash(), before);
    assert!(!session.can_undo() && session.scenario().script.is_empty());
}

#[test]
fn configuring_changes_only_what_it_names() {
    let mut session = open(playable(2, "quorum"));
    let nodes = [NodeId(0), NodeId(1), NodeId(2)];
    let mut values = session.parameters(NodeId(1));
    values[0] = 1;
    session.act(Action::Configure(Some(NodeId(1)), values.clone())).expect("valid");
    assert_eq!(session.parameters(NodeId(1)), values);
    assert_ne!(session.parameters(NodeId(0)), values);
    let StepAction::Configure { parameters, .. } = &session.scenario().script[0].action else {
        panic!("a configuration")
    };
    assert_eq!(parameters.keys().collect::<Vec<_>>(), [&session.about().parameters[0].id]);

    // A step for all nodes that names another parameter leaves the nodes as different as they were.
    let mut scenario = session.scenario().clone();
    let mut step = scenario.script[0].clone();
    let w = session.about().parameters[1].id.to_owned();
    step.action = StepAction::Configure {
        node: None,
        parameters: [(w, netsplit_scenario::model::ParameterValue::Count(3))].into(),
        partitioning: Default::default(),
    };
    scenario.script.insert(1, step);
    session.edit(scenario).expect("valid");
    finish(&mut session);
    let of: Vec<Vec<u64>> = nodes.iter().map(|node| session.parameters(*node)).collect();
    assert_eq!((of[0][1], of[1][1], of[2][1]), (3, 3, 3));
    assert_eq!(of[1][0], 1);
    assert_ne!(of[0][0], 1);
    assert_eq!((session.step_of(1), session.step_of(3), session.step_of(4)), (Some(1), Some(1), Some(2)));
    assert_true_to_its_scenario(&mut session);
}

#[test]
fn a_full_record_is_said_and_is_no_end() {
    let mut scenario = Scenario::default();
    scenario.nodes.truncate(1);
    scenario.clients[0].position = Position::default();
    scenario.clients[0].pace = Pace::Closed { think: Span::ZERO };
    scenario.network.base = Span::from_us(1);
    let mut session = open(scenario);
    assert_eq!(session.advance(Time(u64::MAX), u64::MAX), Progress::TraceFull);
    assert!(session.is_full() && !session.step() && !session.is_replaying());
    assert!(session.act(Action::HealAll).is_err());
    session.metrics();
    let end = session.now();
    assert_eq!(session.seek(Time(end.0 / 2), u64::MAX), Progress::Reached);
    assert!(!session.is_full());
    session.act(Action::HealAll).expect("there is room again");
    assert_eq!(session.advance(end, 10), Progress::OutOfBudget);
}

#[test]
fn names_lead_to_sites_and_back() {
    let session = open(playable(1, "quorum"));
    for name in ["n1", "n3", "c2"] {
        let site = session.find(name).expect("there");
        assert_eq!(session.name_of(site), name);
    }
    assert_eq!(session.find("n9"), None);
    assert_eq!(session.name_of(NodeId(9).into()), "");
}

#[test]
fn verdicts_follow_the_playhead() {
    let mut session = open(playable(3, "primary-backup"));
    session.advance(ms(1_500), u64::MAX);
    let late = session.verdicts().clone();
    assert_eq!(late.len(), netsplit_checkers::LIVE.len());
    session.seek(ms(300), u64::MAX);
    let early = session.verdicts().clone();
    let mut fresh = open(session.scenario().clone());
    fresh.advance(ms(300), u64::MAX);
    assert_eq!(&early, fresh.verdicts());
    session.seek(ms(1_500), u64::MAX);
    assert_eq!(&late, session.verdicts());
}
