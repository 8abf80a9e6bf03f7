//! The card that shares the run: its link, its code for the back row, its frame for other pages, what may be touched in it,
//! and its files and pictures; and what drops in from outside.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use netsplit_studio::desk::DeskIntent;
use netsplit_studio::share::code::Code;
use netsplit_studio::share::files::File as Saved;
use netsplit_studio::share::locks::LockedScene;
use netsplit_studio::share::picture::{Form, Of};
use netsplit_studio::share::{Card, Copied, FILE_BYTES, LEAST_FRAME, LockRow, ShareIntent};
use netsplit_studio::{Intent, Route};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{DragEvent, Element, File, HtmlDialogElement, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::icons::{Icon, icon};
use crate::platform;
use crate::shell::{Msg, Shell};

#[derive(Properties, PartialEq)]
pub(crate) struct ShareProps {
    pub(crate) card: Card,
    pub(crate) on: Callback<Intent>,
}

/// The link, always in a field that can be selected, and below it every other way to hand the run on.
#[component]
pub(crate) fn ShareCard(props: &ShareProps) -> Html {
    let (card, on) = (&props.card, &props.on);
    let field = use_node_ref();
    {
        let field = field.clone();
        // Only when the card opens: who locks something below must not be thrown back up here.
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        });
    }
    let share = |intent: ShareIntent| on.reform(move |_: MouseEvent| Intent::Share(intent.clone()));
    let close = on.reform(|_: MouseEvent| Intent::ClosedShare);
    html! {
        <section class="share" role="dialog" aria-label="Share this run">
            <div class="share-head">
                <h2>{ "Share this run" }</h2>
                <button type="button" class="quiet" data-control="share-close" aria-label="Close" onclick={close}>{ icon(Icon::Close) }</button>
            </div>
            <section class="share-part" aria-label="Link">
                <p role="status">{ said(card) }</p>
                if !card.address.is_empty() {
                    <div class="row">
                        <input ref={field} type="text" readonly=true data-control="link" aria-label="Link"
                            value={card.address.clone()} />
                        <button type="button" data-control="copy-link" onclick={share(ShareIntent::CopyLink)}>{ "Copy" }</button>
                    </div>
                }
                <p class="small">{ card.opens.clone() }</p>
            </section>
            <details class="share-part" name="share">
                <summary data-control="share-code">{ "QR code" }</summary>
                { match &card.code {
                    Ok(code) => html! {
                        <div class="share-code">
                            { squares(code) }
                            <div>
                                <p class="small">{ code.words.clone() }</p>
                                <button type="button" data-control="show-code" onclick={share(ShareIntent::ShowedCode(true))}>
                                    { "Show it on the whole screen" }</button>
                            </div>
                        </div>
                    },
                    Err(why) => html! { <p data-refused="true">{ why.clone() }</p> },
                } }
            </details>
            if !card.embed.is_empty() {
                <details class="share-part" name="share">
                    <summary data-control="share-embed">{ "In another page" }</summary>
                    <p class="small">{ format!("Stage and time bar without the rest. It fills its frame, from {} by {} pixels up: change the two numbers.", LEAST_FRAME.0, LEAST_FRAME.1) }</p>
                    <textarea class="mono" rows="4" readonly=true data-control="embed" aria-label="Snippet for another page"
                        onfocus={Callback::from(|event: FocusEvent| {
                            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() { area.select(); }
                        })} value={card.embed.clone()} />
                    <button type="button" data-control="copy-embed" onclick={share(ShareIntent::CopyEmbed)}>{ "Copy the snippet" }</button>
                </details>
                <details class="share-part" name="share">
                    <summary data-control="share-locks">{ "What may be touched" }</summary>
                    <p class="small">{ "Those who open the link can’t do what is locked, and are told so. It is for teaching, not for safety: the same page offers them a copy without locks. The run and its hash stay the same." }</p>
                    { for card.locks.iter().map(|row| lock(row, on)) }
                </details>
            }
            <details class="share-part" name="share">
                <summary data-control="share-files">{ "Files" }</summary>
                { files(on) }
            </details>
            <details class="share-part" name="share">
                <summary data-control="share-pictures">{ "Pictures" }</summary>
                <p class="small">{ "The stage as it is now, with its messages, and the space-time diagram as its view has it, in colours of its own on white paper. Charts are saved below each of them." }</p>
                <p class="exports">
                    <button type="button" data-control="save-stage-svg" onclick={share(ShareIntent::Pictured(Of::Stage, Form::Svg))}>{ "Stage as SVG" }</button>
                    <button type="button" data-control="save-stage-png" onclick={share(ShareIntent::Pictured(Of::Stage, Form::Png))}>{ "Stage as PNG" }</button>
                    <button type="button" data-control="save-spacetime-svg" onclick={share(ShareIntent::Pictured(Of::SpaceTime, Form::Svg))}>{ "Space-time as SVG" }</button>
                    <button type="button" data-control="save-spacetime-png" onclick={share(ShareIntent::Pictured(Of::SpaceTime, Form::Png))}>{ "Space-time as PNG" }</button>
                </p>
            </details>
            if let (true, Ok(code)) = (card.showing, &card.code) {
                <Wall code={code.clone()} address={card.address.clone()} on={on.clone()} />
            }
        </section>
    }
}

fn said(card: &Card) -> &'static str {
    match (card.copied, card.what) {
        _ if card.address.is_empty() => "This run is too long for a link.",
        (None, _) => "A link opens exactly this run.",
        (Some(true), Copied::Link) => "The link is in your clipboard.",
        (Some(true), Copied::Embed) => "The snippet is in your clipboard.",
        (Some(false), _) => "The browser does not let this page copy. Select the text and copy it yourself.",
    }
}

/// The code's squares, always dark on white: a reader needs that.
fn squares(code: &Code) -> Html {
    html! {
        <svg class="squares" viewBox={format!("0 0 {0} {0}", code.side)} shape-rendering="crispEdges" role="img"
            aria-label="QR code of the link">
            <rect class="light" width="100%" height="100%" />
            <path class="dark" d={code.path.clone()} />
        </svg>
    }
}

fn lock(row: &LockRow, on: &Callback<Intent>) -> Html {
    let lock = row.lock;
    let toggle = on.reform(move |_: Event| Intent::Share(ShareIntent::Locked(lock)));
    html! {
        <label class="check" key={lock.id()}>
            <input type="checkbox" data-control={format!("lock-{}", lock.id())} checked={row.locked} onchange={toggle} />
            <span>{ format!("Lock {}", row.title) }</span>
        </label>
    }
}

fn files(on: &Callback<Intent>) -> Html {
    let save = |file: Saved| on.reform(move |_: MouseEvent| Intent::Share(ShareIntent::Saved(file)));
    let chosen = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                read(&on, &file);
            }
            // So that the same file can be chosen again.
            input.set_value("");
        })
    };
    html! {
        <>
            <p class="small">{ "The scenario is text that people can write, too (TOML). Drop such a file anywhere on the lab, or choose one, and it opens." }</p>
            <p class="exports">
                <button type="button" data-control="save-scenario" onclick={save(Saved::Scenario)}>{ "Save the scenario" }</button>
                <label class="file"><input type="file" data-control="scenario-file" accept=".toml,.txt,text/plain" onchange={chosen} /><span>{ "Open a scenario" }</span></label>
            </p>
            <p class="small">{ "The whole run up to the playhead: scenario, link, hash, history and figures; or only what was measured." }</p>
            <p class="exports">
                <button type="button" data-control="save-run" onclick={save(Saved::Run)}>{ "Run as JSON" }</button>
                <button type="button" data-control="save-figures" onclick={save(Saved::Figures)}>{ "Figures as CSV" }</button>
            </p>
            <p class="small">{ "What its clients saw, up to the playhead, in the words of other tools:" }</p>
            <p class="exports">
                { for netsplit_lab::files::forms().into_iter().map(|(name, title)| {
                    let save = on.reform(move |_: MouseEvent| Intent::Desk(DeskIntent::Exported(name.to_owned())));
                    html! { <button type="button" data-control={format!("export-{name}")} onclick={save}>{ title }</button> }
                }) }
            </p>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct WallProps {
    code: Code,
    address: String,
    on: Callback<Intent>,
}

/// The code on the whole screen, as the browser's own modal dialog: Escape closes it.
#[component]
fn Wall(props: &WallProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                let _ = dialog.show_modal();
            }
        });
    }
    let closed = props.on.reform(|event: Event| {
        // Escape closes it without us; the studio must learn of that.
        event.stop_propagation();
        Intent::Share(ShareIntent::ShowedCode(false))
    });
    let close = props.on.reform(|_: MouseEvent| Intent::Share(ShareIntent::ShowedCode(false)));
    html! {
        <dialog class="share-wall" ref={dialog} aria-label="QR code of the link" onclose={closed}>
            { squares(&props.code) }
            // Long addresses scroll, which a keyboard must be able to do.
            <p class="mono" tabindex="0">{ props.address.clone() }</p>
            <button type="button" class="quiet" data-control="code-close" aria-label="Close" onclick={close}>{ icon(Icon::Close) }</button>
        </dialog>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct LockedProps {
    pub(crate) locked: LockedScene,
}

/// What is locked in this run, and the honest way out.
#[component]
pub(crate) fn LockedLine(props: &LockedProps) -> Html {
    html! {
        <p class="share-locked" data-locked="true">
            { props.locked.text.clone() }
            if !props.locked.unlocked.is_empty() {
                { " " }<a href={props.locked.unlocked.clone()} data-control="unlock">{ "Open a copy unlocked" }</a>
            }
        </p>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct EmbedProps {
    pub(crate) code: String,
}

/// Below an embedded run: the way to the whole page.
#[component]
pub(crate) fn EmbedFoot(props: &EmbedProps) -> Html {
    let address = format!("{}{}", platform::base(), Route::Run(props.code.clone()).print());
    html! {
        <p class="embed-foot"><a href={address} target="_blank" rel="noopener" data-control="open-whole">{ "Open in Netsplit" }</a></p>
    }
}

fn refuse(on: &Callback<Intent>, why: String) {
    on.emit(Intent::Share(ShareIntent::Refused(why)));
}

/// Reads a scenario file and hands it on.
fn read(on: &Callback<Intent>, file: &File) {
    let name = file.name();
    if file.size() > FILE_BYTES as f64 {
        let most = FILE_BYTES >> 20;
        return refuse(on, format!("{name}: expected a scenario of at most {most} MB. Nothing was changed."));
    }
    let gave = {
        let (on, name) = (on.clone(), name.clone());
        Closure::once_into_js(move |text: wasm_bindgen::JsValue| {
            let text = text.as_string().unwrap_or_default();
            on.emit(Intent::Share(ShareIntent::Gave { name, text }));
        })
    };
    let refused = {
        let on = on.clone();
        Closure::once_into_js(move |_: wasm_bindgen::JsValue| {
            refuse(&on, format!("{name}: the browser could not read this file."));
        })
    };
    // The promise of a file's text; each of the two functions is called at most once.
    let text = file.text();
    let then = js_sys::Reflect::get(&text, &"then".into())
        .ok()
        .and_then(|then| then.dyn_into::<js_sys::Function>().ok());
    if let Some(then) = then {
        let _ = then.call2(&text, &gave, &refused);
    }
}

/// Whether files are dragged, and the lab is open, which takes them.
fn is_for_us(event: &DragEvent) -> bool {
    let has_files = event.data_transfer().is_some_and(|data| {
        data.types().iter().any(|kind| kind.as_string().is_some_and(|kind| kind == "Files"))
    });
    has_files && Route::parse(&platform::hash()).is_lab()
}

fn mark(dragged: bool) {
    let Some(root) = document().document_element() else { return };
    let _ = if dragged {
        Element::set_attribute(&root, "data-dropping", "")
    } else {
        Element::remove_attribute(&root, "data-dropping")
    };
}

/// Takes scenario files that are dropped anywhere on the lab.
pub(crate) fn drops(ctx: &Context<Shell>) -> Vec<EventListener> {
    let on = ctx.link().callback(Msg::Meant);
    let listen = |name: &'static str, act: Box<dyn Fn(&DragEvent)>| {
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window(), name, options, move |event| {
            if let Some(event) = event.dyn_ref::<DragEvent>() {
                act(event);
            }
        })
    };
    vec![
        listen(
            "dragover",
            Box::new(|event| {
                if is_for_us(event) {
                    event.prevent_default();
                    mark(true);
                }
            }),
        ),
        // Leaving one element for another inside of the page is no leaving: only the window's edge has no next.
        listen(
            "dragleave",
            Box::new(|event| {
                if event.related_target().is_none() {
                    mark(false);
                }
            }),
        ),
        listen(
            "drop",
            Box::new(move |event| {
                mark(false);
                if !is_for_us(event) {
                    return;
                }
                event.prevent_default();
                let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
                if let Some(file) = file {
                    read(&on, &file);
                }
            }),
        ),
    ]
}
