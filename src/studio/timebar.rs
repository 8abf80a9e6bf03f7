//! What is marked on the time bar: every scripted action, and the spans in which something was broken.

use std::collections::BTreeSet;

use netsplit_scenario::model::{Scenario, StepAction};
use netsplit_sim::time::Time;
use netsplit_sim::trace::{Event, EventKind};

use crate::words;

/// The most notes that are marked on the time bar: the latest.
pub const NOTES: usize = 150;

/// What kind of trouble a band shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Links are cut.
    Cut,
    /// A node is down.
    Down,
    /// A node is paused, or slow.
    Paused,
    /// The network, a clock or a node is not what it should be: loss, skew, lies.
    Odd,
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

/// Where in the record the moments are that are worth a mark: what protocols noted, and messages that a
/// person held or released.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    seen: usize,
    found: Vec<usize>,
}

impl Moments {
    /// Takes in what is new. A record that got shorter loses its end here too.
    pub fn follow(&mut self, trace: &[Event]) {
        if trace.len() < self.seen {
            self.found.retain(|index| *index < trace.len());
            self.seen = trace.len();
        }
        for (index, event) in trace.iter().enumerate().skip(self.seen) {
            let worth_a_mark = matches!(
                event.kind,
                EventKind::Noted { .. } | EventKind::Held { .. } | EventKind::Released { .. }
            );
            if worth_a_mark {
                self.found.push(index);
            }
        }
        self.seen = trace.len();
    }

    /// The moments, the latest first.
    pub fn latest<'a>(&'a self, trace: &'a [Event]) -> impl Iterator<Item = &'a Event> {
        self.found.iter().rev().filter_map(|index| trace.get(*index))
    }
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
        follow_network(&mut bands, scenario, step.at, &step.action);
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
    let (node, what, trouble, begins) = match action {
        StepAction::Crash { node } | StepAction::CrashUnsynced { node } | StepAction::Wipe { node } => {
            // A crash also ends a pause.
            close(bands, &format!("{node} paused"), at);
            (node, "down", Trouble::Down, true)
        }
        StepAction::Restart { node } => (node, "down", Trouble::Down, false),
        StepAction::Pause { node } => (node, "paused", Trouble::Paused, true),
        StepAction::Resume { node } => (node, "paused", Trouble::Paused, false),
        StepAction::Slow { node, times } => (node, "slow", Trouble::Paused, *times > 1),
        StepAction::SetClock { node, ahead_ns, drift_ppm } => {
            (node, "clock wrong", Trouble::Odd, *ahead_ns != 0 || *drift_ppm != 0)
        }
        StepAction::Lie { node, how } => (node, "lies", Trouble::Odd, how.is_some()),
        _ => return,
    };
    open_or_close(bands, format!("{node} {what}"), trouble, at, begins);
}

/// A band for every part of the network's quality that is worse than at the start.
fn follow_network(bands: &mut Vec<Band>, scenario: &Scenario, at: Time, action: &StepAction) {
    let StepAction::SetNetwork { quality } = action else { return };
    let parts = [
        ("messages lost", quality.loss, scenario.network.loss),
        ("messages doubled", quality.duplicate, scenario.network.duplicate),
        ("messages overtake", quality.reorder, scenario.network.reorder),
    ];
    for (what, now, before) in parts {
        if let Some(now) = now {
            open_or_close(bands, what.to_owned(), Trouble::Odd, at, now > before);
        }
    }
}

fn close(bands: &mut [Band], text: &str, at: Time) {
    let open = bands.iter_mut().find(|band| band.to == Time::MAX && band.text == text);
    if let Some(band) = open {
        band.to = at;
    }
}

fn open_or_close(bands: &mut Vec<Band>, text: String, trouble: Trouble, at: Time, begins: bool) {
    let is_open = bands.iter().any(|band| band.to == Time::MAX && band.text == text);
    match (is_open, begins) {
        (true, false) => close(bands, &text, at),
        (false, true) => bands.push(Band { from: at, to: Time::MAX, trouble, text }),
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
    fn slow_nodes_wrong_clocks_lies_and_a_bad_network_have_bands() {
        let n2 = || "n2".to_owned();
        let loss = |share| StepAction::SetNetwork {
            quality: netsplit_scenario::model::Overrides { loss: Some(share), ..Default::default() },
        };
        let clock = |ahead_ns| StepAction::SetClock { node: n2(), ahead_ns, drift_ppm: 0 };
        let lie = Some(netsplit_sim::action::Lie::TwoFaced);
        let scenario = scripted(vec![
            (1, StepAction::Slow { node: n2(), times: 10 }),
            (2, clock(5)),
            (3, StepAction::Lie { node: n2(), how: lie }),
            (4, loss(0.2)),
            (5, loss(0.3)),
            (6, loss(0.0)),
            (7, StepAction::Slow { node: n2(), times: 1 }),
            (8, clock(0)),
            (9, StepAction::Wipe { node: n2() }),
            (10, StepAction::Restart { node: n2() }),
        ]);
        let bands = bands(&scenario);
        let spans: Vec<_> = bands.iter().map(|band| (band.text.as_str(), band.from.0, band.to.0)).collect();
        let for_ever = u64::MAX;
        assert_eq!(
            spans,
            [
                ("n2 down", 9, 10),
                ("n2 slow", 1, 7),
                ("n2 clock wrong", 2, 8),
                ("n2 lies", 3, for_ever),
                ("messages lost", 4, 6)
            ]
        );
    }

    #[test]
    fn the_moves_of_a_drag_are_one_mark() {
        let at = |x_km| Position { x_km, y_km: 0 };
        let moved = |x| StepAction::Move { site: "n3".into(), position: at(x) };
        let scenario = scripted(vec![(0, moved(1)), (250_000_000, moved(2)), (500_000_000, moved(3))]);
        assert_eq!(marks(&scenario), [Mark { at: Time(500_000_000), text: "moved n3".to_owned() }]);
    }
}
