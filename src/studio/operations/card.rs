//! Why an operation got what it got, in words: when it was called and answered and by which node, what it returned, whose write
//! that value is, what else went on at the same time, and what a broken promise says of it.
//!
//! Every sentence is about this run. That an answer is out of date is said only where it is certain: a newer write was
//! acknowledged before the call, and was itself called after the write of what was returned had been acknowledged.

use netsplit_sim::history::{CallKind, History, Operation, Outcome};
use netsplit_sim::ids::{EventId, OpId, Site, Value};
use netsplit_sim::trace::EventKind;

use crate::studio::Studio;
use crate::units;
use crate::words;

/// The most operations on a key that are looked through, back from the one in question.
const LOOK_BACK: usize = 4_000;
/// The most concurrent operations that are named.
const NAMED: usize = 4;

/// An operation, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Which.
    pub op: OpId,
    /// What it is.
    pub title: String,
    /// What happened, sentence by sentence.
    pub lines: Vec<String>,
    /// The broken promises that it is part of: the promise, and how it is broken.
    pub broken: Vec<(&'static str, String)>,
    /// The write whose value it returned, to go on from here.
    pub source: Option<(OpId, String)>,
    /// The event of the call, and that of the answer.
    pub events: (EventId, Option<EventId>),
}

impl Studio {
    /// The selected operation, explained.
    pub(super) fn card(&mut self) -> Option<Card> {
        let op = self.selected_operation()?;
        let broken = self.witnesses();
        let history = self.session.machine().history();
        let operation = history.operations.get(op.index())?;
        let broken = broken.into_iter().filter(|(_, witness)| witness.operations.contains(&op));
        let title_of = |name: &str| netsplit_checkers::find(name).map_or("", |checker| checker.title);
        let broken = broken.map(|(name, witness)| (title_of(name), witness.sentence)).collect();
        let mut lines = vec![self.course(operation)];
        let source = self.add_result(operation, &mut lines);
        lines.extend(self.meanwhile(operation));
        Some(Card {
            op,
            title: format!("{}: {}", self.names.client(operation.client), words::call(operation.call)),
            lines,
            broken,
            source,
            events: (
                operation.invoked_event,
                operation.returned.is_some().then_some(operation.returned_event),
            ),
        })
    }

    /// When it was called and answered, and by whom.
    fn course(&self, operation: &Operation) -> String {
        let called = units::playhead(operation.invoked);
        let asked = self.names.node(operation.node);
        let Some(returned) = operation.returned else {
            return format!("Called at {called}; it asked {asked} first, and waits for an answer.");
        };
        let took = units::span(returned.since(operation.invoked));
        let at = units::playhead(returned);
        match self.answered_by(operation) {
            Some(site) if self.names.site(site) == asked => {
                format!("Called at {called}; {asked} answered, and the answer came at {at}, after {took}.")
            }
            Some(site) => {
                let other = self.names.site(site);
                format!(
                    "Called at {called}; it asked {asked} first, {other} answered, and that came at {at}, after {took}."
                )
            }
            None => format!("Called at {called}; it asked {asked} first and gave up at {at}, after {took}."),
        }
    }

    /// The node whose answer ended it; nobody, if its client gave up.
    fn answered_by(&self, operation: &Operation) -> Option<Site> {
        let trace = self.session.machine().trace();
        let returned = trace.get(operation.returned_event.index())?;
        match trace.get(returned.cause.index())?.kind {
            EventKind::Delivered { from, .. } => Some(from),
            _ => None,
        }
    }

    /// What came of it, and for a read whose write it was.
    fn add_result(&self, operation: &Operation, lines: &mut Vec<String>) -> Option<(OpId, String)> {
        let history = self.session.machine().history();
        let key = operation.call.key();
        let found = match operation.outcome {
            Outcome::Pending => return None,
            Outcome::Unknown(why) => {
                lines.push(format!("{}: whether it took effect, its client can never know.", capital(why)));
                return None;
            }
            Outcome::Refused(why) => {
                lines.push(format!("It was refused: {why}. So it surely had no effect."));
                return None;
            }
            Outcome::Written | Outcome::Swapped => {
                lines.push(
                    "It was acknowledged: it took effect at some moment between call and answer.".to_owned(),
                );
                return None;
            }
            Outcome::NotSwapped => {
                lines.push("It found another value than it expected, and wrote nothing.".to_owned());
                return None;
            }
            Outcome::Values(id) => {
                lines.push(format!("It returned {}.", words::values(history.values(id))));
                history.values(id).last().copied()
            }
            Outcome::Read(None) => {
                lines
                    .push("It returned nothing: the copy that answered had no write of this key.".to_owned());
                None
            }
            Outcome::Read(Some(value)) => Some(value),
        };
        let source = found.and_then(|value| self.versions.writer(key, value));
        if let Some(value) = found {
            lines.push(self.origin(operation, value, source));
        }
        if matches!(operation.outcome, Outcome::Read(_)) && !found.is_some_and(Value::is_forged) {
            lines.extend(self.newer(operation, source));
        }
        let name = |op: OpId| history.operations.get(op.index()).map(|write| words::call(write.call));
        source.and_then(|op| name(op).map(|words| (op, words)))
    }

    fn origin(&self, read: &Operation, value: Value, source: Option<OpId>) -> String {
        let history = self.session.machine().history();
        let told = words::value(value);
        if value.is_forged() {
            return "What it returned was made up by a node that lies: no client wrote it.".to_owned();
        }
        let Some(write) = source.and_then(|op| history.operations.get(op.index())) else {
            return format!("It returned {told}.");
        };
        let writer = self.names.client(write.client);
        let called = units::playhead(write.invoked);
        let acknowledged = match write.returned.filter(|_| write.outcome.is_success()) {
            Some(at) if write.returned_event < read.invoked_event => {
                let before = units::span(read.invoked.since(at));
                format!("acknowledged at {}, {before} before this call", units::playhead(at))
            }
            Some(at) => format!("acknowledged at {}, after this call", units::playhead(at)),
            None => "never acknowledged so far".to_owned(),
        };
        format!("It returned {told}: that is the write of {writer}, called at {called} and {acknowledged}.")
    }

    /// A write that was certainly newer than what was returned.
    fn newer(&self, read: &Operation, source: Option<OpId>) -> Option<String> {
        let history = self.session.machine().history();
        let source = source.and_then(|op| history.operations.get(op.index()));
        if source.is_some_and(|source| source.returned.is_none()) {
            return None;
        }
        let after = source.map(|source| source.returned_event);
        let write = self
            .before(read)
            .filter(|write| write.call.kind() == CallKind::Write && write.outcome == Outcome::Written)
            .filter(|write| write.returned_event < read.invoked_event)
            .find(|write| after.is_none_or(|after| after < write.invoked_event))?;
        let writer = self.names.client(write.client);
        let value = write.call.writes().map_or_else(String::new, words::value);
        let at = units::playhead(write.returned?);
        Some(format!(
            "It is out of date: {writer}’s newer write of {value} was acknowledged at {at}, before this read was called. \
             No word of it was in the answer."
        ))
    }

    /// The operations on the same key that were called before, the latest first.
    fn before<'a>(&'a self, operation: &Operation) -> impl Iterator<Item = &'a Operation> {
        let history: &History = self.session.machine().history();
        let of_key = self.operations.rows.of_key(operation.call.key());
        let end = of_key.partition_point(|op| *op < operation.id.0);
        of_key[..end].iter().rev().take(LOOK_BACK).filter_map(|op| history.operations.get(*op as usize))
    }

    /// What else went on with the key.
    fn meanwhile(&self, operation: &Operation) -> Option<String> {
        let history = self.session.machine().history();
        let end = operation.returned.map_or(EventId::NONE, |_| operation.returned_event);
        let overlaps = |other: &&Operation| {
            other.id != operation.id
                && other.invoked_event < end
                && (other.returned.is_none() || other.returned_event > operation.invoked_event)
        };
        let of_key = self.operations.rows.of_key(operation.call.key());
        let begin = of_key.partition_point(|op| *op <= operation.id.0);
        let later = of_key[begin..].iter().filter_map(|op| history.operations.get(*op as usize));
        let later = later.take_while(|other| other.invoked_event < end).take(LOOK_BACK).filter(overlaps);
        let mut others: Vec<&Operation> = self.before(operation).filter(overlaps).collect();
        others.reverse();
        others.extend(later);
        let key = words::key(operation.call.key());
        if others.is_empty() {
            return Some(format!("No other operation on {key} was under way meanwhile."));
        }
        let name = |other: &&Operation| {
            format!(
                "{} {}",
                self.names.client(other.client),
                match other.call.kind() {
                    CallKind::Read => "reading".to_owned(),
                    _ => format!("({})", words::call(other.call)),
                }
            )
        };
        let names: Vec<String> = others.iter().take(NAMED).map(name).collect();
        let more = match others.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("Concurrent with it on {key}: {}{more}.", names.join(", ")))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
