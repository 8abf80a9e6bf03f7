//! How what was measured is spread, as the authors of HdrHistogram draw it: up to which percentile, and how long; and how
//! available the cluster was, second by second.

use netsplit_scenario::Metrics;
use netsplit_scenario::availability::{self, Objective};
use netsplit_scenario::distribution::{Distribution, QUANTILES};
use netsplit_scenario::metrics::Quantity;
use netsplit_sim::history::CallKind;
use netsplit_sim::time::Time;

use crate::chart::reading::{Cursor, Legible, Reading, nearest_of};
use crate::chart::{Box2, Tick, linear_ticks};
use crate::geometry::nice_at_least;
use crate::units;

/// The inside of the chart of percentiles.
pub const SPREAD: Box2 = Box2 { left: 36.0, right: 262.0, top: 10.0, bottom: 118.0 };
/// The inside of the chart of availability.
pub const WINDOWS: Box2 = Box2 { left: 36.0, right: 262.0, top: 8.0, bottom: 58.0 };
/// The percentiles go up to so many nines.
const NINES: f64 = 4.0;
/// How many points a curve has.
const STEPS: u32 = 80;
/// The most windows that are drawn; the latest ones.
const MOST: usize = 120;

/// What can be shown: id and label.
pub const CHOICES: [(&str, &str); 7] = [
    ("read", "Reads"),
    ("write", "Writes"),
    ("all", "All operations"),
    ("visible", "Writes, until each copy shows them"),
    ("visible-after-ack", "The same from the acknowledgement"),
    ("everywhere", "Writes, until all copies show them"),
    ("out-of-date", "Age of stale values"),
];

pub(crate) fn quantity(id: &str) -> Quantity {
    match id {
        "write" => Quantity::Latency(Some(CallKind::Write)),
        "all" => Quantity::Latency(None),
        "visible" => Quantity::VisibleCopies,
        "visible-after-ack" => Quantity::VisibleCopiesAfterAck,
        "everywhere" => Quantity::VisibleEverywhere,
        "out-of-date" => Quantity::OutOfDate,
        _ => Quantity::Latency(Some(CallKind::Read)),
    }
}

/// Both charts, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// What is shown, by its id.
    pub chosen: &'static str,
    /// How many were measured.
    pub count: u64,
    /// The curve, from left to right.
    pub curve: Vec<Step>,
    /// Percentiles.
    pub across: Vec<Tick>,
    /// Milliseconds.
    pub up: Vec<Tick>,
    /// The percentiles in numbers: label and milliseconds.
    pub quantiles: Vec<(&'static str, String)>,
    /// The chart in words.
    pub spoken: String,
    /// Availability.
    pub windows: Windows,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Where.
    pub x: f64,
    /// Where.
    pub y: f64,
    /// The share that was no slower.
    pub share: f64,
    /// How long, in milliseconds.
    pub ms: f64,
}

/// Availability over time, ready to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Windows {
    /// The windows in which operations ended.
    pub bars: Vec<Bar>,
    /// Ticks of the time of the run.
    pub times: Vec<Tick>,
    /// The unit of those.
    pub times_unit: &'static str,
    /// What it comes to, in one sentence.
    pub comes_to: String,
}

/// A window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Its left edge.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// Its height, from the top.
    pub top: f64,
    /// Whether enough operations succeeded.
    pub good: bool,
    /// When it begins.
    pub from: Time,
    /// How many operations ended in it.
    pub operations: u32,
    /// How many of them succeeded.
    pub succeeded: u32,
}

impl Bar {
    /// The window in words.
    #[must_use]
    pub fn words(&self) -> String {
        let share = f64::from(self.succeeded) / f64::from(self.operations.max(1));
        format!(
            "{}, from {} on: {} of {} succeeded",
            units::percent(share),
            units::playhead(self.from),
            units::grouped(f64::from(self.succeeded)),
            units::count(u64::from(self.operations), "operation")
        )
    }
}

impl Legible for Spread {
    fn places(&self) -> usize {
        self.curve.len()
    }

    fn id(&self, place: usize) -> u64 {
        place as u64
    }

    fn nearest(&self, x: f64, _y: f64) -> Option<usize> {
        let steps = self.curve.iter().map(|step| (step.x, 0.0));
        nearest_of(steps, (x, 0.0), f64::MAX)
    }

    fn reading(&self, place: usize) -> Option<Reading> {
        let step = self.curve.get(place)?;
        Some(Reading {
            cursors: vec![
                Cursor::Ring { x: step.x, y: step.y },
                Cursor::Line { x: step.x, top: SPREAD.top, bottom: SPREAD.bottom },
            ],
            text: format!("{} took no longer than {}", units::percent(step.share), units::ms(step.ms)),
            op: None,
        })
    }
}

impl Legible for Windows {
    fn places(&self) -> usize {
        self.bars.len()
    }

    fn id(&self, place: usize) -> u64 {
        self.bars.get(place).map_or(u64::MAX, |bar| bar.from.0)
    }

    fn nearest(&self, x: f64, _y: f64) -> Option<usize> {
        self.bars.iter().position(|bar| bar.left <= x && x < bar.right)
    }

    fn reading(&self, place: usize) -> Option<Reading> {
        let bar = self.bars.get(place)?;
        let x = (bar.left + bar.right.min(WINDOWS.right)) / 2.0;
        Some(Reading {
            cursors: vec![Cursor::Line { x, top: WINDOWS.top, bottom: WINDOWS.bottom }],
            text: bar.words(),
            op: None,
        })
    }
}

/// Lays out both charts of the run so far.
#[must_use]
pub fn spread(metrics: &Metrics, chosen: &'static str, now: Time) -> Spread {
    let end = Time(now.0.saturating_add(1));
    let measured = metrics.distribution(quantity(chosen), Time::ZERO, end);
    let most = measured.max_ms().unwrap_or(0.0);
    let step = nice_at_least(most.max(1e-3) / 4.0);
    let top = libm::ceil(most.max(1e-3) / step - 1e-9) * step;
    let quantiles: Vec<(&'static str, String)> = QUANTILES
        .iter()
        .map(|(share, name)| (*name, text(measured.quantile_ms(*share))))
        .chain([("max", text(measured.max_ms()))])
        .collect();
    let title = CHOICES.iter().find(|(id, _)| *id == chosen).map_or("", |(_, title)| title);
    let list: Vec<String> = quantiles.iter().map(|(name, value)| format!("{name} {value}")).collect();
    Spread {
        chosen,
        count: measured.count(),
        curve: curve(&measured, top),
        across: [(0.0, "0"), (1.0, "90 %"), (2.0, "99"), (3.0, "99.9"), (4.0, "99.99")]
            .map(|(nines, text)| Tick { at: x(nines), text: text.to_owned() })
            .to_vec(),
        up: if measured.count() > 0 { linear_ticks(top, SPREAD.bottom, SPREAD.top) } else { Vec::new() },
        spoken: format!("{title}, {} measured, in milliseconds: {}", measured.count(), list.join(", ")),
        quantiles,
        windows: windows(metrics, now),
    }
}

pub(crate) fn text(ms: Option<f64>) -> String {
    ms.map_or_else(|| units::NO_SAMPLE.to_owned(), units::three_digits)
}

pub(crate) fn x(nines: f64) -> f64 {
    SPREAD.left + (SPREAD.right - SPREAD.left) * nines / NINES
}

/// The curve as far as there are enough samples: beyond 1 - 1/n a percentile would be the longest one again.
pub(crate) fn curve(measured: &Distribution, top: f64) -> Vec<Step> {
    let count = measured.count();
    if count == 0 {
        return Vec::new();
    }
    let last = libm::log10(count as f64).min(NINES);
    let point = |step: u32| {
        let nines = last * f64::from(step) / f64::from(STEPS);
        let share = 1.0 - libm::pow(10.0, -nines);
        let ms = measured.quantile_ms(share)?;
        let y = SPREAD.bottom + (SPREAD.top - SPREAD.bottom) * ms / top;
        Some(Step { x: x(nines), y, share, ms })
    };
    (0..=STEPS).filter_map(point).collect()
}

fn windows(metrics: &Metrics, now: Time) -> Windows {
    let objective = Objective::default();
    let end = Time(now.0.saturating_add(1));
    let width = objective.width;
    let first = Time((now.0 / width.0).saturating_sub(MOST as u64 - 1) * width.0);
    let all = metrics.availability_windows(objective, first, end);
    let span = (now.since(first).0.max(width.0)) as f64;
    let at = |time: Time| {
        let share = time.since(first).0 as f64 / span;
        WINDOWS.left + (WINDOWS.right - WINDOWS.left) * share.min(1.0)
    };
    let bars = all.iter().map(|window| Bar {
        left: at(window.from),
        right: at(window.from + width),
        top: WINDOWS.bottom + (WINDOWS.top - WINDOWS.bottom) * window.share(),
        good: window.share() >= objective.enough,
        from: window.from,
        operations: window.operations,
        succeeded: window.succeeded,
    });
    let seconds = |time: Time| time.0 as f64 / 1e9;
    let step = nice_at_least((span / 1e9 / 4.0).max(0.1));
    let mut times = Vec::new();
    let mut second = libm::ceil(seconds(first) / step - 1e-9) * step;
    while second <= seconds(now) + 1e-9 {
        times.push(Tick { at: at(Time((second * 1e9) as u64)), text: units::tick(second) });
        second += step;
    }
    Windows { bars: bars.collect(), times, times_unit: "s", comes_to: comes_to(metrics, end) }
}

/// Availability by operations and by time, as nines and as hours of a year.
fn comes_to(metrics: &Metrics, end: Time) -> String {
    let Some(share) = metrics.value("availability") else { return "No operation has ended yet.".to_owned() };
    let by_operations = match availability::nines(share) {
        None => "Every operation succeeded: this run is too short to say how many nines that is.".to_owned(),
        Some(nines) => {
            let lost = availability::downtime_per_year_s(share);
            let nines = libm::floor(nines * 10.0) / 10.0;
            format!(
                "{} of all operations succeeded: {nines:.1} nines, {} of a year lost.",
                units::percent(share),
                duration(lost)
            )
        }
    };
    let by_time = metrics.availability_by_time(Objective::default(), Time::ZERO, end);
    match (by_time.availability(), by_time.bad) {
        (Some(share), bad) if bad > 0 => format!(
            "{by_operations} By time: {} of the seconds were good ones (95 % of their operations succeeded).",
            units::percent(share)
        ),
        _ => by_operations,
    }
}

/// A part of a year in the unit that suits it.
fn duration(seconds: f64) -> String {
    let of = |number: f64, unit: &str| format!("{} {unit}", units::three_digits(number));
    match seconds {
        s if s >= 2.0 * 86_400.0 => of(s / 86_400.0, "days"),
        s if s >= 2.0 * 3_600.0 => of(s / 3_600.0, "hours"),
        s if s >= 120.0 => of(s / 60.0, "minutes"),
        s => of(s, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_nines_reads_as_it_is_published() {
        let year = |share: f64| duration(availability::downtime_per_year_s(share));
        let published = ["36.5 days", "3.65 days", "8.77 hours", "52.6 minutes", "5.26 minutes", "31.6 s"];
        let shares = [0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
        assert_eq!(shares.map(year), published);
    }

    #[test]
    fn a_curve_ends_where_the_samples_end() {
        let mut measured = Distribution::default();
        for ms in 1..=100 {
            measured.add(netsplit_sim::time::Span::from_ms(ms));
        }
        let curve = curve(&measured, 100.0);
        let (first, last) = (curve[0], curve[curve.len() - 1]);
        assert!((first.x - SPREAD.left).abs() < 1e-9 && (last.x - x(2.0)).abs() < 1e-9, "{last:?}");
        assert!((last.y - SPREAD.top).abs() < 2.0 && first.y > SPREAD.bottom - 3.0, "{first:?} {last:?}");
        assert!(curve.windows(2).all(|pair| pair[1].y <= pair[0].y + 1e-9));
    }
}
