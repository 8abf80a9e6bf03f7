//! From the neutral form to the scenario. Every field is documented at its type in [`crate::model`].

mod step;

use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{KeyPick, LinkQuality, Mix, Pace, Position};
use netsplit_sim::time::{Span, Time};

use crate::fields::{Fields, Reader, number, span, whole};
use crate::limits;
use crate::model::{
    Block, Bookmark, Client, Home, Link, Lock, Locks, Node, Overrides, ParameterValue, Parameters,
    Partitioning, ProtocolChoice, Scenario, VERSION,
};
use crate::problem::{Problem, one_of};
use crate::tree::{Tree, Value};

pub(crate) use step::HONEST;

/// Reads a scenario; what its numbers and names mean is not checked yet.
pub(crate) fn scenario(tree: &Tree) -> Result<Scenario, Vec<Problem>> {
    let reader = Reader::default();
    let scenario = read(&reader, tree);
    let problems = reader.problems();
    if problems.is_empty() { Ok(scenario) } else { Err(problems) }
}

fn read(reader: &Reader, tree: &Tree) -> Scenario {
    let mut fields = reader.table("", tree);
    let version: Option<u64> = fields.whole("version");
    if version.is_some_and(|version| version != VERSION) {
        let line = tree.line_of("version");
        reader.add(line, "version", format!("expected {VERSION}, the only version that this build knows"));
    }
    let empty = Scenario::empty("");
    let scenario = Scenario {
        title: fields.text("title"),
        note: fields.text("note"),
        seed: fields.whole("seed").unwrap_or(empty.seed),
        keys: fields.whole("keys").unwrap_or(empty.keys),
        protocol: protocol(&mut fields),
        partitioning: partitioning(&mut fields),
        network: network(&mut fields),
        nodes: list(&mut fields, "nodes", limits::NODES, node),
        links: list(&mut fields, "links", limits::LINKS, link),
        clients: list(&mut fields, "clients", limits::CLIENTS, client),
        script: list(&mut fields, "script", limits::STEPS, step::step),
        bookmarks: list(&mut fields, "bookmarks", limits::BOOKMARKS, bookmark),
        locked: locked(&mut fields),
    };
    fields.finish();
    scenario
}

/// What is locked: a list of words.
fn locked(fields: &mut Fields<'_>) -> Locks {
    let Some(tree) = fields.get("locked") else { return Locks::new() };
    let (reader, path) = (fields.reader(), fields.path("locked"));
    let mut locks = Locks::new();
    for (path, tree) in reader.list(&path, tree, Lock::ALL.len()) {
        let Some(word) = reader.text(&path, tree) else { continue };
        match Lock::find(&word) {
            Some(lock) if locks.insert(lock) => {}
            Some(_) => reader.add(tree.line, &path, format!("{word:?} is named twice")),
            None => {
                let known = one_of(Lock::ALL.map(Lock::id));
                reader.add(tree.line, &path, format!("expected {known} and found {word:?}"));
            }
        }
    }
    locks
}

fn list<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    most: usize,
    read: impl Fn(&mut Fields<'_>) -> T,
) -> Vec<T> {
    let Some(tree) = fields.get(name) else { return Vec::new() };
    let reader = fields.reader();
    let item = |(path, tree): (String, &Tree)| {
        let mut fields = reader.table(&path, tree);
        let item = read(&mut fields);
        fields.finish();
        item
    };
    reader.list(&fields.path(name), tree, most).into_iter().map(item).collect()
}

fn protocol(fields: &mut Fields<'_>) -> ProtocolChoice {
    let empty = ProtocolChoice { name: String::new(), parameters: Parameters::new() };
    let Some(tree) = fields.need("protocol", "a table with the name of a protocol") else { return empty };
    let mut fields = fields.reader().table("protocol", tree);
    let name = fields.need_text("name", "the name of a protocol");
    let parameters = parameters(&mut fields);
    fields.finish();
    ProtocolChoice { name, parameters }
}

fn partitioning(fields: &mut Fields<'_>) -> Option<Partitioning> {
    let tree = fields.get("partitioning")?;
    let mut fields = fields.reader().table("partitioning", tree);
    let scheme = fields.need_text("scheme", "the name of a scheme");
    let blocks = list(&mut fields, "blocks", limits::KEYS as usize, block);
    let parameters = parameters(&mut fields);
    fields.finish();
    Some(Partitioning { scheme, parameters, blocks })
}

fn bookmark(fields: &mut Fields<'_>) -> Bookmark {
    let at: Option<Span> = fields.need_value("at_ms", "milliseconds since the start, 0 or more", span);
    Bookmark {
        at: Time(at.unwrap_or_default().0),
        caption: fields.need_text("caption", "what there is to see, in words"),
    }
}

fn block(fields: &mut Fields<'_>) -> Block {
    let first: u32 = fields.need_whole("first", "the block's first key, 1 or more");
    Block { first: first.wrapping_sub(1), owners: owners(fields) }
}

fn owners(fields: &mut Fields<'_>) -> Vec<String> {
    let Some(tree) = fields.get("owners") else { return Vec::new() };
    names(fields.reader(), &fields.path("owners"), tree)
}

/// Whatever fields are left, as parameters: a number under a name with `_ms` behind it is a time.
fn parameters(fields: &mut Fields<'_>) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, tree) in fields.rest() {
        let (id, value) = match (&tree.value, name.strip_suffix("_ms")) {
            (Value::Text(text), _) => (name, Some(ParameterValue::Choice(text.clone()))),
            (value, Some(id)) => (id, span(value).map(ParameterValue::Time)),
            (value, None) => (name, whole(value).map(ParameterValue::Count)),
        };
        match value {
            Some(value) => {
                parameters.insert(id.to_owned(), value);
            }
            None => fields.wrong(
                tree,
                name,
                "a whole number, text in quotes, or milliseconds under a name with _ms",
            ),
        }
    }
    parameters
}

fn network(fields: &mut Fields<'_>) -> LinkQuality {
    let default = LinkQuality::default();
    let Some(tree) = fields.get("network") else { return default };
    let mut fields = fields.reader().table("network", tree);
    let quality = overrides(&mut fields).over(&default);
    fields.finish();
    quality
}

fn overrides(fields: &mut Fields<'_>) -> Overrides {
    Overrides {
        stretch: fields.number("stretch"),
        base: fields.span("base_ms"),
        jitter: fields.get("jitter").and_then(|tree| jitter(fields, tree)),
        loss: fields.number("loss"),
        duplicate: fields.number("duplicate"),
        reorder: fields.number("reorder"),
        bandwidth: fields.value("bandwidth_mbps", "megabits a second, 0 or more", bandwidth),
    }
}

/// Megabits to bytes, rounded.
fn bandwidth(value: &Value) -> Option<u64> {
    let mbps = number(value)?;
    (0.0..=1e9).contains(&mbps).then_some((mbps * 125_000.0 + 0.5) as u64)
}

fn jitter(fields: &Fields<'_>, tree: &Tree) -> Option<Jitter> {
    let path = fields.path("jitter");
    let mut fields = fields.reader().table(&path, tree);
    let kinds = ["constant", "uniform", "exponential", "pareto", "log-normal", "pareto-exponential"];
    let kind = fields.need_text("kind", &one_of(kinds));
    let jitter = match kind.as_str() {
        "constant" => Jitter::Constant { ms: fields.need_number("ms") },
        "uniform" => {
            Jitter::Uniform { low_ms: fields.need_number("low_ms"), high_ms: fields.need_number("high_ms") }
        }
        "exponential" => Jitter::Exponential { mean_ms: fields.need_number("mean_ms") },
        "pareto" => Jitter::Pareto {
            minimum_ms: fields.need_number("minimum_ms"),
            shape: fields.need_number("shape"),
        },
        "log-normal" => Jitter::LogNormal {
            median_ms: fields.need_number("median_ms"),
            sigma: fields.need_number("sigma"),
        },
        "pareto-exponential" => Jitter::ParetoExponential {
            share: fields.need_number("share"),
            minimum_ms: fields.need_number("minimum_ms"),
            shape: fields.need_number("shape"),
            mean_ms: fields.need_number("mean_ms"),
        },
        _ => return unknown(&mut fields, "kind", kinds),
    };
    fields.finish();
    Some(jitter)
}

/// Complains about a word that is not one of several; the other fields can't be judged then.
fn unknown<'a, T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    of: impl IntoIterator<Item = &'a str>,
) -> Option<T> {
    if let Some(tree) = fields.get(name)
        && matches!(tree.value, Value::Text(_))
    {
        fields.wrong(tree, name, &one_of(of));
    }
    fields.rest();
    None
}

fn node(fields: &mut Fields<'_>) -> Node {
    let name = fields.need_text("name", "a name such as \"n1\"");
    Node {
        region: fields.whole("region").unwrap_or_default(),
        spare: fields.truth("spare").unwrap_or_default(),
        service: fields.span("service_ms").unwrap_or_default(),
        service_varies: fields.truth("service_varies").unwrap_or_default(),
        service_per_operation: fields.span("service_per_operation_ms").unwrap_or_default(),
        hiccup_share: fields.number("hiccup_share").unwrap_or_default(),
        hiccup_times: fields.whole("hiccup_times").unwrap_or(1),
        fsync: fields.span("fsync_ms").unwrap_or_default(),
        clock_skew_ns: fields.value("clock_skew_ms", "milliseconds", skew).unwrap_or_default(),
        clock_drift_ppm: fields.whole("clock_drift_ppm").unwrap_or_default(),
        ..Node::new(name, position(fields))
    }
}

fn skew(value: &Value) -> Option<i64> {
    let ms = number(value)?;
    let size = i64::try_from(span(&Value::Float(ms.abs()))?.0).ok()?;
    Some(if ms < 0.0 { -size } else { size })
}

fn position(fields: &mut Fields<'_>) -> Position {
    Position {
        x_km: fields.whole("x_km").unwrap_or_default(),
        y_km: fields.whole("y_km").unwrap_or_default(),
    }
}

fn link(fields: &mut Fields<'_>) -> Link {
    Link { between: between(fields), quality: overrides(fields) }
}

fn between(fields: &mut Fields<'_>) -> [String; 2] {
    let what = "a list of two names";
    let Some(tree) = fields.need("between", what) else { return Default::default() };
    let names = names(fields.reader(), &fields.path("between"), tree);
    <[String; 2]>::try_from(names).unwrap_or_else(|_| {
        fields.wrong(tree, "between", what);
        Default::default()
    })
}

fn names(reader: &Reader, path: &str, tree: &Tree) -> Vec<String> {
    let items = reader.list(path, tree, limits::SITES);
    items.into_iter().filter_map(|(path, tree)| reader.text(&path, tree)).collect()
}

fn client(fields: &mut Fields<'_>) -> Client {
    let name = fields.need_text("name", "a name such as \"c1\"");
    let usual = Client::new(name, position(fields));
    let home = match fields.text("home").as_str() {
        "" | "nearest" => Home::Nearest,
        "round-robin" => Home::RoundRobin,
        name => Home::Node(name.to_owned()),
    };
    Client {
        home,
        pace: fields.get("pace").and_then(|tree| pace(fields, tree)).unwrap_or(usual.pace),
        mix: mix(fields).unwrap_or(usual.mix),
        keys: keys(fields).unwrap_or(usual.keys),
        scan_keys: fields.whole("scan_keys").unwrap_or(usual.scan_keys),
        apart: fields.truth("apart").unwrap_or(usual.apart),
        batch: fields.whole("batch").unwrap_or(usual.batch),
        linger: fields.span("linger_ms").unwrap_or(usual.linger),
        timeout: fields.span("timeout_ms").unwrap_or(usual.timeout),
        retries: fields.whole("retries").unwrap_or(usual.retries),
        starts: fields.span("starts_ms").map_or(usual.starts, |span| Time(span.0)),
        operations: fields.whole("operations"),
        ..usual
    }
}

/// How keys are picked: `zipf` is short for the oldest of the ways.
fn keys(fields: &mut Fields<'_>) -> Option<KeyPick> {
    let zipf = fields.number("zipf").map(|exponent| KeyPick::Zipf { exponent });
    let Some(tree) = fields.get("keys") else { return zipf };
    if zipf.is_some() {
        fields.wrong(tree, "keys", "either zipf or keys, not both,");
    }
    let path = fields.path("keys");
    let mut fields = fields.reader().table(&path, tree);
    let kinds = ["uniform", "zipf", "sequential", "tenants", "growing"];
    let kind = fields.need_text("kind", &one_of(kinds));
    let tenants =
        |fields: &mut Fields<'_>| fields.need_whole("tenants", "how many tenants the keys belong to");
    let keys = match kind.as_str() {
        "uniform" => KeyPick::Uniform,
        "zipf" => KeyPick::Zipf { exponent: fields.need_number("exponent") },
        "sequential" => KeyPick::Sequential,
        "tenants" => KeyPick::Tenants {
            tenants: tenants(&mut fields),
            exponent: fields.number("exponent").unwrap_or_default(),
        },
        "growing" => KeyPick::Growing {
            tenants: tenants(&mut fields),
            doubling: fields.need_value("doubling_ms", "milliseconds, 1 or more", span).unwrap_or_default(),
        },
        _ => return unknown(&mut fields, "kind", kinds),
    };
    fields.finish();
    Some(keys)
}

fn pace(fields: &Fields<'_>, tree: &Tree) -> Option<Pace> {
    let path = fields.path("pace");
    let mut fields = fields.reader().table(&path, tree);
    let kinds = ["closed", "open", "silent", "job"];
    let kind = fields.need_text("kind", &one_of(kinds));
    let pace = match kind.as_str() {
        "silent" => Pace::Silent,
        "closed" => Pace::Closed {
            think: fields.need_value("think_ms", "milliseconds, 0 or more", span).unwrap_or(Span::ZERO),
        },
        "open" => Pace::Open { per_second: fields.need_number("per_second") },
        "job" => Pace::Job {
            accesses: fields.need_whole("accesses", "how many operations one round has"),
            compute: fields.span("compute_ms").unwrap_or_default(),
        },
        _ => return unknown(&mut fields, "kind", kinds),
    };
    fields.finish();
    Some(pace)
}

/// The weights; a kind that is not named has none.
fn mix(fields: &mut Fields<'_>) -> Option<Mix> {
    let tree = fields.get("mix")?;
    let path = fields.path("mix");
    let mut fields = fields.reader().table(&path, tree);
    let mut weight = |name| fields.whole(name).unwrap_or(0u16);
    let mix = Mix {
        read: weight("read"),
        write: weight("write"),
        cas: weight("cas"),
        add: weight("add"),
        insert: weight("insert"),
        remove: weight("remove"),
        scan: weight("scan"),
        query_all: weight("query_all"),
        pair: weight("pair"),
    };
    fields.finish();
    Some(mix)
}
