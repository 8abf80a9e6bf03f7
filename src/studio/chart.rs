//! Axes and the two charts of the panels: latency over time, and time to visible of the latest writes.
//! Everything is in pixels of the chart; the view only draws.

use netsplit_scenario::metrics::Ended;
use netsplit_scenario::{Point as Measured, WriteStrip};
use netsplit_sim::frame::Frame;
use netsplit_sim::history::{Call, CallKind, History};
use netsplit_sim::ids::OpId;
use netsplit_sim::setup::light;
use netsplit_sim::time::Time;

use crate::geometry::nice_at_least;
use crate::order::sort_few;
use crate::stage::position;
use crate::units;
use crate::versions::Versions;
use crate::words::{self, Names};

/// The most operations that the latency chart shows: the latest.
const LATEST: usize = 400;
/// The most writes that have a strip.
pub const STRIPS: usize = 6;

/// Where an axis has a tick, and its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Pixels from the chart's left or top.
    pub at: f64,
    /// The text.
    pub text: String,
}

/// The inside of a chart, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Box2 {
    /// The left edge.
    pub left: f64,
    /// The right edge.
    pub right: f64,
    /// The upper edge.
    pub top: f64,
    /// The lower edge.
    pub bottom: f64,
}

/// The inside of the latency chart.
pub const LATENCY: Box2 = Box2 { left: 34.0, right: 246.0, top: 18.0, bottom: 136.0 };
/// The inside of the strips' axis; rows are [`ROW`] apart from its top.
pub const STRIP: Box2 = Box2 { left: 34.0, right: 250.0, top: 22.0, bottom: 0.0 };
/// The height of a strip.
pub const ROW: f64 = 21.0;

/// Round ticks from zero to `most`: at most four and the zero.
#[must_use]
pub fn linear_ticks(most: f64, from: f64, to: f64) -> Vec<Tick> {
    let step = nice_at_least(most / 4.0);
    let mut ticks = Vec::new();
    let mut value = 0.0;
    while value <= most * (1.0 + 1e-9) {
        ticks.push(Tick { at: from + (to - from) * value / most, text: units::tick(value) });
        value += step;
    }
    ticks
}

/// A logarithmic axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogAxis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl LogAxis {
    /// An axis that shows every value from `least` to `most` between two pixels, ends rounded to 1, 2, 5.
    #[must_use]
    pub fn new(least: f64, most: f64, from: f64, to: f64) -> Self {
        let low = crate::geometry::nice_at_most(least.max(0.01));
        // At least a factor of ten, so that a calm run does not look wild.
        let high = nice_at_least(most.max(low * 10.0));
        Self { low, high, from, to }
    }

    /// Where a value is.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let share = libm::log(value.clamp(self.low, self.high) / self.low) / libm::log(self.high / self.low);
        self.from + (self.to - self.from) * share
    }

    /// Ticks at 1, 2, 5 times powers of ten; only at powers of ten when there are many.
    #[must_use]
    pub fn ticks(&self) -> Vec<Tick> {
        let mut values = Vec::new();
        let mut value = self.low;
        while value <= self.high * (1.0 + 1e-9) && values.len() < 40 {
            values.push(value);
            value = nice_at_least(value * 1.01);
        }
        let is_power = |value: f64| {
            let log = libm::log10(value);
            (log - libm::round(log)).abs() < 1e-6
        };
        if values.len() > 6 {
            values.retain(|&value| is_power(value));
        }
        values.iter().map(|&value| Tick { at: self.at(value), text: units::tick(value) }).collect()
    }
}

/// A mark in the latency chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Where.
    pub x: f64,
    /// Where.
    pub y: f64,
    /// What was asked for.
    pub kind: CallKind,
    /// Whether it failed; then it stands in the row above the axis.
    pub failed: bool,
    /// Whether it was a read of an older value than one that was acknowledged before.
    pub stale: bool,
    /// Whether a selected verdict names it.
    pub lit: bool,
}

/// Latency over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// The operations.
    pub dots: Vec<Dot>,
    /// The least that light allows for a client and the node that it talks to: name, height.
    pub floors: Vec<(String, f64)>,
    /// Ticks of the time axis, in milliseconds or seconds.
    pub across: Vec<Tick>,
    /// The unit of the time axis.
    pub across_unit: &'static str,
    /// Ticks of the latency axis.
    pub up: Vec<Tick>,
    /// Where the playhead is.
    pub now: f64,
    /// Where changes were made.
    pub changes: Vec<f64>,
    /// The chart in words.
    pub spoken: String,
}

/// What the latency chart is made of.
pub struct LatencySubject<'a> {
    /// Every operation that ended.
    pub points: &'a [Measured],
    /// The cluster now.
    pub frame: &'a Frame,
    /// The sites' names.
    pub names: &'a Names,
    /// When something was changed.
    pub changes: &'a [Time],
    /// Operations that a selected verdict names.
    pub lit: &'a [OpId],
}

/// Lays out the latency chart.
#[must_use]
pub fn latency(subject: &LatencySubject<'_>) -> Latency {
    let latest = &subject.points[subject.points.len().saturating_sub(LATEST)..];
    let now = subject.frame.now.as_ms();
    let begin = if latest.len() < LATEST { 0.0 } else { latest.first().map_or(0.0, |p| p.ended.as_ms()) };
    let length = (now - begin).max(1.0);
    let area = LATENCY;
    let x = |ms: f64| area.left + (area.right - area.left) * ((ms - begin) / length).clamp(0.0, 1.0);

    let floors: Vec<(String, f64)> = subject
        .frame
        .clients
        .iter()
        .map(|client| {
            let home = position(subject.frame, client.home.into());
            let there = light(client.position.distance_km(home)).as_ms();
            (subject.names.client(client.id).to_owned(), 2.0 * there)
        })
        .collect();
    let ended = latest.iter().filter(|point| point.outcome == Ended::Success).map(|point| point.latency_ms);
    let floor_values = floors.iter().map(|(_, ms)| *ms).filter(|ms| *ms > 0.0);
    let (mut least, mut most) = (f64::MAX, 0.0f64);
    for value in ended.chain(floor_values) {
        least = least.min(value);
        most = most.max(value);
    }
    let axis = if least > most {
        LogAxis::new(1.0, 10.0, area.bottom, area.top)
    } else {
        LogAxis::new(least * 0.9, most, area.bottom, area.top)
    };
    let dots: Vec<Dot> = latest
        .iter()
        .map(|point| {
            let failed = point.outcome != Ended::Success;
            Dot {
                x: x(point.ended.as_ms()),
                y: if failed { area.top - 8.0 } else { axis.at(point.latency_ms) },
                kind: point.kind,
                failed,
                stale: point.versions_behind.is_some_and(|behind| behind > 0),
                lit: subject.lit.contains(&point.op),
            }
        })
        .collect();
    let failed = dots.iter().filter(|dot| dot.failed).count();
    let (unit, per_unit) = if now >= 2_000.0 { ("s", 1_000.0) } else { ("ms", 1.0) };
    Latency {
        floors: floors.into_iter().map(|(name, ms)| (name, axis.at(ms))).collect(),
        across: time_ticks(begin / per_unit, (begin + length) / per_unit, area.left, area.right),
        across_unit: unit,
        up: axis.ticks(),
        now: x(now),
        changes: (subject.changes.iter())
            .map(|change| change.as_ms())
            .filter(|ms| *ms >= begin && *ms > 0.0)
            .map(x)
            .collect(),
        spoken: format!(
            "Latency of the latest {} operations over time, in milliseconds; {failed} got no result.",
            dots.len()
        ),
        dots,
    }
}

/// Round ticks between two values that need not be round.
pub(crate) fn time_ticks(begin: f64, end: f64, from: f64, to: f64) -> Vec<Tick> {
    let step = nice_at_least((end - begin) / 4.0);
    let mut ticks = Vec::new();
    let mut number = libm::ceil(begin / step - 1e-9);
    while number * step <= end * (1.0 + 1e-9) && ticks.len() < 8 {
        let value = number * step;
        let at = from + (to - from) * (value - begin) / (end - begin);
        ticks.push(Tick { at, text: units::tick(value) });
        number += 1.0;
    }
    ticks
}

/// Replicas that show a write at about the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Where on the strip.
    pub x: f64,
    /// The nodes' numbers, such as `2, 3`.
    pub text: String,
}

/// One write: when it was acknowledged and when each copy showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// What was written, in a word.
    pub value: String,
    /// Its hue.
    pub hue: u8,
    /// Where its client was told.
    pub told: Option<f64>,
    /// When copies showed it.
    pub shown: Vec<Shown>,
    /// The copies that do not show it yet.
    pub missing: String,
    /// Whether a selected verdict names it.
    pub lit: bool,
    /// The strip in words.
    pub spoken: String,
}

/// Time to visible of the latest writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strips {
    /// The strips, the latest first.
    pub rows: Vec<Strip>,
    /// Ticks of the axis, in milliseconds since the write was called.
    pub across: Vec<Tick>,
}

/// Lays out the strips.
#[must_use]
pub fn strips(
    writes: &[WriteStrip],
    history: &History,
    versions: &Versions,
    names: &Names,
    lit: &[OpId],
) -> Strips {
    let latest: Vec<&WriteStrip> = writes.iter().rev().filter(|write| is_seen(write)).take(STRIPS).collect();
    let since = |write: &WriteStrip, at: Time| at.since(write.invoked).as_ms();
    let mut most = 1.0f64;
    for write in &latest {
        for at in write.visible.iter().flatten().chain(&write.acknowledged) {
            most = most.max(since(write, *at));
        }
    }
    // The end of the axis is a tick: a round number of round steps.
    let step = nice_at_least(most / 4.0);
    let most = libm::ceil(most / step - 1e-9) * step;
    let x = |ms: f64| STRIP.left + (STRIP.right - STRIP.left) * ms / most;
    let rows = latest
        .iter()
        .map(|write| {
            let mut seen: Vec<(f64, usize)> = write
                .visible
                .iter()
                .enumerate()
                .filter_map(|(node, at)| at.map(|at| (x(since(write, at)), node)))
                .collect();
            sort_few(&mut seen, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let missing: Vec<&str> = (write.visible.iter().enumerate())
                .filter(|(_, at)| at.is_none())
                .map(|(node, _)| names.nodes.get(node).map_or("?", String::as_str))
                .collect();
            let value = match history.operations.get(write.op.index()).map(|op| op.call) {
                Some(Call::Add { amount, .. }) => format!("{amount:+}"),
                Some(Call::Remove { value, .. }) => format!("−{}", words::value(value)),
                call => call.and_then(Call::writes).map_or_else(|| "?".to_owned(), words::value),
            };
            Strip {
                hue: versions.hue(write.op),
                told: write.acknowledged.map(|at| x(since(write, at))),
                spoken: spoken(write, &value, &missing, names),
                missing: match missing.as_slice() {
                    [] | [_] | [_, _] => missing.join(", "),
                    many => format!("{} not yet", many.len()),
                },
                shown: merge(&seen, names),
                lit: lit.contains(&write.op),
                value,
            }
        })
        .collect();
    Strips { rows, across: linear_ticks(most, STRIP.left, STRIP.right) }
}

/// Whether a write has something to show: a copy that has it, or a client that was told.
fn is_seen(write: &WriteStrip) -> bool {
    write.acknowledged.is_some() || write.visible.iter().any(Option::is_some)
}

/// Dots that would cover each other become one with several names.
fn merge(seen: &[(f64, usize)], names: &Names) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for &(x, node) in seen {
        let name = names.nodes.get(node).map_or("?", String::as_str);
        let name = name.strip_prefix('n').unwrap_or(name);
        match shown.last_mut() {
            Some(last) if x - last.x < 15.0 + 2.5 * last.text.len() as f64 => {
                last.text.push(',');
                last.text.push_str(name);
            }
            _ => shown.push(Shown { x, text: name.to_owned() }),
        }
    }
    shown
}

fn spoken(write: &WriteStrip, value: &str, missing: &[&str], names: &Names) -> String {
    let mut text = format!("Write of {value} to {}:", words::key(write.key));
    for (node, at) in write.visible.iter().enumerate() {
        if let Some(at) = at {
            let name = names.nodes.get(node).map_or("?", String::as_str);
            text.push_str(&format!(" {name} after {},", units::span(at.since(write.invoked))));
        }
    }
    if !missing.is_empty() {
        text.push_str(&format!(" not yet at {},", missing.join(", ")));
    }
    match write.acknowledged {
        Some(at) => text.push_str(&format!(" acknowledged after {}", units::span(at.since(write.invoked)))),
        None => text.push_str(" not acknowledged"),
    }
    text
}

#[cfg(test)]
mod tests {
    use netsplit_sim::ids::{ClientId, Key, NodeId};

    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_chart() {
        let ticks = linear_ticks(20.0, 0.0, 100.0);
        let texts: Vec<_> = ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["0", "5", "10", "15", "20"]);
        assert!(ticks.iter().all(|tick| (0.0..=100.0).contains(&tick.at)));
    }

    #[test]
    fn a_logarithmic_axis_rounds_its_ends() {
        let axis = LogAxis::new(0.7, 42.0, 100.0, 0.0);
        assert!((axis.at(0.5) - 100.0).abs() < 1e-9 && axis.at(50.0).abs() < 1e-9);
        let texts: Vec<_> = axis.ticks().into_iter().map(|tick| tick.text).collect();
        assert_eq!(texts, ["1", "10"], "a wide axis has only powers of ten");
        let calm = LogAxis::new(4.0, 5.0, 100.0, 0.0);
        let texts: Vec<_> = calm.ticks().into_iter().map(|tick| tick.text).collect();
        assert_eq!(texts, ["2", "5", "10", "20"]);
    }

    fn write(op: u32, visible: [Option<u64>; 3], acknowledged: Option<u64>) -> WriteStrip {
        let at = |ms: u64| Time(ms * 1_000_000);
        WriteStrip {
            op: OpId(op),
            key: Key(0),
            invoked: at(100),
            acknowledged: acknowledged.map(at),
            visible: visible.iter().map(|ms| ms.map(at)).collect(),
        }
    }

    fn names() -> Names {
        Names { nodes: (1..=3).map(|n| format!("n{n}")).collect(), clients: vec!["c1".to_owned()] }
    }

    #[test]
    fn copies_that_turn_together_share_a_dot_and_laggards_are_named() {
        let writes = [write(0, [Some(101), Some(108), None], Some(116))];
        let strips = strips(&writes, &History::default(), &Versions::default(), &names(), &[]);
        let row = &strips.rows[0];
        let texts: Vec<_> = row.shown.iter().map(|shown| shown.text.as_str()).collect();
        assert_eq!(texts, ["1", "2"]);
        assert_eq!(row.missing, "n3");
        assert!(row.spoken.contains("n2 after 8.00 ms") && row.spoken.contains("not yet at n3"));
        let close = [write(0, [Some(101), Some(108), Some(108)], Some(120))];
        let close = super::strips(&close, &History::default(), &Versions::default(), &names(), &[]);
        assert_eq!(close.rows[0].shown.last().expect("dots").text, "2,3");
    }

    #[test]
    fn an_operation_without_result_stands_above_the_axis() {
        let point = |outcome, latency_ms| Measured {
            op: OpId(0),
            client: ClientId(0),
            node: NodeId(0),
            kind: CallKind::Read,
            ended: Time(5_000_000),
            latency_ms,
            outcome,
            versions_behind: None,
        };
        let points = [point(Ended::Success, 4.0), point(Ended::Unknown, 1_000.0)];
        let frame = Frame { now: Time(10_000_000), ..Frame::default() };
        let chart = latency(&LatencySubject {
            points: &points,
            frame: &frame,
            names: &names(),
            changes: &[],
            lit: &[],
        });
        assert!(chart.dots[1].failed && chart.dots[1].y < LATENCY.top);
        assert!(chart.up.iter().all(|tick| tick.text != "1,000"), "a timeout does not stretch the axis");
        assert!((chart.dots[0].x - 140.0).abs() < 1.0, "half way along the axis");
    }
}
