//! The history: what the clients saw, and nothing else. It is all that a checker may judge by.

use crate::ids::{ClientId, EventId, Key, NodeId, OpId, Value, Version};
use crate::time::Time;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Read a key.
    Read {
        /// The key.
        key: Key,
    },
    /// Write a value to a key.
    Write {
        /// The key.
        key: Key,
        /// The value.
        value: Value,
    },
    /// Compare-and-set: write `to` if the key holds `from` (`None`: if it was never written).
    Cas {
        /// The key.
        key: Key,
        /// What it must hold.
        from: Option<Value>,
        /// What to write.
        to: Value,
    },
    /// Add to the number that a key holds; a key that was never written holds 0.
    Add {
        /// The key.
        key: Key,
        /// How much; negative to take away.
        amount: i64,
    },
    /// Put an element into the set that a key holds.
    Insert {
        /// The key.
        key: Key,
        /// The element.
        value: Value,
    },
    /// Take an element out of the set that a key holds.
    Remove {
        /// The key.
        key: Key,
        /// The element.
        value: Value,
    },
}

impl Call {
    /// The key that it is about.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            Self::Read { key }
            | Self::Write { key, .. }
            | Self::Cas { key, .. }
            | Self::Add { key, .. }
            | Self::Insert { key, .. }
            | Self::Remove { key, .. } => key,
        }
    }

    /// The value that it would write, where the call alone tells.
    #[must_use]
    pub fn writes(self) -> Option<Value> {
        match self {
            Self::Read { .. } | Self::Add { .. } | Self::Remove { .. } => None,
            Self::Write { value, .. } | Self::Insert { value, .. } => Some(value),
            Self::Cas { to, .. } => Some(to),
        }
    }

    /// Puts a value in the place of the one that it would write: what a node that lies passes on.
    pub fn forge(&mut self, value: Value) {
        if let Self::Write { value: told, .. }
        | Self::Cas { to: told, .. }
        | Self::Insert { value: told, .. } = self
        {
            *told = value;
        }
    }

    /// The same with a value in the place of [`Value::FRESH`].
    #[must_use]
    pub(crate) fn with_value(self, fresh: Value) -> Self {
        match self {
            Self::Write { key, value: Value::FRESH } => Self::Write { key, value: fresh },
            Self::Cas { key, from, to: Value::FRESH } => Self::Cas { key, from, to: fresh },
            Self::Insert { key, value: Value::FRESH } => Self::Insert { key, value: fresh },
            given => given,
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(self) -> CallKind {
        match self {
            Self::Read { .. } => CallKind::Read,
            Self::Write { .. } => CallKind::Write,
            Self::Cas { .. } => CallKind::Cas,
            Self::Add { .. } => CallKind::Add,
            Self::Insert { .. } => CallKind::Insert,
            Self::Remove { .. } => CallKind::Remove,
        }
    }
}

/// The kinds of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// Read.
    Read,
    /// Write.
    Write,
    /// Compare-and-set.
    Cas,
    /// Add to a number.
    Add,
    /// Put into a set.
    Insert,
    /// Take out of a set.
    Remove,
}

impl CallKind {
    /// Every kind, in the order of display.
    pub const ALL: [Self; 6] = [Self::Read, Self::Write, Self::Cas, Self::Add, Self::Insert, Self::Remove];

    /// The name in metrics and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Cas => "cas",
            Self::Add => "add",
            Self::Insert => "insert",
            Self::Remove => "remove",
        }
    }
}

/// What a client asks for about several keys at once. There is no atomicity: each key is read or written on its
/// own, some time between call and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Many {
    /// Read so many keys that follow each other, from this one on: a range scan.
    Scan {
        /// The first key.
        from: Key,
        /// How many; what lies behind the last key of the store is not asked for.
        count: u32,
    },
    /// Read every key: result = query(all data in the system).
    All,
    /// Write a value of their own to each of two keys.
    Pair {
        /// One key.
        first: Key,
        /// The other key.
        second: Key,
    },
}

impl Many {
    /// The keys that it is about, in a store of so many.
    pub fn keys(self, keys: u32) -> impl Iterator<Item = Key> {
        let (range, second) = match self {
            Self::Scan { from, count } => (from.0..from.0.saturating_add(count).min(keys), None),
            Self::All => (0..keys, None),
            Self::Pair { first, second } => (first.0..first.0 + 1, Some(second)),
        };
        range.map(Key).chain(second)
    }

    /// Its kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scan { .. } => "scan",
            Self::All => "query-all",
            Self::Pair { .. } => "pair",
        }
    }
}

/// A query of a run; the index into [`History::queries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(pub u32);

/// One operation over several keys. Each key is an operation of its own in the history, so that a checker
/// judges it as such; this says how they belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Its number; its place in the history.
    pub id: QueryId,
    /// Who asked.
    pub client: ClientId,
    /// What.
    pub many: Many,
    /// The node that was asked.
    pub node: NodeId,
    /// The operation about its first key; the others follow.
    pub first: OpId,
    /// How many keys it is about.
    pub parts: u32,
    /// When it was asked.
    pub invoked: Time,
    /// The event of the call.
    pub invoked_event: EventId,
    /// When the client got the answer or gave up.
    pub returned: Option<Time>,
    /// The event of the return; [`EventId::NONE`] while pending.
    pub returned_event: EventId,
    /// How many of its keys were answered for in time. All: the answer is exact. Fewer: it is partial.
    pub done: u32,
    /// How many shards were asked. For metrics, never for checkers.
    pub shards: u32,
}

impl Query {
    /// Whether the answer covers all of its keys.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.returned.is_some() && self.done == self.parts
    }
}

/// How an operation ended, as its client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It has not ended.
    Pending,
    /// A read's value; `None` if the key was never written.
    Read(Option<Value>),
    /// A read's several values, siblings or the elements of a set: see [`History::values`].
    Values(ValuesId),
    /// A write, an addition, an insertion or a removal was acknowledged.
    Written,
    /// A compare-and-set found what it expected and wrote.
    Swapped,
    /// A compare-and-set found something else and wrote nothing.
    NotSwapped,
    /// The cluster refused: it surely had no effect. Why, in words.
    Refused(&'static str),
    /// The client can't know whether it took effect, now or ever. Why, in words.
    Unknown(&'static str),
}

impl Outcome {
    /// Whether the client got what it asked for (a compare-and-set that found another value did: it got
    /// a true answer).
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Read(_) | Self::Values(_) | Self::Written | Self::Swapped | Self::NotSwapped)
    }
}

/// Where a history keeps the values of a read that found several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValuesId(pub u32);

/// One operation of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its number; its place in the history.
    pub id: OpId,
    /// Who called; also its session.
    pub client: ClientId,
    /// What.
    pub call: Call,
    /// The query that it is a part of, if it is one of several keys'.
    pub query: Option<QueryId>,
    /// The node that it was first sent to.
    pub node: NodeId,
    /// When it was called.
    pub invoked: Time,
    /// The event of the call; orders calls and returns of one instant.
    pub invoked_event: EventId,
    /// When the client learnt the outcome or gave up.
    pub returned: Option<Time>,
    /// The event of the return; [`EventId::NONE`] while pending.
    pub returned_event: EventId,
    /// How it ended.
    pub outcome: Outcome,
    /// The version that was read or written, where the answer told. For metrics, never for checkers.
    pub version: Option<Version>,
}

/// The operations of a run in the order of their calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The operations; [`OpId`] is the index.
    pub operations: Vec<Operation>,
    /// The values of reads that found several, in ascending order; [`ValuesId`] is the index.
    pub several: Vec<Vec<Value>>,
    /// The operations over several keys; [`QueryId`] is the index.
    pub queries: Vec<Query>,
}

/// The most operations of a run, those that are parts of queries included. A run that gets there stops and says so.
pub const HISTORY_LIMIT: usize = 1_000_000;

impl History {
    /// The values of a read that found several, in ascending order.
    #[must_use]
    pub fn values(&self, id: ValuesId) -> &[Value] {
        &self.several[id.0 as usize]
    }

    /// Forgets everything from the event `end` on: later calls vanish and later returns are pending again.
    pub(crate) fn truncate(&mut self, operations: usize, several: usize, queries: usize, end: EventId) {
        self.several.truncate(several);
        self.queries.truncate(queries);
        for query in &mut self.queries {
            if query.returned.is_some() && query.returned_event >= end {
                query.returned = None;
                query.returned_event = EventId::NONE;
                (query.done, query.shards) = (0, 0);
            }
        }
        self.operations.truncate(operations);
        for operation in &mut self.operations {
            if operation.returned.is_some() && operation.returned_event >= end {
                operation.returned = None;
                operation.returned_event = EventId::NONE;
                operation.outcome = Outcome::Pending;
                operation.version = None;
            }
        }
    }
}
