//! Monotonic reads, by the clock: what a session has seen once, it keeps seeing. Time does not run backwards, and "older" is
//! what a clock on the wall says.
//!
//! The guarantee is that of Terry et al. (1994) with the order of the writes taken from real time, so it is
//! stronger than theirs, which is [`crate::monotonic_reads`]: a store that is sequentially consistent may break this
//! one. It is what a client experiences. Elle calls the assumption that writes are ordered like this
//! linearizable keys (Kingsbury and Alvaro 2020).
//!
//! Broken if a session reads a value that is surely older than one that it had read from the same key, in
//! a read that returned before this one was called. What "surely older" means is in `writes`, and
//! what is common with read your writes, by the clock, in `floors`; a store that behaves like one copy is never
//! accused. Holds means that no client can prove a violation. What is promised of siblings, numbers and sets
//! is said in `floors` too.

use crate::events::{self, Event};
use crate::floors::{Floors, How};
use crate::observation::{Observations, Outcome};
use crate::writes::Writes;
use crate::{Checker, Input, Verdict};

/// Monotonic reads, by the clock.
pub const CHECKER: Checker = Checker {
    name: "monotonic-reads-by-clock",
    title: "Monotonic reads, by the clock",
    explanation: "Once you have read a value, you never read an older one. Older is a value that was in effect before \
                  the write of the newer one was called, by the clock on the wall.",
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
        if event.returns && matches!(operation.outcome, Outcome::Read(_) | Outcome::Values(_)) {
            self.floors.read(observations, writes, operation, event);
            self.floors.raise_by_read(observations, writes, operation, event);
        }
    }

    /// What is known so far.
    pub(crate) fn verdict(&self, observations: &Observations) -> Verdict {
        self.floors.verdict(observations, |words, fallen, first, second| {
            let (key, first_read) = (second.key, words.action(first));
            let next = format!("its next one began {} that and", words.gap(first, second));
            let first_read = format!("{first_read} of {}", words.key(key));
            match fallen.how {
                How::Older => {
                    format!("{first_read} {}; {next} returned {}", words.answer(first), words.all_older(second))
                }
                How::Short(_) => {
                    format!("{first_read} {}; {next} {}, as if time ran backwards", words.answer(first), words.answer(second))
                }
                How::Missing(element) => format!(
                    "{first_read} showed {}; {next} did not, though nobody can have removed it",
                    words.value(key, Some(element))
                ),
                How::Back(element) => format!(
                    "{first_read} showed {} no more; {next} showed it again, though it was inserted only once",
                    words.value(key, Some(element))
                ),
            }
        })
    }
}
