//! The code that ran: the source of the function that handled an event.

use crate::dock::View;
use crate::studio::Studio;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum CodeIntent {}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeScene {}

impl Studio {
    pub(crate) fn update_code(&mut self, intent: CodeIntent) {
        match intent {}
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn code_scene(&mut self) -> Option<CodeScene> {
        if self.dock != Some(View::Code) {
            return None;
        }
        Some(CodeScene {})
    }
}
