//! The chart of a lesson, as SVG, with its numbers in a table that can be unfolded.

use netsplit_studio::plot::{AREA, Line, Mark, Plot, Row};
use yew::prelude::*;

use crate::charts::{column, row};
use crate::stage::px;

/// Stands for a value that is not measured yet.
const NOTHING: &str = "…";

/// The chart of the lesson with this number in the chapter.
pub(crate) fn figure(plot: &Plot, number: &str, empty: &'static str) -> Html {
    let middle = (AREA.left + AREA.right) / 2.0;
    html! {
        <figure key="chart" class="chart plot" data-chart={number.to_owned()} data-points={plot.taken.to_string()}>
            <figcaption><b>{ plot.title.clone() }</b>{ ", " }<span class="unit">{ plot.y.clone() }</span></figcaption>
            <svg viewBox="0 0 320 226" role="img" aria-label={plot.spoken.clone()}>
                { for plot.up.iter().map(|tick| row(tick, AREA.left, AREA.right)) }
                { for plot.across.iter().map(|tick| column(tick, AREA.bottom)) }
                <text class="axis-unit" x={px(AREA.right)} y={px(AREA.bottom + 31.0)}>{ plot.x.clone() }</text>
                if plot.taken == 0 {
                    <text class="empty" x={px(middle)} y={px((AREA.top + AREA.bottom) / 2.0 - 8.0)}>
                        { empty }
                    </text>
                }
                { for plot.lines.iter().enumerate().map(|(place, line)| points(place, line)) }
                // The formula is drawn over what was measured.
                { for plot.lines.iter().enumerate().map(|(place, line)| curve(place, line)) }
            </svg>
            <p class="keys">
                <span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="series point" d={shape(0, 6.0, 6.0)} /></svg>{ if plot.has_bars { "mean of the seeds, and where the true mean is in 95 cases of 100" } else { "measured" } }</span>
                if let Some((called, formula)) = &plot.formula {
                    <span><svg viewBox="0 0 18 12" aria-hidden="true"><path class="series curve" d="M0 6h18" /></svg>
                        { *called }{ if formula.is_empty() { String::new() } else { format!(": {formula}") } }</span>
                }
            </p>
            <details data-control="chart-numbers">
                <summary>{ "The numbers" }</summary>
                { table(plot) }
            </details>
        </figure>
    }
}

/// The outline of a mark: a circle, a square, a triangle or a diamond.
fn shape(place: usize, x: f64, y: f64) -> String {
    let from = |dx: f64, dy: f64| format!("M{:.1} {:.1}", x + dx, y + dy);
    match place % 4 {
        0 => from(0.0, -4.5) + "a4.5 4.5 0 1 0 .01 0z",
        1 => from(-4.0, -4.0) + "h8v8h-8z",
        2 => from(0.0, -5.0) + "l5 9h-10z",
        _ => from(0.0, -5.5) + "l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
    }
}

fn points(place: usize, line: &Line) -> Html {
    let point = |mark: &Mark| {
        let bar = mark.bar.map(|(low, high)| {
            let x = mark.at.0;
            let d =
                format!("M{x:.1} {low:.1}V{high:.1}M{:.1} {low:.1}h6M{:.1} {high:.1}h6", x - 3.0, x - 3.0);
            html! { <path class={format!("series bar series-{place}")} {d} /> }
        });
        html! {
            <>
            { for bar }
            <path class={format!("series point series-{place}")} d={shape(place, mark.at.0, mark.at.1)}
                data-series={line.name.clone()} data-x={mark.x.to_string()} data-value={mark.value.to_string()} />
            </>
        }
    };
    line.marks.iter().map(point).collect()
}

fn curve(place: usize, line: &Line) -> Html {
    let mut path = String::new();
    for (x, y) in &line.curve {
        path.push_str(&format!("{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' }));
    }
    if path.is_empty() && line.marks.is_empty() {
        return Html::default();
    }
    html! {
        <>
            if !path.is_empty() {
                <path class={format!("series curve series-{place}")} d={path} data-series={line.name.clone()} />
            }
            <text class="series-name" x={px(AREA.right + 8.0)} y={px(line.name_at + 3.5)}>{ line.name.clone() }</text>
        </>
    }
}

/// The numbers, for those who would rather read them or cannot see the chart.
fn table(plot: &Plot) -> Html {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| NOTHING.to_owned());
    let row = |row: &Row| {
        html! {
            <tr>
                <th scope="row">{ row.x.clone() }</th>
                <td>{ value(&row.measured) }</td>
                <td>{ value(&row.formula) }</td>
            </tr>
        }
    };
    html! {
        <table>
            <thead>
                <tr>
                    <th scope="col">{ plot.x.clone() }</th>
                    <th scope="col">{ format!("measured, {}", plot.y) }</th>
                    <th scope="col">{ format!("formula, {}", plot.y) }</th>
                </tr>
            </thead>
            { for plot.lines.iter().map(|line| html! {
                <tbody>
                    if !line.name.is_empty() {
                        <tr><th scope="rowgroup" colspan="3">{ line.name.clone() }</th></tr>
                    }
                    { for line.rows.iter().map(row) }
                </tbody>
            }) }
        </table>
    }
}
