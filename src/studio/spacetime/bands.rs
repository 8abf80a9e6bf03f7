//! Trouble on each line of the space-time diagram, read from the script: when a node was down or paused, and when some
//! link of a site was cut. The bands of the time bar say that something was broken; these say where.

use std::collections::BTreeSet;

use netsplit_scenario::model::{Scenario, StepAction};
use netsplit_sim::time::Time;

use crate::timebar::Trouble;
use crate::words::Names;

/// A span of trouble on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spell {
    /// The line: nodes first, then clients.
    pub(crate) line: usize,
    pub(crate) from: Time,
    /// [`Time::MAX`] if the script does not end it.
    pub(crate) to: Time,
    pub(crate) trouble: Trouble,
}

/// Every span of trouble in a script.
pub(crate) fn spells(scenario: &Scenario, names: &Names) -> Vec<Spell> {
    let mut state = State { names, cuts: BTreeSet::new(), spells: Vec::new() };
    for step in &scenario.script {
        state.follow(step.at, &step.action);
    }
    state.spells
}

struct State<'a> {
    names: &'a Names,
    /// The links that are cut in some direction, by the lines of their ends, the lower first.
    cuts: BTreeSet<(usize, usize)>,
    spells: Vec<Spell>,
}

impl State<'_> {
    fn count(&self) -> usize {
        self.names.nodes.len() + self.names.clients.len()
    }

    fn line(&self, name: &str) -> Option<usize> {
        let node = self.names.nodes.iter().position(|node| node == name);
        let client = || self.names.clients.iter().position(|client| client == name);
        node.or_else(|| client().map(|client| client + self.names.nodes.len()))
    }

    fn follow(&mut self, at: Time, action: &StepAction) {
        match action {
            StepAction::Crash { node } | StepAction::CrashUnsynced { node } | StepAction::Wipe { node } => {
                self.turn(node, Trouble::Paused, at, false);
                self.turn(node, Trouble::Down, at, true);
            }
            StepAction::Restart { node } => self.turn(node, Trouble::Down, at, false),
            StepAction::Pause { node } => self.turn(node, Trouble::Paused, at, true),
            StepAction::Resume { node } => self.turn(node, Trouble::Paused, at, false),
            _ => self.follow_cuts(at, action),
        }
    }

    fn turn(&mut self, node: &str, trouble: Trouble, at: Time, begins: bool) {
        if let Some(line) = self.line(node) {
            self.set(line, trouble, at, begins);
        }
    }

    /// Begins or ends a spell, if that is news.
    fn set(&mut self, line: usize, trouble: Trouble, at: Time, begins: bool) {
        let is_open =
            |spell: &&mut Spell| spell.line == line && spell.trouble == trouble && spell.to == Time::MAX;
        match (self.spells.iter_mut().find(is_open), begins) {
            (Some(spell), false) => spell.to = at,
            (None, true) => self.spells.push(Spell { line, from: at, to: Time::MAX, trouble }),
            _ => {}
        }
    }

    fn follow_cuts(&mut self, at: Time, action: &StepAction) {
        let count = self.count();
        let pair = |a: usize, b: usize| (a.min(b), a.max(b));
        let both = |a: &str, b: &str| Some(pair(self.line(a)?, self.line(b)?));
        let mut cut = Vec::new();
        let mut healed = Vec::new();
        match action {
            StepAction::Cut { between: [a, b] } => cut.extend(both(a, b)),
            StepAction::CutOneWay { from, to } => cut.extend(both(from, to)),
            StepAction::Heal { between: [a, b] } => healed.extend(both(a, b)),
            StepAction::Isolate { site } => {
                if let Some(site) = self.line(site) {
                    cut.extend((0..count).filter(|other| *other != site).map(|other| pair(site, other)));
                }
            }
            StepAction::HealAll => healed.extend(self.cuts.iter().copied()),
            StepAction::Partition { groups } => {
                let group = |line: usize| {
                    groups.iter().position(|group| group.iter().any(|name| self.line(name) == Some(line)))
                };
                let groups: Vec<_> = (0..count).map(group).collect();
                for a in 0..count {
                    for b in a + 1..count {
                        match (groups[a], groups[b]) {
                            (Some(of_a), Some(of_b)) if of_a == of_b => healed.push((a, b)),
                            (Some(_), Some(_)) => cut.push((a, b)),
                            _ => {}
                        }
                    }
                }
            }
            _ => return,
        }
        for pair in &healed {
            self.cuts.remove(pair);
        }
        self.cuts.extend(&cut);
        for (a, b) in cut.into_iter().chain(healed) {
            for line in [a, b] {
                let is_cut = self.cuts.iter().any(|(a, b)| *a == line || *b == line);
                self.set(line, Trouble::Cut, at, is_cut);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::model::Step;

    use super::*;

    #[test]
    fn each_line_has_its_own_trouble() {
        let names = Names { nodes: vec!["n1".into(), "n2".into(), "n3".into()], clients: vec!["c1".into()] };
        let steps = vec![
            (5, StepAction::Pause { node: "n2".into() }),
            (10, StepAction::Crash { node: "n2".into() }),
            (20, StepAction::Restart { node: "n2".into() }),
            (30, StepAction::Cut { between: ["n1".into(), "c1".into()] }),
            (35, StepAction::Isolate { site: "n1".into() }),
            (40, StepAction::Heal { between: ["c1".into(), "n1".into()] }),
            (50, StepAction::HealAll),
        ];
        let script = steps.into_iter().map(|(at, action)| Step { at: Time(at), action }).collect();
        let scenario = Scenario { script, ..Scenario::default() };
        let found: Vec<_> = spells(&scenario, &names)
            .iter()
            .map(|spell| (spell.line, spell.from.0, spell.to.0, spell.trouble))
            .collect();
        assert_eq!(
            found,
            [
                (1, 5, 10, Trouble::Paused),
                (1, 10, 20, Trouble::Down),
                (0, 30, 50, Trouble::Cut),
                (3, 30, 40, Trouble::Cut),
                (1, 35, 50, Trouble::Cut),
                (2, 35, 50, Trouble::Cut),
            ]
        );
    }
}
