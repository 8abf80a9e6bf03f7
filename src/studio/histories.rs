//! The page that judges a history: a file of somebody's system goes in, its operations, the verdict of every model and the
//! witness come out.

use netsplit_lab::files::Opened;
use netsplit_lab::work::{Report, Task};

use crate::desk::Desk;
use crate::intent::Effect;
use crate::studio::Studio;
use crate::units;

/// The largest file that is read, in bytes.
pub const FILE_BYTES: u32 = 64 << 20;

/// What a person means on this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryIntent {
    /// Here is a file.
    Gave {
        /// Its name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// A file could not be read, and this is why.
    Refused(String),
    /// Show the built-in example.
    Example,
    /// Show only this key; empty for all.
    ChoseKey(String),
    /// Show the witness of this model, or no longer.
    ChoseModel(String),
}

/// The history that is open.
#[derive(Default)]
pub(crate) struct Histories {
    pub(crate) opened: Option<Box<Opened>>,
    /// The file that is being read.
    pub(crate) reading: Option<String>,
    pub(crate) problem: String,
    pub(crate) key: String,
    pub(crate) model: String,
}

impl Studio {
    pub(crate) fn update_history(&mut self, intent: HistoryIntent) {
        match intent {
            HistoryIntent::Gave { name, text } => self.open_history(name, text),
            HistoryIntent::Refused(why) => self.histories.problem = why,
            HistoryIntent::Example => self.open_history("example.jsonl".to_owned(), EXAMPLE.to_owned()),
            HistoryIntent::ChoseKey(key) => self.histories.key = key,
            HistoryIntent::ChoseModel(model) => {
                let chosen = &mut self.histories.model;
                *chosen = if *chosen == model { String::new() } else { model };
            }
        }
    }

    fn open_history(&mut self, name: String, text: String) {
        self.histories.problem.clear();
        self.histories.reading = Some(name.clone());
        self.effects.push(Effect::Work(Desk::History, Task::Open { name, text }));
    }

    pub(crate) fn history_report(&mut self, report: Report) {
        match report {
            Report::Opened(opened) => {
                let broken: Vec<&str> =
                    opened.verdicts.iter().filter(|v| v.state == "broken").map(|v| v.name.as_str()).collect();
                self.say(format!(
                    "{}: {} operations, {} promises broken",
                    opened.name,
                    opened.operations,
                    broken.len()
                ));
                let histories = &mut self.histories;
                histories.key.clear();
                histories.model = broken.first().map(|name| (*name).to_owned()).unwrap_or_default();
                histories.opened = Some(opened);
                histories.reading = None;
            }
            Report::Failed(why) => {
                self.say(why.clone());
                self.histories.problem = why;
                self.histories.reading = None;
            }
            _ => {}
        }
    }
}

/// A history to begin with: x was written twice, and then read old after it had been read new.
const EXAMPLE: &str = r#"{"process":0,"f":"write","key":"x","value":"old","out":null,"call":0,"return":1,"ok":true}
{"process":0,"f":"write","key":"x","value":"new","out":null,"call":2,"return":7,"ok":true}
{"process":1,"f":"read","key":"x","value":null,"out":"new","call":3,"return":4,"ok":true}
{"process":2,"f":"read","key":"x","value":null,"out":"old","call":5,"return":6,"ok":true}
{"process":1,"f":"write","key":"y","value":"hello","out":null,"call":8,"return":9,"ok":true}
{"process":2,"f":"read","key":"y","value":null,"out":"hello","call":10,"return":11,"ok":true}
"#;

/// The most operations that are drawn at once.
const SHOWN: usize = 120;
/// The height of a session's lane.
const LANE: f64 = 34.0;
/// The room for the sessions' names.
const NAMES: f64 = 48.0;
/// The width of one event.
const EVENT: f64 = 50.0;

/// The page, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// What is being read; empty if nothing is.
    pub reading: String,
    /// What is wrong with the last file; empty if nothing is.
    pub problem: String,
    /// The history that is open.
    pub open: Option<HistoryScene>,
}

/// A history, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryScene {
    /// The file's name.
    pub name: String,
    /// What it is, in one sentence.
    pub summary: String,
    /// What each model says.
    pub verdicts: Vec<HistoryVerdict>,
    /// The keys, by name, if there are several.
    pub keys: Vec<String>,
    /// The one that is shown; empty for all.
    pub key: String,
    /// The operations.
    pub timeline: Timeline,
}

/// What a model says of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryVerdict {
    /// The model's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// `holds`, `broken` or `unknown`.
    pub state: String,
    /// How, or why.
    pub sentence: String,
    /// Whether its witness is lit.
    pub chosen: bool,
}

/// Operations as bars, a lane for each session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// The sessions: the middle of the lane and the name.
    pub lanes: Vec<(f64, String)>,
    /// The operations.
    pub bars: Vec<Bar>,
    /// What is left out, in words; empty if nothing is.
    pub note: String,
}

/// An operation as a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The left end.
    pub from: f64,
    /// The right end.
    pub to: f64,
    /// The middle of its lane.
    pub y: f64,
    /// What was asked and answered.
    pub text: String,
    /// As much of it as has room in the bar; empty if nothing has.
    pub label: String,
    /// The same with the session and the events, for those who do not see the bar.
    pub spoken: String,
    /// Whether it reads.
    pub is_read: bool,
    /// Whether its outcome is known.
    pub known: bool,
    /// Whether it is part of the witness.
    pub lit: bool,
    /// Where it takes effect in one legal order; nothing if there is none.
    pub point: Option<f64>,
}

impl Studio {
    /// The page that judges histories, if it is the one that is shown.
    #[must_use]
    pub fn history(&self) -> Option<HistoryPage> {
        self.route.is_history().then(|| HistoryPage {
            reading: self.histories.reading.clone().unwrap_or_default(),
            problem: self.histories.problem.clone(),
            open: self.histories.opened.as_deref().map(|opened| scene(opened, &self.histories)),
        })
    }
}

fn scene(opened: &Opened, state: &Histories) -> HistoryScene {
    let mut keys: Vec<String> = opened.drawn.iter().map(|drawn| drawn.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    let sessions = units::count(opened.sessions.len() as u64, "session");
    let verdicts = opened.verdicts.iter().map(|verdict| HistoryVerdict {
        name: verdict.name.clone(),
        title: verdict.title.clone(),
        state: verdict.state.clone(),
        sentence: verdict.sentence.clone(),
        chosen: verdict.name == state.model,
    });
    let key_count = units::count(u64::from(opened.keys), "key");
    HistoryScene {
        name: opened.name.clone(),
        summary: format!(
            "{}: {} by {sessions} on {key_count}.",
            opened.format,
            units::count(u64::from(opened.operations), "operation")
        ),
        verdicts: verdicts.collect(),
        keys: if keys.len() > 1 { keys } else { Vec::new() },
        key: state.key.clone(),
        timeline: timeline(opened, state),
    }
}

/// Whether a text has room in a bar. What has none is in its title and, for the witness, in the sentence.
fn fits(text: &str, width: f64) -> bool {
    text.chars().count() as f64 * 5.6 < width - 6.0
}

fn timeline(opened: &Opened, state: &Histories) -> Timeline {
    let lit: &[u32] =
        opened.verdicts.iter().find(|verdict| verdict.name == state.model).map_or(&[], |v| &v.operations);
    let mut shown: Vec<usize> = (0..opened.drawn.len())
        .filter(|n| state.key.is_empty() || opened.drawn[*n].key == state.key)
        .collect();
    let all = shown.len();
    if all > SHOWN {
        // What ends with the witness; without one, the beginning.
        let last = lit.iter().max().and_then(|op| shown.iter().rposition(|n| *n <= *op as usize));
        let end = last.map_or(SHOWN, |last| (last + 1 + SHOWN / 4).clamp(SHOWN, all));
        shown = shown[end - SHOWN..end].to_vec();
    }
    // Every event that is shown gets a place of its own: what counts is the order.
    let mut events: Vec<u64> =
        shown.iter().flat_map(|n| [Some(opened.drawn[*n].call), opened.drawn[*n].end]).flatten().collect();
    crate::order::sort_few(&mut events, u64::cmp);
    let place = |event: u64| NAMES + EVENT * (0.5 + events.partition_point(|other| *other < event) as f64);
    let width = NAMES + EVENT * (events.len() as f64 + 1.0);
    let mut lanes: Vec<u32> = shown.iter().map(|n| opened.drawn[*n].session).collect();
    crate::order::sort_few(&mut lanes, u32::cmp);
    lanes.dedup();
    let y =
        |session: u32| LANE * (0.5 + lanes.iter().position(|other| *other == session).unwrap_or(0) as f64);
    let name = |session: u32| opened.sessions.get(session as usize).cloned().unwrap_or_default();
    let bars = shown.iter().map(|n| {
        let drawn = &opened.drawn[*n];
        let from = place(drawn.call);
        let to = drawn.end.map_or(width - EVENT * 0.25, place);
        let when = match drawn.end {
            Some(end) => format!("events {} to {end}", drawn.call),
            None => format!("from event {} on", drawn.call),
        };
        Bar {
            from,
            to,
            y: y(drawn.session),
            spoken: format!("{}: {} ({when})", name(drawn.session), drawn.text),
            label: [&drawn.text, &drawn.short]
                .into_iter()
                .find(|text| fits(text, to - from))
                .cloned()
                .unwrap_or_default(),
            text: drawn.text.clone(),
            is_read: drawn.is_read,
            known: drawn.known,
            lit: lit.contains(&(*n as u32)),
            point: drawn.point.map(|point| (place(point) + EVENT * 0.5).clamp(from, to)),
        }
    });
    let drawn = opened.drawn.len();
    let note = if all > SHOWN {
        format!("Drawn: {SHOWN} of {all} operations, up to the witness where there is one. All were judged.")
    } else if drawn < opened.operations as usize {
        format!("Drawn: of the first {drawn} operations. All were judged.")
    } else {
        String::new()
    };
    Timeline {
        width,
        height: LANE * lanes.len() as f64,
        lanes: lanes.iter().map(|session| (y(*session), name(*session))).collect(),
        bars: bars.collect(),
        note,
    }
}
