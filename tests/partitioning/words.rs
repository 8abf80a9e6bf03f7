//! A layout as whole numbers.

use netsplit_protocols::partitioning::Layout;
use netsplit_sim::random::{Purpose, stream};

use super::every_scheme::{any_change, any_layout};
use super::schemes;

#[test]
fn a_layout_comes_back_from_its_words() {
    for scheme in schemes() {
        for seed in 0..200 {
            let mut random = stream(seed, Purpose::Node, 7, 0);
            let mut layout = any_layout(scheme, &mut random);
            for _ in 0..5 {
                let change = any_change(&mut random, &layout);
                let _ = layout.reshape(&change);
            }
            let mut words = layout.to_words();
            let length = words.len();
            // Parameters of the replication protocol come behind.
            words.extend([7, 8, 9]);
            assert_eq!(Layout::from_words(&words), Some((layout, length)));
            assert_eq!(Layout::from_words(&words[..length - 1]), None, "cut short");
        }
    }
}

#[test]
fn any_words_are_read_without_a_panic() {
    let mut read = 0;
    for seed in 0..20_000 {
        let mut random = stream(seed, Purpose::Node, 8, 0);
        let scheme = schemes()[random.below(schemes().len() as u64) as usize];
        let mut words = any_layout(scheme, &mut random).to_words();
        for _ in 0..1 + random.below(4) {
            let place = random.below(words.len() as u64) as usize;
            words[place] = match random.below(4) {
                0 => random.bits(),
                1 => u64::MAX,
                2 => 0,
                _ => random.below(70),
            };
        }
        words.truncate(random.below(words.len() as u64 * 4) as usize);
        if let Some((mut layout, length)) = Layout::from_words(&words) {
            assert!(length <= words.len());
            // The number of keys is a scenario's, and bounded there.
            layout.keys = layout.keys.min(1_000);
            // So is the number of virtual nodes.
            layout.own.iter_mut().for_each(|value| *value = (*value).min(1_000));
            read += 1;
            let held: usize = layout.place().iter().map(|shard| shard.keys.len()).sum();
            assert_eq!(held, layout.keys as usize);
            let change = any_change(&mut random, &layout);
            let _ = layout.reshape(&change);
            assert!(!layout.place().is_empty() && layout.automatic(&[1; 1_000]).is_none_or(|_| true));
        }
    }
    assert!(read > 1_000, "{read} of them were layouts");
    for words in [&[][..], &[1], &[1, 0], &[1, 0, 0], &[u64::MAX; 3], &[u64::MAX; 40]] {
        assert_eq!(Layout::from_words(words), None);
    }
}
