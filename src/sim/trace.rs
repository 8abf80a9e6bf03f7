//! The trace: every event of a run in order, each with the event that caused it.

use crate::history::QueryId;
use crate::ids::{EventId, Key, MessageId, NodeId, OpId, Site};
use crate::time::Time;

/// The most events that a run may record; at 32 bytes each this is 64 MB. A run that gets there stops
/// and says so.
pub const TRACE_LIMIT: usize = 2_000_000;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// When.
    pub at: Time,
    /// The event that led to this one; [`EventId::NONE`] for the first.
    pub cause: EventId,
    /// What.
    pub kind: EventKind,
}

/// What happened. The order is part of the run hash, and so of every link: what is new comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A message left its sender.
    Sent {
        /// The message.
        message: MessageId,
        /// From where.
        from: Site,
        /// To where.
        to: Site,
        /// Its kind: an index into [`crate::protocol::About::messages`], or one of [`REQUEST`] and [`RESPONSE`].
        label: u8,
    },
    /// A message reached its receiver and was handled.
    Delivered {
        /// The message.
        message: MessageId,
        /// From where.
        from: Site,
        /// To where.
        to: Site,
        /// Its kind.
        label: u8,
    },
    /// A message will never be handled.
    Dropped {
        /// The message.
        message: MessageId,
        /// From where.
        from: Site,
        /// To where.
        to: Site,
        /// Why.
        why: DropCause,
    },
    /// A timer of a node went off.
    TimerFired {
        /// The node.
        node: NodeId,
        /// Its kind: an index into [`crate::protocol::About::timers`].
        label: u8,
    },
    /// A client called an operation.
    Invoked {
        /// The operation.
        op: OpId,
    },
    /// A client sent its request again, to another node.
    Retried {
        /// The operation.
        op: OpId,
        /// The node it turned to.
        node: NodeId,
    },
    /// A client learnt the outcome of its operation, or gave up.
    Returned {
        /// The operation.
        op: OpId,
    },
    /// A node's own copy of a key now shows this operation's value: a read there would return it.
    Visible {
        /// The node.
        node: NodeId,
        /// The operation that wrote the value.
        op: OpId,
        /// The key.
        key: Key,
    },
    /// A node started for the first time.
    Started {
        /// The node.
        node: NodeId,
    },
    /// A node's protocol marked this moment.
    Noted {
        /// The node.
        node: NodeId,
        /// An index into [`crate::protocol::About::notes`].
        note: u8,
    },
    /// A person held a message up: it will not arrive before it is released.
    Held {
        /// The message.
        message: MessageId,
    },
    /// A held message goes on.
    Released {
        /// The message.
        message: MessageId,
    },
    /// An action of the script was applied; its number in order of application.
    Acted {
        /// The number.
        index: u32,
    },
    /// A client asked about several keys at once.
    Asked {
        /// The query.
        query: QueryId,
    },
    /// A client got the answer to a query, exact or partial, or gave up.
    Told {
        /// The query.
        query: QueryId,
    },
    /// A node takes up a message that will take it longer than usual: see
    /// [`crate::setup::NodeSetup::hiccup_share`].
    Hiccup {
        /// The node.
        node: NodeId,
        /// The message.
        message: MessageId,
    },
}

/// The label of a client's request in the trace.
pub const REQUEST: u8 = u8::MAX;
/// The label of a node's answer to a client.
pub const RESPONSE: u8 = u8::MAX - 1;

/// Why a message was not handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropCause {
    /// The link was cut when it was sent, or was cut under it.
    Cut,
    /// The link lost it at random.
    Loss,
    /// The receiver was down.
    NodeDown,
    /// A person dropped it.
    Hand,
}

/// The events of a run so far. [`EventId`] is the index.
pub type Trace = Vec<Event>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_small() {
        assert!(size_of::<Event>() <= 32, "{}", size_of::<Event>());
    }
}
