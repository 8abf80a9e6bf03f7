//! Events of the browser as intents: keys anywhere, pointers and focus on the stage, and what the window
//! tells.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use netsplit_sim::time::Time;
use netsplit_studio::compare::CompareIntent;
use netsplit_studio::dock::{DockIntent, View};
use netsplit_studio::geometry::Point;
use netsplit_studio::intent::StageKey;
use netsplit_studio::share::ShareIntent;
use netsplit_studio::stage::Target;
use netsplit_studio::story::StoryIntent;
use netsplit_studio::studio::Panel;
use netsplit_studio::{Intent, Studio};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;
use yew::prelude::*;

use crate::pinch::Pinch;
use crate::platform;
use crate::present;
use crate::share;
use crate::shell::{Msg, Shell};

/// What a key means here, if anything.
pub(crate) fn key(studio: &Studio, event: &KeyboardEvent) -> Option<Intent> {
    let on = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let tag = on.as_ref().map(Element::tag_name).unwrap_or_default().to_lowercase();
    let kind = on.as_ref().and_then(|on| on.get_attribute("type")).unwrap_or_default();
    let key = event.key();
    if let Some(intent) = present::key(studio, &key, event, tag == "input" && kind != "range") {
        return Some(intent);
    }
    let command = event.ctrl_key() || event.meta_key();
    let types = tag == "textarea" || (tag == "input" && !matches!(kind.as_str(), "range" | "checkbox"));
    if command && !types {
        return match key.to_lowercase().as_str() {
            "z" if event.shift_key() => Some(Intent::Redid),
            "z" => Some(Intent::Undid),
            "y" => Some(Intent::Redid),
            _ => None,
        };
    }
    if types || command || event.alt_key() || studio.help() {
        return None;
    }
    let target = on.as_ref().and_then(|on| platform::target_of(&on.id()));
    let of_b = on.as_ref().is_some_and(|on| on.id().starts_with(platform::OF_B));
    if let Some(on) = target
        && let Some(key) = stage_key(&key, event)
    {
        let pushed = Intent::Pushed { on, key, fine: event.shift_key() };
        return Some(if of_b { Intent::Compare(CompareIntent::OnB(Box::new(pushed))) } else { pushed });
    }
    if key == "Escape" {
        return if studio.menu().is_some() {
            Some(Intent::ClosedMenu)
        } else {
            let showing = studio.share().map(|card| card.showing)?;
            Some(if showing { Intent::Share(ShareIntent::ShowedCode(false)) } else { Intent::ClosedShare })
        };
    }
    if !studio.shortcuts() || tag == "select" {
        return None;
    }
    let slides = tag == "input";
    let presses = matches!(tag.as_str(), "button" | "summary" | "a");
    match key.as_str() {
        // A mouse that pressed a node or a button leaves the focus there; Space still plays, unless the
        // keyboard went to it, where Space means to press it.
        " " if !presses && !slides => Some(Intent::ToggledPlay),
        " " if presses && !focus_is_visible(on.as_ref()) => Some(Intent::ToggledPlay),
        "." => Some(Intent::Stepped),
        "," => Some(Intent::SteppedBack),
        "f" => Some(Intent::Forked),
        "b" => Some(story(StoryIntent::Began)),
        "n" => Some(story(StoryIntent::Leapt(true))),
        "p" => Some(story(StoryIntent::Leapt(false))),
        "i" => Some(Intent::Looked(Panel::Inside)),
        "c" => Some(Intent::Looked(Panel::Clients)),
        "s" => Some(Intent::Shared),
        "+" | "=" => Some(Intent::Zoomed(studio.stage_middle(), ZOOM)),
        "-" => Some(Intent::Zoomed(studio.stage_middle(), 1.0 / ZOOM)),
        "0" => Some(Intent::Fitted),
        digit if view_of(digit).is_some() => {
            view_of(digit).map(|view| Intent::Dock(DockIntent::Opened(view)))
        }
        "Home" if !slides => Some(Intent::Scrubbed(Time::ZERO)),
        "End" if !slides => Some(Intent::Scrubbed(studio.session().horizon())),
        "[" => Some(Intent::ChangedSpeed(-1)),
        "]" => Some(Intent::ChangedSpeed(1)),
        "?" => Some(Intent::ToggledHelp),
        "ArrowLeft" if !slides => Some(Intent::Nudged(if event.shift_key() { -10 } else { -1 })),
        "ArrowRight" if !slides => Some(Intent::Nudged(if event.shift_key() { 10 } else { 1 })),
        _ => None,
    }
}

/// How much closer one press or one notch of the wheel looks.
pub(crate) const ZOOM: f64 = 1.25;

fn story(intent: StoryIntent) -> Intent {
    Intent::Dock(DockIntent::Story(intent))
}

/// The view of a digit, in the order of the tabs.
fn view_of(key: &str) -> Option<View> {
    let number: usize = key.parse().ok()?;
    View::ALL.get(number.checked_sub(1)?).copied()
}

/// A key that means something on the stage.
fn stage_key(key: &str, event: &KeyboardEvent) -> Option<StageKey> {
    Some(match key {
        "ArrowLeft" => StageKey::Left,
        "ArrowRight" => StageKey::Right,
        "ArrowUp" => StageKey::Up,
        "ArrowDown" => StageKey::Down,
        "Enter" => StageKey::Enter,
        "Escape" => StageKey::Escape,
        "ContextMenu" | "m" | "M" => StageKey::Menu,
        "F10" if event.shift_key() => StageKey::Menu,
        "Home" => StageKey::First,
        "End" => StageKey::Last,
        _ => return None,
    })
}

fn focus_is_visible(element: Option<&Element>) -> bool {
    element.is_some_and(|element| element.matches(":focus-visible").unwrap_or(false))
}

/// What the stage does with pointers and focus.
pub(crate) struct StageCallbacks {
    pub(crate) down: Callback<PointerEvent>,
    pub(crate) moved: Callback<PointerEvent>,
    pub(crate) up: Callback<PointerEvent>,
    pub(crate) cancel: Callback<PointerEvent>,
    pub(crate) context: Callback<MouseEvent>,
    pub(crate) focusin: Callback<FocusEvent>,
}

impl StageCallbacks {
    pub(crate) fn new(ground: &NodeRef, on: &Callback<Intent>) -> Self {
        let place = |ground: &NodeRef, x: i32, y: i32| {
            let rect = ground.cast::<Element>().map(|ground| ground.get_bounding_client_rect());
            // On a projector the stage is drawn larger than it is.
            let scale = platform::stage_scale();
            rect.map_or(Point::default(), |rect| {
                Point::new((f64::from(x) - rect.left()) / scale, (f64::from(y) - rect.top()) / scale)
            })
        };
        let pinch = Rc::new(RefCell::new(Pinch::default()));
        let moved = {
            let (ground, on, pinch) = (ground.clone(), on.clone(), Rc::clone(&pinch));
            Callback::from(move |event: PointerEvent| {
                let at = place(&ground, event.client_x(), event.client_y());
                let pinched = pinch.borrow_mut().moved(event.pointer_id(), at);
                match pinched {
                    Some(intents) => intents.into_iter().for_each(|intent| on.emit(intent)),
                    None if event.is_primary() => on.emit(Intent::Moved(at)),
                    None => {}
                }
            })
        };
        let left = |ground: &NodeRef, intent: fn(Point) -> Intent| {
            let (ground, on, pinch) = (ground.clone(), on.clone(), Rc::clone(&pinch));
            Callback::from(move |event: PointerEvent| {
                let pinched = pinch.borrow_mut().up(event.pointer_id());
                if event.is_primary() && !pinched {
                    on.emit(intent(place(&ground, event.client_x(), event.client_y())));
                }
            })
        };
        let down = {
            let (ground, on, pinch) = (ground.clone(), on.clone(), Rc::clone(&pinch));
            Callback::from(move |event: PointerEvent| {
                let Some(touched) = event.target().and_then(|target| target.dyn_into::<Element>().ok())
                else {
                    return;
                };
                // Buttons on the stage press themselves; other mouse buttons open menus.
                let is_button = touched.closest("button, [data-menu]").ok().flatten().is_some();
                if is_button || event.button() != 0 {
                    return;
                }
                let at = place(&ground, event.client_x(), event.client_y());
                if event.pointer_type() == "touch"
                    && let Some(intent) = pinch.borrow_mut().down(event.pointer_id(), at)
                {
                    on.emit(intent);
                }
                if !event.is_primary() {
                    return;
                }
                if let Some(ground) = ground.cast::<Element>() {
                    // Refused for a pointer that is gone already: then there is nothing to capture.
                    let _ = ground.set_pointer_capture(event.pointer_id());
                }
                let touch = event.pointer_type() != "mouse";
                on.emit(Intent::Pressed { on: target_under(&touched), at, touch });
            })
        };
        let context = {
            let (ground, on) = (ground.clone(), on.clone());
            Callback::from(move |event: MouseEvent| {
                let touched = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                // The menu itself keeps the browser's own: a number in it may be wanted as text.
                if touched.as_ref().is_none_or(|on| !matches!(on.closest(".menu"), Ok(None))) {
                    return;
                }
                event.prevent_default();
                let at = place(&ground, event.client_x(), event.client_y());
                on.emit(Intent::OpenedMenuAt(touched.as_ref().and_then(target_under), at));
            })
        };
        let focusin = {
            let on = on.clone();
            Callback::from(move |event: FocusEvent| {
                let touched = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                if let Some(target) = touched.as_ref().and_then(target_under) {
                    on.emit(Intent::Focused(target));
                }
            })
        };
        Self {
            down,
            moved,
            up: left(ground, Intent::Released),
            cancel: left(ground, |_| Intent::Cancelled),
            context,
            focusin,
        }
    }
}

/// The site or link that an element of the stage belongs to.
fn target_under(element: &Element) -> Option<Target> {
    let owner = element.closest("[data-node], [data-client], [data-link]").ok().flatten()?;
    platform::target_of(&owner.id())
}

/// The listeners of the whole window.
pub(crate) fn listeners(ctx: &Context<Shell>) -> Vec<EventListener> {
    let on_window = |name: &'static str, message: fn() -> Msg| {
        let link = ctx.link().clone();
        EventListener::new(&window(), name, move |_| link.send_message(message()))
    };
    let link = ctx.link().clone();
    let options = EventListenerOptions::enable_prevent_default();
    let keys = EventListener::new_with_options(&window(), "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            link.send_message(Msg::Key(event.clone()));
        }
    });
    let link = ctx.link().clone();
    let visibility = EventListener::new(&document(), "visibilitychange", move |_| {
        link.send_message(Msg::Visibility);
    });
    let mut listeners = vec![
        keys,
        visibility,
        on_window("hashchange", || Msg::Meant(Intent::Navigated(platform::hash()))),
        on_window("resize", || Msg::Measured),
    ];
    listeners.extend(share::drops(ctx));
    if let Ok(Some(dark)) = window().match_media("(prefers-color-scheme: dark)") {
        let link = ctx.link().clone();
        let target: &JsValue = dark.as_ref();
        if let Some(target) = target.dyn_ref::<web_sys::EventTarget>() {
            listeners.push(EventListener::new(target, "change", move |_| link.send_message(Msg::Restyled)));
        }
    }
    listeners
}

/// The wheel with Ctrl, which is also what a trackpad makes of two fingers: looks closer, or from further away.
pub(crate) fn wheel(ground: &Element, on: &Callback<Intent>) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    let (on, stage) = (on.clone(), ground.clone());
    EventListener::new_with_options(ground, "wheel", options, move |event| {
        let Some(event) =
            event.dyn_ref::<web_sys::WheelEvent>().filter(|event| event.ctrl_key() || event.meta_key())
        else {
            return;
        };
        event.prevent_default();
        let rect = stage.get_bounding_client_rect();
        let at =
            Point::new(f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top());
        // A notch of a wheel is about a hundred; a trackpad sends many small ones.
        let notches = (-event.delta_y() / 100.0).clamp(-3.0, 3.0);
        let closer = 1.0 + notches.abs() * (ZOOM - 1.0);
        on.emit(Intent::Zoomed(at, if notches >= 0.0 { closer } else { 1.0 / closer }));
    })
}

/// Keeps a finger that drags a site from scrolling the page. `touch-action` should, but browsers do not take
/// it from an element inside an SVG.
pub(crate) fn hold_the_page(ground: &Element) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(ground, "touchstart", options, |event| {
        let on = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if on.is_some_and(|on| matches!(on.closest(".site"), Ok(Some(_)))) {
            event.prevent_default();
        }
    })
}
