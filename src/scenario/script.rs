//! The script in the kernel's terms, and gestures in the script's terms.
//!
//! A step may say only what changes ("loss = 0.3 on this link"). What stays is known by going through
//! the script from its start: that is [`Standing`], the qualities and parameters as the steps so far
//! leave them. It depends on nothing but the scenario.

use std::collections::BTreeMap;

use netsplit_sim::action::Action;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{ClientId, Key, MessageId, NodeId, Site, Value};
use netsplit_sim::protocol::{About, Range};
use netsplit_sim::setup::{LinkQuality, Pace, Setup};
use netsplit_sim::time::Time;

use crate::built::{Timed, parameter_values};
use crate::check::{Check, Sites};
use crate::limits;
use crate::model::{Overrides, ParameterValue, Parameters, Scenario, StepAction};
use crate::problem::{Problem, one_of};

/// Link qualities and parameters as the steps so far leave them.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    network: LinkQuality,
    links: BTreeMap<(Site, Site), LinkQuality>,
    parameters: Vec<Vec<u64>>,
}

impl Standing {
    /// Before the first step.
    pub(crate) fn new(scenario: &Scenario, setup: &Setup, parameters: &[u64]) -> Self {
        let links = setup.links.iter().map(|link| (ordered(link.a, link.b), link.quality)).collect();
        Self { network: scenario.network, links, parameters: vec![parameters.to_vec(); scenario.nodes.len()] }
    }

    /// Follows actions that have been applied.
    pub(crate) fn follow<'a>(&mut self, actions: impl IntoIterator<Item = &'a Action>) {
        for action in actions {
            match action {
                Action::SetLink(a, b, quality) => {
                    self.links.insert(ordered(*a, *b), *quality);
                }
                Action::SetNetwork(quality) => {
                    self.network = *quality;
                    self.links.clear();
                }
                Action::Configure(Some(node), values) => {
                    if let Some(parameters) = self.parameters.get_mut(node.index()) {
                        parameters.clone_from(values);
                    }
                }
                Action::Configure(None, values) => self.parameters.fill(values.clone()),
                _ => {}
            }
        }
    }

    /// The parameters of a node.
    pub(crate) fn parameters(&self, node: NodeId) -> &[u64] {
        self.parameters.get(node.index()).map_or(&[], Vec::as_slice)
    }

    /// The parameters of every node.
    pub(crate) fn each_parameters(&self) -> &[Vec<u64>] {
        &self.parameters
    }

    /// The whole script as actions, with a problem for each step that is wrong.
    pub(crate) fn script(&mut self, check: &mut Check, about: &About, scenario: &Scenario) -> Vec<Timed> {
        let mut script = Vec::new();
        let mut last = Time::ZERO;
        for (index, step) in scenario.script.iter().enumerate() {
            let field = format!("script[{}]", index + 1);
            if step.at > limits::TIME {
                let most = limits::TIME.as_ms();
                check.add(format!("{field}.at_ms"), format!("expected at most {most} milliseconds, a day"));
            }
            if step.at < last {
                check.add(
                    format!("{field}.at_ms"),
                    "is before the step above it; write the steps in the order of time",
                );
            }
            last = last.max(step.at);
            let actions = self.actions(check, &field, about, scenario.keys, &step.action);
            self.follow(&actions);
            script.extend(actions.into_iter().map(|action| Timed { at: step.at, step: index, action }));
        }
        check_values(check, scenario, &script);
        script
    }

    /// One step as actions; none if it is wrong.
    pub(crate) fn actions(
        &self,
        check: &mut Check,
        field: &str,
        about: &About,
        keys: u32,
        step: &StepAction,
    ) -> Vec<Action> {
        let at = |name: &str| format!("{field}.{name}");
        let between = |check: &mut Check, [a, b]: &[String; 2]| check.pair(&at("between"), a, b);
        let node = |check: &mut Check, name: &str| check.node(&at("node"), name);
        let one = match step {
            StepAction::Cut { between: ends } => between(check, ends).map(|(a, b)| Action::Cut(a, b)),
            StepAction::CutOneWay { from, to } => {
                check.pair(&at("from"), from, to).map(|(from, to)| Action::CutOneWay(from, to))
            }
            StepAction::Heal { between: ends } => between(check, ends).map(|(a, b)| Action::Heal(a, b)),
            StepAction::HealAll => Some(Action::HealAll),
            StepAction::Partition { groups } => partition(check, &at("groups"), groups),
            StepAction::Isolate { site } => check.site(&at("site"), site).map(Action::Isolate),
            StepAction::Crash { node: name } => node(check, name).map(Action::Crash),
            StepAction::CrashUnsynced { node: name } => node(check, name).map(Action::CrashUnsynced),
            StepAction::Wipe { node: name } => node(check, name).map(Action::Wipe),
            StepAction::Restart { node: name } => node(check, name).map(Action::Restart),
            StepAction::Pause { node: name } => node(check, name).map(Action::Pause),
            StepAction::Resume { node: name } => node(check, name).map(Action::Resume),
            StepAction::Slow { node: name, times } => {
                check.whole(&at("times"), (*times).into(), 1, limits::SLOW.into());
                node(check, name).map(|node| Action::Slow(node, *times))
            }
            StepAction::SetClock { node: name, ahead_ns, drift_ppm } => {
                check.clock(&at("ahead_ms"), *ahead_ns, &at("drift_ppm"), *drift_ppm);
                node(check, name).map(|node| Action::SetClock(node, *ahead_ns, *drift_ppm))
            }
            StepAction::Lie { node: name, how } => node(check, name).map(|node| Action::Lie(node, *how)),
            StepAction::DropMessage { message } => Some(Action::DropMessage(MessageId(*message))),
            StepAction::DuplicateMessage { message } => Some(Action::DuplicateMessage(MessageId(*message))),
            StepAction::HoldMessage { message } => Some(Action::HoldMessage(MessageId(*message))),
            StepAction::ReleaseMessage { message } => Some(Action::ReleaseMessage(MessageId(*message))),
            StepAction::Command { node: name, command: id, target } => {
                let node = node(check, name);
                let (command, target) = command(check, field, about, id, target.as_deref());
                node.zip(command).map(|(node, command)| Action::Command(node, command, target))
            }
            StepAction::Move { site, position } => {
                check.position(field, *position);
                check.site(&at("site"), site).map(|site| Action::Move(site, *position))
            }
            StepAction::SetLink { between: ends, quality } => {
                check.quality(field, quality);
                between(check, ends).map(|(a, b)| Action::SetLink(a, b, quality.over(self.link(a, b))))
            }
            StepAction::SetNetwork { quality } => {
                check.quality(field, quality);
                Some(Action::SetNetwork(quality.over(&self.network)))
            }
            StepAction::Read { client, key } => {
                operate(check, field, client, keys, Call::Read { key: Key(*key) })
            }
            StepAction::Write { client, key, value } => {
                let value = value.map_or(Value::FRESH, Value);
                operate(check, field, client, keys, Call::Write { key: Key(*key), value })
            }
            StepAction::Cas { client, key, from, to } => {
                if let Some(from) = *from {
                    check.whole(&at("from"), from, 1, limits::VALUE);
                }
                let to = to.map_or(Value::FRESH, Value);
                operate(check, field, client, keys, Call::Cas { key: Key(*key), from: from.map(Value), to })
            }
            StepAction::Add { client, key, amount } => {
                check.signed(&at("amount"), *amount, limits::AMOUNT);
                operate(check, field, client, keys, Call::Add { key: Key(*key), amount: *amount })
            }
            StepAction::Insert { client, key, value } => {
                let value = value.map_or(Value::FRESH, Value);
                operate(check, field, client, keys, Call::Insert { key: Key(*key), value })
            }
            StepAction::Remove { client, key, value } => {
                check.whole(&at("value"), *value, 1, limits::VALUE);
                let value = Value(*value);
                operate(check, field, client, keys, Call::Remove { key: Key(*key), value })
            }
            StepAction::SetPace { client, pace } => {
                check.pace(&at("pace"), *pace);
                check.client(&at("client"), client).map(|client| Action::SetPace(client, *pace))
            }
            StepAction::Configure { node: name, parameters } => {
                return self.configure(check, field, about, name.as_deref(), parameters);
            }
        };
        one.into_iter().collect()
    }

    fn link(&self, a: Site, b: Site) -> &LinkQuality {
        self.links.get(&ordered(a, b)).unwrap_or(&self.network)
    }

    fn configure(
        &self,
        check: &mut Check,
        field: &str,
        about: &About,
        only: Option<&str>,
        given: &Parameters,
    ) -> Vec<Action> {
        let nodes = self.parameters.len() as u16;
        let changes = parameter_values(check, &format!("{field}.parameters"), about, nodes, given);
        let only = match only {
            None => None,
            Some(name) => match check.node(&format!("{field}.node"), name) {
                Some(node) => Some(node),
                None => return Vec::new(),
            },
        };
        let changed = |before: &[u64]| {
            let mut values = before.to_vec();
            for &(index, value) in &changes {
                values[index] = value;
            }
            values
        };
        let each: Vec<Vec<u64>> = self.parameters.iter().map(|before| changed(before)).collect();
        match only {
            Some(node) => vec![Action::Configure(Some(node), changed(self.parameters(node)))],
            // Nodes that stay different from each other in what this step does not name get their own.
            None if each.windows(2).any(|pair| pair[0] != pair[1]) => (each.into_iter().enumerate())
                .map(|(n, values)| Action::Configure(Some(NodeId(n as u16)), values))
                .collect(),
            None => vec![Action::Configure(None, changed(self.parameters(NodeId(0))))],
        }
    }

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
                    Call::Remove { key, value } => {
                        StepAction::Remove { client, key: key.0, value: value.0 }
                    }
                }
            }
            Action::SetPace(c, pace) => StepAction::SetPace { client: client(*c)?, pace: *pace },
            Action::Configure(only, values) => {
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
                StepAction::Configure { node: only.map(node).transpose()?, parameters }
            }
        })
    }
}

fn ordered(a: Site, b: Site) -> (Site, Site) {
    (a.min(b), a.max(b))
}

fn partition(check: &mut Check, field: &str, groups: &[Vec<String>]) -> Option<Action> {
    let before = check.problems.len();
    let mut seen: Vec<&str> = Vec::new();
    for name in groups.iter().flatten() {
        if seen.contains(&name.as_str()) {
            check.add(field, format!("{name} is in two groups"));
        }
        if seen.len() > limits::SITES {
            check.add(field, format!("expected at most {} sites", limits::SITES));
            return None;
        }
        seen.push(name);
    }
    let groups = groups
        .iter()
        .map(|group| group.iter().filter_map(|name| check.site(field, name)).collect())
        .collect();
    (check.problems.len() == before).then_some(Action::Partition(groups))
}

fn operate(check: &mut Check, field: &str, client: &str, keys: u32, call: Call) -> Option<Action> {
    let key = call.key().0;
    if key >= keys {
        let found = key.wrapping_add(1);
        check.add(format!("{field}.key"), format!("expected a key from 1 to {keys} and found {found}"));
    }
    let client = check.client(&format!("{field}.client"), client)?;
    Some(Action::Operate(client, call))
}

/// The index of a command of the protocol, and the node that it is about where it needs one. What is
/// wrong leaves no command.
fn command(
    check: &mut Check,
    field: &str,
    about: &About,
    id: &str,
    target: Option<&str>,
) -> (Option<u8>, Option<NodeId>) {
    let at = |name: &str| format!("{field}.{name}");
    let found = about.commands.iter().position(|command| command.id == id);
    let Some(index) = found else {
        let protocol = about.id;
        let message = if about.commands.is_empty() {
            format!("{protocol} has no commands, and found {id:?}")
        } else {
            let ids = one_of(about.commands.iter().map(|command| command.id));
            format!("expected a command of {protocol}, {ids}, and found {id:?}")
        };
        check.add(at("command"), message);
        return (None, None);
    };
    let target = match (about.commands[index].target, target) {
        (true, Some(name)) => match check.node(&at("target"), name) {
            Some(node) => Some(node),
            None => return (None, None),
        },
        (true, None) => {
            check.add(at("target"), format!("is missing; {id} is about a node, which has to be named"));
            return (None, None);
        }
        (false, Some(_)) => {
            check.add(at("target"), format!("is no field here; {id} is about no other node"));
            return (None, None);
        }
        (false, None) => None,
    };
    (u8::try_from(index).ok(), target)
}

/// A read must tell which write it saw: no two operations may write the same value.
fn check_values(check: &mut Check, scenario: &Scenario, script: &[Timed]) {
    let writes_by_itself = |pace: Pace| pace != Pace::Silent;
    let drawn = scenario.clients.iter().any(|client| writes_by_itself(client.pace))
        || script.iter().any(|timed| match timed.action {
            Action::SetPace(_, pace) => writes_by_itself(pace),
            Action::Operate(_, call) => call.writes() == Some(Value::FRESH),
            _ => false,
        });
    let least = if drawn { limits::SCRIPT_VALUES } else { 1 };
    let mut written: BTreeMap<u64, (usize, Option<u32>)> = BTreeMap::new();
    for (index, step) in scenario.script.iter().enumerate() {
        // An element may come into the same set again: a set that can't take it back shows that so.
        let (name, value, set) = match step.action {
            StepAction::Write { value: Some(value), .. } => ("value", value, None),
            StepAction::Cas { to: Some(to), .. } => ("to", to, None),
            StepAction::Insert { value: Some(value), key, .. } => ("value", value, Some(key)),
            _ => continue,
        };
        let field = format!("script[{}].{name}", index + 1);
        check.whole(&field, value, least, limits::VALUE);
        if let Some((other, other_set)) = written.insert(value, (index, set))
            && (set.is_none() || set != other_set)
        {
            let other = other + 1;
            check.add(
                field,
                format!("script[{other}] writes {value} already; leave it out for a value of its own"),
            );
        }
    }
}

/// A parameter's value for the kernel, or what was expected.
pub(crate) fn parameter_value(range: &Range, nodes: u16, value: &ParameterValue) -> Result<u64, String> {
    let (least, most) = range.bounds(nodes);
    match (range, value) {
        (Range::Replicas { .. } | Range::Count { .. }, ParameterValue::Count(count))
            if (least..=most).contains(count) =>
        {
            Ok(*count)
        }
        (Range::Count { .. }, _) => Err(format!("expected a whole number from {least} to {most}")),
        (Range::Replicas { .. }, _) => {
            Err(format!("expected a whole number from {least} to {most} in a cluster of {nodes}"))
        }
        (Range::Time { .. }, ParameterValue::Time(span)) if (least..=most).contains(&span.0) => Ok(span.0),
        (Range::Time { least, most, .. }, _) => {
            let (least, most) = (least.as_ms(), most.as_ms());
            Err(format!("expected a time, with _ms behind the name, from {least} to {most} milliseconds"))
        }
        (Range::Choice { of, .. }, value) => {
            let found = match value {
                ParameterValue::Choice(id) => of.iter().position(|choice| choice.id == id),
                _ => None,
            };
            let expected = || format!("expected {}", one_of(of.iter().map(|choice| choice.id)));
            found.map(|index| index as u64).ok_or_else(expected)
        }
    }
}
