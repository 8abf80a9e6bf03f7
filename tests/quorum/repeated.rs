//! Requests that reach a coordinator twice, and requests that are refused.

use netsplit_protocols::atomic_register::AtomicRegister;
use netsplit_protocols::quorum::Quorum;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, NodeId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::Protocol;
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{LinkQuality, LinkSetup};
use netsplit_sim::time::Span;
use netsplit_sim::trace::{EventKind, REQUEST};

use super::{K, at, copies, cut_off, line, noted, outcome, read, start, until, values, write};

/// One node. The first client's answer is lost and it asks again, after the second client has written; in between the
/// node may crash.
fn asked_twice<P: Protocol>(changed: &[(&str, u64)], crash: bool) -> Cluster<P> {
    let mut setup = line(&[0]);
    let mut second = setup.clients[0].clone();
    second.name = "c2".to_owned();
    setup.clients[0].timeout = Span::from_ms(50);
    setup.clients[0].retries = 1;
    setup.clients.push(second);
    let mut cluster: Cluster<P> = start(&setup, changed);
    at(&mut cluster, 1, &Action::CutOneWay(NodeId(0).into(), ClientId(0).into()));
    cluster.act(&write(0, K, 7));
    at(&mut cluster, 20, &Action::HealAll);
    // The second client reads first, so that with vectors its write supersedes the first one.
    cluster.act(&read(1, K));
    at(&mut cluster, 25, &write(1, K, 8));
    if crash {
        at(&mut cluster, 30, &Action::CrashUnsynced(NodeId(0)));
        at(&mut cluster, 31, &Action::Restart(NodeId(0)));
    }
    until(&mut cluster, 200);
    cluster
}

#[test]
fn a_write_that_is_asked_for_twice_is_made_once() {
    fn check<P: Protocol>(changed: &[(&str, u64)]) {
        for crash in [false, true] {
            let cluster = asked_twice::<P>(changed, crash);
            assert_eq!(outcome(&cluster, 0), Outcome::Written, "the second attempt is answered");
            assert_eq!(copies(&cluster, K), [[8]], "and brings nothing back");
        }
    }
    check::<Quorum>(&[]);
    check::<Quorum>(&[("versions", 1)]);
    check::<AtomicRegister>(&[]);
}

/// A write that was refused stays without effect, even if a second copy of the request comes later.
#[test]
fn what_was_refused_is_not_written_after_all() {
    let mut setup = line(&[0, 100, 200]);
    let jitter = Jitter::Uniform { low_ms: 0.0, high_ms: 800.0 };
    let quality = LinkQuality { jitter, duplicate: 1.0, ..setup.network };
    setup.links.push(LinkSetup { a: NodeId(0).into(), b: ClientId(0).into(), quality, one_way: false });
    let mut late = 0;
    for seed in 0..20 {
        setup.seed = seed;
        let mut cluster: Cluster<AtomicRegister> = start(&setup, &[("timeout", 50_000_000)]);
        cut_off(&[0], 3).iter().for_each(|cut| cluster.act(cut));
        at(&mut cluster, 1, &write(0, K, 7));
        while noted(&cluster, "coordinator gave up") == 0 {
            assert!(cluster.step());
        }
        let asked = requests(&cluster);
        cluster.act(&Action::HealAll);
        until(&mut cluster, 3_000);
        late += requests(&cluster) - asked;
        assert!(matches!(outcome(&cluster, 0), Outcome::Refused(_)));
        assert_eq!(copies(&cluster, K), [[0; 0]; 3], "seed {seed}");
    }
    assert!(late > 10, "the second copy came late {late} times");
}

/// The same with the seventeenth sibling: it is refused, another client resolves the sixteen, and then the second copy
/// of the request comes.
#[test]
fn a_sibling_that_was_refused_is_not_made_after_all() {
    let mut setup = line(&[0]);
    for c in 1..18 {
        let mut client = setup.clients[0].clone();
        client.name = format!("c{}", c + 1);
        setup.clients.push(client);
    }
    let jitter = Jitter::Uniform { low_ms: 0.0, high_ms: 800.0 };
    let quality = LinkQuality { jitter, duplicate: 1.0, ..setup.network };
    setup.links.push(LinkSetup { a: NodeId(0).into(), b: ClientId(16).into(), quality, one_way: false });
    let mut late = 0;
    for seed in 0..20 {
        setup.seed = seed;
        let mut cluster: Cluster<Quorum> = start(&setup, &[("versions", 1)]);
        for client in 0..17 {
            at(&mut cluster, 10 + 10 * u64::from(client), &write(client, K, u64::from(client) + 1));
        }
        while requests(&cluster) < 17 {
            assert!(cluster.step());
        }
        cluster.act(&read(17, K));
        while requests(&cluster) < 18 || !outcome(&cluster, 17).is_success() {
            assert!(cluster.step());
        }
        let asked = requests(&cluster);
        cluster.act(&write(17, K, 99));
        until(&mut cluster, 3_000);
        late += requests(&cluster) - asked - 1;
        assert!(matches!(outcome(&cluster, 16), Outcome::Refused(_)), "seed {seed}");
        assert_eq!(copies(&cluster, K), [[99]], "seed {seed}");
    }
    assert!(late > 10, "the second copy came late {late} times");
}

/// How many requests reached a node.
fn requests(machine: &impl Machine) -> usize {
    let is_it = |kind| matches!(kind, EventKind::Delivered { label: REQUEST, .. });
    machine.trace().iter().filter(|event| is_it(event.kind)).count()
}

/// Every message arrives twice. A replica that answers twice counts once.
#[test]
fn a_replica_that_answers_twice_counts_once() {
    fn check<P: Protocol>(changed: &[(&str, u64)], down: &[u16]) {
        let mut setup = line(&[0, 100, 200]);
        setup.network.duplicate = 1.0;
        let mut cluster: Cluster<P> = start(&setup, changed);
        down.iter().for_each(|&n| cluster.act(&Action::Crash(NodeId(n))));
        at(&mut cluster, 1, &write(0, K, 7));
        at(&mut cluster, 1_500, &read(0, K));
        until(&mut cluster, 4_000);
        assert!(!outcome(&cluster, 0).is_success() && !outcome(&cluster, 1).is_success());
    }
    check::<Quorum>(&[("r", 3), ("w", 3)], &[2]);
    check::<Quorum>(&[("r", 3), ("w", 3), ("versions", 1)], &[2]);
    check::<AtomicRegister>(&[], &[1, 2]);
}

#[test]
fn what_needs_agreement_is_refused_by_name() {
    fn check<P: Protocol>() {
        let mut cluster: Cluster<P> = start(&line(&[0, 10, 20]), &[]);
        let value = Value(1);
        let calls = [
            Call::Cas { key: K, from: None, to: value },
            Call::Add { key: K, amount: 1 },
            Call::Insert { key: K, value },
            Call::Remove { key: K, value },
        ];
        for (i, call) in calls.into_iter().enumerate() {
            at(&mut cluster, 10 * i as u64, &Action::Operate(ClientId(0), call));
        }
        at(&mut cluster, 50, &read(1, K));
        until(&mut cluster, 100);
        assert!((0..4).all(|i| matches!(outcome(&cluster, i), Outcome::Refused(why) if why.len() > 20)));
        assert!(values(&cluster, 4).is_empty());
    }
    check::<Quorum>();
    check::<AtomicRegister>();
}
