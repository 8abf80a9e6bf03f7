//! The arrows between the operations, and the clocks that tell what comes before what.

use std::collections::VecDeque;

use crate::causality::origins::{Origin, Steps};
use crate::causality::{Place, Scene};

/// No arrow.
const NONE: u32 = u32::MAX;

/// The arrows of one order: session order, some of reads-from, and what was concluded from them.
#[derive(Clone, Debug)]
pub(crate) struct Arrows {
    /// Whom each node reads from; [`NONE`] if that does not count.
    from: Vec<Place>,
    /// The last concluded arrow into each node, and
    last: Vec<u32>,
    /// all of them. They are taken back in the reverse order.
    concluded: Vec<Concluded>,
}

/// An arrow that was concluded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concluded {
    pub(crate) earlier: Place,
    pub(crate) later: Place,
    /// The read that it was concluded from, if it was not just tried.
    pub(crate) read: Option<Place>,
    /// The concluded arrow before this one into the same node.
    next: u32,
}

impl Arrows {
    /// Session order, and reads-from into the nodes that `counts` chooses.
    pub(crate) fn of(origins: &[Origin], counts: impl Fn(Place) -> bool) -> Self {
        let from = |(place, origin): (usize, &Origin)| match origin {
            Origin::Write(write) if counts(place as Place) => *write,
            _ => NONE,
        };
        Self {
            from: origins.iter().enumerate().map(from).collect(),
            last: vec![NONE; origins.len()],
            concluded: Vec::new(),
        }
    }

    /// Whom a node reads from.
    pub(crate) fn from(&self, place: Place) -> Option<Place> {
        Some(self.from[place as usize]).filter(|&from| from != NONE)
    }

    /// Concludes an arrow.
    pub(crate) fn conclude(&mut self, earlier: Place, later: Place, read: Option<Place>) {
        let next = std::mem::replace(&mut self.last[later as usize], self.concluded.len() as u32);
        self.concluded.push(Concluded { earlier, later, read, next });
    }

    /// How many arrows were concluded.
    pub(crate) fn len(&self) -> usize {
        self.concluded.len()
    }

    /// Takes back all but the first so many.
    pub(crate) fn truncate(&mut self, length: usize) {
        while self.concluded.len() > length {
            if let Some(arrow) = self.concluded.pop() {
                self.last[arrow.later as usize] = arrow.next;
            }
        }
    }

    /// The concluded arrows into a node, and how many were concluded before each.
    pub(crate) fn concluded(&self, later: Place) -> impl Iterator<Item = (usize, Concluded)> {
        let mut at = self.last[later as usize] as usize;
        std::iter::from_fn(move || {
            let arrow = *self.concluded.get(at)?;
            Some((std::mem::replace(&mut at, arrow.next as usize), arrow))
        })
    }

    /// Everything that has an arrow to a node, of the concluded ones only the first so many.
    fn before<'a>(
        &'a self,
        scene: &'a Scene<'_>,
        place: Place,
        first: usize,
    ) -> impl Iterator<Item = Place> + 'a {
        let concluded = self.concluded(place).filter(move |&(index, _)| index < first);
        let concluded = concluded.map(|(_, arrow)| arrow.earlier);
        scene.previous(place).iter().copied().chain(self.from(place)).chain(concluded)
    }

    /// A way along the arrows from one node to another, both included, that goes through as few sessions as can be;
    /// nothing if there is none. Of the concluded arrows only the first so many count.
    pub(crate) fn way(&self, scene: &Scene<'_>, from: Place, to: Place, first: usize) -> Option<Vec<Place>> {
        let mut towards = vec![NONE; scene.nodes.len()];
        let mut is_done = vec![false; scene.nodes.len()];
        // An arrow of session order costs nothing, and any other one a step.
        let mut line = VecDeque::from([(to, NONE)]);
        while let Some((later, next)) = line.pop_front() {
            if std::mem::replace(&mut is_done[later as usize], true) {
                continue;
            }
            towards[later as usize] = next;
            if later == from {
                break;
            }
            for earlier in self.before(scene, later, first).filter(|&earlier| !is_done[earlier as usize]) {
                if scene.is_in_session_before(earlier, later) {
                    line.push_front((earlier, later));
                } else {
                    line.push_back((earlier, later));
                }
            }
        }
        if !is_done[from as usize] || from == to {
            return None;
        }
        let mut way = vec![from];
        while way[way.len() - 1] != to {
            way.push(towards[way[way.len() - 1] as usize]);
        }
        shorten(scene, &mut way);
        Some(way)
    }
}

/// Leaves out of a way what stands between two operations of one session.
pub(crate) fn shorten(scene: &Scene<'_>, way: &mut Vec<Place>) {
    let mut at = 1;
    while at + 1 < way.len() {
        if scene.is_in_session_before(way[at - 1], way[at + 1]) {
            way.remove(at);
        } else {
            at += 1;
        }
    }
}

/// What a search spends on one order, in steps.
pub(crate) fn cost(scene: &Scene<'_>) -> u64 {
    let (nodes, lanes) = (scene.nodes.len() as u64, scene.lanes.len() as u64);
    nodes / 4 + nodes * lanes / 32 + 1
}

/// For each node, how many nodes of each lane come before it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    lanes: usize,
    clocks: Vec<u32>,
    /// The place of each node in one order that keeps all arrows.
    pub(crate) rank: Vec<u32>,
}

impl Order {
    /// The order that the arrows make, or a circle of them: each before the next, and the last before the first.
    pub(crate) fn of(scene: &Scene<'_>, arrows: &Arrows, steps: &mut Steps) -> Result<Self, Vec<Place>> {
        steps.spend(cost(scene));
        let (count, lanes) = (scene.nodes.len(), scene.lanes.len());
        let mut order = Self { lanes, clocks: vec![0; count * lanes], rank: vec![NONE; count] };
        // A node is on the stack, with those before it that are still to be looked at, until all of them have clocks.
        let mut is_open = vec![false; count];
        let mut stack: Vec<(Place, usize, u32)> = Vec::new();
        let mut ranked = 0;
        for &start in &scene.by_return {
            if order.rank[start as usize] == NONE {
                is_open[start as usize] = true;
                stack.push((start, 0, arrows.last[start as usize]));
            }
            while let Some((place, looked, next)) = stack.last_mut() {
                let place = *place;
                let previous = scene.previous(place);
                let earlier = if *looked < previous.len() {
                    *looked += 1;
                    previous[*looked - 1]
                } else if *looked == previous.len() {
                    *looked += 1;
                    arrows.from[place as usize]
                } else if let Some(arrow) = arrows.concluded.get(*next as usize) {
                    *next = arrow.next;
                    arrow.earlier
                } else {
                    for earlier in arrows.before(scene, place, arrows.len()) {
                        order.join(scene, place, earlier);
                    }
                    order.rank[place as usize] = ranked;
                    ranked += 1;
                    is_open[place as usize] = false;
                    stack.pop();
                    continue;
                };
                if earlier == NONE || order.rank[earlier as usize] != NONE {
                    continue;
                }
                if is_open[earlier as usize] {
                    let from = stack.iter().position(|&(open, ..)| open == earlier).unwrap_or(0);
                    return Err(stack[from..].iter().rev().map(|&(open, ..)| open).collect());
                }
                is_open[earlier as usize] = true;
                stack.push((earlier, 0, arrows.last[earlier as usize]));
            }
        }
        Ok(order)
    }

    fn join(&mut self, scene: &Scene<'_>, later: Place, earlier: Place) {
        let (to, from) = (later as usize * self.lanes, earlier as usize * self.lanes);
        for lane in 0..self.lanes {
            self.clocks[to + lane] = self.clocks[to + lane].max(self.clocks[from + lane]);
        }
        let node = scene.node(earlier);
        let entry = &mut self.clocks[to + node.lane as usize];
        *entry = (*entry).max(node.position + 1);
    }

    /// How many nodes of each lane come before a node.
    pub(crate) fn clock(&self, place: Place) -> &[u32] {
        &self.clocks[place as usize * self.lanes..][..self.lanes]
    }

    /// Whether one node comes before another.
    pub(crate) fn is_before(&self, scene: &Scene<'_>, earlier: Place, later: Place) -> bool {
        let node = scene.node(earlier);
        self.clock(later)[node.lane as usize] > node.position
    }
}
