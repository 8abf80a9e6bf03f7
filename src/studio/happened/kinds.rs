//! The sorts of events that a list can show or hide, and where each happened.

use netsplit_sim::history::History;
use netsplit_sim::ids::Site;
use netsplit_sim::trace::EventKind;

/// A sort of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A message left.
    Sent,
    /// A message was handled.
    Handled,
    /// A message was lost.
    Lost,
    /// A timer went off.
    Timer,
    /// A client called, tried again or was answered.
    Operation,
    /// A copy shows a new value.
    Visible,
    /// A protocol marked this moment, or a node started or stumbled.
    Note,
    /// A person or the script did something.
    Action,
}

impl Kind {
    /// Every kind, in the order of the buttons.
    pub const ALL: [Self; 8] = [
        Self::Sent,
        Self::Handled,
        Self::Lost,
        Self::Timer,
        Self::Operation,
        Self::Visible,
        Self::Note,
        Self::Action,
    ];

    /// The kind of an event.
    #[must_use]
    pub fn of(event: EventKind) -> Self {
        match event {
            EventKind::Sent { .. } => Self::Sent,
            EventKind::Delivered { .. } => Self::Handled,
            EventKind::Dropped { .. } => Self::Lost,
            EventKind::TimerFired { .. } => Self::Timer,
            EventKind::Invoked { .. }
            | EventKind::Retried { .. }
            | EventKind::Returned { .. }
            | EventKind::Asked { .. }
            | EventKind::Told { .. } => Self::Operation,
            EventKind::Visible { .. } => Self::Visible,
            EventKind::Noted { .. } | EventKind::Started { .. } | EventKind::Hiccup { .. } => Self::Note,
            EventKind::Acted { .. } | EventKind::Held { .. } | EventKind::Released { .. } => Self::Action,
        }
    }

    /// The name in `data-kind`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Handled => "handled",
            Self::Lost => "lost",
            Self::Timer => "timer",
            Self::Operation => "operation",
            Self::Visible => "visible",
            Self::Note => "note",
            Self::Action => "action",
        }
    }

    /// The words on its button.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Sent => "Sent",
            Self::Handled => "Handled",
            Self::Lost => "Lost",
            Self::Timer => "Timers",
            Self::Operation => "Operations",
            Self::Visible => "Visible",
            Self::Note => "Notes",
            Self::Action => "Actions",
        }
    }
}

/// The sites that an event is about: first where it happened.
#[must_use]
pub fn sites(event: EventKind, history: &History) -> [Option<Site>; 2] {
    let client = |op: netsplit_sim::ids::OpId| {
        history.operations.get(op.index()).map(|operation| Site::from(operation.client))
    };
    let asker = |query: netsplit_sim::history::QueryId| {
        history.queries.get(query.0 as usize).map(|query| Site::from(query.client))
    };
    match event {
        EventKind::Sent { from, to, .. } => [Some(from), Some(to)],
        EventKind::Delivered { from, to, .. } | EventKind::Dropped { from, to, .. } => [Some(to), Some(from)],
        EventKind::TimerFired { node, .. }
        | EventKind::Visible { node, .. }
        | EventKind::Started { node }
        | EventKind::Noted { node, .. }
        | EventKind::Hiccup { node, .. } => [Some(node.into()), None],
        EventKind::Invoked { op } | EventKind::Returned { op } => [client(op), None],
        EventKind::Retried { op, node } => [client(op), Some(node.into())],
        EventKind::Asked { query } | EventKind::Told { query } => [asker(query), None],
        EventKind::Held { .. } | EventKind::Released { .. } | EventKind::Acted { .. } => [None, None],
    }
}
