//! What a checker answers.

use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::time::Time;

/// The answer of a checker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The history keeps the promise.
    Holds,
    /// The history breaks the promise, and this is how.
    Broken(Witness),
    /// It can't be told, and this is why.
    Unknown(Unknown),
}

/// The operations that break a promise, and the sentence that says how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The operations involved, in the order of their calls; each is an index into the observations.
    pub operations: Vec<OpId>,
    /// The nodes involved, where the promise is about the replicas.
    pub nodes: Vec<NodeId>,
    /// The event at which it became certain, usually the return of the last operation; `None` where
    /// the promise is about the replicas.
    pub event: Option<u64>,
    /// The instant of that event, if the history has a clock.
    pub at: Option<Time>,
    /// How the promise is broken, in one plain sentence.
    pub sentence: String,
}

/// Why a checker does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The steps spent.
    pub spent: u64,
    /// Why, in words, for a person.
    pub reason: String,
}

impl Verdict {
    /// The name in files and on the command line: `holds`, `broken` or `unknown`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken(_) => "broken",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The sentence or the reason; nothing for a promise that holds.
    #[must_use]
    pub fn sentence(&self) -> &str {
        match self {
            Self::Holds => "",
            Self::Broken(witness) => &witness.sentence,
            Self::Unknown(unknown) => &unknown.reason,
        }
    }

    /// An answer that costs nothing: the question can't be asked of this input.
    pub(crate) fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown(Unknown { spent: 0, reason: reason.into() })
    }
}
