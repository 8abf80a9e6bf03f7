//! Range partitioning: keys keep their order, and split points cut them into ranges.
//!
//! Neighbouring keys are together, so a scan over neighbours touches one shard or two, where every scheme that
//! hashes has to ask all nodes. For the same reason load is uneven: what is popular or new is often close
//! together, and then one node has all the work. Bigtable (Chang et al., *Bigtable: A Distributed Storage
//! System for Structured Data*, OSDI 2006, sections 2 and 5) splits ranges (its tablets) as they grow and moves
//! them between servers; HBase, MongoDB and CockroachDB do the same.
//!
//! Without any split points there are as many ranges of equal size as there are nodes, and they are cut anew
//! when a node comes or goes. Ranges that nobody was named for go to the nodes in turn. The first change of a
//! split point writes down where each is, so that a split moves the new half and nothing else.
//!
//! A block may name its owners. **One** name says at which node the range is, and the scheme finds the other
//! copies; this is also how the scheme remembers what it chose. **More** names say all of it. What is pinned
//! ([`Layout::pins`]) or has more names was decided by hand: both halves of it keep their owners when it is
//! split, and the automatic rules never merge it with a range whose owners differ.
//!
//! **Where the new half of a split goes**, if it was not decided by hand: to the node that is asked first for
//! the fewest ranges, but not to the one that has the first half; among several to the next one in turn. So the
//! load of a hot range is on two nodes after it was split. A node that joins gets its share likewise, from
//! those that have the most ranges.

use std::rc::Rc;

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::{Key, NodeId};
use netsplit_sim::sharding::Picture;

use super::blocks::{self, Piece};
use super::layout::{Layout, Wanted};
use super::{About, Partitioner, placement};

mod rules;

pub use rules::automatic;

/// The registry's line.
pub const SCHEME: Partitioner = Partitioner { about, place, reshape, automatic, picture };

fn about() -> About {
    About {
        id: "range",
        title: "Ranges of keys",
        summary: "Keys keep their order and split points cut them into ranges: a scan touches few shards, but what is popular may be on one.",
        paper: "Chang et al., Bigtable: A Distributed Storage System for Structured Data, OSDI 2006, section 5",
        parameters: Vec::new(),
        ordered: true,
    }
}

/// The owners that were decided by hand, if any were.
fn by_hand(piece: &Piece) -> Option<&[NodeId]> {
    let named = (piece.owners.len() > 1).then_some(&piece.owners);
    piece.pin.as_ref().or(named).map(Vec::as_slice)
}

/// The owners of the range at this place, pins aside.
fn owners(layout: &Layout, place: usize, piece: &Piece) -> Vec<NodeId> {
    let mut owners = placement::named(layout, &piece.owners, place);
    owners.truncate(layout.copies());
    let order = match owners.first() {
        Some(&first) => placement::turn_from(layout, first),
        None => placement::turn(layout, place),
    };
    placement::fill(layout, owners, &order, layout.copies())
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let wanted = |(place, piece): (usize, Piece)| {
        let keys: Rc<[Key]> = (piece.first..piece.end).map(Key).collect();
        Wanted { keys, owners: owners(layout, place, &piece) }
    };
    blocks::pieces(layout).into_iter().enumerate().map(wanted).collect()
}

fn reshape(layout: &mut Layout, change: &Reshape) -> Result<(), &'static str> {
    if layout.blocks.is_empty() && !changes_split_points(change) {
        // They will be cut anew.
        return Ok(());
    }
    let mut pieces = blocks::pieces(layout);
    for (place, piece) in pieces.iter_mut().enumerate() {
        if piece.owners.len() < 2 {
            piece.owners = vec![owners(layout, place, piece)[0]];
        }
    }
    match change {
        Reshape::Split(key) => {
            let half = blocks::split(&mut pieces, *key)?;
            if by_hand(&pieces[half]).is_none() {
                let before = pieces[half].owners[0];
                pieces[half].owners = vec![emptiest(layout, &pieces, half, before)];
            }
        }
        Reshape::Merge(key) => blocks::merge(&mut pieces, *key)?,
        Reshape::Shift(from, to) => blocks::shift(&mut pieces, *from, *to)?,
        Reshape::Join(node) => welcome(layout, &mut pieces, *node),
        _ => {}
    }
    blocks::write(layout, pieces);
    Ok(())
}

fn changes_split_points(change: &Reshape) -> bool {
    matches!(change, Reshape::Split(_) | Reshape::Merge(_) | Reshape::Shift(..))
}

/// The node of a range: the one that is asked first.
fn node_of(piece: &Piece) -> Option<NodeId> {
    piece.pin.as_ref().unwrap_or(&piece.owners).first().copied()
}

/// For how many ranges a node is asked first.
fn ranges_of(pieces: &[Piece], node: NodeId) -> usize {
    pieces.iter().filter(|piece| node_of(piece) == Some(node)).count()
}

/// The node with the fewest ranges, the one at `place` aside, among all but this one; it alone if there is no other.
fn emptiest(layout: &Layout, pieces: &[Piece], place: usize, but: NodeId) -> NodeId {
    let others = [&pieces[..place], &pieces[place + 1..]].concat();
    let order = placement::turn_from(layout, but);
    let fewest = order.iter().filter(|&&node| node != but).min_by_key(|&&node| ranges_of(&others, node));
    fewest.copied().unwrap_or(but)
}

/// Gives a node that joins as many ranges as it has to have at least: the last of those that have the most.
fn welcome(layout: &Layout, pieces: &mut [Piece], node: NodeId) {
    let share = pieces.len() / (layout.nodes.len() + 1);
    for _ in 0..share {
        let free = |piece: &Piece| by_hand(piece).is_none() && node_of(piece) != Some(node);
        let most = (pieces.iter().enumerate())
            .filter(|(_, piece)| free(piece))
            .max_by_key(|(place, piece)| (node_of(piece).map(|owner| ranges_of(pieces, owner)), *place));
        match most.map(|(place, _)| place) {
            Some(place) => pieces[place].owners = vec![node],
            None => return,
        }
    }
}

fn picture(_: &Layout) -> Picture {
    Picture::default()
}
