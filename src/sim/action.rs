//! What a person or a script does to a running cluster. Every gesture becomes one of these.

use crate::history::{Call, Many};
use crate::ids::{ClientId, Key, MessageId, NodeId, Site};
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
    /// Stop a node; what it held in memory is lost, and so is what its disk had not yet made durable.
    CrashUnsynced(NodeId),
    /// Stop a node and erase its disk: when it restarts it knows nothing.
    Wipe(NodeId),
    /// Start a crashed node from its durable state.
    Restart(NodeId),
    /// Stop a node for a while without losing anything, like a long garbage collection.
    Pause(NodeId),
    /// Let a paused node go on.
    Resume(NodeId),
    /// Let a node take so many times as long for its work and its disk; 1 is its normal speed.
    Slow(NodeId, u32),
    /// Set a node's clock: how far it is ahead of true time now (negative: behind) in nanoseconds, and how
    /// many millionths faster than true time it runs from now on.
    SetClock(NodeId, i64, i32),
    /// Let a node lie; `None` makes it honest again.
    Lie(NodeId, Option<Lie>),
    /// Lose a message that is on its way.
    DropMessage(MessageId),
    /// Let a message that is on its way arrive a second time.
    DuplicateMessage(MessageId),
    /// Stop a message on its way until it is released.
    HoldMessage(MessageId),
    /// Let a held message go on.
    ReleaseMessage(MessageId),
    /// Tell a node to do something: an index into [`crate::protocol::About::commands`], and the node that
    /// it is about, if the command takes one.
    Command(NodeId, u8, Option<NodeId>),
    /// Move a node or a client.
    Move(Site, Position),
    /// Give a link, in both directions, a new quality.
    SetLink(Site, Site, LinkQuality),
    /// Give every link a new quality.
    SetNetwork(LinkQuality),
    /// Let a client ask for one operation. [`crate::ids::Value::FRESH`] stands for a value of its own.
    Operate(ClientId, Call),
    /// Let a client ask about several keys at once.
    Ask(ClientId, Many),
    /// Change which nodes are in the cluster, or how the data is split among them: told to the node that keeps
    /// the map, if it runs. A protocol that does not partition ignores it.
    Reshape(Reshape),
    /// Change when a client sends.
    SetPace(ClientId, Pace),
    /// Change protocol parameters: on one node, or on all. The values are those of
    /// [`crate::protocol::About::parameters`], in their order.
    Configure(Option<NodeId>, Vec<u64>),
}

/// A change to which nodes hold the data and how it is split. What can't be done then is refused, and the
/// refusal is marked in the trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reshape {
    /// Take a node into the cluster and give it its share.
    Join(NodeId),
    /// Let a running node go: what it holds moves to others first.
    Leave(NodeId),
    /// Do without a node that is gone: what it held is made anew from the other copies.
    Remove(NodeId),
    /// Let a range end before this key and a new one begin at it.
    Split(Key),
    /// Join the range that begins at this key to the one before it.
    Merge(Key),
    /// Let the range that begins at the first key begin at the second instead.
    Shift(Key, Key),
    /// Give the shard that holds this key to these nodes; the first of them is asked first.
    Assign(Key, Vec<NodeId>),
}

/// How a node lies. It follows the protocol in everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lie {
    /// Every value that it tells is one that nobody wrote.
    WrongValues,
    /// It tells nodes and clients with an even number the truth, and the others a value that nobody wrote.
    TwoFaced,
    /// It answers messages as it should, and forgets them at once: it acknowledges what it does not keep.
    EmptyPromises,
}

impl Lie {
    /// Every lie, in the order of display.
    pub const ALL: [Self; 3] = [Self::WrongValues, Self::TwoFaced, Self::EmptyPromises];

    /// The name in scripts.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::WrongValues => "wrong-values",
            Self::TwoFaced => "two-faced",
            Self::EmptyPromises => "empty-promises",
        }
    }

    /// What it does, in words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::WrongValues => "tells values that nobody wrote",
            Self::TwoFaced => "tells some the truth and others a value that nobody wrote",
            Self::EmptyPromises => "acknowledges messages and forgets them",
        }
    }
}
