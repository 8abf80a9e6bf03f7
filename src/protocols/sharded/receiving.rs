//! A node that is to hold a shard copies its keys from the old holders while those go on to serve: a few keys at a time,
//! with a pause in between, one shard after the other. Where it got to is on its disk, so that a crash costs it no more
//! than the keys that were on their way.

use netsplit_watched::watched;
use std::rc::Rc;

use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::Context;
use netsplit_sim::sharding::{Move, ShardId, ShardMap};
use netsplit_sim::time::Span;

use super::books::{Arrival, State};
use super::member::Parcel;
use super::message::Message;
use super::{Flaws, RETRY, Sent, Sharded, Timer};
use crate::portable::Part;

/// What a new shard takes from an old one: what belongs to no key, and the keys that the old one holds.
pub(super) fn parts(map: &ShardMap, moved: &Move, from: ShardId) -> impl Iterator<Item = Part> {
    let of = move |key| map.owner(key).is_some_and(|shard| shard.id == from);
    std::iter::once(None).chain(moved.to.keys.iter().copied().filter(move |&key| of(key)).map(Some))
}

#[watched]
impl<F: Flaws> Sharded<F> {
    /// Takes the next step of a move after a while, and not before.
    pub(super) fn step_after(&mut self, after: Span, context: &mut Context<'_, Self>) {
        if let Some(step) = self.step.take() {
            context.cancel_timer(step);
        }
        self.step = Some(context.set_timer(after.max(Span(1)), Timer::Step));
    }

    /// The next step of every move that this node takes part in.
    pub(super) fn take_step(&mut self, context: &mut Context<'_, Self>) {
        let pulls = self.pull_next(context);
        let collects = self.collect(context);
        let spreads = self.spread(context);
        if (pulls || collects || spreads) && !self.retries {
            self.retries = true;
            context.set_timer(RETRY, Timer::Retry);
        }
    }

    /// Asks for the next keys of the first shard that lacks some; `false` if none does.
    fn pull_next(&mut self, context: &mut Context<'_, Self>) -> bool {
        let map = Rc::clone(&self.disk.books.map);
        let mut copied = false;
        let asked = loop {
            let next = self.disk.arriving().find_map(|(moved, arrival)| {
                let from = moved.from.iter().find(|from| !arrival.complete.contains(from))?;
                Some((moved.clone(), *from, arrival.cursors.get(from).copied()))
            });
            let Some((moved, from, after)) = next else { break false };
            if self.disk.members.contains_key(&from) {
                self.copy_from_here(&map, &moved, from);
                self.enter(context);
                copied = true;
                continue;
            }
            let Some(old) = map.shard(from) else { break true };
            let holder = self.target(old);
            if self.sent.insert(Sent::Pull(moved.to.id, from)) {
                self.send(holder, Message::Pull { to: moved.to.id, from, after }, context);
            }
            break true;
        };
        if copied && !asked {
            self.report(context);
        }
        asked
    }

    /// The old shard has a copy on this very node: nothing needs to travel.
    fn copy_from_here(&mut self, map: &ShardMap, moved: &Move, from: ShardId) {
        let Some(member) = self.disk.members.get(&from) else { return };
        let parcels: Vec<(Part, Parcel)> =
            parts(map, moved, from).filter_map(|part| Some((part, member.pack(part)?))).collect();
        self.take_in(moved.to.id, parcels, |arrival| arrival.complete.push(from));
    }

    /// Enters parcels that came in, and what else has changed with them.
    fn take_in(&mut self, to: ShardId, parcels: Vec<(Part, Parcel)>, then: impl FnOnce(&mut Arrival)) {
        let merge = self.family.merge;
        let Some(copy) = self.disk.copy(to) else { return };
        let State::Arriving(arrival) = &mut copy.state else { return };
        for (part, parcel) in parcels {
            // What belongs to no key comes from every old shard; a key comes from one.
            let parcel = match arrival.parcels.get(&part) {
                Some(other) if part.is_none() => merge(other, &parcel),
                _ => parcel,
            };
            arrival.parcels.insert(part, parcel);
        }
        then(arrival);
    }

    /// A node that is to hold a shard asks this one, which holds an old one, for more.
    pub(super) fn pulled(
        &mut self,
        by: NodeId,
        to: ShardId,
        from: ShardId,
        after: Option<Part>,
        context: &mut Context<'_, Self>,
    ) {
        let map = Rc::clone(&self.disk.books.map);
        let Some(moved) = map.moves.iter().find(|moved| moved.to.id == to) else { return };
        let Some(member) = self.disk.members.get(&from) else { return };
        let rest = parts(&map, moved, from).filter(|part| after.is_none_or(|after| *part > after));
        let mut held = rest.filter_map(|part| Some((part, member.pack(part)?)));
        let parcels: Vec<(Part, Parcel)> = held.by_ref().take(self.layout.chunk()).collect();
        let last = held.next().is_none();
        drop(held);
        self.sent(&parcels);
        self.send(by, Message::Parcels { to, from, after, parcels, last }, context);
    }

    /// More keys of a shard that this node is to hold.
    pub(super) fn parcels(
        &mut self,
        to: ShardId,
        from: ShardId,
        after: Option<Part>,
        parcels: Vec<(Part, Parcel)>,
        last: bool,
        context: &mut Context<'_, Self>,
    ) {
        let Some(copy) = self.disk.books.copies.get(&to) else { return };
        let State::Arriving(arrival) = &copy.state else { return };
        // What was asked for before, and has come already, comes once more if the network doubles it.
        if arrival.complete.contains(&from) || arrival.cursors.get(&from).copied() != after {
            return;
        }
        self.received(&parcels);
        let cursor = parcels.last().map(|(part, _)| *part);
        self.take_in(to, parcels, |arrival| {
            if let Some(cursor) = cursor {
                arrival.cursors.insert(from, cursor);
            }
            if last {
                arrival.complete.push(from);
            }
        });
        self.enter(context);
        if last {
            self.report(context);
        }
        self.came = true;
        self.step_after(self.layout.pause(), context);
    }

    pub(super) fn received(&mut self, parcels: &[(Part, Parcel)]) {
        for (_, parcel) in parcels.iter().filter(|(part, _)| part.is_some()) {
            self.traffic.keys_in += 1;
            self.traffic.bytes_in += u64::from(parcel.bytes);
        }
    }

    pub(super) fn sent(&mut self, parcels: &[(Part, Parcel)]) {
        for (_, parcel) in parcels.iter().filter(|(part, _)| part.is_some()) {
            self.traffic.keys_out += 1;
            self.traffic.bytes_out += u64::from(parcel.bytes);
        }
    }
}
