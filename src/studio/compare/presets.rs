//! What is worth comparing with: for the protocol at hand, one of its parameters turned to the other end, and another
//! protocol that promises more, or less. All of it is read off the protocols' own descriptions.

use netsplit_scenario::Scenario;
use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::{Consistency, Parameter, Range};
use netsplit_sim::time::Span;

use super::Side;
use crate::studio::Studio;
use crate::units;

/// How many parameters are offered.
const PARAMETERS: usize = 2;

/// A run to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// What differs, in a few words.
    pub text: String,
    /// Why that is worth a look, in one sentence.
    pub hint: String,
}

impl Studio {
    /// What B can be made of: texts, and the scenarios.
    pub(super) fn presets(&self) -> Vec<(Preset, Scenario)> {
        let about = self.session.about();
        let values = self.session.parameters(NodeId(0));
        let nodes = self.session.group();
        let mut with_values: Vec<(&Parameter, u64)> = about.parameters.iter().zip(values).collect();
        // How many copies and which way first: those are what the book is about. Times and counts are tuning.
        with_values.sort_by_key(|(parameter, _)| match parameter.range {
            Range::Choice { .. } | Range::Replicas { .. } => 0,
            Range::Count { .. } | Range::Time { .. } => 1,
        });
        let parameters = with_values.into_iter().filter_map(|(parameter, value)| {
            let to = turned(parameter, value, nodes)?;
            let mut scenario = self.session.scenario().clone();
            scenario.protocol.set(parameter, to, nodes);
            let equals = if matches!(parameter.range, Range::Choice { .. }) { ":" } else { " =" };
            let text = format!("{}{equals} {}", parameter.title, in_words(parameter, to));
            let hint = format!("A has {}. {}", in_words(parameter, value), parameter.summary);
            Some((Preset { text, hint }, scenario))
        });
        let mut presets: Vec<_> = parameters.take(PARAMETERS).collect();
        presets.extend(self.other_protocol());
        presets
    }

    /// A protocol that is as different as can be: a weak one if this is strong, and a strong one otherwise.
    fn other_protocol(&self) -> Option<(Preset, Scenario)> {
        let here = self.session.contract().consistency;
        let strong = here == Consistency::Linearizable;
        let nodes = self.session.group();
        let found = netsplit_protocols::ALL.iter().find_map(|entry| {
            let about = (entry.about)();
            let parameters: Vec<u64> =
                about.parameters.iter().map(|parameter| parameter.range.default_value(nodes)).collect();
            let there = (entry.contract)(&parameters, nodes).consistency;
            let other = if strong { there > Consistency::Causal } else { there == Consistency::Linearizable };
            (other && about.id != self.session.about().id && nodes > 1).then_some((about, there))
        });
        let (about, there) = found?;
        let (scenario, _) = self.session.scenario().with_protocol(about.id);
        let name = |model: Consistency| match model {
            Consistency::None => "no promise",
            model => model.name(),
        };
        let preset = Preset {
            text: format!("{} instead", about.title),
            hint: format!("A: {}; B: {}. {}", name(here), name(there), about.summary),
        };
        Some((preset, scenario))
    }

    /// Makes B of A with the difference of a preset.
    pub(super) fn make_preset(&mut self, number: usize) {
        if !self.is_comparing() {
            return;
        }
        let Some((preset, scenario)) = self.presets().into_iter().nth(number) else { return };
        self.group += 1;
        let sites = (self.names.nodes.len(), self.names.clients.len());
        self.on_side(Side::B, |studio| {
            if studio.edit(scenario) && sites != (studio.names.nodes.len(), studio.names.clients.len()) {
                studio.fit();
            }
        });
        self.say(format!("B is now A with this difference: {}", preset.text));
    }
}

/// The value at the other end.
fn turned(parameter: &Parameter, value: u64, nodes: u16) -> Option<u64> {
    let (least, most) = parameter.range.bounds(nodes);
    let to = match parameter.range {
        Range::Choice { .. } => {
            if value == least {
                least + 1
            } else {
                least
            }
        }
        Range::Replicas { .. } => {
            if value == least {
                (u64::from(nodes) / 2 + 1).clamp(least, most)
            } else {
                least
            }
        }
        Range::Count { .. } | Range::Time { .. } => return None,
    };
    (to != value && to <= most).then_some(to)
}

fn in_words(parameter: &Parameter, value: u64) -> String {
    match &parameter.range {
        Range::Choice { of, .. } => {
            of.get(value as usize).map_or_else(|| value.to_string(), |choice| choice.title.to_owned())
        }
        Range::Replicas { .. } | Range::Count { .. } => value.to_string(),
        Range::Time { .. } => units::span(Span(value)),
    }
}
