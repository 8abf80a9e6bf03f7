//! Work for a worker: tasks in, reports out, in slices.
//!
//! A page hands a [`Task`] to a worker as bytes and gets [`Report`]s back as bytes; the command line does the same work on
//! threads of its own. Whoever drives a [`Bench`] calls [`Bench::work`] as long as it has something to do, and may look for
//! other news in between: a slice takes some milliseconds.

use std::collections::VecDeque;

use netsplit_checkers::models::{self, MODELS};
use netsplit_checkers::{Input, Verdict, find};
use netsplit_scenario::{Session, link};
use netsplit_sim::machine::Progress;
use netsplit_sim::time::Time;
use serde::{Deserialize, Serialize};

use crate::files::{self, Opened, Written};
use crate::literature::{self, Effort, Figure};
use crate::sweep::{Plan, Run, Sweep};

/// What a worker is asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// Do every `of`-th job of a sweep, from `first` on.
    Sweep {
        /// The scenario as a link.
        link: String,
        /// What to run.
        plan: Plan,
        /// The number of the first job.
        first: u32,
        /// How many workers share the jobs.
        of: u32,
    },
    /// Measure a group of figures of the literature.
    Measure {
        /// The group's id.
        group: String,
        /// How much work it may be.
        effort: Effort,
    },
    /// Judge a run by every model, up to an instant.
    Judge {
        /// The scenario as a link.
        link: String,
        /// The instant.
        until_ns: u64,
    },
    /// Write a run's history, or its log, in the form of another tool.
    Export {
        /// The scenario as a link.
        link: String,
        /// Up to which instant.
        until_ns: u64,
        /// The form, by its name.
        format: String,
    },
    /// Read a history from a file and judge it.
    Open {
        /// The file's name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Read a scenario that somebody wrote or saved, as TOML.
    ReadScenario {
        /// The file's name.
        name: String,
        /// What is in it.
        text: String,
    },
}

/// What a worker tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Report {
    /// A job of a sweep is done.
    Job {
        /// Its number.
        job: u32,
        /// What it measured.
        values: Vec<Option<f64>>,
    },
    /// A group of figures was measured.
    Figures(Vec<Figure>),
    /// What became of the models.
    Judged {
        /// Up to where.
        until_ns: u64,
        /// What was found, by model.
        models: Vec<Judgement>,
        /// What is wrong with the small history of each model.
        small: Vec<Judgement>,
    },
    /// A file was read and judged.
    Opened(Box<Opened>),
    /// A run was written in the form of another tool.
    Written(Written),
    /// A scenario was read: the link that opens it at its start.
    Scenario {
        /// The file's name.
        name: String,
        /// The payload of the link.
        link: String,
    },
    /// A scenario can't be read: everything that is wrong with it, each with its line.
    Problems {
        /// The file's name.
        name: String,
        /// What is wrong, one sentence each, without full stops.
        lines: Vec<String>,
    },
    /// The task can't be done, and this is why.
    Failed(String),
    /// The task is done.
    Done,
}

/// What a checker found, as plain data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The checker's name.
    pub name: String,
    /// Its title on the page.
    pub title: String,
    /// `holds`, `broken` or `unknown`.
    pub state: String,
    /// How it is broken, or why it can't be told.
    pub sentence: String,
    /// The operations of the witness.
    pub operations: Vec<u32>,
    /// When it became certain, where there is a clock.
    pub at_ns: Option<u64>,
}

impl Judgement {
    /// A verdict as plain data.
    #[must_use]
    pub fn of(name: &str, verdict: &Verdict) -> Self {
        let witness = match verdict {
            Verdict::Broken(witness) => Some(witness),
            Verdict::Holds | Verdict::Unknown(_) => None,
        };
        Self {
            name: name.to_owned(),
            title: find(name).map_or(name, |checker| checker.title).to_owned(),
            state: verdict.name().to_owned(),
            sentence: verdict.sentence().to_owned(),
            operations: witness
                .map_or_else(Vec::new, |witness| witness.operations.iter().map(|op| op.0).collect()),
            at_ns: witness.and_then(|witness| witness.at).map(|at| at.0),
        }
    }
}

/// The events that a run plays in a slice: a few milliseconds.
const SLICE: u64 = 20_000;
/// The steps that one model may take for its verdict on a run of the page.
const STEPS: u64 = 3_000_000;

/// Where a worker works.
#[derive(Default)]
pub struct Bench {
    task: Option<Doing>,
    /// The run that was judged last: the next task usually is the same run a little later.
    judged: Option<(String, Session)>,
}

enum Doing {
    Sweep { sweep: Box<Sweep>, jobs: VecDeque<u32>, run: Option<(u32, Box<Run>)> },
    Measure(&'static literature::Group, Effort),
    Judge { link: String, until: Time },
    Export { session: Box<Session>, until: Time, format: String },
    Open { name: String, text: String },
    ReadScenario { name: String, text: String },
    Fail(String),
}

impl Bench {
    /// Takes a task in place of the one under way, which is dropped.
    pub fn begin(&mut self, task: Task) {
        self.task = Some(match task {
            Task::Sweep { link, plan, first, of } => {
                match open(&link).and_then(|scenario| Sweep::new(scenario, plan)) {
                    Err(problem) => Doing::Fail(problem),
                    Ok(sweep) => {
                        let jobs = (first..sweep.jobs() as u32).step_by(of.max(1) as usize).collect();
                        Doing::Sweep { sweep: Box::new(sweep), jobs, run: None }
                    }
                }
            }
            Task::Measure { group, effort } => {
                match literature::GROUPS.iter().find(|known| known.id == group) {
                    Some(group) => Doing::Measure(group, effort),
                    None => Doing::Fail(format!("there are no figures called {group:?}")),
                }
            }
            Task::Judge { link, until_ns } => Doing::Judge { link, until: Time(until_ns) },
            Task::Export { link, until_ns, format } => match begin(&link) {
                Ok(session) => Doing::Export { session: Box::new(session), until: Time(until_ns), format },
                Err(problem) => Doing::Fail(problem),
            },
            Task::Open { name, text } => Doing::Open { name, text },
            Task::ReadScenario { name, text } => Doing::ReadScenario { name, text },
        });
    }

    /// Drops the task under way.
    pub fn cancel(&mut self) {
        self.task = None;
    }

    /// Whether there is something to do.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.task.is_some()
    }

    /// Works for a slice. The last report of a task is [`Report::Done`] or [`Report::Failed`].
    pub fn work(&mut self) -> Vec<Report> {
        let Some(doing) = self.task.take() else { return Vec::new() };
        match doing {
            Doing::Fail(problem) => vec![Report::Failed(problem)],
            Doing::Measure(group, effort) => vec![Report::Figures((group.measure)(effort)), Report::Done],
            Doing::Open { name, text } => match files::open(&name, &text) {
                Ok(opened) => vec![Report::Opened(Box::new(opened)), Report::Done],
                Err(problem) => vec![Report::Failed(problem)],
            },
            Doing::ReadScenario { name, text } => vec![read_scenario(name, &text), Report::Done],
            Doing::Judge { link, until } => self.judge(link, until),
            Doing::Export { mut session, until, format } => {
                if session.advance(until, SLICE) == Progress::OutOfBudget {
                    self.task = Some(Doing::Export { session, until, format });
                    return Vec::new();
                }
                match files::write(&mut session, &format) {
                    Ok(written) => vec![Report::Written(written), Report::Done],
                    Err(problem) => vec![Report::Failed(problem)],
                }
            }
            Doing::Sweep { sweep, mut jobs, run } => {
                let next = run.or_else(|| {
                    let job = jobs.pop_front()?;
                    Some((job, Box::new(sweep.begin(job as usize)?)))
                });
                let Some((job, mut run)) = next else {
                    return vec![if jobs.is_empty() {
                        Report::Done
                    } else {
                        Report::Failed("a run can't begin".to_owned())
                    }];
                };
                let values = run.advance(sweep.plan(), SLICE);
                let run = if values.is_none() { Some((job, run)) } else { None };
                self.task = Some(Doing::Sweep { sweep, jobs, run });
                values.map(|values| Report::Job { job, values }).into_iter().collect()
            }
        }
    }

    fn judge(&mut self, link: String, until: Time) -> Vec<Report> {
        let known = self.judged.take().filter(|(known, session)| *known == link && session.now() <= until);
        let (link, mut session) = match known {
            Some(judged) => judged,
            None => match begin(&link) {
                Ok(session) => (link, session),
                Err(problem) => return vec![Report::Failed(problem)],
            },
        };
        if session.advance(until, SLICE) == Progress::OutOfBudget {
            self.judged = Some((link.clone(), session));
            self.task = Some(Doing::Judge { link, until });
            return Vec::new();
        }
        let seen = netsplit_checkers::Observations::from_history(session.machine().history());
        let models = models::judge(&Input::of(&seen), STEPS);
        let models = models.iter().map(|(name, verdict)| Judgement::of(name, verdict)).collect();
        // So that the page needs none of the slow checkers for itself.
        let small = MODELS.iter().filter_map(|model| {
            let verdict = (find(model.checker)?.check)(&Input::of(&model.observations()), STEPS);
            Some(Judgement::of(model.checker, &verdict))
        });
        let small = small.collect();
        self.judged = Some((link, session));
        vec![Report::Judged { until_ns: until.0, models, small }, Report::Done]
    }
}

/// Reads a scenario as TOML and makes a link of it.
#[cfg(feature = "text")]
fn read_scenario(name: String, text: &str) -> Report {
    let scenario = match netsplit_scenario::text::parse(text) {
        Ok(scenario) => scenario,
        Err(problems) => {
            return Report::Problems { name, lines: problems.iter().map(ToString::to_string).collect() };
        }
    };
    match link::encode(&link::Shared { scenario, until: Time::ZERO, hash: None }) {
        Ok(link) => Report::Scenario { name, link },
        Err(problem) => Report::Problems { name, lines: vec![problem.to_string()] },
    }
}

/// Without a parser there is nothing to read with: only a build that leaves it out says so.
#[cfg(not(feature = "text"))]
fn read_scenario(name: String, _text: &str) -> Report {
    Report::Failed(format!("{name}: this build reads no scenario files"))
}

fn open(code: &str) -> Result<netsplit_scenario::Scenario, String> {
    link::decode(code).map(|shared| shared.scenario).map_err(|problems| list(&problems))
}

fn begin(link: &str) -> Result<Session, String> {
    Session::new(open(link)?).map_err(|problems| list(&problems))
}

fn list(problems: &[netsplit_scenario::Problem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

/// A task as bytes.
#[must_use]
pub fn task_bytes(task: &Task) -> Vec<u8> {
    postcard::to_allocvec(task).unwrap_or_default()
}

/// A task from bytes; nothing if another version of this program wrote them.
#[must_use]
pub fn task_of(bytes: &[u8]) -> Option<Task> {
    postcard::from_bytes(bytes).ok()
}

/// A report as bytes.
#[must_use]
pub fn report_bytes(report: &Report) -> Vec<u8> {
    postcard::to_allocvec(report).unwrap_or_default()
}

/// A report from bytes; nothing if another version of this program wrote them.
#[must_use]
pub fn report_of(bytes: &[u8]) -> Option<Report> {
    postcard::from_bytes(bytes).ok()
}
