//! Actions and events in plain words: the captions of the time bar, the narration under the stage, and
//! what a screen reader says.

use netsplit_scenario::model::{Overrides, ParameterValue, Parameters, Scenario, StepAction};
use netsplit_sim::history::{Call, CallKind, History, Many, Operation, Outcome, Query, QueryId};
use netsplit_sim::ids::{ClientId, Key, MessageId, NodeId, Site, SiteKind, Value};
use netsplit_sim::protocol::About;
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::Pace;
use netsplit_sim::trace::{DropCause, Event, EventKind, REQUEST, RESPONSE};

use crate::queries;
use crate::units;

/// The names that the scenario gives its sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Of the nodes.
    pub nodes: Vec<String>,
    /// Of the clients.
    pub clients: Vec<String>,
}

impl Names {
    /// The name of a node.
    #[must_use]
    pub fn node(&self, node: NodeId) -> &str {
        self.nodes.get(node.index()).map_or("?", String::as_str)
    }

    /// The name of a client.
    #[must_use]
    pub fn client(&self, client: ClientId) -> &str {
        self.clients.get(client.index()).map_or("?", String::as_str)
    }

    /// The name of a site.
    #[must_use]
    pub fn site(&self, site: Site) -> &str {
        match site.kind() {
            SiteKind::Node(node) => self.node(node),
            SiteKind::Client(client) => self.client(client),
        }
    }

    /// The name of a link: its ends' names, sorted.
    #[must_use]
    pub fn link(&self, a: Site, b: Site) -> String {
        let (mut first, mut second) = (self.site(a), self.site(b));
        if second < first {
            std::mem::swap(&mut first, &mut second);
        }
        format!("{first}-{second}")
    }

    /// The site of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Site> {
        let node = self.nodes.iter().position(|n| n == name).map(|n| NodeId(n as u16).into());
        node.or_else(|| self.clients.iter().position(|c| c == name).map(|c| ClientId(c as u16).into()))
    }

    /// The names in a scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            nodes: scenario.nodes.iter().map(|node| node.name.clone()).collect(),
            clients: scenario.clients.iter().map(|client| client.name.clone()).collect(),
        }
    }
}

/// The name of a key.
#[must_use]
pub fn key(key: Key) -> String {
    format!("k{}", key.0 + 1)
}

/// A value, written as in the verdicts. One that a liar made up has no number worth reading.
#[must_use]
pub fn value(value: Value) -> String {
    if value.is_forged() { "a lie".to_owned() } else { format!("v{}", value.0) }
}

/// Several values, such as `v3 and v5`; of more than a handful only the first.
#[must_use]
pub fn values(values: &[Value]) -> String {
    match values {
        [] => "nothing".to_owned(),
        few if few.len() <= 6 => list(few.iter().map(|one| value(*one)).collect()),
        many => {
            let first: Vec<String> = many.iter().take(5).map(|one| value(*one)).collect();
            format!("{} and {} more", first.join(", "), many.len() - 5)
        }
    }
}

/// What a step of the script did, such as `cut n1–n2`.
#[must_use]
pub fn step(action: &StepAction) -> String {
    match action {
        StepAction::Cut { between: [a, b] } => format!("cut {a}–{b}"),
        StepAction::CutOneWay { from, to } => format!("cut {from} to {to}, one way"),
        StepAction::Heal { between: [a, b] } => format!("healed {a}–{b}"),
        StepAction::HealAll => "healed every link".to_owned(),
        StepAction::Partition { groups } => {
            let groups: Vec<_> = groups.iter().map(|group| group.join(", ")).collect();
            format!("partitioned {}", groups.join(" | "))
        }
        StepAction::Isolate { site } => format!("isolated {site}"),
        StepAction::Crash { node } => format!("crashed {node}"),
        StepAction::CrashUnsynced { node } => format!("crashed {node} and its unsynced writes"),
        StepAction::Wipe { node } => format!("wiped {node}’s disk"),
        StepAction::Slow { node, times: 1 } => format!("let {node} work at its normal speed"),
        StepAction::Slow { node, times } => format!("slowed {node} down {times} times"),
        StepAction::SetClock { node, ahead_ns: 0, drift_ppm: 0 } => format!("set {node}’s clock right"),
        StepAction::SetClock { node, ahead_ns, drift_ppm } => {
            format!("set {node}’s clock {}", clock(*ahead_ns, *drift_ppm))
        }
        StepAction::Lie { node, how: None } => format!("made {node} honest"),
        StepAction::Lie { node, how: Some(lie) } => format!("made {node} a liar: it {}", lie.summary()),
        StepAction::DropMessage { message } => format!("dropped message {message}"),
        StepAction::DuplicateMessage { message } => format!("doubled message {message}"),
        StepAction::HoldMessage { message } => format!("held message {message}"),
        StepAction::ReleaseMessage { message } => format!("released message {message}"),
        StepAction::Command { node, command, target: None } => format!("told {node} to {command}"),
        StepAction::Command { node, command, target: Some(target) } => {
            format!("told {node} to {command} to {target}")
        }
        StepAction::Restart { node } => format!("restarted {node}"),
        StepAction::Pause { node } => format!("paused {node}"),
        StepAction::Resume { node } => format!("resumed {node}"),
        StepAction::Move { site, .. } => format!("moved {site}"),
        StepAction::SetLink { between: [a, b], quality } => format!("set {} on {a}–{b}", overrides(quality)),
        StepAction::SetNetwork { quality } => format!("set {}", overrides(quality)),
        StepAction::Read { client, key: k } => format!("asked {client} to read {}", key(Key(*k))),
        StepAction::Write { client, key: k, .. } | StepAction::Cas { client, key: k, .. } => {
            format!("asked {client} to write {}", key(Key(*k)))
        }
        StepAction::Add { client, key: k, amount } => {
            format!("asked {client} to add {amount} to {}", key(Key(*k)))
        }
        StepAction::Insert { client, key: k, .. } => {
            format!("asked {client} to put something into {}", key(Key(*k)))
        }
        StepAction::Remove { client, key: k, value: v } => {
            format!("asked {client} to take {} out of {}", value(Value(*v)), key(Key(*k)))
        }
        StepAction::SetPace { client, pace: Pace::Silent } => format!("stopped {client}"),
        StepAction::SetPace { client, .. } => format!("changed the pace of {client}"),
        StepAction::Configure { node, parameters: given, partitioning } => {
            let both =
                given.iter().chain(partitioning).map(|(id, value)| (id.clone(), value.clone())).collect();
            let on = node.as_ref().map_or_else(String::new, |node| format!(" on {node}"));
            format!("set {}{on}", parameters(&both))
        }
        StepAction::Scan { client, key: k, count } => {
            let many = Many::Scan { from: Key(*k), count: *count };
            format!("asked {client} to {}", queries::wanted(many))
        }
        StepAction::QueryAll { client } => format!("asked {client} to {}", queries::wanted(Many::All)),
        StepAction::Pair { client, first, second } => {
            let many = Many::Pair { first: Key(*first), second: Key(*second) };
            format!("asked {client} to {}", queries::wanted(many))
        }
        StepAction::Join { node } => format!("let {node} join the cluster"),
        StepAction::Leave { node } => format!("let {node} leave the cluster"),
        StepAction::RemoveNode { node } => format!("did without {node}"),
        StepAction::Split { key: k } => format!("split before {}", key(Key(*k))),
        StepAction::Merge { key: k } => format!("joined the range at {} to the one before it", key(Key(*k))),
        StepAction::Shift { from, to } => {
            format!("moved the split point from {} to {}", key(Key(*from)), key(Key(*to)))
        }
        StepAction::Assign { key: k, owners } => {
            format!("gave the shard of {} to {}", key(Key(*k)), list(owners.clone()))
        }
    }
}

/// A clock against true time, such as `20.0 ms ahead and 100 ppm fast`.
#[must_use]
pub fn clock(ahead_ns: i64, drift_ppm: i32) -> String {
    let mut words = Vec::new();
    if ahead_ns != 0 {
        let size = units::ms(ahead_ns.unsigned_abs() as f64 / 1e6);
        words.push(format!("{size} {}", if ahead_ns > 0 { "ahead" } else { "behind" }));
    }
    if drift_ppm != 0 {
        let size = units::grouped(f64::from(drift_ppm.unsigned_abs()));
        words.push(format!("{size} ppm {}", if drift_ppm > 0 { "fast" } else { "slow" }));
    }
    if words.is_empty() { "right".to_owned() } else { list(words) }
}

/// Protocol parameters with their values, such as `acks to 1`.
fn parameters(given: &Parameters) -> String {
    let words = given.iter().map(|(id, value)| match value {
        ParameterValue::Count(count) => format!("{id} to {count}"),
        ParameterValue::Time(span) => format!("{id} to {}", units::span(*span)),
        ParameterValue::Choice(choice) => format!("{id} to {choice}"),
    });
    list(words.collect())
}

/// Those parts of a link's quality that are given, such as `loss to 5.0 %`.
fn overrides(given: &Overrides) -> String {
    let mut words = Vec::new();
    if let Some(base) = given.base {
        words.push(format!("extra delay to {}", units::span(base)));
    }
    if let Some(jitter) = given.jitter {
        words.push(match jitter {
            Jitter::Constant { ms } => format!("jitter to {}", units::ms(ms)),
            Jitter::Uniform { low_ms, high_ms } => {
                format!("jitter to {} to {}", units::three_digits(low_ms), units::ms(high_ms))
            }
            Jitter::Exponential { mean_ms } => format!("mean jitter to {}", units::ms(mean_ms)),
            Jitter::Pareto { .. } => "jitter to Pareto’s".to_owned(),
            Jitter::ParetoExponential { .. } => "jitter to Pareto’s with an exponential tail".to_owned(),
            Jitter::LogNormal { median_ms, .. } => format!("median jitter to {}", units::ms(median_ms)),
        });
    }
    if let Some(loss) = given.loss {
        words.push(format!("loss to {}", units::percent(loss)));
    }
    if let Some(duplicate) = given.duplicate {
        words.push(format!("doubled messages to {}", units::percent(duplicate)));
    }
    if let Some(reorder) = given.reorder {
        words.push(format!("overtaken messages to {}", units::percent(reorder)));
    }
    if let Some(stretch) = given.stretch {
        words.push(format!("path length to {} ×", units::three_digits(stretch)));
    }
    if let Some(bandwidth) = given.bandwidth {
        words.push(match bandwidth {
            0 => "bandwidth to without end".to_owned(),
            bytes => format!("bandwidth to {} kB/s", units::three_digits(bytes as f64 / 1_000.0)),
        });
    }
    list(words)
}

/// `a`, `a and b`, `a, b and c`; with nothing in it: `nothing new`.
fn list(mut words: Vec<String>) -> String {
    match words.pop() {
        None => "nothing new".to_owned(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
    }
}

/// A kind of message by its label in the trace.
#[must_use]
pub fn message_kind(label: u8, about: &About) -> &'static str {
    match label {
        REQUEST => "request",
        RESPONSE => "answer",
        kind => about.messages.get(usize::from(kind)).map_or("message", |kind| kind.name),
    }
}

/// What a client asked for, such as `write 17 to k1`.
#[must_use]
pub fn call(call: Call) -> String {
    match call {
        Call::Read { key: k } => format!("read {}", key(k)),
        Call::Write { key: k, value: v } => format!("write {} to {}", value(v), key(k)),
        Call::Cas { key: k, from: Some(from), to } => {
            format!("change {} from {} to {}", key(k), value(from), value(to))
        }
        Call::Cas { key: k, from: None, to } => format!("set {} to {} if it is empty", key(k), value(to)),
        Call::Add { key: k, amount } if amount < 0 => {
            format!("take {} from {}", amount.unsigned_abs(), key(k))
        }
        Call::Add { key: k, amount } => format!("add {amount} to {}", key(k)),
        Call::Insert { key: k, value: v } => format!("put {} into {}", value(v), key(k)),
        Call::Remove { key: k, value: v } => format!("take {} out of {}", value(v), key(k)),
    }
}

/// A kind of operation, such as `compare-and-set`.
#[must_use]
pub fn call_kind(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Read => "read",
        CallKind::Write => "write",
        CallKind::Cas => "compare-and-set",
        CallKind::Add => "add",
        CallKind::Insert => "insert",
        CallKind::Remove => "remove",
    }
}

/// How an operation ended, as a sentence about its client.
#[must_use]
pub fn outcome(operation: &Operation, history: &History, names: &Names) -> String {
    let client = names.client(operation.client);
    let took = operation.returned.map_or(String::new(), |returned| {
        format!(" after {}", units::span(returned.since(operation.invoked)))
    });
    let k = key(operation.call.key());
    let told = match operation.call {
        Call::Write { value: v, .. } => format!("{k} = {} is written", value(v)),
        other => format!("it did {}", call(other)),
    };
    let written = operation.call.writes().map_or_else(String::new, value);
    match operation.outcome {
        Outcome::Pending => format!("{client} waits: {}", call(operation.call)),
        Outcome::Read(Some(read)) => format!("{client} read {k} = {}{took}", value(read)),
        Outcome::Read(None) => format!("{client} read {k}: never written{took}"),
        Outcome::Values(found) => format!("{client} read {k}: {}{took}", values(history.values(found))),
        Outcome::Written => format!("{client} was told that {told}{took}"),
        Outcome::Swapped => format!("{client} changed {k} to {written}{took}"),
        Outcome::NotSwapped => format!("{client} found another value in {k} and wrote nothing{took}"),
        Outcome::Refused(why) => format!("{client} was refused: {why}{took}"),
        Outcome::Unknown(why) => {
            format!("{client} does not know whether it did {}: {why}{took}", call(operation.call))
        }
    }
}

/// The most events that are looked through for the sending of a message.
const LOOK_BACK: usize = 50_000;

/// A message by its number, such as `Append from n1 to n2`.
#[must_use]
pub fn message(trace: &[Event], wanted: MessageId, about: &About, names: &Names) -> String {
    let sent = trace.iter().rev().take(LOOK_BACK).find_map(|event| match event.kind {
        EventKind::Sent { message, from, to, label } if message == wanted => Some((from, to, label)),
        _ => None,
    });
    sent.map_or_else(
        || "a message".to_owned(),
        |(from, to, label)| {
            format!("{} from {} to {}", message_kind(label, about), names.site(from), names.site(to))
        },
    )
}

fn query_of(history: &History, id: QueryId) -> Option<&Query> {
    history.queries.get(id.0 as usize)
}

/// One event of the trace as a sentence.
#[must_use]
pub fn event(event: &Event, trace: &[Event], history: &History, about: &About, names: &Names) -> String {
    let kind = |label| message_kind(label, about);
    match event.kind {
        EventKind::Sent { from, to, label, .. } => {
            format!("{} sent {} to {}", names.site(from), kind(label), names.site(to))
        }
        EventKind::Delivered { from, to, label, .. } => {
            format!("{} handled {} from {}", names.site(to), kind(label), names.site(from))
        }
        EventKind::Dropped { from, to, why, .. } => {
            let why = match why {
                DropCause::Cut => "the link is cut",
                DropCause::Loss => "the network lost it",
                DropCause::NodeDown => "the receiver is down",
                DropCause::Hand => "dropped by hand",
            };
            format!("a message from {} to {} is gone: {why}", names.site(from), names.site(to))
        }
        EventKind::TimerFired { node, label } => {
            let timer = about.timers.get(usize::from(label)).map_or("timer", |kind| kind.name);
            format!("{}: timer {timer} went off", names.node(node))
        }
        EventKind::Invoked { op } => history.operations.get(op.index()).map_or_else(String::new, |op| {
            format!("{} asked {} to {}", names.client(op.client), names.node(op.node), call(op.call))
        }),
        EventKind::Retried { op, node } => {
            history.operations.get(op.index()).map_or_else(String::new, |op| {
                format!("{} tried again at {}", names.client(op.client), names.node(node))
            })
        }
        EventKind::Returned { op } => {
            history.operations.get(op.index()).map_or_else(String::new, |op| outcome(op, history, names))
        }
        EventKind::Hiccup { node, .. } => {
            format!("{} hiccups: this message takes it longer than usual", names.node(node))
        }
        EventKind::Asked { query } => {
            query_of(history, query).map_or_else(String::new, |query| queries::asked(query, names))
        }
        EventKind::Told { query } => {
            query_of(history, query).map_or_else(String::new, |query| queries::told(query, history, names))
        }
        EventKind::Visible { node, op, key: k } => {
            let shown = match history.operations.get(op.index()).map(|op| op.call) {
                Some(Call::Write { value: v, .. } | Call::Cas { to: v, .. }) => {
                    format!("{} = {}", key(k), value(v))
                }
                Some(other) => format!("{}: {}", key(k), call(other)),
                None => key(k),
            };
            format!("{} now shows {shown}", names.node(node))
        }
        EventKind::Noted { node, note } => {
            let note = about.notes.get(usize::from(note)).map_or("something happened", |note| note.name);
            format!("{}: {note}", names.node(node))
        }
        EventKind::Held { message: held } => format!("held up: {}", message(trace, held, about, names)),
        EventKind::Released { message: held } => format!("goes on: {}", message(trace, held, about, names)),
        EventKind::Started { node } => format!("{} started", names.node(node)),
        EventKind::Acted { .. } => "an action took effect".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names { nodes: vec!["n1".into(), "n2".into()], clients: vec!["c1".into()] }
    }

    #[test]
    fn a_link_is_named_by_its_ends_in_order() {
        let names = names();
        let (n1, c1) = (Site::from(NodeId(0)), Site::from(ClientId(0)));
        assert_eq!(names.link(NodeId(1).into(), n1), "n1-n2");
        assert_eq!(names.link(n1, c1), "c1-n1");
        assert_eq!(names.find("c1"), Some(c1));
        assert_eq!(names.find("n9"), None);
    }

    #[test]
    fn actions_are_said_in_the_past_tense() {
        assert_eq!(step(&StepAction::Crash { node: "n2".into() }), "crashed n2");
        let groups = vec![vec!["n1".into(), "c1".into()], vec!["n2".into()]];
        assert_eq!(step(&StepAction::Partition { groups }), "partitioned n1, c1 | n2");
        let quality = Overrides { loss: Some(0.05), stretch: Some(1.2), ..Overrides::default() };
        let changed = step(&StepAction::SetNetwork { quality });
        assert_eq!(changed, "set loss to 5.0 % and path length to 1.20 ×");
        let parameters = [("acks".to_owned(), ParameterValue::Count(1))].into();
        let partitioning = [("chunk".to_owned(), ParameterValue::Count(4))].into();
        let both = StepAction::Configure { node: None, parameters, partitioning };
        assert_eq!(step(&both), "set acks to 1 and chunk to 4");
        let owners = vec!["n1".to_owned(), "n2".to_owned()];
        assert_eq!(step(&StepAction::Assign { key: 8, owners }), "gave the shard of k9 to n1 and n2");
    }
}
