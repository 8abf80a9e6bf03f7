//! Availability as clients felt it: by operations, and by time.
//!
//! **By operations**: the share of ended operations that gave their client what it asked for, in time. A client gives an
//! operation up at its timeout (after all its attempts), so what succeeded did so in time; an [`Objective`] may ask for
//! more.
//!
//! **By time**: the run is cut into windows of one width. A window is good if enough of the operations that ended in it
//! succeeded, and one without operations says nothing and does not count. (Operators' agreements are written in this way:
//! downtime is a period with an error rate above a bound.) A row of bad windows is one failure: the time between
//! failures is the good time over their number, the time to repair the bad time over their number, and by-time
//! availability is then MTBF / (MTBF + MTTR), as in the textbook.
//!
//! **Nines** are -log10(1 - a): 0.999 has three. **Downtime per year** is (1 - a) of a year of 365.25 days. Where nothing
//! failed a run can't tell how many nines there are, and there is no figure.

use netsplit_sim::time::{Span, Time};

/// Seconds of a year of 365.25 days.
pub const YEAR_S: f64 = 365.25 * 24.0 * 3_600.0;

/// When an operation, and when a window, is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// The width of the windows.
    pub width: Span,
    /// The share of a window's operations that have to succeed for it to be good.
    pub enough: f64,
    /// How long an operation may take at most; `None`: as long as its client waits.
    pub within: Option<Span>,
}

impl Default for Objective {
    /// Windows of a second, good if 95 of 100 operations succeed.
    fn default() -> Self {
        Self { width: Span::from_s(1), enough: 0.95, within: None }
    }
}

/// A window of time with the operations that ended in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailabilityWindow {
    /// When it begins.
    pub from: Time,
    /// How many operations ended in it; at least one.
    pub operations: u32,
    /// How many of them succeeded in time.
    pub succeeded: u32,
}

impl AvailabilityWindow {
    /// The share of its operations that succeeded in time.
    #[must_use]
    pub fn share(&self) -> f64 {
        f64::from(self.succeeded) / f64::from(self.operations.max(1))
    }
}

/// What many windows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByTime {
    /// Windows in which enough operations succeeded.
    pub good: u32,
    /// Windows in which too few did.
    pub bad: u32,
    /// Rows of bad windows.
    pub failures: u32,
    /// The width of a window.
    pub width: Span,
}

impl ByTime {
    /// The share of windows that are good.
    #[must_use]
    pub fn availability(&self) -> Option<f64> {
        let all = self.good + self.bad;
        (all > 0).then(|| f64::from(self.good) / f64::from(all))
    }

    /// The mean time that passes well from one failure to the next.
    #[must_use]
    pub fn mtbf_ms(&self) -> Option<f64> {
        self.for_each_failure(self.good)
    }

    /// The mean time that a failure lasts.
    #[must_use]
    pub fn mttr_ms(&self) -> Option<f64> {
        self.for_each_failure(self.bad)
    }

    fn for_each_failure(&self, windows: u32) -> Option<f64> {
        (self.failures > 0).then(|| f64::from(windows) * self.width.as_ms() / f64::from(self.failures))
    }
}

/// -log10(1 - a): how many nines an availability has. None if nothing failed.
#[must_use]
pub fn nines(availability: f64) -> Option<f64> {
    (availability < 1.0).then(|| -libm::log10(1.0 - availability))
}

/// The seconds of a year that are down at this availability.
#[must_use]
pub fn downtime_per_year_s(availability: f64) -> f64 {
    (1.0 - availability) * YEAR_S
}

/// Windows in the making: operations come in the order of their ends.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    objective: Objective,
    start: Time,
    open: Option<AvailabilityWindow>,
    by_time: ByTime,
    failing: bool,
    /// Those that are over, where somebody wants them.
    kept: Option<Vec<AvailabilityWindow>>,
}

impl Default for Windows {
    fn default() -> Self {
        Self::new(Objective::default(), Time::ZERO)
    }
}

impl Windows {
    pub(crate) fn new(objective: Objective, start: Time) -> Self {
        let width = objective.width.max(Span(1));
        let by_time = ByTime { width, ..ByTime::default() };
        Self {
            objective: Objective { width, ..objective },
            start,
            open: None,
            by_time,
            failing: false,
            kept: None,
        }
    }

    /// The same, which keeps every window.
    pub(crate) fn keeping(self) -> Self {
        Self { kept: Some(Vec::new()), ..self }
    }

    /// An operation ended.
    pub(crate) fn add(&mut self, ended: Time, success: bool, took: Span) {
        let width = self.objective.width.0;
        let from = Time(self.start.0 + ended.since(self.start).0 / width * width);
        if self.open.is_some_and(|open| open.from != from) {
            self.close();
        }
        let open = self.open.get_or_insert(AvailabilityWindow { from, operations: 0, succeeded: 0 });
        open.operations += 1;
        open.succeeded += u32::from(success && self.objective.within.is_none_or(|within| took <= within));
    }

    fn close(&mut self) {
        let Some(window) = self.open.take() else { return };
        let good = window.share() >= self.objective.enough;
        self.by_time.good += u32::from(good);
        self.by_time.bad += u32::from(!good);
        self.by_time.failures += u32::from(!good && !self.failing);
        self.failing = !good;
        if let Some(kept) = &mut self.kept {
            kept.push(window);
        }
    }

    /// What they come to so far, the last one as far as it has got.
    pub(crate) fn by_time(&self) -> ByTime {
        let mut end = Self { kept: None, ..self.clone() };
        end.close();
        end.by_time
    }

    /// All of them, the last one as far as it has got.
    pub(crate) fn finish(mut self) -> Vec<AvailabilityWindow> {
        self.close();
        self.kept.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nines_and_a_year() {
        // The published table: 90 % is 36.53 days, 99 % 3.653 days, 99.9 % 8.766 hours, 99.99 % 52.60 minutes,
        // 99.999 % 5.260 minutes, 99.9999 % 31.56 seconds.
        let table = [
            (0.9, 1.0, 36.53 * 86_400.0),
            (0.99, 2.0, 3.653 * 86_400.0),
            (0.999, 3.0, 8.766 * 3_600.0),
            (0.999_9, 4.0, 52.60 * 60.0),
            (0.999_99, 5.0, 5.260 * 60.0),
            (0.999_999, 6.0, 31.56),
        ];
        for (availability, expected, downtime) in table {
            let nines = nines(availability).expect("something failed");
            assert!((nines - expected).abs() < 1e-6, "{nines} for {availability}");
            let got = downtime_per_year_s(availability);
            assert!((got / downtime - 1.0).abs() < 2e-4, "{got} for {downtime}");
        }
        assert_eq!((nines(1.0), nines(0.0)), (None, Some(0.0)));
        assert_eq!(downtime_per_year_s(1.0).to_bits(), 0.0f64.to_bits());
    }

    /// Windows of a second; by second: how many operations succeed and fail.
    fn windows(seconds: &[(u32, u32)], objective: Objective) -> Windows {
        let mut windows = Windows::new(objective, Time::ZERO).keeping();
        for (second, (good, bad)) in (0u64..).zip(seconds) {
            for n in 0..good + bad {
                let at = Time(second * 1_000_000_000 + u64::from(n) * 1_000_000);
                windows.add(at, n < *good, Span::from_ms(u64::from(n)));
            }
        }
        windows
    }

    #[test]
    fn rows_of_bad_windows_are_failures() {
        // Good, bad, bad, nothing, good, nothing, bad, good: two failures, of three bad and three good seconds.
        let seconds = [(20, 0), (5, 5), (0, 3), (0, 0), (20, 1), (0, 0), (9, 1), (1, 0)];
        let felt = windows(&seconds, Objective::default());
        let by_time = felt.by_time();
        assert_eq!((by_time.good, by_time.bad, by_time.failures), (3, 3, 2));
        assert_eq!(by_time.availability(), Some(0.5));
        assert_eq!((by_time.mtbf_ms(), by_time.mttr_ms()), (Some(1_500.0), Some(1_500.0)));
        let all = felt.finish();
        let seen: Vec<_> =
            all.iter().map(|w| (w.from.0 / 1_000_000_000, w.succeeded, w.operations)).collect();
        assert_eq!(seen, [(0, 20, 20), (1, 5, 10), (2, 0, 3), (4, 20, 21), (6, 9, 10), (7, 1, 1)]);
        assert!((all[1].share() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_row_goes_on_over_windows_without_operations() {
        let by_time = windows(&[(0, 1), (0, 0), (0, 1)], Objective::default()).by_time();
        assert_eq!((by_time.bad, by_time.failures), (2, 1));
        let none = windows(&[], Objective::default()).by_time();
        assert_eq!((none.availability(), none.mtbf_ms(), none.mttr_ms()), (None, None, None));
        let fine = windows(&[(3, 0)], Objective::default()).by_time();
        assert_eq!((fine.availability(), fine.mtbf_ms()), (Some(1.0), None));
    }

    #[test]
    fn an_objective_may_ask_for_less_and_for_haste() {
        let half = Objective { enough: 0.5, ..Objective::default() };
        assert_eq!(windows(&[(5, 5)], half).by_time().good, 1);
        // The n-th operation of a second takes n ms: of ten, five are within 4 ms.
        let hasty = Objective { within: Some(Span::from_ms(4)), ..half };
        let all = windows(&[(10, 0)], hasty).finish();
        assert_eq!((all[0].succeeded, all[0].operations), (5, 10));
        let wide = Objective { width: Span::from_s(10), ..half };
        assert_eq!(windows(&[(1, 0), (1, 0), (0, 1)], wide).by_time().good, 1);
    }
}
