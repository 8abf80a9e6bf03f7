//! What a key holds: one of four replicated data types.

use netsplit_sim::frame::{KeyView, ReplicaView};
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{Key, OpId, Value, Version};
use netsplit_sim::protocol::Answer;
use netsplit_watched::watched;

use super::variant::Variant;
use crate::parts::crdt::Crdt;
use crate::parts::crdt::context::Context;
use crate::parts::crdt::dots::{Dot, Vector};
use crate::parts::crdt::lww_register::LwwRegister;
use crate::parts::crdt::mv_register::MvRegister;
use crate::parts::crdt::or_set::OrSet;
use crate::parts::crdt::pn_counter::PnCounter;
use crate::parts::store::Cell;

/// The types of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Data {
    /// Last-writer-wins registers.
    Lww,
    /// Multi-value registers.
    Mv,
    /// Counters that go up and down.
    Counter,
    /// Observed-remove sets.
    Set,
}

/// A key as one type of data. A register and a counter of the same key are two things, so that nodes
/// which are told different types have nothing to quarrel about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The type.
    pub data: Data,
    /// The key.
    pub key: Key,
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// A last-writer-wins register.
    Lww(LwwRegister),
    /// A multi-value register.
    Mv(MvRegister),
    /// A counter.
    Counter(PnCounter),
    /// A set.
    Set(OrSet),
}

#[watched]
impl Data {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Lww, Self::Mv, Self::Counter, Self::Set];

    /// The type that this value of the parameter stands for.
    #[must_use]
    pub fn from_parameter(value: u64) -> Self {
        match value {
            0 => Self::Lww,
            1 => Self::Mv,
            2 => Self::Counter,
            _ => Self::Set,
        }
    }

    /// The kinds of operation that it carries out.
    #[must_use]
    pub fn calls(self) -> Vec<CallKind> {
        match self {
            Self::Lww | Self::Mv => vec![CallKind::Read, CallKind::Write],
            Self::Counter => vec![CallKind::Read, CallKind::Add],
            Self::Set => vec![CallKind::Read, CallKind::Insert, CallKind::Remove],
        }
    }

    /// Why it refuses the others.
    #[must_use]
    pub fn refusal(self, call: Call) -> Answer {
        Answer::Refused(match (call, self) {
            (Call::Cas { .. }, _) => {
                "no copy can compare and set alone: another may be changing the value now"
            }
            (_, Self::Lww | Self::Mv) => "this store holds registers: they are read and written",
            (_, Self::Counter) => "this store holds counters: they are read and added to",
            (_, Self::Set) => "this store holds sets: elements are inserted and removed",
        })
    }

    /// What a slot of this type holds before the first change.
    #[must_use]
    pub fn empty(self) -> Object {
        match self {
            Self::Lww => Object::Lww(LwwRegister::default()),
            Self::Mv => Object::Mv(MvRegister::default()),
            Self::Counter => Object::Counter(PnCounter::default()),
            Self::Set => Object::Set(OrSet::default()),
        }
    }
}

#[watched]
impl Object {
    /// Carries out a change. `seen` is what the client has seen of this key. `false` if there was nothing to
    /// be done: the element that was to be removed is not here.
    pub fn change(&mut self, call: Call, dot: Dot, version: Version, op: OpId, seen: &Context) -> bool {
        match (self, call) {
            (Self::Lww(register), Call::Write { value, .. }) => {
                register.write(dot, Cell { value, version, op });
            }
            (Self::Mv(register), Call::Write { value, .. }) => {
                register.write(dot, Cell { value, version, op }, seen);
            }
            (Self::Counter(counter), Call::Add { amount, .. }) => counter.add(dot, amount, version, op),
            (Self::Set(set), Call::Insert { value, .. }) => set.insert(dot, Cell { value, version, op }),
            (Self::Set(set), Call::Remove { value, .. }) => {
                if !set.contains(value) {
                    return false;
                }
                set.remove(dot, value);
            }
            _ => return false,
        }
        true
    }

    /// Takes in another copy's state; tells whether that changed anything.
    pub fn merge<V: Variant>(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Lww(mine), Self::Lww(theirs)) if V::LAST_TO_ARRIVE_WINS => mine.overwrite(theirs),
            (Self::Lww(mine), Self::Lww(theirs)) => mine.merge(theirs),
            (Self::Mv(mine), Self::Mv(theirs)) => mine.merge(theirs),
            (Self::Counter(mine), Self::Counter(theirs)) if V::COUNTS_TWICE => mine.accumulate(theirs),
            (Self::Counter(mine), Self::Counter(theirs)) => mine.merge(theirs),
            (Self::Set(mine), Self::Set(theirs)) if V::REMOVED_COMES_BACK => mine.unite(theirs),
            (Self::Set(mine), Self::Set(theirs)) => mine.merge(theirs),
            // A slot names its type, so both are of one.
            _ => false,
        }
    }

    /// What of it a copy lacks that knows all changes up to `base`: `None` if nothing. Of a counter only the
    /// counts that have changed; the others have to travel whole.
    #[must_use]
    pub fn since(&self, base: &Vector) -> Option<Self> {
        let lacks = match self {
            Self::Lww(register) => register.get().is_some_and(|(dot, _)| !base.contains(dot)),
            Self::Mv(register) => !register.context().is_within(base),
            Self::Set(set) => !set.context().is_within(base),
            Self::Counter(counter) => {
                let newer = counter.since(base);
                return newer.newest().is_some().then_some(Self::Counter(newer));
            }
        };
        lacks.then(|| self.clone())
    }

    /// What a read answers.
    #[must_use]
    pub fn read(&self) -> Answer {
        let several = |cells: Vec<Cell>| cells.iter().map(|cell| (cell.value, cell.version)).collect();
        match self {
            Self::Set(set) => Answer::Values(several(set.elements())),
            Self::Mv(register) if register.siblings().len() > 1 => {
                Answer::Values(several(register.siblings()))
            }
            _ => Answer::Read(self.cells().last().map(|cell| (cell.value, cell.version))),
        }
    }

    /// What it shows, oldest version first: siblings, elements, or the one value. The operation of a
    /// counter's value is the last addition.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Lww(register) => register.get().map(|(_, cell)| cell).into_iter().collect(),
            Self::Mv(register) => register.siblings(),
            Self::Set(set) => set.elements(),
            Self::Counter(counter) => {
                let cell = |newest: crate::parts::crdt::pn_counter::Contribution| Cell {
                    value: counter.value(),
                    version: newest.version,
                    op: newest.op,
                };
                counter.newest().map(cell).into_iter().collect()
            }
        }
    }

    /// The operations whose effect it shows, where it knows them by name: of a counter the last of each node.
    #[must_use]
    pub fn operations(&self) -> Vec<OpId> {
        match self {
            Self::Counter(counter) => counter.contributions().map(|(_, of)| of.op).collect(),
            _ => self.cells().iter().map(|cell| cell.op).collect(),
        }
    }

    /// Adds it to a replica's description of itself.
    pub fn view(&self, key: Key, view: &mut ReplicaView) {
        let shown = self.cells().into_iter();
        view.keys.extend(shown.map(|Cell { value, version, op }| KeyView { key, value, version, op }));
    }

    /// Replaces every value that it tells, for a node that lies.
    pub fn forge(&mut self, value: Value) {
        match self {
            Self::Lww(register) => {
                if let Some((dot, cell)) = register.get() {
                    let mut forged = LwwRegister::default();
                    forged.write(dot, Cell { value, ..cell });
                    *register = forged;
                }
            }
            Self::Mv(register) => register.forge(value),
            Self::Counter(counter) => counter.forge(value),
            Self::Set(set) => set.forge(value),
        }
    }

    /// How many bytes it takes on the wire. A dot takes 14 (node, incarnation, number), a cell 22 (value,
    /// version, operation), what a node has counted two counts of 8 more than its last dot and version.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        const DOT: usize = 14;
        const CELL: usize = 22;
        let bytes = match self {
            Self::Lww(_) => DOT + CELL,
            Self::Mv(register) => register.context().len() * DOT + register.len() * (DOT + CELL),
            Self::Set(set) => set.context().len() * DOT + set.insertions().count() * (DOT + CELL),
            Self::Counter(counter) => counter.contributions().count() * (DOT + 16 + 14),
        };
        bytes as u32
    }
}
