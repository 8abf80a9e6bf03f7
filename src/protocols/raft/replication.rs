//! How the log gets from the leader to the others, and what is committed (paper, sections 5.3, 5.4.2 and 7).

use netsplit_watched::watched;
use std::rc::Rc;

use netsplit_sim::frame::ReplicaView;
use netsplit_sim::ids::NodeId;

use super::{Bugs, Entry, Message, Outcome, Raft, Role, Snapshot, Timer, To, What, note, version};

/// The most entries in one message.
const BATCH: usize = 64;
/// The most messages with entries on their way to one follower. What comes meanwhile waits and then goes
/// as one batch.
const PIPELINE: u8 = 8;

/// What a leader knows of another server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peer {
    /// The next entry to send it.
    pub(super) next: u64,
    /// Its log is known to be the leader's up to here.
    pub(super) matched: u64,
    /// The round of the answer that told so.
    matched_round: u64,
    /// The latest round of heartbeats that it answered.
    pub(super) acked_round: u64,
    /// Whether it answered anything since the leader last looked.
    pub(super) heard: bool,
    /// Whether the leader does not know where their logs part, and tries one message at a time.
    pub(super) probing: bool,
    /// Messages with entries on their way to it, as far as is known.
    in_flight: u8,
}

#[watched]
impl Peer {
    /// A server of which nothing is known yet.
    pub(super) fn new(next: u64, acked_round: u64) -> Self {
        Self { next, acked_round, ..Self::default() }
    }
}

#[watched]
impl<B: Bugs> Raft<B> {
    // The leader.

    /// Adds an entry to the leader's log and sends it on.
    pub(super) fn propose(&mut self, what: What, context: To<'_, '_, B>) -> u64 {
        let term = self.term();
        let index = self.disk.log.push(Entry { term, what });
        context.sync();
        if let What::Members(members) = what {
            self.configurations.push((index, members));
        }
        self.send_to_all(context);
        self.await_own_disk(context);
        index
    }

    /// Where a server is a majority by itself, nobody's answer will come when its own disk is done.
    pub(super) fn await_own_disk(&self, context: To<'_, '_, B>) {
        if self.is_member() && self.members().majority() == 1 {
            context.set_timer(netsplit_sim::time::Span::ZERO, Timer::Written);
        }
    }

    /// Everybody who gets the log: the members, a server that joins and one that leaves.
    pub(super) fn audience(&self) -> super::Members {
        let mut all = self.members();
        if let Some(joining) = &self.joining {
            all = all.with(joining.node);
        }
        if let Some(leaving) = &self.leaving {
            all = all.with(leaving.node);
        }
        all.without(self.me)
    }

    /// Sends everybody what is new.
    pub(super) fn send_to_all(&mut self, context: To<'_, '_, B>) {
        let end = self.disk.log.end();
        for node in self.audience().iter() {
            let peer = &self.peers[node.index()];
            let limit = if peer.probing { 1 } else { PIPELINE };
            if peer.next <= end && peer.in_flight < limit {
                self.send_entries(node, context);
            }
        }
    }

    /// Begins a round of heartbeats: everybody gets a message, with what is new for it if anything is.
    pub(super) fn begin_round(&mut self, context: To<'_, '_, B>) {
        self.reads.round += 1;
        if self.settings.reads == super::about::ReadBy::Lease {
            context.set_timer(self.settings.timeout, Timer::Lease(self.reads.round));
        }
        for node in self.audience().iter() {
            self.send_entries(node, context);
        }
        self.confirm(context);
    }

    pub(super) fn heartbeat(&mut self, context: To<'_, '_, B>) {
        self.heartbeat_timer = self.start_timer(self.settings.heartbeat, Timer::Heartbeat, context);
        for peer in &mut self.peers {
            // What was not answered within a heartbeat may be lost; it must not hold up the rest.
            peer.in_flight = 0;
        }
        self.begin_round(context);
    }

    /// Sends a server what comes next for it: a batch of entries, nothing as a heartbeat, or the snapshot if
    /// what it needs is gone from the log.
    pub(super) fn send_entries(&mut self, to: NodeId, context: To<'_, '_, B>) {
        let (term, round) = (self.term(), self.reads.round);
        let peer = &mut self.peers[to.index()];
        let prev_index = peer.next.saturating_sub(1);
        let Some(prev_term) = self.disk.term_at(prev_index) else {
            let snapshot = Rc::clone(&self.disk.snapshot);
            peer.next = snapshot.index + 1;
            peer.probing = true;
            peer.in_flight = 1;
            context.send(to, Message::InstallSnapshot { term, round, snapshot });
            return;
        };
        let entries: Vec<Entry> =
            self.disk.log.from(peer.next).take(BATCH).map(|(_, entry)| *entry).collect();
        if !entries.is_empty() {
            peer.in_flight = peer.in_flight.saturating_add(1);
        }
        if !peer.probing {
            // It will most likely have them: the next ones follow without waiting.
            peer.next += entries.len() as u64;
        }
        let commit = self.committed;
        context.send(to, Message::Append { term, prev_index, prev_term, commit, round, entries });
    }

    /// A follower answered.
    pub(super) fn appended(
        &mut self,
        from: NodeId,
        term: u64,
        round: u64,
        outcome: Outcome,
        context: To<'_, '_, B>,
    ) {
        if term > self.term() {
            self.follow(term, context);
        }
        if self.role != Role::Leader || term != self.term() {
            return;
        }
        let peer = &mut self.peers[from.index()];
        peer.heard = true;
        peer.in_flight = peer.in_flight.saturating_sub(1);
        let newest = round > peer.acked_round;
        peer.acked_round = round.max(peer.acked_round);
        match outcome {
            Outcome::Matched(index) => {
                let further = index > peer.matched;
                if further {
                    peer.matched = index;
                }
                peer.matched_round = round.max(peer.matched_round);
                peer.next = peer.next.max(index + 1);
                peer.probing = false;
                if further && index > self.committed {
                    self.advance(context);
                }
                if self.role == Role::Leader {
                    self.caught_up(from, context);
                }
            }
            Outcome::Missing { prev, conflict_term, first } => {
                let next = self.where_logs_part(prev, conflict_term, first);
                let peer = &mut self.peers[from.index()];
                let news = if peer.probing { prev + 1 == peer.next } else { prev > peer.matched };
                // A server that lost its disk lacks what it had acknowledged: a later round tells.
                let lost = prev <= peer.matched && round > peer.matched_round;
                if lost {
                    peer.matched = 0;
                }
                if news || lost {
                    peer.probing = true;
                    peer.in_flight = 0;
                    peer.next = next.max(peer.matched + 1);
                    self.send_entries(from, context);
                }
            }
        }
        if self.role == Role::Leader {
            if newest {
                self.confirm(context);
            }
            let end = self.disk.log.end();
            let peer = &self.peers[from.index()];
            let limit = if peer.probing { 1 } else { PIPELINE };
            if peer.next <= end && peer.in_flight < limit && self.audience().contains(from) {
                self.send_entries(from, context);
            }
        }
    }

    /// Where to try next with a follower whose entry before has another term (section 5.3, the accelerated
    /// form): after the leader's own last entry of that term, else at the first of the follower's.
    fn where_logs_part(&self, prev: u64, conflict_term: u64, first: u64) -> u64 {
        let first = first.clamp(1, prev.max(1));
        if conflict_term == 0 {
            return first;
        }
        let mut index = prev.saturating_sub(1).min(self.disk.log.end());
        while let Some(term) = self.disk.term_at(index) {
            if term == conflict_term {
                return index + 1;
            }
            if term < conflict_term || index == 0 {
                break;
            }
            index -= 1;
        }
        first
    }

    /// Commits what a majority has, if it is of this term; everything before it is committed with it
    /// (section 5.4.2).
    pub(super) fn advance(&mut self, context: To<'_, '_, B>) {
        // Whoever handles anything has no unfinished disk write: the leader's own log counts whole.
        let index = self.majority_has(self.disk.log.end(), |peer| peer.matched);
        let of_this_term = self.disk.term_at(index) == Some(self.term());
        if index > self.committed && (of_this_term || B::COMMITS_OLD_TERMS_BY_COUNT) {
            self.commit_up_to(index, context);
            if self.role == Role::Leader {
                self.serve_reads(context);
                self.try_changes(context);
            }
        }
    }

    /// The most that a majority has of something, when the leader itself has `own`.
    pub(super) fn majority_has(&mut self, own: u64, of: impl Fn(&Peer) -> u64) -> u64 {
        let members = self.members();
        let mut values = std::mem::take(&mut self.scratch);
        values.clear();
        for node in members.iter() {
            values.push(if node == self.me { own } else { of(&self.peers[node.index()]) });
        }
        values.sort_unstable_by(|a, b| b.cmp(a));
        let value = values.get(members.majority() as usize - 1).copied().unwrap_or(0);
        self.scratch = values;
        value
    }

    // A follower.

    /// A leader spoke: takes it as such, unless its term is over. Then it is told so.
    pub(super) fn hears(&mut self, from: NodeId, term: u64, round: u64, context: To<'_, '_, B>) -> bool {
        if term < self.term() {
            let outcome = Outcome::Missing { prev: 0, conflict_term: 0, first: 0 };
            context.send(from, Message::Appended { term: self.term(), round, outcome });
            return false;
        }
        if term > self.term() || self.role != Role::Follower {
            self.follow(term, context);
        }
        let new = self.leader != Some(from);
        self.leader = Some(from);
        self.heard_leader(context);
        if new {
            self.send_held(context);
        }
        true
    }

    /// Takes entries that follow the one at `prev_index`, if it has that one.
    pub(super) fn append(
        &mut self,
        prev_index: u64,
        prev_term: u64,
        entries: &[Entry],
        context: To<'_, '_, B>,
    ) -> Outcome {
        let start = self.disk.log.start();
        if prev_index >= start {
            let held = self.disk.term_at(prev_index);
            if held != Some(prev_term) {
                return self.conflict(prev_index, held);
            }
        }
        // Before `start` everything is in the snapshot, and so it is committed, and the same.
        let mut changed = false;
        for (index, entry) in (prev_index + 1..).zip(entries) {
            if index <= start {
                continue;
            }
            match self.disk.log.get(index) {
                Some(held) if held.term == entry.term => continue,
                Some(_) => self.cut_off_after(index - 1, context),
                None => {}
            }
            self.disk.log.push(*entry);
            changed = true;
            if let What::Members(members) = entry.what {
                self.configurations.push((index, members));
            }
        }
        let last = prev_index + entries.len() as u64;
        if B::TRUNCATES_ALWAYS && !entries.is_empty() && last < self.disk.log.end() {
            self.cut_off_after(last, context);
            changed = true;
        }
        if changed && !B::ACKS_BEFORE_SYNC {
            context.sync();
        }
        Outcome::Matched(last)
    }

    /// What to tell a leader about an entry that is missing or different here.
    fn conflict(&self, prev: u64, held: Option<u64>) -> Outcome {
        let Some(conflict_term) = held else {
            let first = self.disk.log.end() + 1;
            return Outcome::Missing { prev, conflict_term: 0, first };
        };
        let mut first = prev;
        while first > self.disk.log.start() + 1 && self.disk.term_at(first - 1) == Some(conflict_term) {
            first -= 1;
        }
        Outcome::Missing { prev, conflict_term, first }
    }

    /// Cuts off entries that contradict the leader's.
    fn cut_off_after(&mut self, last: u64, context: To<'_, '_, B>) {
        context.note(note::CONFLICT);
        self.disk.log.truncate(last);
        while self.configurations.len() > 1
            && self.configurations.last().is_some_and(|(index, _)| *index > last)
        {
            self.configurations.pop();
        }
    }

    // Everybody.

    /// Applies what is committed up to an index, as far as the log goes, and answers the clients that wait.
    pub(super) fn commit_up_to(&mut self, index: u64, context: To<'_, '_, B>) {
        if index <= self.committed {
            return;
        }
        let mut changed_members = false;
        while self.committed < index {
            let next = self.committed + 1;
            let Some(entry) = self.disk.log.get(next).copied() else { break };
            self.committed = next;
            match entry.what {
                What::NoOp => {}
                What::Members(_) => changed_members = true,
                What::Operation { op, call } => {
                    let (answer, changed) = self.machine.apply(op, call, version(next));
                    if changed {
                        context.visible(call.key(), op);
                    }
                    self.answer(next, answer, context);
                }
            }
        }
        // The copy is in memory: it has nothing that a disk could lose.
        netsplit_sim::durable::Durable::synced(&mut self.machine);
        if changed_members {
            self.members_committed(context);
        }
        let every = self.settings.snapshot_after;
        if every > 0 && self.committed >= self.disk.snapshot.index + every {
            self.take_snapshot(context);
        }
    }

    /// Keeps the copy of the data in place of the log that led to it. If the disk loses the snapshot before
    /// it is written, it still has the log.
    fn take_snapshot(&mut self, context: To<'_, '_, B>) {
        let index = self.committed;
        let Some(term) = self.disk.term_at(index) else { return };
        let members = self.members_at(index);
        let machine = self.machine.clone();
        self.disk.snapshot = Rc::new(Snapshot { index, term, members, machine });
        self.disk.log.drop_up_to(index);
        context.note(note::SNAPSHOT_TAKEN);
    }

    /// Takes the leader's snapshot in place of what it stands for (figure 13).
    pub(super) fn install(&mut self, snapshot: Rc<Snapshot>, context: To<'_, '_, B>) {
        if snapshot.index <= self.committed {
            return;
        }
        context.note(note::SNAPSHOT_INSTALLED);
        let mut shown = ReplicaView::default();
        snapshot.machine.view(&mut shown);
        for key in shown.keys {
            if self.machine.get(key.key).is_none_or(|cell| cell.op != key.op) {
                context.visible(key.key, key.op);
            }
        }
        if self.disk.term_at(snapshot.index) == Some(snapshot.term) {
            self.disk.log.drop_up_to(snapshot.index);
        } else {
            self.disk.log.reset(snapshot.index);
        }
        self.committed = snapshot.index;
        self.machine = snapshot.machine.clone();
        self.disk.snapshot = snapshot;
        self.load_configurations();
        context.sync();
    }
}
