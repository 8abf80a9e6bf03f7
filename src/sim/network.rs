//! The network: one directed link for every ordered pair of sites, with a delay that comes from
//! distance, and faults.
//!
//! One-way delay = light over the path + base + jitter + bytes / bandwidth. Messages are datagrams: with
//! jitter they may overtake each other, as on any routed network.

use crate::ids::{ClientId, NodeId, Site, SiteKind};
use crate::random::{Purpose, Random, stream};
use crate::setup::{LinkQuality, Position, REORDER_WINDOW, Setup};
use crate::time::{Span, Time};
use crate::trace::DropCause;

/// One direction of a link.
#[derive(Clone, Debug)]
struct Link {
    quality: LinkQuality,
    /// Light over the path plus base; kept, because it is needed for every message.
    floor: Span,
    cut: bool,
    /// When the last byte of the last message will have left; only with a bandwidth.
    free_at: Time,
    random: Random,
}

/// What the network does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Lost(DropCause),
    Arrives { at: Time, again: Option<Time> },
}

#[derive(Clone, Debug)]
pub(crate) struct Network {
    nodes: usize,
    positions: Vec<Position>,
    links: Vec<Link>,
}

impl Network {
    pub(crate) fn new(setup: &Setup) -> Self {
        let nodes = setup.nodes.len();
        let positions: Vec<Position> = (setup.nodes.iter().map(|n| n.position))
            .chain(setup.clients.iter().map(|c| c.position))
            .collect();
        let mut network = Self { nodes, positions, links: Vec::new() };
        let sites = network.sites();
        for &from in &sites {
            for &to in &sites {
                // The stream's name is the pair of sites as they stand, not their index in this cluster:
                // a cluster with one node more gives the old pairs the same network.
                let name = |site: Site| match site.kind() {
                    SiteKind::Node(node) => node.0,
                    SiteKind::Client(client) => client.0 | 1 << 15,
                };
                network.links.push(Link {
                    quality: setup.network,
                    floor: Span::ZERO,
                    cut: false,
                    free_at: Time::ZERO,
                    random: stream(setup.seed, Purpose::Link, name(from), name(to)),
                });
            }
        }
        for link in &setup.links {
            network.link_mut(link.a, link.b).quality = link.quality;
            if !link.one_way {
                network.link_mut(link.b, link.a).quality = link.quality;
            }
        }
        network.measure();
        network
    }

    fn index(&self, site: Site) -> usize {
        match site.kind() {
            SiteKind::Node(node) => node.index(),
            SiteKind::Client(client) => self.nodes + client.index(),
        }
    }

    fn link_index(&self, from: Site, to: Site) -> usize {
        self.index(from) * self.positions.len() + self.index(to)
    }

    fn link(&self, from: Site, to: Site) -> &Link {
        &self.links[self.link_index(from, to)]
    }

    fn link_mut(&mut self, from: Site, to: Site) -> &mut Link {
        let index = self.link_index(from, to);
        &mut self.links[index]
    }

    /// Every site, nodes first.
    pub(crate) fn sites(&self) -> Vec<Site> {
        let clients = self.positions.len() - self.nodes;
        (0..self.nodes)
            .map(|n| Site::from(NodeId(n as u16)))
            .chain((0..clients).map(|c| Site::from(ClientId(c as u16))))
            .collect()
    }

    /// Recomputes every link's floor.
    fn measure(&mut self) {
        let count = self.positions.len();
        for from in 0..count {
            for to in 0..count {
                let km = self.positions[from].distance_km(self.positions[to]);
                let link = &mut self.links[from * count + to];
                link.floor = link.quality.floor(km);
            }
        }
    }

    pub(crate) fn position(&self, site: Site) -> Position {
        self.positions[self.index(site)]
    }

    pub(crate) fn move_to(&mut self, site: Site, position: Position) {
        let index = self.index(site);
        self.positions[index] = position;
        self.measure();
    }

    pub(crate) fn set_quality(&mut self, a: Site, b: Site, quality: LinkQuality) {
        self.link_mut(a, b).quality = quality;
        self.link_mut(b, a).quality = quality;
        self.measure();
    }

    pub(crate) fn set_all_qualities(&mut self, quality: LinkQuality) {
        for link in &mut self.links {
            link.quality = quality;
        }
        self.measure();
    }

    pub(crate) fn quality(&self, from: Site, to: Site) -> LinkQuality {
        self.link(from, to).quality
    }

    pub(crate) fn floor(&self, from: Site, to: Site) -> Span {
        self.link(from, to).floor
    }

    pub(crate) fn is_cut(&self, from: Site, to: Site) -> bool {
        self.link(from, to).cut
    }

    pub(crate) fn set_cut(&mut self, from: Site, to: Site, cut: bool) {
        self.link_mut(from, to).cut = cut;
    }

    /// The nearest node to a site, the lowest number among equals.
    pub(crate) fn nearest_node(&self, site: Site) -> NodeId {
        let here = self.position(site);
        let mut best = (f64::INFINITY, NodeId(0));
        for n in 0..self.nodes {
            let km = here.distance_km(self.positions[n]);
            if km < best.0 {
                best = (km, NodeId(n as u16));
            }
        }
        best.1
    }

    /// Sends a message of some bytes and tells what becomes of it.
    pub(crate) fn send(&mut self, from: Site, to: Site, bytes: u32, now: Time) -> Passage {
        let link = self.link_mut(from, to);
        if link.cut {
            return Passage::Lost(DropCause::Cut);
        }
        // Each chance draws only where it is switched on, so that a perfect link costs nothing.
        if link.random.chance(link.quality.loss) {
            return Passage::Lost(DropCause::Loss);
        }
        let mut leaves = now;
        let nanoseconds = u64::from(bytes).saturating_mul(1_000_000_000);
        if let Some(transmission) = nanoseconds.checked_div(link.quality.bandwidth) {
            leaves = now.max(link.free_at) + Span(transmission);
            link.free_at = leaves;
        }
        let arrival = |link: &mut Link| {
            // At least a nanosecond: nothing arrives at the instant that it was sent.
            let mut takes = Span((link.floor + link.quality.jitter.draw(&mut link.random)).0.max(1));
            if link.random.chance(link.quality.reorder) {
                takes = takes + Span(link.random.below(REORDER_WINDOW.0));
            }
            leaves + takes
        };
        let at = arrival(link);
        let again = if link.random.chance(link.quality.duplicate) { Some(arrival(link)) } else { None };
        Passage::Arrives { at, again }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Jitter;
    use crate::setup::NodeSetup;

    fn network(quality: LinkQuality) -> Network {
        let node = |x_km| NodeSetup {
            name: String::new(),
            position: Position { x_km, y_km: 0 },
            service: Span::ZERO,
            fsync: Span::ZERO,
            clock_skew_ns: 0,
            clock_drift_ppm: 0,
            ..NodeSetup::default()
        };
        Network::new(&Setup {
            seed: 1,
            nodes: vec![node(0), node(2_000), node(500)],
            clients: Vec::new(),
            network: quality,
            links: Vec::new(),
            keys: 1,
        })
    }

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    #[test]
    fn distance_is_latency() {
        let mut network =
            network(LinkQuality { base: Span::from_us(250), stretch: 1.2, ..LinkQuality::default() });
        // 2,000 km x 1.2 / 200 km per ms = 12 ms, + .25 ms.
        let arrives = Passage::Arrives { at: Time(12_250_000), again: None };
        assert_eq!(network.send(A.into(), B.into(), 100, Time::ZERO), arrives);
        network.move_to(B.into(), Position { x_km: 1_000, y_km: 0 });
        assert_eq!(network.floor(A.into(), B.into()), Span::from_us(6_250));
        assert_eq!(network.floor(B.into(), A.into()), Span::from_us(6_250));
    }

    #[test]
    fn bandwidth_makes_messages_wait_for_each_other() {
        let quality = LinkQuality { base: Span::ZERO, bandwidth: 1_000_000, ..LinkQuality::default() };
        let mut network = network(quality);
        let at = |passage| match passage {
            Passage::Arrives { at, .. } => at,
            Passage::Lost(_) => panic!("nothing loses messages here"),
        };
        let first = at(network.send(A.into(), B.into(), 1_000, Time::ZERO));
        let second = at(network.send(A.into(), B.into(), 1_000, Time::ZERO));
        assert_eq!(first, Time::ZERO + Span::from_ms(11));
        assert_eq!(second.since(first), Span::from_ms(1));
    }

    #[test]
    fn a_one_way_cut_leaves_the_other_way() {
        let mut network = network(LinkQuality::default());
        network.set_cut(A.into(), B.into(), true);
        assert_eq!(network.send(A.into(), B.into(), 1, Time::ZERO), Passage::Lost(DropCause::Cut));
        assert!(matches!(network.send(B.into(), A.into(), 1, Time::ZERO), Passage::Arrives { .. }));
    }

    #[test]
    fn loss_and_duplication_come_at_their_rates() {
        let quality = LinkQuality { loss: 0.2, duplicate: 0.1, ..LinkQuality::default() };
        let mut network = network(quality);
        let (mut lost, mut twice) = (0, 0);
        for _ in 0..20_000 {
            match network.send(A.into(), B.into(), 1, Time::ZERO) {
                Passage::Lost(_) => lost += 1,
                Passage::Arrives { again, .. } => twice += u32::from(again.is_some()),
            }
        }
        assert!((3_800..4_200).contains(&lost), "{lost}");
        assert!((1_450..1_750).contains(&twice), "{twice}");
    }

    #[test]
    fn reordering_holds_messages_up_for_a_while() {
        let mut network = network(LinkQuality { reorder: 0.5, ..LinkQuality::default() });
        let floor = network.floor(A.into(), B.into());
        let mut late = 0;
        for _ in 0..10_000 {
            let Passage::Arrives { at, .. } = network.send(A.into(), B.into(), 1, Time::ZERO) else {
                panic!("nothing loses messages here");
            };
            let more = at.since(Time::ZERO + floor);
            assert!(more < REORDER_WINDOW);
            late += u32::from(more > Span::ZERO);
        }
        assert!((4_700..5_300).contains(&late), "{late}");
    }

    #[test]
    fn jitter_never_beats_light() {
        let jitter = Jitter::Exponential { mean_ms: 2.0 };
        let mut network = network(LinkQuality { jitter, ..LinkQuality::default() });
        let floor = network.floor(A.into(), B.into());
        for _ in 0..1_000 {
            let Passage::Arrives { at, .. } = network.send(A.into(), B.into(), 1, Time::ZERO) else {
                panic!("nothing loses messages here");
            };
            assert!(at.since(Time::ZERO) >= floor);
        }
    }
}
