//! Failure detectors: each node sends heartbeats, and from their absence the others guess who has failed.
//! In a network without a bound on delays the guess may be wrong (Chandra and Toueg, *Unreliable Failure
//! Detectors for Reliable Distributed Systems*, 1996): a slow node and a dead one look alike.
//!
//! **Fixed timeout**: a node is suspected when its heartbeat is later than a given span.
//!
//! **Phi accrual** (Hayashibara, Défago, Yared and Katayama, *The φ Accrual Failure Detector*, SRDS 2004,
//! section 4): the detector keeps the last intervals between heartbeats, takes them as drawn from a normal
//! distribution with their mean μ and deviation σ, and tells how surprising the silence since the last one
//! is. With t the length of that silence,
//!
//! > `phi(t) = -log10(P_later(t))`, where `P_later(t) = 1/(σ√(2π)) ∫_t^∞ exp(-(x-μ)²/(2σ²)) dx = erfc((t-μ)/(σ√2)) / 2`
//!
//! So to suspect at phi = 1 is to be wrong about once in ten heartbeats, at 2 once in a hundred, and so
//! on, as long as the distribution fits. It adapts to a network that is slow or jittery; the fixed timeout does not.
//!
//! As in Akka, whose detector is the best known in use, the window begins with an estimate (the
//! heartbeat's own interval, a quarter of it as deviation), σ has a least value (here a tenth of the
//! interval: a perfectly regular network would make the smallest delay infinitely surprising), and a silence that had
//! made the node suspected is not taken as a sample, or one outage would blind the detector to the next.

use netsplit_watched::watched;
use std::collections::VecDeque;

use netsplit_sim::frame::TableView;
use netsplit_sim::ids::{NodeId, Site};
use netsplit_sim::time::{Span, Time};

/// How many intervals are kept for each node. The paper's experiment kept 1,000; at heartbeats of some
/// milliseconds a hundred follow the network sooner.
const WINDOW: usize = 100;

/// When a node is suspected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// When its heartbeat is so late.
    Timeout(Span),
    /// When phi reaches this.
    Phi(f64),
}

/// A node's opinion of who is alive.
#[derive(Clone, Debug)]
pub struct Detector {
    rule: Rule,
    heartbeat: Span,
    watched: Vec<Watched>,
    /// When it last looked, for display.
    looked: Time,
}

/// What is known of one node's heartbeats.
#[derive(Clone, Debug)]
struct Watched {
    last: Time,
    window: Window,
    suspected: bool,
}

/// The last intervals, in microseconds, with their sums; sums of whole numbers don't drift.
#[derive(Clone, Debug, Default)]
struct Window {
    intervals: VecDeque<u64>,
    sum: u64,
    squares: u128,
}

#[watched]
impl Detector {
    /// A detector for so many nodes that send heartbeats this often. All count as heard of just now.
    #[must_use]
    pub fn new(nodes: u16, rule: Rule, heartbeat: Span, now: Time) -> Self {
        let watched = Watched { last: now, window: Window::estimate(heartbeat), suspected: false };
        Self { rule, heartbeat, watched: vec![watched; usize::from(nodes)], looked: now }
    }

    /// A heartbeat came; tells whether the node was suspected until now.
    pub fn heard(&mut self, node: NodeId, now: Time) -> bool {
        let watched = &mut self.watched[node.index()];
        let suspected = std::mem::take(&mut watched.suspected);
        if !suspected {
            watched.window.push(now.since(watched.last));
        }
        watched.last = now;
        suspected
    }

    /// Judges a node by the silence so far; tells whether it is suspected from now on and was not before.
    pub fn look(&mut self, node: NodeId, now: Time) -> bool {
        self.looked = now;
        let newly = !self.watched[node.index()].suspected && self.is_over(node, now);
        self.watched[node.index()].suspected |= newly;
        newly
    }

    /// Whether a node is suspected, as of the last look.
    #[must_use]
    pub fn suspects(&self, node: NodeId) -> bool {
        self.watched[node.index()].suspected
    }

    fn is_over(&self, node: NodeId, now: Time) -> bool {
        match self.rule {
            Rule::Timeout(most) => self.lateness(node, now) > most,
            Rule::Phi(most) => self.phi(node, now) >= most,
        }
    }

    /// How late the next heartbeat of a node is.
    fn lateness(&self, node: NodeId, now: Time) -> Span {
        now.since(self.watched[node.index()].last + self.heartbeat)
    }

    /// How surprising a node's silence is.
    #[must_use]
    pub fn phi(&self, node: NodeId, now: Time) -> f64 {
        let watched = &self.watched[node.index()];
        let (mean, deviation) = watched.window.mean_and_deviation();
        let silence_ms = now.since(watched.last).as_ms();
        phi(silence_ms, mean, deviation.max(self.heartbeat.as_ms() / 10.0))
    }

    /// What it knows of each node but its own, for people, as of its last look.
    #[must_use]
    pub fn table(&self, me: NodeId) -> TableView {
        let others = (0..self.watched.len()).map(|n| NodeId(n as u16)).filter(|&node| node != me);
        let rows = others.map(|node| {
            let watched = &self.watched[node.index()];
            let level = match self.rule {
                Rule::Timeout(_) => format!("{:.1} ms late", self.lateness(node, self.looked).as_ms()),
                Rule::Phi(_) => format!("phi {:.2}", self.phi(node, self.looked)),
            };
            let ago = format!("{:.1} ms ago", self.looked.since(watched.last).as_ms());
            let verdict = if watched.suspected { "suspected" } else { "trusted" };
            vec![Site::from(node).to_string(), ago, level, verdict.to_owned()]
        });
        TableView {
            title: "Failure detector",
            summary: "What it makes of the others' heartbeats, at its last look.",
            columns: vec!["node", "last heartbeat", "level", "verdict"],
            rows: rows.collect(),
        }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.watched.len() * (size_of::<Watched>() + WINDOW * 8)
    }
}

/// The suspicion level of the paper's section 4.1 for a silence, given the mean and the deviation of the
/// intervals, all in the same unit.
#[must_use]
pub fn phi(silence: f64, mean: f64, deviation: f64) -> f64 {
    let x = (silence - mean) / (deviation * core::f64::consts::SQRT_2);
    // Far out, where erfc would become zero, its first asymptotic term is exact to a thousandth.
    let surprise = if x > 20.0 {
        x * x * core::f64::consts::LOG10_E + libm::log10(2.0 * x * libm::sqrt(core::f64::consts::PI))
    } else {
        -libm::log10(libm::erfc(x) / 2.0)
    };
    surprise.max(0.0)
}

#[watched]
impl Window {
    /// Before the first heartbeat: the interval that is expected, with a deviation of a quarter.
    fn estimate(heartbeat: Span) -> Self {
        let mut window = Self::default();
        window.push(Span(heartbeat.0 / 4 * 3));
        window.push(Span(heartbeat.0 / 4 * 5));
        window
    }

    fn push(&mut self, interval: Span) {
        let us = interval.0 / 1_000;
        if self.intervals.len() == WINDOW
            && let Some(oldest) = self.intervals.pop_front()
        {
            self.sum -= oldest;
            self.squares -= u128::from(oldest) * u128::from(oldest);
        }
        self.intervals.push_back(us);
        self.sum += us;
        self.squares += u128::from(us) * u128::from(us);
    }

    /// In milliseconds.
    fn mean_and_deviation(&self) -> (f64, f64) {
        let count = self.intervals.len() as f64;
        let mean = self.sum as f64 / count;
        let variance = (self.squares as f64 / count - mean * mean).max(0.0);
        (mean / 1_000.0, libm::sqrt(variance) / 1_000.0)
    }
}

#[cfg(test)]
mod tests;
