//! What survives a crash: all of the data, what is known, and the answers that were given.

use netsplit_watched::watched;
use std::collections::BTreeSet;

use netsplit_sim::durable::{Durable, Kept};
use netsplit_sim::ids::{NodeId, OpId, Version};
use netsplit_sim::protocol::Answer;

use super::data::{Object, Slot};
use super::variant::Variant;
use crate::parts::answers::Answers;
use crate::parts::crdt::dots::{Actor, Dot, Vector};
use crate::parts::durable_map::DurableMap;

/// The disk of a node.
#[derive(Clone, Default)]
pub struct Disk {
    /// Which of its lives the node is in; `None` until it has started with this disk.
    incarnation: Kept<Option<u32>>,
    /// The last timestamp that it gave out; it gives every one only once.
    last_timestamp: Kept<u64>,
    objects: DurableMap<Slot, Object>,
    /// All changes of every actor up to a number.
    known: DurableMap<(), Vector>,
    /// Changes beyond those, that came as rumours while one before them has not come.
    beyond: DurableMap<Dot, ()>,
    answers: Answers,
}

/// What a disk holds that belongs to no key, as it is handed on to a group that takes this one's place.
#[derive(Clone, Debug, Default, Hash)]
pub struct Rest {
    /// All changes of every actor up to a number, that are taken in.
    known: Vector,
    /// Changes beyond those.
    beyond: BTreeSet<Dot>,
    answers: Answers,
    last_timestamp: u64,
}

impl Rest {
    /// Takes in what another replica holds.
    pub fn merge(&mut self, other: &Self) {
        self.known.join(&other.known);
        self.beyond.extend(&other.beyond);
        let known = &self.known;
        self.beyond.retain(|&dot| !known.contains(dot));
        self.answers.merge(&other.answers);
        self.last_timestamp = self.last_timestamp.max(other.last_timestamp);
    }

    /// How many bytes it takes on the wire: a dot takes 14.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        (self.known.len() + self.beyond.len()) as u32 * 14 + self.answers.wire_bytes() + 8
    }
}

#[watched]
impl Disk {
    /// Whether the node starts with this disk for the first time.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.incarnation.get().is_none()
    }

    /// The node begins a life.
    pub fn begin(&mut self, incarnation: u32) {
        self.incarnation.set(Some(incarnation));
    }

    /// Whether a change of a node under this name is known here.
    #[must_use]
    pub fn knows_name(&self, node: NodeId, incarnation: u32) -> bool {
        let actor = Actor { node, incarnation };
        self.known().get(actor) > 0 || self.beyond.as_map().keys().any(|dot| dot.actor == actor)
    }

    /// What it holds that belongs to no key.
    #[must_use]
    pub fn rest(&self) -> Rest {
        let beyond = self.beyond.as_map().keys().copied().collect();
        let mut answers = self.answers.clone();
        answers.synced();
        Rest { known: self.known(), beyond, answers, last_timestamp: self.last_timestamp.get() }
    }

    /// The disk of a node that begins with this, and under a new name, all of it written.
    #[must_use]
    pub fn beginning_with(objects: impl IntoIterator<Item = (Slot, Object)>, rest: Rest) -> Self {
        let Rest { known, beyond, answers, mut last_timestamp } = rest;
        let mut disk = Self { answers, ..Self::default() };
        for (slot, object) in objects {
            let newest = object.cells().last().map_or(0, |cell| cell.version.counter);
            last_timestamp = last_timestamp.max(newest);
            disk.put(slot, object);
        }
        disk.learn_all(&known);
        beyond.into_iter().for_each(|dot| disk.learn(dot));
        disk.last_timestamp.set(last_timestamp);
        disk.synced();
        disk
    }

    /// The name under which the node makes changes.
    #[must_use]
    pub fn actor(&self, node: NodeId) -> Actor {
        Actor { node, incarnation: self.incarnation.get().unwrap_or(0) }
    }

    /// What a slot holds.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&Object> {
        self.objects.get(&slot)
    }

    /// Sets what a slot holds.
    pub fn put(&mut self, slot: Slot, object: Object) {
        self.objects.insert(slot, object);
    }

    /// Every slot and what it holds, in order.
    pub fn objects(&self) -> impl Iterator<Item = (Slot, &Object)> {
        self.objects.as_map().iter().map(|(&slot, object)| (slot, object))
    }

    /// Takes in another copy's state of a slot; tells whether that changed anything.
    pub fn merge<V: Variant>(&mut self, slot: Slot, theirs: &Object) -> bool {
        let mut mine = self.get(slot).cloned().unwrap_or_else(|| slot.data.empty());
        let changed = mine.merge::<V>(theirs);
        if changed {
            self.put(slot, mine);
        }
        changed
    }

    /// A new version: by this clock, and after every version given out here and after `held`, so that
    /// versions agree with causality (RR-7506, section 3.2.1).
    pub fn next_version(&mut self, node: NodeId, clock: u64, held: Option<Version>) -> Version {
        let after = self.last_timestamp.get().max(held.map_or(0, |version| version.counter));
        let counter = clock.max(after + 1);
        self.last_timestamp.set(counter);
        Version { counter, node }
    }

    /// All changes of every actor up to a number, that this copy has taken in.
    #[must_use]
    pub fn known(&self) -> Vector {
        self.known.get(&()).cloned().unwrap_or_default()
    }

    /// Whether this copy has taken in a change.
    #[must_use]
    pub fn knows(&self, dot: Dot) -> bool {
        self.known.get(&()).is_some_and(|known| known.contains(dot)) || self.beyond.get(&dot).is_some()
    }

    /// The dot of the node's next change. It counts as known.
    pub fn next_dot(&mut self, node: NodeId) -> Dot {
        let actor = self.actor(node);
        let dot = Dot { actor, counter: self.known().get(actor) + 1 };
        self.learn(dot);
        dot
    }

    /// This copy has taken in a change.
    pub fn learn(&mut self, dot: Dot) {
        if !self.knows(dot) {
            self.beyond.insert(dot, ());
            self.learn_all(&Vector::default());
        }
    }

    /// This copy has taken in all that a vector covers; tells whether anything of it was new.
    pub fn learn_all(&mut self, vector: &Vector) -> bool {
        let mut known = self.known();
        let mut changed = known.join(vector);
        // Single changes that now follow without a gap are part of the vector.
        let singles: Vec<Dot> = self.beyond.as_map().keys().copied().collect();
        for dot in singles {
            if dot.counter == known.get(dot.actor) + 1 {
                changed |= known.add(dot);
            }
            if known.contains(dot) {
                self.beyond.remove(&dot);
            }
        }
        if changed {
            self.known.insert((), known);
        }
        changed
    }

    /// How many changes it knows beyond a gap.
    #[must_use]
    pub fn beyond_a_gap(&self) -> usize {
        self.beyond.as_map().len()
    }

    /// What a copy lacks that knows all changes up to `base`.
    #[must_use]
    pub fn since(&self, base: &Vector) -> Vec<(Slot, Object)> {
        self.objects().filter_map(|(slot, object)| Some((slot, object.since(base)?))).collect()
    }

    /// The answer to a request that was carried out here before; `None` if it is new.
    #[must_use]
    pub fn answer(&self, op: OpId) -> Option<Answer> {
        self.answers.of(op)
    }

    /// Remembers an answer.
    pub fn remember(&mut self, op: OpId, answer: Answer) {
        self.answers.remember(op, answer);
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        let objects: usize = self.objects().map(|(_, object)| 48 + 3 * object.bytes() as usize).sum();
        let vector = self.known.get(&()).map_or(0, Vector::len) * 32;
        objects + vector + self.beyond.as_map().len() * 32 + self.answers.len() * 96
    }
}

impl Durable for Disk {
    fn synced(&mut self) {
        self.incarnation.synced();
        self.last_timestamp.synced();
        self.objects.synced();
        self.known.synced();
        self.beyond.synced();
        self.answers.synced();
    }

    fn lose_unsynced(&mut self) {
        self.incarnation.lose_unsynced();
        self.last_timestamp.lose_unsynced();
        self.objects.lose_unsynced();
        self.known.lose_unsynced();
        self.beyond.lose_unsynced();
        self.answers.lose_unsynced();
    }
}
