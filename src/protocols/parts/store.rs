//! A replica's own copy of the data: for each key the value, its version and the operation that wrote it.

use netsplit_sim::durable::Durable;
use netsplit_sim::frame::{KeyView, ReplicaView};
use netsplit_sim::ids::{Key, OpId, Value, Version};
use netsplit_watched::watched;

use crate::parts::durable_map::DurableMap;

/// One key's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// Its version; the newest wins.
    pub version: Version,
    /// The operation that wrote it.
    pub op: OpId,
}

/// A copy of the data.
#[derive(Clone, Debug, Default, Hash)]
pub struct Store {
    cells: DurableMap<Key, Cell>,
}

#[watched]
impl Store {
    /// What a key holds.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Cell> {
        self.cells.get(&key).copied()
    }

    /// Takes a cell if it is newer than what is there; tells whether it was. The last writer wins.
    pub fn merge(&mut self, key: Key, cell: Cell) -> bool {
        let newer = self.get(key).is_none_or(|old| old.version < cell.version);
        if newer {
            self.cells.insert(key, cell);
        }
        newer
    }

    /// Every key with its cell, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Cell)> {
        self.cells.as_map().iter().map(|(&key, &cell)| (key, cell))
    }

    /// Sets what a key holds, newer or not: for a log that decides the order.
    pub fn put(&mut self, key: Key, cell: Cell) {
        self.cells.insert(key, cell);
    }

    /// Adds every key to a replica's description of itself.
    pub fn view(&self, view: &mut ReplicaView) {
        view.keys.extend(self.iter().map(|(key, cell)| KeyView {
            key,
            value: cell.value,
            version: cell.version,
            op: cell.op,
        }));
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        // A B-tree node is about three quarters full.
        self.cells.as_map().len() * (size_of::<(Key, Cell)>() * 4 / 3 + 8)
    }
}

impl Durable for Store {
    fn synced(&mut self) {
        self.cells.synced();
    }

    fn lose_unsynced(&mut self) {
        self.cells.lose_unsynced();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::ids::NodeId;

    #[test]
    fn the_newer_version_wins_in_any_order() {
        let cell = |counter, node| Cell {
            value: Value(counter),
            version: Version { counter, node: NodeId(node) },
            op: OpId(counter as u32),
        };
        let mut store = Store::default();
        assert!(store.merge(Key(1), cell(5, 0)));
        assert!(!store.merge(Key(1), cell(4, 2)));
        assert!(store.merge(Key(1), cell(5, 1)), "the node breaks the tie");
        assert!(!store.merge(Key(1), cell(5, 1)));
        assert_eq!(store.get(Key(1)), Some(cell(5, 1)));
        assert_eq!(store.get(Key(2)), None);
    }
}
