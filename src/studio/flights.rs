//! Messages on their way, where they are at this instant of virtual time, and small crosses where
//! messages were lost a moment ago.

use netsplit_sim::frame::Frame;
use netsplit_sim::ids::{Key, MessageId, OpId, Site};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{DropCause, Event, EventKind, REQUEST, RESPONSE};

use crate::geometry::{Point, View};
use crate::stage::{Attention, CLIENT_RADIUS, NODE_RADIUS, shown_at};
use crate::versions::Versions;

/// How far to the right of the straight line messages travel, in pixels, so that the two directions of a
/// link pass each other like traffic.
const LANE: f64 = 5.0;
/// The most events that are looked through for losses in one frame.
const LOOK_BACK: usize = 4_000;

/// How many outline colours, and how many shapes, the first kinds of messages of a protocol have: together enough to
/// tell 25 kinds apart.
const OUTLINES: u8 = 5;
/// How many kinds those are. A cluster that splits its data has more: they have shapes of their own.
const USUAL: u8 = OUTLINES * OUTLINES;

/// How far a node sees, as a share of the way to another.
const SIGHT: f64 = 0.35;

/// The shape of a message, by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A client's request: an arrow head that points the way.
    Arrow,
    /// An answer to a client.
    Disc,
    /// Kinds of the protocol, in the order of its own list.
    Square,
    /// The second.
    Diamond,
    /// The third.
    Hexagon,
    /// The fourth.
    Bar,
    /// The fifth. A sixth is a square again, of another colour.
    Triangle,
    /// From the twenty-sixth on, in turn with those below.
    Star,
    /// The twenty-seventh.
    Pennant,
    /// The twenty-eighth.
    Plus,
}

impl Shape {
    /// The shape of a label of the trace.
    #[must_use]
    pub fn of(label: u8) -> Self {
        match label {
            REQUEST => Self::Arrow,
            RESPONSE => Self::Disc,
            kind if kind >= USUAL => [Self::Star, Self::Pennant, Self::Plus][usize::from(kind % 3)],
            kind => [Self::Square, Self::Diamond, Self::Hexagon, Self::Bar, Self::Triangle]
                [usize::from(kind % OUTLINES)],
        }
    }
}

/// The outline colour of a label of the trace: 0 for clients' requests, 1 for answers, 2 and on for the
/// protocol's kinds. The style sheet names them `--kind-0` and on.
#[must_use]
pub fn outline(label: u8) -> u8 {
    match label {
        REQUEST => 0,
        RESPONSE => 1,
        // Three shapes and five colours have no common factor: 15 kinds more.
        kind if kind >= USUAL => 2 + kind % OUTLINES,
        kind => 2 + (kind % OUTLINES + kind / OUTLINES) % OUTLINES,
    }
}

/// A message to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    /// Where.
    pub at: Point,
    /// The way it goes: a vector of length one.
    pub way: Point,
    /// Its shape.
    pub shape: Shape,
    /// Its outline colour.
    pub outline: u8,
    /// The hue of the version that it carries of the watched key.
    pub fill: Option<u8>,
    /// How much of it is left: 1 for a live message, less for a lost one that fades.
    pub strength: f64,
    /// Whether it is lost: then a cross is drawn instead.
    pub lost: bool,
    /// Which message, if it is still on its way.
    pub message: Option<MessageId>,
    /// Whether a person holds it up: it stands still and has a mark.
    pub held: bool,
    /// Whether it is pointed at, or part of an operation that is.
    pub lit: bool,
}

/// What flights are drawn from.
#[derive(Clone, Copy)]
pub struct Sky<'a> {
    /// The cluster now.
    pub frame: &'a Frame,
    /// The events so far.
    pub trace: &'a [Event],
    /// Who wrote what.
    pub versions: &'a Versions,
    /// The key whose versions give the fill.
    pub watched: Key,
    /// Kilometres to pixels.
    pub view: &'a View,
    /// What the person does.
    pub attention: &'a Attention,
    /// How long a lost message stays in sight, in virtual time.
    pub afterglow: Span,
    /// The message that is pointed at.
    pub pointed: Option<MessageId>,
    /// Operations that are pointed at.
    pub lit: &'a [OpId],
}

/// Every message on its way, and every recent loss. `flights` is reused.
pub fn flights(sky: &Sky<'_>, flights: &mut Vec<Flight>) {
    flights.clear();
    let now = sky.frame.now;
    if let Some(eyes) = sky.attention.eyes {
        noticed(sky, eyes.into(), flights);
        arriving(sky, eyes.into(), flights);
        return;
    }
    for flight in &sky.frame.flights {
        let whole = flight.arrives.since(flight.sent).0;
        // A held message stands where it was stopped.
        let until = flight.held.unwrap_or(now);
        let share = if whole == 0 { 1.0 } else { until.since(flight.sent).0 as f64 / whole as f64 };
        let fill = match (flight.version, flight.op) {
            (Some((key, _)), Some(op)) if key == sky.watched => Some(sky.versions.hue(op)),
            _ => None,
        };
        let mut seen = on_the_way(sky, flight.from, flight.to, share.min(1.0), flight.label, fill);
        seen.message = Some(flight.message);
        seen.held = flight.held.is_some();
        seen.lit = sky.pointed == Some(flight.message) || flight.op.is_some_and(|op| sky.lit.contains(&op));
        flights.push(seen);
    }
    losses(sky, now, flights);
}

/// What a node sees of the messages that it sent and got: how they leave, and nothing of what becomes of them;
/// and for a moment, where they arrived.
fn noticed(sky: &Sky<'_>, eyes: Site, flights: &mut Vec<Flight>) {
    let floor = |other: Site| link_floor(sky.frame, eyes, other).0.max(1) as f64;
    let links = sky.frame.links.iter().filter(|link| link.a == eyes || link.b == eyes);
    let longest = links.map(|link| link.floor.0).max().unwrap_or(0) as f64 * SIGHT;
    // Messages are over in a blink; what was noticed stays in sight a while.
    let afterglow = sky.afterglow.0.max(1) as f64 / 2.0;
    for event in sky.trace.iter().rev().take(LOOK_BACK) {
        let age = sky.frame.now.since(event.at).0 as f64;
        if age > longest + afterglow {
            break;
        }
        let (from, to, label, share, gone) = match event.kind {
            EventKind::Sent { from, to, label, .. } if from == eyes => {
                let share = age / floor(to);
                (from, to, label, share.min(SIGHT), age - SIGHT * floor(to))
            }
            EventKind::Delivered { from, to, label, .. } if to == eyes => (from, to, label, 1.0, age),
            _ => continue,
        };
        let strength = 1.0 - gone.max(0.0) / afterglow;
        if strength > 0.0 {
            let mut flight = on_the_way(sky, from, to, share, label, None);
            flight.strength = strength;
            flights.push(flight);
        }
    }
}

/// The last part of the way of the messages that reach a node.
fn arriving(sky: &Sky<'_>, eyes: Site, flights: &mut Vec<Flight>) {
    for flight in sky.frame.flights.iter().filter(|flight| flight.to == eyes && flight.held.is_none()) {
        let left = flight.arrives.since(sky.frame.now).0 as f64;
        let share = left / link_floor(sky.frame, flight.from, flight.to).0.max(1) as f64;
        if share < SIGHT {
            let mut seen = on_the_way(sky, flight.from, flight.to, 1.0 - share, flight.label, None);
            seen.strength = 1.0 - share / SIGHT;
            flights.push(seen);
        }
    }
}

fn on_the_way(sky: &Sky<'_>, from: Site, to: Site, share: f64, label: u8, fill: Option<u8>) -> Flight {
    let start = sky.view.point(shown_at(sky.frame, sky.attention, from));
    let end = sky.view.point(shown_at(sky.frame, sky.attention, to));
    let length = start.distance(end).max(1e-6);
    let way = Point::new((end.x - start.x) / length, (end.y - start.y) / length);
    // Nothing can be seen under a node, so the way begins and ends at the rims.
    let (leave, reach) = (rim(from).min(length / 2.0), rim(to).min(length / 2.0));
    let along = leave + (length - leave - reach) * share;
    Flight {
        at: Point::new(start.x + way.x * along - way.y * LANE, start.y + way.y * along + way.x * LANE),
        way,
        shape: Shape::of(label),
        outline: outline(label),
        fill,
        strength: 1.0,
        lost: false,
        message: None,
        held: false,
        lit: false,
    }
}

fn rim(site: Site) -> f64 {
    if site.node().is_some() { NODE_RADIUS } else { CLIENT_RADIUS - 4.0 }
}

/// Recent losses. A message that the network loses is gone as soon as it is sent; it is shown to get
/// half way first, and then as a cross, because somewhere on the way is all that anyone can say.
fn losses(sky: &Sky<'_>, now: Time, flights: &mut Vec<Flight>) {
    let window = sky.afterglow.0.max(1);
    for event in sky.trace.iter().rev().take(LOOK_BACK) {
        let age = now.since(event.at).0;
        if age > window {
            break;
        }
        let EventKind::Dropped { from, to, why, .. } = event.kind else { continue };
        let Some(sent) = sky.trace.get(event.cause.index()) else { continue };
        let EventKind::Sent { label, .. } = sent.kind else { continue };
        let needs = link_floor(sky.frame, from, to).0.max(1) as f64;
        let travelled = event.at.since(sent.at).0 as f64 / needs;
        let got_to = match why {
            DropCause::NodeDown => 0.97,
            DropCause::Cut | DropCause::Loss if event.at == sent.at => 0.5,
            DropCause::Cut | DropCause::Loss | DropCause::Hand => travelled.min(0.97),
        };
        let mut flight = on_the_way(sky, from, to, got_to, label, None);
        flight.lost = true;
        flight.strength = 1.0 - age as f64 / window as f64;
        flights.push(flight);
    }
}

fn link_floor(frame: &Frame, from: Site, to: Site) -> Span {
    let (a, b) = (from.min(to), from.max(to));
    frame.links.iter().find(|link| link.a == a && link.b == b).map_or(Span::ZERO, |link| link.floor)
}

#[cfg(test)]
mod tests {
    use netsplit_sim::frame::{FlightFrame, NodeFrame, ReplicaView, Status};
    use netsplit_sim::ids::{EventId, MessageId, NodeId};
    use netsplit_sim::setup::Position;

    use super::*;

    fn frame(now: u64) -> Frame {
        let node = |n: u16, x_km: i32| NodeFrame {
            id: NodeId(n),
            position: Position { x_km, y_km: 0 },
            status: Status::Up,
            clock_ahead_ns: 0,
            clock_drift_ppm: 0,
            slow: 1,
            lie: None,
            queue: 0,
            utilisation: 0.0,
            parameters: vec![],
            replica: ReplicaView::default(),
        };
        let flight = FlightFrame {
            message: MessageId(0),
            from: NodeId(0).into(),
            to: NodeId(1).into(),
            label: 0,
            op: None,
            version: None,
            sent: Time(100),
            arrives: Time(300),
            held: None,
        };
        Frame {
            now: Time(now),
            nodes: vec![node(0, 0), node(1, 100)],
            flights: vec![flight],
            ..Frame::default()
        }
    }

    fn look(frame: &Frame, trace: &[Event]) -> Vec<Flight> {
        let view = View { scale: 4.0, ..View::default() };
        let mut seen = Vec::new();
        let sky = Sky {
            frame,
            trace,
            versions: &Versions::default(),
            watched: Key(0),
            view: &view,
            attention: &Attention::default(),
            afterglow: Span(100),
            pointed: None,
            lit: &[],
        };
        flights(&sky, &mut seen);
        seen
    }

    #[test]
    fn a_message_is_where_virtual_time_puts_it() {
        let seen = look(&frame(200), &[]);
        assert_eq!(seen.len(), 1);
        assert!((seen[0].at.x - 200.0).abs() < 1e-9, "half way between 0 and 400 px");
        assert!((seen[0].at.y - LANE).abs() < 1e-9, "on the right-hand lane");
        assert_eq!(seen[0].shape, Shape::Square);
    }

    #[test]
    fn every_kind_of_every_protocol_looks_different() {
        for entry in netsplit_protocols::ALL {
            let kinds = (entry.about)().messages.len() as u8;
            let looks: Vec<_> =
                (0..kinds).chain([REQUEST, RESPONSE]).map(|kind| (Shape::of(kind), outline(kind))).collect();
            for (place, look) in looks.iter().enumerate() {
                assert!(!looks[..place].contains(look), "kind {place} of {}", (entry.about)().id);
            }
        }
    }

    #[test]
    fn forty_kinds_look_different() {
        let looks: Vec<_> =
            (0..40).chain([REQUEST, RESPONSE]).map(|kind| (Shape::of(kind), outline(kind))).collect();
        for (place, look) in looks.iter().enumerate() {
            assert!(!looks[..place].contains(look), "kind {place}");
        }
    }

    #[test]
    fn a_held_message_stands_still() {
        let mut frame = frame(290);
        frame.flights[0].held = Some(Time(200));
        let seen = look(&frame, &[]);
        assert!(seen[0].held && (seen[0].at.x - 200.0).abs() < 1e-9, "where it was stopped");
    }

    #[test]
    fn a_lost_message_leaves_a_cross_that_fades() {
        let (from, to) = (Site::from(NodeId(0)), Site::from(NodeId(1)));
        let message = MessageId(1);
        let sent = Event {
            at: Time(150),
            cause: EventId::NONE,
            kind: EventKind::Sent { message, from, to, label: 1 },
        };
        let dropped = Event {
            at: Time(150),
            cause: EventId(0),
            kind: EventKind::Dropped { message, from, to, why: DropCause::Loss },
        };
        let lost: Vec<_> = look(&frame(200), &[sent, dropped]).into_iter().filter(|f| f.lost).collect();
        assert_eq!(lost.len(), 1);
        assert!((lost[0].strength - 0.5).abs() < 1e-9);
        assert!(look(&frame(251), &[sent, dropped]).iter().all(|flight| !flight.lost));
    }
}
