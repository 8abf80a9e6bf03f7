//! Pieces that two or more protocols share.

pub mod store;
