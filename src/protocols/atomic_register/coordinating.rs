//! The two phases of an operation, as its coordinator goes through them.

use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::protocol::{Answer, Context, Request, TimerId};
use netsplit_watched::watched;

use super::about::{NOTE_FAST_READ, NOTE_GAVE_UP, NOTE_WROTE_BACK};
use super::{Message, Register, Timer, Variant};
use crate::parts::nodes::Nodes;
use crate::parts::request_memory::Remembered;
use crate::parts::store::Cell;

/// An operation on its way through its phases.
#[derive(Clone, Copy)]
pub(super) struct Coordinated {
    pub(super) request: Request,
    pub(super) key: Key,
    pub(super) phase: Phase,
    pub(super) answered: Nodes,
    /// How many answers came, for the variant that counts those.
    answers: u32,
    deadline: TimerId,
    pub(super) again: TimerId,
}

#[derive(Clone, Copy)]
pub(super) enum Phase {
    /// Asking what a majority holds: the greatest found so far, and whether all answers were the same.
    Query { best: Option<Cell>, same: bool },
    /// Bringing this to a majority.
    Propagate(Cell),
}

#[watched]
impl<V: Variant> Register<V> {
    /// Begins an operation at a phase, with this node's own answer in it.
    fn begin(&mut self, request: Request, phase: Phase, context: &mut Context<'_, Self>) {
        let (op, key) = (request.op, request.call.key());
        let mut answered = Nodes::default();
        answered.insert(self.me);
        let deadline = context.set_timer(self.timeout, Timer::Deadline(op));
        let again = context.set_timer(self.retransmit, Timer::Again(op));
        let coordinated = Coordinated { request, key, phase, answered, answers: 1, deadline, again };
        self.operations.insert(op, coordinated);
        self.ask(op, context);
        self.advance(op, context);
    }

    /// Sends the message of the present phase to all that have not answered it.
    pub(super) fn ask(&self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(operation) = self.operations.get(&op) else { return };
        for node in (0..self.nodes).map(NodeId).filter(|&node| !operation.answered.contains(node)) {
            let message = match operation.phase {
                Phase::Query { .. } => Message::Query(op, operation.key),
                Phase::Propagate(cell) => Message::Store(op, operation.key, cell),
            };
            context.send(node, message);
        }
    }

    /// Goes on to the next phase, or answers, once a majority has answered the present one.
    fn advance(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(operation) = self.operations.get(&op).copied() else { return };
        let answers = if V::COUNTS_NODES { operation.answered.count() } else { operation.answers };
        if answers < self.majority() {
            return;
        }
        match (operation.phase, operation.request.call) {
            (Phase::Query { best, .. }, Call::Write { value, .. }) => {
                let greatest = best.map_or(0, |cell| cell.version.counter);
                let counter = greatest + u64::from(V::TAGS_GROW);
                let version = Version { counter, node: self.me };
                self.disk.memory.begin(op, version);
                Self::sync(context);
                self.propagate(op, Cell { value, version, op }, context);
            }
            (Phase::Query { best: Some(best), same: false }, _) if self.write_back && V::WRITES_BACK => {
                context.note(NOTE_WROTE_BACK);
                self.propagate(op, best, context);
            }
            (Phase::Query { best, same }, _) => {
                if same && self.write_back && self.nodes > 1 {
                    context.note(NOTE_FAST_READ);
                }
                let found = best.map(|cell| (cell.value, cell.version));
                self.finish(op, Answer::Read(found), context);
            }
            (Phase::Propagate(cell), Call::Write { .. }) => {
                self.finish(op, Answer::Written(cell.version), context);
            }
            (Phase::Propagate(cell), _) => {
                self.finish(op, Answer::Read(Some((cell.value, cell.version))), context);
            }
        }
    }

    /// The second phase: brings a cell to a majority, this node first.
    fn propagate(&mut self, op: OpId, cell: Cell, context: &mut Context<'_, Self>) {
        let Some(operation) = self.operations.get_mut(&op) else { return };
        operation.phase = Phase::Propagate(cell);
        operation.answered = Nodes::default();
        operation.answered.insert(self.me);
        operation.answers = 1;
        context.cancel_timer(operation.again);
        operation.again = context.set_timer(self.retransmit, Timer::Again(op));
        let key = operation.key;
        self.keep(key, cell, context);
        self.ask(op, context);
        self.advance(op, context);
    }

    fn finish(&mut self, op: OpId, answer: Answer, context: &mut Context<'_, Self>) {
        let Some(operation) = self.operations.remove(&op) else { return };
        context.cancel_timer(operation.deadline);
        context.cancel_timer(operation.again);
        context.reply(operation.request, answer);
    }

    /// A replica answered the present phase.
    pub(super) fn answered(&mut self, op: OpId, from: NodeId, context: &mut Context<'_, Self>) {
        if let Some(operation) = self.operations.get_mut(&op) {
            operation.answered.insert(from);
            operation.answers += 1;
            self.advance(op, context);
        }
    }

    pub(super) fn deadline(&mut self, op: OpId, context: &mut Context<'_, Self>) {
        let Some(operation) = self.operations.get(&op) else { return };
        context.note(NOTE_GAVE_UP);
        let answer = match (operation.phase, operation.request.call) {
            (Phase::Query { .. }, Call::Write { .. }) => {
                // A second copy of the request may still arrive; it must not write what was refused.
                self.disk.memory.refuse(op);
                Self::sync(context);
                Answer::Refused("no majority answered in time, and nothing was sent")
            }
            (_, Call::Write { .. }) => Answer::Unknown("no majority confirmed the write in time"),
            _ => Answer::Refused("no majority answered in time"),
        };
        self.finish(op, answer, context);
    }

    pub(super) fn write(&mut self, request: Request, value: Value, context: &mut Context<'_, Self>) {
        match self.disk.memory.of(request.op) {
            Remembered::New => self.query(request, context),
            Remembered::Begun(version) => {
                self.begin_again(request, Cell { value, version, op: request.op }, context);
            }
            Remembered::Refused => {
                context.reply(request, Answer::Refused("no majority answered in time, and nothing was sent"));
            }
            Remembered::Forgotten => context.reply(
                request,
                Answer::Unknown("the request is too old to tell whether it was carried out before"),
            ),
        }
    }

    /// The first phase.
    pub(super) fn query(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let best = self.disk.store.get(request.call.key());
        self.begin(request, Phase::Query { best, same: true }, context);
    }

    /// The second phase once more for a write whose request came again.
    fn begin_again(&mut self, request: Request, cell: Cell, context: &mut Context<'_, Self>) {
        self.keep(request.call.key(), cell, context);
        self.begin(request, Phase::Propagate(cell), context);
    }
}
