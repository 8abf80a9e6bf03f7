//! The panel "How the data is split": everything in [`crate::shards`] put together, with the figures, what is moving, the
//! card of the shard that was chosen, and what clients asked about several keys.

use netsplit_protocols::partitioning;
use netsplit_scenario::Sharding;
use netsplit_sim::action::{Action, Reshape};
use netsplit_sim::frame::Status;
use netsplit_sim::history::Many;
use netsplit_sim::ids::{ClientId, Key, NodeId};
use netsplit_sim::sharding::ShardMap;

use crate::intent::Intent;
use crate::menu::{Does, Item};
use crate::panels;
use crate::queries::{self, QueryRow};
use crate::shards::load::Load;
use crate::shards::nodes::{MoveRow, NodeCard, cards, moves};
use crate::shards::space::{Shape, Space, space};
use crate::shards::{ShardMark, keys_in_words, newest, shards};
use crate::studio::Studio;
use crate::units;
use crate::words;

/// Up to so many shards are drawn as blocks that name themselves; more are small.
const BLOCKS: usize = 8;
/// How many keys the button for a scan reads.
const SCANNED: u32 = 10;

/// The panel, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The scheme's name.
    pub scheme: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// The version of the newest map.
    pub version: u64,
    /// How many keys there are.
    pub keys: u32,
    /// The space of the keys.
    pub space: Space,
    /// What the space is, in a few words.
    pub caption: &'static str,
    /// The shards.
    pub shards: Vec<ShardMark>,
    /// The end of the scale of load, in operations per second.
    pub most: f64,
    /// What is moving, and how many more moves there are.
    pub moves: (Vec<MoveRow>, usize),
    /// The nodes with their copies.
    pub nodes: Vec<NodeCard>,
    /// Whether the copies are large blocks.
    pub blocks: bool,
    /// What came of it, in numbers.
    pub figures: Vec<SplitFigure>,
    /// The card of the chosen shard.
    pub chosen: Option<Chosen>,
    /// Whether a shard that is dragged to a node is copied there instead of moved.
    pub copying: bool,
    /// What can be asked about several keys now.
    pub asks: Vec<Item>,
    /// What was asked.
    pub queries: Vec<QueryRow>,
    /// Why the last change was refused.
    pub refused: Option<String>,
}

/// A number below the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitFigure {
    /// The stable name.
    pub name: &'static str,
    /// The label.
    pub title: &'static str,
    /// The raw number; `None` where nothing was measured.
    pub value: Option<f64>,
    /// It as text.
    pub text: String,
    /// What it means.
    pub meaning: &'static str,
}

/// The card of a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Its label.
    pub label: String,
    /// Its first key.
    pub key: Key,
    /// Its keys, owners and load: names and values.
    pub facts: Vec<(String, String)>,
    /// What can be done.
    pub items: Vec<Item>,
}

impl Studio {
    /// The newest map, if the data is split and may be seen.
    pub(crate) fn shard_map(&self) -> Option<&ShardMap> {
        if self.attention.eyes.is_some() {
            return None;
        }
        newest(&self.frame).map(|map| &**map)
    }

    /// The scheme's description of itself.
    pub(crate) fn scheme(&self) -> Option<partitioning::About> {
        let chosen = self.session.scenario().partitioning.as_ref()?;
        partitioning::find(&chosen.scheme).map(|entry| (entry.about)())
    }

    /// Whether the data is split among the nodes.
    #[must_use]
    pub fn is_split(&self) -> bool {
        self.shard_map().is_some()
    }

    /// The panel, if the data is split and the panel is shown.
    #[must_use]
    pub fn split(&self) -> Option<Split> {
        if self.panel != crate::studio::Panel::Split || !self.is_split() {
            return None;
        }
        let measured = self.session.sharding_in(&self.frame);
        let map = self.shard_map()?;
        let about = self.scheme();
        let ordered = about.as_ref().is_some_and(|about| about.ordered);
        let history = self.session.machine().history();
        let load = Load::of(history, map, self.frame.now);
        let pointed = self.attention.pointed;
        let shards = shards(&self.frame, map, &self.names, &load, &pointed);
        let space = space(map, ordered, &load, &self.names, self.shift.map(|shift| (shift.from, shift.to)));
        let chosen = shards.iter().find(|shard| shard.chosen);
        Some(Split {
            scheme: about.as_ref().map_or_else(|| "Split".to_owned(), |about| about.title.to_owned()),
            summary: about.as_ref().map_or_else(String::new, |about| about.summary.to_owned()),
            version: map.version,
            keys: map.owners.len() as u32,
            caption: caption(space.shape),
            most: load.most,
            moves: moves(&self.frame, map, &self.names),
            nodes: cards(&self.frame, map, &self.names, &load, &pointed),
            blocks: shards.len() <= BLOCKS && ordered,
            figures: figures(measured.as_ref()),
            chosen: chosen.map(|shard| self.chosen(map, shard, ordered)),
            copying: self.copying,
            asks: self.asks(None),
            queries: queries::rows(history, &self.names),
            refused: self.refusal(),
            space,
            shards,
        })
    }

    fn chosen(&self, map: &ShardMap, shard: &ShardMark, ordered: bool) -> Chosen {
        let keys: Vec<Key> = map.held(shard.id).collect();
        let mut facts = vec![
            ("keys".to_owned(), format!("{} ({})", keys_in_words(&keys), keys.len())),
            ("on".to_owned(), shard.owners_text.clone()),
            ("load".to_owned(), format!("{} per s", units::three_digits(shard.rate))),
        ];
        if shard.up < shard.owners.len() {
            facts.push(("copies that run".to_owned(), format!("{} of {}", shard.up, shard.owners.len())));
        }
        Chosen {
            label: shard.label.clone(),
            key: shard.key,
            facts,
            items: self.shard_items(map, shard, &keys, ordered),
        }
    }

    /// What can be done to a shard, for those who would rather not drag.
    fn shard_items(&self, map: &ShardMap, shard: &ShardMark, keys: &[Key], ordered: bool) -> Vec<Item> {
        let key = shard.key;
        let name = |node: &NodeId| self.names.node(*node).to_owned();
        let others: Vec<NodeId> =
            map.nodes.iter().copied().filter(|node| !shard.owners.contains(node)).collect();
        let assign = |owners: Vec<NodeId>| Intent::Did(Action::Reshape(Reshape::Assign(key, owners)));
        let mut items = Vec::new();
        let mut choices = |name: &'static str, text: String, hint: &str, choices: Vec<(String, Intent)>| {
            if !choices.is_empty() {
                items.push(Item { name, text, hint: hint.to_owned(), does: Does::OneOf(choices) });
            }
        };
        for owner in &shard.owners {
            let swap = |to: &NodeId| {
                let new = shard.owners.iter().map(|old| if old == owner { *to } else { *old });
                (name(to), assign(new.collect()))
            };
            let text = if shard.owners.len() == 1 {
                "Move it to".to_owned()
            } else {
                format!("Move the copy on {} to", name(owner))
            };
            choices("move-shard", text, "", others.iter().map(swap).collect());
        }
        let add = |to: &NodeId| {
            let new = shard.owners.iter().copied().chain([*to]);
            (name(to), assign(new.collect()))
        };
        choices("copy-shard", "Copy it to".to_owned(), "one more copy", others.iter().map(add).collect());
        if shard.owners.len() > 1 {
            let without = |gone: &NodeId| {
                let rest = shard.owners.iter().copied().filter(|node| node != gone);
                (name(gone), assign(rest.collect()))
            };
            choices(
                "remove-copy",
                "Remove the copy on".to_owned(),
                "",
                shard.owners.iter().map(without).collect(),
            );
        }
        if ordered && let [_, .., _] = keys {
            let middle = keys[keys.len() / 2];
            items.push(Item {
                name: "split-shard",
                text: "Split in the middle".to_owned(),
                hint: format!("a new range begins at {}", words::key(middle)),
                does: Does::One(Intent::Did(Action::Reshape(Reshape::Split(middle)))),
            });
        }
        if ordered && key.0 > 0 {
            items.push(Item {
                name: "merge-shard",
                text: "Merge".to_owned(),
                hint: "with the range before it".to_owned(),
                does: Does::One(Intent::Did(Action::Reshape(Reshape::Merge(key)))),
            });
        }
        items
    }

    /// What a client can be told to ask about several keys now: the first of those that the workload is shown for.
    pub(crate) fn asks(&self, client: Option<ClientId>) -> Vec<Item> {
        let keys = self.session.scenario().keys;
        if !self.is_split() || self.names.clients.is_empty() {
            return Vec::new();
        }
        let client = client.or(self.workload_of).unwrap_or(ClientId(0));
        let who = self.names.client(client);
        let item = |name, text: String, hint: String, many| Item {
            name,
            text,
            hint,
            does: Does::One(Intent::Did(Action::Ask(client, many))),
        };
        let count = SCANNED.min(keys);
        let from = Key(self.watched.0.min(keys.saturating_sub(count)));
        let mut items = vec![
            item(
                "scan",
                format!("Scan {}", units::count(u64::from(count), "key")),
                format!("{who} reads {} to {}", words::key(from), words::key(Key(from.0 + count - 1))),
                Many::Scan { from, count },
            ),
            item("query-all", "Query all".to_owned(), format!("{who} reads every key"), Many::All),
        ];
        if keys > 1 {
            let first = self.watched;
            let second = Key((first.0 + keys / 2) % keys);
            items.push(item(
                "pair",
                "Write two keys".to_owned(),
                format!("{} and {}, not atomic", words::key(first), words::key(second)),
                Many::Pair { first, second },
            ));
        }
        items
    }

    /// What a node's menu offers in a cluster whose data is split.
    pub(crate) fn membership(&self, node: NodeId) -> Vec<Item> {
        let Some(map) = self.shard_map() else { return Vec::new() };
        let item = |name, text: &str, hint: &str, change| Item {
            name,
            text: text.to_owned(),
            hint: hint.to_owned(),
            does: Does::One(Intent::Did(Action::Reshape(change))),
        };
        let inside = map.nodes.contains(&node);
        let down = self.frame.nodes.get(node.index()).is_some_and(|frame| frame.status == Status::Down);
        if !inside {
            return vec![item(
                "join",
                "Join the cluster",
                "it takes its share of the data",
                Reshape::Join(node),
            )];
        }
        // The keeper of the map can't go, and the page does not offer what is always refused.
        if node == NodeId(0) {
            return Vec::new();
        }
        let mut items =
            vec![item("leave", "Leave the cluster", "what it holds moves away first", Reshape::Leave(node))];
        if down {
            items.insert(
                0,
                item(
                    "remove",
                    "Do without it",
                    "make what it held anew from other copies",
                    Reshape::Remove(node),
                ),
            );
        }
        items
    }
}

fn caption(shape: Shape) -> &'static str {
    match shape {
        Shape::Ranges => {
            "Keys in their order, cut into ranges. A tick is a key: the taller, the more it is asked for."
        }
        Shape::Ring => "Each key belongs to the next node clockwise.",
        Shape::Owners => "Keys by the node that holds them: their own order is lost in the hash.",
    }
}

/// The numbers below the picture.
fn figures(measured: Option<&Sharding>) -> Vec<SplitFigure> {
    let figure = |name, title, value: Option<f64>, unit: &str, meaning| SplitFigure {
        name,
        title,
        value,
        text: panels::text(value, unit),
        meaning,
    };
    let Some(measured) = measured else { return Vec::new() };
    let (balance, moved) = (measured.balance, measured.moved);
    // Without any load there is nothing that could be even.
    let loaded = balance.max_over_mean > 0.0;
    let changed = moved.since.is_some();
    let down = |nodes: usize| measured.available_down.get(nodes - 1).copied();
    vec![
        figure(
            "load_max_over_mean",
            "Busiest node over the mean",
            loaded.then_some(balance.max_over_mean),
            "",
            "1 is even: no node does more than the others. Counted over the whole run, among the nodes in the cluster",
        ),
        figure(
            "load_variation",
            "Coefficient of variation",
            loaded.then_some(balance.variation),
            "",
            "The standard deviation of the nodes' loads over their mean: 0 is even",
        ),
        figure(
            "keys_moved",
            "Keys moved by the last change",
            changed.then_some(moved.keys as f64),
            "count",
            "Keys that nodes were sent since the last change to the cluster or the split, each copy counted",
        ),
        figure(
            "keys_moved_least",
            "A fair share would be",
            changed.then_some(moved.least_keys as f64),
            "count",
            "A node that joins with a fair share of the keys gets so many, one that leaves gives up what it held. Few virtual nodes may give it less",
        ),
        figure(
            "bytes_moved",
            "Bytes moved by it",
            changed.then_some(moved.bytes as f64),
            "bytes",
            "Bytes of the keys that nodes were sent since",
        ),
        figure(
            "keys_available",
            "Keys that can be read now",
            Some(measured.available),
            "share",
            "Keys whose shard has enough running copies for a read. Cut links are left out of account",
        ),
        figure(
            "keys_available_down_1",
            "With one node down",
            down(1),
            "share",
            "By the map: keys that could be read without one of the nodes, in the mean over all of them",
        ),
        figure(
            "keys_available_down_2",
            "With two nodes down",
            down(2),
            "share",
            "By the map: keys that could be read without two of the nodes, in the mean over all pairs",
        ),
    ]
}
