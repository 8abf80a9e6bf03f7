//! The list of events, with filters and search.

use netsplit_studio::Intent;
use netsplit_studio::happened::HappenedScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct HappenedProps {
    pub(crate) scene: Shared<Option<HappenedScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn HappenedView(props: &HappenedProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="happened"></div> }
}
