//! Each client's operations over time, from call to return, as SVG; and a card that says why the selected one got what it got.

use netsplit_studio::Intent;
use netsplit_studio::dock::DockIntent;
use netsplit_studio::operations::{Band, Bar, Card, OperationsIntent, OperationsScene, ROW, State};
use netsplit_studio::selection::Selected;
use netsplit_studio::timebar::Trouble;
use yew::prelude::*;

use crate::hand::{Hand, use_hand, window_buttons, window_key};
use crate::icons::{Icon, icon};
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct OperationsProps {
    pub(crate) scene: Shared<Option<OperationsScene>>,
    pub(crate) on: Callback<Intent>,
}

/// What a key means on the timeline.
fn key(event: &KeyboardEvent, scene: &OperationsScene) -> Option<Intent> {
    let own = |intent| Some(Intent::Dock(DockIntent::Operations(intent)));
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    if let Some(intent) = window_key(event) {
        return own(OperationsIntent::Window(intent));
    }
    match event.key().as_str() {
        "ArrowLeft" => own(OperationsIntent::Walked(-1)),
        "ArrowRight" => own(OperationsIntent::Walked(1)),
        "ArrowUp" => own(OperationsIntent::Crossed(-1)),
        "ArrowDown" => own(OperationsIntent::Crossed(1)),
        "Escape" if scene.card.is_some() => own(OperationsIntent::Unselected),
        "Enter" => {
            let (call, answer) = scene.card.as_ref()?.events;
            Some(Intent::WentTo(answer.unwrap_or(call)))
        }
        _ => None,
    }
}

/// The view.
#[component]
pub(crate) fn OperationsView(props: &OperationsProps) -> Html {
    let (frame, ground) = (use_node_ref(), use_node_ref());
    let own: Callback<OperationsIntent> =
        props.on.reform(|intent| Intent::Dock(DockIntent::Operations(intent)));
    let hand = {
        let own = own.clone();
        Callback::from(move |hand| match hand {
            Hand::Window(intent) => own.emit(OperationsIntent::Window(intent)),
            Hand::Sized(size) => own.emit(OperationsIntent::Sized(size)),
            // The bars take their presses themselves.
            Hand::Pressed(..) => {}
        })
    };
    use_hand(&frame, &ground, hand);
    let onkeydown = {
        let (scene, on) = (props.scene.clone(), props.on.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(scene) = &*scene else { return };
            if let Some(intent) = key(&event, scene) {
                event.prevent_default();
                event.stop_propagation();
                on.emit(intent);
            }
        })
    };
    let scene = props.scene.as_ref();
    let window = own.reform(OperationsIntent::Window);
    let card = scene.and_then(|scene| scene.card.as_ref());
    html! {
        <div class="op-view">
            <div class="op-bar">
                { window_buttons(scene.is_some_and(|scene| scene.follows), &window) }
                <p class="op-legend"><span class="op-key read">{ "read" }</span><span class="op-key write">{ "write" }</span>
                    <span class="op-key unknown">{ "outcome unknown" }</span></p>
            </div>
            if let Some(scene) = scene {
                <p class="op-words">{ "A bar reaches from call to answer. Press one to see why it got what it got. " }
                    { scene.verdict.clone() }{ " " }{ scene.note.clone() }</p>
            }
            <div class={if card.is_some() { "op-body with-card" } else { "op-body" }}>
                <div class="op-frame" ref={frame}>
                    <div class="op-ground" ref={ground} id="operations" tabindex="0" role="application"
                        aria-label="Operations of the clients" aria-roledescription="timeline"
                        aria-describedby="op-summary op-keys" {onkeydown}
                        data-bars={scene.map(|scene| scene.bars.len().to_string())}
                        data-points={scene.map(|scene| scene.bars.iter().filter(|bar| bar.point.is_some()).count().to_string())}
                        data-follows={scene.map(|scene| scene.follows.to_string())}>
                        if let Some(scene) = scene { { drawing(scene, &own) } }
                    </div>
                </div>
                if let Some(card) = card { { explained(card, &props.on) } }
            </div>
            <p class="unseen" id="op-summary">{ scene.map(|scene| scene.summary.clone()).unwrap_or_default() }</p>
            <p class="unseen" id="op-keys">{ "Arrows go from operation to operation and from client to client, Enter takes the \
                playhead there, Shift and arrows move the time, plus and minus zoom, F follows the playhead." }</p>
            if let Some(scene) = scene.filter(|scene| !scene.told.is_empty()) {
                <ol class="unseen" aria-label="Operations in view">
                    { for scene.told.iter().map(|(op, text)| html! { <li data-op={op.0.to_string()}>{ text.clone() }</li> }) }
                </ol>
            }
        </div>
    }
}

fn drawing(scene: &OperationsScene, on: &Callback<OperationsIntent>) -> Html {
    let (left, right) = scene.plot;
    html! {
        <svg class="op-plot" width={px(scene.size.width)} height={px(scene.size.height)}
            viewBox={format!("0 0 {:.1} {:.1}", scene.size.width, scene.size.height)} aria-hidden="true">
            { for scene.bands.iter().map(|band| self::band(band, scene.axis)) }
            { for scene.ticks.iter().map(|(x, text)| html! {
                <>
                    <path class="op-tick" d={format!("M{x:.1} 0V{:.1}", scene.axis + 3.0)} />
                    if *x + 14.0 < scene.size.width {
                        <text class="op-number" x={px(*x)} y={px(scene.axis + 16.0)}>{ text.clone() }</text>
                    }
                </>
            }) }
            if !scene.lanes.is_empty() { <text class="op-unit" x="2" y={px(scene.axis + 16.0)}>{ "ms" }</text> }
            { for scene.lanes.iter().map(|lane| html! {
                <>
                    <text class="op-client" x="2" y={px(lane.y + lane.height / 2.0 + 4.0)}>{ lane.name.clone() }</text>
                    <path class="op-lane" d={format!("M{left:.1} {:.1}H{right:.1}", lane.y + lane.height + 4.0)} />
                </>
            }) }
            { for scene.bars.iter().map(|bar| self::bar(bar, on)) }
            if let Some(x) = scene.playhead { <path class="op-now" d={format!("M{x:.1} 0V{:.1}", scene.axis)} /> }
        </svg>
    }
}

fn band(band: &Band, height: f64) -> Html {
    let class = match band.trouble {
        Trouble::Cut => "op-band cut",
        Trouble::Down => "op-band down",
        Trouble::Paused => "op-band paused",
        Trouble::Odd => "op-band odd",
    };
    html! {
        <rect {class} x={px(band.from)} y="0" width={px((band.to - band.from).max(1.0))} height={px(height)}><title>{ band.text.clone() }</title></rect>
    }
}

fn bar(bar: &Bar, on: &Callback<OperationsIntent>) -> Html {
    let op = bar.op;
    let press = on.reform(move |_: MouseEvent| OperationsIntent::Pressed(op));
    let state = match bar.state {
        State::Done => "done",
        State::Pending => "pending",
        State::Unknown => "unknown",
        State::Refused => "refused",
    };
    let class = classes!(
        "op-one",
        state,
        if bar.is_read { "read" } else { "write" },
        bar.witness.then_some("witness"),
        bar.selected.then_some("selected")
    );
    let (y, height) = (bar.y + 1.0, ROW - 3.0);
    let width = bar.to - bar.from;
    html! {
        <g key={op.0} {class} data-op={op.0.to_string()} data-state={state} data-witness={bar.witness.to_string()}
            data-from={format!("{:.1}", bar.from)} data-to={format!("{:.1}", bar.to)} onclick={press}>
            <title>{ bar.text.clone() }</title>
            <rect x={px(bar.from)} y={px(y)} width={px(width)} height={px(height)} rx="2" />
            if bar.state == State::Pending {
                <path class="op-open" d={format!("M{:.1} {y:.1}l5 {:.1}l-5 {:.1}", bar.to, height / 2.0, height / 2.0)} />
            }
            if !bar.label.is_empty() {
                <text x={px(bar.from + 4.0)} y={px(y + height / 2.0 + 4.0)}>{ bar.label.clone() }</text>
            }
            if let Some(x) = bar.point {
                <path class="op-point" d={format!("M{x:.1} {:.1}V{:.1}", y - 1.0, y + height + 1.0)} />
            }
        </g>
    }
}

fn explained(card: &Card, on: &Callback<Intent>) -> Html {
    let close = on.reform(|_: MouseEvent| Intent::Selected(None));
    let go = |event| on.reform(move |_: MouseEvent| Intent::WentTo(event));
    html! {
        <section class="op-card" aria-label="The selected operation" tabindex="0" data-op={card.op.0.to_string()}>
            <header>
                <p class="op-title">{ card.title.clone() }</p>
                <button type="button" class="quiet" data-control="operation-close" aria-label="Close" onclick={close}>{ icon(Icon::Close) }</button>
            </header>
            { for card.broken.iter().map(|(title, sentence)| html! {
                <p class="op-broken"><b>{ format!("{title}: broken. ") }</b>{ sentence.clone() }</p>
            }) }
            { for card.lines.iter().map(|line| html! { <p>{ line.clone() }</p> }) }
            <p class="op-ways">
                <button type="button" class="text" data-control="operation-call" onclick={go(card.events.0)}>{ "Go to the call" }</button>
                if let Some(answer) = card.events.1 {
                    <button type="button" class="text" data-control="operation-answer" onclick={go(answer)}>{ "Go to the answer" }</button>
                }
                if let Some((write, words)) = &card.source {
                    <button type="button" class="text" data-control="operation-source"
                        onclick={{ let write = *write; on.reform(move |_: MouseEvent| Intent::Selected(Some(Selected::Operation(write)))) }}>
                        { format!("Show that write: {words}") }
                    </button>
                }
            </p>
        </section>
    }
}
