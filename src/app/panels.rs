//! What the clients saw: lamps, what the last change did, charts, figures.

use netsplit_studio::Intent;
use netsplit_studio::panels::{Figure, Lamp, Since, Trend};
use netsplit_studio::studio::Panel;
use yew::prelude::*;

use crate::shared::Shared;

#[derive(Properties, PartialEq)]
pub(crate) struct LampsProps {
    pub(crate) lamps: Shared<Vec<Lamp>>,
    /// Whether only lost writes and what is broken are shown, and the rest is counted.
    #[prop_or_default]
    pub(crate) brief: bool,
    pub(crate) on: Callback<Intent>,
}

/// The lamp that is always shown: whether a move loses data is what people ask first.
const FIRST_LAMP: &str = "no-lost-writes";

/// The verdict lamps.
#[component]
pub(crate) fn Lamps(props: &LampsProps) -> Html {
    let shown = |lamp: &&Lamp| !props.brief || lamp.name == FIRST_LAMP || lamp.state == "broken";
    let others = props.lamps.iter().filter(|lamp| !shown(lamp) && lamp.state == "holds").count();
    html! {
        <>
            <ul class="lamps" aria-label="Verdicts">
                { for props.lamps.iter().filter(shown).map(|lamp| self::lamp(lamp, &props.on)) }
            </ul>
            if props.brief {
                <p class="small">{ format!("{others} other verdicts hold. ") }
                    <button type="button" class="text" onclick={props.on.reform(|_: MouseEvent| Intent::Looked(Panel::Clients))}>{ "See all" }</button></p>
            }
        </>
    }
}

/// A lamp's sign: a disc, a cross or a ring.
pub(crate) fn bulb(state: &str) -> Html {
    html! {
        <svg class="bulb" viewBox="0 0 14 14" aria-hidden="true">
            { match state {
                "holds" => html! { <circle cx="7" cy="7" r="5.5" /> },
                "broken" => html! { <path d="M2 2l10 10M12 2 2 12" /> },
                _ => html! { <circle class="hollow" cx="7" cy="7" r="5" /> },
            } }
        </svg>
    }
}

fn lamp(lamp: &Lamp, on: &Callback<Intent>) -> Html {
    let name = lamp.name;
    let toggle = on.reform(move |_: MouseEvent| Intent::ToggledVerdict(name));
    let id = format!("witness-{name}");
    let go = lamp.at.map(|at| on.reform(move |_: MouseEvent| Intent::Scrubbed(at)));
    html! {
        <li class={classes!("lamp", lamp.state)} data-verdict={name} data-state={lamp.state}>
            <button type="button" onclick={toggle} aria-expanded={if lamp.open { "true" } else { "false" }}
                aria-controls={id.clone()}>
                { bulb(lamp.state) }
                <span class="title">{ lamp.title }</span>
                <span class="state">{ lamp.state }</span>
            </button>
            if lamp.open || lamp.state == "broken" {
                <div class="witness" {id}>
                    if lamp.open { <p class="explanation">{ lamp.explanation }</p> }
                    if !lamp.sentence.is_empty() { <p>{ lamp.sentence.clone() }</p> }
                    if lamp.open || lamp.state == "broken" {
                        <p class="small">
                            { if lamp.promised { "Promised by this protocol" } else { "Not promised with these settings" } }
                            if let (Some(go), true) = (go, lamp.open) {
                                { " · " }<button type="button" class="text" onclick={go}>{ "go to that moment" }</button>
                            }
                        </p>
                    }
                </div>
            }
        </li>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct SinceProps {
    pub(crate) since: Shared<Since>,
}

/// What the last change did.
#[component]
pub(crate) fn SinceRow(props: &SinceProps) -> Html {
    let since = &props.since;
    if since.change.is_empty() {
        return html! {
            <p class="since empty">{ "Change something: what it does to the clients will stand here." }</p>
        };
    }
    html! {
        <div class="since">
            <p>{ since.ago.clone() }<b>{ since.change.clone() }</b></p>
            <table>
                <thead><tr><th scope="col"><span class="unseen">{ "Figure" }</span></th><th scope="col">{ "before" }</th>
                    <th aria-hidden="true"></th><th scope="col">{ "since then" }</th></tr></thead>
                <tbody>
                    { for since.rows.iter().map(|(label, before, after, trend)| html! {
                        <tr class={match trend { Trend::Same => "same", Trend::Worse => "worse", Trend::Better => "better" }}>
                            <th scope="row">{ *label }</th>
                            <td>{ before.clone() }</td>
                            <td class="to" aria-hidden="true">{ if *trend == Trend::Same && before == after { "=" } else { "→" } }</td>
                            <td><b>{ after.clone() }</b></td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct FiguresProps {
    pub(crate) figures: Shared<Vec<Figure>>,
}

/// The figures: the first in sight, the others folded. A row's label opens its meaning.
#[component]
pub(crate) fn FiguresTable(props: &FiguresProps) -> Html {
    let rows = |first: bool| {
        props
            .figures
            .iter()
            .filter(move |figure| figure.first == first)
            .map(|figure| html! { <FigureRow key={figure.name.clone()} figure={figure.clone()} /> })
            .collect::<Html>()
    };
    html! {
        <div class="figures">
            <h3>{ "Figures" }</h3>
            <table>
                { head() }
                <tbody>{ rows(true) }</tbody>
            </table>
            <p class="small">{ "– means that nothing was measured. Press a name to see what it means." }</p>
            <details>
                <summary>{ "More figures" }</summary>
                <table>
                    { head() }
                    <tbody>{ rows(false) }</tbody>
                </table>
            </details>
        </div>
    }
}

fn head() -> Html {
    html! {
        <thead>
            <tr>
                <th scope="col"><span class="unseen">{ "Figure" }</span></th>
                <th scope="col">{ "since the last change" }</th>
                <th scope="col">{ "whole run" }</th>
            </tr>
        </thead>
    }
}

#[derive(Properties, PartialEq)]
struct FigureProps {
    figure: Figure,
}

#[component]
fn FigureRow(props: &FigureProps) -> Html {
    let figure = &props.figure;
    let open = use_state(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let cell = |window: &'static str, value: Option<f64>, text: &str| {
        html! {
            <td data-metric={figure.name.clone()} data-window={window} data-value={value.map(|value| value.to_string())}>
                { text.to_owned() }
            </td>
        }
    };
    html! {
        <>
            <tr>
                <th scope="row">
                    <button type="button" class="text" onclick={toggle} aria-expanded={if *open { "true" } else { "false" }}>
                        { figure.title.clone() }
                    </button>
                    if !figure.unit.is_empty() { <span class="unit">{ " " }{ figure.unit }</span> }
                </th>
                { cell("recent", figure.recent, &figure.texts[0]) }
                { cell("run", figure.whole, &figure.texts[1]) }
            </tr>
            if *open { <tr class="meaning"><td colspan="3">{ figure.meaning }{ "." }</td></tr> }
        </>
    }
}
