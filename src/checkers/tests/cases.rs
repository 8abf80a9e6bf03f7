//! Small histories with known verdicts, and the sentences that go with them.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, NodeId, OpId, Value};
use netsplit_sim::time::Time;

use crate::replicas::{Replica, Replicas};
use crate::testing::{history, judge, judge_with};
use crate::{ALL, Input, Verdict, find};

/// The verdict with its words.
fn says(name: &str, text: &str) -> String {
    in_words(&judge(name, &history(text)))
}

fn says_with(name: &str, text: &str, replicas: &Replicas) -> String {
    in_words(&judge_with(name, &history(text), Some(replicas)))
}

fn in_words(verdict: &Verdict) -> String {
    match verdict.sentence() {
        "" => verdict.name().into(),
        sentence => format!("{}: {sentence}", verdict.name()),
    }
}

/// What each replica holds, as pairs of key and value.
fn replicas(settled: bool, held: &[&[(u32, u64)]]) -> Replicas {
    let replica = |(index, values): (usize, &&[(u32, u64)])| Replica {
        node: NodeId(index as u16),
        name: String::new(),
        live: true,
        values: values.iter().map(|&(key, value)| (Key(key), vec![Value(value)])).collect::<BTreeMap<_, _>>(),
        holds: None,
    };
    Replicas { replicas: held.iter().enumerate().map(replica).collect(), settled, shown: Vec::new() }
}

#[test]
fn the_registers_of_the_literature_get_their_verdicts() {
    let lin = |text| says("linearizable", text);
    // Nothing plays the part of the initial zero.
    assert_eq!(lin("c1 w100 0 100; c2 r100 25 75; c3 r- 30 60"), "holds");
    assert_eq!(
        lin("c1 w200 0 100; c2 r200 10 30; c3 r- 40 90"),
        "broken: c2's read of k1 returned v200; c3's read began 10.0 ms after that and returned nothing"
    );
    // A completed read of a value whose write begins later.
    assert_eq!(
        lin("c1 r1 0 10; c2 w1 20 30"),
        "broken: c1's read of k1 returned v1 at 10.0 ms, before anyone had called a write of it"
    );
    // Figure 2 of Bouajjani and others (POPL 2017), one operation after another in each session, the sessions
    // side by side: none of the three can be one copy.
    for text in [
        "c1 w1 0 1; c1 r2 4 5; c2 w2 2 3; c2 r1 6 7",
        "c1 w1 0 1; c2 w2 2 3; c2 r1 4 5; c2 r2 6 7",
        "c1 w1 0 1; c1 k2:w1 2 3; c2 k2:r1 4 5; c2 w2 6 7; c3 r2 8 9; c3 r1 10 11",
    ] {
        assert_eq!(judge("linearizable", &history(text)).name(), "broken", "{text}");
    }
}

#[test]
fn a_failed_compare_and_set_is_a_constraint() {
    let lin = |text| says("linearizable", text);
    assert_eq!(lin("c1 w3 0 10; c2 n4>5 20 30; c3 r3 40 50"), "holds");
    assert_eq!(lin("c1 w3 0 10; c2 n3>5 5 30; c3 r3 40 50"), "holds", "it may have come before the write");
    assert_eq!(
        lin("c1 w3 0 10; c2 n3>5 22 30"),
        "broken: c2's compare-and-set from v3 to v5 of k1 failed, though it began 12.0 ms after c1's write of v3 \
         was acknowledged, and nothing else was written since"
    );
    assert_eq!(
        lin("c1 n->5 0 10"),
        "broken: c1's compare-and-set from nothing to v5 of k1 failed, though nothing had been written"
    );
}

#[test]
fn an_unknown_outcome_may_take_effect_at_any_later_time_or_never() {
    let lin = |text| says("linearizable", text);
    assert_eq!(lin("c1 w1? 0 10; c2 r- 20 30; c2 r1 40 50"), "holds", "late");
    assert_eq!(lin("c1 w1? 0 10; c2 r- 20 30; c2 r- 40 50"), "holds", "never");
    assert_eq!(lin("c1 w1 0 -; c2 r1 20 30; c3 w2 40 50; c2 r2 60 70"), "holds", "not returned");
    assert_eq!(lin("c1 s->1? 0 10; c1 s1>2? 20 30; c2 r2 40 50"), "holds", "one for the other");
    assert_eq!(lin("c1 w1? 0 10; c2 n->2 20 30"), "holds", "so that another fails");
    assert_eq!(
        lin("c1 w1? 0 10; c2 r1 20 30; c3 w2 40 50; c2 r1 60 70"),
        "broken: c2's read of k1 began 10.0 ms after c3's write of v2 was acknowledged, and still returned the \
         older value v1",
        "but only once"
    );
    assert_eq!(
        lin("c1 w1! 0 10; c2 r1 20 30"),
        "broken: c2's read of k1 returned v1 at 30.0 ms, before anyone had called a write of it",
        "and never if it was refused"
    );
    assert_eq!(
        lin("c1 r7? 0 10; c2 r9 20 -; c3 r8! 30 40"),
        "holds",
        "a read without an answer says nothing"
    );
}

#[test]
fn the_common_shapes_have_sentences_of_their_own() {
    let lin = |text| says("linearizable", text);
    assert_eq!(
        lin("c1 w3 0 10; c1 w7 20 30; c2 r3 70 80"),
        "broken: c2's read of k1 began 40.0 ms after c1's write of v7 was acknowledged, and still returned the \
         older value v3"
    );
    assert_eq!(
        lin("c1 w7 20 30; c2 r- 31 80"),
        "broken: c2's read of k1 began 1.0 ms after c1's write of v7 was acknowledged, and still returned nothing"
    );
    assert_eq!(
        lin("c1 w3 0 10; c1 w7 20 90; c2 r7 30 40; c3 r3 52 60"),
        "broken: c2's read of k1 returned v7; c3's read began 12.0 ms after that and returned the older value v3"
    );
    assert_eq!(
        lin("c1 w3 0 90; c2 w7 1 91; c3 r3 10 20; c4 r7 30 40; c5 r3 50 60"),
        "broken: c3's read of k1 returned v3, then c4's read returned v7, and then c5's read returned v3 again, \
         which was there only once"
    );
    assert_eq!(
        lin("c1 w3 0 10; c2 w7 20 30; c3 s3>9 40 50"),
        "broken: c3's compare-and-set of k1 began 10.0 ms after c2's write of v7 was acknowledged, and still \
         found the older value v3"
    );
    assert_eq!(
        lin("c1 s->1 0 10; c2 s->2 1 11"),
        "broken: c1's compare-and-set and c2's compare-and-set of k1 both found nothing there, and only one can \
         have been the first"
    );
    assert_eq!(
        lin("c3 w7 0 1; c1 s7>1 2 10; c2 s7>2 3 11"),
        "broken: c1's compare-and-set and c2's compare-and-set of k1 both replaced v7, which was there only once"
    );
    assert_eq!(
        lin("c1 w1 0 10; c2 s1>1 20 30; c3 w1 40 50; c4 w2 60 90; c5 w3 61 91; c6 r2 92 93; c7 n2>4 94 95"),
        "broken: No order of the operations on k1 explains these answers together: c2's compare-and-set from v1 to \
         v1 succeeded (20.0 to 30.0 ms); c3's write of v1 was acknowledged (40.0 to 50.0 ms); c5's write of v3 was \
         acknowledged (61.0 to 91.0 ms); c6's read returned v2 (92.0 to 93.0 ms); c7's compare-and-set from v2 to \
         v4 failed (94.0 to 95.0 ms)"
    );
}

#[test]
fn what_had_no_effect_can_not_have_been_seen() {
    let lin = |text| says("linearizable", text);
    assert_eq!(
        lin("c1 w1! 0 30; c2 r1 5 10"),
        "broken: c2's read of k1 returned v1, but c1's write of v1 was refused"
    );
    assert_eq!(
        lin("c1 n->1 0 30; c2 s1>2 5 10"),
        "broken: c2's compare-and-set of k1 found v1, but c1's compare-and-set from nothing to v1 failed"
    );
    assert_eq!(lin("c1 w1! 0 30; c2 w1? 1 5; c3 r1 6 10"), "holds", "there is another of that value");
}

#[test]
fn values_written_twice_are_not_taken_for_one() {
    let many = "c1 w1 0 100; c2 w1 1 101; c3 s1>2 2 102; c4 s1>3 3 103";
    assert_eq!(says("linearizable", many), "holds");
    let third = says("linearizable", &format!("{many}; c5 s1>4 4 104"));
    assert!(third.starts_with("broken: No order of the operations on k1"), "{third}");
    let back = "c1 w1 0 100; c2 w1 1 101; c3 w2 2 102; c4 r1 10 11; c4 r2 12 13; c4 r1 14 15";
    assert_eq!(says("linearizable", back), "holds");
}

#[test]
fn a_witness_names_its_operations_and_the_earliest_moment() {
    let text = "c1 w1 0 5; c2 k2:r9 3 8; c1 w2 6 10; c2 r1 20 30; c3 r1 40 50";
    let Verdict::Broken(witness) = judge("linearizable", &history(text)) else { panic!("broken") };
    assert_eq!(witness.operations, [OpId(1)], "the read from nowhere of another key came first");
    assert_eq!((witness.event, witness.at), (Some(8), Some(Time(8_000_000))));
    let text = "c1 w1 0 5; c1 w2 6 10; c2 r1 20 30; c3 r1 40 50";
    let Verdict::Broken(witness) = judge("linearizable", &history(text)) else { panic!("broken") };
    assert_eq!(witness.operations, [0, 1, 2].map(OpId));
    assert_eq!((witness.event, witness.at), (Some(30), Some(Time(30_000_000))));
}

#[test]
fn a_session_reads_its_own_writes() {
    let ryw = |text| says("read-your-writes-by-clock", text);
    assert_eq!(
        ryw("c1 w1 0 10; c1 w2 20 30; c1 r1 42 50"),
        "broken: c1's read of k1 began 12.0 ms after its own write of v2 was acknowledged, and still returned the \
         older value v1"
    );
    assert_eq!(
        ryw("c1 s->1 0 10; c1 r- 10000 10001"),
        "broken: c1's read of k1 began 9990.0 ms after its own compare-and-set from nothing to v1 was \
         acknowledged, and still returned nothing"
    );
    assert_eq!(ryw("c1 w1 0 10; c1 w2 20 30; c2 r1 42 50"), "holds", "another session");
    assert_eq!(ryw("c1 w1 0 10; c1 w2 20 30; c1 k2:r- 42 50"), "holds", "another key");
    assert_eq!(ryw("c1 w1 0 10; c1 w2? 20 30; c1 r1 42 50"), "holds", "not acknowledged");
    assert_eq!(ryw("c1 w1 0 10; c1 w2 20 45; c1 r1 42 50"), "holds", "not yet acknowledged");
    assert_eq!(
        ryw("c2 w1 0 25; c1 w2 20 30; c1 r1 42 50"),
        "holds",
        "they overlap, so the other may be newer"
    );
    assert_eq!(ryw("c2 w1? 0 5; c1 w2 20 30; c1 r1 42 50"), "holds", "it may have taken effect late");
    assert_eq!(ryw("c1 w1? 0 5; c1 w2 20 30; c1 r1 42 50"), "holds", "even if it is its own");
    assert_eq!(
        ryw("c2 w1? 0 5; c3 r1 6 10; c1 w2 20 30; c1 r1 42 50"),
        "broken: c1's read of k1 began 12.0 ms after its own write of v2 was acknowledged, and still returned the \
         older value v1",
        "unless somebody saw it before"
    );
}

#[test]
fn the_reads_of_a_session_do_not_go_back() {
    let mr = |text| says("monotonic-reads-by-clock", text);
    assert_eq!(
        mr("c1 w1 0 10; c1 w2 20 30; c2 r2 40 50; c2 r1 62 70"),
        "broken: c2's read of k1 returned v2; its next one began 12.0 ms after that and returned the older value v1"
    );
    assert_eq!(
        mr("c1 w1 0 10; c2 r1 40 50; c2 r- 62 70"),
        "broken: c2's read of k1 returned v1; its next one began 12.0 ms after that and returned nothing"
    );
    assert_eq!(mr("c1 w1 0 10; c1 w2 20 30; c2 r2 40 50; c3 r1 62 70"), "holds", "another session");
    assert_eq!(mr("c1 w1 0 10; c1 w2 20 30; c2 r2 40 50; c2 k2:r- 62 70"), "holds", "another key");
    assert_eq!(mr("c1 w1 0 10; c1 w2 20 30; c2 r2 40 65; c2 r1 62 70"), "holds", "side by side");
    assert_eq!(mr("c1 w1 0 25; c1 w2 20 30; c2 r2 40 50; c2 r1 62 70"), "holds", "either may be newer");
    assert_eq!(mr("c1 w1 0 10; c1 w2 20 -; c2 r2 40 50; c2 r1 62 70").split(':').next(), Some("broken"));
    // Figure 2, case e, of Bouajjani and others.
    assert_eq!(
        mr("c1 w1 0 1; c1 k2:w1 2 3; c2 k2:r1 4 5; c2 w2 6 7; c3 r2 8 9; c3 r1 10 11").split(':').next(),
        Some("broken")
    );
}

#[test]
fn values_that_do_not_name_their_write_are_not_guessed_at() {
    assert_eq!(
        says("monotonic-reads-by-clock", "c1 w1 0 10; c1 w2 20 30; c3 w1 25 45; c2 r2 40 50; c2 r1 62 70"),
        "unknown: c2's read of k1 returned v1, which may come from more than one write"
    );
    assert_eq!(
        says("read-your-writes-by-clock", "c2 w-? 0 5; c3 r- 6 10; c1 w2 20 30; c1 r- 42 50"),
        "unknown: c3's read of k1 returned nothing, which may come from more than one write",
        "nothing, written again"
    );
    assert_eq!(
        says("read-your-writes-by-clock", "c1 w1 0 1; c2 w1 2 3; c1 w2 20 30; c1 r1 62 70").split(':').next(),
        Some("broken"),
        "all of its writes are older"
    );
}

#[test]
fn a_write_is_lost_when_nobody_finds_it_any_more() {
    let lost = |text| says("no-lost-writes", text);
    assert_eq!(
        lost("c1 w3 0 10; c1 w7 20 30; c2 r3 70 80"),
        "broken: c2's read of k1 began 40.0 ms after c1's write of v7 was acknowledged and returned the older \
         value v3; nobody has seen it since"
    );
    assert_eq!(lost("c1 w7 20 30; c2 r- 70 80").split(':').next(), Some("broken"));
    assert_eq!(lost("c1 w3 0 10; c1 w7 20 30; c2 r3 70 80; c3 r7 90 95"), "holds", "it was late, not lost");
    assert_eq!(lost("c1 w3 0 10; c1 w7 20 30; c2 r3 25 80"), "holds", "the read began before");
    assert_eq!(lost("c1 w3 0 10; c1 w7? 20 30; c2 r3 70 80"), "holds", "it was not acknowledged");
    assert_eq!(lost("c1 w3 0 25; c1 w7 20 30; c2 r3 70 80"), "holds", "the other may be newer");
    assert_eq!(
        lost("c1 w3 0 10; c3 w5? 5 15; c1 w7 20 30; c2 r3 70 80"),
        "holds",
        "another may have replaced it"
    );
    assert_eq!(
        lost("c1 w3 0 10; c1 w7 20 30; c2 r3 70 80; c1 w8 90 95; c2 r8 96 99"),
        "unknown: c2's read of k1 missed c1's write of v7, which was replaced before anybody saw it again: late \
         or lost, the clients can't tell"
    );
    assert_eq!(
        lost("c1 w3 0 10; c1 w7 20 30; c2 r3 70 80; c1 n4>8 90 95").split(':').next(),
        Some("broken"),
        "a failed compare-and-set replaces nothing"
    );
}

#[test]
fn the_replicas_tell_a_lost_write_from_a_late_one() {
    let text = "c1 w3 0 10; c1 w7 20 30; c2 r3 70 80";
    let lost = |replicas: &Replicas| says_with("no-lost-writes", text, replicas);
    assert_eq!(lost(&replicas(false, &[&[(0, 3)], &[(0, 7)]])), "holds");
    assert_eq!(
        lost(&replicas(true, &[&[(0, 3)], &[(0, 7)]])),
        "holds",
        "they have not converged, but it is there"
    );
    assert_eq!(
        lost(&replicas(true, &[&[(0, 3)], &[]])),
        "broken: c1's write of v7 to k1, sent to n1, was acknowledged at 30.0 ms, but at rest no replica holds it or \
         anything newer: n1 holds v3"
    );
    let mut down = replicas(false, &[&[(0, 3)], &[(0, 7)]]);
    down.replicas[1].live = false;
    assert_eq!(
        lost(&down),
        "unknown: c2's read of k1 began 40.0 ms after c1's write of v7 was acknowledged and returned the older \
         value v3; only n2, which is down, still holds it"
    );
    // Without a read that missed it, only a cluster at rest proves anything.
    let quiet = "c1 w3 0 10; c1 w7 20 30";
    assert_eq!(says_with("no-lost-writes", quiet, &replicas(false, &[&[(0, 3)]])), "holds");
    assert_eq!(
        judge_with("no-lost-writes", &history(quiet), Some(&replicas(true, &[&[(0, 3)]]))).name(),
        "broken"
    );
    assert_eq!(says_with("no-lost-writes", quiet, &replicas(true, &[&[(0, 9)]])), "holds", "9 may be newer");
}

#[test]
fn replicas_converge_or_not_or_not_yet() {
    let text = "c1 w3 0 10; c2 w7 5 30";
    let converges = |replicas: &Replicas| says_with("converges", text, replicas);
    assert_eq!(converges(&replicas(false, &[&[(0, 3), (1, 4)], &[(0, 3), (1, 4)]])), "holds");
    assert_eq!(
        converges(&replicas(false, &[&[(0, 3)], &[(0, 3)], &[]])),
        "unknown: not settled yet: n1 holds v3 for k1 and n3 holds nothing"
    );
    let apart = replicas(true, &[&[(0, 3)], &[(0, 3)], &[(0, 7)]]);
    assert_eq!(
        converges(&apart),
        "broken: The network is whole and quiet, and still n1 holds v3 for k1 and n3 holds v7"
    );
    let Verdict::Broken(witness) = judge_with("converges", &history(text), Some(&apart)) else {
        panic!("broken")
    };
    assert_eq!((witness.operations, witness.nodes), (vec![OpId(0), OpId(1)], vec![NodeId(0), NodeId(2)]));
    let mut down = replicas(false, &[&[(0, 3)], &[]]);
    down.replicas[1].live = false;
    assert_eq!(converges(&down), "unknown: not settled yet: n2 is down, and behind");
    down.replicas[1].values.insert(Key(0), vec![Value(3)]);
    assert_eq!(converges(&down), "holds");
    assert_eq!(judge("converges", &history(text)).name(), "unknown");
}

#[test]
fn a_search_that_costs_too_much_says_so() {
    // Twenty compare-and-sets side by side, and a read that none of their orders explains.
    let mut text: Vec<String> = (1..=14).map(|c| format!("c{c} w{} {c} {}", c % 3, 100 + c)).collect();
    text.extend((1..=14).map(|c| format!("c{c} s{}>{} {} {}", c % 3, (c + 1) % 3, 200 + c, 300 + c)));
    text.push("c1 n9>1 400 401; c2 r2 402 403; c3 r1 404 405".into());
    let observations = history(&text.join(";"));
    let checker = find("linearizable").expect("registered");
    let verdict = (checker.check)(&Input::of(&observations), 100);
    let Verdict::Unknown(unknown) = verdict else { panic!("{verdict:?}") };
    assert!(unknown.spent >= 100 && unknown.spent < 1_000, "{}", unknown.spent);
    assert!(unknown.reason.starts_with("too many operations on k1 overlap"), "{}", unknown.reason);
}

#[test]
fn the_search_tries_no_configuration_twice() {
    // Twelve writes side by side have half a billion orders, but only some ten thousand configurations. The
    // values repeat, so that only a search can tell that no order ends in a value that nobody wrote last.
    let mut text: Vec<String> = (1..=12).map(|c| format!("c{c} w{} {c} {}", c % 3, 100 + c)).collect();
    text.push("c1 w9 0 50; c2 w9 20 60; c3 r9 200 201; c4 r1 202 203".into());
    let observations = history(&text.join(";"));
    let checker = find("linearizable").expect("registered");
    let verdict = (checker.check)(&Input::of(&observations), 1_000_000);
    assert_eq!(verdict.name(), "broken", "{verdict:?}");
}

#[test]
fn many_reads_and_writes_at_once_are_no_problem() {
    // Forty writers and forty readers side by side, in every round: no search could try their orders.
    let mut text = Vec::new();
    for round in 0..20 {
        let start = round * 1_000;
        for client in 0..40 {
            let value = 1 + round * 40 + client;
            text.push(format!("c{} w{value} {} {}", client + 1, start + client, start + 200 + client));
            let seen = 1 + round * 40 + (client * 7) % 40;
            text.push(format!("c{} r{seen} {} {}", client + 41, start + 100 + client, start + 300 + client));
        }
    }
    let verdict = judge("linearizable", &history(&text.join(";")));
    assert_eq!(in_words(&verdict), "holds");
}

#[test]
fn names_are_unique_and_findable() {
    for checker in ALL {
        assert_eq!(find(checker.name).expect("registered").title, checker.title);
        assert!(checker.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", checker.name);
        assert!(checker.explanation.ends_with('.'), "{}", checker.explanation);
    }
    assert!(find("best-effort").is_none());
}
