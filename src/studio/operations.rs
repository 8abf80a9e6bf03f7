//! Each client's operations over time, from call to return: what the clients saw, which is all that the checkers judge by.
//!
//! Every client has a lane; operations that overlap are stacked in it. A bar without a right end still waits, a dashed one
//! has an outcome that nobody knows. While the history is linearizable, a tick on each bar is a moment at which the
//! operation may have taken effect: in the order of these moments one copy alone would have given the same answers (Herlihy
//! and Wing, 1990). When it is not, the operations of the witness are marked. Behind the bars is what was broken meanwhile.
//!
//! The window of time is that of the space-time diagram ([`crate::window`]).

mod bars;
mod card;
mod rows;

use netsplit_checkers::{Verdict, Witness};
use netsplit_sim::history::Operation;
use netsplit_sim::ids::OpId;

use self::bars::ROWS;
use self::rows::Rows;
use crate::dock::View;
use crate::geometry::Size;
use crate::selection::Selected;
use crate::spacetime::picture::NAMES;
use crate::studio::Studio;
use crate::timebar::Trouble;
use crate::units;
use crate::window::WindowIntent;

pub use self::card::Card;

/// The height of a row of bars.
pub const ROW: f64 = 22.0;
/// Between the lanes of two clients.
const GAP: f64 = 8.0;
/// The room for the axis.
const AXIS: f64 = 22.0;
/// The most operations of a history whose moments of taking effect are looked up.
const JUDGED: usize = 20_000;
/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum OperationsIntent {
    /// The view is so wide now.
    Sized(Size),
    /// Another piece of time.
    Window(WindowIntent),
    /// An operation was pressed.
    Pressed(OpId),
    /// A key that leads so many operations on in the same lane.
    Walked(i32),
    /// A key that leads to another lane: so many down.
    Crossed(i32),
    /// Nothing is selected any more.
    Unselected,
}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operations {
    rows: Rows,
    width: f64,
    /// Where each operation may have taken effect, by operation, and the length of the record that this is of.
    points: Vec<(OpId, u64)>,
    points_of: Option<usize>,
}

impl Operations {
    /// The run has another past.
    pub(crate) fn forget(&mut self) {
        self.rows.forget();
        self.points_of = None;
    }

    /// The history is this long now.
    pub(crate) fn saw(&mut self, history: &netsplit_sim::history::History) {
        self.rows.saw(history.operations.len());
    }
}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationsScene {
    /// In pixels; the height is what the lanes need.
    pub size: Size,
    /// The left and the right edge of the plot.
    pub plot: (f64, f64),
    /// Where the axis is.
    pub axis: f64,
    /// The labels of the axis, in milliseconds.
    pub ticks: Vec<(f64, String)>,
    /// The clients.
    pub lanes: Vec<Lane>,
    /// The operations in view.
    pub bars: Vec<Bar>,
    /// What was broken.
    pub bands: Vec<Band>,
    /// The playhead, if it is in view.
    pub playhead: Option<f64>,
    /// What the picture shows, in a sentence.
    pub summary: String,
    /// What is left out, or why there is nothing; empty if all is there.
    pub note: String,
    /// What the verdict on linearizability means for the marks.
    pub verdict: String,
    /// Whether the window follows the playhead.
    pub follows: bool,
    /// The selected operation, explained.
    pub card: Option<Card>,
    /// The operations in view in words, while the run stands.
    pub told: Vec<(OpId, String)>,
}

/// A client's lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The client's name.
    pub name: String,
    /// The top.
    pub y: f64,
    /// The height.
    pub height: f64,
}

/// A span in which something was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The left end.
    pub from: f64,
    /// The right end.
    pub to: f64,
    /// What kind.
    pub trouble: Trouble,
    /// In words.
    pub text: String,
}

/// How an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was answered.
    Done,
    /// Its client waits.
    Pending,
    /// Nobody knows whether it took effect.
    Unknown,
    /// It was refused.
    Refused,
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Which.
    pub op: OpId,
    /// The left end.
    pub from: f64,
    /// The right end.
    pub to: f64,
    /// The top.
    pub y: f64,
    /// As much of it in words as has room.
    pub label: String,
    /// All of it.
    pub text: String,
    /// Whether it only reads.
    pub is_read: bool,
    /// How it stands.
    pub state: State,
    /// Whether it is part of a broken promise.
    pub witness: bool,
    /// Whether it is selected.
    pub selected: bool,
    /// Where it may have taken effect.
    pub point: Option<f64>,
}

impl Studio {
    pub(crate) fn update_operations(&mut self, intent: OperationsIntent) {
        self.follow_operations();
        match intent {
            OperationsIntent::Sized(size) => {
                if size.width >= 1.0 {
                    self.operations.width = size.width;
                }
            }
            OperationsIntent::Window(intent) => {
                let now = self.session.now();
                self.spacetime.window.update(intent, now);
            }
            OperationsIntent::Pressed(op) => self.choose_operation(Some(op)),
            OperationsIntent::Walked(by) => self.walk_operations(by),
            OperationsIntent::Crossed(by) => self.cross_operations(by),
            OperationsIntent::Unselected => self.select(None),
        }
    }

    fn follow_operations(&mut self) {
        self.operations.rows.follow(self.session.machine().history(), self.names.clients.len());
        self.follow_window();
        let width = if self.operations.width > 0.0 { self.operations.width } else { 600.0 };
        self.spacetime.window.lay_out(NAMES, width - NAMES - 8.0);
        let now = self.session.now();
        self.spacetime.window.place(now);
    }

    fn choose_operation(&mut self, op: Option<OpId>) {
        let Some(op) = op else { return };
        let Some(operation) = self.session.machine().history().operations.get(op.index()).copied() else {
            return;
        };
        self.spacetime.window.reveal(operation.invoked);
        self.select(Some(Selected::Operation(op)));
        let said = self.card().map_or_else(String::new, |card| card.lines.join(" "));
        self.say(said);
    }

    fn selected_operation(&self) -> Option<OpId> {
        match self.selected {
            Some(Selected::Operation(op)) => Some(op),
            _ => None,
        }
    }

    fn walk_operations(&mut self, by: i32) {
        let history = self.session.machine().history();
        let current = self.selected_operation().and_then(|op| history.operations.get(op.index()));
        let found = match current {
            None => history.operations.last().map(|operation| operation.id),
            Some(current) => {
                let on = |operation: &&Operation| {
                    operation.client == current.client && rows::is_bar(operation, history)
                };
                if by < 0 {
                    history.operations[..current.id.index()].iter().rev().find(on).map(|op| op.id)
                } else {
                    history.operations[current.id.index() + 1..].iter().find(on).map(|op| op.id)
                }
            }
        };
        self.choose_operation(found);
    }

    fn cross_operations(&mut self, by: i32) {
        let history = self.session.machine().history();
        let Some(current) = self.selected_operation().and_then(|op| history.operations.get(op.index()))
        else {
            self.walk_operations(1);
            return;
        };
        let clients = self.names.clients.len() as i32;
        let mut client = i32::from(current.client.0) + by;
        let mut found = None;
        while found.is_none() && (0..clients).contains(&client) {
            found = self.operations.rows.nearest(client as usize, current.invoked, history);
            client += by;
        }
        self.choose_operation(found);
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn operations_scene(&mut self) -> Option<OperationsScene> {
        if self.dock != Some(View::Operations) {
            return None;
        }
        self.follow_operations();
        let witnesses = self.witnesses();
        let verdict = self.linearizability();
        self.follow_points(verdict == Some(true));
        let window = self.spacetime.window;
        let mut scene = OperationsScene {
            size: Size { width: window.right() + 8.0, height: 0.0 },
            plot: (window.left(), window.right()),
            axis: 0.0,
            ticks: window.ticks(),
            lanes: Vec::new(),
            bars: Vec::new(),
            bands: Vec::new(),
            playhead: None,
            summary: String::new(),
            note: String::new(),
            verdict: String::new(),
            follows: window.follows(),
            card: None,
            told: Vec::new(),
        };
        if let Some(eyes) = self.attention.eyes {
            let node = self.names.node(eyes);
            scene.note = format!(
                "{node} does not see what clients see. Look at the whole cluster again for their operations."
            );
            return Some(scene);
        }
        let mut y = GAP / 2.0;
        for (client, name) in self.names.clients.iter().enumerate() {
            let rows = self.operations.rows.count(client).clamp(1, ROWS);
            scene.lanes.push(Lane { name: name.clone(), y, height: rows as f64 * ROW });
            y += rows as f64 * ROW + GAP;
        }
        scene.axis = y;
        scene.size.height = y + AXIS;
        let playhead = window.x(self.session.now());
        scene.playhead = (scene.plot.0..=scene.plot.1).contains(&playhead).then_some(playhead);
        scene.bands = self.operation_bands();
        let left_out = self.add_bars(&mut scene, &witnesses);
        self.add_points(&mut scene.bars);
        let operations = units::count(scene.bars.len() as u64, "operation");
        scene.summary = format!("{}: {operations} drawn.", window.words());
        scene.verdict = match verdict {
            Some(true) if self.operations.points.is_empty() => {
                "Linearizable so far. The moments of taking effect are not looked up in so long a history."
                    .to_owned()
            }
            Some(true) => {
                "Linearizable so far: each tick is a moment at which its operation may have taken effect."
                    .to_owned()
            }
            Some(false) => "Not linearizable: no moments of taking effect explain these answers.".to_owned(),
            None => String::new(),
        };
        if self.session.machine().history().operations.is_empty() {
            scene.note = "No client has asked for anything yet. Play the run.".to_owned();
            scene.verdict = String::new();
        } else if left_out > 0 {
            let operations = units::count(left_out as u64, "more operation");
            scene.note = format!("{operations} in view not drawn: look closer to see all.");
        }
        scene.card = self.card();
        if !self.playing {
            scene.told = scene.bars.iter().take(60).map(|bar| (bar.op, bar.text.clone())).collect();
        }
        Some(scene)
    }

    /// The broken promises, with their names.
    fn witnesses(&mut self) -> Vec<(&'static str, Witness)> {
        let broken = self.session.verdicts().iter().filter_map(|(name, verdict)| match verdict {
            Verdict::Broken(witness) => Some((*name, witness.clone())),
            _ => None,
        });
        broken.collect()
    }

    /// Whether the history is linearizable, if that is known.
    fn linearizability(&mut self) -> Option<bool> {
        let name = netsplit_checkers::linearizable::CHECKER.name;
        let verdict = self.session.verdicts().iter().find(|(checker, _)| *checker == name);
        verdict.and_then(|(_, verdict)| match verdict {
            Verdict::Holds => Some(true),
            Verdict::Broken(_) => Some(false),
            Verdict::Unknown(_) => None,
        })
    }

    fn follow_points(&mut self, holds: bool) {
        let length = self.session.machine().trace().len();
        if !holds || self.session.machine().history().operations.len() > JUDGED {
            self.operations.points.clear();
            self.operations.points_of = None;
        } else if self.operations.points_of != Some(length) {
            let points = self.session.points();
            let mut points: Vec<_> = points.iter().map(|point| (point.operation, point.event)).collect();
            // By operation, so that a bar finds its own; the order of those at one event is their order here.
            points.sort_by_key(|(operation, _)| *operation);
            self.operations.points = points;
            self.operations.points_of = Some(length);
        }
    }
}

#[cfg(test)]
mod tests;
