//! Clients: they start operations at their pace, turn to a node, wait, try again, and give up.

use std::collections::BTreeMap;

use crate::history::{Call, QueryId};
use crate::ids::{ClientId, Key, NodeId, OpId, Value};
use crate::protocol::Token;
use crate::random::{Purpose, Random, Zipf, stream};
use crate::setup::{ClientSetup, Home, KeyPick, Pace};
use crate::time::Span;

/// How often one operation may be sent on to another node before its client just waits.
const REDIRECTS: u8 = 16;

/// An operation that a client waits for.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) op: OpId,
    pub(crate) attempt: u8,
    pub(crate) node: NodeId,
    /// Whether the client started it by itself; only then does its end start the next.
    pub(crate) own: bool,
    /// What the store had handed out for this key when the operation was called.
    pub(crate) token: Option<Token>,
    redirects: u8,
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) setup: ClientSetup,
    pub(crate) pace: Pace,
    /// Counts changes of pace, so that a tick of the old pace is ignored.
    pub(crate) generation: u32,
    pub(crate) waiting: Vec<Waiting>,
    /// Queries that it waits for, and whether it started them by itself.
    pub(crate) asking: Vec<(QueryId, bool)>,
    pub(crate) last: Option<OpId>,
    started: u32,
    turn: u16,
    random: Random,
    zipf: Zipf,
    /// The last value seen of each key: what a compare-and-set expects, and what a removal takes out.
    seen: BTreeMap<Key, Value>,
    /// What the store handed out last for each key.
    tokens: BTreeMap<Key, Token>,
    /// Where the cluster sent this client's reads, and its other operations, the last time.
    leaders: [Option<NodeId>; 2],
    /// Where the cluster said that a key is kept: its own map, right until the cluster says otherwise.
    routes: BTreeMap<Key, NodeId>,
}

impl Client {
    pub(crate) fn new(seed: u64, id: ClientId, keys: u32, setup: ClientSetup) -> Self {
        let exponent = match setup.keys {
            KeyPick::Uniform => 0.0,
            KeyPick::Zipf { exponent } => exponent,
            _ => 0.0,
        };
        Self {
            pace: setup.pace,
            generation: 0,
            waiting: Vec::new(),
            asking: Vec::new(),
            last: None,
            started: 0,
            turn: 0,
            random: stream(seed, Purpose::Workload, id.0, 0),
            zipf: Zipf::new(keys, exponent),
            seen: BTreeMap::new(),
            tokens: BTreeMap::new(),
            leaders: [None; 2],
            routes: BTreeMap::new(),
            setup,
        }
    }

    /// The gap before the next operation by itself, from now; `None` if it starts none.
    pub(crate) fn gap(&mut self) -> Option<Span> {
        if self.setup.operations.is_some_and(|most| self.started >= most) {
            return None;
        }
        match self.pace {
            Pace::Silent => None,
            Pace::Closed { think } => Some(think),
            Pace::Open { per_second } if per_second > 0.0 => {
                Some(Span::from_ms_f64(self.random.exponential(1_000.0 / per_second)))
            }
            Pace::Open { .. } => None,
            Pace::Job { compute, .. } => Some(compute),
        }
    }

    /// Draws the next operation. `fresh` is a value never written before.
    pub(crate) fn next_call(&mut self, fresh: Value) -> Call {
        self.started += 1;
        let key = Key(self.zipf.draw(&mut self.random));
        let mix = self.setup.mix;
        let weights = [mix.read, mix.write, mix.cas, mix.add, mix.insert, mix.remove].map(u64::from);
        let mut pick = self.random.below(weights.iter().sum::<u64>().max(1));
        let kind = weights.iter().position(|&weight| {
            let here = pick < weight;
            pick = pick.saturating_sub(weight);
            here
        });
        let seen = self.seen.get(&key).copied();
        match (kind, seen) {
            (Some(1), _) => Call::Write { key, value: fresh },
            (Some(2), from) => Call::Cas { key, from, to: fresh },
            (Some(3), _) => Call::Add { key, amount: 1 },
            (Some(4), _) => Call::Insert { key, value: fresh },
            (Some(5), Some(value)) => Call::Remove { key, value },
            // Without a weight, and where nothing is there to be removed, it looks.
            _ => Call::Read { key },
        }
    }

    /// Whether it may start one more by itself.
    pub(crate) fn may_start(&self) -> bool {
        self.setup.operations.is_none_or(|most| self.started < most)
    }

    /// The node that it turns to if no other told it to go elsewhere.
    pub(crate) fn home(&self, nearest: NodeId) -> NodeId {
        match self.setup.home {
            Home::Node(node) => node,
            Home::Nearest => nearest,
            Home::RoundRobin => NodeId(self.turn),
        }
    }

    /// The node for the first attempt at an operation.
    pub(crate) fn target(&self, nearest: NodeId, call: Call) -> NodeId {
        let told = self.routes.get(&call.key()).copied().or(self.leaders[leader_slot(call)]);
        told.unwrap_or_else(|| self.home(nearest))
    }

    /// Begins an operation.
    pub(crate) fn begin(&mut self, op: OpId, call: Call, node: NodeId, own: bool) {
        let token = self.tokens.get(&call.key()).cloned();
        self.waiting.push(Waiting { op, attempt: 0, node, own, token, redirects: 0 });
    }

    /// The cluster sends an operation on to another node; `false` if it was given up, or was sent on too often.
    /// It remembers the node for this key, or for all of its reads or all of its other operations.
    pub(crate) fn redirect(&mut self, op: OpId, call: Call, to: NodeId, this_key: bool) -> bool {
        let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.op == op) else { return false };
        if waiting.redirects == REDIRECTS {
            return false;
        }
        waiting.redirects += 1;
        waiting.node = to;
        if this_key {
            self.routes.insert(call.key(), to);
        } else {
            self.leaders[leader_slot(call)] = Some(to);
        }
        true
    }

    /// An attempt got no answer: whoever was said to lead may be gone.
    pub(crate) fn doubt_leader(&mut self, call: Call) {
        self.leaders[leader_slot(call)] = None;
        self.routes.remove(&call.key());
    }

    /// Keeps what the store handed out for a key.
    pub(crate) fn keep_token(&mut self, key: Key, token: Token) {
        self.tokens.insert(key, token);
    }

    /// The next operation goes to the next node, for a client that takes turns.
    pub(crate) fn advance_turn(&mut self, nodes: u16) {
        self.turn = (self.turn + 1) % nodes;
    }

    /// Remembers the value that an operation showed.
    pub(crate) fn saw(&mut self, key: Key, value: Option<Value>) {
        match value {
            Some(value) => self.seen.insert(key, value),
            None => self.seen.remove(&key),
        };
    }

    /// Remembers that an element is gone from a set.
    pub(crate) fn saw_removed(&mut self, key: Key, value: Value) {
        if self.seen.get(&key) == Some(&value) {
            self.seen.remove(&key);
        }
    }

    /// Takes an operation off the list.
    pub(crate) fn finish(&mut self, op: OpId) -> Option<Waiting> {
        let place = self.waiting.iter().position(|waiting| waiting.op == op)?;
        self.last = Some(op);
        Some(self.waiting.remove(place))
    }
}

/// Reads may be served elsewhere than the rest, so the cluster's word on where is kept apart.
fn leader_slot(call: Call) -> usize {
    usize::from(!matches!(call, Call::Read { .. }))
}
