//! The timeline of the operations, held against runs.

use netsplit_sim::action::Action;
use netsplit_sim::history::{CallKind, Outcome};
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;

use super::*;
use crate::dock::DockIntent;
use crate::intent::Intent;
use crate::studio::Preferences;

fn opened(ms: u64) -> Studio {
    let preferences = Preferences { reduced_motion: true, ..Preferences::default() };
    let mut studio = Studio::new("https://netsplit.example/", "#/lab", &preferences);
    studio.update(Intent::Dock(DockIntent::Opened(View::Operations)));
    studio.update(meant(OperationsIntent::Sized(Size { width: 608.0, height: 190.0 })));
    play(&mut studio, ms);
    studio
}

fn play(studio: &mut Studio, ms: u64) {
    let until = Time(studio.session.now().0 + ms * 1_000_000);
    studio.session.advance(until, u64::MAX);
    studio.refresh();
}

fn meant(intent: OperationsIntent) -> Intent {
    Intent::Dock(DockIntent::Operations(intent))
}

fn scene(studio: &mut Studio) -> OperationsScene {
    studio.operations_scene().expect("the view is open")
}

/// A run in which somebody reads an old value: reads go to any copy, and writes wait for none.
fn stale() -> Studio {
    let mut studio = opened(0);
    studio.update(Intent::ChoseExample(1));
    play(&mut studio, 3_000);
    studio
}

#[test]
fn every_operation_is_a_bar_from_its_call_to_its_answer() {
    let mut studio = opened(600);
    studio.update(meant(OperationsIntent::Window(WindowIntent::ShowedAll)));
    let scene = scene(&mut studio);
    let history = studio.session.machine().history();
    assert_eq!(scene.bars.len(), history.operations.len());
    let window = studio.spacetime.window;
    for bar in &scene.bars {
        let operation = &history.operations[bar.op.index()];
        assert!((bar.from - window.x(operation.invoked)).abs() < 3.1, "{bar:?}");
        let lane = &scene.lanes[operation.client.index()];
        assert!(bar.y >= lane.y && bar.y < lane.y + lane.height);
        assert_eq!(bar.state == State::Pending, operation.returned.is_none());
        for other in scene.bars.iter().filter(|other| other.op < bar.op && other.y == bar.y) {
            assert!(other.to <= bar.from + 3.1, "bars of one row do not cover each other");
        }
    }
}

#[test]
fn a_linearizable_history_has_a_moment_on_every_answered_bar() {
    let mut studio = opened(600);
    studio.update(meant(OperationsIntent::Window(WindowIntent::ShowedAll)));
    let scene = scene(&mut studio);
    assert_eq!(studio.linearizability(), Some(true));
    let done: Vec<_> = scene.bars.iter().filter(|bar| bar.state == State::Done).collect();
    assert!(done.len() > 5);
    for bar in done {
        let point = bar.point.expect("an answered operation took effect");
        assert!((bar.from..=bar.to).contains(&point), "{bar:?}");
    }
    assert!(scene.verdict.starts_with("Linearizable"));
}

#[test]
fn a_read_of_an_old_value_is_marked_and_explained() {
    let mut studio = stale();
    studio.update(meant(OperationsIntent::Window(WindowIntent::ShowedAll)));
    let shown = scene(&mut studio);
    assert!(shown.verdict.starts_with("Not linearizable"));
    assert!(shown.bars.iter().all(|bar| bar.point.is_none()));
    let read = shown.bars.iter().rfind(|bar| bar.witness && bar.is_read).expect("a witness").op;
    studio.update(meant(OperationsIntent::Pressed(read)));
    assert_eq!(studio.selected(), Some(Selected::Operation(read)));
    let card = scene(&mut studio).card.expect("a card");
    assert!(!card.broken.is_empty(), "{card:?}");
    // Out of date is said of exactly those reads of which the history says it: by trying every write.
    let history = studio.session.machine().history().clone();
    let mut stale = 0;
    for read in history.operations.iter().filter(|op| matches!(op.outcome, Outcome::Read(_))) {
        let Outcome::Read(value) = read.outcome else { continue };
        let source = history.operations.iter().find(|op| op.call.writes() == value && value.is_some());
        let is_stale = history.operations.iter().any(|write| {
            write.call.kind() == CallKind::Write
                && write.outcome == Outcome::Written
                && write.call.key() == read.call.key()
                && write.returned_event < read.invoked_event
                && source.is_none_or(|source| {
                    source.returned.is_some() && source.returned_event < write.invoked_event
                })
        });
        studio.update(meant(OperationsIntent::Pressed(read.id)));
        let card = scene(&mut studio).card.expect("a card");
        let says = card.lines.iter().any(|line| line.contains("out of date"));
        assert_eq!(says, is_stale, "{card:?}");
        stale += usize::from(is_stale);
    }
    assert!(stale > 0, "somebody read an old value");
}

#[test]
fn a_fresh_read_is_not_called_out_of_date() {
    let mut studio = opened(1_500);
    let reads: Vec<OpId> = studio
        .session
        .machine()
        .history()
        .operations
        .iter()
        .filter(|op| matches!(op.outcome, Outcome::Read(_)))
        .map(|op| op.id)
        .collect();
    assert_eq!(studio.linearizability(), Some(true));
    assert!(reads.len() > 3);
    for read in reads {
        studio.update(meant(OperationsIntent::Pressed(read)));
        let card = scene(&mut studio).card.expect("a card");
        assert!(!card.lines.iter().any(|line| line.contains("out of date")), "{card:?}");
        assert!(card.broken.is_empty());
    }
}

#[test]
fn keys_walk_over_the_operations_of_a_client_and_to_the_next() {
    let mut studio = opened(800);
    let at = |studio: &Studio| match studio.selected() {
        Some(Selected::Operation(op)) => {
            (op, studio.session.machine().history().operations[op.index()].client)
        }
        other => panic!("{other:?}"),
    };
    studio.update(meant(OperationsIntent::Walked(1)));
    let (last, client) = at(&studio);
    studio.update(meant(OperationsIntent::Walked(-1)));
    let (before, same) = at(&studio);
    assert!(before < last && same == client);
    let by = if client.0 == 0 { 1 } else { -1 };
    studio.update(meant(OperationsIntent::Crossed(by)));
    assert_ne!(at(&studio).1, client);
}

#[test]
fn a_history_that_lost_its_end_is_followed() {
    let mut studio = opened(900);
    let _ = scene(&mut studio);
    studio.update(Intent::Scrubbed(Time(200_000_000)));
    studio.update(Intent::Did(Action::Crash(NodeId(0))));
    play(&mut studio, 1_500);
    let after = scene(&mut studio);
    studio.operations.forget();
    assert_eq!(after, scene(&mut studio));
    assert!(after.bands.iter().any(|band| band.text.contains("down")), "{:?}", after.bands);
}
