//! Nines, and k of n.

use netsplit_sim::action::Action;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{Key, NodeId, Value};
use netsplit_sim::random::{Purpose, stream};
use netsplit_sim::setup::ClientSetup;
use netsplit_sim::time::{Span, Time};

use super::pbs::luck;
use super::running::{Running, setup};
use super::{Effort, Figure};

const KEY: Key = Key(0);

/// Hours in a year of 365.25 days.
const YEAR_H: f64 = 365.25 * 24.0;

/// How long a service with this availability is down in a year, in hours.
#[must_use]
pub fn downtime_h(availability: f64) -> f64 {
    (1.0 - availability) * YEAR_H
}

/// The chance that at least `k` of `n` nodes are up, each with chance `p` and independent of the others.
#[must_use]
pub fn k_of_n(k: u32, n: u32, p: f64) -> f64 {
    let power = |base: f64, times: u32| (0..times).map(|_| base).product::<f64>();
    let choose = |i: u32| (0..i).map(|j| f64::from(n - j) / f64::from(j + 1)).product::<f64>();
    (k..=n).map(|i| choose(i) * power(p, i) * power(1.0 - p, n - i)).sum()
}

/// The table of nines, and a node that fails and is repaired.
pub(super) fn nines(effort: Effort) -> Vec<Figure> {
    let table = [
        (0.9, 36.53 * 24.0, "days", 24.0, 0.005),
        (0.99, 3.653 * 24.0, "days", 24.0, 0.0005),
        (0.999, 8.766, "hours", 1.0, 0.0005),
        (0.9999, 52.60 / 60.0, "minutes", 1.0 / 60.0, 0.005),
        (0.99999, 5.260 / 60.0, "minutes", 1.0 / 60.0, 0.0005),
        (0.999_999, 31.56 / 3_600.0, "seconds", 1.0 / 3_600.0, 0.005),
    ];
    let mut figures: Vec<Figure> = table
        .iter()
        .map(|&(availability, hours, unit, of_hour, rounding)| Figure {
            what: format!("downtime a year at {} %, {unit}", percent(availability)),
            measured: downtime_h(availability) / of_hour,
            published: hours / of_hour,
            within: rounding + 1e-9,
            note: "By the formula, a year being 365.25 days.".to_owned(),
        })
        .collect();
    let (operations, most) = match effort {
        Effort::Quick => (20_000, 2),
        Effort::Full => (500_000, 3),
    };
    for (availability, mtbf_s) in [(0.9, 9.0), (0.99, 99.0), (0.999, 999.0)].into_iter().take(most) {
        let served = share_served(mtbf_s, operations);
        figures.push(Figure {
            what: format!(
                "downtime a year that a client felt, node up {mtbf_s} s and down 1 s on average, days"
            ),
            measured: downtime_h(served) / 24.0,
            published: downtime_h(availability) / 24.0,
            within: downtime_h(1.0 - luck(availability, operations)) / 24.0,
            note: "MTBF / (MTBF + MTTR), measured with a node that crashes and restarts.".to_owned(),
        });
    }
    figures
}

fn percent(share: f64) -> String {
    let text = format!("{:.6}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The share of operations that a single node served, which is up for `mtbf_s` on average and down for a second. The
/// operations come at random times, so far apart that each mostly finds another failure or none.
fn share_served(mtbf_s: f64, operations: u64) -> f64 {
    let mut random = stream(1, Purpose::Trials, 0, mtbf_s as u16);
    let mut span = |mean_s: f64| Span::from_ms_f64(random.exponential(mean_s * 1_000.0));
    let (mut served, mut asked) = (0, 0);
    while asked < operations {
        let client = ClientSetup { timeout: Span::from_ms(1), ..ClientSetup::default() };
        let mut cluster = Running::new("single", &setup(1, 1, &[0], &client), &[]);
        let (mut fails, mut up) = (Time::ZERO + span(mtbf_s), true);
        let mut next = Time::ZERO;
        while asked < operations && !cluster.is_worn() {
            // On average an operation comes after ten failures.
            next += span(10.0 * (mtbf_s + 1.0));
            while fails <= next {
                cluster.until(fails);
                let node = NodeId(0);
                cluster.act(&if up { Action::Crash(node) } else { Action::Restart(node) });
                up = !up;
                fails += span(if up { mtbf_s } else { 1.0 });
            }
            cluster.until(next);
            let op = cluster.operate(0, Call::Read { key: KEY });
            served += u64::from(cluster.finish(op).outcome.is_success());
            next = cluster.machine().now();
            asked += 1;
        }
    }
    served as f64 / operations as f64
}

/// How many of how many, with which chance.
const CASES: &[(u16, u16, f64, f64, f64)] = &[
    (2, 3, 0.9, 0.972, 0.0),
    (3, 5, 0.9, 0.99144, 0.0),
    (4, 7, 0.9, 0.997_272, 5e-8),
    (1, 3, 0.9, 0.999, 0.0),
    (3, 3, 0.9, 0.729, 0.0),
    (2, 3, 0.99, 0.999_702, 0.0),
    (3, 5, 0.99, 0.999_990_149, 5e-10),
    (2, 2, 0.99, 0.9801, 0.0),
    (2, 3, 0.4, 0.352, 0.0),
];

pub(super) fn k_of_n_figures(effort: Effort) -> Vec<Figure> {
    let operations = match effort {
        Effort::Quick => 4_000,
        Effort::Full => 200_000,
    };
    let mut figures = Vec::new();
    for &(k, n, p, published, rounding) in CASES {
        let formula = k_of_n(k.into(), n.into(), p);
        figures.push(Figure {
            what: format!("{k} of {n} nodes up, each with {p}, by the formula"),
            measured: formula,
            published,
            within: rounding + 1e-12,
            note: String::new(),
        });
        figures.push(Figure {
            what: format!("operations served by {k} of {n} replicas, each up with {p}"),
            measured: share_of_quorums(k, n, p, operations),
            published,
            within: luck(formula, operations) + rounding,
            note: match (k, n) {
                (2, 2) => "Two nodes that both are needed are worse than one.".to_owned(),
                _ if p < 0.5 => {
                    "With nodes that are mostly down a majority is worse than one node.".to_owned()
                }
                _ => String::new(),
            },
        });
    }
    figures
}

/// The share of operations that the leaderless store serves when each needs `k` replicas of `n`, and before each of them
/// it was drawn anew which nodes are up. The client tries one node after the other.
fn share_of_quorums(k: u16, n: u16, p: f64, operations: u64) -> f64 {
    let mut random = stream(1, Purpose::Trials, n, k << 8 | (p * 100.0) as u16);
    let (mut served, mut asked) = (0, 0);
    while asked < operations {
        let client =
            ClientSetup { timeout: Span::from_ms(20), retries: (n - 1) as u8, ..ClientSetup::default() };
        let setup = setup(random.bits(), n, &[0], &client);
        let named = [
            ("r", k.into()),
            ("w", k.into()),
            ("n", n.into()),
            ("timeout", Span::from_ms(10).0),
            ("repair", 1),
        ];
        let mut cluster = Running::new("quorum", &setup, &named);
        let mut up = vec![true; usize::from(n)];
        while asked < operations && !cluster.is_worn() {
            for (node, up) in (0..n).map(NodeId).zip(&mut up) {
                match (std::mem::replace(up, random.chance(p)), *up) {
                    (true, false) => cluster.act(&Action::Crash(node)),
                    (false, true) => cluster.act(&Action::Restart(node)),
                    _ => {}
                }
            }
            let read = Call::Read { key: KEY };
            let write = Call::Write { key: KEY, value: Value::FRESH };
            let op = cluster.operate(0, if asked.is_multiple_of(2) { read } else { write });
            served += u64::from(cluster.finish(op).outcome.is_success());
            cluster.come_to_rest();
            asked += 1;
        }
    }
    served as f64 / operations as f64
}
