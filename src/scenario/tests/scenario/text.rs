//! Texts: what is written reads back, and what is wrong is said in sentences.

use netsplit_scenario::{Scenario, build, text};
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
            "[protocol]\nname = \"raft\"\n[[nodes]]\nname = \"n1\"",
            "line 2: protocol.name: expected a protocol, primary-backup or quorum, and found \"raft\"",
        ),
        (
            "version = 2\nseeed = 4\n[protocol]\nname = \"quorum\"\n[[nodes]]\nname = \"n1\"",
            "line 1: version: expected 1, the only version that this build knows\n\
             line 2: seeed: is no field here; expected version, title, note, seed, keys, protocol, network, \
             nodes, links, clients or script",
        ),
        (
            "seed = \"x\"\nkeys = -1\n[protocol]\nname = \"quorum\"\n[[nodes]]\nname = 5\n[[nodes]]\nx_km = 1.5\n\
             [[clients]]\nname = \"c1\"\nhome = \"n1\"\npace = { kind = \"fast\" }",
            "line 1: seed: expected a whole number within bounds and found \"x\"\n\
             line 2: keys: expected a whole number within bounds and found -1\n\
             line 6: nodes[1].name: expected text in quotes and found 5\n\
             line 7: nodes[2].name: is missing; expected a name such as \"n1\"\n\
             line 8: nodes[2].x_km: expected a whole number within bounds and found 1.5\n\
             line 12: clients[1].pace.kind: expected closed, open or silent and found \"fast\"",
        ),
        (
            "[protocol]\nname = \"primary-backup\"\nacks = 3\nreads = \"none\"\nresend = 50\nw = 1\n\
             [[nodes]]\nname = \"n1\"\n[[nodes]]\nname = \"n1\"\n[[nodes]]\nname = \"N3\"",
            "line 10: nodes[2].name: \"n1\" is the name of another node or client already\n\
             line 12: nodes[3].name: expected a name of at most 16 lower-case letters, digits and hyphens \
             that starts with a letter, and found \"N3\"\n\
             line 3: protocol.acks: expected a whole number from 0 to 2 in a cluster of 3\n\
             line 4: protocol.reads: expected primary or any\n\
             line 5: protocol.resend: expected a time, with _ms behind the name, from 1 to 10000 milliseconds\n\
             line 6: protocol.w: primary-backup has no such parameter; expected acks, reads or resend_ms",
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
             restart, pause, resume, move, set-link, set-network, read, write, cas, set-pace or configure and \
             found \"explode\"\n\
             line 10: script[2].at_ms: expected milliseconds since the start, 0 or more and found -1\n\
             line 12: script[2].node: is no field here; expected at_ms or action",
        ),
        (
            "[[clients]]\nname = \"c1\"\n[[script]]\nat_ms = 1\naction = \"write\"\nclient = \"c1\"\nvalue = 7\n\
             [[script]]\nat_ms = 2\naction = \"write\"\nclient = \"c1\"\nvalue = 2000000\n\
             [[script]]\nat_ms = 2\naction = \"write\"\nclient = \"c1\"\nvalue = 2000000",
            "line 13: script[1].value: expected a whole number from 1000001 to 9007199254740991 and found 7\n\
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
    assert_eq!(built.parameters, [1, 1, 50_500_000]);
    assert_eq!(built.setup.nodes[0].clock_skew_ns, -500_000);
    assert_eq!(built.setup.network.bandwidth, 1_250_000);
    assert_eq!(built.setup.links[0].quality.bandwidth, 1_250_000);
    assert_eq!(scenario.script[0].at.0, 12_000_345);
    use netsplit_sim::action::Action;
    use netsplit_sim::ids::NodeId;
    use netsplit_sim::time::Span;
    assert_eq!(built.script[0].action, Action::Configure(Some(NodeId(1)), vec![1, 0, 50_500_000]));
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
