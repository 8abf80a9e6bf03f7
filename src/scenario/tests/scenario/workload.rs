//! What clients ask for: keys by pattern, pairs, jobs, batches; and nodes that stumble.

use netsplit_scenario::model::{Client, Node, Partitioning, Step, StepAction};
use netsplit_scenario::{Scenario, Session};
use netsplit_sim::history::{Call, Many, Operation};
use netsplit_sim::setup::{KeyPick, Mix, Pace, Position, tenant_of_key};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;

fn seconds(s: u64) -> Time {
    Time(s * 1_000_000_000)
}

/// One node and a client beside it that reads at a rate.
fn one(per_second: f64) -> Scenario {
    let mut scenario = Scenario { keys: 100, ..Scenario::empty("single") };
    scenario.nodes = vec![Node::new("n1", Position::default())];
    scenario.clients = vec![Client {
        pace: Pace::Open { per_second },
        mix: Mix { read: 1, ..Mix::default() },
        timeout: Span::from_s(60),
        ..Client::new("c1", Position::default())
    }];
    scenario
}

fn played(scenario: &Scenario, until: Time) -> Session {
    let mut session = Session::new(scenario.clone()).expect("valid");
    session.seek(until, u64::MAX);
    session
}

fn keys(session: &Session) -> Vec<u32> {
    session.machine().history().operations.iter().map(|operation| operation.call.key().0).collect()
}

#[test]
fn sequential_keys_come_one_after_the_other() {
    let mut scenario = one(100.0);
    scenario.keys = 7;
    scenario.clients[0].keys = KeyPick::Sequential;
    let keys = keys(&played(&scenario, seconds(2)));
    assert!(keys.len() > 100);
    assert!(keys.iter().zip((0..7).cycle()).all(|(key, next)| *key == next), "{keys:?}");
}

#[test]
fn tenants_are_drawn_by_zipf_and_their_keys_alike() {
    let mut scenario = one(1_000.0);
    scenario.clients[0].keys = KeyPick::Tenants { tenants: 4, exponent: 1.0 };
    let keys = keys(&played(&scenario, seconds(20)));
    let mut of = [0u32; 4];
    keys.iter().for_each(|key| of[tenant_of_key(100, 4, *key) as usize] += 1);
    // The shares are 1 : 1/2 : 1/3 : 1/4 over 25/12.
    let share = |tenant: usize| f64::from(of[tenant]) / keys.len() as f64;
    for (tenant, expected) in [0.48, 0.24, 0.16, 0.12].into_iter().enumerate() {
        assert!((share(tenant) - expected).abs() < 0.015, "{of:?}");
    }
    let first = keys.iter().filter(|key| **key == 0).count() as f64 / keys.len() as f64;
    assert!((first - 0.48 / 25.0).abs() < 0.005, "{first}");
}

#[test]
fn one_tenant_doubles_its_share_in_virtual_time() {
    let mut scenario = one(1_000.0);
    scenario.clients[0].keys = KeyPick::Growing { tenants: 10, doubling: Span::from_s(10) };
    let session = played(&scenario, seconds(40));
    // On average over the ten seconds before, the share is that of their start times 1 / ln 2.
    for (until, expected) in [(10, 0.1443), (20, 0.2885), (30, 0.577)] {
        let operations = session.machine().history().operations.iter();
        let then: Vec<&Operation> =
            operations.filter(|o| seconds(until - 10) <= o.invoked && o.invoked < seconds(until)).collect();
        let first = then.iter().filter(|o| o.call.key().0 < 10).count() as f64 / then.len() as f64;
        assert!((first - expected).abs() < 0.015, "until {until} s: {first}");
    }
}

#[test]
fn a_batch_costs_a_node_the_work_of_one_message() {
    // A node that works 1 ms on a message has room for 1,000 of them in a second.
    let throughput = |batch: u16, per_second: f64| {
        let mut scenario = one(per_second);
        scenario.nodes[0].service = Span::from_ms(1);
        scenario.clients[0].batch = batch;
        scenario.clients[0].linger = Span::from_s(1);
        played(&scenario, seconds(20)).metrics().value("throughput_per_s").expect("measured")
    };
    assert!((throughput(1, 4_000.0) - 1_000.0).abs() < 20.0);
    assert!((throughput(2, 4_000.0) - 2_000.0).abs() < 40.0);
    assert!((throughput(8, 4_000.0) - 4_000.0).abs() < 80.0);
    // Who sends at a rate r in batches of B waits for the rest of the batch: (B - 1) / 2 gaps on average.
    let wait = |batch: u16| {
        let mut scenario = one(500.0);
        scenario.clients[0].batch = batch;
        scenario.clients[0].linger = Span::from_s(60);
        played(&scenario, seconds(60)).metrics().value("read.mean_ms").expect("measured")
    };
    let alone = wait(1);
    for batch in [2, 5, 20] {
        let (added, expected) = (wait(batch) - alone, f64::from(batch - 1) / 2.0 * 2.0);
        assert!((added / expected - 1.0).abs() < 0.05, "batch {batch}: {added} ms, expected {expected} ms");
    }
    // And no longer than it lingers.
    let mut scenario = one(100.0);
    scenario.clients[0].batch = 1_000;
    scenario.clients[0].linger = Span::from_ms(25);
    let mut session = played(&scenario, seconds(20));
    let most = session.metrics().value("read.max_ms").expect("measured");
    assert!((25.0..26.0).contains(&most), "{most}");
}

#[test]
fn a_batch_is_on_disk_at_once() {
    let mut scenario = one(1_000.0);
    scenario.clients[0].mix = Mix { write: 1, ..Mix::default() };
    scenario.clients[0].batch = 10;
    scenario.clients[0].linger = Span::from_s(1);
    scenario.nodes[0].fsync = Span::from_ms(10);
    let mut session = played(&scenario, seconds(20));
    // Ten writes for each of the hundred times that the disk is done in a second.
    let throughput = session.metrics().value("throughput_per_s").expect("measured");
    assert!((960.0..1_040.0).contains(&throughput), "{throughput}");
    assert_eq!(session.metrics().value("unknown_outcomes"), Some(0.0));
}

#[test]
fn a_job_is_its_accesses_and_its_computing() {
    let mut scenario = one(1.0);
    scenario.network.base = Span::from_ms(2);
    scenario.clients[0].pace = Pace::Job { accesses: 5, compute: Span::from_ms(30) };
    let mut session = played(&scenario, seconds(10));
    let metrics = session.metrics();
    // Five round trips of 4 ms, and 30 ms.
    for name in ["job.mean_ms", "job.p50_ms", "job.p99_ms", "job.max_ms"] {
        assert_eq!(metrics.value(name), Some(50.0), "{name}");
    }
    assert_eq!((metrics.value("job.count"), metrics.value("operations")), (Some(200.0), Some(1_000.0)));
    // What a person asks for in between is not part of it, and a new pace begins a new round.
    let by_hand = |ms: u64| Step {
        at: Time(ms * 1_000_000),
        action: StepAction::Read { client: "c1".to_owned(), key: 3 },
    };
    let pace = Pace::Job { accesses: 3, compute: Span::ZERO };
    let pace = StepAction::SetPace { client: "c1".to_owned(), pace };
    scenario.script = vec![by_hand(101), by_hand(102), Step { at: Time(1_007_000_000), action: pace }];
    let mut session = played(&scenario, seconds(1));
    assert_eq!(session.metrics().value("job.max_ms"), Some(50.0));
    session.seek(seconds(2), u64::MAX);
    let metrics = session.metrics();
    let late = metrics.window(Time(1_010_000_000), seconds(2));
    let of = |name: &str| late.iter().find(|metric| metric.name == name).and_then(|metric| metric.value);
    assert_eq!((of("job.p50_ms"), of("job.max_ms")), (Some(12.0), Some(12.0)));
    assert_eq!(of("job.count"), Some(82.0));
}

#[test]
fn a_node_stumbles_over_its_share_of_messages() {
    let mut scenario = one(100.0);
    scenario.nodes[0].service = Span::from_ms(1);
    let usual = played(&scenario, seconds(100)).hash();
    scenario.nodes[0].hiccup_times = 50;
    assert_eq!(played(&scenario, seconds(100)).hash(), usual, "without a share nothing is drawn");
    scenario.nodes[0].hiccup_share = 0.01;
    let session = played(&scenario, seconds(100));
    let trace = session.machine().trace();
    let stumbles = trace.iter().filter(|event| matches!(event.kind, EventKind::Hiccup { .. })).count();
    let served = trace
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Delivered { to, .. } if to.node().is_some()));
    let share = stumbles as f64 / served.count() as f64;
    assert!((share - 0.01).abs() < 0.003, "{share}");
    // Its operations are those that were drawn before: nothing else shifts.
    scenario.nodes[0].hiccup_share = 0.0;
    let calls = |session: &Session| -> Vec<Call> {
        session.machine().history().operations.iter().map(|operation| operation.call).collect()
    };
    assert_eq!(calls(&session), calls(&played(&scenario, seconds(100))));
}

#[test]
fn pairs_are_of_two_keys_near_or_apart() {
    let mut scenario = one(200.0);
    scenario.partitioning = Some(Partitioning::new("none"));
    scenario.clients[0].mix = Mix { pair: 1, ..Mix::default() };
    let mut pairs = |keys, apart| -> Vec<(u32, u32)> {
        scenario.clients[0].keys = keys;
        scenario.clients[0].apart = apart;
        let session = played(&scenario, seconds(5));
        let queries = session.machine().history().queries.iter();
        queries
            .map(|query| match query.many {
                Many::Pair { first, second } => (first.0, second.0),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let tenants = KeyPick::Tenants { tenants: 30, exponent: 0.5 };
    for (keys, apart) in [
        (KeyPick::Uniform, true),
        (KeyPick::Zipf { exponent: 20.0 }, true),
        (KeyPick::Sequential, true),
        (tenants, true),
        (tenants, false),
        (KeyPick::Uniform, false),
    ] {
        let pairs = pairs(keys, apart);
        assert!(pairs.len() > 500);
        assert!(pairs.iter().all(|(first, second)| first != second), "{keys:?}");
        let near =
            pairs.iter().filter(|(a, b)| tenant_of_key(100, 30, *a) == tenant_of_key(100, 30, *b)).count();
        if keys == tenants {
            assert_eq!(near == pairs.len(), !apart, "{near} of {}", pairs.len());
        }
    }
}
