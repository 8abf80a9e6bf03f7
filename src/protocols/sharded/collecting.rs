//! How a new shard gets its beginning: its first member, the collector, has the old shards sealed, fetches what it
//! lacks of what the sealed members hold, and settles what every member of the new shard starts from. That is on its
//! disk before anybody hears of it, so it is settled once, whatever crashes.

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::rc::Rc;

use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::Context;
use netsplit_sim::sharding::{Move, ShardId, ShardMap};

use super::books::{Arrival, Copy, State};
use super::member::{Image, Parcel};
use super::message::{Digests, Holds, Message};
use super::receiving::parts;
use super::{Flaws, KEEPER, Sent, Sharded, note};
use crate::portable::Part;

/// What a member said when it was sealed.
#[derive(Clone, Debug)]
pub(super) struct Sealing {
    /// How many members have to be sealed, by all the parameters that it has served with.
    pub needed: u16,
    /// What it holds; `None` if it never served.
    pub holds: Option<Holds>,
}

/// What the collector of a new shard knows so far. A crash loses it, and then it asks again.
#[derive(Clone, Default)]
pub(super) struct Collecting {
    /// By old shard and member.
    sealed: BTreeMap<ShardId, BTreeMap<NodeId, Sealing>>,
    /// By part and digest.
    found: BTreeMap<(Part, u64), Parcel>,
    /// As the members of the shard put together elsewhere hear it.
    settled: Option<(NodeId, Digests)>,
}

#[watched]
impl<F: Flaws> Sharded<F> {
    /// Goes on with every shard that this node puts together; `false` if there is none.
    pub(super) fn collect(&mut self, context: &mut Context<'_, Self>) -> bool {
        let map = Rc::clone(&self.disk.books.map);
        let mine = |moved: &&Move| moved.sealing && moved.to.members[0] == self.me;
        let arriving = |moved: &&Move| {
            let copy = self.disk.books.copies.get(&moved.to.id);
            copy.is_some_and(|copy| matches!(copy.state, State::Arriving(_)))
        };
        let moves: Vec<Move> = map.moves.iter().filter(mine).filter(arriving).cloned().collect();
        for moved in &moves {
            self.collect_one(&map, moved, context);
        }
        !moves.is_empty()
    }

    fn collect_one(&mut self, map: &ShardMap, moved: &Move, context: &mut Context<'_, Self>) {
        let to = moved.to.id;
        let mut enough = true;
        for &from in &moved.from {
            let Some(old) = map.shard(from) else { return };
            let known = self.collecting.entry(to).or_default().sealed.entry(from).or_default().clone();
            for &member in old.members.iter().filter(|member| !known.contains_key(member)) {
                if member == self.me {
                    let holds = self.seal(from, to, context);
                    let needed = self.needed(from);
                    self.keep_sealed(to, from, member, Sealing { needed, holds });
                } else if self.sent.insert(Sent::Seal(to, from, member)) {
                    self.send(member, Message::Seal { to, from }, context);
                }
            }
            let sealed = self.collecting.get(&to).and_then(|known| known.sealed.get(&from));
            let needed = sealed.into_iter().flat_map(BTreeMap::values).map(|sealing| sealing.needed).max();
            let needed = if F::SEALS_TOO_FEW { 1 } else { self.needed(from).max(needed.unwrap_or(1)) };
            enough &= sealed.is_some_and(|sealed| sealed.len() >= usize::from(needed));
        }
        if enough {
            self.settle(moved, context);
        }
    }

    /// How many members of a shard have to be sealed, by all the parameters that this node has served with.
    pub(super) fn needed(&self, shard: ShardId) -> u16 {
        let members = self.disk.books.map.shard(shard).map_or(1, |shard| shard.members.len()) as u16;
        let needed = |used: &Vec<u64>| (self.family.sealed_by)(&self.family.fitted(used, members), members);
        self.disk.books.used.iter().map(needed).max().unwrap_or(members)
    }

    fn keep_sealed(&mut self, to: ShardId, from: ShardId, member: NodeId, sealing: Sealing) {
        let known = self.collecting.entry(to).or_default();
        known.sealed.entry(from).or_default().insert(member, sealing);
    }

    /// Fetches what is missing; when nothing is, settles what the shard starts from.
    fn settle(&mut self, moved: &Move, context: &mut Context<'_, Self>) {
        let to = moved.to.id;
        let Some(State::Arriving(arrival)) = self.disk.books.copies.get(&to).map(|copy| &copy.state) else {
            return;
        };
        let Some(known) = self.collecting.get_mut(&to) else { return };
        let mut image = Image::new();
        let mut missing: BTreeMap<(NodeId, ShardId), Vec<Part>> = BTreeMap::new();
        let mut wanted: Vec<(Part, u64)> = Vec::new();
        for (&from, sealed) in &known.sealed {
            let highest = sealed.values().filter_map(|sealing| Some(sealing.holds.as_ref()?.rank)).max();
            for (&member, sealing) in sealed {
                let Some(holds) = sealing.holds.as_ref().filter(|holds| Some(holds.rank) == highest) else {
                    continue;
                };
                for &(part, digest) in holds.parts.iter() {
                    let own = arrival.parcels.get(&part);
                    let here = own.filter(|parcel| parcel.digest == digest || F::KEEPS_STALE_KEYS);
                    let mut found = known.found.range((part, 0)..=(part, u64::MAX)).map(|(_, parcel)| parcel);
                    // A copy that goes on to serve never again holds what it said that it holds.
                    let found = found.find(|parcel| parcel.digest == digest || F::SERVES_WHEN_SEALED);
                    let here = here.or(found);
                    match here {
                        Some(parcel) => {
                            let merged = match image.get(&part) {
                                Some(other) if other.digest != parcel.digest => {
                                    (self.family.merge)(other, parcel)
                                }
                                _ => parcel.clone(),
                            };
                            image.insert(part, merged);
                        }
                        None if wanted.contains(&(part, digest)) => {}
                        None => {
                            wanted.push((part, digest));
                            missing.entry((member, from)).or_default().push(part);
                        }
                    }
                }
            }
        }
        if missing.is_empty() {
            self.collecting.remove(&to);
            self.install(to, image, true, context);
            return;
        }
        for ((member, from), parts) in missing {
            if member == self.me {
                let parcels = self.packed(from, &parts);
                self.find(to, parcels);
            } else if self.sent.insert(Sent::Fetch(to, from, member)) {
                let parts = parts.into_iter().take(self.layout.chunk()).collect();
                self.send(member, Message::Fetch { to, from, parts }, context);
            }
        }
    }

    fn find(&mut self, to: ShardId, parcels: Vec<(Part, Parcel)>) {
        let known = self.collecting.entry(to).or_default();
        known.found.extend(parcels.into_iter().map(|(part, parcel)| ((part, parcel.digest), parcel)));
    }

    fn packed(&self, from: ShardId, parts: &[Part]) -> Vec<(Part, Parcel)> {
        let Some(member) = self.disk.members.get(&from) else { return Vec::new() };
        parts.iter().filter_map(|&part| Some((part, member.pack(part)?))).collect()
    }

    /// Seals the copy here, if there is one, and tells what it holds of a new shard's parts.
    pub(super) fn seal(
        &mut self,
        from: ShardId,
        to: ShardId,
        context: &mut Context<'_, Self>,
    ) -> Option<Holds> {
        let map = Rc::clone(&self.disk.books.map);
        let moved = map.moves.iter().find(|moved| moved.to.id == to)?;
        let old = map.shard(from)?;
        let sealed =
            self.disk.books.copies.get(&from).is_some_and(|copy| matches!(copy.state, State::Sealed));
        if !sealed {
            let copies = &mut self.disk.change().copies;
            let copy = copies.entry(from).or_insert_with(|| Rc::new(Copy::new(old.clone(), State::Sealed)));
            Rc::make_mut(copy).state = State::Sealed;
            if !F::FORGETS_SEALS {
                self.enter(context);
            }
            context.note(note::SEALED);
            self.take_back(from, context);
        }
        let member = self.disk.members.get(&from)?;
        let held = parts(&map, moved, from).filter_map(|part| Some((part, member.pack(part)?.digest)));
        Some(Holds { rank: member.rank(), parts: held.collect() })
    }

    /// Whether this node can tell what a seal is about: it may not have heard of the move yet.
    pub(super) fn knows_move(&self, to: ShardId) -> bool {
        self.disk.books.map.moves.iter().any(|moved| moved.to.id == to)
    }

    pub(super) fn sealed(
        &mut self,
        by: NodeId,
        to: ShardId,
        from: ShardId,
        sealing: Sealing,
        context: &mut Context<'_, Self>,
    ) {
        if self.knows_move(to) {
            self.keep_sealed(to, from, by, sealing);
            self.take_step(context);
        }
    }

    /// Another node wants parts of what a copy here holds, or of what was settled here.
    pub(super) fn fetch(
        &mut self,
        by: NodeId,
        to: ShardId,
        from: ShardId,
        wanted: &[Part],
        context: &mut Context<'_, Self>,
    ) {
        let parcels = if to == from {
            let copy = self.disk.books.copies.get(&to);
            let Some(image) = copy.and_then(|copy| copy.image.as_ref()) else { return };
            wanted.iter().filter_map(|part| Some((*part, image.get(part)?.clone()))).collect()
        } else {
            self.packed(from, wanted)
        };
        self.sent(&parcels);
        self.send(by, Message::Fetched { to, from, parcels }, context);
    }

    pub(super) fn fetched(
        &mut self,
        by: NodeId,
        to: ShardId,
        from: ShardId,
        parcels: Vec<(Part, Parcel)>,
        context: &mut Context<'_, Self>,
    ) {
        self.received(&parcels);
        self.sent.remove(&Sent::Fetch(to, from, by));
        if to != from {
            self.find(to, parcels);
            self.take_step(context);
            return;
        }
        let Some(copy) = self.disk.copy(to) else { return };
        if let State::Arriving(arrival) = &mut copy.state {
            arrival.parcels.extend(parcels);
            self.enter(context);
        }
        let told = self.collecting.get(&to).and_then(|known| known.settled.clone());
        if let Some((collector, parts)) = told.filter(|(collector, _)| *collector == by) {
            self.settled(collector, to, &parts, context);
        }
    }

    /// It is settled elsewhere what a shard starts from that this node is to hold.
    pub(super) fn settled(
        &mut self,
        by: NodeId,
        shard: ShardId,
        settled: &Digests,
        context: &mut Context<'_, Self>,
    ) {
        let map = Rc::clone(&self.disk.books.map);
        let coming =
            map.moves.iter().map(|moved| &moved.to).chain(&map.shards).find(|known| known.id == shard);
        let Some(coming) = coming.filter(|coming| coming.members.contains(&self.me)) else {
            self.send(by, Message::WantMap, context);
            return;
        };
        if !self.disk.books.copies.contains_key(&shard) {
            let copy = Copy::new(coming.clone(), State::Arriving(Arrival::default()));
            self.disk.change().copies.insert(shard, Rc::new(copy));
        }
        let arrival = match self.disk.books.copies.get(&shard).map(|copy| &copy.state) {
            Some(State::Arriving(arrival)) => arrival,
            Some(State::Serving) => {
                self.send(by, Message::Installed { shard }, context);
                return;
            }
            Some(State::Sealed) | None => return,
        };
        let here = |part: &Part, digest: u64| arrival.parcels.get(part).filter(|own| own.digest == digest);
        let lacking = settled.iter().filter(|(part, digest)| here(part, *digest).is_none());
        let lacking: Vec<Part> = lacking.map(|(part, _)| *part).take(self.layout.chunk()).collect();
        if lacking.is_empty() {
            let image =
                settled.iter().filter_map(|(part, digest)| Some((*part, here(part, *digest)?.clone())));
            let image = image.collect();
            self.collecting.remove(&shard);
            self.install(shard, image, false, context);
            self.send(by, Message::Installed { shard }, context);
        } else {
            self.collecting.entry(shard).or_default().settled = Some((by, Rc::clone(settled)));
            self.send(by, Message::Fetch { to: shard, from: shard, parts: lacking }, context);
        }
    }

    /// Starts the copy here of a new shard.
    fn install(&mut self, id: ShardId, mut image: Image, collector: bool, context: &mut Context<'_, Self>) {
        if F::SKIPS_WHEN_RESUMED && self.resumed {
            image.pop_last();
        }
        let Some(place) = self.place(id) else { return };
        let me = self.me;
        let Some(copy) = self.disk.copy(id) else { return };
        let members = copy.shard.members.len() as u16;
        copy.state = State::Serving;
        copy.installed = vec![me];
        let image = Rc::new(image);
        copy.image = collector.then(|| Rc::clone(&image));
        let fitted = self.family.fitted(&self.inner, members);
        let member = (self.family.make)(place, members, &fitted, Some((id.0, &image)));
        self.disk.members.insert(id, member);
        self.enter(context);
        context.note(note::INSTALLED);
        self.with_member(id, context, |member, context| member.start(context));
        self.try_held(context);
        self.step_after(netsplit_sim::time::Span(1), context);
    }

    pub(super) fn installed(&mut self, by: NodeId, shard: ShardId, context: &mut Context<'_, Self>) {
        let Some(copy) = self.disk.books.copies.get(&shard) else { return };
        if copy.image.is_some() && !copy.installed.contains(&by) {
            if let Some(copy) = self.disk.copy(shard) {
                copy.installed.push(by);
            }
            self.enter(context);
            self.take_step(context);
        }
    }

    /// Tells the members of what was put together here what it starts from, until all have it, and the keeper
    /// when it can take over; `false` if there is nothing to tell.
    pub(super) fn spread(&mut self, context: &mut Context<'_, Self>) -> bool {
        let map = Rc::clone(&self.disk.books.map);
        let mut more = false;
        let ids: Vec<ShardId> = self.disk.books.copies.keys().copied().collect();
        for id in ids {
            let Some(copy) = self.disk.books.copies.get(&id).map(Rc::clone) else { continue };
            let (Some(image), State::Serving) = (&copy.image, &copy.state) else { continue };
            let members = &copy.shard.members;
            let parts: Rc<[(Part, u64)]> =
                image.iter().map(|(part, parcel)| (*part, parcel.digest)).collect();
            for &member in members.iter().filter(|member| !copy.installed.contains(member)) {
                more = true;
                if self.sent.insert(Sent::Settled(id, member)) {
                    self.send(member, Message::Settled { shard: id, parts: Rc::clone(&parts) }, context);
                }
            }
            let waits = map.moves.iter().any(|moved| moved.to.id == id);
            if waits && copy.installed.len() > members.len() / 2 {
                more = true;
                if self.me == KEEPER {
                    self.finished(id, context);
                } else if self.sent.insert(Sent::Finished(id)) {
                    self.send(KEEPER, Message::Finished { shard: id }, context);
                }
            } else if !waits && copy.installed.len() == members.len() {
                if let Some(copy) = self.disk.copy(id) {
                    copy.image = None;
                }
                self.enter(context);
            }
        }
        more
    }
}
