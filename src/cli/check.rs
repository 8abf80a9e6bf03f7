//! `netsplit check`: judges a history of this simulator or of any other system, or a folder of them.

mod folder;

use netsplit_checkers::formats::{self, Format};
use netsplit_checkers::{ALL, Checker, DEFAULT_BUDGET, Input, Observations, Verdict, find};
use netsplit_scenario::problem::one_of;
use serde_json::{Value, json};

use crate::arguments::CheckOptions;
use crate::convert::ReadFile;
use crate::reply::{Reply, table};

pub(crate) fn check(options: &CheckOptions, read: ReadFile<'_>) -> Result<Reply, String> {
    let checkers = checkers(&options.model)?;
    let format = options.format.as_deref().map(format).transpose()?;
    if let Some(verdicts) = &options.verdicts {
        return folder::check(options, verdicts, format, read);
    }
    let file = &options.file;
    let text = read(file)?.ok_or_else(|| format!("{file}: there is no such file\n"))?;
    let observations = history(file, &text, format)?;
    let verdicts: Vec<(&Checker, Verdict)> =
        checkers.into_iter().map(|checker| (checker, judge(checker, &observations, options))).collect();
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

/// The checkers of a name, or all.
fn checkers(model: &str) -> Result<Vec<&'static Checker>, String> {
    match model {
        "all" => Ok(ALL.iter().collect()),
        name => find(name).map(|checker| vec![checker]).ok_or_else(|| {
            let names: Vec<&str> = ALL.iter().map(|checker| checker.name).collect();
            format!("there is no model {name:?}; there are {} and all\n", names.join(", "))
        }),
    }
}

fn format(name: &str) -> Result<Format, String> {
    let names = one_of(Format::ALL.map(Format::name));
    Format::find(name).ok_or_else(|| format!("there is no format {name:?} of histories; there are {names}\n"))
}

/// The history of a file.
fn history(file: &str, text: &str, format: Option<Format>) -> Result<Observations, String> {
    let format = format.or_else(|| formats::detect(text)).ok_or_else(|| {
        format!(
            "{file}: this looks like none of the forms of histories, {}; --format says which it is\n",
            one_of(Format::ALL.map(Format::title))
        )
    })?;
    formats::read(format, text).map_err(|problem| format!("{file}: {problem}\n"))
}

fn judge(checker: &Checker, observations: &Observations, options: &CheckOptions) -> Verdict {
    let input = Input { bounds: options.bounds, ..Input::of(observations) };
    (checker.check)(&input, options.budget.unwrap_or(DEFAULT_BUDGET))
}

fn code(verdicts: &[(&Checker, Verdict)]) -> u8 {
    let any = |state: &str| verdicts.iter().any(|(_, verdict)| verdict.name() == state);
    match (any("broken"), any("unknown")) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 0,
    }
}
