//! The chart of a lesson: a point for every step that was watched to its end, and the curve of the published
//! formula over them. Everything is in pixels of the chart; the view only draws.
//!
//! The axes are there from the beginning and fit the curves, so that a point stays where it appeared. The
//! curves appear with the first point: before, they would tell what the run is asked.

mod sweep;

use netsplit_scenario::lesson::chart::{Chart, Series};
use netsplit_scenario::lesson::expression::Sum;
use netsplit_scenario::lesson::prose::Unit;
use netsplit_scenario::lesson::{Lesson, Record, State};

use crate::chart::{Box2, Tick, linear_ticks};
use crate::geometry::nice_at_least;
use crate::order::sort_few;
use crate::units;

pub use sweep::of_sweep;

/// The inside of the chart.
pub const AREA: Box2 = Box2 { left: 44.0, right: 258.0, top: 12.0, bottom: 190.0 };
/// How far the first point stands from the vertical axis.
const INSET: f64 = 10.0;
/// The least distance between the names at the ends of two lines.
const NAME_APART: f64 = 13.0;
/// The least distance between two ticks of the horizontal axis.
const TICK_APART: f64 = 20.0;
/// How many stretches a curve is drawn with.
const STRETCHES: u32 = 60;

/// A lesson's chart, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What is counted along the horizontal axis.
    pub x: String,
    /// The unit of the vertical axis.
    pub y: String,
    /// Ticks of the horizontal axis.
    pub across: Vec<Tick>,
    /// Ticks of the vertical axis.
    pub up: Vec<Tick>,
    /// What is compared.
    pub lines: Vec<Line>,
    /// How many points there are now.
    pub taken: usize,
    /// How many there will be.
    pub of: usize,
    /// The chart in words.
    pub spoken: String,
    /// Below how many of the open steps it stands: all that are over.
    pub below: usize,
    /// What the curve is called, and the formula in words where the text beside the chart does not give it.
    pub formula: Option<(&'static str, String)>,
    /// Whether points are means with confidence intervals.
    pub has_bars: bool,
}

/// Points and their curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// The height of its name, at the right end.
    pub name_at: f64,
    /// The points that were measured.
    pub marks: Vec<Mark>,
    /// The curve, from left to right; nothing before there is a point in the chart.
    pub curve: Vec<(f64, f64)>,
    /// The same in numbers: every place, what was measured and what the formula says.
    pub rows: Vec<Row>,
}

/// A point that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Where it is drawn.
    pub at: (f64, f64),
    /// What it was measured at.
    pub x: f64,
    /// What was measured.
    pub value: f64,
    /// The ends of its confidence interval, in pixels from the top: low and high.
    pub bar: Option<(f64, f64)>,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place.
    pub x: String,
    /// What was measured there; nothing yet.
    pub measured: Option<String>,
    /// What the formula says; nothing while there is no curve.
    pub formula: Option<String>,
}

/// The values of a series at its places, as far as they were measured.
type Values = Vec<(f64, Option<f64>)>;

/// Where values are drawn.
struct Axes {
    is_log: bool,
    least: f64,
    most: f64,
    top: f64,
}

impl Axes {
    fn share(&self, x: f64) -> f64 {
        if self.is_log {
            libm::log(x / self.least) / libm::log(self.most / self.least)
        } else {
            (x - self.least) / (self.most - self.least)
        }
    }

    /// The place that is a share of the way from left to right.
    fn place(&self, share: f64) -> f64 {
        if self.is_log {
            self.least * libm::pow(self.most / self.least, share)
        } else {
            self.least + (self.most - self.least) * share
        }
    }

    fn x(&self, x: f64) -> f64 {
        let left = AREA.left + INSET;
        left + (AREA.right - left) * self.share(x)
    }

    fn y(&self, value: f64) -> f64 {
        AREA.bottom + (AREA.top - AREA.bottom) * value / self.top
    }

    /// The values of a series' formula along the axis.
    fn curve(&self, series: &Series) -> impl Iterator<Item = (f64, f64)> {
        let places = (0..=STRETCHES).map(|part| self.place(f64::from(part) / f64::from(STRETCHES)));
        places.filter_map(|x| Some((x, series.formula.value(x)?)))
    }
}

/// Lays out the chart of a lesson, if it has one.
#[must_use]
pub fn plot(lesson: &Lesson, record: &Record) -> Option<Plot> {
    let chart = lesson.chart.as_ref()?;
    let states = record.states(lesson);
    let is_over = |window: &str| {
        let step = lesson.steps.iter().position(|step| step.id == window);
        step.is_some_and(|step| states[step] == State::Over)
    };
    // While a step is watched its measures still change.
    let value = |sum: &Sum| {
        let measured = |measure: &_| record.number(lesson, measure);
        let mut over = true;
        sum.measures(&mut |measure| over &= is_over(&measure.window));
        sum.value(&measured).filter(|_| over)
    };
    let values = |series: &Series| series.points.iter().map(|point| (point.x, value(&point.y))).collect();
    let below = states.iter().filter(|state| **state == State::Over).count();
    Some(lay_out(chart, &chart.series.iter().map(values).collect::<Vec<_>>(), below))
}

fn lay_out(chart: &Chart, values: &[Values], below: usize) -> Plot {
    let places = || chart.series.iter().flat_map(|series| &series.points).map(|point| point.x);
    let (least, most) = (places().fold(f64::MAX, f64::min), places().fold(f64::MIN, f64::max));
    let mut axes = Axes { is_log: chart.x_is_log, least, most, top: 1.0 };
    let curves = chart.series.iter().flat_map(|series| axes.curve(series)).map(|(_, value)| value);
    let measured = values.iter().flatten().filter_map(|(_, value)| *value);
    let highest = curves.chain(measured).fold(0.0, f64::max);
    axes.top = top_of(highest);
    let taken = values.iter().flatten().filter(|(_, value)| value.is_some()).count();
    let of = values.iter().map(Vec::len).sum();
    let mut lines: Vec<Line> = chart
        .series
        .iter()
        .zip(values)
        .map(|(series, values)| line(series, values, &axes, taken > 0))
        .collect();
    part_names(&mut lines);
    Plot {
        title: chart.title.clone(),
        x: chart.x.clone(),
        y: chart.y.clone(),
        across: across(places().collect(), &axes),
        up: linear_ticks(axes.top, AREA.bottom, AREA.top),
        lines,
        taken,
        of,
        spoken: format!(
            "{}. Across: {}. Up: {}. {taken} of {of} points are measured; the numbers are in the table below.",
            chart.title, chart.x, chart.y
        ),
        below,
        formula: Some(("by the formula", String::new())),
        has_bars: false,
    }
}

/// Where an axis ends that has to show `highest`.
fn top_of(highest: f64) -> f64 {
    if highest <= 0.0 {
        return 1.0;
    }
    let step = nice_at_least(highest / 4.0);
    libm::ceil(highest / step - 1e-9) * step
}

fn line(series: &Series, values: &Values, axes: &Axes, begun: bool) -> Line {
    let curve: Vec<(f64, f64)> = axes.curve(series).map(|(x, value)| (axes.x(x), axes.y(value))).collect();
    let mark = |(x, value): &(f64, Option<f64>)| {
        value.map(|value| Mark { at: (axes.x(*x), axes.y(value)), x: *x, value, bar: None })
    };
    let row = |(x, value): &(f64, Option<f64>)| Row {
        x: units::tick(*x),
        measured: value.map(|value| Unit::Plain.write(value)),
        formula: series.formula.value(*x).filter(|_| begun).map(|value| Unit::Plain.write(value)),
    };
    Line {
        name: series.name.clone(),
        name_at: curve.last().map_or(AREA.bottom, |(_, y)| *y),
        marks: values.iter().filter_map(mark).collect(),
        curve: if begun { curve } else { Vec::new() },
        rows: values.iter().map(row).collect(),
    }
}

/// Moves names up from the ones below until none covers another.
fn part_names(lines: &mut [Line]) {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    sort_few(&mut order, |a, b| lines[*b].name_at.total_cmp(&lines[*a].name_at));
    let mut highest = f64::MAX;
    for index in order {
        let name = &mut lines[index].name_at;
        *name = name.min(highest - NAME_APART);
        highest = *name;
    }
}

/// A tick at every place where something is measured, as far as their texts have room.
fn across(mut places: Vec<f64>, axes: &Axes) -> Vec<Tick> {
    sort_few(&mut places, f64::total_cmp);
    let mut ticks: Vec<Tick> = Vec::new();
    for place in places {
        let at = axes.x(place);
        if ticks.last().is_none_or(|last| at - last.at >= TICK_APART) {
            ticks.push(Tick { at, text: units::tick(place) });
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::lesson::chart::Point;
    use netsplit_scenario::lesson::expression::Formula;

    use super::*;

    fn chart(x_is_log: bool, formulas: &[&str]) -> Chart {
        let point = |x| Point { x, y: Sum::Number(0.0) };
        let series = |text: &&str| Series {
            name: (*text).to_owned(),
            points: [1.0, 2.0, 4.0].map(point).to_vec(),
            formula: Formula::parse(text).expect("a formula"),
        };
        let text = str::to_owned;
        let series = formulas.iter().map(series).collect();
        Chart { title: text("All"), x: text("machines"), x_is_log, y: text("ms"), series }
    }

    #[test]
    fn a_point_that_fits_the_formula_lies_on_its_curve() {
        for is_log in [false, true] {
            let values = vec![(1.0, Some(10.0)), (2.0, Some(20.0)), (4.0, None)];
            let plot = lay_out(&chart(is_log, &["10 * x"]), &[values], 2);
            let line = &plot.lines[0];
            assert_eq!((plot.taken, plot.of, line.marks.len()), (2, 3, 2));
            let (first, last) = (line.curve[0], line.curve[line.curve.len() - 1]);
            assert!(
                (first.0 - line.marks[0].at.0).abs() < 1e-9 && (first.1 - line.marks[0].at.1).abs() < 1e-9
            );
            assert!((last.0 - AREA.right).abs() < 1e-9 && (last.1 - AREA.top).abs() < 1e-9, "{last:?}");
            let (x, y) = line.marks[1].at;
            let before = line.curve.iter().rposition(|(at, _)| *at <= x).expect("a curve");
            assert!((line.curve[before].1 - y).abs() < 4.0);
            let share = (x - first.0) / (last.0 - first.0);
            assert!((share - if is_log { 0.5 } else { 1.0 / 3.0 }).abs() < 1e-9, "{share}");
        }
    }

    #[test]
    fn names_at_the_ends_of_lines_do_not_cover_each_other() {
        let none = || vec![(1.0, None), (2.0, None), (4.0, None)];
        let plot = lay_out(&chart(true, &["2", "1", "100", "1 + x"]), &[none(), none(), none(), none()], 0);
        let mut names: Vec<f64> = plot.lines.iter().map(|line| line.name_at).collect();
        assert!(names[1] > names[0] && names[0] > names[3] && names[3] > names[2], "{names:?}");
        names.sort_by(f64::total_cmp);
        assert!(names.windows(2).all(|pair| pair[1] - pair[0] >= NAME_APART - 1e-9), "{names:?}");
        assert!(plot.lines.iter().all(|line| line.curve.is_empty() && line.marks.is_empty()));
    }
}
