//! Anti-entropy: finding the keys that two nodes hold differently by their Merkle trees, and exchanging them.
//!
//! A node that is due sends the roots of the trees for all ranges of keys that both hold. Whoever gets digests compares
//! them with its own and answers, where they differ, with those of the places below; at the leaves, with the keys and
//! their fingerprints. Who gets those gives what it holds of the keys that differ and asks for the other's. No step
//! waits for another: one that is lost is made up for by the next comparison.

use netsplit_watched::watched;
use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::Context;
use netsplit_sim::time::Span;

use super::about::NOTE_TREES_DIFFER;
use super::content::Content;
use super::{Leaderless, Message, Timer, Variant, ring};
use crate::parts::merkle::{LEAVES, Merkle, Place};

/// The last comparison that a node took part in.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) with: NodeId,
    /// How many places this node compared.
    pub(super) places: usize,
    /// The keys that differed.
    pub(super) keys: BTreeSet<Key>,
}

#[watched]
impl<V: Variant> Leaderless<V> {
    /// Builds the trees from the copies, if they are to be compared.
    pub(super) fn grow_trees(&mut self) {
        self.trees = self.rules.compares.map(|_| {
            let mut trees = Merkle::default();
            for (&key, content) in self.disk.copies.as_map() {
                trees.change(ring::start(key, self.nodes), key, 0, content.digest(key));
            }
            trees
        });
    }

    /// Sets the timer for the next comparison: the first time at a random moment of the interval, so that the nodes
    /// do not all do it at once.
    pub(super) fn expect_comparison(&mut self, context: &mut Context<'_, Self>) {
        if let Some(timer) = self.compare_timer.take() {
            context.cancel_timer(timer);
        }
        if let Some(interval) = self.rules.compares.filter(|_| self.nodes > 1) {
            let first = context.random().span_between(Span(1), interval);
            self.compare_timer = Some(context.set_timer(first, Timer::Compare));
        }
    }

    /// Begins a comparison with the next node.
    pub(super) fn compare(&mut self, context: &mut Context<'_, Self>) {
        let Some(interval) = self.rules.compares else { return };
        self.compare_timer = Some(context.set_timer(interval, Timer::Compare));
        let Some(trees) = &self.trees else { return };
        if self.peers.is_empty() {
            self.peers = (0..self.nodes).map(NodeId).filter(|&node| node != self.me).collect();
            for i in (1..self.peers.len()).rev() {
                self.peers.swap(i, context.random().below(i as u64 + 1) as usize);
            }
        }
        let Some(peer) = self.peers.pop() else { return };
        let roots: Vec<(Place, u64)> = (0..self.nodes)
            .filter(|&range| self.covers(range, self.me) && self.covers(range, peer))
            .map(|range| (Place::root(range), trees.digest(Place::root(range))))
            .collect();
        if !roots.is_empty() {
            self.last_comparison = Some(Comparison { with: peer, places: 0, keys: BTreeSet::new() });
            context.send(peer, Message::Trees(roots));
        }
    }

    fn covers(&self, range: u16, node: NodeId) -> bool {
        ring::covers(range, node, self.rules.n, self.nodes)
    }

    /// The last comparison, if it was with this node; else a new one.
    fn comparison(&mut self, with: NodeId) -> &mut Comparison {
        if self.last_comparison.as_ref().is_none_or(|last| last.with != with) {
            self.last_comparison = None;
        }
        self.last_comparison.get_or_insert(Comparison { with, places: 0, keys: BTreeSet::new() })
    }

    /// Compares another node's digests with this one's, and goes down where they differ.
    pub(super) fn compare_trees(
        &mut self,
        from: NodeId,
        places: &[(Place, u64)],
        context: &mut Context<'_, Self>,
    ) {
        let Some(trees) = &self.trees else { return };
        let differ = places.iter().filter(|(place, digest)| trees.digest(*place) != *digest);
        let (at_leaves, inner): (Vec<Place>, Vec<Place>) =
            differ.map(|(place, _)| *place).partition(|place| place.level >= LEAVES);
        let below: Vec<(Place, u64)> =
            inner.into_iter().flat_map(Place::children).map(|place| (place, trees.digest(place))).collect();
        let leaves = self.leaves(&at_leaves);
        if places.first().is_some_and(|(place, _)| place.level == 0) {
            self.last_comparison = None;
        }
        self.comparison(from).places += places.len();
        if !below.is_empty() {
            context.send(from, Message::Trees(below));
        }
        if !leaves.is_empty() {
            context.send(from, Message::Leaves(leaves));
        }
    }

    /// The keys at some leaves, with fingerprints.
    fn leaves(&self, places: &[Place]) -> Vec<(Place, Vec<(Key, u64)>)> {
        if places.is_empty() {
            return Vec::new();
        }
        let mut leaves: BTreeMap<Place, Vec<(Key, u64)>> =
            places.iter().map(|&place| (place, Vec::new())).collect();
        for (&key, content) in self.disk.copies.as_map() {
            let place = Place::leaf(ring::start(key, self.nodes), key);
            if let Some(keys) = leaves.get_mut(&place) {
                keys.push((key, content.digest(key)));
            }
        }
        leaves.into_iter().collect()
    }

    /// Compares the keys of another node's leaves with this one's: gives what differs, and asks for the other's.
    pub(super) fn compare_leaves(
        &mut self,
        from: NodeId,
        theirs: &[(Place, Vec<(Key, u64)>)],
        context: &mut Context<'_, Self>,
    ) {
        let places: Vec<Place> = theirs.iter().map(|(place, _)| *place).collect();
        let mine: BTreeMap<Key, u64> = self.leaves(&places).into_iter().flat_map(|(_, keys)| keys).collect();
        let theirs: BTreeMap<Key, u64> = theirs.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
        let keys = mine.keys().chain(theirs.keys());
        let differ: BTreeSet<Key> = keys.copied().filter(|key| mine.get(key) != theirs.get(key)).collect();
        if differ.is_empty() {
            return;
        }
        let gives = self.held(&differ);
        let wants: Vec<Key> = differ.iter().copied().filter(|key| theirs.contains_key(key)).collect();
        context.note(NOTE_TREES_DIFFER);
        self.comparison(from).keys.extend(differ);
        context.send(from, Message::Exchange(gives, wants));
    }

    fn held<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) -> Vec<(Key, Content)> {
        let held = |key: &Key| Some((*key, self.disk.copies.get(key)?.clone()));
        keys.into_iter().filter_map(held).collect()
    }

    /// Takes what another node gives, and gives what it wants: then both hold the same of these keys.
    pub(super) fn exchange(
        &mut self,
        from: NodeId,
        gives: Vec<(Key, Content)>,
        wants: &[Key],
        context: &mut Context<'_, Self>,
    ) {
        self.comparison(from).keys.extend(gives.iter().map(|(key, _)| *key).chain(wants.iter().copied()));
        for (key, content) in gives {
            self.keep(key, &content, context);
        }
        let back = self.held(wants);
        if !back.is_empty() {
            context.send(from, Message::Exchange(back, Vec::new()));
        }
    }
}
