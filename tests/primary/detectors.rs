//! How long it takes until somebody takes over, and how often for nothing.

use netsplit_protocols::primary_backup::note;
use netsplit_sim::action::Action;
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::LinkQuality;
use netsplit_sim::time::Span;

use super::{N1, N2, Play, room};

const TIMEOUT: u64 = 0;
const PHI: u64 = 1;

/// A jittery network of three; the primary crashes after ten seconds. Answers how often somebody was
/// suspected before, and how long it took from the crash until n2 led, in milliseconds.
fn measure(settings: &[(&str, u64)]) -> (usize, f64) {
    let mut setup = room(3);
    setup.network = LinkQuality {
        base: Span::from_ms(1),
        jitter: Jitter::Exponential { mean_ms: 5.0 },
        ..LinkQuality::default()
    };
    let mut all = vec![("acks", 1), ("failover", 1), ("heartbeat", 20)];
    all.extend(settings);
    let mut play = Play::of(&setup, &all);
    play.until(10_000);
    let wrong: usize = [N1, N2].map(|node| play.noted(node, note::SUSPECTS).len()).iter().sum();
    let leader = play.nodes().iter().position(|(leads, _)| *leads).unwrap_or(0) as u16;
    let crashed = netsplit_sim::machine::Machine::now(&play.cluster);
    play.act(Action::Crash(netsplit_sim::ids::NodeId(leader))).until(20_000);
    let heirs = (0..3).flat_map(|n| play.noted(netsplit_sim::ids::NodeId(n), note::LEADS));
    let led = heirs.filter(|at| *at > crashed).min();
    (wrong, led.map_or(f64::INFINITY, |at| at.since(crashed).as_ms()))
}

#[test]
fn a_longer_timeout_and_a_higher_phi_suspect_less_and_later() {
    let timeouts = [15, 60, 400].map(|ms| measure(&[("detector", TIMEOUT), ("suspect_after", ms)]));
    let phis = [1, 4, 16].map(|phi| measure(&[("detector", PHI), ("phi", phi)]));
    for measured in [timeouts, phis] {
        assert!(measured[0].0 > 5 * measured[1].0.max(1), "{measured:?}");
        assert_eq!(measured[2].0, 0, "{measured:?}");
        assert!(measured[2].1 > measured[0].1, "{measured:?}");
    }
    // Late by 400 ms after a heartbeat that was due 20 ms after the last, seen at the next look, and a vote.
    let (_, took) = timeouts[2];
    assert!((400.0..480.0).contains(&took), "{took} ms");
    // At 5 ms of jitter, phi has learnt what is usual: it needs no 400 ms to be as sure.
    assert!(phis[2].1 < 200.0, "{phis:?}");
}

/// A pause of the primary looks like its death. It wakes up in an epoch that is over.
#[test]
fn a_paused_primary_is_replaced_and_steps_down_when_it_wakes() {
    let mut play = Play::new(3, &[("acks", 1), ("failover", 1)]);
    play.until(100).act(Action::Pause(N1));
    play.until(1_000).act(Action::Resume(N1));
    play.until(2_000);
    assert_eq!(play.noted(N2, note::SUSPECTS).len(), 1);
    assert_eq!(play.noted(N2, note::TRUSTS).len(), 1);
    assert_eq!(play.noted(N1, note::STEPPED_DOWN).len(), 1);
    assert_eq!(play.nodes().iter().map(|(leads, _)| *leads).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn what_the_detector_thinks_can_be_looked_at() {
    let mut play = Play::new(3, &[("acks", 1), ("failover", 1)]);
    play.until(1_000).act(Action::Crash(N1));
    play.until(2_000);
    let inspection = netsplit_sim::machine::Machine::inspect(&play.cluster, N2);
    let table = inspection.tables.iter().find(|table| table.title == "Failure detector").expect("it has one");
    assert_eq!((table.rows[0][0].as_str(), table.rows[0][3].as_str()), ("n1", "suspected"));
    assert_eq!((table.rows[1][0].as_str(), table.rows[1][3].as_str()), ("n3", "trusted"));
    let log = inspection.log.expect("it has a log");
    assert_eq!(log.entries.last().map(|entry| entry.text.as_str()), Some("n2 became primary"));
}
