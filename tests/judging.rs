//! What the benchmarks of the checkers measure: judging a folder of histories, and following a run live.

use netsplit_checkers::{DEFAULT_BUDGET, Input, Live, Observations, Verdict, formats, linearizable};
use netsplit_sim::machine::Machine;
use netsplit_sim::time::{Span, Time};

use crate::clusters::steady;

/// Histories that were read, so that judging them can be measured alone.
#[derive(Default)]
pub struct Histories {
    read: Vec<Observations>,
}

impl Histories {
    /// One more; how many operations it has, and none if it can't be read.
    pub fn add(&mut self, text: &str) -> usize {
        let read = formats::detect(text).and_then(|format| formats::read(format, text).ok());
        let Some(observations) = read else { return 0 };
        let operations = observations.operations.len();
        self.read.push(observations);
        operations
    }

    /// Asks of each whether it is linearizable; how many are.
    #[must_use]
    pub fn judge(&self) -> usize {
        let is_linearizable = |observations: &&Observations| {
            (linearizable::CHECKER.check)(&Input::of(observations), DEFAULT_BUDGET) == Verdict::Holds
        };
        self.read.iter().filter(is_linearizable).count()
    }
}

/// A run that is judged while it grows, frame by frame.
pub struct LiveRun {
    machine: Box<dyn Machine>,
    live: Live,
    until: Time,
}

/// What passes between two frames.
const FRAME: Span = Span::from_ms(16);

impl LiveRun {
    /// Five clients as fast as they are answered, under Raft.
    #[must_use]
    pub fn new() -> Self {
        let entry = netsplit_protocols::ALL.iter().find(|entry| (entry.about)().id == "raft");
        let entry = entry.unwrap_or(&netsplit_protocols::ALL[0]);
        let setup = steady(1);
        let nodes = setup.nodes.len() as u16;
        let parameters = (entry.about)().parameters;
        let parameters: Vec<u64> = parameters.iter().map(|one| one.range.default_value(nodes)).collect();
        Self { machine: (entry.build)(&setup, &parameters), live: Live::new(), until: Time::ZERO }
    }

    /// Plays one frame; how many operations there are.
    pub fn play(&mut self) -> usize {
        self.until += FRAME;
        self.machine.run_until(self.until, u64::MAX);
        self.machine.history().operations.len()
    }

    /// Judges what is new; how many promises are broken.
    pub fn judge(&mut self) -> usize {
        self.live.observe(self.machine.history());
        let verdicts = self.live.verdicts(None);
        verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Broken(_))).count()
    }

    /// Judges everything, as after a change of the past.
    pub fn judge_all(&mut self) -> usize {
        self.live.reset();
        self.judge()
    }
}

impl Default for LiveRun {
    fn default() -> Self {
        Self::new()
    }
}
