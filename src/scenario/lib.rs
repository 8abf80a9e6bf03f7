//! A run as data: the scenario, its text and its link, the session that plays it, and what it measured.
//!
//! A run is a pure function of a [`Scenario`]; a gesture only appends `(now, Action)` to its script; a
//! link is a scenario. This crate knows the protocols and the checkers, and no page.
//!
//! Reading order: [`model`] (the data), [`limits`], [`problem`], [`built`] (from names to what the
//! kernel runs, and every check on the way), [`text`] (TOML for people), [`link`] (for the address
//! bar), [`session`] (plays a scenario: advance, seek, act, undo), [`sharding`]
//! (how split data lies), [`metrics`] (what was measured), with [`distribution`], [`availability`] and [`queueing`],
//! [`faults`] (a plan of random faults as steps), [`cost`] (what a write costs in messages),
//! [`lesson`] (prose, a scenario and claims that the tests hold it to).

pub mod problem;

pub mod limits;

pub mod model;

mod check;

pub mod built;

mod script;

mod tree;

#[cfg(feature = "text")]
mod toml_text;

mod plain;

mod fields;

mod read;

mod write;

pub mod text;

mod packing;

mod serial;

pub mod link;

mod changes;

mod checkpoints;

mod settled;

mod contract;

mod other_protocol;

mod resize;

pub mod faults;

pub mod cost;

pub mod sharding;

pub mod session;

mod samples;

pub mod distribution;

pub mod availability;

pub mod queueing;

mod attribution;

mod visibility;

mod tally;

pub mod metrics;

pub mod transcript;

pub mod shiviz;

pub mod lesson;

pub use availability::{AvailabilityWindow, Objective};
pub use built::{Built, build};
pub use distribution::Distribution;
pub use metrics::{Metric, Metrics, Point, WriteStrip};
pub use model::Scenario;
pub use problem::Problem;
pub use session::{Session, Verdicts};
pub use sharding::Sharding;
