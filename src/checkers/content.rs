//! The operations of a history as the search sees them.

use netsplit_sim::ids::Value;

use crate::observation::{Call, Observations, Outcome};
use crate::register::{Action, State, Text};
use crate::search::Search;

/// Tells the search about the return of an operation.
pub(crate) fn feed_return(
    search: &mut Search,
    number: u32,
    outcome: Outcome,
    observations: &Observations,
    content: Content,
) {
    match outcome {
        Outcome::Read(value) => search.saw(number, content.state(observations, value)),
        Outcome::Values(id) => search.saw_set(number, observations.values_of(id)),
        Outcome::Done => search.happened(number),
        Outcome::NotSwapped => search.failed(number),
        Outcome::Refused => search.void(number),
        Outcome::Unknown | Outcome::Pending => search.gave_up(number),
    }
}

/// What the values of a key are to the search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Content {
    /// Themselves. In a run of the simulator they are the numbers to add to as well.
    #[default]
    Values,
    /// Names of numbers to add to.
    Numbers,
    /// Names of texts that grow.
    Texts,
}

impl Content {
    /// What a key holds on which this is called, if it held `self` so far.
    pub(crate) fn with(self, call: Call) -> Self {
        match (self, call) {
            (_, Call::Append(_)) => Self::Texts,
            (Self::Values, Call::Add(_)) => Self::Numbers,
            _ => self,
        }
    }

    /// A value as the search sees it: by its hash if it is a text.
    pub(crate) fn state(self, observations: &Observations, value: Option<Value>) -> State {
        match (self, value) {
            (Self::Values, _) => State::exact(value),
            (Self::Texts, _) => Text::new(observations.text(value)).state(),
            (Self::Numbers, None) => State::default(),
            (Self::Numbers, Some(value)) => match observations.number(value) {
                Some(number) => State::number(number),
                None => State::no_number(value),
            },
        }
    }

    /// A call as the search sees it.
    pub(crate) fn action(self, observations: &Observations, call: Call) -> Action {
        let state = |value| self.state(observations, value);
        match call {
            Call::Read => Action::Read,
            Call::Write(value) => Action::Write(state(value)),
            Call::Cas { from, to } => Action::Cas { from: state(from), to: state(to) },
            Call::Append(value) => Action::Append(Text::new(observations.text(value))),
            Call::Add(amount) => Action::Add(amount),
            Call::Insert(element) => Action::Insert(element),
            Call::Remove(element) => Action::Remove(element),
        }
    }
}
