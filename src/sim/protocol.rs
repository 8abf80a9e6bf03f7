//! What a replication protocol is to the kernel: a state machine that is handed requests, messages and
//! timers, and answers with effects. It never asks for the time, randomness or the network; it is
//! handed them through [`Context`].

use std::hash::Hash;
use std::rc::Rc;

use crate::action::Reshape;
use crate::durable::Durable;
use crate::frame::{Inspection, ReplicaView};
use crate::history::{Call, Many, QueryId};
use crate::ids::{ClientId, Key, NodeId, OpId, Value, Version};
use crate::random::Random;
use crate::time::{Span, Time};

/// A replica of a protocol. The kernel makes one for each node and clones it for checkpoints.
pub trait Protocol: Clone + Sized + 'static {
    /// What replicas send to each other. Its content is part of the run hash.
    type Message: Clone + Hash + 'static;
    /// What a timer says when it goes off.
    type Timer: Copy + 'static;
    /// What survives a crash. Everything else is lost: the type system sees to it.
    type Stable: Durable;

    /// The protocol's description of itself. It must not change during a run.
    fn about() -> About;

    /// A replica that starts, for the first time or after a crash, with what its disk holds.
    fn boot(me: NodeId, nodes: u16, parameters: &[u64], stable: Self::Stable) -> Self;

    /// What this replica has on its disk or is writing to it. The kernel takes it at a crash.
    fn stable(&mut self) -> &mut Self::Stable;

    /// The node is running and may send and set timers.
    fn on_start(&mut self, context: &mut Context<'_, Self>);

    /// A client asks for an operation. Exactly one reply is expected, now or later; a client that gets
    /// none gives up after its timeout.
    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>);

    /// A message of another replica arrived.
    fn on_message(&mut self, from: NodeId, message: Self::Message, context: &mut Context<'_, Self>);

    /// A timer went off.
    fn on_timer(&mut self, timer: Self::Timer, context: &mut Context<'_, Self>);

    /// The parameters changed while running.
    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>);

    /// A person tells this node to do something: an index into [`About::commands`], and the other node
    /// that it is about, where the command takes one.
    fn on_command(&mut self, command: u8, target: Option<NodeId>, context: &mut Context<'_, Self>);

    /// A client asks about several keys at once. Exactly one [`Context::tell`] is expected. A protocol that does
    /// not partition leaves this as it is, and refuses.
    fn on_ask(&mut self, ask: Ask, context: &mut Context<'_, Self>) {
        let refused = Answer::Refused("this cluster does not answer for several keys at once");
        let answers = ask.parts.iter().map(|part| (part.op, refused.clone())).collect();
        context.tell(ask.told(answers, 0));
    }

    /// A person changes which nodes hold the data, or how it is split. Called on the first node, which keeps the
    /// map. A protocol that does not partition leaves this as it is: it has no map.
    fn on_reshape(&mut self, _change: &Reshape, _context: &mut Context<'_, Self>) {}

    /// Replaces every value that a message tells by `value`: what a node that lies sends. Messages that tell
    /// no value stay as they are.
    fn forge(message: &mut Self::Message, value: Value);

    /// What a message is, for people: its kind and what it carries.
    fn label(message: &Self::Message) -> Label;

    /// The kind of a timer: an index into [`About::timers`].
    fn timer_label(timer: Self::Timer) -> u8;

    /// What this replica is and holds, for the stage and for the convergence checker. Called for every
    /// frame, so it has to be cheap.
    fn view(&self, view: &mut ReplicaView);

    /// Everything else that it would tell a person who looks inside: its fields, its log, its tables. Called
    /// for the node that is looked at.
    fn inspect(&self, inspection: &mut Inspection);

    /// About how many bytes a clone of this replica takes; bounds the memory of checkpoints.
    fn footprint(&self) -> usize;
}

/// A client's request as it reaches a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The operation; a retry has the same number.
    pub op: OpId,
    /// Who asks and will be answered.
    pub client: ClientId,
    /// What.
    pub call: Call,
}

/// A client's query over several keys as it reaches a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The query.
    pub query: QueryId,
    /// Who asks and will be answered.
    pub client: ClientId,
    /// What.
    pub many: Many,
    /// What it comes to, key by key.
    pub parts: Rc<[Request]>,
}

impl Ask {
    /// The answer to it: what the parts that were answered in time came to, and how many shards were asked.
    #[must_use]
    pub fn told(&self, answers: Vec<(OpId, Answer)>, shards: u32) -> Told {
        Told { query: self.query, client: self.client, answers, shards }
    }
}

/// A node's answer to a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Told {
    /// The query.
    pub query: QueryId,
    /// Who asked.
    pub client: ClientId,
    /// What the parts that were answered in time came to.
    pub answers: Vec<(OpId, Answer)>,
    /// How many shards were asked.
    pub shards: u32,
}

/// What a store hands a client with an answer about a key, and the client hands back with its next
/// request for that key: the causal context of Dynamo (section 4.4). Opaque to the client and to the kernel.
pub type Token = Rc<[u64]>;

/// A node's answer to a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A read's value and its version; `None` if the key was never written.
    Read(Option<(Value, Version)>),
    /// A read that found several values: siblings that no write has seen both of, or the elements of a
    /// set. A store of registers answers [`Answer::Read`] when there is at most one; a set never does.
    Values(Vec<(Value, Version)>),
    /// The write, addition, insertion or removal took effect at this version.
    Written(Version),
    /// The compare-and-set wrote at this version.
    Swapped(Version),
    /// The compare-and-set found another value and wrote nothing.
    NotSwapped,
    /// Refused; it surely had and will have no effect. Why, in words.
    Refused(&'static str),
    /// It may or may not take effect. Why, in words.
    Unknown(&'static str),
    /// Nothing was done here; this node may do it. The client asks there, and begins there the next time.
    Redirect(NodeId),
    /// This key is kept elsewhere: the client asks there, and begins there the next time it is about this key.
    Moved(NodeId),
}

impl Answer {
    /// The newest version that it tells, if any.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        match self {
            Self::Read(found) => found.map(|(_, version)| version),
            Self::Values(several) => several.iter().map(|(_, version)| *version).max(),
            Self::Written(version) | Self::Swapped(version) => Some(*version),
            _ => None,
        }
    }
}

/// A message's kind and what it carries, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its kind: an index into [`About::messages`].
    pub kind: u8,
    /// Its size on the wire.
    pub bytes: u32,
    /// The operation that it is part of, if one.
    pub op: Option<OpId>,
    /// The newest version that it carries, if any: its colour on the stage.
    pub version: Option<(Key, Version)>,
}

/// A protocol's description of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The name in scenarios and links, such as `primary-backup`.
    pub id: &'static str,
    /// The name on the page.
    pub title: &'static str,
    /// One sentence for a newcomer.
    pub summary: &'static str,
    /// The paper or book section that it follows.
    pub paper: &'static str,
    /// Its parameters. Values are passed in this order.
    pub parameters: Vec<Parameter>,
    /// Kinds of messages; [`Label::kind`] is the index. At most 250.
    pub messages: Vec<Kind>,
    /// Kinds of timers.
    pub timers: Vec<Kind>,
    /// Kinds of notes: moments that a reader wants to see marked, such as "became leader". The index is
    /// what [`Context::note`] takes.
    pub notes: Vec<Kind>,
    /// What a person may tell a node to do.
    pub commands: Vec<Command>,
}

/// Something that a person may tell a node to do, such as to hand its leadership on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// The name in scripts, such as `transfer`.
    pub id: &'static str,
    /// The label on the page.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Whether it is about another node, which has to be named.
    pub target: bool,
}

/// A kind of message, timer or note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name, such as `Append`.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub summary: &'static str,
}

/// A parameter of a protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name in scenarios and `data-control`, such as `acks`.
    pub id: &'static str,
    /// The label on the page.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its values.
    pub range: Range,
}

/// The values that a parameter may take. A value is a `u64`: a count, nanoseconds, or the index of a
/// choice.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// A number of replicas, from `least` up to the number of nodes less `spare`.
    Replicas {
        /// The least.
        least: u64,
        /// How many fewer than there are nodes the most is.
        spare: u64,
        /// The value where none is given, brought into the range.
        default: u64,
    },
    /// A count that has nothing to do with the number of nodes.
    Count {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
        /// The value where none is given.
        default: u64,
    },
    /// A length of time.
    Time {
        /// The shortest.
        least: Span,
        /// The longest.
        most: Span,
        /// The value where none is given.
        default: Span,
    },
    /// One of several.
    Choice {
        /// The choices.
        of: Vec<Choice>,
        /// The index of the one where none is given.
        default: u64,
    },
}

/// One value of a [`Range::Choice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name in scenarios.
    pub id: &'static str,
    /// The label on the page.
    pub title: &'static str,
}

impl Range {
    /// The least and the largest value in a cluster of so many nodes.
    #[must_use]
    pub fn bounds(&self, nodes: u16) -> (u64, u64) {
        match self {
            Self::Replicas { least, spare, .. } => {
                (*least, u64::from(nodes).saturating_sub(*spare).max(*least))
            }
            Self::Count { least, most, .. } => (*least, *most),
            Self::Time { least, most, .. } => (least.0, most.0),
            Self::Choice { of, .. } => (0, of.len() as u64 - 1),
        }
    }

    /// The value where none is given.
    #[must_use]
    pub fn default_value(&self, nodes: u16) -> u64 {
        let (least, most) = self.bounds(nodes);
        match self {
            Self::Replicas { default, .. } | Self::Count { default, .. } | Self::Choice { default, .. } => {
                *default
            }
            Self::Time { default, .. } => default.0,
        }
        .clamp(least, most)
    }
}

/// A promise that a protocol makes about every run within its fault contract. Each has a checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Every operation seems to happen at one instant between its call and its return.
    Linearizable,
    /// A client sees its own acknowledged writes.
    ReadYourWrites,
    /// A client never sees an older value after a newer one.
    MonotonicReads,
    /// An acknowledged write is not forgotten.
    NoLostWrites,
    /// Once faults end and writes stop, all replicas hold the same.
    Converges,
}

impl Promise {
    /// The name of its checker.
    #[must_use]
    pub fn checker(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::ReadYourWrites => "read-your-writes-by-clock",
            Self::MonotonicReads => "monotonic-reads-by-clock",
            Self::NoLostWrites => "no-lost-writes",
            Self::Converges => "converges",
        }
    }
}

/// The strongest consistency model of a protocol's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consistency {
    /// Every operation seems to happen at one instant between its call and its return.
    Linearizable,
    /// All clients see one order of all operations, in which each client's own come in the order it made them.
    Sequential,
    /// What depends on another thing is never seen without it; what is concurrent may be seen in any order.
    Causal,
    /// Once writes stop and messages get through, all copies become the same.
    Eventual,
    /// None: copies may differ for ever.
    None,
}

impl Consistency {
    /// The model's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::Sequential => "sequential",
            Self::Causal => "causal",
            Self::Eventual => "eventual",
            Self::None => "none",
        }
    }
}

/// What a protocol promises with given parameters in a cluster of a given size, and under which faults.
/// It is what the page shows and what the tests run.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The strongest consistency model.
    pub consistency: Consistency,
    /// How safe an acknowledged write is, in one sentence.
    pub durability: &'static str,
    /// Which nodes have to run and reach each other for reads to be answered.
    pub reads: Needs,
    /// The same for writes.
    pub writes: Needs,
    /// The promises that a checker can hold it to.
    pub promises: Vec<Promise>,
    /// What it says about each fault. Every [`Fault`] is named once, in the order of [`Fault::ALL`].
    pub tolerances: Vec<Tolerance>,
}

/// Which nodes an operation needs, running and able to reach each other and the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Any so many nodes. If a leader has to be found first, the operation waits for it.
    Any(u16),
    /// The primary, and so many nodes besides it.
    Primary(u16),
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Links cut in both directions, partitions, isolated nodes.
    Cut,
    /// Links cut in one direction.
    OneWayCut,
    /// Messages lost at random, or dropped by hand.
    Loss,
    /// Messages that arrive twice.
    Duplication,
    /// Messages that overtake each other, held up by the network or by hand.
    Reordering,
    /// Nodes that stop and later restart from their disk.
    Crash,
    /// Nodes that stop and lose what they had not yet made durable.
    UnsyncedCrash,
    /// Nodes that lose their disk.
    Wipe,
    /// Nodes that stop for a while.
    Pause,
    /// Nodes that work slowly.
    Slow,
    /// Clocks that show different times.
    ClockSkew,
    /// Clocks that run at different speeds.
    ClockDrift,
    /// Nodes that lie.
    Lie,
    /// Clients that got no answer in time and ask again at another node.
    Retry,
}

impl Fault {
    /// Every kind, in the order of display.
    pub const ALL: [Self; 14] = [
        Self::Cut,
        Self::OneWayCut,
        Self::Loss,
        Self::Duplication,
        Self::Reordering,
        Self::Crash,
        Self::UnsyncedCrash,
        Self::Wipe,
        Self::Pause,
        Self::Slow,
        Self::ClockSkew,
        Self::ClockDrift,
        Self::Lie,
        Self::Retry,
    ];

    /// The name in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::OneWayCut => "one-way-cut",
            Self::Loss => "loss",
            Self::Duplication => "duplication",
            Self::Reordering => "reordering",
            Self::Crash => "crash",
            Self::UnsyncedCrash => "unsynced-crash",
            Self::Wipe => "wipe",
            Self::Pause => "pause",
            Self::Slow => "slow",
            Self::ClockSkew => "clock-skew",
            Self::ClockDrift => "clock-drift",
            Self::Lie => "lie",
            Self::Retry => "retry",
        }
    }

    /// The name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Cut => "Links cut",
            Self::OneWayCut => "Links cut one way",
            Self::Loss => "Messages lost",
            Self::Duplication => "Messages doubled",
            Self::Reordering => "Messages overtake",
            Self::Crash => "Nodes crash",
            Self::UnsyncedCrash => "Nodes crash and lose unsynced writes",
            Self::Wipe => "Disks wiped",
            Self::Pause => "Nodes pause",
            Self::Slow => "Nodes slow",
            Self::ClockSkew => "Clocks differ",
            Self::ClockDrift => "Clocks drift",
            Self::Lie => "Nodes lie",
            Self::Retry => "Clients ask again",
        }
    }
}

/// How much of a fault a protocol survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survives {
    /// Any amount of it: no promise is broken, though nobody may be served meanwhile.
    Any,
    /// So many nodes that have ever suffered it within a run.
    Nodes(u16),
    /// None: the fault is outside of the contract.
    None,
}

/// What a protocol says about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// The fault.
    pub fault: Fault,
    /// How much of it the promises survive.
    pub survives: Survives,
    /// What happens then, in one sentence.
    pub then: &'static str,
}

/// A handle to cancel a timer by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// What a replica may see and do while it handles something.
pub struct Context<'a, P: Protocol> {
    pub(crate) clock: Time,
    pub(crate) token: Option<Token>,
    pub(crate) random: &'a mut Random,
    pub(crate) effects: &'a mut Effects<P::Message, P::Timer>,
    pub(crate) timer_slots: &'a mut TimerSlots,
}

/// What a handler of a replica within another protocol asked for.
pub struct Wishes<Q: Protocol> {
    /// Messages to other replicas.
    pub sends: Vec<(NodeId, Q::Message)>,
    /// Answers to clients.
    pub replies: Vec<(Request, Answer, Option<Token>)>,
    /// What its copy now shows.
    pub visible: Vec<(Key, OpId)>,
    /// Moments that it marked.
    pub notes: Vec<u8>,
    /// Timers that it set, each with the handle that it was given.
    pub timers: Vec<(Span, Q::Timer, TimerId)>,
    /// Timers that it cancelled.
    pub cancelled: Vec<TimerId>,
    /// Whether its stable state has to be durable before anything of this leaves the node.
    pub synced: bool,
}

/// What a handler asked for. The buffers are reused from event to event.
#[derive(Clone)]
pub(crate) struct Effects<M, T> {
    pub(crate) sends: Vec<(NodeId, M)>,
    pub(crate) replies: Vec<(Request, Answer, Option<Token>)>,
    pub(crate) tells: Vec<Told>,
    pub(crate) visible: Vec<(Key, OpId)>,
    pub(crate) notes: Vec<u8>,
    pub(crate) timers: Vec<(Span, T, TimerId)>,
    pub(crate) cancelled: Vec<TimerId>,
    pub(crate) synced: bool,
}

/// Hands out timer slots, so that a handle is known when the timer is set.
#[derive(Clone, Default)]
pub(crate) struct TimerSlots {
    pub(crate) generations: Vec<u32>,
    pub(crate) free: Vec<u32>,
}

impl TimerSlots {
    pub(crate) fn take(&mut self) -> TimerId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.generations.push(0);
            (self.generations.len() - 1) as u32
        });
        TimerId { slot, generation: self.generations[slot as usize] }
    }

    /// Whether the handle is still its slot's own.
    pub(crate) fn is_current(&self, id: TimerId) -> bool {
        self.generations[id.slot as usize] == id.generation
    }

    /// Frees a slot if the handle is still its own; tells whether it was.
    pub(crate) fn release(&mut self, id: TimerId) -> bool {
        let generation = &mut self.generations[id.slot as usize];
        if *generation != id.generation {
            return false;
        }
        self.free(id.slot);
        true
    }

    /// Frees a slot whoever holds it.
    pub(crate) fn free(&mut self, slot: u32) {
        let generation = &mut self.generations[slot as usize];
        *generation = generation.wrapping_add(1);
        self.free.push(slot);
    }
}

impl<P: Protocol> Context<'_, P> {
    /// Lets a protocol that wraps another hand this context on to it.
    pub fn as_inner<Q, R>(&mut self, handler: impl FnOnce(&mut Context<'_, Q>) -> R) -> R
    where
        Q: Protocol<Message = P::Message, Timer = P::Timer>,
    {
        handler(&mut Context {
            clock: self.clock,
            token: self.token.clone(),
            random: self.random,
            effects: self.effects,
            timer_slots: self.timer_slots,
        })
    }

    /// Lets a protocol that holds replicas of another run a handler of one, and hands back what that asked for;
    /// nothing of it is done before the holder does it.
    pub fn within<Q: Protocol>(
        &mut self,
        token: Option<Token>,
        handler: impl FnOnce(&mut Context<'_, Q>),
    ) -> Wishes<Q> {
        let mut effects = Effects::default();
        handler(&mut Context {
            clock: self.clock,
            token,
            random: self.random,
            effects: &mut effects,
            timer_slots: self.timer_slots,
        });
        let Effects { sends, replies, visible, notes, timers, cancelled, synced, tells: _ } = effects;
        Wishes { sends, replies, visible, notes, timers, cancelled, synced }
    }

    /// Sets a timer under the handle that a replica within was given for it.
    pub fn set_timer_as(&mut self, id: TimerId, after: Span, timer: P::Timer) {
        self.effects.timers.push((after, timer, id));
    }

    /// This node's clock, which may be ahead of or behind the others'.
    #[must_use]
    pub fn clock(&self) -> Time {
        self.clock
    }

    /// This node's own stream of randomness.
    pub fn random(&mut self) -> &mut Random {
        self.random
    }

    /// Send a message to another replica. The network may lose it.
    pub fn send(&mut self, to: NodeId, message: P::Message) {
        self.effects.sends.push((to, message));
    }

    /// Answer a client.
    pub fn reply(&mut self, request: Request, answer: Answer) {
        self.effects.replies.push((request, answer, None));
    }

    /// Answer a client, and hand it a token to hand back with its next request for this key.
    pub fn reply_with(&mut self, request: Request, answer: Answer, token: Token) {
        self.effects.replies.push((request, answer, Some(token)));
    }

    /// Answer a query.
    pub fn tell(&mut self, told: Told) {
        self.effects.tells.push(told);
    }

    /// The token that the client handed back with this request: the last one that it was given for this
    /// key. Only while a request is handled.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        self.token.clone()
    }

    /// Mark this moment in the trace: an index into [`About::notes`].
    pub fn note(&mut self, note: u8) {
        self.effects.notes.push(note);
    }

    /// Go off after a span of time by this node's own clock, unless cancelled or crashed before.
    pub fn set_timer(&mut self, after: Span, timer: P::Timer) -> TimerId {
        let id = self.timer_slots.take();
        self.effects.timers.push((after, timer, id));
        id
    }

    /// Cancel a timer. One that has gone off already is ignored.
    pub fn cancel_timer(&mut self, id: TimerId) {
        self.effects.cancelled.push(id);
    }

    /// Make the stable state durable before anything of this handler leaves the node. Costs the node's
    /// fsync time.
    pub fn sync(&mut self) {
        self.effects.synced = true;
    }

    /// This replica's own copy of `key` now shows what `op` wrote. The kernel measures time to visible
    /// by it.
    pub fn visible(&mut self, key: Key, op: OpId) {
        self.effects.visible.push((key, op));
    }
}

impl<M, T> Default for Effects<M, T> {
    fn default() -> Self {
        Self {
            sends: Vec::new(),
            replies: Vec::new(),
            tells: Vec::new(),
            visible: Vec::new(),
            notes: Vec::new(),
            timers: Vec::new(),
            cancelled: Vec::new(),
            synced: false,
        }
    }
}
