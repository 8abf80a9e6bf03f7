//! What the one door refuses.

use netsplit_scenario::model::{Client, Node, Step, StepAction};
use netsplit_scenario::{Scenario, build, text};
use netsplit_sim::setup::{Pace, Position};
use netsplit_sim::time::{Span, Time};

fn sentences(scenario: &Scenario) -> Vec<String> {
    build(scenario).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn ten_thousand_nodes_get_one_sentence() {
    let node = |n| Node::new(format!("n{n}"), Position::default());
    let scenario = Scenario { nodes: (0..10_000).map(node).collect(), ..Scenario::default() };
    assert_eq!(sentences(&scenario), ["nodes: expected at most 32 and found 10000"]);
    let problems = text::parse(&text::write(&scenario)).expect_err("too many");
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["line 6: nodes: expected at most 32 and found 10000"]);
}

#[test]
fn everything_has_a_bound() {
    let base = Scenario::default();
    let change = |change: fn(&mut Scenario)| {
        let mut scenario = base.clone();
        change(&mut scenario);
        sentences(&scenario).join("; ")
    };
    assert_eq!(change(|s| s.nodes.clear()), "nodes: expected at least 1 and found 0");
    assert_eq!(
        change(|s| s.seed = u64::MAX),
        format!("seed: expected a whole number from 0 to {} and found {}", (1u64 << 53) - 1, u64::MAX)
    );
    assert_eq!(change(|s| s.keys = 0), "keys: expected a whole number from 1 to 1000 and found 0");
    assert_eq!(change(|s| s.title = "x".repeat(121)), "title: expected at most 120 characters and found 121");
    assert_eq!(
        change(|s| s.clients[0].timeout = Span::ZERO),
        "clients[1].timeout_ms: expected from 1 to 3600000 milliseconds and found 0"
    );
    assert_eq!(
        change(|s| s.clients[0].pace = Pace::Open { per_second: f64::INFINITY }),
        "clients[1].pace.per_second: expected a number from 0 to 100000 and found inf"
    );
    assert_eq!(
        change(|s| s.nodes[1].name = "nearest".to_owned()),
        "nodes[2].name: nearest is a word for a client's home and can't be a name"
    );
    assert_eq!(
        change(|s| s.network.base = Span::ZERO),
        "network.base_ms: expected from 0.001 to 60000 milliseconds and found 0"
    );
    assert_eq!(
        change(|s| s.clients.push(Client::new("c1", Position { x_km: 0, y_km: -200_000 }))),
        "clients[2].name: \"c1\" is the name of another node or client already; \
         clients[2].y_km: expected a whole number from -100000 to 100000 and found -200000"
    );
    assert_eq!(
        change(|s| s.script.push(Step { at: Time(u64::MAX), action: StepAction::HealAll })),
        "script[1].at_ms: expected at most 86400000 milliseconds, a day"
    );
    let step = Step { at: Time::ZERO, action: StepAction::HealAll };
    let scenario = Scenario { script: vec![step; 2_001], ..base };
    assert_eq!(sentences(&scenario), ["script: expected at most 2000 and found 2001"]);
}
