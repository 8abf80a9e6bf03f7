//! Machines that break down and are repaired, each by itself: the textbook's picture of availability.
//!
//! A machine runs for an exponential time with the mean MTBF, is down for an exponential time with the mean MTTR, and so
//! on. In the long run it is up for a share MTBF / (MTBF + MTTR) of the time, its steady-state availability; so MTBF is
//! here, as in that formula, the mean time from the end of one repair to the next failure. Of several machines that fail
//! independently, the chance that at least k of n are up is the upper end of a binomial distribution.
//!
//! A plan starts with every machine up. So a short one is better than the steady state, by [`Wear::expected_up`].

use crate::action::Action;
use crate::ids::NodeId;
use crate::random::{Purpose, stream};
use crate::time::{Span, Time};

/// A plan of crashes and restarts by wear. What is down at `until` is repaired then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wear {
    /// The mean time that a node runs before it fails.
    pub mtbf: Span,
    /// The mean time that it is down then.
    pub mttr: Span,
    /// Only the first so many nodes; `None` for all.
    pub nodes: Option<u16>,
    /// What everything is drawn from, apart from the seed of the run.
    pub seed: u64,
    /// All nodes run up to here.
    pub from: Time,
    /// And from here on.
    pub until: Time,
}

/// The most failures of one node. Whoever makes a script of the plan must refuse it long before: a plan that is cut
/// off would show machines that are better than they are.
const MOST: usize = 10_000;

impl Wear {
    /// The plan as actions in the order of their times, for a cluster of so many nodes.
    #[must_use]
    pub fn actions(&self, nodes: u16) -> Vec<(Time, Action)> {
        let mut actions = Vec::new();
        if self.mtbf == Span::ZERO {
            return actions;
        }
        for node in (0..nodes.min(self.nodes.unwrap_or(u16::MAX))).map(NodeId) {
            // A stream for each node: a node more or less shifts nothing.
            let mut random = stream(self.seed, Purpose::Faults, node.0, 2);
            let mut at = self.from;
            for _ in 0..MOST {
                at += Span::from_ms_f64(random.exponential(self.mtbf.as_ms()));
                if at >= self.until {
                    break;
                }
                actions.push((at, Action::Crash(node)));
                at += Span::from_ms_f64(random.exponential(self.mttr.as_ms()));
                actions.push((at.min(self.until), Action::Restart(node)));
                if at >= self.until {
                    break;
                }
            }
        }
        actions.sort_by_key(|(at, _)| *at);
        actions
    }

    /// The share of the time that a node is up in the long run: MTBF / (MTBF + MTTR).
    #[must_use]
    pub fn availability(&self) -> f64 {
        self.mtbf.as_ms() / (self.mtbf.as_ms() + self.mttr.as_ms())
    }

    /// The expected share of the time from `from` to `until` that a node is up. The process begins with the node up
    /// and forgets that with the rate 1 / MTBF + 1 / MTTR.
    #[must_use]
    pub fn expected_up(&self) -> f64 {
        let steady = self.availability();
        let length = self.until.since(self.from).as_ms();
        let rate = 1.0 / self.mtbf.as_ms() + 1.0 / self.mttr.as_ms();
        if length <= 0.0 || !rate.is_finite() {
            return 1.0;
        }
        steady - (1.0 - steady) * libm::expm1(-rate * length) / (rate * length)
    }
}

/// The chance that at least `k` of `n` independent parts work, each of which works with the chance `p`: the sum over
/// i = k..n of C(n, i) p^i (1 - p)^(n - i).
#[must_use]
pub fn at_least(k: u32, n: u32, p: f64) -> f64 {
    let term = |i: u32| {
        let ways = (1..=i).fold(1.0, |ways, j| ways * f64::from(n - i + j) / f64::from(j));
        ways * libm::pow(p, f64::from(i)) * libm::pow(1.0 - p, f64::from(n - i))
    };
    (k..=n).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of `n` nodes was up, as the share of the time that at least `k` were.
    fn up_share(wear: &Wear, n: u16, k: usize) -> f64 {
        let mut down = vec![false; usize::from(n)];
        let (mut since, mut up) = (wear.from, 0);
        let mut count = |down: &[bool], from: Time, to: Time| {
            if down.iter().filter(|down| !**down).count() >= k {
                up += to.since(from).0;
            }
        };
        for (at, action) in wear.actions(n) {
            count(&down, since, at);
            since = at;
            match action {
                Action::Crash(node) => {
                    assert!(!down[node.index()], "it was down already");
                    down[node.index()] = true;
                }
                Action::Restart(node) => {
                    assert!(down[node.index()], "it was up already");
                    down[node.index()] = false;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(down.iter().all(|down| !down), "what is down at the end is repaired");
        count(&down, since, wear.until);
        up as f64 / wear.until.since(wear.from).0 as f64
    }

    /// The mean over many seeds, and three standard errors of it.
    fn mean(wear: Wear, n: u16, k: usize) -> (f64, f64) {
        let shares: Vec<f64> = (0..400).map(|seed| up_share(&Wear { seed, ..wear }, n, k)).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / 399.0;
        (mean, 3.0 * libm::sqrt(variance / 400.0))
    }

    const WEAR: Wear = Wear {
        mtbf: Span::from_ms(9_000),
        mttr: Span::from_ms(1_000),
        nodes: None,
        seed: 0,
        from: Time(5_000_000_000),
        until: Time(1_005_000_000_000),
    };

    #[test]
    fn a_node_is_up_for_the_share_of_the_formula() {
        assert!((WEAR.availability() - 0.9).abs() < 1e-12);
        let (measured, error) = mean(WEAR, 1, 1);
        assert!(error < 0.003, "{error}");
        assert!((measured - WEAR.expected_up()).abs() < error, "{measured} +- {error}");
        // A short plan is better, as every machine begins by running.
        let short = Wear { until: Time(7_000_000_000), ..WEAR };
        let (measured, error) = mean(short, 1, 1);
        assert!((measured - short.expected_up()).abs() < error, "{measured} +- {error}");
        assert!(short.expected_up() > 0.92, "{}", short.expected_up());
    }

    #[test]
    fn k_of_n_are_up_as_the_binomial_says() {
        for (k, n) in [(2, 2), (2, 3), (3, 5), (1, 3), (3, 3)] {
            let (measured, error) = mean(WEAR, n, k);
            let formula = at_least(k as u32, n.into(), 0.9);
            // The start with every node up lifts it by less than one part in a thousand over a thousand seconds.
            assert!(
                (measured - formula).abs() < error + 0.000_5,
                "{k} of {n}: {measured} +- {error}, {formula}"
            );
            assert!(error < 0.005, "{k} of {n}: {error}");
        }
    }

    #[test]
    fn the_formula_gives_the_published_figures() {
        let published = [
            (2, 3, 0.9, 0.972),
            (3, 5, 0.9, 0.991_44),
            (4, 7, 0.9, 0.997_272),
            (1, 3, 0.9, 0.999),
            (3, 3, 0.9, 0.729),
            (2, 3, 0.99, 0.999_702),
            (2, 2, 0.99, 0.980_1),
        ];
        for (k, n, p, expected) in published {
            assert!((at_least(k, n, p) - expected).abs() < 1e-9, "{k} of {n} at {p}");
        }
        assert!((at_least(3, 5, 0.99) - 0.999_990_149).abs() < 5e-10);
        assert!(at_least(2, 3, 0.4) < 0.4, "below one half a majority makes things worse");
    }

    #[test]
    fn a_node_more_shifts_nothing() {
        let of = |nodes: u16, node: u16| {
            let mut actions = WEAR.actions(nodes);
            actions
                .retain(|(_, action)| matches!(action, Action::Crash(n) | Action::Restart(n) if n.0 == node));
            actions
        };
        assert_eq!(of(2, 1), of(5, 1));
        assert_ne!(of(2, 1).len(), 0);
        assert_eq!(Wear { nodes: Some(2), ..WEAR }.actions(5), WEAR.actions(2));
    }
}
