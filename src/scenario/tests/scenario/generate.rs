//! Random valid scenarios.

mod split;

use netsplit_scenario::Scenario;
use netsplit_scenario::model::{
    Bookmark, Client, Home, Link, Lock, Node, Overrides, ParameterValue, Parameters, ProtocolChoice, Step,
    StepAction,
};
use netsplit_sim::action::Lie;
use netsplit_sim::protocol::{About, Parameter};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{KeyPick, LinkQuality, Mix, Pace, Position};
use netsplit_sim::time::{Span, Time};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Any valid scenario.
pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    let protocol = 0..netsplit_protocols::ALL.len();
    let sizes = (1usize..=5, 0usize..=4, 1u32..=20, protocol);
    let sizes = sizes.prop_flat_map(|(nodes, clients, keys, protocol)| {
        (Just((nodes, clients, keys, protocol)), option::of(split::partitioning(nodes, keys)))
    });
    sizes.prop_flat_map(|((nodes, clients, keys, protocol), split)| {
        let about = (netsplit_protocols::ALL[protocol].about)();
        let names = sites(nodes, clients);
        let is_split = split.is_some();
        let (partitioning, spares) = split.unzip();
        let spares = spares.unwrap_or_else(|| vec![false; nodes]);
        let mut bare = Scenario { partitioning, keys, ..Scenario::empty(about.id) };
        bare.nodes = (spares.iter().enumerate())
            .map(|(n, &spare)| Node { spare, ..Node::new(format!("n{}", n + 1), Position::default()) })
            .collect();
        let group = usize::from(bare.group());
        let actions = split::actions(bare.partitioning.as_ref(), nodes, clients, keys);
        (
            (text(40), text(80), 0u64..=(1 << 53) - 1, choice(&about, group)),
            quality(),
            bare.nodes.iter().map(node).collect::<Vec<_>>(),
            (0..clients).map(|c| client(c, nodes, is_split)).collect::<Vec<_>>(),
            links(names),
            (script(&about, (nodes, group), clients, keys, actions), bookmarks()),
            prop::collection::btree_set(prop::sample::select(Lock::ALL.to_vec()), 0..=5),
        )
            .prop_map(
                move |(
                    (title, note, seed, protocol),
                    network,
                    nodes,
                    clients,
                    links,
                    (script, bookmarks),
                    locked,
                )| {
                    let network = network.over(&LinkQuality::default());
                    Scenario {
                        title,
                        note,
                        seed,
                        protocol,
                        network,
                        nodes,
                        links,
                        clients,
                        script,
                        bookmarks,
                        locked,
                        ..bare.clone()
                    }
                },
            )
    })
}

fn bookmarks() -> impl Strategy<Value = Vec<Bookmark>> {
    let one = (0u64..5_000_000_000, text(30)).prop_map(|(at, words)| {
        let caption = if words.trim().is_empty() { "look".to_owned() } else { words };
        Bookmark { at: Time(at), caption }
    });
    proptest::collection::vec(one, 0..3).prop_map(|mut bookmarks| {
        bookmarks.sort_by_key(|bookmark| bookmark.at);
        bookmarks
    })
}

fn sites(nodes: usize, clients: usize) -> Vec<String> {
    (1..=nodes).map(|n| format!("n{n}")).chain((1..=clients).map(|c| format!("c{c}"))).collect()
}

fn text(most: usize) -> impl Strategy<Value = String> {
    let character =
        prop_oneof![Just('"'), Just('\\'), Just('\n'), Just('é'), Just('#'), Just('🦀'), any::<char>()];
    vec(character.prop_filter("printed", |c| !c.is_control() || *c == '\n'), 0..most)
        .prop_map(|characters| characters.into_iter().collect())
}

/// A number with any digits, not only round ones.
fn number(least: f64, most: f64) -> impl Strategy<Value = f64> {
    prop_oneof![Just(least), Just(most), (0.0..1.0).prop_map(move |x: f64| least + (most - least) * x)]
}

fn span(least: u64, most: u64) -> impl Strategy<Value = Span> {
    prop_oneof![Just(least), Just(most), least..=most].prop_map(Span)
}

fn place() -> impl Strategy<Value = Position> {
    (-100_000..=100_000, -100_000..=100_000).prop_map(|(x_km, y_km)| Position { x_km, y_km })
}

fn jitter() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        number(0.0, 60_000.0).prop_map(|ms| Jitter::Constant { ms }),
        (number(0.0, 100.0), number(100.0, 60_000.0))
            .prop_map(|(low_ms, high_ms)| Jitter::Uniform { low_ms, high_ms }),
        number(0.0, 60_000.0).prop_map(|mean_ms| Jitter::Exponential { mean_ms }),
        (number(0.0, 60_000.0), number(0.1, 20.0))
            .prop_map(|(minimum_ms, shape)| Jitter::Pareto { minimum_ms, shape }),
        (number(0.0, 60_000.0), number(0.0, 20.0))
            .prop_map(|(median_ms, sigma)| Jitter::LogNormal { median_ms, sigma }),
        (number(0.0, 1.0), number(0.0, 60_000.0), number(0.1, 20.0), number(0.0, 60_000.0)).prop_map(
            |(share, minimum_ms, shape, mean_ms)| Jitter::ParetoExponential {
                share,
                minimum_ms,
                shape,
                mean_ms
            }
        ),
    ]
}

fn quality() -> impl Strategy<Value = Overrides> {
    (
        option::of(number(1.0, 100.0)),
        option::of(span(1_000, 60_000_000_000)),
        option::of(jitter()),
        option::of(number(0.0, 1.0)),
        option::of(number(0.0, 1.0)),
        option::of(number(0.0, 1.0)),
        option::of(prop_oneof![Just(0), 125u64..=125_000_000_000]),
    )
        .prop_map(|(stretch, base, jitter, loss, duplicate, reorder, bandwidth)| Overrides {
            stretch,
            base,
            jitter,
            loss,
            duplicate,
            reorder,
            bandwidth,
        })
}

fn node(bare: &Node) -> impl Strategy<Value = Node> + use<> {
    let bare = bare.clone();
    let hiccups = prop_oneof![Just((0.0, 1)), (number(0.0, 1.0), 1u32..=1_000)];
    let times = (span(0, 60_000_000_000), span(0, 60_000_000_000), span(0, 60_000_000_000));
    (place(), times, clock(), hiccups, any::<u16>()).prop_map(
        move |(
            position,
            (service, fsync, per_operation),
            (clock_skew_ns, clock_drift_ppm),
            hiccups,
            region,
        )| Node {
            position,
            region,
            service,
            service_varies: region % 2 == 1,
            service_per_operation: per_operation,
            hiccup_share: hiccups.0,
            hiccup_times: hiccups.1,
            fsync,
            clock_skew_ns,
            clock_drift_ppm,
            ..bare.clone()
        },
    )
}

/// How far a clock is ahead, and how fast it runs.
fn clock() -> impl Strategy<Value = (i64, i32)> {
    let drift = prop_oneof![Just(0), -500_000i32..=500_000];
    (-3_600_000_000_000i64..=3_600_000_000_000, drift)
}

fn pace() -> impl Strategy<Value = Pace> {
    prop_oneof![
        Just(Pace::Silent),
        span(0, 3_600_000_000_000).prop_map(|think| Pace::Closed { think }),
        number(0.0, 100_000.0).prop_map(|per_second| Pace::Open { per_second }),
        (1u32..=100_000, span(0, 3_600_000_000_000))
            .prop_map(|(accesses, compute)| Pace::Job { accesses, compute }),
    ]
}

fn client(c: usize, nodes: usize, is_split: bool) -> impl Strategy<Value = Client> {
    let home = prop_oneof![
        Just(Home::Nearest),
        Just(Home::RoundRobin),
        (1..=nodes).prop_map(|n| Home::Node(format!("n{n}"))),
    ];
    let tenants = || 1u32..=1_000;
    let keys = prop_oneof![
        Just(KeyPick::Uniform),
        number(0.0, 20.0).prop_map(|exponent| KeyPick::Zipf { exponent }),
        Just(KeyPick::Sequential),
        (tenants(), number(0.0, 20.0)).prop_map(|(tenants, exponent)| KeyPick::Tenants { tenants, exponent }),
        (tenants(), span(1_000_000, 86_400_000_000_000))
            .prop_map(|(tenants, doubling)| KeyPick::Growing { tenants, doubling }),
    ];
    let weight = || prop_oneof![Just(0), any::<u16>()];
    let queries = [weight(), weight(), weight()].prop_map(move |all| if is_split { all } else { [0; 3] });
    let mix = (1u16.., weight(), weight(), weight(), weight(), weight(), queries).prop_map(
        |(read, write, cas, add, insert, remove, [scan, query_all, pair])| Mix {
            read,
            write,
            cas,
            add,
            insert,
            remove,
            scan,
            query_all,
            pair,
        },
    );
    let several = (1u32..=1_000, any::<bool>(), 1u16..=1_000, span(0, 60_000_000_000));
    let patience = (span(1_000_000, 3_600_000_000_000), 0u8..=100, span(0, 86_400_000_000_000));
    (place(), home, pace(), mix, keys, several, patience, option::of(any::<u32>())).prop_map(
        move |(position, home, pace, mix, keys, several, (timeout, retries, starts), operations)| Client {
            name: format!("c{}", c + 1),
            position,
            home,
            pace,
            mix,
            keys,
            scan_keys: several.0,
            apart: several.1,
            batch: several.2,
            linger: several.3,
            timeout,
            retries,
            starts: Time(starts.0),
            operations,
        },
    )
}

fn configure(node: Option<String>, parameters: Parameters) -> StepAction {
    StepAction::Configure { node, parameters, partitioning: Parameters::new() }
}

fn links(names: Vec<String>) -> impl Strategy<Value = Vec<Link>> {
    let mut pairs = Vec::new();
    for (i, a) in names.iter().enumerate() {
        pairs.extend(names[i + 1..].iter().map(|b| [a.clone(), b.clone()]));
    }
    let most = pairs.len().min(4);
    (proptest::sample::subsequence(pairs, 0..=most), vec(quality(), 4)).prop_map(|(pairs, qualities)| {
        pairs.into_iter().zip(qualities).map(|(between, quality)| Link { between, quality }).collect()
    })
}

fn parameters(known: &[Parameter], nodes: usize) -> impl Strategy<Value = Parameters> + use<> {
    let some = proptest::sample::subsequence(known.to_vec(), 0..=known.len());
    some.prop_flat_map(move |some| {
        let value = |parameter: &Parameter| {
            let (least, most) = parameter.range.bounds(nodes as u16);
            let (id, range) = (parameter.id.to_owned(), parameter.range.clone());
            prop_oneof![Just(least), Just(most), least..=most]
                .prop_map(move |value| (id.clone(), ParameterValue::from_value(&range, value)))
        };
        some.iter().map(value).collect::<Vec<_>>()
    })
    .prop_map(|list| list.into_iter().collect())
}

fn choice(about: &About, nodes: usize) -> impl Strategy<Value = ProtocolChoice> + use<> {
    let name = about.id;
    parameters(&about.parameters, nodes)
        .prop_map(|parameters| ProtocolChoice { name: name.to_owned(), parameters })
}

fn script(
    about: &About,
    (nodes, group): (usize, usize),
    clients: usize,
    keys: u32,
    more: Vec<BoxedStrategy<StepAction>>,
) -> impl Strategy<Value = Vec<Step>> + use<> {
    // The key of the map is the time: sorted and any nanosecond of a day.
    let at = 0u64..=86_400_000_000_000;
    let mut actions = actions(about, (nodes, group), clients, keys);
    actions.extend(more);
    btree_map(at, proptest::strategy::Union::new(actions), 0..12)
        .prop_map(|steps| steps.into_iter().map(|(at, action)| Step { at: Time(at), action }).collect())
}

fn actions(
    about: &About,
    (nodes, group): (usize, usize),
    clients: usize,
    keys: u32,
) -> Vec<BoxedStrategy<StepAction>> {
    let site = || select(sites(nodes, clients));
    let node = || (1..=nodes).prop_map(|n| format!("n{n}"));
    let names = sites(nodes, clients);
    let mut any = vec![
        Just(StepAction::HealAll).boxed(),
        site().prop_map(|site| StepAction::Isolate { site }).boxed(),
        node().prop_map(|node| StepAction::Crash { node }).boxed(),
        node().prop_map(|node| StepAction::CrashUnsynced { node }).boxed(),
        node().prop_map(|node| StepAction::Wipe { node }).boxed(),
        node().prop_map(|node| StepAction::Restart { node }).boxed(),
        (node(), 1u32..=1_000).prop_map(|(node, times)| StepAction::Slow { node, times }).boxed(),
        (node(), clock())
            .prop_map(|(node, (ahead_ns, drift_ppm))| StepAction::SetClock { node, ahead_ns, drift_ppm })
            .boxed(),
        (node(), option::of(select(Lie::ALL.to_vec())))
            .prop_map(|(node, how)| StepAction::Lie { node, how })
            .boxed(),
        any::<u32>().prop_map(|message| StepAction::DropMessage { message }).boxed(),
        any::<u32>().prop_map(|message| StepAction::DuplicateMessage { message }).boxed(),
        any::<u32>().prop_map(|message| StepAction::HoldMessage { message }).boxed(),
        any::<u32>().prop_map(|message| StepAction::ReleaseMessage { message }).boxed(),
        node().prop_map(|node| StepAction::Pause { node }).boxed(),
        node().prop_map(|node| StepAction::Resume { node }).boxed(),
        (site(), place()).prop_map(|(site, position)| StepAction::Move { site, position }).boxed(),
        quality().prop_map(|quality| StepAction::SetNetwork { quality }).boxed(),
        (option::of(node()), parameters(&about.parameters, group))
            .prop_map(|(node, parameters)| configure(node, parameters))
            .boxed(),
        Just(names.clone())
            .prop_shuffle()
            .prop_map(|names| {
                let (a, b) = names.split_at(names.len() / 2);
                StepAction::Partition { groups: vec![a.to_vec(), b.to_vec()] }
            })
            .boxed(),
    ];
    if !about.commands.is_empty() {
        let command = (node(), select(about.commands.clone()), node()).prop_map(|(node, command, target)| {
            let target = command.target.then_some(target);
            StepAction::Command { node, command: command.id.to_owned(), target }
        });
        any.push(command.boxed());
    }
    if names.len() > 1 {
        let pair = || {
            Just(sites(nodes, clients)).prop_shuffle().prop_map(|names| [names[0].clone(), names[1].clone()])
        };
        any.push(pair().prop_map(|between| StepAction::Cut { between }).boxed());
        any.push(pair().prop_map(|between| StepAction::Heal { between }).boxed());
        any.push(pair().prop_map(|[from, to]| StepAction::CutOneWay { from, to }).boxed());
        let set = (pair(), quality()).prop_map(|(between, quality)| StepAction::SetLink { between, quality });
        any.push(set.boxed());
    }
    if clients > 0 {
        let client = || (1..=clients).prop_map(|c| format!("c{c}"));
        let key = || 0..keys;
        any.push((client(), pace()).prop_map(|(client, pace)| StepAction::SetPace { client, pace }).boxed());
        any.push((client(), key()).prop_map(|(client, key)| StepAction::Read { client, key }).boxed());
        // Far more values than steps: two alike are next to impossible.
        let value = || option::of(2_000_000u64..=(1 << 52) - 1);
        any.push(
            (client(), key(), -1_000_000i64..=1_000_000)
                .prop_map(|(client, key, amount)| StepAction::Add { client, key, amount })
                .boxed(),
        );
        any.push(
            (client(), key(), value())
                .prop_map(|(client, key, value)| StepAction::Insert { client, key, value })
                .boxed(),
        );
        any.push(
            (client(), key(), 1u64..=(1 << 52) - 1)
                .prop_map(|(client, key, value)| StepAction::Remove { client, key, value })
                .boxed(),
        );
        any.push(
            (client(), key(), value())
                .prop_map(|(client, key, value)| StepAction::Write { client, key, value })
                .boxed(),
        );
        any.push(
            (client(), key(), option::of(1u64..1_000), value())
                .prop_map(|(client, key, from, to)| StepAction::Cas { client, key, from, to })
                .boxed(),
        );
    }
    any
}

/// A scenario that can be played: three nodes at ordinary distances, clients that read and write, loss
/// and jitter, and faults in the script.
pub(crate) fn playable(seed: u64, protocol: &str) -> Scenario {
    let mut scenario = Scenario { seed, keys: 4, ..Scenario::default() };
    scenario.protocol.name = protocol.to_owned();
    scenario.network.jitter = Jitter::Exponential { mean_ms: 2.0 };
    scenario.network.loss = 0.02;
    scenario.network.duplicate = 0.02;
    scenario.clients[0].pace = Pace::Closed { think: Span::from_ms(5) };
    scenario.clients.push(Client {
        pace: Pace::Open { per_second: 60.0 },
        timeout: Span::from_ms(200),
        retries: 1,
        ..Client::new("c2", Position { x_km: 900, y_km: 50 })
    });
    let cut = |a: &str, b: &str| StepAction::Cut { between: [a.to_owned(), b.to_owned()] };
    let steps = [
        (300, cut("n1", "n2")),
        (500, StepAction::Crash { node: "n3".to_owned() }),
        (700, StepAction::HealAll),
        (700, StepAction::Restart { node: "n3".to_owned() }),
        (900, StepAction::Write { client: "c1".to_owned(), key: 1, value: None }),
    ];
    scenario.script =
        steps.into_iter().map(|(ms, action)| Step { at: Time(ms * 1_000_000), action }).collect();
    scenario
}

/// A scenario as a person makes one: cities as nodes, jitter, two clients, and gestures at any
/// nanosecond.
pub(crate) fn world(nodes: usize, steps: usize) -> Scenario {
    let cities = ["london", "athens", "tokyo", "sydney", "lima", "cairo", "oslo"];
    let mut scenario =
        Scenario { title: "Two sides of the world".to_owned(), seed: 42, ..Scenario::default() };
    let at = |n: usize| Position { x_km: (n * 3_137 % 9_000) as i32, y_km: (n * 1_733 % 5_000) as i32 };
    scenario.nodes = cities[..nodes].iter().enumerate().map(|(n, city)| Node::new(*city, at(n))).collect();
    scenario.clients.push(Client::new("bob", Position { x_km: 4_100, y_km: 250 }));
    scenario.clients[1].home = Home::Node(cities[nodes - 1].to_owned());
    scenario.clients[0].pace = Pace::Closed { think: Span::from_ms(20) };
    scenario.network.jitter = Jitter::Exponential { mean_ms: 2.0 };
    scenario.protocol.parameters.insert("acks".to_owned(), ParameterValue::Count(1));
    scenario.keys = 10;
    let city = |n: usize| cities[n % nodes].to_owned();
    for n in 0..steps {
        let action = match n % 5 {
            0 => StepAction::Cut { between: [city(n), city(n + 1)] },
            1 => StepAction::Crash { node: city(n * 3) },
            2 => StepAction::Move { site: city(n), position: at(n + 50) },
            3 => StepAction::Restart { node: city((n - 2) * 3) },
            _ => StepAction::HealAll,
        };
        let at = Time(400_000_000 + n as u64 * 391_234_567);
        scenario.script.push(Step { at, action });
    }
    scenario
}

/// A scenario with every action, every jitter and every pace.
pub(crate) fn everything(protocol: &str) -> Scenario {
    let mut scenario = playable(77, protocol);
    scenario.title = "Everything – \"quoted\"".to_owned();
    let own = |text: &str| text.to_owned();
    let pair = |a: &str, b: &str| [own(a), own(b)];
    scenario.links.push(Link {
        between: pair("n2", "c1"),
        quality: Overrides {
            jitter: Some(Jitter::Uniform { low_ms: 0.1, high_ms: 1.0 / 3.0 }),
            bandwidth: Some(1_234_567),
            ..Overrides::default()
        },
    });
    scenario.nodes[1].service = Span(123_456);
    scenario.nodes[2].fsync = Span(7_654_321);
    scenario.nodes[0].clock_skew_ns = -1_234_567;
    scenario.clients[1].home = Home::RoundRobin;
    scenario.clients[0].keys = KeyPick::Zipf { exponent: 0.99 };
    scenario.clients[0].mix = Mix { read: 3, write: 2, cas: 1, ..Mix::default() };
    let jitters = [
        Jitter::Pareto { minimum_ms: 0.3, shape: 1.7 },
        Jitter::LogNormal { median_ms: 1.1, sigma: 0.7 },
        Jitter::Constant { ms: 0.25 },
    ];
    let quality = |jitter| Overrides { jitter: Some(jitter), ..Overrides::default() };
    let [heavy, bell, flat] = jitters;
    let parameter = match protocol {
        "quorum" => (own("w"), ParameterValue::Count(1)),
        _ => (own("reads"), ParameterValue::Choice(own("any"))),
    };
    let actions = vec![
        StepAction::Cut { between: pair("n1", "n2") },
        StepAction::CutOneWay { from: own("n3"), to: own("n1") },
        StepAction::Heal { between: pair("n1", "n2") },
        StepAction::HealAll,
        StepAction::Partition { groups: vec![vec![own("n1"), own("c1")], vec![own("n2"), own("n3")]] },
        StepAction::Isolate { site: own("c2") },
        StepAction::Crash { node: own("n2") },
        StepAction::HealAll,
        StepAction::Restart { node: own("n2") },
        StepAction::Pause { node: own("n3") },
        StepAction::Resume { node: own("n3") },
        StepAction::Move { site: own("c1"), position: Position { x_km: 345, y_km: -67 } },
        StepAction::SetLink { between: pair("n1", "n3"), quality: quality(heavy) },
        StepAction::Read { client: own("c2"), key: 3 },
        StepAction::SetNetwork { quality: quality(bell) },
        StepAction::Write { client: own("c1"), key: 2, value: Some(5_000_000) },
        StepAction::Cas { client: own("c1"), key: 2, from: Some(5_000_000), to: None },
        StepAction::SetPace { client: own("c2"), pace: Pace::Silent },
        StepAction::SetNetwork { quality: quality(flat) },
        configure(Some(own("n1")), [parameter].into()),
    ];
    let at = |n: usize| Time(100_000_001 + n as u64 * 71_234_567);
    scenario.script = actions.into_iter().enumerate().map(|(n, action)| Step { at: at(n), action }).collect();
    scenario
}

/// A scenario with every fault that a later build of the kernel brought, every new kind of operation, and
/// what goes with them.
pub(crate) fn trouble(protocol: &str) -> Scenario {
    let mut scenario = playable(78, protocol);
    let own = |text: &str| text.to_owned();
    let (n1, n2, c1) = (|| own("n1"), || own("n2"), || own("c1"));
    scenario.network.reorder = 0.125;
    scenario.nodes[1].clock_drift_ppm = -1_234;
    scenario.clients[0].mix = Mix { read: 3, write: 2, add: 1, insert: 2, remove: 1, ..Mix::default() };
    let mut actions = vec![
        StepAction::Slow { node: n1(), times: 3 },
        StepAction::SetClock { node: n2(), ahead_ns: -7_654_321, drift_ppm: 250_000 },
        StepAction::Lie { node: n2(), how: Some(Lie::TwoFaced) },
        StepAction::HoldMessage { message: 210 },
        StepAction::DuplicateMessage { message: 215 },
        StepAction::DropMessage { message: 222 },
        StepAction::ReleaseMessage { message: 210 },
        StepAction::Lie { node: n2(), how: Some(Lie::EmptyPromises) },
        StepAction::Lie { node: n2(), how: Some(Lie::WrongValues) },
        StepAction::Lie { node: n2(), how: None },
        StepAction::Add { client: c1(), key: 1, amount: -41 },
        StepAction::Insert { client: c1(), key: 2, value: Some(3_000_000) },
        StepAction::Remove { client: c1(), key: 2, value: 3_000_000 },
        StepAction::Insert { client: c1(), key: 2, value: Some(3_000_000) },
        StepAction::Insert { client: c1(), key: 2, value: None },
        StepAction::CrashUnsynced { node: n2() },
        StepAction::Restart { node: n2() },
        StepAction::Wipe { node: n2() },
        StepAction::Restart { node: n2() },
        StepAction::SetClock { node: n2(), ahead_ns: 0, drift_ppm: 0 },
        StepAction::Slow { node: n1(), times: 1 },
    ];
    let entry = netsplit_protocols::find(protocol).expect("registered");
    actions.extend((entry.about)().commands.iter().map(|command| StepAction::Command {
        node: n1(),
        command: own(command.id),
        target: command.target.then(n2),
    }));
    let at = |n: usize| Time(100_000_001 + n as u64 * 51_234_567);
    scenario.script = actions.into_iter().enumerate().map(|(n, action)| Step { at: at(n), action }).collect();
    scenario
}
