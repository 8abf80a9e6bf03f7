//! What nodes send to each other.

use netsplit_sim::ids::{Key, OpId, Value, Version};
use netsplit_sim::protocol::{Kind, Label};

use super::data::{Object, Slot};
use crate::parts::crdt::dots::{Dot, Vector};

/// A message between two nodes.
#[derive(Clone, Debug, Hash)]
pub enum Message {
    /// Push: I know this much. Ask for what you lack of it.
    Offer(Vector),
    /// Pull: I know this much. Tell me what I lack.
    Ask(Vector),
    /// Push-pull: I know this much. Tell me what I lack, and ask for what you lack.
    Compare(Vector),
    /// What you lack.
    News(News),
    /// Rumours, each by its dot and what it is about.
    Rumors {
        /// The changes that the sender finds worth telling.
        rumors: Vec<(Dot, Slot)>,
        /// What they are about, as the sender has it.
        objects: Vec<(Slot, Object)>,
        /// Whether the sender wants to hear rumours in turn.
        ask: bool,
    },
    /// Pull: which rumours do you have?
    AskRumors,
    /// Whether the node knew the rumours it was told.
    Heard(Vec<(Dot, bool)>),
}

/// What another copy lacks.
#[derive(Clone, Debug, Hash)]
pub struct News {
    /// What the receiver said that it knew.
    pub base: Vector,
    /// What it will know with this, if it still knows `base`.
    pub known: Vector,
    /// The states that have something beyond `base`.
    pub objects: Vec<(Slot, Object)>,
    /// Whether the sender lacks something too, and asks for it.
    pub ask: bool,
}

/// The kinds of messages, in the order of [`Message::label`].
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let kind = |name, summary| Kind { name, summary };
    vec![
        kind("Offer", "Tells how much the sender knows, so that the other may ask for what it lacks."),
        kind("Ask", "Tells how much the sender knows, and asks for what it lacks."),
        kind("Compare", "Tells how much the sender knows; both sides then get what they lack."),
        kind("News", "The changes that the other lacks."),
        kind("Rumours", "The changes that the sender finds worth telling."),
        kind("Ask rumours", "Asks which changes the other finds worth telling."),
        kind("Heard", "Says of each rumour whether it was known already."),
    ]
}

impl Message {
    /// What it is, for people.
    #[must_use]
    pub fn label(&self) -> Label {
        const HEADER: u32 = 24;
        let vector = |vector: &Vector| vector.len() as u32 * 14;
        let slots =
            |objects: &[(Slot, Object)]| objects.iter().map(|(_, object)| 5 + object.bytes()).sum::<u32>();
        let (kind, bytes, told): (u8, u32, &[(Slot, Object)]) = match self {
            Self::Offer(known) => (0, vector(known), &[]),
            Self::Ask(known) => (1, vector(known), &[]),
            Self::Compare(known) => (2, vector(known), &[]),
            Self::News(News { base, known, objects, .. }) => {
                (3, vector(base) + vector(known) + slots(objects), objects)
            }
            Self::Rumors { rumors, objects, .. } => (4, rumors.len() as u32 * 19 + slots(objects), objects),
            Self::AskRumors => (5, 0, &[]),
            Self::Heard(knew) => (6, knew.len() as u32 * 15, &[]),
        };
        let newest = newest(told);
        let version = newest.map(|(key, version, _)| (key, version));
        Label { kind, bytes: HEADER + bytes, op: newest.map(|(_, _, op)| op), version }
    }

    /// Replaces every value that it tells, for a node that lies.
    pub fn forge(&mut self, value: Value) {
        if let Self::News(News { objects, .. }) | Self::Rumors { objects, .. } = self {
            for (_, object) in objects {
                object.forge(value);
            }
        }
    }
}

/// The newest version among some states.
fn newest(objects: &[(Slot, Object)]) -> Option<(Key, Version, OpId)> {
    let last = |(slot, object): &(Slot, Object)| {
        let cell = object.cells().pop()?;
        Some((slot.key, cell.version, cell.op))
    };
    objects.iter().filter_map(last).max_by_key(|&(_, version, _)| version)
}
