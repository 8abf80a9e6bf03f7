//! A chart ready to draw, and what is read off it.

use netsplit_sim::ids::OpId;

use super::{Chart, Formula, Kinds, Reach};
use crate::chart::reading::{Cursor, Legible, REACH, Reading, nearest_of};
use crate::chart::{Box2, Tick};
use crate::timebar::Trouble;
use crate::units;

/// The identity of an operation's dot, to tell it from a window's.
const DOT: u64 = 1 << 63;

/// A piece of a line without gaps.
pub type Piece = Vec<(f64, f64)>;

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
    pub lines: Vec<(Stroke, Vec<Piece>)>,
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
    pub(super) fn x(&self, share: f64) -> f64 {
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
