//! Bounded staleness against its definition, word for word.

use netsplit_sim::ids::{OpId, Value};
use netsplit_sim::time::{Span, Time};

use crate::bounded_staleness::{Bounds, CHECKER, Staleness, staleness};
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::testing::{Numbers, Shape, correct, history, judge, spoil};
use crate::{DEFAULT_BUDGET, Input, Verdict};

fn check(observations: &Observations, versions: u32, within: Span) -> Verdict {
    let input = Input { bounds: Bounds { versions, within }, ..Input::of(observations) };
    (CHECKER.check)(&input, DEFAULT_BUDGET)
}

/// The operations that may have written a value of a key, as was known just after an event.
fn writers<'a>(
    all: &'a Observations,
    like: &Observation,
    value: Option<Value>,
    event: u64,
) -> Vec<&'a Observation> {
    let key = like.key;
    let is_void =
        |one: &Observation| !one.may_update() && one.returned.is_some_and(|returned| returned <= event);
    let wrote = |one: &&Observation| {
        one.key == key && one.invoked <= event && one.call.writes() == Some(value) && !is_void(one)
    };
    all.operations.iter().filter(wrote).collect()
}

/// From which event on a value was surely in effect, as was known just after another.
fn in_effect(all: &Observations, like: &Observation, value: Option<Value>, event: u64) -> Option<u64> {
    let of_writer = |writer: &Observation| {
        let acknowledged = writer.returned.filter(|&at| writer.outcome == Outcome::Done && at <= event);
        let saw = |one: &&Observation| {
            let found = match (one.call, one.outcome) {
                (Call::Read, Outcome::Read(found)) => Some(found),
                (Call::Cas { from, .. }, Outcome::Done) => Some(from),
                _ => None,
            };
            let at = one.returned.unwrap_or(u64::MAX);
            let only =
                || writers(all, like, value, at).iter().map(|one| one.id).collect::<Vec<_>>() == [writer.id];
            one.key == like.key && value.is_some() && found == Some(value) && at <= event && only()
        };
        let seen = all.operations.iter().filter(saw).filter_map(|one| one.returned).min();
        acknowledged.into_iter().chain(seen).min()
    };
    let writers = writers(all, like, value, event);
    if writers.is_empty() {
        // The beginning was in effect before everything; what nobody wrote never was.
        return value.is_none().then_some(0);
    }
    writers.into_iter().map(of_writer).collect::<Option<Vec<_>>>()?.into_iter().max().map(|at| at + 1)
}

/// How far a read is behind: the surely newer writes that were acknowledged before it was called.
fn newer<'a>(all: &'a Observations, read: &Observation) -> Vec<&'a Observation> {
    let (Outcome::Read(value), Some(returned)) = (read.outcome, read.returned) else { return Vec::new() };
    let Some(since) = in_effect(all, read, value, returned) else { return Vec::new() };
    let is_newer = |one: &&Observation| {
        one.key == read.key
            && one.outcome == Outcome::Done
            && one.call.is_update()
            && one.invoked >= since
            && one.returned < Some(read.invoked)
    };
    all.operations.iter().filter(is_newer).collect()
}

#[test]
fn it_is_its_definition() {
    let (mut stale, mut most) = (0, 0);
    let mut numbers = Numbers(7);
    for seed in 0..20_000 {
        let values = [0, 3][numbers.below(2) as usize];
        let shape = Shape { clients: 3, keys: 2, operations: 16, values, unknown: 6 };
        let mut observations = correct(shape, seed);
        spoil(&mut observations, seed);
        let mut expected = Staleness::default();
        for read in &observations.operations {
            let newer = newer(&observations, read);
            let Some(first) = newer.iter().min_by_key(|one| one.returned) else { continue };
            expected.versions = expected.versions.max(newer.len() as u32);
            expected.within = expected.within.max(read.invoked_at.since(first.returned_at));
            expected.events = expected.events.max(read.invoked - first.returned.expect("acknowledged"));
        }
        let found = staleness(&observations);
        assert_eq!(Staleness { worst: None, ..found }, expected, "seed {seed}");
        assert_eq!(found.worst.is_some(), found.versions > 0);
        // The bounds that it tells are kept, and are the tightest.
        let Staleness { versions, within, .. } = found;
        assert_eq!(check(&observations, versions, within), Verdict::Holds);
        if versions > 0 {
            stale += 1;
            most = most.max(versions);
            assert_eq!(check(&observations, versions - 1, within).name(), "broken");
            assert_eq!(check(&observations, versions, Span(within.0 - 1)).name(), "broken");
        }
        if judge("linearizable", &observations) == Verdict::Holds {
            assert_eq!(found, Staleness::default(), "seed {seed}");
        }
    }
    assert!(stale > 1_000 && most >= 3, "{stale} {most}");
}

#[test]
fn a_witness_says_by_how_much() {
    let text = "c1 w1 0 1; c1 w2 10 11; c1 w3 20 21; c2 r1 61 62; c2 r2 70 71; c2 r3 80 81";
    let observations = history(text);
    let found = staleness(&observations);
    let expected = Staleness { versions: 2, within: Span::from_ms(50), events: 50, worst: Some(OpId(3)) };
    assert_eq!(found, expected);
    let Verdict::Broken(witness) = check(&observations, 1, Span::from_s(1)) else { panic!("it is broken") };
    assert_eq!(
        witness.sentence,
        "c2's read of k1 began 50.0 ms after c1's write of v2 was acknowledged, and still returned the older value v1, \
         which was 2 versions behind; allowed: 1 version and 1000.0 ms"
    );
    assert_eq!(witness.operations, [OpId(0), OpId(1), OpId(3)]);
    assert_eq!((witness.event, witness.at), (Some(62), Some(Time(62_000_000))));
    assert_eq!(check(&observations, 2, Span::from_ms(50)), Verdict::Holds);
    let Verdict::Broken(witness) = check(&observations, 9, Span::from_ms(49)) else { panic!("it is broken") };
    assert!(witness.sentence.ends_with("allowed: 9 versions and 49.0 ms"), "{}", witness.sentence);
    // Without a clock only versions count.
    let mut clockless = observations;
    clockless.clock = false;
    assert_eq!(check(&clockless, 2, Span::ZERO), Verdict::Holds);
    assert_eq!(staleness(&clockless), Staleness { within: Span::ZERO, ..expected });
}

#[test]
fn only_registers_are_judged_and_siblings_by_the_newest() {
    let verdict = |text: &str| check(&history(text), 0, Span::ZERO);
    assert_eq!(verdict("c1 w1 0 1; c1 w2 2 3; c2 m1,2 4 5"), Verdict::Holds);
    assert_eq!(verdict("c1 w1 0 1; c1 w2 2 3; c1 w3 4 5; c2 m1,2 6 7").name(), "broken");
    assert_eq!(
        verdict("c1 i1 0 1; c2 m 2 3").sentence(),
        "k1 is not a register, and c2's read of it does not tell which version it saw"
    );
    assert_eq!(verdict("c1 i1 0 1; c2 k2:r- 2 3"), Verdict::Holds);
}
