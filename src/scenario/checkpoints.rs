//! States to come back to, so that a step back does not replay from the start. There are never too
//! many: at a bound every second one goes, and from then on they are taken half as often.

use netsplit_sim::machine::{Checkpoint, Machine};
use netsplit_sim::time::Time;

use crate::limits;

/// Events between two checkpoints at first. A run that outgrows the bound has them half as often, so a
/// replay is never more than about a thirtieth of the run.
const INTERVAL: u64 = 500;

/// The checkpoints of a run, oldest first. The first is the start of the run and always stays.
pub(crate) struct Checkpoints {
    list: Vec<Kept>,
    interval: u64,
}

struct Kept {
    checkpoint: Checkpoint,
    /// How many actions of the script were applied.
    cursor: usize,
    /// How many events were handled.
    events: u64,
}

impl Checkpoints {
    /// The start of a run.
    pub(crate) fn new(machine: &dyn Machine) -> Self {
        let mut checkpoints = Self { list: Vec::new(), interval: INTERVAL };
        checkpoints.keep(machine, 0);
        checkpoints
    }

    /// How many events may pass before the next checkpoint is due; 0 if it is.
    pub(crate) fn due_in(&self, machine: &dyn Machine) -> u64 {
        let last = self.list.last().map_or(0, |kept| kept.events);
        (last + self.interval).saturating_sub(machine.totals().events)
    }

    /// Keeps the present state.
    pub(crate) fn keep(&mut self, machine: &dyn Machine, cursor: usize) {
        let events = machine.totals().events;
        self.list.push(Kept { checkpoint: machine.checkpoint(), cursor, events });
        while self.list.len() > 2
            && (self.list.len() > limits::CHECKPOINTS || self.bytes() > limits::CHECKPOINT_BYTES)
        {
            self.interval = self.interval.saturating_mul(2);
            let mut index = 0;
            // The first stays, and so does every second one after it.
            self.list.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    fn bytes(&self) -> usize {
        self.list.iter().map(|kept| kept.checkpoint.bytes).sum()
    }

    /// Goes back to the last checkpoint at `at` or before with at most `cursor` actions applied, and
    /// forgets those after it. Returns how many actions are applied there.
    pub(crate) fn rewind(&mut self, machine: &mut dyn Machine, at: Time, cursor: usize) -> usize {
        let fits = |kept: &Kept| kept.checkpoint.at <= at && kept.cursor <= cursor;
        // The start fits always.
        let keep = self.list.iter().rposition(fits).unwrap_or(0);
        self.list.truncate(keep + 1);
        let kept = &self.list[keep];
        machine.restore(&kept.checkpoint);
        kept.cursor
    }
}

impl Checkpoints {
    /// Puts a copy of the run back to a state before this instant and before this event of the record; to the start if
    /// there is none. Returns how many actions are applied there.
    pub(crate) fn before(&self, copy: &mut dyn Machine, at: Time, event: usize) -> usize {
        let earlier = self.list.iter().rev().filter(|kept| kept.checkpoint.at < at);
        for kept in earlier.chain(self.list.first()) {
            copy.restore(&kept.checkpoint);
            if copy.trace().len() <= event {
                return kept.cursor;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;
    use netsplit_sim::action::Action;

    fn machine() -> Box<dyn Machine> {
        crate::build(&Scenario::default()).expect("valid").machine()
    }

    #[test]
    fn of_two_states_at_one_instant_the_actions_decide() {
        let mut machine = machine();
        let mut checkpoints = Checkpoints::new(&*machine);
        let before = machine.hash();
        machine.act(&Action::HealAll);
        checkpoints.keep(&*machine, 1);
        let after = machine.hash();
        assert_eq!((checkpoints.rewind(&mut *machine, Time::ZERO, 1), machine.hash()), (1, after));
        assert_eq!((checkpoints.rewind(&mut *machine, Time::ZERO, 0), machine.hash()), (0, before));
    }

    #[test]
    fn there_are_never_too_many_and_the_start_stays() {
        let mut machine = machine();
        let mut checkpoints = Checkpoints::new(&*machine);
        let before = machine.hash();
        for _ in 0..300_000 {
            if checkpoints.due_in(&*machine) == 0 {
                checkpoints.keep(&*machine, 0);
            }
            machine.step();
        }
        assert!((limits::CHECKPOINTS / 2..=limits::CHECKPOINTS).contains(&checkpoints.list.len()));
        assert!(checkpoints.interval > 100 * INTERVAL / 10);
        let gaps: Vec<u64> = checkpoints.list.windows(2).map(|two| two[1].events - two[0].events).collect();
        assert!(gaps.iter().all(|gap| *gap <= checkpoints.interval), "{gaps:?}");
        assert_eq!((checkpoints.rewind(&mut *machine, Time::ZERO, 0), machine.hash()), (0, before));
    }
}
