//! Where the copies of a shard are: the first node of the scheme's order of preference, and then what the
//! parameter says. *Next*: the next nodes of that order, as on Dynamo's ring (DeCandia et al., SOSP 2007,
//! section 4.3). *Spread*: first nodes in regions that have no copy yet, so that the loss of a whole region (a
//! rack, a data centre) leaves copies elsewhere, as Cassandra's network topology strategy does; then the next
//! nodes.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, NodeId};

use super::hash;
use super::layout::{Layout, Placement, Wanted};

/// The region of a node.
fn region(layout: &Layout, node: NodeId) -> u16 {
    layout.regions.get(node.index()).copied().unwrap_or(0)
}

/// Goes on from the owners that there are until there are `count`, or the order of preference ends.
#[must_use]
pub fn fill(layout: &Layout, mut owners: Vec<NodeId>, preference: &[NodeId], count: usize) -> Vec<NodeId> {
    let take = |owners: &mut Vec<NodeId>, allowed: &dyn Fn(&[NodeId], NodeId) -> bool| {
        for &node in preference {
            if owners.len() < count && !owners.contains(&node) && allowed(owners, node) {
                owners.push(node);
            }
        }
    };
    if layout.placement() == Placement::Spread {
        take(&mut owners, &|owners, node| {
            owners.iter().all(|&owner| region(layout, owner) != region(layout, node))
        });
    }
    take(&mut owners, &|_, _| true);
    owners
}

/// The owners of a shard whose keys prefer the nodes in this order.
#[must_use]
pub fn owners(layout: &Layout, preference: &[NodeId]) -> Vec<NodeId> {
    fill(layout, Vec::new(), preference, layout.copies())
}

/// All nodes in turn, beginning with the one at this place (counted round and round).
#[must_use]
pub fn turn(layout: &Layout, place: usize) -> Vec<NodeId> {
    let start = place % layout.nodes.len().max(1);
    let (before, after) = layout.nodes.split_at(start);
    [after, before].concat()
}

/// All nodes in turn, beginning with this one; with the first if it is not in the cluster.
#[must_use]
pub fn turn_from(layout: &Layout, node: NodeId) -> Vec<NodeId> {
    turn(layout, layout.nodes.binary_search(&node).unwrap_or(0))
}

/// Owners that were named by hand, as far as they are in the cluster. Others stand in for those that are not,
/// so that there are as many copies as were asked for while there are nodes for them. `place` tells who is first
/// to stand in: where that differs from shard to shard, what a node leaves behind is shared among many. Nobody at all if
/// nobody was named.
#[must_use]
pub fn named(layout: &Layout, named: &[NodeId], place: usize) -> Vec<NodeId> {
    let mut here: Vec<NodeId> = Vec::new();
    for &node in named {
        if layout.nodes.binary_search(&node).is_ok() && !here.contains(&node) {
            here.push(node);
        }
    }
    fill(layout, here, &turn(layout, place), named.len())
}

/// The shards of a scheme that hashes: keys with the same owners in the same order are one shard. They come in
/// the order of the first owner, then of the second, and so on. `preference` is asked once for each tag, in
/// ascending order, with the tag's hash.
pub(super) fn hashed(layout: &Layout, preference: &mut dyn FnMut(u64) -> Vec<NodeId>) -> Vec<Wanted> {
    let mut groups: BTreeMap<Vec<NodeId>, Vec<Key>> = BTreeMap::new();
    let mut latest: Option<(u64, Vec<NodeId>)> = None;
    for key in (0..layout.keys).map(Key) {
        let tag = layout.tag(key);
        let owners = match latest.take() {
            Some((of, owners)) if of == tag => owners,
            _ => owners(layout, &preference(hash::of_tag(tag))),
        };
        match groups.get_mut(&owners) {
            Some(keys) => keys.push(key),
            None => {
                groups.insert(owners.clone(), vec![key]);
            }
        }
        latest = Some((tag, owners));
    }
    groups.into_iter().map(|(owners, keys)| Wanted { keys: keys.into(), owners }).collect()
}

/// Where the keys of a scheme that hashes lie.
pub(super) fn places(layout: &Layout) -> std::rc::Rc<[u64]> {
    (0..layout.keys).map(|key| hash::of_tag(layout.tag(Key(key)))).collect()
}
