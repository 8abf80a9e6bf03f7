//! A scenario with more or fewer nodes, clients or keys: what refers to those that are gone goes with them, so that the
//! rest is as valid as before.

use netsplit_sim::setup::{Mix, Position};

use crate::limits;
use crate::model::{Client, Home, Node, ParameterValue, Parameters, Scenario, StepAction};

impl Scenario {
    /// Makes it a cluster of so many nodes, within [`limits::NODES`]. New ones are like the last and stand where there is
    /// room; the last ones go first.
    pub fn resize_nodes(&mut self, count: usize) {
        resize_nodes(self, count.clamp(1, limits::NODES));
    }

    /// Makes it so many clients, within [`limits::CLIENTS`]. New ones are like the last.
    pub fn resize_clients(&mut self, count: usize) {
        resize_clients(self, count.clamp(1, limits::CLIENTS));
    }

    /// Makes the store one of so many keys, within [`limits::KEYS`]. Steps that name others go.
    pub fn resize_keys(&mut self, count: u32) {
        let keys = count.clamp(1, limits::KEYS);
        self.keys = keys;
        self.script.retain(|step| keys_of(&step.action).iter().flatten().all(|key| *key < keys));
        if let Some(split) = &mut self.partitioning {
            split.blocks.retain(|block| block.first < keys);
        }
    }

    /// Brings numbers of replicas, which the size of a group bounds, into their ranges.
    pub fn clamp_counts(&mut self) {
        clamp_counts(self);
    }

    /// Takes everything out that only a cluster knows whose data is split.
    pub fn forget_split(&mut self) {
        forget_split(self);
    }
}

/// The keys that a step names.
fn keys_of(action: &StepAction) -> [Option<u32>; 2] {
    match action {
        StepAction::Scan { key, .. }
        | StepAction::Split { key }
        | StepAction::Merge { key }
        | StepAction::Assign { key, .. } => [Some(*key), None],
        StepAction::Pair { first, second, .. } | StepAction::Shift { from: first, to: second } => {
            [Some(*first), Some(*second)]
        }
        StepAction::Read { key, .. }
        | StepAction::Write { key, .. }
        | StepAction::Cas { key, .. }
        | StepAction::Add { key, .. }
        | StepAction::Insert { key, .. }
        | StepAction::Remove { key, .. } => [Some(*key), None],
        _ => [None; 2],
    }
}

/// The first name of a letter and a number that is free.
fn free_name(scenario: &Scenario, letter: char) -> String {
    (1..).map(|n| format!("{letter}{n}")).find(|name| !scenario.has_site(name)).unwrap_or_default()
}

/// A place on a ring around the nodes, far from the sites that are there.
fn free_place(scenario: &Scenario, wide: f64) -> Position {
    let nodes: Vec<Position> = scenario.nodes.iter().map(|node| node.position).collect();
    let all: Vec<Position> =
        nodes.iter().copied().chain(scenario.clients.iter().map(|client| client.position)).collect();
    let count = nodes.len().max(1) as f64;
    let x = nodes.iter().map(|p| f64::from(p.x_km)).sum::<f64>() / count;
    let y = nodes.iter().map(|p| f64::from(p.y_km)).sum::<f64>() / count;
    let centre = Position { x_km: x as i32, y_km: y as i32 };
    let spread = nodes.iter().map(|p| p.distance_km(centre)).sum::<f64>() / count;
    let ring = spread.max(300.0) * wide;
    let nearest =
        |place: &Position| all.iter().map(|other| other.distance_km(*place)).fold(f64::MAX, f64::min);
    let best_on = |ring: f64| {
        let places = (0..24).map(|turn| {
            let angle = f64::from(turn) / 24.0 * std::f64::consts::TAU;
            Position {
                x_km: (x + ring * libm::cos(angle)) as i32,
                y_km: (y + ring * libm::sin(angle)) as i32,
            }
        });
        places.max_by(|a, b| nearest(a).total_cmp(&nearest(b))).unwrap_or(centre)
    };
    // A wider ring only when this one is full.
    let rings = [1.0, 1.3, 1.6, 2.0, 2.5, 3.0].map(|wider| best_on(ring * wider));
    let roomy = rings.into_iter().find(|place| nearest(place) > ring * 0.85);
    roomy.unwrap_or_else(|| best_on(ring * 3.0))
}

fn resize_nodes(scenario: &mut Scenario, count: usize) {
    while scenario.nodes.len() < count {
        let mut node = scenario.nodes.last().cloned().unwrap_or_else(|| Node::new("n1", Position::default()));
        node.position = free_place(scenario, 1.0);
        node.name = free_name(scenario, 'n');
        node.spare = false;
        scenario.nodes.push(node);
    }
    while scenario.nodes.len() > count {
        let Some(gone) = scenario.nodes.pop() else { break };
        forget_site(scenario, &gone.name);
    }
    clamp_counts(scenario);
}

/// Numbers of replicas that the smaller cluster does not have become its most.
fn clamp_counts(scenario: &mut Scenario) {
    let Some(entry) = netsplit_protocols::find(&scenario.protocol.name) else { return };
    let all = scenario.nodes.len() as u16;
    if let Some(split) = &mut scenario.partitioning {
        for parameter in netsplit_protocols::partitioning::layout::parameters() {
            if let Some(ParameterValue::Count(value)) = split.parameters.get_mut(parameter.id) {
                let (least, most) = parameter.range.bounds(all);
                *value = (*value).clamp(least, most);
            }
        }
    }
    let nodes = scenario.group();
    for parameter in (entry.about)().parameters {
        let (least, most) = parameter.range.bounds(nodes);
        let clamp = |parameters: &mut Parameters| {
            if let Some(ParameterValue::Count(value)) = parameters.get_mut(parameter.id) {
                *value = (*value).clamp(least, most);
            }
        };
        clamp(&mut scenario.protocol.parameters);
        for step in &mut scenario.script {
            if let StepAction::Configure { parameters, .. } = &mut step.action {
                clamp(parameters);
            }
        }
    }
}

fn resize_clients(scenario: &mut Scenario, count: usize) {
    while scenario.clients.len() < count {
        let mut client =
            scenario.clients.last().cloned().unwrap_or_else(|| Client::new("c1", Position::default()));
        client.position = free_place(scenario, 1.35);
        client.name = free_name(scenario, 'c');
        scenario.clients.push(client);
    }
    while scenario.clients.len() > count {
        let Some(gone) = scenario.clients.pop() else { break };
        forget_site(scenario, &gone.name);
    }
}

/// Takes everything out of a scenario that only a cluster knows whose data is split.
fn forget_split(scenario: &mut Scenario) {
    scenario.nodes.iter_mut().for_each(|node| node.spare = false);
    for client in &mut scenario.clients {
        let mix = &mut client.mix;
        (mix.scan, mix.query_all, mix.pair) = (0, 0, 0);
        if *mix == Mix::default() {
            mix.read = 1;
        }
    }
    scenario.script.retain_mut(|step| match &mut step.action {
        StepAction::Scan { .. }
        | StepAction::QueryAll { .. }
        | StepAction::Pair { .. }
        | StepAction::Join { .. }
        | StepAction::Leave { .. }
        | StepAction::RemoveNode { .. }
        | StepAction::Split { .. }
        | StepAction::Merge { .. }
        | StepAction::Shift { .. }
        | StepAction::Assign { .. } => false,
        StepAction::Configure { parameters, partitioning, .. } => {
            partitioning.clear();
            !parameters.is_empty()
        }
        _ => true,
    });
}

/// Takes a removed site's name out of the rest of the scenario.
fn forget_site(scenario: &mut Scenario, gone: &str) {
    if let Some(split) = &mut scenario.partitioning {
        split.blocks.iter_mut().for_each(|block| block.owners.retain(|owner| owner != gone));
    }
    for step in &mut scenario.script {
        if let StepAction::Assign { owners, .. } = &mut step.action {
            owners.retain(|owner| owner != gone);
        }
    }
    scenario.links.retain(|link| link.between.iter().all(|name| name != gone));
    for client in &mut scenario.clients {
        if client.home == Home::Node(gone.to_owned()) {
            client.home = Home::Nearest;
        }
    }
    for step in &mut scenario.script {
        if let StepAction::Partition { groups } = &mut step.action {
            groups.iter_mut().for_each(|group| group.retain(|name| name != gone));
            groups.retain(|group| !group.is_empty());
        }
    }
    scenario.script.retain(|step| match &step.action {
        StepAction::Cut { between } | StepAction::Heal { between } | StepAction::SetLink { between, .. } => {
            between.iter().all(|name| name != gone)
        }
        StepAction::CutOneWay { from, to } => from != gone && to != gone,
        StepAction::Isolate { site } | StepAction::Move { site, .. } => site != gone,
        StepAction::Crash { node }
        | StepAction::CrashUnsynced { node }
        | StepAction::Wipe { node }
        | StepAction::Slow { node, .. }
        | StepAction::SetClock { node, .. }
        | StepAction::Lie { node, .. }
        | StepAction::Restart { node }
        | StepAction::Pause { node }
        | StepAction::Join { node }
        | StepAction::Leave { node }
        | StepAction::RemoveNode { node }
        | StepAction::Resume { node } => node != gone,
        StepAction::Read { client, .. }
        | StepAction::Write { client, .. }
        | StepAction::Cas { client, .. }
        | StepAction::Add { client, .. }
        | StepAction::Insert { client, .. }
        | StepAction::Remove { client, .. }
        | StepAction::Scan { client, .. }
        | StepAction::QueryAll { client }
        | StepAction::Pair { client, .. }
        | StepAction::SetPace { client, .. } => client != gone,
        StepAction::Assign { owners, .. } => !owners.is_empty(),
        StepAction::Split { .. } | StepAction::Merge { .. } | StepAction::Shift { .. } => true,
        StepAction::Configure { node, .. } => node.as_deref() != Some(gone),
        StepAction::Partition { groups } => !groups.is_empty(),
        StepAction::Command { node, target, .. } => node != gone && target.as_deref() != Some(gone),
        // In a cluster with other sites, the numbers of messages are other messages'.
        StepAction::DropMessage { .. }
        | StepAction::DuplicateMessage { .. }
        | StepAction::HoldMessage { .. }
        | StepAction::ReleaseMessage { .. } => false,
        StepAction::HealAll | StepAction::SetNetwork { .. } => true,
    });
}
