//! Atomic registers broken on purpose.

use netsplit_protocols::atomic_register::{self, Register, Variant};

use super::{Bug, bug};

/// Every planted bug of the atomic register.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<V: Variant>(name: &'static str) -> Bug {
        bug::<Register<V>>(name, atomic_register::contract, atomic_register::calls)
    }
    vec![
        of::<NeverWritesBack>("a read does not write back"),
        of::<TagsStandStill>("a tag is not greater than those heard of"),
        of::<ConfirmsBeforeSync>("a replica confirms before the fsync"),
        of::<CountsAnswers>("answers are counted, and not nodes"),
    ]
}

/// A read answers without bringing what it found to a majority.
#[derive(Clone)]
pub struct NeverWritesBack;

impl Variant for NeverWritesBack {
    const WRITES_BACK: bool = false;
}

/// A write takes the greatest counter that it heard of, and not the next.
#[derive(Clone)]
pub struct TagsStandStill;

impl Variant for TagsStandStill {
    const TAGS_GROW: bool = false;
}

/// A crash may take back what a replica has confirmed.
#[derive(Clone)]
pub struct ConfirmsBeforeSync;

impl Variant for ConfirmsBeforeSync {
    const SYNCS: bool = false;
}

/// A node that was asked twice and answers twice counts as two.
#[derive(Clone)]
pub struct CountsAnswers;

impl Variant for CountsAnswers {
    const COUNTS_NODES: bool = false;
}
