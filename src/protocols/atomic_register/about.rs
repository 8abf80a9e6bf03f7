//! The atomic register's description of itself.

use netsplit_sim::protocol::{About, Choice, Kind, Parameter, Range};
use netsplit_sim::time::Span;

/// A read's majority did not agree, and it writes back what it found.
pub(super) const NOTE_WROTE_BACK: u8 = 0;
/// A read's majority agreed, and it answers at once.
pub(super) const NOTE_FAST_READ: u8 = 1;
/// Those that have not answered are asked again.
pub(super) const NOTE_SENT_AGAIN: u8 = 2;
/// No majority answered in time.
pub(super) const NOTE_GAVE_UP: u8 = 3;

pub(super) fn about() -> About {
    About {
        id: "abd",
        title: "Atomic register",
        summary: "Any node takes any request and asks a majority twice; a read leaves what it found at a majority \
                  before it answers.",
        paper: "Attiya, Bar-Noy and Dolev, Sharing Memory Robustly in Message-Passing Systems, JACM 1995; Lynch and \
                Shvartsman, Robust Emulation of Shared Memory, FTCS 1997",
        parameters: parameters(),
        messages: vec![
            Kind { name: "Query", summary: "The coordinator asks a replica what it holds." },
            Kind { name: "Holds", summary: "A replica tells what it holds, and the tag of it." },
            Kind { name: "Store", summary: "The coordinator asks a replica to keep a value with its tag." },
            Kind { name: "Stored", summary: "A replica has the tag, or a greater one, on disk." },
        ],
        timers: vec![
            Kind { name: "Deadline", summary: "An operation has waited long enough for a majority." },
            Kind { name: "Send again", summary: "Replicas that have not answered are asked again." },
        ],
        notes: vec![
            Kind {
                name: "wrote back",
                summary: "The replicas differed, so a read brings what it found to a majority first.",
            },
            Kind {
                name: "fast read",
                summary: "All of the majority agreed, so a read needs no second phase.",
            },
            Kind { name: "sent again", summary: "Some replicas have not answered and are asked again." },
            Kind { name: "coordinator gave up", summary: "No majority answered in time." },
        ],
        commands: Vec::new(),
    }
}

fn parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            id: "write_back",
            title: "Reads write back",
            summary: "Without it, one read may see a write that is not finished, and a later one miss it.",
            range: Range::Choice {
                of: vec![Choice { id: "on", title: "on" }, Choice { id: "off", title: "off" }],
                default: 0,
            },
        },
        Parameter {
            id: "timeout",
            title: "The coordinator waits at most",
            summary: "After this time without a majority it gives up.",
            range: Range::Time { least: Span::from_ms(1), most: Span::from_s(60), default: Span::from_s(1) },
        },
        Parameter {
            id: "retransmit",
            title: "It asks again after",
            summary: "Replicas that have not answered by then are asked again, and again after the same time.",
            range: Range::Time {
                least: Span::from_ms(1),
                most: Span::from_s(60),
                default: Span::from_ms(200),
            },
        },
    ]
}
