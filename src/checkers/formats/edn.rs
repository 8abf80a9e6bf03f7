//! Jepsen's histories: `{:type :invoke, :f :write, :value 3, :process 0, :time 123, :index 0}`, one map for each call and
//! each return, line by line or in a vector.
//!
//! - `:type` is `:invoke`, and then `:ok`, `:fail` (it surely had no effect) or `:info` (nobody knows; the process is
//!   not heard of again). A compare-and-set that `:fail`s without an `:error` found another value.
//! - `:f` and `:value`: `:read`, of which the return has the value, or a set or vector if there are several; `:write`;
//!   `:cas` with `[from to]`; `:append` of a text; `:add` to a number or, if any read of the key found a
//!   collection, to a set; `:insert` and `:remove`, which are only of sets.
//! - `[k v]` in the place of a value `v` is about the key `k` (`jepsen.independent`), as a vector or as a tagged tuple
//!   or map; without that, all is about one key, which we call `x`.
//! - `:index` is the number of the event and `:time` its nanoseconds, where every event has them.
//! - `:session`, which is ours, says that a process goes on with the session of another one: in Jepsen's form a
//!   process is over after an `:info`, and never does two things at once.
//!
//! What other processes than numbered ones do, such as `:nemesis`, is skipped.
//!
//! The text is read by a library that uses no recursion, form by form, so that no nesting can overflow the stack and
//! every problem has its line.

mod writing;

use std::collections::{BTreeMap, BTreeSet};

use clojure_reader::edn::{self, Edn};
use netsplit_sim::ids::Value;
use netsplit_sim::time::Time;

use super::Name;
use super::log::Log;
use crate::jsonl::Problem;
use crate::observation::{Call, Observations, Outcome};
pub(super) use writing::write;

/// The name of the key where there is only one and nobody names it.
const ONLY_KEY: &str = "x";
/// A value that is not told.
static NIL: Edn<'static> = Edn::Nil;

/// Reads a history.
pub(super) fn read(text: &str) -> Result<Observations, Problem> {
    let mut log = Log::new(text)?;
    let forms = forms(&mut log, text)?;
    let sets = sets(&forms);
    let mut reader = Reader { log, sets, tupled: BTreeSet::new(), clock: true };
    for form in &forms {
        reader.log.builder.line = form.line;
        reader.form(form)?;
    }
    let mut observations = reader.log.builder.observations;
    observations.clock = reader.clock && !observations.operations.is_empty();
    if !observations.clock {
        for operation in &mut observations.operations {
            (operation.invoked_at, operation.returned_at) = (Time::ZERO, Time::ZERO);
        }
    }
    Ok(observations)
}

/// One map of the history.
struct Form<'a> {
    line: usize,
    fields: BTreeMap<Edn<'a>, Edn<'a>>,
}

impl<'a> Form<'a> {
    fn get(&self, name: &'static str) -> Option<&Edn<'a>> {
        self.fields.get(&Edn::key(name)).filter(|value| **value != Edn::Nil)
    }

    fn key(&self, name: &'static str) -> Option<&str> {
        match self.get(name) {
            Some(Edn::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn process(&self) -> Option<i64> {
        match self.get("process") {
            Some(Edn::Int(process)) => Some(*process),
            _ => None,
        }
    }
}

/// The maps of the operations of numbered processes, with their lines.
fn forms<'a>(log: &mut Log, text: &'a str) -> Result<Vec<Form<'a>>, Problem> {
    let (mut rest, mut line, mut forms) = (text, 1, Vec::new());
    // A vector or list around everything is opened by hand, so that the lines of what is in it are known.
    let mut inside = None;
    loop {
        let begin = skip(rest);
        line += lines(&rest[..rest.len() - begin.len()]);
        log.builder.line = line;
        rest = begin;
        match (rest.chars().next(), inside) {
            (None, None) => return Ok(forms),
            (None, Some(end)) => return log.builder.expected("", format!("{end} at the end")),
            (Some('['), None) if forms.is_empty() => (inside, rest) = (Some(']'), &rest[1..]),
            (Some('('), None) if forms.is_empty() => (inside, rest) = (Some(')'), &rest[1..]),
            (Some(end), Some(expected)) if end == expected => {
                let after = skip(&rest[1..]);
                if !after.is_empty() {
                    log.builder.line += lines(&rest[..rest.len() - after.len()]);
                    return log.builder.expected("", "nothing after the end of the history");
                }
                return Ok(forms);
            }
            _ => {
                let (form, after) = edn::read(rest).or_else(|error| {
                    log.builder.line = line + error.line.unwrap_or(1) - 1;
                    let column = error.column.unwrap_or(1);
                    log.builder.expected("", format!("EDN; at column {column}: {:?}", error.code))
                })?;
                let mut form = untagged(form);
                let Edn::Map(fields) = &mut form else {
                    return log
                        .builder
                        .expected("", "a map such as {:type :invoke, :f :read, :value nil, :process 0}");
                };
                let form = Form { line, fields: std::mem::take(fields) };
                match form.get("process") {
                    Some(Edn::Int(_)) => forms.push(form),
                    Some(Edn::Key(_) | Edn::Symbol(_) | Edn::Str(_)) => {}
                    _ => {
                        return log
                            .builder
                            .expected("process", "a whole number, or the name of one that is no client");
                    }
                }
                line += lines(&rest[..rest.len() - after.len()]);
                rest = after;
            }
        }
    }
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// What comes after blanks, commas and comments.
fn skip(mut text: &str) -> &str {
    loop {
        let after = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let Some(comment) = after.strip_prefix(';') else { return after };
        text = comment.split_once('\n').map_or("", |(_, after)| after);
    }
}

fn untagged(form: Edn<'_>) -> Edn<'_> {
    let mut form = form;
    // By hand and not by a pattern: the library's values have a destructor of their own.
    while let Edn::Tagged(_, inner) = &mut form {
        form = std::mem::replace(&mut **inner, Edn::Nil);
    }
    form
}

fn inner<'a, 'e>(mut form: &'a Edn<'e>) -> &'a Edn<'e> {
    while let Edn::Tagged(_, inner) = form {
        form = inner;
    }
    form
}

/// Key and value of a tuple, however it is put down.
fn tuple<'a, 'e>(form: &'a Edn<'e>) -> Option<(&'a Edn<'e>, &'a Edn<'e>)> {
    match inner(form) {
        Edn::Vector(two) | Edn::List(two) => match two.as_slice() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        Edn::Map(map) => Some((map.get(&Edn::key("key"))?, map.get(&Edn::key("value"))?)),
        _ => None,
    }
}

/// The key that a call is about, if it tells one, and what is left of its value.
fn about<'a, 'e>(f: &str, value: &'a Edn<'e>) -> (Option<&'a Edn<'e>>, &'a Edn<'e>) {
    let pair = tuple(value).filter(|(_, to)| {
        // A compare-and-set has a pair of its own.
        f != "cas" || matches!(value, Edn::Tagged(..)) || tuple(to).is_some()
    });
    pair.map_or((None, value), |(key, value)| (Some(key), value))
}

/// The keys that are sets: of which a read found a collection, or to which no number was added. `None` is the key
/// that nobody names.
fn sets<'a>(forms: &'a [Form<'_>]) -> BTreeSet<Option<&'a Edn<'a>>> {
    let (mut added, mut sets) = (BTreeSet::new(), BTreeSet::new());
    let mut asked: BTreeMap<i64, Option<&Edn<'_>>> = BTreeMap::new();
    for form in forms {
        let (Some(process), Some(f)) = (form.process(), form.key("f")) else { continue };
        let value = form.fields.get(&Edn::key("value")).unwrap_or(&NIL);
        let (key, value) = match form.key("type") {
            Some("invoke") => {
                let (key, value) = about(f, value);
                asked.insert(process, key);
                (key, value)
            }
            Some("ok") => match asked.remove(&process) {
                Some(Some(key)) => (Some(key), tuple(value).map_or(&NIL, |(_, value)| value)),
                _ => (None, value),
            },
            _ => continue,
        };
        match f {
            "add" => {
                added.insert(key);
                if !matches!(value, Edn::Int(_)) {
                    sets.insert(key);
                }
            }
            "insert" | "remove" => {
                sets.insert(key);
            }
            "read" if matches!(inner(value), Edn::Set(_) | Edn::Vector(_) | Edn::List(_)) => {
                sets.insert(key);
            }
            _ => {}
        }
    }
    sets.retain(|key| added.contains(key));
    sets
}

struct Reader<'a> {
    log: Log,
    sets: BTreeSet<Option<&'a Edn<'a>>>,
    /// The processes whose call told its key.
    tupled: BTreeSet<i64>,
    /// Whether every event so far told its time.
    clock: bool,
}

impl<'a> Reader<'a> {
    fn expected<T>(&self, field: &'static str, expected: impl Into<String>) -> Result<T, Problem> {
        self.log.builder.expected(field, expected)
    }

    fn form(&mut self, form: &'a Form<'a>) -> Result<(), Problem> {
        let Some(process) = form.process() else { return Ok(()) };
        let Some(kind) = form.key("type") else {
            return self.expected(":type", ":invoke, :ok, :fail or :info");
        };
        let event = self.number(":index", form.get("index"))?;
        let event = self.log.event(":index", event)?;
        let at = self.number(":time", form.get("time"))?.map(Time);
        self.clock &= at.is_some();
        let at = at.unwrap_or_default();
        let value = form.fields.get(&Edn::key("value")).unwrap_or(&NIL);
        if kind == "invoke" {
            let session = match form.get("session") {
                None => process,
                Some(Edn::Int(session)) => *session,
                Some(_) => return self.expected(":session", "a whole number"),
            };
            let f = form.key("f").unwrap_or_default();
            let (key, value) = about(f, value);
            let call = self.call(f, key, value)?;
            let key_name = match key {
                None => Name::Text(ONLY_KEY.to_owned()),
                Some(key) => self.name(key)?.unwrap_or(Name::Text(String::new())),
            };
            if key.is_some() {
                self.tupled.insert(process);
            } else {
                self.tupled.remove(&process);
            }
            let key = self.log.builder.key(key_name);
            self.log.call(process, session, key, call, event)?.invoked_at = at;
            return Ok(());
        }
        let call = self.log.open(process)?.call;
        let outcome = match kind {
            "ok" if call == Call::Read => self.answer(process, value)?,
            "ok" => Outcome::Done,
            "fail" if matches!(call, Call::Cas { .. }) && form.get("error").is_none() => Outcome::NotSwapped,
            "fail" => Outcome::Refused,
            "info" => Outcome::Unknown,
            _ => return self.expected(":type", ":invoke, :ok, :fail or :info"),
        };
        self.log.returns(process, outcome, event)?.returned_at = at;
        Ok(())
    }

    fn number(&self, field: &'static str, told: Option<&Edn<'_>>) -> Result<Option<u64>, Problem> {
        match told {
            None => Ok(None),
            Some(Edn::Int(number)) if *number >= 0 => Ok(Some(*number as u64)),
            Some(_) => self.expected(field, "a whole number from 0"),
        }
    }

    fn call(&mut self, f: &str, key: Option<&'a Edn<'a>>, value: &Edn<'_>) -> Result<Call, Problem> {
        match f {
            "read" if *value == Edn::Nil => Ok(Call::Read),
            "read" => self.expected(":value", "nil or [key nil] for the call of a read"),
            "write" => Ok(Call::Write(self.value(value)?)),
            "cas" => match tuple(value) {
                Some((from, to)) => Ok(Call::Cas { from: self.value(from)?, to: self.value(to)? }),
                None => self.expected(":value", "[from to] for a cas"),
            },
            "append" if matches!(value, Edn::Str(_)) => Ok(Call::Append(self.value(value)?)),
            "append" => self.expected(":value", "a text for an append"),
            "add" if !self.sets.contains(&key) => match value {
                Edn::Int(amount) => Ok(Call::Add(*amount)),
                _ => self.expected(":value", "a whole number for an add"),
            },
            "add" | "insert" => Ok(Call::Insert(self.element(value)?)),
            "remove" => Ok(Call::Remove(self.element(value)?)),
            _ => self.expected(":f", ":read, :write, :cas, :append, :add, :insert or :remove"),
        }
    }

    fn answer(&mut self, process: i64, value: &Edn<'_>) -> Result<Outcome, Problem> {
        let value = if self.tupled.contains(&process) {
            match tuple(value) {
                Some((_, value)) => value,
                None => return self.expected(":value", "[key value], as its call had"),
            }
        } else {
            value
        };
        let elements: Vec<&Edn<'_>> = match inner(value) {
            Edn::Set(set) => set.iter().collect(),
            Edn::Vector(list) | Edn::List(list) => list.iter().collect(),
            _ => return Ok(Outcome::Read(self.value(value)?)),
        };
        let elements = elements.into_iter().map(|element| self.element(element)).collect::<Result<_, _>>()?;
        self.log.builder.several(":value", elements)
    }

    fn element(&mut self, value: &Edn<'_>) -> Result<Value, Problem> {
        match self.value(value)? {
            Some(element) => Ok(element),
            None => self.expected(":value", "a whole number or a text that is not empty for an element"),
        }
    }

    fn value(&mut self, value: &Edn<'_>) -> Result<Option<Value>, Problem> {
        Ok(self.name(value)?.and_then(|name| self.log.builder.value(name)))
    }

    fn name(&self, value: &Edn<'_>) -> Result<Option<Name>, Problem> {
        match inner(value) {
            Edn::Nil => Ok(None),
            Edn::Int(number) => Ok(Some(Name::Number(*number))),
            Edn::Str(text) => Ok(Some(Name::Text(text.clone().into_owned()))),
            _ => self.expected(":value", "a whole number, a text or nil"),
        }
    }
}
