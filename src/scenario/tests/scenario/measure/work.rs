//! Work, waiting and gathering; availability by time; distributions and tables.

use netsplit_scenario::availability::Objective;
use netsplit_scenario::metrics::{Quantity, Series};
use netsplit_scenario::model::{Client, Node, Step, StepAction};
use netsplit_scenario::{Metrics, Scenario, Session};
use netsplit_sim::fault_plan::wear::Wear;
use netsplit_sim::history::CallKind;
use netsplit_sim::ids::NodeId;
use netsplit_sim::setup::{Mix, Pace, Position};
use netsplit_sim::time::{Span, Time};

use super::{ms, two_nodes, value};
use crate::generate::playable;

const N1: NodeId = NodeId(0);

/// One node that works 1 ms on a message and 0.02 ms on each operation in it, and a client that sends 20 reads per ms.
fn one_node(batch: u16) -> Scenario {
    let here = Position { x_km: 0, y_km: 0 };
    let node =
        Node { service: Span::from_ms(1), service_per_operation: Span::from_us(20), ..Node::new("n1", here) };
    let client = Client {
        pace: Pace::Open { per_second: 20_000.0 },
        mix: Mix { read: 1, ..Mix::default() },
        batch,
        linger: Span::from_s(1),
        timeout: Span::from_s(60),
        ..Client::new("c1", here)
    };
    Scenario { nodes: vec![node], clients: vec![client], ..Scenario::empty("single") }
}

fn played(scenario: Scenario, until: u64) -> Session {
    let mut session = Session::new(scenario).expect("valid");
    session.advance(ms(until), u64::MAX);
    session
}

#[test]
fn batching_does_what_its_formula_says() {
    // 1 ms a message and 0.02 ms an operation at 20 arrivals per ms: the published figures.
    let published = [
        (1, 0.98, None),
        (10, 8.33, Some(0.225)),
        (25, 16.67, Some(0.6)),
        (50, 25.0, Some(1.225)),
        (100, 33.3, Some(2.475)),
        (500, 45.45, Some(12.475)),
    ];
    for (batch, rate, wait) in published {
        let mut session = played(one_node(batch), 1_000);
        let metrics = session.metrics();
        let measured = value(metrics, "operations_per_busy_ms.n1").expect("it worked");
        assert!((measured / rate - 1.0).abs() < 0.005, "{batch}: {measured} for {rate}");
        let Some(wait) = wait else {
            assert!(metrics.get("batch.wait_ms").is_none(), "one by one, nothing is gathered");
            continue;
        };
        let measured = value(metrics, "batch.wait_ms").expect("gathered");
        assert!((measured / wait - 1.0).abs() < 0.03, "{batch}: {measured} for {wait}");
        assert_eq!(value(metrics, "batch.operations_mean"), Some(f64::from(batch)));
    }
}

#[test]
fn each_operation_costs_its_share_however_it_comes() {
    let service =
        |batch| value(played(one_node(batch), 200).metrics(), "service.n1.mean_ms").expect("worked");
    assert!((service(1) - 1.02).abs() < 1e-9, "a single request carries one operation");
    assert!((service(50) - 2.0).abs() < 1e-9);
    let mut free = one_node(50);
    free.nodes[0].service_per_operation = Span::ZERO;
    let service = value(played(free, 200).metrics(), "service.n1.mean_ms").expect("worked");
    assert!((service - 1.0).abs() < 1e-9);
}

/// Random arrivals and random work: the M/M/1 queue, over many seeds.
#[test]
fn the_queue_is_as_long_as_theory_says() {
    let run = |seed, load: f64| {
        let mut scenario = one_node(1);
        scenario.seed = seed;
        scenario.nodes[0].service_per_operation = Span::ZERO;
        scenario.nodes[0].service_varies = true;
        scenario.clients[0].pace = Pace::Open { per_second: load * 1_000.0 };
        let mut session = played(scenario, 20_000);
        let metrics = session.metrics();
        let of = |name| value(metrics, name).expect("measured");
        assert!((of("utilisation.n1") - load).abs() < 0.03, "{}", of("utilisation.n1"));
        // Little: the mean number that wait is the arrival rate times the mean wait.
        let little = of("throughput_per_s") / 1_000.0 * of("waiting.n1.mean_ms");
        assert!((of("queue.n1.mean") / little - 1.0).abs() < 0.05, "{} and {little}", of("queue.n1.mean"));
        of("response_over_service.n1")
    };
    for load in [0.5, 0.8] {
        let ratios: Vec<f64> = (0..12).map(|seed| run(seed, load)).collect();
        let mean = ratios.iter().sum::<f64>() / 12.0;
        let variance = ratios.iter().map(|ratio| (ratio - mean) * (ratio - mean)).sum::<f64>() / 11.0;
        let error = 3.0 * (variance / 12.0).sqrt();
        let theory = 1.0 / (1.0 - load);
        assert!((mean - theory).abs() < error, "{load}: {mean} +- {error}, {theory}");
        assert!(error < 0.1 * theory, "{load}: {error}");
    }
}

#[test]
fn a_window_has_the_work_of_its_time() {
    let mut scenario = one_node(1);
    scenario.nodes[0].service_per_operation = Span::ZERO;
    scenario.clients[0].pace = Pace::Silent;
    let read = |at_ms| Step { at: ms(at_ms), action: StepAction::Read { client: "c1".to_owned(), key: 0 } };
    // Three at once, 0.1 ms away: served from 10.1 to 13.1; one more at 20.1.
    scenario.script = vec![read(10), read(10), read(10), read(20)];
    let mut session = played(scenario, 40);
    let metrics = session.metrics();
    let of = |from, to, name: &str| {
        let window = metrics.window(ms(from), ms(to));
        window.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name}")).value
    };
    let close = |value: Option<f64>, expected: f64| {
        assert!(value.is_some_and(|value| (value - expected).abs() < 1e-9), "{value:?} for {expected}");
    };
    close(of(0, 40, "utilisation.n1"), 0.1);
    close(of(10, 20, "utilisation.n1"), 0.3);
    close(of(12, 14, "utilisation.n1"), 0.55);
    // Two wait for 1 ms, then one for 1 ms.
    close(of(10, 20, "queue.n1.mean"), 0.3);
    assert_eq!((of(10, 20, "queue.n1.max"), of(20, 40, "queue.n1.max")), (Some(2.0), Some(0.0)));
    close(of(0, 20, "waiting.n1.mean_ms"), 1.0);
    close(of(0, 20, "response_over_service.n1"), 2.0);
    close(of(20, 40, "response_over_service.n1"), 1.0);
    assert_eq!(of(30, 40, "response_over_service.n1"), None);
    let line: Vec<_> = metrics.line(N1, Time::ZERO, Time::MAX).iter().map(|point| point.waiting).collect();
    assert_eq!(line, [2, 1, 0]);
    assert_eq!(metrics.served(N1, ms(0), ms(20)).len(), 3);
    assert_eq!(metrics.line(NodeId(7), Time::ZERO, Time::MAX), []);
}

/// Going back cuts the record of the work too; whoever goes on from there measures what he would have.
#[test]
fn going_back_and_on_measures_the_same() {
    let mut scenario = playable(11, "quorum");
    for node in &mut scenario.nodes {
        (node.service, node.fsync) = (Span::from_us(900), Span::from_us(300));
    }
    scenario.clients[0].batch = 4;
    scenario.clients[0].pace = Pace::Open { per_second: 400.0 };
    scenario.clients[0].linger = Span::from_ms(20);
    let mut straight = played(scenario.clone(), 3_000);
    let mut winding = played(scenario, 2_500);
    for to in [700, 1_900, 3_000] {
        winding.seek(ms(to), u64::MAX);
        winding.metrics();
    }
    let figures = straight.metrics().list();
    assert_eq!(winding.metrics().list(), figures);
    let names = ["queue.n1.max", "waiting.n2.mean_ms", "batch.wait_ms", "utilisation.n1"];
    for name in names {
        let value = value(straight.metrics(), name);
        assert!(value.is_some_and(|value| value > 0.0), "{name}: {value:?}");
    }
    let window = winding.metrics().window(Time::ZERO, Time::MAX);
    for metric in window {
        assert_eq!(Some(&metric), straight.metrics().get(&metric.name));
    }
}

/// Every distribution has what the exact figures of the same run say, within 0.1 %.
#[test]
fn distributions_agree_with_exact_figures() {
    let mut scenario = playable(11, "quorum");
    scenario.nodes.iter_mut().for_each(|node| node.service = Span::from_us(300));
    let mut session = played(scenario, 3_000);
    let metrics = session.metrics();
    let pairs = [
        (Quantity::Latency(Some(CallKind::Read)), "read"),
        (Quantity::Latency(Some(CallKind::Write)), "write"),
        (Quantity::VisibleCopies, "visible_copies"),
        (Quantity::VisibleCopiesAfterAck, "visible_copies_after_ack"),
        (Quantity::VisibleEverywhere, "visible_everywhere"),
        (Quantity::VisibleEverywhereAfterAck, "visible_everywhere_after_ack"),
        (Quantity::OutOfDate, "stale_reads"),
    ];
    let mut seen = 0;
    for (from, to) in [(Time::ZERO, Time::MAX), (ms(1_000), ms(1_400))] {
        let window = metrics.window(from, to);
        for (quantity, name) in pairs {
            let spread = metrics.distribution(quantity, from, to);
            for (share, figure) in [(0.5, "p50_ms"), (0.99, "p99_ms"), (1.0, "max_ms")] {
                let name = format!("{name}.{figure}");
                let exact = window.iter().find(|metric| metric.name == name).expect("a figure").value;
                let got = spread.quantile_ms(share);
                assert_eq!(got.is_some(), exact.is_some(), "{name}");
                if let (Some(got), Some(exact)) = (got, exact) {
                    assert!((got - exact).abs() <= exact * 0.001, "{name}: {got} for {exact}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 24, "{seen}");
    let waiting = metrics.distribution(Quantity::Waiting(N1), Time::ZERO, Time::MAX);
    let mean = value(metrics, "waiting.n1.mean_ms").expect("it worked");
    assert!(waiting.count() > 50 && (waiting.mean_ms().expect("not empty") - mean).abs() < 1e-9);
    let reads: usize = metrics.versions_behind(Time::ZERO, Time::MAX).iter().map(|(_, reads)| reads).sum();
    let points = metrics.points().iter().filter(|point| point.versions_behind.is_some()).count();
    assert_eq!(reads, points);
    // Windows add up.
    let all = metrics.distribution(Quantity::Latency(None), Time::ZERO, Time::MAX);
    let mut parts = metrics.distribution(Quantity::Latency(None), Time::ZERO, ms(1_000));
    parts.merge(&metrics.distribution(Quantity::Latency(None), ms(1_000), Time::MAX));
    assert_eq!((parts.count(), parts.quantile_ms(0.9)), (all.count(), all.quantile_ms(0.9)));
}

#[test]
fn availability_is_felt_in_windows() {
    let mut session = played(two_nodes(), 200);
    let metrics = session.metrics();
    // Ends at 0.2, 10.2, 12.2, 20.2, 71 (given up) and 100.2 ms.
    let objective = Objective { width: Span::from_ms(10), ..Objective::default() };
    let windows = metrics.availability_windows(objective, Time::ZERO, Time::MAX);
    let seen: Vec<_> = windows.iter().map(|w| (w.from.0 / 1_000_000, w.succeeded, w.operations)).collect();
    assert_eq!(seen, [(0, 1, 1), (10, 2, 2), (20, 1, 1), (70, 0, 1), (100, 1, 1)]);
    let by_time = metrics.availability_by_time(objective, Time::ZERO, Time::MAX);
    assert_eq!((by_time.availability(), by_time.failures), (Some(0.8), 1));
    assert_eq!((by_time.mtbf_ms(), by_time.mttr_ms()), (Some(40.0), Some(10.0)));
    let later = metrics.availability_windows(objective, ms(15), ms(75));
    let seen: Vec<_> = later.iter().map(|w| (w.from.0 / 1_000_000, w.succeeded, w.operations)).collect();
    assert_eq!(seen, [(15, 1, 1), (65, 0, 1)]);
    let hasty = Objective { within: Some(Span::from_us(100)), ..objective };
    assert_eq!(metrics.availability_by_time(hasty, Time::ZERO, Time::MAX).availability(), Some(0.0));
}

/// A store that loses what it acknowledged: no copy shows it any more.
#[test]
fn writes_that_no_copy_shows_are_counted() {
    let mut scenario = two_nodes();
    let step = |at_ms, action| Step { at: ms(at_ms), action };
    let cut = StepAction::Cut { between: ["n1".to_owned(), "n2".to_owned()] };
    scenario.script.insert(1, step(6, cut));
    scenario.script.truncate(4);
    scenario.script.push(step(50, StepAction::Wipe { node: "n1".to_owned() }));
    let mut session = Session::new(scenario).expect("valid");
    session.seek(ms(45), u64::MAX);
    assert_eq!(session.metrics().value("unseen_writes"), Some(0.0));
    session.seek(ms(60), u64::MAX);
    assert_eq!(session.metrics().value("unseen_writes"), Some(1.0), "the write at 10 ms never left n1");
}

fn columns(table: &str) -> (usize, usize) {
    let mut lines = table.split_terminator("\r\n");
    let head = lines.next().expect("a line of headings").split(',').count();
    let rows: Vec<_> = lines.collect();
    assert!(rows.iter().all(|row| row.contains('"') || row.split(',').count() == head), "{table}");
    (head, rows.len())
}

#[test]
fn tables_have_a_line_for_each_thing() {
    let mut scenario = two_nodes();
    scenario.nodes[0].service = Span::from_us(1);
    let mut session = played(scenario, 200);
    let metrics: &Metrics = session.metrics();
    let table = |series| metrics.csv(series, Time::ZERO, Time::MAX);
    let objective = Objective { width: Span::from_ms(10), ..Objective::default() };
    assert_eq!(columns(&table(Series::Operations)), (8, 6));
    assert_eq!(columns(&table(Series::Writes)), (6, 3));
    assert_eq!(columns(&table(Series::Availability(objective))), (4, 5));
    assert_eq!(columns(&table(Series::Figures)), (5, metrics.window(Time::ZERO, Time::MAX).len()));
    assert_eq!(columns(&table(Series::Served(N1))).1, metrics.served(N1, Time::ZERO, Time::MAX).len());
    assert_eq!(columns(&table(Series::Line(N1))).0, 2);
    let latency = Quantity::Latency(None);
    // There are two latencies: those of writes and those of reads are as long, but for a microsecond of work.
    assert_eq!(columns(&table(Series::Cumulative(latency))), (2, 2));
    assert!(columns(&table(Series::Histogram(latency))).1 >= 1);
    let writes = table(Series::Writes);
    assert!(writes.contains("\r\n5,0,100,0.2"), "{writes}");
    assert_eq!(columns(&metrics.csv(Series::Operations, ms(10), ms(20))), (8, 2));
}

#[test]
fn wear_becomes_ordinary_steps_in_one_undo() {
    let before = two_nodes();
    let wear = Wear {
        mtbf: Span::from_ms(900),
        mttr: Span::from_ms(100),
        nodes: None,
        seed: 4,
        from: ms(50),
        until: ms(60_000),
    };
    let with = before.with_wear(&wear).expect("it fits");
    assert!(with.script.is_sorted_by_key(|step| step.at));
    assert_eq!(with.script.len(), before.script.len() + wear.actions(2).len());
    let mut session = Session::new(before.clone()).expect("valid");
    session.advance(ms(100), u64::MAX);
    let added = session.add_wear(&wear).expect("it fits");
    assert_eq!(added, wear.actions(2).len());
    assert_eq!(session.scenario(), &with);
    assert!(session.undo());
    assert_eq!(session.scenario(), &before);
    let sentence = |wear: Wear| before.with_wear(&wear).expect_err("it does not fit").to_string();
    let many = sentence(Wear { mtbf: Span::from_ms(10), mttr: Span::from_ms(1), ..wear });
    assert!(
        many.starts_with("script: expected at most 2000 steps; it has 7, and the plan would add "),
        "{many}"
    );
    assert_eq!(
        sentence(Wear { mttr: Span::ZERO, ..wear }),
        "mttr: expected more than 0 and at most 3600000 milliseconds, and found 0"
    );
    assert_eq!(sentence(Wear { from: Time::MAX, ..wear }), "from: expected no more than until");
}
