//! Every replica's keys and log as tables that follow the playhead.

use netsplit_studio::Intent;
use netsplit_studio::data::DataScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct DataProps {
    pub(crate) scene: Shared<Option<DataScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn DataView(props: &DataProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="data"></div> }
}
