//! The checkers against known verdicts, against a checker that tries everything, and against each other.

mod building;
mod cases;
mod files;
mod following;
mod orders;
mod several;
mod shards;
