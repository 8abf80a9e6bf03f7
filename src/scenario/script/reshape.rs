//! Steps that only a cluster can do whose data is split.

use netsplit_protocols::partitioning::Layout;
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::history::Many;
use netsplit_sim::ids::{Key, NodeId};

use super::Standing;
use crate::built::{NEEDS_PARTITIONING, given_values, split};
use crate::check::Check;
use crate::model::{Parameters, StepAction};

impl Standing {
    /// Whether the data is split, with a problem if it is not.
    fn is_split(&self, check: &mut Check, field: &str, what: &str) -> bool {
        if self.layout.is_none() {
            check.add(format!("{field}.action"), format!("{what} {NEEDS_PARTITIONING}"));
        }
        self.layout.is_some()
    }

    /// A question about several keys.
    pub(super) fn ask(
        &self,
        check: &mut Check,
        field: &str,
        client: &str,
        named: &[(&str, u32)],
        keys: u32,
        many: Many,
    ) -> Option<Action> {
        for (name, key) in named {
            check.key(&format!("{field}.{name}"), *key, keys);
        }
        let split = self.is_split(check, field, "operations over several keys");
        let client = check.client(&format!("{field}.client"), client);
        client.filter(|_| split).map(|client| Action::Ask(client, many))
    }

    /// A change to which nodes hold the data and how it is split. What can never be done is refused here; whether
    /// the rest can be done is for the cluster to say then.
    pub(super) fn reshape(
        &self,
        check: &mut Check,
        field: &str,
        keys: u32,
        step: &StepAction,
    ) -> Option<Reshape> {
        let at = |name: &str| format!("{field}.{name}");
        if !self.is_split(check, field, "changes to which nodes hold the data") {
            return None;
        }
        let goes = |check: &mut Check, name: &str| {
            let node = check.node(&at("node"), name)?;
            if node == NodeId(0) {
                check.add(at("node"), format!("{name} keeps the map of shards and can't go"));
            }
            Some(node)
        };
        Some(match step {
            StepAction::Join { node } => Reshape::Join(check.node(&at("node"), node)?),
            StepAction::Leave { node } => Reshape::Leave(goes(check, node)?),
            StepAction::RemoveNode { node } => Reshape::Remove(goes(check, node)?),
            StepAction::Split { key } => {
                check.key(&at("key"), *key, keys);
                Reshape::Split(Key(*key))
            }
            StepAction::Merge { key } => {
                check.key(&at("key"), *key, keys);
                Reshape::Merge(Key(*key))
            }
            StepAction::Shift { from, to } => {
                check.key(&at("from"), *from, keys);
                check.key(&at("to"), *to, keys);
                Reshape::Shift(Key(*from), Key(*to))
            }
            StepAction::Assign { key, owners } => {
                check.key(&at("key"), *key, keys);
                if owners.is_empty() {
                    check.add(at("owners"), "expected the name of at least one node");
                }
                Reshape::Assign(Key(*key), check.owners(&at("owners"), owners))
            }
            _ => return None,
        })
    }

    /// How the data is split with some parameters changed.
    pub(super) fn configured(
        &self,
        check: &mut Check,
        field: &str,
        only: Option<&str>,
        given: &Parameters,
    ) -> Option<Layout> {
        if given.is_empty() {
            return self.layout.clone();
        }
        let field = format!("{field}.partitioning");
        let Some(mut layout) = self.layout.clone() else {
            check.add(field, format!("its parameters {NEEDS_PARTITIONING}"));
            return None;
        };
        if only.is_some() {
            check.add(field, "how the data is split is the same for all nodes; leave the node out");
            return Some(layout);
        }
        let partitioner = layout.partitioner();
        let all = self.parameters.len() as u16;
        let mut values = split::values(&layout);
        let known = split::parameters(partitioner);
        for (index, value) in given_values(check, &field, (partitioner.about)().id, &known, all, given) {
            values[index] = value;
        }
        split::set_values(&mut layout, &values);
        Some(layout)
    }
}
