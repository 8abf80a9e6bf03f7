//! Histories as text: one operation a line, as a JSON object, sorted by call. The same form serves for
//! histories of other systems, of which the clients were recorded, and for those of our own runs.
//!
//! ```text
//! {"process":0, "f":"write", "key":"x", "value":3, "out":null, "call":0, "return":4, "ok":true}
//! ```
//!
//! - `process` is the session, a whole number. `key` is a text. `f` is `read`, `write` or `cas`; or `append`
//!   for a text that grows, `add` for a number that is added to, `insert` and `remove` for a set. A key is only one
//!   of these three.
//! - `value` is the argument: a whole number or a text, `[from, to]` for a compare-and-set, `null` for a
//!   read. What is written may also be `null`, which is the same as the empty text: the value that every
//!   key begins with. A key that holds nothing is the number 0 to `add`, and an empty set.
//! - `call` and `return` are event numbers, all different; `return` is `null` if it never returned.
//! - `ok` is `true` if the outcome is known; `out` is then what a read returned: a value, or a list of different
//!   values, which are the elements of a set or siblings. `false` says for a
//!   compare-and-set that it found another value, for anything else that it surely had no effect. `null` says that it may
//!   have taken effect or not, or may yet.
//!
//! - `call_ns` and `return_ns`, nanoseconds, may say when that was. If every operation has them, the history has a
//!   clock.
//!
//! Other fields are ignored, and so are empty lines. The reader is total: every text gives either a
//! history or the first [`Problem`], with its line, its field and what was expected there.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use netsplit_sim::ids::Value;
use netsplit_sim::time::Time;
use serde_json::{Value as Json, json};

use crate::formats::{Builder, Name, Spelling, Unsayable};
use crate::observation::{Call, Observations, Outcome};

/// The most bytes of a text.
pub const BYTES_LIMIT: usize = 64 << 20;
/// The most operations of a text.
pub const OPERATIONS_LIMIT: usize = 200_000;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The field; empty if it is about the whole line.
    pub field: &'static str,
    /// What was expected there.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            "" => write!(f, "line {}: expected {}", self.line, self.expected),
            field => write!(f, "line {}, field `{field}`: expected {}", self.line, self.expected),
        }
    }
}

impl std::error::Error for Problem {}

/// Reads a history from text.
///
/// # Errors
/// The first line that is not an operation, and what was expected there.
pub fn read(text: &str) -> Result<Observations, Problem> {
    let mut reader =
        Reader { builder: Builder::new(text)?, events: BTreeMap::new(), last_call: 0, clock: true };
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            reader.builder.line = index + 1;
            reader.operation(line)?;
        }
    }
    let mut observations = reader.builder.observations;
    observations.clock = reader.clock && !observations.operations.is_empty();
    if !observations.clock {
        for operation in &mut observations.operations {
            (operation.invoked_at, operation.returned_at) = (Time::ZERO, Time::ZERO);
        }
    }
    Ok(observations)
}

/// Writes a history as text.
///
/// # Errors
/// If values or keys of the same name are different, or a compare-and-set was refused: `false` would say that it
/// found another value.
pub fn write(observations: &Observations) -> Result<String, Unsayable> {
    let mut spelling = Spelling::of(observations);
    let mut text = String::new();
    for operation in &observations.operations {
        let mut value = |value| spelling.value(value).map(|name| name.map_or(Json::Null, json));
        let (f, argument) = match operation.call {
            Call::Read => ("read", Json::Null),
            Call::Write(to) => ("write", value(to)?),
            Call::Cas { from, to } => ("cas", json!([value(from)?, value(to)?])),
            Call::Append(None) => ("append", json!("")),
            Call::Append(end) => ("append", value(end)?),
            Call::Add(amount) => ("add", json!(amount)),
            Call::Insert(element) => ("insert", value(Some(element))?),
            Call::Remove(element) => ("remove", value(Some(element))?),
        };
        let is_cas = matches!(operation.call, Call::Cas { .. });
        let (out, ok) = match operation.outcome {
            Outcome::Pending | Outcome::Unknown => (Json::Null, Json::Null),
            Outcome::Read(seen) => (value(seen)?, json!(true)),
            Outcome::Values(id) => {
                let values = observations.values_of(id).iter();
                (values.map(|&seen| value(Some(seen))).collect::<Result<_, _>>()?, json!(true))
            }
            Outcome::Done => (if is_cas { json!(true) } else { Json::Null }, json!(true)),
            Outcome::NotSwapped => (json!(false), json!(false)),
            Outcome::Refused if is_cas => {
                return Err(Unsayable(format!(
                    "operation {} is a compare-and-set that was refused, and this form only has words for one that \
                     found another value",
                    operation.id.0
                )));
            }
            Outcome::Refused => (Json::Null, json!(false)),
        };
        let key = json!(observations.key_name(operation.key));
        spelling.key(operation.key, true)?;
        // Writing to a string can't fail.
        let _ = write!(
            text,
            "{{\"process\": {}, \"f\": \"{f}\", \"key\": {key}, \"value\": {argument}, \"out\": {out}, \"call\": {}, \
             \"return\": {}, \"ok\": {ok}",
            spelling.process(operation.session),
            operation.invoked,
            json!(operation.returned),
        );
        if observations.clock {
            let returned = operation.returned.map(|_| operation.returned_at.0);
            let (called, returned) = (operation.invoked_at.0, json!(returned));
            let _ = write!(text, ", \"call_ns\": {called}, \"return_ns\": {returned}");
        }
        text.push_str("}\n");
    }
    Ok(text)
}

fn json(name: Name) -> Json {
    match name {
        Name::Number(number) => number.into(),
        Name::Text(text) => text.into(),
    }
}

type Field<T> = Result<T, Problem>;

struct Reader {
    builder: Builder,
    /// The lines of all events so far.
    events: BTreeMap<u64, usize>,
    last_call: u64,
    /// Whether every operation so far told its times.
    clock: bool,
}

impl Reader {
    fn expected<T>(&self, field: &'static str, expected: impl Into<String>) -> Field<T> {
        self.builder.expected(field, expected)
    }

    fn operation(&mut self, line: &str) -> Field<()> {
        let object = match serde_json::from_str(line) {
            Ok(Json::Object(object)) => object,
            Ok(_) => return self.expected("", "a JSON object"),
            Err(error) => {
                return self.expected("", format!("a JSON object; at column {}: {error}", error.column()));
            }
        };
        let field = |name: &'static str| match object.get(name) {
            Some(value) => Ok(value),
            None => self.expected(name, "a value (the field is missing)"),
        };
        let Some(process) = field("process")?.as_i64() else {
            return self.expected("process", "a whole number");
        };
        let Some(key) = field("key")?.as_str() else { return self.expected("key", "a text") };
        let (f, value, out) = (field("f")?, field("value")?, field("out")?);
        let (call, returned, ok) = (field("call")?, field("return")?, field("ok")?);
        let Some(invoked) = call.as_u64() else { return self.expected("call", "a whole number from 0") };
        let returned = match returned {
            Json::Null => None,
            number if number.is_u64() => number.as_u64(),
            _ => return self.expected("return", "a whole number from 0, or null"),
        };
        self.order(invoked, returned)?;
        let call = self.call(f, value)?;
        let key = self.builder.key(Name::Text(key.to_owned()));
        let mut operation = *self.builder.call(process, key, call, invoked)?;
        operation.outcome = self.outcome(call, returned, ok, out)?;
        operation.returned = returned;
        let time = |name: &'static str| match object.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(time) if time.is_u64() => Ok(time.as_u64().map(Time)),
            Some(_) => self.expected(name, "a whole number of nanoseconds"),
        };
        let (called_at, returned_at) = (time("call_ns")?, time("return_ns")?);
        self.clock &= called_at.is_some() && (returned_at.is_some() || returned.is_none());
        operation.invoked_at = called_at.unwrap_or_default();
        operation.returned_at = returned_at.filter(|_| returned.is_some()).unwrap_or_default();
        self.builder.observations.operations[operation.id.index()] = operation;
        Ok(())
    }

    fn order(&mut self, invoked: u64, returned: Option<u64>) -> Field<()> {
        if invoked < self.last_call {
            return self
                .expected("call", format!("a number from {} on: lines are sorted by it", self.last_call));
        }
        self.last_call = invoked;
        if returned.is_some_and(|returned| returned <= invoked) {
            return self.expected("return", format!("a number above {invoked}, which is the call"));
        }
        for (field, event) in [("call", Some(invoked)), ("return", returned)] {
            let Some(event) = event else { continue };
            if let Some(line) = self.events.insert(event, self.builder.line) {
                return self.expected(
                    field,
                    format!("another number than {event}, which is on line {line} as well"),
                );
            }
        }
        Ok(())
    }

    fn call(&mut self, f: &Json, value: &Json) -> Field<Call> {
        match f.as_str() {
            Some("read") if value.is_null() => Ok(Call::Read),
            Some("read") => self.expected("value", "null for a read"),
            Some("write") => Ok(Call::Write(self.value("value", value)?)),
            Some("cas") => match value.as_array().map(Vec::as_slice) {
                Some([from, to]) => {
                    Ok(Call::Cas { from: self.value("value", from)?, to: self.value("value", to)? })
                }
                _ => self.expected("value", "[from, to] for a cas"),
            },
            Some("append") if value.is_string() => Ok(Call::Append(self.value("value", value)?)),
            Some("append") => self.expected("value", "a text for an append"),
            Some("add") => match value.as_i64() {
                Some(amount) => Ok(Call::Add(amount)),
                None => self.expected("value", "a whole number of at most 63 bits for an add"),
            },
            Some("insert") => Ok(Call::Insert(self.element(value)?)),
            Some("remove") => Ok(Call::Remove(self.element(value)?)),
            _ => self.expected("f", "read, write, cas, append, add, insert or remove"),
        }
    }

    fn element(&mut self, value: &Json) -> Field<Value> {
        match self.value("value", value)? {
            Some(element) => Ok(element),
            None => self.expected("value", "a whole number or a text that is not empty for an element"),
        }
    }

    fn outcome(&mut self, call: Call, returned: Option<u64>, ok: &Json, out: &Json) -> Field<Outcome> {
        match (ok, returned) {
            (Json::Null, None) => Ok(Outcome::Pending),
            (Json::Null, Some(_)) => Ok(Outcome::Unknown),
            (Json::Bool(_), None) => self.expected("ok", "null for an operation that never returned"),
            (Json::Bool(true), _) if call == Call::Read => match out {
                Json::Array(several) => self.several(several),
                _ => Ok(Outcome::Read(self.value("out", out)?)),
            },
            (Json::Bool(true), _) => Ok(Outcome::Done),
            (Json::Bool(false), _) if matches!(call, Call::Cas { .. }) => Ok(Outcome::NotSwapped),
            (Json::Bool(false), _) => Ok(Outcome::Refused),
            _ => self.expected("ok", "true, false or null"),
        }
    }

    fn several(&mut self, several: &[Json]) -> Field<Outcome> {
        let mut values = Vec::with_capacity(several.len());
        for value in several {
            match self.value("out", value)? {
                Some(value) => values.push(value),
                None => return self.expected("out", "a list of whole numbers and texts that are not empty"),
            }
        }
        self.builder.several("out", values)
    }

    fn value(&mut self, field: &'static str, value: &Json) -> Field<Option<Value>> {
        let name = match value {
            Json::Null => return Ok(None),
            Json::String(text) => Name::Text(text.clone()),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Name::Number(number),
                None => return self.expected(field, "a whole number of at most 63 bits"),
            },
            _ => return self.expected(field, "a whole number, a text or null"),
        };
        Ok(self.builder.value(name))
    }
}
