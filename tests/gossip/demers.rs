//! Rumour mongering against the tables of Demers et al. (PODC 1987, section 1.4): 1,000 sites, one change,
//! synchronous cycles. The sites run the protocol's own rule for losing interest ([`Hot`]); the cycles are
//! the paper's, in which everyone meets at the same instants and whether a site knew is judged by the
//! beginning of the cycle.

use netsplit_protocols::gossip::data::{Data, Slot};
use netsplit_protocols::gossip::rumor::{Hot, Rules};
use netsplit_protocols::parts::crdt::dots::{Actor, Dot};
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::random::{Purpose, Random, stream};

const SITES: usize = 1_000;

const CHANGE: Dot = Dot { actor: Actor { node: NodeId(0), incarnation: 0 }, counter: 1 };
const SLOT: Slot = Slot { data: Data::Lww, key: Key(0) };

/// What an epidemic came to.
#[derive(Clone, Copy, Debug, Default)]
struct Epidemic {
    /// The share of sites that never heard.
    residue: f64,
    /// Tellings per site.
    traffic: f64,
    /// The cycle in which the last site heard that ever heard.
    last: f64,
    /// The cycle in which the average one heard.
    average: f64,
}

struct Sites {
    hot: Vec<Hot>,
    heard: Vec<Option<u32>>,
    told: u64,
}

impl Sites {
    fn tell(&mut self, from: usize, to: usize, cycle: u32, rules: Rules) {
        self.told += 1;
        let knew = self.heard[to].is_some_and(|at| at < cycle);
        if rules.feedback {
            self.hot[from].heard_back(CHANGE, knew);
        } else {
            self.hot[from].told_blindly();
        }
        self.heard[to].get_or_insert(cycle);
    }
}

fn other(site: usize, random: &mut Random) -> usize {
    let pick = random.below(SITES as u64 - 1) as usize;
    pick + usize::from(pick >= site)
}

fn epidemic(seed: u64, pull: bool, rules: Rules) -> Epidemic {
    let mut random = stream(seed, Purpose::Faults, 6, 1);
    let mut sites = Sites { hot: vec![Hot::default(); SITES], heard: vec![None; SITES], told: 0 };
    sites.hot[0].heat(CHANGE, SLOT);
    sites.heard[0] = Some(0);
    for cycle in 1.. {
        let infective: Vec<bool> = sites.hot.iter().map(|hot| !hot.is_empty()).collect();
        if !infective.contains(&true) {
            break;
        }
        for site in 0..SITES {
            if pull {
                let source = other(site, &mut random);
                if infective[source] {
                    sites.tell(source, site, cycle, rules);
                }
            } else if infective[site] {
                let target = other(site, &mut random);
                sites.tell(site, target, cycle, rules);
            }
        }
        for site in 0..SITES {
            if sites.heard[site] == Some(cycle) {
                sites.hot[site].heat(CHANGE, SLOT);
            } else {
                sites.hot[site].end_cycle(rules, &mut random);
            }
        }
    }
    let times: Vec<f64> = sites.heard.iter().flatten().map(|&cycle| f64::from(cycle)).collect();
    Epidemic {
        residue: 1.0 - times.len() as f64 / SITES as f64,
        traffic: sites.told as f64 / SITES as f64,
        last: times.iter().copied().fold(0.0, f64::max),
        average: times.iter().sum::<f64>() / times.len() as f64,
    }
}

fn mean(seeds: u64, pull: bool, rules: Rules) -> Epidemic {
    let mut sum = Epidemic::default();
    for seed in 0..seeds {
        let one = epidemic(seed, pull, rules);
        sum.residue += one.residue;
        sum.traffic += one.traffic;
        sum.last += one.last;
        sum.average += one.average;
    }
    let n = seeds as f64;
    Epidemic {
        residue: sum.residue / n,
        traffic: sum.traffic / n,
        last: sum.last / n,
        average: sum.average / n,
    }
}

/// A row of a published table: k, residue, traffic, last cycle.
type Row = (u64, f64, f64, f64);

/// Runs every row and compares it with what was published: the residue within 18 %, the traffic within 4 %, the
/// last cycle within half a cycle.
fn reproduces(table: &str, pull: bool, rules: fn(u64) -> Rules, rows: &[Row]) {
    let mut report = format!("{table}\n k   residue published  traffic published  last published  average\n");
    let mut good = true;
    for &(k, residue, traffic, last) in rows {
        let found = mean(200, pull, rules(k));
        report += &format!(
            "{k:2} {:9.6} {residue:9.6}  {:7.3} {traffic:9.3}  {:4.1} {last:9.1}  {:7.2}\n",
            found.residue, found.traffic, found.last, found.average
        );
        // Below one site in 200 runs there is nothing to measure but that it is rare.
        let rare = residue < 1e-5 && found.residue < 3e-5;
        good &= rare || (found.residue / residue - 1.0).abs() < 0.18;
        good &= (found.traffic - traffic).abs() < 0.04 * traffic.max(0.25);
        good &= (found.last - last).abs() <= 0.5;
    }
    assert!(good, "{report}");
}

/// Table 1: push, feedback, counter.
///
/// | k | residue | published | traffic | published | last | published |
/// |---|---|---|---|---|---|---|
/// | 1 | 0.174 | 0.18 | 1.75 | 1.7 | 16.8 | 16.8 |
/// | 2 | 0.0376 | 0.037 | 3.30 | 3.3 | 16.9 | 16.9 |
/// | 3 | 0.0108 | 0.011 | 4.53 | 4.5 | 17.4 | 17.4 |
/// | 4 | 0.0037 | 0.0036 | 5.64 | 5.6 | 17.7 | 17.5 |
/// | 5 | 0.0011 | 0.0012 | 6.69 | 6.7 | 17.8 | 17.7 |
///
/// The average cycle is not reproduced: published are 11.0 to 12.8, found 9.8 to 10.1, though the last cycle
/// agrees. In table 3 both agree.
#[test]
fn push_with_feedback_and_counters_is_as_published() {
    let rules = |k| Rules { feedback: true, counter: true, k };
    let rows = [
        (1, 0.18, 1.7, 16.8),
        (2, 0.037, 3.3, 16.9),
        (3, 0.011, 4.5, 17.4),
        (4, 0.0036, 5.6, 17.5),
        (5, 0.0012, 6.7, 17.7),
    ];
    reproduces("table 1: push, feedback, counter", false, rules, &rows);
}

/// Table 2: push, blind, coin.
///
/// | k | residue | published | traffic | published | last | published |
/// |---|---|---|---|---|---|---|
/// | 1 | 0.961 | 0.96 | 0.039 | 0.04 | 38.4 | 38 |
/// | 2 | 0.202 | 0.20 | 1.59 | 1.6 | 32.7 | 33 |
/// | 3 | 0.0597 | 0.060 | 2.82 | 2.8 | 31.8 | 32 |
/// | 4 | 0.0196 | 0.021 | 3.93 | 3.9 | 32.4 | 32 |
/// | 5 | 0.0068 | 0.008 | 4.98 | 4.9 | 32.2 | 32 |
#[test]
fn push_blind_with_a_coin_is_as_published() {
    let rules = |k| Rules { feedback: false, counter: false, k };
    let rows = [
        (1, 0.96, 0.04, 38.0),
        (2, 0.20, 1.6, 33.0),
        (3, 0.060, 2.8, 32.0),
        (4, 0.021, 3.9, 32.0),
        (5, 0.008, 4.9, 32.0),
    ];
    reproduces("table 2: push, blind, coin", false, rules, &rows);
}

/// Table 3: pull, feedback, counter.
///
/// | k | residue | published | traffic | published | last | published |
/// |---|---|---|---|---|---|---|
/// | 1 | 0.0321 | 0.031 | 2.69 | 2.7 | 17.5 | 17.6 |
/// | 2 | 0.00056 | 0.00058 | 4.48 | 4.5 | 15.3 | 15.4 |
/// | 3 | 0.000005 | 0.000004 | 6.08 | 6.1 | 13.8 | 14.0 |
#[test]
fn pull_with_feedback_and_counters_is_as_published() {
    let rules = |k| Rules { feedback: true, counter: true, k };
    let rows = [(1, 0.031, 2.7, 17.6), (2, 0.00058, 4.5, 15.4), (3, 0.000004, 6.1, 14.0)];
    reproduces("table 3: pull, feedback, counter", true, rules, &rows);
}

/// A push epidemic misses a site with the probability that none of the tellings, spread evenly, met it:
/// s = exp(-m), whatever the rule (section 1.4).
#[test]
fn the_residue_of_push_follows_from_its_traffic() {
    for (feedback, counter, k) in [(true, true, 1), (true, false, 2), (false, true, 2), (false, false, 3)] {
        let found = mean(100, false, Rules { feedback, counter, k });
        let expected = libm::exp(-found.traffic);
        assert!(
            (found.residue / expected - 1.0).abs() < 0.12,
            "{feedback} {counter} {k}: {found:?}, {expected}"
        );
    }
}
