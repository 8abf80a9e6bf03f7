//! What is left out of the space-time diagram when there is more to draw than there are pixels.
//!
//! Events of one line that share a pixel are one dot, that of most weight. Of messages, those whose number is a multiple of a
//! power of two are drawn, so that the same ones stay while the window moves.

use std::ops::Range;

use netsplit_sim::ids::{EventId, MessageId};
use netsplit_sim::trace::EventKind;

use super::picture::{Arrow, Dot, Role, Shape, Subject, Tip};
use crate::flights::outline;
use crate::geometry::Point;

/// The most messages that are drawn with both ends.
pub(super) const ARROWS: usize = 900;
/// The most messages that are looked at for one picture.
const LOOKED_AT: u32 = 12_000;
/// The most events that are compared for one pixel.
const COMPARED: usize = 12;

/// Something that can stand for others.
pub(super) trait Mark {
    /// What counts when several share a pixel.
    fn weight(&self) -> (bool, Shape);
}

/// Adds marks to a picture.
pub(super) struct Thinned<'a, 'b> {
    pub(super) subject: &'a Subject<'b>,
    pub(super) y: &'a dyn Fn(usize) -> f64,
    /// The events that are in view.
    pub(super) events: Range<u32>,
}

impl Thinned<'_, '_> {
    /// Adds the messages that have ended; says how many are left out, and of how many one is drawn.
    pub(super) fn arrows(&mut self, into: &mut Vec<Arrow>) -> (usize, u32) {
        let index = self.subject.index;
        let sent = index.sent_in(self.events.clone());
        let mut seen: Vec<u32> = Vec::new();
        index.reaching(sent.start, self.events.start, |message| {
            if self.is_shown(message) {
                seen.push(message);
            }
        });
        let stride = (sent.len() as u32 / LOOKED_AT + 1).next_power_of_two();
        let first = sent.start.next_multiple_of(stride);
        let looked_at = (first..sent.end).step_by(stride as usize);
        seen.extend(looked_at.filter(|message| self.is_shown(*message)));
        let keep = (seen.len().div_ceil(ARROWS) as u32).max(1).next_power_of_two() * stride;
        let keep = if seen.len() <= ARROWS { stride } else { keep };
        let mut drawn = 0;
        for message in &seen {
            let is_selected = self.subject.selected_message == Some(MessageId(*message));
            if message % keep == 0 || seen.len() <= ARROWS || is_selected {
                drawn += 1;
                self.add(*message, into);
            }
        }
        if let Some(message) = self.subject.selected_message
            && stride > 1
            && message.0 % stride != 0
        {
            self.add(message.0, into);
        }
        (seen.len() * stride as usize - drawn, keep)
    }

    fn is_shown(&self, message: u32) -> bool {
        let sent = self.subject.index.sent(MessageId(message));
        sent.is_some_and(|sent| !(self.subject.hides)(sent.0))
    }

    /// A message has an arrow for each of its ends.
    fn add(&self, message: u32, into: &mut Vec<Arrow>) {
        let subject = self.subject;
        let Some(sent) = subject.index.sent(MessageId(message)) else { return };
        let Some(event) = subject.trace.get(sent.index()) else { return };
        let EventKind::Sent { from, to, label, .. } = event.kind else { return };
        let (y_from, y_to) =
            ((self.y)(usize::from(subject.index.line(from))), (self.y)(usize::from(subject.index.line(to))));
        for end in subject.index.ends(message) {
            let Some(last) = subject.trace.get(end as usize) else { continue };
            let is_lost = matches!(last.kind, EventKind::Dropped { .. });
            let begin = Point::new(subject.window.x(event.at), y_from);
            // A message that is lost when it is sent, or by the way, ends between the lines: nobody knows where.
            let share = match is_lost {
                true if last.at == event.at => 0.35,
                true => 0.75,
                false => 1.0,
            };
            let stub = if is_lost && last.at == event.at { 10.0 } else { 0.0 };
            let tip = Point::new(subject.window.x(last.at) + stub, y_from + (y_to - y_from) * share);
            let arrow = Arrow {
                message: MessageId(message),
                from: begin,
                to: tip,
                tip: if is_lost { Tip::Lost } else { Tip::Arrived },
                outline: outline(label),
                role: subject.arrow_role(MessageId(message), sent.0, (!is_lost).then_some(end)),
            };
            into.extend(subject.clipped(arrow));
        }
    }

    /// Adds the events on every line.
    pub(super) fn dots(&mut self, into: &mut Vec<Dot>) {
        let subject = self.subject;
        let pixel = subject.window.pixel_ns();
        for line in 0..subject.index.count() {
            let events = subject.index.of_line(line);
            let mut next = events.partition_point(|event| *event < self.events.start);
            let last = events.partition_point(|event| *event < self.events.end);
            while next < last {
                let begin = subject.trace[events[next] as usize].at.0;
                let until = begin.saturating_add(pixel as u64);
                let mut best: Option<Dot> = None;
                let mut looked_at = 0;
                while next < last
                    && looked_at < COMPARED
                    && subject.trace[events[next] as usize].at.0 <= until
                {
                    looked_at += 1;
                    if !(subject.hides)(events[next])
                        && let Some(dot) = subject.dot(events[next], self.y)
                        && best.is_none_or(|best| best.weight() <= dot.weight())
                    {
                        best = Some(dot);
                    }
                    next += 1;
                }
                // Nearly always there is one more event in this pixel, or none: leap only if there are many.
                if looked_at == COMPARED {
                    next += leap(&events[next..last], |event| subject.trace[event as usize].at.0 <= until);
                }
                into.extend(best);
            }
        }
        if let Some(EventId(event)) = subject.selected
            && self.events.contains(&event)
            && !into.iter().any(|dot| dot.event.0 == event)
        {
            into.extend(subject.dot(event, self.y).map(|dot| Dot { role: Role::Selected, ..dot }));
        }
    }
}

/// How many events at the beginning fulfil something that the later ones do not: in steps that double, then by halves.
fn leap(events: &[u32], holds: impl Fn(u32) -> bool) -> usize {
    let mut reach = 1;
    while reach < events.len() && holds(events[reach]) {
        reach *= 2;
    }
    let reach = (reach + 1).min(events.len());
    events[..reach].partition_point(|event| holds(*event))
}

#[cfg(test)]
mod tests {
    use super::leap;

    #[test]
    fn a_leap_ends_where_a_walk_would() {
        let events: Vec<u32> = (0..1_000).collect();
        for end in [0, 1, 2, 3, 7, 8, 9, 500, 999, 1_000, 2_000] {
            assert_eq!(leap(&events, |event| event < end), (end as usize).min(1_000));
        }
        assert_eq!(leap(&[], |_| true), 0);
    }
}
