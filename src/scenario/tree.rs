//! Text in a neutral form: tables, lists and scalars, each with its line where there is one.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{PROBLEMS, Problem};

/// A value and its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) line: Option<u32>,
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Table(Table),
    /// Something that no field can be, by its name.
    Other(&'static str),
}

/// Fields in the order of writing.
pub(crate) type Table = Vec<(String, Tree)>;

impl From<Value> for Tree {
    fn from(value: Value) -> Self {
        Self { line: None, value }
    }
}

impl Value {
    /// What it is, for a person.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) if text.chars().count() <= 40 => format!("{text:?}"),
            Self::Text(_) => "a long text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

impl Tree {
    /// The line of a field such as `clients[2].home`, or of the innermost table or list around it that
    /// has one.
    pub(crate) fn line_of(&self, field: &str) -> Option<u32> {
        let mut here = self;
        let mut line = None;
        for part in field.split('.') {
            let (name, index) = match part.split_once('[') {
                Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
                None => (part, None),
            };
            let Value::Table(table) = &here.value else { break };
            let Some((_, next)) = table.iter().find(|(key, _)| key == name) else { break };
            here = next;
            line = here.line.or(line);
            if let (Some(index), Value::List(list)) = (index, &here.value) {
                let Some(next) = list.get(index.wrapping_sub(1)) else { break };
                here = next;
                line = here.line.or(line);
            }
        }
        line
    }

    /// Reads TOML.
    pub(crate) fn from_toml(text: &str) -> Result<Self, Vec<Problem>> {
        let lines = Lines::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Ok(Self { line: None, value: Value::Table(toml_table(table.get_ref(), &lines)) });
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
        DeValue::Boolean(_) => Value::Other("a truth value"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(list) => Value::List(list.iter().map(|value| toml_tree(value, lines)).collect()),
        DeValue::Table(table) => Value::Table(toml_table(table, lines)),
    };
    Tree { line: Some(lines.of(value.span().start)), value: tree }
}
