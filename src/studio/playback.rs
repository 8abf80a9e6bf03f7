//! Playing: wall-clock time becomes virtual time at the chosen speed, within what one frame may cost.

use netsplit_scenario::session::Stride;
use netsplit_sim::history::{CallKind, History, Outcome};
use netsplit_sim::ids::EventId;
use netsplit_sim::machine::Progress;
use netsplit_sim::time::Time;
use netsplit_sim::trace::EventKind;

use crate::intent::{Effect, Intent};
use crate::selection::Selected;
use crate::studio::{Studio, Tone};
use crate::units::{self, SPEEDS};
use crate::words;

/// Events between two looks at the clock.
const SLICE: u64 = 400;
/// Events that a seek handles at once, before the next frames go on with it.
pub(crate) const SEEK: u64 = 20_000;
/// A frame never stands for more wall-clock time than this: after a hidden tab the run goes on, it does
/// not jump.
const LONGEST_FRAME_MS: f64 = 100.0;
/// Faster than this many virtual milliseconds per second, single events can't be followed in words.
const WORDS_UP_TO_MS: u64 = 50;

/// How much slower the run is played when something happens.
const EASE: f64 = 0.1;
/// For how long, in milliseconds of wall-clock time.
const EASE_MS: f64 = 1_500.0;
/// And for how long not again: where something happens all the time, the run must still get on.
const REST_MS: f64 = 2_500.0;

/// Playing slower for a moment when something happens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Easing {
    /// Whether that is wanted.
    pub(crate) on: bool,
    slow_until_ms: f64,
    rest_until_ms: f64,
}

impl Easing {
    fn ease(&self, speed: f64, clock_ms: f64) -> f64 {
        if self.on && clock_ms < self.slow_until_ms { speed * EASE } else { speed }
    }

    fn notice(&mut self, clock_ms: f64) {
        if self.on && clock_ms >= self.rest_until_ms {
            self.slow_until_ms = clock_ms + EASE_MS;
            self.rest_until_ms = clock_ms + EASE_MS + REST_MS;
        }
    }
}

/// Whether something happened that a person would want to see slowly: a change by hand or script, a moment that the
/// protocol marks, a message lost to a cut or a crash, an operation that failed.
pub(crate) fn is_remarkable(kind: EventKind, history: &History) -> bool {
    match kind {
        EventKind::Acted { .. } | EventKind::Noted { .. } | EventKind::Dropped { .. } => true,
        EventKind::Returned { op } => history
            .operations
            .get(op.index())
            .is_some_and(|operation| matches!(operation.outcome, Outcome::Refused(_) | Outcome::Unknown(_))),
        _ => false,
    }
}

impl Studio {
    /// One frame of the page: `wall_ms` have passed since the last. `has_time` tells whether this frame
    /// may still work.
    pub fn tick(&mut self, wall_ms: f64, has_time: &mut dyn FnMut() -> bool) -> Vec<Effect> {
        let wall_ms = wall_ms.clamp(0.0, LONGEST_FRAME_MS);
        self.clock_ms += wall_ms;
        if self.rebuilding {
            self.replay(has_time);
        } else if self.playing {
            self.play(wall_ms, has_time);
        }
        self.hold_on();
        self.tell();
        self.follow_split();
        self.follow_lesson();
        self.follow_models();
        self.follow_happened(has_time);
        self.follow_code();
        self.follow_other();
        std::mem::take(&mut self.effects)
    }

    fn play(&mut self, wall_ms: f64, has_time: &mut dyn FnMut() -> bool) {
        let speed = self.easing.ease(SPEEDS[self.speed].0 as f64, self.clock_ms);
        let ahead = wall_ms / 1_000.0 * speed + self.remainder;
        let known = self.session.machine().trace().len();
        let target = self.lesson_limit(Time(self.session.now().0.saturating_add(ahead as u64)));
        self.remainder = ahead - ahead as u64 as f64;
        loop {
            match self.advance(target, SLICE) {
                Progress::Reached => break,
                Progress::OutOfBudget if has_time() => {}
                // The machine is slower than the chosen speed: time passes as fast as it can.
                Progress::OutOfBudget => break,
                Progress::TraceFull => {
                    self.playing = false;
                    self.notice(
                        Tone::Bad,
                        "The record of this run is full, so it ends here. Go back in time, or start it anew.",
                    );
                    break;
                }
            }
        }
        let (trace, history) = (self.session.machine().trace(), self.session.machine().history());
        if trace[known.min(trace.len())..].iter().any(|event| is_remarkable(event.kind, history)) {
            self.easing.notice(self.clock_ms);
        }
        self.refresh();
    }

    fn replay(&mut self, has_time: &mut dyn FnMut() -> bool) {
        loop {
            let progress = self.resume(SLICE);
            if progress != Progress::OutOfBudget || !has_time() {
                break;
            }
        }
        self.refresh();
        self.check_opening();
    }

    pub(crate) fn update_time(&mut self, intent: &Intent) {
        match *intent {
            Intent::ToggledPlay => {
                self.playing = !self.playing;
                self.resumes = false;
            }
            Intent::Paused => {
                self.playing = false;
                self.resumes = false;
            }
            Intent::Stepped => self.step(),
            Intent::SteppedBack => self.step_back(),
            Intent::ChoseStride(stride) => self.stride = stride,
            Intent::ToggledEasing => self.easing = Easing { on: !self.easing.on, ..Easing::default() },
            Intent::ChoseSpeed(speed) => self.speed = speed.min(SPEEDS.len() - 1),
            Intent::ChangedSpeed(by) => {
                let speed = self.speed.saturating_add_signed(by as isize);
                self.speed = speed.min(SPEEDS.len() - 1);
                self.say(units::speed(SPEEDS[self.speed]));
            }
            Intent::Scrubbed(to) => {
                self.playing = false;
                self.seek(to);
            }
            Intent::Sought(to) => {
                self.playing = false;
                self.seek_anywhere(to);
            }
            Intent::Nudged(by) => {
                self.playing = false;
                let step = (self.session.horizon().0 / 100).max(1_000_000) as i64;
                let to = self.session.now().0.saturating_add_signed(step * i64::from(by));
                self.seek(Time(to));
                self.say(units::playhead(self.session.now()));
            }
            Intent::Undid => {
                if self.session.undo() {
                    self.rewritten();
                    self.say("Undone");
                }
            }
            Intent::Redid => {
                if self.session.redo() {
                    self.rewritten();
                    self.say("Done again");
                }
            }
            Intent::Forked => self.fork(),
            _ => unreachable!("the other intents have nothing to do with time"),
        }
    }

    fn step(&mut self) {
        self.playing = false;
        if self.rebuilding {
            return;
        }
        if !self.session.step_by(self.stride) {
            let words = if self.session.is_full() {
                "The record of this run is full, so it ends here."
            } else {
                match self.stride {
                    Stride::Event => {
                        "Nothing will happen any more: no message is on its way, no timer is set."
                    }
                    Stride::Message => "No message arrived for a long while.",
                    Stride::Operation => "No client called or was answered for a long while.",
                }
            };
            self.notice(Tone::Plain, words);
        }
        self.stepped();
    }

    fn step_back(&mut self) {
        self.playing = false;
        self.rebuilding = false;
        if !self.session.step_back(self.stride) {
            self.say("The start of the run");
        }
        self.stepped();
    }

    fn stepped(&mut self) {
        self.remainder = 0.0;
        self.refresh();
        let caption = self.caption();
        self.say(caption);
    }

    /// Moves the playhead to the moment right after an event.
    pub(crate) fn go_to(&mut self, event: EventId) {
        self.playing = false;
        self.remainder = 0.0;
        self.rebuilding = false;
        if self.session.seek_event(event) {
            self.selected = Some(Selected::Event(event));
        }
        self.refresh();
        let caption = self.caption();
        self.say(caption);
    }

    /// Moves the playhead; what doesn't fit into this frame is done in the next.
    pub(crate) fn seek(&mut self, to: Time) {
        self.seek_anywhere(to.min(self.session.horizon().max(self.session.now())));
    }

    /// The same, beyond what was played too.
    pub(crate) fn seek_anywhere(&mut self, to: Time) {
        self.remainder = 0.0;
        self.rebuilding = true;
        self.session.seek(to, SEEK);
        self.refresh();
    }

    /// What just happened, in one sentence.
    #[must_use]
    pub fn caption(&self) -> String {
        if self.rebuilding {
            return format!("Replaying … {}", units::percent(libm::floor(self.replayed() * 100.0) / 100.0));
        }
        if let Some(caption) = self.bookmark_here().filter(|_| !self.playing) {
            return caption.to_owned();
        }
        if let Some(flight) = self.pointed_message().and_then(|message| self.flight(message)) {
            let carried = match self.carried(flight) {
                carried if carried.is_empty() => String::new(),
                carried => format!(" ({carried})"),
            };
            return format!("{}{carried}: {}.", self.message_words(flight), self.arrival(flight));
        }
        let machine = self.session.machine();
        let history = machine.history();
        if self.playing && SPEEDS[self.speed].0 > WORDS_UP_TO_MS * 1_000_000 {
            let ended = history.operations.iter().filter(|operation| operation.returned.is_some());
            let (mut reads, mut others) = (0, 0);
            for operation in ended {
                match operation.call.kind() {
                    CallKind::Read => reads += 1,
                    _ => others += 1,
                }
            }
            return format!("So far {} and {}.", units::count(reads, "read"), units::count(others, "change"));
        }
        let playing = self.playing;
        let worth_telling = |kind: EventKind| {
            !playing
                || matches!(
                    kind,
                    EventKind::Returned { .. } | EventKind::Acted { .. } | EventKind::Noted { .. }
                )
        };
        let event = machine
            .trace()
            .iter()
            .rev()
            .take(2_000)
            .find(|event| worth_telling(event.kind) && self.is_in_sight(event));
        let Some(event) = event else { return "Nothing has happened yet.".to_owned() };
        let mut text = match event.kind {
            EventKind::Acted { index } => {
                let step = self.session.step_of(index);
                let step = step.and_then(|step| self.session.scenario().script.get(step));
                step.map_or_else(
                    || "You changed something".to_owned(),
                    |step| format!("You {}", words::step(&step.action)),
                )
            }
            _ => words::event(event, machine.trace(), history, self.session.about(), &self.names),
        };
        text.push('.');
        text
    }
}
