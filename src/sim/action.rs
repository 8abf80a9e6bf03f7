//! What a person or a script does to a running cluster. Every gesture becomes one of these.

use crate::history::Call;
use crate::ids::{ClientId, NodeId, Site};
use crate::setup::{LinkQuality, Pace, Position};

/// One change to a running cluster, applied at its time after every event of that time.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Cut the link between two sites in both directions. Messages on it are lost.
    Cut(Site, Site),
    /// Cut only the direction from the first to the second.
    CutOneWay(Site, Site),
    /// Mend both directions of a link.
    Heal(Site, Site),
    /// Mend every link.
    HealAll,
    /// Cut every link between sites of different groups and mend those within a group. Sites that no
    /// group names keep their links.
    Partition(Vec<Vec<Site>>),
    /// Cut every link of a site.
    Isolate(Site),
    /// Stop a node; what it held in memory is lost, what it made durable stays.
    Crash(NodeId),
    /// Start a crashed node from its durable state.
    Restart(NodeId),
    /// Stop a node for a while without losing anything, like a long garbage collection.
    Pause(NodeId),
    /// Let a paused node go on.
    Resume(NodeId),
    /// Move a node or a client.
    Move(Site, Position),
    /// Give a link, in both directions, a new quality.
    SetLink(Site, Site, LinkQuality),
    /// Give every link a new quality.
    SetNetwork(LinkQuality),
    /// Let a client ask for one operation. [`crate::ids::Value::FRESH`] stands for a value of its own.
    Operate(ClientId, Call),
    /// Change when a client sends.
    SetPace(ClientId, Pace),
    /// Change protocol parameters: on one node, or on all. The values are those of
    /// [`crate::protocol::About::parameters`], in their order.
    Configure(Option<NodeId>, Vec<u64>),
}
