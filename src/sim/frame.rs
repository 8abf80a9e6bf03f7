//! What a viewer sees at one instant: plain data in the words of the page.

use crate::ids::{ClientId, Key, MessageId, NodeId, OpId, Site, Value, Version};
use crate::setup::{LinkQuality, Position};
use crate::time::{Span, Time};

/// The cluster at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// When.
    pub now: Time,
    /// The nodes, by [`NodeId`].
    pub nodes: Vec<NodeFrame>,
    /// The clients, by [`ClientId`].
    pub clients: Vec<ClientFrame>,
    /// The links between nodes, and from clients to the nodes that they may turn to; `a < b`, nodes first.
    pub links: Vec<LinkFrame>,
    /// Messages on their way.
    pub flights: Vec<FlightFrame>,
}

/// Whether a node runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// It runs.
    #[default]
    Up,
    /// It has crashed.
    Down,
    /// It is stopped for a while.
    Paused,
}

/// A node at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFrame {
    /// Which.
    pub id: NodeId,
    /// Where.
    pub position: Position,
    /// Whether it runs.
    pub status: Status,
    /// Messages waiting for their turn, the one being served included.
    pub queue: usize,
    /// The share of the run so far that it spent at work, 0 to 1.
    pub utilisation: f64,
    /// Its parameters, which may differ from other nodes'.
    pub parameters: Vec<u64>,
    /// What its replica says of itself. For a crashed node, what its disk holds.
    pub replica: ReplicaView,
}

/// A replica's description of itself at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaView {
    /// Its role in words, such as `primary`.
    pub role: &'static str,
    /// What else it would tell: name and value.
    pub fields: Vec<(&'static str, String)>,
    /// The keys that its own copy holds, in order: what a read of this copy would return.
    pub keys: Vec<KeyView>,
}

/// A key in a replica's own copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// The key.
    pub key: Key,
    /// Its value.
    pub value: Value,
    /// The version of the value.
    pub version: Version,
    /// The operation that wrote it.
    pub op: OpId,
}

/// A client at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClientFrame {
    /// Which.
    pub id: ClientId,
    /// Where.
    pub position: Position,
    /// Operations that it waits for.
    pub pending: usize,
    /// The last operation that ended.
    pub last: Option<OpId>,
    /// The node that it would turn to now.
    pub home: NodeId,
}

/// A link at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkFrame {
    /// The lower end.
    pub a: Site,
    /// The higher end.
    pub b: Site,
    /// Straight distance.
    pub distance_km: f64,
    /// The least one-way delay: light over the path, plus the base.
    pub floor: Span,
    /// Whether `a` to `b` is cut.
    pub cut_forward: bool,
    /// Whether `b` to `a` is cut.
    pub cut_back: bool,
    /// Its quality from `a` to `b`.
    pub quality: LinkQuality,
}

/// A message on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlightFrame {
    /// Which.
    pub message: MessageId,
    /// From where.
    pub from: Site,
    /// To where.
    pub to: Site,
    /// Its kind, as in the trace.
    pub label: u8,
    /// The operation that it is part of.
    pub op: Option<OpId>,
    /// The version that it carries.
    pub version: Option<(Key, Version)>,
    /// When it left.
    pub sent: Time,
    /// When it will arrive.
    pub arrives: Time,
}
