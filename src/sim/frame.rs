//! What a viewer sees at one instant: plain data in the words of the page.

use crate::action::Lie;
use crate::ids::{ClientId, Key, MessageId, NodeId, OpId, Site, Value, Version};
use crate::setup::{LinkQuality, Position};
use crate::sharding::ShardingView;
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
    /// How far its clock is ahead of true time now (negative: behind), in nanoseconds.
    pub clock_ahead_ns: i64,
    /// How many millionths faster than true time its clock runs.
    pub clock_drift_ppm: i32,
    /// How many times as long as normally its work takes.
    pub slow: u32,
    /// How it lies, if it does.
    pub lie: Option<Lie>,
    /// Messages waiting for their turn, the one being served included.
    pub queue: usize,
    /// The share of the run so far that it spent at work, 0 to 1.
    pub utilisation: f64,
    /// Its parameters, which may differ from other nodes'.
    pub parameters: Vec<u64>,
    /// What its replica says of itself. For a crashed node, what its disk holds.
    pub replica: ReplicaView,
}

/// What a replica is and holds at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaView {
    /// Its role in words, such as `primary`.
    pub role: &'static str,
    /// Whether it believes that it leads: primary, leader.
    pub leads: bool,
    /// The term or epoch that it believes in, where the protocol has them.
    pub term: Option<u64>,
    /// The keys that its own copy holds, in order: what a read of this copy would return. A key with
    /// several entries, in the order of their versions, has siblings, or is a set with these elements.
    pub keys: Vec<KeyView>,
    /// How it sees the split of the data, in a cluster that splits it. `keys` then are those of its copies.
    pub sharding: Option<ShardingView>,
}

/// What a replica tells a person who looks inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// Name and value of what it keeps, in the order of display.
    pub fields: Vec<(&'static str, String)>,
    /// Its log, if it has one.
    pub log: Option<LogView>,
    /// What else it keeps: hints that wait, version vectors, what differs from another replica.
    pub tables: Vec<TableView>,
}

/// The most entries of a log that a replica shows: the last ones.
pub const LOG_SHOWN: usize = 48;

/// A replica's log at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogView {
    /// The last [`LOG_SHOWN`] entries, in order.
    pub entries: Vec<EntryView>,
    /// The index of the last entry that a snapshot replaced; 0 if none.
    pub compacted: u64,
    /// The index up to which it knows entries to be committed.
    pub committed: u64,
    /// The index up to which its own copy shows them.
    pub applied: u64,
    /// Other marks at an index, such as what is to be sent to a node next: name and index.
    pub marks: Vec<(String, u64)>,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryView {
    /// Its index.
    pub index: u64,
    /// The term or epoch that it was made in, where the protocol has them.
    pub term: Option<u64>,
    /// The operation that it carries, if one.
    pub op: Option<OpId>,
    /// What it says, such as `k1 = 7`.
    pub text: String,
}

/// A table of what a replica keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableView {
    /// What it is.
    pub title: &'static str,
    /// What it means, in one sentence.
    pub summary: &'static str,
    /// The heads of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
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
    /// When it will arrive, if it is not held.
    pub arrives: Time,
    /// When a person stopped it, if one did.
    pub held: Option<Time>,
}
