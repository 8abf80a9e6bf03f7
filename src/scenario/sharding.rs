//! How a cluster whose data is split is doing at one instant: what each shard and each node carries, how even that
//! is, what the last change moved, and what can be read.

use std::collections::BTreeSet;
use std::rc::Rc;

use netsplit_sim::action::Reshape;
use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::history::History;
use netsplit_sim::ids::{Key, NodeId, OpId};
use netsplit_sim::protocol::{Contract, Needs};
use netsplit_sim::sharding::{Shard, ShardId, ShardMap, ShardState, ShardView, ShardingView};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{Event, EventKind};

/// The split of the data at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Sharding {
    /// The newest map.
    pub map: Rc<ShardMap>,
    /// The shards, in the order of [`ShardMap::shards`].
    pub shards: Vec<ShardFigures>,
    /// The nodes, by [`NodeId`]; all of them, those outside of the cluster too.
    pub nodes: Vec<NodeFigures>,
    /// How evenly the nodes of the cluster are loaded.
    pub balance: Balance,
    /// What the last change by hand has moved.
    pub moved: Moved,
    /// The share of keys that can be read now, 0 to 1: those whose shard has as many running members as the
    /// protocol needs for a read. Cuts between nodes are left out of account.
    pub available: f64,
    /// By the map: the share of keys that could be read if 1, 2 or 3 nodes of the cluster were down, in the mean over
    /// all choices of so many nodes. As many entries as leave a node running.
    pub available_down: Vec<f64>,
}

/// What a shard carries.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardFigures {
    /// The shard.
    pub id: ShardId,
    /// Operations that its copies have carried out or coordinated, each since its node started.
    pub load: u64,
    /// Operations about its keys that ended in the last second, per second.
    pub recent: f64,
    /// How many of its keys have been written.
    pub keys: u32,
    /// About how many bytes a copy takes.
    pub bytes: u64,
    /// The node that leads it, where one does.
    pub leader: Option<NodeId>,
}

/// What a node carries.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFigures {
    /// The node.
    pub node: NodeId,
    /// Whether it is in the cluster.
    pub inside: bool,
    /// Whether it runs.
    pub up: bool,
    /// Operations that its copies have carried out or coordinated since it started.
    pub load: u64,
    /// Its part of the operations that ended in the last second, per second: those of a shard are shared out among
    /// the copies as [`NodeFigures::load`] is.
    pub recent: f64,
    /// Written keys in its copies.
    pub keys: u32,
    /// About how many bytes its copies take.
    pub bytes: u64,
    /// How many copies it holds, those that come and go included.
    pub copies: u32,
}

/// How even the load of the nodes in the cluster is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Balance {
    /// The most over the mean; 1 is even, and 0 stands for no load at all.
    pub max_over_mean: f64,
    /// The standard deviation over the mean.
    pub variation: f64,
}

/// What the last change by hand has moved between nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// When it was asked for; `None` if there was none.
    pub since: Option<Time>,
    /// Keys that nodes were sent since.
    pub keys: u64,
    /// Bytes of keys that nodes were sent since.
    pub bytes: u64,
    /// The least number of keys that has to be sent, whatever the scheme, for the load to be even.
    pub least_keys: u64,
    /// Whether nothing is left to move.
    pub done: bool,
}

/// The state of the cluster just before a change by hand.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    at: Time,
    version: u64,
    /// By node: keys and bytes that it was sent.
    traffic: Vec<(u64, u64)>,
    least_keys: u64,
}

impl Before {
    /// The state in a frame; `None` if the data is not split.
    pub(crate) fn new(frame: &Frame, change: &Reshape) -> Option<Self> {
        let map = newest(frame)?;
        let least_keys = least(frame, map, change);
        Some(Self { at: frame.now, version: map.version, traffic: traffic(frame), least_keys })
    }
}

/// What a run tells of the split of its data.
pub(crate) struct Sources<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) trace: &'a [Event],
    pub(crate) history: &'a History,
    /// The state before the last change by hand.
    pub(crate) before: Option<&'a Before>,
    /// What the protocol promises to a group of so many.
    pub(crate) contract: &'a dyn Fn(u16) -> Contract,
}

impl Sources<'_> {
    /// The figures; `None` if the data is not split.
    pub(crate) fn sharding(&self) -> Option<Sharding> {
        let map = Rc::clone(newest(self.frame)?);
        // A run that is younger than a second has had less time.
        let second = Span(self.frame.now.0).min(Span::from_s(1));
        let since = Time(self.frame.now.0 - second.0);
        let shards = self.shards(&map, since, self.frame.now);
        let nodes: Vec<NodeFigures> =
            self.frame.nodes.iter().map(|node| self.node(&map, &shards, node.id)).collect();
        let loads: Vec<f64> = nodes.iter().filter(|node| node.inside).map(|node| node.load as f64).collect();
        Some(Sharding {
            balance: Balance::of(&loads),
            moved: self.moved(&map),
            available: self.available(&map),
            available_down: (1..=DOWN.min(map.nodes.len().saturating_sub(1)))
                .map(|down| self.available_down(&map, down))
                .collect(),
            map,
            shards,
            nodes,
        })
    }

    /// The shards, with what ended after one instant and up to another as what is recent.
    fn shards(&self, map: &ShardMap, from: Time, to: Time) -> Vec<ShardFigures> {
        let mut ended = vec![0u64; map.shards.len()];
        for op in self.ended(from, to) {
            let key = self.history.operations.get(op.index()).map(|operation| operation.call.key());
            let owner = key.and_then(|key| map.owners.get(key.0 as usize));
            if let Some(ended) = owner.and_then(|&owner| ended.get_mut(usize::from(owner))) {
                *ended += 1;
            }
        }
        let seconds = to.since(from).as_ms() / 1e3;
        let rate = |ended: u64| if seconds > 0.0 { ended as f64 / seconds } else { 0.0 };
        map.shards.iter().zip(ended).map(|(shard, ended)| self.shard(shard, rate(ended))).collect()
    }

    /// How even the nodes were loaded by the operations that ended in a part of the run.
    pub(crate) fn balance(&self, from: Time, to: Time) -> Option<Balance> {
        let map = Rc::clone(newest(self.frame)?);
        let shards = self.shards(&map, from, to);
        let loads: Vec<f64> = map.nodes.iter().map(|&node| self.node(&map, &shards, node).recent).collect();
        Some(Balance::of(&loads)).filter(|balance| balance.max_over_mean > 0.0)
    }

    /// The operations that ended after one instant and up to another, parts of queries included.
    fn ended(&self, from: Time, to: Time) -> impl Iterator<Item = OpId> {
        let start = self.trace.partition_point(|event| event.at <= from);
        let end = self.trace.partition_point(|event| event.at <= to).max(start);
        let ops = self.trace[start..end].iter().flat_map(|event| match event.kind {
            EventKind::Returned { op } => op.0..op.0 + 1,
            EventKind::Told { query } => match self.history.queries.get(query.0 as usize) {
                Some(query) => query.first.0..query.first.0 + query.parts,
                None => 0..0,
            },
            _ => 0..0,
        });
        ops.map(OpId)
    }

    fn shard(&self, shard: &Shard, recent: f64) -> ShardFigures {
        let copies: Vec<(NodeId, &ShardView)> = copies(self.frame, shard.id).collect();
        let serving = || copies.iter().filter(|(_, copy)| copy.state == ShardState::Serving);
        let runs = |node: NodeId| self.is_up(node);
        let leader = serving().filter(|(node, copy)| copy.leads && runs(*node));
        ShardFigures {
            id: shard.id,
            load: copies.iter().map(|(_, copy)| copy.served).sum(),
            recent,
            keys: copies.iter().map(|(_, copy)| copy.keys).max().unwrap_or(0),
            bytes: copies.iter().map(|(_, copy)| copy.bytes).max().unwrap_or(0),
            // Of two that believe so, the one of the later term.
            leader: leader.max_by_key(|(_, copy)| copy.term).map(|(node, _)| *node),
        }
    }

    fn node(&self, map: &ShardMap, shards: &[ShardFigures], node: NodeId) -> NodeFigures {
        let copies = view(self.frame, node).map_or(&[][..], |view| &view.copies);
        let part = |copy: &ShardView| {
            let shard = shards.iter().find(|shard| shard.id == copy.id)?;
            (shard.load > 0).then(|| shard.recent * copy.served as f64 / shard.load as f64)
        };
        NodeFigures {
            node,
            inside: map.nodes.contains(&node),
            up: self.is_up(node),
            load: copies.iter().map(|copy| copy.served).sum(),
            recent: copies.iter().filter_map(part).sum(),
            keys: copies.iter().map(|copy| copy.keys).sum(),
            bytes: copies.iter().map(|copy| copy.bytes).sum(),
            copies: copies.len() as u32,
        }
    }

    fn is_up(&self, node: NodeId) -> bool {
        self.frame.nodes.get(node.index()).is_some_and(|frame| frame.status == Status::Up)
    }

    fn moved(&self, map: &ShardMap) -> Moved {
        let Some(before) = self.before else {
            return Moved { done: map.moves.is_empty(), ..Moved::default() };
        };
        // A node that has started anew counts from nothing.
        let since = |now: u64, before: u64| if now < before { now } else { now - before };
        let both = traffic(self.frame).into_iter().zip(&before.traffic);
        let (mut keys, mut bytes) = (0, 0);
        for ((keys_now, bytes_now), (keys_before, bytes_before)) in both {
            keys += since(keys_now, *keys_before);
            bytes += since(bytes_now, *bytes_before);
        }
        // As long as the node that keeps the map has not taken the change up, there is something to come.
        let keeper = self.frame.nodes.first();
        let idle = self.frame.now > before.at && keeper.is_some_and(|keeper| keeper.queue == 0);
        let done = map.moves.is_empty() && (map.version > before.version || idle);
        Moved { since: Some(before.at), keys, bytes, least_keys: before.least_keys, done }
    }

    fn available(&self, map: &ShardMap) -> f64 {
        let mut readable = 0;
        for (index, shard) in map.shards.iter().enumerate() {
            if self.can_read(shard) {
                readable += map.owners.iter().filter(|&&owner| usize::from(owner) == index).count();
            }
        }
        readable as f64 / map.owners.len().max(1) as f64
    }

    /// The mean over all choices of so many nodes that are down. Of `members` nodes that hold a shard, j are among them
    /// with the hypergeometric probability.
    fn available_down(&self, map: &ShardMap, down: usize) -> f64 {
        let nodes = map.nodes.len();
        let readable = |shard: &Shard| {
            let members = shard.members.len();
            let (rest, needed, others) = match (self.contract)(members as u16).reads {
                Needs::Any(needed) => (nodes, usize::from(needed), members),
                // The one that leads has to be up, and of the others so many.
                Needs::Primary(needed) => (nodes - 1, usize::from(needed), members - 1),
            };
            let lost = 0..=others.saturating_sub(needed).min(down);
            let ways = |lost: usize| choose(others, lost) * choose(rest - others, down - lost);
            lost.map(ways).sum::<f64>() / choose(nodes, down)
        };
        let shares: Vec<f64> = map.shards.iter().map(readable).collect();
        let all: f64 = map.owners.iter().map(|&owner| shares[usize::from(owner)]).sum();
        all / map.owners.len().max(1) as f64
    }

    /// Whether enough members of a shard run for a read.
    fn can_read(&self, shard: &Shard) -> bool {
        let serves =
            |(node, copy): &(NodeId, &ShardView)| copy.state == ShardState::Serving && self.is_up(*node);
        let running: Vec<(NodeId, &ShardView)> = copies(self.frame, shard.id).filter(serves).collect();
        match (self.contract)(shard.members.len() as u16).reads {
            Needs::Any(nodes) => running.len() >= usize::from(nodes),
            Needs::Primary(others) => {
                running.iter().any(|(_, copy)| copy.leads) && running.len() > usize::from(others)
            }
        }
    }
}

impl Balance {
    /// Of some loads.
    pub(crate) fn of(loads: &[f64]) -> Self {
        let count = loads.len().max(1) as f64;
        let mean = loads.iter().sum::<f64>() / count;
        if mean <= 0.0 {
            return Self::default();
        }
        let squares = loads.iter().map(|load| (load - mean) * (load - mean)).sum::<f64>();
        Self {
            max_over_mean: loads.iter().fold(0.0f64, |most, load| most.max(*load)) / mean,
            variation: libm::sqrt(squares / count) / mean,
        }
    }
}

/// For how many nodes down the share of readable keys is told.
const DOWN: usize = 3;

/// In how many ways so many of `from` can be chosen.
fn choose(from: usize, count: usize) -> f64 {
    if count > from {
        return 0.0;
    }
    (0..count).fold(1.0, |ways, step| ways * (from - step) as f64 / (step + 1) as f64)
}

fn view(frame: &Frame, node: NodeId) -> Option<&ShardingView> {
    frame.nodes.get(node.index())?.replica.sharding.as_ref()
}

/// The newest map: that of the node that keeps it, or the newest that anybody knows.
pub(crate) fn newest(frame: &Frame) -> Option<&Rc<ShardMap>> {
    let views = || frame.nodes.iter().filter_map(|node| node.replica.sharding.as_ref());
    let kept = views().find(|view| view.keeps_map);
    kept.or_else(|| views().max_by_key(|view| view.map.version)).map(|view| &view.map)
}

/// The copies of a shard, each with its node.
fn copies(frame: &Frame, id: ShardId) -> impl Iterator<Item = (NodeId, &ShardView)> {
    frame.nodes.iter().flat_map(move |node| {
        let copies = node.replica.sharding.as_ref().map_or(&[][..], |view| &view.copies);
        copies.iter().filter(move |copy| copy.id == id).map(|copy| (node.id, copy))
    })
}

fn traffic(frame: &Frame) -> Vec<(u64, u64)> {
    let of = |view: &ShardingView| (view.traffic.keys_in, view.traffic.bytes_in);
    frame.nodes.iter().map(|node| node.replica.sharding.as_ref().map_or((0, 0), of)).collect()
}

/// The least number of keys that a change has to send from node to node.
fn least(frame: &Frame, map: &ShardMap, change: &Reshape) -> u64 {
    let written: BTreeSet<Key> =
        frame.nodes.iter().flat_map(|node| node.replica.keys.iter().map(|view| view.key)).collect();
    let written_of = |shard: &Shard| map.held(shard.id).filter(|key| written.contains(key)).count() as u64;
    // So many of these nodes have nothing of a shard yet.
    let news = |shard: &Shard, owners: &[NodeId]| {
        owners.iter().filter(|node| !shard.members.contains(node)).count() as u64
    };
    match change {
        Reshape::Join(_) => {
            // The new node's fair part of all copies.
            let copies: u64 =
                map.shards.iter().map(|shard| written_of(shard) * shard.members.len() as u64).sum();
            let nodes = map.nodes.len() as u64 + 1;
            (copies + nodes / 2) / nodes
        }
        Reshape::Leave(node) | Reshape::Remove(node) => {
            map.shards.iter().filter(|shard| shard.members.contains(node)).map(written_of).sum()
        }
        Reshape::Assign(key, owners) => {
            map.owner(*key).map_or(0, |shard| written_of(shard) * news(shard, owners))
        }
        // Both parts of a range that is split stay where they are.
        Reshape::Split(_) => 0,
        Reshape::Merge(key) => {
            let before = key.0.checked_sub(1).and_then(|before| map.owner(Key(before)));
            let both = before.zip(map.owner(*key));
            both.map_or(0, |(into, shard)| written_of(shard) * news(shard, &into.members))
        }
        Reshape::Shift(from, to) => {
            let (low, high) = (from.min(to), from.max(to));
            let left = from.0.checked_sub(1).and_then(|before| map.owner(Key(before)));
            let Some((left, right)) = left.zip(map.owner(*from)) else { return 0 };
            let keys = written.range(*low..*high).count() as u64;
            // A split point that goes up gives keys to the range on its left.
            let news = if to > from { news(right, &left.members) } else { news(left, &right.members) };
            keys * news
        }
    }
}
