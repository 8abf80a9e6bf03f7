//! Gossip with replicated data types that need no coordination: Demers, Greene, Hauser, Irish, Larson,
//! Shenker, Sturgis, Swinehart and Terry, *Epidemic Algorithms for Replicated Database Maintenance*, PODC
//! 1987; and Shapiro, Preguiça, Baquero and Zawirski, *Conflict-free Replicated Data Types*, SSS 2011 (with
//! their study INRIA RR-7506).
//!
//! Every node holds everything, and any node takes any request: it changes its own copy, makes the change
//! durable and **answers at once**. Nobody is asked, so nobody has to be reached. The others hear of it by
//! gossip: at every `interval` each node turns to `fan_out` others, picked at random.
//!
//! Copies that are changed apart have to agree once they have heard the same. That is what the data types in
//! [`crate::parts::crdt`] see to: a register in which the last writer wins, a register that keeps all
//! concurrent values as siblings, a counter that goes up and down, a set. Their states merge, in whatever
//! order and however often they arrive.
//!
//! **Anti-entropy** (Demers, section 1.3): two nodes compare all that they have, for ever. A *push* gives the
//! other what it lacks, a *pull* gets what oneself lacks, *push-pull* does both. Each change has a number of
//! its node (a dot), so a vector of numbers tells what a node knows. The nodes exchange vectors first, and then
//! the states of those keys only that have something beyond the other's vector. The receiver then knows all that
//! the sender knew; but only if it still knows at least what the answer was made for, which the answer
//! repeats (the causal delta-merging condition of Almeida, Shoker and Baquero, *Delta State Replicated Data
//! Types*, JPDC 2018, section 5). Sooner or later everyone has everything.
//!
//! **Rumour mongering** (section 1.4): a node tells only what is news to it, and loses interest when those that
//! it tells know already ([`rumor`]). It costs far less, and it may stop while some have not heard: the
//! **residue**. So it does not promise that copies become equal. What a node finds worth telling is in
//! its memory only: a crash ends its interest in all of it.
//!
//! A client's request that arrives twice at a node is carried out once. A retry at another node is a second
//! change, as that node can't have heard of the first: a counter counts twice. Of a multi-value
//! register it makes two entries of one operation, which clients see as one.
//!
//! A client of the multi-value register gets a causal context with each answer and hands it back (Dynamo,
//! SOSP 2007, section 4.4): its write replaces what it has seen, and stands beside what it has not.
//!
//! Where this deviates: vectors stand in for Demers' checksums and lists of recent updates (as in Petersen,
//! Spreitzer, Terry, Theimer and Demers, *Flexible Update Propagation for Weakly Consistent Replication*,
//! SOSP 1997); an update is not mailed to all at first (section 1.2); nodes pick each other uniformly (not
//! as in section 3); a set needs no death certificates (section 2), its causal context does their work. A node that
//! lost its disk comes back under a new name, so that it never gives a number twice. The removal of an
//! element is not marked as visible when it spreads, as no trace of it is kept by name.

use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, Value};
use netsplit_sim::protocol::{About, Answer, Context, Label, Protocol, Request, TimerId};
use netsplit_sim::time::Span;
use netsplit_watched::watched;

use crate::parts::crdt::context::Context as Seen;

pub mod variant;

pub mod data;

pub mod disk;

pub mod rumor;

pub mod message;

mod exchange;

mod about;

mod inspect;

mod portable;

pub use about::{calls, contract};
pub use portable::Parcel;

use about::note;
use data::{Data, Object, Slot};
use disk::Disk;
use message::Message;
use rumor::{Hot, Rules};
use variant::{Sound, Variant};

/// A replica that gossips.
#[derive(Clone)]
pub struct Gossip<V = Sound> {
    me: NodeId,
    nodes: u16,
    settings: Settings,
    disk: Disk,
    /// Lost in a crash.
    hot: Hot,
    round: Option<TimerId>,
    variant: std::marker::PhantomData<V>,
}

/// The parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settings {
    data: Data,
    pushes: bool,
    pulls: bool,
    fan_out: usize,
    interval: Span,
    rumors: bool,
    rules: Rules,
}

/// The only timer: time to gossip.
#[derive(Clone, Copy, Debug)]
pub struct Round;

impl Settings {
    fn from_parameters(parameters: &[u64]) -> Self {
        Self {
            data: Data::from_parameter(parameters[0]),
            pushes: parameters[1] != 1,
            pulls: parameters[1] != 0,
            fan_out: parameters[2] as usize,
            interval: Span(parameters[3]),
            rumors: parameters[4] == 1,
            rules: Rules {
                feedback: parameters[5] < 2,
                counter: parameters[5].is_multiple_of(2),
                k: parameters[6],
            },
        }
    }
}

#[watched]
impl<V: Variant> Gossip<V> {
    fn sync(context: &mut Context<'_, Self>) {
        if !V::ANSWERS_BEFORE_SYNC {
            context.sync();
        }
    }

    fn read(&self, request: Request, context: &mut Context<'_, Self>) {
        let data = self.settings.data;
        match self.disk.get(Slot { data, key: request.call.key() }) {
            Some(object @ Object::Mv(register)) => {
                let token = register.context().to_words().into();
                context.reply_with(request, object.read(), token);
            }
            Some(object) => context.reply(request, object.read()),
            None => context.reply(request, data.empty().read()),
        }
    }

    fn change(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if let Some(answer) = self.disk.answer(request.op) {
            context.reply(request, answer);
            return;
        }
        let Request { op, call, .. } = request;
        let slot = Slot { data: self.settings.data, key: call.key() };
        let held = self.disk.get(slot).cloned();
        let mut object = held.unwrap_or_else(|| slot.data.empty());
        let before = object.cells().len();
        if matches!((&object, call), (Object::Set(set), Call::Remove { value, .. }) if !set.contains(value)) {
            // Remembered too: if the request came again it might find the element, and it was refused.
            let answer = Answer::Refused("this copy does not show that element");
            self.disk.remember(op, answer.clone());
            Self::sync(context);
            context.reply(request, answer);
            return;
        }
        let newest = object.cells().last().map(|cell| cell.version);
        let dot = self.disk.next_dot(self.me);
        let version = self.disk.next_version(self.me, context.clock().0, newest);
        let mut seen = context.token().map(|words| Seen::from_words(&words)).unwrap_or_default();
        object.change(call, dot, version, op, &seen);
        note_siblings(before, &object, context);
        self.disk.put(slot, object);
        let answer = Answer::Written(version);
        self.disk.remember(op, answer.clone());
        if self.settings.rumors && self.nodes > 1 {
            self.hot.heat(dot, slot);
        }
        Self::sync(context);
        context.visible(slot.key, op);
        if slot.data == Data::Mv {
            // The client has seen what it had seen and its own write, and not what else is here.
            seen.add_alone(dot);
            context.reply_with(request, answer, seen.to_words().into());
        } else {
            context.reply(request, answer);
        }
    }
}

/// Marks the moment when concurrent values come to stand side by side, and when one replaces them.
fn note_siblings<V: Variant>(before: usize, object: &Object, context: &mut Context<'_, Gossip<V>>) {
    if matches!(object, Object::Mv(_)) {
        match (before > 1, object.cells().len() > 1) {
            (false, true) => context.note(note::SIBLINGS),
            (true, false) => context.note(note::RESOLVED),
            _ => {}
        }
    }
}

#[watched]
impl<V: Variant> Protocol for Gossip<V> {
    type Message = Message;
    type Timer = Round;
    type Stable = Disk;

    fn about() -> About {
        about::about()
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], disk: Disk) -> Self {
        let settings = Settings::from_parameters(parameters);
        let variant = std::marker::PhantomData;
        Self { me, nodes, settings, disk, hot: Hot::default(), round: None, variant }
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        if self.disk.is_new() {
            let mut incarnation = context.random().bits() as u32;
            // A group that takes the place of another knows the names of those before. None may be used again.
            while self.disk.knows_name(self.me, incarnation) {
                incarnation = incarnation.wrapping_add(1);
            }
            self.disk.begin(incarnation);
            Self::sync(context);
        }
        // Nodes that start together do not gossip all at the same instants.
        let first = context.random().span_between(Span(1), self.settings.interval);
        self.set_round(first, context);
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        match (self.settings.data, request.call) {
            (_, Call::Read { .. }) => self.read(request, context),
            (Data::Lww | Data::Mv, Call::Write { .. })
            | (Data::Counter, Call::Add { .. })
            | (Data::Set, Call::Insert { .. } | Call::Remove { .. }) => self.change(request, context),
            (data, call) => context.reply(request, data.refusal(call)),
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Offer(known) => {
                let mine = self.disk.known();
                if mine.includes(&known) {
                    context.note(note::NOTHING_NEW);
                } else {
                    context.send(from, Message::Ask(mine));
                }
            }
            Message::Ask(known) => {
                if known.includes(&self.disk.known()) {
                    context.note(note::NOTHING_NEW);
                } else {
                    self.tell_news(from, known, context);
                }
            }
            Message::Compare(known) => {
                if known == self.disk.known() {
                    context.note(note::NOTHING_NEW);
                } else {
                    self.tell_news(from, known, context);
                }
            }
            Message::News(news) => self.hear_news(from, news, context),
            Message::Rumors { rumors, objects, ask } => {
                // What it has just heard from the other it need not tell it.
                let mine = (ask && !self.hot.is_empty()).then(|| self.rumors(false));
                self.hear_rumors(from, &rumors, &objects, context);
                if let Some(mine) = mine {
                    context.send(from, mine);
                }
            }
            Message::AskRumors => {
                if !self.hot.is_empty() {
                    let rumors = self.rumors(false);
                    context.send(from, rumors);
                }
            }
            Message::Heard(knew) => {
                for (dot, knew) in knew {
                    self.hot.heard_back(dot, knew);
                }
            }
        }
    }

    fn on_timer(&mut self, _round: Round, context: &mut Context<'_, Self>) {
        for _ in 0..self.hot.end_cycle(self.settings.rules, context.random()) {
            context.note(note::LOST_INTEREST);
        }
        self.gossip(context);
        self.set_round(self.settings.interval, context);
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        let before = std::mem::replace(&mut self.settings, Settings::from_parameters(parameters));
        if !self.settings.rumors {
            self.hot.clear();
        }
        if before.interval != self.settings.interval
            && let Some(round) = self.round.take()
        {
            context.cancel_timer(round);
            let first = context.random().span_between(Span(1), self.settings.interval);
            self.set_round(first, context);
        }
    }

    fn on_command(&mut self, _command: u8, _target: Option<NodeId>, _context: &mut Context<'_, Self>) {}

    fn forge(message: &mut Message, value: Value) {
        message.forge(value);
    }

    fn label(message: &Message) -> Label {
        message.label()
    }

    fn timer_label(_round: Round) -> u8 {
        0
    }

    fn view(&self, view: &mut ReplicaView) {
        view.role = if self.hot.is_empty() { "replica" } else { "infective" };
        for (slot, object) in self.disk.objects().filter(|(slot, _)| slot.data == self.settings.data) {
            object.view(slot.key, view);
        }
    }

    fn inspect(&self, inspection: &mut Inspection) {
        inspect::inspect(&self.disk, &self.hot, self.settings.data, inspection);
    }

    fn footprint(&self) -> usize {
        size_of::<Self>() + self.disk.footprint() + self.hot.iter().count() * 64
    }
}
