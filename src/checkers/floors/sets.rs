//! What a session may count on of a set.
//!
//! - What it inserted, or saw, is there, unless somebody asked to remove it, before the read returned and not
//!   surely before the insertion.
//! - What it removed is not there, if it was inserted only once, before the removal, and the session knew of
//!   it then. (A set that merges, such as the observed-remove set of Shapiro et al. 2011, may rightly keep an element that
//!   the remover had not seen.)
//! - What it saw and then did not see does not come back, if it was inserted only once.

use std::collections::BTreeMap;

use netsplit_sim::ids::{OpId, Value};

use super::{Fall, How};
use crate::events::Event;
use crate::observation::{Call, Observation};
use crate::writes::{Element, KeyWrites};

/// What a session knows of one element.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    inserted: Vec<Own>,
    removed: Vec<Own>,
    /// The return since which it knows that the element was there.
    noticed: Option<u64>,
    /// The first read that showed it, and its return.
    seen: Option<(u64, OpId)>,
    /// The first later read that did not.
    gone: Option<(u64, OpId)>,
}

/// An acknowledged operation of the session itself.
#[derive(Clone, Copy, Debug)]
struct Own {
    operation: OpId,
    invoked: u64,
    returned: u64,
}

impl Floor {
    pub(super) fn own(&mut self, operation: &Observation, event: Event) {
        let own = Own { operation: operation.id, invoked: operation.invoked, returned: event.number };
        if matches!(operation.call, Call::Insert(_)) {
            self.inserted.push(own);
        } else {
            self.removed.push(own);
        }
    }

    pub(super) fn notice(&mut self, event: Event) {
        self.noticed.get_or_insert(event.number);
    }

    /// The operation after which the element has to be there, if it has to.
    fn must_be_there(&self, element: &Element, before: u64) -> Option<OpId> {
        let own = |own: &&Own| own.returned < before && element.is_kept_from(own.invoked);
        let seen = || {
            let (returned, read) = self.seen?;
            let first = element.insertions.first()?;
            (returned < before && element.is_kept_from(first.invoked)).then_some(read)
        };
        self.inserted.iter().find(own).map(|own| own.operation).or_else(seen)
    }

    /// The operation after which the element can't be there, if it can't.
    fn must_be_gone(&self, element: &Element, before: u64) -> Option<OpId> {
        let [insertion] = element.insertions[..] else { return None };
        let knew = |removal: &Own| {
            let own = self.inserted.iter().any(|own| own.returned < removal.invoked);
            own || self.noticed.is_some_and(|noticed| noticed < removal.invoked)
        };
        let own = |own: &&Own| own.returned < before && insertion.is_done_before(own.invoked) && knew(own);
        let gone = || self.gone.filter(|&(returned, _)| returned < before).map(|(_, read)| read);
        self.removed.iter().find(own).map(|own| own.operation).or_else(gone)
    }
}

pub(super) fn raise_by_read(
    floors: &mut BTreeMap<Value, Floor>,
    read: &Observation,
    found: &[Value],
    event: Event,
) {
    for (element, floor) in floors.iter_mut() {
        let was_seen = floor.seen.is_some_and(|(returned, _)| returned < read.invoked);
        if was_seen && floor.gone.is_none() && found.binary_search(element).is_err() {
            floor.gone = Some((event.number, read.id));
        }
    }
    for &element in found {
        floors.entry(element).or_default().seen.get_or_insert((event.number, read.id));
    }
}

pub(super) fn fall(
    floors: &BTreeMap<Value, Floor>,
    key: &KeyWrites,
    read: &Observation,
    found: &[Value],
) -> Option<Fall> {
    floors.iter().find_map(|(&value, floor)| {
        let element = key.element(value)?;
        let is_there = found.binary_search(&value).is_ok();
        let (before, how) = if is_there {
            (floor.must_be_gone(element, read.invoked)?, How::Back(value))
        } else {
            (floor.must_be_there(element, read.invoked)?, How::Missing(value))
        };
        Some((before, how, element.insertions.iter().map(|insertion| insertion.operation).collect()))
    })
}
