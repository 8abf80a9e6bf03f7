//! The space-time diagram, held against runs.

use netsplit_scenario::model::{Step, StepAction};
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;

use super::picture::{Role, Shape, Tip};
use super::*;
use crate::causality::NOWHERE;
use crate::dock::DockIntent;
use crate::intent::Intent;
use crate::studio::Preferences;

/// A page with the diagram open that played for so many milliseconds of the run.
fn opened(ms: u64) -> Studio {
    let preferences = Preferences { reduced_motion: true, ..Preferences::default() };
    let mut studio = Studio::new("https://netsplit.example/", "#/lab", &preferences);
    studio.update(Intent::Dock(DockIntent::Opened(View::SpaceTime)));
    studio.update(meant(SpaceTimeIntent::Sized(Size { width: 608.0, height: 190.0 })));
    play(&mut studio, ms);
    studio
}

fn play(studio: &mut Studio, ms: u64) {
    let until = Time(studio.session.now().0 + ms * 1_000_000);
    studio.session.advance(until, u64::MAX);
    studio.refresh();
}

fn meant(intent: SpaceTimeIntent) -> Intent {
    Intent::Dock(DockIntent::SpaceTime(intent))
}

fn scene(studio: &mut Studio) -> SpaceTimeScene {
    studio.spacetime_scene().expect("the view is open")
}

#[test]
fn a_closed_view_costs_nothing() {
    let mut studio = opened(200);
    studio.update(Intent::Dock(DockIntent::Opened(View::SpaceTime)));
    assert_eq!(studio.spacetime_scene(), None);
    assert_eq!(studio.spacetime_picture(), None);
}

#[test]
fn every_message_in_view_is_an_arrow_between_its_lines() {
    let mut studio = opened(400);
    studio.update(meant(SpaceTimeIntent::ToggledRoutine));
    studio.update(meant(SpaceTimeIntent::Window(WindowIntent::ShowedAll)));
    let scene = scene(&mut studio);
    let ended = studio
        .session
        .machine()
        .trace()
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Delivered { .. } | EventKind::Dropped { .. }));
    let arrows = scene.picture.arrows.iter().filter(|arrow| arrow.tip != Tip::Under);
    assert!(scene.picture.left_out == 0 && arrows.clone().count() > 20);
    assert_eq!(arrows.count(), ended.count());
    let under = scene.picture.arrows.iter().filter(|arrow| arrow.tip == Tip::Under).count();
    assert!(under >= studio.frame.flights.len());
    for arrow in &scene.picture.arrows {
        assert!(arrow.from.x <= arrow.to.x, "time goes to the right: {arrow:?}");
        assert!(scene.picture.lines.iter().any(|line| line.y == arrow.from.y), "{arrow:?}");
    }
}

#[test]
fn a_press_selects_the_event_and_says_what_it_has_to_do_with_the_rest() {
    let mut studio = opened(400);
    let dot = *scene(&mut studio).picture.dots.iter().find(|dot| dot.shape == Shape::Return).expect("one");
    studio.update(meant(SpaceTimeIntent::Pressed {
        at: Point::new(dot.at.x + 2.0, dot.at.y - 2.0),
        touch: false,
    }));
    assert_eq!(studio.selected(), Some(Selected::Event(dot.event)));
    let scene = scene(&mut studio);
    let (before, after, concurrent) = scene.counts.expect("an event is selected");
    let on_lines = studio.spacetime.index.lines().iter().filter(|line| **line != NOWHERE).count();
    assert_eq!(before + after + concurrent + 1, on_lines);
    assert!(scene.causes.contains(&format!("{before} event")), "{}", scene.causes);
    let roles: BTreeSet<Role> = scene.picture.dots.iter().map(|dot| dot.role).collect();
    assert!(roles.contains(&Role::Past) && roles.contains(&Role::Selected), "{roles:?}");
    assert!(scene.told.iter().any(|told| told.selected && told.event == dot.event));
}

#[test]
fn keys_walk_along_a_line_and_across() {
    let mut studio = opened(400);
    let go = |studio: &mut Studio, walk| {
        studio.update(meant(SpaceTimeIntent::Walked(walk)));
        match studio.selected() {
            Some(Selected::Event(event)) => (event, studio.spacetime.index.line_of(event.0)),
            other => panic!("an event is selected, not {other:?}"),
        }
    };
    let (first, line) = go(&mut studio, Walk::On);
    let (back, same) = go(&mut studio, Walk::Back);
    assert!(back < first && same == line);
    assert_eq!(go(&mut studio, Walk::On), (first, line));
    let (begin, _) = go(&mut studio, Walk::First);
    assert!(begin < back);
    let (_, up) = go(&mut studio, if line == 0 { Walk::Down } else { Walk::Up });
    assert_ne!(up, line);
    studio.update(meant(SpaceTimeIntent::Unselected));
    assert_eq!(studio.selected(), None);
}

#[test]
fn going_back_and_doing_something_else_leaves_nothing_of_the_old_record() {
    let mut studio = opened(500);
    let _ = scene(&mut studio);
    // The view does not look while the record is shorter than it was.
    studio.update(Intent::Scrubbed(Time(100_000_000)));
    studio.update(Intent::Did(netsplit_sim::action::Action::Crash(NodeId(1))));
    play(&mut studio, 900);
    let after = scene(&mut studio);
    studio.spacetime.forget();
    let anew = scene(&mut studio);
    assert_eq!(after.picture, anew.picture);
    assert!(
        after.picture.bands.iter().any(|band| band.trouble == crate::timebar::Trouble::Down) || {
            studio.update(meant(SpaceTimeIntent::Window(WindowIntent::ShowedAll)));
            let all = scene(&mut studio).picture;
            all.lines[1].pieces.last().is_some_and(|piece| piece.1 < all.playhead.unwrap_or(0.0))
        }
    );
}

#[test]
fn heartbeats_are_folded_and_what_comes_of_operations_is_not() {
    let mut studio = opened(0);
    studio.update(Intent::ChoseProtocol("raft"));
    for client in 0..studio.names.clients.len() as u16 {
        let silent = netsplit_sim::setup::Pace::Silent;
        studio.act(netsplit_sim::action::Action::SetPace(netsplit_sim::ids::ClientId(client), silent));
    }
    play(&mut studio, 8_000);
    studio.update(meant(SpaceTimeIntent::Window(WindowIntent::Zoomed { factor: 10.0, at: None })));
    let folded = scene(&mut studio).picture;
    studio.update(meant(SpaceTimeIntent::ToggledRoutine));
    let unfolded = scene(&mut studio).picture;
    assert!(unfolded.arrows.len() > 10, "{}", unfolded.arrows.len());
    assert!(folded.arrows.len() * 10 < unfolded.arrows.len(), "{}", folded.arrows.len());
    // With clients that ask, every answer stays.
    let mut studio = opened(600);
    let trace = studio.session.machine().trace().to_vec();
    let _ = scene(&mut studio);
    for (id, event) in trace.iter().enumerate() {
        if let EventKind::Returned { .. } | EventKind::Visible { .. } | EventKind::Noted { .. } = event.kind {
            assert!(!studio.spacetime.index.is_routine(id as u32), "{event:?}");
        }
    }
}

#[test]
fn a_long_run_is_thinned_and_says_so() {
    let mut studio = opened(0);
    while studio.session.machine().trace().len() < 30_000 {
        play(&mut studio, 2_000);
    }
    studio.update(meant(SpaceTimeIntent::ToggledRoutine));
    studio.update(meant(SpaceTimeIntent::Window(WindowIntent::ShowedAll)));
    let scene = scene(&mut studio);
    let picture = &scene.picture;
    assert!(picture.arrows.len() < thinning::ARROWS + 600, "{}", picture.arrows.len());
    assert!(picture.dots.len() < picture.lines.len() * 620, "{}", picture.dots.len());
    let ended =
        studio.session.machine().trace().iter().filter(|e| matches!(e.kind, EventKind::Sent { .. })).count();
    let told = picture.left_out + picture.arrows.len();
    assert!(told.abs_diff(ended) < ended / 10 + 100, "{told} of {ended}");
    assert!(scene.note.contains("not drawn"), "{}", scene.note);
}

#[test]
fn the_file_is_markup_that_is_well_formed() {
    let mut studio = opened(400);
    studio.update(meant(SpaceTimeIntent::Walked(Walk::On)));
    let text = svg(&scene(&mut studio));
    assert!(text.starts_with("<svg xmlns=") && text.trim_end().ends_with("</svg>"));
    assert!(text.contains("<title>") && text.contains("<desc>") && text.contains("n1"));
    let (open, close) = (text.matches('<').count(), text.matches('>').count());
    assert_eq!(open, close, "no text breaks the markup");
    assert!(["NaN", "Minf", "\"inf", " inf "].iter().all(|bad| !text.contains(bad)));
}

#[test]
fn a_crash_breaks_the_line() {
    let mut studio = opened(0);
    let mut scenario = studio.session.scenario().clone();
    let name = scenario.nodes[1].name.clone();
    let step = |ms: u64, action| Step { at: Time(ms * 1_000_000), action };
    scenario.script = vec![
        step(100, StepAction::Crash { node: name.clone() }),
        step(200, StepAction::Restart { node: name }),
    ];
    assert!(studio.load(scenario));
    play(&mut studio, 400);
    studio.update(meant(SpaceTimeIntent::Window(WindowIntent::ShowedAll)));
    let picture = scene(&mut studio).picture;
    assert_eq!(picture.lines[1].pieces.len(), 2, "{:?}", picture.lines[1]);
    assert_eq!(picture.lines[0].pieces.len(), 1);
    assert_eq!(picture.bands.len(), 1);
}
