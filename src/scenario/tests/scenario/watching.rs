//! Which code ran: of every protocol, every event that a node handled has its handler, with lines of the file as it is.

use netsplit_protocols::{ALL, SOURCES};
use netsplit_scenario::session::watching::{handled, handler, source};
use netsplit_scenario::{Scenario, Session};
use netsplit_sim::action::Action;
use netsplit_sim::ids::{EventId, NodeId};
use netsplit_sim::time::Time;
use netsplit_sim::trace::{EventKind, REQUEST};
use netsplit_sim::watch::digest;

fn text(path: &str) -> String {
    let path = format!("{}/../protocols/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn play(protocol: usize, ms: u64) -> Session {
    let mut scenario = Scenario::default();
    scenario.protocol.name = (ALL[protocol].about)().id.to_owned();
    scenario.protocol.parameters.clear();
    let mut session = Session::new(scenario).expect("valid");
    session.advance(Time(ms * 1_000_000), u64::MAX);
    session
}

#[test]
fn the_files_are_the_ones_that_were_compiled() {
    assert!(SOURCES.len() > 25, "{}", SOURCES.len());
    for source in SOURCES {
        let text = text(source.path);
        assert_eq!(
            (source.length as usize, source.digest),
            (text.len(), digest(text.as_bytes())),
            "{}",
            source.path
        );
        let lines: Vec<&str> = text.lines().collect();
        for stretch in source.stretches() {
            assert!(
                stretch.from <= stretch.to && stretch.to as usize <= lines.len(),
                "{}: {stretch:?}",
                source.path
            );
            if let Some(name) = stretch.function {
                let name = name.rsplit("::").next().expect("a name");
                let first = lines[stretch.from as usize - 1];
                assert!(first.contains(&format!("fn {name}")), "{}: {name}: {first}", source.path);
            }
        }
    }
}

#[test]
fn what_a_node_handled_has_its_handler() {
    for protocol in 0..ALL.len() {
        let mut session = play(protocol, 700);
        session.act(Action::Crash(NodeId(0))).expect("may be done");
        session.advance(Time(1_500_000_000), u64::MAX);
        let (hash, now) = (session.hash(), session.now());
        let trace = session.machine().trace().to_vec();
        let (mut messages, mut requests, mut timers, mut others) = (0, 0, 0, 0);
        let step = (trace.len() / 300).max(1);
        for index in (0..trace.len()).step_by(step) {
            let id = EventId(index as u32);
            let ran = session.ran_at(id);
            let wanted = match trace[index].kind {
                kind if handler(kind).is_none() => {
                    others += 1;
                    if let Some(ran) = &ran {
                        assert_eq!(Some(ran.handled), handled(&trace, id));
                    }
                    continue;
                }
                EventKind::Delivered { label: REQUEST, .. } => {
                    requests += 1;
                    "::on_request"
                }
                EventKind::Delivered { .. } => {
                    messages += 1;
                    "::on_message"
                }
                EventKind::TimerFired { .. } => {
                    timers += 1;
                    "::on_timer"
                }
                // A node that has nothing to do at its start has no line of it.
                _ => continue,
            };
            let ran = ran.unwrap_or_else(|| panic!("{}: {:?}", session.about().id, trace[index]));
            assert_eq!(ran.handled, id);
            let first = &ran.functions[0];
            assert!(first.name.ends_with(wanted), "{}: {wanted}: {}", session.about().id, first.name);
            assert!(first.ran[0] && source(first.path).is_some());
        }
        assert_eq!((session.hash(), session.now()), (hash, now), "watching changes nothing");
        assert_eq!(session.machine().trace(), trace);
        let single = session.about().id == "single";
        assert!(requests > 0 && others > 0 && (single || messages + timers > 0), "{}", session.about().id);
    }
}
