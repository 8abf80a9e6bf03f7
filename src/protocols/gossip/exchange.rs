//! What nodes tell each other: a round of gossip, and what comes of it.

use netsplit_watched::watched;
use std::collections::BTreeSet;

use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::protocol::Context;
use netsplit_sim::time::Span;

use super::about::note;
use super::data::{Object, Slot};
use super::message::{Message, News};
use super::variant::Variant;
use super::{Gossip, Round, Settings, note_siblings};
use crate::parts::crdt::dots::{Dot, Vector};

#[watched]
impl<V: Variant> Gossip<V> {
    /// So many other nodes as are told at a time, at random.
    fn partners(&self, context: &mut Context<'_, Self>) -> Vec<NodeId> {
        let mut others: Vec<NodeId> = (0..self.nodes).map(NodeId).filter(|&node| node != self.me).collect();
        let count = self.settings.fan_out.min(others.len());
        for place in 0..count {
            let rest = (others.len() - place) as u64;
            others.swap(place, place + context.random().below(rest) as usize);
        }
        others.truncate(count);
        others
    }

    pub(super) fn set_round(&mut self, after: Span, context: &mut Context<'_, Self>) {
        if self.nodes > 1 {
            self.round = Some(context.set_timer(after, Round));
        }
    }

    pub(super) fn gossip(&mut self, context: &mut Context<'_, Self>) {
        let Settings { pushes, pulls, rumors, .. } = self.settings;
        let partners = self.partners(context);
        if rumors {
            let message = if pushes && !self.hot.is_empty() {
                self.rumors(pulls)
            } else if pulls {
                Message::AskRumors
            } else {
                return;
            };
            for node in partners {
                context.send(node, message.clone());
            }
            return;
        }
        let known = self.disk.known();
        let message = match (pushes, pulls) {
            (true, true) => Message::Compare(known),
            (true, false) => Message::Offer(known),
            _ => Message::Ask(known),
        };
        for node in partners {
            context.send(node, message.clone());
        }
    }

    /// Takes in states of another copy; tells whether anything of it was new.
    fn take_in(&mut self, objects: &[(Slot, Object)], context: &mut Context<'_, Self>) -> bool {
        let mut changed = false;
        for (slot, theirs) in objects {
            let shown =
                |object: Option<&Object>| -> Vec<OpId> { object.map_or(Vec::new(), Object::operations) };
            let before = shown(self.disk.get(*slot));
            let siblings = self.disk.get(*slot).map_or(0, |object| object.cells().len());
            if !self.disk.merge::<V>(*slot, theirs) {
                continue;
            }
            changed = true;
            let object = self.disk.get(*slot);
            for op in shown(object).into_iter().filter(|op| !before.contains(op)) {
                context.visible(slot.key, op);
            }
            if let Some(object) = object {
                note_siblings(siblings, object, context);
            }
        }
        changed
    }

    pub(super) fn tell_news(&self, to: NodeId, base: Vector, context: &mut Context<'_, Self>) {
        let known = self.disk.known();
        let ask = self.settings.pushes && self.settings.pulls && !known.includes(&base);
        let objects = self.disk.since(&base);
        context.send(to, Message::News(News { base, known, objects, ask }));
    }

    pub(super) fn hear_news(&mut self, from: NodeId, news: News, context: &mut Context<'_, Self>) {
        let mut changed = self.take_in(&news.objects, context);
        // Whoever has lost its disk since it asked has got only part of what it lacks, and may not think
        // that it has it all.
        if self.disk.known().includes(&news.base) {
            changed |= self.disk.learn_all(&news.known);
        }
        if changed {
            Self::sync(context);
            context.note(note::HEARD);
        }
        if news.ask {
            self.tell_news(from, news.known, context);
        }
    }

    /// All that this node finds worth telling.
    pub(super) fn rumors(&mut self, ask: bool) -> Message {
        if !self.settings.rules.feedback {
            self.hot.told_blindly();
        }
        let rumors: Vec<(Dot, Slot)> = self.hot.iter().collect();
        let slots: BTreeSet<Slot> = rumors.iter().map(|&(_, slot)| slot).collect();
        let object = |slot| Some((slot, self.disk.get(slot)?.clone()));
        Message::Rumors { rumors, objects: slots.into_iter().filter_map(object).collect(), ask }
    }

    pub(super) fn hear_rumors(
        &mut self,
        from: NodeId,
        rumors: &[(Dot, Slot)],
        objects: &[(Slot, Object)],
        context: &mut Context<'_, Self>,
    ) {
        self.take_in(objects, context);
        let knew: Vec<(Dot, bool)> = rumors.iter().map(|&(dot, _)| (dot, self.disk.knows(dot))).collect();
        for (&(dot, slot), _) in rumors.iter().zip(&knew).filter(|(_, (_, knew))| !knew) {
            self.disk.learn(dot);
            if self.settings.rumors {
                self.hot.heat(dot, slot);
            }
        }
        if knew.iter().all(|&(_, knew)| knew) {
            context.note(note::NOTHING_NEW);
        } else {
            Self::sync(context);
            context.note(note::HEARD);
        }
        if self.settings.rules.feedback {
            context.send(from, Message::Heard(knew));
        }
    }
}
