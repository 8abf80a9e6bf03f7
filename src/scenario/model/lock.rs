//! What a person who opens the run is kept from touching. A lock is for teaching: it says what the exercise is about. It is no
//! protection, because whoever has the link has the whole run.

use std::collections::BTreeSet;

/// Something that can be locked. A lock never changes what the run does, only what a person may do to it on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Nodes and clients stay where they are.
    Move,
    /// No cut, crash, loss of a single message or other fault by hand.
    Faults,
    /// The clients ask what they ask.
    Workload,
    /// Protocol, parameters, network and cluster stay as they are.
    Protocol,
    /// Time only passes: no going back and no jumping ahead.
    Time,
}

/// What is locked; most often nothing.
pub type Locks = BTreeSet<Lock>;

impl Lock {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Move, Self::Faults, Self::Workload, Self::Protocol, Self::Time];

    /// The word in a scenario.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Move => "move",
            Self::Faults => "faults",
            Self::Workload => "workload",
            Self::Protocol => "protocol",
            Self::Time => "time",
        }
    }

    /// The lock of that word.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lock| lock.id() == id)
    }
}
