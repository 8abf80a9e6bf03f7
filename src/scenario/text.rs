//! The scenario as TOML, for people.
//!
//! ```toml
//! version = 1
//! title = "One backup far away"
//! seed = 7
//!
//! [protocol]
//! name = "primary-backup"
//! acks = 1              # a count
//! reads = "any"         # a choice
//! resend_ms = 50        # a time
//!
//! [network]
//! jitter = { kind = "exponential", mean_ms = 2.0 }
//!
//! [[nodes]]
//! name = "n1"
//! x_km = 0
//! y_km = 0
//!
//! [[clients]]
//! name = "c1"
//! home = "n1"           # or "nearest", the default, or "round-robin"
//! pace = { kind = "closed", think_ms = 20 }
//! mix = { read = 9, write = 1 }
//!
//! [[script]]
//! at_ms = 1000.5        # milliseconds, to the nanosecond
//! action = "crash"
//! node = "n1"
//! ```
//!
//! Every length of time is in milliseconds with up to six decimals, which a 64-bit float holds exactly
//! for any time that a scenario may name; so what is written reads back to the nanosecond.

use crate::limits;
use crate::tree::{Table, Tree, Value};
use crate::{Problem, Scenario};

/// Reads a scenario from text and checks it.
///
/// # Errors
/// Everything that is wrong, with line, field and what was expected.
pub fn parse(text: &str) -> Result<Scenario, Vec<Problem>> {
    if text.len() > limits::TEXT_BYTES {
        let (most, found) = (limits::TEXT_BYTES, text.len());
        return Err(vec![Problem::whole(format!("expected at most {most} bytes of text and found {found}"))]);
    }
    read(&Tree::from_toml(text)?)
}

/// Reads a scenario from a tree and checks it.
pub(crate) fn read(tree: &Tree) -> Result<Scenario, Vec<Problem>> {
    let scenario = crate::read::scenario(tree)?;
    match crate::build(&scenario) {
        Ok(_) => Ok(scenario),
        Err(mut problems) => {
            for problem in &mut problems {
                problem.line = tree.line_of(&problem.field);
            }
            Err(problems)
        }
    }
}

/// Writes a scenario as text that [`parse`] reads back to the same scenario.
#[must_use]
pub fn write(scenario: &Scenario) -> String {
    write_document(&crate::write::scenario(scenario))
}

/// A table as a whole text: plain fields first, then a section for each table and each item of a list.
pub(crate) fn write_document(fields: &Table) -> String {
    let mut out = String::new();
    let (tables, scalars): (Table, Table) =
        fields.iter().cloned().partition(|(_, tree)| is_section(&tree.value));
    write_fields(&mut out, &scalars);
    for (name, tree) in &tables {
        match &tree.value {
            Value::Table(fields) => {
                out.push_str(&format!("\n[{name}]\n"));
                write_fields(&mut out, fields);
            }
            Value::List(list) => {
                for item in list {
                    out.push_str(&format!("\n[[{name}]]\n"));
                    if let Value::Table(fields) = &item.value {
                        write_fields(&mut out, fields);
                    }
                }
            }
            _ => {}
        }
    }
    out
}

fn is_section(value: &Value) -> bool {
    matches!(value, Value::Table(_) | Value::List(_))
}

fn write_fields(out: &mut String, fields: &Table) {
    for (name, tree) in fields {
        out.push_str(name);
        out.push_str(" = ");
        write_value(out, &tree.value);
        out.push('\n');
    }
}

/// A value on one line.
fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Integer(number) => out.push_str(&number.to_string()),
        // The shortest digits that read back to the same bits; a point or exponent makes it a float.
        Value::Float(number) => out.push_str(&format!("{number:?}")),
        Value::Text(text) => write_text(out, text),
        Value::List(list) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_value(out, &item.value);
            }
            out.push(']');
        }
        Value::Table(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Table(fields) => {
            for (i, (name, tree)) in fields.iter().enumerate() {
                out.push_str(if i == 0 { "{ " } else { ", " });
                out.push_str(name);
                out.push_str(" = ");
                write_value(out, &tree.value);
            }
            out.push_str(" }");
        }
        Value::Other(_) => out.push_str("\"\""),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
