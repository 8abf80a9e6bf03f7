//! The page “How do we know?”: what the literature has a number for, measured anew in this browser, beside that number.
//!
//! Nothing stands there that was not measured: a table is empty until its group has been run here.

use std::collections::BTreeMap;

use netsplit_lab::literature::{Effort, Figure, HEADINGS, Heading};
use netsplit_lab::work::{Report, Task};

use crate::desk::Desk;
use crate::intent::Effect;
use crate::studio::{Studio, Tone};
use crate::units;

/// What a person means on this page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidenceIntent {
    /// Measure this group, by its id.
    Measured(String),
    /// Measure all of them, one after the other.
    MeasuredAll,
    /// No more.
    Stopped,
    /// Take as many trials as the tests do, or only as many as need no patience.
    ChoseFull(bool),
    /// Put the table into a file.
    Saved,
}

/// What is measured, and what was.
#[derive(Default)]
pub(crate) struct Evidence {
    full: bool,
    /// The groups that wait; the first one is being measured.
    queue: Vec<Heading>,
    figures: BTreeMap<&'static str, Vec<Figure>>,
}

/// The page, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidencePage {
    /// The groups, in the order of display.
    pub groups: Vec<EvidenceGroup>,
    /// Whether something is being measured.
    pub busy: bool,
    /// Whether as many trials are taken as the tests take.
    pub full: bool,
    /// How many figures were measured, and how many of them lie where they should.
    pub summary: String,
}

/// A group of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceGroup {
    /// Its id.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// How it is measured, and what that tells.
    pub about: &'static str,
    /// Who published the figures.
    pub source: &'static str,
    /// `new`, `waiting`, `busy` or `done`.
    pub state: &'static str,
    /// The figures; none before they were measured.
    pub rows: Vec<EvidenceRow>,
}

/// A figure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRow {
    /// What was measured.
    pub what: String,
    /// What came out.
    pub measured: String,
    /// What was published.
    pub published: String,
    /// The difference.
    pub difference: String,
    /// Whether it is as small as it should be.
    pub agrees: bool,
    /// Why it may differ.
    pub note: String,
}

impl Studio {
    pub(crate) fn update_evidence(&mut self, intent: EvidenceIntent) {
        match intent {
            EvidenceIntent::Measured(id) => {
                self.measure_next(HEADINGS.into_iter().filter(|group| group.id == id));
            }
            EvidenceIntent::MeasuredAll => self.measure_next(HEADINGS.into_iter()),
            EvidenceIntent::Stopped => {
                self.evidence.queue.clear();
                self.effects.push(Effect::Stop(Desk::Figures));
            }
            EvidenceIntent::ChoseFull(full) => self.evidence.full = full,
            EvidenceIntent::Saved => {
                let text = self.evidence.csv();
                self.effects.push(Effect::Save { name: "netsplit-figures.csv".to_owned(), text });
            }
        }
    }

    fn measure_next(&mut self, groups: impl Iterator<Item = Heading>) {
        let begins = self.evidence.queue.is_empty();
        for group in groups {
            if self.evidence.queue.iter().all(|waiting| waiting.id != group.id) {
                self.evidence.queue.push(group);
            }
        }
        if begins {
            self.measure_first();
        }
    }

    fn measure_first(&mut self) {
        let Some(group) = self.evidence.queue.first() else { return };
        let effort = if self.evidence.full { Effort::Full } else { Effort::Quick };
        self.effects.push(Effect::Work(Desk::Figures, Task::Measure { group: group.id.to_owned(), effort }));
    }

    pub(crate) fn evidence_report(&mut self, report: Report) {
        let Some(group) = self.evidence.queue.first().copied() else { return };
        match report {
            Report::Figures(figures) => {
                self.say(format!("{}: {}", group.title, units::count(figures.len() as u64, "figure")));
                self.evidence.figures.insert(group.id, figures);
            }
            Report::Done => {
                self.evidence.queue.remove(0);
                self.measure_first();
            }
            Report::Failed(why) => {
                self.evidence.queue.clear();
                self.notice(Tone::Bad, why);
            }
            _ => {}
        }
    }

    /// The page, if it is the one that is shown.
    #[must_use]
    pub fn evidence(&self) -> Option<EvidencePage> {
        self.route.is_evidence().then(|| self.evidence.page())
    }
}

impl Evidence {
    fn page(&self) -> EvidencePage {
        let groups = HEADINGS.iter().map(|group| {
            let place = self.queue.iter().position(|waiting| waiting.id == group.id);
            let figures = self.figures.get(group.id);
            EvidenceGroup {
                id: group.id,
                title: group.title,
                about: group.about,
                source: group.source,
                state: match (place, figures) {
                    (Some(0), _) => "busy",
                    (Some(_), _) => "waiting",
                    (None, Some(_)) => "done",
                    (None, None) => "new",
                },
                rows: figures.map_or_else(Vec::new, |figures| figures.iter().map(row).collect()),
            }
        });
        let all = self.figures.values().flatten();
        let agree = all.clone().filter(|figure| figure.agrees()).count();
        let count = all.count();
        let summary = if count == 0 {
            "Nothing was measured here yet.".to_owned()
        } else {
            format!(
                "{count} figures measured in this browser; {agree} of them lie where the publication and the number of trials say they should."
            )
        };
        EvidencePage { groups: groups.collect(), busy: !self.queue.is_empty(), full: self.full, summary }
    }

    fn csv(&self) -> String {
        let mut text = "group,what,measured,published,difference,tolerance\n".to_owned();
        for group in HEADINGS {
            for figure in self.figures.get(group.id).into_iter().flatten() {
                let difference = figure.difference();
                text.push_str(&format!(
                    "{},\"{}\",{},{},{difference},{}\n",
                    group.id,
                    figure.what.replace('"', "\"\""),
                    figure.measured,
                    figure.published,
                    figure.within
                ));
            }
        }
        text
    }
}

fn row(figure: &Figure) -> EvidenceRow {
    let difference = figure.difference();
    let words = number(difference);
    let sign = if difference > 0.0 && words != "0" { "+" } else { "" };
    EvidenceRow {
        what: figure.what.clone(),
        measured: number(figure.measured),
        published: number(figure.published),
        difference: format!("{sign}{words}"),
        agrees: figure.agrees(),
        note: figure.note.clone(),
    }
}

/// A number with four digits behind the point where it is small, and fewer where it is large.
fn number(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 1_000.0 => return units::grouped(libm::round(value)),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    };
    let is_zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    if is_zero { "0".to_owned() } else { text.replace('-', "−") }
}
