//! Sequential consistency against trying every order, exhaustively over small histories and at random over larger ones.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, Value};

use crate::observation::{Call, Observation, Observations, Outcome};
use crate::testing::{Numbers, Shape, correct, history, judge, spoil};
use crate::{Input, Verdict, sequential};

/// What a key holds, in so many words.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cell {
    value: Option<Value>,
    /// What was added, if anything was.
    sum: Option<i64>,
    elements: Vec<Value>,
}

/// Whether some order explains a history, by trying all.
fn brute_force(observations: &Observations) -> bool {
    let known = |one: &Observation| {
        matches!(one.outcome, Outcome::Read(_) | Outcome::Values(_) | Outcome::Done | Outcome::NotSwapped)
    };
    let counts = |one: &&Observation| known(one) || one.may_update();
    let all: Vec<Observation> = observations.operations.iter().filter(counts).copied().collect();
    fn step(observations: &Observations, one: &Observation, cell: &Cell) -> Option<Cell> {
        let mut cell = cell.clone();
        match (one.call, one.outcome) {
            (Call::Read, Outcome::Values(id)) => {
                let mut elements = cell.elements.clone();
                elements.sort_unstable();
                return (elements == observations.values_of(id)).then_some(cell);
            }
            (Call::Read, Outcome::Read(seen)) => {
                let holds = match seen {
                    None => cell == Cell::default(),
                    Some(seen) if cell.sum.is_some() => cell.sum == Some(seen.0 as i64),
                    Some(_) => seen == cell.value,
                };
                return holds.then_some(cell);
            }
            (Call::Cas { from, .. }, Outcome::NotSwapped) => return (cell.value != from).then_some(cell),
            (Call::Cas { from, to }, _) => {
                if cell.value != from {
                    return None;
                }
                cell.value = to;
            }
            (Call::Write(to), _) => cell.value = to,
            (Call::Add(amount), _) => cell.sum = Some(cell.sum.unwrap_or(0) + amount),
            (Call::Insert(element), _) if !cell.elements.contains(&element) => cell.elements.push(element),
            (Call::Remove(element), _) => cell.elements.retain(|&other| other != element),
            _ => {}
        }
        Some(cell)
    }
    fn extend(
        observations: &Observations,
        all: &[Observation],
        known: &dyn Fn(&Observation) -> bool,
        cells: &BTreeMap<Key, Cell>,
    ) -> bool {
        if !all.iter().any(known) {
            return true;
        }
        all.iter().enumerate().any(|(index, one)| {
            let comes_before = |other: &Observation| {
                other.session == one.session && known(other) && other.returned < Some(one.invoked)
            };
            if all.iter().any(comes_before) {
                return false;
            }
            let cell = cells.get(&one.key).cloned().unwrap_or_default();
            step(observations, one, &cell).is_some_and(|cell| {
                let mut cells = cells.clone();
                cells.insert(one.key, cell);
                extend(observations, &[&all[..index], &all[index + 1..]].concat(), known, &cells)
            })
        })
    }
    extend(observations, &all, &known, &BTreeMap::new())
}

fn is_sequential(observations: &Observations) -> bool {
    match judge("sequential", observations) {
        Verdict::Holds => true,
        Verdict::Broken(witness) => {
            assert!(!witness.operations.is_empty() && !witness.sentence.is_empty());
            false
        }
        Verdict::Unknown(unknown) => panic!("{unknown:?}"),
    }
}

/// Every history of so many operations, each one of `deeds`, in sessions of these lengths, one operation after
/// another in each session, the sessions side by side.
fn every(deeds: &[&str], sessions: &[usize], mut judge: impl FnMut(&Observations, &str)) {
    let count: usize = sessions.iter().sum();
    for number in 0..deeds.len().pow(count as u32) {
        let (mut number, mut text) = (number, String::new());
        for (session, &length) in sessions.iter().enumerate() {
            for place in 0..length {
                let deed = deeds[number % deeds.len()];
                number /= deeds.len();
                // No two events are the same, and an operation overlaps all that have the same place.
                let (call, returned) = (10 * place + session, 10 * place + 5 + session);
                text.push_str(&format!("c{} {deed} {call} {returned};", session + 1));
            }
        }
        judge(&history(&text), &text);
    }
}

#[test]
fn it_agrees_with_trying_every_order_on_every_small_history() {
    let mut verdicts = [0; 2];
    let mut compare = |observations: &Observations, text: &str| {
        let expected = brute_force(observations);
        assert_eq!(is_sequential(observations), expected, "{text}");
        verdicts[usize::from(expected)] += 1;
    };
    let register = ["r-", "r1", "r2", "w1", "w2", "w1?", "s1>2", "s1>2?", "n1>2", "w-"];
    for sessions in [&[4][..], &[2, 2], &[3, 1], &[2, 1, 1]] {
        every(&register, sessions, &mut compare);
    }
    let two_keys = ["r-", "r1", "w1", "w1?", "k2:r-", "k2:r1", "k2:w1", "k2:w1?"];
    for sessions in [&[2, 2][..], &[2, 3], &[2, 2, 1]] {
        every(&two_keys, sessions, &mut compare);
    }
    for kind in [&["r-", "r1", "r2", "a1", "a2?", "a-1"][..], &["m", "m1", "m1,2", "i1", "i2?", "d1", "d1?"]]
    {
        for sessions in [&[2, 2][..], &[1, 3], &[2, 1, 1]] {
            every(kind, sessions, &mut compare);
        }
    }
    assert!(verdicts[0] > 30_000 && verdicts[1] > 10_000, "{verdicts:?}");
}

#[test]
fn it_agrees_with_trying_every_order_on_larger_histories() {
    let mut verdicts = [0; 2];
    let mut numbers = Numbers(1);
    for seed in 0..30_000 {
        let shape = Shape {
            clients: 2 + numbers.below(3) as u32,
            keys: 1 + numbers.below(2) as u32,
            operations: 7,
            values: [0, 2, 3][numbers.below(3) as usize],
            unknown: [0, 3][numbers.below(2) as usize],
        };
        let mut observations = correct(shape, seed);
        spoil(&mut observations, seed);
        if numbers.one_in(3) {
            // Several operations of a session at once.
            for operation in &mut observations.operations {
                operation.session.0 %= 2;
            }
        }
        let expected = brute_force(&observations);
        assert_eq!(is_sequential(&observations), expected, "seed {seed}: {:#?}", observations.operations);
        verdicts[usize::from(expected)] += 1;
    }
    assert!(verdicts[0] > 3_000 && verdicts[1] > 3_000, "{verdicts:?}");
}

#[test]
fn the_cases_of_the_literature() {
    let verdict = |text: &str| judge("sequential", &history(text)).name();
    // Bouajjani, Enea, Guerraoui and Hamza (POPL 2017), figure 2, a, c and e.
    assert_eq!(verdict("c1 w1 0 1; c1 r2 4 5; c2 w2 2 3; c2 r1 6 7"), "broken");
    assert_eq!(verdict("c1 w1 0 1; c2 w2 2 3; c2 r1 4 5; c2 r2 6 7"), "broken");
    assert_eq!(verdict("c1 w1 0 1; c1 k2:w1 2 3; c2 k2:r1 4 5; c2 w2 6 7; c3 r2 8 9; c3 r1 10 11"), "broken");
    // A completed read of a value whose write begins later.
    assert_eq!(verdict("c1 r1 0 10; c2 w1 20 30"), "holds");
    // Stale, and nobody can tell.
    assert_eq!(verdict("c1 w1 0 1; c1 w2 2 3; c2 r1 10 11; c2 r2 12 13"), "holds");
    // The store buffers of Dekker's algorithm.
    assert_eq!(verdict("c1 w1 0 1; c1 k2:r- 2 3; c2 k2:w1 0 1; c2 r- 2 3"), "broken");
    // Each key alone would do.
    assert_eq!(
        verdict("c1 w1 0 1; c2 k2:w1 2 3; c3 r1 4 5; c3 k2:r- 6 7; c4 k2:r1 4 5; c4 r- 6 7"),
        "broken",
        "two readers see two independent writes in two orders"
    );
    assert_eq!(verdict("c1 m1,2 0 1"), "broken", "a register holds one value");
}

#[test]
fn a_witness_is_small_and_speaks_of_sessions() {
    let text = "c1 w7 0 1; c2 r7 2 3; c1 w1 10 11; c1 k2:r- 12 13; c2 k2:w1 10 11; c2 r7 12 14; c3 r1 20 21";
    let Verdict::Broken(witness) = judge("sequential", &history(text)) else { panic!("it is broken") };
    assert_eq!(
        witness.sentence,
        "No single order of all operations that keeps each session's own order explains this: c1's write of v7 to k1, \
         then write of v1 to k1, then read of k2 returned nothing; c2's write of v1 to k2, then read of k1 returned v7"
    );
    assert_eq!(witness.event, Some(14));
    // Of two violations the one is named that was certain first, even if the other is found sooner.
    let twice = format!("{text}; c4 r9 100 101; c5 w5 2 3; c5 w6 4 5; c5 r5 200 201");
    let Verdict::Broken(first) = judge("sequential", &history(&twice)) else { panic!("it is broken") };
    assert_eq!((first.event, &first.sentence), (Some(14), &witness.sentence));
    // Without any of the operations named there is an order.
    for &left_out in &witness.operations {
        let mut rest = history(text);
        rest.operations.retain(|one| one.id != left_out && witness.operations.contains(&one.id));
        for (index, operation) in rest.operations.iter_mut().enumerate() {
            operation.id = netsplit_sim::ids::OpId(index as u32);
        }
        let is_read = history(text).operations[left_out.index()].call == Call::Read;
        assert!(!is_read || judge("sequential", &rest).name() == "holds", "{left_out:?}");
    }
}

#[test]
fn long_histories_are_decided() {
    for (operations, clients, keys) in [(2_000, 5, 3), (1_000, 8, 1), (20_000, 5, 16)] {
        let shape = Shape { clients, keys, operations, values: 0, unknown: 50 };
        let observations = correct(shape, 5);
        assert_eq!(judge("sequential", &observations), Verdict::Holds);
        // A run in which everything that a session sees is late, so that nothing is linearizable.
        let late = late(&observations);
        assert_eq!(judge("linearizable", &late).name(), "broken");
        let verdict = (sequential::CHECKER.check)(&Input::of(&late), crate::DEFAULT_BUDGET);
        assert_eq!(verdict, Verdict::Holds, "{operations}");
    }
    let shape = Shape { clients: 5, keys: 3, operations: 2_000, values: 0, unknown: 50 };
    let (mut broken, mut unknown) = (0, 0);
    for seed in 0..40 {
        let mut observations = late(&correct(shape, seed));
        spoil(&mut observations, seed);
        match judge("sequential", &observations) {
            Verdict::Broken(witness) => {
                assert!(witness.operations.len() < 12, "{}", witness.sentence);
                broken += 1;
            }
            Verdict::Unknown(_) => unknown += 1,
            Verdict::Holds => {}
        }
    }
    assert!(broken > 20 && unknown < 4, "{broken} broken, {unknown} unknown");
}

/// The same answers to clients of which each lives later than the one before.
fn late(observations: &Observations) -> Observations {
    let mut late = observations.clone();
    let far = observations.operations.iter().filter_map(|one| one.returned.max(Some(one.invoked))).max();
    let far = far.unwrap_or(0) / 7 + 1;
    for operation in &mut late.operations {
        let by = u64::from(operation.session.0) * far * 10;
        operation.invoked = operation.invoked * 10 + by + u64::from(operation.session.0);
        operation.returned = operation.returned.map(|event| event * 10 + by + u64::from(operation.session.0));
    }
    late.operations.sort_by_key(|operation| operation.invoked);
    crate::testing::observations(late.operations)
}
