//! What a cluster at rest proves: it is whole and quiet, and what its replicas hold now is what is left.

use netsplit_sim::ids::{Key, OpId, Value};

use crate::observation::{Call, Observation, Observations};
use crate::replicas::{Replica, Replicas};
use crate::sums::can_make;
use crate::verdict::Witness;
use crate::words::Words;
use crate::writes::{Change, KeyWrites, Sums, Writes};

/// The replicas of a cluster at rest, and what the clients know.
#[derive(Clone, Copy)]
pub(super) struct AtRest<'a> {
    pub(super) observations: &'a Observations,
    pub(super) writes: &'a Writes,
    pub(super) replicas: &'a Replicas,
}

impl AtRest<'_> {
    fn words(&self) -> Words<'_> {
        Words::of(self.observations)
    }

    /// The replicas that hold a key.
    fn holders(&self, key: Key) -> impl Iterator<Item = &Replica> {
        self.replicas.replicas.iter().filter(move |replica| replica.is_holder(key))
    }

    fn witness(&self, key: Key, operations: Vec<OpId>, sentence: String) -> Witness {
        let nodes = self.holders(key).map(|replica| replica.node).collect();
        Witness { operations, nodes, event: None, at: None, sentence }
    }

    fn operation(&self, operation: OpId) -> &Observation {
        &self.observations.operations[operation.index()]
    }

    /// `c1's write of v7 to k1, sent to n1, was acknowledged at 30.0 ms`
    fn acknowledged(&self, operation: &Observation) -> String {
        let words = self.words();
        let sent = operation.node.map_or_else(String::new, |node| {
            let replica = self.replicas.replicas.iter().find(|replica| replica.node == node);
            replica.map_or_else(String::new, |replica| format!(", sent to {},", replica.name()))
        });
        let into = if matches!(operation.call, Call::Insert(_)) { "into" } else { "to" };
        format!(
            "{} {into} {}{sent} was acknowledged {}",
            words.deed(operation),
            words.key(operation.key),
            words.return_of(operation)
        )
    }

    /// An acknowledged write that no replica holds, or anything that may be newer.
    pub(super) fn lost_write(&self, key: Key, write: OpId) -> Option<Witness> {
        let write = self.operation(write);
        let is_older = |value: Option<Value>| {
            self.writes.origin(key, value).is_some_and(|origin| origin.is_before(write.invoked))
        };
        let holds_older = |replica: &Replica| match replica.values_of(key) {
            [] => is_older(None),
            values => values.iter().all(|&value| is_older(Some(value))),
        };
        let first = self.holders(key).next().filter(|_| self.holders(key).all(holds_older))?;
        let held = self.words().held(key, first.values_of(key));
        let sentence = format!(
            "{}, but at rest no replica holds it or anything newer: {} holds {held}",
            self.acknowledged(write),
            first.name(),
        );
        Some(self.witness(key, vec![write.id], sentence))
    }

    /// A number that is not what the acknowledged additions make, whichever of the others counted. Replicas that
    /// differ are for the convergence checker.
    pub(super) fn wrong_number(&self, key: Key, sums: &Sums) -> Option<Witness> {
        let first = self.holders(key).next()?;
        let values = first.values_of(key);
        if !self.holders(key).all(|replica| replica.values_of(key) == values) {
            return None;
        }
        let number = match values {
            [] => 0,
            [value] => self.observations.number(*value)?,
            _ => return None,
        };
        let parts: Vec<i64> = sums.open.values().copied().collect();
        let over = i128::from(number) - sums.acknowledged;
        if can_make(over, &parts) {
            return None;
        }
        let (most, least) = (
            parts.iter().filter(|&&part| part > 0).map(|&part| i128::from(part)).sum::<i128>(),
            parts.iter().filter(|&&part| part < 0).map(|&part| i128::from(part)).sum::<i128>(),
        );
        // Too little of what only grows was lost, and too much of it counted twice. Where amounts of both signs are
        // about, either may be either.
        let what = match (over > most, over < least, sums.up, sums.down) {
            (true, _, _, 0) => format!("{} was counted more than once", over - most),
            (_, true, _, 0) => format!("{} of it is lost", least - over),
            (true, _, 0, _) => format!("{} of it is lost", most - over),
            (_, true, 0, _) => format!("{} was counted more than once", over - least),
            _ => "some of it is lost, or was counted more than once".into(),
        };
        let others = match parts.len() {
            0 => "",
            _ => ", whichever of the additions without a known outcome counted",
        };
        let sentence = format!(
            "The acknowledged additions to {} make {}, but at rest {} holds {number}: {what}{others}",
            self.words().key(key),
            sums.acknowledged,
            first.name(),
        );
        let mut operations = sums.sure.clone();
        operations.sort_unstable();
        Some(self.witness(key, operations, sentence))
    }

    /// An element that is gone though nobody asked to remove it, or that is there though it was inserted only
    /// once and removed after.
    pub(super) fn wrong_element(&self, key: Key, writes: &KeyWrites) -> Option<Witness> {
        let words = self.words();
        writes.elements().find_map(|(value, element)| {
            let holds = |replica: &Replica| replica.values_of(key).binary_search(&value).is_ok();
            let first = self.holders(key).next()?;
            let mut insertions = element.insertions.iter();
            let kept = insertions.find(|insertion| insertion.is_done() && element.is_kept_from(insertion.invoked));
            if let Some(insertion) = kept.filter(|_| !self.holders(key).any(holds)) {
                let sentence = format!(
                    "{}, but at rest no replica holds it, though nobody can have removed it",
                    self.acknowledged(self.operation(insertion.operation)),
                );
                return Some(self.witness(key, vec![insertion.operation], sentence));
            }
            let [insertion] = element.insertions[..] else { return None };
            let removed = |removal: &&Change| {
                removal.is_done() && insertion.is_done_before(removal.invoked)
            };
            let removal = self.operation(element.removals.iter().find(removed)?.operation);
            if !self.holders(key).all(holds) {
                return None;
            }
            let sentence = format!(
                "{} was inserted into {} only once, and {} was acknowledged {}, but at rest {} holds it again: it is \
                 resurrected",
                words.value(key, Some(value)),
                words.key(key),
                words.deed(removal),
                words.return_of(removal),
                first.name(),
            );
            Some(self.witness(key, vec![insertion.operation, removal.id], sentence))
        })
    }
}
