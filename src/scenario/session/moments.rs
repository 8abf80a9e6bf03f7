//! Moving through the record event by event, forward and back. The kernel steps forward only, so a step back is a replay
//! from the checkpoint before it, and ends in exactly the state that was there.

use netsplit_sim::ids::EventId;
use netsplit_sim::time::Time;
use netsplit_sim::trace::EventKind;

use super::Session;
use crate::checkpoints::Checkpoints;

/// What a step goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stride {
    /// The next thing that happens, whatever it is.
    #[default]
    Event,
    /// The next message that arrives or is lost.
    Message,
    /// The next call or return of an operation.
    Operation,
}

impl Stride {
    /// Every stride, from short to long.
    pub const ALL: [Self; 3] = [Self::Event, Self::Message, Self::Operation];

    /// Whether a step of this kind ends with an event.
    #[must_use]
    pub fn ends_with(self, kind: EventKind) -> bool {
        match self {
            Self::Event => true,
            Self::Message => matches!(kind, EventKind::Delivered { .. } | EventKind::Dropped { .. }),
            Self::Operation => matches!(
                kind,
                EventKind::Invoked { .. }
                    | EventKind::Returned { .. }
                    | EventKind::Asked { .. }
                    | EventKind::Told { .. }
            ),
        }
    }
}

/// The most events that one step forward passes over in search of its end.
const FAR: usize = 100_000;

impl Session {
    /// Moves the playhead to the moment right after an event of the record: everything that was done together with it
    /// is done, and nothing after. `false` if the record has no such event.
    pub fn seek_event(&mut self, event: EventId) -> bool {
        self.resume(u64::MAX);
        let Some(at) = self.machine.trace().get(event.index()).map(|event| event.at) else { return false };
        self.before(at);
        while self.machine.trace().len() <= event.index() {
            if !self.step() {
                break;
            }
        }
        true
    }

    /// Plays on to the end of a step. `false` if none comes, however far one looks.
    pub fn step_by(&mut self, stride: Stride) -> bool {
        let mut known = self.machine.trace().len();
        let end = known + FAR;
        while known < end && self.step() {
            let trace = self.machine.trace();
            if trace[known..].iter().any(|event| stride.ends_with(event.kind)) {
                return true;
            }
            known = trace.len();
        }
        false
    }

    /// Goes back to the end of the step before this moment; to the start of the run if there is none, and then `false`.
    pub fn step_back(&mut self, stride: Stride) -> bool {
        self.resume(u64::MAX);
        let horizon = self.horizon;
        let end = self.moment_before().and_then(|before| {
            let trace = self.machine.trace();
            trace[..before].iter().rposition(|event| stride.ends_with(event.kind))
        });
        let found = match end {
            Some(index) => self.seek_event(EventId(index as u32)),
            None => {
                self.start_over();
                false
            }
        };
        self.horizon = self.horizon.max(horizon);
        found
    }

    /// How many events the record has before what was done last; all of them if time has passed since. `None` at the
    /// start of the run, which has nothing before it.
    fn moment_before(&mut self) -> Option<usize> {
        let length = self.machine.trace().len();
        let last = self.machine.trace().last().map(|event| event.at)?;
        if last < self.now() {
            return Some(length);
        }
        self.before(last);
        let mut before = None;
        while self.machine.trace().len() < length {
            before = Some(self.machine.trace().len());
            if !self.step() {
                break;
            }
        }
        before
    }

    /// Goes to the last moment before an instant, which is the past.
    fn before(&mut self, at: Time) {
        match at.0.checked_sub(1) {
            Some(earlier) => {
                self.seek(Time(earlier), u64::MAX);
            }
            None => self.start_over(),
        }
    }

    /// Goes to the start, before everything that happens there.
    fn start_over(&mut self) {
        let horizon = self.horizon();
        self.machine = self.built.machine();
        self.checkpoints = Checkpoints::new(&*self.machine);
        self.cursor = 0;
        self.goal = None;
        self.reshaped.clear();
        self.forget();
        self.horizon = horizon;
    }
}
