//! The model against its own definition, against what is published, and against what it must never do.

use netsplit_sim::digest::Digest;
use netsplit_sim::random::{Purpose, Random, stream};
use std::hash::Hasher;

use super::bins::edge;
use super::{BATCH, Counts, Delay, MOST_REPLICAS, Model, Sampler, within_versions};

/// W1 of the benchmark: exponential delays.
const EXPONENTIAL: Model = Model::new(
    3,
    Delay::Exponential { least_ms: 0.0, mean_ms: 10.0 },
    Delay::Exponential { least_ms: 0.0, mean_ms: 2.0 },
);

const MODELS: [Model; 5] = [EXPONENTIAL, Model::LNKD_SSD, Model::LNKD_DISK, Model::YMMR, Model::WAN];

/// Four delays that differ, so that none can stand in for another.
const UNEVEN: Model = Model {
    r: Delay::Exponential { least_ms: 0.3, mean_ms: 4.0 },
    s: Delay::Constant { ms: 2.5 },
    a: Delay::YMMR,
    ..EXPONENTIAL
};

/// Whether a read is current, by the letter of section 5.1: a trial by the formulas, without tables, sorting networks or
/// thresholds. Also how long both took.
fn by_the_letter(model: &Model, r: u8, w: u8, t_ms: f64, random: &mut Random) -> (bool, f64, f64) {
    let n = usize::from(model.replicas);
    let apart = model.apart_ms.unwrap_or_default();
    let at_hand = [random.below(n as u64) as usize, random.below(n as u64) as usize];
    let mut draw = |delay: Delay, replica: usize, side: usize| {
        delay.at(random.unit()) + if replica == at_hand[side] { 0.0 } else { apart }
    };
    let trial: Vec<[f64; 4]> = (0..n)
        .map(|i| [draw(model.w, i, 0), draw(model.a, i, 0), draw(model.r, i, 1), draw(model.s, i, 1)])
        .collect();
    let mut acknowledged: Vec<f64> = trial.iter().map(|[w, a, ..]| w + a).collect();
    acknowledged.sort_by(f64::total_cmp);
    let acknowledged = acknowledged[usize::from(w) - 1];
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&one, &other| {
        (trial[one][2] + trial[one][3]).total_cmp(&(trial[other][2] + trial[other][3]))
    });
    let asked = &order[..usize::from(r)];
    let current = asked.iter().any(|&i| acknowledged + t_ms + trial[i][2] >= trial[i][0]);
    let last = trial[asked[asked.len() - 1]];
    (current, last[2] + last[3], acknowledged)
}

#[test]
fn trials_are_what_the_definition_says() {
    let trials = 10_000;
    for (place, model) in (0..).zip(MODELS.into_iter().chain([UNEVEN])) {
        for replicas in [1, 2, 3, 5] {
            let model = Model { replicas, ..model };
            let counts = Sampler::new(model, 1).run(300_000);
            for (r, w, t_ms) in [(1, 1, 0.0), (1, 2, 3.0), (2, 1, 0.5), (3, 1, 8.0), (2, 3, 20.0)] {
                if r.max(w) > replicas {
                    continue;
                }
                let mut random =
                    stream(2, Purpose::Trials, place, u16::from(replicas) * 100 + u16::from(r * 10 + w));
                // The latencies are compared at their medians, by how many trials lie below.
                let (read_ms, write_ms) =
                    (edge(counts.reads(r).quantile(0.5)), edge(counts.writes(w).quantile(0.5)));
                let (mut current, mut reads, mut writes) = (0, 0, 0);
                for _ in 0..trials {
                    let (is_current, read, write) = by_the_letter(&model, r, w, t_ms, &mut random);
                    current += u32::from(is_current);
                    reads += u32::from(read <= read_ms);
                    writes += u32::from(write <= write_ms);
                }
                let expected = [
                    counts.current(r, w, t_ms),
                    counts.reads(r).share_up_to(read_ms),
                    counts.writes(w).share_up_to(write_ms),
                ];
                for (found, expected) in [current, reads, writes].into_iter().zip(expected) {
                    let found = f64::from(found) / f64::from(trials);
                    let error = libm::sqrt(expected * (1.0 - expected) / f64::from(trials)) + 1e-5;
                    assert!((found - expected).abs() < 4.5 * error, "{model:?} {r} {w}: {found} {expected}");
                }
            }
        }
    }
}

#[test]
fn no_read_is_stale_where_quorums_meet() {
    for model in MODELS {
        for replicas in 1..=MOST_REPLICAS {
            let counts = Sampler::new(Model { replicas, ..model }, 3).run(50_000);
            let mut stale_elsewhere = 0;
            for (r, w) in (1..=replicas).flat_map(|r| (1..=replicas).map(move |w| (r, w))) {
                // A threshold of 0 is current at every t.
                let stale = counts.trials() - counts.thresholds(r, w).at_once();
                if r + w > replicas {
                    assert_eq!(stale, 0, "{model:?}: R = {r}, W = {w}");
                } else {
                    stale_elsewhere += stale;
                }
            }
            assert_eq!(stale_elsewhere > 0, replicas > 1, "elsewhere they do happen");
        }
    }
}

#[test]
fn batches_in_any_order_are_one_run() {
    let trials = u64::from(BATCH) * 3 + 1_234;
    let sampler = Sampler::new(Model::LNKD_DISK, 5);
    let whole = sampler.run(trials);
    assert_eq!(whole.trials(), trials);
    // Two workers, the last batch first; what the one counted travels as bytes.
    let (mut one, mut other) = (Counts::new(&Model::LNKD_DISK), Counts::new(&Model::LNKD_DISK));
    sampler.batch(3, 1_234, &mut one);
    sampler.batch(1, BATCH, &mut one);
    Sampler::new(Model::LNKD_DISK, 5).batch(0, BATCH, &mut other);
    Sampler::new(Model::LNKD_DISK, 5).batch(2, BATCH, &mut other);
    assert_ne!(one, other);
    let bytes = postcard::to_allocvec(&one).expect("counts are data");
    other.merge(&postcard::from_bytes(&bytes).expect("the same counts"));
    assert_eq!(other, whole);
    assert_ne!(Sampler::new(Model::LNKD_DISK, 6).run(trials), whole, "another seed, other trials");
}

/// The tests of the browser know the same number: what WebAssembly counts is the same to the last trial.
#[test]
fn trials_are_the_same_for_ever() {
    let mut digest = Digest::default();
    for model in MODELS {
        let counts = Sampler::new(model, 1).run(100_000);
        for (r, w) in [(1, 1), (1, 2), (2, 1)] {
            digest.word(counts.thresholds(r, w).at_once());
            digest.word(counts.current(r, w, 1.0).to_bits());
            digest.word(counts.reads(r).quantile(0.999).to_bits());
            digest.word(counts.writes(w).quantile(0.999).to_bits());
        }
    }
    assert_eq!(digest.finish(), 11_791_918_647_089_315_151);
}

/// What is held against the paper: 0.3 points with a million trials and 1 %, besides the rounding of what is printed. The
/// quantiles are of many more trials, because a million still moves them by 1 %, and by 3 % where stores are slow.
#[test]
fn the_papers_figures_come_out() {
    let shares = [
        (Model::LNKD_SSD, 0.0, 0.974, 0.0005),
        (Model::LNKD_DISK, 0.0, 0.439, 0.0005),
        (Model::LNKD_DISK, 10.0, 0.925, 0.0005),
        (Model::YMMR, 0.0, 0.893, 0.0005),
        (Model::WAN, 0.0, 0.33, 0.005),
    ];
    for (model, t_ms, published, rounding) in shares {
        let found = Sampler::new(model, 2012).run(1_000_000).current(1, 1, t_ms);
        assert!((found - published).abs() <= 0.003 + rounding, "{model:?} at {t_ms}: {found}, {published}");
    }
    let many = |model: Model| Sampler::new(model, 2012).run(10_000_000);
    let near = |found: f64, published: f64, rounding: f64, what: &str| {
        assert!((found - published).abs() <= 0.01 * published + rounding, "{what}: {found}, {published}");
    };
    let ssd = many(Model::LNKD_SSD);
    near(ssd.reads(1).quantile(0.999), 0.66, 0.005, "SSD, R = 1");
    near(ssd.writes(1).quantile(0.999), 0.66, 0.005, "SSD, W = 1");
    let disk = many(Model::LNKD_DISK);
    near(disk.reads(1).quantile(0.999), 0.66, 0.005, "DISK, R = 1");
    near(disk.reads(1).quantile(0.999), 0.65, 0.005, "DISK, R = 1 again");
    near(disk.reads(2).quantile(0.999), 1.63, 0.005, "DISK, R = 2");
    near(disk.writes(1).quantile(0.999), 10.99, 0.005, "DISK, W = 1");
    near(disk.writes(1).quantile(0.999), 10.9, 0.05, "DISK, W = 1 again");
    near(disk.writes(2).quantile(0.999), 20.97, 0.005, "DISK, W = 2");
    let ymmr = many(Model::YMMR);
    near(ymmr.reads(1).quantile(0.999), 5.58, 0.005, "YMMR, R = 1");
    // This one quantile is 32.94 for 200 million trials, 1.03 % above what the paper's fewer trials came to.
    near(ymmr.reads(2).quantile(0.999), 32.6, 0.25, "YMMR, R = 2");
    near(ymmr.writes(1).quantile(0.999), 10.83, 0.005, "YMMR, W = 1");
    near(ymmr.writes(1).quantile(0.999), 10.73, 0.005, "YMMR, W = 1 again");
    let wan = many(Model::WAN);
    near(wan.reads(1).quantile(0.999), 3.4, 0.05, "WAN, R = 1");
    near(wan.writes(1).quantile(0.999), 55.12, 0.005, "WAN, W = 1");
}

#[test]
fn exponential_delays_give_what_every_other_program_gives() {
    let share = Sampler::new(EXPONENTIAL, 1).run(2_000_000).current(1, 1, 1.0);
    assert!((share - 0.5357).abs() < 0.001, "{share}");
}

#[test]
fn the_share_within_k_versions_is_the_formulas() {
    let cases = [
        (3, 1, 1, 1, 0.3333),
        (3, 1, 1, 2, 0.5556),
        (3, 1, 1, 3, 0.7037),
        (3, 1, 1, 5, 0.8683),
        (3, 2, 1, 1, 0.6667),
        (3, 2, 1, 3, 0.9630),
        (5, 2, 2, 1, 0.7),
        (5, 2, 2, 3, 0.973),
        (3, 2, 2, 1, 1.0),
    ];
    for (n, r, w, k, published) in cases {
        assert!((within_versions(n, r, w, k) - published).abs() < 0.000_05, "{n} {r} {w} {k}");
    }
}

#[test]
fn a_model_with_wrong_numbers_of_replicas_is_bounded() {
    for (given, taken) in [(0, 1), (9, MOST_REPLICAS)] {
        let counts = Sampler::new(Model { replicas: given, ..EXPONENTIAL }, 1).run(1_000);
        let same = Sampler::new(Model { replicas: taken, ..EXPONENTIAL }, 1).run(1_000);
        assert_eq!(counts, same);
        assert_eq!(counts.thresholds(99, 0), counts.thresholds(taken, 1));
    }
}
