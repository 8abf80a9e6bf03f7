//! Every replica's keys and log as tables that follow the playhead.
//!
//! Side by side, keys are rows and nodes are columns, so that a copy that lags is one cell that differs from its neighbours. A
//! cell that is not what the newest copy holds says so with a sign and a word; a cell that changed in the latest moment says
//! that too. Of many keys one page is in the page at a time.

mod keys;
mod log;

use netsplit_sim::frame::{NodeFrame, Status};
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::trace::EventKind;

use crate::dock::View;
use crate::inside::state_words;
use crate::selection::Selected;
use crate::studio::Studio;
use crate::units;

pub use keys::{Cell, Chip, KeyRow, Keys, State};
pub use log::{Entry, LogCell, LogRow, LogTable};

/// How many keys are in the page at a time.
pub const PAGE: usize = 50;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum DataIntent {
    /// Show the keys, or the logs.
    Showed(Part),
    /// Show all keys, or only those whose copies differ.
    ToggledDiffering,
    /// Show the keys from this one of the list on, counted from 0.
    Turned(usize),
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The keys.
    #[default]
    Keys,
    /// The logs.
    Logs,
}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    part: Part,
    differing: bool,
    from: usize,
}

/// A node's column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeColumn {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its role and state.
    pub state: String,
    /// Whether what is shown is what its disk holds, because it is down.
    pub from_disk: bool,
}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DataScene {
    /// What is shown.
    pub part: Part,
    /// Whether any node has a log.
    pub has_logs: bool,
    /// The columns.
    pub columns: Vec<NodeColumn>,
    /// The keys, while they are shown.
    pub keys: Option<Keys>,
    /// The logs, while they are shown.
    pub logs: Option<LogTable>,
    /// The time of the playhead.
    pub now: String,
    /// Whether it is through the eyes of one node.
    pub through: Option<String>,
}

impl Studio {
    pub(crate) fn update_data(&mut self, intent: DataIntent) {
        match intent {
            DataIntent::Showed(part) => self.data.part = part,
            DataIntent::ToggledDiffering => {
                self.data.differing = !self.data.differing;
                self.data.from = 0;
            }
            DataIntent::Turned(from) => self.data.from = from,
        }
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn data_scene(&mut self) -> Option<DataScene> {
        if self.dock != Some(View::Data) {
            return None;
        }
        let eyes = self.attention.eyes;
        let in_sight = |node: &&NodeFrame| eyes.is_none_or(|eyes| eyes == node.id);
        let nodes: Vec<&NodeFrame> = self.frame.nodes.iter().filter(in_sight).collect();
        let columns = nodes.iter().map(|node| NodeColumn {
            node: node.id,
            name: self.names.node(node.id).to_owned(),
            state: state_words(node),
            from_disk: node.status == Status::Down,
        });
        let has_logs = self.has_logs(&nodes);
        let part = if has_logs { self.data.part } else { Part::Keys };
        let lit = self.lit_operation();
        Some(DataScene {
            part,
            has_logs,
            columns: columns.collect(),
            keys: (part == Part::Keys).then(|| keys::table(self, &nodes, lit)),
            logs: (part == Part::Logs).then(|| log::table(self, &nodes, lit)),
            now: units::playhead(self.session.now()),
            through: eyes.map(|eyes| self.names.node(eyes).to_owned()),
        })
    }

    /// Whether this protocol keeps logs: one node tells for all.
    fn has_logs(&self, nodes: &[&NodeFrame]) -> bool {
        nodes.first().is_some_and(|node| self.session.inspect(node.id).log.is_some())
    }

    /// The operation that is selected, or that the selected event is of.
    fn lit_operation(&self) -> Option<OpId> {
        if let Some(Selected::Operation(op)) = self.selected {
            return Some(op);
        }
        match self.selected_event()?.1.kind {
            EventKind::Invoked { op }
            | EventKind::Returned { op }
            | EventKind::Retried { op, .. }
            | EventKind::Visible { op, .. } => Some(op),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
