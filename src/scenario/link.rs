//! The scenario as the end of an address: `1.` and its packed text.
//!
//! The text is the scenario's own ([`crate::text`]) with two more fields in front: `until_ms`, the
//! instant to show, and `hash`, the hash of the run there. So a link is a scenario file that was made
//! small. The number in front names the version of the packing. A link is read for ever: what a version
//! means may never change, and the links in `golden/links.txt` are opened by a test.
//!
//! Reading is total. Whatever is pasted gives a scenario or a sentence; a link with one character
//! changed never gives another scenario, because the checksum finds it.

use netsplit_sim::time::{Span, Time};

use crate::fields::{Reader, span};
use crate::limits;
use crate::packing::{Damage, pack, unpack};
use crate::tree::{Table, Tree, Value};
use crate::{Problem, Scenario};

/// What a link holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The scenario.
    pub scenario: Scenario,
    /// The instant to show.
    pub until: Time,
    /// The hash of the run at that instant, where the sharer had it.
    pub hash: Option<u64>,
}

/// Writes the payload of a link: `1.` and base64url, without `#` or address.
///
/// # Errors
/// If it would be longer than [`limits::LINK_CHARACTERS`].
pub fn encode(shared: &Shared) -> Result<String, Problem> {
    let mut fields = vec![("until_ms".to_owned(), crate::write::number(shared.until.as_ms()).into())];
    if let Some(hash) = shared.hash {
        fields.push(("hash".to_owned(), Value::Text(format!("{hash:016x}")).into()));
    }
    fields.extend(crate::write::scenario(&shared.scenario));
    let text = crate::plain::write(&fields);
    let too_long = |what: &str| {
        let advice = "share it as a file, or start the script anew from here";
        Err(Problem::whole(format!("this run is too long for a link ({what}); {advice}")))
    };
    if text.len() > limits::TEXT_BYTES {
        return too_long("more than 1 MiB of text");
    }
    let link = format!("1.{}", pack(text.as_bytes()));
    if link.len() > limits::LINK_CHARACTERS {
        return too_long("more than 65536 characters");
    }
    Ok(link)
}

/// Reads a link: a whole address, only its fragment, or only the payload.
///
/// # Errors
/// What is wrong with the link, or everything that is wrong with the scenario in it.
pub fn decode(link: &str) -> Result<Shared, Vec<Problem>> {
    let text = unwrap(payload(link)).map_err(|message| vec![Problem::whole(message)])?;
    let mut tree = crate::plain::read(&text)?;
    let own = take_own_fields(&mut tree);
    let reader = Reader::default();
    let mut fields = reader.table("", &own);
    let until: Option<Span> = fields.need_value("until_ms", "milliseconds since the start, 0 or more", span);
    let hash = fields.value("hash", "16 hexadecimal digits", |value| match value {
        Value::Text(text) if text.len() == 16 => u64::from_str_radix(text, 16).ok(),
        _ => None,
    });
    let until = until.unwrap_or_default();
    if until.0 > limits::TIME.0 {
        let most = limits::TIME.as_ms();
        reader.add(None, "until_ms", format!("expected at most {most} milliseconds, a day"));
    }
    let problems = reader.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Shared { scenario: crate::text::read(&tree)?, until: Time(until.0), hash })
}

/// Takes what belongs to the link and not to the scenario out of its text.
fn take_own_fields(tree: &mut Tree) -> Tree {
    let Value::Table(fields) = &mut tree.value else { return Tree::from(Value::Table(Table::new())) };
    let all = std::mem::take(fields);
    let (own, rest) = all.into_iter().partition(|(name, _)| matches!(name.as_str(), "until_ms" | "hash"));
    *fields = rest;
    Tree::from(Value::Table(own))
}

/// The payload in an address: what is behind `#`, and behind the last `/` there.
fn payload(link: &str) -> &str {
    let link = link.trim();
    let fragment = link.rsplit_once('#').map_or(link, |(_, fragment)| fragment);
    let last = fragment.rsplit_once('/').map_or(fragment, |(_, last)| last);
    last.split(['?', '&']).next().unwrap_or(last)
}

/// From payload to text, or a sentence.
fn unwrap(payload: &str) -> Result<String, String> {
    if payload.len() > limits::LINK_CHARACTERS {
        let (most, found) = (limits::LINK_CHARACTERS, payload.len());
        return Err(format!("this link is too long: at most {most} characters, and it has {found}"));
    }
    let Some((version, packed)) = payload.split_once('.') else {
        return Err("this is no link to a run: it should hold `1.` and a long row of letters".to_owned());
    };
    if version != "1" {
        let known = "this build knows version 1";
        return Err(format!("this link is of version {version:?}, and {known}; a newer page may open it"));
    }
    let bytes = unpack(packed, limits::TEXT_BYTES).map_err(|damage| match damage {
        Damage::Character(place, c) => {
            // Counted in the payload, with the two characters of the version.
            format!("character {} of this link, {c:?}, is none that a link can have", place + 2)
        }
        Damage::Short => "this link is cut short".to_owned(),
        Damage::Checksum => {
            "this link is damaged: one or more characters differ, or its end is missing".to_owned()
        }
        Damage::Large => "this link unpacks to more than 1 MiB, which no scenario needs".to_owned(),
    })?;
    String::from_utf8(bytes).map_err(|_| "this link does not hold text".to_owned())
}
