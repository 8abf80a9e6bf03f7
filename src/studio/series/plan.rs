//! What each chart is made of: titles, columns, lines, and the legend.

use super::Chart;
use super::layout::Frame;
use super::scene::{Column, Key, Panel, Stroke};
use crate::timebar::Trouble;

/// Columns, panels' titles, and what is counted.
pub(super) struct Plan {
    pub(super) title: &'static str,
    pub(super) panels: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) counts: Option<&'static str>,
    pub(super) empty: &'static str,
    pub(super) is_log: bool,
    /// Where the axis ends, if not where the values do.
    pub(super) top: Option<f64>,
    /// Whether all panels have the same axis.
    pub(super) alike: bool,
}

fn column(title: impl Into<String>, unit: &'static str, drawn: Option<(usize, Stroke)>) -> Column {
    Column { title: title.into(), unit, drawn }
}

pub(super) fn plan(frame: &Frame<'_>) -> Plan {
    let one = |title, columns, counts, empty| Plan {
        title,
        panels: vec![String::new()],
        columns,
        counts,
        empty,
        is_log: false,
        top: None,
        alike: true,
    };
    let first = |title: &str, unit| column(title, unit, Some((0, Stroke::First)));
    let second = |title: &str, unit| column(title, unit, Some((0, Stroke::Second)));
    let ended = "No operation has ended in this time: play on, or look at more of the run.";
    match frame.chart {
        Chart::Latency => Plan {
            is_log: true,
            ..one("Latency, ms", vec![first("p50", "ms"), second("p99", "ms")], Some("operations"), ended)
        },
        Chart::Distribution => one(
            "No longer than, ms",
            vec![first("no longer than", "ms")],
            None,
            "Nothing of this kind was measured in this time.",
        ),
        Chart::Throughput => one(
            "Operations that ended, per second",
            vec![first("succeeded", "per s"), column("failed", "per s", Some((0, Stroke::Wrong)))],
            Some("operations"),
            ended,
        ),
        Chart::Availability => Plan {
            top: Some(100.0),
            ..one("Operations that succeeded, %", vec![first("succeeded", "%")], Some("operations"), ended)
        },
        Chart::Staleness => Plan {
            panels: vec!["Versions behind".to_owned(), "Age of stale values, ms".to_owned()],
            columns: vec![
                column("mean", "versions", Some((0, Stroke::First))),
                column("most", "versions", Some((0, Stroke::Second))),
                column("age p50", "ms", Some((1, Stroke::First))),
                column("age p99", "ms", Some((1, Stroke::Second))),
            ],
            alike: false,
            ..one("How stale reads were", Vec::new(), Some("reads"), "No read has ended in this time.")
        },
        Chart::Visible => {
            let mut columns = vec![first("p50", "ms"), second("p99", "ms")];
            if !frame.is_split {
                columns.push(column("not shown yet", "copies", None));
            }
            one(
                "From the call of a write until a copy shows it, ms",
                columns,
                Some("writes"),
                "No write was called in this time.",
            )
        }
        Chart::Queue | Chart::Utilisation => own(frame),
        Chart::Traffic => Plan {
            panels: vec!["Messages per second".to_owned(), "kB per second".to_owned()],
            columns: vec![
                column("messages", "per s", Some((0, Stroke::First))),
                column("kB", "per s", Some((1, Stroke::First))),
            ],
            alike: false,
            ..one(
                "What nodes and clients sent",
                Vec::new(),
                Some("messages"),
                "Nothing was sent in this time.",
            )
        },
    }
}

/// The charts with a panel for each node.
fn own(frame: &Frame<'_>) -> Plan {
    let is_queue = frame.chart == Chart::Queue;
    let nodes = frame.nodes.iter().enumerate();
    let shown: Vec<(usize, &String)> =
        nodes.filter(|(n, _)| frame.eyes.is_none_or(|eyes| eyes.index() == *n)).collect();
    let mut columns = Vec::new();
    for (panel, (_, name)) in shown.iter().enumerate() {
        if is_queue {
            columns.push(column(format!("{name} mean"), "messages", Some((panel, Stroke::First))));
            columns.push(column(format!("{name} most"), "messages", Some((panel, Stroke::Second))));
        } else {
            columns.push(column(name.as_str(), "%", Some((panel, Stroke::First))));
        }
    }
    Plan {
        title: if is_queue { "Messages that wait for a node" } else { "Time that a node is at work, %" },
        panels: shown.iter().map(|(_, name)| (*name).clone()).collect(),
        columns,
        counts: None,
        empty: "Nothing was measured: the work of these nodes takes no time, or they had none yet. Give them a service \
                time to see queues.",
        is_log: false,
        top: (!is_queue).then_some(100.0),
        alike: true,
    }
}

pub(super) fn keys(plan: &Plan, panels: &[Panel]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |key: Key| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    for column in &plan.columns {
        // Of the same line for every node one entry is enough.
        let title =
            column.title.rsplit(' ').next().filter(|_| plan.panels.len() > 1).unwrap_or(&column.title);
        if let Some((panel, stroke)) = column.drawn {
            let named = plan.panels.get(panel).is_some_and(|panel| *panel == column.title)
                || column.title.starts_with("kB");
            if !named && column.title != "messages" && column.title != "no longer than" {
                add(Key::Line(stroke, title.to_owned()));
            }
        }
    }
    let dots = || panels.iter().flat_map(|panel| &panel.dots);
    for (stroke, title) in [(Stroke::Read, "read"), (Stroke::Write, "change"), (Stroke::Failed, "no result")]
    {
        if dots().any(|dot| dot.stroke == stroke) {
            add(Key::Line(stroke, title.to_owned()));
        }
    }
    if dots().any(|dot| dot.stale) {
        add(Key::Line(Stroke::Stale, "stale".to_owned()));
    }
    for (name, _) in panels.iter().flat_map(|panel| &panel.floors) {
        add(Key::Line(Stroke::Formula, (*name).to_owned()));
    }
    for band in panels.iter().flat_map(|panel| &panel.bands) {
        add(Key::Band(band.trouble, trouble_words(band.trouble)));
    }
    if panels.iter().any(|panel| !panel.changes.is_empty()) {
        add(Key::Change);
    }
    keys
}

fn trouble_words(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Cut => "links cut",
        Trouble::Down => "node down",
        Trouble::Paused => "node paused or slow",
        Trouble::Odd => "network, clock or node odd",
    }
}
