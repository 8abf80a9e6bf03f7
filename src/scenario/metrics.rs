//! What a run measured: a fold over its trace and history that follows the playhead.
//!
//! Latency and staleness are of operations that ended; an operation belongs to the moment of its end,
//! and a write to the moment when it became visible. Quantiles are exact, by nearest rank. Everything
//! is a function of the events so far, however many steps it took to get there.

mod charts;
mod csv;
pub(crate) mod queries;

use std::collections::{BTreeMap, BTreeSet};

use netsplit_checkers::Replicas;
use netsplit_sim::activity::Activity;
use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::history::{Call, CallKind, History, Operation, Outcome, QueryId};
use netsplit_sim::ids::{ClientId, EventId, Key, NodeId, OpId, Version};
use netsplit_sim::machine::Totals;
use netsplit_sim::setup::Pace;
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{Event, EventKind};

use crate::availability::{Objective, Windows};
use crate::built::Timed;
use crate::queueing::{Gathering, Queueing, Work};
use crate::sharding::Sharding;
use crate::tally::{Instant, Tally};
use crate::visibility::{Found, Visibility};

use queries::{Jobs, Queries};

pub use crate::visibility::WriteStrip;
pub use charts::{NodeWork, Quantity, Traffic};
pub use csv::Series;
pub use queries::QueryPoint;

/// Something measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The stable name, such as `write.p50_ms` or `visible.n3.p99_ms`.
    pub name: String,
    /// The label on the page.
    pub title: String,
    /// `ms`, `s`, `share`, `count`, `per s`, `per ms`, `bytes`, `versions`, `ratio` or `nines`.
    pub unit: &'static str,
    /// The value; `None` where there was nothing to measure.
    pub value: Option<f64>,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

/// How an operation ended, for charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ended {
    /// The client got what it asked for.
    Success,
    /// The cluster refused.
    Refused,
    /// The client can't know.
    Unknown,
}

/// One operation that ended, for charts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The operation.
    pub op: OpId,
    /// Whose.
    pub client: ClientId,
    /// The node that it was first sent to.
    pub node: NodeId,
    /// What.
    pub kind: CallKind,
    /// When it ended.
    pub ended: Time,
    /// From call to end, in milliseconds.
    pub latency_ms: f64,
    /// How it ended.
    pub outcome: Ended,
    /// For a successful read: how many acknowledged versions it was behind when it began. Not of keys that
    /// are added to or hold sets: a newer version does not take the place of an older one there.
    pub versions_behind: Option<u32>,
}

/// How stale a read was when it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Staleness {
    /// How many newer versions of the key had been acknowledged by then; 0 is fresh.
    versions: u32,
    /// How long ago the oldest of those had been acknowledged: since when the value was out of date.
    behind: Span,
}

/// What a run measured up to the playhead.
#[derive(Debug, Default)]
pub struct Metrics {
    nodes: Vec<String>,
    clients: Vec<String>,
    /// How many events of the trace are in.
    seen: usize,
    now: Time,
    points: Vec<Point>,
    /// By point: how long a stale read's value had been out of date.
    behind: Vec<Span>,
    /// When each message was sent.
    sent: Vec<Time>,
    /// By message: how many bytes were sent with it and before it.
    bytes: Vec<u64>,
    visibility: Visibility,
    acknowledged: BTreeMap<Key, Acknowledged>,
    /// Keys that hold numbers that are added to, or sets.
    gathering: BTreeSet<Key>,
    tally: Tally,
    /// Where the data is split: the queries.
    queries: Option<Queries>,
    queueing: Queueing,
    windows: Windows,
    jobs: Jobs,
    /// How many queries and rounds that ended are in the tally.
    counted: (usize, usize),
    list: Vec<Metric>,
    found: Vec<Found>,
}

/// The acknowledged writes of a key, each with the event and the instant of its acknowledgement.
#[derive(Debug, Default)]
struct Acknowledged {
    by_version: Vec<(Version, EventId, Time)>,
    in_order: Vec<(EventId, Version)>,
}

impl Acknowledged {
    fn add(&mut self, version: Version, event: EventId, at: Time) {
        let place = self.by_version.partition_point(|write| write.0 < version);
        self.by_version.insert(place, (version, event, at));
        self.in_order.push((event, version));
    }

    /// How stale a read of `version` is that began with an event at an instant.
    fn staleness(&self, version: Option<Version>, event: EventId, began: Time) -> Staleness {
        let newer = |other: Version| version.is_none_or(|version| other > version);
        let first = self.by_version.partition_point(|write| !newer(write.0));
        // Almost all were acknowledged before the read began; those that were not are the last ones.
        let after = self.in_order.iter().rev().take_while(|write| write.0 > event);
        let not_yet = after.filter(|write| newer(write.1)).count();
        let oldest = self.by_version[first..].iter().find(|write| write.1 < event);
        Staleness {
            versions: u32::try_from(self.by_version.len() - first - not_yet).unwrap_or(u32::MAX),
            behind: oldest.map_or(Span::ZERO, |write| began.since(write.2)),
        }
    }
}

impl Metrics {
    /// Nothing measured yet, in a cluster of these nodes and clients.
    #[must_use]
    pub fn new(nodes: Vec<String>, clients: Vec<String>) -> Self {
        let tally = Tally::new(nodes.len(), clients.len());
        let visibility = Visibility::new(nodes.len());
        let queueing = Queueing::new(nodes.len());
        Self { nodes, clients, tally, visibility, queueing, ..Self::default() }
    }

    /// The same where the data is split or not, and of clients that begin with these paces.
    #[must_use]
    pub fn with(mut self, is_split: bool, paces: Vec<Pace>) -> Self {
        self.queries = is_split.then(Queries::default);
        self.jobs = Jobs::new(paces);
        self
    }

    /// Takes in the events that are new since the last call, what nodes were at meanwhile, and the script whose actions the
    /// events name. After a rewind start from [`Metrics::new`].
    pub fn observe(&mut self, trace: &[Event], history: &History, activity: &Activity, script: &[Timed]) {
        self.queueing.observe(activity);
        for bytes in activity.bytes.get(self.bytes.len()..).unwrap_or_default() {
            self.bytes.push(self.bytes.last().copied().unwrap_or(0) + u64::from(*bytes));
        }
        for event in trace.get(self.seen..).unwrap_or_default() {
            self.event(event, history);
            self.jobs.event(event, history, script);
            if let Some(queries) = &mut self.queries {
                queries.event(event, history);
            }
        }
        self.seen = trace.len();
    }

    /// Makes the list anew, for this instant.
    pub fn refresh(&mut self, frame: &Frame, totals: Totals, sharding: Option<Sharding>) {
        self.now = frame.now;
        let instant = Instant {
            pending: frame.clients.iter().map(|client| client.pending).sum(),
            diverged: diverged_keys(frame),
            siblings: self.siblings(frame),
            unseen: self.unseen_writes(frame),
            bytes: totals.bytes,
            dropped: totals.dropped,
            sharding,
        };
        self.take_ended();
        self.tally.messages = self.sent.len();
        self.tally.elapsed = Span(self.now.0);
        self.tally.by_time = self.windows.by_time();
        (self.tally.works, self.tally.gathered) = self.work(Time::ZERO, Time::MAX);
        self.list = self.tally.list(&self.nodes, &self.clients, Some(&instant));
    }

    /// Every metric of the whole run so far, in the order of display.
    #[must_use]
    pub fn list(&self) -> &[Metric] {
        &self.list
    }

    /// The metric with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.list.iter().find(|metric| metric.name == name)
    }

    /// The value of the metric with this name, if it has one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|metric| metric.value)
    }

    /// The metrics of the operations that ended, and the writes that became visible, from one instant
    /// to before another. What is known only of this instant or of the whole run is left out.
    #[must_use]
    pub fn window(&self, from: Time, to: Time) -> Vec<Metric> {
        let mut tally = Tally::new(self.nodes.len(), self.clients.len());
        let start = self.points.partition_point(|point| point.ended < from);
        let end = self.points.partition_point(|point| point.ended < to).max(start);
        for (point, behind) in self.points[start..end].iter().zip(&self.behind[start..end]) {
            tally.add_point(point, *behind);
        }
        let inside = |time: &Time| from <= *time && *time < to;
        for strip in &self.visibility.writes {
            for (n, at) in strip.visible.iter().enumerate() {
                if let Some(at) = at.filter(inside) {
                    tally.add_visible(strip, NodeId(n as u16), at);
                }
            }
            if strip.everywhere().filter(inside).is_some() {
                tally.add_everywhere(strip);
            }
            if let Some(told) = strip.acknowledged {
                tally.acknowledged += usize::from(inside(&told));
                for (n, at) in strip.visible.iter().enumerate() {
                    tally.missing[n] += usize::from(told < to && at.is_none_or(|at| at >= to));
                }
            }
        }
        (tally.split.is_split, tally.split.has_jobs) = (self.queries.is_some(), self.jobs.is_any());
        for point in self.queries().iter().filter(|point| inside(&point.ended)) {
            tally.add_query(point);
            let messages = self.queries.as_ref().map_or(0, |queries| queries.messages(point.query));
            tally.split.messages[queries::place(point.many)] += u64::from(messages);
        }
        self.jobs.done.iter().filter(|(at, ..)| inside(at)).for_each(|(.., took)| tally.add_job(*took));
        let mut windows = Windows::new(Objective::default(), from);
        for point in &self.points[start..end] {
            windows.add(point.ended, point.outcome == Ended::Success, Span::from_ms_f64(point.latency_ms));
        }
        tally.by_time = windows.by_time();
        (tally.works, tally.gathered) = self.work(from, to);
        let before = |time: Time| self.sent.partition_point(|sent| *sent < time);
        tally.messages = before(to).saturating_sub(before(from));
        tally.elapsed = to.min(self.now).since(from);
        tally.list(&self.nodes, &self.clients, None)
    }

    /// Every operation that ended, in the order of their ends.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Every write, compare-and-set, addition and insertion that was called, in the order of the calls. Of a
    /// removal there is nothing that a copy could show.
    #[must_use]
    pub fn writes(&self) -> &[WriteStrip] {
        &self.visibility.writes
    }

    /// Every query that ended, in the order of their ends.
    #[must_use]
    pub fn queries(&self) -> &[QueryPoint] {
        self.queries.as_ref().map_or(&[], |queries| &queries.points)
    }

    /// Every round of a job that ended: when, whose, and how long it takes with what is computed then. In the order of
    /// their ends.
    #[must_use]
    pub fn rounds(&self) -> &[(Time, ClientId, Span)] {
        &self.jobs.done
    }

    /// What the nodes were at from one instant to before another, and what clients gathered, if they do.
    fn work(&self, from: Time, to: Time) -> (Vec<Option<Work>>, Option<Gathering>) {
        let nodes = (0..self.nodes.len()).map(|n| self.queueing.node(NodeId(n as u16)));
        let works = nodes.map(|node| Some(node?.between(from, to, self.now))).collect();
        (works, self.queueing.has_gathered().then(|| self.queueing.gathered(from, to)))
    }

    /// Counts the queries and rounds that have ended since the last time.
    fn take_ended(&mut self) {
        let split = &mut self.tally.split;
        (split.is_split, split.has_jobs) = (self.queries.is_some(), self.jobs.is_any());
        if let Some(queries) = &self.queries {
            split.messages = queries.messages;
            queries.points[self.counted.0..].iter().for_each(|point| self.tally.add_query(point));
            self.counted.0 = queries.points.len();
        }
        self.jobs.done[self.counted.1..].iter().for_each(|(.., took)| self.tally.add_job(*took));
        self.counted.1 = self.jobs.done.len();
    }

    fn event(&mut self, event: &Event, history: &History) {
        match event.kind {
            EventKind::Sent { .. } => self.sent.push(event.at),
            EventKind::Invoked { op } => {
                let Some(operation) = history.operations.get(op.index()) else { return };
                let key = operation.call.key();
                let value = match operation.call {
                    Call::Read { .. } => return,
                    Call::Remove { .. } => {
                        self.gathering.insert(key);
                        return;
                    }
                    Call::Add { .. } | Call::Insert { .. } => {
                        self.gathering.insert(key);
                        None
                    }
                    Call::Write { value, .. } | Call::Cas { to: value, .. } => Some(value),
                };
                self.visibility.invoked(op, key, value, event.at);
            }
            EventKind::Visible { node, op, key } => {
                self.visibility.shown(node, op, key, event.at, &mut self.found);
                self.take_found();
            }
            EventKind::Told { query } => self.pair_returned(query, event.at, history),
            EventKind::Returned { op } => {
                if let Some(operation) = history.operations.get(op.index()) {
                    self.returned(operation, event.at);
                }
            }
            _ => {}
        }
    }

    fn returned(&mut self, operation: &Operation, at: Time) {
        let staleness = match (operation.call, operation.outcome) {
            (Call::Read { key }, Outcome::Read(value)) => {
                if let (Some(value), Some(version)) = (value, operation.version) {
                    self.visibility.read(key, value, version, &mut self.found);
                }
                self.staleness(operation, value.is_none())
            }
            // Of several values the newest counts.
            (Call::Read { .. }, Outcome::Values(_)) => self.staleness(operation, false),
            _ => None,
        };
        let point = Point {
            op: operation.id,
            client: operation.client,
            node: operation.node,
            kind: operation.call.kind(),
            ended: at,
            latency_ms: at.since(operation.invoked).as_ms(),
            outcome: match operation.outcome {
                outcome if outcome.is_success() => Ended::Success,
                Outcome::Refused(_) => Ended::Refused,
                _ => Ended::Unknown,
            },
            versions_behind: staleness.map(|staleness| staleness.versions),
        };
        let behind = staleness.unwrap_or_default().behind;
        self.points.push(point);
        self.behind.push(behind);
        self.tally.add_point(&point, behind);
        self.windows.add(at, point.outcome == Ended::Success, at.since(operation.invoked));
        if let Some(write) = self.visibility.find(operation.id) {
            self.write_returned(write, operation, at);
        }
        self.take_found();
    }

    /// The writes of a pair are not operations of their own, but a read that misses them is stale.
    fn pair_returned(&mut self, query: QueryId, at: Time, history: &History) {
        let Some(query) = history.queries.get(query.0 as usize) else { return };
        let parts = query.first.index()..query.first.index() + query.parts as usize;
        for part in history.operations.get(parts).unwrap_or_default() {
            if let (Outcome::Written, Some(version)) = (part.outcome, part.version) {
                let writes = self.acknowledged.entry(part.call.key()).or_default();
                writes.add(version, part.returned_event, at);
            }
        }
    }

    /// How stale a read was, where that can be told.
    fn staleness(&self, read: &Operation, found_nothing: bool) -> Option<Staleness> {
        let key = read.call.key();
        if self.gathering.contains(&key) || (read.version.is_none() && !found_nothing) {
            return None;
        }
        let of = |writes: &Acknowledged| writes.staleness(read.version, read.invoked_event, read.invoked);
        Some(self.acknowledged.get(&key).map(of).unwrap_or_default())
    }

    /// Keys of which a running node's copy holds several values, and that hold no set.
    fn siblings(&self, frame: &Frame) -> usize {
        let mut keys = BTreeSet::new();
        for node in frame.nodes.iter().filter(|node| node.status != Status::Down) {
            let views = node.replica.keys.windows(2).filter(|pair| pair[0].key == pair[1].key);
            keys.extend(views.map(|pair| pair[0].key));
        }
        keys.difference(&self.gathering).count()
    }

    /// Acknowledged writes that are newer than anything that any copy holds, that of a node which is down included.
    fn unseen_writes(&self, frame: &Frame) -> usize {
        let mut newest: BTreeMap<Key, Version> = BTreeMap::new();
        for view in frame.nodes.iter().flat_map(|node| &node.replica.keys) {
            let known = newest.entry(view.key).or_insert(view.version);
            *known = (*known).max(view.version);
        }
        let unseen = |(key, writes): (&Key, &Acknowledged)| {
            let seen =
                |write: &(Version, EventId, Time)| newest.get(key).is_some_and(|known| write.0 <= *known);
            writes.by_version.len() - writes.by_version.partition_point(seen)
        };
        let registers = self.acknowledged.iter().filter(|(key, _)| !self.gathering.contains(key));
        registers.map(unseen).sum()
    }

    fn write_returned(&mut self, write: usize, operation: &Operation, at: Time) {
        let acknowledged = matches!(operation.outcome, Outcome::Written | Outcome::Swapped);
        if acknowledged {
            // What was visible before the acknowledgement was visible at once, seen from there.
            for (n, visible) in self.visibility.writes[write].visible.iter().enumerate() {
                match visible {
                    Some(_) => self.tally.add_after_acknowledgement(NodeId(n as u16), Span::ZERO),
                    None => self.tally.missing[n] += 1,
                }
            }
            if self.visibility.writes[write].everywhere().is_some() {
                self.tally.add_everywhere_after_acknowledgement(Span::ZERO);
            }
            self.tally.acknowledged += 1;
            if let Some(version) = operation.version {
                let writes = self.acknowledged.entry(operation.call.key()).or_default();
                writes.add(version, operation.returned_event, at);
            }
            self.visibility.acknowledged(write, at, operation.version, &mut self.found);
        }
    }

    /// Counts the writes that were just found to be visible.
    fn take_found(&mut self) {
        for Found { write, node, everywhere } in self.found.drain(..) {
            let strip = &self.visibility.writes[write];
            let Some(at) = strip.visible[node.index()] else { continue };
            self.tally.add_visible(strip, node, at);
            if everywhere {
                self.tally.add_everywhere(strip);
            }
            if strip.acknowledged.is_some() {
                self.tally.missing[node.index()] -= 1;
            }
        }
    }
}

/// How many keys the running replicas do not agree on: those that hold the key, where the data is split. A key
/// with several values is the same where they all are, in whatever order.
fn diverged_keys(frame: &Frame) -> usize {
    let replicas = Replicas::from_frame(frame, false).replicas;
    let keys: BTreeSet<Key> = replicas.iter().flat_map(|replica| replica.values.keys().copied()).collect();
    let differ = |key: &&Key| {
        let mut holders = replicas.iter().filter(|replica| replica.live && replica.is_holder(**key));
        let first = holders.next();
        first.is_some_and(|first| holders.any(|other| other.values_of(**key) != first.values_of(**key)))
    };
    keys.iter().filter(differ).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_behind_what_was_acknowledged_before_it_began() {
        let version = |counter| Version { counter, node: NodeId(0) };
        let mut writes = Acknowledged::default();
        // Version 3 is acknowledged before version 2, and version 4 last.
        for (counter, event) in [(1, 10), (3, 20), (2, 30), (4, 40)] {
            writes.add(version(counter), EventId(event), Time(u64::from(event) * 100));
        }
        let of = |read: Option<Version>, event: u32| {
            let staleness = writes.staleness(read, EventId(event), Time(u64::from(event) * 100));
            (staleness.versions, staleness.behind.0)
        };
        assert_eq!(of(Some(version(1)), 15), (0, 0));
        assert_eq!(of(Some(version(1)), 25), (1, 500));
        assert_eq!(of(Some(version(1)), 35), (2, 500));
        assert_eq!(of(Some(version(3)), 35), (0, 0));
        assert_eq!(of(Some(version(3)), 45), (1, 500));
        assert_eq!(of(None, 45), (4, 3_500));
        assert_eq!(of(None, 5), (0, 0));
    }
}
