//! Why a history is not linearizable, in one sentence that a student understands.
//!
//! The search says at which return no order was left. Most such histories contain one of a few simple
//! shapes (a stale read, a value from the future, new before old, two winners of one race), each of
//! which is a contradiction by itself and is looked for first. Otherwise [`crate::shrink`] finds a
//! smallest set of answers that can't all be true, and the sentence lists them.

use std::collections::BTreeMap;

use netsplit_sim::ids::Value;

use crate::events::{self, Event};
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::shrink;
use crate::tally;
use crate::verdict::Witness;
use crate::words::Words;

/// How many operations a sentence names at most.
const NAMED: usize = 6;

/// The witness that no order explains the history up to the return `event`.
pub(crate) fn witness(observations: &Observations, event: Event) -> Witness {
    let key = observations.operations[event.operation.index()].key;
    let operations: Vec<Observation> =
        events::until(observations, event.number).filter(|operation| operation.key == key).collect();
    let operations = as_one_value(observations, operations);
    let last = operations.iter().find(|operation| operation.id == event.operation);
    let last = *last.expect("an operation was called before it returned");
    let mut writers: BTreeMap<_, Vec<Observation>> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.may_update() && operation.id != last.id) {
        writers.entry(operation.call.writes().unwrap_or_default()).or_default().push(*operation);
    }
    let words = Words::until(observations, event.number);
    let scene = Scene { operations: &operations, writers: &writers, last, words };
    let (involved, sentence) = scene.shape().unwrap_or_else(|| scene.list(observations));
    let mut operations: Vec<_> = involved.iter().map(|operation| operation.id).collect();
    operations.sort_unstable();
    operations.dedup();
    let at = observations.clock.then_some(last.returned_at);
    Witness { operations, nodes: Vec::new(), event: Some(event.number), at, sentence }
}

type Found = (Vec<Observation>, String);

/// The operations of one key up to the return of the last one, which fits nowhere.
#[derive(Clone, Copy)]
struct Scene<'a> {
    operations: &'a [Observation],
    /// Those, besides the last one, that may have written a value.
    writers: &'a BTreeMap<Option<Value>, Vec<Observation>>,
    last: Observation,
    words: Words<'a>,
}

impl<'a> Scene<'a> {
    fn shape(self) -> Option<Found> {
        if let Some(found) = self.siblings() {
            return Some(found);
        }
        if self.operations.iter().any(|operation| operation.call.builds() && operation.may_update()) {
            return tally::refuted(self.words, self.operations, &self.last);
        }
        match (self.last.call, self.last.outcome) {
            (Call::Read, Outcome::Read(value)) => self
                .out_of_nowhere(value)
                .or_else(|| self.stale(value))
                .or_else(|| self.new_then_old(value))
                .or_else(|| self.there_and_back(value)),
            (Call::Cas { from, to }, Outcome::Done) => {
                self.out_of_nowhere(from).or_else(|| self.stale(from)).or_else(|| self.two_winners(from, to))
            }
            (Call::Cas { from, to }, Outcome::NotSwapped) => {
                self.seen_though_void(to).or_else(|| self.refused_for_nothing(from))
            }
            (call, Outcome::Refused) => self.seen_though_void(call.writes()?),
            _ => None,
        }
    }

    /// The operations, besides the last one, that may have written a value.
    fn writers(self, value: Option<Value>) -> &'a [Observation] {
        self.writers.get(&value).map_or(&[], Vec::as_slice)
    }

    /// The event from which on a value was surely in effect wherever it came from, and the operations that
    /// show it. What was called later is newer. It is the return of the last of its writers, or, if there is
    /// only one, of the first read that saw it. The value that a key begins with is older than everything.
    fn in_effect(self, value: Option<Value>) -> Option<(u64, Vec<Observation>)> {
        let writers = self.writers(value);
        let mut shown = writers.to_vec();
        if writers.is_empty() {
            return value.is_none().then_some((0, shown));
        }
        let acknowledged = |writer: &Observation| writer.returned.filter(|_| writer.outcome == Outcome::Done);
        let mut since = writers.iter().try_fold(0, |latest, writer| Some(acknowledged(writer)?.max(latest)));
        let saw = |read: &&Observation| read.outcome == Outcome::Read(value) && read.id != self.last.id;
        if let Some(first) = self.operations.iter().filter(saw).min_by_key(|read| read.returned)
            && self.is_written_once(value)
            && since.is_none_or(|since| first.returned < Some(since))
        {
            since = first.returned;
            shown.push(*first);
        }
        Some((since?, shown))
    }

    /// Whether a value was there only once: begun with, or written by one operation.
    fn is_written_once(self, value: Option<Value>) -> bool {
        self.writers(value).len() == usize::from(value.is_some())
    }

    /// Several values at once, on a key that is no set.
    fn siblings(self) -> Option<Found> {
        let (words, last) = (self.words, &self.last);
        let Outcome::Values(id) = last.outcome else { return None };
        let (values, is_set) = (words.observations.values_of(id), self.operations.iter().any(is_of_set));
        if values.len() < 2 || is_set {
            return None;
        }
        let origins = values.iter().map(|&value| match self.writers(Some(value)) {
            [] => format!("{}, which nobody had written", words.value(last.key, Some(value))),
            [writer, ..] => format!("{} ({})", words.deed(writer), words.interval(writer)),
        });
        let sentence = format!(
            "{} of {} returned {} at once, and a register never shows two values at once: they are {}",
            words.action(last),
            words.key(last.key),
            words.values(last.key, values),
            origins.collect::<Vec<_>>().join(" and "),
        );
        let mut involved: Vec<Observation> =
            values.iter().filter_map(|&value| self.writers(Some(value)).first().copied()).collect();
        involved.push(*last);
        Some((involved, sentence))
    }

    /// A value that nobody had begun to write.
    fn out_of_nowhere(self, value: Option<Value>) -> Option<Found> {
        if value.is_none() || !self.writers(value).is_empty() {
            return None;
        }
        let (words, last) = (self.words, &self.last);
        let forged = value.is_some_and(|value| words.is_forged(value));
        let why = if forged { "which nobody ever wrote" } else { "before anyone had called a write of it" };
        let sentence = format!(
            "{} of {} {} {} {}, {why}",
            words.action(last),
            words.key(last.key),
            found(last),
            words.value(last.key, value),
            words.return_of(last),
        );
        Some((vec![self.last], sentence))
    }

    /// An older value after a newer write was acknowledged.
    fn stale(self, value: Option<Value>) -> Option<Found> {
        let (since, mut involved) = self.in_effect(value)?;
        let newer = self.operations.iter().filter(|newer| {
            newer.is_acknowledged_update()
                && newer.call.writes() != Some(value)
                && precedes(newer, &self.last)
                && is_newer(newer, since)
        });
        let newer = newer.max_by_key(|newer| newer.returned)?;
        let (words, last) = (self.words, &self.last);
        let sentence = format!(
            "{} of {} began {} {} was acknowledged, and still {} {}",
            words.action(last),
            words.key(last.key),
            words.gap(newer, last),
            words.deed(newer),
            found(last),
            words.older(last.key, value),
        );
        involved.extend([*newer, *last]);
        Some((involved, sentence))
    }

    /// One read saw a new value, and a later one an older value.
    fn new_then_old(self, value: Option<Value>) -> Option<Found> {
        let (since, mut involved) = self.in_effect(value)?;
        let saw_newer = |read: &&Observation| {
            let Outcome::Read(Some(newer)) = read.outcome else { return false };
            let writers = self.writers(Some(newer));
            Some(newer) != value
                && precedes(read, &self.last)
                && !writers.is_empty()
                && writers.iter().all(|writer| is_newer(writer, since))
        };
        let first = *self.operations.iter().filter(saw_newer).max_by_key(|read| read.returned)?;
        let Outcome::Read(newer) = first.outcome else { return None };
        let (words, last) = (self.words, &self.last);
        let sentence = format!(
            "{} of {} returned {}; {} began {} that and returned {}",
            words.action(&first),
            words.key(last.key),
            words.value(last.key, newer),
            words.action(last),
            words.gap(&first, last),
            words.older(last.key, value),
        );
        involved.extend_from_slice(self.writers(newer));
        involved.extend([first, *last]);
        Some((involved, sentence))
    }

    /// Three reads, one after another, saw a value, another one, and the first again.
    fn there_and_back(self, value: Option<Value>) -> Option<Found> {
        if !self.is_written_once(value) {
            return None;
        }
        let reads = || self.operations.iter().filter(|read| matches!(read.outcome, Outcome::Read(_)));
        let before = |later: Observation| reads().filter(move |read| precedes(read, &later));
        let same = |read: &&Observation| read.outcome == self.last.outcome;
        let earliest = *before(self.last).filter(same).min_by_key(|read| read.returned)?;
        let others = before(self.last).filter(|read| !same(read) && precedes(&earliest, read));
        let second = others.max_by_key(|read| read.returned)?;
        let first = before(*second).filter(same).max_by_key(|read| read.returned)?;
        let Outcome::Read(other) = second.outcome else { return None };
        let (words, last) = (self.words, &self.last);
        let (old, new) = (words.value(last.key, value), words.value(last.key, other));
        let sentence = format!(
            "{} of {} returned {old}, then {} returned {new}, and then {} returned {old} again, which was there \
             only once",
            words.action(first),
            words.key(last.key),
            words.action(second),
            words.action(last),
        );
        let mut involved = [self.writers(value), self.writers(other)].concat();
        involved.extend([*first, *second, *last]);
        Some((involved, sentence))
    }

    /// Two compare-and-sets both replaced a value that was there only once.
    fn two_winners(self, from: Option<Value>, to: Option<Value>) -> Option<Found> {
        let replaced = |other: &&Observation| {
            let Call::Cas { from: found, to } = other.call else { return false };
            other.id != self.last.id && other.outcome == Outcome::Done && found == from && to != from
        };
        let other = self.operations.iter().filter(replaced).max_by_key(|other| other.returned)?;
        if to == from || !self.is_written_once(from) {
            return None;
        }
        let (words, last) = (self.words, &self.last);
        let what = match from {
            None => "found nothing there, and only one can have been the first".into(),
            Some(_) => format!("replaced {}, which was there only once", words.value(last.key, from)),
        };
        let (first, second) = (words.action(other), words.action(last));
        let sentence = format!("{first} and {second} of {} both {what}", words.key(last.key));
        let mut involved = self.writers(from).to_vec();
        involved.extend([*other, *last]);
        Some((involved, sentence))
    }

    /// Somebody saw the value of an operation that had no effect.
    fn seen_though_void(self, value: Option<Value>) -> Option<Found> {
        if value.is_none() || !self.writers(value).is_empty() {
            return None;
        }
        let saw = |other: &&Observation| match (other.call, other.outcome) {
            (_, Outcome::Read(seen)) => seen == value,
            (Call::Cas { from, .. }, Outcome::Done) => from == value,
            _ => false,
        };
        let seen = self.operations.iter().find(saw)?;
        let (words, last) = (self.words, &self.last);
        let sentence = format!(
            "{} of {} {} {}, but {} {}",
            words.action(seen),
            words.key(last.key),
            found(seen),
            words.value(last.key, value),
            words.deed(last),
            words.answer(last),
        );
        Some((vec![*seen, *last], sentence))
    }

    /// A compare-and-set failed although the key surely held what it expected.
    fn refused_for_nothing(self, from: Option<Value>) -> Option<Found> {
        let updates = || {
            let others = self.operations.iter().filter(|other| other.id != self.last.id);
            others.filter(|other| other.may_update())
        };
        let (words, last) = (self.words, &self.last);
        let began = format!("{} of {} failed", words.deed(last), words.key(last.key));
        if from.is_none() && updates().next().is_none() {
            return Some((vec![*last], format!("{began}, though nothing had been written")));
        }
        let settles = |writer: &&Observation| {
            writer.is_acknowledged_update()
                && writer.call.writes() == Some(from)
                && precedes(writer, last)
                && updates().all(|other| {
                    other.id == writer.id || other.outcome == Outcome::Done && precedes(other, writer)
                })
        };
        let writer = *updates().find(settles)?;
        let sentence = format!(
            "{began}, though it began {} {} was acknowledged, and nothing else was written since",
            words.gap(&writer, last),
            words.deed(&writer),
        );
        Some((vec![writer, *last], sentence))
    }

    /// No simple shape: a smallest set of answers that can't all be true.
    fn list(self, observations: &Observations) -> Found {
        let core = shrink::core(observations, self.operations);
        let involved: Vec<Observation> = core.iter().map(|&index| self.operations[index]).collect();
        let words = self.words;
        // The latest ones are the nearest to what went wrong.
        let skipped = involved.len().saturating_sub(NAMED);
        let named = involved[skipped..].iter().map(|operation| {
            format!("{} {} ({})", words.deed(operation), words.answer(operation), words.interval(operation))
        });
        let mut sentence = format!(
            "No order of the operations on {} explains these answers together: {}",
            words.key(self.last.key),
            named.collect::<Vec<_>>().join("; "),
        );
        if skipped > 0 {
            sentence.push_str(&format!("; and {skipped} earlier ones"));
        }
        (involved, sentence)
    }
}

/// On a key that is no set, a read that found one value in place of several is a plain read.
fn as_one_value(observations: &Observations, mut operations: Vec<Observation>) -> Vec<Observation> {
    if operations.iter().any(is_of_set) {
        return operations;
    }
    for operation in &mut operations {
        if let Outcome::Values(id) = operation.outcome
            && let one @ ([] | [_]) = observations.values_of(id)
        {
            operation.outcome = Outcome::Read(one.first().copied());
        }
    }
    operations
}

fn is_of_set(operation: &Observation) -> bool {
    matches!(operation.call, Call::Insert(_) | Call::Remove(_))
}

/// Whether one operation returned before another was called.
fn precedes(earlier: &Observation, later: &Observation) -> bool {
    earlier.returned.is_some_and(|returned| returned < later.invoked)
}

/// Whether an operation was called after this event; event zero is before everything.
fn is_newer(operation: &Observation, since: u64) -> bool {
    since == 0 || since < operation.invoked
}

/// How an operation came by a value.
fn found(operation: &Observation) -> &'static str {
    if operation.call == Call::Read { "returned" } else { "found" }
}
