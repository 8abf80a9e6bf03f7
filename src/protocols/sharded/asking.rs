//! Queries over several keys: scatter to every shard that has some of them, gather what comes before the
//! deadline. *result = query(all data in the system)*: the more shards are asked, the likelier it is that one of
//! them is slow (Dean and Barroso, *The Tail at Scale*, 2013).

use netsplit_watched::watched;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use netsplit_sim::history::QueryId;
use netsplit_sim::ids::OpId;
use netsplit_sim::protocol::{Answer, Ask, Context, Request};
use netsplit_sim::sharding::ShardId;

use super::message::{Job, asker};
use super::{Flaws, Sharded, Timer, note};

/// A query whose parts are under way.
#[derive(Clone, Debug)]
pub(super) struct Query {
    ask: Ask,
    answers: BTreeMap<OpId, Answer>,
    shards: u32,
}

#[watched]
impl<F: Flaws> Sharded<F> {
    pub(super) fn ask(&mut self, ask: Ask, context: &mut Context<'_, Self>) {
        let query = ask.query;
        if self.queries.contains_key(&query) {
            return;
        }
        let map = Rc::clone(&self.disk.books.map);
        let parts: Vec<Request> =
            ask.parts.iter().map(|part| Request { client: asker(self.me), ..*part }).collect();
        let shard = |part: &Request| map.owner(part.call.key()).map(|shard| shard.id);
        let shards = parts.iter().filter_map(shard).collect::<BTreeSet<ShardId>>().len() as u32;
        self.queries.insert(query, Query { ask, answers: BTreeMap::new(), shards });
        context.set_timer(self.layout.deadline(), Timer::Deadline(query));
        self.dispatch(Job::Parts(parts), false, context);
        self.tell_if_complete(query, context);
    }

    /// Answers to parts have come.
    pub(super) fn take_parts(&mut self, answers: Vec<(OpId, Answer)>, context: &mut Context<'_, Self>) {
        for (op, answer) in answers {
            let mut queries = self.queries.iter_mut();
            let of = queries.find(|(_, query)| query.ask.parts.iter().any(|part| part.op == op));
            let Some((&id, query)) = of else { continue };
            query.answers.entry(op).or_insert(answer);
            self.tell_if_complete(id, context);
        }
    }

    fn tell_if_complete(&mut self, id: QueryId, context: &mut Context<'_, Self>) {
        if self.queries.get(&id).is_some_and(|query| query.answers.len() == query.ask.parts.len()) {
            self.tell(id, context);
        }
    }

    pub(super) fn deadline(&mut self, id: QueryId, context: &mut Context<'_, Self>) {
        if self.queries.contains_key(&id) {
            context.note(note::PARTIAL);
            self.tell(id, context);
        }
    }

    fn tell(&mut self, id: QueryId, context: &mut Context<'_, Self>) {
        if let Some(query) = self.queries.remove(&id) {
            context.tell(query.ask.told(query.answers.into_iter().collect(), query.shards));
        }
    }
}
