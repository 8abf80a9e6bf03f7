//! The parameters of the leaderless store: what they are called, and what they mean together.

use netsplit_sim::protocol::{Choice, Parameter, Range};
use netsplit_sim::time::Span;

use super::content::Versions;

/// What the parameters say for a cluster of a given size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How many nodes hold each key.
    pub(super) n: u16,
    /// How many answers a read waits for; at most `n`.
    pub(super) r: u16,
    /// How many confirmations a write waits for; at most `n`.
    pub(super) w: u16,
    /// How long a coordinator waits at most.
    pub(super) timeout: Span,
    /// Whether it takes what it could reach when that is too few.
    pub(super) accepts: bool,
    /// Whether a read repairs what it found stale.
    pub(super) repairs: bool,
    /// Whether only as many replicas are asked as are waited for, the others on silence.
    pub(super) asks_minimum: bool,
    /// How long a node may be silent before others are asked.
    pub(super) silence: Span,
    /// Whether nodes outside of the preference list stand in for silent ones.
    pub(super) sloppy: bool,
    /// Whether replicas compare their trees, and how often each does.
    pub(super) compares: Option<Span>,
    /// How versions are told apart.
    pub(super) versions: Versions,
}

impl Rules {
    /// Reads the parameters, which are in the order of [`parameters`].
    pub(super) fn of(parameters: &[u64], nodes: u16) -> Self {
        let replicas = |value: u64, most: u16| u16::try_from(value).unwrap_or(most).clamp(1, most.max(1));
        let n = replicas(parameters[5], nodes);
        Self {
            n,
            r: replicas(parameters[0], n),
            w: replicas(parameters[1], n),
            timeout: Span(parameters[2]),
            accepts: parameters[3] == 1,
            repairs: parameters[4] == 0,
            asks_minimum: parameters[6] == 1,
            silence: Span(parameters[7]),
            sloppy: parameters[8] == 1 && n < nodes,
            compares: (parameters[9] == 1).then_some(Span(parameters[10])),
            versions: if parameters[11] == 0 { Versions::Timestamps } else { Versions::Vectors },
        }
    }
}

pub(super) fn parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            id: "r",
            title: "R: replicas that a read waits for",
            summary: "More replicas give a fresher answer and a slower one; at most N count.",
            range: Range::Replicas { least: 1, spare: 0, default: 2 },
        },
        Parameter {
            id: "w",
            title: "W: replicas that a write waits for",
            summary: "With R + W greater than N, every read meets every acknowledged write.",
            range: Range::Replicas { least: 1, spare: 0, default: 2 },
        },
        time(
            "timeout",
            "The coordinator waits at most",
            "After this time it does what the next choice says.",
            Span::from_ms(500),
        ),
        choice(
            "short",
            "When too few replicas answer",
            "Refuse keeps the copies consistent; accept keeps the clients served.",
            [("refuse", "refuse (stay consistent)"), ("accept", "accept (stay available)")],
        ),
        choice(
            "repair",
            "Read repair",
            "After a read, stale replicas are given the newest version.",
            [("on", "on"), ("off", "off")],
        ),
        Parameter {
            id: "n",
            title: "N: replicas of each key",
            summary: "Each key is on N nodes, clockwise on a ring from a hash of the key.",
            range: Range::Replicas { least: 1, spare: 0, default: 64 },
        },
        choice(
            "ask",
            "Whom the coordinator asks",
            "All N at once, or as many as it waits for and the rest only if some are silent.",
            [("all", "all N"), ("minimum", "the minimum")],
        ),
        time(
            "silence",
            "A node counts as silent after",
            "Then the coordinator asks others instead of it.",
            Span::from_ms(100),
        ),
        choice(
            "sloppy",
            "Sloppy quorum",
            "The next nodes on the ring stand in for silent ones and hand over what they took.",
            [("off", "off (strict)"), ("on", "on")],
        ),
        choice(
            "anti_entropy",
            "Anti-entropy",
            "Replicas compare Merkle trees in the background and exchange the keys that differ.",
            [("off", "off"), ("on", "on")],
        ),
        time(
            "interval",
            "Each node compares every",
            "It takes the others in turn, in a random order.",
            Span::from_ms(500),
        ),
        choice(
            "versions",
            "Versions",
            "With timestamps the last write wins; with vectors, concurrent writes stay as siblings.",
            [("timestamps", "timestamps"), ("vectors", "version vectors")],
        ),
    ]
}

fn time(id: &'static str, title: &'static str, summary: &'static str, default: Span) -> Parameter {
    let range = Range::Time { least: Span::from_ms(1), most: Span::from_s(60), default };
    Parameter { id, title, summary, range }
}

fn choice(
    id: &'static str,
    title: &'static str,
    summary: &'static str,
    of: [(&'static str, &'static str); 2],
) -> Parameter {
    let of = of.map(|(id, title)| Choice { id, title }).to_vec();
    Parameter { id, title, summary, range: Range::Choice { of, default: 0 } }
}
