//! The run as a story: bookmarks with captions, and branches. A fork keeps both branches; each has its own script and its
//! own undo, and one of them is on the stage. Bookmarks travel in the link; branches are for the one who explores.

use netsplit_scenario::Session;
use netsplit_scenario::session::Kept;
use netsplit_sim::time::Time;

use crate::dock::View;
use crate::intent::Effect;
use crate::studio::{Studio, Tone};
use crate::units;

/// The most branches.
pub const BRANCHES: usize = 24;
/// The longest name of a branch, in characters.
const NAME: usize = 40;
/// The id of the field for the caption of a bookmark.
const CAPTION_FIELD: &str = "bookmark-caption";

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum StoryIntent {
    /// A bookmark here and now: show the field for its caption.
    Began,
    /// The moment has this caption; an empty one takes the bookmark away.
    Captioned(Time, String),
    /// To the next bookmark (`true`) or the one before.
    Leapt(bool),
    /// Show this branch.
    Switched(usize),
    /// A branch has this name.
    Renamed(usize, String),
    /// A branch is no longer wanted.
    Dropped(usize),
}

/// A way that the run went.
struct Branch {
    /// Its number, which it keeps.
    number: usize,
    name: String,
    /// The number of the branch that it left, and when.
    from: Option<(usize, Time)>,
    /// As it was when it was last on the stage.
    kept: Kept,
}

/// All branches. None: the run was never forked.
#[derive(Default)]
pub(crate) struct Story {
    branches: Vec<Branch>,
    /// The number of the one on the stage.
    current: usize,
}

/// A bookmark, ready to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookmarkRow {
    /// When.
    pub at: Time,
    /// The same in words.
    pub when: String,
    /// What there is to see.
    pub caption: String,
    /// Whether the playhead is there.
    pub here: bool,
}

/// A branch, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct BranchRow {
    /// Its number.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// How deep it is in the tree.
    pub depth: usize,
    /// Where it left which branch, and how many changes its script has.
    pub words: String,
    /// From where to where it is drawn, as shares of the longest.
    pub span: (f64, f64),
    /// Whether it is on the stage.
    pub here: bool,
    /// Whether it can be dropped: not the one on the stage.
    pub droppable: bool,
}

/// The story, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryScene {
    /// The playhead.
    pub now: Time,
    /// The same in words.
    pub now_words: String,
    /// The bookmarks.
    pub bookmarks: Vec<BookmarkRow>,
    /// The branches, each below the one that it left. Empty while there is only one.
    pub branches: Vec<BranchRow>,
}

impl Studio {
    pub(crate) fn update_story(&mut self, intent: StoryIntent) {
        match intent {
            StoryIntent::Began => {
                self.playing = false;
                self.dock = Some(View::Story);
                self.effects.push(Effect::Show(CAPTION_FIELD));
            }
            StoryIntent::Captioned(at, caption) => match self.session.bookmark(at, &caption) {
                Ok(()) => {
                    let said = if caption.trim().is_empty() { "Bookmark removed" } else { "Bookmark kept" };
                    self.say(said);
                }
                Err(problem) => self.complain(&[problem]),
            },
            StoryIntent::Leapt(forward) => self.leap(forward),
            StoryIntent::Switched(number) => self.switch(number),
            StoryIntent::Renamed(number, name) => {
                let name: String = name.trim().chars().take(NAME).collect();
                let branch = self.story.branches.iter_mut().find(|branch| branch.number == number);
                if let Some(branch) = branch.filter(|_| !name.is_empty()) {
                    branch.name = name;
                }
            }
            StoryIntent::Dropped(number) => self.drop_branch(number),
        }
    }

    /// Forgets all branches: another run begins.
    pub(crate) fn forget_branches(&mut self) {
        self.story = Story::default();
    }

    /// Keeps the run as it is as one branch, and goes on with another one that has nothing of the script after now.
    pub(crate) fn fork(&mut self) {
        if self.is_comparing() {
            // Two runs side by side are two ways already; both drop what their scripts have after now.
            self.session.fork();
            self.rewritten();
            self.say("Both runs go their own way from here");
            return;
        }
        if self.story.branches.len() >= BRANCHES {
            self.notice(
                Tone::Plain,
                format!("There are {BRANCHES} branches, and that is the most. Drop one first."),
            );
            return;
        }
        if self.story.branches.is_empty() {
            let kept = self.session.keep();
            let name = "First run".to_owned();
            self.story.branches.push(Branch { number: 0, name, from: None, kept });
            self.story.current = 0;
        } else {
            self.lay_aside();
        }
        self.session.fork();
        let number = self.story.branches.iter().map(|branch| branch.number + 1).max().unwrap_or(0);
        let from = Some((self.story.current, self.session.now()));
        let kept = self.session.keep();
        self.story.branches.push(Branch { number, name: format!("Branch {number}"), from, kept });
        self.story.current = number;
        self.rewritten();
        self.say(format!("Branch {number} begins here; the run that it left is kept"));
    }

    /// Writes down how far the branch on the stage got.
    fn lay_aside(&mut self) {
        let kept = self.session.keep();
        let current = self.story.current;
        if let Some(branch) = self.story.branches.iter_mut().find(|branch| branch.number == current) {
            branch.kept = kept;
        }
    }

    fn switch(&mut self, number: usize) {
        if number == self.story.current {
            return;
        }
        self.drop_comparison();
        self.lay_aside();
        let Some(branch) = self.story.branches.iter().find(|branch| branch.number == number) else { return };
        let name = branch.name.clone();
        match Session::take_up(&branch.kept) {
            Ok(session) => {
                self.session = session;
                self.story.current = number;
                self.playing = false;
                self.rewritten();
                self.fit();
                self.say(name);
            }
            Err(problems) => self.complain(&problems),
        }
    }

    /// Drops a branch that is not on the stage; those that left it hang from where it hung.
    fn drop_branch(&mut self, number: usize) {
        if number == self.story.current {
            return;
        }
        let branches = &mut self.story.branches;
        let Some(place) = branches.iter().position(|branch| branch.number == number) else { return };
        let dropped = branches.remove(place);
        for branch in branches.iter_mut() {
            if let Some((from, at)) = branch.from
                && from == number
            {
                // It shares with its grandparent only what its parent did.
                branch.from = dropped.from.map(|(from, earlier)| (from, at.min(earlier)));
            }
        }
        self.say(format!("{} dropped", dropped.name));
    }

    fn leap(&mut self, forward: bool) {
        let now = self.session.goal();
        let bookmarks = &self.session.scenario().bookmarks;
        let next = if forward {
            bookmarks.iter().find(|bookmark| bookmark.at > now)
        } else {
            bookmarks.iter().rev().find(|bookmark| bookmark.at < now)
        };
        let Some(next) = next.cloned() else {
            self.say(if forward { "No bookmark further on" } else { "No bookmark before this" });
            return;
        };
        self.playing = false;
        // A link may come with bookmarks that nobody has played to yet.
        self.seek_anywhere(next.at);
        self.say(next.caption);
    }

    /// What the bookmark at the playhead says.
    #[must_use]
    pub fn bookmark_here(&self) -> Option<&str> {
        let now = self.session.goal();
        let bookmarks = &self.session.scenario().bookmarks;
        bookmarks.iter().find(|bookmark| bookmark.at == now).map(|bookmark| bookmark.caption.as_str())
    }

    /// The story, while it is shown.
    #[must_use]
    pub fn story_scene(&self) -> Option<StoryScene> {
        if self.dock != Some(View::Story) {
            return None;
        }
        let now = self.session.goal();
        let bookmark = |bookmark: &netsplit_scenario::model::Bookmark| BookmarkRow {
            at: bookmark.at,
            when: units::playhead(bookmark.at),
            caption: bookmark.caption.clone(),
            here: bookmark.at == now,
        };
        Some(StoryScene {
            now,
            now_words: units::playhead(now),
            bookmarks: self.session.scenario().bookmarks.iter().map(bookmark).collect(),
            branches: self.branch_rows(),
        })
    }

    fn branch_rows(&self) -> Vec<BranchRow> {
        let branches = &self.story.branches;
        let horizon = |branch: &Branch| {
            if branch.number == self.story.current { self.session.horizon() } else { branch.kept.horizon() }
        };
        let longest = branches.iter().map(|branch| horizon(branch).0).max().unwrap_or(1).max(1) as f64;
        let mut rows = Vec::new();
        // Each below the one that it left, in the order of leaving: a stack of what is still to come.
        let mut open: Vec<(&Branch, usize)> =
            branches.iter().rev().filter(|branch| branch.from.is_none()).map(|branch| (branch, 0)).collect();
        while let Some((branch, depth)) = open.pop() {
            let children = branches
                .iter()
                .rev()
                .filter(|other| other.from.is_some_and(|(from, _)| from == branch.number));
            open.extend(children.map(|child| (child, depth + 1)));
            let here = branch.number == self.story.current;
            let steps =
                if here { self.session.scenario() } else { branch.kept.scenario() }.script.len() as u64;
            let changes = units::count(steps, "change");
            let began = branch.from.map_or(Time::ZERO, |(_, at)| at);
            let words = match branch.from {
                None => changes,
                Some((_, at)) => format!("left at {}, {changes}", units::playhead(at)),
            };
            rows.push(BranchRow {
                number: branch.number,
                name: branch.name.clone(),
                depth,
                words,
                span: (began.0 as f64 / longest, horizon(branch).0 as f64 / longest),
                here,
                droppable: !here,
            });
        }
        rows
    }
}
