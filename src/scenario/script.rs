//! The script in the kernel's terms, and gestures in the script's terms.
//!
//! A step may say only what changes ("loss = 0.3 on this link"). What stays is known by going through
//! the script from its start: that is [`Standing`], the qualities and parameters as the steps so far
//! leave them. It depends on nothing but the scenario.

mod gesture;

mod reshape;

mod rules;

use std::collections::BTreeMap;

use netsplit_protocols::partitioning::Layout;
use netsplit_sim::action::Action;
use netsplit_sim::history::{Call, Many};
use netsplit_sim::ids::{Key, MessageId, NodeId, Site, Value};
use netsplit_sim::protocol::About;
use netsplit_sim::setup::{LinkQuality, Setup};
use netsplit_sim::time::Time;

use crate::built::{Built, Timed, given_values, split};
use crate::check::Check;
use crate::limits;
use crate::model::{Parameters, Scenario, StepAction};

use rules::{check_values, command, operate, partition};

pub(crate) use rules::parameter_value;

/// Link qualities and parameters as the steps so far leave them.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    network: LinkQuality,
    links: BTreeMap<(Site, Site), LinkQuality>,
    /// The protocol's, by node.
    parameters: Vec<Vec<u64>>,
    /// How the data is split, with the parameters of now. Which nodes are in the cluster and where ranges end is
    /// as it was at the start: that is decided by the cluster.
    layout: Option<Layout>,
}

impl Standing {
    /// Before the first step.
    pub(crate) fn new(
        scenario: &Scenario,
        setup: &Setup,
        layout: Option<&Layout>,
        parameters: &[u64],
    ) -> Self {
        let links = setup.links.iter().map(|link| (ordered(link.a, link.b), link.quality)).collect();
        let parameters = vec![parameters.to_vec(); scenario.nodes.len()];
        Self { network: scenario.network, links, parameters, layout: layout.cloned() }
    }

    /// Before the first step of a scenario that was built.
    pub(crate) fn of(scenario: &Scenario, built: &Built) -> Self {
        Self::new(scenario, &built.setup, built.layout.as_ref(), &built.parameters)
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
                Action::Configure(only, words) => {
                    let (layout, values) = self.part(words);
                    self.layout = layout;
                    match only {
                        None => self.parameters.fill(values),
                        Some(node) => {
                            if let Some(parameters) = self.parameters.get_mut(node.index()) {
                                *parameters = values;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// What a cluster is told, in its parts: how the data is split, and the protocol's parameters.
    fn part(&self, words: &[u64]) -> (Option<Layout>, Vec<u64>) {
        match self.layout.as_ref().and_then(|_| Layout::from_words(words)) {
            Some((layout, length)) => (Some(layout), words[length..].to_vec()),
            None => (self.layout.clone(), words.to_vec()),
        }
    }

    /// How the data is split, with the parameters of now.
    pub(crate) fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// How many nodes a group of replicas has.
    pub(crate) fn group(&self) -> u16 {
        self.layout.as_ref().map_or(self.parameters.len(), Layout::copies) as u16
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
            StepAction::Scan { client, key, count } => {
                let limit = u64::from(limits::KEYS);
                check.whole(&at("count"), u64::from(*count), 1, limit);
                let many = Many::Scan { from: Key(*key), count: *count };
                self.ask(check, field, client, &[("key", *key)], keys, many)
            }
            StepAction::QueryAll { client } => self.ask(check, field, client, &[], keys, Many::All),
            StepAction::Pair { client, first, second } => {
                if first == second {
                    check.add(at("second"), "a pair has two different keys");
                }
                let both = [("first", *first), ("second", *second)];
                let many = Many::Pair { first: Key(*first), second: Key(*second) };
                self.ask(check, field, client, &both, keys, many)
            }
            StepAction::Join { .. }
            | StepAction::Leave { .. }
            | StepAction::RemoveNode { .. }
            | StepAction::Split { .. }
            | StepAction::Merge { .. }
            | StepAction::Shift { .. }
            | StepAction::Assign { .. } => self.reshape(check, field, keys, step).map(Action::Reshape),
            StepAction::SetPace { client, pace } => {
                check.pace(&at("pace"), *pace);
                check.client(&at("client"), client).map(|client| Action::SetPace(client, *pace))
            }
            StepAction::Configure { node: name, parameters, partitioning } => {
                return self.configure(check, field, about, name.as_deref(), parameters, partitioning);
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
        given_split: &Parameters,
    ) -> Vec<Action> {
        let layout = self.configured(check, field, only, given_split);
        let group = layout.as_ref().map_or(self.parameters.len(), Layout::copies) as u16;
        let path = format!("{field}.parameters");
        let changes = given_values(check, &path, about.id, &about.parameters, group, given);
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
            // With another number of copies a count of replicas may be too high.
            for (value, parameter) in values.iter_mut().zip(&about.parameters) {
                let (least, most) = parameter.range.bounds(group);
                *value = (*value).clamp(least, most);
            }
            split::words(layout.as_ref(), &values)
        };
        let each: Vec<Vec<u64>> = self.parameters.iter().map(|before| changed(before)).collect();
        match only {
            Some(node) => vec![Action::Configure(Some(node), changed(self.parameters(node)))],
            // Nodes that stay different from each other in what this step does not name get their own.
            None if each.windows(2).any(|pair| pair[0] != pair[1]) => (each.into_iter().enumerate())
                .map(|(n, words)| Action::Configure(Some(NodeId(n as u16)), words))
                .collect(),
            None => vec![Action::Configure(None, changed(self.parameters(NodeId(0))))],
        }
    }
}

fn ordered(a: Site, b: Site) -> (Site, Site) {
    (a.min(b), a.max(b))
}
