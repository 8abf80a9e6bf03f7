//! Changes of who takes part: servers added and removed one at a time, and leadership handed on (thesis,
//! sections 3.10 and 4).

use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;
use netsplit_watched::watched;

use super::about::command;
use super::{Bugs, Campaign, Members, Message, Peer, Raft, Role, Timer, To, What, note};

/// In so many rounds a new server has to catch up (thesis, section 4.2.1).
const ROUNDS: u8 = 10;
/// A new server that is silent for so many election timeouts is given up.
const PATIENCE: u8 = 3;

/// A server that is brought up to date before it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joining {
    pub(super) node: NodeId,
    /// It has to get this far in this round: to where the log ended when the round began.
    target: u64,
    /// When the round began.
    began: Time,
    pub(super) rounds: u8,
    silent: u8,
}

/// A server that was removed and is to learn it, so that it stands for no election.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    pub(super) node: NodeId,
    /// An answer to this round or a later one means that it knows; not known before the removal is committed.
    knows_at: Option<u64>,
}

/// Leadership that is being handed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    pub(super) target: NodeId,
    /// Whether the target was told.
    told: bool,
}

#[watched]
impl<B: Bugs> Raft<B> {
    /// A person tells this server to do something that only the leader can; `passed_on` if another server did.
    pub(super) fn command(&mut self, command: u8, target: NodeId, passed_on: bool, context: To<'_, '_, B>) {
        match (self.role, self.leader) {
            (Role::Leader, _) => {}
            (_, Some(leader)) if !passed_on => {
                return context.send(leader, Message::Command { command, target });
            }
            _ => return context.note(note::REFUSED),
        }
        let member = self.members().contains(target);
        let exists = target.0 < self.nodes && Members::default().with(target).count() == 1;
        let idle = self.joining.is_none() && self.pending_removal.is_none();
        match command {
            command::ADD if exists && !member && idle => self.begin_joining(target, context),
            command::REMOVE if member && idle && self.members().count() > 1 => {
                self.pending_removal = Some(target);
                self.try_changes(context);
            }
            command::TRANSFER if member && target != self.me && self.transfer.is_none() => {
                self.begin_transfer(target, context);
            }
            _ => context.note(note::REFUSED),
        }
    }

    /// The configuration as of an entry.
    pub(super) fn members_at(&self, index: u64) -> Members {
        let known = self.configurations.iter().rev().find(|(at, _)| *at <= index);
        known.map_or(self.disk.snapshot.members, |(_, members)| *members)
    }

    /// Whether the configuration may change now: the one before is committed, and so is an entry of this
    /// term. Without the second, a leader that knows nothing of another's change could commit its own by a
    /// majority that shares no server with the other's.
    fn may_change(&self) -> bool {
        self.is_settled() && (self.committed >= self.term_start || B::CHANGES_MEMBERS_EARLY)
    }

    fn begin_joining(&mut self, node: NodeId, context: To<'_, '_, B>) {
        context.note(note::JOINING);
        if self.leaving.is_some_and(|leaving| leaving.node == node) {
            self.leaving = None;
        }
        let target = self.disk.log.end();
        self.joining = Some(Joining { node, target, began: context.clock(), rounds: 1, silent: 0 });
        let peer = &mut self.peers[node.index()];
        // What it may have is not known: the first message asks.
        *peer = Peer::new(target + 1, peer.acked_round);
        peer.probing = true;
        self.send_entries(node, context);
    }

    /// A server answered: one that joins may have come far enough, one that is to take over may have it all,
    /// one that leaves may know it.
    pub(super) fn caught_up(&mut self, from: NodeId, context: To<'_, '_, B>) {
        let peer = self.peers[from.index()];
        if let Some(joining) = &mut self.joining
            && joining.node == from
        {
            joining.silent = 0;
            self.try_changes(context);
        }
        if let Some(leaving) = &self.leaving
            && leaving.node == from
            && leaving.knows_at.is_some_and(|round| peer.acked_round >= round)
        {
            self.leaving = None;
        }
        self.try_transfer(context);
    }

    /// Does what waits for its turn: a removal, or the addition of a server that has caught up.
    pub(super) fn try_changes(&mut self, context: To<'_, '_, B>) {
        if let Some(node) = self.pending_removal
            && self.may_change()
        {
            self.pending_removal = None;
            let members = self.members();
            if members.contains(node) && members.count() > 1 {
                if node != self.me {
                    self.leaving = Some(Leaving { node, knows_at: None });
                }
                self.propose(What::Members(members.without(node)), context);
            }
        }
        let (now, end) = (context.clock(), self.disk.log.end());
        let Some(joining) = &mut self.joining else { return };
        if self.peers[joining.node.index()].matched < joining.target {
            return;
        }
        let quick = now.since(joining.began) < self.settings.timeout;
        if !quick && joining.rounds == ROUNDS {
            self.joining = None;
            context.note(note::JOINING_FAILED);
        } else if !quick {
            joining.rounds += 1;
            joining.target = end;
            joining.began = now;
        } else if self.may_change() {
            let node = self.joining.take().map(|joining| joining.node);
            let members = self.members();
            if let Some(node) = node {
                self.propose(What::Members(members.with(node)), context);
            }
        }
    }

    /// A new configuration is committed.
    pub(super) fn members_committed(&mut self, context: To<'_, '_, B>) {
        context.note(note::MEMBERS_CHANGED);
        let last = self.configurations.iter().rposition(|(index, _)| *index <= self.committed);
        self.configurations.drain(..last.unwrap_or(0));
        if self.role != Role::Leader {
            return;
        }
        if let Some(leaving) = &mut self.leaving
            && leaving.knows_at.is_none()
            && self.configurations.len() == 1
        {
            leaving.knows_at = Some(self.reads.round + 1);
        }
        if self.is_settled() && !self.is_member() {
            // It led until its own removal was committed, and no longer. The others hear of the commit at once.
            self.begin_round(context);
            self.follow(self.term(), context);
        }
    }

    /// Looks whether a majority answered within the election timeout; a leader without one serves nobody and keeps
    /// the others from nothing by going (thesis, section 6.2).
    pub(super) fn look_for_quorum(&mut self, context: To<'_, '_, B>) {
        let mut heard = Members::default().with(self.me);
        for (n, peer) in self.peers.iter_mut().enumerate() {
            let node = NodeId(n as u16);
            let silent = !std::mem::take(&mut peer.heard);
            if !silent {
                heard = heard.with(node);
            }
            if silent && self.leaving.is_some_and(|leaving| leaving.node == node) {
                self.leaving = None;
            }
            if let Some(joining) = &mut self.joining
                && joining.node == node
                && silent
            {
                joining.silent += 1;
            }
        }
        if self.joining.is_some_and(|joining| joining.silent >= PATIENCE) {
            self.joining = None;
            context.note(note::JOINING_FAILED);
        }
        if self.members().majority_in(heard) {
            self.quorum_timer = self.start_timer(self.settings.timeout, Timer::Quorum, context);
        } else {
            context.note(note::NO_QUORUM);
            self.follow(self.term(), context);
        }
    }

    fn begin_transfer(&mut self, target: NodeId, context: To<'_, '_, B>) {
        self.abandon_timer = self.start_timer(self.settings.timeout, Timer::Abandon, context);
        self.transfer = Some(Transfer { target, told: false });
        self.try_transfer(context);
    }

    /// Tells the target to take over as soon as it has the whole log.
    fn try_transfer(&mut self, context: To<'_, '_, B>) {
        let (term, end) = (self.term(), self.disk.log.end());
        if let Some(transfer) = &mut self.transfer
            && !transfer.told
            && self.peers[transfer.target.index()].matched == end
        {
            transfer.told = true;
            self.reads.void = true;
            context.note(note::TRANSFER);
            context.send(transfer.target, Message::TimeoutNow { term });
        }
    }

    /// The target did not take over within an election timeout: this leader goes on.
    pub(super) fn abandon_transfer(&mut self, context: To<'_, '_, B>) {
        self.transfer = None;
        context.note(note::TRANSFER_ABANDONED);
        self.send_held(context);
    }

    /// The leader tells this server to take over.
    pub(super) fn take_over(&mut self, from: NodeId, term: u64, context: To<'_, '_, B>) {
        if term == self.term() && self.role == Role::Follower && self.leader == Some(from) && self.is_member()
        {
            self.stand(Campaign::Transfer, context);
        }
    }
}
