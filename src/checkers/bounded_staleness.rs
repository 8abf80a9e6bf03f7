//! Bounded staleness: a read may lag behind, but only by so many versions and by so much time.
//!
//! Aiyer, Alvisi and Bazzi (2005) call a register k-atomic if a read returns one of the last k writes; Golab, Li and
//! Shah (2011) call a history Δ-atomic if it becomes linearizable once every read may look Δ into the past. To
//! decide either exactly means a search for an order of the writes. This checker counts only what every order has in
//! common. A write is **surely newer** than the value that a read returned if it was called after that value was in
//! effect (acknowledged, or seen by somebody; the rules are those of `writes`). The read is behind by as many
//! versions as surely newer writes were acknowledged before it was called, and by the time that had passed by
//! then since the first of those acknowledgements.
//!
//! So a read that is accused is at least that stale, whatever the order of the writes; a linearizable history is
//! never accused, under any bounds; and with both bounds at zero every stale read that a client can prove is
//! found. A read of several siblings is as stale as the newest of them. Only registers are judged: an answer from a
//! set, a number or a text does not name the version that it shows. A history without a clock is judged by
//! versions alone.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId};
use netsplit_sim::time::Span;

use crate::events;
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::words::{Words, milliseconds};
use crate::writes::{Nature, Writes};
use crate::{Checker, Input, Verdict, Witness};

/// Bounded staleness.
pub const CHECKER: Checker = Checker {
    name: "bounded-staleness",
    title: "Bounded staleness",
    explanation: "A read may lag behind the newest acknowledged write, but only by so many versions and by so much \
                  time.",
    check,
};

/// How far a read may be behind. Both bounds hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// By so many versions.
    pub versions: u32,
    /// By so much time.
    pub within: Span,
}

impl Default for Bounds {
    /// One version and one second.
    fn default() -> Self {
        Self { versions: 1, within: Span::from_s(1) }
    }
}

/// The tightest bounds that a history keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staleness {
    /// No read was behind by more versions.
    pub versions: u32,
    /// No read was behind by more time; zero in a history without a clock.
    pub within: Span,
    /// The same counted in events, for histories without a clock.
    pub events: u64,
    /// The read that was furthest behind in versions, of those the one longest behind; `None` if none was behind.
    pub worst: Option<OpId>,
}

/// How stale the reads of a history were at worst.
#[must_use]
pub fn staleness(observations: &Observations) -> Staleness {
    let mut worst = Staleness::default();
    let mut furthest = (0, Span::ZERO, 0);
    for lag in lags(observations).0 {
        let (age, events) = lag.age(observations);
        worst.versions = worst.versions.max(lag.versions);
        worst.within = worst.within.max(age);
        worst.events = worst.events.max(events);
        if (lag.versions, age, events) > furthest {
            furthest = (lag.versions, age, events);
            worst.worst = Some(lag.read);
        }
    }
    worst
}

fn check(input: &Input<'_>, _budget: u64) -> Verdict {
    let (observations, bounds) = (input.observations, input.bounds);
    let (lags, unclear) = lags(observations);
    let is_beyond = |lag: &&Lag| {
        lag.versions > bounds.versions || observations.clock && lag.age(observations).0 > bounds.within
    };
    let returned = |lag: &&Lag| observations.operations[lag.read.index()].returned;
    if let Some(lag) = lags.iter().filter(is_beyond).min_by_key(returned) {
        return Verdict::Broken(witness(observations, lag, bounds));
    }
    let Some(read) = unclear.map(|read| observations.operations[read.index()]) else { return Verdict::Holds };
    let words = Words::of(observations);
    Verdict::unknown(format!(
        "{} is not a register, and {}'s read of it does not tell which version it saw",
        words.key(read.key),
        words.session(&read)
    ))
}

/// A read that is behind.
#[derive(Clone, Copy, Debug)]
struct Lag {
    read: OpId,
    /// How many surely newer writes were acknowledged before it was called,
    versions: u32,
    /// and the one of them that was acknowledged first.
    first: OpId,
}

impl Lag {
    /// Since when it is behind, when it is called: in time and in events.
    fn age(&self, observations: &Observations) -> (Span, u64) {
        let operation = |id: OpId| &observations.operations[id.index()];
        let (read, first) = (operation(self.read), operation(self.first));
        let age = if observations.clock { read.invoked_at.since(first.returned_at) } else { Span::ZERO };
        (age, read.invoked.saturating_sub(first.returned.unwrap_or(read.invoked)))
    }
}

/// A read of a register, and the event from which on its value was surely in effect.
#[derive(Clone, Copy, Debug)]
struct Reading {
    read: OpId,
    invoked: u64,
    in_effect: u64,
}

/// Every read that is behind, and the first of which it can't be told.
fn lags(observations: &Observations) -> (Vec<Lag>, Option<OpId>) {
    let mut writes = Writes::default();
    let mut readings: BTreeMap<Key, Vec<Reading>> = BTreeMap::new();
    for event in events::all(observations) {
        writes.event(observations, event);
        let read = &observations.operations[event.operation.index()];
        if event.returns && matches!(read.outcome, Outcome::Read(_) | Outcome::Values(_)) {
            // A value that nobody wrote is wrong, but not old.
            let origins = observations.values_read(read).map(|value| writes.origin(read.key, value));
            let in_effect = origins.map(|origin| origin.map_or(u64::MAX, |origin| origin.in_effect)).max();
            let in_effect = in_effect.unwrap_or(u64::MAX);
            let reading = Reading { read: read.id, invoked: read.invoked, in_effect };
            readings.entry(read.key).or_default().push(reading);
        }
    }
    let (mut lags, mut unclear) = (Vec::new(), None);
    for (key, mut readings) in readings {
        if writes.nature(key) != Nature::Register {
            let first = readings.first().map(|reading| reading.read);
            unclear = unclear.or(first);
            continue;
        }
        readings.sort_unstable_by_key(|reading| reading.invoked);
        let is_write = |operation: &&Observation| {
            operation.key == key
                && operation.outcome == Outcome::Done
                && matches!(operation.call, Call::Write(_) | Call::Cas { .. })
        };
        lags.extend(lags_of(observations.operations.iter().filter(is_write).collect(), &readings));
    }
    (lags, unclear)
}

/// The lags of the reads of one key, which are in the order of their calls, as are the acknowledged writes.
fn lags_of(writes: Vec<&Observation>, readings: &[Reading]) -> Vec<Lag> {
    let calls: Vec<u64> = writes.iter().map(|write| write.invoked).collect();
    let mut acknowledged: Vec<usize> = (0..writes.len()).collect();
    acknowledged.sort_unstable_by_key(|&index| writes[index].returned);
    let mut acknowledged = acknowledged.into_iter().peekable();
    let mut tree = Tree::new(writes.len());
    let mut lags = Vec::new();
    for reading in readings {
        while let Some(index) = acknowledged.next_if(|&index| writes[index].returned < Some(reading.invoked))
        {
            tree.add(index, (writes[index].returned.unwrap_or(0), writes[index].id));
        }
        let newer = calls.partition_point(|&call| call < reading.in_effect);
        if let (versions, Some((_, first))) = tree.from(newer) {
            lags.push(Lag { read: reading.read, versions, first });
        }
    }
    lags
}

/// How many of the places from one on are taken, and the least of what lies there: a Fenwick tree (1994), so that a
/// store that is stale all the time costs no more than another.
struct Tree {
    counts: Vec<u32>,
    least: Vec<Option<(u64, OpId)>>,
}

impl Tree {
    fn new(places: usize) -> Self {
        Self { counts: vec![0; places], least: vec![None; places] }
    }

    fn add(&mut self, place: usize, what: (u64, OpId)) {
        let mut place = place as isize;
        while place >= 0 {
            let index = place as usize;
            self.counts[index] += 1;
            self.least[index] = Some(self.least[index].map_or(what, |least| least.min(what)));
            place = (place & (place + 1)) - 1;
        }
    }

    fn from(&self, mut place: usize) -> (u32, Option<(u64, OpId)>) {
        let (mut count, mut least) = (0, None);
        while place < self.counts.len() {
            count += self.counts[place];
            least = [least, self.least[place]].into_iter().flatten().min();
            place |= place + 1;
        }
        (count, least)
    }
}

fn witness(observations: &Observations, lag: &Lag, bounds: Bounds) -> Witness {
    let operation = |id: OpId| &observations.operations[id.index()];
    let (read, first) = (operation(lag.read), operation(lag.first));
    let words = Words::until(observations, read.returned.unwrap_or(u64::MAX));
    let (action, key, gap) = (words.action(read), words.key(read.key), words.gap(first, read));
    let (deed, older) = (words.deed(first), words.all_older(read));
    let versions = |count: u32| if count == 1 { "1 version".to_owned() } else { format!("{count} versions") };
    let behind = versions(lag.versions);
    let mut allowed = versions(bounds.versions);
    if observations.clock {
        allowed.push_str(&format!(" and {} ms", milliseconds(netsplit_sim::time::Time(bounds.within.0))));
    }
    let sentence = format!(
        "{action} of {key} began {gap} {deed} was acknowledged, and still returned {older}, which was {behind} behind; \
         allowed: {allowed}"
    );
    let mut operations = vec![lag.first, lag.read];
    operations.extend(writer(observations, read));
    operations.sort_unstable();
    operations.dedup();
    let at = observations.clock.then_some(read.returned_at);
    Witness { operations, nodes: Vec::new(), event: read.returned, at, sentence }
}

/// The operation that wrote what a read returned, if it was one value and one write.
fn writer(observations: &Observations, read: &Observation) -> Option<OpId> {
    let value = observations.values_read(read).next()?;
    let wrote = |operation: &&Observation| {
        operation.key == read.key && operation.may_update() && operation.call.writes() == Some(value)
    };
    let mut writers = observations.operations.iter().filter(wrote);
    let first = writers.next()?;
    writers.next().is_none().then_some(first.id)
}
