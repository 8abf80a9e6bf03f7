//! How busy nodes were, how long their lines, and how long messages waited in them.
//!
//! A fold over the record of what nodes were at ([`netsplit_sim::activity`]). A node takes messages up in the order in
//! which they came, one at a time. From coming to being taken up a message *waits*; from then to being done it is
//! *served*; both together are its response time, and queueing theory is about their ratio: for random arrivals and
//! random (exponential) work it is 1 / (1 - load), the M/M/1 queue. The network is no part of it. Waiting for the disk is
//! work of the node, and of no message.
//!
//! Sums are kept as they stood after every step, so that any window of a run is two look-ups.

use std::collections::VecDeque;

use netsplit_sim::activity::{Activity, What};
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;

/// A message that a node is done with, for charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedPoint {
    /// When it came to stand in the node's line.
    pub came: Time,
    /// When the node took it up, for the last time if it was paused meanwhile.
    pub began: Time,
    /// When the node was done with it.
    pub ended: Time,
    /// How many operations a client asked for in it.
    pub operations: u16,
}

/// So many messages wait from an instant on, the one that is worked on not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePoint {
    /// Since when.
    pub at: Time,
    /// How many.
    pub waiting: u32,
}

/// Sums over the messages that a node was done with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    messages: u64,
    operations: u64,
    waited: u64,
    served: u64,
}

/// One node's work.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeWork {
    /// When each message of the line came.
    line: VecDeque<Time>,
    began: Option<Time>,
    flushing: Option<Time>,
    /// Times at work that are over, and the nanoseconds at work before each.
    busy: Vec<(Time, Time, u64)>,
    lengths: Vec<LinePoint>,
    /// By place in `lengths`: the sum of length times nanoseconds up to there.
    length_sums: Vec<u128>,
    pub(crate) served: Vec<ServedPoint>,
    /// By place in `served`: the sums with it.
    sums: Vec<Sums>,
}

/// What one node's work came to in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Work {
    /// The share of the window that it was at work.
    pub(crate) utilisation: Option<f64>,
    /// How many messages waited, on average over the window.
    pub(crate) line_mean: Option<f64>,
    /// The most that waited.
    pub(crate) line_max: u32,
    /// How long the messages waited that it was done with, on average.
    pub(crate) waited_ms: Option<f64>,
    /// How long it worked on each.
    pub(crate) served_ms: Option<f64>,
    /// Waiting and service over service.
    pub(crate) response_over_service: Option<f64>,
    /// Operations in the messages that it was done with, for each millisecond at work.
    pub(crate) operations_per_busy_ms: Option<f64>,
}

/// What gathering came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Gathering {
    pub(crate) messages: u64,
    pub(crate) operations: u64,
    waited: u128,
}

/// The work of every node, and the gathering of clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queueing {
    nodes: Vec<NodeWork>,
    seen: usize,
    /// The messages of gathered operations: when, and the sums with each.
    gathered: Vec<(Time, Gathering)>,
}

impl Queueing {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { nodes: vec![NodeWork::default(); nodes], ..Self::default() }
    }

    /// Takes in what is new.
    pub(crate) fn observe(&mut self, activity: &Activity) {
        for step in activity.nodes.get(self.seen..).unwrap_or_default() {
            if let Some(node) = self.nodes.get_mut(step.node.index()) {
                node.step(step.at, step.what);
            }
        }
        self.seen = activity.nodes.len();
        for sent in activity.sent.get(self.gathered.len()..).unwrap_or_default() {
            let before = self.gathered.last().map(|(_, sums)| *sums).unwrap_or_default();
            let sums = Gathering {
                messages: before.messages + 1,
                operations: before.operations + u64::from(sent.operations),
                waited: before.waited + u128::from(sent.waited.0),
            };
            self.gathered.push((sent.at, sums));
        }
    }

    /// A node's work; `None` if its work takes no time, or it had none.
    pub(crate) fn node(&self, node: NodeId) -> Option<&NodeWork> {
        self.nodes.get(node.index()).filter(|node| !node.lengths.is_empty() || !node.busy.is_empty())
    }

    /// Whether any client gathered operations.
    pub(crate) fn has_gathered(&self) -> bool {
        !self.gathered.is_empty()
    }

    /// What was gathered and sent from one instant to before another.
    pub(crate) fn gathered(&self, from: Time, to: Time) -> Gathering {
        let before = |time: Time| {
            let place = self.gathered.partition_point(|(at, _)| *at < time);
            place.checked_sub(1).map(|last| self.gathered[last].1).unwrap_or_default()
        };
        let (start, end) = (before(from), before(to.max(from)));
        Gathering {
            messages: end.messages - start.messages,
            operations: end.operations - start.operations,
            waited: end.waited - start.waited,
        }
    }
}

impl Gathering {
    /// How long an operation waited for others, on average.
    pub(crate) fn waited_ms(&self) -> Option<f64> {
        (self.operations > 0).then(|| self.waited as f64 / self.operations as f64 / 1e6)
    }

    /// How many operations a message carried, on average.
    pub(crate) fn size(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.operations as f64 / self.messages as f64)
    }
}

impl NodeWork {
    fn step(&mut self, at: Time, what: What) {
        match what {
            What::Came => self.line.push_back(at),
            What::Began => self.began = Some(at),
            What::Served { operations } => {
                let (Some(came), Some(began)) = (self.line.pop_front(), self.began.take()) else { return };
                self.worked(began, at);
                let before = self.sums.last().copied().unwrap_or_default();
                self.sums.push(Sums {
                    messages: before.messages + 1,
                    operations: before.operations + u64::from(operations),
                    waited: before.waited + began.since(came).0,
                    served: before.served + at.since(began).0,
                });
                self.served.push(ServedPoint { came, began, ended: at, operations });
            }
            What::Flushing => self.flushing = Some(at),
            What::Flushed => {
                if let Some(since) = self.flushing.take() {
                    self.worked(since, at);
                }
            }
            What::Stopped | What::Crashed => {
                for since in [self.began.take(), self.flushing.take()].into_iter().flatten() {
                    self.worked(since, at);
                }
                if what == What::Crashed {
                    self.line.clear();
                }
            }
        }
        let waiting = self.line.len() - usize::from(self.began.is_some()).min(self.line.len());
        self.waits(at, waiting as u32);
    }

    fn worked(&mut self, from: Time, to: Time) {
        if to > from {
            let before = self.busy.last().map_or(0, |(from, to, before)| before + to.since(*from).0);
            self.busy.push((from, to, before));
        }
    }

    fn waits(&mut self, at: Time, waiting: u32) {
        match self.lengths.last_mut() {
            // What waits for no time at all has not waited.
            Some(last) if last.at == at => {
                last.waiting = waiting;
                if let [.., before, last] = self.lengths.as_slice()
                    && before.waiting == last.waiting
                {
                    self.lengths.pop();
                    self.length_sums.pop();
                }
            }
            Some(last) if last.waiting == waiting => {}
            _ => {
                self.length_sums.push(self.length_sum(at));
                self.lengths.push(LinePoint { at, waiting });
            }
        }
    }

    /// Nanoseconds at work up to an instant.
    fn busy_until(&self, time: Time) -> u64 {
        let place = self.busy.partition_point(|(from, ..)| *from <= time);
        let over = place.checked_sub(1).map_or(0, |last| {
            let (from, to, before) = self.busy[last];
            before + time.min(to).since(from).0
        });
        let open = [self.began, self.flushing].into_iter().flatten();
        over + open.map(|since| time.since(since).0).sum::<u64>()
    }

    /// The sum of the line's length times nanoseconds up to an instant.
    fn length_sum(&self, time: Time) -> u128 {
        let place = self.lengths.partition_point(|point| point.at <= time);
        place.checked_sub(1).map_or(0, |last| {
            let point = self.lengths[last];
            self.length_sums[last] + u128::from(point.waiting) * u128::from(time.since(point.at).0)
        })
    }

    /// The line's length at an instant and all of its changes from there to before another.
    pub(crate) fn line(&self, from: Time, to: Time) -> &[LinePoint] {
        let start = self.lengths.partition_point(|point| point.at <= from).saturating_sub(1);
        let end = self.lengths.partition_point(|point| point.at < to).max(start);
        &self.lengths[start..end]
    }

    /// What it came to from one instant to before another, as far as the run has got by now. A message belongs to
    /// the moment when the node was done with it.
    pub(crate) fn between(&self, from: Time, before_end: Time, now: Time) -> Work {
        let to = before_end.min(now);
        let elapsed = to.since(from).0;
        let share = |part: f64| (elapsed > 0).then(|| part / elapsed as f64);
        let busy = self.busy_until(to).saturating_sub(self.busy_until(from));
        let line = self.length_sum(to).saturating_sub(self.length_sum(from));
        let before = |time: Time| {
            let place = self.served.partition_point(|point| point.ended < time);
            place.checked_sub(1).map(|last| self.sums[last]).unwrap_or_default()
        };
        let (start, end) = (before(from), before(before_end.max(from)));
        let messages = end.messages - start.messages;
        let (waited, served) = ((end.waited - start.waited) as f64, (end.served - start.served) as f64);
        let each = |sum: f64| (messages > 0).then(|| sum / messages as f64 / 1e6);
        Work {
            utilisation: share(busy as f64),
            line_mean: share(line as f64),
            line_max: self.line(from, before_end).iter().map(|point| point.waiting).max().unwrap_or(0),
            waited_ms: each(waited),
            served_ms: each(served),
            response_over_service: (served > 0.0).then(|| (waited + served) / served),
            operations_per_busy_ms: (busy > 0)
                .then(|| (end.operations - start.operations) as f64 / (busy as f64 / 1e6)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::activity::{Gathered, Step};
    use netsplit_sim::ids::ClientId;
    use netsplit_sim::time::Span;

    const NODE: NodeId = NodeId(0);

    fn ms(ms: u64) -> Time {
        Time(ms * 1_000_000)
    }

    fn queueing(steps: &[(u64, What)]) -> Queueing {
        let mut queueing = Queueing::new(1);
        let nodes = steps.iter().map(|&(at, what)| Step { at: ms(at), node: NODE, what }).collect();
        queueing.observe(&Activity { nodes, ..Activity::default() });
        queueing
    }

    const SERVED: What = What::Served { operations: 2 };

    /// Two messages come at 10 and 12; each takes 10 ms; then the disk takes 5.
    fn two() -> Queueing {
        queueing(&[
            (10, What::Came),
            (10, What::Began),
            (12, What::Came),
            (20, SERVED),
            (20, What::Began),
            (30, SERVED),
            (30, What::Flushing),
            (35, What::Flushed),
        ])
    }

    #[test]
    fn a_line_that_can_be_worked_out_by_hand() {
        let work = two().node(NODE).expect("it worked").between(ms(0), ms(50), ms(50));
        assert_eq!(work.utilisation, Some(0.5));
        assert_eq!((work.line_mean, work.line_max), (Some(8.0 / 50.0), 1));
        assert_eq!((work.waited_ms, work.served_ms), (Some(4.0), Some(10.0)));
        assert_eq!(work.response_over_service, Some(1.4));
        assert_eq!(work.operations_per_busy_ms, Some(4.0 / 25.0));
    }

    #[test]
    fn windows_share_the_work_out() {
        let two = two();
        let of = |from, to| two.node(NODE).expect("it worked").between(ms(from), ms(to), ms(50));
        assert_eq!(of(0, 10).utilisation, Some(0.0));
        assert_eq!(of(10, 30).utilisation, Some(1.0));
        assert_eq!(of(33, 43).utilisation, Some(0.2));
        assert_eq!(of(14, 24).line_mean, Some(0.6));
        assert_eq!((of(0, 12).line_max, of(12, 13).line_max, of(13, 15).line_max), (0, 1, 1));
        // The second message is done in the second window, and all its waiting belongs there.
        assert_eq!((of(0, 25).waited_ms, of(25, 50).waited_ms), (Some(0.0), Some(8.0)));
        assert_eq!(of(31, 50).waited_ms, None);
    }

    #[test]
    fn what_is_under_way_counts_as_work() {
        let begun = queueing(&[(10, What::Came), (10, What::Began)]);
        let work = begun.node(NODE).expect("it works").between(ms(0), ms(20), ms(20));
        assert_eq!((work.utilisation, work.waited_ms), (Some(0.5), None));
    }

    #[test]
    fn a_pause_puts_the_message_back_and_a_crash_loses_the_line() {
        let paused = queueing(&[
            (0, What::Came),
            (0, What::Began),
            (4, What::Stopped),
            (8, What::Began),
            (18, SERVED),
            (20, What::Came),
            (20, What::Began),
            (21, What::Came),
            (24, What::Crashed),
        ]);
        let node = paused.node(NODE).expect("it worked");
        assert_eq!(node.between(ms(0), ms(18), ms(30)).utilisation, Some(14.0 / 18.0));
        assert_eq!(node.served, [ServedPoint { came: ms(0), began: ms(8), ended: ms(18), operations: 2 }]);
        let line: Vec<_> =
            node.line(ms(0), ms(100)).iter().map(|p| (p.at.0 / 1_000_000, p.waiting)).collect();
        assert_eq!(line, [(0, 0), (4, 1), (8, 0), (21, 1), (24, 0)]);
        assert_eq!(node.between(ms(18), ms(28), ms(30)).utilisation, Some(0.4));
        assert!(queueing(&[]).node(NODE).is_none());
    }

    #[test]
    fn gathering_is_summed_by_window() {
        let sent = |at, operations, waited| Gathered {
            at: ms(at),
            client: ClientId(0),
            operations,
            waited: Span::from_ms(waited),
        };
        let mut queueing = Queueing::new(1);
        let mut activity = Activity { sent: vec![sent(5, 10, 20)], ..Activity::default() };
        queueing.observe(&activity);
        activity.sent.push(sent(9, 5, 25));
        queueing.observe(&activity);
        let all = queueing.gathered(ms(0), ms(100));
        assert_eq!((all.size(), all.waited_ms()), (Some(7.5), Some(3.0)));
        assert_eq!(queueing.gathered(ms(6), ms(10)).waited_ms(), Some(5.0));
        assert_eq!(queueing.gathered(ms(6), ms(9)).waited_ms(), None);
    }
}
