//! Two runs driven like a page: gestures in, and what both become.

use netsplit_scenario::link;
use netsplit_sim::action::Action;
use netsplit_sim::ids::{ClientId, EventId, NodeId, Site};
use netsplit_sim::setup::Position;
use netsplit_sim::time::Time;

use super::{CompareIntent, CompareTable, Side, Sides};
use crate::controls::Entry;
use crate::geometry::Size;
use crate::intent::Intent;
use crate::panels::Trend;
use crate::studio::{Preferences, Studio, Tone};

const BASE: &str = "https://netsplit.example/";

fn page(hash: &str) -> Studio {
    let mut studio = Studio::new(BASE, hash, &Preferences { reduced_motion: true, ..Default::default() });
    studio.update(Intent::Resized(Size { width: 608.0, height: 540.0 }));
    studio
}

fn frames(studio: &mut Studio, wall_ms: u32) {
    for _ in 0..wall_ms / 20 {
        studio.tick(20.0, &mut || true);
        assert!(studio.is_rebuilding() || is_level(studio), "both are at the same time at every frame");
    }
}

/// Lets replays end.
fn settle(studio: &mut Studio) {
    for _ in 0..1_000 {
        if !studio.is_rebuilding() {
            return;
        }
        studio.tick(20.0, &mut || true);
    }
    panic!("the replay does not end");
}

fn play(studio: &mut Studio, wall_ms: u32) {
    settle(studio);
    studio.update(Intent::ToggledPlay);
    frames(studio, wall_ms);
    studio.update(Intent::ToggledPlay);
}

fn meant(studio: &mut Studio, intent: CompareIntent) {
    studio.update(Intent::Compare(intent));
    settle(studio);
}

/// A page that compares, and plays fast enough that something happens.
fn comparing() -> Studio {
    let mut studio = page("#/lab");
    studio.update(Intent::ChoseSpeed(12));
    play(&mut studio, 1_000);
    meant(&mut studio, CompareIntent::Began);
    studio
}

fn hashes(studio: &mut Studio) -> [u64; 2] {
    Side::BOTH.map(|side| studio.on_side(side, |studio| studio.session().hash()))
}

fn is_level(studio: &mut Studio) -> bool {
    let [a, b] = Side::BOTH.map(|side| {
        studio.on_side(side, |studio| (studio.now(), studio.frame().now, studio.session().is_mid_instant()))
    });
    a == b && !a.2
}

fn steps(studio: &mut Studio) -> [usize; 2] {
    Side::BOTH.map(|side| studio.on_side(side, |studio| studio.session().scenario().script.len()))
}

fn table(studio: &mut Studio) -> CompareTable {
    studio.compare_scene().and_then(|scene| scene.table).expect("the comparison is shown")
}

fn site(number: u16) -> Site {
    NodeId(number - 1).into()
}

/// Another number of acknowledgements in B than in A.
fn make_b_differ(studio: &mut Studio) {
    let presets = table(studio).presets;
    assert!(presets.len() >= 2, "{presets:?}");
    meant(studio, CompareIntent::Made(0));
}

#[test]
fn a_run_compared_with_itself_shows_no_difference() {
    let mut studio = comparing();
    play(&mut studio, 500);
    studio.update(Intent::Did(Action::Cut(site(1), site(2))));
    play(&mut studio, 1_000);
    studio.update(Intent::Stepped);
    studio.update(Intent::Stepped);
    let scene = studio.compare_scene().expect("there is a comparison");
    assert!(scene.same);
    assert_eq!(scene.titles[0].replacen('A', "B", 1), scene.titles[1]);
    let table = table(&mut studio);
    assert_eq!(table.differs, []);
    assert!(table.figures.len() > 10);
    assert!(table.figures.iter().all(|row| row.difference.is_none_or(|by| by == 0.0)), "{table:?}");
    assert!(table.figures.iter().all(|row| row.texts[0] == row.texts[1]));
    assert!(table.verdicts.iter().all(|row| row.trend == Trend::Same));
    assert_eq!(table.dots.ended[0], table.dots.ended[1]);
    assert_eq!(table.curves.curves[0], table.curves.curves[1]);
}

#[test]
fn what_differs_is_told_in_words_and_numbers() {
    let mut studio = comparing();
    make_b_differ(&mut studio);
    play(&mut studio, 2_000);
    let scene = studio.compare_scene().expect("there is a comparison");
    assert!(!scene.same && scene.titles[0][1..] != scene.titles[1][1..], "{:?}", scene.titles);
    let table = table(&mut studio);
    assert_eq!(table.differs.len(), 1, "{:?}", table.differs);
    let worse = table.figures.iter().find(|row| row.name == "write.p50_ms").expect("there were writes");
    let by = worse.difference.expect("in both");
    assert!((by - (worse.values[1].unwrap() - worse.values[0].unwrap())).abs() < 1e-12);
    assert!(by != 0.0, "{worse:?}");
}

#[test]
fn side_b_alone_is_the_same_run_as_beside_a() {
    let mut studio = comparing();
    make_b_differ(&mut studio);
    play(&mut studio, 700);
    studio.update(Intent::Did(Action::Cut(site(1), site(2))));
    play(&mut studio, 700);
    studio.update(Intent::Compare(CompareIntent::OnB(Box::new(Intent::Did(Action::Crash(NodeId(2)))))));
    play(&mut studio, 700);
    studio.update(Intent::Undid);
    settle(&mut studio);
    studio.update(Intent::Scrubbed(Time(20_000_000)));
    settle(&mut studio);
    play(&mut studio, 300);
    let expected = hashes(&mut studio);
    assert_ne!(expected[0], expected[1]);
    for (side, hash) in Side::BOTH.into_iter().zip(expected) {
        let code = studio.on_side(side, |studio| studio.session().link()).expect("it fits");
        let mut alone = page(&format!("#/lab/{code}"));
        settle(&mut alone);
        assert_eq!(alone.session().hash(), hash, "{side:?}");
        assert_eq!(alone.notices().last().map(|notice| notice.tone), Some(Tone::Good));
    }
}

#[test]
fn a_gesture_on_either_stage_is_done_on_both_and_undone_on_both() {
    let mut studio = comparing();
    make_b_differ(&mut studio);
    let before = hashes(&mut studio);
    let start = steps(&mut studio);
    studio.update(Intent::Placed(site(3), Position { x_km: 900, y_km: 900 }));
    let on_b = Intent::Placed(site(2), Position { x_km: 90, y_km: 90 });
    studio.update(Intent::Compare(CompareIntent::OnB(Box::new(on_b))));
    assert_eq!(steps(&mut studio), start.map(|steps| steps + 2));
    for side in Side::BOTH {
        let at = studio.on_side(side, |studio| studio.place_of(site(2)));
        assert_eq!(at, Position { x_km: 90, y_km: 90 }, "{side:?}");
    }
    assert!(studio.can_undo());
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert_eq!(steps(&mut studio), start.map(|steps| steps + 1));
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert_eq!(steps(&mut studio), start);
    assert_eq!(hashes(&mut studio), before);
    studio.update(Intent::Redid);
    settle(&mut studio);
    assert_eq!(steps(&mut studio), start.map(|steps| steps + 1));
    // And the preset, which was done on B alone.
    studio.update(Intent::Undid);
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert!(!studio.can_undo());
    let [a, b] = hashes(&mut studio);
    assert_eq!(a, b);
}

#[test]
fn a_drag_is_one_undo_on_both() {
    let mut studio = comparing();
    let stage = studio.stage_b().expect("there is a second stage");
    let (from, start) = (stage.nodes[2].at, steps(&mut studio));
    let on_b = |studio: &mut Studio, intent| {
        studio.update(Intent::Compare(CompareIntent::OnB(Box::new(intent))));
    };
    on_b(
        &mut studio,
        Intent::Pressed { on: Some(crate::stage::Target::Site(site(3))), at: from, touch: false },
    );
    for step in 1..=10 {
        let to = crate::geometry::Point::new(from.x + 4.0 * f64::from(step), from.y);
        on_b(&mut studio, Intent::Moved(to));
    }
    on_b(&mut studio, Intent::Released(crate::geometry::Point::new(from.x + 40.0, from.y)));
    assert_eq!(steps(&mut studio), start.map(|steps| steps + 1));
    assert!(is_level(&mut studio));
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert_eq!(steps(&mut studio), start);
    assert!(!studio.can_undo());
}

fn number_of(studio: &mut Studio, side: Side, control: &str) -> f64 {
    use crate::controls::Field;
    let lab = studio.on_side(side, |studio| studio.lab());
    let all = lab.sections.iter().flat_map(|section| &section.controls);
    let found = all.chain(&lab.parameters).find(|known| known.name == control).expect("a known control");
    match &found.field {
        Field::Number { value, .. } => *value,
        Field::Choice { .. } => unreachable!("only numbers are asked for"),
    }
}

#[test]
fn controls_change_the_side_that_is_chosen_and_the_seed_both() {
    let mut studio = comparing();
    let enter = |studio: &mut Studio, control: &str, number: f64| {
        let control = control.to_owned();
        studio.update(Intent::Entered { control, entry: Entry::Number(number), done: true });
        settle(studio);
    };
    let both = |studio: &mut Studio, control: &str| Side::BOTH.map(|side| number_of(studio, side, control));
    enter(&mut studio, "base_ms", 7.0);
    let a = both(&mut studio, "base_ms")[0];
    assert_eq!(both(&mut studio, "base_ms"), [a, 7.0]);
    meant(&mut studio, CompareIntent::Chose(Sides::A));
    enter(&mut studio, "base_ms", 3.0);
    assert_eq!(both(&mut studio, "base_ms"), [3.0, 7.0]);
    meant(&mut studio, CompareIntent::Chose(Sides::Both));
    enter(&mut studio, "base_ms", 5.0);
    assert_eq!(both(&mut studio, "base_ms"), [5.0, 5.0]);
    meant(&mut studio, CompareIntent::Chose(Sides::B));
    enter(&mut studio, "seed", 99.0);
    assert_eq!(both(&mut studio, "seed"), [99.0, 99.0]);
    assert!(is_level(&mut studio));
}

#[test]
fn the_same_faults_are_added_to_both() {
    let mut studio = comparing();
    make_b_differ(&mut studio);
    let start = steps(&mut studio);
    studio.update(Intent::AddedFaults);
    studio.update(Intent::AddedWear);
    settle(&mut studio);
    let [a, b] = steps(&mut studio);
    assert!(a > start[0] + 3);
    assert_eq!(a - start[0], b - start[1]);
    assert_eq!(table(&mut studio).differs.len(), 1, "{:?}", table(&mut studio).differs);
    studio.update(Intent::Undid);
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert_eq!(steps(&mut studio), start);
}

#[test]
fn what_only_one_side_can_do_is_done_there_and_said() {
    let mut studio = comparing();
    meant(&mut studio, CompareIntent::Chose(Sides::B));
    // One node fewer in B: nobody can crash it there.
    let entry = Entry::Number(2.0);
    studio.update(Intent::Entered { control: "nodes".to_owned(), entry, done: true });
    settle(&mut studio);
    let start = steps(&mut studio);
    meant(&mut studio, CompareIntent::Chose(Sides::A));
    studio.update(Intent::Did(Action::Crash(NodeId(2))));
    assert_eq!(steps(&mut studio), [start[0] + 1, start[1]]);
    let notice = studio.notices().last().expect("it is said").text.clone();
    assert!(notice.starts_with("Done on A only. On B:"), "{notice}");
    // A message has its number only in its own run.
    settle(&mut studio);
    for _ in 0..200 {
        if !studio.frame().flights.is_empty() {
            break;
        }
        studio.update(Intent::Stepped);
    }
    let message = studio.frame().flights[0].message;
    let start = steps(&mut studio);
    studio.update(Intent::Did(Action::HoldMessage(message)));
    assert_eq!(steps(&mut studio), [start[0] + 1, start[1]]);
    studio.update(Intent::Undid);
    settle(&mut studio);
    assert_eq!(steps(&mut studio), start);
}

#[test]
fn a_comparison_is_a_link() {
    let mut studio = comparing();
    make_b_differ(&mut studio);
    play(&mut studio, 600);
    studio.update(Intent::Did(Action::Isolate(site(1))));
    play(&mut studio, 600);
    studio.update(Intent::Shared);
    let address = studio.share().expect("a link").address.clone();
    let hash = address.strip_prefix(BASE).expect("of this page").to_owned();
    assert!(hash.starts_with("#/compare/"), "{hash}");
    let mut opened = page(&hash);
    settle(&mut opened);
    assert_eq!(hashes(&mut opened), hashes(&mut studio));
    let notice = opened.notices().last().expect("it is said").clone();
    assert_eq!(notice.tone, Tone::Good, "{}", notice.text);
    assert_eq!(table(&mut opened).differs, table(&mut studio).differs);

    // An error says whose link it is, and nothing is changed.
    let mut parts: Vec<String> = hash.split('/').map(str::to_owned).collect();
    for (place, letter) in [(2, 'A'), (3, 'B')] {
        let whole = parts[place].clone();
        parts[place].truncate(20);
        let mut broken = page(&parts.join("/"));
        settle(&mut broken);
        assert!(!broken.is_comparing());
        let text = &broken.notices().last().expect("it is said").text;
        assert!(text.contains(&format!("the link of {letter} ")), "{text}");
        parts[place] = whole;
    }
    // A hash that is not the run's is told, and whose it is.
    let mut shared = link::decode(&parts[3]).expect("a whole link");
    shared.hash = shared.hash.map(|hash| hash ^ 1);
    let other = link::encode(&shared).expect("it fits");
    let mut differs = page(&format!("#/compare/{}/{other}", parts[2]));
    settle(&mut differs);
    let notice = differs.notices().last().expect("it is said");
    assert_eq!(notice.tone, Tone::Bad);
    assert!(
        notice.text.contains("B has the hash") && notice.text.contains("Verified: A "),
        "{}",
        notice.text
    );
    // Another run that is opened ends it.
    opened.update(Intent::ChoseExample(0));
    assert!(!opened.is_comparing());
}

#[test]
fn either_side_can_stay() {
    for keep in Side::BOTH {
        let mut studio = comparing();
        make_b_differ(&mut studio);
        play(&mut studio, 500);
        let expected = hashes(&mut studio)[usize::from(keep == Side::B)];
        meant(&mut studio, CompareIntent::Ended(keep));
        assert!(!studio.is_comparing());
        assert_eq!(studio.session().hash(), expected);
        play(&mut studio, 200);
    }
}

#[test]
fn a_stays_when_the_comparison_ends_in_the_middle_of_something_on_b() {
    let mut studio = comparing();
    make_b_differ(&mut studio);
    play(&mut studio, 300);
    let [a, b] = hashes(&mut studio);
    assert_ne!(a, b);
    studio.on_side(Side::B, Studio::drop_comparison);
    assert!(!studio.is_comparing());
    assert_eq!(studio.session().hash(), a);
}

#[test]
fn whatever_is_done_both_stay_together() {
    let mut state = 7u64;
    let mut draw = |of: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % of
    };
    let mut studio = comparing();
    make_b_differ(&mut studio);
    for _ in 0..250 {
        let node = NodeId(draw(4) as u16);
        let intent = match draw(18) {
            0 => Intent::Stepped,
            1 => Intent::Scrubbed(Time(draw(300) * 1_000_000)),
            2 => Intent::Nudged(draw(20) as i32 - 10),
            3 => Intent::Undid,
            4 => Intent::Redid,
            5 => Intent::Forked,
            6 => Intent::WentTo(EventId(draw(500) as u32)),
            7 => Intent::Did(Action::Crash(node)),
            8 => Intent::Did(Action::Restart(node)),
            9 => Intent::Did(Action::Cut(site(1), node.into())),
            10 => Intent::Did(Action::HealAll),
            11 => Intent::ToggledPlay,
            12 => Intent::Compare(CompareIntent::Chose(Sides::ALL[draw(3) as usize])),
            13 => Intent::Compare(CompareIntent::Made(draw(5) as usize)),
            14 => Intent::ChoseProtocol(["quorum", "raft", "gossip", "primary-backup"][draw(4) as usize]),
            15 => Intent::ChoseClient(Some(ClientId(draw(2) as u16))),
            16 => {
                let control =
                    ["base_ms", "nodes", "clients", "think_ms", "seed"][draw(5) as usize].to_owned();
                let entry = Entry::Number(2.0 + draw(4) as f64);
                Intent::Entered { control, entry, done: draw(2) == 0 }
            }
            _ => Intent::Compare(CompareIntent::OnB(Box::new(Intent::Placed(
                node.into(),
                Position { x_km: draw(900) as i32, y_km: draw(900) as i32 },
            )))),
        };
        let done = format!("{intent:?}");
        studio.update(intent);
        for _ in 0..draw(4) {
            let mut looks = draw(3);
            studio.tick(20.0, &mut || {
                looks = looks.saturating_sub(1);
                looks > 0
            });
        }
        assert!(studio.is_rebuilding() || is_level(&mut studio), "{done}");
        assert_eq!(studio.compare.looks_at, Side::A);
        let _ = studio.compare_scene();
    }
    studio.update(Intent::Paused);
    settle(&mut studio);
    let expected = hashes(&mut studio);
    for (side, hash) in Side::BOTH.into_iter().zip(expected) {
        let code = studio.on_side(side, |studio| studio.session().link()).expect("it fits");
        let mut alone = page(&format!("#/lab/{code}"));
        settle(&mut alone);
        assert_eq!(alone.session().hash(), hash, "{side:?}");
    }
}
