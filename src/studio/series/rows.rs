//! What was measured as lines of a table, as pieces of lines and as dots.

use netsplit_scenario::distribution::QUANTILES;
use netsplit_sim::history::CallKind;
use netsplit_sim::time::Time;

use super::Chart;
use super::layout::{Frame, NINES, Spread, Up, share};
use super::measure::{Measured, Sample};
use super::scene::{Panel, Piece, Point, Row, Stroke};
use crate::order::sort_few;
use crate::units;

/// How many stretches the curve of percentiles has.
const STRETCHES: u32 = 80;

pub(super) fn rows_of_windows(frame: &Frame<'_>, windows: &[(u64, Measured)]) -> Vec<Row> {
    let own = |measured: &Measured| match frame.eyes {
        // Only what the node knows of itself.
        Some(eyes) if frame.chart == Chart::Queue => {
            measured.values.get(2 * eyes.index()..2 * eyes.index() + 2).map(<[_]>::to_vec)
        }
        Some(eyes) => measured.values.get(eyes.index()..=eyes.index()).map(<[_]>::to_vec),
        None => Some(measured.values.clone()),
    };
    let row = |(number, measured): &(u64, Measured)| {
        let from = Time(number.saturating_mul(frame.step.0));
        let to = from + frame.step;
        let broken =
            frame.bands.iter().filter(|band| band.from < to && band.to > from && band.from <= frame.now);
        let mut words: Vec<&str> = broken.map(|band| band.text.as_str()).collect();
        words.dedup();
        Row {
            id: *number,
            head: head(frame, from, to),
            share: share(frame, Time(from.0 + frame.step.0 / 2)),
            values: own(measured).unwrap_or_default(),
            count: measured.count,
            trouble: words.join(", "),
            op: measured.slowest,
        }
    };
    windows.iter().map(row).collect()
}

fn head(frame: &Frame<'_>, from: Time, to: Time) -> String {
    let (unit, per) = if frame.end.as_ms() >= 2_000.0 { ("s", 1_000.0) } else { ("ms", 1.0) };
    format!("{}–{} {unit}", units::tick(from.as_ms() / per), units::tick(to.as_ms() / per))
}

fn nines(share: f64) -> f64 {
    (-libm::log10(1.0 - share)).min(NINES)
}

/// Percentiles as far as there are enough samples for them to differ from the longest.
pub(super) fn rows_of_percentiles(spread: &Spread) -> Vec<Row> {
    let count = spread.measured.count();
    let shares =
        [(0.1, "p10"), (0.25, "p25"), (0.75, "p75"), (0.95, "p95"), (0.995, "p99.5"), (0.9995, "p99.95")];
    let mut all: Vec<(f64, &str)> = shares.into_iter().chain(QUANTILES).collect();
    sort_few(&mut all, |a, b| a.0.total_cmp(&b.0));
    let row = |id: u64, name: &str, nines: f64, value: Option<f64>| Row {
        id,
        head: name.to_owned(),
        share: nines / NINES,
        values: vec![value],
        count: 0,
        trouble: String::new(),
        op: None,
    };
    let enough = |share: f64| count > 0 && (1.0 - share) * count as f64 >= 1.0 - 1e-9;
    let percentiles =
        all.iter().zip(0..).filter(|((share, _), _)| enough(*share) || (*share <= 0.5 && count > 0));
    let percentiles = percentiles
        .map(|((share, name), id)| row(id, name, nines(*share), spread.measured.quantile_ms(*share)));
    // The curve ends at the longest of all.
    let end = libm::log10(count.max(1) as f64).min(NINES);
    let longest = spread.measured.max_ms().map(|ms| row(u64::MAX >> 1, "the longest", end, Some(ms)));
    percentiles.chain(longest).collect()
}

pub(super) fn of_percentiles(panel: &mut Panel, spread: &Spread, up: &Up) {
    let count = spread.measured.count();
    if count == 0 {
        return;
    }
    let last = libm::log10(count as f64).min(NINES);
    let point = |step: u32| {
        let nines = last * f64::from(step) / f64::from(STRETCHES);
        let ms = spread.measured.quantile_ms(1.0 - libm::pow(10.0, -nines))?;
        Some((panel.x(nines / NINES), up.at(ms, panel.area)))
    };
    let line = (0..=STRETCHES).filter_map(point).collect();
    panel.lines.push((Stroke::First, vec![line]));
}

/// A line in pieces: where nothing was measured is a gap.
pub(super) fn pieces(rows: &[Row], column: usize, panel: &Panel, up: &Up) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open = false;
    for row in rows {
        match row.values.get(column).copied().flatten() {
            Some(value) => {
                let at = (panel.x(row.share), up.at(value, panel.area));
                match pieces.last_mut() {
                    Some(piece) if open => piece.push(at),
                    _ => pieces.push(vec![at]),
                }
                open = true;
            }
            None => open = false,
        }
    }
    pieces
}

pub(super) fn dots_of(frame: &Frame<'_>, samples: &[&Sample], panel: &Panel, up: &Up) -> Vec<Point> {
    let dot = |sample: &&Sample| {
        let as_dot = crate::chart::Dot {
            x: panel.x(share(frame, sample.ended)),
            y: if sample.failed { panel.area.top - 5.0 } else { up.at(sample.latency_ms, panel.area) },
            kind: sample.kind,
            failed: sample.failed,
            stale: sample.stale,
            lit: false,
            op: sample.op,
            client: sample.client,
            ended: sample.ended,
            latency_ms: sample.latency_ms,
        };
        let client = frame.clients.get(sample.client.index()).map_or("?", String::as_str);
        Point {
            x: as_dot.x,
            y: as_dot.y,
            stroke: match (sample.failed, sample.kind) {
                (true, _) => Stroke::Failed,
                (false, CallKind::Read) => Stroke::Read,
                (false, _) => Stroke::Write,
            },
            stale: sample.stale && !sample.failed,
            selected: frame.selected == Some(sample.op),
            op: sample.op,
            text: as_dot.words(client),
        }
    };
    samples.iter().map(dot).collect()
}
