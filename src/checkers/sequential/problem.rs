//! The question: which operations are to be ordered, and what each of them demands.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::Key;

use crate::content::Content;
use crate::observation::{Call, Observation, Observations, Outcome};
use crate::register::{Action, State};

/// What has to be true of an operation's place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// It saw this state.
    Saw(State),
    /// It did not find this state.
    Missed(State),
    /// It took effect.
    Done,
    /// It may take effect or not.
    Nothing,
}

/// An operation to be ordered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) session: usize,
    pub(super) key: usize,
    pub(super) action: Action,
    pub(super) demand: Demand,
    pub(super) invoked: u64,
    pub(super) returned: u64,
}

impl Step {
    /// Whether it has to be in the order.
    pub(super) fn is_known(&self) -> bool {
        self.demand != Demand::Nothing
    }

    /// The state that it has to find, as far as that is one state.
    pub(super) fn needs(&self) -> Option<State> {
        match (self.demand, self.action) {
            (Demand::Saw(state), _) => Some(state),
            (Demand::Done, Action::Cas { from, .. }) => Some(from),
            _ => None,
        }
    }

    /// The state that it leaves behind if it takes effect, where that does not depend on the one before.
    pub(super) fn writes(&self) -> Option<State> {
        match self.demand {
            Demand::Saw(_) | Demand::Missed(_) => None,
            Demand::Done | Demand::Nothing => self.action.writes(),
        }
    }
}

/// What is to be ordered.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The operations in the order of their calls.
    pub(super) steps: Vec<Step>,
    /// By session, the operations that have to be in the order, and those that may be, in the order of their calls.
    pub(super) known: Vec<Vec<usize>>,
    pub(super) optional: Vec<Vec<usize>>,
    /// By key: whether it is a register, so that what is written does not depend on what was there.
    pub(super) registers: Vec<bool>,
}

impl Problem {
    /// All answers of a history.
    pub(super) fn whole(observations: &Observations) -> Self {
        Self::of(observations, |_| true)
    }

    /// Only those answers of a history that count; of the others nobody knows.
    pub(super) fn of(observations: &Observations, counts: impl Fn(&Observation) -> bool) -> Self {
        let sets = sets(observations);
        let mut contents: BTreeMap<Key, Content> = BTreeMap::new();
        let mut builds = BTreeSet::new();
        for operation in observations.operations.iter().filter(|operation| operation.call.builds()) {
            let content = contents.entry(operation.key).or_default();
            *content = content.with(operation.call);
            builds.insert(operation.key);
        }
        let mut problem =
            Self { steps: Vec::new(), known: Vec::new(), optional: Vec::new(), registers: Vec::new() };
        let (mut keys, mut sessions) = (BTreeMap::new(), BTreeMap::new());
        for operation in &observations.operations {
            let content = contents.get(&operation.key).copied().unwrap_or_default();
            let action = content.action(observations, operation.call);
            let demand = match operation.outcome {
                Outcome::Refused => continue,
                _ if !counts(operation) && operation.may_update() => Demand::Nothing,
                _ if !counts(operation) => continue,
                Outcome::Pending | Outcome::Unknown if operation.call == Call::Read => continue,
                Outcome::Pending | Outcome::Unknown => Demand::Nothing,
                Outcome::Read(value) => Demand::Saw(content.state(observations, value)),
                Outcome::Values(id) => match observations.values_of(id) {
                    values if sets.contains(&operation.key) => Demand::Saw(State::set(values)),
                    values => Demand::Saw(content.state(observations, values.first().copied())),
                },
                Outcome::Done => Demand::Done,
                Outcome::NotSwapped => match action {
                    Action::Cas { from, .. } => Demand::Missed(from),
                    _ => continue,
                },
            };
            let key = *keys.entry(operation.key).or_insert_with(|| {
                problem.registers.push(!builds.contains(&operation.key));
                problem.registers.len() - 1
            });
            let session = *sessions.entry(operation.session).or_insert_with(|| {
                problem.known.push(Vec::new());
                problem.optional.push(Vec::new());
                problem.known.len() - 1
            });
            let returned = operation.returned.unwrap_or(u64::MAX);
            let side = if demand == Demand::Nothing { &mut problem.optional } else { &mut problem.known };
            side[session].push(problem.steps.len());
            let invoked = operation.invoked;
            problem.steps.push(Step { session, key, action, demand, invoked, returned });
        }
        problem.forget_the_useless();
        problem
    }

    /// Leaves out the optional updates of registers that nobody needs: in no order is anything lost without them.
    fn forget_the_useless(&mut self) {
        let mut needed = BTreeSet::new();
        let mut missed = BTreeSet::new();
        for step in &self.steps {
            needed.extend(step.needs().map(|state| (step.key, state)));
            match (step.demand, step.action) {
                (Demand::Missed(_), _) => {
                    missed.insert(step.key);
                }
                (Demand::Nothing, Action::Cas { from, .. }) => {
                    needed.insert((step.key, from));
                }
                _ => {}
            }
        }
        let (steps, registers) = (&self.steps, &self.registers);
        let is_useful = |&index: &usize| {
            let step = &steps[index];
            let written = step.writes().filter(|_| registers[step.key] && !missed.contains(&step.key));
            written.is_none_or(|state| needed.contains(&(step.key, state)))
        };
        for optional in &mut self.optional {
            optional.retain(is_useful);
        }
    }

    /// Whether everything that was found in a register was written by somebody.
    pub(super) fn explains_every_value(&self) -> bool {
        let writes = |step: &Step| Some((step.key, step.writes()?));
        let written: BTreeSet<_> = self.steps.iter().filter_map(writes).collect();
        self.steps.iter().filter(|step| self.registers[step.key]).all(|step| {
            let found = step.needs().filter(|state| *state != State::default());
            found.is_none_or(|state| written.contains(&(step.key, state)))
        })
    }
}

/// The keys that are sets.
pub(super) fn sets(observations: &Observations) -> BTreeSet<Key> {
    let is_of_set = |one: &&Observation| matches!(one.call, Call::Insert(_) | Call::Remove(_));
    observations.operations.iter().filter(is_of_set).map(|one| one.key).collect()
}
