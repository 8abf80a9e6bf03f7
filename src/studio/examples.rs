//! The runs that the lab opens with: each is interesting at once and says what to try.

use netsplit_scenario::Scenario;
use netsplit_scenario::model::{Client, Node, ParameterValue, ProtocolChoice};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{LinkQuality, Mix, Pace, Position};
use netsplit_sim::time::Span;

/// A built-in run.
pub struct Example {
    /// The label.
    pub title: &'static str,
    /// The run.
    pub scenario: fn() -> Scenario,
}

/// Every example; the first is the one that the page opens with.
pub const ALL: &[Example] = &[
    Example { title: "Every copy must answer", scenario: every_copy_answers },
    Example { title: "Answer first, copy later", scenario: answer_first },
    Example { title: "A quorum of three", scenario: quorum_of_three },
    Example { title: "Across an ocean", scenario: across_an_ocean },
];

fn at(x_km: i32, y_km: i32) -> Position {
    Position { x_km, y_km }
}

fn node(name: &str, position: Position) -> Node {
    Node { service: Span::from_us(150), ..Node::new(name, position) }
}

fn client(name: &str, position: Position) -> Client {
    Client {
        pace: Pace::Closed { think: Span::from_ms(16) },
        mix: Mix { read: 2, write: 1, ..Mix::default() },
        timeout: Span::from_ms(250),
        ..Client::new(name, position)
    }
}

/// Three nodes some hundreds of kilometres apart, and a client near each.
fn triangle(title: &str, note: &str, protocol: ProtocolChoice) -> Scenario {
    Scenario {
        title: title.to_owned(),
        note: note.to_owned(),
        seed: 7,
        protocol,
        network: LinkQuality {
            base: Span::from_us(200),
            jitter: Jitter::Exponential { mean_ms: 0.3 },
            ..LinkQuality::default()
        },
        nodes: vec![node("n1", at(0, 0)), node("n2", at(900, -120)), node("n3", at(330, 640))],
        clients: vec![client("c1", at(-330, 170)), client("c2", at(1_190, 170)), client("c3", at(60, 900))],
        ..Scenario::empty("primary-backup")
    }
}

fn choice(name: &str, parameters: &[(&str, ParameterValue)]) -> ProtocolChoice {
    ProtocolChoice {
        name: name.to_owned(),
        parameters: parameters.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect(),
    }
}

fn every_copy_answers() -> Scenario {
    triangle(
        "Every copy must answer",
        "n1 takes every write and waits for both other copies before it says “done”. Drag n3 far away and \
         watch what that does to the writes; then cut its link and watch again.",
        choice("primary-backup", &[("acks", ParameterValue::Count(2))]),
    )
}

fn answer_first() -> Scenario {
    let mut scenario = triangle(
        "Answer first, copy later",
        "n1 answers at once and copies afterwards; reads go to the nearest copy. Everything is quick. Watch \
         the colours: how long does a copy show an old value, and which promise breaks first?",
        choice(
            "primary-backup",
            &[("acks", ParameterValue::Count(0)), ("reads", ParameterValue::Choice("any".to_owned()))],
        ),
    );
    // Far enough that an old value lives long enough to be read.
    scenario.nodes[1].position = at(2_400, -300);
    scenario.clients[1].position = at(2_800, 260);
    scenario.clients[2].position = at(-150, 1_100);
    for client in &mut scenario.clients {
        client.pace = Pace::Closed { think: Span::from_ms(9) };
    }
    scenario
}

fn quorum_of_three() -> Scenario {
    triangle(
        "A quorum of three",
        "Any node takes a write. Two of three copies must answer a write, and two a read. Crash a node: \
         does anything stop? Then set R and W to 1 and watch the verdicts.",
        choice("quorum", &[]),
    )
}

fn across_an_ocean() -> Scenario {
    let mut scenario = triangle(
        "Across an ocean",
        "n2 stands 5,570 km from n1, as New York from London. Light in fibre needs 27.9 ms for that, one \
         way. Find a setting in which a write is quicker, and see what it costs.",
        choice("primary-backup", &[("acks", ParameterValue::Count(1))]),
    );
    scenario.nodes[1].position = at(5_570, 0);
    scenario.nodes[2].position = at(900, 2_100);
    scenario.clients[0].position = at(-1_150, 500);
    scenario.clients[1].position = at(6_500, 1_000);
    scenario.clients[2].position = at(-150, 2_900);
    for client in &mut scenario.clients {
        client.timeout = Span::from_ms(500);
    }
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_valid_scenario_with_a_hint() {
        for example in ALL {
            let scenario = (example.scenario)();
            assert_eq!(scenario.title, example.title);
            assert!(scenario.note.ends_with(['.', '?']), "{}", example.title);
            if let Err(problems) = netsplit_scenario::build(&scenario) {
                panic!("{}: {problems:?}", example.title);
            }
        }
    }
}
