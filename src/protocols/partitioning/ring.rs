//! Consistent hashing (Karger, Lehman, Leighton, Panigrahy, Levine and Lewin, *Consistent Hashing and Random
//! Trees*, STOC 1997, section 4): keys and nodes are hashed to the same circle, and a key is at the first node
//! clockwise.
//!
//! A node that joins takes the keys between its point and the one before it, and only those: 1/(n+1) of all
//! keys on average, from one neighbour. A node that leaves gives its keys to the next. All other keys stay
//! where they are, and no list of keys has to be kept.
//!
//! With one point for each node the arcs are of very unequal length: the largest of n is H(n)/n of the circle
//! on average, about three times the mean for ten nodes. So a node has several points, **virtual nodes**
//! (Dynamo, DeCandia et al., SOSP 2007, section 4.2). With v of them a node's share has a relative standard
//! deviation of sqrt((n-1)/(vn+1)), and what a node leaves behind is shared among many others. The price is
//! more shards.
//!
//! The order of preference of a key is the different nodes that one meets clockwise. Dynamo does the same and
//! skips points of nodes that it has met.

use std::rc::Rc;

use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{Parameter, Range};
use netsplit_sim::sharding::Picture;

use super::layout::{Layout, Wanted};
use super::{About, Partitioner, hash, placement};

/// The registry's line.
pub const SCHEME: Partitioner =
    Partitioner { about, place, reshape: hash::reshape, automatic: super::nothing, picture };

/// The place of the number of virtual nodes among the scheme's own parameters.
const VIRTUAL_NODES: usize = 0;

fn about() -> About {
    About {
        id: "ring",
        title: "Consistent hashing",
        summary: "Keys and nodes lie on one circle, and a key is at the next node clockwise: only the neighbours of a node notice that it comes or goes.",
        paper: "Karger et al., Consistent Hashing and Random Trees, STOC 1997, section 4",
        parameters: vec![virtual_nodes()],
        ordered: false,
    }
}

/// The parameter that says how many points a node has.
pub(super) fn virtual_nodes() -> Parameter {
    Parameter {
        id: "virtual_nodes",
        title: "Virtual nodes",
        summary: "At so many places of the ring each node is: the more, the more even are their shares.",
        range: Range::Count { least: 1, most: 256, default: 8 },
    }
}

/// The points of nodes on the circle, in ascending order. A cluster has salt 0; other salts are other circles, for
/// measurements over many.
#[must_use]
pub fn points(nodes: &[NodeId], virtual_nodes: u64, salt: u64) -> Vec<(u64, NodeId)> {
    let mut points: Vec<(u64, NodeId)> = Vec::new();
    for &node in nodes {
        let first = hash::of_node(node, salt);
        points.extend((0..virtual_nodes).map(|copy| (hash::mix(first.wrapping_add(copy)), node)));
    }
    points.sort_unstable();
    points
}

/// The points of a layout's nodes.
pub(super) fn points_of(layout: &Layout) -> Vec<(u64, NodeId)> {
    points(&layout.nodes, layout.own(VIRTUAL_NODES).max(1), 0)
}

/// The node of a place: that of the next point clockwise; `None` without any points.
#[must_use]
pub fn owner(points: &[(u64, NodeId)], place: u64) -> Option<NodeId> {
    let next = points.partition_point(|&(point, _)| point < place);
    points.get(next).or(points.first()).map(|&(_, node)| node)
}

/// The share of the circle that each of these nodes has, in their order.
#[must_use]
pub fn shares(nodes: &[NodeId], points: &[(u64, NodeId)]) -> Vec<f64> {
    let mut shares = vec![0.0; nodes.len()];
    let mut before = points.last().map_or(0, |&(point, _)| point);
    for &(point, node) in points {
        // A node has what is between the point before and its own. The first arc goes past zero.
        let arc = point.wrapping_sub(before) as f64 / (1_u128 << 64) as f64;
        if let Some(place) = nodes.iter().position(|&other| other == node) {
            shares[place] += if points.len() == 1 { 1.0 } else { arc };
        }
        before = point;
    }
    shares
}

/// The different nodes that one meets clockwise from a place.
#[must_use]
pub fn clockwise(points: &[(u64, NodeId)], place: u64) -> Vec<NodeId> {
    let start = points.partition_point(|&(point, _)| point < place);
    let (before, after) = points.split_at(start);
    let mut met = Vec::new();
    let mut known = vec![false; points.iter().map(|(_, node)| node.index() + 1).max().unwrap_or(0)];
    for &(_, node) in after.iter().chain(before) {
        if !known[node.index()] {
            known[node.index()] = true;
            met.push(node);
        }
    }
    met
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let points = points_of(layout);
    placement::hashed(layout, &mut |hash| clockwise(&points, hash))
}

/// Where keys and nodes lie.
pub(super) fn picture(layout: &Layout) -> Picture {
    Picture { places: placement::places(layout), points: Rc::from(points_of(layout)) }
}
