//! How the data is split, in the words of a scenario.

use netsplit_sim::protocol::Parameter;

use super::{ParameterValue, Parameters, Scenario};

/// How the data is split among the nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Partitioning {
    /// The scheme's id, such as `ring`.
    pub scheme: String,
    /// Parameters by id: those that every scheme has ([`netsplit_protocols::partitioning::layout::parameters`]) and the scheme's own. One that is
    /// missing has its default. Bounds and defaults are those of a cluster of all nodes, spares included.
    pub parameters: Parameters,
    /// Ranges of keys, in their order, for a scheme with split points; none: the scheme makes them.
    pub blocks: Vec<Block>,
}

/// A range of keys, which ends where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first key: its index. Texts count from 1, as the page does. The first block begins at key 0.
    pub first: u32,
    /// The nodes that hold it, the first is asked first; empty where the scheme is to choose.
    pub owners: Vec<String>,
}

impl Partitioning {
    /// A scheme with everything by default.
    #[must_use]
    pub fn new(scheme: impl Into<String>) -> Self {
        Self { scheme: scheme.into(), parameters: Parameters::new(), blocks: Vec::new() }
    }

    /// Gives a parameter a value of the kernel. One that is the default is not kept.
    pub fn set(&mut self, parameter: &Parameter, value: u64, nodes: u16) {
        if value == parameter.range.default_value(nodes) {
            self.parameters.remove(parameter.id);
        } else {
            let value = ParameterValue::from_value(&parameter.range, value);
            self.parameters.insert(parameter.id.to_owned(), value);
        }
    }
}

impl Scenario {
    /// How many nodes a group of replicas has at the start: as many as a shard has copies where the data is split,
    /// all nodes where it is not. The bounds of a protocol's parameters depend on it.
    #[must_use]
    pub fn group(&self) -> u16 {
        let all = u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        crate::built::split::layout(self).map_or(all, |layout| layout.copies() as u16)
    }
}
