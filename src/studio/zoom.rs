//! A closer look at the stage: zoom around a point, and push.

use crate::geometry::Point;
use crate::studio::Studio;

/// The fewest and the most pixels for a kilometre.
const SCALE: (f64, f64) = (0.002, 400.0);

impl Studio {
    /// The middle of the stage, in its pixels.
    #[must_use]
    pub fn stage_middle(&self) -> Point {
        Point::new(self.size.width / 2.0, self.size.height / 2.0)
    }

    /// Looks closer, or from further away; what is under the point stays there. Not while something is in the hand: the
    /// ground must not move then.
    pub(crate) fn zoom(&mut self, around: Point, times: f64) {
        if self.attention.moving.is_some() || !times.is_finite() || times <= 0.0 {
            return;
        }
        let view = &mut self.view;
        let scale = (view.scale * times).clamp(SCALE.0, SCALE.1);
        let (dx, dy) = (around.x - view.middle.x, around.y - view.middle.y);
        view.x_km += dx / view.scale - dx / scale;
        view.y_km += dy / view.scale - dy / scale;
        view.scale = scale;
        self.fitted = false;
    }

    /// Pushes the stage.
    pub(crate) fn pan(&mut self, by: Point) {
        if self.attention.moving.is_some() || !by.x.is_finite() || !by.y.is_finite() {
            return;
        }
        self.view.x_km -= by.x / self.view.scale;
        self.view.y_km -= by.y / self.view.scale;
        self.fitted = false;
    }
}
