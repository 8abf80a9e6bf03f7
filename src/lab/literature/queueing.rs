//! One queue, and what batching does to it: a node that works on one message at a time, and clients that do not wait for
//! it.

use netsplit_sim::setup::{ClientSetup, LinkQuality, Mix, NodeSetup, Pace, Setup};
use netsplit_sim::time::{Span, Time};

use super::running::{Running, setup, took};
use super::{Effort, Figure};

/// M/M/1: Poisson arrivals, exponential work.
pub(super) fn one_queue(effort: Effort) -> Vec<Figure> {
    let (clusters, most) = match effort {
        Effort::Quick => (1, 3),
        Effort::Full => (20, 4),
    };
    let loads = [0.5, 0.8, 0.9, 0.95];
    let figure = |&load: &f64| {
        let response: Vec<f64> =
            (0..clusters).flat_map(|seed| responses((load * 100.0) as u64 * 1_000 + seed, load)).collect();
        // How much the mean of so many neighbours in a queue varies (Whitt, Planning Queueing Simulations, 1989).
        let polynomial = load * (2.0 + load * (5.0 - load * (4.0 - load)));
        let idle = 1.0 - load;
        let variance = polynomial / (idle * idle * idle * idle) / response.len() as f64;
        Figure {
            what: format!("response time in terms of the work, at {} % load", load * 100.0),
            measured: response.iter().sum::<f64>() / response.len() as f64,
            published: 1.0 / idle,
            within: 3.0 * libm::sqrt(variance),
            note: if load >= 0.9 {
                "The fuller the queue, the longer it remembers, and the more operations a mean needs."
                    .to_owned()
            } else {
                String::new()
            },
        }
    };
    loads.iter().take(most).map(figure).collect()
}

/// Operations of one cluster, and those at its start that find the queue emptier than it will be.
const OPERATIONS: u32 = 100_000;
const WARM_UP: usize = 5_000;

/// What operations took in terms of the mean work, which is a millisecond.
fn responses(seed: u64, load: f64) -> Vec<f64> {
    let client = ClientSetup {
        pace: Pace::Open { per_second: load * 1_000.0 },
        mix: Mix { read: 1, ..Mix::default() },
        timeout: Span::from_s(3),
        operations: Some(OPERATIONS),
        ..ClientSetup::default()
    };
    let mut setup = setup(seed, 1, &[0], &client);
    setup.nodes[0] = NodeSetup { service: Span::from_ms(1), service_varies: true, ..NodeSetup::default() };
    let mut cluster = Running::new("single", &setup, &[]);
    cluster.come_to_rest();
    let operations = &cluster.machine().history().operations;
    operations.iter().skip(WARM_UP).filter_map(|operation| Some(took(operation)?.as_ms())).collect()
}

/// Operations for each batch, what a node can do with them in a millisecond, and how long an operation waits for
/// its batch.
const BATCHES: &[(u16, f64, f64, f64)] = &[
    (1, 0.98, 0.0, 0.005),
    (10, 8.33, 0.23, 0.005),
    (25, 16.7, 0.6, 0.05),
    (50, 25.0, 1.2, 0.05),
    (100, 33.3, 2.5, 0.05),
    (500, 45.5, 12.5, 0.05),
];

/// Arrivals in a millisecond.
const ARRIVALS: f64 = 20.0;

/// One millisecond for a batch and 0.02 ms for each operation in it.
pub(super) fn batching(effort: Effort) -> Vec<Figure> {
    let operations = match effort {
        Effort::Quick => 20_000,
        Effort::Full => 200_000,
    };
    let mut figures = Vec::new();
    for &(batch, capacity, wait, rounding) in BATCHES {
        let b = f64::from(batch);
        let exact = b / (1.0 + 0.02 * b);
        figures.push(Figure {
            what: format!("operations in a millisecond at most, batches of {batch}"),
            measured: throughput(batch, 1.2 * exact),
            published: capacity,
            within: rounding + 0.002 * capacity,
            note: String::new(),
        });
        let exact = (b - 1.0) / 2.0 / ARRIVALS;
        figures.push(Figure {
            what: format!("added wait in ms, batches of {batch}, 20 arrivals in a millisecond"),
            measured: added_wait(batch, operations),
            published: wait,
            // A batch's wait is a sum of gaps, (b - 1) b (2 b - 1) / 6 of them squared, over b.
            within: (exact - wait).abs() + 3.0 * deviation_of_wait(b) / libm::sqrt(f64::from(operations) / b),
            note: String::new(),
        });
    }
    figures
}

/// The standard deviation of the mean wait in one batch: its k-th gap is waited for by k operations.
fn deviation_of_wait(b: f64) -> f64 {
    libm::sqrt((b - 1.0) * b * (2.0 * b - 1.0) / 6.0) / b / ARRIVALS
}

fn open(seed: u64, batch: u16, per_ms: f64, operations: u32) -> Setup {
    let client = ClientSetup {
        pace: Pace::Open { per_second: per_ms * 1_000.0 },
        mix: Mix { read: 1, ..Mix::default() },
        batch,
        linger: Span::from_s(50),
        timeout: Span::from_s(100),
        operations: Some(operations),
        ..ClientSetup::default()
    };
    let mut setup = setup(seed, 1, &[0], &client);
    setup.network = LinkQuality { base: Span::ZERO, ..setup.network };
    setup
}

/// Operations done in a millisecond by a node that is asked for more than it can do.
fn throughput(batch: u16, arrivals_per_ms: f64) -> f64 {
    let mut setup = open(1, batch, arrivals_per_ms, 24_000);
    setup.nodes[0] = NodeSetup {
        service: Span::from_ms(1),
        service_per_operation: Span::from_us(20),
        ..NodeSetup::default()
    };
    let mut cluster = Running::new("single", &setup, &[]);
    cluster.come_to_rest();
    // From one batch's end to another's, when there was always one waiting.
    let mut ends: Vec<Time> =
        cluster.machine().history().operations.iter().filter_map(|operation| operation.returned).collect();
    ends.sort_unstable();
    let (from, to) = (ends.len() / 4, ends.len() * 3 / 4);
    let first = ends.partition_point(|end| *end <= ends[from]);
    let last = ends.partition_point(|end| *end <= ends[to]);
    (last - first) as f64 / ends[last - 1].since(ends[first - 1]).as_ms()
}

/// How long operations wait on average until their batch is full, at a node that takes no time.
fn added_wait(batch: u16, operations: u32) -> f64 {
    let mut cluster = Running::new("single", &open(2, batch, ARRIVALS, operations), &[]);
    cluster.come_to_rest();
    let whole = operations - operations % u32::from(batch);
    let waits: Vec<f64> = (cluster.machine().history().operations.iter())
        .take(whole as usize)
        .filter_map(|operation| Some(took(operation)?.as_ms()))
        .collect();
    waits.iter().sum::<f64>() / waits.len() as f64
}
