//! Clients: they start operations at their pace, turn to a node, wait, try again, and give up.

use std::collections::BTreeMap;

use crate::history::Call;
use crate::ids::{ClientId, Key, NodeId, OpId, Value};
use crate::random::{Purpose, Random, Zipf, stream};
use crate::setup::{ClientSetup, Home, KeyPick, Pace};
use crate::time::Span;

/// An operation that a client waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) op: OpId,
    pub(crate) attempt: u8,
    pub(crate) node: NodeId,
    /// Whether the client started it by itself; only then does its end start the next.
    pub(crate) own: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) setup: ClientSetup,
    pub(crate) pace: Pace,
    /// Counts changes of pace, so that a tick of the old pace is ignored.
    pub(crate) generation: u32,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) last: Option<OpId>,
    started: u32,
    turn: u16,
    random: Random,
    zipf: Zipf,
    /// The last value seen of each key: what a compare-and-set expects.
    seen: BTreeMap<Key, Value>,
}

impl Client {
    pub(crate) fn new(seed: u64, id: ClientId, keys: u32, setup: ClientSetup) -> Self {
        let exponent = match setup.keys {
            KeyPick::Uniform => 0.0,
            KeyPick::Zipf { exponent } => exponent,
        };
        Self {
            pace: setup.pace,
            generation: 0,
            waiting: Vec::new(),
            last: None,
            started: 0,
            turn: 0,
            random: stream(seed, Purpose::Workload, id.0, 0),
            zipf: Zipf::new(keys, exponent),
            seen: BTreeMap::new(),
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
        }
    }

    /// Draws the next operation. `fresh` is a value never written before.
    pub(crate) fn next_call(&mut self, fresh: Value) -> Call {
        self.started += 1;
        let key = Key(self.zipf.draw(&mut self.random));
        let mix = self.setup.mix;
        let (read, write, cas) = (u64::from(mix.read), u64::from(mix.write), u64::from(mix.cas));
        let pick = self.random.below((read + write + cas).max(1));
        if pick < read || read + write + cas == 0 {
            Call::Read { key }
        } else if pick < read + write {
            Call::Write { key, value: fresh }
        } else {
            Call::Cas { key, from: self.seen.get(&key).copied(), to: fresh }
        }
    }

    /// Whether it may start one more by itself.
    pub(crate) fn may_start(&self) -> bool {
        self.setup.operations.is_none_or(|most| self.started < most)
    }

    /// The node for an attempt: the home first, then the next nodes in turn.
    pub(crate) fn target(&self, nearest: NodeId, attempt: u8, nodes: u16) -> NodeId {
        let home = match self.setup.home {
            Home::Node(node) => node.0,
            Home::Nearest => nearest.0,
            Home::RoundRobin => self.turn,
        };
        NodeId(((u32::from(home) + u32::from(attempt)) % u32::from(nodes)) as u16)
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

    /// Takes an operation off the list.
    pub(crate) fn finish(&mut self, op: OpId) -> Option<Waiting> {
        let place = self.waiting.iter().position(|waiting| waiting.op == op)?;
        self.last = Some(op);
        Some(self.waiting.remove(place))
    }
}
