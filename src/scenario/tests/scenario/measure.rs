//! Measures: a tiny run that can be worked out by hand, and laws over larger ones.

use netsplit_scenario::metrics::Ended;
use netsplit_scenario::model::{Client, Node, ParameterValue, Step, StepAction};
use netsplit_scenario::{Metrics, Scenario, Session};
use netsplit_sim::setup::{Pace, Position};
use netsplit_sim::time::{Span, Time};

use crate::generate::playable;

mod work;

fn ms(ms: u64) -> Time {
    Time(ms * 1_000_000)
}

/// n1 and n2 are 1,000 km apart: 5 ms, and 0.1 ms of base delay. c1 is at n1, c2 at n2. Every node
/// answers at once. Writes are acknowledged by n1 alone and shipped to n2 at once; c2 reads n2.
fn two_nodes() -> Scenario {
    let at = |x_km| Position { x_km, y_km: 0 };
    let client = |name: &str, x_km| Client {
        pace: Pace::Silent,
        timeout: Span::from_ms(40),
        ..Client::new(name, at(x_km))
    };
    let mut scenario = Scenario {
        nodes: vec![Node::new("n1", at(0)), Node::new("n2", at(1_000))],
        clients: vec![client("c1", 0), client("c2", 1_000)],
        ..Scenario::default()
    };
    let parameters = &mut scenario.protocol.parameters;
    parameters.insert("acks".to_owned(), ParameterValue::Count(0));
    parameters.insert("reads".to_owned(), ParameterValue::Choice("any".to_owned()));
    let step = |at_ms, action| Step { at: ms(at_ms), action };
    let write = || StepAction::Write { client: "c1".to_owned(), key: 0, value: None };
    let read = || StepAction::Read { client: "c2".to_owned(), key: 0 };
    scenario.script = vec![
        step(0, write()),  // acknowledged at 0.2, visible at n1 at 0.1, at n2 at 5.2
        step(10, write()), // acknowledged at 10.2, visible at n1 at 10.1, at n2 at 15.2
        step(12, read()),  // at n2 at 12.1: still the first, 1 version and 1.8 ms behind
        step(20, read()),  // fresh
        step(30, StepAction::Crash { node: "n2".to_owned() }),
        step(31, read()),   // no answer: given up at 71
        step(100, write()), // acknowledged at 100.2, never visible at n2
    ];
    scenario
}

fn value(metrics: &Metrics, name: &str) -> Option<f64> {
    assert!(metrics.get(name).is_some(), "{name} is no metric");
    metrics.value(name)
}

#[test]
fn a_run_that_can_be_worked_out_by_hand() {
    let mut session = Session::new(two_nodes()).expect("valid");
    session.advance(ms(200), u64::MAX);
    let metrics = session.metrics();
    let expected = [
        ("operations", Some(6.0)),
        ("availability", Some(5.0 / 6.0)),
        ("availability.c1", Some(1.0)),
        ("availability.c2", Some(2.0 / 3.0)),
        ("availability.n1", Some(1.0)),
        ("availability.n2", Some(2.0 / 3.0)),
        ("unknown_outcomes", Some(1.0)),
        ("refused", Some(0.0)),
        ("pending", Some(0.0)),
        ("throughput_per_s", Some(25.0)),
        ("acknowledged_writes", Some(3.0)),
        ("write.count", Some(3.0)),
        ("write.p50_ms", Some(0.2)),
        ("write.max_ms", Some(0.2)),
        ("write.mean_ms", Some(0.2)),
        ("write.c1.p99_ms", Some(0.2)),
        ("read.count", Some(2.0)),
        ("read.p999_ms", Some(0.2)),
        ("cas.p50_ms", None),
        ("visible.n1.p50_ms", Some(0.1)),
        ("visible.n2.p50_ms", Some(5.2)),
        ("visible.n2.max_ms", Some(5.2)),
        ("visible.n1.missing", Some(0.0)),
        ("visible.n2.missing", Some(1.0)),
        ("visible_after_ack.n1.max_ms", Some(0.0)),
        ("visible_after_ack.n2.p50_ms", Some(5.0)),
        ("visible_everywhere.p99_ms", Some(5.2)),
        ("visible_everywhere_after_ack.max_ms", Some(5.0)),
        // Five copies show a write: three after 0.1 ms, two after 5.2.
        ("visible_copies.p50_ms", Some(0.1)),
        ("visible_copies.p99_ms", Some(5.2)),
        ("visible_copies_after_ack.p50_ms", Some(0.0)),
        ("visible_copies_after_ack.max_ms", Some(5.0)),
        ("unseen_writes", Some(0.0)),
        ("downtime_per_year_s", Some((1.0 - 5.0 / 6.0) * 31_557_600.0)),
        // One window of a second, in which 5 of 6 succeeded.
        ("availability_by_time", Some(0.0)),
        ("availability_by_time.failures", Some(1.0)),
        ("availability_by_time.mttr_ms", Some(1_000.0)),
        ("availability_by_time.mtbf_ms", Some(0.0)),
        ("stale_reads.versions_p99", Some(1.0)),
        ("stale_reads.oldest_ms", Some(1.8)),
        ("utilisation.n1", Some(0.0)),
        ("stale_reads", Some(0.5)),
        ("stale_reads.versions_mean", Some(0.5)),
        ("stale_reads.versions_max", Some(1.0)),
        ("stale_reads.p50_ms", Some(1.8)),
        ("diverged_keys", Some(0.0)),
    ];
    for (name, expected) in expected {
        assert_eq!(value(metrics, name), expected, "{name}");
    }
    let nines = value(metrics, "nines").expect("something failed");
    assert!((nines - 0.778_151_25).abs() < 1e-8, "{nines}: six is ten to that");
    assert!(metrics.get("queue.n1.mean").is_none(), "nobody ever waits for a node whose work takes no time");
    assert!(metrics.get("batch.wait_ms").is_none(), "nobody gathers");
    let ends: Vec<_> = metrics.points().iter().map(|p| (p.op.0, p.outcome, p.versions_behind)).collect();
    assert_eq!(
        ends,
        [
            (0, Ended::Success, None),
            (1, Ended::Success, None),
            (2, Ended::Success, Some(1)),
            (3, Ended::Success, Some(0)),
            (4, Ended::Unknown, None),
            (5, Ended::Success, None),
        ]
    );
    let visible: Vec<_> = metrics.writes().iter().map(|strip| strip.visible.clone()).collect();
    let us = |us: u64| Some(Time(us * 1_000));
    assert_eq!(visible, [[us(100), us(5_200)], [us(10_100), us(15_200)], [us(100_100), None]]);
    assert_eq!(metrics.writes()[1].acknowledged, us(10_200));
}

#[test]
fn keys_diverge_while_a_write_is_on_its_way() {
    let mut session = Session::new(two_nodes()).expect("valid");
    for (at, diverged) in [(0, 0.0), (3, 1.0), (8, 0.0), (13, 1.0), (17, 0.0)] {
        session.seek(ms(at), u64::MAX);
        assert_eq!(session.metrics().value("diverged_keys"), Some(diverged), "at {at} ms");
    }
}

#[test]
fn a_window_counts_what_ended_in_it() {
    let mut session = Session::new(two_nodes()).expect("valid");
    session.advance(ms(200), u64::MAX);
    let metrics = session.metrics();
    let of = |from, to, name: &str| {
        let window = metrics.window(ms(from), ms(to));
        window.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name}")).value
    };
    assert_eq!(of(0, 10, "operations"), Some(1.0));
    assert_eq!(of(0, 10, "throughput_per_s"), Some(100.0));
    assert_eq!(of(0, 5, "visible.n2.missing"), Some(1.0));
    assert_eq!(of(0, 10, "visible.n2.missing"), Some(0.0));
    assert_eq!(of(10, 20, "stale_reads"), Some(1.0));
    assert_eq!(of(20, 30, "stale_reads"), Some(0.0));
    assert_eq!(of(20, 30, "write.p50_ms"), None);
    assert_eq!(of(60, 80, "availability"), Some(0.0));
    assert_eq!(of(80, 90, "availability"), None);
    assert_eq!(of(10, 12, "visible.n2.p50_ms"), None);
    assert_eq!(of(12, 20, "visible.n2.p50_ms"), Some(5.2));
}

#[test]
fn the_window_of_everything_is_the_whole_run() {
    for protocol in ["primary-backup", "quorum"] {
        let mut session = Session::new(playable(11, protocol)).expect("valid");
        session.advance(ms(3_000), u64::MAX);
        let metrics = session.metrics();
        let window = metrics.window(Time::ZERO, Time::MAX);
        assert!(window.len() > 60);
        for metric in window {
            assert_eq!(Some(&metric), metrics.get(&metric.name));
        }
    }
}

#[test]
fn looking_often_or_once_measures_the_same() {
    let mut often = Session::new(playable(12, "quorum")).expect("valid");
    let mut once = Session::new(playable(12, "quorum")).expect("valid");
    for at in (0..3_000).step_by(7) {
        often.advance(ms(at), u64::MAX);
        often.metrics();
    }
    once.advance(often.now(), u64::MAX);
    assert_eq!(often.metrics().list(), once.metrics().list());
    assert_eq!(often.metrics().writes(), once.metrics().writes());
}

#[test]
fn names_are_unique_and_described() {
    let mut session = Session::new(playable(1, "quorum")).expect("valid");
    session.advance(ms(500), u64::MAX);
    let list = session.metrics().list();
    for (i, metric) in list.iter().enumerate() {
        assert!(!metric.title.is_empty() && !metric.meaning.is_empty() && !metric.unit.is_empty());
        assert!(list[i + 1..].iter().all(|other| other.name != metric.name), "{}", metric.name);
    }
}

/// A cluster at rest is judged by its copies; one at work is not.
#[test]
fn copies_are_judged_once_the_cluster_is_at_rest() {
    // One of three is enough to write, nobody repairs, and n3 misses the write.
    let mut scenario = two_nodes();
    scenario.protocol.name = "quorum".to_owned();
    scenario.protocol.parameters = [("w".to_owned(), ParameterValue::Count(1))].into();
    scenario.nodes.push(Node::new("n3", Position { x_km: 500, y_km: 0 }));
    let step = |at_ms, action| Step { at: ms(at_ms), action };
    scenario.script = vec![
        step(0, StepAction::Isolate { site: "n3".to_owned() }),
        step(10, StepAction::Write { client: "c1".to_owned(), key: 0, value: None }),
        step(100, StepAction::HealAll),
    ];
    let mut session = Session::new(scenario).expect("valid");
    let mut converges = |at| {
        session.seek(ms(at), u64::MAX);
        let verdicts = session.verdicts();
        verdicts.iter().find(|(name, _)| *name == "converges").expect("a checker").1.name()
    };
    assert_eq!((converges(50), converges(600), converges(10_000)), ("unknown", "unknown", "broken"));
}
