//! The transcript and the measures of what no register answers: notes, held messages, several values. Seen
//! through a tiny store of sets, in which a node tells the others everything at once.

use std::collections::{BTreeMap, BTreeSet};

use netsplit_scenario::transcript::transcript;
use netsplit_scenario::{Metrics, Scenario, build};
use netsplit_sim::action::Action;
use netsplit_sim::cluster::Cluster;
use netsplit_sim::frame::{Frame, Inspection, KeyView, ReplicaView};
use netsplit_sim::history::Call;
use netsplit_sim::ids::{ClientId, Key, MessageId, NodeId, OpId, Site, Value, Version};
use netsplit_sim::machine::Machine;
use netsplit_sim::protocol::{About, Answer, Command, Context, Kind, Label, Protocol, Request};
use netsplit_sim::setup::Pace;
use netsplit_sim::time::Time;

/// A set for each key, and for key 2 a register that keeps every value that was written at the same time.
#[derive(Clone)]
struct Sets {
    nodes: u16,
    me: NodeId,
    nothing: (),
    held: BTreeMap<Key, BTreeSet<(Value, Version, OpId)>>,
}

const REGISTER: Key = Key(1);

impl Sets {
    fn apply(&mut self, call: Call, version: Version, op: OpId, context: &mut Context<'_, Self>) {
        let set = self.held.entry(call.key()).or_default();
        match call {
            Call::Insert { value, .. } | Call::Write { value, .. } => {
                set.insert((value, version, op));
            }
            Call::Remove { value, .. } => set.retain(|held| held.0 != value),
            _ => {}
        }
        context.visible(call.key(), op);
    }
}

impl Protocol for Sets {
    type Message = (Call, Version, OpId);
    type Timer = ();
    type Stable = ();

    fn about() -> About {
        let kind = |name| Kind { name, summary: "It is for the test." };
        About {
            id: "sets",
            title: "Sets",
            summary: "Tells everybody everything.",
            paper: "None.",
            parameters: Vec::new(),
            messages: vec![kind("Tell")],
            timers: Vec::new(),
            notes: vec![kind("asked"), kind("told what to do")],
            commands: vec![Command { id: "note", title: "Note", summary: "It notes it.", target: false }],
        }
    }

    fn boot(me: NodeId, nodes: u16, _parameters: &[u64], (): ()) -> Self {
        Self { nodes, me, nothing: (), held: BTreeMap::new() }
    }

    fn stable(&mut self) -> &mut () {
        &mut self.nothing
    }

    fn on_start(&mut self, _context: &mut Context<'_, Self>) {}

    fn on_request(&mut self, request: Request, context: &mut Context<'_, Self>) {
        let version = Version { counter: u64::from(request.op.0) + 1, node: self.me };
        if let Call::Read { key } = request.call {
            context.note(0);
            let found = self.held.get(&key).into_iter().flatten();
            let mut found: Vec<_> = found.map(|(value, version, _)| (*value, *version)).collect();
            let answer = match found.len() {
                1 if key == REGISTER => Answer::Read(found.pop()),
                _ => Answer::Values(found),
            };
            return context.reply(request, answer);
        }
        self.apply(request.call, version, request.op, context);
        for other in (0..self.nodes).map(NodeId).filter(|other| *other != self.me) {
            context.send(other, (request.call, version, request.op));
        }
        context.reply(request, Answer::Written(version));
    }

    fn on_message(
        &mut self,
        _from: NodeId,
        (call, version, op): Self::Message,
        context: &mut Context<'_, Self>,
    ) {
        self.apply(call, version, op, context);
    }

    fn on_timer(&mut self, (): (), _context: &mut Context<'_, Self>) {}

    fn on_configure(&mut self, _parameters: &[u64], _context: &mut Context<'_, Self>) {}

    fn on_command(&mut self, _command: u8, _target: Option<NodeId>, context: &mut Context<'_, Self>) {
        context.note(1);
    }

    fn forge(_message: &mut Self::Message, _value: Value) {}

    fn label((call, version, op): &Self::Message) -> Label {
        Label { kind: 0, bytes: 40, op: Some(*op), version: Some((call.key(), *version)) }
    }

    fn timer_label((): ()) -> u8 {
        0
    }

    fn view(&self, view: &mut ReplicaView) {
        for (&key, set) in &self.held {
            let shown = |&(value, version, op): &(Value, Version, OpId)| KeyView { key, value, version, op };
            view.keys.extend(set.iter().map(shown));
        }
    }

    fn inspect(&self, _inspection: &mut Inspection) {}

    fn footprint(&self) -> usize {
        size_of::<Self>()
    }
}

struct Run {
    cluster: Cluster<Sets>,
    metrics: Metrics,
}

impl Run {
    fn new() -> Self {
        let mut scenario = Scenario::default();
        scenario.clients[0].pace = Pace::Silent;
        let mut other = scenario.clients[0].clone();
        other.name = "c2".to_owned();
        other.position = scenario.nodes[1].position;
        scenario.clients.push(other);
        scenario.keys = 2;
        let setup = build(&scenario).expect("valid").setup;
        let names = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        let metrics = Metrics::new(names(["n1", "n2", "n3"]), names(["c1", "c2", ""])[..2].to_vec());
        Self { cluster: Cluster::new(&setup, &[]), metrics }
    }

    fn until(&mut self, ms: u64) {
        let machine: &mut dyn Machine = &mut self.cluster;
        machine.run_until(Time(ms * 1_000_000), u64::MAX);
    }

    fn act(&mut self, action: &Action) {
        Machine::act(&mut self.cluster, action);
    }

    fn value(&mut self, name: &str) -> Option<f64> {
        self.metrics.observe(self.cluster.trace(), self.cluster.history(), self.cluster.activity(), &[]);
        let mut frame = Frame::default();
        Machine::frame(&self.cluster, &mut frame);
        self.metrics.refresh(&frame, self.cluster.totals(), None);
        assert!(self.metrics.get(name).is_some(), "{name} is no metric");
        self.metrics.value(name)
    }

    fn text(&self) -> String {
        transcript(&self.cluster, &|site: Site| site.to_string())
    }
}

fn operate(client: u16, call: Call) -> Action {
    Action::Operate(ClientId(client), call)
}

#[test]
fn notes_held_messages_and_sets_are_told() {
    let mut run = Run::new();
    let key = Key(0);
    run.act(&operate(0, Call::Insert { key, value: Value(7) }));
    run.until(1);
    run.act(&Action::HoldMessage(MessageId(2)));
    run.act(&Action::DropMessage(MessageId(1)));
    run.until(20);
    run.act(&Action::ReleaseMessage(MessageId(2)));
    run.act(&operate(0, Call::Insert { key, value: Value(3) }));
    run.until(40);
    run.act(&operate(0, Call::Read { key }));
    run.act(&operate(0, Call::Remove { key, value: Value(3) }));
    run.act(&operate(0, Call::Add { key, amount: -4 }));
    run.act(&Action::Command(NodeId(2), 0, None));
    run.until(60);
    let text = run.text();
    for words in [
        "c1  calls operation 0: insert v7 into k1",
        "n1 -> c1  lost: it was dropped by hand (m1)",
        "held: m2",
        "released: m2",
        "n1 notes: asked",
        "c1  operation 2 ends: read {v3, v7}",
        "c1  calls operation 3: remove v3 from k1",
        "c1  calls operation 4: add -4 to k1",
        "n3 notes: told what to do",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn operations_on_sets_are_measured() {
    let mut run = Run::new();
    let key = Key(0);
    run.act(&operate(0, Call::Insert { key, value: Value(7) }));
    run.until(1);
    assert_eq!(run.value("diverged_keys"), Some(1.0), "n2 and n3 don't have it yet");
    run.until(30);
    run.act(&operate(0, Call::Insert { key, value: Value(8) }));
    run.act(&operate(1, Call::Read { key }));
    run.until(60);
    assert_eq!(run.value("diverged_keys"), Some(0.0));
    assert_eq!(run.value("siblings"), Some(0.0), "the elements of a set are no siblings");
    assert_eq!((run.value("insert.count"), run.value("insert.availability")), (Some(2.0), Some(1.0)));
    assert_eq!(run.value("acknowledged_writes"), Some(2.0));
    assert_eq!(run.value("visible.n3.missing"), Some(0.0));
    assert!(run.value("visible.n2.p50_ms").is_some_and(|ms| ms > 4.0));
    assert_eq!(run.value("read.count"), Some(1.0));
    assert_eq!(run.value("stale_reads"), None, "of a set there is no newest version");
    run.act(&operate(0, Call::Remove { key, value: Value(8) }));
    run.until(61);
    assert_eq!(run.value("diverged_keys"), Some(1.0));
    run.until(90);
    assert_eq!((run.value("diverged_keys"), run.value("remove.count")), (Some(0.0), Some(1.0)));
    assert_eq!((run.value("acknowledged_writes"), run.value("visible.n3.missing")), (Some(3.0), Some(0.0)));
    let window = run.metrics.window(Time::ZERO, Time::MAX);
    assert!(window.iter().all(|metric| Some(metric) == run.metrics.get(&metric.name)));
    run.act(&operate(0, Call::Add { key, amount: 4 }));
    run.until(120);
    assert_eq!(run.value("add.count"), Some(1.0));
}

#[test]
fn siblings_are_counted_and_agree_in_any_order() {
    let mut run = Run::new();
    // Both at the same instant: each node has its own first, and then both.
    run.act(&operate(0, Call::Write { key: REGISTER, value: Value(21) }));
    run.act(&operate(1, Call::Write { key: REGISTER, value: Value(20) }));
    run.until(1);
    assert_eq!((run.value("diverged_keys"), run.value("siblings")), (Some(1.0), Some(0.0)));
    run.until(30);
    assert_eq!((run.value("diverged_keys"), run.value("siblings")), (Some(0.0), Some(1.0)));
    run.act(&operate(0, Call::Read { key: REGISTER }));
    run.until(60);
    assert_eq!(run.value("stale_reads"), Some(0.0), "the newest of them is fresh");
    assert!(run.text().contains("ends: read {v20, v21}"), "{}", run.text());
}
