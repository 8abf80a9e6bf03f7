//! From a lesson's file, which people write, to the neutral form ([`Source`]).
//!
//! Every fenced block is read with its own place in the file, so a problem in the third action of the
//! second step is reported with the line where it stands. The build script does this too, for the page.

use super::markdown;
use super::source::{PROSE, Piece, Source};
use crate::problem::Problem;
use crate::toml_text;
use crate::tree::{Table, Tree, Value};

type Problems = Vec<Problem>;

fn problem(line: u32, message: impl Into<String>) -> Problems {
    vec![Problem { line: Some(line), ..Problem::whole(message) }]
}

/// A stretch of the file.
struct Stretch<'a> {
    /// The word after the fence; `None` for prose.
    kind: Option<&'a str>,
    /// The line of the fence.
    line: u32,
    /// The content, below as many empty lines as stand above it in the file.
    text: String,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<Source, Problems> {
    let (facts, stretches) = stretches(text)?;
    let pieces: Result<_, Problems> = stretches.iter().map(Stretch::piece).collect();
    Ok(Source { lines: text.lines().count() as u32, facts: toml_text::read(&facts)?, pieces: pieces? })
}

/// The facts at the top, and everything below as stretches.
fn stretches(text: &str) -> Result<(String, Vec<Stretch<'_>>), Problems> {
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, line)| line.trim_end() != "+++") {
        return Err(problem(1, "expected +++ and the lesson's facts below it"));
    }
    let mut facts = "\n".to_owned();
    loop {
        match lines.next() {
            Some((_, line)) if line.trim_end() == "+++" => break,
            Some((_, line)) => facts.extend([line, "\n"]),
            None => return Err(problem(1, "the facts have no second +++ below them")),
        }
    }
    let mut stretches = Vec::new();
    let mut prose = Stretch { kind: None, line: 1, text: String::new() };
    while let Some((number, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            prose.add(number, line);
            continue;
        };
        let mut block = Stretch { kind: Some(kind.trim()), line: number, text: String::new() };
        loop {
            match lines.next() {
                Some((_, line)) if line.trim_end() == "```" => break,
                Some((number, line)) => block.add(number, line),
                None => return Err(problem(number, "this block has no ``` below it")),
            }
        }
        stretches
            .push(std::mem::replace(&mut prose, Stretch { kind: None, line: number, text: String::new() }));
        stretches.push(block);
    }
    stretches.push(prose);
    stretches.retain(|stretch| stretch.kind.is_some() || !stretch.text.trim().is_empty());
    Ok((facts, stretches))
}

impl Stretch<'_> {
    fn add(&mut self, number: u32, line: &str) {
        if self.text.is_empty() {
            self.text = "\n".repeat(number as usize - 1);
        }
        self.text.extend([line, "\n"]);
    }

    fn piece(&self) -> Result<Piece, Problems> {
        let prose = || markdown::read(&self.text).map_err(|(line, message)| problem(line, message));
        let Some(kind) = self.kind else {
            let words = self.text.len() - self.text.trim_start().len();
            let line = markdown::line_of(&self.text, words);
            return Ok(Piece { kind: PROSE.to_owned(), line, body: prose()? });
        };
        let body = match kind {
            "scenario" | "predict" | "do" | "chart" => toml_text::read(&self.text)?,
            "outcome" | "meaning" => prose()?,
            "claims" => claims(&self.text),
            // The reader says that there is no such block.
            _ => Value::Table(Table::new()).into(),
        };
        Ok(Piece { kind: kind.to_owned(), line: self.line, body })
    }
}

/// The lines that have words.
fn claims(text: &str) -> Tree {
    let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    let claim = |(line, text): (u32, &str)| Tree { line: Some(line), value: Value::Text(text.to_owned()) };
    Value::List(lines.map(claim).collect()).into()
}
