//! Version vectors with dots: what of a key's history somebody has seen (Parker et al., *Detection of Mutual
//! Inconsistency in Distributed Systems*, 1983; the dots are from Preguiça, Baquero, Almeida, Fonte and Gonçalves,
//! *Brief Announcement: Efficient Causality Tracking in Distributed Storage Systems with Dotted Version
//! Vectors*, PODC 2012).
//!
//! Every write of a key is one **dot**: the actor that made it and how many it had made of that key. A **version vector**
//! says for each actor up to which dot everything was seen. What a client has seen may have gaps: it wrote the
//! fifth dot of an actor and never saw the fourth. So a [`Seen`] is a vector and single dots beside it.
//! Without the dots, the client's next write would claim to have seen the fourth, and overwrite it unseen.

use netsplit_watched::watched;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;

/// Who makes dots: a node with one life of its disk. A node that lost its disk has forgotten how far it had
/// counted, and so becomes another actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(u64);

/// One write of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    /// Who made it.
    pub actor: Actor,
    /// Its number among the actor's writes of the key, from 1 on.
    pub counter: u64,
}

/// A set of dots: all up to a counter for each actor, and some more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seen {
    vector: BTreeMap<Actor, u64>,
    /// Dots beyond the vector, with a gap before them.
    beyond: BTreeSet<Dot>,
}

/// How many low bits of an actor tell the lives of one node's disk apart.
const LIFE_BITS: u32 = 48;

impl Actor {
    /// A node with one life of its disk.
    #[must_use]
    pub fn new(node: NodeId, life: u64) -> Self {
        Self(u64::from(node.0) << LIFE_BITS | life & ((1 << LIFE_BITS) - 1))
    }

    /// A life of a disk that begins now. Members of different groups may share a number, so where groups take each
    /// other's place the generation is part of it, with the time in microseconds; in the first it is the
    /// time in nanoseconds, which does not reach the highest bit.
    #[must_use]
    pub fn life(generation: u32, now: Time) -> u64 {
        const TIME_BITS: u32 = 36;
        const LATER: u64 = 1 << (LIFE_BITS - 1);
        if generation == 0 {
            return now.0.clamp(1, LATER - 1);
        }
        let generation = u64::from(generation) << TIME_BITS & (LATER - 1);
        LATER | generation | (now.0 / 1_000) & ((1 << TIME_BITS) - 1)
    }

    /// The node.
    #[must_use]
    pub fn node(self) -> NodeId {
        NodeId((self.0 >> LIFE_BITS) as u16)
    }
}

#[watched]
impl Seen {
    /// Whether a dot was seen.
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        dot.counter <= self.up_to(dot.actor) || self.beyond.contains(&dot)
    }

    /// The counter up to which every dot of an actor was seen.
    #[must_use]
    pub fn up_to(&self, actor: Actor) -> u64 {
        self.vector.get(&actor).copied().unwrap_or(0)
    }

    /// The highest dot of an actor that was seen.
    #[must_use]
    pub fn highest(&self, actor: Actor) -> u64 {
        let beyond = self.beyond.iter().filter(|dot| dot.actor == actor).map(|dot| dot.counter).max();
        self.up_to(actor).max(beyond.unwrap_or(0))
    }

    /// Sees one more dot.
    pub fn insert(&mut self, dot: Dot) {
        if !self.contains(dot) {
            self.beyond.insert(dot);
            self.compact();
        }
    }

    /// Sees all that another has seen.
    pub fn join(&mut self, other: &Self) {
        for (&actor, &counter) in &other.vector {
            let mine = self.vector.entry(actor).or_default();
            *mine = counter.max(*mine);
        }
        self.beyond.extend(&other.beyond);
        self.compact();
    }

    /// Whether everything that another has seen was seen.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let gapless = other.vector.iter().all(|(&actor, &counter)| {
            // What lies above the vector has to be there dot by dot.
            let above = counter.saturating_sub(self.up_to(actor));
            let dots = self.beyond.iter().filter(|dot| dot.actor == actor && dot.counter <= counter);
            above == dots.count() as u64
        });
        gapless && other.beyond.iter().all(|&dot| self.contains(dot))
    }

    /// Moves dots whose gap is filled into the vector, and drops those that it covers.
    fn compact(&mut self) {
        let vector = &mut self.vector;
        // In order, so that each dot finds the ones before it taken up already.
        self.beyond.retain(|dot| {
            let seen = vector.get(&dot.actor).copied().unwrap_or(0);
            if dot.counter == seen + 1 {
                vector.insert(dot.actor, dot.counter);
            }
            dot.counter > seen + 1
        });
    }

    /// How many words it takes on the wire.
    #[must_use]
    pub fn words(&self) -> usize {
        2 * (self.vector.len() + self.beyond.len())
    }

    /// It as a token for a client: first how many pairs are of the vector.
    #[must_use]
    pub fn to_token(&self) -> Rc<[u64]> {
        let vector = self.vector.iter().flat_map(|(actor, &counter)| [actor.0, counter]);
        let beyond = self.beyond.iter().flat_map(|dot| [dot.actor.0, dot.counter]);
        [self.vector.len() as u64].into_iter().chain(vector).chain(beyond).collect()
    }

    /// What a client's token says; nothing seen if it is not one of ours.
    #[must_use]
    pub fn from_token(token: &[u64]) -> Self {
        let Some((&in_vector, pairs)) = token.split_first() else { return Self::default() };
        let mut seen = Self::default();
        for (index, pair) in pairs.chunks_exact(2).enumerate() {
            let dot = Dot { actor: Actor(pair[0]), counter: pair[1] };
            if dot.counter == 0 {
                continue;
            }
            if (index as u64) < in_vector {
                seen.vector.insert(dot.actor, dot.counter);
            } else {
                seen.beyond.insert(dot);
            }
        }
        seen.compact();
        seen
    }

    /// It in words, such as `n1:4 n2:1 and n3:7`: the vector, and the dots beyond it.
    #[must_use]
    pub fn describe(&self) -> String {
        let vector: Vec<String> =
            self.vector.iter().map(|(&actor, &counter)| Dot { actor, counter }.describe()).collect();
        let beyond: Vec<String> = self.beyond.iter().map(|dot| dot.describe()).collect();
        match (vector.is_empty(), beyond.is_empty()) {
            (true, true) => "nothing".to_owned(),
            (false, true) => vector.join(" "),
            (true, false) => beyond.join(" "),
            (false, false) => format!("{} and {}", vector.join(" "), beyond.join(" ")),
        }
    }
}

impl Dot {
    /// It in words, such as `n1:4`.
    #[must_use]
    pub fn describe(self) -> String {
        format!("n{}:{}", u32::from(self.actor.node().0) + 1, self.counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::random::{Purpose, Random, stream};

    fn dot(node: u16, counter: u64) -> Dot {
        Dot { actor: Actor::new(NodeId(node), 0), counter }
    }

    fn seen(dots: &[Dot]) -> Seen {
        let mut seen = Seen::default();
        dots.iter().for_each(|&dot| seen.insert(dot));
        seen
    }

    /// Some dots of three actors, each of which counts to 5.
    fn some(random: &mut Random) -> Vec<Dot> {
        let all = (0..3).flat_map(|node| (1..=5).map(move |counter| dot(node, counter)));
        all.filter(|_| random.below(2) == 1).collect()
    }

    fn joined(a: &Seen, b: &Seen) -> Seen {
        let mut joined = a.clone();
        joined.join(b);
        joined
    }

    #[test]
    fn a_gap_stays_a_gap_until_it_is_filled() {
        let mut gap = seen(&[dot(0, 1), dot(0, 3)]);
        assert!(gap.contains(dot(0, 3)) && !gap.contains(dot(0, 2)));
        assert_eq!((gap.up_to(dot(0, 1).actor), gap.highest(dot(0, 1).actor)), (1, 3));
        assert_eq!(gap.describe(), "n1:1 and n1:3");
        gap.insert(dot(0, 2));
        assert_eq!(gap.describe(), "n1:3");
    }

    #[test]
    fn it_is_exactly_the_set_of_its_dots() {
        let mut random = stream(1, Purpose::Faults, 0, 0);
        for _ in 0..2_000 {
            let (a, b) = (some(&mut random), some(&mut random));
            let mut backwards = a.clone();
            backwards.reverse();
            assert_eq!(seen(&a), seen(&backwards), "the order of seeing does not matter");
            let both = joined(&seen(&a), &seen(&b));
            for node in 0..3 {
                for counter in 1..=6 {
                    let dot = dot(node, counter);
                    assert_eq!(seen(&a).contains(dot), a.contains(&dot));
                    assert_eq!(both.contains(dot), a.contains(&dot) || b.contains(&dot));
                }
            }
            assert_eq!(seen(&a).covers(&seen(&b)), b.iter().all(|dot| a.contains(dot)));
            assert_eq!(Seen::from_token(&seen(&a).to_token()), seen(&a));
        }
    }

    #[test]
    fn joining_is_a_least_upper_bound() {
        let mut random = stream(2, Purpose::Faults, 0, 0);
        for _ in 0..2_000 {
            let [a, b, c] = [0; 3].map(|_| seen(&some(&mut random)));
            assert_eq!(joined(&a, &b), joined(&b, &a));
            assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
            assert_eq!(joined(&a, &a), a);
            assert!(joined(&a, &b).covers(&a) && joined(&a, &b).covers(&b));
            // Least: whoever covers both covers their join.
            let above = joined(&joined(&a, &b), &c);
            assert!(above.covers(&joined(&a, &b)));
            if a.covers(&b) && b.covers(&a) {
                assert_eq!(a, b);
            }
        }
    }

    #[test]
    fn a_token_that_is_not_ours_is_taken_without_complaint() {
        for token in [&[][..], &[7], &[u64::MAX, 1, 2, 3], &[0, 5, 5, 5, 6]] {
            let seen = Seen::from_token(token);
            assert_eq!(Seen::from_token(&seen.to_token()), seen);
        }
    }

    #[test]
    fn lives_of_different_generations_differ() {
        let times = [0, 1, 999, 1_000, 5_000_000, 68_719_476_736, u64::MAX].map(Time);
        let lives = |generation| times.map(|now| Actor::life(generation, now));
        for (one, other) in [(0, 1), (1, 2), (7, 2_000), (0, 2_048)] {
            assert!(lives(one).iter().all(|life| !lives(other).contains(life)), "{one} and {other}");
        }
        assert!(lives(0).iter().chain(&lives(3)).all(|&life| life > 0 && life >> LIFE_BITS == 0));
        assert_eq!(Actor::life(0, Time(5)), 5);
        assert_ne!(Actor::life(4, Time(5_000)), Actor::life(4, Time(6_000)), "a disk was lost in between");
    }

    #[test]
    fn another_life_of_a_disk_is_another_actor() {
        let (before, after) = (Actor::new(NodeId(2), 1), Actor::new(NodeId(2), 2));
        assert_ne!(before, after);
        assert_eq!((before.node(), after.node()), (NodeId(2), NodeId(2)));
        let seen = seen(&[Dot { actor: before, counter: 1 }]);
        assert!(!seen.contains(Dot { actor: after, counter: 1 }));
    }
}
