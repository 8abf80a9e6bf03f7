//! The last-writer-wins register (RR-7506, specification 8): a value with a timestamp; the newest is kept.

use super::Crdt;
use super::dots::Dot;
use crate::parts::store::Cell;
use netsplit_watched::watched;

/// A last-writer-wins register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LwwRegister {
    newest: Option<(Dot, Cell)>,
}

#[watched]
impl LwwRegister {
    /// What it holds, and the change that put it there.
    #[must_use]
    pub fn get(&self) -> Option<(Dot, Cell)> {
        self.newest
    }

    /// Writes a cell, whose version the caller has made newer than the one here.
    pub fn write(&mut self, dot: Dot, cell: Cell) -> bool {
        self.merge(&Self { newest: Some((dot, cell)) })
    }

    /// Replaces what it holds, newer or not. No sound protocol does that.
    pub fn overwrite(&mut self, other: &Self) -> bool {
        let changed = self != other;
        self.clone_from(other);
        changed
    }
}

impl Crdt for LwwRegister {
    fn merge(&mut self, other: &Self) -> bool {
        // Versions are never used twice; the dot decides all the same, so that nothing depends on that.
        let age = |register: &Self| register.newest.map(|(dot, cell)| (cell.version, dot));
        let newer = age(self) < age(other);
        if newer {
            self.newest = other.newest;
        }
        newer
    }
}
