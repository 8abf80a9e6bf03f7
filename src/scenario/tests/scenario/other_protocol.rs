//! The same scenario under another protocol.

use netsplit_scenario::model::{ParameterValue, Parameters, Step, StepAction};
use netsplit_scenario::{Scenario, build, text};
use netsplit_sim::time::{Span, Time};
use proptest::prelude::*;

use crate::generate;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn everything_but_the_protocol_stays(
        scenario in generate::scenario(),
        protocol in 0..netsplit_protocols::ALL.len(),
    ) {
        let id = (netsplit_protocols::ALL[protocol].about)().id;
        let (other, dropped) = scenario.with_protocol(id);
        prop_assert!(build(&other).is_ok(), "{:?}", build(&other).err());
        prop_assert_eq!(&other.protocol.name, id);
        if id == scenario.protocol.name {
            prop_assert_eq!(&other, &scenario);
            prop_assert!(dropped.is_empty());
        }
        // What was dropped is of the three kinds that can make no sense, and everything else is there.
        let can_go = |action: &StepAction| matches!(
            action,
            StepAction::Configure { .. }
                | StepAction::Command { .. }
                | StepAction::DropMessage { .. }
                | StepAction::DuplicateMessage { .. }
                | StepAction::HoldMessage { .. }
                | StepAction::ReleaseMessage { .. }
        );
        prop_assert!(dropped.iter().all(|step| can_go(&step.action)));
        let rest = |scenario: &Scenario| {
            scenario.script.iter().filter(|step| !can_go(&step.action)).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(rest(&other), rest(&scenario));
        let (protocol, script) = (scenario.protocol.clone(), scenario.script.clone());
        prop_assert_eq!(Scenario { protocol, script, ..other }, scenario);
    }
}

fn scenario(body: &str) -> Scenario {
    let head = "seed = 9\n[protocol]\nname = \"primary-backup\"\nacks = 2\nresend_ms = 70\n[[nodes]]\nname = \"n1\"\n\
                [[nodes]]\nname = \"n2\"\n[[nodes]]\nname = \"n3\"\n[[clients]]\nname = \"c1\"\n";
    text::parse(&format!("{head}{body}")).expect("valid")
}

#[test]
fn what_makes_no_sense_there_is_named() {
    let scenario = scenario(
        "[[script]]\nat_ms = 1\naction = \"crash\"\nnode = \"n2\"\n\
         [[script]]\nat_ms = 2\naction = \"configure\"\nparameters = { acks = 1, reads = \"any\" }\n\
         [[script]]\nat_ms = 3\naction = \"hold-message\"\nmessage = 17\n\
         [[script]]\nat_ms = 4\naction = \"restart\"\nnode = \"n2\"\n",
    );
    let (other, dropped) = scenario.with_protocol("quorum");
    assert!(other.protocol.parameters.is_empty(), "{:?}", other.protocol);
    assert_eq!(other.seed, 9);
    let step = |ms: u64, action| Step { at: Time(ms * 1_000_000), action };
    let parameters: Parameters = [
        ("acks".to_owned(), ParameterValue::Count(1)),
        ("reads".to_owned(), ParameterValue::Choice("any".to_owned())),
    ]
    .into();
    let gone = [
        step(2, StepAction::Configure { node: None, parameters, partitioning: Parameters::new() }),
        step(3, StepAction::HoldMessage { message: 17 }),
    ];
    assert_eq!(dropped, gone);
    let stays = [&scenario.script[0], &scenario.script[3]];
    assert_eq!(other.script.iter().collect::<Vec<_>>(), stays);
}

#[test]
fn a_parameter_of_the_same_name_keeps_its_value_where_it_can() {
    let mut scenario = scenario("");
    scenario.protocol.name = "quorum".to_owned();
    let parameters = &mut scenario.protocol.parameters;
    parameters.clear();
    // `quorum` counts r and w in replicas; primary-backup has neither, but both know what `acks` is not.
    parameters.insert("w".to_owned(), ParameterValue::Count(3));
    parameters.insert("timeout".to_owned(), ParameterValue::Time(Span::from_ms(123)));
    for entry in netsplit_protocols::ALL {
        let about = (entry.about)();
        let (other, _) = scenario.with_protocol(about.id);
        for (id, value) in &scenario.protocol.parameters {
            let own = about.parameters.iter().find(|parameter| parameter.id == id);
            let takes = own.is_some_and(|parameter| {
                let alone = Scenario { protocol: other.protocol.clone(), ..Scenario::default() };
                let mut alone = alone;
                alone.protocol.parameters = [(parameter.id.to_owned(), value.clone())].into();
                build(&alone).is_ok()
            });
            assert_eq!(other.protocol.parameters.get(id), takes.then_some(value), "{id} of {}", about.id);
        }
    }
}

#[test]
fn a_protocol_that_nobody_knows_is_complained_about_by_the_one_door() {
    let (other, dropped) = scenario("").with_protocol("paxos-made-of-cheese");
    assert!(dropped.is_empty());
    let problems = build(&other).err().expect("unknown");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().contains("found \"paxos-made-of-cheese\""), "{}", problems[0]);
}
