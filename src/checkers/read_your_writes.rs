//! Read your writes (Terry et al. 1994): a session never misses what it wrote itself.
//!
//! Broken if a session reads a value that is surely older than a write of its own to that key, which
//! was acknowledged before the read was called. A write of unknown outcome promises nothing. What
//! "surely older" means is in `writes`, and what is common with monotonic reads in `floors`; a
//! store that behaves like one copy is never accused. Holds means that no client can prove a violation.

use crate::events::{self, Event};
use crate::floors::Floors;
use crate::observation::{Observations, Outcome};
use crate::writes::Writes;
use crate::{Checker, Input, Verdict};

/// Read your writes.
pub const CHECKER: Checker = Checker {
    name: "read-your-writes",
    title: "Read your writes",
    explanation: "After your write is acknowledged, you never read anything older. Others may.",
    check,
};

fn check(input: &Input<'_>, _budget: u64) -> Verdict {
    let (mut whole, mut writes) = (ReadYourWrites::default(), Writes::default());
    for event in events::all(input.observations) {
        writes.event(input.observations, event);
        whole.event(input.observations, &writes, event);
    }
    whole.verdict(input.observations)
}

/// The judgement of a history that may still grow.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadYourWrites {
    floors: Floors,
}

impl ReadYourWrites {
    /// Takes note of an event that `writes` knows already; events come in order.
    pub(crate) fn event(&mut self, observations: &Observations, writes: &Writes, event: Event) {
        let operation = &observations.operations[event.operation.index()];
        match operation.outcome {
            _ if !event.returns => {}
            Outcome::Read(value) => self.floors.read(writes, operation, value, event),
            Outcome::Done => {
                if let Some(value) = operation.call.writes() {
                    self.floors.raise(writes, operation, value, event);
                }
            }
            _ => {}
        }
    }

    /// What is known so far.
    pub(crate) fn verdict(&self, observations: &Observations) -> Verdict {
        self.floors.verdict(observations, |words, write, read| {
            let Outcome::Read(value) = read.outcome else { unreachable!("a read returned a value") };
            format!(
                "{} of {} began {} its own {} was acknowledged, and still returned {}",
                words.action(read),
                words.key(read.key),
                words.gap(write, read),
                words.act(write),
                words.older(value),
            )
        })
    }
}
