//! What a copy of one key, or a client, has seen of that key: a vector, and single dots beyond it (a
//! causal context: Almeida, Shoker, Baquero, *Delta State Replicated Data Types*, JPDC 2018, section 7).
//!
//! Actors number their changes over all keys, so the numbers in one key's vector have gaps. The vector is
//! sound all the same, because a state travels whole: who knows of an actor's change here knows of all its
//! earlier ones here. A client that has just written knows of its own write and of nothing beside it that
//! the same node took at the time. For that there are the single dots: were its write put into the vector,
//! its next write would wipe out siblings that it never saw.

use netsplit_watched::watched;
use std::collections::BTreeSet;

use netsplit_sim::ids::NodeId;

use super::dots::{Actor, Dot, Vector};

/// What was seen of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    vector: Vector,
    beyond: BTreeSet<Dot>,
}

#[watched]
impl Context {
    /// Whether it covers a change.
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        self.vector.contains(dot) || self.beyond.contains(&dot)
    }

    /// Whether a vector over all keys covers everything that this covers.
    #[must_use]
    pub fn is_within(&self, all: &Vector) -> bool {
        all.includes(&self.vector) && self.beyond.iter().all(|&dot| all.contains(dot))
    }

    /// Covers a new change of an actor whose earlier ones here are all covered.
    pub fn add_own(&mut self, dot: Dot) {
        self.vector.add(dot);
        self.tidy();
    }

    /// Covers a change by itself.
    pub fn add_alone(&mut self, dot: Dot) {
        self.beyond.insert(dot);
        self.tidy();
    }

    /// Covers what another covers; tells whether anything of it was new.
    pub fn join(&mut self, other: &Self) -> bool {
        let new = other.beyond.iter().any(|&dot| !self.contains(dot));
        let new = self.vector.join(&other.vector) || new;
        self.beyond.extend(&other.beyond);
        self.tidy();
        new
    }

    /// Drops single dots that the vector covers.
    fn tidy(&mut self) {
        let vector = &self.vector;
        self.beyond.retain(|&dot| !vector.contains(dot));
    }

    /// How many dots it takes to write it down.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vector.len() + self.beyond.len()
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector.
    #[must_use]
    pub fn vector(&self) -> &Vector {
        &self.vector
    }

    /// As plain numbers, for a client to carry about: the length of the vector, then two for each dot.
    #[must_use]
    pub fn to_words(&self) -> Vec<u64> {
        let words = |dot: Dot| {
            let Actor { node, incarnation } = dot.actor;
            [u64::from(node.0) << 32 | u64::from(incarnation), dot.counter]
        };
        let dots = self.vector.iter().chain(self.beyond.iter().copied());
        std::iter::once(self.vector.len() as u64).chain(dots.flat_map(words)).collect()
    }

    /// What [`Self::to_words`] made. Numbers that nobody made are some context, too.
    #[must_use]
    pub fn from_words(words: &[u64]) -> Self {
        let Some((&length, words)) = words.split_first() else { return Self::default() };
        let mut dots = words.chunks_exact(2).map(|pair| Dot {
            actor: Actor { node: NodeId((pair[0] >> 32) as u16), incarnation: pair[0] as u32 },
            counter: pair[1],
        });
        let vector = dots.by_ref().take(usize::try_from(length).unwrap_or(usize::MAX)).collect();
        Self { vector, beyond: dots.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(node: u16, counter: u64) -> Dot {
        Dot { actor: Actor { node: NodeId(node), incarnation: 9 }, counter }
    }

    #[test]
    fn a_single_dot_covers_no_earlier_one_until_the_vector_does() {
        let mut context = Context::default();
        context.add_alone(dot(0, 3));
        assert!(context.contains(dot(0, 3)) && !context.contains(dot(0, 2)));
        assert!(!context.is_within(&Vector::from_iter([dot(0, 2)])));
        let mut whole = Context::default();
        whole.add_own(dot(0, 3));
        assert!(context.join(&whole) && !context.join(&whole));
        assert_eq!(context, whole);
    }

    #[test]
    fn a_client_carries_a_context_unchanged() {
        let mut context = Context::default();
        context.add_own(dot(u16::MAX, u64::MAX));
        context.add_own(dot(0, 1));
        context.add_alone(dot(0, 5));
        assert_eq!(Context::from_words(&context.to_words()), context);
        for words in [&[][..], &[5], &[u64::MAX, 1, 2, 3]] {
            let _ = Context::from_words(words);
        }
    }
}
