//! Which write a value comes from, and the hue it gets. The writes of a key are counted in the order of
//! their calls; neighbours in that order get different hues, so that a copy that lags is seen at once.

use std::collections::BTreeMap;

use netsplit_sim::history::{Call, CallKind, History, Outcome, ValuesId};
use netsplit_sim::ids::{ClientId, Key, OpId, Value};

/// How many hues there are. The page's style sheet names them `--version-0` and on.
pub const HUES: u8 = 7;

/// How far back the value that a client last saw is looked for.
const LOOK_BACK: usize = 400;

/// The writes of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    seen: usize,
    ordinals: Vec<u16>,
    writes: BTreeMap<Key, u16>,
    by_value: BTreeMap<(Key, Value), OpId>,
}

impl Versions {
    /// Takes in the operations that are new. A history that got shorter is read from its start.
    pub fn follow(&mut self, history: &History) {
        if history.operations.len() < self.seen {
            *self = Self::default();
        }
        for operation in &history.operations[self.seen..] {
            let key = operation.call.key();
            if let Some(value) = operation.call.writes() {
                self.by_value.insert((key, value), operation.id);
            }
            let ordinal = if let Call::Read { .. } = operation.call {
                0
            } else {
                let writes = self.writes.entry(key).or_default();
                *writes = writes.wrapping_add(1);
                writes.wrapping_sub(1)
            };
            self.ordinals.push(ordinal);
        }
        self.seen = history.operations.len();
    }

    /// Forgets everything: the run has another past.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The hue of what an operation wrote.
    #[must_use]
    pub fn hue(&self, op: OpId) -> u8 {
        self.ordinals.get(op.index()).map_or(0, |ordinal| (ordinal % u16::from(HUES)) as u8)
    }

    /// The operation that wrote a value.
    #[must_use]
    pub fn writer(&self, key: Key, value: Value) -> Option<OpId> {
        self.by_value.get(&(key, value)).copied()
    }
}

/// What a client knows of a key: the outcome of its last operation on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It has not used the key yet.
    Nothing,
    /// It read that the key was never written.
    Empty,
    /// It read this value.
    Read(Value),
    /// It read several values: this history keeps them.
    Several(ValuesId),
    /// It was told that its write of this value took effect.
    Wrote(Value),
    /// It was told that its other change took effect.
    Changed(CallKind),
    /// Its last operation failed.
    Failed,
}

/// What a client saw last of a key.
#[must_use]
pub fn last_seen(history: &History, client: ClientId, key: Key) -> Seen {
    let recent = history.operations.iter().rev().take(LOOK_BACK);
    // Operations end in another order than they begin; what counts is the end.
    let last = recent
        .filter(|op| op.client == client && op.call.key() == key && op.returned.is_some())
        .max_by_key(|op| op.returned_event);
    match last.map(|op| (op.outcome, op.call)) {
        None => Seen::Nothing,
        Some((Outcome::Read(None), _)) => Seen::Empty,
        Some((Outcome::Read(Some(value)), _)) => Seen::Read(value),
        Some((Outcome::Values(found), _)) => Seen::Several(found),
        Some((Outcome::Written, Call::Write { value, .. })) => Seen::Wrote(value),
        Some((Outcome::Swapped, Call::Cas { to, .. })) => Seen::Wrote(to),
        Some((Outcome::Written, call)) => Seen::Changed(call.kind()),
        Some(_) => Seen::Failed,
    }
}

#[cfg(test)]
mod tests {
    use netsplit_sim::history::{Call, Operation};
    use netsplit_sim::ids::{EventId, NodeId};
    use netsplit_sim::time::Time;

    use super::*;

    fn op(index: u32, call: Call, outcome: Outcome) -> Operation {
        Operation {
            id: OpId(index),
            client: ClientId(0),
            call,
            query: None,
            node: NodeId(0),
            invoked: Time(u64::from(index)),
            invoked_event: EventId(2 * index),
            returned: Some(Time(u64::from(index) + 1)),
            returned_event: EventId(2 * index + 1),
            outcome,
            version: None,
        }
    }

    fn write(index: u32, key: u32, value: u64) -> Operation {
        op(index, Call::Write { key: Key(key), value: Value(value) }, Outcome::Written)
    }

    #[test]
    fn neighbouring_writes_of_a_key_differ_in_hue() {
        let mut history = History::default();
        history.operations.push(write(0, 0, 1));
        history.operations.push(write(1, 1, 2));
        history.operations.push(op(2, Call::Read { key: Key(0) }, Outcome::Read(Some(Value(1)))));
        history.operations.push(write(3, 0, 4));
        let mut versions = Versions::default();
        versions.follow(&history);
        assert_eq!([0, 1, 3].map(|op| versions.hue(OpId(op))), [0, 0, 1]);
        assert_eq!(versions.writer(Key(0), Value(4)), Some(OpId(3)));
        history.operations.truncate(1);
        versions.follow(&history);
        assert_eq!(versions.writer(Key(0), Value(4)), None);
        assert_eq!(last_seen(&history, ClientId(0), Key(0)), Seen::Wrote(Value(1)));
        assert_eq!(last_seen(&history, ClientId(0), Key(1)), Seen::Nothing);
    }
}
