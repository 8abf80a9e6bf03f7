//! The arguments: words in, a command or a sentence out.

use netsplit_checkers::Bounds;
use netsplit_scenario::problem::one_of;
use netsplit_sim::protocol::Fault;
use netsplit_sim::time::{Span, Time};

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    Version,
    Run(RunOptions),
    Check(CheckOptions),
    Export(ExportOptions),
    Protocols { json: bool },
    Partitioners { json: bool },
    Messages { nodes: u16, json: bool },
    Figures { group: Option<String>, full: bool, json: bool },
    Faults(FaultOptions),
    Sweep(SweepOptions),
    Link { file: String, until: Option<Time> },
    Text { link: String, json: bool },
}

/// How to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunOptions {
    pub(crate) source: String,
    pub(crate) seed: Option<u64>,
    pub(crate) until: Option<Time>,
    pub(crate) json: bool,
}

/// How to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckOptions {
    /// The history, or the folder of them where there are verdicts.
    pub(crate) file: String,
    pub(crate) verdicts: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) model: String,
    pub(crate) bounds: Bounds,
    pub(crate) budget: Option<u64>,
    pub(crate) json: bool,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportOptions {
    pub(crate) source: String,
    pub(crate) format: String,
    pub(crate) until: Option<Time>,
    pub(crate) key: Option<String>,
}

/// Which random faults.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FaultOptions {
    pub(crate) file: String,
    pub(crate) seed: u64,
    pub(crate) which: WhichFaults,
    pub(crate) from: Time,
    pub(crate) until: Time,
    pub(crate) nodes: Option<u16>,
}

/// Faults by their kinds, or machines that break down by themselves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WhichFaults {
    Kinds { kinds: Vec<Fault>, per_minute: f64, lasting: Span },
    Wear { mtbf: Span, mttr: Span },
}

/// Which runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SweepOptions {
    pub(crate) source: String,
    /// One knob or two, each with its values.
    pub(crate) vary: Vec<String>,
    pub(crate) measures: Vec<String>,
    pub(crate) seeds: u16,
    pub(crate) until: Option<Time>,
    pub(crate) threads: Option<usize>,
    pub(crate) csv: bool,
    pub(crate) json: bool,
}

/// The words after the command: one that is no option, and options.
#[derive(Default)]
struct Words {
    plain: Option<String>,
    options: Vec<(String, String)>,
    json: bool,
}

impl Words {
    /// Reads words; of the options only those in `valued` have a value.
    fn read(words: &[String], valued: &[&str], json: bool) -> Result<Self, String> {
        let mut read = Self::default();
        let mut words = words.iter();
        let mut only_plain = false;
        while let Some(word) = words.next() {
            if word == "--" && !only_plain {
                only_plain = true;
                continue;
            }
            // A single hyphen is the standard input.
            if only_plain || !word.starts_with('-') || word == "-" {
                if read.plain.replace(word.clone()).is_some() {
                    return Err(format!("{word:?} is one thing too many"));
                }
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            if name == "--json" && json && value.is_none() {
                read.json = true;
            } else if valued.contains(&name) {
                let value = value.or_else(|| words.next().cloned());
                let value = value.ok_or_else(|| format!("{name} needs a value"))?;
                if read.options.iter().any(|(other, _)| other == name) {
                    return Err(format!("{name} is there twice"));
                }
                read.options.push((name.to_owned(), value));
            } else {
                return Err(format!("{word} is no option here"));
            }
        }
        Ok(read)
    }

    fn plain(&mut self, what: &str) -> Result<String, String> {
        self.plain.take().ok_or_else(|| format!("{what} is missing"))
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn whole(&self, name: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.option(name) else { return Ok(None) };
        let number = value.parse();
        number.map(Some).map_err(|_| format!("{name} is a whole number, and {value:?} is none"))
    }

    fn time(&self, name: &str) -> Result<Option<Time>, String> {
        self.option(name).map(|text| time(name, text)).transpose()
    }

    /// A number of nodes.
    fn nodes(&self, name: &str) -> Result<Option<u16>, String> {
        let Some(number) = self.whole(name)? else { return Ok(None) };
        let most = netsplit_scenario::limits::NODES;
        match u16::try_from(number) {
            Ok(nodes) if (1..=most).contains(&usize::from(nodes)) => Ok(Some(nodes)),
            _ => Err(format!("{name} is a whole number from 1 to {most}, and {number} is none")),
        }
    }

    fn nothing_more(&self) -> Result<(), String> {
        self.plain.as_ref().map_or(Ok(()), |word| Err(format!("{word:?} is one thing too many")))
    }
}

/// Reads the arguments behind the program's name.
pub(crate) fn parse(arguments: &[String]) -> Result<Command, String> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err("what shall be done?".to_owned());
    };
    if rest.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Command::Help);
    }
    match command.as_str() {
        "--help" | "-h" | "help" => Ok(Command::Help),
        "--version" | "-V" => Ok(Command::Version),
        "run" => {
            let mut words = Words::read(rest, &["--seed", "--until"], true)?;
            let until = words.time("--until")?;
            let (seed, json) = (words.whole("--seed")?, words.json);
            Ok(Command::Run(RunOptions {
                source: words.plain("the file or link to run")?,
                seed,
                until,
                json,
            }))
        }
        "check" => check(rest),
        "export" => export(rest),
        "protocols" => {
            let words = Words::read(rest, &[], true)?;
            words.nothing_more()?;
            Ok(Command::Protocols { json: words.json })
        }
        "partitioners" => {
            let words = Words::read(rest, &[], true)?;
            words.nothing_more()?;
            Ok(Command::Partitioners { json: words.json })
        }
        "figures" => {
            let (full, rest): (Vec<String>, Vec<String>) =
                rest.iter().cloned().partition(|word| word == "--full");
            let words = Words::read(&rest, &[], true)?;
            Ok(Command::Figures { group: words.plain, full: !full.is_empty(), json: words.json })
        }
        "messages" => {
            let words = Words::read(rest, &["--nodes"], true)?;
            words.nothing_more()?;
            Ok(Command::Messages { nodes: words.nodes("--nodes")?.unwrap_or(5), json: words.json })
        }
        "faults" => faults(rest),
        "sweep" => sweep(rest),
        "link" => {
            let mut words = Words::read(rest, &["--until"], false)?;
            let until = words.time("--until")?;
            Ok(Command::Link { file: words.plain("the scenario file")?, until })
        }
        "text" => {
            let mut words = Words::read(rest, &[], true)?;
            Ok(Command::Text { link: words.plain("the link")?, json: words.json })
        }
        other => Err(format!("{other:?} is no command")),
    }
}

fn sweep(rest: &[String]) -> Result<Command, String> {
    let valued = ["--vary", "--lines", "--measure", "--seeds", "--until", "--threads", "--as"];
    let mut words = Words::read(rest, &valued, true)?;
    let vary =
        ["--vary", "--lines"].iter().filter_map(|name| words.option(name)).map(str::to_owned).collect();
    let measures = words.option("--measure").unwrap_or("write.p50_ms,write.p99_ms,availability");
    let seeds = words.whole("--seeds")?.unwrap_or(10);
    let csv = match words.option("--as") {
        None => false,
        Some("csv") => true,
        Some(other) => return Err(format!("--as is csv, and {other:?} is something else")),
    };
    Ok(Command::Sweep(SweepOptions {
        vary,
        measures: measures.split(',').map(|name| name.trim().to_owned()).collect(),
        seeds: u16::try_from(seeds).map_err(|_| format!("{seeds} seeds are too many"))?,
        until: words.time("--until")?,
        threads: words.whole("--threads")?.map(|threads| threads as usize),
        csv,
        json: words.json,
        source: words.plain("the file or link to run")?,
    }))
}

fn check(rest: &[String]) -> Result<Command, String> {
    let valued = ["--model", "--budget", "--format", "--verdicts", "--versions", "--within"];
    let mut words = Words::read(rest, &valued, true)?;
    let option = |name| words.option(name).map(str::to_owned);
    let usual = Bounds::default();
    let versions = words.whole("--versions")?.map(u32::try_from);
    let versions = versions.transpose().map_err(|_| "--versions is too large a number".to_owned())?;
    let within = words.time("--within")?.map(|time| Span(time.0));
    let bounds =
        Bounds { versions: versions.unwrap_or(usual.versions), within: within.unwrap_or(usual.within) };
    // Who tells the bounds wants to know about them.
    let is_bounded = versions.is_some() || within.is_some();
    let model = if is_bounded { "bounded-staleness" } else { "linearizable" };
    let model = option("--model").unwrap_or_else(|| model.to_owned());
    let (format, verdicts) = (option("--format"), option("--verdicts"));
    let (budget, json) = (words.whole("--budget")?, words.json);
    let what = if verdicts.is_some() { "the folder of the histories" } else { "the history to check" };
    let file = words.plain(what)?;
    Ok(Command::Check(CheckOptions { file, verdicts, format, model, bounds, budget, json }))
}

fn export(rest: &[String]) -> Result<Command, String> {
    let mut words = Words::read(rest, &["--format", "--until", "--key"], false)?;
    let format = words.option("--format").map(str::to_owned);
    let format = format.ok_or("--format is missing: jsonl, edn, porcupine-etcd, porcupine-kv or shiviz")?;
    let (until, key) = (words.time("--until")?, words.option("--key").map(str::to_owned));
    Ok(Command::Export(ExportOptions {
        source: words.plain("the file or link to export")?,
        format,
        until,
        key,
    }))
}

fn faults(rest: &[String]) -> Result<Command, String> {
    let of_kinds = ["--kinds", "--per-minute", "--lasting"];
    let valued = ["--mtbf", "--mttr", "--seed", "--from", "--until", "--nodes"];
    let mut words = Words::read(rest, &[&of_kinds[..], &valued[..]].concat(), false)?;
    let which = match (words.time("--mtbf")?, words.time("--mttr")?) {
        (None, None) => fault_kinds(&words)?,
        (Some(mtbf), Some(mttr)) => {
            if let Some(other) = of_kinds.iter().find(|name| words.option(name).is_some()) {
                return Err(format!("--mtbf and --mttr make machines crash by themselves, without {other}"));
            }
            WhichFaults::Wear { mtbf: Span(mtbf.0), mttr: Span(mttr.0) }
        }
        (Some(_), None) => return Err("--mttr is missing: how long a repair takes on average".to_owned()),
        (None, Some(_)) => return Err("--mtbf is missing: how long a machine runs on average".to_owned()),
    };
    Ok(Command::Faults(FaultOptions {
        seed: words.whole("--seed")?.unwrap_or(1),
        which,
        from: words.time("--from")?.unwrap_or(Time::ZERO),
        until: words.time("--until")?.unwrap_or(crate::convert::UNTIL),
        nodes: words.nodes("--nodes")?,
        file: words.plain("the scenario file")?,
    }))
}

fn fault_kinds(words: &Words) -> Result<WhichFaults, String> {
    let missing = "--kinds is missing: which faults, such as cut,crash; or --mtbf and --mttr";
    let kinds = words.option("--kinds").ok_or(missing)?;
    let kinds = kinds.split(',').map(kind).collect::<Result<_, _>>()?;
    let per_minute = match words.option("--per-minute") {
        None => 6.0,
        Some(text) => text.parse().map_err(|_| format!("--per-minute is a number, and {text:?} is none"))?,
    };
    let lasting = words.time("--lasting")?.map_or(Span::from_s(2), |time| Span(time.0));
    Ok(WhichFaults::Kinds { kinds, per_minute, lasting })
}

/// A kind of fault that a plan can have.
fn kind(name: &str) -> Result<Fault, String> {
    let kinds = || Fault::ALL.into_iter().filter(|fault| *fault != Fault::Retry);
    kinds().find(|fault| fault.id() == name).ok_or_else(|| {
        format!("--kinds names kinds of faults, {}, and {name:?} is none", one_of(kinds().map(Fault::id)))
    })
}

/// An instant such as `10s`, `1.5s`, `500ms`, `20us` or `12345ns`, exact to the nanosecond.
fn time(name: &str, text: &str) -> Result<Time, String> {
    let wrong = || format!("{name} is a time such as 10s, 500ms or 12345ns, and {text:?} is none");
    let end = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (digits, unit) = text.split_at(end);
    let places: usize = match unit {
        "s" => 9,
        "ms" => 6,
        "us" => 3,
        "ns" => 0,
        _ => return Err(wrong()),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if (digits.contains('.') && part.is_empty()) || part.len() > places || whole.is_empty() {
        return Err(wrong());
    }
    let all = format!("{whole}{part:0<places$}");
    if !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let time = all.parse().map(Time).map_err(|_| wrong())?;
    let most = netsplit_scenario::limits::TIME;
    if time > most { Err(format!("{name} is at most a day, and {text} is longer")) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Command, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn commands_are_read() {
        let run = RunOptions {
            source: "a.toml".to_owned(),
            seed: Some(7),
            until: Some(Time(1_500_000_000)),
            json: true,
        };
        assert_eq!(words("run a.toml --seed 7 --until=1.5s --json"), Ok(Command::Run(run.clone())));
        assert_eq!(words("run --json --until 1.5s --seed=7 -- a.toml"), Ok(Command::Run(run)));
        let check = CheckOptions {
            file: "-".to_owned(),
            verdicts: None,
            format: None,
            model: "converges".to_owned(),
            bounds: Bounds::default(),
            budget: None,
            json: false,
        };
        assert_eq!(words("check - --model converges"), Ok(Command::Check(check.clone())));
        let stale = CheckOptions {
            file: "h.edn".to_owned(),
            format: Some("edn".to_owned()),
            model: "bounded-staleness".to_owned(),
            bounds: Bounds { versions: 3, within: Span::from_ms(20) },
            ..check.clone()
        };
        let line = "check h.edn --format edn --versions 3 --within 20ms";
        assert_eq!(words(line), Ok(Command::Check(stale)));
        let folder = CheckOptions {
            file: "histories".to_owned(),
            verdicts: Some("v.json".to_owned()),
            model: "all".to_owned(),
            ..check
        };
        assert_eq!(words("check --verdicts v.json histories --model all"), Ok(Command::Check(folder)));
        let export = ExportOptions {
            source: "a.toml".to_owned(),
            format: "shiviz".to_owned(),
            until: Some(Time(2_000_000_000)),
            key: Some("k1".to_owned()),
        };
        let line = "export a.toml --format shiviz --until 2s --key k1";
        assert_eq!(words(line), Ok(Command::Export(export)));
        assert_eq!(words("protocols --json"), Ok(Command::Protocols { json: true }));
        assert_eq!(words("partitioners --json"), Ok(Command::Partitioners { json: true }));
        assert_eq!(words("figures"), Ok(Command::Figures { group: None, full: false, json: false }));
        let figures = Command::Figures { group: Some("nines".to_owned()), full: true, json: true };
        assert_eq!(words("figures --full nines --json"), Ok(figures));
        assert_eq!(words("messages"), Ok(Command::Messages { nodes: 5, json: false }));
        assert_eq!(words("messages --nodes 7 --json"), Ok(Command::Messages { nodes: 7, json: true }));
        let faults = FaultOptions {
            file: "a.toml".to_owned(),
            seed: 1,
            which: WhichFaults::Kinds {
                kinds: vec![Fault::Cut, Fault::Crash],
                per_minute: 6.0,
                lasting: Span::from_s(2),
            },
            from: Time::ZERO,
            until: Time(10_000_000_000),
            nodes: None,
        };
        assert_eq!(words("faults a.toml --kinds cut,crash"), Ok(Command::Faults(faults.clone())));
        let line = "faults a.toml --seed 9 --kinds lie --per-minute 0.5 --lasting 50ms --from 1s --until 30s --nodes 1";
        let other = FaultOptions {
            seed: 9,
            which: WhichFaults::Kinds {
                kinds: vec![Fault::Lie],
                per_minute: 0.5,
                lasting: Span::from_ms(50),
            },
            from: Time(1_000_000_000),
            until: Time(30_000_000_000),
            nodes: Some(1),
            ..faults.clone()
        };
        assert_eq!(words(line), Ok(Command::Faults(other)));
        let which = WhichFaults::Wear { mtbf: Span::from_s(9), mttr: Span::from_ms(500) };
        let wear = FaultOptions { which, ..faults };
        assert_eq!(words("faults a.toml --mtbf 9s --mttr 500ms"), Ok(Command::Faults(wear)));
        assert_eq!(words("text 1.abc"), Ok(Command::Text { link: "1.abc".to_owned(), json: false }));
        assert_eq!(words("run --help"), Ok(Command::Help));
        assert_eq!(words("--version"), Ok(Command::Version));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("", "what shall be done?"),
            ("fly", "\"fly\" is no command"),
            ("run", "the file or link to run is missing"),
            ("run a b", "\"b\" is one thing too many"),
            ("run a --seed", "--seed needs a value"),
            ("run a --seed -1", "--seed is a whole number, and \"-1\" is none"),
            ("run a --seed 1 --seed 2", "--seed is there twice"),
            ("run a --fast", "--fast is no option here"),
            ("link a --json", "--json is no option here"),
            ("run a --json=yes", "--json=yes is no option here"),
            ("protocols x", "\"x\" is one thing too many"),
            ("messages --nodes 0", "--nodes is a whole number from 1 to 32, and 0 is none"),
            ("messages 5", "\"5\" is one thing too many"),
            ("figures nines queue", "\"queue\" is one thing too many"),
            ("figures --quick", "--quick is no option here"),
            ("faults a", "--kinds is missing: which faults, such as cut,crash; or --mtbf and --mttr"),
            ("faults a --mtbf 9s", "--mttr is missing: how long a repair takes on average"),
            ("faults a --mttr 1s", "--mtbf is missing: how long a machine runs on average"),
            (
                "faults a --mtbf 9s --mttr 1s --lasting 2s",
                "--mtbf and --mttr make machines crash by themselves, without --lasting",
            ),
            (
                "faults a --kinds cut,retry",
                "--kinds names kinds of faults, cut, one-way-cut, loss, duplication, reordering, crash, \
                 unsynced-crash, wipe, pause, slow, clock-skew, clock-drift or lie, and \"retry\" is none",
            ),
            ("faults a --kinds cut --per-minute often", "--per-minute is a number, and \"often\" is none"),
            (
                "faults a --kinds cut --lasting 5",
                "--lasting is a time such as 10s, 500ms or 12345ns, and \"5\" is none",
            ),
            ("faults --kinds cut", "the scenario file is missing"),
            ("check --verdicts v.json", "the folder of the histories is missing"),
            ("check h --versions 5000000000", "--versions is too large a number"),
            ("export a", "--format is missing: jsonl, edn, porcupine-etcd, porcupine-kv or shiviz"),
            ("check h --budget many", "--budget is a whole number, and \"many\" is none"),
        ];
        for (line, sentence) in cases {
            assert_eq!(words(line), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn times_are_exact() {
        let cases = [
            ("10s", 10_000_000_000),
            ("500ms", 500_000_000),
            ("12345ns", 12_345),
            ("0.000001ms", 1),
            ("2us", 2_000),
        ];
        for (text, ns) in cases {
            assert_eq!(time("--until", text), Ok(Time(ns)));
        }
        for text in [
            "",
            "10",
            "s",
            ".5s",
            "5.s",
            "1.5ns",
            "-1s",
            "1e3s",
            "+1s",
            "10 s",
            "99999999999999999999s",
            "25h",
            "1ß",
        ] {
            assert!(time("--until", text).is_err(), "{text}");
        }
        assert_eq!(
            time("--until", "86401s"),
            Err("--until is at most a day, and 86401s is longer".to_owned())
        );
    }
}
