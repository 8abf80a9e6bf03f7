//! From one form of a scenario to the other, and the reading of both.

use netsplit_scenario::link::{Shared, decode, encode};
use netsplit_scenario::{Session, text};
use netsplit_sim::time::{Span, Time};

use crate::reply::{Reply, sentences};

/// The instant to play to if nobody says.
pub(crate) const UNTIL: Time = Time(10_000_000_000);

/// Gives the text of a file, or `None` if there is no such file.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// A scenario from a file or a link.
pub(crate) fn open(source: &str, read: ReadFile<'_>) -> Result<Shared, String> {
    match read(source)? {
        Some(text) if looks_like_a_link(&text) => {
            decode(&text).map_err(|problems| sentences(source, &problems))
        }
        Some(text) if text.trim_start().starts_with('{') => match serde_json::from_str(&text) {
            Ok(scenario) => Ok(Shared { scenario, until: UNTIL, hash: None }),
            Err(error) => Err(format!("{source}: {error}\n")),
        },
        Some(text) => match text::parse(&text) {
            Ok(scenario) => Ok(Shared { scenario, until: UNTIL, hash: None }),
            Err(problems) => Err(sentences(source, &problems)),
        },
        None if looks_like_a_link(source) => decode(source).map_err(|problems| sentences("link", &problems)),
        None => Err(format!("{source}: there is no such file, and it is no link\n")),
    }
}

/// A link is one word, and its payload begins with a version and a point.
fn looks_like_a_link(text: &str) -> bool {
    let text = text.trim();
    let last = text.rsplit(['#', '/']).next().unwrap_or_default();
    let version = last.split_once('.').map_or("", |(version, _)| version);
    let numbered = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    numbered && !text.contains(char::is_whitespace)
}

/// The link of a scenario, with the hash of its run at an instant.
pub(crate) fn to_link(file: &str, until: Option<Time>, read: ReadFile<'_>) -> Result<Reply, String> {
    let shared = open(file, read)?;
    let until = until.unwrap_or(shared.until);
    let mut session = Session::new(shared.scenario).map_err(|problems| sentences(file, &problems))?;
    session.seek(until, u64::MAX);
    let shared =
        Shared { scenario: session.scenario().clone(), until: session.now(), hash: Some(session.hash()) };
    let link = encode(&shared).map_err(|problem| format!("{file}: {problem}\n"))?;
    Ok(Reply::good(format!("{link}\n")))
}

/// The text of a link.
pub(crate) fn to_text(link: &str, json: bool, read: ReadFile<'_>) -> Result<Reply, String> {
    let shared = open(link, read)?;
    if json {
        let json =
            serde_json::to_string_pretty(&shared.scenario).map_err(|error| format!("{link}: {error}\n"))?;
        return Ok(Reply::good(format!("{json}\n")));
    }
    let until = Span(shared.until.0).as_ms();
    let hash =
        shared.hash.map(|hash| format!(", where the hash of the run is {hash:016x}")).unwrap_or_default();
    let text = text::write(&shared.scenario);
    Ok(Reply::good(format!("# Shared at {until} ms{hash}.\n{text}")))
}
