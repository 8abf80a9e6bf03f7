//! The run hash: a 64-bit digest of everything that happened, in order.
//!
//! It is a fingerprint against accidents (a different build, a changed rule), not a seal against
//! forgery. It is our own because it must give the same number on every platform and for ever, which
//! the standard library's hashers do not promise.

use std::hash::Hasher;

/// A running digest. Implements [`Hasher`] with fixed widths, so `#[derive(Hash)]` types can be fed to
/// it portably: `usize`, `isize` and enum discriminants count as 64 bits everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Digest {
    /// Mixes in one word: FNV-1a's step over words, with a shift so that high bits reach low ones.
    #[inline]
    pub fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        // SplitMix64's finaliser: one changed bit of the input changes about half of the output.
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, i: u8) {
        self.word(u64::from(i));
    }

    fn write_u16(&mut self, i: u16) {
        self.word(u64::from(i));
    }

    fn write_u32(&mut self, i: u32) {
        self.word(u64::from(i));
    }

    fn write_u64(&mut self, i: u64) {
        self.word(i);
    }

    fn write_u128(&mut self, i: u128) {
        self.word(i as u64);
        self.word((i >> 64) as u64);
    }

    fn write_usize(&mut self, i: usize) {
        self.word(i as u64);
    }

    fn write_i8(&mut self, i: i8) {
        self.word(i as u64);
    }

    fn write_i16(&mut self, i: i16) {
        self.word(i as u64);
    }

    fn write_i32(&mut self, i: i32) {
        self.word(i as u64);
    }

    fn write_i64(&mut self, i: i64) {
        self.word(i as u64);
    }

    fn write_isize(&mut self, i: isize) {
        self.word(i as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hash;

    #[derive(Hash)]
    enum Sample {
        A(u32),
        B { list: Vec<u16>, word: &'static str },
    }

    fn digest(sample: &Sample) -> u64 {
        let mut digest = Digest::default();
        sample.hash(&mut digest);
        digest.finish()
    }

    #[test]
    fn the_digest_is_fixed_for_ever() {
        assert_eq!(digest(&Sample::A(7)), DIGEST_A7);
        assert_eq!(digest(&Sample::B { list: vec![1, 2], word: "cut" }), DIGEST_B);
        assert_ne!(digest(&Sample::A(7)), digest(&Sample::A(8)));
    }

    const DIGEST_A7: u64 = 14_008_822_328_772_746_276;
    const DIGEST_B: u64 = 180_025_562_330_482_590;
}
