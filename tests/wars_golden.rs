//! Trials of the model of quorums come out the same for ever, and in WebAssembly: `browser/probe.test.mjs` knows the same
//! numbers.

use netsplit_tests::wars::{WARS, run_wars};

const GOLDEN: [(&str, u64); 5] = [
    ("exponential", 11_589_283_832_020_176_629),
    ("LNKD-SSD", 5_990_322_199_989_501_561),
    ("LNKD-DISK", 7_838_155_045_482_543_642),
    ("YMMR", 4_498_778_147_416_576_054),
    ("WAN", 7_887_749_869_168_786_451),
];

#[test]
fn a_million_trials_come_to_the_same() {
    let found: Vec<(&str, u64)> =
        (0..).zip(WARS).map(|(model, (name, _))| (name, run_wars(model, 1_000_000))).collect();
    assert_eq!(found, GOLDEN);
}
