//! Dragging in the panel of shards: what was taken and where it is dropped, read off the elements under the pointer. What it
//! means is the studio's business.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::utils::document;
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::ids::{Key, NodeId};
use netsplit_studio::Intent;
use netsplit_studio::shards::space::border_at;
use netsplit_studio::stage::Target;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::platform::target_of;

/// A pointer that moved less than this presses, and does not drag.
const SLACK: f64 = 6.0;

/// What can be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thing {
    /// A split point, by the key behind it.
    Split(Key),
    /// A shard, by a key of it, and the node whose copy it is.
    Shard(Key, Option<NodeId>),
    /// A node.
    Node(NodeId),
}

impl Thing {
    /// What `data-drag` says: `split:12`, `shard:12`, `shard:12:0` or `node:3`.
    fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "split" => Some(Self::Split(Key(rest.parse().ok()?))),
            "node" => Some(Self::Node(NodeId(rest.parse().ok()?))),
            "shard" => {
                let (key, node) = rest.split_once(':').map_or((rest, None), |(key, node)| (key, Some(node)));
                let node = node.and_then(|node| node.parse().ok()).map(NodeId);
                Some(Self::Shard(Key(key.parse().ok()?), node))
            }
            _ => None,
        }
    }
}

/// Something in the hand.
pub(crate) struct Grip {
    thing: Thing,
    /// Its words, for the label at the pointer.
    words: String,
    pointer: i32,
    began: (f64, f64),
    moves: bool,
}

/// The handlers of the panel.
pub(crate) struct Hands {
    pub(crate) down: Callback<PointerEvent>,
    pub(crate) moved: Callback<PointerEvent>,
    pub(crate) up: Callback<PointerEvent>,
    pub(crate) cancel: Callback<PointerEvent>,
    pub(crate) twice: Callback<MouseEvent>,
}

/// Where something can be dropped.
enum Place {
    Node(NodeId),
    Zone(bool),
}

impl Hands {
    pub(crate) fn new(
        drag: &Rc<RefCell<Option<Grip>>>,
        ghost: &NodeRef,
        on: &Callback<Intent>,
        keys: u32,
    ) -> Self {
        let down = {
            let drag = Rc::clone(drag);
            Callback::from(move |event: PointerEvent| {
                if event.button() != 0 || !event.is_primary() {
                    return;
                }
                let taken = touched(&event).and_then(|on| on.closest("[data-drag]").ok().flatten());
                let Some(taken) = taken else { return };
                let thing = taken.get_attribute("data-drag").and_then(|text| Thing::read(&text));
                let words = match thing {
                    Some(Thing::Shard(..)) => taken.get_attribute("data-shard").unwrap_or_default(),
                    _ => taken.text_content().unwrap_or_default(),
                };
                let at = (f64::from(event.client_x()), f64::from(event.client_y()));
                *drag.borrow_mut() = thing.map(|thing| Grip {
                    thing,
                    words,
                    pointer: event.pointer_id(),
                    began: at,
                    moves: false,
                });
            })
        };
        let moved = {
            let (drag, ghost, on) = (Rc::clone(drag), ghost.clone(), on.clone());
            Callback::from(move |event: PointerEvent| {
                let mut held = drag.borrow_mut();
                let Some(grip) = held.as_mut().filter(|grip| grip.pointer == event.pointer_id()) else {
                    return;
                };
                let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
                let (right, down) = (x - grip.began.0, y - grip.began.1);
                if !grip.moves && right * right + down * down < SLACK * SLACK {
                    return;
                }
                if !grip.moves {
                    grip.moves = true;
                    // Events are handed on by the page's root, so the panel has to be looked for.
                    if let Some(root) = touched(&event).and_then(|on| on.closest(".split").ok().flatten()) {
                        // Refused for a pointer that is gone already: then there is nothing to capture.
                        let _ = root.set_pointer_capture(grip.pointer);
                    }
                }
                match grip.thing {
                    Thing::Split(from) => {
                        if let Some(to) = border_under(x, keys) {
                            on.emit(Intent::DraggedSplit { from, to, done: false });
                        }
                    }
                    Thing::Shard(..) | Thing::Node(_) => {
                        show(&ghost, Some((&grip.words, x, y)));
                        mark(place_under(x, y).map(|(element, _)| element).as_ref());
                    }
                }
            })
        };
        let up = {
            let (drag, ghost, on) = (Rc::clone(drag), ghost.clone(), on.clone());
            Callback::from(move |event: PointerEvent| {
                show(&ghost, None);
                mark(None);
                let Some(grip) = drag.borrow_mut().take() else { return };
                if !grip.moves {
                    return;
                }
                let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
                let copy = event.shift_key() || event.alt_key();
                let place = place_under(x, y).map(|(_, place)| place);
                let intent = match (grip.thing, place) {
                    (Thing::Split(from), _) => {
                        let to = border_under(x, keys).unwrap_or(from);
                        Intent::DraggedSplit { from, to, done: true }
                    }
                    (Thing::Shard(key, from), Some(Place::Node(to))) => {
                        Intent::DroppedShard { key, from, to, copy }
                    }
                    // A copy that is taken out of the cluster is done without.
                    (Thing::Shard(key, Some(from)), Some(Place::Zone(false))) => {
                        Intent::DroppedCopy(key, from)
                    }
                    (Thing::Node(node), Some(Place::Zone(inside))) => Intent::PutNode(node, inside),
                    // A card of a zone is as good as the zone.
                    (Thing::Node(node), Some(Place::Node(other))) => match zone_of(other) {
                        Some(inside) if other != node => Intent::PutNode(node, inside),
                        _ => return,
                    },
                    (Thing::Shard(..) | Thing::Node(_), _) => return,
                };
                on.emit(intent);
            })
        };
        let cancel = {
            let (drag, ghost, on) = (Rc::clone(drag), ghost.clone(), on.clone());
            Callback::from(move |_: PointerEvent| {
                show(&ghost, None);
                mark(None);
                if let Some(Grip { thing: Thing::Split(from), .. }) = drag.borrow_mut().take() {
                    on.emit(Intent::DraggedSplit { from, to: from, done: true });
                }
            })
        };
        let twice = {
            let on = on.clone();
            Callback::from(move |event: MouseEvent| {
                let touched = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let bar = touched.and_then(|on| on.closest(".space[data-splits]").ok().flatten());
                if bar.is_some()
                    && let Some(key) = border_under(f64::from(event.client_x()), keys)
                {
                    on.emit(Intent::Did(Action::Reshape(Reshape::Split(key))));
                }
            })
        };
        Self { down, moved, up, cancel, twice }
    }
}

/// Join the range that begins at a key to the one before it.
pub(crate) fn merge(key: Key) -> Intent {
    Intent::Did(Action::Reshape(Reshape::Merge(key)))
}

fn touched(event: &PointerEvent) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into::<Element>().ok())
}

/// The border between keys of the bar that is nearest to a place across the page.
fn border_under(x: f64, keys: u32) -> Option<Key> {
    let bar = document().query_selector("[data-bar]").ok().flatten()?;
    let rect = bar.get_bounding_client_rect();
    (rect.width() > 0.0).then(|| border_at((x - rect.left()) / rect.width(), keys))
}

/// Where something would be dropped: a node's card or a zone of the panel, or a node of the stage.
fn place_under(x: f64, y: f64) -> Option<(Element, Place)> {
    let under = document().element_from_point(x as f32, y as f32)?;
    let found = under.closest("[data-drop], [data-node]").ok().flatten()?;
    let place = match found.get_attribute("data-drop").as_deref() {
        Some("inside") => Place::Zone(true),
        Some("outside") => Place::Zone(false),
        Some(node) => Place::Node(NodeId(node.strip_prefix("node:")?.parse().ok()?)),
        None => match target_of(&found.id())? {
            Target::Site(site) => Place::Node(site.node()?),
            Target::Link(..) | Target::Message(_) => return None,
        },
    };
    Some((found, place))
}

/// Whether a node's card is in the zone of the cluster.
fn zone_of(node: NodeId) -> Option<bool> {
    let card = document().query_selector(&format!("[data-drop=\"node:{}\"]", node.0)).ok().flatten()?;
    let zone = card.closest("[data-inside]").ok().flatten()?;
    Some(zone.get_attribute("data-inside").as_deref() == Some("true"))
}

/// The label at the pointer. Set through the object model: the page's Content-Security-Policy refuses a style attribute.
fn show(ghost: &NodeRef, what: Option<(&str, f64, f64)>) {
    let Some(ghost) = ghost.cast::<HtmlElement>() else { return };
    ghost.set_hidden(what.is_none());
    if let Some((words, x, y)) = what {
        ghost.set_text_content(Some(words));
        let style = ghost.style();
        let _ = style.set_property("left", &format!("{x}px"));
        let _ = style.set_property("top", &format!("{y}px"));
    }
}

/// Marks where something would be dropped, and nothing else.
fn mark(place: Option<&Element>) {
    if let Ok(Some(old)) = document().query_selector("[data-drop-here]")
        && place != Some(&old)
    {
        let _ = old.remove_attribute("data-drop-here");
    }
    if let Some(place) = place {
        let _ = place.set_attribute("data-drop-here", "true");
    }
}
