//! Gestures on the split of the data: a split point is dragged, a shard is put on another node, a node is taken into the
//! cluster or out of it. Each becomes one action of the script. What the cluster refuses, the page explains.

use netsplit_protocols::partitioning::{Block, Layout};
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::frame::Status;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::sharding::ShardMap;
use netsplit_sim::trace::EventKind;

use crate::shards::{first_keys, labels, place_of};
use crate::studio::{Studio, Tone};
use crate::words;

/// What a protocol notes when it does not carry a change out.
const REFUSED: &str = "refused a change";
/// A split point that was moved by keys is put into force after so long a rest.
const REST_MS: f64 = 700.0;

/// A split point in the hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shift {
    /// Where it is in the map.
    pub(crate) from: Key,
    /// Where the hand holds it.
    pub(crate) to: Key,
    /// When it was moved last, by keys; `None` while a pointer holds it.
    since_ms: Option<f64>,
}

/// The last change that was asked for, to tell why it was refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// So much of the record was there before.
    seen: usize,
    /// Why it can't be done, as far as the page can tell.
    why: Option<&'static str>,
    /// Whether the cluster has refused it.
    refused: bool,
}

impl Studio {
    /// Changes which nodes are in the cluster, or how the data is split.
    pub(crate) fn reshape(&mut self, change: Reshape) -> bool {
        if self.frame.nodes.first().is_some_and(|keeper| keeper.status != Status::Up) {
            let keeper = self.names.node(NodeId(0)).to_owned();
            self.notice(
                Tone::Bad,
                format!(
                    "{keeper} keeps the map of the shards and does not run: nobody carries this change out."
                ),
            );
            return false;
        }
        let why = self.why_not(&change);
        let seen = self.session.machine().trace().len();
        self.asked = None;
        let done = self.act(Action::Reshape(change));
        if done {
            self.asked = Some(Asked { seen, why, refused: false });
            self.follow_asked();
        }
        done
    }

    /// Why a change can't be done, by the map that the page shows.
    fn why_not(&self, change: &Reshape) -> Option<&'static str> {
        let map = self.shard_map()?;
        let mut layout = self.layout_now(map)?;
        layout.reshape(change).err()
    }

    /// A layout that a map is of, as far as it decides what can be done.
    fn layout_now(&self, map: &ShardMap) -> Option<Layout> {
        let about = self.scheme()?;
        let mut layout = self.session.layout()?;
        layout.nodes.clone_from(&map.nodes);
        if about.ordered {
            let first = first_keys(map);
            let mut blocks: Vec<Block> = Vec::new();
            for (shard, first) in map.shards.iter().zip(first) {
                if let Some(first) = first {
                    blocks.push(Block { first, owners: shard.members.clone() });
                }
            }
            blocks.sort_by_key(|block| block.first);
            layout.blocks = blocks;
        }
        Some(layout)
    }

    /// Looks whether the cluster has refused the last change by now.
    pub(crate) fn follow_asked(&mut self) {
        let Some(asked) = self.asked.as_ref().filter(|asked| !asked.refused) else { return };
        let trace = self.session.machine().trace();
        if trace.len() < asked.seen {
            self.asked = None;
            return;
        }
        let notes = &self.session.about().notes;
        let Some(note) = notes.iter().position(|note| note.name == REFUSED) else { return };
        let is_refusal = |kind: EventKind| matches!(kind, EventKind::Noted { note: noted, .. } if usize::from(noted) == note);
        if trace[asked.seen..].iter().any(|event| is_refusal(event.kind)) {
            if let Some(asked) = &mut self.asked {
                asked.refused = true;
            }
            if let Some(text) = self.refusal() {
                self.notice(Tone::Bad, text);
            }
        }
    }

    /// Why the last change was refused, if it was.
    pub(crate) fn refusal(&self) -> Option<String> {
        let asked = self.asked.as_ref().filter(|asked| asked.refused)?;
        let why = asked.why.unwrap_or("look inside the node that keeps the map for more");
        Some(format!("{} refused this change: {why}.", self.names.node(NodeId(0))))
    }

    // Split points.

    /// A split point is dragged; `done` when the hand lets go.
    pub(crate) fn drag_split(&mut self, from: Key, to: Key, done: bool) {
        let to = self.split_bounds(from, to);
        if done {
            self.shift = Some(Shift { from, to, since_ms: None });
            self.drop_split();
        } else if self.shift.is_none_or(|shift| (shift.from, shift.to) != (from, to)) {
            self.shift = Some(Shift { from, to, since_ms: None });
            self.say(format!("begins at {}", words::key(to)));
        }
    }

    /// A split point is moved by keys: put into force when it rests.
    pub(crate) fn nudge_split(&mut self, from: Key, by: i32) {
        let held = self.shift.filter(|shift| shift.from == from).map_or(from, |shift| shift.to);
        let to = self.split_bounds(from, Key(held.0.saturating_add_signed(by)));
        self.shift = Some(Shift { from, to, since_ms: Some(self.clock_ms) });
        self.say(format!("begins at {}", words::key(to)));
    }

    /// Puts the split point in the hand into force where it is held.
    pub(crate) fn drop_split(&mut self) {
        if let Some(shift) = self.shift.take()
            && shift.from != shift.to
        {
            self.reshape(Reshape::Shift(shift.from, shift.to));
        }
    }

    /// What goes on while a split point rests, and while a change is under way.
    pub(crate) fn follow_split(&mut self) {
        if let Some(Shift { since_ms: Some(since), .. }) = self.shift
            && self.clock_ms - since > REST_MS
        {
            self.drop_split();
        }
        self.follow_asked();
    }

    /// A place for a split point between its neighbours, so that no range gets empty.
    fn split_bounds(&self, from: Key, to: Key) -> Key {
        let Some(map) = self.shard_map() else { return from };
        let starts: Vec<u32> = first_keys(map).into_iter().flatten().map(|key| key.0).collect();
        let below = starts.iter().copied().filter(|start| *start < from.0).max().unwrap_or(0);
        let above = starts.iter().copied().filter(|start| *start > from.0).min();
        let above = above.unwrap_or(map.owners.len() as u32);
        Key(to.0.clamp(below + 1, above.saturating_sub(1).max(below + 1)))
    }

    // Shards and nodes.

    /// The shard that holds a key is dropped onto a node: moved there from another, or copied.
    pub(crate) fn drop_shard(&mut self, key: Key, from: Option<NodeId>, to: NodeId, copy: bool) {
        let Some(map) = self.shard_map() else { return };
        let Some(place) = place_of(map, key) else { return };
        let label = labels(map)[place].clone();
        let old = map.shards[place].members.clone();
        let (name, outside) = (self.names.node(to).to_owned(), !map.nodes.contains(&to));
        if outside {
            self.notice(Tone::Plain, format!("{name} stands by: let it join the cluster first."));
            return;
        }
        if old.contains(&to) {
            self.say(format!("{name} holds shard {label} already"));
            return;
        }
        let gone = from.filter(|from| old.contains(from)).or(old.last().copied());
        let owners = if copy {
            old.into_iter().chain([to]).collect()
        } else {
            old.into_iter().map(|node| if Some(node) == gone { to } else { node }).collect()
        };
        self.reshape(Reshape::Assign(key, owners));
    }

    /// A node's copy of a shard is to be dropped.
    pub(crate) fn drop_copy(&mut self, key: Key, gone: NodeId) {
        let Some(map) = self.shard_map() else { return };
        let Some(place) = place_of(map, key) else { return };
        let rest: Vec<NodeId> =
            map.shards[place].members.iter().copied().filter(|node| *node != gone).collect();
        if rest.is_empty() {
            let label = labels(map)[place].clone();
            self.notice(Tone::Plain, format!("This is the only copy of shard {label}: move it instead."));
        } else if rest.len() < map.shards[place].members.len() {
            self.reshape(Reshape::Assign(key, rest));
        }
    }

    /// A node is put into the cluster, or out of it.
    pub(crate) fn put_node(&mut self, node: NodeId, inside: bool) {
        let Some(map) = self.shard_map() else { return };
        if map.nodes.contains(&node) == inside {
            return;
        }
        let down = self.frame.nodes.get(node.index()).is_some_and(|frame| frame.status == Status::Down);
        if node == NodeId(0) {
            let name = self.names.node(node).to_owned();
            self.notice(Tone::Plain, format!("{name} keeps the map of the shards and can't go."));
            return;
        }
        self.reshape(match (inside, down) {
            (true, _) => Reshape::Join(node),
            // What is down can't hand over what it holds.
            (false, true) => Reshape::Remove(node),
            (false, false) => Reshape::Leave(node),
        });
    }

    /// Shows the card of the shard that holds a key, or hides it again.
    pub(crate) fn choose_shard(&mut self, key: Option<Key>) {
        let same = self.shard_map().is_some_and(|map| {
            let place = |key: Option<Key>| key.and_then(|key| place_of(map, key));
            place(key).is_some() && place(key) == place(self.attention.pointed.chosen)
        });
        self.attention.pointed.chosen = key.filter(|_| !same);
    }
}
