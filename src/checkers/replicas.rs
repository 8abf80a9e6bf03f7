//! What the replicas hold at one instant, as plain data.

use std::collections::BTreeMap;

use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::ids::{Key, NodeId, Value};

use crate::observation::distinct;

/// The contents of every replica, and whether the cluster has come to rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replicas {
    /// The replicas.
    pub replicas: Vec<Replica>,
    /// Whether the network is whole (no cut, no node down or paused) and has been quiet for long enough
    /// that whatever was going to spread has spread. Who takes the picture decides how long that is.
    pub settled: bool,
    /// By [`netsplit_sim::ids::OpId`]: whether some copy has shown what this operation wrote, at any time so far. Empty
    /// where that is not known.
    pub shown: Vec<bool>,
}

/// The content of one replica: what a read of this copy would return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Whose it is.
    pub node: NodeId,
    /// The name of the node; empty for the usual `n1`, `n2`, …
    pub name: String,
    /// Whether the node runs. For one that does not, the values are those on its disk.
    pub live: bool,
    /// The values, by key, in ascending order: several of them are siblings, or the elements of a set. A
    /// key that holds nothing is absent.
    pub values: BTreeMap<Key, Vec<Value>>,
}

impl Replicas {
    /// The contents in a frame, and whether the cluster has `settled`, which a frame alone can't tell.
    #[must_use]
    pub fn from_frame(frame: &Frame, settled: bool) -> Self {
        let replicas = frame.nodes.iter().map(|node| {
            let mut values: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
            for view in &node.replica.keys {
                values.entry(view.key).or_default().push(view.value);
            }
            values.values_mut().for_each(|several| *several = distinct(several));
            Replica { node: node.id, name: String::new(), live: node.status != Status::Down, values }
        });
        Self { replicas: replicas.collect(), settled, shown: Vec::new() }
    }
}

impl Replica {
    /// The values that it holds for a key, in ascending order.
    #[must_use]
    pub fn values_of(&self, key: Key) -> &[Value] {
        self.values.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The name of the node.
    #[must_use]
    pub fn name(&self) -> String {
        if self.name.is_empty() {
            return format!("n{}", u64::from(self.node.0) + 1);
        }
        self.name.clone()
    }
}
