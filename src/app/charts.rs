//! The two charts, as SVG: a path for each kind of mark, so that hundreds of operations cost a handful of
//! elements.

use netsplit_sim::history::CallKind;
use netsplit_studio::Intent;
use netsplit_studio::chart::{Dot, LATENCY, Latency, ROW, STRIP, Strip, Strips, Tick};
use netsplit_studio::order::sort_few;
use netsplit_studio::selection::Selected;
use netsplit_studio::share::files::File;
use netsplit_studio::units;
use web_sys::Element;
use yew::prelude::*;

use crate::picture::ChartSaves;
use crate::reader::use_reader;
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct LatencyProps {
    pub(crate) chart: Shared<Latency>,
    pub(crate) on: Callback<Intent>,
}

/// The most operations in the table below the chart.
const ROWS: usize = 30;

/// Zero-length lines with round or square caps: dots.
fn dots<'a>(dots: impl Iterator<Item = &'a Dot>) -> String {
    let mut path = String::new();
    for dot in dots {
        path.push_str(&format!("M{:.1} {:.1}h0", dot.x, dot.y));
    }
    path
}

fn crosses<'a>(dots: impl Iterator<Item = &'a Dot>) -> String {
    let mut path = String::new();
    for dot in dots {
        path.push_str(&format!("M{:.1} {:.1}l6 6m-6 0l6-6", dot.x - 3.0, dot.y - 3.0));
    }
    path
}

fn rings<'a>(dots: impl Iterator<Item = &'a Dot>) -> String {
    let mut path = String::new();
    for dot in dots {
        path.push_str(&format!("M{:.1} {:.1}a5 5 0 1 0 .01 0", dot.x, dot.y - 5.0));
    }
    path
}

/// Latency over time.
#[component]
pub(crate) fn LatencyChart(props: &LatencyProps) -> Html {
    let chart = &props.chart;
    let area = LATENCY;
    let reader = use_reader(chart, |chart| chart, (276.0, 172.0), &props.on);
    let open = use_state(|| false);
    let of = |kind: fn(CallKind) -> bool| dots(chart.dots.iter().filter(|dot| !dot.failed && kind(dot.kind)));
    html! {
        <figure class="chart chart-readable" data-chart="latency" data-dots={chart.dots.len().to_string()}>
            // What is read takes the place of the title, so that the panel keeps its height.
            <figcaption class="chart-one-line" data-reading={reader.words("")}>
                if let Some(reading) = &reader.reading {
                    <b>{ reading.text.clone() }</b>
                } else {
                    <b>{ "Latency" }</b>{ " of each operation, " }<span class="unit">{ "ms" }</span>
                }
            </figcaption>
            <svg viewBox="0 0 276 172" role="slider" tabindex="0" ref={reader.svg.clone()}
                aria-label={format!("{} Arrow keys read them, Enter selects.", chart.spoken)}
                aria-valuemin="1" aria-valuemax={reader.places.max(1).to_string()}
                aria-valuenow={(reader.place + 1).to_string()} aria-valuetext={reader.words("none chosen")}
                onpointermove={reader.onpointermove.clone()} onpointerleave={reader.onpointerleave.clone()}
                onclick={reader.onclick.clone()} onkeydown={reader.onkeydown.clone()}>
                { for chart.up.iter().map(|tick| row(tick, area.left, area.right)) }
                { for chart.across.iter().map(|tick| column(tick, area.bottom)) }
                <text class="axis-unit" x={px(area.right)} y={px(area.bottom + 29.0)}>
                    { format!("time of the run, {}", chart.across_unit) }
                </text>
                { for chart.changes.iter().map(|x| html! {
                    <line class="change" x1={px(*x)} x2={px(*x)} y1={px(area.top)} y2={px(area.bottom)} />
                }) }
                { for chart.floors.iter().map(|(_, y)| html! {
                    <line class="floor" x1={px(area.left)} x2={px(area.right)} y1={px(*y)} y2={px(*y)} />
                }) }
                { floor_names(&chart.floors) }
                <path class="dots read" d={of(|kind| kind == CallKind::Read)} />
                <path class="dots write" d={of(|kind| kind != CallKind::Read)} />
                <path class="stale" d={rings(chart.dots.iter().filter(|dot| dot.stale && !dot.failed))} />
                <path class="failed" d={crosses(chart.dots.iter().filter(|dot| dot.failed))} />
                <path class="lit" d={rings(chart.dots.iter().filter(|dot| dot.lit))} />
                { reader.cursors() }
            </svg>
            <p class="keys">
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="dots read" d="M6 6h0" /></svg>{ "read" }</span>
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="dots write" d="M6 6h0" /></svg>{ "write" }</span>
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="stale" d="M6 1a5 5 0 1 0 .01 0" /></svg>{ "stale" }</span>
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="failed" d="M3 3l6 6m-6 0l6-6" /></svg>{ "failed" }</span>
                <span><svg viewBox="0 0 18 12" aria-hidden="true"><path class="floor" d="M0 6h18" /></svg>{ "light, there and back" }</span>
            </p>
            <details class="chart-numbers beside" data-control="latency-numbers" ontoggle={toggled(&open)}>
                <summary>{ "The numbers" }</summary>
                if *open { { latency_table(chart, &props.on) } }
            </details>
            <ChartSaves name="latency" data={File::Latency} on={props.on.clone()} />
        </figure>
    }
}

/// Keeps whether a `details` is open: what is folded is not made.
pub(crate) fn toggled(open: &UseStateHandle<bool>) -> Callback<Event> {
    let open = open.clone();
    Callback::from(move |event: Event| {
        let is_open = event.target_dyn_into::<Element>().is_some_and(|details| details.has_attribute("open"));
        open.set(is_open);
    })
}

fn latency_table(chart: &Latency, on: &Callback<Intent>) -> Html {
    let rows = chart.rows(ROWS);
    html! {
        <>
            <p class="small">{ format!("The latest {} operations, the newest first.", rows.len()) }</p>
            <table>
                <thead><tr>{ for ["ended", "client", "what", "took"].map(|head| html! { <th scope="col">{ head }</th> }) }</tr></thead>
                <tbody>{ for rows.into_iter().map(|(op, [ended, client, what, took])| {
                    let select = on.reform(move |_: MouseEvent| Intent::Selected(Some(Selected::Operation(op))));
                    html! {
                        <tr data-operation={op.0.to_string()}><td>{ ended }</td><td>{ client }</td>
                            <td><button type="button" class="text" onclick={select}>{ what }</button></td><td>{ took }</td></tr>
                    }
                }) }</tbody>
            </table>
        </>
    }
}

/// The clients' names at their floors; those that would cover each other share a line.
fn floor_names(floors: &[(String, f64)]) -> Html {
    let mut sorted: Vec<(String, f64)> = floors.to_vec();
    sort_few(&mut sorted, |a, b| a.1.total_cmp(&b.1));
    let mut names: Vec<(Vec<String>, f64)> = Vec::new();
    for (name, y) in sorted {
        match names.last_mut() {
            Some((together, first)) if y - *first < 10.0 => together.push(name),
            _ => names.push((vec![name], y)),
        }
    }
    let text = |together: &[String]| match together {
        [one, two, _, ..] => format!("{one}, {two}…"),
        few => few.join(", "),
    };
    names
        .iter()
        .map(|(together, y)| {
            html! { <text class="floor-name" x={px(LATENCY.right - 2.0)} y={px(y - 3.0)}>{ text(together) }</text> }
        })
        .collect()
}

pub(crate) fn row(tick: &Tick, left: f64, right: f64) -> Html {
    html! {
        <>
            <line class="grid" x1={px(left)} x2={px(right)} y1={px(tick.at)} y2={px(tick.at)} />
            <text class="tick up" x={px(left - 5.0)} y={px(tick.at + 3.5)}>{ tick.text.clone() }</text>
        </>
    }
}

pub(crate) fn column(tick: &Tick, bottom: f64) -> Html {
    html! {
        <>
            <line class="grid" x1={px(tick.at)} x2={px(tick.at)} y1={px(bottom)} y2={px(bottom + 4.0)} />
            <text class="tick across" x={px(tick.at)} y={px(bottom + 15.0)}>{ tick.text.clone() }</text>
        </>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct StripsProps {
    pub(crate) strips: Shared<Strips>,
    pub(crate) on: Callback<Intent>,
}

fn height_of(strips: &Strips) -> f64 {
    STRIP.top + ROW * strips.rows.len().max(1) as f64 + 4.0
}

/// Time to visible: a row for each of the latest writes.
#[component]
pub(crate) fn StripsChart(props: &StripsProps) -> Html {
    let strips = &props.strips;
    let reader = use_reader(strips, |strips| strips, (276.0, height_of(strips)), &props.on);
    let open = use_state(|| false);
    let height = height_of(strips);
    let bottom = px(height - 2.0);
    html! {
        <figure class="chart chart-readable" data-chart="visible">
            <figcaption>
                <b>{ "Time to visible" }</b>{ ": when each copy shows a write, " }<span class="unit">{ "ms" }</span>
            </figcaption>
            if strips.rows.is_empty() {
                <p class="nothing">{ "No write has been seen yet." }</p>
            } else {
                <svg viewBox={format!("0 0 276 {height:.0}")} role="slider" tabindex="0" ref={reader.svg.clone()}
                    aria-label="Latest writes, newest first. Arrow keys read them, Enter selects."
                    aria-valuemin="1" aria-valuemax={reader.places.max(1).to_string()}
                    aria-valuenow={(reader.place + 1).to_string()} aria-valuetext={reader.words("none chosen")}
                    onpointermove={reader.onpointermove.clone()} onpointerleave={reader.onpointerleave.clone()}
                    onclick={reader.onclick.clone()} onkeydown={reader.onkeydown.clone()}>
                    { for strips.across.iter().map(|tick| html! {
                        <>
                            <line class="grid" x1={px(tick.at)} x2={px(tick.at)} y1={px(STRIP.top - 6.0)} y2={bottom.clone()} />
                            <text class="tick across" x={px(tick.at)} y={px(STRIP.top - 10.0)}>{ tick.text.clone() }</text>
                        </>
                    }) }
                    { for strips.rows.iter().enumerate().map(|(place, strip)| strip_row(place, strip)) }
                    { reader.cursors() }
                </svg>
                <p class="chart-reading" data-reading={reader.words("")}>{ reader.words("Point at a write to read it; press to select it.") }</p>
                <p class="keys">
                    <span><svg viewBox="0 0 16 12" aria-hidden="true"><rect class="copy-box" x="1" y="1" width="14" height="10" rx="5" /></svg>{ "copy n1, n2 …" }</span>
                    <span><svg viewBox="0 0 6 12" aria-hidden="true"><path class="told" d="M3 0v12" /></svg>{ "client was told" }</span>
                </p>
                <details class="chart-numbers" data-control="visible-numbers" ontoggle={toggled(&open)}>
                    <summary>{ "The numbers" }</summary>
                    if *open { { strips_table(strips) } }
                </details>
                <ChartSaves name="time-to-visible" data={File::Visible} on={props.on.clone()} />
            }
        </figure>
    }
}

fn strips_table(strips: &Strips) -> Html {
    let ms = |value: Option<f64>| value.map_or_else(|| units::NO_SAMPLE.to_owned(), units::three_digits);
    html! {
        <div class="chart-numbers-scroll" tabindex="0" role="region" aria-label="Time to visible, in numbers">
            <p class="small">{ format!("The latest {} writes: ms from the call until the client was told, and until each copy showed it.", strips.rows.len()) }</p>
            <table>
                <thead><tr><th scope="col">{ "write" }</th><th scope="col">{ "told" }</th>
                    { for strips.nodes.iter().map(|node| html! { <th scope="col">{ node.clone() }</th> }) }</tr></thead>
                <tbody>{ for strips.rows.iter().map(|strip| html! {
                    <tr><th scope="row">{ format!("{} = {}", strip.key, strip.value) }</th><td>{ ms(strip.told_ms) }</td>
                        { for strip.after.iter().map(|after| html! { <td>{ ms(*after) }</td> }) }</tr>
                }) }</tbody>
            </table>
        </div>
    }
}

fn strip_row(place: usize, strip: &Strip) -> Html {
    let y = STRIP.top + ROW * (place as f64 + 0.5);
    let last = strip.shown.last().map_or(STRIP.left, |shown| shown.x);
    html! {
        <g class={classes!("strip", format!("version-{}", strip.hue), strip.lit.then_some("lit"))} data-operation={strip.op.0.to_string()}>
            <rect class="strip-reach" x="0" y={px(y - ROW / 2.0)} width="276" height={px(ROW)} />
            <text class="strip-value" x={px(STRIP.left - 8.0)} y={px(y + 4.0)}>{ strip.value.clone() }</text>
            <line class="spread" x1={px(STRIP.left)} x2={px(last)} y1={px(y)} y2={px(y)} />
            if let Some(told) = strip.told {
                <line class="told" x1={px(told)} x2={px(told)} y1={px(y - 8.0)} y2={px(y + 8.0)} />
            }
            { for strip.shown.iter().map(|shown| {
                let width = 11.0 + 5.0 * shown.text.len() as f64;
                html! {
                    <>
                        <rect class="copy-box" x={px(shown.x - width / 2.0)} y={px(y - 7.0)} width={px(width)}
                            height="14" rx="7" />
                        <text class="copy" x={px(shown.x)} y={px(y + 3.8)}>{ shown.text.clone() }</text>
                    </>
                }
            }) }
            if !strip.missing.is_empty() {
                <text class="missing" x="274" y={px(y + 4.0)}>{ format!("{} …", strip.missing) }</text>
            }
        </g>
    }
}
