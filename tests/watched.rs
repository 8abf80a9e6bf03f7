//! What `#[watched]` says ran, line by line, of functions that are made to leave early, to branch and to turn in circles.
//! Each of their lines is told apart by what stands in it.

use std::collections::BTreeSet;

use netsplit_sim::ids::EventId;
use netsplit_sim::watch::{self, Source};
use netsplit_watched::watched;

static SOURCES: &[Source] = netsplit_watched::sources!();

#[watched]
fn branches(x: u32) -> u32 {
    let mut sum = 0;
    if x == 1 {
        sum += 1;
    } else if x == 2 {
        sum += 2;
        sum += 20;
    } else if x == 3 {
        sum += 3;
    } else {
        sum += 4;
    }
    sum
}

#[watched]
fn leaves(x: Option<u32>) -> Option<u32> {
    let y = x.map(|x| x + 1);
    for turn in 0..5 {
        if turn == 7 {
            break;
        }
        if turn < 9 {
            continue;
        }
        assert!(turn > 100);
    }
    let Some(y) = y else {
        return None;
    };
    let z = y.checked_sub(1)?;
    Some(z)
}

#[watched]
fn chooses(x: u8) -> u8 {
    let told = match x {
        0 => 7,
        1 | 2 => {
            let inner = |y: u8| {
                let more = 1;
                y + more
            };
            inner(x)
        }
        _ => 0,
    };
    let never = || {
        let much = 1;
        told + much
    };
    if told > 200 {
        return never();
    }
    told
}

const RAN: &[&str] = &[
    "fn branches(x: u32) -> u32 {",
    "let mut sum = 0;",
    "if x == 1 {",
    "} else if x == 2 {",
    "sum += 2;",
    "sum += 20;",
    "sum",
    "fn leaves(x: Option<u32>) -> Option<u32> {",
    "let y = x.map(|x| x + 1);",
    "for turn in 0..5 {",
    "if turn == 7 {",
    "if turn < 9 {",
    "continue;",
    "let Some(y) = y else {",
    "return None;",
    "fn chooses(x: u8) -> u8 {",
    "let told = match x {",
    "1 | 2 => {",
    "y + more",
    "inner(x)",
    "if told > 200 {",
    "told",
];

const DID_NOT: &[&str] = &[
    "sum += 1;",
    "} else if x == 3 {",
    "sum += 3;",
    "sum += 4;",
    "break;",
    "assert!(turn > 100);",
    "let z = y.checked_sub(1)?;",
    "Some(z)",
    "0 => 7,",
    "_ => 0,",
    "told + much",
    "return never();",
];

fn watched_lines(run: impl FnOnce()) -> BTreeSet<u32> {
    watch::watch(EventId(1));
    watch::begin(EventId(1));
    run();
    watch::end();
    let marks: BTreeSet<u32> = watch::seen().into_iter().map(|mark| mark.line()).collect();
    watch::stop();
    let source = SOURCES.iter().find(|source| source.path == "watched.rs").expect("this file");
    let mut ran = std::collections::BTreeMap::new();
    for stretch in source.stretches() {
        for line in stretch.from..=stretch.to {
            ran.insert(line, marks.contains(&stretch.from));
        }
    }
    ran.into_iter().filter(|(_, ran)| *ran).map(|(line, _)| line).collect()
}

#[test]
fn exactly_the_lines_that_ran_are_marked() {
    let ran = watched_lines(|| {
        assert_eq!(branches(2), 22);
        assert_eq!(leaves(None), None);
        assert_eq!(chooses(2), 3);
    });
    let text = include_str!("watched.rs");
    for (lines, wanted) in [(RAN, true), (DID_NOT, false)] {
        for wanted_line in lines {
            let found = (1..).zip(text.lines()).filter(|(_, line)| line.trim() == *wanted_line);
            let found: Vec<u32> = found.map(|(number, _)| number).collect();
            assert_eq!(found.len(), 1, "{wanted_line}");
            assert_eq!(ran.contains(&found[0]), wanted, "{}: {wanted_line}", found[0]);
        }
    }
}

#[test]
fn another_way_through_marks_other_lines() {
    let two = watched_lines(|| {
        branches(2);
    });
    let three = watched_lines(|| {
        branches(3);
    });
    assert!(three.len() > 5 && two != three);
    assert_eq!(watched_lines(|| ()), BTreeSet::new());
}
