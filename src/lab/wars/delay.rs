//! How long a message takes: the distributions that have been fitted to real stores, by their formulas.

use netsplit_sim::random::Jitter;

/// A distribution of one-way delays.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Delay {
    /// Always the same.
    Constant {
        /// The delay.
        ms: f64,
    },
    /// At least so long, and an exponential time on top.
    Exponential {
        /// The least.
        least_ms: f64,
        /// The mean of what comes on top.
        mean_ms: f64,
    },
    /// A Pareto body with an exponential tail, as the paper fitted it to measurements (its table 3).
    ParetoExponential {
        /// The share of the Pareto part, 0 to 1.
        share: f64,
        /// The smallest value of the Pareto part.
        minimum_ms: f64,
        /// The tail index of the Pareto part, alpha.
        shape: f64,
        /// The mean of the exponential part; the paper prints its inverse, lambda.
        mean_ms: f64,
    },
}

impl Delay {
    /// LinkedIn's store on solid-state disks: every message.
    pub const LNKD_SSD: Self =
        Self::ParetoExponential { share: 0.9122, minimum_ms: 0.235, shape: 10.0, mean_ms: 1.0 / 1.66 };
    /// LinkedIn's store on spinning disks: the write.
    pub const LNKD_DISK_WRITE: Self =
        Self::ParetoExponential { share: 0.38, minimum_ms: 1.05, shape: 1.51, mean_ms: 1.0 / 0.183 };
    /// Yammer's store: the write. The paper prints 3.35 as the shape, but the simulator that made its tables had 3.5, and
    /// only with that a read at once is current in 89.3 % of the trials, as the paper says.
    pub const YMMR_WRITE: Self =
        Self::ParetoExponential { share: 0.939, minimum_ms: 3.0, shape: 3.5, mean_ms: 1.0 / 0.0028 };
    /// The same with the shape as it is printed.
    pub const YMMR_WRITE_AS_PRINTED: Self =
        Self::ParetoExponential { share: 0.939, minimum_ms: 3.0, shape: 3.35, mean_ms: 1.0 / 0.0028 };
    /// Yammer's store: every other message.
    pub const YMMR: Self =
        Self::ParetoExponential { share: 0.982, minimum_ms: 1.5, shape: 3.8, mean_ms: 1.0 / 0.0217 };

    /// An exponential delay by its rate, lambda, in messages per millisecond.
    #[must_use]
    pub fn rate(per_ms: f64) -> Self {
        Self::Exponential { least_ms: 0.0, mean_ms: 1.0 / per_ms }
    }

    /// The same delay for a link of a cluster.
    #[must_use]
    pub fn jitter(&self) -> Jitter {
        match *self {
            Self::Constant { ms } => Jitter::Constant { ms },
            // With a share of nothing the mixture is its exponential part; the least is the link's to add.
            Self::Exponential { mean_ms, .. } => Jitter::Exponential { mean_ms },
            Self::ParetoExponential { share, minimum_ms, shape, mean_ms } => {
                Jitter::ParetoExponential { share, minimum_ms, shape, mean_ms }
            }
        }
    }

    /// What of it never varies, which a link has apart from its jitter.
    #[must_use]
    pub fn least_ms(&self) -> f64 {
        match *self {
            Self::Exponential { least_ms, .. } => least_ms,
            Self::Constant { .. } | Self::ParetoExponential { .. } => 0.0,
        }
    }

    /// The share of its first part; the rest is of the second.
    pub(super) fn first_share(&self) -> f64 {
        match *self {
            Self::Constant { .. } | Self::Exponential { .. } => 1.0,
            Self::ParetoExponential { share, .. } => share.clamp(0.0, 1.0),
        }
    }

    /// For a number drawn alike from 0 to 1, the delay: the part that the number falls into by the parts' shares, and the
    /// quantile of that part. A mixture drawn so has its distribution, though this is not its own quantile function.
    pub(super) fn at(&self, u: f64) -> f64 {
        let share = self.first_share();
        let (body, from, to) =
            if u < share || share == 1.0 { (true, 0.0, share) } else { (false, share, 1.0) };
        self.part(body, (to - u) / (to - from))
    }

    /// What a part exceeds with probability `beyond`, which is over 0.
    fn part(&self, body: bool, beyond: f64) -> f64 {
        match *self {
            Self::Constant { ms } => ms,
            Self::Exponential { least_ms, mean_ms } => least_ms - mean_ms * libm::log(beyond),
            Self::ParetoExponential { minimum_ms, shape, .. } if body => {
                minimum_ms * libm::exp(-libm::log(beyond) / shape)
            }
            Self::ParetoExponential { mean_ms, .. } => -mean_ms * libm::log(beyond),
        }
    }

    /// The share of delays up to so many milliseconds.
    #[must_use]
    pub fn up_to(&self, ms: f64) -> f64 {
        let exponential = |mean_ms: f64, ms: f64| -libm::expm1(-ms.max(0.0) / mean_ms);
        match *self {
            Self::Constant { ms: constant } => f64::from(u8::from(ms >= constant)),
            Self::Exponential { least_ms, mean_ms } => exponential(mean_ms, ms - least_ms),
            Self::ParetoExponential { share, minimum_ms, shape, mean_ms } => {
                let body = if ms <= minimum_ms { 0.0 } else { 1.0 - libm::pow(minimum_ms / ms, shape) };
                share * body + (1.0 - share) * exponential(mean_ms, ms)
            }
        }
    }
}
