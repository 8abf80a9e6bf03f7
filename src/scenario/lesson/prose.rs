//! A lesson's words as plain data: paragraphs and lists of text, emphasis, code, links and measured
//! values. It is all that a lesson needs; anything else in the Markdown is a problem with its line.
//!
//! From Markdown to the neutral form is the work of `markdown`, which the page's build has done already.

use super::expression::{Condition, Measure, Sum};
use crate::tree::{Tree, Value};

/// A block of prose.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list of points.
    List(Vec<Vec<Inline>>),
}

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Text that matters.
    Strong(String),
    /// A word that is explained, or stressed.
    Emphasis(String),
    /// A name or value as it stands in the program.
    Code(String),
    /// A link to another page.
    Link {
        /// Its words.
        text: String,
        /// Its address.
        to: String,
    },
    /// A measured number, written out in its unit.
    Number(Sum, Unit),
    /// A measured sentence or word, such as a verdict.
    Words(Measure),
    /// Whether a promise was kept: see [`kept`].
    Kept(Condition),
}

/// The word for a promise that was kept or not.
#[must_use]
pub fn kept(holds: bool) -> &'static str {
    if holds { "kept" } else { "broken" }
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// A share as per cent.
    Percent,
    /// A whole number.
    Count,
    /// So many times as much.
    Times,
    /// Kilometres.
    Kilometres,
    /// Just the number.
    Plain,
}

impl Unit {
    /// The unit that a measure's name ends in.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name.ends_with("_ms") {
            Self::Milliseconds
        } else if name.ends_with("_share") {
            Self::Percent
        } else if name.ends_with("_km") {
            Self::Kilometres
        } else {
            Self::Count
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ms" => Self::Milliseconds,
            "percent" => Self::Percent,
            "count" => Self::Count,
            "times" => Self::Times,
            "km" => Self::Kilometres,
            "plain" => Self::Plain,
            _ => return None,
        })
    }

    /// A number in this unit, short enough to read aloud.
    #[must_use]
    pub fn write(self, value: f64) -> String {
        match self {
            Self::Milliseconds => format!("{} ms", short(value)),
            Self::Percent if !(0.000_05..=0.999_95).contains(&value) => format!("{:.0} %", value * 100.0),
            // Near the whole, a rounded 100 would claim too much.
            Self::Percent if value > 0.99 => format!("{:.2} %", value * 100.0),
            Self::Percent => format!("{:.1} %", value * 100.0),
            Self::Count => grouped(value),
            Self::Times => format!("{} times", short(value)),
            Self::Kilometres => format!("{} km", grouped(value)),
            Self::Plain => short(value),
        }
    }
}

/// A whole number, with commas between the thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = if value < 0.0 { "-" } else { "" }.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits where they tell something.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 99.95 => grouped(value),
        middle if middle >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Reads prose in the neutral form: a list of paragraphs, each a list of pieces, and of lists of points, each
/// a table with `points`. A piece is a table with one field that says what it is.
///
/// The errors are a line, where there is one, and what is wrong there.
pub(super) fn read(tree: &Tree) -> Result<Vec<Block>, (Option<u32>, String)> {
    let blocks = items(tree).iter().map(|block| match &block.value {
        Value::Table(table) => {
            let points = table.iter().flat_map(|(_, points)| items(points));
            points.map(line).collect::<Result<_, _>>().map(Block::List)
        }
        _ => line(block).map(Block::Paragraph),
    });
    blocks.collect()
}

fn items(tree: &Tree) -> &[Tree] {
    match &tree.value {
        Value::List(list) => list,
        _ => &[],
    }
}

fn line(tree: &Tree) -> Result<Vec<Inline>, (Option<u32>, String)> {
    items(tree).iter().map(|piece| inline(piece).map_err(|message| (piece.line, message))).collect()
}

fn inline(piece: &Tree) -> Result<Inline, String> {
    let field = |name| crate::tree::text_field(piece, name).map(str::to_owned);
    if let Some(text) = field("value") {
        return value(&text);
    }
    let text = field("text");
    let link = |to| Inline::Link { text: text.clone().unwrap_or_default(), to };
    let inline = field("link").map(link).or_else(|| field("strong").map(Inline::Strong));
    let inline = inline.or_else(|| field("emphasis").map(Inline::Emphasis));
    let inline = inline.or_else(|| field("code").map(Inline::Code)).or(text.clone().map(Inline::Text));
    inline.ok_or_else(|| "expected a piece of prose".to_owned())
}

fn value(text: &str) -> Result<Inline, String> {
    if let Some((condition, "kept")) = text.split_once(" as ").map(|(left, right)| (left, right.trim())) {
        return Condition::parse(condition).map(Inline::Kept);
    }
    let (sum, unit) = match text.split_once(" as ") {
        Some((sum, unit)) => {
            let units = "ms, percent, count, times, km, plain or kept";
            let unit = Unit::named(unit.trim());
            (sum, Some(unit.ok_or_else(|| format!("expected a unit after \"as\": {units}"))?))
        }
        None => (text, None),
    };
    let sum = Sum::parse(sum)?;
    Ok(match (sum, unit) {
        (Sum::Measure(measure), None) if measure.is_words() => Inline::Words(measure),
        (Sum::Measure(measure), None) => {
            let unit = Unit::of(&measure.name);
            Inline::Number(Sum::Measure(measure), unit)
        }
        (sum, Some(unit)) => Inline::Number(sum, unit),
        (_, None) => return Err("say the unit of a sum: {a / b as times}".to_owned()),
    })
}

/// Calls `each` with every measure in some blocks.
pub fn measures<'a>(blocks: &'a [Block], each: &mut dyn FnMut(&'a Measure)) {
    for inline in inlines(blocks) {
        match inline {
            Inline::Number(sum, _) => sum.measures(each),
            Inline::Words(measure) => each(measure),
            Inline::Kept(condition) => condition.measures(each),
            _ => {}
        }
    }
}

/// Every piece of some blocks, in order.
pub fn inlines(blocks: &[Block]) -> impl Iterator<Item = &Inline> {
    blocks.iter().flat_map(|block| match block {
        Block::Paragraph(line) => line.iter().collect::<Vec<_>>(),
        Block::List(points) => points.iter().flatten().collect(),
    })
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Block>, (u32, String)> {
        read(&crate::lesson::markdown::read(text)?)
            .map_err(|(line, message)| (line.unwrap_or_default(), message))
    }

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn prose_becomes_plain_data() {
        let blocks =
            parse("One *two* **three**\nfour `five` [six](https://seven).\n\n- a\n- b").expect("fine");
        let first = vec![
            text("One "),
            Inline::Emphasis("two".to_owned()),
            text(" "),
            Inline::Strong("three".to_owned()),
            text(" four "),
            Inline::Code("five".to_owned()),
            text(" "),
            Inline::Link { text: "six".to_owned(), to: "https://seven".to_owned() },
            text("."),
        ];
        let list = Block::List(vec![vec![text("a")], vec![text("b")]]);
        assert_eq!(blocks, vec![Block::Paragraph(first), list]);
    }

    #[test]
    fn values_stand_in_the_text() {
        let blocks = parse(
            "It took {read.min_ms@line}, {a@x * 2 / b@x * 3 as times}: {verdict.c@x}, {d@x < 5 as kept}.",
        )
        .expect("fine");
        let Block::Paragraph(line) = &blocks[0] else { panic!("a paragraph") };
        assert!(
            matches!(&line[1], Inline::Number(Sum::Measure(m), Unit::Milliseconds) if m.name == "read.min_ms")
        );
        assert!(matches!(&line[3], Inline::Number(Sum::Join(..), Unit::Times)));
        assert!(matches!(&line[5], Inline::Words(_)));
        let Inline::Kept(promise) = &line[7] else { panic!("a promise") };
        assert_eq!([4.0, 5.0].map(|d| promise.holds(&|_| Some(d)).map(kept)), [Some("kept"), Some("broken")]);
        let mut names = Vec::new();
        measures(&blocks, &mut |measure| names.push(measure.to_string()));
        assert_eq!(names, ["read.min_ms@line", "a@x", "b@x", "verdict.c@x", "d@x"]);
    }

    #[test]
    fn problems_name_their_line() {
        let problem = |text: &str| parse(text).expect_err(text);
        assert_eq!(problem("a\n\n{b"), (3, "a { has no } on its line".to_owned()));
        assert_eq!(problem("a\n{1 +}").0, 2);
        assert!(problem("{a@x as inches}").1.contains("expected a unit"));
        assert!(problem("{a@x as kept}").1.contains("comparison"));
        assert!(problem("{a@x / b@x}").1.contains("say the unit"));
        let (line, message) = problem("a\n\n# b");
        assert!(line == 3 && message.ends_with("found a heading"), "{message}");
        assert!(problem("<b>a</b>").1.ends_with("found HTML"));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(Unit::Milliseconds.write(55.904), "55.9 ms");
        assert_eq!(Unit::Milliseconds.write(0.6123), "0.61 ms");
        assert_eq!(Unit::Milliseconds.write(1_234.5), "1,234 ms");
        assert_eq!(Unit::Kilometres.write(-1_234_567.0), "-1,234,567 km");
        assert_eq!(Unit::Count.write(999.0), "999");
        assert_eq!(Unit::Percent.write(0.998_4), "99.84 %");
        assert_eq!(Unit::Percent.write(0.505), "50.5 %");
        assert_eq!(Unit::Percent.write(1.0), "100 %");
        assert_eq!(Unit::Percent.write(0.0), "0 %");
        assert_eq!(Unit::Count.write(7.0), "7");
        assert_eq!(Unit::Times.write(2.0), "2.00 times");
    }
}
