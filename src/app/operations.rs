//! Each client's operations over time, from call to return.

use netsplit_studio::Intent;
use netsplit_studio::operations::OperationsScene;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct OperationsProps {
    pub(crate) scene: Shared<Option<OperationsScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn OperationsView(props: &OperationsProps) -> Html {
    let Some(_scene) = &*props.scene else { return html! {} };
    html! { <div class="operations"></div> }
}
