//! The rules by which ranges are split and merged without a person.
//!
//! Splits come first. A range with more keys than allowed is split in the middle, and one that is **hot** where
//! its load halves. A range is hot that gets more than so many hundredths of the average load of all ranges,
//! and more than an eighth of a node's fair share: as ranges get smaller their average does too, and without
//! that second half there would be no end of splitting. Nothing is said of heat before there were 100
//! operations.
//!
//! Only when there is nothing to split are neighbours merged, if both were placed alike or by nobody. What is
//! merged may have neither more keys than a range may have nor more than half of the load that would make it
//! hot. So, as long as the load stays the same, a merge is never followed by a split: it makes the average load
//! higher, which cools all others. And as every split needs a range that can be split and every merge makes one
//! range fewer, the rules come to an end.

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::Key;

use super::by_hand;
use crate::partitioning::blocks::{self, Piece};
use crate::partitioning::layout::Layout;

/// So many operations there have to be, or nobody knows what is hot.
const ENOUGH: u128 = 100;
/// A range with less than this part of a node's fair share of the load is not hot.
const PART_OF_A_NODE: u128 = 8;

/// What is hot.
struct Heat {
    total: u128,
    /// More than so many hundredths of the average.
    above: u128,
    ranges: u128,
    nodes: u128,
}

impl Heat {
    fn is_hot(&self, load: u128) -> bool {
        load * self.ranges * 100 > self.above * self.total && load * PART_OF_A_NODE * self.nodes > self.total
    }
}

/// The next change that the rules ask for, a [`Reshape::Split`] or a [`Reshape::Merge`]; `None` if all is well. The load
/// is that of each key, in operations since the same instant; what is missing at the end is 0.
#[must_use]
pub fn automatic(layout: &Layout, load_by_key: &[u64]) -> Option<Reshape> {
    let pieces = blocks::pieces(layout);
    let load = |piece: &Piece| -> u128 {
        let keys = piece.first as usize..piece.end as usize;
        load_by_key
            .get(keys.start..keys.end.min(load_by_key.len()))
            .unwrap_or_default()
            .iter()
            .map(|&load| u128::from(load))
            .sum()
    };
    let loads: Vec<u128> = pieces.iter().map(load).collect();
    let heat = layout.hot_above().map(|above| Heat {
        total: loads.iter().sum(),
        above: u128::from(above),
        ranges: pieces.len() as u128,
        nodes: layout.nodes.len() as u128,
    });
    let known = heat.as_ref().is_none_or(|heat| heat.total >= ENOUGH);
    split_large(layout, &pieces)
        .or_else(|| split_hot(heat.as_ref().filter(|_| known)?, &pieces, &loads, load_by_key))
        .map(Reshape::Split)
        .or_else(|| merge(layout, heat.as_ref(), &pieces, &loads).filter(|_| known).map(Reshape::Merge))
}

/// The middle of the largest range, if it is too large.
fn split_large(layout: &Layout, pieces: &[Piece]) -> Option<Key> {
    let most = layout.split_above()?;
    // The first of the largest.
    let largest = pieces.iter().rev().max_by_key(|piece| piece.keys())?;
    let too_large = largest.keys() >= 2 && u64::from(largest.keys()) > most;
    too_large.then(|| Key(largest.first + largest.keys() / 2))
}

/// The key before which the hottest range that can be split has half of its load.
fn split_hot(heat: &Heat, pieces: &[Piece], loads: &[u128], load_by_key: &[u64]) -> Option<Key> {
    let hot = pieces.iter().zip(loads).filter(|&(_, &load)| heat.is_hot(load));
    let mut hot: Vec<(&Piece, u128)> = hot.map(|(piece, &load)| (piece, load)).collect();
    // A stable sort: of equally hot ranges the first.
    hot.sort_by_key(|&(_, load)| std::cmp::Reverse(load));
    hot.into_iter().find_map(|(piece, load)| half(piece, load, load_by_key))
}

/// The key before which and from which on there is as nearly as can be the same load, and some of it.
fn half(piece: &Piece, load: u128, load_by_key: &[u64]) -> Option<Key> {
    let mut before = 0;
    let mut best: Option<(u128, Key)> = None;
    for key in piece.first + 1..piece.end {
        before += load_by_key.get(key as usize - 1).map_or(0, |&load| u128::from(load));
        let difference = before.abs_diff(load - before);
        if before > 0 && before < load && best.is_none_or(|(least, _)| difference < least) {
            best = Some((difference, Key(key)));
        }
    }
    best.map(|(_, key)| key)
}

/// The first key of the second of two neighbours that are to be one: those with the fewest keys.
fn merge(layout: &Layout, heat: Option<&Heat>, pieces: &[Piece], loads: &[u128]) -> Option<Key> {
    let most = layout.merge_below()?.min(layout.split_above().unwrap_or(u64::MAX));
    let fits = |place: usize| {
        let (one, other) = (&pieces[place], &pieces[place + 1]);
        let load = loads[place] + loads[place + 1];
        u64::from(one.keys()) + u64::from(other.keys()) <= most
            && by_hand(one) == by_hand(other)
            && heat.is_none_or(|heat| !heat.is_hot(2 * load))
    };
    let places = (0..pieces.len().saturating_sub(1)).filter(|&place| fits(place));
    let fewest = places.min_by_key(|&place| pieces[place].keys() + pieces[place + 1].keys())?;
    Some(Key(pieces[fewest + 1].first))
}
