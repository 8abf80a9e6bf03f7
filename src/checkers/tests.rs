//! The checkers against known verdicts, against a checker that tries everything, and against each other.

mod building;
mod cases;
mod causal;
mod files;
mod following;
mod force;
mod foreign;
mod formats;
mod guarantees;
mod lattice;
mod oracle;
mod orders;
mod planted;
mod sequential;
mod several;
mod shards;
mod staleness;
