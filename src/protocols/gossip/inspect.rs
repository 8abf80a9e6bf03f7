//! What a replica tells a person who looks inside.

use netsplit_sim::frame::{Inspection, TableView};
use netsplit_sim::ids::{Key, Site};

use super::data::{Data, Object};
use super::disk::Disk;
use super::rumor::Hot;
use crate::parts::crdt::dots::{Actor, Dot, Vector};

/// Fills in a description.
pub(super) fn inspect(disk: &Disk, hot: &Hot, data: Data, inspection: &mut Inspection) {
    let known = disk.known();
    let changes: u64 = known.iter().map(|dot| dot.counter).sum();
    inspection.fields.push(("changes known", changes.to_string()));
    inspection.fields.push(("changes known beyond a gap", disk.beyond_a_gap().to_string()));
    inspection.fields.push(("rumours it tells", hot.iter().count().to_string()));
    inspection.tables.push(TableView {
        title: "Vector",
        summary: "All changes of each node up to this number are in this copy.",
        columns: vec!["node", "changes"],
        rows: known.iter().map(|dot| vec![actor(dot.actor, &known), dot.counter.to_string()]).collect(),
    });
    inspection.tables.push(contents(disk, data, &known));
    if !hot.is_empty() {
        let rows = hot.iter().zip(hot.wasted());
        inspection.tables.push(TableView {
            title: "Rumours",
            summary: "What it finds worth telling, and how often in a row nobody needed it.",
            columns: vec!["change", "key", "in vain"],
            rows: rows
                .map(|((dot, slot), (_, wasted))| vec![name(dot, &known), key(slot.key), wasted.to_string()])
                .collect(),
        });
    }
}

fn contents(disk: &Disk, data: Data, known: &Vector) -> TableView {
    let shown = disk.objects().filter(|(slot, _)| slot.data == data);
    let mut rows = Vec::new();
    for (slot, object) in shown {
        let key = key(slot.key);
        match object {
            Object::Lww(register) => rows.extend(register.get().map(|(dot, cell)| {
                vec![key, name(dot, known), cell.value.0.to_string(), cell.version.counter.to_string()]
            })),
            Object::Mv(register) => rows.extend(register.entries().map(|(dot, cell)| {
                vec![
                    key.clone(),
                    name(dot, known),
                    cell.value.0.to_string(),
                    vector(register.context().vector(), known),
                ]
            })),
            Object::Set(set) => rows.extend(set.insertions().map(|(dot, cell)| {
                vec![
                    key.clone(),
                    name(dot, known),
                    cell.value.0.to_string(),
                    vector(set.context().vector(), known),
                ]
            })),
            Object::Counter(counter) => rows.extend(counter.contributions().map(|(of, count)| {
                vec![key.clone(), actor(of, known), count.added.to_string(), count.taken.to_string()]
            })),
        }
    }
    let (title, summary, columns) = match data {
        Data::Lww => (
            "Registers",
            "Each value with the change that wrote it and its timestamp in nanoseconds.",
            vec!["key", "change", "value", "timestamp"],
        ),
        Data::Mv => (
            "Registers",
            "Each sibling with the change that wrote it, and what this copy has seen of its key.",
            vec!["key", "change", "value", "seen"],
        ),
        Data::Counter => (
            "Counters",
            "What each node has added and taken away; the value is the sum.",
            vec!["key", "node", "added", "taken away"],
        ),
        Data::Set => (
            "Sets",
            "Each element with the change that inserted it, and what this copy has seen of its key. What was \
             seen and is not here was removed.",
            vec!["key", "change", "element", "seen"],
        ),
    };
    TableView { title, summary, columns, rows }
}

fn key(key: Key) -> String {
    format!("k{}", key.0 + 1)
}

/// A node's name; with a prime for each disk that it has lost, where both lives are known. The order of lives
/// is not known: they are told apart, no more.
fn actor(actor: Actor, known: &Vector) -> String {
    let mut name = Site::from(actor.node).to_string();
    let others = known.iter().map(|dot| dot.actor);
    let others = others.filter(|other| other.node == actor.node && other.incarnation < actor.incarnation);
    name.extend(others.map(|_| '\''));
    name
}

fn name(dot: Dot, known: &Vector) -> String {
    format!("{}:{}", actor(dot.actor, known), dot.counter)
}

fn vector(vector: &Vector, known: &Vector) -> String {
    vector.iter().map(|dot| name(dot, known)).collect::<Vec<_>>().join(" ")
}
