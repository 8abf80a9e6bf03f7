//! The studio driven like a page: gestures in, and what shows and leaves. No browser.

use netsplit_scenario::model::StepAction;
use netsplit_sim::action::Action;
use netsplit_sim::frame::Status;
use netsplit_sim::ids::{ClientId, NodeId, Site};
use netsplit_sim::setup::Position;
use netsplit_sim::time::{Span, Time};

use crate::controls::{Entry, Field};
use crate::geometry::{Point, Size};
use crate::intent::{Effect, Intent, StageKey, Theme};
use crate::menu::Does;
use crate::stage::{Cut, Target};
use crate::studio::{Preferences, Studio, Tone};

mod by_hand;

mod moments;

mod split;

mod share;

mod work;

const BASE: &str = "https://netsplit.example/";

fn n(number: u16) -> Site {
    NodeId(number - 1).into()
}

fn c(number: u16) -> Site {
    ClientId(number - 1).into()
}

/// A page that stands still, on a stage of the usual size.
fn studio() -> Studio {
    let mut studio = Studio::new(BASE, "#/lab", &Preferences { reduced_motion: true, ..Default::default() });
    studio.update(Intent::Resized(Size { width: 608.0, height: 540.0 }));
    studio
}

/// Lets the page run for some wall-clock time, in frames of 20 ms.
fn frames(studio: &mut Studio, wall_ms: u32) {
    for _ in 0..wall_ms / 20 {
        studio.tick(20.0, &mut || true);
    }
}

fn place(studio: &Studio, site: Site) -> Point {
    let stage = studio.stage();
    match (site.node(), site.client()) {
        (Some(node), _) => stage.nodes[node.index()].at,
        (_, Some(client)) => stage.clients[client.index()].at,
        _ => unreachable!("a site is a node or a client"),
    }
}

fn beside(at: Point, dx: f64, dy: f64) -> Point {
    Point::new(at.x + dx, at.y + dy)
}

fn press(studio: &mut Studio, on: Option<Target>, at: Point) {
    studio.update(Intent::Pressed { on, at, touch: false });
}

fn drag(studio: &mut Studio, on: Option<Target>, from: Point, to: Point) {
    press(studio, on, from);
    for step in 1..=10 {
        studio.update(Intent::Moved(from.towards(to, f64::from(step) / 10.0)));
    }
    studio.update(Intent::Released(to));
}

fn script(studio: &Studio) -> Vec<&StepAction> {
    studio.session().scenario().script.iter().map(|step| &step.action).collect()
}

fn cut(studio: &Studio, a: Site, b: Site) -> Cut {
    let stage = studio.stage();
    stage.links.iter().find(|link| (link.a, link.b) == (a, b)).map_or(Cut::No, |link| link.cut)
}

/// Presses an item of the open menu, or the choice of that number of it.
fn press_item(studio: &mut Studio, name: &str, choice: usize) -> Vec<Effect> {
    let menu = studio.menu().expect("a menu is open");
    let mut items = menu.items.iter().chain(menu.groups.iter().flat_map(|group| &group.items));
    let item = items.find(|item| item.name == name).unwrap_or_else(|| panic!("no item {name}: {menu:?}"));
    studio.update(match &item.does {
        Does::One(intent) => intent.clone(),
        Does::OneOf(choices) => choices[choice].1.clone(),
        Does::Nothing => panic!("it is locked"),
    })
}

fn push(studio: &mut Studio, on: Target, key: StageKey) -> Vec<Effect> {
    studio.update(Intent::Pushed { on, key, fine: false })
}

#[test]
fn less_motion_means_that_nothing_plays_by_itself() {
    assert!(!studio().is_playing());
    assert!(Studio::new(BASE, "", &Preferences::default()).is_playing());
}

#[test]
fn playing_turns_wall_clock_time_into_virtual_time() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 1_000);
    assert_eq!(studio.now(), Time(20_000_000), "one second is 20 ms");
    studio.update(Intent::ChangedSpeed(1));
    frames(&mut studio, 1_000);
    assert_eq!(studio.now(), Time(70_000_000), "and 50 ms one speed up");
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 1_000);
    assert_eq!(studio.now(), Time(70_000_000));
}

#[test]
fn a_frame_after_a_hidden_tab_does_not_jump() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    studio.tick(60_000.0, &mut || true);
    assert_eq!(studio.now(), Time(2_000_000), "a frame stands for a tenth of a second at most");
}

#[test]
fn a_drag_on_a_standing_run_is_one_move_and_one_undo() {
    let mut studio = studio();
    let before = studio.place_of(n(3));
    let at = place(&studio, n(3));
    press(&mut studio, Some(Target::Site(n(3))), at);
    studio.update(Intent::Moved(beside(at, 60.0, 40.0)));
    let label = studio.stage().links.iter().find(|link| link.b == n(3)).and_then(|link| link.label.clone());
    assert!(label.is_some(), "a link of what is in the hand shows its length");
    assert!(studio.is_holding() && script(&studio).is_empty(), "nothing is in force before the hand lets go");
    studio.update(Intent::Released(beside(at, 60.0, 40.0)));
    assert!(matches!(script(&studio)[..], [StepAction::Move { .. }]));
    let moved = place(&studio, n(3));
    assert!(moved.distance(beside(at, 60.0, 40.0)) < 1.5, "{moved:?}");
    studio.update(Intent::Undid);
    frames(&mut studio, 100);
    assert_eq!(studio.place_of(n(3)), before);
    assert!(!studio.session().can_undo());
}

#[test]
fn a_drag_while_playing_takes_effect_on_the_way_and_is_undone_at_once() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 200);
    let at = place(&studio, n(2));
    press(&mut studio, Some(Target::Site(n(2))), at);
    for step in 1..=20 {
        studio.update(Intent::Moved(beside(at, f64::from(step) * 5.0, 0.0)));
        frames(&mut studio, 60);
    }
    studio.update(Intent::Released(beside(at, 100.0, 0.0)));
    let moves = script(&studio).len();
    assert!((4..=7).contains(&moves), "{moves} moves in 1.2 s: about four a second");
    studio.update(Intent::Undid);
    assert!(script(&studio).is_empty(), "one gesture, one undo");
    studio.update(Intent::Redid);
    assert_eq!(script(&studio).len(), moves);
}

#[test]
fn a_click_selects_and_a_second_opens_the_menu() {
    let mut studio = studio();
    let at = place(&studio, n(1));
    for _ in 0..2 {
        press(&mut studio, Some(Target::Site(n(1))), at);
        studio.update(Intent::Released(beside(at, 2.0, 1.0)));
    }
    assert!(script(&studio).is_empty(), "a trembling hand moves nothing");
    let menu = studio.menu().expect("the menu is open");
    let names: Vec<_> = menu.items.iter().map(|item| item.name).collect();
    assert_eq!(names, ["crash", "pause", "isolate", "look"]);
    let groups: Vec<_> = menu.groups.iter().map(|group| group.name).collect();
    assert!(groups.ends_with(&["lose", "slow", "clock", "lie", "settings"]), "{groups:?}");
}

#[test]
fn a_finger_that_rests_asks_for_the_menu() {
    let mut studio = studio();
    let at = place(&studio, c(1));
    studio.update(Intent::Pressed { on: Some(Target::Site(c(1))), at, touch: true });
    frames(&mut studio, 400);
    assert!(studio.menu().is_none());
    frames(&mut studio, 200);
    let names: Vec<_> = studio.menu().expect("after half a second").items.iter().map(|i| i.name).collect();
    assert_eq!(names[..2], ["write", "read"]);
    assert!(names.ends_with(&["silence", "isolate"]), "{names:?}");
}

#[test]
fn a_node_crashes_and_restarts_from_its_menu() {
    let mut studio = studio();
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    assert_eq!(studio.stage().nodes[1].status, Status::Down);
    studio.update(Intent::OpenedMenu(Target::Site(n(2))));
    let effects = press_item(&mut studio, "restart", 0);
    assert_eq!(studio.stage().nodes[1].status, Status::Up);
    assert!(effects.contains(&Effect::Announce("restarted n2".to_owned())));
    assert!(effects.contains(&Effect::Focus(Target::Site(n(2)))), "the focus goes back to the node");
}

#[test]
fn a_click_cuts_a_link_and_heals_it() {
    let mut studio = studio();
    let link = Target::Link(n(1), n(2));
    let at = place(&studio, n(1)).towards(place(&studio, n(2)), 0.5);
    for state in [Cut::Both, Cut::No] {
        press(&mut studio, Some(link), at);
        studio.update(Intent::Released(at));
        assert_eq!(cut(&studio, n(1), n(2)), state);
    }
}

#[test]
fn a_swipe_cuts_every_link_that_it_crosses_and_is_one_undo() {
    let mut studio = studio();
    let (n1, n2, n3) = (place(&studio, n(1)), place(&studio, n(2)), place(&studio, n(3)));
    // Past n3: across its links to n1 and n2.
    let from = n1.towards(n3, 0.6);
    let to = n2.towards(n3, 0.6);
    drag(&mut studio, None, beside(from, -40.0, 0.0), beside(to, 40.0, 0.0));
    assert_eq!([cut(&studio, n(1), n(3)), cut(&studio, n(2), n(3))], [Cut::Both, Cut::Both]);
    assert_eq!(cut(&studio, n(1), n(2)), Cut::No);
    studio.update(Intent::Undid);
    frames(&mut studio, 100);
    assert_eq!([cut(&studio, n(1), n(3)), cut(&studio, n(2), n(3))], [Cut::No, Cut::No]);
}

#[test]
fn a_node_is_cut_off_and_reconnected() {
    let mut studio = studio();
    studio.update(Intent::Did(Action::Isolate(n(1))));
    assert_eq!([cut(&studio, n(1), n(2)), cut(&studio, n(1), n(3))], [Cut::Both, Cut::Both]);
    studio.update(Intent::Reconnected(n(1)));
    assert_eq!([cut(&studio, n(1), n(2)), cut(&studio, n(1), n(3))], [Cut::No, Cut::No]);
}

#[test]
fn the_keyboard_grabs_moves_drops_and_restores() {
    let mut studio = studio();
    let node = Target::Site(n(1));
    let origin = studio.place_of(n(1));
    push(&mut studio, node, StageKey::Enter);
    let said = push(&mut studio, node, StageKey::Right);
    assert!(matches!(&said[..], [Effect::Announce(text)] if text.contains("km") && text.contains("ms")));
    push(&mut studio, node, StageKey::Escape);
    assert_eq!(studio.place_of(n(1)), origin);
    assert!(script(&studio).is_empty());
    push(&mut studio, node, StageKey::Enter);
    push(&mut studio, node, StageKey::Right);
    push(&mut studio, node, StageKey::Down);
    push(&mut studio, node, StageKey::Enter);
    let moved = studio.place_of(n(1));
    assert!(moved.x_km > origin.x_km && moved.y_km > origin.y_km);
    let step = moved.x_km - origin.x_km;
    push(&mut studio, node, StageKey::Enter);
    studio.update(Intent::Pushed { on: node, key: StageKey::Left, fine: true });
    push(&mut studio, node, StageKey::Enter);
    assert!(moved.x_km - studio.place_of(n(1)).x_km < step, "Shift is finer");
}

#[test]
fn arrows_walk_over_sites_and_links() {
    let mut studio = studio();
    let to = |effects: Vec<Effect>| match &effects[..] {
        [Effect::Focus(target)] => *target,
        other => panic!("{other:?}"),
    };
    assert_eq!(to(push(&mut studio, Target::Site(n(3)), StageKey::Right)), Target::Site(c(1)));
    assert_eq!(to(push(&mut studio, Target::Site(n(1)), StageKey::Left)), Target::Site(c(3)));
    let first = to(push(&mut studio, Target::Link(n(2), n(3)), StageKey::First));
    assert_eq!(first, Target::Link(n(1), n(2)));
    push(&mut studio, first, StageKey::Enter);
    assert_eq!(cut(&studio, n(1), n(2)), Cut::Both);
    let stops = studio.stage().links.iter().filter(|link| link.tab_stop).count();
    assert_eq!(stops, 1, "Tab stops once");
}

#[test]
fn scrubbing_goes_back_and_forth_on_the_same_run() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 5_000);
    studio.update(Intent::ToggledPlay);
    let (end, hash) = (studio.now(), studio.session().hash());
    studio.update(Intent::Scrubbed(Time(30_000_000)));
    frames(&mut studio, 40);
    assert_eq!(studio.now(), Time(30_000_000));
    assert_eq!(studio.session().horizon(), end);
    studio.update(Intent::Scrubbed(end));
    frames(&mut studio, 40);
    assert_eq!((studio.now(), studio.session().hash()), (end, hash));
    studio.update(Intent::Scrubbed(Time(u64::MAX)));
    assert_eq!(studio.now(), end, "there is nothing beyond the horizon");
}

#[test]
fn a_step_is_one_event_and_says_what_it_was() {
    let mut studio = studio();
    let before = studio.session().machine().trace().len();
    let effects = studio.update(Intent::Stepped);
    assert!(studio.session().machine().trace().len() > before);
    assert!(matches!(&effects[..], [Effect::Announce(text)] if text.ends_with('.')), "{effects:?}");
}

#[test]
fn a_link_opens_the_same_run_and_is_verified() {
    let mut sender = studio();
    sender.update(Intent::ToggledPlay);
    frames(&mut sender, 2_000);
    sender.update(Intent::Did(Action::Crash(NodeId(2))));
    frames(&mut sender, 2_000);
    let effects = sender.update(Intent::Shared);
    let address = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Copy(address) => Some(address.clone()),
            _ => None,
        })
        .expect("the link goes to the clipboard");
    assert!(address.starts_with(&format!("{BASE}#/lab/1.")));
    assert_eq!(sender.share().expect("and is shown").address, address);
    sender.update(Intent::Copied(false));
    assert_eq!(sender.share().expect("still").copied, Some(false));

    let hash = &address[BASE.len()..];
    let mut receiver = Studio::new(BASE, hash, &Preferences::default());
    frames(&mut receiver, 1_000);
    assert!(!receiver.is_playing(), "it opens at the instant, standing");
    assert_eq!(receiver.now(), sender.now());
    assert_eq!(receiver.session().hash(), sender.session().hash());
    let notice = &receiver.notices()[0];
    assert_eq!(notice.tone, Tone::Good);
    assert!(notice.text.starts_with("Replay verified · "), "{}", notice.text);
}

#[test]
fn a_bad_link_is_explained_and_the_page_stays_usable() {
    for hash in ["#/lab/1.%%%", "#/lab/9.abc", "#/lab/1.AAAA", "#/lab/x"] {
        let mut studio = Studio::new(BASE, hash, &Preferences::default());
        let notice = studio.notices().first().unwrap_or_else(|| panic!("{hash}: nothing was said")).clone();
        assert_eq!(notice.tone, Tone::Bad);
        frames(&mut studio, 500);
        assert!(studio.now() > Time::ZERO, "{hash}");
        studio.update(Intent::Dismissed(notice.number));
        assert!(studio.notices().is_empty());
    }
}

#[test]
fn every_control_of_the_lab_can_be_entered_at_the_start_and_later() {
    for later in [false, true] {
        for example in 0..crate::examples::ALL.len() {
            let mut studio = studio();
            studio.update(Intent::ChoseExample(example));
            if later {
                studio.update(Intent::ToggledPlay);
                frames(&mut studio, 1_000);
                studio.update(Intent::ToggledPlay);
            }
            let lab = studio.lab();
            let sections = lab.sections.iter().flat_map(|section| &section.controls);
            let all = lab.parameters.iter().chain(&lab.workload).chain(sections).chain(&lab.plan.controls);
            for control in all {
                let entry = match &control.field {
                    Field::Number { value, most, step, .. } => Entry::Number((value + step).min(*most)),
                    Field::Choice { of, .. } => Entry::Choice(of[of.len() - 1].0.clone()),
                };
                let name = control.name.clone();
                if !is_listed(&studio, &name) {
                    continue; // Of a jitter or a pace that an earlier entry replaced.
                }
                studio.update(Intent::Entered { control: name.clone(), entry, done: true });
                frames(&mut studio, 100);
                let bad = studio.notices().iter().find(|notice| notice.tone == Tone::Bad);
                assert!(bad.is_none(), "{name}: {bad:?}");
            }
        }
    }
}

fn is_listed(studio: &Studio, name: &str) -> bool {
    let lab = studio.lab();
    let sections = lab.sections.iter().flat_map(|section| &section.controls);
    let mut all = lab.parameters.iter().chain(&lab.workload).chain(sections).chain(&lab.plan.controls);
    all.any(|control| control.name == name)
}

#[test]
fn a_change_belongs_to_the_scenario_at_the_start_and_to_the_script_later() {
    let mut studio = studio();
    let loss = |number| Intent::Entered { control: "loss".into(), entry: Entry::Number(number), done: true };
    studio.update(loss(5.0));
    assert!((studio.session().scenario().network.loss - 0.05).abs() < 1e-9);
    assert!(script(&studio).is_empty());
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 500);
    studio.update(loss(20.0));
    assert!(matches!(script(&studio)[..], [StepAction::SetNetwork { .. }]));
    assert!((studio.session().scenario().network.loss - 0.05).abs() < 1e-9);
    let lab = studio.lab();
    let shown = lab.sections[0].controls.iter().find(|control| control.name == "loss").expect("loss");
    assert!(matches!(shown.field, Field::Number { value, .. } if (value - 20.0).abs() < 1e-9));
}

#[test]
fn a_slider_that_is_dragged_is_one_undo() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 500);
    for ms in 1..=30 {
        let entry = Entry::Number(f64::from(ms));
        studio.update(Intent::Entered { control: "base_ms".into(), entry, done: ms == 30 });
        frames(&mut studio, 40);
    }
    let steps = script(&studio).len();
    assert!((3..=8).contains(&steps), "{steps}");
    studio.update(Intent::Undid);
    assert!(script(&studio).is_empty());
}

#[test]
fn nodes_and_clients_come_and_go_with_all_that_names_them() {
    let mut studio = studio();
    let count = |name: &str, number: f64| Intent::Entered {
        control: name.to_owned(),
        entry: Entry::Number(number),
        done: true,
    };
    studio.update(count("nodes", 5.0));
    studio.update(count("clients", 4.0));
    assert_eq!((studio.frame().nodes.len(), studio.frame().clients.len()), (5, 4));
    studio.update(Intent::Did(Action::Crash(NodeId(4))));
    studio.update(Intent::Did(Action::Cut(n(1), n(5))));
    studio.update(Intent::Did(Action::Move(n(2), Position { x_km: 1, y_km: 1 })));
    studio.update(count("nodes", 2.0));
    assert_eq!(studio.frame().nodes.len(), 2);
    assert!(matches!(script(&studio)[..], [StepAction::Move { .. }]), "{:?}", script(&studio));
    assert!(studio.notices().is_empty(), "{:?}", studio.notices());
    studio.update(Intent::Undid);
    assert_eq!(studio.frame().nodes.len(), 5);
}

#[test]
fn another_protocol_replays_the_same_faults_to_the_same_time() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 1_000);
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    frames(&mut studio, 1_000);
    studio.update(Intent::ToggledPlay);
    let now = studio.now();
    studio.update(Intent::ChoseProtocol("quorum"));
    frames(&mut studio, 500);
    assert_eq!((studio.about().id, studio.now()), ("quorum", now));
    assert_eq!(studio.stage().nodes[1].status, Status::Down);
}

#[test]
fn a_client_writes_when_it_is_asked_to() {
    let mut studio = studio();
    let silence = |client| Intent::Did(Action::SetPace(ClientId(client), netsplit_sim::setup::Pace::Silent));
    (0..3).for_each(|client| drop(studio.update(silence(client))));
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 4_000);
    studio.update(Intent::OpenedMenu(Target::Site(c(1))));
    press_item(&mut studio, "write", 0);
    frames(&mut studio, 4_000);
    let last = studio.session().machine().history().operations.last().copied().expect("operations");
    assert_eq!((last.client, last.outcome), (ClientId(0), netsplit_sim::history::Outcome::Written));
    let value = crate::words::value(last.call.writes().expect("it is a write"));
    assert!(studio.stage().nodes.iter().all(|node| node.value == value), "every copy shows {value}");
}

#[test]
fn the_panels_follow_the_run() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 10_000);
    let panels = studio.panels();
    assert_eq!(panels.lamps.len(), netsplit_checkers::LIVE.len());
    assert!(panels.lamps.iter().all(|lamp| lamp.promised && lamp.state != "broken"));
    assert!(!panels.latency.dots.is_empty() && !panels.strips.rows.is_empty());
    let write = panels.figures.iter().find(|figure| figure.name == "write.p50_ms").expect("writes");
    assert!(write.whole.is_some_and(|ms| ms > 5.0), "{write:?}");
    assert!(panels.since.change.is_empty());
    studio.update(Intent::Did(Action::Move(n(3), Position { x_km: 4_000, y_km: 600 })));
    frames(&mut studio, 20_000);
    let since = studio.panels().since;
    assert_eq!(since.change, "moved n3");
    let (label, before, after, trend) = &since.rows[0];
    assert_eq!((*label, *trend), ("writes", crate::panels::Trend::Worse), "{before} to {after}");
}

#[test]
fn reading_anywhere_shows_a_broken_promise_with_its_witness() {
    let mut studio = studio();
    studio.update(Intent::ChoseExample(1));
    studio.update(Intent::ChoseSpeed(16));
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 3_000);
    studio.update(Intent::ToggledVerdict("linearizable"));
    let panels = studio.panels();
    let lamp = studio.open_lamp(&panels.lamps).expect("unfolded");
    assert_eq!((lamp.state, lamp.promised), ("broken", false));
    assert!(!lamp.sentence.is_empty() && !lamp.operations.is_empty());
    let at = lamp.at.expect("it has an instant");
    studio.update(Intent::Scrubbed(at));
    frames(&mut studio, 100);
    assert_eq!(studio.now(), at);
}

#[test]
fn the_theme_is_applied_and_remembered() {
    let mut studio = studio();
    let effects = studio.update(Intent::ChoseTheme(Theme::Dark));
    assert_eq!(effects, [Effect::Apply(Theme::Dark), Effect::Store("netsplit.theme", "dark".to_owned())]);
}

#[test]
fn a_busy_frame_stops_when_its_time_is_up_and_the_run_stays_right() {
    let mut studio = studio();
    studio.update(Intent::ChoseSpeed(18));
    studio.update(Intent::ToggledPlay);
    for _ in 0..10 {
        let mut looks = 0;
        studio.tick(100.0, &mut || {
            looks += 1;
            looks < 2
        });
    }
    assert!(studio.now() < Time::ZERO + Span::from_s(10), "the frames had no time for more");
    assert!(studio.is_playing() && !studio.is_rebuilding());
    studio.update(Intent::Did(Action::Crash(NodeId(0))));
    assert_eq!(studio.stage().nodes[0].status, Status::Down);
}

/// The colours of a token in the style sheet, light and dark, as red, green and blue.
fn colours(sheet: &str, token: &str) -> [[f64; 3]; 2] {
    let line = sheet.lines().find_map(|line| line.trim().strip_prefix(&format!("--{token}: light-dark(")));
    let line = line.unwrap_or_else(|| panic!("no token {token}"));
    let pair: Vec<&str> = line.trim_end_matches([')', ';']).split(", ").collect();
    [0, 1].map(|theme: usize| {
        let hex = pair[theme].trim_start_matches('#');
        [0, 2, 4].map(|at| {
            let byte = u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
            f64::from(byte) / 255.0
        })
    })
}

/// Contrast as WCAG 2 defines it.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [red, green, blue] = colour
            .map(|part| if part <= 0.040_45 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_and_every_outline_can_be_told_from_the_paper() {
    let sheet = include_str!("../../static/style.css");
    for paper in ["paper", "paper-2"] {
        let paper = colours(sheet, paper);
        for theme in [0, 1] {
            for text in ["ink", "ink-2", "ink-3", "accent", "good", "bad"] {
                let measured = contrast(colours(sheet, text)[theme], paper[theme]);
                assert!(measured >= 4.5, "{text}: {measured:.2}");
            }
            for kind in 0..7 {
                let measured = contrast(colours(sheet, &format!("kind-{kind}"))[theme], paper[theme]);
                assert!(measured >= 4.5, "kind {kind}: {measured:.2}");
            }
        }
    }
    let button = [0, 1]
        .map(|theme: usize| contrast(colours(sheet, "on-accent")[theme], colours(sheet, "accent")[theme]));
    assert!(button.iter().all(|measured| *measured >= 4.5), "{button:?}");
    for hue in 0..crate::versions::HUES {
        colours(sheet, &format!("version-{hue}"));
    }
}

#[test]
fn the_second_example_breaks_a_promise_soon_enough_to_be_watched() {
    let mut studio = studio();
    studio.update(Intent::ChoseExample(1));
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 12_000);
    let lamps = studio.panels().lamps;
    let broken: Vec<_> = lamps.iter().filter(|lamp| lamp.state == "broken").map(|lamp| lamp.name).collect();
    assert!(broken.contains(&"linearizable"), "{broken:?} after twelve seconds at the speed of the start");
}
