//! The browser behind a few functions: storage, clipboard, media queries, addresses, focus, panics.

use std::cell::RefCell;

use gloo::utils::{document, window};
use netsplit_sim::ids::{ClientId, MessageId, NodeId, Site, SiteKind};
use netsplit_studio::stage::Target;
use netsplit_studio::telling::Telling;
use netsplit_studio::{Preferences, Theme};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;
use yew::Callback;

thread_local! {
    /// The address of the run as it was a moment ago, for the card that a panic shows.
    static LAST_RUN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Milliseconds of wall-clock time.
pub(crate) fn clock_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// The address up to the `#`.
pub(crate) fn base() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

/// The address from the `#` on.
pub(crate) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

fn stored(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Remembers a preference, if the browser lets us.
pub(crate) fn store(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs a preference, not the page.
        let _ = storage.set_item(key, value);
    }
}

/// What was remembered, and what the system asks for.
pub(crate) fn preferences() -> Preferences {
    Preferences {
        theme: stored("netsplit.theme").map_or(Theme::Auto, |name| Theme::find(&name)),
        no_shortcuts: stored("netsplit.shortcuts").is_some_and(|stored| stored == "off"),
        telling: stored("netsplit.telling").map_or_else(Telling::default, |name| Telling::find(&name)),
        reduced_motion: matches("(prefers-reduced-motion: reduce)"),
        progress: stored(netsplit_studio::chapter::STORED).unwrap_or_default(),
    }
}

/// Puts a theme on the page.
pub(crate) fn apply(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    // A page without the attribute follows the system. Both calls fail only for bad names.
    let _ = match theme {
        Theme::Auto => root.remove_attribute("data-theme"),
        Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.name()),
    };
}

/// The list of runs for a class, as it was stored.
pub(crate) fn stored_list() -> String {
    stored(netsplit_studio::present::STORED).unwrap_or_default()
}

/// The colour of the page's paper in the theme as it is.
pub(crate) fn paper() -> String {
    let Some(body) = document().body() else { return String::new() };
    let style = window().get_computed_style(&body).ok().flatten();
    style.and_then(|style| style.get_property_value("background-color").ok()).unwrap_or_default()
}

/// Large type and high contrast for a projector, or no longer.
pub(crate) fn project(on: bool) {
    let Some(root) = document().document_element() else { return };
    let _ = if on { root.set_attribute("data-present", "") } else { root.remove_attribute("data-present") };
}

/// How many pixels of the page one of the stage takes: more than one on a projector, where everything on the stage is drawn
/// larger, as far as the stage is large enough for that; less in a small frame of another page.
pub(crate) fn stage_scale() -> f64 {
    let stage = document().get_element_by_id("stage");
    if let Some(stage) = stage.filter(|stage| matches!(stage.closest(".in-embed"), Ok(Some(_)))) {
        let (width, height) = (f64::from(stage.client_width()), f64::from(stage.client_height()));
        return (width / 420.0).min(height / 300.0).clamp(0.45, 1.0);
    }
    let presents = document().document_element().is_some_and(|root| root.has_attribute("data-present"));
    if !presents {
        return 1.0;
    }
    let width = document().get_element_by_id("stage").map_or(0, |stage| stage.client_width());
    (f64::from(width) / 560.0).clamp(1.0, 2.0)
}

/// The whole screen for the page, or no longer.
pub(crate) fn full_screen() {
    let document = document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        // A browser that refuses leaves everything as it is; the layout is the same without.
        let _ = root.request_fullscreen();
    }
}

/// Puts another address behind the page without opening it: what it says is shown already.
pub(crate) fn push_address(hash: &str) {
    if let Ok(history) = window().history() {
        // In a frame that forbids it the address stays the old one.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(hash));
    }
}

/// Puts a text into the clipboard and says whether that worked.
pub(crate) fn copy(text: &str, done: Callback<bool>) {
    let navigator: JsValue = window().navigator().into();
    // Outside of a secure context there is no clipboard at all.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    let Ok(clipboard) = clipboard.dyn_into::<web_sys::Clipboard>() else {
        done.emit(false);
        return;
    };
    let promise = clipboard.write_text(text);
    let refused = done.clone();
    let on_taken = Closure::once(move |_: JsValue| done.emit(true));
    let on_refused = Closure::once(move |_: JsValue| refused.emit(false));
    let _ = promise.then2(&on_taken, &on_refused);
    // One of them runs, later; the other few bytes are the price of a click.
    on_taken.forget();
    on_refused.forget();
}

/// The id of the element of a target.
pub(crate) fn element_id(target: Target) -> String {
    match target {
        Target::Site(site) => format!("site-{}", site_id(site)),
        Target::Link(a, b) => format!("link-{}-{}", site_id(a), site_id(b)),
        Target::Message(message) => format!("message-{}", message.0),
    }
}

fn site_id(site: Site) -> String {
    match site.kind() {
        SiteKind::Node(node) => format!("n{}", node.0),
        SiteKind::Client(client) => format!("c{}", client.0),
    }
}

/// What stands before the ids of the second stage of a comparison.
pub(crate) const OF_B: &str = "b-";

/// The target of an element's id, on either stage.
pub(crate) fn target_of(id: &str) -> Option<Target> {
    let site = |text: &str| -> Option<Site> {
        let (letter, number) = text.split_at_checked(1)?;
        let number = number.parse().ok()?;
        match letter {
            "n" => Some(NodeId(number).into()),
            "c" => Some(ClientId(number).into()),
            _ => None,
        }
    };
    let id = id.strip_prefix(OF_B).unwrap_or(id);
    if let Some(rest) = id.strip_prefix("site-") {
        return site(rest).map(Target::Site);
    }
    if let Some(number) = id.strip_prefix("message-") {
        return number.parse().ok().map(|number| Target::Message(MessageId(number)));
    }
    let (a, b) = id.strip_prefix("link-")?.split_once('-')?;
    Some(Target::Link(site(a)?, site(b)?))
}

/// Scrolls to a part of the page and gives it the focus.
pub(crate) fn show(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        // As little as is needed: a page that fills the window must not move at all.
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
    focus(id);
}

/// Gives an element the focus; the stage, if the element is gone: a message that has arrived.
pub(crate) fn focus(id: &str) {
    let element = document().get_element_by_id(id).or_else(|| document().get_element_by_id("stage"));
    let Some(element) = element else { return };
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    } else if let Some(element) = element.dyn_ref::<web_sys::SvgElement>() {
        let _ = element.focus();
    }
}

/// Remembers the run's address for [`show_panics`].
pub(crate) fn remember_run(address: String) {
    LAST_RUN.with(|last| *last.borrow_mut() = address);
}

/// Makes a panic show a card with the link that reproduces it.
pub(crate) fn show_panics() {
    yew::set_custom_panic_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        let address = LAST_RUN.with(|last| last.try_borrow().map(|last| last.clone()).unwrap_or_default());
        let _ = show_card(&info.to_string(), &address);
    }));
}

fn show_card(message: &str, address: &str) -> Result<(), JsValue> {
    let document = document();
    let card = document.create_element("div")?;
    card.set_class_name("panic");
    card.set_attribute("role", "alert")?;
    let line = |tag: &str, text: &str| -> Result<web_sys::Element, JsValue> {
        let element = document.create_element(tag)?;
        element.set_text_content(Some(text));
        Ok(element)
    };
    card.append_child(&*line("h2", "Netsplit has stopped")?)?;
    card.append_child(&*line(
        "p",
        "This is a mistake in Netsplit, not in what you did. The link below leads to just before it; please \
         send it with the message to whoever looks after this page.",
    )?)?;
    let link = line("a", address)?;
    link.set_attribute("href", address)?;
    card.append_child(&link)?;
    card.append_child(&*line("pre", message)?)?;
    let body = document.body().ok_or(JsValue::NULL)?;
    body.append_child(&card)?;
    Ok(())
}

/// Lets the person save a text as a file.
pub(crate) fn save(name: &str, text: &str) {
    let Some(blob) = blob(text, if name.ends_with(".svg") { "image/svg+xml" } else { "" }) else { return };
    save_blob(name, &blob);
}

fn blob(text: &str, kind: &str) -> Option<web_sys::Blob> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    web_sys::Blob::new_with_str_sequence_and_options(&parts, &options).ok()
}

/// Draws a picture as pixels, twice as fine as the page, and lets the person save it.
pub(crate) fn save_pixels(name: String, svg: &str, (width, height): (f64, f64), refused: Callback<String>) {
    const FINE: f64 = 2.0;
    let sorry = "This browser can’t draw the picture as PNG; save it as SVG instead.";
    let made = blob(svg, "image/svg+xml").and_then(|blob| {
        let address = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
        let image = web_sys::HtmlImageElement::new().ok()?;
        let canvas = document().create_element("canvas").ok()?;
        Some((address, image, canvas.dyn_into::<web_sys::HtmlCanvasElement>().ok()?))
    });
    let Some((address, image, canvas)) = made else { return refused.emit(sorry.to_owned()) };
    canvas.set_width((width * FINE) as u32);
    canvas.set_height((height * FINE) as u32);
    let drawn = {
        let (image, address, refused) = (image.clone(), address.clone(), refused.clone());
        Closure::once_into_js(move || {
            let context = canvas.get_context("2d").ok().flatten();
            let context =
                context.and_then(|context| context.dyn_into::<web_sys::CanvasRenderingContext2d>().ok());
            let done = context.is_some_and(|context| {
                let drawn = context.draw_image_with_html_image_element_and_dw_and_dh(
                    &image,
                    0.0,
                    0.0,
                    width * FINE,
                    height * FINE,
                );
                let given = Closure::once_into_js(move |blob: Option<web_sys::Blob>| {
                    if let Some(blob) = blob {
                        save_blob(&name, &blob);
                    }
                });
                drawn.is_ok() && canvas.to_blob(given.unchecked_ref()).is_ok()
            });
            let _ = web_sys::Url::revoke_object_url(&address);
            if !done {
                refused.emit(sorry.to_owned());
            }
        })
    };
    let failed = Closure::once_into_js(move || refused.emit(sorry.to_owned()));
    image.set_onload(Some(drawn.unchecked_ref()));
    image.set_onerror(Some(failed.unchecked_ref()));
    image.set_src(&address);
}

fn save_blob(name: &str, blob: &web_sys::Blob) {
    let Ok(address) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    let link = document()
        .create_element("a")
        .ok()
        .and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // The browser has begun to read it by then; the address is not needed again.
    gloo::timers::callback::Timeout::new(1_000, move || {
        let _ = web_sys::Url::revoke_object_url(&address);
    })
    .forget();
}

/// How many cores the machine has, as far as the browser tells; two if it does not.
pub(crate) fn cores() -> u8 {
    let cores = window().navigator().hardware_concurrency();
    if cores >= 1.0 { cores.min(64.0) as u8 } else { 2 }
}

/// Fetches a text file of this site; tells nothing where it can't be had.
pub(crate) fn fetch(path: &str, done: Callback<Option<String>>) {
    let failed = done.clone();
    let on_answer = Closure::once(move |answer: JsValue| {
        // A host that answers with a page of its own for what it has not got is told apart by the digest.
        let answer = answer.dyn_into::<web_sys::Response>().ok().filter(web_sys::Response::ok);
        match answer.and_then(|answer| answer.text().ok()) {
            Some(text) => tell_text(&text, done),
            None => done.emit(None),
        }
    });
    let on_failed = Closure::once(move |_: JsValue| failed.emit(None));
    let _ = window().fetch_with_str(path).then2(&on_answer, &on_failed);
    // One of them runs, later; as above, for as many files as are looked at.
    on_answer.forget();
    on_failed.forget();
}

fn tell_text(text: &js_sys::Promise, done: Callback<Option<String>>) {
    let failed = done.clone();
    let on_text = Closure::once(move |text: JsValue| done.emit(text.as_string()));
    let on_failed = Closure::once(move |_: JsValue| failed.emit(None));
    let _ = text.then2(&on_text, &on_failed);
    on_text.forget();
    on_failed.forget();
}
