//! The command line of Netsplit: plays scenarios and judges histories without a page.
//!
//! ```text
//! netsplit run FILE|LINK [--seed N] [--until 10s] [--json]
//! netsplit check HISTORY [--format edn] [--model linearizable] [--versions 1] [--within 1s] [--budget N] [--json]
//! netsplit check --verdicts FILE FOLDER [--format edn] [--model linearizable] [--budget N] [--json]
//! netsplit export FILE|LINK --format jsonl|edn|porcupine-etcd|porcupine-kv|shiviz [--until 10s] [--key k1]
//! netsplit protocols [--json]
//! netsplit partitioners [--json]
//! netsplit messages [--nodes 5] [--json]
//! netsplit figures [GROUP] [--full] [--json]
//! netsplit faults FILE --kinds cut,crash [--seed 1] [--per-minute 6] [--lasting 2s] [--from 0s] [--until 10s]
//! netsplit faults FILE --mtbf 90s --mttr 10s [--seed 1] [--nodes N] [--from 0s] [--until 10s]
//! netsplit sweep FILE|LINK [--vary acks=0..2] [--lines base_ms=1,10] [--measure NAME,NAME] [--seeds 10] [--until 10s] [--threads N] [--as csv] [--json]
//! netsplit link FILE [--until 10s]
//! netsplit text LINK [--json]
//! netsplit --help | --version
//! ```
//!
//! **run** plays a scenario to an instant and prints what was measured. Without `--until` that is the
//! instant of the link, or 10 s. As JSON: `protocol`; `seed`; `time_ns`, the instant reached; `hash`, the
//! hash of the run there, 16 hexadecimal digits; `replay`, `"verified"` or `"differs"` if a link told the
//! hash and neither its seed nor its instant was changed, else `null`; `full`, whether the record filled
//! up before the instant; `metrics`, an object of numbers by name, `null` where there was nothing to
//! measure; `verdicts`, a list of `name`, `state` (`holds`, `broken` or `unknown`) and `sentence`, the
//! witness or the reason. The exit code is 1 if the replay differs.
//!
//! **check** judges a history. Its format is found by how it begins, or told: `jsonl` (one operation a line as JSON),
//! `edn` (Jepsen's), `porcupine-etcd` or `porcupine-kv` ([`netsplit_checkers::formats`] describes them). `--versions` and
//! `--within` are the bounds of bounded staleness. As JSON: `model`, `operations` (their number) and
//! `state` and `sentence` as above. The exit code is 0 if it holds, 1 if it is broken, 2 if unknown.
//!
//! With `--verdicts` it judges a folder of them. The file is a JSON object: by the name of a history, with or without the
//! ending of its file, `true` if the model holds, or an object of such by the name of the model. As JSON: `histories`,
//! `operations`, `agree` and `differ` (their numbers), `seconds` (processor time without the reading), and
//! `differences`, a list of `name`, `model`, `expected`, `found` and `sentence`. The exit code is 1 if anything differs.
//!
//! **export** plays a scenario as **run** does and writes what its clients saw, or with `shiviz` a log for ShiViz, which draws
//! it as a space-time diagram. What a format has no words for is left out if that can't make a difference to
//! linearizability, and then it is told on the standard error; else nothing is written.
//!
//! **protocols** describes the protocols. As JSON, a list of `id`, `title`, `summary`, `paper`,
//! `parameters` (`id`, the `name` in scenarios, `title`, `summary`, `kind`, and the bounds and default in
//! a cluster of three nodes: `least`, `most`, `default` and `unit`, times in milliseconds; for a choice `of`
//! and `default`), `messages`, `timers` and `notes` (`name`, `summary`), `commands` (`id`, `title`, `summary`,
//! `target`: whether it is about another node), and, at the defaults in a cluster of three nodes, `calls` (the
//! kinds of operation that it carries out), `promises` and `contract`: `consistency`, `durability`, `reads` and
//! `writes` (how many `nodes` they need, and whether the `primary` has to be one) and `tolerances` (`fault`;
//! `survives`, which is `"any"`, `"none"` or on how many nodes; `then`).
//!
//! **messages** measures what a committed write costs in messages, beside what the literature says
//! ([`netsplit_scenario::cost`] has the rule: a message belongs to a write if the write's arrival at a node, or
//! that of a message that belongs to it, had it sent; what a timer sets off is background). As JSON, a list of
//! `protocol`, `setting`, `nodes`, `counted` (which messages), `formula`, `expected`, `measured`, `difference`,
//! `source` (`null` where nobody has written down what the literature says), and of each write `between_nodes`, `requests` and `answers`; `background_per_s`; `writes`.
//!
//! **partitioners** describes the ways to split data among nodes. As JSON: `parameters`, those that all of them have, and
//! `schemes`, a list of `id`, `title`, `summary`, `paper`, `ordered` (whether keys keep their order, so that it has split
//! points) and `parameters`, its own. Parameters are as those of protocols.
//!
//! **figures** measures what the literature has a number for, and prints both: all groups or one, quickly or with
//! `--full` in some minutes and closer. As JSON, a list of `group`, `what`, `measured`, `published`, `difference`, `within` (how
//! much of a difference luck and rounding allow), `agrees`, `note` (why it may differ) and `source`. The exit code is 1 if
//! a figure is further off than `within`.
//!
//! **faults** prints a scenario with random faults in its script, as ordinary steps. `--kinds` are those of the
//! contracts, `--per-minute` holds for each kind, `--lasting` is a mean, everything is mended at `--until`, and
//! `--nodes` bounds how many different nodes suffer each kind. With `--mtbf` and `--mttr` in place of kinds, every node (or the
//! first `--nodes`) runs for an exponential time of that mean, is down for one of that mean, and so on: in the long run it
//! is up for MTBF / (MTBF + MTTR) of the time.
//!
//! **sweep** plays a scenario with one knob or two at several values, each with several seeds, on all cores, and prints
//! the mean of each measure with its 95 % confidence interval, beside the formula where there is one. As JSON, a list of
//! `knobs` (name and value) and `measures`: by name `seeds`, `mean`, `half_width_95`, `least`, `most`, `formula`.
//!
//! **link** and **text** turn one form of a scenario into the other. A link shows the run at an instant,
//! 10 s where none is given. As JSON the scenario has the fields of the text. Where a file is asked for,
//! any of the three forms will do.
//!
//! Anything wrong with what was given is a sentence on the standard error and exit code 64. A file name
//! of `-` is the standard input.

use std::io::Write;
use std::process::ExitCode;

mod arguments;

mod reply;

mod run;

mod check;

mod export;

mod protocols;

mod partitioners;

mod messages;

mod figures;

mod faults;

mod sweep;

mod convert;

use arguments::Command;
use reply::Reply;

const HELP: &str = "\
Netsplit: distributed systems, simulated.

  netsplit run FILE|LINK [--seed N] [--until 10s|500ms|12345ns] [--json]
      Play a scenario and print what was measured.
  netsplit check HISTORY [--format jsonl|edn|porcupine-etcd|porcupine-kv]
                 [--model NAME|all] [--versions 1] [--within 1s] [--budget N] [--json]
      Judge a history. Exit code 0: holds, 1: broken, 2: unknown.
  netsplit check --verdicts FILE FOLDER [--model NAME|all] [--json]
      Judge every history that FILE has a verdict on. Exit code 1 if any differs.
  netsplit export FILE|LINK --format jsonl|edn|porcupine-etcd|porcupine-kv|shiviz
                  [--until 10s] [--key k1]
      Play a scenario and write what its clients saw, or a log for ShiViz.
  netsplit protocols [--json]
      Describe the protocols and their parameters.
  netsplit partitioners [--json]
      Describe the ways to split data among nodes, and their parameters.
  netsplit messages [--nodes 5] [--json]
      Measure what a committed write costs in messages, beside what the literature
      says. A message belongs to a write if the write's arrival at a node, or that of
      another of its messages, had it sent; what a timer sets off is background.
  netsplit figures [GROUP] [--full] [--json]
      Measure what the literature has a number for, and print both. --full takes some
      minutes and comes closer. Exit code 1: a figure is further off than it may be.
  netsplit faults FILE --kinds cut,crash [--seed 1] [--per-minute 6] [--lasting 2s]
                  [--from 0s] [--until 10s] [--nodes N]
      Print the scenario with random faults in its script, so many of each kind in a
      minute, each lasting so long on average, on at most N different nodes.
  netsplit faults FILE --mtbf 90s --mttr 10s [--seed 1] [--nodes N] [--from 0s]
                  [--until 10s]
      The same with nodes that crash by themselves: each runs for so long on average,
      is down for so long on average, and so on; N: only the first N nodes.
  netsplit sweep FILE|LINK [--vary acks=0..2] [--lines base_ms=1,10]
                  [--measure write.p50_ms,availability] [--seeds 10] [--until 10s]
                  [--threads N] [--as csv] [--json]
      Play it with one thing (or two) at several values, several seeds each, on all
      cores; without --vary, list what can be turned and measured.
  netsplit link FILE [--until 10s]
      Print the link of a scenario file, as the run is at that instant.
  netsplit text LINK [--json]
      Print the scenario file of a link.

A FILE of - is the standard input. Bad input: exit code 64.
";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let reply = perform(&arguments, &read_file);
    // Whoever reads may have gone away, and wants to hear no more.
    let _ = std::io::stdout().write_all(reply.out.as_bytes());
    let _ = std::io::stderr().write_all(reply.error.as_bytes());
    ExitCode::from(reply.code)
}

/// Does what the arguments say. `read` gives the text of a file, or `None` if there is no such file.
fn perform(arguments: &[String], read: &dyn Fn(&str) -> Result<Option<String>, String>) -> Reply {
    let command = match arguments::parse(arguments) {
        Ok(command) => command,
        Err(sentence) => return Reply::bad(format!("{sentence}\nTry: netsplit --help\n")),
    };
    let done = match command {
        Command::Help => Ok(Reply::good(HELP)),
        Command::Version => Ok(Reply::good(concat!("netsplit ", env!("CARGO_PKG_VERSION"), "\n"))),
        Command::Run(options) => run::run(&options, read),
        Command::Check(options) => check::check(&options, read),
        Command::Export(options) => export::export(&options, read),
        Command::Protocols { json } => Ok(protocols::describe(json)),
        Command::Partitioners { json } => Ok(partitioners::describe(json)),
        Command::Figures { group, full, json } => figures::figures(group.as_deref(), full, json),
        Command::Messages { nodes, json } => messages::messages(nodes, json),
        Command::Sweep(options) => sweep::sweep(&options, read),
        Command::Faults(options) => faults::faults(&options, read),
        Command::Link { file, until } => convert::to_link(&file, until, read),
        Command::Text { link, json } => convert::to_text(&link, json, read),
    };
    done.unwrap_or_else(Reply::bad)
}

fn read_file(name: &str) -> Result<Option<String>, String> {
    let text = if name == "-" {
        std::io::read_to_string(std::io::stdin())
    } else if !std::path::Path::new(name).is_file() {
        return Ok(None);
    } else {
        std::fs::read_to_string(name)
    };
    text.map(Some).map_err(|error| format!("{name} can't be read: {error}\n"))
}

#[cfg(test)]
mod tests;
