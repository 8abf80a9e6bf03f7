//! Protocols broken on purpose, by wrapping a sound one. A checker that can't tell them from the sound
//! one tests nothing.

use netsplit_sim::frame::ReplicaView;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, Version};
use netsplit_sim::protocol::{About, Answer, Context, Label, Protocol, Request};

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
    const NAME: &'static str = "amnesia";
    const FORGETS: bool = true;
    const ACKNOWLEDGES_EARLY: bool = false;
}

/// A write is acknowledged before anything is done about it.
#[derive(Clone)]
pub struct Eager;

impl Flaw for Eager {
    const NAME: &'static str = "eager";
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

    fn into_stable(self) -> P::Stable {
        self.inner.into_stable()
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        self.inner(context, P::on_start);
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        if F::ACKNOWLEDGES_EARLY && matches!(request.call, Call::Write { .. }) {
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

    fn label(message: &P::Message) -> Label {
        P::label(message)
    }

    fn timer_label(timer: P::Timer) -> u8 {
        P::timer_label(timer)
    }

    fn view(&self, view: &mut ReplicaView) {
        self.inner.view(view);
    }

    fn footprint(&self) -> usize {
        self.inner.footprint()
    }
}
