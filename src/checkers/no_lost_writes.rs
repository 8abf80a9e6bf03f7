//! No acknowledged write is lost (durability, as clients experience it).
//!
//! A read that misses a write proves little: the write may be late rather than lost. So a write to a register
//! counts as lost in two cases only.
//!
//! **The replicas prove it.** The cluster is whole and at rest ([`Replicas::settled`]), a write was
//! acknowledged, and every replica holds a value that is surely older (see `writes`), or several that all are, or
//! nothing. Nothing could have replaced the write: whatever did would be held, or would itself be older. So it is
//! when a primary that was cut off acknowledges a write and at the heal takes over a history that ends earlier.
//!
//! **The clients can tell no other.** A write was acknowledged; every other write of its key was surely in effect
//! before it was called, so none could have replaced it; a read that began after the acknowledgement returned one
//! of those older values, or nothing; and no read has returned the write since, nor is it known that a live
//! replica holds it. The last condition makes this verdict one that may be
//! withdrawn: a write that turns up again was late.
//!
//! If such a write is replaced before anybody has seen it again, nobody will ever know, and the answer is
//! that it is unknown. Holds means that no write is known to be missing.
//!
//! **What this can't see.** Two primaries each acknowledge writes, and at the heal one history wins. If the winner's
//! last write to the key was called after the loser's, or side by side with it, it may have replaced it: a register
//! promises no more than that. Nor does it matter that the two never knew of each other, for a client can't see
//! that either. Those runs are caught, if at all, by [`crate::linearizable`]: a read on one side missed what was
//! acknowledged on the other. In a store with siblings, likewise, a write that stands beside its rivals is not
//! lost, and one that a later write replaced without having seen it is not known to be.
//!
//! **Numbers and sets** are judged at rest only. A number must be the sum of the acknowledged additions and of some
//! of those without a known outcome; less is lost, more was counted twice. An addition that is lost while another
//! one of the same amount and of unknown outcome counted, or counted twice, can't be seen. An element that was
//! inserted and that nobody can have removed since must be there; one that was inserted only once, and then
//! removed, must not. Of elements that are inserted and removed again and again nothing is said.

mod at_rest;

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId, Value};

use crate::events::{self, Event};
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::replicas::{Replica, Replicas};
use crate::verdict::{Verdict, Witness};
use crate::words::Words;
use crate::writes::{KeyWrites, Nature, Writes};
use crate::{Checker, Input};
use at_rest::AtRest;

/// No lost writes.
pub const CHECKER: Checker = Checker {
    name: "no-lost-writes",
    title: "No acknowledged write lost",
    explanation: "A write that was acknowledged is never forgotten: it stays until a newer one replaces it.",
    check,
};

fn check(input: &Input<'_>, _budget: u64) -> Verdict {
    let (mut whole, mut writes) = (NoLostWrites::default(), Writes::default());
    for event in events::all(input.observations) {
        writes.event(input.observations, event);
        whole.event(input.observations, &writes, event);
    }
    whole.verdict(input.observations, &writes, input.replicas)
}

/// The judgement of a history that may still grow.
#[derive(Clone, Debug, Default)]
pub(crate) struct NoLostWrites {
    keys: BTreeMap<Key, Updates>,
}

/// The last updates of a key.
#[derive(Clone, Debug, Default)]
struct Updates {
    /// The updates since the last one known to have replaced the others, in the order of their calls.
    recent: Vec<Update>,
    /// The acknowledged update that was called last.
    acknowledged: Option<OpId>,
    /// Updates that were missed and then replaced.
    replaced: Vec<Miss>,
}

#[derive(Clone, Copy, Debug)]
struct Update {
    operation: OpId,
    /// Whether all updates before it were surely in effect when it was called.
    alone: bool,
    /// The first read that missed it, unless somebody saw it since.
    missed: Option<Miss>,
}

#[derive(Clone, Copy, Debug)]
struct Miss {
    write: OpId,
    read: OpId,
    event: u64,
}

impl NoLostWrites {
    /// Takes note of an event that `writes` knows already; events come in order.
    pub(crate) fn event(&mut self, observations: &Observations, writes: &Writes, event: Event) {
        let operation = &observations.operations[event.operation.index()];
        let is_register = |writes: &&KeyWrites| writes.nature() == Nature::Register;
        let Some(written) = writes.key(operation.key).filter(is_register) else { return };
        let updates = self.keys.entry(operation.key).or_default();
        match (operation.call, operation.outcome) {
            (Call::Read, Outcome::Read(_) | Outcome::Values(_)) if event.returns => {
                let values: Vec<Option<Value>> = observations.values_read(operation).collect();
                values.iter().for_each(|&value| updates.saw(observations, value));
                updates.read(observations, written, operation, &values, event.number);
            }
            (Call::Read, _) => {}
            _ if !event.returns => {
                let alone = written.is_settled_but(operation.id);
                updates.recent.push(Update { operation: operation.id, alone, missed: None });
            }
            (call, Outcome::Done) => {
                if let Call::Cas { from, .. } = call {
                    updates.saw(observations, from);
                }
                updates.replaced_by(operation.id);
                let newest = updates
                    .acknowledged
                    .is_none_or(|other| observations.operations[other.index()].invoked < operation.invoked);
                if newest {
                    updates.acknowledged = Some(operation.id);
                }
            }
            (_, Outcome::Refused | Outcome::NotSwapped) => {
                updates.recent.retain(|update| update.operation != operation.id);
            }
            _ => {}
        }
    }

    /// What is known so far, and what the replicas add to it.
    pub(crate) fn verdict(
        &self,
        observations: &Observations,
        writes: &Writes,
        replicas: Option<&Replicas>,
    ) -> Verdict {
        let words = Words::of(observations);
        let settled = replicas.filter(|replicas| replicas.settled && !replicas.replicas.is_empty());
        let at_rest = settled.map(|replicas| AtRest { observations, writes, replicas });
        if let Some(lost) = at_rest.and_then(|at_rest| self.lost_at_rest(writes, at_rest)) {
            return Verdict::Broken(lost);
        }
        let holds = |miss: &Miss, live: bool| {
            let write = &observations.operations[miss.write.index()];
            let held = |replica: &&Replica| {
                let written = write.call.writes().flatten();
                replica.live == live
                    && written.is_some_and(|value| replica.values_of(write.key).contains(&value))
            };
            replicas.and_then(|replicas| replicas.replicas.iter().find(held))
        };
        let lasts = self.registers(writes).filter_map(|(_, updates)| updates.recent.last()?.missed);
        let missing = lasts.filter(|miss| holds(miss, true).is_none()).min_by_key(|miss| miss.event);
        let Some(miss) = missing else {
            let shown =
                |op: OpId| replicas.is_some_and(|r| r.shown.get(op.index()).copied().unwrap_or(false));
            return self.unclear(words, writes, |miss| holds(miss, true).is_some() || shown(miss.write));
        };
        let (write, read) = miss.operations(observations);
        let sentence = format!(
            "{} of {} began {} {} was acknowledged and returned {}",
            words.action(read),
            words.key(read.key),
            words.gap(write, read),
            words.deed(write),
            words.all_older(read),
        );
        if let Some(down) = holds(&miss, false) {
            return Verdict::unknown(format!(
                "{sentence}; only {}, which is down, still holds it",
                down.name()
            ));
        }
        let mut operations = vec![miss.write, miss.read];
        let older = observations.values_read(read);
        operations.extend(older.filter_map(|value| writes.origin(read.key, value)?.writer));
        operations.sort_unstable();
        Verdict::Broken(Witness {
            operations,
            nodes: Vec::new(),
            event: Some(miss.event),
            at: observations.clock.then_some(read.returned_at),
            sentence: format!("{sentence}; nobody has seen it since"),
        })
    }

    /// The keys that are registers.
    fn registers(&self, writes: &Writes) -> impl Iterator<Item = (Key, &Updates)> {
        let registers = self.keys.iter().filter(|(key, _)| writes.nature(**key) == Nature::Register);
        registers.map(|(&key, updates)| (key, updates))
    }

    /// What the replicas of a cluster at rest prove.
    fn lost_at_rest(&self, writes: &Writes, at_rest: AtRest<'_>) -> Option<Witness> {
        writes.keys().find_map(|(key, written)| match written.nature() {
            Nature::Register => at_rest.lost_write(key, self.keys.get(&key)?.acknowledged?),
            Nature::Number => at_rest.wrong_number(key, written.sums()),
            Nature::Set => at_rest.wrong_element(key, written),
            Nature::Text | Nature::Mixed => None,
        })
    }

    /// Nothing is surely lost, but something may be.
    fn unclear(&self, words: Words<'_>, writes: &Writes, held: impl Fn(&Miss) -> bool) -> Verdict {
        let replaced = self.registers(writes).flat_map(|(_, updates)| {
            let recent = updates.recent.split_last().map_or(&[][..], |(_, replaced)| replaced);
            updates.replaced.iter().copied().chain(recent.iter().filter_map(|update| update.missed))
        });
        let first = replaced.filter(|miss| !held(miss)).min_by_key(|miss| miss.event);
        if let Some(miss) = first {
            let (write, read) = miss.operations(words.observations);
            return Verdict::unknown(format!(
                "{} of {} missed {}, which was replaced before anybody saw it again: late or lost, the clients \
                 can't tell",
                words.action(read),
                words.key(read.key),
                words.deed(write),
            ));
        }
        let unclear =
            writes.keys().find(|(_, written)| matches!(written.nature(), Nature::Text | Nature::Mixed));
        match unclear {
            Some((key, written)) if written.nature() == Nature::Text => Verdict::unknown(format!(
                "{} is a text that grows, and a value of it does not tell its write",
                words.key(key)
            )),
            Some((key, _)) => Verdict::unknown(format!(
                "{} is updated in several ways, and a value of it does not tell its writes",
                words.key(key)
            )),
            None => Verdict::Holds,
        }
    }
}

impl Miss {
    /// The write and the read.
    fn operations(self, observations: &Observations) -> (&Observation, &Observation) {
        let operation = |id: OpId| &observations.operations[id.index()];
        (operation(self.write), operation(self.read))
    }
}

impl Updates {
    /// Somebody saw a value: its writes are not lost.
    fn saw(&mut self, observations: &Observations, value: Option<Value>) {
        let writes = |operation: OpId| observations.operations[operation.index()].call.writes();
        self.replaced.retain(|miss| writes(miss.write) != Some(value));
        for update in self.recent.iter_mut().filter(|update| writes(update.operation) == Some(value)) {
            update.missed = None;
        }
    }

    fn read(
        &mut self,
        observations: &Observations,
        writes: &KeyWrites,
        read: &Observation,
        values: &[Option<Value>],
        event: u64,
    ) {
        let Some(update) = self.recent.last_mut().filter(|update| update.alone) else { return };
        let write = &observations.operations[update.operation.index()];
        let acknowledged =
            write.outcome == Outcome::Done && write.returned.is_some_and(|at| at < read.invoked);
        let is_older = |&value: &Option<Value>| {
            writes.origin(value).is_some_and(|origin| origin.is_before(write.invoked))
        };
        if acknowledged && values.iter().all(is_older) {
            update.missed.get_or_insert(Miss { write: write.id, read: read.id, event });
        }
    }

    /// An update was acknowledged: those called before it will not be seen again, if it was the last.
    fn replaced_by(&mut self, operation: OpId) {
        let Some(place) = self.recent.iter().position(|update| update.operation == operation) else { return };
        let before = self.recent.drain(..place);
        self.replaced.extend(before.filter_map(|update| update.missed));
    }
}
