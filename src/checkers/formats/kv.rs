//! The key-value logs among Porcupine's tests: `{:process 0, :type :invoke, :f :get, :key "0", :value nil}`, one map a line.
//!
//! A key holds a text, the empty one to begin with. `:get` reads it, `:put` replaces it and `:append` puts a text behind it.
//! Every operation returns `:ok` or is still open at the end; a read that is open there would be taken for
//! one that found nothing, so we write none. There are no times, and an event's number is its place. Porcupine
//! looks for quotes and knows no escapes: texts with quotes, backslashes or line ends can't be written.

use std::fmt::Write;

use clojure_reader::edn::{self, Edn};

use super::Spelling;
use super::log::{self, Log};
use super::{Name, Unsayable};
use crate::jsonl::Problem;
use crate::observation::{Call, Observations, Outcome};

/// Whether a line is one of such a log.
pub(super) fn is_line(line: &str) -> bool {
    matches!(edn::read_string(line), Ok(Edn::Map(ref map)) if map.contains_key(&Edn::key("key")))
}

/// Reads a history.
pub(super) fn read(text: &str) -> Result<Observations, Problem> {
    let mut log = Log::new(text)?;
    for (index, line) in text.lines().enumerate() {
        log.builder.line = index + 1;
        if !line.trim().is_empty() {
            event(&mut log, line)?;
        }
    }
    Ok(log.builder.observations)
}

fn event(log: &mut Log, line: &str) -> Result<(), Problem> {
    let form = edn::read_string(line).or_else(|error| {
        let column = error.column.unwrap_or(1);
        log.builder.expected("", format!("EDN; at column {column}: {:?}", error.code))
    })?;
    let Edn::Map(map) = &form else {
        let example = "a map such as {:process 0, :type :invoke, :f :get, :key \"0\", :value nil}";
        return log.builder.expected("", example);
    };
    let get = |name: &'static str| map.get(&Edn::key(name));
    let Some(&Edn::Int(process)) = get("process") else {
        return log.builder.expected(":process", "a whole number");
    };
    let Some(Edn::Key(kind)) = get("type") else { return log.builder.expected(":type", ":invoke or :ok") };
    let Some(Edn::Key(f)) = get("f") else { return log.builder.expected(":f", ":get, :put or :append") };
    let Some(Edn::Str(key)) = get("key") else { return log.builder.expected(":key", "a text") };
    let value = match get("value") {
        Some(Edn::Str(value)) => Some(value.to_string()),
        Some(Edn::Nil) | None => None,
        Some(_) => return log.builder.expected(":value", "a text or nil"),
    };
    match &**kind {
        "invoke" => {
            let call = match (&**f, value) {
                ("get", _) => Call::Read,
                ("put", Some(value)) => Call::Write(log.builder.value(Name::Text(value))),
                ("append", Some(value)) => Call::Append(log.builder.value(Name::Text(value))),
                ("put" | "append", None) => return log.builder.expected(":value", "a text"),
                _ => return log.builder.expected(":f", ":get, :put or :append"),
            };
            let event = log.event("", None)?;
            let key = log.builder.key(Name::Text(key.to_string()));
            log.call(process, process, key, call, event)?;
        }
        "ok" => {
            let outcome = match (log.open(process)?.call, value) {
                (Call::Read, Some(value)) => Outcome::Read(log.builder.value(Name::Text(value))),
                (Call::Read, None) => return log.builder.expected(":value", "a text"),
                _ => Outcome::Done,
            };
            let event = log.event("", None)?;
            log.returns(process, outcome, event)?;
        }
        _ => return log.builder.expected(":type", ":invoke or :ok"),
    }
    Ok(())
}

/// Writes a history.
pub(super) fn write(observations: &Observations) -> Result<String, Unsayable> {
    let unsayable = |why: String| Err(Unsayable(why));
    let mut spelling = Spelling::of(observations);
    if let Some((before, next)) = log::not_one_after_the_other(observations) {
        let (session, before, next) = (observations.session_name(next.session), before.id.0, next.id.0);
        return unsayable(format!(
            "{session} calls operation {next} while operation {before} is open or its outcome unknown, and in this form \
             a process does not"
        ));
    }
    let quoted = |text: String| {
        if text.contains(['"', '\\']) || text.contains(char::is_control) {
            return unsayable(format!(
                "{text:?} has quotes, backslashes or line ends, and this form knows no escapes"
            ));
        }
        Ok(format!("\"{text}\""))
    };
    let mut text = String::new();
    for (event, operation) in log::events(observations) {
        let (f, argument) = match operation.call {
            Call::Read => (":get", "nil".to_owned()),
            Call::Write(to) => (":put", quoted(spelling.text(to)?)?),
            Call::Append(end) => (":append", quoted(spelling.text(end)?)?),
            Call::Cas { .. } | Call::Add(_) | Call::Insert(_) | Call::Remove(_) => {
                return unsayable("this form only has reads, writes and appends".to_owned());
            }
        };
        let id = operation.id.0;
        let (kind, value) = match (event.returns, operation.outcome) {
            (false, Outcome::Pending) if operation.call == Call::Read => {
                return unsayable(format!(
                    "operation {id} is a read that never returned, and in this form it would be one that found nothing"
                ));
            }
            (false, _) => (":invoke", argument),
            (true, Outcome::Read(seen)) => (":ok", quoted(spelling.text(seen)?)?),
            (true, Outcome::Done) => (":ok", argument),
            (true, _) => {
                return unsayable(format!(
                    "operation {id} ended without an answer, and this form only has operations that succeed"
                ));
            }
        };
        let key = match spelling.key(operation.key, true)? {
            Name::Text(key) => quoted(key)?,
            Name::Number(key) => quoted(key.to_string())?,
        };
        let process = spelling.process(operation.session);
        if process < 0 {
            return unsayable(format!("process {process} is below 0, and this form has no such numbers"));
        }
        // Writing to a string can't fail.
        let _ = writeln!(text, "{{:process {process}, :type {kind}, :f {f}, :key {key}, :value {value}}}");
    }
    Ok(text)
}
