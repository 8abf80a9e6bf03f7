//! Plans of random faults as steps of the script.

use netsplit_scenario::model::{Step, StepAction};
use netsplit_scenario::{Scenario, Session, build, text};
use netsplit_sim::action::Action;
use netsplit_sim::fault_plan::{FaultPlan, FaultRate};
use netsplit_sim::protocol::Fault;
use netsplit_sim::time::{Span, Time};
use proptest::prelude::*;

use crate::generate::playable;

fn plan(seed: u64, faults: &[Fault], per_minute: f64) -> FaultPlan {
    FaultPlan {
        seed,
        faults: faults.iter().map(|&fault| FaultRate { fault, per_minute, nodes: None }).collect(),
        lasting: Span::from_ms(150),
        from: Time(200_000_000),
        until: Time(1_200_000_000),
    }
}

fn actions(scenario: &Scenario) -> Vec<(Time, Action)> {
    let built = build(scenario).expect("valid");
    built.script.into_iter().map(|timed| (timed.at, timed.action)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The steps mean what the plan means, whatever the script held before.
    #[test]
    fn a_plan_becomes_ordinary_steps(seed in 0u64..1_000, quorum in any::<bool>()) {
        let before = playable(seed, if quorum { "quorum" } else { "primary-backup" });
        let plan = plan(seed, &Fault::ALL, 100.0);
        let with = before.with_faults(&plan).expect("it fits");
        prop_assert!(with.script.is_sorted_by_key(|step| step.at));
        let mut expected = actions(&before);
        expected.extend(plan.actions(&build(&before).expect("valid").setup));
        expected.sort_by_key(|(at, _)| *at);
        prop_assert_eq!(actions(&with), expected);
        prop_assert_eq!(text::parse(&text::write(&with)), Ok(with.clone()));
    }

    /// In a session they are all one undo, and the run is the one of the new script wherever the playhead is.
    #[test]
    fn a_plan_is_one_undo(seed in 0u64..1_000, playhead in 0u64..1_500_000_000, quorum in any::<bool>()) {
        let before = playable(seed, if quorum { "quorum" } else { "primary-backup" });
        let plan = plan(seed, &[Fault::Cut, Fault::Loss, Fault::Crash, Fault::Pause], 200.0);
        let mut session = Session::new(before.clone()).expect("valid");
        session.advance(Time(playhead), u64::MAX);
        let added = session.add_faults(&plan).expect("it fits");
        session.resume(u64::MAX);
        let with = session.scenario().clone();
        prop_assert_eq!(&with, &before.with_faults(&plan).expect("it fits"));
        prop_assert_eq!(with.script.len(), before.script.len() + added);
        let mut fresh = Session::new(with.clone()).expect("valid");
        fresh.advance(Time(playhead), u64::MAX);
        prop_assert_eq!((session.now(), session.hash()), (Time(playhead), fresh.hash()));
        prop_assert_eq!(session.undo(), added > 0);
        session.resume(u64::MAX);
        prop_assert_eq!(session.scenario(), &before);
        if session.redo() {
            prop_assert_eq!(session.scenario(), &with);
        }
    }
}

#[test]
fn steps_of_the_same_instant_come_after_those_that_stand_there() {
    let mut scenario = Scenario::default();
    let plan = plan(3, &[Fault::Crash], 600.0);
    let first = scenario.with_faults(&plan).expect("it fits").script[0].clone();
    scenario.script = vec![Step { at: first.at, action: StepAction::HealAll }];
    let with = scenario.with_faults(&plan).expect("it fits");
    assert_eq!(with.script[0].action, StepAction::HealAll);
    assert_eq!(with.script[1], first);
}

#[test]
fn a_plan_that_does_not_fit_says_so() {
    let sentence = |plan: &FaultPlan| {
        let scenario = Scenario {
            script: vec![Step { at: Time::ZERO, action: StepAction::HealAll }; 10],
            ..Scenario::default()
        };
        let mut session = Session::new(scenario.clone()).expect("valid");
        let problem = session.add_faults(plan).expect_err("it does not fit").to_string();
        assert_eq!(session.scenario(), &scenario);
        assert!(!session.can_undo());
        problem
    };
    let many = sentence(&FaultPlan { until: Time(80_000_000_000_000), ..plan(1, &Fault::ALL, 1_000.0) });
    assert!(
        many.starts_with("script: expected at most 2000 steps; it has 10, and the plan would add "),
        "{many}"
    );
    let fine = plan(1, &[Fault::Crash], 6.0);
    let wrong: [(FaultPlan, &str); 5] = [
        (
            FaultPlan { until: Time(86_400_000_000_001), ..fine.clone() },
            "until: expected at most 86400000 milliseconds, a day",
        ),
        (FaultPlan { from: Time(1_300_000_000), ..fine.clone() }, "from: expected no more than until"),
        (
            FaultPlan { lasting: Span::ZERO, ..fine.clone() },
            "lasting: expected more than 0 and at most 3600000 milliseconds, and found 0",
        ),
        (plan(1, &[Fault::Crash], f64::NAN), "per_minute: expected a number from 0 to 60000 and found NaN"),
        (plan(1, &[Fault::Crash], -1.0), "per_minute: expected a number from 0 to 60000 and found -1"),
    ];
    for (plan, expected) in wrong {
        assert_eq!(sentence(&plan), expected);
    }
}

#[test]
fn a_plan_without_faults_adds_nothing_and_is_nothing_to_undo() {
    let mut session = Session::new(Scenario::default()).expect("valid");
    assert_eq!(session.add_faults(&plan(1, &[Fault::Retry], 60.0)), Ok(0));
    assert!(!session.can_undo());
}
