//! From names to what the kernel runs: the one door through which a scenario becomes a run.
//!
//! [`build`] checks everything, so nothing behind it can fail: a scenario either gives a complete
//! [`Built`] or a list of sentences.

pub(crate) mod split;

use netsplit_protocols::Entry;
use netsplit_protocols::partitioning::Layout;
use netsplit_sim::action::Action;
use netsplit_sim::history::CallKind;
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{About, Parameter, Range};
use netsplit_sim::setup::{ClientSetup, Home as SimHome, LinkSetup, Mix, NodeSetup, Setup};
use netsplit_sim::time::{Span, Time};

use crate::check::{Check, Sites};
use crate::limits;
use crate::model::{Home, Overrides, ParameterValue, Parameters, Scenario};
use crate::problem::{Problem, one_of};
use crate::script::Standing;

/// A valid scenario in the kernel's terms.
pub struct Built {
    /// Nodes, clients, network and seed.
    pub setup: Setup,
    /// The protocol's parameters in its order.
    pub parameters: Vec<u64>,
    /// How the data is split at the start; `None`: every node holds all of it.
    pub layout: Option<Layout>,
    /// How many nodes a group of replicas has: as many as a shard has copies, or all.
    pub group: u16,
    /// The script. A step can be more than one action.
    pub script: Vec<Timed>,
    /// The protocol.
    pub entry: &'static Entry,
    /// The protocol's description of itself.
    pub about: About,
    pub(crate) sites: Sites,
}

impl Built {
    /// What the cluster is told at its start: how the data is split, if it is, and the protocol's parameters.
    #[must_use]
    pub fn words(&self) -> Vec<u64> {
        split::words(self.layout.as_ref(), &self.parameters)
    }

    /// The cluster at time zero.
    #[must_use]
    pub fn machine(&self) -> Box<dyn Machine> {
        let make = if self.layout.is_some() { self.entry.sharded } else { self.entry.build };
        make(&self.setup, &self.words())
    }
}

/// An action at its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// When.
    pub at: Time,
    /// The index of its step in the scenario's script.
    pub step: usize,
    /// What.
    pub action: Action,
}

/// Checks everything and translates names.
///
/// # Errors
/// Everything that is wrong with the scenario, as far as it can be told at once; at most 50 problems.
pub fn build(scenario: &Scenario) -> Result<Built, Vec<Problem>> {
    let too_many = counts(scenario);
    if !too_many.is_empty() {
        return Err(too_many);
    }
    let sites = Sites::new(scenario);
    let mut check = Check::new(sites.clone());
    check.characters("title", &scenario.title, limits::TITLE);
    check.characters("note", &scenario.note, limits::NOTE);
    check.whole("seed", scenario.seed, 0, limits::WHOLE);
    check.whole("keys", u64::from(scenario.keys), 1, u64::from(limits::KEYS));
    check.quality("network", &Overrides::full(&scenario.network));
    names(&mut check, scenario);
    let setup = Setup {
        seed: scenario.seed,
        nodes: nodes(&mut check, scenario),
        clients: clients(&mut check, scenario),
        network: scenario.network,
        links: links(&mut check, scenario),
        keys: scenario.keys,
    };
    bookmarks(&mut check, scenario);
    let Some(entry) = netsplit_protocols::find(&scenario.protocol.name) else {
        let abouts: Vec<_> = netsplit_protocols::ALL.iter().map(|entry| (entry.about)()).collect();
        let ids = one_of(abouts.iter().map(|about| about.id));
        let found = &scenario.protocol.name;
        check.add("protocol.name", format!("expected a protocol, {ids}, and found {found:?}"));
        return Err(check.problems);
    };
    let about = (entry.about)();
    let layout = split::checked(&mut check, scenario);
    let group = layout.as_ref().map_or(scenario.nodes.len(), Layout::copies) as u16;
    let mut parameters: Vec<u64> = about.parameters.iter().map(|p| p.range.default_value(group)).collect();
    let given = &scenario.protocol.parameters;
    for (index, value) in given_values(&mut check, "protocol", about.id, &about.parameters, group, given) {
        parameters[index] = value;
    }
    let mut standing = Standing::new(scenario, &setup, layout.as_ref(), &parameters);
    let script = standing.script(&mut check, &about, scenario);
    if check.problems.is_empty() {
        Ok(Built { setup, parameters, layout, group, script, entry, about, sites })
    } else {
        Err(check.problems)
    }
}

/// What is wrong with the bookmarks: their captions, their times, their order.
fn bookmarks(check: &mut Check, scenario: &Scenario) {
    let mut last = Time::ZERO;
    for (index, bookmark) in scenario.bookmarks.iter().enumerate() {
        let field = |name: &str| format!("bookmarks[{}].{name}", index + 1);
        let length = bookmark.caption.chars().count();
        if bookmark.caption.trim().is_empty() {
            check.add(field("caption"), "expected what there is to see, in words, and found nothing");
        } else if length > limits::CAPTION {
            let most = limits::CAPTION;
            check.add(field("caption"), format!("expected at most {most} characters and found {length}"));
        }
        if bookmark.at > limits::TIME {
            let most = limits::TIME.as_ms();
            check.add(field("at_ms"), format!("expected at most {most} milliseconds, a day"));
        }
        if bookmark.at < last {
            check.add(field("at_ms"), "expected bookmarks in the order of time");
        }
        last = last.max(bookmark.at);
    }
}

/// One sentence for each list that is too long or empty: a reader of ten thousand complaints learns
/// nothing more.
fn counts(scenario: &Scenario) -> Vec<Problem> {
    let mut problems = Vec::new();
    let lists = [
        ("nodes", scenario.nodes.len(), 1, limits::NODES),
        ("clients", scenario.clients.len(), 0, limits::CLIENTS),
        ("links", scenario.links.len(), 0, limits::LINKS),
        ("script", scenario.script.len(), 0, limits::STEPS),
        ("bookmarks", scenario.bookmarks.len(), 0, limits::BOOKMARKS),
    ];
    for (field, count, least, most) in lists {
        if let Some(message) = wrong_count(count, least, most) {
            problems.push(Problem::at(field, message));
        }
    }
    problems
}

/// What to say of a list of the wrong length.
pub(crate) fn wrong_count(count: usize, least: usize, most: usize) -> Option<String> {
    if count > most {
        Some(format!("expected at most {most} and found {count}"))
    } else if count < least {
        Some(format!("expected at least {least} and found {count}"))
    } else {
        None
    }
}

fn names(check: &mut Check, scenario: &Scenario) {
    let nodes =
        scenario.nodes.iter().enumerate().map(|(i, node)| (format!("nodes[{}].name", i + 1), &node.name));
    let clients = (scenario.clients.iter().enumerate())
        .map(|(i, client)| (format!("clients[{}].name", i + 1), &client.name));
    let mut seen: Vec<&str> = Vec::new();
    for (field, name) in nodes.chain(clients) {
        check.name(&field, name);
        if seen.contains(&name.as_str()) {
            check.add(field, format!("{name:?} is the name of another node or client already"));
        }
        seen.push(name);
    }
}

fn nodes(check: &mut Check, scenario: &Scenario) -> Vec<NodeSetup> {
    let mut nodes = Vec::new();
    for (i, node) in scenario.nodes.iter().enumerate() {
        let field = format!("nodes[{}]", i + 1);
        check.position(&field, node.position);
        check.span(&format!("{field}.service_ms"), node.service, Span::ZERO, limits::DELAY);
        let per_operation = format!("{field}.service_per_operation_ms");
        check.span(&per_operation, node.service_per_operation, Span::ZERO, limits::DELAY);
        check.number(&format!("{field}.hiccup_share"), node.hiccup_share, 0.0, 1.0);
        check.whole(&format!("{field}.hiccup_times"), node.hiccup_times.into(), 1, limits::SLOW.into());
        check.span(&format!("{field}.fsync_ms"), node.fsync, Span::ZERO, limits::DELAY);
        let (skew, drift) = (format!("{field}.clock_skew_ms"), format!("{field}.clock_drift_ppm"));
        check.clock(&skew, node.clock_skew_ns, &drift, node.clock_drift_ppm);
        nodes.push(NodeSetup {
            name: node.name.clone(),
            position: node.position,
            service: node.service,
            service_varies: node.service_varies,
            service_per_operation: node.service_per_operation,
            hiccup_share: node.hiccup_share,
            hiccup_times: node.hiccup_times,
            fsync: node.fsync,
            clock_skew_ns: node.clock_skew_ns,
            clock_drift_ppm: node.clock_drift_ppm,
        });
    }
    nodes
}

fn clients(check: &mut Check, scenario: &Scenario) -> Vec<ClientSetup> {
    let mut clients = Vec::new();
    for (i, client) in scenario.clients.iter().enumerate() {
        let field = format!("clients[{}]", i + 1);
        let at = |name: &str| format!("{field}.{name}");
        check.position(&field, client.position);
        check.pace(&at("pace"), client.pace);
        check.keys(&field, client.keys);
        check.whole(&at("scan_keys"), client.scan_keys.into(), 1, limits::KEYS.into());
        check.whole(&at("batch"), client.batch.into(), 1, limits::BATCH.into());
        check.span(&at("linger_ms"), client.linger, Span::ZERO, limits::DELAY);
        check.span(&at("timeout_ms"), client.timeout, limits::TIMEOUT_LEAST, limits::SPAN);
        check.whole(&at("retries"), client.retries.into(), 0, limits::RETRIES.into());
        check.span(&at("starts_ms"), Span(client.starts.0), Span::ZERO, Span(limits::TIME.0));
        let mix = client.mix;
        if mix == Mix::default() {
            let kinds = one_of(CallKind::ALL.map(CallKind::name));
            check.add(at("mix"), format!("expected a weight above 0 for {kinds}"));
        }
        if mix.has_queries() && scenario.partitioning.is_none() {
            check.add(at("mix"), format!("scan, query_all and pair {NEEDS_PARTITIONING}"));
        }
        let home = match &client.home {
            Home::Node(name) => check.node(&at("home"), name).map(SimHome::Node),
            Home::Nearest => Some(SimHome::Nearest),
            Home::RoundRobin => Some(SimHome::RoundRobin),
        };
        clients.push(ClientSetup {
            name: client.name.clone(),
            position: client.position,
            home: home.unwrap_or(SimHome::Nearest),
            pace: client.pace,
            mix,
            keys: client.keys,
            scan_keys: client.scan_keys,
            apart: client.apart,
            batch: client.batch,
            linger: client.linger,
            timeout: client.timeout,
            retries: client.retries,
            starts: client.starts,
            operations: client.operations,
        });
    }
    clients
}

fn links(check: &mut Check, scenario: &Scenario) -> Vec<LinkSetup> {
    let mut links: Vec<LinkSetup> = Vec::new();
    for (i, link) in scenario.links.iter().enumerate() {
        let field = format!("links[{}]", i + 1);
        check.quality(&field, &link.quality);
        let [a, b] = &link.between;
        let field = format!("{field}.between");
        let Some((a, b)) = check.pair(&field, a, b) else { continue };
        if links.iter().any(|other| (other.a, other.b) == (a, b) || (other.a, other.b) == (b, a)) {
            check.add(field, "this link is in the list already");
        }
        links.push(LinkSetup { a, b, quality: link.quality.over(&scenario.network), one_way: false });
    }
    links
}

/// The name of a parameter in texts: a time has its unit in it.
pub(crate) fn text_name(id: &str, is_time: bool) -> String {
    if is_time { format!("{id}_ms") } else { id.to_owned() }
}

/// What is said of a thing that only a cluster can do whose data is split.
pub(crate) const NEEDS_PARTITIONING: &str = "need the data to be split: give the scenario a partitioning";

/// The given parameters as index and value, with a problem for each that is wrong.
pub(crate) fn given_values(
    check: &mut Check,
    field: &str,
    owner: &str,
    known: &[Parameter],
    nodes: u16,
    given: &Parameters,
) -> Vec<(usize, u64)> {
    let mut values = Vec::new();
    for (id, value) in given {
        let is_time = matches!(value, ParameterValue::Time(_));
        let field = format!("{field}.{}", text_name(id, is_time));
        let found = known.iter().enumerate().find(|(_, parameter)| parameter.id == id);
        let Some((index, parameter)) = found else {
            let names: Vec<String> =
                (known.iter()).map(|p| text_name(p.id, matches!(p.range, Range::Time { .. }))).collect();
            let names = one_of(names.iter().map(String::as_str));
            check.add(field, format!("{owner} has no such parameter; expected {names}"));
            continue;
        };
        match crate::script::parameter_value(&parameter.range, nodes, value) {
            Ok(value) => values.push((index, value)),
            Err(expected) => check.add(field, expected),
        }
    }
    values
}
