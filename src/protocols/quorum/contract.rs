//! What the leaderless store promises with given parameters.

use netsplit_sim::history::CallKind;
use netsplit_sim::protocol::{Consistency, Contract, Fault, Needs, Promise, Survives, Tolerance};

use super::content::Versions;
use super::rules::Rules;

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], nodes: u16) -> Contract {
    let rules = Rules::of(parameters, nodes);
    let compares = rules.compares.is_some();
    let mut promises = Vec::new();
    if overlaps(&rules) {
        promises.extend([Promise::ReadYourWrites, Promise::NoLostWrites]);
    }
    if compares && rules.n == nodes {
        promises.push(Promise::Converges);
    }
    let (reads, writes) = needs(&rules, nodes);
    Contract {
        // Without anti-entropy a key that nobody reads may differ for ever.
        consistency: if compares { Consistency::Eventual } else { Consistency::None },
        durability: match (rules.accepts, rules.sloppy) {
            (true, _) => "An acknowledged write is on the disk of at least one node.",
            (_, true) => "An acknowledged write is on the disks of W nodes, owners or stand-ins.",
            (false, false) => "An acknowledged write is on the disks of W replicas.",
        },
        reads,
        writes,
        promises,
        tolerances: tolerances(&rules),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write]
}

/// Whether every read that is answered meets every write that was acknowledged.
fn overlaps(rules: &Rules) -> bool {
    rules.r + rules.w > rules.n && !rules.accepts && !rules.sloppy
}

/// Of any so many nodes, enough are in whatever key's list.
fn needs(rules: &Rules, nodes: u16) -> (Needs, Needs) {
    let outside = nodes - rules.n;
    let vectors = rules.versions == Versions::Vectors;
    let of_list = |count: u16| outside + count;
    // Stand-ins are tried one after the other, and time is up at last.
    let tries =
        u16::try_from((rules.timeout.0 / rules.silence.0.max(1)).saturating_sub(1)).unwrap_or(u16::MAX);
    let of_any = |count: u16| match (rules.accepts, rules.sloppy) {
        (true, _) => 1,
        (false, true) => count.max(nodes.saturating_sub(tries)),
        (false, false) => of_list(count),
    };
    // A dot can be made by a node of the list only.
    let writes = if vectors { of_any(rules.w).max(of_list(1)) } else { of_any(rules.w) };
    (Needs::Any(of_any(rules.r)), Needs::Any(writes))
}

/// What it says about each fault.
fn tolerances(rules: &Rules) -> Vec<Tolerance> {
    let of = |fault, survives, then| Tolerance { fault, survives, then };
    let stamped = rules.versions == Versions::Timestamps;
    // What depends on the order of timestamps is the promise to see acknowledged writes; copies become alike
    // whatever the clocks say.
    let by_clock = if stamped && overlaps(rules) { Survives::None } else { Survives::Any };
    let wipe = match (overlaps(rules), rules.r + rules.w - rules.n.min(rules.r + rules.w)) {
        (false, _) => Survives::Any,
        (true, 0 | 1) => Survives::None,
        (true, common) => Survives::Nodes(common - 1),
    };
    vec![
        of(
            Fault::Cut,
            Survives::Any,
            "A side with enough replicas goes on; the other refuses or accepts, as chosen. Accepting gives the promises \
             about acknowledged writes up, and so do stand-ins.",
        ),
        of(Fault::OneWayCut, Survives::Any, "As a cut: a request and its reply both have to get through."),
        of(Fault::Loss, Survives::Any, "A lost message counts as a replica that did not answer."),
        of(Fault::Duplication, Survives::Any, "A replica counts once, and a write is made once."),
        of(
            Fault::Reordering,
            Survives::Any,
            "Copies are merged, and that gives the same in whatever order versions come.",
        ),
        of(
            Fault::Crash,
            Survives::Any,
            "What a replica confirmed is on its disk. Operations it coordinated end as unknown.",
        ),
        of(Fault::UnsyncedCrash, Survives::Any, "A replica confirms only what its disk has."),
        of(
            Fault::Wipe,
            wipe,
            "Every read has to meet a replica that confirmed the write and was not wiped: R + W - N - 1 of them may be. \
             Repair and anti-entropy refill a wiped replica, but not before the next read.",
        ),
        of(
            Fault::Pause,
            Survives::Any,
            "A paused replica does not answer; later it goes on with what it missed.",
        ),
        of(Fault::Slow, Survives::Any, "A slow replica counts when it answers; the quicker ones suffice."),
        of(
            Fault::ClockSkew,
            by_clock,
            if stamped {
                "A write through a node whose clock is slow loses against older ones, acknowledged or not."
            } else {
                "Vectors order the writes; clocks only decide when to give up."
            },
        ),
        of(
            Fault::ClockDrift,
            by_clock,
            if stamped {
                "Clocks that drift come to differ, and the slower one's writes lose."
            } else {
                "Vectors order the writes; clocks only decide when to give up."
            },
        ),
        of(Fault::Lie, Survives::None, "A replica that lies is believed."),
        of(
            Fault::Retry,
            by_clock,
            if stamped {
                "Each node that a write is tried at gives it a timestamp of its own, and one that was held up may come \
                 back over newer writes."
            } else {
                "A second attempt is another dot of the same value: it may show again beside what superseded it, and \
                 nothing is lost."
            },
        ),
    ]
}
