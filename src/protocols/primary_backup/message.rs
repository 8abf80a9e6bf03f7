//! What replicas say to each other, and their timers.

use std::rc::Rc;

use netsplit_sim::ids::Value;
use netsplit_sim::protocol::{Kind, Label, Request};

use super::disk::{Entry, Epoch, Snapshot};

/// What replicas send to each other.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// Entries of the sender's log.
    Append(Append),
    /// Backup to primary: how far its log is the primary's.
    Ack {
        /// The epoch of the entries that it answers.
        epoch: Epoch,
        /// Up to here it has the primary's log.
        have: u64,
        /// What it needs.
        next: Next,
    },
    /// A client's request that only the primary may carry out.
    Forward {
        /// The request.
        request: Request,
        /// How many nodes have passed it on.
        hops: u16,
    },
    /// The state after a prefix of the sender's log, for a node that lacks what the sender has compacted.
    Snapshot {
        /// The sender's epoch.
        epoch: Epoch,
        /// The index that it goes up to.
        at: u64,
        /// The state.
        snapshot: Rc<Snapshot>,
        /// Whether the receiver's own snapshot is known to be of another log.
        replaces: bool,
    },
    /// The sender is alive.
    Heartbeat {
        /// Its epoch.
        epoch: Epoch,
        /// Whether it is the primary of it.
        leads: bool,
        /// Whether it would lead if it had to.
        stands: bool,
        /// Where its log ends.
        end: u64,
        /// The chain there.
        chain: u64,
        /// What it knows to be committed.
        committed: u64,
    },
    /// The sender wants to be primary of this epoch.
    Prepare {
        /// The epoch.
        epoch: Epoch,
    },
    /// The sender will take nothing of an older epoch any more, and its log ends so.
    Promise {
        /// The epoch that it votes in.
        epoch: Epoch,
        /// The epoch of its last entry.
        last: Epoch,
        /// The index of its last entry.
        end: u64,
    },
    /// A node that is taking over asks for a log that is ahead of its own.
    Fetch {
        /// Its epoch.
        epoch: Epoch,
        /// From where.
        next: Next,
    },
    /// The receiver's epoch is old: this is the newest that the sender knows.
    Stale {
        /// The newest epoch.
        epoch: Epoch,
    },
    /// Are you still in my epoch? Then I may answer the reads of this round.
    Confirm {
        /// The primary's epoch.
        epoch: Epoch,
        /// The round.
        round: u64,
    },
    /// Yes.
    Confirmed {
        /// The epoch.
        epoch: Epoch,
        /// The round.
        round: u64,
    },
    /// A backup with an empty disk asks for the log.
    Hello,
    /// Without epochs: a person made the sender primary, so the receiver is none.
    StandDown,
}

/// Entries of a log, with what they follow.
#[derive(Clone, Debug, Hash)]
pub struct Append {
    /// The epoch of the sender.
    pub epoch: Epoch,
    /// The index before the first entry.
    pub prev: u64,
    /// The chain there.
    pub chain: u64,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// Where the sender's log ends.
    pub end: u64,
    /// What the sender knows to be committed.
    pub committed: u64,
    /// Whether an answer is wanted at once.
    pub answer: bool,
}

/// What a node needs of another's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// What follows what it has.
    Nothing,
    /// The entries after this index.
    From(u64),
    /// It can go back no further than this snapshot, and does not know whether it is of the same log.
    Base {
        /// The index that it goes up to.
        start: u64,
        /// The chain there.
        chain: u64,
    },
    /// Nothing, but its own log goes on where the other's ends.
    Shorter,
}

/// What a replica waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A primary looks for backups that lag.
    Resend,
    /// A backup tells how far it is.
    Acknowledge,
    /// Send a heartbeat, and look who is late with theirs.
    Heartbeat,
    /// A node that takes over, or that looks for the primary, asks again.
    Ask,
}

pub(super) fn kinds() -> Vec<Kind> {
    let kind = |name, summary| Kind { name, summary };
    vec![
        kind("Append", "The primary ships entries of its log to a backup."),
        kind("Ack", "A backup tells how much of the log it has."),
        kind("Forward", "A node passes a client's request on to the primary."),
        kind("Snapshot", "The state itself, for a backup that lacks entries that are no longer kept."),
        kind("Heartbeat", "The sender is alive."),
        kind("Prepare", "A node wants to take over and asks for votes."),
        kind("Promise", "A vote: nothing of an older epoch will be taken, and this is where the log ends."),
        kind("Fetch", "A node that takes over asks a better informed one for its log."),
        kind("Stale", "A refusal: there is a newer epoch."),
        kind("Confirm", "The primary asks whether it still is the primary, before it answers reads."),
        kind("Confirmed", "It still is."),
        kind("Hello", "A backup with an empty disk asks for the log."),
        kind("StandDown", "A person made the sender primary, so the receiver is none."),
    ]
}

pub(super) fn timers() -> Vec<Kind> {
    vec![
        Kind { name: "Resend", summary: "Send entries again to backups that lag." },
        Kind { name: "Acknowledge", summary: "Tell the primary how much of the log has come." },
        Kind { name: "Heartbeat", summary: "Send a heartbeat, and look who is late with theirs." },
        Kind { name: "Ask", summary: "Ask again for votes, for a log, or for the primary." },
    ]
}

pub(super) fn label(message: &Message) -> Label {
    let plain = |kind| Label { kind, bytes: 40, op: None, version: None };
    match message {
        Message::Append(append) => {
            let op = append.entries.iter().find_map(|entry| entry.command).map(|(op, _)| op);
            let last = (append.prev + 1..).zip(&append.entries).filter_map(|(index, entry)| {
                entry.command.map(|(_, call)| (call.key(), entry.version(index)))
            });
            let bytes = 40 + 24 * append.entries.len() as u32;
            Label { kind: 0, bytes, op, version: last.last() }
        }
        Message::Ack { .. } => plain(1),
        Message::Forward { request, .. } => Label { bytes: 64, op: Some(request.op), ..plain(2) },
        Message::Snapshot { snapshot, .. } => Label { bytes: 40 + snapshot.state.wire_bytes(), ..plain(3) },
        Message::Heartbeat { .. } => plain(4),
        Message::Prepare { .. } => plain(5),
        Message::Promise { .. } => plain(6),
        Message::Fetch { .. } => plain(7),
        Message::Stale { .. } => plain(8),
        Message::Confirm { .. } => plain(9),
        Message::Confirmed { .. } => plain(10),
        Message::Hello => plain(11),
        Message::StandDown => plain(12),
    }
}

pub(super) fn forge(message: &mut Message, forged: Value) {
    match message {
        Message::Append(append) => {
            append
                .entries
                .iter_mut()
                .filter_map(|entry| entry.command.as_mut())
                .for_each(|(_, call)| call.forge(forged));
        }
        Message::Forward { request, .. } => request.call.forge(forged),
        Message::Snapshot { snapshot, .. } => Rc::make_mut(snapshot).state.forge(forged),
        _ => {}
    }
}
