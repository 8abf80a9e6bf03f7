//! The chapter view: the lessons of a chapter, one step at a time, beside the same stage as the lab's.
//!
//! A lesson asks first and shows then: the things to do open once the reader has predicted something, or
//! chosen not to; the prediction is compared when the run has decided. What was seen is measured while
//! it happens ([`netsplit_scenario::lesson::Record`]). The run stops by itself when a step has been watched
//! to its end, so that nobody has to hurry.

use std::collections::BTreeMap;

use netsplit_scenario::lesson::prose::{Block, Inline};
pub use netsplit_scenario::lesson::State;
use netsplit_scenario::lesson::{Lesson, Record};
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
    lessons: Vec<Lesson>,
    /// The lesson whose run is on the stage.
    open: Option<usize>,
    record: Record,
    /// What was predicted now, in the lesson that is open.
    predicted: Option<String>,
    progress: Progress,
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

    /// The progress as a text to store.
    #[must_use]
    pub fn write(&self) -> String {
        let entry = |(slug, (answer, done)): (&String, &(String, bool))| {
            format!("{slug} {answer} {}", if *done { "done" } else { "begun" })
        };
        self.0.iter().map(entry).collect::<Vec<_>>().join(";")
    }
}

/// A lesson, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Its number in the chapter.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The section of the book, and where to read it.
    pub section: (String, String),
    /// Every lesson of the chapter.
    pub list: Vec<Listed>,
    /// The one before.
    pub previous: Option<Listed>,
    /// The one after.
    pub next: Option<Listed>,
    /// What it is about.
    pub intro: Vec<Paragraph>,
    /// The question.
    pub question: String,
    /// The answers to choose from.
    pub options: Vec<Choice>,
    /// How far the prediction is.
    pub prediction: Prediction,
    /// The steps that are open, in their order; none before there is a prediction.
    pub steps: Vec<Card>,
    /// How many steps there are.
    pub step_count: usize,
    /// What it means, when everything was done.
    pub meaning: Option<Vec<Paragraph>>,
    /// Whether the run on the stage is one of the lesson's.
    pub on_course: bool,
}

/// A lesson in the list of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number in the chapter.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its address.
    pub address: String,
    /// Whether it is open.
    pub current: bool,
    /// Whether the reader has finished it once.
    pub finished: bool,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub id: String,
    /// Its words.
    pub text: String,
    /// Whether it is the prediction.
    pub chosen: bool,
    /// Whether the run made it right; `None` before the run has decided.
    pub right: Option<bool>,
}

/// How far a prediction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// The reader has not answered.
    Open,
    /// The run has not decided.
    Answered,
    /// The run has decided.
    Judged,
}

/// A step, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its name.
    pub id: String,
    /// What to do.
    pub text: Vec<Paragraph>,
    /// The words on the button.
    pub button: String,
    /// How far it is.
    pub state: State,
    /// What there is to see, filled in while it is watched.
    pub outcome: Option<Vec<Paragraph>>,
    /// The prediction beside what happened, below the step that decided it.
    pub judgement: Option<String>,
}

/// A block of prose with its values filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Whether it is a point of a list.
    pub point: bool,
    /// Its pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Plain text.
    Text(String),
    /// Text that matters.
    Strong(String),
    /// A stressed word.
    Emphasis(String),
    /// A name in the run.
    Code(String),
    /// A link: words and address.
    Link(String, String),
    /// A measured value, and what it measures.
    Measured(String, String),
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

    /// The id of the answer that the run made right.
    fn right_answer(&self, lesson: &Lesson) -> Option<usize> {
        let options = &lesson.predict.options;
        let judged = options.iter().all(|option| self.record.can_judge(lesson, &option.right));
        let right = |option: &netsplit_scenario::lesson::Answer| self.record.holds(lesson, &option.right);
        options.iter().position(|option| judged && right(option) == Some(true))
    }

    fn listed(&self, index: usize) -> Listed {
        let lesson = &self.lessons[index];
        let address = Route::Chapter { number: self.number, slug: Some(lesson.slug.clone()) }.print();
        Listed {
            number: lesson.number.clone(),
            title: lesson.title.clone(),
            address,
            current: self.open == Some(index),
            finished: self.progress.0.get(&lesson.slug).is_some_and(|(_, done)| *done),
        }
    }

    /// The open lesson, ready to draw.
    #[must_use]
    pub fn sheet(&self) -> Option<Sheet> {
        let index = self.open?;
        let lesson = &self.lessons[index];
        let states = self.record.states(lesson);
        let right = self.right_answer(lesson);
        let prediction = match (&self.predicted, right) {
            (None, _) => Prediction::Open,
            (Some(_), None) => Prediction::Answered,
            (Some(_), Some(_)) => Prediction::Judged,
        };
        let judgement = |id: &str| {
            let answer = self.predicted.as_ref().filter(|_| decided_by(lesson) == Some(id))?;
            Some(self.judgement(lesson, answer, right?))
        };
        let options = lesson.predict.options.iter().enumerate().map(|(place, option)| Choice {
            id: option.id.clone(),
            text: option.text.clone(),
            chosen: self.predicted.as_deref() == Some(option.id.as_str()),
            right: right.filter(|_| self.predicted.is_some()).map(|right| right == place),
        });
        let begun = self.predicted.is_some();
        let open = lesson.steps.iter().zip(&states).filter(|(_, state)| begun && **state != State::Later);
        let steps = open.map(|(step, state)| Card {
            id: step.id.clone(),
            text: self.fill(lesson, &step.text),
            button: step.button.clone(),
            state: *state,
            outcome: (*state != State::Now).then(|| self.fill(lesson, &step.outcome)),
            judgement: judgement(&step.id),
        });
        let done = begun && states.iter().all(|state| *state == State::Over);
        Some(Sheet {
            number: lesson.number.clone(),
            title: lesson.title.clone(),
            section: (lesson.section.clone(), lesson.link.clone()),
            list: (0..self.lessons.len()).map(|index| self.listed(index)).collect(),
            previous: index.checked_sub(1).map(|index| self.listed(index)),
            next: (index + 1 < self.lessons.len()).then(|| self.listed(index + 1)),
            intro: self.fill(lesson, &lesson.intro),
            question: lesson.predict.question.clone(),
            options: options.collect(),
            prediction,
            steps: steps.collect(),
            step_count: lesson.steps.len(),
            meaning: done.then(|| self.fill(lesson, &lesson.meaning)),
            on_course: self.record.is_on_course(),
        })
    }

    /// The prediction beside what happened, kindly.
    fn judgement(&self, lesson: &Lesson, answer: &str, right: usize) -> String {
        let options = &lesson.predict.options;
        // Quoted inside a quotation.
        let words = |place: usize| options[place].text.replace('“', "‘").replace('”', "’");
        let happened = words(right);
        match options.iter().position(|option| option.id == answer) {
            Some(chosen) if chosen == right => format!("As you predicted, and the run agrees: “{happened}”"),
            Some(chosen) => format!(
                "You predicted: “{}” The run shows: “{happened}” Such a surprise is what an experiment is for.",
                words(chosen)
            ),
            None => format!("The run shows: “{happened}”"),
        }
    }

    fn fill(&self, lesson: &Lesson, blocks: &[Block]) -> Vec<Paragraph> {
        let mut paragraphs = Vec::new();
        for block in blocks {
            let (point, lines) = match block {
                Block::Paragraph(line) => (false, std::slice::from_ref(line)),
                Block::List(lines) => (true, lines.as_slice()),
            };
            for line in lines {
                let pieces = line.iter().map(|inline| self.piece(lesson, inline)).collect();
                paragraphs.push(Paragraph { point, pieces });
            }
        }
        paragraphs
    }

    fn piece(&self, lesson: &Lesson, inline: &Inline) -> Piece {
        match inline {
            Inline::Text(text) => Piece::Text(text.clone()),
            Inline::Strong(text) => Piece::Strong(text.clone()),
            Inline::Emphasis(text) => Piece::Emphasis(text.clone()),
            Inline::Code(text) => Piece::Code(text.clone()),
            Inline::Link { text, to } => Piece::Link(text.clone(), to.clone()),
            Inline::Number(sum, unit) => {
                let value = sum.value(&|measure| self.record.number(lesson, measure));
                let mut names = Vec::new();
                sum.measures(&mut |measure| names.push(measure.to_string()));
                let text = value.map_or_else(|| "…".to_owned(), |value| unit.write(value));
                Piece::Measured(text, names.join(" "))
            }
            Inline::Words(measure) => {
                let words = self.record.words(lesson, measure).unwrap_or("…");
                Piece::Measured(words.to_owned(), measure.to_string())
            }
        }
    }
}

/// The last step that an answer's condition speaks of.
fn decided_by(lesson: &Lesson) -> Option<&str> {
    let mut windows = Vec::new();
    let options = lesson.predict.options.iter();
    options.for_each(|option| option.right.measures(&mut |measure| windows.push(measure.window.as_str())));
    lesson.steps.iter().rev().map(|step| step.id.as_str()).find(|id| windows.contains(id))
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

    fn play_at(&mut self, speed: f64) {
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
        self.chapter.stop_at = stop.filter(|stop| in_chapter && *stop > self.session.now());
        if before != states && states.iter().all(|state| *state == State::Over) && self.chapter.predicted.is_some() {
            self.remember();
        }
        let newly = states.iter().zip(&before).position(|(now, then)| *now == State::Over && *then != State::Over);
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
        let before = self.chapter.progress.0.get(&slug).is_some_and(|(_, done)| *done);
        self.chapter.progress.0.insert(slug, (answer, done || before));
        self.effects.push(Effect::Store(STORED, self.chapter.progress.write()));
    }
}

#[cfg(test)]
mod tests {
    use netsplit_sim::action::Action;

    use super::*;
    use crate::{Intent, Preferences};

    fn open(hash: &str) -> Studio {
        Studio::new("https://example.org/", hash, &Preferences::default())
    }

    fn sheet(studio: &Studio) -> Sheet {
        studio.chapter().sheet().expect("a lesson is open")
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
        for (a, b) in [("west-1", "east-1"), ("west-1", "east-2"), ("west-2", "east-1"), ("west-2", "east-2")] {
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

    #[test]
    fn the_way_to_the_lab_and_back_changes_nothing() {
        let mut studio = open("#/chapter/1/light-floor");
        predict(&mut studio, Some("floor"));
        watch(&mut studio, "first");
        let (now, before) = (studio.now(), sheet(&studio));
        studio.update(Intent::Navigated("#/lab".to_owned()));
        assert_eq!(studio.now(), now);
        studio.update(Intent::Navigated("#/chapter/1/light-floor".to_owned()));
        assert_eq!((studio.now(), sheet(&studio)), (now, before));
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
        let effects: Vec<Effect> =
            studio.update(Intent::Wished(Wish::Predicted(Some("floor".to_owned()))));
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
