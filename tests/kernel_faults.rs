//! The kernel's faults and answers, one by one, seen through a tiny protocol.

use std::collections::BTreeSet;

use netsplit_sim::action::{Action, Lie};
use netsplit_sim::cluster::Cluster;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};
use netsplit_sim::frame::{Frame, NodeFrame, Status};
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, MessageId, NodeId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Fault;
use netsplit_sim::setup::{Home, LinkQuality, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{DropCause, EventKind};
use netsplit_tests::clusters;
use netsplit_tests::counter::Counter;

const N1: NodeId = NodeId(0);
const N2: NodeId = NodeId(1);
const C1: ClientId = ClientId(0);
const KEY: Key = Key(0);
const WRITE: Call = Call::Write { key: KEY, value: Value(1) };
const READ: Call = Call::Read { key: KEY };

/// Two nodes in one place and a silent client 200 km away: 1.1 ms each way, 0.5 ms of service, 2 ms of
/// disk.
fn setup() -> Setup {
    let mut setup = clusters::racy(1, 2, 1);
    setup.network = LinkQuality::default();
    for node in &mut setup.nodes {
        node.position = Position { x_km: 0, y_km: 0 };
        node.service = Span::from_us(500);
        node.fsync = Span::from_ms(2);
    }
    let client = &mut setup.clients[0];
    client.position = Position { x_km: 200, y_km: 0 };
    client.pace = Pace::Silent;
    client.home = Home::Node(N1);
    client.retries = 0;
    setup
}

fn cluster(syncs: bool) -> Cluster<Counter> {
    Cluster::new(&setup(), &[u64::from(syncs)])
}

fn act(cluster: &mut Cluster<Counter>, action: Action) {
    Machine::act(cluster, &action);
}

fn run(cluster: &mut Cluster<Counter>, us: u64) {
    cluster.run_until(Time::ZERO + Span::from_us(us), u64::MAX);
}

fn latency(cluster: &Cluster<Counter>, op: usize) -> Option<Span> {
    let operation = Machine::history(cluster).operations[op];
    operation.returned.map(|returned| returned.since(operation.invoked))
}

fn outcome(cluster: &Cluster<Counter>, op: usize) -> Outcome {
    Machine::history(cluster).operations[op].outcome
}

fn fields(cluster: &Cluster<Counter>) -> Vec<String> {
    Machine::inspect(cluster, N1).fields.into_iter().map(|(_, value)| value).collect()
}

fn frame(cluster: &Cluster<Counter>) -> Frame {
    let mut frame = Frame::default();
    Machine::frame(cluster, &mut frame);
    frame
}

#[test]
fn an_unkind_crash_loses_what_the_disk_was_still_writing() {
    for (action, kept) in [(Action::Crash(N1), "1"), (Action::CrashUnsynced(N1), "0")] {
        let mut cluster = cluster(true);
        act(&mut cluster, Action::Operate(C1, WRITE));
        // 1.1 ms there, 0.5 ms of service, and in the middle of 2 ms of disk.
        run(&mut cluster, 2_000);
        act(&mut cluster, action.clone());
        assert_eq!(fields(&cluster), ["0", kept], "{action:?}");
    }
}

#[test]
fn an_unkind_crash_keeps_what_was_synced() {
    let mut cluster = cluster(true);
    act(&mut cluster, Action::Operate(C1, WRITE));
    run(&mut cluster, 3_600);
    act(&mut cluster, Action::CrashUnsynced(N1));
    act(&mut cluster, Action::Restart(N1));
    assert_eq!(fields(&cluster), ["0", "1"]);
}

#[test]
fn a_disk_that_takes_no_time_keeps_everything_that_was_synced() {
    let mut setup = setup();
    setup.nodes[0].fsync = Span::ZERO;
    for (syncs, kept) in [(1, "1"), (0, "0")] {
        let mut cluster = Cluster::<Counter>::new(&setup, &[syncs]);
        act(&mut cluster, Action::Operate(C1, WRITE));
        run(&mut cluster, 10_000);
        act(&mut cluster, Action::CrashUnsynced(N1));
        assert_eq!(fields(&cluster), ["0", kept]);
    }
}

#[test]
fn a_wiped_node_restarts_with_nothing() {
    let mut cluster = cluster(true);
    act(&mut cluster, Action::Operate(C1, WRITE));
    run(&mut cluster, 50_000);
    act(&mut cluster, Action::Wipe(N1));
    act(&mut cluster, Action::Restart(N1));
    assert_eq!(fields(&cluster), ["0", "0"]);
}

#[test]
fn a_slow_node_takes_so_many_times_as_long() {
    let mut cluster = cluster(true);
    act(&mut cluster, Action::Slow(N1, 10));
    act(&mut cluster, Action::Operate(C1, WRITE));
    run(&mut cluster, 100_000);
    assert_eq!(latency(&cluster, 0), Some(Span::from_us(1_100 + 5_000 + 20_000 + 1_100)));
    act(&mut cluster, Action::Slow(N1, 1));
    act(&mut cluster, Action::Operate(C1, WRITE));
    run(&mut cluster, 200_000);
    assert_eq!(latency(&cluster, 1), Some(Span::from_us(4_700)));
}

#[test]
fn timers_go_by_the_nodes_own_clock() {
    let fired = |cluster: &Cluster<Counter>| {
        let of_n1 = |kind: EventKind| matches!(kind, EventKind::TimerFired { node: N1, .. });
        Machine::trace(cluster).iter().filter(|event| of_n1(event.kind)).count()
    };
    let mut cluster = cluster(false);
    run(&mut cluster, 1_050_000);
    assert_eq!(fired(&cluster), 10);
    // The timer that runs still takes 100 ms; then each takes 50.
    act(&mut cluster, Action::SetClock(N1, 7_000, 1_000_000));
    run(&mut cluster, 2_130_000);
    assert_eq!(fired(&cluster), 10 + 1 + 20);
    let frame = frame(&cluster);
    assert_eq!(frame.nodes[0].clock_ahead_ns, 7_000 + 1_080_000_000);
    assert_eq!(frame.nodes[1].clock_ahead_ns, 0);
}

#[test]
fn a_held_message_stands_still_until_it_is_released() {
    let mut cluster = cluster(false);
    act(&mut cluster, Action::Operate(C1, READ));
    run(&mut cluster, 600);
    act(&mut cluster, Action::HoldMessage(MessageId(0)));
    run(&mut cluster, 50_600);
    let flights = frame(&cluster).flights;
    assert_eq!(flights[0].held, Some(Time::ZERO + Span::from_us(600)));
    assert_eq!(latency(&cluster, 0), None);
    act(&mut cluster, Action::ReleaseMessage(MessageId(0)));
    run(&mut cluster, 100_000);
    assert_eq!(latency(&cluster, 0), Some(Span::from_us(2_700 + 50_000)));
    // To release it again, or to hold what has arrived, does nothing.
    act(&mut cluster, Action::ReleaseMessage(MessageId(0)));
    act(&mut cluster, Action::HoldMessage(MessageId(0)));
    let held = |kind| matches!(kind, EventKind::Held { .. } | EventKind::Released { .. });
    assert_eq!(Machine::trace(&cluster).iter().filter(|event| held(event.kind)).count(), 2);
}

#[test]
fn a_cut_takes_held_messages_too() {
    let mut cluster = cluster(false);
    act(&mut cluster, Action::Operate(C1, READ));
    act(&mut cluster, Action::HoldMessage(MessageId(0)));
    act(&mut cluster, Action::Cut(C1.into(), N1.into()));
    act(&mut cluster, Action::HealAll);
    act(&mut cluster, Action::ReleaseMessage(MessageId(0)));
    run(&mut cluster, 50_000);
    assert_eq!(latency(&cluster, 0), None);
}

#[test]
fn a_message_can_be_dropped_and_doubled_by_hand() {
    let mut cluster = cluster(false);
    act(&mut cluster, Action::Operate(C1, WRITE));
    act(&mut cluster, Action::DropMessage(MessageId(0)));
    let last = Machine::trace(&cluster).last().map(|event| event.kind);
    assert!(matches!(last, Some(EventKind::Dropped { why: DropCause::Hand, .. })), "{last:?}");
    act(&mut cluster, Action::Operate(C1, WRITE));
    act(&mut cluster, Action::DuplicateMessage(MessageId(1)));
    run(&mut cluster, 50_000);
    assert_eq!(fields(&cluster), ["2", "2"], "the first write never came, the second came twice");
    let noted = |kind| kind == EventKind::Noted { node: N1, note: 0 };
    assert_eq!(Machine::trace(&cluster).iter().filter(|event| noted(event.kind)).count(), 2);
}

#[test]
fn a_liar_tells_what_nobody_wrote() {
    let mut cluster = cluster(false);
    for (lie, forged) in [(None, false), (Some(Lie::WrongValues), true), (Some(Lie::TwoFaced), true)] {
        act(&mut cluster, Action::Lie(N1, lie));
        act(&mut cluster, Action::Operate(C1, READ));
        let op = Machine::history(&cluster).operations.len() - 1;
        run(&mut cluster, 10_000 * (op as u64 + 1));
        let Outcome::Read(Some(value)) = outcome(&cluster, op) else { panic!("answered") };
        assert_eq!(value.is_forged(), forged, "{lie:?}");
    }
}

#[test]
fn empty_promises_are_answered_and_forgotten() {
    let mut cluster = cluster(true);
    act(&mut cluster, Action::Lie(N1, Some(Lie::EmptyPromises)));
    act(&mut cluster, Action::Operate(C1, WRITE));
    run(&mut cluster, 50_000);
    assert_eq!(outcome(&cluster, 0), Outcome::Written);
    assert_eq!(fields(&cluster), ["0", "0"]);
}

#[test]
fn a_redirected_client_asks_there_and_begins_there_the_next_time() {
    let mut setup = setup();
    setup.clients[0].home = Home::Node(N2);
    let mut cluster = Cluster::<Counter>::new(&setup, &[0]);
    let add = Call::Add { key: KEY, amount: 1 };
    act(&mut cluster, Action::Operate(C1, add));
    run(&mut cluster, 50_000);
    assert_eq!(latency(&cluster, 0), Some(Span::from_us(2 * 2_700)), "there and back twice");
    act(&mut cluster, Action::Operate(C1, add));
    run(&mut cluster, 100_000);
    assert_eq!(latency(&cluster, 1), Some(Span::from_us(2_700)));
    assert_eq!(fields(&cluster), ["2", "2"]);
    // Reads were never sent on, and go home.
    act(&mut cluster, Action::Operate(C1, READ));
    assert_eq!(Machine::history(&cluster).operations[2].node, N2);
}

#[test]
fn several_values_come_in_order_and_go_with_a_rewind() {
    let mut cluster = cluster(false);
    let checkpoint = Machine::checkpoint(&cluster);
    act(&mut cluster, Action::Operate(C1, Call::Insert { key: KEY, value: Value(1) }));
    run(&mut cluster, 50_000);
    let Outcome::Values(id) = outcome(&cluster, 0) else { panic!("several values") };
    assert_eq!(Machine::history(&cluster).values(id), [Value(3), Value(5), Value(9)]);
    Machine::restore(&mut cluster, &checkpoint);
    assert!(Machine::history(&cluster).several.is_empty());
}

#[test]
fn a_client_hands_the_token_of_a_key_back() {
    let mut cluster = cluster(false);
    let other = Key(1);
    for key in [KEY, KEY, other, KEY] {
        let operations = Machine::history(&cluster).operations.len() as u64;
        act(&mut cluster, Action::Operate(C1, Call::Remove { key, value: Value(1) }));
        run(&mut cluster, 10_000 * (operations + 1));
    }
    let told: Vec<Option<u64>> = (Machine::history(&cluster).operations.iter())
        .map(|operation| operation.version.map(|version| version.counter))
        .collect();
    assert_eq!(told, [Some(0), Some(1), Some(0), Some(2)]);
}

#[test]
fn a_command_waits_for_the_disk_and_reaches_only_its_node() {
    let mut cluster = cluster(true);
    act(&mut cluster, Action::Operate(C1, WRITE));
    run(&mut cluster, 2_000);
    act(&mut cluster, Action::Command(N1, 7, None));
    assert_eq!(fields(&cluster), ["1", "1"], "the disk is busy");
    run(&mut cluster, 50_000);
    assert_eq!(fields(&cluster), ["108", "1"]);
    let second = Machine::inspect(&cluster, N2).fields;
    assert_eq!(second[0].1, "0");
}

/// A plan names what it breaks, mends all of it, and keeps to the nodes that it may touch.
#[test]
fn a_fault_plan_mends_what_it_breaks() {
    let setup = clusters::racy(1, 5, 3);
    let until = Time::ZERO + Span::from_s(20);
    for fault in Fault::ALL {
        let rate = FaultRate { fault, per_minute: 120.0, nodes: Some(2) };
        let mut began = 0;
        for seed in 0..20 {
            let lasting = Span::from_s(2);
            let plan = FaultPlan { seed, faults: vec![rate], lasting, from: Time(5_000_000_000), until };
            let script = plan.actions(&setup);
            began += script.len();
            let mut cluster = Cluster::<Counter>::new(&setup, &[1]);
            let mut suffered = BTreeSet::new();
            for (at, action) in &script {
                assert!((plan.from..=until).contains(at), "{action:?} at {at:?}");
                cluster.run_until(*at, u64::MAX);
                act(&mut cluster, action.clone());
                suffered.extend(frame(&cluster).nodes.iter().filter(|node| is_odd(node)).map(|node| node.id));
            }
            assert!(suffered.len() <= 2, "{fault:?} befell {suffered:?}");
            let frame = frame(&cluster);
            assert!(frame.links.iter().all(|link| !link.cut_forward && !link.cut_back), "{fault:?}");
            assert!(frame.links.iter().all(|link| link.quality == setup.network), "{fault:?}");
            assert!(!frame.nodes.iter().any(is_odd), "{fault:?}");
            assert_eq!(script, plan.actions(&setup), "the same seed gives the same plan");
        }
        assert_eq!(began == 0, fault == Fault::Retry, "{fault:?}");
    }
}

fn is_odd(node: &NodeFrame) -> bool {
    node.status != Status::Up || node.slow != 1 || node.lie.is_some() || node.clock_drift_ppm != 0
}
