//! The object that a key is: a register with write, compare-and-set and append, as small as a search
//! wants it.
//!
//! The state of a key that is never appended to is the value itself: equality is exact. A text that
//! grows is kept as a polynomial hash instead, two residues modulo the prime 2^61 - 1 under two fixed
//! bases, because the hash of a concatenation follows from the hashes of its parts in two
//! multiplications. Two different texts of length n share a hash with a probability of about
//! (n / 2^61)^2, so such a history can in principle be judged wrongly; for a thousand bytes that is one
//! in 2^102. Nobody gains by constructing a collision: he would deceive only himself.

use netsplit_sim::ids::Value;

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
}

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
    /// The state afterwards, if it takes effect on `state`. A read leaves it as it is.
    pub(crate) fn apply(self, state: State) -> Option<State> {
        match self {
            Self::Read => Some(state),
            Self::Write(to) => Some(to),
            Self::Cas { from, to } => (state == from).then_some(to),
            Self::Append(text) => Some(state.append(text)),
        }
    }

    /// The state that it leaves behind, where that does not depend on the one before.
    pub(crate) fn writes(self) -> Option<State> {
        match self {
            Self::Write(to) | Self::Cas { to, .. } => Some(to),
            Self::Read | Self::Append(_) => None,
        }
    }
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
        assert_eq!(cas.apply(State(1)), Some(State(2)));
        assert_eq!(cas.apply(State(2)), None);
    }
}
