//! Which nodes a key belongs to.

use std::hash::Hasher;

use netsplit_sim::digest::Digest;
use netsplit_sim::ids::{Key, NodeId};

/// The place on the ring where a key's list begins: a hash of the key.
pub(super) fn start(key: Key, nodes: u16) -> u16 {
    let mut digest = Digest::default();
    digest.word(u64::from(key.0));
    digest.word(0x52_49_4E_47);
    (digest.finish() % u64::from(nodes.max(1))) as u16
}

/// The nodes clockwise on the ring from a key's place on: the first N are its **preference list** (Dynamo,
/// sections 4.2 and 4.3), the others stand in for them. Here every node has one place on the ring, in the order
/// of their numbers. Spreading the places (virtual nodes) is a matter of partitioning, and not done here.
pub(super) fn clockwise(key: Key, nodes: u16) -> impl Iterator<Item = NodeId> {
    let start = start(key, nodes);
    (0..nodes).map(move |step| NodeId((start + step) % nodes))
}

/// Whether a node is among the `n` nodes from a place on.
pub(super) fn covers(start: u16, node: NodeId, n: u16, nodes: u16) -> bool {
    (node.0 + nodes - start) % nodes < n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_round_once_from_the_keys_place() {
        for key in (0..50).map(Key) {
            let list: Vec<NodeId> = clockwise(key, 5).collect();
            assert_eq!(list[0], NodeId(start(key, 5)));
            let mut sorted = list.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..5).map(NodeId).collect::<Vec<_>>());
            for (place, &node) in list.iter().enumerate() {
                assert_eq!(covers(start(key, 5), node, 3, 5), place < 3);
            }
        }
    }

    #[test]
    fn keys_are_spread_over_the_ring() {
        let mut count = [0; 5];
        (0..1_000).for_each(|key| count[usize::from(start(Key(key), 5))] += 1);
        assert!(count.iter().all(|&count| (150..250).contains(&count)), "{count:?}");
    }
}
