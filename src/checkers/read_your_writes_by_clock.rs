//! Read your writes, by the clock: a session never misses what it wrote itself, and "older" is what a clock on the wall
//! says.
//!
//! The guarantee is that of Terry et al. (1994) with the order of the writes taken from real time, so it is
//! stronger than theirs, which is [`crate::read_your_writes`]: a store that is sequentially consistent may break this
//! one. It is what a client experiences. Elle calls the assumption that writes are ordered like this
//! linearizable keys (Kingsbury and Alvaro 2020).
//!
//! Broken if a session reads a value that is surely older than a write of its own to that key, which
//! was acknowledged before the read was called. A write of unknown outcome promises nothing. What
//! "surely older" means is in `writes`, and what is common with monotonic reads, by the clock, in `floors`; a
//! store that behaves like one copy is never accused. Holds means that no client can prove a violation. What
//! is promised of siblings, numbers and sets is said in `floors` too.

use crate::events::{self, Event};
use crate::floors::{Floors, How};
use crate::observation::{Observations, Outcome};
use crate::writes::Writes;
use crate::{Checker, Input, Verdict};

/// Read your writes, by the clock.
pub const CHECKER: Checker = Checker {
    name: "read-your-writes-by-clock",
    title: "Read your writes, by the clock",
    explanation: "After your write is acknowledged, you never read anything older. Others may. Older is a value that was in \
                  effect before your write was called, by the clock on the wall.",
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
            Outcome::Read(_) | Outcome::Values(_) => {
                self.floors.read(observations, writes, operation, event);
                self.floors.notice(observations, operation, event);
            }
            Outcome::Done => self.floors.raise_by_own(writes, operation, event),
            _ => {}
        }
    }

    /// What is known so far.
    pub(crate) fn verdict(&self, observations: &Observations) -> Verdict {
        self.floors.verdict(observations, |words, fallen, own, read| {
            let key = read.key;
            let began = format!("{} of {} began {} its own", words.action(read), words.key(key), words.gap(own, read));
            match fallen.how {
                How::Older => {
                    let (act, older) = (words.act(own), words.all_older(read));
                    format!("{began} {act} was acknowledged, and still returned {older}")
                }
                How::Short(sum) => {
                    let answer = words.answer(read);
                    format!("{began} additions of {sum} in all were acknowledged, and still {answer}")
                }
                How::Missing(element) => {
                    let (act, element) = (words.act(own), words.value(key, Some(element)));
                    format!("{began} {act} was acknowledged, and {element} was not in it, though nobody can have \
                             removed it")
                }
                How::Back(element) => {
                    let (act, element) = (words.act(own), words.value(key, Some(element)));
                    format!("{began} {act} was acknowledged, and {element} was still in it, though it was inserted \
                             only once")
                }
            }
        })
    }
}
