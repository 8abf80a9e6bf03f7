//! Which operation or query an event belongs to: the one that caused it, event by event.
//!
//! What a timer sets off belongs to nobody, whoever set the timer: heartbeats, gossip, and messages that wait to be
//! sent together.

use netsplit_sim::history::QueryId;
use netsplit_sim::ids::{EventId, OpId};
use netsplit_sim::trace::{Event, EventKind};

/// Whose an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An operation's about one key.
    Operation(OpId),
    /// A query's.
    Query(QueryId),
}

/// The owners of the events of a trace so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owners(Vec<Option<Owner>>);

impl Owners {
    /// Takes in the next event; whose it is.
    pub(crate) fn follow(&mut self, event: &Event) -> Option<Owner> {
        let owner = match event.kind {
            EventKind::Invoked { op } | EventKind::Retried { op, .. } => Some(Owner::Operation(op)),
            EventKind::Asked { query } => Some(Owner::Query(query)),
            EventKind::TimerFired { .. } => None,
            _ if event.cause == EventId::NONE => None,
            _ => self.0.get(event.cause.0 as usize).copied().flatten(),
        };
        self.0.push(owner);
        owner
    }
}
