//! What both runs come to: what differs, what each kept, what each cost, and both in one chart.

use netsplit_studio::Intent;
use netsplit_studio::compare::{CompareIntent, CompareTable, Difference, FigureRow, Preset, VerdictRow};
use netsplit_studio::panels::Trend;
use yew::prelude::*;

use super::CompareProps;
use super::charts::{curves, dots};
use crate::panels::bulb;

/// The panel of a comparison.
#[component]
pub(crate) fn ComparePanel(props: &CompareProps) -> Html {
    let table = (*props.scene).as_ref().and_then(|scene| scene.table.as_ref());
    let Some(table) = table else {
        return html! { <p class="nothing">{ "Press Compare below the stage to put a second run beside this one." }</p> };
    };
    html! {
        <div class="compare-panel">
            { offered(&table.presets, table.differs.is_empty(), &props.on) }
            { differs(&table.differs) }
            { verdicts(&table.verdicts) }
            { figures(table) }
            { dots(&table.dots) }
            { curves(&table.curves, &props.on) }
        </div>
    }
}

/// What B can be made of: unfolded while B is a copy.
fn offered(presets: &[Preset], open: bool, on: &Callback<Intent>) -> Html {
    html! {
        <details class="compare-offered" data-control="compare-with" {open}>
            <summary>{ "Compare with …" }</summary>
            <div class="compare-presets">
                { for presets.iter().enumerate().map(|(number, preset)| {
                    let make = on.reform(move |_: MouseEvent| Intent::Compare(CompareIntent::Made(number)));
                    html! {
                        <button type="button" data-control={format!("compare-with-{number}")} onclick={make}>
                            { preset.text.clone() }<span>{ preset.hint.clone() }</span>
                        </button>
                    }
                }) }
            </div>
            <p class="small">{ "B becomes A with this one difference. Or change any control: it changes the side that is chosen above the stages." }</p>
        </details>
    }
}

fn differs(rows: &[Difference]) -> Html {
    html! {
        <>
            <h3>{ "What differs" }</h3>
            if rows.is_empty() {
                <p class="small" data-differs="0">{ "Nothing: B is a copy of A. Any difference below would be a bug." }</p>
            } else {
                <table class="compare-table" data-differs={rows.len().to_string()}>
                    <thead><tr><th scope="col"><span class="unseen">{ "What" }</span></th><th scope="col">{ "A" }</th><th scope="col">{ "B" }</th></tr></thead>
                    <tbody>{ for rows.iter().map(|row| html! {
                        <tr><th scope="row">{ row.what.clone() }</th><td class="words">{ row.a.clone() }</td><td class="words">{ row.b.clone() }</td></tr>
                    }) }</tbody>
                </table>
            }
        </>
    }
}

/// The class of a difference; its word stands beside it.
fn way(trend: Trend) -> &'static str {
    match trend {
        Trend::Better => "compare-better",
        Trend::Worse => "compare-worse",
        Trend::Same => "compare-same",
    }
}

fn verdicts(rows: &[VerdictRow]) -> Html {
    let state = |state: &'static str| {
        html! { <td class={classes!("compare-state", state)}>{ bulb(state) }<span>{ state }</span></td> }
    };
    let row = |row: &VerdictRow| {
        let class = way(row.trend);
        html! {
            <tr data-compare-verdict={row.name} data-a={row.states[0]} data-b={row.states[1]}>
                <th scope="row" title={row.meaning}>{ row.title }</th>
                { state(row.states[0]) }
                { state(row.states[1]) }
                <td {class}>{ row.word }</td>
            </tr>
        }
    };
    html! {
        <>
            <h3>{ "What each kept" }</h3>
            <table class="compare-table">
                <thead><tr><th scope="col"><span class="unseen">{ "Promise" }</span></th><th scope="col">{ "A" }</th><th scope="col">{ "B" }</th><th scope="col">{ "B is" }</th></tr></thead>
                <tbody>{ for rows.iter().map(row) }</tbody>
            </table>
        </>
    }
}

fn figures(table: &CompareTable) -> Html {
    let row = |row: &FigureRow| {
        let class = way(row.trend);
        let raw = |value: Option<f64>| value.map(|value| value.to_string());
        html! {
            <tr data-compare={row.name.clone()} data-a={raw(row.values[0])} data-b={raw(row.values[1])}
                data-difference={raw(row.difference)} data-trend={row.word}>
                <th scope="row" title={row.meaning}>{ row.title.clone() }
                    if !row.unit.is_empty() { <span class="unit">{ format!(", {}", row.unit) }</span> }</th>
                <td>{ row.texts[0].clone() }</td>
                <td>{ row.texts[1].clone() }</td>
                <td {class}>{ row.text.clone() }<span class="word">{ row.word }</span></td>
            </tr>
        }
    };
    let part = |first: bool| {
        html! {
            <table class="compare-table">
                <thead><tr><th scope="col"><span class="unseen">{ "Figure" }</span></th><th scope="col">{ "A" }</th><th scope="col">{ "B" }</th><th scope="col">{ "B − A" }</th></tr></thead>
                <tbody>{ for table.figures.iter().filter(|row| row.first == first).map(row) }</tbody>
            </table>
        }
    };
    html! {
        <>
            <h3>{ "What each cost" }</h3>
            <p class="small">{ "Over the whole run. Better and worse are for the clients; one run is no proof: try another seed." }</p>
            { part(true) }
            <details data-control="compare-more">
                <summary>{ "All figures" }</summary>
                { part(false) }
            </details>
        </>
    }
}
