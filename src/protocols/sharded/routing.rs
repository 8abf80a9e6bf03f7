//! How work gets to a copy that can do it: by the map that this node knows, which may be stale.

use netsplit_watched::watched;
use std::collections::BTreeMap;
use std::rc::Rc;

use netsplit_sim::history::Call;
use netsplit_sim::ids::{NodeId, OpId};
use netsplit_sim::protocol::{Answer, Context, Request, Token};
use netsplit_sim::sharding::{Shard, ShardId};

use super::message::{Job, Message, asking_node};
use super::{Flaws, HELD, RUNNING, Sharded, note};

#[watched]
impl<F: Flaws> Sharded<F> {
    /// Does a job here if this node holds its key, and otherwise sends it where the key is held.
    pub(super) fn dispatch(&mut self, job: Job, from_client: bool, context: &mut Context<'_, Self>) {
        for job in self.by_shard(job) {
            self.dispatch_one(job, from_client, context);
        }
    }

    /// The job itself, or if it is about keys that by this node's map are in several shards, one for each.
    fn by_shard(&self, job: Job) -> Vec<Job> {
        let Job::Parts(parts) = job else { return vec![job] };
        let mut shards: BTreeMap<Option<ShardId>, Vec<Request>> = BTreeMap::new();
        for part in parts {
            let shard = self.disk.books.map.owner(part.call.key()).map(|shard| shard.id);
            shards.entry(shard).or_default().push(part);
        }
        shards.into_values().map(Job::Parts).collect()
    }

    fn dispatch_one(&mut self, job: Job, from_client: bool, context: &mut Context<'_, Self>) {
        let map = Rc::clone(&self.disk.books.map);
        let Some(shard) = job.key().and_then(|key| map.owner(key)) else {
            self.give_up(job, "the store has no such key", context);
            return;
        };
        if shard.members.contains(&self.me) {
            if self.serves(shard.id) {
                self.run(shard.id, job, context);
            } else {
                self.hold(job, from_client, context);
            }
            return;
        }
        let to = self.target(shard);
        self.traffic.passed_on += 1;
        match job {
            Job::One { request, .. } if from_client && self.layout.redirects() => {
                context.reply(request, Answer::Moved(to));
            }
            job => self.send(to, Message::Forward { job, version: map.version }, context),
        }
    }

    /// The member of a shard to turn to: the first of those that are believed to run.
    pub(super) fn target(&self, shard: &Shard) -> NodeId {
        let running = shard.members.iter().find(|member| self.up.contains(member));
        *running.unwrap_or(&shard.members[0])
    }

    /// Work that another node sent here.
    pub(super) fn forwarded(
        &mut self,
        from: NodeId,
        job: Job,
        version: u64,
        context: &mut Context<'_, Self>,
    ) {
        for job in self.by_shard(job) {
            self.forwarded_one(from, job, version, context);
        }
    }

    fn forwarded_one(&mut self, from: NodeId, job: Job, version: u64, context: &mut Context<'_, Self>) {
        let map = Rc::clone(&self.disk.books.map);
        let here = job
            .key()
            .and_then(|key| map.owner(key))
            .map(|shard| (shard.id, shard.members.contains(&self.me)));
        match here {
            Some((shard, true)) if self.serves(shard) => self.run(shard, job, context),
            _ if version > map.version => {
                self.send(from, Message::WantMap, context);
                self.hold(job, false, context);
            }
            // An old holder that never heard of the seal would do it.
            _ if F::SERVES_WHEN_SEALED && self.old_copy(&job).is_some() => {
                let shard = self.old_copy(&job).expect("it was there just now");
                self.run(shard, job, context);
            }
            Some((_, true)) => self.hold(job, false, context),
            _ => {
                self.traffic.stale += 1;
                context.note(note::STALE);
                self.send(from, Message::Bounce { job, map }, context);
            }
        }
    }

    fn old_copy(&self, job: &Job) -> Option<ShardId> {
        let key = job.key()?;
        let mut copies = self.disk.books.copies.values();
        let copy =
            copies.find(|copy| copy.shard.keys.binary_search(&key).is_ok() && self.serves(copy.shard.id))?;
        Some(copy.shard.id)
    }

    /// Lets the copy here do a job.
    fn run(&mut self, shard: ShardId, job: Job, context: &mut Context<'_, Self>) {
        let (requests, token) = match job {
            Job::One { request, token } => (vec![request], token),
            Job::Parts(parts) => (parts, None),
        };
        for request in requests {
            *self.served.entry(request.call.key()).or_default() += 1;
            *self.served_in_all.entry(shard).or_default() += 1;
            let job = match asking_node(request.client) {
                Some(_) => Job::Parts(vec![request]),
                None => Job::One { request, token: token.clone() },
            };
            self.running.insert(request.op, (shard, job));
            if self.running.len() > RUNNING {
                self.running.pop_first();
            }
            let token = token.clone();
            self.with_member(shard, context, |member, context| member.request(request, token, context));
        }
    }

    fn hold(&mut self, job: Job, from_client: bool, context: &mut Context<'_, Self>) {
        if self.held.len() >= HELD {
            self.give_up(job, "too many requests wait for this shard", context);
            return;
        }
        context.note(note::HELD);
        self.held.push((job, from_client));
    }

    /// Tries again what waited.
    pub(super) fn try_held(&mut self, context: &mut Context<'_, Self>) {
        for (job, from_client) in std::mem::take(&mut self.held) {
            self.dispatch(job, from_client, context);
        }
    }

    /// A copy was sealed: what it was working on goes to the shard that replaces it. What may have been done and would
    /// not be recognised is not done again; its client is told that nobody knows.
    pub(super) fn take_back(&mut self, shard: ShardId, context: &mut Context<'_, Self>) {
        let at_work: Vec<OpId> =
            self.running.iter().filter(|(_, (of, _))| *of == shard).map(|(&op, _)| op).collect();
        for op in at_work {
            let Some((_, job)) = self.running.remove(&op) else { continue };
            let read = |request: &Request| matches!(request.call, Call::Read { .. });
            let harmless = match &job {
                Job::One { request, .. } => read(request),
                Job::Parts(parts) => parts.iter().all(read),
            };
            if harmless || self.remembers {
                self.hold(job, false, context);
            } else {
                let requests = match job {
                    Job::One { request, .. } => vec![request],
                    Job::Parts(parts) => parts,
                };
                for request in requests {
                    let unknown = Answer::Unknown("its shard changed hands while the write was under way");
                    self.answer(request, unknown, None, &[], context);
                }
            }
        }
    }

    fn give_up(&mut self, job: Job, why: &'static str, context: &mut Context<'_, Self>) {
        let requests = match job {
            Job::One { request, .. } => vec![request],
            Job::Parts(parts) => parts,
        };
        for request in requests {
            self.answer(request, Answer::Refused(why), None, &[], context);
        }
    }

    /// Hands an answer of a copy on, to a client or to the node that asks a query.
    pub(super) fn answer(
        &mut self,
        request: Request,
        answer: Answer,
        token: Option<Token>,
        members: &[NodeId],
        context: &mut Context<'_, Self>,
    ) {
        let elsewhere = match &answer {
            Answer::Redirect(member) => members.get(member.index()).copied(),
            _ => None,
        };
        match (asking_node(request.client), elsewhere) {
            (Some(_), Some(node)) if node != self.me => {
                let version = self.disk.books.map.version;
                self.send(node, Message::Forward { job: Job::Parts(vec![request]), version }, context);
            }
            (Some(node), _) => self.parts_done.entry(node).or_default().push((request.op, answer)),
            (None, Some(node)) => context.reply(request, Answer::Moved(node)),
            (None, None) => match token {
                Some(token) => context.reply_with(request, answer, token),
                None => context.reply(request, answer),
            },
        }
    }

    /// Sends what a handler left to be sent together.
    pub(super) fn finish_handler(&mut self, context: &mut Context<'_, Self>) {
        while let Some((node, answers)) = self.parts_done.pop_first() {
            if node == self.me {
                self.take_parts(answers, context);
            } else {
                self.send(node, Message::PartsDone(answers), context);
            }
        }
    }
}
