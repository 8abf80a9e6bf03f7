//! Raft broken on purpose, in the ways that people really break it.

use netsplit_protocols::raft::{self, Bugs, Raft};

use super::{Bug, bug};

/// Every planted bug of Raft.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<B: Bugs>(name: &'static str) -> Bug {
        bug::<Raft<B>>(name, raft::contract, raft::calls)
    }
    vec![
        of::<CommitsOldTermsByCount>("an entry of an old term is committed by counting"),
        of::<ForgetsVote>("a vote is not persisted"),
        of::<AcksBeforeSync>("an acknowledgement before the fsync"),
        of::<VotesForAnyLog>("a vote for a log that lacks committed entries"),
        of::<ReadsWithoutAsking>("a leader reads without asking whether it leads"),
        of::<TruncatesAlways>("a late message cuts off what was acknowledged"),
    ]
}

/// A leader begins its term without an entry of its own and commits by counting alone: figure 8.
#[derive(Clone)]
pub struct CommitsOldTermsByCount;

impl Bugs for CommitsOldTermsByCount {
    const COMMITS_OLD_TERMS_BY_COUNT: bool = true;
    const BEGINS_WITHOUT_NO_OP: bool = true;
}

/// A server that restarts may vote again in the same term.
#[derive(Clone)]
pub struct ForgetsVote;

impl Bugs for ForgetsVote {
    const FORGETS_VOTE: bool = true;
}

/// A crash may take back what a follower acknowledged.
#[derive(Clone)]
pub struct AcksBeforeSync;

impl Bugs for AcksBeforeSync {
    const ACKS_BEFORE_SYNC: bool = true;
}

/// The election restriction of section 5.4.1 is missing.
#[derive(Clone)]
pub struct VotesForAnyLog;

impl Bugs for VotesForAnyLog {
    const VOTES_FOR_ANY_LOG: bool = true;
}

/// A deposed leader that does not know it answers reads.
#[derive(Clone)]
pub struct ReadsWithoutAsking;

impl Bugs for ReadsWithoutAsking {
    const READS_WITHOUT_ASKING: bool = true;
}

/// A follower cuts its log after whatever a message brings.
#[derive(Clone)]
pub struct TruncatesAlways;

impl Bugs for TruncatesAlways {
    const TRUNCATES_ALWAYS: bool = true;
}

/// The bug of the thesis's single-server changes, found in 2015.
#[derive(Clone)]
pub struct ChangesMembersEarly;

impl Bugs for ChangesMembersEarly {
    const CHANGES_MEMBERS_EARLY: bool = true;
}
