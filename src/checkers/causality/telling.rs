//! How a weak model is broken, in one sentence.

use std::collections::BTreeSet;

use crate::causality::order::{Arrows, shorten};
use crate::causality::origins::{Found, Origin};
use crate::causality::patterns::{self, Bad, Older};
use crate::causality::{Place, Scene, Sees};
use crate::observation::Outcome;
use crate::verdict::Witness;
use crate::words::Words;

/// How many operations a sentence names at most.
const NAMED: usize = 6;
/// How many writes are looked at for the shortest proof.
const LOOKED_AT: usize = 40;

/// The witness of what was found; the answer at `event` made it certain.
pub(super) fn witness(scene: &Scene<'_>, found: &Found, event: Option<u64>) -> Witness {
    let teller = Teller { scene, found, words: Words::of(scene.observations) };
    let (mut places, sentence) = teller.tell(&found.bad);
    teller.add_who_saw(&mut places);
    let sentence = if found.is_one_of_several {
        format!(
            "Whichever of several writes of one value each read saw, it does not fit; if each saw the likeliest: {sentence}"
        )
    } else {
        sentence
    };
    let mut operations: Vec<_> = places.iter().map(|&place| scene.node(place).operation).collect();
    operations.sort_unstable();
    let last = scene
        .observations
        .operations
        .iter()
        .find(|operation| operation.returned.is_some() && operation.returned == event);
    let at = last.filter(|_| scene.observations.clock).map(|last| last.returned_at);
    Witness { operations, nodes: Vec::new(), event, at, sentence }
}

struct Teller<'a> {
    scene: &'a Scene<'a>,
    found: &'a Found,
    words: Words<'a>,
}

impl Teller<'_> {
    fn tell(&self, bad: &Bad) -> (BTreeSet<Place>, String) {
        match bad {
            Bad::Nowhere(place) => (BTreeSet::from([*place]), self.nowhere(*place)),
            Bad::Circle(circle) => self.circle(circle),
            Bad::Older(older) => self.older(older),
            Bad::NoOrder { session, circle, arrows } => self.no_order(*session, circle, arrows),
            Bad::Either(first, second) => {
                let (mut places, sentence) = self.tell(first);
                places.extend(self.tell(second).0);
                (places, sentence)
            }
        }
    }

    /// That an operation of unknown outcome took effect, somebody must have seen.
    fn add_who_saw(&self, places: &mut BTreeSet<Place>) {
        let mut open: Vec<Place> = places.iter().copied().collect();
        let active = patterns::active(self.scene, &self.found.origins);
        while let Some(place) = open.pop() {
            if self.scene.node(place).is_sure() {
                continue;
            }
            let saw = |&other: &Place| {
                active[other as usize] && self.found.origins[other as usize] == Origin::Write(place)
            };
            let readers: Vec<Place> = self.scene.everybody().filter(saw).collect();
            if readers.iter().any(|reader| places.contains(reader) && self.scene.node(*reader).is_sure()) {
                continue;
            }
            let sure = readers.iter().find(|&&reader| self.scene.node(reader).is_sure());
            if let Some(&reader) = sure.or(readers.first())
                && places.insert(reader)
            {
                open.push(reader);
            }
        }
    }

    /// `c3's read of x`
    fn doing(&self, place: Place) -> String {
        let operation = self.scene.operation(place);
        format!("{} of {}", self.words.action(operation), self.words.key(operation.key))
    }

    /// `c3's write of v1 to x`
    fn deed(&self, place: Place) -> String {
        let operation = self.scene.operation(place);
        let to = if self.scene.node(place).writes.is_some() { "to" } else { "of" };
        format!("{} {to} {}", self.words.deed(operation), self.words.key(operation.key))
    }

    /// `returned v1`
    fn finding(&self, place: Place) -> String {
        let operation = self.scene.operation(place);
        match self.scene.node(place).sees {
            Sees::Value(value) if operation.outcome == Outcome::Done => {
                format!("found {}", self.words.value(operation.key, value))
            }
            Sees::Value(_) | Sees::Not(_) if self.scene.node(place).is_sure() => self.words.answer(operation),
            _ => "took effect".into(),
        }
    }

    /// `v1`, what a write left behind
    fn value(&self, write: Place) -> String {
        let value = self.scene.node(write).writes.flatten();
        self.words.value(self.scene.operation(write).key, value)
    }

    fn session(&self, place: Place) -> String {
        self.words.session(self.scene.operation(place))
    }

    fn key(&self, place: Place) -> String {
        self.words.key(self.scene.operation(place).key)
    }

    fn nowhere(&self, place: Place) -> String {
        let forged = match self.scene.node(place).sees {
            Sees::Value(Some(value)) => self.words.is_forged(value),
            _ => false,
        };
        let nobody = if forged { "a value that nobody ever wrote" } else { "which nobody ever wrote" };
        match self.scene.node(place).sees {
            _ if !self.scene.node(place).is_sure() => {
                let saw = self.scene.everybody().find(|&other| {
                    self.scene.node(other).is_sure()
                        && self.found.origins[other as usize] == Origin::Write(place)
                });
                let saw = saw.map_or_else(|| "Somebody".into(), |saw| self.doing(saw));
                format!(
                    "{saw} saw the effect of {}, which can't have had any: what it expected was never written",
                    self.deed(place)
                )
            }
            Sees::Not(_) => {
                format!("{} failed, though nothing else was ever written there", self.deed(place))
            }
            _ => format!("{} {}, {nobody}", self.doing(place), self.finding(place)),
        }
    }

    fn circle(&self, circle: &[Place]) -> (BTreeSet<Place>, String) {
        let circle = &self.shortened(circle)[..];
        let first = (0..circle.len()).min_by_key(|&index| circle[index]).unwrap_or(0);
        let steps: Vec<String> = (0..circle.len().min(NAMED))
            .map(|step| {
                let place = circle[(first + step) % circle.len()];
                let finding = match self.scene.node(place).sees {
                    Sees::Nothing => String::new(),
                    _ => format!(", which {}", self.finding(place)),
                };
                format!("{}{finding}", self.deed(place))
            })
            .collect();
        let more = if circle.len() > NAMED { ", and so on" } else { "" };
        let sentence = format!(
            "An effect came before its cause: each of these comes after the one before it, and the first after the last: \
             {}{more}",
            steps.join("; ")
        );
        (circle.iter().copied().collect(), sentence)
    }

    /// A circle without what stands between two operations of one session.
    fn shortened(&self, circle: &[Place]) -> Vec<Place> {
        let mut circle = circle.to_vec();
        // A start that is left in: where the circle goes from one session to another.
        let crosses = |&index: &usize| {
            let before = circle[(index + circle.len() - 1) % circle.len()];
            !self.scene.is_in_session_before(before, circle[index])
        };
        let start = (0..circle.len()).find(crosses).unwrap_or(0);
        circle.rotate_left(start);
        shorten(self.scene, &mut circle);
        circle
    }

    fn older(&self, older: &Older) -> (BTreeSet<Place>, String) {
        let Older { read, from, .. } = *older;
        let (newer, way) = self.nearest(older);
        let mut places: BTreeSet<Place> = way.iter().copied().collect();
        places.extend([read, newer]);
        let why = from.map(|from| {
            let way = older.arrows.way(self.scene, from, newer, older.arrows.len()).unwrap_or_default();
            places.extend(way.iter().copied());
            places.insert(from);
            self.why_newer(from, newer, &way)
        });
        let (of, still) = (self.doing(read), self.still(older));
        let sentence = match (way.as_slice(), why) {
            (_, why) if self.scene.is_in_session_before(newer, read) => {
                let why = why.map_or(String::new(), |why| format!(", {why},"));
                let deed = self.words.act(self.scene.operation(newer));
                format!("{of} came after {}'s own {deed}{why} and still {still}", self.session(read))
            }
            ([_, saw, ..], why)
                if older.arrows.from(*saw) == Some(newer) && self.is_of_one_session(*saw, read) =>
            {
                let why = why.map_or(String::new(), |why| format!(", {why}"));
                format!("{} {}{why}, and then {of} {still}", self.doing(*saw), self.finding(*saw))
            }
            (way, why) => {
                let why = why.map_or(String::new(), |why| format!(" ({why})"));
                let known = self.known(way, newer);
                let known = known.unwrap_or_else(|| format!("{} came after {}", of, self.deed(newer)));
                format!("{known}{why}, and then {of} {still}")
            }
        };
        (places, sentence)
    }

    /// `c3's read of y returned v3, which c2 wrote after v2 of x`
    fn known(&self, way: &[Place], newer: Place) -> Option<String> {
        let session = self.scene.node(*way.last()?).session;
        let entered = way.windows(2).position(|pair| {
            self.scene.node(pair[0]).session != session && self.scene.node(pair[1]).session == session
        })?;
        let (write, saw) = (way[entered], way[entered + 1]);
        let what = format!("{} of {}", self.value(newer), self.key(newer));
        let writer = self.session(write);
        let how = match &way[..=entered] {
            [_, _] => format!("which {writer} wrote after {what}"),
            [_, read, _] if self.scene.node(*read).sees != Sees::Nothing => {
                format!("which {writer} wrote after reading {what}")
            }
            way => format!("which came after {what} by way of {} in between", self.others(way)),
        };
        let found = match self.finding(saw) {
            finding if self.scene.node(saw).is_sure() => finding,
            _ => format!("found {}", self.value(write)),
        };
        Some(format!("{} {found}, {how}", self.doing(saw)))
    }

    fn is_of_one_session(&self, one: Place, other: Place) -> bool {
        self.scene.node(one).session == self.scene.node(other).session
    }

    fn others(&self, way: &[Place]) -> String {
        match way.len().saturating_sub(2) {
            1 => "1 operation".into(),
            between => format!("{between} operations"),
        }
    }

    /// `which c2 wrote after reading v1`
    fn why_newer(&self, from: Place, newer: Place, way: &[Place]) -> String {
        let (writer, old) = (self.session(newer), self.value(from));
        match way {
            [_, _]
                if self.scene.node(newer).sees != Sees::Nothing
                    && self.found.origins[newer as usize] == Origin::Write(from) =>
            {
                format!("which {writer} put in the place of {old}")
            }
            [_, _] => format!("which {writer} wrote after {old}"),
            [_, read, _] if self.found.origins[*read as usize] == Origin::Write(from) => {
                format!("which {writer} wrote after reading {old}")
            }
            way => format!("which came after {old} by way of {} in between", self.others(way)),
        }
    }

    /// Of all writes that prove the same, the one that takes the fewest words.
    fn nearest(&self, older: &Older) -> (Place, Vec<Place>) {
        let scene = self.scene;
        let key = scene.node(older.read).key;
        // A search only for the sentence: the writes called last before the answer are enough.
        let mut writers: Vec<Place> = scene.all_writers(key).collect();
        writers.retain(|&writer| scene.node(writer).invoked < scene.node(older.read).returned);
        writers.sort_by_key(|&writer| std::cmp::Reverse(scene.node(writer).invoked));
        let candidates = writers.into_iter().take(LOOKED_AT).filter_map(|newer| {
            if Some(newer) == older.from || newer == older.read {
                return None;
            }
            let way = older.arrows.way(scene, newer, older.read, older.arrows.len())?;
            let proof = match older.from {
                None => 0,
                Some(from) => older.arrows.way(scene, from, newer, older.arrows.len())?.len(),
            };
            Some((way.len() + proof, newer, way))
        });
        let best = candidates.min_by_key(|&(length, newer, _)| (length, newer));
        match best {
            Some((_, newer, way)) => (newer, way),
            None => {
                let way = older.arrows.way(scene, older.newer, older.read, older.arrows.len());
                (older.newer, way.unwrap_or_else(|| vec![older.newer, older.read]))
            }
        }
    }

    /// `returned the older value v1`
    fn still(&self, older: &Older) -> String {
        let operation = self.scene.operation(older.read);
        match self.scene.node(older.read).sees {
            Sees::Value(value) => {
                let found = if self.scene.node(older.read).is_read { "returned" } else { "found" };
                format!("{found} {}", self.words.older(operation.key, value))
            }
            _ => "failed, as if it had found something older".into(),
        }
    }

    fn no_order(&self, session: Option<u32>, circle: &[Place], arrows: &Arrows) -> (BTreeSet<Place>, String) {
        let scene = self.scene;
        let circle = &self.shortened(circle)[..];
        // Whatever the circle rests on: the arrows along it, and what those were concluded from.
        let (mut places, mut reads) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<(Place, Place)> =
            (0..circle.len()).map(|index| (circle[index], circle[(index + 1) % circle.len()])).collect();
        let mut proven = BTreeSet::new();
        while let Some((earlier, later)) = open.pop() {
            if !proven.insert((earlier, later)) {
                continue;
            }
            places.extend([earlier, later]);
            let is_plain = scene.is_in_session_before(earlier, later) || arrows.from(later) == Some(earlier);
            let concluded = arrows.concluded(later).filter(|(_, arrow)| arrow.earlier == earlier);
            let Some((first, arrow)) = concluded.min_by_key(|&(index, _)| index).filter(|_| !is_plain) else {
                continue;
            };
            let Some(read) = arrow.read else { continue };
            reads.insert(read);
            open.push((later, read));
            if let Some(way) = arrows.way(scene, earlier, read, first) {
                open.extend(way.windows(2).map(|pair| (pair[0], pair[1])));
            }
        }
        let told: Vec<String> = reads
            .iter()
            .take(NAMED)
            .map(|&read| format!("{} {}", self.doing(read), self.finding(read)))
            .collect();
        let more = match reads.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let told = format!("{}{more}", told.join("; "));
        let sentence = match session {
            None => format!(
                "The sessions saw the writes in different orders, and no one order explains them together: {told}"
            ),
            Some(_) => {
                let who = circle.first().map_or_else(String::new, |_| self.session_named(session));
                format!("No order of the writes explains everything that {who} saw: {told}")
            }
        };
        (places, sentence)
    }

    fn session_named(&self, session: Option<u32>) -> String {
        let first = session.and_then(|session| self.scene.sessions[session as usize].first());
        first.map_or_else(String::new, |&place| self.session(place))
    }
}
