//! What a session keeps besides the run: bookmarks, and itself while a person looks at another branch.

use netsplit_sim::time::Time;

use super::Session;
use crate::changes::Changes;
use crate::limits;
use crate::model::Bookmark;
use crate::{Problem, Scenario};

/// A session that was laid aside: its scenario, what can be undone in it, and where its playhead was. The run itself is
/// made anew when it is taken up again.
#[derive(Clone)]
pub struct Kept {
    scenario: Scenario,
    changes: Changes,
    goal: Time,
    horizon: Time,
}

impl Kept {
    /// The scenario.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Where the playhead was.
    #[must_use]
    pub fn at(&self) -> Time {
        self.goal
    }

    /// The furthest that the playhead got.
    #[must_use]
    pub fn horizon(&self) -> Time {
        self.horizon
    }
}

impl Session {
    /// Lays a copy of this session aside.
    #[must_use]
    pub fn keep(&self) -> Kept {
        Kept {
            scenario: self.scenario.clone(),
            changes: self.changes.clone(),
            goal: self.goal(),
            horizon: self.horizon(),
        }
    }

    /// Takes up a session that was laid aside, and heads for where its playhead was: see [`Session::resume`].
    ///
    /// # Errors
    /// What is wrong with its scenario: nothing, if a session kept it.
    pub fn take_up(kept: &Kept) -> Result<Self, Vec<Problem>> {
        let mut session = Self::new(kept.scenario.clone())?;
        session.changes = kept.changes.clone();
        session.horizon = kept.horizon;
        session.seek(kept.goal, 0);
        Ok(session)
    }

    /// Puts a bookmark here, or gives the one that is here another caption; an empty caption takes it away. Undoable,
    /// and no part of the run.
    ///
    /// # Errors
    /// If there are too many, or the caption is too long. Nothing changed then.
    pub fn bookmark(&mut self, at: Time, caption: &str) -> Result<(), Problem> {
        let caption: String = caption.trim().to_owned();
        let length = caption.chars().count();
        if length > limits::CAPTION {
            let most = limits::CAPTION;
            return Err(Problem::whole(format!(
                "a caption has at most {most} characters, and this has {length}"
            )));
        }
        let mut bookmarks = self.scenario.bookmarks.clone();
        let place = bookmarks.partition_point(|bookmark| bookmark.at < at);
        let here = bookmarks.get(place).is_some_and(|bookmark| bookmark.at == at);
        match (here, caption.is_empty()) {
            (true, true) => {
                bookmarks.remove(place);
            }
            (true, false) => bookmarks[place].caption = caption,
            (false, true) => return Ok(()),
            (false, false) if bookmarks.len() >= limits::BOOKMARKS => {
                let most = limits::BOOKMARKS;
                return Err(Problem::whole(format!("a run has at most {most} bookmarks")));
            }
            (false, false) => bookmarks.insert(place, Bookmark { at, caption }),
        }
        if bookmarks != self.scenario.bookmarks {
            let old = std::mem::replace(&mut self.scenario.bookmarks, bookmarks);
            self.changes.marked(old);
        }
        Ok(())
    }
}
