//! The forms of histories: what is written is read as it was, and what can't be said is refused.

use netsplit_sim::ids::{Key, OpId, Value};
use netsplit_sim::time::Time;

use crate::formats::{Format, detect, fit, read, write};
use crate::observation::{Call, Observation, Observations, Outcome, Session, ValuesId};
use crate::testing::{Numbers, Shape, correct, history, judge, spoil};

/// A history as everybody can say it: names instead of numbers, and events by their order.
fn plain(observations: &Observations) -> Vec<String> {
    let value = |value: Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(value) if observations.values.is_empty() => (value.0 as i64).to_string(),
        Some(value) => observations.value_name(value).into_owned(),
    };
    let events: Vec<u64> = crate::events::all(observations).into_iter().map(|event| event.number).collect();
    let place = |event: u64| events.binary_search(&event).expect("an event");
    let mut names: Vec<(Session, usize)> = Vec::new();
    let mut lines = Vec::new();
    for operation in &observations.operations {
        let session = match names.iter().find(|(session, _)| *session == operation.session) {
            Some((_, name)) => *name,
            None => {
                names.push((operation.session, names.len()));
                names.len() - 1
            }
        };
        let call = match operation.call {
            Call::Read => "read".to_owned(),
            Call::Write(to) => format!("write {}", value(to)),
            Call::Cas { from, to } => format!("cas {} {}", value(from), value(to)),
            Call::Append(end) => format!("append {}", value(end)),
            Call::Add(amount) => format!("add {amount}"),
            Call::Insert(element) => format!("insert {}", value(Some(element))),
            Call::Remove(element) => format!("remove {}", value(Some(element))),
        };
        let outcome = match operation.outcome {
            Outcome::Read(seen) => format!("read {}", value(seen)),
            Outcome::Values(id) => {
                let values = observations.values_of(id).iter();
                let mut values: Vec<String> = values.map(|&seen| value(Some(seen))).collect();
                values.sort();
                values.join(" ")
            }
            other => format!("{other:?}"),
        };
        let (key, called) = (observations.key_name(operation.key), place(operation.invoked));
        let returned = operation.returned.map(place);
        let clock = observations.clock.then_some((operation.invoked_at, operation.returned_at));
        lines.push(format!("{session} {key} {call} {called} {returned:?} {outcome} {clock:?}"));
    }
    lines
}

/// What a form has no room for, left out.
fn without_times(observations: &Observations) -> Observations {
    let mut observations = observations.clone();
    observations.clock = false;
    observations
}

/// What a generated history may have in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Anything,
    /// What Porcupine's logs of a register can say.
    Register,
    /// What Porcupine's logs of texts can say.
    Texts,
}

/// Histories right and wrong, with names and without.
fn any_history(seed: u64, kind: Kind) -> Observations {
    let mut numbers = Numbers(seed);
    let anything = kind == Kind::Anything;
    let named = numbers.one_in(2);
    let families: Vec<u64> = match kind {
        Kind::Anything => (0..3).map(|_| numbers.below(4)).collect(),
        Kind::Register => vec![0],
        Kind::Texts => vec![1; 3],
    };
    let keys = 1 + numbers.below(families.len() as u64);
    let (sessions, overlap) = (1 + numbers.below(4), anything && numbers.one_in(4));
    let texts = match kind {
        Kind::Anything => ["1", "-7", "a b", "say \"x\"\\", "ü\n", "nil", ":k", "01"],
        Kind::Register => ["1", "2", "3", "4", "5", "6", "7", "8"],
        Kind::Texts => ["1", "2", "x 0 0 y", "ü", ":k", "nil", "{", "01"],
    };
    let mut whole = Observations { clock: numbers.one_in(2), ..Observations::default() };
    let mut open: Vec<OpId> = Vec::new();
    let mut dead: Vec<Session> = Vec::new();
    let mut event = 0;
    while whole.operations.len() < 12 && dead.len() < sessions as usize {
        event += 1 + numbers.below(2);
        let session = Session(numbers.below(sessions) as u32);
        let value = Value(numbers.below(texts.len() as u64));
        if dead.contains(&session) {
            continue;
        }
        let is_its = |id: &OpId| whole.operations[id.index()].session == session;
        if let Some(place) = open.iter().position(is_its)
            && (!overlap || numbers.one_in(2))
        {
            let id = open.swap_remove(place);
            let operation = whole.operations[id.index()];
            let family = families[operation.key.0 as usize];
            let outcome = match (operation.call, numbers.below(8)) {
                (_, 0) if anything => Outcome::Unknown,
                (_, 0) if kind == Kind::Register => {
                    dead.push(session);
                    Outcome::Unknown
                }
                (Call::Cas { .. }, 1) => Outcome::NotSwapped,
                (_, 1 | 2) if anything => Outcome::Refused,
                (Call::Read, 3) if anything && family != 2 => {
                    whole.several.push(vec![Value(1), Value(3)]);
                    Outcome::Values(ValuesId(whole.several.len() as u32 - 1))
                }
                (Call::Read, 4) => Outcome::Read(None),
                (Call::Read, _) if family == 2 => Outcome::Read(Some(Value(0))),
                (Call::Read, _) => Outcome::Read(Some(value)),
                _ => Outcome::Done,
            };
            let operation = &mut whole.operations[id.index()];
            (operation.outcome, operation.returned) = (outcome, Some(event));
            operation.returned_at = Time(event * 1_000);
            continue;
        }
        let key = numbers.below(keys) as u32;
        let call = match (families[key as usize], numbers.below(5)) {
            (_, 0 | 1) => Call::Read,
            (1, 2) => Call::Write(Some(value)),
            (1, _) => Call::Append(Some(value)),
            (2, _) => Call::Add(numbers.below(9) as i64 - 4),
            (3, 2) => Call::Remove(value),
            (3, _) => Call::Insert(value),
            (_, 2) => {
                Call::Cas { from: (!anything || numbers.one_in(2)).then_some(Value(1)), to: Some(value) }
            }
            _ => Call::Write((!anything || !numbers.one_in(5)).then_some(value)),
        };
        let operation = crate::testing::operation(0, key, call, Outcome::Pending, event, None);
        let (id, invoked_at) = (OpId(whole.operations.len() as u32), Time(event * 1_000));
        whole.operations.push(Observation { id, session, node: None, invoked_at, ..operation });
        open.push(id);
    }
    if named || families.contains(&1) {
        whole.values = texts.iter().map(|&text| text.to_owned()).collect();
    }
    if named {
        whole.sessions = (0..sessions).map(|session| format!("p{}", 3 * session)).collect();
        whole.keys = ["x", "7", "a key"].map(str::to_owned).to_vec();
    }
    whole
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let (mut said, mut refused) = ([0; 4], [0; 4]);
    let kinds = [Kind::Anything, Kind::Register, Kind::Texts];
    for (seed, kind) in (0..30_000).zip(kinds.into_iter().cycle()) {
        let history = any_history(seed, kind);
        for (index, format) in Format::ALL.into_iter().enumerate() {
            let Ok(text) = write(format, &history) else {
                refused[index] += 1;
                continue;
            };
            said[index] += 1;
            let read_back = read(format, &text).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
            let has_times = matches!(format, Format::JsonLines | Format::JepsenEdn);
            let has_keys = format != Format::PorcupineEtcd;
            let mut expected = if has_times { history.clone() } else { without_times(&history) };
            if !has_keys {
                expected.keys = vec!["r".to_owned(); 3];
            }
            assert_eq!(plain(&read_back), plain(&expected), "seed {seed}\n{text}");
            assert_eq!(detect(&text), Some(format), "{text}");
            // And what was read once is read again as the very same.
            let again = write(format, &read_back).expect("it was written before");
            assert_eq!(read(format, &again), Ok(read_back), "seed {seed}\n{again}");
        }
    }
    let (said, refused) = (said.map(|count| count > 2_000), refused.map(|count| count > 400));
    assert_eq!((said, refused), ([true; 4], [true, false, true, true]));
}

#[test]
fn one_form_can_be_put_into_another() {
    let shape = Shape { clients: 4, keys: 1, operations: 30, values: 4, unknown: 0 };
    for seed in 0..300 {
        let mut history = correct(shape, seed);
        if seed % 2 == 1 {
            spoil(&mut history, seed);
        }
        let verdict = judge("linearizable", &history);
        for format in Format::ALL {
            let fitted = fit(format, &history, None);
            let Ok(text) = write(format, &fitted.observations) else { continue };
            let read_back = read(format, &text).expect("what was written");
            assert_eq!(
                judge("linearizable", &read_back).name(),
                verdict.name(),
                "seed {seed}, {format:?}\n{text}"
            );
        }
    }
}

#[test]
fn what_has_no_words_is_refused_by_a_sentence_or_left_out_and_told() {
    let refusal = |format, text: &str| write(format, &history(text)).expect_err(text).0;
    assert_eq!(
        refusal(Format::JsonLines, "c1 s1>2! 0 1"),
        "operation 0 is a compare-and-set that was refused, and this form only has words for one that found another value"
    );
    assert_eq!(
        refusal(Format::PorcupineEtcd, "c1 w1? 0 1; c1 w2 2 3"),
        "c1 calls operation 1 while operation 0 is open or its outcome unknown, and in this form a process does not"
    );
    for (format, text, words) in [
        (Format::PorcupineEtcd, "c1 w1! 0 1", "only has updates of unknown outcome"),
        (Format::PorcupineEtcd, "c1 w- 0 1", "a write of nothing has no words"),
        (Format::PorcupineEtcd, "c1 s->1 0 1", "a compare-and-set from nothing"),
        (Format::PorcupineEtcd, "c1 w1 0 1; c1 k2:w1 2 3", "only one key"),
        (Format::PorcupineEtcd, "c1 a1 0 1", "only has reads, writes and compare-and-sets"),
        (Format::PorcupineEtcd, "c1 m1,2 0 1", "several values"),
        (Format::PorcupineKv, "c1 s1>2 0 1", "only has reads, writes and appends"),
        (Format::PorcupineKv, "c1 w1? 0 1", "only has operations that succeed"),
        (Format::PorcupineKv, "c1 r- 0 -", "never returned"),
        (Format::JepsenEdn, "c1 a1 0 1; c1 m1,2 2 3", "would take it for a set"),
    ] {
        let sentence = refusal(format, text);
        assert!(sentence.contains(words), "{text}: {sentence}");
    }
    // The same histories can be said once what is refused is left out.
    for (format, text) in [
        (Format::JsonLines, "c1 s1>2! 0 1; c1 w2 2 3"),
        (Format::PorcupineEtcd, "c1 w1! 0 1; c1 w1? 2 3; c1 w2 4 5"),
    ] {
        let fitted = fit(format, &history(text), None);
        assert!(write(format, &fitted.observations).is_ok(), "{text}");
        assert_eq!(
            fitted.notes[0],
            "1 operation was left out: refused by the cluster, and so without effect"
        );
    }
    let history = history("c1 w1? 0 10; c1 w2 11 14; c1 w3! 15 16; c2 r- 1 20; c2 r7? 21 22; c2 k2:w9 23 24");
    let fitted = fit(Format::PorcupineKv, &history, Some(Key(0)));
    assert_eq!(
        fitted.notes,
        [
            "1 operation was left out: about another key",
            "1 operation was left out: refused by the cluster, and so without effect",
            "1 operation was left out: a read without an answer",
            "1 operation was written as never returned, for the outcome is unknown",
            "1 more processes than sessions: here a process ends with an operation of unknown outcome, and does one \
             thing at a time",
        ]
    );
    assert_eq!(
        write(Format::PorcupineKv, &fitted.observations).expect("it fits"),
        "{:process 0, :type :invoke, :f :put, :key \"k1\", :value \"1\"}\n\
         {:process 1, :type :invoke, :f :get, :key \"k1\", :value nil}\n\
         {:process 2, :type :invoke, :f :put, :key \"k1\", :value \"2\"}\n\
         {:process 2, :type :ok, :f :put, :key \"k1\", :value \"2\"}\n\
         {:process 1, :type :ok, :f :get, :key \"k1\", :value \"\"}\n"
    );
}
