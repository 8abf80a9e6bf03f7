//! Atomic registers with a bug.

use netsplit_protocols::atomic_register::Variant;

/// A read answers without writing back what it found.
#[derive(Clone)]
pub struct NeverWritesBack;

impl Variant for NeverWritesBack {
    const WRITES_BACK: bool = false;
    const TAGS_GROW: bool = true;
    const SYNCS: bool = true;
    const COUNTS_NODES: bool = true;
}

/// A write takes the greatest counter that it heard of, and not the next.
#[derive(Clone)]
pub struct TagsStandStill;

impl Variant for TagsStandStill {
    const WRITES_BACK: bool = true;
    const TAGS_GROW: bool = false;
    const SYNCS: bool = true;
    const COUNTS_NODES: bool = true;
}

/// A replica confirms a value before its disk has it.
#[derive(Clone)]
pub struct ConfirmsBeforeSync;

impl Variant for ConfirmsBeforeSync {
    const WRITES_BACK: bool = true;
    const TAGS_GROW: bool = true;
    const SYNCS: bool = false;
    const COUNTS_NODES: bool = true;
}

/// A coordinator counts answers, and so a node that was asked twice and answers twice counts as two.
#[derive(Clone)]
pub struct CountsAnswers;

impl Variant for CountsAnswers {
    const WRITES_BACK: bool = true;
    const TAGS_GROW: bool = true;
    const SYNCS: bool = true;
    const COUNTS_NODES: bool = false;
}
