//! The chapter view: the lessons of a chapter, one step at a time, beside the same stage as the lab's.
//!
//! A lesson asks first and shows then: the things to do open once the reader has predicted something, or
//! chosen not to; the prediction is compared when the run has decided. What was seen is measured while
//! it happens ([`netsplit_scenario::lesson::Record`]). The run stops by itself when a step has been watched
//! to its end, so that nobody has to hurry.

use std::collections::BTreeMap;

use netsplit_scenario::lesson::{Lesson, Record, State};
use netsplit_sim::time::Time;

use crate::intent::Effect;
use crate::route::Route;
use crate::studio::{Studio, Tone};
use crate::units::SPEEDS;

/// The key of the reader's progress in storage.
pub const STORED: &str = "netsplit.progress";
/// How often a lesson looks at a run that plays.
const LOOK_EVERY_MS: f64 = 120.0;
/// The chosen answer of a reader who would rather just look.
const NONE: &str = "none";

/// What a reader wants of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This answer is predicted; nothing: rather just look.
    Predicted(Option<String>),
    /// Do this step for me.
    DoForMe(String),
    /// Begin this lesson anew.
    StartOver,
}

/// The chapter view's own state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chapter {
    /// The chapter's number.
    pub number: u8,
    /// The lesson's name, if the address gives one.
    pub slug: Option<String>,
    pub(crate) lessons: Vec<Lesson>,
    /// The lesson whose run is on the stage.
    pub(crate) open: Option<usize>,
    pub(crate) record: Record,
    /// What was predicted now, in the lesson that is open.
    pub(crate) predicted: Option<String>,
    pub(crate) progress: Progress,
    /// When the run stops by itself.
    stop_at: Option<Time>,
    looked_ms: f64,
}

/// What is remembered between visits: by lesson, the last prediction and whether it was finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(BTreeMap<String, (String, bool)>);

impl Progress {
    /// Reads what [`Progress::write`] wrote; anything else is forgotten.
    #[must_use]
    pub fn read(stored: &str) -> Self {
        let entry = |entry: &str| {
            let mut parts = entry.split(' ');
            let (slug, answer, done) = (parts.next()?, parts.next()?, parts.next()?);
            Some((slug.to_owned(), (answer.to_owned(), done == "done")))
        };
        Self(stored.split(';').take(200).filter_map(entry).collect())
    }

    /// Whether a lesson was finished once.
    #[must_use]
    pub fn is_finished(&self, slug: &str) -> bool {
        self.0.get(slug).is_some_and(|(_, done)| *done)
    }

    /// The progress as a text to store.
    #[must_use]
    pub fn write(&self) -> String {
        let entry = |(slug, (answer, done)): (&String, &(String, bool))| {
            format!("{slug} {answer} {}", if *done { "done" } else { "begun" })
        };
        self.0.iter().map(entry).collect::<Vec<_>>().join(";")
    }
}

impl Chapter {
    /// A chapter view for a reader who got so far before.
    #[must_use]
    pub fn with_progress(progress: Progress) -> Self {
        Self { progress, ..Self::default() }
    }

    fn lesson(&self) -> Option<&Lesson> {
        self.lessons.get(self.open?)
    }
}

impl Studio {
    /// Shows a chapter, at one of its lessons or at the first. A lesson that is on the stage already stays
    /// as it stands: the way to the lab and back changes nothing.
    pub(crate) fn open_chapter(&mut self, number: u8, slug: Option<&str>) {
        if self.chapter.lessons.is_empty() {
            let (lessons, problems) = Lesson::all();
            self.chapter.lessons = lessons;
            if let Some(problem) = problems.first() {
                self.notice(Tone::Bad, format!("A lesson can’t be read: {problem}"));
            }
        }
        let place = |slug| self.chapter.lessons.iter().position(|lesson| lesson.slug == slug);
        let found = slug.and_then(place);
        if number != 1 || (slug.is_some() && found.is_none()) {
            self.notice(Tone::Plain, "There is no such lesson yet. This is the first of chapter 1.");
        }
        let index = found.unwrap_or(0);
        let Some(lesson) = self.chapter.lessons.get(index) else { return };
        self.chapter.number = 1;
        self.chapter.slug = Some(lesson.slug.clone());
        let on_stage = lesson.run_of(self.session.scenario()).is_some();
        if self.chapter.open != Some(index) || !on_stage {
            self.chapter.open = Some(index);
            self.start_lesson();
        }
    }

    /// Puts the first run of the open lesson on the stage.
    fn start_lesson(&mut self) {
        let Some(lesson) = self.chapter.lesson() else { return };
        let run = lesson.runs[0].clone();
        let speed = lesson.steps[0].speed;
        self.chapter.record = Record::default();
        self.chapter.predicted = None;
        if self.load(run) {
            self.example = None;
            self.playing = false;
            self.play_at(speed);
        }
        self.look();
    }

    /// Sets the speed that is nearest to so many seconds a second.
    pub(crate) fn play_at(&mut self, speed: f64) {
        let wanted = speed * 1e9;
        let off = |index: &usize| (libm::log(SPEEDS[*index].0 as f64 / wanted).abs() * 1e6) as u64;
        self.speed = (0..SPEEDS.len()).min_by_key(off).unwrap_or(0);
    }

    /// Does what the reader wants of the open lesson.
    pub(crate) fn wish(&mut self, wish: &Wish) {
        match wish {
            Wish::Predicted(answer) => {
                self.chapter.predicted = Some(answer.clone().unwrap_or_else(|| NONE.to_owned()));
                self.look();
                self.remember();
            }
            Wish::StartOver => {
                self.start_lesson();
                self.say("The lesson begins anew");
            }
            Wish::DoForMe(id) => self.do_for_me(id),
        }
    }

    fn do_for_me(&mut self, id: &str) {
        let Some(lesson) = self.chapter.lesson() else { return };
        let Some(index) = lesson.steps.iter().position(|step| step.id == id) else { return };
        let step = lesson.steps[index].clone();
        let run = lesson.begins_run(index).then(|| lesson.runs[step.run].clone());
        if let Some(run) = run.filter(|_| step.run > 0) {
            if !self.load(run) {
                return;
            }
            self.example = None;
        }
        self.group += 1;
        for action in step.actions {
            if !self.act_in_group(action) {
                return;
            }
        }
        self.play_at(step.speed);
        self.playing = true;
        self.look();
    }

    /// Lets the open lesson look at the run, now and then while it plays.
    pub(crate) fn follow_lesson(&mut self) {
        let due = !self.playing || self.clock_ms - self.chapter.looked_ms >= LOOK_EVERY_MS;
        let stops = self.chapter.stop_at.is_some_and(|stop| self.session.now() >= stop);
        if stops {
            self.playing = false;
            self.chapter.stop_at = None;
        }
        if due || stops {
            self.look();
        }
    }

    /// How far the run may play now: to the end of the step that is being watched.
    pub(crate) fn lesson_limit(&self, target: Time) -> Time {
        self.chapter.stop_at.map_or(target, |stop| target.min(stop.max(self.session.now())))
    }

    fn look(&mut self) {
        self.chapter.looked_ms = self.clock_ms;
        let in_chapter = matches!(self.route, Route::Chapter { .. });
        let Some(lesson) = self.chapter.open.map(|open| &self.chapter.lessons[open]) else { return };
        if self.session.is_replaying() {
            return;
        }
        let before = self.chapter.record.states(lesson);
        self.chapter.record.observe(lesson, &mut self.session);
        let states = self.chapter.record.states(lesson);
        let stop = self.chapter.record.watch_until(lesson);
        self.attention.eyes = self.chapter.record.view(lesson).filter(|_| in_chapter);
        self.chapter.stop_at = stop.filter(|stop| in_chapter && *stop > self.session.now());
        if before != states
            && states.iter().all(|state| *state == State::Over)
            && self.chapter.predicted.is_some()
        {
            self.remember();
        }
        let newly =
            states.iter().zip(&before).position(|(now, then)| *now == State::Over && *then != State::Over);
        if let Some(step) = newly.filter(|_| in_chapter) {
            let of = states.len();
            self.say(format!("Step {} of {of} is done; what you saw is below it", step + 1));
        }
    }

    /// Stores the reader's progress.
    fn remember(&mut self) {
        let Some(lesson) = self.chapter.lesson() else { return };
        let done = self.chapter.record.states(lesson).iter().all(|state| *state == State::Over);
        let slug = lesson.slug.clone();
        let answer = self.chapter.predicted.clone().unwrap_or_else(|| NONE.to_owned());
        let before = self.chapter.progress.is_finished(&slug);
        self.chapter.progress.0.insert(slug, (answer, done || before));
        self.effects.push(Effect::Store(STORED, self.chapter.progress.write()));
    }
}

#[cfg(test)]
mod tests {
    use netsplit_sim::action::Action;

    use super::*;
    use crate::sheet::{Paragraph, Piece, Prediction, Sheet};
    use crate::{Intent, Preferences};

    fn open(hash: &str) -> Studio {
        Studio::new("https://example.org/", hash, &Preferences::default())
    }

    fn sheet(studio: &Studio) -> Sheet {
        studio.sheet().expect("a lesson is open")
    }

    fn predict(studio: &mut Studio, answer: Option<&str>) {
        studio.update(Intent::Wished(Wish::Predicted(answer.map(str::to_owned))));
    }

    /// Presses the button of a step and watches it to its end.
    fn watch(studio: &mut Studio, step: &str) {
        studio.update(Intent::Wished(Wish::DoForMe(step.to_owned())));
        assert!(studio.is_playing(), "{step}");
        wait(studio);
    }

    fn wait(studio: &mut Studio) {
        for _ in 0..2_000 {
            if !studio.is_playing() && !studio.session().is_replaying() {
                return;
            }
            studio.tick(50.0, &mut || true);
        }
        panic!("it never stops");
    }

    fn text(paragraphs: &[Paragraph]) -> String {
        let pieces = paragraphs.iter().flat_map(|paragraph| &paragraph.pieces);
        let text = |piece: &Piece| match piece {
            Piece::Text(text)
            | Piece::Strong(text)
            | Piece::Emphasis(text)
            | Piece::Code(text)
            | Piece::Link(text, _)
            | Piece::Measured(text, _) => text.clone(),
        };
        pieces.map(text).collect()
    }

    #[test]
    fn every_lesson_can_be_walked_by_its_buttons() {
        for lesson in Lesson::all().0 {
            let mut studio = open(&format!("#/chapter/1/{}", lesson.slug));
            let first = sheet(&studio);
            assert!(first.title == lesson.title && first.prediction == Prediction::Open);
            assert!(first.steps.is_empty() && first.meaning.is_none() && !studio.is_playing());
            predict(&mut studio, Some(&lesson.predict.options[0].id));
            for (place, step) in lesson.steps.iter().enumerate() {
                let before = sheet(&studio);
                assert_eq!(before.steps.len(), place + 1, "{}", step.id);
                assert_eq!(before.steps[place].state, State::Now);
                assert!(before.steps[place].outcome.is_none() && before.meaning.is_none());
                watch(&mut studio, &step.id);
                let after = sheet(&studio);
                assert_eq!(after.steps[place].state, State::Over, "{}", step.id);
                let seen = text(after.steps[place].outcome.as_ref().expect("an outcome"));
                assert!(!seen.contains('…'), "{}: {seen}", step.id);
            }
            let last = sheet(&studio);
            assert!(last.meaning.is_some() && last.prediction == Prediction::Judged);
            assert_eq!(last.options.iter().filter(|option| option.right == Some(true)).count(), 1);
            assert_eq!(last.steps.iter().filter(|card| card.judgement.is_some()).count(), 1);
            assert!(last.list.iter().all(|listed| listed.finished == listed.current));
        }
    }

    #[test]
    fn the_prediction_is_compared_only_when_the_run_has_decided() {
        let mut studio = open("#/chapter/1/light-floor");
        predict(&mut studio, Some("instant"));
        for step in ["first", "computer"] {
            watch(&mut studio, step);
            assert_eq!(sheet(&studio).prediction, Prediction::Answered);
            assert!(sheet(&studio).options.iter().all(|option| option.right.is_none()));
        }
        watch(&mut studio, "line");
        let sheet = sheet(&studio);
        let judgement = sheet.steps[2].judgement.as_ref().expect("it is decided");
        assert!(judgement.starts_with("You predicted: “Under 20 ms"), "{judgement}");
        assert!(judgement.contains("The run shows: “50 to 65 ms"), "{judgement}");
    }

    #[test]
    fn a_chart_gets_a_point_with_every_step_and_its_curves_with_the_first() {
        let mut studio = open("#/chapter/1/big-or-many");
        assert!(sheet(&studio).plot.is_none(), "not before the prediction");
        predict(&mut studio, None);
        let empty = sheet(&studio).plot.expect("a chart");
        assert_eq!((empty.taken, empty.of, empty.below, empty.lines.len()), (0, 18, 0, 3));
        assert!(empty.lines.iter().all(|line| line.marks.is_empty() && line.curve.is_empty()));
        assert!(empty.lines.iter().flat_map(|line| &line.rows).all(|row| row.formula.is_none()));
        let ticks: Vec<&str> = empty.across.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(ticks, ["1", "2", "4", "8", "16", "32"]);
        studio.update(Intent::Wished(Wish::DoForMe("one".to_owned())));
        for _ in 0..10 {
            studio.tick(50.0, &mut || true);
        }
        assert!(matches!(sheet(&studio).steps[0].state, State::Watching(share) if share > 0.0));
        assert_eq!(sheet(&studio).plot.expect("a chart").taken, 0, "what is still watched still changes");
        wait(&mut studio);
        for (done, step) in ["one", "two", "four", "eight", "sixteen", "all"].into_iter().enumerate() {
            if done > 0 {
                watch(&mut studio, step);
            }
            let plot = sheet(&studio).plot.expect("a chart");
            assert_eq!((plot.taken, plot.below), (3 * (done + 1), done + 1), "{step}");
            assert_eq!((&plot.up, &plot.across), (&empty.up, &empty.across), "the axes stay");
            for line in &plot.lines {
                assert!(line.marks.len() == done + 1 && line.curve.len() > 50);
                let newest = line.marks[done];
                let near =
                    |(x, y): &(f64, f64)| (x - newest.at.0).abs() < 4.0 && (y - newest.at.1).abs() < 6.0;
                assert!(line.curve.iter().any(near), "{}: {newest:?}", line.name);
                assert!(line.rows[done].measured.is_some() && line.rows[done].formula.is_some());
            }
        }
        let plot = sheet(&studio).plot.expect("a chart");
        assert_eq!((plot.taken, plot.lines[2].name.as_str()), (18, "high"));
        assert!((plot.lines[2].marks[5].value - 10_687.8).abs() < 106.9);
    }

    #[test]
    fn a_reader_who_would_rather_look_may() {
        let mut studio = open("#/chapter/1/time-until-visible");
        predict(&mut studio, None);
        watch(&mut studio, "once");
        let sheet = sheet(&studio);
        assert!(sheet.options.iter().all(|option| !option.chosen));
        assert!(sheet.steps[0].judgement.as_ref().is_some_and(|text| text.starts_with("The run shows")));
    }

    #[test]
    fn what_is_done_by_hand_counts_and_undo_takes_it_back() {
        let mut studio = open("#/chapter/1/refuse-or-accept");
        predict(&mut studio, Some("neither"));
        // Pressing play is all there is to the first step.
        studio.update(Intent::ToggledPlay);
        wait(&mut studio);
        assert_eq!(studio.now(), Time(4_000_000_000));
        for (a, b) in [("west-1", "east-1"), ("west-1", "east-2"), ("west-2", "east-1"), ("west-2", "east-2")]
        {
            assert_eq!(sheet(&studio).steps[1].state, State::Now);
            let find = |name| studio.session().find(name).expect("a site");
            let cut = Action::Cut(find(a), find(b));
            studio.update(Intent::Did(cut));
        }
        assert_eq!(sheet(&studio).steps[1].state, State::Watching(0.0));
        studio.update(Intent::Undid);
        wait(&mut studio);
        assert_eq!(sheet(&studio).steps[1].state, State::Now);
        studio.update(Intent::Redid);
        studio.update(Intent::ToggledPlay);
        wait(&mut studio);
        assert_eq!(sheet(&studio).steps[1].state, State::Over);
    }

    /// Whoever is to be a node sees nothing that would tell a crash from a cut.
    #[test]
    fn through_a_nodes_eyes_a_crash_and_a_cut_look_alike() {
        let mut studio = open("#/chapter/1/be-the-node");
        predict(&mut studio, None);
        let mut nights = Vec::new();
        for (fog, truth) in [("first", "first-truth"), ("second", "second-truth"), ("third", "third-truth")] {
            watch(&mut studio, fog);
            assert!(studio.marks().is_empty() && studio.bands().is_empty() && !studio.noted().is_empty());
            let mut flights = Vec::new();
            studio.flights(&mut flights);
            let stage = studio.stage();
            assert!(
                stage.nodes[0].value != "?" && stage.nodes[1].value == "?" && stage.nodes[2].value == "?"
            );
            nights.push((studio.caption(), stage, flights));
            let here = studio.now();
            studio.update(Intent::Wished(Wish::DoForMe(truth.to_owned())));
            studio.tick(200.0, &mut || true);
            assert!(studio.now() > here);
            wait(&mut studio);
            assert!(!studio.bands().is_empty(), "the fog is lifted");
            assert!(studio.stage().nodes.iter().all(|node| node.value != "?"));
        }
        assert_eq!(nights[0], nights[1]);
        assert_eq!(nights[0], nights[2]);
        // In the lab nothing is hidden.
        studio.update(Intent::Wished(Wish::StartOver));
        assert_eq!(studio.stage().nodes[1].value, "?");
        studio.update(Intent::Navigated("#/lab".to_owned()));
        assert!(studio.stage().nodes.iter().all(|node| node.value != "?"));
    }

    #[test]
    fn the_way_to_the_lab_and_back_changes_nothing() {
        let mut studio = open("#/chapter/1/light-floor");
        predict(&mut studio, Some("floor"));
        watch(&mut studio, "first");
        let (now, before) = (studio.now(), sheet(&studio));
        studio.update(Intent::Navigated("#/lab".to_owned()));
        assert_eq!(studio.now(), now);
        studio.update(Intent::Navigated("#/chapter/1/light-floor".to_owned()));
        assert!(studio.now() == now && sheet(&studio) == before);
        // Another lesson begins anew, and so does this one then.
        studio.update(Intent::Navigated("#/chapter/1/refuse-or-accept".to_owned()));
        assert_eq!(studio.now(), Time::ZERO);
        studio.update(Intent::Wished(Wish::StartOver));
        assert_eq!(sheet(&studio).prediction, Prediction::Open);
    }

    #[test]
    fn progress_is_stored_and_comes_back() {
        let mut studio = open("#/chapter/1/light-floor");
        predict(&mut studio, Some("half"));
        let effects: Vec<Effect> = studio.update(Intent::Wished(Wish::Predicted(Some("floor".to_owned()))));
        assert!(effects.contains(&Effect::Store(STORED, "light-floor floor begun".to_owned())));
        let progress = "light-floor floor done".to_owned();
        let studio = Studio::new("", "#/chapter/1", &Preferences { progress, ..Preferences::default() });
        let listed = sheet(&studio).list;
        assert!(listed.iter().all(|listed| listed.finished == listed.address.ends_with("/light-floor")));
        assert!(listed[0].current);
    }

    #[test]
    fn progress_survives_storage() {
        let text = "light-floor floor done;time-until-visible none begun";
        let progress = Progress::read(text);
        assert_eq!(progress.write(), text);
        assert_eq!(Progress::read("nonsense;;a b"), Progress::default());
    }
}
