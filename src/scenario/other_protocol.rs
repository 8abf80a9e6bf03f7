//! The same scenario under another protocol: what a comparison needs.

use netsplit_sim::protocol::About;

use crate::model::{Parameters, ProtocolChoice, Scenario, Step, StepAction};
use crate::script::parameter_value;

impl Scenario {
    /// The same cluster, clients, faults and seed under another protocol, and the steps of the script that
    /// make no sense there and are left out.
    ///
    /// The new protocol has its default parameters, but for those that both have under one name and for
    /// which the old value is one of the new protocol's. A step is left out if it is a command that the new
    /// protocol does not know, if it changes parameters that it does not have (of a step that changes others
    /// too, only that part is left out), or if it is about one message: its number is another message's there.
    ///
    /// A protocol that nobody knows is put in all the same, and is complained about when the scenario is
    /// built.
    #[must_use]
    pub fn with_protocol(&self, id: &str) -> (Self, Vec<Step>) {
        let mut other = self.clone();
        other.protocol.name = id.to_owned();
        let Some(entry) = netsplit_protocols::find(id) else {
            other.protocol.parameters.clear();
            return (other, Vec::new());
        };
        let about = (entry.about)();
        let nodes = self.group();
        let (parameters, _) = split(&self.protocol.parameters, &about, nodes);
        other.protocol = ProtocolChoice { name: id.to_owned(), parameters };
        let same = self.protocol.name == id;
        let mut dropped = Vec::new();
        other.script.clear();
        for step in &self.script {
            let (keep, drop) =
                if same { (Some(step.action.clone()), None) } else { judge(step, &about, nodes) };
            let with = |action| Step { at: step.at, action };
            other.script.extend(keep.map(with));
            dropped.extend(drop.map(with));
        }
        (other, dropped)
    }
}

/// What of a step stays, and what is left out.
fn judge(step: &Step, about: &About, nodes: u16) -> (Option<StepAction>, Option<StepAction>) {
    let stays = match &step.action {
        StepAction::Configure { node, parameters, partitioning } => {
            let (known, unknown) = split(parameters, about, nodes);
            let part = |parameters: Parameters, partitioning: Parameters| {
                let some = !parameters.is_empty() || !partitioning.is_empty();
                some.then(|| StepAction::Configure { node: node.clone(), parameters, partitioning })
            };
            return (part(known, partitioning.clone()), part(unknown, Parameters::new()));
        }
        StepAction::Command { command, target, .. } => {
            about.commands.iter().any(|known| known.id == command && known.target == target.is_some())
        }
        StepAction::DropMessage { .. }
        | StepAction::DuplicateMessage { .. }
        | StepAction::HoldMessage { .. }
        | StepAction::ReleaseMessage { .. } => false,
        _ => true,
    };
    let action = Some(step.action.clone());
    if stays { (action, None) } else { (None, action) }
}

/// The parameters that a protocol has, with values that it takes, and the others.
fn split(given: &Parameters, about: &About, nodes: u16) -> (Parameters, Parameters) {
    given.clone().into_iter().partition(|(id, value)| {
        let own = about.parameters.iter().find(|parameter| parameter.id == id);
        own.is_some_and(|parameter| parameter_value(&parameter.range, nodes, value).is_ok())
    })
}
