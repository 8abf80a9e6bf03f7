//! Which answers are to blame that there is no order.

use std::collections::BTreeSet;

use netsplit_sim::ids::OpId;

use super::problem::Problem;
use super::{Answer, decide};
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::verdict::Witness;
use crate::words::Words;

/// The most steps for one trial, and for all of them. When they are spent, the witness is not the smallest.
const STEPS_OF_TRIAL: u64 = 200_000;
const STEPS_IN_ALL: u64 = 4_000_000;
/// How many operations a sentence names at most.
const NAMED: usize = 8;

/// The witness of a history for which there is no order.
pub(super) fn witness(observations: &Observations) -> Witness {
    let mut blame = Blame { observations, spent: 0 };
    let says_something = |one: &&Observation| {
        matches!(one.outcome, Outcome::Read(_) | Outcome::Values(_) | Outcome::Done | Outcome::NotSwapped)
    };
    let mut answers: Vec<&Observation> = observations.operations.iter().filter(says_something).collect();
    answers.sort_unstable_by_key(|one| one.returned);
    let mut kept: Vec<OpId> = answers.iter().map(|one| one.id).collect();
    kept.truncate(blame.shortest_prefix(&kept));
    blame.forget(&mut kept);
    let last = kept.iter().map(|id| &observations.operations[id.index()]).max_by_key(|one| one.returned);
    let mut operations: BTreeSet<OpId> = kept.iter().copied().collect();
    operations.extend(kept.iter().flat_map(|id| seen_by(observations, &observations.operations[id.index()])));
    let operations: Vec<OpId> = operations.into_iter().collect();
    let at = last.filter(|_| observations.clock).map(|last| last.returned_at);
    let event = last.and_then(|last| last.returned);
    let sentence = sentence(observations, &operations);
    Witness { operations, nodes: Vec::new(), event, at, sentence }
}

struct Blame<'a> {
    observations: &'a Observations,
    spent: u64,
}

impl Blame<'_> {
    fn is_impossible(&mut self, kept: &[OpId]) -> bool {
        let mut counts = vec![false; self.observations.operations.len()];
        for id in kept {
            counts[id.index()] = true;
        }
        let problem = Problem::of(self.observations, |operation| counts[operation.id.index()]);
        let mut spent = 0;
        let answer = decide(&problem, STEPS_OF_TRIAL, &mut spent);
        self.spent += spent + counts.len() as u64;
        answer == Answer::Impossible
    }

    /// How many of the answers, which are in the order of their returns, make an order impossible.
    fn shortest_prefix(&mut self, answers: &[OpId]) -> usize {
        let (mut possible, mut impossible) = (0, answers.len());
        while possible + 1 < impossible && self.spent < STEPS_IN_ALL / 2 {
            let middle = usize::midpoint(possible, impossible);
            if self.is_impossible(&answers[..middle]) {
                impossible = middle;
            } else {
                possible = middle;
            }
        }
        impossible
    }

    /// Forgets answers without which there is no order either: halves first, then quarters, and so on, as
    /// `shrink` does.
    fn forget(&mut self, kept: &mut Vec<OpId>) {
        let mut size = kept.len() / 2;
        while size > 0 && self.spent < STEPS_IN_ALL {
            let mut start = 0;
            while start < kept.len() && self.spent < STEPS_IN_ALL {
                let end = (start + size).min(kept.len());
                let trial: Vec<OpId> = [&kept[..start], &kept[end..]].concat();
                if self.is_impossible(&trial) {
                    *kept = trial;
                } else {
                    start = end;
                }
            }
            size /= 2;
        }
    }
}

/// The operation that wrote what another one found, if it can be only one.
fn seen_by(observations: &Observations, reader: &Observation) -> Option<OpId> {
    let found = match (reader.call, reader.outcome) {
        (Call::Read, Outcome::Read(value)) => value,
        (Call::Cas { from, .. }, Outcome::Done) => from,
        _ => None,
    }?;
    let wrote = |one: &&Observation| {
        one.key == reader.key && one.may_update() && one.call.writes() == Some(Some(found))
    };
    let mut writers = observations.operations.iter().filter(wrote);
    let first = writers.next()?;
    writers.next().is_none().then_some(first.id)
}

/// The operations, session by session.
fn sentence(observations: &Observations, operations: &[OpId]) -> String {
    let words = Words::of(observations);
    let mut sessions: Vec<Vec<&Observation>> = Vec::new();
    for id in &operations[..operations.len().min(NAMED)] {
        let operation = &observations.operations[id.index()];
        match sessions.iter_mut().find(|list| list[0].session == operation.session) {
            Some(list) => list.push(operation),
            None => sessions.push(vec![operation]),
        }
    }
    let part = |list: Vec<&Observation>| {
        let session = list.first().map(|first| words.session(first)).unwrap_or_default();
        let deeds: Vec<String> = list.into_iter().map(|operation| deed(words, operation)).collect();
        format!("{session}'s {}", deeds.join(", then "))
    };
    let mut parts: Vec<String> = sessions.into_iter().map(part).collect();
    if operations.len() > NAMED {
        parts.push(format!("and {} more", operations.len() - NAMED));
    }
    let parts = parts.join("; ");
    format!("No single order of all operations that keeps each session's own order explains this: {parts}")
}

/// `write of v1 to k1`, `read of k1 returned v2`
fn deed(words: Words<'_>, operation: &Observation) -> String {
    let (act, key) = (words.act(operation), words.key(operation.key));
    match operation.call {
        Call::Read => format!("read of {key} {}", words.answer(operation)),
        Call::Cas { .. } => format!("{act} of {key} {}", words.answer(operation)),
        Call::Write(_) | Call::Append(_) | Call::Add(_) => format!("{act} to {key}"),
        Call::Insert(_) => format!("{act} into {key}"),
        Call::Remove(_) => format!("{act} from {key}"),
    }
}
