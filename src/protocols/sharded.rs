//! Partition *and* replicate: a cluster whose keys are split into shards, each of which is a group of replicas that
//! runs any registered replication protocol. A node holds replicas of several shards.
//!
//! **Who knows where a key is.** The first node keeps the map, as a master does in Bigtable (Chang and others, OSDI
//! 2006, section 5.1); every node has a copy of it with a version, and routes by that. A node that is sent a request by a
//! stale map answers with the newer one, and the request is sent again (`routing`). Clients learn places from
//! answers, key by key, as Redis Cluster's clients do from MOVED.
//!
//! **How a shard changes hands.** A shard never changes its keys or its members: it is replaced. The members
//! of the new shard copy the keys from the old ones while those serve, a few at a time (`receiving`). When they have
//! all, the old shard is *sealed*: its members stop for good and say what they hold; one member of the new
//! shard, the collector, fetches what has changed meanwhile and settles what the new shard starts from (`collecting`).
//! When a majority has it, the new shard takes over in the next version of the map (`keeping`). This is
//! how live migration of virtual machines hides its cost (Clark and others, NSDI 2005, section 3: pre-copy, then stop
//! and copy the rest; for databases: Das, Nishimura, Agrawal and El Abbadi, *Albatross*, VLDB 2011), with the stop
//! of *Reconfiguring a State Machine* (Lamport, Malkhi and Zhou 2010). Every step is on disk before anybody is told of
//! it, and every message is sent again until it is answered, so a crash in the middle only delays it.
//!
//! **What holds.** Each key is in one shard at a time, and what the shard's protocol promises about a key holds. An
//! operation about one key goes to one shard. Queries over several keys ask every shard that has some of them
//! and give up on the slow ones at a deadline (`asking`): each key is read or written on its own, and nothing holds them
//! together. Atomic commit is another matter.

mod asking;
mod books;
mod collecting;
mod keeping;
mod member;
mod message;
mod receiving;
mod routing;
mod view;

use netsplit_watched::watched;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use netsplit_sim::action::Reshape;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::QueryId;
use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{
    About, Answer, Ask, Context, Contract, Fault, Kind, Label, Protocol, Request, Survives, TimerId,
};
use netsplit_sim::setup::Setup;
use netsplit_sim::sharding::{ShardId, Traffic};
use netsplit_sim::time::Span;

use crate::partitioning::Layout;
use crate::portable::Portable;
use asking::Query;
use books::{Disk, State};
use collecting::{Collecting, Sealing};
use member::{Asked, Family};
use message::{Job, KINDS, Message, OWN_MESSAGES};

/// The node that keeps the map.
const KEEPER: NodeId = NodeId(0);
/// How often a node reports to the node that keeps the map.
const REPORT: Span = Span::from_ms(250);
/// After how many reports in a row that did not come a node is believed to be down.
const SILENT: u32 = 4;
/// When a step of a move that got no answer is taken again.
const RETRY: Span = Span::from_ms(300);
/// The most requests that a node keeps while their shard changes hands.
const HELD: usize = 4_096;
/// The most requests that a node remembers to be at work on.
const RUNNING: usize = 1_024;

/// What may be wrong with an implementation. Everything is right unless said otherwise; the tests say
/// otherwise, to see that they notice.
pub trait Flaws: Clone + 'static {
    /// An old member goes on to serve after it was sealed.
    const SERVES_WHEN_SEALED: bool = false;
    /// The seal is not on disk before the others hear of it.
    const FORGETS_SEALS: bool = false;
    /// One sealed member is enough.
    const SEALS_TOO_FEW: bool = false;
    /// A transfer that goes on after a crash leaves out a key.
    const SKIPS_WHEN_RESUMED: bool = false;
    /// What has changed while the keys were copied is not fetched.
    const KEEPS_STALE_KEYS: bool = false;
}

/// Nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Sound;

impl Flaws for Sound {}

/// A node of a cluster whose data is split.
#[derive(Clone)]
pub struct Sharded<F: Flaws = Sound> {
    me: NodeId,
    /// The settings of this node; what is to be where is the keeper's.
    layout: Layout,
    /// The parameters of the shards' protocol.
    inner: Vec<u64>,
    family: &'static Family<F>,
    /// Whether the shards' protocol answers a request that comes again, and does not carry it out again.
    remembers: bool,
    disk: Disk<F>,
    /// Whether it has crashed before: what arrives then was resumed.
    resumed: bool,
    /// Work that waits for its shard to be ready here, and whether it comes from a client directly.
    held: Vec<(Job, bool)>,
    /// What copies here are working on.
    running: BTreeMap<OpId, (ShardId, Job)>,
    /// Queries that this node answers.
    queries: BTreeMap<QueryId, Query>,
    /// Answers to parts of queries, to be sent when the handler is done.
    parts_done: BTreeMap<NodeId, Vec<(OpId, Answer)>>,
    /// The shards that this node puts together.
    collecting: BTreeMap<ShardId, Collecting>,
    /// The timer of the next step of a move.
    step: Option<TimerId>,
    /// Whether a timer is set to send again what got no answer.
    retries: bool,
    /// What was sent for the moves since then, so that it is not sent twice meanwhile.
    sent: BTreeSet<Sent>,
    /// Whether the last keys that were asked for have come.
    came: bool,
    /// Nodes that are believed to run.
    up: Rc<[NodeId]>,
    /// On the keeper, by node: reports in a row that did not come. On the others: the keeper's silence.
    silent: Vec<u32>,
    /// On the keeper: who has copied which new shard.
    copied: BTreeMap<ShardId, Vec<NodeId>>,
    /// On the keeper, by key: operations, of late more than long ago.
    load: Vec<u64>,
    /// Operations that were carried out here since the last report.
    served: BTreeMap<Key, u32>,
    /// The same since the start, by shard.
    served_in_all: BTreeMap<ShardId, u64>,
    traffic: Traffic,
    /// Messages that are being gathered.
    outbox: BTreeMap<NodeId, Vec<Message>>,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// A timer of a shard's protocol.
    Member {
        /// The shard.
        shard: ShardId,
        /// Its handle.
        id: TimerId,
        /// Its kind.
        label: u8,
    },
    /// Report to the node that keeps the map, and on that node look who has not.
    Report,
    /// Take the next step of a move.
    Step,
    /// Send again what got no answer.
    Retry,
    /// Send what was gathered.
    Linger,
    /// Answer a query with what has come.
    Deadline(QueryId),
}

/// A message of a move that was sent and is not sent again before a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sent {
    /// The new and the old shard.
    Pull(ShardId, ShardId),
    /// The new and the old shard, and to whom.
    Seal(ShardId, ShardId, NodeId),
    /// The new and the old shard, and to whom.
    Fetch(ShardId, ShardId, NodeId),
    /// The new shard, and to whom.
    Settled(ShardId, NodeId),
    /// The new shard.
    Finished(ShardId),
}

/// How many kinds of timer there are besides those of the shards' protocol.
const OWN_TIMERS: u8 = 5;

/// The moments that a node marks.
pub mod note {
    /// A new version of the map.
    pub const MAP: u8 = 0;
    /// A change can't be made.
    pub const REFUSED: u8 = 1;
    /// A copy was sealed.
    pub const SEALED: u8 = 2;
    /// A copy is ready to serve.
    pub const INSTALLED: u8 = 3;
    /// A new shard took over.
    pub const TOOK_OVER: u8 = 4;
    /// A request came by a stale map.
    pub const STALE: u8 = 5;
    /// A request waits for its shard.
    pub const HELD: u8 = 6;
    /// A query was answered in part.
    pub const PARTIAL: u8 = 7;
    /// A range was split by rule.
    pub const SPLIT: u8 = 8;
    /// Ranges were joined by rule.
    pub const MERGED: u8 = 9;
    /// A silent node was taken out.
    pub const REPLACED: u8 = 10;
    /// A transfer went on after a crash.
    pub const RESUMED: u8 = 11;
}

/// How many kinds of note there are besides those of the shards' protocol.
const OWN_NOTES: u8 = 12;

fn notes() -> Vec<Kind> {
    let kind = |name, summary| Kind { name, summary };
    vec![
        kind("map changed", "There is a new version of the map."),
        kind("refused a change", "The data can't be split like that."),
        kind("sealed", "An old copy serves no longer: its shard is being replaced."),
        kind("installed", "A copy has all that its shard starts from."),
        kind("took over", "A new shard serves from now on."),
        kind("stale map", "A request came by a map that is no longer right."),
        kind("waits for its shard", "A request is kept until its shard is ready here."),
        kind("partial answer", "A query was answered without the shards that were too slow."),
        kind("split a range", "A range was too large or too hot."),
        kind("joined ranges", "Two small neighbours became one range."),
        kind("took a node out", "A node was silent for too long: others take over what it held."),
        kind("resumed a transfer", "A transfer goes on after a crash from where it was."),
    ]
}

/// What a cluster that runs a protocol in shards says of itself.
#[must_use]
pub fn about<P: Protocol>() -> About {
    let mut about = P::about();
    about.messages = KINDS.iter().copied().chain(about.messages).collect();
    about.notes = notes().into_iter().chain(about.notes).collect();
    let own = [
        Kind { name: "Report", summary: "Report to the map keeper." },
        Kind { name: "Step", summary: "Take the next step of a move." },
        Kind { name: "Retry", summary: "Send again what got no answer." },
        Kind { name: "Linger", summary: "Send the messages that were gathered." },
        Kind { name: "Deadline", summary: "Answer a query with what has come in." },
    ];
    about.timers = own.into_iter().chain(about.timers).collect();
    about
}

/// A cluster that runs a protocol in shards. The parameters are a layout as words and then the protocol's.
///
/// # Panics
/// If the parameters do not begin with a layout.
#[must_use]
pub fn build<P: Portable>(setup: &Setup, parameters: &[u64]) -> Box<dyn Machine> {
    build_with::<P, Sound>(setup, parameters)
}

/// The same with flaws, for tests.
///
/// # Panics
/// If the parameters do not begin with a layout.
#[must_use]
pub fn build_with<P: Portable, F: Flaws>(setup: &Setup, parameters: &[u64]) -> Box<dyn Machine> {
    Box::new(Cluster::<Sharded<F>>::new(setup, parameters).described(about::<P>))
}

/// What it promises and under which faults: what the shards' protocol promises in a group of so many members, but for a
/// wiped disk. A node whose disk is gone has forgotten which of its copies were sealed, and the first node the map.
#[must_use]
pub fn contract(of: fn(&[u64], u16) -> Contract, parameters: &[u64], copies: u16) -> Contract {
    let mut contract = of(parameters, copies);
    for tolerance in &mut contract.tolerances {
        if tolerance.fault == Fault::Wipe {
            tolerance.survives = Survives::None;
            tolerance.then = "A node without its disk has forgotten which copies it gave away: take it out, and let others \
                              take over what it held.";
        }
    }
    contract
}

fn read(words: &[u64]) -> (Layout, Vec<u64>) {
    let (layout, used) = Layout::from_words(words).expect("the parameters begin with a layout");
    (layout, words[used..].to_vec())
}

#[watched]
impl<F: Flaws> Sharded<F> {
    /// Sends a message to another node, now or with others.
    fn send(&mut self, to: NodeId, message: Message, context: &mut Context<'_, Self>) {
        let linger = self.layout.linger();
        if linger == Span::ZERO {
            context.send(to, message);
            return;
        }
        if self.outbox.is_empty() {
            context.set_timer(linger, Timer::Linger);
        }
        self.outbox.entry(to).or_default().push(message);
    }

    /// Writes the books down before anything of this handler leaves the node.
    fn enter(&mut self, context: &mut Context<'_, Self>) {
        context.sync();
    }

    /// The place of this node among the members of a copy's shard.
    fn place(&self, id: ShardId) -> Option<NodeId> {
        let copy = self.disk.books.copies.get(&id)?;
        let place = copy.shard.members.iter().position(|&node| node == self.me)?;
        Some(NodeId(place as u16))
    }

    fn serves(&self, id: ShardId) -> bool {
        let state = self.disk.books.copies.get(&id).map(|copy| &copy.state);
        match state {
            Some(State::Serving) => true,
            Some(State::Sealed) => F::SERVES_WHEN_SEALED && self.disk.members.contains_key(&id),
            Some(State::Arriving(_)) | None => false,
        }
    }

    /// Lets a copy handle something and carries out what it asks for.
    fn with_member(
        &mut self,
        id: ShardId,
        context: &mut Context<'_, Self>,
        handler: impl FnOnce(&mut dyn member::Member<F>, &mut Context<'_, Self>) -> Asked,
    ) {
        let Some(mut member) = self.disk.members.remove(&id) else { return };
        let asked = handler(&mut *member, context);
        self.disk.members.insert(id, member);
        self.carry_out(id, asked, context);
    }

    fn carry_out(&mut self, id: ShardId, asked: Asked, context: &mut Context<'_, Self>) {
        let Some(copy) = self.disk.books.copies.get(&id) else { return };
        let members = copy.shard.members.clone();
        for (after, timer, label) in asked.timers {
            context.set_timer_as(timer, after, Timer::Member { shard: id, id: timer, label });
        }
        asked.cancelled.into_iter().for_each(|timer| context.cancel_timer(timer));
        asked.notes.into_iter().for_each(|note| context.note(note));
        asked.visible.into_iter().for_each(|(key, op)| context.visible(key, op));
        if asked.synced {
            context.sync();
        }
        for (to, wire) in asked.sends {
            self.send(members[to.index()], Message::Member { shard: id, wire }, context);
        }
        for (request, answer, token) in asked.replies {
            self.running.remove(&request.op);
            self.answer(request, answer, token, &members, context);
        }
    }

    fn start_members(&mut self, context: &mut Context<'_, Self>) {
        let serving: Vec<ShardId> = self.disk.members.keys().copied().filter(|&id| self.serves(id)).collect();
        for id in serving {
            self.with_member(id, context, |member, context| member.start(context));
        }
    }

    fn handle(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Member { shard, wire } => {
                let members = self.disk.books.copies.get(&shard).map(|copy| &copy.shard.members);
                let place = members.and_then(|members| members.iter().position(|&node| node == from));
                if let Some(place) = place.filter(|_| self.serves(shard)) {
                    let from = NodeId(place as u16);
                    self.with_member(shard, context, |member, context| member.message(from, &wire, context));
                }
            }
            Message::Forward { job, version } => self.forwarded(from, job, version, context),
            Message::Bounce { job, map } => {
                self.adopt(map, context);
                self.dispatch(job, false, context);
            }
            Message::PartsDone(answers) => self.take_parts(answers, context),
            Message::Map(map) => self.adopt(map, context),
            Message::WantMap => {
                let map = Rc::clone(&self.disk.books.map);
                self.send(from, Message::Map(map), context);
            }
            Message::Report(report) => self.heard(from, &report, context),
            Message::Alive { version, up } => self.alive(version, up, context),
            Message::Pull { to, from: old, after } => self.pulled(from, to, old, after, context),
            Message::Parcels { to, from: old, after, parcels, last } => {
                self.parcels(to, old, after, parcels, last, context);
            }
            Message::Seal { to, from: old } => {
                if !self.knows_move(to) {
                    self.send(from, Message::WantMap, context);
                    return;
                }
                let holds = self.seal(old, to, context);
                let needed = self.needed(old);
                self.send(from, Message::Sealed { to, from: old, needed, holds }, context);
            }
            Message::Sealed { to, from: old, needed, holds } => {
                self.sealed(from, to, old, Sealing { needed, holds }, context);
            }
            Message::Fetch { to, from: old, parts } => self.fetch(from, to, old, &parts, context),
            Message::Fetched { to, from: old, parcels } => self.fetched(from, to, old, parcels, context),
            Message::Settled { shard, parts } => self.settled(from, shard, &parts, context),
            Message::Installed { shard } => self.installed(from, shard, context),
            Message::Finished { shard } => self.finished(shard, context),
            Message::Batch(messages) => {
                for message in messages {
                    self.handle(from, message, context);
                }
            }
        }
    }
}

#[watched]
impl<F: Flaws> Protocol for Sharded<F> {
    type Message = Message;
    type Timer = Timer;
    type Stable = Disk<F>;

    fn about() -> About {
        unreachable!("a cluster with shards is described by its protocol")
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], disk: Disk<F>) -> Self {
        let (layout, inner) = read(parameters);
        let family = member::family::<F>(layout.protocol);
        let contract = (crate::ALL[usize::from(layout.protocol)].contract)(&inner, layout.copies() as u16);
        let retries = |survives: &netsplit_sim::protocol::Tolerance| {
            survives.fault == Fault::Retry && survives.survives == Survives::Any
        };
        let mut node = Self {
            me,
            load: vec![0; layout.keys as usize],
            layout,
            inner,
            family,
            remembers: contract.tolerances.iter().any(retries),
            resumed: disk.books.map.version > 0,
            disk,
            held: Vec::new(),
            running: BTreeMap::new(),
            queries: BTreeMap::new(),
            parts_done: BTreeMap::new(),
            collecting: BTreeMap::new(),
            step: None,
            retries: false,
            sent: BTreeSet::new(),
            came: false,
            up: (0..nodes).map(NodeId).collect(),
            silent: vec![0; usize::from(nodes)],
            copied: BTreeMap::new(),
            served: BTreeMap::new(),
            served_in_all: BTreeMap::new(),
            traffic: Traffic::default(),
            outbox: BTreeMap::new(),
        };
        node.use_parameters();
        if node.resumed {
            node.reboot_members();
        } else {
            node.open_books();
        }
        node
    }

    fn stable(&mut self) -> &mut Disk<F> {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        if !self.resumed {
            // What a node starts with is on its disk from the beginning.
            self.enter(context);
        } else if self.disk.arriving().next().is_some() {
            context.note(note::RESUMED);
        }
        self.start_members(context);
        context.set_timer(REPORT, Timer::Report);
        self.step_after(Span(1), context);
        self.finish_handler(context);
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let token = context.token();
        self.dispatch(Job::One { request, token }, true, context);
        self.finish_handler(context);
    }

    fn on_ask(&mut self, ask: Ask, context: &mut Context<'_, Self>) {
        self.ask(ask, context);
        self.finish_handler(context);
    }

    fn on_reshape(&mut self, change: &Reshape, context: &mut Context<'_, Self>) {
        self.reshape(change, context);
        self.finish_handler(context);
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        self.handle(from, message, context);
        self.finish_handler(context);
    }

    fn on_timer(&mut self, timer: Timer, context: &mut Context<'_, Self>) {
        match timer {
            Timer::Member { shard, id, .. } => {
                if self.serves(shard)
                    && let Some(mut member) = self.disk.members.remove(&shard)
                {
                    let asked = member.timer(id, context);
                    self.disk.members.insert(shard, member);
                    if let Some(asked) = asked {
                        self.carry_out(shard, asked, context);
                    }
                }
            }
            Timer::Report => {
                self.report(context);
                context.set_timer(REPORT, Timer::Report);
            }
            Timer::Step => {
                self.step = None;
                if std::mem::take(&mut self.came) {
                    self.sent.retain(|sent| !matches!(sent, Sent::Pull(..)));
                }
                self.take_step(context);
            }
            Timer::Retry => {
                self.retries = false;
                self.sent.clear();
                self.take_step(context);
            }
            Timer::Linger => {
                for (to, mut messages) in std::mem::take(&mut self.outbox) {
                    let message =
                        if messages.len() == 1 { messages.pop() } else { Some(Message::Batch(messages)) };
                    if let Some(message) = message {
                        context.send(to, message);
                    }
                }
            }
            Timer::Deadline(query) => self.deadline(query, context),
        }
        self.finish_handler(context);
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        let (layout, inner) = read(parameters);
        self.inner = inner;
        self.use_parameters();
        self.enter(context);
        let serving: Vec<ShardId> = self.disk.members.keys().copied().filter(|&id| self.serves(id)).collect();
        for id in serving {
            let members = self.disk.books.copies.get(&id).map_or(1, |copy| copy.shard.members.len());
            let fitted = self.family.fitted(&self.inner, members as u16);
            self.with_member(id, context, |member, context| member.configure(&fitted, context));
        }
        self.layout = layout;
        self.relayout(context);
        self.finish_handler(context);
    }

    fn on_command(&mut self, command: u8, target: Option<NodeId>, context: &mut Context<'_, Self>) {
        if !(self.family.allows)(command) {
            // The members of a shard are changed by replacing the shard.
            context.note(note::REFUSED);
            return;
        }
        let serving: Vec<ShardId> = self.disk.members.keys().copied().filter(|&id| self.serves(id)).collect();
        for id in serving {
            let Some(copy) = self.disk.books.copies.get(&id) else { continue };
            let place = |node| copy.shard.members.iter().position(|&member| member == node);
            let place = target.map(|node| place(node).map(|place| NodeId(place as u16)));
            // A command about a node that does not hold this shard is none of its concern.
            let Some(target) = place.map_or(Some(None), |place| place.map(Some)) else { continue };
            self.with_member(id, context, |member, context| member.command(command, target, context));
        }
        self.finish_handler(context);
    }

    fn forge(message: &mut Message, value: Value) {
        message.forge(value);
    }

    fn label(message: &Message) -> Label {
        message.label()
    }

    fn timer_label(timer: Timer) -> u8 {
        match timer {
            Timer::Report => 0,
            Timer::Step => 1,
            Timer::Retry => 2,
            Timer::Linger => 3,
            Timer::Deadline(_) => 4,
            Timer::Member { label, .. } => label,
        }
    }

    fn view(&self, view: &mut ReplicaView) {
        self.show(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        self.look_inside(inspection);
    }

    fn footprint(&self) -> usize {
        let members: usize = self.disk.members.values().map(|member| member.footprint()).sum();
        members + self.load.len() * 8 + self.disk.books.copies.len() * 400 + size_of::<Self>()
    }
}
