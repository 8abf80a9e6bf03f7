//! The published figures, and how the schemes come to them.

use netsplit_protocols::partitioning::figures::{self, Figure};
use netsplit_protocols::partitioning::{bounded, hash, jump, measure, modulo, ring};
use netsplit_sim::ids::NodeId;
use netsplit_sim::random::{Purpose, stream};

use super::{ids, layout};

#[test]
fn every_figure_is_as_published() {
    let figures = figures::all();
    let wrong: Vec<&Figure> =
        figures.iter().filter(|figure| (figure.measured - figure.published).abs() > figure.within).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Nor may they be given so much room that anything passes.
    for figure in &figures {
        assert!(figure.within <= 0.11 * figure.published.max(0.1), "{figure:?}");
    }
    let published = |start: &str| {
        let found = figures.iter().filter(|figure| figure.what.starts_with(start));
        found.map(|figure| (figure.published * 10_000.0).round() / 10_000.0).collect::<Vec<f64>>()
    };
    assert_eq!(published("ring: a node's share"), [0.9045, 0.3333, 0.1185, 0.0948, 0.0838, 0.03]);
    assert_eq!(published("ring: the largest share"), [0.2929]);
    assert_eq!(published("modulo: keys moved"), [0.75, 0.8, 0.9091, 0.5]);
    assert_eq!(published("range: largest"), [5.3, 6.9, 8.3]);
    assert_eq!(published("hash: largest"), [1.5, 2.2, 3.0]);
}

#[test]
fn the_hash_function_is_split_mix() {
    // The first outputs of the generator from seed 0 and from seed 1234567, which are published with it.
    assert_eq!(hash::mix(0), 0xE220_A839_7B1D_CDAF);
    assert_eq!(hash::mix(1_234_567), 6_457_827_717_110_365_317);
    // Every bit of the input changes about half of the bits of the output.
    for bit in 0..64 {
        let changed = |number: u64| (hash::mix(number) ^ hash::mix(number ^ 1 << bit)).count_ones();
        let mean = f64::from((0..1_000).map(changed).sum::<u32>()) / 1_000.0;
        assert!((mean - 32.0).abs() < 1.0, "bit {bit}: {mean}");
    }
}

#[test]
fn keys_and_nodes_are_hashed_apart() {
    let tags: Vec<u64> = (0..1_000).map(hash::of_tag).collect();
    let points = ring::points(&ids(0..32), 256, 0);
    assert!(points.iter().all(|(point, _)| !tags.contains(point)));
    assert!(points.is_sorted_by(|one, other| one.0 < other.0), "no two points in one place");
}

#[test]
fn the_ring_finds_the_next_point_clockwise() {
    let points = [(10, NodeId(2)), (20, NodeId(0)), (30, NodeId(2)), (40, NodeId(1))];
    let found = |place| ring::owner(&points, place).expect("there are points").0;
    assert_eq!([0, 10, 11, 20, 21, 40, 41, u64::MAX].map(found), [2, 2, 0, 0, 2, 1, 2, 2]);
    assert_eq!(ring::clockwise(&points, 15), ids([0, 2, 1]));
    assert_eq!(ring::clockwise(&points, 35), ids([1, 2, 0]));
    assert_eq!(ring::owner(&[], 3), None);
    let shares = ring::shares(&ids(0..3), &points);
    let part = |points: f64| points / (1_u128 << 64) as f64;
    assert_eq!((shares[0], shares[1]), (part(10.0), part(10.0)));
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

/// Published with two other implementations of the paper's code, Google's Guava among them.
#[test]
fn jump_hash_gives_the_known_values() {
    let known = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83];
    let found: Vec<usize> = (0..known.len() as u64).map(|key| jump::bucket(key, 100)).collect();
    assert_eq!(found, known);
    let known = [
        (10_863_919_174_838_991, 11, 6),
        (2_016_238_256_797_177_309, 11, 3),
        (1_673_758_223_894_951_030, 11, 5),
        (2, 100_001, 80_343),
        (2_201, 100_001, 22_152),
        (2_202, 100_001, 15_018),
    ];
    for (key, buckets, bucket) in known {
        assert_eq!(jump::bucket(key, buckets), bucket, "{key}");
    }
    assert_eq!((jump::bucket(5, 0), jump::bucket(5, 1)), (0, 0));
}

#[test]
fn jump_hash_only_jumps_into_the_new_bucket() {
    let mut random = stream(1, Purpose::Node, 0, 0);
    let keys: Vec<u64> = (0..20_000).map(|_| random.bits()).collect();
    for buckets in 1..40 {
        let moved: Vec<usize> = (keys.iter())
            .map(|&key| (jump::bucket(key, buckets), jump::bucket(key, buckets + 1)))
            .filter(|(before, after)| before != after)
            .map(|(_, after)| after)
            .collect();
        assert!(moved.iter().all(|&after| after == buckets), "into bucket {buckets} only");
        let share = moved.len() as f64 / keys.len() as f64;
        let expected = 1.0 / (buckets + 1) as f64;
        let deviation = libm::sqrt(expected * (1.0 - expected) / keys.len() as f64);
        assert!((share - expected).abs() < 5.0 * deviation, "{buckets}: {share}");
    }
}

#[test]
fn modulo_moves_what_is_counted_over_a_full_period() {
    for (before, after, multiple) in [(3, 4, 12), (4, 5, 20), (10, 11, 110), (4, 8, 8), (6, 4, 12), (5, 5, 5)]
    {
        let moves = |&hash: &u64| modulo::bucket(hash, before) != modulo::bucket(hash, after);
        // A period that begins anywhere.
        let moved = (1_000..1_000 + multiple as u64).filter(moves).count();
        assert_eq!(moved, multiple - before.min(after));
        let share = moved as f64 / multiple as f64;
        assert!((modulo::moved(before as u64, after as u64) - share).abs() < 1e-12);
    }
}

#[test]
fn no_node_is_filled_above_its_bound() {
    for nodes in 1..=12 {
        for (load, virtual_nodes, keys) in
            [(100, 1, 1_000), (101, 8, 999), (110, 1, 57), (125, 8, 1_000), (150, 3, 7), (300, 1, 400)]
        {
            let mut layout = layout("bounded", keys, nodes, 2);
            layout.own = vec![virtual_nodes, load];
            let bound = (load * u64::from(keys)).div_ceil(100 * u64::from(nodes));
            assert_eq!(bounded::room(&layout), bound);
            let held = measure::keys(&layout.nodes, &layout.place());
            assert!(held.iter().all(|&held| held <= bound), "{nodes} nodes, c = {load}: {held:?}");
            assert_eq!(held.iter().sum::<u64>(), u64::from(keys));
        }
    }
}

#[test]
fn with_much_room_the_bounded_ring_is_the_ring() {
    let mut bounded = layout("bounded", 500, 7, 3);
    bounded.own = vec![8, 1_000];
    assert_eq!(bounded.place(), layout("ring", 500, 7, 3).place());
    bounded.own[1] = 101;
    assert_ne!(bounded.place(), layout("ring", 500, 7, 3).place());
}

#[test]
fn rings_of_other_salts_differ() {
    let nodes = ids(0..10);
    assert_ne!(ring::points(&nodes, 8, 0), ring::points(&nodes, 8, 1));
    assert_eq!(ring::points(&nodes, 8, 1), ring::points(&nodes, 8, 1));
}
