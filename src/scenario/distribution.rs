//! How measured times are spread: a high dynamic range histogram (Gil Tene's HdrHistogram), kept to three significant
//! digits.
//!
//! It takes the same small room however many times are counted, two of them can be added up, and every quantile that it
//! gives is within 0.1 % of the exact one. Figures with a name of their own stay exact ([`crate::metrics`]); this is for
//! charts, for the far tail, and for adding up many runs.

use hdrhistogram::Histogram;
use netsplit_sim::time::Span;

/// Significant digits.
const DIGITS: u8 = 3;
/// The longest time that can be told from longer ones: two days, where a run has one.
const MOST: u64 = 2 * 24 * 3_600 * 1_000_000_000;

/// The quantiles that are worth a mark, with their names.
pub const QUANTILES: [(f64, &str); 5] =
    [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99")];

/// Measured times.
#[derive(Clone, Debug)]
pub struct Distribution {
    histogram: Histogram<u64>,
    sum: u128,
    least: Option<Span>,
    most: Option<Span>,
}

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Its left edge, in milliseconds, which it includes.
    pub from_ms: f64,
    /// Its right edge, which it does not.
    pub to_ms: f64,
    /// How many times lie in it.
    pub count: u64,
}

/// One step of a cumulative distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rise {
    /// A time, in milliseconds.
    pub ms: f64,
    /// The share of all times that do not exceed it.
    pub share: f64,
}

impl Default for Distribution {
    fn default() -> Self {
        // The bounds are constants, and the histogram takes them: its own rules ask for 1 to 5 digits and a range of
        // at least two.
        let mut histogram =
            Histogram::new_with_bounds(1, 4, DIGITS).expect("bounds that a histogram can have");
        histogram.auto(true);
        Self { histogram, sum: 0, least: None, most: None }
    }
}

impl Distribution {
    /// Counts a time.
    pub fn add(&mut self, time: Span) {
        // It grows by itself up to a range that every machine has room for.
        if self.histogram.record(time.0.min(MOST)).is_err() {
            return;
        }
        self.sum += u128::from(time.0);
        self.least = Some(self.least.map_or(time, |least| least.min(time)));
        self.most = Some(self.most.map_or(time, |most| most.max(time)));
    }

    /// Adds everything that another one has counted.
    pub fn merge(&mut self, other: &Self) {
        // It grows by itself, so that nothing of the other is out of its range.
        if self.histogram.add(&other.histogram).is_ok() {
            self.sum += other.sum;
            self.least = [self.least, other.least].into_iter().flatten().min();
            self.most = [self.most, other.most].into_iter().flatten().max();
        }
    }

    /// How many times were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The mean, exact, in milliseconds.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum as f64 / self.count() as f64 / 1e6)
    }

    /// The least time, exact, in milliseconds.
    #[must_use]
    pub fn min_ms(&self) -> Option<f64> {
        self.least.map(Span::as_ms)
    }

    /// The longest time, exact, in milliseconds.
    #[must_use]
    pub fn max_ms(&self) -> Option<f64> {
        self.most.map(Span::as_ms)
    }

    /// The time that a share of all times do not exceed, by nearest rank, in milliseconds; within 0.1 %.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let (least, most) = (self.least?, self.most?);
        // The rank is found here, so that no rounding of share times count can move it by one.
        let count = self.count() as f64;
        let rank = libm::ceil(share * count - 1e-6).clamp(1.0, count);
        let value = Span(self.histogram.value_at_quantile((rank - 0.5) / count));
        // What stands for its bucket may lie beyond the ends.
        Some(value.max(least).min(most).as_ms())
    }

    /// The share of all times that do not exceed a time, in milliseconds.
    #[must_use]
    pub fn share_within(&self, ms: f64) -> Option<f64> {
        let within =
            self.histogram.iter_recorded().take_while(|value| Span(value.value_iterated_to()).as_ms() <= ms);
        (self.count() > 0)
            .then(|| within.map(|value| value.count_at_value()).sum::<u64>() as f64 / self.count() as f64)
    }

    /// The bars of a histogram whose edges grow by a factor: `per_doubling` bars to each doubling of the time, of which
    /// those before the first and after the last time are left out.
    #[must_use]
    pub fn histogram(&self, per_doubling: u8) -> Vec<Bucket> {
        let (Some(least), Some(most)) = (self.least, self.most) else { return Vec::new() };
        let factor = libm::exp2(1.0 / f64::from(per_doubling.max(1)));
        // Edges are powers of the factor in nanoseconds, so that charts of several runs have the same ones.
        let first = libm::floor(libm::log(least.0.max(1) as f64) / libm::log(factor));
        let mut buckets = Vec::new();
        let mut values = self.histogram.iter_recorded().peekable();
        let mut place = first;
        loop {
            let (low, high) = (libm::pow(factor, place), libm::pow(factor, place + 1.0));
            let mut count = 0;
            while let Some(value) = values.next_if(|value| (value.value_iterated_to() as f64) < high) {
                count += value.count_at_value();
            }
            buckets.push(Bucket { from_ms: low / 1e6, to_ms: high / 1e6, count });
            place += 1.0;
            if values.peek().is_none() || high > 2.0 * most.0.max(1) as f64 {
                break;
            }
        }
        // Rounding may leave the last time beyond the last edge.
        let rest: u64 = values.map(|value| value.count_at_value()).sum();
        if let Some(last) = buckets.last_mut() {
            last.count += rest;
        }
        buckets
    }

    /// The cumulative distribution, step by step: at most so many steps, at even distances of the share, and the last
    /// one at the longest time.
    #[must_use]
    pub fn cumulative(&self, steps: u16) -> Vec<Rise> {
        if self.count() == 0 {
            return Vec::new();
        }
        let steps = u64::from(steps.max(1)).min(self.count());
        let share = |step: u64| step as f64 / steps as f64;
        let mut rises: Vec<Rise> = Vec::new();
        for step in 1..=steps {
            let Some(ms) = self.quantile_ms(share(step)) else { continue };
            match rises.last_mut() {
                Some(last) if last.ms >= ms => last.share = share(step),
                _ => rises.push(Rise { ms, share: share(step) }),
            }
        }
        rises
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Samples;
    use netsplit_sim::random::{Purpose, stream};

    fn drawn(seed: u64, count: usize) -> Vec<Span> {
        let mut random = stream(seed, Purpose::Workload, 0, 0);
        // From microseconds to minutes.
        (0..count).map(|_| Span::from_ms_f64(libm::exp(random.unit() * 18.0 - 6.0))).collect()
    }

    #[test]
    fn quantiles_are_within_a_thousandth_of_the_exact_ones() {
        for count in [1, 2, 10, 999, 20_000] {
            let (mut exact, mut spread) = (Samples::default(), Distribution::default());
            for time in drawn(count as u64, count) {
                exact.add(time);
                spread.add(time);
            }
            assert_eq!(spread.count(), count as u64);
            assert_eq!(spread.max_ms(), exact.max_ms());
            assert_eq!(spread.min_ms(), exact.quantile_ms(0));
            assert_eq!(spread.mean_ms(), exact.mean_ms());
            for (share, name) in QUANTILES {
                let exact = exact.quantile_ms(libm::round(share * 10_000.0) as usize).expect("not empty");
                let got = spread.quantile_ms(share).expect("not empty");
                assert!((got - exact).abs() <= exact * 0.001, "{name} of {count}: {got} for {exact}");
            }
        }
    }

    #[test]
    fn two_together_are_all_in_one() {
        let (mut one, mut other, mut all) = <(Distribution, Distribution, Distribution)>::default();
        for (n, time) in drawn(7, 3_000).into_iter().enumerate() {
            if n % 3 == 0 { &mut one } else { &mut other }.add(time);
            all.add(time);
        }
        one.merge(&other);
        one.merge(&Distribution::default());
        assert_eq!(one.count(), 3_000);
        assert_eq!((one.min_ms(), one.max_ms(), one.mean_ms()), (all.min_ms(), all.max_ms(), all.mean_ms()));
        for (share, _) in QUANTILES {
            assert_eq!(one.quantile_ms(share), all.quantile_ms(share));
        }
        assert_eq!(one.histogram(4), all.histogram(4));
    }

    #[test]
    fn charts_show_every_time_once() {
        let mut spread = Distribution::default();
        assert_eq!((spread.histogram(4), spread.cumulative(50)), (Vec::new(), Vec::new()));
        assert_eq!((spread.quantile_ms(0.5), spread.mean_ms(), spread.share_within(1.0)), (None, None, None));
        let times = drawn(3, 5_000);
        times.iter().for_each(|time| spread.add(*time));
        spread.add(Span::ZERO);
        let bars = spread.histogram(4);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 5_001);
        assert!(bars.windows(2).all(|pair| (pair[0].to_ms - pair[1].from_ms).abs() < 1e-9 * pair[0].to_ms));
        // A bar is right to the tenth of a per cent of a bucket's width.
        let bar = bars[bars.len() / 2];
        let within = |edge: f64| times.iter().filter(|time| time.as_ms() < edge).count() as f64;
        let exact = within(bar.to_ms) - within(bar.from_ms);
        assert!((bar.count as f64 - exact).abs() <= 5.0, "{} for {exact}", bar.count);
        let rises = spread.cumulative(50);
        assert!(rises.len() <= 50 && rises.windows(2).all(|pair| pair[0].ms < pair[1].ms));
        assert!(rises.windows(2).all(|pair| pair[0].share < pair[1].share));
        assert_eq!(rises.last().map(|rise| (rise.ms, rise.share)), spread.max_ms().map(|ms| (ms, 1.0)));
        let half = spread.quantile_ms(0.5).and_then(|ms| spread.share_within(ms)).expect("not empty");
        assert!((half - 0.5).abs() < 0.01, "{half}");
    }

    #[test]
    fn the_longest_times_do_not_break_it() {
        let mut spread = Distribution::default();
        for ns in [0, 1, 2, u64::MAX, MOST] {
            spread.add(Span(ns));
        }
        assert_eq!(spread.count(), 5);
        assert_eq!(spread.max_ms(), Some(Span(u64::MAX).as_ms()));
        assert_eq!(spread.quantile_ms(0.2), Some(0.0));
        assert!(spread.histogram(1).iter().map(|bar| bar.count).sum::<u64>() == 5);
    }
}
