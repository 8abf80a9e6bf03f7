//! Leaderless stores with a bug.

use netsplit_protocols::quorum::Variant;

/// A replica confirms a write before its disk has it.
#[derive(Clone)]
pub struct ConfirmsBeforeSync;

impl Variant for ConfirmsBeforeSync {
    const SYNCS: bool = false;
    const KEEPS_HINTS: bool = true;
    const COUNTS_ONCE: bool = true;
    const COMPARES_ACTORS: bool = true;
}

/// A stand-in forgets a hint when it has sent it, and not when the owner has it. No checker sees it: with stand-ins
/// nothing is promised that it could hold the store to. `tests/quorum` looks at the copies.
#[derive(Clone)]
pub struct ForgetsHintsEarly;

impl Variant for ForgetsHintsEarly {
    const SYNCS: bool = true;
    const KEEPS_HINTS: bool = false;
    const COUNTS_ONCE: bool = true;
    const COMPARES_ACTORS: bool = true;
}

/// A coordinator counts its own copy twice towards R and W.
#[derive(Clone)]
pub struct CountsItselfTwice;

impl Variant for CountsItselfTwice {
    const SYNCS: bool = true;
    const KEEPS_HINTS: bool = true;
    const COUNTS_ONCE: bool = false;
    const COMPARES_ACTORS: bool = true;
}

/// Siblings are dropped when the counter of another is higher, whoever counted.
#[derive(Clone)]
pub struct ComparesCountersOnly;

impl Variant for ComparesCountersOnly {
    const SYNCS: bool = true;
    const KEEPS_HINTS: bool = true;
    const COUNTS_ONCE: bool = true;
    const COMPARES_ACTORS: bool = false;
}
