//! The multi-value register (RR-7506, specification 10; Dynamo, SOSP 2007, section 4.4): writes that did not
//! know of each other are all kept, as **siblings**, until a write that has seen them replaces them.

use netsplit_sim::ids::{OpId, Value};
use netsplit_watched::watched;

use super::Crdt;
use super::context::Context;
use super::dots::Dot;
use super::dotted::Dotted;
use crate::parts::store::Cell;

/// A multi-value register.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MvRegister(Dotted);

#[watched]
impl MvRegister {
    /// Every change that this copy has taken in: what a reader of it has seen.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.0.context()
    }

    /// Writes a cell in the place of what the writer had `seen`, here or elsewhere.
    pub fn write(&mut self, dot: Dot, cell: Cell, seen: &Context) {
        self.0.remove(|dot, _| seen.contains(dot));
        self.0.cover(seen);
        self.0.insert(dot, cell);
    }

    /// What it holds, oldest version first. Two attempts at one operation are two entries and one sibling.
    #[must_use]
    pub fn siblings(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.0.entries().map(|(_, cell)| cell).collect();
        cells.sort_unstable_by_key(|cell| (cell.version, cell.op));
        let mut seen: Vec<OpId> = Vec::new();
        cells.retain(|cell| {
            let first = !seen.contains(&cell.op);
            seen.push(cell.op);
            first
        });
        cells
    }

    /// The entries, in the order of their dots.
    pub fn entries(&self) -> impl Iterator<Item = (Dot, Cell)> {
        self.0.entries()
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether it was never written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Replaces every value that it tells, for a node that lies.
    pub fn forge(&mut self, value: Value) {
        self.0.forge(value);
    }
}

impl Crdt for MvRegister {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}
