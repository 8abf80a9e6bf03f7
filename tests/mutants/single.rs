//! The single copy broken on purpose.

use netsplit_protocols::single_copy::{self, Flaws, SingleCopy};

use super::{Bug, bug};

/// Every planted bug of the single copy.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<F: Flaws>(name: &'static str) -> Bug {
        bug::<SingleCopy<F>>(name, single_copy::contract, single_copy::calls)
    }
    vec![
        of::<AnswersBeforeSync>("an acknowledgement before the fsync"),
        of::<AppliesRetries>("a repeated request is applied again"),
    ]
}

/// A crash may take back what was acknowledged.
#[derive(Clone)]
pub(super) struct AnswersBeforeSync;

impl Flaws for AnswersBeforeSync {
    const ANSWERS_BEFORE_SYNC: bool = true;
}

/// It does not remember what it has carried out.
#[derive(Clone)]
pub(super) struct AppliesRetries;

impl Flaws for AppliesRetries {
    const APPLIES_RETRIES: bool = true;
}
