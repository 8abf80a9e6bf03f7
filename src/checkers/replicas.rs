//! What the replicas hold at one instant, as plain data.

use std::collections::BTreeMap;

use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::ids::{Key, NodeId, Value};
use netsplit_sim::sharding::{ShardMap, ShardState, ShardingView};

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
    /// By key: whether this replica is one of those that hold it, in a cluster whose data is split; it may still
    /// have others. `None`: it holds every key.
    pub holds: Option<Vec<bool>>,
}

impl Replicas {
    /// The contents in a frame, and whether the cluster has `settled`, which a frame alone can't tell.
    #[must_use]
    pub fn from_frame(frame: &Frame, settled: bool) -> Self {
        let map = newest(frame);
        let replicas = frame.nodes.iter().map(|node| {
            let mut values: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
            for view in &node.replica.keys {
                values.entry(view.key).or_default().push(view.value);
            }
            values.values_mut().for_each(|several| *several = distinct(several));
            let holds = map.map(|map| held(map, node.replica.sharding.as_ref()));
            Replica { node: node.id, name: String::new(), live: node.status != Status::Down, values, holds }
        });
        Self { replicas: replicas.collect(), settled, shown: Vec::new() }
    }
}

/// The newest map of a cluster whose data is split: that of the node that keeps it, or the newest that anybody
/// knows.
fn newest(frame: &Frame) -> Option<&ShardMap> {
    let views = || frame.nodes.iter().filter_map(|node| node.replica.sharding.as_ref());
    let kept = views().find(|view| view.keeps_map);
    kept.or_else(|| views().max_by_key(|view| view.map.version)).map(|view| &*view.map)
}

/// By key: whether a node has a copy that serves of the shard that holds it.
fn held(map: &ShardMap, view: Option<&ShardingView>) -> Vec<bool> {
    let serves = |shard: &netsplit_sim::sharding::Shard| {
        let copies = view.map_or(&[][..], |view| &view.copies);
        copies.iter().any(|copy| copy.id == shard.id && copy.state == ShardState::Serving)
    };
    let serving: Vec<bool> = map.shards.iter().map(serves).collect();
    map.owners.iter().map(|&owner| serving.get(usize::from(owner)).copied().unwrap_or(false)).collect()
}

impl Replica {
    /// Whether it is one of the replicas that hold a key.
    #[must_use]
    pub fn is_holder(&self, key: Key) -> bool {
        self.holds.as_ref().is_none_or(|holds| holds.get(key.0 as usize).copied().unwrap_or(false))
    }

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
