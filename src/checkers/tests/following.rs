//! The checkers on histories that grow and shrink, and the session guarantees on histories that keep or
//! break them.

use proptest::prelude::*;

use crate::observation::{Call, Observations, Outcome};
use crate::testing::{Numbers, Shape, as_run, correct, history, judge, spoil, until};
use crate::{DEFAULT_BUDGET, Input, LIVE, Live, Observations as Seen, Verdict};

fn any_shape() -> impl Strategy<Value = Shape> {
    (1..7u32, 1..4u32, 1..80usize, 0..6u64, 0..8u64).prop_map(
        |(clients, keys, operations, values, unknown)| Shape { clients, keys, operations, values, unknown },
    )
}

fn last_event(observations: &Observations) -> u64 {
    let events = observations.operations.iter().flat_map(|o| [Some(o.invoked), o.returned]);
    events.flatten().max().unwrap_or(0)
}

/// What the checkers say of the whole history.
fn whole(observations: &Observations) -> Vec<(&'static str, Verdict)> {
    let input = Input::of(observations);
    LIVE.iter().map(|checker| (checker.name, (checker.check)(&input, DEFAULT_BUDGET))).collect()
}

/// Makes queries of operations on different keys that were called one after the other: all of a query's are
/// called at one event and return at one.
fn into_queries(observations: &mut Observations, numbers: &mut Numbers) {
    let all = &mut observations.operations;
    let mut at = 0;
    while at < all.len() {
        let most = 1 + numbers.below(4) as usize;
        let mut end = at + 1;
        let fits = |end: usize| {
            let more = &all[end];
            more.returned.is_some() && all[at..end].iter().all(|part| part.key != more.key)
        };
        while all[at].returned.is_some() && end < all.len().min(at + most) && fits(end) {
            end += 1;
        }
        let parts = &mut all[at..end];
        let (first, returned) = (parts[0], parts.iter().filter_map(|part| part.returned).max());
        let returned_at = parts.iter().map(|part| part.returned_at).max().unwrap_or_default();
        if end > at + 1 {
            for part in parts {
                (part.session, part.invoked, part.invoked_at) =
                    (first.session, first.invoked, first.invoked_at);
                (part.returned, part.returned_at) = (returned, returned_at);
            }
        }
        at = end;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn following_a_run_gives_the_verdicts_of_the_whole(shape in any_shape(), spoilt: bool, seed: u64) {
        let mut observations = correct(shape, seed);
        if spoilt {
            spoil(&mut observations, seed ^ 2);
        }
        let end = last_event(&observations);
        let (mut live, mut numbers, mut now) = (Live::new(), Numbers(seed ^ 3), 0);
        for _ in 0..12 {
            // Mostly forwards by a little, sometimes back.
            now = if numbers.one_in(5) { numbers.below(now + 1) } else { (now + numbers.below(30)).min(end) };
            let seen = until(&observations, now);
            live.observe(&as_run(&seen));
            prop_assert_eq!(live.observations(), &seen);
            for (live, whole) in live.verdicts(None).into_iter().zip(whole(&seen)) {
                prop_assert_eq!(live, whole, "at {} of {:#?}", now, seen);
            }
            let points = crate::linearizable::points(&seen, DEFAULT_BUDGET).unwrap_or_default();
            prop_assert_eq!(live.points(), points);
        }
    }

    #[test]
    fn parts_of_queries_are_judged_as_operations(shape in any_shape(), spoilt: bool, seed: u64) {
        let mut observations = correct(shape, seed);
        into_queries(&mut observations, &mut Numbers(seed ^ 6));
        if spoilt {
            spoil(&mut observations, seed ^ 7);
        } else {
            prop_assert_eq!(judge("linearizable", &observations), Verdict::Holds);
        }
        let (mut live, mut numbers, mut now) = (Live::new(), Numbers(seed ^ 8), 0);
        for _ in 0..12 {
            now += numbers.below(30);
            let seen = until(&observations, now);
            live.observe(&as_run(&seen));
            for (live, whole) in live.verdicts(None).into_iter().zip(whole(&seen)) {
                prop_assert_eq!(live, whole, "at {} of {:#?}", now, seen);
            }
        }
    }

    #[test]
    fn what_behaves_like_one_copy_keeps_every_promise(shape in any_shape(), seed: u64) {
        let mut observations = correct(shape, seed);
        spoil(&mut observations, seed ^ 4);
        if judge("linearizable", &observations) == Verdict::Holds {
            for (name, verdict) in whole(&observations) {
                prop_assert!(!matches!(verdict, Verdict::Broken(_)), "{}: {:?} {:#?}", name, verdict, observations);
            }
        }
    }

    #[test]
    fn planted_anomalies_are_found(clients in 1..5u32, keys in 1..3u32, operations in 10..80usize, seed: u64) {
        let shape = Shape { clients, keys, operations, values: 0, unknown: 0 };
        let observations = correct(shape, seed);
        let mut numbers = Numbers(seed ^ 5);
        let all = &observations.operations;
        let reads: Vec<_> = all.iter().filter(|o| matches!(o.outcome, Outcome::Read(_))).collect();
        prop_assume!(!reads.is_empty());
        let read = reads[numbers.below(reads.len() as u64) as usize];
        let before = |later: u64| {
            all.iter().filter(move |o| o.key == read.key && o.returned.is_some_and(|returned| returned < later))
        };
        let same_session = |later: u64| before(later).filter(|o| o.session == read.session);
        let written = |value| all.iter().find(move |o| o.may_update() && o.call.writes() == Some(value));
        // A value that was surely replaced before an update was called; it may be the one that the key began with.
        let older_than = |invoked: u64| {
            let olds = before(invoked).filter(|o| o.is_acknowledged_update()).filter_map(|o| o.call.writes());
            olds.min().unwrap_or(None)
        };
        if let Some(own) = same_session(read.invoked).rfind(|o| o.is_acknowledged_update()) {
            let mut spoilt = observations.clone();
            spoilt.operations[read.id.index()].outcome = Outcome::Read(older_than(own.invoked));
            let verdict = judge("read-your-writes-by-clock", &spoilt);
            prop_assert!(matches!(verdict, Verdict::Broken(_)), "{:?}", verdict);
        }
        let mut seen = same_session(read.invoked).filter_map(|o| match o.outcome {
            Outcome::Read(value @ Some(_)) => written(value),
            _ => None,
        });
        if let Some(seen) = seen.next_back() {
            let mut spoilt = observations.clone();
            spoilt.operations[read.id.index()].outcome = Outcome::Read(older_than(seen.invoked));
            let verdict = judge("monotonic-reads-by-clock", &spoilt);
            prop_assert!(matches!(verdict, Verdict::Broken(_)), "{:?}", verdict);
        }
    }
}

#[test]
fn a_broken_promise_stays_broken_and_is_mended_by_a_rewind() {
    let observations = history("c1 w1 0 5; c1 w2 6 10; c2 r1 20 30; c1 w3 40 50; c2 r3 60 70");
    let mut live = Live::new();
    let mut names = Vec::new();
    for now in [10, 30, 50, 70, 25, 30] {
        live.observe(&as_run(&until(&observations, now)));
        names.push(live.verdicts(None)[0].1.name());
    }
    assert_eq!(names, ["holds", "broken", "broken", "broken", "holds", "broken"]);
}

#[test]
fn another_future_of_the_same_length_is_noticed() {
    let one = history("c1 w1 0 5; c1 w2 6 10; c2 r2 20 30");
    let other = history("c1 w1 0 5; c1 w2 6 10; c2 r1 20 30");
    let mut live = Live::new();
    for (run, expected) in [(&one, "holds"), (&other, "broken"), (&one, "holds")] {
        live.observe(&as_run(run));
        assert_eq!(live.verdicts(None)[0].1.name(), expected);
    }
}

#[test]
fn names_are_used_and_survive_a_reset() {
    let observations = history("c1 w1 0 5; c2 k2:w9 6 7; c2 r- 20 30");
    let mut live = Live::with_names(vec!["ann".into(), "bob".into()], vec!["stock".into()]);
    for _ in 0..2 {
        live.observe(&as_run(&observations));
        assert_eq!(
            live.verdicts(None)[0].1.sentence(),
            "bob's read of stock began 15.0 ms after ann's write of v1 was acknowledged, and still returned nothing"
        );
        live.reset();
    }
}

#[test]
fn an_observer_of_nothing_says_that_all_is_well() {
    let live = Live::new();
    let names: Vec<_> = live.verdicts(None).iter().map(|(_, verdict)| verdict.name()).collect();
    assert_eq!(names, ["holds", "holds", "holds", "holds", "unknown"]);
    assert!(live.points().is_empty());
    assert_eq!(live.observations().operations, Seen::default().operations);
}

#[test]
fn a_long_run_is_followed_and_its_violation_found_at_once() {
    // Ten thousand operations on one key, some of unknown outcome, and a stale read at the end.
    let shape = Shape { clients: 5, keys: 1, operations: 10_000, values: 0, unknown: 30 };
    let mut observations = correct(shape, 11);
    let mut live = Live::new();
    live.observe(&as_run(&observations));
    assert_eq!(live.verdicts(None)[0].1, Verdict::Holds);
    let reads =
        |o: &&mut crate::observation::Observation| o.call == Call::Read && o.outcome != Outcome::Pending;
    let last = observations.operations.iter_mut().rev().find(reads).expect("a read");
    last.outcome = Outcome::Read(None);
    let id = last.id;
    live.reset();
    live.observe(&as_run(&observations));
    let (_, Verdict::Broken(witness)) = &live.verdicts(None)[0] else { panic!("broken") };
    assert!(witness.operations.contains(&id), "{}", witness.sentence);
}
