//! How the data of a cluster is split among its nodes, as plain data: the map that nodes route by, and what a node
//! tells a viewer of the shards that it holds.
//!
//! A *shard* is a part of the keys together with the nodes that hold copies of it. (The chapter calls it a
//! partition; we keep that word for a cut in the network.)

use std::rc::Rc;

use crate::ids::{Key, NodeId};

/// The number of a shard. It is never used again, so two shards with the same keys and members at different
/// times are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u32);

/// Some keys and the nodes that hold them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Its number.
    pub id: ShardId,
    /// Its keys, in ascending order; at least one.
    pub keys: Rc<[Key]>,
    /// The nodes that hold copies of it, at least one and all different. The first is asked first; a
    /// protocol knows its member by the place in this list.
    pub members: Vec<NodeId>,
}

/// A shard that is being made out of others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// What it will be.
    pub to: Shard,
    /// The shards that hold its keys until then.
    pub from: Vec<ShardId>,
    /// Whether its keys are here as far as they can be while the old shards serve, and those are now being sealed.
    pub sealing: bool,
}

/// Which shard holds which key, at one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShardMap {
    /// Counts the changes. Who has a higher version knows better.
    pub version: u64,
    /// The nodes that are in the cluster, in ascending order.
    pub nodes: Vec<NodeId>,
    /// The shards in use, in the order of display. Every key is in exactly one of `owners`, but a shard that is
    /// being replaced may list keys that another has taken over already.
    pub shards: Vec<Shard>,
    /// The shards to come, in the order in which they are made.
    pub moves: Vec<Move>,
    /// By key: the place in `shards` of the one that holds it.
    pub owners: Rc<[u16]>,
    /// Where the keys and the nodes lie in the space that they were hashed to.
    pub picture: Picture,
}

/// Where keys and nodes lie in the space of a hash function, for schemes that have one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Picture {
    /// By key: where it lies. Empty if keys keep their order.
    pub places: Rc<[u64]>,
    /// Where nodes lie, in ascending order; a node that has several places (virtual nodes) is there several
    /// times. Empty if nodes have no place.
    pub points: Rc<[(u64, NodeId)]>,
}

impl ShardMap {
    /// The shard that holds a key; `None` for a key that the store does not have.
    #[must_use]
    pub fn owner(&self, key: Key) -> Option<&Shard> {
        self.shards.get(usize::from(*self.owners.get(key.0 as usize)?))
    }

    /// A shard in use, by its number.
    #[must_use]
    pub fn shard(&self, id: ShardId) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.id == id)
    }

    /// The keys that a shard in use is the holder of.
    pub fn held(&self, id: ShardId) -> impl Iterator<Item = Key> {
        let place = self.shards.iter().position(|shard| shard.id == id);
        let owned = move |&(_, &owner): &(usize, &u16)| Some(usize::from(owner)) == place;
        self.owners.iter().enumerate().filter(owned).map(|(key, _)| Key(key as u32))
    }
}

/// What a node's copy of a shard is good for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShardState {
    /// It serves.
    Serving,
    /// It serves no longer: its shard is being replaced, and this copy is kept until that is done.
    Sealed,
    /// It does not serve yet: the keys come in.
    Arriving {
        /// Keys that are here.
        have: u32,
        /// Keys that it will have.
        of: u32,
    },
}

/// A node's copy of a shard at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardView {
    /// The shard.
    pub id: ShardId,
    /// What the copy is good for.
    pub state: ShardState,
    /// Its role in words, as the protocol has it.
    pub role: &'static str,
    /// Whether it believes that it leads.
    pub leads: bool,
    /// The term or epoch that it believes in, where the protocol has them.
    pub term: Option<u64>,
    /// How many keys of it have been written.
    pub keys: u32,
    /// About how many bytes it takes.
    pub bytes: u64,
    /// Operations of clients that this copy carried out or coordinated since its node started.
    pub served: u64,
}

/// What a node has moved since it started. What it has at hand itself does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Keys that it was sent.
    pub keys_in: u64,
    /// Bytes of keys that it was sent.
    pub bytes_in: u64,
    /// Keys that it sent.
    pub keys_out: u64,
    /// Bytes of keys that it sent.
    pub bytes_out: u64,
    /// Requests that it passed on to where the key is held, or told the client to ask there.
    pub passed_on: u64,
    /// Requests that came to it by a stale map.
    pub stale: u64,
}

/// What a node of a cluster whose data is split tells a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardingView {
    /// The map that it knows.
    pub map: Rc<ShardMap>,
    /// Whether it keeps the map: its version is the newest.
    pub keeps_map: bool,
    /// The nodes that it believes to run, in ascending order.
    pub up: Vec<NodeId>,
    /// Its copies, in the order of their numbers.
    pub copies: Vec<ShardView>,
    /// What it has moved.
    pub traffic: Traffic,
}
