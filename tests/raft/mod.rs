//! Raft against its paper: the safety properties after every event, the situations that its figures show,
//! elections against their formula, snapshots, changes of the membership, and each way to read.

mod elections;

mod members;

mod paper;

mod reads;

mod runs;

mod safety;

use netsplit_protocols::raft::{Bugs, Raft, Role, note};
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, OpId, Site, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Protocol;
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{ClientSetup, Home, KeyPick, LinkQuality, Mix, NodeSetup, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;

const MS: u64 = 1_000_000;

/// Places among the parameters.
mod parameter {
    pub(super) const TIMEOUT: usize = 0;
    pub(super) const SPREAD: usize = 1;
    pub(super) const HEARTBEAT: usize = 2;
    pub(super) const PRE_VOTE: usize = 3;
    pub(super) const READS: usize = 4;
    pub(super) const ROUTING: usize = 5;
    pub(super) const SNAPSHOT: usize = 6;
    pub(super) const MEMBERS: usize = 7;
}

/// Ways to read, as the parameter counts them.
mod by {
    pub(super) const LOG: u64 = 0;
    pub(super) const INDEX: u64 = 1;
    pub(super) const LEASE: u64 = 2;
    pub(super) const ANY: u64 = 3;
}

/// Commands, as the protocol counts them.
mod tell {
    pub(super) const ADD: u8 = 0;
    pub(super) const REMOVE: u8 = 1;
    pub(super) const TRANSFER: u8 = 2;
}

/// Nodes and silent clients at one place, all links 1 ms one way, nothing random but the protocol.
fn room(seed: u64, nodes: u16, clients: u16) -> Setup {
    Setup {
        seed,
        nodes: (0..nodes)
            .map(|n| NodeSetup {
                name: format!("n{}", n + 1),
                position: Position::default(),
                service: Span::ZERO,
                fsync: Span::ZERO,
                clock_skew_ns: 0,
                clock_drift_ppm: 0,
                ..NodeSetup::default()
            })
            .collect(),
        clients: (0..clients)
            .map(|c| ClientSetup {
                name: format!("c{}", c + 1),
                position: Position::default(),
                home: Home::Node(NodeId(c % nodes)),
                pace: Pace::Silent,
                mix: Mix { read: 1, write: 1, ..Mix::default() },
                keys: KeyPick::Uniform,
                timeout: Span::from_ms(500),
                retries: 0,
                starts: Time::ZERO,
                operations: None,
                ..ClientSetup::default()
            })
            .collect(),
        network: LinkQuality {
            base: Span::from_ms(1),
            jitter: Jitter::Constant { ms: 0.0 },
            ..LinkQuality::default()
        },
        links: Vec::new(),
        keys: 3,
    }
}

/// The default parameters for so many nodes.
fn defaults(nodes: u16) -> Vec<u64> {
    <Raft>::about().parameters.iter().map(|parameter| parameter.range.default_value(nodes)).collect()
}

/// The default parameters with some of them set.
fn parameters(nodes: u16, set: &[(usize, u64)]) -> Vec<u64> {
    let mut parameters = defaults(nodes);
    for &(place, value) in set {
        parameters[place] = value;
    }
    parameters
}

/// A cluster with short words for what the tests do to it.
struct Lab<B: Bugs = netsplit_protocols::raft::Sound> {
    cluster: Cluster<Raft<B>>,
    nodes: u16,
}

impl Lab {
    fn new(setup: &Setup, parameters: &[u64]) -> Self {
        Self::of(setup, parameters)
    }
}

impl<B: Bugs> Lab<B> {
    fn of(setup: &Setup, parameters: &[u64]) -> Self {
        Self { cluster: Cluster::new(setup, parameters), nodes: setup.nodes.len() as u16 }
    }

    fn now(&self) -> Time {
        Machine::now(&self.cluster)
    }

    fn run(&mut self, ms: u64) {
        let until = self.now() + Span::from_ms(ms);
        self.cluster.run_until(until, u64::MAX);
    }

    /// Runs until something holds; `false` if it does not within so many milliseconds.
    fn run_until(&mut self, ms: u64, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now() + Span::from_ms(ms);
        while !holds(self) {
            if self.cluster.next_at().is_none_or(|at| at > end) {
                return false;
            }
            Machine::step(&mut self.cluster);
        }
        true
    }

    fn act(&mut self, action: Action) {
        Machine::act(&mut self.cluster, &action);
    }

    fn raft(&self, node: u16) -> &Raft<B> {
        self.cluster.replica(NodeId(node)).expect("the node runs")
    }

    /// The leader of the highest term among those that run.
    fn leader(&self) -> Option<u16> {
        let leads =
            |&node: &u16| self.cluster.replica(NodeId(node)).is_some_and(|raft| raft.role() == Role::Leader);
        (0..self.nodes).filter(leads).max_by_key(|&node| self.raft(node).term())
    }

    /// Runs until there is a leader that has committed an entry of its term, and tells who.
    fn elect(&mut self) -> u16 {
        let ready = |lab: &Self| {
            lab.leader().is_some_and(|leader| {
                let raft = lab.raft(leader);
                raft.disk().term_at(raft.committed()) == Some(raft.term())
            })
        };
        assert!(self.run_until(5_000, ready), "no leader was elected");
        self.leader().expect("there is one")
    }

    /// Lets a client call, without waiting.
    fn call(&mut self, client: u16, call: Call) -> OpId {
        self.act(Action::Operate(ClientId(client), call));
        OpId(self.cluster.history().operations.len() as u32 - 1)
    }

    fn write(&mut self, client: u16, value: u64) -> OpId {
        self.call(client, Call::Write { key: Key(0), value: Value(value) })
    }

    fn read(&mut self, client: u16) -> OpId {
        self.call(client, Call::Read { key: Key(0) })
    }

    fn outcome(&self, op: OpId) -> Outcome {
        self.cluster.history().operations[op.index()].outcome
    }

    /// Lets a client call and runs until it knows what came of it.
    fn done(&mut self, op: OpId) -> Outcome {
        assert!(self.run_until(5_000, |lab| lab.outcome(op) != Outcome::Pending), "no end of {op:?}");
        self.outcome(op)
    }

    /// How often a node, or any of them, marked a moment.
    fn noted(&self, note: u8) -> usize {
        let noted = |kind: &EventKind| matches!(kind, EventKind::Noted { note: n, .. } if *n == note);
        self.cluster.trace().iter().filter(|event| noted(&event.kind)).count()
    }

    fn cut_off(&mut self, node: u16) {
        for other in (0..self.nodes).filter(|&other| other != node) {
            self.act(Action::Cut(NodeId(node).into(), NodeId(other).into()));
        }
    }

    fn tell(&mut self, node: u16, command: u8, target: u16) {
        self.act(Action::Command(NodeId(node), command, Some(NodeId(target))));
    }
}

fn site(node: u16) -> Site {
    NodeId(node).into()
}

#[test]
fn a_leader_rises_and_serves() {
    let mut lab = Lab::new(&room(1, 5, 2), &defaults(5));
    let leader = lab.elect();
    assert_eq!(lab.noted(note::LEADER), 1);
    let write = lab.write(0, 7);
    assert_eq!(lab.done(write), Outcome::Written);
    let read = lab.read(1);
    assert_eq!(lab.done(read), Outcome::Read(Some(Value(7))));
    lab.run(200);
    for node in 0..5 {
        assert_eq!(lab.raft(node).committed(), 2, "the empty entry and the write");
        assert_eq!(lab.raft(node).role() == Role::Leader, node == leader);
    }
}
