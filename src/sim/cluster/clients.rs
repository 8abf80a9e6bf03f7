//! The clients of a running cluster: when they call, whom they ask, what they do with answers and with silence.

use std::hash::Hash;
use std::rc::Rc;

use super::{CLIENT_MESSAGE_BYTES, Cluster, FURTHER_REQUEST_BYTES, Payload};
use crate::activity::Gathered;
use crate::client::Start;
use crate::history::{Call, History, Many, Operation, Outcome, Query, QueryId, ValuesId};
use crate::ids::{ClientId, EventId, NodeId, OpId, Value, Version};
use crate::protocol::{Answer, Ask, Label, Protocol, Request, Token, Told};
use crate::queue::Due;
use crate::setup::Pace;
use crate::time::Span;
use crate::trace::{EventKind, REQUEST};

impl<P: Protocol> Cluster<P> {
    pub(super) fn schedule_first_tick(&mut self, id: ClientId) {
        let client = &mut self.state.clients[id.index()];
        client.new_round();
        if client.pace == Pace::Silent {
            return;
        }
        // A client that thinks starts at once; one with a rate starts after its first gap.
        let gap = match client.pace {
            Pace::Open { .. } => client.gap(),
            Pace::Closed { .. } | Pace::Job { .. } | Pace::Silent => Some(Span::ZERO),
        };
        if let Some(gap) = gap {
            let at = client.setup.starts.max(self.state.now) + gap;
            let generation = client.generation;
            self.state.queue.push(at, Due::Tick { client: id, generation });
        }
    }

    pub(super) fn schedule_tick(&mut self, id: ClientId) {
        let client = &mut self.state.clients[id.index()];
        if let Some(gap) = client.gap() {
            let due = Due::Tick { client: id, generation: client.generation };
            self.state.queue.push(self.state.now + gap, due);
        }
    }

    pub(super) fn tick(&mut self, id: ClientId, generation: u32) {
        let client = &mut self.state.clients[id.index()];
        if client.generation != generation || !client.may_start() {
            return;
        }
        let closed = client.pace.waits();
        let waits =
            client.waiting.iter().any(|waiting| waiting.own) || client.asking.iter().any(|&(_, own)| own);
        if closed && waits {
            return;
        }
        match client.next_start(fresh_value(&self.history), self.state.now) {
            Start::One(call) => self.invoke(EventId::NONE, id, call, true),
            Start::Several(many) => self.ask(EventId::NONE, id, many, true),
        }
        if !closed {
            self.schedule_tick(id);
        }
    }

    pub(super) fn invoke(&mut self, cause: EventId, id: ClientId, call: Call, own: bool) {
        let nodes = self.state.nodes.len() as u16;
        let op = OpId(self.history.operations.len() as u32);
        let nearest = self.state.network.nearest_node(id.into());
        let client = &mut self.state.clients[id.index()];
        let node = client.target(nearest, call);
        client.advance_turn(nodes);
        client.begin(op, call, node, own);
        let timeout = client.setup.timeout;
        let invoked_event = self.record(cause, EventKind::Invoked { op });
        self.history.operations.push(Operation {
            id: op,
            client: id,
            call,
            query: None,
            node,
            invoked: self.state.now,
            invoked_event,
            returned: None,
            returned_event: EventId::NONE,
            outcome: Outcome::Pending,
            version: None,
        });
        let client = &self.state.clients[id.index()];
        if own && client.setup.batch > 1 && matches!(client.pace, Pace::Open { .. }) {
            self.gather(invoked_event, id, op, node);
        } else {
            self.request(invoked_event, id, op, node);
        }
        self.state.queue.push(self.state.now + timeout, Due::Timeout { op, attempt: 0 });
    }

    /// Keeps an operation to be sent with others to the same node.
    fn gather(&mut self, cause: EventId, id: ClientId, op: OpId, node: NodeId) {
        let client = &mut self.state.clients[id.index()];
        let linger = client.setup.linger;
        let (enough, begins) = client.gather(op, node);
        if enough {
            self.send_gathered(cause, id, node);
        } else if let Some(gathering) = begins {
            self.state.queue.push(self.state.now + linger, Due::Gathered { client: id, node, gathering });
        }
    }

    /// The first operation of a gathering has waited long enough.
    pub(super) fn gathered(&mut self, id: ClientId, node: NodeId, gathering: u32) {
        let client = &self.state.clients[id.index()];
        let Some(waiting) = client.gathering.get(&node).filter(|known| known.number == gathering) else {
            return;
        };
        let first = waiting.operations.first().map(|op| self.history.operations[op.index()].invoked_event);
        self.send_gathered(first.unwrap_or(EventId::NONE), id, node);
    }

    /// Sends what was gathered for a node as one message.
    fn send_gathered(&mut self, cause: EventId, id: ClientId, node: NodeId) {
        let client = &mut self.state.clients[id.index()];
        let Some(gathering) = client.gathering.remove(&node) else { return };
        // What was given up meanwhile is not asked for any more.
        let waits = |op: &OpId| client.waiting.iter().find(|waiting| waiting.op == *op);
        let requests: Vec<(Request, Option<Token>)> = (gathering.operations.iter())
            .filter_map(|op| {
                let call = self.history.operations[op.index()].call;
                Some((Request { op: *op, client: id, call }, waits(op)?.token.clone()))
            })
            .collect();
        let Some(further) = requests.len().checked_sub(1) else { return };
        let waited = |(request, _): &(Request, Option<Token>)| {
            self.state.now.since(self.history.operations[request.op.index()].invoked).0
        };
        self.activity.sent.push(Gathered {
            at: self.state.now,
            client: id,
            operations: requests.len() as u16,
            waited: Span(requests.iter().map(waited).fold(0, u64::saturating_add)),
        });
        let bytes = CLIENT_MESSAGE_BYTES + FURTHER_REQUEST_BYTES * further as u32;
        let op = requests.first().map(|(request, _)| request.op).filter(|_| further == 0);
        let label = Label { kind: REQUEST, bytes, op, version: None };
        self.send(cause, id.into(), node.into(), label, Payload::Batch(requests));
    }

    pub(super) fn request(&mut self, cause: EventId, client: ClientId, op: OpId, node: NodeId) {
        let call = self.history.operations[op.index()].call;
        let label = Label { kind: REQUEST, bytes: CLIENT_MESSAGE_BYTES, op: Some(op), version: None };
        let request = Request { op, client, call };
        let waiting = self.state.clients[client.index()].waiting.iter().find(|waiting| waiting.op == op);
        let token = waiting.and_then(|waiting| waiting.token.clone());
        self.send(cause, client.into(), node.into(), label, Payload::Request(request, token));
    }

    pub(super) fn timeout(&mut self, op: OpId, attempt: u8) {
        let Operation { client: id, call, .. } = self.history.operations[op.index()];
        let nodes = self.state.nodes.len() as u16;
        let client = &mut self.state.clients[id.index()];
        client.doubt_leader(call);
        let Some(waiting) = client.waiting.iter_mut().find(|waiting| waiting.op == op) else { return };
        if waiting.attempt != attempt {
            return;
        }
        client.routes.remove(&call.key());
        if attempt < client.setup.retries {
            waiting.attempt += 1;
            waiting.node = NodeId((waiting.node.0 + 1) % nodes);
            let (node, attempt) = (waiting.node, waiting.attempt);
            let timeout = client.setup.timeout;
            let invoked = self.history.operations[op.index()].invoked_event;
            let cause = self.record(invoked, EventKind::Retried { op, node });
            self.request(cause, id, op, node);
            self.state.queue.push(self.state.now + timeout, Due::Timeout { op, attempt });
        } else {
            let invoked = self.history.operations[op.index()].invoked_event;
            self.returned(invoked, id, op, Outcome::Unknown("no answer within the timeout"), None);
        }
    }

    pub(super) fn answered(
        &mut self,
        cause: EventId,
        client: ClientId,
        op: OpId,
        answer: Answer,
        token: Option<Token>,
    ) {
        let call = self.history.operations[op.index()].call;
        let version = answer.version();
        let waits = self.state.clients[client.index()].waiting.iter().any(|waiting| waiting.op == op);
        // A late or second answer must leave no trace in the history.
        if matches!(answer, Answer::Values(_)) && !waits {
            return;
        }
        if let Answer::Redirect(to) | Answer::Moved(to) = answer {
            let this_key = matches!(answer, Answer::Moved(_));
            if self.state.clients[client.index()].redirect(op, call, to, this_key) {
                let cause = self.record(cause, EventKind::Retried { op, node: to });
                self.request(cause, client, op, to);
            }
            return;
        }
        let Some(outcome) = self.outcome(answer) else { return };
        if let Some(token) = token {
            self.state.clients[client.index()].keep_token(call.key(), token);
        }
        self.returned(cause, client, op, outcome, version);
    }

    pub(super) fn returned(
        &mut self,
        cause: EventId,
        id: ClientId,
        op: OpId,
        outcome: Outcome,
        version: Option<Version>,
    ) {
        // A late answer to an operation that was given up, or a second answer, changes nothing.
        let Some(waiting) = self.state.clients[id.index()].finish(op) else { return };
        let returned_event = self.record(cause, EventKind::Returned { op });
        outcome.hash(&mut self.state.digest);
        let operation = &mut self.history.operations[op.index()];
        operation.returned = Some(self.state.now);
        operation.returned_event = returned_event;
        operation.outcome = outcome;
        operation.version = version;
        let call = operation.call;
        self.seen(id, call, outcome);
        if waiting.own && self.state.clients[id.index()].pace.waits() {
            self.schedule_tick(id);
        }
    }

    pub(super) fn ask(&mut self, cause: EventId, id: ClientId, many: Many, own: bool) {
        let query = QueryId(self.history.queries.len() as u32);
        let first = OpId(self.history.operations.len() as u32);
        let nearest = self.state.network.nearest_node(id.into());
        let nodes = self.state.nodes.len() as u16;
        let client = &mut self.state.clients[id.index()];
        let node = client.home(nearest);
        client.advance_turn(nodes);
        client.asking.push((query, own));
        let timeout = client.setup.timeout;
        let invoked_event = self.record(cause, EventKind::Asked { query });
        let invoked = self.state.now;
        let mut parts = Vec::new();
        for key in many.keys(self.state.keys) {
            let op = OpId(self.history.operations.len() as u32);
            let call = match many {
                Many::Scan { .. } | Many::All => Call::Read { key },
                Many::Pair { .. } => Call::Write { key, value: fresh_value(&self.history) },
            };
            parts.push(Request { op, client: id, call });
            self.history.operations.push(Operation {
                id: op,
                client: id,
                call,
                query: Some(query),
                node,
                invoked,
                invoked_event,
                returned: None,
                returned_event: EventId::NONE,
                outcome: Outcome::Pending,
                version: None,
            });
        }
        self.history.queries.push(Query {
            id: query,
            client: id,
            many,
            node,
            first,
            parts: parts.len() as u32,
            invoked,
            invoked_event,
            returned: None,
            returned_event: EventId::NONE,
            done: 0,
            shards: 0,
        });
        let label = Label { kind: REQUEST, bytes: CLIENT_MESSAGE_BYTES, op: None, version: None };
        let ask = Ask { query, client: id, many, parts: Rc::from(parts) };
        self.send(invoked_event, id.into(), node.into(), label, Payload::Ask(ask));
        self.state.queue.push(self.state.now + timeout, Due::Deadline { query });
    }

    pub(super) fn gave_up(&mut self, query: QueryId) {
        let Query { client, invoked_event, .. } = self.history.queries[query.0 as usize];
        self.ended(
            invoked_event,
            client,
            query,
            Vec::new(),
            0,
            Outcome::Unknown("no answer within the timeout"),
        );
    }

    pub(super) fn told(&mut self, cause: EventId, told: Told) {
        let Told { query, client, answers, shards } = told;
        self.ended(
            cause,
            client,
            query,
            answers,
            shards,
            Outcome::Unknown("its shard did not answer in time"),
        );
    }

    /// A query ends: its parts have the outcomes that were told, and `rest` where none was.
    fn ended(
        &mut self,
        cause: EventId,
        id: ClientId,
        query: QueryId,
        answers: Vec<(OpId, Answer)>,
        shards: u32,
        rest: Outcome,
    ) {
        // A late or second answer changes nothing.
        let asking = &mut self.state.clients[id.index()].asking;
        let Some(place) = asking.iter().position(|&(asked, _)| asked == query) else { return };
        let (_, own) = asking.remove(place);
        let returned_event = self.record(cause, EventKind::Told { query });
        let now = self.state.now;
        let Query { first, parts, .. } = self.history.queries[query.0 as usize];
        let (mut answers, mut done) = (answers.into_iter().peekable(), 0);
        for op in first.0..first.0 + parts {
            let answer = answers.next_if(|(answered, _)| answered.0 == op).map(|(_, answer)| answer);
            let version = answer.as_ref().and_then(Answer::version);
            let outcome = answer.and_then(|answer| self.outcome(answer)).unwrap_or(rest);
            outcome.hash(&mut self.state.digest);
            done += u32::from(outcome.is_success());
            let operation = &mut self.history.operations[op as usize];
            operation.returned = Some(now);
            operation.returned_event = returned_event;
            operation.outcome = outcome;
            operation.version = version;
            let call = operation.call;
            self.seen(id, call, outcome);
        }
        let ended = &mut self.history.queries[query.0 as usize];
        ended.returned = Some(now);
        ended.returned_event = returned_event;
        (ended.done, ended.shards) = (done, shards);
        if own && self.state.clients[id.index()].pace.waits() {
            self.schedule_tick(id);
        }
    }

    /// What an answer comes to for its client; `None` for one that sends it elsewhere.
    fn outcome(&mut self, answer: Answer) -> Option<Outcome> {
        Some(match answer {
            Answer::Read(found) => Outcome::Read(found.map(|f| f.0)),
            Answer::Values(found) => {
                let mut values: Vec<Value> = found.into_iter().map(|f| f.0).collect();
                values.sort_unstable();
                values.hash(&mut self.state.digest);
                self.history.several.push(values);
                Outcome::Values(ValuesId((self.history.several.len() - 1) as u32))
            }
            Answer::Written(_) => Outcome::Written,
            Answer::Swapped(_) => Outcome::Swapped,
            Answer::NotSwapped => Outcome::NotSwapped,
            Answer::Refused(why) => Outcome::Refused(why),
            Answer::Unknown(why) => Outcome::Unknown(why),
            Answer::Redirect(_) | Answer::Moved(_) => return None,
        })
    }

    /// The client remembers what an operation showed it.
    fn seen(&mut self, id: ClientId, call: Call, outcome: Outcome) {
        let client = &mut self.state.clients[id.index()];
        match (outcome, call) {
            (Outcome::Read(value), _) => client.saw(call.key(), value),
            (Outcome::Values(id), _) => client.saw(call.key(), self.history.values(id).last().copied()),
            (Outcome::Written, Call::Remove { key, value }) => client.saw_removed(key, value),
            (Outcome::Written | Outcome::Swapped, _) if call.writes().is_some() => {
                client.saw(call.key(), call.writes());
            }
            _ => {}
        }
    }
}

/// A value that no operation of this run wrote before: one more than the number of earlier operations.
pub(super) fn fresh_value(history: &History) -> Value {
    Value(history.operations.len() as u64 + 1)
}
