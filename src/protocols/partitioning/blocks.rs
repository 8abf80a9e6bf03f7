//! Ranges with split points: what [`super::range`] and [`super::directory`] share.
//!
//! A [`Piece`] is a range together with what was decided about it by hand, wherever the layout keeps that. Pins
//! stay with their range when split points move: a pin names a key, but what was meant is the range.

use netsplit_sim::ids::{Key, NodeId};

use super::layout::{Block, Layout};

/// A range of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its first key.
    pub(super) first: u32,
    /// The key behind its last.
    pub(super) end: u32,
    /// Its owners as the block names them; empty where the scheme is to choose.
    pub(super) owners: Vec<NodeId>,
    /// Its owners by hand.
    pub(super) pin: Option<Vec<NodeId>>,
}

impl Piece {
    /// How many keys it has.
    pub(super) fn keys(&self) -> u32 {
        self.end - self.first
    }
}

/// The ranges of a layout, in the order of keys. Where it names none there are as many of equal size as there are nodes.
pub(super) fn pieces(layout: &Layout) -> Vec<Piece> {
    let mut blocks: Vec<(u32, Vec<NodeId>)> =
        layout.blocks.iter().map(|block| (block.first.0, block.owners.clone())).collect();
    // What comes from elsewhere may be in any order, and begin too late.
    blocks.sort_by_key(|(first, _)| *first);
    blocks.dedup_by_key(|(first, _)| *first);
    blocks.retain(|(first, _)| *first < layout.keys);
    if blocks.is_empty() {
        let count = layout.keys.min(layout.nodes.len() as u32);
        let first = |place: u32| (u64::from(place) * u64::from(layout.keys) / u64::from(count)) as u32;
        blocks = (0..count).map(|place| (first(place), Vec::new())).collect();
    }
    blocks[0].0 = 0;
    let mut pieces: Vec<Piece> = Vec::new();
    for (first, owners) in blocks.into_iter().rev() {
        let end = pieces.last().map_or(layout.keys, |after| after.first);
        pieces.push(Piece { first, end, owners, pin: None });
    }
    pieces.reverse();
    for (key, owners) in &layout.pins {
        let piece = pieces.iter_mut().find(|piece| (piece.first..piece.end).contains(&key.0));
        if let Some(piece) = piece {
            piece.pin = Some(owners.clone());
        }
    }
    pieces
}

/// Makes these the ranges of the layout.
pub(super) fn write(layout: &mut Layout, pieces: Vec<Piece>) {
    layout.blocks.clear();
    layout.pins.clear();
    for Piece { first, owners, pin, .. } in pieces {
        layout.blocks.push(Block { first: Key(first), owners });
        layout.pins.extend(pin.map(|owners| (Key(first), owners)));
    }
}

/// Lets a range end before this key and a new one begin at it, which has the same owners. The place of the new one.
pub(super) fn split(pieces: &mut Vec<Piece>, key: Key) -> Result<usize, &'static str> {
    let place = pieces.iter().position(|piece| (piece.first..piece.end).contains(&key.0));
    let place = place.ok_or("there is no such key")?;
    if pieces[place].first == key.0 {
        return Err("a range begins at this key already");
    }
    let mut half = pieces[place].clone();
    half.first = key.0;
    pieces[place].end = key.0;
    pieces.insert(place + 1, half);
    Ok(place + 1)
}

/// Joins the range that begins at this key to the one before it, which keeps its owners.
pub(super) fn merge(pieces: &mut Vec<Piece>, key: Key) -> Result<(), &'static str> {
    let place = beginning(pieces, key)?;
    if place == 0 {
        return Err("there is no range before the first");
    }
    pieces[place - 1].end = pieces[place].end;
    pieces.remove(place);
    Ok(())
}

/// Lets the range that begins at one key begin at another.
pub(super) fn shift(pieces: &mut [Piece], from: Key, to: Key) -> Result<(), &'static str> {
    let place = beginning(pieces, from)?;
    if place == 0 {
        return Err("the first range begins at the first key");
    }
    if from == to {
        return Err("the range begins there already");
    }
    if to.0 <= pieces[place - 1].first {
        return Err("nothing would be left of the range before it");
    }
    if to.0 >= pieces[place].end {
        return Err("nothing would be left of the range");
    }
    pieces[place - 1].end = to.0;
    pieces[place].first = to.0;
    Ok(())
}

fn beginning(pieces: &[Piece], key: Key) -> Result<usize, &'static str> {
    pieces.iter().position(|piece| piece.first == key.0).ok_or("no range begins at this key")
}
