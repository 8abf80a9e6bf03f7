//! Snapshots, changes of the membership, transfers of leadership, and where requests go.

use netsplit_protocols::raft::{Bugs, Members, Role, What, note};
use netsplit_sim::action::Action;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{Key, NodeId, Value};
use netsplit_sim::time::Span;
use netsplit_tests::mutants::raft::ChangesMembersEarly;

use super::{Lab, by, parameter, parameters, room, site, tell};

fn value(lab: &Lab, node: u16) -> Option<Value> {
    lab.raft(node).machine().get(Key(0)).map(|cell| cell.value)
}

#[test]
fn a_server_that_is_too_far_behind_gets_the_snapshot() {
    let mut lab = Lab::new(&room(1, 3, 1), &parameters(3, &[(parameter::SNAPSHOT, 10)]));
    let leader = lab.elect();
    let away = (leader + 1) % 3;
    lab.act(Action::Crash(NodeId(away)));
    for number in 1..=25 {
        let write = lab.write(0, number);
        assert_eq!(lab.done(write), Outcome::Written);
    }
    assert!(lab.noted(note::SNAPSHOT_TAKEN) >= 4, "two on each of the two");
    assert!(lab.raft(leader).disk().log().start() >= 20, "the log begins after the snapshot");
    assert!(lab.raft(leader).disk().log().len() < 10);
    lab.act(Action::Restart(NodeId(away)));
    lab.run(300);
    assert_eq!(lab.noted(note::SNAPSHOT_INSTALLED), 1);
    assert_eq!(value(&lab, away), Some(Value(25)));
    assert_eq!(lab.raft(away).committed(), lab.raft(leader).committed());
    // A snapshot survives the next crash, and the answers that it holds too.
    lab.act(Action::CrashUnsynced(NodeId(away)));
    lab.act(Action::Restart(NodeId(away)));
    assert!(lab.raft(away).committed() >= 20);
    lab.run(300);
    assert_eq!(value(&lab, away), Some(Value(25)));
}

#[test]
fn a_new_server_is_brought_up_to_date_before_it_counts() {
    let given = parameters(4, &[(parameter::MEMBERS, 3), (parameter::SNAPSHOT, 10)]);
    let mut lab = Lab::new(&room(2, 4, 4), &given);
    let leader = lab.elect();
    for number in 1..=15 {
        let write = lab.write(0, number);
        lab.done(write);
    }
    lab.run(1_000);
    assert_eq!(value(&lab, 3), None, "a spare node holds nothing");
    assert_eq!(lab.raft(3).role(), Role::Follower, "and stands for nothing");
    // Any server passes the command on.
    lab.tell((leader + 1) % 3, tell::ADD, 3);
    let joined = |lab: &Lab| lab.raft(leader).members() == Members::first(4);
    assert!(lab.run_until(1_000, joined));
    assert_eq!(value(&lab, 3), Some(Value(15)), "it had everything when it began to count");
    lab.run(200);
    assert_eq!(lab.noted(note::JOINING), 1);
    assert!((0..4).all(|node| lab.raft(node).members() == Members::first(4)));
    // Three of four are needed now.
    let others: Vec<u16> = (0..4).filter(|&node| node != leader).collect();
    lab.act(Action::Crash(NodeId(others[0])));
    let write = lab.write(leader, 16);
    assert_eq!(lab.done(write), Outcome::Written);
    lab.act(Action::Crash(NodeId(others[1])));
    let write = lab.write(leader, 17);
    assert!(!lab.done(write).is_success());
}

#[test]
fn a_server_that_does_not_answer_is_not_added() {
    let mut lab = Lab::new(&room(3, 4, 1), &parameters(4, &[(parameter::MEMBERS, 3)]));
    let leader = lab.elect();
    lab.act(Action::Crash(NodeId(3)));
    lab.tell(leader, tell::ADD, 3);
    lab.run(3_000);
    assert_eq!(lab.noted(note::JOINING_FAILED), 1);
    assert_eq!(lab.raft(leader).members(), Members::first(3));
}

#[test]
fn a_removed_follower_no_longer_counts_and_disturbs_nobody() {
    let mut lab = Lab::new(&room(4, 4, 1), &parameters(4, &[(parameter::PRE_VOTE, 0)]));
    let leader = lab.elect();
    let gone = (leader + 1) % 4;
    lab.tell(leader, tell::REMOVE, gone);
    lab.run(3_000);
    assert!(!lab.raft(leader).members().contains(NodeId(gone)));
    assert_eq!(lab.raft(gone).role(), Role::Follower, "it knows, and stands for nothing");
    assert_eq!(lab.noted(note::LEADER), 1);
    // Two of three are a majority.
    lab.act(Action::Crash(NodeId((leader + 2) % 4)));
    let write = lab.write(0, 9);
    assert_eq!(lab.done(write), Outcome::Written);
    assert_eq!(value(&lab, gone), None);
}

#[test]
fn a_leader_that_removes_itself_leads_until_that_is_committed() {
    let mut lab = Lab::new(&room(5, 3, 2), &parameters(3, &[]));
    let leader = lab.elect();
    let write = lab.write(0, 1);
    lab.done(write);
    lab.tell(leader, tell::REMOVE, leader);
    assert!(lab.run_until(1_000, |lab| lab.raft(leader).role() == Role::Follower));
    assert!(lab.run_until(2_000, |lab| lab.leader().is_some_and(|new| new != leader)));
    lab.run(1_000);
    assert!(!lab.raft(lab.leader().expect("one leads")).members().contains(NodeId(leader)));
    assert_eq!(lab.raft(leader).role(), Role::Follower);
    let write = lab.write(0, 2);
    assert_eq!(lab.done(write), Outcome::Written);
    let read = lab.read(1);
    assert_eq!(lab.done(read), Outcome::Read(Some(Value(2))));
}

#[test]
fn a_cluster_grows_from_one_and_shrinks_to_one() {
    let mut lab = Lab::new(&room(6, 3, 1), &parameters(3, &[(parameter::MEMBERS, 1)]));
    assert_eq!(lab.elect(), 0);
    for (command, node, count) in
        [(tell::ADD, 1, 2), (tell::ADD, 2, 3), (tell::REMOVE, 1, 2), (tell::REMOVE, 2, 1)]
    {
        lab.tell(0, command, node);
        assert!(lab.run_until(1_000, |lab| lab.raft(0).members().count() == count), "{count}");
        let write = lab.write(0, u64::from(count));
        assert_eq!(lab.done(write), Outcome::Written);
    }
    lab.tell(0, tell::REMOVE, 0);
    lab.run(100);
    assert_eq!(lab.raft(0).members().count(), 1, "the last one stays");
    assert_eq!(lab.noted(note::REFUSED), 1);
}

/// The bug of the thesis's single-server changes: two leaders, one after the other, each append a change to
/// the same configuration, and neither majority needs a server of the other. A leader that first commits an
/// entry of its own term can't come into this.
fn two_changes<B: Bugs>() -> Lab<B> {
    let given = parameters(5, &[(parameter::MEMBERS, 4), (parameter::PRE_VOTE, 0)]);
    let mut lab = Lab::<B>::of(&room(7, 5, 1), &given);
    let first = lab.elect();
    lab.run(200);
    let others: Vec<u16> = (0..4).filter(|&node| node != first).collect();
    // The first leader adds a server, but only it and the new one get to know.
    for &other in &others {
        lab.act(Action::Cut(site(first), site(other)));
    }
    lab.tell(first, tell::ADD, 4);
    lab.run(20);
    lab.cut_off(first);
    // Another is elected by the other three, and removes the first.
    assert!(lab.run_until(3_000, |lab| others.iter().any(|&o| lab.raft(o).role() == Role::Leader)));
    lab
}

#[test]
fn a_leader_changes_no_configuration_before_its_term_began() {
    // The sound leader waits for its empty entry; the other changes at once, on top of what it does not know
    // to be committed.
    fn early<B: Bugs>() -> bool {
        let mut lab = two_changes::<B>();
        let second = lab.leader().expect("one was elected");
        let cut: Vec<u16> = (0..5).filter(|&node| node != second).collect();
        for node in cut {
            lab.act(Action::Cut(site(second), site(node)));
        }
        let before = lab.raft(second).disk().last().0;
        let committed_own =
            lab.raft(second).disk().term_at(lab.raft(second).committed()) == Some(lab.raft(second).term());
        assert!(!committed_own, "it leads, and has committed nothing of its term");
        lab.tell(second, tell::REMOVE, (second + 1) % 4);
        lab.run(1);
        lab.raft(second)
            .disk()
            .log()
            .from(before + 1)
            .any(|(_, entry)| matches!(entry.what, What::Members(_)))
    }
    assert!(!early::<netsplit_protocols::raft::Sound>());
    assert!(early::<ChangesMembersEarly>());
}

#[test]
fn leadership_is_handed_on_at_once() {
    let mut lab = Lab::new(&room(8, 5, 2), &parameters(5, &[]));
    let old = lab.elect();
    let new = (old + 2) % 5;
    let told = lab.now();
    lab.tell(old, tell::TRANSFER, new);
    assert!(lab.run_until(1_000, |lab| lab.leader() == Some(new)));
    // Catch up, tell, ask, vote: a few one-way delays, far less than an election timeout.
    assert!(lab.now().since(told) <= Span::from_ms(8), "{}", lab.now().since(told));
    lab.run(100);
    assert_eq!(lab.raft(old).role(), Role::Follower);
    assert_eq!((lab.noted(note::TRANSFER), lab.noted(note::SPLIT_VOTE)), (1, 0));
    let write = lab.write(0, 4);
    assert_eq!(lab.done(write), Outcome::Written);
}

#[test]
fn a_transfer_that_fails_is_abandoned_and_the_leader_goes_on() {
    let mut lab = Lab::new(&room(9, 5, 1), &parameters(5, &[]));
    let leader = lab.elect();
    let target = (leader + 1) % 5;
    lab.act(Action::Crash(NodeId(target)));
    lab.tell(leader, tell::TRANSFER, target);
    lab.run(5);
    let write = lab.write(0, 5);
    lab.run(50);
    assert_eq!(lab.outcome(write), Outcome::Pending, "no requests while leadership is handed on");
    assert_eq!(lab.done(write), Outcome::Written, "they wait, and are served after");
    assert_eq!(lab.noted(note::TRANSFER_ABANDONED), 1);
    assert_eq!(lab.leader(), Some(leader));
}

#[test]
fn a_follower_redirects_or_forwards() {
    for routing in [0, 1] {
        let mut lab = Lab::new(&room(10, 5, 5), &parameters(5, &[(parameter::ROUTING, routing)]));
        let leader = lab.elect();
        lab.run(100);
        let client = (leader + 1) % 5;
        let asked = lab.now();
        let write = lab.write(client, 6);
        assert_eq!(lab.done(write), Outcome::Written);
        // Request, commit and answer take 4 ms at the leader; the way there is one link more, or two.
        let more = if routing == 0 { 2 } else { 1 };
        assert_eq!(lab.now().since(asked), Span::from_ms(4 + more));
        let asked = lab.now();
        let write = lab.write(client, 7);
        lab.done(write);
        // A client that was sent on asks the leader the next time.
        let more = if routing == 0 { 0 } else { 1 };
        assert_eq!(lab.now().since(asked), Span::from_ms(4 + more));
    }
}

#[test]
fn a_request_waits_for_a_leader_and_is_then_told_the_truth() {
    let mut lab = Lab::new(&room(11, 3, 1), &parameters(3, &[(parameter::ROUTING, 1)]));
    // Nobody leads yet.
    let write = lab.write(0, 1);
    assert_eq!(lab.done(write), Outcome::Written);
    let leader = lab.elect();
    for node in (0..3).filter(|&node| node != 0) {
        lab.act(Action::Crash(NodeId(node)));
    }
    // Now nobody can: a write may have been taken before, a read never does anything.
    lab.run(1_000);
    let (write, read) = (lab.write(0, 2), lab.read(0));
    assert!(matches!(lab.done(write), Outcome::Unknown(why) if why.contains("leader")), "{leader}");
    assert!(matches!(lab.done(read), Outcome::Refused(_)));
    let refused = lab.call(0, Call::Insert { key: Key(0), value: Value(1) });
    assert!(matches!(lab.done(refused), Outcome::Refused(_)));
}

#[test]
fn a_request_that_is_repeated_is_applied_once() {
    let mut setup = room(12, 3, 1);
    setup.clients[0].timeout = Span::from_ms(200);
    setup.clients[0].retries = 10;
    let mut lab = Lab::new(&setup, &parameters(3, &[(parameter::READS, by::LOG)]));
    let leader = lab.elect();
    lab.run(100);
    // The leader takes it and commits it, and its answer is lost.
    lab.act(Action::CutOneWay(site(leader), netsplit_sim::ids::ClientId(0).into()));
    let add = lab.call(0, Call::Add { key: Key(0), amount: 5 });
    lab.run(50);
    lab.act(Action::Crash(NodeId(leader)));
    assert_eq!(lab.done(add), Outcome::Written);
    let read = lab.read(0);
    assert_eq!(lab.done(read), Outcome::Read(Some(Value(5))));
}
