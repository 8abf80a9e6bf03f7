//! What the weak models are judged by: who did what after what, and who read what from whom.
//!
//! A history is a graph. Its nodes are the operations that took effect or returned an answer; its arrows are two.
//! **Session order**: an operation comes after those that its session had seen return before it was called. A
//! session may have several operations open at once, and these are in no order. **Reads-from**: a read comes after the
//! write whose value it returned; a compare-and-set that succeeded reads what it expected and writes, in one node.
//! The **causal order** is what follows from both. Real time plays no part: that one session wrote before
//! another one read means nothing, unless somebody could have told.
//!
//! An operation of unknown outcome may take effect at any time after its call, or never. It comes after what its session
//! did before, and nothing of its session comes after it. If nobody read what it wrote, it can be left out: to
//! have it would only add to what must be explained. Refused ones are left out.
//!
//! Whether one operation comes before another is asked very often, so each has a vector clock (Mattern 1989;
//! Fidge 1988): how many operations it comes after, lane by lane. A **lane** is a chain of operations of
//! one session, each called after the one before had returned: one for each session whose operations never overlap,
//! and one for each operation of unknown outcome.
//!
//! Reading order: this file (the nodes), `order` (the arrows and the clocks), `origins` (which write a read saw,
//! where several wrote the same), `patterns` and `views` (what is wrong: Bouajjani, Enea, Guerraoui and Hamza 2017),
//! `guarantees` (the four of Terry et al. 1994), `asking` (from a history to a verdict), `telling` (the words).

mod asking;
pub(crate) mod guarantees;
pub(crate) mod order;
pub(crate) mod origins;
pub(crate) mod patterns;
mod telling;
pub(crate) mod views;

use std::collections::{BTreeMap, BTreeSet};

use netsplit_sim::ids::{Key, OpId, Value};

pub(crate) use crate::causality::asking::verdict;
use crate::observation::{Call, Observation, Observations, Outcome};

/// An index into [`Scene::nodes`].
pub(crate) type Place = u32;

/// No event: the operation has not returned, or it is not known what came of it.
pub(crate) const NEVER: u64 = u64::MAX;

/// What an operation learnt of what its key held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    /// Nothing.
    Nothing,
    /// That it held exactly this.
    Value(Option<Value>),
    /// That it held something else: a compare-and-set failed.
    Not(Option<Value>),
}

/// An operation on a register that took effect or returned an answer, or may have taken effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) operation: OpId,
    /// Its session and its key, numbered from zero in the order in which they appear.
    pub(crate) session: u32,
    pub(crate) key: u32,
    pub(crate) invoked: u64,
    /// The event of its return; [`NEVER`] if its outcome is not known.
    pub(crate) returned: u64,
    pub(crate) sees: Sees,
    /// What it leaves behind.
    pub(crate) writes: Option<Option<Value>>,
    /// Whether it is a plain read.
    pub(crate) is_read: bool,
    /// Where it stands in which lane.
    pub(crate) lane: u32,
    pub(crate) position: u32,
}

impl Node {
    /// Whether it surely took effect or returned an answer.
    pub(crate) fn is_sure(&self) -> bool {
        self.returned != NEVER
    }
}

/// The writes of one key, lane by lane, in the order of their positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyWrites {
    lanes: Vec<(u32, Vec<Place>)>,
}

/// The operations of a history and their session order.
#[derive(Clone, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) observations: &'a Observations,
    pub(crate) nodes: Vec<Node>,
    /// The nodes of each session, in the order of their calls.
    pub(crate) sessions: Vec<Vec<Place>>,
    /// The nodes of each lane, in session order.
    pub(crate) lanes: Vec<Vec<Place>>,
    /// The writes of each key.
    pub(crate) writes: Vec<KeyWrites>,
    /// The nodes in the order of their returns: a start for whoever sorts them.
    pub(crate) by_return: Vec<Place>,
    /// Who may have written a value, in the order of the calls; by key.
    writers: BTreeMap<(u32, Option<Value>), Vec<Place>>,
    /// The last ones before each node in the lanes of its session, and where each node's begin.
    previous: Vec<Place>,
    previous_of: Vec<u32>,
    /// An operation whose answer is not judged.
    unclear: Option<OpId>,
}

impl<'a> Scene<'a> {
    /// The operations of a history that count.
    pub(crate) fn of(observations: &'a Observations) -> Self {
        let built: BTreeSet<Key> = observations
            .operations
            .iter()
            .filter(|operation| operation.call.builds() && operation.outcome != Outcome::Refused)
            .map(|operation| operation.key)
            .collect();
        let mut scene = Self {
            observations,
            nodes: Vec::new(),
            sessions: Vec::new(),
            lanes: Vec::new(),
            writes: Vec::new(),
            by_return: Vec::new(),
            writers: BTreeMap::new(),
            previous: Vec::new(),
            previous_of: Vec::new(),
            unclear: None,
        };
        let (mut sessions, mut keys) = (BTreeMap::new(), BTreeMap::new());
        for operation in &observations.operations {
            let several = match operation.outcome {
                Outcome::Values(id) => observations.values_of(id).len() > 1,
                _ => false,
            };
            if several || built.contains(&operation.key) {
                if says_something(operation) {
                    scene.unclear.get_or_insert(operation.id);
                }
                continue;
            }
            if let Some(mut node) = node(observations, operation) {
                node.session = number(&mut sessions, operation.session);
                node.key = number(&mut keys, operation.key);
                scene.nodes.push(node);
            }
        }
        scene.forget_what_nobody_can_have_read();
        scene.sessions = vec![Vec::new(); sessions.len()];
        scene.writes = vec![KeyWrites::default(); keys.len()];
        scene.lay_out();
        scene
    }

    /// A write of unknown outcome that nobody can have read never needs to have taken effect.
    fn forget_what_nobody_can_have_read(&mut self) {
        let seen: BTreeSet<(u32, Option<Value>)> = self
            .nodes
            .iter()
            .filter_map(|node| match node.sees {
                Sees::Value(value) => Some((node.key, value)),
                _ => None,
            })
            .collect();
        let failed: BTreeSet<u32> =
            self.nodes.iter().filter(|node| matches!(node.sees, Sees::Not(_))).map(|node| node.key).collect();
        self.nodes.retain(|node| {
            let wrote = node.writes.map(|value| (node.key, value));
            node.is_sure() || failed.contains(&node.key) || wrote.is_some_and(|wrote| seen.contains(&wrote))
        });
    }

    /// Lanes, session order, and the writes by key and by value.
    fn lay_out(&mut self) {
        let mut lanes_of: Vec<Vec<u32>> = vec![Vec::new(); self.sessions.len()];
        self.previous_of.push(0);
        for place in 0..self.nodes.len() as Place {
            let node = self.nodes[place as usize];
            let session = node.session as usize;
            let mut best: Option<(u64, u32)> = None;
            for &lane in &lanes_of[session] {
                let nodes = &self.lanes[lane as usize];
                let returned = |place: Place| self.nodes[place as usize].returned;
                let before = nodes.partition_point(|&other| returned(other) < node.invoked);
                let Some(&last) = before.checked_sub(1).and_then(|last| nodes.get(last)) else { continue };
                self.previous.push(last);
                if before == nodes.len() && node.is_sure() {
                    best = best.max(Some((returned(last), lane)));
                }
            }
            self.previous_of.push(self.previous.len() as u32);
            let lane = best.map_or(self.lanes.len() as u32, |(_, lane)| lane);
            if best.is_none() {
                self.lanes.push(Vec::new());
                if node.is_sure() {
                    lanes_of[session].push(lane);
                }
            }
            let position = self.lanes[lane as usize].len() as u32;
            self.lanes[lane as usize].push(place);
            (self.nodes[place as usize].lane, self.nodes[place as usize].position) = (lane, position);
            self.sessions[session].push(place);
            if let Some(value) = node.writes {
                self.writers.entry((node.key, value)).or_default().push(place);
                let lanes = &mut self.writes[node.key as usize].lanes;
                match lanes.binary_search_by_key(&lane, |&(lane, _)| lane) {
                    Ok(index) => lanes[index].1.push(place),
                    Err(index) => lanes.insert(index, (lane, vec![place])),
                }
            }
        }
        let mut by_return: Vec<Place> = self.everybody().collect();
        by_return.sort_by_key(|&place| (self.node(place).returned, place));
        self.by_return = by_return;
    }

    /// All nodes.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = Place> + use<> {
        0..self.nodes.len() as Place
    }

    /// A node.
    pub(crate) fn node(&self, place: Place) -> &Node {
        &self.nodes[place as usize]
    }

    /// The operation of a node.
    pub(crate) fn operation(&self, place: Place) -> &'a Observation {
        &self.observations.operations[self.node(place).operation.index()]
    }

    /// The last ones before a node in the lanes of its session.
    pub(crate) fn previous(&self, place: Place) -> &[Place] {
        let range = self.previous_of[place as usize] as usize..self.previous_of[place as usize + 1] as usize;
        &self.previous[range]
    }

    /// Whether there is an answer that may come from more than one write.
    fn is_ambiguous(&self) -> bool {
        let is_unclear = |place: Place| {
            let node = self.node(place);
            match node.sees {
                Sees::Nothing => false,
                Sees::Value(value) => self.writers(node.key, value).len() + usize::from(value.is_none()) > 1,
                Sees::Not(_) => true,
            }
        };
        self.everybody().any(is_unclear)
    }

    /// Who may have written a value to a key, in the order of the calls.
    pub(crate) fn writers(&self, key: u32, value: Option<Value>) -> &[Place] {
        self.writers.get(&(key, value)).map_or(&[], Vec::as_slice)
    }

    /// Everybody who may have written to a key.
    pub(crate) fn all_writers(&self, key: u32) -> impl Iterator<Item = Place> {
        self.writes[key as usize].lanes.iter().flat_map(|(_, places)| places.iter().copied())
    }

    /// Whether the session of `earlier` did it before `later`.
    pub(crate) fn is_in_session_before(&self, earlier: Place, later: Place) -> bool {
        let (earlier, later) = (self.node(earlier), self.node(later));
        earlier.session == later.session && earlier.returned < later.invoked
    }

    /// The last write to a key in each lane, of those that a clock counts. An earlier one in the same lane came before it,
    /// so it can prove no more than this one.
    pub(crate) fn last_writes<'b>(&'b self, key: u32, clock: &'b [u32]) -> impl Iterator<Item = Place> + 'b {
        self.writes[key as usize].lanes.iter().filter_map(move |(lane, places)| {
            let counted = clock[*lane as usize];
            let before = places.partition_point(|&place| self.node(place).position < counted);
            before.checked_sub(1).map(|last| places[last])
        })
    }
}

fn says_something(operation: &Observation) -> bool {
    match operation.outcome {
        Outcome::Read(_) | Outcome::Values(_) | Outcome::NotSwapped => true,
        Outcome::Done => matches!(operation.call, Call::Cas { .. }),
        _ => false,
    }
}

/// The node of an operation on a register; its session, key and lane come later.
fn node(observations: &Observations, operation: &Observation) -> Option<Node> {
    let returned = operation.returned.unwrap_or(NEVER);
    let (returned, sees) = match (operation.call, operation.outcome) {
        (Call::Read, Outcome::Read(value)) => (returned, Sees::Value(value)),
        (Call::Read, Outcome::Values(id)) => {
            (returned, Sees::Value(observations.values_of(id).first().copied()))
        }
        (Call::Write(_), Outcome::Done) => (returned, Sees::Nothing),
        (Call::Write(_), Outcome::Unknown | Outcome::Pending) => (NEVER, Sees::Nothing),
        (Call::Cas { from, .. }, Outcome::Done) => (returned, Sees::Value(from)),
        (Call::Cas { from, .. }, Outcome::NotSwapped) => (returned, Sees::Not(from)),
        (Call::Cas { from, .. }, Outcome::Unknown | Outcome::Pending) => (NEVER, Sees::Value(from)),
        _ => return None,
    };
    Some(Node {
        operation: operation.id,
        session: 0,
        key: 0,
        invoked: operation.invoked,
        returned,
        sees,
        writes: operation.call.writes().filter(|_| !matches!(sees, Sees::Not(_))),
        is_read: operation.call == Call::Read,
        lane: 0,
        position: 0,
    })
}

/// The number of something, counted from zero in the order of appearance.
fn number<T: Ord>(numbers: &mut BTreeMap<T, u32>, of: T) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(of).or_insert(next)
}
