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
//!
//! All of this is about registers, whose values name their writes. Of a number that is added to only the sums are
//! kept, and of a set the insertions and removals of each element: what may have taken effect, and since when it
//! surely has. Which of these a key is ([`Nature`]), the calls decide that were not refused.

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
    /// How many calls of each kind were not refused.
    writes: u32,
    appends: u32,
    adds: u32,
    changes: u32,
    sums: Sums,
    elements: BTreeMap<Value, Element>,
}

/// What a key is, as far as the calls tell that were not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Only written to: its values name their writes.
    Register,
    /// Only added to.
    Number,
    /// A set: only insertions and removals.
    Set,
    /// A text that grows.
    Text,
    /// Several of these: what it holds does not tell which of the updates it saw.
    Mixed,
}

/// The additions to a number that may have taken effect.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// What was added in all, and
    pub(crate) up: i128,
    /// what was taken away, which is negative.
    pub(crate) down: i128,
    /// What of both was acknowledged.
    pub(crate) acknowledged: i128,
    /// The acknowledged additions, in the order of their returns.
    pub(crate) sure: Vec<OpId>,
    /// Those that may have taken effect or not.
    pub(crate) open: BTreeMap<OpId, i64>,
}

/// What was done to one element of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    /// The insertions that were not refused, in the order of their calls.
    pub(crate) insertions: Vec<Change>,
    /// The removals that were not refused, in the order of their calls.
    pub(crate) removals: Vec<Change>,
}

/// An insertion or removal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) operation: OpId,
    pub(crate) invoked: u64,
    /// The event of its acknowledgement; [`NEVER`] as long as there is none.
    acknowledged: u64,
}

impl Change {
    /// Whether it was acknowledged before this event.
    pub(crate) fn is_done_before(&self, event: u64) -> bool {
        self.acknowledged < event
    }

    /// Whether it was acknowledged.
    pub(crate) fn is_done(&self) -> bool {
        self.acknowledged != NEVER
    }
}

impl Element {
    /// Whether no removal can have come after this event: all were acknowledged before it.
    pub(crate) fn is_kept_from(&self, event: u64) -> bool {
        self.removals.iter().all(|removal| removal.is_done_before(event))
    }

    fn side(&mut self, call: Call) -> &mut Vec<Change> {
        if matches!(call, Call::Insert(_)) { &mut self.insertions } else { &mut self.removals }
    }
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
            key.returned(observations, operation, event.number);
        } else {
            key.called(operation);
        }
    }

    /// What a key is.
    pub(crate) fn nature(&self, key: Key) -> Nature {
        self.keys.get(&key).map_or(Nature::Register, KeyWrites::nature)
    }

    /// Every key that was written to.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (Key, &KeyWrites)> {
        self.keys.iter().map(|(&key, writes)| (key, writes))
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
        self.count(operation.call, 1);
        match operation.call {
            Call::Add(amount) => {
                self.sums.open.insert(operation.id, amount);
            }
            Call::Insert(element) | Call::Remove(element) => {
                let change =
                    Change { operation: operation.id, invoked: operation.invoked, acknowledged: NEVER };
                self.elements.entry(element).or_default().side(operation.call).push(change);
            }
            call => {
                let Some(value) = call.writes() else { return };
                let writer = Writer { operation: operation.id, invoked: operation.invoked, in_effect: NEVER };
                self.values.entry(value).or_default().push(writer);
            }
        }
    }

    /// Counts a call, or takes it back.
    fn count(&mut self, call: Call, by: i32) {
        let kind = match call {
            Call::Read => return,
            Call::Write(_) | Call::Cas { .. } => &mut self.writes,
            Call::Append(_) => &mut self.appends,
            Call::Add(amount) => {
                let side = if amount > 0 { &mut self.sums.up } else { &mut self.sums.down };
                *side += i128::from(amount) * i128::from(by);
                &mut self.adds
            }
            Call::Insert(_) | Call::Remove(_) => &mut self.changes,
        };
        *kind = kind.saturating_add_signed(by);
    }

    fn returned(&mut self, observations: &Observations, operation: &Observation, event: u64) {
        match (operation.call, operation.outcome) {
            (Call::Read, Outcome::Read(value)) => self.saw(value, event),
            (Call::Read, Outcome::Values(id)) => {
                observations.values_of(id).iter().for_each(|&value| self.saw(Some(value), event));
            }
            (Call::Cas { from, to }, Outcome::Done) => {
                self.saw(from, event);
                self.acknowledged(operation.id, to, event);
            }
            (Call::Write(value), Outcome::Done) => self.acknowledged(operation.id, value, event),
            (Call::Append(_), Outcome::Done) => {
                self.unsettled.remove(&operation.id);
            }
            (Call::Add(amount), Outcome::Done) => {
                self.unsettled.remove(&operation.id);
                self.sums.open.remove(&operation.id);
                self.sums.acknowledged += i128::from(amount);
                self.sums.sure.push(operation.id);
            }
            (Call::Insert(element) | Call::Remove(element), Outcome::Done) => {
                self.unsettled.remove(&operation.id);
                let changes = self.elements.entry(element).or_default().side(operation.call);
                for change in changes.iter_mut().filter(|change| change.operation == operation.id) {
                    change.acknowledged = event;
                }
            }
            (_, Outcome::Refused | Outcome::NotSwapped) => self.void(operation),
            _ => {}
        }
    }

    /// An update surely had no effect.
    fn void(&mut self, operation: &Observation) {
        self.unsettled.remove(&operation.id);
        // A compare-and-set that failed shows that the key is a register as well as one that did not.
        if operation.outcome == Outcome::Refused {
            self.count(operation.call, -1);
        }
        match operation.call {
            Call::Add(_) => {
                self.sums.open.remove(&operation.id);
            }
            Call::Insert(element) | Call::Remove(element) => {
                let changes = self.elements.entry(element).or_default().side(operation.call);
                changes.retain(|change| change.operation != operation.id);
            }
            call => {
                if let Some(writers) = call.writes().and_then(|value| self.values.get_mut(&value)) {
                    writers.retain(|writer| writer.operation != operation.id);
                }
            }
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

    /// What the key is.
    pub(crate) fn nature(&self) -> Nature {
        match (self.appends > 0, self.adds > 0, self.changes > 0, self.writes > 0) {
            (true, ..) => Nature::Text,
            (_, false, false, _) => Nature::Register,
            (_, true, false, false) => Nature::Number,
            (_, false, true, false) => Nature::Set,
            _ => Nature::Mixed,
        }
    }

    /// What was added, where the key is a number.
    pub(crate) fn sums(&self) -> &Sums {
        &self.sums
    }

    /// What was done to an element; nothing if nobody named it.
    pub(crate) fn element(&self, element: Value) -> Option<&Element> {
        self.elements.get(&element)
    }

    /// Every element that was named.
    pub(crate) fn elements(&self) -> impl Iterator<Item = (Value, &Element)> {
        self.elements.iter().map(|(&element, changes)| (element, changes))
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
