//! The panel of consistency models: the figure, and the model that is explained.

use netsplit_studio::Intent;
use netsplit_studio::desk::DeskIntent;
use netsplit_studio::models::{BOX, HEIGHT, ModelBox, ModelCard, ModelsIntent, ModelsScene, Tiny, WIDTH};
use yew::prelude::*;

use crate::panels::bulb;
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct ModelsProps {
    pub(crate) panel: Shared<Option<ModelsScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The panel.
#[component]
pub(crate) fn ModelsPanel(props: &ModelsProps) -> Html {
    let Some(scene) = &*props.panel else { return Html::default() };
    html! {
        <section class="models" data-busy={scene.busy.to_string()}>
            <p class="small">{ "What this run’s clients saw, judged by each model of consistency. What stands above implies what hangs below it." }</p>
            <svg class="lattice" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} role="group" aria-label="Consistency models, strong ones above">
                { for scene.lines.iter().map(|[x, y, to_x, to_y]| html! {
                    <path class="implies" d={format!("M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}")} />
                }) }
                { for scene.boxes.iter().map(|model| self::model(model, &props.on)) }
            </svg>
            <p class="keys small">
                <span>{ bulb("holds") }{ " kept" }</span><span>{ bulb("broken") }{ " broken" }</span><span>{ bulb("unknown") }{ " not known" }</span>
                <span><svg viewBox="0 0 20 12" aria-hidden="true"><rect class="none" x="1" y="1" width="18" height="10" rx="2" /></svg>{ " not while the network is cut" }</span>
                <span><svg viewBox="0 0 20 12" aria-hidden="true"><rect class="sticky" x="1" y="1" width="18" height="10" rx="2" /></svg>{ " if you stay with your copies" }</span>
                <span><svg viewBox="0 0 20 12" aria-hidden="true"><rect class="total" x="1" y="1" width="18" height="10" rx="2" /></svg>{ " always" }</span>
            </p>
            <p class="small" data-control="models-status">{ scene.status.clone() }</p>
            { card(&scene.card, &props.on) }
        </section>
    }
}

fn model(model: &ModelBox, on: &Callback<Intent>) -> Html {
    let name = model.name;
    let choose =
        move |on: &Callback<Intent>| on.emit(Intent::Desk(DeskIntent::Models(ModelsIntent::Chose(name))));
    let clicked = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| choose(&on))
    };
    let pushed = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" || event.key() == " " {
                event.prevent_default();
                event.stop_propagation();
                choose(&on);
            }
        })
    };
    let (x, y) = (model.at.0 - BOX.0 / 2.0, model.at.1 - BOX.1 / 2.0);
    let words = match model.state.as_str() {
        "holds" => "kept by this run",
        "broken" => "broken by this run",
        "unknown" => "not known for this run",
        _ => "not judged yet",
    };
    let seen = model.lines.join(" ");
    let named = if seen == model.title { seen } else { format!("{seen}: {}", model.title) };
    let first = model.at.1 + if model.lines.len() > 1 { -3.0 } else { 4.0 };
    html! {
        <g class={classes!("model", model.state.clone(), model.availability, model.chosen.then_some("chosen"))} role="button" tabindex="0"
            aria-label={format!("{named}, {words}")} aria-pressed={model.chosen.to_string()}
            data-model={name} data-state={model.state.clone()} onclick={clicked} onkeydown={pushed}>
            <rect x={px(x)} y={px(y)} width={px(BOX.0)} height={px(BOX.1)} rx="4" />
            // One text with a space between its lines, so that it is read as it is seen.
            <text>
                { for model.lines.iter().enumerate().map(|(line, text)| html! {
                    <><tspan x={px(model.at.0)} y={px(first + 12.0 * line as f64)}>{ *text }</tspan>{ " " }</>
                }) }
            </text>
            <g class="sign" transform={format!("translate({:.1} {:.1})", x + BOX.0 - 7.0, y - 5.0)}>
                { match model.state.as_str() {
                    "holds" => html! { <circle class="on" cx="5" cy="5" r="5" /> },
                    "broken" => html! { <><circle class="behind" cx="5" cy="5" r="6" /><path d="M1 1l8 8M9 1 1 9" /></> },
                    "unknown" => html! { <circle class="hollow" cx="5" cy="5" r="4.5" /> },
                    _ => Html::default(),
                } }
            </g>
        </g>
    }
}

fn card(card: &ModelCard, on: &Callback<Intent>) -> Html {
    let go = card.at.map(|at| on.reform(move |_: MouseEvent| Intent::Scrubbed(at)));
    html! {
        <div class="model-card" data-card={card.name}>
            <h3>{ card.title }</h3>
            <p>{ card.words }</p>
            <p class="small">{ card.availability }{ " " }{ card.note }</p>
            if !card.implies.is_empty() { <p class="small">{ "Who keeps it also keeps: " }{ card.implies.clone() }{ "." }</p> }
            <p class={classes!("found", card.state.clone())}>
                { bulb(&card.state) }
                { match card.state.as_str() {
                    "holds" => "This run kept it.",
                    "broken" => "This run broke it: ",
                    "unknown" => "It can’t be told of this run: ",
                    _ => "This run was not judged yet.",
                } }
                { card.sentence.clone() }
                if let Some(go) = go {
                    { " " }<button type="button" class="text" data-control="models-go" onclick={go}>{ "go to that moment" }</button>
                }
            </p>
            <h4>{ "The smallest way to break it" }</h4>
            { tiny(&card.tiny) }
            <p class="small">{ card.tiny.sentence.clone() }</p>
        </div>
    }
}

fn tiny(tiny: &Tiny) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label="A history that breaks it">
            <svg class="operations tiny" role="img" aria-label={tiny.sentence.clone()} width={px(tiny.width)} height={px(tiny.height)}
                viewBox={format!("0 0 {} {}", tiny.width, tiny.height)}>
                { for tiny.lanes.iter().map(|(y, name)| html! {
                    <>
                        <path class="lane" d={format!("M22 {y:.1}H{:.1}", tiny.width)} />
                        <text class="session" x="0" y={px(y + 4.0)}>{ name.clone() }</text>
                    </>
                }) }
                { for tiny.bars.iter().map(|(from, to, y, text, is_read, lit)| {
                    let width = to - from;
                    html! {
                        <g class={classes!("op", is_read.then_some("read"), lit.then_some("lit"))}>
                            <rect x={px(*from)} y={px(y - 9.0)} width={px(width)} height="18" rx="3" />
                            <text x={px(from + width / 2.0)} y={px(y + 4.0)}>{ text.clone() }</text>
                        </g>
                    }
                }) }
            </svg>
        </div>
    }
}
