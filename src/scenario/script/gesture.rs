//! Gestures in the script's terms.

use netsplit_protocols::partitioning::Layout;
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::history::{Call, Many};
use netsplit_sim::ids::{ClientId, NodeId, Site, Value};
use netsplit_sim::protocol::{About, Parameter};

use super::Standing;
use crate::built::split;
use crate::check::Sites;
use crate::model::{Overrides, ParameterValue, Parameters, StepAction};
use crate::problem::Problem;

impl Standing {
    /// A gesture as a step with names.
    pub(crate) fn step(&self, sites: &Sites, about: &About, action: &Action) -> Result<StepAction, Problem> {
        let name = |site: Site| {
            let missing = || Problem::whole(format!("there is no {site} in this scenario"));
            sites.name(site).map(str::to_owned).ok_or_else(missing)
        };
        let node = |node: NodeId| name(node.into());
        let client = |client: ClientId| name(client.into());
        let both = |a: Site, b: Site| Ok::<_, Problem>([name(a)?, name(b)?]);
        let value = |value: Value| (value != Value::FRESH).then_some(value.0);
        Ok(match action {
            Action::Cut(a, b) => StepAction::Cut { between: both(*a, *b)? },
            Action::CutOneWay(from, to) => StepAction::CutOneWay { from: name(*from)?, to: name(*to)? },
            Action::Heal(a, b) => StepAction::Heal { between: both(*a, *b)? },
            Action::HealAll => StepAction::HealAll,
            Action::Partition(groups) => {
                let group = |group: &Vec<Site>| group.iter().map(|site| name(*site)).collect();
                StepAction::Partition { groups: groups.iter().map(group).collect::<Result<_, _>>()? }
            }
            Action::Isolate(site) => StepAction::Isolate { site: name(*site)? },
            Action::Crash(n) => StepAction::Crash { node: node(*n)? },
            Action::CrashUnsynced(n) => StepAction::CrashUnsynced { node: node(*n)? },
            Action::Wipe(n) => StepAction::Wipe { node: node(*n)? },
            Action::Restart(n) => StepAction::Restart { node: node(*n)? },
            Action::Pause(n) => StepAction::Pause { node: node(*n)? },
            Action::Resume(n) => StepAction::Resume { node: node(*n)? },
            Action::Slow(n, times) => StepAction::Slow { node: node(*n)?, times: *times },
            Action::SetClock(n, ahead_ns, drift_ppm) => {
                StepAction::SetClock { node: node(*n)?, ahead_ns: *ahead_ns, drift_ppm: *drift_ppm }
            }
            Action::Lie(n, how) => StepAction::Lie { node: node(*n)?, how: *how },
            Action::DropMessage(message) => StepAction::DropMessage { message: message.0 },
            Action::DuplicateMessage(message) => StepAction::DuplicateMessage { message: message.0 },
            Action::HoldMessage(message) => StepAction::HoldMessage { message: message.0 },
            Action::ReleaseMessage(message) => StepAction::ReleaseMessage { message: message.0 },
            Action::Command(n, command, target) => {
                let Some(known) = about.commands.get(usize::from(*command)) else {
                    return Err(Problem::whole(format!("{} has no command {command}", about.id)));
                };
                let target = target.map(node).transpose()?;
                StepAction::Command { node: node(*n)?, command: known.id.to_owned(), target }
            }
            Action::Move(site, position) => StepAction::Move { site: name(*site)?, position: *position },
            Action::SetLink(a, b, quality) => StepAction::SetLink {
                between: both(*a, *b)?,
                quality: Overrides::difference(self.link(*a, *b), quality),
            },
            Action::SetNetwork(quality) => {
                StepAction::SetNetwork { quality: Overrides::difference(&self.network, quality) }
            }
            Action::Operate(c, call) => {
                let client = client(*c)?;
                match *call {
                    Call::Read { key } => StepAction::Read { client, key: key.0 },
                    Call::Write { key, value: v } => {
                        StepAction::Write { client, key: key.0, value: value(v) }
                    }
                    Call::Cas { key, from, to } => {
                        StepAction::Cas { client, key: key.0, from: from.map(|from| from.0), to: value(to) }
                    }
                    Call::Add { key, amount } => StepAction::Add { client, key: key.0, amount },
                    Call::Insert { key, value: v } => {
                        StepAction::Insert { client, key: key.0, value: value(v) }
                    }
                    Call::Remove { key, value } => StepAction::Remove { client, key: key.0, value: value.0 },
                }
            }
            Action::SetPace(c, pace) => StepAction::SetPace { client: client(*c)?, pace: *pace },
            Action::Ask(c, many) => {
                let client = client(*c)?;
                match *many {
                    Many::Scan { from, count } => StepAction::Scan { client, key: from.0, count },
                    Many::All => StepAction::QueryAll { client },
                    Many::Pair { first, second } => {
                        StepAction::Pair { client, first: first.0, second: second.0 }
                    }
                }
            }
            Action::Reshape(change) => match change {
                Reshape::Join(n) => StepAction::Join { node: node(*n)? },
                Reshape::Leave(n) => StepAction::Leave { node: node(*n)? },
                Reshape::Remove(n) => StepAction::RemoveNode { node: node(*n)? },
                Reshape::Split(key) => StepAction::Split { key: key.0 },
                Reshape::Merge(key) => StepAction::Merge { key: key.0 },
                Reshape::Shift(from, to) => StepAction::Shift { from: from.0, to: to.0 },
                Reshape::Assign(key, owners) => {
                    let owners = owners.iter().map(|n| node(*n)).collect::<Result<_, _>>()?;
                    StepAction::Assign { key: key.0, owners }
                }
            },
            Action::Configure(only, words) => {
                let (partitioning, values) = self.split_change(words);
                let values = &values;
                if values.len() != about.parameters.len() {
                    let (expected, found) = (about.parameters.len(), values.len());
                    return Err(Problem::whole(format!("expected {expected} parameters and found {found}")));
                }
                let differs = |index: usize| match only {
                    Some(node) => self.parameters(*node).get(index) != Some(&values[index]),
                    None => self.parameters.iter().any(|node| node[index] != values[index]),
                };
                let parameters = (about.parameters.iter().zip(values).enumerate())
                    .filter(|(index, _)| differs(*index))
                    .map(|(_, (p, value))| (p.id.to_owned(), ParameterValue::from_value(&p.range, *value)))
                    .collect();
                StepAction::Configure { node: only.map(node).transpose()?, parameters, partitioning }
            }
        })
    }
}

impl Standing {
    /// The changed parameters of how the data is split, and the values of the protocol's. A gesture may name only
    /// the latter.
    fn split_change(&self, words: &[u64]) -> (Parameters, Vec<u64>) {
        let whole = self.layout.as_ref().and_then(|layout| Some((layout, Layout::from_words(words)?)));
        let Some((layout, (told, length))) = whole else { return (Parameters::new(), words.to_vec()) };
        let known: Vec<Parameter> = split::parameters(layout.partitioner());
        let (before, after) = (split::values(layout), split::values(&told));
        let changed =
            known.iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after);
        let parameters = changed
            .map(|(p, (_, value))| (p.id.to_owned(), ParameterValue::from_value(&p.range, *value)))
            .collect();
        (parameters, words[length..].to_vec())
    }
}
