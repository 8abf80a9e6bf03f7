//! A cluster under the hand of a measurement: one operation at a time, each watched to its end.

use netsplit_protocols::Entry;
use netsplit_sim::action::Action;
use netsplit_sim::history::{Call, Operation};
use netsplit_sim::ids::{ClientId, NodeId, OpId};
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::{ClientSetup, Home, LinkQuality, NodeSetup, Setup};
use netsplit_sim::time::{Span, Time};

/// So many events of one run are enough: a measurement goes on in a new cluster before the record of the old one weighs.
const EVENTS: usize = 100_000;

/// A cluster that does what it is told.
pub(super) struct Running {
    machine: Box<dyn Machine>,
}

impl Running {
    /// Starts a cluster of this protocol. Parameters that are not named have their defaults.
    pub(super) fn new(protocol: &str, setup: &Setup, named: &[(&str, u64)]) -> Self {
        let entry =
            netsplit_protocols::find(protocol).expect("the protocols of the measurements are registered");
        Self { machine: (entry.build)(setup, &parameters(entry, setup.nodes.len() as u16, named)) }
    }

    pub(super) fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    pub(super) fn machine_mut(&mut self) -> &mut dyn Machine {
        &mut *self.machine
    }

    pub(super) fn act(&mut self, action: &Action) {
        self.machine.act(action);
    }

    /// Lets a client ask for something.
    pub(super) fn operate(&mut self, client: u16, call: Call) -> OpId {
        let op = OpId(self.machine.history().operations.len() as u32);
        self.machine.act(&Action::Operate(ClientId(client), call));
        op
    }

    /// Plays on until an operation has ended.
    pub(super) fn finish(&mut self, op: OpId) -> Operation {
        loop {
            let operation = self.machine.history().operations[op.index()];
            if operation.returned.is_some() || !self.machine.step() {
                return operation;
            }
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, span: Span) {
        let until = self.machine.now() + span;
        self.machine.run_until(until, u64::MAX);
    }

    /// Plays on until an instant.
    pub(super) fn until(&mut self, time: Time) {
        self.machine.run_until(time, u64::MAX);
    }

    /// Plays on until nothing more is to happen.
    pub(super) fn come_to_rest(&mut self) {
        while self.machine.step() {}
    }

    /// Whether the measurement is to go on in a new cluster.
    pub(super) fn is_worn(&self) -> bool {
        self.machine.trace().len() > EVENTS
    }
}

/// The parameters of a protocol, those that are not named by default.
fn parameters(entry: &Entry, nodes: u16, named: &[(&str, u64)]) -> Vec<u64> {
    let about = (entry.about)();
    let known = |id: &str| about.parameters.iter().any(|parameter| parameter.id == id);
    debug_assert!(named.iter().all(|(id, _)| known(id)), "{named:?}");
    let value = |id: &str| named.iter().find(|(name, _)| *name == id).map(|&(_, value)| value);
    let default = |parameter: &netsplit_sim::protocol::Parameter| parameter.range.default_value(nodes);
    about
        .parameters
        .iter()
        .map(|parameter| value(parameter.id).unwrap_or_else(|| default(parameter)))
        .collect()
}

/// So many nodes whose work takes no time, all in one place: a message takes a nanosecond where no link says
/// otherwise. There is one client for each home.
pub(super) fn setup(seed: u64, nodes: u16, homes: &[u16], client: &ClientSetup) -> Setup {
    let at = |home: u16| ClientSetup { home: Home::Node(NodeId(home)), ..client.clone() };
    Setup {
        seed,
        nodes: vec![NodeSetup::default(); usize::from(nodes)],
        clients: homes.iter().map(|&home| at(home)).collect(),
        network: LinkQuality { base: Span::ZERO, ..LinkQuality::default() },
        links: Vec::new(),
        keys: 1,
    }
}

/// How long an operation took, without the two nanoseconds from its client to the node and back.
pub(super) fn took(operation: &Operation) -> Option<Span> {
    let took = operation.returned?.since(operation.invoked);
    Some(Span(took.0.saturating_sub(2)))
}
