//! What a placement is worth: how even it is, and what a change of it moves.

use std::collections::BTreeMap;

use netsplit_sim::ids::NodeId;

use super::layout::Wanted;

/// By node, in the order of `nodes`: the weight of the keys for which it is asked first. A weight is by key; a key
/// without one has weight 0.
#[must_use]
pub fn load(nodes: &[NodeId], wanted: &[Wanted], weights: &[f64]) -> Vec<f64> {
    let mut load = vec![0.0; nodes.len()];
    for shard in wanted {
        let first = shard.owners.first().and_then(|owner| nodes.iter().position(|node| node == owner));
        if let Some(place) = first {
            let weight = |key: &netsplit_sim::ids::Key| weights.get(key.0 as usize).copied().unwrap_or(0.0);
            load[place] += shard.keys.iter().map(weight).sum::<f64>();
        }
    }
    load
}

/// By node, in the order of `nodes`: the keys for which it is asked first.
#[must_use]
pub fn keys(nodes: &[NodeId], wanted: &[Wanted]) -> Vec<u64> {
    counted(nodes, wanted, |shard| &shard.owners[..shard.owners.len().min(1)])
}

/// By node, in the order of `nodes`: the keys that it has a copy of.
#[must_use]
pub fn copies(nodes: &[NodeId], wanted: &[Wanted]) -> Vec<u64> {
    counted(nodes, wanted, |shard| &shard.owners)
}

fn counted(nodes: &[NodeId], wanted: &[Wanted], owners: impl Fn(&Wanted) -> &[NodeId]) -> Vec<u64> {
    let of = |node: &NodeId| {
        let shards = wanted.iter().filter(|shard| owners(shard).contains(node));
        shards.map(|shard| shard.keys.len() as u64).sum()
    };
    nodes.iter().map(of).collect()
}

/// The mean; 0 of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// How many times the mean the largest is; 1 where the mean is 0: nobody has more than another.
#[must_use]
pub fn max_over_mean(values: &[f64]) -> f64 {
    let mean = mean(values);
    if mean > 0.0 { values.iter().copied().fold(0.0, f64::max) / mean } else { 1.0 }
}

/// The coefficient of variation: the standard deviation in terms of the mean; 0 where the mean is 0.
#[must_use]
pub fn variation(values: &[f64]) -> f64 {
    let mean = mean(values);
    if mean == 0.0 {
        return 0.0;
    }
    let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    libm::sqrt(squares / values.len() as f64) / mean
}

/// What it takes to get from one placement to another, in copies of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Copies that have to be sent: to a node that had none of the key.
    pub copies: u64,
    /// The fewest that could have been sent: what was on nodes that are no longer in the cluster, or the
    /// fair share of those that are new, whichever is more.
    pub least: u64,
    /// All copies there are after it.
    pub all: u64,
    /// Keys for which another node is asked first.
    pub first: u64,
}

/// What it takes to get from one placement to another, as the nodes change from `nodes_before` to `nodes_after`.
#[must_use]
pub fn moved(nodes_before: &[NodeId], before: &[Wanted], nodes_after: &[NodeId], after: &[Wanted]) -> Moved {
    let mut held: BTreeMap<u32, &[NodeId]> = BTreeMap::new();
    for shard in before {
        held.extend(shard.keys.iter().map(|key| (key.0, shard.owners.as_slice())));
    }
    let (mut moved, mut lost) = (Moved::default(), 0);
    for shard in after {
        for key in shard.keys.iter() {
            let had = held.get(&key.0).copied().unwrap_or_default();
            moved.all += shard.owners.len() as u64;
            moved.copies += shard.owners.iter().filter(|owner| !had.contains(owner)).count() as u64;
            moved.first += u64::from(had.first() != shard.owners.first());
            let gone = had.iter().filter(|owner| !nodes_after.contains(owner)).count();
            // With fewer nodes than copies were wanted, what is lost can't be made anew.
            lost += gone.saturating_sub(had.len().saturating_sub(shard.owners.len())) as u64;
        }
    }
    let new = nodes_after.iter().filter(|node| !nodes_before.contains(node)).count() as u64;
    moved.least = lost.max(moved.all * new / nodes_after.len().max(1) as u64);
    moved
}

/// The weights of keys by Zipf's law: the k-th has weight 1 / k^exponent, and all together 1.
#[must_use]
pub fn zipf(keys: u32, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=keys).map(|rank| 1.0 / libm::pow(f64::from(rank), exponent)).collect();
    let all: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / all).collect()
}
