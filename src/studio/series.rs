//! Charts over time, each with its numbers as a table and as a file.
//!
//! A chart cuts the run into windows, so wide that some dozens are in view, and shows one point for each: where nothing was
//! measured there is a gap, never a zero. Rates are drawn of windows that are over. Behind the lines stand the times in which
//! something was broken, and what was changed; over them the formula, where theory has one for this run.

mod file;
mod layout;
mod measure;
mod plan;
mod rows;
mod scene;
mod theory;

use netsplit_scenario::metrics::Series as Written;
use netsplit_sim::history::CallKind;
use netsplit_sim::time::{Span, Time};

use crate::dock::View;
use crate::geometry::nice_at_least;
use crate::intent::Effect;
use crate::selection::Selected;
use crate::spread;
use crate::studio::Studio;

pub use file::path;
use layout::{Data, Frame, Spread};
use measure::{Ask, Kept};
pub use scene::{BandMark, Column, Key, Panel, Piece, Point, Row, SeriesScene, Stroke, number};
pub use theory::Formula;

/// At least half as many windows are in view, and at most so many.
const WINDOWS: f64 = 64.0;
/// The width of the chart before the page has told it.
const WIDTH: f64 = 580.0;

/// What can be charted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chart {
    /// Latency over time.
    #[default]
    Latency,
    /// How something measured is spread.
    Distribution,
    /// Operations per second.
    Throughput,
    /// The share of operations that succeed.
    Availability,
    /// How old what is read is.
    Staleness,
    /// When copies show a write.
    Visible,
    /// How many messages wait for each node.
    Queue,
    /// The share of its time that each node is at work.
    Utilisation,
    /// Messages and bytes per second.
    Traffic,
}

impl Chart {
    /// Every chart, in the order of the choice.
    pub const ALL: [Self; 9] = [
        Self::Latency,
        Self::Distribution,
        Self::Throughput,
        Self::Availability,
        Self::Staleness,
        Self::Visible,
        Self::Queue,
        Self::Utilisation,
        Self::Traffic,
    ];

    /// The name in the page and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Distribution => "distribution",
            Self::Throughput => "throughput",
            Self::Availability => "availability",
            Self::Staleness => "staleness",
            Self::Visible => "visible",
            Self::Queue => "queue",
            Self::Utilisation => "utilisation",
            Self::Traffic => "traffic",
        }
    }

    /// The title in the choice.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Latency => "Latency over time",
            Self::Distribution => "How it is spread",
            Self::Throughput => "Throughput",
            Self::Availability => "Availability",
            Self::Staleness => "Staleness of reads",
            Self::Visible => "Time to visible",
            Self::Queue => "Queue of each node",
            Self::Utilisation => "Work of each node",
            Self::Traffic => "Messages and bytes",
        }
    }

    /// Whether it can be shown of some kinds of operation alone.
    fn takes_kinds(self) -> bool {
        matches!(self, Self::Latency | Self::Throughput | Self::Availability)
    }

    /// Whether a node knows it of itself, without asking anybody.
    fn is_own(self) -> bool {
        matches!(self, Self::Queue | Self::Utilisation)
    }
}

/// Which operations a chart is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinds {
    /// All of them.
    #[default]
    All,
    /// Reads.
    Reads,
    /// Everything that changes something.
    Other,
}

impl Kinds {
    /// Every choice: itself, its name and its words.
    pub const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::All, "all", "all"), (Self::Reads, "read", "reads"), (Self::Other, "write", "changes")];

    fn has(self, kind: CallKind) -> bool {
        match self {
            Self::All => true,
            Self::Reads => kind == CallKind::Read,
            Self::Other => kind != CallKind::Read,
        }
    }
}

/// How much of the run is in view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// All of it.
    #[default]
    Run,
    /// The latest ten seconds.
    TenSeconds,
    /// The latest second.
    Second,
    /// The latest tenth of a second.
    Tenth,
}

impl Reach {
    /// Every choice: itself, its name and its words.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Run, "run", "whole run"),
        (Self::TenSeconds, "10s", "last 10 s"),
        (Self::Second, "1s", "last 1 s"),
        (Self::Tenth, "100ms", "last 100 ms"),
    ];

    fn length(self) -> Option<Span> {
        match self {
            Self::Run => None,
            Self::TenSeconds => Some(Span::from_s(10)),
            Self::Second => Some(Span::from_s(1)),
            Self::Tenth => Some(Span::from_ms(100)),
        }
    }
}

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesIntent {
    /// Show this chart.
    Chose(Chart),
    /// Show it of these operations.
    ChoseKinds(Kinds),
    /// Show how this is spread, by its id in [`crate::spread::CHOICES`].
    ChoseSpread(&'static str),
    /// Show so much of the run.
    ChoseReach(Reach),
    /// The chart is so many pixels wide.
    Sized(f64),
    /// Save its numbers.
    SavedNumbers,
    /// Save every operation that ended in what is in view.
    SavedOperations,
    /// Save it as a picture.
    SavedPicture,
}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    chart: Chart,
    kinds: Kinds,
    spread: Option<&'static str>,
    reach: Reach,
    width: Option<f64>,
    kept: Kept,
}

impl Studio {
    pub(crate) fn update_series(&mut self, intent: SeriesIntent) {
        match intent {
            SeriesIntent::Chose(chart) => self.series.chart = chart,
            SeriesIntent::ChoseKinds(kinds) => self.series.kinds = kinds,
            SeriesIntent::ChoseSpread(id) => self.series.spread = Some(id),
            SeriesIntent::ChoseReach(reach) => self.series.reach = reach,
            SeriesIntent::Sized(width) => {
                self.series.width = (width.is_finite() && width > 0.0).then(|| width.clamp(240.0, 2_000.0));
            }
            SeriesIntent::SavedNumbers => {
                let Some(scene) = self.series_scene() else { return };
                let name = format!("netsplit-{}.csv", scene.chart.name());
                self.effects.push(Effect::Save { name, text: file::csv(&scene) });
            }
            SeriesIntent::SavedOperations => {
                // Through the eyes of a node, what clients measured is out of sight.
                if self.attention.eyes.is_some() {
                    return;
                }
                let view = self.series_view();
                let end = Time(view.1.0.saturating_add(1));
                let text = self.session.metrics().csv(Written::Operations, view.0, end);
                self.effects.push(Effect::Save { name: "netsplit-operations.csv".to_owned(), text });
            }
            SeriesIntent::SavedPicture => {
                let Some(scene) = self.series_scene() else { return };
                let name = format!("netsplit-{}.svg", scene.chart.name());
                self.effects.push(Effect::Save { name, text: file::svg(&scene) });
            }
        }
    }

    /// From when to when the axis goes. The whole run goes as far as the time bar, which stays put when one goes back.
    fn series_view(&self) -> (Time, Time) {
        let now = self.session.now();
        match self.series.reach.length() {
            None => (Time::ZERO, now.max(self.session.horizon()).max(Time(1_000_000))),
            Some(length) => (now - length, (now - length) + length),
        }
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn series_scene(&mut self) -> Option<SeriesScene> {
        if self.dock != Some(View::Charts) {
            self.series.kept.forget();
            return None;
        }
        let eyes = self.attention.eyes;
        let chart =
            if eyes.is_some() && !self.series.chart.is_own() { Chart::Queue } else { self.series.chart };
        let kinds = if chart.takes_kinds() { self.series.kinds } else { Kinds::All };
        let (begin, end) = self.series_view();
        let now = self.session.now();
        let width = Span((nice_at_least(end.since(begin).0 as f64 / WINDOWS) + 0.5) as u64).max(Span(1));
        let (bands, marks) = (self.bands(), self.marks());
        let scenario = self.session.scenario();
        let mut formulas = theory::formulas(scenario, chart, kinds);
        let is_split = scenario.partitioning.is_some();
        let nodes = self.names.nodes.len();
        let spread_of = self.series.spread.unwrap_or(spread::CHOICES[0].0);
        if chart == Chart::Distribution && !matches!(spread_of, "read" | "write" | "all") {
            formulas.clear();
        }
        let selected = match self.selected {
            Some(Selected::Operation(op)) => Some(op),
            _ => None,
        };
        let frame = Frame {
            chart,
            kinds,
            reach: self.series.reach,
            begin,
            end,
            now,
            step: width,
            width: self.series.width.unwrap_or(WIDTH),
            nodes: &self.names.nodes,
            clients: &self.names.clients,
            eyes,
            bands: &bands,
            marks: &marks,
            formulas,
            selected,
            is_split,
            choices: if eyes.is_some() {
                Chart::ALL.into_iter().filter(|chart| chart.is_own()).collect()
            } else {
                Chart::ALL.to_vec()
            },
        };
        let metrics = self.session.metrics();
        if chart == Chart::Distribution {
            let measured =
                metrics.distribution(spread::quantity(spread_of), begin, Time(now.0.saturating_add(1)));
            return Some(layout::scene(&frame, &Data::Spread(Spread { id: spread_of, measured })));
        }
        let ask = Ask { chart, kinds, width, nodes, is_split, metrics, now };
        let first = begin.0.div_ceil(width.0);
        let last = now.0.min(end.0) / width.0 + 1;
        let windows = self.series.kept.windows(&ask, first, last);
        Some(layout::scene(&frame, &Data::Windows(windows)))
    }
}

#[cfg(test)]
mod tests;
