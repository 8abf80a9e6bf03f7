//! When each write became visible at each replica.
//!
//! A write is visible at a replica when the replica's own copy shows it, or shows a newer version of
//! the key. The trace says which write a copy shows ([`netsplit_sim::trace::EventKind::Visible`]); which
//! of two writes is newer is known from their versions, and a version is known once a client was told
//! it: when the write is acknowledged, or when a read returns it. So a time may be found later than it
//! was. Until then, a write that a copy showed after another counts as newer than that one.
//!
//! What is added to a number or put into a set does not take the place of what was there,
//! so there a newer one says nothing of an older: it is visible where the trace says so, and nowhere else.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, NodeId, OpId, Value, Version};
use netsplit_sim::time::Time;

/// One write, addition or insertion and when each replica showed it, for strips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteStrip {
    /// The operation.
    pub op: OpId,
    /// The key.
    pub key: Key,
    /// When it was called.
    pub invoked: Time,
    /// When it was acknowledged, if it was.
    pub acknowledged: Option<Time>,
    /// By node: when its own copy first showed this write or a newer one of the key.
    pub visible: Vec<Option<Time>>,
}

impl WriteStrip {
    /// When the last node showed it, if all have.
    #[must_use]
    pub fn everywhere(&self) -> Option<Time> {
        let all: Option<Vec<Time>> = self.visible.iter().copied().collect();
        all?.into_iter().max()
    }
}

/// A write that was found to be visible at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) write: usize,
    pub(crate) node: NodeId,
    /// Whether it is visible at every node now.
    pub(crate) everywhere: bool,
}

/// What is known of the writes of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visibility {
    nodes: usize,
    pub(crate) writes: Vec<WriteStrip>,
    facts: Vec<Facts>,
    /// The index into `writes` of each operation that writes.
    by_op: BTreeMap<OpId, usize>,
    /// Writes whose version nobody was told yet.
    unversioned: BTreeMap<(Key, Value), usize>,
    copies: BTreeMap<(NodeId, Key), KeyCopy>,
}

/// What is known of one write besides its strip.
#[derive(Clone, Debug)]
struct Facts {
    /// What it puts in the place of what was there; `None` for what adds to it.
    value: Option<Value>,
    version: Option<Version>,
    /// Without a version: it is newer than this.
    newer_than: Option<Version>,
    /// Where and when a copy first showed it.
    shown: Vec<(NodeId, Time)>,
}

/// What is known of one node's copy of one key.
#[derive(Clone, Debug, Default)]
struct KeyCopy {
    /// The write that it shows.
    shows: Option<usize>,
    /// Since when it shows at least which version; both rise.
    steps: Vec<(Time, Version)>,
    /// Versioned writes that are not visible here yet.
    waiting: BTreeMap<Version, usize>,
}

impl Facts {
    /// A version that this write is not older than.
    fn at_least(&self) -> Option<Version> {
        self.version.or(self.newer_than)
    }
}

impl KeyCopy {
    /// It shows at least `version` since `at`. True if that is news.
    fn rise(&mut self, at: Time, version: Version) -> bool {
        let place = self.steps.partition_point(|step| step.0 <= at);
        if place > 0 && self.steps[place - 1].1 >= version {
            return false;
        }
        let end = place + self.steps[place..].partition_point(|step| step.1 <= version);
        self.steps.splice(place..end, [(at, version)]);
        true
    }

    /// Since when it shows `version` or a newer one.
    fn since(&self, version: Version) -> Option<Time> {
        let place = self.steps.partition_point(|step| step.1 < version);
        self.steps.get(place).map(|step| step.0)
    }
}

impl Visibility {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { nodes, ..Self::default() }
    }

    /// The index of the write that an operation is.
    pub(crate) fn find(&self, op: OpId) -> Option<usize> {
        self.by_op.get(&op).copied()
    }

    /// A client calls a write, or with no value something that adds to what is there.
    pub(crate) fn invoked(&mut self, op: OpId, key: Key, value: Option<Value>, at: Time) {
        let index = self.writes.len();
        let visible = vec![None; self.nodes];
        self.writes.push(WriteStrip { op, key, invoked: at, acknowledged: None, visible });
        self.facts.push(Facts { value, version: None, newer_than: None, shown: Vec::new() });
        self.by_op.insert(op, index);
        if let Some(value) = value {
            self.unversioned.insert((key, value), index);
        }
    }

    /// A copy shows a write.
    pub(crate) fn shown(&mut self, node: NodeId, op: OpId, key: Key, at: Time, found: &mut Vec<Found>) {
        let Some(write) = self.find(op) else { return };
        if self.facts[write].value.is_none() {
            return self.see(write, node, at, found);
        }
        let copy = self.copies.entry((node, key)).or_default();
        let before = copy.shows.replace(write);
        if self.facts[write].shown.iter().all(|(shown_at, _)| *shown_at != node) {
            self.facts[write].shown.push((node, at));
        }
        self.see(write, node, at, found);
        if let Some(older) = before.and_then(|before| self.facts[before].at_least()) {
            self.newer_than(write, older, found);
        }
        if let Some(version) = self.facts[write].at_least() {
            self.rise(node, key, at, version, found);
        }
    }

    /// A client learns that its write took effect, and at which version.
    pub(crate) fn acknowledged(
        &mut self,
        write: usize,
        at: Time,
        version: Option<Version>,
        found: &mut Vec<Found>,
    ) {
        self.writes[write].acknowledged = Some(at);
        if let Some(version) = version {
            self.versioned(write, version, found);
        }
    }

    /// A client read a value with its version.
    pub(crate) fn read(&mut self, key: Key, value: Value, version: Version, found: &mut Vec<Found>) {
        if let Some(&write) = self.unversioned.get(&(key, value)) {
            self.versioned(write, version, found);
        }
    }

    fn versioned(&mut self, write: usize, version: Version, found: &mut Vec<Found>) {
        let Some(value) = self.facts[write].value else { return };
        if self.facts[write].version.is_some() {
            return;
        }
        self.facts[write].version = Some(version);
        let key = self.writes[write].key;
        self.unversioned.remove(&(key, value));
        for n in 0..self.nodes {
            if self.writes[write].visible[n].is_some() {
                continue;
            }
            let node = NodeId(n as u16);
            let copy = self.copies.entry((node, key)).or_default();
            match copy.since(version) {
                Some(since) => self.see(write, node, since, found),
                None => {
                    copy.waiting.insert(version, write);
                }
            }
        }
        for (node, at) in self.facts[write].shown.clone() {
            self.rise(node, key, at, version, found);
        }
    }

    fn newer_than(&mut self, write: usize, older: Version, found: &mut Vec<Found>) {
        let facts = &mut self.facts[write];
        if facts.version.is_some() || facts.newer_than.is_some_and(|known| known >= older) {
            return;
        }
        facts.newer_than = Some(older);
        let key = self.writes[write].key;
        for (node, at) in self.facts[write].shown.clone() {
            self.rise(node, key, at, older, found);
        }
    }

    /// A node's copy shows at least this version since then: so do all writes that are not newer.
    fn rise(&mut self, node: NodeId, key: Key, at: Time, version: Version, found: &mut Vec<Found>) {
        let copy = self.copies.entry((node, key)).or_default();
        if !copy.rise(at, version) {
            return;
        }
        while let Some(first) = copy.waiting.first_entry() {
            if *first.key() > version {
                break;
            }
            let write = first.remove();
            see(&mut self.writes, write, node, at, found);
        }
    }

    fn see(&mut self, write: usize, node: NodeId, at: Time, found: &mut Vec<Found>) {
        see(&mut self.writes, write, node, at, found);
        if let Some(version) = self.facts[write].version
            && let Some(copy) = self.copies.get_mut(&(node, self.writes[write].key))
        {
            copy.waiting.remove(&version);
        }
    }
}

fn see(writes: &mut [WriteStrip], write: usize, node: NodeId, at: Time, found: &mut Vec<Found>) {
    let strip = &mut writes[write];
    if let Some(visible @ None) = strip.visible.get_mut(node.index()) {
        // A copy may have shown a newer version before this write was even called.
        *visible = Some(at.max(strip.invoked));
        let everywhere = strip.visible.iter().all(Option::is_some);
        found.push(Found { write, node, everywhere });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key(0);

    fn version(counter: u64) -> Version {
        Version { counter, node: NodeId(0) }
    }

    fn run(nodes: usize) -> (Visibility, Vec<Found>) {
        let mut visibility = Visibility::new(nodes);
        for op in 0..3 {
            visibility.invoked(OpId(op), KEY, Some(Value(u64::from(op) + 1)), Time(u64::from(op)));
        }
        (visibility, Vec::new())
    }

    #[test]
    fn a_newer_version_makes_older_writes_visible() {
        let (mut v, mut found) = run(2);
        v.shown(NodeId(0), OpId(0), KEY, Time(10), &mut found);
        v.acknowledged(0, Time(11), Some(version(1)), &mut found);
        v.shown(NodeId(0), OpId(1), KEY, Time(20), &mut found);
        v.acknowledged(1, Time(21), Some(version(2)), &mut found);
        assert_eq!(v.writes[0].visible, [Some(Time(10)), None]);
        v.shown(NodeId(1), OpId(1), KEY, Time(30), &mut found);
        assert_eq!(v.writes[0].visible, [Some(Time(10)), Some(Time(30))]);
        assert_eq!(v.writes[1].visible, [Some(Time(20)), Some(Time(30))]);
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_version_that_is_told_later_counts_from_when_it_was_shown() {
        let (mut v, mut found) = run(2);
        v.acknowledged(0, Time(5), Some(version(1)), &mut found);
        v.shown(NodeId(1), OpId(1), KEY, Time(30), &mut found);
        assert_eq!(v.writes[0].visible[1], None, "nobody knows yet which is newer");
        v.acknowledged(1, Time(90), Some(version(2)), &mut found);
        assert_eq!(v.writes[0].visible[1], Some(Time(30)));
        // The other way round: the older one is acknowledged last.
        v.acknowledged(2, Time(95), Some(version(0)), &mut found);
        assert_eq!(v.writes[2].visible[1], Some(Time(30)));
    }

    #[test]
    fn an_unacknowledged_write_is_newer_than_what_it_replaced() {
        let (mut v, mut found) = run(2);
        v.shown(NodeId(0), OpId(0), KEY, Time(10), &mut found);
        v.acknowledged(0, Time(11), Some(version(1)), &mut found);
        v.shown(NodeId(1), OpId(1), KEY, Time(15), &mut found);
        assert_eq!(v.writes[0].visible[1], None);
        v.shown(NodeId(0), OpId(1), KEY, Time(20), &mut found);
        assert_eq!(v.writes[0].visible[1], Some(Time(15)));
    }

    #[test]
    fn a_read_tells_the_version_of_a_write_that_was_never_acknowledged() {
        let (mut v, mut found) = run(2);
        v.acknowledged(0, Time(5), Some(version(1)), &mut found);
        v.shown(NodeId(1), OpId(1), KEY, Time(30), &mut found);
        v.read(KEY, Value(2), version(7), &mut found);
        assert_eq!(v.writes[0].visible[1], Some(Time(30)));
    }

    #[test]
    fn a_newer_addition_says_nothing_of_an_older_one() {
        let mut v = Visibility::new(2);
        let mut found = Vec::new();
        for op in 0..2 {
            v.invoked(OpId(op), KEY, None, Time(0));
            v.shown(NodeId(0), OpId(op), KEY, Time(10), &mut found);
            v.acknowledged(op as usize, Time(11), Some(version(u64::from(op) + 1)), &mut found);
        }
        v.shown(NodeId(1), OpId(1), KEY, Time(30), &mut found);
        assert_eq!(v.writes[0].visible, [Some(Time(10)), None]);
        assert_eq!(v.writes[1].visible, [Some(Time(10)), Some(Time(30))]);
    }

    #[test]
    fn nothing_is_visible_before_it_was_called() {
        let (mut v, mut found) = run(1);
        v.shown(NodeId(0), OpId(0), KEY, Time(1), &mut found);
        v.acknowledged(0, Time(1), Some(version(9)), &mut found);
        v.acknowledged(2, Time(50), Some(version(5)), &mut found);
        assert_eq!(
            v.writes[2].visible,
            [Some(Time(2))],
            "its clock was behind; it was outdated from the start"
        );
    }

    #[test]
    fn an_older_write_shown_late_does_not_hide_a_newer_one() {
        let mut copy = KeyCopy::default();
        assert!(copy.rise(Time(10), version(5)));
        assert!(!copy.rise(Time(20), version(3)));
        assert!(copy.rise(Time(5), version(4)));
        assert!(copy.rise(Time(30), version(9)));
        assert!(copy.rise(Time(7), version(6)));
        assert_eq!(copy.steps, [(Time(5), version(4)), (Time(7), version(6)), (Time(30), version(9))]);
        assert_eq!(copy.since(version(5)), Some(Time(7)));
        assert_eq!(copy.since(version(10)), None);
    }
}
