//! The steps of the script.

use netsplit_sim::action::Lie;
use netsplit_sim::time::Span;

use super::{
    Writer, between, key_of, ms, names, overrides, pace, parameters, position, signed_ms, text, whole,
};
use crate::model::{Parameters, Step, StepAction};
use crate::read::HONEST;
use crate::tree::{Tree, Value};

pub(super) fn step(step: &Step) -> Tree {
    let mut fields = Writer::default();
    fields.put("at_ms", ms(Span(step.at.0)));
    step_action(&mut fields, &step.action);
    fields.table().into()
}

fn step_action(fields: &mut Writer, action: &StepAction) {
    let mut named = |word: &str, list: &[(&str, &String)]| {
        fields.put("action", text(word));
        for (name, value) in list {
            fields.put(name, text(value));
        }
    };
    match action {
        StepAction::Cut { between: ends } => {
            named("cut", &[]);
            between(fields, ends);
        }
        StepAction::CutOneWay { from, to } => named("cut-one-way", &[("from", from), ("to", to)]),
        StepAction::Heal { between: ends } => {
            named("heal", &[]);
            between(fields, ends);
        }
        StepAction::HealAll => named("heal-all", &[]),
        StepAction::Partition { groups } => {
            named("partition", &[]);
            fields.put("groups", Value::List(groups.iter().map(|group| names(group).into()).collect()));
        }
        StepAction::Isolate { site } => named("isolate", &[("site", site)]),
        StepAction::Crash { node } => named("crash", &[("node", node)]),
        StepAction::CrashUnsynced { node } => named("crash-unsynced", &[("node", node)]),
        StepAction::Wipe { node } => named("wipe", &[("node", node)]),
        StepAction::Restart { node } => named("restart", &[("node", node)]),
        StepAction::Pause { node } => named("pause", &[("node", node)]),
        StepAction::Resume { node } => named("resume", &[("node", node)]),
        StepAction::Slow { node, times } => {
            named("slow", &[("node", node)]);
            fields.put("times", whole(*times));
        }
        StepAction::SetClock { node, ahead_ns, drift_ppm } => {
            named("clock", &[("node", node)]);
            fields.put_unless("ahead_ms", ahead_ns, &0, |ns| signed_ms(*ns));
            fields.put_unless("drift_ppm", drift_ppm, &0, |ppm| whole(*ppm));
        }
        StepAction::Lie { node, how } => {
            named("lie", &[("node", node)]);
            fields.put("how", text(how.map_or(HONEST, Lie::id)));
        }
        StepAction::DropMessage { message } => message_step(fields, "drop-message", *message),
        StepAction::DuplicateMessage { message } => message_step(fields, "duplicate-message", *message),
        StepAction::HoldMessage { message } => message_step(fields, "hold-message", *message),
        StepAction::ReleaseMessage { message } => message_step(fields, "release-message", *message),
        StepAction::Command { node, command, target } => {
            named("command", &[("node", node), ("command", command)]);
            fields.put_some("target", target.as_deref().map(text));
        }
        StepAction::Move { site, position: to } => {
            named("move", &[("site", site)]);
            position(fields, *to);
        }
        StepAction::SetLink { between: ends, quality } => {
            named("set-link", &[]);
            between(fields, ends);
            overrides(fields, quality);
        }
        StepAction::SetNetwork { quality } => {
            named("set-network", &[]);
            overrides(fields, quality);
        }
        StepAction::Read { client, key } => {
            named("read", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
        }
        StepAction::Write { client, key, value } => {
            named("write", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
            fields.put_some("value", value.map(whole));
        }
        StepAction::Cas { client, key, from, to } => {
            named("cas", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
            fields.put_some("from", from.map(whole));
            fields.put_some("to", to.map(whole));
        }
        StepAction::Add { client, key, amount } => {
            named("add", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
            fields.put("amount", whole(*amount));
        }
        StepAction::Insert { client, key, value } => {
            named("insert", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
            fields.put_some("value", value.map(whole));
        }
        StepAction::Remove { client, key, value } => {
            named("remove", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
            fields.put("value", whole(*value));
        }
        StepAction::Scan { client, key, count } => {
            named("scan", &[("client", client)]);
            fields.put_unless("key", key, &0, |key| whole(*key + 1));
            fields.put("count", whole(*count));
        }
        StepAction::QueryAll { client } => named("query-all", &[("client", client)]),
        StepAction::Pair { client, first, second } => {
            named("pair", &[("client", client)]);
            key_of(fields, "first", *first);
            key_of(fields, "second", *second);
        }
        StepAction::Join { node } => named("join", &[("node", node)]),
        StepAction::Leave { node } => named("leave", &[("node", node)]),
        StepAction::RemoveNode { node } => named("remove-node", &[("node", node)]),
        StepAction::Split { key } => {
            named("split", &[]);
            key_of(fields, "key", *key);
        }
        StepAction::Merge { key } => {
            named("merge", &[]);
            key_of(fields, "key", *key);
        }
        StepAction::Shift { from, to } => {
            named("shift", &[]);
            key_of(fields, "from", *from);
            key_of(fields, "to", *to);
        }
        StepAction::Assign { key, owners } => {
            named("assign", &[]);
            key_of(fields, "key", *key);
            fields.put("owners", names(owners));
        }
        StepAction::SetPace { client, pace: value } => {
            named("set-pace", &[("client", client)]);
            fields.put("pace", pace(*value));
        }
        StepAction::Configure { node, parameters: given, partitioning } => {
            named("configure", &[]);
            fields.put_some("node", node.as_deref().map(text));
            let table = |given: &Parameters| {
                let mut values = Writer::default();
                parameters(&mut values, given);
                values.table()
            };
            if partitioning.is_empty() || !given.is_empty() {
                fields.put("parameters", table(given));
            }
            if !partitioning.is_empty() {
                fields.put("partitioning", table(partitioning));
            }
        }
    }
}

fn message_step(fields: &mut Writer, action: &str, message: u32) {
    fields.put("action", text(action));
    fields.put("message", whole(message));
}
