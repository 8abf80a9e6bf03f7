//! All of the page's logic, without the web: what a person means goes in as an [`intent::Intent`], and
//! what the page shows is read off as plain data in pixels and words. Everything here is tested
//! natively; the only crate that knows a browser is the one above.
//!
//! Reading order: [`intent`] (what can be meant, and what leaves), [`studio`] (the state and its one
//! entrance) with [`playback`], [`gesture`], [`edit`], [`resharding`], [`menu`], [`messages`], [`plan`] and [`share`]; then
//! what is shown: [`stage`], [`flights`], [`timebar`], [`panels`], [`chart`], [`controls`], [`contract`], [`layout`],
//! [`inside`] and [`split`] with [`shards`] and [`queries`], over [`geometry`], [`versions`], [`words`], [`units`] and [`order`]. Long work is handed out by [`desk`]: [`models`], [`sweeping`], [`evidence`] and [`histories`]. Below the stage, in the
//! [`dock`], are the linked views of a run: [`spacetime`], [`operations`], [`happened`], [`data`], [`code`], [`series`] and [`story`]; what is selected is one
//! thing across all of them ([`selection`]), shown whole by the [`inspector`]. [`telling`] says in words what happens, and [`zoom`] is for a closer look. The first two look through one [`window`] of time, and [`causality`] says what
//! could have influenced what. [`compare`] plays two configurations in lockstep, [`present`] is for a class, [`share`] hands a run on. [`chapter`] leads through the lessons, [`sheet`] shows one.

pub mod intent;

pub mod studio;

pub mod playback;

pub mod gesture;

pub mod edit;

pub mod menu;

pub mod messages;

pub mod shards;

pub mod layout;

pub mod split;

pub mod resharding;

pub mod queries;

pub mod plan;

pub mod share;

pub mod route;

pub mod chapter;

pub mod sheet;

pub mod examples;

pub mod stage;

pub mod flights;

pub mod timebar;

pub mod panels;

pub mod desk;

pub mod models;

pub mod sweeping;

pub mod evidence;

pub mod histories;

pub mod chart;

pub mod spread;

pub mod plot;

pub mod controls;

pub mod contract;

pub mod inside;

pub mod selection;

pub mod dock;

pub mod spacetime;

pub mod operations;

pub mod causality;

pub mod window;

pub mod happened;

pub mod data;

pub mod code;

pub mod series;

pub mod story;

pub mod telling;

pub mod inspector;

pub mod zoom;

pub mod compare;

pub mod present;

pub mod geometry;

pub mod versions;

pub mod words;

pub mod units;

pub mod order;

pub use intent::{Effect, Intent, Theme};
pub use route::Route;
pub use studio::{Preferences, Studio};

#[cfg(test)]
mod tests;
