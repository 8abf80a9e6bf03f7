//! Gossip broken on purpose.

use netsplit_protocols::gossip::variant::Variant;
use netsplit_protocols::gossip::{self, Gossip};

use super::{Bug, bug};

/// Every planted bug of gossip.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<V: Variant>(name: &'static str) -> Bug {
        bug::<Gossip<V>>(name, gossip::contract, gossip::calls)
    }
    vec![
        of::<RemovedComesBack>("a set merges without its causal context"),
        of::<CountsTwice>("a counter merges by addition"),
        of::<LastToArriveWins>("a register keeps what arrives last"),
        of::<AnswersBeforeSync>("an acknowledgement before the fsync"),
    ]
}

/// What was removed from a set comes back with the next exchange.
#[derive(Clone)]
struct RemovedComesBack;

impl Variant for RemovedComesBack {
    const REMOVED_COMES_BACK: bool = true;
}

/// What a counter hears twice counts twice.
#[derive(Clone)]
struct CountsTwice;

impl Variant for CountsTwice {
    const COUNTS_TWICE: bool = true;
}

/// Two nodes that exchange two values swap them.
#[derive(Clone)]
struct LastToArriveWins;

impl Variant for LastToArriveWins {
    const LAST_TO_ARRIVE_WINS: bool = true;
}

/// A crash may take back what a client was told.
#[derive(Clone)]
struct AnswersBeforeSync;

impl Variant for AnswersBeforeSync {
    const ANSWERS_BEFORE_SYNC: bool = true;
}
