//! The controls of a client: when it sends, what it asks for, which keys, and whom.

use netsplit_scenario::limits;
use netsplit_scenario::model::{Client, Home};
use netsplit_sim::history::CallKind;
use netsplit_sim::setup::{KeyPick, Mix, Pace};
use netsplit_sim::time::Span;

use super::{Control, Entry, choice, number};

/// The shares of kinds of operation: control, label, help.
const MIX: [(&str, &str, &str); 6] = [
    ("mix_read", "Reads", "How many reads for each other operation."),
    ("mix_write", "Writes", "How many writes for each other operation."),
    (
        "mix_cas",
        "Compare-and-set",
        "How many of these: write only if the key still holds what the client saw last.",
    ),
    ("mix_add", "Additions", "How many times 1 is added to the number that a key holds."),
    ("mix_insert", "Insertions", "How many new elements are put into the set that a key holds."),
    ("mix_remove", "Removals", "How many elements that the client has seen are taken out of the set."),
];

/// The shares of operations over several keys.
const MANY: [(&str, &str, &str); 3] = [
    ("mix_scan", "Range scans", "How many times keys that follow each other are read at once."),
    ("mix_query_all", "Queries of all data", "How many times every key is read at once."),
    ("mix_pair", "Writes of two keys", "How many times two keys are written at once; they are not atomic."),
];

fn many_of<'a>(mix: &'a mut Mix, name: &str) -> Option<&'a mut u16> {
    match name {
        "mix_scan" => Some(&mut mix.scan),
        "mix_query_all" => Some(&mut mix.query_all),
        "mix_pair" => Some(&mut mix.pair),
        _ => None,
    }
}

/// The patterns by which keys are picked: id and label.
const PATTERNS: [(&str, &str); 5] = [
    ("uniform", "all keys alike"),
    ("zipf", "some keys are favourites"),
    ("sequential", "one key after the other"),
    ("tenants", "each tenant has its keys"),
    ("growing", "one tenant grows"),
];

fn pattern(keys: &KeyPick) -> &'static str {
    match keys {
        KeyPick::Uniform => "uniform",
        KeyPick::Zipf { .. } => "zipf",
        KeyPick::Sequential => "sequential",
        KeyPick::Tenants { .. } => "tenants",
        KeyPick::Growing { .. } => "growing",
    }
}

/// What a pattern begins with.
fn pattern_of(id: &str) -> Option<KeyPick> {
    Some(match id {
        "uniform" => KeyPick::Uniform,
        "zipf" => KeyPick::Zipf { exponent: 1.0 },
        "sequential" => KeyPick::Sequential,
        "tenants" => KeyPick::Tenants { tenants: 6, exponent: 1.0 },
        "growing" => KeyPick::Growing { tenants: 6, doubling: Span::from_s(1) },
        _ => return None,
    })
}

/// The controls of how keys are picked.
fn key_controls(keys: &KeyPick) -> Vec<Control> {
    let exponent = |exponent: f64| {
        let help = "0: all alike; 1: the first is by far the most popular (Zipf's law).";
        let title =
            if matches!(keys, KeyPick::Tenants { .. }) { "Favourite tenants" } else { "Favourite keys" };
        number("zipf", title, help, exponent, "").within((0.0, limits::SHAPE), 0.1, 2.0).needing_replay()
    };
    let tenants = |tenants: u32| {
        let help = "The keys belong to so many tenants; those of a tenant are neighbours.";
        number("tenants", "Tenants", help, f64::from(tenants), "")
            .within((1.0, f64::from(limits::KEYS)), 1.0, 50.0)
            .needing_replay()
    };
    let help = "Which keys the client asks for.";
    let mut controls = vec![choice("pattern", "Keys", help, &PATTERNS, pattern(keys)).needing_replay()];
    match *keys {
        KeyPick::Uniform => controls.push(exponent(0.0)),
        KeyPick::Zipf { exponent: shape } => controls.push(exponent(shape)),
        KeyPick::Sequential => {}
        KeyPick::Tenants { tenants: count, exponent: shape } => {
            controls.extend([tenants(count), exponent(shape)]);
        }
        KeyPick::Growing { tenants: count, doubling } => {
            let help = "After so long the share of the first tenant has doubled, and then again.";
            let doubling = number("doubling_ms", "Its share doubles in", help, doubling.as_ms(), "ms")
                .within((1.0, limits::SPAN.as_ms()), 1.0, 5_000.0)
                .needing_replay();
            controls.extend([tenants(count), doubling]);
        }
    }
    controls
}

/// Puts an entry into how keys are picked; `false` if the name is none of its controls.
fn set_keys(keys: &mut KeyPick, name: &str, entry: &Entry) -> bool {
    match (name, entry, keys) {
        ("pattern", Entry::Choice(id), keys) if pattern(keys) == id => {}
        ("pattern", Entry::Choice(id), keys) => match pattern_of(id) {
            Some(picked) => *keys = picked,
            None => return false,
        },
        ("zipf", Entry::Number(number), KeyPick::Tenants { exponent, .. }) => *exponent = *number,
        ("zipf", Entry::Number(number), keys) if *number == 0.0 => *keys = KeyPick::Uniform,
        ("zipf", Entry::Number(number), keys) => *keys = KeyPick::Zipf { exponent: *number },
        (
            "tenants",
            Entry::Number(number),
            KeyPick::Tenants { tenants, .. } | KeyPick::Growing { tenants, .. },
        ) => {
            *tenants = ((number + 0.5) as u32).clamp(1, limits::KEYS);
        }
        ("doubling_ms", Entry::Number(ms), KeyPick::Growing { doubling, .. }) => {
            *doubling = Span::from_ms_f64(ms.max(1.0));
        }
        _ => return false,
    }
    true
}

/// The controls of operations over several keys, and of sending them together: only where the data is split.
fn many_controls(client: &Client) -> Vec<Control> {
    let mut mix = client.mix;
    let mut controls: Vec<Control> = Vec::new();
    for (name, title, help) in MANY {
        let value = f64::from(many_of(&mut mix, name).map_or(0, |weight| *weight));
        controls
            .push(number(name, title, help, value, "").within((0.0, 1_000.0), 1.0, 10.0).needing_replay());
    }
    let help = "How many keys a range scan reads.";
    controls.push(
        number("scan_keys", "Keys of a scan", help, f64::from(client.scan_keys), "")
            .within((1.0, f64::from(limits::KEYS)), 1.0, 50.0)
            .needing_replay(),
    );
    let of = [("apart", "anywhere"), ("near", "neighbours, of one tenant")];
    let chosen = if client.apart { "apart" } else { "near" };
    let help = "Where the second of two keys lies that are written at once.";
    controls.push(choice("apart", "Two keys lie", help, &of, chosen).needing_replay());
    controls
}

/// The controls of sending operations together, for a client that does not wait.
fn batch_controls(client: &Client) -> Vec<Control> {
    let help = "So many operations for one node are sent as one message, which costs it the work of one.";
    vec![
        number("batch", "Send together", help, f64::from(client.batch), "")
            .within((1.0, f64::from(limits::BATCH)), 1.0, 50.0)
            .needing_replay(),
        number(
            "linger_ms",
            "Wait for others",
            "How long an operation waits at most for others to be sent with.",
            client.linger.as_ms(),
            "ms",
        )
        .within((0.0, limits::DELAY.as_ms()), 1.0, 50.0)
        .needing_replay(),
    ]
}

fn set_many(client: &mut Client, name: &str, entry: &Entry) -> bool {
    match (name, entry) {
        ("scan_keys", Entry::Number(number)) => {
            client.scan_keys = ((number + 0.5) as u32).clamp(1, limits::KEYS);
        }
        ("apart", Entry::Choice(id)) => client.apart = id == "apart",
        ("batch", Entry::Number(number)) => {
            client.batch = ((number + 0.5) as u64).clamp(1, u64::from(limits::BATCH)) as u16;
        }
        ("linger_ms", Entry::Number(ms)) => client.linger = Span::from_ms_f64(*ms),
        (name, Entry::Number(number)) => {
            let Some(weight) = many_of(&mut client.mix, name) else { return false };
            *weight = (number + 0.5) as u16;
        }
        _ => return false,
    }
    true
}

fn weight_of(mix: &mut Mix, kind: CallKind) -> &mut u16 {
    match kind {
        CallKind::Read => &mut mix.read,
        CallKind::Write => &mut mix.write,
        CallKind::Cas => &mut mix.cas,
        CallKind::Add => &mut mix.add,
        CallKind::Insert => &mut mix.insert,
        CallKind::Remove => &mut mix.remove,
    }
}

/// The controls of a client's workload, and apart from them the shares of those kinds of operation that the
/// protocol refuses.
#[must_use]
pub fn workload(
    client: &Client,
    nodes: &[String],
    calls: &[CallKind],
    is_split: bool,
) -> (Vec<Control>, Vec<Control>) {
    let pace = match client.pace {
        Pace::Silent => "silent",
        Pace::Closed { .. } => "closed",
        Pace::Open { .. } => "open",
        Pace::Job { .. } => "job",
    };
    let paces = [
        ("closed", "one at a time"),
        ("open", "at a rate, whatever happens"),
        ("job", "as a job: some, then work"),
        ("silent", "only when told"),
    ];
    let mut controls = vec![choice("pace", "Sends", "When the client starts an operation.", &paces, pace)];
    match client.pace {
        Pace::Silent => {}
        Pace::Closed { think } => controls.push(
            number("think_ms", "Pause between", "From one answer to the next call.", think.as_ms(), "ms")
                .within((0.0, limits::SPAN.as_ms()), 1.0, 200.0),
        ),
        Pace::Open { per_second } => controls.push(
            number("rate", "Rate", "Operations per second on average, at random gaps.", per_second, "per s")
                .within((0.0, limits::RATE), 1.0, 500.0),
        ),
        Pace::Job { accesses, compute } => controls.extend([
            number(
                "accesses",
                "Operations of a round",
                "One after the other; then it works.",
                f64::from(accesses),
                "",
            )
            .within((1.0, f64::from(limits::ACCESSES)), 1.0, 100.0),
            number(
                "compute_ms",
                "Work of a round",
                "How long it works before the next.",
                compute.as_ms(),
                "ms",
            )
            .within((0.0, limits::SPAN.as_ms()), 1.0, 200.0),
        ]),
    }
    let mut refused = Vec::new();
    let mut mix = client.mix;
    for (kind, (name, title, help)) in CallKind::ALL.into_iter().zip(MIX) {
        let value = f64::from(*weight_of(&mut mix, kind));
        let weight = number(name, title, help, value, "").within((0.0, 1_000.0), 1.0, 10.0).needing_replay();
        if calls.contains(&kind) { controls.push(weight) } else { refused.push(weight) }
    }
    if is_split {
        controls.extend(many_controls(client));
    }
    controls.extend(key_controls(&client.keys));
    if let Pace::Open { .. } = client.pace {
        controls.extend(batch_controls(client));
    }
    controls.extend([
        home(client, nodes),
        number(
            "timeout_ms",
            "Timeout",
            "How long it waits for an answer before it gives up or tries again.",
            client.timeout.as_ms(),
            "ms",
        )
        .within((limits::TIMEOUT_LEAST.as_ms(), limits::SPAN.as_ms()), 1.0, 1_000.0)
        .needing_replay(),
        number(
            "retries",
            "Retries",
            "How often it tries again after a timeout, each time at the next node.",
            f64::from(client.retries),
            "",
        )
        .within((0.0, f64::from(limits::RETRIES)), 1.0, 5.0)
        .needing_replay(),
    ]);
    (controls, refused)
}

fn home(client: &Client, nodes: &[String]) -> Control {
    let mut of = vec![("nearest", "the nearest node"), ("round-robin", "each node in turn")];
    of.extend(nodes.iter().map(|name| (name.as_str(), name.as_str())));
    let chosen = match &client.home {
        Home::Nearest => "nearest",
        Home::RoundRobin => "round-robin",
        Home::Node(name) => name,
    };
    choice("home", "Talks to", "The node that it turns to first.", &of, chosen).needing_replay()
}

/// Puts an entry into a client's pace; `false` if the name is none of its controls.
#[must_use]
pub fn set_pace(pace: &mut Pace, name: &str, entry: &Entry) -> bool {
    *pace = match (name, entry) {
        ("pace", Entry::Choice(id)) => match id.as_str() {
            "silent" => Pace::Silent,
            "open" => Pace::Open { per_second: 50.0 },
            "job" => Pace::Job { accesses: 10, compute: Span::from_ms(1) },
            _ => Pace::Closed { think: Span::from_ms(20) },
        },
        ("think_ms", Entry::Number(ms)) => Pace::Closed { think: Span::from_ms_f64(*ms) },
        ("rate", Entry::Number(per_second)) => Pace::Open { per_second: *per_second },
        ("accesses", Entry::Number(number)) => match *pace {
            Pace::Job { compute, .. } => {
                Pace::Job { accesses: ((number + 0.5) as u32).clamp(1, limits::ACCESSES), compute }
            }
            _ => return true,
        },
        ("compute_ms", Entry::Number(ms)) => match *pace {
            Pace::Job { accesses, .. } => Pace::Job { accesses, compute: Span::from_ms_f64(*ms) },
            _ => return true,
        },
        _ => return false,
    };
    true
}

/// Puts an entry into the rest of a client's workload; `false` if the name is none of its controls.
#[must_use]
pub fn set_workload(client: &mut Client, name: &str, entry: &Entry) -> bool {
    match (name, entry) {
        ("home", Entry::Choice(id)) => {
            client.home = match id.as_str() {
                "nearest" => Home::Nearest,
                "round-robin" => Home::RoundRobin,
                name => Home::Node(name.to_owned()),
            };
        }
        ("timeout_ms", Entry::Number(ms)) => {
            client.timeout = Span::from_ms_f64(*ms).max(limits::TIMEOUT_LEAST);
        }
        (_, Entry::Number(number)) if MIX.iter().any(|(known, ..)| *known == name) => {
            let kind = MIX.iter().position(|(known, ..)| *known == name);
            let Some(kind) = kind.and_then(|place| CallKind::ALL.get(place)) else { return false };
            *weight_of(&mut client.mix, *kind) = (number + 0.5) as u16;
        }
        ("retries", Entry::Number(number)) => {
            client.retries = ((number + 0.5) as u64).min(u64::from(limits::RETRIES)) as u8;
        }
        _ => return set_keys(&mut client.keys, name, entry) || set_many(client, name, entry),
    }
    true
}
