//! How the data is split, ready to draw: the space of the keys as a bar or a ring, the shards in it with their load, the
//! nodes with their copies, and what is moving. Everything is read off the newest map that a node of the frame knows.
//! Nothing here knows a scheme: one that keeps the order of keys is a bar, one that hashes keys and nodes to places is a
//! ring, and any other a bar of shards in the order of their owners.

pub mod load;

pub mod nodes;

pub mod space;

use std::rc::Rc;

use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::sharding::{ShardId, ShardMap, ShardState, ShardingView};

use crate::units;
use crate::words::{self, Names};

/// Up to so many shards have letters; more have numbers.
pub const LETTERS: usize = 26;

/// What a person points at, as far as it concerns shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointed {
    /// A key of the shard that is pointed at. A shard that is replaced has another number, and the same keys.
    pub shard: Option<Key>,
    /// The node that is pointed at.
    pub node: Option<NodeId>,
    /// A key of the shard whose card is open.
    pub chosen: Option<Key>,
}

/// A shard in use.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardMark {
    /// Its number.
    pub id: ShardId,
    /// Its place in the map.
    pub place: usize,
    /// Its letter, or its number among the others.
    pub label: String,
    /// Its first key, to name it by.
    pub key: Key,
    /// How many keys it is the holder of.
    pub keys: u32,
    /// Who holds it. The first is asked first.
    pub owners: Vec<NodeId>,
    /// Their names.
    pub owners_text: String,
    /// How many of its owners run and have it.
    pub up: usize,
    /// Operations per second in the last second.
    pub rate: f64,
    /// The step of the scale that this is on, 0 to [`load::STEPS`].
    pub heat: u8,
    /// Whether it, or a node that holds it, is pointed at.
    pub lit: bool,
    /// Whether its card is open.
    pub chosen: bool,
    /// What a screen reader says, and what a tooltip shows.
    pub spoken: String,
}

impl ShardMark {
    /// Whether some, all or none of its copies can be asked.
    #[must_use]
    pub fn reach(&self) -> &'static str {
        match self.up {
            0 => "none",
            up if up == self.owners.len() => "all",
            _ => "some",
        }
    }
}

/// What a node of the frame tells of the split, if it takes part.
#[must_use]
pub fn view_of(frame: &Frame, node: NodeId) -> Option<&ShardingView> {
    frame.nodes.get(node.index())?.replica.sharding.as_ref()
}

/// The newest map: that of the node that keeps it, or of the one that knows the latest.
#[must_use]
pub fn newest(frame: &Frame) -> Option<&Rc<ShardMap>> {
    let views = frame.nodes.iter().filter_map(|node| node.replica.sharding.as_ref());
    views.max_by_key(|view| (view.keeps_map, view.map.version)).map(|view| &view.map)
}

/// How many keys each shard of a map is the holder of, by its place.
#[must_use]
pub fn held(map: &ShardMap) -> Vec<u32> {
    let mut held = vec![0; map.shards.len()];
    for owner in map.owners.iter() {
        if let Some(count) = held.get_mut(usize::from(*owner)) {
            *count += 1;
        }
    }
    held
}

/// The labels of the shards of a map, by place: letters if they are enough. A shard that lost all of its keys to those
/// that replace it has none.
#[must_use]
pub fn labels(map: &ShardMap) -> Vec<String> {
    let held = held(map);
    let in_use = held.iter().filter(|count| **count > 0).count();
    let mut next = 0;
    let label = |count: &u32| {
        if *count == 0 {
            return String::new();
        }
        next += 1;
        label(next - 1, in_use)
    };
    held.iter().map(label).collect()
}

/// The label of the shard of that place among so many.
fn label(place: usize, of: usize) -> String {
    if of <= LETTERS { char::from(b'A' + place as u8).to_string() } else { (place + 1).to_string() }
}

/// The place in a map of the shard that holds a key.
#[must_use]
pub fn place_of(map: &ShardMap, key: Key) -> Option<usize> {
    map.owners.get(key.0 as usize).map(|owner| usize::from(*owner))
}

/// The first key of each shard, by place; `None` for one without keys.
#[must_use]
pub fn first_keys(map: &ShardMap) -> Vec<Option<Key>> {
    let mut first = vec![None; map.shards.len()];
    for (key, owner) in map.owners.iter().enumerate() {
        if let Some(slot @ None) = first.get_mut(usize::from(*owner)) {
            *slot = Some(Key(key as u32));
        }
    }
    first
}

/// Whether what is pointed at is this shard, or a node that holds it.
#[must_use]
pub fn is_lit(map: &ShardMap, place: usize, pointed: &Pointed) -> bool {
    let by_shard = pointed.shard.is_some_and(|key| place_of(map, key) == Some(place));
    let members = map.shards.get(place).map_or(&[][..], |shard| shard.members.as_slice());
    by_shard || pointed.node.is_some_and(|node| members.contains(&node))
}

/// Whether a node's copy of a shard can be asked now.
fn serves(frame: &Frame, node: NodeId, id: ShardId) -> bool {
    let runs = frame.nodes.get(node.index()).is_some_and(|node| node.status == Status::Up);
    let copy = view_of(frame, node).and_then(|view| view.copies.iter().find(|copy| copy.id == id));
    runs && copy.is_some_and(|copy| copy.state == ShardState::Serving)
}

/// The shards in use, in the order of display. `rates` are operations per second by key, `most` the end of the scale.
#[must_use]
pub fn shards(
    frame: &Frame,
    map: &ShardMap,
    names: &Names,
    loads: &load::Load,
    pointed: &Pointed,
) -> Vec<ShardMark> {
    let (held, labels, first) = (held(map), labels(map), first_keys(map));
    let mark = |(place, shard): (usize, &netsplit_sim::sharding::Shard)| {
        let key = first[place]?;
        let owners_text = owners(&shard.members, names);
        let up = shard.members.iter().filter(|node| serves(frame, **node, shard.id)).count();
        let rate = loads.by_shard.get(place).copied().unwrap_or(0.0);
        let keys = units::count(u64::from(held[place]), "key");
        let reach = match up {
            0 => ", nobody who has it runs".to_owned(),
            up if up < shard.members.len() => format!(", {up} of {} copies run", shard.members.len()),
            _ => String::new(),
        };
        let per_second = units::three_digits(rate);
        let spoken = format!(
            "{} {owners_text}: shard of {keys}, {per_second} operations per second{reach}",
            labels[place]
        );
        Some(ShardMark {
            id: shard.id,
            place,
            label: labels[place].clone(),
            key,
            keys: held[place],
            owners: shard.members.clone(),
            owners_text,
            up,
            rate,
            heat: loads.step(rate),
            lit: is_lit(map, place, pointed),
            chosen: pointed.chosen.is_some_and(|key| place_of(map, key) == Some(place)),
            spoken,
        })
    };
    map.shards.iter().enumerate().filter_map(mark).collect()
}

/// The names of some nodes: `n1, n2`.
#[must_use]
pub fn owners(nodes: &[NodeId], names: &Names) -> String {
    let names: Vec<&str> = nodes.iter().map(|node| names.node(*node)).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

/// Some keys in a few words: `k1 to k15`, or `k3, k9 and 4 more`.
#[must_use]
pub fn keys_in_words(keys: &[Key]) -> String {
    let follow = keys.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1);
    match keys {
        [] => "no key".to_owned(),
        [one] => words::key(*one),
        [first, .., last] if follow => format!("{} to {}", words::key(*first), words::key(*last)),
        [first, second] => format!("{} and {}", words::key(*first), words::key(*second)),
        [first, second, rest @ ..] => {
            format!("{}, {} and {} more", words::key(*first), words::key(*second), rest.len())
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
