//! Lessons: one experiment each, one Markdown file each under `static/lessons`, no Rust.
//!
//! A file is named `NN-slug.md`; the number orders the lessons of a chapter and the slug is the lesson's
//! name in addresses. It begins with a few facts in TOML between two `+++` lines, and then alternates prose
//! with fenced blocks:
//!
//! - `scenario`: the run that the lesson starts from, in the text form ([`crate::text`]); a table `wear` with `mtbf_ms`,
//!   `mttr_ms`, `seed` and `until_ms` in it puts the crashes and restarts of machines that break down by themselves
//!   ([`netsplit_sim::fault_plan::wear`]) into the script;
//! - `predict`: a `question`, and `[[options]]` with an `id`, a `text` and a condition under which it is
//!   `right`. The run decides which one is; the file never says;
//! - `do`: a thing to do. The prose above it tells the reader what; `actions` are the script actions, without
//!   times, that do it for them; `change` is merged into the scenario before, and then a new run begins;
//!   `without` names nodes and clients that this run leaves out, with all that its scenario says of them;
//!   `lasts_ms` is how long to watch, and `speed` how fast; `view` names a node, and then the stage shows
//!   only what that node knows. Its `id` names the window from this step to the next, in which its measures
//!   are taken;
//! - `outcome`: what there was to see, with measured values in braces ([`expression`], [`prose`]), and promises that were
//!   kept or broken: `{read.p99_ms@calm < 50 as kept}`;
//! - `chart`: points that the steps measure, and the curves of a formula over them ([`chart`]). A lesson has at
//!   most one; it stands below what was done and grows with every step;
//! - `meaning`: what it means, and what to try next;
//! - `claims`: one to a line, a sentence, a colon and a condition. The tests perform every lesson
//!   and hold it to its claims.
//!
//! The build script reads the files, so that the page needs no Markdown and no TOML.
//!
//! Reading order: [`expression`], [`prose`], [`chart`], this file, `file` and `markdown` (from the file to the neutral
//! form), `source` (that form), `read` (from there to a [`Lesson`]),
//! [`progress`] (which steps a run has done, and when), [`measure`], [`perform`] (a lesson without a reader).

use std::collections::BTreeSet;
use std::fmt;

use netsplit_sim::action::Action;
use netsplit_sim::ids::NodeId;
use netsplit_sim::time::Span;

use crate::model::Scenario;
use crate::problem::Problem;
use chart::Chart;
use expression::Condition;
use prose::Block;

pub mod expression;

pub mod prose;

pub mod chart;

mod source;

#[cfg(feature = "text")]
mod markdown;

#[cfg(feature = "text")]
mod file;

mod read;

pub mod progress;

pub mod measure;

pub mod perform;

pub use progress::{Record, State};

type Problems = Vec<Problem>;

/// An experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Its name in addresses, such as `light-floor`.
    pub slug: String,
    /// Its place among the lessons: the number that its file's name begins with.
    pub order: u32,
    /// Its number in the chapter, such as `3.6`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The idea of the chapter that it is about, such as `E14`.
    pub concept: String,
    /// The section of the book that it goes with.
    pub section: String,
    /// Where to read that section.
    pub link: String,
    /// What it is about.
    pub intro: Vec<Block>,
    /// The question before it.
    pub predict: Predict,
    /// What there is to do, at least one thing.
    pub steps: Vec<Step>,
    /// What the steps measured, drawn.
    pub chart: Option<Chart>,
    /// What it means.
    pub meaning: Vec<Block>,
    /// What must be true of a run in which everything was done.
    pub claims: Vec<Claim>,
    /// The runs that it is made of, at least one: the first as the file gives it, then one for each change.
    pub runs: Vec<Scenario>,
}

/// A question that is asked before, and answered by the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Predict {
    /// The question.
    pub question: String,
    /// What may be answered, at least two.
    pub options: Vec<Answer>,
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its name.
    pub id: String,
    /// Its words.
    pub text: String,
    /// When it is right.
    pub right: Condition,
}

/// A thing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name, and that of its window.
    pub id: String,
    /// What to do, in words.
    pub text: Vec<Block>,
    /// The words on the button that does it.
    pub button: String,
    /// The run that it is done in: an index into [`Lesson::runs`]. The first step of a run begins it.
    pub run: usize,
    /// What does it; nothing if it is only to watch.
    pub actions: Vec<Action>,
    /// How long to watch then, in virtual time.
    pub lasts: Span,
    /// Virtual seconds per second to watch it at.
    pub speed: f64,
    /// The node through whose eyes it is watched; `None` shows everything.
    pub view: Option<NodeId>,
    /// What there was to see.
    pub outcome: Vec<Block>,
}

/// A statement that is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// In words.
    pub sentence: String,
    /// For the machine.
    pub condition: Condition,
}

/// What is wrong with a lesson's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The file's name.
    pub file: String,
    /// What, and on which line.
    pub problem: Problem,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

impl std::error::Error for FileProblem {}

// FILES: the name of every lesson's file and what stands in it, which the build script has written down.
include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

impl Lesson {
    /// Reads a lesson from its file.
    ///
    /// # Errors
    /// Everything that is wrong, with line and what was expected.
    #[cfg(feature = "text")]
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<FileProblem>> {
        Self::read(file, file::read(text))
    }

    fn read(file: &str, source: Result<source::Source, Vec<Problem>>) -> Result<Self, Vec<FileProblem>> {
        source.and_then(|source| read::lesson(file, &source)).map_err(|problems| {
            problems.into_iter().map(|problem| FileProblem { file: file.to_owned(), problem }).collect()
        })
    }

    /// Every lesson of this build in its order, and what is wrong with those that can't be read.
    #[must_use]
    pub fn all() -> (Vec<Self>, Vec<FileProblem>) {
        let (mut lessons, mut problems) = (Vec::new(), Vec::new());
        for (file, text) in FILES {
            match Self::read(file, source::Source::from_text(text)) {
                Ok(lesson) => {
                    let place = lessons.partition_point(|other: &Self| other.order <= lesson.order);
                    lessons.insert(place, lesson);
                }
                Err(mut found) => problems.append(&mut found),
            }
        }
        (lessons, problems)
    }

    /// The indices of the steps of a run.
    #[must_use]
    pub fn steps_of(&self, run: usize) -> std::ops::Range<usize> {
        let first = self.steps.partition_point(|step| step.run < run);
        first..self.steps.partition_point(|step| step.run <= run)
    }

    /// Whether a step begins a run of its own.
    #[must_use]
    pub fn begins_run(&self, step: usize) -> bool {
        self.steps_of(self.steps[step].run).start == step
    }

    /// Which of the lesson's runs a scenario is, whatever was done in it: what the run itself scripts has
    /// to be in its script. Of several, the one that scripts most.
    #[must_use]
    pub fn run_of(&self, scenario: &Scenario) -> Option<usize> {
        let is_run = |run: &Scenario| {
            run.seed == scenario.seed
                && run.keys == scenario.keys
                && run.protocol == scenario.protocol
                && run.partitioning == scenario.partitioning
                && run.network == scenario.network
                && run.nodes == scenario.nodes
                && run.links == scenario.links
                && run.clients == scenario.clients
                && own_steps(run, scenario).is_some()
        };
        let fits = self.runs.iter().enumerate().filter(|(_, run)| is_run(run));
        // The first of those that script equally much.
        fits.rev().max_by_key(|(_, run)| run.script.len()).map(|(index, _)| index)
    }

    /// Calls `each` with every measure that the lesson speaks of.
    pub fn measures<'a>(&'a self, each: &mut dyn FnMut(&'a expression::Measure)) {
        self.predict.options.iter().for_each(|option| option.right.measures(each));
        self.claims.iter().for_each(|claim| claim.condition.measures(each));
        let outcomes = self.steps.iter().flat_map(|step| [&step.text, &step.outcome]);
        for blocks in outcomes.chain([&self.intro, &self.meaning]) {
            prose::measures(blocks, each);
        }
        let series = self.chart.iter().flat_map(|chart| &chart.series);
        series.flat_map(|series| &series.points).for_each(|point| point.y.measures(each));
    }
}

/// The places in a scenario's script of the steps that a run of a lesson has by itself; `None` if one is
/// missing. What a reader did stands between them.
fn own_steps(run: &Scenario, scenario: &Scenario) -> Option<BTreeSet<usize>> {
    let mut steps = scenario.script.iter().enumerate();
    run.script.iter().map(|own| steps.find(|(_, step)| *step == own).map(|(place, _)| place)).collect()
}

#[cfg(all(test, feature = "text"))]
mod tests;
