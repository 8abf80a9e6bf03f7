//! The verdicts on a run while it grows.
//!
//! The checkers follow the events of a history one by one, and keep what they need to take in the next
//! one: the search for a legal order goes on from the order found so far (`search`), the others
//! keep tables. So a few more operations cost only themselves, and the answers are those of the whole-history
//! checkers at every moment: it is the same code, and a test compares them.
//!
//! A broken promise about what clients saw stays broken, whatever happens later; a lost write may turn up
//! again, and replicas may come to agree.

use netsplit_sim::history::{History, Operation};
use netsplit_sim::ids::OpId;

use crate::events::Event;
use crate::linearizable::{self, Linearizability, Point};
use crate::monotonic_reads_by_clock::{self, MonotonicReads};
use crate::no_lost_writes::{self, NoLostWrites};
use crate::observation::{Observation, distinct};
use crate::read_your_writes_by_clock::{self, ReadYourWrites};
use crate::writes::Writes;
use crate::{Observations, Replicas, Verdict, converges};

/// The steps of the search in one call of [`Live::observe`], besides those for each new operation: at most
/// some tens of milliseconds.
const STEPS_AT_ONCE: u64 = 500_000;
/// The steps for a run in all, besides those for each operation. A run that needs more than that has too much
/// going on at once, and stays unknown.
const STEPS_IN_ALL: u64 = 10_000_000;
/// The steps for an operation; most need three or four.
const STEPS_FOR_EACH: u64 = 200;
/// How many of the last operations are compared to find out whether the past has changed.
const COMPARED: usize = 64;

/// Judges a growing history after every few operations.
#[derive(Clone, Debug, Default)]
pub struct Live {
    observations: Observations,
    /// The operations that have not returned, in the order of their calls.
    open: Vec<OpId>,
    /// The operation that returned last.
    last_return: Option<OpId>,
    events: Vec<Event>,
    writes: Writes,
    linearizability: Linearizability,
    read_your_writes: ReadYourWrites,
    monotonic_reads: MonotonicReads,
    no_lost_writes: NoLostWrites,
}

impl Live {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with names to call the sessions and keys by in the order of their numbers. Those without one are
    /// `c1`, `c2`, … and `k1`, `k2`, …
    #[must_use]
    pub fn with_names(sessions: Vec<String>, keys: Vec<String>) -> Self {
        let observations = Observations { sessions, keys, ..Observations::default() };
        Self { observations, ..Self::default() }
    }

    /// Takes in what is new in the history. A history that became shorter or lost returns is a rewind,
    /// and is judged from its start; so is one whose last operations are not the known ones. A change of the
    /// past that leaves all of that as it was can't be seen from here: after an undo or a fork, call
    /// [`Live::reset`] first.
    pub fn observe(&mut self, history: &History) {
        if !self.is_continued_by(history) {
            self.reset();
        }
        let known = self.observations.operations.len();
        let new = &history.several[self.observations.several.len()..];
        self.observations.several.extend(new.iter().map(|values| distinct(values)));
        self.take_in(&history.operations);
        let for_operations = |count: usize| STEPS_FOR_EACH * count as u64;
        let now = STEPS_AT_ONCE + for_operations(history.operations.len() - known);
        let in_all = STEPS_IN_ALL + for_operations(history.operations.len());
        let steps = now.min(in_all.saturating_sub(self.linearizability.spent()));
        self.linearizability.advance(&self.observations, steps);
    }

    /// Forgets everything but the names; the next observation judges from the start.
    pub fn reset(&mut self) {
        let names = std::mem::take(&mut self.observations);
        *self = Self::with_names(names.sessions, names.keys);
    }

    /// What the clients saw, as of the last observation.
    #[must_use]
    pub fn observations(&self) -> &Observations {
        &self.observations
    }

    /// The verdict of every checker of [`crate::LIVE`], by name, in that order. Without `replicas` those
    /// that are about the copies answer from the clients alone, or say that they can't tell.
    #[must_use]
    pub fn verdicts(&self, replicas: Option<&Replicas>) -> Vec<(&'static str, Verdict)> {
        let seen = &self.observations;
        vec![
            (linearizable::CHECKER.name, self.linearizability.verdict(seen)),
            (read_your_writes_by_clock::CHECKER.name, self.read_your_writes.verdict(seen)),
            (monotonic_reads_by_clock::CHECKER.name, self.monotonic_reads.verdict(seen)),
            (no_lost_writes::CHECKER.name, self.no_lost_writes.verdict(seen, &self.writes, replicas)),
            (converges::CHECKER.name, converges::verdict(seen, replicas)),
        ]
    }

    /// Where each operation may have taken effect: a legal order of what has been observed, key by key.
    /// Nothing if there is none or it is not known. More operations may change it.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        match self.linearizability.verdict(&self.observations) {
            Verdict::Holds => self.linearizability.points(&self.observations),
            _ => Vec::new(),
        }
    }

    /// Whether the history begins with what is known, as far as its length and its last operations and
    /// returns tell.
    fn is_continued_by(&self, history: &History) -> bool {
        let operations = &history.operations;
        let (known, several) = (&self.observations.operations, &self.observations.several);
        if operations.len() < known.len() || history.several.len() < several.len() {
            return false;
        }
        if several
            .iter()
            .zip(&history.several)
            .rev()
            .take(COMPARED)
            .any(|(known, now)| *known != distinct(now))
        {
            return false;
        }
        let same = |id: OpId| {
            let (known, now) = (&known[id.index()], Observation::from_operation(&operations[id.index()]));
            *known == now
                || known.returned.is_none() && known.call == now.call && known.invoked == now.invoked
        };
        let last = known.len().saturating_sub(COMPARED)..known.len();
        self.last_return.is_none_or(same) && last.map(|index| OpId(index as u32)).all(same)
    }

    fn take_in(&mut self, operations: &[Operation]) {
        let known = &mut self.observations.operations;
        let events = &mut self.events;
        events.clear();
        self.open.retain(|&id| {
            let now = &operations[id.index()];
            if now.returned.is_some() {
                known[id.index()] = Observation::from_operation(now);
                events.extend(Event::return_of(&known[id.index()]));
            }
            now.returned.is_none()
        });
        for operation in &operations[known.len()..] {
            let seen = Observation::from_operation(operation);
            known.push(seen);
            events.push(Event::call(&seen));
            match Event::return_of(&seen) {
                Some(event) => events.push(event),
                None => self.open.push(seen.id),
            }
        }
        self.observations.clock = true;
        events.sort_unstable();
        if let Some(last) = events.iter().rev().find(|event| event.returns) {
            self.last_return = Some(last.operation);
        }
        for &event in &self.events {
            let seen = &self.observations;
            self.writes.event(seen, event);
            self.linearizability.event(seen, event);
            self.read_your_writes.event(seen, &self.writes, event);
            self.monotonic_reads.event(seen, &self.writes, event);
            self.no_lost_writes.event(seen, &self.writes, event);
        }
    }
}
