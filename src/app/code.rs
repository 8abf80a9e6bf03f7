//! The code that ran: the source of the function that handled an event.

use netsplit_sim::ids::EventId;
use netsplit_studio::Intent;
use netsplit_studio::code::tinting::Tint;
use netsplit_studio::code::{CodeIntent, CodeScene, Line, Shown};
use netsplit_studio::selection::Selected;
use web_sys::HtmlElement;
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
    let on = &props.on;
    let page = use_node_ref();
    {
        // Another function begins at its beginning; the whole file shows where the function is.
        let page = page.clone();
        let shown = (*props.scene).as_ref().and_then(|scene| scene.shown.as_ref());
        let place =
            shown.map(|shown| (shown.path.clone(), shown.lines, shown.expanded, shown.text.is_empty()));
        use_effect_with(place, move |place| {
            let (Some((_, lines, expanded, _)), Some(page)) = (place, page.cast::<HtmlElement>()) else {
                return;
            };
            let first = page.query_selector(&format!("[data-line=\"{}\"]", lines.0)).ok().flatten();
            let first = first.and_then(|line| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(line).ok());
            let top = first.filter(|_| *expanded).map_or(0, |line| line.offset_top() - 8);
            page.set_scroll_top(top);
        });
    }
    let Some(scene) = &*props.scene else { return html! {} };
    let went = |forward: bool| on.reform(move |_: MouseEvent| CodeIntent::Went(forward).into());
    html! {
        <div class="code" data-event={scene.event.map(|id| id.0.to_string())}>
            <header class="code-head">
                if let Some(shown) = &scene.shown { { heading(shown) } }
                if !scene.because.is_empty() {
                    <p class="code-because">{ "because: " }<b>{ scene.because.clone() }</b>
                        if let Some((id, words)) = &scene.handled { { link("which came of: ", *id, words, on) } }
                    </p>
                }
                if let Some(node) = &scene.node {
                    <div class="code-steps" role="group" aria-label={format!("Events that {node} handled")}>
                        <button type="button" data-control="code-previous" onclick={went(false)}>{ format!("◀ {node} before") }</button>
                        <button type="button" data-control="code-next" onclick={went(true)}>{ format!("{node} next ▶") }</button>
                    </div>
                }
            </header>
            if let Some(why) = &scene.why_none {
                <div class="code-none">
                    <p>{ why.clone() }</p>
                    if let Some((id, words)) = &scene.cause { <p>{ link("It came of: ", *id, words, on) }</p> }
                </div>
            }
            if let Some(shown) = &scene.shown { { code(shown, page, on) } }
        </div>
    }
}

/// Another event, to look there.
fn link(before: &'static str, id: EventId, words: &str, on: &Callback<Intent>) -> Html {
    let select = on.reform(move |_: MouseEvent| Intent::Selected(Some(Selected::Event(id))));
    html! {
        <span class="code-link">{ before }<button type="button" class="text" data-control="code-cause" onclick={select}>{ words.to_owned() }</button></span>
    }
}

fn heading(shown: &Shown) -> Html {
    let name = shown.functions.iter().find(|(_, chosen)| *chosen).map_or("", |(name, _)| name);
    let (from, to) = shown.lines;
    html! {
        <h2><code data-function={name}>{ name }</code>
            <span class="small">{ format!(" in {}, lines {from} to {to}", shown.path) }</span></h2>
    }
}

fn code(shown: &Shown, page: NodeRef, on: &Callback<Intent>) -> Html {
    let expand = {
        let expanded = !shown.expanded;
        on.reform(move |_: MouseEvent| CodeIntent::Expanded(expanded).into())
    };
    let note = match shown.is_compiled {
        Some(true) => "code-note same",
        Some(false) => "code-note differs",
        None => "code-note",
    };
    html! {
        <>
            <div class="code-body">
                <nav class="code-functions" aria-label="Functions that ran, in the order of their first call">
                    <ol>
                        { for shown.functions.iter().enumerate().map(|(number, (name, chosen))| {
                            let choose = on.reform(move |_: MouseEvent| CodeIntent::Chose(number).into());
                            html! {
                                <li><button type="button" data-control={format!("code-function-{number}")} onclick={choose}
                                    aria-current={chosen.then_some("true")} title={*name}>{ *name }</button></li>
                            }
                        }) }
                    </ol>
                </nav>
                <div class="code-page" ref={page} tabindex="0" role="region" aria-label="The source; lines that ran are marked">
                    <ol class="code-lines">{ for shown.text.iter().map(line) }</ol>
                </div>
            </div>
            <footer class="code-foot">
                <span class="code-legend"><i class="code-bar" aria-hidden="true"></i>{ " a line with a bar ran for this event" }</span>
                <span class={note} data-compiled={shown.is_compiled.map(|same| if same { "true" } else { "false" })}>{ shown.note }</span>
                if !shown.text.is_empty() {
                    <button type="button" class="text" data-control="code-expand" onclick={expand}>
                        { if shown.expanded { "Only the function" } else { "The whole file" } }</button>
                }
            </footer>
        </>
    }
}

fn line(line: &Line) -> Html {
    let (class, said) = match line.ran {
        Some(true) => ("ran", "ran: "),
        Some(false) => ("not", "did not run: "),
        None => ("", ""),
    };
    let ran = line.ran.map(|ran| if ran { "true" } else { "false" });
    html! {
        <li key={line.number} class={class} data-line={line.number.to_string()} data-ran={ran}>
            <span class="code-number" aria-hidden="true">{ line.number }</span>
            <code>
                if !said.is_empty() { <span class="unseen">{ said }</span> }
                { for line.pieces.iter().map(|(tint, text)| match tint {
                    Tint::Plain => html! { { text.clone() } },
                    Tint::Comment => html! { <i>{ text.clone() }</i> },
                    Tint::Keyword => html! { <b>{ text.clone() }</b> },
                    Tint::Quoted => html! { <q>{ text.clone() }</q> },
                }) }
            </code>
        </li>
    }
}
