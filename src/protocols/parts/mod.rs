//! Pieces that two or more protocols share.

pub mod answers;

pub mod crdt;

pub mod detector;

pub mod durable_map;

pub mod log;

pub mod pieces;

pub mod state_machine;

pub mod store;

pub mod merkle;

pub mod nodes;

pub mod request_memory;

pub mod version_vector;
