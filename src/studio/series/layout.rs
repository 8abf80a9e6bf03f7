//! Lays a chart out: one panel for each unit, or one for each node on the same axes, in pixels.

use netsplit_scenario::Distribution;
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::time::{Span, Time};

use super::measure::{Measured, Sample};
use super::plan::{Plan, keys, plan};
use super::rows::{dots_of, of_percentiles, pieces, rows_of_percentiles, rows_of_windows};
use super::scene::{BandMark, Column, Panel, Row, SeriesScene};
use super::{Chart, Formula, Kinds, Reach};
use crate::chart::{Box2, LogAxis, Tick, linear_ticks, time_ticks};
use crate::geometry::nice_at_least;
use crate::timebar::{Band, Mark};
use crate::units;

/// A wider view has panels side by side.
const NARROW: f64 = 460.0;
/// The height of a panel that stands alone, and of one among several rows.
const TALL: f64 = 138.0;
const LOW: f64 = 92.0;
/// The most lines for changes: more would hide what they explain.
const CHANGES: usize = 40;
/// Percentiles go up to so many nines.
pub(super) const NINES: f64 = 4.0;

/// What to lay out.
pub(super) enum Data {
    Windows(Vec<(u64, Measured)>),
    Spread(Spread),
}

/// How something is spread.
pub(super) struct Spread {
    pub(super) id: &'static str,
    pub(super) measured: Distribution,
}

/// What the chart stands in.
pub(super) struct Frame<'a> {
    pub(super) chart: Chart,
    pub(super) kinds: Kinds,
    pub(super) reach: Reach,
    pub(super) begin: Time,
    pub(super) end: Time,
    pub(super) now: Time,
    pub(super) step: Span,
    pub(super) width: f64,
    pub(super) nodes: &'a [String],
    pub(super) clients: &'a [String],
    pub(super) eyes: Option<NodeId>,
    pub(super) bands: &'a [Band],
    pub(super) marks: &'a [Mark],
    pub(super) formulas: Vec<Formula>,
    pub(super) selected: Option<OpId>,
    pub(super) is_split: bool,
    pub(super) choices: Vec<Chart>,
}

/// A span as short as it can be: `50 ms`, `2.5 ms`, `1 s`.
fn short(span: Span) -> String {
    let ms = span.as_ms();
    if ms >= 1_000.0 { format!("{} s", units::tick(ms / 1_000.0)) } else { format!("{} ms", units::tick(ms)) }
}

/// Where the panels stand.
fn areas(count: usize, width: f64) -> (Vec<Box2>, f64) {
    let columns = if width < NARROW { 1 } else { count.clamp(1, 3) };
    let rows = count.div_ceil(columns).max(1);
    let (left, right, top, bottom) = (42.0, 18.0, if count > 1 { 24.0 } else { 12.0 }, 20.0);
    let height = if rows == 1 { TALL } else { LOW };
    let cell = width / columns as f64;
    let area = |place: usize| {
        let (x, y) = ((place % columns) as f64 * cell, (place / columns) as f64 * height);
        Box2 { left: x + left, right: x + cell - right, top: y + top, bottom: y + height - bottom }
    };
    ((0..count).map(area).collect(), rows as f64 * height)
}

/// A value's place on an upright axis.
pub(super) enum Up {
    Log(LogAxis),
    Linear(f64),
}

impl Up {
    fn of(plan: &Plan, values: impl Iterator<Item = f64>, area: Box2) -> Self {
        let (mut least, mut most) = (f64::MAX, 0.0f64);
        for value in values {
            least = least.min(value);
            most = most.max(value);
        }
        if plan.is_log {
            let (least, most) = if least > most { (1.0, 10.0) } else { (least * 0.9, most) };
            return Self::Log(LogAxis::new(least, most, area.bottom, area.top));
        }
        let most = plan.top.unwrap_or(if most > 0.0 { most } else { 1.0 });
        let step = nice_at_least(most / 4.0);
        Self::Linear(libm::ceil(most / step - 1e-9) * step)
    }

    pub(super) fn at(&self, value: f64, area: Box2) -> f64 {
        match self {
            Self::Log(axis) => axis.at(value),
            Self::Linear(top) => area.bottom + (area.top - area.bottom) * (value / top).clamp(0.0, 1.0),
        }
    }

    fn ticks(&self, area: Box2) -> Vec<Tick> {
        match self {
            Self::Log(axis) => axis.ticks(),
            Self::Linear(top) => {
                let mut ticks = linear_ticks(*top, area.bottom, area.top);
                if area.bottom - area.top < 70.0 && ticks.len() > 3 {
                    // A low panel has room for its ends only.
                    let last = ticks.pop();
                    ticks.truncate(1);
                    ticks.extend(last);
                }
                ticks
            }
        }
    }
}

/// Lays a chart out.
pub(super) fn scene(frame: &Frame<'_>, data: &Data) -> SeriesScene {
    let plan = plan(frame);
    let (areas, height) = areas(plan.panels.len(), frame.width);
    let rows = match data {
        Data::Windows(windows) => rows_of_windows(frame, windows),
        Data::Spread(spread) => rows_of_percentiles(spread),
    };
    let samples: Vec<&Sample> = match data {
        Data::Windows(windows) => windows.iter().flat_map(|(_, measured)| &measured.dots).collect(),
        Data::Spread(_) => Vec::new(),
    };
    let mut panels = Vec::new();
    for (place, title) in plan.panels.iter().enumerate() {
        let mine = |column: &&(usize, &Column)| {
            column.1.drawn.is_some_and(|(panel, _)| plan.alike || panel == place)
        };
        let columns: Vec<(usize, &Column)> = plan.columns.iter().enumerate().collect();
        let values = columns
            .iter()
            .filter(mine)
            .flat_map(|(column, _)| rows.iter().filter_map(|row| row.values.get(*column).copied().flatten()));
        let formulas = frame.formulas.iter().filter(|formula| formula.panel == place);
        let longest = match data {
            Data::Spread(spread) => spread.measured.max_ms(),
            Data::Windows(_) => None,
        };
        let dots = samples.iter().filter(|sample| !sample.failed).map(|sample| sample.latency_ms);
        let area = areas[place];
        let up = Up::of(
            &plan,
            values.chain(formulas.clone().map(|formula| formula.value)).chain(dots).chain(longest),
            area,
        );
        let mut panel = empty_panel(frame, title, area);
        panel.up = up.ticks(area);
        panel.floors = formulas.map(|formula| (formula.name, up.at(formula.value, area))).collect();
        match data {
            Data::Spread(spread) => of_percentiles(&mut panel, spread, &up),
            Data::Windows(_) => {
                for (column, stroke) in columns.iter().filter_map(|(column, drawn)| {
                    drawn.drawn.filter(|(panel, _)| *panel == place).map(|(_, stroke)| (*column, stroke))
                }) {
                    panel.lines.push((stroke, pieces(&rows, column, &panel, &up)));
                }
                if place == 0 {
                    panel.dots = dots_of(frame, &samples, &panel, &up);
                }
            }
        }
        panels.push(panel);
    }
    finish(frame, plan, data, rows, panels, (frame.width, height))
}

fn finish(
    frame: &Frame<'_>,
    plan: Plan,
    data: &Data,
    rows: Vec<Row>,
    panels: Vec<Panel>,
    size: (f64, f64),
) -> SeriesScene {
    let anything = rows.iter().any(|row| row.values.iter().any(Option::is_some))
        || panels.iter().any(|panel| !panel.dots.is_empty());
    let counted: u64 = rows.iter().map(|row| row.count).sum();
    let dots: usize = panels.iter().map(|panel| panel.dots.len()).sum();
    let (says, along, spread) = match data {
        Data::Spread(spread) => {
            let count = spread.measured.count();
            (
                format!("Of {} measured: so many per cent were no slower.", units::grouped(count as f64)),
                "percentile",
                Some(spread.id),
            )
        }
        Data::Windows(_) => {
            let mut says = format!("Each point is {}. A gap: nothing was measured.", short(frame.step));
            if frame.chart == Chart::Latency && (dots as u64) < counted {
                let (dots, all) = (units::grouped(dots as f64), units::grouped(counted as f64));
                says.push_str(&format!(" Of {all} operations {dots} have a dot."));
            }
            (says, "time of the run", None)
        }
    };
    let spoken = format!("{}. {says} Arrow keys read the values.", plan.title);
    SeriesScene {
        chart: frame.chart,
        choices: frame.choices.clone(),
        kinds: frame.chart.takes_kinds().then_some(frame.kinds),
        spread,
        reach: frame.reach,
        title: plan.title.to_owned(),
        says,
        empty: (!anything).then(|| plan.empty.to_owned()),
        size,
        keys: keys(&plan, &panels),
        panels,
        along,
        counts: plan.counts,
        columns: plan.columns,
        rows,
        formulas: frame.formulas.clone(),
        spoken,
        step: frame.step.0,
    }
}

pub(super) fn share(frame: &Frame<'_>, at: Time) -> f64 {
    at.since(frame.begin).0 as f64 / (frame.end.since(frame.begin).0.max(1)) as f64
}

/// A panel with what is behind its lines.
fn empty_panel(frame: &Frame<'_>, title: &str, area: Box2) -> Panel {
    let mut panel = Panel {
        title: title.to_owned(),
        area,
        up: Vec::new(),
        across: Vec::new(),
        lines: Vec::new(),
        floors: Vec::new(),
        dots: Vec::new(),
        bands: Vec::new(),
        changes: Vec::new(),
        now: None,
    };
    if frame.chart == Chart::Distribution {
        panel.across = [(0.0, "0"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99")]
            .map(|(nines, text)| Tick { at: panel.x(nines / NINES), text: text.to_owned() })
            .to_vec();
        return panel;
    }
    let in_view = |band: &&Band| band.from <= frame.now && band.to >= frame.begin && band.from <= frame.end;
    panel.bands = frame
        .bands
        .iter()
        .filter(in_view)
        .map(|band| BandMark {
            left: panel.x(share(frame, band.from)),
            right: panel.x(share(frame, band.to.min(frame.now))),
            trouble: band.trouble,
            text: band.text.clone(),
        })
        .collect();
    let past: Vec<&Mark> =
        frame.marks.iter().filter(|mark| mark.at >= frame.begin && mark.at <= frame.now).collect();
    if past.len() <= CHANGES {
        panel.changes = past.iter().map(|mark| panel.x(share(frame, mark.at))).collect();
    }
    panel.now = Some(panel.x(share(frame, frame.now)));
    let (unit, per) = if frame.end.as_ms() >= 2_000.0 { ("s", 1_000.0) } else { ("ms", 1.0) };
    let (begin, end) = (frame.begin.as_ms() / per, frame.end.as_ms() / per);
    panel.across = time_ticks(begin, end, area.left, area.right);
    if area.right - area.left < 200.0 && panel.across.len() > 3 {
        let mut place = 0;
        panel.across.retain(|_| {
            place += 1;
            place % 2 == 1
        });
    }
    if let Some(last) = panel.across.last_mut() {
        last.text = format!("{} {unit}", last.text);
    }
    panel
}
