//! Protocols broken on purpose, in ways that people really break them. A swarm that can't tell them from
//! the sound ones tests nothing.
//!
//! Two flaws wrap any protocol; the others are switched on inside of a protocol, one file for each.

use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::CallKind;
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{Contract, Protocol};
use netsplit_sim::setup::Setup;

use crate::trials::Subject;

pub mod abd;

mod gossip;

mod primary;

pub mod quorum;

pub mod raft;

mod sharded;

mod single;

mod wrapped;

/// A planted bug.
pub struct Bug {
    /// What is wrong, in words.
    pub name: &'static str,
    /// The protocol with it, and the contract that it breaks.
    pub subject: Subject,
}

fn bug<P: Protocol>(
    name: &'static str,
    contract: fn(&[u64], u16) -> Contract,
    calls: fn(&[u64]) -> Vec<CallKind>,
) -> Bug {
    let build: fn(&Setup, &[u64]) -> Box<dyn Machine> =
        |setup, parameters| Box::new(Cluster::<P>::new(setup, parameters));
    Bug { name, subject: Subject { about: P::about, build, contract, calls, split: None } }
}

/// Every planted bug in how shards change hands.
#[must_use]
pub fn of_shards() -> Vec<Bug> {
    sharded::bugs()
}

/// Every planted bug in a replication protocol.
#[must_use]
pub fn all() -> Vec<Bug> {
    let of_each = [
        wrapped::bugs(),
        single::bugs(),
        primary::bugs(),
        quorum::bugs(),
        abd::bugs(),
        gossip::bugs(),
        raft::bugs(),
    ];
    of_each.into_iter().flatten().collect()
}
