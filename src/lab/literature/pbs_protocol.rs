//! The paper's experiment with the protocol itself: the leaderless store of [`netsplit_protocols::quorum`], N = 3, asked by a
//! write and by a read that begins so long after the write was acknowledged. Nothing is modelled here but the delays of
//! the links.
//!
//! The coordinators hold no copy, so that every replica is remote for them as in the model; the write and the read
//! have a coordinator each, as the four messages of the model differ in their delays by the link that they take. Where the
//! replicas are apart there are three of both, one beside each replica, and each operation is given to one of the three
//! at random. All writes are to one key: before the next one everything has arrived, so that a read finds either the value of its
//! write or the one before.

use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{Key, NodeId, Value};
use netsplit_sim::random::{Purpose, Random, stream};
use netsplit_sim::setup::{ClientSetup, LinkQuality, LinkSetup, Setup};
use netsplit_sim::time::Span;
use netsplit_sim::trace::EventKind;

use super::running::{Running, setup, took};
use crate::wars::{Bins, Delay, Model};

const KEY: Key = Key(0);
/// So long that nobody gives up.
const PATIENCE: Span = Span::from_s(60);

/// What trials came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// How many there were.
    pub trials: u64,
    /// In how many the read returned what was written.
    pub current: u64,
    /// How long the reads took, in milliseconds.
    pub reads: Bins,
    /// How long the writes took, in milliseconds.
    pub writes: Bins,
}

impl Outcomes {
    /// The share of reads that were current.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.current as f64 / self.trials as f64
    }
}

/// The nodes of the experiment and what they are there for.
struct Roles {
    nodes: u16,
    replicas: Vec<NodeId>,
    writing: Vec<NodeId>,
    reading: Vec<NodeId>,
}

impl Roles {
    /// The key's place on the ring is the protocol's own affair, so it is asked: who holds what is written?
    fn new(model: &Model) -> Self {
        let n = u16::from(model.replicas);
        let coordinators = if model.apart_ms.is_some() { n } else { 1 };
        let nodes = n + 2 * coordinators;
        let setup = setup(1, nodes, &[0], &ClientSetup::default());
        let mut asked = Running::new("quorum", &setup, &[("n", n.into()), ("w", n.into())]);
        let replicas = holders(&mut asked, KEY);
        let mut others = (0..nodes).map(NodeId).filter(|node| !replicas.contains(node));
        let writing = others.by_ref().take(coordinators.into()).collect();
        Self { nodes, writing, reading: others.collect(), replicas }
    }

    /// The cluster, with a client for each coordinator, those that write first.
    fn setup(&self, model: &Model, seed: u64) -> Setup {
        let homes: Vec<u16> = self.writing.iter().chain(&self.reading).map(|node| node.0).collect();
        let client = ClientSetup { timeout: PATIENCE, ..ClientSetup::default() };
        let mut setup = setup(seed, self.nodes, &homes, &client);
        for (coordinators, there, back) in
            [(&self.writing, model.w, model.a), (&self.reading, model.r, model.s)]
        {
            for (i, &coordinator) in coordinators.iter().enumerate() {
                for (j, &replica) in self.replicas.iter().enumerate() {
                    let further = model.apart_ms.filter(|_| i != j).unwrap_or_default();
                    setup.links.push(one_way(coordinator, replica, &there, further));
                    setup.links.push(one_way(replica, coordinator, &back, further));
                }
            }
        }
        setup
    }
}

/// Which nodes hold a key, in a cluster where a write is acknowledged when all of them have it.
pub(super) fn holders(asked: &mut Running, key: Key) -> Vec<NodeId> {
    let op = asked.operate(0, Call::Write { key, value: Value::FRESH });
    asked.finish(op);
    let holder = |kind: EventKind| match kind {
        EventKind::Visible { node, .. } => Some(node),
        _ => None,
    };
    let mut holders: Vec<NodeId> =
        asked.machine().trace().iter().filter_map(|event| holder(event.kind)).collect();
    holders.sort_unstable();
    holders
}

fn one_way(from: NodeId, to: NodeId, delay: &Delay, further_ms: f64) -> LinkSetup {
    let base = Span::from_ms_f64(delay.least_ms() + further_ms);
    let quality = LinkQuality { base, jitter: delay.jitter(), ..LinkQuality::default() };
    LinkSetup { a: from.into(), b: to.into(), quality, one_way: true }
}

/// So many trials with the protocol: a write, and a read `after_ms` after it was acknowledged.
#[must_use]
pub fn run(model: &Model, r: u8, w: u8, after_ms: f64, trials: u64, seed: u64) -> Outcomes {
    let roles = Roles::new(model);
    let parameters = [
        ("r", r.into()),
        ("w", w.into()),
        ("n", model.replicas.into()),
        ("timeout", PATIENCE.0),
        // No read repair.
        ("repair", 1),
    ];
    let mut random = stream(seed, Purpose::Trials, 0, 0);
    let mut outcomes = Outcomes::default();
    while outcomes.trials < trials {
        let mut cluster = Running::new("quorum", &roles.setup(model, random.bits()), &parameters);
        while outcomes.trials < trials && !cluster.is_worn() {
            trial(&mut cluster, &roles, after_ms, &mut random, &mut outcomes);
        }
    }
    outcomes
}

fn trial(cluster: &mut Running, roles: &Roles, after_ms: f64, random: &mut Random, outcomes: &mut Outcomes) {
    let writers = roles.writing.len() as u64;
    let (writer, reader) = (random.below(writers), writers + random.below(roles.reading.len() as u64));
    let write = cluster.operate(writer as u16, Call::Write { key: KEY, value: Value::FRESH });
    let write = cluster.finish(write);
    cluster.pass(Span::from_ms_f64(after_ms));
    let read = cluster.operate(reader as u16, Call::Read { key: KEY });
    let read = cluster.finish(read);
    cluster.come_to_rest();
    outcomes.trials += 1;
    outcomes.current += u64::from(read.outcome == Outcome::Read(write.call.writes()));
    for (operation, bins) in [(read, &mut outcomes.reads), (write, &mut outcomes.writes)] {
        if let Some(took) = took(&operation).filter(|_| operation.outcome.is_success()) {
            bins.add(took.as_ms());
        }
    }
}
