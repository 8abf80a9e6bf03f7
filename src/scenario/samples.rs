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

    /// The least value that at least `per_mille` thousandths of all values do not exceed (the nearest
    /// rank), in milliseconds.
    pub(crate) fn quantile_ms(&mut self, per_mille: usize) -> Option<f64> {
        if self.sorted < self.values.len() {
            // The sort finds the long run that is in order and merges the rest into it.
            self.values.sort();
            self.sorted = self.values.len();
        }
        let rank = (self.values.len() * per_mille).div_ceil(1_000);
        self.values.get(rank.max(1) - 1).map(|value| value.as_ms())
    }

    pub(crate) fn max_ms(&mut self) -> Option<f64> {
        self.quantile_ms(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let mut samples = Samples::default();
        assert_eq!((samples.quantile_ms(500), samples.mean_ms()), (None, None));
        for ms in [5, 1, 4, 2, 3, 10, 9, 8, 7, 6] {
            samples.add(Span::from_ms(ms));
        }
        assert_eq!(samples.quantile_ms(500), Some(5.0));
        assert_eq!(samples.quantile_ms(501), Some(6.0));
        assert_eq!(samples.quantile_ms(990), Some(10.0));
        samples.add(Span::from_ms(0));
        assert_eq!(samples.quantile_ms(500), Some(5.0));
        assert_eq!(samples.quantile_ms(1), Some(0.0));
        assert_eq!(samples.mean_ms(), Some(5.0));
    }
}
