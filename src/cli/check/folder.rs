//! A folder of histories beside the verdicts that somebody else came to.

use std::collections::BTreeMap;

use netsplit_checkers::formats::Format;
use netsplit_checkers::{Checker, Observations, Verdict};
use serde_json::{Value, json};

use crate::arguments::CheckOptions;
use crate::convert::ReadFile;
use crate::reply::Reply;

/// What a file's name may end with.
const ENDINGS: [&str; 5] = ["", ".jsonl", ".edn", ".log", ".txt"];

/// A history and what is said of it.
struct Case {
    name: String,
    observations: Observations,
    /// The checkers to ask, each with whether its promise is said to hold.
    expected: Vec<(&'static Checker, bool)>,
}

/// A checker that came to another verdict.
struct Difference {
    name: String,
    model: &'static str,
    expected: bool,
    found: Verdict,
}

pub(super) fn check(
    options: &CheckOptions,
    verdicts: &str,
    format: Option<Format>,
    read: ReadFile<'_>,
) -> Result<Reply, String> {
    let cases = cases(options, verdicts, format, read)?;
    let (mut compared, mut differences) = (0, Vec::new());
    let start = seconds_used();
    for case in &cases {
        for &(checker, expected) in &case.expected {
            compared += 1;
            let found = super::judge(checker, &case.observations, options);
            if found.name() != state(expected) {
                differences.push(Difference {
                    name: case.name.clone(),
                    model: checker.name,
                    expected,
                    found,
                });
            }
        }
    }
    let seconds = seconds_used() - start;
    let operations: usize = cases.iter().map(|case| case.observations.operations.len()).sum();
    let (histories, differing) = (cases.len(), differences.len());
    let agreeing = compared - differing;
    let out = if options.json {
        let list: Vec<Value> = (differences.iter())
            .map(|one| {
                json!({
                    "name": one.name,
                    "model": one.model,
                    "expected": state(one.expected),
                    "found": one.found.name(),
                    "sentence": one.found.sentence(),
                })
            })
            .collect();
        let report = json!({
            "histories": histories,
            "operations": operations,
            "agree": agreeing,
            "differ": differing,
            "seconds": seconds,
            "differences": list,
        });
        format!("{report:#}\n")
    } else {
        let mut out = String::new();
        for Difference { name, model, expected, found } in &differences {
            let sentence = found.sentence();
            let why = if sentence.is_empty() { String::new() } else { format!(" ({sentence})") };
            out.push_str(&format!("{name}: {model} {}, expected {}{why}\n", found.name(), state(*expected)));
        }
        out.push_str(&format!(
            "{histories} histories with {operations} operations: {agreeing} verdicts agree, {differing} differ; \
             {seconds:.3} s of processor time to judge them\n"
        ));
        out
    };
    Ok(Reply { code: u8::from(differing > 0), ..Reply::good(out) })
}

fn state(holds: bool) -> &'static str {
    if holds { "holds" } else { "broken" }
}

/// Every history that has a verdict and every verdict that has a history, or what is missing.
fn cases(
    options: &CheckOptions,
    verdicts: &str,
    format: Option<Format>,
    read: ReadFile<'_>,
) -> Result<Vec<Case>, String> {
    let text = read(verdicts)?.ok_or_else(|| format!("{verdicts}: there is no such file\n"))?;
    let said: BTreeMap<String, Value> =
        serde_json::from_str(&text).map_err(|error| format!("{verdicts}: expected an object: {error}\n"))?;
    let folder = options.file.trim_end_matches('/');
    let mut files = listing(folder);
    let mut cases = Vec::with_capacity(said.len());
    for (name, said) in said {
        let expected =
            expected(options, &said).map_err(|problem| format!("{verdicts}: {name}: {problem}\n"))?;
        let mut found = None;
        for ending in ENDINGS {
            let file = format!("{name}{ending}");
            let path = format!("{folder}/{file}");
            if let Some(text) = read(&path)? {
                files.retain(|other| *other != file);
                found = Some((path, text));
                break;
            }
        }
        let (path, text) = found.ok_or_else(|| format!("{folder}: there is no history {name}\n"))?;
        cases.push(Case { observations: super::history(&path, &text, format)?, name, expected });
    }
    match files.first() {
        Some(file) => Err(format!("{verdicts}: there is no verdict on {file}\n")),
        None => Ok(cases),
    }
}

/// The histories of a folder that can be listed.
fn listing(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| ENDINGS[1..].iter().any(|ending| name.ends_with(ending))).collect();
    names.sort_unstable();
    names
}

/// The verdicts on a history: one for the model that was asked for, or several by their names.
fn expected(options: &CheckOptions, said: &Value) -> Result<Vec<(&'static Checker, bool)>, String> {
    let wrong = || "expected true or false, or an object of them by model".to_owned();
    match said {
        Value::Bool(holds) if options.model == "all" => {
            let linearizable = super::checkers("linearizable")?;
            Ok(linearizable.into_iter().map(|checker| (checker, *holds)).collect())
        }
        Value::Bool(holds) => {
            Ok(super::checkers(&options.model)?.into_iter().map(|checker| (checker, *holds)).collect())
        }
        Value::Object(models) => {
            let mut expected = Vec::new();
            for (model, holds) in models {
                if options.model == "all" || options.model == *model {
                    let holds = holds.as_bool().ok_or_else(wrong)?;
                    let checkers = super::checkers(model).map_err(|error| error.trim_end().to_owned())?;
                    expected.extend(checkers.into_iter().map(|checker| (checker, holds)));
                }
            }
            Ok(expected)
        }
        _ => Err(wrong()),
    }
}

/// Processor time of this process, where the system tells it; else wall-clock time.
fn seconds_used() -> f64 {
    let scheduled = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    if let Some(ns) = scheduled.split(' ').next().and_then(|word| word.parse::<f64>().ok()) {
        return ns / 1e9;
    }
    #[allow(clippy::disallowed_methods, clippy::disallowed_types)] // It only says how long the judging took.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}
