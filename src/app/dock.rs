//! The dock below the stage: a tab for each of the linked views, and the one that is open.

use netsplit_studio::Intent;
use netsplit_studio::dock::{DockIntent, View};
use yew::prelude::*;

use crate::code::CodeView;
use crate::compare::compare_button;
use crate::data::DataView;
use crate::happened::HappenedView;
use crate::operations::OperationsView;
use crate::scenes::Scenes;
use crate::series::SeriesView;
use crate::spacetime::SpaceTimeView;

/// The tabs, and below them the view that is open.
pub(crate) fn dock(scenes: &Scenes, on: &Callback<Intent>) -> Html {
    let shown = scenes.rest.dock;
    let tab = |view: View| {
        let open = on.reform(move |_: MouseEvent| Intent::Dock(DockIntent::Opened(view)));
        html! {
            <button type="button" data-control={format!("dock-{}", view.name())} onclick={open}
                aria-expanded={if shown == Some(view) { "true" } else { "false" }}>{ view.title() }</button>
        }
    };
    let view = shown.map(|view| match view {
        View::SpaceTime => html! { <SpaceTimeView scene={scenes.spacetime.clone()} on={on.clone()} /> },
        View::Operations => html! { <OperationsView scene={scenes.operations.clone()} on={on.clone()} /> },
        View::Events => html! { <HappenedView scene={scenes.happened.clone()} on={on.clone()} /> },
        View::Data => html! { <DataView scene={scenes.data.clone()} on={on.clone()} /> },
        View::Code => html! { <CodeView scene={scenes.code.clone()} on={on.clone()} /> },
        View::Charts => html! { <SeriesView scene={scenes.series.clone()} on={on.clone()} /> },
    });
    html! {
        <section class={if shown.is_some() { "dock open" } else { "dock" }} aria-label="Views of the run">
            <div class="dock-tabs" role="group" aria-label="View">
                { for View::ALL.into_iter().map(tab) }
                if scenes.rest.route.is_lab() { { compare_button(scenes.compare.is_some(), on) } }
            </div>
            if let (Some(shown), Some(view)) = (shown, view) {
                <div class="dock-view" data-view={shown.name()}>{ view }</div>
            }
        </section>
    }
}
