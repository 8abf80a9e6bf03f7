//! How what was measured is spread, and availability over time.

use netsplit_studio::Intent;
use netsplit_studio::spread::{CHOICES, SPREAD, Spread, WINDOWS};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::charts::{column, row};
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct SpreadProps {
    pub(crate) spread: Shared<Spread>,
    pub(crate) on: Callback<Intent>,
}

/// Both charts.
#[component]
pub(crate) fn SpreadCharts(props: &SpreadProps) -> Html {
    let spread = &props.spread;
    let choose = {
        let on = props.on.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            let value = select.value();
            if let Some((id, _)) = CHOICES.iter().find(|(id, _)| *id == value) {
                on.emit(Intent::ChoseSpread(id));
            }
        })
    };
    let mut path = String::new();
    for (x, y) in &spread.curve {
        path.push_str(&format!("{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' }));
    }
    html! {
        <>
            <figure class="chart percentiles" data-spread={spread.chosen} data-count={spread.count.to_string()}>
                <figcaption>
                    <label><b>{ "How it is spread: " }</b>
                        <select data-control="spread" onchange={choose}>
                            { for CHOICES.iter().map(|(id, title)| html! { <option value={*id} selected={*id == spread.chosen}>{ *title }</option> }) }
                        </select>
                    </label>
                    { " " }<span class="unit">{ "ms" }</span>
                </figcaption>
                <svg viewBox="0 0 276 150" role="img" aria-label={spread.spoken.clone()}>
                    { for spread.up.iter().map(|tick| row(tick, SPREAD.left, SPREAD.right)) }
                    { for spread.across.iter().map(|tick| column(tick, SPREAD.bottom)) }
                    <text class="axis-unit" x={px(SPREAD.right)} y={px(SPREAD.bottom + 28.0)}>{ "percentile: so many were no slower" }</text>
                    if spread.count == 0 {
                        <text class="empty" x={px((SPREAD.left + SPREAD.right) / 2.0)} y={px((SPREAD.top + SPREAD.bottom) / 2.0)}>{ "nothing measured yet" }</text>
                    }
                    <path class="curve" d={path} />
                </svg>
                <dl class="quantiles">
                    { for spread.quantiles.iter().map(|(name, value)| html! { <div data-quantile={*name}><dt>{ *name }</dt><dd>{ value.clone() }</dd></div> }) }
                </dl>
            </figure>
            <figure class="chart windows" data-windows={spread.windows.len().to_string()}>
                <figcaption><b>{ "Availability" }</b>{ " of each second, " }<span class="unit">{ "% of the operations that ended in it" }</span></figcaption>
                <svg viewBox="0 0 276 90" role="img" aria-label={spread.comes_to.clone()}>
                    { for [(WINDOWS.top, "100"), (WINDOWS.bottom, "0")].iter().map(|(y, text)| html! {
                        <>
                            <line class="grid" x1={px(WINDOWS.left)} x2={px(WINDOWS.right)} y1={px(*y)} y2={px(*y)} />
                            <text class="tick up" x={px(WINDOWS.left - 5.0)} y={px(y + 3.5)}>{ *text }</text>
                        </>
                    }) }
                    { for spread.times.iter().map(|tick| column(tick, WINDOWS.bottom)) }
                    <text class="axis-unit" x={px(WINDOWS.right)} y={px(WINDOWS.bottom + 28.0)}>{ format!("time of the run, {}", spread.times_unit) }</text>
                    { for spread.windows.iter().map(|(from, to, y, good)| html! {
                        <path class={if *good { "window good" } else { "window bad" }}
                            d={format!("M{from:.1} {:.1}V{y:.1}H{:.1}V{:.1}z", WINDOWS.bottom, (to - 0.6).max(from + 0.4), WINDOWS.bottom)} />
                    }) }
                </svg>
                <p class="small">{ spread.comes_to.clone() }</p>
            </figure>
        </>
    }
}
