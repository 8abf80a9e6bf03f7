//! Charts over time, each with its numbers as a table and as a file.

use netsplit_studio::Intent;
use netsplit_studio::series::SeriesScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct SeriesProps {
    pub(crate) scene: Shared<Option<SeriesScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn SeriesView(props: &SeriesProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="series"></div> }
}
