//! Two configurations in lockstep: the same seed, the same faults, the same gestures.

use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum CompareIntent {}

/// The comparison, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareScene {}

/// The other run of a comparison.
#[derive(Default)]
pub(crate) struct Compare {}

impl Studio {
    pub(crate) fn update_compare(&mut self, intent: CompareIntent) {
        match intent {}
    }

    /// The comparison, while there is one.
    #[must_use]
    pub fn compare_scene(&mut self) -> Option<CompareScene> {
        None
    }
}
