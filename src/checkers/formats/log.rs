//! What the forms have in common that have a line for each call and one for each return.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId};

use super::Builder;
use crate::events::{self, Event};
use crate::jsonl::Problem;
use crate::observation::{Call, Observation, Observations, Outcome};

/// A history in the making, line by line. A process does one thing after the other, and ends when the outcome of
/// one is unknown.
pub(super) struct Log {
    pub(super) builder: Builder,
    processes: BTreeMap<i64, Process>,
    next_event: u64,
}

/// What a process did last.
struct Process {
    operation: OpId,
    /// The line of its call.
    line: usize,
    ended: bool,
    dead: bool,
}

impl Log {
    pub(super) fn new(text: &str) -> Result<Self, Problem> {
        Ok(Self { builder: Builder::new(text)?, processes: BTreeMap::new(), next_event: 0 })
    }

    /// The number of the next event: the one that is told, or one more than the last.
    pub(super) fn event(&mut self, field: &'static str, told: Option<u64>) -> Result<u64, Problem> {
        let event = told.unwrap_or(self.next_event);
        if event < self.next_event || event == u64::MAX {
            let least = self.next_event;
            return self
                .builder
                .expected(field, format!("a number from {least} on: events are sorted by it"));
        }
        self.next_event = event + 1;
        Ok(event)
    }

    pub(super) fn call(
        &mut self,
        process: i64,
        session: i64,
        key: Key,
        call: Call,
        event: u64,
    ) -> Result<&mut Observation, Problem> {
        if let Some(last) = self.processes.get(&process)
            && (last.dead || !last.ended)
        {
            let line = last.line;
            return self.builder.expected(
                "process",
                format!(
                    "another process: {process} is still at what it called in line {line}, or ended with it"
                ),
            );
        }
        let line = self.builder.line;
        let observation = self.builder.call(session, key, call, event)?;
        let last = Process { operation: observation.id, line, ended: false, dead: false };
        self.processes.insert(process, last);
        Ok(observation)
    }

    /// The operation that a process is at, for its return.
    pub(super) fn open(&self, process: i64) -> Result<Observation, Problem> {
        match self.processes.get(&process).filter(|last| !last.ended) {
            Some(last) => Ok(self.builder.observations.operations[last.operation.index()]),
            None => {
                self.builder.expected("process", format!("a call of process {process} before its return"))
            }
        }
    }

    /// Its return.
    pub(super) fn returns(
        &mut self,
        process: i64,
        outcome: Outcome,
        event: u64,
    ) -> Result<&mut Observation, Problem> {
        let id = self.open(process)?.id;
        if let Some(last) = self.processes.get_mut(&process) {
            last.ended = true;
            last.dead = outcome == Outcome::Unknown;
        }
        let observation = &mut self.builder.observations.operations[id.index()];
        (observation.outcome, observation.returned) = (outcome, Some(event));
        Ok(observation)
    }
}

/// The operation that a session was at, when it called another one or went on after one of unknown outcome.
pub(super) fn not_one_after_the_other(observations: &Observations) -> Option<(Observation, Observation)> {
    let mut last: BTreeMap<_, Observation> = BTreeMap::new();
    observations.operations.iter().find_map(|operation| {
        let before = last.insert(operation.session, *operation)?;
        is_process_over(&before, operation).then_some((before, *operation))
    })
}

/// Whether the next operation of a session can't be the same process's as the one before.
pub(super) fn is_process_over(before: &Observation, next: &Observation) -> bool {
    before.outcome == Outcome::Unknown || before.returned.is_none_or(|returned| returned > next.invoked)
}

/// The calls and returns of a history, each with its operation.
pub(super) fn events(observations: &Observations) -> impl Iterator<Item = (Event, &Observation)> {
    let all = events::all(observations).into_iter();
    all.map(|event| (event, &observations.operations[event.operation.index()]))
}
