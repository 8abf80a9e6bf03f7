//! Hinted handoff: keeping writes for nodes that were silent, and handing them over.

use netsplit_watched::watched;
use std::collections::btree_map::Entry;

use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::Context;
use netsplit_sim::time::{Span, Time};

use super::about::{NOTE_HANDED_OVER, NOTE_HINT_STORED};
use super::content::Content;
use super::{Leaderless, Message, Timer, Variant};

/// How long a stand-in waits before it first offers a hint to its owner; doubled each time without an answer,
const WAIT_LEAST: Span = Span::from_ms(100);
/// up to this.
const WAIT_MOST: Span = Span::from_ms(1_600);
/// The most hints in one go.
const BATCH: usize = 64;

/// A write that a node keeps for another.
#[derive(Clone, Debug, Hash)]
pub(super) struct Hint {
    pub(super) content: Content,
    /// When the first write of it came, by the stand-in's clock.
    pub(super) since: Time,
}

#[watched]
impl<V: Variant> Leaderless<V> {
    /// Keeps a write for its owner, apart from this node's own copies.
    pub(super) fn keep_hint(
        &mut self,
        owner: NodeId,
        key: Key,
        content: &Content,
        context: &mut Context<'_, Self>,
    ) {
        let held = self.disk.hints.get(&(owner, key));
        let since = held.map_or(context.clock(), |hint| hint.since);
        let content = self.merge(held.map(|hint| &hint.content), content);
        self.disk.hints.insert((owner, key), Hint { content, since });
        Self::sync(context);
        context.note(NOTE_HINT_STORED);
        self.expect_handoff(owner, context);
    }

    /// Sets the timers for all hints on the disk.
    pub(super) fn expect_handoffs(&mut self, context: &mut Context<'_, Self>) {
        let mut owners: Vec<NodeId> = self.disk.hints.as_map().keys().map(|&(owner, _)| owner).collect();
        owners.dedup();
        for owner in owners {
            self.expect_handoff(owner, context);
        }
    }

    fn expect_handoff(&mut self, owner: NodeId, context: &mut Context<'_, Self>) {
        if let Entry::Vacant(vacant) = self.handoffs.entry(owner) {
            vacant.insert(WAIT_LEAST);
            context.set_timer(WAIT_LEAST, Timer::Handoff(owner));
        }
    }

    /// Offers the owner what is kept for it. Until it has said that it has it, nothing is forgotten.
    pub(super) fn hand_over(&mut self, owner: NodeId, context: &mut Context<'_, Self>) {
        let of_owner = self.disk.hints.as_map().range((owner, Key(0))..=(owner, Key(u32::MAX)));
        let batch: Vec<(Key, Content)> =
            of_owner.take(BATCH).map(|(&(_, key), hint)| (key, hint.content.clone())).collect();
        if batch.is_empty() {
            self.handoffs.remove(&owner);
            return;
        }
        for (key, content) in batch {
            context.send(owner, Message::Handoff(key, content));
            if !V::KEEPS_HINTS {
                self.disk.hints.remove(&(owner, key));
            }
        }
        let wait = self.handoffs.entry(owner).or_insert(WAIT_LEAST);
        *wait = (*wait * 2).min(WAIT_MOST);
        context.set_timer(*wait, Timer::Handoff(owner));
    }

    /// The owner has what was handed over. If more was written meanwhile, the hint stays.
    pub(super) fn taken(&mut self, owner: NodeId, key: Key, digest: u64, context: &mut Context<'_, Self>) {
        if let Some(wait) = self.handoffs.get_mut(&owner) {
            *wait = WAIT_LEAST;
        }
        if self.disk.hints.get(&(owner, key)).is_some_and(|hint| hint.content.digest(key) == digest) {
            // Needs no sync: a hint that comes back after a crash is handed over once more.
            self.disk.hints.remove(&(owner, key));
            context.note(NOTE_HANDED_OVER);
        }
    }
}
