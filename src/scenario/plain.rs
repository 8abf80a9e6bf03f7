//! The neutral form as text, written by this program and read by this program: links and lessons.
//!
//! It is the part of TOML that [`write`] uses: one field to a line, then a section for each table and
//! each item of a list, in which everything else stands on one line. So people and other tools can read
//! it, and reading it back takes a page of code instead of a parser that would be a tenth of the page's
//! weight. Links are made of it, so what can be read today must be readable for ever.

use crate::problem::Problem;
use crate::tree::{Table, Tree, Value};

/// How deep lists and tables may stand in each other; what is written needs four.
const DEPTH: usize = 16;

/// A table as a whole text: plain fields first, then a section for each table and each item of a list.
pub(crate) fn write(fields: &Table) -> String {
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

/// What has a section of its own: a table, and a list of tables. A list of words stands on one line.
fn is_section(value: &Value) -> bool {
    match value {
        Value::Table(_) => true,
        Value::List(list) => list.last().is_none_or(|last| matches!(last.value, Value::Table(_))),
        _ => false,
    }
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
        Value::Truth(truth) => out.push_str(if *truth { "true" } else { "false" }),
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

/// Reads what [`write`] wrote. Nobody sees this text, so no value has a line.
pub(crate) fn read(text: &str) -> Result<Tree, Vec<Problem>> {
    let mut whole = Table::new();
    for (number, line) in (1u32..).zip(text.split('\n')) {
        if take_line(&mut whole, line).is_none() {
            let message = "expected a field or a section as this program writes it".to_owned();
            return Err(vec![Problem { line: Some(number), field: String::new(), message }]);
        }
    }
    Ok(Value::Table(whole).into())
}

/// Takes in one line: into the last section, as soon as there is one.
fn take_line(whole: &mut Table, line: &str) -> Option<()> {
    if line.is_empty() {
        return Some(());
    }
    let empty = || Tree::from(Value::Table(Table::new()));
    if let Some(name) = line.strip_prefix("[[") {
        let name = name.strip_suffix("]]")?;
        match whole.last_mut() {
            Some((last, Tree { value: Value::List(list), .. })) if last == name => list.push(empty()),
            _ => put(whole, name, Value::List(vec![empty()]).into())?,
        }
        return Some(());
    }
    if let Some(name) = line.strip_prefix('[') {
        return put(whole, name.strip_suffix(']')?, empty());
    }
    let (name, value) = line.split_once(" = ")?;
    let mut rest = value;
    let value = take_value(&mut rest, DEPTH).filter(|_| rest.is_empty())?;
    // Above all sections there are only scalars and lists of words, so what is last tells where the line belongs.
    match whole.last_mut().map(|(_, tree)| &mut tree.value) {
        Some(Value::Table(table)) => put(table, name, value),
        Some(last @ Value::List(_)) if is_section(last) => match last {
            Value::List(list) => match &mut list.last_mut()?.value {
                Value::Table(table) => put(table, name, value),
                _ => None,
            },
            _ => None,
        },
        _ if is_section(&value.value) => None,
        _ => put(whole, name, value),
    }
}

/// A field that is not there yet.
fn put(table: &mut Table, name: &str, tree: Tree) -> Option<()> {
    if table.iter().any(|(key, _)| key == name) {
        return None;
    }
    table.push((name.to_owned(), tree));
    Some(())
}

/// Takes a value off the front.
fn take_value(rest: &mut &str, depth: usize) -> Option<Tree> {
    let deeper = depth.checked_sub(1)?;
    let value = if take(rest, "\"") {
        Value::Text(take_text(rest)?)
    } else if take(rest, "[") {
        let mut list = Vec::new();
        while !take(rest, "]") {
            (list.is_empty() || take(rest, ", ")).then_some(())?;
            list.push(take_value(rest, deeper)?);
        }
        Value::List(list)
    } else if take(rest, "{}") {
        Value::Table(Table::new())
    } else if take(rest, "{ ") {
        let mut table = Table::new();
        while !take(rest, " }") {
            (table.is_empty() || take(rest, ", ")).then_some(())?;
            let (name, after) = rest.split_once(" = ")?;
            *rest = after;
            put(&mut table, name, take_value(rest, deeper)?)?;
        }
        Value::Table(table)
    } else {
        let end = rest.find([',', ' ', ']']).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        *rest = after;
        match number.parse() {
            Ok(whole) => Value::Integer(whole),
            Err(_) if number == "true" => Value::Truth(true),
            Err(_) if number == "false" => Value::Truth(false),
            Err(_) => Value::Float(number.parse().ok()?),
        }
    };
    Some(value.into())
}

/// Takes a text up to its closing quote.
fn take_text(rest: &mut &str) -> Option<String> {
    let mut text = String::new();
    loop {
        let end = rest.find(['"', '\\'])?;
        text.push_str(&rest[..end]);
        let closed = rest[end..].starts_with('"');
        *rest = &rest[end + 1..];
        if closed {
            return Some(text);
        }
        let escape = rest.chars().next()?;
        *rest = &rest[escape.len_utf8()..];
        text.push(match escape {
            'n' => '\n',
            't' => '\t',
            'u' => {
                let (code, after) = rest.split_at_checked(4)?;
                *rest = after;
                char::from_u32(u32::from_str_radix(code, 16).ok()?)?
            }
            '"' | '\\' => escape,
            _ => return None,
        });
    }
}

fn take(rest: &mut &str, word: &str) -> bool {
    let after = rest.strip_prefix(word);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let text = |text: &str| Tree::from(Value::Text(text.to_owned()));
        let list = |items: Vec<Tree>| Tree::from(Value::List(items));
        let table = |name: &str, tree: Tree| Tree::from(Value::Table(vec![(name.to_owned(), tree)]));
        let inner = list(vec![
            Value::Float(1.5).into(),
            list(Vec::new()),
            Value::Truth(false).into(),
            table("x", text("}, ]")),
        ]);
        let fields = vec![
            ("a".to_owned(), Value::Integer(-7).into()),
            ("g".to_owned(), Value::Truth(true).into()),
            ("b".to_owned(), text("\"\\ = \n\t\r\u{7f} é 🦀")),
            ("c".to_owned(), table("d", Value::Table(Table::new()).into())),
            ("e".to_owned(), list(vec![table("f", inner), table("f", Value::Float(1e-9).into())])),
        ];
        assert_eq!(read(&write(&fields)), Ok(Value::Table(fields).into()));
    }

    #[test]
    fn anything_else_is_a_problem() {
        let deep = format!("a = {}", "[".repeat(100_000));
        for text in
            ["a", "a = ", "a = 1 ", "a = 1\na = 2", "a = [1,2]", "a = \"", "a = \"\\x\"", "[a", "[[a]", &deep]
        {
            assert!(read(text).is_err(), "{text:.20}");
        }
        assert_eq!(read("[a]\n[b]\nc = ?").expect_err("no value")[0].line, Some(3));
    }
}
