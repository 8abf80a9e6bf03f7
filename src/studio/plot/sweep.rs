//! The chart of a sweep: the mean of each cell with its confidence interval, a line for each value of the second knob, and
//! the formula where there is one.

use netsplit_lab::knob::Knob;
use netsplit_lab::statistics::Summary;
use netsplit_lab::sweep::{Results, Sweep};

use super::{AREA, Axes, Line, Mark, Plot, Row, across, part_names, top_of};
use crate::chart::{Tick, linear_ticks};
use crate::panels;
use crate::units;

/// Values that span more than this many times the least one stand on a logarithmic axis.
const SPAN_OF_A_LINEAR_AXIS: f64 = 30.0;

/// Lays out what came of a sweep so far, for one of its measures.
#[must_use]
pub fn of_sweep(
    sweep: &Sweep,
    results: &Results,
    measure: usize,
    title: &str,
    unit: &'static str,
    scenario: &str,
) -> Plot {
    let knob = &sweep.knobs()[0];
    let values = &sweep.plan().axes[0].values;
    let places: Vec<f64> = if knob.choices.is_empty() {
        values.clone()
    } else {
        // Choices stand side by side in the order in which they were asked for.
        (0..values.len()).map(|place| place as f64).collect()
    };
    let count = sweep.plan().axes.get(1).map_or(1, |axis| axis.values.len());
    // Shares are shown in hundredths.
    let scale = if unit == "share" { 100.0 } else { 1.0 };
    let cells: Vec<Vec<Cell>> = (0..count)
        .map(|second| {
            let cell = |first: usize| {
                let cell = first * count + second;
                let formula = sweep
                    .theory(cell, measure)
                    .map(|found| (found.value * scale, found.is_floor, found.formula));
                Cell {
                    x: places[first],
                    summary: results.summary(cell, measure).map(|s| s.times(scale)),
                    formula,
                }
            };
            (0..values.len()).map(cell).collect()
        })
        .collect();
    let least = places.iter().copied().fold(f64::MAX, f64::min);
    let most = places.iter().copied().fold(f64::MIN, f64::max);
    let is_log = knob.choices.is_empty() && least > 0.0 && most / least > SPAN_OF_A_LINEAR_AXIS;
    let highest = cells.iter().flatten().flat_map(Cell::heights).fold(0.0, f64::max);
    let axes =
        Axes { is_log, least, most: if most > least { most } else { least + 1.0 }, top: top_of(highest) };
    let taken = cells.iter().flatten().filter(|cell| cell.summary.is_some()).count();
    let second = sweep.knobs().get(1);
    let name = |place: usize| {
        second.map_or_else(String::new, |knob| name_of(knob, sweep.plan().axes[1].values[place]))
    };
    let mut lines: Vec<Line> = cells
        .iter()
        .enumerate()
        .map(|(place, cells)| line(name(place), cells, &axes, unit, &|x| tick_text(knob, values, x)))
        .collect();
    part_names(&mut lines);
    let ticks = if knob.choices.is_empty() {
        across(places, &axes)
    } else {
        let tick = |(x, text): (&f64, String)| Tick { at: axes.x(*x), text };
        places.iter().zip(values.iter().map(|value| knob.value_text(*value))).map(tick).collect()
    };
    let y = if unit == "share" { "%".to_owned() } else { unit.to_owned() };
    let x = if knob.unit.is_empty() { knob.title.clone() } else { format!("{}, {}", knob.title, knob.unit) };
    let mut formulas: Vec<&'static str> =
        cells.iter().flatten().filter_map(|cell| cell.formula.map(|(.., formula)| formula)).collect();
    formulas.dedup();
    let is_floor = cells.iter().flatten().any(|cell| cell.formula.is_some_and(|(_, is_floor, _)| is_floor));
    let of = cells.iter().map(Vec::len).sum();
    let about = if scenario.is_empty() { String::new() } else { format!(" “{scenario}”.") };
    Plot {
        title: title.to_owned(),
        spoken: format!(
            "{title}.{about} Across: {x}. Up: {y}. {taken} of {of} points have a value; the numbers are in the table below."
        ),
        x,
        y,
        across: ticks,
        up: linear_ticks(axes.top, AREA.bottom, AREA.top),
        lines,
        taken,
        of,
        below: 0,
        formula: formulas
            .first()
            .map(|formula| (if is_floor { "never below" } else { "by the formula" }, (*formula).to_owned())),
        has_bars: true,
    }
}

struct Cell {
    x: f64,
    summary: Option<Summary>,
    formula: Option<(f64, bool, &'static str)>,
}

impl Cell {
    fn heights(&self) -> impl Iterator<Item = f64> + use<> {
        let measured = self.summary.map(|summary| summary.interval().1);
        measured.into_iter().chain(self.formula.map(|(value, ..)| value))
    }
}

fn line(name: String, cells: &[Cell], axes: &Axes, unit: &'static str, tick: &dyn Fn(f64) -> String) -> Line {
    let mark = |cell: &Cell| {
        let summary = cell.summary?;
        let (low, high) = summary.interval();
        let bar = summary.half_width.map(|_| (axes.y(low.max(0.0)), axes.y(high)));
        Some(Mark { at: (axes.x(cell.x), axes.y(summary.mean)), x: cell.x, value: summary.mean, bar })
    };
    let figure = |value: f64| {
        if unit == "share" {
            format!("{} %", units::three_digits(value))
        } else {
            panels::text(Some(value), unit)
        }
    };
    let row = |cell: &Cell| Row {
        x: tick(cell.x),
        measured: cell.summary.map(|summary| match summary.half_width {
            Some(half) => format!("{} ± {}", figure(summary.mean), units::three_digits(half)),
            None => figure(summary.mean),
        }),
        formula: cell.formula.map(|(value, ..)| figure(value)),
    };
    let curve: Vec<(f64, f64)> =
        cells.iter().filter_map(|cell| Some((axes.x(cell.x), axes.y(cell.formula?.0)))).collect();
    let marks: Vec<Mark> = cells.iter().filter_map(mark).collect();
    let name_at = marks.last().map(|mark| mark.at.1).or(curve.last().map(|(_, y)| *y)).unwrap_or(AREA.bottom);
    Line { name, name_at, marks, curve, rows: cells.iter().map(row).collect() }
}

fn name_of(knob: &Knob, value: f64) -> String {
    let text = knob.value_text(value);
    if knob.choices.is_empty() { format!("{} {text}", knob.id) } else { text }
}

fn tick_text(knob: &Knob, values: &[f64], x: f64) -> String {
    if knob.choices.is_empty() {
        return units::tick(x);
    }
    values.get(x as usize).map_or_else(String::new, |value| knob.value_text(*value))
}
