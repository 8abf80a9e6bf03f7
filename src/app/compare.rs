//! Two configurations in lockstep, side by side.

use netsplit_studio::Intent;
use netsplit_studio::compare::CompareScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct CompareProps {
    pub(crate) scene: Shared<Option<CompareScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The comparison.
#[component]
pub(crate) fn CompareView(props: &CompareProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="compare"></div> }
}
