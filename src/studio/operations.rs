//! Each client's operations over time, from call to return: what the clients saw, which is all that the checkers judge by.
//!
//! Every client has a lane; operations that overlap are stacked in it. A bar without a right end still waits, a dashed one
//! has an outcome that nobody knows. While the history is linearizable, a tick on each bar is a moment at which the
//! operation may have taken effect: in the order of these moments one copy alone would have given the same answers (Herlihy
//! and Wing, 1990). When it is not, the operations of the witness are marked. Behind the bars is what was broken meanwhile.
//!
//! The window of time is that of the space-time diagram ([`crate::window`]).

mod card;
mod rows;

use netsplit_checkers::{Verdict, Witness};
use netsplit_sim::history::{CallKind, Operation, Outcome};
use netsplit_sim::ids::OpId;
use netsplit_sim::time::Time;

use self::rows::Rows;
use crate::dock::View;
use crate::geometry::Size;
use crate::queries;
use crate::selection::Selected;
use crate::spacetime::picture::NAMES;
use crate::studio::Studio;
use crate::timebar::Trouble;
use crate::units;
use crate::window::WindowIntent;
use crate::words;

pub use self::card::Card;

/// The height of a row of bars.
pub const ROW: f64 = 22.0;
/// Between the lanes of two clients.
const GAP: f64 = 8.0;
/// The room for the axis.
const AXIS: f64 = 22.0;
/// The most rows of one client.
const ROWS: usize = 5;
/// The most bars that are drawn.
const BARS: usize = 400;
/// The most operations of a history whose moments of taking effect are looked up.
const JUDGED: usize = 20_000;
/// The width of a letter in a bar, in pixels, and what is left free beside the text.
const LETTER: (f64, f64) = (6.3, 8.0);

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

    fn operation_bands(&self) -> Vec<Band> {
        let window = &self.spacetime.window;
        let now = self.session.now();
        let in_view = |band: &crate::timebar::Band| {
            band.from <= now && band.to >= window.from() && band.from <= window.to()
        };
        let bands = self.bands().into_iter().filter(in_view).map(|band| Band {
            from: window.x_inside(band.from),
            to: window.x_inside(band.to.min(now)),
            trouble: band.trouble,
            text: band.text,
        });
        bands.collect()
    }

    /// Adds the bars in view; says how many are left out.
    fn add_bars(&self, scene: &mut OperationsScene, witnesses: &[(&'static str, Witness)]) -> usize {
        let history = self.session.machine().history();
        let window = &self.spacetime.window;
        let selected = self.selected_operation();
        let is_witness = |op: OpId| witnesses.iter().any(|(_, witness)| witness.operations.contains(&op));
        let mut left_out = 0;
        for (client, lane) in scene.lanes.iter().enumerate() {
            for row in 0..self.operations.rows.count(client) {
                let mut free_from = f64::MIN;
                for op in self.operations.rows.in_view(client, row, window.from(), window.to(), history) {
                    let operation = &history.operations[op.index()];
                    let witness = is_witness(op);
                    let is_selected = selected == Some(op);
                    let (from, to) = self.extent(operation);
                    let is_hidden = row >= ROWS || scene.bars.len() >= BARS || to < free_from + 1.0;
                    // Words are made for those only that are drawn: a long run has thousands of others.
                    if is_hidden && !(row < ROWS && (witness || is_selected)) {
                        left_out += 1;
                    } else {
                        free_from = to;
                        let y = lane.y + row as f64 * ROW;
                        scene.bars.push(self.bar(operation, (from, to), y, witness, is_selected));
                    }
                }
            }
        }
        left_out
    }

    /// Where a bar begins and ends, in pixels.
    fn extent(&self, operation: &Operation) -> (f64, f64) {
        let window = &self.spacetime.window;
        let from = window.x_inside(operation.invoked);
        let end = operation.returned.unwrap_or(self.session.now());
        let to = window.x_inside(end).max(from + 3.0).min(window.right());
        (from.min(to - 3.0).max(window.left()), to)
    }

    fn bar(
        &self,
        operation: &Operation,
        (from, to): (f64, f64),
        y: f64,
        witness: bool,
        selected: bool,
    ) -> Bar {
        let history = self.session.machine().history();
        let state = match operation.outcome {
            Outcome::Pending => State::Pending,
            Outcome::Unknown(_) => State::Unknown,
            Outcome::Refused(_) => State::Refused,
            _ => State::Done,
        };
        let query = operation.query.and_then(|query| history.queries.get(query.0 as usize));
        let label = query.map_or_else(|| short(operation, history), |query| queries::wanted(query.many));
        let fits = label.chars().count() as f64 * LETTER.0 < to - from - LETTER.1;
        let text = match query {
            Some(query) if query.returned.is_some() => queries::told(query, history, &self.names),
            Some(query) => queries::asked(query, &self.names),
            None => words::outcome(operation, history, &self.names),
        };
        Bar {
            op: operation.id,
            from,
            to,
            y,
            label: if fits { label } else { String::new() },
            text: format!("{}: {text}", units::playhead(operation.invoked)),
            is_read: operation.call.kind() == CallKind::Read,
            state,
            witness,
            selected,
            point: None,
        }
    }

    /// Puts the moments of taking effect on their bars. Those at one and the same event are set apart, in their order.
    fn add_points(&self, bars: &mut [Bar]) {
        let trace = self.session.machine().trace();
        let window = &self.spacetime.window;
        let points = &self.operations.points;
        for bar in bars {
            let place = points.partition_point(|(op, _)| *op < bar.op);
            let Some((_, event)) = points.get(place).filter(|(op, _)| *op == bar.op) else { continue };
            let at = trace.get(*event as usize).map_or(Time::ZERO, |event| event.at);
            let x = window.x(at) + 2.0;
            bar.point = (x >= window.left() && x <= window.right()).then(|| x.clamp(bar.from, bar.to));
        }
    }
}

/// An operation as short as can be, such as `w k1=v3` or `r k1→v2`.
fn short(operation: &Operation, history: &netsplit_sim::history::History) -> String {
    use netsplit_sim::history::Call;
    let key = words::key(operation.call.key());
    match operation.call {
        Call::Read { .. } => match operation.outcome {
            Outcome::Read(Some(value)) => format!("r {key}→{}", words::value(value)),
            Outcome::Read(None) => format!("r {key}→nothing"),
            Outcome::Values(id) => format!("r {key}→{}", words::values(history.values(id))),
            _ => format!("r {key}"),
        },
        Call::Write { value, .. } => format!("w {key}={}", words::value(value)),
        Call::Cas { to, .. } => format!("cas {key}→{}", words::value(to)),
        Call::Add { amount, .. } => format!("{key}+{amount}"),
        Call::Insert { value, .. } => format!("{key}+{}", words::value(value)),
        Call::Remove { value, .. } => format!("{key}−{}", words::value(value)),
    }
}

#[cfg(test)]
mod tests;
