//! How a single copy changes hands: the first member has everything, so it has to be sealed, and so all are.

use netsplit_sim::durable::Durable;
use netsplit_sim::ids::NodeId;

use super::{Disk, Flaws, HOLDER, SingleCopy};
use crate::parts::pieces::Piece;
use crate::portable::{Parcels, Part, Portable};

impl<F: Flaws> Portable for SingleCopy<F> {
    type Parcel = Piece;

    /// Of any fewer, the one that was left out may be the one that holds the data.
    fn sealed_by(_parameters: &[u64], members: u16) -> u16 {
        members
    }

    fn pack(&self, part: Part) -> Option<Piece> {
        Piece::of(&self.disk.machine, part, [self.disk.applied.get(), 0])
    }

    /// The others have what the group began with. It counts where the first never started, for then nothing was
    /// done since.
    fn rank(&self) -> (u64, u64) {
        (u64::from(self.me == HOLDER), 0)
    }

    fn merge(parcel: &mut Piece, other: &Piece) {
        parcel.merge(other);
    }

    fn unpack(
        _me: NodeId,
        _members: u16,
        _parameters: &[u64],
        _generation: u32,
        parcels: &Parcels<Self>,
    ) -> Disk {
        let (machine, [applied, _]) = Piece::whole(parcels);
        let mut disk = Disk { machine, ..Disk::default() };
        disk.applied.set(applied);
        disk.synced();
        disk
    }

    fn bytes(parcel: &Piece) -> u32 {
        parcel.bytes()
    }
}
