//! Writes a history as Jepsen does, with `:session` where one session needs several processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use clojure_reader::edn::Edn;
use netsplit_sim::ids::Key;

use super::ONLY_KEY;
use crate::formats::{Name, Spelling, Unsayable, log};
use crate::observation::{Call, Observation, Observations, Outcome, Session};

/// Writes a history.
pub(in crate::formats) fn write(observations: &Observations) -> Result<String, Unsayable> {
    let mut spelling = Spelling::of(observations);
    let processes = Processes::of(observations, &spelling);
    let only = observations.operations.iter().all(|one| observations.key_name(one.key) == ONLY_KEY);
    let keys: BTreeSet<Key> = observations.operations.iter().map(|operation| operation.key).collect();
    let is_tupled = !only || keys.len() > 1;
    let collections = collections(observations)?;
    let mut text = String::new();
    for (event, operation) in log::events(observations) {
        let (f, argument) = call(&mut spelling, operation.call, collections.contains(&operation.key))?;
        let (kind, value, error) = match (event.returns, operation.outcome) {
            (false, _) => (":invoke", argument, ""),
            (true, Outcome::Read(seen)) => (":ok", written(spelling.value(seen)?), ""),
            (true, Outcome::Values(id)) => {
                let values = observations.values_of(id).iter();
                let values: Vec<String> =
                    values.map(|&seen| spelling.value(Some(seen)).map(written)).collect::<Result<_, _>>()?;
                (":ok", format!("#{{{}}}", values.join(" ")), "")
            }
            (true, Outcome::Done) => (":ok", argument, ""),
            (true, Outcome::NotSwapped) => (":fail", argument, ""),
            (true, Outcome::Refused) => (":fail", argument, ", :error :refused"),
            (true, Outcome::Unknown | Outcome::Pending) => (":info", argument, ""),
        };
        let value = if is_tupled {
            let key = written(Some(spelling.key(operation.key, false)?));
            format!("[{key} {value}]")
        } else {
            value
        };
        let at = if event.returns { operation.returned_at } else { operation.invoked_at };
        let (number, at) = (signed(event.number)?, signed(at.0)?);
        let (process, session) = processes.of_operation(operation);
        let session = session.map(|session| format!(", :session {session}")).unwrap_or_default();
        let time = if observations.clock { format!(", :time {at}") } else { String::new() };
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{{:type {kind}, :f {f}, :value {value}, :process {process}{session}{time}, :index {number}{error}}}"
        );
    }
    Ok(text)
}

fn signed(number: u64) -> Result<i64, Unsayable> {
    i64::try_from(number).map_err(|_| Unsayable(format!("{number} is too large a number for this form")))
}

fn call(spelling: &mut Spelling<'_>, call: Call, shown: bool) -> Result<(&'static str, String), Unsayable> {
    let mut value = |value| spelling.value(value).map(written);
    Ok(match call {
        Call::Read => (":read", "nil".to_owned()),
        Call::Write(to) => (":write", value(to)?),
        Call::Cas { from, to } => (":cas", format!("[{} {}]", value(from)?, value(to)?)),
        Call::Append(None) => (":append", "\"\"".to_owned()),
        Call::Append(end) => (":append", value(end)?),
        Call::Add(amount) => (":add", amount.to_string()),
        // An element that no read shows would be taken for a number to add.
        Call::Insert(element) => (if shown { ":add" } else { ":insert" }, value(Some(element))?),
        Call::Remove(element) => (":remove", value(Some(element))?),
    })
}

fn written(name: Option<Name>) -> String {
    match name {
        None => "nil".to_owned(),
        Some(Name::Number(number)) => number.to_string(),
        Some(Name::Text(text)) => Edn::string(text).to_string(),
    }
}

/// The keys of which a read found several values.
fn collections(observations: &Observations) -> Result<BTreeSet<Key>, Unsayable> {
    let shown = |one: &&Observation| matches!(one.outcome, Outcome::Values(_));
    let shown: BTreeSet<Key> = observations.operations.iter().filter(shown).map(|one| one.key).collect();
    let added = |one: &&Observation| matches!(one.call, Call::Add(_)) && shown.contains(&one.key);
    match observations.operations.iter().find(added) {
        None => Ok(shown),
        Some(one) => Err(Unsayable(format!(
            "{} is added to, and a read of it found several values: this form would take it for a set",
            observations.key_name(one.key)
        ))),
    }
}

/// The processes that sessions consist of.
struct Processes {
    /// By operation.
    processes: Vec<i64>,
    /// The sessions that need more than one.
    several: BTreeMap<Session, i64>,
}

impl Processes {
    fn of(observations: &Observations, spelling: &Spelling<'_>) -> Self {
        let mut free = spelling.free_process();
        let mut several = BTreeMap::new();
        // By session: its processes, with what each did last.
        let mut lanes: BTreeMap<Session, Vec<(i64, Observation)>> = BTreeMap::new();
        let mut processes = Vec::with_capacity(observations.operations.len());
        for operation in &observations.operations {
            let lanes = lanes.entry(operation.session).or_default();
            let goes_on = lanes.iter_mut().find(|(_, last)| !log::is_process_over(last, operation));
            let process = if let Some((process, last)) = goes_on {
                *last = *operation;
                *process
            } else {
                let session = spelling.process(operation.session);
                let process = if lanes.is_empty() { session } else { free };
                if !lanes.is_empty() {
                    free += 1;
                    several.insert(operation.session, session);
                }
                lanes.push((process, *operation));
                process
            };
            processes.push(process);
        }
        Self { processes, several }
    }

    /// The process of an operation, and its session where that has several processes.
    fn of_operation(&self, operation: &Observation) -> (i64, Option<i64>) {
        let process = self.processes[operation.id.index()];
        (process, self.several.get(&operation.session).copied())
    }
}
