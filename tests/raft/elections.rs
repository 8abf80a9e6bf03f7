//! Elections against what is published: the share of split votes against the closed form of the thesis, and
//! the time without a leader against figure 16 of the paper.

use netsplit_protocols::raft::{Role, note};
use netsplit_sim::action::Action;
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::time::{Span, Time};

use super::{Lab, MS, parameter, parameters, room};

/// The share of elections that split: of `live` servers out of `nodes`, at least as many time out within one
/// latency of the first that nobody is left a majority. `latency` is a share of the spread.
fn split_votes(latency: f64, live: u32, nodes: u32) -> f64 {
    let candidates = live - nodes / 2 + 1;
    let choose = |k: u32| (0..k).map(|i| f64::from(live - i) / f64::from(i + 1)).product::<f64>();
    let power = |base: f64, times: u32| (0..times).map(|_| base).product::<f64>();
    (candidates - 1..=live).map(|k| choose(k) * power(latency, k) * power(1.0 - latency, live - k)).sum()
}

/// Whether the first election of a cluster with these servers down ends without a leader.
fn splits(seed: u64, nodes: u16, down: u16, spread_ms: u64) -> bool {
    let setup = room(seed, nodes, 1);
    let parameters = parameters(
        nodes,
        &[(parameter::TIMEOUT, 1_000 * MS), (parameter::SPREAD, spread_ms * MS), (parameter::PRE_VOTE, 0)],
    );
    let mut lab = Lab::new(&setup, &parameters);
    for node in 0..down {
        lab.act(Action::Crash(NodeId(node)));
    }
    // The first votes are all counted before anybody's second timeout.
    lab.run(1_000 + spread_ms + 10);
    assert!((down..nodes).any(|node| lab.raft(node).term() == 1), "an election took place");
    lab.noted(note::LEADER) == 0
}

#[test]
fn split_votes_come_as_often_as_the_closed_form_says() {
    let runs = 3_000;
    // The link takes 1 ms, so the spread in ms is one over the latency.
    for (nodes, down, spread_ms) in [(5, 1, 10), (5, 1, 4), (5, 0, 4), (5, 2, 10), (3, 1, 20), (7, 1, 5)] {
        let split = (0..runs).filter(|&seed| splits(seed, nodes, down, spread_ms)).count();
        let measured = split as f64 / runs as f64;
        let expected = split_votes(1.0 / spread_ms as f64, u32::from(nodes - down), u32::from(nodes));
        let deviation = libm::sqrt(expected * (1.0 - expected) / runs as f64);
        assert!(
            (measured - expected).abs() < 3.5 * deviation,
            "{down} of {nodes} down, spread {spread_ms} ms: {measured:.4}, not {expected:.4}"
        );
    }
}

#[test]
fn the_closed_form_is_that_of_the_thesis() {
    // Two live servers of three split whenever the second times out within a latency of the first.
    let two = split_votes(0.1, 2, 3);
    assert!((two - 0.19).abs() < 1e-12, "{two}");
    let four_of_five = split_votes(0.1, 4, 5);
    assert!((four_of_five - (6.0 * 0.01 * 0.81 + 4.0 * 0.001 * 0.9 + 0.0001)).abs() < 1e-12);
}

/// How long a cluster of five is without a leader after its leader crashes at a random moment of its heartbeat
/// interval; at most 10 s.
fn downtime_ms(seed: u64, timeout_ms: u64, spread_us: u64) -> f64 {
    let mut setup = room(seed, 5, 1);
    // The paper's own measurements fit an effective one-way delay of 2 to 5 ms, disk included.
    setup.network.base = Span::from_us(1_500);
    for node in &mut setup.nodes {
        node.fsync = Span::from_us(800);
    }
    let timeout = timeout_ms * MS;
    let parameters = parameters(
        5,
        &[
            (parameter::TIMEOUT, timeout),
            (parameter::SPREAD, spread_us * 1_000),
            (parameter::HEARTBEAT, timeout / 2),
            (parameter::PRE_VOTE, 0),
        ],
    );
    // To have a leader at the start at all, the spread comes later.
    let mut first = parameters.clone();
    first[parameter::SPREAD] = timeout;
    let mut lab = Lab::new(&setup, &first);
    let leader = lab.elect();
    lab.act(Action::Configure(None, parameters));
    lab.run(2 * timeout_ms);
    let mut random = stream(seed, Purpose::Faults, 3, 0);
    let more = Time(lab.now().0 + random.below(timeout / 2));
    lab.cluster.run_until(more, u64::MAX);
    let leader = if lab.raft(leader).role() == Role::Leader { leader } else { lab.elect() };
    let crashed = lab.now();
    lab.act(Action::Crash(NodeId(leader)));
    lab.run_until(10_000, |lab| lab.leader().is_some());
    lab.now().since(crashed).as_ms()
}

/// The times of many crashes, in order.
fn downtimes(timeout_ms: u64, spread_us: u64, runs: u64) -> Vec<f64> {
    let mut times: Vec<f64> = (0..runs).map(|seed| downtime_ms(seed, timeout_ms, spread_us)).collect();
    times.sort_by(f64::total_cmp);
    times
}

#[test]
fn more_randomness_elects_sooner_and_with_a_shorter_tail() {
    let runs = 200;
    let median = |times: &[f64]| times[times.len() / 2];
    let tail = |times: &[f64]| times[times.len() * 95 / 100];
    let none = downtimes(150, 0, 20);
    assert!(median(&none) > 5_000.0, "without randomness there is no leader for long: {none:?}");
    let spreads: Vec<Vec<f64>> =
        [1_000, 5_000, 25_000, 50_000].map(|spread_us| downtimes(150, spread_us, runs)).to_vec();
    for (less, more) in spreads.iter().zip(&spreads[1..3]) {
        assert!(tail(less) > tail(more), "tails {:.0} and {:.0} ms", tail(less), tail(more));
    }
    assert!(median(&spreads[0]) > median(&spreads[1]) && median(&spreads[1]) > median(&spreads[2]));
    // The paper: 150 to 155 ms has a median of 287 ms, and 150 to 200 ms a worst of 1000 crashes of 513 ms.
    assert!((150.0..450.0).contains(&median(&spreads[1])), "{}", median(&spreads[1]));
    assert!(spreads[3][runs as usize - 1] < 1_000.0, "{:?}", spreads[3].last());
    // A shorter timeout detects sooner: 12 to 24 ms against 150 to 300 ms.
    let (short, long) = (downtimes(24, 24_000, runs), downtimes(150, 150_000, runs));
    assert!(median(&short) < median(&long) / 2.0, "{} and {}", median(&short), median(&long));
}

/// A server that was cut off asks whether it could win before it raises its term: when it is back, nobody is
/// disturbed. Without pre-vote its high term ends the leader's.
#[test]
fn a_server_that_was_cut_off_disturbs_nobody_with_pre_vote() {
    for pre_vote in [true, false] {
        let given = parameters(5, &[(parameter::PRE_VOTE, u64::from(pre_vote))]);
        let mut lab = Lab::new(&room(4, 5, 1), &given);
        let leader = lab.elect();
        let away = (leader + 1) % 5;
        let term = lab.raft(leader).term();
        lab.cut_off(away);
        lab.run(3_000);
        let raised = lab.raft(away).term() > term;
        assert_eq!(raised, !pre_vote, "only without pre-vote it raises its term");
        assert_eq!(lab.noted(note::PRE_VOTE_LOST) > 0, pre_vote);
        lab.act(Action::HealAll);
        lab.run(2_000);
        let elections = lab.noted(note::LEADER);
        assert_eq!(elections > 1, !pre_vote, "the leader had to go only without pre-vote");
        assert!(lab.leader().is_some());
    }
}

/// While they hear their leader, servers answer no election: one that hears nobody can't depose it.
#[test]
fn a_server_that_hears_no_leader_cannot_depose_it() {
    let mut lab = Lab::new(&room(5, 5, 1), &parameters(5, &[(parameter::PRE_VOTE, 0)]));
    let leader = lab.elect();
    let deaf = (leader + 1) % 5;
    let term = lab.raft(leader).term();
    // It can be heard by the others, but the leader's heartbeats do not reach it.
    lab.act(Action::CutOneWay(NodeId(leader).into(), NodeId(deaf).into()));
    lab.run(3_000);
    assert!(lab.raft(deaf).term() > term + 3, "it stands again and again");
    assert_eq!(lab.leader(), Some(leader));
    assert_eq!(lab.raft(leader).term(), term);
}

/// A leader that can be heard but hears nobody would lead for ever, and commit nothing.
#[test]
fn a_leader_that_hears_no_majority_steps_down() {
    let mut lab = Lab::new(&room(6, 5, 1), &parameters(5, &[]));
    let leader = lab.elect();
    for other in (0..5).filter(|&other| other != leader) {
        lab.act(Action::CutOneWay(NodeId(other).into(), NodeId(leader).into()));
    }
    assert!(lab.run_until(2_000, |lab| lab.leader().is_some_and(|new| new != leader)));
    assert_eq!(lab.noted(note::NO_QUORUM), 1);
    let write = lab.write(0, 3);
    assert!(lab.done(write).is_success());
}
