//! The lattice of models: its arrows on random histories, and the small history of each model.

use proptest::prelude::*;

use super::causal::{anything, short};
use crate::models::{Availability, MODELS, Model, model};
use crate::observation::{Call, Observations, Outcome};
use crate::testing::{Numbers, Shape, correct, judge, spoil};
use crate::{ALL, DEFAULT_BUDGET, Input, Verdict, models};

/// All arrows of the lattice.
fn follow(seen: &Observations) {
    let verdicts: Vec<(&Model, Verdict)> =
        MODELS.iter().map(|model| (model, judge(model.checker, seen))).collect();
    for (model, verdict) in &verdicts {
        for implied in model.all_implied() {
            let (_, below) =
                verdicts.iter().find(|(model, _)| model.checker == implied.checker).expect("judged");
            assert!(
                *verdict != Verdict::Holds || !matches!(below, Verdict::Broken(_)),
                "{} holds, and {} is broken: {below:?}\n{}\n{seen:#?}",
                model.checker,
                implied.checker,
                short(seen),
            );
        }
    }
    // The verdicts on all together are the same, but what follows from another one is known.
    for (name, verdict) in models::judge(&Input::of(seen), DEFAULT_BUDGET) {
        let alone = &verdicts.iter().find(|(model, _)| model.checker == name).expect("judged").1;
        assert!(
            verdict == *alone || matches!((alone, &verdict), (Verdict::Unknown(_), Verdict::Holds)),
            "{name}"
        );
    }
}

#[test]
fn every_arrow_holds_on_small_histories_of_anything() {
    for seed in 0..20_000 {
        follow(&anything(&mut Numbers(seed), 3 + (seed % 8) as usize, 3 + seed % 5));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_arrow_holds_on_spoilt_histories(
        clients in 1..5u32, keys in 1..4u32, operations in 1..30usize, values in 0..6u64, unknown in 0..8u64, seed: u64,
    ) {
        let mut seen = correct(Shape { clients, keys, operations, values, unknown }, seed);
        follow(&seen);
        spoil(&mut seen, seed ^ 1);
        follow(&seen);
    }

    #[test]
    fn an_unknown_outcome_is_never_treated_as_failed(seed: u64, count in 3..10usize) {
        // What holds goes on to hold when somebody no longer knows what became of his write: it may have
        // taken effect, and that is all that was needed.
        let seen = anything(&mut Numbers(seed), count, 6);
        for index in 0..seen.operations.len() {
            if seen.operations[index].outcome != Outcome::Done {
                continue;
            }
            let mut less = seen.clone();
            less.operations[index].outcome = Outcome::Unknown;
            for model in MODELS {
                let (sure, unsure) = (judge(model.checker, &seen), judge(model.checker, &less));
                prop_assert!(
                    sure != Verdict::Holds || !matches!(unsure, Verdict::Broken(_)),
                    "{} {} {:?}\n{}", model.checker, index, unsure, short(&seen)
                );
            }
        }
    }
}

#[test]
fn each_small_history_breaks_its_model_and_keeps_what_is_below() {
    for model in MODELS {
        let seen = model.observations();
        assert_eq!(judge(model.checker, &seen).name(), "broken", "{}", model.checker);
        for implied in model.all_implied() {
            assert_eq!(
                judge(implied.checker, &seen).name(),
                "holds",
                "{} keeps {}",
                model.checker,
                implied.checker
            );
        }
        // And breaks all above it.
        for above in
            MODELS.iter().filter(|above| above.all_implied().iter().any(|one| one.checker == model.checker))
        {
            assert_eq!(
                judge(above.checker, &seen).name(),
                "broken",
                "{} breaks {}",
                model.checker,
                above.checker
            );
        }
    }
}

#[test]
fn no_arrow_is_missing_between_any_two_models() {
    // For each pair without an arrow there is a history that keeps the one and breaks the other.
    let mut histories: Vec<Observations> = MODELS.iter().map(Model::observations).collect();
    let more = ["Wz1 Wx1 Wy1 | Wx2 Rz0 Ry1 Rx2", "Wx1 Wx2 Wx3 . | . . . Rx1", "Wx1 . . | . Wx2 Rx1"];
    histories.extend(more.iter().map(|text| models::observations(text).expect("well formed")));
    let verdicts: Vec<Vec<bool>> = histories
        .iter()
        .map(|seen| MODELS.iter().map(|model| judge(model.checker, seen) == Verdict::Holds).collect())
        .collect();
    for (index, one) in MODELS.iter().enumerate() {
        for (other, two) in MODELS.iter().enumerate() {
            let implied = one.all_implied().iter().any(|below| below.checker == two.checker);
            if index != other && !implied {
                let apart = verdicts.iter().any(|holds| holds[index] && !holds[other]);
                assert!(apart, "{} does not imply {}", one.checker, two.checker);
            }
        }
    }
}

#[test]
fn the_lattice_is_in_order() {
    for (index, model) in MODELS.iter().enumerate() {
        let checker = crate::find(model.checker).expect("registered");
        assert_eq!(checker.title, model.title);
        for implied in model.implies {
            let place = MODELS.iter().position(|below| below.checker == *implied).expect("a model");
            assert!(place > index && MODELS[place].level > model.level, "{} {implied}", model.checker);
            assert!(MODELS[place].availability >= model.availability, "{} {implied}", model.checker);
        }
        let sentences = model.words.matches(". ").count() + 1;
        assert_eq!((sentences, model.words.ends_with('.')), (2, true), "{}", model.words);
    }
    let models = ALL.iter().filter(|checker| model(checker.name).is_some()).count();
    assert_eq!((models, MODELS.len()), (ALL.len() - 2, ALL.len() - 2), "all but lost writes and convergence");
    assert_eq!(model("sequential").map(|model| model.availability), Some(Availability::None));
}

#[test]
fn small_histories_are_read_or_refused() {
    let seen = models::observations("Wx1 . | . Ry2 Rx0").expect("well formed");
    let words: Vec<_> = seen
        .operations
        .iter()
        .map(|operation| {
            let key = seen.key_name(operation.key).into_owned();
            (operation.session.0, key, operation.call == Call::Read, operation.invoked, operation.returned)
        })
        .collect();
    assert_eq!(
        words,
        [
            (0, "x".to_owned(), false, 1, Some(11)),
            (1, "y".to_owned(), true, 22, Some(32)),
            (1, "x".to_owned(), true, 42, Some(52)),
        ]
    );
    for bad in ["W", "Qx1", "Wx", "Wx0", "Rx-", "Wx1 Ry", "Wxé"] {
        assert!(models::observations(bad).is_none(), "{bad}");
    }
}
