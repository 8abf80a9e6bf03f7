//! The words of witnesses: who did what, and how long after what.

use netsplit_sim::ids::{Key, NodeId, Value};
use netsplit_sim::time::Time;

use crate::observation::{Call, Observation, Observations, Outcome};

/// Speaks of the operations of one history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) observations: &'a Observations,
    /// The event up to which it knows what happened.
    until: u64,
}

/// How much of a text is shown, in characters.
const TEXT_SHOWN: usize = 24;

impl<'a> Words<'a> {
    /// Knows the whole history.
    pub(crate) fn of(observations: &'a Observations) -> Self {
        Self::until(observations, u64::MAX)
    }

    /// Knows what happened up to an event, so that the sentence is the same when the history has grown.
    pub(crate) fn until(observations: &'a Observations, until: u64) -> Self {
        Self { observations, until }
    }

    /// `c1`
    pub(crate) fn session(self, operation: &Observation) -> String {
        self.observations.session_name(operation.session).into_owned()
    }

    /// `k1`
    pub(crate) fn key(self, key: Key) -> String {
        let name = self.observations.key_name(key);
        // A bare number or an empty name would read like something else.
        let bare = name.chars().next().is_none_or(|first| first.is_ascii_digit());
        if bare { format!("key `{name}`") } else { name.into_owned() }
    }

    /// `v7`, or `nothing`; `7` for a key that is added to
    pub(crate) fn value(self, key: Key, value: Option<Value>) -> String {
        let Some(value) = value else { return "nothing".into() };
        if self.is_forged(value) {
            return format!("n{}'s forged value", value.0 - Value::forged(NodeId(0)).0 + 1);
        }
        if self.is_added_to(key)
            && let Some(number) = self.observations.number(value)
        {
            return number.to_string();
        }
        let name = self.observations.value_name(value);
        if !self.is_text(Some(value)) {
            return name.into_owned();
        }
        let length = name.chars().count();
        if length <= TEXT_SHOWN {
            return format!("“{name}”");
        }
        // The end of a text that grows tells more than its beginning.
        format!("“…{}”", name.chars().skip(length - TEXT_SHOWN).collect::<String>())
    }

    /// `v3 and v7`, `an empty set` if there are none
    pub(crate) fn values(self, key: Key, values: &[Value]) -> String {
        match values {
            [] => "an empty set".into(),
            [one] => self.value(key, Some(*one)),
            [rest @ .., last] => {
                let rest: Vec<String> = rest.iter().map(|&value| self.value(key, Some(value))).collect();
                format!("{} and {}", rest.join(", "), self.value(key, Some(*last)))
            }
        }
    }

    /// What a replica holds: `v3`, `v3 and v7`, or `nothing`
    pub(crate) fn held(self, key: Key, values: &[Value]) -> String {
        if values.is_empty() { "nothing".into() } else { self.values(key, values) }
    }

    /// Whether a node that lied made this value up.
    pub(crate) fn is_forged(self, value: Value) -> bool {
        self.observations.values.is_empty() && value.is_forged()
    }

    fn is_added_to(self, key: Key) -> bool {
        let mut operations = self.observations.operations.iter();
        operations.any(|operation| {
            operation.key == key && operation.invoked <= self.until && matches!(operation.call, Call::Add(_))
        })
    }

    /// Whether a value is a text and not a number.
    pub(crate) fn is_text(self, value: Option<Value>) -> bool {
        value.is_some_and(|value| {
            !self.observations.values.is_empty()
                && self.observations.value_name(value).parse::<i64>().is_err()
        })
    }

    /// `c1's write of v7`
    pub(crate) fn deed(self, operation: &Observation) -> String {
        format!("{}'s {}", self.session(operation), self.act(operation))
    }

    /// `write of v7`
    pub(crate) fn act(self, operation: &Observation) -> String {
        let value = |value| self.value(operation.key, value);
        match operation.call {
            Call::Read => "read".into(),
            Call::Write(to) => format!("write of {}", value(to)),
            Call::Cas { from, to } => format!("compare-and-set from {} to {}", value(from), value(to)),
            Call::Append(end) => format!("append of {}", value(end)),
            Call::Add(amount) => format!("addition of {amount}"),
            Call::Insert(element) => format!("insertion of {}", value(Some(element))),
            Call::Remove(element) => format!("removal of {}", value(Some(element))),
        }
    }

    /// `c1's write`, without the value
    pub(crate) fn action(self, operation: &Observation) -> String {
        let action = match operation.call {
            Call::Read => "read",
            Call::Write(_) => "write",
            Call::Cas { .. } => "compare-and-set",
            Call::Append(_) => "append",
            Call::Add(_) => "addition",
            Call::Insert(_) => "insertion",
            Call::Remove(_) => "removal",
        };
        format!("{}'s {action}", self.session(operation))
    }

    /// `returned v7`, `was acknowledged`, …
    pub(crate) fn answer(self, operation: &Observation) -> String {
        match operation.outcome {
            Outcome::Read(value) => format!("returned {}", self.value(operation.key, value)),
            Outcome::Values(id) => {
                format!("returned {}", self.values(operation.key, self.observations.values_of(id)))
            }
            Outcome::Done if matches!(operation.call, Call::Cas { .. }) => "succeeded".into(),
            Outcome::Done => "was acknowledged".into(),
            Outcome::NotSwapped => "failed".into(),
            Outcome::Refused => "was refused".into(),
            Outcome::Unknown => "ended without a known outcome".into(),
            Outcome::Pending => "has not ended".into(),
        }
    }

    /// `the older value v3`, or `nothing`
    pub(crate) fn older(self, key: Key, value: Option<Value>) -> String {
        match value {
            None => "nothing".into(),
            Some(_) => format!("the older value {}", self.value(key, value)),
        }
    }

    /// What a read returned, of which all is older: `the older value v3`, `the older values v3 and v4`, `nothing`
    pub(crate) fn all_older(self, read: &Observation) -> String {
        match read.outcome {
            Outcome::Values(id) => match self.observations.values_of(id) {
                values @ [_, _, ..] => format!("the older values {}", self.values(read.key, values)),
                one => self.older(read.key, one.first().copied()),
            },
            Outcome::Read(value) => self.older(read.key, value),
            _ => "nothing".into(),
        }
    }

    /// `40.0 ms after`, from the return of one operation to the call of another.
    pub(crate) fn gap(self, returned: &Observation, called: &Observation) -> String {
        if self.observations.clock {
            return match milliseconds(Time(called.invoked_at.since(returned.returned_at).0)).as_str() {
                "0.0" => "just after".into(),
                ms => format!("{ms} ms after"),
            };
        }
        match called.invoked.saturating_sub(returned.returned.unwrap_or(called.invoked)) {
            1 => "one event after".into(),
            events => format!("{events} events after"),
        }
    }

    /// `at 12.0 ms`, the return of an operation.
    pub(crate) fn return_of(self, operation: &Observation) -> String {
        if self.observations.clock {
            return format!("at {} ms", milliseconds(operation.returned_at));
        }
        operation.returned.map_or_else(String::new, |event| format!("at event {event}"))
    }

    /// `10.0 to 12.0 ms`, from the call to the return of an operation.
    pub(crate) fn interval(self, operation: &Observation) -> String {
        if self.observations.clock {
            let (from, to) = (milliseconds(operation.invoked_at), milliseconds(operation.returned_at));
            return format!("{from} to {to} ms");
        }
        match operation.returned {
            Some(returned) => format!("events {} to {returned}", operation.invoked),
            None => format!("from event {}", operation.invoked),
        }
    }
}

/// Milliseconds with one decimal, rounded; by integers, so that every machine writes the same.
pub(crate) fn milliseconds(time: Time) -> String {
    let tenths = time.0 / 100_000 + u64::from(time.0 % 100_000 >= 50_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_one_decimal() {
        assert_eq!(milliseconds(Time(40_000_000)), "40.0");
        assert_eq!(milliseconds(Time(1_949_999)), "1.9");
        assert_eq!(milliseconds(Time(1_950_000)), "2.0");
        assert_eq!(milliseconds(Time(u64::MAX)), "18446744073709.6");
    }

    #[test]
    fn long_texts_show_their_end() {
        let observations = Observations {
            values: vec!["12".into(), "short".into(), "a text that is far too long to be shown".into()],
            ..Observations::default()
        };
        let words = Words::of(&observations);
        assert_eq!(words.value(Key(0), Some(Value(0))), "12");
        assert_eq!(words.value(Key(0), Some(Value(1))), "“short”");
        assert_eq!(words.value(Key(0), Some(Value(2))), "“…far too long to be shown”");
        assert_eq!(words.value(Key(0), None), "nothing");
        assert_eq!(words.key(Key(0)), "k1");
    }
}
