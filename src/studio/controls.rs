//! The lab's controls as data: every parameter of protocol, network and workload with its label, unit,
//! range and help. Protocol controls come from the protocol's own description; nothing here knows one.

mod workload;

use netsplit_scenario::limits;
use netsplit_scenario::model::{Node, Scenario};
use netsplit_sim::action::Action;
use netsplit_sim::frame::NodeFrame;
use netsplit_sim::protocol::{About, Parameter, Range};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::LinkQuality;
use netsplit_sim::time::Span;

pub use workload::{set_pace, set_workload, workload};

/// A value that a person entered.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Of a slider or a number field.
    Number(f64),
    /// Of a list: the id of the choice.
    Choice(String),
}

/// What a control looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// One of several: id and label of each, and the id of the chosen one.
    Choice {
        /// The choices.
        of: Vec<(String, String)>,
        /// The chosen one.
        chosen: String,
    },
    /// A number.
    Number {
        /// Its value.
        value: f64,
        /// The least that may be entered.
        least: f64,
        /// The most that may be entered.
        most: f64,
        /// The distance of neighbouring values.
        step: f64,
        /// Where the slider ends; larger numbers can be typed.
        reach: f64,
        /// The unit; empty for a pure number.
        unit: &'static str,
    },
}

/// When a change of a control takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// At the playhead, as an action of the script.
    Now,
    /// From the start: the run is replayed to the playhead.
    FromStart,
}

/// A control.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// The stable name, as in scenarios.
    pub name: String,
    /// The label.
    pub title: String,
    /// What it does, in one sentence.
    pub help: String,
    /// What it looks like.
    pub field: Field,
    /// When a change takes effect.
    pub takes: Takes,
}

/// Controls that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// What the values come to; may be empty.
    pub note: String,
    /// The controls.
    pub controls: Vec<Control>,
}

pub(crate) fn number(name: &str, title: &str, help: &str, value: f64, unit: &'static str) -> Control {
    Control {
        name: name.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        field: Field::Number { value, least: 0.0, most: 1e9, step: 1.0, reach: 100.0, unit },
        takes: Takes::Now,
    }
}

fn choice(name: &str, title: &str, help: &str, of: &[(&str, &str)], chosen: &str) -> Control {
    let of = of.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect();
    Control {
        name: name.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        field: Field::Choice { of, chosen: chosen.to_owned() },
        takes: Takes::Now,
    }
}

impl Control {
    pub(crate) fn within(mut self, bounds: (f64, f64), by: f64, to: f64) -> Self {
        if let Field::Number { least, most, step, reach, value, .. } = &mut self.field {
            (*least, *most) = bounds;
            *step = by;
            // A value that was typed beyond the slider's end moves the end. Without a range there is no slider.
            *reach = if to > bounds.0 { to.max(*value) } else { bounds.0 };
        }
        self
    }

    fn needing_replay(mut self) -> Self {
        self.takes = Takes::FromStart;
        self
    }
}

/// The name of a protocol parameter's control: a time has its unit in the name, as in scenarios.
#[must_use]
pub fn parameter_name(parameter: &Parameter) -> String {
    match parameter.range {
        Range::Time { .. } => format!("{}_ms", parameter.id),
        Range::Replicas { .. } | Range::Count { .. } | Range::Choice { .. } => parameter.id.to_owned(),
    }
}

/// A protocol's parameters with the values in force.
#[must_use]
pub fn parameters(about: &About, values: &[u64], nodes: u16) -> Vec<Control> {
    let with_values = about.parameters.iter().zip(values);
    with_values.map(|(parameter, &value)| parameter_control(parameter, value, nodes)).collect()
}

pub(crate) fn parameter_control(parameter: &Parameter, value: u64, nodes: u16) -> Control {
    let (least, most) = parameter.range.bounds(nodes);
    let field = match &parameter.range {
        Range::Replicas { .. } => Field::Number {
            value: value as f64,
            least: least as f64,
            most: most as f64,
            step: 1.0,
            reach: most as f64,
            unit: "",
        },
        Range::Count { .. } => Field::Number {
            value: value as f64,
            least: least as f64,
            most: most as f64,
            step: 1.0,
            // A slider over thousands can't be aimed; larger numbers are typed.
            reach: (most as f64).min((least as f64 + 100.0).max(value as f64)),
            unit: "",
        },
        Range::Time { .. } => Field::Number {
            value: Span(value).as_ms(),
            least: Span(least).as_ms(),
            most: Span(most).as_ms(),
            step: 1.0,
            reach: Span(most).as_ms().min(1_000.0).max(Span(value).as_ms()),
            unit: "ms",
        },
        Range::Choice { of, .. } => Field::Choice {
            of: of.iter().map(|choice| (choice.id.to_owned(), choice.title.to_owned())).collect(),
            chosen: of.get(value as usize).map_or(String::new(), |choice| choice.id.to_owned()),
        },
    };
    Control {
        name: parameter_name(parameter),
        title: parameter.title.to_owned(),
        help: parameter.summary.to_owned(),
        field,
        takes: Takes::Now,
    }
}

/// The kernel's value of an entry for a parameter, brought into its range.
#[must_use]
pub fn parameter_value(parameter: &Parameter, entry: &Entry, nodes: u16) -> Option<u64> {
    let (least, most) = parameter.range.bounds(nodes);
    let value = match (&parameter.range, entry) {
        (Range::Replicas { .. } | Range::Count { .. }, Entry::Number(number)) => (number + 0.5) as u64,
        (Range::Time { .. }, Entry::Number(ms)) => Span::from_ms_f64(*ms).0,
        (Range::Choice { of, .. }, Entry::Choice(id)) => of.iter().position(|choice| choice.id == id)? as u64,
        (Range::Replicas { .. } | Range::Count { .. } | Range::Time { .. }, Entry::Choice(_)) => return None,
        (Range::Choice { .. }, Entry::Number(number)) => *number as u64,
    };
    Some(value.clamp(least, most))
}

/// One way of a store on flash disks at LinkedIn, as Bailis et al. fitted it (VLDB 2012, table 3, LNKD-SSD).
const LINKEDIN: Jitter =
    Jitter::ParetoExponential { share: 0.9122, minimum_ms: 0.235, shape: 10.0, mean_ms: 1.0 / 1.66 };

/// The kinds of jitter: id, label, and the values that one starts with.
const JITTERS: [(&str, &str, Jitter); 6] = [
    ("none", "none", Jitter::NONE),
    ("uniform", "uniform", Jitter::Uniform { low_ms: 0.0, high_ms: 2.0 }),
    ("exponential", "exponential", Jitter::Exponential { mean_ms: 1.0 }),
    ("pareto", "Pareto (heavy tail)", Jitter::Pareto { minimum_ms: 0.5, shape: 1.5 }),
    ("lognormal", "log-normal", Jitter::LogNormal { median_ms: 1.0, sigma: 0.8 }),
    ("pareto-exponential", "measured at LinkedIn (flash)", LINKEDIN),
];

fn jitter_id(jitter: &Jitter) -> &'static str {
    match jitter {
        Jitter::Constant { .. } => "none",
        Jitter::Uniform { .. } => "uniform",
        Jitter::Exponential { .. } => "exponential",
        Jitter::Pareto { .. } => "pareto",
        Jitter::LogNormal { .. } => "lognormal",
        Jitter::ParetoExponential { .. } => "pareto-exponential",
    }
}

/// The controls of the network.
#[must_use]
pub fn network(quality: &LinkQuality) -> Vec<Control> {
    let delay = |name, title, help, value: f64| {
        number(name, title, help, value, "ms").within((0.0, limits::DELAY.as_ms()), 0.1, 50.0)
    };
    let base_least = limits::BASE_LEAST.as_ms();
    let mut controls = vec![
        number(
            "base_ms",
            "Extra delay",
            "Added to every message besides distance: switches and software.",
            quality.base.as_ms(),
            "ms",
        )
        .within((base_least, limits::DELAY.as_ms()), 0.1, 50.0),
        choice(
            "jitter",
            "Jitter",
            "Random delay on top, drawn anew for each message.",
            &JITTERS.map(|(id, title, _)| (id, title)),
            jitter_id(&quality.jitter),
        ),
    ];
    match quality.jitter {
        Jitter::Constant { .. } => {}
        Jitter::Uniform { low_ms, high_ms } => {
            controls.push(delay("jitter_low_ms", "Jitter from", "The least random delay.", low_ms));
            controls.push(delay("jitter_high_ms", "Jitter to", "The most random delay.", high_ms));
        }
        Jitter::Exponential { mean_ms } => {
            let help = "Most delays are shorter than the mean, a few are several times as long.";
            controls.push(delay("jitter_mean_ms", "Mean jitter", help, mean_ms));
        }
        Jitter::Pareto { minimum_ms, shape } => {
            controls.push(delay("jitter_minimum_ms", "Least jitter", "No random delay is less.", minimum_ms));
            controls.push(
                number(
                    "jitter_shape",
                    "Tail",
                    "The smaller, the longer the rare delays; at 1 and below their mean has no bound.",
                    shape,
                    "",
                )
                .within((0.1, limits::SHAPE), 0.1, 5.0),
            );
        }
        Jitter::ParetoExponential { share, minimum_ms, mean_ms, .. } => {
            let rest = "The share of delays that are near the least one; the others are of the tail.";
            controls.push(delay("jitter_minimum_ms", "Least jitter", "No usual delay is less.", minimum_ms));
            controls.push(number("jitter_share", "Usual", rest, round_to(share * 100.0, 1e4), "%").within(
                (0.0, 100.0),
                0.1,
                100.0,
            ));
            controls.push(delay("jitter_mean_ms", "Mean of the tail", "Of the other delays.", mean_ms));
        }
        Jitter::LogNormal { median_ms, sigma } => {
            let help = "Half of the random delays are longer.";
            controls.push(delay("jitter_median_ms", "Median jitter", help, median_ms));
            controls.push(
                number("jitter_sigma", "Spread", "The larger, the longer the rare delays.", sigma, "")
                    .within((0.0, limits::SHAPE), 0.1, 3.0),
            );
        }
    }
    let percent = |name, title, help, share: f64| {
        number(name, title, help, round_to(share * 100.0, 1e4), "%").within((0.0, 100.0), 0.1, 30.0)
    };
    controls.extend([
        percent("loss", "Messages lost", "The share of messages that never arrive.", quality.loss),
        percent(
            "duplicate",
            "Messages doubled",
            "The share of messages that arrive twice.",
            quality.duplicate,
        ),
        percent(
            "reorder",
            "Messages overtaken",
            "The share of messages that are held up for up to 50 ms, so that later ones overtake them.",
            quality.reorder,
        ),
        number(
            "stretch",
            "Path length",
            "Cable length over straight distance; real cables have 1.15 and more.",
            quality.stretch,
            "×",
        )
        .within((1.0, limits::STRETCH), 0.05, 3.0),
        number(
            "bandwidth",
            "Bandwidth",
            "How much a link carries; 0 means that size costs no time.",
            quality.bandwidth as f64 / 1_000.0,
            "kB/s",
        )
        .within((0.0, limits::BANDWIDTH as f64 / 1_000.0), 1.0, 1_000.0),
    ]);
    controls
}

fn round_to(value: f64, per_unit: f64) -> f64 {
    libm::round(value * per_unit) / per_unit
}

/// Puts an entry into a network quality; `false` if the name is none of its controls.
#[must_use]
pub fn set_network(quality: &mut LinkQuality, name: &str, entry: &Entry) -> bool {
    let (number, id) = match entry {
        Entry::Number(number) => (*number, ""),
        Entry::Choice(id) => (0.0, id.as_str()),
    };
    match (name, &mut quality.jitter) {
        ("base_ms", _) => quality.base = Span::from_ms_f64(number).max(limits::BASE_LEAST),
        ("jitter", _) => {
            let Some((_, _, jitter)) = JITTERS.iter().find(|(known, ..)| *known == id) else { return false };
            quality.jitter = *jitter;
        }
        ("jitter_low_ms", Jitter::Uniform { low_ms, high_ms }) => {
            *low_ms = number;
            *high_ms = high_ms.max(number);
        }
        ("jitter_high_ms", Jitter::Uniform { low_ms, high_ms }) => {
            *high_ms = number;
            *low_ms = low_ms.min(number);
        }
        ("jitter_mean_ms", Jitter::Exponential { mean_ms } | Jitter::ParetoExponential { mean_ms, .. }) => {
            *mean_ms = number;
        }
        (
            "jitter_minimum_ms",
            Jitter::Pareto { minimum_ms, .. } | Jitter::ParetoExponential { minimum_ms, .. },
        ) => *minimum_ms = number,
        ("jitter_share", Jitter::ParetoExponential { share, .. }) => *share = number / 100.0,
        ("jitter_shape", Jitter::Pareto { shape, .. }) => *shape = number,
        ("jitter_median_ms", Jitter::LogNormal { median_ms, .. }) => *median_ms = number,
        ("jitter_sigma", Jitter::LogNormal { sigma, .. }) => *sigma = number,
        ("loss", _) => quality.loss = number / 100.0,
        ("duplicate", _) => quality.duplicate = number / 100.0,
        ("reorder", _) => quality.reorder = number / 100.0,
        ("stretch", _) => quality.stretch = number,
        ("bandwidth", _) => {
            let bytes = (number * 1_000.0 + 0.5) as u64;
            quality.bandwidth = if bytes == 0 { 0 } else { bytes.max(limits::BANDWIDTH_LEAST) };
        }
        _ => return false,
    }
    true
}

/// How slow a node is.
#[must_use]
pub fn slowness(times: u32) -> Control {
    number(
        "slow",
        "Slower by",
        "How many times as long its work and its disk take; 1 is normal.",
        f64::from(times),
        "×",
    )
    .within((1.0, f64::from(limits::SLOW)), 1.0, 50.0)
}

/// A node's clock.
#[must_use]
pub fn clock(ahead_ns: i64, drift_ppm: i32) -> Vec<Control> {
    let most_ms = limits::SPAN.as_ms();
    let most_ppm = f64::from(limits::DRIFT_PPM);
    vec![
        number(
            "skew_ms",
            "Ahead by",
            "How far it is ahead of true time now; negative: behind.",
            round_to(ahead_ns as f64 / 1e6, 1e3),
            "ms",
        )
        .within((-most_ms, most_ms), 1.0, -most_ms),
        number(
            "drift_ppm",
            "Drift",
            "How many millionths too fast it runs; negative: too slow. A cheap crystal has 50.",
            f64::from(drift_ppm),
            "ppm",
        )
        .within((-most_ppm, most_ppm), 1.0, -most_ppm),
    ]
}

/// What an entry into a control of a node's own does to it; `None` if the name is none of them.
#[must_use]
pub fn node_action(node: &NodeFrame, name: &str, entry: &Entry) -> Option<Action> {
    let Entry::Number(number) = *entry else { return None };
    let number = if number.is_finite() { number } else { 0.0 };
    let most_ms = limits::SPAN.as_ms();
    match name {
        "slow" => {
            let times = (number + 0.5).clamp(1.0, f64::from(limits::SLOW)) as u32;
            Some(Action::Slow(node.id, times))
        }
        "skew_ms" => {
            let ahead_ns = libm::round(number.clamp(-most_ms, most_ms) * 1e6) as i64;
            Some(Action::SetClock(node.id, ahead_ns, node.clock_drift_ppm))
        }
        "drift_ppm" => {
            let most = f64::from(limits::DRIFT_PPM);
            let drift_ppm = libm::round(number.clamp(-most, most)) as i32;
            Some(Action::SetClock(node.id, node.clock_ahead_ns, drift_ppm))
        }
        _ => None,
    }
}

/// Where a node belongs, in a cluster whose data is split.
#[must_use]
pub fn place(node: &Node, keeps_map: bool) -> Vec<Control> {
    let mut controls = vec![
        number(
            "region",
            "Region",
            "A rack, a data centre or a continent, by number: copies can be spread over regions.",
            f64::from(node.region),
            "",
        )
        .within((0.0, 65_535.0), 1.0, 0.0)
        .needing_replay(),
    ];
    if !keeps_map {
        let of = [("inside", "in the cluster"), ("spare", "standing by")];
        let chosen = if node.spare { "spare" } else { "inside" };
        let help = "Whether it is in the cluster from the start, or waits outside until it joins.";
        controls.push(choice("spare", "At the start", help, &of, chosen).needing_replay());
    }
    controls
}

/// Puts an entry into where a node belongs; `false` if the name is none of its controls.
#[must_use]
pub fn set_place(node: &mut Node, name: &str, entry: &Entry) -> bool {
    match (name, entry) {
        ("region", Entry::Number(number)) => node.region = (number + 0.5).clamp(0.0, 65_535.0) as u16,
        ("spare", Entry::Choice(id)) => node.spare = id == "spare",
        _ => return false,
    }
    true
}

/// The controls of the cluster itself.
#[must_use]
pub fn cluster(scenario: &Scenario) -> Vec<Control> {
    let whole = |name, title, help, value: f64, most: f64, reach: f64| {
        number(name, title, help, value, "").within((1.0, most), 1.0, reach).needing_replay()
    };
    let first = scenario.nodes.first();
    let time = |name, title, help, span: Option<Span>| {
        let value = span.unwrap_or(Span::ZERO).as_ms();
        number(name, title, help, value, "ms")
            .within((0.0, limits::DELAY.as_ms()), 0.1, 20.0)
            .needing_replay()
    };
    vec![
        whole(
            "nodes",
            "Nodes",
            "How many servers hold a copy. New ones stand beside the others: drag them.",
            scenario.nodes.len() as f64,
            limits::NODES as f64,
            9.0,
        ),
        whole(
            "clients",
            "Clients",
            "How many clients read and write.",
            scenario.clients.len() as f64,
            limits::CLIENTS as f64,
            9.0,
        ),
        whole(
            "keys",
            "Keys",
            "How many different things the store holds.",
            f64::from(scenario.keys),
            f64::from(limits::KEYS),
            20.0,
        ),
        time(
            "service_ms",
            "Service time",
            "How long a node works on one message. It does one at a time: the others wait in line.",
            first.map(|node| node.service),
        ),
        time(
            "fsync_ms",
            "Disk flush",
            "How long a node waits for its disk whenever something must survive a crash.",
            first.map(|node| node.fsync),
        ),
        number(
            "seed",
            "Seed",
            "The root of everything random. The same seed gives the same run, on every machine.",
            scenario.seed as f64,
            "",
        )
        .within((0.0, limits::WHOLE as f64), 1.0, 0.0)
        .needing_replay(),
    ]
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::model::Client;
    use netsplit_sim::history::CallKind;
    use netsplit_sim::setup::Pace;

    use super::*;

    #[test]
    fn every_parameter_of_every_protocol_has_a_control_that_takes_its_own_value() {
        for entry in netsplit_protocols::ALL {
            let about = (entry.about)();
            let defaults: Vec<u64> =
                about.parameters.iter().map(|parameter| parameter.range.default_value(3)).collect();
            let controls = parameters(&about, &defaults, 3);
            assert_eq!(controls.len(), about.parameters.len());
            for ((control, parameter), default) in controls.iter().zip(&about.parameters).zip(defaults) {
                let entry = match &control.field {
                    Field::Number { value, .. } => Entry::Number(*value),
                    Field::Choice { chosen, .. } => Entry::Choice(chosen.clone()),
                };
                assert_eq!(parameter_value(parameter, &entry, 3), Some(default), "{}", control.name);
            }
        }
    }

    #[test]
    fn every_network_control_changes_the_network() {
        for (id, _, _) in JITTERS {
            let mut quality = LinkQuality::default();
            assert!(set_network(&mut quality, "jitter", &Entry::Choice(id.to_owned())));
            for control in network(&quality) {
                let Field::Number { value, step, least, most, .. } = control.field else { continue };
                assert!((least..=most).contains(&value), "{}", control.name);
                let mut changed = quality;
                assert!(set_network(&mut changed, &control.name, &Entry::Number(value + step)));
                assert_ne!(changed, quality, "{}", control.name);
            }
        }
        assert!(!set_network(&mut LinkQuality::default(), "acks", &Entry::Number(1.0)));
    }

    #[test]
    fn every_workload_control_is_understood() {
        let nodes = ["n1".to_owned()];
        for pace in [Pace::Silent, Pace::Closed { think: Span::ZERO }, Pace::Open { per_second: 1.0 }] {
            let client = Client { pace, ..Client::new("c1", Default::default()) };
            let (carried_out, refused) = workload(&client, &nodes, &[CallKind::Read], true);
            assert_eq!(refused.len(), 5);
            for control in carried_out.into_iter().chain(refused) {
                let entry = match &control.field {
                    Field::Number { value, .. } => Entry::Number(*value),
                    Field::Choice { chosen, .. } => Entry::Choice(chosen.clone()),
                };
                let mut changed = client.clone();
                let known = set_pace(&mut changed.pace, &control.name, &entry)
                    || set_workload(&mut changed, &control.name, &entry);
                assert!(known, "{}", control.name);
            }
        }
    }
}
