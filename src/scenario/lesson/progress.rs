//! How far a reader is in a lesson: which steps the run has done, and when, and what was measured then.
//!
//! A step counts as done however the reader did it: by the button, by dragging, by a menu. So this looks
//! at the run's script and asks, action by action, when the cluster was first as that action leaves it:
//! a `partition` is done when every link between the groups is cut, be it link by link. Undoing takes a
//! step back, because the script is then without it.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use netsplit_sim::action::{Action, Lie, Reshape};
use netsplit_sim::ids::{ClientId, NodeId, Site};
use netsplit_sim::setup::{LinkQuality, LinkSetup, Pace, Setup};
use netsplit_sim::time::Time;

use super::expression::{Condition, Measure};
use super::{Lesson, measure};
use crate::Session;
use crate::built::Timed;

/// The cluster as the script has left it, without running anything.
#[derive(Clone, Debug)]
pub struct World {
    /// Places and link qualities.
    pub setup: Setup,
    cuts: BTreeSet<(Site, Site)>,
    crashed: BTreeSet<NodeId>,
    paused: BTreeSet<NodeId>,
    slow: BTreeMap<NodeId, u32>,
    lies: BTreeMap<NodeId, Lie>,
    paces: BTreeMap<ClientId, Pace>,
    parameters: Vec<Vec<u64>>,
}

impl World {
    pub(super) fn new(setup: Setup, parameters: &[u64]) -> Self {
        let parameters = vec![parameters.to_vec(); setup.nodes.len()];
        let paces = (0..).map(ClientId).zip(setup.clients.iter().map(|client| client.pace)).collect();
        let (cuts, crashed, paused, slow, lies) = Default::default();
        Self { setup, cuts, crashed, paused, slow, lies, paces, parameters }
    }

    fn sites(&self) -> impl Iterator<Item = Site> + use<> {
        let (nodes, clients) = (self.setup.nodes.len() as u16, self.setup.clients.len() as u16);
        (0..nodes).map(|n| NodeId(n).into()).chain((0..clients).map(|c| ClientId(c).into()))
    }

    fn cut(&mut self, from: Site, to: Site, cut: bool) {
        if cut {
            self.cuts.insert((from, to));
        } else {
            self.cuts.remove(&(from, to));
        }
    }

    fn is_cut(&self, a: Site, b: Site) -> bool {
        self.cuts.contains(&(a, b)) && self.cuts.contains(&(b, a))
    }

    /// The quality of a link.
    #[must_use]
    pub fn quality(&self, a: Site, b: Site) -> LinkQuality {
        let own = |link: &&LinkSetup| [(a, b), (b, a)].contains(&(link.a, link.b));
        self.setup.links.iter().rev().find(own).map_or(self.setup.network, |link| link.quality)
    }

    fn apply(&mut self, action: &Action) {
        match action {
            Action::Cut(a, b) | Action::Heal(a, b) => {
                let cut = matches!(action, Action::Cut(..));
                self.cut(*a, *b, cut);
                self.cut(*b, *a, cut);
            }
            Action::CutOneWay(from, to) => self.cut(*from, *to, true),
            Action::HealAll => self.cuts.clear(),
            Action::Partition(groups) => {
                for (from, to, apart) in pairs(groups) {
                    self.cut(from, to, apart);
                }
            }
            Action::Isolate(site) => {
                for other in self.sites().filter(|other| other != site) {
                    self.cut(*site, other, true);
                    self.cut(other, *site, true);
                }
            }
            Action::Crash(node) | Action::CrashUnsynced(node) | Action::Wipe(node) => {
                self.crashed.insert(*node);
            }
            Action::Restart(node) => {
                self.crashed.remove(node);
            }
            Action::Pause(node) => {
                self.paused.insert(*node);
            }
            Action::Resume(node) => {
                self.paused.remove(node);
            }
            Action::Move(site, to) => match (site.node(), site.client()) {
                (Some(node), _) => self.setup.nodes[node.index()].position = *to,
                (_, Some(client)) => self.setup.clients[client.index()].position = *to,
                _ => {}
            },
            Action::SetLink(a, b, quality) => {
                self.setup.links.push(LinkSetup { a: *a, b: *b, quality: *quality, one_way: false });
            }
            Action::SetNetwork(quality) => {
                self.setup.network = *quality;
                self.setup.links.clear();
            }
            Action::Slow(node, times) => {
                self.slow.insert(*node, *times);
            }
            Action::SetClock(node, ahead_ns, drift_ppm) => {
                let node = &mut self.setup.nodes[node.index()];
                (node.clock_skew_ns, node.clock_drift_ppm) = (*ahead_ns, *drift_ppm);
            }
            Action::Lie(node, Some(lie)) => {
                self.lies.insert(*node, *lie);
            }
            Action::Lie(node, None) => {
                self.lies.remove(node);
            }
            Action::Operate(..)
            | Action::DropMessage(_)
            | Action::DuplicateMessage(_)
            | Action::HoldMessage(_)
            | Action::ReleaseMessage(_)
            | Action::Command(..)
            | Action::Ask(..)
            | Action::Reshape(_) => {}
            Action::SetPace(client, pace) => {
                self.paces.insert(*client, *pace);
            }
            Action::Configure(Some(node), values) => self.parameters[node.index()].clone_from(values),
            Action::Configure(None, values) => self.parameters.fill(values.clone()),
        }
    }

    /// Whether the cluster is as this action leaves it. Of a move, two thirds of the way are enough.
    fn is_after(&self, action: &Action, before: &Self, since: &[Timed]) -> bool {
        let done = |action: &Action| since.iter().any(|timed| timed.action == *action);
        match action {
            Action::Cut(a, b) => self.is_cut(*a, *b),
            Action::CutOneWay(from, to) => self.cuts.contains(&(*from, *to)),
            Action::Heal(a, b) => !self.cuts.contains(&(*a, *b)) && !self.cuts.contains(&(*b, *a)),
            Action::HealAll => self.cuts.is_empty(),
            Action::Partition(groups) => {
                pairs(groups).all(|(from, to, apart)| self.cuts.contains(&(from, to)) == apart)
            }
            Action::Isolate(site) => self
                .sites()
                .all(|other| other == *site || other.node().is_none() || self.is_cut(*site, other)),
            Action::Crash(node) => self.crashed.contains(node),
            Action::CrashUnsynced(node) | Action::Wipe(node) => self.crashed.contains(node) && done(action),
            Action::Restart(node) => !self.crashed.contains(node),
            Action::Pause(node) => self.paused.contains(node),
            Action::Resume(node) => !self.paused.contains(node),
            Action::Move(site, to) => {
                let left = self.setup.position(*site).distance_km(*to);
                left <= before.setup.position(*site).distance_km(*to) / 3.0
            }
            Action::SetLink(a, b, quality) => self.quality(*a, *b) == *quality,
            Action::SetNetwork(quality) => self.setup.network == *quality && self.setup.links.is_empty(),
            Action::Slow(node, times) => self.slow.get(node).unwrap_or(&1) == times,
            Action::SetClock(node, ahead_ns, drift_ppm) => {
                let node = &self.setup.nodes[node.index()];
                (node.clock_skew_ns, node.clock_drift_ppm) == (*ahead_ns, *drift_ppm)
            }
            Action::Lie(node, how) => self.lies.get(node) == how.as_ref(),
            // The numbers of messages change with everything that a reader does, so any message will do.
            Action::DropMessage(_)
            | Action::DuplicateMessage(_)
            | Action::HoldMessage(_)
            | Action::ReleaseMessage(_) => {
                since.iter().any(|timed| discriminant(&timed.action) == discriminant(action))
            }
            Action::Command(..) => done(action),
            Action::Ask(client, many) => since.iter().any(|timed| {
                matches!(&timed.action, Action::Ask(who, what) if who == client && what.name() == many.name())
            }),
            // Where a hand lets go of a split point is never quite where the lesson does.
            Action::Reshape(Reshape::Shift(from, _)) => since.iter().any(|timed| {
                matches!(&timed.action, Action::Reshape(Reshape::Shift(other, _)) if other == from)
            }),
            Action::Reshape(_) => done(action),
            Action::Operate(client, call) => since.iter().any(|timed| {
                matches!(&timed.action, Action::Operate(who, what)
                    if who == client && what.kind() == call.kind() && what.key() == call.key())
            }),
            Action::SetPace(client, pace) => self.paces.get(client) == Some(pace),
            Action::Configure(Some(node), values) => self.parameters[node.index()] == *values,
            Action::Configure(None, values) => self.parameters.iter().all(|own| own == values),
        }
    }
}

/// Every ordered pair of different sites in some groups, and whether their groups differ.
fn pairs(groups: &[Vec<Site>]) -> impl Iterator<Item = (Site, Site, bool)> + '_ {
    let sites =
        || groups.iter().enumerate().flat_map(|(group, sites)| sites.iter().map(move |&s| (group, s)));
    sites()
        .flat_map(move |(g, from)| sites().map(move |(h, to)| (from, to, g != h)).filter(|(a, b, _)| a != b))
}

fn is_move_of_same(one: &Action, other: &Action) -> bool {
    matches!((one, other), (Action::Move(one, _), Action::Move(other, _)) if one == other)
}

/// When the steps of a run begin.
struct Script {
    script: Vec<Timed>,
    /// The places in the scenario's script of what the run itself scripts.
    own: BTreeSet<usize>,
    first: World,
}

impl Script {
    /// The start of each of a lesson's steps in this run, as far as they have begun. A step without
    /// actions begins when the one before it is over.
    fn starts(&self, lesson: &Lesson, run: usize, now: Time) -> Vec<Time> {
        let mut world = self.first.clone();
        let (mut done, mut at) = (0, Time::ZERO);
        let mut starts = Vec::new();
        for index in lesson.steps_of(run) {
            let step = &lesson.steps[index];
            if step.actions.is_empty() && index > 0 && lesson.steps[index - 1].run == run {
                at += lesson.steps[index - 1].lasts;
                if at > now {
                    break;
                }
            }
            // What the run does to itself is no answer to a step: a node that the script crashes is not
            // restarted because it ran before.
            while let Some(timed) = self.script.get(done).filter(|timed| self.own.contains(&timed.step)) {
                world.apply(&timed.action);
                done += 1;
            }
            let (before, since) = (world.clone(), done);
            while !step
                .actions
                .iter()
                .all(|action| world.is_after(action, &before, &self.script[since..done]))
            {
                let Some(timed) = self.script.get(done) else { return starts };
                world.apply(&timed.action);
                at = at.max(timed.at);
                done += 1;
            }
            // A hand that still drags has not begun to watch.
            while let Some(timed) = self.script.get(done)
                && timed.at < at + step.lasts
                && step.actions.iter().any(|action| is_move_of_same(action, &timed.action))
            {
                let mut moved = world.clone();
                moved.apply(&timed.action);
                if !step
                    .actions
                    .iter()
                    .all(|action| moved.is_after(action, &before, &self.script[since..done]))
                {
                    break;
                }
                (world, at, done) = (moved, timed.at, done + 1);
            }
            starts.push(at);
        }
        starts
    }

    /// The cluster at the end of a window.
    fn world(&self, end: Time) -> World {
        let mut world = self.first.clone();
        for timed in self.script.iter().take_while(|timed| timed.at < end) {
            world.apply(&timed.action);
        }
        world
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// A step before it is not over.
    Later,
    /// It is what the reader should do now.
    Now,
    /// It is done, and this share of what is to be watched has been watched.
    Watching(f64),
    /// It was watched to its end.
    Over,
}

/// What was measured in the window of a step.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    from: Time,
    until: Time,
    /// Whether it is over: it was watched as long as it lasts, or a later step has ended it.
    ended: bool,
    numbers: BTreeMap<String, f64>,
    words: BTreeMap<String, String>,
}

/// What a reader has done of a lesson and what was measured then. Measures of a run that was left for the
/// next stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    run: Option<usize>,
    seen: BTreeMap<usize, Seen>,
}

impl Record {
    /// Looks at the run as it is now.
    pub fn observe(&mut self, lesson: &Lesson, session: &mut Session) {
        self.run = lesson.run_of(session.scenario());
        let Some(run) = self.run else { return };
        let Ok(built) = crate::build(session.scenario()) else { return };
        let first = World::new(built.setup.clone(), &built.words());
        let own = super::own_steps(&lesson.runs[run], session.scenario()).unwrap_or_default();
        let script = Script { script: built.script, own, first };
        let now = session.now();
        let steps = lesson.steps_of(run);
        self.seen.retain(|&step, _| step < steps.end);
        let starts = script.starts(lesson, run, now.max(self.until(steps.clone())));
        for (place, index) in steps.enumerate() {
            match starts.get(place) {
                Some(&from) => {
                    let whole = from + lesson.steps[index].lasts;
                    let next = starts.get(place + 1).copied();
                    let end = next.map_or(whole, |next| next.min(whole));
                    self.window(lesson, session, &script, index, from, end);
                }
                None => {
                    self.seen.remove(&index);
                }
            }
        }
    }

    /// The latest instant that was seen in some steps.
    fn until(&self, steps: std::ops::Range<usize>) -> Time {
        self.seen.range(steps).map(|(_, seen)| seen.until).max().unwrap_or(Time::ZERO)
    }

    fn window(
        &mut self,
        lesson: &Lesson,
        session: &mut Session,
        script: &Script,
        index: usize,
        from: Time,
        end: Time,
    ) {
        let seen = self.seen.entry(index).or_default();
        if seen.from != from || seen.until > end {
            *seen = Seen { from, until: from, ..Seen::default() };
        }
        let until = end.min(session.now());
        seen.ended = end <= session.now().max(seen.until);
        if until <= seen.until {
            return;
        }
        seen.until = until;
        let world = script.world(until);
        let id = lesson.steps[index].id.as_str();
        let mut names = BTreeSet::new();
        lesson.measures(&mut |measure| {
            if measure.window == id {
                names.insert(measure);
            }
        });
        let mut taken = measure::Window::new(session, &world, &script.script, from, until);
        for measure in names {
            let name = &measure.name;
            if measure.is_words() {
                let words = taken.words(name);
                words.map(|words| seen.words.insert(name.clone(), words));
            } else {
                match taken.number(name) {
                    Some(number) => seen.numbers.insert(name.clone(), number),
                    None => seen.numbers.remove(name),
                };
            }
        }
    }

    /// The value of a measure.
    #[must_use]
    pub fn number(&self, lesson: &Lesson, measure: &Measure) -> Option<f64> {
        self.seen_in(lesson, measure)?.numbers.get(&measure.name).copied()
    }

    /// The word or sentence of a measure.
    #[must_use]
    pub fn words(&self, lesson: &Lesson, measure: &Measure) -> Option<&str> {
        self.seen_in(lesson, measure)?.words.get(&measure.name).map(String::as_str)
    }

    /// Whether a condition is true; `None` while something in it was not measured.
    #[must_use]
    pub fn holds(&self, lesson: &Lesson, condition: &Condition) -> Option<bool> {
        condition.holds(&|measure| self.number(lesson, measure))
    }

    fn seen_in(&self, lesson: &Lesson, measure: &Measure) -> Option<&Seen> {
        let step = lesson.steps.iter().position(|step| step.id == measure.window)?;
        self.seen.get(&step)
    }

    /// Whether the run on the stage is one of the lesson's. If not, nothing is measured.
    #[must_use]
    pub fn is_on_course(&self) -> bool {
        self.run.is_some()
    }

    /// How far every step is.
    #[must_use]
    pub fn states(&self, lesson: &Lesson) -> Vec<State> {
        let mut open = true;
        let state = |(index, step): (usize, &super::Step)| {
            let state = match self.seen.get(&index) {
                _ if !open => State::Later,
                None => State::Now,
                Some(seen) if seen.ended => State::Over,
                // A run without a first action is begun by pressing play.
                Some(seen) if step.actions.is_empty() && seen.until == seen.from => State::Now,
                Some(seen) => State::Watching(seen.until.since(seen.from).as_ms() / step.lasts.as_ms()),
            };
            open = state == State::Over;
            state
        };
        lesson.steps.iter().enumerate().map(state).collect()
    }

    /// The node through whose eyes the run is to be seen now: as the last step of it wants that has begun, and
    /// before any has, the first.
    #[must_use]
    pub fn view(&self, lesson: &Lesson) -> Option<NodeId> {
        let steps = lesson.steps_of(self.run?);
        // A step without actions begins when time goes on.
        let has_begun = |(index, seen): &(&usize, &Seen)| {
            seen.until > seen.from || lesson.steps.get(**index).is_some_and(|step| !step.actions.is_empty())
        };
        let begun = self.seen.range(steps.clone()).rev().find(has_begun).map(|(index, _)| *index);
        lesson.steps.get(begun.unwrap_or(steps.start))?.view
    }

    /// Whether everything that a condition is about was watched to its end.
    #[must_use]
    pub fn can_judge(&self, lesson: &Lesson, condition: &Condition) -> bool {
        let states = self.states(lesson);
        let mut over = true;
        condition.measures(&mut |measure| {
            let step = lesson.steps.iter().position(|step| step.id == measure.window);
            over &= step.is_some_and(|step| states[step] == State::Over);
        });
        over
    }

    /// When the step that is being watched is over, in the time of its run.
    #[must_use]
    pub fn watch_until(&self, lesson: &Lesson) -> Option<Time> {
        let states = self.states(lesson);
        let step = states.iter().position(|state| matches!(state, State::Watching(_)))?;
        Some(self.seen.get(&step)?.from + lesson.steps[step].lasts)
    }
}
