//! What nodes of a cluster with several shards send to each other.

use std::rc::Rc;

use netsplit_sim::ids::{ClientId, Key, NodeId, OpId, Value};
use netsplit_sim::protocol::{Answer, Kind, Label, Request, Token};
use netsplit_sim::sharding::{ShardId, ShardMap};

use super::member::{Parcel, Wire};
use crate::portable::Part;

/// Work that has to get to a node that holds its key.
#[derive(Clone, Hash)]
pub enum Job {
    /// A client's request. That node answers the client itself.
    One {
        /// The request.
        request: Request,
        /// What the client handed back with it.
        token: Option<Token>,
    },
    /// Parts of a query, all of one shard. Their client is the node that asks ([`asker`]).
    Parts(Vec<Request>),
}

/// What a message says.
#[derive(Clone, Hash)]
pub enum Message {
    /// A message of a shard's own protocol.
    Member {
        /// The shard.
        shard: ShardId,
        /// The message.
        wire: Wire,
    },
    /// Work for a node that holds its key, by the map of this version.
    Forward {
        /// The work.
        job: Job,
        /// The version of the sender's map.
        version: u64,
    },
    /// The map by which this work was sent is stale: here is a newer one.
    Bounce {
        /// The work, untouched.
        job: Job,
        /// The newer map.
        map: Rc<ShardMap>,
    },
    /// What parts of a query came to.
    PartsDone(Vec<(OpId, Answer)>),
    /// The map, from a node that has a newer one.
    Map(Rc<ShardMap>),
    /// A node's map is older than that of the sender of something: it wants the newer one.
    WantMap,
    /// A node reports to the node that keeps the map.
    Report(Report),
    /// The node that keeps the map heard the report.
    Alive {
        /// The version of the map.
        version: u64,
        /// Nodes that it believes to run.
        up: Rc<[NodeId]>,
    },
    /// A node that is to hold a shard asks an old holder for what comes after a part.
    Pull {
        /// The new shard.
        to: ShardId,
        /// The old shard.
        from: ShardId,
        /// The last part that it has from there; `None` if nothing.
        after: Option<Part>,
    },
    /// The next parts, in order, for a node that is to hold a shard.
    Parcels {
        /// The new shard.
        to: ShardId,
        /// The old shard.
        from: ShardId,
        /// The last part that the asker had.
        after: Option<Part>,
        /// The parts.
        parcels: Vec<(Part, Parcel)>,
        /// Whether that is all.
        last: bool,
    },
    /// Stop serving this shard for good, and say what you hold of it.
    Seal {
        /// The new shard that it is for.
        to: ShardId,
        /// The old shard.
        from: ShardId,
    },
    /// It serves no longer.
    Sealed {
        /// The new shard that it is for.
        to: ShardId,
        /// The old shard.
        from: ShardId,
        /// How many members have to be sealed, by all the parameters that this one has served with.
        needed: u16,
        /// How much it has seen and what it holds of the new shard's parts; `None` if it never served the old one.
        holds: Option<Holds>,
    },
    /// Send these parts as you hold them now: an old holder that is sealed, or the node that put the new
    /// shard together.
    Fetch {
        /// The new shard.
        to: ShardId,
        /// The old shard, or the new one itself.
        from: ShardId,
        /// The parts.
        parts: Vec<Part>,
    },
    /// What was fetched.
    Fetched {
        /// The new shard.
        to: ShardId,
        /// Where it is from.
        from: ShardId,
        /// The parts.
        parcels: Vec<(Part, Parcel)>,
    },
    /// What a new shard starts from is settled: exactly these parts.
    Settled {
        /// The new shard.
        shard: ShardId,
        /// The parts and their digests.
        parts: Digests,
    },
    /// A member of a new shard has all that it starts from.
    Installed {
        /// The new shard.
        shard: ShardId,
    },
    /// Enough members of a new shard have what it starts from: it can take over.
    Finished {
        /// The new shard.
        shard: ShardId,
    },
    /// Several messages that were gathered.
    Batch(Vec<Self>),
}

/// Parts with the digests of what is held of them.
pub(super) type Digests = Rc<[(Part, u64)]>;

/// What a sealed member holds.
#[derive(Clone, Debug, Hash)]
pub struct Holds {
    /// How much it has seen.
    pub rank: (u64, u64),
    /// What it holds of the new shard's parts.
    pub parts: Digests,
}

/// What a node tells the node that keeps the map.
#[derive(Clone, Debug, Default, Hash)]
pub struct Report {
    /// The version of its map.
    pub version: u64,
    /// New shards whose keys it has copied as far as it can.
    pub copied: Vec<ShardId>,
    /// Operations that it carried out since its last report, by key.
    pub served: Vec<(Key, u32)>,
}

/// How many kinds of message there are besides those of the shards' protocol.
pub(super) const OWN_MESSAGES: u8 = KINDS.len() as u8;

/// The kinds, in the order of [`kind`].
pub(super) const KINDS: &[Kind] = &[
    Kind { name: "Forward", summary: "A request is passed on to a node that holds its key." },
    Kind { name: "Bounce", summary: "The sender's map is stale: the request comes back with a newer map." },
    Kind { name: "Query part", summary: "A node asks a shard for its part of a query." },
    Kind { name: "Part done", summary: "A shard's answers to its part of a query." },
    Kind { name: "Map", summary: "The map that says which nodes hold which keys." },
    Kind { name: "Want map", summary: "A node that sees that its map is stale asks for the newer one." },
    Kind { name: "Report", summary: "A node tells the map keeper that it runs, and what it served." },
    Kind { name: "Alive", summary: "The map keeper tells which nodes it believes to run." },
    Kind { name: "Pull", summary: "A node that is to hold a shard asks an old holder for the next keys." },
    Kind { name: "Parcels", summary: "Keys on their way to a node that is to hold them." },
    Kind { name: "Seal", summary: "An old holder is told to serve a shard no longer." },
    Kind { name: "Sealed", summary: "An old holder serves no longer, and says what it holds." },
    Kind { name: "Fetch", summary: "A node asks for the keys that changed while it copied." },
    Kind { name: "Fetched", summary: "Keys that changed while they were copied." },
    Kind { name: "Settled", summary: "It is decided what a new shard starts from." },
    Kind { name: "Installed", summary: "A member of a new shard has all that it starts from." },
    Kind { name: "Finished", summary: "A new shard can take over." },
    Kind { name: "Batch", summary: "Several messages that were gathered and travel as one." },
];

/// Bytes of a message that carries little.
const SMALL: u32 = 32;

/// The client that stands for a node which asks for parts of a query: clients have smaller numbers.
const ASKERS: u16 = 0x7000;

/// The client that stands for a node.
pub(super) fn asker(node: NodeId) -> ClientId {
    ClientId(ASKERS + node.0)
}

/// The node that a client stands for, if it does.
pub(super) fn asking_node(client: ClientId) -> Option<NodeId> {
    client.0.checked_sub(ASKERS).map(NodeId)
}

impl Job {
    fn op(&self) -> Option<OpId> {
        match self {
            Self::One { request, .. } => Some(request.op),
            Self::Parts(_) => None,
        }
    }

    /// Some key of it, which says which shard it is about.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::One { request, .. } => Some(request.call.key()),
            Self::Parts(parts) => parts.first().map(|part| part.call.key()),
        }
    }

    fn bytes(&self) -> u32 {
        match self {
            Self::One { .. } => 64,
            Self::Parts(parts) => SMALL + 16 * parts.len() as u32,
        }
    }

    fn forge(&mut self, value: Value) {
        match self {
            Self::One { request, .. } => request.call.forge(value),
            Self::Parts(parts) => parts.iter_mut().for_each(|part| part.call.forge(value)),
        }
    }
}

fn map_bytes(map: &ShardMap) -> u32 {
    let shards = map.shards.iter().chain(map.moves.iter().map(|moved| &moved.to));
    SMALL + shards.map(|shard| 8 + 4 * shard.keys.len() as u32 + 2 * shard.members.len() as u32).sum::<u32>()
}

fn parcels_bytes(parcels: &[(Part, Parcel)]) -> u32 {
    SMALL + parcels.iter().map(|(_, parcel)| 8 + parcel.bytes).sum::<u32>()
}

impl Message {
    /// What it is, for people.
    pub fn label(&self) -> Label {
        let own = |kind, bytes, op| Label { kind, bytes, op, version: None };
        match self {
            Self::Member { wire, .. } => Label { bytes: wire.label.bytes + 8, ..wire.label },
            Self::Forward { job: job @ Job::One { .. }, .. } => own(0, job.bytes(), job.op()),
            Self::Bounce { job, map } => own(1, job.bytes() + map_bytes(map), job.op()),
            Self::Forward { job, .. } => own(2, job.bytes(), None),
            Self::PartsDone(answers) => own(3, SMALL + 24 * answers.len() as u32, None),
            Self::Map(map) => own(4, map_bytes(map), None),
            Self::WantMap => own(5, SMALL, None),
            Self::Report(report) => own(6, SMALL + 8 * report.served.len() as u32, None),
            Self::Alive { up, .. } => own(7, SMALL + 2 * up.len() as u32, None),
            Self::Pull { .. } => own(8, SMALL, None),
            Self::Parcels { parcels, .. } => own(9, parcels_bytes(parcels), None),
            Self::Seal { .. } => own(10, SMALL, None),
            Self::Sealed { holds, .. } => {
                own(11, SMALL + 12 * holds.as_ref().map_or(0, |holds| holds.parts.len()) as u32, None)
            }
            Self::Fetch { parts, .. } => own(12, SMALL + 4 * parts.len() as u32, None),
            Self::Fetched { parcels, .. } => own(13, parcels_bytes(parcels), None),
            Self::Settled { parts, .. } => own(14, SMALL + 12 * parts.len() as u32, None),
            Self::Installed { .. } => own(15, SMALL, None),
            Self::Finished { .. } => own(16, SMALL, None),
            Self::Batch(messages) => {
                let labels = messages.iter().map(Self::label);
                own(17, SMALL + labels.map(|label| label.bytes).sum::<u32>(), None)
            }
        }
    }

    /// Replaces every value that it tells. Parcels are left alone: a node that lies about what others are to keep
    /// would be caught by nobody, and is outside of every contract.
    pub fn forge(&mut self, value: Value) {
        match self {
            Self::Member { wire, .. } => wire.forge(value),
            Self::Forward { job, .. } | Self::Bounce { job, .. } => job.forge(value),
            Self::PartsDone(answers) => {
                for (_, answer) in answers {
                    match answer {
                        Answer::Read(Some((told, _))) => *told = value,
                        Answer::Values(several) => several.iter_mut().for_each(|(told, _)| *told = value),
                        _ => {}
                    }
                }
            }
            Self::Batch(messages) => messages.iter_mut().for_each(|message| message.forge(value)),
            _ => {}
        }
    }
}
