//! Plain data for charts: availability over time, distributions, lines of nodes. Each of a window, so that a chart shows
//! what the figures beside it are of.

use std::collections::BTreeMap;

use netsplit_sim::history::CallKind;
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::{Span, Time};

use super::{Ended, Metrics, Point};
use crate::availability::{AvailabilityWindow, ByTime, Objective, Windows};
use crate::distribution::Distribution;
use crate::queueing::{LinePoint, ServedPoint};

/// A time that is measured again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// From call to return, of the operations that succeeded; of one kind, or of all.
    Latency(Option<CallKind>),
    /// From the call of a write until a node's own copy shows it or a newer one, over all nodes.
    VisibleCopies,
    /// The same from its acknowledgement; 0 if it did before.
    VisibleCopiesAfterAck,
    /// From the call of a write until the copy of every node shows it or a newer one.
    VisibleEverywhere,
    /// The same from its acknowledgement; 0 if all did before.
    VisibleEverywhereAfterAck,
    /// Of stale reads: how long the value had been out of date when the read began.
    OutOfDate,
    /// From the coming of a message to the line of a node until the node took it up.
    Waiting(NodeId),
    /// From there until the node was done with it.
    Service(NodeId),
}

/// What was sent in a window, by nodes and clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many messages.
    pub messages: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What the work of a node came to in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NodeWork {
    /// The share of the window that it was at work.
    pub utilisation: Option<f64>,
    /// How many messages waited, on average over the window, without the one that it works on.
    pub line_mean: Option<f64>,
    /// The most that waited.
    pub line_max: u32,
}

impl Metrics {
    /// What was sent from one instant to before another.
    #[must_use]
    pub fn traffic(&self, from: Time, to: Time) -> Traffic {
        let start = self.sent.partition_point(|sent| *sent < from);
        let end = self.sent.partition_point(|sent| *sent < to).max(start);
        let bytes = |messages: usize| messages.checked_sub(1).and_then(|last| self.bytes.get(last)).copied();
        Traffic { messages: (end - start) as u64, bytes: bytes(end).unwrap_or(0) - bytes(start).unwrap_or(0) }
    }

    /// What the work of a node came to from one instant to before another; `None` if its work takes no time, or it had
    /// none yet.
    #[must_use]
    pub fn node_work(&self, node: NodeId, from: Time, to: Time) -> Option<NodeWork> {
        let work = self.queueing.node(node)?.between(from, to, self.now);
        Some(NodeWork { utilisation: work.utilisation, line_mean: work.line_mean, line_max: work.line_max })
    }

    /// How stale the reads were that ended from one instant to before another, as far as that can be told: versions behind,
    /// and how long the value had been out of date.
    pub fn staleness_between(&self, from: Time, to: Time) -> impl Iterator<Item = (u32, Span)> {
        let places = self.places(from, to);
        let reads = self.points[places.clone()].iter().zip(&self.behind[places]);
        reads.filter_map(|(point, behind)| Some((point.versions_behind?, *behind)))
    }

    /// The points from one instant to before another, by place.
    fn places(&self, from: Time, to: Time) -> std::ops::Range<usize> {
        let start = self.points.partition_point(|point| point.ended < from);
        start..self.points.partition_point(|point| point.ended < to).max(start)
    }

    /// The operations that ended from one instant to before another.
    #[must_use]
    pub fn points_between(&self, from: Time, to: Time) -> &[Point] {
        &self.points[self.places(from, to)]
    }

    fn windows(&self, objective: Objective, from: Time, to: Time) -> Windows {
        let mut windows = Windows::new(objective, from).keeping();
        for point in self.points_between(from, to) {
            windows.add(point.ended, point.outcome == Ended::Success, Span::from_ms_f64(point.latency_ms));
        }
        windows
    }

    /// Availability as clients felt it from one instant to before another, window by window. Windows in which no operation
    /// ended are left out.
    #[must_use]
    pub fn availability_windows(
        &self,
        objective: Objective,
        from: Time,
        to: Time,
    ) -> Vec<AvailabilityWindow> {
        self.windows(objective, from, to).finish()
    }

    /// What these windows come to.
    #[must_use]
    pub fn availability_by_time(&self, objective: Objective, from: Time, to: Time) -> ByTime {
        self.windows(objective, from, to).by_time()
    }

    /// How something measured is spread, from one instant to before another. An operation belongs to the moment of its
    /// end, a write to the moment when it became visible, a message to the moment when its node was done with it.
    #[must_use]
    pub fn distribution(&self, of: Quantity, from: Time, to: Time) -> Distribution {
        let mut spread = Distribution::default();
        let inside = |time: Time| from <= time && time < to;
        match of {
            Quantity::Latency(kind) => {
                let points = self.points_between(from, to).iter();
                let succeeded = points.filter(|point| {
                    point.outcome == Ended::Success && kind.is_none_or(|kind| kind == point.kind)
                });
                succeeded.for_each(|point| spread.add(Span::from_ms_f64(point.latency_ms)));
            }
            Quantity::VisibleCopies | Quantity::VisibleCopiesAfterAck => {
                for strip in &self.visibility.writes {
                    let called = of == Quantity::VisibleCopies;
                    let since = if called { Some(strip.invoked) } else { strip.acknowledged };
                    let Some(since) = since else { continue };
                    let seen = strip.visible.iter().flatten().filter(|at| inside(**at));
                    // From an acknowledgement that came later it took no time.
                    seen.for_each(|at| spread.add(at.since(since)));
                }
            }
            Quantity::VisibleEverywhere | Quantity::VisibleEverywhereAfterAck => {
                for strip in &self.visibility.writes {
                    let called = of == Quantity::VisibleEverywhere;
                    let since = if called { Some(strip.invoked) } else { strip.acknowledged };
                    if let (Some(since), Some(at)) = (since, strip.everywhere().filter(|at| inside(*at))) {
                        spread.add(at.since(since));
                    }
                }
            }
            Quantity::OutOfDate => {
                let places = self.places(from, to);
                let stale = self.points[places.clone()].iter().zip(&self.behind[places]);
                let stale = stale.filter(|(point, _)| point.versions_behind.is_some_and(|behind| behind > 0));
                stale.for_each(|(_, behind)| spread.add(*behind));
            }
            Quantity::Waiting(node) => {
                self.served(node, from, to)
                    .iter()
                    .for_each(|point| spread.add(point.began.since(point.came)));
            }
            Quantity::Service(node) => {
                self.served(node, from, to)
                    .iter()
                    .for_each(|point| spread.add(point.ended.since(point.began)));
            }
        }
        spread
    }

    /// How many reads that ended from one instant to before another were how many versions behind when they began.
    #[must_use]
    pub fn versions_behind(&self, from: Time, to: Time) -> Vec<(u32, usize)> {
        let mut reads = BTreeMap::new();
        for versions in self.points_between(from, to).iter().filter_map(|point| point.versions_behind) {
            *reads.entry(versions).or_default() += 1;
        }
        reads.into_iter().collect()
    }

    /// The messages that a node was done with from one instant to before another. Nothing is known of nodes whose work
    /// takes no time.
    #[must_use]
    pub fn served(&self, node: NodeId, from: Time, to: Time) -> &[ServedPoint] {
        let served = self.queueing.node(node).map_or(&[][..], |node| &node.served);
        let start = served.partition_point(|point| point.ended < from);
        &served[start..served.partition_point(|point| point.ended < to).max(start)]
    }

    /// How many messages wait for a node: at an instant, and every change from there to before another.
    #[must_use]
    pub fn line(&self, node: NodeId, from: Time, to: Time) -> &[LinePoint] {
        self.queueing.node(node).map_or(&[], |node| node.line(from, to))
    }
}
