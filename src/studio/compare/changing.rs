//! What is done to both runs, and taken back on both.

use netsplit_scenario::{Problem, Session};
use netsplit_sim::action::Action;

use super::Side;
use crate::studio::{Studio, Tone};

impl Studio {
    /// Does to the other run what was just done to this one. Tells what was wrong, if it could not be done.
    pub(crate) fn mirror(
        &mut self,
        what: impl FnOnce(&mut Session) -> Result<(), Problem>,
    ) -> Option<Result<(), Problem>> {
        if !self.compare.mirrors {
            return None;
        }
        let other = self.compare.other.as_mut()?;
        let result = what(&mut other.session);
        self.turn();
        self.refresh();
        self.turn();
        Some(result)
    }

    /// The same action as the other run would call it; what is wrong where it has none. Nothing if it is of this run
    /// alone: a message has its number only here.
    pub(crate) fn in_other_words(&self, action: &Action) -> Option<Result<Action, Problem>> {
        let other = self.compare.other.as_ref().filter(|_| self.compare.mirrors)?;
        match action {
            Action::DropMessage(_)
            | Action::DuplicateMessage(_)
            | Action::HoldMessage(_)
            | Action::ReleaseMessage(_) => None,
            Action::Command(node, number, target) => {
                let known = self.session.about().commands.get(usize::from(*number))?;
                let there = other.session.about();
                let same = there
                    .commands
                    .iter()
                    .position(|command| command.id == known.id && command.target == known.target);
                Some(match same {
                    Some(place) => Ok(Action::Command(*node, place as u8, *target)),
                    None => Err(Problem::whole(format!("{} has no command “{}”", there.title, known.title))),
                })
            }
            action => Some(Ok(action.clone())),
        }
    }

    /// Says that something was done on one side only.
    pub(crate) fn only_on(&mut self, here: bool, why: &str) {
        let looks_at = self.compare.looks_at;
        let (did, did_not) = if here { (looks_at, looks_at.other()) } else { (looks_at.other(), looks_at) };
        let text = format!("Done on {} only. On {}: {why}.", did.letter(), did_not.letter());
        self.notice(Tone::Plain, text);
    }

    /// Notes what each side has changed since the last look, so that undo takes back both together.
    pub(super) fn note_changes(&mut self) {
        let Some(now) = self.changes_made() else { return };
        let new = [0, 1].map(|side: usize| now[side].saturating_sub(self.compare.made[side]));
        if new != [0, 0] {
            self.compare.done.push(new);
            self.compare.undone.clear();
        }
        self.compare.made = now;
    }

    pub(super) fn forget_changes(&mut self) {
        self.compare.made = self.changes_made().unwrap_or_default();
        self.compare.done.clear();
        self.compare.undone.clear();
    }

    /// How many changes A and B have.
    fn changes_made(&self) -> Option<[u64; 2]> {
        let other = self.compare.other.as_ref()?;
        let (here, there) = (self.session.changes_made(), other.session.changes_made());
        Some(if self.compare.looks_at == Side::A { [here, there] } else { [there, here] })
    }

    pub(super) fn undo_both(&mut self) {
        if let Some(counts) = self.compare.done.pop() {
            self.each_by(counts, Session::undo);
            self.compare.undone.push(counts);
            self.say("Undone");
        }
    }

    pub(super) fn redo_both(&mut self) {
        if let Some(counts) = self.compare.undone.pop() {
            self.each_by(counts, Session::redo);
            self.compare.done.push(counts);
            self.say("Done again");
        }
    }

    fn each_by(&mut self, counts: [u64; 2], what: fn(&mut Session) -> bool) {
        for (side, count) in Side::BOTH.into_iter().zip(counts) {
            self.on_side(side, |studio| {
                let mut any = false;
                for _ in 0..count {
                    any |= what(&mut studio.session);
                }
                if any {
                    studio.rewritten();
                }
            });
        }
        self.level();
    }
}
