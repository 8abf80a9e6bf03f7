//! Recorded histories of real systems with known verdicts, where there are any beside the project, and
//! small ones of our own.

use std::path::PathBuf;

use crate::jsonl;
use crate::testing::judge;

#[test]
fn recorded_histories_get_their_known_verdicts() {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/histories");
    let folder = std::env::var_os("NETSPLIT_HISTORIES").map_or(beside, PathBuf::from);
    let Ok(verdicts) = std::fs::read_to_string(folder.join("verdicts.json")) else {
        eprintln!("skipped: no recorded histories; NETSPLIT_HISTORIES may name a folder of them");
        return;
    };
    let verdicts: std::collections::BTreeMap<String, bool> =
        serde_json::from_str(&verdicts).expect("a map of names to verdicts");
    assert!(!verdicts.is_empty());
    for (name, linearizable) in verdicts {
        let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).expect("a history");
        let observations = jsonl::read(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let verdict = judge("linearizable", &observations);
        let expected = if linearizable { "holds" } else { "broken" };
        assert_eq!(verdict.name(), expected, "{name}: {}", verdict.sentence());
        println!("{name}: {} {}", verdict.name(), verdict.sentence());
    }
}
