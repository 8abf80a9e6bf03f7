//! What could have influenced what: happened-before, after Lamport, *Time, clocks, and the ordering of events in a
//! distributed system* (1978).
//!
//! An event happened before another if it came earlier on the same line, or is the sending of a message of which the
//! other is the receipt, or if a chain of such steps leads from the one to the other. Two events of which neither happened
//! before the other are concurrent: neither could know of the other, whatever a clock on the wall says.
//!
//! In the record, the order on a line is the order of its events, and every other step is the event's `cause`: a receipt's
//! cause is the sending. (Most causes are on the line itself, and say nothing new.) What happens on no line, such as the loss
//! of a message or a step of the script, is after its cause and before what it caused, and has no order of its own.
//!
//! The past of an event is, on each line, everything up to some event: its frontier. The future is everything from some
//! event on. So both fit into one number for each line, found in one pass over the record, and whether an event belongs
//! to them is one comparison. This is the vector clock (Fidge 1988; Mattern 1989) of a single event.

use netsplit_sim::history::History;
use netsplit_sim::ids::{EventId, Site};
use netsplit_sim::trace::{Event, EventKind};

/// The line of an event that happens on none.
pub const NOWHERE: u16 = u16::MAX;

/// How one event is related to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the very same.
    Same,
    /// It happened before: word of it may have come to the other.
    Before,
    /// It happened after: word of the other may have come to it.
    After,
    /// Neither could know of the other.
    Concurrent,
}

/// The node or client on whose line an event is.
#[must_use]
pub fn site_of(kind: EventKind, history: &History) -> Option<Site> {
    match kind {
        EventKind::Sent { from, .. } => Some(from),
        EventKind::Delivered { to, .. } => Some(to),
        EventKind::TimerFired { node, .. }
        | EventKind::Visible { node, .. }
        | EventKind::Started { node }
        | EventKind::Noted { node, .. }
        | EventKind::Hiccup { node, .. } => Some(node.into()),
        EventKind::Invoked { op } | EventKind::Retried { op, .. } | EventKind::Returned { op } => {
            history.operations.get(op.index()).map(|operation| operation.client.into())
        }
        EventKind::Asked { query } | EventKind::Told { query } => {
            history.queries.get(query.0 as usize).map(|query| query.client.into())
        }
        EventKind::Dropped { .. }
        | EventKind::Held { .. }
        | EventKind::Released { .. }
        | EventKind::Acted { .. } => None,
    }
}

/// The causal past and future of one event, in a record that may still grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Causality {
    anchor: EventId,
    /// By line: the past has the events with smaller numbers than this.
    past: Vec<u32>,
    /// By line: the future has the events from this one on.
    future: Vec<u32>,
    /// Events on no line that belong to the past or to the future, in order.
    outside: Vec<u32>,
    /// How much of the record was looked at.
    seen: usize,
    /// How many events on lines are before it, after it, and in all but itself.
    before: usize,
    after: usize,
    all: usize,
}

impl Causality {
    /// The past and future of an event. `lines` says of each event of the record on which of `count` lines it is.
    #[must_use]
    pub fn of(trace: &[Event], lines: &[u16], count: usize, anchor: EventId) -> Self {
        let mut causality = Self {
            anchor,
            past: vec![0; count],
            future: vec![u32::MAX; count],
            outside: Vec::new(),
            seen: 0,
            before: 0,
            after: 0,
            all: 0,
        };
        if anchor.index() < trace.len() {
            causality.look_back(trace, lines);
            causality.follow(trace, lines);
        }
        causality
    }

    /// Backwards, every event is met after everything that it led to. So when it is met it is known whether it belongs
    /// to the past, and the past then also has its cause and what is before that on the cause's line.
    fn look_back(&mut self, trace: &[Event], lines: &[u16]) {
        let anchor = self.anchor.0;
        let line = line_of(lines, anchor);
        if let Some(bound) = self.past.get_mut(usize::from(line)) {
            *bound = anchor;
        }
        if let Some(first) = self.future.get_mut(usize::from(line)) {
            *first = anchor + 1;
        }
        self.add_cause(trace, lines, anchor);
        for event in (0..anchor).rev() {
            let line = line_of(lines, event);
            let is_past = match self.past.get(usize::from(line)) {
                Some(bound) => event < *bound,
                None => self.outside.binary_search(&event).is_ok(),
            };
            self.all += usize::from(line != NOWHERE);
            if is_past {
                self.before += usize::from(line != NOWHERE);
                self.add_cause(trace, lines, event);
            }
        }
        self.seen = self.anchor.index() + 1;
    }

    fn add_cause(&mut self, trace: &[Event], lines: &[u16], of: u32) {
        let Some(cause) = trace.get(of as usize).map(|event| event.cause.0).filter(|cause| *cause < of)
        else {
            return;
        };
        match self.past.get_mut(usize::from(line_of(lines, cause))) {
            Some(bound) => *bound = (*bound).max(cause + 1),
            None => {
                if let Err(place) = self.outside.binary_search(&cause) {
                    self.outside.insert(place, cause);
                }
            }
        }
    }

    /// Takes in what the record has got since.
    pub fn follow(&mut self, trace: &[Event], lines: &[u16]) {
        for (index, event) in trace.iter().enumerate().skip(self.seen) {
            let id = index as u32;
            let line = line_of(lines, id);
            let first = self.future.get(usize::from(line)).copied();
            self.all += usize::from(first.is_some());
            if first.is_some_and(|first| first <= id) {
                self.after += 1;
            } else if self.leads_to(lines, event.cause) {
                match self.future.get_mut(usize::from(line)) {
                    Some(first) => {
                        *first = id;
                        self.after += 1;
                    }
                    None => self.outside.push(id),
                }
            }
        }
        self.seen = self.seen.max(trace.len());
    }

    /// Whether what this event caused belongs to the future.
    fn leads_to(&self, lines: &[u16], cause: EventId) -> bool {
        cause == self.anchor
            || (cause != EventId::NONE
                && cause > self.anchor
                && self.relation(cause, line_of(lines, cause.0)) == Relation::After)
    }

    /// How an event on this line is related to the one that this is about.
    #[must_use]
    pub fn relation(&self, event: EventId, line: u16) -> Relation {
        if event == self.anchor {
            return Relation::Same;
        }
        let line = usize::from(line);
        let outside = || self.outside.binary_search(&event.0).is_ok();
        if event < self.anchor {
            let is_past = self.past.get(line).map_or_else(outside, |bound| event.0 < *bound);
            return if is_past { Relation::Before } else { Relation::Concurrent };
        }
        let is_future = self.future.get(line).map_or_else(outside, |first| event.0 >= *first);
        if is_future { Relation::After } else { Relation::Concurrent }
    }

    /// The event that it is about.
    #[must_use]
    pub fn anchor(&self) -> EventId {
        self.anchor
    }

    /// How much of the record was looked at.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// How many events on lines happened before it.
    #[must_use]
    pub fn before(&self) -> usize {
        self.before
    }

    /// How many events on lines happened after it.
    #[must_use]
    pub fn after(&self) -> usize {
        self.after
    }

    /// How many events on lines are concurrent with it.
    #[must_use]
    pub fn concurrent(&self) -> usize {
        self.all.saturating_sub(self.before + self.after)
    }

    /// The counts in words.
    #[must_use]
    pub fn words(&self) -> String {
        let events = |count: usize| crate::units::count(count as u64, "event");
        let are = if self.concurrent() == 1 { "is" } else { "are" };
        format!(
            "{} before it could have influenced it, {} after it may depend on it, {} {are} concurrent: neither could \
             know of the other.",
            events(self.before),
            crate::units::grouped(self.after as f64),
            crate::units::grouped(self.concurrent() as f64),
        )
    }
}

fn line_of(lines: &[u16], event: u32) -> u16 {
    lines.get(event as usize).copied().unwrap_or(NOWHERE)
}

#[cfg(test)]
mod tests {
    use netsplit_sim::time::Time;

    use super::*;

    /// A generator of numbers that is good enough for small traces.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % end
        }
    }

    /// A trace with arbitrary causes on some lines, and some events on none.
    fn random(seed: u64, length: usize, count: u16) -> (Vec<Event>, Vec<u16>) {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut lines = Vec::new();
        let mut trace = Vec::new();
        for index in 0..length as u64 {
            let line = dice.below(u64::from(count) + 1) as u16;
            lines.push(if line == count { NOWHERE } else { line });
            let cause = match dice.below(4) {
                0 => EventId::NONE,
                _ if index == 0 => EventId::NONE,
                _ => EventId(dice.below(index) as u32),
            };
            trace.push(Event { at: Time(index), cause, kind: EventKind::Acted { index: 0 } });
        }
        (trace, lines)
    }

    /// Who happened before whom, by trying every step again and again.
    fn closure(trace: &[Event], lines: &[u16]) -> Vec<Vec<bool>> {
        let length = trace.len();
        let mut before = vec![vec![false; length]; length];
        for later in 0..length {
            for earlier in 0..later {
                let on_line = lines[earlier] != NOWHERE && lines[earlier] == lines[later];
                before[earlier][later] = on_line || trace[later].cause.0 as usize == earlier;
            }
        }
        for middle in 0..length {
            for earlier in 0..length {
                for later in 0..length {
                    before[earlier][later] |= before[earlier][middle] && before[middle][later];
                }
            }
        }
        before
    }

    #[test]
    fn frontiers_say_what_the_transitive_closure_says() {
        for seed in 0..150 {
            let (trace, lines) = random(seed, 12 + seed as usize % 24, 2 + (seed % 4) as u16);
            let before = closure(&trace, &lines);
            for anchor in 0..trace.len() {
                // Looked at when it was new, and followed while the record grew.
                let mut causality =
                    Causality::of(&trace[..=anchor], &lines[..=anchor], 6, EventId(anchor as u32));
                causality.follow(&trace, &lines);
                let mut counts = [0; 3];
                for event in 0..trace.len() {
                    let expected = if event == anchor {
                        Relation::Same
                    } else if before[event][anchor] {
                        Relation::Before
                    } else if before[anchor][event] {
                        Relation::After
                    } else {
                        Relation::Concurrent
                    };
                    let found = causality.relation(EventId(event as u32), lines[event]);
                    assert_eq!(found, expected, "seed {seed}: {event} against {anchor}");
                    if lines[event] != NOWHERE {
                        match found {
                            Relation::Before => counts[0] += 1,
                            Relation::After => counts[1] += 1,
                            Relation::Concurrent => counts[2] += 1,
                            Relation::Same => {}
                        }
                    }
                }
                let told = [causality.before(), causality.after(), causality.concurrent()];
                assert_eq!(told, counts, "seed {seed}, anchor {anchor}");
                let at_once = Causality::of(&trace, &lines, 6, EventId(anchor as u32));
                assert_eq!(at_once, causality, "following is the same as looking at once");
            }
        }
    }

    #[test]
    fn an_event_that_is_not_in_the_record_has_no_past() {
        let causality = Causality::of(&[], &[], 3, EventId::NONE);
        assert_eq!((causality.before(), causality.after(), causality.concurrent()), (0, 0, 0));
    }

    #[test]
    fn the_words_count() {
        let (trace, lines) = random(3, 30, 3);
        let causality = Causality::of(&trace, &lines, 3, EventId(12));
        let words = causality.words();
        assert!(words.contains("before it could have influenced it"), "{words}");
        assert!(words.ends_with("neither could know of the other."), "{words}");
    }
}
