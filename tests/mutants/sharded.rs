//! Clusters with shards that are broken where shards change hands.

use netsplit_protocols::atomic_register::AtomicRegister;
use netsplit_protocols::partitioning;
use netsplit_protocols::portable::Portable;
use netsplit_protocols::raft::Raft;
use netsplit_protocols::sharded::{Flaws, build_with};
use netsplit_protocols::single_copy::SingleCopy;

use super::Bug;
use crate::trials::{Split, Subject};

macro_rules! flaw {
    ($name:ident, $flaw:ident) => {
        #[derive(Clone)]
        struct $name;

        impl Flaws for $name {
            const $flaw: bool = true;
        }
    };
}

flaw!(ServesWhenSealed, SERVES_WHEN_SEALED);
flaw!(ForgetsSeals, FORGETS_SEALS);
flaw!(SealsTooFew, SEALS_TOO_FEW);
flaw!(SkipsWhenResumed, SKIPS_WHEN_RESUMED);
flaw!(KeepsStaleKeys, KEEPS_STALE_KEYS);

/// Every flaw, in shards of the protocol that shows it soonest.
pub(super) fn bugs() -> Vec<Bug> {
    vec![
        bug::<SingleCopy, ServesWhenSealed>("an old owner takes writes after its shard has moved"),
        bug::<Raft, ForgetsSeals>("a seal is not on disk when the others hear of it"),
        bug::<AtomicRegister, SealsTooFew>("one sealed member is enough to start the new shard"),
        bug::<SingleCopy, SkipsWhenResumed>("a transfer that goes on after a crash skips a key"),
        bug::<SingleCopy, KeepsStaleKeys>("what changed while keys were copied is not fetched"),
    ]
}

fn bug<P: Portable, F: Flaws>(name: &'static str) -> Bug {
    let places = |id| netsplit_protocols::ALL.iter().position(|entry| (entry.about)().id == id);
    let protocol = places(P::about().id).expect("registered");
    let scheme =
        partitioning::ALL.iter().position(|scheme| (scheme.about)().id == "ring").expect("registered");
    let split = Split { scheme: scheme as u16, protocol: protocol as u16 };
    let entry = &netsplit_protocols::ALL[protocol];
    Bug { name, subject: Subject { build: build_with::<P, F>, split: Some(split), ..Subject::from(entry) } }
}
