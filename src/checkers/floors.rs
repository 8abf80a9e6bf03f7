//! What a session may count on: per session and key, the newest write that it surely knows of.
//!
//! The session guarantees of Terry et al. (1994) say that what a session reads is never older than
//! something that it did before: than its own writes, for read your writes; than what it read, for
//! monotonic reads. (Viotti and Vukolić 2016 define both by visibility, which clients can't see; these are
//! the violations that a client can prove.) The two checkers differ only in what raises the floor.
//!
//! A read breaks the guarantee if its value was surely older ([`crate::writes`]) than the floor
//! of an operation of the same session that had returned before the read was called. A session may have
//! several operations open at once; between those that overlap there is no order and no promise.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId, Value};

use crate::events::Event;
use crate::observation::{Observation, Observations, Outcome, Session};
use crate::verdict::{Unknown, Verdict, Witness};
use crate::words::Words;
use crate::writes::Writes;

/// The floors of all sessions, and the first read that fell below one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Floors {
    sessions: BTreeMap<(Session, Key), Vec<Floor>>,
    fallen: Option<Fallen>,
    /// The first read of which it can't be told which write it saw.
    unclear: Option<OpId>,
    /// Whether that is because the text grows.
    unclear_text: bool,
}

/// From this return on, the session knows of a write that was called at `invoked`.
#[derive(Clone, Copy, Debug)]
struct Floor {
    returned: u64,
    invoked: u64,
    operation: OpId,
    writer: OpId,
}

/// A read below its floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fallen {
    /// The read.
    pub(crate) read: OpId,
    /// The operation of the same session that set the floor.
    pub(crate) before: OpId,
    /// The write that the session knew of.
    writer: OpId,
    /// The older write that it read; `None` for the value that the key began with.
    older: Option<OpId>,
    event: Event,
}

impl Floors {
    /// From the return of `operation` on, its session knows of `value`.
    pub(crate) fn raise(
        &mut self,
        writes: &Writes,
        operation: &Observation,
        value: Option<Value>,
        event: Event,
    ) {
        if self.fallen.is_some() {
            return;
        }
        let Some(origin) = writes.origin(operation.key, value) else { return };
        let Some(writer) = origin.writer else { return };
        // Of its own write a session knows which one it was, even if others wrote the same.
        let own = operation.call.is_update();
        let (writer, invoked) =
            if own { (operation.id, operation.invoked) } else { (writer, origin.invoked) };
        let floors = self.sessions.entry((operation.session, operation.key)).or_default();
        if floors.last().is_none_or(|floor| floor.invoked < invoked) {
            floors.push(Floor { returned: event.number, invoked, operation: operation.id, writer });
        }
    }

    /// A read returned `value`.
    pub(crate) fn read(&mut self, writes: &Writes, read: &Observation, value: Option<Value>, event: Event) {
        if self.fallen.is_some() {
            return;
        }
        let appended = writes.key(read.key).is_some_and(|key| key.is_appended());
        if appended {
            if self.unclear.is_none() {
                (self.unclear, self.unclear_text) = (Some(read.id), true);
            }
            return;
        }
        let Some(origin) = writes.origin(read.key, value) else { return };
        if origin.ambiguous {
            self.unclear.get_or_insert(read.id);
        }
        let Some(floors) = self.sessions.get(&(read.session, read.key)) else { return };
        let known = floors.partition_point(|floor| floor.returned < read.invoked);
        let Some(floor) = known.checked_sub(1).map(|last| floors[last]) else { return };
        if origin.is_before(floor.invoked) {
            self.fallen = Some(Fallen {
                read: read.id,
                before: floor.operation,
                writer: floor.writer,
                older: origin.writer,
                event,
            });
        }
    }

    /// The verdict; `sentence` puts a read below its floor in words.
    pub(crate) fn verdict(
        &self,
        observations: &Observations,
        sentence: impl FnOnce(Words<'_>, &Observation, &Observation) -> String,
    ) -> Verdict {
        let words = Words { observations };
        let operation = |id: OpId| &observations.operations[id.index()];
        if let Some(fallen) = self.fallen {
            let (before, read) = (operation(fallen.before), operation(fallen.read));
            let mut operations = vec![fallen.before, fallen.writer, fallen.read];
            operations.extend(fallen.older);
            operations.sort_unstable();
            operations.dedup();
            return Verdict::Broken(Witness {
                operations,
                nodes: Vec::new(),
                event: Some(fallen.event.number),
                at: observations.clock.then_some(read.returned_at),
                sentence: sentence(words, before, read),
            });
        }
        let Some(read) = self.unclear.map(operation) else { return Verdict::Holds };
        let (key, reader) = (words.key(read.key), words.action(read));
        let reason = match read.outcome {
            Outcome::Read(value) if !self.unclear_text => {
                let value = words.value(value);
                format!("{reader} of {key} returned {value}, which may come from more than one write")
            }
            _ => format!("{key} is a text that grows, and {reader} of it does not tell which writes it saw"),
        };
        Verdict::Unknown(Unknown { spent: 0, reason })
    }
}
