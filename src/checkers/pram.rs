//! PRAM (pipelined random access memory; Lipton and Sandberg 1988): everybody sees the writes of each session in the order in
//! which that session made them.
//!
//! Each session has an order of all writes and its own reads, which keeps the session order of everybody, and in
//! which each of its reads returns the last write before it. It is what comes of sending writes down one
//! pipeline to each of the others. What others have read before they wrote does not matter.
//!
//! It is judged as `causality/views` says, session by session.

use crate::causality::origins::{self, Answer};
use crate::causality::{self, views};
use crate::{Checker, Input, Verdict};

/// PRAM.
pub const CHECKER: Checker = Checker {
    name: "pram",
    title: "PRAM",
    explanation: "You see the writes of each other client in the order in which it made them, and your own at once. How \
                  the writes of different clients are mixed, each sees in its own way.",
    check,
};

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    causality::verdict(input, budget, |scene, until, steps| {
        for session in 0..scene.sessions.len() as u32 {
            let readers =
                scene.sessions[session as usize].iter().copied().filter(|&place| scene.node(place).is_sure());
            let judge = |origins: &[_], steps: &mut _| views::pram(scene, origins, session, steps);
            match origins::settle(scene, readers, until, origins::any, steps, judge) {
                Answer::Holds => {}
                answer => return answer,
            }
        }
        Answer::Holds
    })
}
