//! Detectors against the normal distribution's table, a pause, and each other.

use super::*;
use netsplit_sim::random::{Purpose, stream};

const N: NodeId = NodeId(0);
const BEAT: Span = Span::from_ms(100);

fn ms(ms: u64) -> Time {
    Time::ZERO + Span::from_ms(ms)
}

/// A detector that has heard `count` heartbeats exactly every 100 ms.
fn regular(rule: Rule, count: u64) -> Detector {
    let mut detector = Detector::new(1, rule, BEAT, Time::ZERO);
    (1..=count).for_each(|i| _ = detector.heard(N, ms(100 * i)));
    detector
}

#[test]
fn phi_is_the_logarithm_of_the_normal_tail() {
    // The upper tail of the standard normal distribution at 0 to 6 deviations, from its printed tables.
    let tails = [0.5, 0.158_655_254, 0.022_750_132, 1.349_898e-3, 3.167_124e-5, 2.866_516e-7, 9.865_876e-10];
    for (k, tail) in tails.into_iter().enumerate() {
        let level = phi(100.0 + 20.0 * k as f64, 100.0, 20.0);
        assert!((level - -libm::log10(tail)).abs() < 1e-6, "{k} deviations: {level}");
    }
    assert!(phi(0.0, 100.0, 10.0) < 1e-9, "no surprise before its time");
}

#[test]
fn phi_grows_without_a_jump_where_the_tail_underflows() {
    let at = |x: f64| phi(x * core::f64::consts::SQRT_2, 0.0, 1.0);
    assert!((at(20.000_001) - at(19.999_999)).abs() < 1e-2);
    assert!(at(1e3) > at(100.0) && at(1e3).is_finite());
}

#[test]
fn the_deviation_of_a_regular_network_has_a_least_value() {
    let detector = regular(Rule::Phi(8.0), 500);
    // Ten milliseconds of deviation for a heartbeat each 100 ms: 3 deviations are 30 ms late.
    let level = detector.phi(N, ms(50_000 + 130));
    assert!((level - -libm::log10(1.349_898e-3)).abs() < 1e-3, "{level}");
}

#[test]
fn a_fixed_timeout_counts_from_when_the_heartbeat_was_due() {
    let mut detector = regular(Rule::Timeout(Span::from_ms(250)), 3);
    assert!(!detector.look(N, ms(300 + 100 + 250)));
    assert!(detector.look(N, ms(300 + 100 + 251)));
    assert!(!detector.look(N, ms(900)), "it is news only once");
    assert!(detector.suspects(N));
    assert!(detector.heard(N, ms(950)), "it was suspected, and is trusted again");
    assert!(!detector.suspects(N) && !detector.look(N, ms(1_000)));
}

#[test]
fn a_pause_is_suspected_and_does_not_blind_the_detector() {
    let mut detector = regular(Rule::Phi(8.0), 100);
    let before = detector.phi(N, ms(10_000 + 150));
    assert!(detector.look(N, ms(13_000)));
    assert!(detector.heard(N, ms(15_000)));
    for i in 1..=3 {
        assert!(!detector.heard(N, ms(15_000 + 100 * i)));
    }
    let after = detector.phi(N, ms(15_300 + 150));
    assert!((before - after).abs() < 0.1, "{before} before the pause, {after} after it");
}

#[test]
fn phi_adapts_to_a_network_that_became_slower() {
    let mut phi = regular(Rule::Phi(8.0), 100);
    let mut fixed = regular(Rule::Timeout(Span::from_ms(150)), 100);
    // Heartbeats now come every 140 ms: unusual at first, then the rule.
    let mut now = ms(10_000);
    for _ in 0..200 {
        now += Span::from_ms(140);
        phi.heard(N, now);
        fixed.heard(N, now);
    }
    now += Span::from_ms(160);
    let level = phi.phi(N, now);
    assert!(level < 3.0, "{level}");
    assert!((phi.watched[0].window.mean_and_deviation().0 - 140.0).abs() < 1.0);
    assert!(!fixed.look(N, now) && fixed.look(N, now + Span::from_ms(95)), "its limit did not move");
}

/// False suspicions in 20,000 heartbeats over a jittery network, and how long it took to suspect a node
/// that then fell silent, in milliseconds.
fn trade_off(rule: Rule) -> (u32, f64) {
    let mut random = stream(7, Purpose::Node, 0, 0);
    let mut detector = Detector::new(1, rule, BEAT, Time::ZERO);
    let (mut wrong, mut last) = (0, Time::ZERO);
    for i in 1..=20_000u64 {
        let arrives = ms(100 * i) + Span::from_ms_f64(random.exponential(15.0));
        // It looks every two milliseconds until the heartbeat comes.
        let mut look = last;
        while look < arrives {
            wrong += u32::from(detector.look(N, look));
            look += Span::from_ms(2);
        }
        detector.heard(N, arrives);
        last = arrives;
    }
    let silent_from = ms(100 * 20_001);
    let mut now = silent_from;
    while !detector.suspects(N) {
        detector.look(N, now);
        now += Span::from_ms(1);
    }
    (wrong, now.since(silent_from).as_ms())
}

/// The paper's figures 5 and 6: a higher threshold makes fewer mistakes (exponentially fewer) and takes longer to
/// detect a crash (linearly longer).
#[test]
fn a_higher_threshold_makes_fewer_mistakes_and_is_slower() {
    for rules in
        [[1.0, 2.0, 4.0, 8.0].map(Rule::Phi), [20, 40, 60, 100].map(|ms| Rule::Timeout(Span::from_ms(ms)))]
    {
        let measured = rules.map(trade_off);
        assert!(measured[0].0 > 500, "{measured:?}");
        for pair in measured.windows(2) {
            assert!(pair[1].0 * 2 < pair[0].0 && pair[1].1 > pair[0].1, "{measured:?}");
        }
    }
}
