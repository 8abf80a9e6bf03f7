//! Randomness that is the same on every machine: one named generator, split into streams by purpose,
//! and samplers of our own over its 64-bit output.
//!
//! Every purpose has its own stream, so a new draw in one place shifts nothing elsewhere, and two
//! protocols run under one seed meet the same network. The samplers use `libm`, because the standard
//! library's transcendental functions differ between platforms in the last bit.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::time::{Span, Time};

/// A stream of random numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Random(Xoshiro256PlusPlus);

/// What a stream is for. The numbers are part of every link that was ever shared: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// One direction of a link: loss, duplication, jitter.
    Link = 1,
    /// The operations of one client.
    Workload = 2,
    /// The protocol on one node.
    Node = 3,
    /// Fault plans.
    Faults = 4,
    /// Which messages take a node longer than usual.
    Hiccups = 5,
    /// A batch of trials of a model, outside of any run.
    Trials = 6,
}

/// The stream for a purpose and up to two identities.
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, a: u16, b: u16) -> Random {
    let name = (purpose as u64) << 32 | u64::from(a) << 16 | u64::from(b);
    Random(Xoshiro256PlusPlus::seed_from_u64(split_mix(seed ^ split_mix(name))))
}

/// SplitMix64's output function (Steele, Lea, Flood 2014): spreads neighbouring numbers far apart.
fn split_mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1), with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0..bound; 0 when the bound is 0. Lemire's multiplication without the rejection step:
    /// for the bounds used here (below 2^32) the bias is under 2^-32.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// True with probability `p`. Draws nothing when `p` is not positive.
    pub fn chance(&mut self, p: f64) -> bool {
        p > 0.0 && self.unit() < p
    }

    /// Uniform between two spans, both included.
    pub fn span_between(&mut self, low: Span, high: Span) -> Span {
        let width = high.0.saturating_sub(low.0).saturating_add(1);
        Span(low.0 + self.below(width))
    }

    /// Exponential with the given mean, by inversion.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log1p(-self.unit())
    }

    /// Pareto, by inversion.
    fn pareto(&mut self, minimum: f64, shape: f64) -> f64 {
        minimum * libm::exp(-libm::log1p(-self.unit()) / shape)
    }

    /// Standard normal, by Box and Muller (1958); one of the pair is discarded to keep the stream simple.
    fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log1p(-self.unit()));
        radius * libm::cos(2.0 * core::f64::consts::PI * self.unit())
    }
}

/// A distribution of delays, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// Always the same.
    Constant {
        /// The delay.
        ms: f64,
    },
    /// Uniform between two delays.
    Uniform {
        /// The shortest.
        low_ms: f64,
        /// The longest.
        high_ms: f64,
    },
    /// Exponential: short mostly, sometimes several times the mean.
    Exponential {
        /// The mean.
        mean_ms: f64,
    },
    /// Pareto: a heavy tail. With `shape` at most 1 the mean is infinite.
    Pareto {
        /// The smallest value.
        minimum_ms: f64,
        /// The tail index, alpha: the smaller, the heavier the tail.
        shape: f64,
    },
    /// Log-normal: the logarithm is normal.
    LogNormal {
        /// The median.
        median_ms: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// A Pareto body with an exponential tail: what Bailis et al. (*Probabilistically Bounded Staleness*, VLDB 2012,
    /// table 3) fitted to the delays of LinkedIn's and Yammer's stores.
    ParetoExponential {
        /// The share of draws from the Pareto part, 0 to 1.
        share: f64,
        /// The smallest value of the Pareto part.
        minimum_ms: f64,
        /// The tail index of the Pareto part.
        shape: f64,
        /// The mean of the exponential part.
        mean_ms: f64,
    },
}

impl Jitter {
    /// No delay.
    pub const NONE: Self = Self::Constant { ms: 0.0 };

    /// One draw, rounded to the nanosecond at once. A constant draws nothing from the stream.
    pub fn draw(&self, random: &mut Random) -> Span {
        let ms = match *self {
            Self::Constant { ms } => ms,
            Self::Uniform { low_ms, high_ms } => low_ms + (high_ms - low_ms) * random.unit(),
            Self::Exponential { mean_ms } => random.exponential(mean_ms),
            Self::Pareto { minimum_ms, shape } => random.pareto(minimum_ms, shape),
            Self::ParetoExponential { share, minimum_ms, shape, mean_ms } => {
                // Two draws whichever part it is, so that the share shifts nothing that is drawn later.
                let is_body = random.unit() < share;
                if is_body { random.pareto(minimum_ms, shape) } else { random.exponential(mean_ms) }
            }
            Self::LogNormal { median_ms, sigma } => median_ms * libm::exp(sigma * random.normal()),
        };
        // An hour bounds the tail, so that a Pareto draw can never stop virtual time.
        Span::from_ms_f64(ms.min(3_600_000.0))
    }
}

/// Picks keys 0..n by Zipf's law: the k-th most popular has weight 1 / k^exponent. Exponent 0 is uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct Zipf {
    cumulative: std::sync::Arc<[f64]>,
}

impl Zipf {
    /// The law over `keys` keys (at least one).
    #[must_use]
    pub fn new(keys: u32, exponent: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=keys.max(1))
            .map(|rank| {
                sum += 1.0 / libm::pow(f64::from(rank), exponent);
                sum
            })
            .collect();
        for c in &mut cumulative {
            *c /= sum;
        }
        Self { cumulative: cumulative.into() }
    }

    /// One key.
    pub fn draw(&self, random: &mut Random) -> u32 {
        let u = random.unit();
        let rank = self.cumulative.partition_point(|&c| c <= u);
        rank.min(self.cumulative.len() - 1) as u32
    }
}

/// Picks a tenant: the share of the first one doubles again and again, until it has all; the others share the rest
/// alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growing {
    tenants: u32,
    doubling: Span,
}

impl Growing {
    /// So many tenants (at least one), and how long the first one's share takes to double.
    #[must_use]
    pub fn new(tenants: u32, doubling: Span) -> Self {
        Self { tenants: tenants.max(1), doubling: doubling.max(Span(1)) }
    }

    /// The first tenant's share of the operations at an instant: an equal share at the start.
    #[must_use]
    pub fn share(&self, now: Time) -> f64 {
        let doublings = now.0 as f64 / self.doubling.0 as f64;
        // Beyond 2^64 every share is whole, and the power stays a number.
        (libm::exp2(doublings.min(64.0)) / f64::from(self.tenants)).min(1.0)
    }

    /// One tenant.
    pub fn draw(&self, random: &mut Random, now: Time) -> u32 {
        if random.unit() < self.share(now) || self.tenants == 1 {
            return 0;
        }
        1 + random.below(u64::from(self.tenants) - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_growing_tenant_doubles_its_share_and_leaves_the_others_alike() {
        let growing = Growing::new(8, Span::from_s(10));
        for (s, share) in [(0, 0.125), (10, 0.25), (20, 0.5), (30, 1.0), (10_000, 1.0)] {
            assert_eq!(growing.share(Time(s * 1_000_000_000)).to_bits(), f64::to_bits(share), "after {s} s");
        }
        let mut random = stream(5, Purpose::Workload, 0, 0);
        let mut drawn = [0u32; 8];
        for _ in 0..80_000 {
            drawn[growing.draw(&mut random, Time(20_000_000_000)) as usize] += 1;
        }
        assert!((39_000..41_000).contains(&drawn[0]), "{drawn:?}");
        assert!(drawn[1..].iter().all(|&n| (5_300..6_100).contains(&n)), "{drawn:?}");
        assert_eq!(Growing::new(1, Span::ZERO).draw(&mut random, Time::ZERO), 0);
    }

    /// The reference output of xoshiro256++ behind our stream split. If this changes, every link breaks.
    #[test]
    fn streams_are_fixed_for_ever() {
        let mut link = stream(42, Purpose::Link, 0, 1);
        let first: Vec<u64> = (0..3).map(|_| link.bits()).collect();
        assert_eq!(first, STREAM_42_LINK_0_1);
    }

    const STREAM_42_LINK_0_1: [u64; 3] =
        [6_152_869_883_258_051_498, 1_327_419_952_792_598_977, 6_714_976_001_239_387_237];

    #[test]
    fn streams_of_different_purposes_differ() {
        let mut a = stream(7, Purpose::Link, 0, 1);
        let mut b = stream(7, Purpose::Link, 1, 0);
        let mut c = stream(7, Purpose::Workload, 0, 1);
        let (a, b, c) = (a.bits(), b.bits(), c.bits());
        assert!(a != b && b != c && a != c);
    }

    fn mean_ms(jitter: Jitter) -> f64 {
        let mut random = stream(1, Purpose::Faults, 0, 0);
        let draws = 100_000;
        (0..draws).map(|_| jitter.draw(&mut random).as_ms()).sum::<f64>() / f64::from(draws)
    }

    #[test]
    fn samplers_have_the_mean_of_their_formula() {
        assert!((mean_ms(Jitter::Uniform { low_ms: 2.0, high_ms: 4.0 }) - 3.0).abs() < 0.01);
        assert!((mean_ms(Jitter::Exponential { mean_ms: 5.0 }) - 5.0).abs() < 0.05);
        // Mean of Pareto: minimum * shape / (shape - 1).
        assert!((mean_ms(Jitter::Pareto { minimum_ms: 1.0, shape: 3.0 }) - 1.5).abs() < 0.02);
        // Mean of log-normal: median * exp(sigma^2 / 2).
        assert!((mean_ms(Jitter::LogNormal { median_ms: 2.0, sigma: 0.5 }) - 2.266).abs() < 0.02);
    }

    #[test]
    fn a_constant_draws_nothing() {
        let mut random = stream(1, Purpose::Faults, 0, 0);
        let before = random.clone();
        assert_eq!(Jitter::Constant { ms: 2.0 }.draw(&mut random), Span::from_ms(2));
        assert_eq!(random, before);
    }

    #[test]
    fn zipf_favours_the_first_key_by_the_law() {
        let zipf = Zipf::new(1_000, 1.0);
        let mut random = stream(3, Purpose::Workload, 0, 0);
        let draws = 100_000;
        let first = (0..draws).filter(|_| zipf.draw(&mut random) == 0).count();
        // 1 / H_1000 = 0.1336.
        assert!((first as f64 / f64::from(draws) - 0.1336).abs() < 0.005);
        let uniform = Zipf::new(10, 0.0);
        let mut seen = [0u32; 10];
        for _ in 0..10_000 {
            seen[uniform.draw(&mut random) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }
}
