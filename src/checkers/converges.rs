//! Convergence: when nothing is written any more and the network is whole, all replicas come to hold the
//! same. It is what eventual consistency promises, and all that it promises.
//!
//! It can't be judged while the run is in motion: *eventually* has no date. Whoever takes the
//! picture says whether the cluster has settled ([`Replicas::settled`]). Replicas that agree, agree; replicas
//! that differ are a violation only then.

use netsplit_sim::ids::{Key, Value};

use crate::observation::Observations;
use crate::replicas::{Replica, Replicas};
use crate::verdict::Witness;
use crate::words::Words;
use crate::{Checker, Input, Verdict};

/// Convergence.
pub const CHECKER: Checker = Checker {
    name: "converges",
    title: "Convergence",
    explanation: "Once the network is whole and the writing stops, all replicas come to hold the same values.",
    check,
};

fn check(input: &Input<'_>, _budget: u64) -> Verdict {
    verdict(input.observations, input.replicas)
}

/// The verdict on the replicas of a run.
pub(crate) fn verdict(observations: &Observations, replicas: Option<&Replicas>) -> Verdict {
    let Some(replicas) = replicas else {
        return Verdict::unknown("it is about what the replicas hold, which the clients alone can't tell");
    };
    let words = Words { observations };
    let Some((key, [a, b])) = first_difference(replicas) else {
        return match differs_while_down(replicas) {
            Some(down) => Verdict::unknown(format!("not settled yet: {} is down, and behind", down.name())),
            None => Verdict::Holds,
        };
    };
    let held = |replica: &Replica| words.value(value(replica, key));
    let (key_name, a_held, b_held) = (words.key(key), held(a), held(b));
    if !replicas.settled {
        let reason =
            format!("not settled yet: {} holds {a_held} for {key_name}, and {} {b_held}", a.name(), b.name());
        return Verdict::unknown(reason);
    }
    let sentence = format!(
        "The network is whole and quiet, and still {} holds {a_held} for {key_name} and {} holds {b_held}",
        a.name(),
        b.name()
    );
    // The operations that wrote the two values, where the clients know of them.
    let values = [value(a, key), value(b, key)];
    let writers = observations.operations.iter().filter(|operation| {
        let writes = operation.call.writes();
        operation.key == key
            && operation.may_update()
            && values.iter().flatten().any(|&v| writes == Some(Some(v)))
    });
    Verdict::Broken(Witness {
        operations: writers.map(|operation| operation.id).collect(),
        nodes: vec![a.node, b.node],
        event: None,
        at: None,
        sentence,
    })
}

fn value(replica: &Replica, key: Key) -> Option<Value> {
    replica.values.get(&key).copied()
}

/// The first key that two live replicas hold differently, and the first two that do.
fn first_difference(replicas: &Replicas) -> Option<(Key, [&Replica; 2])> {
    let mut live = replicas.replicas.iter().filter(|replica| replica.live);
    let first = live.next()?;
    let differing = live.filter_map(|other| {
        let keys = first.values.keys().chain(other.values.keys());
        let key = keys.copied().filter(|&key| value(first, key) != value(other, key)).min()?;
        Some((key, [first, other]))
    });
    differing.min_by_key(|(key, _)| *key)
}

/// A node that is down and whose disk holds something else than the live replicas, which agree.
fn differs_while_down(replicas: &Replicas) -> Option<&Replica> {
    let live = replicas.replicas.iter().find(|replica| replica.live)?;
    replicas.replicas.iter().find(|replica| !replica.live && replica.values != live.values)
}
