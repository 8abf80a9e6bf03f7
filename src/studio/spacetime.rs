//! The space-time diagram (Lamport, 1978): a line for every node and client, an arrow for every message.

use crate::dock::View;
use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum SpaceTimeIntent {}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpaceTime {}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SpaceTimeScene {}

impl Studio {
    pub(crate) fn update_spacetime(&mut self, intent: SpaceTimeIntent) {
        match intent {}
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn spacetime_scene(&mut self) -> Option<SpaceTimeScene> {
        if self.dock != Some(View::SpaceTime) {
            return None;
        }
        Some(SpaceTimeScene {})
    }
}
