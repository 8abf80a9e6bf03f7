//! Causal convergence (CCv), also called causal+: causal consistency in which all agree, in the end, which of two writes is
//! the newer one.
//!
//! All writes stand in one order that keeps the causal order, and a read returns the last of those writes to the key
//! that it comes after. A store that sends every write to all copies and lets the one with the higher
//! timestamp win is of this kind. (Lloyd, Freedman, Kaminsky and Andersen 2011; Bouajjani, Enea, Guerraoui and Hamza,
//! POPL 2017, section 3.)
//!
//! The patterns that break it are in `causality/patterns`.

use crate::causality::{self, origins, patterns};
use crate::{Checker, Input, Verdict};

/// Causal convergence.
pub const CHECKER: Checker = Checker {
    name: "causal-convergence",
    title: "Causal convergence",
    explanation: "Causal, and all agree which of two writes is the newer one, even if they were made without \
                  knowing of each other. Some may learn of a write late, but nobody takes the older for the newer.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    causality::verdict(input, budget, |scene, until, steps| {
        let judge = |origins: &[_], steps: &mut _| patterns::convergent(scene, origins, steps);
        origins::settle(scene, scene.everybody(), until, origins::any, steps, judge)
    })
}
