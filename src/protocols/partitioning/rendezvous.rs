//! Rendezvous hashing (Thaler and Ravishankar, *Using Name-Based Mappings to Increase Hit Rates*, IEEE/ACM
//! Transactions on Networking 6(1), 1998, section III): every node bids for a key, and the highest bid wins.
//!
//! A bid is a hash of the key and the node together, a *random weight*. Everybody who knows the nodes can
//! compute all bids and finds the same winner: the parties meet at an agreed place without having talked, hence
//! the name. If the winner leaves, the second highest bid wins, and no other key is concerned; a node that
//! joins wins just those keys for which it bids highest, 1/(n+1) of them, from all others alike.
//!
//! It is as even as a hash can be without virtual nodes, and what a node leaves behind is shared by all others.
//! But to find a key's node takes n hashes, where a ring takes a binary search.
//!
//! The order of preference is that of the bids.

use std::cmp::Reverse;

use netsplit_sim::ids::NodeId;
use netsplit_sim::sharding::Picture;

use super::layout::{Layout, Wanted};
use super::{About, Partitioner, hash, placement};

/// The registry's line.
pub const SCHEME: Partitioner =
    Partitioner { about, place, reshape: hash::reshape, automatic: super::nothing, picture };

fn about() -> About {
    About {
        id: "rendezvous",
        title: "Rendezvous hashing",
        summary: "Every node bids a hash of itself and the key, and the highest bid wins: a node that leaves hands its keys to all others alike.",
        paper: "Thaler and Ravishankar, Using Name-Based Mappings to Increase Hit Rates, IEEE/ACM Transactions on Networking 6(1), 1998",
        parameters: Vec::new(),
        ordered: false,
    }
}

/// The nodes in the order of their bids, the highest first.
#[must_use]
pub fn bids(nodes: &[NodeId], hash: u64) -> Vec<NodeId> {
    let bid = |node: NodeId| hash::of_both(hash, hash::of_node(node, 0));
    let mut order: Vec<(Reverse<u64>, NodeId)> =
        nodes.iter().map(|&node| (Reverse(bid(node)), node)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, node)| node).collect()
}

fn place(layout: &Layout) -> Vec<Wanted> {
    placement::hashed(layout, &mut |hash| bids(&layout.nodes, hash))
}

fn picture(layout: &Layout) -> Picture {
    Picture { places: placement::places(layout), ..Picture::default() }
}
