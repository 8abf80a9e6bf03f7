//! The bars of the operations timeline, and what was broken behind them: only what is in view, and no more than there is
//! room for.

use netsplit_checkers::Witness;
use netsplit_sim::history::{CallKind, Operation, Outcome};
use netsplit_sim::ids::OpId;
use netsplit_sim::time::Time;

use super::{Band, Bar, OperationsScene, ROW, State};
use crate::queries;
use crate::studio::Studio;
use crate::units;
use crate::words;

/// The most rows of one client.
pub(super) const ROWS: usize = 5;
/// The most bars that are drawn.
const BARS: usize = 400;
/// The width of a letter in a bar, in pixels, and what is left free beside the text.
const LETTER: (f64, f64) = (6.3, 8.0);

impl Studio {
    pub(super) fn operation_bands(&self) -> Vec<Band> {
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
    pub(super) fn add_bars(
        &self,
        scene: &mut OperationsScene,
        witnesses: &[(&'static str, Witness)],
    ) -> usize {
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
    pub(super) fn add_points(&self, bars: &mut [Bar]) {
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
