//! Each client's operations over time, from call to return.

use crate::dock::View;
use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum OperationsIntent {}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operations {}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationsScene {}

impl Studio {
    pub(crate) fn update_operations(&mut self, intent: OperationsIntent) {
        match intent {}
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn operations_scene(&mut self) -> Option<OperationsScene> {
        if self.dock != Some(View::Operations) {
            return None;
        }
        Some(OperationsScene {})
    }
}
