//! What the literature has a number for, measured, beside that number.
//!
//! The figures come in groups, one for each source or formula. A group is measured by code that does what the rest of
//! Netsplit does: it runs the real protocols, or states plainly that it samples a model.
//!
//! How far a figure may be from the published one is said with it. Where luck has a part in the measurement that is three
//! standard errors of it, and more where the publication itself is off, with a note that says why. Seeds are fixed, so
//! every measurement comes out the same each time.

mod availability;
mod elections;
mod pbs;
pub mod pbs_protocol;
mod queueing;
mod running;
mod splitting;
mod versions;

pub use availability::{downtime_h, k_of_n};
pub use elections::split_vote;

/// A figure, measured and as it was published.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Figure {
    /// What was measured, with its unit.
    pub what: String,
    /// What came out.
    pub measured: f64,
    /// What was to be expected.
    pub published: f64,
    /// How far the one may be from the other; 0: not at all.
    pub within: f64,
    /// Why it may differ, where that is known; else empty.
    pub note: String,
}

impl Figure {
    /// By how much the measured figure is above the published one.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.measured - self.published
    }

    /// Whether it is as close to the published one as it has to be.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.difference().abs() <= self.within
    }
}

/// Figures of one source.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The stable name, such as `pbs-protocol`: part of addresses and of what other programs read.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// How it is measured here, and what a reader learns from it, in two or three sentences.
    pub about: &'static str,
    /// Who published the figures, and where.
    pub source: &'static str,
    /// Measures with so many trials or seeds as [`Effort`] allows.
    pub measure: fn(Effort) -> Vec<Figure>,
}

/// How much work a measurement may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Effort {
    /// About a second in a browser: tolerances are as wide as so few trials need.
    Quick,
    /// As many trials as the tolerances of the tests need.
    Full,
}

/// Every group, in the order of display.
pub const GROUPS: &[Group] = &[
    Group {
        id: "pbs-wars",
        title: "How stale quorums are: the model",
        about: "A read that does not meet every write may miss the newest; how often depends on which messages win their races. \
                This draws the delays of all messages, once for each trial, and looks who won: no cluster runs. Delays are \
                those that were fitted to the stores of LinkedIn and Yammer.",
        source: "Bailis, Venkataraman, Franklin, Hellerstein and Stoica, Probabilistically Bounded Staleness, VLDB 2012",
        measure: pbs::wars,
    },
    Group {
        id: "pbs-protocol",
        title: "How stale quorums are: the protocol",
        about: "The same figures from the leaderless store itself, whose messages take the delays of the paper. Each trial is one \
                write, and one read that begins when it is acknowledged. That both ways agree says that the model describes \
                the protocol and that the protocol does what it should.",
        source: "Bailis, Venkataraman, Franklin, Hellerstein and Stoica, Probabilistically Bounded Staleness, VLDB 2012",
        measure: pbs::protocol,
    },
    Group {
        id: "k-staleness",
        title: "How many versions behind",
        about: "If writes and reads reach only a random quorum and never more, a read misses the newest write with a fixed \
                chance p, and the last k writes with p to the power of k. Measured with the leaderless store, whose other \
                links are cut for each operation.",
        source: "Bailis, Venkataraman, Franklin, Hellerstein and Stoica, Probabilistically Bounded Staleness, VLDB 2012, section 3",
        measure: versions::figures,
    },
    Group {
        id: "nines",
        title: "Nines, and what they are in a year",
        about: "Availability is the share of the time, or of the operations, that is served; each further nine is a tenth of the \
                downtime. A node that fails every MTBF and needs MTTR for its repair has MTBF / (MTBF + MTTR).",
        source: "The definition, with a year of 365.25 days",
        measure: availability::nines,
    },
    Group {
        id: "k-of-n",
        title: "Available if k of n nodes are up",
        about: "A quorum is there if enough nodes are, whichever they are: the tail of a binomial distribution. Measured with \
                the leaderless store, whose nodes crash and restart at random; the client tries one node after the other.",
        source: "The binomial distribution",
        measure: availability::k_of_n_figures,
    },
    Group {
        id: "tail-at-scale",
        title: "The tail at scale",
        about: "A request that needs an answer of every node is as slow as the slowest. What is rare on one node is usual \
                where many are asked.",
        source: "Dean and Barroso, The Tail at Scale, CACM 2013",
        measure: splitting::tail_at_scale,
    },
    Group {
        id: "datacentre",
        title: "The data centre as a computer",
        about: "A job computes for 1 ms and needs data of all nodes alike: the part on its own node costs 100 ns an access, the \
                rest 100 µs. Soon nearly everything is elsewhere, and more nodes make it no worse. Measured a thousand \
                times as slow.",
        source: "Barroso, Clidaras and Hölzle, The Datacenter as a Computer, 2nd edition 2013, figure 3.2",
        measure: splitting::barroso,
    },
    Group {
        id: "partitioning",
        title: "Spreading keys over nodes",
        about: "How evenly each scheme spreads the keys, and how many move when a node comes or goes. What depends on where a \
                hash function happens to put something is measured over many circles or sets of keys.",
        source: "Karger et al. 1997, Thaler and Ravishankar 1998, Lamping and Veach 2014, Mirrokni et al. 2018, and by counting",
        measure: splitting::partitioning,
    },
    Group {
        id: "queue",
        title: "A node that is nearly busy",
        about: "Operations come at random times to a node that needs a random time for each (M/M/1). The response takes \
                1 / (1 - load) times the work: twice at 50 %, ten times at 90 %.",
        source: "Erlang's M/M/1 queue; Kleinrock, Queueing Systems, 1975",
        measure: queueing::one_queue,
    },
    Group {
        id: "batching",
        title: "Many operations in one message",
        about: "A message costs the node 1 ms and each operation in it 0.02 ms, so that a batch shares the one among many. \
                A full batch has to be waited for: what is won in throughput is paid in latency.",
        source: "The model itself: b / (1 + 0.02 b) operations in a millisecond, (b - 1) / 2 gaps of waiting",
        measure: queueing::batching,
    },
    Group {
        id: "elections",
        title: "Who stands first",
        about: "Raft's servers wait a random time before they stand for election. The more there are, the sooner the first one \
                stands; and the longer a message takes, the more often another stands before it hears of the first, so that \
                nobody gets a majority.",
        source: "Ongaro, Consensus: Bridging Theory and Practice, 2014, chapter 9",
        measure: elections::figures,
    },
];

/// What there is to say of a group before it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    /// See [`Group::id`].
    pub id: &'static str,
    /// See [`Group::title`].
    pub title: &'static str,
    /// See [`Group::about`].
    pub about: &'static str,
    /// See [`Group::source`].
    pub source: &'static str,
}

/// The headings of all groups. A page that has a worker measure needs these and not the code that measures, which would
/// come with [`GROUPS`].
pub const HEADINGS: [Heading; GROUPS.len()] = {
    let mut headings = [Heading { id: "", title: "", about: "", source: "" }; GROUPS.len()];
    let mut place = 0;
    while place < GROUPS.len() {
        let Group { id, title, about, source, .. } = GROUPS[place];
        headings[place] = Heading { id, title, about, source };
        place += 1;
    }
    headings
};

/// The group with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.id == id)
}

#[cfg(test)]
mod tests;
