//! The search for a legal order of the operations of one key: an order in which each took effect at one
//! instant between its call and its return, and each saw what the ones before it had left.
//!
//! The skeleton is Wing and Gong's (1993): place one operation after another, undo on a dead end. From
//! Lowe (2017) it takes the memory of configurations (placed operations and state) that are known to be
//! dead ends, and just-in-time placing: nothing is placed before a return demands it. That the keys are
//! searched one by one is sound because linearizability is local (Herlihy and Wing 1990; Horn and
//! Kroening 2015 call it P-compositionality).
//!
//! **The search follows a run.** Calls and returns are fed in the order of events, and between them
//! [`Search::run`] extends the present order. A return makes the search undo only as much as it refutes.
//! Dead ends stay dead while the history grows: if a configuration could be completed after more events,
//! the part of that completion up to the last return of today would complete it today (the operations
//! still open then are optional today, with any outcome). So the memory is kept for ever, and every
//! configuration is given up at most once in the life of a run. It also follows that the search fails at
//! exactly the first return that no order explains.
//!
//! **Tricks**, each with the reason why it loses no legal order:
//! - *Fingerprints* instead of sets, texts as hashes: see [`crate::memo`] and [`crate::register`].
//! - *Flat lists*: the candidates at a return are the operations open at that return, one slice of
//!   one list. No other known operation can come next: it was called after that return.
//! - *Free moves*: a read of the present value, or a failed compare-and-set that expects another one, is
//!   placed at once and without alternative. It changes nothing, and so any completion stays legal
//!   if it is moved to the front.
//! - *Reads without an answer* are never placed: they change nothing and constrain nothing. Neither their
//!   calls nor their returns enter the search.
//! - *It stops* as soon as every operation that returned with a known outcome is placed. The rest may
//!   never take effect.
//! - *Twins*: of optional operations (open, or of unknown outcome) that do the same, only the first one
//!   called is tried. Where a legal order uses a later one and not the first, they can be exchanged; the first
//!   was called earlier, and an optional operation has no return to be late for.
//! - *Optional operations are placed only for somebody who needs them next*: see `Search::wanted`.
//!
//! The last trick and the hashes of texts and sets are the only places where appends, additions and sets
//! differ from writes. Which kinds of updates a key has may turn out while the run is followed: dead ends
//! found before stay dead, because no new kind of update was open then.

mod candidates;
mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use netsplit_sim::ids::Value;

use crate::memo::{Memo, scramble};
use crate::register::{Action, State};
use kinds::Kinds;

/// How far a search got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There is a legal order of everything fed so far.
    Fits,
    /// There is none, and never will be.
    Impossible,
    /// The steps ran out; it can go on.
    OutOfSteps,
}

/// What is known of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Not returned: it may or may not have taken effect.
    Open,
    /// Returned without a known outcome: it may take effect at any time, or never.
    GivenUp,
    /// It took effect before its return. A read saw this state.
    Happened(State),
    /// A compare-and-set found something else than this.
    Failed(State),
    /// It has no effect and says nothing.
    Void,
}

#[derive(Clone, Copy, Debug)]
struct Operation {
    action: Action,
    standing: Standing,
    placed: bool,
}

/// A return that demands something: its operation must be placed.
#[derive(Clone, Debug)]
struct Due {
    operation: u32,
    /// The operations open at this return, itself included, in the order of their calls: a slice of
    /// [`Search::opened`].
    open: Range<usize>,
    /// How many operations had been given up before it: a prefix of [`Search::given_up`].
    given_up: usize,
}

/// A configuration: what is placed is in [`Search::stack`].
#[derive(Clone, Copy, Debug, Default)]
struct Configuration {
    state: State,
    fingerprint: u128,
    /// The index of the first return whose operation is not placed.
    due: usize,
    /// Whether the last one placed was optional, so that the next one must need it.
    owing: bool,
    /// How many candidates have been tried from here,
    tried: usize,
    /// and how much was known then. Whoever knows more tries all again; the dead ends are remembered.
    known: usize,
}

#[derive(Clone, Debug)]
struct Placed {
    operation: u32,
    /// The elements of the set that it replaced by something else, if it did.
    replaced: Option<BTreeSet<Value>>,
    /// Whether it was a free move, to which there is no alternative.
    free: bool,
    before: Configuration,
}

/// The most places in [`Search::opened`] (64 MB). A history that needs more has thousands of operations
/// on one key at once, and no search would end.
const OPENED_LIMIT: usize = 1 << 24;

/// The search over one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    kinds: Kinds,
    /// The elements of the present state, if it is a set.
    elements: BTreeSet<Value>,
    /// What the reads that found several elements found.
    seen: BTreeMap<u32, Vec<Value>>,
    operations: Vec<Operation>,
    open: Vec<u32>,
    opened: Vec<u32>,
    given_up: Vec<u32>,
    /// The places in `given_up`, by the state that the operation writes.
    given_up_writing: BTreeMap<State, Vec<usize>>,
    dues: Vec<Due>,
    overflowed: bool,
    /// The number of returns fed.
    known: usize,
    now: Configuration,
    stack: Vec<Placed>,
    dead: Memo,
    impossible: bool,
    spent: u64,
    optional: Vec<u32>,
}

impl Search {
    /// The search over a key that holds nothing.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The steps spent so far.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }

    /// An operation was called. Operations are numbered in the order of their calls.
    pub(crate) fn called(&mut self, action: Action) -> u32 {
        self.kinds.note(action);
        let operation = self.operations.len() as u32;
        self.operations.push(Operation { action, standing: Standing::Open, placed: false });
        self.open.push(operation);
        operation
    }

    /// An update took effect and its client knows it.
    pub(crate) fn happened(&mut self, operation: u32) {
        self.demand(operation, Standing::Happened(State::default()));
    }

    /// A read saw this state.
    pub(crate) fn saw(&mut self, operation: u32, state: State) {
        self.demand(operation, Standing::Happened(state));
    }

    /// A read saw a set of these elements.
    pub(crate) fn saw_set(&mut self, operation: u32, elements: &[Value]) {
        self.seen.insert(operation, elements.to_vec());
        self.demand(operation, Standing::Happened(State::set(elements)));
    }

    /// A compare-and-set found another value than it expected.
    pub(crate) fn failed(&mut self, operation: u32) {
        self.unplace(operation);
        let Action::Cas { from, .. } = self.operations[operation as usize].action else {
            unreachable!("only a compare-and-set can fail")
        };
        self.demand(operation, Standing::Failed(from));
    }

    /// An operation returned with an unknown outcome.
    pub(crate) fn gave_up(&mut self, operation: u32) {
        let action = self.operations[operation as usize].action;
        if action == Action::Read {
            return self.void(operation);
        }
        self.close(operation, Standing::GivenUp);
        if let Some(state) = action.writes() {
            self.given_up_writing.entry(state).or_default().push(self.given_up.len());
        }
        self.given_up.push(operation);
    }

    /// An operation surely had no effect.
    pub(crate) fn void(&mut self, operation: u32) {
        self.unplace(operation);
        self.close(operation, Standing::Void);
    }

    fn demand(&mut self, operation: u32, standing: Standing) {
        self.overflowed |= self.opened.len() + self.open.len() > OPENED_LIMIT;
        if !self.overflowed {
            let start = self.opened.len();
            self.opened.extend_from_slice(&self.open);
            let open = start..self.opened.len();
            self.dues.push(Due { operation, open, given_up: self.given_up.len() });
        }
        self.close(operation, standing);
    }

    fn close(&mut self, operation: u32, standing: Standing) {
        self.operations[operation as usize].standing = standing;
        self.open.retain(|&open| open != operation);
        self.known += 1;
    }

    /// Undoes everything since an operation was placed that turns out to have had no effect.
    fn unplace(&mut self, operation: u32) {
        while self.operations[operation as usize].placed {
            self.pop().expect("what is placed is on the stack");
        }
    }

    /// Whether there is a legal order, as far as can be told before `limit` steps are spent in all.
    pub(crate) fn run(&mut self, limit: u64) -> Progress {
        if self.impossible {
            return Progress::Impossible;
        }
        loop {
            while self.dues.get(self.now.due).is_some_and(|due| self.operation(due.operation).placed) {
                self.now.due += 1;
            }
            let all_placed = self.now.due == self.dues.len();
            if all_placed && !self.overflowed {
                return Progress::Fits;
            }
            if all_placed || self.spent >= limit {
                return Progress::OutOfSteps;
            }
            self.spent += 1;
            if self.now.known != self.known {
                (self.now.known, self.now.tried) = (self.known, 0);
            }
            match self.next_move() {
                Some((operation, state, free)) => self.place(operation, state, free),
                None if !self.back_up() => {
                    self.impossible = true;
                    return Progress::Impossible;
                }
                None => {}
            }
        }
    }

    /// The operations placed, in the order found.
    pub(crate) fn order(&self) -> impl Iterator<Item = u32> {
        self.stack.iter().map(|placed| placed.operation)
    }

    fn operation(&self, operation: u32) -> &Operation {
        &self.operations[operation as usize]
    }

    fn place(&mut self, operation: u32, state: State, free: bool) {
        let before = self.now;
        let entry = &mut self.operations[operation as usize];
        entry.placed = true;
        let (action, optional) = (entry.action, matches!(entry.standing, Standing::Open | Standing::GivenUp));
        let mut replaced = None;
        if state != before.state {
            match action {
                Action::Insert(element) => {
                    self.elements.insert(element);
                }
                Action::Remove(element) => {
                    self.elements.remove(&element);
                }
                _ if before.state.is_set() => replaced = Some(std::mem::take(&mut self.elements)),
                _ => {}
            }
        }
        self.now = Configuration {
            state,
            fingerprint: before.fingerprint ^ word(operation),
            due: before.due,
            owing: optional && self.kinds.replace(),
            tried: 0,
            known: self.known,
        };
        self.stack.push(Placed { operation, replaced, free, before });
    }

    fn pop(&mut self) -> Option<Placed> {
        let mut placed = self.stack.pop()?;
        let entry = &mut self.operations[placed.operation as usize];
        entry.placed = false;
        if self.now.state != placed.before.state {
            match entry.action {
                Action::Insert(element) => {
                    self.elements.remove(&element);
                }
                Action::Remove(element) => {
                    self.elements.insert(element);
                }
                _ => {}
            }
        }
        if let Some(replaced) = placed.replaced.take() {
            self.elements = replaced;
        }
        self.now = placed.before;
        Some(placed)
    }

    /// Leaves a dead end. False if there is nowhere left to go.
    fn back_up(&mut self) -> bool {
        loop {
            // A configuration that owes something is dead only as long as nobody returns who needs it,
            // and so is not remembered; the one before it is.
            if !self.is_owing() {
                self.dead.insert(self.now.fingerprint ^ scramble(self.now.state.0));
            }
            match self.pop() {
                None => return false,
                Some(placed) if !placed.free => return true,
                Some(_) => {}
            }
        }
    }

    /// The next operation to try from here, the state after it, and whether it is a free move.
    fn next_move(&mut self) -> Option<(u32, State, bool)> {
        let due = self.dues[self.now.due].clone();
        if self.now.tried == 0 {
            self.now.tried = 1;
            let free =
                self.opened[due.open.clone()].iter().copied().find(|&operation| self.is_free(operation));
            if let Some(operation) = free {
                return Some((operation, self.now.state, true));
            }
            if self.is_hopeless(&due) {
                return None;
            }
        }
        // The one whose return is due comes first: the later the others, the more is known by then.
        let known = 1 + due.open.len();
        while self.now.tried <= known {
            let operation = if self.now.tried == 1 {
                due.operation
            } else {
                self.opened[due.open.start + self.now.tried - 2]
            };
            let again = self.now.tried > 1 && operation == due.operation;
            self.now.tried += 1;
            self.spent += 1;
            if !again
                && let Some(state) = self.known_move(operation)
                && !self.is_dead(operation, state)
            {
                return Some((operation, state, false));
            }
        }
        self.collect_optional(&due);
        while let Some(&operation) = self.optional.get(self.now.tried - known - 1) {
            self.now.tried += 1;
            self.spent += 1;
            let state = self.operation(operation).action.apply(self.now.state, &self.elements)?;
            if self.kinds.replace() || !self.is_dead(operation, state) {
                return Some((operation, state, false));
            }
        }
        None
    }

    /// Whether the optional operation placed last has to be needed by the next one.
    fn is_owing(&self) -> bool {
        self.now.owing && self.kinds.replace()
    }

    fn is_dead(&self, operation: u32, state: State) -> bool {
        self.dead.contains(self.now.fingerprint ^ word(operation) ^ scramble(state.0))
    }
}

/// The word of an operation in a fingerprint; the highest bit keeps it apart from the words of states.
fn word(operation: u32) -> u128 {
    scramble(1 << 127 | u128::from(operation))
}
