//! Convergence: when nothing is written any more and the network is whole, all replicas come to hold the
//! same. It is what eventual consistency promises, and all that it promises.
//!
//! It can't be judged while the run is in motion: *eventually* has no date. Whoever takes the
//! picture says whether the cluster has settled ([`Replicas::settled`]). Replicas that agree, agree; replicas
//! that differ are a violation only then. A key may hold several values, siblings or the elements of a set: all
//! of them have to be the same. Where the data is split, a key is compared among the replicas that hold it.

use std::collections::BTreeSet;

use netsplit_sim::ids::{Key, Value};

use crate::observation::{Call, Observations};
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
    let words = Words::of(observations);
    let Some((key, [a, b])) = first_difference(replicas) else {
        return match differs_while_down(replicas) {
            Some(down) => Verdict::unknown(format!("not settled yet: {} is down, and behind", down.name())),
            None => Verdict::Holds,
        };
    };
    let difference = difference(words, key, a, b);
    if !replicas.settled {
        return Verdict::unknown(format!("not settled yet: {difference}"));
    }
    let sentence = format!("The network is whole and quiet, and still {difference}");
    // The operations that wrote what only one of them holds, where the clients know of them.
    let (in_a, in_b) = (a.values_of(key), b.values_of(key));
    let differs = |value: &Value| in_a.contains(value) != in_b.contains(value);
    let writers = observations.operations.iter().filter(|operation| {
        let written = match operation.call {
            Call::Insert(element) | Call::Remove(element) => Some(element),
            call => call.writes().flatten(),
        };
        operation.key == key && operation.may_update() && written.is_some_and(|value| differs(&value))
    });
    Verdict::Broken(Witness {
        operations: writers.map(|operation| operation.id).collect(),
        nodes: vec![a.node, b.node],
        event: None,
        at: None,
        sentence,
    })
}

/// In what two replicas differ, in words. Of several values the first one that only one of them holds is named.
fn difference(words: Words<'_>, key: Key, a: &Replica, b: &Replica) -> String {
    let (in_a, in_b) = (a.values_of(key), b.values_of(key));
    let name = words.key(key);
    if in_a.len() < 2 && in_b.len() < 2 {
        let (a_held, b_held) = (words.held(key, in_a), words.held(key, in_b));
        return format!("{} holds {a_held} for {name} and {} holds {b_held}", a.name(), b.name());
    }
    let only = |these: &[Value], those: &[Value]| {
        these.iter().filter(|value| !those.contains(value)).copied().collect::<Vec<Value>>()
    };
    let (only_a, only_b) = (only(in_a, in_b), only(in_b, in_a));
    let (holder, other, element) = match (only_a.first(), only_b.first()) {
        (Some(&element), _) => (a, b, Some(element)),
        (None, element) => (b, a, element.copied()),
    };
    let element = words.held(key, element.as_slice());
    let more = match only_a.len() + only_b.len() {
        0 | 1 => String::new(),
        differ => format!("; they differ in {differ} values of it"),
    };
    format!(
        "{} holds {element} among the values of {name} and {} does not{more}",
        holder.name(),
        other.name()
    )
}

/// The first key that two live replicas of it hold differently, and the first two that do.
fn first_difference(replicas: &Replicas) -> Option<(Key, [&Replica; 2])> {
    keys(replicas).into_iter().find_map(|key| {
        let mut holders = replicas.replicas.iter().filter(|replica| replica.live && replica.is_holder(key));
        let first = holders.next()?;
        let other = holders.find(|other| first.values_of(key) != other.values_of(key))?;
        Some((key, [first, other]))
    })
}

/// A node that is down and whose disk holds something else than the live replicas, which agree.
fn differs_while_down(replicas: &Replicas) -> Option<&Replica> {
    let keys = keys(replicas);
    let is_behind = |down: &Replica, key: Key| {
        let mut live = replicas.replicas.iter().filter(|replica| replica.live && replica.is_holder(key));
        down.is_holder(key) && live.next().is_some_and(|live| live.values_of(key) != down.values_of(key))
    };
    let mut down = replicas.replicas.iter().filter(|replica| !replica.live);
    down.find(|down| keys.iter().any(|&key| is_behind(down, key)))
}

/// Every key that some replica has.
fn keys(replicas: &Replicas) -> BTreeSet<Key> {
    replicas.replicas.iter().flat_map(|replica| replica.values.keys().copied()).collect()
}
