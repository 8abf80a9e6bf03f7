//! Which event the code is asked for: the one that is selected, or the one that stands for what is selected, or the latest
//! that a node handled.

use netsplit_scenario::session::watching::handler;
use netsplit_sim::ids::{EventId, MessageId, OpId};
use netsplit_sim::trace::{DropCause, EventKind};

use crate::selection::Selected;
use crate::stage::Target;
use crate::studio::Studio;

/// The most events that are looked through.
const FAR: usize = 50_000;

impl Studio {
    /// The event whose code is to be shown.
    pub(super) fn asked_event(&self) -> Option<EventId> {
        let trace = self.session.machine().trace();
        let in_sight = |id: &EventId| trace.get(id.index()).is_some_and(|event| self.is_in_sight(event));
        let selected = match self.selected {
            Some(Selected::Event(id)) => Some(id),
            Some(Selected::Message(message) | Selected::Target(Target::Message(message))) => {
                self.handling_of(message)
            }
            Some(Selected::Operation(op)) => self.answering_of(op),
            Some(Selected::Target(Target::Site(site))) => self.latest(|kind| {
                let node = handler(kind);
                node.is_some() && node == site.node()
            }),
            Some(Selected::Target(Target::Link(..))) | None => None,
        };
        selected.filter(in_sight).or_else(|| self.latest(|kind| handler(kind).is_some()))
    }

    fn latest(&self, wanted: impl Fn(EventKind) -> bool) -> Option<EventId> {
        let trace = self.session.machine().trace();
        let first = trace.len().saturating_sub(FAR);
        let found = trace[first..].iter().rposition(|event| wanted(event.kind) && self.is_in_sight(event));
        found.map(|index| EventId((first + index) as u32))
    }

    /// Where a message was handled; where it was sent or lost, if it was not.
    fn handling_of(&self, wanted: MessageId) -> Option<EventId> {
        self.latest(|kind| match kind {
            EventKind::Sent { message, .. }
            | EventKind::Delivered { message, .. }
            | EventKind::Dropped { message, .. } => message == wanted,
            _ => false,
        })
    }

    /// Where the first request for an operation was handled; where it was called, if it was not yet.
    fn answering_of(&self, op: OpId) -> Option<EventId> {
        let machine = self.session.machine();
        let invoked = machine.history().operations.get(op.index())?.invoked_event;
        let trace = machine.trace();
        let after = || trace.iter().enumerate().skip(invoked.index()).take(FAR);
        let sent = after().find(|(_, event)| event.cause == invoked)?;
        let sent = EventId(sent.0 as u32);
        let arrived = after().find(|(_, event)| event.cause == sent && handler(event.kind).is_some());
        Some(arrived.map_or(invoked, |(index, _)| EventId(index as u32)))
    }
}

const BY_CLIENT: &str =
    "No code of a protocol ran: a client did this, and clients are part of the simulator.";

/// Why no code ran for an event.
pub(super) fn why_none(kind: EventKind) -> String {
    let why = match kind {
        EventKind::Dropped { why: DropCause::Cut, .. } => {
            "No code of a protocol ran: the link is cut, and the message never arrived."
        }
        EventKind::Dropped { why: DropCause::Loss, .. } => {
            "No code of a protocol ran: the network lost the message."
        }
        EventKind::Dropped { why: DropCause::NodeDown, .. } => {
            "No code of a protocol ran: the receiver is down."
        }
        EventKind::Dropped { why: DropCause::Hand, .. } => {
            "No code of a protocol ran: a person took the message away."
        }
        EventKind::Acted { .. } | EventKind::Held { .. } | EventKind::Released { .. } => {
            "No code of a protocol ran: this was done to the cluster from outside."
        }
        EventKind::Hiccup { .. } => {
            "No code of a protocol ran yet: the node only takes longer over this message than usual."
        }
        EventKind::Started { .. } => "This node has nothing to do when it starts.",
        EventKind::Delivered { to, .. } if to.client().is_some() => BY_CLIENT,
        EventKind::Delivered { .. } | EventKind::TimerFired { .. } => {
            "What handled this is too short to be worth a mark."
        }
        EventKind::Sent { .. }
        | EventKind::Invoked { .. }
        | EventKind::Retried { .. }
        | EventKind::Returned { .. }
        | EventKind::Asked { .. }
        | EventKind::Told { .. } => BY_CLIENT,

        EventKind::Visible { .. } | EventKind::Noted { .. } => "It is not known which code did this.",
    };
    why.to_owned()
}
