//! The big swarm: `make swarm`. Runs the trials of `trials.rs` over thousands of seeds for every registered
//! protocol, then hunts every planted bug, and prints what it came to. Exits with 1 if a promise was broken
//! or a bug got away.
//!
//! Every partitioning scheme with every protocol gets a tenth of the seeds.
//!
//! `swarm [SEEDS] [PROTOCOL] [FIRST]` runs so many seeds (ten thousand if not given) of one protocol or of
//! all, from the first seed on.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use netsplit_tests::mutants::{self, Bug};
use netsplit_tests::splitting;
use netsplit_tests::trials::{Subject, Trial};

/// How many broken trials are printed for a protocol.
const SHOWN: usize = 5;

/// What many trials came to.
#[derive(Default)]
struct Tally {
    events: u64,
    sights: BTreeMap<String, u64>,
    broken: Vec<String>,
}

impl Tally {
    fn add(mut self, other: Self) -> Self {
        self.events += other.events;
        for (sight, times) in other.sights {
            *self.sights.entry(sight).or_default() += times;
        }
        self.broken.extend(other.broken);
        self
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<u64>().ok());
    let seeds = number(0).unwrap_or(10_000);
    let first = number(2).unwrap_or(0);
    let only = arguments.get(1).filter(|id| *id != "all");
    let wanted = |subject: &Subject| only.is_none_or(|id| (subject.about)().id == id);

    let mut failed = false;
    println!("{:<16}{:>8}{:>12}{:>10}", "protocol", "seeds", "events", "broken");
    for entry in netsplit_protocols::ALL {
        let subject = Subject::from(entry);
        if !wanted(&subject) {
            continue;
        }
        let about = (entry.about)();
        let tally = many(&subject, first, seeds);
        let (events, broken) = (tally.events, tally.broken.len());
        println!("{:<16}{seeds:>8}{:>10.1} M{broken:>10}", about.id, events as f64 / 1e6);
        for what in ["fault: ", "note: ", "promised: "] {
            let seen =
                tally.sights.iter().filter_map(|(sight, times)| Some((sight.strip_prefix(what)?, times)));
            let seen: Vec<String> = seen.map(|(name, times)| format!("{name} {times}")).collect();
            println!("    {what}{}", seen.join(", "));
        }
        let missing: Vec<&str> = (about.notes.iter())
            .filter(|note| !tally.sights.contains_key(&format!("note: {}", note.name)))
            .map(|note| note.name)
            .collect();
        if !missing.is_empty() {
            println!("    never seen: {}", missing.join(", "));
        }
        for line in tally.broken.iter().take(SHOWN) {
            println!("    BROKEN: {line}");
        }
        failed |= broken > 0 || !missing.is_empty();
    }

    println!("\n{:<32}{:>8}{:>12}{:>10}", "scheme and protocol", "seeds", "events", "broken");
    for (name, subject) in splitting::subjects().into_iter().filter(|(_, subject)| wanted(subject)) {
        let seeds = seeds.div_ceil(10);
        let tally = many(&subject, first, seeds);
        let (events, broken) = (tally.events, tally.broken.len());
        println!("{name:<32}{seeds:>8}{:>10.1} M{broken:>10}", events as f64 / 1e6);
        for line in tally.broken.iter().take(SHOWN) {
            println!("    BROKEN: {line}");
        }
        failed |= broken > 0;
    }

    println!("\n{:<16}{:<64}{:>12}", "protocol", "planted bug", "seeds needed");
    let bugs = mutants::all().into_iter().chain(mutants::of_shards()).collect::<Vec<_>>();
    for bug in bugs.iter().filter(|bug| wanted(&bug.subject)) {
        let needed = hunt(bug, first, seeds);
        let told = needed.map_or("NOT CAUGHT".to_owned(), |seeds| seeds.to_string());
        println!("{:<16}{:<64}{told:>12}", (bug.subject.about)().id, bug.name);
        failed |= needed.is_none();
    }
    ExitCode::from(u8::from(failed))
}

/// Runs trials on all processors; every seed is taken once.
fn many(subject: &Subject, first: u64, seeds: u64) -> Tally {
    let next = AtomicU64::new(first);
    let worker = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return tally;
            }
            let trial = Trial::new(subject, seed);
            let report = trial.report(subject);
            tally.events += report.events;
            for (sight, times) in report.sights {
                *tally.sights.entry(sight).or_default() += times;
            }
            for (what, sentence) in report.broken {
                let parameters = &trial.parameters;
                tally.broken.push(format!("seed {seed}, {parameters:?}: {what}: {sentence}"));
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..processors()).map(|_| scope.spawn(worker)).collect();
        let tallies = workers.into_iter().map(|worker| worker.join().expect("a trial does not panic"));
        tallies.fold(Tally::default(), Tally::add)
    })
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// How many seeds it takes to catch a bug.
fn hunt(bug: &Bug, first: u64, seeds: u64) -> Option<u64> {
    let caught = |seed: &u64| !Trial::new(&bug.subject, *seed).report(&bug.subject).broken.is_empty();
    (first..first + seeds).find(caught).map(|seed| seed - first + 1)
}
