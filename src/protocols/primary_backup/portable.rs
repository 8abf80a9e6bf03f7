//! How a group of a primary and its backups is replaced by another.
//!
//! Where every new primary has seen every acknowledged write (`promises`), a majority is sealed, and of its logs the
//! best one counts by the rule by which a node takes over: the last entry of the newest epoch, and the longest of
//! those. Reads are no way around that, as a primary asks a majority before it answers them. In every other
//! case somebody may carry out an operation without a majority: all have to be sealed.
//!
//! Without epochs there is no such rule: the log of the lowest-numbered primary counts, which would stay if two
//! of them met, and where nobody leads the longest.
//!
//! What is handed on is the state after the whole log, committed or not, as a new primary would commit what it finds. In
//! the new group that is a snapshot which all have, in an epoch that follows, of which the first member is
//! primary. So nobody has to vote or be promoted at first; if that member is not there, another takes over as it would
//! from any other primary.

use netsplit_sim::ids::NodeId;

use super::disk::{Disk, Epoch};
use super::promises::loses_nothing_by_vote;
use super::settings::{ReadAt, Settings};
use super::{Flaws, PrimaryBackup, Role};
use crate::parts::pieces::Piece;
use crate::portable::{Parcels, Part, Portable};

impl<F: Flaws> Portable for PrimaryBackup<F> {
    type Parcel = Piece;

    fn sealed_by(parameters: &[u64], members: u16) -> u16 {
        let settings = Settings::new(parameters);
        // Any node, or a primary that asks nobody, may answer a read by itself.
        if loses_nothing_by_vote(&settings, members) && settings.reads == ReadAt::Primary {
            members / 2 + 1
        } else {
            members
        }
    }

    fn pack(&self, part: Part) -> Option<Piece> {
        let tail = self.disk.log().from(self.applied + 1).filter_map(|(index, entry)| {
            let (op, call) = entry.command?;
            Some((op, call, entry.version(index)))
        });
        Piece::after(&self.machine, tail, part, [self.disk.epoch.get().number, self.disk.end()])
    }

    fn rank(&self) -> (u64, u64) {
        let end = self.disk.end();
        if self.settings.epochs {
            // Of two epochs with one number the node decides.
            let Epoch { number, node } = self.disk.last_epoch();
            return (number << 16 | u64::from(node.0), end);
        }
        let leads = self.role == Role::Primary;
        (if leads { u64::from(u16::MAX - self.me.0) + 1 } else { 0 }, end)
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
        let (state, [number, end]) = Piece::whole(parcels);
        Disk::beginning_with(state, Epoch { number: number + 1, node: NodeId(0) }, end)
    }

    fn bytes(parcel: &Piece) -> u32 {
        parcel.bytes()
    }
}
