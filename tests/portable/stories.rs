//! Short stories: what a client sees before and after its group is replaced, when nothing fails.

use netsplit_protocols::atomic_register::AtomicRegister;
use netsplit_protocols::gossip::Gossip;
use netsplit_protocols::portable::Portable;
use netsplit_protocols::primary_backup::PrimaryBackup;
use netsplit_protocols::quorum::Quorum;
use netsplit_protocols::raft::Raft;
use netsplit_protocols::single_copy::SingleCopy;
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::history::{Call, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::setup::Pace;
use netsplit_sim::time::Span;
use netsplit_tests::clusters;

use super::handover::Handover;
use super::mover::{Careless, Mover};
use super::parameters;

const K: Key = Key(0);

/// A group that goes on as the test says.
struct Story<P: Portable> {
    cluster: Cluster<Handover<P>>,
    mover: Mover<P>,
}

impl<P: Portable> Story<P> {
    fn new(id: &str, chosen: &[(&str, u64)]) -> Self {
        let mut setup = clusters::racy(3, 3, 6);
        for client in &mut setup.clients {
            client.pace = Pace::Silent;
            client.timeout = Span::from_s(2);
            client.retries = 0;
        }
        let parameters = parameters(id, 3, chosen);
        let cluster = Cluster::new(&setup, &parameters);
        let random = stream(5, Purpose::Faults, 0, 0);
        let mover = Mover::new(random, &parameters, 3, setup.keys, Vec::new(), Careless::Not);
        let mut story = Self { cluster, mover };
        // Time for a leader to be elected.
        story.wait(Span::from_s(1));
        story
    }

    fn wait(&mut self, span: Span) {
        let until = Machine::now(&self.cluster) + span;
        while Machine::now(&self.cluster) < until {
            let step = (Machine::now(&self.cluster) + Span::from_ms(4)).min(until);
            Machine::run_until(&mut self.cluster, step, u64::MAX);
            self.mover.go_on(&mut self.cluster);
        }
    }

    /// A client asks, and waits.
    fn ask(&mut self, client: u16, call: Call) -> Outcome {
        let op = self.begin(client, call);
        self.wait(Span::from_ms(600));
        Machine::history(&self.cluster).operations[op].outcome
    }

    fn begin(&mut self, client: u16, call: Call) -> usize {
        Machine::act(&mut self.cluster, &Action::Operate(ClientId(client), call));
        Machine::history(&self.cluster).operations.len() - 1
    }

    /// What a read shows.
    fn read(&mut self, client: u16) -> Vec<u64> {
        match self.ask(client, Call::Read { key: K }) {
            Outcome::Read(value) => value.into_iter().map(|value| value.0).collect(),
            Outcome::Values(id) => {
                let values = Machine::history(&self.cluster).values(id);
                values.iter().map(|value| value.0).collect()
            }
            other => panic!("the read was not answered: {other:?}"),
        }
    }

    /// The group is replaced, and the next one has had time to find its leader.
    fn replace(&mut self) {
        let generation = self.mover.done.len();
        self.mover.plan(Machine::now(&self.cluster));
        self.wait(Span::from_s(2));
        assert!(self.mover.done.len() == generation + 1 && self.mover.is_idle(&self.cluster));
    }
}

fn write(value: u64) -> Call {
    Call::Write { key: K, value: Value(value) }
}

/// A client that has seen siblings replaces them, also where the group was replaced in between: its token says what
/// it has seen. One that has not seen them stands beside them.
fn a_token_of_before_is_understood<P: Portable>(id: &str, chosen: &[(&str, u64)]) {
    let mut story = Story::<P>::new(id, chosen);
    story.begin(0, write(1));
    story.begin(1, write(2));
    story.wait(Span::from_ms(600));
    assert_eq!(story.read(2), [1, 2], "{id}: written at once, through different nodes");
    story.replace();
    assert_eq!(story.read(1), [1, 2], "{id}: the siblings came along");
    assert_eq!(story.ask(2, write(3)), Outcome::Written);
    assert_eq!(story.read(1), [3], "{id}: whoever had seen both has replaced both");
    // The first client knows of its own write only; that is gone, and what it never saw stays.
    assert_eq!(story.ask(0, write(4)), Outcome::Written);
    assert_eq!(story.read(1), [3, 4], "{id}");
    story.replace();
    story.replace();
    assert_eq!(story.read(0), [3, 4], "{id}");
    assert_eq!(story.ask(0, write(5)), Outcome::Written);
    assert_eq!(story.read(2), [5], "{id}");
}

#[test]
fn tokens_and_siblings_survive() {
    a_token_of_before_is_understood::<Quorum>("quorum", &[("versions", 1)]);
    a_token_of_before_is_understood::<Gossip>("gossip", &[("data", 1)]);
}

/// In each group every node counts the same additions under names that no earlier group had: were one used twice, one
/// count would hide another.
#[test]
fn counters_go_on_from_their_sum() {
    let mut story = Story::<Gossip>::new("gossip", &[("data", 2)]);
    let mut sum = 0;
    for _ in 0..4 {
        for client in [0, 1, 2, 0] {
            assert_eq!(story.ask(client, Call::Add { key: K, amount: 10 }), Outcome::Written);
            sum += 10;
        }
        assert_eq!(story.ask(1, Call::Add { key: K, amount: -3 }), Outcome::Written);
        sum -= 3;
        story.replace();
        for client in 0..3 {
            assert_eq!(story.read(client), [sum]);
        }
    }
}

/// What was removed stays removed, and what was inserted stays.
#[test]
fn sets_keep_what_they_had() {
    let mut story = Story::<Gossip>::new("gossip", &[("data", 3)]);
    let insert = |value| Call::Insert { key: K, value: Value(value) };
    for value in 1..=3 {
        assert_eq!(story.ask(0, insert(value)), Outcome::Written);
    }
    assert_eq!(story.ask(1, Call::Remove { key: K, value: Value(2) }), Outcome::Written);
    story.replace();
    assert_eq!(story.read(2), [1, 3]);
    assert_eq!(story.ask(2, insert(2)), Outcome::Written);
    assert_eq!(story.ask(2, Call::Remove { key: K, value: Value(1) }), Outcome::Written);
    story.replace();
    assert_eq!(story.read(0), [2, 3]);
}

/// The network doubles a request, and the second one comes when its group was replaced twice.
fn comes_late<P: Portable>(id: &str, chosen: &[(&str, u64)], [first, second]: [Call; 2], expected: u64) {
    let mut story = Story::<P>::new(id, chosen);
    let added = story.begin(1, first);
    let request = newest_message(&story);
    Machine::act(&mut story.cluster, &Action::DuplicateMessage(request));
    // The copy has the same number. The first to arrive is let through.
    while Machine::history(&story.cluster).operations[added].outcome == Outcome::Pending {
        if in_flight(&story, request) == 1 {
            Machine::act(&mut story.cluster, &Action::HoldMessage(request));
        }
        Machine::step(&mut story.cluster);
    }
    assert_eq!(Machine::history(&story.cluster).operations[added].outcome, Outcome::Written, "{id}");
    assert_eq!(in_flight(&story, request), 1, "{id}: the copy waits");
    story.replace();
    assert_eq!(story.ask(2, second), Outcome::Written, "{id}");
    story.replace();
    Machine::act(&mut story.cluster, &Action::ReleaseMessage(request));
    story.wait(Span::from_s(1));
    assert_eq!(in_flight(&story, request), 0, "{id}: the copy has come");
    assert_eq!(story.read(0), [expected], "{id}");
}

fn frame<P: Portable>(story: &Story<P>) -> netsplit_sim::frame::Frame {
    let mut frame = netsplit_sim::frame::Frame::default();
    Machine::frame(&story.cluster, &mut frame);
    frame
}

fn newest_message<P: Portable>(story: &Story<P>) -> netsplit_sim::ids::MessageId {
    frame(story).flights.iter().map(|flight| flight.message).max().expect("the request is on its way")
}

fn in_flight<P: Portable>(story: &Story<P>, message: netsplit_sim::ids::MessageId) -> usize {
    frame(story).flights.iter().filter(|flight| flight.message == message).count()
}

#[test]
fn an_addition_that_comes_late_is_not_made_again() {
    let adds = [1, 5].map(|amount| Call::Add { key: K, amount });
    comes_late::<SingleCopy>("single", &[], adds, 6);
    comes_late::<PrimaryBackup>("primary-backup", &[], adds, 6);
    comes_late::<PrimaryBackup>("primary-backup", &[("failover", 1)], adds, 6);
    comes_late::<Raft>("raft", &[("routing", 1)], adds, 6);
    comes_late::<Gossip>("gossip", &[("data", 2)], adds, 6);
}

#[test]
fn a_write_that_comes_late_does_not_come_back() {
    let writes = [1, 2].map(write);
    comes_late::<Quorum>("quorum", &[], writes, 2);
    comes_late::<AtomicRegister>("abd", &[], writes, 2);
    comes_late::<Gossip>("gossip", &[], writes, 2);
}

/// A write waits with a stand-in when its group is replaced.
#[test]
fn hints_are_handed_on() {
    let mut story = Story::<Quorum>::new(
        "quorum",
        &[("n", 1), ("r", 1), ("w", 1), ("sloppy", 1), ("timeout", 1_000_000_000)],
    );
    let owner = (0..3).find(|&node| {
        story.ask(node, write(u64::from(node) + 1));
        frame(&story).nodes[usize::from(node)].replica.keys.iter().any(|view| view.key == K)
    });
    let owner =
        owner.or_else(|| (0..3).find(|&n| !frame(&story).nodes[usize::from(n)].replica.keys.is_empty()));
    let owner = owner.expect("somebody holds the key");
    Machine::act(&mut story.cluster, &Action::Crash(NodeId(owner)));
    let client = (owner + 1) % 3;
    assert_eq!(story.ask(client, write(99)), Outcome::Written, "a stand-in took it");
    let nobody_shows =
        frame(&story).nodes.iter().flat_map(|node| &node.replica.keys).all(|view| view.value.0 != 99);
    assert!(nobody_shows, "it is kept apart until the owner is back");
    // The owner comes back when it is too late to hand anything over.
    story.replace();
    for client in 0..3 {
        assert_eq!(story.read(client), [99]);
    }
}

/// A write reached its coordinator only, and a client has seen it there. It is lost when that one is left out. The
/// next write under that member's number is another one: whoever saw the lost one has not seen this.
#[test]
fn a_dot_that_was_lost_is_not_made_again() {
    let chosen = [("versions", 1), ("repair", 1), ("r", 2), ("w", 2), ("timeout", 100_000_000)];
    let mut story = Story::<Quorum>::new("quorum", &chosen);
    let [first, second, third] = [0, 1, 2].map(NodeId);
    for (a, b) in [(first, second), (first, third), (second, third)] {
        Machine::act(&mut story.cluster, &Action::Cut(a.into(), b.into()));
    }
    assert!(matches!(story.ask(0, write(1)), Outcome::Unknown(_)));
    Machine::act(&mut story.cluster, &Action::Heal(first.into(), second.into()));
    assert_eq!(story.read(1), [1]);
    Machine::act(&mut story.cluster, &Action::Crash(first));
    Machine::act(&mut story.cluster, &Action::HealAll);
    story.mover.plan(Machine::now(&story.cluster));
    story.wait(Span::from_s(1));
    Machine::act(&mut story.cluster, &Action::Restart(first));
    story.wait(Span::from_s(1));
    assert!(story.mover.done.len() == 1 && story.mover.is_idle(&story.cluster));
    assert_eq!(story.read(2), [0; 0], "nobody had been told that it is safe");
    // The second node has the first member's number now. Its other client has no token.
    assert_eq!(story.ask(4, write(2)), Outcome::Written);
    assert_eq!(story.ask(1, write(3)), Outcome::Written);
    assert_eq!(story.read(2), [2, 3], "the one did not know of the other");
}

/// What people see of a group that has just begun.
#[test]
fn a_new_group_shows_what_it_has() {
    let mut story = Story::<Raft>::new("raft", &[("routing", 1)]);
    for value in 1..=5 {
        story.ask(0, write(value));
    }
    story.replace();
    let frame = frame(&story);
    assert_eq!(frame.nodes.iter().filter(|node| node.replica.leads).count(), 1);
    for node in &frame.nodes {
        let values: Vec<u64> = node.replica.keys.iter().map(|view| view.value.0).collect();
        assert_eq!(values, [5]);
        let inspection = Machine::inspect(&story.cluster, node.id);
        let log = inspection.log.expect("it has a log");
        assert!(log.compacted > 5 && log.committed > log.compacted, "{log:?}");
        assert!(inspection.fields.contains(&("members", "n1 n2 n3".to_owned())));
    }

    let mut story = Story::<PrimaryBackup>::new("primary-backup", &[]);
    story.ask(0, write(7));
    story.replace();
    let frame = self::frame(&story);
    let roles: Vec<&str> = frame.nodes.iter().map(|node| node.replica.role).collect();
    assert_eq!(roles, ["backup", "primary", "backup"], "the first member is on the second node");
    assert!(frame.nodes.iter().all(|node| node.replica.term == Some(1) && node.replica.keys.len() == 1));

    let mut story = Story::<SingleCopy>::new("single", &[]);
    story.ask(0, write(7));
    story.replace();
    let holds: Vec<usize> = self::frame(&story).nodes.iter().map(|node| node.replica.keys.len()).collect();
    assert_eq!(holds, [0, 1, 0]);
}

/// Whatever the clocks of the new members show, what is written there is newer than all that was written before.
#[test]
fn versions_continue_where_they_were() {
    let mut story = Story::<Quorum>::new("quorum", &[]);
    let mut last = None;
    for round in 0..4 {
        let mut newest = last;
        for client in 0..3 {
            story.ask(client, write(u64::from(round * 10 + client) + 1));
            let version = Machine::history(&story.cluster).operations.last().and_then(|op| op.version);
            assert!(version > last, "{version:?} after {last:?}");
            newest = newest.max(version);
        }
        last = newest;
        story.replace();
        for node in 0..3 {
            let back = -(i64::from(round) + 1) * 300_000_000 * i64::from(node + 1);
            Machine::act(&mut story.cluster, &Action::SetClock(NodeId(node), back, 0));
        }
    }
}
