//! The kernel's promises about nodes, clients and links, seen through a tiny protocol that only echoes.

use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::{Frame, Status};
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::{Home, Pace, Position, Setup};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{DropCause, EventKind};
use netsplit_tests::clusters;
use netsplit_tests::counter::Counter;

const N1: NodeId = NodeId(0);
const C1: ClientId = ClientId(0);
const WRITE: Call = Call::Write { key: Key(0), value: Value(1) };
const READ: Call = Call::Read { key: Key(0) };

/// One node and one silent client 200 km away: 1.1 ms each way, 0.5 ms of service, 2 ms of disk.
fn setup() -> Setup {
    let mut setup = clusters::racy(1, 1, 1);
    setup.network = netsplit_sim::setup::LinkQuality::default();
    setup.nodes[0].position = Position { x_km: 0, y_km: 0 };
    setup.nodes[0].service = Span::from_us(500);
    setup.nodes[0].fsync = Span::from_ms(2);
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

fn run(cluster: &mut Cluster<Counter>, ms: u64) {
    cluster.run_until(Time::ZERO + Span::from_ms(ms), u64::MAX);
}

fn latency(cluster: &Cluster<Counter>, op: usize) -> Option<Span> {
    let operation = Machine::history(cluster).operations[op];
    operation.returned.map(|returned| returned.since(operation.invoked))
}

fn fields(cluster: &Cluster<Counter>) -> Vec<String> {
    Machine::inspect(cluster, N1).fields.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn latency_is_distance_and_service_and_disk() {
    let mut memory_only = cluster(false);
    Machine::act(&mut memory_only, &Action::Operate(C1, WRITE));
    run(&mut memory_only, 50);
    assert_eq!(latency(&memory_only, 0), Some(Span::from_us(1_100 + 500 + 1_100)));
    let mut durable = cluster(true);
    Machine::act(&mut durable, &Action::Operate(C1, WRITE));
    run(&mut durable, 50);
    assert_eq!(latency(&durable, 0), Some(Span::from_us(1_100 + 500 + 2_000 + 1_100)));
}

#[test]
fn a_node_serves_one_message_at_a_time() {
    let mut cluster = cluster(false);
    for _ in 0..4 {
        Machine::act(&mut cluster, &Action::Operate(C1, READ));
    }
    run(&mut cluster, 50);
    for op in 0..4 {
        assert_eq!(latency(&cluster, op), Some(Span::from_us(2_700 + 500 * op as u64)), "operation {op}");
    }
}

#[test]
fn a_crash_takes_memory_and_leaves_the_disk() {
    let mut cluster = cluster(true);
    Machine::act(&mut cluster, &Action::Operate(C1, WRITE));
    run(&mut cluster, 50);
    assert_eq!(fields(&cluster), ["1", "1"]);
    Machine::act(&mut cluster, &Action::Crash(N1));
    let mut frame = Frame::default();
    Machine::frame(&cluster, &mut frame);
    assert_eq!(frame.nodes[0].status, Status::Down);
    Machine::act(&mut cluster, &Action::Operate(C1, READ));
    run(&mut cluster, 60);
    let dropped = EventKind::Dropped {
        message: netsplit_sim::ids::MessageId(2),
        from: C1.into(),
        to: N1.into(),
        why: DropCause::NodeDown,
    };
    assert!(Machine::trace(&cluster).iter().any(|event| event.kind == dropped));
    run(&mut cluster, 500);
    let outcome = Machine::history(&cluster).operations[1].outcome;
    assert_eq!(outcome, Outcome::Unknown("no answer within the timeout"));
    Machine::act(&mut cluster, &Action::Restart(N1));
    assert_eq!(fields(&cluster), ["0", "1"]);
}

#[test]
fn nothing_leaves_a_node_that_crashes_before_its_disk_is_done() {
    let mut cluster = cluster(true);
    Machine::act(&mut cluster, &Action::Operate(C1, WRITE));
    // 1.1 ms there, 0.5 ms of service, and in the middle of 2 ms of disk.
    run(&mut cluster, 2);
    Machine::act(&mut cluster, &Action::Crash(N1));
    Machine::act(&mut cluster, &Action::Restart(N1));
    // A pause lets unfinished disk work begin anew: that of before the crash must be gone.
    Machine::act(&mut cluster, &Action::Pause(N1));
    Machine::act(&mut cluster, &Action::Resume(N1));
    run(&mut cluster, 500);
    assert!(!Machine::history(&cluster).operations[0].outcome.is_success());
}

#[test]
fn a_crash_stops_the_timers_of_the_node_and_a_restart_sets_new_ones() {
    let fired = |cluster: &Cluster<Counter>| {
        let timers = |kind: EventKind| matches!(kind, EventKind::TimerFired { .. });
        Machine::trace(cluster).iter().filter(|event| timers(event.kind)).count()
    };
    let mut cluster = cluster(false);
    run(&mut cluster, 250);
    assert_eq!(fired(&cluster), 2);
    Machine::act(&mut cluster, &Action::Crash(N1));
    run(&mut cluster, 1_000);
    assert_eq!(fired(&cluster), 2);
    Machine::act(&mut cluster, &Action::Restart(N1));
    run(&mut cluster, 1_250);
    assert_eq!(fired(&cluster), 4);
}

#[test]
fn a_paused_node_answers_when_it_resumes() {
    let mut cluster = cluster(false);
    Machine::act(&mut cluster, &Action::Pause(N1));
    Machine::act(&mut cluster, &Action::Operate(C1, READ));
    run(&mut cluster, 40);
    assert_eq!(latency(&cluster, 0), None);
    Machine::act(&mut cluster, &Action::Resume(N1));
    run(&mut cluster, 100);
    assert_eq!(latency(&cluster, 0), Some(Span::from_us(40_000 + 500 + 1_100)));
}

#[test]
fn a_pause_during_disk_work_only_delays() {
    let mut cluster = cluster(true);
    Machine::act(&mut cluster, &Action::Operate(C1, WRITE));
    run(&mut cluster, 2);
    Machine::act(&mut cluster, &Action::Pause(N1));
    run(&mut cluster, 30);
    assert_eq!(latency(&cluster, 0), None);
    Machine::act(&mut cluster, &Action::Resume(N1));
    run(&mut cluster, 50);
    assert_eq!(latency(&cluster, 0), Some(Span::from_us(30_000 + 2_000 + 1_100)));
    assert_eq!(fields(&cluster), ["1", "1"], "the write happened once");
}

#[test]
fn new_parameters_wait_until_the_disk_is_done() {
    let mut cluster = cluster(true);
    Machine::act(&mut cluster, &Action::Operate(C1, WRITE));
    // In the middle of the disk work: the answer is held back, and must not get lost.
    run(&mut cluster, 2);
    Machine::act(&mut cluster, &Action::Configure(None, vec![0]));
    run(&mut cluster, 50);
    assert_eq!(latency(&cluster, 0), Some(Span::from_us(4_700)));
    Machine::act(&mut cluster, &Action::Operate(C1, WRITE));
    run(&mut cluster, 100);
    assert_eq!(latency(&cluster, 1), Some(Span::from_us(2_700)), "it no longer waits for the disk");
}

#[test]
fn a_message_on_a_link_that_is_cut_is_lost_there() {
    let mut cluster = cluster(false);
    Machine::act(&mut cluster, &Action::Operate(C1, READ));
    Machine::act(&mut cluster, &Action::Cut(C1.into(), N1.into()));
    let last = Machine::trace(&cluster).last().map(|event| event.kind);
    assert!(matches!(last, Some(EventKind::Dropped { why: DropCause::Cut, .. })), "{last:?}");
    Machine::act(&mut cluster, &Action::HealAll);
    run(&mut cluster, 50);
    assert_eq!(latency(&cluster, 0), None, "a heal does not bring the message back");
}

#[test]
fn moving_a_client_changes_its_latency_by_the_light() {
    let mut cluster = cluster(false);
    Machine::act(&mut cluster, &Action::Operate(C1, READ));
    run(&mut cluster, 20);
    let far = Position { x_km: 1_200, y_km: 0 };
    Machine::act(&mut cluster, &Action::Move(C1.into(), far));
    Machine::act(&mut cluster, &Action::Operate(C1, READ));
    run(&mut cluster, 50);
    let before = latency(&cluster, 0).expect("answered");
    let after = latency(&cluster, 1).expect("answered");
    // 1,000 km more each way at 200 km per ms.
    assert_eq!(after.0 - before.0, Span::from_ms(10).0);
}

#[test]
fn a_client_tries_again_at_the_next_node_and_gives_up_honestly() {
    let mut setup = clusters::racy(1, 2, 1);
    setup.clients[0].pace = Pace::Silent;
    setup.clients[0].retries = 1;
    setup.clients[0].timeout = Span::from_ms(100);
    let mut cluster = Cluster::<Counter>::new(&setup, &[0]);
    Machine::act(&mut cluster, &Action::Crash(N1));
    Machine::act(&mut cluster, &Action::Operate(C1, READ));
    run(&mut cluster, 400);
    assert!(Machine::history(&cluster).operations[0].outcome.is_success());
    let retried = |kind| matches!(kind, EventKind::Retried { node: NodeId(1), .. });
    assert!(Machine::trace(&cluster).iter().any(|event| retried(event.kind)));
    Machine::act(&mut cluster, &Action::Crash(NodeId(1)));
    Machine::act(&mut cluster, &Action::Operate(C1, WRITE));
    run(&mut cluster, 1_000);
    let last = Machine::history(&cluster).operations[1];
    assert_eq!(last.outcome, Outcome::Unknown("no answer within the timeout"));
    assert_eq!(latency(&cluster, 1), Some(Span::from_ms(200)));
}

#[test]
fn an_open_loop_keeps_its_rate_and_a_closed_one_waits() {
    let mut setup = clusters::racy(5, 1, 2);
    setup.nodes[0].service = Span::ZERO;
    setup.clients[0].pace = Pace::Open { per_second: 200.0 };
    setup.clients[1].pace = Pace::Closed { think: Span::from_ms(5) };
    setup.clients[1].operations = Some(50);
    let mut cluster = Cluster::<Counter>::new(&setup, &[0]);
    run(&mut cluster, 20_000);
    let of = |client| {
        let operations = &Machine::history(&cluster).operations;
        operations.iter().filter(move |op| op.client == client).count()
    };
    assert!((3_800..4_200).contains(&of(ClientId(0))), "{}", of(ClientId(0)));
    assert_eq!(of(ClientId(1)), 50);
}

#[test]
fn a_partition_separates_groups_and_leaves_the_unnamed() {
    let setup = clusters::racy(1, 4, 1);
    let mut cluster = Cluster::<Counter>::new(&setup, &[0]);
    let site = |n| NodeId(n).into();
    let groups = vec![vec![site(0), site(1)], vec![site(2)]];
    Machine::act(&mut cluster, &Action::Partition(groups));
    let mut frame = Frame::default();
    Machine::frame(&cluster, &mut frame);
    let cut: Vec<(String, String)> = (frame.links.iter())
        .filter(|link| link.cut_forward && link.cut_back)
        .map(|link| (link.a.to_string(), link.b.to_string()))
        .collect();
    let names = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(cut, [names("n1", "n3"), names("n2", "n3")]);
}
