//! What a session may count on of a number that is added to.
//!
//! A number does not tell which additions it saw. But if nobody ever takes away, it never goes down, and so:
//! a session reads at least the sum of its own acknowledged additions, and at least what it has read before.
//! (The other way round where nobody adds.) Both hold even in a store that counts an addition twice, which
//! is a wrong of another kind. What this can't see: an own addition that is missing while additions of others make
//! up for it. Where a number is both added to and taken from, nothing can be told from one read, and the answer
//! is that it is unknown.

use netsplit_sim::ids::OpId;

use super::{Fall, How};
use crate::events::Event;
use crate::observation::Observation;
use crate::writes::Sums;

/// From this return on, the session counts on the number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    returned: u64,
    number: i128,
    operation: OpId,
}

/// Numbers wrap at 64 bits; sums that could are not judged.
const WIDEST: i128 = 1 << 62;

/// The number is added to and taken from.
pub(super) struct BothWays;

pub(super) fn raise_by_own(floors: &mut Vec<Floor>, operation: OpId, amount: i64, event: Event) {
    let number = floors.last().map_or(0, |floor| floor.number) + i128::from(amount);
    floors.push(Floor { returned: event.number, number, operation });
}

pub(super) fn raise_by_read(floors: &mut Vec<Floor>, sums: &Sums, read: OpId, number: i64, event: Event) {
    let number = i128::from(number);
    // What no additions make was told by a liar, or counted twice; nobody may count on it.
    let is_possible = (sums.down..=sums.up).contains(&number);
    let last = floors.last().map_or(0, |floor| floor.number);
    let is_further = if sums.up == 0 { number < last } else { number > last || sums.down != 0 };
    if is_possible && is_further {
        floors.push(Floor { returned: event.number, number, operation: read });
    }
}

pub(super) fn fall(
    floors: &[Floor],
    sums: &Sums,
    read: &Observation,
    number: i64,
) -> Result<Option<Fall>, BothWays> {
    let known = floors.partition_point(|floor| floor.returned < read.invoked);
    let Some(floor) = known.checked_sub(1).map(|last| floors[last]) else { return Ok(None) };
    if sums.up - sums.down > WIDEST {
        return Ok(None);
    }
    let number = i128::from(number);
    let is_short = match (sums.up, sums.down) {
        (_, 0) => number < floor.number,
        (0, _) => number > floor.number,
        _ => return Err(BothWays),
    };
    Ok(is_short.then(|| (floor.operation, How::Short(floor.number), Vec::new())))
}
