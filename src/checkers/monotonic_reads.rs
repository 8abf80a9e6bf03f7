//! Monotonic reads (Terry et al. 1994): what a session has seen once, it keeps seeing. Time does not run backwards.
//!
//! Broken if a session reads a value that is surely older than one that it had read from the same key, in
//! a read that returned before this one was called. What "surely older" means is in `writes`, and
//! what is common with read your writes in `floors`; a store that behaves like one copy is never
//! accused. Holds means that no client can prove a violation.

use crate::events::{self, Event};
use crate::floors::Floors;
use crate::observation::{Observations, Outcome};
use crate::writes::Writes;
use crate::{Checker, Input, Verdict};

/// Monotonic reads.
pub const CHECKER: Checker = Checker {
    name: "monotonic-reads",
    title: "Monotonic reads",
    explanation: "Once you have read a value, you never read an older one.",
    check,
};

fn check(input: &Input<'_>, _budget: u64) -> Verdict {
    let (mut whole, mut writes) = (MonotonicReads::default(), Writes::default());
    for event in events::all(input.observations) {
        writes.event(input.observations, event);
        whole.event(input.observations, &writes, event);
    }
    whole.verdict(input.observations)
}

/// The judgement of a history that may still grow.
#[derive(Clone, Debug, Default)]
pub(crate) struct MonotonicReads {
    floors: Floors,
}

impl MonotonicReads {
    /// Takes note of an event that `writes` knows already; events come in order.
    pub(crate) fn event(&mut self, observations: &Observations, writes: &Writes, event: Event) {
        let operation = &observations.operations[event.operation.index()];
        if event.returns
            && let Outcome::Read(value) = operation.outcome
        {
            self.floors.read(writes, operation, value, event);
            self.floors.raise(writes, operation, value, event);
        }
    }

    /// What is known so far.
    pub(crate) fn verdict(&self, observations: &Observations) -> Verdict {
        self.floors.verdict(observations, |words, first, second| {
            let (Outcome::Read(newer), Outcome::Read(older)) = (first.outcome, second.outcome) else {
                unreachable!("a read returned a value")
            };
            format!(
                "{} of {} returned {}; its next one began {} that and returned {}",
                words.action(first),
                words.key(second.key),
                words.value(newer),
                words.gap(first, second),
                words.older(older),
            )
        })
    }
}
