//! What is marked on the time bar: every scripted action, and the spans in which something was broken.

use std::collections::BTreeSet;

use netsplit_scenario::model::{Scenario, StepAction};
use netsplit_sim::time::Time;

use crate::words;

/// What kind of trouble a band shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Links are cut.
    Cut,
    /// A node is down.
    Down,
    /// A node is paused.
    Paused,
}

/// A span of time in which something was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// From.
    pub from: Time,
    /// To; [`Time::MAX`] if it is never mended.
    pub to: Time,
    /// What.
    pub trouble: Trouble,
    /// In words.
    pub text: String,
}

/// An action of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Time,
    /// In words.
    pub text: String,
}

/// The marks of a script. Moves of one drag that follow each other within a second are one mark.
#[must_use]
pub fn marks(scenario: &Scenario) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for step in &scenario.script {
        let text = words::step(&step.action);
        match marks.last_mut() {
            Some(last) if last.text == text && step.at.since(last.at).0 < 1_000_000_000 => last.at = step.at,
            _ => marks.push(Mark { at: step.at, text }),
        }
    }
    marks
}

/// The bands of a script.
#[must_use]
pub fn bands(scenario: &Scenario) -> Vec<Band> {
    let mut bands = Vec::new();
    let mut cut: BTreeSet<[String; 2]> = BTreeSet::new();
    let mut began = Time::ZERO;
    for step in &scenario.script {
        let was_cut = !cut.is_empty();
        follow_cuts(&mut cut, scenario, &step.action);
        match (was_cut, !cut.is_empty()) {
            (false, true) => began = step.at,
            (true, false) => bands.push(cut_band(began, step.at)),
            _ => {}
        }
        follow_node(&mut bands, step.at, &step.action);
    }
    if !cut.is_empty() {
        bands.push(cut_band(began, Time::MAX));
    }
    bands.sort_by_key(|band| (band.trouble, band.from));
    bands
}

fn cut_band(from: Time, to: Time) -> Band {
    Band { from, to, trouble: Trouble::Cut, text: "links cut".to_owned() }
}

fn pair(a: &str, b: &str) -> [String; 2] {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    [first.to_owned(), second.to_owned()]
}

/// Keeps the set of links that are cut in at least one direction. There is one band for all cuts: from
/// the first to the moment when the last is healed.
fn follow_cuts(is_cut: &mut BTreeSet<[String; 2]>, scenario: &Scenario, action: &StepAction) {
    let mut cut = |a: &str, b: &str| {
        if a != b {
            is_cut.insert(pair(a, b));
        }
    };
    let sites = || {
        let nodes = scenario.nodes.iter().map(|node| node.name.as_str());
        nodes.chain(scenario.clients.iter().map(|client| client.name.as_str()))
    };
    match action {
        StepAction::Cut { between: [a, b] } => cut(a, b),
        StepAction::CutOneWay { from, to } => cut(from, to),
        StepAction::Isolate { site } => sites().for_each(|other| cut(site, other)),
        StepAction::Heal { between: [a, b] } => {
            is_cut.remove(&pair(a, b));
        }
        StepAction::HealAll => is_cut.clear(),
        StepAction::Partition { groups } => {
            let group = |site: &str| groups.iter().position(|group| group.iter().any(|name| name == site));
            let mut healed = Vec::new();
            for a in sites() {
                for b in sites().filter(|b| a < *b) {
                    match (group(a), group(b)) {
                        (Some(of_a), Some(of_b)) if of_a == of_b => healed.push(pair(a, b)),
                        (Some(_), Some(_)) => cut(a, b),
                        _ => {}
                    }
                }
            }
            is_cut.retain(|known| !healed.contains(known));
        }
        _ => {}
    }
}

fn follow_node(bands: &mut Vec<Band>, at: Time, action: &StepAction) {
    let (node, trouble, begins) = match action {
        StepAction::Crash { node } => (node, Trouble::Down, true),
        StepAction::Restart { node } => (node, Trouble::Down, false),
        StepAction::Pause { node } => (node, Trouble::Paused, true),
        StepAction::Resume { node } => (node, Trouble::Paused, false),
        _ => return,
    };
    let text = match trouble {
        Trouble::Down => format!("{node} down"),
        _ => format!("{node} paused"),
    };
    let open = |band: &&mut Band| band.to == Time::MAX && band.text == text;
    // A crash also ends a pause.
    if let StepAction::Crash { node } = action {
        let paused = format!("{node} paused");
        bands
            .iter_mut()
            .filter(|band| band.to == Time::MAX && band.text == paused)
            .for_each(|band| band.to = at);
    }
    match (bands.iter_mut().find(open), begins) {
        (Some(band), false) => band.to = at,
        (None, true) => bands.push(Band { from: at, to: Time::MAX, trouble, text }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::model::Step;
    use netsplit_sim::setup::Position;

    use super::*;

    fn scripted(steps: Vec<(u64, StepAction)>) -> Scenario {
        let script = steps.into_iter().map(|(at, action)| Step { at: Time(at), action }).collect();
        Scenario { script, ..Scenario::default() }
    }

    fn between(a: &str, b: &str) -> [String; 2] {
        [a.to_owned(), b.to_owned()]
    }

    #[test]
    fn a_band_lasts_from_the_first_cut_to_the_last_heal() {
        let scenario = scripted(vec![
            (10, StepAction::Cut { between: between("n1", "n2") }),
            (20, StepAction::CutOneWay { from: "n3".into(), to: "n1".into() }),
            (30, StepAction::Heal { between: between("n2", "n1") }),
            (40, StepAction::HealAll),
            (50, StepAction::Isolate { site: "n2".into() }),
        ]);
        let spans: Vec<_> = bands(&scenario).iter().map(|band| (band.from.0, band.to.0)).collect();
        assert_eq!(spans, [(10, 40), (50, u64::MAX)]);
    }

    #[test]
    fn nodes_have_their_own_bands() {
        let n2 = || "n2".to_owned();
        let scenario = scripted(vec![
            (5, StepAction::Pause { node: n2() }),
            (10, StepAction::Crash { node: n2() }),
            (20, StepAction::Restart { node: n2() }),
        ]);
        let bands = bands(&scenario);
        let spans: Vec<_> = bands.iter().map(|band| (band.text.as_str(), band.from.0, band.to.0)).collect();
        assert_eq!(spans, [("n2 down", 10, 20), ("n2 paused", 5, 10)]);
    }

    #[test]
    fn the_moves_of_a_drag_are_one_mark() {
        let at = |x_km| Position { x_km, y_km: 0 };
        let moved = |x| StepAction::Move { site: "n3".into(), position: at(x) };
        let scenario = scripted(vec![(0, moved(1)), (250_000_000, moved(2)), (500_000_000, moved(3))]);
        assert_eq!(marks(&scenario), [Mark { at: Time(500_000_000), text: "moved n3".to_owned() }]);
    }
}
