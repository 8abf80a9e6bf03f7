//! What a replica keeps on its disk: the epoch, the log, and a snapshot of what the log began after.

use netsplit_watched::watched;
use std::hash::Hash;
use std::hash::Hasher;
use std::rc::Rc;

use netsplit_sim::digest::Digest;
use netsplit_sim::durable::{Durable, Kept};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, OpId, Version};

use crate::parts::log::Log;
use crate::parts::state_machine::StateMachine;

/// How many committed entries a log keeps, so that a backup that was away for a while can catch up by
/// entries. One that was away for longer gets a snapshot.
const KEPT: u64 = 64;

/// A period with one primary. The number decides what is newer, and the node between two that took the
/// same number, so that no two primaries ever share an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// How many times a node has tried to take over before, as far as it knew.
    pub number: u64,
    /// The primary.
    pub node: NodeId,
}

impl Default for Epoch {
    fn default() -> Self {
        Self { number: 0, node: NodeId(0) }
    }
}

/// An entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The epoch of the primary that made it.
    pub epoch: Epoch,
    /// What to do, and for which operation; `None` for the entry with which a primary begins.
    pub command: Option<(OpId, Call)>,
    /// A digest of this entry and all before it: two logs with the same chain at an index are the same up to there.
    pub chain: u64,
}

#[watched]
impl Entry {
    /// The version of what it writes at an index: Oki and Liskov's viewstamp, which is newer in a newer epoch.
    pub(super) fn version(&self, index: u64) -> Version {
        Version { counter: (self.epoch.number << 32) | index, node: self.epoch.node }
    }
}

/// The state after a prefix of a log.
#[derive(Clone, Debug, Default, Hash)]
pub struct Snapshot {
    /// The state.
    pub state: StateMachine,
    /// The epoch of the last entry in it.
    pub epoch: Epoch,
    /// The chain of the last entry in it.
    pub chain: u64,
}

#[watched]
impl Snapshot {
    fn apply(&mut self, index: u64, entry: Entry) {
        if let Some((op, call)) = entry.command {
            self.state.apply(op, call, entry.version(index));
            self.state.synced();
        }
        self.epoch = entry.epoch;
        self.chain = entry.chain;
    }
}

/// What survives a crash.
#[derive(Clone, Default)]
pub struct Disk {
    /// The newest epoch that this node has voted in or heard of.
    pub(super) epoch: Kept<Epoch>,
    /// Whether a person told this node to lead no more.
    pub(super) resigned: Kept<bool>,
    /// The index up to which entries are known to be committed.
    pub(super) committed: Kept<u64>,
    log: Log<Entry>,
    base: Rc<Snapshot>,
    /// What `base` was at the last sync, if it changed since.
    base_before: Option<Rc<Snapshot>>,
}

#[watched]
impl Disk {
    /// The disk of a node that begins with this state at this index, in this epoch, all of it written.
    pub(super) fn beginning_with(state: StateMachine, epoch: Epoch, at: u64) -> Self {
        let mut digest = Digest::default();
        (epoch, at, &state).hash(&mut digest);
        let snapshot = Snapshot { state, epoch, chain: digest.finish() };
        let mut disk = Self::default();
        disk.epoch.set(epoch);
        disk.replace(at, Rc::new(snapshot));
        disk.synced();
        disk
    }

    /// The index that the snapshot goes up to.
    pub(super) fn start(&self) -> u64 {
        self.log.start()
    }

    /// The index of the last entry.
    pub(super) fn end(&self) -> u64 {
        self.log.end()
    }

    pub(super) fn log(&self) -> &Log<Entry> {
        &self.log
    }

    pub(super) fn base(&self) -> &Rc<Snapshot> {
        &self.base
    }

    /// The chain at an index, where it is known.
    pub(super) fn chain_at(&self, index: u64) -> Option<u64> {
        if index == self.start() { Some(self.base.chain) } else { self.log.get(index).map(|e| e.chain) }
    }

    /// The epoch of the entry at an index, where it is known.
    pub(super) fn epoch_at(&self, index: u64) -> Option<Epoch> {
        if index == self.start() { Some(self.base.epoch) } else { self.log.get(index).map(|e| e.epoch) }
    }

    /// The epoch of the last entry.
    pub(super) fn last_epoch(&self) -> Epoch {
        self.epoch_at(self.end()).expect("a log knows its end")
    }

    pub(super) fn last_chain(&self) -> u64 {
        self.chain_at(self.end()).expect("a log knows its end")
    }

    /// Adds an entry of this node's epoch.
    pub(super) fn append(&mut self, command: Option<(OpId, Call)>) -> u64 {
        let epoch = self.epoch.get();
        let mut digest = Digest::default();
        (self.last_chain(), epoch, command).hash(&mut digest);
        self.log.push(Entry { epoch, command, chain: digest.finish() })
    }

    /// Adds an entry that another node made.
    pub(super) fn push(&mut self, entry: Entry) {
        self.log.push(entry);
    }

    /// Cuts off every entry after an index.
    pub(super) fn truncate(&mut self, last: u64) {
        self.log.truncate(last);
        self.committed.set(self.committed.get().min(last));
    }

    /// Puts a snapshot that goes up to an index in the place of everything.
    pub(super) fn replace(&mut self, at: u64, snapshot: Rc<Snapshot>) {
        self.log.reset(at);
        let old = std::mem::replace(&mut self.base, snapshot);
        self.base_before.get_or_insert(old);
        self.committed.set(at);
    }

    /// Moves old committed entries into the snapshot, many at a time, for that copies it.
    pub(super) fn compact(&mut self) {
        if self.log.len() as u64 <= 2 * KEPT {
            return;
        }
        let up_to = self.committed.get().min(self.end() - KEPT);
        if up_to <= self.start() {
            return;
        }
        self.base_before.get_or_insert_with(|| Rc::clone(&self.base));
        let base = Rc::make_mut(&mut self.base);
        for (index, entry) in self.log.from(self.log.start() + 1).take_while(|(index, _)| *index <= up_to) {
            base.apply(index, *entry);
        }
        self.log.drop_up_to(up_to);
    }

    /// About how many bytes it takes.
    pub(super) fn footprint(&self) -> usize {
        self.log.len() * size_of::<Entry>() + self.base.state.footprint()
    }
}

impl Durable for Disk {
    fn synced(&mut self) {
        self.epoch.synced();
        self.resigned.synced();
        self.committed.synced();
        self.log.synced();
        self.base_before = None;
    }

    fn lose_unsynced(&mut self) {
        self.epoch.lose_unsynced();
        self.resigned.lose_unsynced();
        self.committed.lose_unsynced();
        self.log.lose_unsynced();
        if let Some(before) = self.base_before.take() {
            self.base = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::ids::{Key, Value};

    fn write(op: u32) -> Option<(OpId, Call)> {
        Some((OpId(op), Call::Write { key: Key(op % 3), value: Value(u64::from(op)) }))
    }

    #[test]
    fn equal_chains_mean_equal_logs() {
        let (mut a, mut b) = (Disk::default(), Disk::default());
        for disk in [&mut a, &mut b] {
            disk.append(write(1));
        }
        assert_eq!(a.chain_at(1), b.chain_at(1));
        a.append(write(2));
        b.append(write(3));
        assert_ne!(a.chain_at(2), b.chain_at(2));
        a.append(write(4));
        b.append(write(4));
        assert_ne!(a.chain_at(3), b.chain_at(3), "the same entry after a different one");
    }

    #[test]
    fn a_compacted_log_is_the_same_state_and_is_restored_whole() {
        let mut disk = Disk::default();
        for op in 0..=(2 * KEPT as u32) {
            disk.append(write(op));
        }
        disk.committed.set(disk.end());
        disk.synced();
        let whole = disk.clone();
        disk.compact();
        assert_eq!((disk.start(), disk.end()), (KEPT + 1, 2 * KEPT + 1));
        assert_eq!(disk.chain_at(disk.start()), whole.chain_at(disk.start()));
        let last_write = disk.base().state.get(Key(0)).map(|cell| cell.value);
        // Operations 0 to 64 are in the snapshot, and 63 is the last of them for key 0.
        assert_eq!(last_write, Some(Value(63)));
        disk.append(write(7));
        disk.lose_unsynced();
        assert_eq!((disk.start(), disk.end(), disk.base().chain), (0, 2 * KEPT + 1, 0));
        assert_eq!(disk.last_chain(), whole.last_chain());
    }
}
