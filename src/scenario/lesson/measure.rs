//! What can be measured in the window of a step.
//!
//! A window counts the operations that began and ended in it, so that an operation that a cut interrupted
//! belongs to neither side of it. Names of nodes and clients are those of the scenario:
//!
//! - `read.…`, `write.…`, `cas.…`, or `client.NAME.…` for all operations of one client, with `count`,
//!   `success_share`, `min_ms`, `p50_ms`, `p99_ms`, `max_ms` (of those that succeeded), and of reads
//!   `stale_count` and `stale_share` (those behind an acknowledged write when they began);
//! - `visible.NODE.…` with `count`, `min_ms`, `p50_ms`, `p99_ms`, `max_ms`: from a client's call of a write
//!   until the node's copy shows it;
//! - `client.NAME.OTHER.keys_written_by_both`: keys to which both had acknowledged writes;
//! - `diverged_keys`: keys that the copies disagree on at the end of the window;
//! - `link.SITE.SITE.light_ms`, the least round trip through fibre at the end of the window, and
//!   `link.SITE.SITE.distance_km`;
//! - `broken.CHECKER`: 1 if the promise is known to be broken by the end of the window, else 0;
//!   in words, `verdict.CHECKER` and `witness.CHECKER`, the sentence that says how it is broken.
//!
//! Any other name is looked up among the metrics of the window ([`crate::metrics`]).

use std::collections::{BTreeMap, BTreeSet};

use netsplit_checkers::Verdict;
use netsplit_sim::history::{CallKind, Operation, Outcome};
use netsplit_sim::ids::{Key, NodeId, OpId};
use netsplit_sim::setup::light;
use netsplit_sim::time::Time;
use netsplit_sim::trace::EventKind;

use super::progress::World;
use crate::metrics::{Point, WriteStrip};
use crate::session::Session;

/// A window of a run.
pub struct Window<'a> {
    session: &'a mut Session,
    world: &'a World,
    from: Time,
    to: Time,
}

impl<'a> Window<'a> {
    /// The window `from..to` of a run, with the cluster as it is at its end.
    pub fn new(session: &'a mut Session, world: &'a World, from: Time, to: Time) -> Self {
        Self { session, world, from, to }
    }

    /// A measure, if there was something to measure and it has this name.
    pub fn number(&mut self, name: &str) -> Option<f64> {
        let parts: Vec<&str> = name.split('.').collect();
        let own = match parts.as_slice() {
            ["diverged_keys"] => Some(self.diverged_keys()),
            ["visible", node, figure] => self.visible(node, figure),
            ["client", one, other, "keys_written_by_both"] => self.written_by_both(one, other),
            ["client", client, figure] => {
                let client = self.session.find(client)?.client()?;
                self.operations(&|operation, _| operation.client == client, figure)
            }
            ["link", a, b, figure] => self.link(a, b, figure),
            ["broken", checker] => self.broken(checker),
            [kind, figure] => {
                let kind = CallKind::ALL.into_iter().find(|call| call.name() == *kind);
                kind.and_then(|kind| self.operations(&|operation, _| operation.call.kind() == kind, figure))
            }
            _ => None,
        };
        own.or_else(|| {
            let metrics = self.session.metrics().window(self.from, self.to);
            metrics.into_iter().find(|metric| metric.name == name)?.value
        })
    }

    /// A measured word or sentence.
    pub fn words(&mut self, name: &str) -> Option<String> {
        let (kind, checker) = name.split_once('.')?;
        let broken = self.broken(checker);
        let clients = &self.session.scenario().clients;
        let names: Vec<String> = clients.iter().map(|client| client.name.clone()).collect();
        let verdict = self.verdict(checker)?;
        Some(match (kind, broken) {
            ("verdict", Some(broken)) if broken > 0.0 => "broken".to_owned(),
            ("verdict", Some(_)) => "it holds".to_owned(),
            ("verdict", None) => "not known".to_owned(),
            (_, Some(broken)) if broken <= 0.0 => String::new(),
            _ => sentence(&with_names(verdict.sentence(), &names)),
        })
    }

    fn inside(&self, from: Time, to: Time) -> bool {
        self.from <= from && to <= self.to
    }

    fn operations(&mut self, which: &dyn Fn(&Operation, &Point) -> bool, figure: &str) -> Option<f64> {
        let (from, to) = (self.from, self.to);
        let points = self.session.metrics().points().to_vec();
        let history = self.session.machine().history();
        let chosen: Vec<(&Operation, &Point)> = points
            .iter()
            .filter_map(|point| Some((history.operations.get(point.op.index())?, point)))
            .filter(|(operation, point)| {
                from <= operation.invoked && point.ended <= to && which(operation, point)
            })
            .collect();
        let count = |test: &dyn Fn(&Operation, &Point) -> bool| {
            chosen.iter().filter(|(operation, point)| test(operation, point)).count() as f64
        };
        let succeeded = |operation: &Operation, _: &Point| operation.outcome.is_success();
        let stale = |_: &Operation, point: &Point| point.versions_behind.is_some_and(|behind| behind > 0);
        let reads = |_: &Operation, point: &Point| point.versions_behind.is_some();
        match figure {
            "count" => Some(count(&|_, _| true)),
            "success_share" => share(count(&succeeded), chosen.len() as f64),
            "stale_count" => Some(count(&stale)),
            "stale_share" => share(count(&stale), count(&reads)),
            _ => {
                let succeeded = chosen.iter().filter(|(operation, _)| operation.outcome.is_success());
                spread(succeeded.map(|(_, point)| point.latency_ms).collect(), figure)
            }
        }
    }

    fn visible(&mut self, node: &str, figure: &str) -> Option<f64> {
        let node = self.session.find(node)?.node()?;
        let (from, to) = (self.from, self.to);
        let delay = |write: &WriteStrip| {
            let visible = write.visible.get(node.index()).copied().flatten()?;
            (from <= write.invoked && visible <= to).then(|| visible.since(write.invoked).as_ms())
        };
        let delays: Vec<f64> = self.session.metrics().writes().iter().filter_map(delay).collect();
        if figure == "count" { Some(delays.len() as f64) } else { spread(delays, figure) }
    }

    fn written_by_both(&mut self, one: &str, other: &str) -> Option<f64> {
        let keys = |name: &str| -> Option<BTreeSet<Key>> {
            let client = self.session.find(name)?.client()?;
            let operations = self.session.machine().history().operations.iter();
            let written = operations.filter(|operation| {
                operation.client == client
                    && matches!(operation.outcome, Outcome::Written | Outcome::Swapped)
                    && operation.returned.is_some_and(|returned| self.inside(operation.invoked, returned))
            });
            Some(written.map(|operation| operation.call.key()).collect())
        };
        Some(keys(one)?.intersection(&keys(other)?).count() as f64)
    }

    /// Keys of which the copies show different writes at the end of the window.
    fn diverged_keys(&self) -> f64 {
        let machine = self.session.machine();
        let mut shown: BTreeMap<Key, BTreeMap<NodeId, OpId>> = BTreeMap::new();
        for event in machine.trace().iter().take_while(|event| event.at <= self.to) {
            if let EventKind::Visible { node, key, op } = event.kind {
                shown.entry(key).or_default().insert(node, op);
            }
        }
        let nodes = self.world.setup.nodes.len();
        let differ = |copies: &BTreeMap<NodeId, OpId>| {
            copies.len() < nodes || copies.values().any(|op| Some(op) != copies.values().next())
        };
        shown.values().filter(|copies| differ(copies)).count() as f64
    }

    fn link(&self, a: &str, b: &str, figure: &str) -> Option<f64> {
        let (a, b) = (self.session.find(a)?, self.session.find(b)?);
        let km = self.world.setup.position(a).distance_km(self.world.setup.position(b));
        match figure {
            "distance_km" => Some(km),
            "light_ms" => Some(2.0 * light(km * self.world.quality(a, b).stretch).as_ms()),
            _ => None,
        }
    }

    fn verdict(&mut self, checker: &str) -> Option<&Verdict> {
        self.session.verdicts().iter().find(|(name, _)| *name == checker).map(|(_, verdict)| verdict)
    }

    /// What a verdict was at the end of the window: a promise is broken from the instant of its witness on.
    fn broken(&mut self, checker: &str) -> Option<f64> {
        let to = self.to;
        match self.verdict(checker)? {
            Verdict::Holds => Some(0.0),
            Verdict::Broken(witness) => Some(f64::from(witness.at.is_none_or(|at| at <= to))),
            Verdict::Unknown(_) => None,
        }
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// A figure of some numbers, by the nearest rank.
fn spread(mut numbers: Vec<f64>, figure: &str) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        let rank = (share * numbers.len() as f64).ceil() as usize;
        numbers.get(rank.max(1) - 1).copied()
    };
    match figure {
        "min_ms" => rank(0.0),
        "p50_ms" => rank(0.5),
        "p99_ms" => rank(0.99),
        "max_ms" => rank(1.0),
        _ => None,
    }
}

/// A checker calls clients `c1`, `c2`, …; the reader knows them by their names.
fn with_names(words: &str, names: &[String]) -> String {
    let name = |word: &str| {
        let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
        let number: usize = word[..end].strip_prefix('c')?.parse().ok()?;
        Some(format!("{}{}", names.get(number.checked_sub(1)?)?, &word[end..]))
    };
    let words = words.split(' ').map(|word| name(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

/// With a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let stop = if words.is_empty() || words.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_take_the_nearest_rank() {
        let numbers = || vec![4.0, 1.0, 3.0, 2.0];
        assert_eq!(spread(numbers(), "min_ms"), Some(1.0));
        assert_eq!(spread(numbers(), "p50_ms"), Some(2.0));
        assert_eq!(spread(numbers(), "p99_ms"), Some(4.0));
        assert_eq!(spread(numbers(), "max_ms"), Some(4.0));
        assert_eq!(spread(Vec::new(), "p50_ms"), None);
        assert_eq!(spread(numbers(), "p51_ms"), None);
    }

    #[test]
    fn clients_get_their_names() {
        let names = ["ann".to_owned(), "bob".to_owned()];
        let words = with_names("c1's write of v3 came before c2; c3 and c0 did not see c1.", &names);
        assert_eq!(words, "ann's write of v3 came before bob; c3 and c0 did not see ann.");
        assert_eq!(sentence("a b"), "A b.");
        assert_eq!(sentence(""), "");
    }
}
