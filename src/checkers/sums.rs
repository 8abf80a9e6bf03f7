//! Whether some of the additions whose effect is unknown can explain a number.

use std::collections::BTreeSet;

/// The most sums that are tried one by one.
const SUMS_LIMIT: usize = 4_096;

/// Whether some of `parts`, each at most once, may sum up to `whole`. *No* is certain; where there are too many
/// different parts to try, the answer is *yes* if the bounds allow it.
pub(crate) fn can_make(whole: i128, parts: &[i64]) -> bool {
    // Numbers wrap at 64 bits; sums that may have wrapped are not judged.
    let widest = i128::from(i64::MAX) / 2;
    let reach: i128 = parts.iter().map(|&part| i128::from(part).abs()).sum();
    if reach + whole.abs() > widest {
        return true;
    }
    let most: i128 = parts.iter().filter(|&&part| part > 0).map(|&part| i128::from(part)).sum();
    let least: i128 = parts.iter().filter(|&&part| part < 0).map(|&part| i128::from(part)).sum();
    if whole > most || whole < least {
        return false;
    }
    if let [first, rest @ ..] = parts
        && rest.iter().all(|part| part == first)
    {
        return *first == 0 || whole % i128::from(*first) == 0;
    }
    let mut sums = BTreeSet::from([0]);
    for &part in parts {
        let more: Vec<i128> = sums.iter().map(|sum| sum + i128::from(part)).collect();
        sums.extend(more);
        if sums.contains(&whole) || sums.len() > SUMS_LIMIT {
            return true;
        }
    }
    sums.contains(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_trying_every_choice() {
        let (mut yes, mut no) = (0, 0);
        for parts in
            [&[][..], &[1], &[2, 2, 2], &[0, 0], &[5, -3], &[-2, -2], &[1, 4, 9, -7], &[6, 6, 10, 15]]
        {
            for whole in -20..50 {
                let mut choices = 0..1_u32 << parts.len();
                let chosen = |choice: u32| {
                    let parts = parts.iter().enumerate().filter(move |(i, _)| choice >> i & 1 == 1);
                    parts.map(|(_, &part)| i128::from(part)).sum::<i128>()
                };
                let expected = choices.any(|choice| chosen(choice) == whole);
                assert_eq!(can_make(whole, parts), expected, "{whole} of {parts:?}");
                *if expected { &mut yes } else { &mut no } += 1;
            }
        }
        assert!(yes > 20 && no > 200, "{yes} {no}");
    }

    #[test]
    fn what_is_too_much_to_try_may_be() {
        let many: Vec<i64> = (0..40).map(|i| 3_i64.pow(i / 2) * 2).collect();
        assert!(can_make(7_777, &many), "odd, but there are too many to know");
        assert!(!can_make(-2, &many), "the bounds tell");
        assert!(can_make(i128::from(i64::MAX), &[1]), "it may have wrapped");
        assert!(can_make(1_000, &[1; 1_000]) && !can_make(1_001, &[1; 1_000]));
    }
}
