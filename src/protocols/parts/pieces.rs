//! A state machine in pieces, as it is handed on to the group that takes a group's place
//! ([`crate::portable::Portable`]): each key is a piece, and what belongs to no key is another.

use std::collections::BTreeMap;
use std::rc::Rc;

use netsplit_sim::durable::Durable;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, OpId, Value, Version};

use crate::parts::answers::Answers;
use crate::parts::state_machine::StateMachine;
use crate::parts::store::Cell;

/// A piece of a state machine.
#[derive(Clone, Debug, Hash)]
pub enum Piece {
    /// What a key holds.
    Cell(Cell),
    /// What belongs to no key.
    Rest {
        /// The answers that were given.
        answers: Answers,
        /// Two numbers that the protocol counts up: who goes on from here has to begin above them.
        counted: [u64; 2],
    },
}

/// Bytes of a key with its cell, as every snapshot here counts them.
const CELL: u32 = 24;

impl Piece {
    /// A piece of a state.
    #[must_use]
    pub fn of(machine: &StateMachine, part: Option<Key>, counted: [u64; 2]) -> Option<Self> {
        match part {
            Some(key) => machine.get(key).map(Self::Cell),
            None => Some(Self::Rest { answers: machine.answers().clone(), counted }),
        }
    }

    /// A piece of the state after operations that are not applied yet.
    #[must_use]
    pub fn after(
        machine: &StateMachine,
        operations: impl Iterator<Item = (OpId, Call, Version)>,
        part: Option<Key>,
        counted: [u64; 2],
    ) -> Option<Self> {
        let changes: Vec<(OpId, Call, Version)> =
            operations.filter(|(_, call, _)| !matches!(call, Call::Read { .. })).collect();
        if changes.iter().all(|(_, call, _)| part.is_some_and(|key| call.key() != key)) {
            return Self::of(machine, part, counted);
        }
        let mut after = machine.clone();
        for (op, call, version) in changes {
            // What was applied before is not applied again, and which operations those are depends on all keys.
            after.apply(op, call, version);
        }
        after.synced();
        Self::of(&after, part, counted)
    }

    /// Puts two pieces of the same part together. Cells of one key are the same wherever there is one order of
    /// operations; where two nodes each led at a time, the newer version counts.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Cell(mine), Self::Cell(theirs)) if order(mine) < order(theirs) => *mine = *theirs,
            (Self::Rest { answers, counted }, Self::Rest { answers: others, counted: theirs }) => {
                answers.merge(others);
                for (mine, theirs) in counted.iter_mut().zip(theirs) {
                    *mine = (*mine).max(*theirs);
                }
            }
            // The cell here is the newer one. A part is a key or it is none, so both are of one kind.
            _ => {}
        }
    }

    /// The whole state, and what was counted.
    #[must_use]
    pub fn whole(pieces: &BTreeMap<Option<Key>, Rc<Self>>) -> (StateMachine, [u64; 2]) {
        let cells = pieces.iter().filter_map(|(&part, piece)| match **piece {
            Self::Cell(cell) => Some((part?, cell)),
            Self::Rest { .. } => None,
        });
        let (answers, counted) = match pieces.get(&None).map(Rc::as_ref) {
            Some(Self::Rest { answers, counted }) => (answers.clone(), *counted),
            _ => Default::default(),
        };
        (StateMachine::of(cells, answers), counted)
    }

    /// About how many bytes it takes on the wire.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        match self {
            Self::Cell(_) => CELL,
            Self::Rest { answers, .. } => 16 + answers.wire_bytes(),
        }
    }
}

fn order(cell: &Cell) -> (Version, OpId, Value) {
    (cell.version, cell.op, cell.value)
}
