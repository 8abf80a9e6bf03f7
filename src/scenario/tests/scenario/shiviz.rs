//! The log for ShiViz: its clocks tell exactly what can have known of what.

use std::collections::BTreeMap;

use netsplit_scenario::{Session, shiviz, text};
use netsplit_sim::time::Time;

const SCENARIO: &str = r#"
seed = 5
[protocol]
name = "raft"
[[nodes]]
name = "first"
[[nodes]]
name = "n2"
[[nodes]]
name = "n3"
[[clients]]
name = "c1"
pace = { kind = "closed", think_ms = 5 }
[[clients]]
name = "c2"
pace = { kind = "closed", think_ms = 9 }
[network]
duplicate = 0.1
loss = 0.1
"#;

/// A host, its clock, and what happened.
type Entry = (String, BTreeMap<String, u64>, String);

fn entries(log: &str) -> Vec<Entry> {
    let mut lines = log.lines();
    assert_eq!(lines.next(), Some(r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)"));
    assert_eq!(lines.next(), Some(""));
    let mut entries = Vec::new();
    while let (Some(first), Some(event)) = (lines.next(), lines.next()) {
        let (host, clock) = first.split_once(' ').expect("a host and its clock");
        entries.push((host.to_owned(), serde_json::from_str(clock).expect("JSON"), event.to_owned()));
    }
    entries
}

/// The number of the message in `… sent (m12), at …`.
fn message<'a>(event: &'a str, what: &str) -> Option<&'a str> {
    let (_, rest) = event.split_once(&format!("{what} (m"))?;
    rest.split_once(')').map(|(number, _)| number)
}

#[test]
fn a_clock_is_below_another_exactly_if_word_can_have_come() {
    let scenario = text::parse(SCENARIO).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut session = Session::new(scenario).expect("a scenario");
    session.advance(Time(3_000_000_000), u64::MAX);
    let entries = entries(&shiviz::log(&session));
    assert!(entries.len() > 300, "{}", entries.len());
    assert!(
        entries.iter().any(|(host, ..)| host == "first") && entries.iter().any(|(host, ..)| host == "c2")
    );

    // What each event comes after, from the order of each host and the messages alone.
    let mut before: Vec<Vec<bool>> = Vec::new();
    let (mut last, mut sent): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    let (mut handled, mut twice) = (0, BTreeMap::new());
    for (index, (host, clock, event)) in entries.iter().enumerate() {
        let mut all = vec![false; entries.len()];
        let from = message(event, "handled").map(|number| {
            handled += 1;
            *twice.entry(number).or_insert(0) += 1;
            sent[number]
        });
        for earlier in from.into_iter().chain(last.get(host.as_str()).copied()) {
            all[earlier] = true;
            before[earlier].iter().zip(&mut all).for_each(|(before, all)| *all |= before);
        }
        let own = last.insert(host, index).map_or(0, |earlier| entries[earlier].1[host]);
        assert_eq!(clock[host], own + 1, "a host counts its own events");
        if let Some(number) = message(event, "sent") {
            sent.insert(number, index);
        }
        before.push(all);
    }
    assert!(handled > 100 && twice.values().any(|&times| times == 2), "{handled}");
    let is_below = |a: &Entry, b: &Entry| {
        a.1 != b.1 && a.1.iter().all(|(host, ticks)| b.1.get(host).is_some_and(|other| ticks <= other))
    };
    for (index, later) in entries.iter().enumerate() {
        for (other, earlier) in entries.iter().enumerate() {
            assert_eq!(is_below(earlier, later), before[index][other], "{earlier:?} {later:?}");
        }
    }
}
