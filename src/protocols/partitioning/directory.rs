//! A directory: a table says which range of keys is where, and an operator edits it.
//!
//! Nothing is computed, so everything is possible: a tenant of its own node, hot keys on the fastest machine, a
//! block with one copy beside another with five. The price is that somebody has to decide, and that the table
//! has to be kept and looked up. The Google File System (Ghemawat, Gobioff and Leung, SOSP 2003, section 2.6)
//! keeps such a table of all its chunks in one server's memory, and Bigtable (Chang et al., OSDI 2006, section
//! 5.1) keeps one in a tree.
//!
//! Each block has owners of its own, as many as the operator likes. Without any blocks there is one for each
//! node, in turn; the first change writes them down, so that the others stay as they are. Both halves of a
//! block that is split keep its owners. A node that joins holds nothing until the operator gives it something.
//! For one that leaves others stand in.

use std::rc::Rc;

use netsplit_sim::action::Reshape;
use netsplit_sim::ids::Key;
use netsplit_sim::sharding::Picture;

use super::blocks::{self, Piece};
use super::layout::{Layout, Wanted};
use super::{About, Partitioner, placement};

/// The registry's line.
pub const SCHEME: Partitioner = Partitioner { about, place, reshape, automatic: super::nothing, picture };

fn about() -> About {
    About {
        id: "directory",
        title: "A directory",
        summary: "A table says which block of keys is on which nodes, and an operator edits it.",
        paper: "Ghemawat, Gobioff and Leung, The Google File System, SOSP 2003, section 2.6",
        parameters: Vec::new(),
        ordered: true,
    }
}

fn place(layout: &Layout) -> Vec<Wanted> {
    let wanted = |(place, piece): (usize, Piece)| {
        let mut owners = placement::named(layout, &piece.owners, place);
        if owners.is_empty() {
            owners = placement::owners(layout, &placement::turn(layout, place));
        }
        let keys: Rc<[Key]> = (piece.first..piece.end).map(Key).collect();
        Wanted { keys, owners }
    };
    blocks::pieces(layout).into_iter().enumerate().map(wanted).collect()
}

fn reshape(layout: &mut Layout, change: &Reshape) -> Result<(), &'static str> {
    let mut pieces = blocks::pieces(layout);
    for (piece, wanted) in pieces.iter_mut().zip(place(layout)) {
        if piece.owners.is_empty() {
            piece.owners = wanted.owners;
        }
    }
    match change {
        Reshape::Split(key) => {
            blocks::split(&mut pieces, *key)?;
        }
        Reshape::Merge(key) => blocks::merge(&mut pieces, *key)?,
        Reshape::Shift(from, to) => blocks::shift(&mut pieces, *from, *to)?,
        _ => {}
    }
    blocks::write(layout, pieces);
    Ok(())
}

fn picture(_: &Layout) -> Picture {
    Picture::default()
}
