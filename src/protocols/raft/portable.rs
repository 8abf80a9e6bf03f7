//! How a group of servers is replaced by another.
//!
//! The sealed servers are a majority that will vote for nobody and take no entry any more. Among them the one with
//! the newest log, by the rule of section 5.4.1, has every committed entry: it is the one that they would have elected.
//! What it hands on is the state after *all* of its log, with the entries that are not known to be committed. A leader
//! that those servers had elected would have committed these, too: some may have been acknowledged, and the others
//! belong to clients that do not know what came of them.
//!
//! The new servers begin with that state as a snapshot that they all have, at an index that no entry had and in
//! a term that follows. Nobody has voted and nobody leads: they elect a leader as a cluster does that was restarted.
//! It has as many members as a new cluster would have; spare servers get the snapshot too, which is committed, and
//! go on as any spare server that has an old one.
//!
//! What makes a majority has to be known without asking. So in such a group servers are neither added nor removed;
//! leadership may be handed on.

use netsplit_sim::ids::NodeId;

use super::about::{ReadBy, Settings, command, first_members};
use super::disk::{Disk, Members, Snapshot, What};
use super::{Bugs, Raft, version};
use crate::parts::pieces::Piece;
use crate::portable::{Parcels, Part, Portable};

impl<B: Bugs> Portable for Raft<B> {
    type Parcel = Piece;

    /// Whichever are left out, a majority of those that count has to be sealed: spare servers may be among the sealed. A
    /// leader with a lease, and any server where reads may be stale, answers without asking anybody.
    fn sealed_by(parameters: &[u64], members: u16) -> u16 {
        match Settings::read(parameters).reads {
            ReadBy::Lease | ReadBy::Any => members,
            ReadBy::Log | ReadBy::Index => {
                let counting = first_members(parameters, members) as u16;
                members - counting + counting / 2 + 1
            }
        }
    }

    fn pack(&self, part: Part) -> Option<Piece> {
        let tail = self.disk.log.from(self.committed + 1).filter_map(|(index, entry)| match entry.what {
            What::Operation { op, call } => Some((op, call, version(index))),
            What::NoOp | What::Members(_) => None,
        });
        Piece::after(&self.machine, tail, part, [self.term(), self.disk.log.end()])
    }

    /// The term and the index of the last entry: logs that agree in both are the same.
    fn rank(&self) -> (u64, u64) {
        let (index, term) = self.disk.last();
        (term, index)
    }

    fn merge(parcel: &mut Piece, other: &Piece) {
        parcel.merge(other);
    }

    fn unpack(
        _me: NodeId,
        members: u16,
        parameters: &[u64],
        _generation: u32,
        parcels: &Parcels<Self>,
    ) -> Disk {
        let (machine, [term, index]) = Piece::whole(parcels);
        let members = Members::first(first_members(parameters, members));
        Disk::beginning_with(Snapshot { index: index + 1, term: term + 1, members, machine })
    }

    fn bytes(parcel: &Piece) -> u32 {
        parcel.bytes()
    }

    fn allows(command: u8) -> bool {
        command == command::TRANSFER
    }
}
