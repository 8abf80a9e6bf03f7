//! The atomic register: linearizable reads and writes from majorities, with no leader and no clock
//! (Attiya, Bar-Noy and Dolev, *Sharing Memory Robustly in Message-Passing Systems*, JACM 1995; for many writers Lynch
//! and Shvartsman, *Robust Emulation of Shared Memory Using Dynamic Quorum-Acknowledged Broadcasts*, FTCS 1997).
//!
//! Every node holds every key, with a **tag**: a counter and the node that chose it. Any node may take any
//! request and coordinates it, in two phases, each of which a **majority** has to answer.
//!
//! A **write** first asks a majority for their tags, then sends the value to all with a tag greater than
//! every one that it heard of. Any two majorities have a node in common, so a write that begins after
//! another ended gets the greater tag.
//!
//! A **read** asks a majority what they hold, and takes the greatest tag. Before it answers it **writes back**: it
//! sends what it found to all, and waits until a majority has it. That is what [`crate::quorum`] lacks.
//! There, a write that has reached one replica may be seen by one read and missed by the next. Here a
//! read that returned a value leaves it at a majority, and so every later read finds it. If all of the majority showed
//! the same tag, the value is at a majority already, and the read answers at once.
//!
//! Both phases send again to those that have not answered, until a majority has or time is up. Then a read,
//! and a write that has sent its value to nobody, is refused; any other write ends as unknown.
//!
//! What a node answers is on its disk first. A request that reaches the same node twice goes on with the
//! same tag. A client that asks **another** node makes a second write of the same value with a tag of its
//! own, and that may come back over a newer one: to agree on one tag for both would need consensus, and
//! registers can't solve consensus (Herlihy, *Wait-Free Synchronization*, TOPLAS 1991; their consensus number is 1).
//! For the same reason there is no compare-and-set here, and no addition.
//!
//! Where this deviates: the papers have a client run the phases; here a node does it for the client. The
//! operation breaks ties between tags, so that a node whose disk was wiped, and that chooses a tag for the
//! second time, makes no two values of one tag. Writing back can be turned off, to see what it is for.

mod about;
mod contract;
mod coordinating;
mod portable;

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use netsplit_sim::durable::Durable;
use netsplit_sim::frame::{Inspection, ReplicaView, TableView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::protocol::{About, Answer, Context, Label, Protocol, Request};
use netsplit_sim::time::Span;

use crate::parts::request_memory::RequestMemory;
use crate::parts::store::{Cell, Store};

use about::NOTE_SENT_AGAIN;
pub use contract::{calls, contract};
use coordinating::{Coordinated, Phase};
pub use portable::Parcel;

/// How an implementation may differ from the sound one. The tests plant bugs with it.
pub trait Variant: Clone + 'static {
    /// Whether a read writes back what it found.
    const WRITES_BACK: bool = true;
    /// Whether a write's tag is greater than every tag that it heard of.
    const TAGS_GROW: bool = true;
    /// Whether a node makes a value durable before it says that it has it.
    const SYNCS: bool = true;
    /// Whether a node that answers twice counts once.
    const COUNTS_NODES: bool = true;
}

/// The protocol as it should be.
#[derive(Clone, Debug)]
pub struct Sound;

impl Variant for Sound {}

/// The protocol that is registered.
pub type AtomicRegister = Register<Sound>;

/// A replica of the atomic register.
#[derive(Clone)]
pub struct Register<V> {
    me: NodeId,
    nodes: u16,
    write_back: bool,
    timeout: Span,
    retransmit: Span,

    disk: Disk,

    /// What this node coordinates; lost in a crash.
    operations: BTreeMap<OpId, Coordinated>,
    variant: PhantomData<V>,
}

/// What survives a crash.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    store: Store,
    memory: RequestMemory,
}

impl Durable for Disk {
    fn synced(&mut self) {
        self.store.synced();
        self.memory.synced();
    }

    fn lose_unsynced(&mut self) {
        self.store.lose_unsynced();
        self.memory.lose_unsynced();
    }
}

/// What replicas send to each other.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// Coordinator to replica: what do you hold?
    Query(OpId, Key),
    /// Replica to coordinator: this.
    Holds(OpId, Option<Cell>),
    /// Coordinator to replica: keep this unless you hold a greater tag, and say so.
    Store(OpId, Key, Cell),
    /// Replica to coordinator: this tag, or a greater one, is on disk.
    Stored(OpId, Version),
}

/// What replicas wait for.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// An operation has waited long enough.
    Deadline(OpId),
    /// Those that have not answered are asked again.
    Again(OpId),
}

/// The order of cells: by tag, and by operation where a wiped node chose a tag twice.
fn newer(a: &Cell, b: &Cell) -> bool {
    (a.version, a.op) > (b.version, b.op)
}

#[watched]
impl<V: Variant> Register<V> {
    fn majority(&self) -> u32 {
        u32::from(self.nodes) / 2 + 1
    }

    fn configure(&mut self, parameters: &[u64]) {
        self.write_back = parameters[0] == 0;
        self.timeout = Span(parameters[1]);
        self.retransmit = Span(parameters[2]);
    }

    fn sync(context: &mut Context<'_, Self>) {
        if V::SYNCS {
            context.sync();
        }
    }

    /// Keeps a cell if its tag is greater than this node's own.
    fn keep(&mut self, key: Key, cell: Cell, context: &mut Context<'_, Self>) {
        if self.disk.store.get(key).is_none_or(|old| newer(&cell, &old)) {
            self.disk.store.put(key, cell);
            Self::sync(context);
            context.visible(key, cell.op);
        }
    }
}

#[watched]
impl<V: Variant> Protocol for Register<V> {
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
            write_back: true,
            timeout: Span::ZERO,
            retransmit: Span::ZERO,
            disk,
            operations: BTreeMap::new(),
            variant: PhantomData,
        };
        replica.configure(parameters);
        replica
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, _context: &mut Context<'_, Self>) {}

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if self.operations.contains_key(&request.op) {
            // The request came twice; the first will be answered.
            return;
        }
        match request.call {
            Call::Read { .. } => self.query(request, context),
            Call::Write { value, .. } => self.write(request, value, context),
            Call::Cas { .. } | Call::Add { .. } => context.reply(
                request,
                Answer::Refused(
                    "a register only reads and writes: its consensus number is 1, and this needs more",
                ),
            ),
            Call::Insert { .. } | Call::Remove { .. } => {
                context.reply(request, crate::parts::state_machine::NO_SETS);
            }
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Query(op, key) => {
                let cell = self.disk.store.get(key);
                context.send(from, Message::Holds(op, cell));
            }
            Message::Holds(op, cell) => {
                let Some(operation) = self.operations.get_mut(&op) else { return };
                let Phase::Query { best, same } = &mut operation.phase else { return };
                if best.map(|best| (best.version, best.op)) != cell.map(|cell| (cell.version, cell.op)) {
                    *same = false;
                }
                if let Some(cell) = cell
                    && best.is_none_or(|best| newer(&cell, &best))
                {
                    *best = Some(cell);
                }
                self.answered(op, from, context);
            }
            Message::Store(op, key, cell) => {
                self.keep(key, cell, context);
                context.send(from, Message::Stored(op, cell.version));
            }
            Message::Stored(op, version) => {
                let present = self.operations.get(&op).map(|operation| operation.phase);
                if matches!(present, Some(Phase::Propagate(cell)) if cell.version == version) {
                    self.answered(op, from, context);
                }
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, context: &mut Context<'_, Self>) {
        match timer {
            Timer::Deadline(op) => self.deadline(op, context),
            Timer::Again(op) => {
                if let Some(operation) = self.operations.get_mut(&op) {
                    operation.again = context.set_timer(self.retransmit, Timer::Again(op));
                    context.note(NOTE_SENT_AGAIN);
                    self.ask(op, context);
                }
            }
        }
    }

    fn on_configure(&mut self, parameters: &[u64], _context: &mut Context<'_, Self>) {
        self.configure(parameters);
    }

    fn on_command(&mut self, _command: u8, _target: Option<NodeId>, _context: &mut Context<'_, Self>) {}

    fn forge(message: &mut Message, value: Value) {
        match message {
            Message::Holds(_, Some(cell)) | Message::Store(_, _, cell) => cell.value = value,
            Message::Holds(_, None) | Message::Query(..) | Message::Stored(..) => {}
        }
    }

    fn label(message: &Message) -> Label {
        let (kind, bytes, op, version) = match message {
            Message::Query(op, _) => (0, 44, *op, None),
            Message::Holds(op, cell) => (1, if cell.is_some() { 72 } else { 44 }, *op, None),
            Message::Store(op, key, cell) => (2, 72, *op, Some((*key, cell.version))),
            Message::Stored(op, _) => (3, 48, *op, None),
        };
        Label { kind, bytes, op: Some(op), version }
    }

    fn timer_label(timer: Timer) -> u8 {
        match timer {
            Timer::Deadline(_) => 0,
            Timer::Again(_) => 1,
        }
    }

    fn view(&self, view: &mut ReplicaView) {
        view.role = "replica";
        self.disk.store.view(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        inspection.fields.push(("majority", self.majority().to_string()));
        let rows = self.operations.values().map(|operation| {
            let phase = match operation.phase {
                Phase::Query { .. } => "asks for tags",
                Phase::Propagate(_) => "brings it to a majority",
            };
            let key = format!("k{}", operation.key.0 + 1);
            vec![
                operation.request.call.kind().name().to_owned(),
                key,
                phase.to_owned(),
                operation.answered.count().to_string(),
            ]
        });
        inspection.tables.push(TableView {
            title: "operations that it coordinates",
            summary: "Each goes on when a majority, this node included, has answered its phase.",
            columns: vec!["operation", "key", "phase", "answers"],
            rows: rows.collect(),
        });
    }

    fn footprint(&self) -> usize {
        let disk = self.disk.store.footprint() + self.disk.memory.footprint();
        size_of::<Self>() + disk + self.operations.len() * 200
    }
}
