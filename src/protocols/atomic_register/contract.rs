//! What the atomic register promises.

use netsplit_sim::history::CallKind;
use netsplit_sim::protocol::{Consistency, Contract, Fault, Needs, Promise, Survives, Tolerance};

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], nodes: u16) -> Contract {
    let majority = nodes / 2 + 1;
    let writes_back = parameters[0] == 0;
    // Without writing back no write is safe, acknowledged or not: one that failed, and that a read has shown
    // already, may have the greater tag and come back over it.
    let promises = if writes_back {
        vec![Promise::NoLostWrites, Promise::Linearizable, Promise::ReadYourWrites, Promise::MonotonicReads]
    } else {
        Vec::new()
    };
    Contract {
        consistency: if writes_back { Consistency::Linearizable } else { Consistency::None },
        durability: "An acknowledged write is on the disks of a majority.",
        reads: Needs::Any(majority),
        writes: Needs::Any(majority),
        promises,
        tolerances: tolerances(nodes, majority),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write]
}

/// What it says about each fault.
fn tolerances(nodes: u16, majority: u16) -> Vec<Tolerance> {
    let of = |fault, survives, then| Tolerance { fault, survives, then };
    // Two majorities of an odd number of nodes may have one node only in common; of an even number, two.
    let spare = (2 * majority).saturating_sub(nodes + 1);
    let wipe = if spare == 0 { Survives::None } else { Survives::Nodes(spare) };
    vec![
        of(Fault::Cut, Survives::Any, "The side with a majority reads and writes on; the other is refused."),
        of(Fault::OneWayCut, Survives::Any, "As a cut: a request and its reply both have to get through."),
        of(Fault::Loss, Survives::Any, "What is lost is sent again until a majority has answered."),
        of(Fault::Duplication, Survives::Any, "A replica counts once, and a tag is kept once."),
        of(Fault::Reordering, Survives::Any, "The greatest tag stays, in whatever order tags come."),
        of(Fault::Crash, Survives::Any, "What a replica confirmed is on its disk. A minority may be down."),
        of(Fault::UnsyncedCrash, Survives::Any, "A replica confirms only what its disk has."),
        of(
            Fault::Wipe,
            wipe,
            "Every read needs a node that has the write and was not wiped: two majorities have that only if the \
             number of nodes is even.",
        ),
        of(Fault::Pause, Survives::Any, "A paused replica does not answer; a majority does."),
        of(Fault::Slow, Survives::Any, "The quicker majority answers."),
        of(Fault::ClockSkew, Survives::Any, "No clock orders anything."),
        of(Fault::ClockDrift, Survives::Any, "Clocks only decide when to send again and when to give up."),
        of(Fault::Lie, Survives::None, "One lying replica can show a tag that nobody wrote."),
        of(
            Fault::Retry,
            Survives::None,
            "A write that is tried at a second node gets a second tag, and may come back over a newer write.",
        ),
    ]
}
