//! How Raft describes itself: its parameters, its commands and notes, and its contract.

use netsplit_sim::history::CallKind;
use netsplit_sim::protocol::{
    About, Choice, Command, Consistency, Contract, Fault, Kind, Needs, Parameter, Promise, Range, Survives,
    Tolerance,
};
use netsplit_sim::time::Span;

use super::message;

/// The moments that a server marks.
pub mod note {
    use netsplit_sim::protocol::Kind;

    /// It became a candidate.
    pub const CANDIDATE: u8 = 0;
    /// It became leader.
    pub const LEADER: u8 = 1;
    /// It no longer leads.
    pub const STEPPED_DOWN: u8 = 2;
    /// A candidacy ended without a majority for anybody.
    pub const SPLIT_VOTE: u8 = 3;
    /// A pre-vote found no majority.
    pub const PRE_VOTE_LOST: u8 = 4;
    /// It refused its vote because the candidate's log is older.
    pub const LOG_TOO_OLD: u8 = 5;
    /// A leader heard from no majority.
    pub const NO_QUORUM: u8 = 6;
    /// Entries were cut off.
    pub const CONFLICT: u8 = 7;
    /// A snapshot was taken.
    pub const SNAPSHOT_TAKEN: u8 = 8;
    /// A snapshot was installed.
    pub const SNAPSHOT_INSTALLED: u8 = 9;
    /// A configuration was committed.
    pub const MEMBERS_CHANGED: u8 = 10;
    /// A new server is being brought up to date.
    pub const JOINING: u8 = 11;
    /// A new server was given up.
    pub const JOINING_FAILED: u8 = 12;
    /// The target of a transfer was told to take over.
    pub const TRANSFER: u8 = 13;
    /// A transfer was abandoned.
    pub const TRANSFER_ABANDONED: u8 = 14;
    /// The read lease ran out.
    pub const LEASE_EXPIRED: u8 = 15;
    /// A request waits because no leader is known.
    pub const HELD: u8 = 16;
    /// A command was refused.
    pub const REFUSED: u8 = 17;

    pub(super) fn kinds() -> Vec<Kind> {
        let kind = |name, summary| Kind { name, summary };
        vec![
            kind("became candidate", "It raises its term and stands for election."),
            kind("became leader", "A majority voted for it: it leads this term."),
            kind("stepped down", "It leads no longer."),
            kind("split vote", "Nobody got a majority in time: it stands again in a new term."),
            kind("pre-vote lost", "No majority would vote for it: it raised no term."),
            kind("refused an older log", "It refuses its vote: the candidate's log is older than its own."),
            kind("lost its majority", "The leader heard from no majority for the election timeout."),
            kind("cut off a conflict", "Entries that contradict the leader's log were cut off."),
            kind("took a snapshot", "The log so far was replaced by the state that it led to."),
            kind(
                "installed a snapshot",
                "It got the leader's snapshot in place of the entries that it lacked.",
            ),
            kind("members changed", "A new configuration is committed."),
            kind("began to join a server", "A new server is brought up to date before it counts."),
            kind("joining failed", "The new server did not catch up and was given up."),
            kind("hands leadership on", "The leader told a follower to take over."),
            kind("gave up a transfer", "The follower did not take over: the leader goes on."),
            kind("lease expired", "The leader may no longer answer reads without asking."),
            kind("waits for a leader", "A request is kept until a leader is known."),
            kind("refused a command", "A command can't be carried out here and now."),
        ]
    }
}

/// What a person may tell a server to do.
pub(super) mod command {
    pub(in crate::raft) const ADD: u8 = 0;
    pub(in crate::raft) const REMOVE: u8 = 1;
    pub(in crate::raft) const TRANSFER: u8 = 2;
}

/// How reads are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBy {
    Log,
    Index,
    Lease,
    Any,
}

/// What a server that does not lead does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routing {
    Redirect,
    Forward,
}

/// The parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) timeout: Span,
    pub(super) spread: Span,
    pub(super) heartbeat: Span,
    pub(super) pre_vote: bool,
    pub(super) reads: ReadBy,
    pub(super) routing: Routing,
    pub(super) snapshot_after: u64,
}

impl Settings {
    pub(super) fn read(parameters: &[u64]) -> Self {
        let timeout = Span(parameters[0]);
        Self {
            timeout,
            spread: Span(parameters[1]),
            // Slower ones would have the followers give up on a healthy leader.
            heartbeat: Span(parameters[2].min(timeout.0 / 2).max(1)),
            pre_vote: parameters[3] == 1,
            reads: reads(parameters),
            routing: if parameters[5] == 0 { Routing::Redirect } else { Routing::Forward },
            snapshot_after: parameters[6],
        }
    }
}

fn reads(parameters: &[u64]) -> ReadBy {
    [ReadBy::Log, ReadBy::Index, ReadBy::Lease, ReadBy::Any][parameters[4].min(3) as usize]
}

/// How many nodes form the cluster at the start.
pub(super) fn first_members(parameters: &[u64], nodes: u16) -> u64 {
    parameters[7].clamp(1, u64::from(nodes).max(1))
}

pub(super) fn about() -> About {
    About {
        id: "raft",
        title: "Raft",
        summary: "The servers elect a leader, which puts all operations into one log; an entry counts when a \
                  majority has it, and a new leader is elected when the old one is silent.",
        paper: "Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm, 2014; Ongaro, \
                Consensus: Bridging Theory and Practice, 2014",
        parameters: parameters(),
        messages: message::kinds(),
        timers: timers(),
        notes: note::kinds(),
        commands: vec![
            Command {
                id: "add",
                title: "Add a server",
                summary: "The leader brings the server up to date and then makes it a member.",
                target: true,
            },
            Command {
                id: "remove",
                title: "Remove a server",
                summary: "The leader takes the server out of the configuration.",
                target: true,
            },
            Command {
                id: "transfer",
                title: "Hand leadership to",
                summary: "The leader brings the server up to date and tells it to take over.",
                target: true,
            },
        ],
    }
}

fn timers() -> Vec<Kind> {
    let kind = |name, summary| Kind { name, summary };
    vec![
        kind("Silence", "No leader was heard for the election timeout."),
        kind("Election", "The random wait is over too, or a candidacy led to nothing."),
        kind("Heartbeat", "The leader says again that it is there."),
        kind("Quorum", "The leader looks whether a majority still answers."),
        kind("Lease", "A round of heartbeats is too old for reads to rely on."),
        kind("Give up", "A request has waited for a leader long enough."),
        kind("Written", "Its own disk is done, and that is a majority."),
        kind("Abandon", "A transfer of leadership took too long."),
        kind("Ask again", "A candidate asks those again who did not answer."),
    ]
}

fn parameters() -> Vec<Parameter> {
    let time = |least_ms, most_s, default_ms| Range::Time {
        least: Span::from_ms(least_ms),
        most: Span::from_s(most_s),
        default: Span::from_ms(default_ms),
    };
    let choice = |of: &[(&'static str, &'static str)], default| Range::Choice {
        of: of.iter().map(|&(id, title)| Choice { id, title }).collect(),
        default,
    };
    vec![
        Parameter {
            id: "timeout",
            title: "Election timeout",
            summary: "How long a follower hears from no leader before it thinks of an election.",
            range: time(1, 60, 150),
        },
        Parameter {
            id: "spread",
            title: "Random spread",
            summary: "Up to how much longer each waits, drawn anew every time; with none, all stand at once \
                      and split the vote again and again.",
            range: time(0, 60, 150),
        },
        Parameter {
            id: "heartbeat",
            title: "Heartbeat every",
            summary: "How often the leader says that it is there; at most half the election timeout.",
            range: time(1, 60, 50),
        },
        Parameter {
            id: "prevote",
            title: "Pre-vote",
            summary: "Whether a server asks if it could win before it raises its term.",
            range: choice(&[("off", "off"), ("on", "on")], 1),
        },
        Parameter {
            id: "reads",
            title: "Reads are answered",
            summary: "Through the log costs a write; ReadIndex costs a round of heartbeats; a lease costs \
                      nothing and trusts the clocks; any node may be stale.",
            range: choice(
                &[
                    ("log", "through the log"),
                    ("read-index", "by the leader, after asking a majority (ReadIndex)"),
                    ("lease", "by the leader, on its lease"),
                    ("any", "by the node asked, stale or not"),
                ],
                1,
            ),
        },
        Parameter {
            id: "routing",
            title: "A follower that is asked",
            summary: "Tells the client who leads, or passes the request on.",
            range: choice(
                &[("redirect", "sends the client to the leader"), ("forward", "asks the leader")],
                0,
            ),
        },
        Parameter {
            id: "snapshot",
            title: "Snapshot after entries",
            summary: "After so many entries the log is replaced by the state that it led to; 0 is never.",
            range: Range::Count { least: 0, most: 1_000_000, default: 200 },
        },
        Parameter {
            id: "members",
            title: "Members at the start",
            summary: "The first nodes, so many of them, form the cluster; the others are spare until they are \
                      added.",
            range: Range::Replicas { least: 1, spare: 0, default: u64::from(u16::MAX) },
        },
    ]
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write, CallKind::Cas, CallKind::Add]
}

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], nodes: u16) -> Contract {
    let members = first_members(parameters, nodes);
    let majority = (members / 2 + 1) as u16;
    let stale = reads(parameters) == ReadBy::Any;
    // Spare nodes don't count: any so many nodes have a majority of the members among them.
    let spare = nodes - members as u16;
    let mut promises = Vec::new();
    if !stale {
        promises.extend([Promise::Linearizable, Promise::ReadYourWrites, Promise::MonotonicReads]);
    }
    promises.push(Promise::NoLostWrites);
    if members == u64::from(nodes) {
        // A spare node holds nothing.
        promises.push(Promise::Converges);
    }
    Contract {
        consistency: if stale { Consistency::Eventual } else { Consistency::Linearizable },
        durability: "An acknowledged write is on the disks of a majority.",
        reads: if stale { Needs::Any(1) } else { Needs::Any(majority + spare) },
        writes: Needs::Any(majority + spare),
        promises,
        tolerances: tolerances(reads(parameters) == ReadBy::Lease),
    }
}

/// What it says about each fault.
fn tolerances(lease: bool) -> Vec<Tolerance> {
    let of = |fault, survives, then| Tolerance { fault, survives, then };
    let drift = if lease {
        of(
            Fault::ClockDrift,
            Survives::None,
            "A leader with a slow clock trusts its lease for too long, and answers reads after another was elected.",
        )
    } else {
        of(
            Fault::ClockDrift,
            Survives::Any,
            "Timeouts become longer or shorter; elections may take longer, nothing else rests on them.",
        )
    };
    vec![
        of(
            Fault::Cut,
            Survives::Any,
            "The side with a majority elects a leader and goes on; the other waits.",
        ),
        of(
            Fault::OneWayCut,
            Survives::Any,
            "A leader that hears from no majority steps down, even if it can still be heard.",
        ),
        of(Fault::Loss, Survives::Any, "What is lost is sent again with a heartbeat or an election."),
        of(
            Fault::Duplication,
            Survives::Any,
            "An entry that is there is not added again, nor a vote counted twice.",
        ),
        of(
            Fault::Reordering,
            Survives::Any,
            "Each message names the entry before it, and what comes too early is refused.",
        ),
        of(
            Fault::Crash,
            Survives::Any,
            "A majority elects another leader; a server that restarts reads its disk and catches up.",
        ),
        of(
            Fault::UnsyncedCrash,
            Survives::Any,
            "Term, vote and entries are on disk before anybody is told of them.",
        ),
        of(
            Fault::Wipe,
            Survives::None,
            "A server without its disk forgets its vote and what it acknowledged; it has to be removed and added again.",
        ),
        of(
            Fault::Pause,
            Survives::Any,
            "As a crash; an old leader that wakes up finds that its term is over.",
        ),
        of(Fault::Slow, Survives::Any, "A slow follower is not waited for; a slow leader is slow for all."),
        of(Fault::ClockSkew, Survives::Any, "Only spans of time matter, not what a clock shows."),
        drift,
        of(Fault::Lie, Survives::None, "Servers believe each other: one liar can break everything."),
        of(Fault::Retry, Survives::Any, "A request that comes again is answered, not applied again."),
    ]
}
