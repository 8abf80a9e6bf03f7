//! What was changed and can be taken back: gestures, edits and forks, as differences between scenarios.

use netsplit_sim::time::Time;

use crate::Scenario;
use crate::limits;
use crate::model::{Bookmark, Step};

/// One unit of undo.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    what: What,
    /// Moves of one gesture share a number.
    group: Option<u64>,
}

#[derive(Clone, Debug)]
enum What {
    /// Steps put into the script, each at its index, in this order.
    Added(Vec<(usize, Step)>),
    /// Steps cut off the end of the script, from this index on.
    CutOff(usize, Vec<Step>),
    /// Other bookmarks. These are the ones that are not in force.
    Marked(Vec<Bookmark>),
    /// Another scenario. This is the one that is not in force.
    Replaced(Box<Scenario>),
}

/// From where on the run is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affects {
    /// From its start.
    All,
    /// From this step of the script, at this time.
    From(usize, Time),
    /// Nothing.
    Nothing,
}

/// What can be taken back and made again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    done: Vec<Change>,
    undone: Vec<Change>,
    /// How many units of undo were ever made.
    made: u64,
}

/// The most steps and sites that the changes remember in all; about ten megabytes.
const WEIGHT: usize = 50_000;

impl What {
    fn weight(&self) -> usize {
        match self {
            Self::Added(steps) => steps.len(),
            Self::CutOff(_, steps) => steps.len(),
            Self::Marked(bookmarks) => bookmarks.len(),
            Self::Replaced(other) => {
                10 + other.nodes.len() + other.clients.len() + other.links.len() + other.script.len()
            }
        }
    }

    /// Takes it back in a scenario.
    fn undo(&mut self, scenario: &mut Scenario) -> Affects {
        match self {
            Self::Added(steps) => {
                for (index, _) in steps.iter().rev() {
                    scenario.script.remove(*index);
                }
                first(steps)
            }
            Self::CutOff(index, steps) => {
                scenario.script.append(steps);
                let at = scenario.script.get(*index).map(|step| step.at);
                at.map_or(Affects::Nothing, |at| Affects::From(*index, at))
            }
            Self::Marked(other) => {
                std::mem::swap(other, &mut scenario.bookmarks);
                Affects::Nothing
            }
            Self::Replaced(other) => {
                std::mem::swap(&mut **other, scenario);
                Affects::All
            }
        }
    }

    /// Makes it again in a scenario.
    fn redo(&mut self, scenario: &mut Scenario) -> Affects {
        match self {
            Self::Added(steps) => {
                for (index, step) in &*steps {
                    scenario.script.insert(*index, step.clone());
                }
                first(steps)
            }
            Self::CutOff(index, steps) => {
                *steps = scenario.script.split_off(*index);
                steps.first().map_or(Affects::Nothing, |step| Affects::From(*index, step.at))
            }
            Self::Marked(other) => {
                std::mem::swap(other, &mut scenario.bookmarks);
                Affects::Nothing
            }
            Self::Replaced(other) => {
                std::mem::swap(&mut **other, scenario);
                Affects::All
            }
        }
    }
}

fn first(steps: &[(usize, Step)]) -> Affects {
    let index = steps.iter().map(|(index, _)| *index).min();
    let at = steps.iter().map(|(_, step)| step.at).min();
    index.zip(at).map_or(Affects::Nothing, |(index, at)| Affects::From(index, at))
}

impl Changes {
    /// A step was put into the script.
    pub(crate) fn added(&mut self, index: usize, step: Step, group: Option<u64>) {
        if let Some(Change { what: What::Added(steps), group: Some(last) }) = self.done.last_mut()
            && group == Some(*last)
            && self.undone.is_empty()
        {
            steps.push((index, step));
        } else {
            self.push(What::Added(vec![(index, step)]), group);
        }
    }

    /// Several steps were put into the script at once, each at its index, in this order.
    pub(crate) fn added_all(&mut self, steps: Vec<(usize, Step)>) {
        self.push(What::Added(steps), None);
    }

    /// Steps were cut off the end of the script.
    pub(crate) fn cut_off(&mut self, index: usize, steps: Vec<Step>) {
        self.push(What::CutOff(index, steps), None);
    }

    /// The bookmarks were replaced; these are the old ones.
    pub(crate) fn marked(&mut self, old: Vec<Bookmark>) {
        self.push(What::Marked(old), None);
    }

    /// The scenario was replaced; this is the old one.
    pub(crate) fn replaced(&mut self, old: Scenario, group: Option<u64>) {
        if let Some(Change { what: What::Replaced(_), group: Some(last) }) = self.done.last()
            && group == Some(*last)
            && self.undone.is_empty()
        {
            // Undo goes back to before the first of the group.
            return;
        }
        self.push(What::Replaced(Box::new(old)), group);
    }

    fn push(&mut self, what: What, group: Option<u64>) {
        self.undone.clear();
        self.made += 1;
        self.done.push(Change { what, group });
        let weight = |changes: &[Change]| changes.iter().map(|change| change.what.weight()).sum::<usize>();
        while self.done.len() > 1 && (self.done.len() > limits::UNDO || weight(&self.done) > WEIGHT) {
            self.done.remove(0);
        }
    }

    /// How many units of undo were ever made, those that were taken back included.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    pub(crate) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(crate) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Takes the last change back in a scenario.
    pub(crate) fn undo(&mut self, scenario: &mut Scenario) -> Option<Affects> {
        let mut change = self.done.pop()?;
        let affects = change.what.undo(scenario);
        // A later move of the same gesture starts a unit of its own.
        change.group = None;
        self.undone.push(change);
        Some(affects)
    }

    /// Makes the last change that was taken back again.
    pub(crate) fn redo(&mut self, scenario: &mut Scenario) -> Option<Affects> {
        let mut change = self.undone.pop()?;
        let affects = change.what.redo(scenario);
        self.done.push(change);
        Some(affects)
    }
}
