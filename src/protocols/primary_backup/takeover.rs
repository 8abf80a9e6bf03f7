//! How another node becomes primary: by a person's word, or because the primary is suspected.

use netsplit_watched::watched;
use std::collections::BTreeMap;

use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{Context, Request, TimerId};
use netsplit_sim::time::Span;

use super::disk::Epoch;
use super::following::Following;
use super::message::{Message, Next, Timer};
use super::settings::note;
use super::{Flaws, PrimaryBackup, Role};
use crate::parts::detector::Detector;

/// How many requests a node keeps that is about to take over.
const HELD: usize = 256;
/// How often it asks the node with the best log in vain before it looks for another.
const PATIENCE: u8 = 3;

/// What a node that wants to take over keeps in memory.
#[derive(Clone, Default)]
pub(super) struct Standing {
    /// The votes: how each voter's log ends.
    pub(super) votes: BTreeMap<NodeId, (Epoch, u64)>,
    /// Whose log it is fetching, up to which index.
    source: Option<(NodeId, u64)>,
    asked: u8,
    /// Requests that came meanwhile.
    held: Vec<Request>,
    ask_timer: Option<TimerId>,
}

#[watched]
impl Standing {
    pub(super) fn hold(&mut self, request: Request) {
        if self.held.len() < HELD {
            self.held.push(request);
        }
    }

    pub(super) fn source(&self) -> Option<NodeId> {
        self.source.map(|(node, _)| node)
    }

    pub(super) fn ask_after<F: Flaws>(&mut self, after: Span, context: &mut Context<'_, PrimaryBackup<F>>) {
        if let Some(timer) = self.ask_timer.replace(context.set_timer(after, Timer::Ask)) {
            context.cancel_timer(timer);
        }
    }
}

#[watched]
impl<F: Flaws> PrimaryBackup<F> {
    // Suspicion.

    /// Begins to send heartbeats and to listen for them, or stops.
    pub(super) fn begin_heartbeats(&mut self, context: &mut Context<'_, Self>) {
        let (rule, heartbeat) = (self.settings.rule, self.settings.heartbeat);
        self.detector = Detector::new(self.nodes, rule, heartbeat, context.clock());
        if let Some(timer) = self.heartbeat_timer.take() {
            context.cancel_timer(timer);
        }
        if self.settings.automatic && self.nodes > 1 {
            self.heartbeat_timer = Some(context.set_timer(heartbeat, Timer::Heartbeat));
        }
    }

    /// Sends a heartbeat to everybody, and looks who is late with theirs.
    pub(super) fn beat(&mut self, context: &mut Context<'_, Self>) {
        self.heartbeat_timer = Some(context.set_timer(self.settings.heartbeat, Timer::Heartbeat));
        self.to_all(&self.heartbeat(), context);
        let now = context.clock();
        for node in self.others() {
            if self.detector.look(node, now) {
                context.note(note::SUSPECTS);
            }
        }
        self.consider(context);
    }

    fn heartbeat(&self) -> Message {
        // A node whose disk was wiped while it led knows nothing of that. The others take it for their primary and
        // hear its heartbeats, and so it has to say that it is none.
        let forgot = self.role == Role::Backup && self.leader() == self.me;
        Message::Heartbeat {
            epoch: self.disk.epoch.get(),
            leads: self.role == Role::Primary,
            stands: !self.disk.resigned.get() && !forgot,
            end: self.disk.end(),
            chain: self.disk.last_chain(),
            committed: self.disk.committed.get(),
        }
    }

    pub(super) fn on_heartbeat(
        &mut self,
        from: NodeId,
        (_leads, stands): (bool, bool),
        context: &mut Context<'_, Self>,
    ) {
        self.stands[from.index()] = stands;
        if self.detector.heard(from, context.clock()) {
            context.note(note::TRUSTS);
        }
        if self.settings.automatic && !self.settings.epochs {
            self.consider(context);
        }
    }

    fn is_fit(&self, node: NodeId) -> bool {
        if node == self.me {
            return !self.disk.resigned.get();
        }
        self.stands[node.index()] && !self.detector.suspects(node)
    }

    /// The lowest-numbered node that is fit to lead, as far as this node knows.
    fn fittest(&self) -> Option<NodeId> {
        (0..self.nodes).map(NodeId).find(|&node| self.is_fit(node))
    }

    /// Looks whether it is this node's turn to lead.
    fn consider(&mut self, context: &mut Context<'_, Self>) {
        let Some(fittest) = self.fittest().filter(|_| self.settings.automatic) else { return };
        if self.settings.epochs {
            let abandoned = self.leader() == self.me || !self.is_fit(self.leader());
            if self.role == Role::Backup && abandoned && fittest == self.me {
                self.stand(context);
            }
        } else if fittest == self.me && self.role != Role::Primary {
            self.take_over(context);
        } else if fittest != self.me && fittest != self.leader() {
            self.follow(Epoch { node: fittest, ..self.disk.epoch.get() }, context);
        }
    }

    // By command.

    pub(super) fn promote(&mut self, context: &mut Context<'_, Self>) {
        if self.role == Role::Primary {
            return;
        }
        self.disk.resigned.set(false);
        context.sync();
        match (self.settings.epochs, self.settings.automatic) {
            (true, _) => self.stand(context),
            // Where the lowest-numbered node leads, a person can only allow this one to.
            (false, true) => self.consider(context),
            (false, false) => {
                self.to_all(&Message::StandDown, context);
                self.take_over(context);
            }
        }
    }

    pub(super) fn force(&mut self, context: &mut Context<'_, Self>) {
        if !self.settings.epochs {
            return self.promote(context);
        }
        if self.role != Role::Primary {
            let number = self.disk.epoch.get().number + 1;
            self.disk.epoch.set(Epoch { number, node: self.me });
            self.following = Following::default();
            self.lead(context);
        }
    }

    pub(super) fn demote(&mut self, context: &mut Context<'_, Self>) {
        self.disk.resigned.set(true);
        context.sync();
        if self.role != Role::Backup {
            self.become_backup(context);
        }
    }

    pub(super) fn on_stand_down(&mut self, from: NodeId, context: &mut Context<'_, Self>) {
        if !self.settings.epochs && !self.settings.automatic {
            self.follow(Epoch { node: from, ..self.disk.epoch.get() }, context);
        }
    }

    /// Leads at once, without epochs and without asking.
    fn take_over(&mut self, context: &mut Context<'_, Self>) {
        self.disk.epoch.set(Epoch { node: self.me, ..self.disk.epoch.get() });
        self.following = Following::default();
        self.lead(context);
    }

    // By vote.

    /// Stands for primary of a new epoch.
    fn stand(&mut self, context: &mut Context<'_, Self>) {
        context.note(note::STANDS);
        let number = self.disk.epoch.get().number + 1;
        self.disk.epoch.set(Epoch { number, node: self.me });
        context.sync();
        self.ask_for_votes(context);
    }

    /// Asks everybody for a vote in the epoch that it stands for.
    pub(super) fn ask_for_votes(&mut self, context: &mut Context<'_, Self>) {
        let held = self.stop_standing(context);
        self.standing.held = held;
        self.following = Following::default();
        self.role = Role::Candidate;
        self.standing.votes.insert(self.me, (self.disk.last_epoch(), self.disk.end()));
        self.to_all(&Message::Prepare { epoch: self.disk.epoch.get() }, context);
        self.standing.ask_after(self.settings.resend, context);
        self.count_votes(context);
    }

    /// Stands no more; answers the requests that it held.
    pub(super) fn stop_standing(&mut self, context: &mut Context<'_, Self>) -> Vec<Request> {
        let Standing { held, ask_timer, .. } = std::mem::take(&mut self.standing);
        if let Some(timer) = ask_timer {
            context.cancel_timer(timer);
        }
        held
    }

    pub(super) fn on_prepare(&mut self, from: NodeId, epoch: Epoch, context: &mut Context<'_, Self>) {
        if !self.settings.epochs || self.refuses(from, epoch, context) {
            return;
        }
        self.on_newer(epoch, context);
        let (last, end) = (self.disk.last_epoch(), self.disk.end());
        context.send(from, Message::Promise { epoch, last, end });
    }

    pub(super) fn on_promise(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        log: (Epoch, u64),
        context: &mut Context<'_, Self>,
    ) {
        if self.role == Role::Candidate && self.is_current(epoch) && self.standing.source.is_none() {
            self.standing.votes.insert(from, log);
            self.count_votes(context);
        }
    }

    /// With a majority it takes the best log among them: of the newest epoch, and the longest of those.
    fn count_votes(&mut self, context: &mut Context<'_, Self>) {
        if (self.standing.votes.len() as u32) < self.majority() {
            return;
        }
        let mine = self.standing.votes[&self.me];
        let logs = self.standing.votes.iter().map(|(&node, &log)| (log, node));
        let picked = if F::TAKES_THE_SHORTEST_LOG { logs.min() } else { logs.max() };
        match picked {
            Some((best, node)) if best != mine => {
                self.standing.source = Some((node, best.1));
                let epoch = self.disk.epoch.get();
                context.send(node, Message::Fetch { epoch, next: Next::From(self.disk.end()) });
            }
            _ => self.lead(context),
        }
    }

    pub(super) fn on_fetch(
        &mut self,
        from: NodeId,
        epoch: Epoch,
        next: Next,
        context: &mut Context<'_, Self>,
    ) {
        if self.settings.epochs && self.is_current(epoch) && self.role == Role::Backup {
            self.ship_next(from, next, context);
        }
    }

    /// A part of the best log has come, or something else is needed before.
    pub(super) fn on_part_of_log(&mut self, from: NodeId, next: Next, context: &mut Context<'_, Self>) {
        let Some((_, end)) = self.standing.source else { return };
        let verified = self.following.verified;
        self.standing.asked = 0;
        let next = match next {
            Next::Nothing | Next::Shorter if self.following.contact && verified >= end => {
                self.throw_away_after(verified, context);
                self.following = Following::default();
                return self.lead(context);
            }
            Next::Nothing | Next::Shorter => Next::From(verified),
            other => other,
        };
        context.send(from, Message::Fetch { epoch: self.disk.epoch.get(), next });
    }

    /// Nobody answered: it asks again.
    pub(super) fn ask_again(&mut self, context: &mut Context<'_, Self>) {
        self.standing.ask_timer = None;
        match (self.role, self.standing.source) {
            (Role::Primary, _) => {}
            (Role::Backup, _) => self.look_further(context),
            (Role::Candidate, Some((source, _))) if self.standing.asked < PATIENCE => {
                self.standing.asked += 1;
                let from = if self.following.contact { self.following.verified } else { self.disk.end() };
                let epoch = self.disk.epoch.get();
                context.send(source, Message::Fetch { epoch, next: Next::From(from) });
                self.standing.ask_after(self.settings.resend, context);
            }
            (Role::Candidate, _) => self.ask_for_votes(context),
        }
    }
}
