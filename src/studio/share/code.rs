//! A link as a QR code, for the back row: the smallest code that holds it, because few large squares are read from farther
//! away than many small ones. That is the lowest level of error correction: a projected code has no scratches.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use crate::units;

/// The white margin that readers need, in squares (ISO/IEC 18004 asks for four).
const MARGIN: i32 = 4;
/// The most characters that a code holds: ISO/IEC 18004, version 40, level L, bytes.
pub const MOST: usize = 2_953;
/// The most squares along a side that are read from far away. A camera that films in 1080p sees a code from five times
/// its height in some 300 pixels, and a reader wants three for a square.
const FAR: i32 = 97;

/// A QR code, ready to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Squares along a side, the margin included: the drawing's own units.
    pub side: i32,
    /// The dark squares, as an SVG path.
    pub path: String,
    /// How well it is read, in one sentence.
    pub words: String,
}

/// The code of an address.
///
/// # Errors
/// If the address is too long: why, and what helps.
pub fn code(address: &str) -> Result<Code, String> {
    let segments = QrSegment::make_segments(address);
    let (least, most) = (Version::MIN, Version::MAX);
    let code = QrCode::encode_segments_advanced(&segments, QrCodeEcc::Low, least, most, None, false);
    let code = code.map_err(|_| {
        format!(
            "This link has {} characters, and a QR code holds at most {}. What helps: save the scenario as a file \
             below and hand that on, or press “Fork here” in the time bar, which drops what the script does later, or undo \
             changes that the class does not need.",
            units::grouped(address.len() as f64),
            units::grouped(MOST as f64)
        )
    })?;
    let squares = code.size();
    let mut path = String::new();
    for y in 0..squares {
        let mut x = 0;
        while x < squares {
            let from = x;
            while x < squares && code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                path.push_str(&format!("M{} {}h{}v1h-{}z", from + MARGIN, y + MARGIN, x - from, x - from));
            }
            x += 1;
        }
    }
    let words = if squares <= FAR {
        format!("{squares} squares a side: a phone should read it from five times the code’s height away.")
    } else {
        format!(
            "{squares} squares a side, because the link is long: phones must come close. A run with fewer changes and \
             a shorter note has a shorter link."
        )
    };
    Ok(Code { side: squares + 2 * MARGIN, path, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_smallest_that_holds_the_link() {
        // 271 bytes are the most of version 10 at level L, which has 57 squares; one more needs version 11.
        let squares = |length: usize| code(&"a".repeat(length)).expect("it fits").side - 2 * MARGIN;
        assert_eq!((squares(271), squares(272)), (57, 61));
        assert_eq!(squares(MOST), 177);
        let refusal = code(&"a".repeat(MOST + 1)).expect_err("too long");
        assert!(refusal.contains("2,954") && refusal.contains("save the scenario as a file"), "{refusal}");
    }

    #[test]
    fn the_path_is_the_code_inside_its_margin() {
        let address = "https://example.org/#/lab/1.abc";
        let made = code(address).expect("it fits");
        let code = QrCode::encode_text(address, QrCodeEcc::Low).expect("it fits");
        let mut dark = 0;
        for run in made.path.split('M').skip(1) {
            let (x, rest) = run.split_once(' ').expect("x and y");
            let (y, rest) = rest.split_once('h').expect("a length");
            let (length, _) = rest.split_once('v').expect("an end");
            let [x, y, length] = [x, y, length].map(|number| number.parse::<i32>().expect("a number"));
            assert!(x >= MARGIN && x + length <= made.side - MARGIN);
            dark += length;
            assert!(length > 0 && y >= MARGIN && y < made.side - MARGIN);
        }
        let size = code.size();
        let all: i32 = (0..size * size).map(|at| i32::from(code.get_module(at % size, at / size))).sum();
        // Error correction may be raised by the plain call, but not the number of squares.
        assert_eq!(made.side - 2 * MARGIN, size);
        assert!((dark - all).abs() < size * size / 4, "{dark} of {all}");
    }
}
