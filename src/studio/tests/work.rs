//! Long work without a browser: the tasks that the studio hands out are done right here, and the reports handed back.

use std::collections::BTreeMap;

use netsplit_lab::work::{Bench, Report, Task};

use super::*;
use crate::desk::{Desk, DeskIntent};
use crate::evidence::EvidenceIntent;
use crate::histories::HistoryIntent;
use crate::models::ModelsIntent;
use crate::studio::Panel;
use crate::sweeping::{Field as SweepField, SweepIntent};

/// The workers of a page.
#[derive(Default)]
struct Hands {
    benches: BTreeMap<Desk, Bench>,
    /// The tasks that were handed out, in order.
    tasks: Vec<Task>,
    saved: Vec<(String, String)>,
}

impl Hands {
    /// Takes what leaves the studio.
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Work(desk, task) => {
                    self.tasks.push(task.clone());
                    self.benches.entry(desk).or_default().begin(task);
                }
                Effect::Stop(desk) => {
                    self.benches.remove(&desk);
                }
                Effect::Save { name, text } => self.saved.push((name, text)),
                _ => {}
            }
        }
    }

    /// One slice of everybody who has something to do; whether anybody had.
    fn slice(&mut self, studio: &mut Studio) -> bool {
        let busy: Vec<Desk> =
            self.benches.iter().filter(|(_, bench)| bench.is_busy()).map(|(desk, _)| *desk).collect();
        for desk in &busy {
            let reports = self.benches.get_mut(desk).map(Bench::work).unwrap_or_default();
            for report in reports {
                let effects = studio.update(Intent::Desk(DeskIntent::Reported(*desk, report)));
                self.take(effects);
            }
        }
        !busy.is_empty()
    }

    fn all(&mut self, studio: &mut Studio) {
        while self.slice(studio) {}
    }
}

fn say(studio: &mut Studio, hands: &mut Hands, intent: DeskIntent) {
    hands.take(studio.update(Intent::Desk(intent)));
}

fn sweep(studio: &mut Studio, hands: &mut Hands, intent: SweepIntent) {
    say(studio, hands, DeskIntent::Sweep(intent));
}

fn enter(studio: &mut Studio, field: SweepField, text: &str) {
    studio.update(Intent::Desk(DeskIntent::Sweep(SweepIntent::Entered(field, text.to_owned()))));
}

#[test]
fn the_run_is_judged_while_the_panel_is_open_and_only_then() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::ChoseExample(1));
    hands.take(studio.tick(20.0, &mut || true));
    assert!(hands.tasks.is_empty(), "nobody looks");
    studio.update(Intent::Looked(Panel::Models));
    let scene = studio.models().expect("it is shown");
    assert!(scene.boxes.iter().all(|model| model.state == "new"), "nothing is claimed before it was judged");
    for _ in 0..40 {
        hands.take(studio.tick(20.0, &mut || true));
    }
    assert_eq!(hands.tasks.len(), 1, "one question at a time");
    hands.all(&mut studio);
    hands.take(studio.tick(0.0, &mut || true));
    hands.all(&mut studio);
    let scene = studio.models().expect("it is shown");
    let linearizable = scene.boxes.iter().find(|model| model.name == "linearizable").expect("it is there");
    // The live lamp says the same of the same run.
    let lamps = studio.panels().lamps;
    let lamp = lamps.iter().find(|lamp| lamp.name == "linearizable").expect("it is there");
    assert_eq!(linearizable.state, lamp.state);
    assert!(scene.boxes.iter().all(|model| model.state != "new"));
    assert_eq!(scene.boxes.len(), netsplit_checkers::models::MODELS.len(), "every model has a place");
    let asked = hands.tasks.len();
    studio.update(Intent::Paused);
    for _ in 0..10 {
        hands.take(studio.tick(20.0, &mut || true));
        hands.all(&mut studio);
    }
    let after = hands.tasks.len();
    for _ in 0..10 {
        hands.take(studio.tick(20.0, &mut || true));
    }
    assert!(after <= asked + 1 && hands.tasks.len() == after, "a run that stands is judged once");
}

#[test]
fn every_model_explains_itself_by_a_history_that_breaks_it() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::Looked(Panel::Models));
    hands.take(studio.tick(0.0, &mut || true));
    hands.all(&mut studio);
    for model in netsplit_checkers::models::MODELS {
        say(&mut studio, &mut hands, DeskIntent::Models(ModelsIntent::Chose(model.checker)));
        let card = studio.models().expect("it is shown").card;
        assert_eq!(card.name, model.checker);
        assert!(!card.words.is_empty() && !card.availability.is_empty());
        assert!(!card.tiny.sentence.is_empty(), "{}", model.checker);
        assert!(card.tiny.bars.iter().any(|bar| bar.5), "{}: nothing is lit", model.checker);
    }
    // Boxes do not cover each other.
    let boxes = studio.models().expect("it is shown").boxes;
    for (n, one) in boxes.iter().enumerate() {
        for other in &boxes[n + 1..] {
            let apart = (one.at.0 - other.at.0).abs() >= crate::models::BOX.0
                || (one.at.1 - other.at.1).abs() >= crate::models::BOX.1;
            assert!(apart, "{} and {}", one.name, other.name);
        }
    }
}

#[test]
fn many_runs_fill_a_chart() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::Desk(DeskIntent::HasCores(3)));
    studio.update(Intent::Looked(Panel::Runs));
    let panel = studio.sweep().expect("it is shown");
    assert!(!panel.knobs.is_empty() && !panel.values.is_empty() && panel.of == 0 && panel.plot.is_none());
    enter(&mut studio, SweepField::Knob, "acks");
    enter(&mut studio, SweepField::Values, "0..2");
    enter(&mut studio, SweepField::Second, "base_ms");
    enter(&mut studio, SweepField::SecondValues, "1, 20");
    enter(&mut studio, SweepField::Measure, "write.p50_ms");
    enter(&mut studio, SweepField::Seeds, "2");
    enter(&mut studio, SweepField::Seconds, "1");
    sweep(&mut studio, &mut hands, SweepIntent::Began);
    assert_eq!(hands.tasks.len(), 3, "one for each core");
    let panel = studio.sweep().expect("it is shown");
    assert!((panel.running, panel.done, panel.of) == (true, 0, 12) && panel.problem.is_empty());
    while studio.sweep().expect("it is shown").done == 0 {
        hands.slice(&mut studio);
    }
    let early = studio.sweep().expect("it is shown").plot.expect("there is a chart").taken;
    hands.all(&mut studio);
    let panel = studio.sweep().expect("it is shown");
    let plot = panel.plot.expect("there is a chart");
    assert!((panel.running, panel.done) == (false, 12) && early <= plot.taken);
    assert_eq!((plot.lines.len(), plot.taken, plot.of), (2, 6, 6));
    // More copies that have to answer, and longer ways: higher.
    let heights = |line: usize| plot.lines[line].marks.iter().map(|mark| mark.value).collect::<Vec<_>>();
    assert!(heights(0)[2] > heights(0)[0] && heights(1)[0] > heights(0)[0]);
    assert!(plot.lines.iter().flat_map(|line| &line.marks).all(|mark| mark.bar.is_some()));
    assert!(plot.lines[0].curve.len() == 3, "the light floor is under it");
    sweep(&mut studio, &mut hands, SweepIntent::Saved);
    assert!(hands.saved[0].0.ends_with(".csv") && hands.saved[0].1.starts_with("acks,base_ms,measure,"));
    // Another figure of the same runs needs no new ones; one that was not taken says so.
    enter(&mut studio, SweepField::Measure, "availability");
    assert_eq!(studio.sweep().expect("it is shown").plot.expect("there is a chart").taken, 6);
    enter(&mut studio, SweepField::Measure, "read.max_ms");
    let panel = studio.sweep().expect("it is shown");
    assert!(panel.plot.is_none() && panel.status.contains("run again"));
}

#[test]
fn a_sweep_that_is_wrong_or_stopped_says_so() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::Looked(Panel::Runs));
    enter(&mut studio, SweepField::Knob, "acks");
    for (values, second, complaint) in [
        ("7", "", "acks: expected a whole number from 0 to 2"),
        ("0", "acks", "two different"),
        ("0", "base_ms", "at most 4 values"),
    ] {
        enter(&mut studio, SweepField::Values, values);
        enter(&mut studio, SweepField::Second, second);
        if second == "base_ms" {
            enter(&mut studio, SweepField::SecondValues, "1, 2, 3, 4, 5");
        }
        sweep(&mut studio, &mut hands, SweepIntent::Began);
        let panel = studio.sweep().expect("it is shown");
        assert!(panel.problem.contains(complaint), "{}", panel.problem);
        assert!(hands.tasks.is_empty() && !panel.running);
    }
    enter(&mut studio, SweepField::Second, "");
    enter(&mut studio, SweepField::Values, "0, 1");
    enter(&mut studio, SweepField::Seeds, "50");
    sweep(&mut studio, &mut hands, SweepIntent::Began);
    while studio.sweep().expect("it is shown").done == 0 {
        hands.slice(&mut studio);
    }
    sweep(&mut studio, &mut hands, SweepIntent::Stopped);
    assert!(hands.benches.is_empty(), "nobody works on");
    let panel = studio.sweep().expect("it is shown");
    assert!(
        !panel.running && panel.done > 0 && panel.status.starts_with("Stopped after"),
        "{}",
        panel.status
    );
    // What was on its way is not counted any more.
    let late = Report::Job { job: 99, values: vec![None; 10] };
    say(&mut studio, &mut hands, DeskIntent::Reported(Desk::Sweep(0), late));
    assert_eq!(studio.sweep().expect("it is shown").done, panel.done);
}

#[test]
fn figures_stand_there_only_when_they_were_measured() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::Navigated("#/evidence".to_owned()));
    let page = studio.evidence().expect("it is shown");
    assert!(page.groups.iter().all(|group| group.rows.is_empty() && group.state == "new"));
    let id = page.groups[page.groups.len() - 1].id.to_owned();
    say(&mut studio, &mut hands, DeskIntent::Evidence(EvidenceIntent::Measured(id.clone())));
    let state = |studio: &Studio| {
        let page = studio.evidence().expect("it is shown");
        page.groups.into_iter().find(|group| group.id == id).map(|group| (group.state, group.rows))
    };
    assert_eq!(state(&studio).map(|(state, _)| state), Some("busy"));
    hands.all(&mut studio);
    let (done, rows) = state(&studio).expect("it is there");
    assert!(done == "done" && !rows.is_empty() && rows.iter().all(|row| row.agrees), "{rows:?}");
    say(&mut studio, &mut hands, DeskIntent::Evidence(EvidenceIntent::MeasuredAll));
    say(&mut studio, &mut hands, DeskIntent::Evidence(EvidenceIntent::Stopped));
    let page = studio.evidence().expect("it is shown");
    assert!(!page.busy && page.groups.iter().filter(|group| !group.rows.is_empty()).count() == 1);
    say(&mut studio, &mut hands, DeskIntent::Evidence(EvidenceIntent::Saved));
    assert_eq!(hands.saved[0].1.lines().count(), rows.len() + 1);
}

#[test]
fn a_history_is_read_judged_and_drawn() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::Navigated("#/history".to_owned()));
    say(&mut studio, &mut hands, DeskIntent::History(HistoryIntent::Example));
    assert_eq!(studio.history().expect("it is shown").reading, "example.jsonl");
    hands.all(&mut studio);
    let open = studio.history().expect("it is shown").open.expect("it was read");
    let broken: Vec<&str> =
        open.verdicts.iter().filter(|v| v.state == "broken").map(|v| v.name.as_str()).collect();
    assert_eq!(broken.first(), Some(&"linearizable"));
    assert!(open.verdicts.iter().any(|v| v.name == "causal" && v.state == "holds"));
    let lit: Vec<&str> =
        open.timeline.bars.iter().filter(|bar| bar.lit).map(|bar| bar.text.as_str()).collect();
    assert!(lit.contains(&"read x: old") && lit.contains(&"read x: new"), "{lit:?}");
    assert!(open.timeline.bars.iter().all(|bar| bar.from < bar.to && bar.to <= open.timeline.width));
    assert!(open.timeline.bars.iter().any(|bar| bar.label == "x: old"), "a short bar has a short text");
    assert_eq!(open.keys, ["x", "y"]);
    say(&mut studio, &mut hands, DeskIntent::History(HistoryIntent::ChoseKey("y".to_owned())));
    assert_eq!(studio.history().expect("it is shown").open.expect("it was read").timeline.bars.len(), 2);
    // What is wrong with a file is said, and what was open stays.
    let wrong = HistoryIntent::Gave { name: "wrong.txt".to_owned(), text: "hello".to_owned() };
    say(&mut studio, &mut hands, DeskIntent::History(wrong));
    hands.all(&mut studio);
    let page = studio.history().expect("it is shown");
    assert!(page.problem.starts_with("wrong.txt: line 1: expected a history"), "{}", page.problem);
    assert!(page.open.is_some() && page.reading.is_empty());
}

#[test]
fn the_run_is_written_for_other_tools() {
    let mut studio = studio();
    let mut hands = Hands::default();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 4_000);
    for (form, _) in netsplit_lab::files::forms() {
        say(&mut studio, &mut hands, DeskIntent::Exported(form.to_owned()));
    }
    let before = hands.saved.len();
    hands.all(&mut studio);
    assert_eq!(before, 0);
    // One desk does one thing at a time: the last form that was asked for.
    assert_eq!(hands.saved.len(), 1);
    assert!(hands.saved[0].0.contains("shiviz") && hands.saved[0].1.len() > 100);
    say(&mut studio, &mut hands, DeskIntent::Exported("jsonl".to_owned()));
    hands.all(&mut studio);
    let seen = netsplit_checkers::jsonl::read(&hands.saved[1].1).expect("it is a history");
    assert_eq!(seen.operations.len(), studio.session().machine().history().operations.len());
}

#[test]
fn crashes_by_wear_go_into_the_script_and_out_again() {
    let mut studio = studio();
    for (control, value) in [("plan_mtbf_ms", 400.0), ("plan_mttr_ms", 100.0), ("plan_length_ms", 5_000.0)] {
        let entry = Entry::Number(value);
        studio.update(Intent::Entered { control: control.into(), entry, done: true });
    }
    let sheet = studio.lab().plan;
    assert!(sheet.wear_comes_to.starts_with("Each node is up 80"), "{}", sheet.wear_comes_to);
    studio.update(Intent::AddedWear);
    let count = |studio: &Studio, wanted: fn(&StepAction) -> bool| {
        studio.session().scenario().script.iter().filter(|step| wanted(&step.action)).count()
    };
    let crashes = count(&studio, |action| {
        matches!(action, StepAction::Crash { .. } | StepAction::CrashUnsynced { .. })
    });
    let restarts = count(&studio, |action| matches!(action, StepAction::Restart { .. }));
    // Three nodes, five seconds, one crash in half a second: about thirty.
    assert!((12..=60).contains(&crashes) && restarts == crashes, "{crashes} {restarts}");
    studio.update(Intent::Undid);
    assert!(studio.session().scenario().script.is_empty(), "one undo");
}

#[test]
fn percentiles_and_seconds_are_those_of_the_run() {
    let mut studio = studio();
    studio.update(Intent::ChangedSpeed(4));
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 4_000);
    for (id, _) in crate::spread::CHOICES {
        studio.update(Intent::ChoseSpread(id));
        let spread = studio.panels().spread;
        assert_eq!(spread.chosen, id);
        assert_eq!(spread.count > 0, !spread.curve.is_empty(), "{id}");
    }
    studio.update(Intent::ChoseSpread("write"));
    let panels = studio.panels();
    let exact =
        panels.figures.iter().find(|figure| figure.name == "write.p50_ms").and_then(|figure| figure.whole);
    let exact = exact.expect("there are writes");
    let (_, shown) = &panels.spread.quantiles[0];
    let shown: f64 = shown.parse().expect("a number");
    assert!((shown - exact).abs() <= exact * 0.01, "{shown} and {exact}");
    let ops =
        panels.figures.iter().find(|figure| figure.name == "write.count").and_then(|figure| figure.whole);
    assert_eq!(Some(panels.spread.count as f64), ops);
    assert!(
        !panels.spread.windows.bars.is_empty() && panels.spread.windows.bars.iter().all(|window| window.good)
    );
    // Nobody can write while nothing is up: those seconds are bad.
    for node in 1..=3 {
        studio.update(Intent::Did(Action::Crash(NodeId(node - 1))));
    }
    frames(&mut studio, 8_000);
    let spread = studio.panels().spread;
    assert!(spread.windows.bars.iter().any(|window| !window.good), "{}", spread.windows.comes_to);
    assert!(
        spread.windows.comes_to.contains("nines") && spread.windows.comes_to.contains("By time"),
        "{}",
        spread.windows.comes_to
    );
}
