//! The space-time diagram (Lamport, 1978): a line for every node and client with time to the right, an arrow for every
//! message, a dot for every event. Whoever selects an event sees what could have influenced it, what may depend on it, and
//! what is concurrent: neither could know of the other.
//!
//! The picture is plain data in pixels ([`picture`]), so that a canvas can draw it at every frame and a file can hold it
//! ([`svg`]). What is known of the record is kept in an index ([`index`]), which also decides what is routine and can be
//! folded away. The window of time is shared with the timeline of the operations ([`crate::window`]).
//!
//! A record ends at the playhead: going back takes the events after it away until the run comes there again. So the future of
//! an event is its future so far. Through the eyes of a node only that node's own events are shown, without arrows: where a
//! message came from is what the message says, and where it went nobody knows.

pub mod picture;
pub mod svg;

mod bands;
mod choosing;
mod index;
mod telling;
mod thinning;

use std::collections::BTreeSet;

use netsplit_sim::ids::{EventId, MessageId};
use netsplit_sim::trace::{EventKind, REQUEST, RESPONSE};

use self::bands::Spell;
use self::index::Index;
use self::picture::{Light, Picture, Subject};
use crate::causality::Causality;
use crate::dock::View;
use crate::geometry::{Point, Size};
use crate::selection::Selected;
use crate::stage::Target;
use crate::studio::Studio;
use crate::window::{Window, WindowIntent};
use crate::words;

pub use self::svg::svg;

/// The first window is so many times as long as a message takes on the longest link.
const SUITS: f64 = 12.0;

/// Where a key leads from the selected event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// To the event before it on its line.
    Back,
    /// To the one after it.
    On,
    /// To the line above.
    Up,
    /// To the line below.
    Down,
    /// To the first event of its line.
    First,
    /// To the last.
    Last,
}

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum SpaceTimeIntent {
    /// The view has this room now.
    Sized(Size),
    /// Another piece of time.
    Window(WindowIntent),
    /// A press at a point of the picture.
    Pressed {
        /// Where.
        at: Point,
        /// Whether by a finger.
        touch: bool,
    },
    /// A key that leads to another event.
    Walked(Walk),
    /// Nothing is selected any more.
    Unselected,
    /// Fold the routine away, or show it.
    ToggledRoutine,
    /// Show messages of this kind, or hide them.
    ToggledKind(u8),
    /// Show every kind.
    ShowedKinds,
}

/// What the view remembers.
#[derive(Clone, Debug)]
pub(crate) struct SpaceTime {
    pub(crate) index: Index,
    pub(crate) window: Window,
    size: Size,
    /// Whether routine is shown.
    unfolded: bool,
    hidden: BTreeSet<u8>,
    spells: Vec<Spell>,
    /// The length of the script that they are of.
    spells_of: Option<usize>,
    /// The past and future of what is selected, of which record: two for an operation that has returned.
    causality: Vec<Causality>,
    causality_of: u64,
    /// What was brought into view last.
    revealed: Option<Selected>,
}

impl Default for SpaceTime {
    fn default() -> Self {
        Self {
            index: Index::default(),
            window: Window::default(),
            size: Size { width: 600.0, height: 190.0 },
            unfolded: false,
            hidden: BTreeSet::new(),
            spells: Vec::new(),
            spells_of: None,
            causality: Vec::new(),
            causality_of: 0,
            revealed: None,
        }
    }
}

impl SpaceTime {
    /// The run has another past.
    pub(crate) fn forget(&mut self) {
        self.index.forget();
        self.spells_of = None;
    }
}

/// A kind of message that can be shown or hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its label in the trace.
    pub label: u8,
    /// Its name.
    pub name: &'static str,
    /// Whether it is shown.
    pub shown: bool,
}

/// An event in words, for those who do not see the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub event: EventId,
    /// When, on which line, and what.
    pub text: String,
    /// Whether it is the selected one.
    pub selected: bool,
}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SpaceTimeScene {
    /// The picture.
    pub picture: Picture,
    /// What the picture shows, in a sentence.
    pub summary: String,
    /// What is left out, and what the eyes of a node do not see; empty if nothing is.
    pub note: String,
    /// What is selected, in words; empty if nothing is.
    pub selected: String,
    /// What could have influenced it, what may depend on it, and what is concurrent; empty without a selected event.
    pub causes: String,
    /// The counts of that: before, after, concurrent.
    pub counts: Option<(usize, usize, usize)>,
    /// The event that Enter goes to.
    pub goes_to: Option<EventId>,
    /// Whether the window follows the playhead.
    pub follows: bool,
    /// Whether routine is folded away.
    pub folded: bool,
    /// The kinds of messages.
    pub kinds: Vec<Kind>,
    /// Some events in view, in words.
    pub told: Vec<Told>,
}

impl SpaceTimeScene {
    /// A view with nothing in it.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            picture: Picture::default(),
            summary: String::new(),
            note: String::new(),
            selected: String::new(),
            causes: String::new(),
            counts: None,
            goes_to: None,
            follows: true,
            folded: true,
            kinds: Vec::new(),
            told: Vec::new(),
        }
    }
}

impl Studio {
    pub(crate) fn update_spacetime(&mut self, intent: SpaceTimeIntent) {
        let now = self.session.now();
        self.follow_spacetime();
        match intent {
            SpaceTimeIntent::Sized(size) => {
                if size.width >= 1.0 && size.height >= 1.0 {
                    self.spacetime.size = size;
                }
            }
            SpaceTimeIntent::Window(intent) => self.spacetime.window.update(intent, now),
            SpaceTimeIntent::Pressed { at, touch } => self.press_spacetime(at, touch),
            SpaceTimeIntent::Walked(walk) => self.walk(walk),
            SpaceTimeIntent::Unselected => self.select(None),
            SpaceTimeIntent::ToggledRoutine => self.spacetime.unfolded = !self.spacetime.unfolded,
            SpaceTimeIntent::ToggledKind(label) => {
                let hidden = &mut self.spacetime.hidden;
                if !hidden.remove(&label) {
                    hidden.insert(label);
                }
            }
            SpaceTimeIntent::ShowedKinds => self.spacetime.hidden.clear(),
        }
    }

    /// Brings everything that is derived from the record up to date.
    pub(crate) fn follow_spacetime(&mut self) {
        let state = &mut self.spacetime;
        let machine = self.session.machine();
        let (nodes, clients) = (self.names.nodes.len(), self.names.clients.len());
        state.index.follow(machine.trace(), machine.history(), nodes, clients);
        let script = self.session.scenario().script.len();
        if state.spells_of != Some(script) {
            state.spells = bands::spells(self.session.scenario(), &self.names);
            state.spells_of = Some(script);
        }
        self.follow_window();
        self.follow_causality();
    }

    /// The window of time, which the timeline of the operations shares.
    pub(crate) fn follow_window(&mut self) {
        let longest = self.frame.links.iter().map(|link| link.floor.0).max().unwrap_or(0) as f64;
        let width = self.spacetime.size.width;
        let now = self.session.now();
        let revealed = match self.selected {
            Some(Selected::Event(event)) => self.session.machine().trace().get(event.index()).map(|e| e.at),
            Some(Selected::Operation(op)) => {
                self.session.machine().history().operations.get(op.index()).map(|op| op.invoked)
            }
            _ => None,
        };
        let window = &mut self.spacetime.window;
        window.lay_out(picture::NAMES, width - picture::NAMES - picture::MARGIN);
        window.suit((longest * SUITS).clamp(20e6, 4e9));
        window.place(now);
        if self.spacetime.revealed != self.selected {
            self.spacetime.revealed = self.selected;
            if let Some(at) = revealed {
                window.reveal(at);
            }
        }
    }

    /// The events that the selection stands for: one, or the call and the return of an operation.
    fn anchors(&self) -> Vec<EventId> {
        let history = self.session.machine().history();
        let mut anchors = match self.selected {
            _ if self.attention.eyes.is_some() => Vec::new(),
            Some(Selected::Event(event)) => vec![event],
            Some(Selected::Message(message) | Selected::Target(Target::Message(message))) => {
                self.spacetime.index.sent(message).into_iter().collect()
            }
            Some(Selected::Operation(op)) => {
                let operation = history.operations.get(op.index());
                operation.map_or_else(Vec::new, |op| vec![op.invoked_event, op.returned_event])
            }
            _ => Vec::new(),
        };
        anchors.retain(|anchor| anchor.index() < self.session.machine().trace().len());
        anchors
    }

    fn follow_causality(&mut self) {
        let anchors = self.anchors();
        let state = &mut self.spacetime;
        let trace = self.session.machine().trace();
        let is_known = state.causality_of == state.index.generation()
            && state.causality.iter().map(Causality::anchor).eq(anchors.iter().copied())
            && state.causality.iter().all(|causality| causality.seen() <= trace.len());
        let (lines, count) = (state.index.lines(), state.index.count());
        if is_known {
            state.causality.iter_mut().for_each(|causality| causality.follow(trace, lines));
        } else {
            let of = |anchor: &EventId| Causality::of(trace, lines, count, *anchor);
            state.causality = anchors.iter().map(of).collect();
            state.causality_of = state.index.generation();
        }
    }

    /// Whether an event is not drawn: it is routine, of a kind that is hidden, or out of sight.
    fn is_hidden(&self, event: u32) -> bool {
        let state = &self.spacetime;
        let Some(of) = self.session.machine().trace().get(event as usize) else { return true };
        let label = match of.kind {
            EventKind::Sent { label, .. } | EventKind::Delivered { label, .. } => Some(label),
            _ => None,
        };
        label.is_some_and(|label| state.hidden.contains(&label))
            || (!state.unfolded && state.index.is_routine(event))
            || !self.is_in_sight(of)
    }

    /// The picture alone, for a canvas that is painted at every frame.
    #[must_use]
    pub fn spacetime_picture(&mut self) -> Option<Picture> {
        if self.dock != Some(View::SpaceTime) {
            return None;
        }
        self.follow_spacetime();
        Some(self.spacetime_now())
    }

    fn spacetime_now(&self) -> Picture {
        let state = &self.spacetime;
        let machine = self.session.machine();
        let hides = |event: u32| self.is_hidden(event);
        let has_eyes = self.attention.eyes.is_some();
        let light = match (self.selected, state.causality.as_slice()) {
            (Some(Selected::Operation(_)), [call, answer]) => Light::Operation(call, answer),
            (_, [causality, ..]) => Light::Event(causality),
            _ => Light::None,
        };
        let selected = match self.selected {
            Some(Selected::Event(event)) => Some(event),
            _ => None,
        };
        let names = self.names.nodes.iter().chain(&self.names.clients).map(String::as_str).collect();
        Subject {
            trace: machine.trace(),
            index: &state.index,
            window: &state.window,
            now: self.session.now(),
            size: state.size,
            names,
            nodes: self.names.nodes.len(),
            spells: if has_eyes { &[] } else { &state.spells },
            flights: &self.frame.flights,
            hides: &hides,
            has_arrows: !has_eyes,
            light,
            selected,
            selected_message: self.selected_message(),
            selected_line: self.selected_site().map(|site| state.index.line(site)),
        }
        .picture()
    }

    fn selected_message(&self) -> Option<MessageId> {
        match self.selected {
            Some(Selected::Message(message) | Selected::Target(Target::Message(message))) => Some(message),
            _ => None,
        }
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn spacetime_scene(&mut self) -> Option<SpaceTimeScene> {
        let picture = self.spacetime_picture()?;
        let state = &self.spacetime;
        let about = self.session.about();
        let labels = [REQUEST, RESPONSE].into_iter().chain(0..about.messages.len() as u8);
        let kinds = labels.map(|label| Kind {
            label,
            name: words::message_kind(label, about),
            shown: !state.hidden.contains(&label),
        });
        let counts = match (self.selected, state.causality.as_slice()) {
            (Some(Selected::Operation(_)), _) => None,
            (_, [one, ..]) => Some((one.before(), one.after(), one.concurrent())),
            _ => None,
        };
        Some(SpaceTimeScene {
            summary: self.spacetime_summary(&picture),
            note: self.spacetime_note(&picture),
            selected: self.told_selection(),
            causes: self.causes_words(&picture),
            counts,
            goes_to: state.causality.last().map(Causality::anchor),
            follows: state.window.follows(),
            folded: !state.unfolded,
            kinds: kinds.collect(),
            told: self.spacetime_told(&picture),
            picture,
        })
    }
}

#[cfg(test)]
mod tests;
