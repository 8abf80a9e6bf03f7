//! Bookmarks with captions, and branches as a small tree.

use netsplit_studio::Intent;
use netsplit_studio::dock::DockIntent;
use netsplit_studio::story::{BookmarkRow, BranchRow, StoryIntent, StoryScene};
use web_sys::{HtmlFormElement, HtmlInputElement};
use yew::prelude::*;

use crate::icons::{Icon, button};
use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct StoryProps {
    pub(crate) scene: Shared<Option<StoryScene>>,
    pub(crate) on: Callback<Intent>,
}

fn mean(on: &Callback<Intent>, intent: StoryIntent) -> Callback<MouseEvent> {
    on.reform(move |_: MouseEvent| Intent::Dock(DockIntent::Story(intent.clone())))
}

/// The view.
#[component]
pub(crate) fn StoryView(props: &StoryProps) -> Html {
    let Some(scene) = &*props.scene else { return html! {} };
    let on = &props.on;
    let field = use_node_ref();
    let keep = {
        let (on, field, now) = (on.clone(), field.clone(), scene.now);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(field) = field.cast::<HtmlInputElement>() {
                on.emit(Intent::Dock(DockIntent::Story(StoryIntent::Captioned(now, field.value()))));
            }
            if let Some(form) = event.target_dyn_into::<HtmlFormElement>() {
                form.reset();
            }
        })
    };
    let here = scene.bookmarks.iter().find(|bookmark| bookmark.here);
    html! {
        <div class="story">
            <section aria-label="Bookmarks">
                <h2>{ "Bookmarks" }</h2>
                <p class="small">{ "A moment with a caption. They travel in the link, so a run can be told as a story." }</p>
                if here.is_none() {
                    <form class="story-new" onsubmit={keep}>
                        <label for="bookmark-caption">{ format!("At {}: ", scene.now_words) }</label>
                        <input id="bookmark-caption" ref={field} type="text" maxlength="280" data-control="caption"
                            placeholder="what is there to see?" autocomplete="off" />
                        <button type="submit" data-control="keep-bookmark">{ "Keep" }</button>
                    </form>
                }
                if scene.bookmarks.is_empty() {
                    <p class="nothing">{ "None yet. Go to a moment worth showing, and say what there is to see." }</p>
                } else {
                    <ol class="story-bookmarks">{ for scene.bookmarks.iter().map(|row| bookmark(row, on)) }</ol>
                    <p class="story-leap">
                        <button type="button" data-control="bookmark-before" onclick={mean(on, StoryIntent::Leapt(false))}>{ "The one before (P)" }</button>
                        <button type="button" data-control="bookmark-next" onclick={mean(on, StoryIntent::Leapt(true))}>{ "The next (N)" }</button>
                    </p>
                }
            </section>
            <section aria-label="Branches">
                <h2>{ "Branches" }</h2>
                if scene.branches.is_empty() {
                    <p class="nothing">{ "One run, never forked. Fork (F) keeps it as it is and goes on with another from here." }</p>
                } else {
                    <p class="small">{ "Each has its own script and its own undo. Choose one to see it on the stage." }</p>
                    <ol class="story-branches">{ for scene.branches.iter().map(|row| branch(row, on)) }</ol>
                }
            </section>
        </div>
    }
}

fn bookmark(row: &BookmarkRow, on: &Callback<Intent>) -> Html {
    let at = row.at;
    let renamed = on.reform(move |event: Event| {
        let caption = event.target_unchecked_into::<HtmlInputElement>().value();
        Intent::Dock(DockIntent::Story(StoryIntent::Captioned(at, caption)))
    });
    let go = on.reform(move |_: MouseEvent| Intent::Sought(at));
    let away = mean(on, StoryIntent::Captioned(at, String::new()));
    html! {
        <li key={at.0} class={row.here.then_some("here")} aria-current={row.here.then_some("true")} data-bookmark={at.0.to_string()}>
            <button type="button" class="text" data-control="go-bookmark" onclick={go}>{ row.when.clone() }</button>
            <input type="text" maxlength="280" aria-label={format!("Caption at {}", row.when)} value={row.caption.clone()}
                onchange={renamed} />
            { button(Icon::Close, "Remove this bookmark", "drop-bookmark", false, away) }
        </li>
    }
}

fn branch(row: &BranchRow, on: &Callback<Intent>) -> Html {
    let number = row.number;
    let renamed = on.reform(move |event: Event| {
        let name = event.target_unchecked_into::<HtmlInputElement>().value();
        Intent::Dock(DockIntent::Story(StoryIntent::Renamed(number, name)))
    });
    let (from, to) = (row.span.0 * 100.0, (row.span.1 * 100.0).max(row.span.0 * 100.0 + 1.0));
    html! {
        <li key={number} class={classes!("story-branch", format!("depth-{}", row.depth.min(5)), row.here.then_some("here"))}
            aria-current={row.here.then_some("true")} data-branch={number.to_string()}>
            <button type="button" data-control={format!("branch-{number}")} disabled={row.here}
                onclick={mean(on, StoryIntent::Switched(number))}>{ if row.here { "On stage" } else { "Show" } }</button>
            <input type="text" maxlength="40" aria-label="Name of the branch" value={row.name.clone()} onchange={renamed} />
            <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
                <path d={format!("M{from:.1} 0V6H{to:.1}")} vector-effect="non-scaling-stroke" />
            </svg>
            <span class="small">{ row.words.clone() }</span>
            if row.droppable {
                { button(Icon::Close, "Drop this branch", "drop-branch", false, mean(on, StoryIntent::Dropped(number))) }
            }
        </li>
    }
}
