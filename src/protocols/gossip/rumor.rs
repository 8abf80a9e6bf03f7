//! Rumours: changes that a node still finds worth telling, and how it loses interest in them (Demers et
//! al. 1987, section 1.4).
//!
//! Towards one change a node is **susceptible** while it has not heard of it, **infective** while it tells it on,
//! and **removed** when it has lost interest. What makes it lose interest is the rule: every contact
//! (blind), or only contacts with nodes that knew already (feedback); after `k` of them (counter), or with
//! probability 1/`k` each time (coin).
//!
//! All contacts of one cycle count as one: if any of the nodes told needed the rumour, the cycle was a
//! useful one (the footnote to the paper's table 3). A useful cycle sets the counter back to zero.

use netsplit_watched::watched;
use std::collections::BTreeMap;

use netsplit_sim::random::Random;

use super::data::Slot;
use crate::parts::crdt::dots::Dot;

/// When a node loses interest in a rumour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether only contacts with nodes that knew the rumour count.
    pub feedback: bool,
    /// Whether it counts to `k`, or else tosses a coin.
    pub counter: bool,
    /// How many such cycles, or one over the probability of each.
    pub k: u64,
}

/// The rumours that a node is telling.
#[derive(Clone, Debug, Default)]
pub struct Hot {
    rumors: BTreeMap<Dot, Rumor>,
}

#[derive(Clone, Copy, Debug)]
struct Rumor {
    slot: Slot,
    /// Cycles that told nobody anything new, since the last one that did. Blind: all cycles.
    wasted: u64,
    /// What this cycle has come to so far.
    cycle: Cycle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cycle {
    /// Nobody was told.
    Quiet,
    /// Somebody was told, and nobody is known to have needed it.
    Wasted,
    /// Somebody needed it.
    Useful,
}

#[watched]
impl Hot {
    /// A change that is news here: from now on the node tells it on.
    pub fn heat(&mut self, dot: Dot, slot: Slot) {
        self.rumors.entry(dot).or_insert(Rumor { slot, wasted: 0, cycle: Cycle::Quiet });
    }

    /// The rumours, in the order of their dots, and what each is about.
    pub fn iter(&self) -> impl Iterator<Item = (Dot, Slot)> {
        self.rumors.iter().map(|(&dot, rumor)| (dot, rumor.slot))
    }

    /// Each rumour, and how many wasted cycles it has had.
    pub fn wasted(&self) -> impl Iterator<Item = (Dot, u64)> {
        self.rumors.iter().map(|(&dot, rumor)| (dot, rumor.wasted))
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rumors.is_empty()
    }

    /// Stops telling anything.
    pub fn clear(&mut self) {
        self.rumors.clear();
    }

    /// All rumours were told to somebody, of whom nothing will be heard.
    pub fn told_blindly(&mut self) {
        for rumor in self.rumors.values_mut() {
            rumor.cycle = rumor.cycle.max(Cycle::Wasted);
        }
    }

    /// Somebody who was told a rumour says whether it `knew` it already.
    pub fn heard_back(&mut self, dot: Dot, knew: bool) {
        if let Some(rumor) = self.rumors.get_mut(&dot) {
            rumor.cycle = rumor.cycle.max(if knew { Cycle::Wasted } else { Cycle::Useful });
        }
    }

    /// A cycle is over: loses interest where the rules say so, and answers in how many rumours.
    pub fn end_cycle(&mut self, rules: Rules, random: &mut Random) -> usize {
        let before = self.rumors.len();
        self.rumors.retain(|_, rumor| match std::mem::replace(&mut rumor.cycle, Cycle::Quiet) {
            Cycle::Quiet => true,
            Cycle::Useful => {
                rumor.wasted = 0;
                true
            }
            Cycle::Wasted => {
                rumor.wasted += 1;
                if rules.counter { rumor.wasted < rules.k } else { random.below(rules.k) > 0 }
            }
        });
        before - self.rumors.len()
    }
}
