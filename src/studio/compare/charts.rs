//! Both runs in one chart: latency over time, and how it is spread. What is drawn is a table, too.

use netsplit_scenario::distribution::{Distribution, QUANTILES};
use netsplit_scenario::metrics::Ended;
use netsplit_sim::time::Time;

use super::Side;
use crate::chart::{Box2, LogAxis, Tick, linear_ticks, time_ticks};
use crate::geometry::nice_at_least;
use crate::spread;
use crate::studio::Studio;
use crate::units;

/// The inside of the chart of latency over time.
pub const DOTS: Box2 = Box2 { left: 36.0, right: 262.0, top: 18.0, bottom: 136.0 };
/// The inside of the chart of percentiles.
pub const CURVES: Box2 = spread::SPREAD;
/// The most operations of each run that are drawn; the latest.
const LATEST: usize = 300;
/// Into so many parts the time is cut for the table.
const PARTS: usize = 6;

/// Latency over time of both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Dots {
    /// Where the operations of each run are that succeeded.
    pub ended: [Vec<(f64, f64)>; 2],
    /// And those that failed.
    pub failed: [Vec<(f64, f64)>; 2],
    /// Ticks of the time axis.
    pub across: Vec<Tick>,
    /// The unit of that.
    pub unit: &'static str,
    /// Ticks of milliseconds.
    pub up: Vec<Tick>,
    /// The same as a table.
    pub table: Vec<OverTime>,
    /// The chart in words.
    pub spoken: String,
}

/// A row of the table: a part of the time, and the median of each run in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverTime {
    /// From when until when.
    pub part: String,
    /// The median of the operations that ended then, of A and B.
    pub medians: [String; 2],
}

/// How latency is spread in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// What is shown, by its id.
    pub chosen: &'static str,
    /// The curve of each run.
    pub curves: [Vec<(f64, f64)>; 2],
    /// Where each ends: its mark.
    pub marks: [Vec<(f64, f64)>; 2],
    /// Percentiles.
    pub across: Vec<Tick>,
    /// Milliseconds.
    pub up: Vec<Tick>,
    /// The percentiles in numbers: label, A and B.
    pub table: Vec<(&'static str, [String; 2])>,
    /// How many each run measured.
    pub counts: [u64; 2],
    /// The chart in words.
    pub spoken: String,
}

/// An operation that ended: when, how long it took, and whether it succeeded.
type Ending = (f64, f64, bool);

/// Lays out latency over time.
pub(super) fn dots(studio: &mut Studio) -> Dots {
    let now = studio.session.now().as_ms();
    let latest = Side::BOTH.map(|side| studio.on_side(side, endings));
    // Both over the same time, so that neither seems to begin later.
    let begin = latest
        .iter()
        .filter(|ended| ended.len() >= LATEST)
        .filter_map(|ended| ended.first().map(|(at, ..)| *at))
        .fold(0.0, f64::max);
    let length = (now - begin).max(1.0);
    let x = |ms: f64| DOTS.left + (DOTS.right - DOTS.left) * ((ms - begin) / length).clamp(0.0, 1.0);
    let shown = latest.map(|ended| ended.into_iter().filter(|(at, ..)| *at >= begin).collect::<Vec<_>>());
    let good = |ended: &[Ending]| {
        ended.iter().filter(|(.., good)| *good).map(|(at, ms, _)| (*at, *ms)).collect::<Vec<_>>()
    };
    let succeeded = shown.each_ref().map(|ended| good(ended));
    let (mut least, mut most) = (f64::MAX, 0.0f64);
    for (_, ms) in succeeded.iter().flatten() {
        least = least.min(*ms);
        most = most.max(*ms);
    }
    let axis = if least > most {
        LogAxis::new(1.0, 10.0, DOTS.bottom, DOTS.top)
    } else {
        LogAxis::new(least * 0.9, most, DOTS.bottom, DOTS.top)
    };
    let (unit, per_unit) = if now >= 2_000.0 { ("s", 1_000.0) } else { ("ms", 1.0) };
    Dots {
        ended: succeeded.each_ref().map(|all| all.iter().map(|(at, ms)| (x(*at), axis.at(*ms))).collect()),
        failed: shown.each_ref().map(|ended| {
            ended.iter().filter(|(.., good)| !good).map(|(at, ..)| (x(*at), DOTS.top - 8.0)).collect()
        }),
        across: time_ticks(begin / per_unit, (begin + length) / per_unit, DOTS.left, DOTS.right),
        unit,
        up: axis.ticks(),
        table: over_time(&succeeded, begin, length),
        spoken: format!(
            "Latency of each operation over time, in milliseconds: {} of A and {} of B.",
            shown[0].len(),
            shown[1].len()
        ),
    }
}

fn endings(studio: &mut Studio) -> Vec<Ending> {
    let points = studio.session.metrics().points();
    let latest = &points[points.len().saturating_sub(LATEST)..];
    latest
        .iter()
        .map(|point| (point.ended.as_ms(), point.latency_ms, point.outcome == Ended::Success))
        .collect()
}

/// The medians of equal parts of the time.
fn over_time(ended: &[Vec<(f64, f64)>; 2], begin: f64, length: f64) -> Vec<OverTime> {
    let edge = |part: usize| begin + length * part as f64 / PARTS as f64;
    let row = |part: usize| {
        let (from, to) = (edge(part), edge(part + 1));
        let last = part + 1 == PARTS;
        let median = |all: &Vec<(f64, f64)>| {
            let within = all.iter().filter(|(at, _)| *at >= from && (*at < to || last));
            let mut ms: Vec<f64> = within.map(|(_, ms)| *ms).collect();
            ms.sort_by(f64::total_cmp);
            ms.get(ms.len().saturating_sub(1) / 2)
                .map_or_else(|| units::NO_SAMPLE.to_owned(), |ms| units::three_digits(*ms))
        };
        OverTime {
            part: format!("{} to {}", units::ms(from), units::ms(to)),
            medians: ended.each_ref().map(median),
        }
    };
    (0..PARTS).map(row).collect()
}

/// Lays out how it is spread.
pub(super) fn curves(studio: &mut Studio) -> Curves {
    let chosen = studio.spread;
    let end = Time(studio.session.now().0.saturating_add(1));
    let quantity = spread::quantity(chosen);
    let measured: [Distribution; 2] = Side::BOTH.map(|side| {
        studio.on_side(side, |studio| studio.session.metrics().distribution(quantity, Time::ZERO, end))
    });
    let most = measured.iter().filter_map(Distribution::max_ms).fold(0.0, f64::max);
    let step = nice_at_least(most.max(1e-3) / 4.0);
    let top = libm::ceil(most.max(1e-3) / step - 1e-9) * step;
    let counts = measured.each_ref().map(Distribution::count);
    let text = |value: fn(&Distribution, f64) -> Option<f64>, share: f64| {
        measured.each_ref().map(|measured| spread::text(value(measured, share)))
    };
    let table: Vec<(&'static str, [String; 2])> = QUANTILES
        .iter()
        .map(|(share, name)| (*name, text(Distribution::quantile_ms, *share)))
        .chain([("max", text(|measured, _| measured.max_ms(), 1.0))])
        .collect();
    let list: Vec<String> = table.iter().map(|(name, [a, b])| format!("{name}: A {a}, B {b}")).collect();
    let points =
        |measured: &Distribution| spread::curve(measured, top).iter().map(|step| (step.x, step.y)).collect();
    let mut curves: [Vec<(f64, f64)>; 2] = measured.each_ref().map(points);
    if counts == [0, 0] {
        curves = [Vec::new(), Vec::new()];
    }
    let at = |nines: f64| spread::x(nines);
    Curves {
        chosen,
        // A mark at each labelled percentile tells the curves apart without their colours.
        marks: curves.each_ref().map(|curve| {
            let near = |wanted: f64| curve.iter().find(|(x, _)| *x >= wanted - 1e-6).copied();
            [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0].into_iter().filter_map(|nines| near(at(nines))).collect()
        }),
        curves,
        across: [(0.0, "0"), (1.0, "90 %"), (2.0, "99"), (3.0, "99.9"), (4.0, "99.99")]
            .map(|(nines, text)| Tick { at: at(nines), text: text.to_owned() })
            .to_vec(),
        up: if counts == [0, 0] { Vec::new() } else { linear_ticks(top, CURVES.bottom, CURVES.top) },
        table,
        counts,
        spoken: format!("Percentiles in milliseconds. {}", list.join("; ")),
    }
}
