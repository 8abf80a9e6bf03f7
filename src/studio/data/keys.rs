//! The keys of every replica side by side.

use std::collections::BTreeSet;

use netsplit_sim::frame::{KeyView, NodeFrame, Status};
use netsplit_sim::ids::{Key, NodeId, OpId, Version};
use netsplit_sim::sharding::ShardMap;
use netsplit_sim::time::Time;
use netsplit_sim::trace::EventKind;

use super::PAGE;
use crate::studio::Studio;
use crate::units::{self, SPEEDS};
use crate::words;

/// The most values of a cell in sight.
const VALUES: usize = 4;
/// How far back the record is looked through for what changed just now.
const LOOK_BACK: usize = 4_000;
/// While the run plays, what changed in this share of a second of the page counts as just now.
const MOMENT: f64 = 0.25;

/// What a cell is against the others of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// What the newest copy holds.
    Newest,
    /// An older version.
    Older,
    /// Nothing, where another copy holds something.
    Missing,
    /// As new, and yet not the same: other siblings, or other elements of a set.
    Differs,
    /// The node does not own the key.
    NotHere,
}

impl State {
    /// The sign and the word in the cell; nothing where all is well.
    #[must_use]
    pub fn words(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Newest | Self::NotHere => None,
            Self::Older => Some(("▽", "older")),
            Self::Missing => Some(("∅", "missing")),
            Self::Differs => Some(("≠", "differs")),
        }
    }

    /// The name in the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Older => "older",
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::NotHere => "not-here",
        }
    }
}

/// A value in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The value.
    pub text: String,
    /// The hue of its version.
    pub hue: u8,
    /// The operation that wrote it.
    pub op: OpId,
    /// Whether that is selected.
    pub selected: bool,
}

/// What one node holds of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its values.
    pub chips: Vec<Chip>,
    /// How many more there are.
    pub more: usize,
    /// Against the others.
    pub state: State,
    /// Whether it changed just now.
    pub fresh: bool,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name.
    pub key: String,
    /// By column.
    pub cells: Vec<Cell>,
    /// Whether its copies differ.
    pub differs: bool,
}

/// The table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The rows in sight.
    pub rows: Vec<KeyRow>,
    /// The place of the first of them in the list.
    pub from: usize,
    /// How many keys the list has.
    pub listed: usize,
    /// How many keys anybody holds.
    pub held: usize,
    /// How many keys differ.
    pub differing: usize,
    /// Whether only those are listed.
    pub only_differing: bool,
    /// How many cells of all keys changed just now.
    pub fresh: usize,
    /// What just now means, in words.
    pub moment: String,
}

/// The newest map of a cluster whose data is split.
fn newest_map<'a>(nodes: &[&'a NodeFrame]) -> Option<&'a ShardMap> {
    let views = || nodes.iter().filter_map(|node| node.replica.sharding.as_ref());
    let kept = views().find(|view| view.keeps_map);
    kept.or_else(|| views().max_by_key(|view| view.map.version)).map(|view| &*view.map)
}

/// Steps through the keys of all nodes at once, in order.
struct Merge<'a> {
    left: Vec<&'a [KeyView]>,
}

impl<'a> Iterator for Merge<'a> {
    type Item = (Key, Vec<&'a [KeyView]>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.left.iter().filter_map(|left| left.first()).map(|view| view.key).min()?;
        let mut cells = Vec::with_capacity(self.left.len());
        for left in &mut self.left {
            let here = left.iter().take_while(|view| view.key == key).count();
            let (cell, rest) = left.split_at(here);
            cells.push(cell);
            *left = rest;
        }
        Some((key, cells))
    }
}

fn newest_of(cell: &[KeyView]) -> Option<Version> {
    cell.iter().map(|view| view.version).max()
}

/// What each cell of a row is; `owns` says whose copies count.
fn states(cells: &[&[KeyView]], owns: &dyn Fn(usize) -> bool) -> Vec<State> {
    let owners = || cells.iter().enumerate().filter(|(place, _)| owns(*place));
    let newest = owners().filter_map(|(_, cell)| newest_of(cell)).max();
    // Almost always every copy holds the same one value.
    if let Some(Some(first)) = owners().next().map(|(_, cell)| cell.first())
        && owners().all(|(_, cell)| matches!(cell, [one] if one.op == first.op))
    {
        let state = |place| if owns(place) { State::Newest } else { State::NotHere };
        return (0..cells.len()).map(state).collect();
    }
    let ops = |cell: &[KeyView]| {
        let mut ops: Vec<OpId> = cell.iter().map(|view| view.op).collect();
        ops.sort_unstable();
        ops
    };
    // Of several copies that hold the newest version, what most of them hold counts: siblings and sets may differ still.
    let with_newest: Vec<Vec<OpId>> =
        owners().filter(|(_, cell)| newest_of(cell) == newest).map(|(_, cell)| ops(cell)).collect();
    let votes = |one: &Vec<OpId>| with_newest.iter().filter(|other| *other == one).count();
    let most = with_newest.iter().max_by_key(|one| votes(one));
    let state = |(place, cell): (usize, &&[KeyView])| {
        if !owns(place) {
            return State::NotHere;
        }
        match (newest_of(cell), newest) {
            (None, None) => State::Newest,
            (None, Some(_)) => State::Missing,
            (Some(mine), Some(newest)) if mine < newest => State::Older,
            _ if most.is_none_or(|most| ops(cell) == *most) => State::Newest,
            _ => State::Differs,
        }
    };
    cells.iter().enumerate().map(state).collect()
}

pub(super) fn table(studio: &Studio, nodes: &[&NodeFrame], lit: Option<OpId>) -> Keys {
    let map = newest_map(nodes);
    let (fresh, moment) = fresh_cells(studio, nodes);
    let left = || nodes.iter().map(|node| node.replica.keys.as_slice()).collect();
    let owners = |key: Key| map.and_then(|map| map.owner(key)).map(|shard| shard.members.as_slice());
    let owns = |key: Key, place: usize| owners(key).is_none_or(|owners| owners.contains(&nodes[place].id));
    // First which keys there are and which of them differ; then only those in sight are put into words.
    let only_differing = studio.data.differing && nodes.len() > 1;
    let (mut held, mut differing) = (0, 0);
    let mut listed: Vec<usize> = Vec::new();
    for (key, cells) in (Merge { left: left() }) {
        let states = states(&cells, &|place| owns(key, place));
        let differs = differs(&states, nodes);
        differing += usize::from(differs);
        if differs || !only_differing {
            listed.push(held);
        }
        held += 1;
    }
    // A list that got shorter shows its last page.
    let first = studio.data.from.min(listed.len().saturating_sub(1)) / PAGE * PAGE;
    let shown = &listed[first.min(listed.len())..(first + PAGE).min(listed.len())];
    let mut rows = Vec::with_capacity(shown.len());
    for (place, (key, cells)) in (Merge { left: left() }).enumerate() {
        if rows.len() == shown.len() {
            break;
        }
        if shown[rows.len()] != place {
            continue;
        }
        let states = states(&cells, &|place| owns(key, place));
        let cell = |(place, (cell, state)): (usize, (&&[KeyView], &State))| {
            let shown = if *state == State::NotHere { &[][..] } else { cell };
            Cell {
                chips: shown.iter().take(VALUES).map(|view| chip(studio, view, lit)).collect(),
                more: shown.len().saturating_sub(VALUES),
                state: *state,
                fresh: fresh.contains(&(nodes[place].id, key)) && *state != State::NotHere,
            }
        };
        let differs = differs(&states, nodes);
        let cells = cells.iter().zip(&states).enumerate().map(cell).collect();
        rows.push(KeyRow { key: words::key(key), cells, differs });
    }
    let fresh = fresh.len();
    Keys { rows, from: first, listed: listed.len(), held, differing, only_differing, fresh, moment }
}

/// Whether the copies of a key differ. What the disk of a node that is down holds may well be old: that is no divergence of
/// what serves.
fn differs(states: &[State], nodes: &[&NodeFrame]) -> bool {
    states.iter().zip(nodes).any(|(state, node)| node.status != Status::Down && state.words().is_some())
}

fn chip(studio: &Studio, view: &KeyView, lit: Option<OpId>) -> Chip {
    Chip {
        text: words::value(view.value),
        hue: studio.versions.hue(view.op),
        op: view.op,
        selected: lit == Some(view.op),
    }
}

/// The cells that changed just now: at the instant of the playhead, or in the last moment while the run plays.
fn fresh_cells(studio: &Studio, nodes: &[&NodeFrame]) -> (BTreeSet<(NodeId, Key)>, String) {
    let trace = studio.session.machine().trace();
    let (since, moment) = if studio.playing {
        let moment = (SPEEDS[studio.speed].0 as f64 * MOMENT) as u64;
        let since = Time(studio.session.now().0.saturating_sub(moment));
        (since, format!("in the last {}", units::span(netsplit_sim::time::Span(moment))))
    } else {
        (trace.last().map_or(Time::ZERO, |event| event.at), "at the latest event".to_owned())
    };
    let latest = trace.iter().rev().take(LOOK_BACK).take_while(|event| event.at >= since);
    let changed = latest.filter_map(|event| match event.kind {
        EventKind::Visible { node, key, .. } if nodes.iter().any(|shown| shown.id == node) => {
            Some((node, key))
        }
        _ => None,
    });
    (changed.collect(), moment)
}

#[cfg(test)]
mod tests {
    use netsplit_sim::ids::Value;

    use super::*;

    fn view(key: u32, counter: u64, op: u32) -> KeyView {
        KeyView {
            key: Key(key),
            value: Value(u64::from(op)),
            version: Version { counter, node: NodeId(0) },
            op: OpId(op),
        }
    }

    fn all(_: usize) -> bool {
        true
    }

    #[test]
    fn cells_are_compared_with_the_newest_copy() {
        let (new, old) = ([view(0, 5, 2)], [view(0, 3, 1)]);
        let row: [&[KeyView]; 3] = [&new, &old, &[]];
        assert_eq!(states(&row, &all), [State::Newest, State::Older, State::Missing]);
        // A copy that is not of an owner neither shows nor counts.
        let owns = |place: usize| place > 0;
        assert_eq!(states(&row, &owns), [State::NotHere, State::Newest, State::Missing]);
        assert_eq!(states(&[&[], &[]], &all), [State::Newest, State::Newest]);
    }

    #[test]
    fn of_copies_as_new_as_each_other_most_decide() {
        let (both, one) = ([view(0, 3, 1), view(0, 5, 2)], [view(0, 5, 2)]);
        assert_eq!(states(&[&both, &one, &both], &all), [State::Newest, State::Differs, State::Newest]);
    }

    #[test]
    fn keys_are_stepped_through_in_order() {
        let (a, b) = ([view(0, 1, 0), view(2, 1, 1), view(2, 2, 2)], [view(1, 1, 3), view(2, 2, 2)]);
        let seen: Vec<(u32, usize, usize)> = Merge { left: vec![&a, &b] }
            .map(|(key, cells)| (key.0, cells[0].len(), cells[1].len()))
            .collect();
        assert_eq!(seen, [(0, 1, 0), (1, 0, 1), (2, 2, 1)]);
    }
}
