//! A cluster that runs one protocol: it takes the next event, lets one replica or client handle it,
//! drains what the handler asked for, and records everything with its cause.
//!
//! The state is separate from the record. A checkpoint is a clone of the state and the lengths of the
//! record; to go back is to put the state back and cut the record to those lengths.

mod acting;
mod clients;

use std::hash::{Hash, Hasher};

use crate::action::Lie;
use crate::activity::{Activity, Step, What};
use crate::client::Client;
use crate::digest::Digest;
use crate::durable::Durable;
use crate::history::History;
use crate::ids::{ClientId, EventId, Key, MessageId, NodeId, OpId, Site, SiteKind, Value};
use crate::machine::Totals;
use crate::network::{Network, Passage};
use crate::node::{Held, Node, Work};
use crate::protocol::{
    About, Answer, Ask, Context, Effects, Label, Protocol, Request, TimerId, TimerSlots, Token, Told,
};
use crate::queue::{Due, Queue};
use crate::setup::Setup;
use crate::time::{Span, Time};
use crate::trace::{DropCause, Event, EventKind, RESPONSE, Trace};
use crate::watch;

/// Bytes of a client's request or an answer on the wire.
const CLIENT_MESSAGE_BYTES: u32 = 64;
/// Bytes of every further request in the same message.
const FURTHER_REQUEST_BYTES: u32 = 32;

/// A running cluster of replicas of `P`.
#[derive(Clone)]
pub struct Cluster<P: Protocol> {
    pub(crate) state: State<P>,
    pub(crate) trace: Trace,
    pub(crate) history: History,
    pub(crate) activity: Activity,
    effects: Effects<P::Message, P::Timer>,
    pub(crate) about: fn() -> About,
}

/// Everything that the future of a run depends on.
#[derive(Clone)]
pub(crate) struct State<P: Protocol> {
    pub(crate) now: Time,
    pub(crate) queue: Queue,
    pub(crate) network: Network,
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) clients: Vec<Client>,
    pub(crate) flights: Vec<Flight<P>>,
    free_flights: Vec<u32>,
    timers: Vec<Option<Timer<P>>>,
    timer_slots: TimerSlots,
    messages: u32,
    actions: u32,
    keys: u32,
    pub(crate) totals: Totals,
    pub(crate) digest: Digest,
}

/// A timer that is set.
#[derive(Clone, Copy)]
struct Timer<P: Protocol> {
    node: NodeId,
    timer: P::Timer,
    set_by: EventId,
}

/// A message between its sending and its handling. The slot is used again afterwards.
#[derive(Clone)]
pub(crate) struct Flight<P: Protocol> {
    generation: u32,
    pub(crate) stage: Stage,
    payload: Option<Payload<P::Message>>,
    pub(crate) message: MessageId,
    pub(crate) from: Site,
    pub(crate) to: Site,
    pub(crate) label: Label,
    sent_event: EventId,
    pub(crate) sent: Time,
    pub(crate) arrives: Time,
    /// When a person stopped it, if one did.
    pub(crate) held: Option<Time>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Free,
    OnItsWay,
    Held,
    InLine,
}

#[derive(Clone, Hash)]
enum Payload<M> {
    Peer(M),
    Request(Request, Option<Token>),
    Answer(OpId, Answer, Option<Token>),
    Ask(Ask),
    Told(Told),
    /// Several requests of one client in one message.
    Batch(Vec<(Request, Option<Token>)>),
}

impl<M> Payload<M> {
    /// How many operations a client asks for with it.
    fn operations(&self) -> u16 {
        let operations = match self {
            Self::Request(..) => 1,
            Self::Batch(requests) => requests.len(),
            Self::Ask(ask) => ask.parts.len(),
            Self::Peer(_) | Self::Answer(..) | Self::Told(_) => 0,
        };
        u16::try_from(operations).unwrap_or(u16::MAX)
    }
}

impl<P: Protocol> Cluster<P> {
    /// A cluster at time zero, all nodes started.
    #[must_use]
    pub fn new(setup: &Setup, parameters: &[u64]) -> Self {
        let nodes = (0..setup.nodes.len()).map(|n| Node::new(setup, NodeId(n as u16), parameters)).collect();
        let clients = (setup.clients.iter().enumerate())
            .map(|(c, client)| Client::new(setup.seed, ClientId(c as u16), setup.keys, client.clone()))
            .collect();
        let mut cluster = Self {
            state: State {
                now: Time::ZERO,
                queue: Queue::default(),
                network: Network::new(setup),
                nodes,
                clients,
                flights: Vec::new(),
                free_flights: Vec::new(),
                timers: Vec::new(),
                timer_slots: TimerSlots::default(),
                messages: 0,
                actions: 0,
                keys: setup.keys,
                totals: Totals::default(),
                digest: Digest::default(),
            },
            trace: Trace::new(),
            history: History::default(),
            activity: Activity::default(),
            effects: Effects::default(),
            about: P::about,
        };
        for n in 0..cluster.state.nodes.len() {
            let node = NodeId(n as u16);
            let cause = cluster.record(EventId::NONE, EventKind::Started { node });
            cluster.start(node, cause);
        }
        for c in 0..cluster.state.clients.len() {
            let client = ClientId(c as u16);
            cluster.schedule_first_tick(client);
        }
        cluster
    }

    /// The same cluster under another description, for a protocol whose description depends on what it is built
    /// from.
    #[must_use]
    pub fn described(self, about: fn() -> About) -> Self {
        Self { about, ..self }
    }

    /// Handles the next event; `false` if there is none.
    pub(crate) fn step(&mut self) -> bool {
        let Some((at, due)) = self.state.queue.pop() else { return false };
        debug_assert!(at >= self.state.now, "time runs forward");
        self.state.now = at;
        self.state.totals.events += 1;
        match due {
            Due::Arrival { slot, generation } => self.arrive(slot, generation),
            Due::Served { node, incarnation } => self.served(node, incarnation),
            Due::Flushed { node, incarnation } => self.flushed(node, incarnation),
            Due::Timer { slot, generation } => self.timer_due(slot, generation),
            Due::Tick { client, generation } => self.tick(client, generation),
            Due::Timeout { op, attempt } => self.timeout(op, attempt),
            Due::Deadline { query } => self.gave_up(query),
            Due::Gathered { client, node, gathering } => self.gathered(client, node, gathering),
        }
        true
    }

    fn record(&mut self, cause: EventId, kind: EventKind) -> EventId {
        let event = Event { at: self.state.now, cause, kind };
        event.hash(&mut self.state.digest);
        let id = EventId(self.trace.len() as u32);
        self.trace.push(event);
        id
    }

    /// Keeps what a node is at, for measurement.
    fn note(&mut self, node: NodeId, what: What) {
        if self.state.nodes[node.index()].takes_time() {
            self.activity.nodes.push(Step { at: self.state.now, node, what });
        }
    }

    // Messages.

    fn send(&mut self, cause: EventId, from: Site, to: Site, label: Label, payload: Payload<P::Message>) {
        let message = MessageId(self.state.messages);
        self.state.messages += 1;
        self.state.totals.messages += 1;
        self.state.totals.bytes += u64::from(label.bytes);
        self.activity.bytes.push(label.bytes);
        let sent = EventKind::Sent { message, from, to, label: label.kind };
        let sent_event = self.record(cause, sent);
        payload.hash(&mut self.state.digest);
        let now = self.state.now;
        match self.state.network.send(from, to, label.bytes, now) {
            Passage::Lost(why) => {
                self.state.totals.dropped += 1;
                self.record(sent_event, EventKind::Dropped { message, from, to, why });
            }
            Passage::Arrives { at, again } => {
                let flight = |payload, arrives| Flight {
                    generation: 0,
                    stage: Stage::OnItsWay,
                    payload: Some(payload),
                    message,
                    from,
                    to,
                    label,
                    sent_event,
                    sent: now,
                    arrives,
                    held: None,
                };
                if let Some(again) = again {
                    self.take_off(flight(payload.clone(), again));
                }
                self.take_off(flight(payload, at));
            }
        }
    }

    fn take_off(&mut self, mut flight: Flight<P>) {
        let arrives = flight.arrives;
        let (slot, generation) = match self.state.free_flights.pop() {
            Some(slot) => {
                let old = &mut self.state.flights[slot as usize];
                flight.generation = old.generation;
                *old = flight;
                (slot, self.state.flights[slot as usize].generation)
            }
            None => {
                flight.generation = 0;
                self.state.flights.push(flight);
                ((self.state.flights.len() - 1) as u32, 0)
            }
        };
        self.state.queue.push(arrives, Due::Arrival { slot, generation });
    }

    /// Frees a flight's slot and hands out its payload.
    fn land(&mut self, slot: u32) -> Payload<P::Message> {
        let flight = &mut self.state.flights[slot as usize];
        flight.stage = Stage::Free;
        flight.generation = flight.generation.wrapping_add(1);
        self.state.free_flights.push(slot);
        flight.payload.take().expect("a flight that is not free has a payload")
    }

    fn drop_flight(&mut self, slot: u32, why: DropCause) {
        let Flight { message, from, to, sent_event, .. } = self.state.flights[slot as usize];
        self.land(slot);
        self.state.totals.dropped += 1;
        self.record(sent_event, EventKind::Dropped { message, from, to, why });
    }

    fn arrive(&mut self, slot: u32, generation: u32) {
        let flight = &mut self.state.flights[slot as usize];
        if flight.generation != generation || flight.stage != Stage::OnItsWay {
            return;
        }
        match flight.to.kind() {
            SiteKind::Client(client) => {
                let Flight { message, from, to, label, sent_event, .. } = *flight;
                let payload = self.land(slot);
                let delivered = EventKind::Delivered { message, from, to, label: label.kind };
                let cause = self.record(sent_event, delivered);
                match payload {
                    Payload::Answer(op, answer, token) => self.answered(cause, client, op, answer, token),
                    Payload::Told(told) => self.told(cause, told),
                    Payload::Peer(_) | Payload::Request(..) | Payload::Ask(_) | Payload::Batch(_) => {}
                }
            }
            SiteKind::Node(node) if self.state.nodes[node.index()].replica.is_none() => {
                self.drop_flight(slot, DropCause::NodeDown);
            }
            SiteKind::Node(node) => {
                flight.stage = Stage::InLine;
                self.state.nodes[node.index()].line.push_back(Work::Message { slot });
                self.note(node, What::Came);
                self.serve(node);
            }
        }
    }

    // Nodes.

    /// Lets an idle node take up the next of its line.
    fn serve(&mut self, id: NodeId) {
        loop {
            let now = self.state.now;
            let node = &mut self.state.nodes[id.index()];
            if node.busy || node.paused || node.replica.is_none() {
                return;
            }
            let Some(work) = node.line.front() else { return };
            let (takes, slot) = match *work {
                Work::Message { slot } => {
                    let payload = self.state.flights[slot as usize].payload.as_ref();
                    let (takes, hiccup) = node.service(payload.map_or(0, Payload::operations));
                    self.note(id, What::Began);
                    (takes, Some(slot).filter(|_| hiccup))
                }
                Work::Timer { .. }
                | Work::Configuration { .. }
                | Work::Command { .. }
                | Work::Reshape { .. } => (Span::ZERO, None),
            };
            if takes > Span::ZERO {
                let node = &mut self.state.nodes[id.index()];
                node.busy = true;
                node.worked = node.worked + takes;
                let incarnation = node.incarnation;
                if let Some(slot) = slot {
                    let Flight { message, sent_event, .. } = self.state.flights[slot as usize];
                    self.record(sent_event, EventKind::Hiccup { node: id, message });
                }
                self.state.queue.push(now + takes, Due::Served { node: id, incarnation });
                return;
            }
            let work = self.state.nodes[id.index()].line.pop_front().expect("the line has a front");
            self.handle(id, work);
        }
    }

    fn served(&mut self, id: NodeId, incarnation: u32) {
        let node = &mut self.state.nodes[id.index()];
        if node.incarnation != incarnation {
            return;
        }
        node.busy = false;
        let work = node.line.pop_front().expect("a node that works has work");
        self.handle(id, work);
        self.serve(id);
    }

    fn handle(&mut self, id: NodeId, work: Work) {
        match work {
            Work::Configuration { cause } => {
                let parameters = self.state.nodes[id.index()].parameters.clone();
                self.with_replica(id, cause, None, |replica, context| {
                    replica.on_configure(&parameters, context);
                });
            }
            Work::Command { command, target, cause } => {
                self.with_replica(id, cause, None, |replica, context| {
                    replica.on_command(command, target, context);
                });
            }
            Work::Reshape { change, cause } => {
                self.with_replica(id, cause, None, |replica, context| replica.on_reshape(&change, context));
            }
            Work::Timer { id: timer_id } => {
                // What the node did since may have cancelled it.
                if !self.state.timer_slots.release(timer_id) {
                    return;
                }
                let Some(Timer { timer, set_by, .. }) = self.state.timers[timer_id.slot as usize].take()
                else {
                    return;
                };
                let label = P::timer_label(timer);
                let cause = self.record(set_by, EventKind::TimerFired { node: id, label });
                self.with_replica(id, cause, None, |replica, context| replica.on_timer(timer, context));
            }
            Work::Message { slot } => {
                let Flight { message, from, to, label, sent_event, .. } = self.state.flights[slot as usize];
                let payload = self.land(slot);
                self.note(id, What::Served { operations: payload.operations() });
                let delivered = EventKind::Delivered { message, from, to, label: label.kind };
                let cause = self.record(sent_event, delivered);
                let empty_promises = self.state.nodes[id.index()].lie == Some(Lie::EmptyPromises);
                // A node that forgets at once handles the message and then is what it was before.
                let before = if empty_promises { self.state.nodes[id.index()].replica.clone() } else { None };
                match (payload, from.kind()) {
                    (Payload::Peer(message), SiteKind::Node(from)) => {
                        self.with_replica(id, cause, None, |replica, context| {
                            replica.on_message(from, message, context);
                        });
                    }
                    (Payload::Request(request, token), _) => {
                        self.with_replica(id, cause, token, |replica, context| {
                            replica.on_request(request, context);
                        });
                    }
                    (Payload::Batch(requests), _) => {
                        for (request, token) in requests {
                            self.handler(id, cause, token, |replica, context| {
                                replica.on_request(request, context);
                            });
                        }
                        // One message: one wait for the disk.
                        self.drain(id, cause);
                    }
                    (Payload::Ask(ask), _) => {
                        self.with_replica(id, cause, None, |replica, context| replica.on_ask(ask, context));
                    }
                    (Payload::Peer(_) | Payload::Answer(..) | Payload::Told(_), _) => {
                        unreachable!("clients send requests only, and only clients get answers")
                    }
                }
                if before.is_some() {
                    self.state.nodes[id.index()].replica = before;
                }
            }
        }
    }

    /// Runs a handler of a replica, then carries out what it asked for.
    fn with_replica(
        &mut self,
        id: NodeId,
        cause: EventId,
        token: Option<Token>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) {
        self.handler(id, cause, token, handler);
        self.drain(id, cause);
    }

    /// Runs a handler of a replica, which leaves what it asks for with the effects.
    fn handler(
        &mut self,
        id: NodeId,
        cause: EventId,
        token: Option<Token>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) {
        let now = self.state.now;
        let node = &mut self.state.nodes[id.index()];
        let clock = node.clock.shows(now);
        let replica = node.replica.as_mut().expect("only a running replica handles anything");
        let mut context = Context {
            clock,
            token,
            random: &mut node.random,
            effects: &mut self.effects,
            timer_slots: &mut self.state.timer_slots,
        };
        watch::begin(cause);
        handler(replica, &mut context);
        watch::end();
    }

    /// Carries out the effects of one handler: timers at once, the rest when the disk is done.
    fn drain(&mut self, id: NodeId, cause: EventId) {
        let now = self.state.now;
        let mut effects = std::mem::take(&mut self.effects);
        let node = &self.state.nodes[id.index()];
        let clock = node.clock;
        for (after, timer, timer_id) in effects.timers.drain(..) {
            let slot = timer_id.slot as usize;
            if self.state.timers.len() <= slot {
                self.state.timers.resize(slot + 1, None);
            }
            self.state.timers[slot] = Some(Timer { node: id, timer, set_by: cause });
            let due = Due::Timer { slot: timer_id.slot, generation: timer_id.generation };
            self.state.queue.push(now + clock.really(after), due);
        }
        for timer_id in effects.cancelled.drain(..) {
            if self.state.timer_slots.release(timer_id) {
                self.state.timers[timer_id.slot as usize] = None;
            }
        }
        for note in effects.notes.drain(..) {
            self.record(cause, EventKind::Noted { node: id, note });
        }
        let node = &mut self.state.nodes[id.index()];
        let synced = std::mem::take(&mut effects.synced);
        if synced && node.setup.fsync > Span::ZERO {
            node.held = Some(Held {
                cause,
                sends: std::mem::take(&mut effects.sends),
                replies: std::mem::take(&mut effects.replies),
                tells: std::mem::take(&mut effects.tells),
                visible: std::mem::take(&mut effects.visible),
            });
            self.flush(id);
        } else {
            if synced && let Some(replica) = &mut node.replica {
                replica.stable().synced();
            }
            let (visible, replies) = (&mut effects.visible, &mut effects.replies);
            self.emit(id, cause, visible, replies, &mut effects.sends);
            self.emit_told(id, cause, &mut effects.tells);
        }
        self.effects = effects;
    }

    fn flush(&mut self, id: NodeId) {
        let now = self.state.now;
        let node = &mut self.state.nodes[id.index()];
        node.busy = true;
        let takes = node.fsync();
        node.worked = node.worked + takes;
        let due = Due::Flushed { node: id, incarnation: node.incarnation };
        self.state.queue.push(now + takes, due);
        self.note(id, What::Flushing);
    }

    fn flushed(&mut self, id: NodeId, incarnation: u32) {
        let node = &mut self.state.nodes[id.index()];
        if node.incarnation != incarnation {
            return;
        }
        node.busy = false;
        if let Some(replica) = &mut node.replica {
            replica.stable().synced();
        }
        self.note(id, What::Flushed);
        let node = &mut self.state.nodes[id.index()];
        if let Some(mut held) = node.held.take() {
            self.emit(id, held.cause, &mut held.visible, &mut held.replies, &mut held.sends);
            self.emit_told(id, held.cause, &mut held.tells);
        }
        self.serve(id);
    }

    fn emit(
        &mut self,
        id: NodeId,
        cause: EventId,
        visible: &mut Vec<(Key, OpId)>,
        replies: &mut Vec<(Request, Answer, Option<Token>)>,
        sends: &mut Vec<(NodeId, P::Message)>,
    ) {
        let lie = self.state.nodes[id.index()].lie;
        for (key, op) in visible.drain(..) {
            // What a node forgets at once is not visible there.
            if lie != Some(Lie::EmptyPromises) {
                self.record(cause, EventKind::Visible { node: id, op, key });
            }
        }
        let lies_to = |number| lies_to(lie, number);
        for (request, mut answer, token) in replies.drain(..) {
            if lies_to(request.client.0) {
                forge(&mut answer, Value::forged(id));
            }
            let version = answer.version().map(|version| (request.call.key(), version));
            let label = Label { kind: RESPONSE, bytes: CLIENT_MESSAGE_BYTES, op: Some(request.op), version };
            let payload = Payload::Answer(request.op, answer, token);
            self.send(cause, id.into(), request.client.into(), label, payload);
        }
        for (to, mut message) in sends.drain(..) {
            if lies_to(to.0) {
                P::forge(&mut message, Value::forged(id));
            }
            let label = P::label(&message);
            self.send(cause, id.into(), to.into(), label, Payload::Peer(message));
        }
    }

    fn emit_told(&mut self, id: NodeId, cause: EventId, tells: &mut Vec<Told>) {
        let lie = self.state.nodes[id.index()].lie;
        for mut told in tells.drain(..) {
            if lies_to(lie, told.client.0) {
                told.answers.iter_mut().for_each(|(_, answer)| forge(answer, Value::forged(id)));
            }
            let bytes = CLIENT_MESSAGE_BYTES + 24 * told.answers.len() as u32;
            let label = Label { kind: RESPONSE, bytes, op: None, version: None };
            self.send(cause, id.into(), told.client.into(), label, Payload::Told(told));
        }
    }

    fn timer_due(&mut self, slot: u32, generation: u32) {
        let id = TimerId { slot, generation };
        if !self.state.timer_slots.is_current(id) {
            return;
        }
        let Some(Timer { node, .. }) = self.state.timers[slot as usize] else { return };
        self.state.nodes[node.index()].line.push_back(Work::Timer { id });
        self.serve(node);
    }

    fn start(&mut self, id: NodeId, cause: EventId) {
        let nodes = self.state.nodes.len() as u16;
        let node = &mut self.state.nodes[id.index()];
        let disk = std::mem::take(&mut node.disk);
        node.replica = Some(P::boot(id, nodes, &node.parameters, disk));
        self.with_replica(id, cause, None, P::on_start);
    }

    fn crash(&mut self, id: NodeId, loses_unsynced: bool) {
        let node = &mut self.state.nodes[id.index()];
        let Some(mut replica) = node.replica.take() else { return };
        node.disk = std::mem::take(replica.stable());
        if loses_unsynced {
            node.disk.lose_unsynced();
        } else {
            // A write that the disk was working on counts as written: it may be, and so nobody may rely
            // on its absence. Its messages never leave.
            node.disk.synced();
        }
        node.incarnation += 1;
        node.paused = false;
        node.busy = false;
        node.held = None;
        let line = std::mem::take(&mut node.line);
        self.note(id, What::Crashed);
        for work in line {
            if let Work::Message { slot } = work {
                self.drop_flight(slot, DropCause::NodeDown);
            }
        }
        for slot in 0..self.state.timers.len() {
            if self.state.timers[slot].as_ref().is_some_and(|timer| timer.node == id) {
                self.state.timers[slot] = None;
                self.state.timer_slots.free(slot as u32);
            }
        }
    }

    fn pause(&mut self, id: NodeId) {
        let node = &mut self.state.nodes[id.index()];
        if node.replica.is_some() && !node.paused {
            node.paused = true;
            node.busy = false;
            node.incarnation += 1;
            self.note(id, What::Stopped);
        }
    }

    fn resume(&mut self, id: NodeId) {
        let node = &mut self.state.nodes[id.index()];
        if !node.paused {
            return;
        }
        node.paused = false;
        // What it was doing starts again from the beginning.
        if node.held.is_some() {
            self.flush(id);
        } else {
            self.serve(id);
        }
    }
}

/// Whether a node with this lie tells it to the node or client with this number.
fn lies_to(lie: Option<Lie>, number: u16) -> bool {
    match lie {
        Some(Lie::WrongValues) => true,
        Some(Lie::TwoFaced) => number.is_multiple_of(2),
        Some(Lie::EmptyPromises) | None => false,
    }
}

/// Replaces every value that an answer tells.
fn forge(answer: &mut Answer, value: Value) {
    match answer {
        Answer::Read(Some((told, _))) => *told = value,
        Answer::Values(several) => several.iter_mut().for_each(|(told, _)| *told = value),
        _ => {}
    }
}

impl<P: Protocol> Cluster<P> {
    /// The replica that runs on a node; `None` while the node is down. For tests that look at a protocol's
    /// own state.
    #[must_use]
    pub fn replica(&self, node: NodeId) -> Option<&P> {
        self.state.nodes[node.index()].replica.as_ref()
    }
}

impl<P: Protocol> State<P> {
    pub(crate) fn hash(&self) -> u64 {
        self.digest.finish()
    }
}
