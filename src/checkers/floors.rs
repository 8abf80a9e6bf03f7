//! What a session may count on: per session and key, the newest that it surely knows of.
//!
//! The session guarantees of Terry et al. (1994) say that what a session reads is never older than
//! something that it did before: than its own writes, for read your writes; than what it read, for
//! monotonic reads. (Viotti and Vukolić 2016 define both by visibility, which clients can't see; these are
//! the violations that a client can prove.) The two checkers differ only in what raises the floor.
//!
//! **Registers.** A read breaks the guarantee if its value was surely older ([`crate::writes`]) than the floor
//! of an operation of the same session that had returned before the read was called. A read that shows
//! siblings breaks it only if every one of them was: one that is the write itself, or newer, or side by
//! side with it, is enough. (That another sibling has vanished may be wrong too; it can't be told from one that
//! was rightly replaced.) A session may have several operations open at once; between those that overlap there
//! is no order and no promise.
//!
//! **Numbers and sets** are in `numbers` and `sets`. A text that grows, and a key that is both written and added
//! to, can't be judged.

mod numbers;
mod sets;

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId, Value};

use crate::events::Event;
use crate::observation::{Call, Observation, Observations, Outcome, Session};
use crate::verdict::{Unknown, Verdict, Witness};
use crate::words::Words;
use crate::writes::{Nature, Writes};

/// The floors of all sessions, and the first read that fell below one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Floors {
    sessions: BTreeMap<(Session, Key), Known>,
    fallen: Option<Fallen>,
    /// The first read of which it can't be told what it saw.
    unclear: Option<(OpId, Why)>,
}

/// What a session knows of a key.
#[derive(Clone, Debug, Default)]
struct Known {
    writes: Vec<Floor>,
    numbers: Vec<numbers::Floor>,
    elements: BTreeMap<Value, sets::Floor>,
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
#[derive(Clone, Debug)]
pub(crate) struct Fallen {
    read: OpId,
    /// The operation of the same session that set the floor.
    before: OpId,
    /// How it fell.
    pub(crate) how: How,
    /// Who else is involved.
    others: Vec<OpId>,
    event: Event,
}

/// How a read fell below its floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Every value that it returned is older.
    Older,
    /// The number is short of this.
    Short(i128),
    /// This element is missing, though nobody can have removed it.
    Missing(Value),
    /// This element is there, though it was inserted only once and removed.
    Back(Value),
}

/// Why it can't be told what a read saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Ambiguous,
    Text,
    BothWays,
    Mixed,
}

impl Floors {
    /// From its return on, the session knows of an update of its own.
    pub(crate) fn raise_by_own(&mut self, writes: &Writes, operation: &Observation, event: Event) {
        if self.fallen.is_some() {
            return;
        }
        match (operation.call, operation.call.writes()) {
            (_, Some(value)) => self.raise(writes, operation, value, event),
            (Call::Add(amount), _) => {
                let known = self.sessions.entry((operation.session, operation.key)).or_default();
                numbers::raise_by_own(&mut known.numbers, operation.id, amount, event);
            }
            (Call::Insert(element) | Call::Remove(element), _) => {
                let known = self.sessions.entry((operation.session, operation.key)).or_default();
                known.elements.entry(element).or_default().own(operation, event);
            }
            _ => {}
        }
    }

    /// From its return on, the session knows of what this read showed.
    pub(crate) fn raise_by_read(
        &mut self,
        observations: &Observations,
        writes: &Writes,
        read: &Observation,
        event: Event,
    ) {
        if self.fallen.is_some() {
            return;
        }
        let session = (read.session, read.key);
        match writes.key(read.key) {
            Some(key) if key.nature() == Nature::Number => {
                if let Some(number) = number_read(observations, read) {
                    let known = self.sessions.entry(session).or_default();
                    numbers::raise_by_read(&mut known.numbers, key.sums(), read.id, number, event);
                }
            }
            Some(key) if key.nature() == Nature::Set => {
                if let Some(found) = set_read(observations, read) {
                    let known = self.sessions.entry(session).or_default();
                    sets::raise_by_read(&mut known.elements, read, found, event);
                }
            }
            Some(_) | None => {
                for value in observations.values_read(read) {
                    self.raise(writes, read, value, event);
                }
            }
        }
    }

    /// The session has seen these elements. That alone promises nothing, but what it removes later, it knew.
    pub(crate) fn notice(&mut self, observations: &Observations, read: &Observation, event: Event) {
        if let (None, Outcome::Values(id)) = (&self.fallen, read.outcome) {
            let known = self.sessions.entry((read.session, read.key)).or_default();
            for &element in observations.values_of(id) {
                known.elements.entry(element).or_default().notice(event);
            }
        }
    }

    fn raise(&mut self, writes: &Writes, operation: &Observation, value: Option<Value>, event: Event) {
        let Some(origin) = writes.origin(operation.key, value) else { return };
        let Some(writer) = origin.writer else { return };
        // Of its own write a session knows which one it was, even if others wrote the same.
        let own = operation.call.is_update();
        let (writer, invoked) =
            if own { (operation.id, operation.invoked) } else { (writer, origin.invoked) };
        let floors = &mut self.sessions.entry((operation.session, operation.key)).or_default().writes;
        if floors.last().is_none_or(|floor| floor.invoked < invoked) {
            floors.push(Floor { returned: event.number, invoked, operation: operation.id, writer });
        }
    }

    /// A read returned what it found.
    pub(crate) fn read(
        &mut self,
        observations: &Observations,
        writes: &Writes,
        read: &Observation,
        event: Event,
    ) {
        if self.fallen.is_some() {
            return;
        }
        let known = self.sessions.get(&(read.session, read.key));
        let fall = match (writes.nature(read.key), writes.key(read.key)) {
            (Nature::Text, _) => return self.is_unclear(read, Why::Text),
            (Nature::Mixed, _) => return self.is_unclear(read, Why::Mixed),
            (Nature::Number, Some(key)) => {
                let (Some(known), Some(number)) = (known, number_read(observations, read)) else { return };
                match numbers::fall(&known.numbers, key.sums(), read, number) {
                    Ok(fall) => fall,
                    Err(numbers::BothWays) => return self.is_unclear(read, Why::BothWays),
                }
            }
            (Nature::Set, Some(key)) => {
                let (Some(known), Some(found)) = (known, set_read(observations, read)) else { return };
                sets::fall(&known.elements, key, read, found)
            }
            _ => self.fall_of_register(observations, writes, read),
        };
        if let Some((before, how, others)) = fall {
            self.fallen = Some(Fallen { read: read.id, before, how, others, event });
        }
    }

    fn fall_of_register(
        &mut self,
        observations: &Observations,
        writes: &Writes,
        read: &Observation,
    ) -> Option<Fall> {
        let origins = observations.values_read(read).map(|value| writes.origin(read.key, value));
        let origins: Vec<_> = origins.collect::<Option<_>>()?;
        if origins.iter().any(|origin| origin.ambiguous) {
            self.is_unclear(read, Why::Ambiguous);
        }
        let floors = &self.sessions.get(&(read.session, read.key))?.writes;
        let known = floors.partition_point(|floor| floor.returned < read.invoked);
        let floor = floors[known.checked_sub(1)?];
        if !origins.iter().all(|origin| origin.is_before(floor.invoked)) {
            return None;
        }
        let older = origins.iter().filter_map(|origin| origin.writer);
        Some((floor.operation, How::Older, older.chain([floor.writer]).collect()))
    }

    fn is_unclear(&mut self, read: &Observation, why: Why) {
        self.unclear.get_or_insert((read.id, why));
    }

    /// The verdict; `sentence` puts a read below its floor in words.
    pub(crate) fn verdict(
        &self,
        observations: &Observations,
        sentence: impl FnOnce(Words<'_>, &Fallen, &Observation, &Observation) -> String,
    ) -> Verdict {
        let words = Words::of(observations);
        let operation = |id: OpId| &observations.operations[id.index()];
        if let Some(fallen) = &self.fallen {
            let (before, read) = (operation(fallen.before), operation(fallen.read));
            let mut operations = fallen.others.clone();
            operations.extend([fallen.before, fallen.read]);
            operations.sort_unstable();
            operations.dedup();
            return Verdict::Broken(Witness {
                operations,
                nodes: Vec::new(),
                event: Some(fallen.event.number),
                at: observations.clock.then_some(read.returned_at),
                sentence: sentence(words, fallen, before, read),
            });
        }
        let Some((read, why)) = self.unclear else { return Verdict::Holds };
        let read = operation(read);
        let (key, reader) = (words.key(read.key), words.action(read));
        let reason = match why {
            Why::Ambiguous => {
                let found: Vec<Value> = observations.values_read(read).flatten().collect();
                let found = words.held(read.key, &found);
                format!("{reader} of {key} returned {found}, which may come from more than one write")
            }
            Why::Text => {
                format!("{key} is a text that grows, and {reader} of it does not tell which writes it saw")
            }
            Why::BothWays => format!(
                "{key} is both added to and taken from, and {reader} of it does not tell which of that it saw"
            ),
            Why::Mixed => format!(
                "{key} is updated in several ways, and {reader} of it does not tell which updates it saw"
            ),
        };
        Verdict::Unknown(Unknown { spent: 0, reason })
    }
}

/// The operation that set the floor, how the read fell below it, and who else is involved.
type Fall = (OpId, How, Vec<OpId>);

fn number_read(observations: &Observations, read: &Observation) -> Option<i64> {
    match read.outcome {
        Outcome::Read(None) => Some(0),
        Outcome::Read(Some(value)) => observations.number(value),
        _ => None,
    }
}

fn set_read<'a>(observations: &'a Observations, read: &Observation) -> Option<&'a [Value]> {
    match read.outcome {
        Outcome::Read(None) => Some(&[]),
        Outcome::Values(id) => Some(observations.values_of(id)),
        _ => None,
    }
}
