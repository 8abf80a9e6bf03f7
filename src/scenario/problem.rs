//! What is wrong with something from outside: where, and what was expected there.

use std::fmt;

/// One thing that is wrong with a text, a link, a scenario or a gesture. Its [`fmt::Display`] is one
/// sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the text, from 1; `None` where there is no text.
    pub line: Option<u32>,
    /// The field, such as `clients[2].home`, counted from 1; empty if it is about the whole.
    pub field: String,
    /// What was found and what was expected, without a full stop.
    pub message: String,
}

/// The most problems that one report lists; nobody reads more.
pub(crate) const PROBLEMS: usize = 50;

impl Problem {
    /// A problem with a field.
    #[must_use]
    pub fn at(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { line: None, field: field.into(), message: message.into() }
    }

    /// A problem with the whole.
    #[must_use]
    pub fn whole(message: impl Into<String>) -> Self {
        Self::at("", message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// `a`, `a or b`, `a, b or c`.
#[must_use]
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
