//! The comparison in words and numbers: what differs, what each run kept, and what each cost.

use netsplit_checkers::Verdict;
use netsplit_scenario::Metric;
use netsplit_sim::ids::NodeId;
use netsplit_sim::protocol::About;

use super::charts::{Curves, Dots, curves, dots};
use super::differences::Difference;
use super::presets::Preset;
use super::{Side, Sides};
use crate::panels::{self, Figure, Lamp, Trend};
use crate::stage::Stage;
use crate::studio::{Panel, Studio};
use crate::units;

/// The comparison, ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareScene {
    /// Which run the controls are for.
    pub sides: Sides,
    /// Which run panels and views are of.
    pub shown: Side,
    /// What each run is, such as `A: Quorum, R = 1`.
    pub titles: [String; 2],
    /// Whether both are the same run so far, to the last bit.
    pub same: bool,
    /// What both come to, while it is shown.
    pub table: Option<CompareTable>,
}

/// What both runs come to.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareTable {
    /// What B can be made of.
    pub presets: Vec<Preset>,
    /// What differs.
    pub differs: Vec<Difference>,
    /// What each kept.
    pub verdicts: Vec<VerdictRow>,
    /// What each cost.
    pub figures: Vec<FigureRow>,
    /// Latency over time.
    pub dots: Dots,
    /// How it is spread.
    pub curves: Curves,
}

/// A verdict on both runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictRow {
    /// The checker's name.
    pub name: &'static str,
    /// The label.
    pub title: &'static str,
    /// What it promises.
    pub meaning: &'static str,
    /// On A and on B: `holds`, `broken` or `unknown`.
    pub states: [&'static str; 2],
    /// How B does against A.
    pub trend: Trend,
    /// The same in a word.
    pub word: &'static str,
}

/// A figure of both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureRow {
    /// The stable name.
    pub name: String,
    /// The label.
    pub title: String,
    /// The unit behind the label; empty where the values carry it.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// The raw numbers of A and B; nothing where nothing was measured.
    pub values: [Option<f64>; 2],
    /// They as text.
    pub texts: [String; 2],
    /// B − A, where both were measured.
    pub difference: Option<f64>,
    /// It as text, with its sign.
    pub text: String,
    /// Whether that is better or worse for the clients.
    pub trend: Trend,
    /// The same in a word.
    pub word: &'static str,
    /// Whether it is one of those that stand first.
    pub first: bool,
}

impl Studio {
    /// The comparison, while there is one.
    #[must_use]
    pub fn compare_scene(&mut self) -> Option<CompareScene> {
        if !self.is_comparing() {
            return None;
        }
        let hash = |studio: &mut Self| studio.session.hash();
        let same = self.on_side(Side::A, hash) == self.on_side(Side::B, hash);
        Some(CompareScene {
            sides: self.compare.sides,
            shown: self.compare.shown(),
            titles: self.side_titles(),
            same,
            table: (self.panel == Panel::Compare).then(|| self.compare_table()),
        })
    }

    /// The stage of B, while there is one.
    #[must_use]
    pub fn stage_b(&mut self) -> Option<Stage> {
        self.look_at_b(|studio| studio.stage())
    }

    fn compare_table(&mut self) -> CompareTable {
        let presets = self.on_side(Side::A, |studio| studio.presets());
        let lamps = |studio: &mut Self| {
            let promises = studio.session.promises();
            let verdicts: &[(&'static str, Verdict)] = studio.session.verdicts();
            panels::lamps(verdicts, &promises, None)
        };
        let figures = |studio: &mut Self| {
            let metrics: Vec<Metric> = studio.session.metrics().list().to_vec();
            panels::figures(&metrics, &[])
        };
        let (a, b) = (self.on_side(Side::A, lamps), self.on_side(Side::B, lamps));
        let verdicts = verdict_rows(&a, &b);
        let (a, b) = (self.on_side(Side::A, figures), self.on_side(Side::B, figures));
        CompareTable {
            presets: presets.into_iter().map(|(preset, _)| preset).collect(),
            differs: self.differences(),
            verdicts,
            figures: figure_rows(&a, &b),
            dots: dots(self),
            curves: curves(self),
        }
    }

    /// What each run is, in a few words: its protocol, and those parameters that are not as in the other.
    fn side_titles(&mut self) -> [String; 2] {
        let told = |studio: &mut Self| {
            (studio.session.about().clone(), studio.session.parameters(NodeId(0)), studio.session.group())
        };
        let (a, b) = (self.on_side(Side::A, told), self.on_side(Side::B, told));
        let title = |side: Side, (about, values, nodes): &(About, Vec<u64>, u16), others: &[u64]| {
            let mut text = format!("{}: {}", side.letter(), about.title);
            if a.0.id == b.0.id {
                let controls = crate::controls::parameters(about, values, *nodes);
                let differ =
                    values.iter().zip(others).zip(controls).filter(|((here, there), _)| here != there);
                for (_, control) in differ.take(2) {
                    let (what, value) = super::differences::setting("", &control);
                    let short = what.split(':').next().unwrap_or_default();
                    text.push_str(&format!(", {short} = {value}"));
                }
            }
            text
        };
        [title(Side::A, &a, &b.1), title(Side::B, &b, &a.1)]
    }
}

/// A verdict of each run, side by side.
fn verdict_rows(a: &[Lamp], b: &[Lamp]) -> Vec<VerdictRow> {
    let row = |a: &Lamp| {
        let b = b.iter().find(|lamp| lamp.name == a.name)?;
        let (trend, word) = match (a.state, b.state) {
            (a, b) if a == b => (Trend::Same, "the same"),
            (_, "broken") => (Trend::Worse, "worse"),
            ("broken", "holds") => (Trend::Better, "better"),
            _ => (Trend::Same, "can’t tell"),
        };
        Some(VerdictRow {
            name: a.name,
            title: a.title,
            meaning: a.explanation,
            states: [a.state, b.state],
            trend,
            word,
        })
    };
    a.iter().filter_map(row).collect()
}

/// Figures that stand first here, besides those that do beside the stage.
const FIRST_TOO: [&str; 2] = ["bytes_per_operation", "acknowledged_writes"];

/// A figure of each run, side by side, in the order of A and then those that only B has.
fn figure_rows(a: &[Figure], b: &[Figure]) -> Vec<FigureRow> {
    let find = |all: &[Figure], name: &str| all.iter().find(|figure| figure.name == name).cloned();
    let row = |figure: &Figure| {
        let name = figure.name.clone();
        let both = [find(a, &name), find(b, &name)];
        let values = [0, 1].map(|side: usize| both[side].as_ref().and_then(|figure| figure.whole));
        let texts = [0, 1].map(|side: usize| {
            both[side].as_ref().map_or_else(|| units::NO_SAMPLE.to_owned(), |figure| figure.texts[1].clone())
        });
        let difference = values[0].zip(values[1]).map(|(a, b)| b - a);
        let (trend, word) = judged(&name, difference, values, &texts);
        FigureRow {
            title: figure.title.clone(),
            unit: figure.unit,
            meaning: figure.meaning,
            text: difference.map_or_else(|| units::NO_SAMPLE.to_owned(), |by| signed(by, &texts)),
            difference,
            trend,
            word,
            first: figure.first || FIRST_TOO.contains(&name.as_str()),
            values,
            texts,
            name,
        }
    };
    let only_b = b.iter().filter(|figure| a.iter().all(|known| known.name != figure.name));
    // What neither has measured says nothing about either.
    a.iter().chain(only_b).map(row).filter(|row| row.values != [None, None]).collect()
}

/// A difference with its sign; a share in points of its per cents, because a per cent of a per cent misleads.
fn signed(by: f64, texts: &[String; 2]) -> String {
    let sign = if by > 0.0 { "+" } else { "−" };
    if by == 0.0 {
        "0".to_owned()
    } else if texts.iter().any(|text| text.ends_with('%')) {
        format!("{sign}{} points", units::three_digits(by.abs() * 100.0))
    } else if texts.iter().all(|text| !text.contains('.')) && by == libm::round(by) {
        format!("{sign}{}", units::grouped(by.abs()))
    } else {
        format!("{sign}{}", units::three_digits(by.abs()))
    }
}

/// Whether more of a figure is better for the clients; `None` where that can't be said.
fn more_is_better(name: &str) -> Option<bool> {
    let better = ["availability", "available", "nines", "throughput_per_s", "acknowledged_writes"];
    let worse = [
        "read.",
        "write.",
        "cas.",
        "add.",
        "insert.",
        "remove.",
        "visible",
        "stale_reads",
        "unknown_outcomes",
        "unseen_writes",
        "refused",
        "diverged_keys",
        "siblings",
        "messages_per_operation",
        "bytes_per_operation",
        "downtime",
        "queue",
        "wait",
        "balance",
    ];
    if name.ends_with(".count") || name.ends_with(".share") {
        return None;
    }
    if name.ends_with(".downtime_per_year_s") || name.ends_with(".failures") || name.ends_with(".mttr_ms") {
        return Some(false);
    }
    if name.ends_with(".availability") || better.iter().any(|prefix| name.starts_with(prefix)) {
        return Some(true);
    }
    worse.iter().any(|prefix| name.starts_with(prefix)).then_some(false)
}

/// A difference below this share of the larger value is no difference to talk about.
const SLIGHT: f64 = 0.02;

fn judged(
    name: &str,
    difference: Option<f64>,
    values: [Option<f64>; 2],
    texts: &[String; 2],
) -> (Trend, &'static str) {
    let most = values.into_iter().flatten().fold(0.0, |most: f64, value| most.max(value.abs()));
    // Of a share the last per mille may be what matters.
    let slight = |by: f64| by.abs() <= most * SLIGHT && !texts.iter().any(|text| text.ends_with('%'));
    match (difference, more_is_better(name)) {
        (None, _) => (Trend::Same, ""),
        (Some(0.0), _) => (Trend::Same, "the same"),
        (Some(by), Some(_)) if slight(by) => (Trend::Same, "about the same"),
        (Some(by), None) => (Trend::Same, if by > 0.0 { "more" } else { "less" }),
        (Some(by), Some(better)) if (by > 0.0) == better => (Trend::Better, "better"),
        _ => (Trend::Worse, "worse"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_which_way_is_better() {
        let told = |name: &str, a: f64, b: f64, unit: &str| {
            let texts = [a, b].map(|value| format!("{value}{unit}"));
            judged(name, Some(b - a), [Some(a), Some(b)], &texts).1
        };
        let way = |name: &str, by: f64| told(name, 1.0, 1.0 + by, "");
        assert_eq!(way("read.p50_ms", 2.0), "worse");
        assert_eq!(way("read.p50_ms", -2.0), "better");
        assert_eq!(way("availability", -0.1), "worse");
        assert_eq!(way("read.availability", 0.1), "better");
        assert_eq!(way("availability_by_time.mttr_ms", 1.0), "worse");
        assert_eq!(way("read.count", 3.0), "more");
        assert_eq!(way("stale_reads", 0.0), "the same");
        assert_eq!(told("read.p50_ms", 11.4, 11.3, ""), "about the same");
        assert_eq!(told("availability", 0.999, 0.99, " %"), "worse");
        let texts = ["1".to_owned(), "–".to_owned()];
        assert_eq!(judged("read.p50_ms", None, [Some(1.0), None], &texts).1, "");
    }

    #[test]
    fn a_share_differs_by_points() {
        let texts = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        assert_eq!(signed(0.044, &texts("1 %", "5.4 %")), "+4.40 points");
        assert_eq!(signed(-2.5, &texts("10", "7.5")), "−2.50");
        assert_eq!(signed(0.0, &texts("1", "1")), "0");
        assert_eq!(signed(1_200.0, &texts("51", "1,251")), "+1,200");
    }
}
