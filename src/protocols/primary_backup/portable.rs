//! How a group of a primary and its backups is replaced by another.
//!
//! Where nodes take over by vote, a majority is sealed, as it would have voted, and of its logs the best one counts by
//! the same rule: the last entry of the newest epoch, and the longest of those. So it has every write that a vote
//! would not have lost (`promises`). With few acknowledgements more have to be sealed, so that too few are left
//! for a write to be acknowledged by, and one at least of those that acknowledged it is among the sealed. Reads are no
//! way around that, as a primary asks a majority before it answers them.
//!
//! In every other case somebody may carry out an operation and ask nobody: all have to be sealed.
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
use super::settings::Settings;
use super::{Flaws, PrimaryBackup, Role};
use crate::parts::pieces::Piece;
use crate::portable::{Parcels, Part, Portable};

impl<F: Flaws> Portable for PrimaryBackup<F> {
    type Parcel = Piece;

    fn sealed_by(parameters: &[u64], members: u16) -> u16 {
        let settings = Settings::new(parameters);
        // A primary that asks nobody whether it still is one, or any node, may answer a read by itself.
        if settings.confirms_reads() {
            let acks = u16::try_from(settings.acks).unwrap_or(u16::MAX);
            members.saturating_sub(acks).max(members / 2 + 1)
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
