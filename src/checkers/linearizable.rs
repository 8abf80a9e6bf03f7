//! Linearizability (Herlihy and Wing 1990): the cluster behaves like one copy. Each operation took effect at one instant
//! between its call and its return, and each read saw the last write before it.
//!
//! What a key is, its calls decide: a register (read, write, compare-and-set), a number with additions,
//! a set with insertions and removals of which a read returns all elements, a text that grows. A register
//! never shows two values at once: a read that found siblings is a violation by itself.
//!
//! The work is done by `search`, key by key, following the events of the history. This file
//! deals out the budget: the keys are searched in rounds of growing size, so that one hard key can't
//! keep an easy violation on another from being found. The answer names the earliest return that no
//! order explains, over all keys; `shapes` puts it in words.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId};

use crate::content::{Content, feed_return};
use crate::events::{self, Event};
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::search::{Progress, Search};
use crate::words::Words;
use crate::zones::Zones;
use crate::{Checker, Input, Unknown, Verdict, Witness, shapes, tally};

/// Linearizability.
pub const CHECKER: Checker = Checker {
    name: "linearizable",
    title: "Linearizable",
    explanation: "The cluster behaves as if there were one copy of the data: every operation takes effect at one \
                  instant between its call and its answer. Once a write is acknowledged, nobody reads \
                  anything older.",
    check,
};

/// The moment at which an operation may have taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The operation.
    pub operation: OpId,
    /// The event after which it took effect; events of one number are in the order of the list.
    pub event: u64,
}

/// One legal order of a linearizable history: the operations that took effect, key by key, each with a
/// point between its call and its return. `None` if there is no such order or the budget runs out first.
#[must_use]
pub fn points(observations: &Observations, budget: u64) -> Option<Vec<Point>> {
    let mut whole = Linearizability::of(observations);
    whole.advance(observations, budget);
    whole.holds().then(|| whole.points(observations))
}

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    let mut whole = Linearizability::of(input.observations);
    whole.advance(input.observations, budget);
    whole.verdict(input.observations)
}

/// The steps that a key may spend in the first round.
const FIRST_ROUND: u64 = 1_000;
/// The steps that a key may spend, and as many for each operation, when [`Zones`] knows the answer and the search
/// is only for the points.
const SEARCH_FOR_POINTS: u64 = 10_000;
const SEARCH_FOR_EACH: u64 = 20;
/// The steps that the search may spend on one answer before [`tally`] has a look at it, and as many for each
/// operation so far: about what that look costs.
const STEPS_BEFORE_TALLY: u64 = 1_000;
const STEPS_FOR_EACH_TALLIED: u64 = 20;

/// The search over all keys of a history that may still grow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Linearizability {
    indices: BTreeMap<Key, usize>,
    keys: Vec<OneKey>,
    /// The number of each operation in the search over its key.
    numbers: Vec<u32>,
    /// The keys that have more to do.
    busy: Vec<usize>,
    /// The earliest return that no order explains,
    broken: Option<Event>,
    /// and how that is put; found once, for it may take a while.
    witness: Option<Witness>,
    spent: u64,
}

/// What the calls so far say that a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A register: its values name their writes.
    Register,
    /// A text or a number, whose updates build on what was there.
    Growing,
    /// A set.
    Set,
}

#[derive(Clone, Debug)]
struct OneKey {
    key: Key,
    search: Search,
    /// The operations by their number in the search.
    operations: Vec<OpId>,
    /// The events to be fed, in order; the first `fed` of them are.
    events: Vec<Event>,
    fed: usize,
    content: Content,
    kind: Kind,
    /// The steps of the search when the last event was fed.
    fed_at: u64,
    /// Whether the last event can't be explained, whatever came before.
    impossible: bool,
    /// A quick proof of the contrary, for a register.
    zones: Zones,
    busy: bool,
    broken: bool,
}

impl Linearizability {
    /// Everything that happened in a whole history, still to be searched.
    fn of(observations: &Observations) -> Self {
        let mut whole = Self::default();
        for operation in observations.operations.iter().filter(|operation| operation.call.builds()) {
            let index = whole.index(operation.key);
            whole.keys[index].content = whole.keys[index].content.with(operation.call);
        }
        for event in events::all(observations) {
            whole.event(observations, event);
        }
        whole
    }

    fn index(&mut self, key: Key) -> usize {
        *self.indices.entry(key).or_insert_with(|| {
            self.keys.push(OneKey {
                key,
                search: Search::new(),
                operations: Vec::new(),
                events: Vec::new(),
                fed: 0,
                content: Content::default(),
                kind: Kind::Register,
                fed_at: 0,
                impossible: false,
                zones: Zones::new(),
                busy: false,
                broken: false,
            });
            self.keys.len() - 1
        })
    }

    /// Takes note of an event; events come in order. The search follows in [`Self::advance`].
    pub(crate) fn event(&mut self, observations: &Observations, event: Event) {
        if self.broken.is_some_and(|broken| broken < event) {
            return;
        }
        let operation = &observations.operations[event.operation.index()];
        let index = self.index(operation.key);
        let key = &mut self.keys[index];
        if !event.returns {
            if self.numbers.len() <= event.operation.index() {
                self.numbers.resize(event.operation.index() + 1, 0);
            }
            self.numbers[event.operation.index()] = key.operations.len() as u32;
            key.operations.push(event.operation);
        }
        if key.broken {
            return;
        }
        if key.fed == key.events.len() {
            key.events.clear();
            key.fed = 0;
        }
        key.events.push(event);
        if !key.busy {
            key.busy = true;
            self.busy.push(index);
        }
    }

    /// Searches on, within a budget of steps for this call.
    pub(crate) fn advance(&mut self, observations: &Observations, budget: u64) {
        let end = self.spent.saturating_add(budget);
        let mut round = FIRST_ROUND;
        while !self.busy.is_empty() && self.spent < end {
            let busy = std::mem::take(&mut self.busy);
            for index in busy {
                let share = round.min(end.saturating_sub(self.spent));
                let last = self.broken;
                let key = &mut self.keys[index];
                let spent = key.search.spent();
                let failed = key.advance(observations, &self.numbers, share, last);
                self.spent += key.search.spent() - spent;
                if key.busy {
                    self.busy.push(index);
                }
                if let Some(event) = failed {
                    (self.broken, self.witness) = (Some(event), None);
                }
            }
            round = round.saturating_mul(2);
        }
        if let (Some(event), None) = (self.broken, &self.witness) {
            self.witness = Some(shapes::witness(observations, event));
        }
    }

    /// The steps spent so far.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }

    fn holds(&self) -> bool {
        self.broken.is_none() && self.busy.is_empty()
    }

    /// What is known so far.
    pub(crate) fn verdict(&self, observations: &Observations) -> Verdict {
        if let Some(witness) = &self.witness {
            return Verdict::Broken(witness.clone());
        }
        let Some(&index) = self.busy.first() else { return Verdict::Holds };
        let key = observations.key_name(self.keys[index].key);
        let reason = format!(
            "too many operations on {key} overlap: no answer within {} steps of the search",
            self.spent
        );
        Verdict::Unknown(Unknown { spent: self.spent, reason })
    }

    /// A point for every operation that is placed, in the order found, key by key.
    pub(crate) fn points(&self, observations: &Observations) -> Vec<Point> {
        let mut points = Vec::new();
        for key in &self.keys {
            let mut event = 0;
            for number in key.search.order() {
                let operation = key.operations[number as usize];
                // As early as its call and its forerunners allow; that is never after its return, because
                // every forerunner was called before that.
                event = observations.operations[operation.index()].invoked.max(event);
                points.push(Point { operation, event });
            }
        }
        points
    }
}

impl OneKey {
    /// Feeds and searches until nothing is left to do before the event `last`, or the steps run out.
    /// Returns the event that no order explains.
    fn advance(
        &mut self,
        observations: &Observations,
        numbers: &[u32],
        steps: u64,
        last: Option<Event>,
    ) -> Option<Event> {
        let limit = self.search.spent().saturating_add(steps);
        loop {
            if self.fed > 0 && last.is_some_and(|last| self.events[self.fed - 1] >= last) {
                self.busy = false;
                return None;
            }
            let contradiction = self.impossible || self.zones.is_contradiction();
            let progress =
                if contradiction { Progress::Impossible } else { self.search(observations, limit) };
            match progress {
                Progress::OutOfSteps => return None,
                Progress::Impossible => {
                    self.busy = false;
                    self.broken = true;
                    return Some(self.events[self.fed - 1]);
                }
                Progress::Fits => {}
            }
            let Some(&event) =
                self.events.get(self.fed).filter(|event| last.is_none_or(|last| **event < last))
            else {
                self.busy = false;
                return None;
            };
            self.fed += 1;
            self.fed_at = self.search.spent();
            self.feed(observations, numbers, event);
        }
    }

    fn feed(&mut self, observations: &Observations, numbers: &[u32], event: Event) {
        let mut operation = observations.operations[event.operation.index()];
        if !event.returns {
            match operation.call {
                Call::Insert(_) | Call::Remove(_) => self.kind = Kind::Set,
                Call::Append(_) | Call::Add(_) if self.kind == Kind::Register => self.kind = Kind::Growing,
                _ => {}
            }
            self.search.called(self.content.action(observations, operation.call));
        } else {
            if self.kind != Kind::Set
                && let Outcome::Values(id) = operation.outcome
            {
                match observations.values_of(id) {
                    // Only a set holds several values at once.
                    [_, _, ..] => self.impossible = true,
                    one => operation.outcome = Outcome::Read(one.first().copied()),
                }
            }
            let number = numbers[event.operation.index()];
            feed_return(&mut self.search, number, operation.outcome, observations, self.content);
        }
        if self.kind == Kind::Register && !self.impossible {
            self.zones.event(&operation, event);
        }
    }

    /// Searches, as long as that is worth its steps.
    fn search(&mut self, observations: &Observations, limit: u64) -> Progress {
        if self.kind == Kind::Register {
            let worthwhile = SEARCH_FOR_POINTS + SEARCH_FOR_EACH * self.operations.len() as u64;
            if self.zones.is_decisive() && self.search.spent() > worthwhile {
                // The answer is known without it; only the points are not.
                return Progress::Fits;
            }
            return self.search.run(limit);
        }
        // An answer that takes long to fit may be one that a look at the additions or at one element refutes.
        let tally = STEPS_BEFORE_TALLY + STEPS_FOR_EACH_TALLIED * self.operations.len() as u64;
        let hard = self.fed_at + tally;
        let begun_hard = self.search.spent() >= hard;
        let mut progress = self.search.run(limit.min(hard));
        if progress == Progress::OutOfSteps && self.search.spent() >= hard {
            if !begun_hard && self.is_refuted_by_tally(observations) {
                return Progress::Impossible;
            }
            progress = self.search.run(limit);
        }
        progress
    }

    fn is_refuted_by_tally(&self, observations: &Observations) -> bool {
        let Some(&event) = self.fed.checked_sub(1).and_then(|last| self.events.get(last)) else {
            return false;
        };
        let operations: Vec<Observation> = self
            .operations
            .iter()
            .map(|id| events::at(&observations.operations[id.index()], event.number))
            .collect();
        let last = observations.operations[event.operation.index()];
        event.returns
            && tally::refuted(Words::until(observations, event.number), &operations, &last).is_some()
    }
}
