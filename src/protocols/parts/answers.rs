//! The answers that were given to the latest operations, on a disk: a request that comes again is answered, and
//! not carried out again (Ongaro's thesis, section 6.3).

use netsplit_sim::durable::Durable;
use netsplit_sim::ids::{OpId, Version};
use netsplit_sim::protocol::Answer;
use netsplit_watched::watched;

use crate::parts::durable_map::DurableMap;

/// How many answers it remembers for clients that ask again.
pub const REMEMBERED: usize = 512;

/// The latest answers.
#[derive(Clone, Debug, Default, Hash)]
pub struct Answers {
    given: DurableMap<OpId, Answer>,
    /// The highest operation whose answer was forgotten. What is not above it may have been carried out.
    forgotten: DurableMap<(), OpId>,
}

#[watched]
impl Answers {
    /// The answer to an operation that was carried out before; `None` if it is new.
    #[must_use]
    pub fn of(&self, op: OpId) -> Option<Answer> {
        let forgotten = self.forgotten.get(&()).is_some_and(|&last| op <= last);
        let too_old = || Answer::Unknown("the request is too old to tell whether it was carried out before");
        self.given.get(&op).cloned().or_else(|| forgotten.then(too_old))
    }

    /// Remembers an answer.
    pub fn remember(&mut self, op: OpId, answer: Answer) {
        self.given.insert(op, answer);
        self.forget_oldest();
    }

    /// Remembers what another has remembered, too. Neither order nor repetition matters, so it keeps to the latest
    /// at every step: what is among the latest of all is among the latest of every part.
    pub fn merge(&mut self, other: &Self) {
        for (&op, answer) in other.given.as_map() {
            // One operation that a client asked two nodes for may have two answers. The one that took effect counts,
            // of two that did the later.
            if self.given.get(&op).is_none_or(|held| order(held) < order(answer)) {
                self.given.insert(op, answer.clone());
            }
        }
        if let Some(&last) = other.forgotten.get(&()) {
            self.forget_up_to(last);
        }
        self.forget_oldest();
    }

    /// Keeps to the latest.
    fn forget_oldest(&mut self) {
        while self.given.as_map().len() > REMEMBERED
            && let Some(&oldest) = self.given.as_map().keys().next()
        {
            self.given.remove(&oldest);
            self.forget_up_to(oldest);
        }
    }

    /// What was put together of several may remember operations older than the latest that it forgot, so the mark
    /// must not go back when these are forgotten in turn.
    fn forget_up_to(&mut self, op: OpId) {
        if self.forgotten.get(&()).is_none_or(|&last| last < op) {
            self.forgotten.insert((), op);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.given.as_map().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.as_map().is_empty()
    }

    /// About how many bytes they take on the wire: 4 for an operation and 10 for what it came to.
    #[must_use]
    pub fn wire_bytes(&self) -> u32 {
        self.len() as u32 * 14
    }
}

/// Which of two answers to one operation says more.
fn order(answer: &Answer) -> (Option<Version>, bool, &'static str) {
    let reason = match answer {
        Answer::Refused(reason) | Answer::Unknown(reason) => reason,
        _ => "",
    };
    (answer.version(), matches!(answer, Answer::NotSwapped), reason)
}

impl Durable for Answers {
    fn synced(&mut self) {
        self.given.synced();
        self.forgotten.synced();
    }

    fn lose_unsynced(&mut self) {
        self.given.lose_unsynced();
        self.forgotten.lose_unsynced();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsplit_sim::ids::NodeId;

    fn written(counter: u64) -> Answer {
        Answer::Written(Version { counter, node: NodeId(0) })
    }

    /// Every `step`th operation from `first` on, so many of them.
    fn some(first: u32, step: u32, count: u32) -> Answers {
        let mut answers = Answers::default();
        (0..count)
            .map(|n| first + n * step)
            .for_each(|op| answers.remember(OpId(op), written(u64::from(op))));
        answers
    }

    fn merged(a: &Answers, b: &Answers) -> Answers {
        let mut both = a.clone();
        both.merge(b);
        both
    }

    fn content(answers: &Answers) -> (Vec<(OpId, Answer)>, Option<OpId>) {
        let given = answers.given.as_map().iter().map(|(&op, answer)| (op, answer.clone()));
        (given.collect(), answers.forgotten.get(&()).copied())
    }

    #[test]
    fn neither_order_nor_repetition_matters() {
        let (a, b, c) = (some(0, 3, 600), some(1, 2, 500), some(2, 9, 300));
        let all = content(&merged(&merged(&a, &b), &c));
        assert_eq!(all, content(&merged(&c, &merged(&b, &a))));
        assert_eq!(all, content(&merged(&merged(&merged(&c, &a), &b), &a)));
        assert_eq!(all.0.len(), REMEMBERED);
        // The last of all that was forgotten, wherever that was.
        let kept: Vec<OpId> = all.0.iter().map(|(op, _)| *op).collect();
        assert!(all.1.is_some_and(|last| last < kept[0]));
        assert!(
            merged(&merged(&a, &b), &c).of(OpId(3)).is_some_and(|told| matches!(told, Answer::Unknown(_)))
        );
    }

    /// The one forgot a lot, the other remembers what is older than that. It must not take the first one's back.
    #[test]
    fn the_mark_of_what_was_forgotten_never_goes_back() {
        let busy = some(0, 1, 600);
        let quiet = some(10, 10, 3);
        let mut both = merged(&busy, &quiet);
        let mark = content(&both).1;
        assert!(mark.is_some_and(|last| last >= OpId(87)));
        both.remember(OpId(5_000), written(1));
        assert!(content(&both).1 >= mark);
        assert!(both.of(OpId(86)).is_some(), "it may have been carried out");
    }

    #[test]
    fn of_two_answers_the_one_that_took_effect_counts() {
        let (mut refused, mut done) = (Answers::default(), Answers::default());
        refused.remember(OpId(1), Answer::Refused("not here"));
        done.remember(OpId(1), written(7));
        assert_eq!(merged(&refused, &done).of(OpId(1)), Some(written(7)));
        assert_eq!(merged(&done, &refused).of(OpId(1)), Some(written(7)));
    }
}
