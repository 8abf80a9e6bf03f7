//! Our verdicts beside those of stateright's testers, which were written by other people and search in another way.

use stateright::semantics::register::{Register, RegisterOp, RegisterRet};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialConsistencyTester};

use netsplit_sim::ids::Value;

use crate::events;
use crate::observation::{Call, Observations, Outcome};
use crate::testing::{Numbers, judge, observations, operation};

/// A history of a register with few operations at once. A session with an operation that does not end does nothing
/// more.
fn random_history(seed: u64) -> Observations {
    let mut numbers = Numbers(seed);
    let sessions = 2 + numbers.below(5) as u32;
    let mut open: Vec<Option<usize>> = vec![None; sessions as usize];
    let mut operations = Vec::new();
    for event in 0..4 + numbers.below(12) {
        let session = numbers.below(u64::from(sessions)) as usize;
        let value = Some(Value(numbers.below(3))).filter(|value| value.0 > 0);
        match open[session].take() {
            None => {
                let call = if numbers.one_in(2) { Call::Read } else { Call::Write(value) };
                open[session] = Some(operations.len());
                operations.push(operation(session as u32, 0, call, Outcome::Pending, event, None));
            }
            Some(index) => {
                let call = operations[index].call;
                operations[index].outcome =
                    if call == Call::Read { Outcome::Read(value) } else { Outcome::Done };
                operations[index].returned = Some(event);
            }
        }
    }
    observations(operations)
}

/// What another tester says of the same calls and returns.
fn ask<T: ConsistencyTester<u32, Register<u64>>>(history: &Observations, mut tester: T) -> bool {
    let number = |value: Option<Value>| value.map_or(0, |value| value.0);
    for event in events::all(history) {
        let one = history.operations[event.operation.index()];
        let fed = match (event.returns, one.call, one.outcome) {
            (false, Call::Write(value), _) => {
                tester.on_invoke(one.session.0, RegisterOp::Write(number(value)))
            }
            (false, ..) => tester.on_invoke(one.session.0, RegisterOp::Read),
            (true, _, Outcome::Read(value)) => {
                tester.on_return(one.session.0, RegisterRet::ReadOk(number(value)))
            }
            (true, ..) => tester.on_return(one.session.0, RegisterRet::WriteOk),
        };
        fed.expect("one thing after the other");
    }
    tester.is_consistent()
}

#[test]
fn stateright_agrees() {
    let mut verdicts = [[0; 2]; 2];
    for seed in 0..20_000 {
        let history = random_history(seed);
        let linearizable = ask(&history, LinearizabilityTester::new(Register(0)));
        let sequential = ask(&history, SequentialConsistencyTester::new(Register(0)));
        for (index, (name, expected)) in
            [("linearizable", linearizable), ("sequential", sequential)].into_iter().enumerate()
        {
            let found = judge(name, &history).name();
            assert_eq!(found == "holds", expected, "{name}, seed {seed}: {:#?}", history.operations);
            verdicts[index][usize::from(expected)] += 1;
        }
    }
    assert!(verdicts.iter().flatten().all(|&count| count > 2_000), "{verdicts:?}");
}
