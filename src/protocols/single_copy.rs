//! A single copy: one node, n1, holds the data, and everybody else sends clients there. It is what all
//! replication is compared with.
//!
//! The node carries out one operation after the other, makes it durable, and answers. So there is only
//! one order of operations, and everything that a register can promise holds without any protocol at all:
//! this is the "single copy" that *linearizable* (Herlihy and Wing, *Linearizability: A Correctness
//! Condition for Concurrent Objects*, 1990) means, and the "one-copy" of one-copy serializability. What it
//! does not give is why the other protocols exist: while the node is down nobody is served, a client on
//! the other side of the world waits for light, and if the disk is gone so is everything.
//!
//! A request that reaches another node is forwarded to n1, which answers the client itself, or the client
//! is told to ask there (`routing`). A request that a client repeats is answered, not applied again.

mod portable;

use netsplit_sim::durable::{Durable, Kept};
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{NodeId, OpId, Site, Value, Version};
use netsplit_sim::protocol::{
    About, Answer, Choice, Consistency, Context, Contract, Fault, Kind, Label, Needs, Parameter, Promise,
    Protocol, Range, Request, Survives, Tolerance,
};
use netsplit_watched::watched;

use crate::parts::state_machine::{NO_SETS, StateMachine};

/// The node that holds the data.
const HOLDER: NodeId = NodeId(0);

/// What may be wrong with an implementation. Everything is right unless said otherwise; the tests say
/// otherwise, to see that they notice.
pub trait Flaws: Clone + 'static {
    /// It answers before its disk is done.
    const ANSWERS_BEFORE_SYNC: bool = false;
    /// It carries a repeated request out again.
    const APPLIES_RETRIES: bool = false;
}

/// Nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Sound;

impl Flaws for Sound {}

/// A node of a cluster with a single copy.
#[derive(Clone)]
pub struct SingleCopy<F = Sound> {
    me: NodeId,
    redirects: bool,
    disk: Disk,
    flaws: std::marker::PhantomData<F>,
}

/// What survives a crash: the data, and how many operations made it.
#[derive(Clone, Default)]
pub struct Disk {
    machine: StateMachine,
    applied: Kept<u64>,
}

/// What nodes send to each other: a client's request, on to the node that holds the data.
#[derive(Clone, Debug, Hash)]
pub struct Forward(Request);

/// There are no timers.
#[derive(Clone, Copy, Debug)]
pub enum NoTimer {}

#[watched]
impl<F: Flaws> SingleCopy<F> {
    fn carry_out(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let answer = match request.call {
            Call::Read { key } => self.disk.machine.read(key),
            Call::Insert { .. } | Call::Remove { .. } => NO_SETS,
            Call::Write { .. } | Call::Cas { .. } | Call::Add { .. } => self.apply(request, context),
        };
        context.reply(request, answer);
    }

    fn apply(&mut self, request: Request, context: &mut Context<'_, Self>) -> Answer {
        if !F::APPLIES_RETRIES
            && let Some(answer) = self.disk.machine.answer(request.op)
        {
            return answer;
        }
        let counter = self.disk.applied.get() + 1;
        // A name of its own for each request, repeated or not, and the machine knows none of them again.
        let op = if F::APPLIES_RETRIES { OpId(u32::MAX - counter as u32) } else { request.op };
        let version = Version { counter, node: HOLDER };
        let (answer, changed) = self.disk.machine.apply(op, request.call, version);
        self.disk.applied.set(counter);
        if !F::ANSWERS_BEFORE_SYNC {
            context.sync();
        }
        if changed {
            context.visible(request.call.key(), request.op);
        }
        answer
    }
}

#[watched]
impl<F: Flaws> Protocol for SingleCopy<F> {
    type Message = Forward;
    type Timer = NoTimer;
    type Stable = Disk;

    fn about() -> About {
        About {
            id: "single",
            title: "Single copy",
            summary: "One node holds the data and everybody asks it: simple, always right, and gone when it is.",
            paper: "Herlihy and Wing, Linearizability: A Correctness Condition for Concurrent Objects, 1990",
            parameters: vec![Parameter {
                id: "routing",
                title: "Another node that is asked",
                summary: "It passes the request on itself, or tells the client whom to ask.",
                range: Range::Choice {
                    of: vec![
                        Choice { id: "forward", title: "forwards" },
                        Choice { id: "redirect", title: "redirects" },
                    ],
                    default: 0,
                },
            }],
            messages: vec![Kind {
                name: "Forward",
                summary: "A node passes a client's request on to the node that holds the data.",
            }],
            timers: Vec::new(),
            notes: Vec::new(),
            commands: Vec::new(),
        }
    }

    fn boot(me: NodeId, _nodes: u16, parameters: &[u64], disk: Disk) -> Self {
        Self { me, redirects: redirects(parameters), disk, flaws: std::marker::PhantomData }
    }

    fn stable(&mut self) -> &mut Disk {
        &mut self.disk
    }

    fn on_start(&mut self, _context: &mut Context<'_, Self>) {}

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if self.me == HOLDER {
            self.carry_out(request, context);
        } else if self.redirects {
            context.reply(request, Answer::Redirect(HOLDER));
        } else {
            context.send(HOLDER, Forward(request));
        }
    }

    fn on_message(&mut self, _from: NodeId, Forward(request): Forward, context: &mut Context<'_, Self>) {
        self.carry_out(request, context);
    }

    fn on_timer(&mut self, timer: NoTimer, _context: &mut Context<'_, Self>) {
        match timer {}
    }

    fn on_configure(&mut self, parameters: &[u64], _context: &mut Context<'_, Self>) {
        self.redirects = redirects(parameters);
    }

    fn on_command(&mut self, _command: u8, _target: Option<NodeId>, _context: &mut Context<'_, Self>) {}

    fn forge(Forward(request): &mut Forward, forged: Value) {
        request.call.forge(forged);
    }

    fn label(Forward(request): &Forward) -> Label {
        Label { kind: 0, bytes: 64, op: Some(request.op), version: None }
    }

    fn timer_label(timer: NoTimer) -> u8 {
        match timer {}
    }

    fn view(&self, view: &mut ReplicaView) {
        view.leads = self.me == HOLDER;
        view.role = if view.leads { "holder" } else { "messenger" };
        // A messenger may have what its group began with; nobody reads that.
        if view.leads {
            self.disk.machine.view(view);
        }
    }

    fn inspect(&self, inspection: &mut Inspection) {
        if self.me == HOLDER {
            inspection.fields.push(("operations applied", self.disk.applied.get().to_string()));
        } else {
            inspection.fields.push(("passes clients on to", Site::from(HOLDER).to_string()));
        }
    }

    fn footprint(&self) -> usize {
        size_of::<Self>() + self.disk.machine.footprint()
    }
}

fn redirects(parameters: &[u64]) -> bool {
    parameters.first() == Some(&1)
}

/// What it promises, and under which faults.
#[must_use]
pub fn contract(_parameters: &[u64], nodes: u16) -> Contract {
    let mut promises =
        vec![Promise::Linearizable, Promise::ReadYourWrites, Promise::MonotonicReads, Promise::NoLostWrites];
    if nodes == 1 {
        // With more nodes there is nothing that could become equal: the others hold nothing.
        promises.push(Promise::Converges);
    }
    Contract {
        consistency: Consistency::Linearizable,
        durability: "An acknowledged write is on one disk, and lost with it.",
        reads: Needs::Primary(0),
        writes: Needs::Primary(0),
        promises,
        tolerances: Fault::ALL.map(tolerance).to_vec(),
    }
}

/// The kinds of operation that it carries out.
#[must_use]
pub fn calls(_parameters: &[u64]) -> Vec<CallKind> {
    vec![CallKind::Read, CallKind::Write, CallKind::Cas, CallKind::Add]
}

/// What it says about a fault.
fn tolerance(fault: Fault) -> Tolerance {
    let (survives, then) = match fault {
        Fault::Cut => (Survives::Any, "Who can't reach the first node is not served."),
        Fault::OneWayCut => (Survives::Any, "A client gets no answer, though its write may be done."),
        Fault::Loss => {
            (Survives::Any, "A client whose request or answer is lost does not know whether it was done.")
        }
        Fault::Duplication => (Survives::Any, "A request that comes twice is carried out once."),
        Fault::Reordering => (Survives::Any, "Operations take effect in the order in which they arrive."),
        Fault::Crash => (Survives::Any, "While the first node is down nobody is served."),
        Fault::UnsyncedCrash => {
            (Survives::Any, "It answers only when its disk is done, so nothing acknowledged is lost.")
        }
        Fault::Wipe => (Survives::None, "With the only disk everything is lost."),
        Fault::Pause => (Survives::Any, "While the first node is paused nobody is served."),
        Fault::Slow => (Survives::Any, "Everybody waits for the slow node."),
        Fault::ClockSkew | Fault::ClockDrift => (Survives::Any, "No clock is used."),
        Fault::Lie => (Survives::None, "There is no other copy to compare with."),
        Fault::Retry => (Survives::Any, "A request that comes again is answered, not carried out again."),
    };
    Tolerance { fault, survives, then }
}

impl Durable for Disk {
    fn synced(&mut self) {
        self.machine.synced();
        self.applied.synced();
    }

    fn lose_unsynced(&mut self) {
        self.machine.lose_unsynced();
        self.applied.lose_unsynced();
    }
}
