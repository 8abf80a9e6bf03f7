//! An ordered map on a disk, which remembers what it has to take back when unsynced writes are lost.

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use netsplit_sim::durable::Durable;

/// An ordered map on a disk. Reads are those of the map; changes go through [`Self::insert`] and
/// [`Self::remove`].
#[derive(Clone, Debug)]
pub struct DurableMap<K, V> {
    map: BTreeMap<K, V>,
    /// What the keys held that were changed since the last sync, the latest change last.
    unsynced: Vec<(K, Option<V>)>,
}

#[watched]
impl<K: Ord + Copy, V: Clone> DurableMap<K, V> {
    /// What a key holds.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    /// Sets what a key holds.
    pub fn insert(&mut self, key: K, value: V) {
        let before = self.map.insert(key, value);
        self.unsynced.push((key, before));
    }

    /// Empties a key; answers what it held.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.map.remove(key)?;
        self.unsynced.push((*key, Some(before.clone())));
        Some(before)
    }

    /// The whole map, to look at.
    #[must_use]
    pub fn as_map(&self) -> &BTreeMap<K, V> {
        &self.map
    }
}

/// Two maps with the same content hash alike, whatever is unsynced.
impl<K: Hash, V: Hash> Hash for DurableMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<K, V> Default for DurableMap<K, V> {
    fn default() -> Self {
        Self { map: BTreeMap::new(), unsynced: Vec::new() }
    }
}

impl<K: Ord + Copy + 'static, V: Clone + 'static> Durable for DurableMap<K, V> {
    fn synced(&mut self) {
        self.unsynced.clear();
    }

    fn lose_unsynced(&mut self) {
        while let Some((key, before)) = self.unsynced.pop() {
            match before {
                Some(value) => self.map.insert(key, value),
                None => self.map.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsynced_changes_are_taken_back_in_order() {
        let mut map = DurableMap::default();
        map.insert(1, "a");
        map.insert(2, "b");
        map.synced();
        map.insert(1, "c");
        map.insert(1, "d");
        assert_eq!(map.remove(&2), Some("b"));
        map.insert(3, "e");
        map.lose_unsynced();
        assert_eq!(map.as_map(), &BTreeMap::from([(1, "a"), (2, "b")]));
    }
}
