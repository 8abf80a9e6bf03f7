//! One session's view: an order of the writes that explains everything that the session itself saw.
//!
//! Others may see the writes in other orders; all that the orders share is what everybody agrees came before what. For
//! PRAM that is the session order of each, for causal memory the causal order. From there the view grows
//! (Bouajjani and others call it happens-before, `HB`): if a read of the session comes after a write, and returned the
//! value of another one, then the first was the older one. That is concluded again and again, until nothing
//! new follows. The view is bad if it runs in a circle (**CyclicHB**), or if a read that returned what the key
//! begins with comes after a write to it (**WriteHBInitRead**). The last operation of a session needs its view explained;
//! then all before it have theirs.
//!
//! That is exact because a session does one thing after another: take the reads in that order, and each finds its write
//! last among all that have to come before it. A session that has several operations open at once has them in no
//! order. Then an order of its reads is tried (that of their returns), and if it does not fit, others.

use crate::causality::order::{Arrows, Order};
use crate::causality::origins::{Origin, Steps};
use crate::causality::patterns::{self, Bad, Older};
use crate::causality::{Place, Scene};

/// What is wrong with the view of a session that starts from these arrows.
pub(crate) fn view(
    scene: &Scene<'_>,
    origins: &[Origin],
    mut arrows: Arrows,
    session: u32,
    steps: &mut Steps,
) -> Option<Bad> {
    if steps.are_spent() {
        return None;
    }
    let reads: Vec<Place> = scene.sessions[session as usize]
        .iter()
        .copied()
        .filter(|&place| {
            scene.node(place).is_sure() && matches!(origins[place as usize], Origin::First | Origin::Write(_))
        })
        .collect();
    let view = View { scene, origins, reads: &reads, session };
    let order = match view.saturate(&mut arrows, steps) {
        Ok(order) => order,
        Err(bad) => return Some(bad),
    };
    let sorted = view.sorted(&order);
    if sorted.windows(2).all(|pair| order.is_before(scene, pair[0], pair[1])) {
        return None;
    }
    let concluded = arrows.len();
    for pair in sorted.windows(2) {
        arrows.conclude(pair[0], pair[1], None);
    }
    if view.saturate(&mut arrows, steps).is_ok() {
        return None;
    }
    arrows.truncate(concluded);
    view.search(&mut arrows, &order, steps)
}

struct View<'a> {
    scene: &'a Scene<'a>,
    origins: &'a [Origin],
    /// The reads of the session, in the order of their calls.
    reads: &'a [Place],
    session: u32,
}

impl View<'_> {
    /// Concludes all that follows.
    fn saturate(&self, arrows: &mut Arrows, steps: &mut Steps) -> Result<Order, Bad> {
        let scene = self.scene;
        loop {
            let order = Order::of(scene, arrows, steps).map_err(|circle| Bad::NoOrder {
                session: Some(self.session),
                circle,
                arrows: Box::new(arrows.clone()),
            })?;
            let known = arrows.len();
            for &read in self.reads {
                let mut writes = scene.last_writes(scene.node(read).key, order.clock(read));
                if let Origin::Write(from) = self.origins[read as usize] {
                    for older in writes {
                        if older != from && !order.is_before(scene, older, from) {
                            arrows.conclude(older, from, Some(read));
                        }
                    }
                } else if let Some(newer) = writes.next() {
                    let arrows = Box::new(arrows.clone());
                    return Err(Bad::Older(Older { read, from: None, newer, arrows }));
                }
            }
            if arrows.len() == known {
                return Ok(order);
            }
            if steps.are_spent() {
                return Ok(order);
            }
        }
    }

    /// The reads in an order that keeps all arrows.
    fn sorted(&self, order: &Order) -> Vec<Place> {
        let mut sorted = self.reads.to_vec();
        sorted.sort_by_key(|&read| order.rank[read as usize]);
        sorted
    }

    /// Tries the orders of reads that were open at once, one pair after another.
    fn search(&self, arrows: &mut Arrows, order: &Order, steps: &mut Steps) -> Option<Bad> {
        let sorted = self.sorted(order);
        let pair = sorted.windows(2).find(|pair| !order.is_before(self.scene, pair[0], pair[1]))?;
        let known = arrows.len();
        let mut bads = Vec::new();
        for (earlier, later) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            if steps.are_spent() {
                return None;
            }
            arrows.conclude(earlier, later, None);
            let found = match self.saturate(arrows, steps) {
                Ok(order) => self.search(arrows, &order, steps),
                Err(bad) => Some(bad),
            };
            arrows.truncate(known);
            match found {
                None => return None,
                Some(found) => bads.push(Box::new(found)),
            }
        }
        let [first, second] = <[_; 2]>::try_from(bads).ok()?;
        Some(Bad::Either(first, second))
    }
}

/// Everything that CC asks for, and a view for each session that starts from the causal order: causal memory.
pub(crate) fn memory(scene: &Scene<'_>, origins: &[Origin], steps: &mut Steps) -> Option<Bad> {
    let (_, arrows, _) = match patterns::causal(scene, origins, steps) {
        Ok(causal) => causal,
        Err(bad) => return Some(bad),
    };
    (0..scene.sessions.len() as u32).find_map(|session| view(scene, origins, arrows.clone(), session, steps))
}

/// A view for one session that starts from the session order of all writes and its own reads: PRAM.
pub(crate) fn pram(scene: &Scene<'_>, origins: &[Origin], session: u32, steps: &mut Steps) -> Option<Bad> {
    let own = |place: Place| scene.node(place).session == session && scene.node(place).is_sure();
    let active: Vec<bool> = (0..scene.nodes.len() as Place).map(own).collect();
    if let Some(place) = patterns::nowhere(origins, &active) {
        return Some(Bad::Nowhere(place));
    }
    view(scene, origins, Arrows::of(origins, own), session, steps)
}
