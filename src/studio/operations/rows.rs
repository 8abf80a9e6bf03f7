//! Who is drawn beside whom: the operations of a client in as many rows as overlap, kept while the history grows. An
//! operation takes the first row whose last one had returned when it was called. A row is in the order of time, so what is in
//! view is found by halves.

use std::collections::BTreeMap;

use netsplit_sim::history::{History, Operation};
use netsplit_sim::ids::{Key, OpId};
use netsplit_sim::time::Time;

/// The rows of every client.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    seen: usize,
    shortest: usize,
    clients: Vec<Vec<Vec<u32>>>,
    by_key: BTreeMap<Key, Vec<u32>>,
}

/// Whether an operation has a bar of its own: of a query, the first part stands for all.
pub(super) fn is_bar(operation: &Operation, history: &History) -> bool {
    let query = operation.query.and_then(|query| history.queries.get(query.0 as usize));
    query.is_none_or(|query| query.first == operation.id)
}

impl Rows {
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The history has this length now. What it lost meanwhile is lost here at the next look.
    pub(super) fn saw(&mut self, length: usize) {
        self.shortest = self.shortest.min(length);
    }

    pub(super) fn follow(&mut self, history: &History, clients: usize) {
        if self.clients.len() != clients {
            self.forget();
            self.clients = vec![Vec::new(); clients];
        }
        let kept = self.shortest.min(history.operations.len());
        if kept < self.seen {
            let rows = self.clients.iter_mut().flatten().chain(self.by_key.values_mut());
            rows.for_each(|row| row.truncate(row.partition_point(|op| (*op as usize) < kept)));
            self.seen = kept;
        }
        for operation in &history.operations[self.seen..] {
            self.by_key.entry(operation.call.key()).or_default().push(operation.id.0);
            if let Some(rows) = self.clients.get_mut(operation.client.index())
                && is_bar(operation, history)
            {
                let had_ended = |row: &&mut Vec<u32>| {
                    let last = row.last().and_then(|op| history.operations.get(*op as usize));
                    last.is_none_or(|last| {
                        last.returned.is_some() && last.returned_event < operation.invoked_event
                    })
                };
                match rows.iter_mut().find(had_ended) {
                    Some(row) => row.push(operation.id.0),
                    None => rows.push(vec![operation.id.0]),
                }
            }
        }
        self.seen = history.operations.len();
        self.shortest = self.seen;
    }

    /// How many rows a client has.
    pub(super) fn count(&self, client: usize) -> usize {
        self.clients.get(client).map_or(0, Vec::len)
    }

    /// The operations of a row that are under way between two instants.
    pub(super) fn in_view<'a>(
        &'a self,
        client: usize,
        row: usize,
        from: Time,
        to: Time,
        history: &'a History,
    ) -> impl Iterator<Item = OpId> + 'a {
        let row = self.clients.get(client).and_then(|rows| rows.get(row)).map_or(&[][..], Vec::as_slice);
        let called = move |op: &u32| history.operations[*op as usize].invoked;
        let first = row.partition_point(|op| called(op) < from).saturating_sub(1);
        let ends_before =
            move |op: &u32| history.operations[*op as usize].returned.is_some_and(|returned| returned < from);
        let in_time = row[first..].iter().take_while(move |op| called(op) <= to);
        in_time.filter(move |op| !ends_before(op)).map(|op| OpId(*op))
    }

    /// The operation of a client that was called nearest to an instant.
    pub(super) fn nearest(&self, client: usize, at: Time, history: &History) -> Option<OpId> {
        let called = |op: u32| history.operations[op as usize].invoked.0;
        let rows = self.clients.get(client)?;
        let near = rows.iter().flat_map(|row| {
            let place = row.partition_point(|op| called(*op) < at.0);
            [place.checked_sub(1), Some(place)]
                .into_iter()
                .flatten()
                .filter_map(|place| row.get(place).copied())
        });
        near.min_by_key(|op| called(*op).abs_diff(at.0)).map(OpId)
    }

    /// The operations on a key, in the order of their calls.
    pub(super) fn of_key(&self, key: Key) -> &[u32] {
        self.by_key.get(&key).map_or(&[], Vec::as_slice)
    }
}
