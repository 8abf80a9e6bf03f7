//! What single steps and the script as a whole have to keep to.

use std::collections::BTreeMap;

use netsplit_sim::action::Action;
use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, Value};
use netsplit_sim::protocol::{About, Range};
use netsplit_sim::setup::Pace;

use crate::built::Timed;
use crate::check::Check;
use crate::limits;
use crate::model::{ParameterValue, Scenario, StepAction};
use crate::problem::one_of;

pub(super) fn partition(check: &mut Check, field: &str, groups: &[Vec<String>]) -> Option<Action> {
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

pub(super) fn operate(check: &mut Check, field: &str, client: &str, keys: u32, call: Call) -> Option<Action> {
    check.key(&format!("{field}.key"), call.key().0, keys);
    let client = check.client(&format!("{field}.client"), client)?;
    Some(Action::Operate(client, call))
}

/// The index of a command of the protocol, and the node that it is about where it needs one. What is
/// wrong leaves no command.
pub(super) fn command(
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
pub(super) fn check_values(check: &mut Check, scenario: &Scenario, script: &[Timed]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;
    use crate::check::Sites;
    use netsplit_sim::protocol::Command;

    fn about(commands: Vec<Command>) -> About {
        let entry = netsplit_protocols::find("primary-backup").expect("registered");
        About { commands, ..(entry.about)() }
    }

    fn commands() -> Vec<Command> {
        let command = |id, target| Command { id, title: "A title", summary: "A sentence.", target };
        vec![command("compact", false), command("transfer", true)]
    }

    fn judged(about: &About, id: &str, target: Option<&str>) -> (Option<u8>, Option<NodeId>, String) {
        let mut check = Check::new(Sites::new(&Scenario::default()));
        let (index, node) = command(&mut check, "script[1]", about, id, target);
        let problems: Vec<String> = check.problems.iter().map(ToString::to_string).collect();
        (index, node, problems.join("; "))
    }

    #[test]
    fn a_command_is_one_of_the_protocol_with_a_target_if_it_needs_one() {
        let about = about(commands());
        assert_eq!(judged(&about, "compact", None), (Some(0), None, String::new()));
        assert_eq!(judged(&about, "transfer", Some("n2")), (Some(1), Some(NodeId(1)), String::new()));
        let wrong = |id, target| judged(&about, id, target);
        let nothing = |problem: &str| (None, None, problem.to_owned());
        assert_eq!(
            wrong("promote", None),
            nothing(
                "script[1].command: expected a command of primary-backup, compact or transfer, and found \"promote\""
            )
        );
        assert_eq!(
            wrong("transfer", None),
            nothing("script[1].target: is missing; transfer is about a node, which has to be named")
        );
        assert_eq!(
            wrong("compact", Some("n1")),
            nothing("script[1].target: is no field here; compact is about no other node")
        );
        assert_eq!(
            wrong("transfer", Some("c1")),
            nothing("script[1].target: expected the name of a node, n1, n2 or n3, and found \"c1\"")
        );
    }

    #[test]
    fn a_protocol_without_commands_takes_none() {
        let found = judged(&about(Vec::new()), "promote", None);
        let sentence = "script[1].command: primary-backup has no commands, and found \"promote\"";
        assert_eq!(found, (None, None, sentence.to_owned()));
    }

    #[test]
    fn a_count_has_nothing_to_do_with_the_number_of_nodes() {
        let range = Range::Count { least: 2, most: 50, default: 5 };
        assert_eq!(parameter_value(&range, 3, &ParameterValue::Count(50)), Ok(50));
        let expected = Err("expected a whole number from 2 to 50".to_owned());
        assert_eq!(parameter_value(&range, 3, &ParameterValue::Count(51)), expected);
        assert_eq!(parameter_value(&range, 3, &ParameterValue::Choice("on".to_owned())), expected);
        assert_eq!(ParameterValue::from_value(&range, 7), ParameterValue::Count(7));
    }
}
