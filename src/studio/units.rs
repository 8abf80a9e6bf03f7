//! Numbers as people read them: milliseconds, kilometres, shares, and the wall-clock speed of a run.
//! Every text on the page that has a unit is made here, so that one quantity always looks the same.

use netsplit_sim::time::{Span, Time};

/// What stands where a run has no sample yet. Never a zero that was not measured.
pub const NO_SAMPLE: &str = "–";

/// Milliseconds with about three significant digits: `0.42 ms`, `4.2 ms`, `142 ms`, `12.3 s`.
#[must_use]
pub fn ms(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{} s", three_digits(value / 1_000.0))
    } else {
        format!("{} ms", three_digits(value))
    }
}

/// Milliseconds without the unit, for table cells whose header names it.
#[must_use]
pub fn three_digits(value: f64) -> String {
    let size = value.abs();
    if size >= 99.95 {
        grouped(value)
    } else if size >= 9.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// A span of virtual time.
#[must_use]
pub fn span(span: Span) -> String {
    ms(span.as_ms())
}

/// Kilometres, whole, with thousands apart.
#[must_use]
pub fn km(value: f64) -> String {
    format!("{} km", grouped(value))
}

/// A whole number with thousands apart.
#[must_use]
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value <= -0.5 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage that never rounds up to a whole that it is not: 0.9999 is `99.99 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let text = if value == 0.0 || value == 100.0 {
        format!("{value:.0}")
    } else if value > 99.0 {
        // Two decimals at most, rounded down, so that a single failure stays visible.
        let down = (value * 100.0) as u64;
        format!("{}.{:02}", down / 100, down % 100)
    } else {
        format!("{value:.1}")
    };
    format!("{text} %")
}

/// The playhead: milliseconds while the run is short, then seconds.
#[must_use]
pub fn playhead(at: Time) -> String {
    if at < Time(1_000_000_000) {
        format!("{:.2} ms", at.as_ms())
    } else {
        format!("{:.3} s", at.as_ms() / 1_000.0)
    }
}

/// A tick of an axis in milliseconds: the shortest text that is exact enough.
#[must_use]
pub fn tick(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() >= 1.0 && (value - (value + 0.5) as i64 as f64).abs() < 1e-9 {
        grouped(value)
    } else {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// How fast virtual time passes: steps of 1, 2, 5 from 10 µs to 1 minute of virtual time per second.
pub const SPEEDS: [Span; 21] = [
    Span::from_us(10),
    Span::from_us(20),
    Span::from_us(50),
    Span::from_us(100),
    Span::from_us(200),
    Span::from_us(500),
    Span::from_ms(1),
    Span::from_ms(2),
    Span::from_ms(5),
    Span::from_ms(10),
    Span::from_ms(20),
    Span::from_ms(50),
    Span::from_ms(100),
    Span::from_ms(200),
    Span::from_ms(500),
    Span::from_s(1),
    Span::from_s(2),
    Span::from_s(5),
    Span::from_s(10),
    Span::from_s(20),
    Span::from_s(60),
];

/// The speed in words: `1 s = 20 ms`.
#[must_use]
pub fn speed(virtual_per_second: Span) -> String {
    let ms = virtual_per_second.0 / 1_000_000;
    if ms == 0 {
        format!("1 s = {} µs", virtual_per_second.0 / 1_000)
    } else if ms >= 1_000 {
        format!("1 s = {} s", ms / 1_000)
    } else {
        format!("1 s = {ms} ms")
    }
}

/// `1 write`, `2 writes`.
#[must_use]
pub fn count(number: u64, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {singular}{plural}", grouped(number as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_keep_three_digits() {
        assert_eq!(ms(0.0), "0.00 ms");
        assert_eq!(ms(0.416), "0.42 ms");
        assert_eq!(ms(4.2), "4.20 ms");
        assert_eq!(ms(42.04), "42.0 ms");
        assert_eq!(ms(9.999), "10.0 ms");
        assert_eq!(ms(142.4), "142 ms");
        assert_eq!(ms(1_424.4), "1,424 ms");
        assert_eq!(ms(12_340.0), "12.3 s");
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(km(5_570.2), "5,570 km");
        assert_eq!(km(999.6), "1,000 km");
        assert_eq!(grouped(1_234_567.0), "1,234,567");
        assert_eq!(grouped(-1_000.0), "−1,000");
    }

    #[test]
    fn a_percentage_never_hides_a_failure() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_99), "99.99 %");
        assert_eq!(percent(0.5), "50.0 %");
        assert_eq!(percent(0.0), "0 %");
    }

    #[test]
    fn the_playhead_changes_unit_at_a_second() {
        assert_eq!(playhead(Time(438_214_000)), "438.21 ms");
        assert_eq!(playhead(Time(12_438_000_000)), "12.438 s");
    }

    #[test]
    fn speeds_are_said_as_an_equation() {
        assert_eq!(speed(SPEEDS[0]), "1 s = 10 µs");
        assert_eq!(speed(SPEEDS[10]), "1 s = 20 ms");
        assert_eq!(speed(SPEEDS[18]), "1 s = 10 s");
        assert!(SPEEDS.is_sorted());
    }

    #[test]
    fn ticks_are_short() {
        assert_eq!(tick(0.0), "0");
        assert_eq!(tick(20.0), "20");
        assert_eq!(tick(2.5), "2.5");
        assert_eq!(tick(1_500.0), "1,500");
    }
}
