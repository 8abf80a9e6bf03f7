//! The replicated state machine (Schneider, *Implementing Fault-Tolerant Services Using the State Machine
//! Approach*, 1990): a store of registers that applies operations one by one. Replicas that apply the same
//! operations in the same order hold the same, and give the same answers.
//!
//! It remembers its latest answers, so that a request that a client repeats is answered and not applied
//! again (Ongaro's thesis, section 6.3).

use netsplit_sim::durable::Durable;
use netsplit_sim::frame::ReplicaView;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, OpId, Value, Version};
use netsplit_sim::protocol::Answer;
use netsplit_watched::watched;

use crate::parts::answers::Answers;
use crate::parts::store::{Cell, Store};

/// The state after some operations.
#[derive(Clone, Debug, Default, Hash)]
pub struct StateMachine {
    store: Store,
    answers: Answers,
}

/// What an operation would do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Effect {
    Nothing(Answer),
    Sets(Value, Answer),
}

#[watched]
impl StateMachine {
    /// What a read returns.
    #[must_use]
    pub fn read(&self, key: Key) -> Answer {
        Answer::Read(self.store.get(key).map(|cell| (cell.value, cell.version)))
    }

    /// The cell of a key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Cell> {
        self.store.get(key)
    }

    /// The answer to an operation that was applied before; `None` if it is new.
    #[must_use]
    pub fn answer(&self, op: OpId) -> Option<Answer> {
        self.answers.of(op)
    }

    /// The answers that it remembers.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// A state with these cells and answers, all of it on the disk.
    #[must_use]
    pub fn of(cells: impl IntoIterator<Item = (Key, Cell)>, answers: Answers) -> Self {
        let mut store = Store::default();
        cells.into_iter().for_each(|(key, cell)| store.put(key, cell));
        let mut machine = Self { store, answers };
        machine.synced();
        machine
    }

    /// Applies an operation as the one with this version, unless it was applied before, and answers it.
    /// Answers too whether the key now shows what the operation wrote.
    pub fn apply(&mut self, op: OpId, call: Call, version: Version) -> (Answer, bool) {
        if let Some(answer) = self.answer(op) {
            return (answer, false);
        }
        let (answer, changed) = match self.effect(call, version) {
            Effect::Nothing(answer) => (answer, false),
            Effect::Sets(value, answer) => {
                self.store.put(call.key(), Cell { value, version, op });
                (answer, true)
            }
        };
        // A read changes nothing: to carry it out again is to read again.
        if !matches!(call, Call::Read { .. }) {
            self.answers.remember(op, answer.clone());
        }
        (answer, changed)
    }

    fn effect(&self, call: Call, version: Version) -> Effect {
        let held = self.store.get(call.key()).map(|cell| cell.value);
        match call {
            Call::Read { key } => Effect::Nothing(self.read(key)),
            Call::Write { value, .. } => Effect::Sets(value, Answer::Written(version)),
            Call::Cas { from, to, .. } if held == from => Effect::Sets(to, Answer::Swapped(version)),
            Call::Cas { .. } => Effect::Nothing(Answer::NotSwapped),
            Call::Add { amount, .. } => {
                let sum = held.map_or(0, |value| value.0).wrapping_add_signed(amount);
                Effect::Sets(Value(sum), Answer::Written(version))
            }
            Call::Insert { .. } | Call::Remove { .. } => Effect::Nothing(NO_SETS),
        }
    }

    /// Replaces every value by `value`: what a node that lies tells of it.
    pub fn forge(&mut self, value: Value) {
        for (key, cell) in self.store.iter().collect::<Vec<_>>() {
            self.store.put(key, Cell { value, ..cell });
        }
    }

    /// Adds every key to a replica's description of itself.
    pub fn view(&self, view: &mut ReplicaView) {
        self.store.view(view);
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.store.footprint() + self.answers.len() * 96
    }

    /// About how many bytes it takes on the wire: 24 for each key.
    #[must_use]
    pub fn wire_bytes(&self) -> u32 {
        self.store.iter().count() as u32 * 24
    }
}

/// How a store of registers refuses operations on sets.
pub const NO_SETS: Answer = Answer::Refused("this store holds single values, not sets");

impl Durable for StateMachine {
    fn synced(&mut self) {
        self.store.synced();
        self.answers.synced();
    }

    fn lose_unsynced(&mut self) {
        self.store.lose_unsynced();
        self.answers.lose_unsynced();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::answers::REMEMBERED;
    use netsplit_sim::ids::NodeId;

    const K: Key = Key(0);

    fn version(counter: u64) -> Version {
        Version { counter, node: NodeId(0) }
    }

    #[test]
    fn a_repeated_request_is_answered_and_not_applied() {
        let mut machine = StateMachine::default();
        let add = Call::Add { key: K, amount: 5 };
        assert_eq!(machine.apply(OpId(1), add, version(1)), (Answer::Written(version(1)), true));
        assert_eq!(machine.apply(OpId(1), add, version(2)), (Answer::Written(version(1)), false));
        assert_eq!(machine.read(K), Answer::Read(Some((Value(5), version(1)))));
        let take = Call::Add { key: K, amount: -2 };
        assert_eq!(machine.apply(OpId(2), take, version(3)), (Answer::Written(version(3)), true));
        assert_eq!(machine.read(K), Answer::Read(Some((Value(3), version(3)))));
    }

    #[test]
    fn what_was_forgotten_is_never_applied_again() {
        let mut machine = StateMachine::default();
        let add = Call::Add { key: K, amount: 1 };
        let many = REMEMBERED as u32 + 10;
        for op in 0..many {
            machine.apply(OpId(op), add, version(u64::from(op) + 1));
        }
        let (answer, changed) = machine.apply(OpId(3), add, version(9_999));
        assert!(matches!(answer, Answer::Unknown(_)) && !changed);
        assert_eq!(machine.get(K).map(|cell| cell.value), Some(Value(u64::from(many))));
    }

    #[test]
    fn a_compare_and_set_needs_what_it_expects() {
        let mut machine = StateMachine::default();
        let cas = |from, to| Call::Cas { key: K, from, to: Value(to) };
        assert_eq!(machine.apply(OpId(1), cas(Some(Value(9)), 1), version(1)).0, Answer::NotSwapped);
        assert_eq!(machine.apply(OpId(2), cas(None, 1), version(2)).0, Answer::Swapped(version(2)));
        let insert = Call::Insert { key: K, value: Value(3) };
        assert_eq!(machine.apply(OpId(3), insert, version(3)), (NO_SETS, false));
    }
}
