//! `netsplit run`: plays a scenario and prints what was measured.

use netsplit_checkers::Verdict;
use netsplit_scenario::{Metric, Session};
use netsplit_sim::machine::Progress;
use serde_json::{Map, Value, json};

use crate::arguments::RunOptions;
use crate::convert::{ReadFile, open};
use crate::reply::{Reply, sentences, table};

pub(crate) fn run(options: &RunOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let mut shared = open(&options.source, read)?;
    let changed = options.seed.is_some() || options.until.is_some_and(|until| until != shared.until);
    let told = shared.hash.filter(|_| !changed);
    if let Some(seed) = options.seed {
        shared.scenario.seed = seed;
    }
    let mut session =
        Session::new(shared.scenario).map_err(|problems| sentences(&options.source, &problems))?;
    let full = session.seek(options.until.unwrap_or(shared.until), u64::MAX) == Progress::TraceFull;
    let replay = told.map(|told| if told == session.hash() { "verified" } else { "differs" });
    let out =
        if options.json { as_json(&mut session, replay, full) } else { as_text(&mut session, replay, full) };
    Ok(Reply { code: u8::from(replay == Some("differs")), ..Reply::good(out) })
}

fn as_json(session: &mut Session, replay: Option<&str>, full: bool) -> String {
    let metrics: Map<String, Value> =
        session.metrics().list().iter().map(|metric| (metric.name.clone(), metric.value.into())).collect();
    let verdicts: Vec<Value> = (session.verdicts().iter())
        .map(|(name, verdict)| {
            json!({ "name": name, "state": verdict.name(), "sentence": verdict.sentence() })
        })
        .collect();
    let report = json!({
        "protocol": session.about().id,
        "seed": session.scenario().seed,
        "time_ns": session.now().0,
        "hash": format!("{:016x}", session.hash()),
        "replay": replay,
        "full": full,
        "metrics": metrics,
        "verdicts": verdicts,
    });
    format!("{report:#}\n")
}

fn as_text(session: &mut Session, replay: Option<&str>, full: bool) -> String {
    let mut out = String::new();
    let title = session.scenario().title.clone();
    if !title.is_empty() {
        out.push_str(&format!("{title}\n\n"));
    }
    let (protocol, seed) = (session.about().title, session.scenario().seed);
    let mut rows = vec![
        vec!["protocol".to_owned(), protocol.to_owned()],
        vec!["seed".to_owned(), seed.to_string()],
        vec!["time".to_owned(), format!("{} ms", session.now().as_ms())],
        vec!["hash".to_owned(), format!("{:016x}", session.hash())],
    ];
    rows.extend(replay.map(|replay| vec!["replay".to_owned(), replay.to_owned()]));
    if full {
        rows.push(vec!["record".to_owned(), "full: the run goes no further".to_owned()]);
    }
    out.push_str(&table(&rows));
    out.push('\n');
    let row = |metric: &Metric| {
        let (number, unit) = written(metric)?;
        Some(vec![metric.name.clone(), number, unit.to_owned(), metric.title.clone()])
    };
    let rows: Vec<Vec<String>> = session.metrics().list().iter().filter_map(row).collect();
    out.push_str(&table(&align_numbers(rows)));
    out.push('\n');
    let verdicts: Vec<Vec<String>> = (session.verdicts().iter())
        .map(|(name, verdict)| {
            let mark = match verdict {
                Verdict::Holds => "holds",
                Verdict::Broken(_) => "BROKEN",
                Verdict::Unknown(_) => "unknown",
            };
            vec![(*name).to_owned(), mark.to_owned(), verdict.sentence().to_owned()]
        })
        .collect();
    out.push_str(&table(&verdicts));
    out
}

/// A metric's number and unit for a person; none where nothing was measured.
fn written(metric: &Metric) -> Option<(String, &'static str)> {
    let value = metric.value?;
    Some(match metric.unit {
        "share" => (format!("{:.2}", value * 100.0), "%"),
        "ms" => (format!("{value:.3}"), "ms"),
        "count" if value.fract() == 0.0 => (format!("{value}"), ""),
        "count" => (format!("{value:.2}"), ""),
        unit => (format!("{value:.2}"), unit),
    })
}

/// Puts the numbers of the second column under each other.
fn align_numbers(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let width = rows.iter().map(|row| row[1].chars().count()).max().unwrap_or(0);
    for row in &mut rows {
        row[1] = format!("{:>width$}", row[1]);
    }
    rows
}
