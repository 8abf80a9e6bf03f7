//! What a sweep can turn: one number of a scenario, by name, with its bounds.
//!
//! The names are those of the scenario's text where it has one (`acks`, `base_ms`, `per_second`); a parameter of the
//! partitioning has `split.` before it. A knob that is about all nodes or all clients sets all of them alike.

use netsplit_protocols::partitioning;
use netsplit_scenario::limits;
use netsplit_scenario::model::Scenario;
use netsplit_sim::protocol::{Parameter, Range};
use netsplit_sim::setup::{KeyPick, Pace};
use netsplit_sim::time::Span;

/// The most steps of a range of values; a sweep takes fewer anyway.
const VALUES_OF_A_RANGE: u32 = 1_000;

/// What can be turned in a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// The stable name, such as `acks` or `split.virtual_nodes`.
    pub id: String,
    /// The label.
    pub title: String,
    /// The unit of its values; empty for a plain number or a choice.
    pub unit: &'static str,
    /// The least value and the most.
    pub bounds: (f64, f64),
    /// Whether only whole numbers mean something.
    pub whole: bool,
    /// The names of the values 0, 1, …; empty unless it is a choice.
    pub choices: Vec<String>,
    /// The value in the scenario that it was made for.
    pub now: f64,
}

impl Knob {
    fn number(id: &str, title: &str, unit: &'static str, bounds: (f64, f64), now: f64) -> Self {
        let (id, title) = (id.to_owned(), title.to_owned());
        Self { id, title, unit, bounds, whole: false, choices: Vec::new(), now }
    }

    fn count(id: &str, title: &str, bounds: (f64, f64), now: f64) -> Self {
        Self { whole: true, ..Self::number(id, title, "", bounds, now) }
    }

    /// A value in words: its number, or the name of its choice.
    #[must_use]
    pub fn value_text(&self, value: f64) -> String {
        let choice = self.choices.get(value as usize).filter(|_| value >= 0.0);
        choice.cloned().unwrap_or_else(|| format!("{value}"))
    }

    /// Reads a value as a person writes it: a number, or the name of a choice.
    ///
    /// # Errors
    /// What was expected, in words.
    pub fn read(&self, text: &str) -> Result<f64, String> {
        let text = text.trim();
        if let Some(index) = self.choices.iter().position(|choice| choice == text) {
            return Ok(index as f64);
        }
        let (least, most) = self.bounds;
        let expected = || {
            if self.choices.is_empty() {
                let kind = if self.whole { "a whole number" } else { "a number" };
                format!("{}: expected {kind} from {least} to {most} and found {text:?}", self.id)
            } else {
                format!("{}: expected one of {} and found {text:?}", self.id, self.choices.join(", "))
            }
        };
        let value: f64 = text.parse().map_err(|_| expected())?;
        let fits = (least..=most).contains(&value) && (!self.whole || value.fract() == 0.0);
        if fits { Ok(value) } else { Err(expected()) }
    }
}

impl Knob {
    /// Reads several values as a person writes them: `0, 1, 5`, or `1..9` for all whole numbers from 1 to 9, or `0..10 by 2.5`.
    ///
    /// # Errors
    /// What was expected, in words.
    pub fn read_list(&self, text: &str) -> Result<Vec<f64>, String> {
        let mut values = Vec::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            let Some((first, rest)) = part.split_once("..") else {
                values.push(self.read(part)?);
                continue;
            };
            let (last, step) = rest.split_once("by").unwrap_or((rest, "1"));
            let (first, last) = (self.read(first)?, self.read(last)?);
            let step = step.trim().parse::<f64>().ok().filter(|step| step.is_finite() && *step > 0.0);
            let step = step.ok_or_else(|| format!("{}: expected a step above 0 behind `by`", self.id))?;
            for place in 0..=VALUES_OF_A_RANGE {
                let value = first + f64::from(place) * step;
                // Steps such as 0.1 do not add up to the last digit.
                if value > last + step * 1e-9 {
                    break;
                }
                let value = libm::round(value * 1e9) / 1e9;
                values.push(self.read(&value.to_string())?);
            }
        }
        if values.is_empty() {
            Err(format!("{}: expected values such as 0, 1, 5 or 1..9", self.id))
        } else {
            Ok(values)
        }
    }

    /// Values that are worth a look to begin with, as a person would write them.
    #[must_use]
    pub fn suggestion(&self) -> String {
        let (least, most) = self.bounds;
        let list = |values: Vec<f64>| {
            let words: Vec<String> = values.iter().map(|value| self.value_text(*value)).collect();
            words.join(", ")
        };
        if !self.choices.is_empty() {
            return self.choices.join(", ");
        }
        if self.unit == "share" {
            return if self.id == "loss" {
                "0, 0.01, 0.05, 0.1, 0.2".to_owned()
            } else {
                "0..1 by 0.25".to_owned()
            };
        }
        if self.id == "zipf" {
            return "0..1.5 by 0.5".to_owned();
        }
        if self.whole && most - least <= 8.0 {
            return format!("{least}..{most}");
        }
        let now = if self.now > 0.0 { self.now } else { 1.0 };
        let mut values: Vec<f64> =
            [0.5, 1.0, 2.0, 4.0, 8.0].iter().map(|times| (now * times).clamp(least, most)).collect();
        if self.whole {
            values.iter_mut().for_each(|value| *value = libm::ceil(*value));
        }
        values.dedup();
        list(values)
    }
}

/// Everything that can be turned in a scenario, in the order of display.
#[must_use]
pub fn knobs(scenario: &Scenario) -> Vec<Knob> {
    let mut knobs = Vec::new();
    let group = scenario.group();
    for parameter in protocol_parameters(scenario) {
        let value = scenario.protocol.parameters.get(parameter.id);
        knobs.push(of_parameter("", &parameter, group, value));
    }
    if let Some(split) = &scenario.partitioning {
        let all = scenario.nodes.len() as u16;
        for parameter in split_parameters(scenario) {
            knobs.push(of_parameter("split.", &parameter, all, split.parameters.get(parameter.id)));
        }
    }
    let network = &scenario.network;
    let delay = (limits::BASE_LEAST.as_ms(), limits::DELAY.as_ms());
    knobs.extend([
        Knob::number("base_ms", "Extra delay", "ms", delay, network.base.as_ms()),
        Knob::number("loss", "Messages lost", "share", (0.0, 1.0), network.loss),
        Knob::number("distances", "Distances", "times", (0.0, 100.0), 1.0),
        Knob::count("nodes", "Nodes", (1.0, limits::NODES as f64), scenario.nodes.len() as f64),
        Knob::count("keys", "Keys", (1.0, f64::from(limits::KEYS)), f64::from(scenario.keys)),
    ]);
    if let Some(node) = scenario.nodes.first() {
        let work = (0.0, limits::DELAY.as_ms());
        knobs.push(Knob::number("service_ms", "Work on a message", "ms", work, node.service.as_ms()));
        knobs.push(Knob::number("fsync_ms", "Disk", "ms", work, node.fsync.as_ms()));
    }
    knobs.extend(of_clients(scenario));
    knobs
}

fn of_clients(scenario: &Scenario) -> Vec<Knob> {
    let mut knobs = Vec::new();
    let clients = &scenario.clients;
    let open = clients.iter().find_map(|client| match client.pace {
        Pace::Open { per_second } => Some(per_second),
        _ => None,
    });
    let closed = clients.iter().find_map(|client| match client.pace {
        Pace::Closed { think } => Some(think),
        _ => None,
    });
    if let Some(rate) = open {
        let title = "Operations a client asks for";
        knobs.push(Knob::number("per_second", title, "per s", (0.0, limits::RATE), rate));
    }
    if let Some(think) = closed {
        let bounds = (0.0, limits::SPAN.as_ms());
        knobs.push(Knob::number(
            "think_ms",
            "A client waits between operations",
            "ms",
            bounds,
            think.as_ms(),
        ));
    }
    let Some(first) = clients.first() else { return knobs };
    knobs.push(Knob::count("clients", "Clients", (1.0, limits::CLIENTS as f64), clients.len() as f64));
    if first.mix.read > 0 || first.mix.write > 0 {
        let all = f64::from(first.mix.read) + f64::from(first.mix.write);
        let share = f64::from(first.mix.read) / all;
        knobs.push(Knob::number("read_share", "Reads among reads and writes", "share", (0.0, 1.0), share));
    }
    let zipf = match first.keys {
        KeyPick::Zipf { exponent } => exponent,
        _ => 0.0,
    };
    knobs.push(Knob::number("zipf", "Favourite keys (Zipf)", "", (0.0, limits::SHAPE), zipf));
    if open.is_some() {
        let most = f64::from(limits::BATCH);
        knobs.push(Knob::count("batch", "Operations sent together", (1.0, most), f64::from(first.batch)));
    }
    let patience = (limits::TIMEOUT_LEAST.as_ms(), limits::SPAN.as_ms());
    knobs.push(Knob::number(
        "client_timeout_ms",
        "A client waits for an answer",
        "ms",
        patience,
        first.timeout.as_ms(),
    ));
    knobs
}

fn protocol_parameters(scenario: &Scenario) -> Vec<Parameter> {
    netsplit_protocols::find(&scenario.protocol.name)
        .map_or_else(Vec::new, |entry| (entry.about)().parameters)
}

fn split_parameters(scenario: &Scenario) -> Vec<Parameter> {
    let scheme = scenario.partitioning.as_ref().and_then(|split| partitioning::find(&split.scheme));
    let own = scheme.map_or_else(Vec::new, |scheme| (scheme.about)().parameters);
    [partitioning::layout::parameters(), own].concat()
}

fn of_parameter(
    prefix: &str,
    parameter: &Parameter,
    nodes: u16,
    value: Option<&netsplit_scenario::model::ParameterValue>,
) -> Knob {
    use netsplit_scenario::model::ParameterValue as Given;
    let (least, most) = parameter.range.bounds(nodes);
    let choices = match &parameter.range {
        Range::Choice { of, .. } => of.iter().map(|choice| choice.id.to_owned()).collect(),
        _ => Vec::new(),
    };
    let raw = match value {
        None => parameter.range.default_value(nodes),
        Some(Given::Count(count)) => *count,
        Some(Given::Time(span)) => span.0,
        Some(Given::Choice(id)) => choices.iter().position(|choice| choice == id).unwrap_or(0) as u64,
    };
    let is_time = matches!(parameter.range, Range::Time { .. });
    let scale = |raw: u64| if is_time { Span(raw).as_ms() } else { raw as f64 };
    Knob {
        id: format!("{prefix}{}{}", parameter.id, if is_time { "_ms" } else { "" }),
        title: parameter.title.to_owned(),
        unit: if is_time { "ms" } else { "" },
        bounds: (scale(least), scale(most)),
        whole: !is_time,
        choices,
        now: scale(raw),
    }
}

/// Sets a knob of a scenario. What is out of its bounds is brought into them.
///
/// # Errors
/// If the scenario has no knob of that name, with those that it has.
pub fn turn(scenario: &mut Scenario, id: &str, value: f64) -> Result<(), String> {
    let all = knobs(scenario);
    let Some(knob) = all.iter().find(|knob| knob.id == id) else {
        let names: Vec<&str> = all.iter().map(|knob| knob.id.as_str()).collect();
        return Err(format!("there is nothing called {id:?} to turn here; there are {}", names.join(", ")));
    };
    let (least, most) = knob.bounds;
    let value = value.clamp(least, most);
    let span = Span::from_ms_f64(value);
    match id {
        "base_ms" => scenario.network.base = span,
        "loss" => scenario.network.loss = value,
        "distances" => spread(scenario, value),
        "nodes" => scenario.resize_nodes(value as usize),
        "keys" => scenario.resize_keys(value as u32),
        "clients" => scenario.resize_clients(value as usize),
        "service_ms" => scenario.nodes.iter_mut().for_each(|node| node.service = span),
        "fsync_ms" => scenario.nodes.iter_mut().for_each(|node| node.fsync = span),
        "client_timeout_ms" => scenario.clients.iter_mut().for_each(|client| client.timeout = span),
        "batch" => scenario.clients.iter_mut().for_each(|client| client.batch = value as u16),
        "per_second" => {
            for client in &mut scenario.clients {
                if let Pace::Open { per_second } = &mut client.pace {
                    *per_second = value;
                }
            }
        }
        "think_ms" => {
            for client in &mut scenario.clients {
                if let Pace::Closed { think } = &mut client.pace {
                    *think = span;
                }
            }
        }
        "read_share" => {
            for client in &mut scenario.clients {
                let reads = (value * 1_000.0 + 0.5) as u16;
                (client.mix.read, client.mix.write) = (reads, 1_000 - reads);
            }
        }
        "zipf" => {
            for client in &mut scenario.clients {
                client.keys = if value == 0.0 { KeyPick::Uniform } else { KeyPick::Zipf { exponent: value } };
            }
        }
        _ => turn_parameter(scenario, id, value),
    }
    Ok(())
}

fn turn_parameter(scenario: &mut Scenario, id: &str, value: f64) {
    let raw = |parameter: &Parameter| match parameter.range {
        Range::Time { .. } => Span::from_ms_f64(value).0,
        _ => value as u64,
    };
    let plain = |id: &str, parameter: &Parameter| {
        let is_time = matches!(parameter.range, Range::Time { .. });
        if is_time { id.strip_suffix("_ms") == Some(parameter.id) } else { id == parameter.id }
    };
    if let Some(id) = id.strip_prefix("split.") {
        let parameter = split_parameters(scenario).into_iter().find(|parameter| plain(id, parameter));
        let nodes = scenario.nodes.len() as u16;
        if let (Some(parameter), Some(split)) = (parameter, &mut scenario.partitioning) {
            split.set(&parameter, raw(&parameter), nodes);
        }
        scenario.clamp_counts();
    } else {
        let group = scenario.group();
        let parameter = protocol_parameters(scenario).into_iter().find(|parameter| plain(id, parameter));
        if let Some(parameter) = parameter {
            scenario.protocol.set(&parameter, raw(&parameter), group);
        }
    }
}

/// Puts every site so many times as far from the middle of the nodes.
fn spread(scenario: &mut Scenario, times: f64) {
    let count = scenario.nodes.len().max(1) as f64;
    let middle = |axis: fn(&netsplit_sim::setup::Position) -> i32| {
        scenario.nodes.iter().map(|node| f64::from(axis(&node.position))).sum::<f64>() / count
    };
    let (x, y) = (middle(|p| p.x_km), middle(|p| p.y_km));
    let far = f64::from(limits::KM);
    let from = |middle: f64, km: i32| (middle + (f64::from(km) - middle) * times).clamp(-far, far) as i32;
    let nodes = scenario.nodes.iter_mut().map(|node| &mut node.position);
    for place in nodes.chain(scenario.clients.iter_mut().map(|client| &mut client.position)) {
        (place.x_km, place.y_km) = (from(x, place.x_km), from(y, place.y_km));
    }
}

#[cfg(test)]
mod tests {
    use netsplit_scenario::build;
    use netsplit_scenario::model::{Partitioning, ProtocolChoice};

    use super::*;

    fn all_scenarios() -> Vec<Scenario> {
        let mut scenarios = Vec::new();
        for entry in netsplit_protocols::ALL {
            for split in [None, Some(Partitioning::new("ring"))] {
                let id = (entry.about)().id.to_owned();
                let protocol = ProtocolChoice { name: id, parameters: Default::default() };
                let mut scenario =
                    Scenario { protocol, partitioning: split, keys: 20, ..Scenario::default() };
                let mut open = scenario.clients[0].clone();
                (open.name, open.pace) = ("c2".to_owned(), Pace::Open { per_second: 5.0 });
                scenario.clients.push(open);
                scenarios.push(scenario);
            }
        }
        scenarios
    }

    #[test]
    fn every_knob_of_every_protocol_reaches_both_of_its_ends_and_says_so() {
        for scenario in all_scenarios() {
            let all = knobs(&scenario);
            for (place, knob) in all.iter().enumerate() {
                assert!(all[..place].iter().all(|other| other.id != knob.id), "{} is there twice", knob.id);
                for value in [knob.bounds.0, knob.bounds.1] {
                    let mut turned = scenario.clone();
                    turn(&mut turned, &knob.id, value).expect("the knob is there");
                    if knob.id == "distances" {
                        assert_ne!(turned, scenario, "{}", knob.id);
                        continue;
                    }
                    let now = knobs(&turned).into_iter().find(|other| other.id == knob.id);
                    let now = now.expect("the knob stays");
                    assert_eq!(now.now, value, "{} of {}", knob.id, scenario.protocol.name);
                    // Parameters may contradict each other; the numbers themselves never do.
                    if build(&turned).is_err() {
                        assert!(
                            protocol_parameters(&scenario).iter().any(|p| knob.id.starts_with(p.id)),
                            "{}",
                            knob.id
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn lists_and_ranges_of_values() {
        let scenario = Scenario::default();
        let knob = |id: &str| knobs(&scenario).into_iter().find(|knob| knob.id == id).expect("it is there");
        assert_eq!(knob("acks").read_list("0..2"), Ok(vec![0.0, 1.0, 2.0]));
        assert_eq!(knob("loss").read_list("0..0.3 by 0.1, 0.5"), Ok(vec![0.0, 0.1, 0.2, 0.3, 0.5]));
        assert_eq!(knob("reads").read_list("any").map(|values| values.len()), Ok(1));
        assert!(knob("loss").read_list("0..1 by 0").unwrap_err().contains("a step above 0"));
        assert!(knob("loss").read_list(" , ").unwrap_err().contains("such as 0, 1, 5"));
        assert!(knob("acks").read_list("0..9").unwrap_err().contains("from 0 to 2"));
        for scenario in all_scenarios() {
            for knob in knobs(&scenario) {
                let suggested = knob.read_list(&knob.suggestion());
                assert!(
                    suggested.is_ok_and(|values| !values.is_empty()),
                    "{}: {}",
                    knob.id,
                    knob.suggestion()
                );
            }
        }
    }

    #[test]
    fn a_value_is_read_as_it_is_shown() {
        let scenario = Scenario::default();
        for knob in knobs(&scenario) {
            assert_eq!(knob.read(&knob.value_text(knob.now)), Ok(knob.now), "{}", knob.id);
            assert!(knob.read("x").unwrap_err().starts_with(&knob.id));
        }
        let acks = knobs(&scenario).into_iter().find(|knob| knob.id == "acks").expect("it is there");
        assert_eq!(acks.read("3").unwrap_err(), "acks: expected a whole number from 0 to 2 and found \"3\"");
        assert_eq!(
            acks.read("0.5").unwrap_err(),
            "acks: expected a whole number from 0 to 2 and found \"0.5\""
        );
        let nothing = turn(&mut Scenario::default(), "nothing", 1.0).unwrap_err();
        assert!(nothing.contains("acks") && nothing.contains("base_ms"), "{nothing}");
    }
}
