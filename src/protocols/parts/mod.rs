//! Pieces that two or more protocols share.

pub mod durable_map;

pub mod log;

pub mod state_machine;

pub mod store;
