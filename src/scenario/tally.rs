//! Sums and samples, and the list of metrics made of them: of a whole run, or of a window.

mod split;
mod work;

use std::collections::BTreeMap;

use netsplit_sim::history::CallKind;
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::{Span, Time};

use crate::availability::ByTime;
use crate::metrics::{Ended, Metric, Point};
use crate::queueing::{Gathering, Work};
use crate::samples::Samples;
use crate::sharding::Sharding;
use crate::visibility::WriteStrip;

use split::SplitTally;

/// What has been counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    latency: [Samples; KINDS],
    by_client: Vec<[Samples; KINDS]>,
    all: Share,
    /// By kind of operation, in the order of [`CallKind::ALL`].
    of_kind: [Share; KINDS],
    of_client: Vec<Share>,
    of_node: Vec<Share>,
    refused: usize,
    unknown: usize,
    pub(crate) acknowledged: usize,
    /// By node: acknowledged writes that are not visible there.
    pub(crate) missing: Vec<usize>,
    visible: Vec<Samples>,
    after_acknowledgement: Vec<Samples>,
    everywhere: Samples,
    everywhere_after_acknowledgement: Samples,
    reads: Share,
    versions_behind: u64,
    versions_behind_most: u32,
    /// How many reads were so many versions behind.
    by_versions_behind: BTreeMap<u32, usize>,
    behind: Samples,
    pub(crate) messages: usize,
    pub(crate) elapsed: Span,
    pub(crate) by_time: ByTime,
    /// By node; `None` of one that never had any work that takes time.
    pub(crate) works: Vec<Option<Work>>,
    /// Where clients gather operations.
    pub(crate) gathered: Option<Gathering>,
    pub(crate) split: SplitTally,
}

/// What is known only of the present instant or of the whole run.
pub(crate) struct Instant {
    pub(crate) pending: usize,
    pub(crate) diverged: usize,
    pub(crate) siblings: usize,
    pub(crate) unseen: usize,
    pub(crate) bytes: u64,
    pub(crate) dropped: u64,
    /// How the data lies, where it is split.
    pub(crate) sharding: Option<Sharding>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    part: usize,
    whole: usize,
}

impl Share {
    fn add(&mut self, counts: bool) {
        self.part += usize::from(counts);
        self.whole += 1;
    }

    fn value(self) -> Option<f64> {
        ratio(self.part as f64, self.whole as f64)
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// How many kinds of operation there are.
const KINDS: usize = CallKind::ALL.len();

/// The place of a kind in [`CallKind::ALL`].
fn place(kind: CallKind) -> usize {
    kind as usize
}

impl Tally {
    pub(crate) fn new(nodes: usize, clients: usize) -> Self {
        Self {
            by_client: vec![<[Samples; KINDS]>::default(); clients],
            of_client: vec![Share::default(); clients],
            of_node: vec![Share::default(); nodes],
            missing: vec![0; nodes],
            visible: vec![Samples::default(); nodes],
            after_acknowledgement: vec![Samples::default(); nodes],
            ..Self::default()
        }
    }

    /// An operation ended.
    pub(crate) fn add_point(&mut self, point: &Point, behind: Span) {
        // A latency is a whole number of nanoseconds, and comes back from milliseconds exactly.
        let latency = Span::from_ms_f64(point.latency_ms);
        let success = point.outcome == Ended::Success;
        self.all.add(success);
        self.of_kind[place(point.kind)].add(success);
        self.of_client[point.client.index()].add(success);
        self.of_node[point.node.index()].add(success);
        // Every other acknowledgement is counted with the write that it is of.
        self.acknowledged += usize::from(success && point.kind == CallKind::Remove);
        self.refused += usize::from(point.outcome == Ended::Refused);
        self.unknown += usize::from(point.outcome == Ended::Unknown);
        if success {
            self.latency[place(point.kind)].add(latency);
            self.by_client[point.client.index()][place(point.kind)].add(latency);
        }
        if let Some(versions) = point.versions_behind {
            self.reads.add(versions > 0);
            self.versions_behind += u64::from(versions);
            *self.by_versions_behind.entry(versions).or_default() += 1;
            self.versions_behind_most = self.versions_behind_most.max(versions);
            if versions > 0 {
                self.behind.add(behind);
            }
        }
    }

    /// A write became visible at a node.
    pub(crate) fn add_visible(&mut self, strip: &WriteStrip, node: NodeId, at: Time) {
        self.visible[node.index()].add(at.since(strip.invoked));
        if let Some(told) = strip.acknowledged {
            self.add_after_acknowledgement(node, at.since(told));
        }
    }

    pub(crate) fn add_after_acknowledgement(&mut self, node: NodeId, span: Span) {
        self.after_acknowledgement[node.index()].add(span);
    }

    /// A write became visible at the last node.
    pub(crate) fn add_everywhere(&mut self, strip: &WriteStrip) {
        if let Some(at) = strip.everywhere() {
            self.everywhere.add(at.since(strip.invoked));
            if let Some(told) = strip.acknowledged {
                self.add_everywhere_after_acknowledgement(at.since(told));
            }
        }
    }

    pub(crate) fn add_everywhere_after_acknowledgement(&mut self, span: Span) {
        self.everywhere_after_acknowledgement.add(span);
    }

    /// Everything counted, under its stable name.
    pub(crate) fn list(
        &mut self,
        nodes: &[String],
        clients: &[String],
        instant: Option<&Instant>,
    ) -> Vec<Metric> {
        let mut list = List::default();
        self.list_clients_view(&mut list, nodes, clients);
        self.list_by_time(&mut list);
        self.list_latencies(&mut list, clients);
        self.list_visibility(&mut list, nodes);
        self.list_staleness(&mut list);
        self.list_queries(&mut list);
        self.list_jobs(&mut list);
        self.list_cost(&mut list, instant);
        self.list_work(&mut list, nodes);
        if let Some(sharding) = instant.and_then(|instant| instant.sharding.as_ref()) {
            split::list_sharding(&mut list, nodes, sharding);
        }
        list.0
    }

    fn list_clients_view(&self, list: &mut List, nodes: &[String], clients: &[String]) {
        list.share(
            "availability",
            "Availability",
            self.all.value(),
            "The share of ended operations that gave their client what it asked for",
        );
        for (name, share) in clients.iter().zip(&self.of_client) {
            list.share(
                format!("availability.{name}"),
                format!("Availability for {name}"),
                share.value(),
                "The share of this client's ended operations that gave it what it asked for",
            );
        }
        for (name, share) in nodes.iter().zip(&self.of_node) {
            list.share(
                format!("availability.{name}"),
                format!("Availability at {name}"),
                share.value(),
                "The share of ended operations, among those first sent to this node, that succeeded",
            );
        }
        let seconds = self.elapsed.as_ms() / 1e3;
        let throughput = ratio(self.all.part as f64, seconds);
        let meaning = "Operations that succeeded in a second of simulated time";
        list.add("throughput_per_s", "Throughput", "per s", throughput, meaning);
        list.count("operations", "Operations", self.all.whole, "Operations that ended");
        list.count(
            "refused",
            "Refused",
            self.refused,
            "Operations that the cluster refused: they surely had no effect",
        );
        list.count(
            "unknown_outcomes",
            "Unknown outcomes",
            self.unknown,
            "Operations whose client can't know whether they took effect",
        );
        list.count(
            "acknowledged_writes",
            "Acknowledged writes",
            self.acknowledged,
            "Writes that their client was told to have taken effect",
        );
    }

    fn list_latencies(&mut self, list: &mut List, clients: &[String]) {
        let titles = ["Reads", "Writes", "Compare-and-sets", "Additions", "Insertions", "Removals"];
        for (place, kind) in CallKind::ALL.iter().enumerate() {
            let (name, title) = (kind.name(), titles[place]);
            let answered = format!("{title} that succeeded");
            let meaning = "The share of these operations, among those that ended, that gave their client what it asked for";
            list.share(format!("{name}.availability"), answered, self.of_kind[place].value(), meaning);
            list.latencies(name, title, &mut self.latency[place]);
            for (client, samples) in clients.iter().zip(&mut self.by_client) {
                let samples = &mut samples[place];
                if samples.count() > 0 {
                    list.latencies(&format!("{name}.{client}"), &format!("{title} of {client}"), samples);
                }
            }
        }
    }

    fn list_visibility(&mut self, list: &mut List, nodes: &[String]) {
        let everywhere = "From the call of a write until the copy of every node shows it or a newer one";
        // Where the data is split no write is ever everywhere, and the record does not say where it has to be.
        let whole = !self.split.is_split;
        if whole {
            list.spread("visible_everywhere", "Visible everywhere", &mut self.everywhere, everywhere);
            let after = "From the acknowledgement of a write until the copy of every node shows it or a newer one; 0 if \
                         all did before";
            let samples = &mut self.everywhere_after_acknowledgement;
            list.spread(
                "visible_everywhere_after_ack",
                "Visible everywhere after acknowledgement",
                samples,
                after,
            );
            let copies =
                "From the call of a write until a node's own copy shows it or a newer one, over all nodes";
            list.pooled("visible_copies", "Visible at a copy", &mut self.visible, copies);
            let after = "From the acknowledgement of a write until a node's own copy shows it or a newer one, over all \
                         nodes; 0 if it did before";
            let samples = &mut self.after_acknowledgement;
            list.pooled(
                "visible_copies_after_ack",
                "Visible at a copy after acknowledgement",
                samples,
                after,
            );
        }
        let at_node = "From the call of a write until this node's own copy shows it or a newer one";
        let after = "From the acknowledgement of a write until this node's own copy shows it or a newer one; \
                     0 if it did before";
        for (n, node) in nodes.iter().enumerate() {
            let title = format!("Visible at {node}");
            list.spread(&format!("visible.{node}"), &title, &mut self.visible[n], at_node);
            let title = format!("Visible at {node} after acknowledgement");
            let samples = &mut self.after_acknowledgement[n];
            list.spread(&format!("visible_after_ack.{node}"), &title, samples, after);
            if !whole {
                continue;
            }
            list.count(
                format!("visible.{node}.missing"),
                format!("Not visible at {node}"),
                self.missing[n],
                "Acknowledged writes that this node's own copy does not show, nor a newer one",
            );
        }
    }

    fn list_staleness(&mut self, list: &mut List) {
        list.share(
            "stale_reads",
            "Stale reads",
            self.reads.value(),
            "The share of reads that missed a write acknowledged before they began",
        );
        list.add(
            "stale_reads.versions_mean",
            "Versions behind, mean",
            "versions",
            ratio(self.versions_behind as f64, self.reads.whole as f64),
            "How many acknowledged versions a read was behind when it began; fresh reads count as 0",
        );
        let most = (self.reads.whole > 0).then_some(f64::from(self.versions_behind_most));
        let meaning = "The most acknowledged versions that a read was behind when it began";
        list.add("stale_reads.versions_max", "Versions behind, most", "versions", most, meaning);
        let meaning = "The number of versions that 99 of 100 reads were not more behind when they began";
        let p99 = self.versions_behind_p99();
        list.add("stale_reads.versions_p99", "Versions behind, p99", "versions", p99, meaning);
        let behind = "Of stale reads: how long the value had been out of date when the read began";
        list.spread("stale_reads", "Out of date", &mut self.behind, behind);
        let oldest = self.behind.max_ms().or((self.reads.whole > 0).then_some(0.0));
        let meaning = "The longest that a write had been acknowledged when a read began that still missed it; 0 if no \
                       read missed one";
        list.add("stale_reads.oldest_ms", "A read may miss a write for", "ms", oldest, meaning);
    }

    /// The least number of versions that at least 99 of 100 reads were not more behind.
    fn versions_behind_p99(&self) -> Option<f64> {
        let rank = (self.reads.whole * 99).div_ceil(100);
        let mut up_to = 0;
        let place = self.by_versions_behind.iter().find(|(_, reads)| {
            up_to += **reads;
            up_to >= rank
        });
        place.map(|(versions, _)| f64::from(*versions))
    }

    fn list_cost(&self, list: &mut List, instant: Option<&Instant>) {
        list.count("messages", "Messages", self.messages, "Messages sent, those of clients included");
        let whole = self.all.whole as f64;
        list.add(
            "messages_per_operation",
            "Messages per operation",
            "count",
            ratio(self.messages as f64, whole),
            "Messages sent for each operation that ended",
        );
        let Some(instant) = instant else { return };
        let bytes = ratio(instant.bytes as f64, whole);
        let meaning = "Bytes sent for each operation that ended";
        list.add("bytes_per_operation", "Bytes per operation", "bytes", bytes, meaning);
        let dropped = instant.dropped as usize;
        list.count(
            "messages_dropped",
            "Messages dropped",
            dropped,
            "Messages that never reached a running node",
        );
        list.count("pending", "Pending", instant.pending, "Operations whose client waits now");
        list.count(
            "diverged_keys",
            "Diverged keys",
            instant.diverged,
            "Keys on which the copies of running nodes differ now",
        );
        list.count(
            "siblings",
            "Keys with siblings",
            instant.siblings,
            "Keys of which the copy of some running node holds several values now, and no write has taken \
             the place of all of them",
        );
        list.count(
            "unseen_writes",
            "Acknowledged writes unseen",
            instant.unseen,
            "Acknowledged writes of which no copy of any node shows the value now, nor a newer one: lost, unless a \
             node that is down or has just started still finds them",
        );
    }
}

/// The list while it grows.
#[derive(Default)]
struct List(Vec<Metric>);

impl List {
    fn add(
        &mut self,
        name: impl Into<String>,
        title: impl Into<String>,
        unit: &'static str,
        value: Option<f64>,
        meaning: &'static str,
    ) {
        self.0.push(Metric { name: name.into(), title: title.into(), unit, value, meaning });
    }

    fn share(
        &mut self,
        name: impl Into<String>,
        title: impl Into<String>,
        value: Option<f64>,
        meaning: &'static str,
    ) {
        self.add(name, title, "share", value, meaning);
    }

    fn count(
        &mut self,
        name: impl Into<String>,
        title: impl Into<String>,
        count: usize,
        meaning: &'static str,
    ) {
        self.add(name, title, "count", Some(count as f64), meaning);
    }

    fn latencies(&mut self, name: &str, title: &str, samples: &mut Samples) {
        let meaning = "From call to return, of those that succeeded";
        self.spread(name, title, samples, meaning);
        for (of_10_000, id, label) in
            [(9_000, "p90", "p90"), (9_990, "p999", "p99.9"), (9_999, "p9999", "p99.99")]
        {
            let value = samples.quantile_ms(of_10_000);
            self.add(format!("{name}.{id}_ms"), format!("{title}, {label}"), "ms", value, meaning);
        }
        self.add(format!("{name}.mean_ms"), format!("{title}, mean"), "ms", samples.mean_ms(), meaning);
        self.count(format!("{name}.count"), format!("{title}, count"), samples.count(), "How many succeeded");
    }

    fn spread(&mut self, name: &str, title: &str, samples: &mut Samples, meaning: &'static str) {
        let quantiles = [samples.quantile_ms(5_000), samples.quantile_ms(9_900), samples.max_ms()];
        self.three(name, title, quantiles, meaning);
    }

    /// The same of several lots together.
    fn pooled(&mut self, name: &str, title: &str, lots: &mut [Samples], meaning: &'static str) {
        let quantiles = [5_000, 9_900, 10_000].map(|part| Samples::pooled_quantile_ms(lots, part));
        self.three(name, title, quantiles, meaning);
    }

    fn three(&mut self, name: &str, title: &str, [p50, p99, max]: [Option<f64>; 3], meaning: &'static str) {
        self.add(format!("{name}.p50_ms"), format!("{title}, p50"), "ms", p50, meaning);
        self.add(format!("{name}.p99_ms"), format!("{title}, p99"), "ms", p99, meaning);
        self.add(format!("{name}.max_ms"), format!("{title}, max"), "ms", max, meaning);
    }
}
