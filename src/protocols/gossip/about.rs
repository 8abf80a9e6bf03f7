//! The protocol's description of itself, and its contract.

use netsplit_sim::history::CallKind;
use netsplit_sim::protocol::{
    About, Choice, Consistency, Contract, Fault, Kind, Needs, Parameter, Promise, Range, Survives, Tolerance,
};
use netsplit_sim::time::Span;

use super::data::Data;
use super::message;

/// The moments that it marks: indices into [`About::notes`].
pub(super) mod note {
    /// Something was new.
    pub(crate) const HEARD: u8 = 0;
    /// A rumour is told no more.
    pub(crate) const LOST_INTEREST: u8 = 1;
    /// Concurrent values stand side by side.
    pub(crate) const SIBLINGS: u8 = 2;
    /// One value is left.
    pub(crate) const RESOLVED: u8 = 3;
    /// Nothing was new.
    pub(crate) const NOTHING_NEW: u8 = 4;
}

pub(super) fn about() -> About {
    let kind = |name, summary| Kind { name, summary };
    About {
        id: "gossip",
        title: "Gossip with CRDTs",
        summary: "Any node changes its own copy and answers at once; the others hear of it by gossip, and the \
                  data types see to it that copies which have heard the same are the same.",
        paper: "Demers et al., Epidemic Algorithms for Replicated Database Maintenance, PODC 1987; Shapiro et \
                al., Conflict-free Replicated Data Types, SSS 2011",
        parameters: parameters(),
        messages: message::kinds(),
        timers: vec![kind("Round", "It is time to turn to other nodes.")],
        notes: vec![
            kind("heard news", "The node has taken in something that it did not know."),
            kind("lost interest", "The node tells a rumour no more."),
            kind("siblings made", "Values that were written concurrently now stand side by side."),
            kind("siblings resolved", "A write that had seen the siblings has replaced them."),
            kind("found nothing new", "An exchange told the node nothing that it did not know."),
        ],
        commands: Vec::new(),
    }
}

fn parameters() -> Vec<Parameter> {
    let choice = |id, title| Choice { id, title };
    vec![
        Parameter {
            id: "data",
            title: "What a key holds",
            summary: "The data type decides what becomes of changes that were made apart.",
            range: Range::Choice {
                of: vec![
                    choice("lww-register", "a register: the last writer wins"),
                    choice("mv-register", "a register: concurrent values are kept"),
                    choice("pn-counter", "a counter"),
                    choice("or-set", "a set"),
                ],
                default: 0,
            },
        },
        Parameter {
            id: "exchange",
            title: "Who tells whom",
            summary: "Push gives the other what it lacks, pull gets what oneself lacks, push-pull does both.",
            range: Range::Choice {
                of: vec![choice("push", "push"), choice("pull", "pull"), choice("push-pull", "push-pull")],
                default: 2,
            },
        },
        Parameter {
            id: "fan_out",
            title: "Nodes that a node turns to each time",
            summary: "More of them spread a change in fewer rounds, with more messages.",
            range: Range::Replicas { least: 1, spare: 1, default: 1 },
        },
        Parameter {
            id: "interval",
            title: "Time between rounds",
            summary: "A shorter interval spreads a change sooner, with more messages.",
            range: Range::Time {
                least: Span::from_ms(1),
                most: Span::from_s(60),
                default: Span::from_ms(50),
            },
        },
        Parameter {
            id: "mode",
            title: "What is told",
            summary: "Anti-entropy compares everything for ever; a rumour is told until it is no news any more, \
                      and some may never hear it.",
            range: Range::Choice {
                of: vec![
                    choice("anti-entropy", "anti-entropy"),
                    choice("rumor-mongering", "rumour mongering"),
                ],
                default: 0,
            },
        },
        Parameter {
            id: "stop",
            title: "When a rumour is told no more",
            summary: "Feedback counts only those told who knew already, blind counts everyone; a counter waits \
                      for k rounds in a row, a coin stops with probability 1/k after each.",
            range: Range::Choice {
                of: vec![
                    choice("feedback-counter", "feedback and counter"),
                    choice("feedback-coin", "feedback and coin"),
                    choice("blind-counter", "blind and counter"),
                    choice("blind-coin", "blind and coin"),
                ],
                default: 0,
            },
        },
        Parameter {
            id: "k",
            title: "k: how soon a rumour is told no more",
            summary: "A larger k leaves fewer nodes that never hear a rumour, with more messages.",
            range: Range::Count { least: 1, most: 20, default: 2 },
        },
    ]
}

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], _nodes: u16) -> Contract {
    let data = Data::from_parameter(parameters[0]);
    let rumors = parameters[4] == 1;
    let mut promises = Vec::new();
    // Copies of a counter that never hear of each other's additions show too little, and may even agree on it.
    if !rumors || data != Data::Counter {
        promises.push(Promise::NoLostWrites);
    }
    if !rumors {
        promises.push(Promise::Converges);
    }
    Contract {
        consistency: if rumors { Consistency::None } else { Consistency::Eventual },
        durability: "An acknowledged write is on the disk of the node that acknowledged it, and on others once \
                     gossip has carried it there.",
        reads: Needs::Any(1),
        writes: Needs::Any(1),
        promises,
        tolerances: tolerances(data, rumors),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(parameters: &[u64]) -> Vec<CallKind> {
    Data::from_parameter(parameters[0]).calls()
}

fn tolerances(data: Data, rumors: bool) -> Vec<Tolerance> {
    let of = |fault, survives, then| Tolerance { fault, survives, then };
    let (clocks, clocks_then) = match data {
        Data::Lww => (
            Survives::None,
            "A write at a node whose clock is slow loses against an older one that it has not heard of.",
        ),
        _ => (Survives::Any, "Clocks decide nothing."),
    };
    let (retry, retry_then) = match data {
        Data::Lww => (
            Survives::None,
            "Each attempt has a timestamp of its own, and one that was held up comes back over newer writes.",
        ),
        Data::Mv => (
            Survives::Any,
            "Each attempt is an entry of its own, shown as one sibling; one that was held up may come back \
             beside newer writes, and never replaces them.",
        ),
        Data::Counter => (
            Survives::None,
            "An attempt at another node counts again, as that node can't have heard of the first.",
        ),
        Data::Set => (
            Survives::None,
            "A second insertion may outlive a removal of the first, and a removal may be refused although the \
             first attempt took effect.",
        ),
    };
    let lost = if rumors {
        "A rumour that is lost is one contact less; it may never be told again."
    } else {
        "A later exchange tells it."
    };
    vec![
        of(
            Fault::Cut,
            Survives::Any,
            "Both sides read and write on, and each sees its own changes only until they meet again.",
        ),
        of(Fault::OneWayCut, Survives::Any, "As a cut: an exchange needs both directions."),
        of(Fault::Loss, Survives::Any, lost),
        of(
            Fault::Duplication,
            Survives::Any,
            "To merge twice is to merge once, and a node carries out a request once.",
        ),
        of(Fault::Reordering, Survives::Any, "States merge in any order."),
        of(
            Fault::Crash,
            Survives::Any,
            if rumors {
                "What it acknowledged is on its disk, but it tells none of it any more."
            } else {
                "What it acknowledged is on its disk, and spreads when it is back."
            },
        ),
        of(Fault::UnsyncedCrash, Survives::Any, "Nothing is acknowledged or told before the disk has it."),
        of(
            Fault::Wipe,
            Survives::None,
            "What it had acknowledged and not yet told is gone. It comes back under a new name and learns the rest.",
        ),
        of(Fault::Pause, Survives::Any, "It later goes on with what it missed."),
        of(Fault::Slow, Survives::Any, "It tells and hears later."),
        of(Fault::ClockSkew, clocks, clocks_then),
        of(Fault::ClockDrift, clocks, clocks_then),
        of(Fault::Lie, Survives::None, "Copies believe what they are told."),
        of(Fault::Retry, retry, retry_then),
    ]
}
