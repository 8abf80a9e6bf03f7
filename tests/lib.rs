//! What the native tests, the swarm and the benchmarks share: clusters to try, trials of a contract, and
//! broken protocols that have to be caught.

pub mod assassin;

pub mod clusters;

pub mod counter;

pub mod judging;

pub mod mutants;

pub mod splitting;

pub mod trials;

pub mod wars;

pub mod watch;
