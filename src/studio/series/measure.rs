//! What a chart shows of each window of the run. A window that is over is measured once and kept: of a run of a hundred
//! thousand operations, only the last window costs something when time has passed.

use std::collections::BTreeMap;

use netsplit_scenario::Metrics;
use netsplit_scenario::metrics::Ended;
use netsplit_sim::history::CallKind;
use netsplit_sim::ids::{ClientId, NodeId, OpId};
use netsplit_sim::time::{Span, Time};

use super::{Chart, Kinds};

/// The most operations of a window that have a dot.
const DOTS: usize = 24;

/// What was measured in one window.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measured {
    /// By column: the value; nothing where nothing was measured.
    pub(crate) values: Vec<Option<f64>>,
    /// How many of what the chart counts.
    pub(crate) count: u64,
    /// The slowest operation that succeeded.
    pub(crate) slowest: Option<OpId>,
    /// Operations that are drawn one by one.
    pub(crate) dots: Vec<Sample>,
    /// Whether nothing that happens later can change it.
    settled: bool,
}

/// An operation that is drawn by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) op: OpId,
    pub(crate) client: ClientId,
    pub(crate) kind: CallKind,
    pub(crate) ended: Time,
    pub(crate) latency_ms: f64,
    pub(crate) failed: bool,
    pub(crate) stale: bool,
}

/// The windows that are over, as long as the same chart is shown of the same run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    of: Option<(Chart, Kinds, Span)>,
    windows: BTreeMap<u64, Measured>,
    now: Time,
    /// How many operations had ended, and the last of them: another past has others.
    last: Option<(usize, OpId)>,
    /// How many windows were measured: for whoever wants to know the cost.
    pub(crate) measured: u64,
}

/// What is asked of the measures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) chart: Chart,
    pub(crate) kinds: Kinds,
    pub(crate) width: Span,
    /// How many nodes there are.
    pub(crate) nodes: usize,
    /// Whether the data is split, so that no write is ever everywhere.
    pub(crate) is_split: bool,
    pub(crate) metrics: &'a Metrics,
    pub(crate) now: Time,
}

impl Kept {
    pub(crate) fn forget(&mut self) {
        *self = Self { measured: self.measured, ..Self::default() };
    }

    /// The windows from one number to before another.
    pub(crate) fn windows(&mut self, ask: &Ask<'_>, from: u64, to: u64) -> Vec<(u64, Measured)> {
        let points = ask.metrics.points();
        let same_past = self.last.is_none_or(|(count, op)| {
            count.checked_sub(1).and_then(|last| points.get(last)).is_some_and(|point| point.op == op)
        });
        let of = (ask.chart, ask.kinds, ask.width);
        if self.of != Some(of) || ask.now < self.now || !same_past {
            self.forget();
            self.of = Some(of);
        }
        self.now = ask.now;
        self.last = points.last().map(|point| (points.len(), point.op));
        self.windows = self.windows.split_off(&from);
        let mut all = Vec::new();
        for number in from..to {
            let start = Time(number.saturating_mul(ask.width.0));
            let end = start + ask.width;
            if let Some(kept) = self.windows.get(&number) {
                all.push((number, kept.clone()));
                continue;
            }
            self.measured += 1;
            let measured = measure(ask, start, end);
            // What ends at this very instant may not all have happened.
            if end <= ask.now && measured.settled {
                self.windows.insert(number, measured.clone());
            }
            all.push((number, measured));
        }
        all
    }
}

/// A quantile by nearest rank, in milliseconds.
fn quantile(sorted: &[u64], of_100: usize) -> Option<f64> {
    let rank = (sorted.len() * of_100).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|ns| *ns as f64 / 1e6)
}

fn measure(ask: &Ask<'_>, from: Time, to: Time) -> Measured {
    let is_over = to <= ask.now;
    let mut measured = Measured { settled: true, ..Measured::default() };
    let seconds = ask.width.0 as f64 / 1e9;
    match ask.chart {
        Chart::Latency => latencies(ask, from, to, &mut measured),
        // It has no windows.
        Chart::Distribution => {}
        Chart::Throughput => {
            let points = ask.metrics.points_between(from, to).iter();
            let (mut succeeded, mut failed) = (0u64, 0u64);
            for point in points.filter(|point| ask.kinds.has(point.kind)) {
                if point.outcome == Ended::Success { succeeded += 1 } else { failed += 1 }
            }
            measured.count = succeeded + failed;
            let rate = |count: u64| is_over.then_some(count as f64 / seconds);
            measured.values = vec![rate(succeeded), rate(failed)];
        }
        Chart::Availability => {
            let points = ask.metrics.points_between(from, to).iter();
            let mut succeeded = 0u64;
            for point in points.filter(|point| ask.kinds.has(point.kind)) {
                measured.count += 1;
                succeeded += u64::from(point.outcome == Ended::Success);
            }
            let share = succeeded as f64 / measured.count as f64 * 100.0;
            measured.values = vec![(measured.count > 0).then_some(share)];
        }
        Chart::Staleness => staleness(ask, from, to, &mut measured),
        Chart::Visible => visible(ask, from, to, &mut measured),
        Chart::Queue | Chart::Utilisation => {
            for node in (0..ask.nodes).map(|node| NodeId(node as u16)) {
                let work = ask.metrics.node_work(node, from, to).filter(|_| is_over);
                if ask.chart == Chart::Queue {
                    measured.values.push(work.and_then(|work| work.line_mean));
                    measured.values.push(work.map(|work| f64::from(work.line_max)));
                } else {
                    measured.values.push(work.and_then(|work| work.utilisation).map(|share| share * 100.0));
                }
            }
        }
        Chart::Traffic => {
            let sent = ask.metrics.traffic(from, to);
            measured.count = sent.messages;
            let rate = |amount: f64| is_over.then_some(amount / seconds);
            measured.values = vec![rate(sent.messages as f64), rate(sent.bytes as f64 / 1_000.0)];
        }
    }
    measured
}

fn latencies(ask: &Ask<'_>, from: Time, to: Time, measured: &mut Measured) {
    let points = ask.metrics.points_between(from, to);
    let mut took = Vec::new();
    let mut slowest: Option<(f64, OpId)> = None;
    let mut mine = 0usize;
    for point in points.iter().filter(|point| ask.kinds.has(point.kind)) {
        mine += 1;
        if point.outcome == Ended::Success {
            took.push(Span::from_ms_f64(point.latency_ms).0);
            if slowest.is_none_or(|(most, _)| point.latency_ms > most) {
                slowest = Some((point.latency_ms, point.op));
            }
        }
    }
    took.sort_unstable();
    measured.count = mine as u64;
    measured.slowest = slowest.map(|(_, op)| op);
    measured.values = vec![quantile(&took, 50), quantile(&took, 99)];
    // Of very many only some have a dot, spread evenly, and the slowest always.
    let every = mine.div_ceil(DOTS).max(1);
    let sample = points.iter().filter(|point| ask.kinds.has(point.kind)).enumerate();
    let sample = sample.filter(|(place, point)| place % every == 0 || Some(point.op) == measured.slowest);
    measured.dots = sample
        .map(|(_, point)| Sample {
            op: point.op,
            client: point.client,
            kind: point.kind,
            ended: point.ended,
            latency_ms: point.latency_ms,
            failed: point.outcome != Ended::Success,
            stale: point.versions_behind.is_some_and(|behind| behind > 0),
        })
        .collect();
}

fn staleness(ask: &Ask<'_>, from: Time, to: Time, measured: &mut Measured) {
    let (mut versions, mut most) = (0u64, 0u32);
    let mut ages = Vec::new();
    for (behind, age) in ask.metrics.staleness_between(from, to) {
        measured.count += 1;
        versions += u64::from(behind);
        most = most.max(behind);
        if behind > 0 {
            ages.push(age.0);
        }
    }
    ages.sort_unstable();
    let read = |value: f64| (measured.count > 0).then_some(value);
    measured.values = vec![
        read(versions as f64 / measured.count.max(1) as f64),
        read(f64::from(most)),
        quantile(&ages, 50),
        quantile(&ages, 99),
    ];
}

/// Of the writes that were called in a window: how long until a copy shows them, over all copies. It is known only later.
fn visible(ask: &Ask<'_>, from: Time, to: Time, measured: &mut Measured) {
    let writes = ask.metrics.writes();
    let start = writes.partition_point(|write| write.invoked < from);
    let end = writes.partition_point(|write| write.invoked < to).max(start);
    let (mut took, mut missing) = (Vec::new(), 0u64);
    for write in &writes[start..end] {
        for at in &write.visible {
            match at {
                Some(at) => took.push(at.since(write.invoked).0),
                None => missing += 1,
            }
        }
    }
    took.sort_unstable();
    measured.count = (end - start) as u64;
    measured.settled = missing == 0;
    measured.values = vec![quantile(&took, 50), quantile(&took, 99)];
    if !ask.is_split {
        measured.values.push((measured.count > 0).then_some(missing as f64));
    }
}
