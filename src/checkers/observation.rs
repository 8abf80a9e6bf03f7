//! What the clients saw: the neutral form that every checker judges by.
//!
//! It comes from a run of the simulator ([`Observations::from_history`]) or from a file of somebody
//! else's system ([`crate::jsonl`]). Calls and returns are numbered in one total order; that order,
//! and not the clock, says what came before what. Times are only for the sentences.

use std::borrow::Cow;

pub use netsplit_sim::history::ValuesId;
use netsplit_sim::history::{Call as SimCall, History, Operation, Outcome as SimOutcome};
use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::time::Time;

/// A client's session; the index into [`Observations::sessions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session(pub u32);

/// What a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Read the key.
    Read,
    /// Write this value.
    Write(Option<Value>),
    /// Write `to` if the key holds `from`.
    Cas {
        /// What it must hold; `None` if it must hold nothing.
        from: Option<Value>,
        /// What to write.
        to: Option<Value>,
    },
    /// Put this text behind the one that the key holds.
    Append(Option<Value>),
    /// Add to the number that the key holds; one that holds nothing counts from 0.
    Add(i64),
    /// Put this element into the set that the key holds.
    Insert(Value),
    /// Take this element out of the set that the key holds.
    Remove(Value),
}

/// What the client learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not returned.
    Pending,
    /// A read returned this; `None` if the key held nothing.
    Read(Option<Value>),
    /// A read returned several values, siblings or the elements of a set: see [`Observations::values_of`].
    Values(ValuesId),
    /// An update was acknowledged, or a compare-and-set wrote.
    Done,
    /// A compare-and-set found another value and wrote nothing.
    NotSwapped,
    /// It surely had no effect.
    Refused,
    /// It returned, but may take effect at any time after its call, or never.
    Unknown,
}

/// One operation of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its index in [`Observations::operations`].
    pub id: OpId,
    /// Whose it is.
    pub session: Session,
    /// The key; the index into [`Observations::keys`] where that has names.
    pub key: Key,
    /// The node that it was first sent to, where that is known.
    pub node: Option<NodeId>,
    /// What was asked.
    pub call: Call,
    /// What was learnt.
    pub outcome: Outcome,
    /// The event of the call.
    pub invoked: u64,
    /// The event of the return; `None` while it is pending.
    pub returned: Option<u64>,
    /// When it was called; zero in a history without a clock.
    pub invoked_at: Time,
    /// When it returned; zero in a history without a clock.
    pub returned_at: Time,
}

/// The operations of a run in the order of their calls, and the names to speak of them.
///
/// A value is a number: its own in a run of the simulator, its index into `values` where that has
/// names. `None` is a key that was never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations {
    /// The operations; [`OpId`] is the index.
    pub operations: Vec<Observation>,
    /// What the reads that found several values returned, in ascending order; [`ValuesId`] is the index.
    pub several: Vec<Vec<Value>>,
    /// Names of the sessions; a session without a name is `c1`, `c2`, …
    pub sessions: Vec<String>,
    /// Names of the keys; a key without a name is `k1`, `k2`, …
    pub keys: Vec<String>,
    /// The values as texts; a value without one is `v` and its number.
    pub values: Vec<String>,
    /// Whether the times mean something. If not, sentences speak of event numbers.
    pub clock: bool,
}

impl Call {
    /// The value that it leaves behind if it takes effect, where that does not depend on the one before.
    #[must_use]
    pub fn writes(self) -> Option<Option<Value>> {
        match self {
            Self::Write(value) | Self::Cas { to: value, .. } => Some(value),
            Self::Read | Self::Append(_) | Self::Add(_) | Self::Insert(_) | Self::Remove(_) => None,
        }
    }

    /// Whether what it leaves behind depends on what was there: it appends, adds, or changes a set.
    #[must_use]
    pub fn builds(self) -> bool {
        matches!(self, Self::Append(_) | Self::Add(_) | Self::Insert(_) | Self::Remove(_))
    }

    /// Whether it could change the value.
    #[must_use]
    pub fn is_update(self) -> bool {
        !matches!(self, Self::Read)
    }
}

impl Observation {
    /// One operation of the simulator in the neutral form.
    #[must_use]
    pub fn from_operation(operation: &Operation) -> Self {
        let call = match operation.call {
            SimCall::Read { .. } => Call::Read,
            SimCall::Write { value, .. } => Call::Write(Some(value)),
            SimCall::Cas { from, to, .. } => Call::Cas { from, to: Some(to) },
            SimCall::Add { amount, .. } => Call::Add(amount),
            SimCall::Insert { value, .. } => Call::Insert(value),
            SimCall::Remove { value, .. } => Call::Remove(value),
        };
        let outcome = match operation.outcome {
            SimOutcome::Pending => Outcome::Pending,
            SimOutcome::Read(value) => Outcome::Read(value),
            SimOutcome::Values(id) => Outcome::Values(id),
            SimOutcome::Written | SimOutcome::Swapped => Outcome::Done,
            SimOutcome::NotSwapped => Outcome::NotSwapped,
            SimOutcome::Refused(_) => Outcome::Refused,
            SimOutcome::Unknown(_) => Outcome::Unknown,
        };
        Self {
            id: operation.id,
            session: Session(u32::from(operation.client.0)),
            key: operation.call.key(),
            node: Some(operation.node),
            call,
            outcome,
            invoked: u64::from(operation.invoked_event.0),
            returned: operation.returned.map(|_| u64::from(operation.returned_event.0)),
            invoked_at: operation.invoked,
            returned_at: operation.returned.unwrap_or(Time::ZERO),
        }
    }

    /// Whether it wrote, and the client knows it.
    #[must_use]
    pub fn is_acknowledged_update(&self) -> bool {
        self.call.is_update() && self.outcome == Outcome::Done
    }

    /// Whether it may have written, now or later.
    #[must_use]
    pub fn may_update(&self) -> bool {
        self.call.is_update() && !matches!(self.outcome, Outcome::Refused | Outcome::NotSwapped)
    }
}

impl Observations {
    /// What the clients of a run saw.
    #[must_use]
    pub fn from_history(history: &History) -> Self {
        Self {
            operations: history.operations.iter().map(Observation::from_operation).collect(),
            several: history.several.iter().map(|values| distinct(values)).collect(),
            clock: true,
            ..Self::default()
        }
    }

    /// What a read that found several values returned, in ascending order and each once.
    #[must_use]
    pub fn values_of(&self, id: ValuesId) -> &[Value] {
        &self.several[id.0 as usize]
    }

    /// The values that a read returned; one `None` if it found nothing.
    pub(crate) fn values_read(&self, read: &Observation) -> impl Iterator<Item = Option<Value>> {
        let (one, several) = match read.outcome {
            Outcome::Read(value) => (Some(value), &[][..]),
            Outcome::Values(id) => match self.values_of(id) {
                [] => (Some(None), &[][..]),
                several => (None, several),
            },
            _ => (None, &[][..]),
        };
        one.into_iter().chain(several.iter().map(|&value| Some(value)))
    }

    /// The name of a session.
    #[must_use]
    pub fn session_name(&self, session: Session) -> Cow<'_, str> {
        name(&self.sessions, u64::from(session.0), "c", 1)
    }

    /// The name of a key.
    #[must_use]
    pub fn key_name(&self, key: Key) -> Cow<'_, str> {
        name(&self.keys, u64::from(key.0), "k", 1)
    }

    /// The name of a value.
    #[must_use]
    pub fn value_name(&self, value: Value) -> Cow<'_, str> {
        name(&self.values, value.0, "v", 0)
    }

    /// The number that a value is, for histories that add; nothing if it is a text.
    #[must_use]
    pub fn number(&self, value: Value) -> Option<i64> {
        if self.values.is_empty() {
            return Some(value.0 as i64);
        }
        let index = usize::try_from(value.0).ok();
        index.and_then(|index| self.values.get(index)).and_then(|name| name.parse().ok())
    }

    /// The text of a value, for histories that append; nothing if it has none.
    #[must_use]
    pub fn text(&self, value: Option<Value>) -> &str {
        let index = value.and_then(|value| usize::try_from(value.0).ok());
        index.and_then(|index| self.values.get(index)).map_or("", String::as_str)
    }
}

/// Ascending values, each once: a node that lies may tell the same one in every place.
pub(crate) fn distinct(values: &[Value]) -> Vec<Value> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values
}

fn name<'a>(names: &'a [String], index: u64, prefix: &str, first: u64) -> Cow<'a, str> {
    match usize::try_from(index).ok().and_then(|index| names.get(index)) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("{prefix}{}", index.saturating_add(first))),
    }
}
