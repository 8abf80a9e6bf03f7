//! The code that ran: the source of the function that handled an event.

use netsplit_studio::Intent;
use netsplit_studio::code::CodeScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct CodeProps {
    pub(crate) scene: Shared<Option<CodeScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn CodeView(props: &CodeProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="code"></div> }
}
