//! A run as one JSON file: what it is, how to see it again, what its clients saw, and what was measured. The names are those
//! of `netsplit run --json`.

use netsplit_scenario::Session;
use netsplit_sim::history::{Call, History, Operation, Outcome};
use netsplit_sim::ids::Value as Held;
use serde_json::{Map, Value, json};

/// The number of this form. A reader that knows it knows every field.
const FORM: u32 = 1;

/// The run up to now, as JSON text.
#[must_use]
pub fn write(session: &mut Session) -> String {
    let metrics: Map<String, Value> =
        session.metrics().list().iter().map(|metric| (metric.name.clone(), metric.value.into())).collect();
    let verdicts: Vec<Value> = (session.verdicts().iter())
        .map(|(name, verdict)| {
            json!({ "name": name, "state": verdict.name(), "sentence": verdict.sentence() })
        })
        .collect();
    let history = session.machine().history();
    let operations: Vec<Value> =
        history.operations.iter().map(|one| operation(session, history, one)).collect();
    let file = json!({
        "netsplit": env!("CARGO_PKG_VERSION"),
        "form": FORM,
        "title": session.scenario().title,
        "protocol": session.about().id,
        "seed": session.scenario().seed,
        "time_ns": session.now().0,
        "hash": format!("{:016x}", session.hash()),
        "link": session.link().ok(),
        "full": session.is_full(),
        // Every scenario in force has a written form; a number that JSON lacks would give null.
        "scenario": serde_json::to_value(session.scenario()).unwrap_or_default(),
        "history": operations,
        "metrics": metrics,
        "verdicts": verdicts,
    });
    format!("{file:#}\n")
}

fn operation(session: &Session, history: &History, operation: &Operation) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("operation", operation.id.0.into());
    put("client", session.name_of(operation.client.into()).into());
    put("node", session.name_of(operation.node.into()).into());
    put("kind", operation.call.kind().name().into());
    put("key", format!("k{}", operation.call.key().0 + 1).into());
    match operation.call {
        Call::Read { .. } => {}
        Call::Write { value, .. } | Call::Insert { value, .. } | Call::Remove { value, .. } => {
            put("value", value.0.into());
        }
        Call::Cas { from, to, .. } => {
            put("from", from.map(|from| from.0).into());
            put("to", to.0.into());
        }
        Call::Add { amount, .. } => put("amount", amount.into()),
    }
    if let Some(query) = operation.query {
        put("query", query.0.into());
    }
    put("called_ns", operation.invoked.0.into());
    put("returned_ns", operation.returned.map(|at| at.0).into());
    let (outcome, found) = outcome(operation.outcome, history);
    put("outcome", outcome.into());
    if let Some(found) = found {
        put("found", found);
    }
    Value::Object(fields)
}

/// How it ended, in a word; and what a read found: nothing, a value or several.
fn outcome(outcome: Outcome, history: &History) -> (&'static str, Option<Value>) {
    match outcome {
        Outcome::Pending => ("pending", None),
        Outcome::Read(found) => ("read", Some(found.map(|value| value.0).into())),
        Outcome::Values(id) => {
            let values: Vec<u64> = history.values(id).iter().map(|Held(value)| *value).collect();
            ("read", Some(values.into()))
        }
        Outcome::Written => ("written", None),
        Outcome::Swapped => ("swapped", None),
        Outcome::NotSwapped => ("not-swapped", None),
        Outcome::Refused(_) => ("refused", None),
        Outcome::Unknown(_) => ("unknown", None),
    }
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::{Scenario, link};
    use netsplit_sim::time::Time;

    use super::*;

    #[test]
    fn the_file_holds_the_run_and_the_way_to_see_it_again() {
        let mut session = Session::new(Scenario::default()).expect("valid");
        session.seek(Time(2_000_000_000), u64::MAX);
        let text = write(&mut session);
        let file: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(file["hash"], format!("{:016x}", session.hash()));
        assert_eq!(file["time_ns"], 2_000_000_000u64);
        let scenario: Scenario = serde_json::from_value(file["scenario"].clone()).expect("it reads back");
        assert_eq!(&scenario, session.scenario());
        let shared = link::decode(file["link"].as_str().expect("short enough")).expect("it opens");
        assert_eq!((shared.scenario, shared.hash), (scenario, Some(session.hash())));
        let operations = file["history"].as_array().expect("a list");
        let history = session.machine().history();
        assert!(operations.len() > 5 && operations.len() == history.operations.len());
        let read = operations.iter().find(|one| one["outcome"] == "read").expect("some read ended");
        assert!(read.get("found").is_some() && read["kind"] == "read" && read["client"] == "c1");
        assert!(file["metrics"]["read.p50_ms"].is_number() && file["verdicts"][0]["state"].is_string());
    }
}
