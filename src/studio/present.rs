//! In front of a class: large type, the keys of a slide remote, outcomes hidden until the class has guessed, and a
//! prepared list of runs to step through.

use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum PresentIntent {}

/// What is shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PresentScene {}

/// What is presented.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {}

impl Studio {
    pub(crate) fn update_present(&mut self, intent: PresentIntent) {
        match intent {}
    }

    /// The presentation, while there is one.
    #[must_use]
    pub fn present_scene(&self) -> Option<PresentScene> {
        None
    }
}
