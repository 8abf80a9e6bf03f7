//! Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, *Consistent Hashing with Bounded
//! Loads*, SODA 2018, arXiv 1608.01350): a ring on which no node is filled above c times the mean.
//!
//! Keys and nodes lie on a circle as with [`super::ring`]. But a node has room for only ceil(c m / n) of the m
//! keys; a key that finds a full node goes on clockwise to the first that has room. For c = 1 + ε a node that
//! comes or goes moves about 1/ε² times as many keys as it has to, whatever the number of nodes: c trades
//! balance for movement. With c very large this is the ring.
//!
//! Where a key is must not depend on the order in which keys came, or two nodes could disagree. The paper
//! orders the keys and lets those before others have the room (section 2); here that is the order of the keys.
//! All keys of the store count, whether or not they were written. Keys with one hash tag stay together and
//! count as one.
//!
//! The bound is for the node that is asked first. The other copies are at the next nodes clockwise from there,
//! and are not bounded.

use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::{Parameter, Range};

use super::layout::{Layout, Wanted};
use super::{About, Partitioner, hash, placement, ring};

/// The registry's line.
pub const SCHEME: Partitioner =
    Partitioner { about, place, reshape: hash::reshape, automatic: super::nothing, picture: ring::picture };

/// The place of c among the scheme's own parameters; the number of virtual nodes is before it, as in a ring.
const LOAD: usize = 1;

fn about() -> About {
    About {
        id: "bounded",
        title: "Consistent hashing with bounded loads",
        summary: "A ring on which a full node passes keys on clockwise: nobody has more than a chosen multiple of the mean.",
        paper: "Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads, SODA 2018",
        parameters: vec![
            ring::virtual_nodes(),
            Parameter {
                id: "load",
                title: "Most load",
                summary: "In hundredths of the mean: so many keys a node may have. 125: a quarter more than the mean.",
                range: Range::Count { least: 100, most: 1_000, default: 125 },
            },
        ],
        ordered: false,
    }
}

/// For how many tags a node has room.
#[must_use]
pub fn room(layout: &Layout) -> u64 {
    let tags = layout.tag(Key(layout.keys.saturating_sub(1))) + 1;
    // Less than the mean would leave keys without a place.
    let load = u128::from(layout.own(LOAD).max(100));
    let room = (load * u128::from(tags)).div_ceil(100 * layout.nodes.len().max(1) as u128);
    u64::try_from(room).unwrap_or(u64::MAX)
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let (points, room) = (ring::points_of(layout), room(layout));
    let mut held = vec![0; layout.nodes.len()];
    placement::hashed(layout, &mut |hash| {
        let mut preference = ring::clockwise(&points, hash);
        let place = |node: &NodeId| layout.nodes.binary_search(node).unwrap_or(0);
        let first = preference.iter().position(|node| held[place(node)] < room).unwrap_or(0);
        preference.rotate_left(first);
        held[place(&preference[0])] += 1;
        preference
    })
}
