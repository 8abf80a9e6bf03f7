//! The smallest set of answers that can't all be true.
//!
//! An answer is weakened by forgetting it: an acknowledged write becomes one of unknown outcome, a read
//! or a failed compare-and-set says nothing. A history that is impossible stays so when some answers are
//! forgotten, or becomes possible; what can't be forgotten is at fault. Halves are tried first, then quarters, and
//! so on down to single operations (delta debugging; Zeller and Hildebrandt 2002). One pass of single
//! operations is enough: an answer that was needed among many is needed among fewer.

use crate::content::{Content, feed_return};
use crate::events::Event;
use crate::observation::{Observation, Observations, Outcome};
use crate::search::{Progress, Search};

/// The most steps for one trial, and for all of them. When they are spent the set is not the smallest.
const STEPS_OF_TRIAL: u64 = 50_000;
const STEPS_IN_ALL: u64 = 500_000;

/// The operations, as indices into `operations`, whose answers together are impossible. `operations` are
/// those of one key, in the order of their calls, and impossible.
pub(crate) fn core(observations: &Observations, operations: &[Observation]) -> Vec<usize> {
    let content =
        operations.iter().fold(Content::default(), |content, operation| content.with(operation.call));
    let mut events: Vec<(Event, usize)> = Vec::with_capacity(operations.len() * 2);
    for (index, operation) in operations.iter().enumerate() {
        events.push((Event::call(operation), index));
        events.extend(Event::return_of(operation).map(|event| (event, index)));
    }
    events.sort_unstable();
    let says_something = |operation: &Observation| {
        matches!(
            operation.outcome,
            Outcome::Read(_) | Outcome::Values(_) | Outcome::Done | Outcome::NotSwapped
        )
    };
    let mut kept: Vec<usize> = (0..operations.len()).filter(|&i| says_something(&operations[i])).collect();
    let mut spent = 0;
    let mut size = kept.len() / 2;
    while size > 0 && spent < STEPS_IN_ALL {
        let mut start = 0;
        while start < kept.len() && spent < STEPS_IN_ALL {
            let end = (start + size).min(kept.len());
            let trial: Vec<usize> = [&kept[..start], &kept[end..]].concat();
            if is_impossible(observations, operations, content, &events, &trial, &mut spent) {
                kept = trial;
            } else {
                start = end;
            }
        }
        size /= 2;
    }
    kept
}

fn is_impossible(
    observations: &Observations,
    operations: &[Observation],
    content: Content,
    events: &[(Event, usize)],
    kept: &[usize],
    spent: &mut u64,
) -> bool {
    let mut search = Search::new();
    let mut numbers = vec![0; operations.len()];
    let mut progress = Progress::Fits;
    for &(event, index) in events {
        let operation = &operations[index];
        if !event.returns {
            numbers[index] = search.called(content.action(observations, operation.call));
            continue;
        }
        let outcome = match operation.outcome {
            outcome if kept.binary_search(&index).is_ok() => outcome,
            Outcome::Done => Outcome::Unknown,
            Outcome::Unknown => Outcome::Unknown,
            Outcome::Pending
            | Outcome::Read(_)
            | Outcome::Values(_)
            | Outcome::NotSwapped
            | Outcome::Refused => Outcome::Refused,
        };
        feed_return(&mut search, numbers[index], outcome, observations, content);
        progress = search.run(STEPS_OF_TRIAL);
        if progress != Progress::Fits {
            break;
        }
    }
    *spent += search.spent() + operations.len() as u64;
    progress == Progress::Impossible
}
