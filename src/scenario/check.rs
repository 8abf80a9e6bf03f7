//! Collects what is wrong with a scenario: names that nobody has, numbers out of their range.
//!
//! Fields are named as in the text form, so that a problem of a text can be given its line.

use std::collections::BTreeMap;

use netsplit_sim::ids::{ClientId, NodeId, Site};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{KeyPick, Pace, Position};
use netsplit_sim::time::Span;

use crate::limits;
use crate::model::{Overrides, Scenario};
use crate::problem::{PROBLEMS, Problem, one_of};

/// The names of a scenario's sites.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sites {
    by_name: BTreeMap<String, Site>,
    nodes: Vec<String>,
    clients: Vec<String>,
}

impl Sites {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let nodes: Vec<String> = scenario.nodes.iter().map(|node| node.name.clone()).collect();
        let clients: Vec<String> = scenario.clients.iter().map(|client| client.name.clone()).collect();
        let mut by_name = BTreeMap::new();
        // Counts are checked first, so an index fits into 15 bits.
        for (index, name) in nodes.iter().enumerate() {
            by_name.entry(name.clone()).or_insert(Site::from(NodeId(index as u16)));
        }
        for (index, name) in clients.iter().enumerate() {
            by_name.entry(name.clone()).or_insert(Site::from(ClientId(index as u16)));
        }
        Self { by_name, nodes, clients }
    }

    pub(crate) fn find(&self, name: &str) -> Option<Site> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn name(&self, site: Site) -> Option<&str> {
        match (site.node(), site.client()) {
            (Some(node), _) => self.nodes.get(node.index()).map(String::as_str),
            (_, Some(client)) => self.clients.get(client.index()).map(String::as_str),
            _ => None,
        }
    }
}

/// A growing list of problems, and the names to look up.
pub(crate) struct Check {
    pub(crate) sites: Sites,
    pub(crate) problems: Vec<Problem>,
}

impl Check {
    pub(crate) fn new(sites: Sites) -> Self {
        Self { sites, problems: Vec::new() }
    }

    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(Problem::at(field, message));
        }
    }

    pub(crate) fn node(&mut self, field: &str, name: &str) -> Option<NodeId> {
        let found = self.sites.find(name).and_then(Site::node);
        if found.is_none() {
            let names = one_of(self.sites.nodes.iter().map(String::as_str));
            self.add(field, format!("expected the name of a node, {names}, and found {name:?}"));
        }
        found
    }

    pub(crate) fn client(&mut self, field: &str, name: &str) -> Option<ClientId> {
        let found = self.sites.find(name).and_then(Site::client);
        if found.is_none() {
            let names = one_of(self.sites.clients.iter().map(String::as_str));
            self.add(field, format!("expected the name of a client, {names}, and found {name:?}"));
        }
        found
    }

    pub(crate) fn site(&mut self, field: &str, name: &str) -> Option<Site> {
        let found = self.sites.find(name);
        if found.is_none() {
            let names = one_of(self.sites.nodes.iter().chain(&self.sites.clients).map(String::as_str));
            self.add(field, format!("expected the name of a node or client, {names}, and found {name:?}"));
        }
        found
    }

    /// A key, by its index; people count from 1.
    pub(crate) fn key(&mut self, field: &str, key: u32, keys: u32) {
        if key >= keys {
            let found = key.wrapping_add(1);
            self.add(field, format!("expected a key from 1 to {keys} and found {found}"));
        }
    }

    /// Different nodes.
    pub(crate) fn owners(&mut self, field: &str, names: &[String]) -> Vec<NodeId> {
        let mut owners = Vec::new();
        if names.len() > limits::NODES {
            let (most, found) = (limits::NODES, names.len());
            self.add(field, format!("expected at most {most} and found {found}"));
            return owners;
        }
        for name in names {
            let Some(node) = self.node(field, name) else { continue };
            if owners.contains(&node) {
                self.add(field, format!("{name} is named twice"));
            } else {
                owners.push(node);
            }
        }
        owners
    }

    /// Two different sites.
    pub(crate) fn pair(&mut self, field: &str, a: &str, b: &str) -> Option<(Site, Site)> {
        let (a, b) = (self.site(field, a), self.site(field, b));
        let pair = a.zip(b);
        if let Some((a, b)) = pair
            && a == b
        {
            self.add(field, "a link has two different ends");
            return None;
        }
        pair
    }

    pub(crate) fn number(&mut self, field: &str, value: f64, least: f64, most: f64) {
        // A value that is not a number fails every comparison.
        if !(least <= value && value <= most) {
            self.add(field, format!("expected a number from {least} to {most} and found {value}"));
        }
    }

    pub(crate) fn whole(&mut self, field: &str, value: u64, least: u64, most: u64) {
        if !(least..=most).contains(&value) {
            self.add(field, format!("expected a whole number from {least} to {most} and found {value}"));
        }
    }

    /// The same for a number that may be negative, within `most` on both sides of zero.
    pub(crate) fn signed(&mut self, field: &str, value: i64, most: i64) {
        if !(-most..=most).contains(&value) {
            self.add(field, format!("expected a whole number from -{most} to {most} and found {value}"));
        }
    }

    pub(crate) fn clock(&mut self, skew_field: &str, ahead_ns: i64, drift_field: &str, drift_ppm: i32) {
        if Span(ahead_ns.unsigned_abs()) > limits::SPAN {
            let most = limits::SPAN.as_ms();
            self.add(skew_field, format!("expected from -{most} to {most} milliseconds"));
        }
        self.signed(drift_field, drift_ppm.into(), limits::DRIFT_PPM.into());
    }

    pub(crate) fn span(&mut self, field: &str, span: Span, least: Span, most: Span) {
        if !(least..=most).contains(&span) {
            let (least, most, found) = (least.as_ms(), most.as_ms(), span.as_ms());
            self.add(field, format!("expected from {least} to {most} milliseconds and found {found}"));
        }
    }

    pub(crate) fn characters(&mut self, field: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(field, format!("expected at most {most} characters and found {count}"));
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.add(field, "expected text without control characters");
        }
    }

    pub(crate) fn name(&mut self, field: &str, name: &str) {
        let mut characters = name.chars();
        let starts = characters.next().is_some_and(|c| c.is_ascii_lowercase());
        let goes_on = characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !starts || !goes_on || name.len() > limits::NAME {
            let most = limits::NAME;
            self.add(
                field,
                format!(
                    "expected a name of at most {most} lower-case letters, digits and hyphens that starts \
                     with a letter, and found {name:?}"
                ),
            );
        } else if matches!(name, "nearest" | "round-robin") {
            self.add(field, format!("{name} is a word for a client's home and can't be a name"));
        }
    }

    pub(crate) fn position(&mut self, field: &str, position: Position) {
        for (axis, km) in [("x_km", position.x_km), ("y_km", position.y_km)] {
            self.signed(&format!("{field}.{axis}"), km.into(), limits::KM.into());
        }
    }

    pub(crate) fn quality(&mut self, field: &str, quality: &Overrides) {
        let at = |name: &str| format!("{field}.{name}");
        if let Some(stretch) = quality.stretch {
            self.number(&at("stretch"), stretch, 1.0, limits::STRETCH);
        }
        if let Some(base) = quality.base {
            self.span(&at("base_ms"), base, limits::BASE_LEAST, limits::DELAY);
        }
        if let Some(jitter) = quality.jitter {
            self.jitter(&at("jitter"), jitter);
        }
        if let Some(loss) = quality.loss {
            self.number(&at("loss"), loss, 0.0, 1.0);
        }
        if let Some(duplicate) = quality.duplicate {
            self.number(&at("duplicate"), duplicate, 0.0, 1.0);
        }
        if let Some(reorder) = quality.reorder {
            self.number(&at("reorder"), reorder, 0.0, 1.0);
        }
        if let Some(bandwidth) = quality.bandwidth
            && bandwidth != 0
            && !(limits::BANDWIDTH_LEAST..=limits::BANDWIDTH).contains(&bandwidth)
        {
            self.add(
                at("bandwidth_mbps"),
                "expected 0 for no limit, or from 0.001 to 1000000 megabits a second",
            );
        }
    }

    fn jitter(&mut self, field: &str, jitter: Jitter) {
        let most = limits::DELAY.as_ms();
        let mut numbers = |list: &[(&str, f64, f64, f64)]| {
            for &(name, value, least, most) in list {
                self.number(&format!("{field}.{name}"), value, least, most);
            }
        };
        match jitter {
            Jitter::Constant { ms } => numbers(&[("ms", ms, 0.0, most)]),
            Jitter::Uniform { low_ms, high_ms } => {
                numbers(&[("low_ms", low_ms, 0.0, most), ("high_ms", high_ms, 0.0, most)]);
                if low_ms > high_ms {
                    self.add(format!("{field}.low_ms"), "expected no more than high_ms");
                }
            }
            Jitter::Exponential { mean_ms } => numbers(&[("mean_ms", mean_ms, 0.0, most)]),
            Jitter::Pareto { minimum_ms, shape } => {
                numbers(&[("minimum_ms", minimum_ms, 0.0, most), ("shape", shape, 0.1, limits::SHAPE)]);
            }
            Jitter::ParetoExponential { share, minimum_ms, shape, mean_ms } => numbers(&[
                ("share", share, 0.0, 1.0),
                ("minimum_ms", minimum_ms, 0.0, most),
                ("shape", shape, 0.1, limits::SHAPE),
                ("mean_ms", mean_ms, 0.0, most),
            ]),
            Jitter::LogNormal { median_ms, sigma } => {
                numbers(&[("median_ms", median_ms, 0.0, most), ("sigma", sigma, 0.0, limits::SHAPE)]);
            }
        }
    }

    pub(crate) fn pace(&mut self, field: &str, pace: Pace) {
        match pace {
            Pace::Silent => {}
            Pace::Closed { think } => {
                self.span(&format!("{field}.think_ms"), think, Span::ZERO, limits::SPAN);
            }
            Pace::Open { per_second } => {
                self.number(&format!("{field}.per_second"), per_second, 0.0, limits::RATE);
            }
            Pace::Job { accesses, compute } => {
                self.whole(&format!("{field}.accesses"), accesses.into(), 1, limits::ACCESSES.into());
                self.span(&format!("{field}.compute_ms"), compute, Span::ZERO, limits::SPAN);
            }
        }
    }

    pub(crate) fn keys(&mut self, field: &str, keys: KeyPick) {
        let at = |name: &str| format!("{field}.keys.{name}");
        match keys {
            KeyPick::Uniform | KeyPick::Sequential => {}
            KeyPick::Zipf { exponent } => {
                self.number(&format!("{field}.zipf"), exponent, 0.0, limits::SHAPE);
            }
            KeyPick::Tenants { tenants, exponent } => {
                self.whole(&at("tenants"), tenants.into(), 1, limits::KEYS.into());
                self.number(&at("exponent"), exponent, 0.0, limits::SHAPE);
            }
            KeyPick::Growing { tenants, doubling } => {
                self.whole(&at("tenants"), tenants.into(), 1, limits::KEYS.into());
                self.span(&at("doubling_ms"), doubling, Span::from_ms(1), Span(limits::TIME.0));
            }
        }
    }
}
