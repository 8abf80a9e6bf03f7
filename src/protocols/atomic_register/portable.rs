//! How a group of the atomic register is replaced by another: as a read that nobody can overtake any more. A majority
//! is sealed, which has every tag that was shown to a client; of each key the greatest counts, and every
//! member of the new group begins with it. So the first tag that any of them chooses is greater.
//!
//! A write that had reached none of the sealed members was acknowledged to nobody. If its request comes again, it is
//! made with the tag that its coordinator had chosen, if that is remembered, and with a new one if not.

use netsplit_sim::durable::Durable;
use netsplit_sim::ids::NodeId;

use super::{Disk, Register, Variant, newer};
use crate::parts::request_memory::RequestMemory;
use crate::parts::store::Cell;
use crate::portable::{Parcels, Part, Portable};

/// What a replica holds of a part.
#[derive(Clone, Debug, Hash)]
pub enum Parcel {
    /// A key's value with its tag.
    Cell(Cell),
    /// What belongs to no key: the writes that it began.
    Memory(RequestMemory),
}

impl<V: Variant> Portable for Register<V> {
    type Parcel = Parcel;

    /// No majority is left, and every majority that has kept a write has a member among these.
    fn sealed_by(_parameters: &[u64], members: u16) -> u16 {
        members / 2 + 1
    }

    fn pack(&self, part: Part) -> Option<Parcel> {
        match part {
            Some(key) => self.disk.store.get(key).map(Parcel::Cell),
            None => {
                let mut memory = self.disk.memory.clone();
                memory.synced();
                Some(Parcel::Memory(memory))
            }
        }
    }

    fn rank(&self) -> (u64, u64) {
        (0, 0)
    }

    fn merge(parcel: &mut Parcel, other: &Parcel) {
        match (parcel, other) {
            (Parcel::Cell(mine), Parcel::Cell(theirs)) if newer(theirs, mine) => *mine = *theirs,
            (Parcel::Memory(mine), Parcel::Memory(theirs)) => mine.merge(theirs),
            // The cell here is the newer one. A part is a key or it is none, so both are of one kind.
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
        let mut disk = Disk::default();
        for (&part, parcel) in parcels {
            match (part, &**parcel) {
                (Some(key), Parcel::Cell(cell)) => disk.store.put(key, *cell),
                (None, Parcel::Memory(memory)) => disk.memory = memory.clone(),
                _ => {}
            }
        }
        disk.synced();
        disk
    }

    /// Without the 44 bytes of every message here.
    fn bytes(parcel: &Parcel) -> u32 {
        match parcel {
            Parcel::Cell(_) => 28,
            Parcel::Memory(memory) => memory.wire_bytes(),
        }
    }
}
