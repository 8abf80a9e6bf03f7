//! A primary: what it accepts, when it answers, and how it keeps its backups up.

use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::protocol::{Context, Request, TimerId};
use netsplit_watched::watched;

use super::disk::Epoch;
use super::message::{Message, Next, Timer};
use super::settings::note;
use super::{Flaws, PrimaryBackup, Role};
use crate::parts::nodes::Nodes;

/// What a primary keeps in memory.
#[derive(Clone, Default)]
pub(super) struct Leading {
    /// The end of the log that it began with: until that is committed it knows no current value.
    barrier: u64,
    waiting: Vec<Waiting>,
    /// By node.
    pub(super) peers: Vec<Peer>,
    reads: Reads,
    resend_timer: Option<TimerId>,
}

/// A client that waits until an index is committed.
#[derive(Clone, Copy)]
struct Waiting {
    index: u64,
    request: Request,
    op: OpId,
}

/// What a primary knows of a backup.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peer {
    /// Up to here it has the log, as far as it said in this epoch.
    pub(super) matched: Option<u64>,
    /// Up to here the log was sent.
    pub(super) sent: u64,
    /// What `matched` was when the primary last looked.
    looked: Option<u64>,
}

/// Reads on their way.
#[derive(Clone, Default)]
struct Reads {
    /// They wait for the log that the primary began with.
    held: Vec<Request>,
    /// They wait for the present round.
    asking: Vec<Request>,
    /// They came later and wait for the next round.
    next: Vec<Request>,
    round: u64,
    confirmed: Nodes,
}

#[watched]
impl Leading {
    pub(super) fn footprint(&self) -> usize {
        self.waiting.len() * size_of::<Waiting>() + self.peers.len() * size_of::<Peer>()
    }

    pub(super) fn clients_waiting(&self) -> usize {
        self.waiting.len() + self.reads.held.len() + self.reads.asking.len() + self.reads.next.len()
    }
}

/// The operation that a client asked for.
pub(super) fn asked(op: OpId) -> OpId {
    OpId(op.0 & !AGAIN)
}

/// Marks a repeated request as another one; only a flaw does.
const AGAIN: u32 = 1 << 31;

#[watched]
impl<F: Flaws> PrimaryBackup<F> {
    /// Whether it was primary when it last ran.
    pub(super) fn was_primary(&self) -> bool {
        let epoch = self.disk.epoch.get();
        // An entry of its own epoch shows that it had won it. The first epoch needs none.
        let won = !self.settings.epochs || epoch == Epoch::default() || self.disk.last_epoch() == epoch;
        epoch.node == self.me && won && !self.disk.resigned.get()
    }

    /// Takes up the epoch that it already leads.
    pub(super) fn resume_leading(&mut self, context: &mut Context<'_, Self>) {
        let end = self.disk.end();
        let matched = (end == 0).then_some(0);
        let peer = Peer { matched, sent: end, looked: None };
        self.leading =
            Leading { barrier: end, peers: vec![peer; usize::from(self.nodes)], ..Leading::default() };
        if end > 0 {
            for backup in self.others() {
                self.ship(backup, end, true, context);
            }
        }
        self.commit(context);
        self.watch(context);
    }

    /// Begins to lead its epoch, with an entry that says so.
    pub(super) fn lead(&mut self, context: &mut Context<'_, Self>) {
        let held = self.stop_standing(context);
        self.role = Role::Primary;
        context.note(note::LEADS);
        self.disk.resigned.set(false);
        let found = self.disk.end();
        let barrier = self.disk.append(None);
        context.sync();
        let peer = Peer { matched: None, sent: barrier, looked: None };
        self.leading = Leading { barrier, peers: vec![peer; usize::from(self.nodes)], ..Leading::default() };
        for backup in self.others() {
            self.ship(backup, found, true, context);
        }
        self.commit(context);
        self.watch(context);
        for request in held {
            self.accept(request, context);
        }
    }

    /// Leads no more; answers the requests that waited.
    pub(super) fn stop_leading(&mut self, context: &mut Context<'_, Self>) -> Vec<Request> {
        let Leading { waiting, reads, resend_timer, .. } = std::mem::take(&mut self.leading);
        if let Some(timer) = resend_timer {
            context.cancel_timer(timer);
        }
        let writes = waiting.into_iter().map(|waiting| waiting.request);
        writes.chain(reads.held).chain(reads.asking).chain(reads.next).collect()
    }

    /// Takes a request.
    pub(super) fn accept(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if let Call::Read { .. } = request.call {
            return self.read(request, context);
        }
        let known = self
            .disk
            .log()
            .from(self.applied + 1)
            .find(|(_, entry)| entry.command.is_some_and(|(op, _)| op == request.op));
        let mut op = request.op;
        let mut known = known.map(|(index, _)| index);
        if known.is_none() && self.machine.answer(op).is_some() {
            known = Some(self.leading.barrier.min(self.disk.end()));
        }
        if F::APPLIES_RETRIES && known.take().is_some() {
            op = OpId(op.0 | AGAIN);
        }
        let index = match known {
            Some(index) => index,
            None => self.write(op, request.call, context),
        };
        self.leading.waiting.push(Waiting { index, request, op });
        self.commit(context);
        self.watch(context);
    }

    fn write(&mut self, op: OpId, call: Call, context: &mut Context<'_, Self>) -> u64 {
        let index = self.disk.append(Some((op, call)));
        if !F::ACKNOWLEDGES_BEFORE_SYNC {
            context.sync();
        }
        for backup in self.others() {
            // A backup that is being caught up gets this entry in its turn.
            if self.leading.peers[backup.index()].sent + 1 == index {
                let answer = self.settings.acks > 0;
                self.leading.peers[backup.index()].sent = self.ship(backup, index - 1, answer, context);
            }
        }
        index
    }

    pub(super) fn on_ack(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        have: u64,
        next: Next,
        context: &mut Context<'_, Self>,
    ) {
        if self.role != Role::Primary || !self.is_current(epoch) {
            return self.on_newer(epoch, context);
        }
        let have = have.min(self.disk.end());
        let peer = self.leading.peers[from.index()];
        match next {
            Next::Shorter if have == self.disk.end() => {
                // Without epochs another was primary meanwhile: this entry settles whose log counts.
                self.disk.append(None);
                context.sync();
                self.leading.peers[from.index()].sent = self.ship(from, have, true, context);
            }
            Next::Nothing | Next::Shorter => {
                let matched = peer.matched.unwrap_or(0).max(have);
                let sent = peer.sent.max(matched);
                self.leading.peers[from.index()] = Peer { matched: Some(matched), sent, ..peer };
                if sent == matched && sent < self.disk.end() {
                    self.leading.peers[from.index()].sent = self.ship(from, sent, true, context);
                }
            }
            Next::From(_) | Next::Base { .. } => {
                let sent = self.ship_next(from, next, context);
                self.leading.peers[from.index()] = Peer { matched: Some(have), sent, ..peer };
            }
        }
        self.commit(context);
        self.watch(context);
    }

    /// Commits what enough backups have, in order: applies it and answers.
    pub(super) fn commit(&mut self, context: &mut Context<'_, Self>) {
        let committed = self.commit_index();
        if committed > self.disk.committed.get() {
            self.disk.committed.set(committed);
        }
        let committed = self.disk.committed.get();
        self.apply_to(committed, context);
        if self.leading.waiting.iter().any(|waiting| waiting.index <= committed) {
            let waiting = std::mem::take(&mut self.leading.waiting);
            let (done, rest) = waiting.into_iter().partition(|waiting| waiting.index <= committed);
            self.leading.waiting = rest;
            let done: Vec<Waiting> = done;
            for Waiting { request, op, .. } in done {
                if let Some(answer) = self.machine.answer(op) {
                    context.reply(request, answer);
                }
            }
        }
        if !self.leading.reads.held.is_empty() && committed >= self.leading.barrier {
            self.reread(context);
        }
        self.disk.compact();
    }

    /// The last index that enough backups have. With epochs it must be of this primary's own: an older entry
    /// that many have may still be replaced by one of an epoch between (Raft's figure 8 is the classic example).
    fn commit_index(&self) -> u64 {
        let of = |node: NodeId| self.leading.peers[node.index()].matched.unwrap_or(0);
        let mut matched: Vec<u64> = self.others().map(of).collect();
        matched.sort_unstable_by(|a, b| b.cmp(a));
        let needed = self.settings.acks.saturating_sub(usize::from(F::COUNTS_ONE_ACK_TOO_MANY));
        let index = match needed.min(matched.len()) {
            0 => self.disk.end(),
            acks => matched[acks - 1].min(self.disk.end()),
        };
        let own = !self.settings.epochs || self.disk.epoch_at(index) == Some(self.disk.epoch.get());
        if own { index } else { 0 }
    }

    // Reads.

    fn read(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if self.disk.committed.get() < self.leading.barrier {
            self.leading.reads.held.push(request);
        } else if !self.settings.confirms_reads() {
            context.reply(request, self.machine.read(request.call.key()));
        } else if self.leading.reads.asking.is_empty() {
            self.leading.reads.asking.push(request);
            self.ask_whether_primary(context);
        } else {
            self.leading.reads.next.push(request);
        }
    }

    /// Looks at all reads that wait anew.
    pub(super) fn reread(&mut self, context: &mut Context<'_, Self>) {
        let reads = &mut self.leading.reads;
        let (held, asking, next) = (
            std::mem::take(&mut reads.held),
            std::mem::take(&mut reads.asking),
            std::mem::take(&mut reads.next),
        );
        for request in held.into_iter().chain(asking).chain(next) {
            self.read(request, context);
        }
    }

    fn ask_whether_primary(&mut self, context: &mut Context<'_, Self>) {
        let reads = &mut self.leading.reads;
        reads.round += 1;
        reads.confirmed = Nodes::default();
        reads.confirmed.insert(self.me);
        let round = reads.round;
        self.to_all(&Message::Confirm { epoch: self.disk.epoch.get(), round }, context);
        self.answer_if_confirmed(context);
        self.watch(context);
    }

    pub(super) fn on_confirm(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        round: u64,
        context: &mut Context<'_, Self>,
    ) {
        if !self.refuses(from, epoch, context) {
            self.on_newer(epoch, context);
            context.send(from, Message::Confirmed { epoch, round });
        }
    }

    pub(super) fn on_confirmed(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        round: u64,
        context: &mut Context<'_, Self>,
    ) {
        if self.role == Role::Primary && self.is_current(epoch) && round == self.leading.reads.round {
            self.leading.reads.confirmed.insert(from);
            self.answer_if_confirmed(context);
        }
    }

    fn answer_if_confirmed(&mut self, context: &mut Context<'_, Self>) {
        if self.leading.reads.confirmed.count() < self.majority() {
            return;
        }
        for request in std::mem::take(&mut self.leading.reads.asking) {
            context.reply(request, self.machine.read(request.call.key()));
        }
        self.leading.reads.asking = std::mem::take(&mut self.leading.reads.next);
        if !self.leading.reads.asking.is_empty() {
            self.ask_whether_primary(context);
        }
    }

    // Backups that lag.

    /// Keeps the resend timer running while a backup lags, or reads wait for word.
    pub(super) fn watch(&mut self, context: &mut Context<'_, Self>) {
        let end = self.disk.end();
        let lags = self.others().any(|backup| self.leading.peers[backup.index()].matched != Some(end));
        if (lags || !self.leading.reads.asking.is_empty()) && self.leading.resend_timer.is_none() {
            for peer in &mut self.leading.peers {
                peer.looked = peer.matched;
            }
            self.leading.resend_timer = Some(context.set_timer(self.settings.resend, Timer::Resend));
        }
    }

    pub(super) fn resend(&mut self, context: &mut Context<'_, Self>) {
        self.leading.resend_timer = None;
        if self.role != Role::Primary {
            return;
        }
        let end = self.disk.end();
        for backup in self.others() {
            let peer = self.leading.peers[backup.index()];
            // A backup that moved on since the last look is getting them; only a silent one is helped.
            if peer.matched != Some(end) && peer.matched == peer.looked {
                let from = peer.matched.unwrap_or(end);
                self.leading.peers[backup.index()].sent = self.ship(backup, from, true, context);
            }
        }
        let Reads { asking, round, confirmed, .. } = &self.leading.reads;
        if !asking.is_empty() {
            let message = Message::Confirm { epoch: self.disk.epoch.get(), round: *round };
            for node in self.others().filter(|&node| !confirmed.contains(node)) {
                context.send(node, message.clone());
            }
        }
        self.watch(context);
    }
}
