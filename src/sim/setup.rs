//! A cluster before its first event: nodes, clients, network and seed, as plain data with indices.
//!
//! The scenario crate makes a valid one from a person's text; everything here takes it as valid.

use crate::ids::{ClientId, NodeId, Site};
use crate::random::Jitter;
use crate::time::{Span, Time};

/// Kilometres that light covers in a millisecond in glass fibre: its refractive index of about 1.47
/// leaves two thirds of the 299.8 km of a vacuum.
pub const FIBRE_KM_PER_MS: f64 = 200.0;

/// Everything that a run starts from, but the protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The root of every random stream.
    pub seed: u64,
    /// The servers, at least one. [`NodeId`] is the index.
    pub nodes: Vec<NodeSetup>,
    /// The clients. [`ClientId`] is the index.
    pub clients: Vec<ClientSetup>,
    /// The quality of every link that `links` does not name.
    pub network: LinkQuality,
    /// Links that differ from the rest.
    pub links: Vec<LinkSetup>,
    /// How many keys the store has; at least one.
    pub keys: u32,
}

/// A place on the plane; one unit is one kilometre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// Kilometres to the east.
    pub x_km: i32,
    /// Kilometres to the south (as a screen counts).
    pub y_km: i32,
}

impl Position {
    /// The straight distance to another place, in kilometres.
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let dx = f64::from(self.x_km) - f64::from(other.x_km);
        let dy = f64::from(self.y_km) - f64::from(other.y_km);
        libm::sqrt(dx * dx + dy * dy)
    }
}

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSetup {
    /// The name on the page, such as `n1`.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// How long it works on one message. It serves one at a time; the others wait in line.
    pub service: Span,
    /// Whether `service` is only the mean of an exponential time, as queueing theory likes it (the second M of M/M/1);
    /// if not, every message takes just as long.
    pub service_varies: bool,
    /// How much longer it works on a message of a client for each operation in it: one, or as many as the client
    /// gathered ([`ClientSetup::batch`]), or as many as a query has keys.
    pub service_per_operation: Span,
    /// The share of messages that take it [`NodeSetup::hiccup_times`] as long, 0 to 1: a garbage collection, a
    /// neighbour on the same machine, a cold cache.
    pub hiccup_share: f64,
    /// How many times as long such a message takes.
    pub hiccup_times: u32,
    /// How long it waits for its disk each time the protocol must make state durable.
    pub fsync: Span,
    /// How far its clock is ahead of true time (negative: behind), in nanoseconds.
    pub clock_skew_ns: i64,
    /// How many millionths faster than true time its clock runs (negative: slower).
    pub clock_drift_ppm: i32,
}

impl Default for NodeSetup {
    /// A node whose work takes no time.
    fn default() -> Self {
        Self {
            name: String::new(),
            position: Position::default(),
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

/// What a link does to a message, besides taking its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkQuality {
    /// Path length over straight distance; 1 is a straight cable. Real cables are 1.15 and more.
    pub stretch: f64,
    /// Delay of every message besides distance: switches, stacks.
    pub base: Span,
    /// Random delay on top.
    pub jitter: Jitter,
    /// The share of messages lost, 0 to 1.
    pub loss: f64,
    /// The share of messages that arrive twice, 0 to 1.
    pub duplicate: f64,
    /// The share of messages that are held up for up to [`REORDER_WINDOW`] more, so that later ones
    /// overtake them, 0 to 1.
    pub reorder: f64,
    /// Bytes per second; 0 means that size costs no time.
    pub bandwidth: u64,
}

/// The most that a reordered message is held up.
pub const REORDER_WINDOW: Span = Span::from_ms(50);

impl Default for LinkQuality {
    fn default() -> Self {
        Self {
            stretch: 1.0,
            base: Span::from_us(100),
            jitter: Jitter::NONE,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            bandwidth: 0,
        }
    }
}

impl LinkQuality {
    /// The least one-way delay over a distance: light through the path, plus the base.
    #[must_use]
    pub fn floor(&self, distance_km: f64) -> Span {
        light(distance_km * self.stretch) + self.base
    }
}

/// How long light takes through `km` kilometres of fibre, one way.
#[must_use]
pub fn light(km: f64) -> Span {
    Span::from_ms_f64(km / FIBRE_KM_PER_MS)
}

/// A link with a quality of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkSetup {
    /// One end.
    pub a: Site,
    /// The other end.
    pub b: Site,
    /// Its quality,
    pub quality: LinkQuality,
    /// only of what goes from `a` to `b`; if not, in both directions.
    pub one_way: bool,
}

/// A client and the operations it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientSetup {
    /// The name on the page, such as `c1`.
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
    /// How many keys a range scan reads.
    pub scan_keys: u32,
    /// Whether the second key of a pair is drawn as the first one is, so that it may be anywhere; if not, it is a
    /// neighbour of the first, and of the same tenant where keys have tenants. It is another key if there are two.
    pub apart: bool,
    /// With an open pace: how many operations for the same node it gathers and sends as one message, which costs
    /// the node the work of one, and [`NodeSetup::service_per_operation`] for each. 1: it sends each at once.
    pub batch: u16,
    /// How long an operation waits at most for others to be sent with.
    pub linger: Span,
    /// How long it waits for an answer before it gives up (or tries again).
    pub timeout: Span,
    /// How often it tries again after a timeout, each time at the next node.
    pub retries: u8,
    /// When its first operation may start.
    pub starts: Time,
    /// The most operations it starts by itself; `None` for no end.
    pub operations: Option<u32>,
}

impl Default for ClientSetup {
    /// A client that does only what it is told, at the nearest node.
    fn default() -> Self {
        Self {
            name: String::new(),
            position: Position::default(),
            home: Home::Nearest,
            pace: Pace::Silent,
            mix: Mix::default(),
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

/// Which node a client turns to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Always this node first.
    Node(NodeId),
    /// The nearest node at the time of the call.
    Nearest,
    /// Each operation at the next node in turn.
    RoundRobin,
}

/// When a client starts operations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Only when told to by an action.
    Silent,
    /// One at a time: the next starts `think` after the last one ended.
    Closed {
        /// The pause between operations.
        think: Span,
    },
    /// At a rate, whether or not earlier ones have ended; the gaps are exponential (a Poisson process).
    Open {
        /// Operations per second on average.
        per_second: f64,
    },
    /// A program that needs the data all the time: so many operations one after the other, then it computes, and
    /// again.
    Job {
        /// Operations of one round.
        accesses: u32,
        /// How long it computes then.
        compute: Span,
    },
}

impl Pace {
    /// Whether the next operation waits for the end of the one before.
    #[must_use]
    pub fn waits(self) -> bool {
        matches!(self, Self::Closed { .. } | Self::Job { .. })
    }
}

/// The shares of each kind of operation, as weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    /// Weight of reads.
    pub read: u16,
    /// Weight of writes.
    pub write: u16,
    /// Weight of compare-and-set.
    pub cas: u16,
    /// Weight of adding 1 to a number.
    pub add: u16,
    /// Weight of putting an element into a set.
    pub insert: u16,
    /// Weight of taking an element out of a set: one that the client has seen there.
    pub remove: u16,
    /// Weight of range scans over [`ClientSetup::scan_keys`] keys.
    pub scan: u16,
    /// Weight of reading every key there is.
    pub query_all: u16,
    /// Weight of writing two keys at once, without atomicity.
    pub pair: u16,
}

impl Mix {
    /// Whether it has operations over several keys.
    #[must_use]
    pub fn has_queries(self) -> bool {
        self.scan > 0 || self.query_all > 0 || self.pair > 0
    }
}

/// How keys are picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyPick {
    /// All alike.
    Uniform,
    /// Zipf's law with this exponent.
    Zipf {
        /// 0 is uniform; 1 is the classic law.
        exponent: f64,
    },
    /// Each operation the next key, and after the last one the first: keys that are made of the time.
    Sequential,
    /// The keys belong to tenants, each to one; those of a tenant are neighbours. Tenants are drawn by Zipf's law
    /// and their keys alike.
    Tenants {
        /// How many tenants.
        tenants: u32,
        /// 0 is uniform; 1 is the classic law.
        exponent: f64,
    },
    /// The same with tenants that all begin with an equal share of the operations; then the share of the first
    /// doubles again and again, until it has nearly all.
    Growing {
        /// How many tenants.
        tenants: u32,
        /// How long its share takes to double.
        doubling: Span,
    },
}

/// The keys of a tenant: the first, and the first that is not its own. There are never more tenants than keys.
#[must_use]
pub fn keys_of_tenant(keys: u32, tenants: u32, tenant: u32) -> (u32, u32) {
    let tenants = tenants.clamp(1, keys.max(1));
    let start = |tenant: u32| (u64::from(tenant.min(tenants)) * u64::from(keys) / u64::from(tenants)) as u32;
    (start(tenant), start(tenant.saturating_add(1)))
}

/// The tenant of a key.
#[must_use]
pub fn tenant_of_key(keys: u32, tenants: u32, key: u32) -> u32 {
    let tenants = tenants.clamp(1, keys.max(1));
    // The last tenant that starts at or before the key.
    ((u64::from(key) * u64::from(tenants) + u64::from(tenants) - 1) / u64::from(keys.max(1))) as u32
}

impl Setup {
    /// The place of a node or client at the start.
    #[must_use]
    pub fn position(&self, site: Site) -> Position {
        match (site.node(), site.client()) {
            (Some(NodeId(n)), _) => self.nodes[usize::from(n)].position,
            (_, Some(ClientId(c))) => self.clients[usize::from(c)].position,
            _ => unreachable!("a site is a node or a client"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn london_to_new_york_takes_what_physics_says() {
        // 5,570 km: 27.85 ms one way, 55.7 ms round trip at 200 km per ms.
        assert_eq!(light(5_570.0), Span::from_us(27_850));
        let a = Position { x_km: 0, y_km: 0 };
        let b = Position { x_km: 300, y_km: 400 };
        assert_eq!(a.distance_km(b).to_bits(), 500.0f64.to_bits());
    }
}
