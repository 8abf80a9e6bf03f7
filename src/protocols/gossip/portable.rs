//! How a group of replicas that gossip is replaced by another.
//!
//! What one replica acknowledged may be nowhere else, so all have to be sealed. Their states merge, as they would have by
//! gossip, and so does what they know. The copies of the new group are all the same then, and nothing is left to
//! tell.
//!
//! Nobody in the new group goes on under a name of the old one, in which another node may have had the same
//! number: every member draws a new name when it starts, as a node does that has lost its disk. So dots are not
//! made twice, and what the old ones have counted stays apart from what the new ones count.
//!
//! What is known may be about keys that went to another group. That does no harm: nobody here asks for them.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, NodeId};

use super::Gossip;
use super::data::{Data, Object, Slot};
use super::disk::{Disk, Rest};
use super::variant::{Sound, Variant};
use crate::portable::{Parcels, Part, Portable};

/// What a replica holds of a part.
#[derive(Clone, Debug, Hash)]
pub enum Parcel {
    /// What a key holds, as each type of data.
    Objects(BTreeMap<Data, Object>),
    /// What belongs to no key.
    Rest(Rest),
}

impl<V: Variant> Portable for Gossip<V> {
    type Parcel = Parcel;

    fn sealed_by(_parameters: &[u64], members: u16) -> u16 {
        members
    }

    fn pack(&self, part: Part) -> Option<Parcel> {
        let Some(key) = part else { return Some(Parcel::Rest(self.disk.rest())) };
        let slot = |data| Slot { data, key };
        let held = Data::ALL.into_iter().filter_map(|data| Some((data, self.disk.get(slot(data))?.clone())));
        let objects: BTreeMap<Data, Object> = held.collect();
        (!objects.is_empty()).then_some(Parcel::Objects(objects))
    }

    fn rank(&self) -> (u64, u64) {
        (0, 0)
    }

    fn merge(parcel: &mut Parcel, other: &Parcel) {
        match (parcel, other) {
            (Parcel::Objects(mine), Parcel::Objects(theirs)) => {
                for (data, object) in theirs {
                    // Whatever is wrong with a variant, parcels are put together as they should be.
                    mine.entry(*data).or_insert_with(|| data.empty()).merge::<Sound>(object);
                }
            }
            (Parcel::Rest(mine), Parcel::Rest(theirs)) => mine.merge(theirs),
            // A part is a key or it is none, so both are of one kind.
            _ => {}
        }
    }

    fn unpack(
        _me: NodeId,
        _members: u16,
        _parameters: &[u64],
        _generation: u32,
        parcels: &Parcels<Self>,
    ) -> Disk {
        let rest = match parcels.get(&None).map(|parcel| &**parcel) {
            Some(Parcel::Rest(rest)) => rest.clone(),
            _ => Rest::default(),
        };
        let keys = parcels.iter().filter_map(|(&part, parcel)| match &**parcel {
            Parcel::Objects(objects) => Some((part?, objects)),
            Parcel::Rest(_) => None,
        });
        let of_key = |(key, objects): (Key, &BTreeMap<Data, Object>)| -> Vec<(Slot, Object)> {
            objects.iter().map(|(&data, object)| (Slot { data, key }, object.clone())).collect()
        };
        Disk::beginning_with(keys.flat_map(of_key), rest)
    }

    fn bytes(parcel: &Parcel) -> u32 {
        match parcel {
            Parcel::Objects(objects) => objects.values().map(|object| 5 + object.bytes()).sum(),
            Parcel::Rest(rest) => rest.bytes(),
        }
    }
}
