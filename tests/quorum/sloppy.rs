//! Sloppy quorums and hinted handoff: nodes outside of a key's list stand in for silent ones.

use netsplit_protocols::quorum::{Leaderless, Quorum, Sound, Variant};
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::Outcome;
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;
use netsplit_tests::mutants::quorum::ForgetsHintsEarly;

use super::{K, at, copies, cut_off, line, noted, outcome, read, sent, start, table, until, values, write};

const NODES: u16 = 5;
const FIVE: [i32; 5] = [0, 200, 400, 600, 800];
const SLOPPY: [(&str, u64); 4] = [("n", 3), ("r", 2), ("w", 2), ("sloppy", 1)];

/// The nodes clockwise from the place of the key: three owners, then the two others.
fn ring() -> [u16; 5] {
    let mut cluster: Cluster<Quorum> = start(&line(&FIVE), &[("n", 1), ("w", 1)]);
    at(&mut cluster, 1, &write(0, K, 1));
    until(&mut cluster, 100);
    let first =
        copies(&cluster, K).iter().position(|copy| !copy.is_empty()).expect("one node holds it") as u16;
    [0, 1, 2, 3, 4].map(|step| (first + step) % NODES)
}

/// Two of three owners are cut off while the third coordinates a write; they come back at 1,000 ms.
fn write_without_two_owners<V: Variant>(changed: &[(&str, u64)]) -> Cluster<Leaderless<V>> {
    let [first, second, third, ..] = ring();
    let mut cluster = start(&line(&FIVE), changed);
    until(&mut cluster, 1);
    cut_off(&[second, third], NODES).iter().for_each(|action| cluster.act(action));
    at(&mut cluster, 2, &write(first, K, 7));
    until(&mut cluster, 999);
    cluster
}

#[test]
fn a_key_is_on_n_nodes_clockwise_from_its_place() {
    let [first, second, third, ..] = ring();
    let mut cluster: Cluster<Quorum> = start(&line(&FIVE), &SLOPPY);
    // Whoever coordinates, of the list or not, the same nodes hold it.
    for client in 0..NODES {
        at(&mut cluster, 1 + 50 * u64::from(client), &write(client, K, u64::from(client) + 1));
    }
    until(&mut cluster, 500);
    let held: Vec<usize> = copies(&cluster, K).iter().map(Vec::len).collect();
    let expected = (0..NODES).map(|n| usize::from([first, second, third].contains(&n)));
    assert_eq!(held, expected.collect::<Vec<_>>());
    assert_eq!(copies(&cluster, K)[usize::from(first)], [5]);
}

#[test]
fn stand_ins_keep_a_write_and_hand_it_over_when_the_owner_is_back() {
    let [first, second, third, fourth, fifth] = ring();
    let mut cluster = write_without_two_owners::<Sound>(&SLOPPY);
    assert_eq!(outcome(&cluster, 0), Outcome::Written);
    assert_eq!((noted(&cluster, "sloppy write"), noted(&cluster, "hint stored")), (1, 2));
    // A stand-in keeps it apart: its own copy does not show the key.
    let holds = |cluster: &Cluster<_>, n: u16| copies(cluster, K)[usize::from(n)] == [7];
    assert!(holds(&cluster, first) && ![second, third, fourth, fifth].iter().any(|&n| holds(&cluster, n)));
    let waiting = |cluster: &Cluster<_>, n: u16| table(cluster, n, "hints waiting").map(|table| table.rows);
    let hint = waiting(&cluster, fourth).expect("a hint waits there");
    assert_eq!(hint[0][..3], [format!("n{}", second + 1), "k1".to_owned(), "7".to_owned()]);
    // Even a crash that loses what is not on the disk does not lose a hint.
    cluster.act(&Action::CrashUnsynced(NodeId(fourth)));
    at(&mut cluster, 1_000, &Action::Restart(NodeId(fourth)));
    cluster.act(&Action::HealAll);
    until(&mut cluster, 4_000);
    assert!([first, second, third].iter().all(|&n| holds(&cluster, n)));
    assert_eq!(noted(&cluster, "hint handed over"), 2);
    assert!([fourth, fifth].iter().all(|&n| waiting(&cluster, n).is_none()));
    let handed = sent(&cluster, "Handoff");
    until(&mut cluster, 10_000);
    assert_eq!(sent(&cluster, "Handoff"), handed, "and then it is quiet");
}

/// While the owner is silent, the stand-in asks it ever less often, up to every 1.6 s.
#[test]
fn handing_over_backs_off() {
    let mut cluster = write_without_two_owners::<Sound>(&SLOPPY);
    until(&mut cluster, 60_000);
    let tries = sent(&cluster, "Handoff");
    assert!((70..90).contains(&tries), "{tries} in a minute, by two stand-ins");
}

#[test]
fn a_strict_quorum_can_not_say_that_it_was_written() {
    let cluster = write_without_two_owners::<Sound>(&SLOPPY[..3]);
    assert!(matches!(outcome(&cluster, 0), Outcome::Unknown(_)));
    assert_eq!(noted(&cluster, "coordinator gave up"), 1);
}

/// R + W > N, and still a read misses an acknowledged write: its owners never heard of it.
#[test]
fn with_stand_ins_overlapping_quorums_promise_nothing() {
    let [_, second, third, ..] = ring();
    let mut cluster: Cluster<Quorum> = write_without_two_owners(&SLOPPY);
    let [a, b] = [second, third].map(|n| NodeId(n).into());
    cluster.act(&Action::Heal(a, b));
    at(&mut cluster, 1_000, &read(second, K));
    until(&mut cluster, 1_300);
    assert_eq!(outcome(&cluster, 0), Outcome::Written);
    assert!(values(&cluster, 1).is_empty());
    let promised =
        |changed| netsplit_protocols::quorum::contract(&super::parameters::<Quorum>(NODES, changed), NODES);
    assert!(promised(&SLOPPY).promises.is_empty());
    assert_eq!(promised(&SLOPPY[..3]).promises.len(), 2);
}

/// A reader on the side of the stand-ins finds there what the owners can't tell.
#[test]
fn a_read_asks_the_stand_ins_too() {
    let [first, _, _, fourth, _] = ring();
    let mut cluster: Cluster<Quorum> = write_without_two_owners(&SLOPPY);
    // Now the third owner goes as well.
    cluster.act(&Action::Crash(NodeId(first)));
    at(&mut cluster, 1_000, &read(fourth, K));
    until(&mut cluster, 1_800);
    assert_eq!(values(&cluster, 1), [7]);
}

/// The bug of `mutants::quorum::ForgetsHintsEarly`: the first offer is lost, and with it the write.
#[test]
fn a_stand_in_that_forgets_too_early_loses_the_write() {
    let [_, second, third, fourth, fifth] = ring();
    let mut cluster = write_without_two_owners::<ForgetsHintsEarly>(&SLOPPY);
    at(&mut cluster, 1_000, &Action::HealAll);
    until(&mut cluster, 5_000);
    for n in [second, third, fourth, fifth] {
        assert!(copies(&cluster, K)[usize::from(n)].is_empty());
        assert!(table(&cluster, n, "hints waiting").is_none());
    }
}
