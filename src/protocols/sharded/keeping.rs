//! The map: what every node does with a newer one, and how the node that keeps it makes the next.

use netsplit_watched::watched;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::protocol::Context;
use netsplit_sim::sharding::{Move, Picture, Shard, ShardId, ShardMap};
use netsplit_sim::time::Span;

use super::books::{Arrival, Copy, Keeper, State};
use super::message::{Message, Report};
use super::{Flaws, KEEPER, REPORT, SILENT, Sharded, note};
use crate::partitioning::{Layout, Wanted};

/// A map of these shards, of which each key belongs to the one that `owner` says.
fn drawn(
    version: u64,
    layout: &Layout,
    mut shards: Vec<Shard>,
    moves: Vec<Move>,
    owner: impl Fn(Key) -> ShardId,
    picture: Picture,
) -> ShardMap {
    shards.sort_by_key(|shard| (shard.keys.first().copied(), shard.id));
    let place = |id| shards.iter().position(|shard| shard.id == id).expect("every key has a shard");
    let owners = (0..layout.keys).map(|key| place(owner(Key(key))) as u16).collect();
    ShardMap { version, nodes: layout.nodes.clone(), shards, moves, owners, picture }
}

/// The map at the start: what is wanted is what is.
fn first(layout: &Layout) -> (ShardMap, u32) {
    let wanted = layout.place();
    let mut owners = vec![ShardId(0); layout.keys as usize];
    let mut shards = Vec::new();
    for (number, Wanted { keys, owners: members }) in wanted.into_iter().enumerate() {
        let id = ShardId(number as u32 + 1);
        keys.iter().for_each(|key| owners[key.0 as usize] = id);
        shards.push(Shard { id, keys, members });
    }
    let next = shards.len() as u32 + 1;
    (drawn(1, layout, shards, Vec::new(), |key| owners[key.0 as usize], layout.picture()), next)
}

/// The next map: what it takes to get from the shards that there are to those that are wanted.
fn next(keeper: &mut Keeper, map: &ShardMap) -> ShardMap {
    let held = |key: &Key| map.owner(*key).expect("every key has a shard");
    let sealing = map.moves.iter().filter(|moved| moved.sealing);
    keeper.doomed.extend(sealing.flat_map(|moved| moved.from.iter().copied()));
    keeper.doomed.retain(|id| map.shard(*id).is_some());
    let doomed = &keeper.doomed;
    let mut moves = Vec::new();
    for Wanted { keys, owners: members } in keeper.layout.place() {
        let from: Vec<ShardId> =
            keys.iter().map(|key| held(key).id).collect::<BTreeSet<_>>().into_iter().collect();
        let same = |shard: &Shard| shard.keys == keys && shard.members == members;
        let stays = |id: &ShardId| map.shard(*id).is_some_and(same) && !doomed.contains(id);
        if from.len() == 1 && from.iter().all(stays) {
            continue;
        }
        // What has been copied for a move that is still wanted is not thrown away.
        let under_way = map.moves.iter().find(|moved| same(&moved.to) && moved.from == from);
        moves.push(under_way.cloned().unwrap_or_else(|| {
            let id = ShardId(keeper.next);
            keeper.next += 1;
            Move { to: Shard { id, keys, members }, from, sealing: false }
        }));
    }
    let owner = |key| held(&key).id;
    drawn(map.version + 1, &keeper.layout, map.shards.clone(), moves, owner, keeper.layout.picture())
}

/// The map after a new shard took over: old ones that hold nothing any more, and that nobody takes anything from, are gone.
fn after(map: &ShardMap, layout: &Layout, finished: ShardId) -> Option<ShardMap> {
    let place = map.moves.iter().position(|moved| moved.to.id == finished)?;
    let mut moves = map.moves.clone();
    let new = moves.remove(place).to;
    let owner = |key: Key| {
        if new.keys.binary_search(&key).is_ok() {
            new.id
        } else {
            map.owner(key).expect("every key has a shard").id
        }
    };
    let owning: BTreeSet<ShardId> = (0..layout.keys).map(|key| owner(Key(key))).collect();
    let needed = |id: &ShardId| owning.contains(id) || moves.iter().any(|moved| moved.from.contains(id));
    let shards = map.shards.iter().filter(|shard| needed(&shard.id)).cloned().chain([new.clone()]).collect();
    Some(drawn(map.version + 1, layout, shards, moves.clone(), owner, map.picture.clone()))
}

#[watched]
impl<F: Flaws> Sharded<F> {
    /// The very first start: what is wanted is what is, and every copy is empty.
    pub(super) fn open_books(&mut self) {
        let (map, next) = first(&self.layout);
        let mut copies = BTreeMap::new();
        for shard in map.shards.iter().filter(|shard| shard.members.contains(&self.me)) {
            copies.insert(shard.id, Rc::new(Copy::new(shard.clone(), State::Serving)));
        }
        let books = self.disk.change();
        books.map = Rc::new(map);
        books.copies = copies;
        if self.me == KEEPER {
            books.keeper =
                Some(Rc::new(Keeper { layout: self.layout.clone(), next, doomed: BTreeSet::new() }));
        }
        let ids: Vec<ShardId> = self.disk.books.copies.keys().copied().collect();
        for id in ids {
            let Some(place) = self.place(id) else { continue };
            let members = self.disk.books.copies[&id].shard.members.len() as u16;
            let fitted = self.family.fitted(&self.inner, members);
            self.disk.members.insert(id, (self.family.make)(place, members, &fitted, None));
        }
    }

    /// Enters the parameters that are in use from now on.
    pub(super) fn use_parameters(&mut self) {
        if !self.disk.books.used.contains(&self.inner) {
            let inner = self.inner.clone();
            Rc::make_mut(&mut self.disk.change().used).push(inner);
        }
    }

    /// A start after a crash: the copies are on the disk.
    pub(super) fn reboot_members(&mut self) {
        let ids: Vec<ShardId> = self.disk.members.keys().copied().collect();
        for id in ids {
            let (Some(place), Some(copy)) = (self.place(id), self.disk.books.copies.get(&id)) else {
                continue;
            };
            let members = copy.shard.members.len() as u16;
            let fitted = self.family.fitted(&self.inner, members);
            if let Some(member) = self.disk.members.get_mut(&id) {
                member.reboot(place, members, &fitted);
            }
        }
    }

    /// A newer map: copies that nobody needs are dropped, copies to come are opened, and what waited is tried again.
    pub(super) fn adopt(&mut self, map: Rc<ShardMap>, context: &mut Context<'_, Self>) {
        if map.version <= self.disk.books.map.version {
            return;
        }
        self.disk.change().map = Rc::clone(&map);
        let listed = |id: &ShardId| {
            map.shards.iter().any(|shard| shard.id == *id) || map.moves.iter().any(|moved| moved.to.id == *id)
        };
        let gone: Vec<ShardId> = self.disk.books.copies.keys().copied().filter(|id| !listed(id)).collect();
        for id in gone {
            self.disk.drop_copy(id);
            self.collecting.remove(&id);
        }
        for moved in &map.moves {
            let id = moved.to.id;
            if moved.to.members.contains(&self.me) && !self.disk.books.copies.contains_key(&id) {
                let copy = Copy::new(moved.to.clone(), State::Arriving(Arrival::default()));
                self.disk.change().copies.insert(id, Rc::new(copy));
            }
        }
        self.enter(context);
        self.try_held(context);
        self.step_after(Span(1), context);
    }

    /// A new version of the map, for everybody.
    fn publish(&mut self, map: ShardMap, context: &mut Context<'_, Self>) {
        let map = Rc::new(map);
        context.note(note::MAP);
        let known = |id: &ShardId| map.moves.iter().any(|moved| moved.to.id == *id);
        self.copied.retain(|id, _| known(id));
        self.adopt(Rc::clone(&map), context);
        for node in (0..self.silent.len() as u16).map(NodeId).filter(|&node| node != KEEPER) {
            self.send(node, Message::Map(Rc::clone(&map)), context);
        }
    }

    /// Reports what this node has served and copied.
    pub(super) fn report(&mut self, context: &mut Context<'_, Self>) {
        let complete = |(moved, arrival): (&Move, &Arrival)| {
            let all = moved.from.iter().all(|from| arrival.complete.contains(from));
            all.then_some(moved.to.id)
        };
        let report = Report {
            version: self.disk.books.map.version,
            copied: self.disk.arriving().filter_map(complete).collect(),
            served: std::mem::take(&mut self.served).into_iter().collect(),
        };
        if self.me == KEEPER {
            self.heard(KEEPER, &report, context);
            self.look_around(context);
            return;
        }
        self.silent[KEEPER.index()] += 1;
        if self.silent[KEEPER.index()] > SILENT {
            self.up = self.up.iter().copied().filter(|&node| node != KEEPER).collect();
        }
        self.send(KEEPER, Message::Report(report), context);
    }

    pub(super) fn alive(&mut self, version: u64, up: Rc<[NodeId]>, context: &mut Context<'_, Self>) {
        self.silent[KEEPER.index()] = 0;
        self.up = up;
        if version > self.disk.books.map.version {
            self.send(KEEPER, Message::WantMap, context);
        }
    }

    /// On the keeper: a node reports.
    pub(super) fn heard(&mut self, from: NodeId, report: &Report, context: &mut Context<'_, Self>) {
        if self.me != KEEPER {
            return;
        }
        self.silent[from.index()] = 0;
        for &(key, served) in &report.served {
            if let Some(load) = self.load.get_mut(key.0 as usize) {
                *load += u64::from(served);
            }
        }
        for &id in &report.copied {
            let nodes = self.copied.entry(id).or_default();
            if !nodes.contains(&from) {
                nodes.push(from);
            }
        }
        let version = self.disk.books.map.version;
        if from != KEEPER {
            if report.version < version {
                let map = Rc::clone(&self.disk.books.map);
                self.send(from, Message::Map(map), context);
            }
            self.send(from, Message::Alive { version, up: Rc::clone(&self.up) }, context);
        }
        self.seal_if_ready(context);
    }

    /// On the keeper, at every report time: who is silent, what is too large, too hot or too small.
    fn look_around(&mut self, context: &mut Context<'_, Self>) {
        for node in (0..self.silent.len() as u16).map(NodeId).filter(|&node| node != KEEPER) {
            self.silent[node.index()] = self.silent[node.index()].saturating_add(1);
        }
        let silent = |node: &NodeId| *node != KEEPER && self.silent[node.index()] > SILENT;
        self.up = (0..self.silent.len() as u16).map(NodeId).filter(|node| !silent(node)).collect();
        self.seal_if_ready(context);
        let after = self.layout.replace().map(|after| after.0 / REPORT.0);
        let nodes = self.disk.books.map.nodes.clone();
        let gone = nodes.into_iter().find(|node| {
            *node != KEEPER
                && after.is_some_and(|after| u64::from(self.silent[node.index()]) > after.max(SILENT.into()))
        });
        if let Some(node) = gone
            && self.change_layout(|layout| layout.reshape(&Reshape::Remove(node)), context).is_ok()
        {
            context.note(note::REPLACED);
        }
        if self.disk.books.map.moves.is_empty()
            && let Some(keeper) = self.disk.books.keeper.clone()
            && let Some(change) = keeper.layout.automatic(&self.load)
        {
            let split = matches!(change, Reshape::Split(_));
            if self.change_layout(|layout| layout.reshape(&change), context).is_ok() {
                context.note(if split { note::SPLIT } else { note::MERGED });
            }
        }
        // Half of what is known of the past is forgotten every four seconds or so.
        self.load.iter_mut().for_each(|load| *load -= load.div_ceil(24));
    }

    /// Lets the old shards be sealed, once all that is to come of the new ones while they serve has come, and
    /// enough of everybody runs to see it through.
    fn seal_if_ready(&mut self, context: &mut Context<'_, Self>) {
        let map = Rc::clone(&self.disk.books.map);
        if map.moves.iter().all(|moved| moved.sealing) {
            return;
        }
        let up = |node: &&NodeId| self.up.contains(node);
        let ready = |moved: &Move| {
            let copied = self.copied.get(&moved.to.id).map_or(&[][..], Vec::as_slice);
            let members = &moved.to.members;
            let here = members.iter().filter(|member| copied.contains(member)).count();
            let rest = members.iter().filter(up).all(|member| copied.contains(member));
            let old = moved.from.iter().all(|from| {
                let Some(old) = map.shard(*from) else { return false };
                let needed = self.needed(old.id);
                old.members.iter().filter(up).count() >= usize::from(needed)
            });
            copied.contains(&members[0]) && up(&&members[0]) && here > members.len() / 2 && rest && old
        };
        if map.moves.iter().filter(|moved| !moved.sealing).all(ready) {
            let mut map = (*map).clone();
            map.version += 1;
            map.moves.iter_mut().for_each(|moved| moved.sealing = true);
            self.publish(map, context);
        }
    }

    /// A person changes how the data is split.
    pub(super) fn reshape(&mut self, change: &Reshape, context: &mut Context<'_, Self>) {
        if self.change_layout(|layout| layout.reshape(change), context).is_err() {
            context.note(note::REFUSED);
        }
    }

    /// The parameters may have changed what is wanted.
    pub(super) fn relayout(&mut self, context: &mut Context<'_, Self>) {
        let new = self.layout.clone();
        let changed = self.change_layout(
            |layout| {
                layout.scheme = new.scheme;
                layout.common = new.common;
                layout.own = new.own;
                Ok(())
            },
            context,
        );
        debug_assert!(changed.is_ok(), "parameters are valid");
    }

    /// On the keeper: changes what is wanted, and draws a new map if that makes a difference.
    fn change_layout(
        &mut self,
        change: impl FnOnce(&mut Layout) -> Result<(), &'static str>,
        context: &mut Context<'_, Self>,
    ) -> Result<(), &'static str> {
        let Some(keeper) = &self.disk.books.keeper else { return Ok(()) };
        let mut keeper = (**keeper).clone();
        change(&mut keeper.layout)?;
        let map = next(&mut keeper, &self.disk.books.map);
        let old = &self.disk.books.map;
        let differs = map.moves != old.moves || map.nodes != old.nodes || map.picture != old.picture;
        self.disk.change().keeper = Some(Rc::new(keeper));
        self.enter(context);
        if differs {
            self.publish(map, context);
        }
        Ok(())
    }

    /// On the keeper: a new shard can take over.
    pub(super) fn finished(&mut self, shard: ShardId, context: &mut Context<'_, Self>) {
        let Some(keeper) = &self.disk.books.keeper else { return };
        if let Some(map) = after(&self.disk.books.map, &keeper.layout, shard) {
            context.note(note::TOOK_OVER);
            self.publish(map, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partitioning::{self, layout};

    /// Every key has one owner that lists it, every move takes its keys from who has them.
    fn check(map: &ShardMap, layout: &Layout) {
        assert_eq!(map.owners.len(), layout.keys as usize);
        for key in (0..layout.keys).map(Key) {
            let owner = map.owner(key).expect("every key has an owner");
            assert!(owner.keys.binary_search(&key).is_ok(), "{key:?} is not in {owner:?}");
        }
        let mut to_come = BTreeSet::new();
        for moved in &map.moves {
            for &key in moved.to.keys.iter() {
                assert!(to_come.insert(key), "{key:?} is in two moves");
                let from = map.owner(key).expect("every key has an owner").id;
                assert!(moved.from.contains(&from), "{key:?} comes from {from:?}, not from {:?}", moved.from);
            }
        }
        let mut numbers: Vec<ShardId> = map.shards.iter().map(|shard| shard.id).collect();
        numbers.extend(map.moves.iter().map(|moved| moved.to.id));
        numbers.sort_unstable();
        assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "{numbers:?}");
    }

    /// Random numbers that are good enough to choose by.
    fn below(state: &mut u64, bound: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % bound
    }

    #[test]
    fn every_key_has_one_owner_in_every_version_of_the_map() {
        for seed in 0..400u64 {
            let mut random = seed;
            let nodes = 1 + below(&mut random, 5) as u16;
            let scheme = below(&mut random, partitioning::ALL.len() as u64) as u16;
            let own = (partitioning::ALL[usize::from(scheme)].about)().parameters;
            let mut common: Vec<u64> =
                layout::parameters().iter().map(|parameter| parameter.range.default_value(nodes)).collect();
            common[0] = 1 + below(&mut random, u64::from(nodes));
            let mut keeper = Keeper {
                layout: Layout {
                    keys: 1 + below(&mut random, 30) as u32,
                    nodes: (0..nodes).map(NodeId).collect(),
                    regions: vec![0; 8],
                    scheme,
                    protocol: 0,
                    common,
                    own: own.iter().map(|parameter| parameter.range.default_value(nodes)).collect(),
                    blocks: Vec::new(),
                    pins: Vec::new(),
                },
                next: 0,
                doomed: BTreeSet::new(),
            };
            let (mut map, first) = first(&keeper.layout);
            keeper.next = first;
            check(&map, &keeper.layout);
            for _ in 0..30 {
                let node = NodeId(below(&mut random, 8) as u16);
                let key = Key(below(&mut random, keeper.layout.keys.into()) as u32);
                let change = match below(&mut random, 8) {
                    0 => Some(Reshape::Join(node)),
                    1 => Some(Reshape::Leave(node)),
                    2 => Some(Reshape::Split(key)),
                    3 => Some(Reshape::Assign(key, vec![node])),
                    4 => {
                        map.moves.iter_mut().for_each(|moved| moved.sealing = true);
                        None
                    }
                    _ => None,
                };
                let version = map.version;
                if let Some(change) = change {
                    if keeper.layout.reshape(&change).is_ok() {
                        map = super::next(&mut keeper, &map);
                    }
                } else if !map.moves.is_empty() {
                    let done = below(&mut random, map.moves.len() as u64) as usize;
                    map = after(&map, &keeper.layout, map.moves[done].to.id).expect("it is under way");
                }
                assert!(map.version >= version);
                check(&map, &keeper.layout);
            }
            while let Some(moved) = map.moves.first() {
                map = after(&map, &keeper.layout, moved.to.id).expect("it is under way");
                check(&map, &keeper.layout);
            }
            // In the end it is what was wanted.
            for wanted in keeper.layout.place() {
                let owner = map.owner(wanted.keys[0]).expect("every key has an owner");
                assert_eq!((&owner.keys, &owner.members), (&wanted.keys, &wanted.owners), "seed {seed}");
            }
        }
    }

    #[test]
    fn a_shard_that_may_be_sealed_does_not_serve_on() {
        let mut common: Vec<u64> =
            layout::parameters().iter().map(|parameter| parameter.range.default_value(2)).collect();
        common[0] = 1;
        let scheme = partitioning::ALL.iter().position(|scheme| (scheme.about)().id == "none");
        let mut keeper = Keeper {
            layout: Layout {
                keys: 4,
                nodes: vec![NodeId(0), NodeId(1)],
                regions: vec![0; 2],
                scheme: scheme.expect("registered") as u16,
                protocol: 0,
                common,
                own: Vec::new(),
                blocks: Vec::new(),
                pins: Vec::new(),
            },
            next: 2,
            doomed: BTreeSet::new(),
        };
        let (mut map, _) = first(&keeper.layout);
        let assign =
            |keeper: &mut Keeper, node| keeper.layout.reshape(&Reshape::Assign(Key(0), vec![NodeId(node)]));
        assign(&mut keeper, 1).expect("it is a node");
        map = super::next(&mut keeper, &map);
        map.moves[0].sealing = true;
        // Twice something else is wanted, and the second time it is the first owner again.
        assign(&mut keeper, 0).expect("it is a node");
        map = super::next(&mut keeper, &map);
        assert_eq!(map.moves.len(), 1, "the first owner needs a new shard");
        keeper.layout.pins.clear();
        map = super::next(&mut keeper, &map);
        assert_eq!(map.moves.len(), 1, "and still does after another change");
        assert!(!map.moves[0].sealing);
    }
}
