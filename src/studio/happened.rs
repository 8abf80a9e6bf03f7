//! The list of events: everything that the record holds up to the playhead, with filters and search. It is a virtual list:
//! the rows that match are known by their numbers, and only those in view are put into words.
//!
//! The record is followed a batch at a time within what a frame may cost, so that it may hold a million events and a
//! search through their words leaves the page smooth.

pub mod kinds;

use netsplit_sim::ids::{EventId, NodeId, Site};
use netsplit_sim::trace::Event;

use crate::dock::{DockIntent, View};
use crate::intent::Intent;
use crate::selection::Selected;
use crate::studio::Studio;
use crate::{units, words};
use kinds::Kind;

/// Events that are looked through between two looks at the clock.
const BATCH: usize = 256;
/// Rows beyond the edges of the view that are drawn as well, so that a quick hand sees no gap.
const MARGIN: usize = 6;
/// The most rows of the list: a taller one is more than browsers can scroll. The newest stay.
const ROWS: usize = 300_000;
/// The longest text to search for.
const SEARCH: usize = 80;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum HappenedIntent {
    /// The list was scrolled: the first row in view, and how many have room.
    Scrolled(usize, usize),
    /// Show events of this site only, by its name; of all, with an empty one.
    ChoseSite(String),
    /// Show or hide a kind of event.
    ToggledKind(Kind),
    /// Show events that have this in their words.
    Searched(String),
    /// Every event again.
    Cleared,
    /// To the row so many further on, and select it.
    Moved(i64),
    /// To the first row, or the last one.
    MovedToEnd(bool),
    /// Stay with the newest event.
    Followed,
}

/// Which events are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Filter {
    hidden: Vec<Kind>,
    site: Option<Site>,
    /// In lower case.
    search: String,
    /// The node through whose eyes one looks.
    eyes: Option<NodeId>,
}

/// What the view remembers.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    filter: Filter,
    /// The filter that the matches are of.
    done: Filter,
    typed: String,
    /// How many events of the record were looked through.
    known: usize,
    matches: Vec<u32>,
    /// The first row in view, and how many have room.
    top: usize,
    room: usize,
    /// Whether the list stays with the newest event.
    follows: bool,
    /// Counts how often the list was scrolled from here.
    scrolled: u64,
    shown: Option<Selected>,
    /// Whether a search that was asked for is not through yet.
    searching: bool,
}

impl Default for Happened {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            done: Filter::default(),
            typed: String::new(),
            known: 0,
            matches: Vec::new(),
            top: 0,
            room: 8,
            follows: true,
            scrolled: 0,
            shown: None,
            searching: false,
        }
    }
}

impl Happened {
    /// The record is another one.
    pub(crate) fn forget(&mut self) {
        self.known = 0;
        self.matches.clear();
    }

    /// How many rows the list has, and the number of matches before its first.
    fn rows(&self) -> (usize, usize) {
        let rows = self.matches.len().min(ROWS);
        (rows, self.matches.len() - rows)
    }

    fn last_top(&self) -> usize {
        self.rows().0.saturating_sub(self.room)
    }

    fn scroll_to(&mut self, top: usize) {
        let top = top.min(self.last_top());
        if top != self.top {
            self.top = top;
            self.scrolled += 1;
        }
    }

    /// Brings a row into view.
    fn reveal(&mut self, row: usize) {
        if row < self.top {
            self.scroll_to(row);
        } else if row >= self.top + self.room {
            self.scroll_to(row + 1 - self.room);
        }
        self.follows = row + 1 == self.rows().0;
    }

    /// The row of an event, if it is listed.
    fn row_of(&self, id: EventId) -> Option<usize> {
        let place = self.matches.binary_search(&id.0).ok()?;
        place.checked_sub(self.rows().1)
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The event.
    pub id: EventId,
    /// Its place in the list, counted from 0.
    pub place: usize,
    /// When.
    pub at: String,
    /// Where: a site's name, or nothing for what a person did.
    pub site: String,
    /// What sort of thing.
    pub kind: Kind,
    /// What, in words.
    pub words: String,
    /// Whether it is selected.
    pub selected: bool,
}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct HappenedScene {
    /// The rows in view and a few around them.
    pub rows: Vec<Row>,
    /// How many rows the list has.
    pub listed: usize,
    /// How many events match.
    pub matches: usize,
    /// How many events the record has.
    pub of: usize,
    /// What the list says above its rows.
    pub count: String,
    /// The row that is to be at the top, whenever `scrolled` has changed.
    pub top: usize,
    /// Counts how often the list was scrolled from here.
    pub scrolled: u64,
    /// Whether it stays with the newest event.
    pub follows: bool,
    /// The sites to choose from: their names, and whether each is chosen. The first is all of them.
    pub sites: Vec<(String, bool)>,
    /// The kinds of events, and whether each is shown.
    pub kinds: Vec<(Kind, bool)>,
    /// The text that is searched for.
    pub search: String,
    /// Whether anything is left out.
    pub filtered: bool,
}

impl Studio {
    pub(crate) fn update_happened(&mut self, intent: HappenedIntent) {
        match intent {
            HappenedIntent::Scrolled(top, room) => {
                let list = &mut self.happened;
                list.room = room.clamp(1, 100);
                // What the list itself was told comes back as well, and means nothing new.
                if top != list.top {
                    list.top = top.min(list.rows().0);
                    list.follows = list.top >= list.last_top();
                }
            }
            HappenedIntent::ChoseSite(name) => self.happened.filter.site = self.names.find(&name),
            HappenedIntent::ToggledKind(kind) => {
                let hidden = &mut self.happened.filter.hidden;
                match hidden.iter().position(|one| *one == kind) {
                    Some(place) => {
                        hidden.remove(place);
                    }
                    None => hidden.push(kind),
                }
            }
            HappenedIntent::Searched(text) => {
                let text: String = text.chars().take(SEARCH).collect();
                self.happened.filter.search = text.trim().to_lowercase();
                self.happened.typed = text;
            }
            HappenedIntent::Cleared => {
                self.happened.filter = Filter::default();
                self.happened.typed.clear();
            }
            HappenedIntent::Moved(by) => self.move_row(|row, last| match row {
                Some(row) => row.saturating_add_signed(by as isize).min(last),
                None => last,
            }),
            HappenedIntent::MovedToEnd(last) => self.move_row(|_, end| if last { end } else { 0 }),
            HappenedIntent::Followed => {
                self.happened.follows = true;
                let end = self.happened.last_top();
                self.happened.scroll_to(end);
            }
        }
        self.refilter();
    }

    /// Selects another row, by the one that is selected and the last one.
    fn move_row(&mut self, to: impl FnOnce(Option<usize>, usize) -> usize) {
        let (rows, before) = self.happened.rows();
        let Some(last) = rows.checked_sub(1) else { return };
        let now = match self.selected {
            Some(Selected::Event(id)) => self.happened.row_of(id),
            _ => None,
        };
        let row = to(now, last).min(last);
        let id = EventId(self.happened.matches[before + row]);
        self.select(Some(Selected::Event(id)));
        self.happened.shown = self.selected;
        self.happened.reveal(row);
    }

    /// Starts anew where other events are asked for than were looked for.
    fn refilter(&mut self) {
        self.happened.filter.eyes = self.attention.eyes;
        let list = &mut self.happened;
        if list.filter != list.done {
            list.done = list.filter.clone();
            list.forget();
            list.searching = true;
            list.follows = true;
        }
    }

    /// Whether a search through the record goes on and wants frames.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        self.dock == Some(View::Events) && self.happened.searching
    }

    /// Looks through what the record has got since, as far as this frame may still work.
    pub(crate) fn follow_happened(&mut self, has_time: &mut dyn FnMut() -> bool) {
        if self.dock != Some(View::Events) {
            return;
        }
        self.refilter();
        let length = self.session.machine().trace().len();
        let list = &mut self.happened;
        if list.known > length {
            list.known = length;
            let kept = list.matches.partition_point(|id| (*id as usize) < length);
            list.matches.truncate(kept);
        }
        while self.happened.known < length {
            let from = self.happened.known;
            let to = (from + BATCH).min(length);
            let found: Vec<u32> =
                (from..to).filter(|index| self.is_listed(*index)).map(|index| index as u32).collect();
            self.happened.matches.extend(found);
            self.happened.known = to;
            if !has_time() {
                break;
            }
        }
        let list = &mut self.happened;
        let through = list.known == length;
        if through && list.searching {
            list.searching = false;
            let text = self.count_words();
            self.say(text);
        }
        let list = &mut self.happened;
        if list.follows || list.top > list.last_top() {
            list.scroll_to(usize::MAX);
        }
        // What was selected elsewhere comes into view; what was selected here is there already.
        if through && list.shown != self.selected {
            list.shown = self.selected;
            if let Some(Selected::Event(id)) = self.selected
                && let Some(row) = list.row_of(id)
            {
                list.reveal(row);
            }
        }
    }

    fn is_listed(&self, index: usize) -> bool {
        let machine = self.session.machine();
        let event = &machine.trace()[index];
        let filter = &self.happened.done;
        let places = filter.site.is_none_or(|site| {
            kinds::sites(event.kind, machine.history()).into_iter().any(|one| one == Some(site))
        });
        places
            && !filter.hidden.contains(&Kind::of(event.kind))
            && self.is_in_sight(event)
            && (filter.search.is_empty() || self.event_words(event).to_lowercase().contains(&filter.search))
    }

    /// An event in words: of an action, the step that was taken.
    pub(crate) fn event_words(&self, event: &Event) -> String {
        let machine = self.session.machine();
        if let netsplit_sim::trace::EventKind::Acted { index } = event.kind {
            let step = self.session.step_of(index);
            if let Some(step) = step.and_then(|step| self.session.scenario().script.get(step)) {
                return format!("you {}", words::step(&step.action));
            }
        }
        words::event(event, machine.trace(), machine.history(), self.session.about(), &self.names)
    }

    fn count_words(&self) -> String {
        let list = &self.happened;
        let of = units::count(list.known as u64, "event");
        if list.done == Filter::default() {
            return of;
        }
        let matches = units::grouped(list.matches.len() as f64);
        let verb = if list.matches.len() == 1 { "matches" } else { "match" };
        format!("{matches} of {of} {verb}")
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn happened_scene(&mut self) -> Option<HappenedScene> {
        if self.dock != Some(View::Events) {
            return None;
        }
        let list = &self.happened;
        let machine = self.session.machine();
        let trace = machine.trace();
        let (listed, before) = list.rows();
        let from = list.top.saturating_sub(MARGIN).min(listed);
        let to = (list.top + list.room + MARGIN).min(listed);
        let mut rows = Vec::with_capacity(to - from);
        for place in from..to {
            let id = list.matches[before + place];
            // The record may have been cut since it was looked through.
            let Some(event) = trace.get(id as usize) else { break };
            let [first, second] = kinds::sites(event.kind, machine.history());
            let site = first.or(second).map_or(String::new(), |site| self.names.site(site).to_owned());
            let id = EventId(id);
            rows.push(Row {
                id,
                place,
                at: units::playhead(event.at),
                site,
                kind: Kind::of(event.kind),
                words: self.event_words(event),
                selected: self.selected == Some(Selected::Event(id)),
            });
        }
        let mut count = self.count_words();
        if list.searching {
            let share = list.known as f64 / trace.len().max(1) as f64;
            count = format!("{count} so far ({})", units::percent(libm::floor(share * 100.0) / 100.0));
        } else if before > 0 {
            count = format!("{count}; the last {} are listed", units::grouped(listed as f64));
        }
        let chosen = list.filter.site;
        let mut sites = vec![("All sites".to_owned(), chosen.is_none())];
        let named = self.names.nodes.iter().chain(&self.names.clients);
        sites.extend(named.map(|name| (name.clone(), chosen.is_some() && self.names.find(name) == chosen)));
        Some(HappenedScene {
            rows,
            listed,
            matches: list.matches.len(),
            of: trace.len(),
            count,
            top: list.top,
            scrolled: list.scrolled,
            follows: list.follows,
            sites,
            kinds: Kind::ALL.iter().map(|kind| (*kind, !list.filter.hidden.contains(kind))).collect(),
            search: list.typed.clone(),
            filtered: list.filter != Filter { eyes: list.filter.eyes, ..Filter::default() },
        })
    }
}

impl From<HappenedIntent> for Intent {
    fn from(intent: HappenedIntent) -> Self {
        Self::Dock(DockIntent::Happened(intent))
    }
}

#[cfg(test)]
mod tests;
