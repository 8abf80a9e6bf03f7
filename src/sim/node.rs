//! A node: a replica, a line of work in front of it, a disk and a clock. It serves one message at a time.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::action::{Lie, Reshape};
use crate::frame::Status;
use crate::ids::{EventId, Key, NodeId, OpId};
use crate::protocol::{Answer, Protocol, Request, TimerId, Token, Told};
use crate::random::{Purpose, Random, stream};
use crate::setup::{NodeSetup, Setup};
use crate::time::{Span, Time};

/// Something in a node's line.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// A message, by its slot among the flights.
    Message { slot: u32 },
    /// A timer that is due; it waits its turn but takes no time. Until then it can be cancelled.
    Timer { id: TimerId },
    /// New parameters; they too wait until the node has time for them, and take none.
    Configuration { cause: EventId },
    /// What a person told the node to do; the same holds for it.
    Command { command: u8, target: Option<NodeId>, cause: EventId },
    /// What a person told the node that keeps the map; the same holds for it.
    Reshape { change: Rc<Reshape>, cause: EventId },
}

/// What a handler asked for, kept until the disk is done.
#[derive(Clone)]
pub(crate) struct Held<P: Protocol> {
    pub(crate) cause: EventId,
    pub(crate) sends: Vec<(NodeId, P::Message)>,
    pub(crate) replies: Vec<(Request, Answer, Option<Token>)>,
    pub(crate) tells: Vec<Told>,
    pub(crate) visible: Vec<(Key, OpId)>,
}

#[derive(Clone)]
pub(crate) struct Node<P: Protocol> {
    pub(crate) setup: NodeSetup,
    pub(crate) parameters: Vec<u64>,
    /// The replica; `None` while the node is down, and then `disk` holds what survived.
    pub(crate) replica: Option<P>,
    pub(crate) disk: P::Stable,
    pub(crate) paused: bool,
    pub(crate) clock: Clock,
    /// How many times as long its work and its disk take.
    pub(crate) slow: u32,
    pub(crate) lie: Option<Lie>,
    /// Changes whenever work in progress becomes void: its event then no longer matches.
    pub(crate) incarnation: u32,
    pub(crate) line: VecDeque<Work>,
    /// Whether it is working or waiting for its disk.
    pub(crate) busy: bool,
    pub(crate) held: Option<Held<P>>,
    pub(crate) worked: Span,
    pub(crate) random: Random,
    /// Which messages take it longer than usual.
    hiccups: Random,
}

impl<P: Protocol> Node<P> {
    pub(crate) fn new(setup: &Setup, id: NodeId, parameters: &[u64]) -> Self {
        Self {
            setup: setup.nodes[id.index()].clone(),
            parameters: parameters.to_vec(),
            replica: None,
            disk: P::Stable::default(),
            paused: false,
            clock: Clock {
                since: Time::ZERO,
                ahead_ns: setup.nodes[id.index()].clock_skew_ns,
                drift_ppm: setup.nodes[id.index()].clock_drift_ppm,
            },
            slow: 1,
            lie: None,
            incarnation: 0,
            line: VecDeque::new(),
            busy: false,
            held: None,
            worked: Span::ZERO,
            random: stream(setup.seed, Purpose::Node, id.0, 0),
            hiccups: stream(setup.seed, Purpose::Hiccups, id.0, 0),
        }
    }

    pub(crate) fn status(&self) -> Status {
        match (&self.replica, self.paused) {
            (None, _) => Status::Down,
            (Some(_), true) => Status::Paused,
            (Some(_), false) => Status::Up,
        }
    }

    /// Whether anybody may ever wait for it.
    pub(crate) fn takes_time(&self) -> bool {
        let setup = &self.setup;
        [setup.service, setup.service_per_operation, setup.fsync].iter().any(|span| *span > Span::ZERO)
    }

    /// How long a message with so many operations takes it, and whether that is longer than usual.
    pub(crate) fn service(&mut self, operations: u16) -> (Span, bool) {
        let work = self.setup.service + self.setup.service_per_operation * u64::from(operations);
        let mut usual = work * u64::from(self.slow);
        if self.setup.service_varies && usual > Span::ZERO {
            usual = Span::from_ms_f64(self.hiccups.exponential(usual.as_ms()));
        }
        // What takes no time takes no longer either, and draws nothing.
        let hiccup = usual > Span::ZERO && self.hiccups.chance(self.setup.hiccup_share);
        (usual * u64::from(if hiccup { self.setup.hiccup_times } else { 1 }), hiccup)
    }

    /// How long its disk takes now.
    pub(crate) fn fsync(&self) -> Span {
        self.setup.fsync * u64::from(self.slow)
    }
}

/// A clock: how far it was ahead at an instant, and how fast it has run since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) since: Time,
    pub(crate) ahead_ns: i64,
    pub(crate) drift_ppm: i32,
}

const MILLION: i128 = 1_000_000;

impl Clock {
    /// How far it is ahead of a true time that is not before `since`.
    pub(crate) fn ahead(self, now: Time) -> i64 {
        let drifted = i128::from(now.since(self.since).0) * i128::from(self.drift_ppm) / MILLION;
        self.ahead_ns.saturating_add(i64::try_from(drifted).unwrap_or(i64::MAX))
    }

    /// What it shows at a true time; it never shows less than zero.
    pub(crate) fn shows(self, now: Time) -> Time {
        Time(now.0.saturating_add_signed(self.ahead(now)))
    }

    /// How long a span by this clock really takes.
    pub(crate) fn really(self, span: Span) -> Span {
        if self.drift_ppm == 0 {
            return span;
        }
        let nanoseconds = i128::from(span.0) * MILLION / (MILLION + i128::from(self.drift_ppm)).max(1);
        Span(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_gains_and_its_timers_go_off_early() {
        let fast = Clock { since: Time::ZERO, ahead_ns: 5_000, drift_ppm: 100_000 };
        assert_eq!(fast.shows(Time(1_000_000)), Time(1_105_000));
        assert_eq!(fast.really(Span(1_100_000)), Span(1_000_000));
        let behind = Clock { since: Time::ZERO, ahead_ns: -5_000, drift_ppm: -500_000 };
        assert_eq!(behind.shows(Time(1_000)), Time(0));
        assert_eq!(behind.shows(Time(20_000)), Time(5_000));
        assert_eq!(behind.really(Span(50)), Span(100));
    }
}
