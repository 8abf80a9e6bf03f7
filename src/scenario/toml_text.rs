//! From TOML, which people write, to the neutral form.
//!
//! Only the command line, the tests and the build script read TOML. The page never does, and so carries
//! no parser for it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{PROBLEMS, Problem};
use crate::tree::{Table, Tree, Value};

/// Reads TOML.
pub(crate) fn read(text: &str) -> Result<Tree, Vec<Problem>> {
    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(Value::Table(toml_table(table.get_ref(), &lines)).into());
    }
    let problem = |error: &toml::de::Error| Problem {
        line: error.span().map(|span| lines.of(span.start)),
        field: String::new(),
        message: error.message().to_owned(),
    };
    let mut problems: Vec<Problem> = errors.iter().take(PROBLEMS).map(problem).collect();
    problems.dedup();
    Err(problems)
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    fn of(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|&end| end < at) + 1).unwrap_or(u32::MAX)
    }
}

fn toml_table(table: &DeTable<'_>, lines: &Lines) -> Table {
    let mut fields: Vec<_> = table.iter().collect();
    fields.sort_by_key(|(key, _)| key.span().start);
    fields
        .into_iter()
        .map(|(key, value)| {
            let mut tree = toml_tree(value, lines);
            // Where a field is missing in a table, the line of its head is the place to look at.
            tree.line = Some(lines.of(key.span().start));
            (key.get_ref().clone().into_owned(), tree)
        })
        .collect()
}

fn toml_tree(value: &Spanned<DeValue<'_>>, lines: &Lines) -> Tree {
    let tree = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Other("a number with too many digits"),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Value::Float(number),
            Err(_) => Value::Other("a number with too many digits"),
        },
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(list) => Value::List(list.iter().map(|value| toml_tree(value, lines)).collect()),
        DeValue::Table(table) => Value::Table(toml_table(table, lines)),
    };
    Tree { line: Some(lines.of(value.span().start)), value: tree }
}
