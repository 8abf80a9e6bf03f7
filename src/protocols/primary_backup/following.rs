//! A backup: whom it obeys, what it takes, and what it answers.

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::rc::Rc;

use netsplit_sim::history::Call;
use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{Context, TimerId};
use netsplit_sim::time::Span;

use super::disk::{Epoch, Snapshot};
use super::message::{Append, Message, Next, Timer};
use super::settings::note;
use super::shipping::Taken;
use super::{Flaws, PrimaryBackup, Role};

/// How many messages that came early wait for their turn.
const EARLY: usize = 64;

/// What a backup knows of its primary's log.
#[derive(Clone, Default)]
pub(super) struct Following {
    /// Whether it has met the primary's log yet.
    pub(super) contact: bool,
    /// Up to here its log is the primary's.
    pub(super) verified: u64,
    /// Whether it lacked something and is being caught up.
    behind: bool,
    /// How far it was when a message without entries last told that there is more. The primary may believe that it
    /// has all of it: an acknowledgement of before a wipe can come that late.
    stalled_at: Option<u64>,
    /// Entries that came before their turn, by the index that they follow.
    early: BTreeMap<u64, Append>,
    ack_timer: Option<TimerId>,
}

#[watched]
impl Following {
    pub(super) fn footprint(&self) -> usize {
        self.early.values().map(|append| 64 + append.entries.len() * 72).sum()
    }

    pub(super) fn early(&self) -> usize {
        self.early.len()
    }
}

#[watched]
impl<F: Flaws> PrimaryBackup<F> {
    /// Whether an epoch is the one that this node is in. Without epochs only the primary counts.
    pub(super) fn is_current(&self, epoch: Epoch) -> bool {
        if self.settings.epochs { epoch == self.disk.epoch.get() } else { epoch.node == self.leader() }
    }

    /// Follows another primary from now on, or the same one anew.
    pub(super) fn follow(&mut self, epoch: Epoch, context: &mut Context<'_, Self>) {
        self.disk.epoch.set(epoch);
        self.disk.resigned.set(false);
        context.sync();
        self.become_backup(context);
    }

    /// Stops whatever else it was doing.
    pub(super) fn become_backup(&mut self, context: &mut Context<'_, Self>) {
        if let Some(timer) = std::mem::take(&mut self.following).ack_timer {
            context.cancel_timer(timer);
        }
        if self.role == Role::Primary {
            context.note(note::STEPPED_DOWN);
        }
        self.role = Role::Backup;
        let requests = self.stop_leading(context).into_iter().chain(self.stop_standing(context));
        // The new primary answers the reads that waited. A write may have been given up long ago, and would come as
        // a surprise: whoever still wants it asks again.
        for request in requests.collect::<Vec<_>>() {
            if matches!(request.call, Call::Read { .. }) {
                self.route(request, 0, context);
            }
        }
    }

    /// Somebody is in a newer epoch.
    pub(super) fn on_newer(&mut self, epoch: Epoch, context: &mut Context<'_, Self>) {
        if self.settings.epochs && epoch > self.disk.epoch.get() {
            self.follow(epoch, context);
        }
    }

    /// Refuses a message of an older epoch; tells whether it did.
    pub(super) fn refuses(&self, from: NodeId, epoch: Epoch, context: &mut Context<'_, Self>) -> bool {
        let mine = self.disk.epoch.get();
        let old = self.settings.epochs && epoch < mine;
        if old {
            context.note(note::REFUSED);
            context.send(from, Message::Stale { epoch: mine });
        }
        old
    }

    /// Whether a node takes entries from another that says it is primary.
    fn obeys(&mut self, from: NodeId, epoch: Epoch, context: &mut Context<'_, Self>) -> bool {
        if self.settings.epochs {
            if F::ACCEPTS_OLD_EPOCHS && epoch < self.disk.epoch.get() {
                return self.role == Role::Backup;
            }
            if self.refuses(from, epoch, context) {
                return false;
            }
            self.on_newer(epoch, context);
            return match self.role {
                Role::Backup => self.leader() == from,
                Role::Candidate => self.standing.source() == Some(from),
                Role::Primary => false,
            };
        }
        if self.settings.automatic {
            return self.role == Role::Backup && self.leader() == from;
        }
        // Two primaries meet: the lower-numbered one stays, and tells the other.
        if self.role == Role::Primary && self.me < from {
            self.ship(from, self.disk.end(), false, context);
            return false;
        }
        if self.leader() != from {
            self.follow(Epoch { node: from, ..self.disk.epoch.get() }, context);
        }
        self.role == Role::Backup
    }

    pub(super) fn on_append(&mut self, from: NodeId, append: Append, context: &mut Context<'_, Self>) {
        if !self.obeys(from, append.epoch, context) {
            return;
        }
        let before = self.disk.end();
        let chain = self.disk.last_chain();
        let taken = self.take(&append, context);
        if taken == Taken::All {
            self.take_early(context);
            self.apply_to(self.following.verified, context);
        }
        if (self.disk.end(), self.disk.last_chain()) != (before, chain) && !F::ACKNOWLEDGES_BEFORE_SYNC {
            context.sync();
        }
        self.learn(append.committed);
        self.respond(from, append, taken, context);
    }

    /// Takes what came early and now has its turn.
    fn take_early(&mut self, context: &mut Context<'_, Self>) {
        while let Some(entry) = self.following.early.first_entry() {
            if *entry.key() > self.following.verified {
                break;
            }
            let append = entry.remove();
            let Following { contact, verified, .. } = self.following;
            if self.take(&append, context) != Taken::All {
                // It is left over from another log, and says nothing about this one.
                self.following.contact = contact;
                self.following.verified = verified;
            }
        }
    }

    fn learn(&mut self, committed: u64) {
        let known = committed.min(self.following.verified);
        if known > self.disk.committed.get() {
            self.disk.committed.set(known);
            self.disk.compact();
        }
    }

    fn respond(&mut self, from: NodeId, append: Append, taken: Taken, context: &mut Context<'_, Self>) {
        let Append { epoch, end, answer, .. } = append;
        let some = !append.entries.is_empty();
        let verified = self.following.verified;
        let stalled = taken == Taken::Early && !some && self.following.stalled_at == Some(verified);
        self.following.stalled_at = (taken == Taken::Early && !some && !stalled).then_some(verified);
        let next = match taken {
            Taken::Astray(next) => next,
            Taken::Early if !self.following.contact => Next::From(self.disk.end()),
            Taken::Early if stalled => Next::From(verified),
            Taken::All if self.disk.end() > end && append.prev == end => Next::Shorter,
            Taken::All | Taken::Early => Next::Nothing,
        };
        if taken == Taken::Early && self.following.early.len() < EARLY {
            self.following.early.insert(append.prev, append);
        }
        if self.role == Role::Candidate {
            return self.on_part_of_log(from, next, context);
        }
        let lacks = !matches!(next, Next::Nothing | Next::Shorter);
        self.following.behind |= lacks;
        if self.following.behind && !lacks && self.following.verified >= end {
            self.following.behind = false;
            context.note(note::CAUGHT_UP);
        }
        if answer || next != Next::Nothing {
            let have = if next == Next::Shorter { end } else { self.following.verified };
            context.send(from, Message::Ack { epoch, have, next });
        } else if some && self.following.ack_timer.is_none() {
            // Nobody waits for this acknowledgement, so one will do for many entries.
            let after = Span(self.settings.resend.0 / 2);
            self.following.ack_timer = Some(context.set_timer(after, Timer::Acknowledge));
        }
    }

    pub(super) fn on_snapshot(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        (at, snapshot, replaces): (u64, Rc<Snapshot>, bool),
        context: &mut Context<'_, Self>,
    ) {
        if !self.obeys(from, epoch, context) || !self.install(at, snapshot, replaces, context) {
            return;
        }
        if !F::ACKNOWLEDGES_BEFORE_SYNC {
            context.sync();
        }
        if self.role == Role::Candidate {
            return self.on_part_of_log(from, Next::Nothing, context);
        }
        self.following.behind = true;
        context.send(from, Message::Ack { epoch, have: self.following.verified, next: Next::Nothing });
    }

    /// The end of the primary's log, which a heartbeat tells, shows whether this node lacks something.
    pub(super) fn on_position(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        leads: bool,
        (end, chain, committed): (u64, u64, u64),
        context: &mut Context<'_, Self>,
    ) {
        if !leads {
            return self.on_newer(epoch, context);
        }
        let entries = Vec::new();
        self.on_append(
            from,
            Append { epoch, prev: end, chain, entries, end, committed, answer: false },
            context,
        );
    }

    /// Tells the primary how far it is.
    pub(super) fn acknowledge(&mut self, context: &mut Context<'_, Self>) {
        self.following.ack_timer = None;
        if self.role == Role::Backup && self.leader() != self.me {
            let (epoch, have) = (self.disk.epoch.get(), self.following.verified);
            context.send(self.leader(), Message::Ack { epoch, have, next: Next::Nothing });
        }
    }

    /// A node with an empty disk may be new, or may have lost everything: it asks for the log. Where there are
    /// heartbeats they tell it.
    pub(super) fn look_for_primary(&mut self, context: &mut Context<'_, Self>) {
        if self.disk.end() == 0 && !self.settings.automatic && self.leader() != self.me {
            context.send(self.leader(), Message::Hello);
            self.standing.ask_after(self.settings.resend, context);
        }
    }

    /// Asks everybody, for the primary may be another by now.
    pub(super) fn look_further(&mut self, context: &mut Context<'_, Self>) {
        if !self.following.contact && self.disk.end() == 0 && !self.settings.automatic {
            self.to_all(&Message::Hello, context);
            self.standing.ask_after(self.settings.resend, context);
        }
    }

    pub(super) fn on_hello(&mut self, from: NodeId, context: &mut Context<'_, Self>) {
        if self.role == Role::Primary {
            self.ship(from, self.disk.end(), false, context);
        }
    }
}
