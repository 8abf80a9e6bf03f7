//! In front of a class.

use netsplit_studio::Intent;
use netsplit_studio::present::PresentScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct PresentProps {
    pub(crate) scene: Shared<Option<PresentScene>>,
    pub(crate) on: Callback<Intent>,
}

/// What a presentation adds to the page.
#[component]
pub(crate) fn PresentView(props: &PresentProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="present"></div> }
}
