//! `netsplit check`: judges a history of this simulator or of any other system.

use netsplit_checkers::{ALL, Checker, DEFAULT_BUDGET, Input, Verdict, find, jsonl};
use serde_json::{Value, json};

use crate::arguments::CheckOptions;
use crate::convert::ReadFile;
use crate::reply::{Reply, table};

pub(crate) fn check(options: &CheckOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let checkers: Vec<&Checker> = match options.model.as_str() {
        "all" => ALL.iter().collect(),
        name => vec![find(name).ok_or_else(|| {
            let names: Vec<&str> = ALL.iter().map(|checker| checker.name).collect();
            format!("there is no model {name:?}; there are {} and all\n", names.join(", "))
        })?],
    };
    let file = &options.file;
    let text = read(file)?.ok_or_else(|| format!("{file}: there is no such file\n"))?;
    let observations = jsonl::read(&text).map_err(|problem| format!("{file}: {problem}\n"))?;
    let input = Input { observations: &observations, replicas: None };
    let budget = options.budget.unwrap_or(DEFAULT_BUDGET);
    let verdicts: Vec<(&Checker, Verdict)> =
        checkers.into_iter().map(|checker| (checker, (checker.check)(&input, budget))).collect();
    let out = if options.json {
        let list: Vec<Value> = (verdicts.iter())
            .map(|(checker, verdict)| {
                json!({
                    "model": checker.name,
                    "operations": observations.operations.len(),
                    "state": verdict.name(),
                    "sentence": verdict.sentence(),
                })
            })
            .collect();
        match <[Value; 1]>::try_from(list) {
            Ok([only]) => format!("{only:#}\n"),
            Err(list) => format!("{:#}\n", Value::from(list)),
        }
    } else {
        let rows: Vec<Vec<String>> = (verdicts.iter())
            .map(|(checker, verdict)| {
                vec![checker.name.to_owned(), verdict.name().to_owned(), verdict.sentence().to_owned()]
            })
            .collect();
        table(&rows)
    };
    Ok(Reply { code: code(&verdicts), ..Reply::good(out) })
}

fn code(verdicts: &[(&Checker, Verdict)]) -> u8 {
    let any = |state: &str| verdicts.iter().any(|(_, verdict)| verdict.name() == state);
    match (any("broken"), any("unknown")) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 0,
    }
}
