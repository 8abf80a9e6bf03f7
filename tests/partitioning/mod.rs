//! How keys are split among nodes: what every scheme has to keep to, and each one against its paper.

mod every_scheme;

mod figures;

mod moves;

mod placement;

mod ranges;

mod rules;

mod words;

use netsplit_protocols::partitioning::layout::parameters;
use netsplit_protocols::partitioning::{ALL, Layout, Wanted};
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::Parameter;
use netsplit_sim::random::Random;

/// The place of a common parameter.
fn common(id: &str) -> usize {
    parameters().iter().position(|parameter| parameter.id == id).expect("there is such a parameter")
}

/// A layout with everything by default, over nodes from n1 on, each in a region of its own but for every third.
fn layout(scheme: &str, keys: u32, nodes: u16, copies: u64) -> Layout {
    let scheme = ALL.iter().position(|entry| (entry.about)().id == scheme).expect("there is such a scheme");
    let defaults = |parameters: Vec<Parameter>| -> Vec<u64> {
        parameters.iter().map(|parameter| parameter.range.default_value(nodes)).collect()
    };
    let mut layout = Layout {
        keys,
        nodes: ids(0..nodes),
        // There are spares, too.
        regions: (0..nodes + 4).map(|node| node / 3).collect(),
        scheme: scheme as u16,
        protocol: 0,
        common: defaults(parameters()),
        own: defaults((ALL[scheme].about)().parameters),
        blocks: Vec::new(),
        pins: Vec::new(),
    };
    layout.common[common("replicas")] = copies;
    layout
}

fn ids(nodes: impl IntoIterator<Item = u16>) -> Vec<NodeId> {
    nodes.into_iter().map(NodeId).collect()
}

/// The ids of all schemes.
fn schemes() -> Vec<&'static str> {
    ALL.iter().map(|entry| (entry.about)().id).collect()
}

/// By key: its owners.
fn owners(layout: &Layout) -> Vec<Vec<NodeId>> {
    by_key(layout.keys, &layout.place())
}

fn by_key(keys: u32, wanted: &[Wanted]) -> Vec<Vec<NodeId>> {
    let mut owners = vec![Vec::new(); keys as usize];
    for shard in wanted {
        for key in shard.keys.iter() {
            assert!(owners[key.0 as usize].is_empty(), "{key:?} is in two shards");
            owners[key.0 as usize].clone_from(&shard.owners);
        }
    }
    owners
}

/// The first key of each shard.
fn firsts(layout: &Layout) -> Vec<u32> {
    layout.place().iter().map(|shard| shard.keys[0].0).collect()
}

/// The first owner of each shard.
fn leads(layout: &Layout) -> Vec<u16> {
    layout.place().iter().map(|shard| shard.owners[0].0).collect()
}

fn key(random: &mut Random, layout: &Layout) -> Key {
    // Now and then one that there is not.
    Key(random.below(u64::from(layout.keys) + 2) as u32)
}
