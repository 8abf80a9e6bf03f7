//! The formulas that a chart has for this run: which, from what, and what they come to. Nothing where the scenario is not what
//! the formula is about; the rules are those of [`netsplit_lab::theory`].

use netsplit_lab::theory::{Prediction, predict};
use netsplit_scenario::Scenario;
use netsplit_sim::setup::Pace;

use super::{Chart, Kinds};
use crate::units;

/// A formula's value in a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// The panel that it is drawn in.
    pub panel: usize,
    /// The value, in the panel's unit.
    pub value: f64,
    /// Its name beside the line.
    pub name: &'static str,
    /// The formula, its inputs and what it comes to.
    pub text: String,
}

/// The formulas of a chart for this scenario.
pub(crate) fn formulas(scenario: &Scenario, chart: Chart, kinds: Kinds) -> Vec<Formula> {
    let all = match chart {
        Chart::Latency => vec![floor(scenario), response(scenario, kinds)],
        Chart::Distribution if kinds != Kinds::Other => vec![floor(scenario)],
        Chart::Throughput if kinds == Kinds::All => vec![offered(scenario)],
        Chart::Availability => vec![delivered(scenario)],
        Chart::Utilisation => vec![load(scenario)],
        Chart::Queue => vec![line(scenario)],
        Chart::Distribution | Chart::Throughput | Chart::Staleness | Chart::Visible | Chart::Traffic => {
            Vec::new()
        }
    };
    all.into_iter().flatten().collect()
}

fn formula(value: f64, name: &'static str, text: String) -> Option<Formula> {
    Some(Formula { panel: 0, value, name, text })
}

fn floor(scenario: &Scenario) -> Option<Formula> {
    let Prediction { value, formula: words, .. } = predict(scenario, "read.p50_ms")?;
    // A client at the node itself has no way to go.
    if value <= 0.0 {
        return None;
    }
    let network = &scenario.network;
    let text = format!(
        "Floor, {}: {words}; shortest way from a client to a node it asks, 200 km per ms, path length × {}, extra delay {} each way.",
        units::ms(value),
        units::three_digits(network.stretch),
        units::span(network.base)
    );
    formula(value, "floor", text)
}

/// The load of the only node, and what it is of: per second, and milliseconds of work.
fn inputs(scenario: &Scenario) -> Option<(f64, String)> {
    let load = predict(scenario, "utilisation.n1")?.value;
    let work = scenario.nodes.first()?.service;
    let per_second = rates(scenario)?;
    let text = format!(
        "{} operations per second × {} of work on each",
        units::three_digits(per_second),
        units::span(work)
    );
    Some((load, text))
}

fn response(scenario: &Scenario, kinds: Kinds) -> Option<Formula> {
    if kinds == Kinds::Other {
        return None;
    }
    let Prediction { value, formula: words, .. } = predict(scenario, "read.mean_ms")?;
    let (load, from) = inputs(scenario)?;
    let queue = queue_name(scenario)?;
    let text = format!(
        "Mean to expect, {}: {words} ({queue}); load {} from {from}.",
        units::ms(value),
        units::percent(load)
    );
    formula(value, "mean to expect", text)
}

fn queue_name(scenario: &Scenario) -> Option<&'static str> {
    Some(if scenario.nodes.first()?.service_varies { "M/M/1" } else { "M/D/1" })
}

fn load(scenario: &Scenario) -> Option<Formula> {
    let (load, from) = inputs(scenario)?;
    let text = format!("Load, {}: {from}.", units::percent(load));
    formula(load * 100.0, "load", text)
}

/// How many wait on average: by Little's law the rate times the mean wait of the same queue.
fn line(scenario: &Scenario) -> Option<Formula> {
    // Where there is no formula for the response there is none for the line.
    predict(scenario, "read.mean_ms")?;
    let (load, from) = inputs(scenario)?;
    let queue = queue_name(scenario)?;
    let (value, words) = if queue == "M/M/1" {
        (load * load / (1.0 - load), "load² / (1 − load)")
    } else {
        (load * load / (2.0 * (1.0 - load)), "load² / (2 (1 − load))")
    };
    let text = format!(
        "Mean to wait, {}: {words} ({queue}); load {} from {from}.",
        units::three_digits(value),
        units::percent(load)
    );
    formula(value, "mean to expect", text)
}

fn delivered(scenario: &Scenario) -> Option<Formula> {
    let Prediction { value, formula: words, .. } = predict(scenario, "availability")?;
    let text = format!(
        "To expect, {}: {words} with a loss of {}.",
        units::percent(value),
        units::percent(scenario.network.loss)
    );
    formula(value * 100.0, "to expect", text)
}

/// Operations per second that the clients ask for, if all of them ask at a rate and nobody changes it.
fn rates(scenario: &Scenario) -> Option<f64> {
    let rate = |client: &netsplit_scenario::model::Client| match client.pace {
        Pace::Open { per_second } if client.operations.is_none() => Some(per_second),
        _ => None,
    };
    let rates: Option<Vec<f64>> = scenario.clients.iter().map(rate).collect();
    let sum: f64 = rates?.iter().sum();
    (sum > 0.0).then_some(sum)
}

fn offered(scenario: &Scenario) -> Option<Formula> {
    if !scenario.script.is_empty() || scenario.partitioning.is_some() {
        return None;
    }
    let rate = rates(scenario)?;
    let text = format!("Asked for, {} per s: the rates of the clients, added up.", units::three_digits(rate));
    formula(rate, "asked for", text)
}
