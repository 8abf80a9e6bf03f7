//! A leaderless store with quorums, after Dynamo (DeCandia et al., *Dynamo: Amazon's Highly Available
//! Key-value Store*, SOSP 2007, sections 4.4 to 4.5; the quorums are Gifford's, *Weighted Voting for
//! Replicated Data*, SOSP 1979).
//!
//! Every node holds every key, and any node may take any request: it becomes the **coordinator** of that
//! operation. A write gets the coordinator's clock as its version and goes to all N replicas; the client
//! is answered when W of them, the coordinator included, have it on disk. A read asks all N, and is
//! answered with the newest version among the first R replies. The newest version wins, always: **last
//! write wins**, by timestamp and then by node.
//!
//! When R + W > N every read quorum meets every write quorum, so a read that begins after a write was
//! acknowledged sees that write or a newer one. That alone is **not** linearizable: a write that has
//! reached one replica may be seen by one read and missed by a later one.
//!
//! **Read repair** (section 5): when all replies are in, or time is up, the coordinator sends the newest
//! version to the replicas that showed an older one.
//!
//! When fewer than W (or R) answer in time, the coordinator has to choose. It may *refuse*: a write's
//! outcome is then **unknown**, as some replicas may have it, and it says so; a read has no effect and is
//! refused outright. Or it may *accept* what it could reach: available, and no longer consistent. This is
//! the choice of the CAP theorem, and each node can be given its own.
//!
//! A client that gets no answer and asks another node makes a second write of the same value: the first
//! attempt may still be waiting somewhere, and get a newer timestamp than a write that was acknowledged
//! since. Stores of this kind give that problem to their clients, and so does this one: it is outside
//! of the contract.
//!
//! Where this deviates from Dynamo: timestamps instead of vector clocks (section 4.4), a strict instead of a
//! sloppy quorum with hinted handoff (4.6), no Merkle-tree anti-entropy (4.7): a key that nobody reads
//! is not repaired. Compare-and-set is refused, as no quorum of this kind can decide it.

use std::collections::BTreeMap;

use netsplit_sim::durable::Durable;
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::protocol::{
    About, Answer, Choice, Consistency, Context, Contract, Fault, Kind, Label, Needs, Parameter, Promise,
    Protocol, Range, Request, Survives, TimerId, Tolerance,
};
use netsplit_sim::time::Span;

use crate::parts::store::{Cell, Store};

/// A replica of the leaderless store.
#[derive(Clone)]
pub struct Quorum {
    me: NodeId,
    nodes: u16,
    r: u32,
    w: u32,
    timeout: Span,
    short: Short,
    repair: bool,

    disk: Disk,

    // Operations that this node coordinates; lost in a crash.
    writes: BTreeMap<OpId, Write>,
    reads: BTreeMap<OpId, Read>,
}

/// What survives a crash.
#[derive(Clone, Default)]
pub struct Disk {
    store: Store,
    /// The last timestamp that this node gave out; it gives every one only once.
    last_timestamp: u64,
}

/// What to do when too few answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    Refuse,
    Accept,
}

/// A set of nodes, as bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Nodes(u64);

impl Nodes {
    fn insert(&mut self, node: NodeId) {
        self.0 |= 1 << node.0;
    }

    fn count(self) -> u32 {
        self.0.count_ones()
    }
}

#[derive(Clone, Copy)]
struct Write {
    request: Request,
    version: Version,
    stored: Nodes,
    timer: TimerId,
}

#[derive(Clone)]
struct Read {
    request: Request,
    key: Key,
    replies: Vec<(NodeId, Option<Cell>)>,
    answered: bool,
    timer: TimerId,
}

/// What replicas send to each other.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// Coordinator to replica: keep this if it is newer, and say so.
    Store(OpId, Key, Cell),
    /// Replica to coordinator: this version, or a newer one, is on disk.
    Stored(OpId, Version),
    /// Coordinator to replica: what do you hold?
    Fetch(OpId, Key),
    /// Replica to coordinator: this.
    Fetched(OpId, Option<Cell>),
    /// Coordinator to replica after a read: keep this if it is newer.
    Repair(Key, Cell),
}

/// The only timer: an operation has waited long enough.
#[derive(Clone, Copy, Debug)]
pub enum Deadline {
    /// Of a write.
    Write(OpId),
    /// Of a read.
    Read(OpId),
}

/// What it promises: with R + W > N and refusal, that an acknowledged write is seen by every later read.
/// Otherwise nothing that a checker could hold it to.
#[must_use]
fn promises(parameters: &[u64], nodes: u16) -> Vec<Promise> {
    let overlapping = parameters[0] + parameters[1] > u64::from(nodes);
    if overlapping && parameters[3] == 0 {
        vec![Promise::ReadYourWrites, Promise::NoLostWrites]
    } else {
        Vec::new()
    }
}

fn newest(replies: &[(NodeId, Option<Cell>)]) -> Option<Cell> {
    replies.iter().filter_map(|(_, cell)| *cell).max_by_key(|cell| cell.version)
}

impl Quorum {
    fn others(&self) -> impl Iterator<Item = NodeId> + use<> {
        let me = self.me;
        (0..self.nodes).map(NodeId).filter(move |&node| node != me)
    }

    fn configure(&mut self, parameters: &[u64]) {
        self.r = parameters[0] as u32;
        self.w = parameters[1] as u32;
        self.timeout = Span(parameters[2]);
        self.short = if parameters[3] == 0 { Short::Refuse } else { Short::Accept };
        self.repair = parameters[4] == 0;
    }

    /// Keeps a cell if it is newer than this node's own.
    fn keep(&mut self, key: Key, cell: Cell, context: &mut Context<'_, Self>) {
        if self.disk.store.merge(key, cell) {
            context.sync();
            context.visible(key, cell.op);
        }
    }

    fn write(&mut self, request: Request, key: Key, value: Value, context: &mut Context<'_, Self>) {
        let timestamp = context.clock().0.max(self.disk.last_timestamp + 1);
        self.disk.last_timestamp = timestamp;
        let version = Version { counter: timestamp, node: self.me };
        let cell = Cell { value, version, op: request.op };
        self.keep(key, cell, context);
        let mut stored = Nodes::default();
        stored.insert(self.me);
        let timer = context.set_timer(self.timeout, Deadline::Write(request.op));
        self.writes.insert(request.op, Write { request, version, stored, timer });
        for node in self.others() {
            context.send(node, Message::Store(request.op, key, cell));
        }
        self.finish_write(request.op, context);
    }

    fn finish_write(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(write) = self.writes.get(&op).copied() else { return };
        if write.stored.count() >= self.w {
            context.reply(write.request, Answer::Written(write.version));
            context.cancel_timer(write.timer);
            self.writes.remove(&op);
        }
    }

    fn write_deadline(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(write) = self.writes.remove(&op) else { return };
        let answer = match self.short {
            Short::Refuse => Answer::Unknown("fewer than W replicas confirmed the write in time"),
            Short::Accept => Answer::Written(write.version),
        };
        context.reply(write.request, answer);
    }

    fn read(&mut self, request: Request, key: Key, context: &mut Context<'_, Self>) {
        let timer = context.set_timer(self.timeout, Deadline::Read(request.op));
        let replies = vec![(self.me, self.disk.store.get(key))];
        self.reads.insert(request.op, Read { request, key, replies, answered: false, timer });
        for node in self.others() {
            context.send(node, Message::Fetch(request.op, key));
        }
        self.finish_read(request.op, context);
    }

    fn finish_read(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.get_mut(&op) else { return };
        if !read.answered && read.replies.len() as u32 >= self.r {
            read.answered = true;
            let found = newest(&read.replies).map(|cell| (cell.value, cell.version));
            context.reply(read.request, Answer::Read(found));
        }
        if read.answered && read.replies.len() == usize::from(self.nodes) {
            context.cancel_timer(read.timer);
            self.close_read(op, context);
        }
    }

    fn read_deadline(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.get(&op) else { return };
        if !read.answered {
            let answer = match self.short {
                Short::Refuse => Answer::Refused("fewer than R replicas answered in time"),
                Short::Accept => Answer::Read(newest(&read.replies).map(|cell| (cell.value, cell.version))),
            };
            context.reply(read.request, answer);
        }
        self.close_read(op, context);
    }

    /// All replies are in, or time is up: repairs the replicas that showed an older version.
    fn close_read(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(read) = self.reads.remove(&op) else { return };
        let Some(best) = newest(&read.replies).filter(|_| self.repair) else { return };
        for (node, cell) in read.replies {
            if cell.is_some_and(|cell| cell.version == best.version) {
                continue;
            }
            if node == self.me {
                self.keep(read.key, best, context);
            } else {
                context.send(node, Message::Repair(read.key, best));
            }
        }
    }
}

impl Protocol for Quorum {
    type Message = Message;
    type Timer = Deadline;
    type Stable = Disk;

    fn about() -> About {
        About {
            id: "quorum",
            title: "Leaderless quorums",
            summary: "Any node takes any request and asks all replicas; a write waits for W of them, a read \
                      for R, and the newest timestamp wins.",
            paper: "DeCandia et al., Dynamo, SOSP 2007, sections 4.4, 4.5 and 5; Gifford, Weighted Voting for \
                    Replicated Data, SOSP 1979",
            parameters: parameters(),
            messages: vec![
                Kind { name: "Store", summary: "The coordinator asks a replica to keep a version." },
                Kind { name: "Stored", summary: "A replica has the version, or a newer one, on disk." },
                Kind { name: "Fetch", summary: "The coordinator asks a replica what it holds." },
                Kind { name: "Fetched", summary: "A replica tells what it holds." },
                Kind {
                    name: "Repair",
                    summary: "After a read, a stale replica is given the newest version.",
                },
            ],
            timers: vec![
                Kind { name: "Write deadline", summary: "A write has waited long enough for W replicas." },
                Kind { name: "Read deadline", summary: "A read has waited long enough for R replicas." },
            ],
            notes: Vec::new(),
            commands: Vec::new(),
        }
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], disk: Disk) -> Self {
        let mut replica = Self {
            me,
            nodes,
            r: 0,
            w: 0,
            timeout: Span::ZERO,
            short: Short::Refuse,
            repair: true,
            disk,
            writes: BTreeMap::new(),
            reads: BTreeMap::new(),
        };
        replica.configure(parameters);
        replica
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, _context: &mut Context<'_, Self>) {}

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        match request.call {
            Call::Read { key } => self.read(request, key, context),
            Call::Write { key, value } => self.write(request, key, value, context),
            Call::Cas { .. } | Call::Add { .. } | Call::Insert { .. } | Call::Remove { .. } => {
                context.reply(request, Answer::Refused("a leaderless store can't compare and set"));
            }
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Store(op, key, cell) => {
                self.keep(key, cell, context);
                context.send(from, Message::Stored(op, cell.version));
            }
            Message::Stored(op, version) => {
                if let Some(write) = self.writes.get_mut(&op).filter(|write| write.version == version) {
                    write.stored.insert(from);
                    self.finish_write(op, context);
                }
            }
            Message::Fetch(op, key) => {
                let cell = self.disk.store.get(key);
                context.send(from, Message::Fetched(op, cell));
            }
            Message::Fetched(op, cell) => {
                if let Some(read) = self.reads.get_mut(&op)
                    && read.replies.iter().all(|(node, _)| *node != from)
                {
                    read.replies.push((from, cell));
                    self.finish_read(op, context);
                }
            }
            Message::Repair(key, cell) => self.keep(key, cell, context),
        }
    }

    fn on_timer(&mut self, timer: Deadline, context: &mut Context<'_, Self>) {
        match timer {
            Deadline::Write(op) => self.write_deadline(op, context),
            Deadline::Read(op) => self.read_deadline(op, context),
        }
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        self.configure(parameters);
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
        match message {
            Message::Store(_, _, cell) | Message::Repair(_, cell) | Message::Fetched(_, Some(cell)) => {
                cell.value = value;
            }
            Message::Stored(..) | Message::Fetch(..) | Message::Fetched(_, None) => {}
        }
    }

    fn label(message: &Message) -> Label {
        let (kind, bytes, op, version) = match message {
            Message::Store(op, key, cell) => (0, 72, Some(*op), Some((*key, cell.version))),
            Message::Stored(op, _) => (1, 48, Some(*op), None),
            Message::Fetch(op, _) => (2, 44, Some(*op), None),
            Message::Fetched(op, _) => (3, 72, Some(*op), None),
            Message::Repair(key, cell) => (4, 64, Some(cell.op), Some((*key, cell.version))),
        };
        Label { kind, bytes, op, version }
    }

    fn timer_label(timer: Deadline) -> u8 {
        match timer {
            Deadline::Write(_) => 0,
            Deadline::Read(_) => 1,
        }
    }

    fn view(&self, view: &mut ReplicaView) {
        view.role = "replica";
        self.disk.store.view(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        inspection.fields.push(("writes it coordinates", self.writes.len().to_string()));
        inspection.fields.push(("reads it coordinates", self.reads.len().to_string()));
    }

    fn footprint(&self) -> usize {
        let coordinated = self.writes.len() * 100 + self.reads.len() * (160 + usize::from(self.nodes) * 48);
        size_of::<Self>() + self.disk.store.footprint() + coordinated
    }
}

fn parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            id: "r",
            title: "R: replicas that a read waits for",
            summary: "More replicas give a fresher answer and a slower one.",
            range: Range::Replicas { least: 1, spare: 0, default: 2 },
        },
        Parameter {
            id: "w",
            title: "W: replicas that a write waits for",
            summary: "With R + W greater than the number of nodes, every read meets every acknowledged write.",
            range: Range::Replicas { least: 1, spare: 0, default: 2 },
        },
        Parameter {
            id: "timeout",
            title: "The coordinator waits at most",
            summary: "After this time it does what the next choice says.",
            range: Range::Time {
                least: Span::from_ms(1),
                most: Span::from_s(60),
                default: Span::from_ms(500),
            },
        },
        Parameter {
            id: "short",
            title: "When too few replicas answer",
            summary: "Refuse keeps the copies consistent; accept keeps the clients served.",
            range: Range::Choice {
                of: vec![
                    Choice { id: "refuse", title: "refuse (stay consistent)" },
                    Choice { id: "accept", title: "accept (stay available)" },
                ],
                default: 0,
            },
        },
        Parameter {
            id: "repair",
            title: "Read repair",
            summary: "After a read, stale replicas are given the newest version.",
            range: Range::Choice {
                of: vec![Choice { id: "on", title: "on" }, Choice { id: "off", title: "off" }],
                default: 0,
            },
        },
    ]
}

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], nodes: u16) -> Contract {
    Contract {
        consistency: Consistency::Eventual,
        durability: "An acknowledged write is on the disks that acknowledged it.",
        reads: Needs::Any(parameters[0] as u16),
        writes: Needs::Any(parameters[1] as u16),
        promises: promises(parameters, nodes),
        tolerances: tolerances(),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write]
}

/// What it says about each fault.
fn tolerances() -> Vec<Tolerance> {
    let of = |fault, survives, then| Tolerance { fault, survives, then };
    vec![
        of(
            Fault::Cut,
            Survives::Any,
            "A side with at least R (or W) nodes reads (or writes) on; the other refuses or accepts, as chosen. \
             Accepting gives the promises up.",
        ),
        of(Fault::OneWayCut, Survives::Any, "As a cut: a request and its reply both have to get through."),
        of(Fault::Loss, Survives::Any, "A lost message counts as a replica that did not answer."),
        of(Fault::Duplication, Survives::Any, "A replica counts once, and a version is kept once."),
        of(Fault::Reordering, Survives::Any, "The newest timestamp wins in whatever order versions come."),
        of(
            Fault::Crash,
            Survives::Any,
            "What a replica confirmed is on its disk. Operations it coordinated end as unknown.",
        ),
        of(Fault::UnsyncedCrash, Survives::None, "Not considered."),
        of(Fault::Wipe, Survives::None, "Not considered."),
        of(
            Fault::Pause,
            Survives::Any,
            "A paused replica does not answer; later it goes on with what it missed.",
        ),
        of(Fault::Slow, Survives::None, "Not considered."),
        of(
            Fault::ClockSkew,
            Survives::None,
            "Not considered: a write through a node whose clock is slow loses against older ones.",
        ),
        of(Fault::ClockDrift, Survives::None, "Not considered."),
        of(Fault::Lie, Survives::None, "Not considered."),
        of(
            Fault::Retry,
            Survives::None,
            "Not considered: each attempt of a write gets a timestamp of its own, and one that was held up \
                   somewhere may come back over newer writes.",
        ),
    ]
}

impl Durable for Disk {
    fn synced(&mut self) {}

    fn lose_unsynced(&mut self) {}
}
