//! The tables of a run, driven like a page.

use netsplit_sim::action::Action;
use netsplit_sim::time::{Span, Time};

use super::*;
use crate::dock::DockIntent;
use crate::intent::Intent;
use crate::studio::Preferences;

fn page(protocol: &'static str) -> Studio {
    let base = "https://netsplit.example/";
    let mut studio =
        Studio::new(base, "#/lab", &Preferences { reduced_motion: true, ..Preferences::default() });
    studio.update(Intent::ChoseExample(1));
    if protocol != "primary-backup" {
        studio.update(Intent::ChoseProtocol(protocol));
    }
    studio.update(Intent::Dock(DockIntent::Opened(View::Data)));
    studio
}

fn play_to(studio: &mut Studio, ms: u64) {
    while studio.now() < Time(ms * 1_000_000) {
        let to = studio.now() + Span::from_ms(10);
        studio.session.advance(to.min(Time(ms * 1_000_000)), u64::MAX);
    }
    studio.refresh();
}

fn keys(studio: &mut Studio) -> Keys {
    studio.data_scene().expect("the view is open").keys.expect("the keys are shown")
}

fn mean(studio: &mut Studio, intent: DataIntent) {
    studio.update(Intent::Dock(DockIntent::Data(intent)));
}

#[test]
fn the_cells_are_what_the_copies_hold() {
    let mut studio = page("primary-backup");
    assert!(keys(&mut studio).rows.is_empty());
    play_to(&mut studio, 400);
    let table = keys(&mut studio);
    assert_eq!(table.listed, table.rows.len());
    for (place, node) in studio.frame.nodes.iter().enumerate() {
        for row in &table.rows {
            let shown: Vec<OpId> = row.cells[place].chips.iter().map(|chip| chip.op).collect();
            let held = node.replica.keys.iter().filter(|view| crate::words::key(view.key) == row.key);
            assert_eq!(shown, held.map(|view| view.op).collect::<Vec<_>>());
        }
    }
    studio.update(Intent::Dock(DockIntent::Opened(View::Data)));
    assert_eq!(studio.data_scene(), None);
}

#[test]
fn a_copy_that_lags_is_marked_and_the_filter_finds_it() {
    let mut studio = page("primary-backup");
    play_to(&mut studio, 300);
    studio.update(Intent::Did(Action::Isolate(NodeId(1).into())));
    play_to(&mut studio, 900);
    let table = keys(&mut studio);
    let behind = table.rows.iter().filter(|row| row.differs).count();
    assert!(behind > 0 && behind == table.differing);
    for row in table.rows.iter().filter(|row| row.differs) {
        assert!(matches!(row.cells[1].state, State::Older | State::Missing), "{row:?}");
        assert!(row.cells[1].state.words().is_some(), "said in a word");
        assert_eq!(row.cells[0].state, State::Newest);
    }
    mean(&mut studio, DataIntent::ToggledDiffering);
    let only = keys(&mut studio);
    assert!(only.only_differing && only.rows.len() == behind && only.rows.iter().all(|row| row.differs));
    // A node that is down shows its disk, and that is no divergence of those that serve.
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    let scene = studio.data_scene().expect("open");
    assert!(scene.columns[1].from_disk && scene.columns[1].state.contains("crashed"));
    assert_eq!(scene.keys.expect("keys").differing, 0);
}

#[test]
fn a_value_selects_its_write_everywhere() {
    let mut studio = page("raft");
    play_to(&mut studio, 900);
    let op = keys(&mut studio).rows[0].cells[0].chips[0].op;
    studio.update(Intent::Selected(Some(Selected::Operation(op))));
    let table = keys(&mut studio);
    let chips = table.rows.iter().flat_map(|row| row.cells.iter().flat_map(|cell| &cell.chips));
    for chip in chips {
        assert_eq!(chip.selected, chip.op == op);
    }
    mean(&mut studio, DataIntent::Showed(Part::Logs));
    let logs = studio.data_scene().expect("open").logs.expect("raft keeps logs");
    let marked = logs.rows.iter().flat_map(|row| &row.cells);
    let marked = marked.filter(|cell| matches!(cell, LogCell::Entry(entry) if entry.selected)).count();
    assert!(marked >= 2, "the entry stands in the logs of most nodes: {marked}");
    assert!(logs.rows.len() <= 24 && logs.rows.is_sorted_by_key(|row| row.index));
    assert_eq!(logs.conflicts, 0);
}

#[test]
fn what_changed_at_the_latest_event_is_new() {
    let mut studio = page("primary-backup");
    for _ in 0..4_000 {
        studio.update(Intent::Stepped);
        let latest = studio.session.machine().trace().last().copied();
        if let Some(EventKind::Visible { node, .. }) = latest.map(|event| event.kind) {
            let table = keys(&mut studio);
            let fresh: Vec<usize> = table
                .rows
                .iter()
                .flat_map(|row| (0..row.cells.len()).filter(|place| row.cells[*place].fresh))
                .collect();
            assert_eq!(fresh, [node.index()]);
            assert_eq!(table.fresh, 1);
            return;
        }
    }
    panic!("no copy ever showed a write");
}

#[test]
fn through_the_eyes_of_a_node_there_is_only_its_column() {
    let mut studio = page("raft");
    play_to(&mut studio, 900);
    studio.attention.eyes = Some(NodeId(2));
    mean(&mut studio, DataIntent::Showed(Part::Logs));
    let scene = studio.data_scene().expect("open");
    assert_eq!(scene.columns.iter().map(|column| column.node).collect::<Vec<_>>(), [NodeId(2)]);
    assert!(scene.logs.expect("logs").rows.iter().all(|row| row.cells.len() == 1));
    mean(&mut studio, DataIntent::Showed(Part::Keys));
    let table = keys(&mut studio);
    assert!(table.differing == 0 && table.rows.iter().all(|row| row.cells.len() == 1));
}

#[test]
fn where_the_data_is_split_only_owners_have_a_cell() {
    let mut studio = page("primary-backup");
    let title = "Partition and replicate: A, B and C";
    let number = crate::examples::ALL.iter().position(|example| example.title == title);
    studio.update(Intent::ChoseExample(number.expect("there is such an example")));
    play_to(&mut studio, 800);
    let table = keys(&mut studio);
    let cells = || table.rows.iter().flat_map(|row| &row.cells);
    assert!(
        cells().any(|cell| cell.state == State::NotHere) && cells().any(|cell| cell.state == State::Newest)
    );
    assert!(cells().filter(|cell| cell.state == State::NotHere).all(|cell| cell.chips.is_empty()));
}

#[test]
fn of_ten_thousand_keys_one_page_is_in_the_page() {
    let mut studio = page("primary-backup");
    play_to(&mut studio, 300);
    let pattern = studio.frame.nodes[0].replica.keys[0];
    for node in &mut studio.frame.nodes {
        let keys = (0..10_000)
            .map(|key| netsplit_sim::frame::KeyView { key: netsplit_sim::ids::Key(key), ..pattern });
        node.replica.keys = keys.collect();
    }
    studio.frame.nodes[1].replica.keys.remove(7_777);
    let first = keys(&mut studio);
    assert_eq!((first.rows.len(), first.listed, first.differing), (PAGE, 10_000, 1));
    mean(&mut studio, DataIntent::Turned(9_990));
    let last = keys(&mut studio);
    assert_eq!((last.from, last.rows.last().map(|row| row.key.as_str())), (9_950, Some("k10000")));
    // A list that got shorter shows its last page.
    studio.data.differing = true;
    let only = keys(&mut studio);
    assert_eq!((only.from, only.rows.len(), only.rows[0].key.as_str()), (0, 1, "k7778"));
    mean(&mut studio, DataIntent::Turned(usize::MAX));
    assert_eq!(keys(&mut studio).from, 0);
}
