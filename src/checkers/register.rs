//! The object that a key is, as small as a search wants it: a register with write, compare-and-set and
//! append, a number with add, a set with insert and remove. Which of these it is, its calls decide; a key
//! that holds one of them refuses the calls of the others, and a write replaces whatever is there.
//!
//! The state of a key that is never appended to is the value itself: equality is exact. A text that
//! grows is kept as a polynomial hash instead, two residues modulo the prime 2^61 - 1 under two fixed
//! bases, because the hash of a concatenation follows from the hashes of its parts in two
//! multiplications. Two different texts of length n share a hash with a probability of about
//! (n / 2^61)^2, so such a history can in principle be judged wrongly; for a thousand bytes that is one
//! in 2^102. Nobody gains by constructing a collision: he would deceive only himself.
//!
//! A set is kept as the exclusive or of a random word for each element (Zobrist 1970), as in
//! [`crate::memo`]. Such a hash does not tell whether an element is in the set, so whoever applies an action
//! keeps the elements of the present state beside it. The empty set is a key that holds nothing.

use std::collections::BTreeSet;

use netsplit_sim::ids::Value;

use crate::memo::scramble;

/// What a key holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State(pub(crate) u128);

/// A text to append.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    hash: State,
    /// The bases to the power of the length.
    power: State,
}

/// What an operation does to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// Looks.
    Read,
    /// Replaces.
    Write(State),
    /// Replaces, if it finds what it expects.
    Cas { from: State, to: State },
    /// Adds to the end.
    Append(Text),
    /// Adds to the number.
    Add(i64),
    /// Puts into the set.
    Insert(Value),
    /// Takes out of the set.
    Remove(Value),
}

/// Marks the states that are sets that are not empty; no value, number or text reaches so high.
const SET: u128 = 1 << 126;
/// Marks texts on a key that is added to: there is no number to add to.
const NO_NUMBER: u128 = 1 << 125;

const PRIME: u64 = (1 << 61) - 1;
/// Digits of pi and e; any two numbers below the prime that were not chosen for the input would do.
const BASES: State = State(pack(314_159_265_358_979_323, 271_828_182_845_904_523));

const fn pack(low: u64, high: u64) -> u128 {
    low as u128 | (high as u128) << 64
}

impl State {
    /// The state that holds exactly this value.
    pub(crate) fn exact(value: Option<Value>) -> Self {
        Self(value.map_or(0, |value| u128::from(value.0) + 1))
    }

    /// The state that holds exactly this number.
    pub(crate) fn number(number: i64) -> Self {
        Self::exact(Some(Value(number as u64)))
    }

    /// The state that holds a value that is no number, on a key that is added to.
    pub(crate) fn no_number(value: Value) -> Self {
        Self(NO_NUMBER | u128::from(value.0))
    }

    /// The state that holds exactly these elements, each named once.
    pub(crate) fn set(elements: &[Value]) -> Self {
        let mark = if elements.is_empty() { 0 } else { SET };
        Self(elements.iter().fold(mark, |state, &element| state ^ element_word(element)))
    }

    /// Whether it is a set with at least one element.
    pub(crate) fn is_set(self) -> bool {
        self.0 & SET != 0
    }

    /// The state after adding to the number, if it is one.
    fn plus(self, amount: i64) -> Option<Self> {
        let number = match self.0.checked_sub(1) {
            None => 0,
            Some(number) => u64::try_from(number).ok()?,
        };
        Some(Self::exact(Some(Value(number.wrapping_add_signed(amount)))))
    }

    /// The state after appending a text to this one.
    pub(crate) fn append(self, text: Text) -> Self {
        self.each_lane(text.power, multiply).each_lane(text.hash, add)
    }

    fn each_lane(self, other: Self, combine: fn(u64, u64) -> u64) -> Self {
        let low = combine(self.0 as u64, other.0 as u64);
        let high = combine((self.0 >> 64) as u64, (other.0 >> 64) as u64);
        Self(pack(low, high))
    }
}

impl Text {
    /// The hash of a text. The empty one hashes to [`State::default`], the key that was never written.
    pub(crate) fn new(text: &str) -> Self {
        let mut whole = Self { hash: State::default(), power: State(pack(1, 1)) };
        for byte in text.bytes() {
            // One is added so that a zero byte counts as a digit, and texts of different lengths differ.
            let digit = State(pack(u64::from(byte) + 1, u64::from(byte) + 1));
            whole.hash = whole.hash.append(Self { hash: digit, power: BASES });
            whole.power = whole.power.each_lane(BASES, multiply);
        }
        whole
    }

    /// The state that holds exactly this text.
    pub(crate) fn state(self) -> State {
        self.hash
    }
}

impl Action {
    /// The state afterwards, if it takes effect on `state`, whose elements are `elements` if it is a set. A
    /// read leaves it as it is.
    pub(crate) fn apply(self, state: State, elements: &BTreeSet<Value>) -> Option<State> {
        let is_set = state.is_set() || state == State::default();
        match self {
            Self::Read => Some(state),
            Self::Write(to) => Some(to),
            Self::Cas { from, to } => (state == from).then_some(to),
            Self::Append(text) => Some(state.append(text)),
            Self::Add(amount) => state.plus(amount),
            Self::Insert(element) if is_set => {
                let new = !elements.contains(&element);
                Some(if new { State((state.0 | SET) ^ element_word(element)) } else { state })
            }
            Self::Remove(element) if is_set => match (elements.contains(&element), elements.len()) {
                (true, 1) => Some(State::default()),
                (true, _) => Some(State(state.0 ^ element_word(element))),
                (false, _) => Some(state),
            },
            Self::Insert(_) | Self::Remove(_) => None,
        }
    }

    /// The state that it leaves behind, where that does not depend on the one before.
    pub(crate) fn writes(self) -> Option<State> {
        match self {
            Self::Write(to) | Self::Cas { to, .. } => Some(to),
            Self::Read | Self::Append(_) | Self::Add(_) | Self::Insert(_) | Self::Remove(_) => None,
        }
    }
}

/// The word of an element in the hash of a set; it leaves the marks alone.
fn element_word(element: Value) -> u128 {
    scramble(SET | u128::from(element.0)) & (NO_NUMBER - 1)
}

fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    // 2^61 is 1 modulo the prime, so the bits above the 61st count as they are.
    add((product as u64) & PRIME, (product >> 61) as u64)
}

fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_concatenation_is_the_hash_of_the_whole() {
        let parts = ["x 0 1 y", "", "\0", "ü", "x 10 2 y"];
        let whole: String = parts.concat();
        let state = parts.iter().fold(State::default(), |state, part| state.append(Text::new(part)));
        assert_eq!(state, Text::new(&whole).state());
        assert_eq!(Text::new("").state(), State::exact(None));
    }

    #[test]
    fn near_texts_differ() {
        let texts = ["", "\0", "\0\0", "a", "b", "ab", "ba", "aa"];
        for (i, a) in texts.iter().enumerate() {
            for b in &texts[i + 1..] {
                assert_ne!(Text::new(a).state(), Text::new(b).state(), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn multiplication_is_modular_at_the_edges() {
        assert_eq!(multiply(PRIME - 1, PRIME - 1), 1);
        assert_eq!(multiply(PRIME - 1, 2), PRIME - 2);
        assert_eq!(add(PRIME - 1, 1), 0);
    }

    #[test]
    fn a_compare_and_set_takes_effect_only_on_what_it_expects() {
        let cas = Action::Cas { from: State(1), to: State(2) };
        assert_eq!(cas.apply(State(1), &BTreeSet::new()), Some(State(2)));
        assert_eq!(cas.apply(State(2), &BTreeSet::new()), None);
    }

    #[test]
    fn a_number_counts_from_nothing_and_wraps() {
        let none = BTreeSet::new();
        let plus = |state, amount| Action::Add(amount).apply(state, &none);
        assert_eq!(plus(State::default(), 3), Some(State::number(3)));
        assert_eq!(plus(State::default(), -3), Some(State::number(-3)));
        assert_eq!(plus(State::number(-3), 3), Some(State::number(0)));
        assert_ne!(State::number(0), State::default());
        assert_eq!(plus(State::number(i64::MAX), 1), Some(State::number(i64::MIN)));
        assert_eq!(plus(State::no_number(Value(3)), 1), None);
        assert_eq!(plus(State::set(&[Value(3)]), 1), None);
    }

    #[test]
    fn a_set_is_the_hash_of_its_elements_in_whatever_order_they_came() {
        let (mut state, mut elements) = (State::default(), BTreeSet::new());
        for (action, left) in [
            (Action::Insert(Value(1)), &[1][..]),
            (Action::Insert(Value(1)), &[1]),
            (Action::Insert(Value(2)), &[1, 2]),
            (Action::Remove(Value(3)), &[1, 2]),
            (Action::Remove(Value(1)), &[2]),
            (Action::Remove(Value(2)), &[]),
        ] {
            state = action.apply(state, &elements).expect("a set");
            elements = left.iter().map(|&element| Value(element)).collect();
            assert_eq!(state, State::set(&elements.iter().copied().collect::<Vec<_>>()), "{action:?}");
        }
        assert_eq!(state, State::default());
        assert_eq!(Action::Insert(Value(1)).apply(State::exact(Some(Value(1))), &elements), None);
    }
}
