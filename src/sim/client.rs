//! Clients: they start operations at their pace, turn to a node, wait, try again, and give up.

use std::collections::BTreeMap;

use crate::history::{Call, Many, QueryId};
use crate::ids::{ClientId, Key, NodeId, OpId, Value};
use crate::protocol::Token;
use crate::random::{Growing, Purpose, Random, Zipf, stream};
use crate::setup::{ClientSetup, Home, KeyPick, Pace, keys_of_tenant, tenant_of_key};
use crate::time::{Span, Time};

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

/// What a client starts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    One(Call),
    Several(Many),
}

/// How keys are drawn.
#[derive(Clone, Debug)]
enum Pick {
    /// Each by itself.
    Keys(Zipf),
    /// The next one.
    Next(u32),
    /// A tenant, then one of its keys.
    Tenants(u32, Zipf),
    /// The same, and one tenant grows.
    Growing(u32, Growing),
}

/// Operations that wait to be sent as one message.
#[derive(Clone, Debug)]
pub(crate) struct Gathering {
    pub(crate) number: u32,
    pub(crate) operations: Vec<OpId>,
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
    /// Operations of the round of a job that were started.
    in_round: u32,
    /// What it gathers, by node.
    pub(crate) gathering: BTreeMap<NodeId, Gathering>,
    gatherings: u32,
    random: Random,
    keys: u32,
    pick: Pick,
    /// The last value seen of each key: what a compare-and-set expects, and what a removal takes out.
    seen: BTreeMap<Key, Value>,
    /// What the store handed out last for each key.
    tokens: BTreeMap<Key, Token>,
    /// Where the cluster sent this client's reads, and its other operations, the last time.
    leaders: [Option<NodeId>; 2],
    /// Where the cluster said that a key is kept: its own map, right until the cluster says otherwise.
    pub(crate) routes: BTreeMap<Key, NodeId>,
}

impl Client {
    pub(crate) fn new(seed: u64, id: ClientId, keys: u32, setup: ClientSetup) -> Self {
        let pick = match setup.keys {
            KeyPick::Uniform => Pick::Keys(Zipf::new(keys, 0.0)),
            KeyPick::Zipf { exponent } => Pick::Keys(Zipf::new(keys, exponent)),
            KeyPick::Sequential => Pick::Next(0),
            KeyPick::Tenants { tenants, exponent } => {
                let tenants = tenants.clamp(1, keys);
                Pick::Tenants(tenants, Zipf::new(tenants, exponent))
            }
            KeyPick::Growing { tenants, doubling } => {
                let tenants = tenants.clamp(1, keys);
                Pick::Growing(tenants, Growing::new(tenants, doubling))
            }
        };
        Self {
            pace: setup.pace,
            generation: 0,
            waiting: Vec::new(),
            asking: Vec::new(),
            last: None,
            started: 0,
            turn: 0,
            in_round: 0,
            gathering: BTreeMap::new(),
            gatherings: 0,
            random: stream(seed, Purpose::Workload, id.0, 0),
            keys,
            pick,
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
            // Between two rounds it computes; within one it goes on at once.
            Pace::Job { accesses, compute } if self.in_round >= accesses => {
                self.in_round = 0;
                Some(compute)
            }
            Pace::Job { .. } => Some(Span::ZERO),
        }
    }

    /// A job begins anew.
    pub(crate) fn new_round(&mut self) {
        self.in_round = 0;
    }

    /// Draws the next operation. `fresh` is a value never written before.
    pub(crate) fn next_start(&mut self, fresh: Value, now: Time) -> Start {
        self.started += 1;
        self.in_round += 1;
        let key = self.draw_key(now);
        let mix = self.setup.mix;
        let weights = [
            mix.read,
            mix.write,
            mix.cas,
            mix.add,
            mix.insert,
            mix.remove,
            mix.scan,
            mix.query_all,
            mix.pair,
        ]
        .map(u64::from);
        let mut pick = self.random.below(weights.iter().sum::<u64>().max(1));
        let kind = weights.iter().position(|&weight| {
            let here = pick < weight;
            pick = pick.saturating_sub(weight);
            here
        });
        let seen = self.seen.get(&key).copied();
        Start::One(match (kind, seen) {
            (Some(1), _) => Call::Write { key, value: fresh },
            (Some(2), from) => Call::Cas { key, from, to: fresh },
            (Some(3), _) => Call::Add { key, amount: 1 },
            (Some(4), _) => Call::Insert { key, value: fresh },
            (Some(5), Some(value)) => Call::Remove { key, value },
            (Some(6), _) => return Start::Several(Many::Scan { from: key, count: self.setup.scan_keys }),
            (Some(7), _) => return Start::Several(Many::All),
            // A store of one key has no pairs.
            (Some(8), _) if self.keys == 1 => Call::Write { key, value: fresh },
            (Some(8), _) => {
                let second = self.second_key(key, now);
                return Start::Several(Many::Pair { first: key, second });
            }
            // Without a weight, and where nothing is there to be removed, it looks.
            _ => Call::Read { key },
        })
    }

    fn draw_key(&mut self, now: Time) -> Key {
        let (tenants, tenant) = match &mut self.pick {
            Pick::Keys(zipf) => return Key(zipf.draw(&mut self.random)),
            Pick::Next(next) => {
                let key = *next;
                *next = (key + 1) % self.keys;
                return Key(key);
            }
            Pick::Tenants(tenants, zipf) => (*tenants, zipf.draw(&mut self.random)),
            Pick::Growing(tenants, growing) => (*tenants, growing.draw(&mut self.random, now)),
        };
        let (first, end) = keys_of_tenant(self.keys, tenants, tenant);
        Key(first + self.random.below(u64::from(end - first)) as u32)
    }

    /// The other key of a pair, in a store of more than one.
    fn second_key(&mut self, first: Key, now: Time) -> Key {
        if self.setup.apart {
            // A pattern that knows hardly any other key has a few chances to name one.
            for _ in 0..8 {
                let second = self.draw_key(now);
                if second != first {
                    return second;
                }
            }
        } else if let Pick::Tenants(tenants, _) | Pick::Growing(tenants, _) = self.pick {
            let (start, end) = keys_of_tenant(self.keys, tenants, tenant_of_key(self.keys, tenants, first.0));
            if end - start > 1 {
                return Key(if first.0 + 1 < end { first.0 + 1 } else { start });
            }
        }
        Key((first.0 + 1) % self.keys)
    }

    /// Keeps an operation to be sent with others. Says whether there are enough now; if not, and this one is the
    /// first, the number of the gathering that it begins.
    pub(crate) fn gather(&mut self, op: OpId, node: NodeId) -> (bool, Option<u32>) {
        let most = usize::from(self.setup.batch);
        let next = self.gatherings;
        let gathering =
            self.gathering.entry(node).or_insert_with(|| Gathering { number: next, operations: Vec::new() });
        gathering.operations.push(op);
        let is_first = gathering.operations.len() == 1;
        self.gatherings += u32::from(is_first);
        (gathering.operations.len() >= most, is_first.then_some(next))
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
