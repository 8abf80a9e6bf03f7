//! Reads that leave the log alone: `ReadIndex` and leases (thesis, sections 6.4 and 6.4.1).
//!
//! A leader numbers its rounds of heartbeats, and every answer repeats the number. A round is **confirmed**
//! when a majority has answered it: then nobody else had been elected when it began. A read may be answered as
//! soon as a round that began after it came is confirmed, and an entry of the leader's term is committed, so that its copy
//! has everything that was ever acknowledged.
//!
//! A lease needs no round for each read: while the last confirmed round began less than an election timeout
//! ago, nobody has been elected, because those who answered it vote for nobody so long. The leader counts
//! that time by a timer that it sets when the round begins.

use netsplit_watched::watched;
use std::collections::VecDeque;

use netsplit_sim::protocol::Request;

use super::about::ReadBy;
use super::{Bugs, Raft, To, note};

/// The rounds of a leader, and the reads that wait for one.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    /// The latest round. It never goes back while the server runs.
    pub(super) round: u64,
    /// The latest round that a majority answered.
    pub(super) confirmed: u64,
    /// The latest round that began an election timeout ago or longer.
    pub(super) expired: u64,
    /// Whether this term's leader has told another to take over. That message may arrive at any time and
    /// ends every lease.
    pub(super) void: bool,
    pub(super) waiting: VecDeque<Read>,
}

/// A read that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub(super) request: Request,
    /// The first round that began after it came.
    round: u64,
}

#[watched]
impl Reads {
    /// A new term of this server as leader: no earlier round says anything about it.
    pub(super) fn begin(&mut self) {
        self.confirmed = self.round;
        self.expired = self.round;
        self.void = false;
    }
}

#[watched]
impl<B: Bugs> Raft<B> {
    /// The leader takes a read.
    pub(super) fn read(&mut self, request: Request, context: To<'_, '_, B>) {
        let knows_all = self.committed >= self.term_start;
        if knows_all && (self.has_lease() || B::READS_WITHOUT_ASKING) {
            return context.reply(request, self.machine.read(request.call.key()));
        }
        let first = self.reads.waiting.is_empty();
        self.reads.waiting.push_back(Read { request, round: self.reads.round + 1 });
        if first {
            // Those that come while this round is on its way share the next one.
            self.begin_round(context);
        }
    }

    /// Whether it may answer reads by its lease.
    pub(super) fn has_lease(&self) -> bool {
        self.settings.reads == ReadBy::Lease && !self.reads.void && self.reads.confirmed > self.reads.expired
    }

    /// Counts the answers to the rounds.
    pub(super) fn confirm(&mut self, context: To<'_, '_, B>) {
        if self.reads.waiting.is_empty() && self.settings.reads != ReadBy::Lease {
            return;
        }
        let confirmed = self.majority_has(self.reads.round, |peer| peer.acked_round);
        if confirmed > self.reads.confirmed {
            self.reads.confirmed = confirmed;
            self.serve_reads(context);
        }
    }

    /// Answers the reads whose round is confirmed, and begins a round for those that came meanwhile.
    pub(super) fn serve_reads(&mut self, context: To<'_, '_, B>) {
        if self.committed < self.term_start {
            return;
        }
        while let Some(&read) = self.reads.waiting.front()
            && read.round <= self.reads.confirmed
        {
            self.reads.waiting.pop_front();
            context.reply(read.request, self.machine.read(read.request.call.key()));
        }
        if self.reads.waiting.front().is_some_and(|read| read.round > self.reads.round) {
            self.begin_round(context);
        }
    }

    /// A round is an election timeout old: no lease rests on it any more.
    pub(super) fn lease_over(&mut self, round: u64, context: To<'_, '_, B>) {
        let had = self.has_lease();
        self.reads.expired = self.reads.expired.max(round);
        if had && !self.has_lease() {
            context.note(note::LEASE_EXPIRED);
        }
    }
}
