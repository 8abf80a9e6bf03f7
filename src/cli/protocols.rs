//! `netsplit protocols`: what every protocol says of itself.

use netsplit_protocols::{ALL, Entry};
use netsplit_sim::history::CallKind;
use netsplit_sim::protocol::{Command, Contract, Kind, Needs, Parameter, Range, Survives};
use netsplit_sim::time::Span;
use serde_json::{Value, json};

use crate::reply::{Reply, table};

/// The size of the cluster whose bounds, defaults and contract are shown.
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

fn contract(entry: &Entry) -> Contract {
    (entry.contract)(&defaults(entry), NODES)
}

fn promises(contract: &Contract) -> Vec<&'static str> {
    contract.promises.iter().map(|promise| promise.checker()).collect()
}

fn calls(entry: &Entry) -> Vec<&'static str> {
    (entry.calls)(&defaults(entry)).into_iter().map(CallKind::name).collect()
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
    let contract = contract(entry);
    let kinds = |kinds: &[Kind]| -> Vec<Value> {
        kinds.iter().map(|kind| json!({ "name": kind.name, "summary": kind.summary })).collect()
    };
    let tolerances: Vec<Value> = (contract.tolerances.iter())
        .map(|t| {
            let survives = match t.survives {
                Survives::Any => Value::from("any"),
                Survives::Nodes(nodes) => Value::from(nodes),
                Survives::None => Value::from("none"),
            };
            json!({ "fault": t.fault.id(), "survives": survives, "then": t.then })
        })
        .collect();
    let commands: Vec<Value> = (about.commands.iter())
        .map(|c| json!({ "id": c.id, "title": c.title, "summary": c.summary, "target": c.target }))
        .collect();
    json!({
        "id": about.id,
        "title": about.title,
        "summary": about.summary,
        "paper": about.paper,
        "parameters": about.parameters.iter().map(parameter_json).collect::<Vec<_>>(),
        "calls": calls(entry),
        "messages": kinds(&about.messages),
        "timers": kinds(&about.timers),
        "notes": kinds(&about.notes),
        "commands": commands,
        "promises": promises(&contract),
        "contract": {
            "consistency": contract.consistency.name(),
            "durability": contract.durability,
            "reads": needs_json(contract.reads),
            "writes": needs_json(contract.writes),
            "tolerances": tolerances,
        },
    })
}

fn needs_json(needs: Needs) -> Value {
    match needs {
        Needs::Any(nodes) => json!({ "primary": false, "nodes": nodes }),
        Needs::Primary(others) => json!({ "primary": true, "nodes": others + 1 }),
    }
}

pub(crate) fn parameter_json(parameter: &Parameter) -> Value {
    let mut value = json!({
        "id": parameter.id,
        "name": name(parameter),
        "title": parameter.title,
        "summary": parameter.summary,
    });
    let (least, most) = parameter.range.bounds(NODES);
    let default = parameter.range.default_value(NODES);
    let ms = |ns: u64| Value::from(Span(ns).as_ms());
    let counted = |kind: &str| json!({ "kind": kind, "least": least, "most": most, "default": default });
    let more = match &parameter.range {
        Range::Replicas { .. } => counted("replicas"),
        Range::Count { .. } => counted("count"),
        Range::Time { .. } => {
            json!({ "kind": "time", "least": ms(least), "most": ms(most), "default": ms(default) })
        }
        Range::Choice { of, .. } => json!({
            "kind": "choice",
            "of": of.iter().map(|choice| json!({ "id": choice.id, "title": choice.title })).collect::<Vec<_>>(),
            "default": choice(&parameter.range, default),
        }),
    };
    let unit = match parameter.range {
        Range::Time { .. } => "ms".into(),
        Range::Replicas { .. } => "nodes".into(),
        Range::Count { .. } | Range::Choice { .. } => Value::Null,
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
        value.insert("unit".to_owned(), unit);
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
    let contract = contract(entry);
    let mut out = format!("{}: {}\n  {}\n  {}\n", about.id, about.title, about.summary, about.paper);
    section(&mut out, "parameter values default what it does", parameter_rows(&about.parameters));
    let list = |words: &[&str]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let rows = vec![
        row(["operations", &list(&calls(entry))]),
        row(["consistency", contract.consistency.name()]),
        row(["durability", contract.durability]),
        row(["a read needs", &needs(contract.reads)]),
        row(["a write needs", &needs(contract.writes)]),
        row(["promises", &list(&promises(&contract))]),
    ];
    section(&mut out, "", rows);
    let tolerances = contract.tolerances.iter().map(|t| row([t.fault.id(), &survives(t.survives), t.then]));
    section(&mut out, "fault survived what happens", tolerances.collect());
    let kinds = |kinds: &[Kind]| kinds.iter().map(|kind| row([kind.name, kind.summary])).collect();
    section(&mut out, "message what it is for", kinds(&about.messages));
    section(&mut out, "timer what it is for", kinds(&about.timers));
    section(&mut out, "note what it marks", kinds(&about.notes));
    let command = |c: &Command| row([c.id, if c.target { "a node" } else { "" }, c.summary]);
    section(&mut out, "command target what it does", about.commands.iter().map(command).collect());
    out
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// A blank line and a table under a head, one word for each column and the rest for the last; nothing if
/// there are no rows.
pub(crate) fn section(out: &mut String, head: &str, rows: Vec<Vec<String>>) {
    let Some(first) = rows.first() else { return };
    out.push('\n');
    if head.is_empty() {
        out.push_str(&table(&rows));
    } else {
        let head = head.splitn(first.len(), ' ').map(str::to_owned).collect();
        out.push_str(&table(&[vec![head], rows].concat()));
    }
}

pub(crate) fn parameter_rows(parameters: &[Parameter]) -> Vec<Vec<String>> {
    let row = |parameter: &Parameter| {
        let (least, most) = parameter.range.bounds(NODES);
        let default = parameter.range.default_value(NODES);
        let (values, default) = match &parameter.range {
            Range::Replicas { .. } | Range::Count { .. } => {
                (format!("{least} to {most}"), default.to_string())
            }
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
    };
    parameters.iter().map(row).collect()
}

fn needs(needs: Needs) -> String {
    let nodes = |count: u16| if count == 1 { "node".to_owned() } else { "nodes".to_owned() };
    match needs {
        Needs::Any(count) => format!("any {count} {}", nodes(count)),
        Needs::Primary(0) => "the primary".to_owned(),
        Needs::Primary(others) => format!("the primary and {others} other {}", nodes(others)),
    }
}

fn survives(survives: Survives) -> String {
    match survives {
        Survives::Any => "yes".to_owned(),
        Survives::Nodes(1) => "on 1 node".to_owned(),
        Survives::Nodes(nodes) => format!("on {nodes} nodes"),
        Survives::None => "no".to_owned(),
    }
}
