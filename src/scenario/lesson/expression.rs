//! The small language in which a lesson speaks of what was measured: `read.min_ms@line / 2 < 30`.
//!
//! A **measure** is a name with dots, and after `@` the step of the lesson in whose window it is taken.
//! Measures, numbers, `+ - * /` and brackets make a **sum**. A **condition** is sums compared with
//! `< <= > >= =`, joined with `and`; `a < b < c` means what it says, and `=` takes a tolerance:
//! `x@line = 55.7 +- 0.1`.
//!
//! A **formula** has `x` in place of measures.
//!
//! Because names may hold a hyphen, a minus stands between spaces: `a - b`.

use std::fmt;

/// Something measured, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    /// Its name, such as `visible.tokyo.p50_ms`.
    pub name: String,
    /// The id of the step in whose window it is taken.
    pub window: String,
}

/// A number made of measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Sum {
    /// A constant.
    Number(f64),
    /// A measure.
    Measure(Measure),
    /// Two sums joined.
    Join(Box<Self>, Join, Box<Self>),
}

/// A sum of numbers and `x`, such as `1000 + 100 / x`: a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula(Sum);

/// How two sums are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// How two sums are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `=`, within a tolerance.
    Equal(f64),
}

/// Comparisons that must all be true.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The comparisons.
    pub all: Vec<(Sum, Relation, Sum)>,
}

/// How far two numbers may be apart and still be equal, where no tolerance is given.
const EQUAL: f64 = 1e-9;
/// How deep brackets may be nested.
const DEPTH: usize = 20;

impl Measure {
    /// Whether it is a word or a sentence, and not a number.
    #[must_use]
    pub fn is_words(&self) -> bool {
        let name = self.name.as_str();
        let first_heard = name.starts_with("heard.") && name.ends_with(".first");
        name.starts_with("verdict.") || name.starts_with("witness.") || first_heard
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.window)
    }
}

impl Sum {
    /// Reads a sum.
    ///
    /// # Errors
    /// What was found, and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::new(text)?;
        let sum = reader.sum(0)?;
        reader.end()?;
        Ok(sum)
    }

    /// Its value, if every measure in it has one. A division by zero has none.
    pub fn value(&self, measured: &dyn Fn(&Measure) -> Option<f64>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Measure(measure) => measured(measure),
            Self::Join(left, join, right) => {
                let (left, right) = (left.value(measured)?, right.value(measured)?);
                let value = match join {
                    Join::Plus => left + right,
                    Join::Minus => left - right,
                    Join::Times => left * right,
                    Join::Over => left / right,
                };
                value.is_finite().then_some(value)
            }
        }
    }

    /// Calls `each` with every measure in it.
    pub fn measures<'a>(&'a self, each: &mut dyn FnMut(&'a Measure)) {
        match self {
            Self::Number(_) => {}
            Self::Measure(measure) => each(measure),
            Self::Join(left, _, right) => {
                left.measures(each);
                right.measures(each);
            }
        }
    }
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// What was found, and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        // `x` stands where a sum has measures, and nothing else does.
        let x = |text: &str| match text {
            "x" => Ok(Token::Measure(Measure { name: "x".to_owned(), window: String::new() })),
            _ => Err(format!("{text:?} means nothing in a formula: expected numbers and x")),
        };
        let mut reader = Reader::with(text, x)?;
        let sum = reader.sum(0)?;
        reader.end()?;
        Ok(Self(sum))
    }

    /// Its value at a place. A division by zero has none.
    #[must_use]
    pub fn value(&self, x: f64) -> Option<f64> {
        self.0.value(&|_| Some(x))
    }
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What was found, and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::new(text)?;
        let mut all = Vec::new();
        loop {
            let mut left = reader.sum(0)?;
            let mut compared = false;
            while let Some(relation) = reader.relation()? {
                let right = reader.sum(0)?;
                let relation = reader.tolerance(relation)?;
                all.push((left, relation, right.clone()));
                left = right;
                compared = true;
            }
            if !compared {
                return Err(reader.expected("a comparison: <, <=, >, >= or ="));
            }
            if !reader.takes(&Token::And) {
                break;
            }
        }
        reader.end()?;
        Ok(Self { all })
    }

    /// Whether it is true; `None` while a measure in it has no value.
    pub fn holds(&self, measured: &dyn Fn(&Measure) -> Option<f64>) -> Option<bool> {
        let mut holds = true;
        for (left, relation, right) in &self.all {
            let (left, right) = (left.value(measured)?, right.value(measured)?);
            holds &= match relation {
                Relation::Less => left < right,
                Relation::AtMost => left <= right,
                Relation::More => left > right,
                Relation::AtLeast => left >= right,
                Relation::Equal(tolerance) => (left - right).abs() <= *tolerance,
            };
        }
        Some(holds)
    }

    /// Calls `each` with every measure in it.
    pub fn measures<'a>(&'a self, each: &mut dyn FnMut(&'a Measure)) {
        for (left, _, right) in &self.all {
            left.measures(each);
            right.measures(each);
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Measure(Measure),
    Join(Join),
    Relation(Relation),
    Tolerance,
    And,
    Open,
    Close,
}

struct Reader {
    /// Tokens with the text that each was.
    tokens: Vec<(Token, String)>,
    next: usize,
}

impl Reader {
    fn new(text: &str) -> Result<Self, String> {
        Self::with(text, word)
    }

    /// Reads tokens, of which those that begin with a letter are what `word` makes of them.
    fn with(text: &str, word: impl Fn(&str) -> Result<Token, String>) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let (token, length) = if first.is_ascii_lowercase() {
                let length = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
                (word(&rest[..length])?, length)
            } else if first.is_ascii_digit() {
                let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                let number =
                    rest[..length].parse().map_err(|_| format!("{:?} is no number", &rest[..length]))?;
                (Token::Number(number), length)
            } else {
                sign(rest).ok_or_else(|| format!("{first:?} means nothing in a condition"))?
            };
            tokens.push((token, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
        Ok(Self { tokens, next: 0 })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn takes(&mut self, token: &Token) -> bool {
        let takes = self.peek() == Some(token);
        self.next += usize::from(takes);
        takes
    }

    fn expected(&self, what: &str) -> String {
        match self.tokens.get(self.next) {
            Some((_, found)) => format!("expected {what} and found {found:?}"),
            None => format!("expected {what} at the end"),
        }
    }

    fn end(&self) -> Result<(), String> {
        if self.next == self.tokens.len() { Ok(()) } else { Err(self.expected("the end")) }
    }

    fn sum(&mut self, depth: usize) -> Result<Sum, String> {
        self.chain(depth, &[Join::Plus, Join::Minus], |reader| {
            reader.chain(depth, &[Join::Times, Join::Over], |reader| reader.factor(depth))
        })
    }

    fn chain(
        &mut self,
        depth: usize,
        joins: &[Join],
        part: impl Fn(&mut Self) -> Result<Sum, String>,
    ) -> Result<Sum, String> {
        debug_assert!(depth <= DEPTH);
        let mut sum = part(self)?;
        while let Some(&Token::Join(join)) = self.peek() {
            if !joins.contains(&join) {
                break;
            }
            self.next += 1;
            sum = Sum::Join(Box::new(sum), join, Box::new(part(self)?));
        }
        Ok(sum)
    }

    fn factor(&mut self, depth: usize) -> Result<Sum, String> {
        let factor = match self.peek() {
            Some(Token::Number(number)) => Sum::Number(*number),
            Some(Token::Measure(measure)) => Sum::Measure(measure.clone()),
            Some(Token::Open) if depth < DEPTH => {
                self.next += 1;
                let sum = self.sum(depth + 1)?;
                return if self.takes(&Token::Close) { Ok(sum) } else { Err(self.expected("a )")) };
            }
            _ => return Err(self.expected("a measure or a number")),
        };
        self.next += 1;
        Ok(factor)
    }

    fn relation(&mut self) -> Result<Option<Relation>, String> {
        let Some(&Token::Relation(relation)) = self.peek() else { return Ok(None) };
        self.next += 1;
        Ok(Some(relation))
    }

    fn tolerance(&mut self, relation: Relation) -> Result<Relation, String> {
        if !self.takes(&Token::Tolerance) {
            return Ok(relation);
        }
        let Some(&Token::Number(tolerance)) = self.peek() else {
            return Err(self.expected("a number as the tolerance"));
        };
        self.next += 1;
        match relation {
            Relation::Equal(_) => Ok(Relation::Equal(tolerance)),
            _ => Err("only = takes a tolerance".to_owned()),
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@')
}

fn word(text: &str) -> Result<Token, String> {
    if text == "and" {
        return Ok(Token::And);
    }
    match text.split_once('@') {
        Some((name, window)) if !name.is_empty() && !window.is_empty() && !window.contains('@') => {
            Ok(Token::Measure(Measure { name: name.to_owned(), window: window.to_owned() }))
        }
        _ => Err(format!("{text:?} is no measure: expected a name, an @ and the name of a step")),
    }
}

fn sign(rest: &str) -> Option<(Token, usize)> {
    let signs = [
        ("+-", Token::Tolerance),
        ("±", Token::Tolerance),
        ("<=", Token::Relation(Relation::AtMost)),
        (">=", Token::Relation(Relation::AtLeast)),
        ("<", Token::Relation(Relation::Less)),
        (">", Token::Relation(Relation::More)),
        ("=", Token::Relation(Relation::Equal(EQUAL))),
        ("+", Token::Join(Join::Plus)),
        ("-", Token::Join(Join::Minus)),
        ("*", Token::Join(Join::Times)),
        ("/", Token::Join(Join::Over)),
        ("(", Token::Open),
        (")", Token::Close),
    ];
    signs.into_iter().find(|(sign, _)| rest.starts_with(sign)).map(|(sign, token)| (token, sign.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(measure: &Measure) -> Option<f64> {
        match (measure.name.as_str(), measure.window.as_str()) {
            ("read.min_ms", "line") => Some(60.0),
            ("read.min_ms", "first") => Some(50.0),
            ("visible.w-1.p50_ms", "line") => Some(4.0),
            ("zero", _) => Some(0.0),
            _ => None,
        }
    }

    fn value(text: &str) -> Option<f64> {
        Sum::parse(text).expect(text).value(&measured)
    }

    fn holds(text: &str) -> Option<bool> {
        Condition::parse(text).expect(text).holds(&measured)
    }

    #[test]
    fn sums_bind_as_at_school() {
        assert_eq!(value("1 + 2 * 3"), Some(7.0));
        assert_eq!(value("(1 + 2) * 3 - 4 / 2"), Some(7.0));
        assert_eq!(value("10 - 2 - 3"), Some(5.0));
        assert_eq!(value("read.min_ms@line / read.min_ms@first"), Some(1.2));
        assert_eq!(value("read.min_ms@first - visible.w-1.p50_ms@line"), Some(46.0));
    }

    #[test]
    fn what_was_not_measured_has_no_value() {
        assert_eq!(value("1 + read.min_ms@other"), None);
        assert_eq!(value("1 / zero@line"), None);
        assert_eq!(holds("nothing@line < 1 and 1 < 2"), None);
    }

    #[test]
    fn conditions_compare_chain_and_join() {
        assert_eq!(holds("10 <= read.min_ms@first < 60"), Some(true));
        assert_eq!(holds("10 <= read.min_ms@line < 60"), Some(false));
        assert_eq!(holds("1 < 2 and 2 > 3"), Some(false));
        assert_eq!(holds("read.min_ms@first = 50.05 +- 0.1"), Some(true));
        assert_eq!(holds("read.min_ms@first = 50.05"), Some(false));
        assert_eq!(holds("read.min_ms@first = 50.05 ± 0.06 and 1 >= 1"), Some(true));
    }

    #[test]
    fn a_formula_is_a_sum_of_numbers_and_x() {
        let value = |text: &str, x| Formula::parse(text).expect(text).value(x);
        assert_eq!(value("1 + 3 * (x - 1 / x)", 2.0), Some(5.5));
        assert_eq!(value("1 / x", 0.0), None);
        let problem = |text: &str| Formula::parse(text).expect_err(text);
        assert_eq!(problem("1 + a@b"), "\"a@b\" means nothing in a formula: expected numbers and x");
        assert_eq!(problem("x <= 1"), "expected the end and found \"<=\"");
        assert_eq!(problem("x *"), "expected a measure or a number at the end");
    }

    #[test]
    fn errors_say_what_was_expected() {
        let problem = |text: &str| Condition::parse(text).expect_err(text);
        assert_eq!(problem("1 +"), "expected a measure or a number at the end");
        assert_eq!(problem("a.b@c"), "expected a comparison: <, <=, >, >= or = at the end");
        assert_eq!(problem("1 < 2 3"), "expected the end and found \"3\"");
        assert_eq!(problem("(1 < 2"), "expected a ) and found \"<\"");
        assert_eq!(problem("1 < 2 +- 1"), "only = takes a tolerance");
        assert_eq!(problem("1 = 2 +- a@b"), "expected a number as the tolerance and found \"a@b\"");
        for text in ["a < 1", "a@ < 1", "a@b@c < 1"] {
            assert!(problem(text).contains("is no measure"), "{text}");
        }
        assert!(problem("1.2.3 < 1").contains("no number"));
        assert!(problem("a@b ? c").contains("'?'"));
        assert!(Sum::parse(&"(".repeat(10_000)).is_err());
    }
}
