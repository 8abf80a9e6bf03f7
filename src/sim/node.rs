//! A node: a replica, a line of work in front of it, a disk and a clock. It serves one message at a time.

use std::collections::VecDeque;

use crate::frame::Status;
use crate::ids::{EventId, Key, NodeId, OpId};
use crate::protocol::{Answer, Protocol, Request};
use crate::random::{Purpose, Random, stream};
use crate::setup::{NodeSetup, Setup};
use crate::time::{Span, Time};

/// Something in a node's line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work<T> {
    /// A message, by its slot among the flights.
    Message { slot: u32 },
    /// A timer that went off; it waits its turn but takes no time.
    Timer { timer: T, set_by: EventId },
    /// New parameters; they too wait until the node has time for them, and take none.
    Configuration { cause: EventId },
}

/// What a handler asked for, kept until the disk is done.
#[derive(Clone)]
pub(crate) struct Held<P: Protocol> {
    pub(crate) cause: EventId,
    pub(crate) sends: Vec<(NodeId, P::Message)>,
    pub(crate) replies: Vec<(Request, Answer)>,
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
    /// Changes whenever work in progress becomes void: its event then no longer matches.
    pub(crate) incarnation: u32,
    pub(crate) line: VecDeque<Work<P::Timer>>,
    /// Whether it is working or waiting for its disk.
    pub(crate) busy: bool,
    pub(crate) held: Option<Held<P>>,
    pub(crate) worked: Span,
    pub(crate) random: Random,
}

impl<P: Protocol> Node<P> {
    pub(crate) fn new(setup: &Setup, id: NodeId, parameters: &[u64]) -> Self {
        Self {
            setup: setup.nodes[id.index()].clone(),
            parameters: parameters.to_vec(),
            replica: None,
            disk: P::Stable::default(),
            paused: false,
            incarnation: 0,
            line: VecDeque::new(),
            busy: false,
            held: None,
            worked: Span::ZERO,
            random: stream(setup.seed, Purpose::Node, id.0, 0),
        }
    }

    pub(crate) fn status(&self) -> Status {
        match (&self.replica, self.paused) {
            (None, _) => Status::Down,
            (Some(_), true) => Status::Paused,
            (Some(_), false) => Status::Up,
        }
    }

    /// What the node's own clock shows at a true time; it never shows less than zero.
    pub(crate) fn clock(&self, now: Time) -> Time {
        Time(now.0.saturating_add_signed(self.setup.clock_skew_ns))
    }
}
