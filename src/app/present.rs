//! In front of a class: the panel that prepares a list of runs, the wall's own bar, and what stands where the outcome is
//! hidden.

use netsplit_studio::present::list::{RUNS, WORDS};
use netsplit_studio::present::{PresentIntent, PresentScene, Row, Step, Wall};
use netsplit_studio::{Intent, Studio};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::icons::{Icon, icon};
use crate::shared::Shared;

/// What a key means while something is presented or prepared, if anything. `types`: the focus is in a field for text.
pub(crate) fn key(studio: &Studio, key: &str, event: &KeyboardEvent, types: bool) -> Option<Intent> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || studio.help() {
        return None;
    }
    let intent = if studio.is_presenting() {
        match key {
            "PageDown" => PresentIntent::Next,
            "PageUp" => PresentIntent::Back,
            "b" | "B" | "." if !types => PresentIntent::Blanked,
            "F5" => PresentIntent::Left,
            // A menu that is open goes first.
            "Escape" if studio.menu().is_none() => PresentIntent::Left,
            _ => return None,
        }
    } else if studio.is_preparing() {
        match key {
            "F5" => PresentIntent::StartedList,
            "Escape" if studio.share().is_none() && studio.menu().is_none() => PresentIntent::ToggledPanel,
            _ => return None,
        }
    } else {
        return None;
    };
    Some(Intent::Present(intent))
}

#[derive(Properties, PartialEq)]
pub(crate) struct PresentProps {
    pub(crate) scene: Shared<Option<PresentScene>>,
    pub(crate) on: Callback<Intent>,
}

/// What a presentation adds to the page.
#[component]
pub(crate) fn PresentView(props: &PresentProps) -> Html {
    let Some(scene) = &*props.scene else { return html! {} };
    match &scene.wall {
        Some(wall) => bar(wall, &props.on),
        None => html! { <Panel scene={scene.clone()} on={props.on.clone()} /> },
    }
}

fn mean(on: &Callback<Intent>, intent: PresentIntent) -> Callback<MouseEvent> {
    on.reform(move |_| Intent::Present(intent.clone()))
}

/// A field for text whose value is taken when the person is done with it.
fn words(
    on: &Callback<Intent>,
    (name, label, value): (&'static str, String, &str),
    intent: impl Fn(String) -> PresentIntent + 'static,
) -> Html {
    let onchange = on.reform(move |event: Event| {
        Intent::Present(intent(event.target_unchecked_into::<HtmlInputElement>().value()))
    });
    html! {
        <input type="text" data-control={name} aria-label={label.clone()} placeholder={label} maxlength={WORDS.to_string()}
            value={value.to_owned()} {onchange} />
    }
}

/// The wall's own bar, above the stage.
fn bar(wall: &Wall, on: &Callback<Intent>) -> Html {
    let title = if wall.title.is_empty() { "This run" } else { &wall.title };
    html! {
        <section class="present-bar" aria-label="Presentation" data-step={wall.step.name()} data-blank={if wall.blank { "true" } else { "false" }}>
            <h1>{ title }
                if !wall.place.is_empty() { <span class="present-place">{ wall.place.clone() }</span> }
            </h1>
            if wall.step == Step::Hidden {
                { words(on, ("present-question", "A question for the class".to_owned(), &wall.question), PresentIntent::Asked) }
            }
            <div class="present-keys">
                <button type="button" data-control="present-back" disabled={!wall.can_go_back} onclick={mean(on, PresentIntent::Back)}>{ "Back" }</button>
                <button type="button" class="present-next" data-control="present-next" disabled={wall.next.is_empty()}
                    onclick={mean(on, PresentIntent::Next)}>{ if wall.next.is_empty() { "The end" } else { wall.next } }</button>
                <button type="button" data-control="present-blank" onclick={mean(on, PresentIntent::Blanked)}>{ "Black" }</button>
                <button type="button" data-control="present-fullscreen" onclick={mean(on, PresentIntent::FullScreen)}>{ "Full screen" }</button>
                <button type="button" class="quiet" data-control="present-leave" aria-label="Leave the presentation" onclick={mean(on, PresentIntent::Left)}>{ icon(Icon::Close) }</button>
            </div>
            if wall.blank {
                <button type="button" class="present-black" data-control="present-unblank" aria-label="The wall is black: bring it back" onclick={mean(on, PresentIntent::Blanked)}></button>
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct HiddenProps {
    pub(crate) scene: Shared<Option<PresentScene>>,
}

/// What stands in the place of verdicts, charts and figures until they are revealed.
#[component]
pub(crate) fn HiddenOutcome(props: &HiddenProps) -> Html {
    let wall = props.scene.as_ref().as_ref().and_then(|scene| scene.wall.as_ref());
    let Some(wall) = wall else { return html! {} };
    let asked = wall.step == Step::Asked && !wall.question.is_empty();
    html! {
        <div class="present-hidden" data-hidden="outcome" role="status">
            if asked {
                <p class="present-question">{ wall.question.clone() }</p>
            } else {
                <p>{ "What the clients saw is hidden." }</p>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PanelProps {
    scene: PresentScene,
    on: Callback<Intent>,
}

/// The panel to prepare.
#[component]
fn Panel(props: &PanelProps) -> Html {
    let (scene, on) = (&props.scene, &props.on);
    let panel = use_node_ref();
    let pasted = use_node_ref();
    {
        let panel = panel.clone();
        use_effect_with((), move |()| {
            if let Some(panel) = panel.cast::<HtmlElement>() {
                let _ = panel.focus();
            }
        });
    }
    let paste = {
        let (on, pasted) = (on.clone(), pasted.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = pasted.cast::<HtmlInputElement>() else { return };
            if !field.value().trim().is_empty() {
                on.emit(Intent::Present(PresentIntent::Pasted(field.value())));
                field.set_value("");
            }
        })
    };
    let is_empty = scene.list.is_empty();
    html! {
        <section class="share present-panel" ref={panel} role="dialog" tabindex="-1" aria-label="Present">
            <div class="share-head">
                <h2>{ "Present" }</h2>
                <button type="button" class="quiet" data-control="present-close" aria-label="Close" onclick={mean(on, PresentIntent::ToggledPanel)}>{ icon(Icon::Close) }</button>
            </div>
            <p class="small">{ "Large type for a projector. What the clients saw stays hidden until you reveal it: set the scene, ask, let them guess, then show. A slide remote works; Page Down goes on, Page Up back, B makes the wall black, Escape leaves." }</p>
            <p class="exports">
                <button type="button" data-control="present-run" onclick={mean(on, PresentIntent::StartedRun)}>{ "Present this run" }</button>
                <button type="button" data-control="present-list" disabled={is_empty} onclick={mean(on, PresentIntent::StartedList)}>{ "Present the list (F5)" }</button>
            </p>
            <h3>{ "The list" }</h3>
            if is_empty { <p class="small">{ "Nothing is on it yet: add the run that you see, or paste links." }</p> }
            <ol class="present-list">{ for scene.list.iter().enumerate().map(|(index, one)| row(index, scene.list.len(), one, on)) }</ol>
            <p class="exports"><button type="button" data-control="present-add" disabled={scene.list.len() >= RUNS} onclick={mean(on, PresentIntent::Added)}>{ "Add this run" }</button></p>
            <form class="row" onsubmit={paste}>
                <input type="text" ref={pasted} data-control="present-paste" aria-label="Link to a run" placeholder="Link to a run" />
                <button type="submit" data-control="present-paste-add">{ "Add" }</button>
            </form>
            if !is_empty {
                <p class="small">{ "The list is kept in this browser. To take it along or hand it on, copy it as a link." }</p>
                <p class="exports">
                    <button type="button" data-control="present-copy" onclick={mean(on, PresentIntent::CopiedList)}>{ "Copy the list as a link" }</button>
                    <a href={scene.address.clone()} data-control="present-link">{ "Its link" }</a>
                </p>
            }
        </section>
    }
}

fn row(index: usize, of: usize, row: &Row, on: &Callback<Intent>) -> Html {
    let place = index + 1;
    let go = |by: i32, name: &'static str, sign: &'static str, way: &str, disabled: bool| {
        html! {
            <button type="button" class="quiet" data-control={name} aria-label={format!("Run {place} {way}")} {disabled}
                onclick={mean(on, PresentIntent::Moved(index, by))}>{ sign }</button>
        }
    };
    html! {
        <li key={format!("{index}-{}", row.address)} data-entry={place.to_string()}>
            { words(on, ("entry-title", format!("Title of run {place}"), &row.title), move |title| PresentIntent::Titled(index, title)) }
            { words(on, ("entry-question", format!("Question about run {place}"), &row.question), move |question| PresentIntent::Questioned(index, question)) }
            <div class="present-tools">
                { go(-1, "entry-up", "↑", "up", index == 0) }
                { go(1, "entry-down", "↓", "down", place == of) }
                <a href={row.address.clone()} data-control="entry-open" aria-label={format!("Open run {place}")}>{ "Open" }</a>
                <button type="button" class="quiet" data-control="entry-remove" aria-label={format!("Take run {place} off the list")}
                    onclick={mean(on, PresentIntent::Removed(index))}>{ icon(Icon::Close) }</button>
            </div>
        </li>
    }
}
