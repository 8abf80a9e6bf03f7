//! Anti-entropy by Merkle trees: what nobody reads becomes the same everywhere too.

use netsplit_protocols::quorum::Quorum;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::machine::Machine;

use super::{K, at, copies, cut_off, line, noted, sent, start, table, until, write};

const ON: (&str, u64) = ("anti_entropy", 1);

/// n3 is cut off while 20 keys are written; it is back at 500 ms, and nobody reads anything.
fn one_misses_all(changed: &[(&str, u64)]) -> Cluster<Quorum> {
    let mut cluster: Cluster<Quorum> = start(&line(&[0, 100, 200]), changed);
    until(&mut cluster, 1);
    cut_off(&[2], 3).iter().for_each(|cut| cluster.act(cut));
    for key in 0..20 {
        at(&mut cluster, 10 + 10 * u64::from(key), &write(0, Key(key), 100 + u64::from(key)));
    }
    at(&mut cluster, 500, &Action::HealAll);
    cluster
}

fn missing_at(cluster: &Cluster<Quorum>, n: usize) -> usize {
    (0..20).filter(|&key| copies(cluster, Key(key))[n].is_empty()).count()
}

#[test]
fn a_key_that_nobody_reads_is_repaired() {
    for versions in [0, 1] {
        let mut cluster = one_misses_all(&[ON, ("versions", versions)]);
        assert_eq!(missing_at(&cluster, 2), 20);
        // Every 500 ms each node compares with one of the two others.
        until(&mut cluster, 1_600);
        assert_eq!(missing_at(&cluster, 2), 0);
        assert!(noted(&cluster, "trees differ") > 0);
        // Equal trees are compared at the roots only, and nothing is exchanged.
        let exchanged = sent(&cluster, "Exchange");
        let (trees, leaves) = (sent(&cluster, "Trees"), sent(&cluster, "Leaves"));
        until(&mut cluster, 11_600);
        assert_eq!((sent(&cluster, "Exchange"), sent(&cluster, "Leaves")), (exchanged, leaves));
        assert_eq!(sent(&cluster, "Trees") - trees, 60);
        let last = table(&cluster, 2, "Merkle difference").expect("it has compared");
        assert_eq!(last.rows[0][2], "none");
    }
}

#[test]
fn without_it_the_copies_stay_different() {
    let mut cluster = one_misses_all(&[]);
    until(&mut cluster, 20_000);
    assert_eq!(missing_at(&cluster, 2), 20);
}

#[test]
fn a_wiped_node_is_filled_again() {
    for versions in [0, 1] {
        let mut cluster = one_misses_all(&[ON, ("versions", versions)]);
        at(&mut cluster, 2_000, &Action::Wipe(NodeId(0)));
        at(&mut cluster, 2_100, &Action::Restart(NodeId(0)));
        assert_eq!(missing_at(&cluster, 0), 20);
        until(&mut cluster, 3_300);
        assert_eq!(missing_at(&cluster, 0), 0);
        // A wiped node has forgotten how far it had counted, and what it writes now is not taken for old.
        at(&mut cluster, 3_400, &write(0, K, 9));
        until(&mut cluster, 5_000);
        let has_it = |copy: &Vec<u64>| copy.contains(&9);
        assert!(copies(&cluster, K).iter().all(has_it), "{:?}", copies(&cluster, K));
    }
}

/// One key in a thousand differs: the comparison goes down one path and exchanges that key alone.
#[test]
fn only_what_differs_is_exchanged() {
    let mut setup = line(&[0, 100, 200]);
    setup.keys = 1_000;
    let mut cluster: Cluster<Quorum> = start(&setup, &[ON]);
    for key in 0..1_000 {
        at(&mut cluster, 1 + u64::from(key) * 10, &write(0, Key(key), 1 + u64::from(key)));
    }
    until(&mut cluster, 15_000);
    let (exchanges, places) = (sent(&cluster, "Exchange"), sent(&cluster, "Trees"));
    cut_off(&[1, 2], 3).iter().for_each(|cut| cluster.act(cut));
    cluster.act(&write(0, Key(500), 5_000));
    at(&mut cluster, 15_600, &Action::HealAll);
    until(&mut cluster, 18_000);
    assert_eq!(copies(&cluster, Key(500)), [[5_000], [5_000], [5_000]]);
    // Two nodes had to get it, and no exchange was needed twice.
    let exchanged = sent(&cluster, "Exchange") - exchanges;
    assert!((2..=6).contains(&exchanged), "{exchanged}");
    assert!(sent(&cluster, "Trees") - places < 40);
}

/// Each of two nodes has a key that the other lacks, and another version of a third. Who begins does not matter: one
/// comparison serves both.
#[test]
fn one_comparison_serves_both_sides() {
    for seed in 0..8 {
        let mut setup = line(&[0, 100]);
        setup.seed = seed;
        let mut cluster: Cluster<Quorum> = start(&setup, &[ON, ("short", 1)]);
        cut_off(&[0], 2).iter().for_each(|cut| cluster.act(cut));
        for (client, key) in [(0, 0), (1, 1), (0, 2), (1, 2)] {
            at(&mut cluster, 10, &write(client, Key(key), 1 + u64::from(client)));
        }
        at(&mut cluster, 700, &Action::HealAll);
        let first = (701..2_000).find(|&at_ms| {
            until(&mut cluster, at_ms);
            noted(&cluster, "trees differ") > 0
        });
        until(&mut cluster, first.expect("they compare") + 5);
        for key in 0..3 {
            let held = copies(&cluster, Key(key));
            assert!(held[0] == held[1] && held[0].len() == 1, "seed {seed}: {held:?}");
        }
    }
}

/// With fewer replicas than nodes, two nodes compare the keys that both hold, and nobody gets a key that is not
/// its own.
#[test]
fn a_node_is_given_only_its_own_keys() {
    let mut cluster: Cluster<Quorum> = start(&line(&[0, 100, 200, 300, 400]), &[ON, ("n", 3), ("w", 1)]);
    until(&mut cluster, 1);
    cut_off(&[0, 1, 2, 3, 4], 5).iter().for_each(|cut| cluster.act(cut));
    for key in 0..30 {
        at(&mut cluster, 10 + u64::from(key), &write((key % 5) as u16, Key(key), 100 + u64::from(key)));
    }
    at(&mut cluster, 500, &Action::HealAll);
    until(&mut cluster, 4_500);
    let held = (0..30).map(|key| copies(&cluster, Key(key)).iter().filter(|copy| !copy.is_empty()).count());
    let held: Vec<usize> = held.collect();
    // A key whose coordinator was of its list is on three nodes; the others were written nowhere.
    assert!(held.iter().all(|&count| count == 3 || count == 0), "{held:?}");
    assert!(held.iter().filter(|&&count| count == 3).count() > 10, "{held:?}");
}
