//! The rules by which ranges are split and merged without a person.

use netsplit_protocols::partitioning::{Layout, measure};
use netsplit_sim::action::Reshape;
use netsplit_sim::ids::Key;
use netsplit_sim::random::{Purpose, stream};

use super::{common, firsts, ids, layout, leads, schemes};

fn with_rules(keys: u32, nodes: u16, split: u64, hot: u64, merge: u64) -> Layout {
    let mut layout = layout("range", keys, nodes, 1);
    layout.common[common("split")] = split;
    layout.common[common("hot")] = hot;
    layout.common[common("merge")] = merge;
    layout
}

/// Lets the rules do what they ask for until they ask for nothing.
fn settle(layout: &mut Layout, load: &[u64]) -> Vec<Reshape> {
    let mut changes = Vec::new();
    let mut seen = vec![firsts(layout)];
    while let Some(change) = layout.automatic(load) {
        layout.reshape(&change).unwrap_or_else(|why| panic!("{change:?}: {why}"));
        changes.push(change);
        let now = firsts(layout);
        assert!(!seen.contains(&now), "back where it was after {changes:?}");
        seen.push(now);
        assert!(changes.len() <= 2 * layout.keys as usize, "there is no end of it");
    }
    changes
}

#[test]
fn a_large_range_is_split_in_the_middle() {
    let mut layout = with_rules(100, 2, 30, 0, 0);
    assert_eq!(settle(&mut layout, &[]), [25, 75].map(|key| Reshape::Split(Key(key))));
    assert_eq!((firsts(&layout), leads(&layout)), (vec![0, 25, 50, 75], vec![0, 1, 1, 0]));
    // Single keys can't be split.
    let mut layout = with_rules(9, 2, 1, 0, 0);
    settle(&mut layout, &[]);
    assert_eq!(firsts(&layout).len(), 9);
}

#[test]
fn a_hot_range_is_split_where_its_load_halves() {
    let mut layout = with_rules(40, 4, 0, 200, 0);
    let mut load = vec![1; 40];
    load[13] = 40;
    load[17] = 30;
    load[18] = 30;
    // 107 of 137 are in the second range: 43 up to key 13, 64 behind it.
    assert_eq!(layout.automatic(&load), Some(Reshape::Split(Key(17))));
    layout.reshape(&Reshape::Split(Key(17))).expect("it can be done");
    let by_node =
        measure::load(&layout.nodes, &layout.place(), &load.iter().map(|&l| l as f64).collect::<Vec<_>>());
    assert_eq!(by_node[1], 46.0, "the other half is elsewhere");
    // 45 of 100 operations are too few to know, and so are those of one key.
    let few: Vec<u64> = load.iter().map(|load| load / 2).collect();
    assert!(few.iter().sum::<u64>() < 100);
    assert_eq!(with_rules(40, 4, 0, 200, 0).automatic(&few), None);
    let mut one = vec![0; 40];
    one[15] = 1_000;
    assert_eq!(with_rules(40, 4, 0, 200, 0).automatic(&one), None, "half of nothing is no relief");
    assert_eq!(with_rules(40, 4, 0, 200, 0).automatic(&vec![100; 40]), None);
    assert_eq!(with_rules(40, 4, 0, 0, 0).automatic(&load), None, "never");
}

#[test]
fn small_and_cold_neighbours_become_one() {
    let mut layout = with_rules(40, 8, 0, 0, 10);
    let merged = settle(&mut layout, &[]);
    assert_eq!(merged, [5, 15, 25, 35].map(|key| Reshape::Merge(Key(key))));
    // Not if they are hot,
    let mut load = vec![10; 40];
    load[..5].fill(90);
    let mut layout = with_rules(40, 8, 0, 300, 10);
    let merged = settle(&mut layout, &load);
    assert!(!merged.contains(&Reshape::Merge(Key(5))) && !merged.is_empty(), "{merged:?}");
    // nor if they were placed apart by hand; but if they were placed alike.
    let mut layout = with_rules(40, 8, 0, 0, 10);
    layout.reshape(&Reshape::Assign(Key(0), ids([3]))).expect("it can be done");
    layout.reshape(&Reshape::Assign(Key(20), ids([4]))).expect("it can be done");
    layout.reshape(&Reshape::Assign(Key(25), ids([4]))).expect("it can be done");
    let merged = settle(&mut layout, &[]);
    assert_eq!(merged, [10, 25, 35].map(|key| Reshape::Merge(Key(key))));
    assert_eq!(layout.place().iter().filter(|shard| shard.owners == ids([4])).count(), 1);
}

#[test]
fn the_rules_come_to_an_end_and_never_undo_what_they_did() {
    let (mut splits, mut merges) = (0, 0);
    for seed in 0..1_500 {
        let mut random = stream(seed, Purpose::Node, 3, 0);
        let keys = 2 + random.below(150) as u32;
        let nodes = 1 + random.below(8) as u16;
        let mut rule = |least, most| if random.chance(0.7) { least + random.below(most) } else { 0 };
        let mut layout = with_rules(keys, nodes, rule(1, 40), rule(90, 400), rule(1, 40));
        let exponent = 2.0 * random.unit();
        let load: Vec<u64> = measure::zipf(keys, exponent)
            .into_iter()
            .map(|weight| (weight * 20_000.0 * random.unit()) as u64)
            .collect();
        // Ranges of any size to begin with.
        for _ in 0..random.below(20) {
            let _ = layout.reshape(&Reshape::Split(Key(random.below(keys.into()) as u32)));
        }
        let changes = settle(&mut layout, &load);
        let is_split = |change: &Reshape| matches!(change, Reshape::Split(_));
        assert!(changes.is_sorted_by_key(|change| !is_split(change)), "no split after a merge: {changes:?}");
        for (place, change) in changes.iter().enumerate() {
            if let Reshape::Split(key) = change {
                assert_ne!(changes.get(place + 1), Some(&Reshape::Merge(*key)), "undone");
            }
        }
        splits += changes.iter().filter(|change| is_split(change)).count();
        merges += changes.iter().filter(|change| !is_split(change)).count();
    }
    assert!(splits > 1_000 && merges > 1_000, "{splits} splits, {merges} merges");
}

#[test]
fn the_rules_even_out_a_zipf_load() {
    let weights = measure::zipf(1_000, 1.0);
    let load: Vec<u64> = weights.iter().map(|weight| (weight * 1e6) as u64).collect();
    let mut layout = with_rules(1_000, 10, 0, 200, 0);
    let uneven =
        |layout: &Layout| measure::max_over_mean(&measure::load(&layout.nodes, &layout.place(), &weights));
    let before = uneven(&layout);
    let changes = settle(&mut layout, &load);
    let after = uneven(&layout);
    assert!(before > 6.8 && after < 2.5, "{before} to {after} by {} splits", changes.len());
    assert!(changes.len() < 40, "{}", changes.len());
}

#[test]
fn only_ranges_have_rules() {
    for scheme in schemes().into_iter().filter(|&scheme| scheme != "range") {
        let mut layout = with_rules(100, 4, 5, 101, 60);
        layout.scheme = super::layout(scheme, 100, 4, 1).scheme;
        assert_eq!(layout.automatic(&vec![1_000; 50]), None, "{scheme}");
    }
}
