//! Choosing an event or a message of the space-time diagram: by a press near it, or by keys that lead from one to the next.

use netsplit_sim::ids::EventId;
use netsplit_sim::time::Time;

use super::Walk;
use super::picture::{self, Picture};
use crate::causality::NOWHERE;
use crate::geometry::Point;
use crate::selection::Selected;
use crate::stage::Target;
use crate::studio::Studio;

/// How near to an event a press must be, in pixels, and to an arrow; with a finger, twice as near will do.
const REACH: (f64, f64) = (10.0, 6.0);

impl Studio {
    pub(super) fn press_spacetime(&mut self, at: Point, touch: bool) {
        let picture = self.spacetime_now();
        let times = if touch { 2.0 } else { 1.0 };
        let near = |dot: &&picture::Dot| dot.at.distance(at) <= REACH.0 * times;
        // A larger mark counts as nearer: it covers the specks around it.
        let far = |dot: &picture::Dot| {
            dot.at.distance(at) - if dot.shape == picture::Shape::Speck { 0.0 } else { 3.0 }
        };
        let dot = picture.dots.iter().filter(near).min_by(|a, b| far(a).total_cmp(&far(b)));
        let arrow = || {
            let away = |arrow: &picture::Arrow| distance(at, arrow.from, arrow.to);
            let near = |arrow: &&picture::Arrow| away(arrow) <= REACH.1 * times;
            picture.arrows.iter().filter(near).min_by(|a, b| away(a).total_cmp(&away(b)))
        };
        let line = || {
            let near = |line: &&picture::Line| (line.y - at.y).abs() <= 9.0 && at.x < picture.plot.0;
            picture.lines.iter().position(|line| near(&line))
        };
        let selected = match (dot, line()) {
            (Some(dot), _) => Some(Selected::Event(dot.event)),
            (_, Some(line)) => {
                let site = self.names.find(&picture.lines[line].name);
                site.map(|site| Selected::Target(Target::Site(site)))
            }
            _ => arrow().map(|arrow| Selected::Message(arrow.message)),
        };
        self.choose(selected);
    }

    fn choose(&mut self, selected: Option<Selected>) {
        if let Some(Selected::Event(event)) = selected
            && let Some(at) = self.session.machine().trace().get(event.index()).map(|event| event.at)
        {
            self.spacetime.window.reveal(at);
        }
        self.spacetime.revealed = selected;
        self.select(selected);
        if selected.is_some() {
            self.follow_causality();
            let picture = Picture::default();
            let said = format!("{} {}", self.told_selection(), self.causes_words(&picture));
            self.say(said.trim().to_owned());
        }
    }

    /// Goes from the selected event to another that is drawn.
    pub(super) fn walk(&mut self, walk: Walk) {
        let trace = self.session.machine().trace();
        let index = &self.spacetime.index;
        let shown = |event: &&u32| !self.is_hidden(**event);
        let of_line = |line: usize| index.of_line(line);
        let anchor = self.spacetime.causality.first().map(|causality| causality.anchor().0);
        let anchor = match self.selected {
            Some(Selected::Event(event)) if event.index() < trace.len() => Some(event.0),
            _ => anchor,
        };
        let current = anchor.map(|event| (event, index.line_of(event))).filter(|(_, line)| *line != NOWHERE);
        let Some((event, line)) = current else {
            // To begin with: the last event of all.
            let last = (0..index.count()).filter_map(|line| of_line(line).iter().rev().find(shown)).max();
            let last = last.map(|event| Selected::Event(EventId(*event)));
            self.choose(last.or(self.selected));
            return;
        };
        let line = usize::from(line);
        let events = of_line(line);
        let place = events.partition_point(|other| *other < event);
        let found = match walk {
            Walk::Back => events[..place].iter().rev().find(shown),
            Walk::On => events[place..].iter().filter(|other| **other > event).find(shown),
            Walk::First => events.iter().find(shown),
            Walk::Last => events.iter().rev().find(shown),
            Walk::Up => (0..line).rev().find_map(|line| nearest(of_line(line), event, trace, shown)),
            Walk::Down => {
                (line + 1..index.count()).find_map(|line| nearest(of_line(line), event, trace, shown))
            }
        };
        if let Some(found) = found.copied() {
            self.choose(Some(Selected::Event(EventId(found))));
        }
    }
}

/// The drawn event of a line that is nearest in time.
fn nearest<'a>(
    events: &'a [u32],
    to: u32,
    trace: &[netsplit_sim::trace::Event],
    shown: impl Fn(&&u32) -> bool,
) -> Option<&'a u32> {
    let at = |event: u32| trace.get(event as usize).map_or(Time::ZERO, |event| event.at).0;
    let place = events.partition_point(|other| *other < to);
    let before = events[..place].iter().rev().find(|event| shown(event));
    let after = events[place..].iter().find(|event| shown(event));
    before.into_iter().chain(after).min_by_key(|event| at(**event).abs_diff(at(to)))
}

/// From a point to a piece of a straight line, in pixels.
fn distance(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx * dx + dy * dy;
    let share = if length > 0.0 {
        (((point.x - from.x) * dx + (point.y - from.y) * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    point.distance(from.towards(to, share))
}
