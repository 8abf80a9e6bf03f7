//! The laws of the one idea, for every registered protocol: a run is a pure function of its setup and
//! script; a checkpoint is the past; a fork is the future.

use netsplit_protocols::{ALL, Entry};
use netsplit_sim::action::Action;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};
use netsplit_sim::frame::Frame;
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::{Machine, Progress};
use netsplit_sim::protocol::Fault;
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::setup::Setup;
use netsplit_sim::time::{Span, Time};
use netsplit_tests::clusters;

const LENGTH: Span = Span::from_s(2);

type Script = Vec<(Time, Action)>;

/// A run with every kind of fault, those outside of contracts too, with commands to nodes and changes of
/// parameters: a run is a run, whatever it is worth, and nothing panics.
struct Run {
    setup: Setup,
    script: Script,
    parameters: Vec<u64>,
}

fn faulty(entry: &Entry, seed: u64) -> Run {
    let setup = clusters::racy(seed, 3 + (seed % 3) as u16, 3);
    let nodes = setup.nodes.len() as u16;
    let faults = Fault::ALL.map(|fault| FaultRate { fault, per_minute: 40.0, nodes: None });
    let plan = FaultPlan {
        seed,
        faults: faults.to_vec(),
        lasting: Span::from_ms(300),
        from: Time::ZERO,
        until: Time(LENGTH.0 * 3 / 4),
    };
    let mut script = plan.actions(&setup);
    let about = (entry.about)();
    let mut random = stream(seed, Purpose::Faults, 7, 7);
    let parameters = clusters::random_parameters(&about, nodes, &mut random);
    for _ in 0..random.below(6) {
        let at = Time(random.below(LENGTH.0));
        let node = NodeId(random.below(u64::from(nodes)) as u16);
        script.push((at, Action::Configure(None, clusters::random_parameters(&about, nodes, &mut random))));
        if !about.commands.is_empty() {
            let command = random.below(about.commands.len() as u64) as u8;
            let target = NodeId(random.below(u64::from(nodes)) as u16);
            script.push((at, Action::Command(node, command, Some(target))));
        }
    }
    script.sort_by_key(|(at, _)| *at);
    Run { setup, script, parameters }
}

fn build(entry: &Entry, run: &Run) -> Box<dyn Machine> {
    (entry.build)(&run.setup, &run.parameters)
}

/// Runs on to `until`, applying the script's actions after `machine.now()` or at time zero.
fn run(machine: &mut dyn Machine, script: &Script, from: usize, until: Time) -> usize {
    let mut next = from;
    while let Some((at, action)) = script.get(next).filter(|(at, _)| *at <= until) {
        assert_eq!(machine.run_until(*at, u64::MAX), Progress::Reached);
        machine.act(action);
        next += 1;
    }
    assert_eq!(machine.run_until(until, u64::MAX), Progress::Reached);
    next
}

fn frame(machine: &dyn Machine) -> Frame {
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    frame
}

fn assert_same(a: &dyn Machine, b: &dyn Machine, what: &str) {
    assert_eq!(a.hash(), b.hash(), "{what}: hash");
    assert_eq!(a.trace(), b.trace(), "{what}: trace");
    assert_eq!(a.history(), b.history(), "{what}: history");
    assert_eq!(a.totals(), b.totals(), "{what}: totals");
    assert_eq!(frame(a), frame(b), "{what}: frame");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    for entry in ALL {
        for seed in 0..30 {
            let faulty = faulty(entry, seed);
            let script = &faulty.script;
            let (mut a, mut b) = (build(entry, &faulty), build(entry, &faulty));
            run(&mut *a, script, 0, Time::ZERO + LENGTH);
            run(&mut *b, script, 0, Time::ZERO + LENGTH);
            assert_same(&*a, &*b, (entry.about)().id);
            let setup = Setup { seed: seed + 1_000, ..faulty.setup.clone() };
            let mut c = (entry.build)(&setup, &faulty.parameters);
            run(&mut *c, script, 0, Time::ZERO + LENGTH);
            assert_ne!(a.hash(), c.hash(), "seed {seed}: the hash must tell runs apart");
        }
    }
}

#[test]
fn how_the_work_is_sliced_does_not_matter() {
    for entry in ALL {
        let faulty = faulty(entry, 7);
        let script = &faulty.script;
        let (mut whole, mut sliced) = (build(entry, &faulty), build(entry, &faulty));
        run(&mut *whole, script, 0, Time::ZERO + LENGTH);
        for (at, action) in script {
            while sliced.run_until(*at, 1) == Progress::OutOfBudget {}
            sliced.act(action);
        }
        while sliced.run_until(Time::ZERO + LENGTH, 3) == Progress::OutOfBudget {}
        assert_same(&*whole, &*sliced, (entry.about)().id);
    }
}

#[test]
fn a_fork_continues_as_the_original_would() {
    for entry in ALL {
        for seed in 0..30 {
            let faulty = faulty(entry, seed);
            let script = &faulty.script;
            let mut random = stream(seed, Purpose::Faults, 9, 9);
            let at = Time(random.below(LENGTH.0));
            let mut original = build(entry, &faulty);
            let next = run(&mut *original, script, 0, at);
            let mut fork = original.fork();
            run(&mut *original, script, next, Time::ZERO + LENGTH);
            run(&mut *fork, script, next, Time::ZERO + LENGTH);
            assert_same(&*original, &*fork, (entry.about)().id);
        }
    }
}

#[test]
fn going_back_to_a_checkpoint_is_as_if_the_rest_never_was() {
    for entry in ALL {
        for seed in 0..30 {
            let faulty = faulty(entry, seed);
            let script = &faulty.script;
            let mut random = stream(seed, Purpose::Faults, 8, 8);
            let at = Time(random.below(LENGTH.0));
            let mut machine = build(entry, &faulty);
            let next = run(&mut *machine, script, 0, at);
            let then = machine.fork();
            let checkpoint = machine.checkpoint();
            run(&mut *machine, script, next, Time::ZERO + LENGTH);
            let end = machine.fork();
            machine.restore(&checkpoint);
            assert_same(&*machine, &*then, "at the checkpoint");
            run(&mut *machine, script, next, Time::ZERO + LENGTH);
            assert_same(&*machine, &*end, "at the end, again");
        }
    }
}

#[test]
fn every_event_has_a_cause_before_it() {
    for entry in ALL {
        let faulty = faulty(entry, 3);
        let script = &faulty.script;
        let mut machine = build(entry, &faulty);
        run(&mut *machine, script, 0, Time::ZERO + LENGTH);
        let mut without = 0;
        for (index, event) in machine.trace().iter().enumerate() {
            if event.cause == netsplit_sim::ids::EventId::NONE {
                without += 1;
            } else {
                assert!(event.cause.index() < index, "{event:?}");
                assert!(machine.trace()[event.cause.index()].at <= event.at, "{event:?}");
            }
        }
        assert!(without > 0 && without < machine.trace().len() / 4, "{without}");
    }
}
