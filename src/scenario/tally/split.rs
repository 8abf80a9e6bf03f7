//! What is counted only where the data is split, or where clients have jobs.

use netsplit_sim::time::Span;

use super::{List, Share, Tally, ratio};
use crate::metrics::QueryPoint;
use crate::metrics::queries::{KINDS, place};
use crate::samples::Samples;
use crate::sharding::Sharding;

/// What queries of one kind came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueryTally {
    exact: usize,
    partial: usize,
    ended: usize,
    latency: Samples,
    shards: u64,
}

/// Queries and jobs.
#[derive(Clone, Debug, Default)]
pub(crate) struct SplitTally {
    /// Whether the data is split: what is of no use then is left out, and what is of use only then is listed.
    pub(crate) is_split: bool,
    /// Whether anybody has a job.
    pub(crate) has_jobs: bool,
    queries: [QueryTally; KINDS.len()],
    /// Messages of queries that ended, by kind.
    pub(crate) messages: [u64; KINDS.len()],
    slow: Share,
    jobs: Samples,
}

impl Tally {
    /// A query ended.
    pub(crate) fn add_query(&mut self, point: &QueryPoint) {
        let tally = &mut self.split.queries[place(point.many)];
        tally.ended += 1;
        tally.exact += usize::from(point.done == point.parts);
        tally.partial += usize::from(0 < point.done && point.done < point.parts);
        if point.done > 0 {
            tally.latency.add(Span::from_ms_f64(point.latency_ms));
            tally.shards += u64::from(point.shards);
        }
        self.split.slow.add(point.slow);
    }

    /// A round of a job ended.
    pub(crate) fn add_job(&mut self, took: Span) {
        self.split.jobs.add(took);
    }

    pub(super) fn list_queries(&mut self, list: &mut List) {
        if !self.split.is_split {
            return;
        }
        for (place, name) in KINDS.iter().enumerate() {
            let title = ["Range scans", "Queries of all keys", "Pairs"][place];
            let messages = self.split.messages[place];
            let tally = &mut self.split.queries[place];
            let answered = tally.latency.count();
            list.count(format!("{name}.count"), title, tally.ended, "Queries of this kind that ended");
            let meaning = "Answers that were for every key that was asked for";
            list.count(format!("{name}.exact"), format!("{title}, exact"), tally.exact, meaning);
            let meaning = "Answers without some of the keys, whose shards did not answer in time";
            list.count(format!("{name}.partial"), format!("{title}, partial"), tally.partial, meaning);
            list.spread(name, title, &mut tally.latency, "From question to answer, exact or partial");
            list.add(
                format!("{name}.shards_mean"),
                format!("{title}, shards touched"),
                "count",
                ratio(tally.shards as f64, answered as f64),
                "How many shards were asked, on average of those with an answer",
            );
            list.add(
                format!("{name}.messages_mean"),
                format!("{title}, messages"),
                "count",
                ratio(messages as f64, tally.ended as f64),
                "Messages that the query caused, its own and its answer's included, on average",
            );
        }
        list.share(
            "slow.share",
            "Queries that met a slow answer",
            self.split.slow.value(),
            "The share of ended queries of which some node took longer than usual over a message",
        );
    }

    pub(super) fn list_jobs(&mut self, list: &mut List) {
        if !self.split.has_jobs {
            return;
        }
        let (title, jobs) = ("Jobs", &mut self.split.jobs);
        let meaning = "From the first access of a round to the end of its computing";
        list.count("job.count", title, jobs.count(), "Rounds of which all accesses have ended");
        list.spread("job", title, jobs, meaning);
        list.add("job.mean_ms", format!("{title}, mean"), "ms", jobs.mean_ms(), meaning);
    }
}

/// How the data lies now.
pub(super) fn list_sharding(list: &mut List, names: &[String], sharding: &Sharding) {
    let some = sharding.nodes.iter().any(|node| node.load > 0);
    let balance = Some(sharding.balance).filter(|_| some);
    list.add(
        "balance.max_over_mean",
        "Most loaded node over the mean",
        "ratio",
        balance.map(|balance| balance.max_over_mean),
        "Operations of the busiest node in the cluster over the mean of all of them; 1 is even",
    );
    list.add(
        "balance.variation",
        "Variation of load",
        "ratio",
        balance.map(|balance| balance.variation),
        "The standard deviation of the nodes' operations over their mean; 0 is even",
    );
    let moved = sharding.moved;
    let since = |value: u64| moved.since.map(|_| value as f64);
    let meaning = "Keys that nodes were sent since the last change of how the data is split";
    list.add("moved.keys", "Keys moved", "count", since(moved.keys), meaning);
    let meaning = "Bytes of keys that nodes were sent since the last change of how the data is split";
    list.add("moved.bytes", "Bytes moved", "bytes", since(moved.bytes), meaning);
    let meaning = "The least number of keys that this change had to move, whatever the scheme";
    list.add("moved.least_keys", "Keys to be moved at least", "count", since(moved.least_keys), meaning);
    let meaning = "1 if nothing is left to move, else 0";
    list.add("moved.done", "Move done", "count", since(u64::from(moved.done)), meaning);
    list.share(
        "available.keys",
        "Keys that can be read",
        Some(sharding.available),
        "The share of keys whose shard has enough running members for a read",
    );
    for (down, share) in (1..).zip(&sharding.available_down) {
        let (title, meaning) = match down {
            1 => {
                ("Keys readable with 1 node down", "By the map, in the mean over all nodes that it could be")
            }
            2 => ("Keys readable with 2 nodes down", "By the map, in the mean over all pairs of nodes"),
            _ => ("Keys readable with 3 nodes down", "By the map, in the mean over all choices of three"),
        };
        list.share(format!("available.down_{down}"), title, Some(*share), meaning);
    }
    for node in sharding.nodes.iter().filter(|node| node.inside) {
        let Some(name) = names.get(node.node.index()) else { continue };
        let figures = [
            ("load", "Operations at", node.load as f64, "count", "Operations that its copies carried out"),
            ("keys", "Keys at", f64::from(node.keys), "count", "Written keys in its copies"),
            ("bytes", "Bytes at", node.bytes as f64, "bytes", "About how many bytes its copies take"),
            ("copies", "Shards at", f64::from(node.copies), "count", "How many shards it has a copy of"),
        ];
        for (figure, title, value, unit, meaning) in figures {
            list.add(format!("{figure}.{name}"), format!("{title} {name}"), unit, Some(value), meaning);
        }
    }
}
