//! Gossip: the laws of its data types, its rumours against the published tables, how fast it spreads, what
//! faults do to it, and what its clients are told.

mod clients;

mod demers;

mod faults;

mod laws;

mod spreading;

use netsplit_protocols::gossip::Gossip;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, Value};
use netsplit_sim::machine::{Machine, Progress};
use netsplit_sim::setup::{ClientSetup, Home, KeyPick, LinkQuality, Mix, NodeSetup, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};

const LWW: u64 = 0;
const MV: u64 = 1;
const COUNTER: u64 = 2;
const SET: u64 = 3;

const PUSH: u64 = 0;
const PULL: u64 = 1;
const PUSH_PULL: u64 = 2;

const ANTI_ENTROPY: u64 = 0;
const RUMORS: u64 = 1;

const INTERVAL: Span = Span::from_ms(20);

/// Parameters with a fan-out of one and feedback and a counter of two.
fn parameters(data: u64, exchange: u64, mode: u64) -> Vec<u64> {
    vec![data, exchange, 1, INTERVAL.0, mode, 0, 2]
}

/// Nodes in one place, each with a silent client that talks to it alone.
fn setup(seed: u64, nodes: u16) -> Setup {
    let position = Position { x_km: 0, y_km: 0 };
    Setup {
        seed,
        nodes: (0..nodes)
            .map(|n| NodeSetup {
                name: format!("n{}", n + 1),
                position,
                service: Span::ZERO,
                fsync: Span::from_us(300),
                clock_skew_ns: 0,
                clock_drift_ppm: 0,
                ..NodeSetup::default()
            })
            .collect(),
        clients: (0..nodes.min(8))
            .map(|c| ClientSetup {
                name: format!("c{}", c + 1),
                position,
                home: Home::Node(NodeId(c)),
                pace: Pace::Silent,
                mix: Mix::default(),
                keys: KeyPick::Uniform,
                timeout: Span::from_ms(50),
                retries: 0,
                starts: Time::ZERO,
                operations: None,
                ..ClientSetup::default()
            })
            .collect(),
        network: LinkQuality::default(),
        links: Vec::new(),
        keys: 2,
    }
}

fn cluster(seed: u64, nodes: u16, parameters: &[u64]) -> Cluster<Gossip> {
    Cluster::new(&setup(seed, nodes), parameters)
}

const K: Key = Key(0);

fn write(value: u64) -> Call {
    Call::Write { key: K, value: Value(value) }
}

fn insert(value: u64) -> Call {
    Call::Insert { key: K, value: Value(value) }
}

fn remove(value: u64) -> Call {
    Call::Remove { key: K, value: Value(value) }
}

fn add(amount: i64) -> Call {
    Call::Add { key: K, amount }
}

const READ: Call = Call::Read { key: K };

fn run_for(machine: &mut dyn Machine, span: Span) {
    let until = machine.now() + span;
    assert_eq!(machine.run_until(until, u64::MAX), Progress::Reached);
}

/// Lets the client of a node ask, and waits just long enough for the answer.
fn ask(machine: &mut dyn Machine, node: u16, call: Call) -> Outcome {
    let op = machine.history().operations.len();
    machine.act(&Action::Operate(ClientId(node), call));
    run_for(machine, Span::from_ms(1));
    machine.history().operations[op].outcome
}

/// The values that a read at a node tells, in ascending order.
fn read(machine: &mut dyn Machine, node: u16) -> Vec<u64> {
    match ask(machine, node, READ) {
        Outcome::Read(found) => found.into_iter().map(|value| value.0).collect(),
        Outcome::Values(id) => machine.history().values(id).iter().map(|value| value.0).collect(),
        other => panic!("a read is answered at once: {other:?}"),
    }
}

/// The values that each node shows.
fn shown(machine: &dyn Machine) -> Vec<Vec<(Key, Value)>> {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let keys = |node: &netsplit_sim::frame::NodeFrame| {
        node.replica.keys.iter().map(|view| (view.key, view.value)).collect()
    };
    frame.nodes.iter().map(keys).collect()
}

/// Whether all nodes show the same.
fn agree(machine: &dyn Machine) -> bool {
    let shown = shown(machine);
    shown.iter().all(|node| *node == shown[0])
}
