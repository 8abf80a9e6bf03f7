//! The space-time diagram (Lamport, 1978): a line for every node and client, an arrow for every message.

use netsplit_studio::Intent;
use netsplit_studio::spacetime::SpaceTimeScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct SpaceTimeProps {
    pub(crate) scene: Shared<Option<SpaceTimeScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn SpaceTimeView(props: &SpaceTimeProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="spacetime"></div> }
}
