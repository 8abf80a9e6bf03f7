//! Causal consistency (CC): everybody sees what belongs together in the order in which it came about.
//!
//! If a write may have been caused by another one, because the same session did the other one before, or read it
//! before, then whoever has seen the effect has seen the cause. Writes of which neither can have caused the other
//! may be seen in any order, by everybody in his own, and that may even change from read to read. (Ahamad, Neiger,
//! Burns, Kohli and Hutto 1995; kept apart from its two stronger kinds, [`crate::causal_convergence`] and
//! [`crate::causal_memory`], as by Bouajjani, Enea, Guerraoui and Hamza, POPL 2017, section 3.)
//!
//! The patterns that break it are in `causality/patterns`.

use crate::causality::{self, origins, patterns};
use crate::{Checker, Input, Verdict};

/// Causal.
pub const CHECKER: Checker = Checker {
    name: "causal",
    title: "Causal",
    explanation: "Nobody sees an effect without its cause: if you have read a value, you never miss what its \
                  writer had written or read before. Writes that know nothing of each other may be seen in any \
                  order.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    causality::verdict(input, budget, |scene, until, steps| {
        let judge = |origins: &[_], steps: &mut _| patterns::causal(scene, origins, steps).err();
        origins::settle(scene, scene.everybody(), until, origins::any, steps, judge)
    })
}
