//! What replicas hand on when their group is replaced: nothing acknowledged is lost, and every promise holds across the
//! change as if there had been one group.

mod handover;

mod mover;

mod promises;

mod stories;

use std::collections::BTreeMap;

use netsplit_protocols::atomic_register::AtomicRegister;
use netsplit_protocols::gossip::Gossip;
use netsplit_protocols::portable::Portable;
use netsplit_protocols::primary_backup::PrimaryBackup;
use netsplit_protocols::quorum::Quorum;
use netsplit_protocols::raft::Raft;
use netsplit_protocols::single_copy::SingleCopy;
use netsplit_protocols::{Entry, find};
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::{History, Outcome};
use netsplit_sim::ids::{Key, Version};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{Parameter, Promise};
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::time::{Span, Time};
use netsplit_tests::trials::{Subject, Trial, broken};

use handover::Handover;
use mover::{Careless, Mover};

/// Operations that were done, by number.
type Done = Vec<(usize, Outcome)>;

/// A protocol without its type.
struct Tried {
    id: &'static str,
    /// A trial with changes of hands in it.
    trial: fn(&Entry, u64, Careless) -> Report,
    /// Seals members, and tells which later operations are done all the same.
    deaf: fn(&[u64], u16, u64, u16) -> Done,
    sealed_by: fn(&[u64], u16) -> u16,
}

const ALL: [Tried; 6] = [
    tried::<SingleCopy>("single"),
    tried::<PrimaryBackup>("primary-backup"),
    tried::<Quorum>("quorum"),
    tried::<AtomicRegister>("abd"),
    tried::<Gossip>("gossip"),
    tried::<Raft>("raft"),
];

const fn tried<P: Portable>(id: &'static str) -> Tried {
    Tried { id, trial: trial::<P>, deaf: promises::deaf::<P>, sealed_by: P::sealed_by }
}

impl Tried {
    fn entry(&self) -> &'static Entry {
        find(self.id).expect("it is registered")
    }
}

/// The parameters of a protocol in a group of so many: these, and the defaults for the rest.
fn parameters(id: &str, nodes: u16, chosen: &[(&str, u64)]) -> Vec<u64> {
    let about = (find(id).expect("it is registered").about)();
    let value = |parameter: &Parameter| {
        let chosen = chosen.iter().find(|(name, _)| *name == parameter.id);
        chosen.map_or_else(|| parameter.range.default_value(nodes), |(_, value)| *value)
    };
    assert!(chosen.iter().all(|(name, _)| about.parameters.iter().any(|known| known.id == *name)));
    about.parameters.iter().map(value).collect()
}

/// What a trial came to.
struct Report {
    broken: Vec<(&'static str, String)>,
    /// How often the group was replaced.
    replaced: usize,
    /// How many operations were done after the first time.
    done_later: usize,
}

/// How long a trial goes on; the last seconds are quiet.
const LENGTH: Time = Time(6_500_000_000);
/// How often the mover gets its turn.
const STEP: Span = Span::from_ms(4);

/// A trial of the swarm, in which the group is replaced up to three times while faults go on.
fn trial<P: Portable>(entry: &Entry, seed: u64, careless: Careless) -> Report {
    let subject = Subject::from(entry);
    let trial = Trial::new(&subject, seed);
    let nodes = trial.setup.nodes.len() as u16;
    let mut random = stream(seed, Purpose::Faults, 7, 0);
    let due = (0..=random.below(3)).map(|_| Time(200_000_000 + random.below(2_200_000_000))).collect();
    let mut cluster = Cluster::<Handover<P>>::new(&trial.setup, &trial.parameters);
    let mut mover = Mover::<P>::new(random, &trial.parameters, nodes, trial.setup.keys, due, careless);
    let mut script = trial.script.iter().peekable();
    let mut at = Time::ZERO;
    while at < LENGTH {
        at += STEP;
        while let Some((when, deed)) = script.next_if(|(when, _)| *when <= at) {
            Machine::run_until(&mut cluster, *when, u64::MAX);
            for action in deed.actions(&cluster) {
                Machine::act(&mut cluster, &action);
            }
        }
        Machine::run_until(&mut cluster, at, u64::MAX);
        mover.go_on(&mut cluster);
    }
    assert!(
        mover.is_idle(&cluster),
        "{}, seed {seed}: the group was not replaced in time",
        (entry.about)().id
    );
    let history = Machine::history(&cluster);
    let mut found: Vec<(&'static str, String)> = broken(&cluster, &trial.contract.promises)
        .into_iter()
        .map(|(promise, sentence)| (promise.checker(), sentence))
        .collect();
    let lasting = trial.contract.promises.contains(&Promise::NoLostWrites);
    for done in mover.done.iter().filter(|_| lasting) {
        found.extend(versions_go_back(history, done.sealed_at).map(|sentence| ("versions", sentence)));
    }
    let first = mover.done.first().map(|done| done.sealed_at);
    let later = history.operations.iter().filter(|operation| Some(operation.invoked) > first);
    let done_later = later.filter(|operation| operation.outcome.is_success()).count();
    Report { broken: found, replaced: mover.done.len(), done_later }
}

/// What was written after a change of hands has a greater version than all that was acknowledged before.
fn versions_go_back(history: &History, sealed_at: Time) -> Option<String> {
    let wrote = |outcome| matches!(outcome, Outcome::Written | Outcome::Swapped);
    let mut before: BTreeMap<Key, Version> = BTreeMap::new();
    for operation in &history.operations {
        let early = operation.returned.is_some_and(|at| at < sealed_at) && wrote(operation.outcome);
        if let Some(version) = operation.version.filter(|_| early) {
            let last = before.entry(operation.call.key()).or_insert(version);
            *last = version.max(*last);
        }
    }
    history.operations.iter().find_map(|operation| {
        let version =
            operation.version.filter(|_| operation.invoked > sealed_at && wrote(operation.outcome))?;
        let last = before.get(&operation.call.key()).filter(|last| **last >= version)?;
        Some(format!("{:?} of {:?} is not above {last:?}", version, operation.call))
    })
}
