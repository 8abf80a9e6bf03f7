//! What a node has on its disk: the map that it knows, its copies of shards, what has arrived of those to come, and, on
//! the node that keeps the map, how the data is to be split.

use netsplit_watched::watched;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use netsplit_sim::durable::Durable;
use netsplit_sim::ids::NodeId;
use netsplit_sim::sharding::{Move, Shard, ShardId, ShardMap};

use super::Flaws;
use super::member::{Image, Member};
use crate::partitioning::Layout;
use crate::portable::Part;

/// The entries, apart from the copies themselves.
#[derive(Clone, Default)]
pub struct Books {
    /// The map that this node knows; version 0 before its first start.
    pub map: Rc<ShardMap>,
    /// Its copies, by shard.
    pub copies: BTreeMap<ShardId, Rc<Copy>>,
    /// What the node that keeps the map knows besides.
    pub keeper: Option<Rc<Keeper>>,
    /// The parameters of the shards' protocol that this node has served with. What was acknowledged under earlier
    /// ones has to be found too.
    pub used: Rc<Vec<Vec<u64>>>,
}

/// A copy of a shard.
#[derive(Clone)]
pub struct Copy {
    /// The shard.
    pub shard: Shard,
    /// What it is good for.
    pub state: State,
    /// On the node that put the shard together: what it starts from, until every member has it.
    pub image: Option<Rc<Image>>,
    /// On the same node: members that have it.
    pub installed: Vec<NodeId>,
}

#[watched]
impl Copy {
    /// A copy of which nothing has been put together here.
    #[must_use]
    pub fn new(shard: Shard, state: State) -> Self {
        Self { shard, state, image: None, installed: Vec::new() }
    }
}

/// What a copy is good for.
#[derive(Clone)]
pub enum State {
    /// It serves if the map says that its shard does.
    Serving,
    /// It serves no longer.
    Sealed,
    /// What it starts from comes in.
    Arriving(Arrival),
}

/// What has come in of a shard to be.
#[derive(Clone, Default)]
pub struct Arrival {
    /// The parts.
    pub parcels: Image,
    /// The last part that came from each of the old shards; absent before the first.
    pub cursors: BTreeMap<ShardId, Part>,
    /// The old shards of which everything has come.
    pub complete: Vec<ShardId>,
}

/// What the node that keeps the map knows.
#[derive(Clone)]
pub struct Keeper {
    /// How the data is to be split.
    pub layout: Layout,
    /// The number of the next shard.
    pub next: u32,
    /// Shards whose sealing may have begun: they can't serve on, even if they are wanted again.
    pub doomed: BTreeSet<ShardId>,
}

/// The disk: what is entered, what of it surely survives, and the copies.
pub struct Disk<F: Flaws> {
    /// What is entered.
    pub books: Books,
    kept: Books,
    changed: bool,
    /// The replicas of those copies that serve or are sealed.
    pub members: BTreeMap<ShardId, Box<dyn Member<F>>>,
    /// Replicas that are crossed out, until the disk has that.
    leaving: BTreeMap<ShardId, Box<dyn Member<F>>>,
}

#[watched]
impl<F: Flaws> Disk<F> {
    /// The entries, to be changed. The caller asks for a sync.
    pub fn change(&mut self) -> &mut Books {
        self.changed = true;
        &mut self.books
    }

    /// A copy, to be changed.
    pub fn copy(&mut self, id: ShardId) -> Option<&mut Copy> {
        self.change().copies.get_mut(&id).map(Rc::make_mut)
    }

    /// Crosses a copy out.
    pub fn drop_copy(&mut self, id: ShardId) {
        self.change().copies.remove(&id);
        if let Some(member) = self.members.remove(&id) {
            self.leaving.insert(id, member);
        }
    }

    /// The old and the new shard of every copy that is arriving by the map that this node knows.
    pub fn arriving(&self) -> impl Iterator<Item = (&Move, &Arrival)> {
        self.books.map.moves.iter().filter_map(|moved| {
            let copy = self.books.copies.get(&moved.to.id)?;
            match &copy.state {
                State::Arriving(arrival) => Some((moved, arrival)),
                State::Serving | State::Sealed => None,
            }
        })
    }
}

impl<F: Flaws> Clone for Disk<F> {
    fn clone(&self) -> Self {
        Self {
            books: self.books.clone(),
            kept: self.kept.clone(),
            changed: self.changed,
            members: self.members.clone(),
            leaving: self.leaving.clone(),
        }
    }
}

impl<F: Flaws> Default for Disk<F> {
    fn default() -> Self {
        Self {
            books: Books::default(),
            kept: Books::default(),
            changed: false,
            members: BTreeMap::new(),
            leaving: BTreeMap::new(),
        }
    }
}

impl<F: Flaws> Durable for Disk<F> {
    fn synced(&mut self) {
        if std::mem::take(&mut self.changed) {
            self.kept = self.books.clone();
            self.leaving.clear();
        }
        self.members.values_mut().for_each(|member| member.synced());
    }

    fn lose_unsynced(&mut self) {
        self.books = self.kept.clone();
        self.changed = false;
        let books = &self.books;
        let had =
            |id: &ShardId| books.copies.get(id).is_some_and(|copy| !matches!(copy.state, State::Arriving(_)));
        self.members.append(&mut self.leaving);
        self.members.retain(|id, _| had(id));
        self.members.values_mut().for_each(|member| member.lose_unsynced());
    }
}
