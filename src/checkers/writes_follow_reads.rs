//! Writes follow reads (Terry et al. 1994), also called session causality: a write is seen after what its session had read before
//! it.
//!
//! Whoever has seen an answer sees the question, or something newer. What "newer" means, by session order and
//! reads-from alone, and what clients can prove, is in `causality/guarantees`.

use crate::causality::guarantees::{Guarantee, ask};
use crate::{Checker, Input, Verdict};

/// Writes follow reads.
pub const CHECKER: Checker = Checker {
    name: "writes-follow-reads",
    title: "Writes follow reads",
    explanation: "Whoever has seen your write also sees what you had read before you made it: nobody sees the answer \
                  without the question.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    crate::causality::verdict(input, budget, |scene, until, steps| {
        ask(scene, Guarantee::WritesFollowReads, until, steps)
    })
}
