//! Conflict-free replicated data types, as states that merge (Shapiro, Preguiça, Baquero, Zawirski,
//! *Conflict-free Replicated Data Types*, SSS 2011; the same authors' *A Comprehensive Study of Convergent
//! and Commutative Replicated Data Types*, INRIA RR-7506, 2011).
//!
//! Every copy changes its own state at once, and takes in the states of other copies by [`Crdt::merge`].
//! Merging is commutative, associative and idempotent, and every change only moves a state upwards: the
//! states are a join-semilattice (SSS 2011, section 2.3). So it does not matter in which order states
//! arrive, how often, or through whom: copies that have taken in the same changes are the same.
//!
//! A change is named by a [`dots::Dot`]; sets of dots are kept as [`dots::Vector`]s.

pub mod dots;

pub mod context;

pub mod lww_register;

pub mod dotted;

pub mod mv_register;

pub mod pn_counter;

pub mod or_set;

/// A state that merges.
pub trait Crdt: Clone + Default + PartialEq {
    /// Takes in another copy's state; tells whether that changed anything.
    fn merge(&mut self, other: &Self) -> bool;
}
