//! How a group of the leaderless store is replaced by another.
//!
//! Nobody agreed on an order here, so every sealed replica counts, and what they hold of a key is merged as a read
//! would merge it: timestamps or vectors stay what they were, and a client's token of before is understood. What a replica
//! keeps for another, with a hint, is part of what it holds.
//!
//! What replicas number by themselves goes on apart from what was: a timestamp is greater than every one that was
//! handed on, and dots are made under a name that has the generation in it.

use std::rc::Rc;

use netsplit_sim::durable::Durable;
use netsplit_sim::ids::NodeId;

use super::content::{Content, Versions};
use super::rules::Rules;
use super::{Disk, Leaderless, Variant, ring};
use crate::parts::request_memory::RequestMemory;
use crate::portable::{Parcels, Part, Portable};

/// What a replica holds of a part.
#[derive(Clone, Debug, Hash)]
pub enum Parcel {
    /// What it and those that it keeps hints for hold of a key.
    Content(Content),
    /// What belongs to no key.
    Rest {
        /// The writes that it began.
        memory: RequestMemory,
        /// The last timestamp that it gave out.
        last_timestamp: u64,
    },
}

impl<V: Variant> Portable for Leaderless<V> {
    type Parcel = Parcel;

    /// Fewer than R are left for a read, fewer than W for a write, and of the W that have an acknowledged write at
    /// least one is sealed; and as many as a read asks for are, so that as many may have lost their disks as reads
    /// survive. All of that also when all that are left out are of one key's list. Where a coordinator accepts what
    /// it can reach, or others stand in, a single node may have a write, or answer.
    fn sealed_by(parameters: &[u64], members: u16) -> u16 {
        let rules = Rules::of(parameters, members);
        if rules.accepts || rules.sloppy {
            return members;
        }
        let outside = members - rules.n;
        (members + 1 - rules.r.min(rules.w)).max(outside + rules.r).max(members / 2 + 1)
    }

    fn pack(&self, part: Part) -> Option<Parcel> {
        let Some(key) = part else {
            let mut memory = self.disk.memory.clone();
            memory.synced();
            return Some(Parcel::Rest { memory, last_timestamp: self.disk.last_timestamp.get() });
        };
        let begun = self.disk.handed_on.get(&key);
        let held = self.local(key);
        let content = match (begun, held) {
            (Some(begun), held) => self.merge(held.as_ref(), begun),
            (None, held) => held?,
        };
        Some(Parcel::Content(match self.rules.versions {
            // It may still have siblings from before the parameter was changed.
            Versions::Timestamps => Content::Stamped(content.newest()?),
            Versions::Vectors => content,
        }))
    }

    fn rank(&self) -> (u64, u64) {
        (0, 0)
    }

    fn merge(parcel: &mut Parcel, other: &Parcel) {
        match (parcel, other) {
            (Parcel::Content(mine), Parcel::Content(theirs)) => {
                // Of timestamps the newest counts by this rule, too.
                *mine = mine.merged(theirs, Versions::Vectors, false);
            }
            (
                Parcel::Rest { memory, last_timestamp },
                Parcel::Rest { memory: others, last_timestamp: theirs },
            ) => {
                memory.merge(others);
                *last_timestamp = (*last_timestamp).max(*theirs);
            }
            // A part is a key or it is none, so both are of one kind.
            _ => {}
        }
    }

    fn unpack(
        me: NodeId,
        members: u16,
        parameters: &[u64],
        generation: u32,
        parcels: &Parcels<Self>,
    ) -> Disk {
        let n = Rules::of(parameters, members).n;
        let mut disk = Disk::default();
        disk.generation.set(generation);
        let mut last = 0;
        let mut elsewhere = std::collections::BTreeMap::new();
        for (&part, parcel) in parcels {
            match (part, &**parcel) {
                (Some(key), Parcel::Content(content)) => {
                    let newest = content.newest().map_or(0, |cell| cell.version.counter);
                    last = last.max(newest);
                    if ring::covers(ring::start(key, members), me, n, members) {
                        disk.copies.insert(key, content.clone());
                    } else {
                        elsewhere.insert(key, content.clone());
                    }
                }
                (None, Parcel::Rest { memory, last_timestamp }) => {
                    let begun = memory.newest().map_or(0, |version| version.counter);
                    last = last.max(begun).max(*last_timestamp);
                    disk.memory = memory.clone();
                }
                _ => {}
            }
        }
        disk.handed_on = Rc::new(elsewhere);
        disk.last_timestamp.set(last);
        disk.synced();
        disk
    }

    fn bytes(parcel: &Parcel) -> u32 {
        match parcel {
            Parcel::Content(content) => 4 + content.bytes(),
            Parcel::Rest { memory, .. } => 8 + memory.wire_bytes(),
        }
    }
}
