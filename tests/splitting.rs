//! What a trial of a cluster with shards has besides: a layout, changes of it in the middle of everything, queries,
//! and what has to be true of the map in the end.

use netsplit_protocols::partitioning::layout::parameters;
use netsplit_protocols::partitioning::{self, Block, Layout};
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::frame::Frame;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Range;
use netsplit_sim::random::Random;
use netsplit_sim::setup::Setup;
use netsplit_sim::sharding::ShardState;
use netsplit_sim::time::{Span, Time};

use crate::trials::{Deed, Split, Subject};

/// Every registered scheme with every registered protocol.
#[must_use]
pub fn subjects() -> Vec<(String, Subject)> {
    let schemes = partitioning::ALL.iter().zip(0u16..);
    let all = schemes.flat_map(|(scheme, place)| {
        netsplit_protocols::ALL.iter().zip(0u16..).map(move |(entry, protocol)| {
            let split = Split { scheme: place, protocol };
            let name = format!("{} of {}", (scheme.about)().id, (entry.about)().id);
            (name, Subject { build: entry.sharded, split: Some(split), ..Subject::from(entry) })
        })
    });
    all.collect()
}

/// A random layout: some nodes stand by, shards have one to three copies, and transfers are slow enough to be
/// interrupted.
#[must_use]
pub fn layout(split: Split, nodes: u16, setup: &mut Setup, random: &mut Random) -> Layout {
    let scheme = &partitioning::ALL[usize::from(split.scheme)];
    let about = (scheme.about)();
    setup.keys = 3 + random.below(14) as u32;
    let inside = 2 + random.below(u64::from(nodes) - 1) as u16;
    let mut common: Vec<u64> =
        parameters().iter().map(|parameter| parameter.range.default_value(inside)).collect();
    let mut set = |id: &str, value: u64| {
        let place = parameters().iter().position(|parameter| parameter.id == id).expect(id);
        common[place] = value;
    };
    let copies = 1 + random.below(u64::from(inside.min(3)));
    set("replicas", copies);
    let copies = copies as usize;
    set("placement", random.below(2));
    set("tag", 1 + random.below(3));
    set("routing", random.below(2));
    set("deadline", Span::from_ms(20 + random.below(400)).0);
    set("chunk", 1 + random.below(4));
    set("pause", Span::from_ms(random.below(60)).0);
    set("linger", if random.below(3) == 0 { Span::from_ms(1 + random.below(5)).0 } else { 0 });
    set("replace", if random.below(4) == 0 { Span::from_ms(1_500 + random.below(1_000)).0 } else { 0 });
    set("split", if random.below(3) == 0 { 2 + random.below(4) } else { 0 });
    set("hot", if random.below(3) == 0 { 150 + random.below(300) } else { 0 });
    set("merge", if random.below(3) == 0 { 1 + random.below(3) } else { 0 });
    let own = about.parameters.iter().map(|parameter| {
        let (least, most) = parameter.range.bounds(inside);
        match parameter.range {
            Range::Count { .. } => least + random.below((most - least).min(20) + 1),
            _ => parameter.range.default_value(inside),
        }
    });
    let own = own.collect();
    let mut blocks = Vec::new();
    if about.ordered && random.below(2) == 0 {
        let mut first = 0;
        while first < setup.keys {
            let owners = if random.below(2) == 0 { distinct(copies, inside, random) } else { Vec::new() };
            blocks.push(Block { first: Key(first), owners });
            first += 1 + random.below(6) as u32;
        }
    }
    Layout {
        keys: setup.keys,
        nodes: (0..inside).map(NodeId).collect(),
        regions: (0..nodes).map(|_| random.below(3) as u16).collect(),
        scheme: split.scheme,
        protocol: split.protocol,
        common,
        own,
        blocks,
        pins: Vec::new(),
    }
}

/// So many different nodes.
fn distinct(count: usize, nodes: u16, random: &mut Random) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = (0..nodes).map(NodeId).collect();
    (0..count.min(all.len())).map(|_| all.remove(random.below(all.len() as u64) as usize)).collect()
}

/// Joins, leaves, splits and moves at random times, some right after each other.
pub fn changes(
    layout: &Layout,
    nodes: u16,
    until: Time,
    random: &mut Random,
    script: &mut Vec<(Time, Deed)>,
) {
    for _ in 0..random.below(7) {
        let mut at = Time(random.below(until.0));
        for _ in 0..=random.below(2) {
            let one = NodeId(random.below(u64::from(nodes)) as u16);
            let mut key = || Key(random.below(u64::from(layout.keys)) as u32);
            let (a, b) = (key(), key());
            let change = match random.below(10) {
                0..=2 => Reshape::Join(one),
                3..=4 => Reshape::Leave(one),
                5 => Reshape::Remove(one),
                6 => Reshape::Split(a),
                7 => Reshape::Merge(a),
                8 => Reshape::Shift(a, b),
                // As many as there were: the contract is that of a group of this size.
                _ => Reshape::Assign(a, distinct(layout.copies(), nodes, random)),
            };
            script.push((at, Deed::Act(Action::Reshape(change))));
            at += Span::from_ms(random.below(400));
        }
    }
}

/// Some clients ask about several keys at once.
pub fn queries(setup: &mut Setup, random: &mut Random) {
    for client in &mut setup.clients {
        if random.below(3) == 0 {
            client.mix.scan = 1;
            client.mix.query_all = random.below(2) as u16;
            client.scan_keys = 2 + random.below(4) as u32;
            if client.mix.write > 0 {
                client.mix.pair = 1;
            }
        }
    }
}

/// A change in a word.
#[must_use]
pub fn name(change: &Reshape) -> &'static str {
    match change {
        Reshape::Join(_) => "join",
        Reshape::Leave(_) => "leave",
        Reshape::Remove(_) => "remove",
        Reshape::Split(_) => "split",
        Reshape::Merge(_) => "merge",
        Reshape::Shift(..) => "shift",
        Reshape::Assign(..) => "assign",
    }
}

/// What is wrong when all has been quiet for long: a move that did not end, a node with an old map, a copy that does
/// not serve, a shard without its copies.
#[must_use]
pub fn unsettled(machine: &dyn Machine) -> Option<String> {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let views: Vec<_> =
        frame.nodes.iter().map(|node| node.replica.sharding.as_ref().expect("it has shards")).collect();
    let map = &views.iter().find(|view| view.keeps_map)?.map;
    if let Some(moved) = map.moves.first() {
        let (to, from) = (moved.to.id.0, &moved.from);
        return Some(format!("the move of {from:?} to shard {to} did not end, sealing: {}", moved.sealing));
    }
    for (n, view) in views.iter().enumerate() {
        let node = NodeId(n as u16);
        if view.map.version != map.version {
            return Some(format!("n{} has map {} and not {}", n + 1, view.map.version, map.version));
        }
        for shard in map.shards.iter().filter(|shard| shard.members.contains(&node)) {
            let copy = view.copies.iter().find(|copy| copy.id == shard.id);
            if copy.is_none_or(|copy| copy.state != ShardState::Serving) {
                return Some(format!("n{} should serve shard {}: {copy:?}", n + 1, shard.id.0));
            }
        }
        if let Some(copy) = view.copies.iter().find(|copy| map.shard(copy.id).is_none()) {
            return Some(format!("n{} keeps a copy of shard {}, which is gone", n + 1, copy.id.0));
        }
    }
    None
}
