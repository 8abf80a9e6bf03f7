//! Charts over time, each with its numbers as a table and as a file.

use netsplit_studio::Intent;
use netsplit_studio::dock::DockIntent;
use netsplit_studio::series::{
    Chart, Key, Kinds, Panel, Point, Reach, SeriesIntent, SeriesScene, Stroke, number, path,
};
use netsplit_studio::spread;
use netsplit_studio::timebar::Trouble;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlSelectElement, ResizeObserver};
use yew::prelude::*;

use crate::charts::{column, row, toggled};
use crate::reader::use_reader;
use crate::shared::Shared;
use crate::stage::px;

#[derive(Properties, PartialEq)]
pub(crate) struct SeriesProps {
    pub(crate) scene: Shared<Option<SeriesScene>>,
    pub(crate) on: Callback<Intent>,
}

/// The view.
#[component]
pub(crate) fn SeriesView(props: &SeriesProps) -> Html {
    if props.scene.is_none() {
        return html! {};
    }
    html! { <Open scene={props.scene.clone()} on={props.on.clone()} /> }
}

fn mean(on: &Callback<Intent>, intent: SeriesIntent) {
    on.emit(Intent::Dock(DockIntent::Series(intent)));
}

/// Tells the studio how wide the chart is, now and whenever that changes.
#[hook]
fn use_width(place: &NodeRef, on: &Callback<Intent>) {
    let (place, on) = (place.clone(), on.clone());
    use_effect_with((), move |()| {
        let element = place.cast::<Element>();
        let measured = {
            let element = element.clone();
            Closure::<dyn FnMut()>::new(move || {
                if let Some(element) = &element {
                    mean(&on, SeriesIntent::Sized(f64::from(element.client_width())));
                }
            })
        };
        let observer = ResizeObserver::new(measured.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(measured);
        }
    });
}

#[component]
fn Open(props: &SeriesProps) -> Html {
    let place = use_node_ref();
    use_width(&place, &props.on);
    let size = props.scene.as_ref().map_or((1.0, 1.0), |scene| scene.size);
    let reader =
        use_reader(&props.scene, |scene| scene.as_ref().map_or(&NONE, |scene| scene as _), size, &props.on);
    let open = use_state(|| false);
    let Some(scene) = &*props.scene else { return html! {} };
    let (width, height) = size;
    html! {
        <div class="series" data-chart={scene.chart.name()} data-windows={scene.rows.len().to_string()}>
            { controls(scene, &props.on) }
            <p class="series-title"><b>{ scene.title.clone() }</b>{ " " }<span class="small">{ scene.says.clone() }</span></p>
            <div class="series-plot chart chart-readable" ref={place}>
                <svg viewBox={format!("0 0 {width:.0} {height:.0}")} role="slider" tabindex="0" ref={reader.svg.clone()}
                    aria-label={scene.spoken.clone()} aria-valuemin="1" aria-valuemax={reader.places.max(1).to_string()}
                    aria-valuenow={(reader.place + 1).to_string()} aria-valuetext={reader.words("none chosen")}
                    onpointermove={reader.onpointermove.clone()} onpointerleave={reader.onpointerleave.clone()}
                    onclick={reader.onclick.clone()} onkeydown={reader.onkeydown.clone()}>
                    { for scene.panels.iter().map(panel) }
                    { reader.cursors() }
                </svg>
            </div>
            <p class="chart-reading" data-reading={reader.words("")}>
                { reader.words(scene.empty.as_deref().unwrap_or("Point at the chart, or press the arrow keys on it, to read its values.")) }
            </p>
            <p class="keys">{ for scene.keys.iter().map(key) }</p>
            { for scene.formulas.iter().map(|formula| html! { <p class="small" data-formula={formula.name} data-value={formula.value.to_string()}>{ formula.text.clone() }</p> }) }
            <details class="chart-numbers" data-control="series-numbers" ontoggle={toggled(&open)}>
                <summary>{ "The numbers" }</summary>
                if *open {
                    if scene.chart == Chart::Latency {
                        <button type="button" data-control="series-operations"
                            onclick={props.on.reform(|_: MouseEvent| Intent::Dock(DockIntent::Series(SeriesIntent::SavedOperations)))}>
                            { "Every operation of this time as CSV" }</button>
                    }
                    { table(scene) }
                }
            </details>
        </div>
    }
}

/// Stands for a chart where there is none.
struct Nothing;

static NONE: Nothing = Nothing;

impl netsplit_studio::chart::reading::Legible for Nothing {
    fn places(&self) -> usize {
        0
    }
    fn id(&self, _place: usize) -> u64 {
        0
    }
    fn nearest(&self, _x: f64, _y: f64) -> Option<usize> {
        None
    }
    fn reading(&self, _place: usize) -> Option<netsplit_studio::chart::reading::Reading> {
        None
    }
}

fn chosen(event: &Event) -> Option<String> {
    event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value())
}

fn controls(scene: &SeriesScene, on: &Callback<Intent>) -> Html {
    let press = |intent: SeriesIntent| {
        on.reform(move |_: MouseEvent| Intent::Dock(DockIntent::Series(intent.clone())))
    };
    let choose = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let chart =
                chosen(&event).and_then(|name| Chart::ALL.into_iter().find(|chart| chart.name() == name));
            if let Some(chart) = chart {
                mean(&on, SeriesIntent::Chose(chart));
            }
        })
    };
    let choose_kinds = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let kinds = chosen(&event).and_then(|id| Kinds::ALL.into_iter().find(|(_, name, _)| *name == id));
            if let Some((kinds, ..)) = kinds {
                mean(&on, SeriesIntent::ChoseKinds(kinds));
            }
        })
    };
    let choose_spread = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let spread = chosen(&event).and_then(|id| spread::CHOICES.iter().find(|(name, _)| *name == id));
            if let Some((id, _)) = spread {
                mean(&on, SeriesIntent::ChoseSpread(id));
            }
        })
    };
    let choose_reach = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let reach = chosen(&event).and_then(|id| Reach::ALL.into_iter().find(|(_, name, _)| *name == id));
            if let Some((reach, ..)) = reach {
                mean(&on, SeriesIntent::ChoseReach(reach));
            }
        })
    };
    html! {
        <div class="series-controls">
            <select data-control="series-chart" aria-label="Chart" onchange={choose}>
                { for scene.choices.iter().map(|chart| html! {
                    <option value={chart.name()} selected={*chart == scene.chart}>{ chart.title() }</option>
                }) }
            </select>
            if let Some(kinds) = scene.kinds {
                <select data-control="series-kinds" aria-label="Of which operations" onchange={choose_kinds}>
                    { for Kinds::ALL.into_iter().map(|(one, name, words)| html! { <option value={name} selected={one == kinds}>{ words }</option> }) }
                </select>
            }
            if let Some(chosen) = scene.spread {
                <select data-control="series-spread" aria-label="Of what" onchange={choose_spread}>
                    { for spread::CHOICES.iter().map(|(id, words)| html! { <option value={*id} selected={*id == chosen}>{ *words }</option> }) }
                </select>
            }
            <select data-control="series-reach" aria-label="Of which time" onchange={choose_reach}>
                { for Reach::ALL.into_iter().map(|(one, name, words)| html! { <option value={name} selected={one == scene.reach}>{ words }</option> }) }
            </select>
            <span class="series-files">
                <button type="button" data-control="series-csv" title="Save the numbers of this chart" onclick={press(SeriesIntent::SavedNumbers)}>{ "CSV" }</button>
                <button type="button" data-control="series-svg" title="Save this chart as a picture" onclick={press(SeriesIntent::SavedPicture)}>{ "SVG" }</button>
            </span>
        </div>
    }
}

fn trouble(trouble: Trouble) -> (&'static str, f64) {
    match trouble {
        Trouble::Cut => ("cut", 0.0),
        Trouble::Down => ("down", 3.0),
        Trouble::Paused => ("paused", 6.0),
        Trouble::Odd => ("odd", 9.0),
    }
}

fn dots<'a>(dots: impl Iterator<Item = &'a Point>) -> String {
    dots.map(|dot| format!("M{:.1} {:.1}h0", dot.x, dot.y)).collect()
}

fn rings<'a>(dots: impl Iterator<Item = &'a Point>) -> String {
    dots.map(|dot| format!("M{:.1} {:.1}a4.5 4.5 0 1 0 .01 0", dot.x, dot.y - 4.5)).collect()
}

fn panel(panel: &Panel) -> Html {
    let area = panel.area;
    let (top, bottom) = (px(area.top), px(area.bottom));
    let of = |stroke: Stroke| dots(panel.dots.iter().filter(move |dot| dot.stroke == stroke));
    html! {
        <g>
            { for panel.bands.iter().map(|band| {
                let (name, lane) = trouble(band.trouble);
                let (x, width) = (px(band.left), px((band.right - band.left).max(1.0)));
                html! {
                    <>
                        <rect class={format!("series-tint {name}")} x={x.clone()} width={width.clone()} y={top.clone()} height={px(area.bottom - area.top)} />
                        <rect class={format!("band {name}")} {x} {width} y={px(area.top + lane)} height="3"><title>{ band.text.clone() }</title></rect>
                    </>
                }
            }) }
            { for panel.up.iter().map(|tick| row(tick, area.left, area.right)) }
            { for panel.across.iter().map(|tick| column(tick, area.bottom)) }
            { for panel.changes.iter().map(|x| html! { <line class="change" x1={px(*x)} x2={px(*x)} y1={top.clone()} y2={bottom.clone()} /> }) }
            <path class="dots read" d={of(Stroke::Read)} />
            <path class="dots write" d={of(Stroke::Write)} />
            <path class="stale" d={rings(panel.dots.iter().filter(|dot| dot.stale))} />
            <path class="dots series-failed" d={of(Stroke::Failed)} />
            { for panel.lines.iter().map(|(stroke, pieces)| html! { <path class={format!("series-line {}", stroke.name())} d={path(pieces)} /> }) }
            { for panel.floors.iter().map(|(name, y)| html! {
                <>
                    <line class="floor" x1={px(area.left)} x2={px(area.right)} y1={px(*y)} y2={px(*y)} />
                    <text class="floor-name" x={px(area.right - 2.0)} y={px(y - 3.0)}>{ *name }</text>
                </>
            }) }
            <path class="series-selected" d={rings(panel.dots.iter().filter(|dot| dot.selected))} />
            if let Some(now) = panel.now { <line class="series-now" x1={px(now)} x2={px(now)} y1={top} y2={bottom} /> }
            if !panel.title.is_empty() { <text class="series-panel" x={px(area.left)} y={px(area.top - 9.0)}>{ panel.title.clone() }</text> }
        </g>
    }
}

fn key(key: &Key) -> Html {
    let (mark, words) = match key {
        Key::Line(stroke, words) => {
            let mark = match stroke {
                Stroke::Read | Stroke::Write => {
                    html! { <path class={format!("dots {}", stroke.name())} d="M9 6h0" /> }
                }
                Stroke::Failed => html! { <path class="dots series-failed" d="M9 6h0" /> },
                Stroke::Stale => html! { <path class="stale" d="M9 1.5a4.5 4.5 0 1 0 .01 0" /> },
                Stroke::Formula => html! { <path class="floor" d="M0 6h18" /> },
                line => html! { <path class={format!("series-line {}", line.name())} d="M0 6h18" /> },
            };
            (mark, words.clone())
        }
        Key::Band(kind, words) => (
            html! { <rect class={format!("band {}", trouble(*kind).0)} x="0" y="3" width="18" height="6" /> },
            (*words).to_owned(),
        ),
        Key::Change => (html! { <path class="change" d="M9 0v12" /> }, "something was changed".to_owned()),
    };
    html! { <span><svg viewBox="0 0 18 12" aria-hidden="true">{ mark }</svg>{ words }</span> }
}

fn table(scene: &SeriesScene) -> Html {
    html! {
        <div class="chart-numbers-scroll" tabindex="0" role="region" aria-label={format!("{}, in numbers", scene.title)}>
            <p class="small">{ scene.says.clone() }{ format!(" {} rows.", scene.rows.len()) }</p>
            <table>
                <thead><tr><th scope="col">{ scene.along }</th>
                    if let Some(counts) = scene.counts { <th scope="col">{ counts }</th> }
                    { for scene.columns.iter().map(|column| html! { <th scope="col">{ column.title.clone() }{ ", " }{ column.unit }</th> }) }
                    <th scope="col">{ "meanwhile" }</th></tr></thead>
                <tbody>{ for scene.rows.iter().map(|row| html! {
                    <tr><th scope="row">{ row.head.clone() }</th>
                        if scene.counts.is_some() { <td>{ row.count.to_string() }</td> }
                        { for scene.columns.iter().enumerate().map(|(place, column)| {
                            let value = row.values.get(place).copied().flatten();
                            html! { <td data-value={value.map(|value| value.to_string())}>{ number(value, column.unit) }</td> }
                        }) }
                        <td>{ row.trouble.clone() }</td></tr>
                }) }</tbody>
            </table>
        </div>
    }
}
