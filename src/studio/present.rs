//! In front of a class: large type, the keys of a slide remote, outcomes hidden until the class has guessed, and a
//! prepared list of runs to step through.
//!
//! Each run has three steps: the scene is set and its outcome hidden; the question is asked; the outcome is revealed. The
//! remote's one way forward goes through them and on to the next run, and its one way back goes the same way back.

pub mod list;

use crate::intent::Effect;
use crate::route::Route;
use crate::studio::{Panel, Studio, Tone};
use crate::units;

use list::Entry;

/// Where the list is stored between visits.
pub const STORED: &str = "netsplit.present";

/// What a person means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresentIntent {
    /// What was stored at the last visit.
    Remembered(String),
    /// Show the panel to prepare, or hide it again.
    ToggledPanel,
    /// Put the run as it is now on the list.
    Added,
    /// Put the run of a link on the list.
    Pasted(String),
    /// A run of the list is called this.
    Titled(usize, String),
    /// The class is asked this about a run of the list.
    Questioned(usize, String),
    /// A run goes so many places down the list; up, if it is negative.
    Moved(usize, i32),
    /// A run goes off the list.
    Removed(usize),
    /// Copy the list as a link.
    CopiedList,
    /// Present the list from its first run on.
    StartedList,
    /// Present the run as it is.
    StartedRun,
    /// The next step, or the next run.
    Next,
    /// The step before, or the run before.
    Back,
    /// The class is asked this about the run that is presented.
    Asked(String),
    /// Black, or no longer.
    Blanked,
    /// The whole screen, if the browser lets the page.
    FullScreen,
    /// Back to the lab.
    Left,
}

/// How far a run is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// The outcome is hidden.
    #[default]
    Hidden,
    /// The question is on the wall, the outcome still hidden.
    Asked,
    /// Everything is shown.
    Revealed,
}

impl Step {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Asked => "asked",
            Self::Revealed => "revealed",
        }
    }
}

/// What is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentScene {
    /// Whether the panel to prepare is open.
    pub preparing: bool,
    /// The runs of the list.
    pub list: Vec<Row>,
    /// The list as an address; empty for an empty list.
    pub address: String,
    /// What is on the wall, while something is.
    pub wall: Option<Wall>,
}

/// A run of the list, in the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub title: String,
    /// What the class is asked.
    pub question: String,
    /// Its address, from `#` on.
    pub address: String,
}

/// What is on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What the run is called.
    pub title: String,
    /// Its place in the list, such as `2 of 5`; empty if there is no list.
    pub place: String,
    /// How far it is told.
    pub step: Step,
    /// The question as it stands, asked or not.
    pub question: String,
    /// What the way forward does now.
    pub next: &'static str,
    /// Whether there is a way back.
    pub can_go_back: bool,
    /// Whether the wall is black.
    pub blank: bool,
}

/// What is presented.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {
    preparing: bool,
    list: Vec<Entry>,
    on: bool,
    /// The run of the list that is on the wall.
    at: Option<usize>,
    step: Step,
    /// The question about a run that is on no list.
    question: String,
    blank: bool,
}

impl Studio {
    /// Whether a run is on the wall.
    #[must_use]
    pub fn is_presenting(&self) -> bool {
        self.present.on
    }

    /// Whether the outcome of the run is hidden.
    #[must_use]
    pub fn hides_outcome(&self) -> bool {
        self.present.on && self.present.step != Step::Revealed
    }

    /// Whether the panel to prepare is open.
    #[must_use]
    pub fn is_preparing(&self) -> bool {
        self.present.preparing
    }

    pub(crate) fn update_present(&mut self, intent: PresentIntent) {
        match intent {
            PresentIntent::Remembered(stored) => self.present.list = list::read(&stored).0,
            PresentIntent::ToggledPanel => self.present.preparing = !self.present.preparing,
            PresentIntent::Added => match self.session.link() {
                Ok(code) => self.put_on_list(&code),
                Err(problem) => self.complain(&[problem]),
            },
            PresentIntent::Pasted(address) => self.put_on_list(&address),
            PresentIntent::Titled(index, title) => {
                self.change_list(|list| {
                    let entry = list.get_mut(index)?;
                    entry.title = list::shortened(&title);
                    Some(())
                });
            }
            PresentIntent::Questioned(index, question) => {
                self.change_list(|list| {
                    let entry = list.get_mut(index)?;
                    entry.question = list::shortened(&question);
                    Some(())
                });
            }
            PresentIntent::Moved(index, by) => {
                self.change_list(|list| {
                    let to = index.checked_add_signed(by as isize).filter(|to| *to < list.len())?;
                    (index < list.len()).then(|| list.swap(index, to))
                });
            }
            PresentIntent::Removed(index) => {
                let title = self.present.list.get(index).map(|entry| entry.title.clone());
                self.change_list(|list| (index < list.len()).then(|| drop(list.remove(index))));
                self.say(format!("{} is off the list", title.unwrap_or_default()));
            }
            PresentIntent::CopiedList => {
                let address = self.list_address();
                self.effects.push(Effect::Copy(address));
            }
            PresentIntent::StartedList if !self.present.list.is_empty() => {
                self.begin_presenting();
                self.put_on_wall(0, Step::Hidden);
            }
            PresentIntent::StartedList | PresentIntent::StartedRun => {
                self.begin_presenting();
                self.present.at = None;
                self.present.step = Step::Hidden;
            }
            PresentIntent::Next => self.next_step(),
            PresentIntent::Back => self.turn_back(),
            PresentIntent::Asked(question) => self.ask(&question),
            PresentIntent::Blanked => {
                if self.present.on {
                    self.present.blank = !self.present.blank;
                    self.playing = false;
                }
            }
            PresentIntent::FullScreen => self.effects.push(Effect::FullScreen),
            PresentIntent::Left => self.leave_wall(),
        }
    }

    /// Changes the list and stores it.
    fn change_list(&mut self, change: impl FnOnce(&mut Vec<Entry>) -> Option<()>) {
        if change(&mut self.present.list).is_some() {
            self.effects.push(Effect::Store(STORED, list::write(&self.present.list)));
        }
    }

    fn put_on_list(&mut self, address: &str) {
        if self.present.list.len() >= list::RUNS {
            self.notice(Tone::Bad, format!("The list is full: it holds at most {} runs.", list::RUNS));
            return;
        }
        match list::entry(address, String::new(), String::new()) {
            Ok(mut entry) => {
                if entry.title.is_empty() {
                    entry.title = format!("Run {}", self.present.list.len() + 1);
                }
                entry.title = list::shortened(&entry.title);
                self.say(format!("{} is on the list", entry.title));
                self.change_list(|list| {
                    list.push(entry);
                    Some(())
                });
            }
            Err(problem) => self.notice(Tone::Bad, format!("This can’t be put on the list: {problem}.")),
        }
    }

    /// A link with a list was opened. What is stored stays until the list is changed.
    pub(crate) fn open_list(&mut self, text: &str) {
        let (list, problems) = list::read(text);
        if let Some(first) = problems.first() {
            let more = if problems.len() > 1 { " There are more such." } else { "" };
            self.notice(Tone::Bad, format!("Not everything on this list can be opened: {first}.{more}"));
        }
        if list.is_empty() {
            return;
        }
        let runs = units::count(list.len() as u64, "run");
        self.notice(
            Tone::Plain,
            format!(
                "A list of {runs} from a link. A list of your own stays stored until you change this one."
            ),
        );
        self.present.list = list;
        self.present.preparing = true;
        self.playing = false;
    }

    fn list_address(&self) -> String {
        format!("{}{}", self.base, Route::Present(list::write(&self.present.list)).print())
    }

    fn begin_presenting(&mut self) {
        // So that the way back of the browser leads to the run that was there before.
        if let Ok(code) = self.session.link() {
            self.route = Route::Run(code);
            self.effects.push(Effect::Address(self.route.print()));
        }
        self.drop_menu();
        self.notices.clear();
        self.share = None;
        self.playing = false;
        self.panel = Panel::Clients;
        self.present.preparing = false;
        self.present.on = true;
        self.present.blank = false;
        self.effects.push(Effect::Projector(true));
        self.say("Presenting. Page Down goes on, Page Up goes back, b blanks, Escape leaves");
    }

    pub(crate) fn leave_wall(&mut self) {
        if !self.present.on {
            return;
        }
        self.present.on = false;
        self.present.blank = false;
        self.playing = false;
        self.effects.push(Effect::Projector(false));
        self.say("Back in the lab");
    }

    /// Puts a run of the list on the wall.
    fn put_on_wall(&mut self, index: usize, step: Step) {
        let Some(entry) = self.present.list.get(index).cloned() else { return };
        self.present.at = Some(index);
        self.present.step = step;
        if self.open(&entry.code) {
            self.route = Route::Run(entry.code);
            self.effects.push(Effect::Address(self.route.print()));
        }
        let of = self.present.list.len();
        self.say(format!("{}, run {} of {of}", entry.title, index + 1));
    }

    fn question(&self) -> &str {
        let entry = self.present.at.and_then(|at| self.present.list.get(at));
        entry.map_or(self.present.question.as_str(), |entry| &entry.question)
    }

    fn ask(&mut self, question: &str) {
        match self.present.at {
            Some(at) => self.update_present(PresentIntent::Questioned(at, question.to_owned())),
            None => self.present.question = list::shortened(question),
        }
    }

    fn next_step(&mut self) {
        if !self.present.on {
            return;
        }
        if self.present.blank {
            self.present.blank = false;
            return;
        }
        match self.present.step {
            Step::Hidden if !self.question().is_empty() => {
                self.present.step = Step::Asked;
                self.say(self.question().to_owned());
            }
            Step::Hidden | Step::Asked => {
                self.present.step = Step::Revealed;
                self.say("The outcome is shown");
            }
            Step::Revealed => match self.next_run() {
                Some(next) => self.put_on_wall(next, Step::Hidden),
                None => self.say("That was the last run"),
            },
        }
    }

    fn next_run(&self) -> Option<usize> {
        self.present.at.map(|at| at + 1).filter(|next| *next < self.present.list.len())
    }

    fn turn_back(&mut self) {
        if !self.present.on {
            return;
        }
        match self.present.step {
            Step::Revealed if !self.question().is_empty() => self.present.step = Step::Asked,
            Step::Revealed | Step::Asked => self.present.step = Step::Hidden,
            Step::Hidden => {
                if let Some(before) = self.present.at.and_then(|at| at.checked_sub(1)) {
                    self.put_on_wall(before, Step::Revealed);
                }
            }
        }
    }

    /// The presentation, while there is one, or the panel that prepares it.
    #[must_use]
    pub fn present_scene(&self) -> Option<PresentScene> {
        let present = &self.present;
        if !present.on && !present.preparing {
            return None;
        }
        let row = |entry: &Entry| Row {
            title: entry.title.clone(),
            question: entry.question.clone(),
            address: Route::Run(entry.code.clone()).print(),
        };
        let is_empty = present.list.is_empty();
        Some(PresentScene {
            preparing: present.preparing,
            list: present.list.iter().map(row).collect(),
            address: if is_empty { String::new() } else { self.list_address() },
            wall: present.on.then(|| self.wall()),
        })
    }

    fn wall(&self) -> Wall {
        let present = &self.present;
        let entry = present.at.and_then(|at| present.list.get(at));
        let question = self.question().to_owned();
        Wall {
            title: entry.map_or_else(|| self.session.scenario().title.clone(), |entry| entry.title.clone()),
            place: present.at.map(|at| format!("{} of {}", at + 1, present.list.len())).unwrap_or_default(),
            step: present.step,
            next: match present.step {
                Step::Hidden if !question.is_empty() => "Ask",
                Step::Hidden | Step::Asked => "Reveal",
                Step::Revealed if self.next_run().is_some() => "Next run",
                Step::Revealed => "",
            },
            question,
            can_go_back: present.step != Step::Hidden || present.at.is_some_and(|at| at > 0),
            blank: present.blank,
        }
    }
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::{Scenario, Session};

    use super::*;
    use crate::{Intent, Preferences};

    fn say(studio: &mut Studio, intent: PresentIntent) -> Vec<Effect> {
        studio.update(Intent::Present(intent))
    }

    fn link(seed: u64) -> String {
        let scenario = Scenario { seed, ..Scenario::default() };
        let mut session = Session::new(scenario).expect("valid");
        session.seek(netsplit_sim::time::Time(300_000_000), u64::MAX);
        format!("https://example.org/#/lab/{}", session.link().expect("short"))
    }

    /// A list of two runs, the first with a question.
    fn prepared() -> Studio {
        let mut studio = Studio::new("https://example.org/", "", &Preferences::default());
        say(&mut studio, PresentIntent::Pasted(link(11)));
        say(&mut studio, PresentIntent::Pasted(link(12)));
        say(&mut studio, PresentIntent::Titled(0, "First".to_owned()));
        say(&mut studio, PresentIntent::Questioned(0, "What will happen?".to_owned()));
        studio
    }

    fn seen(studio: &Studio) -> (String, &'static str) {
        let wall = studio.present_scene().expect("shown").wall.expect("on the wall");
        (wall.place, wall.step.name())
    }

    #[test]
    fn the_remote_goes_through_every_step_and_the_same_way_back() {
        let mut studio = prepared();
        say(&mut studio, PresentIntent::StartedList);
        let mut forward = vec![seen(&studio)];
        for _ in 0..6 {
            say(&mut studio, PresentIntent::Next);
            forward.push(seen(&studio));
        }
        let steps: Vec<String> = forward.iter().map(|(place, step)| format!("{place} {step}")).collect();
        let all = ["1 of 2 hidden", "1 of 2 asked", "1 of 2 revealed", "2 of 2 hidden", "2 of 2 revealed"];
        assert_eq!(steps[..5], all);
        assert_eq!(steps[6], all[4], "after the last there is nothing");
        assert_eq!(studio.session().scenario().seed, 12);
        for expected in all.iter().rev().skip(1) {
            say(&mut studio, PresentIntent::Back);
            let (place, step) = seen(&studio);
            assert_eq!(format!("{place} {step}"), *expected);
        }
        assert_eq!(studio.session().scenario().seed, 11);
        say(&mut studio, PresentIntent::Back);
        assert_eq!(seen(&studio).0, "1 of 2");
    }

    #[test]
    fn black_is_left_without_a_step_and_leaving_shows_the_outcome() {
        let mut studio = prepared();
        say(&mut studio, PresentIntent::StartedRun);
        assert!(studio.hides_outcome());
        say(&mut studio, PresentIntent::Asked("And now?".to_owned()));
        say(&mut studio, PresentIntent::Blanked);
        say(&mut studio, PresentIntent::Next);
        assert_eq!(seen(&studio), (String::new(), "hidden"));
        say(&mut studio, PresentIntent::Next);
        assert_eq!(seen(&studio), (String::new(), "asked"));
        let effects = say(&mut studio, PresentIntent::Left);
        assert!(effects.contains(&Effect::Projector(false)));
        assert!(!studio.hides_outcome() && studio.present_scene().is_none());
    }

    #[test]
    fn the_list_is_stored_reordered_and_comes_back_from_storage_and_from_a_link() {
        let mut studio = prepared();
        let effects = say(&mut studio, PresentIntent::Moved(0, 1));
        let Some(Effect::Store(STORED, stored)) = effects.first() else { panic!("{effects:?}") };
        let titles = |studio: &Studio| -> Vec<String> {
            studio.present.list.iter().map(|entry| entry.title.clone()).collect()
        };
        assert_eq!(titles(&studio)[1], "First");
        // Nothing beyond the ends, and no panic for a row that is gone.
        for (index, by) in [(0, -1), (1, 1), (7, 1), (7, -9)] {
            say(&mut studio, PresentIntent::Moved(index, by));
        }
        assert_eq!(titles(&studio)[1], "First");
        let mut other = Studio::new("https://example.org/", "", &Preferences::default());
        say(&mut other, PresentIntent::Remembered(stored.clone()));
        assert_eq!(titles(&other), titles(&studio));
        let effects = say(&mut studio, PresentIntent::CopiedList);
        let Some(Effect::Copy(address)) = effects.first() else { panic!("{effects:?}") };
        let hash = address.strip_prefix("https://example.org/").expect("an address of this page");
        let third = Studio::new("https://example.org/", hash, &Preferences::default());
        assert!(third.is_preparing());
        assert_eq!(third.present.list, studio.present.list);
        say(&mut studio, PresentIntent::Removed(0));
        say(&mut studio, PresentIntent::Removed(9));
        assert_eq!(titles(&studio), ["First"]);
        say(&mut studio, PresentIntent::Pasted("nonsense".to_owned()));
        assert!(
            studio.notices().last().is_some_and(|notice| notice.text.contains("can’t be put on the list"))
        );
    }
}
