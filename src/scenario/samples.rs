//! Measured times, and their exact quantiles.

use netsplit_sim::time::Span;

/// Measured times. They are kept sorted, but only when somebody looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    values: Vec<Span>,
    /// How many of `values` are in order.
    sorted: usize,
    sum: u128,
}

impl Samples {
    pub(crate) fn add(&mut self, value: Span) {
        self.values.push(value);
        self.sum += u128::from(value.0);
    }

    pub(crate) fn count(&self) -> usize {
        self.values.len()
    }

    /// The mean in milliseconds.
    pub(crate) fn mean_ms(&self) -> Option<f64> {
        (!self.values.is_empty()).then(|| self.sum as f64 / self.values.len() as f64 / 1e6)
    }

    /// The least value that at least so many ten-thousandths of all values do not exceed (the nearest rank), in
    /// milliseconds.
    pub(crate) fn quantile_ms(&mut self, of_10_000: usize) -> Option<f64> {
        self.sort();
        let rank = (self.values.len() * of_10_000).div_ceil(10_000);
        self.values.get(rank.max(1) - 1).map(|value| value.as_ms())
    }

    pub(crate) fn max_ms(&mut self) -> Option<f64> {
        self.quantile_ms(10_000)
    }

    fn sort(&mut self) {
        if self.sorted < self.values.len() {
            if self.sorted * 2 < self.values.len() {
                self.values.sort_unstable();
            } else {
                // This sort finds the long run that is in order and merges the rest into it.
                self.values.sort();
            }
            self.sorted = self.values.len();
        }
    }

    /// The same quantile of several lots together, in milliseconds.
    pub(crate) fn pooled_quantile_ms(lots: &mut [Self], of_10_000: usize) -> Option<f64> {
        lots.iter_mut().for_each(Self::sort);
        let count: usize = lots.iter().map(Self::count).sum();
        let rank = (count * of_10_000).div_ceil(10_000).max(1);
        let most = lots.iter().filter_map(|lot| lot.values.last()).max()?.0;
        // The least value that is not exceeded by so many: each lot is in order, so counting is quick.
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low) / 2;
            let within = |lot: &Self| lot.values.partition_point(|value| value.0 <= middle);
            if lots.iter().map(within).sum::<usize>() >= rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(Span(low).as_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let mut samples = Samples::default();
        assert_eq!((samples.quantile_ms(5_000), samples.mean_ms()), (None, None));
        for ms in [5, 1, 4, 2, 3, 10, 9, 8, 7, 6] {
            samples.add(Span::from_ms(ms));
        }
        assert_eq!(samples.quantile_ms(5_000), Some(5.0));
        assert_eq!(samples.quantile_ms(5_001), Some(6.0));
        assert_eq!(samples.quantile_ms(9_900), Some(10.0));
        samples.add(Span::from_ms(0));
        assert_eq!(samples.quantile_ms(5_000), Some(5.0));
        assert_eq!(samples.quantile_ms(1), Some(0.0));
        assert_eq!(samples.mean_ms(), Some(5.0));
    }

    #[test]
    fn several_lots_have_the_quantiles_of_all_together() {
        let mut lots = vec![Samples::default(); 3];
        assert_eq!(Samples::pooled_quantile_ms(&mut lots, 5_000), None);
        let mut all = Samples::default();
        for n in 0..500u64 {
            let value = Span(n * n * 7_919 % 1_000_003);
            lots[(n % 3) as usize % 2].add(value);
            all.add(value);
        }
        for part in [0, 1, 100, 4_999, 5_000, 5_001, 9_900, 9_999, 10_000] {
            assert_eq!(Samples::pooled_quantile_ms(&mut lots, part), all.quantile_ms(part), "{part}");
        }
    }
}
