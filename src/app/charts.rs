//! The two charts, as SVG: a path for each kind of mark, so that hundreds of operations cost a handful of
//! elements.

use netsplit_sim::history::CallKind;
use netsplit_studio::Intent;
use netsplit_studio::chart::{Dot, LATENCY, Latency, ROW, STRIP, Strip, Strips, Tick};
use netsplit_studio::order::sort_few;
use netsplit_studio::share::files::File;
use yew::prelude::*;

use crate::picture::ChartSaves;
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct LatencyProps {
    pub(crate) chart: Shared<Latency>,
    pub(crate) on: Callback<Intent>,
}

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
    let of = |kind: fn(CallKind) -> bool| dots(chart.dots.iter().filter(|dot| !dot.failed && kind(dot.kind)));
    html! {
        <figure class="chart">
            <figcaption>
                <b>{ "Latency" }</b>{ " of each operation, " }<span class="unit">{ "ms" }</span>
            </figcaption>
            <svg viewBox="0 0 276 172" role="img" aria-label={chart.spoken.clone()}>
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
            </svg>
            <p class="keys">
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="dots read" d="M6 6h0" /></svg>{ "read" }</span>
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="dots write" d="M6 6h0" /></svg>{ "write" }</span>
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="stale" d="M6 1a5 5 0 1 0 .01 0" /></svg>{ "stale" }</span>
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="failed" d="M3 3l6 6m-6 0l6-6" /></svg>{ "failed" }</span>
                <span><svg viewBox="0 0 18 12" aria-hidden="true"><path class="floor" d="M0 6h18" /></svg>{ "light, there and back" }</span>
            </p>
            <ChartSaves name="latency" data={File::Latency} on={props.on.clone()} />
        </figure>
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

/// Time to visible: a row for each of the latest writes.
#[component]
pub(crate) fn StripsChart(props: &StripsProps) -> Html {
    let strips = &props.strips;
    let height = STRIP.top + ROW * strips.rows.len().max(1) as f64 + 4.0;
    let bottom = px(height - 2.0);
    html! {
        <figure class="chart">
            <figcaption>
                <b>{ "Time to visible" }</b>{ ": when each copy shows a write, " }<span class="unit">{ "ms" }</span>
            </figcaption>
            if strips.rows.is_empty() {
                <p class="nothing">{ "No write has been seen yet." }</p>
            } else {
                <svg viewBox={format!("0 0 276 {height:.0}")} role="group" aria-label="Latest writes, newest first">
                    { for strips.across.iter().map(|tick| html! {
                        <>
                            <line class="grid" x1={px(tick.at)} x2={px(tick.at)} y1={px(STRIP.top - 6.0)} y2={bottom.clone()} />
                            <text class="tick across" x={px(tick.at)} y={px(STRIP.top - 10.0)}>{ tick.text.clone() }</text>
                        </>
                    }) }
                    { for strips.rows.iter().enumerate().map(|(place, strip)| strip_row(place, strip)) }
                </svg>
                <p class="keys">
                    <span><svg viewBox="0 0 16 12" aria-hidden="true"><rect class="copy-box" x="1" y="1" width="14" height="10" rx="5" /></svg>{ "copy n1, n2 …" }</span>
                    <span><svg viewBox="0 0 6 12" aria-hidden="true"><path class="told" d="M3 0v12" /></svg>{ "client was told" }</span>
                </p>
                <ChartSaves name="time-to-visible" data={File::Visible} on={props.on.clone()} />
            }
        </figure>
    }
}

fn strip_row(place: usize, strip: &Strip) -> Html {
    let y = STRIP.top + ROW * (place as f64 + 0.5);
    let last = strip.shown.last().map_or(STRIP.left, |shown| shown.x);
    html! {
        <g class={classes!("strip", format!("version-{}", strip.hue), strip.lit.then_some("lit"))} role="img"
            aria-label={strip.spoken.clone()}>
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
