//! The page: decodes gestures into intents, performs effects, and draws what the studio shows. This is
//! the only crate that knows the web, and it decides nothing.
//!
//! Reading order: [`shell`] (the one component with state, and the frame loop) with [`scenes`] and
//! [`events`], [`platform`] (the browser behind functions), then the views: [`stage`] with [`paint`] for
//! what moves, [`timebar`], [`panels`] with [`charts`], [`inside`], [`shards`] with [`drag`], [`controls`] with [`contract`], [`menu`], [`dialogs`], [`share`] with [`picture`], [`present`], [`chapter`],
//! and [`icons`].

mod shell;

mod scenes;

mod events;

mod pinch;

mod platform;

mod stage;

mod paint;

mod timebar;

mod panels;

mod charts;

mod spread;

mod plot;

mod controls;

mod contract;

mod inside;

mod shards;

mod drag;

mod models;

mod reader;

mod runs;

mod evidence;

mod history;

mod workers;

mod menu;

mod dialogs;

mod chapter;

mod dock;

mod spacetime;

mod operations;

mod hand;
mod happened;

mod data;

mod code;

mod series;

mod story;

mod inspector;

mod compare;

mod present;

mod share;

mod picture;

mod icons;

mod shared;

fn main() {
    platform::show_panics();
    let root = gloo::utils::document().get_element_by_id("app").expect("index.html has #app");
    // What was painted before the app had loaded has served its turn.
    root.set_inner_html("");
    yew::Renderer::<shell::Shell>::with_root(root).render();
}
