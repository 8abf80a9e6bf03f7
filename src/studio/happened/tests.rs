//! The list of events, driven as the page drives it.

use netsplit_sim::ids::{EventId, Site};
use netsplit_sim::time::Time;

use super::kinds::{self, Kind};
use super::{HappenedIntent, HappenedScene};
use crate::dock::{DockIntent, View};
use crate::selection::Selected;
use crate::{Intent, Preferences, Studio};

/// The lab after so many milliseconds of the first example, with the list open.
fn open(ms: u64) -> Studio {
    let mut studio = Studio::new("http://here/", "", &Preferences::default());
    studio.update(Intent::Paused);
    studio.session.advance(Time(ms * 1_000_000), u64::MAX);
    studio.refresh();
    studio.update(Intent::Dock(DockIntent::Opened(View::Events)));
    settle(&mut studio);
    studio
}

/// Frames without much time until the search is through.
fn settle(studio: &mut Studio) {
    for _ in 0..100_000 {
        studio.tick(1.0, &mut || false);
        if studio.happened.known == studio.session.machine().trace().len() {
            return;
        }
    }
    panic!("the search never ends");
}

fn scene(studio: &mut Studio) -> HappenedScene {
    studio.happened_scene().expect("it is open")
}

fn does(studio: &mut Studio, intent: HappenedIntent) -> HappenedScene {
    studio.update(intent.into());
    settle(studio);
    scene(studio)
}

#[test]
fn closed_it_costs_nothing() {
    let mut studio = open(50);
    studio.update(Intent::Dock(DockIntent::Opened(View::Events)));
    assert_eq!(studio.happened_scene(), None);
    studio.session.advance(Time(90_000_000), u64::MAX);
    let known = studio.happened.known;
    studio.tick(1.0, &mut || true);
    assert_eq!(studio.happened.known, known);
    assert!(!studio.is_searching());
}

#[test]
fn the_list_holds_the_whole_record_and_only_a_few_rows_are_drawn() {
    let mut studio = open(2_000);
    let shown = scene(&mut studio);
    let trace = studio.session.machine().trace().to_vec();
    assert!(trace.len() > 500, "{}", trace.len());
    assert_eq!((shown.matches, shown.listed, shown.of), (trace.len(), trace.len(), trace.len()));
    assert!(shown.rows.len() < 40);
    // It stays with the newest.
    assert_eq!(shown.rows.last().map(|row| row.id), Some(EventId(trace.len() as u32 - 1)));
    let top = does(&mut studio, HappenedIntent::Scrolled(0, 10));
    assert_eq!(top.rows[0].id, EventId(0));
    assert!(!top.follows);
    studio.session.advance(Time(2_100_000_000), u64::MAX);
    settle(&mut studio);
    assert_eq!(scene(&mut studio).rows[0].id, EventId(0), "who reads above is left alone");
    let newest = does(&mut studio, HappenedIntent::Followed);
    assert_eq!(newest.rows.last().map(|row| row.place + 1), Some(newest.listed));
}

#[test]
fn filters_and_search_find_what_is_there_and_nothing_else() {
    let mut studio = open(1_500);
    let trace = studio.session.machine().trace().to_vec();
    for kind in Kind::ALL {
        let shown = does(&mut studio, HappenedIntent::ToggledKind(kind));
        let left = trace.iter().filter(|event| Kind::of(event.kind) != kind).count();
        assert_eq!(shown.matches, left, "{kind:?}");
        assert!(shown.filtered);
        does(&mut studio, HappenedIntent::ToggledKind(kind));
    }
    let name = studio.names.nodes[0].clone();
    let shown = does(&mut studio, HappenedIntent::ChoseSite(name));
    let first = Some(Site::from(netsplit_sim::ids::NodeId(0)));
    let history = studio.session.machine().history();
    let there = trace.iter().filter(|event| kinds::sites(event.kind, history).contains(&first)).count();
    assert_eq!(shown.matches, there);
    does(&mut studio, HappenedIntent::Cleared);
    let shown = does(&mut studio, HappenedIntent::Searched(" WRITE ".to_owned()));
    let words =
        trace.iter().filter(|event| studio.event_words(event).to_lowercase().contains("write")).count();
    assert_eq!(shown.matches, words);
    assert!(words > 0 && words < trace.len());
    assert!(shown.rows.iter().all(|row| row.words.to_lowercase().contains("write")));
    let none = does(&mut studio, HappenedIntent::Searched("no such thing".repeat(50)));
    assert_eq!((none.matches, none.rows.len()), (0, 0));
    studio.update(HappenedIntent::Moved(1).into());
}

#[test]
fn a_search_is_done_in_slices_and_says_how_far_it_is() {
    let mut studio = open(3_000);
    studio.update(HappenedIntent::Searched("sent".to_owned()).into());
    studio.tick(1.0, &mut || false);
    assert!(studio.is_searching());
    assert!(scene(&mut studio).count.contains("so far"));
    assert_eq!(studio.happened.known, super::BATCH);
    settle(&mut studio);
    assert!(!studio.is_searching());
}

#[test]
fn keys_move_the_selection_and_what_is_selected_elsewhere_comes_into_view() {
    let mut studio = open(1_000);
    let last = scene(&mut studio).listed - 1;
    does(&mut studio, HappenedIntent::Moved(1));
    assert_eq!(studio.selected(), Some(Selected::Event(EventId(last as u32))));
    does(&mut studio, HappenedIntent::Moved(-3));
    assert_eq!(studio.selected(), Some(Selected::Event(EventId(last as u32 - 3))));
    let first = does(&mut studio, HappenedIntent::MovedToEnd(false));
    assert!(first.rows[0].selected);
    studio.update(Intent::Selected(Some(Selected::Event(EventId(100)))));
    settle(&mut studio);
    let shown = scene(&mut studio);
    let row = shown.rows.iter().find(|row| row.selected).expect("it is in view");
    assert!((shown.top..shown.top + studio.happened.room).contains(&row.place));
    // To its moment: the record ends there, and so does the list.
    studio.update(Intent::WentTo(EventId(100)));
    settle(&mut studio);
    let shown = scene(&mut studio);
    assert_eq!(shown.of, studio.session.machine().trace().len());
    assert!(shown.listed <= 130 && shown.rows.iter().any(|row| row.selected));
}

#[test]
fn another_run_is_another_list() {
    let mut studio = open(1_000);
    let before = scene(&mut studio).matches;
    studio.update(Intent::ChoseExample(1));
    for _ in 0..2_000 {
        studio.tick(16.0, &mut || true);
    }
    settle(&mut studio);
    let trace = studio.session.machine().trace().to_vec();
    let shown = scene(&mut studio);
    assert_eq!(shown.matches, trace.len());
    for row in &shown.rows {
        assert_eq!(row.words, studio.event_words(&trace[row.id.index()]), "of {before}");
    }
}

/// A node's own eyes see a part of it.
#[test]
fn nothing_is_listed_that_the_eyes_cannot_see() {
    let mut studio = open(1_000);
    let all = scene(&mut studio).matches;
    let eyes = netsplit_sim::ids::NodeId(0);
    studio.attention.eyes = Some(eyes);
    studio.tick(1.0, &mut || true);
    settle(&mut studio);
    let shown = scene(&mut studio);
    assert!(shown.matches < all && shown.matches > 0);
    let trace = studio.session.machine().trace();
    assert!(shown.rows.iter().all(|row| studio.is_in_sight(&trace[row.id.index()])));
}
