//! Clusters to try protocols on.

use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{About, Range};
use netsplit_sim::random::{Jitter, Random};
use netsplit_sim::setup::{ClientSetup, Home, KeyPick, LinkQuality, Mix, NodeSetup, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};

/// Nodes on a circle of 600 km with a client beside each of the first few, a jittery network, few keys and
/// clients that read and write as fast as they are answered: small, and full of races.
#[must_use]
pub fn racy(seed: u64, nodes: u16, clients: u16) -> Setup {
    let place = |index: u16, of: u16, radius: f64| {
        let angle = f64::from(index) / f64::from(of) * 2.0 * core::f64::consts::PI;
        Position { x_km: (radius * libm::cos(angle)) as i32, y_km: (radius * libm::sin(angle)) as i32 }
    };
    Setup {
        seed,
        nodes: (0..nodes)
            .map(|n| NodeSetup {
                name: format!("n{}", n + 1),
                position: place(n, nodes, 600.0),
                service: Span::from_us(50),
                fsync: Span::from_us(200 * u64::from(n % 2)),
                clock_skew_ns: 0,
                clock_drift_ppm: 0,
                ..NodeSetup::default()
            })
            .collect(),
        clients: (0..clients)
            .map(|c| ClientSetup {
                name: format!("c{}", c + 1),
                position: place(c, nodes, 700.0),
                home: Home::Node(NodeId(c % nodes)),
                pace: Pace::Closed { think: Span::from_ms(3) },
                mix: Mix { read: 5, write: 4, cas: 1, ..Mix::default() },
                keys: KeyPick::Uniform,
                timeout: Span::from_ms(120),
                retries: (c % 2) as u8,
                starts: Time(u64::from(c) * 1_000_000),
                operations: None,
                ..ClientSetup::default()
            })
            .collect(),
        network: LinkQuality { jitter: Jitter::Exponential { mean_ms: 2.0 }, ..LinkQuality::default() },
        links: Vec::new(),
        keys: 3,
    }
}

/// The kernel's benchmark: five nodes under steady load, nothing broken.
#[must_use]
pub fn steady(seed: u64) -> Setup {
    let mut setup = racy(seed, 5, 5);
    for client in &mut setup.clients {
        client.mix = Mix { read: 1, write: 1, ..Mix::default() };
        client.timeout = Span::from_s(1);
        client.pace = Pace::Closed { think: Span::from_ms(1) };
    }
    setup.keys = 16;
    setup
}

/// Parameters over their ranges. Times keep their proportions: a protocol whose heartbeat comes after its
/// election timeout has nothing to promise.
#[must_use]
pub fn random_parameters(about: &About, nodes: u16, random: &mut Random) -> Vec<u64> {
    let quicker = 1 + random.below(3);
    (about.parameters.iter())
        .map(|parameter| {
            let (least, most) = parameter.range.bounds(nodes);
            match parameter.range {
                Range::Time { default, .. } => (default.0 / quicker).clamp(least, most),
                Range::Count { .. } | Range::Replicas { .. } if random.below(2) == 0 => {
                    parameter.range.default_value(nodes)
                }
                Range::Count { .. } => least + random.below((most - least + 1).min(20)),
                Range::Replicas { .. } | Range::Choice { .. } => least + random.below(most - least + 1),
            }
        })
        .collect()
}

/// The kernel's benchmarks.
#[derive(Clone, Copy)]
pub enum Workload {
    /// [`steady`]: as many operations as five clients can make. Counted in events.
    Steady,
    /// [`paced`]: one write every 10 ms. Counted in delivered messages.
    Paced,
}

impl Workload {
    /// Every workload.
    pub const ALL: [Self; 2] = [Self::Steady, Self::Paced];
}

/// Five nodes and one client that writes every 10 ms to whoever leads: mostly what a protocol does by
/// itself.
#[must_use]
pub fn paced(seed: u64) -> Setup {
    let mut setup = racy(seed, 5, 1);
    setup.network.jitter = Jitter::NONE;
    for node in &mut setup.nodes {
        node.fsync = Span::ZERO;
        node.service = Span::ZERO;
    }
    let client = &mut setup.clients[0];
    client.position = setup.nodes[0].position;
    client.mix = Mix { write: 1, ..Mix::default() };
    client.timeout = Span::from_s(1);
    client.pace = Pace::Open { per_second: 100.0 };
    setup
}

/// Runs a benchmark under one of the registered protocols with its default parameters, for so many
/// simulated seconds. Answers how many events it handled, or how many messages it delivered.
#[must_use]
pub fn run_benchmark(workload: Workload, protocol: usize, seconds: u64) -> u64 {
    let entry = &netsplit_protocols::ALL[protocol];
    let about = (entry.about)();
    let setup = match workload {
        Workload::Steady => steady(1),
        Workload::Paced => paced(1),
    };
    let nodes = setup.nodes.len() as u16;
    let parameters: Vec<u64> = about.parameters.iter().map(|p| p.range.default_value(nodes)).collect();
    let mut machine = (entry.build)(&setup, &parameters);
    machine.run_until(Time::ZERO + Span::from_s(seconds), u64::MAX);
    std::hint::black_box(machine.hash());
    let totals = machine.totals();
    match workload {
        Workload::Steady => totals.events,
        Workload::Paced => totals.messages - totals.dropped,
    }
}
