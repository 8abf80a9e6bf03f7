//! What the clients saw: verdict lamps, the table of figures, and one sentence that compares the time
//! since the last change with the time before it.

use netsplit_checkers::Verdict;
use netsplit_scenario::Metric;
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::protocol::Promise;
use netsplit_sim::time::Time;

use crate::chart::{Latency, Strips};
use crate::order::sort_few;
use crate::spread::Spread;
use crate::units;

/// A verdict lamp.
#[derive(Clone, Debug, PartialEq)]
pub struct Lamp {
    /// The stable name, such as `read-your-writes-by-clock`.
    pub name: &'static str,
    /// The label.
    pub title: &'static str,
    /// What it promises, for a student.
    pub explanation: &'static str,
    /// `holds`, `broken` or `unknown`.
    pub state: &'static str,
    /// Whether the protocol promises it with its parameters now.
    pub promised: bool,
    /// How it is broken, or why it can't be told; empty if it holds.
    pub sentence: String,
    /// When it broke.
    pub at: Option<Time>,
    /// The operations that show it.
    pub operations: Vec<OpId>,
    /// The nodes that show it.
    pub nodes: Vec<NodeId>,
    /// Whether its witness is unfolded.
    pub open: bool,
}

/// Makes the lamps.
#[must_use]
pub fn lamps(
    verdicts: &[(&'static str, Verdict)],
    promises: &[Promise],
    open: Option<&'static str>,
) -> Vec<Lamp> {
    let lamp = |(name, verdict): &(&'static str, Verdict)| {
        let checker = netsplit_checkers::LIVE.iter().find(|checker| checker.name == *name)?;
        let (operations, nodes, at) = match verdict {
            Verdict::Broken(witness) => (witness.operations.clone(), witness.nodes.clone(), witness.at),
            Verdict::Holds | Verdict::Unknown(_) => (Vec::new(), Vec::new(), None),
        };
        Some(Lamp {
            name,
            title: checker.title,
            explanation: checker.explanation,
            state: verdict.name(),
            promised: promises.iter().any(|promise| promise.checker() == *name),
            sentence: verdict.sentence().to_owned(),
            at,
            operations,
            nodes,
            open: open == Some(name),
        })
    };
    verdicts.iter().filter_map(lamp).collect()
}

/// A row of the table of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The stable name.
    pub name: String,
    /// The label.
    pub title: String,
    /// The unit as it stands behind the label; empty where the value carries it.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Since the last change.
    pub recent: Option<f64>,
    /// Over the whole run.
    pub whole: Option<f64>,
    /// Both as text.
    pub texts: [String; 2],
    /// Whether it is one of those that stand first.
    pub first: bool,
}

/// The figures that stand first, in this order; a name that ends in a dot stands for one of each node.
const FIRST: [&str; 15] = [
    "read.p50_ms",
    "read.p99_ms",
    "write.p50_ms",
    "write.p99_ms",
    "cas.p50_ms",
    "visible.",
    "visible_everywhere.p50_ms",
    "visible_everywhere.p99_ms",
    "stale_reads",
    "availability",
    "unknown_outcomes",
    "refused",
    "diverged_keys",
    "messages_per_operation",
    "throughput_per_s",
];

/// The place of a figure among the first; `None` for one of the others.
fn rank(name: &str) -> Option<usize> {
    FIRST.iter().position(|first| match first.strip_suffix('.') {
        Some(prefix) => {
            name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".p50_ms"))
        }
        None => name == *first,
    })
}

/// Pairs the figures of the whole run with those since the last change.
#[must_use]
pub fn figures(whole: &[Metric], recent: &[Metric]) -> Vec<Figure> {
    // A kind of operation that nobody asked for would only fill the table with dashes.
    let rare = ["cas.", "add.", "insert.", "remove."];
    let unused = |metric: &Metric| {
        rare.iter().any(|kind| metric.name.starts_with(kind)) && metric.value.is_none_or(|value| value == 0.0)
    };
    let mut figures: Vec<Figure> = whole
        .iter()
        .filter(|metric| !unused(metric))
        .map(|metric| {
            let now = recent.iter().find(|other| other.name == metric.name).and_then(|other| other.value);
            Figure {
                name: metric.name.clone(),
                title: metric.title.clone(),
                unit: unit(metric.unit),
                meaning: metric.meaning,
                recent: now,
                whole: metric.value,
                texts: [now, metric.value].map(|value| text(value, metric.unit)),
                first: rank(&metric.name).is_some(),
            }
        })
        .collect();
    // Stable: figures of one rank keep the order that they came in.
    sort_few(&mut figures, |a, b| {
        let place = |figure: &Figure| rank(&figure.name).unwrap_or(FIRST.len());
        place(a).cmp(&place(b))
    });
    figures
}

fn unit(unit: &'static str) -> &'static str {
    match unit {
        "ms" => "ms",
        "per s" => "per s",
        "bytes" => "bytes",
        _ => "",
    }
}

/// A metric's value as text, without its unit.
#[must_use]
pub fn text(value: Option<f64>, unit: &str) -> String {
    match (value, unit) {
        (None, _) => units::NO_SAMPLE.to_owned(),
        (Some(value), "share") => units::percent(value),
        (Some(value), "count" | "bytes") if (value - libm::round(value)).abs() < 1e-9 => {
            units::grouped(value)
        }
        (Some(value), _) => units::three_digits(value),
    }
}

/// What a change did, in one sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Since {
    /// What was done, such as `moved n3`; empty at the start of a run.
    pub change: String,
    /// How long ago, as the beginning of a sentence: `61.3 ms ago you `.
    pub ago: String,
    /// Each figure that is told: label, before, since.
    pub rows: Vec<(&'static str, String, String, Trend)>,
}

/// Which way a figure went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// About the same, or not comparable.
    Same,
    /// Worse for the clients.
    Worse,
    /// Better for them.
    Better,
}

/// The figures that the sentence tells, with the label and whether more is worse.
const TOLD: [(&str, &str, bool); 4] = [
    ("write.p50_ms", "writes", true),
    ("read.p50_ms", "reads", true),
    ("availability", "answered", false),
    ("stale_reads", "stale reads", true),
];

/// Compares the time since a change with the time before it.
#[must_use]
pub fn since(change: String, ago: String, before: &[Metric], after: &[Metric]) -> Since {
    let value = |metrics: &[Metric], name: &str| {
        let metric = metrics.iter().find(|metric| metric.name == name)?;
        Some((metric.value, metric.unit))
    };
    let rows =
        TOLD.iter()
            .filter_map(|(name, label, more_is_worse)| {
                let (after, unit) = value(after, name)?;
                let before = value(before, name).and_then(|(value, _)| value);
                let with_unit = |value: Option<f64>| match (value, unit) {
                    (Some(ms), "ms") => units::ms(ms),
                    (value, unit) => text(value, unit),
                };
                let trend =
                    match (before, after) {
                        (Some(before), Some(after))
                            if (after - before).abs() > 0.1 * before.abs() + 0.001 =>
                        {
                            if (after > before) == *more_is_worse { Trend::Worse } else { Trend::Better }
                        }
                        _ => Trend::Same,
                    };
                Some((*label, with_unit(before), with_unit(after), trend))
            })
            .collect();
    Since { change, ago, rows }
}

/// Everything beside the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Panels {
    /// The lamps.
    pub lamps: Vec<Lamp>,
    /// What the last change did.
    pub since: Since,
    /// Latency over time.
    pub latency: Latency,
    /// How it is spread, and availability over time.
    pub spread: Spread,
    /// Time to visible.
    pub strips: Strips,
    /// The table.
    pub figures: Vec<Figure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, unit: &'static str, value: Option<f64>) -> Metric {
        Metric { name: name.to_owned(), title: name.to_owned(), unit, value, meaning: "" }
    }

    #[test]
    fn a_figure_without_sample_is_a_dash_and_not_a_zero() {
        let whole = [metric("write.p50_ms", "ms", Some(12.34)), metric("cas.p50_ms", "ms", None)];
        let rows = figures(&whole, &[]);
        assert_eq!(rows.len(), 1, "nobody asked for a compare-and-set");
        assert_eq!(rows[0].texts, ["–".to_owned(), "12.3".to_owned()]);
    }

    #[test]
    fn the_sentence_says_which_way_it_went() {
        let before = [metric("write.p50_ms", "ms", Some(9.0)), metric("availability", "share", Some(1.0))];
        let after = [metric("write.p50_ms", "ms", Some(24.0)), metric("availability", "share", Some(1.0))];
        let since = since("moved n3".to_owned(), "1.2 s".to_owned(), &before, &after);
        assert_eq!(since.rows[0], ("writes", "9.00 ms".to_owned(), "24.0 ms".to_owned(), Trend::Worse));
        assert_eq!(since.rows[1].3, Trend::Same);
    }

    #[test]
    fn every_checker_has_a_lamp() {
        let verdicts: Vec<_> =
            netsplit_checkers::LIVE.iter().map(|checker| (checker.name, Verdict::Holds)).collect();
        let lamps = lamps(&verdicts, &[Promise::Converges], None);
        assert_eq!(lamps.len(), netsplit_checkers::LIVE.len());
        let promised: Vec<_> = lamps.iter().filter(|lamp| lamp.promised).map(|lamp| lamp.name).collect();
        assert_eq!(promised, ["converges"]);
    }
}
