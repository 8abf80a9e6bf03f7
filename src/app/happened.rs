//! The list of events, with filters and search. The list scrolls like a long page, but only the rows in view are in the
//! document: a tall empty box gives the scroll bar its length.

use netsplit_studio::Intent;
use netsplit_studio::happened::{HappenedIntent, HappenedScene, Row};
use netsplit_studio::selection::Selected;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::shared::Shared;

/// A row's height in pixels until one has been measured.
const ROW: f64 = 26.0;

#[derive(Properties, PartialEq)]
pub(crate) struct HappenedProps {
    pub(crate) scene: Shared<Option<HappenedScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The height of a row: the style sheet's, which is taller for a finger.
fn row_height(list: &HtmlElement) -> f64 {
    let row = list.query_selector(".happened-row").ok().flatten();
    row.map(|row| row.get_bounding_client_rect().height()).filter(|height| *height > 4.0).unwrap_or(ROW)
}

/// What is in view: the first row, and how many have room.
fn in_view(list: &HtmlElement) -> HappenedIntent {
    let height = row_height(list);
    let top = (f64::from(list.scroll_top()) / height).round();
    let room = (f64::from(list.client_height()) / height).floor().max(1.0);
    HappenedIntent::Scrolled(top as usize, room as usize)
}

/// The view.
#[component]
pub(crate) fn HappenedView(props: &HappenedProps) -> Html {
    let list = use_node_ref();
    let tall = use_node_ref();
    let window = use_node_ref();
    let on = &props.on;
    {
        // Set through the object model: a style attribute would be refused by the page's Content-Security-Policy.
        let (list, tall, window) = (list.clone(), tall.clone(), window.clone());
        let place = (*props.scene).as_ref().map(|scene| {
            (scene.listed, scene.rows.first().map_or(0, |row| row.place), scene.top, scene.scrolled)
        });
        let on = on.clone();
        use_effect_with(place, move |place| {
            let (Some((listed, first, top, scrolled)), Some(list)) = (place, list.cast::<HtmlElement>())
            else {
                return;
            };
            let height = row_height(&list);
            if let Some(tall) = tall.cast::<HtmlElement>() {
                let _ = tall.style().set_property("height", &format!("{}px", *listed as f64 * height));
            }
            if let Some(window) = window.cast::<HtmlElement>() {
                let _ = window.style().set_property("top", &format!("{}px", *first as f64 * height));
            }
            // Only where the studio moved the list; a hand that scrolls is left alone.
            let moved = list.get_attribute("data-scrolled").is_none_or(|seen| seen != scrolled.to_string());
            if moved {
                let _ = list.set_attribute("data-scrolled", &scrolled.to_string());
                list.set_scroll_top((*top as f64 * height).round() as i32);
                on.emit(in_view(&list).into());
            }
        });
    }
    let Some(scene) = &*props.scene else { return html! {} };
    let onscroll = {
        let (list, on) = (list.clone(), on.clone());
        Callback::from(move |_: Event| {
            if let Some(list) = list.cast::<HtmlElement>() {
                on.emit(in_view(&list).into());
            }
        })
    };
    let room = match in_room(&list) {
        0 => 8,
        room => room as i64,
    };
    let selected = scene.rows.iter().find(|row| row.selected).map(|row| row.id);
    let onkeydown = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            let intent: Intent = match event.key().as_str() {
                "ArrowDown" => HappenedIntent::Moved(1).into(),
                "ArrowUp" => HappenedIntent::Moved(-1).into(),
                "PageDown" => HappenedIntent::Moved(room).into(),
                "PageUp" => HappenedIntent::Moved(-room).into(),
                "Home" => HappenedIntent::MovedToEnd(false).into(),
                "End" => HappenedIntent::MovedToEnd(true).into(),
                "Enter" => match selected {
                    Some(id) => Intent::WentTo(id),
                    None => return,
                },
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            on.emit(intent);
        })
    };
    let search = on.reform(|event: InputEvent| {
        HappenedIntent::Searched(event.target_unchecked_into::<HtmlInputElement>().value()).into()
    });
    let site = on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>();
        let name = if chosen.selected_index() <= 0 { String::new() } else { chosen.value() };
        HappenedIntent::ChoseSite(name).into()
    });
    let clear = on.reform(|_: MouseEvent| HappenedIntent::Cleared.into());
    let follow = on.reform(|_: MouseEvent| HappenedIntent::Followed.into());
    html! {
        <div class="happened">
            <div class="happened-head">
                <input type="search" data-control="events-search" aria-label="Search the events" placeholder="Search, such as “Append” or “k1”"
                    autocomplete="off" spellcheck="false" value={scene.search.clone()} oninput={search} />
                <select data-control="events-site" aria-label="Where" onchange={site}>
                    { for scene.sites.iter().map(|(name, chosen)| html! { <option value={name.clone()} selected={*chosen}>{ name.clone() }</option> }) }
                </select>
                <div class="happened-kinds" role="group" aria-label="Kinds of events">
                    { for scene.kinds.iter().map(|(kind, shown)| {
                        let kind = *kind;
                        let toggle = on.reform(move |_: MouseEvent| HappenedIntent::ToggledKind(kind).into());
                        html! {
                            <button type="button" data-control={format!("events-{}", kind.name())} onclick={toggle}
                                aria-pressed={if *shown { "true" } else { "false" }}>{ kind.title() }</button>
                        }
                    }) }
                </div>
                <p class="happened-count">
                    <span data-metric="events" data-value={scene.matches.to_string()} data-of={scene.of.to_string()}>{ scene.count.clone() }</span>
                    if scene.filtered { <button type="button" class="text" data-control="events-clear" onclick={clear}>{ "Show all" }</button> }
                    if !scene.follows { <button type="button" class="text" data-control="events-follow" onclick={follow}>{ "To the newest" }</button> }
                </p>
            </div>
            <div class="happened-list" ref={list} tabindex="0" role="listbox" aria-label="Events, oldest first. Enter goes to the selected one."
                aria-activedescendant={selected.map(|id| format!("event-{}", id.0))} data-control="events-list" {onscroll} {onkeydown}>
                <div class="happened-tall" role="presentation" ref={tall}></div>
                <div class="happened-window" role="presentation" ref={window}>
                    { for scene.rows.iter().map(|one| row(one, scene.listed, on)) }
                </div>
            </div>
            if scene.listed == 0 {
                <p class="happened-none small">{ if scene.of == 0 {
                    "Nothing has happened yet: play the run, or step."
                } else {
                    "No event of the run so far is like that. Show more kinds, or search for something else."
                } }</p>
            } else {
                <p class="happened-hint small">{ "Everything that happened up to the playhead. Click an event to select it; double-click or press Enter to go to its moment." }</p>
            }
        </div>
    }
}

fn in_room(list: &NodeRef) -> usize {
    let Some(list) = list.cast::<HtmlElement>() else { return 0 };
    match in_view(&list) {
        HappenedIntent::Scrolled(_, room) => room,
        _ => 0,
    }
}

fn row(row: &Row, of: usize, on: &Callback<Intent>) -> Html {
    let id = row.id;
    let select = on.reform(move |_: MouseEvent| Intent::Selected(Some(Selected::Event(id))));
    let go = on.reform(move |_: MouseEvent| Intent::WentTo(id));
    html! {
        <div key={id.0} id={format!("event-{}", id.0)} role="option" class={if row.selected { "happened-row selected" } else { "happened-row" }}
            aria-selected={if row.selected { "true" } else { "false" }} aria-current={row.selected.then_some("true")}
            aria-posinset={(row.place + 1).to_string()} aria-setsize={of.to_string()}
            data-event={id.0.to_string()} data-kind={row.kind.name()} onclick={select} ondblclick={go}>
            <span class="happened-at">{ row.at.clone() }</span>
            <span class="happened-site">{ row.site.clone() }</span>
            <span class="happened-words">{ row.words.clone() }</span>
        </div>
    }
}
