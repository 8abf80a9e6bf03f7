//! A replica of one shard without its type: what lets one `Sharded` hold replicas of any protocol.

use netsplit_watched::watched;
use std::any::Any;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use netsplit_sim::digest::Digest;
use netsplit_sim::durable::Durable;
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::protocol::{
    About, Answer, Context, Label, Parameter, Protocol, Range, Request, TimerId, Token, Wishes,
};
use netsplit_sim::time::Span;

use super::{Flaws, OWN_MESSAGES, OWN_NOTES, OWN_TIMERS, Sharded};
use crate::portable::{Parcels, Part, Portable};

/// A protocol as its shards see it. There is one for each registered protocol.
pub(super) struct Family<F: Flaws> {
    /// Its description of itself.
    pub about: fn() -> About,
    /// A replica that starts from parcels, or from nothing.
    pub make: Make<F>,
    /// How many members have to be sealed.
    pub sealed_by: fn(&[u64], u16) -> u16,
    /// Whether a person's command is carried out inside of a shard.
    pub allows: fn(u8) -> bool,
    /// Two parcels of one part together.
    pub merge: fn(&Parcel, &Parcel) -> Parcel,
}

/// Makes a replica: its place among so many members, their parameters, and what it starts from with its generation.
type Make<F> = fn(NodeId, u16, &[u64], Option<(u32, &Image)>) -> Box<dyn Member<F>>;

/// What a shard starts from: every part that somebody held.
pub(super) type Image = BTreeMap<Part, Parcel>;

/// A packed part of a replica without its type.
#[derive(Clone)]
pub struct Parcel {
    content: Rc<dyn Any>,
    /// A digest of the content: two parcels of one part with the same digest are the same.
    pub digest: u64,
    /// Its bytes on the wire.
    pub bytes: u32,
}

/// A message of a shard's protocol without its type.
#[derive(Clone)]
pub struct Wire {
    content: Rc<dyn Any>,
    digest: u64,
    /// What it is, for people.
    pub label: Label,
    forge: fn(&dyn Any, Value) -> Self,
}

/// What a handler of a member asked for.
pub struct Asked {
    /// Messages to other members, by their number.
    pub sends: Vec<(NodeId, Wire)>,
    /// Answers.
    pub replies: Vec<(Request, Answer, Option<Token>)>,
    /// What its copy now shows.
    pub visible: Vec<(Key, OpId)>,
    /// Moments, already in the numbers of the outer protocol.
    pub notes: Vec<u8>,
    /// Timers with their label, already in the numbers of the outer protocol.
    pub timers: Vec<(Span, TimerId, u8)>,
    /// Timers that it cancelled.
    pub cancelled: Vec<TimerId>,
    /// Whether its disk has to be done before anything of this leaves the node.
    pub synced: bool,
}

type Outer<'a, 'b, F> = &'a mut Context<'b, Sharded<F>>;

/// A replica of one shard.
pub trait Member<F: Flaws> {
    /// A copy, for checkpoints.
    fn copied(&self) -> Box<dyn Member<F>>;
    /// Its node has crashed and starts again: what was not on its disk is gone.
    fn reboot(&mut self, me: NodeId, members: u16, parameters: &[u64]);
    /// The disk has everything.
    fn synced(&mut self);
    /// The disk has lost what it did not have yet.
    fn lose_unsynced(&mut self);
    /// It may send and set timers.
    fn start(&mut self, context: Outer<'_, '_, F>) -> Asked;
    /// A request.
    fn request(&mut self, request: Request, token: Option<Token>, context: Outer<'_, '_, F>) -> Asked;
    /// A message of another member.
    fn message(&mut self, from: NodeId, wire: &Wire, context: Outer<'_, '_, F>) -> Asked;
    /// A timer; nothing if it is not one of its own.
    fn timer(&mut self, id: TimerId, context: Outer<'_, '_, F>) -> Option<Asked>;
    /// Other parameters.
    fn configure(&mut self, parameters: &[u64], context: Outer<'_, '_, F>) -> Asked;
    /// A person's command.
    fn command(&mut self, command: u8, target: Option<NodeId>, context: Outer<'_, '_, F>) -> Asked;
    /// What it holds of a part.
    fn pack(&self, part: Part) -> Option<Parcel>;
    /// How much it has seen.
    fn rank(&self) -> (u64, u64);
    /// What it is and holds.
    fn view(&self, view: &mut ReplicaView);
    /// What is inside.
    fn inspect(&self, inspection: &mut Inspection);
    /// About how many bytes it takes.
    fn footprint(&self) -> usize;
}

impl<F: Flaws> Clone for Box<dyn Member<F>> {
    fn clone(&self) -> Self {
        self.copied()
    }
}

/// A replica of a shard that runs `P`.
struct Live<P: Protocol> {
    replica: P,
    timers: Vec<(TimerId, P::Timer)>,
}

impl<P: Protocol> Clone for Live<P> {
    fn clone(&self) -> Self {
        Self { replica: self.replica.clone(), timers: self.timers.clone() }
    }
}

#[watched]
impl<P: Portable> Live<P> {
    fn run<F: Flaws>(
        &mut self,
        context: Outer<'_, '_, F>,
        token: Option<Token>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) -> Asked {
        let replica = &mut self.replica;
        let wishes: Wishes<P> = context.within(token, |inner| handler(replica, inner));
        for (_, timer, id) in &wishes.timers {
            self.timers.push((*id, *timer));
        }
        self.timers.retain(|(id, _)| !wishes.cancelled.contains(id));
        let label = |timer| OWN_TIMERS + P::timer_label(timer);
        Asked {
            sends: wishes.sends.into_iter().map(|(to, message)| (to, wire::<P>(message))).collect(),
            replies: wishes.replies,
            visible: wishes.visible,
            notes: wishes.notes.into_iter().map(|note| OWN_NOTES + note).collect(),
            timers: wishes.timers.into_iter().map(|(after, timer, id)| (after, id, label(timer))).collect(),
            cancelled: wishes.cancelled,
            synced: wishes.synced,
        }
    }
}

#[watched]
impl<P: Portable, F: Flaws> Member<F> for Live<P> {
    fn copied(&self) -> Box<dyn Member<F>> {
        Box::new(self.clone())
    }

    fn reboot(&mut self, me: NodeId, members: u16, parameters: &[u64]) {
        let disk = std::mem::take(self.replica.stable());
        *self = Self { replica: P::boot(me, members, parameters, disk), timers: Vec::new() };
    }

    fn synced(&mut self) {
        self.replica.stable().synced();
    }

    fn lose_unsynced(&mut self) {
        self.replica.stable().lose_unsynced();
    }

    fn start(&mut self, context: Outer<'_, '_, F>) -> Asked {
        self.run(context, None, P::on_start)
    }

    fn request(&mut self, request: Request, token: Option<Token>, context: Outer<'_, '_, F>) -> Asked {
        self.run(context, token, |replica, inner| replica.on_request(request, inner))
    }

    fn message(&mut self, from: NodeId, wire: &Wire, context: Outer<'_, '_, F>) -> Asked {
        let message =
            wire.content.downcast_ref::<P::Message>().expect("the shards of a cluster run one protocol");
        self.run(context, None, |replica, inner| replica.on_message(from, message.clone(), inner))
    }

    fn timer(&mut self, id: TimerId, context: Outer<'_, '_, F>) -> Option<Asked> {
        let place = self.timers.iter().position(|(set, _)| *set == id)?;
        let (_, timer) = self.timers.swap_remove(place);
        Some(self.run(context, None, |replica, inner| replica.on_timer(timer, inner)))
    }

    fn configure(&mut self, parameters: &[u64], context: Outer<'_, '_, F>) -> Asked {
        self.run(context, None, |replica, inner| replica.on_configure(parameters, inner))
    }

    fn command(&mut self, command: u8, target: Option<NodeId>, context: Outer<'_, '_, F>) -> Asked {
        self.run(context, None, |replica, inner| replica.on_command(command, target, inner))
    }

    fn pack(&self, part: Part) -> Option<Parcel> {
        self.replica.pack(part).map(parcel::<P>)
    }

    fn rank(&self) -> (u64, u64) {
        self.replica.rank()
    }

    fn view(&self, view: &mut ReplicaView) {
        self.replica.view(view);
    }

    fn inspect(&self, inspection: &mut Inspection) {
        self.replica.inspect(inspection);
    }

    fn footprint(&self) -> usize {
        self.replica.footprint()
    }
}

/// The families of the registered protocols.
struct Families<F>(std::marker::PhantomData<F>);

impl<F: Flaws> Families<F> {
    /// In the order of [`crate::ALL`].
    const ALL: [Family<F>; 6] = [
        Family::of::<crate::single_copy::SingleCopy>(),
        Family::of::<crate::primary_backup::PrimaryBackup>(),
        Family::of::<crate::quorum::Quorum>(),
        Family::of::<crate::atomic_register::AtomicRegister>(),
        Family::of::<crate::gossip::Gossip>(),
        Family::of::<crate::raft::Raft>(),
    ];
}

/// The family of the protocol at this place in [`crate::ALL`].
pub(super) fn family<F: Flaws>(protocol: u16) -> &'static Family<F> {
    &Families::<F>::ALL[usize::from(protocol)]
}

fn digest(content: &impl Hash) -> u64 {
    let mut digest = Digest::default();
    content.hash(&mut digest);
    digest.finish()
}

fn wire<P: Protocol>(message: P::Message) -> Wire {
    let label = P::label(&message);
    let label = Label { kind: OWN_MESSAGES + label.kind, ..label };
    Wire { digest: digest(&message), label, content: Rc::new(message), forge: forge::<P> }
}

fn forge<P: Protocol>(content: &dyn Any, value: Value) -> Wire {
    let mut message =
        content.downcast_ref::<P::Message>().expect("the shards of a cluster run one protocol").clone();
    P::forge(&mut message, value);
    wire::<P>(message)
}

fn parcel<P: Portable>(content: P::Parcel) -> Parcel {
    Parcel { digest: digest(&content), bytes: P::bytes(&content), content: Rc::new(content) }
}

impl Wire {
    /// Replaces every value that it tells.
    pub(super) fn forge(&mut self, value: Value) {
        *self = (self.forge)(&*self.content, value);
    }
}

impl Hash for Wire {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl Hash for Parcel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl<F: Flaws> Family<F> {
    /// The family of a protocol.
    #[must_use]
    pub(super) const fn of<P: Portable>() -> Self {
        Self {
            about: P::about,
            make: make::<P, F>,
            sealed_by: P::sealed_by,
            allows: P::allows,
            merge: merge::<P>,
        }
    }

    /// Parameters that suit a group of so many members: a shard may have fewer copies than others.
    #[must_use]
    pub(super) fn fitted(&self, parameters: &[u64], members: u16) -> Vec<u64> {
        let fit = |(parameter, &value): (&Parameter, &u64)| match parameter.range {
            Range::Replicas { .. } => {
                let (least, most) = parameter.range.bounds(members);
                value.clamp(least, most)
            }
            _ => value,
        };
        (self.about)().parameters.iter().zip(parameters).map(fit).collect()
    }
}

fn make<P: Portable, F: Flaws>(
    me: NodeId,
    members: u16,
    parameters: &[u64],
    image: Option<(u32, &Image)>,
) -> Box<dyn Member<F>> {
    let disk = match image {
        None => P::Stable::default(),
        Some((generation, image)) => {
            let typed = |parcel: &Parcel| {
                Rc::clone(&parcel.content)
                    .downcast::<P::Parcel>()
                    .expect("the shards of a cluster run one protocol")
            };
            let parcels: Parcels<P> = image.iter().map(|(part, parcel)| (*part, typed(parcel))).collect();
            P::unpack(me, members, parameters, generation, &parcels)
        }
    };
    Box::new(Live { replica: P::boot(me, members, parameters, disk), timers: Vec::new() })
}

fn merge<P: Portable>(one: &Parcel, other: &Parcel) -> Parcel {
    let typed = |parcel: &Parcel| {
        Rc::clone(&parcel.content).downcast::<P::Parcel>().expect("the shards of a cluster run one protocol")
    };
    let mut merged = (*typed(one)).clone();
    P::merge(&mut merged, &typed(other));
    parcel::<P>(merged)
}
