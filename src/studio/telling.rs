//! What a screen reader is told while the run plays: as much as the person chose, no more often than once a second, and
//! the rest as a count.

use netsplit_sim::trace::EventKind;

use crate::intent::Effect;
use crate::playback::is_remarkable;
use crate::studio::Studio;
use crate::words;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// Only what the person does.
    #[default]
    Own,
    /// What goes wrong too, what the protocol marks, and verdicts that break.
    Remarkable,
    /// Every operation that ends too.
    Operations,
    /// Everything.
    Everything,
}

impl Telling {
    /// Every level, from little to much.
    pub const ALL: [Self; 4] = [Self::Own, Self::Remarkable, Self::Operations, Self::Everything];

    /// The name in storage.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Remarkable => "remarkable",
            Self::Operations => "operations",
            Self::Everything => "everything",
        }
    }

    /// The words on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Own => "only what I do",
            Self::Remarkable => "what goes wrong, too",
            Self::Operations => "every operation, too",
            Self::Everything => "every event",
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn find(name: &str) -> Self {
        Self::ALL.into_iter().find(|level| level.name() == name).unwrap_or_default()
    }
}

/// How often something is said, in milliseconds of wall-clock time.
const EVERY_MS: f64 = 1_000.0;
/// How many sentences are said at a time.
const SENTENCES: usize = 3;
/// The most new events that are looked through in a frame.
const LOOK: usize = 2_000;

/// What was told already.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    level: Telling,
    /// The length of the record when it was last looked at.
    seen: usize,
    said_ms: f64,
    sentences: Vec<String>,
    more: u64,
    /// The verdicts that were broken when they were last looked at.
    broken: Vec<&'static str>,
}

impl Teller {
    pub(crate) fn new(level: Telling) -> Self {
        Self { level, seen: 0, said_ms: 0.0, sentences: Vec::new(), more: 0, broken: Vec::new() }
    }

    fn add(&mut self, sentence: String) {
        if self.sentences.len() < SENTENCES {
            self.sentences.push(sentence);
        } else {
            self.more += 1;
        }
    }
}

impl Studio {
    /// How much a screen reader is told while the run plays.
    #[must_use]
    pub fn telling(&self) -> Telling {
        self.teller.level
    }

    pub(crate) fn choose_telling(&mut self, level: Telling) {
        self.teller = Teller { seen: self.session.machine().trace().len(), ..Teller::new(level) };
        self.effects.push(Effect::Store("netsplit.telling", level.name().to_owned()));
    }

    /// Tells what happened since the last frame.
    pub(crate) fn tell(&mut self) {
        let level = self.teller.level;
        let trace = self.session.machine().trace();
        let from = self.teller.seen.max(trace.len().saturating_sub(LOOK));
        self.teller.seen = trace.len();
        if level == Telling::Own || !self.playing || from >= trace.len() {
            return;
        }
        let history = self.session.machine().history();
        for event in &trace[from..] {
            let worth = match level {
                Telling::Own => false,
                Telling::Everything => true,
                Telling::Operations => {
                    is_remarkable(event.kind, history) || matches!(event.kind, EventKind::Returned { .. })
                }
                Telling::Remarkable => is_remarkable(event.kind, history),
            };
            if worth && self.is_in_sight(event) {
                let about = self.session.about();
                self.teller.add(words::event(event, trace, history, about, &self.names));
            }
        }
        if self.clock_ms - self.teller.said_ms < EVERY_MS {
            return;
        }
        self.tell_verdicts();
        let mut words = std::mem::take(&mut self.teller.sentences);
        if self.teller.more > 0 {
            words.push(format!("and {} more", self.teller.more));
            self.teller.more = 0;
        }
        if !words.is_empty() {
            self.teller.said_ms = self.clock_ms;
            self.say(words.join(". "));
        }
    }

    /// Verdicts that broke since the last time.
    fn tell_verdicts(&mut self) {
        let broken: Vec<(&'static str, String)> = self
            .session
            .verdicts()
            .iter()
            .filter(|(_, verdict)| verdict.name() == "broken")
            .map(|(name, verdict)| (*name, verdict.sentence().to_owned()))
            .collect();
        for (name, sentence) in &broken {
            if !self.teller.broken.contains(name) {
                let title = netsplit_checkers::find(name).map_or(*name, |checker| checker.title);
                self.teller.sentences.insert(0, format!("{title} is broken: {sentence}"));
            }
        }
        self.teller.broken = broken.into_iter().map(|(name, _)| name).collect();
    }
}
