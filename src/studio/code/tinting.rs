//! Which letters of a Rust text are remarks, words of the language, and quoted text: enough to tint it, not to
//! understand it.

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Anything else.
    Plain,
    /// A remark.
    Comment,
    /// A word of the language.
    Keyword,
    /// Quoted text, or a number.
    Quoted,
}

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// The lines of a text, each as its pieces.
#[must_use]
pub fn tint(text: &str) -> Vec<Vec<(Tint, String)>> {
    let mut quoted = false;
    text.lines().map(|line| tint_line(line, &mut quoted)).collect()
}

/// One line; `quoted` tells whether it begins within quoted text, and afterwards whether it ends so.
fn tint_line(line: &str, quoted: &mut bool) -> Vec<(Tint, String)> {
    let mut pieces: Vec<(Tint, String)> = Vec::new();
    let mut add = |tint: Tint, text: &str| match pieces.last_mut() {
        Some((last, before)) if *last == tint => before.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push((tint, text.to_owned())),
    };
    let mut rest = line;
    if *quoted {
        let end = end_of_quote(rest);
        *quoted = end.is_none();
        let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
        add(Tint::Quoted, text);
        rest = after;
    }
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            add(Tint::Comment, rest);
            break;
        }
        if first == '"' {
            let end = end_of_quote(&rest[1..]).map(|end| end + 1);
            *quoted = end.is_none();
            let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
            add(Tint::Quoted, text);
            rest = after;
        } else if first == '_' || first.is_alphanumeric() {
            let is_part = |sign: char| sign == '_' || sign.is_alphanumeric();
            let end = rest.find(|sign| !is_part(sign)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let tint = if KEYWORDS.contains(&word) {
                Tint::Keyword
            } else if first.is_ascii_digit() {
                Tint::Quoted
            } else {
                Tint::Plain
            };
            add(tint, word);
            rest = after;
        } else {
            // A quote of one sign; a lone one begins the name of a lifetime.
            let sign = char_literal(rest).unwrap_or(first.len_utf8());
            let (text, after) = rest.split_at(sign);
            add(if sign > first.len_utf8() { Tint::Quoted } else { Tint::Plain }, text);
            rest = after;
        }
    }
    pieces
}

/// Where quoted text ends, past its closing sign.
fn end_of_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, sign) in text.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

/// How long a quoted sign is that the text begins with.
fn char_literal(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let mut signs = inner.char_indices();
    let (_, first) = signs.next()?;
    if first == '\\' {
        signs.next();
    }
    let (place, close) = signs.next()?;
    (close == '\'').then_some(place + 2)
}
