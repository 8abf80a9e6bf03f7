//! The words of witnesses: who did what, and how long after what.

use netsplit_sim::ids::{Key, Value};
use netsplit_sim::time::Time;

use crate::observation::{Call, Observation, Observations, Outcome};

/// Speaks of the operations of one history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) observations: &'a Observations,
}

/// How much of a text is shown, in characters.
const TEXT_SHOWN: usize = 24;

impl Words<'_> {
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

    /// `v7`, or `nothing`
    pub(crate) fn value(self, value: Option<Value>) -> String {
        let Some(value) = value else { return "nothing".into() };
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
        match operation.call {
            Call::Read => "read".into(),
            Call::Write(value) => format!("write of {}", self.value(value)),
            Call::Cas { from, to } => {
                format!("compare-and-set from {} to {}", self.value(from), self.value(to))
            }
            Call::Append(value) => format!("append of {}", self.value(value)),
            Call::Add(amount) => format!("addition of {amount}"),
            Call::Insert(value) => format!("insertion of {}", self.value(Some(value))),
            Call::Remove(value) => format!("removal of {}", self.value(Some(value))),
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
            Outcome::Read(value) => format!("returned {}", self.value(value)),
            Outcome::Values(id) => {
                let values = self.observations.values_of(id).iter();
                format!("returned {}", values.map(|&value| self.value(Some(value))).collect::<Vec<_>>().join(", "))
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
    pub(crate) fn older(self, value: Option<Value>) -> String {
        if value.is_none() { "nothing".into() } else { format!("the older value {}", self.value(value)) }
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
fn milliseconds(time: Time) -> String {
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
        let words = Words { observations: &observations };
        assert_eq!(words.value(Some(Value(0))), "12");
        assert_eq!(words.value(Some(Value(1))), "“short”");
        assert_eq!(words.value(Some(Value(2))), "“…far too long to be shown”");
        assert_eq!(words.value(None), "nothing");
        assert_eq!(words.key(Key(0)), "k1");
    }
}
