//! What a formula says of a scenario, for the measures of which there is one.
//!
//! A prediction is made only where the scenario is what the formula is about; everywhere else there is none, and the
//! chart shows the measurement alone.
//!
//! - **Light floor**: no answer comes sooner than the light goes there and back through fibre (200 km per ms), plus the
//!   delay that every message has besides distance. A bound, not an expectation.
//! - **One queue**: a single node that everybody asks at random times. With exponential work the mean response is
//!   `s / (1 - load)` (M/M/1), with constant work `s (1 + load / (2 (1 - load)))` (M/D/1, Pollaczek and Khinchine), both plus the
//!   way there and back. Its utilisation is the load.
//! - **Loss**: one copy and no second attempt: both messages have to arrive, `(1 - loss)²`.
//! - **Tail at scale**: a query to all of `n` nodes, each slow with chance `p`, meets a slow one with chance `1 - (1 - p)ⁿ`
//!   (Dean and Barroso 2013).

use netsplit_scenario::model::{Home, Scenario};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{FIBRE_KM_PER_MS, Pace, Position};

/// What a formula says.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The value, in the measure's unit.
    pub value: f64,
    /// Whether it is a bound that no run can be below; if not, it is what to expect.
    pub is_floor: bool,
    /// The formula, for the legend.
    pub formula: &'static str,
}

fn expected(value: f64, formula: &'static str) -> Option<Prediction> {
    Some(Prediction { value, is_floor: false, formula })
}

/// What is to be expected of a measure in a run of this scenario, where a formula says so.
#[must_use]
pub fn predict(scenario: &Scenario, measure: &str) -> Option<Prediction> {
    match measure {
        "read.p50_ms" | "write.p50_ms" => {
            let floor = floor_ms(scenario)?;
            Some(Prediction {
                value: floor,
                is_floor: true,
                formula: "light there and back, and the extra delay",
            })
        }
        "read.mean_ms" => response_ms(scenario),
        "utilisation.n1" => expected(load(scenario)?, "operations per second × work on one"),
        "availability" => {
            let alone = scenario.protocol.name == "single" && scenario.partitioning.is_none();
            let once = scenario.clients.iter().all(|client| client.retries == 0);
            let quiet =
                scenario.script.is_empty() && scenario.links.is_empty() && scenario.network.duplicate == 0.0;
            let way = 1.0 - scenario.network.loss;
            (alone && once && quiet).then(|| expected(way * way, "(1 − loss)²")).flatten()
        }
        "slow.share" => {
            let share = scenario.nodes.first()?.hiccup_share;
            let alike = scenario.nodes.iter().all(|node| node.hiccup_share == share && !node.spare);
            let only_all = scenario.clients.iter().all(|client| {
                let mix = client.mix;
                mix.scan == 0 && mix.pair == 0 && mix.query_all > 0
            });
            let split = scenario.partitioning.is_some() && scenario.script.is_empty();
            let n = scenario.nodes.len() as f64;
            (alike && only_all && split)
                .then(|| expected(1.0 - libm::pow(1.0 - share, n), "1 − (1 − p)ⁿ"))
                .flatten()
        }
        _ => None,
    }
}

/// One way between two places, without jitter.
fn way_ms(scenario: &Scenario, from: Position, to: Position) -> f64 {
    let network = &scenario.network;
    from.distance_km(to) * network.stretch / FIBRE_KM_PER_MS + network.base.as_ms()
}

/// The least round trip of any client to the node that it asks, and no node moves.
fn floor_ms(scenario: &Scenario) -> Option<f64> {
    if !scenario.links.is_empty() || !scenario.script.is_empty() {
        return None;
    }
    let trips = scenario.clients.iter().flat_map(|client| {
        let nodes = scenario.nodes.iter().filter(move |node| match &client.home {
            Home::Node(name) => *name == node.name,
            Home::Nearest | Home::RoundRobin => true,
        });
        nodes.map(|node| 2.0 * way_ms(scenario, client.position, node.position))
    });
    trips.min_by(f64::total_cmp)
}

/// The load of a single node that serves everybody: the share of its time that it needs. `None` unless
/// operations come at random times.
fn load(scenario: &Scenario) -> Option<f64> {
    let [node] = scenario.nodes.as_slice() else { return None };
    if scenario.protocol.name != "single" || scenario.partitioning.is_some() || !scenario.script.is_empty() {
        return None;
    }
    let plain = scenario.network.loss == 0.0 && scenario.network.duplicate == 0.0 && node.hiccup_share == 0.0;
    let rates: Option<Vec<f64>> = scenario
        .clients
        .iter()
        .map(|client| match client.pace {
            Pace::Open { per_second } if client.batch == 1 && client.operations.is_none() => Some(per_second),
            _ => None,
        })
        .collect();
    let load = rates?.iter().sum::<f64>() * node.service.as_ms() / 1_000.0;
    (plain && load < 1.0 && load > 0.0).then_some(load)
}

/// The mean response of a single queue, with the way there and back.
fn response_ms(scenario: &Scenario) -> Option<Prediction> {
    let load = load(scenario)?;
    let node = scenario.nodes.first()?;
    let service = node.service.as_ms();
    // Writes may wait for the disk, and only then does the node take the next message.
    if scenario.clients.iter().any(|client| client.mix.write > 0) && node.fsync.as_ms() > 0.0 {
        return None;
    }
    let jitter = mean_ms(scenario.network.jitter)?;
    let rates: Vec<f64> = scenario
        .clients
        .iter()
        .filter_map(|client| match client.pace {
            Pace::Open { per_second } => Some(per_second),
            _ => None,
        })
        .collect();
    let all: f64 = rates.iter().sum();
    let trips =
        scenario.clients.iter().zip(&rates).map(|(client, rate)| {
            rate / all * 2.0 * (way_ms(scenario, client.position, node.position) + jitter)
        });
    let trip: f64 = trips.sum();
    if node.service_varies {
        expected(trip + service / (1.0 - load), "way there and back + work / (1 − load)")
    } else {
        let wait = service * load / (2.0 * (1.0 - load));
        expected(trip + service + wait, "way there and back + work × (1 + load / (2 (1 − load)))")
    }
}

/// The mean of a random delay, where it has one.
fn mean_ms(jitter: Jitter) -> Option<f64> {
    let pareto = |least: f64, shape: f64| (shape > 1.0).then(|| least * shape / (shape - 1.0));
    match jitter {
        Jitter::Constant { ms } => Some(ms),
        Jitter::Uniform { low_ms, high_ms } => Some((low_ms + high_ms) / 2.0),
        Jitter::Exponential { mean_ms } => Some(mean_ms),
        Jitter::Pareto { minimum_ms, shape } => pareto(minimum_ms, shape),
        Jitter::LogNormal { median_ms, sigma } => Some(median_ms * libm::exp(sigma * sigma / 2.0)),
        Jitter::ParetoExponential { share, minimum_ms, shape, mean_ms } => {
            Some(share * pareto(minimum_ms, shape)? + (1.0 - share) * mean_ms)
        }
    }
}
