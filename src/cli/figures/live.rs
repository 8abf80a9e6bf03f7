//! Figures that take the run of a whole cluster: each is a scenario, and what it came to.

use netsplit_protocols::partitioning::figures::Figure;
use netsplit_scenario::{Session, text};
use netsplit_sim::ids::Key;
use netsplit_sim::sharding::ShardMap;
use netsplit_sim::time::{Span, Time};

/// Every figure, in the order of display.
pub(super) fn all() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (accesses, called) in [(1, "light"), (10, "medium"), (100, "high")] {
        for nodes in [1, 2, 4, 8, 16, 32] {
            let n = f64::from(nodes);
            figures.push(Figure {
                what: format!("job, {called} communication, {nodes} nodes, µs"),
                measured: job_us(nodes, accesses),
                published: 1_000.0 + f64::from(accesses) * (0.1 / n + 100.0 * (1.0 - 1.0 / n)),
                within: 0.01 * (1_000.0 + f64::from(accesses) * 100.0),
                source: "Barroso, Clidaras and Hölzle 2013, figure 3.2",
            });
        }
    }
    for nodes in [1, 10, 31] {
        figures.push(Figure {
            what: format!("queries that met a slow node, {nodes} nodes each slow 1 % of the time"),
            measured: slow_share(nodes),
            published: 1.0 - 0.99_f64.powi(nodes.into()),
            within: 0.03,
            source: "Dean and Barroso 2013",
        });
    }
    for (scheme, parameter, published) in [("ring", "virtual_nodes = 128", 0.2), ("modulo", "", 0.8)] {
        figures.push(Figure {
            what: format!("keys with another node after a fifth joined under load, {scheme}"),
            measured: changed_owner(scheme, parameter),
            published,
            within: 0.06,
            source: "Karger et al. 1997",
        });
    }
    figures
}

/// A session of a scenario that is right.
fn session(text: &str) -> Session {
    let scenario = text::parse(text).expect("the scenario of a figure is right");
    Session::new(scenario).expect("the scenario of a figure is right")
}

fn metric(session: &mut Session, name: &str) -> f64 {
    let list = session.metrics().list();
    let metric = list.iter().find(|metric| metric.name == name);
    metric.and_then(|metric| metric.value).unwrap_or(f64::NAN)
}

fn nodes(count: u16, more: &str) -> String {
    (1..=count).map(|n| format!("[[nodes]]\nname = \"n{n}\"\n{more}")).collect()
}

/// The mean time of a job in microseconds. A thousand times as slow as the real thing, because a link has a delay of at
/// least a microsecond: the client is 0.05 ms from its node each way, which makes 0.1 ms for an access there; another
/// node gets the request from there after 49.975 ms and answers the client after as long, which makes 100 ms. There is
/// one key on each node, and they are asked for in turn.
fn job_us(count: u16, accesses: u32) -> f64 {
    let mut session = session(&format!(
        r#"
keys = {count}
[protocol]
name = "single"
[partitioning]
scheme = "range"
replicas = 1
[network]
base_ms = 49.975
{}
[[clients]]
name = "c1"
home = "n1"
pace = {{ kind = "job", accesses = {accesses}, compute_ms = 1000 }}
keys = {{ kind = "sequential" }}
mix = {{ read = 1 }}
timeout_ms = 10000
operations = {}
[[links]]
between = ["c1", "n1"]
base_ms = 0.05
"#,
        nodes(count, ""),
        accesses * u32::from(count),
    ));
    session.seek(Time::ZERO + Span::from_s(1_000), u64::MAX);
    metric(&mut session, "job.mean_ms")
}

/// The share of queries over all keys that met a node that was slow just then. A node that stands by asks, and is
/// never slow.
fn slow_share(count: u16) -> f64 {
    let mut session = session(&format!(
        r#"
keys = {count}
[protocol]
name = "single"
[partitioning]
scheme = "range"
replicas = 1
deadline_ms = 5000
{}
[[nodes]]
name = "asker"
spare = true
[[clients]]
name = "c1"
home = "asker"
pace = {{ kind = "closed", think_ms = 1 }}
mix = {{ query_all = 1 }}
timeout_ms = 10000
operations = 3000
"#,
        nodes(count, "service_ms = 0.1\nhiccup_share = 0.01\nhiccup_times = 200\n"),
    ));
    session.seek(Time::ZERO + Span::from_s(200), u64::MAX);
    metric(&mut session, "slow.share")
}

/// The share of keys that belong to another node after a fifth has joined four, while clients go on.
fn changed_owner(scheme: &str, parameter: &str) -> f64 {
    let keys = 400;
    let mut session = session(&format!(
        r#"
keys = {keys}
[protocol]
name = "single"
[partitioning]
scheme = "{scheme}"
replicas = 1
{parameter}
{}
[[nodes]]
name = "n5"
spare = true
[[clients]]
name = "c1"
pace = {{ kind = "closed", think_ms = 1 }}
mix = {{ write = 1 }}
keys = {{ kind = "sequential" }}
[[script]]
at_ms = 2000
action = "join"
node = "n5"
"#,
        nodes(4, ""),
    ));
    let map = |session: &mut Session, at: Span| -> ShardMap {
        session.seek(Time::ZERO + at, u64::MAX);
        session.sharding().map_or_else(ShardMap::default, |sharding| (*sharding.map).clone())
    };
    let (before, after) = (map(&mut session, Span::from_ms(1_900)), map(&mut session, Span::from_s(20)));
    let owner = |map: &ShardMap, key| map.owner(Key(key)).map(|shard| shard.members.clone());
    let changed = (0..keys).filter(|&key| owner(&before, key) != owner(&after, key)).count();
    changed as f64 / f64::from(keys)
}
