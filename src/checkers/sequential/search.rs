//! The search for an order: place one operation after another, undo on a dead end, and remember dead ends.
//!
//! A dead end is a set of placed operations and the state of every key, by fingerprint ([`crate::memo`]). What narrows
//! the search, each with the reason why it loses no order:
//!
//! - *Free moves*: a read of the present state, or a failed compare-and-set that expects another one, is placed at once
//!   and without alternative. It changes nothing, so an order in which it comes later stays one if it is moved here.
//! - *The common order* of `saturation`: what has to come after something that is not placed is not placed.
//! - *Readers left behind*: nothing replaces a state of a register that somebody still has to see, if nobody is left
//!   who could write it again.
//! - *Optional operations are placed only for somebody who needs them next*: on a register, an update of unknown
//!   outcome that is overwritten unseen can be left out of the order; and because nothing has to come after it, it can
//!   be moved to just before the next operation on its key. So that one is placed next, and it needs what was written.
//! - *Twins*: of optional operations that do the same, one is tried.
//!
//! Among the rest, what returned first is tried first: most histories are nearly in the order of the clock.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::Value;

use super::Answer;
use super::problem::{Demand, Problem, Step};
use super::saturation::{Bits, Order};
use crate::memo::{Memo, scramble};
use crate::register::{Action, State};

/// Searches within a budget, to which it adds what it spent.
pub(super) fn search(problem: &Problem, order: Option<&Order>, budget: u64, spent: &mut u64) -> Answer {
    let mut search = Search::new(problem, order);
    let answer = search.run(budget.saturating_sub(*spent));
    *spent += search.spent;
    answer
}

/// What a key holds.
#[derive(Clone, Debug, Default)]
struct Cell {
    state: State,
    /// The elements, if it is a set.
    elements: BTreeSet<Value>,
}

/// Who has to see a state of a register, and who could write it, of those that are not placed.
#[derive(Clone, Copy, Debug, Default)]
struct Interest {
    readers: u32,
    writers: u32,
}

struct Frame {
    /// What was placed to get here, and what its key held before; nothing for the beginning.
    placed: Option<(usize, Cell)>,
    owing: Option<usize>,
    candidates: Vec<usize>,
}

struct Search<'a> {
    problem: &'a Problem,
    order: Option<&'a Order>,
    placed: Bits,
    /// By session: how many of its known operations, in the order of their calls, are all placed.
    done: Vec<usize>,
    left: usize,
    /// By key: how many known operations are left on it.
    left_on: Vec<usize>,
    cells: Vec<Cell>,
    interests: BTreeMap<(usize, State), Interest>,
    /// What optional compare-and-sets expect.
    expected: BTreeSet<(usize, State)>,
    fingerprint: u128,
    /// The key on which the last operation was optional, so that the next one there has to need it.
    owing: Option<usize>,
    frames: Vec<Frame>,
    dead: Memo,
    spent: u64,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, order: Option<&'a Order>) -> Self {
        let steps = &problem.steps;
        let keys = problem.registers.len();
        let mut search = Self {
            problem,
            order,
            placed: Bits::new(steps.len()),
            done: vec![0; problem.known.len()],
            left: 0,
            left_on: vec![0; keys],
            cells: vec![Cell::default(); keys],
            interests: BTreeMap::new(),
            expected: BTreeSet::new(),
            fingerprint: 0,
            owing: None,
            frames: Vec::new(),
            dead: Memo::default(),
            spent: 0,
        };
        for step in steps {
            if step.is_known() {
                search.left += 1;
                search.left_on[step.key] += 1;
            } else if let Action::Cas { from, .. } = step.action {
                search.expected.insert((step.key, from));
            }
            search.count(step, 1);
        }
        search
    }

    fn run(&mut self, budget: u64) -> Answer {
        self.push(None);
        while self.left > 0 {
            if self.spent > budget {
                return Answer::OutOfSteps;
            }
            self.spent += 1;
            let Some(frame) = self.frames.last_mut() else { return Answer::Impossible };
            match frame.candidates.pop() {
                Some(step) => {
                    self.place(step);
                }
                None => self.back_up(),
            }
        }
        Answer::Holds
    }

    fn back_up(&mut self) {
        let here = self.configuration();
        self.dead.insert(here);
        let Some(frame) = self.frames.pop() else { return };
        let Some((step, cell)) = frame.placed else { return };
        let entry = &self.problem.steps[step];
        self.cells[entry.key] = cell;
        self.placed.clear(step);
        self.fingerprint ^= word(step);
        self.count(entry, 1);
        self.owing = frame.owing;
        if entry.is_known() {
            self.left += 1;
            self.left_on[entry.key] += 1;
            let known = &self.problem.known[entry.session];
            let place = known.partition_point(|&other| other < step);
            self.done[entry.session] = self.done[entry.session].min(place);
        }
    }

    /// Places an operation, unless it is known that nothing can come of it.
    fn place(&mut self, step: usize) {
        let entry = &self.problem.steps[step];
        let cell = &self.cells[entry.key];
        let state = match entry.demand {
            Demand::Saw(_) | Demand::Missed(_) => cell.state,
            Demand::Done | Demand::Nothing => match entry.action.apply(cell.state, &cell.elements) {
                Some(state) => state,
                None => return,
            },
        };
        let old = cell.clone();
        let owing = self.owing;
        if state != old.state {
            let cell = &mut self.cells[entry.key];
            match entry.action {
                Action::Insert(element) => {
                    cell.elements.insert(element);
                }
                Action::Remove(element) => {
                    cell.elements.remove(&element);
                }
                _ => cell.elements.clear(),
            }
            cell.state = state;
        }
        self.placed.set(step);
        self.fingerprint ^= word(step);
        self.count(entry, -1);
        if entry.is_known() {
            self.left -= 1;
            self.left_on[entry.key] -= 1;
            let known = &self.problem.known[entry.session];
            let done = &mut self.done[entry.session];
            while known.get(*done).is_some_and(|&next| self.placed.has(next)) {
                *done += 1;
            }
            if self.owing == Some(entry.key) {
                self.owing = None;
            }
        } else {
            self.owing = self.problem.registers[entry.key].then_some(entry.key);
        }
        let is_left_behind = state != old.state
            && self.problem.registers[entry.key]
            && self
                .interests
                .get(&(entry.key, old.state))
                .is_some_and(|interest| interest.readers > 0 && interest.writers == 0);
        let is_hopeless = is_left_behind || self.dead.contains(self.configuration());
        self.push(Some((step, old, owing)));
        if is_hopeless && let Some(frame) = self.frames.last_mut() {
            frame.candidates.clear();
        }
    }

    /// Opens a new configuration with what can be tried in it.
    fn push(&mut self, from: Option<(usize, Cell, Option<usize>)>) {
        let candidates = self.candidates();
        self.spent += candidates.len() as u64 / 4;
        let (placed, owing) = match from {
            None => (None, None),
            Some((step, cell, owing)) => (Some((step, cell)), owing),
        };
        self.frames.push(Frame { placed, owing, candidates });
    }

    fn configuration(&self) -> u128 {
        let keys = self.cells.iter().enumerate();
        let states = keys.filter(|(_, cell)| cell.state != State::default());
        let states = states.fold(0, |all, (key, cell)| all ^ scramble(cell.state.0 ^ scramble(key as u128)));
        let owing = self.owing.map_or(0, |key| scramble(!(key as u128)));
        self.fingerprint ^ states ^ owing
    }

    /// What can be placed next, the best last.
    fn candidates(&mut self) -> Vec<usize> {
        let steps = &self.problem.steps;
        // What its session has got to; and of that, what may come next.
        let (mut near, mut ready): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        // By session, the return before which the optional ones have to be called.
        let mut bounds = Vec::with_capacity(self.done.len());
        for (session, known) in self.problem.known.iter().enumerate() {
            let mut bound = u64::MAX;
            for &step in &known[self.done[session]..] {
                if steps[step].invoked > bound {
                    break;
                }
                if self.placed.has(step) {
                    continue;
                }
                bound = bound.min(steps[step].returned);
                near.push(step);
                if self.is_allowed(step) {
                    if self.is_free(&steps[step]) {
                        return vec![step];
                    }
                    ready.push(step);
                }
            }
            bounds.push(bound);
        }
        let mut candidates: Vec<usize> = Vec::new();
        let mut twins = BTreeSet::new();
        for (optional, bound) in self.problem.optional.iter().zip(bounds) {
            self.spent += optional.len() as u64 / 16;
            for &step in optional.iter().take_while(|&&step| steps[step].invoked < bound) {
                let entry = &steps[step];
                if !self.placed.has(step)
                    && self.is_wanted(entry, &near)
                    && self.is_allowed(step)
                    && twins.insert((entry.key, entry.action))
                {
                    candidates.push(step);
                }
            }
        }
        ready.retain(|&step| self.is_possible(&steps[step]));
        ready.sort_unstable_by_key(|&step| std::cmp::Reverse(steps[step].returned));
        candidates.append(&mut ready);
        candidates
    }

    fn is_allowed(&self, step: usize) -> bool {
        self.order.is_none_or(|order| order.allows(step, &self.placed))
    }

    fn is_free(&self, step: &Step) -> bool {
        let state = self.cells[step.key].state;
        match step.demand {
            Demand::Saw(seen) => seen == state,
            Demand::Missed(from) => from != state,
            Demand::Done | Demand::Nothing => false,
        }
    }

    /// Whether a known operation that is no free move can take effect now.
    fn is_possible(&self, step: &Step) -> bool {
        let state = self.cells[step.key].state;
        match (step.demand, step.action) {
            _ if self.owing.is_some_and(|key| key != step.key) => false,
            (Demand::Saw(_) | Demand::Missed(_), _) => false,
            (_, Action::Cas { from, .. }) => from == state,
            _ => self.owing.is_none(),
        }
    }

    /// Whether somebody may need an optional operation next.
    fn is_wanted(&self, step: &Step, near: &[usize]) -> bool {
        let cell = &self.cells[step.key];
        let Some(state) = step.action.apply(cell.state, &cell.elements) else { return false };
        if state == cell.state {
            return false;
        }
        let builds_on_it = matches!(step.action, Action::Cas { .. });
        if self.owing.is_some_and(|key| key != step.key || !builds_on_it) {
            return false;
        }
        if !self.problem.registers[step.key] {
            return self.left_on[step.key] > 0;
        }
        let needs = |&other: &usize| {
            let other = &self.problem.steps[other];
            let missed = matches!(other.demand, Demand::Missed(from) if from != state);
            other.key == step.key && (other.needs() == Some(state) || missed)
        };
        near.iter().any(needs) || self.expected.contains(&(step.key, state))
    }

    fn count(&mut self, step: &Step, by: i32) {
        if !self.problem.registers[step.key] {
            return;
        }
        if let Some(state) = step.needs() {
            let interest = self.interests.entry((step.key, state)).or_default();
            interest.readers = interest.readers.saturating_add_signed(by);
        }
        if let Some(state) = step.writes() {
            let interest = self.interests.entry((step.key, state)).or_default();
            interest.writers = interest.writers.saturating_add_signed(by);
        }
    }
}

fn word(step: usize) -> u128 {
    scramble(1 << 100 | step as u128)
}
