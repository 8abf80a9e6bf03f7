//! What the view asks of the studio: every answer is read off, nothing is changed.

use netsplit_scenario::Session;
use netsplit_scenario::lesson::measure;
use netsplit_scenario::session::Stride;
use netsplit_sim::frame::Frame;
use netsplit_sim::history::CallKind;
use netsplit_sim::ids::{ClientId, Key, Site};
use netsplit_sim::protocol::About;
use netsplit_sim::time::Time;
use netsplit_sim::trace::Event;

use super::{Notice, Panel, Studio};
use crate::chapter::Chapter;
use crate::gesture::Hold;
use crate::intent::Theme;
use crate::panels::Lamp;
use crate::route::Route;
use crate::share::Card;
use crate::stage::position;
use crate::timebar::{self, Band, Mark};
use crate::words::{self, Names};

impl Studio {
    /// The session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The cluster now.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The sites' names.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What the page shows.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// The chapter view's own state.
    #[must_use]
    pub fn chapter(&self) -> &Chapter {
        &self.chapter
    }

    /// The protocol's description of itself.
    #[must_use]
    pub fn about(&self) -> &About {
        self.session.about()
    }

    /// The kinds of operation that the protocol carries out with its parameters now.
    #[must_use]
    pub fn calls(&self) -> Vec<CallKind> {
        self.session.calls()
    }

    /// What the panel shows.
    #[must_use]
    pub fn panel(&self) -> Panel {
        self.panel
    }

    /// Whether a message is under the pointer.
    #[must_use]
    pub fn is_over_message(&self) -> bool {
        self.attention.hovered.is_some()
    }

    /// The latest moments worth a mark, for the time bar.
    #[must_use]
    pub fn noted(&self) -> Vec<Mark> {
        let machine = self.session.machine();
        let trace = machine.trace();
        let latest = self.moments.latest(trace).filter(|event| self.is_in_sight(event)).take(timebar::NOTES);
        let mark = |event: &netsplit_sim::trace::Event| Mark {
            at: event.at,
            text: match event.kind {
                // Without the way back to its sending, which is not worth looking for a hundred times.
                netsplit_sim::trace::EventKind::Held { .. } => "message held".to_owned(),
                netsplit_sim::trace::EventKind::Released { .. } => "message released".to_owned(),
                _ => words::event(event, trace, machine.history(), self.session.about(), &self.names),
            },
        };
        latest.map(mark).collect()
    }

    /// Whether virtual time passes.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Whether a seek or a replay goes on over several frames.
    #[must_use]
    pub fn is_rebuilding(&self) -> bool {
        self.rebuilding
    }

    /// The speed, by its index in [`units::SPEEDS`].
    #[must_use]
    pub fn speed(&self) -> usize {
        self.speed
    }

    /// What a step goes by.
    #[must_use]
    pub fn stride(&self) -> Stride {
        self.stride
    }

    /// Whether the run is played slower for a moment when something happens.
    #[must_use]
    pub fn is_easing(&self) -> bool {
        self.easing.on
    }

    /// The time of the playhead.
    #[must_use]
    pub fn now(&self) -> Time {
        self.session.now()
    }

    /// The key that the copies are shown for.
    #[must_use]
    pub fn watched(&self) -> Key {
        self.watched
    }

    /// The notices.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The link that was made, if it is shown.
    #[must_use]
    pub fn share(&self) -> Option<&Card> {
        self.share.as_ref()
    }

    /// The theme.
    #[must_use]
    pub fn theme(&self) -> Theme {
        self.theme
    }

    /// Whether single-key shortcuts are on.
    #[must_use]
    pub fn shortcuts(&self) -> bool {
        self.shortcuts
    }

    /// Whether the help is open.
    #[must_use]
    pub fn help(&self) -> bool {
        self.help
    }

    /// The example that the run started from, if it still is one.
    #[must_use]
    pub fn example(&self) -> Option<usize> {
        self.example
    }

    /// The client that the workload controls are for; `None` for all.
    #[must_use]
    pub fn workload_of(&self) -> Option<ClientId> {
        self.workload_of
    }

    /// Whether a site is in the hand.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        // A finger that rests is waited for too: half a second on, it asks for a menu.
        self.attention.moving.is_some()
            || self.shift.is_some()
            || matches!(self.hold, Hold::Press { touch: true, .. })
            || self.compare.is_held()
    }

    /// The actions of the script, for the time bar.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        if self.attention.eyes.is_some() {
            return Vec::new();
        }
        timebar::marks(self.session.scenario())
    }

    /// The spans of trouble, for the time bar.
    #[must_use]
    pub fn bands(&self) -> Vec<Band> {
        if self.attention.eyes.is_some() {
            return Vec::new();
        }
        timebar::bands(self.session.scenario())
    }

    /// Whether an event may be told: all, or only what the node notices through whose eyes the person looks.
    pub(crate) fn is_in_sight(&self, event: &Event) -> bool {
        self.attention.eyes.is_none_or(|eyes| measure::is_noticed(event, eyes))
    }

    /// The selected site and where it is, for the numbers in its menu.
    #[must_use]
    pub fn place_of(&self, site: Site) -> netsplit_sim::setup::Position {
        position(&self.frame, site)
    }

    /// The lamp whose witness is unfolded.
    #[must_use]
    pub fn open_lamp<'a>(&self, lamps: &'a [Lamp]) -> Option<&'a Lamp> {
        lamps.iter().find(|lamp| lamp.open)
    }
}
