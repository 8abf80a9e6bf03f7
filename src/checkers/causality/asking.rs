//! From a history and a question to a verdict.

use crate::causality::origins::{Answer, Found, Steps};
use crate::causality::{NEVER, Scene, Sees, order, telling};
use crate::words::Words;
use crate::{Input, Unknown, Verdict, linearizable};

/// The steps for a look whether the history is linearizable.
const LINEARIZABLE_FIRST: u64 = 100_000;

/// Judges a history by one of the weak models. `ask` judges the answers given until an event.
pub(crate) fn verdict(
    input: &Input<'_>,
    budget: u64,
    ask: impl Fn(&Scene<'_>, u64, &mut Steps) -> Answer,
) -> Verdict {
    let scene = Scene::of(input.observations);
    let mut steps = Steps::of(budget);
    let cost = order::cost(&scene);
    let answer = if cost > budget {
        Answer::OutOfSteps
    } else if scene.is_ambiguous() && is_one_copy(input, &mut steps) {
        Answer::Holds
    } else {
        ask(&scene, NEVER, &mut steps)
    };
    match answer {
        Answer::Broken(found) => {
            let (event, found) = earliest(&scene, *found, &mut steps, ask);
            Verdict::Broken(telling::witness(&scene, &found, event))
        }
        Answer::OutOfSteps => {
            let spent = steps.spent();
            let reason = if spent == 0 {
                "the history is too long to be judged in so few steps".into()
            } else {
                format!(
                    "too many values may come from more than one write, or too many operations of a session were open at once: \
                     no answer within {spent} steps of the search"
                )
            };
            Verdict::Unknown(Unknown { spent, reason })
        }
        Answer::Holds => match scene.unclear {
            None => Verdict::Holds,
            Some(operation) => {
                let words = Words::of(input.observations);
                let operation = &input.observations.operations[operation.index()];
                let reason = format!(
                    "this model is about registers: {} of {} {}, which does not tell which write it saw",
                    words.action(operation),
                    words.key(operation.key),
                    words.answer(operation),
                );
                Verdict::Unknown(Unknown { spent: steps.spent(), reason })
            }
        },
    }
}

/// Where it is not clear which write each read saw, the search for it may be long. A linearizable history, which is soon
/// found out, keeps every model that is judged here.
fn is_one_copy(input: &Input<'_>, steps: &mut Steps) -> bool {
    let budget = LINEARIZABLE_FIRST.min(steps.left());
    let is_one_copy = (linearizable::CHECKER.check)(input, budget) == Verdict::Holds;
    if !is_one_copy {
        steps.spend(budget / 4);
    }
    is_one_copy
}

/// The earliest event whose answer breaks the model together with those before, and how. To forget an answer never
/// breaks anything, so halving finds it.
fn earliest(
    scene: &Scene<'_>,
    mut found: Found,
    steps: &mut Steps,
    ask: impl Fn(&Scene<'_>, u64, &mut Steps) -> Answer,
) -> (Option<u64>, Found) {
    let mut events: Vec<u64> = scene
        .nodes
        .iter()
        .filter(|node| node.is_sure() && node.sees != Sees::Nothing)
        .map(|node| node.returned)
        .collect();
    events.sort_unstable();
    steps.refill();
    let (mut fits, mut breaks) = (0, events.len());
    while fits < breaks {
        let middle = fits.midpoint(breaks);
        match ask(scene, events[middle], steps) {
            Answer::Broken(earlier) => (breaks, found) = (middle, *earlier),
            Answer::Holds | Answer::OutOfSteps => fits = middle + 1,
        }
    }
    (events.get(breaks).or(events.last()).copied(), found)
}
