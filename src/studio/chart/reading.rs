//! Reading values off a chart: what is under a pointer, or a step to the left or right of it, in words with units. The view
//! keeps which place is pointed at; what is there is said here.

use netsplit_sim::ids::OpId;

use super::{Dot, Latency, ROW, STRIP, Strips};
use crate::units;
use crate::words;

/// How near a pointer has to be to a dot, in pixels.
pub const REACH: f64 = 14.0;

/// What is drawn at the place that is pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cursor {
    /// A ring around a mark.
    Ring {
        /// Where.
        x: f64,
        /// Where.
        y: f64,
    },
    /// An upright line.
    Line {
        /// Where.
        x: f64,
        /// Its upper end.
        top: f64,
        /// Its lower end.
        bottom: f64,
    },
}

/// What stands at a place of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What is drawn there.
    pub cursors: Vec<Cursor>,
    /// The values, in words with units.
    pub text: String,
    /// The operation that a press selects.
    pub op: Option<OpId>,
}

/// A chart whose values can be read place by place.
pub trait Legible {
    /// How many places the arrow keys step through, from left to right.
    fn places(&self) -> usize;
    /// What stays the same of a place while the chart moves on.
    fn id(&self, place: usize) -> u64;
    /// The place of that identity, if it still is in the chart.
    fn find(&self, id: u64) -> Option<usize> {
        (0..self.places()).find(|place| self.id(*place) == id)
    }
    /// The place under a pointer, in pixels of the chart.
    fn nearest(&self, x: f64, y: f64) -> Option<usize>;
    /// What stands there.
    fn reading(&self, place: usize) -> Option<Reading>;
    /// The place some steps on; the first step of all goes to the last place.
    fn step(&self, from: Option<usize>, by: i32) -> Option<usize> {
        let last = self.places().checked_sub(1)?;
        Some(from.map_or(last, |from| from.saturating_add_signed(by as isize).min(last)))
    }
}

/// The nearest of many places to a pointer, if one is near enough.
pub fn nearest_of(places: impl Iterator<Item = (f64, f64)>, (x, y): (f64, f64), reach: f64) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (place, (px, py)) in places.enumerate() {
        let far = (px - x) * (px - x) + (py - y) * (py - y);
        // Of those that cover each other the latest is on top.
        if far <= reach * reach && best.is_none_or(|(_, least)| far <= least) {
            best = Some((place, far));
        }
    }
    best.map(|(place, _)| place)
}

impl Dot {
    /// The operation in words, such as `c1: write, 4.20 ms, ended at 132.05 ms`.
    #[must_use]
    pub fn words(&self, client: &str) -> String {
        let kind = words::call_kind(self.kind);
        let took = units::ms(self.latency_ms);
        let ended = units::playhead(self.ended);
        let stale = if self.stale { ", stale" } else { "" };
        if self.failed {
            format!("{client}: {kind} without result after {took}, at {ended}")
        } else {
            format!("{client}: {kind} {took}{stale}, at {ended}")
        }
    }
}

impl Latency {
    fn client(&self, dot: &Dot) -> &str {
        self.clients.get(dot.client.index()).map_or("?", String::as_str)
    }

    /// The latest operations as lines of a table, the latest first: when, who, what, how long.
    #[must_use]
    pub fn rows(&self, most: usize) -> Vec<(OpId, [String; 4])> {
        let row = |dot: &Dot| {
            let took = if dot.failed {
                "no result".to_owned()
            } else if dot.stale {
                format!("{}, stale", units::ms(dot.latency_ms))
            } else {
                units::ms(dot.latency_ms)
            };
            let what = words::call_kind(dot.kind).to_owned();
            (dot.op, [units::playhead(dot.ended), self.client(dot).to_owned(), what, took])
        };
        self.dots.iter().rev().take(most).map(row).collect()
    }
}

impl Legible for Latency {
    fn places(&self) -> usize {
        self.dots.len()
    }

    fn id(&self, place: usize) -> u64 {
        self.dots.get(place).map_or(u64::MAX, |dot| u64::from(dot.op.0))
    }

    fn nearest(&self, x: f64, y: f64) -> Option<usize> {
        nearest_of(self.dots.iter().map(|dot| (dot.x, dot.y)), (x, y), REACH)
    }

    fn reading(&self, place: usize) -> Option<Reading> {
        let dot = self.dots.get(place)?;
        Some(Reading {
            cursors: vec![Cursor::Ring { x: dot.x, y: dot.y }],
            text: dot.words(self.client(dot)),
            op: Some(dot.op),
        })
    }
}

impl Legible for Strips {
    fn places(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, place: usize) -> u64 {
        self.rows.get(place).map_or(u64::MAX, |row| u64::from(row.op.0))
    }

    fn nearest(&self, _x: f64, y: f64) -> Option<usize> {
        let row = libm::floor((y - STRIP.top) / ROW);
        (row >= 0.0 && row < self.rows.len() as f64).then_some(row as usize)
    }

    fn reading(&self, place: usize) -> Option<Reading> {
        let row = self.rows.get(place)?;
        let x = STRIP.left - 4.0;
        let top = STRIP.top + ROW * place as f64 + 3.0;
        Some(Reading {
            cursors: vec![Cursor::Line { x, top, bottom: top + ROW - 6.0 }],
            text: row.spoken.clone(),
            op: Some(row.op),
        })
    }

    /// The newest write stands first.
    fn step(&self, from: Option<usize>, by: i32) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        Some(from.map_or(0, |from| from.saturating_add_signed(by as isize).min(last)))
    }
}

#[cfg(test)]
mod tests {
    use netsplit_sim::history::CallKind;
    use netsplit_sim::ids::ClientId;
    use netsplit_sim::time::Time;

    use super::*;

    fn dot(op: u32, x: f64, y: f64) -> Dot {
        Dot {
            x,
            y,
            kind: CallKind::Write,
            failed: op == 9,
            stale: false,
            lit: false,
            op: OpId(op),
            client: ClientId(0),
            ended: Time(132_050_000),
            latency_ms: 4.2,
        }
    }

    fn chart(dots: Vec<Dot>) -> Latency {
        Latency {
            dots,
            clients: vec!["c1".to_owned()],
            floors: Vec::new(),
            across: Vec::new(),
            across_unit: "ms",
            up: Vec::new(),
            now: 0.0,
            changes: Vec::new(),
            spoken: String::new(),
        }
    }

    #[test]
    fn the_nearest_dot_within_reach_is_read_and_selected() {
        let chart = chart(vec![dot(4, 10.0, 10.0), dot(7, 20.0, 10.0), dot(9, 20.0, 10.0)]);
        assert_eq!(chart.nearest(11.0, 12.0), Some(0));
        assert_eq!(chart.nearest(19.0, 10.0), Some(2), "the one on top");
        assert_eq!(chart.nearest(60.0, 60.0), None);
        let reading = chart.reading(0).expect("a dot");
        assert_eq!((reading.text.as_str(), reading.op), ("c1: write 4.20 ms, at 132.05 ms", Some(OpId(4))));
        assert!(chart.reading(2).expect("a dot").text.contains("without result"));
        assert_eq!(chart.reading(3), None);
    }

    #[test]
    fn arrow_keys_begin_at_the_latest_and_stay_inside() {
        let chart = chart(vec![dot(4, 10.0, 10.0), dot(7, 20.0, 10.0)]);
        assert_eq!(chart.step(None, -1), Some(1));
        assert_eq!((chart.step(Some(1), -1), chart.step(Some(0), -1)), (Some(0), Some(0)));
        assert_eq!(chart.step(Some(1), 1), Some(1));
        assert_eq!(self::chart(Vec::new()).step(None, 1), None);
        assert_eq!((chart.find(7), chart.find(8)), (Some(1), None));
    }

    #[test]
    fn the_table_has_the_latest_operations_first() {
        let rows = chart(vec![dot(4, 10.0, 10.0), dot(9, 20.0, 10.0)]).rows(1);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].0, rows[0].1[3].as_str()), (OpId(9), "no result"));
    }
}
