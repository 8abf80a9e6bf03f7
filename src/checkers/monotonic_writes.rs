//! Monotonic writes (Terry et al. 1994): the writes of a session are seen in the order in which it made them.
//!
//! Whoever has seen one of them sees those before it, or something newer. What "newer" means, by session order and reads-from
//! alone, and what clients can prove, is in `causality/guarantees`.

use crate::causality::guarantees::{Guarantee, ask};
use crate::{Checker, Input, Verdict};

/// Monotonic writes.
pub const CHECKER: Checker = Checker {
    name: "monotonic-writes",
    title: "Monotonic writes",
    explanation: "Whoever has seen one of your writes also sees those that you made before it.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    crate::causality::verdict(input, budget, |scene, until, steps| {
        ask(scene, Guarantee::MonotonicWrites, until, steps)
    })
}
