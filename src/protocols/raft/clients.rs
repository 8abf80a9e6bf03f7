//! Where a client's request goes: to the leader, by one way or another (paper, section 8; thesis, chapter 6).

use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::protocol::{Answer, Request};
use netsplit_watched::watched;

use super::about::{ReadBy, Routing};
use super::{Bugs, Message, Raft, Role, Timer, To, What, note};
use crate::parts::state_machine::NO_SETS;

/// How often a request is passed on; then it is kept where it is. Two servers that take each other for the leader
/// must not play ball with it.
const HOPS: u8 = 4;

/// A client that waits for an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) index: u64,
    pub(super) request: Request,
}

#[watched]
impl<B: Bugs> Raft<B> {
    /// A client's request arrived, straight or from another server.
    pub(super) fn request(&mut self, request: Request, hops: u8, context: To<'_, '_, B>) {
        match request.call {
            Call::Insert { .. } | Call::Remove { .. } => return context.reply(request, NO_SETS),
            Call::Read { key } if self.settings.reads == ReadBy::Any => {
                return context.reply(request, self.machine.read(key));
            }
            _ => {}
        }
        if self.role == Role::Leader {
            return self.accept(request, context);
        }
        match (self.leader.or_else(|| self.somebody(request)), self.settings.routing) {
            (Some(leader), Routing::Redirect) => context.reply(request, Answer::Redirect(leader)),
            (Some(leader), Routing::Forward) if hops < HOPS => {
                context.send(leader, Message::Forward { request, hops: hops + 1 });
            }
            _ => self.hold(request, hops, context),
        }
    }

    /// A spare server hears from no leader. It knows who are members, or were; one of them will know more.
    fn somebody(&self, request: Request) -> Option<NodeId> {
        let others = self.members().without(self.me);
        let turn = request.op.0.checked_rem(others.count())?;
        if self.may_stand() { None } else { others.iter().nth(turn as usize) }
    }

    /// The leader takes a request.
    fn accept(&mut self, request: Request, context: To<'_, '_, B>) {
        if self.transfer.is_some() {
            return self.hold(request, 0, context);
        }
        if matches!(request.call, Call::Read { .. }) {
            if self.settings.reads != ReadBy::Log {
                return self.read(request, context);
            }
        } else if let Some(answer) = self.machine.answer(request.op) {
            return context.reply(request, answer);
        }
        if self.waiting.iter().any(|waiting| waiting.request.op == request.op) {
            // It is in the log already; its answer will come.
            return;
        }
        let index = self.propose(What::Operation { op: request.op, call: request.call }, context);
        self.waiting.push_back(Waiting { index, request });
    }

    /// An entry was applied: answers the client that waits for it, if one does.
    pub(super) fn answer(&mut self, index: u64, answer: Answer, context: To<'_, '_, B>) {
        if self.waiting.front().is_some_and(|waiting| waiting.index == index)
            && let Some(waiting) = self.waiting.pop_front()
        {
            context.reply(waiting.request, answer);
        }
    }

    /// Keeps a request until a leader is known, or until the time is over in which one should be.
    pub(super) fn hold(&mut self, request: Request, hops: u8, context: To<'_, '_, B>) {
        if self.held.iter().any(|(held, _)| held.op == request.op) {
            return;
        }
        self.held.push((request, hops));
        context.note(note::HELD);
        context.set_timer(self.settings.timeout + self.settings.spread, Timer::GiveUp(request.op));
    }

    /// A leader is known: the requests that waited for one go to it.
    pub(super) fn send_held(&mut self, context: To<'_, '_, B>) {
        for (request, hops) in std::mem::take(&mut self.held) {
            self.request(request, hops, context);
        }
    }

    /// A request was kept for long enough. What may be in some log may still be carried out, so only a read is refused.
    pub(super) fn give_up(&mut self, op: OpId, context: To<'_, '_, B>) {
        let Some(place) = self.held.iter().position(|(held, _)| held.op == op) else { return };
        let (request, _) = self.held.remove(place);
        let answer = match request.call {
            Call::Read { .. } => Answer::Refused("no leader is known"),
            _ => Answer::Unknown("no leader is known"),
        };
        context.reply(request, answer);
    }
}
