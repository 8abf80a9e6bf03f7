//! `netsplit sweep`: the same scenario with a knob at several values, many seeds each, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use netsplit_lab::knob::knobs;
use netsplit_lab::sweep::{Axis, Plan, Results, Sweep, measures};
use netsplit_scenario::Scenario;
use serde_json::{Value, json};

use crate::arguments::SweepOptions;
use crate::convert::{ReadFile, open};
use crate::reply::{Reply, table};

/// The events of a slice; nobody waits for it here.
const SLICE: u64 = 1_000_000;

pub(crate) fn sweep(options: &SweepOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let shared = open(&options.source, read)?;
    let scenario = shared.scenario;
    if options.vary.is_empty() {
        return Ok(Reply::good(choices(&scenario)));
    }
    let mut axes = Vec::new();
    for text in &options.vary {
        let (name, values) = text
            .split_once('=')
            .ok_or_else(|| format!("{text}: expected a knob and its values, such as acks=0..2\n"))?;
        let all = knobs(&scenario);
        let knob = all.iter().find(|knob| knob.id == name);
        let values = match knob {
            Some(knob) => knob.read_list(values).map_err(|problem| format!("{problem}\n"))?,
            // The sweep says which there are.
            None => Vec::new(),
        };
        axes.push(Axis { knob: name.to_owned(), values });
    }
    let known = measures(&scenario);
    for measure in &options.measures {
        let is_known = known.iter().any(|(name, ..)| name == measure) || measure.starts_with("broken.");
        if !is_known {
            return Err(format!(
                "there is no measure called {measure:?}; netsplit sweep FILE without --vary lists them\n"
            ));
        }
    }
    let plan = Plan {
        axes,
        seeds: options.seeds,
        until_ns: options.until.unwrap_or(shared.until).0,
        measures: options.measures.clone(),
    };
    let sweep = Sweep::new(scenario, plan).map_err(|problem| format!("{problem}\n"))?;
    let results = play(&sweep, options.threads);
    Ok(Reply::good(if options.json {
        format!("{:#}\n", as_json(&sweep, &results))
    } else if options.csv {
        results.csv(&sweep)
    } else {
        as_table(&sweep, &results)
    }))
}

/// Plays every job, on so many threads, or on as many as there are cores.
fn play(sweep: &Sweep, threads: Option<usize>) -> Results {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.unwrap_or(cores).clamp(1, sweep.jobs());
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Results::new(sweep));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= sweep.jobs() {
                        return;
                    }
                    // Every cell's scenario was checked, so a run begins.
                    let Some(mut run) = sweep.begin(job) else { continue };
                    let values = loop {
                        if let Some(values) = run.advance(sweep.plan(), SLICE) {
                            break values;
                        }
                    };
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(job, values);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn as_table(sweep: &Sweep, results: &Results) -> String {
    let mut head: Vec<String> = sweep.knobs().iter().map(|knob| knob.id.clone()).collect();
    head.extend(["measure", "mean", "± (95 %)", "least", "most", "seeds", "formula"].map(str::to_owned));
    let mut rows = vec![head];
    for cell in 0..sweep.cells() {
        for (index, measure) in sweep.plan().measures.iter().enumerate() {
            let values = sweep.values(cell);
            let mut row: Vec<String> =
                sweep.knobs().iter().zip(&values).map(|(knob, value)| knob.value_text(*value)).collect();
            row.push(measure.clone());
            match results.summary(cell, index) {
                None => row.extend(["–", "", "", "", "0"].map(str::to_owned)),
                Some(summary) => row.extend([
                    number(summary.mean),
                    summary.half_width.map_or_else(String::new, number),
                    number(summary.least),
                    number(summary.most),
                    summary.count.to_string(),
                ]),
            }
            row.push(sweep.theory(cell, index).map_or_else(String::new, |found| {
                format!(
                    "{}{} ({})",
                    if found.is_floor { "at least " } else { "" },
                    number(found.value),
                    found.formula
                )
            }));
            rows.push(row);
        }
    }
    table(&rows)
}

fn as_json(sweep: &Sweep, results: &Results) -> Value {
    let cells: Vec<Value> = (0..sweep.cells())
        .map(|cell| {
            let values = sweep.values(cell);
            let knobs: serde_json::Map<String, Value> = sweep
                .knobs()
                .iter()
                .zip(&values)
                .map(|(knob, value)| {
                    let text = knob.choices.get(*value as usize).filter(|_| !knob.choices.is_empty());
                    (knob.id.clone(), text.map_or_else(|| json!(value), |choice| json!(choice)))
                })
                .collect();
            let measures: serde_json::Map<String, Value> = (sweep.plan().measures.iter().enumerate())
                .map(|(index, measure)| {
                    let summary = results.summary(cell, index).map(|summary| {
                        json!({
                            "seeds": summary.count,
                            "mean": summary.mean,
                            "half_width_95": summary.half_width,
                            "least": summary.least,
                            "most": summary.most,
                            "formula": sweep.theory(cell, index).map(|found| found.value),
                        })
                    });
                    (measure.clone(), summary.unwrap_or(Value::Null))
                })
                .collect();
            json!({ "knobs": knobs, "measures": measures })
        })
        .collect();
    Value::from(cells)
}

/// What can be turned and measured.
fn choices(scenario: &Scenario) -> String {
    let mut text =
        "What can be turned (--vary NAME=VALUES, such as 0, 1, 5 or 1..9 or 0..1 by 0.25):\n".to_owned();
    let rows = knobs(scenario).into_iter().map(|knob| {
        let range = if knob.choices.is_empty() {
            format!("{} to {} {}", knob.bounds.0, knob.bounds.1, knob.unit)
        } else {
            knob.choices.join(", ")
        };
        vec![knob.id.clone(), range, format!("now {}", knob.value_text(knob.now)), knob.title]
    });
    text.push_str(&table(&rows.collect::<Vec<_>>()));
    text.push_str("\nWhat can be measured (--measure NAME,NAME):\n");
    let rows = measures(scenario).into_iter().map(|(name, title, unit)| vec![name, unit.to_owned(), title]);
    text.push_str(&table(&rows.collect::<Vec<_>>()));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::reply::Reply;

    const SCENARIO: &str = "
[protocol]
name = \"primary-backup\"
[[nodes]]
name = \"n1\"
[[nodes]]
name = \"n2\"
x_km = 500
[[clients]]
name = \"c1\"
";

    fn run(line: &str) -> Reply {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        crate::perform(&words, &|name| Ok((name == "a.toml").then(|| SCENARIO.to_owned())))
    }

    #[test]
    fn threads_change_nothing() {
        let line = "sweep a.toml --vary acks=0..1 --lines base_ms=1,9 --measure write.p50_ms,broken.linearizable --seeds 3 --until 1s --json";
        let one = run(&format!("{line} --threads 1"));
        assert_eq!(one, run(&format!("{line} --threads 4")));
        let cells: Value = serde_json::from_str(&one.out).expect("it is JSON");
        assert_eq!(cells.as_array().map(Vec::len), Some(4));
        let mean = |cell: usize| cells[cell]["measures"]["write.p50_ms"]["mean"].as_f64().expect("measured");
        // One way to n2 and back is 5 ms of light and twice the extra delay.
        assert!(mean(2) > mean(0) + 5.0 && mean(3) > mean(2) + 15.0, "{}", one.out);
        assert_eq!(cells[3]["knobs"]["base_ms"], 9.0);
        assert_eq!(cells[0]["measures"]["write.p50_ms"]["seeds"], 3);
        assert_eq!(cells[0]["measures"]["broken.linearizable"]["mean"], 0.0);
    }

    #[test]
    fn tables_and_lists_are_for_people() {
        let table = run("sweep a.toml --vary acks=0..1 --measure write.p50_ms --seeds 2 --until 500ms");
        assert_eq!((table.code, table.out.lines().count()), (0, 3));
        assert!(table.out.contains("± (95 %)") && table.out.contains("at least"), "{}", table.out);
        let csv =
            run("sweep a.toml --vary acks=0..1 --measure write.p50_ms --seeds 2 --until 500ms --as csv");
        assert!(csv.out.starts_with("acks,measure,seeds,mean,"));
        let list = run("sweep a.toml");
        assert!(list.out.contains("acks") && list.out.contains("write.p50_ms"), "{}", list.out);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, sentence) in [
            ("sweep a.toml --vary acks", "expected a knob and its values"),
            ("sweep a.toml --vary acks=0..9", "acks: expected a whole number from 0 to 1"),
            ("sweep a.toml --vary nothing=1", "nothing called \"nothing\""),
            ("sweep a.toml --vary acks=0 --measure nothing", "no measure called \"nothing\""),
            ("sweep a.toml --vary acks=0 --measure broken.nothing", "no promise called \"nothing\""),
            ("sweep a.toml --vary acks=0 --as xml", "--as is csv"),
            ("sweep nowhere.toml --vary acks=0", "no such file"),
        ] {
            let reply = run(line);
            assert_eq!(reply.code, 64, "{line}");
            assert!(reply.error.contains(sentence), "{line}: {}", reply.error);
        }
    }
}
