//! The four session guarantees (Terry, Demers, Petersen, Spreitzer, Theimer and Welch 1994), by what clients can tell.
//!
//! Terry and others speak of the writes that a server holds, and in which order; Viotti and Vukolić (2016) of which write
//! is visible to which operation. Clients see neither. These are the violations that sessions can prove by session
//! order and reads-from alone. A session **knows** what it did and read, and what came before that in the session
//! of whoever wrote it. Of two writes to one key one is **older**, as far as a session can tell, if the session knew it when it
//! made the other one itself, or if another session wrote first the one and then the other. What the key begins with is
//! older than all. Then a session breaks
//!
//! - **read your writes** if it reads a value that is older than a write of its own before;
//! - **monotonic reads** if it reads a value that is older than one that it had read before;
//! - **monotonic writes** if it has read a write of another session, and then reads a value that is older than what
//!   that session had written to the key before that write;
//! - **writes follow reads** if it reads an older value than the causal order allows, and that takes the reads of
//!   other sessions to prove: it has seen a write, and then reads a value older than one that the writer had
//!   read before it wrote.
//!
//! A single violation of the last two could also be one of monotonic reads, at a server that holds neither write; a
//! client can't tell. It counts here as what it looks like, so each of the four can be broken alone. All four
//! together are causal consistency, as Brzeziński, Sobaniec and Wawrzyniak (2004) proved, up to its bad patterns that are
//! about no older value (a circle, a value from nowhere); and PRAM implies the first three.
//!
//! What a compare-and-set found is knowledge, but no read: the first two guarantees don't complain about it. One that
//! failed, or whose outcome is not known, says nothing here. A read that returned before anybody had called a write
//! of its value comes from nowhere, and says nothing either. So whoever keeps the guarantees by the clock keeps
//! them here.

use std::collections::BTreeMap;

use crate::causality::order::{Arrows, Order};
use crate::causality::origins::{Answer, Origin, Steps, settle};
use crate::causality::patterns::{Bad, Older};
use crate::causality::{NEVER, Place, Scene, Sees};

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guarantee {
    ReadYourWrites,
    MonotonicReads,
    MonotonicWrites,
    WritesFollowReads,
}

/// Whether a history keeps a guarantee, by the answers given until an event.
pub(crate) fn ask(scene: &Scene<'_>, guarantee: Guarantee, until: u64, steps: &mut Steps) -> Answer {
    if guarantee == Guarantee::WritesFollowReads {
        let readers = 0..scene.nodes.len() as Place;
        return settle(scene, readers, until, choices, steps, |origins, steps| {
            writes_follow_reads(scene, origins, steps)
        });
    }
    for session in 0..scene.sessions.len() as u32 {
        let readers = scene.sessions[session as usize].iter().copied();
        let answer = settle(scene, readers, until, choices, steps, |origins, steps| {
            steps.spend(super::order::cost(scene) / scene.sessions.len() as u64 + 1);
            let mut bad = None;
            Knowledge::follow(scene, origins, session, &mut |knowledge, read| {
                if bad.is_none() {
                    bad = knowledge.broken(guarantee, read);
                }
            });
            bad
        });
        if !matches!(answer, Answer::Holds) {
            return answer;
        }
    }
    Answer::Holds
}

/// What a node may have seen, as far as these guarantees look at it.
fn choices(scene: &Scene<'_>, place: Place) -> Vec<Origin> {
    let node = scene.node(place);
    let Sees::Value(value) = node.sees else { return vec![Origin::Open] };
    if !node.is_sure() {
        return vec![Origin::Open];
    }
    let writers = scene.writers(node.key, value);
    let others = || writers.iter().copied().filter(|&writer| writer != place);
    let is_early = |writer: Place| scene.node(writer).invoked < node.returned;
    let mut choices: Vec<Origin> = others().filter(|&writer| is_early(writer)).map(Origin::Write).collect();
    choices.extend(value.is_none().then_some(Origin::First));
    if choices.is_empty() || others().any(|writer| !is_early(writer)) {
        choices.push(Origin::Open);
    }
    choices
}

/// What one session knows at a moment.
struct Knowledge<'a> {
    scene: &'a Scene<'a>,
    origins: &'a [Origin],
    session: u32,
    /// How many nodes of each lane it knows.
    knows: Vec<u32>,
    /// How many nodes of each lane came before a write of another session that it has seen, in the session of that.
    told: Vec<u32>,
    /// By key: the last writes that it saw in each lane, and
    seen: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// the last ones of its own.
    own: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// What it knew when it called each of its writes.
    at_call: BTreeMap<Place, Vec<u32>>,
}

impl<'a> Knowledge<'a> {
    /// Follows a session from its first event to its last, and looks at each of its reads when it is called.
    fn follow(scene: &'a Scene<'a>, origins: &'a [Origin], session: u32, look: &mut dyn FnMut(&Self, Place)) {
        let lanes = scene.lanes.len();
        let mut knowledge = Self {
            scene,
            origins,
            session,
            knows: vec![0; lanes],
            told: vec![0; lanes],
            seen: BTreeMap::new(),
            own: BTreeMap::new(),
            at_call: BTreeMap::new(),
        };
        let nodes = &scene.sessions[session as usize];
        let mut events: Vec<(u64, bool, Place)> = Vec::with_capacity(2 * nodes.len());
        for &place in nodes {
            let node = scene.node(place);
            events.push((node.invoked, false, place));
            if node.returned != NEVER {
                events.push((node.returned, true, place));
            }
        }
        events.sort_unstable();
        for (_, returns, place) in events {
            if returns {
                knowledge.returned(place);
                continue;
            }
            if scene.node(place).writes.is_some() {
                knowledge.at_call.insert(place, knowledge.knows.clone());
            }
            if matches!(origins[place as usize], Origin::First | Origin::Write(_)) {
                look(&knowledge, place);
            }
        }
    }

    fn returned(&mut self, place: Place) {
        let (scene, node) = (self.scene, self.scene.node(place));
        raise(&mut self.knows, scene, place);
        if let Origin::Write(from) = self.origins[place as usize] {
            let from_node = scene.node(from);
            raise(&mut self.knows, scene, from);
            for &earlier in scene.previous(from) {
                raise(&mut self.knows, scene, earlier);
                if from_node.session != self.session {
                    raise(&mut self.told, scene, earlier);
                }
            }
            if node.is_read {
                note(&mut self.seen, scene, from);
            }
        }
        if node.writes.is_some() {
            note(&mut self.own, scene, place);
        }
    }

    /// How a read breaks a guarantee.
    fn broken(&self, guarantee: Guarantee, read: Place) -> Option<Bad> {
        let (scene, node) = (self.scene, self.scene.node(read));
        let from = match self.origins[read as usize] {
            Origin::Write(from) => Some(from),
            _ => None,
        };
        let is_newer = |&newer: &Place| Some(newer) != from && self.is_older(from, newer, false);
        let known = match guarantee {
            Guarantee::ReadYourWrites => &self.own,
            Guarantee::MonotonicReads => &self.seen,
            Guarantee::MonotonicWrites | Guarantee::WritesFollowReads => {
                let newer = scene.last_writes(node.key, &self.told).find(is_newer);
                return newer.map(|newer| self.bad(read, from, newer));
            }
        };
        let lasts = known.get(&node.key).filter(|_| node.is_read)?;
        let mut writes = lasts.iter().map(|(&lane, &position)| scene.lanes[lane as usize][position as usize]);
        writes.find(is_newer).map(|newer| self.bad(read, from, newer))
    }

    fn bad(&self, read: Place, from: Option<Place>, newer: Place) -> Bad {
        let scene = self.scene;
        let arrows = Arrows::of(self.origins, |place| scene.node(place).session == self.session);
        Bad::Older(Older { read, from, newer, arrows: Box::new(arrows) })
    }

    /// Whether the session knows that one write is older than another one of the same key. `found` counts what a
    /// compare-and-set found as known to itself.
    fn is_older(&self, from: Option<Place>, newer: Place, found: bool) -> bool {
        let (Some(from), scene) = (from, self.scene) else { return true };
        if scene.node(newer).session != self.session {
            return scene.is_in_session_before(from, newer);
        }
        let Some(knew) = self.at_call.get(&newer) else { return false };
        if counts(knew, scene, from) {
            return true;
        }
        match self.origins[newer as usize] {
            Origin::Write(before) if found => before == from || self.is_older(Some(from), before, false),
            _ => false,
        }
    }
}

/// What is broken of writes follow reads.
fn writes_follow_reads(scene: &Scene<'_>, origins: &[Origin], steps: &mut Steps) -> Option<Bad> {
    let arrows = Arrows::of(origins, |_| true);
    // A circle is an effect before its cause, and breaks causal consistency; it is about no older value.
    let order = Order::of(scene, &arrows, steps).ok()?;
    let mut bad = None;
    for session in 0..scene.sessions.len() as u32 {
        Knowledge::follow(scene, origins, session, &mut |knowledge, read| {
            if bad.is_some() {
                return;
            }
            let from = match origins[read as usize] {
                Origin::Write(from) => Some(from),
                _ => None,
            };
            let is_newer = |&newer: &Place| {
                let is_own_knowledge =
                    counts(&knowledge.knows, scene, newer) && knowledge.is_older(from, newer, true);
                Some(newer) != from
                    && !is_own_knowledge
                    && from.is_none_or(|from| order.is_before(scene, from, newer))
            };
            let newer = scene.last_writes(scene.node(read).key, order.clock(read)).find(is_newer);
            bad =
                newer.map(|newer| Bad::Older(Older { read, from, newer, arrows: Box::new(arrows.clone()) }));
        });
    }
    bad
}

fn raise(clock: &mut [u32], scene: &Scene<'_>, place: Place) {
    let node = scene.node(place);
    let entry = &mut clock[node.lane as usize];
    *entry = (*entry).max(node.position + 1);
}

fn counts(clock: &[u32], scene: &Scene<'_>, place: Place) -> bool {
    clock[scene.node(place).lane as usize] > scene.node(place).position
}

fn note(lasts: &mut BTreeMap<u32, BTreeMap<u32, u32>>, scene: &Scene<'_>, write: Place) {
    let node = scene.node(write);
    let last = lasts.entry(node.key).or_default().entry(node.lane).or_insert(node.position);
    *last = (*last).max(node.position);
}
