//! A chart of the page as a picture that needs nothing else: every element takes the style that it has on the page with it.

use gloo::utils::window;
use netsplit_studio::Intent;
use netsplit_studio::share::ShareIntent;
use netsplit_studio::share::files::File;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::platform;

/// What of an element's style makes its look.
const LOOKS: [&str; 15] = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "opacity",
    "paint-order",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "text-anchor",
];

/// An SVG of the page as a document of its own, on the page's paper.
fn alone(shown: &Element) -> Option<String> {
    let copy: Element = shown.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    let (from, to) = (shown.query_selector_all("*").ok()?, copy.query_selector_all("*").ok()?);
    for index in 0..from.length() {
        let (Some(from), Some(to)) = (from.get(index), to.get(index)) else { break };
        let (Ok(from), Ok(to)) = (from.dyn_into::<Element>(), to.dyn_into::<Element>()) else { continue };
        let Ok(Some(style)) = window().get_computed_style(&from) else { continue };
        for look in LOOKS {
            let value = style.get_property_value(look).unwrap_or_default();
            // Setting an attribute fails only for a bad name.
            let _ = to.set_attribute(look, &value);
        }
        let _ = to.remove_attribute("class");
    }
    let paper = platform::paper();
    let area = copy.get_attribute("viewBox")?;
    let sides: Vec<&str> = area.split_whitespace().collect();
    let [left, top, width, height] = sides.as_slice() else { return None };
    let ground = copy.owner_document()?.create_element_ns(Some("http://www.w3.org/2000/svg"), "rect").ok()?;
    for (name, value) in [("x", *left), ("y", *top), ("width", *width), ("height", *height), ("fill", &paper)]
    {
        let _ = ground.set_attribute(name, value);
    }
    let _ = copy.insert_before(&ground, copy.first_child().as_ref());
    for (name, value) in [("xmlns", "http://www.w3.org/2000/svg"), ("width", *width), ("height", *height)] {
        let _ = copy.set_attribute(name, value);
    }
    // The one entity that HTML writes and XML does not know.
    Some(copy.outer_html().replace("&nbsp;", "&#160;"))
}

#[derive(Properties, PartialEq)]
pub(crate) struct SavesProps {
    /// The chart's name, in controls and files.
    pub(crate) name: &'static str,
    /// What it is drawn from.
    pub(crate) data: File,
    pub(crate) on: Callback<Intent>,
}

/// The ways to take a chart along.
#[component]
pub(crate) fn ChartSaves(props: &SavesProps) -> Html {
    let name = props.name;
    let data = props.data;
    let picture = Callback::from(move |event: MouseEvent| {
        let figure = event.target_dyn_into::<Element>().and_then(|on| on.closest("figure").ok().flatten());
        let svg = figure.and_then(|figure| figure.query_selector("svg").ok().flatten());
        if let Some(text) = svg.as_ref().and_then(alone) {
            platform::save(&format!("netsplit-{name}.svg"), &text);
        }
    });
    let table = props.on.reform(move |_: MouseEvent| Intent::Share(ShareIntent::Saved(data)));
    html! {
        <p class="chart-saves">
            <button type="button" class="text" data-control={format!("{name}-svg")} aria-label={format!("Save the chart of {name} as SVG")} onclick={picture}>{ "SVG" }</button>
            <button type="button" class="text" data-control={format!("{name}-csv")} aria-label={format!("Save the numbers of {name} as CSV")} onclick={table}>{ "CSV" }</button>
        </p>
    }
}
