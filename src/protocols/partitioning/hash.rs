//! The one hash function of all schemes that hash: fixed, so that a link shows the same run for ever.
//!
//! It is the output function of `SplitMix64` (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number
//! Generators*, OOPSLA 2014), a permutation of 64-bit numbers in which a change of one input bit changes each
//! output bit about half of the time. Keys and nodes are hashed with different seeds: otherwise key 0 would lie
//! where the first point of the first node lies, and so on, and the smallest keys would all be at their own
//! nodes.

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::NodeId;

use super::layout::Layout;

/// Added before a tag is hashed.
const KEYS: u64 = 0;
/// Added before a node is hashed: no tag comes near it.
const NODES: u64 = 0x6E6F_6465 << 32;

/// Spreads neighbouring numbers far apart.
#[must_use]
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Where a tag lies.
#[must_use]
pub fn of_tag(tag: u64) -> u64 {
    mix(tag.wrapping_add(KEYS))
}

/// Where a node lies. The salt makes for other places, so that a measurement can be repeated with many
/// clusters; a cluster itself always has salt 0.
#[must_use]
pub fn of_node(node: NodeId, salt: u64) -> u64 {
    mix(mix(salt) ^ NODES ^ u64::from(node.0))
}

/// What two hashes are together.
#[must_use]
pub fn of_both(one: u64, other: u64) -> u64 {
    mix(one ^ other)
}

/// What a scheme that hashes says to a change of split points: it has none. A node that comes or goes is no concern
/// of it: it looks at who is there.
pub(super) fn reshape(_: &mut Layout, change: &Reshape) -> Result<(), &'static str> {
    match change {
        Reshape::Split(_) | Reshape::Merge(_) | Reshape::Shift(..) => {
            Err("this scheme hashes keys and has no split points")
        }
        _ => Ok(()),
    }
}
