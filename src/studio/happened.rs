//! The list of events, with filters and search.

use crate::dock::View;
use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum HappenedIntent {}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happened {}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct HappenedScene {}

impl Studio {
    pub(crate) fn update_happened(&mut self, intent: HappenedIntent) {
        match intent {}
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn happened_scene(&mut self) -> Option<HappenedScene> {
        if self.dock != Some(View::Events) {
            return None;
        }
        Some(HappenedScene {})
    }
}
