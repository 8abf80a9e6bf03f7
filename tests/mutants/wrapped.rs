//! Two flaws that wrap any protocol: a node that finds its disk empty, and an answer that is given too early.

use netsplit_protocols::{atomic_register, gossip, primary_backup, quorum, raft, single_copy};
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{NodeId, Value, Version};
use netsplit_sim::protocol::{About, Answer, Context, Contract, Label, Protocol, Request};

use super::{Bug, bug};

type ContractOf = fn(&[u64], u16) -> Contract;
type CallsOf = fn(&[u64]) -> Vec<CallKind>;

/// Both flaws in every protocol.
pub(super) fn bugs() -> Vec<Bug> {
    fn of<P: Protocol>(contract: ContractOf, calls: CallsOf) -> [Bug; 2] {
        [
            bug::<Mutant<P, Amnesia>>(Amnesia::NAME, contract, calls),
            bug::<Mutant<P, Eager>>(Eager::NAME, contract, calls),
        ]
    }
    [
        of::<single_copy::SingleCopy>(single_copy::contract, single_copy::calls),
        of::<primary_backup::PrimaryBackup>(primary_backup::contract, primary_backup::calls),
        of::<quorum::Quorum>(quorum::contract, quorum::calls),
        of::<atomic_register::AtomicRegister>(atomic_register::contract, atomic_register::calls),
        of::<raft::Raft>(raft::contract, raft::calls),
    ]
    .into_iter()
    .flatten()
    // Gossip answers at once anyway, so for it the second is no flaw.
    .chain([bug::<Mutant<gossip::Gossip, Amnesia>>(Amnesia::NAME, gossip::contract, gossip::calls)])
    .collect()
}

/// What is broken about a [`Mutant`].
pub(super) trait Flaw: Clone + 'static {
    /// Its name in messages of tests.
    const NAME: &'static str;
    /// Whether a restarted node finds its disk empty.
    const FORGETS: bool;
    /// Whether a write is acknowledged before anything is done about it.
    const ACKNOWLEDGES_EARLY: bool;
}

/// A restarted node finds its disk empty.
#[derive(Clone)]
pub(super) struct Amnesia;

impl Flaw for Amnesia {
    const NAME: &'static str = "a restarted node finds its disk empty";
    const FORGETS: bool = true;
    const ACKNOWLEDGES_EARLY: bool = false;
}

/// A write is acknowledged before anything is done about it.
#[derive(Clone)]
pub(super) struct Eager;

impl Flaw for Eager {
    const NAME: &'static str = "a write is acknowledged before anything is done about it";
    const FORGETS: bool = false;
    const ACKNOWLEDGES_EARLY: bool = true;
}

/// A protocol with a flaw.
#[derive(Clone)]
pub(super) struct Mutant<P, F> {
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
