//! From the scenario to the neutral form. A field that has its default is left out.

mod step;

use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{KeyPick, LinkQuality, Pace, Position};
use netsplit_sim::time::Span;

use crate::built::text_name;
use crate::model::{
    Block, Bookmark, Client, Home, Link, Node, Overrides, ParameterValue, Parameters, Partitioning, Scenario,
    VERSION,
};
use crate::tree::{Table, Tree, Value};

/// The scenario in the neutral form.
pub(crate) fn scenario(scenario: &Scenario) -> Table {
    let empty = Scenario::empty("");
    let mut fields = Writer::default();
    fields.put("version", whole(VERSION));
    fields.put_unless("title", &scenario.title, &empty.title, |title| text(title));
    fields.put_unless("note", &scenario.note, &empty.note, |note| text(note));
    fields.put_unless("seed", &scenario.seed, &empty.seed, |seed| whole(*seed));
    fields.put_unless("keys", &scenario.keys, &empty.keys, |keys| whole(*keys));
    let mut protocol = Writer::default();
    protocol.put("name", text(&scenario.protocol.name));
    parameters(&mut protocol, &scenario.protocol.parameters);
    fields.put("protocol", protocol.table());
    fields.put_some("partitioning", scenario.partitioning.as_ref().map(partitioning));
    let quality = Overrides::difference(&LinkQuality::default(), &scenario.network);
    let mut network = Writer::default();
    overrides(&mut network, &quality);
    fields.put_list("network", network.0, Value::Table);
    fields.put_list("nodes", scenario.nodes.iter().map(node).collect(), Value::List);
    fields.put_list("links", scenario.links.iter().map(link).collect(), Value::List);
    fields.put_list("clients", scenario.clients.iter().map(client).collect(), Value::List);
    fields.put_list(
        "locked",
        scenario.locked.iter().map(|lock| text(lock.id()).into()).collect(),
        Value::List,
    );
    fields.put_list("script", scenario.script.iter().map(step::step).collect(), Value::List);
    fields.put_list("bookmarks", scenario.bookmarks.iter().map(bookmark).collect(), Value::List);
    fields.0
}

fn bookmark(bookmark: &Bookmark) -> Tree {
    let mut fields = Writer::default();
    fields.put("at_ms", number(bookmark.at.as_ms()));
    fields.put("caption", text(&bookmark.caption));
    fields.table().into()
}

#[derive(Default)]
struct Writer(Table);

impl Writer {
    fn put(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn put_some(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn put_unless<T: PartialEq>(&mut self, name: &str, value: &T, usual: &T, write: impl Fn(&T) -> Value) {
        if value != usual {
            self.put(name, write(value));
        }
    }

    fn put_list<T>(&mut self, name: &str, list: Vec<T>, write: impl Fn(Vec<T>) -> Value) {
        if !list.is_empty() {
            self.put(name, write(list));
        }
    }

    fn table(self) -> Value {
        Value::Table(self.0)
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn whole(number: impl Into<i128>) -> Value {
    Value::Integer(number.into())
}

/// Whole numbers are written without a point.
pub(crate) fn number(number: f64) -> Value {
    let whole = number as i128;
    if number.abs() < 1e15 && whole as f64 == number { Value::Integer(whole) } else { Value::Float(number) }
}

/// A length of time in milliseconds.
fn ms(span: Span) -> Value {
    number(span.as_ms())
}

/// Nanoseconds to either side in milliseconds.
fn signed_ms(ns: i64) -> Value {
    number(ns as f64 / 1e6)
}

fn parameters(fields: &mut Writer, parameters: &Parameters) {
    for (id, value) in parameters {
        let (is_time, value) = match value {
            ParameterValue::Count(count) => (false, whole(*count)),
            ParameterValue::Time(span) => (true, ms(*span)),
            ParameterValue::Choice(id) => (false, text(id)),
        };
        fields.put(&text_name(id, is_time), value);
    }
}

fn partitioning(partitioning: &Partitioning) -> Value {
    let mut fields = Writer::default();
    fields.put("scheme", text(&partitioning.scheme));
    parameters(&mut fields, &partitioning.parameters);
    fields.put_list("blocks", partitioning.blocks.iter().map(block).collect(), Value::List);
    fields.table()
}

fn block(block: &Block) -> Tree {
    let mut fields = Writer::default();
    key_of(&mut fields, "first", block.first);
    if !block.owners.is_empty() {
        fields.put("owners", names(&block.owners));
    }
    fields.table().into()
}

/// A key; people count from 1.
fn key_of(fields: &mut Writer, name: &str, key: u32) {
    fields.put(name, whole(i128::from(key) + 1));
}

fn overrides(fields: &mut Writer, quality: &Overrides) {
    fields.put_some("stretch", quality.stretch.map(number));
    fields.put_some("base_ms", quality.base.map(ms));
    fields.put_some("jitter", quality.jitter.map(jitter));
    fields.put_some("loss", quality.loss.map(number));
    fields.put_some("duplicate", quality.duplicate.map(number));
    fields.put_some("reorder", quality.reorder.map(number));
    fields.put_some("bandwidth_mbps", quality.bandwidth.map(|bytes| number(bytes as f64 / 125_000.0)));
}

fn jitter(jitter: Jitter) -> Value {
    let (kind, numbers) = match jitter {
        Jitter::Constant { ms } => ("constant", vec![("ms", ms)]),
        Jitter::Uniform { low_ms, high_ms } => ("uniform", vec![("low_ms", low_ms), ("high_ms", high_ms)]),
        Jitter::Exponential { mean_ms } => ("exponential", vec![("mean_ms", mean_ms)]),
        Jitter::Pareto { minimum_ms, shape } => {
            ("pareto", vec![("minimum_ms", minimum_ms), ("shape", shape)])
        }
        Jitter::LogNormal { median_ms, sigma } => {
            ("log-normal", vec![("median_ms", median_ms), ("sigma", sigma)])
        }
        Jitter::ParetoExponential { share, minimum_ms, shape, mean_ms } => (
            "pareto-exponential",
            vec![("share", share), ("minimum_ms", minimum_ms), ("shape", shape), ("mean_ms", mean_ms)],
        ),
    };
    let mut fields = Writer::default();
    fields.put("kind", text(kind));
    for (name, value) in numbers {
        fields.put(name, number(value));
    }
    fields.table()
}

fn position(fields: &mut Writer, position: Position) {
    fields.put("x_km", whole(position.x_km));
    fields.put("y_km", whole(position.y_km));
}

fn node(node: &Node) -> Tree {
    let mut fields = Writer::default();
    fields.put("name", text(&node.name));
    position(&mut fields, node.position);
    fields.put_unless("region", &node.region, &0, |region| whole(*region));
    fields.put_unless("spare", &node.spare, &false, |spare| Value::Truth(*spare));
    fields.put_unless("service_ms", &node.service, &Span::ZERO, |span| ms(*span));
    fields.put_unless("service_varies", &node.service_varies, &false, |varies| Value::Truth(*varies));
    let per_operation = &node.service_per_operation;
    fields.put_unless("service_per_operation_ms", per_operation, &Span::ZERO, |span| ms(*span));
    fields.put_unless("hiccup_share", &node.hiccup_share, &0.0, |share| number(*share));
    fields.put_unless("hiccup_times", &node.hiccup_times, &1, |times| whole(*times));
    fields.put_unless("fsync_ms", &node.fsync, &Span::ZERO, |span| ms(*span));
    fields.put_unless("clock_skew_ms", &node.clock_skew_ns, &0, |ns| signed_ms(*ns));
    fields.put_unless("clock_drift_ppm", &node.clock_drift_ppm, &0, |ppm| whole(*ppm));
    fields.table().into()
}

fn between(fields: &mut Writer, [a, b]: &[String; 2]) {
    fields.put("between", names(&[a.clone(), b.clone()]));
}

fn names(names: &[String]) -> Value {
    Value::List(names.iter().map(|name| text(name).into()).collect())
}

fn link(link: &Link) -> Tree {
    let mut fields = Writer::default();
    between(&mut fields, &link.between);
    overrides(&mut fields, &link.quality);
    fields.table().into()
}

fn client(client: &Client) -> Tree {
    let usual = Client::new("", client.position);
    let mut fields = Writer::default();
    fields.put("name", text(&client.name));
    position(&mut fields, client.position);
    let home = match &client.home {
        Home::Node(name) => Some(text(name)),
        Home::Nearest => None,
        Home::RoundRobin => Some(text("round-robin")),
    };
    fields.put_some("home", home);
    fields.put_unless("pace", &client.pace, &usual.pace, |value| pace(*value));
    fields.put_unless("mix", &client.mix, &usual.mix, |mix| {
        let mut weights = Writer::default();
        let kinds = [
            ("read", mix.read),
            ("write", mix.write),
            ("cas", mix.cas),
            ("add", mix.add),
            ("insert", mix.insert),
            ("remove", mix.remove),
            ("scan", mix.scan),
            ("query_all", mix.query_all),
            ("pair", mix.pair),
        ];
        for (name, weight) in kinds {
            weights.put_unless(name, &weight, &0, |weight| whole(*weight));
        }
        weights.table()
    });
    match client.keys {
        KeyPick::Uniform => {}
        KeyPick::Zipf { exponent } => fields.put("zipf", number(exponent)),
        other => fields.put("keys", keys(other)),
    }
    fields.put_unless("scan_keys", &client.scan_keys, &usual.scan_keys, |keys| whole(*keys));
    fields.put_unless("apart", &client.apart, &usual.apart, |apart| Value::Truth(*apart));
    fields.put_unless("batch", &client.batch, &usual.batch, |count| whole(*count));
    fields.put_unless("linger_ms", &client.linger, &usual.linger, |span| ms(*span));
    fields.put_unless("timeout_ms", &client.timeout, &usual.timeout, |span| ms(*span));
    fields.put_unless("retries", &client.retries, &usual.retries, |count| whole(*count));
    fields.put_unless("starts_ms", &client.starts, &usual.starts, |time| ms(Span(time.0)));
    fields.put_some("operations", client.operations.map(whole));
    fields.table().into()
}

/// How keys are picked, in those ways that have no field of their own.
fn keys(keys: KeyPick) -> Value {
    let mut fields = Writer::default();
    match keys {
        KeyPick::Uniform => fields.put("kind", text("uniform")),
        KeyPick::Zipf { exponent } => {
            fields.put("kind", text("zipf"));
            fields.put("exponent", number(exponent));
        }
        KeyPick::Sequential => fields.put("kind", text("sequential")),
        KeyPick::Tenants { tenants, exponent } => {
            fields.put("kind", text("tenants"));
            fields.put("tenants", whole(tenants));
            fields.put_unless("exponent", &exponent, &0.0, |exponent| number(*exponent));
        }
        KeyPick::Growing { tenants, doubling } => {
            fields.put("kind", text("growing"));
            fields.put("tenants", whole(tenants));
            fields.put("doubling_ms", ms(doubling));
        }
    }
    fields.table()
}

fn pace(pace: Pace) -> Value {
    let mut fields = Writer::default();
    match pace {
        Pace::Silent => fields.put("kind", text("silent")),
        Pace::Closed { think } => {
            fields.put("kind", text("closed"));
            fields.put("think_ms", ms(think));
        }
        Pace::Open { per_second } => {
            fields.put("kind", text("open"));
            fields.put("per_second", number(per_second));
        }
        Pace::Job { accesses, compute } => {
            fields.put("kind", text("job"));
            fields.put("accesses", whole(accesses));
            fields.put_unless("compute_ms", &compute, &Span::ZERO, |span| ms(*span));
        }
    }
    fields.table()
}
