//! Linearizability against a checker that tries every order.

use proptest::prelude::*;

use crate::linearizable::points;
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::testing::{
    Numbers, Shape, brute_force, correct, intervals, judge, observations, operation, spoil, until,
};
use crate::{DEFAULT_BUDGET, Verdict};
use netsplit_sim::ids::Value;

const NOTHING: Option<Value> = None;
const A: Option<Value> = Some(Value(1));
const B: Option<Value> = Some(Value(2));

fn compare_all(count: usize, deeds: &[(Call, Outcome)]) {
    let (mut holds, mut broken) = (0, 0);
    for intervals in intervals(count) {
        let mut choice = vec![0; count];
        loop {
            let operations: Vec<Observation> = (0..count)
                .map(|i| {
                    let (call, outcome) = deeds[choice[i]];
                    operation(i as u32, 0, call, outcome, intervals[i].0, Some(intervals[i].1))
                })
                .collect();
            let observations = observations(operations);
            let verdict = judge("linearizable", &observations);
            let expected = brute_force(&observations.operations);
            assert_eq!(verdict == Verdict::Holds, expected, "{observations:#?} {verdict:?}");
            *if expected { &mut holds } else { &mut broken } += 1;
            let Some(next) = choice.iter().position(|&deed| deed + 1 < deeds.len()) else { break };
            choice[next] += 1;
            choice[..next].fill(0);
        }
    }
    assert!(holds > 100 && broken > 100, "{holds} {broken}");
}

#[test]
fn all_histories_of_three_operations_agree_with_brute_force() {
    let mut deeds = vec![];
    deeds.extend([NOTHING, A, B].map(|value| (Call::Read, Outcome::Read(value))));
    for to in [A, B] {
        deeds.extend([Outcome::Done, Outcome::Unknown].map(|outcome| (Call::Write(to), outcome)));
        for from in [NOTHING, A, B] {
            let outcomes = [Outcome::Done, Outcome::NotSwapped, Outcome::Unknown];
            deeds.extend(outcomes.map(|outcome| (Call::Cas { from, to }, outcome)));
        }
    }
    compare_all(3, &deeds);
}

#[test]
fn all_histories_of_four_operations_agree_with_brute_force() {
    let cas = Call::Cas { from: A, to: B };
    let mut deeds = vec![(cas, Outcome::Done), (cas, Outcome::NotSwapped), (cas, Outcome::Unknown)];
    deeds.extend([NOTHING, A, B].map(|value| (Call::Read, Outcome::Read(value))));
    deeds.extend([(Call::Write(A), Outcome::Done), (Call::Write(B), Outcome::Done)]);
    deeds.push((Call::Write(A), Outcome::Unknown));
    compare_all(4, &deeds);
}

fn small() -> impl Strategy<Value = Shape> {
    (1..5u32, 4..10usize, 0..4u64, 0..5u64).prop_map(|(clients, operations, values, unknown)| Shape {
        clients,
        keys: 1,
        operations,
        values,
        unknown,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_histories_agree_with_brute_force(shape in small(), seed: u64) {
        let mut observations = correct(shape, seed);
        spoil(&mut observations, seed ^ 1);
        agrees(&observations)?;
    }

    #[test]
    fn wild_histories_agree_with_brute_force(count in 4..8usize, seed: u64) {
        let mut numbers = Numbers(seed);
        // Calls and returns in any order, few values, any outcome.
        let mut events: Vec<u64> = (0..2 * count as u64).collect();
        for i in (1..events.len()).rev() {
            events.swap(i, numbers.below(i as u64 + 1) as usize);
        }
        let mut wild: Vec<Observation> = events.chunks(2).map(|pair| {
            let values = [NOTHING, A, B];
            let mut value = || values[numbers.below(3) as usize];
            let (seen, from, to) = (value(), value(), [A, B][usize::from(value() == A)]);
            let (call, outcome) = match numbers.below(10) {
                0..4 => (Call::Read, Outcome::Read(seen)),
                4..6 => (Call::Write(to), Outcome::Done),
                6 => (Call::Write(to), Outcome::Unknown),
                7 => (Call::Cas { from, to }, Outcome::Done),
                8 => (Call::Cas { from, to }, Outcome::NotSwapped),
                _ => (Call::Cas { from, to }, Outcome::Unknown),
            };
            operation(0, 0, call, outcome, pair[0].min(pair[1]), Some(pair[0].max(pair[1])))
        }).collect();
        wild.sort_by_key(|operation| operation.invoked);
        agrees(&observations(wild))?;
    }
}

/// Whether the verdict is that of brute force, and its witness is sound.
fn agrees(observations: &Observations) -> Result<(), TestCaseError> {
    let verdict = judge("linearizable", observations);
    prop_assert_eq!(
        verdict == Verdict::Holds,
        brute_force(&observations.operations),
        "{:?} {:#?}",
        verdict,
        observations
    );
    if let Verdict::Broken(witness) = verdict {
        // What the witness names is a contradiction by itself, without the rest of the history,
        let named = |operation: &&Observation| witness.operations.contains(&operation.id);
        let named: Vec<_> = observations.operations.iter().filter(named).copied().collect();
        let event = witness.event.expect("a return");
        let named =
            Observations { several: observations.several.clone(), ..crate::testing::observations(named) };
        let known = until(&named, event);
        prop_assert!(!brute_force(&known.operations), "{} {:#?}", witness.sentence, known);
        // and before its last return there was none.
        let before = until(observations, event.saturating_sub(1));
        prop_assert!(event == 0 || brute_force(&before.operations), "{}", witness.sentence);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_correct_register_is_linearizable_and_its_points_are_legal(
        clients in 1..12u32, keys in 1..4u32, operations in 1..400usize, values in 0..4u64, unknown in 0..20u64,
        seed: u64,
    ) {
        let observations = correct(Shape { clients, keys, operations, values, unknown }, seed);
        prop_assert_eq!(judge("linearizable", &observations), Verdict::Holds);
        let points = points(&observations, DEFAULT_BUDGET).expect("it holds");
        let mut states = vec![None; keys as usize];
        let mut events = vec![0; keys as usize];
        let mut placed = vec![false; observations.operations.len()];
        for point in points {
            let operation = &observations.operations[point.operation.index()];
            let (state, event) = (&mut states[operation.key.0 as usize], &mut events[operation.key.0 as usize]);
            prop_assert!(*event <= point.event && operation.invoked <= point.event);
            if operation.outcome != Outcome::Unknown {
                prop_assert!(operation.returned.is_none_or(|returned| point.event < returned));
            }
            *event = point.event;
            placed[point.operation.index()] = true;
            match (operation.call, operation.outcome) {
                (Call::Read, outcome) => prop_assert_eq!(outcome, Outcome::Read(*state)),
                (Call::Cas { from, .. }, Outcome::NotSwapped) => prop_assert_ne!(from, *state),
                (Call::Cas { from, to }, _) => {
                    prop_assert_eq!(from, *state);
                    *state = to;
                }
                (Call::Write(value), _) => *state = value,
                _ => unreachable!("not generated"),
            }
        }
        for operation in &observations.operations {
            let known = !matches!(operation.outcome, Outcome::Unknown | Outcome::Pending);
            prop_assert!(!known || placed[operation.id.index()], "every known operation has a point");
        }
    }
}
