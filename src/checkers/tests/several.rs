//! Small histories of siblings, numbers and sets with known verdicts, and the sentences that go with them.

use netsplit_sim::ids::{Key, NodeId, Value};

use crate::jsonl;
use crate::observation::{Observations, Outcome};
use crate::replicas::{Replica, Replicas};
use crate::testing::{history, judge, judge_with};
use crate::{Verdict, Witness};

fn in_words(verdict: &Verdict) -> String {
    match verdict.sentence() {
        "" => verdict.name().into(),
        sentence => format!("{}: {sentence}", verdict.name()),
    }
}

fn says(name: &str, text: &str) -> String {
    in_words(&judge(name, &history(text)))
}

/// Replicas at rest, with what each holds for `k1`.
fn at_rest(held: &[&[u64]]) -> Replicas {
    let replica = |(index, values): (usize, &&[u64])| Replica {
        node: NodeId(index as u16),
        name: String::new(),
        live: true,
        values: [(Key(0), values.iter().map(|&value| Value(value)).collect())].into(),
        holds: None,
    };
    Replicas { replicas: held.iter().enumerate().map(replica).collect(), settled: true, shown: Vec::new() }
}

fn rests(name: &str, text: &str, held: &[&[u64]]) -> String {
    in_words(&judge_with(name, &history(text), Some(&at_rest(held))))
}

#[test]
fn a_register_never_shows_two_values_at_once() {
    let lin = |text| says("linearizable", text);
    assert_eq!(
        lin("c1 w3 0 10; c2 w5 2 12; c3 m3,5 20 30"),
        "broken: c3's read of k1 returned v3 and v5 at once, and a register never shows two values at once: they \
         are c1's write of v3 (0.0 to 10.0 ms) and c2's write of v5 (2.0 to 12.0 ms)"
    );
    assert_eq!(
        lin("c1 w3 0 10; c3 m3,5 20 30"),
        "broken: c3's read of k1 returned v3 and v5 at once, and a register never shows two values at once: they \
         are c1's write of v3 (0.0 to 10.0 ms) and v5, which nobody had written"
    );
    assert_eq!(lin("c1 w3 0 10; c3 m3 20 30"), "holds", "one value is no two");
    let Verdict::Broken(Witness { operations, event, .. }) =
        judge("linearizable", &history("c1 w3 0 10; c2 w5 2 12; c3 m3,5 20 30; c3 r9 40 50"))
    else {
        panic!("broken")
    };
    assert_eq!((operations.len(), event), (3, Some(30)), "at the read that showed them, not later");
}

#[test]
fn what_a_liar_told_is_named_so() {
    let forged = |text: &str| {
        let mut observations = history(text);
        for operation in &mut observations.operations {
            if operation.outcome == Outcome::Read(Some(Value(99))) {
                operation.outcome = Outcome::Read(Some(Value::forged(NodeId(1))));
            }
        }
        for value in observations.several.iter_mut().flatten().filter(|value| **value == Value(99)) {
            *value = Value::forged(NodeId(1));
        }
        in_words(&judge("linearizable", &observations))
    };
    assert_eq!(
        forged("c1 w3 0 10; c2 r99 20 30"),
        "broken: c2's read of k1 returned n2's forged value at 30.0 ms, which nobody ever wrote"
    );
    assert_eq!(
        forged("c1 i3 0 10; c2 m3,99 20 30"),
        "broken: c2's read of k1 returned n2's forged value at 30.0 ms, which nobody ever wrote"
    );
    assert_eq!(
        forged("c1 a3 0 10; c2 r99 20 30"),
        "broken: c2's read of k1 returned n2's forged value, but the additions acknowledged before it began make 3, \
         and no other was under way"
    );
}

#[test]
fn a_number_is_what_was_added() {
    let lin = |text| says("linearizable", text);
    assert_eq!(lin("c1 r- 0 1; c1 a2 2 10; c2 a3 5 12; c1 r5 20 30"), "holds");
    assert_eq!(lin("c1 a2 0 10; c2 a3 5 40; c1 r2 20 30; c1 r5 50 60"), "holds", "the other came late");
    assert_eq!(lin("c1 a2? 0 10; c1 r- 20 30; c1 r2 40 50; c1 r2 60 70"), "holds", "later, and once");
    assert_eq!(lin("c1 w7 0 10; c2 s7>9 12 14; c1 a-10 20 30; c1 r18446744073709551615 40 50"), "holds");
    assert_eq!(
        lin("c1 a2 0 10; c2 a3 5 12; c1 r3 22 30"),
        "broken: c1's read of k1 returned 3, but the additions acknowledged before it began make 5, and no other \
         was under way"
    );
    assert_eq!(
        lin("c1 a2 0 10; c2 a3? 5 12; c1 r7 22 30"),
        "broken: c1's read of k1 returned 7, but the additions acknowledged before it began make 2, and the other \
         one that may have counted can't explain the difference"
    );
    assert_eq!(
        lin("c1 a1 0 10; c2 a1 1 50; c3 r2 11 20; c3 r1 30 40"),
        "broken: c3's read of k1 returned 2; c3's read began 10.0 ms after that and returned 1, and all additions \
         go the other way"
    );
}

#[test]
fn a_set_is_what_was_inserted_and_not_removed() {
    let lin = |text| says("linearizable", text);
    assert_eq!(lin("c1 m 0 1; c1 i3 2 10; c2 i5 4 12; c1 m3,5 20 30; c2 d3 32 40; c1 m5 50 60"), "holds");
    assert_eq!(lin("c1 i3 0 10; c2 d3! 20 30; c1 m3 40 50"), "holds", "a refused removal has no effect");
    assert_eq!(
        lin("c1 i3 0 1; c2 w5 2 10; c3 d3 3 12; c4 m 4 14; c4 r5 16 18"),
        "holds",
        "and then written over"
    );
    assert_eq!(lin("c1 i3? 0 10; c1 m 20 30; c1 m3 40 50; c1 d3? 52 54; c1 m 60 70"), "holds");
    assert_eq!(
        lin("c1 i3 0 10; c2 m5 22 30"),
        "broken: c2's read of k1 returned v5 at 30.0 ms, before anyone had called an insertion of it"
    );
    assert_eq!(
        lin("c1 i3 0 10; c2 m 22 30"),
        "broken: c2's read of k1 began 12.0 ms after c1's insertion of v3 was acknowledged, and v3 was not in it, \
         though nobody had asked to remove it"
    );
    assert_eq!(
        lin("c1 i3 0 10; c1 d3 12 14; c1 i3 16 18; c2 m 22 30"),
        "broken: c2's read of k1 began 4.0 ms after c1's insertion of v3 was acknowledged, and v3 was not in it, \
         though nobody had asked to remove it since"
    );
    assert_eq!(
        lin("c1 i3 0 10; c1 d3 12 14; c2 m3 22 30"),
        "broken: c2's read of k1 began 8.0 ms after c1's removal of v3 was acknowledged, and v3 was still in it"
    );
    assert_eq!(
        lin("c1 i3 0 90; c2 m3 12 14; c3 m 22 30"),
        "broken: c2's read of k1 showed v3; c3's read began 8.0 ms after that and did not, though nobody had asked \
         to remove it"
    );
}

#[test]
fn siblings_that_show_the_own_write_are_enough() {
    let ryw = |text| says("read-your-writes-by-clock", text);
    assert_eq!(ryw("c2 w1 0 10; c1 w2 20 30; c1 m1,2 40 50"), "holds");
    assert_eq!(ryw("c2 w1 0 10; c2 w3 15 60; c1 w2 20 30; c1 m1,3 40 50"), "holds", "3 may be newer");
    assert_eq!(
        ryw("c2 w1 0 10; c3 w4 1 9; c1 w2 20 30; c1 m1,4 42 50"),
        "broken: c1's read of k1 began 12.0 ms after its own write of v2 was acknowledged, and still returned the \
         older values v1 and v4"
    );
    let mr = |text| says("monotonic-reads-by-clock", text);
    assert_eq!(
        mr("c1 w1 0 10; c2 w2 1 11; c3 m1,2 20 30; c3 r1 40 50"),
        "holds",
        "one may replace the other"
    );
    assert_eq!(
        mr("c1 w1 0 10; c1 w2 20 30; c3 m1,2 40 50; c3 r1 62 70"),
        "broken: c3's read of k1 returned v1 and v2; its next one began 12.0 ms after that and returned the older \
         value v1"
    );
}

#[test]
fn a_session_counts_on_its_own_additions_and_on_what_it_read() {
    let ryw = |text| says("read-your-writes-by-clock", text);
    assert_eq!(
        ryw("c1 a2 0 10; c1 a3 12 20; c1 r3 32 40"),
        "broken: c1's read of k1 began 12.0 ms after its own additions of 5 in all were acknowledged, and still \
         returned 3"
    );
    assert_eq!(ryw("c1 a2 0 10; c1 r- 22 30").split(':').next(), Some("broken"));
    assert_eq!(ryw("c1 a-2 0 10; c1 r- 22 30").split(':').next(), Some("broken"), "the other way round");
    assert_eq!(ryw("c1 a2 0 10; c2 a2 12 20; c1 r2 32 40"), "holds", "it may be the own one");
    assert_eq!(ryw("c1 a2 0 10; c1 r4 32 40"), "holds", "counted twice, but it is there");
    assert_eq!(ryw("c1 a2 0 35; c1 r- 32 40"), "holds", "not yet acknowledged");
    assert_eq!(
        ryw("c1 a2 0 10; c2 a-2? 12 20; c1 r- 32 40"),
        "unknown: k1 is both added to and taken from, and c1's read of it does not tell which of that it saw"
    );
    let mr = |text| says("monotonic-reads-by-clock", text);
    assert_eq!(
        mr("c1 a2 0 10; c2 a3 1 11; c3 r5 20 30; c3 r3 42 50"),
        "broken: c3's read of k1 returned 5; its next one began 12.0 ms after that and returned 3, as if time ran \
         backwards"
    );
    assert_eq!(mr("c1 a2 0 10; c3 r7 20 30; c3 r2 42 50"), "holds", "no additions make 7");
    assert_eq!(mr("c1 a2 0 10; c3 r2 20 30; c4 r- 42 50"), "holds", "another session");
}

#[test]
fn a_session_counts_on_the_elements_that_it_knows() {
    let ryw = |text| says("read-your-writes-by-clock", text);
    assert_eq!(
        ryw("c1 i3 0 10; c1 m 22 30"),
        "broken: c1's read of k1 began 12.0 ms after its own insertion of v3 was acknowledged, and v3 was not in \
         it, though nobody can have removed it"
    );
    assert_eq!(ryw("c1 i3 0 10; c2 d3 12 90; c1 m 22 30"), "holds", "somebody may have removed it");
    assert_eq!(ryw("c1 i3 0 10; c2 d3! 12 20; c1 m 22 30").split(':').next(), Some("broken"));
    assert_eq!(
        ryw("c1 i3 0 10; c1 d3 12 14; c1 m3 24 30"),
        "broken: c1's read of k1 began 10.0 ms after its own removal of v3 was acknowledged, and v3 was still in \
         it, though it was inserted only once"
    );
    assert_eq!(ryw("c2 i3 0 10; c1 d3 12 14; c1 m3 24 30"), "holds", "it had not seen what it removed");
    assert_eq!(ryw("c2 i3 0 10; c1 m3 11 12; c1 d3 13 14; c1 m3 24 30").split(':').next(), Some("broken"));
    assert_eq!(ryw("c1 i3 0 10; c2 i3 1 30; c1 d3 12 14; c1 m3 24 30"), "holds", "inserted again");
    let mr = |text| says("monotonic-reads-by-clock", text);
    assert_eq!(
        mr("c1 i3 0 10; c2 m3 12 20; c2 m 22 30"),
        "broken: c2's read of k1 showed v3; its next one began 2.0 ms after that and did not, though nobody can have \
         removed it"
    );
    assert_eq!(
        mr("c1 i3 0 10; c1 d3 11 90; c2 m3 12 20; c2 m 22 30; c2 m3 32 40"),
        "broken: c2's read of k1 showed v3 no more; its next one began 2.0 ms after that and showed it again, though \
         it was inserted only once"
    );
    assert_eq!(mr("c1 i3 0 10; c1 d3 11 90; c2 m3 12 20; c2 m 22 30"), "holds", "removed");
}

#[test]
fn additions_that_are_lost_or_counted_twice_are_told_apart() {
    let lost = |text, held| rests("no-lost-writes", text, held);
    let two = "c1 a2 0 10; c2 a3 5 12";
    assert_eq!(lost(two, &[&[5], &[5]]), "holds");
    assert_eq!(
        lost(two, &[&[3], &[3]]),
        "broken: The acknowledged additions to k1 make 5, but at rest n1 holds 3: 2 of it is lost"
    );
    assert_eq!(
        lost(two, &[&[7], &[7]]),
        "broken: The acknowledged additions to k1 make 5, but at rest n1 holds 7: 2 was counted more than once"
    );
    assert_eq!(lost("c1 a-2 0 10", &[&[], &[]]).split(": ").last(), Some("-2 of it is lost"));
    assert_eq!(lost(two, &[&[3], &[2]]), "holds", "they have not converged, which is another promise");
    let open = "c1 a2 0 10; c2 a3? 5 12; c2 a3 20 -";
    assert_eq!(lost(open, &[&[2]]), "holds");
    assert_eq!(lost(open, &[&[8]]), "holds");
    assert_eq!(
        lost(open, &[&[6]]),
        "broken: The acknowledged additions to k1 make 2, but at rest n1 holds 6: some of it is lost, or was counted \
         more than once, whichever of the additions without a known outcome counted"
    );
    assert_eq!(lost("c1 a2 0 10; c2 a3! 5 12", &[&[5]]).split(':').next(), Some("broken"), "refused");
}

#[test]
fn elements_that_are_lost_or_resurrected_are_named() {
    let lost = |text, held| rests("no-lost-writes", text, held);
    assert_eq!(lost("c1 i3 0 10; c2 i5 5 12", &[&[3, 5], &[5]]), "holds", "it is still somewhere");
    assert_eq!(
        lost("c1 i3 0 10; c2 i5 5 12", &[&[5], &[5]]),
        "broken: c1's insertion of v3 into k1, sent to n1, was acknowledged at 10.0 ms, but at rest no replica holds \
         it, though nobody can have removed it"
    );
    assert_eq!(lost("c1 i3 0 10; c2 d3? 12 14", &[&[], &[]]), "holds");
    let again = "c1 i3 0 10; c2 d3 12 14; c1 i3 16 18";
    assert_eq!(lost(again, &[&[], &[]]).split(':').next(), Some("broken"), "inserted again and lost");
    assert_eq!(
        lost("c1 i3 0 10; c2 d3 12 14", &[&[3], &[3]]),
        "broken: v3 was inserted into k1 only once, and c2's removal of v3 was acknowledged at 14.0 ms, but at rest \
         n1 holds it again: it is resurrected"
    );
    assert_eq!(lost("c1 i3 0 10; c2 d3 12 14; c3 i3? 1 2", &[&[3], &[3]]), "holds", "inserted twice");
    assert_eq!(lost("c1 i3 0 13; c2 d3 12 14", &[&[3], &[3]]), "holds", "side by side");
}

#[test]
fn a_write_is_kept_as_a_sibling_or_by_a_newer_one() {
    let lost = |text, held| rests("no-lost-writes", text, held);
    let text = "c1 w1 0 10; c1 w2 20 30; c2 w3 22 32";
    assert_eq!(lost(text, &[&[2, 3], &[2, 3]]), "holds");
    assert_eq!(lost(text, &[&[3]]), "holds", "side by side: either may replace the other");
    assert_eq!(lost(text, &[&[1]]).split(':').next(), Some("broken"));
    assert_eq!(
        lost("c2 w9 0 5; c1 w1 0 10; c1 w2 20 30", &[&[1, 9], &[1, 9]]).split(':').next(),
        Some("broken")
    );
}

#[test]
fn a_write_of_a_primary_that_was_cut_off_is_named_when_the_other_history_wins() {
    // n1 is cut off with c1 and acknowledges v2; n2 takes over and never hears of it.
    let split = "c2 w1 0 10; c1 w2 20 30";
    assert_eq!(
        rests("no-lost-writes", split, &[&[1], &[1]]),
        "broken: c1's write of v2 to k1, sent to n1, was acknowledged at 30.0 ms, but at rest no replica holds it or \
         anything newer: n1 holds v1"
    );
    // If the other side wrote after that, it may have replaced it, as far as anybody can tell;
    let written = "c2 w1 0 10; c1 w2 20 30; c2 r1 40 50; c2 w3 60 70";
    assert_eq!(rests("no-lost-writes", written, &[&[3], &[3]]).split(':').next(), Some("unknown"));
    // but whoever read there in between has seen that there are two copies.
    assert_eq!(says("linearizable", written).split(':').next(), Some("broken"));
}

#[test]
fn replicas_that_differ_in_one_element_name_it() {
    let converges = |text, held| rests("converges", text, held);
    assert_eq!(converges("c1 i3 0 10; c2 i5 5 12", &[&[3, 5], &[3, 5]]), "holds");
    assert_eq!(
        converges("c1 i3 0 10; c2 i5 5 12", &[&[3, 5], &[3]]),
        "broken: The network is whole and quiet, and still n1 holds v5 among the values of k1 and n2 does not"
    );
    assert_eq!(
        converges("c1 w3 0 10; c2 w5 5 12", &[&[3], &[3, 5]]),
        "broken: The network is whole and quiet, and still n2 holds v5 among the values of k1 and n1 does not"
    );
    assert_eq!(
        converges("c1 i3 0 10; c2 i5 5 12; c2 i7 15 22", &[&[3, 5], &[5, 7]]),
        "broken: The network is whole and quiet, and still n1 holds v3 among the values of k1 and n2 does not; they \
         differ in 2 values of it"
    );
    assert_eq!(
        converges("c1 a3 0 10; c2 a5 5 12", &[&[3], &[8]]),
        "broken: The network is whole and quiet, and still n1 holds 3 for k1 and n2 holds 8"
    );
}

#[test]
fn numbers_and_sets_are_read_from_text() {
    let line = |process: u32, f: &str, value: &str, out: &str, call: u32| {
        format!(
            r#"{{"process":{process},"f":"{f}","key":"x","value":{value},"out":{out},"call":{call},"return":{},"ok":true}}"#,
            call + 1
        ) + "\n"
    };
    let judged = |text: &str| in_words(&judge("linearizable", &jsonl::read(text).expect("a history")));
    let number = line(0, "add", "5", "null", 0) + &line(1, "add", "-7", "null", 2);
    assert_eq!(judged(&(number.clone() + &line(0, "read", "null", "-2", 4))), "holds");
    assert_eq!(
        judged(&(number.clone() + &line(0, "read", "null", "5", 4))),
        "broken: p0's read of x returned 5, but the additions acknowledged before it began make -2, and no other was \
         under way"
    );
    let set = line(0, "insert", "\"a\"", "null", 0) + &line(1, "insert", "\"b\"", "null", 2);
    assert_eq!(judged(&(set.clone() + &line(0, "read", "null", "[\"b\",\"a\"]", 4))), "holds");
    let removed = set.clone() + &line(0, "remove", "\"a\"", "null", 4);
    assert_eq!(
        judged(&(removed + &line(1, "read", "null", "[\"a\",\"b\"]", 6))),
        "broken: p1's read of x began one event after p0's removal of “a” was acknowledged, and “a” was still in it"
    );
    let problem = |text: String| jsonl::read(&text).expect_err("a problem").to_string();
    assert_eq!(
        problem(set + &line(0, "add", "1", "null", 4)),
        "line 3, field `f`: expected no such call: by line 1 the key is a set"
    );
    assert_eq!(
        problem(number + &line(0, "read", "null", "[1,1]", 4)),
        "line 3, field `out`: expected a list of different values"
    );
    assert_eq!(
        problem(line(0, "insert", "null", "null", 0)),
        "line 1, field `value`: expected a whole number or a text that is not empty for an element"
    );
    assert_eq!(
        problem(line(0, "add", "1.5", "null", 0)),
        "line 1, field `value`: expected a whole number of at most 63 bits for an add"
    );
    assert_eq!(Observations::default(), jsonl::read("").expect("nothing"));
}
