//! Runs of a cluster that splits its data.

use netsplit_scenario::Scenario;
use netsplit_scenario::model::{Block, Client, Node, ParameterValue, Partitioning};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{KeyPick, LinkQuality, Mix, Pace};
use netsplit_sim::time::Span;

use super::{at, choice, client, node};

/// A cluster with these nodes and clients.
fn cluster(title: &str, note: &str, keys: u32, nodes: Vec<Node>, clients: Vec<Client>) -> Scenario {
    Scenario {
        title: title.to_owned(),
        note: note.to_owned(),
        seed: 7,
        keys,
        protocol: choice("primary-backup", &[]),
        network: LinkQuality {
            base: Span::from_us(200),
            jitter: Jitter::Exponential { mean_ms: 0.3 },
            ..LinkQuality::default()
        },
        nodes,
        clients,
        ..Scenario::empty("primary-backup")
    }
}

fn split(scheme: &str, replicas: u64) -> Partitioning {
    // Sooner than the clients give up, so that they get the answers that there are.
    let deadline = ("deadline".to_owned(), ParameterValue::Time(Span::from_ms(100)));
    let parameters = [("replicas".to_owned(), ParameterValue::Count(replicas)), deadline].into();
    Partitioning { parameters, ..Partitioning::new(scheme) }
}

/// The chapter's figure: A and B are split, C is copied.
pub(super) fn three_blocks() -> Scenario {
    let mut scenario = cluster(
        "Partition and replicate: A, B and C",
        "A lies on n1 and B on n2: they are split. C lies on both: it is copied. Crash n2 and see which keys can still \
         be read. Then start it again, and drag the blocks: which layout needs the fewest bytes, and which keeps every \
         key readable?",
        12,
        vec![node("n1", at(0, 0)), node("n2", at(900, 0))],
        vec![client("c1", at(-60, 520)), client("c2", at(960, 520))],
    );
    let owners = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut directory = split("directory", 1);
    directory.blocks = vec![
        Block { first: 0, owners: owners(&["n1"]) },
        Block { first: 4, owners: owners(&["n2"]) },
        Block { first: 8, owners: owners(&["n1", "n2"]) },
    ];
    scenario.partitioning = Some(directory);
    scenario
}

/// Four nodes, and a fifth that stands by.
fn fifth(title: &str, note: &str, scheme: &str) -> Scenario {
    let mut nodes = vec![
        node("n1", at(0, 0)),
        node("n2", at(700, -90)),
        node("n3", at(760, 760)),
        node("n4", at(40, 820)),
        node("n5", at(1_250, 340)),
    ];
    nodes[4].spare = true;
    let clients = vec![client("c1", at(-400, 400)), client("c2", at(400, 1_300))];
    let mut scenario = cluster(title, note, 60, nodes, clients);
    let mut partitioning = split(scheme, 1);
    if scheme == "ring" {
        // Few enough to be told apart on the picture.
        partitioning.parameters.insert("virtual_nodes".to_owned(), ParameterValue::Count(4));
    }
    scenario.partitioning = Some(partitioning);
    for client in &mut scenario.clients {
        client.pace = Pace::Closed { think: Span::from_ms(20) };
        client.mix = Mix { read: 1, write: 1, ..Mix::default() };
    }
    // One key after the other, so that soon all are written.
    scenario.clients[0].keys = KeyPick::Sequential;
    scenario.clients[0].mix = Mix { write: 1, ..Mix::default() };
    scenario
}

pub(super) fn fifth_on_a_ring() -> Scenario {
    fifth(
        "A fifth node joins: the ring",
        "At 2 s all 60 keys are written. Guess how many have to move when a fifth node joins. Then slow down to 50 ms a \
         second, press Join beside n5 and watch. Does any write get lost on the way?",
        "ring",
    )
}

pub(super) fn fifth_by_modulo() -> Scenario {
    fifth(
        "A fifth node joins: modulo",
        "The same cluster, but a key belongs to node number hash modulo n. From 2 s on, slow down to 50 ms a second, press \
         Join beside n5 and compare: with n = 5 instead of 4, how many keys have another node now?",
        "modulo",
    )
}

pub(super) fn range_or_hash() -> Scenario {
    let mut scenario = cluster(
        "Range or hash",
        "Some keys are favourites, and they are neighbours. Split by range, one node has most of the work; a scan asks \
         few nodes. Choose a hash (the ring) under “Split the data” and look at the busiest node and at what a scan has \
         to ask. Neither is better: it depends on what is asked for.",
        100,
        vec![
            node("n1", at(0, 0)),
            node("n2", at(700, -90)),
            node("n3", at(760, 760)),
            node("n4", at(40, 820)),
        ],
        vec![client("c1", at(-400, 400)), client("c2", at(400, 1_300))],
    );
    scenario.partitioning = Some(split("range", 1));
    for client in &mut scenario.clients {
        client.pace = Pace::Closed { think: Span::from_ms(6) };
        client.mix = Mix { read: 6, write: 3, scan: 1, ..Mix::default() };
        client.keys = KeyPick::Zipf { exponent: 1.0 };
    }
    scenario
}
