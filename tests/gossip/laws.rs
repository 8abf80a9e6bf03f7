//! The laws that make the data types converge (Shapiro et al., SSS 2011, section 2.3), over thousands of
//! random states each: all of them states that copies can come to.

use std::collections::BTreeSet;

use netsplit_protocols::parts::crdt::Crdt;
use netsplit_protocols::parts::crdt::context::Context;
use netsplit_protocols::parts::crdt::dots::{Actor, Dot};
use netsplit_protocols::parts::crdt::lww_register::LwwRegister;
use netsplit_protocols::parts::crdt::mv_register::MvRegister;
use netsplit_protocols::parts::crdt::or_set::OrSet;
use netsplit_protocols::parts::crdt::pn_counter::PnCounter;
use netsplit_protocols::parts::store::Cell;
use netsplit_sim::ids::{NodeId, OpId, Value, Version};
use netsplit_sim::random::{Purpose, Random, stream};

const SEEDS: u64 = 3_000;
const COPIES: usize = 4;
const STEPS: u32 = 14;

/// A data type with a way to change it at random.
trait Model: Crdt + std::fmt::Debug {
    /// Whether of two states one always includes the other.
    const IS_TOTAL: bool = false;

    fn change(&mut self, step: Step, random: &mut Random);
}

/// What a change is given: names that nobody else has.
#[derive(Clone, Copy)]
struct Step {
    dot: Dot,
    version: Version,
    op: OpId,
}

impl Step {
    fn cell(self, value: u64) -> Cell {
        Cell { value: Value(value), version: self.version, op: self.op }
    }
}

impl Model for LwwRegister {
    const IS_TOTAL: bool = true;

    fn change(&mut self, step: Step, _random: &mut Random) {
        // As the protocol does: newer than what is here.
        let newest = self.get().map_or(0, |(_, cell)| cell.version.counter);
        let version = Version { counter: step.version.counter.max(newest + 1), ..step.version };
        self.write(step.dot, Cell { version, ..step.cell(u64::from(step.op.0)) });
    }
}

impl Model for MvRegister {
    fn change(&mut self, step: Step, random: &mut Random) {
        // Some writers have just read this copy, some know nothing.
        let seen = if random.below(3) > 0 { self.context().clone() } else { Context::default() };
        self.write(step.dot, step.cell(u64::from(step.op.0)), &seen);
    }
}

impl Model for PnCounter {
    fn change(&mut self, step: Step, random: &mut Random) {
        self.add(step.dot, random.below(21) as i64 - 10, step.version, step.op);
    }
}

impl Model for OrSet {
    fn change(&mut self, step: Step, random: &mut Random) {
        let element = random.below(3);
        if self.contains(Value(element)) && random.below(2) == 0 {
            self.remove(step.dot, Value(element));
        } else {
            self.insert(step.dot, step.cell(element));
        }
    }
}

/// Names for changes: each node's numbers grow, with gaps, as they count its changes to all keys.
struct Names {
    counters: [u64; COPIES],
    ops: u32,
}

impl Names {
    fn next(&mut self, copy: usize, random: &mut Random) -> Step {
        self.counters[copy] += 1 + random.below(2);
        self.ops += 1;
        let node = NodeId(copy as u16);
        let dot = Dot { actor: Actor { node, incarnation: 7 }, counter: self.counters[copy] };
        // Clocks differ a little: a later change may have an earlier time.
        let counter = u64::from(self.ops) * 4 + random.below(12);
        Step { dot, version: Version { counter, node }, op: OpId(self.ops) }
    }
}

/// Copies after random changes and random exchanges, and every state that one of them ever sent.
fn history<T: Model>(seed: u64) -> (Vec<T>, Vec<T>, Random) {
    let mut random = stream(seed, Purpose::Faults, 1, 1);
    let mut copies = vec![T::default(); COPIES];
    let mut names = Names { counters: [0; COPIES], ops: 0 };
    let mut sent = Vec::new();
    for _ in 0..STEPS {
        let copy = random.below(COPIES as u64) as usize;
        if random.below(5) < 3 {
            let before = copies[copy].clone();
            copies[copy].change(names.next(copy, &mut random), &mut random);
            assert_eq!(merged(&copies[copy], &before), copies[copy], "seed {seed}: a change moves upwards");
        } else {
            let from = random.below(COPIES as u64) as usize;
            let state = copies[from].clone();
            let before = copies[copy].clone();
            let changed = copies[copy].merge(&state);
            assert_eq!(changed, copies[copy] != before, "seed {seed}: whether it changed");
            sent.push(state);
        }
    }
    sent.extend(copies.iter().cloned());
    (copies, sent, random)
}

fn merged<T: Crdt>(a: &T, b: &T) -> T {
    let mut both = a.clone();
    both.merge(b);
    both
}

fn all<T: Crdt>(states: &[T]) -> T {
    states.iter().fold(T::default(), |sum, state| merged(&sum, state))
}

fn obeys_the_laws<T: Model>() {
    let mut concurrent = 0;
    for seed in 0..SEEDS {
        let (copies, sent, mut random) = history::<T>(seed);
        let [a, b, c] = [&copies[0], &copies[1], &copies[2]];
        assert_eq!(merged(a, b), merged(b, a), "seed {seed}: commutative");
        assert_eq!(merged(&merged(a, b), c), merged(a, &merged(b, c)), "seed {seed}: associative");
        assert_eq!(merged(a, a), *a, "seed {seed}: idempotent");
        assert_eq!(merged(&merged(a, b), b), merged(a, b), "seed {seed}: absorbs");
        concurrent += u64::from(merged(a, b) != *a && merged(a, b) != *b);
        // Whatever was sent, in any order and more than once, comes to the same.
        let mut deliveries: Vec<&T> = sent.iter().chain(&sent).collect();
        for i in (1..deliveries.len()).rev() {
            deliveries.swap(i, random.below(i as u64 + 1) as usize);
        }
        let mut copy = T::default();
        for state in deliveries {
            copy.merge(state);
        }
        assert_eq!(copy, all(&copies), "seed {seed}: any order, any number of times");
    }
    // The laws say little about states of which one includes the other.
    assert!(T::IS_TOTAL || concurrent > SEEDS / 4, "{concurrent} pairs were concurrent");
}

#[test]
fn last_writer_wins_registers_obey_the_laws() {
    obeys_the_laws::<LwwRegister>();
}

#[test]
fn multi_value_registers_obey_the_laws() {
    obeys_the_laws::<MvRegister>();
}

#[test]
fn counters_obey_the_laws() {
    obeys_the_laws::<PnCounter>();
}

#[test]
fn sets_obey_the_laws() {
    obeys_the_laws::<OrSet>();
}

/// The sum over all copies is that of all additions, and no copy ever shows part of one twice.
#[test]
fn a_counter_is_the_sum_of_all_additions() {
    for seed in 0..SEEDS {
        let mut random = stream(seed, Purpose::Faults, 2, 1);
        let mut copies = vec![PnCounter::default(); COPIES];
        let mut names = Names { counters: [0; COPIES], ops: 0 };
        let mut sum = 0i64;
        for _ in 0..STEPS {
            let copy = random.below(COPIES as u64) as usize;
            let amount = random.below(201) as i64 - 100;
            let Step { dot, version, op } = names.next(copy, &mut random);
            copies[copy].add(dot, amount, version, op);
            sum += amount;
            let (from, to) = (random.below(COPIES as u64) as usize, random.below(COPIES as u64) as usize);
            copies[to] = merged(&copies[to], &copies[from]);
        }
        assert_eq!(all(&copies).value().0 as i64, sum, "seed {seed}");
    }
}

/// The set with tombstones (RR-7506, specification 15), which is plainly right and never forgets.
#[derive(Clone, Default)]
struct Reference {
    inserted: BTreeSet<(u64, Dot)>,
    removed: BTreeSet<(u64, Dot)>,
}

impl Reference {
    fn observed(&self, element: u64) -> Vec<(u64, Dot)> {
        self.inserted.difference(&self.removed).filter(|(of, _)| *of == element).copied().collect()
    }

    fn elements(&self) -> Vec<u64> {
        let elements: BTreeSet<u64> = self.inserted.difference(&self.removed).map(|(of, _)| *of).collect();
        elements.into_iter().collect()
    }
}

/// The set without tombstones shows at every copy and at every step what the set with tombstones shows.
#[test]
fn a_set_without_tombstones_is_the_set_with_them() {
    let mut removals = 0;
    for seed in 0..SEEDS {
        let mut random = stream(seed, Purpose::Faults, 3, 1);
        let mut copies = vec![(OrSet::default(), Reference::default()); COPIES];
        let mut names = Names { counters: [0; COPIES], ops: 0 };
        for _ in 0..30 {
            let copy = random.below(COPIES as u64) as usize;
            let element = random.below(3);
            match random.below(5) {
                0 | 1 => {
                    let step = names.next(copy, &mut random);
                    let (set, reference) = &mut copies[copy];
                    set.insert(step.dot, step.cell(element));
                    reference.inserted.insert((element, step.dot));
                }
                2 => {
                    let step = names.next(copy, &mut random);
                    let (set, reference) = &mut copies[copy];
                    let observed = reference.observed(element);
                    assert_eq!(set.remove(step.dot, Value(element)), !observed.is_empty(), "seed {seed}");
                    removals += observed.len();
                    reference.removed.extend(observed);
                }
                _ => {
                    let (set, reference) = copies[random.below(COPIES as u64) as usize].clone();
                    copies[copy].0.merge(&set);
                    copies[copy].1.inserted.extend(reference.inserted);
                    copies[copy].1.removed.extend(reference.removed);
                }
            }
            for (set, reference) in &copies {
                let mut elements: Vec<u64> = set.elements().iter().map(|cell| cell.value.0).collect();
                elements.sort_unstable();
                assert_eq!(elements, reference.elements(), "seed {seed}");
            }
        }
    }
    assert!(removals > SEEDS as usize, "{removals} removals took something out");
}

#[test]
fn an_insertion_wins_over_a_removal_that_has_not_seen_it() {
    let mut random = stream(1, Purpose::Faults, 4, 1);
    let mut names = Names { counters: [0; COPIES], ops: 0 };
    let mut a = OrSet::default();
    let first = names.next(0, &mut random);
    a.insert(first.dot, first.cell(5));
    let mut b = a.clone();
    assert!(a.remove(names.next(0, &mut random).dot, Value(5)));
    let again = names.next(1, &mut random);
    b.insert(again.dot, again.cell(5));
    assert!(merged(&a, &b).contains(Value(5)) && merged(&b, &a).contains(Value(5)));
    // And a removal that has seen both takes it out for good.
    let mut c = merged(&a, &b);
    c.remove(names.next(2, &mut random).dot, Value(5));
    assert!(!merged(&c, &b).contains(Value(5)) && !merged(&a, &c).contains(Value(5)));
}

/// A client that has only just written knows its own write. Its next one may not wipe out a sibling that
/// the same node took from somebody else in between.
#[test]
fn a_write_never_replaces_what_its_writer_has_not_seen() {
    let mut random = stream(1, Purpose::Faults, 5, 1);
    let mut names = Names { counters: [0; COPIES], ops: 0 };
    let mut n1 = MvRegister::default();
    let theirs = names.next(0, &mut random);
    n1.write(theirs.dot, theirs.cell(1), &Context::default());
    let mine = names.next(0, &mut random);
    n1.write(mine.dot, mine.cell(2), &Context::default());
    let mut seen = Context::default();
    seen.add_alone(mine.dot);
    // At another node, which has heard of neither.
    let mut n2 = MvRegister::default();
    let next = names.next(1, &mut random);
    n2.write(next.dot, next.cell(3), &seen);
    let both = merged(&n1, &n2);
    assert_eq!(both.siblings().iter().map(|cell| cell.value.0).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(both, merged(&n2, &n1));
}
