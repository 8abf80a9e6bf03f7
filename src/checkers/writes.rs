//! What is known of the writes of a history that grows: who may have written a value, and since when it
//! has surely been in effect.
//!
//! The session guarantees and lost writes are about *older* and *newer* values, and so need an order of
//! the writes. A system's own order (log indices, timestamps) is hidden from its clients, so the checkers
//! use the one that any client could vouch for: A is **surely older** than B if A was in effect before
//! B was called. A write is in effect since its acknowledgement, or since somebody saw its value (a read
//! returned it, or a compare-and-set succeeded on it), whichever came first. The value that a key begins
//! with is older than every write. All else (writes that overlap, writes of unknown outcome that nobody
//! saw) is in no order, and no checker complains about it.
//!
//! That makes the checkers sound for every store that behaves like one copy: there, a write that took effect
//! before another was called stays behind it for ever. A store that orders writes by skewed clocks may disagree
//! with the real order; then a checker reports what the clients experienced.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::{Key, OpId, Value};

use crate::events::Event;
use crate::observation::{Call, Observation, Observations, Outcome};

/// The writes of all keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    keys: BTreeMap<Key, KeyWrites>,
}

/// The writes of one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyWrites {
    values: BTreeMap<Option<Value>, Vec<Writer>>,
    /// The updates that may have taken effect and are not surely in effect.
    unsettled: BTreeSet<OpId>,
    /// Whether it was appended to, so that a value does not name its write.
    appended: bool,
}

/// An operation that may have written a value.
#[derive(Clone, Copy, Debug)]
struct Writer {
    operation: OpId,
    invoked: u64,
    /// See [`Origin::in_effect`].
    in_effect: u64,
}

/// Where a value may have come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The earliest call among its writers; zero if the key may have begun with it.
    pub(crate) invoked: u64,
    /// The event from which on all its writers were surely in effect; zero for the value that a key begins
    /// with, and [`NEVER`] if that can't be told of one of them.
    pub(crate) in_effect: u64,
    /// Its writer, or one of them; `None` for the value that a key begins with.
    pub(crate) writer: Option<OpId>,
    /// Whether it may have come from several places, so that a read of it does not tell which write it saw.
    pub(crate) ambiguous: bool,
}

/// No event.
const NEVER: u64 = u64::MAX;

impl Origin {
    /// Whether a value was surely in effect before this event, wherever it came from. If an operation that
    /// wrote something else was called then, the value was surely older.
    pub(crate) fn is_before(&self, event: u64) -> bool {
        self.in_effect <= event && self.in_effect != NEVER
    }
}

impl Writes {
    /// Takes note of an event; events come in order. Of a call only the request is looked at.
    pub(crate) fn event(&mut self, observations: &Observations, event: Event) {
        let operation = &observations.operations[event.operation.index()];
        let is_reading = operation.call == Call::Read;
        if is_reading && !event.returns {
            return;
        }
        let key = self.keys.entry(operation.key).or_default();
        if event.returns {
            key.returned(operation, event.number);
        } else {
            key.called(operation);
        }
    }

    /// The writes of a key, if there are any.
    pub(crate) fn key(&self, key: Key) -> Option<&KeyWrites> {
        self.keys.get(&key)
    }

    /// Where a value of a key may have come from; `None` if nobody wrote it.
    pub(crate) fn origin(&self, key: Key, value: Option<Value>) -> Option<Origin> {
        match self.keys.get(&key) {
            Some(writes) => writes.origin(value),
            None => KeyWrites::default().origin(value),
        }
    }
}

impl KeyWrites {
    fn called(&mut self, operation: &Observation) {
        self.unsettled.insert(operation.id);
        let writer = Writer { operation: operation.id, invoked: operation.invoked, in_effect: NEVER };
        match operation.call.writes() {
            Some(value) => self.values.entry(value).or_default().push(writer),
            None => self.appended = true,
        }
    }

    fn returned(&mut self, operation: &Observation, event: u64) {
        match (operation.call, operation.outcome) {
            (Call::Read, Outcome::Read(value)) => self.saw(value, event),
            (Call::Cas { from, to }, Outcome::Done) => {
                self.saw(from, event);
                self.acknowledged(operation.id, to, event);
            }
            (Call::Write(value), Outcome::Done) => self.acknowledged(operation.id, value, event),
            (Call::Append(_), Outcome::Done) => {
                self.unsettled.remove(&operation.id);
            }
            (_, Outcome::Refused | Outcome::NotSwapped) => {
                self.unsettled.remove(&operation.id);
                if let Some(writers) = operation.call.writes().and_then(|value| self.values.get_mut(&value)) {
                    writers.retain(|writer| writer.operation != operation.id);
                }
            }
            _ => {}
        }
    }

    fn acknowledged(&mut self, operation: OpId, value: Option<Value>, event: u64) {
        self.unsettled.remove(&operation);
        let writers = self.values.get_mut(&value).into_iter().flatten();
        for writer in writers.filter(|writer| writer.operation == operation) {
            writer.in_effect = writer.in_effect.min(event.saturating_add(1));
        }
    }

    /// Somebody saw the value. If it has one writer only, that one is in effect.
    fn saw(&mut self, value: Option<Value>, event: u64) {
        if let Some([writer]) = self.values.get_mut(&value).map(Vec::as_mut_slice)
            && value.is_some()
        {
            writer.in_effect = writer.in_effect.min(event.saturating_add(1));
            self.unsettled.remove(&writer.operation);
        }
    }

    /// Whether every update called so far, but this one, is surely in effect.
    pub(crate) fn is_settled_but(&self, operation: OpId) -> bool {
        self.unsettled.iter().all(|&unsettled| unsettled == operation)
    }

    /// Whether it was appended to, so that a value does not name its write.
    pub(crate) fn is_appended(&self) -> bool {
        self.appended
    }

    /// Where a value may have come from; `None` if nobody wrote it.
    pub(crate) fn origin(&self, value: Option<Value>) -> Option<Origin> {
        let writers = self.values.get(&value).map_or(&[][..], Vec::as_slice);
        let is_first = value.is_none();
        if writers.is_empty() && !is_first {
            return None;
        }
        Some(Origin {
            invoked: if is_first { 0 } else { writers[0].invoked },
            in_effect: writers.iter().map(|writer| writer.in_effect).max().unwrap_or(0),
            writer: writers.first().map(|writer| writer.operation),
            ambiguous: writers.len() + usize::from(is_first) > 1,
        })
    }
}
