//! What a replica holds of one key: a value with a timestamp, or siblings with what they have seen; and how
//! two replicas' contents become one.

use netsplit_watched::watched;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use netsplit_sim::digest::Digest;
use netsplit_sim::frame::KeyView;
use netsplit_sim::ids::{Key, OpId, Value};
use netsplit_sim::protocol::Answer;

use crate::parts::store::Cell;
use crate::parts::version_vector::{Dot, Seen};

/// The most siblings that a coordinator lets a key have.
pub(super) const SIBLINGS: usize = 16;

/// What a replica holds of one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// One value; the newest timestamp wins.
    Stamped(Cell),
    /// Values that no write has seen all of.
    Siblings(Rc<Siblings>),
}

/// Values of a key that are concurrent, and every write of the key that they and those before them have seen: a
/// dotted version vector set (Almeida, Baquero, Gonçalves, Preguiça and Fonte, *Scalable and Accurate Causality
/// Tracking for Eventually Consistent Stores*, DAIS 2014).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Siblings {
    /// The values in the order of their dots.
    pub(super) values: Vec<Sibling>,
    /// Every write that is here or was superseded by one that is.
    pub(super) seen: Seen,
}

/// One value among siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sibling {
    /// Which write of the key.
    pub(super) dot: Dot,
    /// What it wrote. The version is a timestamp; it tells people which is newer and decides nothing.
    pub(super) cell: Cell,
}

/// How contents are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// The newest timestamp wins.
    Timestamps,
    /// What was seen by another write goes; the rest stays.
    Vectors,
}

#[watched]
impl Content {
    /// The values, as many as there are.
    pub(super) fn cells(&self) -> impl Iterator<Item = &Cell> {
        let (one, several) = match self {
            Self::Stamped(cell) => (Some(cell), &[][..]),
            Self::Siblings(siblings) => (None, siblings.values.as_slice()),
        };
        one.into_iter().chain(several.iter().map(|sibling| &sibling.cell))
    }

    /// The value with the newest timestamp.
    pub(super) fn newest(&self) -> Option<Cell> {
        self.cells().copied().max_by_key(order)
    }

    /// Whether it holds what an operation wrote.
    pub(super) fn holds(&self, op: OpId) -> bool {
        self.cells().any(|cell| cell.op == op)
    }

    /// What both together say. Neither order nor repetition matters.
    pub(super) fn merged(&self, other: &Self, versions: Versions, by_counter: bool) -> Self {
        match (versions, self, other) {
            (Versions::Timestamps, ..) => {
                let newest = self.newest().into_iter().chain(other.newest()).max_by_key(order);
                newest.map_or_else(|| self.clone(), Self::Stamped)
            }
            (Versions::Vectors, Self::Siblings(a), Self::Siblings(b)) => {
                if a == b {
                    return self.clone();
                }
                Self::Siblings(Rc::new(a.joined(b, by_counter)))
            }
            // What was written with timestamps is older than anything with a vector: the parameter was changed in
            // between.
            (Versions::Vectors, Self::Siblings(_), Self::Stamped(_)) => self.clone(),
            (Versions::Vectors, Self::Stamped(_), Self::Siblings(_)) => other.clone(),
            (Versions::Vectors, Self::Stamped(a), Self::Stamped(b)) => {
                Self::Stamped(if order(a) < order(b) { *b } else { *a })
            }
        }
    }

    /// A fingerprint for comparing replicas; never 0.
    pub(super) fn digest(&self, key: Key) -> u64 {
        let mut digest = Digest::default();
        key.hash(&mut digest);
        self.hash(&mut digest);
        digest.finish() | 1
    }

    /// What a read of it answers.
    pub(super) fn answer(this: Option<&Self>) -> Answer {
        let mut found: Vec<_> =
            this.into_iter().flat_map(Self::cells).map(|cell| (cell.value, cell.version)).collect();
        if found.len() > 1 {
            found.sort_unstable_by_key(|(_, version)| *version);
            return Answer::Values(found);
        }
        Answer::Read(found.pop())
    }

    /// What every value of it has seen; nothing for one with a timestamp.
    pub(super) fn seen(&self) -> Seen {
        match self {
            Self::Stamped(_) => Seen::default(),
            Self::Siblings(siblings) => siblings.seen.clone(),
        }
    }

    /// Adds its values to the view of a replica, the oldest first.
    pub(super) fn view(&self, key: Key, keys: &mut Vec<KeyView>) {
        let from = keys.len();
        keys.extend(self.cells().map(|cell| KeyView {
            key,
            value: cell.value,
            version: cell.version,
            op: cell.op,
        }));
        keys[from..].sort_by_key(|view| view.version);
    }

    /// Puts a value in place of every value: what a node that lies tells.
    pub(super) fn forge(&mut self, value: Value) {
        match self {
            Self::Stamped(cell) => cell.value = value,
            Self::Siblings(siblings) => {
                let mut forged = Siblings::clone(siblings);
                forged.values.iter_mut().for_each(|sibling| sibling.cell.value = value);
                *siblings = Rc::new(forged);
            }
        }
    }

    /// Bytes on the wire: 8 for the value, 10 for a timestamp and 4 for the operation; with vectors also the dot and
    /// the words of what was seen.
    pub(super) fn bytes(&self) -> u32 {
        match self {
            Self::Stamped(_) => 22,
            Self::Siblings(siblings) => (siblings.values.len() * 38 + siblings.seen.words() * 8) as u32,
        }
    }
}

/// Cells with timestamps in order. The operation breaks the tie that a wiped node with a clock set back could make.
fn order(cell: &Cell) -> (netsplit_sim::ids::Version, OpId) {
    (cell.version, cell.op)
}

#[watched]
impl Siblings {
    /// What is left of it after a write that has seen `seen`, with the new value.
    pub(super) fn written(&self, new: Sibling, seen: &Seen) -> Self {
        let mut values: Vec<Sibling> =
            self.values.iter().copied().filter(|sibling| !seen.contains(sibling.dot)).collect();
        values.push(new);
        values.sort_unstable_by_key(|sibling| sibling.dot);
        let mut all = self.seen.clone();
        all.join(seen);
        all.insert(new.dot);
        Self { values, seen: all }
    }

    /// How many values a write that has seen `seen` would leave beside its own.
    pub(super) fn left_by(&self, seen: &Seen) -> usize {
        self.values.iter().filter(|sibling| !seen.contains(sibling.dot)).count()
    }

    /// The values that are in both, and those of each that the other has not seen. `by_counter` is for a variant with a
    /// bug.
    fn joined(&self, other: &Self, by_counter: bool) -> Self {
        let survives = |sibling: &Sibling, there: &Self| {
            let superseded = if by_counter {
                there.values.iter().any(|newer| newer.dot.counter > sibling.dot.counter)
            } else {
                there.seen.contains(sibling.dot)
            };
            !superseded || there.values.iter().any(|other| other.dot == sibling.dot)
        };
        let mine = self.values.iter().filter(|sibling| survives(sibling, other));
        let others = other.values.iter().filter(|sibling| survives(sibling, self));
        let mut values: Vec<Sibling> = mine.chain(others).copied().collect();
        values.sort_unstable_by_key(|sibling| sibling.dot);
        values.dedup_by_key(|sibling| sibling.dot);
        // A client that tried one write at two coordinators made two dots of it. One of them says all that both say;
        // the other counts as superseded.
        let mut ops = std::collections::BTreeSet::new();
        values.retain(|sibling| ops.insert(sibling.cell.op));
        let mut seen = self.seen.clone();
        seen.join(&other.seen);
        Self { values, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::version_vector::Actor;
    use netsplit_sim::ids::{NodeId, Version};
    use netsplit_sim::random::{Purpose, Random, stream};

    fn sibling(node: u16, counter: u64) -> Sibling {
        let op = u32::from(node) * 100 + counter as u32;
        let version = Version { counter: u64::from(op), node: NodeId(node) };
        let cell = Cell { value: Value(u64::from(op)), version, op: OpId(op) };
        Sibling { dot: Dot { actor: Actor::new(NodeId(node), 0), counter }, cell }
    }

    fn content(siblings: &Siblings) -> Content {
        Content::Siblings(Rc::new(siblings.clone()))
    }

    fn merged(a: &Content, b: &Content) -> Content {
        a.merged(b, Versions::Vectors, false)
    }

    fn values(content: &Content) -> Vec<u64> {
        content.cells().map(|cell| cell.value.0).collect()
    }

    /// Two clients write through one node with the same context: both values stay, which a plain vector can't tell from
    /// one after the other.
    #[test]
    fn two_writes_of_one_context_are_siblings() {
        let first = Siblings::default().written(sibling(0, 1), &Seen::default());
        let both = first.written(sibling(0, 2), &Seen::default());
        assert_eq!(values(&content(&both)), [1, 2]);
        let resolved = both.written(sibling(0, 3), &both.seen);
        assert_eq!(values(&content(&resolved)), [3]);
        assert_eq!(values(&merged(&content(&both), &content(&resolved))), [3]);
    }

    /// A client knows what it wrote, and not what others wrote through the same node meanwhile.
    #[test]
    fn a_write_supersedes_only_what_its_client_has_seen() {
        let both = (Siblings::default().written(sibling(0, 1), &Seen::default()))
            .written(sibling(0, 2), &Seen::default());
        let mut own = Seen::default();
        own.insert(sibling(0, 2).dot);
        let next = both.written(sibling(0, 3), &own);
        assert_eq!(values(&content(&next)), [1, 3]);
        // At a node that has seen nothing yet, it must not claim to have seen the first.
        let elsewhere = Siblings::default().written(sibling(1, 1), &own);
        let all = merged(&content(&elsewhere), &content(&both));
        assert_eq!(values(&all), [1, 101]);
    }

    #[test]
    fn one_write_tried_at_two_nodes_is_one_value() {
        let mut again = sibling(1, 1);
        again.cell = sibling(0, 1).cell;
        let first = content(&Siblings::default().written(sibling(0, 1), &Seen::default()));
        let second = content(&Siblings::default().written(again, &Seen::default()));
        let both = merged(&first, &second);
        assert_eq!(values(&both), [1]);
        assert_eq!(both, merged(&second, &first));
        assert_eq!(both, merged(&both, &second));
    }

    /// Random replicas that write and exchange: merging is the same in any order, and nothing unseen is lost.
    #[test]
    fn merging_is_a_join_and_loses_nothing() {
        let mut random = stream(5, Purpose::Faults, 0, 0);
        for _ in 0..500 {
            let mut replicas = vec![Siblings::default(); 3];
            let mut superseded = Seen::default();
            for _ in 0..10 {
                step(&mut random, &mut replicas, &mut superseded);
            }
            let [a, b, c] = [0, 1, 2].map(|i| content(&replicas[i]));
            let all = merged(&merged(&a, &b), &c);
            assert_eq!(all, merged(&a, &merged(&c, &b)));
            assert_eq!(all, merged(&all, &b));
            let made = replicas.iter().map(|r| r.seen.clone()).fold(Seen::default(), |mut sum, seen| {
                sum.join(&seen);
                sum
            });
            let Content::Siblings(all) = all else { unreachable!("siblings stay siblings") };
            for node in 0..3 {
                for counter in 1..=made.highest(Actor::new(NodeId(node), 0)) {
                    let sibling = sibling(node, counter);
                    let kept = all.values.contains(&sibling);
                    assert_eq!(kept, !superseded.contains(sibling.dot), "{}", sibling.dot.describe());
                }
            }
        }
    }

    /// A write at a random replica by a client that has seen another's content, or nothing; or an exchange.
    fn step(random: &mut Random, replicas: &mut [Siblings], superseded: &mut Seen) {
        let (at, from) = (random.below(3) as usize, random.below(3) as usize);
        if random.below(3) == 0 {
            let Content::Siblings(both) = merged(&content(&replicas[at]), &content(&replicas[from])) else {
                unreachable!("siblings stay siblings")
            };
            replicas[at] = Siblings::clone(&both);
            return;
        }
        let seen = if random.below(2) == 0 { replicas[from].seen.clone() } else { Seen::default() };
        superseded.join(&seen);
        let actor = Actor::new(NodeId(at as u16), 0);
        let counter = replicas[at].seen.highest(actor) + 1;
        replicas[at] = replicas[at].written(sibling(at as u16, counter), &seen);
    }
}
