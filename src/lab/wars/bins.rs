//! Counts of times in bins whose width is a part of the time, so that a count costs no more than a shift and quantiles
//! are as exact for a microsecond as for an hour.

/// Bins in each doubling of the time: a bin is at most 0.2 % wide.
const FINE_BITS: u32 = 9;
/// The shortest time with a bin of its own is 2^-11 ms.
const LEAST_EXPONENT: i64 = -11;
/// So the longest is 2^21 ms, half an hour.
const BINS: usize = 1 << 14;
/// The place of a time's bin, if the bits of its number were shifted only.
const FIRST: i64 = (1_023 + LEAST_EXPONENT) << FINE_BITS;
const SHIFT: u32 = 52 - FINE_BITS;

/// How many of many times fell into which bin.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bins {
    /// The first is for what took no time, or less; the second for all that is shorter than the third.
    bins: Vec<u64>,
}

impl Default for Bins {
    fn default() -> Self {
        Self { bins: vec![0; BINS] }
    }
}

impl Bins {
    /// Counts a time in milliseconds. One below zero counts as zero.
    #[inline]
    pub fn add(&mut self, ms: f64) {
        self.bins[bin_of(ms)] += 1;
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Self) {
        self.bins.iter_mut().zip(&other.bins).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bins.iter().sum()
    }

    /// How many took no time.
    #[must_use]
    pub fn at_once(&self) -> u64 {
        self.bins[0]
    }

    /// The share that took up to so many milliseconds; of the bin of that time itself, as much as lies before it.
    /// Not a number if there is none.
    #[must_use]
    pub fn share_up_to(&self, ms: f64) -> f64 {
        let last = bin_of(ms);
        let before: u64 = self.bins[..last].iter().sum();
        let of_last =
            if last == 0 { 1.0 } else { (ms - start_of(last)) / (start_of(last + 1) - start_of(last)) };
        (before as f64 + self.bins[last] as f64 * of_last.clamp(0.0, 1.0)) / self.count() as f64
    }

    /// The time that a share of them does not exceed, in milliseconds; not a number if there is none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let rank = share.clamp(0.0, 1.0) * self.count() as f64;
        let mut before = 0.0;
        for (bin, &count) in self.bins.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let count = count as f64;
            if before + count >= rank {
                let (start, end) = (start_of(bin), start_of(bin + 1));
                return if bin == 0 { 0.0 } else { start + (end - start) * (rank - before) / count };
            }
            before += count;
        }
        f64::NAN
    }
}

/// The time at which the bin of this one begins.
#[cfg(test)]
pub(super) fn edge(ms: f64) -> f64 {
    start_of(bin_of(ms))
}

/// The bin of a time. Positive numbers are ordered as their bits are, and the upper bits of those are a logarithm.
#[inline]
fn bin_of(ms: f64) -> usize {
    let bits = ms.to_bits() as i64;
    // No bits for zero, and the sign for what is below.
    let is_positive = (bits > 0) as i64;
    let bin = ((bits >> SHIFT) - FIRST + 1).clamp(1, BINS as i64 - 1);
    (bin * is_positive) as usize
}

/// Where a bin begins.
fn start_of(bin: usize) -> f64 {
    if bin <= 1 { 0.0 } else { f64::from_bits(((bin as i64 - 1 + FIRST) << SHIFT) as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_bin_that_it_lies_in() {
        for ms in [0.000_5, 0.01, 0.999_999, 1.0, 1.5, 10.0, 12_345.6, 1.9e6] {
            let bin = bin_of(ms);
            assert!(start_of(bin) <= ms && ms < start_of(bin + 1), "{ms}");
            assert!((start_of(bin + 1) - start_of(bin)) / ms < 0.002, "{ms}");
        }
        assert_eq!([0.0, -0.0, -5.0, f64::NEG_INFINITY].map(bin_of), [0; 4]);
        assert_eq!([1e-300, 1e-9].map(bin_of), [1; 2]);
        assert_eq!([1e9, f64::INFINITY].map(bin_of), [BINS - 1; 2]);
    }

    #[test]
    fn shares_and_quantiles_are_each_others_inverse() {
        let mut bins = Bins::default();
        (0..500).for_each(|_| bins.add(0.0));
        (1..=500).for_each(|k| bins.add(f64::from(k) * 0.2));
        assert_eq!((bins.count(), bins.at_once()), (1_000, 500));
        assert!((bins.share_up_to(0.0) - 0.5).abs() < 1e-12 && bins.quantile(0.3) == 0.0);
        for share in [0.6, 0.75, 0.9, 0.99] {
            let ms = bins.quantile(share);
            assert!((ms - (share - 0.5) * 200.0).abs() < 0.4, "{share}: {ms}");
            assert!((bins.share_up_to(ms) - share).abs() < 1e-9, "{share}");
        }
        let mut twice = bins.clone();
        twice.merge(&bins);
        assert_eq!((twice.count(), twice.quantile(0.9)), (2_000, bins.quantile(0.9)));
        assert!(Bins::default().quantile(0.5).is_nan() && Bins::default().share_up_to(1.0).is_nan());
    }
}
