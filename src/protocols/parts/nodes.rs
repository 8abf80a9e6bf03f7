//! A set of nodes.

use netsplit_sim::ids::NodeId;

/// A set of nodes, as bits: of the first 64 nodes, twice as many as a scenario may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Nodes(u64);

impl Nodes {
    /// Puts a node in; tells whether it was not there.
    pub fn insert(&mut self, node: NodeId) -> bool {
        let before = self.0;
        self.0 |= bit(node);
        self.0 != before
    }

    /// Whether a node is in it.
    #[must_use]
    pub fn contains(self, node: NodeId) -> bool {
        self.0 & bit(node) != 0
    }

    /// How many nodes are in it.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }
}

fn bit(node: NodeId) -> u64 {
    1u64.checked_shl(u32::from(node.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_counts_once() {
        let mut nodes = Nodes::default();
        assert!(nodes.insert(NodeId(3)) && nodes.insert(NodeId(63)) && !nodes.insert(NodeId(3)));
        assert_eq!(nodes.count(), 2);
        assert!(nodes.contains(NodeId(63)) && !nodes.contains(NodeId(4)) && !nodes.contains(NodeId(64)));
    }
}
