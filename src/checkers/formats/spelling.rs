//! The names of a history's sessions, keys and values as a writer puts them down, so that a reader makes the same
//! history of them.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::{Key, Value};

use super::{Name, Unsayable};
use crate::observation::{Call, Observations, Session};

/// How a writer spells what a history is about.
pub(crate) struct Spelling<'a> {
    observations: &'a Observations,
    /// The number of each session.
    processes: BTreeMap<Session, i64>,
    values: Names<Value>,
    keys: Names<Key>,
    /// The values that are appended, which have to be texts.
    appended: BTreeSet<Value>,
}

impl<'a> Spelling<'a> {
    pub(crate) fn of(observations: &'a Observations) -> Self {
        let appended = observations.operations.iter().filter_map(|operation| match operation.call {
            Call::Append(value) => value,
            _ => None,
        });
        Self {
            observations,
            processes: processes(observations),
            values: Names::default(),
            keys: Names::default(),
            appended: appended.collect(),
        }
    }

    /// The number of a session: the one in a name such as `p3`, if all of them have such names.
    pub(crate) fn process(&self, session: Session) -> i64 {
        self.processes.get(&session).copied().unwrap_or(i64::from(session.0))
    }

    /// A number that no session has.
    pub(crate) fn free_process(&self) -> i64 {
        self.processes.values().max().map_or(0, |&most| most.saturating_add(1).max(0))
    }

    /// A value, or nothing for the one that every key begins with.
    pub(crate) fn value(&mut self, value: Option<Value>) -> Result<Option<Name>, Unsayable> {
        let Some(value) = value else { return Ok(None) };
        let name = plain_value(self.observations, value);
        if name.is_empty() {
            return Err(Unsayable("a value whose name is empty can't be told from none".to_owned()));
        }
        let as_text = self.appended.contains(&value);
        self.values.spell(value, &name, as_text).map(Some).ok_or_else(|| {
            Unsayable(format!(
                "several different values are called “{name}”, and this form can't keep them apart"
            ))
        })
    }

    /// The same where every value is a text.
    pub(crate) fn text(&mut self, value: Option<Value>) -> Result<String, Unsayable> {
        self.appended.extend(value);
        match self.value(value)? {
            None => Ok(String::new()),
            Some(Name::Text(text)) => Ok(text),
            Some(Name::Number(number)) => Err(Unsayable(format!(
                "the number {number} and the text “{number}” are the same in this form"
            ))),
        }
    }

    /// A key.
    pub(crate) fn key(&mut self, key: Key, as_text: bool) -> Result<Name, Unsayable> {
        let name = self.observations.key_name(key);
        self.keys.spell(key, &name, as_text).ok_or_else(|| {
            Unsayable(format!("several keys are called “{name}”, and this form can't keep them apart"))
        })
    }
}

/// The name of a value without ornament: the number itself in a run of the simulator.
pub(crate) fn plain_value(observations: &Observations, value: Value) -> String {
    match observations.number(value) {
        Some(number) if observations.values.is_empty() => number.to_string(),
        _ => observations.value_name(value).into_owned(),
    }
}

/// The number that a text is, if a reader would take a number for exactly this text.
pub(crate) fn exact_number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

fn processes(observations: &Observations) -> BTreeMap<Session, i64> {
    let sessions: BTreeSet<Session> = observations.operations.iter().map(|one| one.session).collect();
    let number = |session: Session| exact_number(observations.session_name(session).strip_prefix('p')?);
    let numbers: Option<BTreeSet<i64>> = sessions.iter().map(|&session| number(session)).collect();
    let is_told = numbers.is_some_and(|numbers| numbers.len() == sessions.len());
    let process =
        |session: Session| number(session).filter(|_| is_told).unwrap_or_else(|| i64::from(session.0));
    sessions.into_iter().map(|session| (session, process(session))).collect()
}

/// The names given so far. What looks like a number is a number, and the second of that name is a text.
struct Names<T> {
    given: BTreeMap<T, Name>,
    taken: BTreeSet<Name>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { given: BTreeMap::new(), taken: BTreeSet::new() }
    }
}

impl<T: Ord + Copy> Names<T> {
    fn spell(&mut self, what: T, name: &str, as_text: bool) -> Option<Name> {
        if let Some(given) = self.given.get(&what) {
            return Some(given.clone());
        }
        let number = exact_number(name).filter(|_| !as_text).map(Name::Number);
        let mut names = number.into_iter().chain([Name::Text(name.to_owned())]);
        let name = names.find(|name| !self.taken.contains(name))?;
        self.taken.insert(name.clone());
        self.given.insert(what, name.clone());
        Some(name)
    }
}
