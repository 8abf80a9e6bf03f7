//! What every scheme has to keep to, under any parameters and after any changes.

use netsplit_protocols::partitioning::{ALL, Block, Layout};
use netsplit_sim::action::Reshape;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::random::{Purpose, Random, stream};

use super::{common, ids, key, layout, schemes};

/// Changes tried on each layout.
const CHANGES: usize = 25;

/// A layout of any size, with any parameters, any blocks and pins.
pub(super) fn any_layout(scheme: &str, random: &mut Random) -> Layout {
    let (keys, nodes) = (1 + random.below(60) as u32, 1 + random.below(9) as u16);
    let mut layout = layout(scheme, keys, nodes, 1 + random.below(5));
    layout.common[common("placement")] = random.below(2);
    layout.common[common("tag")] = 1 + random.below(3) * random.below(8);
    let about = (layout.partitioner().about)();
    for (value, parameter) in layout.own.iter_mut().zip(&about.parameters) {
        let (least, most) = parameter.range.bounds(nodes);
        *value = least + random.below(most.min(least + 100) - least + 1);
    }
    if about.ordered && random.chance(0.5) {
        let mut first = 0;
        while first < keys {
            layout.blocks.push(Block { first: Key(first), owners: some_nodes(random, nodes) });
            first += 1 + random.below(20) as u32;
        }
    }
    if random.chance(0.3) {
        let owners = some_nodes(random, nodes);
        layout.pins.push((Key(random.below(keys.into()) as u32), owners));
    }
    layout
}

/// Different nodes in any order, or none.
fn some_nodes(random: &mut Random, nodes: u16) -> Vec<NodeId> {
    let mut all = ids(0..nodes);
    let count = random.below(u64::from(nodes) + 1) as usize;
    (0..count).map(|_| all.swap_remove(random.below(all.len() as u64) as usize)).collect()
}

pub(super) fn any_change(random: &mut Random, layout: &Layout) -> Reshape {
    let node = |random: &mut Random| NodeId(random.below(layout.regions.len() as u64 + 1) as u16);
    match random.below(7) {
        0 => Reshape::Join(node(random)),
        1 => Reshape::Leave(node(random)),
        2 => Reshape::Remove(node(random)),
        3 => Reshape::Split(key(random, layout)),
        4 => Reshape::Merge(key(random, layout)),
        5 => Reshape::Shift(key(random, layout), key(random, layout)),
        _ => Reshape::Assign(key(random, layout), some_nodes(random, layout.nodes.len() as u16)),
    }
}

/// What holds of every layout.
fn is_sound(layout: &Layout) {
    let about = (layout.partitioner().about)();
    let wanted = layout.place();
    let mut held = vec![0; layout.keys as usize];
    for shard in &wanted {
        assert!(!shard.keys.is_empty() && shard.keys.is_sorted_by(|one, other| one < other), "{layout:?}");
        shard.keys.iter().for_each(|key| held[key.0 as usize] += 1);
        assert!(shard.owners.iter().all(|owner| layout.nodes.contains(owner)), "{layout:?}");
        let distinct = (1..shard.owners.len()).all(|i| !shard.owners[..i].contains(&shard.owners[i]));
        assert!(distinct && !shard.owners.is_empty(), "{layout:?}");
        let pinned = layout.pins.iter().any(|(key, _)| shard.keys.contains(key));
        if !pinned && about.id != "directory" {
            assert_eq!(shard.owners.len(), layout.copies(), "{layout:?}");
        }
    }
    assert!(held.iter().all(|&shards| shards == 1), "routing is total and unambiguous: {layout:?}");
    if !about.ordered && layout.pins.is_empty() {
        let lists: Vec<_> = wanted.iter().map(|shard| &shard.owners).collect();
        assert!(lists.is_sorted_by(|one, other| one < other), "one shard for each list: {layout:?}");
    }
    let picture = layout.picture();
    assert!(picture.places.is_empty() || picture.places.len() == layout.keys as usize, "{}", about.id);
    assert!(picture.points.is_sorted(), "{}", about.id);
}

#[test]
fn every_key_is_in_one_shard_whatever_was_changed() {
    let mut carried_out = 0;
    for (place, scheme) in schemes().into_iter().enumerate() {
        for seed in 0..150 {
            let mut random = stream(seed, Purpose::Node, place as u16, 0);
            let mut layout = any_layout(scheme, &mut random);
            is_sound(&layout);
            for _ in 0..CHANGES {
                let change = any_change(&mut random, &layout);
                let before = layout.clone();
                match layout.reshape(&change) {
                    Ok(()) => carried_out += 1,
                    Err(why) => {
                        assert_eq!(layout, before, "{scheme}: {change:?} refused");
                        assert!(!why.is_empty() && !why.ends_with('.'), "{why:?}");
                    }
                }
                is_sound(&layout);
            }
        }
    }
    assert!(carried_out > 5_000, "{carried_out} changes");
}

#[test]
fn split_points_change_where_there_are_some_and_nowhere_else() {
    for entry in ALL {
        let about = (entry.about)();
        let mut layout = layout(about.id, 100, 4, 3);
        let before = layout.clone();
        for change in [Reshape::Split(Key(10)), Reshape::Shift(Key(10), Key(12)), Reshape::Merge(Key(12))] {
            let before = layout.place();
            let done = layout.reshape(&change);
            assert_eq!(done.is_ok(), about.ordered, "{}: {change:?}", about.id);
            let keys = |wanted: &[netsplit_protocols::partitioning::Wanted]| -> Vec<u32> {
                wanted.iter().map(|shard| shard.keys[0].0).collect()
            };
            assert_eq!(keys(&layout.place()) != keys(&before), about.ordered, "{}: {change:?}", about.id);
        }
        assert_eq!(layout.place(), before.place(), "{}: there and back", about.id);
    }
}

#[test]
fn a_layout_does_not_depend_on_the_order_in_which_it_came_about() {
    for scheme in schemes() {
        let place = |changes: &[Reshape]| {
            let mut layout = layout(scheme, 200, 5, 2);
            for change in changes {
                layout.reshape(change).expect("it can be done");
            }
            layout
        };
        let (join, leave, other) =
            (Reshape::Join(NodeId(6)), Reshape::Leave(NodeId(2)), Reshape::Join(NodeId(5)));
        let one = place(&[join.clone(), leave.clone(), other.clone()]);
        let two = place(&[other, join, leave]);
        assert_eq!(one.nodes, two.nodes);
        // What an operator has to write down depends on when it was written; everything else must not.
        if scheme != "directory" {
            assert_eq!(one.place(), two.place(), "{scheme}");
        }
    }
}

#[test]
fn keys_with_one_tag_stay_together() {
    for scheme in schemes() {
        let mut layout = layout(scheme, 120, 5, 2);
        layout.common[common("tag")] = 10;
        let owners = super::owners(&layout);
        if !(layout.partitioner().about)().ordered {
            for tenant in owners.chunks(10) {
                assert!(tenant.iter().all(|owners| *owners == tenant[0]), "{scheme}");
            }
        }
    }
}

#[test]
fn who_is_chosen_by_hand_stays_whatever_the_scheme_says() {
    for scheme in schemes() {
        let mut layout = layout(scheme, 100, 5, 3);
        let chosen = ids([4, 1]);
        layout.reshape(&Reshape::Assign(Key(33), chosen.clone())).expect("it can be done");
        assert_eq!(super::owners(&layout)[33], chosen, "{scheme}");
        // Others have what they had.
        let same = layout.place().iter().filter(|shard| shard.owners == chosen).count();
        assert_eq!(same, 1, "{scheme}");
        layout.reshape(&Reshape::Leave(NodeId(4))).expect("it can be done");
        let after = &super::owners(&layout)[33];
        assert_eq!((after.len(), after[0]), (2, NodeId(1)), "{scheme}: another stands in for who left");
        for wrong in [vec![], ids([1, 1]), ids([4]), ids([20])] {
            assert!(layout.reshape(&Reshape::Assign(Key(33), wrong)).is_err(), "{scheme}");
        }
        assert!(layout.reshape(&Reshape::Assign(Key(100), ids([1]))).is_err(), "{scheme}");
    }
}
