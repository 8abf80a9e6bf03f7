//! Elections of Raft by the formulas of Ongaro's thesis (*Consensus: Bridging Theory and Practice*, 2014, chapter 9), measured
//! with clusters that have just started: every server waits the election timeout and a random part of the spread, and nobody
//! leads yet.

use netsplit_protocols::raft::note;
use netsplit_sim::action::Action;
use netsplit_sim::ids::NodeId;
use netsplit_sim::machine::Machine;
use netsplit_sim::setup::{ClientSetup, LinkQuality};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;

use super::pbs::luck;
use super::running::{Running, setup};
use super::{Effort, Figure};

const TIMEOUT: Span = Span::from_ms(150);
const SPREAD: Span = Span::from_ms(150);

pub(super) fn figures(effort: Effort) -> Vec<Figure> {
    let elections = match effort {
        Effort::Quick => 2_000,
        Effort::Full => 50_000,
    };
    let mut figures = Vec::new();
    for (servers, live) in [(3, 3), (5, 5), (5, 4), (9, 9)] {
        let first: f64 =
            seeds(servers, live, elections).map(|seed| first_candidacy(seed, servers, live)).sum();
        let s = f64::from(live);
        let published = 1.0 / (s + 1.0);
        // The first of s uniform numbers has the distribution Beta(1, s).
        let deviation = libm::sqrt(s / (s + 2.0)) / (s + 1.0);
        figures.push(Figure {
            what: format!("first candidacy of {live} live servers, part of the spread, mean"),
            measured: first / elections as f64,
            published,
            within: 3.0 * deviation / libm::sqrt(elections as f64),
            note: String::new(),
        });
    }
    for (servers, live, latency) in [(5, 5, 0.1), (5, 5, 0.2), (5, 4, 0.1), (5, 4, 0.2), (9, 9, 0.2)] {
        let split =
            seeds(servers, live, elections).filter(|&seed| is_split(seed, servers, live, latency)).count();
        let published = split_vote(servers.into(), live.into(), latency);
        figures.push(Figure {
            what: format!(
                "split votes, {live} of {servers} servers live, one-way latency {} % of the spread",
                latency * 100.0
            ),
            measured: split as f64 / elections as f64,
            published,
            within: luck(published, elections),
            note: String::new(),
        });
    }
    figures
}

/// Other seeds for each kind of cluster, so that they do not share their luck.
fn seeds(servers: u16, live: u16, count: u64) -> impl Iterator<Item = u64> {
    let first = u64::from(servers) << 48 | u64::from(live) << 32;
    first..first + count
}

/// The chance that nobody gets a majority, if `live` of `servers` servers stand up at random times within a range of which a
/// message takes a part `latency`: too many stand before they hear of the first.
#[must_use]
pub fn split_vote(servers: u32, live: u32, latency: f64) -> f64 {
    let candidates = (live + 1).saturating_sub(servers / 2);
    let power = |base: f64, times: u32| (0..times).map(|_| base).product::<f64>();
    let choose = |k: u32| (0..k).map(|j| f64::from(live - j) / f64::from(j + 1)).product::<f64>();
    let share = |k: u32| choose(k) * power(latency, k) * power(1.0 - latency, live - k);
    (candidates.saturating_sub(1)..=live).map(share).sum()
}

/// A cluster with so many servers live, none of which has heard from any other yet.
fn cluster(seed: u64, servers: u16, live: u16, latency: Span) -> Running {
    let mut setup = setup(seed, servers, &[], &ClientSetup::default());
    setup.network = LinkQuality { base: latency, ..setup.network };
    let named = [("timeout", TIMEOUT.0), ("spread", SPREAD.0), ("prevote", 0)];
    let mut cluster = Running::new("raft", &setup, &named);
    (live..servers).for_each(|node| cluster.act(&Action::Crash(NodeId(node))));
    cluster
}

/// The first moment of this kind.
fn first(kind: u8, machine: &mut dyn Machine) -> Option<Time> {
    let mut seen = 0;
    loop {
        let mut new = machine.trace()[seen..].iter();
        let found = new.find(|event| matches!(event.kind, EventKind::Noted { note, .. } if note == kind));
        if let Some(event) = found {
            return Some(event.at);
        }
        seen = machine.trace().len();
        if !machine.step() {
            return None;
        }
    }
}

/// When the first server stands, as a part of the spread.
fn first_candidacy(seed: u64, servers: u16, live: u16) -> f64 {
    let mut cluster = cluster(seed, servers, live, Span::from_us(1));
    let stands = first(note::CANDIDATE, cluster.machine_mut());
    stands.map_or(f64::NAN, |at| (at.since(Time::ZERO).as_ms() - TIMEOUT.as_ms()) / SPREAD.as_ms())
}

/// Whether the first election leads to nothing. If it leads to a leader that takes two messages; if not, nobody stands
/// again before the election timeout, which is longer.
fn is_split(seed: u64, servers: u16, live: u16, latency: f64) -> bool {
    let mut cluster = cluster(seed, servers, live, Span::from_ms_f64(SPREAD.as_ms() * latency));
    let stands = first(note::CANDIDATE, cluster.machine_mut());
    let leads = first(note::LEADER, cluster.machine_mut());
    stands.zip(leads).is_some_and(|(stands, leads)| leads.since(stands) >= TIMEOUT)
}
