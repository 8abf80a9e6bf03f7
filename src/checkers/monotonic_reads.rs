//! Monotonic reads (Terry et al. 1994): what a session has seen once, it keeps seeing.
//!
//! What "older" means, by session order and reads-from alone, is in `causality/guarantees`. The same with the order of the
//! writes taken from real time is [`crate::monotonic_reads_by_clock`], which is stronger.

use crate::causality::guarantees::{Guarantee, ask};
use crate::{Checker, Input, Verdict};

/// Monotonic reads.
pub const CHECKER: Checker = Checker {
    name: "monotonic-reads",
    title: "Monotonic reads",
    explanation: "Once you have read a value, you never read one that came before it.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    crate::causality::verdict(input, budget, |scene, until, steps| {
        ask(scene, Guarantee::MonotonicReads, until, steps)
    })
}
