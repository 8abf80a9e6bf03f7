//! Which kinds of updates a key has had, and so which shortcuts are sound.

use crate::register::Action;

/// Which kinds of updates a key has had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    /// Writes and compare-and-sets.
    writes: bool,
    appends: bool,
    adds: bool,
    elements: bool,
}

impl Kinds {
    /// Takes note of a call.
    pub(super) fn note(&mut self, action: Action) {
        match action {
            Action::Read => {}
            Action::Write(_) | Action::Cas { .. } => self.writes = true,
            Action::Append(_) => self.appends = true,
            Action::Add(_) => self.adds = true,
            Action::Insert(_) | Action::Remove(_) => self.elements = true,
        }
    }

    /// Only reads, writes and compare-and-sets: what an update leaves behind does not depend on what was there.
    pub(super) fn replace(self) -> bool {
        !(self.appends || self.adds || self.elements)
    }

    /// Only reads and additions.
    pub(super) fn only_adds(self) -> bool {
        self == Self { adds: true, ..Self::default() }
    }

    /// Only reads, insertions and removals.
    pub(super) fn only_elements(self) -> bool {
        self == Self { elements: true, ..Self::default() }
    }
}
