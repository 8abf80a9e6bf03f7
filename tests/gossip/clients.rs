//! What clients are told.

use netsplit_protocols::gossip::Gossip;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, NodeId, Site, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::Home;
use netsplit_sim::time::Span;
use netsplit_sim::trace::EventKind;

use super::{
    ANTI_ENTROPY, COUNTER, INTERVAL, K, LWW, MV, PUSH_PULL, READ, SET, add, ask, cluster, insert, parameters,
    read, remove, run_for, setup, write,
};

fn three(data: u64) -> Cluster<Gossip> {
    cluster(1, 3, &parameters(data, PUSH_PULL, ANTI_ENTROPY))
}

fn settle(machine: &mut dyn Machine) {
    run_for(machine, INTERVAL * 20);
}

fn noted(machine: &dyn Machine, name: &str) -> usize {
    let notes = machine.about().notes;
    let is = |kind: &EventKind| matches!(kind, EventKind::Noted { note, .. } if notes[usize::from(*note)].name == name);
    machine.trace().iter().filter(|event| is(&event.kind)).count()
}

#[test]
fn each_type_of_data_refuses_by_name_what_is_not_its_own() {
    let cas = Call::Cas { key: K, from: None, to: Value(1) };
    let calls = [write(1), cas, add(1), insert(1)];
    for (data, own) in [(LWW, 0), (MV, 0), (COUNTER, 2), (SET, 3)] {
        for (index, &call) in calls.iter().enumerate() {
            let outcome = ask(&mut three(data), 0, call);
            let expected = if index == own { Outcome::Written } else { outcome };
            assert_eq!(outcome, expected);
            let Outcome::Refused(why) = outcome else {
                assert_eq!(index, own, "{data} {call:?}: {outcome:?}");
                continue;
            };
            let word = ["registers", "registers", "counters", "sets"][data as usize];
            assert!(why.contains(if index == 1 { "compare and set" } else { word }), "{why}");
        }
    }
}

#[test]
fn what_was_never_written_reads_as_nothing_or_as_an_empty_set() {
    for data in [LWW, MV, COUNTER] {
        assert_eq!(ask(&mut three(data), 0, READ), Outcome::Read(None));
    }
    let mut sets = three(SET);
    assert!(matches!(ask(&mut sets, 0, READ), Outcome::Values(_)));
    assert!(read(&mut sets, 0).is_empty());
    ask(&mut sets, 0, insert(7));
    assert!(matches!(ask(&mut sets, 0, READ), Outcome::Values(_)), "one element is several values too");
    assert_eq!(read(&mut sets, 0), [7]);
}

#[test]
fn writes_that_did_not_know_of_each_other_become_siblings_until_one_has_seen_both() {
    let mut cluster = three(MV);
    ask(&mut cluster, 0, write(1));
    ask(&mut cluster, 1, write(2));
    settle(&mut cluster);
    for node in 0..3 {
        assert_eq!(read(&mut cluster, node), [1, 2]);
    }
    assert_eq!((noted(&cluster, "siblings made"), noted(&cluster, "siblings resolved")), (3, 0));
    // Client 3 has just read both.
    ask(&mut cluster, 2, write(3));
    settle(&mut cluster);
    for node in 0..3 {
        assert_eq!(read(&mut cluster, node), [3]);
    }
    assert_eq!(noted(&cluster, "siblings resolved"), 3);
}

/// Two clients at one node, neither of which reads: each knows its own writes only.
#[test]
fn a_client_replaces_its_own_write_without_reading_it_and_nobody_elses() {
    let mut setup = setup(1, 3);
    setup.clients[1].home = Home::Node(NodeId(0));
    let mut cluster: Cluster<Gossip> = Cluster::new(&setup, &parameters(MV, PUSH_PULL, ANTI_ENTROPY));
    ask(&mut cluster, 1, write(1));
    ask(&mut cluster, 0, write(2));
    ask(&mut cluster, 0, write(3));
    settle(&mut cluster);
    assert_eq!(read(&mut cluster, 2), [1, 3], "3 replaces 2, and stands beside 1");
    ask(&mut cluster, 1, write(4));
    settle(&mut cluster);
    assert_eq!(read(&mut cluster, 2), [3, 4]);
}

#[test]
fn an_element_that_a_copy_does_not_show_can_t_be_removed_there() {
    let mut cluster = three(SET);
    cluster.act(&Action::Isolate(NodeId(1).into()));
    cluster.act(&Action::Heal(NodeId(1).into(), ClientId(1).into()));
    ask(&mut cluster, 0, insert(5));
    let refused = ask(&mut cluster, 1, remove(5));
    assert_eq!(refused, Outcome::Refused("this copy does not show that element"));
    cluster.act(&Action::HealAll);
    settle(&mut cluster);
    assert_eq!(ask(&mut cluster, 1, remove(5)), Outcome::Written);
    settle(&mut cluster);
    assert!(read(&mut cluster, 0).is_empty());
}

#[test]
fn a_counter_goes_below_zero_as_a_two_s_complement() {
    let mut cluster = three(COUNTER);
    ask(&mut cluster, 0, add(4));
    ask(&mut cluster, 1, add(-7));
    settle(&mut cluster);
    for node in 0..3 {
        assert_eq!(read(&mut cluster, node).iter().map(|&value| value as i64).collect::<Vec<_>>(), [-3]);
    }
    for amount in [i64::MAX, i64::MIN] {
        assert_eq!(ask(&mut cluster, 0, add(amount)), Outcome::Written);
    }
}

/// Lets a client ask, and holds a second copy of its request up. Answers how to let it go.
fn ask_twice(machine: &mut dyn Machine, node: u16, call: Call) -> Action {
    machine.act(&Action::Operate(ClientId(node), call));
    let mut frame = Frame::default();
    machine.frame(&mut frame);
    let is_request = |flight: &&netsplit_sim::frame::FlightFrame| flight.from == Site::from(ClientId(node));
    let flight = *frame.flights.iter().find(is_request).expect("the request is on its way");
    machine.act(&Action::DuplicateMessage(flight.message));
    // The copy travels right behind it.
    let until = flight.arrives.since(machine.now());
    run_for(machine, until);
    machine.act(&Action::HoldMessage(flight.message));
    run_for(machine, Span::from_ms(1));
    Action::ReleaseMessage(flight.message)
}

#[test]
fn a_request_that_arrives_twice_is_carried_out_once() {
    for crashes in [false, true] {
        let mut cluster = three(COUNTER);
        let again = ask_twice(&mut cluster, 0, add(5));
        assert_eq!(cluster.history().operations[0].outcome, Outcome::Written);
        if crashes {
            cluster.act(&Action::CrashUnsynced(NodeId(0)));
            cluster.act(&Action::Restart(NodeId(0)));
        }
        cluster.act(&again);
        settle(&mut cluster);
        assert_eq!(read(&mut cluster, 0), [5]);
    }
}

/// A refusal says that it had no effect and never will.
#[test]
fn a_refused_removal_that_arrives_again_is_refused_again() {
    let mut cluster = three(SET);
    let again = ask_twice(&mut cluster, 0, remove(5));
    assert!(matches!(cluster.history().operations[0].outcome, Outcome::Refused(_)));
    ask(&mut cluster, 0, insert(5));
    cluster.act(&again);
    settle(&mut cluster);
    assert_eq!(read(&mut cluster, 0), [5]);
}

/// A client whose first node does not answer asks the next one.
fn retried(data: u64, call: Call) -> Cluster<Gossip> {
    let mut setup = setup(1, 3);
    for client in &mut setup.clients {
        client.retries = 1;
    }
    let mut cluster = Cluster::new(&setup, &parameters(data, PUSH_PULL, ANTI_ENTROPY));
    cluster.act(&Action::CutOneWay(NodeId(0).into(), ClientId(0).into()));
    // Nor can the second have heard of it from the first.
    cluster.act(&Action::Cut(NodeId(0).into(), NodeId(1).into()));
    cluster.act(&Action::Cut(NodeId(0).into(), NodeId(2).into()));
    cluster.act(&Action::Operate(ClientId(0), call));
    run_for(&mut cluster, Span::from_ms(100));
    assert_eq!(cluster.history().operations[0].outcome, Outcome::Written);
    cluster.act(&Action::HealAll);
    settle(&mut cluster);
    cluster
}

/// What the contract says of clients that ask again.
#[test]
fn a_retry_at_another_node_counts_again_and_is_one_sibling() {
    assert_eq!(read(&mut retried(COUNTER, add(1)), 2), [2], "outside of the contract, and so it is declared");
    let mut siblings = retried(MV, write(9));
    assert!(matches!(ask(&mut siblings, 2, READ), Outcome::Read(Some(Value(9)))));
}

/// What the contract says of clocks.
#[test]
fn a_slow_clock_loses_a_later_write() {
    let last = |behind_ns: i64| {
        let mut cluster = three(LWW);
        cluster.act(&Action::SetClock(NodeId(1), -behind_ns, 0));
        run_for(&mut cluster, Span::from_s(1));
        cluster.act(&Action::Partition(vec![vec![NodeId(0).into()], vec![NodeId(1).into()]]));
        cluster.act(&Action::Isolate(NodeId(2).into()));
        ask(&mut cluster, 0, write(1));
        run_for(&mut cluster, Span::from_ms(10));
        ask(&mut cluster, 1, write(2));
        cluster.act(&Action::HealAll);
        settle(&mut cluster);
        read(&mut cluster, 2)
    };
    assert_eq!((last(0), last(500_000_000)), (vec![2], vec![1]));
}

/// A write is newer than what its node had heard of, whatever its clock says.
#[test]
fn a_slow_clock_does_not_lose_a_write_that_follows_from_another() {
    let mut cluster = three(LWW);
    cluster.act(&Action::SetClock(NodeId(0), 500_000_000, 0));
    ask(&mut cluster, 0, write(1));
    settle(&mut cluster);
    assert_eq!(read(&mut cluster, 1), [1]);
    ask(&mut cluster, 1, write(2));
    settle(&mut cluster);
    for node in 0..3 {
        assert_eq!(read(&mut cluster, node), [2]);
    }
}
