//! What servers say to each other.

use std::rc::Rc;

use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, Value, Version};
use netsplit_sim::protocol::{Kind, Label, Request};

use super::disk::{Entry, Snapshot, What};

/// A message between two servers. Remote procedure calls of the paper are two messages here, a call and a
/// reply, and each may be lost, doubled or late.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// A candidate asks for a vote (figure 2, `RequestVote`), or whether it would get one.
    RequestVote {
        /// The candidate's term; in a pre-vote the term that it would have.
        term: u64,
        /// The index of its last entry.
        last_index: u64,
        /// The term of its last entry.
        last_term: u64,
        /// Why it asks.
        kind: Campaign,
    },
    /// The answer.
    Vote {
        /// The term that was asked for, if it was granted in a pre-vote; else the voter's.
        term: u64,
        /// Whether it got the vote.
        granted: bool,
        /// Whether it answers a pre-vote.
        pre: bool,
    },
    /// A leader's entries, or none of them as a heartbeat (figure 2, `AppendEntries`).
    Append {
        /// The leader's term.
        term: u64,
        /// The index of the entry before these.
        prev_index: u64,
        /// The term of that entry.
        prev_term: u64,
        /// The leader's commit index.
        commit: u64,
        /// The leader's latest round of heartbeats; the answer repeats it.
        round: u64,
        /// The entries.
        entries: Vec<Entry>,
    },
    /// The answer to `Append` and `InstallSnapshot`.
    Appended {
        /// The follower's term.
        term: u64,
        /// The round that the leader named.
        round: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// A snapshot for a follower that needs entries which the leader has dropped (figure 13).
    InstallSnapshot {
        /// The leader's term.
        term: u64,
        /// The leader's latest round of heartbeats; the answer repeats it.
        round: u64,
        /// The snapshot, whole.
        snapshot: Rc<Snapshot>,
    },
    /// A leader tells a follower to begin an election at once (thesis, section 3.10).
    TimeoutNow {
        /// The leader's term.
        term: u64,
    },
    /// A client's request, passed on to the leader.
    Forward {
        /// The request.
        request: Request,
        /// How often it was passed on.
        hops: u8,
    },
    /// What a person told a follower to do and only the leader can.
    Command {
        /// An index into the protocol's commands.
        command: u8,
        /// The server that it is about.
        target: NodeId,
    },
}

/// Why a candidate asks for votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Campaign {
    /// To learn whether an election could be won (thesis, section 9.6).
    Pre,
    /// It was silent for too long.
    Real,
    /// The leader told it to: voters do not wait for their own timeouts.
    Transfer,
}

/// What came of an `Append`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The follower's log is the leader's up to this index.
    Matched(u64),
    /// The follower does not have the entry before.
    Missing {
        /// The index of the entry before, as the leader named it.
        prev: u64,
        /// The term of what the follower has there; 0 if nothing.
        conflict_term: u64,
        /// The first index that it holds of that term; or the index after its last entry.
        first: u64,
    },
}

/// The version of the value that an entry writes: its index decides. No two entries share one, so the node
/// that a version also names says nothing here.
#[must_use]
pub fn version(index: u64) -> Version {
    Version { counter: index, node: NodeId(0) }
}

/// The kinds of messages, in the order of [`label`].
pub(super) fn kinds() -> Vec<Kind> {
    let kind = |name, summary| Kind { name, summary };
    vec![
        kind("PreVote", "A server that has heard no leader asks whether it could win an election."),
        kind("PreVoteReply", "Whether it would get the vote."),
        kind("RequestVote", "A candidate asks for a vote."),
        kind("Vote", "Whether it gets the vote."),
        kind("Append", "The leader ships entries of its log to a follower."),
        kind("Heartbeat", "The leader says that it is there, and how far the log is committed."),
        kind("Appended", "The follower has the log up to an index, or says where it differs."),
        kind("InstallSnapshot", "The leader sends its snapshot to a follower that is too far behind."),
        kind("TimeoutNow", "The leader tells a follower to take over."),
        kind("Forward", "A follower passes a client's request on to the leader."),
        kind("Command", "A follower passes a person's command on to the leader."),
    ]
}

pub(super) fn label(message: &Message) -> Label {
    let plain = |kind, bytes| Label { kind, bytes, op: None, version: None };
    match message {
        Message::RequestVote { kind: Campaign::Pre, .. } => plain(0, 40),
        Message::Vote { pre: true, .. } => plain(1, 40),
        Message::RequestVote { .. } => plain(2, 40),
        Message::Vote { .. } => plain(3, 40),
        Message::Append { entries, .. } if entries.is_empty() => plain(5, 56),
        Message::Append { entries, prev_index, .. } => {
            let bytes = 56 + 40 * entries.len() as u32;
            let (mut op, mut newest) = (None, None);
            if let Some(Entry { what: What::Operation { op: last, call }, .. }) = entries.last() {
                op = Some(*last);
                let writes = !matches!(call, Call::Read { .. });
                newest = writes.then(|| (call.key(), version(prev_index + entries.len() as u64)));
            }
            Label { kind: 4, bytes, op, version: newest }
        }
        Message::Appended { .. } => plain(6, 48),
        Message::InstallSnapshot { snapshot, .. } => plain(7, 64 + snapshot.machine.wire_bytes()),
        Message::TimeoutNow { .. } => plain(8, 40),
        Message::Forward { request, .. } => Label { kind: 9, bytes: 64, op: Some(request.op), version: None },
        Message::Command { .. } => plain(10, 40),
    }
}

/// Replaces every value that a message tells.
pub(super) fn forge(message: &mut Message, value: Value) {
    match message {
        Message::Append { entries, .. } => {
            for entry in entries {
                if let What::Operation { call, .. } = &mut entry.what {
                    call.forge(value);
                }
            }
        }
        Message::InstallSnapshot { snapshot, .. } => Rc::make_mut(snapshot).machine.forge(value),
        Message::Forward { request, .. } => request.call.forge(value),
        _ => {}
    }
}
