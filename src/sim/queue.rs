//! The event queue: a binary heap ordered by time and then by the order of scheduling.
//!
//! A heap is the quickest queue below about fifty pending events, which is what a small cluster has,
//! and a clone of it is one copy of a flat array.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::history::QueryId;
use crate::ids::{ClientId, NodeId, OpId};
use crate::time::Time;

/// Something that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The message in this slot arrives.
    Arrival { slot: u32, generation: u32 },
    /// A node has finished its work on the first of its line.
    Served { node: NodeId, incarnation: u32 },
    /// A node's disk has made its state durable.
    Flushed { node: NodeId, incarnation: u32 },
    /// The timer in this slot goes off.
    Timer { slot: u32, generation: u32 },
    /// A client starts its next operation.
    Tick { client: ClientId, generation: u32 },
    /// A client has waited long enough for an operation.
    Timeout { op: OpId, attempt: u8 },
    /// A client has waited long enough for a query.
    Deadline { query: QueryId },
    /// A client has gathered operations for a node for long enough.
    Gathered { client: ClientId, node: NodeId, gathering: u32 },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(Time, u64, Due)>>,
    scheduled: u64,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Time, due: Due) {
        self.heap.push(Reverse((at, self.scheduled, due)));
        self.scheduled += 1;
    }

    pub(crate) fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(crate) fn pop(&mut self) -> Option<(Time, Due)> {
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_instant_keep_their_order() {
        let mut queue = Queue::default();
        for op in 0..5 {
            queue.push(Time(10), Due::Timeout { op: OpId(4 - op), attempt: 0 });
        }
        queue.push(Time(9), Due::Tick { client: ClientId(0), generation: 0 });
        assert_eq!(queue.next_at(), Some(Time(9)));
        queue.pop();
        let order: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|(_, due)| match due {
                Due::Timeout { op, .. } => op.0,
                _ => unreachable!("only time-outs are left"),
            })
            .collect();
        assert_eq!(order, [4, 3, 2, 1, 0]);
    }
}
