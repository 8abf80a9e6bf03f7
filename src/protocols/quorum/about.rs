//! The leaderless store's description of itself.

use netsplit_sim::protocol::{About, Kind};

use super::message::Message;
use super::rules;

/// A read repairs a replica that showed less.
pub(super) const NOTE_REPAIRED: u8 = 0;
/// A write goes to a node outside of the key's list.
pub(super) const NOTE_SLOPPY_WRITE: u8 = 1;
/// A node keeps a write for another.
pub(super) const NOTE_HINT_STORED: u8 = 2;
/// The owner has taken what was kept for it.
pub(super) const NOTE_HANDED_OVER: u8 = 3;
/// A copy of a key now has several values.
pub(super) const NOTE_SIBLINGS: u8 = 4;
/// A copy of a key that had several values has one again.
pub(super) const NOTE_SIBLINGS_RESOLVED: u8 = 5;
/// Two nodes' trees differ.
pub(super) const NOTE_TREES_DIFFER: u8 = 6;
/// An operation got too few answers in time.
pub(super) const NOTE_GAVE_UP: u8 = 7;

pub(super) fn about() -> About {
    About {
        id: "quorum",
        title: "Leaderless quorums",
        summary: "Any node takes any request and asks the replicas of the key; a write waits for W of them, a read \
                  for R, and the newest timestamp wins, or concurrent writes stay side by side.",
        paper: "DeCandia et al., Dynamo, SOSP 2007, sections 4.3 to 4.7 and 5; Gifford, Weighted Voting for \
                Replicated Data, SOSP 1979; Preguiça et al., Dotted Version Vectors, PODC 2012",
        parameters: rules::parameters(),
        messages: Message::kinds(),
        timers: vec![
            Kind { name: "Write deadline", summary: "A write has waited long enough for W replicas." },
            Kind { name: "Read deadline", summary: "A read has waited long enough for R replicas." },
            Kind { name: "Silence", summary: "Some replicas have not answered for a while." },
            Kind { name: "Handoff", summary: "Hints are offered to their owner." },
            Kind { name: "Compare", summary: "The trees are compared with those of another node." },
        ],
        notes: vec![
            Kind { name: "read repaired", summary: "A read found stale replicas and gives them the newest." },
            Kind { name: "sloppy write", summary: "A node outside of the list stands in for a silent one." },
            Kind { name: "hint stored", summary: "A stand-in keeps a write for the silent owner." },
            Kind { name: "hint handed over", summary: "The owner has what was kept for it." },
            Kind { name: "siblings made", summary: "A copy now holds concurrent values of a key." },
            Kind { name: "siblings resolved", summary: "A copy holds one value of the key again." },
            Kind { name: "trees differ", summary: "Two nodes found keys that they hold differently." },
            Kind { name: "coordinator gave up", summary: "Too few replicas answered in time." },
        ],
        commands: Vec::new(),
    }
}
