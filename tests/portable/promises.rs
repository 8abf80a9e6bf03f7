//! The swarm with changes of hands in it, and what it has to catch.

use netsplit_protocols::portable::Portable;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::ids::{ClientId, NodeId};
use netsplit_sim::machine::Machine;
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::setup::Pace;
use netsplit_sim::time::{Span, Time};
use netsplit_tests::clusters;

use super::handover::{self, Handover, SEAL};
use super::mover::Careless;
use super::{ALL, Done, Tried, parameters};

/// Seeds for each protocol.
const SEEDS: u64 = 150;

#[test]
fn every_promise_holds_when_groups_are_replaced() {
    let mut broken = Vec::new();
    for tried in &ALL {
        let (mut replaced, mut done) = (0, 0);
        for seed in 0..SEEDS {
            let report = (tried.trial)(tried.entry(), seed, Careless::Not);
            replaced += report.replaced;
            done += report.done_later;
            broken.extend(report.broken.into_iter().map(|what| (tried.id, seed, what)));
        }
        // It proves nothing about changes of hands that did not come about, or after which nothing was done.
        assert!(replaced > SEEDS as usize && done > 20 * SEEDS as usize, "{}: {replaced}, {done}", tried.id);
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn is_caught(tried: &Tried, careless: Careless) -> bool {
    (0..400).any(|seed| !(tried.trial)(tried.entry(), seed, careless).broken.is_empty())
}

/// The same trials tell a mover that does it wrong from one that does it right.
#[test]
fn careless_movers_are_caught() {
    let cases = [
        ("single", Careless::TakesTheLowestRank),
        ("primary-backup", Careless::TakesTheLowestRank),
        ("raft", Careless::TakesTheLowestRank),
        ("single", Careless::ForgetsRequests),
        ("primary-backup", Careless::ForgetsRequests),
        ("raft", Careless::ForgetsRequests),
        ("single", Careless::SealsOneFewer),
        ("primary-backup", Careless::SealsOneFewer),
        ("quorum", Careless::SealsOneFewer),
        ("abd", Careless::SealsOneFewer),
        ("gossip", Careless::SealsOneFewer),
        ("raft", Careless::SealsOneFewer),
    ];
    for (id, careless) in cases {
        let tried = ALL.iter().find(|tried| tried.id == id).expect("it is in the list");
        assert!(is_caught(tried, careless), "{id}: nobody noticed that the mover {careless:?}");
    }
}

/// Seals so many random members of a group at rest, and has clients ask every node afterwards. Answers with what
/// was done all the same.
pub(super) fn deaf<P: Portable>(parameters: &[u64], nodes: u16, seed: u64, sealed: u16) -> Done {
    handover::begin();
    let mut setup = clusters::racy(seed, nodes, nodes);
    for client in &mut setup.clients {
        client.mix.cas = 0;
    }
    let mut cluster = Cluster::<Handover<P>>::new(&setup, parameters);
    Machine::run_until(&mut cluster, Time::ZERO + Span::from_s(1), u64::MAX);
    let mut random = stream(seed, Purpose::Faults, 9, 0);
    let mut members: Vec<NodeId> = (0..nodes).map(NodeId).collect();
    for _ in 0..sealed {
        let member = members.swap_remove(random.below(members.len() as u64) as usize);
        Machine::act(&mut cluster, &Action::Command(member, SEAL, None));
    }
    for client in 0..nodes {
        Machine::act(&mut cluster, &Action::SetPace(ClientId(client), Pace::Silent));
    }
    // What was under way when they were sealed may still be acknowledged, and ends soon; a lease lasts longer than that.
    Machine::run_until(&mut cluster, Time::ZERO + Span::from_ms(1_060), u64::MAX);
    let first = Machine::history(&cluster).operations.len();
    for client in 0..nodes {
        let pace = Pace::Closed { think: Span::from_ms(3) };
        Machine::act(&mut cluster, &Action::SetPace(ClientId(client), pace));
    }
    Machine::run_until(&mut cluster, Time::ZERO + Span::from_s(3), u64::MAX);
    let late = Machine::history(&cluster).operations.iter().enumerate().skip(first);
    late.filter(|(_, operation)| operation.outcome.is_success())
        .map(|(op, late)| (op, late.outcome))
        .collect()
}

#[test]
fn among_those_who_are_left_nothing_is_done_any_more() {
    for tried in &ALL {
        let about = (tried.entry().about)();
        for seed in 0..60 {
            let mut random = stream(seed, Purpose::Faults, 8, 0);
            let nodes = 1 + random.below(5) as u16;
            let parameters = clusters::random_parameters(&about, nodes, &mut random);
            let sealed = (tried.sealed_by)(&parameters, nodes);
            assert!(sealed <= nodes && sealed > nodes / 2, "{}: {sealed} of {nodes}", tried.id);
            let done = (tried.deaf)(&parameters, nodes, seed, sealed);
            assert!(done.is_empty(), "{}, seed {seed}, {parameters:?}: {done:?}", tried.id);
        }
    }
}

/// The test above can fail, and no more are sealed than have to be, or a shard with a member that is gone for good
/// could not be replaced without need.
#[test]
fn with_one_fewer_something_is_done() {
    type Case = (&'static str, u16, &'static [(&'static str, u64)], u16);
    let cases: [Case; 16] = [
        ("single", 3, &[], 3),
        ("primary-backup", 3, &[], 3),
        ("primary-backup", 3, &[("failover", 1)], 2),
        ("primary-backup", 5, &[("failover", 1), ("acks", 2)], 3),
        ("primary-backup", 5, &[("failover", 1), ("acks", 1)], 4),
        ("primary-backup", 3, &[("failover", 1), ("acks", 0)], 3),
        ("primary-backup", 3, &[("failover", 1), ("reads", 1)], 3),
        ("quorum", 3, &[], 2),
        ("quorum", 5, &[("r", 1), ("w", 5)], 5),
        ("quorum", 5, &[("n", 3)], 4),
        ("quorum", 3, &[("short", 1), ("timeout", 20_000_000)], 3),
        ("abd", 5, &[], 3),
        ("gossip", 3, &[], 3),
        ("raft", 5, &[], 3),
        ("raft", 5, &[("members", 3)], 4),
        ("raft", 3, &[("reads", 2)], 3),
    ];
    for (id, nodes, chosen, sealed) in cases {
        let tried = ALL.iter().find(|tried| tried.id == id).expect("it is in the list");
        let parameters = parameters(id, nodes, chosen);
        assert_eq!((tried.sealed_by)(&parameters, nodes), sealed, "{id} with {chosen:?} and {nodes} members");
        let something = (0..20).any(|seed| !(tried.deaf)(&parameters, nodes, seed, sealed - 1).is_empty());
        assert!(something, "{id} with {chosen:?} and {nodes} members: fewer than {sealed} would do");
    }
}
