//! Numbers and sets: linearizability against a checker that tries every order, and every checker on histories
//! that are correct or spoilt.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::{Key, NodeId, Value};
use proptest::prelude::*;

use crate::observation::{Call, Observation, Observations, Outcome, ValuesId};
use crate::replicas::{Replica, Replicas};
use crate::testing::{
    Numbers, Shape, as_run, generate, intervals, judge, judge_with, observations, operation, until,
};
use crate::{ALL, DEFAULT_BUDGET, Input, LIVE, Live, Verdict};

const A: Value = Value(1);
const B: Value = Value(2);

/// What a key holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Held {
    #[default]
    Nothing,
    One(Value),
    /// At least one element.
    Set(BTreeSet<Value>),
}

impl Held {
    fn of(elements: BTreeSet<Value>) -> Self {
        if elements.is_empty() { Self::Nothing } else { Self::Set(elements) }
    }

    fn elements(&self) -> Option<BTreeSet<Value>> {
        match self {
            Self::Nothing => Some(BTreeSet::new()),
            Self::One(_) => None,
            Self::Set(elements) => Some(elements.clone()),
        }
    }

    fn as_read(&self) -> Option<Option<Value>> {
        match self {
            Self::Nothing => Some(None),
            Self::One(value) => Some(Some(*value)),
            Self::Set(_) => None,
        }
    }

    /// What an operation of this outcome leaves behind, if it may have taken effect here.
    fn after(&self, seen: &Observations, operation: &Observation) -> Option<Self> {
        let (call, outcome) = (operation.call, operation.outcome);
        match (call, outcome) {
            (_, Outcome::Refused) => None,
            (Call::Read, Outcome::Read(value)) => (self.as_read() == Some(value)).then(|| self.clone()),
            (Call::Read, Outcome::Values(id)) => {
                let found = Self::of(seen.values_of(id).iter().copied().collect());
                (*self == found).then_some(found)
            }
            (Call::Cas { from, .. }, Outcome::NotSwapped) => {
                (self.as_read() != Some(from)).then(|| self.clone())
            }
            (Call::Cas { from, to }, _) => {
                (self.as_read() == Some(from)).then(|| to.map_or(Self::Nothing, Self::One))
            }
            (Call::Write(value), _) => Some(value.map_or(Self::Nothing, Self::One)),
            (Call::Add(amount), _) => {
                let number = self.as_read()?.map_or(0, |value| value.0 as i64);
                Some(Self::One(Value(number.wrapping_add(amount) as u64)))
            }
            (Call::Insert(element), _) => Some(Self::of(&self.elements()? | &BTreeSet::from([element]))),
            (Call::Remove(element), _) => Some(Self::of(&self.elements()? - &BTreeSet::from([element]))),
            (Call::Read | Call::Append(_), _) => None,
        }
    }
}

/// Whether a history of one key is linearizable, by trying every order without any cleverness.
fn brute_force(seen: &Observations) -> bool {
    fn deadline(operation: &Observation) -> u64 {
        match operation.outcome {
            Outcome::Pending | Outcome::Unknown | Outcome::Refused => u64::MAX,
            _ => operation.returned.unwrap_or(u64::MAX),
        }
    }
    fn try_all(seen: &Observations, rest: &[Observation], held: &Held) -> bool {
        let first_deadline = rest.iter().map(deadline).min().unwrap_or(u64::MAX);
        first_deadline == u64::MAX
            || rest.iter().enumerate().any(|(index, operation)| {
                let others = || [&rest[..index], &rest[index + 1..]].concat();
                operation.invoked < first_deadline
                    && held.after(seen, operation).is_some_and(|after| try_all(seen, &others(), &after))
            })
    }
    try_all(seen, &seen.operations, &Held::Nothing)
}

/// The reads of sets of the small histories, by [`ValuesId`].
fn several() -> Vec<Vec<Value>> {
    vec![vec![], vec![A], vec![B], vec![A, B]]
}

fn set_read(index: u32) -> (Call, Outcome) {
    (Call::Read, Outcome::Values(ValuesId(index)))
}

fn number_read(number: i64) -> (Call, Outcome) {
    (Call::Read, Outcome::Read(Some(Value(number as u64))))
}

fn compare_all(count: usize, deeds: &[(Call, Outcome)]) {
    let (mut holds, mut broken) = (0, 0);
    for intervals in intervals(count) {
        let mut choice = vec![0; count];
        loop {
            let operations = (0..count).map(|i| {
                let (call, outcome) = deeds[choice[i]];
                operation(i as u32, 0, call, outcome, intervals[i].0, Some(intervals[i].1))
            });
            let seen = Observations { several: several(), ..observations(operations.collect()) };
            let (verdict, expected) = (judge("linearizable", &seen), brute_force(&seen));
            assert_eq!(verdict == Verdict::Holds, expected, "{seen:#?} {verdict:?}");
            *if expected { &mut holds } else { &mut broken } += 1;
            let Some(next) = choice.iter().position(|&deed| deed + 1 < deeds.len()) else { break };
            choice[next] += 1;
            choice[..next].fill(0);
        }
    }
    assert!(holds > 100 && broken > 100, "{holds} {broken}");
}

#[test]
fn all_histories_of_four_operations_on_a_number_agree_with_brute_force() {
    compare_all(
        4,
        &[
            (Call::Read, Outcome::Read(None)),
            number_read(1),
            number_read(2),
            number_read(3),
            (Call::Add(1), Outcome::Done),
            (Call::Add(2), Outcome::Done),
            (Call::Add(1), Outcome::Unknown),
            (Call::Add(-1), Outcome::Unknown),
        ],
    );
}

#[test]
fn all_histories_of_four_operations_on_a_set_agree_with_brute_force() {
    compare_all(
        4,
        &[
            set_read(0),
            set_read(1),
            set_read(3),
            (Call::Insert(A), Outcome::Done),
            (Call::Insert(A), Outcome::Unknown),
            (Call::Insert(B), Outcome::Done),
            (Call::Remove(A), Outcome::Done),
            (Call::Remove(A), Outcome::Unknown),
        ],
    );
}

#[test]
fn all_histories_of_three_operations_of_every_kind_agree_with_brute_force() {
    compare_all(
        3,
        &[
            set_read(0),
            set_read(3),
            (Call::Read, Outcome::Read(None)),
            number_read(1),
            number_read(2),
            (Call::Write(Some(A)), Outcome::Done),
            (Call::Write(None), Outcome::Unknown),
            (Call::Cas { from: Some(A), to: Some(B) }, Outcome::Done),
            (Call::Cas { from: Some(B), to: Some(A) }, Outcome::NotSwapped),
            (Call::Add(1), Outcome::Done),
            (Call::Add(1), Outcome::Refused),
            (Call::Insert(A), Outcome::Done),
            (Call::Insert(B), Outcome::Unknown),
            (Call::Insert(B), Outcome::Refused),
            (Call::Remove(B), Outcome::Done),
        ],
    );
}

/// The history of a number or a set that is correct, and what it holds at the end.
fn correct(is_set: bool, shape: Shape, seed: u64) -> (Observations, Vec<Held>) {
    let call = |numbers: &mut Numbers, held: &Held, fresh: Value| match (numbers.below(5), held) {
        (0..2, _) => Call::Read,
        (2, Held::Set(elements)) if is_set => {
            let choice = numbers.below(elements.len() as u64) as usize;
            Call::Remove(*elements.iter().nth(choice).expect("an element"))
        }
        (2, _) if !is_set => Call::Add(if shape.values == 0 { 1 } else { numbers.below(7) as i64 - 3 }),
        _ if is_set => Call::Insert(fresh),
        _ => Call::Add(1),
    };
    generate(shape, seed, call, |operation, held, several| {
        let outcome = match (operation.call, held.elements()) {
            (Call::Read, Some(elements)) if is_set => {
                several.push(elements.into_iter().collect());
                Outcome::Values(ValuesId(several.len() as u32 - 1))
            }
            (Call::Read, _) => Outcome::Read(held.as_read().expect("a number")),
            _ => Outcome::Done,
        };
        if operation.call.is_update() {
            let done = Observation { outcome, ..*operation };
            *held = held.after(&Observations::default(), &done).expect("it fits what the key is");
        }
        outcome
    })
}

/// Spoils a history in a few places: other numbers read, elements too many or too few, other outcomes.
fn spoil(observations: &mut Observations, seed: u64) {
    let mut numbers = Numbers(seed);
    let count = observations.operations.len() as u64;
    for _ in 0..=numbers.below(3) {
        let named = match observations.operations[numbers.below(count) as usize].call {
            Call::Insert(element) => element,
            _ => B,
        };
        let operation = &mut observations.operations[numbers.below(count) as usize];
        operation.outcome = match (operation.call, operation.outcome) {
            (_, Outcome::Pending) => continue,
            (Call::Read, Outcome::Read(value)) => {
                let number = value.map_or(0, |value| value.0);
                Outcome::Read(Some(Value(number.wrapping_add(numbers.below(4)).wrapping_sub(2))))
            }
            (Call::Read, Outcome::Values(id)) => {
                let found: BTreeSet<Value> = observations.several[id.0 as usize].iter().copied().collect();
                let spoilt = &found ^ &BTreeSet::from([named]);
                observations.several[id.0 as usize] = spoilt.into_iter().collect();
                Outcome::Values(id)
            }
            _ => [Outcome::Done, Outcome::Unknown, Outcome::Refused][numbers.below(3) as usize],
        };
    }
}

fn whole(observations: &Observations) -> Vec<(&'static str, Verdict)> {
    let input = Input::of(observations);
    LIVE.iter().map(|checker| (checker.name, (checker.check)(&input, DEFAULT_BUDGET))).collect()
}

/// Two replicas that hold this, at rest.
fn at_rest(states: &[Held]) -> Replicas {
    let values = states.iter().enumerate().filter_map(|(key, held)| {
        let values = held.elements().unwrap_or_else(|| held.as_read().flatten().into_iter().collect());
        (!values.is_empty()).then(|| (Key(key as u32), values.into_iter().collect()))
    });
    let values: BTreeMap<Key, Vec<Value>> = values.collect();
    let replica = |node| Replica {
        node: NodeId(node),
        name: String::new(),
        live: true,
        values: values.clone(),
        holds: None,
    };
    Replicas { replicas: vec![replica(0), replica(1)], settled: true, shown: Vec::new() }
}

fn small() -> impl Strategy<Value = Shape> {
    (1..5u32, 4..9usize, 0..4u64, 0..5u64).prop_map(|(clients, operations, values, unknown)| Shape {
        clients,
        keys: 1,
        operations,
        values,
        unknown,
    })
}

fn any_shape() -> impl Strategy<Value = Shape> {
    (1..7u32, 1..4u32, 1..80usize, 0..6u64, 0..8u64).prop_map(
        |(clients, keys, operations, values, unknown)| Shape { clients, keys, operations, values, unknown },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_histories_agree_with_brute_force(is_set: bool, shape in small(), seed: u64) {
        let (mut seen, _) = correct(is_set, shape, seed);
        spoil(&mut seen, seed ^ 1);
        let verdict = judge("linearizable", &seen);
        prop_assert_eq!(verdict == Verdict::Holds, brute_force(&seen), "{:?} {:#?}", verdict, seen);
        if let Verdict::Broken(witness) = verdict {
            // What the witness names is a contradiction by itself,
            let named = |operation: &&Observation| witness.operations.contains(&operation.id);
            let named: Vec<_> = seen.operations.iter().filter(named).copied().collect();
            let event = witness.event.expect("a return");
            let known = until(&Observations { several: seen.several.clone(), ..observations(named) }, event);
            prop_assert!(!brute_force(&known), "{} {:#?}", witness.sentence, known);
            // and before its last return there was none.
            let before = until(&seen, event.saturating_sub(1));
            prop_assert!(event == 0 || brute_force(&before), "{}", witness.sentence);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_correct_number_or_set_is_accused_of_nothing(is_set: bool, shape in any_shape(), seed: u64) {
        let (seen, states) = correct(is_set, shape, seed);
        prop_assert_eq!(judge("linearizable", &seen), Verdict::Holds);
        for checker in ALL {
            let verdict = judge_with(checker.name, &seen, Some(&at_rest(&states)));
            prop_assert!(!matches!(verdict, Verdict::Broken(_)), "{:?} {:?} {:#?}", verdict, states, seen);
        }
    }

    #[test]
    fn what_behaves_like_one_copy_keeps_every_promise(is_set: bool, shape in any_shape(), seed: u64) {
        let (mut seen, _) = correct(is_set, shape, seed);
        spoil(&mut seen, seed ^ 4);
        if judge("linearizable", &seen) == Verdict::Holds {
            for (name, verdict) in whole(&seen) {
                prop_assert!(!matches!(verdict, Verdict::Broken(_)), "{}: {:?} {:#?}", name, verdict, seen);
            }
        }
    }

    #[test]
    fn following_a_run_gives_the_verdicts_of_the_whole(is_set: bool, shape in any_shape(), spoilt: bool, seed: u64) {
        let (mut seen, _) = correct(is_set, shape, seed);
        if spoilt {
            spoil(&mut seen, seed ^ 2);
        }
        let end = seen.operations.iter().flat_map(|o| [Some(o.invoked), o.returned]).flatten().max().unwrap_or(0);
        let (mut live, mut numbers, mut now) = (Live::new(), Numbers(seed ^ 3), 0);
        for _ in 0..10 {
            now = if numbers.one_in(5) { numbers.below(now + 1) } else { (now + numbers.below(40)).min(end) };
            let seen = until(&seen, now);
            live.observe(&as_run(&seen));
            for (live, whole) in live.verdicts(None).into_iter().zip(whole(&seen)) {
                prop_assert_eq!(live, whole, "at {} of {:#?}", now, seen);
            }
        }
    }

    #[test]
    fn planted_losses_are_found_at_rest(is_set: bool, clients in 1..5u32, operations in 10..60usize, seed: u64) {
        let shape = Shape { clients, keys: 1, operations, values: 0, unknown: 0 };
        let (seen, states) = correct(is_set, shape, seed);
        if seen.operations.iter().any(|operation| operation.returned.is_none()) {
            return Ok(());
        }
        let spoilt: Vec<Held> = match &states[0] {
            Held::Nothing => return Ok(()),
            Held::One(number) => [-1, 1].map(|by| Held::One(Value(number.0.wrapping_add_signed(by)))).into(),
            Held::Set(elements) => {
                let removed = |value: &Value| seen.operations.iter().any(|o| o.call == Call::Remove(*value));
                let kept = elements.iter().filter(|value| !removed(value));
                kept.map(|value| Held::of(elements - &BTreeSet::from([*value]))).collect()
            }
        };
        for held in spoilt {
            let verdict = judge_with("no-lost-writes", &seen, Some(&at_rest(std::slice::from_ref(&held))));
            prop_assert!(matches!(verdict, Verdict::Broken(_)), "{:?} {:?} {:#?}", verdict, held, seen);
        }
    }
}

#[test]
fn long_runs_are_followed_and_their_violations_found() {
    // Thousands of operations on one key, some of unknown outcome, and a wrong answer at the end.
    for (is_set, operations) in [(false, 10_000), (true, 4_000)] {
        let shape = Shape { clients: 5, keys: 1, operations, values: 0, unknown: 30 };
        let (mut seen, _) = correct(is_set, shape, 11);
        let mut live = Live::new();
        live.observe(&as_run(&seen));
        assert_eq!(live.verdicts(None)[0].1, Verdict::Holds);
        let returned = |o: &&mut Observation| o.call == Call::Read && o.outcome != Outcome::Pending;
        let last = seen.operations.iter_mut().rev().find(returned).expect("a read");
        match last.outcome {
            Outcome::Values(id) => drop(seen.several[id.0 as usize].remove(0)),
            _ => last.outcome = Outcome::Read(None),
        }
        let id = last.id;
        live.reset();
        live.observe(&as_run(&seen));
        let verdict = live.verdicts(None).swap_remove(0).1;
        let Verdict::Broken(witness) = verdict else { panic!("{is_set} {verdict:?}") };
        assert!(witness.operations.contains(&id), "{}", witness.sentence);
    }
}
