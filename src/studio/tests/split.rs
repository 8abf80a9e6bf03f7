//! A cluster that splits its data, driven like a page: the panel, shards that are dragged, nodes that come and go,
//! refusals, queries, and the scheme's controls.

use netsplit_scenario::model::StepAction;
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::frame::Status;
use netsplit_sim::history::Many;
use netsplit_sim::ids::{ClientId, Key, NodeId};

use super::{c, frames, n, press_item, script, studio};
use crate::controls::{Entry, Field, Takes};
use crate::intent::Intent;
use crate::shards::space::Shape;
use crate::split::Split;
use crate::stage::Target;
use crate::studio::{Panel, Studio, Tone};

/// The page with the example of this title, standing at its start.
fn open(title: &str) -> Studio {
    let mut studio = studio();
    let number = crate::examples::ALL.iter().position(|example| example.title == title);
    studio.update(Intent::ChoseExample(number.expect("there is such an example")));
    studio
}

/// Lets the page play for so many milliseconds of virtual time.
fn play(studio: &mut Studio, virtual_ms: u32) {
    studio.update(Intent::ChoseSpeed(15));
    studio.update(Intent::ToggledPlay);
    frames(studio, virtual_ms);
    studio.update(Intent::ToggledPlay);
}

fn panel(studio: &Studio) -> Split {
    studio.split().expect("the panel is shown")
}

fn shown(split: &Split) -> Vec<(String, String)> {
    split.shards.iter().map(|shard| (shard.label.clone(), shard.owners_text.clone())).collect()
}

fn figure(split: &Split, name: &str) -> Option<f64> {
    split.figures.iter().find(|figure| figure.name == name).and_then(|figure| figure.value)
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(label, owners)| ((*label).to_owned(), (*owners).to_owned())).collect()
}

const FIGURE: &str = "Partition and replicate: A, B and C";
const RING: &str = "A fifth node joins: the ring";

#[test]
fn the_panel_shows_itself_where_the_data_is_split_and_only_there() {
    let mut studio = studio();
    assert!(studio.panel() == Panel::Clients && !studio.is_split());
    studio.update(Intent::ChoseExample(
        crate::examples::ALL.iter().position(|example| example.title == FIGURE).expect("it is there"),
    ));
    assert_eq!(studio.panel(), Panel::Split);
    let split = panel(&studio);
    assert_eq!(shown(&split), pairs(&[("A", "n1"), ("B", "n2"), ("C", "n1, n2")]));
    assert!(split.blocks && split.space.shape == Shape::Ranges);
    studio.update(Intent::ChoseExample(0));
    assert!(studio.panel() == Panel::Clients && studio.split().is_none());
}

#[test]
fn the_chapters_figure_is_rebuilt_by_dragging_and_undone() {
    let mut studio = open(FIGURE);
    play(&mut studio, 500);
    // A copy of A on n2 too.
    studio.update(Intent::DroppedShard { key: Key(1), from: Some(NodeId(0)), to: NodeId(1), copy: true });
    assert!(matches!(script(&studio)[..], [StepAction::Assign { key: 1, owners }] if owners.len() == 2));
    play(&mut studio, 4_000);
    let split = panel(&studio);
    assert_eq!(shown(&split), pairs(&[("A", "n1, n2"), ("B", "n2"), ("C", "n1, n2")]));
    assert!(split.moves.0.is_empty(), "{:?}", split.moves);
    assert!(figure(&split, "keys_moved").is_some_and(|moved| moved > 0.0));
    // B is moved, not copied.
    studio.update(Intent::DroppedShard { key: Key(4), from: Some(NodeId(1)), to: NodeId(0), copy: false });
    play(&mut studio, 4_000);
    assert_eq!(shown(&panel(&studio))[1], ("B".to_owned(), "n1".to_owned()));
    // And C only on n1.
    studio.update(Intent::DroppedCopy(Key(8), NodeId(1)));
    play(&mut studio, 4_000);
    assert_eq!(shown(&panel(&studio))[2], ("C".to_owned(), "n1".to_owned()));
    for _ in 0..3 {
        studio.update(Intent::Undid);
        frames(&mut studio, 2_000);
    }
    assert!(script(&studio).is_empty());
    assert_eq!(shown(&panel(&studio)), pairs(&[("A", "n1"), ("B", "n2"), ("C", "n1, n2")]));
}

#[test]
fn after_a_node_died_what_was_copied_can_still_be_read() {
    let mut studio = open(FIGURE);
    play(&mut studio, 500);
    assert_eq!(figure(&panel(&studio), "keys_available"), Some(1.0));
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    let split = panel(&studio);
    let reach: Vec<_> = split.shards.iter().map(|shard| shard.reach()).collect();
    assert_eq!(reach, ["all", "none", "some"]);
    let available = figure(&split, "keys_available").expect("it is measured");
    assert!((available - 2.0 / 3.0).abs() < 1e-9, "A and C of three: {available}");
    assert_eq!(studio.stage().nodes[1].status, Status::Down);
}

#[test]
fn a_node_that_stands_by_joins_by_its_button_and_leaves_again() {
    let mut studio = open(RING);
    let split = panel(&studio);
    assert_eq!(split.space.shape, Shape::Ring);
    assert!(studio.stage().nodes[4].standing_by, "n5 stands by");
    assert_eq!(studio.stage().nodes[4].badge, "standing by");
    play(&mut studio, 2_000);
    studio.update(Intent::PutNode(NodeId(4), true));
    assert!(matches!(script(&studio)[..], [StepAction::Join { node }] if node == "n5"));
    let mut arrows = 0;
    studio.update(Intent::ToggledPlay);
    studio.update(Intent::ChoseSpeed(10));
    for _ in 0..100 {
        frames(&mut studio, 100);
        arrows += studio.stage().moves.iter().filter(|arrow| arrow.id.ends_with("-n5")).count();
    }
    studio.update(Intent::ToggledPlay);
    assert!(arrows > 0, "data was seen to move to n5");
    play(&mut studio, 4_000);
    let split = panel(&studio);
    assert!(split.nodes[4].inside && !split.nodes[4].copies.is_empty());
    let (moved, least) = (figure(&split, "keys_moved"), figure(&split, "keys_moved_least"));
    // A fifth of 60, and some that were written meanwhile and travel twice.
    assert!(moved.is_some_and(|moved| (12.0..=16.0).contains(&moved)), "{moved:?}");
    assert!(least.is_some_and(|least| (10.0..=12.0).contains(&least)), "{least:?}");
    studio.update(Intent::OpenedMenu(Target::Site(n(5))));
    press_item(&mut studio, "leave", 0);
    play(&mut studio, 8_000);
    assert!(!panel(&studio).nodes[4].inside);
    let lamps = studio.panels().lamps;
    let lost = lamps.iter().find(|lamp| lamp.name == "no-lost-writes").expect("there is one");
    assert_ne!(lost.state, "broken", "{}", lost.sentence);
}

#[test]
fn what_the_cluster_refuses_is_explained() {
    let mut studio = open(FIGURE);
    play(&mut studio, 300);
    // There is no range that begins at k2.
    studio.update(Intent::Did(Action::Reshape(Reshape::Merge(Key(1)))));
    play(&mut studio, 300);
    let notice = studio.notices().last().expect("it is told").clone();
    assert_eq!(notice.tone, Tone::Bad);
    assert!(notice.text.starts_with("n1 refused this change: "), "{}", notice.text);
    assert!(!notice.text.contains("look inside"), "the page knows why: {}", notice.text);
    assert_eq!(panel(&studio).refused, Some(notice.text));
    // The next change that is carried out takes it away.
    studio.update(Intent::DroppedShard { key: Key(0), from: None, to: NodeId(1), copy: true });
    play(&mut studio, 300);
    assert_eq!(panel(&studio).refused, None);
}

#[test]
fn without_the_keeper_of_the_map_nothing_is_even_asked() {
    let mut studio = open(RING);
    studio.update(Intent::Did(Action::Crash(NodeId(0))));
    studio.update(Intent::PutNode(NodeId(4), true));
    assert!(matches!(script(&studio)[..], [StepAction::Crash { .. }]));
    assert!(studio.notices().last().is_some_and(|notice| notice.text.contains("keeps the map")));
}

#[test]
fn a_split_point_is_dragged_nudged_and_put_into_force() {
    let mut studio = open("Range or hash");
    play(&mut studio, 300);
    let point = panel(&studio).space.splits[0].clone();
    let to = Key(point.key.0 - 5);
    studio.update(Intent::DraggedSplit { from: point.key, to: Key(90), done: false });
    let held = panel(&studio).space.splits[0].now;
    studio.update(Intent::DraggedSplit { from: point.key, to: Key(90), done: true });
    assert!(
        matches!(script(&studio)[..], [StepAction::Shift { to, .. }] if *to == held.0 && *to < 50),
        "not past the next split point: {:?}",
        script(&studio)
    );
    studio.update(Intent::Undid);
    frames(&mut studio, 400);
    studio.update(Intent::DraggedSplit { from: point.key, to, done: false });
    let held = panel(&studio).space.splits[0].clone();
    assert!(held.held && held.now == to && script(&studio).is_empty(), "not before the hand lets go");
    studio.update(Intent::DraggedSplit { from: point.key, to, done: true });
    assert!(
        matches!(script(&studio)[..], [StepAction::Shift { from, to: there }] if (*from, *there) == (point.key.0, to.0))
    );
    play(&mut studio, 4_000);
    let moved = panel(&studio).space.splits[0].clone();
    assert_eq!(moved.key, to);
    for _ in 0..3 {
        studio.update(Intent::NudgedSplit(moved.key, 1));
    }
    assert_eq!(script(&studio).len(), 1, "it waits until the keys rest");
    frames(&mut studio, 1_000);
    assert!(matches!(script(&studio)[..], [_, StepAction::Shift { to: there, .. }] if *there == to.0 + 3));
    studio.update(Intent::NudgedSplit(moved.key, 1));
    studio.update(Intent::NudgedSplit(moved.key, -1));
    studio.update(Intent::DroppedSplit);
    assert_eq!(script(&studio).len(), 2, "back where it was is no change");
}

#[test]
fn pointing_lights_the_stage_and_the_panel() {
    let mut studio = open(FIGURE);
    studio.update(Intent::PointedAtShard(Some(Key(8))));
    let lit: Vec<bool> = studio.stage().nodes.iter().map(|node| node.lit).collect();
    assert_eq!(lit, [true, true], "C is on both");
    studio.update(Intent::PointedAtShard(Some(Key(0))));
    assert!(studio.stage().nodes[0].lit && !studio.stage().nodes[1].lit);
    studio.update(Intent::PointedAtShard(None));
    let at = studio.stage().nodes[1].at;
    studio.update(Intent::Moved(at));
    let lit: Vec<bool> = panel(&studio).shards.iter().map(|shard| shard.lit).collect();
    assert_eq!(lit, [false, true, true], "the shards of n2");
}

#[test]
fn a_shards_card_does_by_buttons_what_dragging_does() {
    let mut studio = open("Range or hash");
    play(&mut studio, 300);
    studio.update(Intent::ChoseShard(Some(Key(0))));
    let chosen = panel(&studio).chosen.expect("its card is open");
    let names: Vec<_> = chosen.items.iter().map(|item| item.name).collect();
    assert_eq!(names, ["move-shard", "copy-shard", "split-shard"]);
    let crate::menu::Does::One(split) = &chosen.items[2].does else { panic!("{chosen:?}") };
    studio.update(split.clone());
    assert!(matches!(script(&studio)[..], [StepAction::Split { .. }]));
    let before = panel(&studio).shards.len();
    play(&mut studio, 4_000);
    assert_eq!(panel(&studio).shards.len(), before + 1);
    studio.update(Intent::ChoseShard(Some(Key(0))));
    assert!(panel(&studio).chosen.is_none(), "a second press closes it");
}

#[test]
fn a_query_is_asked_and_told_in_words() {
    let mut studio = open("Range or hash");
    play(&mut studio, 300);
    studio.update(Intent::Did(Action::Ask(ClientId(0), Many::All)));
    assert!(matches!(script(&studio)[..], [StepAction::QueryAll { .. }]));
    play(&mut studio, 900);
    let row = panel(&studio).queries.into_iter().find(|row| row.kind == "query-all").expect("it is listed");
    assert_eq!((row.state, row.parts, row.done), ("exact", 100, 100));
    assert!(row.came.starts_with("exact: all 100 keys from 4 shards"), "{}", row.came);
    studio.update(Intent::OpenedMenu(Target::Site(c(1))));
    press_item(&mut studio, "pair", 0);
    play(&mut studio, 900);
    let row = panel(&studio).queries.into_iter().find(|row| row.kind == "pair").expect("it is listed");
    assert!(row.came.contains("not atomic"), "{}", row.came);
}

#[test]
fn any_run_can_be_split_by_every_scheme_and_put_together_again() {
    let mut studio = studio();
    play(&mut studio, 200);
    for entry in netsplit_protocols::partitioning::ALL {
        let about = (entry.about)();
        let scheme = Entry::Choice(about.id.to_owned());
        studio.update(Intent::Entered { control: "scheme".to_owned(), entry: scheme, done: true });
        frames(&mut studio, 400);
        assert!(studio.is_split(), "{}", about.id);
        assert_eq!(panel(&studio).scheme, about.title);
        for control in studio.lab().split.parameters {
            let entry = match &control.field {
                Field::Number { value, most, step, .. } => Entry::Number((value + step).min(*most)),
                Field::Choice { of, .. } => Entry::Choice(of[of.len() - 1].0.clone()),
            };
            let live = control.takes == Takes::Now;
            let before = script(&studio).len();
            studio.update(Intent::Entered {
                control: control.name.clone(),
                entry: entry.clone(),
                done: true,
            });
            frames(&mut studio, 200);
            let lab = studio.lab();
            let now =
                lab.split.parameters.iter().find(|other| other.name == control.name).expect("it is there");
            let value = match &now.field {
                Field::Number { value, .. } => Entry::Number(*value),
                Field::Choice { chosen, .. } => Entry::Choice(chosen.clone()),
            };
            assert_eq!(value, entry, "{} of {}", control.name, about.id);
            assert!(script(&studio).len() == before || live, "{} is an action", control.name);
        }
        assert!(studio.notices().iter().all(|notice| notice.tone != Tone::Bad), "{:?}", studio.notices());
    }
    let off = Entry::Choice("off".to_owned());
    studio.update(Intent::Entered { control: "scheme".to_owned(), entry: off, done: true });
    frames(&mut studio, 400);
    assert!(!studio.is_split() && studio.session().scenario().partitioning.is_none());
}

#[test]
fn a_node_stands_by_and_has_a_region_by_its_menu() {
    let mut studio = open(RING);
    let on = Target::Site(n(4));
    let entry = Entry::Choice("spare".to_owned());
    studio.update(Intent::EnteredOn { on, control: "spare".to_owned(), entry });
    frames(&mut studio, 200);
    assert!(studio.stage().nodes[3].standing_by);
    studio.update(Intent::EnteredOn { on, control: "region".to_owned(), entry: Entry::Number(2.0) });
    assert_eq!(studio.session().scenario().nodes[3].region, 2);
}

#[test]
fn modulo_moves_four_fifths_where_the_ring_moves_one() {
    let mut studio = open("A fifth node joins: modulo");
    play(&mut studio, 2_000);
    studio.update(Intent::PutNode(NodeId(4), true));
    play(&mut studio, 4_000);
    let moved = figure(&panel(&studio), "keys_moved");
    assert!(moved.is_some_and(|moved| (44.0..=62.0).contains(&moved)), "{moved:?}");
    assert!(panel(&studio).moves.0.is_empty());
}

#[test]
fn every_kind_of_message_of_a_split_cluster_looks_different() {
    use crate::flights::{Shape, outline};
    let ring = crate::examples::ALL.iter().find(|example| example.title == RING).expect("it is there");
    for entry in netsplit_protocols::ALL {
        let (scenario, _) = (ring.scenario)().with_protocol((entry.about)().id);
        let session = netsplit_scenario::Session::new(scenario).expect("every protocol can be split");
        let kinds = session.machine().about().messages.len() as u8;
        let looks: Vec<_> = (0..kinds).map(|kind| (Shape::of(kind), outline(kind))).collect();
        for (place, look) in looks.iter().enumerate() {
            assert!(!looks[..place].contains(look), "kind {place} of {kinds}: {}", (entry.about)().id);
        }
    }
}
