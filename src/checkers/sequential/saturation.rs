//! The steps that all orders have in common.
//!
//! A read comes after the write that it saw, and each session's operations follow each other. If another write to
//! the key comes before the read, it comes before the write that was seen too; if it comes after the write that was
//! seen, it comes after the read. Drawing these conclusions until there are no more (Biswas and Enea 2019, section 4, call it
//! saturation; the rules are those of Gibbons and Korach 1997) takes polynomial time. A circle shows that there is
//! no order. No circle shows nothing, but what was concluded narrows the search.
//!
//! This is about registers, and only about states that one operation alone can have written. An update of
//! unknown outcome takes part if somebody saw what it wrote: then it took effect.

use std::collections::BTreeMap;

use super::problem::{Demand, Problem, Step};
use crate::register::{Action, State};

/// What came of it.
pub(super) enum Saturation {
    /// There is no order.
    Circle,
    /// What comes before what in every order, as far as the budget went.
    Order(Order),
    /// There are too many operations.
    TooLarge,
}

/// For each operation, what comes before it in every order.
pub(super) struct Order {
    before: Vec<Bits>,
}

impl Order {
    /// Whether everything that has to come before an operation is in the set.
    pub(super) fn allows(&self, step: usize, placed: &Bits) -> bool {
        self.before[step].is_in(placed)
    }
}

/// A set of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    pub(super) fn set(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub(super) fn clear(&mut self, index: usize) {
        self.0[index / 64] &= !(1 << (index % 64));
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    fn is_in(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }

    fn join(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }
}

/// The most operations for which the sets are kept: 2 MB.
const STEPS_LIMIT: usize = 4_096;

/// A read, or a compare-and-set that swapped, and the write that it saw; `None` if it saw the beginning.
struct Seen {
    reader: usize,
    writer: Option<usize>,
}

/// Draws all conclusions within a budget of steps, of which one is a few words of the sets.
pub(super) fn saturate(problem: &Problem, budget: u64, spent: &mut u64) -> Saturation {
    let steps = &problem.steps;
    if steps.len() > STEPS_LIMIT {
        return Saturation::TooLarge;
    }
    let end = spent.saturating_add(budget);
    let (seen, takes_part) = what_was_seen(problem);
    let mut follows = sessions(problem);
    for one in &seen {
        follows[one.reader].extend(one.writer);
    }
    let mut writers: Vec<Vec<usize>> = vec![Vec::new(); problem.registers.len()];
    for (index, step) in steps.iter().enumerate().filter(|&(index, _)| takes_part[index]) {
        if step.writes().is_some() {
            writers[step.key].push(index);
        }
    }
    loop {
        let Some(order) = Order::of(&follows, spent) else { return Saturation::Circle };
        let mut is_new = false;
        for one in &seen {
            let others = &writers[steps[one.reader].key];
            *spent += others.len() as u64 / 16;
            for &other in others.iter().filter(|&&other| other != one.reader && Some(other) != one.writer) {
                let (from, to) = match one.writer {
                    None => (one.reader, other),
                    Some(writer) if order.before[one.reader].has(other) => (other, writer),
                    Some(writer) if order.before[other].has(writer) => (one.reader, other),
                    Some(_) => continue,
                };
                if !order.before[to].has(from) {
                    follows[to].push(from);
                    is_new = true;
                }
            }
        }
        if !is_new || *spent > end {
            return Saturation::Order(order);
        }
    }
}

impl Order {
    /// What comes before each operation if it follows these; nothing if they go round in a circle.
    fn of(follows: &[Vec<usize>], spent: &mut u64) -> Option<Self> {
        let count = follows.len();
        let mut left: Vec<usize> = follows.iter().map(Vec::len).collect();
        let mut leads: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (index, follows) in follows.iter().enumerate() {
            follows.iter().for_each(|&first| leads[first].push(index));
        }
        let mut before = vec![Bits::new(count); count];
        let mut next: Vec<usize> = (0..count).filter(|&index| left[index] == 0).collect();
        let mut done = 0;
        while let Some(index) = next.pop() {
            done += 1;
            *spent += 1 + (leads[index].len() * count) as u64 / 1_024;
            let mut all = before[index].clone();
            all.set(index);
            for &later in &leads[index] {
                before[later].join(&all);
                left[later] -= 1;
                if left[later] == 0 {
                    next.push(later);
                }
            }
        }
        (done == count).then_some(Self { before })
    }
}

/// What was surely seen, and which operations surely took effect.
fn what_was_seen(problem: &Problem) -> (Vec<Seen>, Vec<bool>) {
    let steps = &problem.steps;
    let mut writers: BTreeMap<(usize, State), Vec<usize>> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        if let Some(state) = step.writes() {
            writers.entry((step.key, state)).or_default().push(index);
        }
    }
    let mut takes_part: Vec<bool> = steps.iter().map(Step::is_known).collect();
    let mut seen = Vec::new();
    for (reader, step) in steps.iter().enumerate() {
        let Some(state) = step.needs().filter(|_| problem.registers[step.key]) else { continue };
        let writers = writers.get(&(step.key, state)).map_or(&[][..], Vec::as_slice);
        let writer = match (writers, state == State::default()) {
            ([], true) => None,
            ([one], false) => Some(*one),
            _ => continue,
        };
        if let Some(writer) = writer {
            takes_part[writer] = true;
        }
        seen.push(Seen { reader, writer });
    }
    // What took effect by somebody's having seen it saw something itself, if it is a compare-and-set.
    let mut index = 0;
    while index < seen.len() {
        if let Some(writer) = seen[index].writer
            && let Step { demand: Demand::Nothing, action: Action::Cas { from, .. }, key, .. } = steps[writer]
            && !seen.iter().any(|one| one.reader == writer)
        {
            let writers = writers.get(&(key, from)).map_or(&[][..], Vec::as_slice);
            match (writers, from == State::default()) {
                ([], true) => seen.push(Seen { reader: writer, writer: None }),
                ([one], false) => {
                    takes_part[*one] = true;
                    seen.push(Seen { reader: writer, writer: Some(*one) });
                }
                _ => {}
            }
        }
        index += 1;
    }
    (seen, takes_part)
}

/// What each operation follows in its session, without what follows from that.
fn sessions(problem: &Problem) -> Vec<Vec<usize>> {
    let steps = &problem.steps;
    // By session, the known operations by their return.
    let mut returned: Vec<Vec<usize>> = problem.known.clone();
    for known in &mut returned {
        known.sort_unstable_by_key(|&index| steps[index].returned);
    }
    let follows = |step: &Step| {
        let known = &returned[step.session];
        let end = known.partition_point(|&other| steps[other].returned < step.invoked);
        let mut covered = 0;
        let last = known[..end].iter().rev().copied().take_while(|&other| {
            // What returned before another one of them was called is before that one already.
            let is_needed = steps[other].returned > covered;
            covered = covered.max(steps[other].invoked);
            is_needed
        });
        last.collect()
    };
    steps.iter().map(follows).collect()
}
