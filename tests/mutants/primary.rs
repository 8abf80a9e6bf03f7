//! Primary/backup broken on purpose, in the ways that people really break it.

use netsplit_protocols::primary_backup::{self, Flaws, PrimaryBackup};

use super::{Bug, bug};

/// Every planted bug of primary/backup.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<F: Flaws>(name: &'static str) -> Bug {
        bug::<PrimaryBackup<F>>(name, primary_backup::contract, primary_backup::calls)
    }
    vec![
        of::<AcknowledgesBeforeSync>("an acknowledgement before the fsync"),
        of::<AcceptsOldEpochs>("a backup takes entries of an old epoch"),
        of::<ForgetsItsEpoch>("the epoch is not persisted"),
        of::<TakesTheShortestLog>("a new primary takes the shortest log"),
        of::<AppliesRetries>("a repeated request is applied again"),
        of::<CountsOneAckTooMany>("a write is committed one acknowledgement too early"),
    ]
}

/// A crash may take back what was acknowledged.
#[derive(Clone)]
pub(super) struct AcknowledgesBeforeSync;

impl Flaws for AcknowledgesBeforeSync {
    const ACKNOWLEDGES_BEFORE_SYNC: bool = true;
}

/// The fence is missing: an old primary is still obeyed.
#[derive(Clone)]
pub(super) struct AcceptsOldEpochs;

impl Flaws for AcceptsOldEpochs {
    const ACCEPTS_OLD_EPOCHS: bool = true;
}

/// A node that restarts may help an old primary, or two new ones.
#[derive(Clone)]
pub(super) struct ForgetsItsEpoch;

impl Flaws for ForgetsItsEpoch {
    const FORGETS_ITS_EPOCH: bool = true;
}

/// It compares the logs the wrong way round.
#[derive(Clone)]
pub(super) struct TakesTheShortestLog;

impl Flaws for TakesTheShortestLog {
    const TAKES_THE_SHORTEST_LOG: bool = true;
}

/// It does not remember what it has carried out.
#[derive(Clone)]
pub(super) struct AppliesRetries;

impl Flaws for AppliesRetries {
    const APPLIES_RETRIES: bool = true;
}

/// It counts itself among the backups.
#[derive(Clone)]
pub(super) struct CountsOneAckTooMany;

impl Flaws for CountsOneAckTooMany {
    const COUNTS_ONE_ACK_TOO_MANY: bool = true;
}
