//! How what was measured is spread, and availability over time.

use netsplit_studio::Intent;
use netsplit_studio::spread::{CHOICES, SPREAD, Spread, WINDOWS, Windows};
use netsplit_studio::units;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::charts::{column, row, toggled};
use crate::reader::use_reader;
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
    let curve = use_reader(spread, |spread| spread, (276.0, 150.0), &props.on);
    let bars = use_reader(spread, |spread| &spread.windows, (276.0, 90.0), &props.on);
    let open = use_state(|| false);
    let windows = &spread.windows;
    let mut path = String::new();
    for step in &spread.curve {
        let (x, y) = (step.x, step.y);
        path.push_str(&format!("{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' }));
    }
    html! {
        <>
            <figure class="chart percentiles chart-readable" data-spread={spread.chosen} data-count={spread.count.to_string()}>
                <figcaption>
                    <label><b>{ "How it is spread: " }</b>
                        <select data-control="spread" onchange={choose}>
                            { for CHOICES.iter().map(|(id, title)| html! { <option value={*id} selected={*id == spread.chosen}>{ *title }</option> }) }
                        </select>
                    </label>
                    { " " }<span class="unit">{ "ms" }</span>
                </figcaption>
                <svg viewBox="0 0 276 150" role="slider" tabindex="0" ref={curve.svg.clone()} aria-label={spread.spoken.clone()}
                    aria-valuemin="1" aria-valuemax={curve.places.max(1).to_string()}
                    aria-valuenow={(curve.place + 1).to_string()} aria-valuetext={curve.words("none chosen")}
                    onpointermove={curve.onpointermove.clone()} onpointerleave={curve.onpointerleave.clone()}
                    onclick={curve.onclick.clone()} onkeydown={curve.onkeydown.clone()}>
                    { for spread.up.iter().map(|tick| row(tick, SPREAD.left, SPREAD.right)) }
                    { for spread.across.iter().map(|tick| column(tick, SPREAD.bottom)) }
                    <text class="axis-unit" x={px(SPREAD.right)} y={px(SPREAD.bottom + 28.0)}>{ "percentile: so many were no slower" }</text>
                    if spread.count == 0 {
                        <text class="empty" x={px((SPREAD.left + SPREAD.right) / 2.0)} y={px((SPREAD.top + SPREAD.bottom) / 2.0)}>{ "nothing measured yet" }</text>
                    }
                    <path class="curve" d={path} />
                    { curve.cursors() }
                </svg>
                <p class="chart-reading" data-reading={curve.words("")}>{ curve.words("Point at the curve to read it.") }</p>
                <dl class="quantiles">
                    { for spread.quantiles.iter().map(|(name, value)| html! { <div data-quantile={*name}><dt>{ *name }</dt><dd>{ value.clone() }</dd></div> }) }
                </dl>
            </figure>
            <figure class="chart windows chart-readable" data-windows={windows.bars.len().to_string()}>
                <figcaption><b>{ "Availability" }</b>{ " of each second, " }<span class="unit">{ "% of the operations that ended in it" }</span></figcaption>
                <svg viewBox="0 0 276 90" role="slider" tabindex="0" ref={bars.svg.clone()} aria-label={windows.comes_to.clone()}
                    aria-valuemin="1" aria-valuemax={bars.places.max(1).to_string()}
                    aria-valuenow={(bars.place + 1).to_string()} aria-valuetext={bars.words("none chosen")}
                    onpointermove={bars.onpointermove.clone()} onpointerleave={bars.onpointerleave.clone()}
                    onclick={bars.onclick.clone()} onkeydown={bars.onkeydown.clone()}>
                    { for [(WINDOWS.top, "100"), (WINDOWS.bottom, "0")].iter().map(|(y, text)| html! {
                        <>
                            <line class="grid" x1={px(WINDOWS.left)} x2={px(WINDOWS.right)} y1={px(*y)} y2={px(*y)} />
                            <text class="tick up" x={px(WINDOWS.left - 5.0)} y={px(y + 3.5)}>{ *text }</text>
                        </>
                    }) }
                    { for windows.times.iter().map(|tick| column(tick, WINDOWS.bottom)) }
                    <text class="axis-unit" x={px(WINDOWS.right)} y={px(WINDOWS.bottom + 28.0)}>{ format!("time of the run, {}", windows.times_unit) }</text>
                    { for windows.bars.iter().map(|bar| html! {
                        <path class={if bar.good { "window good" } else { "window bad" }}
                            d={format!("M{:.1} {:.1}V{:.1}H{:.1}V{:.1}z", bar.left, WINDOWS.bottom, bar.top, (bar.right - 0.6).max(bar.left + 0.4), WINDOWS.bottom)} />
                    }) }
                    { bars.cursors() }
                </svg>
                <p class="chart-reading" data-reading={bars.words("")}>{ bars.words("Point at a window to read it.") }</p>
                <p class="small">{ windows.comes_to.clone() }</p>
                <details class="chart-numbers" data-control="windows-numbers" ontoggle={toggled(&open)}>
                    <summary>{ "The numbers" }</summary>
                    if *open { { table(windows) } }
                </details>
            </figure>
        </>
    }
}

fn table(windows: &Windows) -> Html {
    html! {
        <div class="chart-numbers-scroll" tabindex="0" role="region" aria-label="Availability, in numbers">
            <p class="small">{ format!("Each row is 1 s; {} windows, the newest first. Seconds without operations have none.", windows.bars.len()) }</p>
            <table>
                <thead><tr>{ for ["from", "operations", "succeeded", "%"].map(|head| html! { <th scope="col">{ head }</th> }) }</tr></thead>
                <tbody>{ for windows.bars.iter().rev().map(|bar| html! {
                    <tr><th scope="row">{ units::playhead(bar.from) }</th><td>{ bar.operations.to_string() }</td><td>{ bar.succeeded.to_string() }</td>
                        <td>{ units::percent(f64::from(bar.succeeded) / f64::from(bar.operations.max(1))) }</td></tr>
                }) }</tbody>
            </table>
        </div>
    }
}
