//! Timestamps, which lose writes when clocks differ, and version vectors, which keep both.

use netsplit_protocols::quorum::Quorum;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::Outcome;
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::Setup;

use super::{K, at, copies, cut_off, line, noted, outcome, read, start, table, until, values, write};

const VECTORS: (&str, u64) = ("versions", 1);

/// n2's clock is half a second behind.
fn skewed() -> Setup {
    let mut setup = line(&[0, 100, 200]);
    setup.nodes[1].clock_skew_ns = -500_000_000;
    setup
}

/// The first client writes through n1, then the second through n2, then the third reads.
fn one_after_the_other(setup: &Setup, changed: &[(&str, u64)]) -> Cluster<Quorum> {
    let mut cluster: Cluster<Quorum> = start(setup, changed);
    at(&mut cluster, 1_000, &write(0, K, 7));
    at(&mut cluster, 1_100, &write(1, K, 8));
    at(&mut cluster, 1_200, &read(2, K));
    until(&mut cluster, 1_300);
    assert_eq!((outcome(&cluster, 0), outcome(&cluster, 1)), (Outcome::Written, Outcome::Written));
    cluster
}

#[test]
fn a_slow_clock_loses_an_acknowledged_write() {
    let true_clocks = one_after_the_other(&line(&[0, 100, 200]), &[]);
    assert_eq!(values(&true_clocks, 2), [8]);
    let skewed = one_after_the_other(&skewed(), &[]);
    assert_eq!(values(&skewed, 2), [7], "the second write is gone, though it was acknowledged");
    assert_eq!(copies(&skewed, K), [[7], [7], [7]]);
}

#[test]
fn vectors_keep_both() {
    let cluster = one_after_the_other(&skewed(), &[VECTORS]);
    assert_eq!(values(&cluster, 2), [7, 8]);
    assert!(matches!(outcome(&cluster, 2), Outcome::Values(_)));
    assert_eq!(noted(&cluster, "siblings made"), 3);
    let vectors = table(&cluster, 2, "version vectors").expect("it holds siblings");
    let row = |value: &str, dot: &str| ["k1", value, dot, "n1:1 n2:1"].map(str::to_owned).to_vec();
    assert_eq!(vectors.rows, [row("7", "n1:1"), row("8", "n2:1")]);
}

#[test]
fn a_client_that_has_seen_the_siblings_resolves_them() {
    let mut cluster = one_after_the_other(&skewed(), &[VECTORS]);
    at(&mut cluster, 1_400, &write(2, K, 9));
    at(&mut cluster, 1_500, &read(0, K));
    until(&mut cluster, 1_600);
    assert_eq!(values(&cluster, 4), [9]);
    assert_eq!(copies(&cluster, K), [[9], [9], [9]]);
    assert_eq!(noted(&cluster, "siblings resolved"), 3);
    // The second client has not seen that, and what it knows of is gone; so its write is a sibling again.
    at(&mut cluster, 1_700, &write(1, K, 10));
    at(&mut cluster, 1_800, &read(0, K));
    until(&mut cluster, 1_900);
    assert_eq!(values(&cluster, 6), [9, 10]);
}

/// A client's own later write replaces its earlier one without a read in between: the answer told it the dot.
#[test]
fn a_client_supersedes_its_own_write() {
    let mut cluster: Cluster<Quorum> = start(&line(&[0, 100, 200]), &[VECTORS]);
    for (i, at_ms) in (1..=5).map(|i| (i, i * 100)) {
        at(&mut cluster, at_ms, &write(0, K, i));
    }
    at(&mut cluster, 600, &read(2, K));
    until(&mut cluster, 700);
    assert_eq!(values(&cluster, 5), [5]);
}

/// Two clients write through one node and neither has seen the other's: only dots can tell.
#[test]
fn concurrent_writes_through_one_node_are_siblings() {
    let mut setup = line(&[0, 100, 200]);
    setup.clients[1].home = setup.clients[0].home;
    let mut cluster: Cluster<Quorum> = start(&setup, &[VECTORS]);
    for (client, value) in [(0, 1), (1, 2), (1, 3)] {
        at(&mut cluster, 100 * value, &write(client, K, value));
    }
    at(&mut cluster, 500, &read(2, K));
    until(&mut cluster, 600);
    // The second client's second write supersedes its first, and not the other's, which was there before it.
    assert_eq!(values(&cluster, 3), [1, 3]);
}

/// While the nodes can't reach each other each takes writes; together they are siblings, and a read finds all.
#[test]
fn both_sides_of_a_cut_write_and_nothing_is_lost() {
    let changed = [VECTORS, ("short", 1), ("anti_entropy", 1)];
    let mut cluster: Cluster<Quorum> = start(&line(&[0, 100, 200]), &changed);
    until(&mut cluster, 1);
    cut_off(&[0, 1, 2], 3).iter().for_each(|cut| cluster.act(cut));
    for client in 0..3 {
        at(&mut cluster, 10, &write(client, K, u64::from(client) + 1));
    }
    at(&mut cluster, 1_000, &Action::HealAll);
    until(&mut cluster, 3_000);
    assert_eq!(copies(&cluster, K), [[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
}

/// A node that does not hold the key passes the write on, and on to the next if the first is silent.
#[test]
fn a_write_is_passed_on_to_a_node_that_holds_the_key() {
    let changed = [VECTORS, ("n", 2), ("w", 1), ("r", 1)];
    let mut cluster: Cluster<Quorum> = start(&line(&[0, 100, 200, 300, 400]), &changed);
    for client in 0..5 {
        let at_ms = 100 + 200 * u64::from(client);
        at(&mut cluster, at_ms, &read(client, K));
        at(&mut cluster, at_ms + 100, &write(client, K, u64::from(client) + 1));
    }
    until(&mut cluster, 1_100);
    let owners: Vec<u16> = (0..5).filter(|&n| !copies(&cluster, K)[usize::from(n)].is_empty()).collect();
    assert_eq!(owners.len(), 2);
    // Each had read what was there before, so no siblings are left.
    assert!(owners.iter().all(|&n| copies(&cluster, K)[usize::from(n)] == [5]));
    assert!(super::sent(&cluster, "Forward") >= 3);
    let outside = (0..5).find(|n| !owners.contains(n)).expect("three do not hold it");
    for (i, &down) in owners.iter().enumerate() {
        let begin = 2_000 + 1_000 * i as u64;
        at(&mut cluster, begin, &Action::Crash(NodeId(down)));
        at(&mut cluster, begin + 1, &write(outside, K, begin));
        at(&mut cluster, begin + 900, &Action::Restart(NodeId(down)));
        assert_eq!(outcome(&cluster, 10 + i), Outcome::Written);
    }
}

/// A node whose disk was wiped has forgotten how far it had counted. If it made the same dot twice, the others would take
/// the new write for one that they know.
#[test]
fn a_wiped_node_does_not_make_a_dot_twice() {
    let mut setup = line(&[0, 100, 200]);
    setup.clients[1].home = setup.clients[0].home;
    let mut cluster: Cluster<Quorum> = start(&setup, &[VECTORS, ("repair", 1)]);
    at(&mut cluster, 100, &write(0, K, 7));
    at(&mut cluster, 200, &Action::Wipe(NodeId(0)));
    at(&mut cluster, 201, &Action::Restart(NodeId(0)));
    at(&mut cluster, 300, &write(1, K, 8));
    at(&mut cluster, 400, &read(2, K));
    until(&mut cluster, 500);
    assert_eq!(values(&cluster, 2), [7, 8]);
    assert_eq!(copies(&cluster, K), [vec![8], vec![7, 8], vec![7, 8]]);
}

/// Clients that never read could make siblings without end.
#[test]
fn the_seventeenth_sibling_is_refused() {
    let mut setup = line(&[0]);
    for c in 1..18 {
        let mut client = setup.clients[0].clone();
        client.name = format!("c{}", c + 1);
        setup.clients.push(client);
    }
    let mut cluster: Cluster<Quorum> = start(&setup, &[VECTORS]);
    for client in 0..17 {
        at(&mut cluster, 10 + 10 * u64::from(client), &write(client, K, u64::from(client) + 1));
    }
    at(&mut cluster, 200, &read(17, K));
    at(&mut cluster, 210, &write(17, K, 99));
    at(&mut cluster, 220, &read(0, K));
    until(&mut cluster, 300);
    assert!((0..16).all(|i| outcome(&cluster, i) == Outcome::Written));
    assert!(matches!(outcome(&cluster, 16), Outcome::Refused(why) if why.contains("siblings")));
    assert_eq!(values(&cluster, 17), (1..=16).collect::<Vec<u64>>());
    assert_eq!(values(&cluster, 19), [99], "who has read them all may write");
}
