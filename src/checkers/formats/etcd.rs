//! The etcd logs among Porcupine's tests, which Jepsen printed in 2014: `INFO  jepsen.util - 4 :invoke :read nil`, with
//! tabs behind the number.
//!
//! They are about one compare-and-set register of whole numbers from 0, which we call `r`. As Porcupine reads them: a read
//! that `:fail`s says nothing; a `:cas` that `:fail`s with its `[from to]` found another value; of all else that does not
//! end in `:ok`, nobody knows the outcome, and its process is not heard of again. Lines of other kinds are skipped. There are
//! no times, and an event's number is its place.

use std::fmt::Write;

use netsplit_sim::ids::Value;

use super::Spelling;
use super::log::{self, Log};
use super::{Name, Unsayable};
use crate::jsonl::Problem;
use crate::observation::{Call, Observations, Outcome};

/// What we call the register.
const KEY: &str = "r";
/// The part of a line behind which the operation stands.
const LOGGER: &str = "jepsen.util";

/// Whether a line is one of a log.
pub(super) fn is_line(line: &str) -> bool {
    ["INFO", "WARN", "ERROR", "DEBUG"]
        .iter()
        .any(|level| line.strip_prefix(level).is_some_and(|rest| rest.starts_with(char::is_whitespace)))
}

/// Whether a line is a call or return of a log.
pub(super) fn is_event(line: &str) -> bool {
    is_line(line) && fields(line).is_some()
}

/// What stands behind the name of the logger.
fn fields(line: &str) -> Option<&str> {
    let mut words = line.splitn(2, char::is_whitespace);
    let (_, rest) = (words.next()?, words.next()?);
    rest.trim_start().strip_prefix(LOGGER)?.trim_start().strip_prefix('-').map(str::trim)
}

/// Reads a history.
pub(super) fn read(text: &str) -> Result<Observations, Problem> {
    let mut log = Log::new(text)?;
    for (index, line) in text.lines().enumerate() {
        log.builder.line = index + 1;
        if line.trim().is_empty() {
            continue;
        }
        if !is_line(line) {
            return log.builder.expected("", "a line such as INFO  jepsen.util - 4 :invoke :read nil");
        }
        if let Some(fields) = fields(line) {
            event(&mut log, fields)?;
        }
    }
    Ok(log.builder.observations)
}

fn event(log: &mut Log, fields: &str) -> Result<(), Problem> {
    let mut words = fields.splitn(4, char::is_whitespace).map(str::trim);
    let mut word = || words.next().unwrap_or_default();
    let (process, kind, f, value) = (word(), word(), word(), word());
    if process.starts_with(':') {
        return Ok(());
    }
    let Ok(process) = process.parse() else { return log.builder.expected("process", "a whole number") };
    if kind == ":invoke" {
        let call = match f {
            ":read" if value == "nil" => Call::Read,
            ":read" => return log.builder.expected("value", "nil for the call of a read"),
            ":write" => Call::Write(number(log, value)?),
            ":cas" => match pair(value) {
                Some((from, to)) => Call::Cas { from: number(log, from)?, to: number(log, to)? },
                None => return log.builder.expected("value", "[from to] for a :cas"),
            },
            _ => return log.builder.expected("f", ":read, :write or :cas"),
        };
        let event = log.event("", None)?;
        let key = log.builder.key(Name::Text(KEY.to_owned()));
        log.call(process, process, key, call, event)?;
        return Ok(());
    }
    let outcome = match (kind, log.open(process)?.call) {
        (":ok", Call::Read) => Outcome::Read(number(log, value)?),
        (":ok", _) => Outcome::Done,
        (":fail", Call::Read) => Outcome::Refused,
        (":fail", Call::Cas { .. }) if pair(value).is_some() => Outcome::NotSwapped,
        (":fail" | ":info", _) => Outcome::Unknown,
        _ => return log.builder.expected("type", ":invoke, :ok, :fail or :info"),
    };
    let event = log.event("", None)?;
    log.returns(process, outcome, event)?;
    Ok(())
}

fn pair(value: &str) -> Option<(&str, &str)> {
    let (from, to) = value.strip_prefix('[')?.strip_suffix(']')?.trim().split_once(char::is_whitespace)?;
    Some((from, to.trim()))
}

fn number(log: &mut Log, text: &str) -> Result<Option<Value>, Problem> {
    match text.parse() {
        _ if text == "nil" => Ok(None),
        Ok(number) => Ok(log.builder.value(Name::Number(number))),
        Err(_) => log.builder.expected("value", "a whole number or nil"),
    }
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
    let mut keys: Vec<_> = observations.operations.iter().map(|operation| operation.key).collect();
    keys.dedup();
    if keys.len() > 1 {
        return unsayable("this form has only one key, and the history has several".to_owned());
    }
    let mut text = String::new();
    for (event, operation) in log::events(observations) {
        let mut value = |value| match spelling.value(value)? {
            None => Ok("nil".to_owned()),
            Some(Name::Number(number)) if number >= 0 => Ok(number.to_string()),
            Some(Name::Number(number)) => {
                unsayable(format!("{number} is below 0, and this form has no such values"))
            }
            Some(Name::Text(text)) => {
                unsayable(format!("“{text}” is a text, and this form only has whole numbers"))
            }
        };
        let mut written = |what: &str, to| match to {
            None => unsayable(format!("{what} nothing has no words in this form")),
            to => value(to),
        };
        let (f, argument) = match operation.call {
            Call::Read => (":read", "nil".to_owned()),
            Call::Write(to) => (":write", written("a write of", to)?),
            Call::Cas { from, to } => {
                let (from, to) =
                    (written("a compare-and-set from", from)?, written("a compare-and-set to", to)?);
                (":cas", format!("[{from} {to}]"))
            }
            Call::Append(_) | Call::Add(_) | Call::Insert(_) | Call::Remove(_) => {
                return unsayable("this form only has reads, writes and compare-and-sets".to_owned());
            }
        };
        let (kind, value) = match (event.returns, operation.outcome) {
            (false, _) => (":invoke", argument),
            (true, Outcome::Read(seen)) => (":ok", value(seen)?),
            (true, Outcome::Done) => (":ok", argument),
            (true, Outcome::NotSwapped) => (":fail", argument),
            (true, Outcome::Refused) if operation.call == Call::Read => (":fail", ":timed-out".to_owned()),
            (true, Outcome::Refused) => {
                return unsayable(format!(
                    "operation {} was refused, and this form only has updates of unknown outcome",
                    operation.id.0
                ));
            }
            (true, Outcome::Values(_)) => {
                return unsayable("a read found several values, and this form only has registers".to_owned());
            }
            (true, Outcome::Unknown | Outcome::Pending) => (":info", ":timed-out".to_owned()),
        };
        let process = spelling.process(operation.session);
        if process < 0 {
            return unsayable(format!("process {process} is below 0, and this form has no such numbers"));
        }
        // Writing to a string can't fail.
        let _ = writeln!(text, "INFO  {LOGGER} - {process}\t{kind}\t{f}\t{value}");
    }
    Ok(text)
}
