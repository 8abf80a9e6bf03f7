//! Clusters whose data is split, looked at from outside: what moves when a node joins, what a query touches, and what
//! a crash in the middle does.

mod changing;
mod published;
mod querying;

use netsplit_protocols::partitioning::layout::parameters;
use netsplit_protocols::partitioning::{self, Layout};
use netsplit_sim::frame::Frame;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::{ClientSetup, Home, KeyPick, LinkQuality, Mix, NodeSetup, Pace, Position, Setup};
use netsplit_sim::sharding::{ShardMap, ShardingView};
use netsplit_sim::time::{Span, Time};

/// A cluster to try: nodes on one spot, and clients that write every key in turn.
struct Case {
    setup: Setup,
    layout: Layout,
    protocol: &'static str,
}

impl Case {
    /// So many nodes in the cluster and one more that stands by, so many keys, one copy of each shard.
    fn new(scheme: &str, protocol: &'static str, nodes: u16, keys: u32) -> Self {
        let place = |id: &str| partitioning::ALL.iter().position(|entry| (entry.about)().id == id).expect(id);
        let about = (partitioning::ALL[place(scheme)].about)();
        let default = |parameter: &netsplit_sim::protocol::Parameter| parameter.range.default_value(nodes);
        let number = netsplit_protocols::ALL.iter().position(|entry| (entry.about)().id == protocol);
        let mut case = Self {
            setup: Setup {
                seed: 1,
                nodes: (0..=nodes)
                    .map(|n| NodeSetup { name: format!("n{}", n + 1), ..NodeSetup::default() })
                    .collect(),
                clients: Vec::new(),
                network: LinkQuality { base: Span::from_ms(1), ..LinkQuality::default() },
                links: Vec::new(),
                keys,
            },
            layout: Layout {
                keys,
                nodes: (0..nodes).map(NodeId).collect(),
                regions: vec![0; usize::from(nodes) + 1],
                scheme: place(scheme) as u16,
                protocol: number.expect(protocol) as u16,
                common: parameters().iter().map(default).collect(),
                own: about.parameters.iter().map(default).collect(),
                blocks: Vec::new(),
                pins: Vec::new(),
            },
            protocol,
        };
        case.set("replicas", 1);
        case
    }

    /// Gives a common parameter a value.
    fn set(&mut self, id: &str, value: u64) {
        let place = parameters().iter().position(|parameter| parameter.id == id).expect(id);
        self.layout.common[place] = value;
    }

    /// A client that asks one operation after the other.
    fn client(&mut self, mix: Mix, think: Span) -> &mut ClientSetup {
        self.setup.clients.push(ClientSetup {
            name: format!("c{}", self.setup.clients.len() + 1),
            position: Position::default(),
            home: Home::RoundRobin,
            pace: Pace::Closed { think },
            mix,
            keys: KeyPick::Sequential,
            timeout: Span::from_s(1),
            ..ClientSetup::default()
        });
        self.setup.clients.last_mut().expect("it was pushed just now")
    }

    fn build(&self) -> Box<dyn Machine> {
        let entry = netsplit_protocols::find(self.protocol).expect("registered");
        let about = (entry.about)();
        let copies = self.layout.copies() as u16;
        let inner = about.parameters.iter().map(|parameter| parameter.range.default_value(copies));
        let words: Vec<u64> = self.layout.to_words().into_iter().chain(inner).collect();
        (entry.sharded)(&self.setup, &words)
    }
}

fn view(machine: &dyn Machine, node: u16) -> ShardingView {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    frame.nodes[usize::from(node)].replica.sharding.clone().expect("its data is split")
}

fn newest(machine: &dyn Machine) -> ShardMap {
    (*view(machine, 0).map).clone()
}

/// Runs on until nothing moves any more.
fn settle(machine: &mut dyn Machine) {
    for _ in 0..400 {
        machine.run_until(machine.now() + Span::from_ms(50), u64::MAX);
        if newest(machine).moves.is_empty() {
            return;
        }
    }
    panic!("the moves did not end: {:?}", newest(machine).moves);
}

fn owner(map: &ShardMap, key: u32) -> NodeId {
    map.owner(Key(key)).expect("every key has a shard").members[0]
}

fn at(ms: u64) -> Time {
    Time::ZERO + Span::from_ms(ms)
}
