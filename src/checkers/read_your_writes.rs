//! Read your writes (Terry et al. 1994): a session never misses what it wrote itself.
//!
//! What "older" means, by session order and reads-from alone, is in `causality/guarantees`. The same with the order of the
//! writes taken from real time is [`crate::read_your_writes_by_clock`], which is stronger.

use crate::causality::guarantees::{Guarantee, ask};
use crate::{Checker, Input, Verdict};

/// Read your writes.
pub const CHECKER: Checker = Checker {
    name: "read-your-writes",
    title: "Read your writes",
    explanation: "After your own write you never read anything that you knew to be older, whichever copy you ask. Others \
                  may.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    crate::causality::verdict(input, budget, |scene, until, steps| {
        ask(scene, Guarantee::ReadYourWrites, until, steps)
    })
}
