//! What the protocol promises with given parameters, and under which faults.

use netsplit_sim::history::CallKind;
use netsplit_sim::protocol::{Consistency, Contract, Fault, Needs, Promise, Survives, Tolerance};

use super::settings::{ReadAt, Settings};
use crate::parts::detector::Rule;

/// How failover bears on acknowledged writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failover {
    /// No node takes over by itself: nothing is lost and nobody helps.
    Manual,
    /// Every new primary has seen every acknowledged write.
    Safe,
    /// A new primary may lack some.
    Lossy,
    /// There may be several primaries.
    SplitBrain,
}

/// The argument for `Safe`: a write is acknowledged when `acks` + 1 nodes have it, and a primary takes over with
/// the best log of a majority. If every such majority shares a node with every such set of nodes, the new primary
/// has every acknowledged write: so `acks` has to be at least the number of nodes that a majority leaves out.
fn failover(settings: &Settings, nodes: u16) -> Failover {
    let left_out = usize::from(nodes.saturating_sub(1) / 2);
    match (settings.automatic, settings.epochs) {
        (false, _) => Failover::Manual,
        _ if nodes == 1 => Failover::Manual,
        (true, false) => Failover::SplitBrain,
        (true, true) if settings.acks >= left_out => Failover::Safe,
        (true, true) => Failover::Lossy,
    }
}

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], nodes: u16) -> Contract {
    let settings = Settings::new(parameters);
    let failover = failover(&settings, nodes);
    let current = match (failover, settings.reads) {
        (_, _) if nodes == 1 => true,
        (Failover::Manual, ReadAt::Primary | ReadAt::Unconfirmed) | (Failover::Safe, ReadAt::Primary) => true,
        (Failover::Manual | Failover::Safe | Failover::Lossy | Failover::SplitBrain, _) => false,
    };
    let lasting = matches!(failover, Failover::Manual | Failover::Safe);
    // A detector that is wrong about a node at rest every other moment never lets a primary finish.
    let jumpy = settings.automatic && matches!(settings.rule, Rule::Phi(phi) if phi < 3.0);
    let mut promises = if jumpy { Vec::new() } else { vec![Promise::Converges] };
    if lasting {
        promises.insert(0, Promise::NoLostWrites);
    }
    if current {
        promises.splice(0..0, [Promise::Linearizable, Promise::ReadYourWrites, Promise::MonotonicReads]);
    }
    let (reads, writes) = needs(&settings, failover, nodes);
    Contract {
        consistency: if current { Consistency::Linearizable } else { Consistency::Eventual },
        durability: durability(failover),
        reads,
        writes,
        promises,
        tolerances: Fault::ALL.map(|fault| tolerance(fault, failover)).to_vec(),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write, CallKind::Cas, CallKind::Add]
}

fn durability(failover: Failover) -> &'static str {
    match failover {
        Failover::Manual => {
            "An acknowledged write is on the disks of the primary and of the backups that acknowledged it. A person \
             who makes a backup without it primary loses it."
        }
        Failover::Safe => "An acknowledged write is on so many disks that every new primary has it.",
        Failover::Lossy => {
            "An acknowledged write is lost if its primary fails before enough backups have it: a majority may take \
             over that never heard of it."
        }
        Failover::SplitBrain => {
            "An acknowledged write is lost if its primary was not the only one, or failed before the next had it."
        }
    }
}

fn needs(settings: &Settings, failover: Failover, nodes: u16) -> (Needs, Needs) {
    let quorum = settings.acks as u16 + 1;
    let majority = nodes / 2 + 1;
    let (reads, writes) = match failover {
        Failover::Manual => (Needs::Primary(0), Needs::Primary(quorum - 1)),
        Failover::Safe | Failover::Lossy => (Needs::Any(majority), Needs::Any(majority.max(quorum))),
        Failover::SplitBrain => (Needs::Any(1), Needs::Any(quorum)),
    };
    (if settings.reads == ReadAt::Any { Needs::Any(1) } else { reads }, writes)
}

fn tolerance(fault: Fault, failover: Failover) -> Tolerance {
    let manual = failover == Failover::Manual;
    let (survives, then) = match fault {
        Fault::Cut if manual => (
            Survives::Any,
            "Clients that can't reach the primary can't write. Writes also wait while fewer backups than required \
             can be reached.",
        ),
        Fault::Cut if failover == Failover::SplitBrain => (
            Survives::Any,
            "Each side has its own primary. When the link is mended the lower-numbered one wins, and the writes of \
             the other are gone.",
        ),
        Fault::Cut => (
            Survives::Any,
            "The side with a majority takes a new primary; the other side can't write, and its primary steps down \
             when it hears of it.",
        ),
        Fault::OneWayCut => {
            (Survives::Any, "As a cut: an entry and its acknowledgement both have to get through.")
        }
        Fault::Loss => (Survives::Any, "Lost entries are sent again, so writes take longer."),
        Fault::Duplication => (Survives::Any, "An entry that was applied is not applied again."),
        Fault::Reordering => (Survives::Any, "An entry that comes early waits for those before it."),
        Fault::Crash if manual => (
            Survives::Any,
            "A backup catches up after its restart. While the primary is down nobody can write, unless a person \
             promotes a backup.",
        ),
        Fault::Crash => (
            Survives::Any,
            "A backup catches up after its restart. If the primary is down another takes over.",
        ),
        Fault::UnsyncedCrash => (
            Survives::Any,
            "Nothing is acknowledged or promised before the disk has it, so nothing of it is lost.",
        ),
        Fault::Wipe => wiped(failover),
        Fault::Pause if manual => (Survives::Any, "As a crash, but nothing is lost from memory."),
        Fault::Pause => {
            (Survives::Any, "A primary that pauses is replaced, and may not know it when it wakes.")
        }
        Fault::Slow if manual => (Survives::Any, "Writes wait for a slow primary."),
        Fault::Slow => (Survives::Any, "A slow node may be suspected without having failed."),
        Fault::ClockSkew => (Survives::Any, "No clock is used to order writes."),
        Fault::ClockDrift => (Survives::Any, "A clock that runs fast suspects others too soon, and no more."),
        Fault::Lie => (Survives::None, "A node that lies is believed."),
        Fault::Retry => (Survives::Any, "A request that comes again is answered, not applied again."),
    };
    Tolerance { fault, survives, then }
}

fn wiped(failover: Failover) -> (Survives, &'static str) {
    match failover {
        Failover::Manual => (
            Survives::None,
            "A backup gets everything again. But a primary that finds its disk empty makes the others forget too.",
        ),
        Failover::Safe => (
            Survives::None,
            "A backup gets everything again. But until then it may vote, though it has forgotten what it acknowledged.",
        ),
        Failover::Lossy | Failover::SplitBrain => {
            (Survives::Any, "The copies become equal again; what is lost is lost.")
        }
    }
}
