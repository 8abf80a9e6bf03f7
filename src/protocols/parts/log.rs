//! A log on a disk: entries by index from 1 on, of which a prefix may have been dropped (a snapshot has
//! it) and a suffix may be replaced. It remembers what it has to take back when unsynced writes are lost.

use netsplit_watched::watched;
use std::collections::VecDeque;

use netsplit_sim::durable::Durable;

/// A log on a disk.
#[derive(Clone, Debug)]
pub struct Log<E> {
    /// The index of the last entry that was dropped from the front; 0 if none.
    start: u64,
    entries: VecDeque<E>,
    /// Changes since the last sync, to be taken back from the last to the first.
    unsynced: Vec<Undo<E>>,
}

#[derive(Clone, Debug)]
enum Undo<E> {
    Pushed,
    /// These entries were cut off the end.
    Truncated(Vec<E>),
    /// These entries were dropped from the front.
    Dropped(Vec<E>),
    /// The whole log, which began after this index, was replaced by nothing.
    Reset(u64, VecDeque<E>),
}

#[watched]
impl<E: Clone> Log<E> {
    /// The index of the last entry that was dropped from the front; 0 if none.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The index of the last entry; [`Self::start`] if there is none.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start + self.entries.len() as u64
    }

    /// The entry at an index; `None` outside of what is there.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<&E> {
        self.entries.get(usize::try_from(index.checked_sub(self.start + 1)?).ok()?)
    }

    /// The entries from an index on, with their indices.
    pub fn from(&self, first: u64) -> impl DoubleEndedIterator<Item = (u64, &E)> {
        let skip = first.saturating_sub(self.start + 1).min(self.entries.len() as u64);
        let at = self.start + 1 + skip;
        (self.entries.range(skip as usize..).enumerate()).map(move |(i, entry)| (at + i as u64, entry))
    }

    /// Adds an entry; answers its index.
    pub fn push(&mut self, entry: E) -> u64 {
        self.entries.push_back(entry);
        self.unsynced.push(Undo::Pushed);
        self.end()
    }

    /// Cuts off every entry after an index.
    pub fn truncate(&mut self, last: u64) {
        if last < self.end() {
            let keep = last.saturating_sub(self.start) as usize;
            let cut: Vec<E> = self.entries.drain(keep..).collect();
            self.unsynced.push(Undo::Truncated(cut));
        }
    }

    /// Drops every entry up to and including an index from the front.
    pub fn drop_up_to(&mut self, index: u64) {
        let count = index.min(self.end()).saturating_sub(self.start);
        if count > 0 {
            let dropped: Vec<E> = self.entries.drain(..count as usize).collect();
            self.start += count;
            self.unsynced.push(Undo::Dropped(dropped));
        }
    }

    /// Drops everything; the next entry will have the index after `start`.
    pub fn reset(&mut self, start: u64) {
        let entries = std::mem::take(&mut self.entries);
        self.unsynced.push(Undo::Reset(self.start, entries));
        self.start = start;
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<E> Default for Log<E> {
    fn default() -> Self {
        Self { start: 0, entries: VecDeque::new(), unsynced: Vec::new() }
    }
}

impl<E: Clone + 'static> Durable for Log<E> {
    fn synced(&mut self) {
        self.unsynced.clear();
    }

    fn lose_unsynced(&mut self) {
        while let Some(undo) = self.unsynced.pop() {
            match undo {
                Undo::Pushed => {
                    self.entries.pop_back();
                }
                Undo::Truncated(cut) => self.entries.extend(cut),
                Undo::Dropped(dropped) => {
                    self.start -= dropped.len() as u64;
                    for entry in dropped.into_iter().rev() {
                        self.entries.push_front(entry);
                    }
                }
                Undo::Reset(start, entries) => {
                    self.start = start;
                    self.entries = entries;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(log: &Log<char>) -> (u64, String) {
        (log.start(), log.from(0).map(|(_, entry)| entry).collect())
    }

    #[test]
    fn indices_count_from_one_and_survive_dropping() {
        let mut log = Log::default();
        for entry in ['a', 'b', 'c', 'd'] {
            log.push(entry);
        }
        assert_eq!((log.get(0), log.get(1), log.get(4), log.get(5)), (None, Some(&'a'), Some(&'d'), None));
        log.drop_up_to(2);
        assert_eq!((log.get(2), log.get(3), log.start(), log.end()), (None, Some(&'c'), 2, 4));
        assert_eq!(log.from(4).collect::<Vec<_>>(), [(4, &'d')]);
        assert_eq!(log.from(1).count(), 2);
        assert_eq!(log.from(9).count(), 0);
        log.truncate(3);
        assert_eq!(log.end(), 3);
        assert_eq!(log.push('e'), 4);
    }

    #[test]
    fn every_unsynced_change_is_taken_back() {
        let mut log = Log::default();
        "abcd".chars().for_each(|entry| _ = log.push(entry));
        log.synced();
        log.push('e');
        log.truncate(2);
        log.push('x');
        log.drop_up_to(1);
        log.reset(9);
        log.push('y');
        assert_eq!(shown(&log), (9, "y".to_owned()));
        log.lose_unsynced();
        assert_eq!(shown(&log), (0, "abcd".to_owned()));
    }
}
