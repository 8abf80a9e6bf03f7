//! The simulation kernel: virtual time, a network with faults, clients, and a cluster that runs any
//! replication protocol.
//!
//! A run is a pure function of a [`setup::Setup`] and a list of timed [`action::Action`]s. Nothing here
//! reads a clock, asks the system for randomness, or iterates an unordered collection; the same input
//! gives the same trace, bit for bit, natively and in WebAssembly.
//!
//! Reading order: [`time`], [`ids`], [`random`], [`setup`], [`action`], [`durable`], [`sharding`] (how data is split), [`protocol`] (the trait that a
//! replication protocol implements), [`cluster`] (which runs it), [`machine`] (the same without its
//! type), [`trace`], [`history`] and [`activity`] (what is left of a run), [`frame`] (what a viewer sees), [`watch`] (which lines ran).

pub mod time;

pub mod ids;

pub mod random;

pub mod setup;

pub mod action;

pub mod durable;

pub mod digest;

pub mod trace;

pub mod history;

pub mod activity;

pub mod protocol;

pub mod fault_plan;

pub mod network;

pub mod client;

mod node;
mod queue;

pub mod cluster;

pub mod sharding;

pub mod frame;

pub mod machine;

pub mod watch;
