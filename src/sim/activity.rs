//! What nodes and gathering clients were busy with: kept beside the trace, for measurement only.
//!
//! Nothing of a run depends on it and it is no part of the run's hash, so a link that was made before it was kept
//! still opens as the same run. The trace says when a message was sent and when it was handled; this says when it
//! came to stand in its node's line, and when the node took it up. Of nodes whose work and disk take no time nothing
//! is kept: nobody ever waits there.

use crate::ids::{ClientId, NodeId};
use crate::time::{Span, Time};

/// The record so far.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// What nodes did, in the order of time.
    pub nodes: Vec<Step>,
    /// The messages that clients made of several operations, or of one that waited for others, in the order of time.
    pub sent: Vec<Gathered>,
    /// By message, in the order of sending: how many bytes it is long.
    pub bytes: Vec<u32>,
}

/// One step of a node's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Time,
    /// Who.
    pub node: NodeId,
    /// What.
    pub what: What,
}

/// What a node did, or what happened to it. It takes messages up in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A message came to the end of its line.
    Came,
    /// It took up the first message of its line, maybe anew after a pause.
    Began,
    /// It is done with that message.
    Served {
        /// How many operations a client asked for in it; 0 if no client sent it.
        operations: u16,
    },
    /// It began to wait for its disk.
    Flushing,
    /// Its disk is done.
    Flushed,
    /// It was paused: what it was at stops, and begins anew when it goes on.
    Stopped,
    /// It crashed: its line is gone.
    Crashed,
}

/// A message of gathered operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// When it left.
    pub at: Time,
    /// Whose.
    pub client: ClientId,
    /// How many operations.
    pub operations: u16,
    /// How long they had waited for it, all together.
    pub waited: Span,
}

impl Activity {
    /// The lengths, to come back to.
    #[must_use]
    pub(crate) fn lengths(&self) -> (usize, usize, usize) {
        (self.nodes.len(), self.sent.len(), self.bytes.len())
    }

    /// Cuts it to what it was.
    pub(crate) fn truncate(&mut self, (nodes, sent, bytes): (usize, usize, usize)) {
        self.nodes.truncate(nodes);
        self.sent.truncate(sent);
        self.bytes.truncate(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_small() {
        assert!(size_of::<Step>() <= 16, "{}", size_of::<Step>());
    }
}
