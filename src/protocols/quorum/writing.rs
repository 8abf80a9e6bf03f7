//! Writes: making a version, bringing it to W replicas, and finding stand-ins for those that are silent.

use netsplit_watched::watched;
use std::rc::Rc;

use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::protocol::{Answer, Context, Request, TimerId, Token};

use super::about::{NOTE_GAVE_UP, NOTE_SLOPPY_WRITE};
use super::content::{Content, SIBLINGS, Sibling, Siblings, Versions};
use super::{Leaderless, Message, Timer, Variant, ring};
use crate::parts::nodes::Nodes;
use crate::parts::request_memory::Remembered;
use crate::parts::store::Cell;
use crate::parts::version_vector::{Actor, Dot, Seen};

const TOO_OLD: Answer = Answer::Unknown("the request is too old to tell whether it was carried out before");
const TOO_MANY: Answer = Answer::Refused("the key has 16 siblings; read it and write with what was read");

/// Who waits for the answer to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Client,
    /// A node that passed it on.
    Node(NodeId),
}

/// A write that this node coordinates.
#[derive(Clone)]
pub(super) struct Write {
    asker: Asker,
    request: Request,
    version: Version,
    content: Content,
    token: Option<Token>,
    /// The nodes of the list that were asked, this one included if it is of the list.
    asked: Nodes,
    /// The nodes that have it on disk, stand-ins included.
    pub(super) confirmed: Nodes,
    /// Who stands in for whom, the latest last.
    stand_ins: Vec<(NodeId, NodeId)>,
    answered: bool,
    deadline: TimerId,
    silence: Option<TimerId>,
}

/// A write that this node passed on.
#[derive(Clone)]
pub(super) struct Relay {
    request: Request,
    token: Option<Token>,
    /// How many nodes of the list were tried.
    tried: usize,
    deadline: TimerId,
    silence: TimerId,
}

#[watched]
impl<V: Variant> Leaderless<V> {
    /// A request to write, of a client or passed on.
    pub(super) fn write(
        &mut self,
        asker: Asker,
        request: Request,
        value: Value,
        token: Option<Token>,
        context: &mut Context<'_, Self>,
    ) {
        let op = request.op;
        if self.writes.contains_key(&op) || self.relays.contains_key(&op) {
            // The request came twice; the first will be answered.
            return;
        }
        let key = request.call.key();
        match self.disk.memory.of(op) {
            Remembered::Refused => Self::respond(asker, request, TOO_MANY, None, context),
            Remembered::Forgotten => Self::respond(asker, request, TOO_OLD, None, context),
            Remembered::Begun(version) => match self.rules.versions {
                Versions::Timestamps => {
                    let content = Content::Stamped(Cell { value, version, op });
                    self.spread(asker, request, version, content, token, context);
                }
                // It was begun in a group that this one took the place of, by a node that held the key.
                Versions::Vectors if asker == Asker::Client && !self.holds(self.me, key) => {
                    self.relay(request, token, context);
                }
                Versions::Vectors => match self.disk.copies.get(&key).cloned() {
                    Some(content) => self.spread(asker, request, version, content, token, context),
                    None => Self::respond(asker, request, TOO_OLD, None, context),
                },
            },
            Remembered::New if self.rules.versions == Versions::Timestamps => {
                let version = self.next_version(context);
                self.disk.memory.begin(op, version);
                let content = Content::Stamped(Cell { value, version, op });
                Self::sync(context);
                self.spread(asker, request, version, content, None, context);
            }
            Remembered::New if self.holds(self.me, key) => {
                self.write_sibling(asker, request, value, token, context);
            }
            Remembered::New if asker == Asker::Client => self.relay(request, token, context),
            Remembered::New => {
                let answer =
                    Answer::Unknown("the node that the write was passed on to does not hold the key");
                Self::respond(asker, request, answer, None, context);
            }
        }
    }

    /// A timestamp that this node gives out only once.
    fn next_version(&mut self, context: &mut Context<'_, Self>) -> Version {
        let counter = context.clock().0.max(self.disk.last_timestamp.get() + 1);
        self.disk.last_timestamp.set(counter);
        Version { counter, node: self.me }
    }

    /// A write with a version vector: it supersedes what its client has seen, and nothing else.
    fn write_sibling(
        &mut self,
        asker: Asker,
        request: Request,
        value: Value,
        token: Option<Token>,
        context: &mut Context<'_, Self>,
    ) {
        let (op, key) = (request.op, request.call.key());
        let mut seen = token.map_or_else(Seen::default, |token| Seen::from_token(&token));
        let held = match self.disk.copies.get(&key) {
            Some(Content::Siblings(siblings)) => Rc::clone(siblings),
            Some(Content::Stamped(_)) | None => Rc::default(),
        };
        Self::sync(context);
        if held.left_by(&seen) >= SIBLINGS {
            // A second copy of the request may still arrive; it must not write what was refused.
            self.disk.memory.refuse(op);
            Self::respond(asker, request, TOO_MANY, None, context);
            return;
        }
        if self.disk.life.get() == 0 {
            self.disk.life.set(Actor::life(self.disk.generation.get(), context.clock()));
        }
        let version = self.next_version(context);
        self.disk.memory.begin(op, version);
        let actor = Actor::new(self.me, self.disk.life.get());
        // The client may know of a dot that this disk no longer does, if it was written elsewhere meanwhile.
        let counter = held.seen.highest(actor).max(seen.highest(actor)) + 1;
        let dot = Dot { actor, counter };
        let content = Siblings::written(&held, Sibling { dot, cell: Cell { value, version, op } }, &seen);
        seen.insert(dot);
        let token = Some(seen.to_token());
        self.spread(asker, request, version, Content::Siblings(Rc::new(content)), token, context);
    }

    /// Brings a version to the nodes of the key's list.
    fn spread(
        &mut self,
        asker: Asker,
        request: Request,
        version: Version,
        content: Content,
        token: Option<Token>,
        context: &mut Context<'_, Self>,
    ) {
        let (op, key) = (request.op, request.call.key());
        let mut confirmed = Nodes::default();
        if self.holds(self.me, key) {
            self.keep(key, &content, context);
            confirmed.insert(self.me);
        }
        let rest = self.rules.asks_minimum || self.rules.sloppy;
        let write = Write {
            asker,
            request,
            version,
            content,
            token,
            asked: confirmed,
            confirmed,
            stand_ins: Vec::new(),
            answered: false,
            deadline: context.set_timer(self.rules.timeout, Timer::WriteDeadline(op)),
            silence: rest.then(|| context.set_timer(self.rules.silence, Timer::Silence(op))),
        };
        self.writes.insert(op, write);
        let most = if self.rules.asks_minimum { self.rules.w } else { self.rules.n };
        self.ask_to_store(op, most, context);
        self.finish_write(op, context);
    }

    /// Sends a write to nodes of the list that were not asked, until so many were. Tells whether it asked any.
    fn ask_to_store(&mut self, op: OpId, most: u16, context: &mut Context<'_, Self>) -> bool {
        let Some(write) = self.writes.get(&op) else { return false };
        let (mut asked, before) = (write.asked, write.asked);
        let key = write.request.call.key();
        for node in self.list(key) {
            if asked.count() < u32::from(most) && asked.insert(node) {
                context.send(node, write.store(None));
            }
        }
        if let Some(write) = self.writes.get_mut(&op) {
            write.asked = asked;
        }
        asked != before
    }

    /// A node has the version on its disk.
    pub(super) fn stored(
        &mut self,
        op: OpId,
        version: Version,
        from: NodeId,
        context: &mut Context<'_, Self>,
    ) {
        if let Some(write) = self.writes.get_mut(&op).filter(|write| write.version == version) {
            write.confirmed.insert(from);
            self.finish_write(op, context);
        }
    }

    /// Answers when W nodes have it, and ends when nobody is left to wait for.
    pub(super) fn finish_write(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(write) = self.writes.get_mut(&op) else { return };
        let key = write.request.call.key();
        let own = u32::from(!V::COUNTS_ONCE && write.confirmed.contains(self.me));
        if !write.answered && write.confirmed.count() + own >= u32::from(self.rules.w) {
            write.answered = true;
            let (asker, request) = (write.asker, write.request);
            Self::respond(asker, request, Answer::Written(write.version), write.token.clone(), context);
        }
        let write = &self.writes[&op];
        // With stand-ins it goes on after the answer, until everyone who was asked has it, or another for them.
        let waits = |node: &NodeId| write.asked.contains(*node) && !write.is_covered(*node);
        let open = self.rules.sloppy && self.list(key).any(|node| waits(&node));
        if write.answered && !open {
            self.close_write(op, context);
        }
    }

    fn close_write(&mut self, op: OpId, context: &mut Context<'_, Self>) -> Option<Write> {
        let write = self.writes.remove(&op)?;
        context.cancel_timer(write.deadline);
        if let Some(silence) = write.silence {
            context.cancel_timer(silence);
        }
        Some(write)
    }

    /// Some that were asked have been silent for a while: the rest of the list is asked, and after that others
    /// stand in.
    pub(super) fn write_silence(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(write) = self.writes.get_mut(&op) else { return };
        write.silence = None;
        let answered = write.answered;
        let asked_more = !answered && self.ask_to_store(op, self.rules.n, context);
        let more = asked_more || (self.rules.sloppy && self.find_stand_ins(op, context));
        if let Some(write) = self.writes.get_mut(&op).filter(|_| more) {
            write.silence = Some(context.set_timer(self.rules.silence, Timer::Silence(op)));
        }
        self.finish_write(op, context);
    }

    /// For each silent node of the list, the next node on the ring that does not stand in yet keeps the write with a
    /// hint. Tells whether there was one.
    fn find_stand_ins(&mut self, op: OpId, context: &mut Context<'_, Self>) -> bool {
        let Some(write) = self.writes.get(&op) else { return false };
        let key = write.request.call.key();
        let silent: Vec<NodeId> =
            self.list(key).filter(|&node| write.asked.contains(node) && !write.is_covered(node)).collect();
        let outside = ring::clockwise(key, self.nodes).skip(usize::from(self.rules.n));
        let free = outside.filter(|&node| write.stand_ins.iter().all(|&(_, other)| other != node));
        let pairs: Vec<(NodeId, NodeId)> = silent.into_iter().zip(free).collect();
        for &(owner, stand_in) in &pairs {
            let Some(write) = self.writes.get_mut(&op) else { break };
            write.stand_ins.push((owner, stand_in));
            let store = write.store(Some(owner));
            if stand_in == self.me {
                write.confirmed.insert(stand_in);
                let content = write.content.clone();
                self.keep_hint(owner, key, &content, context);
            } else {
                context.send(stand_in, store);
            }
        }
        if !pairs.is_empty() {
            context.note(NOTE_SLOPPY_WRITE);
        }
        !pairs.is_empty()
    }

    pub(super) fn write_deadline(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        if let Some(relay) = self.relays.remove(&op) {
            context.cancel_timer(relay.silence);
            context.note(NOTE_GAVE_UP);
            let answer = Answer::Unknown("no node that holds the key answered in time");
            context.reply(relay.request, answer);
        }
        let Some(write) = self.close_write(op, context) else { return };
        if write.answered {
            return;
        }
        context.note(NOTE_GAVE_UP);
        let answer = if self.rules.accepts {
            Answer::Written(write.version)
        } else {
            Answer::Unknown("fewer than W replicas confirmed the write in time")
        };
        Self::respond(write.asker, write.request, answer, write.token, context);
    }

    /// Passes a write on: a dot can only be made by a node that knows which ones it made before.
    fn relay(&mut self, request: Request, token: Option<Token>, context: &mut Context<'_, Self>) {
        let op = request.op;
        // A node that it goes to may take all of its own time before it decides, and may not be the first.
        let deadline = context.set_timer(self.rules.timeout * 2, Timer::WriteDeadline(op));
        let silence = context.set_timer(self.rules.silence, Timer::Silence(op));
        self.relays.insert(op, Relay { request, token, tried: 0, deadline, silence });
        self.pass_on(op, context);
    }

    fn pass_on(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(relay) = self.relays.get(&op) else { return };
        let (request, token) = (relay.request, relay.token.clone());
        let next = self.list(request.call.key()).nth(relay.tried);
        if let Some(node) = next {
            context.send(node, Message::Forward(request, token));
        }
        if let Some(relay) = self.relays.get_mut(&op) {
            relay.tried += 1;
        }
    }

    pub(super) fn relay_silence(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        if let Some(relay) = self.relays.get_mut(&op) {
            relay.silence = context.set_timer(self.rules.silence, Timer::Silence(op));
            self.pass_on(op, context);
        }
    }

    pub(super) fn forwarded(
        &mut self,
        op: OpId,
        answer: Answer,
        token: Option<Token>,
        context: &mut Context<'_, Self>,
    ) {
        let Some(relay) = self.relays.remove(&op) else { return };
        context.cancel_timer(relay.deadline);
        context.cancel_timer(relay.silence);
        Self::respond(Asker::Client, relay.request, answer, token, context);
    }

    fn respond(
        asker: Asker,
        request: Request,
        answer: Answer,
        token: Option<Token>,
        context: &mut Context<'_, Self>,
    ) {
        match (asker, token) {
            (Asker::Node(node), token) => {
                context.send(node, Message::Forwarded(request.op, answer, token));
            }
            (Asker::Client, Some(token)) => context.reply_with(request, answer, token),
            (Asker::Client, None) => context.reply(request, answer),
        }
    }
}

#[watched]
impl Write {
    /// Whether a node of the list has the version, or another keeps it for that node.
    fn is_covered(&self, node: NodeId) -> bool {
        let stands_in = |&(owner, other): &(NodeId, NodeId)| owner == node && self.confirmed.contains(other);
        self.confirmed.contains(node) || self.stand_ins.iter().any(stands_in)
    }

    fn store(&self, owner: Option<NodeId>) -> Message {
        let Self { request, version, .. } = *self;
        let (op, key) = (request.op, request.call.key());
        Message::Store { op, key, version, content: self.content.clone(), owner }
    }

    /// The key that it writes.
    pub(super) fn key(&self) -> Key {
        self.request.call.key()
    }
}
