//! A session: a scenario that is being played, and everything a person can do to it.
//!
//! The scenario is the only state that matters. The machine, the record and the measures can all be
//! made anew from it, and after a change of the past they are: from the last checkpoint that the change
//! leaves true, forward to where the playhead was.

mod keeping;
mod moments;
mod splitting;
pub mod watching;

use netsplit_checkers::linearizable::Point;
use netsplit_checkers::{Live, Replicas, Verdict};
use netsplit_sim::action::Action;
use netsplit_sim::fault_plan::FaultPlan;
use netsplit_sim::fault_plan::wear::Wear;
use netsplit_sim::frame::{Frame, Inspection};
use netsplit_sim::history::CallKind;
use netsplit_sim::ids::{NodeId, Site};
use netsplit_sim::machine::{Machine, Progress};
use netsplit_sim::protocol::{About, Contract, Promise};
use netsplit_sim::time::Time;
use netsplit_sim::trace::{Event, EventKind, TRACE_LIMIT};

use crate::built::{Built, build};
use crate::changes::{Affects, Changes};
use crate::checkpoints::Checkpoints;
use crate::faults;
use crate::limits;
use crate::model::{Locks, Step, StepAction};
use crate::script::Standing;
use crate::settled::is_settled;
use crate::sharding::Before;
use crate::{Metrics, Problem, Scenario};

pub use keeping::Kept;
pub use moments::Stride;

/// The verdict of every checker of [`netsplit_checkers::LIVE`], by name, in that order.
pub type Verdicts = Vec<(&'static str, Verdict)>;

/// A scenario that is being played.
///
/// The playhead is at [`Session::now`]: every event and scripted action up to there is done. Work that
/// can take long has a budget of events; when it is spent the session says so and goes on at the next
/// call. After [`Session::undo`], [`Session::redo`] and [`Session::edit`] the playhead may be before
/// [`Session::goal`]; call [`Session::resume`] until it answers [`Progress::Reached`].
pub struct Session {
    scenario: Scenario,
    built: Built,
    machine: Box<dyn Machine>,
    /// The cluster's description of itself: where the data is split, that names more than the protocol's.
    about: About,
    /// How many actions of the script are applied.
    cursor: usize,
    /// Where the playhead is going, if a seek or a replay ran out of its budget.
    goal: Option<Time>,
    horizon: Time,
    checkpoints: Checkpoints,
    changes: Changes,
    measured: Measured,
    /// The state before each change of how the data is split, and how many actions were applied by then.
    reshaped: Vec<(usize, Before)>,
}

/// What is derived from the record, and from how much of it.
struct Measured {
    metrics: Metrics,
    live: Live,
    verdicts: Verdicts,
    frame: Frame,
    /// By operation: whether some copy has shown what it wrote; of so many events.
    shown: Vec<bool>,
    shown_of: usize,
    /// The length of the record and the time that the metrics are of; `None` after a rewind.
    metrics_of: Option<(usize, Time)>,
    /// The same of the verdicts.
    verdicts_of: Option<(usize, Time)>,
}

impl Measured {
    fn new(scenario: &Scenario) -> Self {
        let nodes = scenario.nodes.iter().map(|node| node.name.clone()).collect();
        let paces = scenario.clients.iter().map(|client| client.pace).collect();
        let clients: Vec<String> = scenario.clients.iter().map(|client| client.name.clone()).collect();
        Self {
            live: Live::with_names(clients.clone(), Vec::new()),
            metrics: Metrics::new(nodes, clients).with(scenario.partitioning.is_some(), paces),
            verdicts: Vec::new(),
            frame: Frame::default(),
            shown: Vec::new(),
            shown_of: 0,
            metrics_of: None,
            verdicts_of: None,
        }
    }

    /// Takes in which writes some copy has shown by now.
    fn follow_shown(&mut self, trace: &[Event], operations: usize) {
        self.shown.resize(operations, false);
        for event in &trace[self.shown_of..] {
            if let EventKind::Visible { op, .. } = event.kind {
                self.shown[op.index()] = true;
            }
        }
        self.shown_of = trace.len();
    }
}

impl Session {
    /// A session at time zero.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario.
    pub fn new(scenario: Scenario) -> Result<Self, Vec<Problem>> {
        let built = build(&scenario)?;
        let machine = built.machine();
        let checkpoints = Checkpoints::new(&*machine);
        let measured = Measured::new(&scenario);
        Ok(Self {
            scenario,
            built,
            about: machine.about(),
            machine,
            cursor: 0,
            goal: None,
            horizon: Time::ZERO,
            checkpoints,
            changes: Changes::default(),
            measured,
            reshaped: Vec::new(),
        })
    }

    /// The scenario with its script as it is now.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The cluster's description of itself: the protocol's, and where the data is split, what is told and done for
    /// that besides.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What the protocol promises with the parameters in force now, and under which faults. Where nodes
    /// have different ones, only what it promises with each of them.
    #[must_use]
    pub fn contract(&self) -> Contract {
        let standing = self.standing();
        self.contract_of(standing.each_parameters(), standing.group())
    }

    /// The promises of [`Session::contract`].
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        self.contract().promises
    }

    /// The kinds of operation that every node carries out with the parameters in force now; others are
    /// refused.
    #[must_use]
    pub fn calls(&self) -> Vec<CallKind> {
        let standing = self.standing();
        let mut each =
            standing.each_parameters().iter().map(|parameters| (self.built.entry.calls)(parameters));
        let mut calls = each.next().unwrap_or_default();
        for others in each {
            calls.retain(|kind| others.contains(kind));
        }
        calls
    }

    /// What a node's replica tells a person who looks inside; of a crashed node, what its disk holds.
    /// Nothing of a node that does not exist.
    #[must_use]
    pub fn inspect(&self, node: NodeId) -> Inspection {
        let exists = node.index() < self.scenario.nodes.len();
        if exists { self.machine.inspect(node) } else { Inspection::default() }
    }

    /// The time of the playhead.
    #[must_use]
    pub fn now(&self) -> Time {
        self.machine.now()
    }

    /// The furthest time that the playhead reached: the end of the scrub bar.
    #[must_use]
    pub fn horizon(&self) -> Time {
        self.horizon.max(self.goal())
    }

    /// Where the playhead is going: now, unless a seek or a replay ran out of its budget.
    #[must_use]
    pub fn goal(&self) -> Time {
        self.goal.unwrap_or(self.now())
    }

    /// Whether a seek or a replay is unfinished.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.goal.is_some()
    }

    /// Whether the run can go no further because its record is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.machine.trace().len() >= TRACE_LIMIT
    }

    /// Plays on up to and including an instant, handling at most `budget` events. An instant before
    /// now changes nothing; one after the last instant of a run, a day, counts as that. A replay that is
    /// unfinished is finished first.
    pub fn advance(&mut self, until: Time, budget: u64) -> Progress {
        let until = until.min(limits::TIME);
        if until < self.now() && self.goal.is_none() {
            return Progress::Reached;
        }
        self.run(until.max(self.goal()), budget)
    }

    /// Goes on with a seek or a replay that ran out of its budget.
    pub fn resume(&mut self, budget: u64) -> Progress {
        match self.goal {
            Some(goal) => self.run(goal, budget),
            None => Progress::Reached,
        }
    }

    /// Plays on until something happens: one event of the record or one scripted action. `false` if
    /// nothing ever will, or the record is full. A replay that is unfinished is finished first.
    pub fn step(&mut self) -> bool {
        self.resume(u64::MAX);
        let before = self.machine.trace().len();
        while self.machine.trace().len() == before && !self.is_full() {
            let event = self.machine.next_at().filter(|at| *at <= limits::TIME);
            let action = self.built.script.get(self.cursor).map(|timed| timed.at);
            match (event, action) {
                (None, None) => return false,
                (Some(at), _) if action.is_none_or(|action| at <= action) => {
                    self.machine.step();
                }
                (_, Some(at)) => {
                    // No event is due before it: this only moves the clock.
                    self.machine.run_until(at, 1);
                    self.apply_next();
                }
                (Some(_), None) => unreachable!("an event without an action was handled above"),
            }
        }
        self.horizon = self.horizon.max(self.now());
        self.machine.trace().len() > before
    }

    /// Moves the playhead to an instant, back or forward, handling at most `budget` events.
    pub fn seek(&mut self, to: Time, budget: u64) -> Progress {
        let to = to.min(limits::TIME);
        if to < self.now() {
            self.rewind(to, usize::MAX);
        }
        self.goal = Some(to);
        self.run(to, budget)
    }

    /// Does something to the cluster now, and writes it into the script. What the script has at later
    /// times stays there.
    ///
    /// # Errors
    /// What is wrong with the action, or that the script or the record is full. Nothing changed then.
    pub fn act(&mut self, action: Action) -> Result<(), Problem> {
        self.do_action(&action, None)
    }

    /// The same for one of many moves of a gesture: all with one `group`, one after the other, are
    /// undone together.
    ///
    /// # Errors
    /// As [`Session::act`].
    pub fn act_grouped(&mut self, group: u64, action: Action) -> Result<(), Problem> {
        self.do_action(&action, Some(group))
    }

    fn do_action(&mut self, action: &Action, group: Option<u64>) -> Result<(), Problem> {
        self.make_room()?;
        let action = self.standing().step(&self.built.sites, &self.built.about, action)?;
        self.add_step(action, group)
    }

    /// Finishes this instant; a problem if no step can follow.
    fn make_room(&mut self) -> Result<(), Problem> {
        self.finish_instant();
        if self.is_full() {
            return Err(Problem::whole("the record of this run is full; go back or start anew"));
        }
        if self.scenario.script.len() >= limits::STEPS {
            let most = limits::STEPS;
            return Err(Problem::whole(format!("the script is full: it has {most} steps")));
        }
        Ok(())
    }

    /// Puts a step into the script at this finished instant, and does it.
    fn add_step(&mut self, action: StepAction, group: Option<u64>) -> Result<(), Problem> {
        let at = self.now();
        let index = self.scenario.script.partition_point(|step| step.at <= at);
        let step = Step { at, action };
        self.scenario.script.insert(index, step.clone());
        match build(&self.scenario) {
            Ok(built) => self.built = built,
            Err(problems) => {
                self.scenario.script.remove(index);
                let problem = problems.into_iter().next();
                return Err(problem.unwrap_or_else(|| Problem::whole("this can't be done")));
            }
        }
        self.changes.added(index, step, group);
        self.finish_instant();
        Ok(())
    }

    /// Puts the faults of a plan into the script, as one unit of undo, and replays to the present time where
    /// some of them lie before it. Says how many steps they are.
    ///
    /// # Errors
    /// What is wrong with the plan, or that the script would be too long. Nothing changed then.
    pub fn add_faults(&mut self, plan: &FaultPlan) -> Result<usize, Problem> {
        let steps = faults::steps(&self.scenario, plan)?;
        Ok(self.add_steps(steps))
    }

    /// Puts crashes and repairs by wear into the script, likewise.
    ///
    /// # Errors
    /// The same.
    pub fn add_wear(&mut self, wear: &Wear) -> Result<usize, Problem> {
        let steps = faults::wear_steps(&self.scenario, wear)?;
        Ok(self.add_steps(steps))
    }

    fn add_steps(&mut self, steps: Vec<(usize, Step)>) -> usize {
        let count = steps.len();
        let index = steps.iter().map(|(index, _)| *index).min();
        if let (Some(index), Some((_, first))) = (index, steps.first()) {
            let affects = Affects::From(index, first.at);
            for (index, step) in &steps {
                self.scenario.script.insert(*index, step.clone());
            }
            self.changes.added_all(steps);
            self.rebuild(affects);
        }
        count
    }

    /// Takes back the last change (gesture, edit or fork) and goes back to the present time by
    /// replay; `false` if there is none. See [`Session::resume`].
    pub fn undo(&mut self) -> bool {
        let affects = self.changes.undo(&mut self.scenario);
        affects.is_some_and(|affects| self.rebuild(affects))
    }

    /// Makes the last change that was taken back again; `false` if there is none.
    pub fn redo(&mut self) -> bool {
        let affects = self.changes.redo(&mut self.scenario);
        affects.is_some_and(|affects| self.rebuild(affects))
    }

    /// Whether there is a change to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.changes.can_undo()
    }

    /// Whether there is a change to make again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        self.changes.can_redo()
    }

    /// How many changes that undo takes back one by one were ever made; moves of one gesture count once.
    #[must_use]
    pub fn changes_made(&self) -> u64 {
        self.changes.made()
    }

    /// Whether an event or action of this very instant is still to come, as after a step or a replay that is
    /// unfinished.
    #[must_use]
    pub fn is_mid_instant(&self) -> bool {
        self.is_replaying() || self.is_due(self.now())
    }

    /// Drops what the script has after now: the run goes its own way from here. Undoable.
    pub fn fork(&mut self) {
        self.finish_instant();
        let now = self.now();
        let index = self.scenario.script.partition_point(|step| step.at <= now);
        let rest = self.scenario.script.split_off(index);
        self.horizon = now;
        if !rest.is_empty() {
            self.changes.cut_off(index, rest);
            self.rebuild(Affects::Nothing);
        }
    }

    /// Replaces the scenario, script and all, and replays to the present time. Undoable.
    ///
    /// # Errors
    /// Everything that is wrong with the new scenario. Nothing changed then.
    pub fn edit(&mut self, scenario: Scenario) -> Result<(), Vec<Problem>> {
        self.do_edit(scenario, None)
    }

    /// The same for one of many values of a slider: all with one `group`, one after the other, are
    /// undone together.
    ///
    /// # Errors
    /// As [`Session::edit`].
    pub fn edit_grouped(&mut self, group: u64, scenario: Scenario) -> Result<(), Vec<Problem>> {
        self.do_edit(scenario, Some(group))
    }

    fn do_edit(&mut self, scenario: Scenario, group: Option<u64>) -> Result<(), Vec<Problem>> {
        if scenario == self.scenario {
            return Ok(());
        }
        build(&scenario)?;
        let old = std::mem::replace(&mut self.scenario, scenario);
        self.changes.replaced(old, group);
        self.rebuild(Affects::All);
        Ok(())
    }

    /// Describes the cluster now. Buffers of `frame` are reused.
    pub fn frame(&self, frame: &mut Frame) {
        self.machine.frame(frame);
    }

    /// The cluster.
    #[must_use]
    pub fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    /// The hash of the run up to now.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.machine.hash()
    }

    /// The payload of a link to this run at this instant, with its hash.
    ///
    /// # Errors
    /// If it would be too long.
    pub fn link(&self) -> Result<String, Problem> {
        self.link_with(self.scenario.locked.clone())
    }

    /// The same with other locks; they change nothing about the run.
    ///
    /// # Errors
    /// If it would be too long.
    pub fn link_with(&self, locked: Locks) -> Result<String, Problem> {
        // A run in the middle of an instant or of a replay has a hash that no other run would show.
        let mid = self.is_replaying() || self.is_due(self.now());
        let shared = crate::link::Shared {
            scenario: Scenario { locked, ..self.scenario.clone() },
            until: self.goal(),
            hash: (!mid).then(|| self.hash()),
        };
        crate::link::encode(&shared)
    }

    /// The name of a node or client; empty for one that does not exist.
    #[must_use]
    pub fn name_of(&self, site: Site) -> &str {
        self.built.sites.name(site).unwrap_or_default()
    }

    /// The node or client with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Site> {
        self.built.sites.find(name)
    }

    /// The index in the scenario's script of the step behind an [`netsplit_sim::trace::EventKind::Acted`].
    #[must_use]
    pub fn step_of(&self, acted: u32) -> Option<usize> {
        self.built.script.get(acted as usize).map(|timed| timed.step)
    }

    /// A node's protocol parameters now, in the order of [`About::parameters`].
    #[must_use]
    pub fn parameters(&self, node: NodeId) -> Vec<u64> {
        self.standing().parameters(node).to_vec()
    }

    /// What was measured up to now.
    pub fn metrics(&mut self) -> &Metrics {
        let state = (self.machine.trace().len(), self.machine.now());
        if self.measured.metrics_of != Some(state) {
            let mut frame = std::mem::take(&mut self.measured.frame);
            self.machine.frame(&mut frame);
            let sharding = self.sharding_in(&frame);
            let measured = &mut self.measured;
            let (trace, history) = (self.machine.trace(), self.machine.history());
            measured.metrics.observe(trace, history, self.machine.activity(), &self.built.script);
            measured.metrics.refresh(&frame, self.machine.totals(), sharding);
            measured.frame = frame;
            measured.metrics_of = Some(state);
        }
        &self.measured.metrics
    }

    /// The measures as [`Session::metrics`] last brought them up to date.
    pub(crate) fn measured(&self) -> &Metrics {
        &self.measured.metrics
    }

    /// The verdicts on the run up to now.
    pub fn verdicts(&mut self) -> &Verdicts {
        let state = (self.machine.trace().len(), self.machine.now());
        let measured = &mut self.measured;
        if measured.verdicts_of != Some(state) {
            measured.live.observe(self.machine.history());
            self.machine.frame(&mut measured.frame);
            let settled = is_settled(&self.built.about, &measured.frame, self.machine.trace());
            let mut replicas = Replicas::from_frame(&measured.frame, settled);
            for replica in &mut replicas.replicas {
                replica.name = self.built.sites.name(replica.node.into()).unwrap_or_default().to_owned();
            }
            measured.follow_shown(self.machine.trace(), self.machine.history().operations.len());
            replicas.shown = std::mem::take(&mut measured.shown);
            measured.verdicts = measured.live.verdicts(Some(&replicas));
            measured.shown = replicas.shown;
            measured.verdicts_of = Some(state);
        }
        &measured.verdicts
    }

    /// Where each operation may have taken effect: a legal order of what the clients saw, key by key. Nothing while the
    /// history is not linearizable, or nobody knows.
    pub fn points(&mut self) -> Vec<Point> {
        let _ = self.verdicts();
        self.measured.live.points()
    }

    /// Handles events and scripted actions up to and including an instant.
    fn run(&mut self, until: Time, budget: u64) -> Progress {
        let mut left = budget;
        let progress = loop {
            if left == 0 {
                break Progress::OutOfBudget;
            }
            let due = self.built.script.get(self.cursor).map(|timed| timed.at).filter(|at| *at <= until);
            let before = self.machine.totals().events;
            // A stop for a checkpoint costs nothing: a run that stops anywhere goes on as if it had not.
            let slice = left.min(self.checkpoints.due_in(&*self.machine).max(1));
            let progress = self.machine.run_until(due.unwrap_or(until), slice);
            left -= (self.machine.totals().events - before).min(left);
            if self.checkpoints.due_in(&*self.machine) == 0 {
                self.checkpoints.keep(&*self.machine, self.cursor);
            }
            match (progress, due) {
                (Progress::OutOfBudget, _) => {}
                (Progress::TraceFull, _) => break Progress::TraceFull,
                (Progress::Reached, None) => break Progress::Reached,
                (Progress::Reached, Some(_)) if self.is_full() => break Progress::TraceFull,
                (Progress::Reached, Some(_)) => {
                    self.apply_next();
                    left = left.saturating_sub(1);
                }
            }
        };
        // A full record is as far as this run gets, so there is nothing left to go on with.
        self.goal = (progress == Progress::OutOfBudget).then_some(until);
        self.horizon = self.horizon.max(self.now());
        progress
    }

    fn apply_next(&mut self) {
        if let Some(timed) = self.built.script.get(self.cursor) {
            if let Action::Reshape(change) = &timed.action {
                let mut frame = Frame::default();
                self.machine.frame(&mut frame);
                let before = Before::new(&frame, change);
                self.reshaped.extend(before.map(|before| (self.cursor, before)));
            }
            self.machine.act(&timed.action);
            self.cursor += 1;
        }
    }

    /// Whether an event or action of this instant is still to come.
    fn is_due(&self, now: Time) -> bool {
        let action = self.built.script.get(self.cursor).map(|timed| timed.at);
        let next = self.machine.next_at().into_iter().chain(action).min();
        next.is_some_and(|at| at <= now)
    }

    /// Finishes a replay, and then every event and action of this instant.
    fn finish_instant(&mut self) {
        self.resume(u64::MAX);
        self.run(self.now(), u64::MAX);
    }

    fn standing(&self) -> Standing {
        let mut standing = Standing::of(&self.scenario, &self.built);
        standing.follow(self.built.script[..self.cursor].iter().map(|timed| &timed.action));
        standing
    }

    /// Goes back to a state at `at` or before with at most `cursor` actions applied.
    fn rewind(&mut self, at: Time, cursor: usize) {
        self.cursor = self.checkpoints.rewind(&mut *self.machine, at, cursor);
        self.reshaped.retain(|(index, _)| *index < self.cursor);
        self.forget();
    }

    /// Drops what was measured; the next look measures from the start.
    fn forget(&mut self) {
        self.measured = Measured::new(&self.scenario);
    }

    /// Takes up the changed scenario, goes back to where it begins to differ, and heads for the present
    /// time. Always `true`.
    fn rebuild(&mut self, affects: Affects) -> bool {
        let goal = self.goal();
        let built = match build(&self.scenario) {
            Ok(built) => built,
            Err(problems) => unreachable!("every scenario in force was checked: {problems:?}"),
        };
        let old = std::mem::replace(&mut self.built, built);
        match affects {
            Affects::Nothing => return true,
            Affects::All => {
                self.machine = self.built.machine();
                self.about = self.machine.about();
                self.checkpoints = Checkpoints::new(&*self.machine);
                self.cursor = 0;
                self.reshaped.clear();
                self.forget();
            }
            Affects::From(step, at) => {
                // Up to that step the old and the new script are the same.
                let cursor = old.script.partition_point(|timed| timed.step < step);
                if self.cursor > cursor || self.now() > at {
                    self.rewind(at, cursor);
                }
            }
        }
        self.goal = (goal > self.now() || self.is_due(goal)).then_some(goal);
        true
    }
}
