//! Primary/backup replication by log shipping (Alsberg and Day, *A Principle for Resilient Sharing of
//! Distributed Resources*, ICSE 1976; Budhiraja, Marzullo, Schneider and Toueg, *The Primary-Backup
//! Approach*, in Mullender's *Distributed Systems*, 1993, section 8.2).
//!
//! One node, n1, is the **primary**. It alone accepts writes, gives each the next index of its **log**,
//! makes it durable, and sends it to the **backups**. When `acks` of them have acknowledged an entry, and
//! every entry before it, the entry is **committed**: the primary applies it to its own copy and answers
//! the client. With `acks = 0` that is at once (asynchronous replication); with all backups it is
//! synchronous replication; in between, semi-synchronous.
//!
//! A backup applies entries in the order of the log, as soon as it has all before them, and acknowledges
//! the last one that it applied. Entries that come early wait. When a backup makes no progress for a
//! while, the primary goes back to what it last acknowledged and sends from there, batch by batch, each
//! when the one before is acknowledged; so lost messages and returning backups need no special case. An
//! entry that every backup has is dropped from the log.
//!
//! Reads go to the primary, or to any node's own copy. The second is quicker for a client near a backup,
//! and may be stale: the primary commits and answers a write without telling whether *every* backup
//! shows it, and even with `acks` at its most, two backups apply one entry at different times.
//!
//! A compare-and-set is decided against the end of the log, committed or not, and answered when all that
//! it was decided against is committed. A request that a client repeats is answered, not applied again.
//!
//! Where this deviates: there is no failover, so while the primary is down or cut off nobody can write.
//! The primary then never changes, and so a backup may apply an entry before it is committed: it can't
//! be taken back.

use std::collections::{BTreeMap, VecDeque};

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

/// The node that is primary.
const PRIMARY: NodeId = NodeId(0);
/// The most entries in one message.
const BATCH: usize = 64;
/// How many answers the primary remembers for clients that ask again.
const REMEMBERED: usize = 512;

/// A replica of the primary/backup protocol.
#[derive(Clone)]
pub struct PrimaryBackup {
    me: NodeId,
    nodes: u16,
    acks: usize,
    read_at: ReadAt,
    resend: Span,

    disk: Disk,

    // Of the primary, lost in a crash: clients that wait, and what the backups are known to have.
    waiting: VecDeque<Waiting>,
    matched: Vec<u64>,
    sent: Vec<u64>,
    matched_at_last_resend: Vec<u64>,
    resend_timer: Option<TimerId>,

    // Of a backup, lost in a crash: entries that came before their turn.
    early: BTreeMap<u64, Entry>,
}

/// What survives a crash.
#[derive(Clone, Default)]
pub struct Disk {
    store: Store,
    /// The index of the last entry in `store`. For the primary: of the last committed one.
    applied: u64,
    /// The primary's log after `log_start`.
    log: VecDeque<Entry>,
    /// The index of the last entry that was dropped because every backup has it.
    log_start: u64,
    /// The primary's latest answers, with the index that has to be committed first.
    answers: BTreeMap<OpId, (u64, Answer)>,
}

/// An entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    key: Key,
    value: Value,
    op: OpId,
}

/// A client that waits until an index is committed.
#[derive(Clone)]
struct Waiting {
    index: u64,
    request: Request,
    answer: Answer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadAt {
    Primary,
    Any,
}

/// What replicas send to each other.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// Primary to backup: entries of the log, the first of which has this index.
    Append {
        /// The index of the first entry.
        first: u64,
        /// The entries, in order.
        entries: Vec<Entry>,
    },
    /// Backup to primary: it has applied every entry up to this index.
    Ack {
        /// The index.
        applied: u64,
    },
    /// Backup to primary: a client's request that only the primary may answer.
    Forward(Request),
}

/// The only timer: look for backups that lag.
#[derive(Clone, Copy, Debug)]
pub struct Resend;

/// What it promises. With reads at the primary: everything, as there is one copy that decides. With
/// reads anywhere: that nothing acknowledged is lost and that the copies become equal.
#[must_use]
fn promises(parameters: &[u64], _nodes: u16) -> Vec<Promise> {
    let durable = [Promise::NoLostWrites, Promise::Converges];
    let at_primary = [Promise::Linearizable, Promise::ReadYourWrites, Promise::MonotonicReads];
    match read_at(parameters) {
        ReadAt::Primary => at_primary.into_iter().chain(durable).collect(),
        ReadAt::Any => durable.to_vec(),
    }
}

fn read_at(parameters: &[u64]) -> ReadAt {
    if parameters[1] == 0 { ReadAt::Primary } else { ReadAt::Any }
}

impl PrimaryBackup {
    fn is_primary(&self) -> bool {
        self.me == PRIMARY
    }

    fn backups(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes).map(NodeId).filter(|&node| node != PRIMARY)
    }

    fn configure(&mut self, parameters: &[u64]) {
        self.acks = parameters[0] as usize;
        self.read_at = read_at(parameters);
        self.resend = Span(parameters[2]);
    }

    /// The index of the last entry of the log.
    fn end(&self) -> u64 {
        self.disk.log_start + self.disk.log.len() as u64
    }

    fn entry(&self, index: u64) -> Entry {
        self.disk.log[(index - self.disk.log_start - 1) as usize]
    }

    fn cell(index: u64, entry: Entry) -> Cell {
        Cell { value: entry.value, version: Version { counter: index, node: PRIMARY }, op: entry.op }
    }

    /// What a key will hold when the whole log is committed.
    fn latest(&self, key: Key) -> Option<Value> {
        let uncommitted = (self.disk.applied - self.disk.log_start) as usize;
        let pending = self.disk.log.range(uncommitted..).rev().find(|entry| entry.key == key);
        pending.map(|entry| entry.value).or_else(|| self.disk.store.get(key).map(|cell| cell.value))
    }

    fn read(&self, request: Request, key: Key, context: &mut Context<'_, Self>) {
        let found = self.disk.store.get(key).map(|cell| (cell.value, cell.version));
        context.reply(request, Answer::Read(found));
    }

    /// The primary takes a request.
    fn accept(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if let Some((index, answer)) = self.disk.answers.get(&request.op).cloned() {
            self.answer_when_committed(Waiting { index, request, answer }, context);
            return;
        }
        let version = Version { counter: self.end() + 1, node: PRIMARY };
        let (answer, write) = match request.call {
            Call::Read { key } => return self.read(request, key, context),
            Call::Write { key, value } => (Answer::Written(version), Some((key, value))),
            Call::Cas { key, from, to } if self.latest(key) == from => {
                (Answer::Swapped(version), Some((key, to)))
            }
            Call::Cas { .. } => (Answer::NotSwapped, None),
            Call::Add { .. } | Call::Insert { .. } | Call::Remove { .. } => {
                return context.reply(request, Answer::Refused("not yet"));
            }
        };
        if let Some((key, value)) = write {
            self.disk.log.push_back(Entry { key, value, op: request.op });
        }
        let index = self.end();
        self.disk.answers.insert(request.op, (index, answer.clone()));
        if self.disk.answers.len() > REMEMBERED {
            self.disk.answers.pop_first();
        }
        context.sync();
        if write.is_some() {
            for backup in self.backups() {
                // A backup that is being caught up gets this entry in its turn.
                if self.sent[backup.index()] + 1 == index {
                    self.send_more(backup, context);
                }
            }
        }
        self.answer_when_committed(Waiting { index, request, answer }, context);
        self.commit(context);
        self.watch(context);
    }

    fn answer_when_committed(&mut self, waiting: Waiting, context: &mut Context<'_, Self>) {
        if waiting.index <= self.disk.applied {
            context.reply(waiting.request, waiting.answer);
        } else {
            self.waiting.push_back(waiting);
        }
    }

    /// Sends a backup what it has not been sent, at most a batch of it.
    fn send_more(&mut self, backup: NodeId, context: &mut Context<'_, Self>) {
        let first = self.sent[backup.index()] + 1;
        let last = self.end().min(first + BATCH as u64 - 1);
        if first <= last {
            let entries = (first..=last).map(|index| self.entry(index)).collect();
            context.send(backup, Message::Append { first, entries });
            self.sent[backup.index()] = last;
        }
    }

    /// A backup has applied the log up to an index; one that is being caught up gets the next batch.
    fn acknowledged(&mut self, backup: NodeId, applied: u64, context: &mut Context<'_, Self>) {
        let matched = &mut self.matched[backup.index()];
        *matched = applied.max(*matched);
        let matched = *matched;
        let sent = &mut self.sent[backup.index()];
        *sent = matched.max(*sent);
        if *sent == matched {
            self.send_more(backup, context);
        }
        self.commit(context);
    }

    /// Commits what enough backups have, in order: applies it and answers.
    fn commit(&mut self, context: &mut Context<'_, Self>) {
        let committed = self.commit_index();
        while self.disk.applied < committed {
            self.disk.applied += 1;
            let index = self.disk.applied;
            let entry = self.entry(index);
            self.disk.store.merge(entry.key, Self::cell(index, entry));
            context.visible(entry.key, entry.op);
        }
        while self.waiting.front().is_some_and(|waiting| waiting.index <= committed) {
            let waiting = self.waiting.pop_front().expect("there is a front");
            context.reply(waiting.request, waiting.answer);
        }
        let everywhere = self.backups().map(|b| self.matched[b.index()]).min().unwrap_or(u64::MAX);
        while self.disk.log_start < everywhere.min(self.disk.applied) {
            self.disk.log.pop_front();
            self.disk.log_start += 1;
        }
    }

    /// The last index that `acks` backups have; never less than what is committed already.
    fn commit_index(&self) -> u64 {
        let mut matched: Vec<u64> = self.backups().map(|backup| self.matched[backup.index()]).collect();
        matched.sort_unstable_by(|a, b| b.cmp(a));
        match self.acks.min(matched.len()) {
            0 => self.end(),
            acks => matched[acks - 1].max(self.disk.applied),
        }
    }

    /// Keeps the resend timer running while a backup lags.
    fn watch(&mut self, context: &mut Context<'_, Self>) {
        let lagging = self.backups().any(|backup| self.matched[backup.index()] < self.end());
        if lagging && self.resend_timer.is_none() {
            self.matched_at_last_resend.clone_from(&self.matched);
            self.resend_timer = Some(context.set_timer(self.resend, Resend));
        }
    }

    /// A backup takes entries.
    fn append(&mut self, first: u64, entries: Vec<Entry>, context: &mut Context<'_, Self>) {
        for (index, entry) in (first..).zip(entries) {
            if index > self.disk.applied {
                self.early.insert(index, entry);
            }
        }
        let before = self.disk.applied;
        while let Some(entry) = self.early.remove(&(self.disk.applied + 1)) {
            self.disk.applied += 1;
            self.disk.store.merge(entry.key, Self::cell(self.disk.applied, entry));
            context.visible(entry.key, entry.op);
        }
        if self.disk.applied > before {
            context.sync();
        }
        context.send(PRIMARY, Message::Ack { applied: self.disk.applied });
    }
}

impl Protocol for PrimaryBackup {
    type Message = Message;
    type Timer = Resend;
    type Stable = Disk;

    fn about() -> About {
        About {
            id: "primary-backup",
            title: "Primary / backup",
            summary: "One node takes every write and ships its log to the others; you choose how many must \
                      have an entry before the client is told that it is safe.",
            paper: "Alsberg and Day, A Principle for Resilient Sharing of Distributed Resources, 1976; \
                    Budhiraja et al., The Primary-Backup Approach, 1993, section 8.2",
            parameters: vec![
                Parameter {
                    id: "acks",
                    title: "Backups that must acknowledge",
                    summary: "0 is asynchronous: fast, and a read at a backup may be stale. All is synchronous: \
                              a write waits for the farthest backup.",
                    range: Range::Replicas { least: 0, spare: 1, default: 1 },
                },
                Parameter {
                    id: "reads",
                    title: "Reads are answered by",
                    summary: "The primary always knows the latest value; the node that the client asked is \
                              nearer and may not.",
                    range: Range::Choice {
                        of: vec![
                            Choice { id: "primary", title: "the primary" },
                            Choice { id: "any", title: "the node asked" },
                        ],
                        default: 0,
                    },
                },
                Parameter {
                    id: "resend",
                    title: "Send again after",
                    summary: "How long the primary waits for a backup's acknowledgement before it sends the \
                              entries again.",
                    range: Range::Time {
                        least: Span::from_ms(1),
                        most: Span::from_s(10),
                        default: Span::from_ms(200),
                    },
                },
            ],
            messages: vec![
                Kind { name: "Append", summary: "The primary ships entries of its log to a backup." },
                Kind { name: "Ack", summary: "A backup tells how much of the log it has applied." },
                Kind { name: "Forward", summary: "A backup passes a client's request on to the primary." },
            ],
            timers: vec![Kind { name: "Resend", summary: "Send entries again to backups that lag." }],
            notes: Vec::new(),
            commands: Vec::new(),
        }
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], disk: Disk) -> Self {
        let matched = vec![disk.log_start; usize::from(nodes)];
        let mut replica = Self {
            me,
            nodes,
            acks: 0,
            read_at: ReadAt::Primary,
            resend: Span::ZERO,
            disk,
            waiting: VecDeque::new(),
            matched_at_last_resend: matched.clone(),
            sent: matched.clone(),
            matched,
            resend_timer: None,
            early: BTreeMap::new(),
        };
        replica.configure(parameters);
        replica
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        if self.is_primary() {
            for backup in self.backups() {
                self.send_more(backup, context);
            }
            self.watch(context);
        }
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        match request.call {
            Call::Read { key } if self.is_primary() || self.read_at == ReadAt::Any => {
                self.read(request, key, context);
            }
            _ if self.is_primary() => self.accept(request, context),
            _ => context.send(PRIMARY, Message::Forward(request)),
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Append { first, entries } => self.append(first, entries, context),
            Message::Ack { applied } => self.acknowledged(from, applied, context),
            Message::Forward(request) => self.accept(request, context),
        }
    }

    fn on_timer(&mut self, Resend: Resend, context: &mut Context<'_, Self>) {
        self.resend_timer = None;
        for backup in self.backups() {
            let matched = self.matched[backup.index()];
            // A backup that moved on since the last look is getting them; only a silent one is helped.
            if matched < self.end() && matched == self.matched_at_last_resend[backup.index()] {
                self.sent[backup.index()] = matched;
                self.send_more(backup, context);
            }
        }
        self.watch(context);
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        self.configure(parameters);
        if self.is_primary() {
            self.commit(context);
        }
    }

    fn on_command(&mut self, _command: u8, _target: Option<NodeId>, _context: &mut Context<'_, Self>) {}

    fn forge(message: &mut Message, value: Value) {
        match message {
            Message::Append { entries, .. } => entries.iter_mut().for_each(|entry| entry.value = value),
            Message::Ack { .. } | Message::Forward(_) => {}
        }
    }

    fn label(message: &Message) -> Label {
        let (kind, bytes, op, version) = match message {
            Message::Append { first, entries } => {
                let last = entries.last().map(|entry| {
                    let counter = first + entries.len() as u64 - 1;
                    (entry.key, Version { counter, node: PRIMARY })
                });
                (0, 40 + 24 * entries.len() as u32, entries.first().map(|entry| entry.op), last)
            }
            Message::Ack { .. } => (1, 40, None, None),
            Message::Forward(request) => (2, 64, Some(request.op), None),
        };
        Label { kind, bytes, op, version }
    }

    fn timer_label(Resend: Resend) -> u8 {
        0
    }

    fn view(&self, view: &mut ReplicaView) {
        if self.is_primary() {
            view.role = "primary";
        } else {
            view.role = "backup";
        }
        self.disk.store.view(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        inspection.fields.push(("log ends at", self.end().to_string()));
        inspection.fields.push(("committed", self.disk.applied.to_string()));
        inspection.fields.push(("clients waiting", self.waiting.len().to_string()));
        inspection.fields.push(("applied", self.disk.applied.to_string()));
        inspection.fields.push(("came early", self.early.len().to_string()));
    }

    fn footprint(&self) -> usize {
        let entries = self.disk.log.len() + self.early.len();
        size_of::<Self>()
            + self.disk.store.footprint()
            + entries * (size_of::<Entry>() + 8)
            + self.disk.answers.len() * 72
            + self.waiting.len() * size_of::<Waiting>()
    }
}

/// What it promises, and under which faults.
#[must_use]
pub fn contract(parameters: &[u64], nodes: u16) -> Contract {
    Contract {
        consistency: if read_at(parameters) == ReadAt::Primary {
            Consistency::Linearizable
        } else {
            Consistency::Sequential
        },
        durability: "An acknowledged write is on the disks that acknowledged it.",
        reads: Needs::Primary(0),
        writes: Needs::Primary(parameters[0] as u16),
        promises: promises(parameters, nodes),
        tolerances: tolerances(),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write, CallKind::Cas]
}

/// What it says about each fault.
fn tolerances() -> Vec<Tolerance> {
    let of = |fault, survives, then| Tolerance { fault, survives, then };
    vec![
        of(
            Fault::Cut,
            Survives::Any,
            "Clients that can't reach the primary can't write. Writes also wait while fewer backups than \
             required can be reached.",
        ),
        of(
            Fault::OneWayCut,
            Survives::Any,
            "As a cut: an entry and its acknowledgement both have to get through.",
        ),
        of(Fault::Loss, Survives::Any, "Lost entries are sent again, so writes take longer."),
        of(Fault::Duplication, Survives::Any, "An entry that was applied is not applied again."),
        of(Fault::Reordering, Survives::Any, "An entry that comes early waits for those before it."),
        of(
            Fault::Crash,
            Survives::Any,
            "A backup catches up after its restart. While the primary is down nobody can write: there is no \
             failover.",
        ),
        of(Fault::UnsyncedCrash, Survives::None, "Not considered."),
        of(Fault::Wipe, Survives::None, "Not considered."),
        of(Fault::Pause, Survives::Any, "As a crash, but nothing is lost from memory."),
        of(Fault::Slow, Survives::None, "Not considered."),
        of(Fault::ClockSkew, Survives::Any, "No clock is used to order writes."),
        of(Fault::ClockDrift, Survives::None, "Not considered."),
        of(Fault::Lie, Survives::None, "Not considered."),
        of(Fault::Retry, Survives::Any, "A request that comes again is answered, not applied again."),
    ]
}

impl Durable for Disk {
    fn synced(&mut self) {}

    fn lose_unsynced(&mut self) {}
}
