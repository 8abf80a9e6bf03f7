//! The calls and returns of a history in their total order: what the checkers are fed.

use netsplit_sim::ids::OpId;
use netsplit_sim::time::Time;

use crate::observation::{Observation, Observations, Outcome};

/// A call or a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    /// Its number.
    pub(crate) number: u64,
    /// Whose it is.
    pub(crate) operation: OpId,
    /// Which of the two.
    pub(crate) returns: bool,
}

impl Event {
    /// The call of an operation.
    pub(crate) fn call(operation: &Observation) -> Self {
        Self { number: operation.invoked, operation: operation.id, returns: false }
    }

    /// Its return, if it has returned.
    pub(crate) fn return_of(operation: &Observation) -> Option<Self> {
        operation.returned.map(|number| Self { number, operation: operation.id, returns: true })
    }
}

/// All calls and returns of a history, in order.
pub(crate) fn all(observations: &Observations) -> Vec<Event> {
    let calls = observations.operations.iter().map(Event::call);
    let mut events: Vec<Event> =
        calls.chain(observations.operations.iter().filter_map(Event::return_of)).collect();
    events.sort_unstable();
    events
}

/// The operations of a history as they were known just after an event.
pub(crate) fn until(observations: &Observations, event: u64) -> impl Iterator<Item = Observation> {
    let called = observations.operations.iter().take_while(move |operation| operation.invoked <= event);
    called.map(move |operation| at(operation, event))
}

/// An operation as it was known just after an event.
pub(crate) fn at(operation: &Observation, event: u64) -> Observation {
    let mut operation = *operation;
    if operation.returned.is_none_or(|returned| returned > event) {
        (operation.outcome, operation.returned) = (Outcome::Pending, None);
        operation.returned_at = Time::ZERO;
    }
    operation
}
