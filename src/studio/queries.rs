//! What clients asked about several keys at once, in words: how much of the answer is there, and that writes of two
//! keys are two writes.

use netsplit_sim::history::{History, Many, Operation, Query, QueryId};
use netsplit_sim::ids::Key;

use crate::units;
use crate::words::{self, Names};

/// The most queries in the list.
const LISTED: usize = 5;
/// How far back the last query of a kind is looked for.
const LOOK_BACK: usize = 5_000;
/// The kinds: [`Many::name`].
const KINDS: [&str; 3] = ["scan", "query-all", "pair"];

/// A query in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRow {
    /// Its number.
    pub id: QueryId,
    /// Its kind, such as `scan`.
    pub kind: &'static str,
    /// `pending`, `exact` or `partial`.
    pub state: &'static str,
    /// How many shards were asked.
    pub shards: u32,
    /// How many keys were answered for.
    pub done: u32,
    /// How many keys it is about.
    pub parts: u32,
    /// Who asked for what.
    pub asked: String,
    /// What came of it.
    pub came: String,
}

/// What a query asks for, such as `read k3 to k12`.
#[must_use]
pub fn wanted(many: Many) -> String {
    match many {
        Many::Scan { from, count } => {
            let last = Key(from.0.saturating_add(count.saturating_sub(1)));
            format!("scan {} to {}", words::key(from), words::key(last))
        }
        Many::All => "read every key".to_owned(),
        Many::Pair { first, second } => format!("write {} and {}", words::key(first), words::key(second)),
    }
}

fn state(query: &Query) -> &'static str {
    match query.returned {
        None => "pending",
        Some(_) if query.is_exact() => "exact",
        Some(_) => "partial",
    }
}

fn parts<'a>(query: &Query, history: &'a History) -> &'a [Operation] {
    let first = query.first.index();
    history.operations.get(first..first + query.parts as usize).unwrap_or(&[])
}

/// What came of a query, as one or two sentences without the last full stop.
#[must_use]
pub fn came(query: &Query, history: &History) -> String {
    let Some(returned) = query.returned else { return "no answer yet".to_owned() };
    let took = units::span(returned.since(query.invoked));
    let shards = match query.shards {
        0 => String::new(),
        shards => format!(" from {}", units::count(u64::from(shards), "shard")),
    };
    let missing = query.parts.saturating_sub(query.done);
    if let Many::Pair { .. } = query.many {
        let written = |operation: &&Operation| operation.outcome.is_success();
        let which: Vec<String> =
            parts(query, history).iter().filter(written).map(|part| words::key(part.call.key())).collect();
        return match which.as_slice() {
            [one] if query.parts > 1 => format!(
                "only {one} was acknowledged, after {took}: the two writes are not atomic, and one can fail without the \
                 other"
            ),
            [] => {
                format!("neither write was acknowledged, after {took}: either may have taken effect, or both")
            }
            _ => format!(
                "both written after {took}, each by itself: not atomic, so others may have seen one without the other"
            ),
        };
    }
    if query.is_exact() {
        format!("exact: all {}{shards}, after {took}", units::count(u64::from(query.parts), "key"))
    } else {
        format!(
            "partial, and said so: {} of {} did not answer before the deadline{}, after {took}",
            units::grouped(f64::from(missing)),
            units::count(u64::from(query.parts), "key"),
            match query.shards {
                0 => String::new(),
                shards => format!(" ({} asked)", units::count(u64::from(shards), "shard")),
            },
        )
    }
}

/// A call of a query as a sentence, for the trace.
#[must_use]
pub fn asked(query: &Query, names: &Names) -> String {
    format!("{} asked {} to {}", names.client(query.client), names.node(query.node), wanted(query.many))
}

/// The end of a query as a sentence, for the trace.
#[must_use]
pub fn told(query: &Query, history: &History, names: &Names) -> String {
    format!(
        "{} got its answer to “{}”: {}",
        names.client(query.client),
        wanted(query.many),
        came(query, history)
    )
}

/// The latest queries, the latest first: of each kind the last one surely, so that one that a person asked is not driven out
/// by those that clients ask all the time.
#[must_use]
pub fn rows(history: &History, names: &Names) -> Vec<QueryRow> {
    let row = |query: &Query| QueryRow {
        id: query.id,
        kind: query.many.name(),
        state: state(query),
        shards: query.shards,
        done: query.done,
        parts: query.parts,
        asked: format!("{}: {}", names.client(query.client), wanted(query.many)),
        came: came(query, history),
    };
    let mut rows: Vec<QueryRow> = history.queries.iter().rev().take(LISTED).map(row).collect();
    for kind in KINDS {
        let of_kind = |query: &&Query| query.many.name() == kind;
        let latest = history.queries.iter().rev().take(LOOK_BACK).find(of_kind);
        if let Some(latest) = latest.filter(|latest| rows.iter().all(|row| row.id != latest.id)) {
            let common =
                rows.iter().rposition(|row| rows.iter().filter(|other| other.kind == row.kind).count() > 1);
            if let Some(common) = common {
                rows.remove(common);
            }
            rows.push(row(latest));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use netsplit_sim::history::{Call, Outcome};
    use netsplit_sim::ids::{ClientId, EventId, NodeId, OpId, Value};
    use netsplit_sim::time::Time;

    use super::*;

    fn history(many: Many, outcomes: &[Outcome]) -> History {
        let mut history = History::default();
        for (place, outcome) in outcomes.iter().enumerate() {
            let key = Key(place as u32);
            history.operations.push(Operation {
                id: OpId(place as u32),
                client: ClientId(0),
                call: match many {
                    Many::Pair { .. } => Call::Write { key, value: Value(place as u64 + 1) },
                    Many::Scan { .. } | Many::All => Call::Read { key },
                },
                query: Some(QueryId(0)),
                node: NodeId(0),
                invoked: Time(0),
                invoked_event: EventId(0),
                returned: Some(Time(4_200_000)),
                returned_event: EventId(9),
                outcome: *outcome,
                version: None,
            });
        }
        history.queries.push(Query {
            id: QueryId(0),
            client: ClientId(0),
            many,
            node: NodeId(0),
            first: OpId(0),
            parts: outcomes.len() as u32,
            invoked: Time(0),
            invoked_event: EventId(0),
            returned: Some(Time(4_200_000)),
            returned_event: EventId(9),
            done: outcomes.iter().filter(|outcome| outcome.is_success()).count() as u32,
            shards: 2,
        });
        history
    }

    fn row(many: Many, outcomes: &[Outcome]) -> QueryRow {
        let names = Names { nodes: vec!["n1".to_owned()], clients: vec!["c1".to_owned()] };
        rows(&history(many, outcomes), &names).remove(0)
    }

    const LATE: Outcome = Outcome::Unknown("its shard did not answer in time");

    #[test]
    fn an_answer_says_whether_it_is_exact_or_partial() {
        let exact = row(Many::All, &[Outcome::Read(None), Outcome::Read(None)]);
        assert_eq!((exact.state, exact.asked.as_str()), ("exact", "c1: read every key"));
        assert_eq!(exact.came, "exact: all 2 keys from 2 shards, after 4.20 ms");
        let partial = row(Many::Scan { from: Key(0), count: 3 }, &[Outcome::Read(None), LATE, LATE]);
        assert_eq!((partial.state, partial.asked.as_str()), ("partial", "c1: scan k1 to k3"));
        assert_eq!(
            partial.came,
            "partial, and said so: 2 of 3 keys did not answer before the deadline (2 shards asked), after 4.20 ms"
        );
    }

    #[test]
    fn two_writes_are_said_to_be_two() {
        let pair = Many::Pair { first: Key(0), second: Key(1) };
        assert!(row(pair, &[Outcome::Written, Outcome::Written]).came.contains("not atomic"));
        let one = row(pair, &[Outcome::Written, LATE]).came;
        assert!(one.starts_with("only k1 was acknowledged") && one.contains("not atomic"), "{one}");
        assert!(row(pair, &[LATE, LATE]).came.starts_with("neither write was acknowledged"));
    }
}
