//! The weak models by their definitions, by trying everything. Nothing here knows of the patterns or clocks of the
//! checkers: relations are bit masks, and orders are enumerated.
//!
//! An operation of unknown outcome took effect or did not: both are tried.

use netsplit_sim::ids::{Key, Value};

use crate::observation::{Call, Observation, Observations, Outcome};

/// For each operation, the set of those before it.
pub(super) type Relation = Vec<u32>;

/// The operations of a history that count.
#[derive(Clone, Debug)]
pub(super) struct Small {
    pub(super) operations: Vec<Observation>,
    /// Session order.
    pub(super) sessions: Relation,
}

/// What an answer says about the value it found.
fn is_right(operation: &Observation, found: Option<Value>) -> bool {
    match (operation.call, operation.outcome) {
        (Call::Read, Outcome::Read(value)) => value == found,
        (Call::Cas { from, .. }, Outcome::NotSwapped) => from != found,
        (Call::Cas { from, .. }, _) => from == found,
        _ => true,
    }
}

fn is_known(operation: &Observation) -> bool {
    !matches!(operation.outcome, Outcome::Unknown | Outcome::Pending)
}

fn written(operation: &Observation) -> Option<Option<Value>> {
    operation.call.writes().filter(|_| operation.may_update())
}

impl Small {
    /// Every way in which the operations of unknown outcome may have taken effect or not.
    pub(super) fn all(observations: &Observations) -> Vec<Self> {
        let counts = |operation: &&Observation| {
            operation.outcome != Outcome::Refused && (operation.call.is_update() || is_known(operation))
        };
        let all: Vec<Observation> = observations.operations.iter().filter(counts).copied().collect();
        let unknown: Vec<usize> = (0..all.len()).filter(|&index| !is_known(&all[index])).collect();
        (0..1u32 << unknown.len())
            .map(|chosen| {
                let left_out = |index: usize| {
                    unknown.iter().position(|&other| other == index).is_some_and(|bit| chosen >> bit & 1 == 0)
                };
                let kept = all.iter().enumerate().filter(|&(index, _)| !left_out(index));
                Self::of(kept.map(|(_, operation)| *operation).collect())
            })
            .collect()
    }

    fn of(operations: Vec<Observation>) -> Self {
        let before = |later: &Observation| {
            let earlier = |other: &Observation| {
                other.session == later.session
                    && is_known(other)
                    && other.returned.is_some_and(|returned| returned < later.invoked)
            };
            (0..operations.len())
                .filter(|&index| earlier(&operations[index]))
                .fold(0, |set, bit| set | 1 << bit)
        };
        let sessions = operations.iter().map(before).collect();
        Self { operations, sessions }
    }

    pub(super) fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether these operations have an order that keeps `order`, in which everybody in `right` finds what its answer says.
    fn explains(&self, order: &Relation, of: u32, right: u32) -> bool {
        self.goes_on(order, of, right, &mut Vec::new())
    }

    fn goes_on(&self, order: &Relation, rest: u32, right: u32, held: &mut Vec<(Key, Option<Value>)>) -> bool {
        if rest & right == 0 {
            // What is left can follow in any order: it explains nothing.
            return true;
        }
        bits(rest).any(|next| {
            let operation = &self.operations[next];
            let found =
                held.iter().rev().find(|(key, _)| *key == operation.key).and_then(|&(_, value)| value);
            if order[next] & rest != 0 || right >> next & 1 == 1 && !is_right(operation, found) {
                return false;
            }
            let length = held.len();
            held.extend(written(operation).map(|value| (operation.key, value)));
            let fits = self.goes_on(order, rest & !(1 << next), right, held);
            held.truncate(length);
            fits
        })
    }

    /// The operations of a session whose outcome is known.
    fn own(&self, session: u32) -> u32 {
        let own =
            |&index: &usize| self.operations[index].session.0 == session && is_known(&self.operations[index]);
        (0..self.len()).filter(own).fold(0, |set, bit| set | 1 << bit)
    }

    fn sessions_there_are(&self) -> Vec<u32> {
        let mut sessions: Vec<u32> = self.operations.iter().map(|operation| operation.session.0).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// CC, with this causal order: the past of each operation can be put in an order that explains its answer.
    pub(super) fn is_causal(&self, order: &Relation) -> bool {
        (0..self.len()).all(|index| self.explains(order, order[index] | 1 << index, 1 << index))
    }

    /// CCv, with this causal order: one order of everything does that for all.
    pub(super) fn is_convergent(&self, order: &Relation) -> bool {
        let mut all = Vec::new();
        self.arbitrate(order, &mut all)
    }

    fn arbitrate(&self, order: &Relation, so_far: &mut Vec<usize>) -> bool {
        if so_far.len() == self.len() {
            return true;
        }
        let placed = so_far.iter().fold(0, |set, bit| set | 1 << bit);
        (0..self.len()).any(|next| {
            if placed >> next & 1 == 1 || order[next] & !placed != 0 {
                return false;
            }
            let operation = &self.operations[next];
            let visible = so_far.iter().rev().filter(|&&other| order[next] >> other & 1 == 1);
            let found = visible
                .map(|&other| &self.operations[other])
                .filter(|other| other.key == operation.key)
                .find_map(written)
                .flatten();
            if !is_right(operation, found) {
                return false;
            }
            so_far.push(next);
            let fits = self.arbitrate(order, so_far);
            so_far.pop();
            fits
        })
    }

    /// CM, with this causal order: each session has an order of all that it comes after, which explains all that it
    /// saw.
    pub(super) fn is_memory(&self, order: &Relation) -> bool {
        self.is_causal(order)
            && self.sessions_there_are().into_iter().all(|session| {
                let own = self.own(session);
                let past = bits(own).fold(own, |past, index| past | order[index]);
                self.explains(order, past, own)
            })
    }

    /// PRAM: each session has an order of all writes and its own operations, which explains all that it saw.
    pub(super) fn is_pram(&self) -> bool {
        self.sessions_there_are().into_iter().all(|session| {
            let own = self.own(session);
            let writes = (0..self.len()).filter(|&index| written(&self.operations[index]).is_some());
            self.explains(&self.sessions, writes.fold(own, |set, bit| set | 1 << bit), own)
        })
    }

    /// Sequential consistency: one order explains all.
    pub(super) fn is_sequential(&self) -> bool {
        let all = (1 << self.len()) - 1;
        self.explains(&self.sessions, all, all)
    }

    /// Every causal order that is worth trying if it is enough that each answer comes after one write that explains it: session
    /// order and one such write for each, closed.
    pub(super) fn chosen_orders(&self) -> Vec<Relation> {
        let mut orders = vec![self.sessions.clone()];
        for (index, operation) in self.operations.iter().enumerate() {
            let mut sources: Vec<u32> = (0..self.len())
                .filter(|&other| other != index && self.operations[other].key == operation.key)
                .filter(|&other| {
                    written(&self.operations[other]).is_some_and(|value| is_right(operation, value))
                })
                .map(|other| 1 << other)
                .collect();
            if is_right(operation, None) {
                sources.push(0);
            }
            orders = orders
                .iter()
                .flat_map(|order| {
                    sources.iter().map(|source| {
                        let mut order = order.clone();
                        order[index] |= source;
                        order
                    })
                })
                .collect();
        }
        orders.into_iter().filter_map(closed).collect()
    }
}

/// The transitive closure; nothing if it runs in a circle.
pub(super) fn closed(mut order: Relation) -> Option<Relation> {
    loop {
        let next: Relation =
            order.iter().map(|&before| bits(before).fold(before, |set, index| set | order[index])).collect();
        if next == order {
            return (0..order.len()).all(|index| order[index] >> index & 1 == 0).then_some(order);
        }
        order = next;
    }
}

/// Every partial order of so many elements: there are 1, 1, 3, 19, 219, 4231, 130023.
pub(super) fn partial_orders(count: usize) -> Vec<Relation> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for order in partial_orders(last) {
        let is_down = |set: u32| bits(set).all(|index| order[index] & !set == 0);
        let is_up = |set: u32| (0..last).all(|index| set >> index & 1 == 1 || order[index] & set == 0);
        for down in (0..1u32 << last).filter(|&set| is_down(set)) {
            for up in (0..1u32 << last).filter(|&set| set & down == 0 && is_up(set)) {
                // What is below the new one is below all that is above it.
                if bits(up).all(|index| down & !order[index] == 0) {
                    let mut order = order.clone();
                    bits(up).for_each(|index| order[index] |= 1 << last);
                    order.push(down);
                    all.push(order);
                }
            }
        }
    }
    all
}

pub(super) fn bits(set: u32) -> impl Iterator<Item = usize> {
    (0..32).filter(move |index| set >> index & 1 == 1)
}

/// What the names of the models mean, tried by force with these causal orders.
pub(super) fn keeps(model: &str, small: &Small, orders: &[Relation]) -> bool {
    match model {
        "sequential" => small.is_sequential(),
        "pram" => small.is_pram(),
        "causal" => orders.iter().any(|order| small.is_causal(order)),
        "causal-convergence" => orders.iter().any(|order| small.is_convergent(order)),
        "causal-memory" => orders.iter().any(|order| small.is_memory(order)),
        _ => unreachable!("not tried by force"),
    }
}
