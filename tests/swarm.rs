//! The promises of every protocol under the faults of its contract, over a thousand seeds each; and the
//! same swarm let loose on broken variants, every one of which has to be caught.
//!
//! A seed decides everything: the size of the cluster, the parameters, which faults occur and when. A
//! failure names the seed and the parameters.

use std::collections::BTreeMap;

use netsplit_checkers::{Input, Observations, Replicas, Verdict};
use netsplit_protocols::ALL;
use netsplit_protocols::primary_backup::{self, PrimaryBackup};
use netsplit_protocols::quorum::{self, Quorum};
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::Outcome;
use netsplit_sim::ids::ClientId;
use netsplit_sim::machine::{Machine, Progress};
use netsplit_sim::protocol::{About, Fault, Promise, Protocol, Range};
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::setup::{Pace, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{DropCause, EventKind};
use netsplit_tests::mutants::{Amnesia, Eager, Flaw, Mutant};
use netsplit_tests::{clusters, faults};

const SEEDS: u64 = 1_000;
/// Faults and clients go on for three quarters of this; the rest is quiet.
const LENGTH: Span = Span::from_s(3);
const BUDGET: u64 = 5_000_000;

type Build = fn(&Setup, &[u64]) -> Box<dyn Machine>;
type Promises = fn(&[u64], u16) -> Vec<Promise>;

/// What one seed runs.
struct Case {
    setup: Setup,
    parameters: Vec<u64>,
    script: Vec<(Time, Action)>,
}

fn case(seed: u64, about: &About) -> Case {
    let mut random = stream(seed, Purpose::Faults, 1, 0);
    let nodes = 2 + random.below(4) as u16;
    let clients = 2 + random.below(3) as u16;
    let mut setup = clusters::racy(seed, nodes, clients);
    let parameters = (about.parameters.iter())
        .map(|parameter| match parameter.range {
            Range::Time { default, .. } => default.0 / (1 + random.below(8)),
            Range::Replicas { .. } | Range::Choice { .. } => {
                let (least, most) = parameter.range.bounds(nodes);
                least + random.below(most - least + 1)
            }
        })
        .collect();
    let promised: Vec<Fault> =
        about.contract.iter().filter(|tolerance| tolerance.promised).map(|t| t.fault).collect();
    let mut script = faults::plan(&mut setup, &promised, LENGTH);
    let quiet = Time(LENGTH.0 * 3 / 4);
    script.extend((0..clients).map(|c| (quiet, Action::SetPace(ClientId(c), Pace::Silent))));
    Case { setup, parameters, script }
}

fn run(build: Build, case: &Case) -> Box<dyn Machine> {
    let mut machine = build(&case.setup, &case.parameters);
    for (at, action) in &case.script {
        assert_eq!(machine.run_until(*at, u64::MAX), Progress::Reached);
        machine.act(action);
    }
    assert_eq!(machine.run_until(Time::ZERO + LENGTH, u64::MAX), Progress::Reached);
    machine
}

/// The promises that are broken, each with its witness. A budget that runs out counts as broken here: a
/// test must not pass because it did not look.
fn broken(machine: &dyn Machine, promises: &[Promise]) -> Vec<(Promise, String)> {
    let observations = Observations::from_history(machine.history());
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let mut replicas = Replicas::from_frame(&frame, true);
    replicas.shown = vec![false; machine.history().operations.len()];
    for event in machine.trace() {
        if let EventKind::Visible { op, .. } = event.kind {
            replicas.shown[op.index()] = true;
        }
    }
    let input = Input { observations: &observations, replicas: Some(&replicas) };
    (promises.iter())
        .filter_map(|&promise| {
            let checker = netsplit_checkers::find(promise.checker()).expect("every promise has a checker");
            match (checker.check)(&input, BUDGET) {
                Verdict::Holds => None,
                verdict => Some((promise, verdict.sentence().to_owned())),
            }
        })
        .collect()
}

#[test]
fn every_protocol_keeps_its_promises_under_its_declared_faults() {
    for entry in ALL {
        let about = (entry.about)();
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for seed in 0..SEEDS {
            let case = case(seed, &about);
            let promises = (entry.promises)(&case.parameters, case.setup.nodes.len() as u16);
            let machine = run(entry.build, &case);
            let broken = broken(&*machine, &promises);
            let (id, parameters) = (about.id, &case.parameters);
            assert!(broken.is_empty(), "{id}, seed {seed}, parameters {parameters:?}: {broken:?}");
            notice(&*machine, &promises, &mut seen);
        }
        // The swarm proves nothing about what never happened in it.
        for sight in [
            "cut",
            "loss",
            "node down",
            "retry",
            "unknown",
            "linearizable",
            "no-lost-writes",
            "read-your-writes",
        ] {
            let times = seen.get(sight).copied().unwrap_or(0);
            let expected = match sight {
                "linearizable" | "retry" => about.id == "primary-backup",
                _ => true,
            };
            assert!(!expected || times > SEEDS as u32 / 20, "{}: {sight} seen {times} times", about.id);
        }
    }
}

fn notice(machine: &dyn Machine, promises: &[Promise], seen: &mut BTreeMap<&str, u32>) {
    let mut here: BTreeMap<&str, u32> = BTreeMap::new();
    for event in machine.trace() {
        let sight = match event.kind {
            EventKind::Dropped { why: DropCause::Cut, .. } => "cut",
            EventKind::Dropped { why: DropCause::Loss, .. } => "loss",
            EventKind::Dropped { why: DropCause::NodeDown, .. } => "node down",
            EventKind::Retried { .. } => "retry",
            _ => continue,
        };
        here.insert(sight, 1);
    }
    if machine.history().operations.iter().any(|op| matches!(op.outcome, Outcome::Unknown(_))) {
        here.insert("unknown", 1);
    }
    here.extend(promises.iter().map(|promise| (promise.checker(), 1)));
    for (sight, times) in here {
        *seen.entry(sight).or_default() += times;
    }
}

/// How many seeds it takes to catch a flaw.
fn caught<P: Protocol, F: Flaw>(promises: Promises) -> Option<u64> {
    let build: Build = |setup, parameters| Box::new(Cluster::<Mutant<P, F>>::new(setup, parameters));
    (0..SEEDS).find(|&seed| {
        let case = case(seed, &P::about());
        let promises = promises(&case.parameters, case.setup.nodes.len() as u16);
        !broken(&*run(build, &case), &promises).is_empty()
    })
}

#[test]
fn every_broken_variant_is_caught() {
    let found = [
        ("primary-backup", Amnesia::NAME, caught::<PrimaryBackup, Amnesia>(primary_backup::promises)),
        ("primary-backup", Eager::NAME, caught::<PrimaryBackup, Eager>(primary_backup::promises)),
        ("quorum", Amnesia::NAME, caught::<Quorum, Amnesia>(quorum::promises)),
        ("quorum", Eager::NAME, caught::<Quorum, Eager>(quorum::promises)),
    ];
    for (protocol, flaw, seed) in found {
        assert!(seed.is_some(), "{flaw} in {protocol} was never caught");
    }
    let protocols: Vec<&str> = ALL.iter().map(|entry| (entry.about)().id).collect();
    for id in protocols {
        assert!(found.iter().any(|(protocol, ..)| *protocol == id), "{id} has no broken variant here");
    }
}

/// R + W > N alone is not linearizable: the swarm finds a counterexample, as the protocol's prose says.
#[test]
fn overlapping_quorums_are_not_linearizable() {
    let about = Quorum::about();
    let build: Build = |setup, parameters| Box::new(Cluster::<Quorum>::new(setup, parameters));
    let found = (0..SEEDS).any(|seed| {
        let mut case = case(seed, &about);
        let majority = case.setup.nodes.len() as u64 / 2 + 1;
        case.parameters[0] = majority;
        case.parameters[1] = majority;
        case.parameters[3] = 0;
        let machine = run(build, &case);
        broken(&*machine, &[Promise::Linearizable]).iter().any(|(_, sentence)| !sentence.is_empty())
    });
    assert!(found);
}
