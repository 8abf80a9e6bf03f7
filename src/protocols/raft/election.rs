//! How a leader is elected: silence, the random wait, pre-votes and votes (paper, sections 5.2 and 5.4.1;
//! thesis, sections 3.4, 4.2.3 and 9.6).

use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Span;
use netsplit_watched::watched;

use super::{Bugs, Campaign, Entry, Members, Message, Peer, Raft, Role, Timer, To, What, note};

#[watched]
impl<B: Bugs> Raft<B> {
    /// A leader was heard: the election timeout begins anew.
    pub(super) fn heard_leader(&mut self, context: To<'_, '_, B>) {
        self.heard = true;
        self.set_election_timer(self.settings.timeout, Timer::Silence, context);
    }

    fn set_election_timer(&mut self, after: Span, timer: fn(u32) -> Timer, context: To<'_, '_, B>) {
        self.stop_election_timer(context);
        self.election_timer = self.start_timer(after, timer, context);
    }

    fn stop_election_timer(&mut self, context: To<'_, '_, B>) {
        if let Some(running) = self.election_timer.take() {
            context.cancel_timer(running.id);
        }
    }

    /// No leader was heard for the election timeout: it votes again, and after a random while it stands itself.
    pub(super) fn silence(&mut self, context: To<'_, '_, B>) {
        self.leader = None;
        self.wait(Span::ZERO, context);
    }

    /// Stands for election after `first` and a random while more, if it may stand at all.
    pub(super) fn wait(&mut self, first: Span, context: To<'_, '_, B>) {
        let random = context.random().span_between(Span::ZERO, self.settings.spread);
        self.heard = false;
        if self.may_stand() {
            self.set_election_timer(first + random, Timer::Election, context);
        } else {
            self.stop_election_timer(context);
        }
    }

    /// A server that is not in its configuration stands only while that is not committed: it may be needed
    /// for just that (thesis, section 4.2.2).
    pub(super) fn may_stand(&self) -> bool {
        self.is_member() || !self.is_settled()
    }

    pub(super) fn election_due(&mut self, context: To<'_, '_, B>) {
        match self.role {
            Role::Candidate => context.note(note::SPLIT_VOTE),
            Role::PreCandidate => context.note(note::PRE_VOTE_LOST),
            Role::Follower | Role::Leader => {}
        }
        if !self.may_stand() {
            self.stop_asking(context);
            self.role = Role::Follower;
        } else if self.settings.pre_vote {
            self.stand(Campaign::Pre, context);
        } else {
            self.stand(Campaign::Real, context);
        }
    }

    /// Asks everybody for a vote, or in a pre-vote whether it would get it.
    pub(super) fn stand(&mut self, kind: Campaign, context: To<'_, '_, B>) {
        self.leader = None;
        let term = self.term() + 1;
        if kind == Campaign::Pre {
            self.role = Role::PreCandidate;
        } else {
            self.role = Role::Candidate;
            self.disk.term.set(term);
            self.disk.voted_for.set(Some(self.me));
            context.sync();
            context.note(note::CANDIDATE);
        }
        self.wait(self.settings.timeout, context);
        self.kind = kind;
        self.answered = Members::default().with(self.me);
        self.ask_again(context);
        self.votes = Members::default();
        self.count_vote(self.me, context);
    }

    /// Asks those who did not answer yet, and goes on so while it is a candidate (section 5.5).
    pub(super) fn ask_again(&mut self, context: To<'_, '_, B>) {
        let (last_index, last_term) = self.disk.last();
        let term = self.term() + u64::from(self.role == Role::PreCandidate);
        let members = self.members();
        for node in members.iter().filter(|&node| !self.answered.contains(node)) {
            let kind = self.kind;
            context.send(node, Message::RequestVote { term, last_index, last_term, kind });
        }
        self.stop_asking(context);
        self.ask_timer = self.start_timer(self.settings.heartbeat, Timer::Ask, context);
    }

    pub(super) fn stop_asking(&mut self, context: To<'_, '_, B>) {
        if let Some(running) = self.ask_timer.take() {
            context.cancel_timer(running.id);
        }
    }

    /// A server was asked for its vote. The log of the candidate comes as the term and the index of its last entry.
    pub(super) fn vote(
        &mut self,
        candidate: NodeId,
        term: u64,
        log: (u64, u64),
        kind: Campaign,
        context: To<'_, '_, B>,
    ) {
        // While it hears a leader it takes part in no election, not even to raise its term.
        let disturbed = (self.heard || self.role == Role::Leader) && kind != Campaign::Transfer;
        if kind != Campaign::Pre && term > self.term() && !disturbed {
            self.follow(term, context);
        }
        let (index, last_term) = self.disk.last();
        let new_enough = log >= (last_term, index) || B::VOTES_FOR_ANY_LOG;
        let free = match kind {
            Campaign::Pre => term > self.term(),
            Campaign::Real | Campaign::Transfer => {
                term == self.term() && self.disk.voted_for().is_none_or(|vote| vote == candidate)
            }
        };
        let granted = free && new_enough && !disturbed;
        if free && !new_enough && !disturbed {
            context.note(note::LOG_TOO_OLD);
        }
        if granted && kind != Campaign::Pre {
            self.disk.voted_for.set(Some(candidate));
            context.sync();
            // It gave its vote away, so it gives the candidate time (figure 2, rules for followers).
            self.wait(self.settings.timeout, context);
        }
        let term = if granted { term } else { self.term() };
        context.send(candidate, Message::Vote { term, granted, pre: kind == Campaign::Pre });
    }

    /// A voter answered.
    pub(super) fn voted(
        &mut self,
        from: NodeId,
        term: u64,
        granted: bool,
        pre: bool,
        context: To<'_, '_, B>,
    ) {
        let asked = if pre { self.term() + 1 } else { self.term() };
        let role = if pre { Role::PreCandidate } else { Role::Candidate };
        if self.role == role {
            self.answered = self.answered.with(from);
        }
        if granted && term == asked && self.role == role {
            self.count_vote(from, context);
        } else if !granted && term > self.term() {
            self.follow(term, context);
        }
    }

    fn count_vote(&mut self, from: NodeId, context: To<'_, '_, B>) {
        self.votes = self.votes.with(from);
        if self.members().majority_in(self.votes) {
            if self.role == Role::PreCandidate {
                self.stand(Campaign::Real, context);
            } else if from == self.me {
                // Its own vote decides, and is not on disk yet.
                self.await_own_disk(context);
            } else {
                self.lead(context);
            }
        }
    }

    /// Its disk is done, and nobody else's word was needed.
    pub(super) fn written(&mut self, context: To<'_, '_, B>) {
        if self.role == Role::Leader {
            self.advance(context);
        } else if self.role == Role::Candidate && self.members().majority_in(self.votes) {
            self.lead(context);
        }
    }

    /// It has a majority: it leads the term.
    fn lead(&mut self, context: To<'_, '_, B>) {
        context.note(note::LEADER);
        self.role = Role::Leader;
        self.leader = Some(self.me);
        self.stop_election_timer(context);
        self.stop_asking(context);
        let next = self.disk.log.end() + 1;
        let round = self.reads.round;
        self.peers.fill(Peer::new(next, round));
        self.reads.begin();
        self.term_start = next;
        self.quorum_timer = self.start_timer(self.settings.timeout, Timer::Quorum, context);
        if !B::BEGINS_WITHOUT_NO_OP {
            let term = self.term();
            self.disk.log.push(Entry { term, what: What::NoOp });
            context.sync();
        }
        self.await_own_disk(context);
        self.heartbeat(context);
        self.send_held(context);
    }
}
