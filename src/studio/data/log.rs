//! The logs of every replica side by side: an index in each row, so that entries that ought to be the same stand beside each
//! other.

use netsplit_sim::frame::{EntryView, LogView, NodeFrame};
use netsplit_sim::ids::OpId;

use crate::studio::Studio;

/// The most rows: the newest entries.
const ROWS: u64 = 24;

/// An entry of one node's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term or epoch that it was made in.
    pub term: Option<u64>,
    /// What it says.
    pub text: String,
    /// The hue of what it writes.
    pub hue: Option<u8>,
    /// The operation that it carries.
    pub op: Option<OpId>,
    /// Whether the node knows it to be committed.
    pub committed: bool,
    /// Whether its copy shows it.
    pub applied: bool,
    /// Whether it is another entry than the one that is committed here, or than others hold here.
    pub conflicts: bool,
    /// Whether its operation is selected.
    pub selected: bool,
}

/// What a node has at an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogCell {
    /// Nothing yet.
    Nothing,
    /// It is in a snapshot.
    Compacted,
    /// An entry.
    Entry(Entry),
}

/// An index of the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// The index.
    pub index: u64,
    /// By column.
    pub cells: Vec<LogCell>,
}

/// The table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTable {
    /// The rows, the newest last.
    pub rows: Vec<LogRow>,
    /// By column: the index up to which it is committed and applied, in words.
    pub states: Vec<String>,
    /// How many entries are before the first row.
    pub before: u64,
    /// How many entries conflict.
    pub conflicts: usize,
}

pub(super) fn table(studio: &Studio, nodes: &[&NodeFrame], lit: Option<OpId>) -> LogTable {
    let logs: Vec<LogView> =
        nodes.iter().map(|node| studio.session.inspect(node.id).log.unwrap_or_default()).collect();
    lay_out(&logs, lit, &|op| studio.versions.hue(op))
}

fn last_of(log: &LogView) -> u64 {
    log.entries.last().map_or(log.compacted, |entry| entry.index)
}

/// Whether two entries of one index are the same one.
fn same(a: &EntryView, b: &EntryView) -> bool {
    a.term == b.term && a.op == b.op && a.text == b.text
}

fn lay_out(logs: &[LogView], lit: Option<OpId>, hue: &dyn Fn(OpId) -> u8) -> LogTable {
    let last = logs.iter().map(last_of).max().unwrap_or(0);
    let first = last.saturating_sub(ROWS - 1).max(1);
    let mut conflicts = 0;
    let mut rows = Vec::new();
    // Without an entry there is no row.
    for index in first..=last {
        let at = |log: &LogView| log.entries.iter().position(|entry| entry.index == index);
        let found: Vec<Option<&EntryView>> =
            logs.iter().map(|log| at(log).and_then(|place| log.entries.get(place))).collect();
        let committed =
            found.iter().zip(logs).find_map(|(entry, log)| entry.filter(|_| index <= log.committed));
        let reference = committed.or_else(|| found.iter().flatten().next().copied());
        let disputed = found.iter().flatten().any(|entry| reference.is_some_and(|one| !same(one, entry)));
        let cell = |(entry, log): (&Option<&EntryView>, &LogView)| {
            let Some(entry) = entry else {
                return if index <= log.compacted { LogCell::Compacted } else { LogCell::Nothing };
            };
            // Against a committed entry only the other one is wrong; without one nobody can tell which.
            let wrong = disputed && committed.is_none_or(|committed| !same(committed, entry));
            LogCell::Entry(Entry {
                term: entry.term,
                text: entry.text.clone(),
                hue: entry.op.map(hue),
                op: entry.op,
                committed: index <= log.committed,
                applied: index <= log.applied,
                conflicts: wrong,
                selected: lit.is_some() && entry.op == lit,
            })
        };
        let cells: Vec<LogCell> = found.iter().zip(logs).map(cell).collect();
        conflicts +=
            cells.iter().filter(|cell| matches!(cell, LogCell::Entry(entry) if entry.conflicts)).count();
        rows.push(LogRow { index, cells });
    }
    let state = |log: &LogView| format!("committed {}, applied {}", log.committed, log.applied);
    LogTable { rows, states: logs.iter().map(state).collect(), before: first - 1, conflicts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(first: u64, terms: &[u64], committed: u64) -> LogView {
        let entries = (first..).zip(terms).map(|(index, term)| EntryView {
            index,
            term: Some(*term),
            op: Some(OpId((index * 10 + term) as u32)),
            text: format!("entry {index} of {term}"),
        });
        LogView {
            entries: entries.collect(),
            compacted: first - 1,
            committed,
            applied: committed,
            marks: Vec::new(),
        }
    }

    fn conflicts(table: &LogTable) -> Vec<(u64, usize)> {
        let mut found = Vec::new();
        for row in &table.rows {
            for (place, cell) in row.cells.iter().enumerate() {
                if matches!(cell, LogCell::Entry(entry) if entry.conflicts) {
                    found.push((row.index, place));
                }
            }
        }
        found
    }

    #[test]
    fn an_entry_beside_a_committed_one_conflicts_and_two_uncommitted_ones_both_do() {
        let logs = [log(1, &[1, 2, 3], 2), log(1, &[1, 1], 1), log(1, &[1, 2, 4], 1)];
        let table = lay_out(&logs, Some(OpId(22)), &|_| 0);
        assert_eq!(conflicts(&table), [(2, 1), (3, 0), (3, 2)]);
        assert_eq!(table.conflicts, 3);
        let LogCell::Entry(second) = &table.rows[1].cells[0] else { panic!("an entry") };
        assert!(second.selected && second.committed && second.applied && !second.conflicts);
        assert_eq!(table.rows[2].cells[1], LogCell::Nothing);
    }

    #[test]
    fn only_the_newest_entries_are_shown_and_a_snapshot_is_no_hole() {
        let long = log(1, &vec![1; 100], 90);
        let table = lay_out(&[long, log(95, &[1; 6], 99)], None, &|_| 0);
        assert_eq!((table.rows.len() as u64, table.before), (ROWS, 76));
        assert_eq!(table.rows[0].cells[1], LogCell::Compacted);
        let none = lay_out(&[LogView::default()], None, &|_| 0);
        assert!(none.rows.is_empty() && none.before == 0);
    }
}
