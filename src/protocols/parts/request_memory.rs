//! What a coordinator remembers of the writes that it began, on its disk: a request that reaches it a second
//! time (doubled by the network, or repeated by its client) then goes on with the same version instead
//! of making a second write of the same value.

use netsplit_sim::durable::Durable;
use netsplit_sim::ids::{OpId, Version};
use netsplit_watched::watched;

use crate::parts::durable_map::DurableMap;

/// How many writes it remembers.
const REMEMBERED: usize = 512;

/// The writes that a coordinator began.
#[derive(Clone, Debug, Default, Hash)]
pub struct RequestMemory {
    begun: DurableMap<OpId, Option<Version>>,
    /// The highest operation that was forgotten. What is not above it may have been begun.
    forgotten: DurableMap<(), OpId>,
}

/// What is remembered of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: it is new.
    New,
    /// It was begun with this version.
    Begun(Version),
    /// It was refused, and must stay without effect.
    Refused,
    /// It is too old to tell.
    Forgotten,
}

#[watched]
impl RequestMemory {
    /// What is remembered of a write.
    #[must_use]
    pub fn of(&self, op: OpId) -> Remembered {
        match self.begun.get(&op) {
            Some(Some(version)) => Remembered::Begun(*version),
            Some(None) => Remembered::Refused,
            None if self.forgotten.get(&()).is_some_and(|&last| op <= last) => Remembered::Forgotten,
            None => Remembered::New,
        }
    }

    /// Remembers the version of a write. The caller syncs before anybody hears of it.
    pub fn begin(&mut self, op: OpId, version: Version) {
        self.remember(op, Some(version));
    }

    /// Remembers that a write was refused. The caller syncs before anybody hears of it.
    pub fn refuse(&mut self, op: OpId) {
        self.remember(op, None);
    }

    fn remember(&mut self, op: OpId, version: Option<Version>) {
        self.begun.insert(op, version);
        self.forget_oldest();
    }

    /// Remembers what another coordinator has begun, too. Neither order nor repetition matters, so it keeps to the
    /// latest at every step: what is among the latest of all is among the latest of every part.
    pub fn merge(&mut self, other: &Self) {
        for (&op, &version) in other.begun.as_map() {
            // A write that was tried at two coordinators has two versions, and the newer wins wherever both are. One
            // that was begun anywhere was not refused everywhere.
            if self.begun.get(&op).is_none_or(|held| *held < version) {
                self.begun.insert(op, version);
            }
        }
        if let Some(&last) = other.forgotten.get(&()) {
            self.forget_up_to(last);
        }
        self.forget_oldest();
    }

    /// Keeps to the latest.
    fn forget_oldest(&mut self) {
        while self.begun.as_map().len() > REMEMBERED
            && let Some(&oldest) = self.begun.as_map().keys().next()
        {
            self.begun.remove(&oldest);
            self.forget_up_to(oldest);
        }
    }

    fn forget_up_to(&mut self, op: OpId) {
        let last = self.forgotten.get(&()).copied().unwrap_or(op);
        self.forgotten.insert((), last.max(op));
    }

    /// The newest version that was begun with.
    #[must_use]
    pub fn newest(&self) -> Option<Version> {
        self.begun.as_map().values().copied().max().flatten()
    }

    /// About how many bytes it takes on the wire: 4 for an operation and 10 for its version.
    #[must_use]
    pub fn wire_bytes(&self) -> u32 {
        self.begun.as_map().len() as u32 * 14
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.begun.as_map().len() * 48
    }
}

impl Durable for RequestMemory {
    fn synced(&mut self) {
        self.begun.synced();
        self.forgotten.synced();
    }

    fn lose_unsynced(&mut self) {
        self.begun.lose_unsynced();
        self.forgotten.lose_unsynced();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::ids::NodeId;

    const VERSION: Version = Version { counter: 7, node: NodeId(1) };

    #[test]
    fn it_tells_new_begun_refused_and_forgotten_apart() {
        let mut memory = RequestMemory::default();
        memory.begin(OpId(1), VERSION);
        memory.refuse(OpId(2));
        assert_eq!(memory.of(OpId(1)), Remembered::Begun(VERSION));
        assert_eq!(memory.of(OpId(2)), Remembered::Refused);
        assert_eq!(memory.of(OpId(3)), Remembered::New);
        for op in 10..10 + REMEMBERED as u32 {
            memory.begin(OpId(op), VERSION);
        }
        assert_eq!(memory.of(OpId(1)), Remembered::Forgotten);
        // An operation between the forgotten ones that never came here counts as forgotten too.
        assert_eq!(memory.of(OpId(0)), Remembered::Forgotten);
        assert_eq!(memory.of(OpId(10)), Remembered::Begun(VERSION));
        assert_eq!(memory.begun.as_map().len(), REMEMBERED);
    }

    #[test]
    fn what_several_remember_is_the_same_in_any_order() {
        let begin = |ops: std::ops::Range<u32>, counter| {
            let mut memory = RequestMemory::default();
            ops.for_each(|op| memory.begin(OpId(op), Version { counter, node: NodeId(1) }));
            memory
        };
        let merged = |parts: [&RequestMemory; 4]| {
            let mut all = RequestMemory::default();
            parts.into_iter().for_each(|part| all.merge(part));
            all
        };
        let mut refused = RequestMemory::default();
        refused.refuse(OpId(650));
        refused.refuse(OpId(900));
        let (a, b) = (begin(0..700, 7), begin(600..800, 8));
        let all = merged([&a, &b, &refused, &a]);
        let other = merged([&refused, &a, &a, &b]);
        assert_eq!(all.begun.as_map(), other.begun.as_map());
        assert_eq!(all.forgotten.as_map(), other.forgotten.as_map());
        assert_eq!(all.of(OpId(900)), Remembered::Refused);
        assert_eq!(all.of(OpId(650)), Remembered::Begun(Version { counter: 8, node: NodeId(1) }));
        // 512 of the operations 0 to 799 and 900 remain: the first of them is 289.
        assert_eq!(all.of(OpId(288)), Remembered::Forgotten);
        assert!(matches!(all.of(OpId(289)), Remembered::Begun(_)));
        assert_eq!(all.newest().map(|version| version.counter), Some(8));
    }

    #[test]
    fn what_was_not_synced_was_never_begun() {
        let mut memory = RequestMemory::default();
        memory.begin(OpId(1), VERSION);
        memory.synced();
        memory.begin(OpId(2), VERSION);
        memory.lose_unsynced();
        assert_eq!(memory.of(OpId(1)), Remembered::Begun(VERSION));
        assert_eq!(memory.of(OpId(2)), Remembered::New);
    }
}
