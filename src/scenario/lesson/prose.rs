//! A lesson's words as plain data: paragraphs and lists of text, emphasis, code, links and measured
//! values. It is all that a lesson needs; anything else in the Markdown is a problem with its line.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::expression::{Measure, Sum};

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

/// Reads Markdown. A `{…}` in the text is a measured value.
///
/// # Errors
/// The line, counted from 1 in `text`, and what is wrong there.
pub fn parse(text: &str) -> Result<Vec<Block>, (u32, String)> {
    // Values are taken out first: to Markdown, the * and _ in them would be emphasis.
    let (text, values) = take_values(text)?;
    let mut writer = Writer { values, ..Writer::default() };
    for (event, range) in Parser::new_ext(&text, Options::empty()).into_offset_iter() {
        writer.take(event).map_err(|found| {
            let expected = "paragraphs and lists of text, **strong**, *emphasis*, `code` and links";
            (line_of(&text, range.start), format!("expected only {expected}, and found {found}"))
        })?;
    }
    Ok(writer.blocks)
}

/// The line of a place in a text, from 1.
pub(super) fn line_of(text: &str, place: usize) -> u32 {
    1 + text.bytes().take(place).filter(|&byte| byte == b'\n').count() as u32
}

/// Stands for a value while Markdown is read; from the private use area, so no text has it.
const VALUE: char = '\u{e000}';

fn take_values(text: &str) -> Result<(String, Vec<Inline>), (u32, String)> {
    let mut plain = String::with_capacity(text.len());
    let mut values = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let line = line_of(text, text.len() - rest.len() + open);
        let after = &rest[open + 1..];
        let length = after.find(['}', '\n']).unwrap_or(after.len());
        if !after[length..].starts_with('}') {
            return Err((line, "a { has no } on its line".to_owned()));
        }
        values.push(value(&after[..length]).map_err(|message| (line, message))?);
        plain.extend(rest[..open].chars().filter(|&c| c != VALUE));
        plain.push(VALUE);
        rest = &after[length + 1..];
    }
    plain.extend(rest.chars().filter(|&c| c != VALUE));
    Ok((plain, values))
}

fn value(text: &str) -> Result<Inline, String> {
    let (sum, unit) = match text.split_once(" as ") {
        Some((sum, unit)) => {
            let units = "ms, percent, count, times, km or plain";
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

#[derive(Clone, Default)]
enum Style {
    #[default]
    Plain,
    Strong,
    Emphasis,
    Link(String),
}

#[derive(Default)]
struct Writer {
    blocks: Vec<Block>,
    /// The points of the list that is being read.
    list: Option<Vec<Vec<Inline>>>,
    line: Vec<Inline>,
    text: String,
    style: Style,
    values: Vec<Inline>,
    used: usize,
}

impl Writer {
    /// Takes in one event, or names what was found instead of anything that a lesson may have.
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Text(words) => self.words(&words),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Code(code) => {
                self.flush();
                self.line.push(Inline::Code(code.to_string()));
            }
            Event::Start(Tag::Paragraph | Tag::Item) => {}
            Event::Start(Tag::List(None)) if self.list.is_none() => self.list = Some(Vec::new()),
            Event::Start(Tag::Strong) => self.turn(Style::Strong),
            Event::Start(Tag::Emphasis) => self.turn(Style::Emphasis),
            Event::Start(Tag::Link { dest_url, .. }) => self.turn(Style::Link(dest_url.to_string())),
            Event::End(TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link) => self.turn(Style::Plain),
            Event::End(TagEnd::Paragraph) if self.list.is_some() => self.text.push(' '),
            Event::End(TagEnd::Paragraph) => {
                let line = self.line();
                self.blocks.push(Block::Paragraph(line));
            }
            Event::End(TagEnd::Item) => {
                let line = self.line();
                self.list.get_or_insert_default().push(line);
            }
            Event::End(TagEnd::List(_)) => {
                let points = self.list.take().unwrap_or_default();
                self.blocks.push(Block::List(points));
            }
            Event::Start(Tag::Heading { .. }) => return Err("a heading"),
            Event::Start(Tag::List(_)) => return Err("a numbered list or a list in a list"),
            Event::Start(Tag::CodeBlock(_)) => return Err("a block of code"),
            Event::Start(Tag::Image { .. }) => return Err("a picture"),
            Event::Start(Tag::BlockQuote(_)) => return Err("a quotation"),
            Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock) => return Err("HTML"),
            _ => return Err("something else"),
        }
        Ok(())
    }

    fn words(&mut self, words: &str) {
        for c in words.chars() {
            if c == VALUE {
                self.flush();
                self.line.extend(self.values.get(self.used).cloned());
                self.used += 1;
            } else {
                self.text.push(c);
            }
        }
    }

    fn turn(&mut self, style: Style) {
        self.flush();
        self.style = style;
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.line.push(match &self.style {
                Style::Plain => Inline::Text(text),
                Style::Strong => Inline::Strong(text),
                Style::Emphasis => Inline::Emphasis(text),
                Style::Link(to) => Inline::Link { text, to: to.clone() },
            });
        }
    }

    fn line(&mut self) -> Vec<Inline> {
        self.flush();
        std::mem::take(&mut self.line)
    }
}

/// Calls `each` with every measure in some blocks.
pub fn measures<'a>(blocks: &'a [Block], each: &mut dyn FnMut(&'a Measure)) {
    for inline in inlines(blocks) {
        match inline {
            Inline::Number(sum, _) => sum.measures(each),
            Inline::Words(measure) => each(measure),
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let blocks =
            parse("It took {read.min_ms@line}, {a@x * 2 / b@x * 3 as times}: {verdict.c@x}.").expect("fine");
        let Block::Paragraph(line) = &blocks[0] else { panic!("a paragraph") };
        assert!(
            matches!(&line[1], Inline::Number(Sum::Measure(m), Unit::Milliseconds) if m.name == "read.min_ms")
        );
        assert!(matches!(&line[3], Inline::Number(Sum::Join(..), Unit::Times)));
        assert!(matches!(&line[5], Inline::Words(_)));
        let mut names = Vec::new();
        measures(&blocks, &mut |measure| names.push(measure.to_string()));
        assert_eq!(names, ["read.min_ms@line", "a@x", "b@x", "verdict.c@x"]);
    }

    #[test]
    fn problems_name_their_line() {
        let problem = |text: &str| parse(text).expect_err(text);
        assert_eq!(problem("a\n\n{b"), (3, "a { has no } on its line".to_owned()));
        assert_eq!(problem("a\n{1 +}").0, 2);
        assert!(problem("{a@x as inches}").1.contains("expected a unit"));
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
