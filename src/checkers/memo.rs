//! The set of dead ends of a search, by fingerprint.
//!
//! A configuration is a set of placed operations and a state. Its fingerprint is 128 bits: one random
//! word for each placed operation, combined by exclusive or (Zobrist 1970), so that placing one more
//! operation costs one instruction whatever the size of the set, and a word for the state. Two different
//! configurations share a fingerprint with a probability of 2^-128; a search that meets a billion of them
//! errs with a probability of less than 2^-68. The words come from a fixed generator, so that a verdict
//! is the same on every machine.

/// A set of fingerprints: a table with open addressing, because the standard hash set is not used in
/// this project (its order differs between machines) and a tree is several times slower.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    /// Zero is an empty place. The length is a power of two, or zero.
    table: Vec<u128>,
    len: usize,
}

/// The most dead ends that are remembered: 32 MB. A search that finds more forgets the later ones, which
/// costs it steps and never its soundness.
const MEMO_LIMIT: usize = 1 << 20;

impl Memo {
    /// Whether the fingerprint is in the set.
    pub(crate) fn contains(&self, fingerprint: u128) -> bool {
        if self.len == 0 {
            return false;
        }
        let fingerprint = fingerprint.max(1);
        self.table[self.place(fingerprint)] == fingerprint
    }

    /// Adds a fingerprint, if there is room.
    pub(crate) fn insert(&mut self, fingerprint: u128) {
        let fingerprint = fingerprint.max(1);
        if self.len * 2 >= self.table.len() {
            if self.len >= MEMO_LIMIT {
                return;
            }
            self.grow();
        }
        let place = self.place(fingerprint);
        if self.table[place] == 0 {
            self.table[place] = fingerprint;
            self.len += 1;
        }
    }

    /// Where the fingerprint is, or would go.
    fn place(&self, fingerprint: u128) -> usize {
        let mask = self.table.len() - 1;
        let mut place = (fingerprint >> 64) as usize & mask;
        while self.table[place] != 0 && self.table[place] != fingerprint {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let larger = vec![0; (self.table.len() * 2).max(64)];
        let old = std::mem::replace(&mut self.table, larger);
        for fingerprint in old.into_iter().filter(|&fingerprint| fingerprint != 0) {
            let place = self.place(fingerprint);
            self.table[place] = fingerprint;
        }
    }
}

/// The random word of a number.
pub(crate) fn scramble(number: u128) -> u128 {
    let low = splitmix(number as u64 ^ splitmix((number >> 64) as u64));
    let high = splitmix(low ^ (number as u64).rotate_left(32));
    u128::from(low) | u128::from(high) << 64
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn splitmix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_remembers_what_was_put_in_and_nothing_else() {
        let mut memo = Memo::default();
        assert!(!memo.contains(0));
        for number in 0..5_000 {
            memo.insert(scramble(number * 2));
            memo.insert(scramble(number * 2));
        }
        assert_eq!(memo.len, 5_000);
        for number in 0..5_000 {
            assert!(memo.contains(scramble(number * 2)));
            assert!(!memo.contains(scramble(number * 2 + 1)));
        }
    }

    #[test]
    fn a_full_memo_forgets_and_does_not_grow() {
        let mut memo = Memo::default();
        for number in 0..(MEMO_LIMIT as u128 + 100) {
            memo.insert(scramble(number));
        }
        assert_eq!(memo.len, MEMO_LIMIT);
        assert!(!memo.contains(scramble(MEMO_LIMIT as u128 + 50)));
    }

    #[test]
    fn words_use_all_their_bits() {
        let (mut ones, mut zeros) = (0, u128::MAX);
        for number in 0..1_000u128 {
            ones |= scramble(number << 50);
            zeros &= scramble(number << 50);
        }
        assert_eq!((ones, zeros), (u128::MAX, 0));
    }
}
