//! Hash modulo n: the obvious way to spread keys evenly, and why it is not used where nodes come and go.
//!
//! The nodes are numbered from 0 to n - 1 in their order, and a key is at the node whose number is the hash of
//! the key modulo n. Any good hash function makes that even, however the keys are chosen. But the number of
//! nodes is in the formula: from a to b nodes only those keys stay whose hash has the same remainder by both, a
//! share of min(a, b) / lcm(a, b). From 4 to 5 nodes four fifths of all keys move, where one fifth would do to
//! fill the new node. This is the problem that consistent hashing was made for (Karger et al., *Consistent
//! Hashing and Random Trees*, STOC 1997, section 4).
//!
//! The other copies are at the next numbers. When a node in the middle leaves, those after it get a new number,
//! so their keys move too.

use netsplit_sim::sharding::Picture;

use super::layout::{Layout, Wanted};
use super::{About, Partitioner, hash, placement};

/// The registry's line.
pub const SCHEME: Partitioner =
    Partitioner { about, place, reshape: hash::reshape, automatic: super::nothing, picture };

fn about() -> About {
    About {
        id: "modulo",
        title: "Hash modulo n",
        summary: "The key's hash modulo the number of nodes says which: even, but nearly all keys move when that number changes.",
        paper: "Karger et al., Consistent Hashing and Random Trees, STOC 1997, section 4",
        parameters: Vec::new(),
        ordered: false,
    }
}

/// The number of the node for a hash.
#[must_use]
pub fn bucket(hash: u64, nodes: usize) -> usize {
    (hash % nodes.max(1) as u64) as usize
}

/// The share of keys that get another number when there are `after` nodes instead of `before`.
#[must_use]
pub fn moved(before: u64, after: u64) -> f64 {
    let (mut divisor, mut rest) = (before.max(1), after.max(1));
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    // min / lcm is the greatest common divisor over the larger of the two.
    1.0 - divisor as f64 / before.max(after).max(1) as f64
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let nodes = layout.nodes.len();
    placement::hashed(layout, &mut |hash| placement::turn(layout, bucket(hash, nodes)))
}

fn picture(layout: &Layout) -> Picture {
    Picture { places: placement::places(layout), ..Picture::default() }
}
