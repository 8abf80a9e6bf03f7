//! From Markdown to prose in the neutral form. The build script and the tests do it, and the page never.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::tree::{Tree, Value};

/// Reads Markdown. A `{…}` in the text is a measured value.
///
/// The errors are the line, counted from 1 in `text`, and what is wrong there.
pub(crate) fn read(text: &str) -> Result<Tree, (u32, String)> {
    // Values are taken out first: to Markdown, the * and _ in them would be emphasis.
    let (text, values) = take_values(text)?;
    let mut writer = Writer { values, ..Writer::default() };
    for (event, range) in Parser::new_ext(&text, Options::empty()).into_offset_iter() {
        writer.take(event).map_err(|found| {
            let expected = "paragraphs and lists of text, **strong**, *emphasis*, `code` and links";
            (line_of(&text, range.start), format!("expected only {expected}, and found {found}"))
        })?;
    }
    Ok(Value::List(writer.blocks).into())
}

/// The line of a place in a text, from 1.
pub(crate) fn line_of(text: &str, place: usize) -> u32 {
    1 + text.bytes().take(place).filter(|&byte| byte == b'\n').count() as u32
}

/// Stands for a value while Markdown is read; from the private use area, so no text has it.
const VALUE: char = '\u{e000}';

fn take_values(text: &str) -> Result<(String, Vec<Tree>), (u32, String)> {
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
        values.push(Tree { line: Some(line), ..piece(&[("value", &after[..length])]) });
        plain.extend(rest[..open].chars().filter(|&c| c != VALUE));
        plain.push(VALUE);
        rest = &after[length + 1..];
    }
    plain.extend(rest.chars().filter(|&c| c != VALUE));
    Ok((plain, values))
}

/// A piece of a paragraph, in the form that `prose` reads.
fn piece(fields: &[(&str, &str)]) -> Tree {
    let text = |text: &str| Value::Text(text.to_owned()).into();
    Value::Table(fields.iter().map(|(name, words)| ((*name).to_owned(), text(words))).collect()).into()
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
    blocks: Vec<Tree>,
    /// The points of the list that is being read.
    list: Option<Vec<Tree>>,
    line: Vec<Tree>,
    text: String,
    style: Style,
    values: Vec<Tree>,
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
                self.line.push(piece(&[("code", &code)]));
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
                self.blocks.push(line);
            }
            Event::End(TagEnd::Item) => {
                let line = self.line();
                self.list.get_or_insert_default().push(line);
            }
            Event::End(TagEnd::List(_)) => {
                let points = self.list.take().unwrap_or_default();
                let points = Value::List(points).into();
                self.blocks.push(Value::Table(vec![("points".to_owned(), points)]).into());
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
                Style::Plain => piece(&[("text", &text)]),
                Style::Strong => piece(&[("strong", &text)]),
                Style::Emphasis => piece(&[("emphasis", &text)]),
                Style::Link(to) => piece(&[("text", &text), ("link", to)]),
            });
        }
    }

    fn line(&mut self) -> Tree {
        self.flush();
        Value::List(std::mem::take(&mut self.line)).into()
    }
}
