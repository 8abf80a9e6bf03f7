//! A history in, a verdict out.
//!
//! Every checker judges by what the clients saw ([`observation::Observations`]) and, where it is about
//! the copies themselves, by what the replicas hold ([`replicas::Replicas`]). None of them knows a
//! protocol, a network or a page. A verdict is never a guess: it holds, or it is broken and a
//! [`verdict::Witness`] says by which operations, or the checker says plainly that it does not know
//! and how much work it spent.
//!
//! Reading order: [`observation`] (the input), [`jsonl`] (the same as text), [`formats`] (the same in other people's words), [`replicas`], [`verdict`]
//! (the output), then one file for each promise: [`linearizable`] (over `search`, `register`, `memo`, `content` and `zones`;
//! its witnesses in `shapes`, `tally` and `shrink`), [`read_your_writes_by_clock`] and [`monotonic_reads_by_clock`] (over `writes`
//! and `floors`), [`no_lost_writes`], [`converges`], [`sequential`], [`bounded_staleness`] (over `writes`); the weak models ([`causal_memory`], [`causal_convergence`], [`causal`],
//! [`pram`], and the session guarantees [`read_your_writes`], [`monotonic_reads`], [`monotonic_writes`] and
//! [`writes_follow_reads`]), all over `causality`; [`models`], what follows from what; and [`live`], which judges a run
//! while it grows.
//!
//! A new checker is one file with a `pub const CHECKER`, one `mod` line and one line in [`ALL`].

pub mod observation;

pub mod jsonl;

pub mod replicas;

pub mod verdict;

mod words;

mod events;

mod register;

mod memo;

mod search;

mod content;

mod zones;

pub mod linearizable;

mod shapes;

mod sums;

mod tally;

mod shrink;

mod writes;

mod floors;

pub mod read_your_writes_by_clock;

pub mod monotonic_reads_by_clock;

mod causality;

pub mod causal_memory;

pub mod causal_convergence;

pub mod causal;

pub mod pram;

pub mod read_your_writes;

pub mod monotonic_reads;

pub mod monotonic_writes;

pub mod writes_follow_reads;

pub mod models;

pub mod no_lost_writes;

pub mod converges;

pub mod live;

pub mod sequential;

pub mod bounded_staleness;

pub mod formats;

pub use bounded_staleness::Bounds;
pub use live::Live;
pub use observation::Observations;
pub use replicas::Replicas;
pub use verdict::{Unknown, Verdict, Witness};

/// What a checker judges by.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What the clients saw.
    pub observations: &'a Observations,
    /// What the replicas hold at the end of it, if that is known.
    pub replicas: Option<&'a Replicas>,
    /// How stale a read may be, for the checker that is about that.
    pub bounds: Bounds,
}

impl<'a> Input<'a> {
    /// What the clients saw, with nothing known of the replicas and the usual bounds.
    #[must_use]
    pub fn of(observations: &'a Observations) -> Self {
        Self { observations, replicas: None, bounds: Bounds::default() }
    }
}

/// A promise that a history keeps or breaks.
#[derive(Clone, Copy, Debug)]
pub struct Checker {
    /// The name on the command line and in lessons, such as `read-your-writes-by-clock`.
    pub name: &'static str,
    /// The name on the page.
    pub title: &'static str,
    /// What it promises, for a student.
    pub explanation: &'static str,
    /// Judges a whole history within a budget of steps; a step is a fraction of a microsecond.
    pub check: fn(&Input<'_>, u64) -> Verdict,
}

/// Every checker, in the order of display. The first ones are those of [`LIVE`].
pub const ALL: &[Checker] = &[
    linearizable::CHECKER,
    read_your_writes_by_clock::CHECKER,
    monotonic_reads_by_clock::CHECKER,
    no_lost_writes::CHECKER,
    converges::CHECKER,
    sequential::CHECKER,
    causal_memory::CHECKER,
    causal_convergence::CHECKER,
    causal::CHECKER,
    pram::CHECKER,
    read_your_writes::CHECKER,
    monotonic_reads::CHECKER,
    monotonic_writes::CHECKER,
    writes_follow_reads::CHECKER,
    bounded_staleness::CHECKER,
];

/// The checkers that [`Live`] follows while a run grows; [`Live::verdicts`] answers in the same order. The others judge a
/// whole history.
pub const LIVE: &[Checker] = ALL.split_at(5).0;

/// A budget that decides every history of an ordinary run, and takes a few seconds at the most.
pub const DEFAULT_BUDGET: u64 = 10_000_000;

/// The checker of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Checker> {
    ALL.iter().find(|checker| checker.name == name)
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests;
