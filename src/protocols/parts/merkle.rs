//! A Merkle tree over keys (Merkle, *A Digital Signature Based on a Conventional Encryption Function*, CRYPTO 1987), as
//! replicas use it to find where their copies differ (Dynamo, section 4.7; Cassandra and Riak do the same).
//!
//! Keys are spread by a hash over the leaves of a tree. A leaf is the sum of the digests of its keys; an inner
//! place is a digest of its four children. Two replicas compare their roots; where these differ they go down to
//! the children, and at the leaves they compare keys. Equal places are not looked into, so the work goes
//! with the differences and not with the keys.
//!
//! The tree is kept up to date key by key: a change touches one leaf and the places above it. A sum of
//! digests is no defence against forgers; it is one against accidents.

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::hash::Hasher;

use netsplit_sim::digest::Digest;
use netsplit_sim::ids::Key;

/// The level of the leaves; the root has level 0.
pub const LEAVES: u8 = 3;
/// How many children an inner place has.
const FAN_OUT: u16 = 4;

/// A place in a forest of trees: one tree for each range of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which range of keys; whoever builds the forest decides what that is.
    pub range: u16,
    /// How far below the root.
    pub level: u8,
    /// Which of the places of its level.
    pub index: u16,
}

/// The trees of a replica. A place without keys has digest 0 and is not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merkle {
    digests: BTreeMap<Place, u64>,
}

impl Place {
    /// The root of a range.
    #[must_use]
    pub fn root(range: u16) -> Self {
        Self { range, level: 0, index: 0 }
    }

    /// The leaf that a key of this range belongs to.
    #[must_use]
    pub fn leaf(range: u16, key: Key) -> Self {
        let mut digest = Digest::default();
        digest.word(u64::from(key.0));
        let places = FAN_OUT.pow(u32::from(LEAVES));
        Self { range, level: LEAVES, index: (digest.finish() % u64::from(places)) as u16 }
    }

    /// The places below it; none for a leaf.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let count = if self.level < LEAVES { FAN_OUT } else { 0 };
        (0..count).map(move |child| Self {
            range: self.range,
            level: self.level + 1,
            index: self.index * FAN_OUT + child,
        })
    }

    fn parent(self) -> Option<Self> {
        let level = self.level.checked_sub(1)?;
        Some(Self { range: self.range, level, index: self.index / FAN_OUT })
    }
}

#[watched]
impl Merkle {
    /// The digest of a place; 0 if nothing is there.
    #[must_use]
    pub fn digest(&self, place: Place) -> u64 {
        self.digests.get(&place).copied().unwrap_or(0)
    }

    /// The content of a key of a range changed: its digest was `before` and is `after`, 0 where there is none.
    pub fn change(&mut self, range: u16, key: Key, before: u64, after: u64) {
        let mut place = Place::leaf(range, key);
        let sum = self.digest(place).wrapping_sub(before).wrapping_add(after);
        self.set(place, sum);
        while let Some(parent) = place.parent() {
            let digest = self.of_children(parent);
            self.set(parent, digest);
            place = parent;
        }
    }

    fn of_children(&self, place: Place) -> u64 {
        let mut digest = Digest::default();
        let mut any = false;
        for child in place.children() {
            let of_child = self.digest(child);
            any |= of_child != 0;
            digest.word(of_child);
        }
        if any { digest.finish() } else { 0 }
    }

    fn set(&mut self, place: Place, digest: u64) {
        if digest == 0 {
            self.digests.remove(&place);
        } else {
            self.digests.insert(place, digest);
        }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.digests.len() * 24
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::random::{Purpose, Random, stream};
    use std::collections::BTreeSet;

    type Contents = BTreeMap<Key, u64>;

    fn tree(contents: &Contents) -> Merkle {
        let mut tree = Merkle::default();
        contents.iter().for_each(|(&key, &digest)| tree.change(range(key), key, 0, digest));
        tree
    }

    fn range(key: Key) -> u16 {
        (key.0 % 3) as u16
    }

    /// Walks two trees as two replicas do, and answers the keys that differ and how many places were compared.
    fn differences(a: &Contents, b: &Contents) -> (BTreeSet<Key>, usize) {
        let (tree_a, tree_b) = (tree(a), tree(b));
        let mut open: Vec<Place> = (0..3).map(Place::root).collect();
        let (mut keys, mut compared) = (BTreeSet::new(), 0);
        while let Some(place) = open.pop() {
            compared += 1;
            if tree_a.digest(place) == tree_b.digest(place) {
                continue;
            }
            open.extend(place.children());
            if place.level == LEAVES {
                let here = |key: &&Key| Place::leaf(range(**key), **key) == place;
                let differ = |key: &&Key| a.get(key) != b.get(key);
                keys.extend(a.keys().chain(b.keys()).filter(here).filter(differ));
            }
        }
        (keys, compared)
    }

    fn contents(random: &mut Random, keys: u32) -> Contents {
        let mut contents = Contents::new();
        for key in (0..keys).map(Key) {
            if random.below(3) > 0 {
                contents.insert(key, random.bits() | 1);
            }
        }
        contents
    }

    #[test]
    fn it_finds_exactly_the_keys_that_differ() {
        let mut random = stream(3, Purpose::Faults, 0, 0);
        for _ in 0..300 {
            let a = contents(&mut random, 200);
            let mut b = a.clone();
            let mut changed = BTreeSet::new();
            for _ in 0..random.below(12) {
                let key = Key(random.below(200) as u32);
                changed.insert(key);
                if b.remove(&key).is_none() || random.below(2) == 0 {
                    b.insert(key, random.bits() | 1);
                }
            }
            changed.retain(|key| a.get(key) != b.get(key));
            let (found, compared) = differences(&a, &b);
            assert_eq!(found, changed);
            // The roots, and for each difference at most its path down with all children.
            assert!(compared <= 3 + changed.len() * usize::from(LEAVES) * usize::from(FAN_OUT));
        }
    }

    #[test]
    fn keeping_it_up_to_date_is_the_same_as_building_it_anew() {
        let mut random = stream(4, Purpose::Faults, 0, 0);
        let (mut kept, mut held) = (Merkle::default(), Contents::new());
        for _ in 0..2_000 {
            let key = Key(random.below(50) as u32);
            let before = held.get(&key).copied().unwrap_or(0);
            let after = if random.below(4) == 0 { 0 } else { random.bits() | 1 };
            kept.change(range(key), key, before, after);
            match after {
                0 => held.remove(&key),
                digest => held.insert(key, digest),
            };
            assert_eq!(kept, tree(&held));
        }
    }
}
