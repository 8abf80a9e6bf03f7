//! A chart ready to draw: panels in pixels, rows in words. One panel for each unit, or one for each node on the same axes.

use netsplit_scenario::Distribution;
use netsplit_scenario::distribution::QUANTILES;
use netsplit_sim::history::CallKind;
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::time::{Span, Time};

use super::measure::{Measured, Sample};
use super::{Chart, Formula, Kinds, Reach};
use crate::chart::reading::{Cursor, Legible, REACH, Reading, nearest_of};
use crate::chart::{Box2, LogAxis, Tick, linear_ticks, time_ticks};
use crate::geometry::nice_at_least;
use crate::order::sort_few;
use crate::timebar::{Band, Mark, Trouble};
use crate::units;

/// A wider view has panels side by side.
const NARROW: f64 = 460.0;
/// The height of a panel that stands alone, and of one among several rows.
const TALL: f64 = 138.0;
const LOW: f64 = 92.0;
/// The most lines for changes: more would hide what they explain.
const CHANGES: usize = 40;
/// Percentiles go up to so many nines.
const NINES: f64 = 4.0;
/// How many stretches the curve of percentiles has.
const STRETCHES: u32 = 80;
/// The identity of an operation's dot, to tell it from a window's.
const DOT: u64 = 1 << 63;

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

/// How a line or a mark is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// What the chart is about first.
    First,
    /// What stands beside it.
    Second,
    /// What went wrong.
    Wrong,
    /// A formula.
    Formula,
    /// A read.
    Read,
    /// A change.
    Write,
    /// A stale read.
    Stale,
    /// Without result.
    Failed,
}

impl Stroke {
    /// The name in style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Wrong => "wrong",
            Self::Formula => "formula",
            Self::Read => "read",
            Self::Write => "write",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

/// A column of the table, and a line of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: String,
    /// Its unit.
    pub unit: &'static str,
    /// The panel that it is drawn in, and how; nothing for what stands in the table only.
    pub drawn: Option<(usize, Stroke)>,
}

/// A line of the table: a window of the run, or a percentile.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What stays the same of it while the chart moves on.
    pub id: u64,
    /// What it is of, such as `100–150 ms`.
    pub head: String,
    /// Where it is along the axis, from 0 to 1.
    pub share: f64,
    /// By column.
    pub values: Vec<Option<f64>>,
    /// How many of what the chart counts.
    pub count: u64,
    /// What was broken meanwhile.
    pub trouble: String,
    /// The operation that Enter selects.
    pub op: Option<OpId>,
}

/// A span of time in which something was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct BandMark {
    /// Its left edge.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// What kind of trouble.
    pub trouble: Trouble,
    /// In words.
    pub text: String,
}

/// An operation's dot.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// Where.
    pub y: f64,
    /// How it is drawn.
    pub stroke: Stroke,
    /// Whether it was a stale read.
    pub stale: bool,
    /// Whether it is selected.
    pub selected: bool,
    /// The operation.
    pub op: OpId,
    /// What it was, in words.
    pub text: String,
}

/// One pair of axes with what is drawn in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// Its inside.
    pub area: Box2,
    /// Ticks of the upright axis.
    pub up: Vec<Tick>,
    /// Ticks of the axis along.
    pub across: Vec<Tick>,
    /// The lines: each a list of pieces without gaps.
    pub lines: Vec<(Stroke, Vec<Vec<(f64, f64)>>)>,
    /// Formulas: name and height.
    pub floors: Vec<(&'static str, f64)>,
    /// Operations.
    pub dots: Vec<Point>,
    /// What was broken when.
    pub bands: Vec<BandMark>,
    /// When something was changed.
    pub changes: Vec<f64>,
    /// The playhead.
    pub now: Option<f64>,
}

impl Panel {
    fn x(&self, share: f64) -> f64 {
        self.area.left + (self.area.right - self.area.left) * share.clamp(0.0, 1.0)
    }
}

/// An entry of the legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A line or a dot.
    Line(Stroke, String),
    /// A band.
    Band(Trouble, &'static str),
    /// A change.
    Change,
}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesScene {
    /// What is charted.
    pub chart: Chart,
    /// What can be.
    pub choices: Vec<Chart>,
    /// Of which operations, where that can be chosen.
    pub kinds: Option<Kinds>,
    /// What is spread, where that can be chosen.
    pub spread: Option<&'static str>,
    /// How much of the run.
    pub reach: Reach,
    /// The title with the unit.
    pub title: String,
    /// What a point is, in one sentence.
    pub says: String,
    /// Why there is nothing to see, and what to do instead.
    pub empty: Option<String>,
    /// Width and height.
    pub size: (f64, f64),
    /// The panels.
    pub panels: Vec<Panel>,
    /// What a row is of: the head of the first column.
    pub along: &'static str,
    /// What is counted in each window.
    pub counts: Option<&'static str>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The legend.
    pub keys: Vec<Key>,
    /// The formulas.
    pub formulas: Vec<Formula>,
    /// The chart in words.
    pub spoken: String,
    /// The width of a window in nanoseconds.
    pub step: u64,
}

/// A value without its unit.
#[must_use]
pub fn number(value: Option<f64>, unit: &str) -> String {
    match value {
        None => units::NO_SAMPLE.to_owned(),
        Some(value) if unit == "%" => units::percent(value / 100.0).replace(" %", ""),
        Some(value) if unit == "copies" => units::grouped(value),
        Some(value) => units::three_digits(value),
    }
}

fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "ms" => units::ms(value),
        unit => format!("{} {unit}", number(Some(value), unit)),
    }
}

/// A span as short as it can be: `50 ms`, `2.5 ms`, `1 s`.
fn short(span: Span) -> String {
    let ms = span.as_ms();
    if ms >= 1_000.0 { format!("{} s", units::tick(ms / 1_000.0)) } else { format!("{} ms", units::tick(ms)) }
}

/// Columns, panels' titles, and what is counted.
struct Plan {
    title: &'static str,
    panels: Vec<String>,
    columns: Vec<Column>,
    counts: Option<&'static str>,
    empty: &'static str,
    is_log: bool,
    /// Where the axis ends, if not where the values do.
    top: Option<f64>,
    /// Whether all panels have the same axis.
    alike: bool,
}

fn column(title: impl Into<String>, unit: &'static str, drawn: Option<(usize, Stroke)>) -> Column {
    Column { title: title.into(), unit, drawn }
}

fn plan(frame: &Frame<'_>) -> Plan {
    let one = |title, columns, counts, empty| Plan {
        title,
        panels: vec![String::new()],
        columns,
        counts,
        empty,
        is_log: false,
        top: None,
        alike: true,
    };
    let first = |title: &str, unit| column(title, unit, Some((0, Stroke::First)));
    let second = |title: &str, unit| column(title, unit, Some((0, Stroke::Second)));
    let ended = "No operation has ended in this time: play on, or look at more of the run.";
    match frame.chart {
        Chart::Latency => Plan {
            is_log: true,
            ..one("Latency, ms", vec![first("p50", "ms"), second("p99", "ms")], Some("operations"), ended)
        },
        Chart::Distribution => one(
            "No longer than, ms",
            vec![first("no longer than", "ms")],
            None,
            "Nothing of this kind was measured in this time.",
        ),
        Chart::Throughput => one(
            "Operations that ended, per second",
            vec![first("succeeded", "per s"), column("failed", "per s", Some((0, Stroke::Wrong)))],
            Some("operations"),
            ended,
        ),
        Chart::Availability => Plan {
            top: Some(100.0),
            ..one("Operations that succeeded, %", vec![first("succeeded", "%")], Some("operations"), ended)
        },
        Chart::Staleness => Plan {
            panels: vec!["Versions behind".to_owned(), "Age of stale values, ms".to_owned()],
            columns: vec![
                column("mean", "versions", Some((0, Stroke::First))),
                column("most", "versions", Some((0, Stroke::Second))),
                column("age p50", "ms", Some((1, Stroke::First))),
                column("age p99", "ms", Some((1, Stroke::Second))),
            ],
            alike: false,
            ..one(
                "How stale reads were when they began",
                Vec::new(),
                Some("reads"),
                "No read has ended in this time.",
            )
        },
        Chart::Visible => {
            let mut columns = vec![first("p50", "ms"), second("p99", "ms")];
            if !frame.is_split {
                columns.push(column("not shown yet", "copies", None));
            }
            one(
                "From the call of a write until a copy shows it, ms",
                columns,
                Some("writes"),
                "No write was called in this time.",
            )
        }
        Chart::Queue | Chart::Utilisation => own(frame),
        Chart::Traffic => Plan {
            panels: vec!["Messages per second".to_owned(), "kB per second".to_owned()],
            columns: vec![
                column("messages", "per s", Some((0, Stroke::First))),
                column("kB", "per s", Some((1, Stroke::First))),
            ],
            alike: false,
            ..one(
                "What nodes and clients sent",
                Vec::new(),
                Some("messages"),
                "Nothing was sent in this time.",
            )
        },
    }
}

/// The charts with a panel for each node.
fn own(frame: &Frame<'_>) -> Plan {
    let is_queue = frame.chart == Chart::Queue;
    let nodes = frame.nodes.iter().enumerate();
    let shown: Vec<(usize, &String)> =
        nodes.filter(|(n, _)| frame.eyes.is_none_or(|eyes| eyes.index() == *n)).collect();
    let mut columns = Vec::new();
    for (panel, (_, name)) in shown.iter().enumerate() {
        if is_queue {
            columns.push(column(format!("{name} mean"), "messages", Some((panel, Stroke::First))));
            columns.push(column(format!("{name} most"), "messages", Some((panel, Stroke::Second))));
        } else {
            columns.push(column(name.as_str(), "%", Some((panel, Stroke::First))));
        }
    }
    Plan {
        title: if is_queue { "Messages that wait for a node" } else { "Time that a node is at work, %" },
        panels: shown.iter().map(|(_, name)| (*name).clone()).collect(),
        columns,
        counts: None,
        empty: "Nothing was measured: the work of these nodes takes no time, or they had none yet. Give them a service \
                time to see queues.",
        is_log: false,
        top: (!is_queue).then_some(100.0),
        alike: true,
    }
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
enum Up {
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

    fn at(&self, value: f64, area: Box2) -> f64 {
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
        let dots = samples.iter().filter(|sample| !sample.failed).map(|sample| sample.latency_ms);
        let area = areas[place];
        let up = Up::of(&plan, values.chain(formulas.clone().map(|formula| formula.value)).chain(dots), area);
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

fn keys(plan: &Plan, panels: &[Panel]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |key: Key| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    for column in &plan.columns {
        // Of the same line for every node one entry is enough.
        let title =
            column.title.rsplit(' ').next().filter(|_| plan.panels.len() > 1).unwrap_or(&column.title);
        if let Some((panel, stroke)) = column.drawn {
            let named = plan.panels.get(panel).is_some_and(|panel| *panel == column.title)
                || column.title.starts_with("kB");
            if !named && column.title != "messages" && column.title != "no longer than" {
                add(Key::Line(stroke, title.to_owned()));
            }
        }
    }
    let dots = || panels.iter().flat_map(|panel| &panel.dots);
    for (stroke, title) in [(Stroke::Read, "read"), (Stroke::Write, "change"), (Stroke::Failed, "no result")]
    {
        if dots().any(|dot| dot.stroke == stroke) {
            add(Key::Line(stroke, title.to_owned()));
        }
    }
    if dots().any(|dot| dot.stale) {
        add(Key::Line(Stroke::Stale, "stale".to_owned()));
    }
    for (name, _) in panels.iter().flat_map(|panel| &panel.floors) {
        add(Key::Line(Stroke::Formula, (*name).to_owned()));
    }
    for band in panels.iter().flat_map(|panel| &panel.bands) {
        add(Key::Band(band.trouble, trouble_words(band.trouble)));
    }
    if panels.iter().any(|panel| !panel.changes.is_empty()) {
        add(Key::Change);
    }
    keys
}

fn trouble_words(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Cut => "links cut",
        Trouble::Down => "node down",
        Trouble::Paused => "node paused or slow",
        Trouble::Odd => "network, clock or node odd",
    }
}

fn share(frame: &Frame<'_>, at: Time) -> f64 {
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
        panel.across = [(0.0, "0"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %")]
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

fn rows_of_windows(frame: &Frame<'_>, windows: &[(u64, Measured)]) -> Vec<Row> {
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
fn rows_of_percentiles(spread: &Spread) -> Vec<Row> {
    let count = spread.measured.count();
    let shares =
        [(0.1, "p10"), (0.25, "p25"), (0.75, "p75"), (0.95, "p95"), (0.995, "p99.5"), (0.9995, "p99.95")];
    let mut all: Vec<(f64, &str)> = shares.into_iter().chain(QUANTILES).collect();
    sort_few(&mut all, |a, b| a.0.total_cmp(&b.0));
    let row = |(place, (share, name)): (usize, &(f64, &str))| Row {
        id: place as u64,
        head: (*name).to_owned(),
        share: nines(*share) / NINES,
        values: vec![spread.measured.quantile_ms(*share)],
        count: 0,
        trouble: String::new(),
        op: None,
    };
    let enough = |share: f64| count > 0 && (1.0 - share) * count as f64 >= 1.0 - 1e-9;
    all.iter()
        .enumerate()
        .filter(|(_, (share, _))| enough(*share) || (*share <= 0.5 && count > 0))
        .map(row)
        .collect()
}

fn of_percentiles(panel: &mut Panel, spread: &Spread, up: &Up) {
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
fn pieces(rows: &[Row], column: usize, panel: &Panel, up: &Up) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
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

fn dots_of(frame: &Frame<'_>, samples: &[&Sample], panel: &Panel, up: &Up) -> Vec<Point> {
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

impl SeriesScene {
    fn dots(&self) -> &[Point] {
        self.panels.first().map_or(&[], |panel| &panel.dots)
    }

    /// The values of a row in words.
    #[must_use]
    pub fn words(&self, row: &Row) -> String {
        let mut words: Vec<String> = Vec::new();
        if self.chart == Chart::Queue {
            for (columns, values) in self.columns.chunks(2).zip(row.values.chunks(2)) {
                if let (Some(column), [Some(mean), Some(most)]) = (columns.first(), values) {
                    let name = column.title.trim_end_matches(" mean");
                    words.push(format!(
                        "{name} {} on average, {} at most",
                        units::three_digits(*mean),
                        units::grouped(*most)
                    ));
                }
            }
        } else {
            for (column, value) in self.columns.iter().zip(&row.values) {
                if let Some(value) = value {
                    words.push(format!("{} {}", column.title, with_unit(*value, column.unit)));
                }
            }
        }
        if self.chart == Chart::Latency && row.count > 0 && row.op.is_none() {
            words.push("none succeeded".to_owned());
        }
        if let Some(counts) = self.counts
            && row.count > 0
        {
            let counts = if row.count == 1 { counts.trim_end_matches('s') } else { counts };
            words.push(format!("{} {counts}", units::grouped(row.count as f64)));
        }
        if words.is_empty() {
            words.push("nothing measured".to_owned());
        }
        if !row.trouble.is_empty() {
            words.push(row.trouble.clone());
        }
        format!("{}: {}", row.head, words.join(" · "))
    }
}

impl Legible for SeriesScene {
    fn places(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, place: usize) -> u64 {
        match self.rows.get(place) {
            Some(row) => row.id,
            None => {
                self.dots().get(place - self.rows.len()).map_or(u64::MAX, |dot| DOT | u64::from(dot.op.0))
            }
        }
    }

    fn find(&self, id: u64) -> Option<usize> {
        if id & DOT != 0 {
            let dot = self.dots().iter().position(|dot| DOT | u64::from(dot.op.0) == id);
            return dot.map(|dot| self.rows.len() + dot);
        }
        self.rows.iter().position(|row| row.id == id)
    }

    fn nearest(&self, x: f64, y: f64) -> Option<usize> {
        let dots = self.dots().iter().map(|dot| (dot.x, dot.y));
        if let Some(dot) = nearest_of(dots, (x, y), REACH / 2.0) {
            return Some(self.rows.len() + dot);
        }
        let inside = |panel: &&Panel| {
            x >= panel.area.left - 4.0
                && x <= panel.area.right + 4.0
                && y >= panel.area.top - 16.0
                && y <= panel.area.bottom + 16.0
        };
        let panel = self.panels.iter().find(inside)?;
        nearest_of(self.rows.iter().map(|row| (panel.x(row.share), 0.0)), (x, 0.0), f64::MAX)
    }

    fn reading(&self, place: usize) -> Option<Reading> {
        if let Some(dot) = place.checked_sub(self.rows.len()) {
            let dot = self.dots().get(dot)?;
            let cursors = vec![Cursor::Ring { x: dot.x, y: dot.y }];
            return Some(Reading {
                cursors,
                text: format!("{}. Press to select it.", dot.text),
                op: Some(dot.op),
            });
        }
        let row = self.rows.get(place)?;
        let line = |panel: &Panel| Cursor::Line {
            x: panel.x(row.share),
            top: panel.area.top,
            bottom: panel.area.bottom,
        };
        let mut text = self.words(row);
        if row.op.is_some() {
            text.push_str(" · Enter selects the slowest");
        }
        Some(Reading { cursors: self.panels.iter().map(line).collect(), text, op: row.op })
    }

    fn step(&self, from: Option<usize>, by: i32) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        let from = match from {
            None => return Some(last),
            // From an operation the arrow keys go on at its window.
            Some(dot) if dot > last => {
                let dot = self.dots().get(dot - self.rows.len())?;
                let panel = self.panels.first()?;
                nearest_of(self.rows.iter().map(|row| (panel.x(row.share), 0.0)), (dot.x, 0.0), f64::MAX)?
            }
            Some(row) => row,
        };
        Some(from.saturating_add_signed(by as isize).min(last))
    }
}
