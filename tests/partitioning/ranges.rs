//! Split points, and a directory.

use netsplit_protocols::partitioning::{Block, Layout};
use netsplit_sim::action::Reshape;
use netsplit_sim::ids::{Key, NodeId};

use super::{firsts, ids, layout, leads, owners};

fn with_blocks(scheme: &str, blocks: &[(u32, &[u16])]) -> Layout {
    let mut layout = layout(scheme, 100, 4, 2);
    let block =
        |&(first, owners): &(u32, &[u16])| Block { first: Key(first), owners: ids(owners.iter().copied()) };
    layout.blocks = blocks.iter().map(block).collect();
    layout
}

fn done(layout: &mut Layout, change: Reshape) {
    layout.reshape(&change).unwrap_or_else(|why| panic!("{change:?}: {why}"));
}

#[test]
fn without_split_points_every_node_has_a_range_of_equal_size() {
    for scheme in ["range", "directory"] {
        let layout = layout(scheme, 100, 4, 2);
        assert_eq!((firsts(&layout), leads(&layout)), (vec![0, 25, 50, 75], vec![0, 1, 2, 3]));
        assert_eq!(layout.place()[3].owners, ids([3, 0]), "round and round");
        assert_eq!(firsts(&super::layout(scheme, 3, 5, 2)), [0, 1, 2], "fewer keys than nodes");
        let uneven: Vec<usize> =
            super::layout(scheme, 10, 3, 1).place().iter().map(|shard| shard.keys.len()).collect();
        assert!(uneven.iter().all(|keys| (3..=4).contains(keys)), "{uneven:?}");
    }
}

#[test]
fn ranges_without_owners_go_to_nodes_in_turn() {
    let blocks: &[(u32, &[u16])] = &[(0, &[]), (5, &[]), (10, &[2]), (50, &[]), (60, &[]), (90, &[3, 1])];
    let layout = with_blocks("range", blocks);
    let owners: Vec<Vec<NodeId>> = layout.place().into_iter().map(|shard| shard.owners).collect();
    // Whose range names one node: the next nodes have the other copies.
    assert_eq!(owners, [[0, 1], [1, 2], [2, 3], [3, 0], [0, 1], [3, 1]].map(ids));
}

#[test]
fn split_points_are_changed_or_refused_with_a_reason() {
    for scheme in ["range", "directory"] {
        let refused: &[(Reshape, &str)] = &[
            (Reshape::Split(Key(25)), "a range begins at this key already"),
            (Reshape::Split(Key(0)), "a range begins at this key already"),
            (Reshape::Split(Key(100)), "there is no such key"),
            (Reshape::Merge(Key(26)), "no range begins at this key"),
            (Reshape::Merge(Key(0)), "there is no range before the first"),
            (Reshape::Shift(Key(26), Key(30)), "no range begins at this key"),
            (Reshape::Shift(Key(0), Key(3)), "the first range begins at the first key"),
            (Reshape::Shift(Key(50), Key(50)), "the range begins there already"),
            (Reshape::Shift(Key(50), Key(25)), "nothing would be left of the range before it"),
            (Reshape::Shift(Key(50), Key(75)), "nothing would be left of the range"),
            (Reshape::Shift(Key(75), Key(100)), "nothing would be left of the range"),
        ];
        let mut layout = layout(scheme, 100, 4, 2);
        for (change, why) in refused {
            assert_eq!(layout.reshape(change), Err(*why), "{scheme}: {change:?}");
        }
        assert!(layout.blocks.is_empty());
        done(&mut layout, Reshape::Split(Key(30)));
        assert_eq!(firsts(&layout), [0, 25, 30, 50, 75]);
        done(&mut layout, Reshape::Shift(Key(30), Key(49)));
        done(&mut layout, Reshape::Merge(Key(25)));
        assert_eq!(firsts(&layout), [0, 49, 50, 75]);
    }
}

#[test]
fn a_split_moves_the_new_half_and_nothing_else() {
    for copies in 1..=3 {
        let mut layout = layout("range", 100, 4, copies);
        for cut in [30, 10, 90, 5, 12, 60, 62, 95] {
            let before = owners(&layout);
            done(&mut layout, Reshape::Split(Key(cut)));
            let shard = layout.place().into_iter().find(|shard| shard.keys[0] == Key(cut)).expect("there");
            for (key, (old, now)) in before.iter().zip(owners(&layout)).enumerate() {
                if shard.keys.contains(&Key(key as u32)) {
                    assert_ne!(old[0], now[0], "the load of a half goes to another node");
                } else {
                    assert_eq!(*old, now, "key {key}, cut {cut}");
                }
            }
        }
        // Twelve ranges on four nodes.
        let counts: Vec<usize> =
            (0..4).map(|node| leads(&layout).iter().filter(|&&lead| lead == node).count()).collect();
        assert!(counts.iter().all(|count| (2..=4).contains(count)), "{counts:?}");
    }
}

#[test]
fn both_halves_of_what_was_placed_by_hand_stay() {
    let mut layout = with_blocks("range", &[(0, &[3, 1]), (50, &[])]);
    done(&mut layout, Reshape::Split(Key(20)));
    let chosen = owners(&layout);
    assert_eq!((&chosen[19], &chosen[20]), (&ids([3, 1]), &ids([3, 1])));
    done(&mut layout, Reshape::Assign(Key(60), ids([2])));
    done(&mut layout, Reshape::Split(Key(80)));
    let chosen = owners(&layout);
    assert_eq!((&chosen[55], &chosen[79], &chosen[80]), (&ids([2]), &ids([2]), &ids([2])));
    // Who was meant is the range and not the key: it may be shifted past the key that was named.
    done(&mut layout, Reshape::Shift(Key(50), Key(70)));
    let chosen = owners(&layout);
    assert_eq!((&chosen[60], &chosen[70]), (&ids([3, 1]), &ids([2])));
    // Unless somebody says otherwise.
    done(&mut layout, Reshape::Assign(Key(80), ids([0])));
    let chosen = owners(&layout);
    assert_eq!((&chosen[79], &chosen[80]), (&ids([2]), &ids([0])));
    done(&mut layout, Reshape::Merge(Key(80)));
    assert_eq!(owners(&layout)[99], ids([2]), "it is joined to the one before");
}

#[test]
fn who_joins_gets_its_share_of_ranges_and_no_others_move() {
    let mut layout = layout("range", 100, 4, 1);
    for cut in [10, 35, 60, 80, 90, 95] {
        done(&mut layout, Reshape::Split(Key(cut)));
    }
    let before = leads(&layout);
    done(&mut layout, Reshape::Join(NodeId(5)));
    let after = leads(&layout);
    assert_eq!(after.iter().filter(|&&lead| lead == 5).count(), 2, "of ten ranges");
    for (old, now) in before.iter().zip(&after) {
        assert!(old == now || *now == 5);
    }
    // Without any split points the ranges are cut anew.
    let mut layout = super::layout("range", 100, 4, 1);
    done(&mut layout, Reshape::Join(NodeId(5)));
    assert_eq!((firsts(&layout), leads(&layout)), (vec![0, 20, 40, 60, 80], vec![0, 1, 2, 3, 5]));
    done(&mut layout, Reshape::Leave(NodeId(2)));
    assert_eq!(leads(&layout), [0, 1, 3, 5]);
}

#[test]
fn a_block_of_the_directory_has_the_owners_that_it_names() {
    let figure: &[(u32, &[u16])] = &[(0, &[0]), (30, &[1]), (60, &[0, 1, 2, 3]), (90, &[])];
    let mut layout = with_blocks("directory", figure);
    let found = |layout: &Layout| -> Vec<Vec<NodeId>> {
        layout.place().into_iter().map(|shard| shard.owners).collect()
    };
    assert_eq!(
        found(&layout),
        [&[0][..], &[1], &[0, 1, 2, 3], &[3, 0]].map(|list| ids(list.iter().copied()))
    );
    done(&mut layout, Reshape::Assign(Key(31), ids([2, 3, 0])));
    assert_eq!(found(&layout)[1], ids([2, 3, 0]));
    done(&mut layout, Reshape::Split(Key(40)));
    assert_eq!(found(&layout)[1..3], [ids([2, 3, 0]), ids([2, 3, 0])]);
    done(&mut layout, Reshape::Merge(Key(30)));
    assert_eq!(found(&layout)[..2], [ids([0]), ids([2, 3, 0])]);
    // For who leaves another stands in, and who joins gets nothing.
    done(&mut layout, Reshape::Leave(NodeId(2)));
    assert_eq!(found(&layout)[1], ids([3, 0, 1]));
    let before = found(&layout);
    done(&mut layout, Reshape::Join(NodeId(5)));
    assert_eq!(found(&layout), before);
    let mut empty = super::layout("directory", 100, 4, 2);
    let before = found(&empty);
    done(&mut empty, Reshape::Join(NodeId(5)));
    assert_eq!(found(&empty), before);
}
