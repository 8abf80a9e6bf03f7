//! The observed-remove set (RR-7506, specification 15), optimised to need no tombstones (Bieniusa et al.,
//! INRIA RR-8083, 2012): a removal takes out the insertions that its copy has seen. An insertion that it
//! has not seen stays, so when an element is inserted and removed at once, it stays.
//!
//! It deviates in one thing: a removal takes a dot too, with no entry under it, so that the context alone tells
//! whether a copy lacks something.

use netsplit_sim::ids::Value;
use netsplit_watched::watched;

use super::Crdt;
use super::context::Context;
use super::dots::Dot;
use super::dotted::Dotted;
use crate::parts::store::Cell;

/// An observed-remove set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrSet(Dotted);

#[watched]
impl OrSet {
    /// Every change that this copy has taken in.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.0.context()
    }

    /// Puts in an element. Its dot stands for all insertions of it that this copy has seen.
    pub fn insert(&mut self, dot: Dot, cell: Cell) {
        self.0.remove(|_, held| held.value == cell.value);
        self.0.insert(dot, cell);
    }

    /// Takes out the insertions of an element that this copy has seen; tells whether there were any.
    pub fn remove(&mut self, dot: Dot, element: Value) -> bool {
        let there = self.0.remove(|_, held| held.value == element);
        self.0.add_own(dot);
        there
    }

    /// Whether an element is in it.
    #[must_use]
    pub fn contains(&self, element: Value) -> bool {
        self.0.entries().any(|(_, cell)| cell.value == element)
    }

    /// The elements, by the first insertion of each that is still here, oldest version first.
    #[must_use]
    pub fn elements(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.0.entries().map(|(_, cell)| cell).collect();
        cells.sort_unstable_by_key(|cell| (cell.version, cell.op));
        let mut seen: Vec<Value> = Vec::new();
        cells.retain(|cell| {
            let first = !seen.contains(&cell.value);
            seen.push(cell.value);
            first
        });
        cells
    }

    /// The insertions, in the order of their dots.
    pub fn insertions(&self) -> impl Iterator<Item = (Dot, Cell)> {
        self.0.entries()
    }

    /// Puts together the insertions of both, whatever was removed. No sound protocol does that.
    pub fn unite(&mut self, other: &Self) -> bool {
        self.0.unite(&other.0)
    }

    /// Replaces every element, for a node that lies.
    pub fn forge(&mut self, value: Value) {
        self.0.forge(value);
    }
}

impl Crdt for OrSet {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}
