//! The nodes with the copies that they hold, and the data that is moving between them.

use netsplit_sim::frame::{Frame, NodeFrame, Status};
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::sharding::{Move, ShardId, ShardMap, ShardState, ShardView};

use super::load::Load;
use super::{Pointed, first_keys, is_lit, labels, owners, place_of, view_of};
use crate::units;
use crate::words::Names;

/// The most moves in the list.
const MOVES: usize = 6;

/// What a node's copy is good for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CopyState {
    /// It serves, or would if its node ran.
    Serving,
    /// It was stopped, and will be dropped once what replaces it is there.
    Sealed,
    /// It comes in: this share is here.
    Arriving(f64),
    /// The map names this node, but it holds nothing yet.
    Missing,
}

impl CopyState {
    /// The name in `data-copy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Sealed => "sealed",
            Self::Arriving(_) => "arriving",
            Self::Missing => "missing",
        }
    }
}

/// A node's copy of a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyMark {
    /// The shard.
    pub id: ShardId,
    /// Its label, or `+` for one that is made of several.
    pub label: String,
    /// A key of it, to name it by.
    pub key: Key,
    /// What it is good for.
    pub state: CopyState,
    /// Whether it leads its shard.
    pub leads: bool,
    /// About how many bytes it takes.
    pub bytes: u64,
    /// The step of its shard's load.
    pub heat: u8,
    /// Whether it is pointed at.
    pub lit: bool,
    /// Whether a person may drag it: it is in use, not on its way.
    pub can_move: bool,
    /// What a screen reader says.
    pub spoken: String,
}

/// A node with its copies.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeCard {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Whether it is in the cluster; the others stand by.
    pub inside: bool,
    /// Whether it runs.
    pub up: bool,
    /// Whether it keeps the map.
    pub keeps_map: bool,
    /// What it is, in a few words.
    pub words: String,
    /// About how many bytes its copies take.
    pub bytes: u64,
    /// The version of the map that it knows, if it is behind.
    pub behind: Option<u64>,
    /// Its copies.
    pub copies: Vec<CopyMark>,
    /// Whether it, or a shard that it holds, is pointed at.
    pub lit: bool,
}

/// Data that is moving.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRow {
    /// The shard that will be.
    pub id: ShardId,
    /// What moves: `A`, or `15 keys`.
    pub what: String,
    /// From whom to whom, or where it stays.
    pub way: String,
    /// Keys that are there.
    pub have: u32,
    /// Keys that will be.
    pub of: u32,
    /// How far it is, in words.
    pub words: String,
}

/// The cards of all nodes, in their order.
#[must_use]
pub fn cards(frame: &Frame, map: &ShardMap, names: &Names, loads: &Load, pointed: &Pointed) -> Vec<NodeCard> {
    let labels = labels(map);
    frame.nodes.iter().map(|node| card(node, map, &labels, names, loads, pointed)).collect()
}

fn card(
    node: &NodeFrame,
    map: &ShardMap,
    labels: &[String],
    names: &Names,
    loads: &Load,
    pointed: &Pointed,
) -> NodeCard {
    let inside = map.nodes.contains(&node.id);
    let view = node.replica.sharding.as_ref();
    let keeps_map = view.is_some_and(|view| view.keeps_map);
    let copies = copies(node, map, labels, loads, pointed);
    let bytes = copies.iter().map(|copy| copy.bytes).sum();
    let by_shard = pointed.shard.is_some() && copies.iter().any(|copy| copy.lit);
    let words = match (inside, node.status) {
        (_, Status::Down) => "crashed".to_owned(),
        (_, Status::Paused) => "paused".to_owned(),
        (false, Status::Up) => "standing by".to_owned(),
        (true, Status::Up) if keeps_map => "keeps the map".to_owned(),
        (true, Status::Up) => String::new(),
    };
    NodeCard {
        node: node.id,
        name: names.node(node.id).to_owned(),
        inside,
        up: node.status == Status::Up,
        keeps_map,
        words,
        bytes,
        behind: view.map(|view| view.map.version).filter(|version| *version < map.version),
        copies,
        lit: by_shard || pointed.node == Some(node.id),
    }
}

/// A node's copies: those that the map gives it, in the order of display, and those that come or go.
fn copies(
    node: &NodeFrame,
    map: &ShardMap,
    labels: &[String],
    loads: &Load,
    pointed: &Pointed,
) -> Vec<CopyMark> {
    let first = first_keys(map);
    let known: &[ShardView] = node.replica.sharding.as_ref().map_or(&[], |view| &view.copies);
    let mut marks = Vec::new();
    for (place, shard) in map.shards.iter().enumerate() {
        let view = known.iter().find(|copy| copy.id == shard.id);
        let Some(key) = first[place] else { continue };
        if !shard.members.contains(&node.id) && view.is_none() {
            continue;
        }
        let rate = loads.by_shard.get(place).copied().unwrap_or(0.0);
        let mut mark = mark(shard.id, &labels[place], key, view);
        mark.heat = loads.step(rate);
        mark.lit = copy_is_lit(map, place, node.id, pointed);
        mark.can_move = shard.members.contains(&node.id);
        marks.push(mark);
    }
    for coming in &map.moves {
        let view = known.iter().find(|copy| copy.id == coming.to.id);
        let (Some(view), Some(key)) = (view, coming.to.keys.first()) else { continue };
        let mut mark = mark(coming.to.id, &coming_label(map, labels, coming), *key, Some(view));
        mark.lit = coming.to.keys.iter().any(|key| Some(*key) == pointed.shard);
        marks.push(mark);
    }
    marks
}

/// A shard that is pointed at lights all of its copies, and a node only its own.
fn copy_is_lit(map: &ShardMap, place: usize, node: NodeId, pointed: &Pointed) -> bool {
    let of_shard = Pointed { node: None, ..*pointed };
    is_lit(map, place, &of_shard) || pointed.node == Some(node)
}

fn mark(id: ShardId, label: &str, key: Key, view: Option<&ShardView>) -> CopyMark {
    let state = match view.map(|view| view.state) {
        None => CopyState::Missing,
        Some(ShardState::Serving) => CopyState::Serving,
        Some(ShardState::Sealed) => CopyState::Sealed,
        Some(ShardState::Arriving { have, of }) => CopyState::Arriving(share(have, of)),
    };
    let words = match (state, view) {
        (CopyState::Serving, Some(view)) if view.leads => ", leads its shard".to_owned(),
        (CopyState::Serving, _) => String::new(),
        (CopyState::Sealed, _) => ", stopped, to be dropped".to_owned(),
        (CopyState::Arriving(share), _) => format!(", coming in, {} here", units::percent(share)),
        (CopyState::Missing, _) => ", not here yet".to_owned(),
    };
    let bytes = view.map_or(0, |view| view.bytes);
    CopyMark {
        id,
        label: label.to_owned(),
        key,
        state,
        leads: view.is_some_and(|view| view.leads),
        bytes,
        heat: 0,
        lit: false,
        can_move: false,
        spoken: format!("Copy of shard {label}{words}, {} bytes", units::grouped(bytes as f64)),
    }
}

fn share(have: u32, of: u32) -> f64 {
    if of == 0 { 1.0 } else { f64::from(have.min(of)) / f64::from(of) }
}

/// The label of a shard to come: that of the one that it replaces, if it is only one with all of its keys.
fn coming_label(map: &ShardMap, labels: &[String], coming: &Move) -> String {
    let mut places = coming.to.keys.iter().filter_map(|key| place_of(map, *key));
    let Some(first) = places.next() else { return "+".to_owned() };
    if places.all(|place| place == first) { labels[first].clone() } else { "+".to_owned() }
}

/// The data that is moving, and how many more moves there are than are listed.
#[must_use]
pub fn moves(frame: &Frame, map: &ShardMap, names: &Names) -> (Vec<MoveRow>, usize) {
    let labels = labels(map);
    let row = |coming: &Move| {
        let (have, of) = progress(frame, coming);
        let (leaving, joining) = change(map, coming);
        let keys = units::count(coming.to.keys.len() as u64, "key");
        let what = match coming_label(map, &labels, coming) {
            plus if plus == "+" => keys,
            label if coming.from.len() == 1 => label,
            _ => keys,
        };
        let words = if coming.sealing || (of > 0 && have >= of) {
            "stopping the old copies".to_owned()
        } else {
            format!("{} of {}", units::grouped(f64::from(have)), units::count(u64::from(of), "key"))
        };
        let way = if leaving == joining {
            format!("made anew on {}", owners(&joining, names))
        } else {
            format!("{} → {}", owners(&leaving, names), owners(&joining, names))
        };
        MoveRow { id: coming.to.id, what, way, have, of, words }
    };
    (map.moves.iter().take(MOVES).map(row).collect(), map.moves.len().saturating_sub(MOVES))
}

/// How many keys the members that have none yet have of a shard to come, and how many they will have.
fn progress(frame: &Frame, coming: &Move) -> (u32, u32) {
    let mut sum = (0, 0);
    for node in &coming.to.members {
        let view =
            view_of(frame, *node).and_then(|view| view.copies.iter().find(|copy| copy.id == coming.to.id));
        let (have, of) = match view.map(|view| view.state) {
            Some(ShardState::Arriving { have, of }) => (have, of),
            Some(ShardState::Serving | ShardState::Sealed) => {
                (coming.to.keys.len() as u32, coming.to.keys.len() as u32)
            }
            None => (0, coming.to.keys.len() as u32),
        };
        sum = (sum.0 + have, sum.1 + of);
    }
    sum
}

/// Who holds the keys of a move now and will not, and who will and does not now. Where nobody leaves, those who hold
/// them now; where nobody joins, those who will.
fn change(map: &ShardMap, coming: &Move) -> (Vec<NodeId>, Vec<NodeId>) {
    let mut old: Vec<NodeId> = Vec::new();
    for shard in coming.from.iter().filter_map(|id| map.shard(*id)) {
        for member in &shard.members {
            if !old.contains(member) {
                old.push(*member);
            }
        }
    }
    let new = &coming.to.members;
    let leaving: Vec<NodeId> = old.iter().copied().filter(|node| !new.contains(node)).collect();
    let joining: Vec<NodeId> = new.iter().copied().filter(|node| !old.contains(node)).collect();
    (if leaving.is_empty() { old } else { leaving }, if joining.is_empty() { new.clone() } else { joining })
}

/// From which node to which data is moving now: for arrows on the stage, each only once.
#[must_use]
pub fn arrows(frame: &Frame, map: &ShardMap) -> Vec<(NodeId, NodeId)> {
    let mut arrows = Vec::new();
    for coming in &map.moves {
        let comes_in = |node: &&NodeId| {
            let copies = view_of(frame, **node).map_or(&[][..], |view| &view.copies);
            let arriving = |copy: &ShardView| matches!(copy.state, ShardState::Arriving { .. });
            copies.iter().any(|copy| copy.id == coming.to.id && arriving(copy))
        };
        for to in coming.to.members.iter().filter(comes_in) {
            for shard in coming.from.iter().filter_map(|id| map.shard(*id)) {
                let from = shard.members.iter().find(|node| **node != *to);
                // What it holds itself does not travel.
                if let Some(from) = from.filter(|_| !shard.members.contains(to))
                    && !arrows.contains(&(*from, *to))
                {
                    arrows.push((*from, *to));
                }
            }
        }
    }
    arrows
}
