//! What may be wrong with an implementation.

/// What may be wrong with an implementation. Everything is right unless said otherwise; the tests say
/// otherwise, to see that they notice.
pub trait Flaws: Clone + 'static {
    /// It tells clients and the primary that an entry is safe before its disk is done.
    const ACKNOWLEDGES_BEFORE_SYNC: bool = false;
    /// A backup takes entries from whoever sends them, a primary of an old epoch too.
    const ACCEPTS_OLD_EPOCHS: bool = false;
    /// A node that restarts knows no epoch but the first, whatever it voted for.
    const FORGETS_ITS_EPOCH: bool = false;
    /// A new primary takes the log that is the furthest behind.
    const TAKES_THE_SHORTEST_LOG: bool = false;
    /// A request that comes again goes into the log again.
    const APPLIES_RETRIES: bool = false;
    /// A write is committed when one backup fewer than required has acknowledged it.
    const COUNTS_ONE_ACK_TOO_MANY: bool = false;
}

/// Nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Sound;

impl Flaws for Sound {}
