//! Histories in the words of other people's tools, in and out.
//!
//! - **JSON lines**: one operation a line ([`crate::jsonl`]). It says everything but the node.
//! - **Jepsen's EDN**: one map for each call and each return, as in the `history.edn` of a Jepsen test. It says
//!   everything but the node.
//! - **Porcupine's etcd logs**: what Jepsen printed in 2014, which Porcupine has in its tests. One register, whole
//!   numbers, no times.
//! - **Porcupine's key-value logs**: texts by key with get, put and append. No times, no unknown outcomes.
//!
//! The readers are total: every text gives a history or the first [`Problem`], with its line, its field and what was
//! expected there. The writers say all or nothing: what a form has no words for is a sentence and not a changed
//! history. In all of the forms sessions are numbers and not names, and only the order of the events is kept where
//! there are no numbers for them. [`fit`] makes a history sayable without changing whether it is linearizable, and tells
//! what it had to leave out.

mod builder;
mod edn;
mod etcd;
mod fit;
mod kv;
mod log;
mod spelling;

use std::fmt;

pub use crate::jsonl::Problem;
use crate::observation::Observations;
pub(crate) use builder::{Builder, Name};
pub use fit::{Fitted, fit};
pub(crate) use spelling::Spelling;

/// A form of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One operation a line as a JSON object.
    JsonLines,
    /// Jepsen's histories in EDN.
    JepsenEdn,
    /// The etcd logs among Porcupine's tests.
    PorcupineEtcd,
    /// The key-value logs among Porcupine's tests.
    PorcupineKv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::JsonLines, Self::JepsenEdn, Self::PorcupineEtcd, Self::PorcupineKv];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::JepsenEdn => "edn",
            Self::PorcupineEtcd => "porcupine-etcd",
            Self::PorcupineKv => "porcupine-kv",
        }
    }

    /// The name for a person.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::JsonLines => "JSON lines",
            Self::JepsenEdn => "Jepsen's EDN",
            Self::PorcupineEtcd => "Porcupine's etcd log",
            Self::PorcupineKv => "Porcupine's key-value log",
        }
    }

    /// The last part of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::JepsenEdn => "edn",
            Self::PorcupineEtcd => "log",
            Self::PorcupineKv => "txt",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// What a form has no words for, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsayable(pub String);

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsayable {}

/// The format that a text seems to have, by how it begins. An empty text is an empty history in JSON lines.
#[must_use]
pub fn detect(text: &str) -> Option<Format> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = text.lines().next().unwrap_or_default();
    if etcd::is_line(first) || text.lines().take(100).any(etcd::is_event) {
        return Some(Format::PorcupineEtcd);
    }
    match text.chars().next() {
        None => Some(Format::JsonLines),
        Some('{') if kv::is_line(first) => Some(Format::PorcupineKv),
        Some('{') => {
            let inside = text[1..].trim_start();
            Some(if inside.starts_with([':', '#']) { Format::JepsenEdn } else { Format::JsonLines })
        }
        Some('[' | '(' | '#' | ';') => Some(Format::JepsenEdn),
        Some(_) => None,
    }
}

/// Reads a history.
///
/// # Errors
/// The first place that is not what the format asks for.
pub fn read(format: Format, text: &str) -> Result<Observations, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    match format {
        Format::JsonLines => crate::jsonl::read(text),
        Format::JepsenEdn => edn::read(text),
        Format::PorcupineEtcd => etcd::read(text),
        Format::PorcupineKv => kv::read(text),
    }
}

/// Writes a history.
///
/// # Errors
/// What the format has no words for.
pub fn write(format: Format, observations: &Observations) -> Result<String, Unsayable> {
    match format {
        Format::JsonLines => crate::jsonl::write(observations),
        Format::JepsenEdn => edn::write(observations),
        Format::PorcupineEtcd => etcd::write(observations),
        Format::PorcupineKv => kv::write(observations),
    }
}
