//! The consistency models from strong to weak, and which follows from which: the lattice, as data.
//!
//! A history that keeps a model keeps everything below it. The arrows are those of Viotti and Vukolić (Consistency in
//! Non-Transactional Distributed Storage Systems, 2016) as far as the definitions agree, with the three kinds of causal
//! consistency apart as in Bouajjani, Enea, Guerraoui and Hamza (2017): of causal memory and causal convergence
//! neither follows from the other, and only the first implies PRAM. The two session guarantees by the clock stand
//! between linearizability and their namesakes. What can stay available while the network is cut is as Bailis, Davidson,
//! Fekete, Ghodsi, Hellerstein and Stoica (Highly Available Transactions, 2013) have it.
//!
//! Each model comes with a small history that breaks it and keeps everything below it.

use std::collections::BTreeMap;

use netsplit_sim::ids::{Key, OpId, Value};
use netsplit_sim::time::Time;

use crate::observation::{Call, Observation, Observations, Outcome, Session};
use crate::{Input, Verdict, find};

/// Whether a model can be kept while the network is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// Some have to wait until the cut heals, or are refused.
    None,
    /// Everybody is served who stays with the copy that he was served by before.
    Sticky,
    /// Everybody is served who reaches any copy.
    Total,
}

/// A consistency model.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// The name of its checker.
    pub checker: &'static str,
    /// The name on the page.
    pub title: &'static str,
    /// How far up it is: 0 is the strongest. Every model is above those that it implies.
    pub level: u8,
    /// The models right below it, by name.
    pub implies: &'static [&'static str],
    /// Whether it can be kept while the network is cut.
    pub availability: Availability,
    /// What there is to add to that; empty if nothing.
    pub availability_note: &'static str,
    /// Two sentences for a student.
    pub words: &'static str,
    /// A small history that breaks it and keeps everything below it: see [`observations`].
    pub history: &'static str,
}

/// Every model, each before those that it implies.
pub const MODELS: &[Model] = &[
    Model {
        checker: "linearizable",
        title: "Linearizable",
        level: 0,
        implies: &[
            "sequential",
            "read-your-writes-by-clock",
            "monotonic-reads-by-clock",
            "bounded-staleness",
        ],
        availability: Availability::None,
        availability_note: "",
        words: "There seems to be one copy, and every operation takes effect at one instant between its call and its \
                answer. Once a write is acknowledged, everybody who asks afterwards sees it.",
        history: "Wx1 . | . Rx0",
    },
    Model {
        checker: "sequential",
        title: "Sequential",
        level: 1,
        implies: &["causal-memory", "causal-convergence"],
        availability: Availability::None,
        availability_note: "",
        words: "All operations stand in one order, the same for everybody, and each session finds its own in the order in \
                which it did them. But the order may lag behind the clock: you may read what was replaced long ago.",
        history: "Wx1 Ry0 | Wy1 Rx0",
    },
    Model {
        checker: "causal-memory",
        title: "Causal memory",
        level: 2,
        implies: &["causal", "pram"],
        availability: Availability::Sticky,
        availability_note: "",
        words: "Nobody sees an effect without its cause, and each session fits all that it ever saw into one order of its own. \
                Two sessions may order writes that know nothing of each other differently, and never agree.",
        history: "Wx1 . Rx2 Wy1 . . . | . Wx2 . . . . . | . . . . Ry1 Rx1 Rx2",
    },
    Model {
        checker: "causal-convergence",
        title: "Causal convergence",
        level: 2,
        implies: &["causal"],
        availability: Availability::Sticky,
        availability_note: "",
        words: "Nobody sees an effect without its cause, and all agree which of two writes is the newer one. So two copies \
                that have seen the same writes hold the same.",
        history: "Wx1 Rx2 | Wx2 Rx1",
    },
    Model {
        checker: "causal",
        title: "Causal",
        level: 3,
        implies: &["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
        availability: Availability::Sticky,
        availability_note: "",
        words: "If one write may have caused another one, because its writer had made or read it before, everybody sees the \
                cause before the effect. Writes that know nothing of each other are in no order at all.",
        history: "Rx1 Wy1 | Ry1 Wx1",
    },
    Model {
        checker: "pram",
        title: "PRAM",
        level: 3,
        implies: &["read-your-writes", "monotonic-reads", "monotonic-writes"],
        availability: Availability::Sticky,
        availability_note: "",
        words: "You see the writes of each session in the order in which it made them, as if they came down a pipe. What \
                it had read before it wrote does not matter, so an answer may reach you before the question.",
        history: "Wx1 | Wx2 Rx1 Rx2",
    },
    Model {
        checker: "read-your-writes-by-clock",
        title: "Read your writes, by the clock",
        level: 3,
        implies: &["read-your-writes"],
        availability: Availability::Sticky,
        availability_note: "If clocks agree: copies that are cut off from each other can order their writes by nothing else.",
        words: "After your write you never read a value that was already in place when you called it. It is the same as read \
                your writes with the clock on the wall for a judge, where sessions alone could not tell which is older.",
        history: "Wx1 . . | . Wx2 Rx1",
    },
    Model {
        checker: "monotonic-reads-by-clock",
        title: "Monotonic reads, by the clock",
        level: 3,
        implies: &["monotonic-reads"],
        availability: Availability::Sticky,
        availability_note: "If clocks agree: copies that are cut off from each other can order their writes by nothing else.",
        words: "Once you have read a value, you never read one that was in place before that one was called for. It is the same \
                as monotonic reads with the clock on the wall for a judge.",
        history: "Wx1 . . . | . Wx2 . . | . . Rx2 Rx1",
    },
    Model {
        checker: "bounded-staleness",
        title: "Bounded staleness",
        level: 3,
        implies: &[],
        availability: Availability::None,
        availability_note: "While the cut is shorter than the bound, everybody can be served.",
        words: "A read may be behind, but only by so many versions and so much time. It says nothing about order: a read may \
                well go back, as long as it does not go back too far.",
        history: "Wx1 Wx2 . | . . Rx0",
    },
    Model {
        checker: "read-your-writes",
        title: "Read your writes",
        level: 4,
        implies: &[],
        availability: Availability::Sticky,
        availability_note: "",
        words: "After your own write you never read anything older. Somebody who writes a comment and reloads the page finds it \
                there.",
        history: "Wx1 Rx0",
    },
    Model {
        checker: "monotonic-reads",
        title: "Monotonic reads",
        level: 4,
        implies: &[],
        availability: Availability::Total,
        availability_note: "",
        words: "What you have read once does not vanish again. Somebody who reloads the page never sees it as it was before.",
        history: "Wx1 . . | . Rx1 Rx0",
    },
    Model {
        checker: "monotonic-writes",
        title: "Monotonic writes",
        level: 4,
        implies: &[],
        availability: Availability::Total,
        availability_note: "",
        words: "Whoever has seen one of your writes also sees those that you made before it. Nobody finds the link in the list \
                while the page it points to is still missing.",
        history: "Wx1 Wy1 . . | . . Ry1 Rx0",
    },
    Model {
        checker: "writes-follow-reads",
        title: "Writes follow reads",
        level: 4,
        implies: &[],
        availability: Availability::Total,
        availability_note: "",
        words: "Whoever has seen your write also sees what you had read before you made it. Nobody reads the answer without the \
                question.",
        history: "Wx1 . . . . | . Rx1 Wy1 . . | . . . Ry1 Rx0",
    },
];

/// The model of that name.
#[must_use]
pub fn model(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.checker == name)
}

impl Model {
    /// Everything that follows from it, near and far, in the order of [`MODELS`].
    #[must_use]
    pub fn all_implied(&self) -> Vec<&'static Self> {
        let mut implied: Vec<&str> = self.implies.to_vec();
        let mut looked = 0;
        while let Some(name) = implied.get(looked) {
            looked += 1;
            let more = model(name).map_or(&[][..], |model| model.implies);
            let new: Vec<&str> = more.iter().copied().filter(|name| !implied.contains(name)).collect();
            implied.extend(new);
        }
        MODELS.iter().filter(|model| implied.contains(&model.checker)).collect()
    }

    /// Its small history.
    ///
    /// # Panics
    ///
    /// Never: the tests read every one of them.
    #[must_use]
    pub fn observations(&self) -> Observations {
        observations(self.history).expect("the history of a model is well formed")
    }
}

/// How long a slot of a small history takes, in events; an event is a millisecond.
const SLOT: u64 = 20;

/// Reads a small history, such as `Wx1 Rx2 | Wx2 .`: the operations of each session one after another, the sessions
/// apart by `|`. `W` writes and `R` reads; one letter names the key and a number the value, 0 being what a key begins
/// with. What stands in the same place of different sessions happened at the same time, and a dot is a pause.
/// `None` if the text is not like that.
#[must_use]
pub fn observations(text: &str) -> Option<Observations> {
    let (mut keys, mut operations) = (BTreeMap::new(), Vec::new());
    for (session, line) in (0..).zip(text.split('|')) {
        for (slot, word) in (0..).zip(line.split_whitespace()).filter(|&(_, word)| word != ".") {
            let mut letters = word.chars();
            let (deed, key) = (letters.next()?, letters.next()?);
            let value: u64 = letters.as_str().parse().ok()?;
            let value = Some(Value(value)).filter(|&value| value != Value(0));
            let (call, outcome) = match (deed, value) {
                ('R', _) => (Call::Read, Outcome::Read(value)),
                ('W', Some(_)) => (Call::Write(value), Outcome::Done),
                _ => return None,
            };
            let next = keys.len() as u32;
            let key = Key(*keys.entry(key).or_insert(next));
            let invoked = slot * SLOT + 1 + u64::from(session);
            let returned = invoked + SLOT / 2;
            operations.push(Observation {
                id: OpId(0),
                session: Session(session),
                key,
                node: None,
                call,
                outcome,
                invoked,
                returned: Some(returned),
                invoked_at: Time(invoked * 1_000_000),
                returned_at: Time(returned * 1_000_000),
            });
        }
    }
    operations.sort_by_key(|operation| operation.invoked);
    for (id, operation) in (0..).zip(&mut operations) {
        operation.id = OpId(id);
    }
    let mut names = vec![String::new(); keys.len()];
    for (name, key) in keys {
        names[key as usize] = name.to_string();
    }
    Some(Observations { operations, keys: names, clock: true, ..Observations::default() })
}

/// The verdicts on all models of the lattice, by name, in the order of [`MODELS`]. What follows from a model that holds is
/// not judged again: so an answer may hold here that its checker alone does not know. `budget` is for each checker.
#[must_use]
pub fn judge(input: &Input<'_>, budget: u64) -> Vec<(&'static str, Verdict)> {
    let mut holds: Vec<&str> = Vec::new();
    let mut verdicts = Vec::new();
    for model in MODELS {
        let Some(checker) = find(model.checker) else { continue };
        let verdict =
            if holds.contains(&model.checker) { Verdict::Holds } else { (checker.check)(input, budget) };
        if verdict == Verdict::Holds {
            holds.extend(model.implies);
        }
        verdicts.push((model.checker, verdict));
    }
    verdicts
}
