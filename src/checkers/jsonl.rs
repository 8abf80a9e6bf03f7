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
//! Other fields are ignored, and so are empty lines. The reader is total: every text gives either a
//! history or the first [`Problem`], with its line, its field and what was expected there.

use std::collections::BTreeMap;
use std::fmt;

use netsplit_sim::ids::{Key, OpId, Value};
use netsplit_sim::time::Time;
use serde_json::Value as Json;

use crate::observation::{Call, Observation, Observations, Outcome, Session, ValuesId};

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
    if text.len() > BYTES_LIMIT {
        return Err(problem(1, "", format!("a text of at most {} MB", BYTES_LIMIT >> 20)));
    }
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            reader.line = index + 1;
            reader.operation(line)?;
        }
    }
    Ok(reader.observations)
}

type Field<T> = Result<T, Problem>;

fn problem(line: usize, field: &'static str, expected: impl Into<String>) -> Problem {
    Problem { line, field, expected: expected.into() }
}

#[derive(Default)]
struct Reader {
    line: usize,
    observations: Observations,
    sessions: BTreeMap<i64, Session>,
    keys: BTreeMap<String, Key>,
    values: BTreeMap<Content, Value>,
    /// What each key is that is more than a register, and the line that says so.
    families: BTreeMap<Key, (&'static str, usize)>,
    /// The lines of all events so far.
    events: BTreeMap<u64, usize>,
    last_call: u64,
}

/// A value before it has a number. The number 3 and the text “3” are different values.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    Number(i64),
    Text(String),
}

impl Reader {
    fn expected<T>(&self, field: &'static str, expected: impl Into<String>) -> Field<T> {
        Err(problem(self.line, field, expected))
    }

    fn operation(&mut self, line: &str) -> Field<()> {
        if self.observations.operations.len() == OPERATIONS_LIMIT {
            return self.expected("", format!("at most {OPERATIONS_LIMIT} operations"));
        }
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
        let key = self.key(key);
        self.family(key, call)?;
        let outcome = self.outcome(call, returned, ok, out)?;
        let id = OpId(self.observations.operations.len() as u32);
        let operation = Observation {
            id,
            session: self.session(process),
            key,
            node: None,
            call,
            outcome,
            invoked,
            returned,
            invoked_at: Time::ZERO,
            returned_at: Time::ZERO,
        };
        self.observations.operations.push(operation);
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
            if let Some(line) = self.events.insert(event, self.line) {
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

    /// Refuses what can't be called on what the key is.
    fn family(&mut self, key: Key, call: Call) -> Field<()> {
        let family = match call {
            Call::Read | Call::Write(_) | Call::Cas { .. } => return Ok(()),
            Call::Append(_) => "a text that grows",
            Call::Add(_) => "a number that is added to",
            Call::Insert(_) | Call::Remove(_) => "a set",
        };
        let (known, line) = *self.families.entry(key).or_insert((family, self.line));
        if known == family {
            return Ok(());
        }
        self.expected("f", format!("no such call: by line {line} the key is {known}"))
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
        values.sort_unstable();
        if values.windows(2).any(|pair| pair[0] == pair[1]) {
            return self.expected("out", "a list of different values");
        }
        self.observations.several.push(values);
        Ok(Outcome::Values(ValuesId((self.observations.several.len() - 1) as u32)))
    }

    fn value(&mut self, field: &'static str, value: &Json) -> Field<Option<Value>> {
        let content = match value {
            Json::Null => return Ok(None),
            Json::String(text) if text.is_empty() => return Ok(None),
            Json::String(text) => Content::Text(text.clone()),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Content::Number(number),
                None => return self.expected(field, "a whole number of at most 63 bits"),
            },
            _ => return self.expected(field, "a whole number, a text or null"),
        };
        if let Some(&value) = self.values.get(&content) {
            return Ok(Some(value));
        }
        let number = Value(self.observations.values.len() as u64);
        self.observations.values.push(match &content {
            Content::Number(number) => number.to_string(),
            Content::Text(text) => text.clone(),
        });
        self.values.insert(content, number);
        Ok(Some(number))
    }

    fn session(&mut self, process: i64) -> Session {
        let next = Session(self.sessions.len() as u32);
        *self.sessions.entry(process).or_insert_with(|| {
            self.observations.sessions.push(format!("p{process}"));
            next
        })
    }

    fn key(&mut self, name: &str) -> Key {
        if let Some(&key) = self.keys.get(name) {
            return key;
        }
        let key = Key(self.keys.len() as u32);
        self.observations.keys.push(name.into());
        self.keys.insert(name.into(), key);
        key
    }
}
