//! Two fingers on the stage: apart looks closer, together from further away, and both along push it.

use std::collections::BTreeMap;

use netsplit_studio::Intent;
use netsplit_studio::geometry::Point;

/// The fingers that are on the stage, by the browser's number.
#[derive(Default)]
pub(crate) struct Pinch {
    fingers: BTreeMap<i32, Point>,
    /// Whether there were two since the stage was last untouched: then none of them drags or cuts.
    pinching: bool,
}

impl Pinch {
    /// A finger came down. Answers what to do if that makes two.
    pub(crate) fn down(&mut self, finger: i32, at: Point) -> Option<Intent> {
        self.fingers.insert(finger, at);
        if self.fingers.len() == 2 {
            self.pinching = true;
            return Some(Intent::Cancelled);
        }
        None
    }

    /// A finger moved. `None`: this is no pinch, and the move means what it means.
    pub(crate) fn moved(&mut self, finger: i32, at: Point) -> Option<Vec<Intent>> {
        if !self.pinching {
            return None;
        }
        let Some(before) = self.spread() else { return Some(Vec::new()) };
        if let Some(known) = self.fingers.get_mut(&finger) {
            *known = at;
        }
        let Some(after) = self.spread() else { return Some(Vec::new()) };
        let push = Point::new(after.0.x - before.0.x, after.0.y - before.0.y);
        let mut intents = vec![Intent::Panned(push)];
        if before.1 > 1.0 && after.1 > 1.0 {
            intents.push(Intent::Zoomed(after.0, after.1 / before.1));
        }
        Some(intents)
    }

    /// A finger left. Whether it was one of a pinch, so that its leaving means nothing else.
    pub(crate) fn up(&mut self, finger: i32) -> bool {
        self.fingers.remove(&finger);
        let was = self.pinching;
        if self.fingers.is_empty() {
            self.pinching = false;
        }
        was
    }

    /// The middle of the first two fingers, and how far they are apart.
    fn spread(&self) -> Option<(Point, f64)> {
        let mut fingers = self.fingers.values();
        let (one, other) = (fingers.next()?, fingers.next()?);
        Some((one.towards(*other, 0.5), one.distance(*other)))
    }
}
