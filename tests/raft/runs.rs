//! Many seeded runs under every fault of the contract, each looked at after every event; and the same with
//! planted bugs, which have to be noticed. `RAFT_RUNS` sets how many.

use std::collections::BTreeMap;

use netsplit_protocols::raft::{Bugs, Raft, Role, Sound, contract, note};
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};
use netsplit_sim::frame::ReplicaView;
use netsplit_sim::ids::{ClientId, NodeId};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{Promise, Protocol, Survives};
use netsplit_sim::random::{Jitter, Purpose, Random, stream};
use netsplit_sim::setup::{Mix, Pace, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;
use netsplit_tests::mutants::raft as mutants;
use netsplit_tests::trials;

use super::safety::Safety;
use super::{by, parameter, parameters, room};

/// Faults and clients go on this long.
const ACTIVE: Time = Time(2_000_000_000);
/// The rest is quiet, and a leader has to rise and bring everybody up to date.
const LENGTH: Time = Time(5_000_000_000);

struct Run {
    setup: Setup,
    parameters: Vec<u64>,
    script: Vec<(Time, Action)>,
    promises: Vec<Promise>,
}

fn runs() -> u64 {
    std::env::var("RAFT_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300)
}

/// The run of a seed.
fn run(seed: u64) -> Run {
    let mut random = stream(seed, Purpose::Faults, 9, 0);
    // In every third run a few servers come and go faster than elections.
    let stormy = seed % 3 == 2;
    let nodes = if stormy { 3 + 2 * random.below(2) as u16 } else { 1 + random.below(6) as u16 };
    let clients = 2 + random.below(3) as u16;
    let mut setup = room(seed, nodes, clients);
    setup.network.base = Span::from_us(200 + random.below(3_000));
    setup.network.jitter = Jitter::Exponential { mean_ms: 0.2 + 2.0 * random.unit() };
    for node in &mut setup.nodes {
        node.service = Span::from_us(random.below(100));
        node.fsync = Span::from_us(random.below(3) * 700);
    }
    for client in &mut setup.clients {
        client.pace = Pace::Closed { think: Span::from_ms(2 + random.below(10)) };
        // One that only reads is not held up by a write of its own when its leader is cut off.
        client.mix = match random.below(3) {
            0 => Mix { read: 1, ..Mix::default() },
            1 => Mix { read: 1, write: 3, ..Mix::default() },
            _ => Mix { read: 3, write: 3, cas: 1, ..Mix::default() },
        };
        client.timeout = Span::from_ms(60 + random.below(200));
        client.retries = random.below(3) as u8;
    }
    let timeout = (20 + random.below(130)) * super::MS;
    let spread = if stormy { timeout / 8 } else { timeout / 4 + random.below(timeout) };
    let members =
        if !stormy && random.below(3) == 0 { 1 + random.below(u64::from(nodes)) } else { u64::from(nodes) };
    let parameters = parameters(
        nodes,
        &[
            (parameter::TIMEOUT, timeout),
            (parameter::SPREAD, spread),
            (parameter::HEARTBEAT, timeout / 3),
            (parameter::PRE_VOTE, random.below(2)),
            (parameter::READS, random.below(4)),
            (parameter::ROUTING, random.below(2)),
            (parameter::SNAPSHOT, [0, 1, 5, 40][random.below(4) as usize]),
            (parameter::MEMBERS, members),
        ],
    );
    let contract = contract(&parameters, nodes);
    let survived = contract.tolerances.iter().filter(|tolerance| tolerance.survives == Survives::Any);
    let faults: Vec<_> = survived.filter(|_| random.below(2) == 0).map(|tolerance| tolerance.fault).collect();
    let plan = FaultPlan {
        seed: random.bits(),
        faults: (faults.into_iter())
            .map(|fault| FaultRate {
                fault,
                per_minute: if stormy { 2_000.0 } else { 200.0 } * random.unit(),
                nodes: None,
            })
            .collect(),
        lasting: Span::from_ms(10 + random.below(if stormy { 60 } else { 400 })),
        from: Time::ZERO,
        until: ACTIVE,
    };
    let mut script = plan.actions(&setup);
    if random.below(2) == 0 {
        commands(&mut random, nodes, &mut script);
    }
    script.push((ACTIVE, Action::HealAll));
    for node in (0..nodes).map(NodeId) {
        script.extend([(ACTIVE, Action::Restart(node)), (ACTIVE, Action::Resume(node))]);
    }
    script.extend((0..clients).map(|client| (ACTIVE, Action::SetPace(ClientId(client), Pace::Silent))));
    script.sort_by_key(|(at, _)| *at);
    // Servers that are added and removed do not all hold the same in the end.
    let promises = contract.promises.into_iter().filter(|promise| *promise != Promise::Converges).collect();
    Run { setup, parameters, script, promises }
}

/// Somebody tells servers to do things.
fn commands(random: &mut Random, nodes: u16, script: &mut Vec<(Time, Action)>) {
    for _ in 0..random.below(10) {
        let command = random.below(3) as u8;
        let [node, target] = [(); 2].map(|()| NodeId(random.below(u64::from(nodes)) as u16));
        script.push((Time(random.below(ACTIVE.0)), Action::Command(node, command, Some(target))));
    }
}

/// How often each moment was noted, and whether the servers were equal at rest.
type Judged = (BTreeMap<u8, u64>, Result<(), String>);

/// Runs it with the safety properties checked after every event; then the promises of its contract.
/// Tells how often each moment was marked, and whether all is well at rest.
fn judge<B: Bugs>(run: &Run) -> Result<Judged, String> {
    let nodes = run.setup.nodes.len() as u16;
    let mut cluster = Cluster::<Raft<B>>::new(&run.setup, &run.parameters);
    let mut safety = Safety::default();
    for (at, action) in &run.script {
        while cluster.next_at().is_some_and(|next| next <= *at) {
            Machine::step(&mut cluster);
            safety.look(&cluster, nodes)?;
        }
        cluster.run_until(*at, u64::MAX);
        Machine::act(&mut cluster, action);
        safety.look(&cluster, nodes)?;
    }
    while cluster.next_at().is_some_and(|next| next <= LENGTH) {
        Machine::step(&mut cluster);
        safety.look(&cluster, nodes)?;
    }
    if let Some((promise, sentence)) = trials::broken(&cluster, &run.promises).first() {
        return Err(format!("{}: {sentence}", promise.checker()));
    }
    let rest = at_rest(&cluster, nodes);
    let mut notes = BTreeMap::new();
    for event in cluster.trace() {
        if let EventKind::Noted { note, .. } = event.kind {
            *notes.entry(note).or_insert(0) += 1;
        }
    }
    Ok((notes, rest))
}

/// After the quiet time one leads, and every member has what it has.
fn at_rest<B: Bugs>(cluster: &Cluster<Raft<B>>, nodes: u16) -> Result<(), String> {
    let rafts = || (0..nodes).filter_map(|node| cluster.replica(NodeId(node)));
    let leaders: Vec<_> = rafts().filter(|raft| raft.role() == Role::Leader).collect();
    let [leader] = leaders[..] else { return Err(format!("{} leaders at rest", leaders.len())) };
    let keys = |raft: &Raft<B>| {
        let mut view = ReplicaView::default();
        raft.view(&mut view);
        view.keys
    };
    for node in leader.members().iter() {
        let member = cluster.replica(node).ok_or("a member is down at rest")?;
        if member.committed() != leader.disk().log().end() || keys(member) != keys(leader) {
            return Err(format!("{node:?} is behind at rest"));
        }
    }
    Ok(())
}

#[test]
fn the_five_properties_hold_after_every_event() {
    let mut seen = BTreeMap::new();
    for seed in 0..runs() {
        let run = run(seed);
        match judge::<Sound>(&run).and_then(|(notes, rest)| rest.map(|()| notes)) {
            Ok(notes) => notes.into_iter().for_each(|(note, times)| *seen.entry(note).or_insert(0) += times),
            Err(broken) => panic!("seed {seed}, parameters {:?}: {broken}", run.parameters),
        }
    }
    // The runs prove nothing about what never happened in them.
    for (note, kind) in (0..).zip(&<Raft>::about().notes) {
        if note == note::JOINING_FAILED {
            // It takes a server that is silent for long: `members` has that.
            continue;
        }
        let times = seen.get(&note).copied().unwrap_or(0);
        assert!(times > 0, "{} never happened", kind.name);
    }
}

/// The first seed whose run shows the bug, and what it shows.
fn caught<B: Bugs>(most: u64) -> Option<(u64, String)> {
    (0..most).find_map(|seed| judge::<B>(&run(seed)).err().map(|broken| (seed, broken)))
}

/// Two bugs need more of a story than random faults tell: `paper` has the one of figure 8, and `reads` the
/// leader that does not ask.
#[test]
fn planted_bugs_are_noticed() {
    let most = 20 * runs();
    let found = [
        ("forgets its vote", caught::<mutants::ForgetsVote>(most)),
        ("acknowledges before the fsync", caught::<mutants::AcksBeforeSync>(most)),
        ("votes for any log", caught::<mutants::VotesForAnyLog>(most)),
        ("truncates always", caught::<mutants::TruncatesAlways>(most)),
    ];
    for (bug, found) in found {
        assert!(found.is_some(), "{bug} was never noticed");
    }
}

#[test]
fn leases_are_among_the_runs() {
    let leases = (0..runs()).filter(|&seed| run(seed).parameters[parameter::READS] == by::LEASE).count();
    assert!(leases as u64 > runs() / 8);
}
