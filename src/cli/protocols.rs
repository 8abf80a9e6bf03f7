//! `netsplit protocols`: what every protocol says of itself.

use netsplit_protocols::{ALL, Entry};
use netsplit_sim::protocol::{Fault, Kind, Parameter, Range};
use netsplit_sim::time::Span;
use serde_json::{Value, json};

use crate::reply::{Reply, table};

/// The size of the cluster whose bounds and defaults are shown.
const NODES: u16 = 3;

pub(crate) fn describe(as_json: bool) -> Reply {
    if as_json {
        let list: Vec<Value> = ALL.iter().map(json_of).collect();
        Reply::good(format!("{:#}\n", Value::from(list)))
    } else {
        let texts: Vec<String> = ALL.iter().map(text_of).collect();
        Reply::good(texts.join("\n"))
    }
}

fn defaults(entry: &Entry) -> Vec<u64> {
    (entry.about)().parameters.iter().map(|parameter| parameter.range.default_value(NODES)).collect()
}

fn promises(entry: &Entry) -> Vec<&'static str> {
    (entry.promises)(&defaults(entry), NODES).into_iter().map(|promise| promise.checker()).collect()
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Cut => "cut",
        Fault::OneWayCut => "one-way-cut",
        Fault::Loss => "loss",
        Fault::Duplication => "duplication",
        Fault::Reordering => "reordering",
        Fault::Crash => "crash",
        Fault::Pause => "pause",
        Fault::ClockSkew => "clock-skew",
        Fault::Retry => "retry",
    }
}

/// The name of a parameter in scenarios: a time has its unit behind it.
fn name(parameter: &Parameter) -> String {
    match parameter.range {
        Range::Time { .. } => format!("{}_ms", parameter.id),
        _ => parameter.id.to_owned(),
    }
}

fn json_of(entry: &Entry) -> Value {
    let about = (entry.about)();
    let kinds = |kinds: &[Kind]| -> Vec<Value> {
        kinds.iter().map(|kind| json!({ "name": kind.name, "summary": kind.summary })).collect()
    };
    let contract: Vec<Value> = (about.contract.iter())
        .map(|t| json!({ "fault": fault(t.fault), "promised": t.promised, "then": t.then }))
        .collect();
    json!({
        "id": about.id,
        "title": about.title,
        "summary": about.summary,
        "paper": about.paper,
        "parameters": about.parameters.iter().map(parameter_json).collect::<Vec<_>>(),
        "messages": kinds(&about.messages),
        "timers": kinds(&about.timers),
        "promises": promises(entry),
        "contract": contract,
    })
}

fn parameter_json(parameter: &Parameter) -> Value {
    let mut value = json!({
        "id": parameter.id,
        "name": name(parameter),
        "title": parameter.title,
        "summary": parameter.summary,
    });
    let (least, most) = parameter.range.bounds(NODES);
    let default = parameter.range.default_value(NODES);
    let ms = |ns: u64| Value::from(Span(ns).as_ms());
    let more = match &parameter.range {
        Range::Replicas { .. } => {
            json!({ "kind": "replicas", "least": least, "most": most, "default": default })
        }
        Range::Time { .. } => {
            json!({ "kind": "time", "least": ms(least), "most": ms(most), "default": ms(default) })
        }
        Range::Choice { of, .. } => json!({
            "kind": "choice",
            "of": of.iter().map(|choice| json!({ "id": choice.id, "title": choice.title })).collect::<Vec<_>>(),
            "default": choice(&parameter.range, default),
        }),
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

fn choice(range: &Range, value: u64) -> &'static str {
    match range {
        Range::Choice { of, .. } => {
            usize::try_from(value).ok().and_then(|index| of.get(index)).map_or("", |choice| choice.id)
        }
        _ => "",
    }
}

fn text_of(entry: &Entry) -> String {
    let about = (entry.about)();
    let rows: Vec<Vec<String>> = (about.parameters.iter())
        .map(|parameter| {
            let (least, most) = parameter.range.bounds(NODES);
            let default = parameter.range.default_value(NODES);
            let (values, default) = match &parameter.range {
                Range::Replicas { .. } => (format!("{least} to {most}"), default.to_string()),
                Range::Time { .. } => (
                    format!("{} to {}", Span(least).as_ms(), Span(most).as_ms()),
                    Span(default).as_ms().to_string(),
                ),
                Range::Choice { of, .. } => (
                    of.iter().map(|choice| choice.id).collect::<Vec<_>>().join(" or "),
                    choice(&parameter.range, default).to_owned(),
                ),
            };
            vec![name(parameter), values, default, parameter.summary.to_owned()]
        })
        .collect();
    let head = [["parameter", "values", "default", "what it does"].map(str::to_owned).to_vec()];
    let mut out = format!("{}: {}\n  {}\n  {}\n\n", about.id, about.title, about.summary, about.paper);
    out.push_str(&table(&[&head[..], &rows].concat()));
    let contract: Vec<Vec<String>> = (about.contract.iter())
        .map(|tolerance| {
            let promised = if tolerance.promised { "promised" } else { "not promised" };
            vec![fault(tolerance.fault).to_owned(), promised.to_owned(), tolerance.then.to_owned()]
        })
        .collect();
    out.push_str(&format!("\n  promises: {}\n\n{}", promises(entry).join(", "), table(&contract)));
    out
}
