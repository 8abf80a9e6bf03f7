//! Queries over several keys, and rounds of jobs: what ended, and when.

use netsplit_sim::action::Action;
use netsplit_sim::history::{History, Many, QueryId};
use netsplit_sim::ids::{ClientId, EventId, OpId};
use netsplit_sim::setup::Pace;
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{Event, EventKind};

use crate::attribution::{Owner, Owners};
use crate::built::Timed;

/// The kinds of query, by their names in metrics.
pub(crate) const KINDS: [&str; 3] = ["scan", "query_all", "pair"];

/// The place of a kind in [`KINDS`].
pub(crate) fn place(many: Many) -> usize {
    match many {
        Many::Scan { .. } => 0,
        Many::All => 1,
        Many::Pair { .. } => 2,
    }
}

/// One query that ended, for charts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueryPoint {
    /// The query.
    pub query: QueryId,
    /// Whose.
    pub client: ClientId,
    /// What.
    pub many: Many,
    /// When it ended.
    pub ended: Time,
    /// From question to answer, in milliseconds.
    pub latency_ms: f64,
    /// How many keys it was about.
    pub parts: u32,
    /// How many of them were answered for in time.
    pub done: u32,
    /// How many shards were asked.
    pub shards: u32,
    /// Whether a node stumbled over one of its messages before it ended: see
    /// [`netsplit_sim::setup::NodeSetup::hiccup_share`].
    pub slow: bool,
}

/// What a query has met with so far.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    /// Messages that belong to it.
    messages: u32,
    /// Whether a node stumbled over one.
    slow: bool,
    /// Its kind, once it has ended; late messages still belong to it.
    ended: Option<usize>,
}

/// The queries of a run so far.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    owners: Owners,
    /// By query.
    met: Vec<Met>,
    /// Messages of those that ended, by kind.
    pub(crate) messages: [u64; KINDS.len()],
    /// Those that ended, in the order of their ends.
    pub(crate) points: Vec<QueryPoint>,
}

impl Queries {
    pub(crate) fn event(&mut self, event: &Event, history: &History) {
        let owner = self.owners.follow(event);
        match (event.kind, owner) {
            (EventKind::Asked { query }, _) => self.met.resize(query.0 as usize + 1, Met::default()),
            (EventKind::Sent { .. }, Some(Owner::Query(query))) => {
                let met = &mut self.met[query.0 as usize];
                met.messages += 1;
                if let Some(kind) = met.ended {
                    self.messages[kind] += 1;
                }
            }
            (EventKind::Hiccup { .. }, Some(Owner::Query(query))) => self.met[query.0 as usize].slow = true,
            (EventKind::Told { query }, _) => {
                let Some(ended) = history.queries.get(query.0 as usize) else { return };
                let met = &mut self.met[query.0 as usize];
                met.ended = Some(place(ended.many));
                self.messages[place(ended.many)] += u64::from(met.messages);
                self.points.push(QueryPoint {
                    query,
                    client: ended.client,
                    many: ended.many,
                    ended: event.at,
                    latency_ms: event.at.since(ended.invoked).as_ms(),
                    parts: ended.parts,
                    done: ended.done,
                    shards: ended.shards,
                    slow: met.slow,
                });
            }
            _ => {}
        }
    }

    /// How many messages a query has cost so far.
    pub(crate) fn messages(&self, query: QueryId) -> u32 {
        self.met.get(query.0 as usize).map_or(0, |met| met.messages)
    }
}

/// What a client with a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Operation(OpId),
    Query(QueryId),
}

/// A client's round.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    began: Option<Time>,
    waits: Option<Waits>,
    ended: u32,
}

/// The rounds of the clients that have a job, so far.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// By client.
    paces: Vec<Pace>,
    rounds: Vec<Round>,
    /// When the accesses of each round ended, whose it is, and how long it takes with what is computed then.
    pub(crate) done: Vec<(Time, ClientId, Span)>,
}

impl Jobs {
    pub(crate) fn new(paces: Vec<Pace>) -> Self {
        Self { rounds: vec![Round::default(); paces.len()], paces, done: Vec::new() }
    }

    /// Whether anybody has a job, or had one.
    pub(crate) fn is_any(&self) -> bool {
        !self.done.is_empty() || self.paces.iter().any(|pace| matches!(pace, Pace::Job { .. }))
    }

    pub(crate) fn event(&mut self, event: &Event, history: &History, script: &[Timed]) {
        let client_of = |waits: Waits| match waits {
            Waits::Operation(op) => history.operations.get(op.index()).map(|operation| operation.client),
            Waits::Query(query) => history.queries.get(query.0 as usize).map(|query| query.client),
        };
        match event.kind {
            // What a person asks for is not part of the job.
            EventKind::Invoked { op } if event.cause == EventId::NONE => {
                self.starts(client_of(Waits::Operation(op)), Waits::Operation(op), event.at);
            }
            EventKind::Asked { query } if event.cause == EventId::NONE => {
                self.starts(client_of(Waits::Query(query)), Waits::Query(query), event.at);
            }
            EventKind::Returned { op } => {
                self.ends(client_of(Waits::Operation(op)), Waits::Operation(op), event.at);
            }
            EventKind::Told { query } => {
                self.ends(client_of(Waits::Query(query)), Waits::Query(query), event.at);
            }
            EventKind::Acted { index } => {
                if let Some(Action::SetPace(client, pace)) =
                    script.get(index as usize).map(|timed| &timed.action)
                    && let Some(round) = self.rounds.get_mut(client.index())
                {
                    *round = Round::default();
                    self.paces[client.index()] = *pace;
                }
            }
            _ => {}
        }
    }

    fn starts(&mut self, client: Option<ClientId>, waits: Waits, at: Time) {
        let Some(round) = client.and_then(|client| self.rounds.get_mut(client.index())) else { return };
        round.began.get_or_insert(at);
        round.waits = Some(waits);
    }

    fn ends(&mut self, client: Option<ClientId>, waits: Waits, at: Time) {
        let Some(client) = client else { return };
        let Some(round) = self.rounds.get_mut(client.index()) else { return };
        if round.waits != Some(waits) {
            return;
        }
        round.waits = None;
        round.ended += 1;
        if let Pace::Job { accesses, compute } = self.paces[client.index()]
            && round.ended >= accesses
        {
            self.done.extend(round.began.map(|began| (at, client, at.since(began) + compute)));
            *round = Round::default();
        }
    }
}
