//! Protocols broken on purpose, in ways that people really break them. A swarm that can't tell them from
//! the sound ones tests nothing.
//!
//! Two flaws wrap any protocol: a node that finds its disk empty, and an answer that is given too early.
//! The others are switched on inside of a protocol, one file for each protocol.

use netsplit_protocols::primary_backup::{self, PrimaryBackup};
use netsplit_protocols::quorum::{self, Quorum};
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{NodeId, Value, Version};
use netsplit_sim::protocol::{About, Answer, Context, Contract, Label, Protocol, Request};

use crate::trials::Subject;

mod gossip;

mod primary;

mod single;

/// A planted bug.
pub struct Bug {
    /// What is wrong, in words.
    pub name: &'static str,
    /// The protocol with it, and the contract that it breaks.
    pub subject: Subject,
}

fn bug<P: Protocol>(
    name: &'static str,
    contract: fn(&[u64], u16) -> Contract,
    calls: fn(&[u64]) -> Vec<CallKind>,
) -> Bug {
    let build: fn(&netsplit_sim::setup::Setup, &[u64]) -> Box<dyn netsplit_sim::machine::Machine> =
        |setup, parameters| Box::new(Cluster::<P>::new(setup, parameters));
    Bug { name, subject: Subject { about: P::about, build, contract, calls } }
}

/// Every planted bug.
#[must_use]
pub fn all() -> Vec<Bug> {
    let mut bugs = vec![
        bug::<Mutant<PrimaryBackup, Amnesia>>(Amnesia::NAME, primary_backup::contract, primary_backup::calls),
        bug::<Mutant<PrimaryBackup, Eager>>(Eager::NAME, primary_backup::contract, primary_backup::calls),
        bug::<Mutant<Quorum, Amnesia>>(Amnesia::NAME, quorum::contract, quorum::calls),
        bug::<Mutant<Quorum, Eager>>(Eager::NAME, quorum::contract, quorum::calls),
    ];
    bugs.extend(gossip::bugs());
    bugs.extend(primary::bugs());
    bugs.extend(single::bugs());
    bugs
}

/// What is broken about a [`Mutant`].
pub trait Flaw: Clone + 'static {
    /// Its name in messages of tests.
    const NAME: &'static str;
    /// Whether a restarted node finds its disk empty.
    const FORGETS: bool;
    /// Whether a write is acknowledged before anything is done about it.
    const ACKNOWLEDGES_EARLY: bool;
}

/// A restarted node finds its disk empty.
#[derive(Clone)]
pub struct Amnesia;

impl Flaw for Amnesia {
    const NAME: &'static str = "a restarted node finds its disk empty";
    const FORGETS: bool = true;
    const ACKNOWLEDGES_EARLY: bool = false;
}

/// A write is acknowledged before anything is done about it.
#[derive(Clone)]
pub struct Eager;

impl Flaw for Eager {
    const NAME: &'static str = "a write is acknowledged before anything is done about it";
    const FORGETS: bool = false;
    const ACKNOWLEDGES_EARLY: bool = true;
}

/// A protocol with a flaw.
#[derive(Clone)]
pub struct Mutant<P, F> {
    inner: P,
    flaw: std::marker::PhantomData<F>,
}

impl<P: Protocol, F: Flaw> Mutant<P, F> {
    fn inner<R>(
        &mut self,
        context: &mut Context<'_, Self>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>) -> R,
    ) -> R {
        let inner = &mut self.inner;
        context.as_inner(|context| handler(inner, context))
    }
}

impl<P: Protocol, F: Flaw> Protocol for Mutant<P, F> {
    type Message = P::Message;
    type Timer = P::Timer;
    type Stable = P::Stable;

    fn about() -> About {
        P::about()
    }

    fn boot(me: NodeId, nodes: u16, parameters: &[u64], stable: P::Stable) -> Self {
        let stable = if F::FORGETS { P::Stable::default() } else { stable };
        Self { inner: P::boot(me, nodes, parameters, stable), flaw: std::marker::PhantomData }
    }

    fn stable(&mut self) -> &mut P::Stable {
        self.inner.stable()
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        self.inner(context, P::on_start);
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if F::ACKNOWLEDGES_EARLY && !matches!(request.call, Call::Read { .. } | Call::Cas { .. }) {
            // The client takes the first answer and ignores the true one.
            let version = Version { counter: 0, node: NodeId(0) };
            context.reply(request, Answer::Written(version));
        }
        self.inner(context, |inner, context| inner.on_request(request, context));
    }

    fn on_message(&mut self, from: NodeId, message: P::Message, context: &mut Context<'_, Self>) {
        self.inner(context, |inner, context| inner.on_message(from, message, context));
    }

    fn on_timer(&mut self, timer: P::Timer, context: &mut Context<'_, Self>) {
        self.inner(context, |inner, context| inner.on_timer(timer, context));
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        self.inner(context, |inner, context| inner.on_configure(parameters, context));
    }

    fn on_command(&mut self, command: u8, target: Option<NodeId>, context: &mut Context<'_, Self>) {
        self.inner(context, |inner, context| inner.on_command(command, target, context));
    }

    fn forge(message: &mut P::Message, value: Value) {
        P::forge(message, value);
    }

    fn label(message: &P::Message) -> Label {
        P::label(message)
    }

    fn timer_label(timer: P::Timer) -> u8 {
        P::timer_label(timer)
    }

    fn view(&self, view: &mut ReplicaView) {
        self.inner.view(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        self.inner.inspect(inspection);
    }

    fn footprint(&self) -> usize {
        self.inner.footprint()
    }
}
