//! The code that ran: the very text of the function that handled an event, with the lines that ran marked.
//!
//! Which lines ran is found by playing a copy of the run over that event ([`netsplit_scenario::session::watching`]). The
//! text is not part of the program: the page fetches the file when it is first asked for. The program knows the digest
//! that the file had when it was compiled, so the view can say that this is the text that runs, or that it is another.

mod asked;
pub mod tinting;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::rc::Rc;

use netsplit_scenario::session::watching::{self, Function, Ran, handler};
use netsplit_sim::ids::{EventId, NodeId};
use netsplit_sim::watch::digest;

use crate::dock::{DockIntent, View};
use crate::intent::{Effect, Intent};
use crate::studio::{Studio, Tone};
use crate::units;
use tinting::{Tint, tint};

/// While the run plays, the code of the latest event is looked up this often, in milliseconds.
const EVERY_MS: f64 = 400.0;
/// A record longer than this is not copied while the run plays.
const LONG: usize = 150_000;
/// The most events that are looked through for another one of the same node.
const FAR: usize = 20_000;

/// What a person means here.
#[derive(Clone, Debug, PartialEq)]
pub enum CodeIntent {
    /// Show this one of the functions that ran.
    Chose(usize),
    /// Show the rest of the file, or only the function again.
    Expanded(bool),
    /// The next event that this node handled, or the one before: go there.
    Went(bool),
    /// A file's text was fetched, or could not be.
    Fetched(String, Option<String>),
}

/// A file's text.
#[derive(Clone, Debug)]
enum Text {
    /// It was asked for.
    Wanted,
    /// It could not be had.
    Missing,
    /// It is here: its lines, and whether it is the text that was compiled.
    Here(Rc<Vec<Vec<(Tint, String)>>>, bool),
}

/// What the view remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    /// The event that is shown, and what ran.
    shown: Option<(EventId, Option<Rc<Ran>>)>,
    looked_ms: f64,
    chosen: usize,
    expanded: bool,
    texts: BTreeMap<&'static str, Text>,
}

impl Code {
    /// The record is another one.
    pub(crate) fn forget(&mut self) {
        self.shown = None;
    }
}

/// A line of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file.
    pub number: u32,
    /// Its pieces.
    pub pieces: Vec<(Tint, String)>,
    /// Whether it ran; `None` of lines that nobody can run, and those of functions that were not called.
    pub ran: Option<bool>,
}

/// The code that handled an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The functions that ran, in the order in which they were called, and whether each is the one shown.
    pub functions: Vec<(&'static str, bool)>,
    /// The path of the file.
    pub path: String,
    /// The first and the last line of the function.
    pub lines: (u32, u32),
    /// How many lines of it ran.
    pub ran: usize,
    /// The text, if it is here.
    pub text: Vec<Line>,
    /// Whether the rest of the file is shown as well.
    pub expanded: bool,
    /// What there is to say about the text.
    pub note: &'static str,
    /// Whether the text is the one that was compiled, if it is here.
    pub is_compiled: Option<bool>,
}

/// The view, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeScene {
    /// The event that is shown.
    pub event: Option<EventId>,
    /// What happened, with its time.
    pub because: String,
    /// The event that the code handled, where that is another one.
    pub handled: Option<(EventId, String)>,
    /// The code, if any ran.
    pub shown: Option<Shown>,
    /// Why there is none.
    pub why_none: Option<String>,
    /// The event that led to this one, to look there instead.
    pub cause: Option<(EventId, String)>,
    /// The name of the node that handled it.
    pub node: Option<String>,
}

impl Studio {
    pub(crate) fn update_code(&mut self, intent: CodeIntent) {
        match intent {
            CodeIntent::Chose(function) => {
                self.code.chosen = function;
                self.fetch_code();
            }
            CodeIntent::Expanded(expanded) => self.code.expanded = expanded,
            CodeIntent::Went(forward) => self.go_to_handled(forward),
            CodeIntent::Fetched(path, text) => {
                let Some(source) = path.strip_prefix("source/").and_then(watching::source) else { return };
                let text = text.map_or(Text::Missing, |text| {
                    let is_compiled =
                        text.len() == source.length as usize && digest(text.as_bytes()) == source.digest;
                    Text::Here(Rc::new(tint(&text)), is_compiled)
                });
                self.code.texts.insert(source.path, text);
            }
        }
    }

    /// Finds out what ran, where another event is looked at.
    pub(crate) fn follow_code(&mut self) {
        if self.dock != Some(View::Code) || self.rebuilding {
            return;
        }
        let length = self.session.machine().trace().len();
        let known = self.code.shown.as_ref().map(|(id, _)| *id);
        if self.playing && (length > LONG || self.clock_ms < self.code.looked_ms + EVERY_MS) {
            return;
        }
        let Some(id) = self.asked_event() else {
            self.code.forget();
            return;
        };
        if known == Some(id) {
            return;
        }
        self.code.looked_ms = self.clock_ms;
        let before = self.code.shown.take().and_then(|(_, ran)| ran);
        let ran = self.session.ran_at(id).map(Rc::new);
        // Who looks at a function while the run plays goes on looking at it, where it ran again.
        let name = before.and_then(|ran| ran.functions.get(self.code.chosen).map(|function| function.name));
        let again = ran
            .as_ref()
            .and_then(|ran| ran.functions.iter().position(|function| Some(function.name) == name));
        self.code.chosen = if self.playing { again.unwrap_or(0) } else { 0 };
        self.code.shown = Some((id, ran));
        self.fetch_code();
    }

    /// The function that is shown.
    fn chosen_function(&self) -> Option<&Function> {
        let (_, ran) = self.code.shown.as_ref()?;
        let functions = &ran.as_ref()?.functions;
        functions.get(self.code.chosen).or(functions.first())
    }

    /// Asks for the text of the function that is shown.
    fn fetch_code(&mut self) {
        let Some(path) = self.chosen_function().map(|function| function.path) else { return };
        if !matches!(self.code.texts.get(path), Some(Text::Wanted | Text::Here(..))) {
            self.code.texts.insert(path, Text::Wanted);
            self.effects.push(Effect::Fetch(format!("source/{path}")));
        }
    }

    /// The node that the view is about.
    fn code_node(&self) -> Option<NodeId> {
        let (id, ran) = self.code.shown.as_ref()?;
        let id = ran.as_ref().map_or(*id, |ran| ran.handled);
        handler(self.session.machine().trace().get(id.index())?.kind)
    }

    /// Goes to another event that the same node handled. Past the end of the record the run plays on until there is one.
    fn go_to_handled(&mut self, forward: bool) {
        let Some(node) = self.code_node() else { return };
        let Some((id, ran)) = &self.code.shown else { return };
        let from = ran.as_ref().map_or(*id, |ran| ran.handled).index();
        let trace = self.session.machine().trace();
        let is_next = |index: &usize| {
            let event = &trace[*index];
            handler(event.kind) == Some(node) && self.is_in_sight(event)
        };
        let found = if forward {
            (from + 1..trace.len()).find(is_next)
        } else {
            (0..from.min(trace.len())).rev().find(is_next)
        };
        let found = match found {
            None if forward => self.play_to_handled(node),
            found => found,
        };
        match found {
            Some(index) => self.go_to(EventId(index as u32)),
            None => {
                let name = self.names.node(node);
                let text = if forward {
                    format!("{name} handles nothing more for a long while.")
                } else {
                    format!("{name} handled nothing before that.")
                };
                self.notice(Tone::Plain, text);
            }
        }
    }

    fn play_to_handled(&mut self, node: NodeId) -> Option<usize> {
        self.playing = false;
        let mut known = self.session.machine().trace().len();
        let end = known + FAR;
        while known < end && self.session.step() {
            let trace = self.session.machine().trace();
            let found = (known..trace.len()).find(|index| handler(trace[*index].kind) == Some(node));
            if found.is_some() {
                return found;
            }
            known = trace.len();
        }
        None
    }

    /// The view, while it is shown.
    #[must_use]
    pub fn code_scene(&mut self) -> Option<CodeScene> {
        if self.dock != Some(View::Code) {
            return None;
        }
        let trace = self.session.machine().trace();
        let shown = self.code.shown.as_ref();
        let nothing = CodeScene {
            event: None,
            because: String::new(),
            handled: None,
            shown: None,
            why_none: Some(self.nothing_shown().to_owned()),
            cause: None,
            node: None,
        };
        let Some((id, ran)) = shown else { return Some(nothing) };
        let Some(event) = trace.get(id.index()) else { return Some(nothing) };
        let told = |id: EventId| {
            let event = trace.get(id.index()).filter(|event| self.is_in_sight(event))?;
            Some(format!("{}, at {}", self.event_words(event), units::playhead(event.at)))
        };
        let handled = ran.as_ref().map(|ran| ran.handled).filter(|handled| handled != id);
        let cause = (ran.is_none()).then_some(event.cause);
        Some(CodeScene {
            event: Some(*id),
            because: told(*id).unwrap_or_default(),
            handled: handled.and_then(|handled| Some((handled, told(handled)?))),
            shown: self.shown_code(),
            why_none: ran.is_none().then(|| asked::why_none(event.kind)),
            cause: cause.and_then(|cause| Some((cause, told(cause)?))),
            node: self.code_node().map(|node| self.names.node(node).to_owned()),
        })
    }

    fn nothing_shown(&self) -> &'static str {
        if self.playing && self.session.machine().trace().len() > LONG {
            "The record is long: pause the run, and the code of the latest event is shown here."
        } else {
            "Nothing was handled by a node yet: play the run, or step, and the code that handles an event is shown here."
        }
    }

    fn shown_code(&self) -> Option<Shown> {
        let (_, ran) = self.code.shown.as_ref()?;
        let functions = &ran.as_ref()?.functions;
        let function = self.chosen_function()?;
        let chosen = functions.iter().position(|one| one == function).unwrap_or(0);
        let (text, is_compiled, note) = match self.code.texts.get(function.path) {
            Some(Text::Here(lines, is_compiled)) => {
                let range = if self.code.expanded {
                    1..=lines.len() as u32
                } else {
                    documented(lines, function.from)..=function.to
                };
                let note = if *is_compiled {
                    "This is the very text that was compiled and runs here."
                } else {
                    "Careful: this text differs from the one that was compiled, so the marks may stand at wrong lines."
                };
                (marked(lines, range, functions, function.path), Some(*is_compiled), note)
            }
            Some(Text::Missing) => (
                Vec::new(),
                None,
                "The text could not be fetched from this site. Choose the function again to try once more.",
            ),
            Some(Text::Wanted) | None => (Vec::new(), None, "Fetching the text …"),
        };
        let is_ours = |line: &&Line| (function.from..=function.to).contains(&line.number);
        let ran = text.iter().filter(is_ours).filter(|line| line.ran == Some(true)).count();
        Some(Shown {
            functions: functions.iter().enumerate().map(|(n, one)| (one.name, n == chosen)).collect(),
            path: format!("protocols/{}", function.path),
            lines: (function.from, function.to),
            ran,
            text,
            expanded: self.code.expanded,
            note,
            is_compiled,
        })
    }
}

/// The first line of what is written above a function about it.
fn documented(lines: &[Vec<(Tint, String)>], from: u32) -> u32 {
    let mut first = from;
    while let Some(above) = first.checked_sub(2).and_then(|index| lines.get(index as usize))
        && above.iter().any(|(tint, _)| *tint == Tint::Comment)
    {
        first -= 1;
    }
    first
}

/// These lines of a file, with those marked that belong to a function that was called.
fn marked(
    lines: &[Vec<(Tint, String)>],
    range: RangeInclusive<u32>,
    functions: &[Function],
    path: &str,
) -> Vec<Line> {
    range
        .filter_map(|number| {
            let pieces = lines.get(number.checked_sub(1)? as usize)?.clone();
            let mut within =
                functions.iter().filter(|one| one.path == path && (one.from..=one.to).contains(&number));
            // Blank lines, remarks and lone brackets don't run.
            let runs = pieces.iter().any(|(tint, text)| {
                *tint != Tint::Comment && text.chars().any(|sign| sign.is_alphanumeric() || sign == '_')
            });
            let ran = within.next().filter(|_| runs);
            let ran = ran.and_then(|function| function.ran.get((number - function.from) as usize).copied());
            Some(Line { number, pieces, ran })
        })
        .collect()
}

impl From<CodeIntent> for Intent {
    fn from(intent: CodeIntent) -> Self {
        Self::Dock(DockIntent::Code(intent))
    }
}

#[cfg(test)]
mod tests;
