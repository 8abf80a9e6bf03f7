//! What the native tests and the benchmarks share: clusters to try, fault plans, and broken protocols
//! that have to be caught.

pub mod clusters;

pub mod faults;

pub mod mutants;
