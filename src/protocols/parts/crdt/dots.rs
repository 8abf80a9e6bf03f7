//! Dots, which name single changes, and vectors, which name all changes up to a point (Almeida, Baquero,
//! Gonçalves, Preguiça, Fonte, *Scalable and Accurate Causality Tracking for Eventually Consistent Stores*,
//! DAIS 2014; version vectors are Parker et al., *Detection of Mutual Inconsistency in Distributed
//! Systems*, 1983).

use netsplit_watched::watched;
use std::collections::BTreeMap;

use netsplit_sim::ids::NodeId;

/// Who makes changes: a node with a disk. A node that has lost its disk does not know which numbers it
/// gave out, so it comes back as another actor and can't give one out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// The node.
    pub node: NodeId,
    /// A random number that the node drew when it found its disk empty.
    pub incarnation: u32,
}

/// One change: the `counter`-th of its actor, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    /// Who made it.
    pub actor: Actor,
    /// Which of its changes.
    pub counter: u64,
}

/// For each actor a number: all of its changes up to that one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Vector(BTreeMap<Actor, u64>);

#[watched]
impl Vector {
    /// The last change of an actor that it covers; 0 for none.
    #[must_use]
    pub fn get(&self, actor: Actor) -> u64 {
        self.0.get(&actor).copied().unwrap_or(0)
    }

    /// Whether it covers a change.
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        dot.counter <= self.get(dot.actor)
    }

    /// Whether it covers every change that another covers.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        other.iter().all(|dot| self.contains(dot))
    }

    /// Covers a change, and all of its actor before it; tells whether that was new.
    pub fn add(&mut self, dot: Dot) -> bool {
        let new = !self.contains(dot);
        if new {
            self.0.insert(dot.actor, dot.counter);
        }
        new
    }

    /// Covers what another covers; tells whether anything of it was new.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for dot in other.iter() {
            changed |= self.add(dot);
        }
        changed
    }

    /// The last change of every actor, in the order of actors.
    pub fn iter(&self) -> impl Iterator<Item = Dot> {
        self.0.iter().map(|(&actor, &counter)| Dot { actor, counter })
    }

    /// How many actors it names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Dot> for Vector {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut vector = Self::default();
        for dot in dots {
            vector.add(dot);
        }
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(node: u16, incarnation: u32, counter: u64) -> Dot {
        Dot { actor: Actor { node: NodeId(node), incarnation }, counter }
    }

    #[test]
    fn vectors_are_a_partial_order() {
        let a = Vector::from_iter([dot(0, 7, 3), dot(1, 0, 1)]);
        let b = Vector::from_iter([dot(0, 7, 2), dot(1, 0, 4)]);
        assert!(!a.includes(&b) && !b.includes(&a), "concurrent");
        let mut both = a.clone();
        assert!(both.join(&b) && !both.join(&a));
        assert!(both.includes(&a) && both.includes(&b));
        assert_eq!(both.get(dot(0, 7, 0).actor), 3);
        assert!(!both.contains(dot(0, 8, 1)), "another incarnation is another actor");
    }
}
