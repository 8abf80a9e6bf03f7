//! The bugs that people really make when they build Raft, as switches that are off. A test turns one on and
//! has to notice; the compiler removes them from the sound protocol.

use netsplit_sim::ids::NodeId;

use super::Disk;

/// Which steps are done wrong. It is public because the tests plant the bugs; nothing else should.
pub trait Bugs: Clone + 'static {
    /// A leader commits an entry of an earlier term because a majority has it (figure 8).
    const COMMITS_OLD_TERMS_BY_COUNT: bool = false;
    /// A leader does not begin its term with an entry of its own. Slow but sound, unless the bug above is there.
    const BEGINS_WITHOUT_NO_OP: bool = false;
    /// The vote is not on the disk: a server that restarts may vote twice in a term.
    const FORGETS_VOTE: bool = false;
    /// A follower acknowledges entries that its disk does not have yet.
    const ACKS_BEFORE_SYNC: bool = false;
    /// A voter does not compare the candidate's log with its own (section 5.4.1).
    const VOTES_FOR_ANY_LOG: bool = false;
    /// A leader answers a read without asking whether it still leads.
    const READS_WITHOUT_ASKING: bool = false;
    /// A follower cuts its log after what a message brings, even where nothing differs, so that a late message
    /// takes back what was acknowledged.
    const TRUNCATES_ALWAYS: bool = false;
    /// A leader changes the configuration before it has committed an entry of its term (the bug of the
    /// thesis's single-server changes, found in 2015).
    const CHANGES_MEMBERS_EARLY: bool = false;

    /// What a server finds on its disk at its very first start; `None` for nothing. Not a bug, but of use to tests
    /// in the same way: one can begin in the middle of a story, such as the logs of figure 7.
    #[must_use]
    fn first_disk(_me: NodeId) -> Option<Disk> {
        None
    }
}

/// The protocol as it should be.
#[derive(Clone)]
pub struct Sound;

impl Bugs for Sound {}
