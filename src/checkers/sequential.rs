//! Sequential consistency (Lamport 1979): there is one order of all operations of all keys that keeps the order of
//! each session and explains every answer. Unlike in linearizability that order need not be the one of the clock:
//! everybody may see the past, as long as all see the same past.
//!
//! In its session an operation comes after what had returned before it was called. One of unknown outcome may take
//! effect at any time after that, or never, and nothing of its session has to come after it. What was refused is
//! left out. What a key is (a register, a number, a set, a text) the calls decide, as for linearizability.
//!
//! To decide it is NP-complete even where every value is written once (Gibbons and Korach 1997), and it can't be
//! done key by key. So the easy answers come first: a linearizable history is sequentially consistent; and a circle
//! among the steps that every such order has in common proves that there is none (`saturation`). Otherwise `search`
//! tries the orders, within a budget.
//!
//! A witness is made small in two steps. The shortest prefix that fails is that of the answers: of what returned
//! later, the updates are still there, but nobody knows of them. (Sequential consistency may explain a read by a
//! write that was called later, so a prefix of the events would accuse too much.) Of that prefix as many answers are
//! forgotten as possible (`blame`), and the sentence lists the rest, session by session.

mod blame;
mod problem;
mod saturation;
mod search;

use crate::observation::{Observations, Outcome};
use crate::words::Words;
use crate::{Checker, Input, Unknown, Verdict, Witness, linearizable};
use problem::Problem;

/// Sequential consistency.
pub const CHECKER: Checker = Checker {
    name: "sequential",
    title: "Sequential",
    explanation: "All agree on one order of everything that happened, and each session's own operations are in it as it \
                  called them. But that order may lag behind the clock: you may read what is old, as long as nobody \
                  can tell.",
    check,
};

/// Whether there is an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Holds,
    Impossible,
    OutOfSteps,
}

/// The most steps that the question of linearizability is worth.
const STEPS_FOR_LINEARIZABLE: u64 = 300_000;

fn check(input: &Input<'_>, budget: u64) -> Verdict {
    let observations = input.observations;
    if let Some(witness) = siblings(observations) {
        return Verdict::Broken(witness);
    }
    if (linearizable::CHECKER.check)(input, budget.min(STEPS_FOR_LINEARIZABLE)) == Verdict::Holds {
        return Verdict::Holds;
    }
    let mut spent = 0;
    match decide(&Problem::whole(observations), budget, &mut spent) {
        Answer::Holds => Verdict::Holds,
        Answer::Impossible => Verdict::Broken(blame::witness(observations)),
        Answer::OutOfSteps => Verdict::Unknown(Unknown {
            spent,
            reason: format!(
                "too many orders of the operations are possible: no answer within {spent} steps of the search"
            ),
        }),
    }
}

/// Decides a problem within a budget, to which it adds what it spent.
fn decide(problem: &Problem, budget: u64, spent: &mut u64) -> Answer {
    if !problem.explains_every_value() {
        return Answer::Impossible;
    }
    let saturation = saturation::saturate(problem, budget / 2, spent);
    match saturation {
        saturation::Saturation::Circle => Answer::Impossible,
        saturation::Saturation::Order(order) => search::search(problem, Some(&order), budget, spent),
        saturation::Saturation::TooLarge => search::search(problem, None, budget, spent),
    }
}

/// A register that showed several values at once.
fn siblings(observations: &Observations) -> Option<Witness> {
    let sets = problem::sets(observations);
    let mut reads: Vec<_> = observations
        .operations
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Values(id) if observations.values_of(id).len() > 1))
        .filter(|one| !sets.contains(&one.key))
        .collect();
    reads.sort_unstable_by_key(|read| read.returned);
    let read = reads.first()?;
    let words = Words::of(observations);
    let sentence = format!(
        "{}'s read of {} {}, and one copy of a register holds one value",
        words.session(read),
        words.key(read.key),
        words.answer(read)
    );
    let at = observations.clock.then_some(read.returned_at);
    Some(Witness { operations: vec![read.id], nodes: Vec::new(), event: read.returned, at, sentence })
}
