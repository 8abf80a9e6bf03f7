//! A run as text: one line for each event, in order, each with the event that caused it.
//!
//! It is what the golden tests compare and what a bug report quotes.

use std::fmt::Write;

use netsplit_sim::history::{Call, History, Many, Operation, Outcome, Query};
use netsplit_sim::ids::{EventId, OpId, Site, Value};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::About;
use netsplit_sim::trace::{DropCause, EventKind, REQUEST, RESPONSE};

/// The whole trace as text. `name` tells what a node or client is called.
#[must_use]
pub fn transcript(machine: &dyn Machine, name: &dyn Fn(Site) -> String) -> String {
    let about = machine.about();
    let mut text = String::new();
    for (index, event) in machine.trace().iter().enumerate() {
        let ms = format!("{}.{:06}", event.at.0 / 1_000_000, event.at.0 % 1_000_000);
        let words = words(&event.kind, &about, machine, name);
        let cause =
            if event.cause == EventId::NONE { String::new() } else { format!("  <- {}", event.cause.0) };
        // Writing to a string can't fail.
        let _ = writeln!(text, "{ms:>14} ms  {index:>5}  {words}{cause}");
    }
    text
}

/// What happened, in words.
pub(crate) fn words(
    kind: &EventKind,
    about: &About,
    machine: &dyn Machine,
    name: &dyn Fn(Site) -> String,
) -> String {
    let operation = |op: OpId| machine.history().operations[op.index()];
    let arrow = |from: Site, to: Site| format!("{} -> {}", name(from), name(to));
    match *kind {
        EventKind::Sent { message, from, to, label } => {
            format!("{}  {} sent (m{})", arrow(from, to), message_kind(about, label), message.0)
        }
        EventKind::Delivered { message, from, to, label } => {
            format!("{}  {} handled (m{})", arrow(from, to), message_kind(about, label), message.0)
        }
        EventKind::Dropped { message, from, to, why } => {
            format!("{}  lost: {} (m{})", arrow(from, to), drop_cause(why), message.0)
        }
        EventKind::TimerFired { node, label } => {
            let timer = about.timers.get(usize::from(label)).map_or("timer", |timer| timer.name);
            format!("{}  timer: {timer}", name(node.into()))
        }
        EventKind::Invoked { op } => {
            let operation = operation(op);
            format!("{}  calls {}", name(operation.client.into()), call(&operation))
        }
        EventKind::Retried { op, node } => {
            let client = operation(op).client;
            format!("{}  tries operation {} again at {}", name(client.into()), op.0, name(node.into()))
        }
        EventKind::Returned { op } => {
            let operation = operation(op);
            format!(
                "{}  operation {} ends: {}",
                name(operation.client.into()),
                op.0,
                outcome(operation.outcome, machine.history())
            )
        }
        EventKind::Visible { node, op, key } => {
            format!("{}  shows operation {} on k{}", name(node.into()), op.0, key.0 + 1)
        }
        EventKind::Started { node } => format!("{}  starts", name(node.into())),
        EventKind::Noted { node, note } => {
            let note = about.notes.get(usize::from(note)).map_or("something", |note| note.name);
            format!("{} notes: {note}", name(node.into()))
        }
        EventKind::Held { message } => format!("held: m{}", message.0),
        EventKind::Released { message } => format!("released: m{}", message.0),
        EventKind::Asked { query } => {
            let query = machine.history().queries[query.0 as usize];
            format!("{}  asks {}", name(query.client.into()), question(&query))
        }
        EventKind::Told { query } => {
            let query = machine.history().queries[query.0 as usize];
            let (client, id, done, parts) = (name(query.client.into()), query.id.0, query.done, query.parts);
            let shards = query.shards;
            format!("{client}  query {id} ends: {done} of {parts} keys, from {shards} shards")
        }
        EventKind::Hiccup { node, message } => format!("{}  stumbles over m{}", name(node.into()), message.0),
        EventKind::Acted { index } => format!("action {index} of the script"),
    }
}

fn message_kind(about: &About, label: u8) -> &'static str {
    match label {
        REQUEST => "Request",
        RESPONSE => "Answer",
        label => about.messages.get(usize::from(label)).map_or("message", |kind| kind.name),
    }
}

fn drop_cause(why: DropCause) -> &'static str {
    match why {
        DropCause::Cut => "the link is cut",
        DropCause::Loss => "the network dropped it",
        DropCause::NodeDown => "the node is down",
        DropCause::Hand => "it was dropped by hand",
    }
}

fn value(value: Option<Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("v{}", value.0))
}

fn call(operation: &Operation) -> String {
    let id = operation.id.0;
    match operation.call {
        Call::Read { key } => format!("operation {id}: read k{}", key.0 + 1),
        Call::Write { key, value } => format!("operation {id}: write k{} = v{}", key.0 + 1, value.0),
        Call::Cas { key, from, to } => {
            format!("operation {id}: compare-and-set k{} from {} to v{}", key.0 + 1, value(from), to.0)
        }
        Call::Add { key, amount } => format!("operation {id}: add {amount} to k{}", key.0 + 1),
        Call::Insert { key, value } => format!("operation {id}: insert v{} into k{}", value.0, key.0 + 1),
        Call::Remove { key, value } => format!("operation {id}: remove v{} from k{}", value.0, key.0 + 1),
    }
}

fn question(query: &Query) -> String {
    let id = query.id.0;
    match query.many {
        Many::Scan { from, .. } => format!("query {id}: scan {} keys from k{}", query.parts, from.0 + 1),
        Many::All => format!("query {id}: all {} keys", query.parts),
        Many::Pair { first, second } => {
            let (one, other) = (query.first.0, query.first.0 + 1);
            format!(
                "query {id}: write k{} = v{} and k{} = v{}",
                first.0 + 1,
                one + 1,
                second.0 + 1,
                other + 1
            )
        }
    }
}

fn outcome(outcome: Outcome, history: &History) -> String {
    match outcome {
        Outcome::Pending => "pending".to_owned(),
        Outcome::Read(read) => format!("read {}", value(read)),
        Outcome::Values(id) => {
            let values: Vec<String> = history.values(id).iter().map(|v| value(Some(*v))).collect();
            format!("read {{{}}}", values.join(", "))
        }
        Outcome::Written => "written".to_owned(),
        Outcome::Swapped => "swapped".to_owned(),
        Outcome::NotSwapped => "not swapped: it held another value".to_owned(),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Unknown(why) => format!("unknown: {why}"),
    }
}
