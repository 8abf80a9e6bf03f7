//! Moving through a run, forks that keep both branches, bookmarks, a closer look, and how much is told.

use netsplit_scenario::session::Stride;
use netsplit_sim::random::{Purpose, stream};

use super::*;
use crate::dock::{DockIntent, View as DockView};
use crate::selection::Selected;
use crate::story::StoryIntent;
use crate::studio::Panel;
use crate::telling::Telling;

fn story(studio: &mut Studio, intent: StoryIntent) -> Vec<Effect> {
    studio.update(Intent::Dock(DockIntent::Story(intent)))
}

fn settle(studio: &mut Studio) {
    while studio.is_rebuilding() {
        studio.tick(16.0, &mut || true);
    }
}

fn play(studio: &mut Studio, wall_ms: u32) {
    studio.update(Intent::ToggledPlay);
    frames(studio, wall_ms);
    studio.update(Intent::ToggledPlay);
}

#[test]
fn whatever_is_done_undoing_everything_gives_the_first_run_again() {
    for seed in 0..12 {
        let mut studio = studio();
        let mut random = stream(seed, Purpose::Faults, 5, 6);
        let first = studio.session().scenario().clone();
        for _ in 0..25 {
            let node = NodeId(random.below(3) as u16);
            let intent = match random.below(8) {
                0 => Intent::Did(Action::Crash(node)),
                1 => Intent::Did(Action::Restart(node)),
                2 => Intent::Did(Action::Isolate(node.into())),
                3 => Intent::Did(Action::HealAll),
                4 => Intent::Stepped,
                5 => Intent::SteppedBack,
                6 => Intent::Forked,
                _ => {
                    let at = studio.now();
                    Intent::Dock(DockIntent::Story(StoryIntent::Captioned(at, "look".to_owned())))
                }
            };
            studio.update(intent);
            settle(&mut studio);
            play(&mut studio, 200);
        }
        let now = studio.now();
        while studio.session().can_undo() {
            studio.update(Intent::Undid);
            settle(&mut studio);
        }
        assert_eq!(studio.session().scenario(), &first, "seed {seed}");
        let mut plain = netsplit_scenario::Session::new(first).expect("valid");
        plain.advance(now, u64::MAX);
        assert_eq!(studio.session().hash(), plain.hash(), "seed {seed}");
    }
}

#[test]
fn a_branch_keeps_its_run_its_name_and_its_undo() {
    let mut studio = studio();
    play(&mut studio, 1_000);
    let at = studio.now();
    studio.update(Intent::Forked);
    settle(&mut studio);
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    play(&mut studio, 1_000);
    let (hash, now) = (studio.session().hash(), studio.now());
    studio.update(Intent::Dock(DockIntent::Opened(DockView::Story)));
    story(&mut studio, StoryIntent::Renamed(1, "  without n2 ".to_owned()));
    story(&mut studio, StoryIntent::Switched(0));
    settle(&mut studio);
    assert_eq!(studio.now(), at);
    assert!(studio.session().scenario().script.is_empty());
    story(&mut studio, StoryIntent::Switched(1));
    settle(&mut studio);
    assert_eq!((studio.session().hash(), studio.now()), (hash, now));
    let scene = studio.story_scene().expect("it is open");
    let names: Vec<_> = scene.branches.iter().map(|row| (row.name.as_str(), row.depth, row.here)).collect();
    assert_eq!(names, [("First run", 0, false), ("without n2", 1, true)]);
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert!(studio.session().scenario().script.is_empty(), "undo is the branch's own");
    story(&mut studio, StoryIntent::Dropped(1));
    assert_eq!(studio.story_scene().expect("open").branches.len(), 2, "not while it is on the stage");
    story(&mut studio, StoryIntent::Dropped(0));
    let rows = studio.story_scene().expect("open").branches;
    assert_eq!(rows.iter().map(|row| (row.number, row.depth)).collect::<Vec<_>>(), [(1, 0)]);
}

#[test]
fn there_is_a_most_to_branches_and_it_is_said() {
    let mut studio = studio();
    for _ in 0..crate::story::BRANCHES + 3 {
        studio.update(Intent::Forked);
        settle(&mut studio);
    }
    assert!(studio.notices().iter().any(|notice| notice.text.contains("that is the most")));
}

#[test]
fn slowing_down_when_something_happens_goes_on_after_a_moment() {
    let mut plain = studio();
    let mut easy = studio();
    easy.update(Intent::ToggledEasing);
    for studio in [&mut plain, &mut easy] {
        play(studio, 300);
        studio.update(Intent::Did(Action::Crash(NodeId(2))));
        studio.update(Intent::ToggledPlay);
        frames(studio, 1_000);
    }
    assert!(easy.now() < plain.now(), "{:?} and {:?}", easy.now(), plain.now());
    let slow = easy.now();
    frames(&mut easy, 4_000);
    assert!(easy.now().since(slow) > Span::from_ms(30), "it goes on");
}

#[test]
fn a_closer_look_keeps_what_is_under_the_pointer() {
    let mut studio = studio();
    let at = place(&studio, n(2));
    let other = place(&studio, n(1));
    studio.update(Intent::Zoomed(at, 2.0));
    let moved = place(&studio, n(2));
    assert!(moved.distance(at) < 1e-6);
    assert!((place(&studio, n(1)).distance(moved) / other.distance(at) - 2.0).abs() < 1e-6);
    for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        studio.update(Intent::Zoomed(at, nonsense));
        assert!(place(&studio, n(2)).distance(at) < 1e-6, "{nonsense}");
    }
    studio.update(Intent::Panned(Point::new(10.0, -5.0)));
    assert!(place(&studio, n(2)).distance(Point::new(at.x + 10.0, at.y - 5.0)) < 1e-6);
    studio.update(Intent::Fitted);
    assert!(place(&studio, n(2)).distance(at) < 1e-6);
}

#[test]
fn what_is_told_is_what_was_chosen() {
    let mut told = [0, 0, 0];
    for (count, level) in told.iter_mut().zip([Telling::Own, Telling::Operations, Telling::Everything]) {
        let mut studio = studio();
        studio.update(Intent::ChoseTelling(level));
        studio.update(Intent::ToggledPlay);
        for _ in 0..400 {
            let effects = studio.tick(10.0, &mut || true);
            *count += effects.iter().filter(|effect| matches!(effect, Effect::Announce(_))).count();
        }
    }
    assert_eq!(told[0], 0);
    assert!(told[1] >= 2 && told[1] <= 4, "once a second at most: {told:?}");
    assert!(told[2] >= 3 && told[2] <= 4, "{told:?}");
}

#[test]
fn the_inspector_shows_whatever_is_selected() {
    let mut studio = studio();
    play(&mut studio, 1_500);
    studio.update(Intent::Looked(Panel::Inside));
    assert_eq!(studio.inspector(), None);
    let trace = studio.session().machine().trace().to_vec();
    for (index, event) in trace.iter().enumerate() {
        let id = netsplit_sim::ids::EventId(index as u32);
        studio.update(Intent::Selected(Some(Selected::Event(id))));
        let shown = studio.inspector().expect("every event can be inspected");
        assert!(!shown.title.is_empty() && !shown.facts.is_empty());
        if let netsplit_sim::trace::EventKind::Sent { message, .. } = event.kind {
            studio.update(Intent::Selected(Some(Selected::Message(message))));
            assert!(studio.inspector().is_some(), "a message on its way, or long gone");
        }
    }
    let operations = studio.session().machine().history().operations.clone();
    let returned = operations.iter().find(|operation| operation.returned.is_some()).expect("something ended");
    studio.update(Intent::Selected(Some(Selected::Operation(returned.id))));
    let shown = studio.inspector().expect("an operation");
    assert!(shown.facts.iter().any(|(name, _)| name == "took"), "{shown:?}");
    studio.update(Intent::WentTo(returned.returned_event));
    assert_eq!(Some(studio.now()), returned.returned);
    // Another past: events have other numbers.
    studio.update(Intent::Did(Action::HealAll));
    studio.update(Intent::Undid);
    assert_eq!(studio.selected(), None);
}

#[test]
fn strides_are_chosen() {
    let mut studio = studio();
    studio.update(Intent::ChoseStride(Stride::Operation));
    studio.update(Intent::Stepped);
    let operations = studio.session().machine().history().operations.len();
    assert!(operations > 0);
    let here = studio.session().hash();
    studio.update(Intent::Stepped);
    studio.update(Intent::SteppedBack);
    assert_eq!(studio.session().hash(), here);
}
