//! Links: making one of the run as it is now, and opening one.

use netsplit_scenario::link;
use netsplit_sim::time::Time;

use crate::intent::Effect;
use crate::route::Route;
use crate::studio::{Studio, Tone};
use crate::units;

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The whole address.
    pub address: String,
    /// Whether the clipboard took it; `None` while that is not known.
    pub copied: Option<bool>,
    /// What it opens, in one sentence.
    pub opens: String,
}

/// A link that is being opened: the run plays to its instant, then the hash is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    until: Time,
    hash: Option<u64>,
}

impl Studio {
    /// Shows what an address says.
    pub(crate) fn navigate(&mut self, hash: &str) {
        let route = Route::parse(hash);
        match &route {
            Route::Lab => {}
            Route::Chapter { .. } => self.drop_comparison(),
            Route::Run(code) => self.open(code),
            Route::Compare(a, b) => self.open_pair([a, b]),
            // Nobody sees the stage there.
            Route::Evidence | Route::History => self.playing = false,
        }
        self.menu = None;
        self.route = route;
        if let Route::Chapter { number, slug } = self.route.clone() {
            self.open_chapter(number, slug.as_deref());
        }
    }

    fn open(&mut self, code: &str) {
        // The payload of the link that was just made is this very run: nothing to open.
        match link::decode(code) {
            Ok(shared) => {
                if !self.load(shared.scenario) {
                    return;
                }
                self.example = None;
                self.playing = false;
                self.opening = Some(Opening { until: shared.until, hash: shared.hash });
                // As far as it goes at once; the frames do the rest.
                self.rebuilding = true;
                self.session.seek(shared.until, 50_000);
                self.refresh();
                self.check_opening();
                self.fit();
            }
            Err(problems) => {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                self.notice(
                    Tone::Bad,
                    format!("This link can’t be opened: {first}. You see the lab’s own example instead."),
                );
            }
        }
    }

    /// Compares the hash when the run has reached the link's instant.
    pub(crate) fn check_opening(&mut self) {
        let Some(opening) = self.opening else { return };
        if self.rebuilding {
            return;
        }
        self.opening = None;
        self.fit();
        let hash = self.session.hash();
        let reached = self.session.now() == opening.until;
        match opening.hash {
            Some(expected) if reached && expected == hash => self.notice(
                Tone::Good,
                format!(
                    "Replay verified · {} · the same run as the sender’s, to the last bit, up to {}.",
                    hex(hash),
                    units::playhead(opening.until)
                ),
            ),
            Some(expected) => self.notice(
                Tone::Bad,
                format!(
                    "This replay differs from the sender’s: hash {} here, {} there. It was made by another \
                     version of Netsplit.",
                    hex(hash),
                    hex(expected)
                ),
            ),
            None => self.notice(Tone::Plain, format!("Opened at {}.", units::playhead(self.session.now()))),
        }
    }

    pub(crate) fn make_share(&mut self) {
        self.playing = false;
        if self.is_comparing() {
            self.share_pair();
            return;
        }
        match self.session.link() {
            Ok(payload) => {
                let address = format!("{}{}", self.base, Route::Run(payload).print());
                let changes = self.session.scenario().script.len() as u64;
                let opens = format!(
                    "It opens this run at {}, with its {}: {} characters.",
                    units::playhead(self.session.now()),
                    units::count(changes, "change"),
                    units::grouped(address.chars().count() as f64)
                );
                self.effects.push(Effect::Copy(address.clone()));
                self.share = Some(Card { address, copied: None, opens });
            }
            Err(problem) => self.complain(&[problem]),
        }
    }

    pub(crate) fn copied(&mut self, taken: bool) {
        if let Some(card) = &mut self.share {
            card.copied = Some(taken);
        }
        self.say(if taken { "Link copied" } else { "The browser refused; select the link and copy it" });
    }
}

/// A run's hash as text: sixteen hexadecimal digits.
#[must_use]
pub fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}
