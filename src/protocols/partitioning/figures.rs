//! Figures of the literature on partitioning that need no run of a cluster, measured with the schemes as they
//! are.
//!
//! What depends on luck (where a hash function happens to put ten nodes) is measured over many circles or many
//! sets of keys, and the mean is compared.

use netsplit_sim::ids::NodeId;

use super::layout::Layout;
use super::{ALL, hash, jump, measure, modulo, ring};

/// A figure, measured and as it was published.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// What came out.
    pub measured: f64,
    /// What was to be expected.
    pub published: f64,
    /// How far the one may be from the other; 0: not at all.
    pub within: f64,
    /// Who published it.
    pub source: &'static str,
}

const KARGER: &str = "Karger et al. 1997";
const LAMPING: &str = "Lamping and Veach 2014";
const THALER: &str = "Thaler and Ravishankar 1998";
const MIRROKNI: &str = "Mirrokni et al. 2018";
const COUNTED: &str = "counting remainders";
const SPACINGS: &str = "spacings of random points, Beta(v, v(n-1))";
const ZIPF: &str = "Zipf's law";
const HASHED_ZIPF: &str =
    "Zipf's law, with one hash function; the mean over many sets of keys differs a little";

/// Every figure, in the order of display.
#[must_use]
pub fn all() -> Vec<Figure> {
    [balance(), movement(), popularity()].concat()
}

/// A layout of so many keys over these nodes, everything by default but one copy of each key.
fn layout(scheme: &str, keys: u32, nodes: &[u16]) -> Layout {
    let place = ALL.iter().position(|entry| (entry.about)().id == scheme).unwrap_or(0);
    let count = nodes.len() as u16;
    let defaults = |parameters: Vec<netsplit_sim::protocol::Parameter>| -> Vec<u64> {
        parameters.iter().map(|parameter| parameter.range.default_value(count)).collect()
    };
    let mut common = defaults(super::layout::parameters());
    // The first is the number of copies.
    common[0] = 1;
    Layout {
        keys,
        nodes: nodes.iter().copied().map(NodeId).collect(),
        regions: vec![0; nodes.iter().max().map_or(0, |&last| usize::from(last) + 1)],
        scheme: place as u16,
        protocol: 0,
        common,
        own: defaults((ALL[place].about)().parameters),
        blocks: Vec::new(),
        pins: Vec::new(),
    }
}

fn first(count: u16) -> Vec<u16> {
    (0..count).collect()
}

/// How evenly keys are spread.
fn balance() -> Vec<Figure> {
    let mut figures = Vec::new();
    for virtual_nodes in [1, 8, 64, 100, 128, 1_000] {
        let circles = if virtual_nodes <= 8 { 4_000 } else { 400 };
        let published = libm::sqrt(9.0 / (virtual_nodes as f64 * 10.0 + 1.0));
        figures.push(Figure {
            what: format!("ring: a node's share, deviation / mean, 10 nodes, {virtual_nodes} virtual"),
            measured: ring_deviation(10, virtual_nodes, circles),
            published,
            within: 0.04 * published,
            source: SPACINGS,
        });
    }
    figures.push(Figure {
        what: "ring: the largest share, 10 nodes, 1 virtual".to_owned(),
        measured: ring_largest(10, 4_000),
        published: (1..=10).map(|k| 1.0 / f64::from(k)).sum::<f64>() / 10.0,
        within: 0.005,
        source: SPACINGS,
    });
    figures.push(Figure {
        what: "jump: keys of a bucket, deviation / mean, 10 buckets, 10,000 keys".to_owned(),
        measured: jump_deviation(10, 10_000, 100),
        published: libm::sqrt(9.0 / 10_000.0),
        within: 0.003,
        source: LAMPING,
    });
    for load in [110, 125, 200] {
        let mut layout = layout("bounded", 10_000, &first(10));
        layout.own[1] = load;
        // One point for each node: shares so unequal that the fullest node always meets the bound.
        layout.own[0] = 1;
        let most = measure::keys(&layout.nodes, &layout.place()).into_iter().max().unwrap_or(0);
        figures.push(Figure {
            what: format!("bounded: most keys of a node, 10 nodes, 10,000 keys, c = {}", load as f64 / 100.0),
            measured: most as f64,
            published: (load * 10) as f64,
            within: 0.0,
            source: MIRROKNI,
        });
    }
    figures
}

/// The share of keys that a change of the nodes moves.
fn movement() -> Vec<Figure> {
    const KEYS: u32 = 100_000;
    let mut figures = Vec::new();
    for (before, after) in [(3, 4), (4, 5), (10, 11), (4, 8)] {
        figures.push(Figure {
            what: format!("modulo: keys moved, {before} to {after} nodes"),
            measured: share_moved("modulo", KEYS, &first(before), &first(after)),
            published: modulo::moved(before.into(), after.into()),
            within: 0.005,
            source: COUNTED,
        });
    }
    for (scheme, source) in [("ring", KARGER), ("rendezvous", THALER), ("jump", LAMPING)] {
        for before in [4, 10] {
            let after = before + 1;
            let measured = match scheme {
                "ring" => ring_moved(before, 1_000),
                _ => share_moved(scheme, KEYS, &first(before), &first(after)),
            };
            figures.push(Figure {
                what: format!("{scheme}: keys moved, {before} to {after} nodes"),
                measured,
                published: 1.0 / f64::from(after),
                within: 0.005,
                source,
            });
        }
        figures.push(Figure {
            what: format!("{scheme}: keys moved between nodes that stay, 10 to 11 nodes"),
            measured: strays(scheme, KEYS, &first(10), &first(11)) as f64,
            published: 0.0,
            within: 0.0,
            source,
        });
        // Of jump hash only the last bucket can leave, and that is the same figure backwards.
        let left = if scheme == "jump" { 9 } else { 4 };
        let rest: Vec<u16> = first(10).into_iter().filter(|&node| node != left).collect();
        figures.push(Figure {
            what: format!("{scheme}: keys moved between nodes that stay, n{} of 10 leaves", left + 1),
            measured: strays(scheme, KEYS, &first(10), &rest) as f64,
            published: 0.0,
            within: 0.0,
            source,
        });
    }
    figures
}

/// What Zipf's law does to a store of 1,000 keys in 10 shards, the most popular key first.
fn popularity() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (exponent, by_range, by_hash) in [(0.8, 5.3, 1.5), (1.0, 6.9, 2.2), (1.2, 8.3, 3.0)] {
        let weights = measure::zipf(1_000, exponent);
        let layout = layout("range", 1_000, &first(10));
        let load = measure::load(&layout.nodes, &layout.place(), &weights);
        figures.push(Figure {
            what: format!("range: largest / mean load, 10 nodes, 1,000 keys, Zipf {exponent}"),
            measured: measure::max_over_mean(&load),
            published: by_range,
            within: 0.05,
            source: ZIPF,
        });
        figures.push(Figure {
            what: format!("hash: largest / mean load, 10 nodes, 1,000 keys, Zipf {exponent}"),
            measured: hashed_skew(10, &weights, 400),
            published: by_hash,
            within: 0.1,
            source: HASHED_ZIPF,
        });
    }
    figures
}

/// The hashes of another set of keys, so that a measurement can be repeated.
fn hashes(set: u64, keys: usize) -> impl Iterator<Item = u64> {
    let start = set * keys as u64;
    (start..start + keys as u64).map(hash::of_tag)
}

/// The nodes' shares of a circle.
fn shares(nodes: u16, virtual_nodes: u64, salt: u64) -> Vec<f64> {
    let nodes: Vec<NodeId> = (0..nodes).map(NodeId).collect();
    ring::shares(&nodes, &ring::points(&nodes, virtual_nodes, salt))
}

/// The standard deviation of a node's share in terms of the mean share, over so many circles.
#[must_use]
pub fn ring_deviation(nodes: u16, virtual_nodes: u64, circles: u64) -> f64 {
    // The mean share is known, so every circle's shares are part of one sample.
    let all: Vec<f64> = (0..circles).flat_map(|salt| shares(nodes, virtual_nodes, salt)).collect();
    measure::variation(&all)
}

/// The mean of the largest share, with one point for each node.
#[must_use]
pub fn ring_largest(nodes: u16, circles: u64) -> f64 {
    let largest = |salt| shares(nodes, 1, salt).into_iter().fold(0.0, f64::max);
    measure::mean(&(0..circles).map(largest).collect::<Vec<_>>())
}

/// The share of 1,000 keys that move when one more node joins a ring with 8 virtual nodes, over so many circles.
#[must_use]
pub fn ring_moved(nodes: u16, circles: u64) -> f64 {
    let ids = |count: u16| (0..count).map(NodeId).collect::<Vec<_>>();
    let moved = |salt: u64| {
        let (before, after) = (ring::points(&ids(nodes), 8, salt), ring::points(&ids(nodes + 1), 8, salt));
        let moves = |&place: &u64| ring::owner(&before, place) != ring::owner(&after, place);
        hashes(0, 1_000).filter(moves).count() as f64 / 1_000.0
    };
    measure::mean(&(0..circles).map(moved).collect::<Vec<_>>())
}

/// The mean over sets of keys of the coefficient of variation of what the buckets of a jump hash hold, as the root of
/// the mean square.
#[must_use]
pub fn jump_deviation(buckets: usize, keys: usize, sets: u64) -> f64 {
    let square = |set| {
        let mut held = vec![0.0; buckets];
        hashes(set, keys).for_each(|hash| held[jump::bucket(hash, buckets)] += 1.0);
        let variation = measure::variation(&held);
        variation * variation
    };
    libm::sqrt(measure::mean(&(0..sets).map(square).collect::<Vec<_>>()))
}

/// The largest load in terms of the mean when keys of these weights are hashed to so many nodes: the mean over
/// sets of keys.
#[must_use]
pub fn hashed_skew(nodes: usize, weights: &[f64], sets: u64) -> f64 {
    let skew = |set| {
        let mut load = vec![0.0; nodes];
        let places = hashes(set, weights.len()).map(|hash| modulo::bucket(hash, nodes));
        places.zip(weights).for_each(|(place, weight)| load[place] += weight);
        measure::max_over_mean(&load)
    };
    measure::mean(&(0..sets).map(skew).collect::<Vec<_>>())
}

/// The share of keys that get another node.
#[must_use]
pub fn share_moved(scheme: &str, keys: u32, before: &[u16], after: &[u16]) -> f64 {
    let (before, after) = (layout(scheme, keys, before), layout(scheme, keys, after));
    let moved = measure::moved(&before.nodes, &before.place(), &after.nodes, &after.place());
    moved.first as f64 / f64::from(keys)
}

/// The keys that went from a node that stays to another that was there before.
#[must_use]
pub fn strays(scheme: &str, keys: u32, before: &[u16], after: &[u16]) -> u64 {
    let (before, after) = (layout(scheme, keys, before), layout(scheme, keys, after));
    let owners = |layout: &Layout| {
        let mut owners = vec![NodeId(0); keys as usize];
        for shard in layout.place() {
            shard.keys.iter().for_each(|key| owners[key.0 as usize] = shard.owners[0]);
        }
        owners
    };
    let strays = owners(&before)
        .into_iter()
        .zip(owners(&after))
        .filter(|(old, new)| old != new && after.nodes.contains(old) && before.nodes.contains(new));
    strays.count() as u64
}
