//! What is inside: what a replica is and holds, in its own words, the messages on their way, and the moments
//! that protocols marked. Nothing here knows a protocol.

use netsplit_sim::action::Lie;
use netsplit_sim::frame::{LogView, NodeFrame, Status, TableView};
use netsplit_sim::history::{Call, Operation};
use netsplit_sim::ids::{Key, NodeId, OpId};
use netsplit_sim::time::Time;

use crate::messages::MessageRow;
use crate::studio::{Panel, Studio};
use crate::units;
use crate::words;

/// The most entries of a log in sight; earlier ones are folded.
const CELLS: usize = 12;
/// The most keys in sight.
const KEYS: usize = 12;
/// The most values of one key in sight.
const VALUES: usize = 12;
/// The most moments in the list.
const HAPPENED: usize = 16;

/// The panel, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    /// The nodes' names, to choose from.
    pub nodes: Vec<String>,
    /// The node that is looked into; `None`: the whole cluster.
    pub chosen: Option<NodeId>,
    /// What it holds.
    pub replica: Option<Replica>,
    /// Who leads, as the nodes themselves see it: for the whole cluster.
    pub roles: Vec<RoleRow>,
    /// Messages on their way from or to the node.
    pub messages: Vec<MessageRow>,
    /// How many more there are.
    pub more_messages: usize,
    /// The latest moments worth a mark.
    pub happened: Vec<Happening>,
}

/// A node in the list of the whole cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its role and state.
    pub role: String,
    /// Whether it believes that it leads.
    pub leads: bool,
    /// Its term or epoch.
    pub term: Option<u64>,
}

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Time,
    /// What, in words.
    pub text: String,
}

/// What a replica is and holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// Its name.
    pub name: String,
    /// Its role, and whether it runs.
    pub role: String,
    /// Whether it believes that it leads.
    pub leads: bool,
    /// Its term or epoch.
    pub term: Option<u64>,
    /// Whether what is shown is what its disk holds, because it is down.
    pub from_disk: bool,
    /// Names and values of what it keeps.
    pub fields: Vec<(String, String)>,
    /// What its copy holds.
    pub keys: Vec<KeyRow>,
    /// How many more keys there are.
    pub more_keys: usize,
    /// The write that was pointed at, in words.
    pub told: Vec<String>,
    /// Its log.
    pub log: Option<Log>,
    /// What else it keeps.
    pub tables: Vec<TableView>,
}

/// A key in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name.
    pub key: String,
    /// Its values.
    pub values: Vec<ValueChip>,
    /// How many more values there are.
    pub more: usize,
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueChip {
    /// The value.
    pub text: String,
    /// Its hue.
    pub hue: u8,
    /// The operation that wrote it.
    pub op: OpId,
    /// Whether it is pointed at.
    pub chosen: bool,
}

/// A log, ready to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Its state in one sentence.
    pub summary: String,
    /// Entries that are folded, the oldest first.
    pub earlier: Vec<Cell>,
    /// The latest entries.
    pub cells: Vec<Cell>,
    /// Marks at an index that no cell is of: in words.
    pub elsewhere: Vec<String>,
}

/// An entry of a log, or the place behind the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its index.
    pub index: u64,
    /// Its term or epoch.
    pub term: Option<u64>,
    /// What it says; empty for the place behind the last entry.
    pub text: String,
    /// The hue of what it writes.
    pub hue: Option<u8>,
    /// The operation that it carries.
    pub op: Option<OpId>,
    /// Whether the replica knows it to be committed.
    pub committed: bool,
    /// Whether its copy shows it.
    pub applied: bool,
    /// What else points at it, such as `next n2`.
    pub marks: Vec<String>,
    /// Whether it is part of what is pointed at.
    pub lit: bool,
}

/// A node's status and what is odd about it, in words.
pub(crate) fn state_words(node: &NodeFrame) -> String {
    let mut words = vec![node.replica.role.to_owned()];
    match node.status {
        Status::Up => {}
        Status::Down => words.push("crashed".to_owned()),
        Status::Paused => words.push("paused".to_owned()),
    }
    if node.slow > 1 {
        words.push(format!("{} × slow", node.slow));
    }
    if let Some(lie) = node.lie {
        words.push(format!("a liar: {}", lie_words(lie)));
    }
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

/// What a liar does.
pub(crate) fn lie_words(lie: Lie) -> &'static str {
    lie.summary()
}

impl Studio {
    /// The panel, if it is open.
    #[must_use]
    pub fn inside(&self) -> Option<Inside> {
        if self.panel != Panel::Inside {
            return None;
        }
        // Through the eyes of a node, nobody looks into another, and what is on its way is out of sight.
        let eyes = self.attention.eyes;
        let chosen = eyes.or(self.inspected).filter(|node| node.index() < self.frame.nodes.len());
        let (messages, more_messages) =
            if eyes.is_some() { (Vec::new(), 0) } else { self.message_rows(chosen) };
        let roles = if chosen.is_none() {
            self.frame.nodes.iter().map(|n| self.role_row(n)).collect()
        } else {
            Vec::new()
        };
        Some(Inside {
            nodes: self.names.nodes.clone(),
            chosen,
            replica: chosen.and_then(|node| self.replica(node)),
            roles,
            messages,
            more_messages,
            happened: self.happened(chosen),
        })
    }

    fn role_row(&self, node: &NodeFrame) -> RoleRow {
        RoleRow {
            node: node.id,
            name: self.names.node(node.id).to_owned(),
            role: state_words(node),
            leads: node.replica.leads && node.status != Status::Down,
            term: node.replica.term,
        }
    }

    /// The latest moments worth a mark: of a node, or all.
    fn happened(&self, of: Option<NodeId>) -> Vec<Happening> {
        let machine = self.session.machine();
        let trace = machine.trace();
        let mine = |event: &&netsplit_sim::trace::Event| match (event.kind, of) {
            (netsplit_sim::trace::EventKind::Noted { node, .. }, Some(of)) => node == of,
            _ => true,
        };
        let in_sight = |event: &&netsplit_sim::trace::Event| self.is_in_sight(event);
        let latest = self.moments.latest(trace).filter(mine).filter(in_sight).take(HAPPENED);
        let words = latest.map(|event| Happening {
            at: event.at,
            text: words::event(event, trace, machine.history(), self.session.about(), &self.names),
        });
        words.collect()
    }

    fn replica(&self, id: NodeId) -> Option<Replica> {
        let node = self.frame.nodes.get(id.index())?;
        let inspection = self.session.inspect(id);
        // The term has a badge already.
        let badge = |name: &str, value: &str| {
            matches!(name, "term" | "epoch")
                && node.replica.term.is_some_and(|term| term.to_string() == value)
        };
        let fields = inspection.fields.into_iter().filter(|(name, value)| !badge(name, value));
        let mut fields: Vec<(String, String)> =
            fields.map(|(name, value)| (name.to_owned(), value)).collect();
        if node.clock_ahead_ns != 0 || node.clock_drift_ppm != 0 {
            fields.push(("clock".to_owned(), words::clock(node.clock_ahead_ns, node.clock_drift_ppm)));
        }
        let keys = self.key_rows(node);
        let more_keys = keys.len().saturating_sub(KEYS);
        Some(Replica {
            name: self.names.node(id).to_owned(),
            role: state_words(node),
            leads: node.replica.leads && node.status != Status::Down,
            term: node.replica.term,
            from_disk: node.status == Status::Down,
            fields,
            told: self.told(node),
            keys: keys.into_iter().take(KEYS).collect(),
            more_keys,
            log: inspection.log.map(|log| self.log(&log)),
            tables: inspection.tables,
        })
    }

    fn key_rows(&self, node: &NodeFrame) -> Vec<KeyRow> {
        let mut rows: Vec<(Key, KeyRow)> = Vec::new();
        for held in &node.replica.keys {
            let chip = ValueChip {
                text: words::value(held.value),
                hue: self.versions.hue(held.op),
                op: held.op,
                chosen: self.pointed_write == Some(held.op),
            };
            match rows.last_mut() {
                Some((key, row)) if *key == held.key && row.values.len() < VALUES => row.values.push(chip),
                Some((key, row)) if *key == held.key => row.more += 1,
                _ => rows.push((held.key, KeyRow { key: words::key(held.key), values: vec![chip], more: 0 })),
            }
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The writes that a person points at: the one that was pressed, and those that stand beside it in a copy.
    #[must_use]
    pub(crate) fn pointed_writes(&self) -> Vec<OpId> {
        let Some(op) = self.pointed_write else { return Vec::new() };
        let mut all = vec![op];
        all.extend(self.siblings(op));
        all
    }

    /// The other values of the same key in the copy that is looked into, if they are siblings: values that
    /// writes left, neither knowing of the other. The elements of a set are not.
    fn siblings(&self, op: OpId) -> Vec<OpId> {
        let node = self.inspected.and_then(|node| self.frame.nodes.get(node.index()));
        let Some(node) = node.filter(|_| self.panel == Panel::Inside) else { return Vec::new() };
        let keys = &node.replica.keys;
        let Some(mine) = keys.iter().find(|held| held.op == op) else { return Vec::new() };
        if self.operation(op).is_none_or(|operation| !is_write(operation.call)) {
            return Vec::new();
        }
        let beside = keys.iter().filter(|held| held.key == mine.key && held.op != op);
        let others = beside.map(|held| held.op);
        others.filter(|op| self.operation(*op).is_some_and(|operation| is_write(operation.call))).collect()
    }

    fn operation(&self, op: OpId) -> Option<&Operation> {
        self.session.machine().history().operations.get(op.index())
    }

    /// Who wrote the value that was pointed at, and which other write it was concurrent with.
    fn told(&self, node: &NodeFrame) -> Vec<String> {
        let Some(op) = self.pointed_write else { return Vec::new() };
        if !node.replica.keys.iter().any(|held| held.op == op) {
            return Vec::new();
        }
        let Some(operation) = self.operation(op) else { return Vec::new() };
        let mut told = vec![self.written_by(operation)];
        for other in self.siblings(op) {
            let Some(other) = self.operation(other) else { continue };
            let overlap = overlap(operation, other);
            let how = if overlap {
                "They overlapped in time, and neither knew of the other."
            } else {
                "One ended before the other began, but whoever made the later one had not seen the earlier: \
                 to this copy they are concurrent."
            };
            told.push(format!("Concurrent with it: {} {how}", self.written_by(other)));
        }
        told
    }

    fn written_by(&self, operation: &Operation) -> String {
        let client = self.names.client(operation.client);
        let ended = match operation.returned {
            Some(at) if operation.outcome.is_success() => format!("acknowledged at {}", units::playhead(at)),
            Some(at) => format!("without an answer by {}", units::playhead(at)),
            None => "not answered yet".to_owned(),
        };
        format!(
            "{client} asked {} at {} to {}, {ended}.",
            self.names.node(operation.node),
            units::playhead(operation.invoked),
            words::call(operation.call)
        )
    }

    fn log(&self, view: &LogView) -> Log {
        let lit = self.pointed_writes();
        let mut cells: Vec<Cell> = Vec::with_capacity(view.entries.len() + 1);
        for entry in &view.entries {
            cells.push(Cell {
                index: entry.index,
                term: entry.term,
                text: entry.text.clone(),
                hue: entry.op.map(|op| self.versions.hue(op)),
                op: entry.op,
                committed: entry.index <= view.committed,
                applied: entry.index <= view.applied,
                marks: Vec::new(),
                lit: entry.op.is_some_and(|op| lit.contains(&op)),
            });
        }
        let last = cells.last().map_or(view.compacted, |cell| cell.index);
        if view.marks.iter().any(|(_, index)| *index == last + 1) {
            cells.push(Cell { index: last + 1, ..Cell::default() });
        }
        let mut elsewhere = Vec::new();
        for (name, index) in &view.marks {
            match cells.iter_mut().find(|cell| cell.index == *index) {
                Some(cell) => cell.marks.push(name.clone()),
                None => elsewhere.push(format!("{name}: {index}")),
            }
        }
        let mut summary = if view.compacted > 0 {
            format!("Entries up to {} are in a snapshot. ", view.compacted)
        } else {
            String::new()
        };
        summary.push_str(&format!("Committed up to {}, applied up to {}.", view.committed, view.applied));
        let latest = cells.split_off(cells.len().saturating_sub(CELLS));
        Log { summary, earlier: cells, cells: latest, elsewhere }
    }

    pub(crate) fn point_at_write(&mut self, op: OpId) {
        self.pointed_write = if self.pointed_write == Some(op) { None } else { Some(op) };
        if self.pointed_write.is_some()
            && let Some(operation) = self.operation(op)
        {
            let text = self.written_by(operation);
            self.say(text);
        }
    }
}

fn is_write(call: Call) -> bool {
    matches!(call, Call::Write { .. } | Call::Cas { .. })
}

/// Whether two operations overlapped in time: neither had returned when the other was called.
fn overlap(a: &Operation, b: &Operation) -> bool {
    let before = |x: &Operation, y: &Operation| x.returned.is_some_and(|end| end < y.invoked);
    !before(a, b) && !before(b, a)
}
