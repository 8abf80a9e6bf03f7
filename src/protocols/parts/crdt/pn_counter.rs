//! The counter that goes up and down (RR-7506, specification 7): every actor counts on its own what it has
//! added and what it has taken away; the value is the sum over all actors. Both counts of an actor only
//! grow, so the larger is the newer.

use netsplit_watched::watched;
use std::collections::BTreeMap;

use netsplit_sim::ids::{OpId, Value, Version};

use super::Crdt;
use super::dots::{Actor, Dot, Vector};

/// A counter that goes up and down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PnCounter {
    of: BTreeMap<Actor, Contribution>,
}

/// What one actor has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Contribution {
    /// All that it has added. Wide enough that no number of additions makes it overflow.
    pub added: u128,
    /// All that it has taken away.
    pub taken: u128,
    /// Its last change here: its number among all changes of the actor.
    pub last: u64,
    /// The version of that change.
    pub version: Version,
    /// The operation that made it.
    pub op: OpId,
}

#[watched]
impl PnCounter {
    /// Adds to an actor's own count; a negative amount is taken away.
    pub fn add(&mut self, dot: Dot, amount: i64, version: Version, op: OpId) {
        let new = Contribution { added: 0, taken: 0, last: 0, version, op };
        let own = self.of.entry(dot.actor).or_insert(new);
        let size = u128::from(amount.unsigned_abs());
        if amount < 0 {
            own.taken += size;
        } else {
            own.added += size;
        }
        *own = Contribution { last: dot.counter, version, op, ..*own };
    }

    /// The sum; a negative number as its two's complement, as every store of numbers here answers it.
    #[must_use]
    pub fn value(&self) -> Value {
        let sum =
            |sum: u64, of: &Contribution| sum.wrapping_add(of.added as u64).wrapping_sub(of.taken as u64);
        Value(self.of.values().fold(0, sum))
    }

    /// What each actor has counted, in the order of actors.
    pub fn contributions(&self) -> impl Iterator<Item = (Actor, Contribution)> {
        self.of.iter().map(|(&actor, &of)| (actor, of))
    }

    /// The newest contribution.
    #[must_use]
    pub fn newest(&self) -> Option<Contribution> {
        self.of.values().copied().max_by_key(|of| (of.version, of.op))
    }

    /// The counts of those actors only that have changed it since `base`.
    #[must_use]
    pub fn since(&self, base: &Vector) -> Self {
        let newer = self.contributions().filter(|(actor, of)| of.last > base.get(*actor));
        Self { of: newer.collect() }
    }

    /// Adds the counts of another to these. No sound protocol does that: what arrives twice counts twice.
    pub fn accumulate(&mut self, other: &Self) -> bool {
        for (actor, theirs) in other.contributions() {
            match self.of.get_mut(&actor) {
                Some(of) => {
                    let (added, taken) = (of.added + theirs.added, of.taken + theirs.taken);
                    let last = of.last.max(theirs.last);
                    *of = Contribution { added, taken, last, ..theirs };
                }
                None => {
                    self.of.insert(actor, theirs);
                }
            }
        }
        !other.of.is_empty()
    }

    /// Replaces what every actor has counted, for a node that lies.
    pub fn forge(&mut self, value: Value) {
        for of in self.of.values_mut() {
            *of = Contribution { added: u128::from(value.0), taken: 0, ..*of };
        }
    }
}

impl Crdt for PnCounter {
    fn merge(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (actor, theirs) in other.contributions() {
            let mine = self.of.get(&actor).copied();
            let mut both = mine.filter(|mine| mine.last >= theirs.last).unwrap_or(theirs);
            if let Some(mine) = mine {
                both.added = mine.added.max(theirs.added);
                both.taken = mine.taken.max(theirs.taken);
            }
            if mine != Some(both) {
                self.of.insert(actor, both);
                changed = true;
            }
        }
        changed
    }
}
