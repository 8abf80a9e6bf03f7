//! Which write each read saw.
//!
//! Where every value is written once, a read tells. Where several writes wrote the same value, or a compare-and-set
//! failed (it saw any value but one), there is a choice, and a model holds if one choice for all of them is good. The
//! patterns that break a model only grow with what is known, so a choice that is bad by itself, with all others
//! still open, is struck out; what remains is tried one read after another, each with all that were chosen before
//! it, until all fit or the steps are spent.

use crate::causality::patterns::Bad;
use crate::causality::{Place, Scene, Sees};

/// Which write a node saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nothing is said about it.
    Open,
    /// The value that the key begins with.
    First,
    /// The value of this write.
    Write(Place),
    /// A value that nobody wrote.
    Nowhere,
}

/// What a judge made of a history.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Holds,
    Broken(Box<Found>),
    OutOfSteps,
}

/// How a history is broken.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) bad: Bad,
    /// The choice of origins that it is about.
    pub(crate) origins: Vec<Origin>,
    /// Whether other choices are broken in other ways.
    pub(crate) is_one_of_several: bool,
}

/// The steps that a search may spend.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    budget: u64,
    left: u64,
    spent: u64,
}

impl Steps {
    /// So many.
    pub(crate) fn of(budget: u64) -> Self {
        Self { budget, left: budget, spent: 0 }
    }

    /// Spends some.
    pub(crate) fn spend(&mut self, steps: u64) {
        self.left = self.left.saturating_sub(steps);
        self.spent = self.spent.saturating_add(steps);
    }

    /// As many again as there were in the beginning.
    pub(crate) fn refill(&mut self) {
        self.left = self.budget;
    }

    /// Whether none are left.
    pub(crate) fn are_spent(&self) -> bool {
        self.left == 0
    }

    /// How many were spent.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }

    /// How many are left.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }
}

/// What a read may have seen.
pub(crate) type Choices = fn(&Scene<'_>, Place) -> Vec<Origin>;

/// Everything that a node may have seen: any write of that value, whenever it was called.
pub(crate) fn any(scene: &Scene<'_>, place: Place) -> Vec<Origin> {
    let node = scene.node(place);
    let mut choices: Vec<Origin> = match node.sees {
        Sees::Nothing => return vec![Origin::Open],
        Sees::Value(value) => {
            let writers = scene.writers(node.key, value).iter().map(|&writer| Origin::Write(writer));
            writers.chain(value.is_none().then_some(Origin::First)).collect()
        }
        Sees::Not(value) => {
            let writers = scene.all_writers(node.key);
            let others = writers.filter(|&writer| scene.node(writer).writes != Some(value));
            others.map(Origin::Write).chain(value.is_some().then_some(Origin::First)).collect()
        }
    };
    choices.retain(|&choice| choice != Origin::Write(place));
    if choices.is_empty() {
        choices.push(Origin::Nowhere);
    }
    choices
}

/// Looks for a choice that `judge` finds nothing wrong with, for the answers of `readers` that were given until an
/// event.
pub(crate) fn settle(
    scene: &Scene<'_>,
    readers: impl Iterator<Item = Place>,
    until: u64,
    choices: Choices,
    steps: &mut Steps,
    mut judge: impl FnMut(&[Origin], &mut Steps) -> Option<Bad>,
) -> Answer {
    let mut origins = vec![Origin::Open; scene.nodes.len()];
    let mut unclear: Vec<(Place, Vec<Origin>)> = Vec::new();
    for place in readers {
        let node = scene.node(place);
        if node.sees == Sees::Nothing || node.is_sure() && node.returned > until {
            continue;
        }
        match choices(scene, place) {
            choices if choices.len() == 1 => origins[place as usize] = choices[0],
            choices => unclear.push((place, choices)),
        }
    }
    let broken = |bad, origins: &[Origin], is_one_of_several| {
        Answer::Broken(Box::new(Found { bad, origins: origins.to_vec(), is_one_of_several }))
    };
    if let Some(bad) = judge(&origins, steps) {
        return broken(bad, &origins, false);
    }
    if unclear.is_empty() {
        return if steps.are_spent() { Answer::OutOfSteps } else { Answer::Holds };
    }
    // What looks most likely, all at once.
    for (place, choices) in &mut unclear {
        prefer(scene, *place, choices, &origins);
        origins[*place as usize] = choices[0];
    }
    let Some(bad) = judge(&origins, steps) else {
        return if steps.are_spent() { Answer::OutOfSteps } else { Answer::Holds };
    };
    let likely = broken(bad, &origins, true);
    for (place, _) in &unclear {
        origins[*place as usize] = Origin::Open;
    }
    // What is bad by itself goes; half of the steps are kept for the search.
    let enough = steps.left() / 2;
    for (place, choices) in &mut unclear {
        if steps.left() < enough {
            break;
        }
        let only = choices.len() == 1;
        choices.retain(|&choice| {
            origins[*place as usize] = choice;
            steps.are_spent() || judge(&origins, steps).is_none()
        });
        origins[*place as usize] = Origin::Open;
        if choices.is_empty() && !steps.are_spent() {
            return likely;
        }
        if choices.len() == 1 && !only {
            origins[*place as usize] = choices[0];
        }
    }
    let mut tried = vec![0; unclear.len()];
    let mut depth = 0;
    while !steps.are_spent() {
        let Some((place, choices)) = unclear.get(depth) else { return Answer::Holds };
        let Some(&choice) = choices.get(tried[depth]) else {
            (origins[*place as usize], tried[depth]) = (Origin::Open, 0);
            if depth == 0 {
                return likely;
            }
            depth -= 1;
            tried[depth] += 1;
            continue;
        };
        origins[*place as usize] = choice;
        if judge(&origins, steps).is_none() {
            depth += 1;
        } else {
            tried[depth] += 1;
        }
    }
    Answer::OutOfSteps
}

/// Puts the likely ones first: what the session itself touched last, then the write called last before the answer, then
/// what the key begins with, and at the end writes that were called after the answer.
fn prefer(scene: &Scene<'_>, place: Place, choices: &mut [Origin], origins: &[Origin]) {
    let node = scene.node(place);
    let own = scene.sessions[node.session as usize].iter().rev().find_map(|&other| {
        if scene.node(other).key != node.key || !scene.is_in_session_before(other, place) {
            return None;
        }
        match (scene.node(other).writes, origins[other as usize]) {
            (Some(_), _) => Some(Origin::Write(other)),
            (None, Origin::Open) => None,
            (None, origin) => Some(origin),
        }
    });
    choices.sort_by_key(|&choice| match choice {
        choice if Some(choice) == own => (0, 0),
        Origin::Write(writer) => match scene.node(writer).invoked {
            invoked if invoked < node.returned => (1, u64::MAX - invoked),
            invoked => (3, invoked),
        },
        Origin::First => (2, 0),
        Origin::Open | Origin::Nowhere => (4, 0),
    });
}
