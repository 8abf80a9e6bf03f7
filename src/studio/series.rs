//! Charts over time, each with its numbers as a table and as a file.

use crate::dock::View;
use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesIntent {}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesScene {}

impl Studio {
    pub(crate) fn update_series(&mut self, intent: SeriesIntent) {
        match intent {}
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn series_scene(&mut self) -> Option<SeriesScene> {
        if self.dock != Some(View::Charts) {
            return None;
        }
        Some(SeriesScene {})
    }
}
