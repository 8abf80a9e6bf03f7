//! Histories as text: small ones of our own, wrong ones, and recorded ones of real systems with known
//! verdicts, where there are any beside the project.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use crate::jsonl;
use crate::observation::{Call, Outcome};
use crate::testing::judge;

const REGISTER: &str = r#"
{"process": 0, "f": "write", "key": "r", "value": 3, "out": null, "call": 0, "return": 4, "ok": true}
{"process": 7, "f": "read", "key": "r", "value": null, "out": null, "call": 1, "return": 2, "ok": true}
{"process": 7, "f": "cas", "key": "r", "value": [3, 4], "out": true, "call": 5, "return": 8, "ok": true}
{"process": 0, "f": "cas", "key": "r", "value": [3, 5], "out": false, "call": 6, "return": 7, "ok": false}
{"process": 1, "f": "write", "key": "r", "value": 6, "out": null, "call": 9, "return": 10, "ok": null}
{"process": 2, "f": "write", "key": "r", "value": 7, "out": null, "call": 11, "return": null, "ok": null}
{"process": 3, "f": "read", "key": "r", "value": null, "out": 6, "call": 12, "return": 13, "ok": true}
"#;

const TEXTS: &str = r#"
{"process": 0, "f": "append", "key": "0", "value": "a", "out": null, "call": 0, "return": 3, "ok": true}
{"process": 1, "f": "append", "key": "0", "value": "b", "out": null, "call": 1, "return": 4, "ok": true}
{"process": 2, "f": "read", "key": "0", "value": null, "out": "", "call": 2, "return": 5, "ok": true}
{"process": 2, "f": "read", "key": "0", "value": null, "out": "ba", "call": 6, "return": 7, "ok": true}
{"process": 2, "f": "append", "key": "0", "value": "c", "out": null, "call": 8, "return": 9, "ok": null}
{"process": 2, "f": "read", "key": "0", "value": null, "out": "bac", "call": 10, "return": 11, "ok": true}
"#;

#[test]
fn a_text_is_read_as_it_is_meant() {
    let observations = jsonl::read(REGISTER).expect("a history");
    let operations = &observations.operations;
    assert_eq!(operations.len(), 7);
    assert_eq!(operations[0].outcome, Outcome::Done);
    assert_eq!(operations[1].outcome, Outcome::Read(None));
    assert!(matches!(operations[2].call, Call::Cas { .. }) && operations[2].outcome == Outcome::Done);
    assert_eq!(operations[3].outcome, Outcome::NotSwapped);
    assert_eq!((operations[4].outcome, operations[4].returned), (Outcome::Unknown, Some(10)));
    assert_eq!((operations[5].outcome, operations[5].returned), (Outcome::Pending, None));
    assert_eq!(operations[1].session, operations[2].session);
    assert_eq!(observations.session_name(operations[2].session), "p7");
    assert_eq!(judge("linearizable", &observations).name(), "holds");
    let stale = REGISTER.replace(r#""out": 6, "call": 12"#, r#""out": 3, "call": 12"#);
    let verdict = judge("linearizable", &jsonl::read(&stale).expect("a history"));
    assert_eq!(
        verdict.sentence(),
        "p3's read of r began 4 events after p7's compare-and-set from 3 to 4 was acknowledged, and still returned \
         the older value 3"
    );
}

#[test]
fn texts_that_grow_are_judged_by_all_that_was_appended() {
    let judge_text = |text: &str| judge("linearizable", &jsonl::read(text).expect("a history"));
    assert_eq!(judge_text(TEXTS).name(), "holds");
    assert_eq!(judge_text(&TEXTS.replace("\"bac\"", "\"ba\"")).name(), "holds", "c may never come");
    assert_eq!(judge_text(&TEXTS.replace("\"ba\"", "\"b\"")).name(), "broken", "a is missing");
    assert_eq!(judge_text(&TEXTS.replace("\"bac\"", "\"abc\"")).name(), "broken", "turned round");
    assert_eq!(
        judge_text(&TEXTS.replace("\"bac\"", "\"bc\"")).sentence(),
        "No order of the operations on key `0` explains these answers together: p2's read returned \
         “ba” (events 6 to 7); p2's read returned “bc” (events 10 to 11)"
    );
    let sessions = judge("monotonic-reads-by-clock", &jsonl::read(TEXTS).expect("a history"));
    assert_eq!(
        sessions.sentence(),
        "key `0` is a text that grows, and p2's read of it does not tell which writes it saw"
    );
}

#[test]
fn a_number_and_the_text_of_it_are_two_values() {
    let text = REGISTER.replace(r#""out": 6"#, r#""out": "6""#);
    assert_eq!(judge("linearizable", &jsonl::read(&text).expect("a history")).name(), "broken");
}

#[test]
fn a_problem_names_its_line_its_field_and_what_was_expected() {
    let problem = |from: &str, to: &str| {
        assert!(REGISTER.contains(from), "{from}");
        jsonl::read(&REGISTER.replace(from, to)).expect_err(to).to_string()
    };
    assert_eq!(
        problem(r#""call": 0, "#, ""),
        "line 2, field `call`: expected a value (the field is missing)"
    );
    assert_eq!(
        problem(r#""f": "write", "key": "r", "value": 3"#, r#""f": "increment", "key": "r", "value": 3"#),
        "line 2, field `f`: expected read, write, cas, append, add, insert or remove"
    );
    assert_eq!(problem("[3, 4]", "[3]"), "line 4, field `value`: expected [from, to] for a cas");
    assert_eq!(
        problem(r#""out": 6"#, r#""out": 6.5"#),
        "line 8, field `out`: expected a whole number of at most 63 bits"
    );
    assert_eq!(
        problem(r#""out": 6"#, r#""out": {"6": 6}"#),
        "line 8, field `out`: expected a whole number, a text or null"
    );
    assert_eq!(
        problem(r#""process": 3"#, r#""process": "3""#),
        "line 8, field `process`: expected a whole number"
    );
    assert_eq!(
        problem(r#""call": 12"#, r#""call": 3"#),
        "line 8, field `call`: expected a number from 11 on: lines are sorted by it"
    );
    assert_eq!(
        problem(r#""return": 13"#, r#""return": 12"#),
        "line 8, field `return`: expected a number above 12, which is the call"
    );
    assert_eq!(
        problem(r#""call": 12"#, r#""call": 11"#),
        "line 8, field `call`: expected another number than 11, which is on line 7 as well"
    );
    assert_eq!(
        problem(r#""return": null, "ok": null"#, r#""return": null, "ok": true"#),
        "line 7, field `ok`: expected null for an operation that never returned"
    );
    assert_eq!(problem(r#""ok": false"#, r#""ok": 0"#), "line 5, field `ok`: expected true, false or null");
    assert!(
        problem("\n{\"process\": 0, \"f\": \"write\"", "\n{\"process\": 0 \"f\": \"write\"")
            .starts_with("line 2: expected a JSON object; at column 15")
    );
    assert_eq!(jsonl::read("[]").expect_err("a list").to_string(), "line 1: expected a JSON object");
    assert_eq!(jsonl::read("\n  \n").expect("an empty history").operations.len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_or_a_checker_panic(
        text in "\\PC*", place in 0..900usize, length in 0..40usize, splice in "[\\[\\]{}\",:0-9a-z \n\\-]{0,12}",
    ) {
        let _ = jsonl::read(&text);
        let mut spoilt = REGISTER.to_string();
        spoilt.push_str(TEXTS);
        let place = place.min(spoilt.len());
        let end = (place + length).min(spoilt.len());
        spoilt.replace_range(place..end, &splice);
        for text in [spoilt.as_str(), spoilt.get(..REGISTER.len()).unwrap_or("")] {
            if let Ok(observations) = jsonl::read(text) {
                for checker in crate::ALL {
                    let _ = judge(checker.name, &observations);
                }
            }
        }
    }
}

#[test]
fn recorded_histories_get_their_known_verdicts() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/histories");
    let folder = std::env::var_os("NETSPLIT_HISTORIES").map_or(beside, PathBuf::from);
    let Ok(verdicts) = std::fs::read_to_string(folder.join("verdicts.json")) else {
        eprintln!("skipped: no recorded histories; NETSPLIT_HISTORIES may name a folder of them");
        return;
    };
    let verdicts: BTreeMap<String, bool> = serde_json::from_str(&verdicts).expect("names and verdicts");
    assert!(!verdicts.is_empty());
    for (name, linearizable) in verdicts {
        let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).expect("a history");
        let observations = jsonl::read(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let verdict = judge("linearizable", &observations);
        let expected = if linearizable { "holds" } else { "broken" };
        assert_eq!(verdict.name(), expected, "{name}: {}", verdict.sentence());
    }
}
