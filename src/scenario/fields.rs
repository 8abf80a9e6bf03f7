//! Reads the fields of a table one by one, collecting what is wrong with them; a field that nobody
//! asked for is wrong too.

use std::cell::RefCell;

use netsplit_sim::time::{Span, Time};

use crate::problem::{PROBLEMS, Problem, one_of};
use crate::tree::{Table, Tree, Value};

/// Collects problems while reading.
#[derive(Default)]
pub(crate) struct Reader {
    problems: RefCell<Vec<Problem>>,
}

/// The fields of a table that are left to read.
pub(crate) struct Fields<'a> {
    reader: &'a Reader,
    path: String,
    line: Option<u32>,
    /// `None` where there is something else than a table, which has been said.
    table: Option<&'a Table>,
    known: Vec<&'static str>,
}

impl Reader {
    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.problems.take()
    }

    pub(crate) fn add(&self, line: Option<u32>, field: &str, message: String) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < PROBLEMS {
            problems.push(Problem { line, field: field.to_owned(), message });
        }
    }

    /// The fields of a table at a place.
    pub(crate) fn table<'a>(&'a self, path: &str, tree: &'a Tree) -> Fields<'a> {
        let table = match &tree.value {
            Value::Table(table) => Some(table),
            other => {
                self.add(tree.line, path, format!("expected a table and found {}", other.kind()));
                None
            }
        };
        Fields { reader: self, path: path.to_owned(), line: tree.line, table, known: Vec::new() }
    }

    /// The items of a list at a place, each with its own place.
    pub(crate) fn list<'a>(&self, path: &str, tree: &'a Tree, most: usize) -> Vec<(String, &'a Tree)> {
        let Value::List(list) = &tree.value else {
            self.add(tree.line, path, format!("expected a list and found {}", tree.value.kind()));
            return Vec::new();
        };
        if list.len() > most {
            self.add(tree.line, path, format!("expected at most {most} and found {}", list.len()));
            return Vec::new();
        }
        list.iter().enumerate().map(|(i, tree)| (format!("{path}[{}]", i + 1), tree)).collect()
    }

    /// A text at a place.
    pub(crate) fn text(&self, path: &str, tree: &Tree) -> Option<String> {
        match &tree.value {
            Value::Text(text) => Some(text.clone()),
            other => {
                self.add(tree.line, path, format!("expected text in quotes and found {}", other.kind()));
                None
            }
        }
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(crate) fn reader(&self) -> &'a Reader {
        self.reader
    }

    /// The value of a field, if it is there.
    pub(crate) fn get(&mut self, name: &'static str) -> Option<&'a Tree> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.table?.iter().find(|(key, _)| key == name).map(|(_, tree)| tree)
    }

    /// The value of a field that must be there.
    pub(crate) fn need(&mut self, name: &'static str, what: &str) -> Option<&'a Tree> {
        let found = self.get(name);
        if found.is_none() && self.table.is_some() {
            self.reader.add(self.line, &self.path(name), format!("is missing; expected {what}"));
        }
        found
    }

    /// The fields that nobody has asked for, which are then known.
    pub(crate) fn rest(&mut self) -> Vec<(&'a str, &'a Tree)> {
        let known = std::mem::take(&mut self.known);
        let table = self.table.take().into_iter().flatten();
        let rest = table.filter(|(name, _)| !known.contains(&name.as_str()));
        rest.map(|(name, tree)| (name.as_str(), tree)).collect()
    }

    /// Complains about every field that nobody asked for.
    pub(crate) fn finish(self) {
        for (name, tree) in self.table.into_iter().flatten() {
            if !self.known.contains(&name.as_str()) {
                let known = one_of(self.known.iter().copied());
                self.reader.add(tree.line, &self.path(name), format!("is no field here; expected {known}"));
            }
        }
    }

    pub(crate) fn wrong(&self, tree: &Tree, name: &str, what: &str) {
        self.reader.add(
            tree.line,
            &self.path(name),
            format!("expected {what} and found {}", tree.value.kind()),
        );
    }

    pub(crate) fn text(&mut self, name: &'static str) -> String {
        let tree = self.get(name);
        tree.and_then(|tree| self.reader.text(&self.path(name), tree)).unwrap_or_default()
    }

    pub(crate) fn need_text(&mut self, name: &'static str, what: &str) -> String {
        let tree = self.need(name, what);
        tree.and_then(|tree| self.reader.text(&self.path(name), tree)).unwrap_or_default()
    }

    /// A field read by `read`, if it is there and right.
    pub(crate) fn value<T>(
        &mut self,
        name: &'static str,
        what: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let tree = self.get(name)?;
        let value = read(&tree.value);
        if value.is_none() {
            self.wrong(tree, name, what);
        }
        value
    }

    /// The same for a field that must be there.
    pub(crate) fn need_value<T>(
        &mut self,
        name: &'static str,
        what: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        self.need(name, what)?;
        self.value(name, what, read)
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<f64> {
        self.value(name, "a number", number)
    }

    pub(crate) fn need_number(&mut self, name: &'static str) -> f64 {
        self.need_value(name, "a number", number).unwrap_or_default()
    }

    pub(crate) fn whole<T: TryFrom<i128>>(&mut self, name: &'static str) -> Option<T> {
        self.value(name, "a whole number within bounds", whole)
    }

    pub(crate) fn need_whole<T: TryFrom<i128> + Default>(&mut self, name: &'static str, what: &str) -> T {
        self.need_value(name, what, whole).unwrap_or_default()
    }

    pub(crate) fn truth(&mut self, name: &'static str) -> Option<bool> {
        self.value(name, "true or false", |value| match value {
            Value::Truth(truth) => Some(*truth),
            _ => None,
        })
    }

    pub(crate) fn span(&mut self, name: &'static str) -> Option<Span> {
        self.value(name, "milliseconds, 0 or more", span)
    }

    pub(crate) fn need_time(&mut self, name: &'static str) -> Time {
        let found = self.need_value(name, "milliseconds since the start, 0 or more", span);
        Time(found.unwrap_or_default().0)
    }
}

pub(crate) fn number(value: &Value) -> Option<f64> {
    match *value {
        Value::Integer(whole) => Some(whole as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

pub(crate) fn whole<T: TryFrom<i128>>(value: &Value) -> Option<T> {
    match *value {
        Value::Integer(whole) => T::try_from(whole).ok(),
        // A tool may have written 3 as 3.0.
        Value::Float(number) if number.abs() < 1e15 && number.trunc() == number => {
            T::try_from(number as i128).ok()
        }
        _ => None,
    }
}

/// Milliseconds with up to six decimals: the exact nanosecond for every time up to three months.
pub(crate) fn span(value: &Value) -> Option<Span> {
    let ms = number(value)?;
    (0.0..=1e13).contains(&ms).then(|| Span::from_ms_f64(ms))
}
