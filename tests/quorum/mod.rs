//! The leaderless store and the atomic register in runs where every delay is exact and every moment chosen.

mod anti_entropy;
mod inversion;
mod repeated;
mod sloppy;
mod versions;

use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::{Frame, TableView};
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, Site, Value};
use netsplit_sim::machine::{Machine, Progress};
use netsplit_sim::protocol::Protocol;
use netsplit_sim::setup::{ClientSetup, Home, KeyPick, LinkQuality, Mix, NodeSetup, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;

const K: Key = Key(0);

/// Nodes on a line, so many kilometres from its end, each with a client beside it that does only what it is told.
fn line(kilometres: &[i32]) -> Setup {
    let place = |&x_km: &i32| Position { x_km, y_km: 0 };
    let node = |(n, at)| NodeSetup {
        name: format!("n{}", n + 1),
        position: place(at),
        service: Span::ZERO,
        fsync: Span::from_us(100),
        clock_skew_ns: 0,
        clock_drift_ppm: 0,
        ..NodeSetup::default()
    };
    let client = |(c, at)| ClientSetup {
        name: format!("c{}", c + 1),
        position: place(at),
        home: Home::Node(NodeId(c as u16)),
        pace: Pace::Silent,
        mix: Mix::default(),
        keys: KeyPick::Uniform,
        timeout: Span::from_s(5),
        retries: 0,
        starts: Time::ZERO,
        operations: None,
        ..ClientSetup::default()
    };
    Setup {
        seed: 1,
        nodes: kilometres.iter().enumerate().map(node).collect(),
        clients: kilometres.iter().enumerate().map(client).collect(),
        network: LinkQuality::default(),
        links: Vec::new(),
        keys: 64,
    }
}

/// The default parameters but for some, by their names.
fn parameters<P: Protocol>(nodes: u16, changed: &[(&str, u64)]) -> Vec<u64> {
    let about = P::about();
    assert!(changed.iter().all(|(id, _)| about.parameters.iter().any(|parameter| parameter.id == *id)));
    (about.parameters.iter())
        .map(|parameter| {
            let given = changed.iter().find(|(id, _)| *id == parameter.id);
            given.map_or_else(|| parameter.range.default_value(nodes), |(_, value)| *value)
        })
        .collect()
}

fn start<P: Protocol>(setup: &Setup, changed: &[(&str, u64)]) -> Cluster<P> {
    Cluster::new(setup, &parameters::<P>(setup.nodes.len() as u16, changed))
}

fn ms(ms: u64) -> Time {
    Time::ZERO + Span::from_ms(ms)
}

fn until(machine: &mut impl Machine, at_ms: u64) {
    assert_eq!(machine.run_until(ms(at_ms), u64::MAX), Progress::Reached);
}

/// Runs on to a moment, and then does something.
fn at(machine: &mut impl Machine, at_ms: u64, action: &Action) {
    until(machine, at_ms);
    machine.act(action);
}

fn write(client: u16, key: Key, value: u64) -> Action {
    Action::Operate(ClientId(client), Call::Write { key, value: Value(value) })
}

fn read(client: u16, key: Key) -> Action {
    Action::Operate(ClientId(client), Call::Read { key })
}

fn node(n: u16) -> Site {
    NodeId(n).into()
}

/// Cuts the nodes off from all other nodes; each keeps its client.
fn cut_off(nodes: &[u16], of: u16) -> Vec<Action> {
    let pairs = nodes.iter().flat_map(|&n| (0..of).map(move |other| (n, other)));
    pairs.filter(|(n, other)| n != other).map(|(n, other)| Action::Cut(node(n), node(other))).collect()
}

/// How an operation ended.
fn outcome(machine: &impl Machine, operation: usize) -> Outcome {
    machine.history().operations[operation].outcome
}

/// What a read returned, however many values.
fn values(machine: &impl Machine, operation: usize) -> Vec<u64> {
    match outcome(machine, operation) {
        Outcome::Read(found) => found.into_iter().map(|value| value.0).collect(),
        Outcome::Values(id) => machine.history().values(id).iter().map(|value| value.0).collect(),
        other => panic!("operation {operation} ended as {other:?}"),
    }
}

/// What each node's own copy holds of a key.
fn copies(machine: &impl Machine, key: Key) -> Vec<Vec<u64>> {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let of_key = |node: &netsplit_sim::frame::NodeFrame| {
        node.replica.keys.iter().filter(|view| view.key == key).map(|view| view.value.0).collect()
    };
    frame.nodes.iter().map(of_key).collect()
}

/// How often the nodes noted something.
fn noted(machine: &impl Machine, name: &str) -> usize {
    let notes = machine.about().notes;
    let index = notes.iter().position(|note| note.name == name).expect("there is such a note");
    let is_it = |kind| matches!(kind, EventKind::Noted { note, .. } if usize::from(note) == index);
    machine.trace().iter().filter(|event| is_it(event.kind)).count()
}

/// How many messages of a kind were sent.
fn sent(machine: &impl Machine, name: &str) -> usize {
    let kinds = machine.about().messages;
    let index = kinds.iter().position(|kind| kind.name == name).expect("there is such a message");
    let is_it = |kind| matches!(kind, EventKind::Sent { label, .. } if usize::from(label) == index);
    machine.trace().iter().filter(|event| is_it(event.kind)).count()
}

fn table(machine: &impl Machine, of: u16, title: &str) -> Option<TableView> {
    machine.inspect(NodeId(of)).tables.into_iter().find(|table| table.title == title)
}
