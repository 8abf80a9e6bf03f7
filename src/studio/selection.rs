//! What is selected: one thing across all views. Whoever selects an operation on its timeline sees its events in the
//! space-time diagram, its row in the list, and its card in the inspector.

use netsplit_sim::ids::{EventId, MessageId, OpId, Site};
use netsplit_sim::trace::Event;

use crate::stage::Target;
use crate::studio::Studio;

/// One thing of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    /// A node, a client, a link, or a message on its way.
    Target(Target),
    /// An operation.
    Operation(OpId),
    /// An event of the record.
    Event(EventId),
    /// A message that may have arrived long ago.
    Message(MessageId),
}

impl Studio {
    /// What is selected.
    #[must_use]
    pub fn selected(&self) -> Option<Selected> {
        self.selected
    }

    pub(crate) fn select(&mut self, selected: Option<Selected>) {
        self.selected = selected;
        let site = match selected {
            Some(Selected::Target(Target::Site(site))) => Some(site),
            _ => None,
        };
        self.attention.selected = site;
    }

    /// The event that is selected, if the record still holds it.
    #[must_use]
    pub fn selected_event(&self) -> Option<(EventId, Event)> {
        let Some(Selected::Event(id)) = self.selected else { return None };
        self.session.machine().trace().get(id.index()).map(|event| (id, *event))
    }

    /// The site that is selected.
    #[must_use]
    pub fn selected_site(&self) -> Option<Site> {
        match self.selected {
            Some(Selected::Target(Target::Site(site))) => Some(site),
            _ => None,
        }
    }
}
