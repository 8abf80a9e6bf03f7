//! What the leaderless store tells a person who looks inside.

use netsplit_sim::frame::{Inspection, TableView};
use netsplit_sim::ids::{Key, NodeId};

use super::content::Content;
use super::{Leaderless, Variant};

impl<V: Variant> Leaderless<V> {
    pub(super) fn look_inside(&self, inspection: &mut Inspection) {
        let rules = &self.rules;
        inspection.fields.push(("N, R, W", format!("{}, {}, {}", rules.n, rules.r, rules.w)));
        inspection.fields.push(("writes it coordinates", self.writes.len().to_string()));
        inspection.fields.push(("reads it coordinates", self.reads.len().to_string()));
        inspection.fields.push(("writes it passed on", self.relays.len().to_string()));
        inspection.fields.push(("hints waiting", self.disk.hints.as_map().len().to_string()));
        for write in self.writes.values() {
            let state = format!("{} confirmed by {} nodes", key_name(write.key()), write.confirmed.count());
            inspection.fields.push(("write under way", state));
        }
        inspection.tables.extend(self.vectors());
        inspection.tables.extend(self.hints());
        inspection.tables.extend(self.differences());
    }

    fn vectors(&self) -> Option<TableView> {
        let siblings = self.disk.copies.as_map().iter().filter_map(|(&key, content)| match content {
            Content::Stamped(_) => None,
            Content::Siblings(siblings) => Some((key, siblings)),
        });
        let rows: Vec<Vec<String>> = siblings
            .flat_map(|(key, siblings)| {
                siblings.values.iter().map(move |sibling| {
                    let value = sibling.cell.value.0.to_string();
                    vec![key_name(key), value, sibling.dot.describe(), siblings.seen.describe()]
                })
            })
            .collect();
        let table = TableView {
            title: "version vectors",
            summary: "Each value's own write, and all writes of the key that were seen here.",
            columns: vec!["key", "value", "dot", "vector"],
            rows,
        };
        (!table.rows.is_empty()).then_some(table)
    }

    fn hints(&self) -> Option<TableView> {
        let hints = self.disk.hints.as_map().iter();
        let rows: Vec<Vec<String>> = hints
            .map(|(&(owner, key), hint)| {
                let values: Vec<String> = hint.content.cells().map(|cell| cell.value.0.to_string()).collect();
                let since = format!("{:.1} ms", hint.since.as_ms());
                vec![node_name(owner), key_name(key), values.join(", "), since]
            })
            .collect();
        let table = TableView {
            title: "hints waiting",
            summary: "Writes kept for nodes that were silent, until these have taken them over.",
            columns: vec!["for", "key", "value", "since"],
            rows,
        };
        (!table.rows.is_empty()).then_some(table)
    }

    fn differences(&self) -> Option<TableView> {
        let last = self.last_comparison.as_ref()?;
        let keys: Vec<String> = last.keys.iter().map(|&key| key_name(key)).collect();
        let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(" ") };
        Some(TableView {
            title: "Merkle difference",
            summary: "The last comparison of trees: how many places this node compared, and which keys differed.",
            columns: vec!["with", "places compared", "keys that differed"],
            rows: vec![vec![node_name(last.with), last.places.to_string(), keys]],
        })
    }
}

fn key_name(key: Key) -> String {
    format!("k{}", u64::from(key.0) + 1)
}

fn node_name(node: NodeId) -> String {
    format!("n{}", u32::from(node.0) + 1)
}
