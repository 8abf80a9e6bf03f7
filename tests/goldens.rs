//! Golden transcripts: a scenario in, every event of its run out, line by line. A change of any rule shows
//! as a difference that a person can read. `UPDATE=1` rewrites them; every fixed bug leaves one here.
//!
//! The first line of a scenario says how long it runs: `# until 250 ms`.

use std::path::{Path, PathBuf};

use netsplit_scenario::transcript::transcript;
use netsplit_scenario::{Session, text};
use netsplit_sim::machine::Progress;
use netsplit_sim::time::{Span, Time};

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens");
    let entries = std::fs::read_dir(folder).expect("tests/goldens can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
}

fn until(scenario: &str) -> Option<Time> {
    let ms = scenario.lines().next()?.strip_prefix("# until ")?.strip_suffix(" ms")?;
    Some(Time::ZERO + Span::from_ms(ms.parse().ok()?))
}

/// What the run of a scenario looks like: its events, then the verdicts and the hash.
fn play(path: &Path) -> String {
    let scenario = std::fs::read_to_string(path).expect("the scenario can be read");
    let until = until(&scenario).unwrap_or_else(|| panic!("{}: no `# until N ms`", path.display()));
    let scenario = text::parse(&scenario).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut session = Session::new(scenario).unwrap_or_else(|problems| panic!("{problems:?}"));
    while session.advance(until, 10_000) == Progress::OutOfBudget {}
    let mut out = transcript(session.machine(), &|site| session.name_of(site).to_owned());
    out.push('\n');
    for (name, verdict) in session.verdicts().iter() {
        out.push_str(format!("{name}: {} {}", verdict.name(), verdict.sentence()).trim_end());
        out.push('\n');
    }
    out.push_str(&format!("hash: {:016x}\n", session.hash()));
    out
}

#[test]
fn every_golden_run_is_as_it_was() {
    let update = std::env::var_os("UPDATE").is_some();
    let scenarios = scenarios();
    assert!(scenarios.len() >= 4, "the goldens are gone");
    let mut differ = Vec::new();
    for path in scenarios {
        let golden = path.with_extension("txt");
        let run = play(&path);
        if update {
            std::fs::write(&golden, run).expect("the golden can be written");
        } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(&run) {
            differ.push(first_difference(&golden, &run));
        }
    }
    assert!(differ.is_empty(), "UPDATE=1 rewrites the goldens\n{}", differ.join("\n"));
}

fn first_difference(golden: &Path, run: &str) -> String {
    let old = std::fs::read_to_string(golden).unwrap_or_default();
    let (mut old_lines, mut new_lines) = (old.lines(), run.lines());
    for line in 1.. {
        match (old_lines.next(), new_lines.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let name = golden.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return format!(
                    "{name} line {line}:\n  was {}\n  is  {}",
                    a.unwrap_or("-"),
                    b.unwrap_or("-")
                );
            }
        }
    }
    String::new()
}

/// The scenario that the README shows is one, and its run shows what it promises: the cut stops the writes.
#[test]
fn the_scenario_of_the_readme_runs() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README can be read");
    let scenario = readme.split("```toml").nth(1).and_then(|rest| rest.split("```").next());
    let scenario = text::parse(scenario.expect("the README shows a scenario"));
    let mut session = Session::new(scenario.expect("it is valid")).expect("it can be built");
    session.seek(Time::ZERO + Span::from_s(3), u64::MAX);
    let metrics = session.metrics();
    assert!(metrics.value("acknowledged_writes").is_some_and(|writes| writes > 5.0));
    assert!(metrics.value("unknown_outcomes").is_some_and(|unknown| unknown >= 1.0));
}
