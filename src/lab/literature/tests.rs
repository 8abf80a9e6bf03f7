//! Every figure agrees with what was published, and the protocol with the model.

use super::{Effort, GROUPS, downtime_h, find, k_of_n, pbs_protocol, split_vote};
use crate::wars::{Delay, Model, Sampler};

#[test]
fn every_figure_is_as_close_as_it_says() {
    for group in GROUPS {
        let figures = (group.measure)(Effort::Quick);
        assert!(!figures.is_empty(), "{}", group.id);
        for (place, figure) in figures.iter().enumerate() {
            assert!(figure.agrees(), "{}: {figure:?}", group.id);
            assert!(
                figures[..place].iter().all(|other| other.what != figure.what),
                "{figure:?} is there twice"
            );
        }
    }
}

#[test]
fn groups_are_found_by_names_of_their_own() {
    for (place, group) in GROUPS.iter().enumerate() {
        assert_eq!(find(group.id).map(|found| found.title), Some(group.title));
        assert!(GROUPS[..place].iter().all(|other| other.id != group.id));
        assert!(group.about.len() > 80 && !group.about.contains("  "), "{}", group.id);
    }
    assert!(find("luck").is_none());
}

/// The protocol runs, the model only draws: that they agree says that each is right.
#[test]
fn the_protocol_does_what_the_model_says() {
    let slow = Delay::Exponential { least_ms: 2.0, mean_ms: 10.0 };
    let five = Model::new(5, slow, Delay::Exponential { least_ms: 0.5, mean_ms: 3.0 });
    let cases = [
        (Model::LNKD_SSD, 1, 1, 0.0),
        (Model::LNKD_DISK, 1, 1, 0.0),
        (Model::LNKD_DISK, 1, 2, 4.0),
        (Model::LNKD_DISK, 2, 1, 1.0),
        (Model::LNKD_DISK, 2, 2, 0.0),
        (Model::YMMR, 1, 1, 30.0),
        (Model::YMMR, 2, 1, 0.0),
        (Model::WAN, 1, 1, 20.0),
        (Model::WAN, 2, 1, 5.0),
        (five, 2, 2, 1.0),
        (Model { apart_ms: Some(8.0), ..five }, 1, 3, 0.0),
    ];
    let trials = 20_000;
    for (seed, (model, r, w, t_ms)) in (1..).zip(cases) {
        let counts = Sampler::new(model, 1).run(1_000_000);
        let seen = pbs_protocol::run(&model, r, w, t_ms, trials, seed);
        assert_eq!(
            (seen.trials, seen.reads.count(), seen.writes.count()),
            (trials, trials, trials),
            "none failed"
        );
        let near = |found: f64, expected: f64, what: &str| {
            let error = libm::sqrt(expected * (1.0 - expected) / trials as f64) * 4.0 + 5e-4;
            assert!(
                (found - expected).abs() < error,
                "{model:?} R = {r} W = {w}, {what}: {found}, {expected}"
            );
        };
        near(seen.share(), counts.current(r, w, t_ms), "current");
        if r + w > model.replicas {
            assert_eq!(seen.current, trials, "quorums that meet");
        }
        for share in [0.1, 0.5, 0.9, 0.99, 0.999] {
            near(counts.reads(r).share_up_to(seen.reads.quantile(share)), share, "reads");
            near(counts.writes(w).share_up_to(seen.writes.quantile(share)), share, "writes");
        }
    }
}

#[test]
fn the_same_trials_come_out_the_same() {
    let run = |seed| pbs_protocol::run(&Model::WAN, 1, 1, 0.0, 500, seed);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn the_formulas_are_those_of_the_books() {
    assert!((k_of_n(2, 3, 0.9) - 0.972).abs() < 1e-12 && (k_of_n(3, 5, 0.99) - 0.999_990_149).abs() < 1e-9);
    assert!((k_of_n(0, 4, 0.3) - 1.0).abs() < 1e-12);
    assert!((downtime_h(0.999) - 8.766).abs() < 1e-9);
    // Two servers of two: both stand unless one hears of the other in time.
    assert!((split_vote(2, 2, 0.1) - 0.19).abs() < 1e-12);
}
