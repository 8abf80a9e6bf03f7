//! A leaderless store with quorums, after Dynamo (DeCandia et al., *Dynamo: Amazon's Highly Available
//! Key-value Store*, SOSP 2007, sections 4.3 to 4.7; the quorums are Gifford's, *Weighted Voting for
//! Replicated Data*, SOSP 1979).
//!
//! Each key is on N nodes, its **preference list**: clockwise on a ring from a hash of the key (4.3). Any node may
//! take any request: it becomes the **coordinator** of that operation. A write goes to all N replicas; the client is
//! answered when W of them have it on disk. A read asks all N, and is answered with what the first R replies say
//! together. A coordinator may also ask no more replicas than it waits for, and the rest only when those are silent.
//!
//! **Versions.** With *timestamps*, a write gets its coordinator's clock as its version and the newest wins,
//! always: last write wins, by timestamp and then by node. A slow clock makes a write that loses against older
//! ones, acknowledged or not. With *version vectors* (4.4) a write supersedes what its client has seen, which
//! the client tells by the token of its last answer, and nothing else. Concurrent writes stay side by side as
//! **siblings**; a read finds them all, and the next write of a client that has read them resolves them. Dynamo's plain
//! vectors can't tell two writes through one node from one after the other; so every write is a **dot** of its own
//! (Preguiça et al. 2012, see [`crate::parts::version_vector`]). A dot is made by a node of the key's list; other nodes
//! pass the write on to one.
//!
//! When R + W > N every read quorum meets every write quorum, so a read that begins after a write was
//! acknowledged sees that write or a newer one. That alone is **not** linearizable: a write that has
//! reached one replica may be seen by one read and missed by a later one. [`crate::atomic_register`] has what is
//! missing.
//!
//! **Read repair** (section 5): when all replies are in, or time is up, the coordinator sends what they say
//! together to the replicas that showed less.
//!
//! **Sloppy quorum and hinted handoff** (4.6): when a node of the list is silent, the next node on the ring stands in:
//! it keeps the write with a hint whom it is for, apart from its own copy, and counts towards W. It hands the
//! write over when the owner answers again, and only then forgets it. Then R + W > N promises nothing: a read may
//! ask the owners while the write is with the stand-ins.
//!
//! **Anti-entropy** (4.7): from time to time each node compares a Merkle tree of the keys that both hold with another
//! node, goes down where the trees differ, and the two exchange what differs. So a key that nobody reads is
//! repaired too.
//!
//! When fewer than W (or R) answer in time, the coordinator has to choose. It may *refuse*: a write's
//! outcome is then **unknown**, as some replicas may have it, and it says so; a read has no effect and is
//! refused outright. Or it may *accept* what it could reach: available, and no longer consistent. This is
//! the choice of the CAP theorem, and each node can be given its own.
//!
//! **Repeated requests.** A coordinator remembers the writes that it began, so one that reaches it twice stays one
//! write. A client that asks another node makes a second write of the same value. With timestamps that may come
//! back over a newer one; stores of this kind give the problem to their clients, and it is outside of the contract.
//! With vectors it is another dot: two siblings of one operation count as one, and what remains is that the second
//! attempt, when it comes late, shows the value again beside what superseded it. Nothing is lost.
//!
//! Where this deviates from Dynamo: vectors are never truncated; a key has at most 16 siblings, and a write that would
//! make another is refused; membership is fixed, and silence is judged by each operation for itself.
//! Compare-and-set, additions and sets are refused, as quorums of this kind can't decide or merge them.

mod about;
mod comparing;
mod content;
mod contract;
mod handing;
mod looking;
mod message;
mod portable;
mod reading;
mod ring;
mod rules;
mod writing;

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use netsplit_sim::durable::{Durable, Kept};
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::protocol::{About, Answer, Context, Label, Protocol, Request, TimerId};
use netsplit_sim::time::Span;

use crate::parts::durable_map::DurableMap;
use crate::parts::merkle::Merkle;
use crate::parts::request_memory::RequestMemory;

use about::{NOTE_SIBLINGS, NOTE_SIBLINGS_RESOLVED};
use comparing::Comparison;
use content::Versions;
pub use content::{Content, Sibling, Siblings};
pub use contract::{calls, contract};
use handing::Hint;
pub use message::Message;
pub use portable::Parcel;
use reading::Read;
use rules::Rules;
use writing::{Asker, Relay, Write};

/// How an implementation may differ from the sound one. The tests plant bugs with it.
pub trait Variant: Clone + 'static {
    /// Whether a node makes a version durable before it says that it has it.
    const SYNCS: bool = true;
    /// Whether a stand-in keeps a write until the owner has said that it has it.
    const KEEPS_HINTS: bool = true;
    /// Whether the coordinator counts its own copy once.
    const COUNTS_ONCE: bool = true;
    /// Whether siblings are told apart by who wrote them and not by the counter alone.
    const COMPARES_ACTORS: bool = true;
}

/// The protocol as it should be.
#[derive(Clone, Debug)]
pub struct Sound;

impl Variant for Sound {}

/// The protocol that is registered.
pub type Quorum = Leaderless<Sound>;

/// A replica of the leaderless store.
#[derive(Clone)]
pub struct Leaderless<V> {
    me: NodeId,
    nodes: u16,
    rules: Rules,

    disk: Disk,

    // Operations that this node coordinates or passed on; lost in a crash.
    writes: BTreeMap<OpId, Write>,
    reads: BTreeMap<OpId, Read>,
    relays: BTreeMap<OpId, Relay>,

    /// The owners that this node keeps hints for, and how long it waits before it tries each again.
    handoffs: BTreeMap<NodeId, Span>,

    /// The trees of its copies, while it compares them with others; built anew from the disk.
    trees: Option<Merkle>,
    compare_timer: Option<TimerId>,
    /// Whom it compares with next, the last first.
    peers: Vec<NodeId>,
    last_comparison: Option<Comparison>,

    variant: PhantomData<V>,
}

/// What survives a crash.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    copies: DurableMap<Key, Content>,
    /// What it keeps for others: by owner and key.
    hints: DurableMap<(NodeId, Key), Hint>,
    memory: RequestMemory,
    /// The last timestamp that this node gave out; it gives every one only once.
    last_timestamp: Kept<u64>,
    /// Tells this life of the disk from earlier ones, for dots; 0 before the first.
    life: Kept<u64>,
    /// Which in a row of groups that took each other's place this one is.
    generation: Kept<u32>,
    /// What the group began with of keys that this node does not hold. It counts for the group that takes this
    /// one's place, as those that hold the key may not all have begun by then.
    handed_on: Rc<BTreeMap<Key, Content>>,
}

impl Durable for Disk {
    fn synced(&mut self) {
        self.copies.synced();
        self.hints.synced();
        self.memory.synced();
        self.last_timestamp.synced();
        self.life.synced();
        self.generation.synced();
    }

    fn lose_unsynced(&mut self) {
        self.copies.lose_unsynced();
        self.hints.lose_unsynced();
        self.memory.lose_unsynced();
        self.last_timestamp.lose_unsynced();
        self.life.lose_unsynced();
        self.generation.lose_unsynced();
    }
}

/// What a replica waits for.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// A write has waited long enough.
    WriteDeadline(OpId),
    /// A read has waited long enough.
    ReadDeadline(OpId),
    /// Nodes that an operation asked have been silent for a while.
    Silence(OpId),
    /// It is time to try to hand hints over to their owner.
    Handoff(NodeId),
    /// It is time to compare trees with another node.
    Compare,
}

#[watched]
impl<V: Variant> Leaderless<V> {
    /// The nodes that hold a key.
    fn list(&self, key: Key) -> impl Iterator<Item = NodeId> + use<V> {
        ring::clockwise(key, self.nodes).take(usize::from(self.rules.n))
    }

    /// Whether a node is in a key's list.
    fn holds(&self, node: NodeId, key: Key) -> bool {
        ring::covers(ring::start(key, self.nodes), node, self.rules.n, self.nodes)
    }

    fn sync(context: &mut Context<'_, Self>) {
        if V::SYNCS {
            context.sync();
        }
    }

    fn merge(&self, held: Option<&Content>, other: &Content) -> Content {
        let by_counter = !V::COMPARES_ACTORS;
        held.map_or_else(|| other.clone(), |held| held.merged(other, self.rules.versions, by_counter))
    }

    /// Merges something into this node's own copy.
    fn keep(&mut self, key: Key, content: &Content, context: &mut Context<'_, Self>) {
        let held = self.disk.copies.get(&key);
        let merged = self.merge(held, content);
        if held == Some(&merged) {
            return;
        }
        for cell in merged.cells() {
            if !held.is_some_and(|held| held.holds(cell.op)) {
                context.visible(key, cell.op);
            }
        }
        let values_before = held.map_or(0, |held| held.cells().count());
        match (values_before, merged.cells().count()) {
            (0 | 1, 2..) => context.note(NOTE_SIBLINGS),
            (2.., 1) => context.note(NOTE_SIBLINGS_RESOLVED),
            _ => {}
        }
        if let Some(trees) = &mut self.trees {
            let before = held.map_or(0, |held| held.digest(key));
            trees.change(ring::start(key, self.nodes), key, before, merged.digest(key));
        }
        self.disk.copies.insert(key, merged);
        Self::sync(context);
    }
}

#[watched]
impl<V: Variant> Protocol for Leaderless<V> {
    type Message = Message;
    type Timer = Timer;
    type Stable = Disk;

    fn about() -> About {
        about::about()
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], disk: Disk) -> Self {
        let mut replica = Self {
            me,
            nodes,
            rules: Rules::of(parameters, nodes),
            disk,
            writes: BTreeMap::new(),
            reads: BTreeMap::new(),
            relays: BTreeMap::new(),
            handoffs: BTreeMap::new(),
            trees: None,
            compare_timer: None,
            peers: Vec::new(),
            last_comparison: None,
            variant: PhantomData,
        };
        replica.grow_trees();
        replica
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        self.expect_handoffs(context);
        self.expect_comparison(context);
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        match request.call {
            Call::Read { .. } => self.read(request, context),
            Call::Write { value, .. } => {
                let token = context.token().filter(|_| self.rules.versions == Versions::Vectors);
                self.write(Asker::Client, request, value, token, context);
            }
            Call::Cas { .. } => {
                context.reply(request, Answer::Refused("a leaderless store can't compare and set"));
            }
            Call::Add { .. } => {
                context.reply(request, Answer::Refused("a leaderless store of registers can't add"));
            }
            Call::Insert { .. } | Call::Remove { .. } => {
                context.reply(request, crate::parts::state_machine::NO_SETS);
            }
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Store { op, key, version, content, owner } => {
                match owner {
                    None => self.keep(key, &content, context),
                    Some(owner) => self.keep_hint(owner, key, &content, context),
                }
                context.send(from, Message::Stored(op, version));
            }
            Message::Stored(op, version) => self.stored(op, version, from, context),
            Message::Fetch(op, key) => {
                let content = self.local(key);
                context.send(from, Message::Fetched(op, content));
            }
            Message::Fetched(op, content) => self.fetched(op, content, from, context),
            Message::Repair(key, content) => self.keep(key, &content, context),
            Message::Forward(request, token) => {
                if let Call::Write { value, .. } = request.call {
                    self.write(Asker::Node(from), request, value, token, context);
                }
            }
            Message::Forwarded(op, answer, token) => self.forwarded(op, answer, token, context),
            Message::Handoff(key, content) => {
                self.keep(key, &content, context);
                context.send(from, Message::Taken(key, content.digest(key)));
            }
            Message::Taken(key, digest) => self.taken(from, key, digest, context),
            Message::Trees(places) => self.compare_trees(from, &places, context),
            Message::Leaves(leaves) => self.compare_leaves(from, &leaves, context),
            Message::Exchange(gives, wants) => self.exchange(from, gives, &wants, context),
        }
    }

    fn on_timer(&mut self, timer: Timer, context: &mut Context<'_, Self>) {
        match timer {
            Timer::WriteDeadline(op) => self.write_deadline(op, context),
            Timer::ReadDeadline(op) => self.read_deadline(op, context),
            Timer::Silence(op) => {
                self.write_silence(op, context);
                self.read_silence(op, context);
                self.relay_silence(op, context);
            }
            Timer::Handoff(owner) => self.hand_over(owner, context),
            Timer::Compare => self.compare(context),
        }
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        let before = self.rules;
        self.rules = Rules::of(parameters, self.nodes);
        if before.versions != self.rules.versions {
            // Copies that get timestamps forget which dots were made; so it will make them as another.
            self.disk.life.set(0);
        }
        if before.compares != self.rules.compares {
            self.grow_trees();
            self.expect_comparison(context);
        }
        let writes: Vec<OpId> = self.writes.keys().copied().collect();
        let reads: Vec<OpId> = self.reads.keys().copied().collect();
        for op in writes {
            self.finish_write(op, context);
        }
        for op in reads {
            self.finish_read(op, context);
        }
    }

    fn on_command(&mut self, _command: u8, _target: Option<NodeId>, _context: &mut Context<'_, Self>) {}

    fn forge(message: &mut Message, value: Value) {
        message.forge(value);
    }

    fn label(message: &Message) -> Label {
        message.label()
    }

    fn timer_label(timer: Timer) -> u8 {
        match timer {
            Timer::WriteDeadline(_) => 0,
            Timer::ReadDeadline(_) => 1,
            Timer::Silence(_) => 2,
            Timer::Handoff(_) => 3,
            Timer::Compare => 4,
        }
    }

    fn view(&self, view: &mut ReplicaView) {
        view.role = "replica";
        for (&key, content) in self.disk.copies.as_map() {
            content.view(key, &mut view.keys);
        }
    }

    fn inspect(&self, inspection: &mut Inspection) {
        self.look_inside(inspection);
    }

    fn footprint(&self) -> usize {
        let siblings = |content: &Content| match content {
            Content::Stamped(_) => 80,
            Content::Siblings(_) => 80 + content.bytes() as usize * 2,
        };
        let copies: usize = self.disk.copies.as_map().values().map(siblings).sum();
        let hints: usize = self.disk.hints.as_map().values().map(|hint| 24 + siblings(&hint.content)).sum();
        let coordinated = self.writes.len() * 260
            + self.relays.len() * 140
            + self.reads.len() * (200 + usize::from(self.rules.n) * 64);
        let trees = self.trees.as_ref().map_or(0, Merkle::footprint);
        size_of::<Self>() + copies + hints + self.disk.memory.footprint() + coordinated + trees
    }
}
