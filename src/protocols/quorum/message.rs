//! What replicas of the leaderless store send to each other.

use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::protocol::{Answer, Kind, Label, Request, Token};

use super::content::Content;
use crate::parts::merkle::Place;

/// What replicas send to each other.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// Coordinator to replica: keep this, and say so.
    Store {
        /// The write.
        op: OpId,
        /// The key.
        key: Key,
        /// The version of the write.
        version: Version,
        /// What to merge with what the replica holds.
        content: Content,
        /// Whom it is for, if the receiver stands in for another.
        owner: Option<NodeId>,
    },
    /// Replica to coordinator: this version, or what supersedes it, is on disk.
    Stored(OpId, Version),
    /// Coordinator to replica: what do you hold?
    Fetch(OpId, Key),
    /// Replica to coordinator: this.
    Fetched(OpId, Option<Content>),
    /// Coordinator to replica after a read: merge this.
    Repair(Key, Content),
    /// A node that does not hold the key to one that does: coordinate this write.
    Forward(Request, Option<Token>),
    /// The answer to that.
    Forwarded(OpId, Answer, Option<Token>),
    /// Stand-in to owner: this was written while you were silent.
    Handoff(Key, Content),
    /// Owner to stand-in: I have it. With a fingerprint of what was handed over.
    Taken(Key, u64),
    /// The digests of some places of the sender's trees.
    Trees(Vec<(Place, u64)>),
    /// The keys at some leaves of the sender's trees, with fingerprints.
    Leaves(Vec<(Place, Vec<(Key, u64)>)>),
    /// What the sender holds of some keys, and the keys of which it wants to know in turn.
    Exchange(Vec<(Key, Content)>, Vec<Key>),
}

/// Bytes of every message besides what it carries: addresses, operation, key.
const HEADER: u32 = 40;
/// Bytes of a place with its digest.
const PLACE: u32 = 13;
/// Bytes of a key with a fingerprint.
const FINGERPRINT: u32 = 12;

impl Message {
    pub(super) fn kinds() -> Vec<Kind> {
        vec![
            Kind { name: "Store", summary: "The coordinator asks a replica to keep a version." },
            Kind { name: "Stored", summary: "A replica has the version, or what supersedes it, on disk." },
            Kind { name: "Fetch", summary: "The coordinator asks a replica what it holds." },
            Kind { name: "Fetched", summary: "A replica tells what it holds." },
            Kind { name: "Repair", summary: "After a read, a stale replica is given the newest version." },
            Kind { name: "Hint", summary: "The coordinator asks a node to keep a version for a silent one." },
            Kind { name: "Forward", summary: "A node that does not hold the key passes a write on." },
            Kind { name: "Forwarded", summary: "The answer to a write that was passed on." },
            Kind { name: "Handoff", summary: "A stand-in gives the owner what it kept for it." },
            Kind { name: "Taken", summary: "The owner has it, and the stand-in may forget it." },
            Kind { name: "Trees", summary: "Digests of places in a Merkle tree, to find what differs." },
            Kind { name: "Leaves", summary: "Keys with fingerprints, where the trees differ." },
            Kind {
                name: "Exchange",
                summary: "What a replica holds of keys that differ, and what it wants.",
            },
        ]
    }

    pub(super) fn label(&self) -> Label {
        let of = |content: &Content, key: Key| content.newest().map(|cell| (key, cell.version));
        let (kind, carries, op, version) = match self {
            Self::Store { op, key, version, content, owner } => {
                let kind = if owner.is_some() { 5 } else { 0 };
                (kind, 10 + content.bytes(), Some(*op), Some((*key, *version)))
            }
            Self::Stored(op, _) => (1, 10, Some(*op), None),
            Self::Fetch(op, _) => (2, 4, Some(*op), None),
            Self::Fetched(op, content) => (3, content.as_ref().map_or(0, Content::bytes), Some(*op), None),
            Self::Repair(key, content) => {
                (4, content.bytes(), content.newest().map(|cell| cell.op), of(content, *key))
            }
            Self::Forward(request, token) => (6, 24 + words(token.as_ref()), Some(request.op), None),
            Self::Forwarded(op, _, token) => (7, 16 + words(token.as_ref()), Some(*op), None),
            Self::Handoff(key, content) => {
                (8, content.bytes(), content.newest().map(|cell| cell.op), of(content, *key))
            }
            Self::Taken(..) => (9, FINGERPRINT, None, None),
            Self::Trees(places) => (10, places.len() as u32 * PLACE, None, None),
            Self::Leaves(leaves) => {
                let keys: usize = leaves.iter().map(|(_, keys)| keys.len()).sum();
                (11, leaves.len() as u32 * PLACE + keys as u32 * FINGERPRINT, None, None)
            }
            Self::Exchange(gives, wants) => {
                let given: u32 = gives.iter().map(|(_, content)| 4 + content.bytes()).sum();
                let first = gives.first().and_then(|(key, content)| of(content, *key));
                (12, given + wants.len() as u32 * 4, None, first)
            }
        };
        Label { kind, bytes: HEADER + carries, op, version }
    }

    pub(super) fn forge(&mut self, value: Value) {
        match self {
            Self::Store { content, .. }
            | Self::Fetched(_, Some(content))
            | Self::Repair(_, content)
            | Self::Handoff(_, content) => content.forge(value),
            Self::Exchange(gives, _) => gives.iter_mut().for_each(|(_, content)| content.forge(value)),
            Self::Forward(request, _) => {
                if let Call::Write { value: told, .. } = &mut request.call {
                    *told = value;
                }
            }
            Self::Stored(..)
            | Self::Fetch(..)
            | Self::Fetched(_, None)
            | Self::Forwarded(..)
            | Self::Taken(..)
            | Self::Trees(_)
            | Self::Leaves(_) => {}
        }
    }
}

fn words(token: Option<&Token>) -> u32 {
    token.map_or(0, |token| token.len() as u32 * 8)
}
