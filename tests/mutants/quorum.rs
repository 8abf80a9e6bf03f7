//! Leaderless stores broken on purpose.

use netsplit_protocols::quorum::{self, Leaderless, Variant};

use super::{Bug, bug};

/// The planted bugs that the swarm has to catch. [`ForgetsHintsEarly`] is not among them.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<V: Variant>(name: &'static str) -> Bug {
        bug::<Leaderless<V>>(name, quorum::contract, quorum::calls)
    }
    vec![
        of::<ConfirmsBeforeSync>("a replica confirms before the fsync"),
        of::<CountsItselfTwice>("a coordinator counts its own copy twice"),
        of::<ComparesCountersOnly>("siblings are told apart by the counter alone"),
    ]
}

/// A crash may take back what a replica has confirmed.
#[derive(Clone)]
pub struct ConfirmsBeforeSync;

impl Variant for ConfirmsBeforeSync {
    const SYNCS: bool = false;
}

/// A coordinator counts its own copy twice towards R and W.
#[derive(Clone)]
pub struct CountsItselfTwice;

impl Variant for CountsItselfTwice {
    const COUNTS_ONCE: bool = false;
}

/// Siblings are dropped when another's counter is higher, whoever counted.
#[derive(Clone)]
pub struct ComparesCountersOnly;

impl Variant for ComparesCountersOnly {
    const COMPARES_ACTORS: bool = false;
}

/// A stand-in forgets a hint when it has sent it, and not when the owner has it. No checker sees it: with
/// stand-ins nothing is promised that it could hold the store to. `tests/quorum` looks at the copies.
#[derive(Clone)]
pub struct ForgetsHintsEarly;

impl Variant for ForgetsHintsEarly {
    const KEEPS_HINTS: bool = false;
}
