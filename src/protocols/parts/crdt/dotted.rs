//! Entries under dots, with a causal context: what multi-value registers and observed-remove sets have in
//! common (the optimised OR-set of Bieniusa, Zawirski, Preguiça, Shapiro, Baquero, Balegas and Duarte, *An
//! Optimized Conflict-free Replicated Set*, INRIA RR-8083, 2012).
//!
//! The **context** covers every change that this copy has taken in. An entry whose dot is covered and
//! which is not here has been removed: so nothing has to be kept of removed entries, no tombstone. When two
//! copies merge, an entry that only one has stays only if the other's context does not cover it.

use netsplit_watched::watched;
use std::collections::BTreeMap;

use netsplit_sim::ids::Value;

use super::Crdt;
use super::context::Context;
use super::dots::Dot;
use crate::parts::store::Cell;

/// Entries under dots, and their causal context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dotted {
    context: Context,
    entries: BTreeMap<Dot, Cell>,
}

#[watched]
impl Dotted {
    /// Every change that this copy has taken in.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The entries, in the order of their dots.
    pub fn entries(&self) -> impl Iterator<Item = (Dot, Cell)> {
        self.entries.iter().map(|(&dot, &cell)| (dot, cell))
    }

    /// Takes out the entries that a test picks; tells whether there were any.
    pub fn remove(&mut self, picks: impl Fn(Dot, &Cell) -> bool) -> bool {
        let before = self.entries.len();
        self.entries.retain(|&dot, cell| !picks(dot, cell));
        self.entries.len() < before
    }

    /// Puts in an entry under a new dot.
    pub fn insert(&mut self, dot: Dot, cell: Cell) {
        self.context.add_own(dot);
        self.entries.insert(dot, cell);
    }

    /// Covers a change of this copy's own that leaves no entry.
    pub fn add_own(&mut self, dot: Dot) {
        self.context.add_own(dot);
    }

    /// Covers more changes. The caller takes out the entries that these have replaced.
    pub fn cover(&mut self, changes: &Context) {
        self.context.join(changes);
    }

    /// Puts together the entries of both, whatever their contexts say. No sound protocol does that.
    pub fn unite(&mut self, other: &Self) -> bool {
        let before = self.entries.len();
        self.entries.extend(other.entries());
        self.context.join(&other.context);
        self.entries.len() > before
    }

    /// Replaces what every entry tells, for a node that lies.
    pub fn forge(&mut self, value: Value) {
        for cell in self.entries.values_mut() {
            cell.value = value;
        }
    }
}

impl Crdt for Dotted {
    fn merge(&mut self, other: &Self) -> bool {
        let mut changed =
            self.remove(|dot, _| other.context.contains(dot) && !other.entries.contains_key(&dot));
        for (dot, cell) in other.entries() {
            // The subtle line: what this copy's context covers and its entries lack was removed here.
            if !self.context.contains(dot) {
                self.entries.insert(dot, cell);
                changed = true;
            }
        }
        self.context.join(&other.context) || changed
    }
}
