//! A prepared list of runs, and its form in storage and in links: for each run its link, a title and a question, joined by
//! `~`, the runs by `,`. Titles and questions are percent-encoded (RFC 3986), so that the form is a legal end of an address.

use netsplit_scenario::link;

/// The most runs of a list: more than a class has time for.
pub const RUNS: usize = 50;
/// The longest title and the longest question, in characters.
pub const WORDS: usize = 200;

/// A run of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The payload of its link.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// What the class is asked; may be empty.
    pub question: String,
}

/// Writes a list.
#[must_use]
pub fn write(list: &[Entry]) -> String {
    let one = |entry: &Entry| {
        format!("{}~{}~{}", entry.code, percent_encoded(&entry.title), percent_encoded(&entry.question))
    };
    list.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Reads a list. Runs that can't be opened are left out, and a sentence for each says why.
#[must_use]
pub fn read(text: &str) -> (Vec<Entry>, Vec<String>) {
    let mut list = Vec::new();
    let mut problems = Vec::new();
    for (place, one) in text.split(',').filter(|one| !one.is_empty()).enumerate() {
        if place >= RUNS {
            problems.push(format!("expected at most {RUNS} runs; the rest is left out"));
            break;
        }
        let mut parts = one.split('~');
        let code = parts.next().unwrap_or_default();
        let mut words = || shortened(&percent_decoded(parts.next().unwrap_or_default()));
        match entry(code, words(), words()) {
            Ok(entry) => list.push(entry),
            Err(problem) => problems.push(format!("run {}: {problem}", place + 1)),
        }
    }
    (list, problems)
}

/// An entry of a pasted link. Without a title it has the scenario's own.
///
/// # Errors
/// What is wrong with the link.
pub fn entry(address: &str, title: String, question: String) -> Result<Entry, String> {
    let shared = link::decode(address)
        .map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?;
    let title = if title.is_empty() { shared.scenario.title.clone() } else { title };
    let code = link::encode(&shared).map_err(|problem| problem.to_string())?;
    Ok(Entry { code, title, question })
}

/// At most so many characters as a title may have.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(WORDS).collect()
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Total: what is no escape stays as it is, and what is no UTF-8 becomes the sign for that.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = escape
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::{Scenario, Session};

    use super::*;

    fn code(seed: u64) -> String {
        let scenario = Scenario { seed, title: format!("Seed {seed}"), ..Scenario::default() };
        Session::new(scenario).expect("valid").link().expect("short")
    }

    #[test]
    fn a_list_survives_its_form() {
        let list = vec![
            Entry {
                code: code(1),
                title: "A, b ~ c / 100 %".to_owned(),
                question: "Was? \u{1F980} é".to_owned(),
            },
            Entry { code: code(2), title: "%41".to_owned(), question: String::new() },
        ];
        let text = write(&list);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~,%".contains(&byte)), "{text}");
        assert_eq!(read(&text), (list, Vec::new()));
    }

    #[test]
    fn what_can_not_be_opened_is_left_out_and_named() {
        let text = format!("{}~~,1.nonsense~A~B,,{}~Last~", code(3), code(4));
        let (list, problems) = read(&text);
        let titles: Vec<&str> = list.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["Seed 3", "Last"]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("run 2: this link"), "{problems:?}");
        for noise in ["%", "%%%4", "~~~", ",,,", "%F0%9F", "\u{1F980}~%é"] {
            let _ = read(noise);
            let _ = percent_decoded(noise);
        }
        let many = vec![code(5); RUNS + 3].join(",");
        assert_eq!((read(&many).0.len(), read(&many).1.len()), (RUNS, 1));
    }
}
