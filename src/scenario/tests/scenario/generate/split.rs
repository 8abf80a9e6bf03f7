//! Random ways to split the data, and what can be done then.

use netsplit_protocols::partitioning::{self, layout};
use netsplit_scenario::model::{Block, Parameters, Partitioning, StepAction};
use netsplit_sim::protocol::Parameter;
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::subsequence;

/// The parameters of a scheme.
fn known(scheme: &str) -> Vec<Parameter> {
    let own = partitioning::find(scheme).map(|entry| (entry.about)().parameters);
    layout::parameters().into_iter().chain(own.unwrap_or_default()).collect()
}

/// Those of them that leave the number of copies as it is.
fn others(scheme: &str) -> Vec<Parameter> {
    known(scheme).into_iter().filter(|parameter| parameter.id != "replicas").collect()
}

/// A scheme with some parameters and blocks, and which nodes stand by.
pub(super) fn partitioning(
    nodes: usize,
    keys: u32,
) -> impl Strategy<Value = (Partitioning, Vec<bool>)> + use<> {
    let spares = proptest::collection::vec(any::<bool>(), nodes).prop_map(|mut spares| {
        spares[0] = false;
        spares
    });
    (0..partitioning::ALL.len(), spares).prop_flat_map(move |(scheme, spares)| {
        let about = (partitioning::ALL[scheme].about)();
        let inside: Vec<String> = spares
            .iter()
            .enumerate()
            .filter(|(_, spare)| !**spare)
            .map(|(n, _)| format!("n{}", n + 1))
            .collect();
        let owners = (0..=inside.len()).prop_flat_map(move |count| subsequence(inside.clone(), count));
        // The key of the map is the first key of a block, so they are in order.
        let blocks = btree_map(0..keys, owners, 0..5).prop_map(move |blocks| {
            let blocks = blocks.into_iter().filter(|_| about.ordered);
            let mut blocks: Vec<Block> = blocks.map(|(first, owners)| Block { first, owners }).collect();
            if let Some(block) = blocks.first_mut() {
                block.first = 0;
            }
            blocks
        });
        (super::parameters(&known(about.id), nodes), blocks, Just(spares)).prop_map(
            move |(parameters, blocks, spares)| {
                let scheme = about.id.to_owned();
                (Partitioning { scheme, parameters, blocks }, spares)
            },
        )
    })
}

/// What only a cluster can do whose data is split; nothing for one whose data is not.
pub(super) fn actions(
    partitioning: Option<&Partitioning>,
    nodes: usize,
    clients: usize,
    keys: u32,
) -> Vec<BoxedStrategy<StepAction>> {
    let Some(partitioning) = partitioning else { return Vec::new() };
    let node = || (1..=nodes).prop_map(|n| format!("n{n}"));
    let key = || 0..keys;
    let names: Vec<String> = (1..=nodes).map(|n| format!("n{n}")).collect();
    let owners = (1..=nodes).prop_flat_map(move |count| subsequence(names.clone(), count));
    let mut any = vec![
        node().prop_map(|node| StepAction::Join { node }).boxed(),
        key().prop_map(|key| StepAction::Split { key }).boxed(),
        key().prop_map(|key| StepAction::Merge { key }).boxed(),
        (key(), key()).prop_map(|(from, to)| StepAction::Shift { from, to }).boxed(),
        (key(), owners).prop_map(|(key, owners)| StepAction::Assign { key, owners }).boxed(),
        // With fewer copies the protocol's parameters would have other bounds.
        super::parameters(&others(&partitioning.scheme), nodes)
            .prop_map(|partitioning| StepAction::Configure {
                node: None,
                parameters: Parameters::new(),
                partitioning,
            })
            .boxed(),
    ];
    if nodes > 1 {
        let other = || (2..=nodes).prop_map(|n| format!("n{n}"));
        any.push(other().prop_map(|node| StepAction::Leave { node }).boxed());
        any.push(other().prop_map(|node| StepAction::RemoveNode { node }).boxed());
    }
    if clients > 0 {
        let client = || (1..=clients).prop_map(|c| format!("c{c}"));
        any.push(client().prop_map(|client| StepAction::QueryAll { client }).boxed());
        any.push(
            (client(), key(), 1u32..=1_000)
                .prop_map(|(client, key, count)| StepAction::Scan { client, key, count })
                .boxed(),
        );
        if keys > 1 {
            any.push(
                (client(), key(), 1..keys)
                    .prop_map(move |(client, first, further)| StepAction::Pair {
                        client,
                        first,
                        second: (first + further) % keys,
                    })
                    .boxed(),
            );
        }
    }
    any
}
