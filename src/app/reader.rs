//! Reading a chart by pointer and by keyboard: events become places of the chart, and what stands there the chart says itself.
//! Which place is pointed at is the component's own business, so that moving a pointer draws nothing else anew.

use netsplit_studio::Intent;
use netsplit_studio::chart::reading::{Cursor, Legible, Reading};
use netsplit_studio::selection::Selected;
use web_sys::Element;
use yew::prelude::*;

use crate::shared::Shared;
use crate::stage::px;

/// The handlers of a chart, and what is read off it now.
pub(crate) struct Reader {
    /// To be put on the chart's SVG.
    pub(crate) svg: NodeRef,
    pub(crate) onpointermove: Callback<PointerEvent>,
    pub(crate) onpointerleave: Callback<PointerEvent>,
    pub(crate) onclick: Callback<MouseEvent>,
    pub(crate) onkeydown: Callback<KeyboardEvent>,
    pub(crate) reading: Option<Reading>,
    /// The place from the left, counted from 0, and how many there are.
    pub(crate) place: usize,
    pub(crate) places: usize,
}

impl Reader {
    /// What stands at the place, or what to do.
    pub(crate) fn words(&self, otherwise: &str) -> String {
        self.reading.as_ref().map_or_else(|| otherwise.to_owned(), |reading| reading.text.clone())
    }

    /// What is drawn at the place.
    pub(crate) fn cursors(&self) -> Html {
        let Some(reading) = &self.reading else { return html! {} };
        let cursor = |cursor: &Cursor| match *cursor {
            Cursor::Ring { x, y } => {
                html! { <circle class="chart-reading-ring" cx={px(x)} cy={px(y)} r="6" /> }
            }
            Cursor::Line { x, top, bottom } => {
                html! { <line class="chart-reading-line" x1={px(x)} x2={px(x)} y1={px(top)} y2={px(bottom)} /> }
            }
        };
        reading.cursors.iter().map(cursor).collect()
    }
}

/// Makes a chart of this size legible; `part` is the chart in what is shared.
#[hook]
pub(crate) fn use_reader<T: 'static>(
    shared: &Shared<T>,
    part: fn(&T) -> &dyn Legible,
    size: (f64, f64),
    on: &Callback<Intent>,
) -> Reader {
    let (width, height) = size;
    let svg = use_node_ref();
    let at = use_state(|| None::<u64>);
    let chart = part(shared);
    let found = at.and_then(|id| chart.find(id));
    let under = {
        let (svg, shared) = (svg.clone(), shared.clone());
        move |event: &MouseEvent| {
            let rect = svg.cast::<Element>()?.get_bounding_client_rect();
            if rect.width() <= 0.0 || rect.height() <= 0.0 {
                return None;
            }
            let x = (f64::from(event.client_x()) - rect.left()) * width / rect.width();
            let y = (f64::from(event.client_y()) - rect.top()) * height / rect.height();
            let chart = part(&shared);
            chart.nearest(x, y).map(|place| (chart.id(place), chart.reading(place)))
        }
    };
    let onpointermove = {
        let (at, under) = (at.clone(), under.clone());
        Callback::from(move |event: PointerEvent| {
            let next = under(&event).map(|(id, _)| id);
            if next != *at {
                at.set(next);
            }
        })
    };
    let onpointerleave = {
        let at = at.clone();
        // A finger that is lifted leaves too, and what it pointed at is still to be read.
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() == "mouse" {
                at.set(None);
            }
        })
    };
    let onclick = {
        let (at, on) = (at.clone(), on.clone());
        Callback::from(move |event: MouseEvent| {
            let Some((id, reading)) = under(&event) else { return };
            at.set(Some(id));
            // A window is read; only a mark of its own is selected by a press.
            let mark = reading.filter(|reading| {
                reading.cursors.iter().any(|cursor| matches!(cursor, Cursor::Ring { .. }))
                    || reading.cursors.len() == 1
            });
            if let Some(op) = mark.and_then(|reading| reading.op) {
                on.emit(Intent::Selected(Some(Selected::Operation(op))));
            }
        })
    };
    let onkeydown = {
        let (at, on, shared) = (at.clone(), on.clone(), shared.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let chart = part(&shared);
            let big = if event.shift_key() { 10 } else { 1 };
            let to = match event.key().as_str() {
                "ArrowLeft" => chart.step(found, -big),
                "ArrowRight" => chart.step(found, big),
                "Home" => chart.step(Some(0), 0),
                "End" => chart.step(Some(0), i32::MAX),
                "Escape" if found.is_some() => None,
                "Enter" | " " => {
                    let op = found.and_then(|place| chart.reading(place)).and_then(|reading| reading.op);
                    let Some(op) = op else { return };
                    event.prevent_default();
                    event.stop_propagation();
                    on.emit(Intent::Selected(Some(Selected::Operation(op))));
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            at.set(to.map(|place| chart.id(place)));
        })
    };
    Reader {
        svg,
        onpointermove,
        onpointerleave,
        onclick,
        onkeydown,
        reading: found.and_then(|place| chart.reading(place)),
        place: found.unwrap_or(0).min(chart.places().saturating_sub(1)),
        places: chart.places(),
    }
}
