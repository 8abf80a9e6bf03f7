//! Makes a history of what a reader finds: gives numbers to sessions, keys and values in the order in which they turn
//! up, and refuses what makes no sense in any format.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId, Value};
use netsplit_sim::time::Time;

use crate::jsonl::{BYTES_LIMIT, OPERATIONS_LIMIT, Problem};
use crate::observation::{Call, Observation, Observations, Outcome, Session, ValuesId};

/// A value or key before it has a number. The number 3 and the text “3” are different ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Name {
    fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

/// A history in the making.
#[derive(Default)]
pub(crate) struct Builder {
    /// The line that is being read, from 1.
    pub(crate) line: usize,
    /// What is known so far.
    pub(crate) observations: Observations,
    sessions: BTreeMap<i64, Session>,
    keys: BTreeMap<Name, Key>,
    values: BTreeMap<Name, Value>,
    /// What each key is that is more than a register, and the line that says so.
    families: BTreeMap<Key, (&'static str, usize)>,
}

impl Builder {
    /// An empty history, for a text that is not too long.
    pub(crate) fn new(text: &str) -> Result<Self, Problem> {
        let builder = Self { line: 1, ..Self::default() };
        if text.len() > BYTES_LIMIT {
            return builder.expected("", format!("a text of at most {} MB", BYTES_LIMIT >> 20));
        }
        Ok(builder)
    }

    /// The problem that something else was expected in this line.
    pub(crate) fn expected<T>(&self, field: &'static str, expected: impl Into<String>) -> Result<T, Problem> {
        Err(Problem { line: self.line, field, expected: expected.into() })
    }

    /// One more operation, of which the outcome is not known yet.
    pub(crate) fn call(
        &mut self,
        session: i64,
        key: Key,
        call: Call,
        event: u64,
    ) -> Result<&mut Observation, Problem> {
        let count = self.observations.operations.len();
        if count == OPERATIONS_LIMIT {
            return self.expected("", format!("at most {OPERATIONS_LIMIT} operations"));
        }
        self.family(key, call)?;
        let session = self.session(session);
        self.observations.operations.push(Observation {
            id: OpId(count as u32),
            session,
            key,
            node: None,
            call,
            outcome: Outcome::Pending,
            invoked: event,
            returned: None,
            invoked_at: Time::ZERO,
            returned_at: Time::ZERO,
        });
        Ok(&mut self.observations.operations[count])
    }

    /// Refuses what can't be called on what the key is.
    fn family(&mut self, key: Key, call: Call) -> Result<(), Problem> {
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

    /// What a read that found several values found.
    pub(crate) fn several(
        &mut self,
        field: &'static str,
        mut values: Vec<Value>,
    ) -> Result<Outcome, Problem> {
        values.sort_unstable();
        if values.windows(2).any(|pair| pair[0] == pair[1]) {
            return self.expected(field, "a list of different values");
        }
        self.observations.several.push(values);
        Ok(Outcome::Values(ValuesId((self.observations.several.len() - 1) as u32)))
    }

    /// The number of a value; the empty text is the value that every key begins with.
    pub(crate) fn value(&mut self, name: Name) -> Option<Value> {
        if name == Name::Text(String::new()) {
            return None;
        }
        if let Some(&value) = self.values.get(&name) {
            return Some(value);
        }
        let value = Value(self.observations.values.len() as u64);
        self.observations.values.push(name.clone().into_text());
        self.values.insert(name, value);
        Some(value)
    }

    /// The number of a key.
    pub(crate) fn key(&mut self, name: Name) -> Key {
        if let Some(&key) = self.keys.get(&name) {
            return key;
        }
        let key = Key(self.keys.len() as u32);
        self.observations.keys.push(name.clone().into_text());
        self.keys.insert(name, key);
        key
    }

    fn session(&mut self, process: i64) -> Session {
        let next = Session(self.sessions.len() as u32);
        *self.sessions.entry(process).or_insert_with(|| {
            self.observations.sessions.push(format!("p{process}"));
            next
        })
    }
}
