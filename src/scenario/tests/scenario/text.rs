//! Texts: what is written reads back, and what is wrong is said in sentences.

use netsplit_scenario::problem::one_of;
use netsplit_scenario::{Scenario, build, text};
use netsplit_sim::protocol::{Parameter, Range};
use proptest::prelude::*;

use crate::generate;

fn problems(text: &str) -> String {
    match text::parse(text) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_reads_back(scenario in generate::scenario()) {
        prop_assert!(build(&scenario).is_ok(), "{:?}", build(&scenario).err());
        let text = text::write(&scenario);
        prop_assert_eq!(text::parse(&text), Ok(scenario), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = text::parse(&text);
    }

    #[test]
    fn no_damaged_text_makes_the_reader_panic(
        scenario in generate::scenario(),
        at in any::<prop::sample::Index>(),
        with in any::<char>(),
    ) {
        let mut text: Vec<char> = text::write(&scenario).chars().collect();
        let at = at.index(text.len());
        text[at] = with;
        let _ = text::parse(&text.into_iter().collect::<String>());
    }
}

#[test]
fn the_short_form_is_short() {
    assert_eq!(
        text::write(&Scenario::default()),
        "\
version = 1

[protocol]
name = \"primary-backup\"

[[nodes]]
name = \"n1\"
x_km = 0
y_km = 0

[[nodes]]
name = \"n2\"
x_km = 1000
y_km = 0

[[nodes]]
name = \"n3\"
x_km = 500
y_km = 800

[[clients]]
name = \"c1\"
x_km = -100
y_km = 0
"
    );
}

/// Bad texts and every sentence about them.
#[test]
fn problems_name_line_field_and_what_was_expected() {
    let head = "[protocol]\nname = \"primary-backup\"\n[[nodes]]\nname = \"n1\"\n[[nodes]]\nname = \"n2\"\n";
    let cases = [
        ("", "protocol: is missing; expected a table with the name of a protocol"),
        ("protocol = 3", "line 1: protocol: expected a table and found 3"),
        ("x = [1, 2", "line 1: unclosed array, expected `]`"),
        (
            "version = 2\nseeed = 4\n[protocol]\nname = \"quorum\"\n[[nodes]]\nname = \"n1\"",
            "line 1: version: expected 1, the only version that this build knows\n\
             line 2: seeed: is no field here; expected version, title, note, seed, keys, protocol, \
             partitioning, network, nodes, links, clients, script, bookmarks or locked",
        ),
        (
            "seed = \"x\"\nkeys = -1\n[protocol]\nname = \"quorum\"\n[[nodes]]\nname = 5\n[[nodes]]\nx_km = 1.5\n\
             [[clients]]\nname = \"c1\"\nhome = \"n1\"\npace = { kind = \"fast\" }",
            "line 1: seed: expected a whole number within bounds and found \"x\"\n\
             line 2: keys: expected a whole number within bounds and found -1\n\
             line 6: nodes[1].name: expected text in quotes and found 5\n\
             line 7: nodes[2].name: is missing; expected a name such as \"n1\"\n\
             line 8: nodes[2].x_km: expected a whole number within bounds and found 1.5\n\
             line 12: clients[1].pace.kind: expected closed, open, silent or job and found \"fast\"",
        ),
        (
            "[protocol]\nname = \"primary-backup\"\nacks = 3\nresend = 50\n\
             [[nodes]]\nname = \"n1\"\n[[nodes]]\nname = \"n1\"\n[[nodes]]\nname = \"N3\"",
            "line 8: nodes[2].name: \"n1\" is the name of another node or client already\n\
             line 10: nodes[3].name: expected a name of at most 16 lower-case letters, digits and hyphens \
             that starts with a letter, and found \"N3\"\n\
             line 3: protocol.acks: expected a whole number from 0 to 2 in a cluster of 3\n\
             line 4: protocol.resend: expected a time, with _ms behind the name, from 1 to 10000 milliseconds",
        ),
        (
            "[network]\nloss = 1.5\njitter = { kind = \"exponential\", mean_ms = -1 }\nbase_ms = 0\n\
             stretch = nan\n[protocol]\nname = \"quorum\"\n[[nodes]]\nname = \"n1\"",
            "line 5: network.stretch: expected a number from 1 to 100 and found NaN\n\
             line 4: network.base_ms: expected from 0.001 to 60000 milliseconds and found 0\n\
             line 3: network.jitter.mean_ms: expected a number from 0 to 60000 and found -1\n\
             line 2: network.loss: expected a number from 0 to 1 and found 1.5",
        ),
        (
            "[[clients]]\nname = \"c1\"\nhome = \"n9\"\n[[script]]\nat_ms = 10\naction = \"cut\"\n\
             between = [\"n1\", \"n7\"]\n[[script]]\nat_ms = 5\naction = \"crash\"\nnode = \"c1\"\n\
             [[script]]\nat_ms = 20\naction = \"read\"\nclient = \"c1\"\nkey = 2",
            "line 9: clients[1].home: expected the name of a node, n1 or n2, and found \"n9\"\n\
             line 13: script[1].between: expected the name of a node or client, n1, n2 or c1, and found \"n7\"\n\
             line 15: script[2].at_ms: is before the step above it; write the steps in the order of time\n\
             line 17: script[2].node: expected the name of a node, n1 or n2, and found \"c1\"\n\
             line 22: script[3].key: expected a key from 1 to 1 and found 2",
        ),
        (
            "[[script]]\naction = \"explode\"\n[[script]]\nat_ms = -1\naction = \"heal-all\"\nnode = \"n1\"",
            "line 7: script[1].at_ms: is missing; expected milliseconds since the start, 0 or more\n\
             line 8: script[1].action: expected cut, cut-one-way, heal, heal-all, partition, isolate, crash, \
             crash-unsynced, wipe, restart, pause, resume, slow, clock, lie, drop-message, duplicate-message, \
             hold-message, release-message, command, move, set-link, set-network, read, write, cas, add, \
             insert, remove, scan, query-all, pair, join, leave, remove-node, split, merge, shift, assign, set-pace or configure and found \"explode\"\n\
             line 10: script[2].at_ms: expected milliseconds since the start, 0 or more and found -1\n\
             line 12: script[2].node: is no field here; expected at_ms or action",
        ),
        (
            "[[clients]]\nname = \"c1\"\n[[script]]\nat_ms = 1\naction = \"write\"\nclient = \"c1\"\nvalue = 7\n\
             [[script]]\nat_ms = 2\naction = \"write\"\nclient = \"c1\"\nvalue = 2000000\n\
             [[script]]\nat_ms = 2\naction = \"write\"\nclient = \"c1\"\nvalue = 2000000",
            "line 13: script[1].value: expected a whole number from 1000001 to 4503599627370495 and found 7\n\
             line 23: script[3].value: script[2] writes 2000000 already; leave it out for a value of its own",
        ),
    ];
    for (body, expected) in cases {
        let whole = body.is_empty() || body.contains("protocol") || body.starts_with('x');
        let text = if whole { body.to_owned() } else { format!("{head}{body}") };
        assert_eq!(problems(&text), expected, "\n{text}");
    }
}

#[test]
fn a_protocol_that_nobody_knows_is_told_all_that_there_are() {
    let found = problems("[protocol]\nname = \"paxos\"\n[[nodes]]\nname = \"n1\"");
    let ids: Vec<&str> = netsplit_protocols::ALL.iter().map(|entry| (entry.about)().id).collect();
    let ids = one_of(ids);
    assert_eq!(found, format!("line 2: protocol.name: expected a protocol, {ids}, and found \"paxos\""));
}

#[test]
fn a_parameter_or_choice_that_nobody_knows_is_told_all_that_there_are() {
    let found =
        problems("[protocol]\nname = \"primary-backup\"\nreads = \"none\"\nw = 1\n[[nodes]]\nname = \"n1\"");
    let about = (netsplit_protocols::find("primary-backup").expect("registered").about)();
    let name = |parameter: &Parameter| match parameter.range {
        Range::Time { .. } => format!("{}_ms", parameter.id),
        _ => parameter.id.to_owned(),
    };
    let names: Vec<String> = about.parameters.iter().map(name).collect();
    let Range::Choice { of, .. } = &about.parameters[1].range else { panic!("reads is a choice") };
    let (names, choices) =
        (one_of(names.iter().map(String::as_str)), one_of(of.iter().map(|choice| choice.id)));
    assert_eq!(
        found,
        format!(
            "line 3: protocol.reads: expected {choices}\n\
             line 4: protocol.w: primary-backup has no such parameter; expected {names}"
        )
    );
}

#[test]
fn a_whole_scenario_reads_as_it_is_meant() {
    let scenario = text::parse(
        r#"
        title = "One backup far away"
        seed = 7
        keys = 10
        [protocol]
        name = "primary-backup"
        acks = 1
        reads = "any"
        resend_ms = 50.5
        [network]
        jitter = { kind = "exponential", mean_ms = 2.0 }
        bandwidth_mbps = 10
        [[nodes]]
        name = "n1"
        clock_skew_ms = -0.5
        [[nodes]]
        name = "n2"
        x_km = 300
        [[links]]
        between = ["n1", "n2"]
        loss = 0.25
        [[clients]]
        name = "c1"
        home = "n2"
        pace = { kind = "open", per_second = 20 }
        mix = { read = 9, write = 1 }
        zipf = 1
        [[script]]
        at_ms = 12.000345
        action = "configure"
        node = "n2"
        parameters = { reads = "primary" }
        [[script]]
        at_ms = 13
        action = "set-link"
        between = ["n2", "n1"]
        duplicate = 0.5
        [[script]]
        at_ms = 14
        action = "set-network"
        base_ms = 3
        [[script]]
        at_ms = 15
        action = "set-link"
        between = ["n1", "n2"]
        stretch = 2
        "#,
    )
    .expect("valid");
    let built = build(&scenario).expect("valid");
    assert_eq!(built.parameters[..3], [1, 1, 50_500_000]);
    assert_eq!(built.setup.nodes[0].clock_skew_ns, -500_000);
    assert_eq!(built.setup.network.bandwidth, 1_250_000);
    assert_eq!(built.setup.links[0].quality.bandwidth, 1_250_000);
    assert_eq!(scenario.script[0].at.0, 12_000_345);
    use netsplit_sim::action::Action;
    use netsplit_sim::ids::NodeId;
    use netsplit_sim::time::Span;
    let mut configured = built.parameters.clone();
    configured[1] = 0;
    assert_eq!(built.script[0].action, Action::Configure(Some(NodeId(1)), configured));
    // What a step does not name stays as it is on that link.
    let Action::SetLink(_, _, quality) = &built.script[1].action else { panic!("a link is set") };
    assert_eq!((quality.loss.to_bits(), quality.duplicate.to_bits()), (0.25f64.to_bits(), 0.5f64.to_bits()));
    // A new network takes away what a link had of its own.
    let Action::SetLink(_, _, quality) = &built.script[3].action else { panic!("a link is set") };
    assert_eq!((quality.loss.to_bits(), quality.base), (0, Span::from_ms(3)));
}

#[test]
fn no_text_costs_more_than_its_length() {
    let deep = 400_000;
    let texts = [
        format!("x = {}", "[".repeat(deep)),
        format!("x = {}", "{a=".repeat(deep / 3)),
        format!("{}a = 1", "a.".repeat(deep / 2)),
        "[[nodes]]\n".repeat(deep / 10),
        format!("title = \"{}\"", "\\n".repeat(deep / 2)),
        (0..deep / 12).map(|n| format!("k{n} = 1\n")).collect(),
        format!("seed = {}", "9".repeat(deep)),
        "#".repeat(2_000_000),
    ];
    for text in texts {
        let problems = text::parse(&text).expect_err("nothing to run");
        assert!((1..=50).contains(&problems.len()), "{}", problems.len());
        assert!(problems.iter().all(|problem| problem.to_string().len() < 400), "{}", problems[0]);
    }
}

/// Every field that came with a later build of the kernel, and every sentence about them.
#[test]
fn faults_by_hand_are_read_and_complained_about() {
    let head = "[protocol]\nname = \"primary-backup\"\n[network]\nreorder = 0.5\n[[nodes]]\nname = \"n1\"\n\
                clock_drift_ppm = -500000\n[[clients]]\nname = \"c1\"\nmix = { add = 1, insert = 2, remove = 3 }\n";
    let step = |body: &str| format!("{head}[[script]]\nat_ms = 1\n{}\n", body.replace("; ", "\n"));
    use netsplit_scenario::model::StepAction;
    use netsplit_sim::action::Lie;
    let (n1, c1) = (|| "n1".to_owned(), || "c1".to_owned());
    let right = [
        ("action = \"crash-unsynced\"; node = \"n1\"", StepAction::CrashUnsynced { node: n1() }),
        ("action = \"wipe\"; node = \"n1\"", StepAction::Wipe { node: n1() }),
        ("action = \"slow\"; node = \"n1\"; times = 20", StepAction::Slow { node: n1(), times: 20 }),
        (
            "action = \"clock\"; node = \"n1\"; ahead_ms = -0.5; drift_ppm = 200",
            StepAction::SetClock { node: n1(), ahead_ns: -500_000, drift_ppm: 200 },
        ),
        ("action = \"clock\"; node = \"n1\"", StepAction::SetClock { node: n1(), ahead_ns: 0, drift_ppm: 0 }),
        (
            "action = \"lie\"; node = \"n1\"; how = \"two-faced\"",
            StepAction::Lie { node: n1(), how: Some(Lie::TwoFaced) },
        ),
        ("action = \"lie\"; node = \"n1\"; how = \"honest\"", StepAction::Lie { node: n1(), how: None }),
        ("action = \"drop-message\"; message = 17", StepAction::DropMessage { message: 17 }),
        ("action = \"duplicate-message\"; message = 17", StepAction::DuplicateMessage { message: 17 }),
        ("action = \"hold-message\"; message = 0", StepAction::HoldMessage { message: 0 }),
        ("action = \"release-message\"; message = 0", StepAction::ReleaseMessage { message: 0 }),
        (
            "action = \"add\"; client = \"c1\"; amount = -1000000",
            StepAction::Add { client: c1(), key: 0, amount: -1_000_000 },
        ),
        ("action = \"insert\"; client = \"c1\"", StepAction::Insert { client: c1(), key: 0, value: None }),
        (
            "action = \"remove\"; client = \"c1\"; value = 5",
            StepAction::Remove { client: c1(), key: 0, value: 5 },
        ),
    ];
    for (body, action) in right {
        let scenario = text::parse(&step(body)).unwrap_or_else(|problems| panic!("{body}: {problems:?}"));
        assert_eq!(scenario.script[0].action, action);
    }
    let wrong = [
        (
            "action = \"slow\"; node = \"n1\"; times = 0",
            "line 15: script[1].times: expected a whole number from 1 to 1000 and found 0",
        ),
        (
            "action = \"slow\"; node = \"n1\"",
            "line 11: script[1].times: is missing; expected how many times as long everything takes, 1 for no longer",
        ),
        (
            "action = \"slow\"; node = \"n1\"; times = -1",
            "line 15: script[1].times: expected how many times as long everything takes, 1 for no longer and found -1",
        ),
        (
            "action = \"clock\"; node = \"n1\"; drift_ppm = 500001",
            "line 15: script[1].drift_ppm: expected a whole number from -500000 to 500000 and found 500001",
        ),
        (
            "action = \"clock\"; node = \"n1\"; ahead_ms = 3600001",
            "line 15: script[1].ahead_ms: expected from -3600000 to 3600000 milliseconds",
        ),
        (
            "action = \"lie\"; node = \"n1\"; how = \"often\"",
            "line 15: script[1].how: expected wrong-values, two-faced, empty-promises or honest and found \"often\"",
        ),
        (
            "action = \"lie\"; node = \"n1\"",
            "line 11: script[1].how: is missing; expected wrong-values, two-faced, empty-promises or honest",
        ),
        (
            "action = \"drop-message\"; message = \"m17\"",
            "line 14: script[1].message: expected the number of a message, 0 or more and found \"m17\"",
        ),
        (
            "action = \"hold-message\"; message = 4294967296",
            "line 14: script[1].message: expected the number of a message, 0 or more and found 4294967296",
        ),
        (
            "action = \"add\"; client = \"c1\"; amount = 1000001",
            "line 15: script[1].amount: expected a whole number from -1000000 to 1000000 and found 1000001",
        ),
        (
            "action = \"add\"; client = \"c1\"",
            "line 11: script[1].amount: is missing; expected a whole number, negative to take away",
        ),
        (
            "action = \"remove\"; client = \"c1\"",
            "line 11: script[1].value: is missing; expected the element to take out, a whole number",
        ),
        (
            "action = \"remove\"; client = \"c1\"; value = 4503599627370496",
            "line 15: script[1].value: expected a whole number from 1 to 4503599627370495 and found 4503599627370496",
        ),
        (
            "action = \"insert\"; client = \"c1\"; value = 4503599627370496",
            "line 15: script[1].value: expected a whole number from 1000001 to 4503599627370495 and found 4503599627370496",
        ),
        (
            "action = \"wipe\"; node = \"c1\"",
            "line 14: script[1].node: expected the name of a node, n1, and found \"c1\"",
        ),
    ];
    for (body, sentence) in wrong {
        assert_eq!(problems(&step(body)), sentence);
    }
    let whole = [
        (
            head.replace("-500000", "-500001"),
            "line 7: nodes[1].clock_drift_ppm: expected a whole number from -500000 to 500000 and found -500001",
        ),
        (head.replace("0.5", "1.5"), "line 4: network.reorder: expected a number from 0 to 1 and found 1.5"),
        (
            head.replace("add = 1, insert = 2, remove = 3", "add = 0"),
            "line 10: clients[1].mix: expected a weight above 0 for read, write, cas, add, insert or remove",
        ),
        (
            head.replace("add = 1", "ad = 1"),
            "line 10: clients[1].mix.ad: is no field here; expected read, write, cas, add, insert, remove, scan, query_all or pair",
        ),
    ];
    for (text, sentence) in whole {
        assert_eq!(problems(&text), sentence);
    }
}

/// The same element may come into one set again, and into no other.
#[test]
fn an_element_may_be_put_in_again() {
    let head = "keys = 2\n[protocol]\nname = \"primary-backup\"\n[[nodes]]\nname = \"n1\"\n[[clients]]\nname = \"c1\"\n";
    let insert = |key: u32| {
        format!("[[script]]\nat_ms = 1\naction = \"insert\"\nclient = \"c1\"\nkey = {key}\nvalue = 2000000\n")
    };
    assert_eq!(problems(&format!("{head}{}{}", insert(1), insert(1))), "nothing is wrong");
    assert_eq!(
        problems(&format!("{head}{}{}", insert(1), insert(2))),
        "line 19: script[2].value: script[1] writes 2000000 already; leave it out for a value of its own"
    );
}

/// Two fixed scenarios with every action there is, through every form and back.
#[test]
fn every_action_reads_back_in_every_form() {
    for protocol in ["primary-backup", "quorum"] {
        for scenario in [generate::everything(protocol), generate::trouble(protocol)] {
            assert_eq!(text::parse(&text::write(&scenario)).as_ref(), Ok(&scenario));
            let json = serde_json::to_string(&scenario).expect("every scenario can be written");
            assert_eq!(serde_json::from_str::<Scenario>(&json).expect("it reads back"), scenario);
            let until = netsplit_sim::time::Time(7);
            let shared = netsplit_scenario::link::Shared { scenario, until, hash: None };
            let link = netsplit_scenario::link::encode(&shared).expect("short");
            assert_eq!(netsplit_scenario::link::decode(&link).as_ref(), Ok(&shared));
        }
    }
}

#[test]
fn locks_are_words_that_change_nothing_about_the_run() {
    let text = |locked: &str| {
        format!(
            "{locked}[protocol]\nname = \"single\"\n[[nodes]]\nname = \"n1\"\n[[clients]]\nname = \"c1\"\n"
        )
    };
    let free = text::parse(&text("")).expect("valid");
    let locked = text::parse(&text("locked = [\"time\", \"move\"]\n")).expect("valid");
    assert_eq!(locked.locked.iter().map(|lock| lock.id()).collect::<Vec<_>>(), ["move", "time"]);
    assert!(text::write(&locked).starts_with("version = 1\nlocked = [\"move\", \"time\"]\n"));
    assert_eq!(Scenario { locked: free.locked.clone(), ..locked.clone() }, free);
    let hash = |scenario| {
        let mut session = netsplit_scenario::Session::new(scenario).expect("valid");
        session.seek(netsplit_sim::time::Time(1_000_000_000), u64::MAX);
        session.hash()
    };
    assert_eq!(hash(free), hash(locked));
    for (wrong, sentence) in [
        (
            "locked = [\"moving\"]\n",
            "line 1: locked[1]: expected move, faults, workload, protocol or time and found \"moving\"",
        ),
        ("locked = [\"move\", \"move\"]\n", "line 1: locked[2]: \"move\" is named twice"),
        ("locked = \"move\"\n", "line 1: locked: expected a list and found \"move\""),
        ("locked = [7]\n", "line 1: locked[1]: expected text in quotes and found 7"),
    ] {
        assert_eq!(problems(&text(wrong)), sentence);
    }
}
