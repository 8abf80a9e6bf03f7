//! A history from somebody's file, judged and made ready to draw.

use netsplit_checkers::formats::{self, Format};
use netsplit_checkers::observation::{Call, Observation, Observations, Outcome, Session as SessionId};
use netsplit_checkers::{ALL, Input, linearizable};
use netsplit_scenario::Session;
use netsplit_sim::ids::Value;
use serde::{Deserialize, Serialize};

use crate::work::Judgement;

/// The most operations that are drawn; all are judged.
pub const DRAWN: usize = 2_000;
/// The steps that one checker may take.
const STEPS: u64 = 5_000_000;

/// A history that was read and judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The file's name.
    pub name: String,
    /// The form that it is in.
    pub format: String,
    /// How many operations it has.
    pub operations: u32,
    /// How many keys.
    pub keys: u32,
    /// The sessions' names.
    pub sessions: Vec<String>,
    /// The first operations, in the order of their calls.
    pub drawn: Vec<Drawn>,
    /// Whether calls and returns have times, in nanoseconds; if not, they are numbered.
    pub clock: bool,
    /// What each checker found.
    pub verdicts: Vec<Judgement>,
}

/// An operation ready to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// The index of its session.
    pub session: u32,
    /// Its key.
    pub key: String,
    /// What was asked and answered, such as `read x: 3`.
    pub text: String,
    /// The same as short as can be: `x = 3` for a write, `x: 3` for a read.
    pub short: String,
    /// Whether it reads.
    pub is_read: bool,
    /// Whether its outcome is known.
    pub known: bool,
    /// The event of the call.
    pub call: u64,
    /// The event of the return, if it returned.
    pub end: Option<u64>,
    /// When it was called, in nanoseconds; zero without a clock.
    pub call_ns: u64,
    /// When it returned, in nanoseconds; zero without a clock.
    pub end_ns: u64,
    /// Its place in one legal order of its key, as the event after which it took effect; only if the history is linearizable.
    pub point: Option<u64>,
}

/// Reads a history in any form that is known, and judges it by every model.
///
/// # Errors
/// What is wrong with the text, where, and what was expected.
pub fn open(name: &str, text: &str) -> Result<Opened, String> {
    let (format, seen) = read(text).map_err(|problem| format!("{name}: {problem}"))?;
    let input = Input::of(&seen);
    // What the copies hold at the end is not in such a file.
    let judged = ALL.iter().filter(|checker| checker.name != "converges");
    let verdicts =
        judged.map(|checker| Judgement::of(checker.name, &(checker.check)(&input, STEPS))).collect();
    Ok(opened(name, format, &seen, verdicts))
}

fn read(text: &str) -> Result<(&'static str, Observations), String> {
    let Some(format) = formats::detect(text) else {
        let known: Vec<&str> = Format::ALL.iter().map(|format| format.title()).collect();
        return Err(format!("line 1: expected a history in one of these forms: {}", known.join(", ")));
    };
    formats::read(format, text).map(|seen| (format.title(), seen)).map_err(|problem| problem.to_string())
}

/// A run in the form of another tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// A name for the file.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// What the form has no words for and is not in it, in one sentence; empty if that is nothing.
    pub left_out: String,
}

/// The name of the form that draws a run as a log for ShiViz.
pub const SHIVIZ: &str = "shiviz";

/// The name of the form that holds the whole run: see [`crate::run_file`].
pub const RUN: &str = "run";

/// Every form in which a run can be written: name and title.
#[must_use]
pub fn forms() -> Vec<(&'static str, &'static str)> {
    let histories = Format::ALL.iter().map(|format| (format.name(), format.title()));
    histories.chain([(SHIVIZ, "ShiViz log")]).collect()
}

/// Writes a run as it is now, in one of the forms.
///
/// # Errors
/// If there is no such form, or it has no words for this run.
pub fn write(session: &mut Session, form: &str) -> Result<Written, String> {
    if form == RUN {
        let text = crate::run_file::write(session);
        return Ok(Written { name: "netsplit-run.json".to_owned(), text, left_out: String::new() });
    }
    if form == SHIVIZ {
        let text = netsplit_scenario::shiviz::log(session);
        return Ok(Written { name: "netsplit-shiviz.log".to_owned(), text, left_out: String::new() });
    }
    let format = Format::find(form).ok_or_else(|| format!("there is no form called {form:?}"))?;
    let seen = Observations::from_history(session.machine().history());
    let fitted = formats::fit(format, &seen, None);
    let text = formats::write(format, &fitted.observations).map_err(|unsayable| unsayable.to_string())?;
    let name = format!("netsplit-history.{}", format.extension());
    Ok(Written { name, text, left_out: fitted.notes.join(" ") })
}

fn opened(name: &str, format: &str, seen: &Observations, verdicts: Vec<Judgement>) -> Opened {
    let points = linearizable::points(seen, STEPS).unwrap_or_default();
    let (sessions, mut drawn) = drawn(seen);
    for point in points {
        if let Some(drawn) = drawn.get_mut(point.operation.index()) {
            drawn.point = Some(point.event);
        }
    }
    let mut keys: Vec<_> = seen.operations.iter().map(|operation| operation.key).collect();
    keys.sort_unstable();
    keys.dedup();
    Opened {
        name: name.to_owned(),
        format: format.to_owned(),
        operations: seen.operations.len() as u32,
        keys: keys.len() as u32,
        sessions,
        drawn,
        clock: seen.clock,
        verdicts,
    }
}

/// The operations of a history ready to draw, and the names of its sessions.
#[must_use]
pub fn drawn(seen: &Observations) -> (Vec<String>, Vec<Drawn>) {
    let sessions =
        seen.operations.iter().map(|operation| operation.session).max().map_or(0, |last| last.0 + 1);
    let names = (0..sessions).map(|session| seen.session_name(SessionId(session)).into_owned());
    (names.collect(), seen.operations.iter().take(DRAWN).map(|operation| draw(seen, operation)).collect())
}

fn short(seen: &Observations, operation: &Observation) -> String {
    let key = seen.key_name(operation.key);
    let value = |value: Option<Value>| {
        value.map_or_else(|| "–".to_owned(), |value| seen.value_name(value).into_owned())
    };
    match (operation.call, operation.outcome) {
        (Call::Read, Outcome::Read(found)) => format!("{key}: {}", value(found)),
        (Call::Read, _) => format!("{key}: ?"),
        (Call::Write(to), _) => format!("{key} = {}", value(to)),
        (Call::Cas { from, to }, _) => format!("{key}: {}→{}", value(from), value(to)),
        (Call::Append(text), _) => format!("{key} + {}", value(text)),
        (Call::Add(amount), _) => format!("{key} + {amount}"),
        (Call::Insert(element), _) => format!("{key} ∪ {}", value(Some(element))),
        (Call::Remove(element), _) => format!("{key} ∖ {}", value(Some(element))),
    }
}

fn draw(seen: &Observations, operation: &Observation) -> Drawn {
    let key = seen.key_name(operation.key).into_owned();
    let value = |value: Option<Value>| {
        value.map_or_else(|| "nothing".to_owned(), |value| seen.value_name(value).into_owned())
    };
    let asked = match operation.call {
        Call::Read => format!("read {key}"),
        Call::Write(to) => format!("write {key} = {}", value(to)),
        Call::Cas { from, to } => format!("{key}: if {} then {}", value(from), value(to)),
        Call::Append(text) => format!("append to {key}: {}", value(text)),
        Call::Add(amount) => format!("add {amount} to {key}"),
        Call::Insert(element) => format!("insert {} into {key}", value(Some(element))),
        Call::Remove(element) => format!("remove {} from {key}", value(Some(element))),
    };
    let text = match operation.outcome {
        Outcome::Pending => format!("{asked}, never answered"),
        Outcome::Read(found) => format!("{asked}: {}", value(found)),
        Outcome::Values(id) => {
            let values: Vec<_> = seen.values_of(id).iter().map(|one| seen.value_name(*one)).collect();
            format!("{asked}: {{{}}}", values.join(", "))
        }
        Outcome::Done => asked,
        Outcome::NotSwapped => format!("{asked}: it was something else"),
        Outcome::Refused => format!("{asked}, refused"),
        Outcome::Unknown => format!("{asked}, outcome unknown"),
    };
    Drawn {
        session: operation.session.0,
        key,
        short: short(seen, operation),
        text,
        is_read: operation.call == Call::Read,
        known: !matches!(operation.outcome, Outcome::Unknown | Outcome::Pending),
        call: operation.invoked,
        end: operation.returned,
        call_ns: operation.invoked_at.0,
        end_ns: operation.returned_at.0,
        point: None,
    }
}
