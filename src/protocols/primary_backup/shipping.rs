//! How one node brings another's log to what its own is: the part that primaries, backups and nodes that take over share.

use netsplit_watched::watched;
use std::rc::Rc;

use netsplit_sim::durable::Durable;
use netsplit_sim::frame::ReplicaView;
use netsplit_sim::ids::{Key, NodeId, OpId};
use netsplit_sim::protocol::Context;

use super::disk::{Entry, Snapshot};
use super::message::{Append, Message, Next};
use super::settings::note;
use super::{Flaws, PrimaryBackup};
use crate::parts::state_machine::StateMachine;

/// The most entries in one message.
const BATCH: u64 = 64;

/// What became of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The log is the sender's up to the last of them.
    All,
    /// They come after what this node has.
    Early,
    /// What they follow is not in this node's log; this would help.
    Astray(Next),
}

#[watched]
impl<F: Flaws> PrimaryBackup<F> {
    /// Sends entries after an index, or the snapshot if they are no longer kept; answers up to where
    /// the receiver then has the log.
    pub(super) fn ship(&self, to: NodeId, prev: u64, answer: bool, context: &mut Context<'_, Self>) -> u64 {
        let Some(chain) = self.disk.chain_at(prev) else { return self.ship_snapshot(to, false, context) };
        let (end, epoch) = (self.disk.end(), self.disk.epoch.get());
        let entries: Vec<Entry> =
            self.disk.log().from(prev + 1).take(BATCH as usize).map(|(_, entry)| *entry).collect();
        let last = prev + entries.len() as u64;
        // Who is being caught up gets the next batch when it has this one.
        let answer = answer || last < end;
        let committed = self.disk.committed.get();
        context.send(to, Message::Append(Append { epoch, prev, chain, entries, end, committed, answer }));
        last
    }

    fn ship_snapshot(&self, to: NodeId, replaces: bool, context: &mut Context<'_, Self>) -> u64 {
        let (epoch, at) = (self.disk.epoch.get(), self.disk.start());
        let snapshot = Rc::clone(self.disk.base());
        context.send(to, Message::Snapshot { epoch, at, snapshot, replaces });
        at
    }

    /// Sends a node what it says that it needs; answers up to where it then has the log.
    pub(super) fn ship_next(&self, to: NodeId, next: Next, context: &mut Context<'_, Self>) -> u64 {
        match next {
            Next::Nothing | Next::Shorter => self.disk.end(),
            Next::From(prev) => self.ship(to, prev.min(self.disk.end()), true, context),
            Next::Base { start, chain } if self.disk.chain_at(start) == Some(chain) => {
                self.ship(to, start, true, context)
            }
            Next::Base { start, .. } => self.ship_snapshot(to, start >= self.disk.start(), context),
        }
    }

    /// Takes entries that follow an index with this chain into the log.
    pub(super) fn take(&mut self, append: &Append, context: &mut Context<'_, Self>) -> Taken {
        let Append { prev, entries, .. } = append;
        let (prev, last) = (*prev, prev + entries.len() as u64);
        let start = self.disk.start();
        if prev > self.disk.end() {
            return Taken::Early;
        }
        if last < start && self.following.contact && append.end >= start {
            // It was on its way for long: this node is past it.
            return Taken::All;
        }
        // What the snapshot covers can be compared at its end only.
        let skip = start.saturating_sub(prev) as usize;
        let before = match skip.checked_sub(1) {
            None => Some(append.chain),
            Some(covered) => entries.get(covered).map(|entry| entry.chain),
        };
        let prev = prev.max(start);
        if before != self.disk.chain_at(prev) {
            // Whatever it took for the same so far is not: the sender has another log than it had.
            self.following.contact = false;
            self.following.verified = 0;
            let base = Next::Base { start, chain: self.disk.base().chain };
            return Taken::Astray(if prev == start { base } else { Next::From(self.before_run(prev)) });
        }
        for (index, entry) in (prev + 1..).zip(entries.iter().skip(skip)) {
            if self.disk.log().get(index).is_some_and(|own| own.chain != entry.chain) {
                self.throw_away_after(index - 1, context);
            }
            if index > self.disk.end() {
                self.disk.push(*entry);
            }
        }
        self.following.contact = true;
        self.following.verified = self.following.verified.min(self.disk.end()).max(last);
        Taken::All
    }

    /// The index before the entries of one epoch that end at an index: where logs that differ here may still agree.
    fn before_run(&self, index: u64) -> u64 {
        let epoch = self.disk.epoch_at(index);
        let run = self.disk.log().from(0).rev().skip_while(|(i, _)| *i > index);
        let length = run.take_while(|(_, entry)| Some(entry.epoch) == epoch).count() as u64;
        // An epoch may be long: without epochs all entries may be of one.
        (index - length.clamp(1, BATCH)).max(self.disk.start())
    }

    /// Cuts off what another log replaces.
    pub(super) fn throw_away_after(&mut self, last: u64, context: &mut Context<'_, Self>) {
        if self.disk.log().from(last + 1).any(|(_, entry)| entry.command.is_some()) {
            context.note(note::THREW_AWAY);
        }
        self.disk.truncate(last);
        if self.applied > last {
            self.rebuild(last);
        }
    }

    /// Puts a snapshot in the place of the log. Answers whether it could be used.
    pub(super) fn install(
        &mut self,
        at: u64,
        snapshot: Rc<Snapshot>,
        replaces: bool,
        context: &mut Context<'_, Self>,
    ) -> bool {
        let same = self.disk.chain_at(at) == Some(snapshot.chain);
        if same || (self.following.contact && at <= self.following.verified) {
            self.following.contact = true;
            self.following.verified = self.following.verified.max(at);
            return true;
        }
        if !replaces && at < self.disk.start() {
            // It was on its way for long: this node is past it.
            return false;
        }
        if self.disk.end() >= at || replaces {
            context.note(note::THREW_AWAY);
        }
        let before = keys(&self.machine);
        self.disk.replace(at, snapshot);
        self.rebuild(at);
        for cell in keys(&self.machine) {
            if !before.contains(&cell) {
                context.visible(cell.0, cell.1);
            }
        }
        context.note(note::SNAPSHOT);
        self.following.contact = true;
        self.following.verified = at;
        true
    }

    /// Makes the state anew from the disk.
    pub(super) fn rebuild(&mut self, up_to: u64) {
        self.machine = self.disk.base().state.clone();
        self.applied = self.disk.start();
        for (index, entry) in self.disk.log().from(0).take_while(|(index, _)| *index <= up_to) {
            if let Some((op, call)) = entry.command {
                self.machine.apply(op, call, entry.version(index));
            }
            self.applied = index;
        }
        self.machine.synced();
    }

    /// Applies the log up to an index.
    pub(super) fn apply_to(&mut self, index: u64, context: &mut Context<'_, Self>) {
        while self.applied < index {
            self.applied += 1;
            let Some(entry) = self.disk.log().get(self.applied).copied() else { break };
            let Some((op, call)) = entry.command else { continue };
            let (_, changed) = self.machine.apply(op, call, entry.version(self.applied));
            self.machine.synced();
            if changed {
                context.visible(call.key(), super::leading::asked(op));
            }
        }
    }
}

/// The keys of a state with the operations that wrote them.
fn keys(machine: &StateMachine) -> Vec<(Key, OpId)> {
    let mut view = ReplicaView::default();
    machine.view(&mut view);
    view.keys.iter().map(|key| (key.key, key.op)).collect()
}
