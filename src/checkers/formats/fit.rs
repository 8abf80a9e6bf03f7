//! Makes a history sayable in a form, and tells what that took.
//!
//! Nothing that is done here changes whether a history is linearizable, though it may change what the sessions are: an
//! operation that was refused says nothing, nor does a read without an answer; an update that returned without a known
//! outcome may as well never have returned; and who called an operation does not matter.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId};
use netsplit_sim::time::Time;

use super::{Format, log};
use crate::observation::{Call, Observation, Observations, Outcome, Session};

/// A history that says as much as a form has words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The history.
    pub observations: Observations,
    /// What was left out or put differently, in one sentence each.
    pub notes: Vec<String>,
}

/// Leaves out or puts differently what a form has no words for, as far as that does not touch linearizability. The
/// operations on other keys than `key` are left out too, if one is told.
#[must_use]
pub fn fit(format: Format, observations: &Observations, key: Option<Key>) -> Fitted {
    let mut fitted = Fitted { observations: observations.clone(), notes: Vec::new() };
    if let Some(key) = key {
        fitted.keep("about another key", |operation| operation.key == key);
    }
    let is_cas = |operation: &Observation| matches!(operation.call, Call::Cas { .. });
    let is_refused = |operation: &Observation| operation.outcome == Outcome::Refused;
    let is_read = |operation: &Observation| operation.call == Call::Read;
    let refused = "refused by the cluster, and so without effect";
    match format {
        Format::JepsenEdn => {}
        Format::JsonLines => fitted.keep(refused, |one| !(is_refused(one) && is_cas(one))),
        Format::PorcupineEtcd => fitted.keep(refused, |one| !is_refused(one) || is_read(one)),
        Format::PorcupineKv => {
            fitted.keep(refused, |one| !is_refused(one));
            let is_open = |one: &Observation| matches!(one.outcome, Outcome::Unknown | Outcome::Pending);
            fitted.keep("a read without an answer", |one| !(is_read(one) && is_open(one)));
            fitted.never_return();
        }
    }
    if matches!(format, Format::PorcupineEtcd | Format::PorcupineKv) {
        fitted.split_sessions();
    }
    fitted
}

/// `1 operation was`, `3 operations were`
fn were(count: usize) -> String {
    if count == 1 { "1 operation was".to_owned() } else { format!("{count} operations were") }
}

impl Fitted {
    fn keep(&mut self, why: &str, is_kept: impl Fn(&Observation) -> bool) {
        let operations = &mut self.observations.operations;
        let before = operations.len();
        operations.retain(is_kept);
        for (index, operation) in operations.iter_mut().enumerate() {
            operation.id = OpId(index as u32);
        }
        if operations.len() < before {
            self.notes.push(format!("{} left out: {why}", were(before - operations.len())));
        }
    }

    fn never_return(&mut self) {
        let mut count = 0;
        for operation in &mut self.observations.operations {
            if operation.outcome == Outcome::Unknown {
                (operation.outcome, operation.returned) = (Outcome::Pending, None);
                operation.returned_at = Time::ZERO;
                count += 1;
            }
        }
        if count > 0 {
            self.notes.push(format!("{} written as never returned, for the outcome is unknown", were(count)));
        }
    }

    /// Lets a session go on as another one after an operation of unknown outcome, and while an operation is open.
    fn split_sessions(&mut self) {
        let observations = &mut self.observations;
        let used = observations.operations.iter().map(|operation| operation.session.0 + 1).max();
        let mut free = used.unwrap_or(0).max(observations.sessions.len() as u32);
        let first_free = free;
        let mut next_name = free_name(&observations.sessions);
        let mut lanes: BTreeMap<Session, Vec<Observation>> = BTreeMap::new();
        for operation in &mut observations.operations {
            let lanes = lanes.entry(operation.session).or_default();
            if let Some(last) = lanes.iter_mut().find(|last| !log::is_process_over(last, operation)) {
                operation.session = last.session;
                *last = *operation;
                continue;
            }
            if !lanes.is_empty() {
                operation.session = Session(free);
                free += 1;
                if !observations.sessions.is_empty() {
                    observations.sessions.push(format!("p{next_name}"));
                    next_name += 1;
                }
            }
            lanes.push(*operation);
        }
        if free > first_free {
            self.notes.push(format!(
                "{} more processes than sessions: here a process ends with an operation of unknown outcome, and does \
                 one thing at a time",
                free - first_free
            ));
        }
    }
}

/// A number behind all those in names such as `p3`.
fn free_name(sessions: &[String]) -> i64 {
    let numbers = sessions.iter().filter_map(|name| name.strip_prefix('p')?.parse::<i64>().ok());
    numbers.max().map_or(0, |most| most.saturating_add(1).max(0))
}
