//! The space of the keys: a bar from the first key to the last, a ring of hash values, or a bar of shards in the order
//! of their owners. Places are shares of the whole, 0 to 1; the page makes pixels of them.

use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::sharding::ShardMap;

use super::load::Load;
use super::{first_keys, labels};
use crate::words::{self, Names};

/// With more keys than this on a bar, neighbours share a tick.
pub const TICKS: usize = 160;
/// With more places of nodes on a ring than this, they have no names.
const NAMED: usize = 40;
/// Names nearer to each other than this share of the turn would cover each other.
const APART: f64 = 0.045;
/// With more than this, the arcs between them can't be told apart, and only keys are drawn.
const ARCS: usize = 720;
/// The width of the narrowest panel, in pixels.
const NARROW: f64 = 250.0;
/// The width of a letter in a bar, about.
const LETTER: f64 = 7.5;

/// What the space of the keys looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Keys in their order, cut into ranges.
    Ranges,
    /// Hash values, with nodes among the keys.
    Ring,
    /// Shards in the order of their owners.
    Owners,
}

impl Shape {
    /// The name in `data-space`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ranges => "ranges",
            Self::Ring => "ring",
            Self::Owners => "owners",
        }
    }
}

/// The space, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// What it looks like.
    pub shape: Shape,
    /// The pieces of shards; on a ring a shard may have many.
    pub pieces: Vec<Piece>,
    /// The keys.
    pub ticks: Vec<Tick>,
    /// The nodes on a ring: where, and the name if there is room.
    pub points: Vec<(f64, NodeId, Option<String>)>,
    /// Where ranges meet, for those that can be moved.
    pub splits: Vec<SplitPoint>,
}

/// A piece of the space that belongs to one shard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The shard: its place in the map.
    pub shard: usize,
    /// Where it begins.
    pub from: f64,
    /// Where it ends; less than `from` if it goes over the top of the ring.
    pub to: f64,
    /// Whether there is room for its label.
    pub labelled: bool,
    /// Whether there is room for its owners' names.
    pub named: bool,
}

/// A key, or some neighbours that have one tick together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// Where.
    pub at: f64,
    /// Its share of the load of the hottest tick, 0 to 1.
    pub tall: f64,
    /// The shard that holds it: its place in the map.
    pub shard: usize,
    /// How many keys it stands for.
    pub keys: u32,
}

/// Where one range ends and the next begins.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitPoint {
    /// The first key of the range behind it, as the map has it.
    pub key: Key,
    /// Where it is, in the hand or in the map.
    pub at: f64,
    /// The first key behind it, there.
    pub now: Key,
    /// Whether it is in the hand.
    pub held: bool,
    /// Whether it is the one that Tab enters.
    pub spoken: String,
    /// The least and the most that it can be, for a screen reader.
    pub bounds: (u32, u32),
}

/// The space of a map. `ordered`: whether its scheme keeps the order of keys. `draft`: the split point in the hand, and
/// where it is held.
#[must_use]
pub fn space(map: &ShardMap, ordered: bool, loads: &Load, names: &Names, draft: Option<(Key, Key)>) -> Space {
    let picture = &map.picture;
    let shape = if ordered {
        Shape::Ranges
    } else if !picture.points.is_empty() && picture.places.len() == map.owners.len() {
        Shape::Ring
    } else {
        Shape::Owners
    };
    let order = order(map, shape);
    let mut space = Space {
        shape,
        pieces: Vec::new(),
        ticks: ticks(map, shape, &order, loads),
        points: Vec::new(),
        splits: Vec::new(),
    };
    if shape == Shape::Ring {
        space.pieces = arcs(map, &order);
        let many = picture.points.len() > NAMED;
        let first = picture.points.first().map_or(0.0, |(at, _)| turn(*at));
        let mut last = f64::MIN;
        let point = |&(at, node): &(u64, NodeId)| {
            let at = turn(at);
            // The last one has the first one beside it, over the top.
            let has_room = at - last >= APART && (at == first || first + 1.0 - at >= APART);
            let name = (has_room && !many).then(|| names.node(node).to_owned());
            if name.is_some() {
                last = at;
            }
            (at, node, name)
        };
        space.points = picture.points.iter().map(point).collect();
    } else {
        space.pieces = pieces(map, &order, names);
        if shape == Shape::Ranges {
            space.splits = splits(map, draft);
        }
    }
    space
}

/// A hash value as a share of the turn.
fn turn(place: u64) -> f64 {
    place as f64 / 18_446_744_073_709_551_616.0
}

/// The keys in the order in which they lie.
fn order(map: &ShardMap, shape: Shape) -> Vec<Key> {
    let mut keys: Vec<Key> = (0..map.owners.len() as u32).map(Key).collect();
    let owner = |key: Key| usize::from(map.owners[key.0 as usize]);
    match shape {
        Shape::Ranges => {}
        Shape::Ring => keys.sort_by_key(|key| (map.picture.places[key.0 as usize], u64::from(key.0))),
        Shape::Owners => keys.sort_by_key(|key| {
            let owner = owner(*key);
            let first = map.shards.get(owner).and_then(|shard| shard.members.first());
            let first = first.map_or(u64::MAX, |node| u64::from(node.0));
            (first << 32 | owner as u64, u64::from(key.0))
        }),
    }
    keys
}

fn ticks(map: &ShardMap, shape: Shape, order: &[Key], loads: &Load) -> Vec<Tick> {
    let owner = |key: Key| usize::from(map.owners[key.0 as usize]);
    let each = if shape == Shape::Ring { 1 } else { order.len().div_ceil(TICKS).max(1) };
    let whole = order.len().max(1) as f64;
    let mut ticks: Vec<Tick> = Vec::with_capacity(order.len().div_ceil(each));
    let mut first = 0;
    while first < order.len() {
        let shard = owner(order[first]);
        // Keys of two shards never share a tick.
        let length = order[first..].iter().take(each).take_while(|key| owner(**key) == shard).count();
        let some = &order[first..first + length];
        let load: f64 = some.iter().filter_map(|key| loads.by_key.get(key.0 as usize)).sum();
        let at = match shape {
            Shape::Ring => turn(map.picture.places[some[0].0 as usize]),
            Shape::Ranges | Shape::Owners => (first as f64 + length as f64 / 2.0) / whole,
        };
        ticks.push(Tick { at, tall: load, shard, keys: length as u32 });
        first += length;
    }
    let hottest = ticks.iter().map(|tick| tick.tall).fold(0.0, f64::max);
    if hottest > 0.0 {
        ticks.iter_mut().for_each(|tick| tick.tall /= hottest);
    }
    ticks
}

/// Runs of keys of one shard on a bar.
fn pieces(map: &ShardMap, order: &[Key], names: &Names) -> Vec<Piece> {
    let whole = order.len().max(1) as f64;
    let labels = labels(map);
    let mut pieces: Vec<Piece> = Vec::new();
    for (place, key) in order.iter().enumerate() {
        let shard = usize::from(map.owners[key.0 as usize]);
        let to = (place as f64 + 1.0) / whole;
        match pieces.last_mut() {
            Some(last) if last.shard == shard => last.to = to,
            _ => pieces.push(Piece { shard, from: place as f64 / whole, to, labelled: false, named: false }),
        }
    }
    for piece in &mut pieces {
        let width = (piece.to - piece.from) * NARROW - 4.0;
        let fits = |text: usize| width >= text as f64 * LETTER;
        piece.labelled = labels.get(piece.shard).is_some_and(|label| fits(label.len()));
        let members = map.shards.get(piece.shard).map_or(&[][..], |shard| &shard.members);
        piece.named = piece.labelled && fits(super::owners(members, names).chars().count());
    }
    pieces
}

/// The arcs of a ring between the places of nodes: each belongs to the shard that holds the keys in it. Where no key
/// lies, there is no telling, and nothing to draw.
fn arcs(map: &ShardMap, order: &[Key]) -> Vec<Piece> {
    let points = &map.picture.points;
    if points.len() > ARCS {
        return Vec::new();
    }
    let place = |key: Key| map.picture.places[key.0 as usize];
    // A point ends its arc: the key at its very place belongs to it.
    let arc_of = |at: u64| points.partition_point(|(point, _)| *point < at) % points.len();
    let mut shard_of: Vec<Option<usize>> = vec![None; points.len()];
    for key in order {
        shard_of[arc_of(place(*key))].get_or_insert(usize::from(map.owners[key.0 as usize]));
    }
    let mut arcs: Vec<Piece> = Vec::new();
    for (arc, shard) in shard_of.iter().enumerate() {
        let Some(shard) = *shard else { continue };
        let before = points[(arc + points.len() - 1) % points.len()].0;
        let (from, to) = (turn(before), turn(points[arc].0));
        match arcs.last_mut() {
            Some(last) if last.shard == shard && last.to == from => last.to = to,
            _ => arcs.push(Piece { shard, from, to, labelled: false, named: false }),
        }
    }
    // A label for each shard, in its widest arc, if that has room.
    let width = |arc: &Piece| if arc.to > arc.from { arc.to - arc.from } else { arc.to + 1.0 - arc.from };
    for shard in 0..map.shards.len() {
        let mine = arcs.iter_mut().filter(|arc| arc.shard == shard);
        let widest = mine.max_by(|a, b| width(a).total_cmp(&width(b)));
        if let Some(widest) = widest {
            widest.labelled = width(widest) >= 0.03;
        }
    }
    arcs
}

/// Where ranges meet.
fn splits(map: &ShardMap, draft: Option<(Key, Key)>) -> Vec<SplitPoint> {
    let whole = map.owners.len() as u32;
    let (labels, first) = (labels(map), first_keys(map));
    let mut points: Vec<SplitPoint> = Vec::new();
    let borders: Vec<u32> =
        (1..whole).filter(|key| map.owners[*key as usize] != map.owners[*key as usize - 1]).collect();
    for (number, &key) in borders.iter().enumerate() {
        let (left, right) = (map.owners[key as usize - 1], map.owners[key as usize]);
        let least = if number == 0 { 1 } else { borders[number - 1] + 1 };
        let most = borders.get(number + 1).map_or(whole, |next| *next).saturating_sub(1).max(least);
        let now = match draft {
            Some((held, to)) if held == Key(key) => Key(to.0.clamp(least, most)),
            _ => Key(key),
        };
        let name = |place: u16| labels.get(usize::from(place)).map_or("?", String::as_str);
        // Only what begins its shard is a split point; where another shard's keys lie in between, it is none.
        if first.get(usize::from(right)).copied().flatten() != Some(Key(key)) {
            continue;
        }
        points.push(SplitPoint {
            key: Key(key),
            at: f64::from(now.0) / f64::from(whole),
            now,
            held: draft.is_some_and(|(held, _)| held == Key(key)),
            spoken: format!(
                "Split point: {} begins at {}, {} ends before it",
                name(right),
                words::key(now),
                name(left)
            ),
            bounds: (least, most),
        });
    }
    points
}

/// The key that a share of the bar means: the nearest border between two keys.
#[must_use]
pub fn border_at(share: f64, keys: u32) -> Key {
    let at = libm::round(share.clamp(0.0, 1.0) * f64::from(keys));
    Key((at as u32).clamp(1, keys.saturating_sub(1).max(1)))
}
