//! Sweeps against single runs, in any order and in pieces.

use netsplit_scenario::link::{Shared, encode};
use netsplit_scenario::model::{Node, ProtocolChoice};
use netsplit_sim::setup::{Mix, Pace, Position};
use netsplit_sim::time::Span;

use super::*;
use crate::work::{Bench, Report, Task, report_bytes, report_of, task_bytes, task_of};

fn plan(axes: &[(&str, &[f64])], seeds: u16, measures: &[&str]) -> Plan {
    let axis = |(knob, values): &(&str, &[f64])| Axis { knob: (*knob).to_owned(), values: values.to_vec() };
    Plan {
        axes: axes.iter().map(axis).collect(),
        seeds,
        until_ns: 2_000_000_000,
        measures: measures.iter().map(|measure| (*measure).to_owned()).collect(),
    }
}

fn all(sweep: &Sweep) -> Results {
    let mut results = Results::new(sweep);
    for job in 0..sweep.jobs() {
        let values = sweep.begin(job).expect("it begins").advance(sweep.plan(), u64::MAX).expect("it ends");
        results.add(job, values);
    }
    results
}

#[test]
fn a_cell_is_the_run_that_its_scenario_makes() {
    let plan =
        plan(&[("acks", &[0.0, 2.0]), ("base_ms", &[1.0, 5.0, 9.0])], 2, &["write.p50_ms", "messages"]);
    let sweep = Sweep::new(Scenario::default(), plan).expect("the plan is sound");
    assert_eq!((sweep.cells(), sweep.jobs()), (6, 12));
    assert_eq!(sweep.words(4), "acks 2, base_ms 5");
    let results = all(&sweep);
    let mut alone = Session::new(Scenario { seed: 2, ..sweep.scenario_of(4) }).expect("it is valid");
    alone.advance(Time(2_000_000_000), u64::MAX);
    let expected = alone.metrics().value("write.p50_ms").expect("there are writes");
    let of_cell = results.of_cell(4, 0);
    assert_eq!(of_cell[1], expected, "the second round has the next seed");
    // Waiting for two copies takes longer than waiting for none, and so does a longer way.
    let mean = |cell| results.summary(cell, 0).expect("measured").mean;
    assert!(mean(3) > mean(0) && mean(5) > mean(3));
}

#[test]
fn the_order_of_jobs_and_the_size_of_slices_change_nothing() {
    let plan = plan(&[("loss", &[0.0, 0.2])], 3, &["read.mean_ms", "broken.linearizable", "no.such"]);
    let sweep = Sweep::new(Scenario::default(), plan.clone()).expect("the plan is sound");
    let whole = all(&sweep);
    let link = encode(&Shared { scenario: Scenario::default(), until: Time::ZERO, hash: None })
        .expect("it is short");
    // Two workers, the second one first, and everything through bytes.
    let mut results = Results::new(&sweep);
    for first in [1, 0] {
        let mut bench = Bench::default();
        let task = Task::Sweep { link: link.clone(), plan: plan.clone(), first, of: 2 };
        bench.begin(task_of(&task_bytes(&task)).expect("a task survives its bytes"));
        let mut last = None;
        while bench.is_busy() {
            for report in bench.work() {
                let report = report_of(&report_bytes(&report)).expect("a report survives its bytes");
                if let Report::Job { job, values } = &report {
                    results.add(*job as usize, values.clone());
                }
                last = Some(report);
            }
        }
        assert_eq!(last, Some(Report::Done));
    }
    assert_eq!(results, whole);
    assert_eq!((results.done(), results.summary(0, 2)), (6, None));
    assert_eq!(results.csv(&sweep), whole.csv(&sweep));
    assert_eq!(whole.csv(&sweep).lines().count(), 1 + 2 * 3);
    assert!(whole.csv(&sweep).starts_with("loss,measure,seeds,mean,low_95,high_95,least,most,formula\n"));
}

#[test]
fn a_plan_that_can_t_be_run_says_why() {
    let refused = |plan: Plan| Sweep::new(Scenario::default(), plan).expect_err("it is wrong");
    let measures: &[&str] = &["read.mean_ms"];
    assert!(refused(plan(&[("nothing", &[1.0])], 1, measures)).contains("nothing called \"nothing\""));
    assert_eq!(
        refused(plan(&[("acks", &[3.0])], 1, measures)),
        "acks: expected a whole number from 0 to 2 and found \"3\""
    );
    assert!(refused(plan(&[("acks", &[])], 1, measures)).contains("from 1 to 64 values"));
    assert!(refused(plan(&[("acks", &[1.0]), ("acks", &[2.0])], 1, measures)).contains("two different"));
    assert!(refused(plan(&[("acks", &[1.0])], 0, measures)).contains("seeds"));
    assert!(refused(plan(&[("acks", &[1.0])], 1, &[])).contains("measures"));
    assert!(refused(plan(&[("acks", &[1.0])], 1, &["broken.nothing"])).contains("no promise"));
    let many: Vec<f64> = (1..=64).map(f64::from).collect();
    assert!(
        refused(plan(&[("loss", &[0.0]), ("base_ms", &many)], 1_000, measures)).contains("20000 is the most")
    );
    assert!(refused(plan(&[], 1, measures)).contains("one knob or two"));
}

/// One node that everybody asks at random times.
fn queue(varies: bool, per_second: f64) -> Scenario {
    let node =
        Node { service: Span::from_ms(1), service_varies: varies, ..Node::new("n1", Position::default()) };
    let mut scenario = Scenario {
        protocol: ProtocolChoice { name: "single".to_owned(), parameters: Default::default() },
        nodes: vec![node],
        ..Scenario::default()
    };
    let client = &mut scenario.clients[0];
    client.pace = Pace::Open { per_second };
    client.mix = Mix { read: 1, ..Mix::default() };
    client.timeout = Span::from_s(60);
    scenario
}

#[test]
fn queues_are_as_long_as_the_formulas_say() {
    for varies in [true, false] {
        let mut plan = plan(&[("per_second", &[500.0, 800.0])], 8, &["read.mean_ms", "utilisation.n1"]);
        plan.until_ns = 40_000_000_000;
        let sweep = Sweep::new(queue(varies, 100.0), plan).expect("the plan is sound");
        let results = all(&sweep);
        for cell in 0..2 {
            for measure in 0..2 {
                let summary = results.summary(cell, measure).expect("measured");
                let theory = sweep.theory(cell, measure).expect("there is a formula").value;
                let (low, high) = summary.interval();
                // Twice the interval: one cell in a few thousand would be outside of it by chance.
                let slack = high - low;
                assert!(
                    (low - slack..=high + slack).contains(&theory),
                    "{varies} {cell} {measure}: {summary:?} against {theory}"
                );
                assert!(summary.half_width.is_some_and(|half| half < 0.1 * summary.mean), "{summary:?}");
            }
        }
    }
}

#[test]
fn no_answer_comes_sooner_than_light() {
    let plan = plan(&[("distances", &[0.5, 1.0, 3.0])], 2, &["read.p50_ms", "write.p50_ms"]);
    let sweep = Sweep::new(Scenario::default(), plan).expect("the plan is sound");
    let results = all(&sweep);
    for cell in 0..3 {
        for measure in 0..2 {
            let floor = sweep.theory(cell, measure).expect("there is a floor");
            assert!(floor.is_floor && results.summary(cell, measure).expect("measured").least >= floor.value);
        }
    }
}
