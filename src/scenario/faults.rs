//! A plan of random faults as ordinary steps of the script: they can be read, shared, changed and undone
//! like any other.

use netsplit_sim::action::Action;
use netsplit_sim::fault_plan::FaultPlan;
use netsplit_sim::fault_plan::wear::Wear;
use netsplit_sim::time::{Span, Time};

use crate::built::{Built, Timed, build};
use crate::limits;
use crate::model::{Scenario, Step};
use crate::problem::Problem;
use crate::script::Standing;

impl Scenario {
    /// The scenario with the faults of a plan in its script. Steps that stand at the same instant already come
    /// first.
    ///
    /// # Errors
    /// What is wrong with the plan or the scenario, or that the script would be too long.
    pub fn with_faults(&self, plan: &FaultPlan) -> Result<Self, Problem> {
        Ok(self.with_steps(steps(self, plan)?))
    }

    /// The scenario with crashes and repairs by wear in its script, likewise.
    ///
    /// # Errors
    /// The same.
    pub fn with_wear(&self, wear: &Wear) -> Result<Self, Problem> {
        Ok(self.with_steps(wear_steps(self, wear)?))
    }

    fn with_steps(&self, steps: Vec<(usize, Step)>) -> Self {
        let mut with = self.clone();
        for (index, step) in steps {
            with.script.insert(index, step);
        }
        with
    }
}

/// The steps of a plan, each with the index at which it goes into the script when those before it are in.
pub(crate) fn steps(scenario: &Scenario, plan: &FaultPlan) -> Result<Vec<(usize, Step)>, Problem> {
    check(plan)?;
    placed(scenario, |built| plan.actions(&built.setup))
}

/// The steps of crashes and repairs by wear, likewise.
pub(crate) fn wear_steps(scenario: &Scenario, wear: &Wear) -> Result<Vec<(usize, Step)>, Problem> {
    check_times(wear.from, wear.until)?;
    for (name, span) in [("mtbf", wear.mtbf), ("mttr", wear.mttr)] {
        check_span(name, span)?;
    }
    placed(scenario, |built| wear.actions(built.setup.nodes.len() as u16))
}

fn placed(
    scenario: &Scenario,
    actions: impl Fn(&Built) -> Vec<(Time, Action)>,
) -> Result<Vec<(usize, Step)>, Problem> {
    let first = |problems: Vec<Problem>| {
        problems.into_iter().next().unwrap_or_else(|| Problem::whole("this scenario can't be run"))
    };
    let built = build(scenario).map_err(first)?;
    let actions = actions(&built);
    let (present, more, most) = (scenario.script.len(), actions.len(), limits::STEPS);
    if present + more > most {
        return Err(Problem::at(
            "script",
            format!(
                "expected at most {most} steps; it has {present}, and the plan would add {more}: choose fewer \
                 kinds of faults, rarer ones or a shorter time"
            ),
        ));
    }
    let mut standing = Standing::of(scenario, &built);
    let mut rest: &[Timed] = &built.script;
    let mut steps = Vec::new();
    for (at, action) in actions {
        let (before, after) = rest.split_at(rest.partition_point(|timed| timed.at <= at));
        standing.follow(before.iter().map(|timed| &timed.action));
        rest = after;
        let index = scenario.script.partition_point(|step| step.at <= at) + steps.len();
        let step = standing.step(&built.sites, &built.about, &action)?;
        standing.follow([&action]);
        steps.push((index, Step { at, action: step }));
    }
    Ok(steps)
}

fn check(plan: &FaultPlan) -> Result<(), Problem> {
    check_times(plan.from, plan.until)?;
    check_span("lasting", plan.lasting)?;
    for rate in &plan.faults {
        let found = rate.per_minute;
        let most = limits::FAULTS_PER_MINUTE;
        if !(0.0..=most).contains(&found) {
            return Err(Problem::at(
                "per_minute",
                format!("expected a number from 0 to {most} and found {found}"),
            ));
        }
    }
    Ok(())
}

fn check_times(from: Time, until: Time) -> Result<(), Problem> {
    if until > limits::TIME {
        let most = limits::TIME.as_ms();
        return Err(Problem::at("until", format!("expected at most {most} milliseconds, a day")));
    }
    if from > until {
        return Err(Problem::at("from", "expected no more than until"));
    }
    Ok(())
}

fn check_span(name: &str, span: Span) -> Result<(), Problem> {
    if span > limits::SPAN || span == Span::ZERO {
        let (most, found) = (limits::SPAN.as_ms(), span.as_ms());
        let expected = format!("expected more than 0 and at most {most} milliseconds, and found {found}");
        return Err(Problem::at(name, expected));
    }
    Ok(())
}
