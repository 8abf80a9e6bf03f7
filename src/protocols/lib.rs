//! The replication protocols, one file each. A protocol follows its paper, which its opening prose cites
//! by section, and knows nothing of the page: it describes itself as plain data ([`netsplit_sim::protocol::About`]).
//!
//! To add one: write its file, add a `mod` line and an [`Entry`] in [`ALL`]. The gallery, the command
//! line, the links and every generic test then have it.

pub mod single_copy;

pub mod primary_backup;

pub mod quorum;

pub mod atomic_register;

pub mod gossip;

pub mod raft;

pub mod parts;

pub mod portable;

pub mod partitioning;

pub mod sharded;

use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::CallKind;
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{About, Contract, Protocol};
use netsplit_sim::setup::Setup;
use netsplit_sim::watch::Source;

use atomic_register::AtomicRegister;
use gossip::Gossip;
use primary_backup::PrimaryBackup;
use quorum::Quorum;
use raft::Raft;
use single_copy::SingleCopy;

/// A registered protocol.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its description of itself.
    pub about: fn() -> About,
    /// Makes a cluster that runs it. The parameters are in the order of [`About::parameters`].
    pub build: fn(&Setup, &[u64]) -> Box<dyn Machine>,
    /// Makes a cluster whose data is split into shards that each run it. The parameters are those of a
    /// [`partitioning::Layout`] as words, and then its own.
    pub sharded: fn(&Setup, &[u64]) -> Box<dyn Machine>,
    /// What it promises, and under which faults, with these parameters in a cluster of so many nodes.
    pub contract: fn(&[u64], u16) -> Contract,
    /// The kinds of operation that it carries out with these parameters; it refuses the others.
    pub calls: fn(&[u64]) -> Vec<CallKind>,
}

/// The files of this crate as they were compiled, for who wants to show the lines that run.
pub static SOURCES: &[Source] = netsplit_watched::sources!();

/// Every protocol, in the order of the gallery.
pub const ALL: &[Entry] = &[
    Entry {
        about: <SingleCopy>::about,
        build: build::<SingleCopy>,
        sharded: sharded::build::<SingleCopy>,
        contract: single_copy::contract,
        calls: single_copy::calls,
    },
    Entry {
        about: <PrimaryBackup>::about,
        build: build::<PrimaryBackup>,
        sharded: sharded::build::<PrimaryBackup>,
        contract: primary_backup::contract,
        calls: primary_backup::calls,
    },
    Entry {
        about: Quorum::about,
        build: build::<Quorum>,
        sharded: sharded::build::<Quorum>,
        contract: quorum::contract,
        calls: quorum::calls,
    },
    Entry {
        about: AtomicRegister::about,
        build: build::<AtomicRegister>,
        sharded: sharded::build::<AtomicRegister>,
        contract: atomic_register::contract,
        calls: atomic_register::calls,
    },
    Entry {
        about: <Gossip>::about,
        build: build::<Gossip>,
        sharded: sharded::build::<Gossip>,
        contract: gossip::contract,
        calls: gossip::calls,
    },
    Entry {
        about: <Raft>::about,
        build: build::<Raft>,
        sharded: sharded::build::<Raft>,
        contract: raft::contract,
        calls: raft::calls,
    },
];

/// The protocol with this id, such as `primary-backup`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| (entry.about)().id == id)
}

fn build<P: Protocol>(setup: &Setup, parameters: &[u64]) -> Box<dyn Machine> {
    Box::new(Cluster::<P>::new(setup, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::protocol::Fault;

    #[test]
    fn every_protocol_describes_itself_completely() {
        for entry in ALL {
            let about = (entry.about)();
            assert!(std::ptr::fn_addr_eq(find(about.id).expect("found by its id").about, entry.about));
            let words = [about.title, about.summary, about.paper];
            assert!(words.iter().all(|text| !text.is_empty()), "{}", about.id);
            assert!(!about.messages.is_empty() && about.messages.len() <= 250);
            let kinds = about.messages.iter().chain(&about.timers);
            assert!(kinds.clone().all(|kind| !kind.name.is_empty() && kind.summary.ends_with('.')));
            for parameter in &about.parameters {
                for nodes in 1..=9 {
                    let (least, most) = parameter.range.bounds(nodes);
                    let default = parameter.range.default_value(nodes);
                    assert!(least <= default && default <= most, "{} of {}", parameter.id, about.id);
                }
                assert!(parameter.summary.ends_with('.'), "{} of {}", parameter.id, about.id);
            }
            assert!(about.notes.iter().all(|note| !note.name.is_empty() && note.summary.ends_with('.')));
            assert!(about.commands.iter().all(|command| command.summary.ends_with('.')), "{}", about.id);
        }
    }

    #[test]
    fn every_contract_speaks_of_every_fault() {
        for entry in ALL {
            let about = (entry.about)();
            for nodes in 1..=9 {
                let parameters: Vec<u64> =
                    about.parameters.iter().map(|parameter| parameter.range.default_value(nodes)).collect();
                let contract = (entry.contract)(&parameters, nodes);
                let named: Vec<Fault> = contract.tolerances.iter().map(|tolerance| tolerance.fault).collect();
                assert_eq!(named, Fault::ALL, "{}", about.id);
                assert!(contract.tolerances.iter().all(|t| t.then.ends_with('.')), "{}", about.id);
                assert!(contract.durability.ends_with('.'), "{}", about.id);
                assert!((entry.calls)(&parameters).contains(&CallKind::Read), "{}", about.id);
            }
        }
    }
}
