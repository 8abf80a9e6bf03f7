//! Messages on their way that a person can point at: which one is meant, what it is in words, and the list of
//! them for those who would rather not aim.

use netsplit_sim::frame::FlightFrame;
use netsplit_sim::ids::{MessageId, NodeId};

use crate::geometry::Point;
use crate::stage::Target;
use crate::studio::Studio;
use crate::units;
use crate::words;

/// How far from its middle a message is hit by a mouse, in pixels.
pub(crate) const MOUSE_REACH: f64 = 14.0;
/// And by a finger.
pub(crate) const FINGER_REACH: f64 = 26.0;
/// The most messages in the list.
const LISTED: usize = 24;

/// A message in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Which.
    pub message: MessageId,
    /// The label of its kind in the trace, for its shape.
    pub label: u8,
    /// What it is: kind, from, to.
    pub text: String,
    /// What it carries, and when it arrives.
    pub detail: String,
    /// Whether it is held.
    pub held: bool,
}

impl Studio {
    /// The message nearest to a point of the stage, if one is within reach.
    pub(crate) fn message_at(&self, at: Point, reach: f64) -> Option<MessageId> {
        let mut flights = Vec::new();
        self.flights(&mut flights);
        let mut best = (reach, None);
        for flight in &flights {
            let far = flight.at.distance(at);
            if flight.message.is_some() && far < best.0 {
                best = (far, flight.message);
            }
        }
        best.1
    }

    /// Where a message is drawn.
    pub(crate) fn place_of_message(&self, message: MessageId) -> Option<Point> {
        let mut flights = Vec::new();
        self.flights(&mut flights);
        flights.iter().find(|flight| flight.message == Some(message)).map(|flight| flight.at)
    }

    pub(crate) fn flight(&self, message: MessageId) -> Option<&FlightFrame> {
        self.frame.flights.iter().find(|flight| flight.message == message)
    }

    /// What a message is, such as `Append from n1 to n2`.
    pub(crate) fn message_words(&self, flight: &FlightFrame) -> String {
        let kind = words::message_kind(flight.label, self.session.about());
        format!("{kind} from {} to {}", self.names.site(flight.from), self.names.site(flight.to))
    }

    /// The operation and the version that a message carries; empty if it has none.
    pub(crate) fn carried(&self, flight: &FlightFrame) -> String {
        let history = self.session.machine().history();
        let operation = flight.op.and_then(|op| history.operations.get(op.index()));
        match (operation, flight.version) {
            (Some(op), _) => format!("{}: {}", self.names.client(op.client), words::call(op.call)),
            (None, Some((key, _))) => format!("a version of {}", words::key(key)),
            (None, None) => String::new(),
        }
    }

    pub(crate) fn arrival(&self, flight: &FlightFrame) -> String {
        match flight.held {
            Some(_) => "held".to_owned(),
            None => format!("arrives in {}", units::span(flight.arrives.since(self.frame.now))),
        }
    }

    /// The messages on their way, the next to arrive first: those of a node, or all. And how many more.
    pub(crate) fn message_rows(&self, of: Option<NodeId>) -> (Vec<MessageRow>, usize) {
        let mine = |flight: &&FlightFrame| {
            of.is_none_or(|node| flight.from == node.into() || flight.to == node.into())
        };
        let mut flights: Vec<&FlightFrame> = self.frame.flights.iter().filter(mine).collect();
        // Held messages first: they are the ones that a person waits with.
        flights.sort_by_key(|flight| (flight.held.is_none(), flight.arrives, flight.message));
        let more = flights.len().saturating_sub(LISTED);
        let row = |flight: &&FlightFrame| MessageRow {
            message: flight.message,
            label: flight.label,
            text: self.message_words(flight),
            detail: match self.carried(flight) {
                carried if carried.is_empty() => self.arrival(flight),
                carried => format!("{carried} · {}", self.arrival(flight)),
            },
            held: flight.held.is_some(),
        };
        (flights.iter().take(LISTED).map(row).collect(), more)
    }

    /// The message whose menu is open, or that is under the pointer.
    #[must_use]
    pub fn pointed_message(&self) -> Option<MessageId> {
        match self.menu {
            Some(Target::Message(message)) => Some(message),
            _ => self.attention.hovered,
        }
    }
}
