//! Jump consistent hash (Lamping and Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm*, arXiv
//! 1406.2294, 2014): from the key alone it computes in which of n numbered buckets the key is, in a few steps
//! and with nothing to remember.
//!
//! Imagine the buckets opened one by one. When bucket n is opened, each key jumps there with probability
//! 1/(n+1) and stays otherwise; so the keys are spread evenly at any time, and only into the new bucket.
//! Whether it jumps is drawn from a generator that the key is the seed of, and the same draws come every time.
//! The trick (section 2 of the paper) is to compute from one draw when the *next* jump is, and to skip the
//! steps between. The constants here are the paper's.
//!
//! Its price: buckets have numbers, not names. Only the **last** bucket can go without moving more than its own
//! keys. Here the buckets are the nodes in their order, so when a node in the middle leaves, all nodes after it
//! get a new number and most keys move; and likewise when one joins in the middle. The paper means it for
//! shards of a data store, each of which is replicated, not for nodes that fail.
//!
//! The other copies are at the next buckets.

use netsplit_sim::sharding::Picture;

use super::layout::{Layout, Wanted};
use super::{About, Partitioner, hash, placement};

/// The registry's line.
pub const SCHEME: Partitioner =
    Partitioner { about, place, reshape: hash::reshape, automatic: super::nothing, picture };

fn about() -> About {
    About {
        id: "jump",
        title: "Jump hash",
        summary: "A few steps of arithmetic say in which of n buckets a key is: even and without a table, but only the last bucket can leave.",
        paper: "Lamping and Veach, A Fast, Minimal Memory, Consistent Hash Algorithm, arXiv 1406.2294, 2014",
        parameters: Vec::new(),
        ordered: false,
    }
}

/// The bucket of a key among so many; 0 if there are none.
#[must_use]
pub fn bucket(key: u64, buckets: usize) -> usize {
    let (mut key, mut bucket, mut next) = (key, 0_u64, 0_u64);
    while next < buckets as u64 {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let draw = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        next = ((bucket + 1) as f64 * draw) as u64;
    }
    bucket as usize
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let nodes = layout.nodes.len();
    placement::hashed(layout, &mut |hash| placement::turn(layout, bucket(hash, nodes)))
}

fn picture(layout: &Layout) -> Picture {
    Picture { places: placement::places(layout), ..Picture::default() }
}
