//! What is wrong with a causal order: the bad patterns of Bouajjani, Enea, Guerraoui and Hamza (On Verifying Causal
//! Consistency, POPL 2017, section 5 and table 3).
//!
//! Their theorems are about reads and writes of different values, where each read tells its write. A compare-and-set
//! that succeeded is a read and a write in one node. `CO` is the causal order:
//!
//! - **CyclicCO**: the causal order runs in a circle.
//! - **ThinAirRead**: a read returned a value that nobody wrote.
//! - **WriteCOInitRead**: a read returned what the key begins with, but comes after a write to it.
//! - **WriteCORead**: a read returned the value of a write, but comes after a later write to the key.
//! - **CyclicCF**: the reads disagree about which of two writes is the newer one, where neither comes before the other: if a
//!   read of one comes after the other, the other must be the older one; and such arrows, with the causal
//!   order, run in a circle.
//!
//! The patterns of one session's view, **WriteHBInitRead** and **CyclicHB**, are in `views`.

use crate::causality::order::{Arrows, Order};
use crate::causality::origins::{Origin, Steps};
use crate::causality::{Place, Scene};

/// Something wrong.
#[derive(Clone, Debug)]
pub(crate) enum Bad {
    /// A read returned a value that nobody wrote.
    Nowhere(Place),
    /// Each of these comes before the next one, and the last before the first.
    Circle(Vec<Place>),
    /// A read returned a value although it comes after a newer write.
    Older(Older),
    /// No order of the writes explains all reads: a circle of arrows, some of them concluded.
    NoOrder {
        /// The session whose reads they are, if they are those of one.
        session: Option<u32>,
        /// The circle.
        circle: Vec<Place>,
        /// The arrows.
        arrows: Box<Arrows>,
    },
    /// Two operations of one session were open at once: this if the one came first, that if the other did.
    Either(Box<Self>, Box<Self>),
}

/// A read of an older value.
#[derive(Clone, Debug)]
pub(crate) struct Older {
    pub(crate) read: Place,
    /// The write whose value it returned; `None` if that was what the key begins with.
    pub(crate) from: Option<Place>,
    /// A newer write that comes before the read.
    pub(crate) newer: Place,
    /// The arrows that say so.
    pub(crate) arrows: Box<Arrows>,
}

/// Which nodes took effect or were answered: those that surely were, and those of unknown outcome that were read.
pub(crate) fn active(scene: &Scene<'_>, origins: &[Origin]) -> Vec<bool> {
    let mut active: Vec<bool> = scene.nodes.iter().map(super::Node::is_sure).collect();
    let mut open: Vec<Place> = (0..active.len() as Place).filter(|&place| active[place as usize]).collect();
    while let Some(place) = open.pop() {
        if let Origin::Write(write) = origins[place as usize]
            && !std::mem::replace(&mut active[write as usize], true)
        {
            open.push(write);
        }
    }
    active
}

/// The causal order, if nothing is wrong with it: what CC asks for.
pub(crate) fn causal(
    scene: &Scene<'_>,
    origins: &[Origin],
    steps: &mut Steps,
) -> Result<(Vec<bool>, Arrows, Order), Bad> {
    let active = active(scene, origins);
    if let Some(place) = nowhere(origins, &active) {
        return Err(Bad::Nowhere(place));
    }
    let arrows = Arrows::of(origins, |place| active[place as usize]);
    let order = Order::of(scene, &arrows, steps).map_err(Bad::Circle)?;
    for place in (0..scene.nodes.len() as Place).filter(|&place| active[place as usize]) {
        let from = match origins[place as usize] {
            Origin::First => None,
            Origin::Write(write) => Some(write),
            Origin::Open | Origin::Nowhere => continue,
        };
        let newer = scene.last_writes(scene.node(place).key, order.clock(place)).find(|&newer| {
            Some(newer) != from && from.is_none_or(|from| order.is_before(scene, from, newer))
        });
        if let Some(newer) = newer {
            return Err(Bad::Older(Older { read: place, from, newer, arrows: Box::new(arrows) }));
        }
    }
    Ok((active, arrows, order))
}

/// A node that took effect and saw a value that nobody wrote.
pub(crate) fn nowhere(origins: &[Origin], active: &[bool]) -> Option<Place> {
    let is_nowhere = |&place: &usize| active[place] && origins[place] == Origin::Nowhere;
    (0..origins.len()).find(is_nowhere).map(|place| place as Place)
}

/// CC, and one order of all writes that explains every read: what CCv asks for.
pub(crate) fn convergent(scene: &Scene<'_>, origins: &[Origin], steps: &mut Steps) -> Option<Bad> {
    let (active, mut arrows, order) = match causal(scene, origins, steps) {
        Ok(causal) => causal,
        Err(bad) => return Some(bad),
    };
    for place in (0..scene.nodes.len() as Place).filter(|&place| active[place as usize]) {
        let Origin::Write(from) = origins[place as usize] else { continue };
        for older in scene.last_writes(scene.node(place).key, order.clock(place)) {
            if older != from && !order.is_before(scene, older, from) {
                arrows.conclude(older, from, Some(place));
            }
        }
    }
    match Order::of(scene, &arrows, steps) {
        Ok(_) => None,
        Err(circle) => Some(Bad::NoOrder { session: None, circle, arrows: Box::new(arrows) }),
    }
}
