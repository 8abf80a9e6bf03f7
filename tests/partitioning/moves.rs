//! What a change of the nodes moves.

use netsplit_protocols::partitioning::measure::{self, Moved};
use netsplit_protocols::partitioning::{Layout, Wanted};
use netsplit_sim::action::Reshape;
use netsplit_sim::ids::{Key, NodeId};

use super::{common, ids, layout, owners};

fn changed(before: &Layout, change: &Reshape) -> Layout {
    let mut after = before.clone();
    after.reshape(change).expect("it can be done");
    after
}

fn moved(before: &Layout, after: &Layout) -> Moved {
    measure::moved(&before.nodes, &before.place(), &after.nodes, &after.place())
}

/// The hard invariant of consistent hashing.
#[test]
fn who_joins_takes_keys_and_nobody_else_does() {
    for scheme in ["ring", "rendezvous"] {
        for nodes in 1..=12 {
            let before = layout(scheme, 2_000, nodes, 1);
            for new in [nodes, nodes + 3] {
                let after = changed(&before, &Reshape::Join(NodeId(new)));
                let mut taken = 0;
                for (old, now) in owners(&before).iter().zip(owners(&after)) {
                    assert!(*old == now || now == [NodeId(new)], "{scheme}: {old:?} to {now:?}");
                    taken += usize::from(*old != now);
                }
                assert!(taken > 0, "{scheme}, {nodes} nodes");
            }
        }
    }
}

#[test]
fn who_leaves_gives_up_its_keys_and_nobody_else_does() {
    for scheme in ["ring", "rendezvous"] {
        for nodes in 3..=12 {
            let before = layout(scheme, 2_000, nodes, 1);
            for gone in 1..nodes {
                let after = changed(&before, &Reshape::Leave(NodeId(gone)));
                for (old, now) in owners(&before).iter().zip(owners(&after)) {
                    assert_eq!(*old != now, *old == [NodeId(gone)], "{scheme}");
                }
            }
        }
    }
}

/// The same of all copies: of those that a key had, only the last one makes room.
#[test]
fn copies_move_no_more_than_they_have_to() {
    for scheme in ["ring", "rendezvous"] {
        let before = layout(scheme, 2_000, 8, 3);
        let after = changed(&before, &Reshape::Join(NodeId(9)));
        for (old, now) in owners(&before).iter().zip(owners(&after)) {
            let stays: Vec<NodeId> = now.iter().copied().filter(|&node| node != NodeId(9)).collect();
            assert_eq!(stays, old[..stays.len()], "{scheme}");
        }
        let after = changed(&before, &Reshape::Remove(NodeId(4)));
        for (old, now) in owners(&before).iter().zip(owners(&after)) {
            let stays: Vec<NodeId> = old.iter().copied().filter(|&node| node != NodeId(4)).collect();
            assert_eq!(stays, now[..stays.len()], "{scheme}");
        }
        let removed = moved(&before, &after);
        assert_eq!(removed.copies, removed.least, "{scheme}: what was lost is made anew, and no more");
    }
}

#[test]
fn the_last_node_of_a_jump_hash_can_go_and_no_other() {
    let before = layout("jump", 2_000, 8, 1);
    let last = changed(&before, &Reshape::Leave(NodeId(7)));
    for (old, now) in owners(&before).iter().zip(owners(&last)) {
        assert_eq!(*old != now, *old == [NodeId(7)]);
    }
    let middle = moved(&before, &changed(&before, &Reshape::Leave(NodeId(3))));
    assert!(middle.first > 2 * middle.least, "{middle:?}");
}

#[test]
fn a_bounded_ring_moves_little() {
    // The paper's bound is within a constant of 1/ε² times what has to move, and modulo moves nine tenths.
    for (load, most) in [(125, 0.35), (200, 0.2)] {
        let mut share = Vec::new();
        for nodes in 8..=14 {
            let mut before = layout("bounded", 5_000, nodes, 1);
            before.own = vec![8, load];
            for change in [Reshape::Join(NodeId(nodes + 1)), Reshape::Leave(NodeId(nodes - 3))] {
                share.push(moved(&before, &changed(&before, &change)).first as f64 / 5_000.0);
            }
        }
        let mean = measure::mean(&share);
        assert!(mean < most, "c = {load}: {mean} of {share:?}");
    }
}

#[test]
fn a_fifth_node_moves_a_fifth_by_ring_and_four_fifths_by_modulo() {
    let share = |scheme: &str, virtual_nodes: Option<u64>| {
        let mut before = layout(scheme, 1_000, 4, 1);
        before.own.extend(virtual_nodes);
        if let Some(virtual_nodes) = virtual_nodes {
            before.own = vec![virtual_nodes];
        }
        let moved = moved(&before, &changed(&before, &Reshape::Join(NodeId(4))));
        assert_eq!((moved.all, moved.least), (1_000, 200));
        moved.copies as f64 / 1_000.0
    };
    assert!((share("modulo", None) - 0.8).abs() < 0.04);
    assert!((share("rendezvous", None) - 0.2).abs() < 0.04);
    assert!((share("jump", None) - 0.2).abs() < 0.04);
    assert!((share("ring", Some(128)) - 0.2).abs() < 0.06);
}

#[test]
fn moves_are_counted_by_hand() {
    let wanted = |shards: &[(&[u32], &[u16])]| -> Vec<Wanted> {
        let shard = |&(keys, owners): &(&[u32], &[u16])| Wanted {
            keys: keys.iter().copied().map(Key).collect(),
            owners: ids(owners.iter().copied()),
        };
        shards.iter().map(shard).collect()
    };
    let before = wanted(&[(&[0, 1], &[0, 1]), (&[2, 3], &[1, 2])]);
    // Keys 1 and 2 change places, and node 3 takes from node 2.
    let after = wanted(&[(&[0, 2], &[0, 1]), (&[1], &[1, 0]), (&[3], &[1, 3])]);
    let moved = measure::moved(&ids(0..3), &before, &ids([0, 1, 3]), &after);
    // Key 2 to node 0, key 3 to node 3. Node 2 had two copies, and a new one's share of eight is two.
    assert_eq!(moved, Moved { copies: 2, least: 2, all: 8, first: 2 });
    assert_eq!(measure::keys(&ids(0..4), &after), [2, 2, 0, 0]);
    assert_eq!(measure::copies(&ids(0..4), &after), [3, 4, 0, 1]);
    assert_eq!(measure::load(&ids(0..2), &after, &[1.0, 2.0, 4.0]), [5.0, 2.0]);
    assert_eq!(measure::max_over_mean(&[1.0, 2.0, 6.0]), 2.0);
    assert_eq!(measure::variation(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), 0.4);
    assert_eq!((measure::variation(&[]), measure::max_over_mean(&[0.0])), (0.0, 1.0));
    let zipf = measure::zipf(3, 1.0);
    assert!((zipf[0] - 6.0 / 11.0).abs() < 1e-12 && (zipf[2] - 2.0 / 11.0).abs() < 1e-12);
}

#[test]
fn the_first_node_and_the_last_copies_can_not_go() {
    let mut layout = layout("ring", 100, 4, 3);
    for node in [0, 4, 9] {
        assert!(layout.reshape(&Reshape::Leave(NodeId(node))).is_err(), "{node}");
    }
    assert!(layout.reshape(&Reshape::Join(NodeId(2))).is_err());
    assert!(layout.reshape(&Reshape::Join(NodeId(8))).is_err());
    assert_eq!(layout.reshape(&Reshape::Leave(NodeId(3))), Ok(()));
    assert!(layout.reshape(&Reshape::Remove(NodeId(2))).is_err());
    layout.common[common("replicas")] = 9;
    assert_eq!(layout.copies(), 3);
}
