//! What the command answers: exit code, standard output and standard error.

use netsplit_scenario::Problem;

/// The exit code for bad input, after `sysexits.h`.
const BAD_INPUT: u8 = 64;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Reply {
    pub(crate) fn good(out: impl Into<String>) -> Self {
        Self { code: 0, out: out.into(), error: String::new() }
    }

    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self { code: BAD_INPUT, out: String::new(), error: error.into() }
    }
}

/// One line for each problem, under the name of what it is about.
pub(crate) fn sentences(name: &str, problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{name}: {problem}\n")).collect()
}

/// Rows of cells in aligned columns; the last one is left ragged.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str("  ");
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count()));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
