//! Time: both runs go to the same instant, and the slower one holds both back.

use netsplit_scenario::Session;
use netsplit_sim::machine::Progress;
use netsplit_sim::time::{Span, Time};

use super::{LONGEST, SHORTEST, Side, TOGETHER};
use crate::playback::SEEK;
use crate::studio::{Studio, Tone};

impl Studio {
    /// Plays on towards an instant, both runs where two are compared, and never the one without the other.
    pub(crate) fn advance(&mut self, until: Time, budget: u64) -> Progress {
        let Some(other) = &mut self.compare.other else { return self.session.advance(until, budget) };
        let next = until.min(self.session.now() + self.compare.chunk);
        let mut most = 0;
        let (mut full, mut unfinished) = (None, false);
        for (place, session) in [&mut self.session, &mut other.session].into_iter().enumerate() {
            let before = session.machine().totals().events;
            match session.advance(next, TOGETHER) {
                Progress::Reached => {}
                Progress::OutOfBudget => unfinished = true,
                Progress::TraceFull => full = full.or(Some(place)),
            }
            most = most.max(session.machine().totals().events - before);
        }
        let chunk = &mut self.compare.chunk;
        if most > 2 * budget {
            *chunk = Span((chunk.0 / 2).max(SHORTEST.0));
        } else if most < budget / 2 {
            *chunk = Span((chunk.0 * 2).min(LONGEST.0));
        }
        if let Some(place) = full {
            let looks_at = self.compare.looks_at;
            let side = if place == 0 { looks_at } else { looks_at.other() };
            self.playing = false;
            let text = format!(
                "The record of {} is full, so both runs end here. Go back in time, or start anew.",
                side.letter()
            );
            self.notice(Tone::Bad, text);
            return Progress::Reached;
        }
        // What is left of this stretch is a replay to go on with in the next frames.
        self.rebuilding |= unfinished;
        if next >= until && !unfinished { Progress::Reached } else { Progress::OutOfBudget }
    }

    /// Goes on with what either run has left to replay.
    pub(crate) fn resume(&mut self, budget: u64) -> Progress {
        let here = self.session.resume(budget);
        let there = self.compare.other.as_mut().map(|other| other.session.resume(budget));
        match there {
            Some(Progress::OutOfBudget) => Progress::OutOfBudget,
            _ => here,
        }
    }

    /// How far a replay has got: of two runs, the one that is behind.
    pub(crate) fn replayed(&self) -> f64 {
        let share = |session: &Session| session.now().0 as f64 / session.goal().0.max(1) as f64;
        let there = self.compare.other.as_ref().map_or(1.0, |other| share(&other.session));
        share(&self.session).min(there)
    }

    /// What goes on at every frame: what is held on the other stage, and that both are at the same time.
    pub(crate) fn follow_other(&mut self) {
        if !self.is_comparing() {
            return;
        }
        self.on_side(Side::B, |studio| {
            studio.hold_on();
            studio.follow_split();
        });
        self.level();
        self.turn();
        self.refresh();
        self.turn();
        self.note_changes();
        self.check_pair();
    }

    /// Brings the other run to the time of this one, and both to the end of that instant.
    pub(super) fn level(&mut self) {
        let Some(other) = &mut self.compare.other else { return };
        let mut moved = false;
        for session in [&mut self.session, &mut other.session] {
            if !session.is_replaying() && session.is_mid_instant() && !session.is_full() {
                session.advance(session.now(), u64::MAX);
                moved = true;
            }
        }
        if other.session.goal() != self.session.goal() {
            moved = true;
            other.session.seek(self.session.goal(), SEEK);
            let both_stand = !other.session.is_replaying() && !self.session.is_replaying();
            // Its record is full: that is as far as both get.
            if both_stand && other.session.now() < self.session.now() {
                self.session.seek(other.session.now(), SEEK);
            }
        }
        let replaying = self.session.is_replaying() || other.session.is_replaying();
        self.rebuilding |= replaying;
        if moved {
            self.refresh();
            self.turn();
            self.refresh();
            self.turn();
        }
    }
}
