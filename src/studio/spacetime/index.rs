//! What the space-time diagram knows of the record, kept while the record grows: the events of every line, where every
//! message was sent and where it ended, and which events are routine. So a picture costs what is in view, however long
//! the run is.
//!
//! **Routine** is decided from the record, not from names. A timer of a node is routine if it set itself: its cause,
//! followed back to the last timer or operation, is the same timer of the same node, and no operation that it began with
//! is still waiting. Everything that follows from it up to the next timer is its round: the heartbeats that it sends and the
//! answers to these. A round that comes to something is no routine: a copy shows a value, the protocol notes
//! something, or a client learns something. A timer that sends an unfinished operation again is none either.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::history::{History, QueryId};
use netsplit_sim::ids::{EventId, MessageId, OpId, Site, SiteKind};
use netsplit_sim::trace::{Event, EventKind};

use crate::causality::{NOWHERE, site_of};

/// No event, no message, no origin.
pub(crate) const NONE: u32 = u32::MAX;
/// Marks an origin that is an operation or a query; the rest is the event that called it.
const CALLED: u32 = 1 << 31;
/// Messages are looked through in blocks of so many.
const BLOCK: usize = 256;

/// The index of a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    nodes: usize,
    /// The line of each event.
    lines: Vec<u16>,
    /// What each event goes back to: the number of a timer's event, or [`CALLED`] and that of a call. For a timer's event:
    /// the call that its chain of timers began with.
    origin: Vec<u32>,
    /// The timers that are routine.
    beats: BTreeSet<u32>,
    /// Timers whose round came to something, and the first event that did.
    news: BTreeMap<u32, u32>,
    /// The events of each line, in order.
    of_line: Vec<Vec<u32>>,
    /// By message: the event of its sending.
    sent: Vec<u32>,
    /// By message: its first end.
    ends: Vec<u32>,
    /// Further ends of messages that were doubled.
    more: BTreeMap<u32, Vec<u32>>,
    /// By block of messages: the latest end.
    reach: Vec<u32>,
    /// Messages without an end.
    open: BTreeSet<u32>,
    /// The shortest that the record was since the last look.
    shortest: usize,
    /// Counts the times that the record lost events.
    generation: u64,
}

impl Index {
    /// Forgets everything: the run has another past.
    pub(crate) fn forget(&mut self) {
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }

    /// The record has this length now. What it lost meanwhile is lost here at the next look.
    pub(crate) fn saw(&mut self, length: usize) {
        self.shortest = self.shortest.min(length);
    }

    /// Takes in what is new.
    pub(crate) fn follow(&mut self, trace: &[Event], history: &History, nodes: usize, clients: usize) {
        if self.nodes != nodes || self.of_line.len() != nodes + clients {
            self.forget();
            self.nodes = nodes;
            self.of_line = vec![Vec::new(); nodes + clients];
        }
        let kept = self.shortest.min(trace.len());
        if kept < self.lines.len() {
            self.cut(kept as u32);
        }
        for (index, event) in trace.iter().enumerate().skip(self.lines.len()) {
            self.add(index as u32, event, trace, history);
        }
        self.shortest = self.lines.len();
    }

    fn cut(&mut self, length: u32) {
        let keep = length as usize;
        self.generation += 1;
        self.lines.truncate(keep);
        self.origin.truncate(keep);
        self.beats.retain(|timer| *timer < length);
        self.news.retain(|timer, first| *timer < length && *first < length);
        for events in &mut self.of_line {
            events.truncate(events.partition_point(|event| *event < length));
        }
        let messages = self.sent.partition_point(|event| *event < length);
        self.sent.truncate(messages);
        self.ends.truncate(messages);
        for (message, ends) in &mut self.more {
            ends.retain(|end| *end < length && (*message as usize) < messages);
        }
        self.more.retain(|_, ends| !ends.is_empty());
        self.reach.clear();
        self.open.clear();
        for message in 0..messages as u32 {
            let end = &mut self.ends[message as usize];
            if *end != NONE && *end >= length {
                *end = NONE;
            }
            if *end == NONE {
                self.open.insert(message);
            } else {
                let end = *end;
                self.reached(message, end);
            }
        }
        let further: Vec<(u32, u32)> =
            self.more.iter().flat_map(|(message, ends)| ends.iter().map(|end| (*message, *end))).collect();
        for (message, end) in further {
            self.reached(message, end);
        }
    }

    fn add(&mut self, id: u32, event: &Event, trace: &[Event], history: &History) {
        let line = site_of(event.kind, history).map_or(NOWHERE, |site| self.line(site));
        self.lines.push(line);
        if let Some(events) = self.of_line.get_mut(usize::from(line)) {
            events.push(id);
        }
        let origin = self.origin_of(id, event, trace, history);
        self.origin.push(origin);
        match event.kind {
            EventKind::Sent { message, .. } if message.0 as usize == self.sent.len() => {
                self.sent.push(id);
                self.ends.push(NONE);
                self.open.insert(message.0);
            }
            EventKind::Delivered { message, .. } | EventKind::Dropped { message, .. } => {
                self.end(message.0, id);
            }
            _ => {}
        }
        let comes_to_something = matches!(
            event.kind,
            EventKind::Visible { .. }
                | EventKind::Noted { .. }
                | EventKind::Returned { .. }
                | EventKind::Told { .. }
                | EventKind::Retried { .. }
        );
        if comes_to_something && origin < CALLED {
            self.news.entry(origin).or_insert(id);
        }
    }

    fn origin_of(&mut self, id: u32, event: &Event, trace: &[Event], history: &History) -> u32 {
        let cause = event.cause.0;
        let inherited = match trace.get(cause as usize).map(|cause| cause.kind) {
            Some(EventKind::TimerFired { .. }) => cause,
            Some(_) => self.origin.get(cause as usize).copied().unwrap_or(NONE),
            None => NONE,
        };
        match event.kind {
            EventKind::Invoked { .. } | EventKind::Asked { .. } => CALLED | id,
            EventKind::TimerFired { node, label } => {
                if inherited >= CALLED {
                    return inherited;
                }
                let before = trace.get(inherited as usize).map(|event| event.kind);
                if before != Some(EventKind::TimerFired { node, label }) {
                    return NONE;
                }
                // The same timer of the same node again.
                let root = self.origin[inherited as usize];
                if !is_pending(root, id, trace, history) {
                    self.beats.insert(id);
                }
                root
            }
            _ => inherited,
        }
    }

    fn end(&mut self, message: u32, id: u32) {
        let Some(end) = self.ends.get_mut(message as usize) else { return };
        if *end == NONE {
            *end = id;
        } else {
            self.more.entry(message).or_default().push(id);
        }
        self.open.remove(&message);
        self.reached(message, id);
    }

    fn reached(&mut self, message: u32, end: u32) {
        let block = message as usize / BLOCK;
        if self.reach.len() <= block {
            self.reach.resize(block + 1, 0);
        }
        self.reach[block] = self.reach[block].max(end);
    }

    /// The line of a site: nodes first.
    pub(crate) fn line(&self, site: Site) -> u16 {
        match site.kind() {
            SiteKind::Node(node) => node.0,
            SiteKind::Client(client) => self.nodes as u16 + client.0,
        }
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> usize {
        self.of_line.len()
    }

    /// The line of each event.
    pub(crate) fn lines(&self) -> &[u16] {
        &self.lines
    }

    /// The line of an event.
    pub(crate) fn line_of(&self, event: u32) -> u16 {
        self.lines.get(event as usize).copied().unwrap_or(NOWHERE)
    }

    /// The events of a line, in order.
    pub(crate) fn of_line(&self, line: usize) -> &[u32] {
        self.of_line.get(line).map_or(&[], Vec::as_slice)
    }

    /// Changes whenever the record lost events.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether an event is routine.
    pub(crate) fn is_routine(&self, event: u32) -> bool {
        let round = if self.beats.contains(&event) {
            event
        } else {
            match self.origin.get(event as usize) {
                Some(origin) if *origin < CALLED => *origin,
                _ => return false,
            }
        };
        self.beats.contains(&round) && !self.news.contains_key(&round)
    }

    /// The event of a message's sending.
    pub(crate) fn sent(&self, message: MessageId) -> Option<EventId> {
        self.sent.get(message.0 as usize).map(|event| EventId(*event))
    }

    /// The ends of a message.
    pub(crate) fn ends(&self, message: u32) -> impl Iterator<Item = u32> {
        let first = self.ends.get(message as usize).copied().filter(|end| *end != NONE);
        first.into_iter().chain(self.more.get(&message).into_iter().flatten().copied())
    }

    /// The messages that were sent by these events, as a range of numbers.
    pub(crate) fn sent_in(&self, events: std::ops::Range<u32>) -> std::ops::Range<u32> {
        let place = |event| self.sent.partition_point(|sent| *sent < event) as u32;
        place(events.start)..place(events.end)
    }

    /// The messages that were sent before the message `first` and ended at the event `since` or later.
    pub(crate) fn reaching(&self, first: u32, since: u32, mut found: impl FnMut(u32)) {
        for (block, reach) in self.reach.iter().enumerate() {
            let begin = (block * BLOCK) as u32;
            if begin >= first {
                break;
            }
            if *reach >= since {
                for message in begin..first.min(begin + BLOCK as u32) {
                    if self.ends(message).any(|end| end >= since) {
                        found(message);
                    }
                }
            }
        }
    }

    /// The messages that have no end yet.
    pub(crate) fn open(&self) -> impl Iterator<Item = u32> {
        self.open.iter().copied()
    }
}

/// Whether the operation or query that was called by an event had not come to its end at another.
fn is_pending(root: u32, at: u32, trace: &[Event], history: &History) -> bool {
    if root == NONE || root < CALLED {
        return false;
    }
    let op = |OpId(op): OpId| history.operations.get(op as usize).map(|operation| operation.returned_event);
    let query =
        |QueryId(query): QueryId| history.queries.get(query as usize).map(|query| query.returned_event);
    let returned = match trace.get((root & !CALLED) as usize).map(|event| event.kind) {
        Some(EventKind::Invoked { op: id }) => op(id),
        Some(EventKind::Asked { query: id }) => query(id),
        _ => None,
    };
    // An end that is not known yet comes later.
    returned.is_none_or(|returned| returned.0 >= at)
}
