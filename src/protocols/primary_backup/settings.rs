//! The parameters, and the protocol's description of itself.

use netsplit_sim::protocol::{About, Choice, Command, Kind, Parameter, Range};
use netsplit_sim::time::Span;

use super::message;
use crate::parts::detector::Rule;

/// Who answers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadAt {
    Primary,
    Any,
    Unconfirmed,
}

/// The parameters, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) acks: usize,
    pub(super) reads: ReadAt,
    pub(super) resend: Span,
    pub(super) redirects: bool,
    pub(super) automatic: bool,
    pub(super) epochs: bool,
    pub(super) rule: Rule,
    pub(super) heartbeat: Span,
}

impl Settings {
    pub(super) fn new(parameters: &[u64]) -> Self {
        let value = |index: usize| parameters.get(index).copied().unwrap_or(0);
        Self {
            acks: value(0) as usize,
            reads: [ReadAt::Primary, ReadAt::Any, ReadAt::Unconfirmed][value(1).min(2) as usize],
            resend: Span(value(2)),
            redirects: value(3) == 1,
            automatic: value(4) == 1,
            epochs: value(5) == 0,
            rule: if value(6) == 0 { Rule::Timeout(Span(value(7))) } else { Rule::Phi(value(8) as f64) },
            heartbeat: Span(value(9)),
        }
    }

    /// Whether a primary asks a majority before it answers reads. Where only a person makes primaries it
    /// trusts that person.
    pub(super) fn confirms_reads(&self) -> bool {
        self.automatic && self.epochs && self.reads == ReadAt::Primary
    }
}

fn choice(
    id: &'static str,
    title: &'static str,
    summary: &'static str,
    of: &[(&'static str, &'static str)],
) -> Parameter {
    let of = of.iter().map(|&(id, title)| Choice { id, title }).collect();
    Parameter { id, title, summary, range: Range::Choice { of, default: 0 } }
}

fn time(
    id: &'static str,
    title: &'static str,
    summary: &'static str,
    [least, most, default]: [Span; 3],
) -> Parameter {
    Parameter { id, title, summary, range: Range::Time { least, most, default } }
}

fn parameters() -> Vec<Parameter> {
    let ms = Span::from_ms;
    vec![
        Parameter {
            id: "acks",
            title: "Backups that must acknowledge",
            summary: "0 is asynchronous: fast, and a read at a backup may be stale. All is synchronous: \
                      a write waits for the farthest backup.",
            range: Range::Replicas { least: 0, spare: 1, default: 1 },
        },
        choice(
            "reads",
            "Reads are answered by",
            "The primary knows the latest value, as long as it is the primary, which it asks the others about where \
             failover is automatic; the node that the client asked is nearer and may not know it.",
            &[
                ("primary", "the primary"),
                ("any", "the node asked"),
                ("unconfirmed", "the primary, without asking the others"),
            ],
        ),
        time(
            "resend",
            "Send again after",
            "How long the primary waits for a backup's acknowledgement before it sends the entries again.",
            [ms(1), Span::from_s(10), ms(200)],
        ),
        choice(
            "routing",
            "A backup that is asked",
            "It passes the request on to the primary itself, or tells the client whom to ask.",
            &[("forward", "forwards"), ("redirect", "redirects")],
        ),
        choice(
            "failover",
            "A new primary is made by",
            "A person who promotes a backup, or the backups themselves when they suspect the primary.",
            &[("manual", "a person"), ("automatic", "the backups")],
        ),
        choice(
            "epochs",
            "Epochs",
            "With epochs a new primary needs the votes of a majority and an older one is refused; without, two \
             primaries may go on side by side (split brain).",
            &[("on", "on"), ("off", "off")],
        ),
        choice(
            "detector",
            "Failure detector",
            "A fixed timeout suspects a node whose heartbeat is late by a given time; phi accrual learns what is usual \
             and suspects what is surprising.",
            &[("timeout", "fixed timeout"), ("phi", "phi accrual")],
        ),
        time(
            "suspect_after",
            "Suspect when late by",
            "How late a heartbeat must be for the fixed timeout to suspect its sender.",
            [ms(5), Span::from_s(60), ms(200)],
        ),
        Parameter {
            id: "phi",
            title: "Suspect at phi",
            summary: "How surprised phi accrual must be: 1 is wrong about once in 10 heartbeats, 2 once in 100.",
            range: Range::Count { least: 1, most: 16, default: 8 },
        },
        time(
            "heartbeat",
            "Heartbeat every",
            "How often nodes tell each other that they are alive, where failover is automatic.",
            [ms(1), Span::from_s(10), ms(50)],
        ),
    ]
}

/// The indices of [`About::notes`].
pub mod note {
    /// A heartbeat is overdue.
    pub const SUSPECTS: u8 = 0;
    /// A suspected node was heard of.
    pub const TRUSTS: u8 = 1;
    /// It asks for votes.
    pub const STANDS: u8 = 2;
    /// It takes writes from now on.
    pub const LEADS: u8 = 3;
    /// It takes no more writes.
    pub const STEPPED_DOWN: u8 = 4;
    /// It refused a message of an older epoch.
    pub const REFUSED: u8 = 5;
    /// Its log was replaced by another.
    pub const THREW_AWAY: u8 = 6;
    /// It has the whole log again.
    pub const CAUGHT_UP: u8 = 7;
    /// It took the state itself.
    pub const SNAPSHOT: u8 = 8;
}

fn notes() -> Vec<Kind> {
    let kind = |name, summary| Kind { name, summary };
    vec![
        kind("suspects a node", "A heartbeat is overdue: the detector takes its sender for failed."),
        kind("trusts it again", "A suspected node was heard of: it was slow or cut off, or is back."),
        kind("wants to take over", "It asks the others for their votes for the next epoch."),
        kind("became primary", "From now on it takes writes."),
        kind("stepped down", "It learnt that another is primary, or was told to lead no more."),
        kind("refused an old epoch", "A message of a primary that has been replaced."),
        kind(
            "threw away unshipped entries",
            "Its log held entries that the new primary never got. If clients were told that they are safe, they are lost.",
        ),
        kind("caught up", "It had fallen behind or was gone, and has the whole log again."),
        kind("took a snapshot", "The entries that it lacked are no longer kept, so it got the state itself."),
    ]
}

/// The indices of [`About::commands`].
pub mod command {
    /// Take over.
    pub const PROMOTE: u8 = 0;
    /// Lead no more.
    pub const DEMOTE: u8 = 1;
    /// Take over without asking.
    pub const FORCE: u8 = 2;
}

fn commands() -> Vec<Command> {
    let command = |id, title, summary| Command { id, title, summary, target: false };
    vec![
        command(
            "promote",
            "Promote",
            "It takes over as primary: with epochs once a majority votes for it, without epochs at once.",
        ),
        command("demote", "Demote", "If it is primary, it takes no more writes; another has to take over."),
        command(
            "force",
            "Promote by force",
            "It takes over at once and asks nobody. What it has not got is lost, acknowledged or not.",
        ),
    ]
}

pub(super) fn about() -> About {
    About {
        id: "primary-backup",
        title: "Primary / backup",
        summary: "One node takes every write and ships its log to the others; you choose how many must \
                  have an entry before the client is told that it is safe, and what happens when it fails.",
        paper: "Alsberg and Day, A Principle for Resilient Sharing of Distributed Resources, 1976; \
                Budhiraja et al., The Primary-Backup Approach, 1993, section 8.2; \
                Oki and Liskov, Viewstamped Replication, 1988",
        parameters: parameters(),
        messages: message::kinds(),
        timers: message::timers(),
        notes: notes(),
        commands: commands(),
    }
}
