//! The panel of many runs: one or two knobs over several values, several seeds, drawn as the runs end.

use netsplit_lab::knob::{self, Knob};
use netsplit_lab::sweep::{self, Axis, Plan, Results, Sweep};
use netsplit_lab::work::{Report, Task};
use netsplit_scenario::model::Scenario;

use crate::desk::Desk;
use crate::intent::Effect;
use crate::plot::{self, Plot};
use crate::studio::{Panel, Studio};
use crate::units;

/// The most lines of the chart: values of the second knob.
const LINES: usize = 4;
/// The most workers.
const WORKERS: u8 = 8;
/// What is measured besides the one that was chosen, so that another can be looked at without running again.
const ALSO: [&str; 10] = [
    "read.p50_ms",
    "read.p99_ms",
    "write.p50_ms",
    "write.p99_ms",
    "visible_everywhere.p99_ms",
    "stale_reads",
    "availability",
    "throughput_per_s",
    "messages_per_operation",
    "broken.linearizable",
];

/// What a person means in the panel of many runs.
#[derive(Clone, Debug, PartialEq)]
pub enum SweepIntent {
    /// A field of the form has this text now.
    Entered(Field, String),
    /// Begin.
    Began,
    /// No more runs; what is there stays.
    Stopped,
    /// Put the table into a file.
    Saved,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The knob along the horizontal axis.
    Knob,
    /// Its values.
    Values,
    /// The second knob, one line for each value; empty for none.
    Second,
    /// Its values.
    SecondValues,
    /// What is drawn.
    Measure,
    /// How many seeds.
    Seeds,
    /// How long each run is, in seconds.
    Seconds,
}

impl Field {
    /// The name of its control.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Knob => "sweep-knob",
            Self::Values => "sweep-values",
            Self::Second => "sweep-second",
            Self::SecondValues => "sweep-second-values",
            Self::Measure => "sweep-measure",
            Self::Seeds => "sweep-seeds",
            Self::Seconds => "sweep-seconds",
        }
    }
}

/// The form and what came of it.
#[derive(Default)]
pub(crate) struct Sweeping {
    /// The scenario that the form is about, without its script.
    of: Option<Scenario>,
    knobs: Vec<Knob>,
    measures: Vec<(String, String, &'static str)>,
    form: Form,
    runs: Option<Runs>,
    problem: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Form {
    knob: String,
    values: String,
    second: String,
    second_values: String,
    measure: String,
    seeds: String,
    seconds: String,
}

/// Runs under way, or those that are over.
struct Runs {
    sweep: Sweep,
    results: Results,
    title: String,
    /// Workers that are still at it.
    busy: u8,
    began_ms: f64,
    took_ms: f64,
}

/// The panel, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPanel {
    /// The knobs: name and label.
    pub knobs: Vec<(String, String)>,
    /// The chosen one,
    pub knob: String,
    /// its values as text,
    pub values: String,
    /// and the range of what it takes.
    pub values_help: String,
    /// The second knob; empty for none,
    pub second: String,
    /// and its values.
    pub second_values: String,
    /// What can be drawn: name and label.
    pub measures: Vec<(String, String)>,
    /// What is drawn.
    pub measure: String,
    /// How many seeds.
    pub seeds: String,
    /// How long a run is.
    pub seconds: String,
    /// What is wrong with the form; empty if nothing is.
    pub problem: String,
    /// How many runs are done, and of how many.
    pub done: usize,
    /// How many there are; 0 before the first sweep.
    pub of: usize,
    /// Whether runs are under way.
    pub running: bool,
    /// Where it stands, in words.
    pub status: String,
    /// The chart.
    pub plot: Option<Plot>,
}

impl Studio {
    pub(crate) fn update_sweep(&mut self, intent: SweepIntent) {
        self.fit_sweep_form();
        match intent {
            SweepIntent::Entered(field, text) => self.sweeping.enter(field, text),
            SweepIntent::Began => self.begin_sweep(),
            SweepIntent::Stopped => self.stop_sweep(),
            SweepIntent::Saved => {
                if let Some(runs) = &self.sweeping.runs {
                    let text = runs.results.csv(&runs.sweep);
                    self.effects.push(Effect::Save { name: "netsplit-runs.csv".to_owned(), text });
                }
            }
        }
    }

    /// Makes the form one for the scenario as it is now. The script stays: what was done to the cluster is done in every run.
    fn fit_sweep_form(&mut self) {
        let scenario = self.session.scenario();
        if self.sweeping.of.as_ref() == Some(scenario) {
            return;
        }
        let scenario = scenario.clone();
        let seconds = (self.session.horizon().as_ms() / 1_000.0).clamp(2.0, 20.0);
        let form = &mut self.sweeping;
        form.knobs = knob::knobs(&scenario);
        form.measures = sweep::measures(&scenario);
        form.of = Some(scenario);
        if form.form.seeds.is_empty() {
            form.form.seeds = "10".to_owned();
            form.form.seconds = format!("{}", libm::ceil(seconds));
            form.form.measure = "write.p50_ms".to_owned();
        }
        if form.knob(&form.form.knob).is_none() {
            let first = form.knobs.first().map(|knob| knob.id.clone()).unwrap_or_default();
            form.enter(Field::Knob, first);
        }
        if form.knob(&form.form.second).is_none() {
            form.enter(Field::Second, String::new());
        }
        if !form.measures.iter().any(|(name, ..)| *name == form.form.measure) {
            form.form.measure = "availability".to_owned();
        }
    }

    fn begin_sweep(&mut self) {
        self.stop_sweep();
        let planned = self.sweeping.plan().and_then(|plan| {
            Sweep::new(self.session.scenario().clone(), plan.clone()).map(|sweep| (plan, sweep))
        });
        let (plan, sweep) = match planned {
            Ok(planned) => planned,
            Err(problem) => {
                self.say(problem.clone());
                self.sweeping.problem = problem;
                return;
            }
        };
        let shared = netsplit_scenario::link::Shared {
            scenario: self.session.scenario().clone(),
            until: netsplit_sim::time::Time::ZERO,
            hash: None,
        };
        let link = match netsplit_scenario::link::encode(&shared) {
            Ok(link) => link,
            Err(problem) => return self.complain(&[problem]),
        };
        let workers = self.cores.min(WORKERS).min(u8::try_from(sweep.jobs()).unwrap_or(u8::MAX)).max(1);
        for first in 0..workers {
            let task = Task::Sweep {
                link: link.clone(),
                plan: plan.clone(),
                first: first.into(),
                of: workers.into(),
            };
            self.effects.push(Effect::Work(Desk::Sweep(first), task));
        }
        self.say(format!("{} runs begin", sweep.jobs()));
        self.sweeping.problem.clear();
        let results = Results::new(&sweep);
        let title = self.session.scenario().title.clone();
        self.sweeping.runs =
            Some(Runs { sweep, results, title, busy: workers, began_ms: self.clock_ms, took_ms: 0.0 });
    }

    fn stop_sweep(&mut self) {
        let Some(runs) = &mut self.sweeping.runs else { return };
        if runs.busy > 0 {
            runs.busy = 0;
            for worker in 0..WORKERS {
                self.effects.push(Effect::Stop(Desk::Sweep(worker)));
            }
        }
    }

    pub(crate) fn sweep_report(&mut self, worker: u8, report: Report) {
        let Some(runs) = &mut self.sweeping.runs else { return };
        if runs.busy == 0 {
            // It was stopped; this was on its way.
            return;
        }
        runs.took_ms = self.clock_ms - runs.began_ms;
        match report {
            Report::Job { job, values } => runs.results.add(job as usize, values),
            Report::Done => {
                runs.busy -= 1;
                if runs.busy == 0 {
                    let done = runs.results.done();
                    self.say(format!("{done} runs are done"));
                }
            }
            Report::Failed(why) => {
                self.sweeping.problem = why;
                self.effects.push(Effect::Stop(Desk::Sweep(worker)));
                self.stop_sweep();
            }
            _ => {}
        }
    }

    /// The panel of many runs, if it is shown.
    pub fn sweep(&mut self) -> Option<SweepPanel> {
        if self.panel != Panel::Runs {
            return None;
        }
        self.fit_sweep_form();
        Some(self.sweeping.panel())
    }
}

impl Sweeping {
    fn knob(&self, id: &str) -> Option<&Knob> {
        self.knobs.iter().find(|knob| knob.id == id)
    }

    fn enter(&mut self, field: Field, text: String) {
        self.problem.clear();
        let suggestion = self.knob(&text).map(Knob::suggestion).unwrap_or_default();
        let form = &mut self.form;
        match field {
            Field::Knob => (form.knob, form.values) = (text, suggestion),
            Field::Second => (form.second, form.second_values) = (text, suggestion),
            Field::Values => form.values = text,
            Field::SecondValues => form.second_values = text,
            Field::Measure => form.measure = text,
            Field::Seeds => form.seeds = text,
            Field::Seconds => form.seconds = text,
        }
    }

    fn plan(&self) -> Result<Plan, String> {
        let form = &self.form;
        let axis = |id: &str, values: &str| {
            let knob = self.knob(id).ok_or_else(|| "choose what to turn".to_owned())?;
            Ok::<_, String>(Axis { knob: id.to_owned(), values: knob.read_list(values)? })
        };
        let mut axes = vec![axis(&form.knob, &form.values)?];
        if !form.second.is_empty() {
            let second = axis(&form.second, &form.second_values)?;
            if second.values.len() > LINES {
                return Err(format!(
                    "the chart has room for {LINES} lines: give at most {LINES} values of {}",
                    form.second
                ));
            }
            axes.push(second);
        }
        let seeds = form
            .seeds
            .trim()
            .parse()
            .map_err(|_| format!("expected a number of seeds and found {:?}", form.seeds))?;
        let seconds =
            form.seconds.trim().parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0);
        let seconds =
            seconds.ok_or_else(|| format!("expected seconds, more than 0, and found {:?}", form.seconds))?;
        let mut measures = vec![form.measure.clone()];
        let has = |name: &str| self.measures.iter().any(|(known, ..)| known == name);
        measures.extend(
            ALSO.iter().filter(|name| **name != form.measure && has(name)).map(|name| (*name).to_owned()),
        );
        Ok(Plan { axes, seeds, until_ns: (seconds * 1e9) as u64, measures })
    }

    fn panel(&self) -> SweepPanel {
        let form = &self.form;
        let named = |knob: &Knob| {
            let unit = if knob.unit.is_empty() { String::new() } else { format!(" ({})", knob.unit) };
            (knob.id.clone(), format!("{}{unit}", knob.title))
        };
        let values_help = self.knob(&form.knob).map_or_else(String::new, |knob| {
            if knob.choices.is_empty() {
                format!(
                    "From {} to {}; a list such as 1, 2, 5 or a range such as 1..9",
                    knob.bounds.0, knob.bounds.1
                )
            } else {
                format!("Any of {}", knob.choices.join(", "))
            }
        });
        let (mut done, mut of, mut running, mut status, mut chart) = (0, 0, false, String::new(), None);
        if let Some(runs) = &self.runs {
            (done, of, running) = (runs.results.done(), runs.sweep.jobs(), runs.busy > 0);
            let speed = done as f64 / (runs.took_ms / 1_000.0).max(1e-3);
            let length = runs.sweep.plan().until_ns as f64 / 1e9;
            status = if running {
                format!("{done} of {of} runs")
            } else if done < of {
                format!("Stopped after {done} of {of} runs")
            } else {
                format!(
                    "{of} runs of {length} s in {} s: {} simulated seconds a second",
                    units::three_digits(runs.took_ms / 1_000.0),
                    units::grouped(libm::round(speed * length))
                )
            };
            // A measure that was chosen after the run and was not taken has no chart until it is run again.
            let place = runs.sweep.plan().measures.iter().position(|name| *name == form.measure);
            match place {
                Some(place) => {
                    let (title, unit) = self.title_of(&form.measure);
                    chart = Some(plot::of_sweep(&runs.sweep, &runs.results, place, title, unit, &runs.title));
                }
                None => status.push_str(". This figure was not taken: run again."),
            }
        }
        SweepPanel {
            knobs: self.knobs.iter().map(named).collect(),
            knob: form.knob.clone(),
            values: form.values.clone(),
            values_help,
            second: form.second.clone(),
            second_values: form.second_values.clone(),
            measures: self.measures.iter().map(|(name, title, _)| (name.clone(), title.clone())).collect(),
            measure: form.measure.clone(),
            seeds: form.seeds.clone(),
            seconds: form.seconds.clone(),
            problem: self.problem.clone(),
            done,
            of,
            running,
            status,
            plot: chart,
        }
    }

    fn title_of(&self, measure: &str) -> (&str, &'static str) {
        let known = self.measures.iter().find(|(name, ..)| name == measure);
        known.map_or(("", ""), |(_, title, unit)| (title, unit))
    }
}
