//! The promises of every protocol under the faults of its contract; and the same swarm let loose on broken
//! variants, every one of which has to be caught. `make swarm` runs many more seeds of the same trials.
//!
//! A seed decides everything: the size of the cluster, the parameters, which faults occur and when. A
//! failure names the seed and the parameters.

use std::collections::BTreeMap;

use netsplit_protocols::ALL;
use netsplit_protocols::quorum::Quorum;
use netsplit_sim::action::Action;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::Outcome;
use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{Needs, Promise, Protocol};
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::setup::Setup;
use netsplit_sim::time::{Span, Time};
use netsplit_tests::mutants::{self, Bug};
use netsplit_tests::splitting;
use netsplit_tests::trials::{Subject, Trial, broken};

/// Seeds for each protocol here; `make swarm` runs ten thousand.
const SEEDS: u64 = 300;
/// Seeds for each planted bug here.
const BUG_SEEDS: u64 = 150;
/// Seeds for each scheme with each protocol here.
const SPLIT_SEEDS: u64 = 25;
/// Seeds for each planted bug in how shards change hands.
const SPLIT_BUG_SEEDS: u64 = 1_500;

#[test]
fn every_protocol_keeps_its_promises_under_its_contract() {
    for entry in ALL {
        let subject = Subject::from(entry);
        let about = (entry.about)();
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for seed in 0..SEEDS {
            let trial = Trial::new(&subject, seed);
            let report = trial.report(&subject);
            let (id, parameters) = (about.id, &trial.parameters);
            assert!(report.broken.is_empty(), "{id}, seed {seed}, {parameters:?}: {:?}", report.broken);
            for (sight, times) in report.sights {
                *seen.entry(sight).or_default() += times;
            }
        }
        // The swarm proves nothing about what never happened in it.
        let notes = about.notes.iter().map(|note| format!("note: {}", note.name));
        let missing: Vec<String> = notes.filter(|note| !seen.contains_key(note)).collect();
        // Two may be rarer than that; `make swarm` wants to see them all.
        assert!(missing.len() <= 2, "{} never came to: {missing:?}", about.id);
        for sight in ["read: answered", "read: refused", "write: answered", "fault: cut", "fault: crash"] {
            let expected = !sight.ends_with("refused") || about.id == "quorum";
            assert!(!expected || seen.contains_key(sight), "{}: {sight} was not seen: {seen:?}", about.id);
        }
    }
}

/// Every scheme with every protocol, while nodes join and leave, ranges split, and crashes fall into the middle
/// of moves: the promises are those of the protocol.
#[test]
fn shards_change_hands_and_keep_their_promises() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for (name, subject) in splitting::subjects() {
        for seed in 0..SPLIT_SEEDS {
            let trial = Trial::new(&subject, seed);
            let report = trial.report(&subject);
            let (layout, parameters) = (&trial.layout, &trial.parameters);
            assert!(
                report.broken.is_empty(),
                "{name}, seed {seed}, {layout:?}, {parameters:?}: {:?}",
                report.broken
            );
            for (sight, times) in report.sights {
                *seen.entry(sight).or_default() += times;
            }
        }
    }
    let own = ["refused a change", "sealed", "installed", "took over", "stale map", "waits for its shard"];
    let more = ["partial answer", "split a range", "took a node out", "resumed a transfer"];
    let notes = own.iter().chain(&more).map(|note| format!("note: {note}"));
    let changes = ["join", "leave", "remove", "split", "merge", "shift", "assign"];
    let changes = changes.iter().map(|change| format!("change: {change}"));
    let missing: Vec<String> = notes.chain(changes).filter(|sight| !seen.contains_key(sight)).collect();
    assert!(missing.is_empty(), "never came to: {missing:?}");
}

#[test]
fn bugs_in_how_shards_change_hands_are_caught() {
    for bug in mutants::of_shards() {
        let caught = |seed: &u64| !Trial::new(&bug.subject, *seed).report(&bug.subject).broken.is_empty();
        assert!((0..SPLIT_BUG_SEEDS).any(|seed| caught(&seed)), "{}", bug.name);
    }
}

/// Some bugs take thousands of seeds, and are left to `make swarm`; here at least two of each protocol show
/// that the trials can tell.
#[test]
fn planted_bugs_are_caught() {
    let bugs = mutants::all();
    for entry in ALL {
        let id = (entry.about)().id;
        let caught = |bug: &&Bug| {
            (0..BUG_SEEDS).any(|seed| !Trial::new(&bug.subject, seed).report(&bug.subject).broken.is_empty())
        };
        let caught = bugs.iter().filter(|bug| (bug.subject.about)().id == id).filter(caught).count();
        assert!(caught >= 2, "{id}: {caught} planted bugs were caught");
    }
}

/// A contract also says which nodes are enough to be served. The rest crash, for good; after some time
/// to notice, every client that talks to the nodes that are left is answered.
#[test]
fn whoever_has_enough_nodes_is_served() {
    for entry in ALL {
        let subject = Subject::from(entry);
        let about = (entry.about)();
        for seed in 0..60 {
            let mut trial = Trial::new(&subject, seed);
            let enough = |needs| match needs {
                Needs::Any(nodes) => (nodes, false),
                Needs::Primary(others) => (others + 1, true),
            };
            let (reads, writes) = (enough(trial.contract.reads), enough(trial.contract.writes));
            let alive = reads.0.max(writes.0);
            let nodes = trial.setup.nodes.len() as u16;
            assert!(alive <= nodes, "{}: needs {alive} of {nodes}", about.id);
            for client in &mut trial.setup.clients {
                client.timeout = Span::from_ms(400);
                client.retries = 40;
            }
            let mut machine = (entry.build)(&trial.setup, &trial.parameters);
            machine.run_until(Time::ZERO + Span::from_s(2), u64::MAX);
            let mut frame = Frame::default();
            machine.frame(&mut frame);
            let mut random = stream(seed, Purpose::Faults, 5, 5);
            let mut down: Vec<NodeId> = (frame.nodes.iter())
                .filter(|node| !(reads.1 || writes.1) || !node.replica.leads)
                .map(|node| node.id)
                .collect();
            while down.len() > usize::from(nodes - alive) {
                down.remove(random.below(down.len() as u64) as usize);
            }
            for &node in &down {
                machine.act(&Action::Crash(node));
            }
            // What was called before is allowed to end badly; what is called after the grace is not.
            let grace = machine.now() + Span::from_s(6);
            machine.run_until(grace + Span::from_s(4), u64::MAX);
            let late = (machine.history().operations.iter())
                .filter(|op| op.invoked > grace && op.returned.is_some());
            let (mut served, mut other) = (0, Vec::new());
            for operation in late {
                match operation.outcome {
                    Outcome::Unknown(_) => other.push(operation),
                    Outcome::Refused(why) if why.contains("time") => other.push(operation),
                    _ => served += 1,
                }
            }
            let (id, parameters) = (about.id, &trial.parameters);
            assert!(
                served > 0 && other.is_empty(),
                "{id}, seed {seed}, {parameters:?}, {down:?} of {nodes} down: {served} served, {:?}",
                other.first()
            );
        }
    }
}

/// R + W > N alone is not linearizable: the swarm finds a counterexample, as the protocol's prose says.
#[test]
fn overlapping_quorums_are_not_linearizable() {
    let entry = netsplit_protocols::find("quorum").expect("registered");
    let place =
        |id: &str| Quorum::about().parameters.iter().position(|parameter| parameter.id == id).expect(id);
    let found = (0..1_000).any(|seed| {
        let mut trial = Trial::new(&Subject::from(entry), seed);
        let setup: &Setup = &trial.setup;
        let nodes = setup.nodes.len() as u16;
        let mut parameters: Vec<u64> =
            Quorum::about().parameters.iter().map(|parameter| parameter.range.default_value(nodes)).collect();
        let majority = u64::from(nodes) / 2 + 1;
        parameters[place("r")] = majority;
        parameters[place("w")] = majority;
        trial.parameters = parameters;
        let machine = trial.run(&Subject::from(entry));
        broken(&*machine, &[Promise::Linearizable]).iter().any(|(_, sentence)| !sentence.is_empty())
    });
    assert!(found);
}
