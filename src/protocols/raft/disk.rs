//! What a server keeps on its disk, and what it is made of: the term, the vote, the log and the snapshot.

use netsplit_watched::watched;
use std::rc::Rc;

use netsplit_sim::durable::{Durable, Kept};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, OpId};

use crate::parts::log::Log;
use crate::parts::state_machine::StateMachine;

/// The persistent state of figure 2, and the snapshot of section 7. The log begins where the snapshot ends.
#[derive(Clone, Default)]
pub struct Disk {
    /// The latest term that the server has seen.
    pub(super) term: Kept<u64>,
    /// Whom it voted for in that term.
    pub(super) voted_for: Kept<Option<NodeId>>,
    /// The log.
    pub(super) log: Log<Entry>,
    /// What stands for the entries before the log.
    pub(super) snapshot: Rc<Snapshot>,
    /// The snapshot that the disk surely has.
    written_snapshot: Rc<Snapshot>,
}

/// The state after a prefix of the log, and what has to be known of that prefix besides.
#[derive(Clone, Debug, Default, Hash)]
pub struct Snapshot {
    /// The index of the last entry that it stands for.
    pub(super) index: u64,
    /// The term of that entry.
    pub(super) term: u64,
    /// The configuration as of that entry.
    pub(super) members: Members,
    /// The state machine.
    pub(super) machine: StateMachine,
}

/// An entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The term in which a leader made it.
    pub term: u64,
    /// What it says.
    pub what: What,
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Nothing: the first entry of a leader's term, by which it learns what is committed (section 8).
    NoOp,
    /// A client's operation.
    Operation {
        /// Which.
        op: OpId,
        /// What it asks for.
        call: Call,
    },
    /// A new configuration, in force wherever it is in the log (thesis, section 4.1).
    Members(Members),
}

/// A set of servers: one bit for each of the first 64 nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Members(u64);

#[watched]
impl Members {
    /// The first `count` nodes.
    #[must_use]
    pub fn first(count: u64) -> Self {
        Self(if count >= 64 { u64::MAX } else { (1 << count) - 1 })
    }

    /// Whether this node is one.
    #[must_use]
    pub fn contains(self, node: NodeId) -> bool {
        node.0 < 64 && self.0 >> node.0 & 1 == 1
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, node: NodeId) -> Self {
        if node.0 < 64 { Self(self.0 | 1 << node.0) } else { self }
    }

    /// These without one.
    #[must_use]
    pub fn without(self, node: NodeId) -> Self {
        if node.0 < 64 { Self(self.0 & !(1 << node.0)) } else { self }
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// How many of them are a majority.
    #[must_use]
    pub fn majority(self) -> u32 {
        self.count() / 2 + 1
    }

    /// Whether those in `some` that are members are a majority of the members.
    #[must_use]
    pub fn majority_in(self, some: Self) -> bool {
        (self.0 & some.0).count_ones() >= self.majority()
    }

    /// Each of them, in order.
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = (left != 0).then(|| NodeId(left.trailing_zeros() as u16));
            left &= left.wrapping_sub(1);
            next
        })
    }
}

#[watched]
impl Disk {
    /// A disk with this content, all of it written: for tests that begin in the middle of a story.
    #[must_use]
    pub fn with(term: u64, voted_for: Option<NodeId>, log: &[Entry]) -> Self {
        let mut disk = Self::default();
        disk.term.set(term);
        disk.voted_for.set(voted_for);
        for &entry in log {
            disk.log.push(entry);
        }
        disk.synced();
        disk
    }

    /// The disk of a server that begins with a snapshot, in the term of it and with no vote, all of it written.
    #[must_use]
    pub(super) fn beginning_with(snapshot: Snapshot) -> Self {
        let mut disk = Self::default();
        disk.term.set(snapshot.term);
        disk.log.reset(snapshot.index);
        disk.snapshot = Rc::new(snapshot);
        disk.synced();
        disk
    }

    /// The latest term that the server has seen.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.term.get()
    }

    /// Whom it voted for in that term.
    #[must_use]
    pub fn voted_for(&self) -> Option<NodeId> {
        self.voted_for.get()
    }

    /// The log after the snapshot.
    #[must_use]
    pub fn log(&self) -> &Log<Entry> {
        &self.log
    }

    /// The index and the term of the last entry, which may be in the snapshot.
    #[must_use]
    pub fn last(&self) -> (u64, u64) {
        let end = self.log.end();
        (end, self.term_at(end).unwrap_or(self.snapshot.term))
    }

    /// The term of the entry at an index, if the log or the snapshot's end tells.
    #[must_use]
    pub fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.snapshot.index {
            return Some(self.snapshot.term);
        }
        self.log.get(index).map(|entry| entry.term)
    }
}

impl Durable for Disk {
    fn synced(&mut self) {
        self.term.synced();
        self.voted_for.synced();
        self.log.synced();
        if !Rc::ptr_eq(&self.written_snapshot, &self.snapshot) {
            self.written_snapshot = Rc::clone(&self.snapshot);
        }
    }

    fn lose_unsynced(&mut self) {
        self.term.lose_unsynced();
        self.voted_for.lose_unsynced();
        self.log.lose_unsynced();
        self.snapshot = Rc::clone(&self.written_snapshot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_is_more_than_half() {
        let sizes: Vec<u32> = (1..=6).map(|count| Members::first(count).majority()).collect();
        assert_eq!(sizes, [1, 2, 2, 3, 3, 4]);
        let four = Members::first(5).without(NodeId(1));
        assert_eq!(four.iter().map(|node| node.0).collect::<Vec<_>>(), [0, 2, 3, 4]);
        assert!(!four.majority_in(Members::default().with(NodeId(0)).with(NodeId(1)).with(NodeId(2))));
        assert!(four.majority_in(four.without(NodeId(4))));
        assert_eq!(Members::first(64).count(), 64);
        assert!(!Members::first(64).contains(NodeId(64)));
    }

    #[test]
    fn a_snapshot_that_was_not_written_is_lost_with_what_it_dropped() {
        let entry = |term| Entry { term, what: What::NoOp };
        let mut disk = Disk::with(2, None, &[entry(1), entry(1), entry(2)]);
        disk.snapshot = Rc::new(Snapshot { index: 2, term: 1, ..Snapshot::default() });
        disk.log.drop_up_to(2);
        assert_eq!((disk.term_at(1), disk.term_at(2), disk.last()), (None, Some(1), (3, 2)));
        disk.lose_unsynced();
        assert_eq!((disk.term_at(0), disk.term_at(1), disk.last()), (Some(0), Some(1), (3, 2)));
    }
}
