//! The space-time diagram in words: what is in view, what is selected, and what that has to do with the rest.

use netsplit_sim::ids::EventId;

use super::Told;
use super::picture::{Picture, Role, Shape};
use crate::selection::Selected;
use crate::stage::Target;
use crate::studio::Studio;
use crate::units;
use crate::words;

/// The most events that are told in words: the latest in view, or those around the selected one.
const TOLD: usize = 24;

impl Studio {
    pub(super) fn spacetime_summary(&self, picture: &Picture) -> String {
        let lines = units::count(picture.lines.len() as u64, "line");
        let window = self.spacetime.window.words();
        let messages = units::count(picture.arrows.len() as u64, "message");
        let events = units::count(picture.dots.len() as u64, "event");
        format!("{window}: {lines}, {events} and {messages} drawn.")
    }

    pub(super) fn spacetime_note(&self, picture: &Picture) -> String {
        if let Some(eyes) = self.attention.eyes {
            let node = self.names.node(eyes);
            return format!("Through the eyes of {node}: only what {node} itself notices.");
        }
        if self.session.machine().trace().is_empty() {
            return "Nothing has happened yet. Play the run.".to_owned();
        }
        if picture.left_out > 0 {
            let messages = units::count(picture.left_out as u64, "more message");
            return format!("{messages} in view not drawn: look closer to see all.");
        }
        String::new()
    }

    /// What is selected.
    pub(super) fn told_selection(&self) -> String {
        let machine = self.session.machine();
        let (trace, history, about) = (machine.trace(), machine.history(), self.session.about());
        match self.selected {
            Some(Selected::Event(id)) => match trace.get(id.index()) {
                Some(event) if self.is_in_sight(event) => self.words_of(id),
                Some(_) => String::new(),
                None => "The selected event is not in the record: it comes after the playhead.".to_owned(),
            },
            Some(Selected::Message(message) | Selected::Target(Target::Message(message))) => {
                let sent = self.spacetime.index.sent(message);
                let sent = sent.and_then(|sent| trace.get(sent.index()));
                sent.filter(|sent| self.is_in_sight(sent)).map_or_else(String::new, |sent| {
                    let words = words::event(sent, trace, history, about, &self.names);
                    let last = self.spacetime.index.ends(message.0).last();
                    let last = last.and_then(|end| trace.get(end as usize)).map_or_else(
                        || "it has not been handled yet".to_owned(),
                        |end| {
                            let words = words::event(end, trace, history, about, &self.names);
                            format!("{}: {words}", units::playhead(end.at))
                        },
                    );
                    format!("{}: {words}. {last}.", units::playhead(sent.at))
                })
            }
            Some(Selected::Operation(op)) if self.attention.eyes.is_none() => {
                let operation = history.operations.get(op.index());
                operation.map_or_else(String::new, |operation| {
                    let words = words::outcome(operation, history, &self.names);
                    format!("{}: {words}.", units::playhead(operation.invoked))
                })
            }
            _ => String::new(),
        }
    }

    fn words_of(&self, id: EventId) -> String {
        let machine = self.session.machine();
        let Some(event) = machine.trace().get(id.index()) else { return String::new() };
        let about = self.session.about();
        let words = words::event(event, machine.trace(), machine.history(), about, &self.names);
        format!("{}: {words}.", units::playhead(event.at))
    }

    /// What the selected thing has to do with the rest.
    pub(super) fn causes_words(&self, picture: &Picture) -> String {
        match (self.selected, self.spacetime.causality.as_slice()) {
            (Some(Selected::Operation(_)), [_, _]) => {
                let between = picture.dots.iter().filter(|dot| dot.role == Role::Between).count();
                let events = units::count(between as u64, "event");
                let verb = if between == 1 { "lies" } else { "lie" };
                format!(
                    "Between its call and its answer {verb} {events} in view: what depends on the one and led to the other."
                )
            }
            (Some(Selected::Operation(_)), [_]) => "It has no answer yet.".to_owned(),
            (_, [causality, ..]) => causality.words(),
            _ => String::new(),
        }
    }

    /// Some events in view, in the order of the record.
    pub(super) fn spacetime_told(&self, picture: &Picture) -> Vec<Told> {
        // While the run plays nobody could follow a list that changes all the time.
        if self.playing {
            return Vec::new();
        }
        let mut events: Vec<(EventId, Shape)> =
            picture.dots.iter().map(|dot| (dot.event, dot.shape)).collect();
        if events.len() > 4 * TOLD {
            events.retain(|(_, shape)| *shape != Shape::Speck);
        }
        events.sort_unstable();
        let chosen = self.selected_event().map(|(id, _)| id);
        let place = chosen.map_or(events.len(), |id| events.partition_point(|(event, _)| *event < id));
        let end = (place + TOLD / 2).min(events.len());
        let begin = end.saturating_sub(TOLD);
        let tell = |(event, _): &(EventId, Shape)| Told {
            event: *event,
            text: self.words_of(*event),
            selected: Some(*event) == chosen,
        };
        events[begin..end].iter().map(tell).collect()
    }
}
