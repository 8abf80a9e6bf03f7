//! Where things stand on the stage: from kilometres to pixels and back, a view that fits, and places for
//! labels that cover nothing. One unit of the stage is one CSS pixel, so text keeps its size.

use netsplit_sim::setup::Position;

/// A point of the stage, in pixels from its top left.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// A point.
    #[must_use]
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The point a share of the way to another.
    #[must_use]
    pub fn towards(self, other: Self, share: f64) -> Self {
        Self { x: self.x + (other.x - self.x) * share, y: self.y + (other.y - self.y) * share }
    }

    /// The distance to another point.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        libm::hypot(other.x - self.x, other.y - self.y)
    }

    /// The point so many pixels along the way to another; not past its middle.
    #[must_use]
    pub fn step(self, other: Self, pixels: f64) -> Self {
        let distance = self.distance(other);
        if distance <= 0.0 {
            return self;
        }
        self.towards(other, (pixels / distance).min(0.5))
    }
}

/// A rectangle, edges parallel to the stage's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Its centre.
    pub centre: Point,
    /// Half its width.
    pub half_width: f64,
    /// Half its height.
    pub half_height: f64,
}

impl Rect {
    /// A rectangle around a centre.
    #[must_use]
    pub fn around(centre: Point, half_width: f64, half_height: f64) -> Self {
        Self { centre, half_width, half_height }
    }

    /// The area that two rectangles share.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f64 {
        let wide = self.half_width + other.half_width - (self.centre.x - other.centre.x).abs();
        let high = self.half_height + other.half_height - (self.centre.y - other.centre.y).abs();
        wide.max(0.0) * high.max(0.0)
    }

    /// Whether it lies wholly on a stage of this size.
    #[must_use]
    pub fn inside(&self, size: Size) -> bool {
        self.centre.x - self.half_width >= 0.0
            && self.centre.y - self.half_height >= 0.0
            && self.centre.x + self.half_width <= size.width
            && self.centre.y + self.half_height <= size.height
    }

    /// Whether a straight line passes through it.
    #[must_use]
    pub fn meets(&self, from: Point, to: Point) -> bool {
        // Clip the segment to the slab of each axis (Liang and Barsky).
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        let axes = [
            (from.x, to.x - from.x, self.centre.x - self.half_width, self.centre.x + self.half_width),
            (from.y, to.y - from.y, self.centre.y - self.half_height, self.centre.y + self.half_height),
        ];
        for (start, delta, low, high) in axes {
            if delta.abs() < 1e-9 {
                if start < low || start > high {
                    return false;
                }
            } else {
                let (a, b) = ((low - start) / delta, (high - start) / delta);
                enter = enter.max(a.min(b));
                leave = leave.min(a.max(b));
            }
        }
        enter <= leave
    }
}

/// The size of the stage in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Across.
    pub width: f64,
    /// Down.
    pub height: f64,
}

/// The furthest from the origin that a site may be put, in kilometres: half way round the Earth.
pub const WORLD_KM: i32 = 20_000;

/// How kilometres become pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Pixels for each kilometre.
    pub scale: f64,
    /// The place in the middle of the stage, east.
    pub x_km: f64,
    /// The place in the middle of the stage, south.
    pub y_km: f64,
    /// The middle of the stage in pixels.
    pub middle: Point,
}

impl Default for View {
    fn default() -> Self {
        Self { scale: 1.0, x_km: 0.0, y_km: 0.0, middle: Point::default() }
    }
}

/// Room kept free around the outermost sites: for their own labels, and at the edges for the legend
/// above and the scale below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// Left and right.
    pub side: f64,
    /// Above.
    pub top: f64,
    /// Below.
    pub bottom: f64,
}

impl View {
    /// The view that shows every place, with room around, on a stage of this size.
    #[must_use]
    pub fn fit(places: impl IntoIterator<Item = Position>, size: Size, margin: Margin) -> Self {
        let (mut west, mut east, mut north, mut south) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        for place in places {
            west = west.min(f64::from(place.x_km));
            east = east.max(f64::from(place.x_km));
            north = north.min(f64::from(place.y_km));
            south = south.max(f64::from(place.y_km));
        }
        if west > east {
            (west, east, north, south) = (0.0, 0.0, 0.0, 0.0);
        }
        // A single site, or several in one city, must not be blown up without end.
        let wide = (east - west).max(50.0);
        let high = (south - north).max(50.0);
        let free_width = (size.width - 2.0 * margin.side).max(80.0);
        let free_height = (size.height - margin.top - margin.bottom).max(80.0);
        let scale = (free_width / wide).min(free_height / high);
        Self {
            scale,
            x_km: f64::midpoint(west, east),
            y_km: f64::midpoint(north, south),
            middle: Point::new(size.width / 2.0, margin.top + free_height / 2.0),
        }
    }

    /// Where a place is on the stage.
    #[must_use]
    pub fn point(&self, place: Position) -> Point {
        Point {
            x: self.middle.x + (f64::from(place.x_km) - self.x_km) * self.scale,
            y: self.middle.y + (f64::from(place.y_km) - self.y_km) * self.scale,
        }
    }

    /// The place under a point of the stage, to the kilometre.
    #[must_use]
    pub fn place(&self, point: Point) -> Position {
        let whole = |km: f64| {
            let world = f64::from(WORLD_KM);
            (km.clamp(-world, world) + world + 0.5) as i32 - WORLD_KM
        };
        Position {
            x_km: whole((point.x - self.middle.x) / self.scale + self.x_km),
            y_km: whole((point.y - self.middle.y) / self.scale + self.y_km),
        }
    }

    /// The same view when the stage changes its size.
    #[must_use]
    pub fn recentred(mut self, from: Size, to: Size) -> Self {
        self.middle.x += (to.width - from.width) / 2.0;
        self.middle.y += (to.height - from.height) / 2.0;
        self
    }

    /// A round number of kilometres that is between 50 and 125 pixels long, and its length.
    #[must_use]
    pub fn scale_bar(&self) -> (f64, f64) {
        let km = nice_at_most(125.0 / self.scale);
        (km, km * self.scale)
    }
}

/// The largest of 1, 2, 5 times a power of ten that is at most `value`.
#[must_use]
pub fn nice_at_most(value: f64) -> f64 {
    if value.is_nan() || value <= 0.0 {
        return 1.0;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(value) + 1e-9));
    let lead = value / power + 1e-9;
    let step = if lead >= 5.0 {
        5.0
    } else if lead >= 2.0 {
        2.0
    } else {
        1.0
    };
    step * power
}

/// The least of 1, 2, 5 times a power of ten that is at least `value`.
#[must_use]
pub fn nice_at_least(value: f64) -> f64 {
    let below = nice_at_most(value);
    if below >= value * (1.0 - 1e-9) {
        return below;
    }
    let lead = below / libm::pow(10.0, libm::floor(libm::log10(below) + 1e-9));
    below * if lead > 1.5 && lead < 2.5 { 2.5 } else { 2.0 }
}

/// Whether two straight lines between points cross.
#[must_use]
pub fn cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// A line that wants a label beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// One end.
    pub from: Point,
    /// The other end.
    pub to: Point,
    /// Half the label's width.
    pub half_width: f64,
    /// Half the label's height.
    pub half_height: f64,
    /// Whether the label must be shown even where it covers something.
    pub must: bool,
}

/// Finds a place for the label of each line, beside it, so that it covers no obstacle, no other label and
/// no other line. Lines come in order of importance; a label without a free place is left out, unless it
/// must be shown, and then it takes the place where it covers least.
#[must_use]
pub fn place_labels(lines: &[Line], obstacles: &[Rect], size: Size) -> Vec<Option<Point>> {
    let mut taken: Vec<Rect> = obstacles.to_vec();
    let ends = lines.len().max(1) as f64 * 2.0;
    let middle = Point::new(
        lines.iter().map(|line| line.from.x + line.to.x).sum::<f64>() / ends,
        lines.iter().map(|line| line.from.y + line.to.y).sum::<f64>() / ends,
    );
    let mut places = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let mut best: Option<(f64, Rect)> = None;
        for candidate in candidates(line, middle) {
            if !candidate.inside(size) {
                continue;
            }
            let covered: f64 = taken.iter().map(|rect| candidate.overlap(rect)).sum();
            let crossed = lines
                .iter()
                .enumerate()
                .filter(|(other, l)| *other != index && candidate.meets(l.from, l.to))
                .count();
            let cost = covered * 100.0 + crossed as f64;
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, candidate));
            }
            if cost == 0.0 {
                break;
            }
        }
        let chosen = best.filter(|(cost, _)| *cost < 1.5 || line.must).map(|(_, rect)| rect);
        if let Some(rect) = chosen {
            taken.push(rect);
        }
        places.push(chosen.map(|rect| rect.centre));
    }
    places
}

/// Rectangles beside a line, its middle first, then further to its ends, on both sides: first the one that
/// looks away from the middle of the picture, where there is more room.
fn candidates(line: &Line, middle: Point) -> impl Iterator<Item = Rect> + '_ {
    let length = line.from.distance(line.to).max(1.0);
    let normal = Point::new((line.to.y - line.from.y) / length, -(line.to.x - line.from.x) / length);
    // Far enough that the box clears the line: its half extent along the normal, and a little air.
    let away = normal.x.abs() * line.half_width + normal.y.abs() * line.half_height + 5.0;
    [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74].into_iter().flat_map(move |share| {
        let on = line.from.towards(line.to, share);
        let half = line.from.towards(line.to, 0.5);
        let outwards = (half.x - middle.x) * normal.x + (half.y - middle.y) * normal.y;
        let out = if outwards >= 0.0 { 1.0 } else { -1.0 };
        [out, -out].into_iter().map(move |side| {
            let centre = Point::new(on.x + normal.x * away * side, on.y + normal.y * away * side);
            Rect::around(centre, line.half_width, line.half_height)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 600.0, height: 500.0 };
    const MARGIN: Margin = Margin { side: 60.0, top: 60.0, bottom: 60.0 };

    fn at(x_km: i32, y_km: i32) -> Position {
        Position { x_km, y_km }
    }

    #[test]
    fn the_view_shows_every_site_inside_the_margin() {
        for far in [1, 100, 5_570, 20_000] {
            let places = [at(0, 0), at(far, far / 2), at(-far / 3, far)];
            let view = View::fit(places, SIZE, MARGIN);
            for place in places {
                let point = view.point(place);
                assert!((59.0..=541.0).contains(&point.x), "{far}: {point:?}");
                assert!((59.0..=441.0).contains(&point.y), "{far}: {point:?}");
            }
        }
    }

    #[test]
    fn a_place_survives_the_way_to_the_stage_and_back() {
        let view = View::fit([at(-700, 20), at(900, 800)], SIZE, MARGIN);
        for place in [at(-700, 20), at(0, 0), at(412, -3)] {
            assert_eq!(view.place(view.point(place)), place);
        }
        assert_eq!(view.place(Point::new(1e12, -1e12)), at(WORLD_KM, -WORLD_KM));
    }

    #[test]
    fn an_empty_stage_has_a_view() {
        let view = View::fit([], Size::default(), MARGIN);
        assert!(view.scale.is_finite() && view.scale > 0.0);
    }

    #[test]
    fn the_scale_bar_is_round_and_fits() {
        for far in [60, 300, 4_000, 19_000] {
            let (km, pixels) = View::fit([at(0, 0), at(far, 0)], SIZE, MARGIN).scale_bar();
            assert!((49.0..=126.0).contains(&pixels), "{far} {km} {pixels}");
        }
    }

    #[test]
    fn nice_numbers() {
        assert!((nice_at_most(7.0) - 5.0).abs() < 1e-9);
        assert!((nice_at_most(1000.0) - 1000.0).abs() < 1e-6);
        assert!((nice_at_least(7.0) - 10.0).abs() < 1e-9);
        assert!((nice_at_least(2.1) - 5.0).abs() < 1e-9);
        assert!((nice_at_least(0.3) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_swipe_crosses_a_link_or_not() {
        let p = Point::new;
        assert!(cross(p(0.0, 0.0), p(10.0, 10.0), p(0.0, 10.0), p(10.0, 0.0)));
        assert!(!cross(p(0.0, 0.0), p(10.0, 10.0), p(0.0, 1.0), p(10.0, 11.0)));
        assert!(!cross(p(0.0, 0.0), p(1.0, 1.0), p(0.0, 10.0), p(10.0, 0.0)));
    }

    #[test]
    fn labels_cover_neither_nodes_nor_each_other() {
        let nodes = [Point::new(300.0, 90.0), Point::new(90.0, 400.0), Point::new(510.0, 400.0)];
        let obstacles: Vec<_> = nodes.iter().map(|&n| Rect::around(n, 34.0, 44.0)).collect();
        let line = |a: usize, b: usize| Line {
            from: nodes[a],
            to: nodes[b],
            half_width: 50.0,
            half_height: 9.0,
            must: false,
        };
        let lines = [line(0, 1), line(0, 2), line(1, 2)];
        let places = place_labels(&lines, &obstacles, SIZE);
        let rects: Vec<_> =
            places.iter().map(|p| Rect::around(p.expect("a triangle has room"), 50.0, 9.0)).collect();
        for (i, rect) in rects.iter().enumerate() {
            assert!(obstacles.iter().chain(&rects[..i]).all(|other| rect.overlap(other) == 0.0));
        }
    }

    #[test]
    fn a_label_that_has_no_room_is_left_out_unless_it_must_show() {
        let (from, to) = (Point::new(100.0, 100.0), Point::new(160.0, 100.0));
        let blocked = [Rect::around(Point::new(130.0, 100.0), 300.0, 300.0)];
        let mut line = Line { from, to, half_width: 50.0, half_height: 9.0, must: false };
        assert_eq!(place_labels(&[line], &blocked, SIZE), vec![None]);
        line.must = true;
        assert!(place_labels(&[line], &blocked, SIZE)[0].is_some());
    }
}
