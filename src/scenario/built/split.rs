//! How the data is split, checked and in the kernel's terms.

use netsplit_protocols::partitioning::{self, Block, Layout, Partitioner};
use netsplit_sim::ids::{Key, NodeId};

use super::given_values;
use crate::check::{Check, Sites};
use crate::limits;
use crate::model::{Partitioning, Scenario};
use crate::problem::one_of;

/// The layout at the start; `None` where the data is not split, or it can't be told how.
pub(crate) fn layout(scenario: &Scenario) -> Option<Layout> {
    checked(&mut Check::new(Sites::new(scenario)), scenario)
}

/// The same, with a problem for each thing that is wrong.
pub(super) fn checked(check: &mut Check, scenario: &Scenario) -> Option<Layout> {
    spares(check, scenario);
    let partitioning = scenario.partitioning.as_ref()?;
    let scheme = partitioning::ALL.iter().position(|entry| (entry.about)().id == partitioning.scheme);
    let Some(scheme) = scheme else {
        let abouts: Vec<_> = partitioning::ALL.iter().map(|entry| (entry.about)()).collect();
        let ids = one_of(abouts.iter().map(|about| about.id));
        let found = &partitioning.scheme;
        check.add("partitioning.scheme", format!("expected a scheme, {ids}, and found {found:?}"));
        return None;
    };
    let partitioner = &partitioning::ALL[scheme];
    let mut layout = Layout {
        keys: scenario.keys.clamp(1, limits::KEYS),
        nodes: inside(scenario),
        regions: scenario.nodes.iter().map(|node| node.region).collect(),
        scheme: scheme as u16,
        protocol: protocol(scenario),
        common: Vec::new(),
        own: Vec::new(),
        blocks: blocks(check, scenario, partitioning, partitioner),
        pins: Vec::new(),
    };
    let known = parameters(partitioner);
    let all = scenario.nodes.len() as u16;
    let mut values: Vec<u64> = known.iter().map(|p| p.range.default_value(all)).collect();
    let given = &partitioning.parameters;
    for (index, value) in given_values(check, "partitioning", &partitioning.scheme, &known, all, given) {
        values[index] = value;
    }
    set_values(&mut layout, &values);
    (!layout.nodes.is_empty()).then_some(layout)
}

/// The parameters of a scheme: first those that every scheme has, then its own.
pub(crate) fn parameters(partitioner: &Partitioner) -> Vec<netsplit_sim::protocol::Parameter> {
    let mut all = partitioning::layout::parameters();
    all.extend((partitioner.about)().parameters);
    all
}

/// The values of a layout's parameters, in the order of [`parameters`].
pub(crate) fn values(layout: &Layout) -> Vec<u64> {
    layout.common.iter().chain(&layout.own).copied().collect()
}

/// Gives a layout the values of its parameters, in the order of [`parameters`].
pub(crate) fn set_values(layout: &mut Layout, values: &[u64]) {
    let common = partitioning::layout::parameters().len().min(values.len());
    layout.common = values[..common].to_vec();
    layout.own = values[common..].to_vec();
}

/// What a cluster is told: how the data is split, if it is, and the protocol's parameters.
pub(crate) fn words(layout: Option<&Layout>, parameters: &[u64]) -> Vec<u64> {
    let mut words = layout.map(Layout::to_words).unwrap_or_default();
    words.extend(parameters);
    words
}

/// The nodes that are in the cluster at the start.
fn inside(scenario: &Scenario) -> Vec<NodeId> {
    let inside = scenario.nodes.iter().enumerate().filter(|(_, node)| !node.spare);
    inside.map(|(index, _)| NodeId(index as u16)).collect()
}

/// The place of the replication protocol; one that nobody knows is complained about elsewhere.
fn protocol(scenario: &Scenario) -> u16 {
    let name = &scenario.protocol.name;
    let place = netsplit_protocols::ALL.iter().position(|entry| (entry.about)().id == name);
    place.unwrap_or_default() as u16
}

fn spares(check: &mut Check, scenario: &Scenario) {
    for (index, _) in scenario.nodes.iter().enumerate().filter(|(_, node)| node.spare) {
        let field = format!("nodes[{}].spare", index + 1);
        if scenario.partitioning.is_none() {
            check.add(field, "only where the data is split can a node stand by outside of the cluster");
        } else if index == 0 {
            check.add(field, "the first node keeps the map of shards and can't stand by");
        }
    }
}

fn blocks(
    check: &mut Check,
    scenario: &Scenario,
    partitioning: &Partitioning,
    partitioner: &Partitioner,
) -> Vec<Block> {
    let about = (partitioner.about)();
    if !about.ordered && !partitioning.blocks.is_empty() {
        let scheme = about.id;
        check.add(
            "partitioning.blocks",
            format!("{scheme} does not keep the order of keys and has no blocks"),
        );
        return Vec::new();
    }
    let mut blocks: Vec<Block> = Vec::new();
    if let Some(message) = super::wrong_count(partitioning.blocks.len(), 0, limits::KEYS as usize) {
        check.add("partitioning.blocks", message);
        return blocks;
    }
    for (index, block) in partitioning.blocks.iter().enumerate() {
        let field = format!("partitioning.blocks[{}]", index + 1);
        check.key(&format!("{field}.first"), block.first, scenario.keys);
        match blocks.last() {
            None if block.first != 0 => {
                check.add(format!("{field}.first"), "the first block begins at the first key, 1");
            }
            Some(before) if before.first.0 >= block.first => {
                check.add(format!("{field}.first"), "expected a key after that of the block above it");
            }
            _ => {}
        }
        let owners = check.owners(&format!("{field}.owners"), &block.owners);
        for owner in &owners {
            if scenario.nodes.get(owner.index()).is_some_and(|node| node.spare) {
                check.add(
                    format!("{field}.owners"),
                    "a node that stands by outside of the cluster holds nothing",
                );
            }
        }
        blocks.push(Block { first: Key(block.first), owners });
    }
    blocks
}
