//! Every replica's keys and log as tables that follow the playhead.

use crate::dock::View;
use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum DataIntent {}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DataScene {}

impl Studio {
    pub(crate) fn update_data(&mut self, intent: DataIntent) {
        match intent {}
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn data_scene(&mut self) -> Option<DataScene> {
        if self.dock != Some(View::Data) {
            return None;
        }
        Some(DataScene {})
    }
}
