//! Bytes as text for the address bar: deflate, a checksum, and base64url.
//!
//! Deflate starts from a dictionary of the words that every scenario has, so that a link spends its
//! characters on what is its own. The dictionary belongs to version 1 of the link and must never change.

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The words of version 1. What is most common stands last, where it is cheapest to refer to.
const DICTIONARY: &[u8] = include_bytes!("golden/dictionary-1.txt");

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What is wrong with packed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// A character that packed text never has, at this place from 1.
    Character(usize, char),
    /// Too short to be anything.
    Short,
    /// The checksum is of other bytes.
    Checksum,
    /// It would unpack to more than the limit.
    Large,
}

/// Packs bytes.
pub(crate) fn pack(bytes: &[u8]) -> String {
    let squeezed = deflate(bytes);
    let mut sealed = crc32(&squeezed).to_be_bytes().to_vec();
    sealed.extend(squeezed);
    to_base64(&sealed)
}

/// Unpacks at most `most` bytes.
pub(crate) fn unpack(text: &str, most: usize) -> Result<Vec<u8>, Damage> {
    let sealed = from_base64(text)?;
    let Some((seal, squeezed)) = sealed.split_first_chunk::<4>() else { return Err(Damage::Short) };
    if u32::from_be_bytes(*seal) != crc32(squeezed) {
        return Err(Damage::Checksum);
    }
    inflate(squeezed, most)
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    // Level 9, no zlib head, the usual strategy.
    let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(9, 0, 0));
    // What the dictionary itself packs to is thrown away: the reader has it.
    squeeze(&mut compressor, DICTIONARY, TDEFLFlush::Sync);
    squeeze(&mut compressor, bytes, TDEFLFlush::Finish)
}

fn squeeze(compressor: &mut CompressorOxide, mut bytes: &[u8], flush: TDEFLFlush) -> Vec<u8> {
    // Deflate never adds more than a few bytes to each 32 KiB, so the buffer always has room, and a
    // loop that makes no progress is a bug.
    let mut out = vec![0; bytes.len() + bytes.len() / 8 + 1_024];
    let mut length = 0;
    loop {
        let (status, eaten, written) = compress(compressor, bytes, &mut out[length..], flush);
        bytes = &bytes[eaten..];
        length += written;
        let flushed = flush == TDEFLFlush::Sync && bytes.is_empty() && written == 0;
        match status {
            TDEFLStatus::Done => break,
            TDEFLStatus::Okay if flushed => break,
            TDEFLStatus::Okay => assert!(eaten + written > 0, "deflate makes progress"),
            _ => unreachable!("deflate takes any bytes"),
        }
        if flush == TDEFLFlush::Sync && bytes.is_empty() {
            break;
        }
    }
    out.truncate(length);
    out
}

fn inflate(squeezed: &[u8], most: usize) -> Result<Vec<u8>, Damage> {
    let start = DICTIONARY.len();
    let mut size = (squeezed.len() * 8).clamp(4_096, most);
    loop {
        let mut out = vec![0; start + size];
        out[..start].copy_from_slice(DICTIONARY);
        let mut state = DecompressorOxide::new();
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, eaten, written) = decompress(&mut state, squeezed, &mut out, start, flags);
        match status {
            TINFLStatus::Done if eaten == squeezed.len() => {
                out.truncate(start + written);
                return Ok(out.split_off(start));
            }
            TINFLStatus::HasMoreOutput if size < most => size = (size * 4).min(most),
            TINFLStatus::HasMoreOutput => return Err(Damage::Large),
            _ => return Err(Damage::Checksum),
        }
    }
}

/// The checksum of Ethernet and zip (CRC-32/ISO-HDLC). It finds every change within 32 bits in a row,
/// so every single wrong character.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for place in 0..=chunk.len() {
            let six = (word >> (18 - 6 * place)) & 63;
            out.push(char::from(ALPHABET[six as usize]));
        }
    }
    out
}

fn from_base64(text: &str) -> Result<Vec<u8>, Damage> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for (place, c) in text.chars().enumerate() {
        let six = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '-' => 62,
            '_' => 63,
            _ => return Err(Damage::Character(place + 1, c)),
        };
        bits = (bits << 6 | six) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    // Bits that are left over must be zero, so that no two texts stand for the same bytes.
    if count == 6 || bits & ((1 << count) - 1) != 0 { Err(Damage::Checksum) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn base64_is_the_standard_one() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
            assert_eq!(to_base64(bytes.as_bytes()), text);
            assert_eq!(from_base64(text).expect("valid"), bytes.as_bytes());
        }
        assert_eq!(to_base64(&[0xFB, 0xFF]), "-_8");
        assert_eq!(from_base64("Zh"), Err(Damage::Checksum));
        assert_eq!(from_base64("A"), Err(Damage::Checksum));
        assert_eq!(from_base64("Zm9v=x"), Err(Damage::Character(5, '=')));
    }

    #[test]
    fn what_is_packed_unpacks() {
        for length in [0usize, 1, 100, 5_000, 200_000] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * i / 7) as u8).collect();
            assert_eq!(unpack(&pack(&bytes), 1 << 20).expect("valid"), bytes);
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = pack(&vec![b' '; 3 << 20]);
        assert!(bomb.len() < 8_000);
        assert_eq!(unpack(&bomb, 1 << 20), Err(Damage::Large));
    }

    #[test]
    fn noise_is_damage() {
        let mut state = 1u32;
        for length in 0..300 {
            let noise: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            let _ = inflate(&noise, 1 << 20);
            let _ = unpack(&to_base64(&noise), 1 << 20);
        }
    }
}
