//! What can be measured in the window of a step.
//!
//! A window counts the operations that began and ended in it, so that an operation that a cut interrupted
//! belongs to neither side of it. Names of nodes and clients are those of the scenario:
//!
//! - `read.…`, `write.…`, `cas.…`, `add.…`, `insert.…`, `remove.…`, or `client.NAME.…` for all operations of one client, with `count`,
//!   `success_share`, `mean_ms`, `min_ms`, `p50_ms`, `p90_ms`, `p99_ms`, `p999_ms`, `p9999_ms`, `max_ms` (of those that
//!   succeeded), and of reads
//!   `stale_count` and `stale_share` (those behind an acknowledged write when they began);
//! - `visible.NODE.…` with `count` and the same times: from a client's call of a write until the node's copy shows it;
//! - `windows.WIDTH.ENOUGH.…`, availability by time in windows of so many milliseconds, of which one is good if so many of
//!   100 operations that ended in it succeeded ([`crate::availability`]), with `count`, `share`, `nines`,
//!   `downtime_per_year_s`, `failures`, `mtbf_ms` and `mttr_ms`;
//! - `unseen_writes`, acknowledged writes that no copy shows at the end of the run so far, nor a newer one;
//! - `client.NAME.OTHER.keys_written_by_both`: keys to which both had acknowledged writes;
//! - `diverged_keys`: keys that the copies disagree on at the end of the window;
//! - `link.SITE.SITE.light_ms`, the least round trip through fibre at the end of the window, and
//!   `link.SITE.SITE.distance_km`;
//! - `up_share`, the part of the window that the nodes ran, on average, and `node.NODE.up_share` of one: a
//!   node that has crashed or is paused does not run. What the script says counts, not what anybody noticed;
//! - `seen.NODE.count`, how many events a node itself could notice: messages that it sent and got, its
//!   timers, what it noted and what its copy came to show; and `seen.NODE.fingerprint`, a number of nine
//!   digits made of all of them with their times since the window's start. What became of a message that it
//!   sent is not among them;
//! - `heard.NODE.SITE.count`, how many messages from a node or client reached a node, and in words
//!   `heard.NODE.SITE.first`, the kind of the first of them;
//! - where the data is split: `scan.…`, `query_all.…`, `pair.…` with `count`, `exact`, `partial`, `p50_ms`, `p99_ms`,
//!   `shards_mean`, `messages_mean` of the queries that ended in the window, and `slow.share` of them;
//!   `balance.max_over_mean` and `balance.variation` of the nodes' load by operations that ended in the window, as
//!   the data lies at the end of the run so far; `moved.…` with `keys`, `bytes`, `least_keys`, `done` of the last
//!   change, `available.keys`, and `load.NODE`, `keys.NODE`, `bytes.NODE`, `copies.NODE`, at the end of the run so far;
//! - where a client has a job, `job.…` with `count`, `mean_ms`, `p50_ms`, `p99_ms`, `max_ms` of the rounds that ended in
//!   the window, and `job.NAME.…` of those of one client;
//! - `range.FIRST.LAST.…` with the figures of `client.NAME.…` for all operations about these keys, counted from 1;
//! - `broken.CHECKER`: 1 if the promise is known to be broken by the end of the window, else 0;
//!   in words, `verdict.CHECKER` and `witness.CHECKER`, the sentence that says how it is broken.
//!
//! Any other name is looked up among the metrics of the window ([`crate::metrics`]).

use std::collections::{BTreeMap, BTreeSet};

use netsplit_checkers::Verdict;
use netsplit_sim::action::Action;
use netsplit_sim::history::{Call, CallKind, Operation, Outcome};
use netsplit_sim::ids::{ClientId, Key, NodeId, OpId, Site};
use netsplit_sim::setup::light;
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{Event, EventKind, REQUEST, RESPONSE};

use super::progress::World;
use crate::availability::{Objective, downtime_per_year_s, nines};
use crate::built::Timed;
use crate::metrics::{Metric, Point, WriteStrip};
use crate::session::Session;

/// A window of a run.
pub struct Window<'a> {
    session: &'a mut Session,
    world: &'a World,
    script: &'a [Timed],
    from: Time,
    to: Time,
    /// The metrics of the window, once one of them was asked for.
    metrics: Option<Vec<Metric>>,
}

impl<'a> Window<'a> {
    /// The window `from..to` of a run, with the cluster as it is at its end and the script that led there.
    pub fn new(
        session: &'a mut Session,
        world: &'a World,
        script: &'a [Timed],
        from: Time,
        to: Time,
    ) -> Self {
        Self { session, world, script, from, to, metrics: None }
    }

    /// A measure, if there was something to measure and it has this name.
    pub fn number(&mut self, name: &str) -> Option<f64> {
        let parts: Vec<&str> = name.split('.').collect();
        let own = match parts.as_slice() {
            // A shard that was moved shows what it has without having become it step by step.
            ["diverged_keys"] if self.session.scenario().partitioning.is_some() => {
                self.session.metrics().value(name)
            }
            ["diverged_keys"] => Some(self.diverged_keys()),
            ["visible", node, figure] => self.visible(node, figure),
            ["windows", width, enough, figure] => self.windows(width, enough, figure),
            ["unseen_writes"] => self.session.metrics().value(name),
            ["client", one, other, "keys_written_by_both"] => self.written_by_both(one, other),
            ["client", client, figure] => {
                let client = self.session.find(client)?.client()?;
                self.operations(&|operation, _| operation.client == client, figure)
            }
            ["job", client, figure] => self.rounds(self.session.find(client)?.client()?, figure),
            ["range", first, last, figure] => {
                let keys = first.parse::<u32>().ok()?..=last.parse().ok()?;
                self.operations(&|operation, _| keys.contains(&(operation.call.key().0 + 1)), figure)
            }
            ["link", a, b, figure] => self.link(a, b, figure),
            ["up_share"] => {
                let nodes = self.world.setup.nodes.len() as u16;
                let shares: Option<Vec<f64>> = (0..nodes).map(|n| self.up_share(NodeId(n))).collect();
                shares.and_then(|shares| share(shares.iter().sum(), shares.len() as f64))
            }
            ["node", node, "up_share"] => self.up_share(self.session.find(node)?.node()?),
            ["heard", node, from, "count"] => Some(self.heard(node, from)?.len() as f64),
            ["seen", node, figure] => self.seen(self.session.find(node)?.node()?, figure),
            ["broken", checker] => self.broken(checker),
            ["balance", figure] => self.balance(figure),
            ["moved" | "available" | "load" | "keys" | "bytes" | "copies", _] => {
                self.session.metrics().value(name)
            }
            [kind, figure] => {
                let kind = CallKind::ALL.into_iter().find(|call| call.name() == *kind);
                kind.and_then(|kind| self.operations(&|operation, _| operation.call.kind() == kind, figure))
            }
            _ => None,
        };
        own.or_else(|| {
            let (from, to) = (self.from, self.to);
            let session = &mut *self.session;
            let metrics = self.metrics.get_or_insert_with(|| session.metrics().window(from, to));
            metrics.iter().find(|metric| metric.name == name)?.value
        })
    }

    /// A measured word or sentence.
    pub fn words(&mut self, name: &str) -> Option<String> {
        if let ["heard", node, from, "first"] = name.split('.').collect::<Vec<_>>().as_slice() {
            let label = *self.heard(node, from)?.first()?;
            return Some(match label {
                REQUEST => "request".to_owned(),
                RESPONSE => "answer".to_owned(),
                kind => self.session.about().messages.get(usize::from(kind))?.name.to_owned(),
            });
        }
        let (kind, checker) = name.split_once('.')?;
        let broken = self.broken(checker);
        let clients = &self.session.scenario().clients;
        let names: Vec<String> = clients.iter().map(|client| client.name.clone()).collect();
        let verdict = self.verdict(checker)?;
        Some(match (kind, broken) {
            ("verdict", Some(broken)) if broken > 0.0 => "broken".to_owned(),
            ("verdict", Some(_)) => "it holds".to_owned(),
            ("verdict", None) => "not known".to_owned(),
            (_, Some(broken)) if broken <= 0.0 => String::new(),
            _ => sentence(&with_names(verdict.sentence(), &names)),
        })
    }

    /// The rounds of one client's job whose accesses ended in the window.
    fn rounds(&mut self, client: ClientId, figure: &str) -> Option<f64> {
        let (from, to) = (self.from, self.to);
        let ended = self.session.metrics().rounds().iter();
        let inside = ended.filter(|(at, of, _)| *of == client && from <= *at && *at < to);
        let took: Vec<f64> = inside.map(|(.., took)| took.as_ms()).collect();
        match figure {
            "count" => Some(took.len() as f64),
            "mean_ms" => share(took.iter().sum(), took.len() as f64),
            _ => spread(took, figure),
        }
    }

    /// How even the load of the window was.
    fn balance(&self, figure: &str) -> Option<f64> {
        let balance = self.session.balance_between(self.from, self.to)?;
        match figure {
            "max_over_mean" => Some(balance.max_over_mean),
            "variation" => Some(balance.variation),
            _ => None,
        }
    }

    fn inside(&self, from: Time, to: Time) -> bool {
        self.from <= from && to <= self.to
    }

    fn operations(&mut self, which: &dyn Fn(&Operation, &Point) -> bool, figure: &str) -> Option<f64> {
        let (from, to) = (self.from, self.to);
        self.session.metrics();
        let (points, history) = (self.session.measured().points(), self.session.machine().history());
        // Points are in the order of their ends.
        let points = &points[points.partition_point(|point| point.ended < from)..];
        let chosen: Vec<(&Operation, &Point)> = points
            .iter()
            .filter_map(|point| Some((history.operations.get(point.op.index())?, point)))
            .filter(|(operation, point)| {
                from <= operation.invoked && point.ended <= to && which(operation, point)
            })
            .collect();
        let count = |test: &dyn Fn(&Operation, &Point) -> bool| {
            chosen.iter().filter(|(operation, point)| test(operation, point)).count() as f64
        };
        let succeeded = |operation: &Operation, _: &Point| operation.outcome.is_success();
        let stale = |_: &Operation, point: &Point| point.versions_behind.is_some_and(|behind| behind > 0);
        let reads = |_: &Operation, point: &Point| point.versions_behind.is_some();
        match figure {
            "count" => Some(count(&|_, _| true)),
            "success_share" => share(count(&succeeded), chosen.len() as f64),
            "stale_count" => Some(count(&stale)),
            "stale_share" => share(count(&stale), count(&reads)),
            _ => {
                let succeeded = chosen.iter().filter(|(operation, _)| operation.outcome.is_success());
                spread(succeeded.map(|(_, point)| point.latency_ms).collect(), figure)
            }
        }
    }

    /// Availability by time.
    fn windows(&mut self, width: &str, enough: &str, figure: &str) -> Option<f64> {
        let width = Span::from_ms(width.parse().ok().filter(|width| (1..=86_400_000).contains(width))?);
        let enough = enough.parse::<u8>().ok().filter(|share| *share <= 100)?;
        let objective = Objective { width, enough: f64::from(enough) / 100.0, within: None };
        let by_time = self.session.metrics().availability_by_time(objective, self.from, self.to);
        let share = by_time.availability();
        match figure {
            "count" => Some(f64::from(by_time.good + by_time.bad)),
            "share" => share,
            "nines" => share.and_then(nines),
            "downtime_per_year_s" => share.map(downtime_per_year_s),
            "failures" => Some(f64::from(by_time.failures)),
            "mtbf_ms" => by_time.mtbf_ms(),
            "mttr_ms" => by_time.mttr_ms(),
            _ => None,
        }
    }

    fn visible(&mut self, node: &str, figure: &str) -> Option<f64> {
        let node = self.session.find(node)?.node()?;
        let (from, to) = (self.from, self.to);
        let delay = |write: &WriteStrip| {
            let visible = write.visible.get(node.index()).copied().flatten()?;
            (from <= write.invoked && visible <= to).then(|| visible.since(write.invoked).as_ms())
        };
        let delays: Vec<f64> = self.session.metrics().writes().iter().filter_map(delay).collect();
        if figure == "count" { Some(delays.len() as f64) } else { spread(delays, figure) }
    }

    fn written_by_both(&mut self, one: &str, other: &str) -> Option<f64> {
        let keys = |name: &str| -> Option<BTreeSet<Key>> {
            let client = self.session.find(name)?.client()?;
            let operations = self.session.machine().history().operations.iter();
            let written = operations.filter(|operation| {
                operation.client == client
                    && matches!(operation.outcome, Outcome::Written | Outcome::Swapped)
                    && operation.returned.is_some_and(|returned| self.inside(operation.invoked, returned))
            });
            Some(written.map(|operation| operation.call.key()).collect())
        };
        Some(keys(one)?.intersection(&keys(other)?).count() as f64)
    }

    /// Keys of which the copies show different writes at the end of the window.
    fn diverged_keys(&self) -> f64 {
        let machine = self.session.machine();
        let mut shown: BTreeMap<Key, BTreeMap<NodeId, BTreeSet<OpId>>> = BTreeMap::new();
        for event in machine.trace().iter().take_while(|event| event.at <= self.to) {
            if let EventKind::Visible { node, key, op } = event.kind {
                let copy = shown.entry(key).or_default().entry(node).or_default();
                let call = machine.history().operations.get(op.index()).map(|operation| operation.call);
                // A write takes the place of what was there; additions, insertions and removals gather.
                if matches!(call, Some(Call::Write { .. } | Call::Cas { .. })) {
                    copy.clear();
                }
                copy.insert(op);
            }
        }
        let nodes = self.world.setup.nodes.len();
        let differ = |copies: &BTreeMap<NodeId, BTreeSet<OpId>>| {
            copies.len() < nodes || copies.values().any(|ops| Some(ops) != copies.values().next())
        };
        shown.values().filter(|copies| differ(copies)).count() as f64
    }

    fn link(&self, a: &str, b: &str, figure: &str) -> Option<f64> {
        let (a, b) = (self.session.find(a)?, self.session.find(b)?);
        let km = self.world.setup.position(a).distance_km(self.world.setup.position(b));
        match figure {
            "distance_km" => Some(km),
            "light_ms" => Some(2.0 * light(km * self.world.quality(a, b).stretch).as_ms()),
            _ => None,
        }
    }

    /// The part of the window in which a node ran, as the script has it.
    fn up_share(&self, node: NodeId) -> Option<f64> {
        let (mut runs, mut paused) = (true, false);
        let (mut since, mut up_ns) = (self.from, 0);
        for timed in self.script.iter().take_while(|timed| timed.at < self.to) {
            let at = timed.at.max(self.from);
            if runs && !paused {
                up_ns += at.since(since).0;
            }
            since = at;
            match &timed.action {
                Action::Crash(n) | Action::CrashUnsynced(n) | Action::Wipe(n) if *n == node => {
                    // A crash also ends a pause.
                    (runs, paused) = (false, false);
                }
                Action::Restart(n) if *n == node => runs = true,
                Action::Pause(n) if *n == node => paused = runs,
                Action::Resume(n) if *n == node => paused = false,
                _ => {}
            }
        }
        if runs && !paused {
            up_ns += self.to.since(since).0;
        }
        share(up_ns as f64, self.to.since(self.from).0 as f64)
    }

    /// The kinds of the messages from one site that reached a node in the window.
    fn heard(&self, node: &str, site: &str) -> Option<Vec<u8>> {
        let (node, site) = (self.session.find(node)?, self.session.find(site)?);
        let trace = self.session.machine().trace();
        let inside = trace.iter().filter(|event| self.from <= event.at && event.at < self.to);
        let label = |event: &Event| match event.kind {
            EventKind::Delivered { from, to, label, .. } if from == site && to == node => Some(label),
            _ => None,
        };
        Some(inside.filter_map(label).collect())
    }

    /// What a node could notice in the window.
    fn seen(&self, node: NodeId, figure: &str) -> Option<f64> {
        let trace = self.session.machine().trace();
        let inside = trace.iter().filter(|event| self.from <= event.at && event.at < self.to);
        let seen = inside.filter_map(|event| Some((event.at.since(self.from).0, noticed(event, node)?)));
        match figure {
            "count" => Some(seen.count() as f64),
            "fingerprint" => {
                // FNV-1a (Fowler, Noll, Vo) over whole words.
                let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
                let hash = seen.fold(0xcbf2_9ce4_8422_2325, |hash, (at, what)| {
                    what.into_iter().fold(mix(hash, at), mix)
                });
                Some((hash % 900_000_000 + 100_000_000) as f64)
            }
            _ => None,
        }
    }

    fn verdict(&mut self, checker: &str) -> Option<&Verdict> {
        self.session.verdicts().iter().find(|(name, _)| *name == checker).map(|(_, verdict)| verdict)
    }

    /// What a verdict was at the end of the window: a promise is broken from the instant of its witness on.
    fn broken(&mut self, checker: &str) -> Option<f64> {
        let to = self.to;
        match self.verdict(checker)? {
            Verdict::Holds => Some(0.0),
            Verdict::Broken(witness) => Some(f64::from(witness.at.is_none_or(|at| at <= to))),
            Verdict::Unknown(_) => None,
        }
    }
}

/// Whether a node can notice an event by itself.
#[must_use]
pub fn is_noticed(event: &Event, node: NodeId) -> bool {
    noticed(event, node).is_some()
}

/// An event as a node itself notices it, in numbers; `None` if it can't. Messages have no numbers of their
/// own here: a node counts only those that it sends and gets.
fn noticed(event: &Event, node: NodeId) -> Option<[u64; 3]> {
    let me = Site::from(node);
    let place = |site: Site| match (site.node(), site.client()) {
        (Some(node), _) => u64::from(node.0),
        (_, Some(client)) => 1 << 16 | u64::from(client.0),
        _ => 1 << 17,
    };
    match event.kind {
        EventKind::Sent { from, to, label, .. } if from == me => Some([1, place(to), u64::from(label)]),
        EventKind::Delivered { from, to, label, .. } if to == me => Some([2, place(from), u64::from(label)]),
        EventKind::TimerFired { node: of, label } if of == node => Some([3, u64::from(label), 0]),
        EventKind::Noted { node: of, note } if of == node => Some([4, u64::from(note), 0]),
        EventKind::Visible { node: of, op, key } if of == node => {
            Some([5, u64::from(op.0), u64::from(key.0)])
        }
        EventKind::Started { node: of } if of == node => Some([6, 0, 0]),
        _ => None,
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// A figure of some numbers, by the nearest rank.
fn spread(mut numbers: Vec<f64>, figure: &str) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        let rank = (share * numbers.len() as f64).ceil() as usize;
        numbers.get(rank.max(1) - 1).copied()
    };
    match figure {
        "mean_ms" => share(numbers.iter().sum(), numbers.len() as f64),
        "min_ms" => rank(0.0),
        "p50_ms" => rank(0.5),
        "p90_ms" => rank(0.9),
        "p99_ms" => rank(0.99),
        "p999_ms" => rank(0.999),
        "p9999_ms" => rank(0.9999),
        "max_ms" => rank(1.0),
        _ => None,
    }
}

/// A checker calls clients `c1`, `c2`, …; the reader knows them by their names.
fn with_names(words: &str, names: &[String]) -> String {
    let name = |word: &str| {
        let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
        let number: usize = word[..end].strip_prefix('c')?.parse().ok()?;
        Some(format!("{}{}", names.get(number.checked_sub(1)?)?, &word[end..]))
    };
    let words = words.split(' ').map(|word| name(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

/// With a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let stop = if words.is_empty() || words.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_the_measures_of_a_split() {
        use crate::model::{Client, Node, Partitioning};
        use netsplit_sim::setup::{KeyPick, Mix, Pace, Position};

        let mut scenario = crate::Scenario { keys: 40, ..crate::Scenario::empty("quorum") };
        scenario.nodes = (1..=4).map(|n| Node::new(format!("n{n}"), Position::default())).collect();
        scenario.partitioning = Some(Partitioning::new("range"));
        let copies = crate::model::ParameterValue::Count(1);
        scenario.partitioning.as_mut().expect("split").parameters.insert("replicas".to_owned(), copies);
        let client = |name: &str, pace, scan| Client {
            pace,
            mix: Mix { write: 9, scan, ..Mix::default() },
            ..Client::new(name, Position::default())
        };
        scenario.clients = vec![client("c1", Pace::Open { per_second: 400.0 }, 0)];
        scenario.clients[0].keys =
            KeyPick::Growing { tenants: 4, doubling: netsplit_sim::time::Span::from_s(5) };
        scenario.clients.push(client(
            "c2",
            Pace::Job { accesses: 10, compute: netsplit_sim::time::Span::from_ms(200) },
            1,
        ));
        let mut session = Session::new(scenario.clone()).expect("valid");
        session.seek(Time(11_000_000_000), u64::MAX);
        let built = crate::build(&scenario).expect("valid");
        let world = World::new(built.setup.clone(), &built.words());
        let mut number = |from: u64, to: u64, name: &str| {
            let (from, to) = (Time(from * 1_000_000_000), Time(to * 1_000_000_000));
            Window::new(&mut session, &world, &built.script, from, to).number(name)
        };
        // The first quarter of the keys is the first tenant's and the first node's: its share goes from one to four
        // quarters.
        let (early, late) = (number(0, 2, "balance.max_over_mean"), number(10, 11, "balance.max_over_mean"));
        assert!(early.is_some_and(|early| early < 1.6), "{early:?}");
        assert!(late.is_some_and(|late| late > 3.0), "{late:?}");
        assert!(number(10, 11, "balance.variation").is_some_and(|late| late > 1.0));
        let scans = number(0, 11, "scan.count").expect("measured");
        let parts = [(0, 5), (5, 11)].map(|(from, to)| number(from, to, "scan.count").expect("measured"));
        assert!(scans > 30.0 && parts.iter().sum::<f64>() == scans, "{scans} {parts:?}");
        for name in [
            "scan.exact",
            "scan.p50_ms",
            "scan.p99_ms",
            "scan.shards_mean",
            "scan.messages_mean",
            "pair.count",
            "query_all.partial",
            "slow.share",
            "job.count",
            "job.mean_ms",
            "job.p50_ms",
            "job.c2.count",
            "job.c2.mean_ms",
            "job.c2.p99_ms",
            "range.1.20.count",
            "range.1.40.success_share",
            "available.keys",
            "load.n2",
            "keys.n1",
            "bytes.n1",
            "copies.n1",
        ] {
            assert!(number(1, 11, name).is_some(), "{name}");
        }
        assert_eq!((number(1, 11, "moved.keys"), number(1, 11, "diverged_keys")), (None, Some(0.0)));
        // The other client has no job, and two halves of the keys are all of them.
        assert_eq!(number(0, 11, "job.c2.count"), number(0, 11, "job.count"));
        assert_eq!(number(0, 11, "job.c1.count"), Some(0.0));
        let halves =
            ["range.1.20.count", "range.21.40.count"].map(|name| number(0, 11, name).expect("measured"));
        assert!(halves[0] > 0.0 && halves[1] > 0.0);
        assert_eq!(Some(halves[0] + halves[1]), number(0, 11, "range.1.40.count"));
    }

    #[test]
    fn figures_take_the_nearest_rank() {
        let numbers = || vec![4.0, 1.0, 3.0, 2.0];
        assert_eq!(spread(numbers(), "min_ms"), Some(1.0));
        assert_eq!(spread(numbers(), "p50_ms"), Some(2.0));
        assert_eq!(spread(numbers(), "p99_ms"), Some(4.0));
        assert_eq!(spread(numbers(), "max_ms"), Some(4.0));
        assert_eq!(spread(Vec::new(), "p50_ms"), None);
        assert_eq!(spread(numbers(), "p51_ms"), None);
    }

    #[test]
    fn clients_get_their_names() {
        let names = ["ann".to_owned(), "bob".to_owned()];
        let words = with_names("c1's write of v3 came before c2; c3 and c0 did not see c1.", &names);
        assert_eq!(words, "ann's write of v3 came before bob; c3 and c0 did not see ann.");
        assert_eq!(sentence("a b"), "A b.");
        assert_eq!(sentence(""), "");
    }
}
