//! What is selected, whole: facts, what can be done, every setting where it stands.

use netsplit_studio::Intent;
use netsplit_studio::inspector::Inspector;
use yew::prelude::*;

use crate::icons::{Icon, button};
use crate::menu::{group, item};
use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct InspectorProps {
    pub(crate) inspector: Shared<Option<Inspector>>,
    pub(crate) on: Callback<Intent>,
}

/// The inspector.
#[component]
pub(crate) fn InspectorView(props: &InspectorProps) -> Html {
    let Some(inspector) = &*props.inspector else {
        return html! {
            <p class="nothing inspector-empty">{ "Click a node or a client, an event, an operation or a message: it is shown here, whole." }</p>
        };
    };
    let on = &props.on;
    let away = on.reform(|_: MouseEvent| Intent::Selected(None));
    html! {
        <section class="inspector menu-like" aria-label="Selected" data-inspector="true">
            <header>
                <h2>{ inspector.title.clone() }</h2>
                { button(Icon::Close, "Select nothing", "select-nothing", false, away) }
            </header>
            <dl>
                { for inspector.facts.iter().map(|(name, value)| html! {
                    <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
                }) }
            </dl>
            <div class="items">{ for inspector.items.iter().map(|one| item(one, on)) }</div>
            { for inspector.target.iter().flat_map(|target| inspector.groups.iter().map(|one| group(one, *target, on))) }
        </section>
    }
}
