//! Raft (Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm*, USENIX ATC 2014, its
//! extended version, and Ongaro's thesis, *Consensus: Bridging Theory and Practice*, 2014).
//!
//! A cluster keeps one **log**, and every server applies its entries in order to its own copy of the data.
//! Time is divided into **terms**. In a term at most one server is **leader**: it alone takes requests, gives
//! each an index and ships it to the **followers** (section 5.3). An entry that a majority has on disk is
//! **committed**: it is applied and its client is answered.
//!
//! **Election** (5.2). A follower that hears from no leader for the election timeout waits a random while
//! more (the spread) and then asks for votes. A server votes once in a term, and only for a candidate whose log is at least as
//! new as its own (5.4.1); so whoever wins has every committed entry. Term and vote are on disk before
//! anybody is told. When several ask at once nobody may get a majority: a **split vote**, and they try again.
//! With **pre-vote** (thesis, 9.6) a server first asks whether it could win, and raises no term if not. A server
//! that heard from a leader within the election timeout votes for nobody (section 6; thesis, 4.2.3), and a
//! leader that hears from no majority for that long steps down (thesis, 6.2).
//!
//! **Replication** (5.3). Each message names the entry before those it brings; a follower that does not have
//! it refuses, and tells the term that it has there and where that term begins, so that the leader goes
//! back term by term. Entries that contradict the leader's are cut off. A leader counts copies only for an
//! entry of its own term, and whatever is before it is committed with it (5.4.2, figure 8); it begins its
//! term with an empty entry, so that this is soon.
//!
//! **Compaction** (7). After so many entries a server keeps its copy of the data as a **snapshot** and drops
//! the log before it. A follower that would need the dropped part gets the snapshot.
//!
//! **Membership** (thesis, 4) changes by one server at a time, so that any old and any new majority share a
//! server. A configuration is in force wherever it is in the log. A new server is first brought up to date
//! in rounds; a leader that removes itself leads until that is committed, not counting itself, and then steps
//! down. A leader first commits an entry of its own term (the correction of 2015).
//!
//! **Leadership transfer** (thesis, 3.10). The leader stops taking requests, brings the target up to date
//! and tells it to begin an election at once.
//!
//! **Reads** (thesis, 6.4), as a parameter. *Through the log*: like a write. *ReadIndex*: the leader asks a
//! majority whether it still leads, after the read came. *Lease*: it relies on that nobody is elected within the election
//! timeout of a heartbeat that a majority answered; no messages, but clocks must run at the same speed,
//! and all servers must have the same timeout. *Stale*: any node answers from its own copy.
//!
//! A request that a client repeats is applied once ([`crate::parts::state_machine`]). A server that knows no
//! leader keeps a request for a while; a leader that is deposed keeps those of its waiting clients likewise,
//! and sends them on: what was carried out meanwhile is answered, not applied again.
//!
//! Where this deviates. A snapshot travels in one message, not in pieces. A message's entries and the disk
//! write of the leader do not overlap (the thesis, 10.2.1, lets them). An election timeout is counted in two
//! parts, first the fixed and then the random one, which sums up to the same. A heartbeat interval above half of
//! the election timeout counts as half of it. At most 64 nodes can be members.

mod about;

mod bugs;

mod clients;

mod disk;

mod election;

mod membership;

mod message;

mod portable;

mod reads;

mod replication;

mod view;

use netsplit_watched::watched;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::rc::Rc;

use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::ids::{NodeId, OpId, Value};
use netsplit_sim::protocol::{About, Context, Label, Protocol, Request, TimerId};
use netsplit_sim::time::Span;

use crate::parts::state_machine::StateMachine;

pub use about::{calls, contract, note};
pub use bugs::{Bugs, Sound};
pub use disk::{Disk, Entry, Members, Snapshot, What};
pub use message::{Campaign, Message, Outcome, version};

use about::{ReadBy, Settings};
use clients::Waiting;
use membership::{Joining, Leaving, Transfer};
use reads::Reads;
use replication::Peer;

/// A server.
#[derive(Clone)]
pub struct Raft<B: Bugs = Sound> {
    me: NodeId,
    nodes: u16,
    settings: Settings,
    disk: Disk,

    role: Role,
    /// Who leads this term, as far as it knows.
    leader: Option<NodeId>,
    /// The last entry that it knows to be committed; all up to it are applied.
    committed: u64,
    machine: StateMachine,
    /// The configurations of the log and where they are: the last committed one, then the later ones. The
    /// last of them is in force.
    configurations: Vec<(u64, Members)>,
    /// Whether it heard from a leader within the election timeout.
    heard: bool,
    /// The timer of a follower or candidate.
    election_timer: Option<Running>,
    /// How many timers were numbered.
    timers: u32,

    // Of a candidate.
    votes: Members,
    kind: Campaign,
    /// Who answered, one way or the other.
    answered: Members,
    ask_timer: Option<Running>,

    // Of a leader.
    /// What it knows of the others, by node.
    peers: Vec<Peer>,
    /// Where its term begins in the log.
    term_start: u64,
    heartbeat_timer: Option<Running>,
    quorum_timer: Option<Running>,
    reads: Reads,
    joining: Option<Joining>,
    leaving: Option<Leaving>,
    transfer: Option<Transfer>,
    abandon_timer: Option<Running>,
    /// A change of the configuration that waits for its turn.
    pending_removal: Option<NodeId>,
    /// Clients that wait for an entry, in the order of the log.
    waiting: VecDeque<Waiting>,

    /// Requests for which no leader is known.
    held: Vec<(Request, u8)>,
    /// Space to sort in.
    scratch: Vec<u64>,
    bugs: PhantomData<B>,
}

/// What a server is in its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It follows a leader or waits for one.
    Follower,
    /// It asks whether it could win an election.
    PreCandidate,
    /// It asks for votes.
    Candidate,
    /// It leads.
    Leader,
}

/// The timers.
#[derive(Clone, Copy, Debug)]
pub enum Timer {
    /// A follower heard from no leader for the election timeout.
    Silence(u32),
    /// The random rest of it is over too, or a candidacy led to nothing.
    Election(u32),
    /// A candidate asks those again who did not answer.
    Ask(u32),
    /// A leader's next round of heartbeats.
    Heartbeat(u32),
    /// A leader looks whether it heard from a majority.
    Quorum(u32),
    /// A round of heartbeats is too old to rely on.
    Lease(u64),
    /// A request has been kept long enough.
    GiveUp(OpId),
    /// The disk has what was written: a timer waits its turn while the disk works. Only where a server is a
    /// majority by itself and no answer tells.
    Written,
    /// A leadership transfer came to nothing.
    Abandon(u32),
}

/// A timer that is set, and its number. Only the one that the server knows of counts: a server that forgets what
/// it does, as a liar may, would otherwise set more and more of them.
#[derive(Clone, Copy, Debug)]
struct Running {
    id: TimerId,
    number: u32,
}

impl Running {
    /// Whether this is the timer with that number; then it runs no more.
    fn ends(timer: &mut Option<Self>, number: u32) -> bool {
        timer.take_if(|running| running.number == number).is_some()
    }
}

type To<'a, 'b, B> = &'a mut Context<'b, Raft<B>>;

#[watched]
impl<B: Bugs> Raft<B> {
    /// Sets a timer that has a number.
    fn start_timer(
        &mut self,
        after: Span,
        timer: fn(u32) -> Timer,
        context: To<'_, '_, B>,
    ) -> Option<Running> {
        self.timers = self.timers.wrapping_add(1);
        let number = self.timers;
        Some(Running { id: context.set_timer(after, timer(number)), number })
    }

    /// What it is in its term.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its term.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.disk.term.get()
    }

    /// The last entry that it knows to be committed; all up to it are applied.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// What is on its disk, or being written to it.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Its copy of the data.
    #[must_use]
    pub fn machine(&self) -> &StateMachine {
        &self.machine
    }

    /// The configuration in force: the last one in its log.
    #[must_use]
    pub fn members(&self) -> Members {
        self.configurations.last().map_or(self.disk.snapshot.members, |(_, members)| *members)
    }

    /// Whether it counts in the configuration in force.
    fn is_member(&self) -> bool {
        self.members().contains(self.me)
    }

    /// Whether the configuration in force is known to be committed.
    fn is_settled(&self) -> bool {
        self.configurations.last().is_none_or(|(index, _)| *index <= self.committed)
    }

    /// Takes note of the configurations that the disk holds.
    fn load_configurations(&mut self) {
        let snapshot = &self.disk.snapshot;
        self.configurations.clear();
        self.configurations.push((snapshot.index, snapshot.members));
        for (index, entry) in self.disk.log.from(0) {
            if let What::Members(members) = entry.what {
                self.configurations.push((index, members));
            }
        }
    }

    /// Follows a term, which may be the one that it is in. A leader or candidate gives up.
    fn follow(&mut self, term: u64, context: To<'_, '_, B>) {
        if term > self.term() {
            self.disk.term.set(term);
            self.disk.voted_for.set(None);
            self.leader = None;
            context.sync();
        }
        if self.role == Role::Leader {
            self.step_down(context);
        }
        if self.role != Role::Follower {
            self.stop_asking(context);
            self.role = Role::Follower;
            self.leader = None;
            self.wait(self.settings.timeout, context);
        }
    }

    /// A leader is none any more. What its clients wait for is held until another leader is known.
    fn step_down(&mut self, context: To<'_, '_, B>) {
        context.note(note::STEPPED_DOWN);
        let timers = [self.heartbeat_timer.take(), self.quorum_timer.take(), self.abandon_timer.take()];
        for timer in timers.into_iter().flatten() {
            context.cancel_timer(timer.id);
        }
        self.transfer = None;
        self.joining = None;
        self.leaving = None;
        self.pending_removal = None;
        let reads = self.reads.waiting.drain(..).map(|read| read.request);
        let requests: Vec<Request> =
            self.waiting.drain(..).map(|waiting| waiting.request).chain(reads).collect();
        for request in requests {
            self.hold(request, 0, context);
        }
    }
}

#[watched]
impl<B: Bugs> Protocol for Raft<B> {
    type Message = Message;
    type Timer = Timer;
    type Stable = Disk;

    fn about() -> About {
        about::about()
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], mut disk: Disk) -> Self {
        let settings = Settings::read(parameters);
        if disk.snapshot.members.count() == 0 {
            // The first start: nothing is on the disk but the cluster's first configuration.
            disk = B::first_disk(me).unwrap_or(disk);
            let members = Members::first(about::first_members(parameters, nodes));
            Rc::make_mut(&mut disk.snapshot).members = members;
        }
        if B::FORGETS_VOTE {
            disk.voted_for.set(None);
        }
        let mut replica = Self {
            me,
            nodes,
            settings,
            role: Role::Follower,
            leader: None,
            committed: disk.snapshot.index,
            machine: disk.snapshot.machine.clone(),
            configurations: Vec::new(),
            heard: false,
            election_timer: None,
            timers: 0,
            votes: Members::default(),
            kind: Campaign::Real,
            answered: Members::default(),
            ask_timer: None,
            peers: vec![Peer::default(); usize::from(nodes)],
            term_start: 0,
            heartbeat_timer: None,
            quorum_timer: None,
            reads: Reads::default(),
            joining: None,
            leaving: None,
            transfer: None,
            abandon_timer: None,
            pending_removal: None,
            waiting: VecDeque::new(),
            held: Vec::new(),
            scratch: Vec::new(),
            bugs: PhantomData,
            disk,
        };
        replica.load_configurations();
        replica
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        if self.term() == 0 {
            // The first configuration has to be the same after every restart.
            context.sync();
        }
        self.heard_leader(context);
        // A server that was down may have answered a heartbeat just before. Where leases rest on that, it votes for
        // nobody before the election timeout is over.
        self.heard = self.settings.reads == ReadBy::Lease;
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        self.request(request, 0, context);
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::RequestVote { term, last_index, last_term, kind } => {
                self.vote(from, term, (last_term, last_index), kind, context);
            }
            Message::Vote { term, granted, pre } => self.voted(from, term, granted, pre, context),
            Message::Append { term, prev_index, prev_term, commit, round, entries } => {
                if self.hears(from, term, round, context) {
                    let outcome = self.append(prev_index, prev_term, &entries, context);
                    if let Outcome::Matched(index) = outcome {
                        self.commit_up_to(commit.min(index), context);
                    }
                    let term = self.term();
                    context.send(from, Message::Appended { term, round, outcome });
                }
            }
            Message::InstallSnapshot { term, round, snapshot } => {
                if self.hears(from, term, round, context) {
                    let index = snapshot.index;
                    self.install(snapshot, context);
                    let (term, outcome) = (self.term(), Outcome::Matched(index));
                    context.send(from, Message::Appended { term, round, outcome });
                }
            }
            Message::Appended { term, round, outcome } => self.appended(from, term, round, outcome, context),
            Message::TimeoutNow { term } => self.take_over(from, term, context),
            Message::Forward { request, hops } => self.request(request, hops, context),
            Message::Command { command, target } => self.command(command, target, true, context),
        }
    }

    fn on_timer(&mut self, timer: Timer, context: &mut Context<'_, Self>) {
        match timer {
            Timer::Silence(number) if Running::ends(&mut self.election_timer, number) => {
                self.silence(context);
            }
            Timer::Election(number) if Running::ends(&mut self.election_timer, number) => {
                self.election_due(context);
            }
            Timer::Ask(number) if Running::ends(&mut self.ask_timer, number) => self.ask_again(context),
            Timer::Heartbeat(number) if Running::ends(&mut self.heartbeat_timer, number) => {
                self.heartbeat(context);
            }
            Timer::Quorum(number) if Running::ends(&mut self.quorum_timer, number) => {
                self.look_for_quorum(context);
            }
            Timer::Abandon(number) if Running::ends(&mut self.abandon_timer, number) => {
                self.abandon_transfer(context);
            }
            Timer::Lease(round) => self.lease_over(round, context),
            Timer::GiveUp(op) => self.give_up(op, context),
            Timer::Written => self.written(context),
            // It is not the one that runs.
            _ => {}
        }
    }

    fn on_configure(&mut self, parameters: &[u64], _context: &mut Context<'_, Self>) {
        self.settings = Settings::read(parameters);
        // A lease that was counted with another timeout is none.
        self.reads.expired = self.reads.round;
    }

    fn on_command(&mut self, command: u8, target: Option<NodeId>, context: &mut Context<'_, Self>) {
        match target {
            Some(target) => self.command(command, target, false, context),
            None => context.note(note::REFUSED),
        }
    }

    fn forge(message: &mut Message, value: Value) {
        message::forge(message, value);
    }

    fn label(message: &Message) -> Label {
        message::label(message)
    }

    fn timer_label(timer: Timer) -> u8 {
        match timer {
            Timer::Silence(_) => 0,
            Timer::Election(_) => 1,
            Timer::Heartbeat(_) => 2,
            Timer::Quorum(_) => 3,
            Timer::Lease(_) => 4,
            Timer::GiveUp(_) => 5,
            Timer::Written => 6,
            Timer::Abandon(_) => 7,
            Timer::Ask(_) => 8,
        }
    }

    fn view(&self, view: &mut ReplicaView) {
        self.show(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        self.tell(inspection);
    }

    fn footprint(&self) -> usize {
        let snapshot = &self.disk.snapshot;
        size_of::<Self>()
            + (self.disk.log.len()) * size_of::<Entry>()
            + self.machine.footprint()
            + snapshot.machine.footprint()
            + self.peers.len() * size_of::<Peer>()
            + self.waiting.len() * size_of::<Waiting>()
            + self.held.len() * size_of::<Request>()
    }
}
