//! Scenarios whose data is split: their text, what is refused, and how they are played.

use netsplit_scenario::model::{Client, Home, Node, ParameterValue, Partitioning, Step, StepAction};
use netsplit_scenario::sharding::Sharding;
use netsplit_scenario::{Scenario, Session, build, text};
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::history::Many;
use netsplit_sim::ids::{ClientId, Key, NodeId};
use netsplit_sim::setup::{KeyPick, Mix, Pace, Position};
use netsplit_sim::sharding::ShardState;
use netsplit_sim::time::{Span, Time};

fn ms(ms: u64) -> Time {
    Time(ms * 1_000_000)
}

const TEXT: &str = r#"
keys = 12

[protocol]
name = "quorum"
w = 2

[partitioning]
scheme = "directory"
replicas = 2
pause_ms = 5
placement = "spread"

[[partitioning.blocks]]
first = 1
owners = ["n1", "n2"]

[[partitioning.blocks]]
first = 5
owners = ["n2", "n3"]

[[partitioning.blocks]]
first = 9

[[nodes]]
name = "n1"

[[nodes]]
name = "n2"
x_km = 10
region = 1
hiccup_share = 0.01
hiccup_times = 20

[[nodes]]
name = "n3"
x_km = 20
region = 2

[[nodes]]
name = "n4"
x_km = 30
spare = true

[[clients]]
name = "c1"
pace = { kind = "job", accesses = 10, compute_ms = 1 }
keys = { kind = "tenants", tenants = 4, exponent = 1 }
mix = { read = 5, write = 4, scan = 1, query_all = 1, pair = 1 }
scan_keys = 3
apart = false
batch = 4
linger_ms = 2

[[script]]
at_ms = 100
action = "join"
node = "n4"

[[script]]
at_ms = 200
action = "assign"
key = 5
owners = ["n3", "n1"]

[[script]]
at_ms = 300
action = "split"
key = 3

[[script]]
at_ms = 300
action = "shift"
from = 3
to = 4

[[script]]
at_ms = 300
action = "merge"
key = 4

[[script]]
at_ms = 400
action = "scan"
client = "c1"
key = 2
count = 5

[[script]]
at_ms = 400
action = "query-all"
client = "c1"

[[script]]
at_ms = 400
action = "pair"
client = "c1"
first = 1
second = 12

[[script]]
at_ms = 500
action = "leave"
node = "n2"

[[script]]
at_ms = 600
action = "remove-node"
node = "n3"

[[script]]
at_ms = 700
action = "configure"
partitioning = { chunk = 3, deadline_ms = 250 }
"#;

#[test]
fn a_split_scenario_is_read_and_written() {
    let scenario = text::parse(TEXT).expect("valid");
    let partitioning = scenario.partitioning.as_ref().expect("split");
    let firsts: Vec<u32> = partitioning.blocks.iter().map(|block| block.first).collect();
    assert_eq!((partitioning.scheme.as_str(), firsts), ("directory", vec![0, 4, 8]));
    assert_eq!(partitioning.blocks[1].owners, ["n2", "n3"]);
    assert_eq!(partitioning.parameters["pause"], ParameterValue::Time(Span::from_ms(5)));
    assert_eq!((scenario.nodes[1].region, scenario.nodes[3].spare), (1, true));
    assert_eq!(scenario.clients[0].pace, Pace::Job { accesses: 10, compute: Span::from_ms(1) });
    assert_eq!(scenario.clients[0].keys, KeyPick::Tenants { tenants: 4, exponent: 1.0 });
    assert_eq!(
        scenario.clients[0].mix,
        Mix { read: 5, write: 4, scan: 1, query_all: 1, pair: 1, ..Mix::default() }
    );
    assert_eq!(
        scenario.script[1].action,
        StepAction::Assign { key: 4, owners: vec!["n3".into(), "n1".into()] }
    );
    assert_eq!(scenario.script[7].action, StepAction::Pair { client: "c1".into(), first: 0, second: 11 });
    let written = text::write(&scenario);
    assert_eq!(text::parse(&written).as_ref(), Ok(&scenario), "{written}");
    let json = serde_json::to_string(&scenario).expect("written");
    assert!(json.contains(r#""spare":true"#) && json.contains(r#""first":5"#), "{json}");
    assert_eq!(serde_json::from_str::<Scenario>(&json).expect("it reads back"), scenario);
}

/// What is said of the text with some of it replaced.
fn wrong(old: &str, new: &str) -> String {
    assert!(TEXT.contains(old), "{old}");
    let problems = text::parse(&TEXT.replacen(old, new, 1)).expect_err(new);
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_wrong_with_a_split_is_said() {
    for (old, new, expected) in [
        (
            "\"directory\"",
            "\"rings\"",
            "line 9: partitioning.scheme: expected a scheme, none, range, modulo, ring, rendezvous, jump, \
             bounded or directory, and found \"rings\"",
        ),
        (
            "replicas = 2",
            "replicas = 5",
            "line 10: partitioning.replicas: expected a whole number from 1 to 4 in a cluster of 4",
        ),
        ("w = 2", "w = 3", "line 6: protocol.w: expected a whole number from 1 to 2 in a cluster of 2"),
        (
            "pause_ms = 5",
            "pause = 5",
            "line 11: partitioning.pause: expected a time, with _ms behind the name, from 0 to 60000 milliseconds",
        ),
        (
            "first = 1\nowners",
            "first = 2\nowners",
            "line 15: partitioning.blocks[1].first: the first block begins at the first key, 1",
        ),
        (
            "first = 5",
            "first = 1",
            "line 19: partitioning.blocks[2].first: expected a key after that of the block above it",
        ),
        (
            "first = 9",
            "first = 13",
            "line 23: partitioning.blocks[3].first: expected a key from 1 to 12 and found 13",
        ),
        (
            "first = 9",
            "first = 0",
            "line 23: partitioning.blocks[3].first: expected a key from 1 to 12 and found 0",
        ),
        ("[\"n1\", \"n2\"]", "[\"n2\", \"n2\"]", "line 16: partitioning.blocks[1].owners: n2 is named twice"),
        (
            "[\"n1\", \"n2\"]",
            "[\"n4\"]",
            "line 16: partitioning.blocks[1].owners: a node that stands by outside of the cluster holds nothing",
        ),
        ("spare = true", "spare = 1", "line 43: nodes[4].spare: expected true or false and found 1"),
        (
            "x_km = 10\n",
            "x_km = 10\nspare = \"no\"\n",
            "line 31: nodes[2].spare: expected true or false and found \"no\"",
        ),
        (
            "hiccup_share = 0.01",
            "hiccup_share = 2",
            "line 32: nodes[2].hiccup_share: expected a number from 0 to 1 and found 2",
        ),
        (
            "hiccup_times = 20",
            "hiccup_times = 0",
            "line 33: nodes[2].hiccup_times: expected a whole number from 1 to 1000 and found 0",
        ),
        (
            "accesses = 10",
            "accesses = 0",
            "line 47: clients[1].pace.accesses: expected a whole number from 1 to 100000 and found 0",
        ),
        (
            "tenants = 4",
            "tenants = 0",
            "line 48: clients[1].keys.tenants: expected a whole number from 1 to 1000 and found 0",
        ),
        (
            "batch = 4",
            "batch = 0",
            "line 52: clients[1].batch: expected a whole number from 1 to 1000 and found 0",
        ),
        (
            "scan_keys = 3",
            "scan_keys = 0",
            "line 50: clients[1].scan_keys: expected a whole number from 1 to 1000 and found 0",
        ),
        (
            "batch = 4",
            "zipf = 1",
            "line 48: clients[1].keys: expected either zipf or keys, not both, and found a table",
        ),
        (
            "kind = \"tenants\"",
            "kind = \"people\"",
            "line 48: clients[1].keys.kind: expected uniform, zipf, sequential, tenants or growing and found \"people\"",
        ),
        ("key = 3", "key = 0", "line 69: script[3].key: expected a key from 1 to 12 and found 0"),
        ("to = 4", "to = 40", "line 75: script[4].to: expected a key from 1 to 12 and found 40"),
        (
            "owners = [\"n3\", \"n1\"]",
            "owners = []",
            "line 64: script[2].owners: expected the name of at least one node",
        ),
        (
            "owners = [\"n3\", \"n1\"]",
            "owners = [\"n9\"]",
            "line 64: script[2].owners: expected the name of a node, n1, n2, n3 or n4, and found \"n9\"",
        ),
        (
            "count = 5",
            "count = 0",
            "line 87: script[6].count: expected a whole number from 1 to 1000 and found 0",
        ),
        ("second = 12", "second = 1", "line 99: script[8].second: a pair has two different keys"),
        (
            "action = \"leave\"\nnode = \"n2\"",
            "action = \"leave\"\nnode = \"n1\"",
            "line 104: script[9].node: n1 keeps the map of shards and can't go",
        ),
        (
            "action = \"leave\"\nnode = \"n2\"",
            "action = \"leave\"",
            "line 101: script[9].node: is missing; expected the name of a node",
        ),
        (
            "chunk = 3",
            "chunks = 3",
            "line 114: script[11].partitioning.chunks: directory has no such parameter; expected ",
        ),
        (
            "partitioning = { chunk",
            "node = \"n1\"\npartitioning = { chunk",
            "line 115: script[11].partitioning: how the data is split is the same for all nodes; leave the node out",
        ),
    ] {
        let found = wrong(old, new);
        assert!(found.starts_with(expected), "{new}\n  said     {found}\n  expected {expected}");
    }
    let ring = wrong("\"directory\"", "\"ring\"");
    assert_eq!(ring, "line 14: partitioning.blocks: ring does not keep the order of keys and has no blocks");
}

#[test]
fn without_a_split_all_of_it_is_refused() {
    let start = TEXT.find("[partitioning]").expect("there");
    let end = TEXT.find("[[nodes]]").expect("there");
    let whole = format!("{}{}", &TEXT[..start], &TEXT[end..]);
    let problems = text::parse(&whole).expect_err("not split");
    let said: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
    let needs = "need the data to be split: give the scenario a partitioning";
    let changes = |n: u32| format!("script[{n}].action: changes to which nodes hold the data {needs}");
    let asks = |n: u32| format!("script[{n}].action: operations over several keys {needs}");
    let mut expected = vec![
        format!("clients[1].mix: scan, query_all and pair {needs}"),
        "nodes[4].spare: only where the data is split can a node stand by outside of the cluster".to_owned(),
    ];
    expected.extend((1..=5).map(changes));
    expected.extend((6..=8).map(asks));
    expected.extend((9..=10).map(changes));
    expected.push(format!("script[11].partitioning: its parameters {needs}"));
    assert_eq!(said, expected);

    // Gestures likewise.
    let mut session = Session::new(Scenario::default()).expect("valid");
    let refused = |session: &mut Session, action| session.act(action).expect_err("not split").message;
    assert!(refused(&mut session, Action::Reshape(Reshape::Join(NodeId(2)))).ends_with(needs));
    assert!(refused(&mut session, Action::Ask(ClientId(0), Many::All)).ends_with(needs));
    assert!(session.scenario().script.is_empty());
    assert_eq!((session.sharding(), session.layout(), session.partitioning()), (None, None, Vec::new()));
}

#[test]
fn the_first_node_keeps_the_map() {
    let mut scenario = text::parse(TEXT).expect("valid");
    scenario.nodes[0].spare = true;
    let problems = build(&scenario).err().expect("it can't stand by");
    assert_eq!(
        problems[0].to_string(),
        "nodes[1].spare: the first node keeps the map of shards and can't stand by"
    );
}

/// Four nodes in the cluster and one outside, a ring, and a client that writes every key.
fn ring(protocol: &str) -> Scenario {
    let mut scenario = Scenario { keys: 60, seed: 5, ..Scenario::empty(protocol) };
    let at = |n: i32| Position { x_km: n * 10, y_km: 0 };
    scenario.nodes = (0..5).map(|n| Node::new(format!("n{}", n + 1), at(n))).collect();
    scenario.nodes[4].spare = true;
    let mut partitioning = Partitioning::new("ring");
    partitioning.parameters.insert("replicas".to_owned(), ParameterValue::Count(2));
    scenario.partitioning = Some(partitioning);
    scenario.clients = vec![Client {
        home: Home::RoundRobin,
        pace: Pace::Open { per_second: 200.0 },
        keys: KeyPick::Sequential,
        mix: Mix { write: 3, read: 1, ..Mix::default() },
        ..Client::new("c1", Position::default())
    }];
    scenario
}

fn sharding(session: &Session) -> Sharding {
    session.sharding().expect("the data is split")
}

#[test]
fn what_shards_and_nodes_carry_is_told() {
    let mut session = Session::new(ring("quorum")).expect("valid");
    assert_eq!((session.group(), session.contract().reads), (2, netsplit_sim::protocol::Needs::Any(2)));
    assert_eq!(session.parameters(NodeId(0)).len(), session.about().parameters.len());
    session.seek(ms(3_000), u64::MAX);
    let now = sharding(&session);
    assert_eq!(now.map.shards.len(), now.shards.len());
    assert_eq!(now.nodes.iter().map(|node| node.inside).collect::<Vec<_>>(), [true, true, true, true, false]);
    let ended = session.metrics().value("operations").expect("measured");
    let load: u64 = now.nodes.iter().map(|node| node.load).sum();
    assert_eq!(load, now.shards.iter().map(|shard| shard.load).sum::<u64>());
    assert!((load as f64 - ended).abs() <= 5.0, "{load} of {ended}");
    // Every key was written, and each is twice there.
    assert_eq!(now.shards.iter().map(|shard| shard.keys).sum::<u32>(), 60);
    assert_eq!(now.nodes.iter().map(|node| node.keys).sum::<u32>(), 120);
    assert_eq!((now.nodes[4].keys, now.nodes[4].copies), (0, 0));
    let last_second = session.metrics().window(ms(2_000), ms(3_000));
    let ended = last_second.iter().find(|metric| metric.name == "operations").and_then(|metric| metric.value);
    let recent: f64 = now.shards.iter().map(|shard| shard.recent).sum();
    assert_eq!(Some(recent), ended);
    let by_node: f64 = now.nodes.iter().map(|node| node.recent).sum();
    assert!((by_node - recent).abs() < 1e-6, "{by_node} {recent}");
    let most = now.nodes.iter().map(|node| node.load).max().expect("nodes") as f64;
    assert!((now.balance.max_over_mean - most / (load as f64 / 4.0)).abs() < 1e-9);
    assert!((now.available - 1.0).abs() < f64::EPSILON);
    assert_eq!((now.moved.since, now.moved.done), (None, true));
    // Two of four nodes hold a key and both are needed: one node down is one of the other two in 2 of 4 cases, two
    // nodes down are the other two in 1 of 6, and with three nodes down nothing can be read.
    let expected = [0.5, 1.0 / 6.0, 0.0];
    assert_eq!(now.available_down.len(), 3);
    assert!(
        now.available_down.iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 1e-12)
    );

    // Both copies are needed for a read: what is on n2 can't be read without it.
    let held = now.map.shards.iter().filter(|shard| shard.members.contains(&NodeId(1)));
    let held: usize = held.map(|shard| now.map.held(shard.id).count()).sum();
    session.act(Action::Crash(NodeId(1))).expect("valid");
    let without = sharding(&session);
    assert!((without.available - (1.0 - held as f64 / 60.0)).abs() < 1e-9, "{} of {held}", without.available);
    assert!(!without.nodes[1].up);
    assert_eq!(session.metrics().value("available.keys"), Some(without.available));
}

#[test]
fn a_node_that_joins_gets_its_keys() {
    let mut scenario = ring("quorum");
    scenario.clients[0].operations = Some(300);
    scenario.script = vec![Step { at: ms(3_000), action: StepAction::Join { node: "n5".to_owned() } }];
    let mut session = Session::new(scenario).expect("valid");
    session.seek(ms(3_000), u64::MAX);
    let begun = sharding(&session).moved;
    assert_eq!((begun.since, begun.done, begun.keys), (Some(ms(3_000)), false, 0));
    // A fifth of 120 copies.
    assert_eq!(begun.least_keys, 24);
    session.seek(ms(20_000), u64::MAX);
    let after = sharding(&session);
    assert!(after.moved.done && after.moved.bytes > 0);
    assert!(after.nodes[4].inside && after.nodes[4].keys > 0);
    // Nothing changed meanwhile, so what the new node got was sent to it once, and nothing else to anybody.
    assert_eq!(after.moved.keys, u64::from(after.nodes[4].keys));
    assert!((after.available - 1.0).abs() < f64::EPSILON);
    assert_eq!(session.metrics().value("moved.keys"), Some(after.moved.keys as f64));
    // The figures are a function of the run: however one gets there, they are the same.
    session.seek(ms(1_000), u64::MAX);
    assert_eq!(sharding(&session).moved.since, None);
    session.seek(ms(20_000), u64::MAX);
    assert_eq!(sharding(&session), after);
    // Without the step there was no move.
    let mut undone = session.scenario().clone();
    undone.script.clear();
    session.edit(undone).expect("valid");
    session.resume(u64::MAX);
    assert_eq!(sharding(&session).moved.since, None);
}

#[test]
fn at_rest_every_promise_is_kept() {
    for protocol in ["primary-backup", "quorum", "raft"] {
        let mut scenario = ring(protocol);
        scenario.partitioning.as_mut().expect("split").parameters.clear();
        scenario.clients[0].mix = Mix { write: 4, read: 4, scan: 1, pair: 1, ..Mix::default() };
        scenario.clients[0].operations = Some(600);
        let step = |at, action| Step { at: ms(at), action };
        scenario.script = vec![
            step(2_000, StepAction::Join { node: "n5".to_owned() }),
            step(6_000, StepAction::Leave { node: "n2".to_owned() }),
            // Nobody misses a node that is not in the cluster any more.
            step(20_000, StepAction::Crash { node: "n2".to_owned() }),
        ];
        let mut session = Session::new(scenario).expect("valid");
        session.seek(ms(60_000), u64::MAX);
        let now = sharding(&session);
        assert!(now.moved.done && !now.nodes[1].inside, "{protocol}");
        let serving = |view: &netsplit_sim::sharding::ShardView| view.state == ShardState::Serving;
        let mut frame = netsplit_sim::frame::Frame::default();
        session.frame(&mut frame);
        let views = frame.nodes.iter().filter_map(|node| node.replica.sharding.as_ref());
        assert!(views.flat_map(|view| &view.copies).all(serving), "{protocol}");
        for promise in session.promises() {
            let verdicts = session.verdicts();
            let verdict = &verdicts.iter().find(|(name, _)| *name == promise.checker()).expect("a checker").1;
            assert_eq!(verdict.name(), "holds", "{protocol}: {} {}", promise.checker(), verdict.sentence());
        }
        assert_eq!(session.metrics().value("diverged_keys"), Some(0.0), "{protocol}");
    }
}

#[test]
fn queries_are_measured_by_themselves() {
    let mut scenario = ring("quorum");
    scenario.clients[0].pace = Pace::Silent;
    let client = || "c1".to_owned();
    let step = |at, action| Step { at: ms(at), action };
    let write = |n: u64| step(1_000 + n, StepAction::Write { client: client(), key: n as u32, value: None });
    scenario.script = (0..60).map(write).collect();
    scenario.script.extend([
        step(2_000, StepAction::QueryAll { client: client() }),
        step(3_000, StepAction::Scan { client: client(), key: 50, count: 20 }),
        step(4_000, StepAction::Pair { client: client(), first: 0, second: 30 }),
        step(5_000, StepAction::Crash { node: "n2".to_owned() }),
        step(5_001, StepAction::QueryAll { client: client() }),
    ]);
    let mut session = Session::new(scenario).expect("valid");
    session.seek(ms(10_000), u64::MAX);
    let shards = sharding(&session).map.shards.len() as f64;
    let all = session.machine().history().operations.len();
    assert_eq!(all, 60 + 60 + 10 + 2 + 60);
    let queries: Vec<_> = session.metrics().queries().to_vec();
    let ended: Vec<(u32, u32)> = queries.iter().map(|query| (query.parts, query.done)).collect();
    assert_eq!(ended[..3], [(60, 60), (10, 10), (2, 2)]);
    assert!(0 < ended[3].1 && ended[3].1 < 60, "{ended:?}");
    let metrics = session.metrics();
    // Parts are no operations of their own.
    assert_eq!((metrics.value("operations"), metrics.value("read.count")), (Some(60.0), Some(0.0)));
    let value = |name: &str| metrics.value(name).unwrap_or_else(|| panic!("{name} has no value"));
    assert_eq!(
        (value("query_all.count"), value("query_all.exact"), value("query_all.partial")),
        (2.0, 1.0, 1.0)
    );
    assert_eq!((value("scan.count"), value("scan.exact"), value("pair.exact")), (1.0, 1.0, 1.0));
    assert_eq!(value("query_all.shards_mean"), shards);
    assert!(value("scan.shards_mean") <= 10.0);
    // It waited for the dead node until the deadline, 500 ms.
    assert!(value("query_all.p50_ms") < 10.0 && (500.0..520.0).contains(&value("query_all.p99_ms")));
    // The question, its answer, and what nodes ask each other.
    let sent = value("pair.messages_mean");
    assert!((4.0..40.0).contains(&sent), "{sent}");
    assert_eq!(value("slow.share"), 0.0);
    // A window has those that ended in it.
    let window = metrics.window(ms(2_500), ms(4_500));
    let of = |name: &str| window.iter().find(|metric| metric.name == name).and_then(|metric| metric.value);
    assert_eq!(
        (of("query_all.count"), of("scan.count"), of("pair.count")),
        (Some(0.0), Some(1.0), Some(1.0))
    );
    assert_eq!(of("pair.messages_mean"), Some(sent));
    // What was answered is judged, and what was not is unknown.
    for name in ["linearizable", "no-lost-writes"] {
        let verdict = &session.verdicts().iter().find(|(known, _)| *known == name).expect("a checker").1;
        assert_ne!(verdict.name(), "broken", "{name} {}", verdict.sentence());
    }
}

#[test]
fn a_query_of_all_nodes_meets_the_slowest() {
    let mut scenario = ring("quorum");
    scenario.nodes[4].spare = false;
    scenario
        .partitioning
        .as_mut()
        .expect("split")
        .parameters
        .insert("replicas".to_owned(), ParameterValue::Count(1));
    for node in &mut scenario.nodes {
        node.service = Span::from_us(100);
        node.hiccup_share = 0.02;
        node.hiccup_times = 200;
    }
    scenario.clients[0].pace = Pace::Closed { think: Span::from_ms(50) };
    scenario.clients[0].mix = Mix { query_all: 1, ..Mix::default() };
    let mut session = Session::new(scenario).expect("valid");
    session.seek(ms(60_000), u64::MAX);
    let metrics = session.metrics();
    // The asked node's own message, and one there and one back for each of the four others: nine in all.
    let expected = 1.0 - (0..9).fold(1.0, |none, _| none * 0.98);
    let share = metrics.value("slow.share").expect("measured");
    assert!((share - expected).abs() < 0.04, "{share}, expected {expected}");
    // Who met one waited for it, 20 ms. A few waited in line behind a message of the background that was one.
    let queries = metrics.queries();
    assert!(queries.iter().all(|query| !query.slow || query.latency_ms > 20.0));
    let behind = queries.iter().filter(|query| !query.slow && query.latency_ms > 5.0).count();
    assert!(behind * 100 < queries.len(), "{behind} of {}", queries.len());
}

#[test]
fn gestures_on_the_split_become_steps() {
    let mut session = Session::new(ring("raft")).expect("valid");
    session.seek(ms(500), u64::MAX);
    let act = |session: &mut Session, action: Action| {
        session.act(action).expect("valid");
        session.scenario().script.last().expect("a step").action.clone()
    };
    let name = |name: &str| name.to_owned();
    assert_eq!(
        act(&mut session, Action::Reshape(Reshape::Join(NodeId(4)))),
        StepAction::Join { node: name("n5") }
    );
    assert_eq!(
        act(&mut session, Action::Reshape(Reshape::Remove(NodeId(2)))),
        StepAction::RemoveNode { node: name("n3") }
    );
    assert_eq!(
        act(&mut session, Action::Reshape(Reshape::Assign(Key(7), vec![NodeId(1), NodeId(0)]))),
        StepAction::Assign { key: 7, owners: vec![name("n2"), name("n1")] }
    );
    assert_eq!(
        act(&mut session, Action::Ask(ClientId(0), Many::Scan { from: Key(3), count: 4 })),
        StepAction::Scan { client: name("c1"), key: 3, count: 4 }
    );
    assert_eq!(
        act(&mut session, Action::Ask(ClientId(0), Many::Pair { first: Key(3), second: Key(4) })),
        StepAction::Pair { client: name("c1"), first: 3, second: 4 }
    );
    let problem = session.act(Action::Reshape(Reshape::Split(Key(60)))).expect_err("no such key");
    assert_eq!(problem.message, "expected a key from 1 to 60 and found 61");
    session.act(Action::Reshape(Reshape::Leave(NodeId(0)))).expect_err("it keeps the map");
    // The protocol's parameters and those of the split change each by itself, and stay otherwise.
    let mut values = session.parameters(NodeId(0));
    let about = session.about().clone();
    let place = about.parameters.iter().position(|p| p.id == "heartbeat").expect("a parameter of raft");
    values[place] = Span::from_ms(77).0;
    session.act(Action::Configure(None, values.clone())).expect("valid");
    session.configure_partitioning("chunk", 3, None).expect("valid");
    let now: Vec<(&str, u64)> = session.partitioning().iter().map(|(p, value)| (p.id, *value)).collect();
    assert!(now.contains(&("chunk", 3)) && now.contains(&("replicas", 2)), "{now:?}");
    assert_eq!(session.parameters(NodeId(0)), values);
    session.configure_partitioning("chunk", 0, None).expect_err("out of bounds");
    session.configure_partitioning("chunks", 3, None).expect_err("no such parameter");
    // With three copies a group has three members.
    session.configure_partitioning("replicas", 3, None).expect("valid");
    assert_eq!((session.group(), session.parameters(NodeId(3))), (3, values));
    let steps = session.scenario().script.len();
    assert!(session.undo());
    session.resume(u64::MAX);
    assert_eq!((session.group(), session.scenario().script.len()), (2, steps - 1));
    // The link leads to the same run.
    let shared = netsplit_scenario::link::decode(&session.link().expect("short")).expect("valid");
    let mut other = Session::new(shared.scenario).expect("valid");
    other.seek(shared.until, u64::MAX);
    assert_eq!(Some(other.hash()), shared.hash);
}
