//! The four session guarantees against their definitions, word by word, and against causal consistency and PRAM.

use super::causal::{anything, every_history, short};
use super::force::Relation;
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::testing::{Numbers, history, judge};
use crate::{Verdict, models};

const GUARANTEES: [&str; 4] =
    ["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"];

/// Which write each operation saw: `None` if nothing is said about it, `Some(None)` for what the key begins with.
type Origins = Vec<Option<Option<usize>>>;

fn is_known(operation: &Observation) -> bool {
    !matches!(operation.outcome, Outcome::Unknown | Outcome::Pending)
}

/// What an operation says that it saw.
fn sees(operation: &Observation) -> Option<Option<netsplit_sim::ids::Value>> {
    match (operation.call, operation.outcome) {
        (Call::Read, Outcome::Read(value)) => Some(value),
        (Call::Cas { from, .. }, Outcome::Done) => Some(from),
        _ => None,
    }
}

struct Whole<'a> {
    operations: Vec<&'a Observation>,
    origins: Origins,
}

impl Whole<'_> {
    fn so(&self, earlier: usize, later: usize) -> bool {
        let (earlier, later) = (self.operations[earlier], self.operations[later]);
        earlier.session == later.session
            && is_known(earlier)
            && earlier.returned.is_some_and(|at| at < later.invoked)
    }

    fn closed(&self, arrow: impl Fn(usize, usize) -> bool) -> Relation {
        let count = self.operations.len();
        let before =
            |later| (0..count).filter(|&earlier| arrow(earlier, later)).fold(0, |set, bit| set | 1 << bit);
        let mut order: Relation = (0..count).map(before).collect();
        for middle in 0..count {
            for later in 0..count {
                if order[later] >> middle & 1 == 1 {
                    order[later] |= order[middle];
                }
            }
        }
        order
    }

    /// Whether the one read from the other; `by` if it was by an operation of this session.
    fn reads(&self, write: usize, reader: usize, by: Option<u32>) -> bool {
        self.origins[reader] == Some(Some(write))
            && by.is_none_or(|session| {
                self.operations[reader].session.0 == session && is_known(self.operations[reader])
            })
    }

    fn breaks(&self, guarantee: &str) -> bool {
        let count = self.operations.len();
        let everything = self.closed(|a, b| self.so(a, b) || self.reads(a, b, None));
        let is_before = |order: &Relation, earlier: usize, later: usize| order[later] >> earlier & 1 == 1;
        let writes =
            |index: usize| self.operations[index].call.is_update() && self.operations[index].may_update();
        (0..count).any(|read| {
            let Some(from) = self.origins[read] else { return false };
            let (key, session) = (self.operations[read].key, self.operations[read].session);
            let own = Some(session.0);
            // What the session knew when it called something, and the same with what a compare-and-set found itself.
            let known = self.closed(|a, b| {
                self.so(a, b) || (0..count).any(|middle| self.reads(a, middle, own) && self.so(middle, b))
            });
            let found = self.closed(|a, b| self.so(a, b) || self.reads(a, b, own));
            let is_older = |order: &Relation, newer: usize| {
                Some(newer) != from && from.is_none_or(|from| is_before(order, from, newer))
            };
            let plain = |index: usize| self.operations[index].call == Call::Read;
            let mut newer = (0..count).filter(|&newer| writes(newer) && self.operations[newer].key == key);
            match guarantee {
                "read-your-writes" => {
                    plain(read) && newer.any(|newer| self.so(newer, read) && is_older(&known, newer))
                }
                "monotonic-reads" => {
                    plain(read)
                        && newer.any(|newer| {
                            let saw = |other: usize| plain(other) && self.reads(newer, other, own);
                            (0..count).any(|other| saw(other) && self.so(other, read))
                                && is_older(&known, newer)
                        })
                }
                "monotonic-writes" => {
                    is_known(self.operations[read])
                        && newer.any(|newer| {
                            let saw = |other: usize| {
                                (0..count).any(|later| {
                                    self.operations[later].session != session
                                        && self.so(newer, later)
                                        && self.reads(later, other, own)
                                })
                            };
                            (0..count).any(|other| saw(other) && self.so(other, read))
                                && is_older(&known, newer)
                        })
                }
                _ => {
                    (0..count).all(|index| !is_before(&everything, index, index))
                        && newer.any(|newer| {
                            is_before(&everything, newer, read)
                                && is_older(&everything, newer)
                                && !(is_before(&found, newer, read) && is_older(&found, newer))
                        })
                }
            }
        })
    }
}

/// Whether some choice of origins keeps a guarantee.
fn is_kept(guarantee: &str, seen: &Observations) -> bool {
    let operations: Vec<&Observation> =
        seen.operations.iter().filter(|operation| operation.outcome != Outcome::Refused).collect();
    let choices: Vec<Vec<Option<Option<usize>>>> = (0..operations.len())
        .map(|reader| {
            let Some(value) = sees(operations[reader]) else { return vec![None] };
            let wrote = |index: usize| {
                let other = operations[index];
                index != reader
                    && other.key == operations[reader].key
                    && other.may_update()
                    && other.call.writes() == Some(value)
            };
            let is_early = |index: usize| {
                !is_known(operations[reader]) || Some(operations[index].invoked) < operations[reader].returned
            };
            let writers = || (0..operations.len()).filter(|&index| wrote(index));
            let mut choices: Vec<_> =
                writers().filter(|&index| is_early(index)).map(|index| Some(Some(index))).collect();
            if value.is_none() {
                choices.push(Some(None));
            }
            if choices.is_empty() || writers().any(|index| !is_early(index)) {
                choices.push(None);
            }
            choices
        })
        .collect();
    let ways: usize = choices.iter().map(Vec::len).product();
    (0..ways).any(|way| {
        let mut rest = way;
        let origins = choices
            .iter()
            .map(|choices| {
                let choice = choices[rest % choices.len()];
                rest /= choices.len();
                choice
            })
            .collect();
        !Whole { operations: operations.clone(), origins }.breaks(guarantee)
    })
}

fn compare(seen: &Observations) {
    for guarantee in GUARANTEES {
        let verdict = judge(guarantee, seen);
        let expected = if is_kept(guarantee, seen) { "holds" } else { "broken" };
        assert_eq!(verdict.name(), expected, "{guarantee} {}\n{verdict:?}", short(seen));
    }
}

#[test]
fn two_sessions_of_three_and_three_of_two_agree_with_the_definitions_on_two_keys() {
    every_history(&[3, 3], 2, 0, &mut compare);
    every_history(&[2, 2, 2], 2, 0, &mut compare);
}

#[test]
fn two_sessions_of_three_agree_with_the_definitions_on_two_values_of_one_key() {
    every_history(&[3, 3], 1, 2, &mut compare);
}

#[test]
fn histories_of_anything_agree_with_the_definitions() {
    for seed in 0..10_000 {
        compare(&anything(&mut Numbers(seed), 4 + (seed % 5) as usize, 3 + seed % 4));
    }
}

#[test]
fn all_four_together_are_causal_consistency() {
    // Where each value is written once, before it is read, nothing but an older value can go wrong, and the first three
    // are what a session can tell by itself.
    let mut causal = [0, 0];
    for sizes in [&[3, 3][..], &[2, 2, 2], &[1, 2, 3]] {
        every_history(sizes, 2, 0, &mut |seen| {
            let is_late = |read: &Observation| {
                let Outcome::Read(Some(value)) = read.outcome else { return false };
                let wrote = |other: &Observation| {
                    other.call == Call::Write(Some(value)) && Some(other.invoked) < read.returned
                };
                !seen.operations.iter().any(wrote)
            };
            if seen.operations.iter().any(is_late) {
                return;
            }
            let all = GUARANTEES.iter().all(|guarantee| judge(guarantee, seen) == Verdict::Holds);
            assert_eq!(judge("causal", seen) == Verdict::Holds, all, "{}", short(seen));
            causal[usize::from(all)] += 1;
        });
    }
    assert!(causal[0] > 5_000 && causal[1] > 5_000, "{causal:?}");
}

fn says(name: &str, text: &str) -> String {
    let verdict = judge(name, &models::observations(text).expect("well formed"));
    match verdict.sentence() {
        "" => verdict.name().into(),
        sentence => format!("{}: {sentence}", verdict.name()),
    }
}

#[test]
fn a_broken_model_is_told_in_a_sentence() {
    let of = |name: &str| says(name, models::model(name).expect("there").history);
    assert_eq!(
        of("read-your-writes"),
        "broken: c1's read of x came after c1's own write of v1 and still returned nothing"
    );
    assert_eq!(
        of("monotonic-reads"),
        "broken: c2's read of x returned v1, and then c2's read of x returned nothing"
    );
    assert_eq!(
        of("monotonic-writes"),
        "broken: c2's read of y returned v1, which c1 wrote after v1 of x, and then c2's read of x returned nothing"
    );
    assert_eq!(
        of("writes-follow-reads"),
        "broken: c3's read of y returned v1, which c2 wrote after reading v1 of x, and then c3's read of x returned nothing"
    );
    assert_eq!(
        of("causal"),
        "broken: An effect came before its cause: each of these comes after the one before it, and the first after the last: c1's read of x, which returned v1; c1's write of v1 to y; c2's read of y, which returned v1; c2's write of v1 to x"
    );
    assert_eq!(
        of("causal-convergence"),
        "broken: The sessions saw the writes in different orders, and no one order explains them together: c1's read of x returned v2; c2's read of x returned v1"
    );
    assert_eq!(
        of("causal-memory"),
        "broken: No order of the writes explains everything that c3 saw: c3's read of x returned v1; c3's read of x returned v2"
    );
    assert_eq!(
        of("pram"),
        "broken: No order of the writes explains everything that c2 saw: c2's read of x returned v1; c2's read of x returned v2"
    );
    assert_eq!(
        says("causal", "Wx1 . . . | . Rx1 Wx2 . | . . . Rx2 Rx1"),
        "broken: c3's read of x returned v2, which c2 wrote after reading v1, and then c3's read of x returned the older value v1"
    );
    assert_eq!(
        says("causal", "Wx1 . . . . | . Rx1 Wy1 . . | . . . Ry1 Wx2 Rx1"),
        "broken: c3's read of x came after c3's own write of v2, which came after v1 by way of 3 operations in between, and still returned the older value v1"
    );
    assert_eq!(says("causal", "Wx1 Rx9"), "broken: c1's read of x returned v9, which nobody ever wrote");
}

#[test]
fn a_compare_and_set_is_a_read_and_a_write() {
    let says = |name: &str, text: &str| {
        let verdict = judge(name, &history(text));
        format!("{}: {}", verdict.name(), verdict.sentence())
    };
    // Two replace the same value, and both are told that they did: no one order explains that, but causality may.
    let twice = "c1 w1 0 1; c2 s1>2 2 3; c3 s1>3 4 5";
    assert_eq!(says("causal", twice), "holds: ");
    assert_eq!(says("causal-convergence", twice), "holds: ");
    assert_eq!(
        says("causal", "c1 w1 0 1; c1 w2 2 3; c1 s1>3 4 5"),
        "broken: c1's compare-and-set of k1 came after c1's own write of v2, which c1 wrote after v1, and still found the older value v1"
    );
    assert_eq!(
        says("causal", "c1 w1 0 1; c1 n1>3 4 5"),
        "broken: c1's compare-and-set of k1 came after c1's own write of v1 and still failed, as if it had found something older"
    );
    assert_eq!(says("pram", "c1 s->1 0 1; c1 n1>3 4 5; c2 w2 6 7"), "holds: ");
}

#[test]
fn what_is_no_register_is_not_judged() {
    let judge = |text: &str| judge("causal", &history(text));
    assert_eq!(
        judge("c1 i1 0 1; c2 m1 2 3").sentence(),
        "this model is about registers: c2's read of k1 returned v1, which does not tell which write it saw"
    );
    assert_eq!(
        judge("c1 w1 0 1; c1 w2 0 1; c2 m1,2 2 3").sentence(),
        "this model is about registers: c2's read of k1 returned v1 and v2, which does not tell which write it saw"
    );
    assert_eq!(judge("c1 a1 0 1; c2 w1 2 3").name(), "holds", "nobody read it");
    assert_eq!(judge("c1 a1 0 1; c2 r1 2 3; c1 k2:w1 4 5; c1 k2:r- 6 7").name(), "broken", "another key is");
}
