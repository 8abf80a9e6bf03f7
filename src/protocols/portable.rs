//! What a replication protocol must be able to do for its shard to change hands: tell what a replica holds, key
//! by key, and start a replica from what others held.
//!
//! A shard never changes its members or its keys. It is *sealed* and replaced: enough of its replicas stop for
//! good that no operation can complete among those that are left, what the sealed ones hold is put together, and the
//! replicas of the new shard start from that. This is the reconfiguration of Lamport, Malkhi and Zhou
//! (*Reconfiguring a State Machine*, SIGACT News 41(1), 2010, section 3: stop the old configuration, and start the
//! new one from its final state), for any protocol.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::rc::Rc;

use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::Protocol;

/// A part of what a replica holds: a key, or what belongs to no key, such as the requests that it remembers.
/// That comes first.
pub type Part = Option<Key>;

/// Everything that a new shard starts from.
pub type Parcels<P> = BTreeMap<Part, Rc<<P as Portable>::Parcel>>;

/// A protocol whose replicas can be packed and unpacked.
pub trait Portable: Protocol {
    /// What a replica holds of one part: everything that its fellows need to go on from there. Versions, siblings,
    /// causal histories and remembered requests are in it, so that the new shard gives the answers that the old one would
    /// have given.
    type Parcel: Clone + Hash + 'static;

    /// How many members of a group of so many have to be sealed, so that among the others neither a read nor a
    /// write can complete, and so that those who are sealed surely hold every acknowledged write between them.
    /// At least a majority.
    fn sealed_by(parameters: &[u64], members: u16) -> u16;

    /// What this replica holds of a part, `None` if nothing. What it has accepted but does not know to be committed is
    /// in it: it may have been acknowledged.
    fn pack(&self, part: Part) -> Option<Self::Parcel>;

    /// How much this replica has seen of what the group agreed on. Of the sealed replicas only those with the
    /// highest rank count. Protocols without a common order give all the same rank.
    fn rank(&self) -> (u64, u64);

    /// Puts two parcels of the same part together, from two replicas of one group or (where no key is named) of two groups.
    /// Neither order nor repetition matters.
    fn merge(parcel: &mut Self::Parcel, other: &Self::Parcel);

    /// The disk of a member of a new group of `members`, at its start. `generation` is higher than that of every
    /// group that the parcels come from: whatever a member numbers by itself (dots, timestamps, log indices) must not meet
    /// numbers of an earlier generation. Nothing of it counts as unsynced: whoever loses what was not synced is left
    /// with this disk, or without the whole member.
    fn unpack(
        me: NodeId,
        members: u16,
        parameters: &[u64],
        generation: u32,
        parcels: &Parcels<Self>,
    ) -> Self::Stable;

    /// How many bytes a parcel takes on the wire.
    fn bytes(parcel: &Self::Parcel) -> u32;

    /// Whether a group carries out a command: an index into [`netsplit_sim::protocol::About::commands`]. One that
    /// changes who counts in the group would make [`Self::sealed_by`] wrong, and must not reach a replica.
    #[must_use]
    fn allows(_command: u8) -> bool {
        true
    }
}
