//! A protocol that hosts one group of replicas after another on the same nodes, as the shards of a cluster do, and
//! leaves it to the test when they are sealed and what the next group starts from.
//!
//! Members are numbered anew in each group: member 0 of the second is the second node. Whatever took a member's number
//! for its node across groups shows.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeSet;

use netsplit_protocols::portable::{Parcels, Portable};
use netsplit_sim::durable::Durable;
use netsplit_sim::frame::{Inspection, ReplicaView};
use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::protocol::{About, Context, Label, Protocol, Request, Token, Wishes};

/// Seals what runs here, for good.
pub(super) const SEAL: u8 = 254;
/// Starts a member of the present group here.
pub(super) const START: u8 = 255;

thread_local! {
    static PRESENT: RefCell<Present> = const { RefCell::new(Present { generation: 0, parcels: None }) };
}

/// The group that is to run now.
struct Present {
    generation: u32,
    /// What it starts from.
    parcels: Option<Box<dyn Any>>,
}

/// Begins a run, with the first group.
pub(super) fn begin() {
    PRESENT.set(Present { generation: 0, parcels: None });
}

/// From now on nodes that are told to start do so from these parcels.
pub(super) fn go_on_with<P: Portable>(generation: u32, parcels: Parcels<P>) {
    PRESENT.set(Present { generation, parcels: Some(Box::new(parcels)) });
}

fn generation() -> u32 {
    PRESENT.with_borrow(|present| present.generation)
}

/// A node.
#[derive(Clone)]
pub(super) struct Handover<P: Portable> {
    node: NodeId,
    nodes: u16,
    parameters: Vec<u64>,
    disk: Disk<P>,
}

/// The disk of a node: the replica is on it with all that it has, and starts anew when the node does.
#[derive(Clone)]
pub(super) struct Disk<P: Portable> {
    generation: u32,
    sealed: bool,
    replica: Option<P>,
    /// What was there before what is not written yet.
    before: Option<Box<Self>>,
}

impl<P: Portable> Default for Disk<P> {
    fn default() -> Self {
        Self { generation: 0, sealed: false, replica: None, before: None }
    }
}

impl<P: Portable> Durable for Disk<P> {
    fn synced(&mut self) {
        self.before = None;
        if let Some(replica) = &mut self.replica {
            replica.stable().synced();
        }
    }

    fn lose_unsynced(&mut self) {
        if let Some(before) = self.before.take() {
            *self = *before;
        }
        if let Some(replica) = &mut self.replica {
            replica.stable().lose_unsynced();
        }
    }
}

/// A message of one group.
#[derive(Clone, Hash)]
pub(super) struct OfGroup<M> {
    generation: u32,
    message: M,
}

/// A timer of one group.
#[derive(Clone, Copy)]
pub(super) struct TimerOfGroup<T> {
    generation: u32,
    timer: T,
}

/// The member that runs on a node.
pub(super) fn member(node: NodeId, nodes: u16, generation: u32) -> NodeId {
    NodeId(((u32::from(node.0) + u32::from(nodes) - generation % u32::from(nodes)) % u32::from(nodes)) as u16)
}

/// The node that a member runs on.
fn node_of(member: NodeId, nodes: u16, generation: u32) -> NodeId {
    NodeId(((u32::from(member.0) + generation) % u32::from(nodes)) as u16)
}

impl<P: Portable> Handover<P> {
    /// The replica here, and whether it is of the present group.
    pub(super) fn replica(&self) -> Option<&P> {
        self.disk.replica.as_ref()
    }

    /// Which group this node is in.
    pub(super) fn generation(&self) -> u32 {
        self.disk.generation
    }

    /// Whether it is sealed, and its disk says so.
    pub(super) fn is_sealed(&self) -> bool {
        self.disk.sealed && self.disk.before.is_none()
    }

    fn run(
        &mut self,
        token: Option<Token>,
        context: &mut Context<'_, Self>,
        handler: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) {
        let Some(replica) = self.disk.replica.as_mut().filter(|_| !self.disk.sealed) else { return };
        let generation = self.disk.generation;
        let wishes: Wishes<P> = context.within(token, |inner| handler(replica, inner));
        for (to, message) in wishes.sends {
            context.send(node_of(to, self.nodes, generation), OfGroup { generation, message });
        }
        for (request, answer, token) in wishes.replies {
            match token {
                Some(token) => context.reply_with(request, answer, token),
                None => context.reply(request, answer),
            }
        }
        wishes.visible.into_iter().for_each(|(key, op)| context.visible(key, op));
        wishes.notes.into_iter().for_each(|note| context.note(note));
        for (after, timer, id) in wishes.timers {
            context.set_timer_as(id, after, TimerOfGroup { generation, timer });
        }
        wishes.cancelled.into_iter().for_each(|id| context.cancel_timer(id));
        if wishes.synced {
            context.sync();
        }
    }

    fn shown(&self) -> BTreeSet<(Key, OpId)> {
        let mut view = ReplicaView::default();
        self.view(&mut view);
        view.keys.iter().map(|key| (key.key, key.op)).collect()
    }

    fn change(&mut self, context: &mut Context<'_, Self>, change: impl FnOnce(&mut Disk<P>)) {
        let before = Disk { before: None, ..self.disk.clone() };
        change(&mut self.disk);
        // What was not written before this is still not.
        self.disk.before = Some(self.disk.before.take().unwrap_or(Box::new(before)));
        context.sync();
    }

    fn start(&mut self, context: &mut Context<'_, Self>) {
        let (me, nodes) = (member(self.node, self.nodes, generation()), self.nodes);
        let disk = PRESENT.with_borrow(|present| {
            let parcels = present.parcels.as_ref()?.downcast_ref::<Parcels<P>>()?;
            Some(P::unpack(me, nodes, &self.parameters, present.generation, parcels))
        });
        let Some(disk) = disk else { return };
        let before = self.shown();
        let replica = P::boot(me, nodes, &self.parameters, disk);
        self.change(context, |disk| {
            *disk = Disk {
                generation: generation(),
                sealed: false,
                replica: Some(replica),
                before: disk.before.take(),
            };
        });
        for (key, op) in self.shown().difference(&before) {
            context.visible(*key, *op);
        }
        self.run(None, context, P::on_start);
    }
}

impl<P: Portable> Protocol for Handover<P> {
    type Message = OfGroup<P::Message>;
    type Timer = TimerOfGroup<P::Timer>;
    type Stable = Disk<P>;

    fn about() -> About {
        P::about()
    }

    fn boot(node: NodeId, nodes: u16, parameters: &[u64], mut disk: Disk<P>) -> Self {
        let me = member(node, nodes, disk.generation);
        let stable = match disk.replica.take() {
            Some(mut replica) => Some(std::mem::take(replica.stable())),
            None if disk.generation == 0 && !disk.sealed => Some(P::Stable::default()),
            None => None,
        };
        disk.replica = stable.map(|stable| P::boot(me, nodes, parameters, stable));
        Self { node, nodes, parameters: parameters.to_vec(), disk }
    }

    fn stable(&mut self) -> &mut Disk<P> {
        &mut self.disk
    }

    fn on_start(&mut self, context: &mut Context<'_, Self>) {
        self.run(None, context, P::on_start);
    }

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let token = context.token();
        self.run(token, context, |replica, inner| replica.on_request(request, inner));
    }

    fn on_message(&mut self, from: NodeId, message: Self::Message, context: &mut Context<'_, Self>) {
        let OfGroup { generation, message } = message;
        if generation == self.disk.generation {
            let from = member(from, self.nodes, generation);
            self.run(None, context, |replica, inner| replica.on_message(from, message, inner));
        }
    }

    fn on_timer(&mut self, timer: Self::Timer, context: &mut Context<'_, Self>) {
        if timer.generation == self.disk.generation {
            self.run(None, context, |replica, inner| replica.on_timer(timer.timer, inner));
        }
    }

    fn on_configure(&mut self, parameters: &[u64], context: &mut Context<'_, Self>) {
        self.parameters = parameters.to_vec();
        self.run(None, context, |replica, inner| replica.on_configure(parameters, inner));
    }

    fn on_command(&mut self, command: u8, target: Option<NodeId>, context: &mut Context<'_, Self>) {
        match command {
            SEAL if self.disk.sealed && self.disk.generation == generation() => {}
            SEAL if self.disk.generation == generation() => self.change(context, |disk| disk.sealed = true),
            // It never started in the group that is sealed: it has nothing, and will not start there any more.
            SEAL => self.change(context, |disk| {
                *disk = Disk {
                    generation: generation(),
                    sealed: true,
                    replica: None,
                    before: disk.before.take(),
                };
            }),
            START if self.disk.generation < generation() => self.start(context),
            START => {}
            command if P::allows(command) => {
                let target = target.map(|node| member(node, self.nodes, self.disk.generation));
                self.run(None, context, |replica, inner| replica.on_command(command, target, inner));
            }
            _ => {}
        }
    }

    fn forge(message: &mut Self::Message, value: Value) {
        P::forge(&mut message.message, value);
    }

    fn label(message: &Self::Message) -> Label {
        P::label(&message.message)
    }

    fn timer_label(timer: Self::Timer) -> u8 {
        P::timer_label(timer.timer)
    }

    fn view(&self, view: &mut ReplicaView) {
        if let Some(replica) = &self.disk.replica {
            replica.view(view);
        }
    }

    fn inspect(&self, inspection: &mut Inspection) {
        if let Some(replica) = &self.disk.replica {
            replica.inspect(inspection);
        }
    }

    fn footprint(&self) -> usize {
        size_of::<Self>() + self.disk.replica.as_ref().map_or(0, Protocol::footprint)
    }
}
