//! Reads: asking the replicas, answering with the newest or with siblings, and repairing what was stale.

use netsplit_sim::ids::{Key, NodeId, OpId};
use netsplit_sim::protocol::{Answer, Context, Request, TimerId};
use netsplit_watched::watched;

use super::about::{NOTE_GAVE_UP, NOTE_REPAIRED};
use super::content::{Content, Versions};
use super::{Leaderless, Message, Timer, Variant, ring};
use crate::parts::nodes::Nodes;

/// A read that this node coordinates.
#[derive(Clone)]
pub(super) struct Read {
    request: Request,
    replies: Vec<(NodeId, Option<Content>)>,
    asked: Nodes,
    answered: bool,
    deadline: TimerId,
    silence: Option<TimerId>,
}

#[watched]
impl<V: Variant> Leaderless<V> {
    pub(super) fn read(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let (op, key) = (request.op, request.call.key());
        if self.reads.contains_key(&op) {
            return;
        }
        let mut asked = Nodes::default();
        let mut replies = Vec::new();
        if self.holds(self.me, key) {
            asked.insert(self.me);
            replies.push((self.me, self.local(key)));
        }
        let rest = self.rules.asks_minimum || self.rules.sloppy;
        let deadline = context.set_timer(self.rules.timeout, Timer::ReadDeadline(op));
        let silence = rest.then(|| context.set_timer(self.rules.silence, Timer::Silence(op)));
        self.reads.insert(op, Read { request, replies, asked, answered: false, deadline, silence });
        let most = if self.rules.asks_minimum { self.rules.r } else { self.rules.n };
        self.ask_to_tell(op, most, context);
        self.finish_read(op, context);
    }

    /// Asks nodes of the list that were not asked, until so many were. Tells whether it asked any.
    fn ask_to_tell(&mut self, op: OpId, most: u16, context: &mut Context<'_, Self>) -> bool {
        let Some(read) = self.reads.get(&op) else { return false };
        let (mut asked, before) = (read.asked, read.asked);
        let key = read.request.call.key();
        for node in self.list(key) {
            if asked.count() < u32::from(most) && asked.insert(node) {
                context.send(node, Message::Fetch(op, key));
            }
        }
        if let Some(read) = self.reads.get_mut(&op) {
            read.asked = asked;
        }
        asked != before
    }

    /// A node told what it holds.
    pub(super) fn fetched(
        &mut self,
        op: OpId,
        content: Option<Content>,
        from: NodeId,
        context: &mut Context<'_, Self>,
    ) {
        if let Some(read) = self.reads.get_mut(&op)
            && read.replies.iter().all(|(node, _)| *node != from)
        {
            read.replies.push((from, content));
            self.finish_read(op, context);
        }
    }

    pub(super) fn finish_read(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.get_mut(&op) else { return };
        let own = usize::from(!V::COUNTS_ONCE && read.replies.iter().any(|(node, _)| *node == self.me));
        if !read.answered && read.replies.len() + own >= usize::from(self.rules.r) {
            read.answered = true;
            self.answer_read(op, context);
        }
        let Some(read) = self.reads.get(&op) else { return };
        if read.answered && read.replies.len() >= read.asked.count() as usize {
            context.cancel_timer(read.deadline);
            self.close_read(op, context);
        }
    }

    /// Answers with what the replies say together.
    fn answer_read(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.get(&op) else { return };
        let found = self.together(&read.replies);
        let answer = Content::answer(found.as_ref());
        match self.rules.versions {
            Versions::Timestamps => context.reply(read.request, answer),
            Versions::Vectors => {
                let seen = found.map(|content| content.seen()).unwrap_or_default();
                context.reply_with(read.request, answer, seen.to_token());
            }
        }
    }

    fn together(&self, replies: &[(NodeId, Option<Content>)]) -> Option<Content> {
        let contents = replies.iter().filter_map(|(_, content)| content.as_ref());
        contents.fold(None, |sum: Option<Content>, content| Some(self.merge(sum.as_ref(), content)))
    }

    pub(super) fn read_deadline(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.get(&op) else { return };
        if !read.answered {
            context.note(NOTE_GAVE_UP);
            if self.rules.accepts {
                self.answer_read(op, context);
            } else {
                context.reply(read.request, Answer::Refused("fewer than R replicas answered in time"));
            }
        }
        self.close_read(op, context);
    }

    /// Some that were asked have been silent for a while: the rest of the list is asked, and after that those that may
    /// have stood in for them.
    pub(super) fn read_silence(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.get_mut(&op) else { return };
        read.silence = None;
        if read.answered {
            return;
        }
        let more = self.ask_to_tell(op, self.rules.n, context)
            || (self.rules.sloppy && self.ask_stand_ins(op, context));
        if let Some(read) = self.reads.get_mut(&op).filter(|_| more) {
            read.silence = Some(context.set_timer(self.rules.silence, Timer::Silence(op)));
        }
        self.finish_read(op, context);
    }

    /// Asks one more node, clockwise, for each that is silent. Tells whether there was one.
    fn ask_stand_ins(&mut self, op: OpId, context: &mut Context<'_, Self>) -> bool {
        let Some(read) = self.reads.get(&op) else { return false };
        let key = read.request.call.key();
        let silent = (read.asked.count() as usize).saturating_sub(read.replies.len());
        let outside = ring::clockwise(key, self.nodes).skip(usize::from(self.rules.n));
        let next: Vec<NodeId> = outside.filter(|&node| !read.asked.contains(node)).take(silent).collect();
        let own = next.contains(&self.me).then(|| self.local(key));
        let Some(read) = self.reads.get_mut(&op) else { return false };
        for &node in &next {
            read.asked.insert(node);
            if node != self.me {
                context.send(node, Message::Fetch(op, key));
            }
        }
        if let Some(content) = own {
            read.replies.push((self.me, content));
        }
        !next.is_empty()
    }

    /// All replies are in, or time is up: repairs the replicas that showed something older.
    fn close_read(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.remove(&op) else { return };
        if let Some(silence) = read.silence {
            context.cancel_timer(silence);
        }
        let key = read.request.call.key();
        let Some(best) = self.together(&read.replies).filter(|_| self.rules.repairs) else { return };
        let mut repaired = false;
        for (node, content) in read.replies {
            if content.as_ref() == Some(&best) || !self.holds(node, key) {
                continue;
            }
            repaired = true;
            if node == self.me {
                self.keep(key, &best, context);
            } else {
                context.send(node, Message::Repair(key, best.clone()));
            }
        }
        if repaired {
            context.note(NOTE_REPAIRED);
        }
    }

    /// What this node can tell of a key: its own copy, and what it keeps for others.
    pub(super) fn local(&self, key: Key) -> Option<Content> {
        let own = self.disk.copies.get(&key).cloned();
        if self.disk.hints.as_map().is_empty() {
            return own;
        }
        let hints = self.disk.hints.as_map().iter().filter(|((_, of), _)| *of == key);
        hints.fold(own, |sum, (_, hint)| Some(self.merge(sum.as_ref(), &hint.content)))
    }
}
