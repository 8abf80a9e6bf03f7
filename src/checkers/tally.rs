//! Answers that the additions to a number, or the changes of one element of a set, refute by themselves.
//!
//! The search of [`crate::search`] would find each of these too; here they are found without trying any order,
//! and put in one sentence. What was acknowledged before a read began counts for it; what was still under way, or
//! ended without a known outcome, may count or not.

use netsplit_sim::ids::Value;

use crate::observation::{Call, Observation, Outcome};
use crate::sums::can_make;
use crate::words::Words;

/// The operations that refute a read and the sentence that says how; nothing if the read may be right. The
/// `operations` are those of its key, as known at the return of `read`.
pub(crate) fn refuted(
    words: Words<'_>,
    operations: &[Observation],
    read: &Observation,
) -> Option<(Vec<Observation>, String)> {
    let updates: Vec<Observation> =
        operations.iter().filter(|operation| operation.may_update()).copied().collect();
    let observations = words.observations;
    let scene = Scene { operations, updates: &updates, read, words };
    let all = |is: fn(&Call) -> bool| updates.iter().all(|update| is(&update.call));
    match read.outcome {
        Outcome::Read(value) if all(|call| matches!(call, Call::Add(_))) => scene.number(value),
        Outcome::Read(None) if all(is_of_set) => scene.elements(&[]),
        Outcome::Values(id) if all(is_of_set) => scene.elements(observations.values_of(id)),
        _ => None,
    }
}

fn is_of_set(call: &Call) -> bool {
    matches!(call, Call::Insert(_) | Call::Remove(_))
}

struct Scene<'a> {
    operations: &'a [Observation],
    /// Those that may have taken effect.
    updates: &'a [Observation],
    read: &'a Observation,
    words: Words<'a>,
}

type Found = (Vec<Observation>, String);

impl Scene<'_> {
    /// A number that no choice of the additions under way explains.
    fn number(&self, value: Option<Value>) -> Option<Found> {
        let (words, read) = (self.words, self.read);
        let found = value.map_or(Some(0), |value| words.observations.number(value))?;
        let (sure, open): (Vec<Observation>, Vec<Observation>) =
            self.updates.iter().partition(|update| is_done_before(update, read.invoked));
        let sum: i128 = sure.iter().map(|update| i128::from(amount(update))).sum();
        let parts: Vec<i64> = open.iter().map(amount).collect();
        if can_make(i128::from(found) - sum, &parts) {
            return self.backwards(value, found);
        }
        let others = match parts.len() {
            0 => "no other was under way".into(),
            1 => "the other one that may have counted can't explain the difference".into(),
            many => format!("the {many} others that may have counted can't explain the difference"),
        };
        let before = match sure.len() {
            0 => "no addition was acknowledged before it began".into(),
            _ => format!("the additions acknowledged before it began make {sum}"),
        };
        let sentence = format!(
            "{} of {} returned {}, but {before}, and {others}",
            words.action(read),
            words.key(read.key),
            words.value(read.key, value),
        );
        Some((sure.into_iter().chain([*read]).collect(), sentence))
    }

    /// A number that was higher before, though nobody takes away; or lower, though nobody adds.
    fn backwards(&self, value: Option<Value>, found: i64) -> Option<Found> {
        let (words, read) = (self.words, self.read);
        // Numbers wrap at 64 bits; sums that may have wrapped prove nothing.
        let widest = self.updates.iter().map(|update| i128::from(amount(update)).abs()).sum::<i128>();
        if widest > i128::from(i64::MAX) / 2 {
            return None;
        }
        let goes = |up: bool| {
            self.updates.iter().all(|update| matches!(update.call, Call::Add(amount) if (amount >= 0) == up))
        };
        let number = |earlier: &Observation| match earlier.outcome {
            Outcome::Read(Some(value)) => words.observations.number(value),
            _ => None,
        };
        let further = |earlier: &&Observation| {
            let further = |number: i64| (goes(true) && number > found) || (goes(false) && number < found);
            earlier.returned.is_some_and(|returned| returned < read.invoked)
                && number(earlier).is_some_and(further)
        };
        let earlier = self.operations.iter().find(further)?;
        let sentence = format!(
            "{} of {} {}; {} began {} that and returned {}, and all additions go the other way",
            words.action(earlier),
            words.key(read.key),
            words.answer(earlier),
            words.action(read),
            words.gap(earlier, read),
            words.value(read.key, value),
        );
        Some((vec![*earlier, *read], sentence))
    }

    /// An element that can't be there, or can't be missing.
    fn elements(&self, found: &[Value]) -> Option<Found> {
        let there = found
            .iter()
            .find_map(|&element| self.out_of_nowhere(element).or_else(|| self.still_there(element)));
        there.or_else(|| self.missing(found)).or_else(|| self.vanished(found))
    }

    fn of(&self, call: Call) -> impl Iterator<Item = &Observation> {
        self.updates.iter().filter(move |update| update.call == call)
    }

    /// An element that nobody had begun to insert.
    fn out_of_nowhere(&self, element: Value) -> Option<Found> {
        if self.of(Call::Insert(element)).next().is_some() {
            return None;
        }
        let (words, read) = (self.words, self.read);
        let why = if words.is_forged(element) {
            "which nobody ever wrote"
        } else {
            "before anyone had called an insertion of it"
        };
        let sentence = format!(
            "{} of {} returned {} {}, {why}",
            words.action(read),
            words.key(read.key),
            words.value(read.key, Some(element)),
            words.return_of(read),
        );
        Some((vec![*read], sentence))
    }

    /// An element that was surely removed after every insertion of it.
    fn still_there(&self, element: Value) -> Option<Found> {
        let removed = |removal: &&Observation| {
            is_done_before(removal, self.read.invoked)
                && self.of(Call::Insert(element)).all(|insertion| is_done_before(insertion, removal.invoked))
        };
        let removal = self.of(Call::Remove(element)).find(removed)?;
        let sentence = format!("{}, and {} was still in it", self.began_after(removal), self.name(element));
        let mut involved: Vec<Observation> = self.of(Call::Insert(element)).copied().collect();
        involved.extend([*removal, *self.read]);
        Some((involved, sentence))
    }

    /// Whether every removal of an element was surely in effect before this event.
    fn is_kept_from(&self, element: Value, event: u64) -> bool {
        self.of(Call::Remove(element)).all(|removal| is_done_before(removal, event))
    }

    fn since(&self, element: Value) -> &'static str {
        let removed = self.of(Call::Remove(element)).next().is_some();
        if removed {
            "though nobody had asked to remove it since"
        } else {
            "though nobody had asked to remove it"
        }
    }

    /// An element that was surely inserted and that nobody can have removed.
    fn missing(&self, found: &[Value]) -> Option<Found> {
        let (insertion, element) = self.updates.iter().find_map(|update| match update.call {
            Call::Insert(element)
                if found.binary_search(&element).is_err()
                    && is_done_before(update, self.read.invoked)
                    && self.is_kept_from(element, update.invoked) =>
            {
                Some((update, element))
            }
            _ => None,
        })?;
        let sentence = format!(
            "{}, and {} was not in it, {}",
            self.began_after(insertion),
            self.name(element),
            self.since(element)
        );
        Some((vec![*insertion, *self.read], sentence))
    }

    /// An element that an earlier read showed and that nobody can have removed.
    fn vanished(&self, found: &[Value]) -> Option<Found> {
        let (words, read) = (self.words, self.read);
        self.operations.iter().find_map(|earlier| {
            let Outcome::Values(id) = earlier.outcome else { return None };
            if earlier.returned.is_none_or(|returned| returned >= read.invoked) {
                return None;
            }
            let gone = |element: &&Value| {
                let mut insertions = self.of(Call::Insert(**element)).peekable();
                found.binary_search(element).is_err()
                    && insertions.peek().is_some()
                    && insertions.all(|insertion| self.is_kept_from(**element, insertion.invoked))
            };
            let element = *words.observations.values_of(id).iter().find(gone)?;
            let sentence = format!(
                "{} of {} showed {}; {} began {} that and did not, {}",
                words.action(earlier),
                words.key(read.key),
                self.name(element),
                words.action(read),
                words.gap(earlier, read),
                self.since(element),
            );
            let mut involved: Vec<Observation> = self.of(Call::Insert(element)).copied().collect();
            involved.extend([*earlier, *read]);
            Some((involved, sentence))
        })
    }

    fn name(&self, element: Value) -> String {
        self.words.value(self.read.key, Some(element))
    }

    fn began_after(&self, update: &Observation) -> String {
        let (words, read) = (self.words, self.read);
        format!(
            "{} of {} began {} {} was acknowledged",
            words.action(read),
            words.key(read.key),
            words.gap(update, read),
            words.deed(update),
        )
    }
}

fn amount(update: &Observation) -> i64 {
    match update.call {
        Call::Add(amount) => amount,
        _ => 0,
    }
}

/// Whether an operation was acknowledged before an event.
fn is_done_before(operation: &Observation, event: u64) -> bool {
    operation.outcome == Outcome::Done && operation.returned.is_some_and(|returned| returned < event)
}
