//! Anomalies of every class, planted in histories of stores that keep the model: each is found, and named.
//!
//! A store has one copy for each session, which is served by it alone. Writes travel from copy to copy and arrive
//! late: in the order in which the sender made them (PRAM), or after all that the sender had seen (causal). A copy
//! that takes what arrives last shows each session one order of its own; one that takes the newest timestamp agrees with
//! all others in the end.

use std::collections::BTreeMap;

use netsplit_sim::ids::{OpId, Value};

use crate::observation::{Call, Observation, Observations, Outcome};
use crate::testing::{Numbers, judge, observations, operation};
use crate::{Verdict, models};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    /// Each sender's writes arrive in order.
    Pipelined,
    /// And after all that the sender had seen; the last to arrive wins.
    Causal,
    /// The same; the newest timestamp wins.
    Convergent,
}

#[derive(Clone, Debug)]
struct Update {
    key: u32,
    value: Value,
    stamp: (u64, usize),
    /// How many writes of each session the sender had seen.
    seen: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
struct Copy {
    held: BTreeMap<u32, (Value, (u64, usize))>,
    /// How many writes of each session have arrived.
    arrived: Vec<usize>,
    clock: u64,
}

impl Copy {
    fn take(&mut self, update: &Update, from: usize, store: Store) {
        self.arrived[from] += 1;
        self.clock = self.clock.max(update.stamp.0);
        let newest = self.held.get(&update.key).is_none_or(|&(_, stamp)| stamp < update.stamp);
        if store != Store::Convergent || newest {
            self.held.insert(update.key, (update.value, update.stamp));
        }
    }
}

/// The history of a store: one operation after another, of which some last a while.
fn run(store: Store, sessions: usize, keys: u64, count: usize, seed: u64) -> Observations {
    let mut numbers = Numbers(seed);
    let copy = Copy { arrived: vec![0; sessions], ..Copy::default() };
    let (mut copies, mut sent) = (vec![copy; sessions], vec![Vec::<Update>::new(); sessions]);
    let mut operations = Vec::new();
    for index in 0..count {
        for _ in 0..numbers.below(6) {
            let (to, from) =
                (numbers.below(sessions as u64) as usize, numbers.below(sessions as u64) as usize);
            let Some(update) = sent[from].get(copies[to].arrived[from]) else { continue };
            let is_due = (0..sessions).all(|other| update.seen[other] <= copies[to].arrived[other]);
            if to != from && (store == Store::Pipelined || is_due) {
                copies[to].take(update, from, store);
            }
        }
        let (session, key) = (numbers.below(sessions as u64) as usize, numbers.below(keys) as u32);
        let copy = &mut copies[session];
        let (call, outcome) = if numbers.one_in(3) {
            let value = Value(index as u64 + 1);
            let seen = copy.arrived.clone();
            let update = Update { key, value, stamp: (copy.clock + 1 + numbers.below(50), session), seen };
            copy.take(&update, session, store);
            sent[session].push(update);
            (Call::Write(Some(value)), Outcome::Done)
        } else {
            (Call::Read, Outcome::Read(copy.held.get(&key).map(|&(value, _)| value)))
        };
        let event = 2 * index as u64 + 1;
        operations.push(operation(session as u32, key, call, outcome, event, Some(event + 1)));
    }
    observations(operations)
}

/// What each of the stores keeps.
fn keeps(store: Store) -> Vec<&'static str> {
    let mut all = vec!["read-your-writes", "monotonic-reads", "monotonic-writes"];
    all.extend(match store {
        Store::Pipelined => &["pram"][..],
        Store::Causal => &["pram", "causal-memory", "causal", "writes-follow-reads"],
        Store::Convergent => &["causal-convergence", "causal", "writes-follow-reads"],
    });
    all
}

const STORES: [Store; 3] = [Store::Pipelined, Store::Causal, Store::Convergent];

#[test]
fn each_store_keeps_its_model_and_no_more() {
    for store in STORES {
        let mut broken: BTreeMap<&str, u32> = BTreeMap::new();
        for seed in 0..60 {
            let seen = run(store, 2 + (seed % 4) as usize, 1 + seed % 3, 30 + seed as usize * 5, seed);
            for model in models::MODELS {
                let verdict = judge(model.checker, &seen);
                if keeps(store).contains(&model.checker) {
                    assert_eq!(verdict, Verdict::Holds, "{store:?} {}", model.checker);
                } else {
                    *broken.entry(model.checker).or_default() +=
                        u32::from(matches!(verdict, Verdict::Broken(_)));
                }
            }
        }
        let more: &[&str] = match store {
            Store::Pipelined => &["causal", "writes-follow-reads", "causal-memory", "causal-convergence"],
            Store::Causal => &["causal-convergence", "sequential", "linearizable"],
            Store::Convergent => &["sequential", "linearizable"],
        };
        for model in more {
            assert!(broken[model] > 2, "{store:?} {broken:?}");
        }
    }
}

/// The operations of one session before another one of it.
fn before(seen: &Observations, later: OpId) -> impl Iterator<Item = &Observation> {
    let session = seen.operations[later.index()].session;
    seen.operations[..later.index()].iter().filter(move |operation| operation.session == session)
}

/// The write that a read saw.
fn source<'a>(seen: &'a Observations, read: &Observation) -> Option<&'a Observation> {
    let Outcome::Read(Some(value)) = read.outcome else { return None };
    seen.operations.iter().find(|operation| operation.call == Call::Write(Some(value)))
}

fn writes(operation: &&Observation) -> bool {
    operation.call.is_update()
}

/// What a read has to return so that it breaks a guarantee, and that write, or `None` for nothing.
fn spoilt(seen: &Observations, read: &Observation, guarantee: &str) -> Option<Option<Value>> {
    if read.call != Call::Read {
        return None;
    }
    let on_key = |operation: &&Observation| operation.key == read.key;
    let touched = before(seen, read.id).any(|operation| operation.key == read.key);
    // The writes of a session that it made before one of its operations.
    let made = |until: OpId| before(seen, until).filter(on_key).filter(writes).collect::<Vec<_>>();
    match guarantee {
        "read-your-writes" => match made(read.id)[..] {
            [.., older, _] => Some(older.call.writes().flatten()),
            [_] => Some(None),
            [] => None,
        },
        "monotonic-reads" => {
            let saw = before(seen, read.id).filter(on_key).filter_map(|other| source(seen, other));
            let others = saw.filter(|write| write.session != read.session);
            let older = others.filter_map(|write| made(write.id).last().copied()).last()?;
            made(read.id).is_empty().then(|| older.call.writes().flatten())
        }
        "monotonic-writes" => {
            let saw = before(seen, read.id).filter_map(|other| source(seen, other));
            let mut told = saw.filter(|write| write.session != read.session && write.key != read.key);
            (!touched && told.any(|write| !made(write.id).is_empty())).then_some(None)
        }
        _ => {
            let saw = || before(seen, read.id).filter_map(|other| source(seen, other));
            let had_read = |write: &Observation| {
                before(seen, write.id)
                    .filter(on_key)
                    .any(|other| source(seen, other).is_some_and(|from| from.session != write.session))
            };
            let is_told = saw().any(|write| !made(write.id).is_empty());
            let mut told = saw().filter(|write| write.session != read.session && write.key != read.key);
            (!touched && !is_told && told.any(had_read)).then_some(None)
        }
    }
}

#[test]
fn each_guarantee_that_is_broken_in_one_place_is_named() {
    for guarantee in ["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"] {
        let mut planted = 0;
        let keys = if guarantee == "monotonic-writes" { 6 } else { 3 };
        for seed in 0..3_000 {
            if planted >= 60 {
                break;
            }
            let seen = run(STORES[1 + seed as usize % 2], 4, keys, 120, seed);
            for read in &seen.operations {
                let Some(value) = spoilt(&seen, read, guarantee) else { continue };
                let mut seen = seen.clone();
                seen.operations[read.id.index()].outcome = Outcome::Read(value);
                planted += 1;
                let Verdict::Broken(witness) = judge(guarantee, &seen) else {
                    panic!("{guarantee} {read:?} {value:?}");
                };
                assert_eq!(witness.event, read.returned, "{guarantee} {witness:?}");
                assert!(witness.operations.contains(&read.id), "{witness:?}");
                assert!(witness.operations.len() <= 6, "{witness:?}");
                let what = value.map_or("nothing".into(), |value| format!("the older value v{}", value.0));
                assert!(witness.sentence.ends_with(&format!("returned {what}")), "{}", witness.sentence);
                assert!(matches!(judge("causal", &seen), Verdict::Broken(_)), "{guarantee}");
                let pram = judge("pram", &seen);
                let implied = guarantee != "writes-follow-reads";
                assert!(!implied || matches!(pram, Verdict::Broken(_)), "{guarantee}");
            }
        }
        assert!(planted >= 60, "{guarantee} {planted}");
    }
}

#[test]
fn what_breaks_a_stronger_model_is_found_behind_a_long_history() {
    for (text, model, store) in [
        ("Wz901 Rz902 | Wz902 Rz901", "causal-convergence", Store::Convergent),
        (
            "Wz901 . Rz902 Wz903 . . . | . Wz902 . . | . . . . Rz903 Rz901 Rz902",
            "causal-memory",
            Store::Causal,
        ),
        ("Wz901 | Wz902 Rz901 Rz902", "pram", Store::Pipelined),
        ("Rz901 Wz902 | Rz902 Wz901", "causal", Store::Causal),
        ("Rz999", "causal", Store::Convergent),
    ] {
        for seed in 0..10 {
            let seen = run(store, 4, 3, 200, seed);
            assert_eq!(judge(model, &seen), Verdict::Holds);
            let mut operations = seen.operations;
            let more = models::observations(text).expect("well formed").operations;
            let later = operations.len() as u64 * 2 + 1;
            operations.extend(more.iter().map(|&operation| Observation {
                key: netsplit_sim::ids::Key(7),
                invoked: operation.invoked + later,
                returned: operation.returned.map(|returned| returned + later),
                ..operation
            }));
            let Verdict::Broken(witness) = judge(model, &observations(operations)) else { panic!("{model}") };
            assert!(
                witness.operations.iter().all(|&operation| operation >= OpId(200)),
                "{model} {witness:?}"
            );
        }
    }
}
