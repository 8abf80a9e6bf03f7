//! What was measured as comma-separated values (RFC 4180), for spreadsheets and statistics.

use std::fmt::Write;

use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Time;

use super::{Ended, Metrics, Quantity};
use crate::availability::Objective;

/// A table that can be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Series {
    /// Every figure with its name.
    Figures,
    /// Every operation that ended.
    Operations,
    /// Every write that was called, with the time from its call until each node's copy showed it.
    Writes,
    /// Availability window by window.
    Availability(Objective),
    /// The cumulative distribution of something, in thousandths.
    Cumulative(Quantity),
    /// Its histogram, eight bars to a doubling.
    Histogram(Quantity),
    /// How many messages waited for a node.
    Line(NodeId),
    /// The messages that a node was done with.
    Served(NodeId),
}

impl Metrics {
    /// A table of what was measured from one instant to before another, with a line of headings. Lines end with CR LF.
    #[must_use]
    pub fn csv(&self, series: Series, from: Time, to: Time) -> String {
        let mut table = Table::default();
        match series {
            Series::Figures => {
                table.row(["name", "title", "unit", "value", "meaning"]);
                for metric in self.window(from, to) {
                    let value = metric.value.map(|value| value.to_string()).unwrap_or_default();
                    table.row([&metric.name, &metric.title, metric.unit, &value, metric.meaning]);
                }
            }
            Series::Operations => {
                table.row([
                    "operation",
                    "client",
                    "node",
                    "kind",
                    "ended_ms",
                    "latency_ms",
                    "outcome",
                    "versions_behind",
                ]);
                for point in self.points_between(from, to) {
                    let name = |names: &[String], place: usize| names.get(place).cloned().unwrap_or_default();
                    table.row([
                        point.op.0.to_string(),
                        name(&self.clients, point.client.index()),
                        name(&self.nodes, point.node.index()),
                        point.kind.name().to_owned(),
                        ms(point.ended),
                        point.latency_ms.to_string(),
                        match point.outcome {
                            Ended::Success => "success",
                            Ended::Refused => "refused",
                            Ended::Unknown => "unknown",
                        }
                        .to_owned(),
                        point.versions_behind.map(|behind| behind.to_string()).unwrap_or_default(),
                    ]);
                }
            }
            Series::Writes => {
                let visible = self.nodes.iter().map(|node| format!("visible_{node}_ms"));
                let head = ["operation", "key", "called_ms", "acknowledged_after_ms"].map(str::to_owned);
                table.row(head.into_iter().chain(visible));
                let writes = self.visibility.writes.iter();
                for strip in writes.filter(|strip| from <= strip.invoked && strip.invoked < to) {
                    let after = |at: Option<Time>| {
                        at.map(|at| at.since(strip.invoked).as_ms().to_string()).unwrap_or_default()
                    };
                    let facts = [strip.op.0.to_string(), strip.key.0.to_string(), ms(strip.invoked)];
                    let times = [strip.acknowledged].into_iter().chain(strip.visible.iter().copied());
                    table.row(facts.into_iter().chain(times.map(after)));
                }
            }
            Series::Availability(objective) => {
                table.row(["from_ms", "operations", "succeeded", "share"]);
                for window in self.availability_windows(objective, from, to) {
                    let counts = [window.operations.to_string(), window.succeeded.to_string()];
                    table
                        .row([ms(window.from)].into_iter().chain(counts).chain([window.share().to_string()]));
                }
            }
            Series::Cumulative(of) => {
                table.row(["ms", "share"]);
                for rise in self.distribution(of, from, to).cumulative(1_000) {
                    table.row([rise.ms.to_string(), rise.share.to_string()]);
                }
            }
            Series::Histogram(of) => {
                table.row(["from_ms", "to_ms", "count"]);
                for bar in self.distribution(of, from, to).histogram(8) {
                    table.row([bar.from_ms.to_string(), bar.to_ms.to_string(), bar.count.to_string()]);
                }
            }
            Series::Line(node) => {
                table.row(["at_ms", "waiting"]);
                for point in self.line(node, from, to) {
                    table.row([ms(point.at), point.waiting.to_string()]);
                }
            }
            Series::Served(node) => {
                table.row(["came_ms", "began_ms", "ended_ms", "operations"]);
                for point in self.served(node, from, to) {
                    let times = [point.came, point.began, point.ended].map(ms);
                    table.row(times.into_iter().chain([point.operations.to_string()]));
                }
            }
        }
        table.0
    }
}

fn ms(time: Time) -> String {
    time.as_ms().to_string()
}

/// A table while it is written.
#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, fields: impl IntoIterator<Item = impl AsRef<str>>) {
        for (place, field) in fields.into_iter().enumerate() {
            let field = field.as_ref();
            let comma = if place > 0 { "," } else { "" };
            // Writing to a string can't fail.
            let _ = if field.contains([',', '"', '\r', '\n']) {
                write!(self.0, "{comma}\"{}\"", field.replace('"', "\"\""))
            } else {
                write!(self.0, "{comma}{field}")
            };
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_and_quotes_are_quoted() {
        let mut table = Table::default();
        table.row(["a", "b,c", "d \"e\"", ""]);
        assert_eq!(table.0, "a,\"b,c\",\"d \"\"e\"\"\",\r\n");
    }
}
