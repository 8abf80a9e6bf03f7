//! Random fault plans: actions at random times, of the kinds that a contract names, all mended at the end.

use netsplit_sim::action::Action;
use netsplit_sim::ids::{ClientId, NodeId, Site};
use netsplit_sim::protocol::Fault;
use netsplit_sim::random::{Purpose, Random, stream};
use netsplit_sim::setup::{LinkQuality, Setup};
use netsplit_sim::time::{Span, Time};

/// Changes the setup and makes a script for a run of `length`, with only these kinds of faults. Which of
/// them occur, and how often, differs from seed to seed. From three quarters of the length on everything
/// is mended.
#[must_use]
pub fn plan(setup: &mut Setup, faults: &[Fault], length: Span) -> Vec<(Time, Action)> {
    let mut random = stream(setup.seed, Purpose::Faults, 0, 0);
    // Swarm testing: each run uses a random subset, so that rare combinations get their turn.
    let on: Vec<Fault> = faults.iter().copied().filter(|_| random.below(2) == 1).collect();
    let has = |fault| on.contains(&fault);
    if has(Fault::Loss) {
        setup.network.loss = random.unit() * 0.2;
    }
    if has(Fault::Duplication) {
        setup.network.duplicate = random.unit() * 0.2;
    }
    if has(Fault::ClockSkew) {
        for node in &mut setup.nodes {
            node.clock_skew_ns = random.below(400_000_000) as i64 - 200_000_000;
        }
    }
    if !has(Fault::Retry) {
        for client in &mut setup.clients {
            client.retries = 0;
        }
    }
    let nodes = setup.nodes.len() as u64;
    let clients = setup.clients.len() as u64;
    let acting = length.0 * 3 / 4;
    let mut script = Vec::new();
    for _ in 0..random.below(8) {
        let from = Time(random.below(acting));
        let until = Time((from.0 + random.below(acting / 2)).min(acting));
        let node = NodeId(random.below(nodes) as u16);
        let other = other_site(&mut random, node, nodes, clients);
        let kinds = [Fault::Cut, Fault::OneWayCut, Fault::Crash, Fault::Pause];
        let kind = kinds[random.below(4) as usize];
        if !has(kind) {
            continue;
        }
        let (start, end) = match kind {
            Fault::Cut if random.below(3) == 0 => (Action::Isolate(node.into()), Action::HealAll),
            Fault::Cut if random.below(2) == 0 => (halves(&mut random, nodes, clients), Action::HealAll),
            Fault::Cut => (Action::Cut(node.into(), other), Action::Heal(node.into(), other)),
            Fault::OneWayCut => (Action::CutOneWay(node.into(), other), Action::Heal(node.into(), other)),
            Fault::Crash => (Action::Crash(node), Action::Restart(node)),
            _ => (Action::Pause(node), Action::Resume(node)),
        };
        script.push((from, start));
        script.push((until, end));
    }
    let end = Time(acting);
    script.push((end, Action::HealAll));
    script.push((end, Action::SetNetwork(LinkQuality { loss: 0.0, duplicate: 0.0, ..setup.network })));
    for n in 0..nodes {
        let node = NodeId(n as u16);
        script.push((end, Action::Restart(node)));
        script.push((end, Action::Resume(node)));
    }
    script.sort_by_key(|(at, _)| *at);
    script
}

fn other_site(random: &mut Random, node: NodeId, nodes: u64, clients: u64) -> Site {
    let pick = random.below(nodes - 1 + clients);
    if pick < nodes - 1 {
        let other = if pick >= u64::from(node.0) { pick + 1 } else { pick };
        NodeId(other as u16).into()
    } else {
        ClientId((pick - (nodes - 1)) as u16).into()
    }
}

fn halves(random: &mut Random, nodes: u64, clients: u64) -> Action {
    let mut groups = vec![Vec::new(), Vec::new()];
    for n in 0..nodes {
        groups[random.below(2) as usize].push(Site::from(NodeId(n as u16)));
    }
    for c in 0..clients {
        groups[random.below(2) as usize].push(Site::from(ClientId(c as u16)));
    }
    Action::Partition(groups)
}
