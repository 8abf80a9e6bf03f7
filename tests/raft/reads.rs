//! The four ways to read: what each costs, and what breaks it.

use netsplit_protocols::raft::{Bugs, Sound};
use netsplit_sim::action::Action;
use netsplit_sim::history::Outcome;
use netsplit_sim::ids::{ClientId, NodeId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::time::Span;
use netsplit_tests::mutants::raft::ReadsWithoutAsking;

use super::{Lab, by, parameter, parameters, room, site};

/// The time and the messages of a read at the leader, when nothing else goes on.
fn cost(reads: u64) -> (Span, u64) {
    let mut lab = Lab::new(
        &room(1, 5, 5),
        &parameters(5, &[(parameter::READS, reads), (parameter::HEARTBEAT, 50 * super::MS)]),
    );
    let leader = lab.elect();
    let write = lab.write(leader, 1);
    lab.done(write);
    // Between two heartbeats.
    lab.run(100);
    let beats = |lab: &Lab| lab.cluster.totals().messages;
    let before = beats(&lab);
    assert!(lab.run_until(100, |lab| lab.cluster.totals().messages > before));
    lab.run(5);
    let (before, asked) = (beats(&lab), lab.now());
    let read = lab.read(leader);
    assert_eq!(lab.done(read), Outcome::Read(Some(Value(1))));
    let took = lab.now().since(asked);
    lab.run(20);
    (took, beats(&lab) - before)
}

#[test]
fn a_read_costs_what_the_thesis_says() {
    // Two messages are the client's own.
    assert_eq!(cost(by::LOG), (Span::from_ms(4), 2 + 8), "a round to a majority");
    assert_eq!(cost(by::INDEX), (Span::from_ms(4), 2 + 8), "a round of heartbeats, and no entry");
    assert_eq!(cost(by::LEASE), (Span::from_ms(2), 2), "nothing");
    assert_eq!(cost(by::ANY), (Span::from_ms(2), 2), "nothing");
}

/// Reads that come while a round is on its way share the next one.
#[test]
fn many_reads_share_a_round() {
    let mut lab = Lab::new(&room(2, 5, 5), &parameters(5, &[(parameter::HEARTBEAT, 70 * super::MS)]));
    let leader = lab.elect();
    lab.run(10);
    let before = lab.cluster.totals().messages;
    for _ in 0..20 {
        lab.read(leader);
    }
    lab.run(30);
    let reads = &lab.cluster.history().operations;
    assert!(reads.iter().all(|read| read.outcome == Outcome::Read(None)));
    assert!(lab.cluster.totals().messages - before <= 40 + 3 * 8);
}

/// A leader that is cut off with one client, while the others elect another and write: what that client
/// reads. The old leader's clock runs at half speed if it is slow.
fn read_at_the_old_leader<B: Bugs>(reads: u64, slow_clock: bool) -> Option<Outcome> {
    let mut setup = room(3, 5, 5);
    for client in &mut setup.clients {
        client.timeout = Span::from_s(5);
    }
    let given = parameters(
        5,
        &[
            (parameter::READS, reads),
            (parameter::SPREAD, 20 * super::MS),
            (parameter::HEARTBEAT, 20 * super::MS),
            (parameter::ROUTING, 1),
        ],
    );
    let mut lab = Lab::<B>::of(&setup, &given);
    let old = lab.elect();
    if slow_clock {
        lab.act(Action::SetClock(NodeId(old), 0, -500_000));
    }
    let write = lab.write(old, 1);
    assert_eq!(lab.done(write), Outcome::Written);
    lab.run(200);
    lab.cut_off(old);
    for client in (0..5).filter(|&client| client != old) {
        lab.act(Action::Cut(site(old), ClientId(client).into()));
    }
    let elected = lab.run_until(2_000, |lab| {
        (0..5).any(|node| node != old && lab.raft(node).role() == netsplit_protocols::raft::Role::Leader)
    });
    assert!(elected);
    let write = lab.write((old + 1) % 5, 2);
    assert_eq!(lab.done(write), Outcome::Written);
    let read = lab.read(old);
    lab.run(10);
    Some(lab.outcome(read)).filter(|outcome| *outcome != Outcome::Pending)
}

#[test]
fn an_old_leader_does_not_serve_stale_reads() {
    for reads in [by::LOG, by::INDEX, by::LEASE] {
        assert_eq!(read_at_the_old_leader::<Sound>(reads, false), None, "it waits, way {reads}");
    }
    // Its clock is its own affair, if nothing rests on it.
    for reads in [by::LOG, by::INDEX] {
        assert_eq!(read_at_the_old_leader::<Sound>(reads, true), None, "it waits, way {reads}");
    }
    let stale = Some(Outcome::Read(Some(Value(1))));
    assert_eq!(read_at_the_old_leader::<Sound>(by::LEASE, true), stale, "a slow clock breaks the lease");
    assert_eq!(read_at_the_old_leader::<Sound>(by::ANY, false), stale, "what was asked for");
    assert_eq!(read_at_the_old_leader::<ReadsWithoutAsking>(by::INDEX, true), stale);
}

/// A leader that told another to take over trusts its lease no more, even if nothing came of it: that
/// message may still be on its way.
#[test]
fn a_transfer_ends_the_lease() {
    let mut lab = Lab::new(&room(4, 3, 3), &parameters(3, &[(parameter::READS, by::LEASE)]));
    let leader = lab.elect();
    lab.run(200);
    let target = (leader + 1) % 3;
    lab.tell(leader, super::tell::TRANSFER, target);
    lab.act(Action::CutOneWay(site(leader), site(target)));
    lab.run(160);
    lab.act(Action::HealAll);
    let asked = lab.now();
    let read = lab.read(leader);
    lab.done(read);
    assert!(lab.now().since(asked) > Span::from_ms(2), "it asks a majority");
}

/// A new leader may not know yet what is committed; it reads nothing before its first entry is.
#[test]
fn a_new_leader_knows_what_is_committed_before_it_reads() {
    for reads in [by::INDEX, by::LEASE] {
        let mut lab = Lab::new(&room(5, 3, 3), &parameters(3, &[(parameter::READS, reads)]));
        let old = lab.elect();
        let write = lab.write(old, 7);
        // The leader commits and answers; the others have the entry and do not know that it is committed.
        assert_eq!(lab.done(write), Outcome::Written);
        lab.act(Action::Crash(NodeId(old)));
        assert!(lab.run_until(2_000, |lab| lab.leader().is_some()));
        let new = lab.leader().expect("one was elected");
        assert_eq!(lab.raft(new).committed(), 1, "it has the entry, and does not know");
        let read = lab.read(new);
        assert_eq!(lab.done(read), Outcome::Read(Some(Value(7))));
    }
}
