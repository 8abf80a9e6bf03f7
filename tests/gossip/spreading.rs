//! How fast a change spreads, and the rumours of a whole cluster of 1,000 nodes.

use netsplit_protocols::gossip::Gossip;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::ids::{ClientId, NodeId};
use netsplit_sim::machine::Machine;
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;

use super::{
    ANTI_ENTROPY, INTERVAL, LWW, PULL, PUSH, PUSH_PULL, RUMORS, parameters, run_for, setup, shown, write,
};

/// The index of `Rumours` among the kinds of messages.
const RUMOURS: u8 = 4;

fn quick(seed: u64, nodes: u16, parameters: &[u64]) -> Cluster<Gossip> {
    let mut setup = setup(seed, nodes);
    for node in &mut setup.nodes {
        node.fsync = Span::ZERO;
    }
    Cluster::new(&setup, parameters)
}

/// How many intervals it takes until the last of so many nodes shows a write, on average.
fn rounds(nodes: u16, exchange: u64, fan_out: u64, interval: Span) -> f64 {
    const SEEDS: u64 = 12;
    let mut sum = 0.0;
    for seed in 0..SEEDS {
        let mut parameters = parameters(LWW, exchange, ANTI_ENTROPY);
        (parameters[2], parameters[3]) = (fan_out, interval.0);
        let mut cluster = quick(seed, nodes, &parameters);
        // All have begun to gossip.
        run_for(&mut cluster, interval * 2);
        let from = cluster.now();
        cluster.act(&Action::Operate(ClientId(0), write(1)));
        run_for(&mut cluster, interval * 60);
        let seen: Vec<Time> = (cluster.trace().iter())
            .filter(|event| matches!(event.kind, EventKind::Visible { .. }))
            .map(|event| event.at)
            .collect();
        assert_eq!(seen.len(), usize::from(nodes), "everyone shows it");
        sum += seen[seen.len() - 1].since(from).as_ms() / interval.as_ms();
    }
    sum / SEEDS as f64
}

/// Where nodes gossip at instants of their own, the number of those who know grows by a factor of e in an
/// interval, and then the number of those who do not shrinks by a factor of e: 2 ln n intervals. (With
/// synchronous cycles it is log2 n + ln n, numbers by Pittel, 1987.)
#[test]
fn the_time_to_reach_all_grows_with_the_logarithm_of_their_number() {
    let slow = Span::from_ms(200);
    let found: Vec<f64> = [8, 32, 128, 512].map(|nodes| rounds(nodes, PUSH, 1, slow)).to_vec();
    for (nodes, rounds) in [8.0, 32.0, 128.0, 512.0].into_iter().zip(&found) {
        let expected = 2.0 * libm::log(nodes);
        assert!(
            (rounds / expected - 1.0).abs() < 0.3,
            "{nodes} nodes: {rounds:.1}, by the formula {expected:.1}"
        );
    }
    // Each time there are four times as many, it takes about as much longer.
    let more: Vec<f64> = found.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(more.iter().all(|more| (1.3..4.5).contains(more)), "{found:.1?}");
}

#[test]
fn more_partners_and_both_directions_are_quicker() {
    let slow = Span::from_ms(200);
    let one = rounds(64, PUSH, 1, slow);
    let four = rounds(64, PUSH, 4, slow);
    assert!((0.18..0.42).contains(&(four / one)), "four partners instead of one: {one:.2} and {four:.2}");
    let both = rounds(64, PUSH_PULL, 1, slow);
    assert!(both < 0.75 * one, "push-pull {both:.2}, push {one:.2}");
    // An interval ten times as long takes ten times as long.
    let rare = rounds(64, PUSH, 1, slow * 10);
    assert!((0.8..1.25).contains(&(rare / one)), "{rare:.2} and {one:.2} intervals");
}

/// The whole protocol with 1,000 nodes. Its nodes do not move in step, so what it comes to is near Demers'
/// table and not in it; that a push epidemic obeys s = exp(-m) does not depend on it.
#[test]
fn a_thousand_nodes_leave_the_residue_that_their_traffic_predicts() {
    const NODES: u16 = 1_000;
    let epidemic = |exchange, k| {
        let mut parameters = parameters(LWW, exchange, RUMORS);
        parameters[6] = k;
        let mut cluster = quick(1, NODES, &parameters);
        cluster.act(&Action::Operate(ClientId(0), write(1)));
        run_for(&mut cluster, INTERVAL * 60);
        let told = cluster
            .trace()
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Sent { label, .. } if label == RUMOURS));
        let traffic = told.count() as f64 / f64::from(NODES);
        let missed = shown(&cluster).iter().filter(|keys| keys.is_empty()).count();
        assert!(cluster.replica(NodeId(0)).is_some());
        (missed as f64 / f64::from(NODES), traffic)
    };
    let (residue, traffic) = epidemic(PUSH, 1);
    let expected = libm::exp(-traffic);
    assert!(
        (residue - expected).abs() < 0.04,
        "push: residue {residue}, traffic {traffic}, predicted {expected}"
    );
    assert!((residue - 0.20).abs() < 0.05, "published for cycles in step: 0.18; found {residue}");
    let (residue, traffic) = epidemic(PULL, 1);
    assert!(residue < 0.5 * libm::exp(-traffic), "pull does better: residue {residue}, traffic {traffic}");
}

/// Only n1 turns to anyone here. A push carries its changes away, a pull brings those of n2.
#[test]
fn a_push_tells_and_a_pull_asks() {
    for mode in [ANTI_ENTROPY, RUMORS] {
        for (exchange, tells, hears) in [(PUSH, true, false), (PULL, false, true), (PUSH_PULL, true, true)] {
            let run = |writer: u16| {
                let mut cluster = quick(1, 2, &parameters(LWW, exchange, mode));
                let mut silent = parameters(LWW, exchange, mode);
                silent[3] = Span::from_s(60).0;
                cluster.act(&Action::Configure(Some(NodeId(1)), silent));
                run_for(&mut cluster, Span::from_ms(1));
                cluster.act(&Action::Operate(ClientId(writer), write(1)));
                run_for(&mut cluster, INTERVAL * 10);
                !shown(&cluster)[usize::from(1 - writer)].is_empty()
            };
            assert_eq!((run(0), run(1)), (tells, hears), "exchange {exchange}, mode {mode}");
        }
    }
}
