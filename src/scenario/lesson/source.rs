//! What stands in a lesson's file, in the neutral form: its facts, its prose and its fenced blocks.
//!
//! The build script makes it of every file (`file`) and writes it down ([`Source::to_text`]); the page
//! reads that ([`Source::from_text`]), and needs to know neither Markdown nor TOML.

use crate::problem::Problem;
use crate::tree::{Table, Tree, Value, text_field};

/// The kind of a piece that is no fenced block.
pub(crate) const PROSE: &str = "";

/// What stands in a lesson's file.
#[derive(Debug, PartialEq)]
pub(crate) struct Source {
    /// How many lines it has.
    pub(crate) lines: u32,
    /// The facts at its top.
    pub(crate) facts: Tree,
    /// Everything below, in order.
    pub(crate) pieces: Vec<Piece>,
}

/// A stretch of the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Piece {
    /// The word after the fence, or [`PROSE`].
    pub(crate) kind: String,
    /// The line of the fence; of prose, that of its first word.
    pub(crate) line: u32,
    /// A table; of prose, its blocks; of claims, their lines.
    pub(crate) body: Tree,
}

impl Source {
    /// Writes it down.
    #[allow(dead_code, reason = "only the build script does")]
    pub(crate) fn to_text(&self) -> String {
        let whole = |number: u32| Value::Integer(i128::from(number)).into();
        let piece = |piece: &Piece| {
            Tree::from(Value::Table(vec![
                ("kind".to_owned(), Value::Text(piece.kind.clone()).into()),
                ("line".to_owned(), whole(piece.line)),
                ("body".to_owned(), piece.body.clone()),
            ]))
        };
        crate::plain::write(&vec![
            ("lines".to_owned(), whole(self.lines)),
            ("facts".to_owned(), self.facts.clone()),
            ("pieces".to_owned(), Value::List(self.pieces.iter().map(piece).collect()).into()),
        ])
    }

    /// Reads what was written down. Only the lines of whole pieces were.
    pub(crate) fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        let tree = crate::plain::read(text)?;
        let list = match field(&tree, "pieces").value {
            Value::List(list) => list,
            _ => Vec::new(),
        };
        let piece = |tree: &Tree| Piece {
            kind: text_field(tree, "kind").unwrap_or_default().to_owned(),
            line: whole(&field(tree, "line")),
            body: field(tree, "body"),
        };
        Ok(Self {
            lines: whole(&field(&tree, "lines")),
            facts: field(&tree, "facts"),
            pieces: list.iter().map(piece).collect(),
        })
    }
}

/// A field, or an empty table: the build script has written them all.
fn field(tree: &Tree, name: &str) -> Tree {
    let Value::Table(table) = &tree.value else { return Value::Table(Table::new()).into() };
    let found = table.iter().find(|(key, _)| key == name);
    found.map_or_else(|| Value::Table(Table::new()).into(), |(_, tree)| tree.clone())
}

fn whole(tree: &Tree) -> u32 {
    match tree.value {
        Value::Integer(number) => u32::try_from(number).unwrap_or_default(),
        _ => 0,
    }
}
