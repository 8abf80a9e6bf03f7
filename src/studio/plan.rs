//! The form of random faults: which kinds, how often, how long, and when. Pressing its button adds ordinary
//! steps to the script, all of them one undo.

use netsplit_scenario::Problem;
use netsplit_scenario::limits;
use netsplit_sim::fault_plan::wear::Wear;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};
use netsplit_sim::protocol::Fault;
use netsplit_sim::time::{Span, Time};

use crate::contract::FaultRow;
use crate::controls::{Control, Entry, number};
use crate::studio::{Studio, Tone};
use crate::units;

/// What a person has filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    chosen: Vec<Fault>,
    per_minute: f64,
    lasting: Span,
    /// `None`: from now.
    from: Option<Time>,
    /// How long it goes on.
    length: Span,
    seed: u64,
    /// How long a node runs on average between two crashes by wear, and how long its repair takes.
    mtbf: Span,
    mttr: Span,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            chosen: vec![Fault::Cut, Fault::Crash],
            per_minute: 300.0,
            lasting: Span::from_ms(200),
            from: None,
            length: Span::from_s(2),
            seed: 1,
            mtbf: Span::from_ms(900),
            mttr: Span::from_ms(100),
        }
    }
}

/// The form, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanSheet {
    /// Every kind of fault that can be planned.
    pub kinds: Vec<PlanKind>,
    /// The numbers.
    pub controls: Vec<Control>,
    /// What it comes to, in one sentence.
    pub comes_to: String,
    /// Whether it can be added as it stands.
    pub ready: bool,
    /// The numbers of crashes by wear, which take their time and seed from the others.
    pub wear: Vec<Control>,
    /// What those come to, in one sentence.
    pub wear_comes_to: String,
}

/// A kind of fault in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanKind {
    /// Which.
    pub fault: Fault,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether the protocol's contract says nothing about it, so that promises may break.
    pub outside: bool,
}

impl Plan {
    fn times(&self, now: Time) -> (Time, Time) {
        let from = self.from.unwrap_or(now);
        (from, from + self.length)
    }

    fn rates(&self) -> Vec<FaultRate> {
        // In the order of display, not of clicking: the same boxes are the same plan.
        let chosen = Fault::ALL.iter().filter(|fault| self.chosen.contains(fault));
        chosen.map(|&fault| FaultRate { fault, per_minute: self.per_minute, nodes: None }).collect()
    }

    pub(crate) fn sheet(&self, now: Time, faults: &[FaultRow]) -> PlanSheet {
        let (from, until) = self.times(now);
        let outside = |fault: Fault| faults.iter().any(|row| row.id == fault.id() && row.state == "none");
        let kinds = Fault::ALL.iter().filter(|fault| **fault != Fault::Retry).map(|&fault| PlanKind {
            fault,
            chosen: self.chosen.contains(&fault),
            outside: outside(fault),
        });
        let expected = self.per_minute * self.length.as_ms() / 60_000.0 * self.chosen.len() as f64;
        let comes_to = if self.chosen.is_empty() {
            "Choose at least one kind.".to_owned()
        } else {
            format!(
                "About {} between {} and {}; then all is mended.",
                units::count((expected + 0.5) as u64, "fault"),
                units::playhead(from),
                units::playhead(until)
            )
        };
        let ms = |name, title, help, value: Span, least: f64, reach: f64| {
            number(name, title, help, value.as_ms(), "ms").within((least, limits::SPAN.as_ms()), 1.0, reach)
        };
        let wear = Wear { mtbf: self.mtbf, mttr: self.mttr, nodes: None, seed: self.seed, from, until };
        PlanSheet {
            wear: vec![
                ms(
                    "plan_mtbf_ms",
                    "Runs for",
                    "On average, between two crashes of a node (MTBF).",
                    self.mtbf,
                    1.0,
                    10_000.0,
                ),
                ms("plan_mttr_ms", "Repair takes", "On average (MTTR).", self.mttr, 1.0, 2_000.0),
            ],
            wear_comes_to: format!(
                "Each node is up {} of the time: MTBF / (MTBF + MTTR). From {} to {}, at random times.",
                units::percent(wear.availability()),
                units::playhead(from),
                units::playhead(until)
            ),
            ready: !self.chosen.is_empty() && self.per_minute > 0.0,
            kinds: kinds.collect(),
            controls: vec![
                number(
                    "plan_rate",
                    "How often",
                    "How many of each kind begin in a minute of the run, at random gaps.",
                    self.per_minute,
                    "per min",
                )
                .within((1.0, 60_000.0), 1.0, 1_200.0),
                ms("plan_lasting_ms", "Each lasts", "On average.", self.lasting, 1.0, 1_000.0),
                ms(
                    "plan_from_ms",
                    "From",
                    "When the first may begin: now, if you leave it.",
                    Span(from.0 / 10_000 * 10_000),
                    0.0,
                    0.0,
                ),
                ms(
                    "plan_length_ms",
                    "For",
                    "After this time everything is mended.",
                    self.length,
                    1.0,
                    5_000.0,
                ),
                number(
                    "plan_seed",
                    "Seed",
                    "Another seed: other faults of the same kind.",
                    self.seed as f64,
                    "",
                )
                .within((0.0, limits::WHOLE as f64), 1.0, 0.0),
            ],
            comes_to,
        }
    }
}

impl Studio {
    pub(crate) fn toggle_fault(&mut self, fault: Fault) {
        let chosen = &mut self.plan.chosen;
        match chosen.iter().position(|known| *known == fault) {
            Some(place) => {
                chosen.remove(place);
            }
            None => chosen.push(fault),
        }
    }

    /// Takes an entry of the form; `false` if the control is none of it.
    pub(crate) fn set_plan(&mut self, control: &str, entry: &Entry) -> bool {
        let Entry::Number(value) = *entry else { return false };
        let value = if value.is_finite() { value.max(0.0) } else { 0.0 };
        let span = Span::from_ms_f64(value.min(limits::SPAN.as_ms()));
        let plan = &mut self.plan;
        match control {
            "plan_rate" => plan.per_minute = value,
            "plan_lasting_ms" => plan.lasting = span.max(Span::from_ms(1)),
            "plan_from_ms" => plan.from = Some(Time(span.0)),
            "plan_length_ms" => plan.length = span.max(Span::from_ms(1)),
            "plan_mtbf_ms" => plan.mtbf = span.max(Span::from_ms(1)),
            "plan_mttr_ms" => plan.mttr = span.max(Span::from_ms(1)),
            "plan_seed" => plan.seed = (value as u64).min(limits::WHOLE),
            _ => return false,
        }
        true
    }

    /// Adds the faults to the script.
    pub(crate) fn add_plan(&mut self) {
        let (from, until) = self.plan.times(self.session.now());
        let plan = FaultPlan {
            seed: self.plan.seed,
            faults: self.plan.rates(),
            lasting: self.plan.lasting,
            from,
            until,
        };
        let added = self.session.add_faults(&plan);
        self.added_faults(added, from, until);
    }

    /// Adds crashes and repairs by wear to the script.
    pub(crate) fn add_wear(&mut self) {
        let (from, until) = self.plan.times(self.session.now());
        let plan = &self.plan;
        let wear = Wear { mtbf: plan.mtbf, mttr: plan.mttr, nodes: None, seed: plan.seed, from, until };
        let added = self.session.add_wear(&wear);
        self.added_faults(added, from, until);
    }

    fn added_faults(&mut self, added: Result<usize, Problem>, from: Time, until: Time) {
        match added {
            Ok(added) => {
                self.rewritten();
                // Pressed again, it adds others.
                self.plan.seed = (self.plan.seed + 1).min(limits::WHOLE);
                self.notice(
                    Tone::Plain,
                    format!(
                        "{} added from {} to {}. One undo takes them all back.",
                        units::count(added as u64, "step"),
                        units::playhead(from),
                        units::playhead(until)
                    ),
                );
            }
            Err(problem) => self.complain(&[problem]),
        }
    }
}
