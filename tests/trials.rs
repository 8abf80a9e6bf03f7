//! A trial of a protocol: a cluster, parameters and a fault plan within the protocol's own contract, all
//! drawn from one seed; then what it promised, checked. The swarm is many of them.

use std::collections::BTreeMap;

use netsplit_checkers::{Input, Observations, Replicas, Verdict};
use netsplit_protocols::partitioning::Layout;
use netsplit_protocols::sharded;
use netsplit_sim::action::Action;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};
use netsplit_sim::frame::Frame;
use netsplit_sim::history::{CallKind, Outcome};
use netsplit_sim::ids::{ClientId, NodeId};
use netsplit_sim::machine::{Machine, Progress};
use netsplit_sim::protocol::{About, Contract, Fault, Promise, Range, Survives};
use netsplit_sim::random::{Purpose, Random, stream};
use netsplit_sim::setup::{Mix, Pace, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{DropCause, EventKind};

use crate::assassin::{Assassin, leader};
use crate::clusters;
use crate::splitting;
use crate::watch::Watch;

/// Faults and clients go on this long.
const ACTIVE: Time = Time(2_500_000_000);
/// The same where shards change hands, which takes a while.
const ACTIVE_SPLIT: Time = Time(5_000_000_000);
/// The quiet rest of the trial, for copies to become equal in.
const QUIET: Span = Span::from_ms(3_500);
/// The same where shards have to find their new owners first.
const QUIET_SPLIT: Span = Span::from_s(8);
/// The work that a checker may put into one verdict.
const BUDGET: u64 = 5_000_000;

/// What is tried: a registered protocol, or a broken variant of one.
#[derive(Clone, Copy)]
pub struct Subject {
    /// Its description of itself.
    pub about: fn() -> About,
    /// Makes a cluster.
    pub build: fn(&Setup, &[u64]) -> Box<dyn Machine>,
    /// What it promises.
    pub contract: fn(&[u64], u16) -> Contract,
    /// What it carries out.
    pub calls: fn(&[u64]) -> Vec<CallKind>,
    /// How its data is split, if it is. `build` then takes a layout before the parameters.
    pub split: Option<Split>,
}

/// A partitioning scheme, and the protocol that every shard runs.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    /// The scheme: its place in the registry.
    pub scheme: u16,
    /// The protocol: its place in the registry.
    pub protocol: u16,
}

impl From<&netsplit_protocols::Entry> for Subject {
    fn from(entry: &netsplit_protocols::Entry) -> Self {
        Self {
            about: entry.about,
            build: entry.build,
            contract: entry.contract,
            calls: entry.calls,
            split: None,
        }
    }
}

/// What is done to a cluster at some time.
#[derive(Clone, Debug)]
pub enum Deed {
    /// This.
    Act(Action),
    /// The node that believes to lead, of several the one with the latest term, crashes.
    CrashLeader,
    /// The same, and the crash takes what was not synced.
    CrashLeaderUnsynced,
    /// It is cut off from the other nodes, but not from the clients.
    IsolateLeader,
    /// Every crashed node restarts.
    RestartAll,
}

/// What one seed runs.
pub struct Trial {
    /// The cluster.
    pub setup: Setup,
    /// The protocol's parameters.
    pub parameters: Vec<u64>,
    /// How the data is split at first, if it is.
    pub layout: Option<Layout>,
    /// What is done to the cluster.
    pub script: Vec<(Time, Deed)>,
    /// Whether faults come thick and fast.
    storm: bool,
    /// Who is after the leaders of this run, if somebody is.
    assassin: Option<Assassin>,
    /// What has to hold.
    pub contract: Contract,
}

/// What a trial came to.
pub struct Report {
    /// What was broken, each with its witness.
    pub broken: Vec<(&'static str, String)>,
    /// How often things happened: kinds of faults, notes of the protocol, ends of operations.
    pub sights: BTreeMap<String, u64>,
    /// Events that the kernel handled.
    pub events: u64,
}

impl Trial {
    /// The trial of a subject that this seed makes.
    #[must_use]
    pub fn new(subject: &Subject, seed: u64) -> Self {
        let about = (subject.about)();
        let mut random = stream(seed, Purpose::Faults, 0, 0);
        let nodes = if subject.split.is_some() { 3 } else { 2 } + random.below(5) as u16;
        let clients = 2 + random.below(3) as u16;
        let mut setup = clusters::racy(seed, nodes, clients);
        let layout = subject.split.map(|split| splitting::layout(split, nodes, &mut setup, &mut random));
        // What the protocol sees is a shard.
        let group = layout.as_ref().map_or(nodes, |layout| layout.copies() as u16);
        let active = if layout.is_some() { ACTIVE_SPLIT } else { ACTIVE };
        let mut parameters = clusters::random_parameters(&about, group, &mut random);
        // In a storm faults come thick and fast: what needs three of them within one election happens.
        let storm = random.below(3) == 0;
        if storm {
            hurry(&about, &mut random, &mut parameters);
        }
        let mut contract = match layout {
            Some(_) => sharded::contract(subject.contract, &parameters, group),
            None => (subject.contract)(&parameters, nodes),
        };
        let mix = mix(&(subject.calls)(&parameters), &mut random);
        let survived: Vec<(Fault, Option<u16>)> = (contract.tolerances.iter())
            .filter_map(|tolerance| match tolerance.survives {
                Survives::Any => Some((tolerance.fault, None)),
                Survives::Nodes(most) => Some((tolerance.fault, Some(most))),
                Survives::None => None,
            })
            // Swarm testing: each trial takes a random part of it, so that rare combinations get their turn.
            .filter(|_| random.below(2) == 1)
            .collect();
        for client in &mut setup.clients {
            client.mix = mix;
            // One that only reads is not held up by a write of its own when its leader is cut off.
            if random.below(4) == 0 {
                client.mix = Mix { read: 1, ..Mix::default() };
            }
            if !survived.iter().any(|(fault, _)| *fault == Fault::Retry) {
                client.retries = 0;
            }
        }
        // The assassin works alone: other faults would only hide the leaders.
        let crashes = survived.contains(&(Fault::Crash, None)) && layout.is_none();
        let assassin =
            (crashes && random.below(2) == 0).then(|| Assassin::new(stream(seed, Purpose::Faults, 2, 0)));
        let survived = if assassin.is_some() { Vec::new() } else { survived };
        if assassin.is_some() {
            // Between operations a leader has nothing of its own to commit: what an earlier one left counts then.
            for client in &mut setup.clients {
                client.pace = Pace::Closed { think: Span::from_ms(20 + random.below(400)) };
            }
        }
        // A plan draws from a seed of its own, and so does not follow the run's own randomness.
        let per_minute = if storm { 1_500.0 } else { 60.0 };
        let plan = FaultPlan {
            seed: random.bits(),
            faults: (survived.iter())
                .map(|&(fault, nodes)| FaultRate { fault, per_minute: per_minute * random.unit(), nodes })
                .collect(),
            lasting: Span::from_ms(if storm { 10 + random.below(70) } else { 100 + random.below(900) }),
            from: Time::ZERO,
            until: active,
        };
        let mut script: Vec<(Time, Deed)> =
            plan.actions(&setup).into_iter().map(|(at, action)| (at, Deed::Act(action))).collect();
        if layout.is_none() && (storm || random.below(3) == 0) {
            hunt_leaders(&survived, &mut random, &mut script);
        }
        if let Some(layout) = &layout {
            splitting::changes(layout, nodes, active, &mut random, &mut script);
            splitting::queries(&mut setup, &mut random);
        } else if (random.below(2) == 0) && commands_are_safe(about.id) {
            add_commands(&about, nodes, &mut random, &mut script);
            // A server that was removed from the cluster keeps what it had.
            contract.promises.retain(|&promise| promise != Promise::Converges);
        }
        script.sort_by_key(|(at, _)| *at);
        script.push((active, Deed::RestartAll));
        let silence = (0..clients).map(|c| Action::SetPace(ClientId(c), Pace::Silent));
        let resume = (0..nodes).map(|n| Action::Resume(NodeId(n)));
        let last = [Action::HealAll].into_iter().chain(resume).chain(silence);
        script.extend(last.map(|action| (active, Deed::Act(action))));
        Self { setup, parameters, layout, script, storm, assassin, contract }
    }

    /// Runs it to its end.
    #[must_use]
    pub fn run(&self, subject: &Subject) -> Box<dyn Machine> {
        self.run_watched(subject).0
    }

    /// Runs it to its end. Answers too what was seen to be wrong inside on the way, where that is looked at.
    fn run_watched(&self, subject: &Subject) -> (Box<dyn Machine>, Result<(), String>) {
        let words = self.layout.as_ref().map_or_else(Vec::new, Layout::to_words);
        let words: Vec<u64> = words.into_iter().chain(self.parameters.iter().copied()).collect();
        let mut machine = (subject.build)(&self.setup, &words);
        let mut assassin = self.assassin.clone();
        let watched = has_terms((subject.about)().id) && self.layout.is_none();
        let mut watch = watched.then(Watch::default);
        let mut seen = Ok(());
        for (at, deed) in &self.script {
            while (self.storm || assassin.is_some()) && machine.now() + LOOKS_EVERY < *at {
                machine.run_until(machine.now() + LOOKS_EVERY, u64::MAX);
                if let Some(assassin) = &mut assassin {
                    assassin.look(&mut *machine);
                }
                if let Some(watch) = watch.as_mut().filter(|_| seen.is_ok()) {
                    seen = watch.look(&*machine, assassin.is_some());
                }
            }
            assert_eq!(machine.run_until(*at, u64::MAX), Progress::Reached);
            for action in deed.actions(&*machine) {
                machine.act(&action);
            }
        }
        let end = match self.layout {
            Some(_) => ACTIVE_SPLIT + QUIET_SPLIT,
            None => ACTIVE + QUIET,
        };
        assert_eq!(machine.run_until(end, u64::MAX), Progress::Reached);
        (machine, seen)
    }

    /// Runs it and checks what was promised.
    #[must_use]
    pub fn report(&self, subject: &Subject) -> Report {
        let (machine, seen) = self.run_watched(subject);
        let promises = broken(&*machine, &self.contract.promises);
        let mut broken: Vec<(&'static str, String)> =
            promises.into_iter().map(|(promise, sentence)| (promise.checker(), sentence)).collect();
        broken.extend(seen.err().map(|sentence| ("safety of terms and log", sentence)));
        if self.layout.is_some() {
            broken.extend(splitting::unsettled(&*machine).map(|sentence| ("shards", sentence)));
        }
        Report { broken, sights: sights(&*machine, self), events: machine.totals().events }
    }
}

/// Makes all times but the first shorter, each by a factor of its own: several nodes then do the same thing at
/// once. The first is what the others have to be short against.
fn hurry(about: &About, random: &mut Random, parameters: &mut [u64]) {
    let times = about
        .parameters
        .iter()
        .zip(parameters)
        .filter(|(about, _)| matches!(about.range, Range::Time { .. }));
    for (_, nanoseconds) in times.skip(1) {
        // Not below what the network itself takes, or nothing would ever settle.
        *nanoseconds = (*nanoseconds / (1 + random.below(8))).max(10_000_000.min(*nanoseconds));
    }
}

impl Deed {
    /// What it comes to now.
    #[must_use]
    pub fn actions(&self, machine: &dyn Machine) -> Vec<Action> {
        if let Self::Act(action) = self {
            return vec![action.clone()];
        }
        let mut frame = Frame::default();
        machine.frame(&mut frame);
        let leader = leader(machine).map(|(node, _)| node);
        let to_leader = |action: fn(NodeId) -> Action| leader.map(action).into_iter().collect();
        match self {
            Self::Act(_) => Vec::new(),
            Self::CrashLeader => to_leader(Action::Crash),
            Self::CrashLeaderUnsynced => to_leader(Action::CrashUnsynced),
            Self::IsolateLeader => {
                let others = |leader| frame.nodes.iter().map(|node| node.id).filter(move |&id| id != leader);
                let cut = |leader| others(leader).map(move |node| Action::Cut(leader.into(), node.into()));
                leader.into_iter().flat_map(cut).collect()
            }
            Self::RestartAll => frame.nodes.iter().map(|node| Action::Restart(node.id)).collect(),
        }
    }
}

/// An adversary who goes for whoever leads, again and again: what protects a change of leaders is tried by
/// nothing else so hard.
fn hunt_leaders(survived: &[(Fault, Option<u16>)], random: &mut Random, script: &mut Vec<(Time, Deed)>) {
    let may = |fault| survived.contains(&(fault, None));
    let means = [
        (Fault::Crash, Deed::CrashLeader),
        (Fault::UnsyncedCrash, Deed::CrashLeaderUnsynced),
        (Fault::Cut, Deed::IsolateLeader),
    ];
    let means: Vec<Deed> = means.into_iter().filter(|(fault, _)| may(*fault)).map(|(_, deed)| deed).collect();
    if means.is_empty() {
        return;
    }
    let every = 40_000_000 + random.below(400_000_000);
    let mut at = Time::ZERO;
    loop {
        at += Span(1 + random.below(2 * every));
        let ends = at + Span(1 + random.below(2 * every));
        if ends >= ACTIVE {
            return;
        }
        let deed = means[random.below(means.len() as u64) as usize].clone();
        let mend =
            if matches!(deed, Deed::IsolateLeader) { Deed::Act(Action::HealAll) } else { Deed::RestartAll };
        script.extend([(at, deed), (ends, mend)]);
    }
}

/// Whether a protocol has terms with at most one leader each, and a log in which what is committed stays.
fn has_terms(id: &str) -> bool {
    id == "raft"
}

/// How often a trial is looked at from inside, and the assassin looks.
const LOOKS_EVERY: Span = Span::from_ms(1);

/// Whether a person may tell random nodes to do random things: only where a protocol survives any of it.
fn commands_are_safe(id: &str) -> bool {
    id == "raft"
}

fn add_commands(about: &About, nodes: u16, random: &mut Random, script: &mut Vec<(Time, Deed)>) {
    if about.commands.is_empty() {
        return;
    }
    for _ in 0..random.below(8) {
        let command = random.below(about.commands.len() as u64) as u8;
        let target = NodeId(random.below(u64::from(nodes)) as u16);
        let target = about.commands[usize::from(command)].target.then_some(target);
        let at = Time(random.below(ACTIVE.0));
        // The person does not know who leads, and tells everyone.
        let told = (0..nodes).map(|n| Action::Command(NodeId(n), command, target));
        script.extend(told.map(|action| (at, Deed::Act(action))));
    }
}

/// A mix of what the protocol carries out. Numbers that are added to and values that are written do not
/// meet in one trial: a value then still tells which operation wrote it.
fn mix(calls: &[CallKind], random: &mut Random) -> Mix {
    let weight = |kind, weight| if calls.contains(&kind) { weight } else { 0 };
    let adds = weight(CallKind::Add, 4);
    let numbers = adds > 0 && (!calls.contains(&CallKind::Write) || random.below(4) == 0);
    let values = |kind, most| if numbers { 0 } else { weight(kind, most) };
    Mix {
        read: weight(CallKind::Read, 5),
        write: values(CallKind::Write, 4),
        cas: values(CallKind::Cas, 1),
        add: if numbers { adds } else { 0 },
        insert: weight(CallKind::Insert, 4),
        remove: weight(CallKind::Remove, 2),
        ..Mix::default()
    }
}

/// The promises that are broken, each with its witness. A budget that runs out counts as broken here: a
/// test must not pass because it did not look.
#[must_use]
pub fn broken(machine: &dyn Machine, promises: &[Promise]) -> Vec<(Promise, String)> {
    let observations = Observations::from_history(machine.history());
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let mut replicas = Replicas::from_frame(&frame, true);
    replicas.shown = vec![false; machine.history().operations.len()];
    for event in machine.trace() {
        if let EventKind::Visible { op, .. } = event.kind {
            replicas.shown[op.index()] = true;
        }
    }
    let input = Input { replicas: Some(&replicas), ..Input::of(&observations) };
    (promises.iter())
        .filter_map(|&promise| {
            let checker = netsplit_checkers::find(promise.checker()).expect("every promise has a checker");
            match (checker.check)(&input, BUDGET) {
                Verdict::Holds => None,
                verdict => Some((promise, verdict.sentence().to_owned())),
            }
        })
        .collect()
}

/// What happened in a trial: a swarm proves nothing about what never happened in it.
fn sights(machine: &dyn Machine, trial: &Trial) -> BTreeMap<String, u64> {
    let mut sights = BTreeMap::new();
    let mut see = |what: String| *sights.entry(what).or_insert(0) += 1;
    for (_, deed) in &trial.script {
        match deed {
            Deed::Act(Action::Reshape(change)) => see(format!("change: {}", splitting::name(change))),
            Deed::Act(action) => {
                if let Some(fault) = fault_of(action) {
                    see(format!("fault: {}", fault.id()));
                }
            }
            Deed::CrashLeader | Deed::CrashLeaderUnsynced => see("leader crashed".to_owned()),
            Deed::IsolateLeader => see("leader cut off".to_owned()),
            Deed::RestartAll => {}
        }
    }
    let notes = machine.about().notes;
    for event in machine.trace() {
        match event.kind {
            EventKind::Dropped { why: DropCause::Loss, .. } => see("fault: loss".to_owned()),
            EventKind::Retried { .. } => see("fault: retry".to_owned()),
            EventKind::Noted { note, .. } => see(format!("note: {}", notes[usize::from(note)].name)),
            _ => {}
        }
    }
    for operation in &machine.history().operations {
        let end = match operation.outcome {
            Outcome::Unknown(_) => "unknown",
            Outcome::Refused(_) => "refused",
            Outcome::Pending => "pending",
            _ => "answered",
        };
        see(format!("{}: {end}", operation.call.kind().name()));
    }
    for promise in &trial.contract.promises {
        see(format!("promised: {}", promise.checker()));
    }
    sights
}

/// The kind of fault that an action begins.
fn fault_of(action: &Action) -> Option<Fault> {
    Some(match action {
        Action::Cut(..) | Action::Partition(_) | Action::Isolate(_) => Fault::Cut,
        Action::CutOneWay(..) => Fault::OneWayCut,
        Action::Reshape(_) => return None,
        Action::SetNetwork(quality) if quality.duplicate > 0.0 => Fault::Duplication,
        Action::SetNetwork(quality) if quality.reorder > 0.0 => Fault::Reordering,
        Action::Crash(_) => Fault::Crash,
        Action::CrashUnsynced(_) => Fault::UnsyncedCrash,
        Action::Wipe(_) => Fault::Wipe,
        Action::Pause(_) => Fault::Pause,
        Action::Slow(_, times) if *times > 1 => Fault::Slow,
        Action::SetClock(_, ahead_ns, _) if *ahead_ns != 0 => Fault::ClockSkew,
        Action::SetClock(_, _, drift_ppm) if *drift_ppm != 0 => Fault::ClockDrift,
        Action::Lie(_, Some(_)) => Fault::Lie,
        _ => return None,
    })
}
