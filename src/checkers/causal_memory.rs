//! Causal memory (CM): causal consistency in which a session never changes its mind about the order of the writes.
//!
//! Each session sees all writes that it knows of in one order that keeps the causal order, and everything that it
//! ever read fits into that order. Other sessions may have other orders. (Ahamad, Neiger, Burns, Kohli and Hutto
//! 1995; Bouajjani, Enea, Guerraoui and Hamza, POPL 2017, section 3.)
//!
//! The patterns that break it are in `causality/patterns` and `causality/views`.

use crate::causality::{self, origins, views};
use crate::{Checker, Input, Verdict};

/// Causal memory.
pub const CHECKER: Checker = Checker {
    name: "causal-memory",
    title: "Causal memory",
    explanation: "Causal, and each client sees all writes in one order of its own, which it never revises. Two \
                  clients may disagree about writes that know nothing of each other, for ever.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    causality::verdict(input, budget, |scene, until, steps| {
        let judge = |origins: &[_], steps: &mut _| views::memory(scene, origins, steps);
        origins::settle(scene, scene.everybody(), until, origins::any, steps, judge)
    })
}
