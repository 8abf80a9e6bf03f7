//! The panel of consistency models: which of them the run kept, as a figure of what implies what, and each model in two
//! sentences and one tiny history.
//!
//! The run is judged by a worker, which plays the same link up to the playhead: what it says is about exactly what is on the
//! stage, and the figure says up to when.

use netsplit_checkers::models::{Availability, MODELS, Model};
use netsplit_lab::files;
use netsplit_lab::work::{Judgement, Report, Task};
use netsplit_sim::ids::OpId;
use netsplit_sim::time::Time;

use crate::desk::Desk;
use crate::intent::Effect;
use crate::studio::{Panel, Studio};
use crate::units;

/// What a person means in this panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsIntent {
    /// Explain this model, by its checker's name.
    Chose(&'static str),
}

/// What is known of the run, and what is asked.
#[derive(Default)]
pub(crate) struct Models {
    chosen: Option<&'static str>,
    /// The run that was judged, by its hash and its instant, and what was found.
    judged: Option<(u64, Time, Vec<Judgement>)>,
    /// What is wrong with the small histories.
    small: Vec<Judgement>,
    /// The run that is being judged.
    asked: Option<(u64, Time)>,
    problem: String,
}

/// The width of the figure.
pub const WIDTH: f64 = 256.0;
/// The height of the figure.
pub const HEIGHT: f64 = 318.0;
/// The size of a model's box.
pub const BOX: (f64, f64) = (62.0, 36.0);

/// Where each model stands: the middle of its box.
const PLACES: [(&str, f64, f64); 13] = [
    ("linearizable", 128.0, 20.0),
    ("sequential", 63.0, 82.0),
    ("causal-memory", 31.0, 144.0),
    ("causal-convergence", 95.6, 144.0),
    ("pram", 31.0, 212.0),
    ("causal", 95.6, 212.0),
    ("bounded-staleness", 225.0, 82.0),
    ("read-your-writes-by-clock", 160.4, 212.0),
    ("monotonic-reads-by-clock", 225.0, 212.0),
    ("monotonic-writes", 31.0, 296.0),
    ("writes-follow-reads", 95.6, 296.0),
    ("read-your-writes", 160.4, 296.0),
    ("monotonic-reads", 225.0, 296.0),
];

/// The panel, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelsScene {
    /// The models.
    pub boxes: Vec<ModelBox>,
    /// Which implies which: lines between boxes, and whether the upper one holds.
    pub lines: Vec<[f64; 4]>,
    /// Up to when the run was judged, in words.
    pub status: String,
    /// Whether the run is being judged.
    pub busy: bool,
    /// The model that is explained.
    pub card: ModelCard,
}

/// A model in the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelBox {
    /// Its checker's name.
    pub name: &'static str,
    /// Its title in one line or two.
    pub lines: Vec<&'static str>,
    /// Its whole title.
    pub title: &'static str,
    /// The middle.
    pub at: (f64, f64),
    /// `holds`, `broken`, `unknown` or `new`.
    pub state: String,
    /// `none`, `sticky` or `total`.
    pub availability: &'static str,
    /// Whether it is explained.
    pub chosen: bool,
}

/// A model explained.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCard {
    /// Its checker's name.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it promises.
    pub words: &'static str,
    /// Whether it can stay available under a cut, in one sentence,
    pub availability: &'static str,
    /// and what there is to add.
    pub note: &'static str,
    /// What it implies, in words; empty if nothing.
    pub implies: String,
    /// What was found of this run: `holds`, `broken`, `unknown` or `new`.
    pub state: String,
    /// How, or why; empty if it holds.
    pub sentence: String,
    /// The operations of the witness.
    pub operations: Vec<OpId>,
    /// When it became certain.
    pub at: Option<Time>,
    /// A history that breaks it.
    pub tiny: Tiny,
}

/// A tiny history.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiny {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// The sessions: the middle of the lane and the name.
    pub lanes: Vec<(f64, String)>,
    /// The operations: left, right, middle, text, whether it reads, whether it belongs to the witness.
    pub bars: Vec<(f64, f64, f64, String, bool, bool)>,
    /// What is wrong with it, in one sentence.
    pub sentence: String,
}

impl Studio {
    pub(crate) fn update_models(&mut self, intent: ModelsIntent) {
        match intent {
            ModelsIntent::Chose(name) => self.models.chosen = Some(name),
        }
    }

    /// Has the run judged again, if the panel is shown and the run is not the one that was judged. One question at a
    /// time: while the run plays, the figure follows as fast as the worker can.
    pub(crate) fn follow_models(&mut self) {
        if self.panel != Panel::Models
            || self.route.is_page()
            || self.models.asked.is_some()
            || self.rebuilding
        {
            return;
        }
        let now = (self.session.hash(), self.session.now());
        if self.models.judged.as_ref().is_some_and(|(hash, at, _)| (*hash, *at) == now) {
            return;
        }
        match self.session.link() {
            Ok(link) => {
                self.models.asked = Some(now);
                self.effects.push(Effect::Work(Desk::Models, Task::Judge { link, until_ns: now.1.0 }));
            }
            Err(problem) => self.models.problem = problem.to_string(),
        }
    }

    pub(crate) fn models_report(&mut self, report: Report) {
        match report {
            Report::Judged { models, small, .. } => {
                self.models.small = small;
                if let Some((hash, at)) = self.models.asked {
                    self.models.judged = Some((hash, at, models));
                }
                self.models.problem.clear();
            }
            Report::Done => self.models.asked = None,
            Report::Failed(why) => {
                // Asked again when the run has changed.
                if let Some((hash, at)) = self.models.asked.take() {
                    self.models.judged = Some((hash, at, Vec::new()));
                }
                self.models.problem = why;
            }
            _ => {}
        }
    }

    /// The panel of models, if it is shown.
    #[must_use]
    pub fn models(&self) -> Option<ModelsScene> {
        (self.panel == Panel::Models).then(|| self.models.scene())
    }
}

impl Models {
    fn found(&self, name: &str) -> Option<&Judgement> {
        self.judged.as_ref()?.2.iter().find(|judgement| judgement.name == name)
    }

    fn state(&self, name: &str) -> String {
        self.found(name).map_or_else(|| "new".to_owned(), |judgement| judgement.state.clone())
    }

    fn scene(&self) -> ModelsScene {
        // What is asked first is how the strongest of the broken ones was broken.
        let broken = || PLACES.iter().map(|(name, ..)| *name).find(|name| self.state(name) == "broken");
        let chosen = self.chosen.or_else(broken).unwrap_or(PLACES[0].0);
        let boxes = PLACES.iter().filter_map(|(name, x, y)| {
            let model = find(name)?;
            Some(ModelBox {
                name: model.checker,
                lines: short(model),
                title: model.title,
                at: (*x, *y),
                state: self.state(name),
                availability: availability(model).0,
                chosen: *name == chosen,
            })
        });
        let place = |name: &str| PLACES.iter().find(|(other, ..)| *other == name).map(|(_, x, y)| (*x, *y));
        let lines = MODELS.iter().flat_map(|model| {
            model.implies.iter().filter_map(move |below| {
                let (from, to) = (place(model.checker)?, place(below)?);
                Some([from.0, from.1 + BOX.1 / 2.0, to.0, to.1 - BOX.1 / 2.0])
            })
        });
        let status = match (&self.judged, self.problem.is_empty()) {
            (_, false) => self.problem.clone(),
            (None, true) => "The run is being judged …".to_owned(),
            (Some((_, at, _)), true) => format!("Judged up to {}", units::playhead(*at)),
        };
        let card = find(chosen).unwrap_or(&MODELS[0]);
        ModelsScene {
            boxes: boxes.collect(),
            lines: lines.collect(),
            status,
            busy: self.asked.is_some(),
            card: self.card(card),
        }
    }

    fn card(&self, model: &'static Model) -> ModelCard {
        let found = self.found(model.checker);
        let names: Vec<&str> =
            model.implies.iter().filter_map(|name| find(name)).map(|model| model.title).collect();
        ModelCard {
            name: model.checker,
            title: model.title,
            words: model.words,
            availability: availability(model).1,
            note: model.availability_note,
            implies: names.join(", "),
            state: self.state(model.checker),
            sentence: found.map_or_else(String::new, |judgement| judgement.sentence.clone()),
            operations: found
                .map_or_else(Vec::new, |judgement| judgement.operations.iter().map(|op| OpId(*op)).collect()),
            at: found.and_then(|judgement| judgement.at_ns).map(Time),
            tiny: tiny(model, self.small.iter().find(|judgement| judgement.name == model.checker)),
        }
    }
}

fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.checker == name)
}

fn availability(model: &Model) -> (&'static str, &'static str) {
    match model.availability {
        Availability::None => (
            "none",
            "While the network is cut, some clients must wait or be refused: nobody can promise this and answer everybody.",
        ),
        Availability::Sticky => (
            "sticky",
            "It can be promised while the network is cut, as long as a client can still reach the copies that it used before.",
        ),
        Availability::Total => (
            "total",
            "It can be promised to everybody who reaches any one copy, even while the network is cut.",
        ),
    }
}

/// A title that fits into its box.
fn short(model: &'static Model) -> Vec<&'static str> {
    match model.checker {
        "read-your-writes-by-clock" => vec!["Your writes", "by the clock"],
        "monotonic-reads-by-clock" => vec!["Monotonic", "by the clock"],
        _ => two_lines(model.title),
    }
}

/// A title in at most two lines, broken where they are most alike.
fn two_lines(title: &'static str) -> Vec<&'static str> {
    if title.chars().count() <= 12 {
        return vec![title];
    }
    let spaces = title.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at);
    let longer = |at: &usize| (*at).max(title.len() - at - 1);
    match spaces.min_by_key(longer) {
        Some(at) => vec![&title[..at], &title[at + 1..]],
        None => vec![title],
    }
}

/// The room for a session's name, the width of a column, and the height of a lane in a tiny history.
const TINY: (f64, f64, f64) = (24.0, 23.0, 26.0);

fn tiny(model: &Model, found: Option<&Judgement>) -> Tiny {
    let seen = model.observations();
    let (sessions, drawn) = files::drawn(&seen);
    let sentence = found.map_or_else(String::new, |found| found.sentence.clone());
    let lit: &[u32] = found.map_or(&[], |found| &found.operations);
    let (names, column, lane) = TINY;
    let mut events: Vec<u64> =
        drawn.iter().flat_map(|drawn| [Some(drawn.call), drawn.end]).flatten().collect();
    crate::order::sort_few(&mut events, u64::cmp);
    let place = |event: u64| names + column * (0.2 + events.partition_point(|other| *other < event) as f64);
    let y = |session: u32| lane * (f64::from(session) + 0.5);
    let width = names + column * events.len() as f64;
    let bars = drawn.iter().enumerate().map(|(index, drawn)| {
        let end = drawn.end.map_or(width, place);
        let is_lit = lit.contains(&(index as u32));
        (place(drawn.call), end, y(drawn.session), drawn.short.clone(), drawn.is_read, is_lit)
    });
    Tiny {
        width,
        height: lane * sessions.len() as f64,
        lanes: sessions.iter().enumerate().map(|(n, name)| (y(n as u32), name.clone())).collect(),
        bars: bars.collect(),
        sentence,
    }
}
