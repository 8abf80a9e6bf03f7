//! A lesson as it is drawn: what is open of it, with every measured value filled in.

pub use netsplit_scenario::lesson::State;
use netsplit_scenario::lesson::prose::{self, Block, Inline};
use netsplit_scenario::lesson::{Answer, Lesson};

use crate::chapter::Chapter;
use crate::plot::{Plot, plot};
use crate::route::Route;
use crate::studio::Studio;

/// Stands for a value that is not measured yet.
const NOTHING: &str = "…";

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
    /// What the steps measured, drawn, once there is a prediction.
    pub plot: Option<Plot>,
    /// What it means, when everything was done.
    pub meaning: Option<Vec<Paragraph>>,
    /// Whether the run on the stage is one of the lesson's.
    pub on_course: bool,
    /// Whether virtual time passes.
    pub playing: bool,
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

impl Studio {
    /// The open lesson, ready to draw, if the address is a chapter's.
    #[must_use]
    pub fn sheet(&self) -> Option<Sheet> {
        let shown = matches!(self.route, Route::Chapter { .. });
        if shown { self.chapter.sheet(self.playing) } else { None }
    }
}

impl Chapter {
    /// The answer that the run made right, once it has decided.
    fn right_answer(&self, lesson: &Lesson) -> Option<usize> {
        let options = &lesson.predict.options;
        let judged = options.iter().all(|option| self.record.can_judge(lesson, &option.right));
        let right = |option: &Answer| self.record.holds(lesson, &option.right);
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
            finished: self.progress.is_finished(&lesson.slug),
        }
    }

    fn sheet(&self, playing: bool) -> Option<Sheet> {
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
            outcome: Some(self.fill(lesson, &step.outcome)).filter(|outcome| can_be_seen(*state, outcome)),
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
            plot: plot(lesson, &self.record).filter(|_| begun),
            meaning: done.then(|| self.fill(lesson, &lesson.meaning)),
            on_course: self.record.is_on_course(),
            playing,
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
                let text = value.map_or_else(|| NOTHING.to_owned(), |value| unit.write(value));
                Piece::Measured(text, names.join(" "))
            }
            Inline::Words(measure) => {
                let words = self.record.words(lesson, measure).unwrap_or(NOTHING);
                Piece::Measured(words.to_owned(), measure.to_string())
            }
            Inline::Kept(promise) => {
                let mut names = Vec::new();
                promise.measures(&mut |measure| names.push(measure.to_string()));
                let words = self.record.holds(lesson, promise).map_or(NOTHING, prose::kept);
                Piece::Measured(words.to_owned(), names.join(" "))
            }
        }
    }
}

/// Whether there is something to see of an outcome: while it is watched, at least one measured value.
fn can_be_seen(state: State, outcome: &[Paragraph]) -> bool {
    let mut pieces = outcome.iter().flat_map(|paragraph| &paragraph.pieces);
    match state {
        State::Later | State::Now => false,
        State::Watching(_) => {
            pieces.any(|piece| matches!(piece, Piece::Measured(text, _) if text != NOTHING))
        }
        State::Over => true,
    }
}

/// The last step that an answer's condition speaks of.
fn decided_by(lesson: &Lesson) -> Option<&str> {
    let mut windows = Vec::new();
    let options = lesson.predict.options.iter();
    options.for_each(|option| option.right.measures(&mut |measure| windows.push(measure.window.as_str())));
    lesson.steps.iter().rev().map(|step| step.id.as_str()).find(|id| windows.contains(id))
}
