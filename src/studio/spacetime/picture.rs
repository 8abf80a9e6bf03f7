//! The space-time diagram in pixels. Only what is in view is looked at; where there are more marks than pixels, marks are
//! left out, and the picture says how many.

use netsplit_sim::frame::FlightFrame;
use netsplit_sim::ids::{EventId, MessageId};
use netsplit_sim::time::Time;
use netsplit_sim::trace::{Event, EventKind};

use super::bands::Spell;
use super::index::Index;
use super::thinning::{Mark, Thinned};
use crate::causality::{Causality, NOWHERE, Relation};
use crate::flights::outline;
use crate::geometry::{Point, Size};
use crate::timebar::Trouble;
use crate::window::Window;

/// The room for the names, in pixels.
pub const NAMES: f64 = 46.0;
/// The room right of the plot.
pub(super) const MARGIN: f64 = 8.0;
/// The room for the axis below the lines.
const AXIS: f64 = 22.0;
/// The least and the greatest distance of two lines.
const PITCH: (f64, f64) = (20.0, 44.0);

/// The most messages without an end that are looked at.
const WAITING: usize = 5_000;

/// The diagram, ready to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// In pixels. The height is what the lines need.
    pub size: Size,
    /// The left and the right edge of the plot.
    pub plot: (f64, f64),
    /// Where the axis is.
    pub axis: f64,
    /// The labels of the axis, in milliseconds.
    pub ticks: Vec<(f64, String)>,
    /// The nodes and clients.
    pub lines: Vec<Line>,
    /// Spans of trouble.
    pub bands: Vec<Band>,
    /// Messages.
    pub arrows: Vec<Arrow>,
    /// Events.
    pub dots: Vec<Dot>,
    /// The playhead, if it is in view.
    pub playhead: Option<f64>,
    /// How many messages are left out because they would be drawn over each other; with many, about so many.
    pub left_out: usize,
}

/// A node's or a client's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// How far down.
    pub y: f64,
    /// Where it is drawn: it is broken while a node is down.
    pub pieces: Vec<(f64, f64)>,
    /// Whether it is a client's.
    pub is_client: bool,
    /// Whether the node or client is selected.
    pub selected: bool,
}

/// A span of trouble on a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The left end.
    pub from: f64,
    /// The right end.
    pub to: f64,
    /// The middle.
    pub y: f64,
    /// How high.
    pub height: f64,
    /// What.
    pub trouble: Trouble,
}

/// What an event or a message is to the one that is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nothing is selected.
    #[default]
    Plain,
    /// It is concurrent with the selected event.
    Concurrent,
    /// It may have influenced the selected event.
    Past,
    /// It may depend on the selected event.
    Future,
    /// It lies between the call and the return of the selected operation.
    Between,
    /// It is the selected one.
    Selected,
}

/// How a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip {
    /// It arrived.
    Arrived,
    /// It was lost here.
    Lost,
    /// It is on its way, or waits for its turn.
    Under,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Which.
    pub message: MessageId,
    /// Where it was sent.
    pub from: Point,
    /// Where it ended, or has come to.
    pub to: Point,
    /// How it ends.
    pub tip: Tip,
    /// The colour of its kind: `--kind-0` and on.
    pub outline: u8,
    /// What it is to the selection.
    pub role: Role,
}

/// The shape of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// The end of an arrow, or anything small.
    Speck,
    /// A timer: a ring.
    Ring,
    /// A copy shows a value: a square.
    Square,
    /// A call or a return: a triangle that points up or down.
    Call,
    /// See [`Shape::Call`].
    Return,
    /// A note of the protocol: a diamond.
    Diamond,
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Which; of several that share a pixel, the one of most weight.
    pub event: EventId,
    /// Where.
    pub at: Point,
    /// Its shape.
    pub shape: Shape,
    /// What it is to the selection.
    pub role: Role,
}

/// What a picture is made from.
pub(super) struct Subject<'a> {
    pub(super) trace: &'a [Event],
    pub(super) index: &'a Index,
    pub(super) window: &'a Window,
    pub(super) now: Time,
    /// The room that there is.
    pub(super) size: Size,
    pub(super) names: Vec<&'a str>,
    pub(super) nodes: usize,
    pub(super) spells: &'a [Spell],
    pub(super) flights: &'a [FlightFrame],
    /// Which events are not drawn.
    pub(super) hides: &'a dyn Fn(u32) -> bool,
    /// Whether messages are drawn at all.
    pub(super) has_arrows: bool,
    pub(super) light: Light<'a>,
    pub(super) selected: Option<EventId>,
    pub(super) selected_message: Option<MessageId>,
    pub(super) selected_line: Option<u16>,
}

/// What is lit.
#[derive(Clone, Copy)]
pub(super) enum Light<'a> {
    /// Nothing.
    None,
    /// The past and the future of an event.
    Event(&'a Causality),
    /// What lies between the call and the return of an operation.
    Operation(&'a Causality, &'a Causality),
}

impl Light<'_> {
    pub(super) fn role(&self, event: u32, line: u16) -> Role {
        let of = |causality: &Causality| causality.relation(EventId(event), line);
        match self {
            Self::None => Role::Plain,
            Self::Event(causality) => match of(causality) {
                Relation::Same => Role::Selected,
                Relation::Before => Role::Past,
                Relation::After => Role::Future,
                Relation::Concurrent => Role::Concurrent,
            },
            Self::Operation(call, answer) => match (of(call), of(answer)) {
                (Relation::Same, _) | (_, Relation::Same) => Role::Selected,
                (Relation::After, Relation::Before) => Role::Between,
                _ => Role::Concurrent,
            },
        }
    }
}

impl Subject<'_> {
    pub(super) fn picture(&self) -> Picture {
        let count = self.names.len();
        let pitch = ((self.size.height - AXIS) / count.max(1) as f64).clamp(PITCH.0, PITCH.1);
        let axis = pitch * count as f64;
        let y = |line: usize| pitch * (line as f64 + 0.5);
        let plot = (self.window.left(), self.window.right());
        let playhead = self.window.x(self.now);
        let end = playhead.clamp(plot.0, plot.1);
        let mut picture = Picture {
            size: Size { width: self.size.width, height: axis + AXIS },
            plot,
            axis,
            ticks: self.window.ticks(),
            lines: (0..count).map(|line| self.line(line, y(line), (plot.0, end))).collect(),
            bands: self.bands(pitch, end),
            arrows: Vec::new(),
            dots: Vec::new(),
            playhead: (plot.0..=plot.1).contains(&playhead).then_some(playhead),
            left_out: 0,
        };
        let from = self.trace.partition_point(|event| event.at < self.window.from()) as u32;
        let to = self.trace.partition_point(|event| event.at <= self.window.to()) as u32;
        let mut thinned = Thinned { subject: self, y: &y, events: from..to };
        if self.has_arrows {
            let (left_out, one_of) = thinned.arrows(&mut picture.arrows);
            picture.left_out = left_out + self.add_flights(&y, one_of, &mut picture.arrows);
        }
        thinned.dots(&mut picture.dots);
        picture
    }

    fn line(&self, line: usize, y: f64, (from, to): (f64, f64)) -> Line {
        let mut pieces = Vec::new();
        let mut begin = from;
        for spell in self.spells.iter().filter(|spell| spell.line == line && spell.trouble == Trouble::Down) {
            let (down, up) =
                (self.window.x(spell.from).clamp(from, to), self.window.x(spell.to).clamp(from, to));
            if down > begin {
                pieces.push((begin, down));
            }
            begin = begin.max(up);
        }
        if to > begin {
            pieces.push((begin, to));
        }
        Line {
            name: self.names[line].to_owned(),
            y,
            pieces,
            is_client: line >= self.nodes,
            selected: self.selected_line == Some(line as u16),
        }
    }

    fn bands(&self, pitch: f64, end: f64) -> Vec<Band> {
        let in_view = |spell: &&Spell| {
            spell.from <= self.now && spell.to >= self.window.from() && spell.from <= self.window.to()
        };
        let band = |spell: &Spell| Band {
            from: self.window.x_inside(spell.from),
            to: self.window.x_inside(spell.to).min(end),
            y: pitch * (spell.line as f64 + 0.5),
            height: if spell.trouble == Trouble::Cut { pitch - 2.0 } else { (pitch - 2.0).min(14.0) },
            trouble: spell.trouble,
        };
        let mut bands: Vec<Band> = self.spells.iter().filter(in_view).map(band).collect();
        bands.retain(|band| band.to > band.from);
        bands
    }

    /// Messages without an end: they reach as far as they have come by now. They are thinned as the others are, so that
    /// the picture does not look busier at the playhead than before it. Says how many are left out.
    fn add_flights(&self, y: &dyn Fn(usize) -> f64, one_of: u32, into: &mut Vec<Arrow>) -> usize {
        if self.now < self.window.from() {
            return 0;
        }
        let mut left_out = 0;
        let mut add = |message: MessageId, share: f64| {
            let Some(sent) = self.index.sent(message) else { return };
            let Some(Event { at, kind: EventKind::Sent { from, to, label, .. }, .. }) =
                self.trace.get(sent.index()).copied()
            else {
                return;
            };
            if (self.hides)(sent.0) || at > self.window.to() {
                return;
            }
            if !message.0.is_multiple_of(one_of.max(1)) && self.selected_message != Some(message) {
                left_out += 1;
                return;
            }
            let (from, to) = (y(usize::from(self.index.line(from))), y(usize::from(self.index.line(to))));
            let tip = Point::new(self.window.x(self.now), from + (to - from) * share);
            let begin = Point::new(self.window.x(at), from);
            let arrow = Arrow {
                message,
                from: begin,
                to: tip,
                tip: Tip::Under,
                outline: outline(label),
                role: self.arrow_role(message, sent.0, None),
            };
            into.extend(self.clipped(arrow));
        };
        for flight in self.flights {
            let length = flight.arrives.since(flight.sent).0.max(1) as f64;
            let gone = flight.held.unwrap_or(self.now).since(flight.sent).0 as f64;
            add(flight.message, (gone / length).clamp(0.0, 1.0));
        }
        // What has arrived and waits for its turn.
        let mut fly: Vec<u32> = self.flights.iter().map(|flight| flight.message.0).collect();
        fly.sort_unstable();
        let waits = |message: &u32| fly.binary_search(message).is_err();
        for message in self.index.open().take(WAITING).filter(waits) {
            add(MessageId(message), 1.0);
        }
        left_out
    }

    pub(super) fn arrow_role(&self, message: MessageId, sent: u32, end: Option<u32>) -> Role {
        if self.selected_message == Some(message) {
            return Role::Selected;
        }
        let role = |event: u32| self.light.role(event, self.index.line_of(event));
        let (begin, end) = (role(sent), end.map_or(Role::Concurrent, role));
        match (begin, end) {
            (Role::Plain, _) => Role::Plain,
            // The whole way has to belong to it: word of a lost message came to nobody.
            (Role::Past, Role::Past | Role::Selected) => Role::Past,
            (Role::Selected | Role::Between, Role::Between | Role::Selected) => Role::Between,
            (Role::Selected | Role::Future, _) if matches!(self.light, Light::Event(_)) => Role::Future,
            _ => Role::Concurrent,
        }
    }

    /// The part of an arrow that is in the plot: very long lines are left to no painter.
    pub(super) fn clipped(&self, arrow: Arrow) -> Option<Arrow> {
        let (left, right) = (self.window.left() - 20.0, self.window.right() + 20.0);
        let Arrow { from, to, .. } = arrow;
        if to.x < left || from.x > right {
            return None;
        }
        let way = (to.x - from.x).max(1e-9);
        let at = |x: f64| Point::new(x, from.y + (to.y - from.y) * (x - from.x) / way);
        Some(Arrow {
            from: if from.x < left { at(left) } else { from },
            to: if to.x > right { at(right) } else { to },
            tip: if to.x > right { Tip::Under } else { arrow.tip },
            ..arrow
        })
    }

    /// An event as a dot; nothing if it is on no line.
    pub(super) fn dot(&self, event: u32, y: &dyn Fn(usize) -> f64) -> Option<Dot> {
        let line = self.index.line_of(event);
        if line == NOWHERE {
            return None;
        }
        let of = self.trace.get(event as usize)?;
        Some(Dot {
            event: EventId(event),
            at: Point::new(self.window.x(of.at), y(usize::from(line))),
            shape: shape(of.kind),
            role: if self.selected == Some(EventId(event)) {
                Role::Selected
            } else {
                self.light.role(event, line)
            },
        })
    }
}

/// The shape of an event.
pub(super) fn shape(kind: EventKind) -> Shape {
    match kind {
        EventKind::TimerFired { .. } => Shape::Ring,
        EventKind::Invoked { .. } | EventKind::Asked { .. } => Shape::Call,
        EventKind::Returned { .. } | EventKind::Told { .. } => Shape::Return,
        EventKind::Visible { .. } => Shape::Square,
        EventKind::Noted { .. } => Shape::Diamond,
        _ => Shape::Speck,
    }
}

impl Mark for Dot {
    fn weight(&self) -> (bool, Shape) {
        (self.role == Role::Selected, self.shape)
    }
}
