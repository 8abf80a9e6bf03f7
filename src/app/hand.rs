//! The hand on a diagram: drags, wheels, pinches and presses on a plot, and how much room it has. The listeners are the
//! browser's own, because a wheel must be kept from scrolling the page, which the ones of the components cannot do.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use netsplit_studio::geometry::{Point, Size};
use netsplit_studio::window::WindowIntent;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, PointerEvent, ResizeObserver, WheelEvent};
use yew::prelude::*;

/// A press that moves less than this many pixels is one.
const STILL: f64 = 4.0;
/// How much a wheel zooms: the span grows by this power of e for each pixel that it would scroll.
const WHEEL: f64 = 0.002;
/// The pixels of a line, for wheels that count lines.
const LINE: f64 = 16.0;

/// What a hand does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hand {
    /// The piece of time is to be another one.
    Window(WindowIntent),
    /// A press at a point of the plot, by a finger or not.
    Pressed(Point, bool),
    /// The plot has this room.
    Sized(Size),
}

/// The pointers that are down.
#[derive(Default)]
struct Grip {
    down: Vec<(i32, Point)>,
    start: Point,
    moved: bool,
}

impl Grip {
    /// A pointer moved: what that means.
    fn moved(&mut self, id: i32, to: Point) -> Option<WindowIntent> {
        let place = self.down.iter().position(|(pointer, _)| *pointer == id)?;
        let before = self.down[place].1;
        self.moved |= to.distance(self.start) > STILL || self.down.len() > 1;
        if !self.moved {
            return None;
        }
        self.down[place].1 = to;
        match self.down.as_slice() {
            [_] => Some(WindowIntent::Dragged(to.x - before.x)),
            [(_, a), (_, b), ..] => {
                let other = if place == 0 { *b } else { *a };
                let (was, is) = (before.distance(other).max(8.0), to.distance(other).max(8.0));
                Some(WindowIntent::Zoomed { factor: was / is, at: Some((to.x + other.x) / 2.0) })
            }
            [] => None,
        }
    }
}

/// Where a pointer is on an element.
fn place(ground: &Element, x: i32, y: i32) -> Point {
    let rect = ground.get_bounding_client_rect();
    Point::new(f64::from(x) - rect.left(), f64::from(y) - rect.top())
}

/// Listens to a plot: `frame` is the room that it has, `ground` what is drawn in it and may be higher.
#[hook]
pub(crate) fn use_hand(frame: &NodeRef, ground: &NodeRef, on: Callback<Hand>) {
    let (frame, ground) = (frame.clone(), ground.clone());
    use_effect_with((), move |()| {
        let mut kept = None;
        if let (Some(frame), Some(ground)) = (frame.cast::<Element>(), ground.cast::<Element>()) {
            kept = Some((listen(&ground, &on), measure(&frame, &on)));
        }
        move || {
            if let Some((_, Some((observer, _)))) = &kept {
                observer.disconnect();
            }
            drop(kept);
        }
    });
}

fn listen(ground: &Element, on: &Callback<Hand>) -> Vec<EventListener> {
    let grip = Rc::new(RefCell::new(Grip::default()));
    let pointer = |name: &'static str, act: fn(&Element, &mut Grip, &PointerEvent, &Callback<Hand>)| {
        let (element, grip, on) = (ground.clone(), Rc::clone(&grip), on.clone());
        EventListener::new(ground, name, move |event| {
            if let Some(event) = event.dyn_ref::<PointerEvent>() {
                act(&element, &mut grip.borrow_mut(), event, &on);
            }
        })
    };
    let wheel = {
        let (element, on) = (ground.clone(), on.clone());
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(ground, "wheel", options, move |event| {
            let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
            event.prevent_default();
            let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { LINE } else { 1.0 };
            let intent = if event.ctrl_key() || event.meta_key() {
                let factor = js_sys::Math::exp(event.delta_y() * unit * WHEEL);
                let at = place(&element, event.client_x(), event.client_y()).x;
                WindowIntent::Zoomed { factor, at: Some(at) }
            } else {
                WindowIntent::Dragged(-(event.delta_x() + event.delta_y()) * unit)
            };
            on.emit(Hand::Window(intent));
        })
    };
    vec![
        wheel,
        pointer("pointerdown", |ground, grip, event, _| {
            if event.button() != 0 {
                return;
            }
            let at = place(ground, event.client_x(), event.client_y());
            if grip.down.is_empty() {
                (grip.start, grip.moved) = (at, false);
            }
            grip.down.retain(|(id, _)| *id != event.pointer_id());
            grip.down.push((event.pointer_id(), at));
        }),
        pointer("pointermove", |ground, grip, event, on| {
            let was_moved = grip.moved;
            let at = place(ground, event.client_x(), event.client_y());
            if let Some(intent) = grip.moved(event.pointer_id(), at) {
                if !was_moved {
                    // Only now: a press has to reach what it is on. Refused for a pointer that is gone already.
                    let _ = ground.set_pointer_capture(event.pointer_id());
                }
                on.emit(Hand::Window(intent));
            }
        }),
        pointer("pointerup", |ground, grip, event, on| {
            let known = grip.down.iter().any(|(id, _)| *id == event.pointer_id());
            grip.down.retain(|(id, _)| *id != event.pointer_id());
            if known && !grip.moved && grip.down.is_empty() {
                let at = place(ground, event.client_x(), event.client_y());
                on.emit(Hand::Pressed(at, event.pointer_type() != "mouse"));
            }
        }),
        pointer("pointercancel", |_, grip, event, _| {
            grip.down.retain(|(id, _)| *id != event.pointer_id());
        }),
        pointer("pointerleave", |_, grip, event, _| {
            // A press that left before it became a drag is none.
            if !grip.moved {
                grip.down.retain(|(id, _)| *id != event.pointer_id());
            }
        }),
    ]
}

type Observed = (ResizeObserver, Closure<dyn FnMut()>);

fn measure(frame: &Element, on: &Callback<Hand>) -> Option<Observed> {
    let tell = {
        let (frame, on) = (frame.clone(), on.clone());
        move || {
            let size =
                Size { width: f64::from(frame.client_width()), height: f64::from(frame.client_height()) };
            on.emit(Hand::Sized(size));
        }
    };
    tell();
    let closure = Closure::<dyn FnMut()>::new(tell);
    let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
    observer.observe(frame);
    Some((observer, closure))
}

/// What a key means for the piece of time, in either diagram.
pub(crate) fn window_key(event: &KeyboardEvent) -> Option<WindowIntent> {
    use netsplit_studio::window::{CLOSER, NUDGE};
    let moved = |on: bool| Some(WindowIntent::Moved(if on { NUDGE } else { -NUDGE }));
    match event.key().as_str() {
        "ArrowLeft" if event.shift_key() => moved(false),
        "ArrowRight" if event.shift_key() => moved(true),
        "PageUp" => Some(WindowIntent::Moved(-0.8)),
        "PageDown" => Some(WindowIntent::Moved(0.8)),
        "+" | "=" => Some(WindowIntent::Zoomed { factor: CLOSER, at: None }),
        "-" => Some(WindowIntent::Zoomed { factor: 1.0 / CLOSER, at: None }),
        "0" => Some(WindowIntent::ShowedAll),
        "f" | "F" => Some(WindowIntent::ToggledFollow),
        _ => None,
    }
}

/// The buttons of the piece of time, in either diagram.
pub(crate) fn window_buttons(follows: bool, on: &Callback<WindowIntent>) -> Html {
    use netsplit_studio::window::CLOSER;
    let mean = |intent: WindowIntent| on.reform(move |_: MouseEvent| intent);
    let button = |name: &'static str, words: &'static str, shown: &'static str, intent: WindowIntent| {
        html! {
            <button type="button" class="quiet" data-control={name} title={words} aria-label={words}
                onclick={mean(intent)}>{ shown }</button>
        }
    };
    html! {
        <>
            { button("window-out", "Show a longer time (−)", "−", WindowIntent::Zoomed { factor: 1.0 / CLOSER, at: None }) }
            { button("window-in", "Look closer (+)", "+", WindowIntent::Zoomed { factor: CLOSER, at: None }) }
            <button type="button" data-control="window-all" title="Show the whole run (0)"
                onclick={mean(WindowIntent::ShowedAll)}>{ "All" }</button>
            <button type="button" data-control="window-follow" aria-pressed={follows.to_string()}
                title="Keep the playhead in view (F)" onclick={mean(WindowIntent::ToggledFollow)}>{ "Follow" }</button>
        </>
    }
}
