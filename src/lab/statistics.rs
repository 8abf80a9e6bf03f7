//! A mean over several seeds, and how sure it is.
//!
//! The seeds are independent, so the mean over `n` of them lies within `t × s / √n` of the true one in 95 cases of a hundred
//! (Student, *The Probable Error of a Mean*, Biometrika 1908), where `s` is the standard deviation and `t` the
//! quantile of his distribution with `n − 1` degrees of freedom. With one seed nothing is known of the spread.

/// What several seeds measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many seeds had a value.
    pub count: usize,
    /// The mean.
    pub mean: f64,
    /// Half of the width of the 95 % confidence interval of the mean; `None` with fewer than two values.
    pub half_width: Option<f64>,
    /// The least value.
    pub least: f64,
    /// The greatest value.
    pub most: f64,
}

impl Summary {
    /// Of these values; `None` of none at all.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        let (first, n) = (*values.first()?, count as f64);
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let half_width = (count > 1).then(|| t_95(count - 1) * libm::sqrt(squares / (n - 1.0) / n));
        let least = values.iter().copied().fold(first, f64::min);
        let most = values.iter().copied().fold(first, f64::max);
        Some(Self { count, mean, half_width, least, most })
    }

    /// The same in another unit.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self {
            count: self.count,
            mean: self.mean * factor,
            half_width: self.half_width.map(|half| half * factor),
            least: self.least * factor,
            most: self.most * factor,
        }
    }

    /// The ends of the confidence interval; twice the mean where nothing is known of it.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let half = self.half_width.unwrap_or(0.0);
        (self.mean - half, self.mean + half)
    }
}

/// The two-sided 95 % quantile of Student's distribution, from the usual table up to 30 degrees of freedom; beyond that by the
/// expansion of Cornish and Fisher around the normal one, which there is exact to four digits.
#[must_use]
pub fn t_95(freedom: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
        2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048,
        2.045, 2.042,
    ];
    const NORMAL: f64 = 1.959_964;
    match freedom {
        0 => f64::INFINITY,
        1..=30 => TABLE[freedom - 1],
        _ => {
            let (x, n) = (NORMAL, freedom as f64);
            let (cube, fifth) = (x * x * x, x * x * x * x * x);
            x + (cube + x) / (4.0 * n) + (5.0 * fifth + 16.0 * cube + 3.0 * x) / (96.0 * n * n)
        }
    }
}

#[cfg(test)]
mod tests {
    use netsplit_sim::random::{Purpose, stream};

    use super::*;

    #[test]
    fn a_summary_of_known_values() {
        // Of 1 to 5: mean 3, standard deviation √2.5, t with four degrees of freedom 2.776.
        let summary = Summary::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("there are values");
        assert_eq!((summary.count, summary.mean, summary.least, summary.most), (5, 3.0, 1.0, 5.0));
        assert!((summary.half_width.expect("there are several") - 1.9629).abs() < 1e-3);
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[7.0]).expect("there is one").half_width, None);
    }

    #[test]
    fn the_expansion_meets_published_quantiles() {
        // Abramowitz and Stegun, table 26.10.
        for (freedom, published) in [(40, 2.021), (60, 2.000), (120, 1.980)] {
            assert!((t_95(freedom) - published).abs() < 1e-3, "{freedom}: {}", t_95(freedom));
        }
    }

    #[test]
    fn the_interval_holds_the_true_mean_in_95_cases_of_100() {
        let mut random = stream(5, Purpose::Faults, 0, 0);
        for count in [2, 5, 20] {
            let sure = (0..4_000).filter(|_| {
                // Twelve uniform draws are as good as normal.
                let normal =
                    |random: &mut netsplit_sim::random::Random| (0..12).map(|_| random.unit()).sum::<f64>();
                let values: Vec<f64> = (0..count).map(|_| normal(&mut random)).collect();
                let (low, high) = Summary::of(&values).expect("there are values").interval();
                (low..=high).contains(&6.0)
            });
            let share = sure.count() as f64 / 4_000.0;
            assert!((share - 0.95).abs() < 0.015, "{count} values: {share}");
        }
    }
}
