//! The scenario: everything that a run is a function of, as plain data with names.
//!
//! Nodes and clients are referred to by name, so that a scenario reads well and survives the removal
//! of a node as a problem that names it. Values without names are the kernel's own types
//! ([`netsplit_sim::setup`]). Any value may be built here; [`crate::built::build`] says what is wrong
//! with it, and no run starts before that.

mod lock;
mod partitioning;
mod step;

use std::collections::BTreeMap;

use netsplit_sim::protocol::{Parameter, Range};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{KeyPick, LinkQuality, Mix, Pace, Position};
use netsplit_sim::time::{Span, Time};

pub use lock::{Lock, Locks};
pub use partitioning::{Block, Partitioning};
pub use step::{Step, StepAction};

/// The version of the scenario's form, in texts and links. A later build still reads it.
pub const VERSION: u64 = 1;

/// A run before its first event, and the script of what is done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// A few words for the window's title; may be empty.
    pub title: String,
    /// What it shows, in a few sentences; may be empty.
    pub note: String,
    /// The root of every random stream.
    pub seed: u64,
    /// How many keys the store has.
    pub keys: u32,
    /// The replication protocol.
    pub protocol: ProtocolChoice,
    /// How the data is split among the nodes; `None`: every node holds all of it.
    pub partitioning: Option<Partitioning>,
    /// The quality of every link that `links` does not name.
    pub network: LinkQuality,
    /// The servers.
    pub nodes: Vec<Node>,
    /// Links that differ from the rest.
    pub links: Vec<Link>,
    /// The clients.
    pub clients: Vec<Client>,
    /// What is done to the cluster, in the order of time.
    pub script: Vec<Step>,
    /// Moments worth showing, in the order of time: a run with captions is a story. They change nothing in the run.
    pub bookmarks: Vec<Bookmark>,
    /// What a person who opens it is kept from touching.
    pub locked: Locks,
}

/// A moment of a run, and what there is to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// When.
    pub at: Time,
    /// In words; not empty.
    pub caption: String,
}

/// A protocol and those of its parameters that differ from their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtocolChoice {
    /// Its id, such as `primary-backup`.
    pub name: String,
    /// Parameters by id. One that is missing has its default.
    pub parameters: Parameters,
}

/// Protocol parameters by id.
pub type Parameters = BTreeMap<String, ParameterValue>;

/// The value of a parameter in the words of a scenario.
///
/// In texts and links a time has its unit in the name, `resend_ms = 50`; a count is a whole number,
/// `acks = 1`; a choice is its id, `reads = "primary"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// A whole number, of replicas or of something else.
    Count(u64),
    /// A length of time.
    Time(Span),
    /// The id of a choice.
    Choice(String),
}

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name, such as `n1`. Names are unique among nodes and clients.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// Where copies may be spread over: a rack, a data centre, a continent, by number.
    pub region: u16,
    /// Whether it stands by outside of the cluster at the start. Only where the data is split.
    pub spare: bool,
    /// How long it works on one message.
    pub service: Span,
    /// Whether that is only the mean of an exponential time.
    pub service_varies: bool,
    /// How much longer it works on a client's message for each operation in it.
    pub service_per_operation: Span,
    /// The share of messages that take it `hiccup_times` as long, 0 to 1.
    pub hiccup_share: f64,
    /// How many times as long such a message takes.
    pub hiccup_times: u32,
    /// How long its disk takes to make state durable.
    pub fsync: Span,
    /// How far its clock is ahead of true time, in nanoseconds.
    pub clock_skew_ns: i64,
    /// How many millionths faster than true time its clock runs; negative: slower.
    pub clock_drift_ppm: i32,
}

/// A link with a quality of its own, in both directions.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The names of its ends.
    pub between: [String; 2],
    /// What differs from the network's quality.
    pub quality: Overrides,
}

/// Those parts of a [`LinkQuality`] that are given; the rest stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Path length over straight distance.
    pub stretch: Option<f64>,
    /// Delay of every message besides distance.
    pub base: Option<Span>,
    /// Random delay on top.
    pub jitter: Option<Jitter>,
    /// The share of messages lost, 0 to 1.
    pub loss: Option<f64>,
    /// The share of messages that arrive twice, 0 to 1.
    pub duplicate: Option<f64>,
    /// The share of messages that are held up, so that later ones overtake them, 0 to 1.
    pub reorder: Option<f64>,
    /// Bytes per second; 0 means that size costs no time.
    pub bandwidth: Option<u64>,
}

/// A client and the operations it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Its name, such as `c1`.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// Which node it talks to first.
    pub home: Home,
    /// When it sends.
    pub pace: Pace,
    /// What it asks for.
    pub mix: Mix,
    /// Which keys.
    pub keys: KeyPick,
    /// How many keys its range scans read.
    pub scan_keys: u32,
    /// Whether the two keys of its pairs are drawn each by itself; if not, they are neighbours, and of one tenant
    /// where keys have tenants.
    pub apart: bool,
    /// With an open pace: how many operations for the same node it sends as one message; 1: each by itself.
    pub batch: u16,
    /// How long an operation waits at most for others to be sent with.
    pub linger: Span,
    /// How long it waits for an answer.
    pub timeout: Span,
    /// How often it tries again after a timeout.
    pub retries: u8,
    /// When its first operation may start.
    pub starts: Time,
    /// The most operations that it starts by itself; `None` for no end.
    pub operations: Option<u32>,
}

/// Which node a client turns to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// Always this node first.
    Node(String),
    /// The nearest node at the time of the call.
    Nearest,
    /// Each operation at the next node in turn.
    RoundRobin,
}

impl Overrides {
    /// Every part given.
    #[must_use]
    pub fn full(quality: &LinkQuality) -> Self {
        Self {
            stretch: Some(quality.stretch),
            base: Some(quality.base),
            jitter: Some(quality.jitter),
            loss: Some(quality.loss),
            duplicate: Some(quality.duplicate),
            reorder: Some(quality.reorder),
            bandwidth: Some(quality.bandwidth),
        }
    }

    /// Only the parts of `quality` that differ from `from`.
    #[must_use]
    pub fn difference(from: &LinkQuality, quality: &LinkQuality) -> Self {
        Self {
            stretch: differs(from.stretch, quality.stretch),
            base: differs(from.base, quality.base),
            jitter: differs(from.jitter, quality.jitter),
            loss: differs(from.loss, quality.loss),
            duplicate: differs(from.duplicate, quality.duplicate),
            reorder: differs(from.reorder, quality.reorder),
            bandwidth: differs(from.bandwidth, quality.bandwidth),
        }
    }

    /// The quality that results from these parts over `from`.
    #[must_use]
    pub fn over(&self, from: &LinkQuality) -> LinkQuality {
        LinkQuality {
            stretch: self.stretch.unwrap_or(from.stretch),
            base: self.base.unwrap_or(from.base),
            jitter: self.jitter.unwrap_or(from.jitter),
            loss: self.loss.unwrap_or(from.loss),
            duplicate: self.duplicate.unwrap_or(from.duplicate),
            reorder: self.reorder.unwrap_or(from.reorder),
            bandwidth: self.bandwidth.unwrap_or(from.bandwidth),
        }
    }
}

fn differs<T: PartialEq>(from: T, to: T) -> Option<T> {
    (from != to).then_some(to)
}

impl ParameterValue {
    /// A value of the kernel in the words of a scenario.
    #[must_use]
    pub fn from_value(range: &Range, value: u64) -> Self {
        match range {
            Range::Replicas { .. } | Range::Count { .. } => Self::Count(value),
            Range::Time { .. } => Self::Time(Span(value)),
            Range::Choice { of, .. } => {
                let choice = usize::try_from(value).ok().and_then(|index| of.get(index));
                Self::Choice(choice.map_or("", |choice| choice.id).to_owned())
            }
        }
    }
}

impl ProtocolChoice {
    /// Gives a parameter a value of the kernel. One that is the default is not kept.
    pub fn set(&mut self, parameter: &Parameter, value: u64, nodes: u16) {
        if value == parameter.range.default_value(nodes) {
            self.parameters.remove(parameter.id);
        } else {
            let value = ParameterValue::from_value(&parameter.range, value);
            self.parameters.insert(parameter.id.to_owned(), value);
        }
    }
}

impl Node {
    /// A node without service time, disk time, skew or drift.
    #[must_use]
    pub fn new(name: impl Into<String>, position: Position) -> Self {
        Self {
            name: name.into(),
            position,
            region: 0,
            spare: false,
            service: Span::ZERO,
            service_varies: false,
            service_per_operation: Span::ZERO,
            hiccup_share: 0.0,
            hiccup_times: 1,
            fsync: Span::ZERO,
            clock_skew_ns: 0,
            clock_drift_ppm: 0,
        }
    }
}

impl Client {
    /// A client that reads and writes every 100 ms at the nearest node and waits a second.
    #[must_use]
    pub fn new(name: impl Into<String>, position: Position) -> Self {
        Self {
            name: name.into(),
            position,
            home: Home::Nearest,
            pace: Pace::Closed { think: Span::from_ms(100) },
            mix: Mix { read: 1, write: 1, ..Mix::default() },
            keys: KeyPick::Uniform,
            scan_keys: 10,
            apart: true,
            batch: 1,
            linger: Span::ZERO,
            timeout: Span::from_s(1),
            retries: 0,
            starts: Time::ZERO,
            operations: None,
        }
    }
}

impl Scenario {
    /// Whether a name is taken by a node or a client.
    #[must_use]
    pub fn has_site(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.name == name)
            || self.clients.iter().any(|client| client.name == name)
    }

    /// A scenario of the protocol with no node and no client, everything else by default.
    #[must_use]
    pub fn empty(protocol: impl Into<String>) -> Self {
        Self {
            title: String::new(),
            note: String::new(),
            seed: 1,
            keys: 1,
            protocol: ProtocolChoice { name: protocol.into(), parameters: Parameters::new() },
            partitioning: None,
            network: LinkQuality::default(),
            nodes: Vec::new(),
            links: Vec::new(),
            clients: Vec::new(),
            script: Vec::new(),
            bookmarks: Vec::new(),
            locked: Locks::new(),
        }
    }
}

impl Default for Scenario {
    /// Three nodes in a triangle under `primary-backup`, and a client at the first.
    fn default() -> Self {
        let at = |x_km, y_km| Position { x_km, y_km };
        Self {
            nodes: vec![
                Node::new("n1", at(0, 0)),
                Node::new("n2", at(1_000, 0)),
                Node::new("n3", at(500, 800)),
            ],
            clients: vec![Client::new("c1", at(-100, 0))],
            ..Self::empty("primary-backup")
        }
    }
}
