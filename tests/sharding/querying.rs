use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::history::{Many, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId};
use netsplit_sim::protocol::Promise;
use netsplit_sim::setup::{Home, Mix, Pace};
use netsplit_sim::time::Span;
use netsplit_tests::trials::broken;

use super::{Case, at, newest};

fn quiet(case: &mut Case) {
    let client = case.client(Mix { write: 1, ..Mix::default() }, Span::from_us(100));
    client.operations = Some(40);
    client.home = Home::Node(NodeId(0));
}

#[test]
fn a_range_scan_touches_few_ranges_and_every_hashed_shard() {
    let touched = |scheme: &str, many: Many| {
        let mut case = Case::new(scheme, "single", 4, 40);
        quiet(&mut case);
        let mut machine = case.build();
        machine.run_until(at(1_000), u64::MAX);
        machine.act(&Action::Ask(ClientId(0), many));
        machine.run_until(at(2_000), u64::MAX);
        let query = machine.history().queries[0];
        assert!(query.is_exact(), "{scheme}: {query:?}");
        let parts = &machine.history().operations[query.first.index()..][..query.parts as usize];
        assert!(parts.iter().all(|part| matches!(part.outcome, Outcome::Read(Some(_)))), "all were written");
        query.shards
    };
    let scan = Many::Scan { from: Key(10), count: 10 };
    assert_eq!(touched("range", scan), 1);
    assert_eq!(touched("modulo", scan), 4);
    assert_eq!(touched("range", Many::Scan { from: Key(15), count: 10 }), 2);
    assert_eq!(touched("range", Many::All), 4);
    assert_eq!(touched("ring", Many::All), 4);
    assert_eq!(touched("none", Many::All), 1);
}

#[test]
fn a_query_without_one_shard_is_partial_and_says_so() {
    let mut case = Case::new("range", "single", 4, 40);
    case.set("deadline", Span::from_ms(200).0);
    quiet(&mut case);
    let mut machine = case.build();
    machine.run_until(at(1_000), u64::MAX);
    machine.act(&Action::Crash(NodeId(2)));
    machine.act(&Action::Ask(ClientId(0), Many::All));
    machine.run_until(at(2_000), u64::MAX);
    let query = machine.history().queries[0];
    assert_eq!((query.parts, query.done, query.is_exact()), (40, 30, false));
    let took = query.returned.expect("it ended").since(query.invoked).as_ms();
    assert!((200.0..220.0).contains(&took), "the deadline is 200 ms: {took}");
    let parts = &machine.history().operations[query.first.index()..][..40];
    let unanswered = parts.iter().filter(|part| matches!(part.outcome, Outcome::Unknown(_)));
    assert!(unanswered.clone().all(|part| (20..30).contains(&part.call.key().0)) && unanswered.count() == 10);
}

#[test]
fn two_keys_are_written_one_by_one() {
    let mut case = Case::new("range", "single", 4, 40);
    quiet(&mut case);
    let mut machine = case.build();
    machine.run_until(at(1_000), u64::MAX);
    // The second key's node is down: one is written and the other is not. There is no atomicity.
    machine.act(&Action::Crash(NodeId(3)));
    machine.act(&Action::Ask(ClientId(0), Many::Pair { first: Key(1), second: Key(39) }));
    machine.run_until(at(2_500), u64::MAX);
    let query = machine.history().queries[0];
    assert_eq!((query.parts, query.done, query.shards), (2, 1, 2));
    let parts = &machine.history().operations[query.first.index()..][..2];
    assert_eq!(parts[0].outcome, Outcome::Written);
    assert!(matches!(parts[1].outcome, Outcome::Unknown(_)));
}

#[test]
fn queries_go_on_while_shards_change_hands() {
    let mut case = Case::new("modulo", "raft", 4, 24);
    case.set("replicas", 3);
    let mix = Mix { read: 1, write: 2, query_all: 1, scan: 1, pair: 1, ..Mix::default() };
    for _ in 0..3 {
        case.client(mix, Span::from_ms(10)).scan_keys = 5;
    }
    let mut machine = case.build();
    machine.run_until(at(1_500), u64::MAX);
    machine.act(&Action::Reshape(Reshape::Join(NodeId(4))));
    machine.run_until(at(5_000), u64::MAX);
    (0..3).for_each(|client| machine.act(&Action::SetPace(ClientId(client), Pace::Silent)));
    machine.run_until(at(8_000), u64::MAX);
    assert!(newest(&*machine).moves.is_empty());
    let queries = &machine.history().queries;
    let exact = queries.iter().filter(|query| query.is_exact()).count();
    assert!(exact * 10 > queries.len() * 9, "{exact} of {} were exact", queries.len());
    assert_eq!(broken(&*machine, &[Promise::Linearizable, Promise::NoLostWrites]), []);
}

#[test]
fn a_cluster_that_is_not_split_refuses_queries() {
    let mut case = Case::new("range", "raft", 3, 8);
    case.client(Mix { read: 1, ..Mix::default() }, Span::from_ms(10));
    let entry = netsplit_protocols::find("raft").expect("registered");
    let parameters: Vec<u64> =
        (entry.about)().parameters.iter().map(|parameter| parameter.range.default_value(4)).collect();
    let mut machine = (entry.build)(&case.setup, &parameters);
    machine.act(&Action::Ask(ClientId(0), Many::All));
    machine.run_until(at(500), u64::MAX);
    let parts = machine.history().operations.iter().filter(|op| op.query.is_some());
    assert!(
        parts.clone().count() == 8 && parts.clone().all(|part| matches!(part.outcome, Outcome::Refused(_)))
    );
}
