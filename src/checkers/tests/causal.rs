//! CC, CCv, CM and PRAM against the definitions, tried by force, and against the cases of the literature.

use super::force::{Relation, Small, keeps, partial_orders};
use crate::observation::{Call, Observations, Outcome};
use crate::testing::{Numbers, judge, observations, operation};
use crate::{Verdict, find, models};
use netsplit_sim::ids::Value;

const MODELS: [&str; 4] = ["causal", "causal-convergence", "causal-memory", "pram"];

/// The sizes of the sessions, one operation of each in each slot of time.
pub(super) fn lay_out(sizes: &[usize]) -> Vec<(u32, u64)> {
    let sessions = (0..).zip(sizes);
    sessions.flat_map(|(session, &size)| (0..size as u64).map(move |slot| (session, slot))).collect()
}

/// Every history with sessions of these sizes, of reads and writes on so many keys. With `values` zero every write has a
/// value of its own, and a read returns one that is written to its key, or nothing; else both choose among so many.
/// The first operation is on the first key.
pub(super) fn every_history(sizes: &[usize], keys: u32, values: u64, look: &mut dyn FnMut(&Observations)) {
    let places = lay_out(sizes);
    let count = places.len();
    let kinds = 2 * keys as usize;
    for code in 0..kinds.pow(count as u32) {
        let kind = |index: usize| code / kinds.pow(index as u32) % kinds;
        let (key, writes) = (|index| (kind(index) / 2) as u32, |index| kind(index) % 2 == 0);
        if key(0) != 0 {
            continue;
        }
        let choices = |index: usize| -> Vec<Option<Value>> {
            let all = (1..=values).map(|value| Some(Value(value)));
            match (writes(index), values) {
                (true, 0) => vec![Some(Value(index as u64 + 1))],
                (true, _) => all.collect(),
                (false, 0) => {
                    let others = (0..count).filter(|&other| writes(other) && key(other) == key(index));
                    let values = others.map(|other| Some(Value(other as u64 + 1)));
                    values.chain([None]).collect()
                }
                (false, _) => all.chain([None]).collect(),
            }
        };
        let choices: Vec<_> = (0..count).map(choices).collect();
        let ways: usize = choices.iter().map(Vec::len).product();
        for way in 0..ways {
            let mut rest = way;
            let mut operations: Vec<_> = (0..count)
                .map(|index| {
                    let value = choices[index][rest % choices[index].len()];
                    rest /= choices[index].len();
                    let (session, slot) = places[index];
                    let invoked = slot * 20 + 1 + u64::from(session);
                    let (call, outcome) = match writes(index) {
                        true => (Call::Write(value), Outcome::Done),
                        false => (Call::Read, Outcome::Read(value)),
                    };
                    operation(session, key(index), call, outcome, invoked, Some(invoked + 10))
                })
                .collect();
            operations.sort_by_key(|operation| operation.invoked);
            look(&observations(operations));
        }
    }
}

/// Compares each of the models with what force finds.
fn compare(seen: &Observations, orders: &dyn Fn(&Small) -> Vec<Relation>) {
    let smalls = Small::all(seen);
    let orders: Vec<_> = smalls.iter().map(orders).collect();
    for model in MODELS {
        let holds = smalls.iter().zip(&orders).any(|(small, orders)| keeps(model, small, orders));
        let verdict = judge(model, seen);
        let expected = if holds { "holds" } else { "broken" };
        assert_eq!(verdict.name(), expected, "{model} {}\n{verdict:?}\n{seen:#?}", short(seen));
        check_witness(model, seen, &verdict);
    }
}

/// What the witness names must be broken by itself, as far as a model that needs all writes can tell.
fn check_witness(model: &str, seen: &Observations, verdict: &Verdict) {
    let Verdict::Broken(witness) = verdict else { return };
    assert!(!witness.operations.is_empty() && witness.event.is_some(), "{witness:?}");
    if witness.sentence.starts_with("Whichever") {
        return;
    }
    // The answers that it does not name are forgotten; the writes stay, for the answers came from somewhere.
    let mut less = seen.clone();
    for operation in &mut less.operations {
        if operation.call == Call::Read && !witness.operations.contains(&operation.id) {
            operation.outcome = Outcome::Refused;
        }
    }
    assert_eq!(judge(model, &less).name(), "broken", "{model} {}\n{witness:?}", short(seen));
}

/// A history in the short form of `models`.
pub(super) fn short(seen: &Observations) -> String {
    let sessions = seen.operations.iter().map(|operation| operation.session.0 + 1).max().unwrap_or(0);
    let of = |session: u32| {
        let own = seen.operations.iter().filter(|operation| operation.session.0 == session);
        let words =
            own.map(|operation| format!("{:?}{:?}>{:?}", operation.key.0, operation.call, operation.outcome));
        words.collect::<Vec<_>>().join(" ")
    };
    (0..sessions).map(of).collect::<Vec<_>>().join(" | ")
}

fn all_orders(small: &Small, orders: &[Vec<Relation>]) -> Vec<Relation> {
    let keeps = |order: &&Relation| order.iter().zip(&small.sessions).all(|(all, some)| all & some == *some);
    orders[small.len()].iter().filter(keeps).cloned().collect()
}

#[test]
fn partial_orders_are_counted_right() {
    let counts: Vec<usize> = (0..6).map(|count| partial_orders(count).len()).collect();
    assert_eq!(counts, [1, 1, 3, 19, 219, 4231]);
}

#[test]
fn two_sessions_of_two_agree_with_every_causal_order_on_two_keys_and_two_values() {
    let orders: Vec<_> = (0..5).map(partial_orders).collect();
    let mut count = 0;
    every_history(&[2, 2], 2, 2, &mut |seen| {
        count += 1;
        compare(seen, &|small| all_orders(small, &orders));
    });
    assert_eq!(count, 5_000);
}

#[test]
fn two_sessions_of_three_agree_with_force_on_two_keys_and_different_values() {
    let mut count = 0;
    every_history(&[3, 3], 2, 0, &mut |seen| {
        count += 1;
        compare(seen, &Small::chosen_orders);
    });
    assert_eq!(count, 24_194);
}

#[test]
fn three_sessions_of_two_agree_with_force_on_two_keys_and_different_values() {
    let mut count = 0;
    every_history(&[2, 2, 2], 2, 0, &mut |seen| {
        count += 1;
        compare(seen, &Small::chosen_orders);
    });
    assert_eq!(count, 24_194);
}

#[test]
fn two_sessions_of_three_agree_with_force_on_one_key_and_two_values() {
    let mut count = 0;
    every_history(&[3, 3], 1, 2, &mut |seen| {
        count += 1;
        compare(seen, &Small::chosen_orders);
    });
    assert_eq!(count, 15_625);
}

/// A small history of anything that can happen to a register: values that repeat, compare-and-sets, unknown outcomes,
/// refusals, operations of one session at the same time.
pub(super) fn anything(numbers: &mut Numbers, count: usize, values: u64) -> Observations {
    let mut operations = Vec::new();
    for event in 0..count as u64 {
        let value =
            |numbers: &mut Numbers| Some(Value(numbers.below(values))).filter(|&value| value != Value(0));
        let to = value(numbers).or(Some(Value(values)));
        let from = value(numbers);
        let (call, outcome) = match numbers.below(14) {
            0..5 => (Call::Write(to), Outcome::Done),
            5..10 => (Call::Read, Outcome::Read(from)),
            10 => (Call::Cas { from, to }, Outcome::Done),
            11 => (Call::Cas { from, to }, Outcome::NotSwapped),
            12 => (Call::Write(to), Outcome::Unknown),
            _ => (Call::Cas { from, to }, Outcome::Unknown),
        };
        let outcome = if numbers.one_in(20) { Outcome::Refused } else { outcome };
        let (session, key) = (numbers.below(3) as u32, numbers.below(2) as u32);
        // Now and then it lasts longer than until the next call of its session. No two events have one number.
        let longer = if numbers.one_in(4) { numbers.below(5) } else { 0 };
        let (invoked, returned) = (event * 100, (event + longer) * 100 + event + 1);
        operations.push(operation(session, key, call, outcome, invoked, Some(returned)));
    }
    observations(operations)
}

#[test]
fn four_thousand_histories_of_anything_agree_with_every_causal_order_of_five() {
    let orders: Vec<_> = (0..6).map(partial_orders).collect();
    for seed in 0..4_000 {
        let seen = anything(&mut Numbers(seed), 3 + (seed % 3) as usize, 3);
        compare(&seen, &|small| all_orders(small, &orders));
    }
}

#[test]
fn many_histories_of_anything_agree_with_force() {
    for seed in 0..6_000 {
        let seen = anything(&mut Numbers(seed), 6, 3 + seed % 3);
        compare(&seen, &Small::chosen_orders);
    }
}

fn names(text: &str) -> Vec<&'static str> {
    let seen = models::observations(text).expect("well formed");
    ["sequential", "causal-memory", "causal-convergence", "causal", "pram"]
        .into_iter()
        .filter(|model| judge(model, &seen) == Verdict::Holds)
        .collect()
}

#[test]
fn figure_2_of_bouajjani_and_others_gets_its_verdicts() {
    // POPL 2017, figure 2.
    assert_eq!(names("Wx1 Rx2 | Wx2 Rx1"), ["causal-memory", "causal", "pram"], "a");
    assert_eq!(names("Wz1 Wx1 Wy1 | Wx2 Rz0 Ry1 Rx2"), ["causal-convergence", "causal"], "b");
    // The same with a value in the place of nothing: now one conclusion rests on another.
    assert_eq!(
        names("Wz1 Wz2 Wx1 Wy1 | Wx2 Rz1 Ry1 Rx2"),
        ["causal-convergence", "causal"],
        "b, in two steps"
    );
    assert_eq!(names("Wx1 | Wx2 Rx1 Rx2"), ["causal"], "c");
    assert_eq!(
        names("Wx1 Ry0 Wy1 Rx1 | Wx2 Ry0 Wy2 Rx2"),
        ["causal-memory", "causal-convergence", "causal", "pram"],
        "d"
    );
    assert_eq!(names("Wx1 Wy1 | Ry1 Wx2 | Rx2 Rx1"), ["pram"], "e");
}

#[test]
fn a_budget_that_is_spent_is_said() {
    let checker = find("causal-memory").expect("registered");
    let mut unknown = 0;
    for seed in 0..1_000 {
        let seen = anything(&mut Numbers(seed), 40, 3);
        match (checker.check)(&crate::Input::of(&seen), 150) {
            Verdict::Unknown(why) => {
                unknown += 1;
                assert!(why.spent >= 150 && why.spent < 700, "{why:?}");
                assert!(
                    why.reason.starts_with("too many values may come from more than one write"),
                    "{why:?}"
                );
            }
            verdict => assert_eq!(verdict.name(), judge("causal-memory", &seen).name()),
        }
    }
    assert!(unknown > 5, "{unknown}");
}

/// The history without the answers from an event on: reads and failed compare-and-sets vanish, and of those that
/// succeeded only the writes are left.
fn without_answers_from(seen: &Observations, event: u64) -> Observations {
    let mut less = seen.clone();
    for operation in &mut less.operations {
        if operation.returned.is_none_or(|returned| returned < event) {
            continue;
        }
        match (operation.call, operation.outcome) {
            (Call::Cas { to, .. }, Outcome::Done) => operation.call = Call::Write(to),
            (Call::Read, _) | (_, Outcome::NotSwapped) => operation.outcome = Outcome::Refused,
            _ => {}
        }
    }
    less
}

#[test]
fn a_witness_names_the_earliest_answer_that_breaks_the_model() {
    let mut broken = 0;
    for seed in 0..500 {
        let seen = anything(&mut Numbers(seed), 9, 4);
        for model in MODELS {
            let Verdict::Broken(witness) = judge(model, &seen) else { continue };
            let event = witness.event.expect("an answer");
            let last = seen.operations.iter().find(|operation| operation.returned == Some(event));
            let last = last.expect("somebody's return");
            assert_eq!(
                judge(model, &without_answers_from(&seen, event)).name(),
                "holds",
                "{model} {}",
                short(&seen)
            );
            assert_eq!(judge(model, &without_answers_from(&seen, event + 1)).name(), "broken", "{model}");
            let named = witness.operations.contains(&last.id) || witness.sentence.starts_with("Whichever");
            assert!(named, "{model} {witness:?} {}", short(&seen));
            assert_eq!(witness.at, Some(last.returned_at));
            broken += 1;
        }
    }
    assert!(broken > 300, "{broken}");
}
