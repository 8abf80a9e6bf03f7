//! What a committed write costs in messages: measured, beside what the literature says.
//!
//! **The counting rule.** One client at n1 writes now and then, with nothing else going on, in a cluster without
//! faults. A message belongs to a write if the write caused it: the request's arrival had it sent, or the arrival
//! of a message that belongs to it. The trace says so, event by event. What a timer sets off belongs to no
//! write: heartbeats, gossip, and acknowledgements that wait to be sent together are **background**, and are
//! counted by the second.
//!
//! Papers differ in what they count, so each formula says whether it counts the messages between nodes only, or
//! also those of the client.

use netsplit_protocols::Entry;
use netsplit_sim::history::{CallKind, Outcome};
use netsplit_sim::ids::OpId;
use netsplit_sim::setup::{LinkQuality, Pace, Position};
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::{Event, EventKind};

use crate::attribution::{Owner, Owners};
use crate::model::{Client, Home, Node, ParameterValue, Scenario, Step, StepAction};
use crate::{Problem, Session, limits};

/// Which messages a formula counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those between nodes.
    Nodes,
    /// Those between nodes and the client's request.
    Request,
    /// Those between nodes, the client's request and its answer.
    Client,
}

impl Counted {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Nodes => "between nodes",
            Self::Request => "nodes and request",
            Self::Client => "nodes, request, answer",
        }
    }
}

/// A parameter of a [`Setting`].
#[derive(Clone, Copy, Debug)]
pub enum Chosen {
    /// A choice, by its id.
    Choice(&'static str),
    /// A count that may depend on the number of nodes.
    Count(fn(u64) -> u64),
}

/// A protocol in one setting, and what the literature says that a write costs there.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The protocol's id.
    pub protocol: &'static str,
    /// What the setting is called.
    pub title: &'static str,
    /// The parameters that are not the default.
    pub parameters: &'static [(&'static str, Chosen)],
    /// Which messages the formula counts.
    pub counted: Counted,
    /// The formula for n nodes.
    pub formula: &'static str,
    /// The formula.
    pub expected: fn(u64) -> u64,
    /// Who says so.
    pub source: &'static str,
}

/// Every setting whose cost is known, in the order of the table.
pub const SETTINGS: &[Setting] = &[
    Setting {
        protocol: "single",
        title: "one copy",
        parameters: &[],
        counted: Counted::Nodes,
        formula: "0",
        expected: |_| 0,
        source: "there is nobody to tell",
    },
    Setting {
        protocol: "primary-backup",
        title: "asynchronous",
        parameters: &[("acks", Chosen::Count(|_| 0))],
        counted: Counted::Request,
        formula: "n",
        expected: |n| n,
        source: "Distributed systems for fun and profit, chapter 4",
    },
    Setting {
        protocol: "primary-backup",
        title: "synchronous",
        parameters: &[("acks", Chosen::Count(|n| n - 1))],
        counted: Counted::Client,
        formula: "2n",
        expected: |n| 2 * n,
        source: "Distributed systems for fun and profit, chapter 4",
    },
    Setting {
        protocol: "quorum",
        title: "all replicas asked",
        parameters: &[],
        counted: Counted::Nodes,
        formula: "2(n-1)",
        expected: |n| 2 * (n - 1),
        source: "Dynamo (SOSP 2007), section 4.5",
    },
    Setting {
        protocol: "quorum",
        title: "a majority asked",
        parameters: &[("ask", Chosen::Choice("minimum")), ("w", Chosen::Count(|n| n / 2 + 1))],
        counted: Counted::Nodes,
        formula: "2(w-1)",
        expected: |n| 2 * (n / 2),
        source: "Gifford (SOSP 1979): only a quorum has to be asked",
    },
    Setting {
        protocol: "abd",
        title: "several writers",
        parameters: &[],
        counted: Counted::Nodes,
        formula: "4(n-1)",
        expected: |n| 4 * (n - 1),
        source: "Lynch and Shvartsman (FTCS 1997): two phases, each there and back",
    },
    Setting {
        protocol: "raft",
        title: "steady leader",
        parameters: &[],
        counted: Counted::Nodes,
        formula: "2(n-1)",
        expected: |n| 2 * (n - 1),
        source: "Ongaro and Ousterhout (2014), section 5.3",
    },
    Setting {
        protocol: "gossip",
        title: "anti-entropy",
        parameters: &[],
        counted: Counted::Nodes,
        formula: "0",
        expected: |_| 0,
        source: "Demers et al. (PODC 1987): everything spreads in the background",
    },
];

/// What writes cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// How many writes were committed.
    pub writes: usize,
    /// Messages between nodes that belong to a write, on average.
    pub between_nodes: f64,
    /// The client's requests for each write.
    pub requests: f64,
    /// The answers to the client for each write.
    pub answers: f64,
    /// Messages between nodes in a second that belong to no write.
    pub background_per_s: f64,
}

impl Cost {
    /// Those that a formula counts, for each write.
    #[must_use]
    pub fn counted(&self, counted: Counted) -> f64 {
        match counted {
            Counted::Nodes => self.between_nodes,
            Counted::Request => self.between_nodes + self.requests,
            Counted::Client => self.between_nodes + self.requests + self.answers,
        }
    }
}

/// When the first write of the warm-up comes: a leader has been found by then.
const WARM_UP: Time = Time(3_000_000_000);
/// When the first write that counts comes.
const BEGIN: Time = Time(6_000_000_000);
/// From one write to the next.
const GAP: Span = Span::from_ms(500);
/// How many writes count.
const WRITES: u64 = 20;

/// Measures what a write costs under a protocol with some parameters that are not the default.
///
/// # Errors
/// If there can't be so many nodes, or the parameters are not the protocol's.
pub fn measure(entry: &Entry, nodes: u16, parameters: &[(&str, Chosen)]) -> Result<Cost, Problem> {
    if nodes == 0 || usize::from(nodes) > limits::NODES {
        let most = limits::NODES;
        return Err(Problem::at(
            "nodes",
            format!("expected a whole number from 1 to {most} and found {nodes}"),
        ));
    }
    let scenario = scenario(entry, nodes, parameters);
    let first = |problems: Vec<Problem>| {
        problems.into_iter().next().unwrap_or_else(|| Problem::whole("this scenario can't be run"))
    };
    let mut session = Session::new(scenario).map_err(first)?;
    let end = BEGIN + GAP * WRITES;
    session.seek(end, u64::MAX);
    let history = session.machine().history();
    let counts = |op: OpId| {
        let operation = history.operations.get(op.index());
        operation.is_some_and(|operation| operation.invoked >= BEGIN && operation.outcome == Outcome::Written)
    };
    let writes = history.operations.iter().filter(|operation| counts(operation.id)).count();
    let sent = sent(session.machine().trace());
    let of_writes = |what: What| {
        let those = sent.iter().filter(|sent| sent.what == what && sent.owner.is_some_and(counts));
        those.count() as f64 / writes.max(1) as f64
    };
    let alone = |sent: &&Sent| sent.what == What::BetweenNodes && sent.owner.is_none() && sent.at >= BEGIN;
    Ok(Cost {
        writes,
        between_nodes: of_writes(What::BetweenNodes),
        requests: of_writes(What::Request),
        answers: of_writes(What::Answer),
        background_per_s: sent.iter().filter(alone).count() as f64 / (end.since(BEGIN).as_ms() / 1e3),
    })
}

/// What a write costs in a setting; `None` if its protocol is not registered.
#[must_use]
pub fn measure_setting(setting: &Setting, nodes: u16) -> Option<Result<Cost, Problem>> {
    netsplit_protocols::find(setting.protocol).map(|entry| measure(entry, nodes, setting.parameters))
}

/// Nodes in a circle, the client at the first of them.
fn scenario(entry: &Entry, nodes: u16, parameters: &[(&str, Chosen)]) -> Scenario {
    let about = (entry.about)();
    let mut scenario = Scenario::empty(about.id);
    scenario.network = LinkQuality::default();
    for (id, chosen) in parameters {
        let value = match chosen {
            Chosen::Choice(id) => ParameterValue::Choice((*id).to_owned()),
            Chosen::Count(count) => ParameterValue::Count(count(u64::from(nodes))),
        };
        scenario.protocol.parameters.insert((*id).to_owned(), value);
    }
    for n in 0..nodes {
        // A polygon with whole kilometres; how far they are from each other does not matter here.
        let position = Position { x_km: i32::from(n % 8) * 20, y_km: i32::from(n / 8) * 20 };
        scenario.nodes.push(Node::new(format!("n{}", n + 1), position));
    }
    scenario.clients.push(Client {
        home: Home::Node("n1".to_owned()),
        pace: Pace::Silent,
        ..Client::new("c1", Position::default())
    });
    let defaults: Vec<u64> = about.parameters.iter().map(|p| p.range.default_value(nodes)).collect();
    let calls = (entry.calls)(&defaults);
    let client = || "c1".to_owned();
    let write = || {
        if calls.contains(&CallKind::Write) {
            StepAction::Write { client: client(), key: 0, value: None }
        } else if calls.contains(&CallKind::Insert) {
            StepAction::Insert { client: client(), key: 0, value: None }
        } else {
            StepAction::Add { client: client(), key: 0, amount: 1 }
        }
    };
    let writes = BEGIN.since(WARM_UP).0 / GAP.0 + WRITES;
    scenario.script = (0..writes).map(|n| Step { at: WARM_UP + GAP * n, action: write() }).collect();
    scenario
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    BetweenNodes,
    Request,
    Answer,
}

/// A message that was sent, and the operation that it belongs to.
struct Sent {
    at: Time,
    what: What,
    owner: Option<OpId>,
}

fn sent(trace: &[Event]) -> Vec<Sent> {
    let mut owners = Owners::default();
    let mut list = Vec::new();
    for event in trace {
        let owner = match owners.follow(event) {
            Some(Owner::Operation(op)) => Some(op),
            Some(Owner::Query(_)) | None => None,
        };
        if let EventKind::Sent { from, to, .. } = event.kind {
            let what = match (from.node(), to.node()) {
                (Some(_), Some(_)) => What::BetweenNodes,
                (None, _) => What::Request,
                (_, None) => What::Answer,
            };
            list.push(Sent { at: event.at, what, owner });
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::ids::EventId;

    #[test]
    fn every_protocol_costs_what_the_literature_says() {
        let mut measured = 0;
        for setting in SETTINGS {
            for nodes in [3, 5, 8] {
                let Some(cost) = measure_setting(setting, nodes) else { continue };
                let cost = cost.expect("a valid setting");
                let name = format!("{}, {}, {nodes} nodes: {cost:?}", setting.protocol, setting.title);
                assert_eq!(cost.writes as u64, WRITES, "{name}");
                let expected = (setting.expected)(u64::from(nodes)) as f64;
                assert!(
                    (cost.counted(setting.counted) - expected).abs() < 1e-9,
                    "{name}, expected {expected}"
                );
                measured += 1;
            }
        }
        assert!(measured >= 6, "only {measured} settings are of registered protocols");
    }

    #[test]
    fn every_protocol_can_be_measured_with_its_defaults() {
        for entry in netsplit_protocols::ALL {
            let cost = measure(entry, 3, &[]).expect("valid defaults");
            assert_eq!(cost.writes as u64, WRITES, "{}", (entry.about)().id);
        }
    }

    #[test]
    fn what_a_timer_sets_off_belongs_to_no_write() {
        let event = |at, cause: u32, kind| Event { at: Time(at), cause: EventId(cause), kind };
        let site = |n: u16| netsplit_sim::ids::Site::from(netsplit_sim::ids::NodeId(n));
        let message = |n| netsplit_sim::ids::MessageId(n);
        let send = |n, to| EventKind::Sent { message: message(n), from: site(0), to: site(to), label: 0 };
        let trace = [
            event(0, u32::MAX, EventKind::Invoked { op: OpId(3) }),
            event(1, 0, send(0, 1)),
            event(2, 1, EventKind::TimerFired { node: netsplit_sim::ids::NodeId(0), label: 0 }),
            event(2, 2, send(1, 1)),
        ];
        let owners: Vec<Option<OpId>> = sent(&trace).iter().map(|sent| sent.owner).collect();
        assert_eq!(owners, [Some(OpId(3)), None]);
    }
}
