//! The dock below the stage: a tab for each of the linked views, and the one that is open.

use netsplit_studio::Intent;
use netsplit_studio::dock::{DockIntent, View};
use netsplit_studio::story::StoryIntent;
use yew::prelude::*;

use crate::code::CodeView;
use crate::compare::compare_button;
use crate::data::DataView;
use crate::happened::HappenedView;
use crate::icons::{Icon, button};
use crate::operations::OperationsView;
use crate::scenes::Scenes;
use crate::series::SeriesView;
use crate::spacetime::SpaceTimeView;
use crate::story::StoryView;

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
    let fork = on.reform(|_: MouseEvent| Intent::Forked);
    let bookmark = on.reform(|_: MouseEvent| Intent::Dock(DockIntent::Story(StoryIntent::Began)));
    let view = shown.map(|view| match view {
        View::SpaceTime => html! { <SpaceTimeView scene={scenes.spacetime.clone()} on={on.clone()} /> },
        View::Operations => html! { <OperationsView scene={scenes.operations.clone()} on={on.clone()} /> },
        View::Events => html! { <HappenedView scene={scenes.happened.clone()} on={on.clone()} /> },
        View::Data => html! { <DataView scene={scenes.data.clone()} on={on.clone()} /> },
        View::Code => html! { <CodeView scene={scenes.code.clone()} on={on.clone()} /> },
        View::Charts => html! { <SeriesView scene={scenes.series.clone()} on={on.clone()} /> },
        View::Story => html! { <StoryView scene={scenes.story.clone()} on={on.clone()} /> },
    });
    html! {
        <section class={if shown.is_some() { "dock open" } else { "dock" }} aria-label="Views of the run">
            <div class="dock-row">
                <div class="dock-tabs" role="group" aria-label="View">{ for View::ALL.into_iter().map(tab) }</div>
                <div class="dock-tools">
                    if scenes.rest.route.is_lab() { { compare_button(scenes.compare.is_some(), on) } }
                    { button(Icon::Fork, "Fork here: keep this run, and go on with another (F)", "fork", false, fork) }
                    { button(Icon::Flag, "Bookmark this moment (B)", "bookmark", false, bookmark) }
                </div>
            </div>
            if let (Some(shown), Some(view)) = (shown, view) {
                <div class="dock-view" data-view={shown.name()}>{ view }</div>
            }
        </section>
    }
}
