//! A sweep: the same scenario with one or two knobs at several values, each with several seeds.
//!
//! Every combination of values is a **cell**; a cell with one seed is a **job**, and jobs are independent. They are
//! numbered seed by seed, so that after the first round every cell has something to show and every further one only
//! makes the intervals narrower. All cells of one round have the same seed: they meet the same network and the same
//! faults, so that what differs between them is the knob.

use netsplit_checkers::Verdict;
use netsplit_scenario::model::Scenario;
use netsplit_scenario::{Session, build};
use netsplit_sim::machine::Progress;
use netsplit_sim::time::Time;
use serde::{Deserialize, Serialize};

use crate::knob::{self, Knob};
use crate::statistics::Summary;
use crate::theory;

/// The most values of one knob.
pub const VALUES: usize = 64;
/// The most seeds of a cell.
pub const SEEDS: u16 = 1_000;
/// The most jobs of a sweep.
pub const JOBS: usize = 20_000;
/// The most measures.
pub const MEASURES: usize = 12;

/// One knob and the values that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The knob's name.
    pub knob: String,
    /// The values, in the order of display.
    pub values: Vec<f64>,
}

/// What to run, and what to measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// One knob or two.
    pub axes: Vec<Axis>,
    /// How many seeds each cell gets.
    pub seeds: u16,
    /// How long each run is, in nanoseconds of its own time.
    pub until_ns: u64,
    /// What is measured: names of metrics, or `broken.` and the name of a checker.
    pub measures: Vec<String>,
}

/// A plan that was checked against a scenario.
#[derive(Clone, Debug)]
pub struct Sweep {
    scenario: Scenario,
    plan: Plan,
    knobs: Vec<Knob>,
}

/// A job under way.
pub struct Run {
    session: Session,
    until: Time,
}

impl Sweep {
    /// A sweep of a scenario.
    ///
    /// # Errors
    /// What is wrong with the plan, in words: a knob or a measure that is not there, too many jobs, values out of bounds, or a
    /// combination of values that makes no valid scenario.
    pub fn new(scenario: Scenario, plan: Plan) -> Result<Self, String> {
        let all = knob::knobs(&scenario);
        if !(1..=2).contains(&plan.axes.len()) {
            return Err("a sweep turns one knob or two".to_owned());
        }
        let mut knobs = Vec::new();
        for axis in &plan.axes {
            let Some(knob) = all.iter().find(|knob| knob.id == axis.knob) else {
                let names: Vec<&str> = all.iter().map(|knob| knob.id.as_str()).collect();
                return Err(format!(
                    "there is nothing called {:?} to turn here; there are {}",
                    axis.knob,
                    names.join(", ")
                ));
            };
            if axis.values.is_empty() || axis.values.len() > VALUES {
                return Err(format!(
                    "{}: expected from 1 to {VALUES} values and found {}",
                    axis.knob,
                    axis.values.len()
                ));
            }
            for value in &axis.values {
                knob.read(&value.to_string())?;
            }
            knobs.push(knob.clone());
        }
        if let [first, second] = plan.axes.as_slice()
            && first.knob == second.knob
        {
            return Err(format!("both knobs are {}: choose two different ones", first.knob));
        }
        if !(1..=SEEDS).contains(&plan.seeds) {
            return Err(format!("expected from 1 to {SEEDS} seeds and found {}", plan.seeds));
        }
        if !(1..=MEASURES).contains(&plan.measures.len()) {
            return Err(format!("expected from 1 to {MEASURES} measures and found {}", plan.measures.len()));
        }
        for measure in &plan.measures {
            if let Some(name) = measure.strip_prefix("broken.")
                && !netsplit_checkers::LIVE.iter().any(|checker| checker.name == name)
            {
                return Err(format!("there is no promise called {name:?}"));
            }
        }
        if plan.until_ns == 0 || plan.until_ns > netsplit_scenario::limits::TIME.0 {
            return Err("a run lasts more than nothing and at most a day".to_owned());
        }
        let sweep = Self { scenario, plan, knobs };
        if sweep.jobs() > JOBS {
            return Err(format!("these are {} runs, and {JOBS} is the most", sweep.jobs()));
        }
        for cell in 0..sweep.cells() {
            if let Err(problems) = build(&sweep.scenario_of(cell)) {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                return Err(format!("with {}: {first}", sweep.words(cell)));
            }
        }
        Ok(sweep)
    }

    /// What is run and measured.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The knobs, one for each axis.
    #[must_use]
    pub fn knobs(&self) -> &[Knob] {
        &self.knobs
    }

    /// How many combinations of values there are.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.plan.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// How many runs there are.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.cells() * usize::from(self.plan.seeds)
    }

    /// The cell of a job.
    #[must_use]
    pub fn cell_of(&self, job: usize) -> usize {
        job % self.cells()
    }

    /// The values of the knobs in a cell; the last axis changes fastest.
    #[must_use]
    pub fn values(&self, cell: usize) -> Vec<f64> {
        let mut rest = cell;
        let mut values: Vec<f64> = Vec::new();
        for axis in self.plan.axes.iter().rev() {
            values.insert(0, axis.values[rest % axis.values.len()]);
            rest /= axis.values.len();
        }
        values
    }

    /// A cell in words, such as `acks 2, base_ms 10`.
    #[must_use]
    pub fn words(&self, cell: usize) -> String {
        let values = self.values(cell);
        let one = |(knob, value): (&Knob, &f64)| format!("{} {}", knob.id, knob.value_text(*value));
        let words: Vec<String> = self.knobs.iter().zip(&values).map(one).collect();
        words.join(", ")
    }

    /// The scenario of a cell, with the seed of the base.
    #[must_use]
    pub fn scenario_of(&self, cell: usize) -> Scenario {
        let mut scenario = self.scenario.clone();
        for (axis, value) in self.plan.axes.iter().zip(self.values(cell)) {
            // The knob is there: `new` has looked. Turning another one first may take it away, and then there is nothing to turn.
            let _ = knob::turn(&mut scenario, &axis.knob, value);
        }
        scenario
    }

    /// Begins a job: the cell's scenario with the base's seed plus the number of the round.
    #[must_use]
    pub fn begin(&self, job: usize) -> Option<Run> {
        let mut scenario = self.scenario_of(self.cell_of(job));
        let round = (job / self.cells()) as u64;
        scenario.seed = scenario.seed.wrapping_add(round) & netsplit_scenario::limits::WHOLE;
        let session = Session::new(scenario).ok()?;
        Some(Run { session, until: Time(self.plan.until_ns) })
    }

    /// What the formula says for a measure in a cell, where there is one.
    #[must_use]
    pub fn theory(&self, cell: usize, measure: usize) -> Option<theory::Prediction> {
        theory::predict(&self.scenario_of(cell), &self.plan.measures[measure])
    }
}

impl Run {
    /// Plays on for so many events. Returns the measures once the run is over.
    pub fn advance(&mut self, plan: &Plan, budget: u64) -> Option<Vec<Option<f64>>> {
        if self.session.advance(self.until, budget) == Progress::OutOfBudget {
            return None;
        }
        Some(plan.measures.iter().map(|measure| self.measure(measure)).collect())
    }

    fn measure(&mut self, name: &str) -> Option<f64> {
        let Some(checker) = name.strip_prefix("broken.") else {
            return self.session.metrics().value(name);
        };
        let verdict = self.session.verdicts().iter().find(|(name, _)| *name == checker);
        match verdict {
            Some((_, Verdict::Holds)) => Some(0.0),
            Some((_, Verdict::Broken(_))) => Some(1.0),
            _ => None,
        }
    }
}

/// What came out of the jobs so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// By job, and then by measure.
    values: Vec<Option<Vec<Option<f64>>>>,
    cells: usize,
    done: usize,
}

impl Results {
    /// Nothing yet.
    #[must_use]
    pub fn new(sweep: &Sweep) -> Self {
        Self { values: vec![None; sweep.jobs()], cells: sweep.cells(), done: 0 }
    }

    /// Takes in what a job measured. Jobs may come in any order; one that comes twice counts once.
    pub fn add(&mut self, job: usize, values: Vec<Option<f64>>) {
        if let Some(place @ None) = self.values.get_mut(job) {
            *place = Some(values);
            self.done += 1;
        }
    }

    /// How many jobs are in.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    /// What the seeds of a cell measured so far; the same whatever order the jobs came in.
    #[must_use]
    pub fn summary(&self, cell: usize, measure: usize) -> Option<Summary> {
        Summary::of(&self.of_cell(cell, measure))
    }

    fn of_cell(&self, cell: usize, measure: usize) -> Vec<f64> {
        let jobs = self.values.iter().skip(cell).step_by(self.cells.max(1)).flatten();
        jobs.filter_map(|values| values.get(measure).copied().flatten()).collect()
    }

    /// The table as text with commas: a row for each cell and measure, with the interval and the formula's value.
    #[must_use]
    pub fn csv(&self, sweep: &Sweep) -> String {
        let mut text: String = sweep.knobs.iter().map(|knob| format!("{},", knob.id)).collect();
        text.push_str("measure,seeds,mean,low_95,high_95,least,most,formula\n");
        for cell in 0..self.cells {
            let values: Vec<f64> = sweep.values(cell);
            let knobs: String = sweep
                .knobs
                .iter()
                .zip(&values)
                .map(|(knob, value)| format!("{},", knob.value_text(*value)))
                .collect();
            for (index, measure) in sweep.plan.measures.iter().enumerate() {
                let theory = sweep.theory(cell, index).map(|prediction| prediction.value.to_string());
                let theory = theory.unwrap_or_default();
                let row = match self.summary(cell, index) {
                    None => "0,,,,,".to_owned(),
                    Some(summary) => {
                        let ends = match summary.half_width {
                            None => ",".to_owned(),
                            Some(_) => format!("{},{}", summary.interval().0, summary.interval().1),
                        };
                        format!(
                            "{},{},{ends},{},{}",
                            summary.count, summary.mean, summary.least, summary.most
                        )
                    }
                };
                text.push_str(&format!("{knobs}{measure},{row},{theory}\n"));
            }
        }
        text
    }
}

/// What a reader may choose from: the measures that a run of this scenario has, with title, unit and meaning.
#[must_use]
pub fn measures(scenario: &Scenario) -> Vec<(String, String, &'static str)> {
    let Ok(mut session) = Session::new(scenario.clone()) else { return Vec::new() };
    let mut measures: Vec<(String, String, &'static str)> = session
        .metrics()
        .list()
        .iter()
        .map(|metric| (metric.name.clone(), metric.title.clone(), metric.unit))
        .collect();
    for checker in netsplit_checkers::LIVE {
        measures.push((
            format!("broken.{}", checker.name),
            format!("Runs that broke: {}", checker.title),
            "share",
        ));
    }
    measures
}

#[cfg(test)]
mod tests;
