//! What a scheme works with: the keys, the nodes in the cluster, its parameters, and what an operator has decided by
//! hand.

use std::rc::Rc;

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::{Choice, Parameter, Range};
use netsplit_sim::sharding::Picture;
use netsplit_sim::time::Span;

use super::{ALL, Partitioner, placement};

/// A range of keys that an operator or the split rule made: it ends where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// Its first key.
    pub first: Key,
    /// Who holds it, the first is asked first; empty where the scheme is to choose.
    pub owners: Vec<NodeId>,
}

/// Everything that decides where keys are to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// How many keys the store has; at least one.
    pub keys: u32,
    /// The nodes in the cluster, in ascending order; at least one.
    pub nodes: Vec<NodeId>,
    /// By node, those outside of the cluster included: its region (a rack, a data centre, a continent).
    pub regions: Vec<u16>,
    /// The scheme: its place in [`ALL`].
    pub scheme: u16,
    /// The replication protocol that every shard runs: its place in [`crate::ALL`].
    pub protocol: u16,
    /// The parameters that every scheme has, in the order of [`parameters`].
    pub common: Vec<u64>,
    /// The scheme's own parameters.
    pub own: Vec<u64>,
    /// Ranges, in the order of keys; the first begins at the first key. Only schemes with split points use them.
    pub blocks: Vec<Block>,
    /// By hand: the shard that holds this key belongs to these nodes, whatever the scheme says.
    pub pins: Vec<(Key, Vec<NodeId>)>,
}

/// A shard as a scheme wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its keys, in ascending order; at least one.
    pub keys: Rc<[Key]>,
    /// The nodes that are to hold it. The first is asked first.
    pub owners: Vec<NodeId>,
}

/// How the other copies are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// At the next nodes in the scheme's order of preference.
    Next,
    /// In as many different regions as there are, then at the next nodes.
    Spread,
}

/// The places of the common parameters.
mod common {
    pub(super) const REPLICAS: usize = 0;
    pub(super) const PLACEMENT: usize = 1;
    pub(super) const TAG: usize = 2;
    pub(super) const REDIRECT: usize = 3;
    pub(super) const DEADLINE: usize = 4;
    pub(super) const CHUNK: usize = 5;
    pub(super) const PAUSE: usize = 6;
    pub(super) const LINGER: usize = 7;
    pub(super) const REPLACE: usize = 8;
    pub(super) const SPLIT: usize = 9;
    pub(super) const HOT: usize = 10;
    pub(super) const MERGE: usize = 11;
}

/// The parameters that every scheme has.
#[must_use]
pub fn parameters() -> Vec<Parameter> {
    let parameter = |id, title, summary, range| Parameter { id, title, summary, range };
    let choice = |of: &[(&'static str, &'static str)]| Range::Choice {
        of: of.iter().map(|&(id, title)| Choice { id, title }).collect(),
        default: 0,
    };
    let count = |least, most, default| Range::Count { least, most, default };
    let time = |least, most, default| Range::Time { least, most, default };
    let ms = Span::from_ms;
    vec![
        parameter(
            "replicas",
            "Copies of each shard",
            "On how many nodes each shard is kept.",
            Range::Replicas { least: 1, spare: 0, default: 3 },
        ),
        parameter(
            "placement",
            "The other copies",
            "They are at the next nodes in order, or spread over regions first, so that no region has them all.",
            choice(&[("next", "next nodes"), ("spread", "spread over regions")]),
        ),
        parameter(
            "tag",
            "Keys that stay together",
            "So many neighbouring keys have one hash tag and so one place: a tenant's, for example.",
            count(1, 1_000, 1),
        ),
        parameter(
            "routing",
            "A node that does not hold the key",
            "It passes the request on itself, or tells the client whom to ask.",
            choice(&[("forward", "forwards"), ("redirect", "redirects")]),
        ),
        parameter(
            "deadline",
            "Wait for a query",
            "After so long a query over several shards is answered with what has come in: a partial answer.",
            time(ms(1), Span::from_s(60), ms(500)),
        ),
        parameter(
            "chunk",
            "Keys in a transfer message",
            "So many keys at a time are sent to a node that takes a shard over.",
            count(1, 1_000, 8),
        ),
        parameter(
            "pause",
            "Pause between transfers",
            "A node waits so long before it asks for the next keys: moving data slows clients down less, and takes longer.",
            time(Span::ZERO, Span::from_s(60), ms(20)),
        ),
        parameter(
            "linger",
            "Batching between nodes",
            "A node keeps messages to another node for so long and sends them as one. 0: it sends each at once.",
            time(Span::ZERO, Span::from_s(1), Span::ZERO),
        ),
        parameter(
            "replace",
            "Do without a silent node after",
            "A node that was not heard of for so long is taken out of the cluster. 0: only a person does that.",
            time(Span::ZERO, Span::from_s(3_600), Span::ZERO),
        ),
        parameter(
            "split",
            "Split a range above",
            "A range with more keys than this is split in the middle. 0: never.",
            count(0, 1_000, 0),
        ),
        parameter(
            "hot",
            "Split a range hotter than",
            "A range that gets more than so many hundredths of the average load is split where its load halves. 0: never.",
            count(0, 100_000, 0),
        ),
        parameter(
            "merge",
            "Join ranges below",
            "Two neighbours that have no more keys than this together, and are not hot, become one range. 0: never.",
            count(0, 1_000, 0),
        ),
    ]
}

impl Layout {
    fn common(&self, place: usize) -> u64 {
        self.common.get(place).copied().unwrap_or(0)
    }

    /// The scheme.
    ///
    /// # Panics
    /// If the layout names none; [`Layout::from_words`] makes no such layout.
    #[must_use]
    pub fn partitioner(&self) -> &'static Partitioner {
        &ALL[usize::from(self.scheme)]
    }

    /// One of the scheme's own parameters.
    #[must_use]
    pub fn own(&self, place: usize) -> u64 {
        self.own.get(place).copied().unwrap_or(0)
    }

    /// How many copies a shard has: as many as wanted, but no more than there are nodes.
    #[must_use]
    pub fn copies(&self) -> usize {
        (self.common(common::REPLICAS).max(1) as usize).min(self.nodes.len())
    }

    /// How the other copies are placed.
    #[must_use]
    pub fn placement(&self) -> Placement {
        if self.common(common::PLACEMENT) == 1 { Placement::Spread } else { Placement::Next }
    }

    /// The hash tag of a key: what is hashed in its place.
    #[must_use]
    pub fn tag(&self, key: Key) -> u64 {
        u64::from(key.0) / self.common(common::TAG).max(1)
    }

    /// Whether a node that does not hold a key tells the client whom to ask.
    #[must_use]
    pub fn redirects(&self) -> bool {
        self.common(common::REDIRECT) == 1
    }

    /// How long a query waits for the slowest shard.
    #[must_use]
    pub fn deadline(&self) -> Span {
        Span(self.common(common::DEADLINE))
    }

    /// Keys in a transfer message.
    #[must_use]
    pub fn chunk(&self) -> usize {
        self.common(common::CHUNK).max(1) as usize
    }

    /// The pause between transfer messages.
    #[must_use]
    pub fn pause(&self) -> Span {
        Span(self.common(common::PAUSE))
    }

    /// How long messages to one node are gathered; zero for not at all.
    #[must_use]
    pub fn linger(&self) -> Span {
        Span(self.common(common::LINGER))
    }

    /// After how long a silent node is taken out; `None` for never.
    #[must_use]
    pub fn replace(&self) -> Option<Span> {
        Some(Span(self.common(common::REPLACE))).filter(|&after| after > Span::ZERO)
    }

    /// Above how many keys a range is split; `None` for never.
    #[must_use]
    pub fn split_above(&self) -> Option<u64> {
        Some(self.common(common::SPLIT)).filter(|&keys| keys > 0)
    }

    /// Above how many hundredths of the average load a range is split; `None` for never.
    #[must_use]
    pub fn hot_above(&self) -> Option<u64> {
        Some(self.common(common::HOT)).filter(|&hundredths| hundredths > 0)
    }

    /// Up to how many keys two neighbours are joined; `None` for never.
    #[must_use]
    pub fn merge_below(&self) -> Option<u64> {
        Some(self.common(common::MERGE)).filter(|&keys| keys > 0)
    }

    /// The shards that are wanted, what was decided by hand included.
    #[must_use]
    pub fn place(&self) -> Vec<Wanted> {
        let mut wanted = (self.partitioner().place)(self);
        for (key, owners) in &self.pins {
            let shard = wanted.iter_mut().find(|shard| shard.keys.binary_search(key).is_ok());
            // If none of them is in the cluster any more, nobody stands in: the scheme decides again.
            if let Some(shard) = shard.filter(|_| owners.iter().any(|node| self.nodes.contains(node))) {
                shard.owners = placement::named(self, owners, key.0 as usize);
            }
        }
        wanted
    }

    /// The next split or join that the rules for ranges ask for, under this load by key; `None` if all is well.
    #[must_use]
    pub fn automatic(&self, load_by_key: &[u64]) -> Option<Reshape> {
        (self.partitioner().automatic)(self, load_by_key)
    }

    /// Where keys and nodes lie.
    #[must_use]
    pub fn picture(&self) -> Picture {
        (self.partitioner().picture)(self)
    }

    /// Carries out a change. The layout is as it was if it can't be.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn reshape(&mut self, change: &Reshape) -> Result<(), &'static str> {
        let inside = |node: &NodeId| self.nodes.contains(node);
        match change {
            Reshape::Join(node) if inside(node) => Err("the node is in the cluster already"),
            Reshape::Join(node) if node.index() >= self.regions.len() => Err("there is no such node"),
            Reshape::Join(node) => {
                (self.partitioner().reshape)(self, change)?;
                self.nodes.push(*node);
                self.nodes.sort_unstable();
                Ok(())
            }
            Reshape::Leave(node) | Reshape::Remove(node) => {
                if !inside(node) {
                    return Err("the node is not in the cluster");
                }
                if *node == NodeId(0) {
                    return Err("the first node keeps the map and can't go");
                }
                if self.nodes.len() <= self.common(common::REPLICAS).max(1) as usize {
                    return Err("there would be fewer nodes than copies of a shard");
                }
                (self.partitioner().reshape)(self, change)?;
                self.nodes.retain(|other| other != node);
                self.stand_in_for(*node);
                Ok(())
            }
            Reshape::Assign(key, owners) => {
                let distinct = owners.iter().enumerate().all(|(i, node)| !owners[..i].contains(node));
                if key.0 >= self.keys {
                    return Err("there is no such key");
                }
                if owners.is_empty() || !distinct || !owners.iter().all(inside) {
                    return Err("a shard belongs to one or more different nodes of the cluster");
                }
                let wanted = self.place();
                let shard = wanted.iter().find(|shard| shard.keys.binary_search(key).is_ok());
                if let Some(shard) = shard {
                    self.pins.retain(|(pinned, _)| shard.keys.binary_search(pinned).is_err());
                }
                self.pins.push((*key, owners.clone()));
                Ok(())
            }
            Reshape::Split(_) | Reshape::Merge(_) | Reshape::Shift(..) => {
                (self.partitioner().reshape)(self, change)
            }
        }
    }

    /// Puts others in the place of a node that has gone, wherever it was named by hand. This is written down, so
    /// that who joins later changes nothing of it.
    fn stand_in_for(&mut self, gone: NodeId) {
        let mut blocks = std::mem::take(&mut self.blocks);
        for (place, block) in blocks.iter_mut().enumerate().filter(|(_, block)| block.owners.contains(&gone))
        {
            block.owners = placement::named(self, &block.owners, place);
        }
        self.blocks = blocks;
        let mut pins = std::mem::take(&mut self.pins);
        // Where nobody is left of those that were chosen the scheme decides again.
        pins.retain(|(_, owners)| *owners != [gone]);
        for (key, owners) in pins.iter_mut().filter(|(_, owners)| owners.contains(&gone)) {
            *owners = placement::named(self, owners, key.0 as usize);
        }
        self.pins = pins;
    }

    /// The layout as whole numbers, for [`netsplit_sim::protocol::Protocol::boot`].
    #[must_use]
    pub fn to_words(&self) -> Vec<u64> {
        let mut words = vec![u64::from(self.keys), u64::from(self.scheme), u64::from(self.protocol)];
        let mut list = |list: &mut dyn Iterator<Item = u64>| {
            let start = words.len();
            words.push(0);
            words.extend(list);
            words[start] = (words.len() - start - 1) as u64;
        };
        list(&mut self.nodes.iter().map(|node| u64::from(node.0)));
        list(&mut self.regions.iter().map(|&region| u64::from(region)));
        list(&mut self.common.iter().copied());
        list(&mut self.own.iter().copied());
        let owned = |first: Key, owners: &[NodeId]| {
            let owners = owners.iter().map(|node| u64::from(node.0));
            [u64::from(first.0), owners.len() as u64].into_iter().chain(owners).collect::<Vec<_>>()
        };
        list(&mut self.blocks.iter().flat_map(|block| owned(block.first, &block.owners)));
        list(&mut self.pins.iter().flat_map(|(key, owners)| owned(*key, owners)));
        words
    }

    /// Reads what [`Layout::to_words`] wrote; also how many words that were. `None` for anything else.
    #[must_use]
    pub fn from_words(words: &[u64]) -> Option<(Self, usize)> {
        let mut at = 3;
        let mut list = || {
            let length = usize::try_from(*words.get(at)?).ok()?;
            let end = at.checked_add(1)?.checked_add(length)?;
            let list = words.get(at + 1..end)?;
            at = end;
            Some(list)
        };
        let node = |&word: &u64| u16::try_from(word).ok().map(NodeId);
        let nodes = list()?.iter().map(node).collect::<Option<Vec<_>>>()?;
        let regions = list()?.iter().map(|&word| u16::try_from(word).ok()).collect::<Option<Vec<_>>>()?;
        let (common, own) = (list()?.to_vec(), list()?.to_vec());
        let owned = |mut words: &[u64]| {
            let mut found = Vec::new();
            while let [first, count, rest @ ..] = words {
                let owners = rest.get(..usize::try_from(*count).ok()?)?;
                let owners = owners.iter().map(node).collect::<Option<Vec<_>>>()?;
                words = &rest[owners.len()..];
                found.push((Key(u32::try_from(*first).ok()?), owners));
            }
            words.is_empty().then_some(found)
        };
        let blocks = owned(list()?)?.into_iter().map(|(first, owners)| Block { first, owners }).collect();
        let pins = owned(list()?)?;
        let keys = u32::try_from(words[0]).ok().filter(|&keys| keys > 0)?;
        let scheme = u16::try_from(words[1]).ok().filter(|&scheme| usize::from(scheme) < ALL.len())?;
        let protocol = u16::try_from(words[2]).ok().filter(|&place| usize::from(place) < crate::ALL.len())?;
        let known = |node: &NodeId| node.index() < regions.len();
        if nodes.is_empty() || !nodes.is_sorted_by(|one, other| one < other) || !nodes.iter().all(known) {
            return None;
        }
        Some((Self { keys, nodes, regions, scheme, protocol, common, own, blocks, pins }, at))
    }
}
