//! Both runs in one chart: A by discs and a whole line, B by triangles and a dashed one; and the same in tables.

use netsplit_studio::Intent;
use netsplit_studio::compare::{CURVES, Curves, DOTS, Dots};
use netsplit_studio::spread::CHOICES;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::charts::{column, row};
use crate::stage::px;

const CLASSES: [&str; 2] = ["compare-a", "compare-b"];

/// Discs for A, triangles for B.
fn marks(side: usize, places: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (x, y) in places {
        if side == 0 {
            path.push_str(&format!("M{x:.1} {:.1}a2.2 2.2 0 1 0 .01 0z", y - 2.2));
        } else {
            path.push_str(&format!("M{x:.1} {:.1}l3 5.2h-6z", y - 3.4));
        }
    }
    path
}

fn crosses(places: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (x, y) in places {
        path.push_str(&format!("M{:.1} {:.1}l6 6m-6 0l6-6", x - 3.0, y - 3.0));
    }
    path
}

fn line(places: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (x, y) in places {
        path.push_str(&format!("{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' }));
    }
    path
}

fn key(side: usize, words: &'static str, with_line: bool) -> Html {
    html! {
        <span><svg viewBox="0 0 22 12" aria-hidden="true">
            if with_line { <path class={classes!("compare-line", CLASSES[side])} d="M0 6h22" /> }
            <path class={classes!("compare-mark", CLASSES[side])} d={marks(side, &[(11.0, 6.0)])} />
        </svg>{ words }</span>
    }
}

/// Latency over time.
pub(super) fn dots(chart: &Dots) -> Html {
    let none = chart.ended.iter().all(Vec::is_empty);
    html! {
        <figure class="chart compare-chart" data-chart="compare-latency">
            <figcaption><b>{ "Latency" }</b>{ " of each operation, " }<span class="unit">{ "ms" }</span></figcaption>
            <svg viewBox="0 0 276 172" role="img" aria-label={chart.spoken.clone()}>
                { for chart.up.iter().map(|tick| row(tick, DOTS.left, DOTS.right)) }
                { for chart.across.iter().map(|tick| column(tick, DOTS.bottom)) }
                <text class="axis-unit" x={px(DOTS.right)} y={px(DOTS.bottom + 29.0)}>{ format!("time of the run, {}", chart.unit) }</text>
                if none { <text class="empty" x={px((DOTS.left + DOTS.right) / 2.0)} y={px((DOTS.top + DOTS.bottom) / 2.0 + 4.0)}>{ "nothing measured yet" }</text> }
                { for [0, 1].map(|side: usize| html! {
                    <>
                        <path class={classes!("compare-mark", CLASSES[side])} d={marks(side, &chart.ended[side])} />
                        <path class={classes!("compare-failed", CLASSES[side])} d={crosses(&chart.failed[side])} />
                    </>
                }) }
            </svg>
            <p class="keys">{ key(0, "A", false) }{ key(1, "B", false) }
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="compare-failed" d="M3 3l6 6m-6 0l6-6" /></svg>{ "no answer" }</span></p>
            <details data-control="compare-latency-numbers">
                <summary>{ "The numbers" }</summary>
                <table class="compare-table">
                    <thead><tr><th scope="col">{ "Median, ms" }</th><th scope="col">{ "A" }</th><th scope="col">{ "B" }</th></tr></thead>
                    <tbody>{ for chart.table.iter().map(|row| html! {
                        <tr><th scope="row">{ row.part.clone() }</th><td>{ row.medians[0].clone() }</td><td>{ row.medians[1].clone() }</td></tr>
                    }) }</tbody>
                </table>
            </details>
        </figure>
    }
}

/// How it is spread.
pub(super) fn curves(chart: &Curves, on: &Callback<Intent>) -> Html {
    let choose = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            let value = select.value();
            if let Some((id, _)) = CHOICES.iter().find(|(id, _)| *id == value) {
                on.emit(Intent::ChoseSpread(id));
            }
        })
    };
    html! {
        <figure class="chart compare-chart" data-chart="compare-spread">
            <figcaption>
                <label><b>{ "How it is spread: " }</b>
                    <select data-control="compare-spread" onchange={choose}>
                        { for CHOICES.iter().map(|(id, title)| html! { <option value={*id} selected={*id == chart.chosen}>{ *title }</option> }) }
                    </select>
                </label>
                { " " }<span class="unit">{ "ms" }</span>
            </figcaption>
            <svg viewBox="0 0 276 150" role="img" aria-label={chart.spoken.clone()}>
                { for chart.up.iter().map(|tick| row(tick, CURVES.left, CURVES.right)) }
                { for chart.across.iter().map(|tick| column(tick, CURVES.bottom)) }
                <text class="axis-unit" x={px(CURVES.right)} y={px(CURVES.bottom + 28.0)}>{ "percentile: so many were no slower" }</text>
                if chart.counts == [0, 0] { <text class="empty" x={px((CURVES.left + CURVES.right) / 2.0)} y={px((CURVES.top + CURVES.bottom) / 2.0)}>{ "nothing measured yet" }</text> }
                { for [0, 1].map(|side: usize| html! {
                    <>
                        <path class={classes!("compare-line", CLASSES[side])} d={line(&chart.curves[side])} />
                        <path class={classes!("compare-mark", CLASSES[side])} d={marks(side, &chart.marks[side])} />
                    </>
                }) }
            </svg>
            <p class="keys">{ key(0, "A", true) }{ key(1, "B", true) }</p>
            <table class="compare-table">
                <thead><tr><th scope="col">{ "Percentile, ms" }</th><th scope="col">{ "A" }</th><th scope="col">{ "B" }</th></tr></thead>
                <tbody>{ for chart.table.iter().map(|(name, [a, b])| html! {
                    <tr data-quantile={*name}><th scope="row">{ *name }</th><td>{ a.clone() }</td><td>{ b.clone() }</td></tr>
                }) }</tbody>
            </table>
        </figure>
    }
}
