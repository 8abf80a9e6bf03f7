//! Figures on data that is split: those of the schemes alone, and those that take the run of a whole cluster.

use netsplit_protocols::partitioning;
use netsplit_scenario::Session;
use netsplit_scenario::model::{
    Client, Home, Link, Node, Overrides, ParameterValue, Partitioning, Scenario, Step, StepAction,
};
use netsplit_sim::ids::Key;
use netsplit_sim::setup::{KeyPick, LinkQuality, Mix, Pace, Position};
use netsplit_sim::sharding::ShardMap;
use netsplit_sim::time::{Span, Time};

use super::pbs::luck;
use super::{Effort, Figure};

/// A scenario of single copies, split by this scheme, one copy of each key.
fn split(
    scheme: &str,
    parameters: &[(&str, ParameterValue)],
    keys: u32,
    nodes: Vec<Node>,
    client: Client,
) -> Scenario {
    let mut partitioning = Partitioning::new(scheme);
    partitioning.parameters.insert("replicas".to_owned(), ParameterValue::Count(1));
    for (id, value) in parameters {
        partitioning.parameters.insert((*id).to_owned(), value.clone());
    }
    Scenario {
        keys,
        partitioning: Some(partitioning),
        nodes,
        clients: vec![client],
        ..Scenario::empty("single")
    }
}

fn play(scenario: Scenario, until: Span) -> Session {
    let mut session = Session::new(scenario).expect("the scenario of a figure is right");
    session.seek(Time::ZERO + until, u64::MAX);
    session
}

fn metric(session: &mut Session, name: &str) -> f64 {
    let list = session.metrics().list();
    let metric = list.iter().find(|metric| metric.name == name);
    metric.and_then(|metric| metric.value).unwrap_or(f64::NAN)
}

fn nodes(count: u16) -> Vec<Node> {
    (1..=count).map(|n| Node::new(format!("n{n}"), Position::default())).collect()
}

/// The schemes alone, and a join in a running cluster.
pub(super) fn partitioning(_: Effort) -> Vec<Figure> {
    let of_schemes = partitioning::figures::all().into_iter().map(|figure| Figure {
        what: figure.what,
        measured: figure.measured,
        published: figure.published,
        within: figure.within,
        note: format!("{}.", figure.source),
    });
    let mut figures: Vec<Figure> = of_schemes.collect();
    let virtual_nodes = [("virtual_nodes", ParameterValue::Count(128))];
    for (scheme, parameters, published) in [("ring", &virtual_nodes[..], 0.2), ("modulo", &[], 0.8)] {
        figures.push(Figure {
            what: format!("{scheme}: keys with another node after a fifth joined under load"),
            measured: changed_owner(scheme, parameters),
            published,
            within: 0.06,
            note: "Measured in a running cluster.".to_owned(),
        });
    }
    figures
}

/// The share of keys that belong to another node after a fifth has joined four, while clients go on.
fn changed_owner(scheme: &str, parameters: &[(&str, ParameterValue)]) -> f64 {
    let keys = 400;
    let mut all = nodes(5);
    all[4].spare = true;
    let client = Client {
        pace: Pace::Closed { think: Span::from_ms(1) },
        mix: Mix { write: 1, ..Mix::default() },
        keys: KeyPick::Sequential,
        ..Client::new("c1", Position::default())
    };
    let mut scenario = split(scheme, parameters, keys, all, client);
    let action = StepAction::Join { node: "n5".to_owned() };
    scenario.script.push(Step { at: Time::ZERO + Span::from_s(2), action });
    let mut session = play(scenario, Span::from_ms(1_900));
    let mut map = |at: Span| -> ShardMap {
        session.seek(Time::ZERO + at, u64::MAX);
        session.sharding().map_or_else(ShardMap::default, |sharding| (*sharding.map).clone())
    };
    let (before, after) = (map(Span::from_ms(1_900)), map(Span::from_s(20)));
    let owner = |map: &ShardMap, key| map.owner(Key(key)).map(|shard| shard.members.clone());
    let changed = (0..keys).filter(|&key| owner(&before, key) != owner(&after, key)).count();
    changed as f64 / f64::from(keys)
}

/// Queries to every node, each of which is slow now and then.
pub(super) fn tail_at_scale(effort: Effort) -> Vec<Figure> {
    let queries = match effort {
        Effort::Quick => 1_500,
        Effort::Full => 20_000,
    };
    let figure = |&count: &u16| {
        let published = 1.0 - (0..count).map(|_| 0.99).product::<f64>();
        Figure {
            what: format!("queries that met a slow node, {count} nodes each slow 1 % of the time"),
            measured: slow_share(count, queries),
            published,
            within: luck(published, queries.into()),
            note: String::new(),
        }
    };
    [1, 10, 31].iter().map(figure).collect()
}

/// The share of queries over all keys that met a node that was slow just then. A node that stands by asks, and is
/// never slow.
fn slow_share(count: u16, queries: u32) -> f64 {
    let mut all = nodes(count);
    for node in &mut all {
        node.service = Span::from_us(100);
        node.hiccup_share = 0.01;
        node.hiccup_times = 200;
    }
    all.push(Node { spare: true, ..Node::new("asker", Position::default()) });
    let client = Client {
        home: Home::Node("asker".to_owned()),
        pace: Pace::Closed { think: Span::from_ms(1) },
        mix: Mix { query_all: 1, ..Mix::default() },
        timeout: Span::from_s(10),
        operations: Some(queries),
        ..Client::new("c1", Position::default())
    };
    let deadline = [("deadline", ParameterValue::Time(Span::from_s(5)))];
    let scenario = split("range", &deadline, count.into(), all, client);
    metric(&mut play(scenario, Span::from_s(1_000)), "slow.share")
}

/// The data centre as a computer: jobs that need data of all nodes alike.
pub(super) fn barroso(_: Effort) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (accesses, called) in [(1, "light"), (10, "medium"), (100, "high")] {
        for count in [1, 2, 4, 8, 16, 32] {
            let n = f64::from(count);
            let nodes = if count == 1 { "node" } else { "nodes" };
            let published = 1_000.0 + f64::from(accesses) * (0.1 / n + 100.0 * (1.0 - 1.0 / n));
            figures.push(Figure {
                what: format!("a job of {called} communication, {count} {nodes}, in µs"),
                measured: job_us(count, accesses),
                published,
                within: 0.001 * published,
                note: String::new(),
            });
        }
    }
    figures
}

/// The mean time of a job in microseconds. A thousand times as slow as the real thing, because a link has a delay of at
/// least a microsecond: the client is 0.05 ms from its node each way, which makes 0.1 ms for an access there; another
/// node gets the request from there after 49.975 ms and answers the client after as long, which makes 100 ms. There is
/// one key on each node, and they are asked for in turn.
fn job_us(count: u16, accesses: u32) -> f64 {
    let client = Client {
        home: Home::Node("n1".to_owned()),
        pace: Pace::Job { accesses, compute: Span::from_s(1) },
        keys: KeyPick::Sequential,
        mix: Mix { read: 1, ..Mix::default() },
        timeout: Span::from_s(10),
        operations: Some(accesses * u32::from(count)),
        ..Client::new("c1", Position::default())
    };
    let mut scenario = split("range", &[], count.into(), nodes(count), client);
    scenario.network = LinkQuality { base: Span::from_us(49_975), ..LinkQuality::default() };
    scenario.links.push(Link {
        between: ["c1".to_owned(), "n1".to_owned()],
        quality: Overrides { base: Some(Span::from_us(50)), ..Overrides::default() },
    });
    metric(&mut play(scenario, Span::from_s(1_000)), "job.mean_ms")
}
