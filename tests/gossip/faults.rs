//! What faults do to it.

use netsplit_protocols::gossip::Gossip;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, Site, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::LinkQuality;
use netsplit_sim::time::Span;

use super::{
    ANTI_ENTROPY, COUNTER, INTERVAL, LWW, MV, PULL, PUSH, PUSH_PULL, RUMORS, SET, add, agree, ask, cluster,
    insert, parameters, read, remove, run_for, setup, write,
};

fn halves() -> Action {
    let group = |numbers: &[u16]| {
        let sites = numbers.iter().flat_map(|&n| [Site::from(NodeId(n)), Site::from(ClientId(n))]);
        sites.collect::<Vec<Site>>()
    };
    Action::Partition(vec![group(&[0, 1]), group(&[2, 3, 4])])
}

/// Both sides of a partition go on; when it heals, every type of data comes to what it promises.
#[test]
fn after_a_partition_all_copies_become_what_both_sides_wrote() {
    for exchange in [PUSH, PULL, PUSH_PULL] {
        let cases: [(u64, [Call; 2], &[u64]); 4] = [
            (LWW, [write(1), write(2)], &[2]),
            (MV, [write(1), write(2)], &[1, 2]),
            (COUNTER, [add(5), add(-2)], &[3]),
            (SET, [insert(1), insert(2)], &[1, 2]),
        ];
        for (data, calls, expected) in cases {
            let mut cluster = cluster(7, 5, &parameters(data, exchange, ANTI_ENTROPY));
            cluster.act(&halves());
            assert_eq!(ask(&mut cluster, 0, calls[0]), Outcome::Written);
            assert_eq!(ask(&mut cluster, 4, calls[1]), Outcome::Written);
            run_for(&mut cluster, INTERVAL * 40);
            assert!(!agree(&cluster), "two halves can't agree");
            assert_eq!(read(&mut cluster, 0), read(&mut cluster, 1), "each half agrees");
            assert_eq!(read(&mut cluster, 2), read(&mut cluster, 4));
            cluster.act(&Action::HealAll);
            run_for(&mut cluster, INTERVAL * 40);
            assert!(agree(&cluster), "{data} {exchange}");
            assert_eq!(read(&mut cluster, 3), expected, "{data} {exchange}");
        }
    }
}

/// The same operations through a network that doubles and shuffles messages come to the same as through
/// a good one.
#[test]
fn doubled_and_reordered_messages_change_nothing() {
    let cases: [(u64, [Call; 3]); 4] = [
        (LWW, [write(1), write(2), write(3)]),
        (MV, [write(1), write(2), write(3)]),
        (COUNTER, [add(10), add(-3), add(100)]),
        (SET, [insert(1), insert(2), insert(1)]),
    ];
    for (data, calls) in cases {
        for mode in [ANTI_ENTROPY, RUMORS] {
            for seed in 0..10 {
                let end = |quality: LinkQuality| {
                    let mut setup = setup(seed, 4);
                    setup.network = quality;
                    for client in &mut setup.clients {
                        client.timeout = Span::from_ms(500);
                    }
                    let mut parameters = parameters(data, PUSH_PULL, mode);
                    // Of a rumour that is told often enough all hear.
                    parameters[6] = 20;
                    let mut cluster: Cluster<Gossip> = Cluster::new(&setup, &parameters);
                    for (node, call) in (0..).zip(calls) {
                        cluster.act(&Action::Operate(ClientId(node), call));
                        // The requests themselves arrive in order.
                        run_for(&mut cluster, INTERVAL * 4);
                    }
                    run_for(&mut cluster, INTERVAL * 60);
                    cluster.act(&Action::SetNetwork(LinkQuality::default()));
                    assert!(agree(&cluster));
                    let operations = &cluster.history().operations;
                    assert!(operations.iter().all(|operation| operation.outcome == Outcome::Written));
                    read(&mut cluster, 3)
                };
                let good = end(LinkQuality::default());
                assert_eq!(good, end(LinkQuality { duplicate: 0.5, reorder: 0.5, ..LinkQuality::default() }));
            }
        }
    }
}

/// Holds the next message of a kind to a node, and answers which it is.
fn hold(machine: &mut dyn Machine, label: u8, to: NodeId) -> Action {
    loop {
        assert!(machine.step());
        let mut frame = Frame::default();
        machine.frame(&mut frame);
        let found = frame.flights.iter().find(|flight| flight.label == label && flight.to == to.into());
        if let Some(flight) = found {
            machine.act(&Action::HoldMessage(flight.message));
            return Action::ReleaseMessage(flight.message);
        }
    }
}

const NEWS: u8 = 3;

/// An answer to a question that a node asked before it lost its disk holds only part of what it lacks. It
/// may not think that it has it all.
#[test]
fn an_answer_from_before_a_wipe_does_not_hide_what_is_missing() {
    let mut cluster = cluster(3, 2, &parameters(LWW, PULL, ANTI_ENTROPY));
    ask(&mut cluster, 0, Call::Write { key: Key(0), value: Value(1) });
    run_for(&mut cluster, INTERVAL * 3);
    ask(&mut cluster, 0, Call::Write { key: Key(1), value: Value(2) });
    let release = hold(&mut cluster, NEWS, NodeId(1));
    cluster.act(&Action::Wipe(NodeId(1)));
    cluster.act(&Action::Restart(NodeId(1)));
    cluster.act(&release);
    run_for(&mut cluster, INTERVAL * 10);
    assert!(agree(&cluster));
    assert_eq!(read(&mut cluster, 1), [1]);
}

/// A node that lost its disk counts its changes from 1 again, under another name.
#[test]
fn a_node_that_lost_its_disk_comes_back_under_a_new_name() {
    for data in [COUNTER, SET] {
        let change = |value: u64| if data == SET { insert(value) } else { add(value as i64) };
        let mut cluster = cluster(3, 3, &parameters(data, PUSH_PULL, ANTI_ENTROPY));
        ask(&mut cluster, 0, change(1));
        ask(&mut cluster, 0, change(10));
        run_for(&mut cluster, INTERVAL * 20);
        cluster.act(&Action::Wipe(NodeId(0)));
        cluster.act(&Action::Restart(NodeId(0)));
        ask(&mut cluster, 0, change(100));
        run_for(&mut cluster, INTERVAL * 20);
        assert!(agree(&cluster));
        let expected: &[u64] = if data == SET { &[1, 10, 100] } else { &[111] };
        assert_eq!(read(&mut cluster, 2), expected);
        let vector = &cluster.inspect(NodeId(1)).tables[0];
        assert_eq!(vector.title, "Vector");
        let mut names: Vec<&str> = vector.rows.iter().map(|row| row[0].as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["n1", "n1'"]);
    }
}

/// What a client or another node was told is on the disk; what was not told may be gone.
#[test]
fn a_crash_that_loses_unsynced_writes_loses_nothing_that_was_told() {
    let mut cluster = cluster(3, 3, &parameters(COUNTER, PUSH_PULL, ANTI_ENTROPY));
    assert_eq!(ask(&mut cluster, 0, add(1)), Outcome::Written);
    // The second is on its way to the disk when the node crashes.
    cluster.act(&Action::Operate(ClientId(0), add(10)));
    run_for(&mut cluster, Span::from_us(250));
    cluster.act(&Action::CrashUnsynced(NodeId(0)));
    cluster.act(&Action::Restart(NodeId(0)));
    run_for(&mut cluster, Span::from_ms(100));
    assert!(matches!(cluster.history().operations[1].outcome, Outcome::Unknown(_)));
    assert_eq!(ask(&mut cluster, 0, add(100)), Outcome::Written);
    run_for(&mut cluster, INTERVAL * 20);
    for node in 0..3 {
        assert_eq!(read(&mut cluster, node), [101]);
    }
}

/// What a node finds worth telling is in its memory; that it knows is on its disk.
#[test]
fn a_crash_ends_a_rumour_and_anti_entropy_tells_it_after_all() {
    let rumors = parameters(SET, PUSH_PULL, RUMORS);
    let mut cluster = cluster(3, 3, &rumors);
    ask(&mut cluster, 0, insert(1));
    cluster.act(&Action::Crash(NodeId(0)));
    cluster.act(&Action::Restart(NodeId(0)));
    run_for(&mut cluster, INTERVAL * 50);
    assert_eq!((read(&mut cluster, 0), read(&mut cluster, 1)), (vec![1], vec![]));
    cluster.act(&Action::Configure(None, parameters(SET, PUSH_PULL, ANTI_ENTROPY)));
    run_for(&mut cluster, INTERVAL * 20);
    assert_eq!(read(&mut cluster, 1), [1]);
    // And back: what was known as a vector and what comes as rumours go together.
    cluster.act(&Action::Configure(None, rumors));
    run_for(&mut cluster, INTERVAL);
    ask(&mut cluster, 1, remove(1));
    run_for(&mut cluster, INTERVAL * 50);
    assert!(read(&mut cluster, 1).is_empty());
}

/// A copy with nothing new to tell costs one small message for each exchange, and moves no data.
#[test]
fn copies_that_agree_exchange_vectors_only() {
    for exchange in [PUSH, PULL, PUSH_PULL] {
        let mut cluster = cluster(3, 4, &parameters(SET, exchange, ANTI_ENTROPY));
        for value in 1..30 {
            ask(&mut cluster, (value % 4) as u16, insert(value));
        }
        run_for(&mut cluster, INTERVAL * 30);
        assert!(agree(&cluster));
        let before = cluster.totals();
        run_for(&mut cluster, INTERVAL * 100);
        let after = cluster.totals();
        let messages = after.messages - before.messages;
        assert_eq!(messages, 4 * 100, "one for each node and round");
        assert_eq!((after.bytes - before.bytes) / messages, 24 + 4 * 14, "a header and four numbers");
    }
}

/// The states that travel are those that the other lacks: one key of many.
#[test]
fn an_exchange_moves_only_what_the_other_lacks() {
    let mut cluster = cluster(3, 2, &parameters(LWW, PULL, ANTI_ENTROPY));
    for key in 0..20 {
        ask(&mut cluster, 0, Call::Write { key: Key(key), value: Value(1) });
    }
    run_for(&mut cluster, INTERVAL * 5);
    let before = cluster.totals().bytes;
    ask(&mut cluster, 0, write(2));
    run_for(&mut cluster, Span(INTERVAL.0 * 10 - 1_000_000));
    assert!(agree(&cluster));
    // Both ask ten times, with one number each; the client's request and its answer are 64 bytes each.
    let asked = 2 * 10 * (24 + 14) + 2 * 64;
    assert_eq!(cluster.totals().bytes - before - asked, 24 + 2 * 14 + 5 + 14 + 22, "two vectors and one key");
}

/// A rumour tells of one change and says nothing of those before it.
#[test]
fn a_rumour_does_not_hide_the_changes_before_it() {
    let mut cluster = cluster(3, 2, &parameters(LWW, PUSH_PULL, RUMORS));
    ask(&mut cluster, 0, Call::Write { key: Key(0), value: Value(1) });
    cluster.act(&Action::Crash(NodeId(0)));
    cluster.act(&Action::Restart(NodeId(0)));
    ask(&mut cluster, 0, Call::Write { key: Key(1), value: Value(2) });
    run_for(&mut cluster, INTERVAL * 20);
    assert_eq!(super::shown(&cluster)[1], [(Key(1), Value(2))]);
    cluster.act(&Action::Configure(None, parameters(LWW, PUSH_PULL, ANTI_ENTROPY)));
    run_for(&mut cluster, INTERVAL * 5);
    assert_eq!(super::shown(&cluster)[1], [(Key(0), Value(1)), (Key(1), Value(2))]);
}
