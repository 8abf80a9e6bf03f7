//! Primary/backup and the single copy: failover by hand and by suspicion, split brain made and prevented, backups that
//! return, and what a write costs.

mod costs;

mod detectors;

mod failover;

mod returning;

mod split_brain;

use netsplit_protocols::primary_backup::PrimaryBackup;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, OpId, Site, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{Promise, Protocol};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{ClientSetup, Home, KeyPick, LinkQuality, Mix, NodeSetup, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;
use netsplit_tests::trials;

const KEY: Key = Key(0);
const N1: NodeId = NodeId(0);
const N2: NodeId = NodeId(1);
const N3: NodeId = NodeId(2);

/// A room with so many nodes, a client beside each that asks only when told to, and a millisecond between
/// any two.
fn room(nodes: u16) -> Setup {
    let here = Position { x_km: 0, y_km: 0 };
    Setup {
        seed: 1,
        nodes: (0..nodes)
            .map(|n| NodeSetup {
                name: format!("n{}", n + 1),
                position: here,
                service: Span::from_us(20),
                fsync: Span::from_us(100),
                clock_skew_ns: 0,
                clock_drift_ppm: 0,
                ..NodeSetup::default()
            })
            .collect(),
        clients: (0..nodes)
            .map(|c| ClientSetup {
                name: format!("c{}", c + 1),
                position: here,
                home: Home::Node(NodeId(c)),
                pace: Pace::Silent,
                mix: Mix { write: 1, ..Mix::default() },
                keys: KeyPick::Uniform,
                timeout: Span::from_ms(200),
                retries: 0,
                starts: Time::ZERO,
                operations: None,
                ..ClientSetup::default()
            })
            .collect(),
        network: LinkQuality { base: Span::from_ms(1), jitter: Jitter::NONE, ..LinkQuality::default() },
        links: Vec::new(),
        keys: 4,
    }
}

/// The defaults, but for those named. Times are in milliseconds, the rest as it is.
fn parameters(nodes: u16, changed: &[(&str, u64)]) -> Vec<u64> {
    let about = <PrimaryBackup>::about();
    for (id, _) in changed {
        assert!(about.parameters.iter().any(|parameter| parameter.id == *id), "there is no {id}");
    }
    let value = |parameter: &netsplit_sim::protocol::Parameter| {
        changed.iter().find(|(id, _)| *id == parameter.id).map_or_else(
            || parameter.range.default_value(nodes),
            |&(_, value)| match parameter.range {
                netsplit_sim::protocol::Range::Time { .. } => Span::from_ms(value).0,
                _ => value,
            },
        )
    };
    about.parameters.iter().map(value).collect()
}

/// A run with a script made on the way.
struct Play {
    cluster: Cluster<PrimaryBackup>,
}

impl Play {
    fn new(nodes: u16, changed: &[(&str, u64)]) -> Self {
        Self::of(&room(nodes), changed)
    }

    fn of(setup: &Setup, changed: &[(&str, u64)]) -> Self {
        let nodes = setup.nodes.len() as u16;
        Self { cluster: Cluster::new(setup, &parameters(nodes, changed)) }
    }

    fn until(&mut self, ms: u64) -> &mut Self {
        Machine::run_until(&mut self.cluster, Time::ZERO + Span::from_ms(ms), u64::MAX);
        self
    }

    fn act(&mut self, action: Action) -> &mut Self {
        Machine::act(&mut self.cluster, &action);
        self
    }

    fn command(&mut self, node: NodeId, command: u8) -> &mut Self {
        self.act(Action::Command(node, command, None))
    }

    /// A client asks; answers the number of its operation.
    fn ask(&mut self, client: u16, call: Call) -> OpId {
        let op = OpId(Machine::history(&self.cluster).operations.len() as u32);
        self.act(Action::Operate(ClientId(client), call));
        op
    }

    fn write(&mut self, client: u16, value: u64) -> OpId {
        self.ask(client, Call::Write { key: KEY, value: Value(value) })
    }

    fn read(&mut self, client: u16) -> OpId {
        self.ask(client, Call::Read { key: KEY })
    }

    fn outcome(&self, op: OpId) -> Outcome {
        Machine::history(&self.cluster).operations[op.index()].outcome
    }

    /// Cuts a node and its own client off from everybody else.
    fn cut_off(&mut self, node: NodeId, nodes: u16) -> &mut Self {
        let (mut alone, mut rest) = (Vec::new(), Vec::new());
        for n in 0..nodes {
            let side: &mut Vec<Site> = if n == node.0 { &mut alone } else { &mut rest };
            side.extend([Site::from(NodeId(n)), Site::from(ClientId(n))]);
        }
        self.act(Action::Partition(vec![alone, rest]))
    }

    /// When a node marked this moment, each time.
    fn noted(&self, node: NodeId, note: u8) -> Vec<Time> {
        let mine = |kind| kind == EventKind::Noted { node, note };
        Machine::trace(&self.cluster).iter().filter(|event| mine(event.kind)).map(|event| event.at).collect()
    }

    /// By node: whether it believes that it leads, and what its copy holds of the key.
    fn nodes(&self) -> Vec<(bool, Option<u64>)> {
        let mut frame = Frame::default();
        Machine::frame(&self.cluster, &mut frame);
        let held = |keys: &[netsplit_sim::frame::KeyView]| {
            keys.iter().find(|view| view.key == KEY).map(|view| view.value.0)
        };
        frame.nodes.iter().map(|node| (node.replica.leads, held(&node.replica.keys))).collect()
    }

    fn broken(&self, promises: &[Promise]) -> Vec<(Promise, String)> {
        trials::broken(&self.cluster, promises)
    }
}
