//! The page that judges histories: a place to drop a file, what each model says, and the operations.

use netsplit_studio::Intent;
use netsplit_studio::desk::DeskIntent;
use netsplit_studio::histories::{
    Bar, FILE_BYTES, HistoryIntent, HistoryPage, HistoryScene, HistoryVerdict, Timeline,
};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{DragEvent, File, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct HistoryProps {
    pub(crate) page: Shared<Option<HistoryPage>>,
    pub(crate) on: Callback<Intent>,
}

fn say(on: &Callback<Intent>, intent: HistoryIntent) {
    on.emit(Intent::Desk(DeskIntent::History(intent)));
}

/// Reads a file and hands it on.
fn read(on: &Callback<Intent>, file: &File) {
    let name = file.name();
    if file.size() > f64::from(FILE_BYTES) {
        let why = format!("{name}: expected a file of at most {} MB", FILE_BYTES >> 20);
        return say(on, HistoryIntent::Refused(why));
    }
    let gave = {
        let (on, name) = (on.clone(), name.clone());
        Closure::once_into_js(move |text: wasm_bindgen::JsValue| {
            say(&on, HistoryIntent::Gave { name, text: text.as_string().unwrap_or_default() });
        })
    };
    let refused = {
        let on = on.clone();
        Closure::once_into_js(move |_: wasm_bindgen::JsValue| {
            say(&on, HistoryIntent::Refused(format!("{name}: the browser could not read this file")));
        })
    };
    // The promise of a file's text; each of the two functions is called at most once.
    let then = js_sys::Reflect::get(&file.text(), &"then".into())
        .ok()
        .and_then(|then| then.dyn_into::<js_sys::Function>().ok());
    if let Some(then) = then {
        let _ = then.call2(&file.text(), &gave, &refused);
    }
}

/// The page.
#[component]
pub(crate) fn HistoryView(props: &HistoryProps) -> Html {
    let over = use_state_eq(|| false);
    let Some(page) = &*props.page else { return Html::default() };
    let on = &props.on;
    let dropped = {
        let (on, over) = (on.clone(), over.clone());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            if let Some(file) =
                event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0))
            {
                read(&on, &file);
            }
        })
    };
    let dragged = |is_over: bool| {
        let over = over.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(is_over);
        })
    };
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
    let example = on.reform(|_: MouseEvent| Intent::Desk(DeskIntent::History(HistoryIntent::Example)));
    html! {
        <main class={if *over { "page judging over" } else { "page judging" }} ondrop={dropped}
            ondragover={dragged(true)} ondragleave={dragged(false)}>
            <h2>{ "Judge a history" }</h2>
            <p>{ "A history is what the clients of a system saw: who asked what, when, and what the answer was. Give one of any system, \
                  and every model of consistency here says whether it kept its promise, and if not, by which operations." }</p>
            <p class="buttons">
                <label class="file"><input type="file" data-control="history-file" onchange={chosen} /><span>{ "Choose a file" }</span></label>
                <span>{ "or drop one here" }</span>
                <button type="button" class="text" data-control="history-example" onclick={example}>{ "Show an example" }</button>
            </p>
            <p class="small">{ "JSON lines, Jepsen’s EDN, and both of Porcupine’s text forms. The file stays on your machine." }</p>
            if !page.problem.is_empty() { <p class="problem" role="alert">{ page.problem.clone() }</p> }
            if !page.reading.is_empty() { <p role="status">{ format!("Reading and judging {} …", page.reading) }</p> }
            if let Some(scene) = &page.open { { history(scene, on) } }
        </main>
    }
}

fn history(scene: &HistoryScene, on: &Callback<Intent>) -> Html {
    let choose = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                say(&on, HistoryIntent::ChoseKey(select.value()));
            }
        })
    };
    html! {
        <>
            <h3 data-control="history-name">{ scene.name.clone() }</h3>
            <p>{ scene.summary.clone() }</p>
            { lamps("Not kept", scene, on, |state| state != "holds") }
            <div class="timeline-head">
                <h3>{ "The operations" }</h3>
                if !scene.keys.is_empty() {
                    <label>{ "Key " }<select data-control="history-key" onchange={choose}>
                        <option value="" selected={scene.key.is_empty()}>{ "all" }</option>
                        { for scene.keys.iter().map(|key| html! { <option value={key.clone()} selected={*key == scene.key}>{ key.clone() }</option> }) }
                    </select></label>
                }
            </div>
            <p class="small">{ "Each bar reaches from the call to the return; only the order counts, not the length. A dashed bar has no known outcome. \
                                Dots are moments at which the operations may have taken effect; a history without such an order has none." }</p>
            { timeline(&scene.timeline) }
            if !scene.timeline.note.is_empty() { <p class="small">{ scene.timeline.note.clone() }</p> }
            { lamps("Kept", scene, on, |state| state == "holds") }
        </>
    }
}

/// The verdicts of some states, under a heading; nothing if there are none.
fn lamps(
    heading: &'static str,
    scene: &HistoryScene,
    on: &Callback<Intent>,
    shown: fn(&str) -> bool,
) -> Html {
    let mut of = scene.verdicts.iter().filter(|verdict| shown(&verdict.state)).peekable();
    if of.peek().is_none() {
        return Html::default();
    }
    html! {
        <>
            <h3>{ heading }</h3>
            <ul class="lamps" aria-label={heading}>{ for of.map(|verdict| self::verdict(verdict, on)) }</ul>
        </>
    }
}

fn verdict(verdict: &HistoryVerdict, on: &Callback<Intent>) -> Html {
    let name = verdict.name.clone();
    let toggle = on.reform(move |_: MouseEvent| {
        Intent::Desk(DeskIntent::History(HistoryIntent::ChoseModel(name.clone())))
    });
    let state = verdict.state.clone();
    html! {
        <li class={classes!("lamp", state.clone())} data-verdict={verdict.name.clone()} data-state={state.clone()}>
            <button type="button" onclick={toggle} aria-expanded={verdict.chosen.to_string()}>
                { crate::panels::bulb(&state) }
                <span class="title">{ verdict.title.clone() }</span><span class="state">{ state }</span>
            </button>
            if verdict.chosen && !verdict.sentence.is_empty() { <div class="witness"><p>{ verdict.sentence.clone() }</p></div> }
        </li>
    }
}

fn timeline(timeline: &Timeline) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label="Operations">
            <svg class="operations" width={px(timeline.width)} height={px(timeline.height)} viewBox={format!("0 0 {} {}", timeline.width, timeline.height)}>
                { for timeline.lanes.iter().map(|(y, name)| html! {
                    <>
                        <path class="lane" d={format!("M44 {y:.1}H{:.1}", timeline.width)} />
                        <text class="session" x="0" y={px(y + 4.0)}>{ name.clone() }</text>
                    </>
                }) }
                { for timeline.bars.iter().map(bar) }
            </svg>
        </div>
    }
}

fn bar(bar: &Bar) -> Html {
    let width = (bar.to - bar.from).max(6.0);
    let class = classes!(
        "op",
        bar.is_read.then_some("read"),
        (!bar.known).then_some("unknown"),
        bar.lit.then_some("lit")
    );
    html! {
        <g {class} role="img" aria-label={bar.spoken.clone()} data-lit={bar.lit.to_string()}>
            <title>{ bar.spoken.clone() }</title>
            <rect x={px(bar.from)} y={px(bar.y - 10.0)} width={px(width)} height="20" rx="3" />
            if !bar.label.is_empty() { <text x={px(bar.from + width / 2.0)} y={px(bar.y + 4.0)}>{ bar.label.clone() }</text> }
            if let Some(x) = bar.point { <circle class="point" cx={px(x)} cy={px(bar.y - 10.0)} r="3" /> }
        </g>
    }
}
