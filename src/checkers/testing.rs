//! What the tests of this crate share: histories written down shortly, a checker so simple that it is
//! surely right, and histories of a register that is correct.

use netsplit_sim::history::{Call as SimCall, History, Operation, Outcome as SimOutcome};
use netsplit_sim::ids::{ClientId, EventId, Key, NodeId, OpId, Value};
use netsplit_sim::time::Time;

use crate::observation::{Call, Observation, Observations, Outcome, Session, ValuesId};
use crate::{DEFAULT_BUDGET, Input, Replicas, Verdict, find};

/// Reads a history: operations separated by `;` or line ends, each `client what call return`. Numbers are
/// both milliseconds and events. `what` is `w3`, `r3`, `r-` (nothing), `s3>4` (swapped), `n3>4` (not
/// swapped), `a-2` (added), `i3` (inserted), `d3` (removed), `m3,4` (read several), `m` (read an empty set);
/// `?` behind it is an unknown outcome, `!` a refusal; `k2:` before it names another key than `k1`. A
/// return of `-` is still to come.
pub(crate) fn history(text: &str) -> Observations {
    let mut several = Vec::new();
    let mut operations: Vec<Observation> = text
        .split([';', '\n'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [client, what, invoked, returned] = words[..] else { panic!("four words: {line}") };
            let (key, what) = what.split_once(':').unwrap_or(("k1", what));
            let returned = (returned != "-").then(|| returned.parse().expect("a return"));
            let (call, outcome) = deed(what, &mut several);
            operation(
                client[1..].parse::<u32>().expect("a client") - 1,
                key[1..].parse::<u32>().expect("a key") - 1,
                call,
                if returned.is_none() { Outcome::Pending } else { outcome },
                invoked.parse().expect("a call"),
                returned,
            )
        })
        .collect();
    operations.sort_by_key(|operation| operation.invoked);
    Observations { several, ..observations(operations) }
}

fn deed(what: &str, several: &mut Vec<Vec<Value>>) -> (Call, Outcome) {
    let (what, end) = match what.strip_suffix('?') {
        Some(what) => (what, Some(Outcome::Unknown)),
        None => match what.strip_suffix('!') {
            Some(what) => (what, Some(Outcome::Refused)),
            None => (what, None),
        },
    };
    let value = |text: &str| (text != "-").then(|| Value(text.parse().expect("a value")));
    let pair = |text: &str| {
        let (from, to) = text.split_once('>').expect("from > to");
        Call::Cas { from: value(from), to: value(to) }
    };
    let (call, outcome) = match what.split_at(1) {
        ("r", seen) => (Call::Read, Outcome::Read(value(seen))),
        ("w", new) => (Call::Write(value(new)), Outcome::Done),
        ("s", both) => (pair(both), Outcome::Done),
        ("n", both) => (pair(both), Outcome::NotSwapped),
        ("a", amount) => (Call::Add(amount.parse().expect("an amount")), Outcome::Done),
        ("i", element) => (Call::Insert(value(element).expect("an element")), Outcome::Done),
        ("d", element) => (Call::Remove(value(element).expect("an element")), Outcome::Done),
        ("m", values) => {
            several.push(values.split(',').filter(|text| !text.is_empty()).filter_map(value).collect());
            (Call::Read, Outcome::Values(ValuesId(several.len() as u32 - 1)))
        }
        _ => panic!("no such deed: {what}"),
    };
    (call, end.unwrap_or(outcome))
}

/// One operation, sent to the first node; its number comes later.
pub(crate) fn operation(
    client: u32,
    key: u32,
    call: Call,
    outcome: Outcome,
    invoked: u64,
    returned: Option<u64>,
) -> Observation {
    Observation {
        id: OpId(0),
        session: Session(client),
        key: Key(key),
        node: Some(NodeId(0)),
        call,
        outcome,
        invoked,
        returned,
        invoked_at: Time(invoked * 1_000_000),
        returned_at: Time(returned.unwrap_or(0) * 1_000_000),
    }
}

/// A history of operations that are sorted by call.
pub(crate) fn observations(mut operations: Vec<Observation>) -> Observations {
    for (index, operation) in operations.iter_mut().enumerate() {
        operation.id = OpId(index as u32);
    }
    Observations { operations, clock: true, ..Observations::default() }
}

/// The verdict of one checker on the clients alone.
pub(crate) fn judge(name: &str, observations: &Observations) -> Verdict {
    judge_with(name, observations, None)
}

/// The verdict of one checker.
pub(crate) fn judge_with(name: &str, observations: &Observations, replicas: Option<&Replicas>) -> Verdict {
    let checker = find(name).expect("a checker of that name");
    (checker.check)(&Input { replicas, ..Input::of(observations) }, DEFAULT_BUDGET)
}

/// Whether a history of one register is linearizable, by trying every order without any cleverness.
pub(crate) fn brute_force(operations: &[Observation]) -> bool {
    let deadline = |operation: &Observation| match operation.outcome {
        Outcome::Read(_) | Outcome::Done | Outcome::NotSwapped => operation.returned.unwrap_or(u64::MAX),
        _ => u64::MAX,
    };
    let is_known = |operation: &Observation| deadline(operation) != u64::MAX;
    fn try_all(
        rest: &[Observation],
        state: Option<Value>,
        is_known: &dyn Fn(&Observation) -> bool,
        deadline: &dyn Fn(&Observation) -> u64,
    ) -> bool {
        if !rest.iter().any(is_known) {
            return true;
        }
        let first_deadline = rest.iter().map(deadline).min().unwrap_or(u64::MAX);
        rest.iter().enumerate().any(|(index, operation)| {
            let after = match (operation.call, operation.outcome) {
                (_, Outcome::Refused) => None,
                (Call::Read, Outcome::Read(seen)) => (seen == state).then_some(state),
                (Call::Read, _) => None,
                (Call::Cas { from, .. }, Outcome::NotSwapped) => (from != state).then_some(state),
                (Call::Cas { from, to }, _) => (from == state).then_some(to),
                (Call::Write(value), _) => Some(value),
                _ => unreachable!("not tested by force"),
            };
            let may_be_next = operation.invoked < first_deadline;
            let others = || [&rest[..index], &rest[index + 1..]].concat();
            may_be_next && after.is_some_and(|state| try_all(&others(), state, is_known, deadline))
        })
    }
    try_all(operations, None, &is_known, &deadline)
}

/// Every way in which the calls and returns of `count` operations can follow one another: the calls in
/// the order of the operations, as pairs of events.
pub(crate) fn intervals(count: usize) -> Vec<Vec<(u64, u64)>> {
    fn extend(count: usize, event: u64, so_far: Vec<(u64, u64)>, all: &mut Vec<Vec<(u64, u64)>>) {
        if event == 2 * count as u64 {
            all.push(so_far);
            return;
        }
        for open in 0..so_far.len() {
            if so_far[open].1 == u64::MAX {
                let mut next = so_far.clone();
                next[open].1 = event;
                extend(count, event + 1, next, all);
            }
        }
        if so_far.len() < count {
            let mut next = so_far;
            next.push((event, u64::MAX));
            extend(count, event + 1, next, all);
        }
    }
    let mut all = Vec::new();
    extend(count, 0, Vec::new(), &mut all);
    all
}

/// A generator of small numbers for tests; the tests of this crate need no better one.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// What a generated history is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) clients: u32,
    pub(crate) keys: u32,
    pub(crate) operations: usize,
    /// How many different values are written; zero for a new one each time.
    pub(crate) values: u64,
    /// One in how many updates ends without a known outcome.
    pub(crate) unknown: u64,
}

/// The history of a register that is correct.
pub(crate) fn correct(shape: Shape, seed: u64) -> Observations {
    generate(shape, seed, register_call, |operation, state, _| apply(operation, state)).0
}

/// The history of an object that is correct, and its states at the end by key: at each event some client calls, or
/// an open operation takes effect at once, or returns what it found. Operations still open at the end stay
/// pending. Answers with several values put these into the list.
pub(crate) fn generate<S: Clone + Default>(
    shape: Shape,
    seed: u64,
    mut call: impl FnMut(&mut Numbers, &S, Value) -> Call,
    mut apply: impl FnMut(&Observation, &mut S, &mut Vec<Vec<Value>>) -> Outcome,
) -> (Observations, Vec<S>) {
    let mut numbers = Numbers(seed);
    let (mut operations, mut several): (Vec<Observation>, Vec<Vec<Value>>) = (Vec::new(), Vec::new());
    let mut states = vec![S::default(); shape.keys as usize];
    // Per client: the operation and, once it took effect, the outcome.
    let mut open: Vec<Option<(usize, Option<Outcome>)>> = vec![None; shape.clients as usize];
    let mut late: Vec<usize> = Vec::new();
    let mut event = 0;
    while operations.len() < shape.operations || (event % 5 != 0 && open.iter().any(Option::is_some)) {
        event += 1;
        if !late.is_empty() && numbers.one_in(20) {
            let operation = &operations[late.swap_remove(numbers.below(late.len() as u64) as usize)];
            apply(operation, &mut states[operation.key.0 as usize], &mut several);
        }
        let client = numbers.below(u64::from(shape.clients)) as usize;
        open[client] = match open[client] {
            None => {
                let key = numbers.below(u64::from(shape.keys)) as u32;
                let fresh = match shape.values {
                    0 => Value(operations.len() as u64 + 1),
                    values => Value(numbers.below(values)),
                };
                let call = call(&mut numbers, &states[key as usize], fresh);
                operations.push(operation(client as u32, key, call, Outcome::Pending, event, None));
                Some((operations.len() - 1, None))
            }
            Some((index, None)) => {
                let operation = &mut operations[index];
                if operation.call.is_update() && shape.unknown > 0 && numbers.one_in(shape.unknown) {
                    late.push(index);
                    operation.returned = Some(event);
                    operation.outcome = Outcome::Unknown;
                    operation.returned_at = Time(event * 1_000_000);
                    None
                } else {
                    let state = &mut states[operation.key.0 as usize];
                    Some((index, Some(apply(operation, state, &mut several))))
                }
            }
            Some((index, Some(outcome))) => {
                operations[index].returned = Some(event);
                operations[index].outcome = outcome;
                operations[index].returned_at = Time(event * 1_000_000);
                None
            }
        };
    }
    (Observations { several, ..observations(operations) }, states)
}

fn register_call(numbers: &mut Numbers, state: &Option<Value>, fresh: Value) -> Call {
    match numbers.below(6) {
        0..3 => Call::Read,
        3..5 => Call::Write(Some(fresh)),
        _ => Call::Cas { from: *state, to: Some(fresh) },
    }
}

fn apply(operation: &Observation, state: &mut Option<Value>) -> Outcome {
    match operation.call {
        Call::Read => Outcome::Read(*state),
        Call::Cas { from, .. } if from != *state => Outcome::NotSwapped,
        Call::Cas { to: value, .. } | Call::Write(value) => {
            *state = value;
            Outcome::Done
        }
        _ => unreachable!("not called on a register here"),
    }
}

/// Spoils a history in a few places: other values read, other outcomes, refusals.
pub(crate) fn spoil(observations: &mut Observations, seed: u64) {
    let mut numbers = Numbers(seed);
    let count = observations.operations.len() as u64;
    for _ in 0..=numbers.below(3) {
        let value = observations.operations[numbers.below(count) as usize].call.writes().flatten();
        let operation = &mut observations.operations[numbers.below(count) as usize];
        if operation.returned.is_none() {
            continue;
        }
        operation.outcome = match (operation.call, numbers.below(4)) {
            (Call::Read, _) => Outcome::Read(value),
            (Call::Cas { .. }, 0) => Outcome::Done,
            (Call::Cas { .. }, 1) => Outcome::NotSwapped,
            (_, 2) => Outcome::Refused,
            (_, 3) => Outcome::Unknown,
            _ => Outcome::Done,
        };
    }
}

/// The history as it was known just after an event.
pub(crate) fn until(whole: &Observations, event: u64) -> Observations {
    Observations {
        several: whole.several.clone(),
        ..observations(crate::events::until(whole, event).collect())
    }
}

/// A history of the simulator with the same operations.
pub(crate) fn as_run(observations: &Observations) -> History {
    let operations = observations.operations.iter().map(|seen| Operation {
        id: seen.id,
        client: ClientId(seen.session.0 as u16),
        call: match seen.call {
            Call::Write(value) => SimCall::Write { key: seen.key, value: value.expect("a value") },
            Call::Cas { from, to } => SimCall::Cas { key: seen.key, from, to: to.expect("a value") },
            Call::Add(amount) => SimCall::Add { key: seen.key, amount },
            Call::Insert(value) => SimCall::Insert { key: seen.key, value },
            Call::Remove(value) => SimCall::Remove { key: seen.key, value },
            Call::Read | Call::Append(_) => SimCall::Read { key: seen.key },
        },
        query: None,
        node: NodeId(0),
        invoked: seen.invoked_at,
        invoked_event: EventId(seen.invoked as u32),
        returned: seen.returned.map(|_| seen.returned_at),
        returned_event: seen.returned.map_or(EventId::NONE, |event| EventId(event as u32)),
        outcome: match seen.outcome {
            Outcome::Pending => SimOutcome::Pending,
            Outcome::Read(value) => SimOutcome::Read(value),
            Outcome::Values(id) => SimOutcome::Values(id),
            Outcome::Done if matches!(seen.call, Call::Cas { .. }) => SimOutcome::Swapped,
            Outcome::Done => SimOutcome::Written,
            Outcome::NotSwapped => SimOutcome::NotSwapped,
            Outcome::Refused => SimOutcome::Refused("refused"),
            Outcome::Unknown => SimOutcome::Unknown("no answer"),
        },
        version: None,
    });
    History { operations: operations.collect(), several: observations.several.clone(), queries: Vec::new() }
}
