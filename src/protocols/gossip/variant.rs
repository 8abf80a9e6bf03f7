//! The sound protocol, and switches that break it in ways that people really break it: the tests turn
//! them on, one by one, to see that they notice.

/// What is wrong with a variant of the protocol.
pub trait Variant: Clone + 'static {
    /// Sets merge by putting their elements together, without a causal context: what was removed comes back.
    const REMOVED_COMES_BACK: bool = false;
    /// Counters merge by adding what the other copy tells, instead of taking the larger count of each node.
    const COUNTS_TWICE: bool = false;
    /// A register keeps what arrives last instead of what was written last.
    const LAST_TO_ARRIVE_WINS: bool = false;
    /// Clients are answered before the disk has what they were told.
    const ANSWERS_BEFORE_SYNC: bool = false;
}

/// Nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Sound;

impl Variant for Sound {}
