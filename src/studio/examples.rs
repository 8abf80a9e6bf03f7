//! The runs that the lab opens with: each is interesting at once and says what to try.

mod split;

use netsplit_scenario::Scenario;
use netsplit_scenario::model::{Client, Node, ParameterValue, ProtocolChoice, Step, StepAction};
use netsplit_sim::random::Jitter;
use netsplit_sim::setup::{LinkQuality, Mix, Pace, Position};
use netsplit_sim::time::{Span, Time};

/// A built-in run.
pub struct Example {
    /// The label.
    pub title: &'static str,
    /// The run.
    pub scenario: fn() -> Scenario,
    /// How many milliseconds of it a second shows at first.
    pub ms_per_second: u64,
}

/// Every example; the first is the one that the page opens with.
pub const ALL: &[Example] = &[
    Example { title: "Every copy must answer", scenario: every_copy_answers, ms_per_second: 20 },
    Example { title: "Answer first, copy later", scenario: answer_first, ms_per_second: 20 },
    Example { title: "A quorum of three", scenario: quorum_of_three, ms_per_second: 20 },
    Example { title: "Across an ocean", scenario: across_an_ocean, ms_per_second: 20 },
    Example { title: "A leader and two followers", scenario: leader_and_followers, ms_per_second: 20 },
    Example { title: "Two primaries", scenario: two_primaries, ms_per_second: 500 },
    Example { title: "Two shoppers, one cart", scenario: two_shoppers, ms_per_second: 20 },
    Example {
        title: "Partition and replicate: A, B and C",
        scenario: split::three_blocks,
        ms_per_second: 100,
    },
    Example { title: "A fifth node joins: the ring", scenario: split::fifth_on_a_ring, ms_per_second: 500 },
    Example { title: "A fifth node joins: modulo", scenario: split::fifth_by_modulo, ms_per_second: 500 },
    Example { title: "Range or hash", scenario: split::range_or_hash, ms_per_second: 200 },
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

fn leader_and_followers() -> Scenario {
    triangle(
        "A leader and two followers",
        "The crown shows who leads. Cut both links of the leader, and watch the others elect a new one in a new \
         term; mend them, and see what the old one does with what it could not commit. What is inside shows the log.",
        choice("raft", &[]),
    )
}

/// c2 writes before the cut and during it, and then no more: what is lost stays lost, and can be named.
fn two_primaries() -> Scenario {
    let mut scenario = triangle(
        "Two primaries",
        "At 1.2 s the script cuts n1 off, and without epochs n2 takes over while n1 still leads: two crowns. The link \
         is mended at 3 s, n1 wins, and a write that c2 was told is safe is gone: the verdicts name it. Turn epochs on \
         and play it again: is it still lost?",
        choice(
            "primary-backup",
            &[
                ("acks", ParameterValue::Count(0)),
                ("failover", ParameterValue::Choice("automatic".to_owned())),
                ("epochs", ParameterValue::Choice("off".to_owned())),
            ],
        ),
    );
    scenario.network.jitter = Jitter::NONE;
    scenario.clients.truncate(2);
    let [reader, writer] = &mut scenario.clients[..] else { return scenario };
    reader.pace = Pace::Closed { think: Span::from_ms(200) };
    reader.mix = Mix { read: 1, ..Mix::default() };
    writer.pace = Pace::Closed { think: Span::from_ms(900) };
    writer.mix = Mix { write: 1, ..Mix::default() };
    writer.operations = Some(3);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let groups = vec![names(&["n1", "c1"]), names(&["n2", "n3", "c2"])];
    scenario.script = vec![
        Step { at: Time::ZERO + Span::from_ms(1_200), action: StepAction::Partition { groups } },
        Step { at: Time::ZERO + Span::from_ms(3_000), action: StepAction::HealAll },
    ];
    scenario
}

fn two_shoppers() -> Scenario {
    let mut scenario = triangle(
        "Two shoppers, one cart",
        "c1 and c2 write the same key without having seen each other's write: the store keeps both, as siblings. \
         Stop when a node shows a split ring, open What is inside, and click a sibling: who wrote it, and which \
         write was concurrent? The next write of a client that has read both puts one value in their place.",
        choice("quorum", &[("versions", ParameterValue::Choice("vectors".to_owned()))]),
    );
    for client in &mut scenario.clients {
        client.pace = Pace::Closed { think: Span::from_ms(40) };
        client.mix = Mix { read: 1, write: 1, ..Mix::default() };
    }
    scenario.clients[2].mix = Mix { read: 1, ..Mix::default() };
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_checkers::Verdict;
    use netsplit_scenario::Session;
    use netsplit_sim::machine::Progress;
    use netsplit_sim::trace::EventKind;

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

    fn played(scenario: Scenario) -> Session {
        let mut session = Session::new(scenario).expect("an example is valid");
        while session.advance(Time::ZERO + Span::from_s(7), 100_000) == Progress::OutOfBudget {}
        session
    }

    #[test]
    fn two_primaries_lose_a_write_and_epochs_prevent_it() {
        let broken = |session: &mut Session| {
            let verdicts = session.verdicts();
            verdicts
                .iter()
                .any(|(id, verdict)| *id == "no-lost-writes" && matches!(verdict, Verdict::Broken(_)))
        };
        assert!(broken(&mut played(two_primaries())));
        let mut with_epochs = two_primaries();
        with_epochs.protocol.parameters.remove("epochs");
        assert!(!broken(&mut played(with_epochs)));
    }

    #[test]
    fn two_shoppers_leave_siblings() {
        let session = played(two_shoppers());
        let made = session.machine().about().notes.iter().position(|note| note.name == "siblings made");
        let made = made.map(|note| note as u8);
        let seen = |kind| matches!(kind, EventKind::Noted { note, .. } if Some(note) == made);
        assert!(session.machine().trace().iter().any(|event| seen(event.kind)));
    }
}
