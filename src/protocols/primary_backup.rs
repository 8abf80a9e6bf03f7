//! Primary/backup replication by log shipping (Alsberg and Day, *A Principle for Resilient Sharing of
//! Distributed Resources*, ICSE 1976; Budhiraja, Marzullo, Schneider and Toueg, *The Primary-Backup
//! Approach*, in Mullender's *Distributed Systems*, 1993, section 8.2), with the epochs of Viewstamped Replication
//! (Oki and Liskov, PODC 1988; Liskov and Cowling, *Viewstamped Replication Revisited*, 2012), there called views.
//!
//! One node, at first n1, is the **primary**. It alone accepts writes, gives each the next index of its
//! **log**, makes it durable, and sends it to the **backups**. When `acks` of them have acknowledged an entry, and
//! every entry before it, the entry is **committed**: the primary applies it to its own copy and answers
//! the client. With `acks = 0` that is at once (asynchronous replication); with all backups it is
//! synchronous replication; in between, semi-synchronous, as PostgreSQL and MySQL call it.
//!
//! **Shipping.** A backup takes entries in the order of the log, applies them as it gets them, and acknowledges
//! up to where its log is the primary's. Each entry has a digest of all before it (its *chain*), so two
//! nodes know at one glance whether their logs are the same up to an index. Entries that come early wait.
//! When a backup makes no progress for a while, the primary goes back to what it last acknowledged and sends from
//! there, batch by batch. A backup whose log is another one throws away what follows their last common entry:
//! so an old primary comes back, and the entries that it never shipped are gone. One that lacks what is no longer
//! kept gets the state itself.
//!
//! **Failover.** A person promotes a backup (`failover = manual`), or every node watches the others'
//! heartbeats (`parts::detector`), and the lowest-numbered node that a node does not suspect is the one that it
//! takes for fit to lead. A node that finds itself fit while the primary is suspected takes over.
//!
//! *Without epochs* that is all, and it is not safe: when a link is cut, each side has a primary, and
//! both tell clients that their writes are safe. Once they hear of each other the lower-numbered one stays, and its
//! log replaces the other's. (Without epochs and with manual failover a backup even follows whoever
//! sends to it.)
//!
//! *With epochs* a node that wants to lead takes a number above all that it has heard of and asks for votes
//! (`Prepare`, VR's start-view-change). A node that votes promises, on its disk, to take nothing of an older epoch any
//! more, and tells how its log ends (`Promise`, do-view-change). With a majority of votes the new primary takes the best log among
//! them, which is the one whose last entry is of the newest epoch, and the longest of those; it fetches it
//! if it is not its own, begins its epoch with an entry of its own (the newview record of 1988), and ships. It
//! counts acknowledgements only of entries of its own epoch, and what comes before them is committed with them.
//! A message of an older epoch is refused, and the refused primary steps down. If `acks` is at least the
//! number of nodes that a majority leaves out, every majority has met every acknowledged write, and none is lost.
//! With fewer, a majority may take over that never heard of it.
//!
//! **Reads** go to the primary, or to any node's own copy. The second is quicker for a client near a backup,
//! and may be stale; the copy may also show an entry that is not committed and will be taken back. A primary may have been replaced without having heard of it, so where
//! failover is automatic it first asks a majority whether they are still in its epoch; one round serves all
//! reads that wait. A new primary answers no read before everything that it found in its log is committed.
//!
//! **Messages.** A write is brought to each of n nodes by one message: the client's request to the primary and
//! an entry to each backup. That makes n for asynchronous replication. For synchronous replication word goes back along each
//! of these ways before the client is told, which makes 2n. Asynchronous replication also sends the client its answer,
//! and a backup one acknowledgement for all entries within half of `resend`; neither is counted in the
//! literature. Between the nodes alone it is n - 1 and 2(n - 1).
//!
//! An entry carries the client's operation, and every node decides it alike when it applies it
//! (`parts::state_machine`). The answers are part of the state, so a new primary knows them too, and a request that
//! a client repeats is answered, not applied again.
//!
//! Where this deviates: there are no witnesses and no reconfiguration; a backup applies entries before they
//! are committed, and takes them back if they are replaced, as an asynchronous standby would have to; and there
//! is no recovery protocol for a node that lost its disk (VR Revisited, section 4.3), so such a node may vote although
//! it forgot what it had acknowledged.

mod disk;

mod flaws;

mod following;

mod leading;

mod looks;

mod message;

mod portable;

mod promises;

mod settings;

mod shipping;

mod takeover;

use netsplit_watched::watched;
use std::marker::PhantomData;

use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, Value};
use netsplit_sim::protocol::{About, Answer, Context, Label, Protocol, Request, TimerId};
use netsplit_sim::time::Time;

use crate::parts::detector::Detector;
use crate::parts::state_machine::{NO_SETS, StateMachine};

use disk::{Disk, Epoch};
use following::Following;
use leading::Leading;
use message::{Message, Timer};
use settings::{ReadAt, Settings};
use takeover::Standing;

pub use flaws::{Flaws, Sound};
pub use promises::{calls, contract};
pub use settings::{command, note};

/// A replica of the primary/backup protocol.
#[derive(Clone)]
pub struct PrimaryBackup<F = Sound> {
    me: NodeId,
    nodes: u16,
    settings: Settings,
    disk: Disk,

    // Everything from here on is lost in a crash.
    /// The state after the entries up to `applied`.
    machine: StateMachine,
    applied: u64,
    role: Role,
    leading: Leading,
    following: Following,
    standing: Standing,
    detector: Detector,
    /// By node, whether it said in its last heartbeat that it would lead.
    stands: Vec<bool>,
    heartbeat_timer: Option<TimerId>,
    flaws: PhantomData<F>,
}

/// What a node takes itself for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Backup,
    /// It wants to take over and gathers votes, or the log.
    Candidate,
    Primary,
}

#[watched]
impl<F: Flaws> PrimaryBackup<F> {
    fn others(&self) -> impl Iterator<Item = NodeId> + use<F> {
        let me = self.me;
        (0..self.nodes).map(NodeId).filter(move |&node| node != me)
    }

    /// Whom it takes for the primary.
    fn leader(&self) -> NodeId {
        self.disk.epoch.get().node
    }

    fn majority(&self) -> u32 {
        u32::from(self.nodes) / 2 + 1
    }

    fn to_all(&self, message: &Message, context: &mut Context<'_, Self>) {
        for node in self.others() {
            context.send(node, message.clone());
        }
    }

    /// A request is carried out here, or sent to where it can be.
    fn route(&mut self, request: Request, hops: u16, context: &mut Context<'_, Self>) {
        match self.role {
            Role::Primary => self.accept(request, context),
            Role::Candidate => self.standing.hold(request),
            // Nobody is known to lead: the client asks again in a while.
            Role::Backup if self.leader() == self.me || hops > self.nodes => {}
            Role::Backup if self.settings.redirects => {
                context.reply(request, Answer::Redirect(self.leader()));
            }
            Role::Backup => {
                context.send(self.leader(), Message::Forward { request, hops: hops + 1 });
            }
        }
    }
}

#[watched]
impl<F: Flaws> Protocol for PrimaryBackup<F> {
    type Message = Message;
    type Timer = Timer;
    type Stable = Disk;

    fn about() -> About {
        settings::about()
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], mut disk: Disk) -> Self {
        if F::FORGETS_ITS_EPOCH {
            disk.epoch.set(Epoch::default());
        }
        let settings = Settings::new(parameters);
        let mut replica = Self {
            me,
            nodes,
            machine: StateMachine::default(),
            applied: 0,
            role: Role::Backup,
            leading: Leading::default(),
            following: Following::default(),
            standing: Standing::default(),
            detector: Detector::new(nodes, settings.rule, settings.heartbeat, Time::ZERO),
            stands: vec![true; usize::from(nodes)],
            heartbeat_timer: None,
            settings,
            disk,
            flaws: PhantomData,
        };
        replica.rebuild(replica.disk.end());
        if replica.was_primary() {
            replica.role = Role::Primary;
        }
        replica
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        self.begin_heartbeats(context);
        if self.role == Role::Primary {
            self.resume_leading(context);
        } else if self.settings.epochs && self.leader() == self.me && !self.disk.resigned.get() {
            // It was taking over when it crashed, and its vote for itself still stands.
            self.ask_for_votes(context);
        } else {
            self.look_for_primary(context);
        }
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        match request.call {
            Call::Read { key } if self.settings.reads == ReadAt::Any => {
                context.reply(request, self.machine.read(key));
            }
            Call::Insert { .. } | Call::Remove { .. } => context.reply(request, NO_SETS),
            _ => self.route(request, 0, context),
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, context: &mut Context<'_, Self>) {
        match message {
            Message::Append(append) => self.on_append(from, append, context),
            Message::Ack { epoch, have, next } => self.on_ack(from, epoch, have, next, context),
            Message::Forward { request, hops } => self.route(request, hops, context),
            Message::Snapshot { epoch, at, snapshot, replaces } => {
                self.on_snapshot(from, epoch, (at, snapshot, replaces), context);
            }
            Message::Heartbeat { epoch, leads, stands, end, chain, committed } => {
                self.on_heartbeat(from, (leads, stands), context);
                self.on_position(from, epoch, leads, (end, chain, committed), context);
            }
            Message::Prepare { epoch } => self.on_prepare(from, epoch, context),
            Message::Promise { epoch, last, end } => self.on_promise(from, epoch, (last, end), context),
            Message::Fetch { epoch, next } => self.on_fetch(from, epoch, next, context),
            Message::Stale { epoch } => self.on_newer(epoch, context),
            Message::Confirm { epoch, round } => self.on_confirm(from, epoch, round, context),
            Message::Confirmed { epoch, round } => self.on_confirmed(from, epoch, round, context),
            Message::Hello => self.on_hello(from, context),
            Message::StandDown => self.on_stand_down(from, context),
        }
    }

    fn on_timer(&mut self, timer: Timer, context: &mut Context<'_, Self>) {
        match timer {
            Timer::Resend => self.resend(context),
            Timer::Acknowledge => self.acknowledge(context),
            Timer::Heartbeat => self.beat(context),
            Timer::Ask => self.ask_again(context),
        }
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        let before = self.settings;
        self.settings = Settings::new(parameters);
        let same_detector = (before.rule, before.heartbeat, before.automatic)
            == (self.settings.rule, self.settings.heartbeat, self.settings.automatic);
        if !same_detector {
            self.begin_heartbeats(context);
        }
        if self.role == Role::Primary {
            self.commit(context);
            self.reread(context);
            self.watch(context);
        }
    }

    fn on_command(&mut self, command: u8, _target: Option<NodeId>, context: &mut Context<'_, Self>) {
        match command {
            settings::command::PROMOTE => self.promote(context),
            settings::command::DEMOTE => self.demote(context),
            settings::command::FORCE => self.force(context),
            _ => {}
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
            Timer::Resend => 0,
            Timer::Acknowledge => 1,
            Timer::Heartbeat => 2,
            Timer::Ask => 3,
        }
    }

    fn view(&self, view: &mut ReplicaView) {
        self.show(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        self.tell(inspection);
    }

    fn footprint(&self) -> usize {
        size_of::<Self>()
            + self.disk.footprint()
            + self.machine.footprint()
            + self.detector.footprint()
            + self.leading.footprint()
            + self.following.footprint()
    }
}
