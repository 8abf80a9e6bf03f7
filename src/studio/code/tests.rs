//! The code that ran, as the page asks for it.

use netsplit_scenario::session::watching::handler;
use netsplit_sim::ids::EventId;
use netsplit_sim::time::Time;
use netsplit_sim::trace::EventKind;

use super::tinting::{Tint, tint};
use super::{CodeIntent, CodeScene};
use crate::dock::{DockIntent, View};
use crate::intent::Effect;
use crate::selection::Selected;
use crate::{Intent, Preferences, Studio};

/// The file that the page would fetch.
fn text(path: &str) -> String {
    let path = path.strip_prefix("source/").expect("a path of the protocols");
    let path = format!("{}/../protocols/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn open(ms: u64) -> Studio {
    let mut studio = Studio::new("http://here/", "", &Preferences::default());
    studio.update(Intent::Paused);
    studio.session.advance(Time(ms * 1_000_000), u64::MAX);
    studio.refresh();
    studio.update(Intent::Dock(DockIntent::Opened(View::Code)));
    studio
}

/// Frames, with files fetched, until nothing more is asked for.
fn settle(studio: &mut Studio) -> CodeScene {
    for _ in 0..5 {
        let effects = studio.tick(1.0, &mut || true);
        serve(studio, effects);
    }
    studio.code_scene().expect("it is open")
}

fn serve(studio: &mut Studio, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::Fetch(path) = effect {
            let fetched = text(&path);
            let more = studio.update(CodeIntent::Fetched(path, Some(fetched)).into());
            assert!(more.is_empty());
        }
    }
}

#[test]
fn the_latest_handled_event_is_shown_with_its_handler() {
    let mut studio = open(800);
    let scene = settle(&mut studio);
    let id = scene.event.expect("something was handled");
    let event = studio.session.machine().trace()[id.index()];
    assert!(handler(event.kind).is_some());
    let shown = scene.shown.expect("code ran");
    assert!(shown.functions[0].0.contains("::on_") && shown.functions[0].1, "{:?}", shown.functions);
    assert_eq!(shown.is_compiled, Some(true));
    assert!(shown.ran > 0 && !shown.text.is_empty());
    let name = shown.functions[0].0.rsplit("::").next().expect("a name");
    let first = shown.text.iter().find(|line| line.number == shown.lines.0).expect("its first line");
    let words: String = first.pieces.iter().map(|(_, text)| text.as_str()).collect();
    assert!(words.contains(&format!("fn {name}")), "{words}");
    assert_eq!(first.ran, Some(true));
    assert!(scene.because.contains("handled") || scene.because.contains("timer"), "{}", scene.because);
}

#[test]
fn every_kind_of_event_has_its_code_or_says_why_not() {
    let mut studio = open(2_500);
    let trace = studio.session.machine().trace().to_vec();
    let (mut with, mut without) = (0, 0);
    for (index, event) in trace.iter().enumerate().step_by(7) {
        let id = EventId(index as u32);
        studio.update(Intent::Selected(Some(Selected::Event(id))));
        let scene = settle(&mut studio);
        assert_eq!(scene.event, Some(id));
        match (&scene.shown, &scene.why_none) {
            (Some(shown), None) => {
                with += 1;
                assert!(shown.ran > 0, "{event:?}");
                assert!(handler(event.kind).is_some() || scene.handled.is_some());
            }
            (None, Some(why)) => {
                without += 1;
                assert!(!why.is_empty());
                let is_first = event.cause == EventId::NONE;
                assert_eq!(scene.cause.is_some(), !is_first, "{event:?}");
                assert!(!matches!(event.kind, EventKind::TimerFired { .. }), "{event:?}");
                if matches!(event.kind, EventKind::Delivered { .. } | EventKind::Returned { .. }) {
                    assert!(why.contains("a client did this"), "{event:?}: {why}");
                }
            }
            other => panic!("{event:?}: {other:?}"),
        }
    }
    assert!(with > 20 && without > 20, "{with} {without}");
}

#[test]
fn steps_go_to_what_the_same_node_handled() {
    let mut studio = open(800);
    let scene = settle(&mut studio);
    let node = scene.node.clone().expect("a node");
    let of = |studio: &Studio, id: EventId| {
        let kind = studio.session.machine().trace()[id.index()].kind;
        handler(kind).map(|node| studio.names.node(node).to_owned())
    };
    let now = scene.event.expect("an event");
    studio.update(CodeIntent::Went(false).into());
    let before = settle(&mut studio).event.expect("an event");
    assert!(before < now);
    assert_eq!(of(&studio, before), Some(node.clone()));
    assert_eq!(studio.selected(), Some(Selected::Event(before)));
    // The record ends at the playhead now, so the run plays on to the next.
    studio.update(CodeIntent::Went(true).into());
    let after = settle(&mut studio).event.expect("an event");
    assert_eq!((after, of(&studio, after)), (now, Some(node)));
}

#[test]
fn another_text_is_said_to_be_another() {
    let mut studio = open(800);
    let effects = studio.tick(1.0, &mut || true);
    let path = effects.into_iter().find_map(|effect| match effect {
        Effect::Fetch(path) => Some(path),
        _ => None,
    });
    let path = path.expect("the file is asked for");
    let changed = text(&path).replacen("self", "elf", 1);
    studio.update(CodeIntent::Fetched(path.clone(), Some(changed)).into());
    let scene = studio.code_scene().expect("open");
    assert_eq!(scene.shown.expect("code").is_compiled, Some(false));
    studio.update(CodeIntent::Fetched(path, None).into());
    let shown = studio.code_scene().expect("open").shown.expect("code");
    assert_eq!((shown.is_compiled, shown.text.len()), (None, 0));
    // A choice asks once more.
    let effects = studio.update(CodeIntent::Chose(0).into());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Fetch(_))));
    serve(&mut studio, effects);
    studio.update(CodeIntent::Chose(usize::MAX).into());
    studio.update(CodeIntent::Fetched("elsewhere".to_owned(), None).into());
    settle(&mut studio);
    let whole = studio.update(CodeIntent::Expanded(true).into());
    serve(&mut studio, whole);
    let shown = settle(&mut studio).shown.expect("code");
    assert_eq!(shown.text[0].number, 1);
}

#[test]
fn looking_at_code_leaves_the_run_alone() {
    let mut studio = open(800);
    let (hash, now) = (studio.session.hash(), studio.session.now());
    settle(&mut studio);
    studio.update(Intent::Selected(Some(Selected::Event(EventId(40)))));
    settle(&mut studio);
    assert_eq!((studio.session.hash(), studio.session.now()), (hash, now));
}

#[test]
fn a_text_is_tinted() {
    let kinds = |text: &str| -> Vec<(Tint, String)> { tint(text).concat() };
    let plain = |text: &str| (Tint::Plain, text.to_owned());
    assert_eq!(
        kinds("let x = 'a'; // it's"),
        [
            (Tint::Keyword, "let".to_owned()),
            plain(" x = "),
            (Tint::Quoted, "'a'".to_owned()),
            plain("; "),
            (Tint::Comment, "// it's".to_owned())
        ]
    );
    assert_eq!(kinds("&'a str"), [plain("&'a str")]);
    let two = tint("a(\"// no \\\" remark\n  goes on\") // yes");
    assert_eq!(two[0].last().map(|(tint, _)| *tint), Some(Tint::Quoted));
    assert_eq!(two[1][0].0, Tint::Quoted);
    assert_eq!(two[1].last().map(|(tint, _)| *tint), Some(Tint::Comment));
    for text in ["'", "'\\", "\"", "'é'", "é'é", "0x1f", "//", "\\\"'\""] {
        let whole: String = tint(text).concat().into_iter().map(|(_, piece)| piece).collect();
        assert_eq!(whole, text);
    }
}
