//! The piece of time that the diagrams show, and how it moves: it is dragged, zoomed, or follows the playhead. The
//! space-time diagram and the timeline of the operations look through the same window, so that changing from the one to
//! the other shows the same moments.
//!
//! Everything here is in pixels of the plot and in nanoseconds of the run. The width of the plot is told by the page;
//! until it is, a usual one stands in.

use netsplit_sim::time::Time;

use crate::units;

/// The shortest span that can be shown, in nanoseconds: far less than any message takes.
const LEAST_SPAN: f64 = 10_000.0;
/// The longest span of a run that is still short, in nanoseconds.
const SHORT_RUN: f64 = 1_000_000_000.0;
/// Where the playhead stands while the window follows it, as a share of the width.
const AHEAD: f64 = 0.94;
/// How much of the width one press of an arrow key moves.
pub const NUDGE: f64 = 0.15;
/// How much shorter the span gets by one press of the key `+`.
pub const CLOSER: f64 = 0.7;
/// The least distance between two labels of the axis, in pixels.
const APART: f64 = 64.0;

/// What a person does to the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowIntent {
    /// Drag the content so many pixels to the right.
    Dragged(f64),
    /// Look so many widths later; earlier, if negative.
    Moved(f64),
    /// Make the span so many times as long, and leave what is at this place of the view (in pixels) where it is. Without
    /// a place: the middle.
    Zoomed {
        /// How many times as long; less than one looks closer.
        factor: f64,
        /// Where.
        at: Option<f64>,
    },
    /// Follow the playhead, or no longer.
    ToggledFollow,
    /// Show the whole run.
    ShowedAll,
}

/// The piece of time that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The left edge, in nanoseconds.
    from: f64,
    /// From the left edge to the right, in nanoseconds.
    span: f64,
    /// Whether it follows the playhead.
    follow: bool,
    /// Whether a span was chosen, by the run or by a person.
    chosen: bool,
    /// The left edge of the plot, in pixels.
    left: f64,
    /// The width of the plot, in pixels.
    width: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { from: 0.0, span: 200e6, follow: true, chosen: false, left: 48.0, width: 548.0 }
    }
}

impl Window {
    /// The page says where the plot is.
    pub fn lay_out(&mut self, left: f64, width: f64) {
        self.left = left;
        self.width = width.max(40.0);
    }

    /// Takes a span that suits the run, unless one was chosen before.
    pub fn suit(&mut self, span_ns: f64) {
        if !self.chosen {
            self.span = span_ns.max(LEAST_SPAN);
            self.chosen = true;
        }
    }

    /// The run is another one: look at it from the start.
    pub fn forget(&mut self) {
        *self = Self { left: self.left, width: self.width, ..Self::default() };
    }

    /// Puts the window where it belongs while the playhead is here. A window that was left behind by a step back is
    /// brought to where something is.
    pub fn place(&mut self, now: Time) {
        let now = now.0 as f64;
        self.span = self.span.clamp(LEAST_SPAN, (now * 1.2).max(SHORT_RUN));
        let last = (now - self.span * if self.follow { AHEAD } else { 0.1 }).max(0.0);
        self.from = if self.follow { last } else { self.from.clamp(0.0, last) };
    }

    /// Does what a person meant.
    pub fn update(&mut self, intent: WindowIntent, now: Time) {
        match intent {
            WindowIntent::Dragged(pixels) => self.shift(-pixels / self.width),
            WindowIntent::Moved(widths) => self.shift(widths),
            WindowIntent::Zoomed { factor, at } => self.zoom(factor, at),
            WindowIntent::ToggledFollow => self.follow = !self.follow,
            WindowIntent::ShowedAll => {
                self.follow = true;
                self.chosen = true;
                self.span = (now.0 as f64 / AHEAD).max(LEAST_SPAN);
            }
        }
        self.place(now);
    }

    fn shift(&mut self, widths: f64) {
        if widths.is_finite() && widths != 0.0 {
            self.follow = false;
            self.from += self.span * widths.clamp(-10.0, 10.0);
        }
    }

    fn zoom(&mut self, factor: f64, at: Option<f64>) {
        if !factor.is_finite() || factor <= 0.0 {
            return;
        }
        let x = at.map_or(self.left + self.width / 2.0, |x| x.clamp(self.left, self.left + self.width));
        let still = self.time(x);
        self.span = (self.span * factor.clamp(0.05, 20.0)).max(LEAST_SPAN);
        self.chosen = true;
        self.from = still - (x - self.left) / self.width * self.span;
    }

    /// Moves just so far that an instant is well inside.
    pub fn reveal(&mut self, at: Time) {
        let share = (at.0 as f64 - self.from) / self.span;
        if !(0.03..=0.97).contains(&share) {
            self.follow = false;
            self.from = (at.0 as f64 - self.span / 2.0).max(0.0);
        }
    }

    /// Whether it follows the playhead.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follow
    }

    /// The left edge of the plot, in pixels.
    #[must_use]
    pub fn left(&self) -> f64 {
        self.left
    }

    /// The right edge of the plot, in pixels.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    /// The first instant that is shown.
    #[must_use]
    pub fn from(&self) -> Time {
        Time(self.from.max(0.0) as u64)
    }

    /// The last instant that is shown.
    #[must_use]
    pub fn to(&self) -> Time {
        Time((self.from + self.span).max(0.0) as u64)
    }

    /// How much time is shown, in nanoseconds.
    #[must_use]
    pub fn span_ns(&self) -> f64 {
        self.span
    }

    /// Where an instant is, in pixels; outside of the plot, if it is not shown.
    #[must_use]
    pub fn x(&self, at: Time) -> f64 {
        self.left + (at.0 as f64 - self.from) / self.span * self.width
    }

    /// The same, but never outside of the plot.
    #[must_use]
    pub fn x_inside(&self, at: Time) -> f64 {
        self.x(at).clamp(self.left, self.right())
    }

    /// The instant at a place of the view, in nanoseconds.
    #[must_use]
    pub fn time(&self, x: f64) -> f64 {
        self.from + (x - self.left) / self.width * self.span
    }

    /// The time of one pixel, in nanoseconds.
    #[must_use]
    pub fn pixel_ns(&self) -> f64 {
        self.span / self.width
    }

    /// The labels of the axis: where, and how many milliseconds.
    #[must_use]
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let step = step(self.span / self.width * APART / 1e6);
        let first = libm::ceil(self.from / 1e6 / step - 1e-9).max(0.0);
        let mut ticks = Vec::new();
        for number in 0..64 {
            let ms = (first + f64::from(number)) * step;
            let x = self.left + (ms * 1e6 - self.from) / self.span * self.width;
            if x > self.right() + 0.5 {
                break;
            }
            ticks.push((x, units::tick(ms)));
        }
        ticks
    }

    /// What is shown, in words: `120 ms to 320 ms`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} to {}", units::playhead(self.from()), units::playhead(self.to()))
    }
}

/// The smallest of 1, 2, 5, 10, … (and 0.1, 0.2, …) that is at least this.
fn step(least: f64) -> f64 {
    let mut step = 0.000_001;
    for _ in 0..20 {
        for times in [1.0, 2.0, 5.0] {
            if step * times >= least {
                return step * times;
            }
        }
        step *= 10.0;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000_000_000);

    fn window() -> Window {
        let mut window = Window::default();
        window.lay_out(50.0, 500.0);
        window.suit(100e6);
        window.place(NOW);
        window
    }

    #[test]
    fn it_follows_the_playhead_until_it_is_dragged() {
        let mut window = window();
        assert!((window.x(NOW) - (50.0 + 500.0 * AHEAD)).abs() < 1e-6);
        let later = Time(NOW.0 + 40_000_000);
        window.place(later);
        assert!((window.x(later) - (50.0 + 500.0 * AHEAD)).abs() < 1e-6);
        window.update(WindowIntent::Dragged(100.0), later);
        assert!(!window.follows());
        let before = window.from();
        window.place(Time(later.0 + 40_000_000));
        assert_eq!(window.from(), before, "it stays where it was put");
    }

    #[test]
    fn zooming_leaves_what_is_under_the_pointer_where_it_is() {
        let mut window = window();
        window.update(WindowIntent::ToggledFollow, NOW);
        let before = window.time(170.0);
        window.update(WindowIntent::Zoomed { factor: 0.5, at: Some(170.0) }, NOW);
        assert!((window.time(170.0) - before).abs() < 1.0);
        assert!((window.span_ns() - 50e6).abs() < 1.0);
    }

    #[test]
    fn no_gesture_leads_out_of_the_run() {
        let mut window = window();
        for intent in [
            WindowIntent::Moved(-1e9),
            WindowIntent::Moved(f64::NAN),
            WindowIntent::Dragged(-1e12),
            WindowIntent::Zoomed { factor: 0.0, at: Some(f64::NAN) },
            WindowIntent::Zoomed { factor: 1e30, at: None },
            WindowIntent::Zoomed { factor: 1e-30, at: Some(-1e9) },
            WindowIntent::ShowedAll,
        ] {
            window.update(intent, NOW);
            assert!(window.from() <= NOW && window.to() > window.from(), "{intent:?}: {window:?}");
            assert!(window.ticks().len() < 60);
        }
        window.place(Time::ZERO);
        assert_eq!(window.from(), Time::ZERO);
    }

    #[test]
    fn the_axis_has_round_numbers_apart_from_each_other() {
        let ticks = window().ticks();
        let texts: Vec<_> = ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["920", "940", "960", "980", "1,000"]);
        assert!(ticks.windows(2).all(|pair| pair[1].0 - pair[0].0 >= APART));
    }

    #[test]
    fn what_is_out_of_sight_is_brought_into_the_middle() {
        let mut window = window();
        window.reveal(Time(950_000_000));
        assert!(window.follows(), "it was in sight");
        window.reveal(Time(300_000_000));
        assert!((window.x(Time(300_000_000)) - 300.0).abs() < 1e-6);
        assert!(!window.follows());
    }
}
