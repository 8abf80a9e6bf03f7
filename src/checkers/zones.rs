//! A quick proof that no order exists, for registers whose values tell who wrote them.
//!
//! If a value was written only once, the register holds it during one stretch of time, and never again.
//! All operations of that value (its write, the reads that returned it, the compare-and-sets that
//! found it) take effect in this stretch, its ends included. With `f`, the first return among them, and `s`, the last
//! call: something took effect by `f` and something at `s` or later. So if `f < s` the stretch covers `f..s`, which is
//! called its zone. The stretches of two values don't overlap; so there is no order if
//! `f(a) < s(b)` and `f(b) < s(a)` for two values `a` and `b`. (If only one of the two is a true zone, the
//! other one's `s..f` lies inside it, and its stretch can't reach out on either side.)
//!
//! Gibbons and Korach (1997, section 4) show that for reads and writes with different values
//! this finds every violation, together with reads of what nobody had written. With compare-and-set it finds most of
//! them, and the search of [`crate::search`] the rest. It matters because a proof by search must undo
//! everything back to the first operation, where this one takes a few steps.
//!
//! Values that were written twice, or that the key began with and were written again, are left out.

use std::collections::BTreeMap;

use netsplit_sim::ids::Value;

use crate::events::Event;
use crate::observation::{Call, Observation, Outcome};

/// The zones of one key.
#[derive(Clone, Debug)]
pub(crate) struct Zones {
    values: BTreeMap<Option<Value>, Stretch>,
    /// The first return of each value that something returned for, ascending.
    first_returns: Vec<u64>,
    /// The last call of each of these; zero if the value is left out.
    last_calls: Maxima,
    is_decisive: bool,
    is_contradiction: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    writers: u32,
    /// The call of the write.
    written: u64,
    /// The index in `first_returns`, once something returned.
    zone: Option<u32>,
    /// Whether a compare-and-set ended it.
    replaced: bool,
}

impl Zones {
    /// The zones of a key that holds nothing.
    pub(crate) fn new() -> Self {
        let begun = Stretch { writers: 1, written: 0, zone: Some(0), replaced: false };
        let mut last_calls = Maxima::default();
        last_calls.push(0);
        Self {
            values: BTreeMap::from([(None, begun)]),
            first_returns: vec![0],
            last_calls,
            is_decisive: true,
            is_contradiction: false,
        }
    }

    /// Whether there is surely no order.
    pub(crate) fn is_contradiction(&self) -> bool {
        self.is_contradiction
    }

    /// Whether there surely is an order if there is no contradiction: nothing but reads and writes so far, and
    /// no value written twice.
    pub(crate) fn is_decisive(&self) -> bool {
        self.is_decisive
    }

    /// Takes note of an event; events come in order.
    pub(crate) fn event(&mut self, operation: &Observation, event: Event) {
        // From 1, so that what the key begins with is before every event.
        let (number, called) = (event.number.saturating_add(1), operation.invoked.saturating_add(1));
        match (operation.call, operation.outcome) {
            (call, _) if !event.returns => self.called(call, number),
            (Call::Read, Outcome::Read(value)) | (Call::Write(value), Outcome::Done) => {
                self.returned(value, called, number);
            }
            (Call::Cas { from, to }, Outcome::Done) => {
                self.replaced(from);
                self.returned(from, called, number);
                self.returned(to, called, number);
            }
            (call, Outcome::NotSwapped | Outcome::Refused) => self.void(call),
            _ => {}
        }
    }

    fn called(&mut self, call: Call, number: u64) {
        let Some(value) = call.writes() else {
            self.is_decisive &= call == Call::Read;
            return;
        };
        let stretch = self.values.entry(value).or_default();
        stretch.writers += 1;
        stretch.written = number;
        self.is_decisive &= matches!(call, Call::Write(_)) && stretch.writers == 1;
        if let (Some(zone), 2..) = (stretch.zone, stretch.writers) {
            self.last_calls.set(zone, 0);
        }
    }

    /// An operation of this value returned.
    fn returned(&mut self, value: Option<Value>, called: u64, number: u64) {
        let Some(stretch) = self.values.get_mut(&value) else {
            // Nobody had written it.
            self.is_contradiction = true;
            return;
        };
        if stretch.writers != 1 {
            return;
        }
        let zone = *stretch.zone.get_or_insert_with(|| {
            self.first_returns.push(number);
            self.last_calls.push(0);
            self.first_returns.len() as u32 - 1
        });
        let last_call = self.last_calls.maximum(zone, zone + 1).max(called).max(stretch.written);
        self.last_calls.set(zone, last_call);
        // Another value that something returned for before our last call, and was called for after our
        // first return.
        let before = self.first_returns.partition_point(|&other| other < last_call) as u32;
        let other = self.last_calls.maximum(0, zone.min(before));
        let other = other.max(self.last_calls.maximum(zone + 1, before));
        self.is_contradiction |= other > self.first_returns[zone as usize];
    }

    /// A compare-and-set found this value and replaced it.
    fn replaced(&mut self, value: Option<Value>) {
        if let Some(stretch) = self.values.get_mut(&value) {
            self.is_contradiction |= stretch.replaced && stretch.writers == 1;
            stretch.replaced = true;
        }
    }

    /// An operation that could have written surely has not.
    fn void(&mut self, call: Call) {
        let Some(value) = call.writes() else { return };
        match self.values.get(&value) {
            // Somebody saw what nobody wrote.
            Some(Stretch { writers: 1, zone: Some(_), .. }) => self.is_contradiction = true,
            Some(Stretch { writers: 1, zone: None, .. }) => {
                self.values.remove(&value);
            }
            _ => {}
        }
    }
}

/// Numbers of which any can be set, any range asked for its maximum, and one more added: a complete
/// binary tree in an array, the numbers in its second half and each node the larger of its two children.
#[derive(Clone, Debug, Default)]
struct Maxima {
    tree: Vec<u64>,
    len: usize,
}

impl Maxima {
    fn push(&mut self, number: u64) {
        if self.len * 2 == self.tree.len() {
            let leaves = self.tree[self.tree.len() / 2..].to_vec();
            self.tree = vec![0; (self.tree.len() * 2).max(2)];
            let half = self.tree.len() / 2;
            self.tree[half..half + leaves.len()].copy_from_slice(&leaves);
            for node in (1..half).rev() {
                self.tree[node] = self.tree[node * 2].max(self.tree[node * 2 + 1]);
            }
        }
        self.len += 1;
        self.set(self.len as u32 - 1, number);
    }

    fn set(&mut self, index: u32, number: u64) {
        let mut node = self.tree.len() / 2 + index as usize;
        self.tree[node] = number;
        while node > 1 {
            node /= 2;
            self.tree[node] = self.tree[node * 2].max(self.tree[node * 2 + 1]);
        }
    }

    /// The largest number from `start` on and before `end`; zero if there is none.
    fn maximum(&self, start: u32, end: u32) -> u64 {
        let half = self.tree.len() / 2;
        let (mut start, mut end) = (half + start as usize, half + end as usize);
        let mut maximum = 0;
        while start < end {
            if start % 2 == 1 {
                maximum = maximum.max(self.tree[start]);
                start += 1;
            }
            if end % 2 == 1 {
                end -= 1;
                maximum = maximum.max(self.tree[end]);
            }
            (start, end) = (start / 2, end / 2);
        }
        maximum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::events;
    use crate::testing::{Shape, brute_force, correct, intervals, observations, operation, spoil};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn they_decide_reads_and_writes_of_different_values(
            clients in 1..5u32, operations in 1..10usize, unknown in 0..4u64, spoilt: bool, seed: u64,
        ) {
            let mut history = correct(Shape { clients, keys: 1, operations, values: 0, unknown }, seed);
            if spoilt {
                spoil(&mut history, seed ^ 1);
            }
            history.operations.retain(|operation| operation.outcome != Outcome::NotSwapped);
            for operation in &mut history.operations {
                if let Call::Cas { to, .. } = operation.call {
                    operation.call = Call::Write(to);
                }
            }
            let history = observations(history.operations);
            let mut zones = Zones::new();
            for event in events::all(&history) {
                zones.event(&history.operations[event.operation.index()], event);
            }
            prop_assert!(zones.is_decisive());
            prop_assert_eq!(zones.is_contradiction(), !brute_force(&history.operations), "{:#?}", history);
        }
    }

    #[test]
    fn they_decide_all_histories_of_two_writes_and_three_reads() {
        let values = [None, Some(Value(1)), Some(Value(2))];
        let (mut contradictions, mut others) = (0, 0);
        for intervals in intervals(5) {
            for (first, second) in (0..5).flat_map(|first| (0..5).map(move |second| (first, second))) {
                for choice in (0..27).filter(|_| first != second) {
                    let mut reads =
                        [values[choice % 3], values[choice / 3 % 3], values[choice / 9]].into_iter();
                    let deed = |index: usize| match index {
                        _ if index == first => (Call::Write(values[1]), Outcome::Done),
                        _ if index == second => (Call::Write(values[2]), Outcome::Done),
                        _ => (Call::Read, Outcome::Read(reads.next().expect("three reads"))),
                    };
                    let made = (0..5).map(deed).zip(&intervals).enumerate();
                    let made = made.map(|(client, ((call, outcome), &(invoked, returned)))| {
                        operation(client as u32, 0, call, outcome, invoked, Some(returned))
                    });
                    let history = observations(made.collect());
                    let mut zones = Zones::new();
                    for event in events::all(&history) {
                        zones.event(&history.operations[event.operation.index()], event);
                    }
                    assert_eq!(zones.is_contradiction(), !brute_force(&history.operations), "{history:#?}");
                    *if zones.is_contradiction() { &mut contradictions } else { &mut others } += 1;
                }
            }
        }
        assert!(contradictions > 1_000 && others > 1_000, "{contradictions} {others}");
    }

    #[test]
    fn maxima_of_ranges_are_those_of_a_list() {
        let (mut maxima, mut list) = (Maxima::default(), Vec::new());
        for i in 0..40u64 {
            maxima.push(i * 7 % 11);
            list.push(i * 7 % 11);
            maxima.set((i / 2) as u32, i * 5 % 13);
            list[(i / 2) as usize] = i * 5 % 13;
            for start in 0..=list.len() {
                for end in start..=list.len() {
                    let expected = list[start..end].iter().copied().max().unwrap_or(0);
                    assert_eq!(maxima.maximum(start as u32, end as u32), expected);
                }
            }
        }
    }
}
